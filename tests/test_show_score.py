"""Why a score: which segments are matched, missed, false or ignored, what each costs, and the picture of it."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segtutor.metrics.lost
import segtutor.metrics.matching
from segtutor import show
from segtutor.errors import UserError
from segtutor.metrics import lost_quality, match_segments, panoptic_quality
from segtutor.segments import Categories, Category, Segmentation
from segtutor.show import score_parts

PETS = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])


def row(ids, category_of, iscrowd=()):
    return Segmentation.from_ids(np.array([ids]), category_of, PETS, iscrowd=iscrowd)


def by_hand():
    """(prediction, truth) 4 x 20: a cat found (IoU 3/4), one missed, a dog said, a cat on void, a crowd of cats."""
    truth = row([1] * 4 + [2] * 4 + [0] * 4 + [3] * 4 + [4] * 4, {1: 17, 2: 17, 3: 17, 4: 193}, iscrowd=[3])
    guess = row([5] * 3 + [0] + [6] * 4 + [7] * 4 + [8] * 4 + [9] * 4, {5: 17, 6: 18, 7: 17, 8: 17, 9: 193})
    return guess, truth


def random_pair(seed):
    """16 x 16 blocks; the prediction is the truth moved, classes are chosen anew, some segments are void or crowds."""
    random = np.random.default_rng(seed)
    ids = random.integers(0, 7, (4, 4)).repeat(4, axis=0).repeat(4, axis=1)
    moved = np.roll(ids, random.integers(0, 3, 2), (0, 1))

    def build(map_of_ids, crowds=()):
        present = [i for i in np.unique(map_of_ids).tolist() if i]
        kinds = {i: int(random.choice([17, 18, 193])) if random.random() < 0.4 else 17 for i in present}
        return Segmentation.from_ids(map_of_ids, kinds, PETS, iscrowd=[i for i in present if i in crowds])

    return build(moved), build(ids, crowds=(1, 5))


@pytest.mark.parametrize("module", [segtutor.metrics.matching, segtutor.metrics.lost], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_each_kind_written_out():
    found = match_segments(*by_hand())
    assert [(m.truth.id, m.prediction.id, m.iou) for m in found.matches] == [(1, 5, 0.75), (4, 9, 1.0)]
    assert [[s.id for s in part] for part in (found.missed, found.false, found.ignored, found.crowds)] == [
        [2],
        [6],
        [7, 8],
        [3],
    ]
    assert found.iou()[1, 1] == 1.0  # the missed cat and the dog are the same pixels


def test_what_each_segment_costs_written_out():
    # Three classes. cat: W = 1 + 1/2; dog: 1/2; grass: 1. The dog is a whole class at 0: a third of everything.
    costs = {(part.kind, part.segment.id): part.lost for part in lost_quality(*by_hand())}
    assert costs == pytest.approx(
        {("false", 6): 1 / 3, ("missed", 2): 0.5 / 1.5 / 3, ("matched", 1): 0.25 / 1.5 / 3, ("matched", 4): 0.0}
    )
    dearest = lost_quality(*by_hand())[0]
    assert (dearest.kind, dearest.other.id, dearest.iou) == ("false", 2, 1.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_costs_sum_to_what_panoptic_quality_lacks_and_no_segment_is_forgotten(seed):
    guess, truth = random_pair(seed)
    found, quality = match_segments(guess, truth), panoptic_quality([(guess, truth)], PETS).all
    parts = lost_quality(guess, truth)
    if quality.n:
        assert sum(part.lost for part in parts) == pytest.approx(1 - quality.pq, abs=1e-12)
    assert (len(found.matches), len(found.false), len(found.missed)) == (quality.tp, quality.fp, quality.fn)
    seen = [m.prediction.id for m in found.matches] + [s.id for s in [*found.false, *found.ignored]]
    assert sorted(seen) == sorted(s.id for s in guess.segments)
    seen = [m.truth.id for m in found.matches] + [s.id for s in [*found.missed, *found.crowds]]
    assert sorted(seen) == sorted(s.id for s in truth.segments)


def grown(result, factor=6):
    ids = result.segment_ids.repeat(4 * factor, axis=0).repeat(factor, axis=1)
    crowds = [s.id for s in result.segments if s.iscrowd]
    return Segmentation.from_ids(ids, {s.id: s.category_id for s in result.segments}, PETS, iscrowd=crowds)


def panels(guess, truth):
    ground = np.full((*truth.segment_ids.shape, 3), 200, np.uint8)
    return score_parts._panels(match_segments(guess, truth), ground, truth.segment_ids, guess.segment_ids)


def test_each_pixel_has_the_colour_of_its_kind():
    """Of a segment's inner pixels the median is its fill, whatever the pattern."""
    guess, truth = (grown(side) for side in by_hand())
    on_truth, on_guess = panels(guess, truth)

    def fill(panel, cell):
        return np.median(panel[4:-4, 6 * cell + 2 : 6 * cell + 22].reshape(-1, 3), axis=0)

    def of(kind, alpha):
        return np.rint((1 - alpha) * 200 + alpha * np.array(score_parts.COLORS[kind]))

    np.testing.assert_allclose(fill(on_truth, 4), of("missed", 0.6), atol=1)
    np.testing.assert_allclose(fill(on_guess, 4), of("false", 0.6), atol=1)
    np.testing.assert_allclose(fill(on_truth, 12), of("ignored", 0.6), atol=1)  # the crowd
    np.testing.assert_allclose(fill(on_guess, 12), of("ignored", 0.6), atol=1)  # a cat in the crowd
    np.testing.assert_allclose(fill(on_truth, 16), of("matched", 0.75), atol=1)
    # Of the matched cat the fourth cell is in the truth only: pale there, bare here.
    np.testing.assert_allclose(on_truth[10, 21], of("matched", 0.3), atol=1)
    assert on_guess[10, 21].tolist() == [200] * 3
    # Void of the truth is hatched on both sides, in dark and white.
    for panel in (on_truth, on_guess):
        void = panel[4:-4, 6 * 8 + 2 : 6 * 12 - 2]
        assert (void == 25).all(-1).any()
        assert (void == 255).all(-1).any()


