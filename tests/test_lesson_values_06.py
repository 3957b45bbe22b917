"""What the prose of lesson 06 says about its numbers, read from what the lesson's cells have printed."""

import re
from pathlib import Path

import nbformat
import pytest

PATH = next((Path(__file__).resolve().parent.parent / "notebooks").glob("06_*.ipynb"))
STUFF = ("sky", "grass", "road", "water", "hill", "wall", "floor")


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """{the number that a cell's id begins with: the text it printed}."""
    cells = [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]
    return {
        cell.id.partition("-")[0]: "".join(o["text"] for o in cell.outputs if o.output_type == "stream")
        for cell in cells
    }


@pytest.fixture(scope="module")
def quality(printed) -> dict[str, list[int]]:
    """{what a line of section 8 begins with: PQ, of stuff, of things, things missed, and where told: all, doubles}."""
    rows = re.findall(r"^(.+?) +PQ (.*)$", printed["66"] + printed["75"], re.MULTILINE)
    return {name: [int(number) for number in re.findall(r"\d+", rest)] for name, rest in rows}


def test_by_steps_is_the_package(printed):
    for cell in ("16", "31", "35", "40"):
        assert float(printed[cell].rsplit(" ", 1)[-1]) < 1e-4, cell


def test_a_set_has_no_order_and_twins_stay_twins(printed):
    assert all(float(by) < 1e-5 for by in re.findall(r"by (\S+)", printed["18"]))
    twins, others = map(float, re.findall(r"by (\S+)", printed["26"]))
    assert twins < 1e-5
    assert others > 1e-2


def test_what_the_queries_say(printed):
    lines = printed["47"].splitlines()
    assert re.search(r"in 100 scenes: sky \d+, wall \d+$", lines[0])
    assert re.search(r"in 100 scenes: grass \d+, floor \d+$", lines[1])
    assert int(re.match(r"\d+", lines[-1])[0]) > 0


def test_the_query_of_the_sky_stays_above(printed):
    upright, turned = printed["49"].splitlines()
    for line in (upright, turned):
        assert set(re.findall(r"'(\w[\w ]*)'", line)) <= {"sky", "wall"}
        assert float(re.search(r"mask (\S+)", line)[1]) < 0.3


def test_preferences_of_class_are_twice_chance_and_those_of_position_small(printed):
    purity, spread, within = (
        [float(number) for number in re.findall(r"\d\.\d+", line)] for line in printed["52"].splitlines()
    )
    assert 0.45 < purity[0] < 0.55
    assert purity[0] > 1.7 * purity[1] > 1.7 * purity[2]
    assert 0.95 * spread[1] < spread[0] < spread[2]
    assert within[0] > 0.98 * within[1]


def test_queries_attend_to_their_rivals(printed):
    rival, elsewhere, speaker = map(int, re.findall(r"(\d+) %", printed["61"]))
    assert speaker > 2 * rival > 8 * elsewhere


def test_specialists_cannot_be_replaced_and_others_can(quality):
    whole, silent = quality["all 24"], quality["the 12 most silent"]
    assert silent[1] < 30
    assert silent[2] > 60
    assert abs(quality["the 16 busiest"][0] - whole[0]) <= 1
    without = {name.rsplit(", ", 1)[1]: row for name, row in quality.items() if name.startswith("all but query")}
    assert set(without) == {"sky", "grass", "road", "water", "hill", *(set(without) - set(STUFF))}
    assert len(without) == 6
    for name, row in without.items():
        if name in STUFF:
            assert row[1] < whole[1] - 10
        else:
            assert row[2] >= whole[2] - 2


def test_equal_queries_say_the_same(printed):
    assert len(set(re.findall(r"'([^']*)'", printed["68"]))) == 1


def test_without_self_attention_most_predictions_come_twice(quality):
    connected, cut_off = quality["connected"], quality["cut off"]
    again, cut_off_again = quality["connected, again"], quality["cut off, again"]
    share = [row[5] / row[4] for row in (connected, cut_off, again, cut_off_again)]
    assert share[1] > 0.5 > share[3] > share[2]
    assert cut_off[3] > connected[3]
    assert cut_off_again[3] > again[3]
    assert connected[0] - cut_off[0] < 10  # panoptic inference removes most doubles
    assert cut_off_again[0] < again[0] < connected[0]  # even the connected one is worse after 96 steps


def test_the_card_says_how_long_it_was_trained():
    import segtutor as st

    steps = st.load("mask2former-toytown").card["training"]["steps"]
    prose = "\n".join(cell.source for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "markdown")
    assert f"{steps:,} with self-attention" in prose
