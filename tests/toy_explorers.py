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


class ToyAsked:
    """A promptable segmenter without a network: discs around clicks, boxes filled, the left half by words.

    asked: what predict was given, the newest last. The words "nothing" find nothing and "fail" fails.
    """

    family, name = "prompt", "toy-asked"

    def __init__(self, *accepts: str):
        self.accepts = frozenset(accepts)
        self.image, self.asked, self.pictures = None, [], []

    def set_image(self, image):
        self.image = np.asarray(image)
        self.pictures.append(self.image.shape)
        return self

    def predict(self, *, points=None, labels=None, boxes=None, mask=None, text=None, example=None):
        self.asked.append({"points": points, "labels": labels, "boxes": boxes, "mask": mask, "text": text})
        height, width = self.image.shape[:2]
        y, x = np.mgrid[:height, :width]
        if text == "fail":
            raise RuntimeError("the network is out of order\nand this is its second line")
        if text is not None:
            masks = [] if text == "nothing" else [x < width // 2]
        elif example is not None:
            masks = [example[1]]
        elif points is None:
            x0, y0, x1, y1 = boxes[0]
            masks = [(x >= x0) & (x < x1) & (y >= y0) & (y < y1)]
        elif len(points) == 1 and mask is None:
            masks = [(x - points[0][0]) ** 2 + (y - points[0][1]) ** 2 <= radius**2 for radius in (12, 6, 24)]
        else:
            disc = (x - points[-1][0]) ** 2 + (y - points[-1][1]) ** 2 <= 100
            masks = [mask | disc if labels[-1] else mask & ~disc]
        masks = np.array(masks, bool).reshape(-1, height, width)
        scores = np.linspace(0.9, 0.5, len(masks)).astype(np.float32)
        return st.Instances(masks, np.zeros(len(masks), np.int64), scores, st.Categories([st.Category(1, "it", True)]))