def test_patterns_differ_without_any_colour():
    shapes = {}
    for kind in ("matched", "missed", "false", "ignored"):
        block = np.full((40, 40, 3), 150, np.uint8)
        score_parts._paint(block, np.ones((40, 40), bool), kind)
        shapes[kind] = (block[..., 0] == np.median(block[..., 0])).tobytes()
        contrast = float(block.mean(-1).max() - block.mean(-1).min())
        assert contrast == 0 if kind == "matched" else contrast > 60, kind
    assert len(set(shapes.values())) == 4


def test_the_words_name_counts_and_the_largest_losses():
    guess, truth = (grown(side) for side in by_hand())
    picture = show.why(np.full((*truth.segment_ids.shape, 3), 90, np.uint8), guess, truth)
    quality = panoptic_quality([(guess, truth)], PETS).all
    assert picture.description.startswith(f"PQ of this picture: {100 * quality.pq:.1f} % = 100 - ")
    assert "2 matched; 1 missed; 1 false; 3 ignored; 20 % void of the truth; 5 % void of the prediction." in (
        picture.description
    )
    assert "dog, false: best overlap with cat, IoU 100.0 %: 33.3 points." in picture.description
    assert "cat, missed: best overlap with dog, IoU 100.0 %: 11.1 points." in picture.description
    assert "cat, matched with IoU 75.0 %: 5.6 points." in picture.description
    written = [text.get_text() for text in picture.texts]
    assert {"truth", "prediction", "33.3", "1 missed: true, nothing matches it"} <= set(written)
    # Number 1, the dog, stands in the prediction alone; number 3, the matched cat, on both sides.
    numbers = [[text.get_text() for text in axes.texts] for axes in picture.axes[:2]]
    assert numbers == [["2", "3"], ["1", "3"]]


def test_what_is_not_named_is_summed():
    guess, truth = (grown(side) for side in by_hand())
    picture = show.why(np.zeros((*truth.segment_ids.shape, 3), np.uint8), guess, truth, rows=1)
    assert picture.description.endswith(" and 2 more: 16.7 points.")


def test_what_is_void_of_the_prediction_on_a_crowd_costs_nothing_and_is_not_told():
    truth = row([1] * 6 + [2] * 4, {1: 193, 2: 17}, iscrowd=[2])
    guess = row([5] * 6 + [0] * 4, {5: 193})
    said = show.why(np.zeros((1, 10, 3), np.uint8), guess, truth).description
    assert said.startswith("PQ of this picture: 100.0 %")
    assert "void of the prediction" not in said
    guess = row([5] * 5 + [0] * 5, {5: 193})
    assert "10 % void of the prediction" in show.why(np.zeros((1, 10, 3), np.uint8), guess, truth).description


def test_perfect_and_empty_pairs():
    _, truth = by_hand()
    image = np.zeros((1, 20, 3), np.uint8)
    assert show.why(image, truth, truth).description.startswith("PQ of this picture: 100.0 % = 100 - 0.0 points lost.")
    nothing = row([0] * 20, {})
    assert "nothing to count" in show.why(image, nothing, nothing).description
    assert "cat, missed: no segment there" in show.why(image, nothing, truth).description


def test_nothing_it_is_given_changes():
    guess, truth = by_hand()
    image = np.random.default_rng(0).integers(0, 255, (1, 20, 3), np.uint8)
    before = image.copy(), guess.segment_ids.copy(), truth.segment_ids.copy()
    show.why(image, guess, truth)
    for old, new in zip(before, (image, guess.segment_ids, truth.segment_ids), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("image", "change", "options", "message"),
    [
        (np.zeros((1, 20, 3), np.uint8), lambda g: g.segment_ids, {}, "ndarray"),
        (np.zeros((1, 20, 3), np.uint8), lambda g: row([1], {1: 17}), {}, r"\(1, 20\)"),
        (np.zeros((4, 20, 3), np.uint8), lambda g: g, {}, "20 x 4"),
        (np.zeros((1, 20, 3), np.uint8), lambda g: g, {"rows": 0}, "rows.* 0"),
    ],
)
def test_mistakes_are_one_sentence(image, change, options, message):
    guess, truth = by_hand()
    with pytest.raises(UserError, match=message):
        show.why(image, change(guess), truth, **options)
