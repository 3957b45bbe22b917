"""The two output types and the target type: shapes are checked, slicing keeps the batch axis."""

import pytest
import torch

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets


def mask_output(batch=3):
    layer = MaskOutput(torch.randn(batch, 5, 4), torch.randn(batch, 5, 6, 7))
    return MaskOutput(torch.randn(batch, 5, 4), torch.randn(batch, 5, 6, 7), torch.rand(batch, 5, 4), (layer, layer))


def test_slicing_keeps_the_batch_axis_of_every_part():
    output = mask_output()
    one = output[1]
    assert len(output) == 3
    assert len(one) == 1
    assert one.class_logits.shape == (1, 5, 4)
    torch.testing.assert_close(one.mask_logits[0], output.mask_logits[1], rtol=0, atol=0)
    torch.testing.assert_close(one.boxes[0], output.boxes[1], rtol=0, atol=0)
    assert len(one.layers) == 2
    torch.testing.assert_close(one.layers[1].mask_logits[0], output.layers[1].mask_logits[1], rtol=0, atol=0)
    pixels = PerPixelOutput(torch.randn(2, 3, 4, 5))
    torch.testing.assert_close(pixels[-1].logits, pixels.logits[1:], rtol=0, atol=0)


def test_iterating_ends_after_the_last_picture():
    assert [part.class_logits.shape[0] for part in mask_output()] == [1, 1, 1]
    assert mask_output()[0].boxes is not None
    assert MaskOutput(torch.randn(1, 2, 3), torch.randn(1, 2, 4, 4))[0].boxes is None


@pytest.mark.parametrize("index", [3, -4])
def test_an_index_outside_the_batch_is_an_error(index):
    with pytest.raises(IndexError, match="0 to 2"):
        mask_output()[index]


@pytest.mark.parametrize(
    ("build", "hint"),
    [
        (lambda: PerPixelOutput(torch.zeros(3, 4, 5)), r"logits\[None\]"),
        (lambda: MaskOutput(torch.zeros(1, 5, 4), torch.zeros(1, 4, 6, 6)), "same B and Q"),
        (lambda: MaskOutput(torch.zeros(5, 4), torch.zeros(5, 6, 6)), "order of the axes"),
        (lambda: Targets(torch.zeros(2), torch.zeros(3, 4, 4), torch.ones(4, 4)), "same N"),
        (lambda: Targets(torch.zeros(2), torch.zeros(2, 4, 4), torch.ones(4, 5)), "same N, H and W"),
    ],
)
def test_wrong_shapes_are_named(build, hint):
    with pytest.raises(ValueError, match=hint):
        build()


def test_targets_may_be_empty():
    assert len(Targets(torch.zeros(0, dtype=torch.int64), torch.zeros(0, 4, 4), torch.ones(4, 4))) == 0
