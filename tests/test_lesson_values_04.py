"""What the prose of lesson 04 says about its numbers, read from what the lesson's cells have printed."""

import re
from pathlib import Path

import nbformat
import pytest

PATH = next((Path(__file__).resolve().parent.parent / "notebooks").glob("04_*.ipynb"))


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """{the number that a cell's id begins with: the text it printed}."""
    cells = [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]
    return {
        cell.id.partition("-")[0]: "".join(o["text"] for o in cell.outputs if o.output_type == "stream")
        for cell in cells
    }


def percents(text: str) -> dict[str, list[int]]:
    """{what a line begins with: its percentages}."""
    rows = re.findall(r"^(.+?) {1,}(?=mean IoU|PQ|boundary)(.*)$", text, re.MULTILINE)
    return {name.strip(): [int(number) for number in re.findall(r"(\d+) %", rest)] for name, rest in rows}


def test_a_coarser_map_takes_the_cat_away(printed):
    left = [int(number) for number in re.findall(r": (\d+)", printed["09"].partition(":")[2])]
    assert len(left) == 4
    assert left == sorted(left, reverse=True)
    assert left[3] < 0.05 * left[0]
    assert 0.4 < left[2] / left[0] < 0.6  # the text alternative says half


def test_pq_and_borders_fall_with_the_stride(printed):
    rows = list(percents(printed["12"]).values())
    assert len(rows) == 4
    for one, next_one in zip(rows, rows[1:], strict=False):
        assert one[0] > next_one[0]
        assert one[1] > next_one[1]


def test_the_grid_has_a_limit_of_its_own(printed):
    best = [int(number) for number in re.findall(r"(\d+) %", printed["16"])]
    assert best == sorted(best, reverse=True)
    assert best[0] > 90 > best[1]
    assert best[3] < 50


def test_by_steps_is_the_package(printed):
    assert float(printed["21"].split(":")[1]) < 1e-4


def test_borders_come_from_the_side(printed):
    rows = percents(printed["28"])
    assert rows["FPN"][0] > 2 * rows["without lateral"][0]
    assert rows["FPN"][1] > 2 * rows["without lateral"][1]


def test_without_the_last_lateral_the_borders_suffer_most(printed):
    rows = percents(printed["31"])
    lost = [a - b for a, b in zip(rows["as trained"], rows["no lateral at 1/4"], strict=True)]
    assert lost[1] > lost[0] > 20


def test_a_spoon_falls_apart_where_a_cat_does_not(printed):
    cat, spoon = ([int(number) for number in re.findall(r"(\d+) %", part)] for part in printed["33"].split("spoon:", 1))
    assert len(cat) == len(spoon) == 4
    assert cat == sorted(cat, reverse=True)
    assert spoon == sorted(spoon, reverse=True)
    assert (cat[0] - cat[3], spoon[0] - spoon[3]) == (6, 26)  # the prose says so


def test_the_explorer_begins_where_the_three_maps_differ(printed):
    """The first cell's words: edges everywhere, a block, and one cat."""
    cells = nbformat.read(PATH, as_version=4).cells
    (picture,) = [o for o in cells[2].outputs if "image/png" in o.get("data", {})]
    early, late, embedded = map(int, re.findall(r"(\d+) % in", picture.metadata["image/png"]["alt"]))
    assert early > 1.5 * embedded
    assert late > 1.5 * embedded
