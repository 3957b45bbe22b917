"""What the prose of lesson 03 says about its numbers, read from what the lesson's cells have printed."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

PATH = next((Path(__file__).resolve().parent.parent / "notebooks").glob("03_*.ipynb"))


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """{the number that a cell's id begins with: the text it printed}."""
    found = {}
    for cell in nbformat.read(PATH, as_version=4).cells:
        if cell.cell_type == "code":
            found[cell.id.partition("-")[0] + ("-sums" if cell.id.endswith("sums") else "")] = "".join(
                output["text"] for output in cell.outputs if output.output_type == "stream"
            )
    return found


def test_taking_a_class_map_apart_loses_nothing(printed):
    assert "pixels that changed: 0" in printed["04"]
    assert int(re.search(r"another class: (\d+)", printed["08"])[1]) <= 2  # two classes level to the last digit


def test_the_game_is_one_and_greedy_loses_it(printed):
    greedy, best = map(int, re.search(r"greedy (\d+), best (\d+)", printed["31-sums"]).groups())
    assert best < greedy


def test_by_hand_is_the_package(printed):
    assert float(printed["24"].split(":")[1]) < 1e-5


def test_several_queries_draw_one_thing_and_only_the_chosen_names_it(printed):
    first, *queries = printed["48"].splitlines()
    small = list(ast.literal_eval(first.partition(": ")[2]).values())
    assert min(small) == 1
    assert max(small) >= 4
    said = [re.search(r"(chosen|not chosen) +IoU.*no object (\d\.\d+)", line).groups() for line in queries]
    assert [who for who, _ in said] == ["chosen"] + 3 * ["not chosen"]
    assert float(said[0][1]) < 0.1
    assert min(float(silent) for _, silent in said[1:]) > 0.8


def test_each_target_keeps_its_query_after_the_first_look(printed):
    changes = ast.literal_eval(printed["50"].splitlines()[-1].partition(": ")[2])
    assert changes[0] > 0
    assert changes[1:] == [0, 0]


def test_fixed_matching_learns_classes_and_cannot_count(printed):
    rows = {
        line.split()[0]: [int(number) for number in re.findall(r"(\d+) %", line)] for line in printed["55"].splitlines()
    }
    assert abs(rows["bipartite"][0] - rows["fixed"][0]) <= 1
    assert rows["bipartite"][2] > rows["fixed"][2] + 20
