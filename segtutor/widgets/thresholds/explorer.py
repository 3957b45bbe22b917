"""ThresholdExplorer: what three thresholds do to the prediction of a mask classifier, and to its panoptic quality.

Python runs the network once and sends the browser what it said; explorer.js decides and draws. `shared/inference.js`
and `quality.js` follow segtutor.inference and segtutor.metrics rule by rule. What is equal, exactly: from the same mask
probabilities both decide every pixel and every query alike. What is equal up to rounding: the probabilities, which
each side resizes from the same logits (sending them resized would be 60 MB for 100 queries at 384 x 384); so a pixel
whose two best queries differ by less than 1e-5 may go either way. tests/test_javascript.py holds both. Picture, truth
and logits together are at most a megabyte: the first two without loss, and where the logits as they are would be too
many, as one byte a number, see quantised.py; then Python computes from these, too.

Taught in notebooks/00_what_can_a_network_see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.inference import panoptic_inference, query_fates
from segtutor.segments import Categories, Segmentation
from segtutor.thresholds import THRESHOLDS
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import (
    deflated,
    model_payload,
    query_colors,
    reduced_picture,
    reduced_truth,
    shown_size,
    truth_traits,
)
from segtutor.widgets.base.quantised import MOST_BYTES
from segtutor.widgets.base.reading import checked_query, class_records, mask_segmenter, thresholds_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 512
_WORDS_BYTES = 20_000  # what names, colours and segments take


def _threshold(help: str) -> traitlets.Float:
    return traitlets.Float(0.5, min=0.0, max=1.0, help=help).tag(sync=True)


class ThresholdExplorer(CanvasWidget):
    """Move the score, mask and overlap thresholds and see the picture, each query's fate, and PQ change.

    segmenter: of family "mask"; its `set_image(image)` is called, which runs the network.
    image: whatever `set_image` takes; None = the picture that the segmenter already has.
    truth: Segmentation of the picture's size with the segmenter's categories; None = no PQ.
    score_threshold, mask_threshold, overlap_threshold: 0..1, where the sliders begin; None = the model's card.
    longest_side: a larger picture is shown, and segmented, reduced to this many pixels on its longer side.

    Traits in: the three thresholds, and `query`, the query that is held (None = none). Traits out: `segments`, a list
    of {"id", "category_id", "name", "score", "area", "bbox"}, and `pq`, {"all" | "things" | "stuff": {"pq", "sq",
    "rq", "tp", "fp", "fn"}} with quality in 0..1 (None where no class occurs; {} without truth). They follow a
    slider when it rests, and changes made in Python at once, also where no browser is open. Areas count pixels of
    `size`.

    Raises UserError: a per-pixel model (it has no masks), a truth of another size or other categories.
    """

    _esm = built("thresholds.js")
    _css = built("thresholds.css")

    score_threshold = _threshold("keep a query when its class probability is larger")
    mask_threshold = _threshold("paint a pixel when its mask probability is at least this")
    overlap_threshold = _threshold("drop a query that wins a smaller share of its mask")
    query = traitlets.Int(None, allow_none=True, help="the query that is held, 0..Q-1").tag(sync=True)
    segments = traitlets.List(traitlets.Dict(), help="the segments on the screen").tag(sync=True)
    pq = traitlets.Dict(help="panoptic quality of this picture").tag(sync=True)
    # What the browser computes from; written once.
    defaults = traitlets.Dict().tag(sync=True)
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    colors = traitlets.List(help="[r, g, b] of each query").tag(sync=True)
    masks = traitlets.Dict(help="class_probs, grid, logits (or packed and levels) of the model").tag(sync=True)
    truth_ids = traitlets.Bytes(help="uint16 (H, W), 0 = void, else 1 + position in truth_segments; deflated").tag(
        sync=True
    )
    truth_segments = traitlets.List(traitlets.Dict(), allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self,
        segmenter: Any,
        image: Any = None,
        truth: Segmentation | None = None,
        *,
        score_threshold: float | None = None,
        mask_threshold: float | None = None,
        overlap_threshold: float | None = None,
        longest_side: int = LONGEST_SIDE,
    ):
        output, pixels = mask_segmenter(segmenter, image)
        self._categories = Categories.from_coco(segmenter.categories)
        size = shown_size(pixels.shape[:2], longest_side)
        self._image = reduced_picture(pixels, size)
        self._truth = None if truth is None else reduced_truth(truth, pixels.shape[:2], size, self._categories)
        picture = png_bytes(self._image)
        seen = truth_traits(self._truth, self._categories)
        if seen:
            seen["truth_ids"] = deflated(seen["truth_ids"])
        left = MOST_BYTES - _WORDS_BYTES - len(picture) - len(seen.get("truth_ids", b""))
        masks, self._output = model_payload(output, left)
        thresholds = thresholds_of(segmenter, score_threshold, mask_threshold, overlap_threshold)
        fates = query_fates(self._output, size, self._categories, **thresholds)
        super().__init__(
            size=list(size),
            picture=picture,
            defaults=thresholds,
            classes=class_records(self._categories),
            **thresholds,
            colors=query_colors(fates, self._categories),
            masks=masks,
            **seen,
        )
        self._compute()
        self.observe(self._recompute, list(THRESHOLDS))

    @property
    def result(self) -> Segmentation:
        """The segmentation at the present thresholds, computed by segtutor.inference at `size`."""
        thresholds = {name: getattr(self, name) for name in THRESHOLDS}
        return panoptic_inference(self._output, tuple(self.size), self._categories, **thresholds)

    @traitlets.validate("query")
    def _checked_query(self, proposal: dict) -> int | None:
        return checked_query(proposal["value"], len(self.colors))

    def _recompute(self, change: dict) -> None:
        if not self._hearing:  # the browser's thresholds come with the segments and the quality they gave
            self._compute()

    def came_late(self, names: set[str]) -> None:
        """What the browser counted at thresholds that no longer hold is counted here, at those that do."""
        if names & {"segments", "pq", *THRESHOLDS}:
            self._compute()

    def _compute(self) -> None:
        """Fills `segments` and `pq` from Python, for a change made in Python."""
        result = self.result
        segments = [
            {"id": s.id, "category_id": s.category_id, "name": self._categories.by_id(s.category_id).name}
            | {"score": s.score, "area": s.area, "bbox": list(s.bbox)}
            for s in result.segments
        ]
        with self.hold_sync():
            self._spoke("segments", "pq")
            self.segments = segments
            self.pq = {} if self._truth is None else self._quality(result)

    def _quality(self, result: Segmentation) -> dict[str, dict]:
        from segtutor.metrics import panoptic_quality

        return panoptic_quality([(result, self._truth)], self._categories).to_dict()

    def alternative(self) -> str:
        """What the picture shows, in one sentence."""
        from segtutor.show import describe

        return describe(self.result)

    def still(self) -> np.ndarray:
        """The panoptic picture at the present thresholds, (H, W, 3) uint8."""
        from segtutor.show import overlay

        return overlay(self._image, self.result)

    def figure(self) -> Figure:
        """The panoptic picture with its legend, as a matplotlib figure."""
        from segtutor.show import figure

        return figure(self._image, self.result)

    def __repr__(self) -> str:
        return (
            f"ThresholdExplorer({self.size[1]} x {self.size[0]} pixels, {len(self.colors)} queries, score > "
            f"{self.score_threshold:g}, mask >= {self.mask_threshold:g}, overlap >= {self.overlap_threshold:g})"
        )
