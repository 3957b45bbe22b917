"""What the prose of lesson 07 says about its numbers, read from what its cells and its appendix have printed."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def texts(path: Path) -> dict[str, str]:
    """{the number that a cell's id begins with: the text it printed}."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return {
        cell.id.partition("-")[0]: "".join(o["text"] for o in cell.outputs if o.output_type == "stream")
        for cell in cells
    }


def numbers(line: str) -> list[float]:
    return [float(one) for one in re.findall(r"[-+]?\d+\.?\d*", line)]


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    return texts(next(NOTEBOOKS.glob("07_*.ipynb")))


@pytest.fixture(scope="module")
def looked_up() -> dict[str, str]:
    return texts(NOTEBOOKS / "appendix" / "masked_decoder.ipynb")


@pytest.fixture(scope="module")
def switched_off(printed) -> dict[str, list[float]]:
    """{what is off: PQ of all, things, stuff; queries that report}."""
    return {line[:36].strip(): numbers(line[36:]) for line in printed["66"].splitlines()[1:]}


def test_a_masks_own_segment_gets_most_of_the_attention(printed):
    rows = {line[:10].strip(): numbers(line[10:]) for line in printed["08"].splitlines()[2:]}
    area, *shares = rows["cat 6"]
    assert area == 2
    assert 20 < shares[2] < 35  # without its mask, last layer: about a quarter
    assert shares[3] == 24  # all that its one cell of layer 1 holds of it
    assert all(share < rows["grass 1"][0] for share in rows["grass 1"][1:4])
    off, on = rows["mean"][:3], rows["mean"][3:]
    assert max(off) < 50
    assert min(b - a for a, b in zip(off, on, strict=True)) > 20
    assert 85 < on[2] < 92


def test_the_head_that_is_shown_looks_elsewhere_without_its_mask():
    cells = nbformat.read(next(NOTEBOOKS.glob("07_*.ipynb")), as_version=4).cells
    (picture,) = (o for o in cells[2].outputs if "image/png" in o.get("data", {}))
    words = picture["metadata"]["image/png"]["alt"]
    assert "Query 11" in words
    assert "under 1 % of the weight would lie inside" in words or " 0 % of the weight would lie inside" in words


def test_by_hand(printed):
    assert "it takes 3.449" in printed["11"]
    assert "[0.731, 0.269, 0.0, 0.0, 0.0, 0.0]" in printed["13"]
    right, confused = printed["17"].splitlines()
    assert right.endswith("[1.0, 1.0, 1.0]")
    assert confused.endswith("[0.0, 0.0, 0.0]")


def test_empty_masks_are_no_accident(printed):
    assert printed["19"].count("nan") == 12
    assert "plain softmax: tensor([nan, nan, nan])" in printed["21"]
    assert "fused kernel:  tensor([0., 0., 0.])" in printed["21"]
    empty, all_masks = zip(*(numbers(line)[-2:] for line in printed["25"].splitlines()), strict=True)
    assert set(all_masks) == {576}
    assert empty[0] > 288  # more than half of the rows
    assert empty[0] > empty[1] > empty[2] > 57


def test_only_what_is_linear_may_change_its_turn(printed):
    features, probabilities, masks = (numbers(line.split(":")[1])[0] for line in printed["29"].splitlines())
    assert features == 0 < probabilities < masks


def test_a_sign_decides_whether_a_cell_exists(printed):
    assert "+1e-07: weights [0.73, 0.0, 0.27]" in printed["44"]
    assert "-1e-07: weights [0.0, 0.0, 1.0]" in printed["44"]


def test_masks_are_there_before_anybody_looks(printed):
    first, *_, last = (numbers(line[16:]) for line in printed["51"].splitlines()[1:])
    assert first[1] > 90
    assert last[0] - first[0] < 5
    assert (first[2], last[2]) == (35, 91)


def test_initial_queries_name_houses_boat_and_person():
    cells = {cell.id: cell for cell in nbformat.read(next(NOTEBOOKS.glob("07_*.ipynb")), as_version=4).cells}
    (words,) = (o.metadata["image/png"]["alt"] for o in cells["52-2997fad6"].outputs if "image/png" in o.data)
    truth, initial = words.split("initial queries:")
    assert not re.search("boat|person", truth)
    assert re.search("boat", initial.split("after layer 1:")[0])
    assert re.search("person", initial.split("after layer 1:")[0])


def test_points_by_importance_crowd(printed):
    assert float(printed["58"].split("ratio")[1]) == pytest.approx(3.25, abs=0.2)


def test_what_a_trained_network_relies_on(printed, switched_off):
    whole = switched_off["everything on"]
    assert whole[0] == 91
    assert all(abs(whole[0] - switched_off[f"layer {i} looks everywhere"][0]) <= 1 for i in (1, 2))
    blind = switched_off["all layers look everywhere"]
    assert blind[0] < switched_off["layer 3 looks everywhere"][0] < whole[0] - 1
    assert blind[1] < whole[1] - 8
    assert blind[2] >= whole[2] - 1
    silent = switched_off["no empty-mask rule, fused kernel"]
    assert silent[0] >= whole[0] - 1
    assert silent[3] > whole[3] + 10
    coarse, middle, fine = (switched_off[f"only the map of {side} x {side}"][0] for side in (4, 8, 16))
    assert coarse < fine < middle < whole[0]
    assert switched_off["initial queries zero"][0] == 57
    assert "192 of 192" in printed["63"]


def test_what_a_part_is_worth_in_training(printed):
    rows = {line[:42].strip(): numbers(line[42:]) for line in printed["69b"].splitlines()[1:]}
    masks = rows["without masked attention"]
    assert masks[0] == 47.1
    lost = {name: row[-1] - row[-2] for name, row in rows.items()}
    assert max(lost, key=lost.get) == "without masked attention"


def test_the_library_agrees_and_a_rounding_does_not_stay_small(looked_up):
    assert "7 predictions agree; 15120 bits" in looked_up["a04"]
    flips, by_itself, together = (numbers(line.split(":")[1]) for line in looked_up["a07"].splitlines())
    assert sum(flips) > 0
    assert by_itself[-1] > 3 * together[-1]
    coarse, total = numbers(looked_up["a09"].splitlines()[0])[-2:]
    assert total - coarse > total / 3


def test_points_by_importance_are_wrong_on_purpose(looked_up):
    uniform, importance = {}, {}
    for line in looked_up["a12"].splitlines():
        when, kind = line.split()[0], line.split(", ")[1].split()[0].rstrip(":")
        (uniform if kind == "uniform" else importance)[when] = numbers(line.split(":")[1])
    for when in ("initial", "final"):
        assert abs(uniform[when][0] - 1) < 0.15
        assert 2.5 < importance[when][0] < 3.5
        assert importance[when][1] < uniform[when][1]
        assert importance[when][2] > uniform[when][2]
    assert importance["exchanged"][0] < 0.97
    assert importance["exchanged"][2] < uniform["exchanged"][2]
