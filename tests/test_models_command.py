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


def test_families_without_a_shipped_network_are_listed_with_what_loading_them_takes():
    published = [row for row in listed() if row["source"] != "shipped"]
    missing = set(families.families()) - {row["system"] for row in published}
    assert not missing & {"sam", "sam2", "eomt", "eomt_dinov3", "clipseg"}
    differences = [row for row in published if row["system"] == "eomt_dinov3"]
    assert len(differences) == 7
    assert {(row["gated"], row["safetensors"]) for row in differences} == {(True, False)}  # differences from DINOv3's
    sam2 = [row for row in published if row["system"] == "sam2"]
    assert {row["licence"] for row in sam2} == {"apache-2.0"}
    assert {row["parameters"] for row in sam2} == {39_000_000, 46_000_000, 81_000_000, 224_000_000}


def test_the_command_prints_one_line_a_model(capsys):
    assert main(["models"]) == 0
    printed = capsys.readouterr().out.rstrip("\n")
    assert printed == written(listed())
    assert len(printed.splitlines()) == len(listed()) + 1
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == listed()
