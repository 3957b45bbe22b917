"""Segmenters without a network for the explorers: a per-pixel one, and a mask one with earlier decoder layers.

Like toy_segmenter, which it needs beside it, it imports nothing else of ours but segtutor.
"""

import numpy as np
import torch
from toy_segmenter import ToySegmenter

import segtutor as st


class ToyLayers(ToySegmenter):
    """ToySegmenter whose predictions come out of noise, layer by layer, from the initial queries on."""

    def __init__(self, seed: int = 3, size: int = 128, queries: int = 24, layers: int = 3):
        super().__init__(seed, size, queries)
        self.name, self.card = "toy-mask", {"model_type": "mask2former"}
        random = torch.Generator().manual_seed(seed)
        last, earlier = self.output, []
        for layer in range(layers):
            share = (layer + 1) / (layers + 1)
            noise = torch.randn(last.class_logits.shape, generator=random)
            blurred = torch.nn.functional.avg_pool2d(last.mask_logits, 5, 1, 2)
            masks = share * last.mask_logits + (1 - share) * blurred
            earlier.append(st.MaskOutput(share * last.class_logits + 2 * (1 - share) * noise, masks))
        self.output = st.MaskOutput(last.class_logits, last.mask_logits, layers=tuple(earlier))


class ToyPixels(ToySegmenter):
    """A per-pixel model of the same scene: blurred truth with noise."""

    family = "per-pixel"

    def __init__(self, seed: int = 3, size: int = 128):
        super().__init__(seed, size)
        self.name = "toy-pixels"
        labels, random = self.truth.semantic(), np.random.default_rng(seed)
        side = size // 4
        shares = [(labels == k).reshape(side, 4, side, 4).mean(axis=(1, 3)) for k in range(len(self.categories))]
        logits = 9 * np.stack(shares) + random.normal(0, 0.8, (len(shares), side, side))
        self.output = st.PerPixelOutput(torch.from_numpy(logits.astype(np.float32))[None])
