"""Counting pairs of values: against a loop, for every integer type, for noise and for regions, around void."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segtutor.measure import pair_counts, run_starts, shared_areas

TYPES = (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.int64)


def one_by_one(rows, columns, height, width, shift=0):
    counts = np.zeros((height, width), np.int64)
    for a, b in zip(rows.ravel().tolist(), columns.ravel().tolist(), strict=True):
        counts[a + shift, b + shift] += 1
    return counts


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_pairs_are_counted_one_by_one(data):
    shift = data.draw(st.sampled_from([0, 1]))
    height, width = data.draw(st.integers(1, 100)), data.draw(st.integers(1, 100))
    shape = data.draw(st.tuples(st.integers(0, 9), st.integers(1, 12)))
    repeats = data.draw(st.sampled_from([1, 5]))  # noise, and runs
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    maps = []
    for limit in (height, width):
        types = [kind for kind in TYPES if np.iinfo(kind).min <= -shift and np.iinfo(kind).max >= limit - 1]
        values = random.integers(-shift, limit - shift, shape).repeat(repeats, axis=1)
        maps.append(values.astype(data.draw(st.sampled_from(types))))
    counts = pair_counts(*maps, height, width, shift)
    np.testing.assert_array_equal(counts, one_by_one(*maps, height, width, shift))
    assert counts.dtype == np.int64


@pytest.mark.parametrize("side", [300, 70_000])
def test_a_table_too_large_for_sixteen_bits(side):
    rows, columns = np.array([[side - 1, 0, 0, 0, 0, 0]]), np.array([[0, 1, 1, 1, 1, 1]])
    counts = pair_counts(rows, columns, side, 2 if side > 300 else side)
    assert counts[side - 1, 0] == 1
    assert counts[0, 1] == 5
    assert counts.sum() == 6


def test_a_view_of_a_larger_array_is_counted_as_it_looks():
    whole = np.arange(60, dtype=np.int32).reshape(6, 10) % 4
    rows, columns = whole[::2, 1::3], whole[1::2, 1::3]
    np.testing.assert_array_equal(pair_counts(rows, columns, 4, 4), one_by_one(rows, columns, 4, 4))


def test_ids_that_are_colours_are_shared_too():
    rows, columns = np.array([[2**24 - 1, 0, 7]]), np.array([[5, 5, 2**23]])
    assert shared_areas(rows, columns, [7, 2**24 - 1], [5, 2**23]).tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 6)])
def test_runs_end_with_the_row_and_where_one_map_changes(shape):
    random = np.random.default_rng(0)
    maps = [random.integers(0, 2, shape, np.int32) for _ in range(2)]
    starts, lengths = run_starts(*maps)
    pairs = list(zip(*(ids.ravel().tolist() for ids in maps), strict=True))
    expected = [i for i in range(len(pairs)) if i % shape[1] == 0 or pairs[i] != pairs[i - 1]]
    assert starts.tolist() == expected
    assert lengths.tolist() == np.diff([*expected, len(pairs)]).tolist()
