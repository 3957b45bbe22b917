"""Regions and distances in numpy, against scipy's."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from segtutor.categories import Categories, Category
from segtutor.inference.components import connected_components
from segtutor.outputs import PerPixelOutput
from segtutor.regions import connected_regions, squared_distances


def spiral(side):
    """One pixel wide, one apart: a region whose runs meet only far from where they begin."""
    found, place, step = np.zeros((side, side), int), np.array([0, 0]), np.array([0, 1])
    for length in [side - 1, *(n for n in range(side - 1, 0, -2) for _ in "ab")]:
        for _ in range(length):
            found[tuple(place)] = 1
            place = place + step
        step = np.array([step[1], -step[0]])
    found[tuple(place)] = 1
    return found


def maps():
    chance = np.random.default_rng(0)
    for classes, side in ((2, 9), (2, 40), (3, 40), (7, 64), (200, 30)):
        yield chance.integers(0, classes, (side, side + 3))
    yield chance.random((60, 80)) < 0.59  # near the threshold of percolation: long, ragged regions
    yield np.indices((31, 33)).sum(0) % 2
    yield spiral(41)
    yield np.zeros((5, 1), int)
    yield np.ones((1, 5), int)


@pytest.mark.parametrize("values", list(maps()), ids=lambda values: f"{values.shape}, {len(np.unique(values))}")
def test_regions_are_those_of_scipy_in_the_order_of_their_first_pixels(values):
    expected = np.zeros(values.shape, int)
    for value in np.unique(values):
        parts, count = ndimage.label(values == value)
        expected[values == value] = expected.max() + parts[values == value]
    _, first = np.unique(expected.ravel(), return_index=True)
    rank = np.empty(len(first) + 1, int)
    rank[expected.ravel()[np.sort(first)]] = np.arange(1, len(first) + 1)
    found = connected_regions(values)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, rank[expected])


@pytest.mark.parametrize("values", list(maps()), ids=lambda values: f"{values.shape}, {len(np.unique(values))}")
def test_distances_are_those_of_scipy(values):
    for mask in (values == values.flat[0], ndimage.zoom(values == values.flat[0], 4, order=0)):
        expected = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
        np.testing.assert_array_equal(squared_distances(mask), np.round(expected**2))


def test_no_pixel_is_in_the_mask():
    assert not squared_distances(np.zeros((4, 6), bool)).any()


@pytest.mark.parametrize("seed", range(5))
def test_components_come_class_by_class_as_with_scipy(seed):
    categories = Categories([Category(10 - i, f"c{i}", isthing=i % 2 == 0) for i in range(5)])
    logits = torch.nn.functional.avg_pool2d(
        torch.randn(1, 5, 40, 48, generator=torch.Generator().manual_seed(seed)), 5, 1
    )
    size = tuple(logits.shape[-2:])
    labels = logits[0].argmax(0).numpy()
    ids, of = np.zeros(size, int), {}
    for position in np.unique(labels):
        mask = labels == position
        parts, count = ndimage.label(mask) if categories[position].isthing else (mask.astype(int), 1)
        ids[mask] = len(of) + parts[mask]
        of |= {len(of) + number: categories[position].id for number in range(1, count + 1)}
    found = connected_components(PerPixelOutput(logits), size, categories)
    np.testing.assert_array_equal(found.segment_ids, ids)
    assert {segment.id: segment.category_id for segment in found.segments} == of
    large = connected_components(PerPixelOutput(logits), size, categories, min_area=20)
    assert {s.area for s in large.segments} == {s.area for s in found.segments if s.area >= 20}
    assert [s.id for s in large.segments] == list(range(1, len(large.segments) + 1))
