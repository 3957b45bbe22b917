"""What the prose of lesson 05 says about its numbers, read from what the lesson's cells have printed."""

import re
from pathlib import Path

import nbformat
import pytest

PATH = next((Path(__file__).resolve().parent.parent / "notebooks").glob("05_*.ipynb"))


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
    rows = re.findall(r"^(.+?) {1,}(?=PQ|own)(.*)$", text, re.MULTILINE)
    return {name.strip(): [int(number) for number in re.findall(r"(\d+) %", rest)] for name, rest in rows}


def test_by_hand_is_the_package_and_the_package_is_the_library(printed):
    by_hand, package = re.findall(r"\d+\.\d+", printed["46"])
    assert by_hand == package
    assert float(printed["52"].rsplit(" ", 1)[-1]) < 1e-5
    differences = [float(line.rsplit(" ", 1)[-1]) for line in printed["56"].splitlines()]
    assert len(differences) == 4  # the embeddings and three maps
    assert max(differences) < 1e-3


def test_what_is_read_changes_neither_points_nor_weights(printed):
    assert [float(line.rsplit(" ", 1)[-1]) for line in printed["54"].splitlines()] == [0, 0]


def test_pairs_grow_with_the_square(printed):
    pairs = [int(number.replace(",", "")) for number in re.findall(r"S x S = +([\d,]+\d)", printed["31"])]
    assert round(pairs[2] / pairs[0]) == 441


def test_what_the_explorer_begins_with():
    """The prose says what the ball's cell takes from the finest map."""
    cells = nbformat.read(PATH, as_version=4).cells
    (picture,) = [o for o in cells[2].outputs if "image/png" in o.get("data", {})]
    (share,) = re.findall(r"(\d+) % from 1/8", picture.metadata["image/png"]["alt"])
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert f"On the ball, {share} % of the weight goes to the finest map" in prose


def test_a_cell_reads_its_own_segment_little(printed):
    rows = percents(printed["69"])
    assert rows["one pattern"][0] + 2 < rows["as trained"][0] < rows["untrained"][0] < 50
    assert rows["untrained"][1] < rows["as trained"][1] - 5
    coarsest, middle, finest = map(int, re.findall(r"(\d+) %", printed["69"].splitlines()[-1]))
    assert coarsest > 2 * finest
    assert coarsest + middle == 85


def test_what_several_scales_are_worth(printed):
    rows = percents(printed["77"])
    whole = rows["as trained"]
    lost = {name: [a - b for a, b in zip(whole, now, strict=True)] for name, now in rows.items()}
    worst = max(lost, key=lambda name: min(lost[name]))
    assert worst == "nothing read at all"
    assert lost[worst][0] > lost[worst][1]
    assert min(lost["one pattern for all cells"]) > 3
    assert max(lost["nothing read from 1/32"]) < 2
    for n in (0, 1):
        assert lost["nothing read from 1/8"][n] > lost["nothing read from 1/16"][n] + 2
