"""Batch normalisation: each channel is shifted and scaled by statistics over the batch and all pixels.

Ioffe and Szegedy, "Batch Normalization", arXiv:1502.03167, algorithm 1:

    y = gamma (x - mean) / sqrt(var + eps) + beta        mean and var are of one channel: a batch's in training,
                                                         running averages otherwise

    BatchNorm          torch's, without its counter of batches
    FrozenBatchNorm    its statistics are constants, as when DETR is trained (arXiv:2005.12872, section 4)

Differs from the paper: nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BatchNorm(nn.BatchNorm2d):
    """torch.nn.BatchNorm2d without its counter of batches, which has no influence and some checkpoints lack."""

    def __init__(self, channels: int):
        super().__init__(channels)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        # as of version 2 the base class no longer invents a counter for weights that have none
        super()._load_from_state_dict(state_dict, prefix, local_metadata | {"version": 2}, *rest)


class FrozenBatchNorm(nn.Module):
    """Batch normalisation whose statistics and scales are constants: buffers, in training as in inference."""

    def __init__(self, channels: int):
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)
