"""Pairs of every metric: what is none is one sentence."""

import doctest

import numpy as np
import pytest

from segtutor import metrics, toytown
from segtutor.errors import UserError
from segtutor.metrics import pairs as module

METRICS = ("panoptic_quality", "mean_iou", "mask_ap", "mean_boundary_iou", "mean_iou_by_void")


@pytest.mark.parametrize("name", METRICS)
def test_what_is_no_pair_is_one_sentence(name):
    map_ = np.zeros((2, 2), int)
    for wrong in (None, 3, "pairs", (map_, map_), [map_], [(map_,)], [(map_, map_, map_)]):
        with pytest.raises(UserError, match=r"\(prediction, truth\)"):
            getattr(metrics, name)(wrong, toytown.categories)


def test_numbers_are_no_class_maps():
    with pytest.raises(UserError, match="class maps"):
        metrics.mean_iou([(1, 2)], toytown.categories)


def test_the_example_in_the_docstring_holds():
    assert doctest.testmod(module).failed == 0
