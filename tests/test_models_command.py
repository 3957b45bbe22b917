"""`segtutor models`: what ships and what is published, each published fact with the page that says it."""

import json
import re

from segtutor import families
from segtutor.cli import main
from segtutor.commands.models import COLUMNS, listed, written
from segtutor.models.hub import HUB_ID
from segtutor.models.zoo import cards


def test_each_model_has_its_columns_and_each_published_one_a_source():
    found = listed()
    assert [row["id"] for row in found][: len(cards())] == sorted(cards())
    assert len({row["id"] for row in found}) == len(found) >= len(cards()) + 60
    for row in found:
        assert tuple(row) == COLUMNS
        assert row["gated"] in (None, True, False)
        assert row["safetensors"] in (None, True, False)
        if row["source"] != "shipped":
            assert HUB_ID.fullmatch(row["id"])
            assert row["system"] in families.families()
            assert re.fullmatch(r"https://[\w./?=%-]+", row["source"])


def test_the_command_prints_one_line_a_model(capsys):
    assert main(["models"]) == 0
    printed = capsys.readouterr().out.rstrip("\n")
    assert printed == written(listed())
    assert len(printed.splitlines()) == len(listed()) + 1
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == listed()
