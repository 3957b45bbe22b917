"""What tests against transformers share: random numbers where it starts with constants, and a relative difference."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def perturb(model: nn.Module, seed: int = 0, scale: float = 0.1) -> nn.Module:
    """Adds noise to every floating parameter and buffer, in place, and returns the model in eval mode.

    transformers starts biases, norms, sampling offsets and running statistics with constants, under which swapped or
    missing terms give equal results. Variances stay positive.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                continue
            noise = torch.randn(tensor.shape, generator=generator) * scale
            if name.endswith("running_var"):
                tensor.copy_((tensor + noise).abs() + 0.5)
            else:
                tensor.add_(noise)
    return model.eval()


def relative(ours: Tensor, theirs: Tensor) -> float:
    """Largest difference over the largest value of theirs; shapes must agree."""
    assert ours.shape == theirs.shape, f"{tuple(ours.shape)} against {tuple(theirs.shape)}"
    return float((ours.double() - theirs.double()).abs().max() / theirs.double().abs().max().clamp(min=1e-12))
