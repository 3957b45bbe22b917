"""The two networks of an Explainer: which ones it can draw, and what they say of a picture, with all their tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segtutor.errors import UserError
from segtutor.inference import panoptic_inference
from segtutor.models.export_steps import steps_of
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.reference.backbones.resnet import ResNet
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.reference.models.upernet import UPerNet
from segtutor.segments import Segmentation
from segtutor.widgets.base.threads import one_thread
from segtutor.widgets.explainer.carried import pixels_of

SIDE = 128  # of the pictures, in pixels
_ROLES = (("pixels", UPerNet, "upernet-toytown"), ("masks", Mask2Former, "mask2former-toytown"))
# What the opened boxes count on; None: any number.
_SHAPES: tuple[dict[str, tuple[int | None, ...]], ...] = (
    {"logits": (1, None, SIDE, SIDE), "stem": (1, None, 64, 64), "fused": (1, 64, 32, 32)},
    {
        "stem": (1, None, 64, 64),
        "level_0": (1, 64, 4, 4),
        "level_1": (1, 64, 8, 8),
        "level_2": (1, 64, 16, 16),
        "points": (1, 336, 4, 3, 4, 2),
        "states": (4, None, 64),
        "mask_features": (1, 64, 32, 32),
        "attention_0": (1, 4, None, 16),
    },
)


class Networks:
    """Both networks, and what they said last: a picture is computed once, however often it is asked about."""

    def __init__(self, segmenters: Sequence[Any]):
        """Raises UserError unless these are a UPerNet and a Mask2Former of this package, each on a ResNet."""
        for segmenter, (role, kind, shipped) in zip(segmenters, _ROLES, strict=True):
            model = getattr(segmenter, "model", None)
            backbone = getattr(model, "backbone", None)
            if isinstance(model, kind) and isinstance(backbone, ResNet):
                continue
            got = f"a {type(segmenter).__name__}"
            if model is not None:
                got = f"{segmenter.name}, a {type(model).__name__}"
                got += "" if backbone is None or not isinstance(model, kind) else f" on a {type(backbone).__name__}"
            raise UserError(
                f"{role} must be a {kind.__name__} on a ResNet, in this package's modules, got {got}: pass "
                f'st.load("{shipped}"), or one that was trained from it'
            )
        self.segmenters = list(segmenters)
        self._key: tuple[bytes, bool, tuple[int, ...]] | None = None
        self._steps: list[dict[str, np.ndarray]] = []
        self._pixels: Segmentation | None = None

    def check(self, image: np.ndarray) -> None:
        """Raises UserError where a tensor has another size than opened boxes count on; queries may be any number."""
        for steps, segmenter, (role, _, shipped), shapes in zip(
            self.steps(image, True), self.segmenters, _ROLES, _SHAPES, strict=True
        ):
            for name, shape in shapes.items():
                found = steps[name].shape
                if len(found) == len(shape) and all(
                    want in (None, have) for want, have in zip(shape, found, strict=True)
                ):
                    continue
                wanted = ", ".join("any" if one is None else str(one) for one in shape)
                raise UserError(
                    f"{role} must have the sizes of {shipped}, whose {name} is ({wanted}), got {found} of "
                    f'{segmenter.name}: pass st.load("{shipped}"), or one that was trained from it'
                )

    def steps(self, image: np.ndarray, masked: bool) -> list[dict[str, np.ndarray]]:
        """(H, W, 3) uint8 -> of each network its tensors by name (models/export_steps.py), as float32 arrays."""
        # versions: a network that has learned since says something else of the same picture
        versions = tuple(p._version for one in self.segmenters for p in one.model.parameters())
        key = image.tobytes(), masked, versions
        if key != self._key:
            with one_thread():
                found = [_steps(one, image, masked) for one in self.segmenters]
            self._steps = [{name: value.float().numpy() for name, value in one.items()} for one in found]
            self._key, self._pixels = key, None
        return self._steps

    def by_pixels(self, image: np.ndarray, masked: bool) -> Segmentation:
        """The panoptic prediction of the network that classifies pixels."""
        steps = self.steps(image, masked)[0]
        if self._pixels is None:
            output = PerPixelOutput(torch.from_numpy(steps["logits"]))
            self._pixels = panoptic_inference(output, image.shape[:2], self.segmenters[0].categories)
        return self._pixels

    def by_masks(
        self, image: np.ndarray, masked: bool, without: Sequence[int], thresholds: dict[str, float]
    ) -> Segmentation:
        """That of the mask classifier. without: queries that take no part, as if they had found nothing."""
        steps = self.steps(image, masked)[1]
        logits = torch.from_numpy(steps["class_logits"]).clone()
        logits[:, list(without), :-1] = -torch.inf
        logits[:, list(without), -1] = 0
        output = MaskOutput(logits, torch.from_numpy(steps["mask_logits"]))
        return panoptic_inference(output, image.shape[:2], self.segmenters[1].categories, **thresholds)

    def surest(self, image: np.ndarray, masked: bool) -> tuple[int, list[int]]:
        """A query to begin with, that of a thing which is most sure of itself, and [x, y] where its mask is surest."""
        masks, categories = self.steps(image, masked)[1], self.segmenters[1].categories
        scores, labels = torch.from_numpy(masks["class_logits"][0]).softmax(-1).max(-1)
        things = torch.tensor([*(category.isthing for category in categories), False])
        ranked = torch.where(things[labels], scores + 2, torch.where(labels < len(categories), scores + 1, scores))
        query = int(ranked.argmax())
        cells = masks["mask_logits"][0, query]
        y, x = divmod(int(cells.argmax()), cells.shape[1])
        height, width = image.shape[:2]
        return query, [int((x + 0.5) * width / cells.shape[1]), int((y + 0.5) * height / cells.shape[0])]


def _steps(segmenter: Any, image: np.ndarray, masked: bool) -> dict[str, Tensor]:
    model = segmenter.model.eval()
    with torch.inference_mode():
        steps, pixels = steps_of(model), pixels_of(segmenter, image)
        return steps(pixels) if isinstance(model, UPerNet) else steps(pixels, torch.tensor([masked]))
