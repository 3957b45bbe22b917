"""What the prose of lesson 02 says about its numbers, read from what the lesson's cells have printed."""

import re
from pathlib import Path

import nbformat
import pytest

PATH = next((Path(__file__).resolve().parent.parent / "notebooks").glob("02_*.ipynb"))


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """{a cell's id: the text it printed}."""
    cells = [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]
    return {cell.id: "".join(o["text"] for o in cell.outputs if o.output_type == "stream") for cell in cells}


def test_void_taken_for_a_class_lowers_the_loss(printed):
    left_out, as_class = map(float, re.findall(r"\d\.\d+", printed["f3342f88"]))
    assert as_class < left_out


def test_colour_alone_mistakes_cup_and_spoon_most(printed):
    iou = {name: int(value) for name, value in re.findall(r"'(\w+)': (\d+)", printed["20845400"])}
    assert iou["mean"] < 75
    assert max(iou["cup"], iou["spoon"]) < min(iou["table"], iou["background"], iou["saucer"])


def test_the_formula_of_the_receptive_field_holds(printed):
    rows = re.findall(r"formula +(\d+), measured +(\d+)", printed["c2c91ecd"])
    assert [formula for formula, _ in rows] == ["7", "15", "15", "25"]
    assert all(formula == measured for formula, measured in rows)


def test_sky_and_wall_gain_by_seeing_further(printed):
    rows = {
        line.split()[0]: [int(n) for n in re.findall(r"(\d+) %", line)] for line in printed["804b88db"].splitlines()
    }
    assert all(rows[name][1] > rows[name][0] + 5 for name in ("sky", "wall"))


def test_skips_bring_the_small_back(printed):
    mean = [int(value) for value in re.findall(r"'mean': (\d+)", printed["fa0bebaf"])]
    assert len(mean) == 2
    assert mean[1] > mean[0] + 3
    assert mean[1] > 95


def test_a_perfect_class_map_misses_more_than_half_of_the_things(printed):
    found, missed = map(int, re.search(r"found (\d+), missed (\d+)", printed["fa5f036b"]).groups())
    assert missed > found
    mine, perfect = map(int, re.search(r"PQ (\d+) %, of the perfect class map (\d+) %", printed["96f3af00"]).groups())
    assert mine > perfect
    upernet, perfect, masks = (int(number) for number in re.findall(r"PQ +(\d+) %", printed["441a3bc2"]))
    assert upernet < perfect < masks
