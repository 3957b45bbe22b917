"""The Hungarian method: scipy's contract and optimum, on every kind of matrix that hypothesis thinks of."""

import itertools

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segtutor.reference import linear_sum_assignment

NUMBERS = st.one_of(st.integers(-5, 5).map(float), st.floats(-1e6, 1e6, width=32), st.just(np.inf))
MATRICES = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7), elements=NUMBERS)


def check(cost, maximize=False):
    """Ours is an assignment, and as good as scipy's; or both refuse."""
    try:
        rows, columns = scipy.optimize.linear_sum_assignment(cost, maximize)
    except ValueError:
        with pytest.raises(ValueError, match="cost"):
            linear_sum_assignment(cost, maximize)
        return
    ours, theirs = linear_sum_assignment(cost, maximize), (rows, columns)
    assert (np.diff(ours[0]) > 0).all(), "rows ascend"
    assert len(set(ours[1].tolist())) == len(ours[1]) == min(cost.shape)
    assert ours[0].dtype == ours[1].dtype == np.int64
    np.testing.assert_allclose(cost[ours].sum(), cost[theirs].sum(), rtol=1e-9, atol=1e-6)


@settings(max_examples=300, deadline=None)
@given(MATRICES)
def test_the_optimum_is_scipy_s_with_ties_rectangles_and_forbidden_pairs(cost):
    check(cost)


@settings(max_examples=60, deadline=None)
@given(MATRICES)
def test_the_dearest_assignment_too(cost):
    check(-cost, maximize=True)


def test_large_random_matrices():
    rng = np.random.default_rng(0)
    for shape in ((60, 60), (20, 100), (100, 20)):
        check(rng.normal(size=shape))
        check(rng.integers(0, 4, shape).astype(float))


def test_a_case_by_hand():
    """Greedy would give row 0 its cheapest column (cost 1) and pay 1 + 9; the optimum is 2 + 3."""
    rows, columns = linear_sum_assignment([[1, 2], [3, 9]])
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])


def test_every_permutation_of_a_small_matrix():
    rng = np.random.default_rng(1)
    for _ in range(20):
        cost = rng.normal(size=(4, 5))
        best = min(cost[range(4), list(columns)].sum() for columns in itertools.permutations(range(5), 4))
        assert cost[linear_sum_assignment(cost)].sum() == pytest.approx(best)


def test_the_matrix_is_left_as_it_was():
    cost = np.arange(12.0).reshape(3, 4)
    before = cost.copy()
    linear_sum_assignment(cost, maximize=True)
    assert np.array_equal(cost, before)


BAD = {
    "not a matrix": [1, 2, 3],
    "words": [["a", "b"]],
    "NaN": [[0, np.nan], [1, 2]],
    "minus infinity": [[0, -np.inf], [1, 2]],
    "two rows, one column allowed": [[1, np.inf], [2, np.inf]],
}


@pytest.mark.parametrize("cost", BAD.values(), ids=BAD)
def test_what_cannot_be_assigned_is_one_sentence(cost):
    with pytest.raises(ValueError, match="cost") as caught:
        linear_sum_assignment(cost)
    assert "\n" not in str(caught.value)
