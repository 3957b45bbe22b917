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
    rows = re.findall(r"^(.+?) {1,}(?=mean IoU|PQ|boundary|own)(.*)$", text, re.MULTILINE)
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
    best = [int(number) for number in re.findall(r"(\d+) %", printed["15"])]
    assert best == sorted(best, reverse=True)
    assert best[0] > 90 > best[1]
    assert best[3] < 50


def test_by_steps_and_by_hand_are_the_package(printed):
    assert float(printed["21"].split(":")[1]) < 1e-4
    by_hand, package = re.findall(r"\d+\.\d+", printed["46"])
    assert by_hand == package


def test_borders_come_from_the_side(printed):
    rows = percents(printed["28"])
    assert rows["FPN"][0] > 2 * rows["without lateral"][0]
    assert rows["FPN"][1] > 2 * rows["without lateral"][1]


def test_pairs_grow_with_the_square(printed):
    pairs = [int(number.replace(",", "")) for number in re.findall(r"S x S = +([\d,]+\d)", printed["31"])]
    assert round(pairs[2] / pairs[0]) == 441


def test_a_cell_reads_its_own_segment_little(printed):
    rows = percents(printed["69"])
    assert rows["one pattern"][0] + 2 < rows["as trained"][0] < rows["untrained"][0] < 50
    assert rows["untrained"][1] < rows["as trained"][1] - 5
    coarsest, _, finest = map(int, re.findall(r"(\d+) %", printed["69"].splitlines()[-1]))
    assert coarsest > 2 * finest


def test_what_the_trained_network_relies_on(printed):
    rows = percents(printed["77"])
    whole = rows["as trained"]
    lost = {name: [a - b for a, b in zip(whole, now, strict=True)] for name, now in rows.items()}
    worst, second = sorted(lost, key=lambda name: min(lost[name]), reverse=True)[:2]
    assert (worst, second) == ("nothing read at all", "no lateral at 1/4")
    assert lost[worst][0] > lost[worst][1]
    assert lost[second][0] < lost[second][1]
    assert min(lost["one pattern for all cells"]) > 3
    assert max(lost["nothing read from 1/32"]) < 2
    for n in (0, 1):
        assert lost["nothing read from 1/8"][n] > lost["nothing read from 1/16"][n] + 2


def test_the_explorer_begins_where_the_three_maps_differ(printed):
    """The first cell's words: edges everywhere, a block, and one cat."""
    cells = nbformat.read(PATH, as_version=4).cells
    (picture,) = [o for o in cells[2].outputs if "image/png" in o.get("data", {})]
    early, late, embedded = map(int, re.findall(r"(\d+) % in", picture.metadata["image/png"]["alt"]))
    assert early > 1.5 * embedded
    assert late > 1.5 * embedded
