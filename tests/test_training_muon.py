"""Muon: what it moves, by how much, and that a resumed run goes on bit for bit; precision by parts."""

from functools import partial

import pytest
import torch
from torch import nn

import segtutor as st
from segtutor.errors import UserError
from segtutor.outputs import PerPixelOutput
from segtutor.training.loop.muon import Muon, matrices_of, orthogonal
from segtutor.training.loop.parts import optimizer_of
from segtutor.training.loop.precision import precise
from segtutor.training.recipes.toytown import Scenes

torch.set_num_threads(1)


class Small(nn.Module):
    """A backbone, a hidden layer large enough for Muon, a head."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 32, 8, stride=8)
        self.hidden = nn.Conv2d(32, 40, 3, padding=1)
        self.classifier = nn.Conv2d(40, 15, 1)

    def forward(self, pixel_values):
        features = self.backbone(pixel_values)
        self.seen = features.dtype
        return PerPixelOutput(self.classifier(self.hidden(features).relu()))


@pytest.mark.parametrize("shape", [(3, 32, 288), (1, 64, 64)])
def test_singular_values_come_near_one_and_directions_stay(shape):
    torch.manual_seed(0)
    left, right = (torch.linalg.qr(torch.randn(shape[0], n, shape[1]))[0] for n in shape[1:])
    wide = left * torch.logspace(0, -2, shape[1])[None, None] @ right.mT  # one direction a hundred times the last
    values = torch.linalg.svdvals(orthogonal(wide))
    assert values.min() > 0.6
    assert values.max() < 1.25
    seen = left.mT @ orthogonal(wide) @ right
    off = seen - torch.diag_embed(seen.diagonal(dim1=1, dim2=2))
    assert off.abs().max() < 1e-3


@pytest.mark.parametrize("columns", [32, 45, 50, 200])
def test_the_rounds_on_the_small_matrix_are_the_rounds_on_the_wide_one(columns):
    torch.manual_seed(0)
    wide = torch.randn(2, 32, columns)
    X = wide / wide.norm(dim=(1, 2), keepdim=True)
    for _ in range(5):
        Y = X @ X.mT
        X = 3.4445 * X + (-4.775 * Y + 2.0315 * Y @ Y) @ X
    torch.testing.assert_close(orthogonal(wide), X, rtol=1e-3, atol=1e-4)


def test_moves_hidden_matrices_and_leaves_the_rest_to_adamw():
    torch.manual_seed(0)
    model = Small()
    assert [id(p) for p in matrices_of(model)] == [id(model.hidden.weight)]
    ours = optimizer_of("muon", model, 1e-2, 0.05, 1.0)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    gradients = {name: p.grad for name, p in model.named_parameters()}
    ours.step()
    assert all(p.grad is gradients[name] for name, p in model.named_parameters())
    moved = model.hidden.weight.detach() - before["hidden.weight"] * (1 - 1e-2 * 0.05)
    first = gradients["hidden.weight"].flatten(1)  # the first momentum has its direction
    step = orthogonal(first[None] * 0.0975)[0] * (-1e-2 * 0.2 * 288**0.5)
    torch.testing.assert_close(moved.flatten(1), step, rtol=1e-3, atol=1e-6)

    other = Small()
    other.load_state_dict(before)
    adamw = optimizer_of("adamw", other, 1e-2, 0.05, 1.0)
    for name, p in other.named_parameters():
        p.grad = gradients[name]
    adamw.step()
    for name, p in other.named_parameters():
        assert torch.equal(p, dict(model.named_parameters())[name]) is (name != "hidden.weight"), name


@pytest.mark.parametrize("shape", [(32, 40, 3, 3), (96, 32, 1, 1), (40, 32)])
def test_the_step_is_the_same_in_either_memory(shape):
    """Kernels are read in the order of channels-last memory; U V^T does not mind how columns are ordered."""
    torch.manual_seed(0)
    start, gradient = torch.randn(2, *shape)
    moved = []
    for memory in (torch.contiguous_format, torch.channels_last)[: len(shape) - 1]:
        weight = nn.Parameter(start.clone(memory_format=memory))
        ours = Muon([{"params": [weight], "matrices": True}], lr=1e-2, weight_decay=0.05)
        for _ in range(2):
            weight.grad = gradient.clone(memory_format=memory)
            ours.step()
        moved.append(weight.detach())
    rows, columns = shape[0], gradient[0].numel()
    momentum = 0.05 * gradient.flatten(1)
    wide = momentum if rows <= columns else momentum.T
    once = orthogonal(wide[None])[0] * (-1e-2 * 0.2 * max(rows, columns) ** 0.5)
    once = once if rows <= columns else once.T
    expected = start.flatten(1)
    for _ in range(2):  # the second gradient is the first, and so is its direction
        expected = expected * (1 - 1e-2 * 0.05) + once
    for weight in moved:
        torch.testing.assert_close(weight.flatten(1), expected, rtol=1e-3, atol=1e-5)


def test_a_resumed_run_goes_on_bit_for_bit(tmp_path):
    data = Scenes(range(10**6, 10**6 + 4), 64)
    go = partial(st.fit, batch_size=2, optimizer="muon", ema=0.9, precision="bf16 features", augment=None)
    models = []
    for parts in ((6,), (3, 6)):
        torch.manual_seed(0)
        model = Small()
        for steps in parts:
            # the rate counts the budget, so both are told the same one
            go(model, data, steps=steps, schedule="constant", out=tmp_path / str(len(parts)), resume=True)
            if steps == 3:
                torch.manual_seed(1)
                model = Small()
        models.append(model)
    assert all(torch.equal(a, b) for a, b in zip(*(m.state_dict().values() for m in models), strict=True))


def test_bf16_features_are_those_of_backbone_and_pixel_decoder_alone():
    model, x = Small(), torch.zeros(1, 3, 16, 16)
    with precise(model, "bf16 features", "cpu", None) as around, around():
        assert model(x).logits.dtype == torch.float32
        assert model.seen == torch.float32
        with torch.autocast("cpu", torch.bfloat16):
            assert model.hidden(x.repeat(1, 11, 1, 1)[:, :32]).dtype == torch.bfloat16
        inside = model.backbone(x + 1 / 3)
    exact = model.backbone(x + 1 / 3)
    assert 0 < (inside - exact).abs().max() < 0.02, "rounded inside, exact again afterwards"
    with precise(model, "bf16 features", "cpu", None), pytest.raises(RuntimeError):
        model.backbone(x[:, :1])
    assert not torch.is_autocast_enabled("cpu"), "left after an error, too"
    assert not model.backbone._forward_hooks
    with precise(model, "bf16", "cpu", None) as around, around():
        assert model(x).logits.dtype == torch.bfloat16
    with precise(model, None, "cpu", torch.no_grad) as around:
        assert around is torch.no_grad


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"optimizer": "sgd"}, "'sgd'"),
        ({"precision": "fp8"}, "'fp8'"),
    ],
)
def test_names_that_do_not_exist(wrong, sentence):
    with pytest.raises(UserError, match=sentence):
        st.fit(Small(), Scenes(range(10**6, 10**6 + 2), 64), steps=1, **wrong)
    with pytest.raises(UserError, match="backbone"):
        st.fit(nn.Conv2d(3, 15, 1), Scenes(range(10**6, 10**6 + 2), 64), steps=1, precision="bf16 features")


def test_frozen_matrices_stay():
    model = Small()
    model.hidden.weight.requires_grad_(False)
    assert isinstance(optimizer_of("muon", model, 1e-3, 0.0, 1.0), Muon)
    kept = model.hidden.weight.clone()
    st.fit(model, Scenes(range(10**6, 10**6 + 2), 64), steps=1, batch_size=2, optimizer="muon")
    assert torch.equal(kept, model.hidden.weight)
