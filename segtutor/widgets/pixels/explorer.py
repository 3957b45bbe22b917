"""PixelExplorer: what two paradigms say about one pixel, side by side on one picture.

A per-pixel classifier has a distribution over the classes there; a mask classifier has queries, each of which claims
the pixel with a mask probability and comes with a class of its own. Both models' logits are sent once, at most 1 MB
each (see quantised.py); the browser reads them at every move of the pointer. `read` says the same in Python, from the
numbers that were sent.

Taught in notebooks/01_three_answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets

from segtutor.errors import UserError
from segtutor.inference import panoptic_inference, query_fates, semantic_inference
from segtutor.segments import Categories
from segtutor.widgets.base.canvas import built, png_bytes
from segtutor.widgets.base.payload import query_colors, reduced_picture, shown_size
from segtutor.widgets.base.quantised import at_pixel, mask_payload, pixel_payload
from segtutor.widgets.base.reading import class_records, mask_segmenter, pixel_segmenter, thresholds_of
from segtutor.widgets.base.shelf import ShelfWidget
from segtutor.words import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
MOST_PINS = 6
VIEWS = ("evidence", "answer", "picture")


class PixelExplorer(ShelfWidget):
    """Point at a pixel: the class distribution of a per-pixel model, and the queries of a mask model that claim it.

    pixel_segmenter, mask_segmenter: of the families "per-pixel" and "mask"; `set_image(image)` of both is called.
    image: whatever `set_image` takes; None = the picture that both already have. pixel, pins, view: where to begin;
    pixel None = the last pin, or where the per-pixel model is least sure, so that there is something to read at once.
    score_threshold, mask_threshold, overlap_threshold: 0..1, of the mask model's panoptic prediction; None = its
    card's. longest_side: a larger picture is shown, and read, reduced to it.

    Traits, in both directions: `pixel`, [x, y] of the pixel that is looked at (None = none yet), in pixels of `size`,
    from the upper left corner; `pins`, up to six such pixels that are compared; `view`, what the two pictures show:
    "evidence" (where the pixel's class is likely; the mask of its best query), "answer" (both models' panoptic
    segments), "picture"; `networks`, the names of both: others of the shelf may be set, or chosen on the page.
    `read(x, y)` gives the numbers.

    Raises UserError: models of other families, models with different pictures, a pixel outside the picture.
    """

    _esm = built("pixels.js")
    _css = built("pixels.css")

    pixel = traitlets.List(traitlets.Int(), None, allow_none=True, help="[x, y] that is looked at").tag(sync=True)
    pins = traitlets.List(traitlets.List(traitlets.Int()), help="pixels that are compared").tag(sync=True)
    view = traitlets.Enum(VIEWS, "evidence", help="what both pictures show").tag(sync=True)
    # What the browser computes from; written once.
    names = traitlets.List(traitlets.Unicode(), help="of the two models").tag(sync=True)
    pixel_classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    mask_classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    colors = traitlets.List(help="[r, g, b] of each query").tag(sync=True)
    thresholds = traitlets.Dict().tag(sync=True)
    per_pixel = traitlets.Dict(help="codes, levels, grid of the per-pixel model").tag(sync=True)
    masks = traitlets.Dict(help="class_probs, codes, levels, grid of the mask model").tag(sync=True)

    def __init__(
        self,
        pixel_model: Any,
        mask_model: Any,
        image: Any = None,
        *,
        pixel: tuple[int, int] | None = None,
        pins: tuple[tuple[int, int], ...] = (),
        view: str = "evidence",
        score_threshold: float | None = None,
        mask_threshold: float | None = None,
        overlap_threshold: float | None = None,
        longest_side: int = LONGEST_SIDE,
    ):
        pixel_output, picture = pixel_segmenter(pixel_model, image)
        mask_output, other = mask_segmenter(mask_model, image)
        if picture.shape != other.shape or not np.array_equal(picture, other):
            raise UserError(
                f"both models must have the same picture, got two different ones ({picture.shape[1]} x "
                f"{picture.shape[0]} and {other.shape[1]} x {other.shape[0]} pixels): pass one as the third argument"
            )
        self._picture = picture
        size = self._size = shown_size(picture.shape[:2], longest_side)
        self._image = reduced_picture(picture, size)
        self._given = score_threshold, mask_threshold, overlap_threshold
        super().__init__(
            size=list(size),
            picture=png_bytes(self._image),
            **self._made_from(pixel_model, mask_model, pixel_output, mask_output),
        )
        self.pins = [list(pin) for pin in pins]
        self.view = view
        if pixel is None:
            pixel = pins[-1] if pins else _least_sure(self._pixel_output.logits[0], size)
        self.pixel = list(pixel)
        self._offer([pixel_model, mask_model], [("per-pixel",), ("mask",)])

    def _made_from(self, pixel_model: Any, mask_model: Any, pixel_output: Any, mask_output: Any) -> dict[str, Any]:
        """The traits that the browser computes from."""
        self._pixel_categories = Categories.from_coco(pixel_model.categories)
        self._mask_categories = Categories.from_coco(mask_model.categories)
        thresholds = thresholds_of(mask_model, *self._given)
        per_pixel, self._pixel_output = pixel_payload(pixel_output)
        masks, self._mask_output = mask_payload(mask_output)
        fates = query_fates(self._mask_output, self._size, self._mask_categories, **thresholds)
        return {
            "names": [str(getattr(model, "name", "model")) for model in (pixel_model, mask_model)],
            "pixel_classes": class_records(self._pixel_categories),
            "mask_classes": class_records(self._mask_categories),
            "colors": query_colors(fates, self._mask_categories),
            "thresholds": thresholds,
            "per_pixel": per_pixel,
            "masks": masks,
        }

    def _put(self, segmenters: list[Any]) -> None:
        (pixel_output, _), (mask_output, _) = (
            read(one, self._picture) for read, one in zip((pixel_segmenter, mask_segmenter), segmenters, strict=True)
        )
        made = self._made_from(segmenters[0], segmenters[1], pixel_output, mask_output)
        for name, value in made.items():
            setattr(self, name, value)

    def _checked(self, pixel: Any) -> list[int]:
        height, width = self.size
        if len(pixel) != 2 or not 0 <= pixel[0] < width or not 0 <= pixel[1] < height:
            raise UserError(
                f"pixel must be [x, y] with x 0 to {width - 1} and y 0 to {height - 1}, got {list(pixel)}: the "
                f"picture is shown at {width} x {height}"
            )
        return [int(one) for one in pixel]

    @traitlets.validate("pixel")
    def _checked_pixel(self, proposal: dict) -> list[int] | None:
        return None if proposal["value"] is None else self._checked(proposal["value"])

    @traitlets.validate("pins")
    def _checked_pins(self, proposal: dict) -> list[list[int]]:
        if len(proposal["value"]) > MOST_PINS:
            raise UserError(f"pins must be at most {MOST_PINS}, got {len(proposal['value'])}: take some off")
        return [self._checked(pin) for pin in proposal["value"]]

    def read(self, x: int, y: int) -> dict[str, Any]:
        """What both models say about the pixel (x, y) of `size`.

        {"pixel": [x, y], "per_pixel": [{"class", "probability"}, ...] summing to 1, "claims": [{"query", "class",
        "score", "mask_probability", "claim"}, ...] with claim = score x mask probability, "semantic": [{"class",
        "score"}, ...], the sums over queries that semantic inference compares, "painted_by": the query whose
        panoptic segment the pixel belongs to, None for void}. Each list has its largest number first; a query's class
        is its most probable one but "no object".
        """
        x, y = self._checked([x, y])
        size = self._size
        logits = at_pixel(self._pixel_output.logits[0], size, x, y)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        mask_probs = _sigmoid(at_pixel(self._mask_output.mask_logits[0], size, x, y))
        class_probs = self._mask_output.class_logits[0].softmax(dim=-1).numpy()[:, :-1]
        labels, scores = class_probs.argmax(axis=1), class_probs.max(axis=1)
        claims = [
            {"query": query, "class": self._mask_categories[int(labels[query])].name, "score": float(scores[query])}
            | {"mask_probability": float(mask_probs[query]), "claim": float(scores[query] * mask_probs[query])}
            for query in np.argsort(-scores * mask_probs, kind="stable").tolist()
        ]
        return {
            "pixel": [x, y],
            "per_pixel": _ranking(shares, self._pixel_categories, "probability"),
            "claims": claims,
            "semantic": _ranking(mask_probs @ class_probs, self._mask_categories, "score"),
            "painted_by": self._painted_by(x, y, scores * mask_probs),
        }

    def _painted_by(self, x: int, y: int, claims: np.ndarray) -> int | None:
        size = self._size
        result = panoptic_inference(self._mask_output, size, self._mask_categories, **self.thresholds)
        if result.segment_ids[y, x] == 0:
            return None
        fates = query_fates(self._mask_output, size, self._mask_categories, **self.thresholds)
        return max(
            (fate.query for fate in fates if fate.fate in ("kept", "overlapped")), key=lambda query: claims[query]
        )

    def _sentence(self, pixel: list[int]) -> str:
        said, language = self.read(*pixel), self.language
        best, claim, query = said["per_pixel"][0], said["claims"][0], said["painted_by"]
        painter = tr("void", language) if query is None else tr("painted by query {query}", language, query=query)
        return tr(
            "pixel ({x}, {y}): per-pixel {name} {share}; query {query} claims it as {claimed} with {score} x {mask}; "
            "{painter}",
            language,
            x=pixel[0],
            y=pixel[1],
            name=tr(best["class"], language),
            share=f"{best['probability']:.2f}",
            query=claim["query"],
            claimed=tr(claim["class"], language),
            score=f"{claim['score']:.2f}",
            mask=f"{claim['mask_probability']:.2f}",
            painter=painter,
        )

    def alternative(self) -> str:
        """What both models say about the pinned pixels, or the one looked at, in one sentence."""
        shown = self.pins or ([self.pixel] if self.pixel else [])
        told = ". ".join(self._sentence(pixel) for pixel in shown) or tr("no pixel chosen yet", self.language)
        return tr(
            "Two models on one picture, {first} and {second}: {told}.",
            self.language,
            first=self.names[0],
            second=self.names[1],
            told=told,
        )

    def _marked(self, canvas: np.ndarray) -> np.ndarray:
        """A white square with a dark rim around each pinned pixel, or the one looked at."""
        canvas = canvas.copy()
        radius = max(2, max(self.size) // 64)
        for x, y in self.pins or ([self.pixel] if self.pixel else []):
            for reach, value in ((radius + 1, 20), (radius, 255), (radius - 1, 20)):
                top, left = max(0, y - reach), max(0, x - reach)
                ring = canvas[top : y + reach + 1, left : x + reach + 1]
                ring[[0, -1]] = value
                ring[:, [0, -1]] = value
        return canvas

    def still(self) -> np.ndarray:
        """Both predictions side by side with the chosen pixels marked, (H, 2 W + 4, 3) uint8."""
        from segtutor.show import overlay

        size = self._size
        left = overlay(self._image, semantic_inference(self._pixel_output, size, self._pixel_categories))
        answer = panoptic_inference(self._mask_output, size, self._mask_categories, **self.thresholds)
        gap = np.full((size[0], 4, 3), 255, np.uint8)
        return np.hstack([self._marked(left), gap, self._marked(overlay(self._image, answer))])

    def figure(self) -> Figure:
        """Both predictions, and for each pinned pixel (or the one looked at) the two distributions as bars."""
        from segtutor.widgets.pixels.figure import pixels_figure

        shown = self.pins or ([self.pixel] if self.pixel else [])
        return pixels_figure(self.still(), [self.read(*pixel) for pixel in shown], self.alternative())

    def __repr__(self) -> str:
        where = "no pixel" if self.pixel is None else f"pixel ({self.pixel[0]}, {self.pixel[1]})"
        return f"PixelExplorer({self.size[1]} x {self.size[0]} pixels, {where}, {len(self.pins)} pinned)"


def _least_sure(logits: torch.Tensor, size: tuple[int, int]) -> tuple[int, int]:
    """(x, y) of `size` where the two most probable classes are closest; looked for on the grid of the (K, h, w) logits.

    The rim of the picture is left out where there is anything else: convolutions see less there.
    """
    height, width = logits.shape[-2:]
    best = logits.float().softmax(dim=0).topk(min(2, len(logits)), dim=0).values
    margin = best[0] - best[-1]
    inside = torch.zeros_like(margin, dtype=torch.bool)
    inside[height // 8 : height - height // 8, width // 8 : width - width // 8] = True
    cell = int(margin.masked_fill(~inside, torch.inf).argmin())
    row, column = divmod(cell, width)
    return int((column + 0.5) * size[1] / width), int((row + 0.5) * size[0] / height)


def _ranking(values: np.ndarray, categories: Categories, name: str) -> list[dict[str, Any]]:
    order = np.argsort(-values, kind="stable").tolist()
    return [{"class": categories[position].name, name: float(values[position])} for position in order]


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -values))
