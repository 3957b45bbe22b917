"""Masks are no larger than what a loss reads, and the loss does not notice: the same to the last bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from segtutor.data import toytown
from segtutor.instances import Instances
from segtutor.outputs import MaskOutput, Targets
from segtutor.reference.losses.criterion import (
    DETR_LOSS,
    MASK2FORMER_LOSS,
    MASKFORMER_LOSS,
    LossWeights,
    Recipe,
    set_loss,
)
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling
from segtutor.training import criterion as criterion_module
from segtutor.training.criterion import Criterion
from segtutor.training.rows.cells import Cells, cell_of, count_cells
from segtutor.training.rows.targets import targets_of


def output(batch, stride=4, size=128):
    torch.manual_seed(0)
    masks = torch.randn(batch, 24, size // stride, size // stride, requires_grad=True)
    first, last = torch.randn(2, batch, 24, 16).unbind()
    return MaskOutput(last, masks, layers=(MaskOutput(first, masks * 0.5),)), masks


@pytest.fixture(scope="module")
def rows():
    found = []
    for seed in (3, 4, 5):
        image, truth = toytown.scene(seed).render()
        truth.segment_ids[:31, :45] = 0  # void, with borders inside of cells
        found.append({"image": image, "segmentation": truth})
    instances = Instances(
        np.random.default_rng(0).random((4, 128, 128)) < 0.3, np.array([7, 8, 9, 9]), np.ones(4), toytown.categories
    )
    instances.iscrowd[2] = True
    return [*found, found[0] | {"instances": instances, "valid": np.arange(128)[None].repeat(128, 0) < 99}]


@pytest.mark.parametrize("recipe", [None, Recipe(points=Grid((32, 64))), Recipe(loss=LossWeights(focal=3.0))])
def test_loss_and_gradient_are_those_of_whole_masks(rows, recipe, monkeypatch):
    said = []
    for counted in (True, False):
        if not counted:
            monkeypatch.setattr(criterion_module, "cell_of", lambda *_: None)
        answer, masks = output(len(rows))
        terms = Criterion(recipe)((answer, None), rows, [0] * len(rows))
        sum(terms.values()).backward()
        said.append((terms, masks.grad))
    (terms, gradient), (whole, whole_gradient) = said
    assert terms.keys() == whole.keys()
    assert all(torch.equal(terms[name], whole[name]) for name in whole)
    assert torch.equal(gradient, whole_gradient)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(some.integers(1, 6), some.integers(1, 6), some.integers(1, 7), some.integers(1, 7), some.integers(0, 99))
def test_counted_shares_are_those_of_the_grid(rows, columns, high, wide, seed):
    random = torch.Generator().manual_seed(seed)
    size = rows * high, columns * wide
    masks = torch.rand(3, *size, generator=random) < 0.5
    target = Targets(torch.arange(3), masks.byte(), torch.rand(size, generator=random) < 0.8)
    (shape, inside, visible) = Grid((rows, columns)).prepare([target], (1, 1))[0]
    counted = count_cells(target, (high, wide))
    assert counted.masks.dtype == counted.valid.dtype == torch.uint8
    (own_shape, own_inside, own_visible) = Cells(cell=(high, wide)).prepare([counted], (1, 1))[0]
    assert own_shape == shape
    assert torch.equal(own_inside, inside)
    assert torch.equal(own_visible, visible)


def test_what_is_handed_to_the_loss_is_a_quarter_and_one_byte_a_cell(rows, monkeypatch):
    seen = []
    monkeypatch.setattr(
        criterion_module,
        "set_loss",
        lambda answer, targets, **how: seen.extend(targets) or set_loss(answer, targets, **how),
    )
    Criterion()((output(len(rows))[0], None), rows, [0] * len(rows))
    for target, row in zip(seen, rows, strict=True):
        whole = targets_of(row)
        assert target.masks.dtype == torch.uint8
        assert 4 * target.masks.numel() == whole.masks.numel() > 0
        assert torch.equal(target.labels, whole.labels)


@pytest.mark.parametrize(
    ("recipe", "picture", "cell"),
    [
        (Recipe(), (128, 128), (2, 2)),
        (Recipe(points=Grid((16, 32))), (128, 128), (8, 4)),
        (Recipe(points=Grid((8, 8))), (128, 128), None),  # 256 pixels a cell: one too many for 8 bits
        (Recipe(), (96, 128), None),  # not a multiple of 64
        (Recipe(points=PointSampling(64)), (128, 128), None),
        (Recipe(points=FullMasks()), (128, 128), None),
        (Recipe(loss=LossWeights(giou=2.0)), (128, 128), None),
        (MASK2FORMER_LOSS, (128, 128), None),
        (MASKFORMER_LOSS, (128, 128), None),
        (DETR_LOSS, (128, 128), None),
    ],
)
def test_only_what_is_read_by_the_cell_is_counted(recipe, picture, cell):
    assert cell_of(recipe, picture, (32, 32)) == cell
