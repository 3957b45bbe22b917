"""What the prose of lesson 10 and its appendix says about its numbers, read from what their cells have printed."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def outputs(path: Path) -> dict[str, str]:
    """{a cell's id: what it printed, then the text alternative of its picture}."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            texts = [output["text"] for output in cell.outputs if output.output_type == "stream"]
            pictures = [output.get("metadata", {}).get("image/png", {}).get("alt", "") for output in cell.outputs]
            found[cell.id] = "\n".join([*texts, *filter(None, pictures)])
    return found


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    return outputs(next(NOTEBOOKS.glob("10_*.ipynb")))


@pytest.fixture(scope="module")
def looked_up() -> dict[str, str]:
    return outputs(NOTEBOOKS / "appendix" / "scores.ipynb")


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


def rows(text: str) -> dict[str, list[float]]:
    """{the first word of a line: its numbers}."""
    return {line.split()[0]: numbers(line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()}


def test_the_cards_have_two_winners(said):
    card = rows(said["06-3944d399"])
    assert 0.5 < card["upernet"][0] - card["mask2former"][0] < 1.5
    assert card["mask2former"][1] > card["upernet"][1] + 20


def test_green_everywhere_is_accurate_and_worthless(said):
    lazy = numbers(said["12-3ff45899"].splitlines()[1])
    assert lazy[-1] > 0.5
    assert lazy[-2] < 0.2


def test_one_pixel_of_an_absent_class_costs_16_points(said):
    before, after = (numbers(said["18-fa7c47ec"].splitlines()[line])[-1] for line in (1, -1))
    assert round(before - after) == 16


def test_no_segment_has_two_partners_above_one_half(said):
    counts = re.findall(r": (\d+)", said["26-1b3277ca"].partition("{")[2])
    assert int(counts[-1]) == 0 < int(counts[-2]) < int(counts[0])


def test_two_people_in_one_region_miss_the_cliff_by_less_than_a_point(said):
    first, second, _, fourth = said["39-692afc92"].splitlines()[:4]
    assert "49.3" in first
    assert [line.split()[0] for line in (first, second, fourth)] == 3 * ["person"]
    assert [line.split()[1] for line in (first, second, fourth)] == ["missed", "missed", "false"]
    assert all("6.7 points" in line for line in (first, second, fourth))


def test_splitting_the_two_people_gains_most_of_all_splits():
    import segtutor as st
    from segtutor.widgets.score.repairs import repaired

    image, truth = st.toytown.scene(4).render()
    prediction = st.load("upernet-toytown").segment(image)
    explorer = st.widgets.ScoreExplorer(image, prediction, truth)  # numbers its segments anew
    before, gains = explorer.pq["all"]["pq"], {}
    for segment in explorer.prediction.segments:
        for true in explorer.truth.segments:
            repair = {"do": "split", "segment": segment.id, "truth": true.id}
            part = (explorer.prediction.segment_ids == segment.id) & (explorer.truth.segment_ids == true.id)
            if part.any() and true.category_id == segment.category_id and part.sum() < segment.area:
                result = repaired(explorer.prediction, explorer.truth, [repair])
                after = st.metrics.panoptic_quality([(result, explorer.truth)], truth.categories).all.pq
                gains[segment.id, true.id] = 100 * (after - before)
    ranked = sorted(gains, key=gains.get, reverse=True)
    assert {segment for segment, _ in ranked[:2]} == {3}  # the two people, either of them split off
    assert 17 < gains[ranked[1]] <= gains[ranked[0]] < 20
    assert gains[ranked[2]] < 15


def test_things_make_the_difference_in_pq(said):
    things = {line.split()[0]: numbers(line) for line in said["41-b78ab3b8"].splitlines() if " things" in line}
    stuff = {line.split()[0]: numbers(line) for line in said["41-b78ab3b8"].splitlines() if " stuff" in line}
    missed = {name: int(re.search(r"missed +(\d+)", said["41-b78ab3b8"].split(name)[1])[1]) for name in things}
    assert missed == {"upernet": 92, "mask2former": 1}
    assert abs(stuff["upernet"][0] - stuff["mask2former"][-6]) < 3


def test_the_tail_of_the_list_is_free_and_scores_only_order(said):
    lines = said["57-517366ee"].splitlines()
    cut = [numbers(line) for line in lines[:4]]  # score, masks, AP, "50", AP50
    assert cut[0][1] - cut[1][1] > 70
    assert cut[0][1] == 79
    assert cut[0][2] - cut[-1][2] < 1
    assert cut[0][-1] > 98
    assert numbers(lines[-1])[-1] == cut[0][2]


def test_confidence_is_honest_where_the_network_has_learned(said):
    judged = {}
    for line in said["58-confidence"].splitlines():
        says, right, error = numbers(line)[-3:]
        judged[line.partition("  ")[0].strip()] = (says, right, error)
    clean = next(value for name, value in judged.items() if name == "mask2former")
    grainy = next(value for name, value in judged.items() if "grain 40" in name)
    assert clean[2] < 1
    assert 8 < clean[0] - grainy[0] < 12
    assert 88 < grainy[0] < 92
    assert 20 < grainy[1] < 30
    assert judged["upernet"][0] - judged["upernet"][1] > 10


def test_sq_rises_while_things_are_dropped(said):
    parts = [numbers(line.partition("dropped")[2]) for line in said["70-c1c2133e"].splitlines()]
    assert [sq for sq, _, _ in parts] == sorted(sq for sq, _, _ in parts)
    assert [pq for *_, pq in parts] == sorted((pq for *_, pq in parts), reverse=True)


def test_sixty_paired_scenes_decide_and_thirty_do_not(said):
    first, second = (numbers(line)[-3:] for line in said["77-7fc24a34"].splitlines()[:2])
    assert max(first[1], second[1]) < min(first[2], second[2])  # the intervals overlap
    found = {}
    for part in said["80-a85abd14"].split(";"):
        name, _, values = part.rpartition(": ")
        found[re.sub(r".*?(\d\d scenes)", r"\1", name.strip())] = numbers(values)[:3]
    for size in (30, 60):
        unpaired, paired = (found[f"{size} scenes, {how}"] for how in ("as if unpaired", "paired"))
        assert unpaired[1] < 0 < unpaired[2]
        assert 1.5 < (unpaired[2] - unpaired[1]) / (paired[2] - paired[1]) < 3
    assert found["30 scenes, paired"][1] < 0 < found["30 scenes, paired"][2]
    assert found["60 scenes, paired"][1:] == [-1.1, -0.4]
    by_picture = [found[f"{size} scenes, paired, by picture"][0] for size in (30, 60)]
    assert 0 < by_picture[1] < 0.6 * by_picture[0]


def test_what_lesson_02_saw_survives_in_part(said):
    gains = {line.split(" in ")[1].split()[0]: numbers(line) for line in said["85-433d582b"].splitlines()}
    assert min(gains["sky"] + gains["wall"]) > 0
    for name in ("grass", "car"):
        assert min(gains[name]) < 0 < max(gains[name])
    lesson_02 = outputs(next(NOTEBOOKS.glob("02_*.ipynb")))["804b88db"]
    near, far = ({line.split()[0]: numbers(line)[place] for line in lesson_02.splitlines()} for place in (1, 3))
    assert min(far[name] - near[name] for name in ("sky", "wall")) > 5
    assert far["car"] < near["car"]


def test_a_bootstrap_of_95_percent_holds_less(looked_up):
    held = {int(line.split()[0]): int(re.search(r"(\d+) times", line)[1]) for line in
            looked_up["81-a6f3777e"].splitlines()}  # fmt: skip
    assert (held[8], held[30]) == (76, 89)  # quoted in lesson 10
    assert held[30] < held[120] < 95


def test_the_appendix_says_what_it_prints(looked_up):
    assert numbers(looked_up["a05"])[0] > 99
    assert numbers(looked_up["a05"])[1] < 93
    whole, picture = ([numbers(line)[-3 + place] for line in looked_up["a07"].splitlines()[:2]] for place in (0, 1))
    assert 0 < whole[0] - whole[1] < 0.5
    assert 1.5 < picture[1] - picture[0] < 2
    missed, left_out, filled = (numbers(line)[-1] for line in looked_up["24-5cbf6495"].splitlines()[1:])
    assert left_out > whole[0] > filled > missed
    assert numbers(looked_up["35-f843d310"])[-1] > 5
    assert "0.444" in looked_up["37-c51da42c"]
    sloppy, forgetful = (numbers(line) for line in looked_up["68-b78368b6"].splitlines())
    assert sloppy[0] == forgetful[0]
    assert sloppy[-2] < 10 < 50 < forgetful[-2]
    found = {line.split("  ")[0] + line: numbers(line) for line in looked_up["73-e24ca9b9"].splitlines()}
    alone, touching = (
        next(v for k, v in found.items() if "upernet" in k and part in k) for part in ("alone", "touches")
    )
    assert alone[1] == 90
    assert touching[1] < 25
