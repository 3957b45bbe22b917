"""Calibration, PQ over thresholds, boundary PQ: hand cases, invariants, what merges, what is refused."""

import doctest
import math
import pickle

import numpy as np
import pytest

import segtutor as st
from segtutor import metrics, toytown
from segtutor.errors import UserError
from segtutor.metrics import boundary, pq, reliability
from segtutor.segments import Segmentation

CATS = [{"id": 1, "name": "cat", "isthing": 1}, {"id": 2, "name": "grass", "isthing": 0}]


def said(ids, classes, scores=None, crowds=()):
    return Segmentation.from_ids(np.array(ids), classes, CATS, scores, crowds)


TRUTH = said([[1, 1, 2, 2, 3, 3, 0, 0]], {1: 1, 2: 1, 3: 2})


def test_the_examples_in_the_docstrings_hold():
    for module in (reliability, pq):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0


def test_calibration_by_hand():
    """Right at 0.95, wrong at 0.85 (IoU 1/3), right at 0.9, wrong class at 0.05; what lies on void counts nowhere."""
    prediction = said([[1, 1, 2, 3, 3, 3, 5, 5]], {1: 1, 2: 1, 3: 2, 5: 1}, {1: 0.95, 2: 0.85, 3: 0.9, 5: 0.99})
    # segment 2 has IoU 1/2, which is not more than a half; segment 3 covers grass and one pixel of a cat: IoU 2/3
    found = metrics.calibration([(prediction, TRUTH)], CATS)
    assert found.count.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 2, 1]
    assert found.right[8:].tolist() == [0.5, 1.0]
    assert found.score[8:] == pytest.approx([0.875, 0.95])
    assert np.isnan(found.right[:8]).all()
    assert found.error == pytest.approx(2 / 3 * 0.375 + 1 / 3 * 0.05)
    one = metrics.calibration([(prediction, TRUTH)], CATS, bins=1)
    assert one.error == pytest.approx(abs(2 / 3 - 0.9))


@pytest.mark.parametrize(("score", "place"), [(0.0, 0), (0.1, 0), (0.3, 2), (0.31, 3), (0.7, 6), (1.0, 9)])
def test_a_bin_holds_its_upper_edge(score, place):
    found = metrics.calibration([(said([[1, 1, 0, 0, 0, 0, 0, 0]], {1: 1}, {1: score}), TRUTH)], CATS)
    assert found.count[place] == found.count.sum() == 1
    assert found.error == pytest.approx(1 - score)


def test_nothing_said_has_no_error():
    found = metrics.calibration([(said([[0] * 8], {}), TRUTH)], CATS)
    assert math.isnan(found.error)
    assert found.count.sum() == 0


@pytest.fixture(scope="module")
def answers():
    """Three pictures of ToyTown, each answered at three thresholds."""
    segmenter, pictures = st.load("mask2former-toytown"), []
    for seed in range(3):
        image, truth = toytown.scene(seed).render()
        segmenter.set_image(image)
        pictures.append(({t: segmenter.predict(score_threshold=t) for t in (0.3, 0.6, 0.9)}, truth))
    return pictures


def test_counts_merge(answers):
    pairs = [(found[0.3], truth) for found, truth in answers]
    for make in (
        lambda: metrics.CalibrationCounts(toytown.categories, 5),
        lambda: metrics.PanopticCounts(toytown.categories, 0.02),
    ):
        whole, first, second = make(), make(), make()
        for number, pair in enumerate(pairs):
            whole.update(*pair)
            (first if number else second).update(*pair)
        first.merge(pickle.loads(pickle.dumps(second)))
        one, other = whole.compute(), first.compute()
        if hasattr(one, "error"):
            assert one.error == pytest.approx(other.error, abs=1e-12)
            assert np.array_equal(one.count, other.count)
            assert one.count.sum() > 10
        else:
            assert one.all.pq == pytest.approx(other.all.pq, abs=1e-12)
    with pytest.raises(UserError):
        metrics.CalibrationCounts(CATS, 5).merge(metrics.CalibrationCounts(CATS, 6))
    with pytest.raises(UserError):
        metrics.PanopticCounts(CATS, 0.02).merge(metrics.PanopticCounts(CATS))


