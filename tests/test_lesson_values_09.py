"""What the prose of lesson 09 says about its numbers, read from what its cells have printed."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

PATH = next((Path(__file__).resolve().parent.parent / "notebooks").glob("09_*.ipynb"))


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """{a cell's id: the text it printed}."""
    cells = [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]
    return {cell.id: "".join(o["text"] for o in cell.outputs if o.output_type == "stream") for cell in cells}


def qualities(text: str) -> list[dict[str, int]]:
    return [ast.literal_eval(found) for found in re.findall(r"\{[^}]*\}", text)]


def test_only_the_forgotten_instances_are_found(printed):
    first, second = printed["26-c27f3a12"].splitlines()
    assert first.startswith("0 findings, 0 unreadable")
    assert second.startswith("things without instances")


def test_the_old_network_finds_the_things_and_cannot_name_them(printed):
    quality, found, of = map(int, re.search(r"PQ (\d+), (\d+) found of (\d+)", printed["28-b2eaae8b"]).groups())
    assert quality > 75
    assert found > 0.9 * of
    assert "rows kept: 7" in printed["34-db0b0b9e"]
    (before,) = qualities(printed["34-db0b0b9e"])
    assert before["things"] < 5
    assert before["stuff"] > 85


def test_the_gate_says_yes_and_no(printed):
    yes, no = printed["41-e52cb98a"].splitlines()
    assert yes.startswith("passed")
    assert no.startswith("not passed")


def test_things_get_names_and_the_heads_alone_stay_behind(printed):
    before, after = qualities(printed["55-a30d2bd4"])
    assert after["things"] > before["things"] + 35
    assert after["stuff"] > before["stuff"] - 5
    decoder, heads = printed["58-0c695699"].splitlines()
    (with_decoder,), (alone,) = qualities(decoder), qualities(heads)
    assert with_decoder == after
    assert before["things"] + 10 < alone["things"] < with_decoder["things"]
    counts = [map(int, re.findall(r"(\d+) things drawn, (\d+)", line)[0]) for line in (decoder, heads)]
    drawn, named = zip(*counts, strict=True)
    assert drawn[0] > drawn[1]
    assert named[0] > named[1]
    assert all(right < all_of for right, all_of in zip(named, drawn, strict=True))


def test_a_resumed_training_is_the_same_in_every_bit(printed):
    stopped, resumed = (int(line.split(": ")[1].split()[0]) for line in printed["60-665f12ce"].splitlines())
    assert stopped > 0 == resumed


def test_shares_make_the_mean_of_parts_the_mean_of_all(printed):
    first, second = printed["65-12d98bca"].splitlines()
    whole, plain = map(float, re.findall(r"\d+\.\d+", first))
    assert float(second.rsplit(maxsplit=1)[1]) == whole != plain


def test_photographs_are_learned(printed):
    before, after = qualities(printed["74-d993a6d2"])
    assert sum(after.values()) > sum(before.values()) + 120


def test_what_is_saved_comes_back(printed):
    files, same = printed["77-c5597a18"].splitlines()
    assert {"card.json", "model.safetensors"} <= set(ast.literal_eval(files))
    assert "'yellow thing'" in same
    assert float(re.search(r"(\d+\.\d+) %", same)[1]) > 99.9
