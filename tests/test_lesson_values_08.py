"""What the prose of lesson 08 says about its numbers, read from what its cells and its appendix have printed."""

import re
from pathlib import Path

import nbformat
import pytest

from segtutor.experiments.claims import registered_claims
from segtutor.experiments.stored import read_claim

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


def rows(text: str) -> dict[str, list[float]]:
    """{what a line begins with, up to two blanks: its numbers}."""
    found = [re.match(r"\s*(.+?)(?:\s{2,}|:)(.*)", line) for line in text.splitlines()]
    return {one[1]: numbers(one[2]) for one in found if one}


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    return texts(next(NOTEBOOKS.glob("08_*.ipynb")))


@pytest.fixture(scope="module")
def looked_up() -> dict[str, str]:
    return texts(NOTEBOOKS / "appendix" / "comparisons.ipynb")


def effects(text: str) -> list[list[float]]:
    """[[mean, low, high]] of a claim's effects, as `show` prints them."""
    return [numbers(one) for one in re.findall(r": ([-+]\d+\.\d+ \([-+]\d+\.\d+ to [-+]\d+\.\d+\))", text)]


def test_three_of_nine_things_and_nine(printed):
    assert [numbers(line)[-1] for line in printed["08"].splitlines()] == [9, 3, 9]


def test_the_shipped_pair_a_point_and_twenty_five(printed):
    pixels, masks = (numbers(line)[-3:] for line in printed["04"].splitlines()[1:])
    assert masks[0] > pixels[0]  # CPU-minutes
    assert pixels[1] - masks[1] == pytest.approx(1, abs=0.5)
    assert masks[2] - pixels[2] == pytest.approx(25, abs=1)


def test_memory_grows_with_the_classes_of_pixels(printed):
    kept = {line[:20].strip(): numbers(line[20:])[-1] for line in printed["06"].splitlines()[1:]}
    plus, masks = (kept[f"{name}, 80 classes"] / kept[f"{name}, 5 classes"] for name in ("pixel+", "mask"))
    assert 3.4 < plus < 4
    assert masks < 1.2


def test_what_touching_costs_and_seams_give_back(printed):
    assert "found 1, wrong 0, missed 1, PQ 0.50" in printed["18"]
    assert "found 0, wrong 1, missed 2, PQ 0.00" in printed["18"]
    lines = {line[:18].strip(): numbers(line[18:]) for line in printed["20"].splitlines()[1:]}
    perfect, drawn = lines["true class map"], lines["with drawn seams"]
    pixels, masks = lines["upernet"], lines["mask2former"]
    assert abs(pixels[0] - masks[0]) < 3  # level where nothing touches
    assert perfect[-1] > 40  # lost
    assert all(4 <= a - b <= 9 for a, b in zip(perfect[:4], pixels[:4], strict=True))
    assert masks[3] > perfect[3] + 20
    assert drawn[3] > perfect[3] + 25


def test_a_network_that_draws_seams_passes_the_true_class_map():
    lines = texts(NOTEBOOKS / "appendix" / "seams.ipynb")["a05"].splitlines()[1:]
    perfect, before, seams = (numbers(line[20:]) for line in lines)
    assert seams[3] == 60 > perfect[3]
    assert before[0] - seams[0] == 3


def test_young_pixels_find_what_stands_alone(printed):
    found = rows(printed["24"].split("means over the seeds")[1])
    assert found["pixel"][0] < 15 < 50 < found["pixel"][1]
    assert found["mask"][0] > found["pixel"][0]
    assert found["mask"][1] < found["pixel"][1]
    assert found["pixel with seams"][0] <= found["pixel"][0] + 1


def test_the_lead_of_pixels_is_no_more_than_what_the_text_says(printed):
    mean, low, high = effects(printed["32"])[0]
    assert round(mean, 1) == 4.5
    assert low < 0 < high


def test_the_lessons_question_ends_in_a_number_and_its_interval(printed):
    """The summary's sentence, and the one below the figure, are the main effect of the registered runs."""
    stored = read_claim(registered_claims("convergence")[0])["effects"]
    found = effects(printed["33b"])
    assert found == [pytest.approx([one["effect"], *one["interval"]], abs=0.006) for one in stored]
    assert "1600 steps, 3 seeds" in printed["33b"]
    cells = nbformat.read(next(NOTEBOOKS.glob("08_*.ipynb")), as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    said = re.findall(r"by (\d+\.\d) points of mIoU[^.(]*\((-?\d+\.\d) to (-?\d+\.\d)", prose)
    assert len(said) == 2
    for numbers_said in said:
        assert [float(one) for one in numbers_said] == pytest.approx(found[0], abs=0.051)


def test_masks_are_there_and_naming_is_missing(printed):
    found = rows(printed["34"].split("RQ\n")[1])
    masked, unmasked = found["masked"], found["unmasked"]
    assert abs(masked[1] - unmasked[1]) < 5
    assert min(masked[1] - masked[2], unmasked[1] - unmasked[2]) > 8
    assert masked[2] > unmasked[2] + 10
    assert min(masked[0], unmasked[0]) > 0.9 * max(masked[1], unmasked[1])


def test_a_longer_list_leaves_masks_a_smaller_share(printed):
    shares = [numbers(line)[-1] for line in printed["41"].splitlines() if " classes   pixel+" in line]
    assert len(shares) == 4
    assert shares[0] > 0.95
    assert shares == sorted(shares, reverse=True)


def test_the_search_costs_most_early(printed):
    search, fixed = effects(printed["43"])
    assert search[2] < -8
    assert abs(fixed[0]) < 5


def test_pairs_of_equal_backbones(printed):
    gains = [numbers(line)[-1] for line in printed["48"].splitlines()]
    assert min(gains) == 0.5
    assert 2.5 < max(gains) < 3
    assert printed["46"].splitlines()[0].endswith("53.5")
    assert printed["46"].splitlines()[1].endswith("58.4")


def test_three_times_ahead_is_too_small_to_tell(printed):
    assert "4.0 +- 6.6: from -2.6 to 10.6" in printed["55"]
    assert "too small to tell" in printed["55"]


def test_the_head_of_pixels_is_the_expensive_one(looked_up):
    assert "by hand 43200  counted 43200" in looked_up["a03"]
    pixels, masks, decoder = (numbers(line)[-3:] for line in looked_up["a03"].splitlines()[2:])
    assert pixels[1] > masks[1]
    assert decoder[-1] < 0.1 * masks[2]


def test_small_things_are_missed_because_they_touch(looked_up):
    alone, touching = (
        {line[:20].strip(): numbers(line[20:]) for line in part.splitlines()[1:]}
        for part in looked_up["a08"].split("things touching")
    )
    shares = numbers(looked_up["a08"].splitlines()[-1])
    assert max(shares) - min(shares) < 10
    assert alone["true class map"][0::2] == alone["true class map"][1::2]
    assert touching["true class map"][0] < 0.2 * touching["true class map"][1]
    assert touching["mask2former"][4] == touching["mask2former"][5]
    assert 0.75 < touching["mask2former"][0] / touching["mask2former"][1] < 0.9
    assert touching["with drawn seams"][0] < touching["with drawn seams"][1]
    missed, joined = numbers(looked_up["a10"])
    assert joined > 0.7 * missed
