"""ScoreExplorer: what is counted is what the metrics count, repairs do what they say, JavaScript's equal Python's."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from test_javascript import node  # noqa: F401  (a fixture)
from test_matching_game import ask_node
from toy_segmenter import ToySegmenter

import segtutor as st
from segtutor.errors import UserError
from segtutor.metrics import lost_quality, match_segments, panoptic_quality
from segtutor.segments import Categories, Category, Segmentation
from segtutor.widgets.score.repairs import repaired

pytest.importorskip("anywidget")
CATEGORIES = Categories(Category(10 + 3 * k, f"class {k}", k % 2 == 0) for k in range(4))
CAT, GRASS = CATEGORIES[0].id, CATEGORIES[1].id


def row(*ids: int, **labels: int) -> Segmentation:
    """A picture of one row of pixels: row(1, 1, 2, s1=CAT, s2=GRASS)."""
    return Segmentation.from_ids([list(ids)], {int(name[1:]): label for name, label in labels.items()}, CATEGORIES)


def _random_side(random, size, crowds: int = 0) -> Segmentation:
    """Blobs with void between them; ids from 1 without gaps, in any order of area."""
    h, w = size
    count = int(random.integers(1, 8))
    centre, radius = random.uniform(0, [h, w], (count, 2)), random.uniform(0.1, 0.6, count) * max(h, w)
    grid = np.stack(np.mgrid[:h, :w], axis=-1)
    ids = np.zeros(size, np.int32)
    for number in range(count):
        ids[np.linalg.norm(grid - centre[number], axis=-1) < radius[number]] = number + 1
    present = [int(i) for i in np.unique(ids) if i]
    labels = {i: CATEGORIES[int(random.integers(len(CATEGORIES)))].id for i in present}
    return Segmentation.from_ids(ids, labels, CATEGORIES, iscrowd=present[:crowds])


def _random_repairs(random, prediction, truth) -> list[dict]:
    """Repairs that can be done, one after the other."""
    done: list[dict] = []
    for _ in range(int(random.integers(0, 6))):
        now = repaired(prediction, truth, done)
        numbers, true = [s.id for s in now.segments], [s.id for s in truth.segments]
        kind = str(random.choice(["remove", "mask", "class", "merge", "split", "add"]))
        values = {
            "segment": numbers and int(random.choice(numbers)),
            "other": numbers and int(random.choice(numbers)),
            "truth": true and int(random.choice(true)),
            "category_id": int(random.choice([c.id for c in CATEGORIES])),
        }
        from segtutor.widgets.score.repairs import FIELDS

        repair = {"do": kind} | {name: values[name] for name in FIELDS[kind]}
        try:
            repaired(prediction, truth, [*done, repair])
        except UserError:
            continue
        done.append(repair)
    return done


def _for_node(prediction, truth, repairs) -> dict:
    def side(one):
        segments = [[s.id, CATEGORIES.index(s.category_id)] for s in one.segments]
        return {"ids": one.segment_ids.ravel().tolist(), "segments": segments}

    crowds = [s.id for s in truth.segments if s.iscrowd]
    classes = [category.id for category in CATEGORIES]
    return {
        "truth": side(truth) | {"crowds": crowds},
        "prediction": side(prediction),
        "classes": classes,
        "repairs": repairs,
    }


def test_the_browser_repairs_matches_and_counts_as_python_does(node, tmp_path):  # noqa: F811
    cases, met = [], set()
    for seed in range(120):
        random = np.random.default_rng(seed)
        size = random.integers(2, 16, 2).tolist()
        truth = _random_side(random, size, crowds=seed % 3)
        prediction = truth if seed % 10 == 9 else _random_side(random, size)
        cases.append((prediction, truth, _random_repairs(random, prediction, truth)))
    for (prediction, truth, repairs), answer in zip(
        cases, ask_node(node, [_for_node(*case) for case in cases], tmp_path), strict=True
    ):
        result = repaired(prediction, truth, repairs)
        met |= {repair["do"] for repair in repairs}
        assert answer["ids"] == result.segment_ids.ravel().tolist()
        assert sorted(answer["segments"]) == sorted(
            [s.id, CATEGORIES.index(s.category_id)] for s in result.segments
        )  # fmt: skip
        found = match_segments(result, truth)
        kinds = {s.id: "false" for s in found.false} | {s.id: "ignored" for s in found.ignored}
        kinds |= {match.prediction.id: "matched" for match in found.matches}
        assert dict(answer["kinds"]) == kinds
        kinds = {s.id: "missed" for s in found.missed} | {s.id: "crowd" for s in found.crowds}
        kinds |= {match.truth.id: "matched" for match in found.matches}
        assert dict(answer["true"]) == kinds
        met |= {kind for _, kind in answer["kinds"] + answer["true"]}
        quality = panoptic_quality([(result, truth)], CATEGORIES)
        for part, theirs in zip(
            [quality.all, *quality.per_class.values()], [answer["mean"], *answer["qualities"]], strict=True
        ):
            assert [part.tp, part.fp, part.fn] == [theirs[name] for name in ("tp", "fp", "fn")]
            for name in ("pq", "sq", "rq"):  # JSON writes NaN as null
                value = np.nan if theirs[name] is None else theirs[name]
                assert getattr(part, name) == pytest.approx(value, abs=1e-12, nan_ok=True)
        mine = [
            (p.kind, p.segment.id, p.other.id if p.other else None, round(p.iou, 9), round(p.lost, 9))
            for p in lost_quality(result, truth)
        ]
        theirs = [
            (p["kind"], p["segment"], p["other"], round(p["iou"], 9), round(p["lost"], 9)) for p in answer["lost"]
        ]
        assert sorted(mine, key=str) == sorted(theirs, key=str)
        assert [part[-1] for part in theirs] == sorted([part[-1] for part in theirs], reverse=True)
    assert met >= {"remove", "mask", "class", "merge", "split", "add", "matched", "missed", "false", "ignored", "crowd"}


TRUTH = row(1, 1, 1, 2, 2, 2, 0, 3, s1=CAT, s2=CAT, s3=GRASS)
PREDICTION = row(1, 1, 1, 1, 1, 2, 2, 3, s1=CAT, s2=GRASS, s3=GRASS)


@pytest.mark.parametrize(
    ("repair", "ids", "labels"),
    [
        ({"do": "remove", "segment": 1}, [0, 0, 0, 0, 0, 2, 2, 3], {2: GRASS, 3: GRASS}),
        ({"do": "mask", "segment": 2, "truth": 2}, [1, 1, 1, 2, 2, 2, 0, 3], {1: CAT, 2: GRASS, 3: GRASS}),
        ({"do": "class", "segment": 2, "category_id": CAT}, [1, 1, 1, 1, 1, 2, 2, 3], {1: CAT, 2: CAT, 3: GRASS}),
        ({"do": "merge", "segment": 2, "other": 3}, [1, 1, 1, 1, 1, 2, 2, 2], {1: CAT, 2: GRASS}),
        ({"do": "split", "segment": 1, "truth": 2}, [1, 1, 1, 4, 4, 2, 2, 3], {1: CAT, 2: GRASS, 3: GRASS, 4: CAT}),
        ({"do": "add", "truth": 3}, [1, 1, 1, 1, 1, 2, 2, 4], {1: CAT, 2: GRASS, 4: GRASS}),
    ],
)
def test_each_repair_does_what_it_says(repair, ids, labels):
    result = repaired(PREDICTION, TRUTH, [repair])
    assert result.segment_ids.tolist() == [ids]
    assert {s.id: s.category_id for s in result.segments} == labels
    assert PREDICTION.segment_ids.tolist() == [[1, 1, 1, 1, 1, 2, 2, 3]]


@pytest.fixture(scope="module")
def scene():
    segmenter = ToySegmenter()
    prediction = st.panoptic_inference(segmenter.output, (128, 128), segmenter.categories, score_threshold=0.85)
    return segmenter.image, prediction, segmenter.truth


@pytest.fixture
def explorer(scene):
    return st.widgets.ScoreExplorer(*scene)


def test_it_begins_with_the_score_of_the_metrics(explorer, scene):
    _, prediction, truth = scene
    quality = panoptic_quality([(prediction, truth)], truth.categories)
    assert explorer.pq["all"]["pq"] == quality.all.pq
    assert explorer.pq["things"]["fn"] == quality.things.fn > 0
    assert sum(part.lost for part in explorer.lost) == pytest.approx(1 - quality.all.pq)
    json.dumps(explorer.pq, allow_nan=False)


def test_repairs_move_the_score_and_taking_them_off_moves_it_back(explorer):
    before = explorer.pq
    missed = next(part.segment.id for part in explorer.lost if part.kind == "missed")
    explorer.repairs = [{"do": "add", "truth": missed}]
    assert explorer.pq["all"]["pq"] > before["all"]["pq"]
    assert explorer.pq["all"]["fn"] == before["all"]["fn"] - 1
    explorer.set_state({"repairs": [{"do": "add", "truth": missed}, {"do": "remove", "segment": 1}]})  # the browser's
    assert len(explorer.result.segments) == len(explorer.prediction.segments)
    explorer.repairs = []
    assert explorer.pq == before


def test_repairing_everything_gives_one(explorer):
    repairs = [{"do": "remove", "segment": segment.id} for segment in explorer.prediction.segments]
    repairs += [{"do": "add", "truth": segment.id} for segment in explorer.truth.segments]
    explorer.repairs = repairs
    assert explorer.pq["all"]["pq"] == 1
    assert all(part.lost == 0 for part in explorer.lost)


def test_segments_are_numbered_from_one_and_large_pictures_reduced():
    segmenter = ToySegmenter(seed=5, size=512)
    old = segmenter.truth
    far = Segmentation.from_ids(  # COCO's ids go up to 2**24
        np.where(old.segment_ids == 0, 0, old.segment_ids + 70_000),
        {s.id + 70_000: s.category_id for s in old.segments},
        old.categories,
        {s.id + 70_000: 0.5 for s in old.segments},
        iscrowd=[old.segments[0].id + 70_000],
    )
    explorer = st.widgets.ScoreExplorer(segmenter.image, far, far, longest_side=200)
    assert explorer.size == [200, 200]
    assert [segment.id for segment in explorer.truth.segments] == list(range(1, len(old.segments) + 1))
    assert explorer.truth_segments[0]["iscrowd"]
    assert explorer.predicted_segments[0]["score"] == 0.5
    assert explorer.pq["all"]["pq"] == 1
    assert sum(len(part) for part in (explorer.picture, explorer.truth_ids, explorer.predicted_ids)) < 1_000_000


def test_nothing_to_count(scene):
    empty = Segmentation.from_ids(np.zeros((128, 128), np.int32), {}, scene[2].categories)
    explorer = st.widgets.ScoreExplorer(scene[0], empty, empty)
    assert explorer.pq["all"]["pq"] is None
    assert "nothing to count" in repr(explorer)
    assert "nothing to count" in explorer.alternative()
    assert explorer.still().shape == (128, 264, 3)


def test_stills_figures_and_names(explorer):
    quality = 100 * explorer.pq["all"]["pq"]
    assert repr(explorer) == (
        f"ScoreExplorer(128 x 128 pixels, {len(explorer.prediction.segments)} segments predicted, 10 true, 0 repairs, "
        f"PQ {quality:.1f} %)"
    )
    data, metadata = explorer._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == explorer.alternative()
    before = np.asarray(Image.open(io.BytesIO(data["image/png"])))
    assert f"PQ {quality:.1f} %" in explorer.alternative()
    explorer.repairs = [{"do": "remove", "segment": 1}]
    assert not np.array_equal(explorer.still(), before)
    assert f"PQ of this picture: {100 * explorer.pq['all']['pq']:.1f} %" in explorer.figure().description


def test_repairs_and_a_selection_may_be_given(scene):
    explorer = st.widgets.ScoreExplorer(*scene, repairs=[{"do": "remove", "segment": 1}])
    assert len(explorer.repairs) == 1
    explorer.selected = ["truth", 3]
    assert explorer.selected == ["truth", 3]
    explorer.selected = None


MISTAKES = {
    "an array as the prediction": (lambda i, p, t: st.widgets.ScoreExplorer(i, p.segment_ids, t), "ndarray"),
    "another picture": (lambda i, p, t: st.widgets.ScoreExplorer(i[:64], p, t), "(128, 128)"),
    "an unknown repair": (lambda i, p, t: _repair(i, p, t, {"do": "paint", "segment": 1}), "paint"),
    "a field too many": (lambda i, p, t: _repair(i, p, t, {"do": "remove", "segment": 1, "truth": 1}), '"remove"'),
    "a segment that is gone": (lambda i, p, t: _repair(i, p, t, *[{"do": "remove", "segment": 1}] * 2), "repair 1"),
    "no true segment": (lambda i, p, t: _repair(i, p, t, {"do": "add", "truth": 99}), "99"),
    "an unknown class": (lambda i, p, t: _repair(i, p, t, {"do": "class", "segment": 1, "category_id": 999}), "999"),
    "itself": (lambda i, p, t: _repair(i, p, t, {"do": "merge", "segment": 1, "other": 1}), "two different"),
    "nothing to split": (lambda i, p, t: _repair(i, t, t, {"do": "split", "segment": 1, "truth": 1}), "under a part"),
    "a selection": (lambda i, p, t: setattr(st.widgets.ScoreExplorer(i, p, t), "selected", ["left", 1]), "'left'"),
}


def _repair(image, prediction, truth, *repairs):
    st.widgets.ScoreExplorer(image, prediction, truth).repairs = list(repairs)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_one_sentence(scene, name):
    act, said = MISTAKES[name]
    with pytest.raises(UserError) as caught:
        act(*scene)
    text = str(caught.value)
    assert said in text
    assert "\n" not in text