def test_a_sweep_is_panoptic_quality_at_each_threshold(answers):
    whole, first, second = (metrics.PanopticSweep(toytown.categories, (0.3, 0.6, 0.9)) for _ in range(3))
    for number, (found, truth) in enumerate(answers):
        whole.update(found, truth)
        (second if number else first).update([found[t] for t in whole.thresholds], truth)
    first.merge(pickle.loads(pickle.dumps(second)))
    for threshold, quality in whole.compute().items():
        alone = metrics.panoptic_quality([(found[threshold], truth) for found, truth in answers], toytown.categories)
        assert quality == alone
        assert first.compute()[threshold].all.pq == pytest.approx(alone.all.pq, abs=1e-12)
    best = whole.best()
    assert whole.compute()[best].all.pq == max(quality.all.pq for quality in whole.compute().values())


def test_boundary_pq_is_never_more_than_pq(answers):
    for found, truth in answers:
        pairs = [(found[0.6], truth)]
        usual = metrics.panoptic_quality(pairs, toytown.categories)
        near = metrics.boundary_panoptic_quality(pairs, toytown.categories)
        assert 0 < near.all.pq < usual.all.pq
        assert near.all.tp + near.all.fn == usual.all.tp + usual.all.fn
        perfect = metrics.boundary_panoptic_quality([(truth, truth)], toytown.categories)
        assert (perfect.all.pq, perfect.all.fp) == (1, 0)
        # a band that covers everything leaves IoU
        assert metrics.boundary_panoptic_quality(pairs, toytown.categories, share=0.9) == usual


def test_the_boundary_of_a_segment_is_that_of_its_mask_where_nothing_is_void(answers):
    found, truth = answers[0]
    assert (truth.segment_ids != 0).all()
    for match in metrics.match_segments(found[0.6], truth).matches:
        masks = found[0.6].mask(match.prediction.id), truth.mask(match.truth.id)
        got = boundary.segment_boundary_iou(found[0.6], truth, match.prediction, match.truth, 0.02)
        assert got == metrics.boundary_iou(*masks)


def test_a_shifted_contour_costs_a_large_segment_its_match():
    """100 x 100 moved by three pixels: IoU 97/103, but of bands that are 3 wide only a part is shared."""
    ids = np.zeros((106, 106), int)
    true, moved = ids.copy(), ids.copy()
    true[:100, :100], moved[3:103, 3:103] = 1, 1
    pair = [tuple(Segmentation.from_ids(np.where(x, 1, 2), {1: 1, 2: 2}, CATS) for x in (moved, true))]
    assert metrics.panoptic_quality(pair, CATS).per_class[1].tp == 1
    near = metrics.boundary_panoptic_quality(pair, CATS).per_class[1]
    assert (near.tp, near.fp, near.fn) == (0, 1, 1)


def test_what_cannot_be_counted_is_refused():
    without = said([[1, 1, 0, 0, 0, 0, 0, 0]], {1: 1})
    for wrong in (
        lambda: metrics.calibration([(without, TRUTH)], CATS),
        lambda: metrics.calibration([(TRUTH.segment_ids, TRUTH)], CATS),
        lambda: metrics.calibration([], CATS, bins=0),
        lambda: metrics.calibration([], CATS, bins=2.5),
        lambda: metrics.boundary_panoptic_quality([], CATS, share=0),
        lambda: metrics.PanopticSweep(CATS, []),
        lambda: metrics.PanopticSweep(CATS, [0.5, 0.5]),
        lambda: metrics.PanopticSweep(CATS, [math.nan]),
        lambda: metrics.PanopticSweep(CATS, [0.5, 0.6]).update([without], TRUTH),
        lambda: metrics.PanopticSweep(CATS, [0.5, 0.6]).update({0.5: without, 0.7: without}, TRUTH),
        lambda: metrics.PanopticSweep(CATS, [0.5]).merge(metrics.PanopticSweep(CATS, [0.6])),
        lambda: metrics.PanopticSweep(CATS, [0.5]).best(),
        lambda: st.show.reliability({"error": 0.1}),
    ):
        with pytest.raises(UserError):
            wrong()


def test_the_reliability_diagram_tells_its_bins(answers):
    found = metrics.calibration([(found[0.3], truth) for found, truth in answers], toytown.categories)
    picture = st.show.reliability(found, title="Three pictures")
    (axes,) = picture.axes
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(found.right[found.count > 0].tolist())
    assert [text.get_text() for text in axes.texts] == [str(count) for count in found.count[found.count > 0]]
    empty = metrics.calibration([], toytown.categories)
    assert not st.show.reliability(empty).axes[0].patches
