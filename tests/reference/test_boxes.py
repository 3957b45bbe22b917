"""Boxes: conversions, IoU and GIoU against transformers and by hand, the box of a mask."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.loss import loss_for_object_detection as peer

from segtutor.reference.losses import boxes as ours


def random_boxes(generator, count):
    return torch.rand(count, 4, generator=generator) * 0.6 + 0.2


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 999))
def test_iou_and_giou_are_transformers(queries, count, seed):
    generator = torch.Generator().manual_seed(seed)
    a, b = random_boxes(generator, queries), random_boxes(generator, count)
    corners = ours.corners(a), ours.corners(b)
    theirs = peer.generalized_box_iou(*corners)
    torch.testing.assert_close(-ours.pairwise_giou(a, b), theirs, rtol=1e-6, atol=1e-6)
    iou = ours.iou(corners[0][:, None], corners[1][None])
    torch.testing.assert_close(iou, peer.box_iou(*corners)[0], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(ours.pairwise_l1(a, b), torch.cdist(a, b, p=1), rtol=1e-6, atol=1e-6)
    assert ((theirs <= iou + 1e-6) & (theirs > -1)).all()
    torch.testing.assert_close(ours.centres(corners[0]), a)


def test_giou_by_hand():
    """Two boxes of 1 x 1 with a gap of 1 between them: nothing shared, 2 of the 3 around them filled."""
    a, b = torch.tensor([0.0, 0, 1, 1]), torch.tensor([2.0, 0, 3, 1])
    assert ours.iou(a, b) == 0
    torch.testing.assert_close(ours.generalised_iou(a, b), torch.tensor(-1 / 3))
    assert ours.generalised_iou(a, a) == 1
    further = ours.generalised_iou(a, b + torch.tensor([1.0, 0, 1, 0]))
    assert further < ours.generalised_iou(a, b), "unlike IoU it sees the gap"


def test_boxes_without_area_are_finite():
    empty, box = torch.zeros(1, 4), torch.tensor([[0.5, 0.5, 0.2, 0.2]])
    for pair in ((empty, empty), (empty, box), (box, empty)):
        assert torch.isfinite(ours.giou_losses(*pair)).all()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 4), st.integers(1, 7), st.integers(1, 7), st.integers(0, 999))
def test_the_box_of_a_mask_is_its_outer_edge(count, height, width, seed):
    masks = np.random.default_rng(seed).random((count, height, width)) > 0.8
    boxes = ours.corners(ours.boxes_of_masks(torch.from_numpy(masks))).numpy()
    assert boxes.shape == (count, 4)
    for mask, box in zip(masks, boxes, strict=True):
        y, x = np.nonzero(mask)
        edges = [x.min(), y.min(), x.max() + 1, y.max() + 1] if len(x) else [0, 0, 0, 0]
        np.testing.assert_allclose(box, np.divide(edges, [width, height] * 2), atol=1e-6)
