"""MapExplorer: which cells of a network's maps have a vector like the one at a pixel, map beside map.

A map is a vector for each cell. Each vector is sent once, one byte a number; the browser computes the cosine of the one
at the pixel with all others at every move of the pointer. `alike` computes the same in Python, from what was sent.

Taught in notebooks/04_where_do_sharp_masks_come_from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
import traitlets

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.show.words import one_line, percent
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import reduced_picture, shown_size
from segtutor.words import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
MOST_MAPS = 6
MOST_BYTES = 1_000_000  # of a map; a larger one is averaged over 2 x 2 cells until it fits
THRESHOLD = 0.5  # the cosine at which the line is drawn


class MapExplorer(CanvasWidget):
    """Point at a pixel, and see in each map which cells have a vector like the one there.

        with torch.no_grad():
            maps = segmenter.model.backbone(st.training.pixel_values([image]))
        explorer = st.widgets.MapExplorer({"1/4": maps[0], "1/32": maps[3]}, image)

    maps: {title: (C, h, w) or (1, C, h, w) numbers}, one to six of them, all of the whole picture; a map of more than a
    million numbers is averaged over 2 x 2 cells until it has fewer. image: whatever `load_image` takes. pixel: where to
    begin, None = the middle. longest_side: a larger picture is shown reduced to it.

    Trait, in both directions: `pixel`, [x, y] in pixels of `size` from the upper left corner, None = none.
    `alike(x, y)` gives the cosines. Cosine: 1 where two vectors point in the same direction, 0 where they are at a
    right angle, -1 where they are opposite; a vector of zeros has 0 with all.

    Raises UserError: no map or more than six, a map of another shape or with NaN, a pixel outside the picture.
    """

    _esm = built("maps.js")
    _css = built("maps.css")

    pixel = traitlets.List(traitlets.Int(), None, allow_none=True, help="[x, y] that is looked at").tag(sync=True)
    # What the browser computes from; written once.
    maps = traitlets.List(traitlets.Dict(), help="name, shape [C, h, w], codes (int8, cell by cell)").tag(sync=True)

    def __init__(
        self,
        maps: Mapping[str, Any],
        image: Any,
        *,
        pixel: tuple[int, int] | None = None,
        longest_side: int = LONGEST_SIDE,
    ):
        if not isinstance(maps, Mapping) or not 1 <= len(maps) <= MOST_MAPS:
            got = f"{len(maps)} maps" if isinstance(maps, Mapping) else f"a {type(maps).__name__}"
            raise UserError(f"maps must be a dictionary of 1 to {MOST_MAPS} maps, got {got}: pass {{title: map}}")
        picture = load_image(image)
        size = shown_size(picture.shape[:2], longest_side)
        self._image = reduced_picture(picture, size)
        self._codes = {one_line(str(name)): _codes(name, one) for name, one in maps.items()}
        super().__init__(
            size=list(size),
            picture=png_bytes(self._image),
            maps=[
                {"name": name, "shape": [codes.shape[2], *codes.shape[:2]], "codes": codes.tobytes()}
                for name, codes in self._codes.items()
            ],
        )
        self.pixel = [size[1] // 2, size[0] // 2] if pixel is None else list(pixel)

    @traitlets.validate("pixel")
    def _checked_pixel(self, proposal: dict) -> list[int] | None:
        pixel = proposal["value"]
        return None if pixel is None else self._checked(pixel)

    def _checked(self, pixel: Any) -> list[int]:
        height, width = self.size
        if len(pixel) != 2 or not 0 <= pixel[0] < width or not 0 <= pixel[1] < height:
            raise UserError(
                f"pixel must be [x, y] with x 0 to {width - 1} and y 0 to {height - 1}, got {list(pixel)}: the picture "
                f"is shown at {width} x {height}"
            )
        return [int(one) for one in pixel]

    def alike(self, x: int, y: int) -> dict[str, np.ndarray]:
        """{title: (h, w) float, -1..1}: the cosine of each cell's vector with that of the cell at pixel (x, y)."""
        x, y = self._checked([x, y])
        found = {}
        for name, codes in self._codes.items():
            row, column = y * codes.shape[0] // self.size[0], x * codes.shape[1] // self.size[1]
            vectors = codes.astype(np.int64)
            lengths = np.sqrt((vectors**2).sum(-1))
            products = vectors @ vectors[row, column]
            both = lengths * lengths[row, column]
            found[name] = np.divide(products, both, out=np.zeros(products.shape), where=both > 0)
        return found

    def _shares(self) -> dict[str, np.ndarray]:
        """{title: (H, W) cosines, negative ones as 0}; nothing while no pixel is chosen."""
        if self.pixel is None:
            return {}
        height, width = self.size
        rows, columns = np.arange(height), np.arange(width)
        return {
            name: np.clip(one, 0, 1)[rows[:, None] * one.shape[0] // height, columns * one.shape[1] // width]
            for name, one in self.alike(*self.pixel).items()
        }

    def alternative(self) -> str:
        """In words: how much of each map is like the chosen pixel."""
        names = ", ".join(self._codes)
        if self.pixel is None:
            return tr(
                "{n} maps of a picture ({names}); no pixel chosen yet.", self.language, n=len(self._codes), names=names
            )
        told = ", ".join(
            tr("{share} in {map}", self.language, share=percent((one >= THRESHOLD).mean()), map=name)
            for name, one in self._shares().items()
        )
        x, y = self.pixel
        return tr(
            "Cells whose vector is like the one at pixel ({x}, {y}), cosine {threshold} or more: {shares}.",
            self.language,
            x=x,
            y=y,
            threshold=THRESHOLD,
            shares=told,
        )

    def _panels(self) -> list[np.ndarray]:
        from segtutor.show import mask_heatmap

        shares = self._shares()
        panels = [mask_heatmap(self._image, one, threshold=THRESHOLD) for one in shares.values()]
        return [_crossed(panel, self.pixel) for panel in panels] or [self._image] * len(self._codes)

    def still(self) -> np.ndarray:
        """The maps side by side, each over the picture, (H, n W + 4 (n - 1), 3) uint8."""
        gap = np.full((self.size[0], 4, 3), 255, np.uint8)
        parts = [part for panel in self._panels() for part in (panel, gap)]
        return np.hstack(parts[:-1])

    def figure(self) -> Figure:
        """The maps side by side under their titles."""
        from segtutor.show import gallery

        return gallery(self._panels(), list(self._codes), columns=3, width=256, description=self.alternative())

    def __repr__(self) -> str:
        where = "no pixel" if self.pixel is None else f"pixel ({self.pixel[0]}, {self.pixel[1]})"
        return f"MapExplorer({self.size[1]} x {self.size[0]} pixels, {len(self._codes)} maps, {where})"


def _codes(name: Any, values: Any) -> np.ndarray:
    """(h, w, C) int8: each vector of a map, its largest number as 127 or -127. A cosine is off by about 1 in 100."""
    try:
        tensor = torch.as_tensor(values).detach().float().cpu()
    except (TypeError, ValueError, RuntimeError):
        raise UserError(f"map {name!r} must be numbers (C, h, w), got a {type(values).__name__}") from None
    if tensor.ndim == 4 and len(tensor) == 1:
        tensor = tensor[0]
    if tensor.ndim != 3 or not tensor.numel():
        raise UserError(
            f"map {name!r} must be (C, h, w), or (1, C, h, w), got {tuple(tensor.shape)}: pass one picture's"
        )
    if not tensor.isfinite().all():
        raise UserError(f"map {name!r} must have finite numbers, got NaN or infinity: check the network's weights")
    while tensor.numel() > MOST_BYTES and min(tensor.shape[1:]) > 1:
        tensor = F.avg_pool2d(tensor, 2, ceil_mode=True)
    largest = tensor.abs().amax(0).clamp(min=torch.finfo(torch.float32).tiny)
    return (tensor / largest * 127).round().permute(1, 2, 0).to(torch.int8).contiguous().numpy()


def _crossed(panel: np.ndarray, pixel: list[int]) -> np.ndarray:
    """A white square with a dark rim around the pixel."""
    panel, (x, y) = panel.copy(), pixel
    radius = max(2, max(panel.shape) // 64)
    for reach, value in ((radius + 1, 20), (radius, 255), (radius - 1, 20)):
        top, left = max(0, y - reach), max(0, x - reach)
        ring = panel[top : y + reach + 1, left : x + reach + 1]
        ring[[0, -1]] = value
        ring[:, [0, -1]] = value
    return panel
