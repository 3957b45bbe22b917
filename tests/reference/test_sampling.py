"""Where masks are compared: points against a plain form, the truth at points, and how many are drawn where."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segtutor.outputs import Targets
from segtutor.reference.layers.forms import plain
from segtutor.reference.losses import sampling
from segtutor.reference.losses.sampling import (
    FullMasks,
    Grid,
    PointSampling,
    border_points,
    sample_points,
    truth_at_points,
)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.booleans(), st.integers(0, 999))
def test_a_point_is_the_mean_of_four_pixels(count, height, width, shared, seed):
    generator = torch.Generator().manual_seed(seed)
    maps = torch.randn(count, height, width, generator=generator)
    points = torch.rand(*([30, 2] if shared else [count, 30, 2]), generator=generator)
    with plain():
        expected = sample_points(maps, points)
    torch.testing.assert_close(sample_points(maps, points), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shared", [True, False])
def test_the_truth_is_read_a_few_masks_at_a_time(monkeypatch, shared):
    generator = torch.Generator().manual_seed(0)
    masks = (torch.rand(5, 6, 7, generator=generator) > 0.5).to(torch.uint8)
    valid = torch.rand(6, 7, generator=generator) > 0.3
    points = torch.rand(*([20, 2] if shared else [5, 20, 2]), generator=generator)
    whole = truth_at_points(masks, valid, points)
    monkeypatch.setattr(sampling, "_FLOATS", 2 * 6 * 7)
    for part, other in zip(truth_at_points(masks, valid, points), whole, strict=True):
        assert torch.equal(part, other)
    targets, weights = truth_at_points(masks, None, points)
    torch.testing.assert_close(targets, sample_points(masks.float(), points))
    assert weights.shape == points.shape[:-1]
    assert (weights == 1).all()


def test_candidates_nearest_to_the_border_are_kept():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(3, 9, 9, generator=generator) * 4
    kept = border_points(logits, 200, 50, generator=torch.Generator().manual_seed(2))
    drawn = torch.rand(3, 200, 2, generator=torch.Generator().manual_seed(2))
    certainty = sample_points(logits, drawn).abs()
    limit = certainty.sort(1).values[:, 49]
    assert (sample_points(logits, kept).abs().amax(1) == limit).all()


READINGS = {"grid": Grid((12, 14)), "points": PointSampling(33), "full": FullMasks()}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_all_readings_have_one_interface(reading):
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(4, 6, 7, generator=generator)
    valid = torch.rand(12, 14, generator=generator) > 0.2
    masks = ((torch.rand(3, 12, 14, generator=generator) > 0.5) & valid).to(torch.uint8)
    truths = reading.prepare([Targets(torch.arange(3), masks, valid)] * 2, (6, 7))
    points = {"grid": 168, "points": 33, "full": 42}
    name = next(name for name in READINGS if READINGS[name] is reading)
    x, t, w = reading.all_pairs(logits, truths[0])
    assert (x.shape, t.shape, w.shape) == ((4, points[name]), (3, points[name]), (points[name],))
    chosen = [torch.tensor([2, 0]), torch.tensor([], dtype=torch.int64)]
    pairs = reading.matched_pairs([logits[:2], logits[:0]], truths, chosen)
    count = {"grid": 168, "points": 33, "full": 168}[name]
    assert [x.shape for x, _, _ in pairs] == [(2, count), (0, count)]
    for x, t, w in pairs:
        assert t.shape == x.shape
        assert w.shape in ((count,), x.shape)
        assert ((t >= 0) & (t <= 1 + 1e-6)).all()
        assert ((w >= 0) & (w <= 1 + 1e-6)).all()
