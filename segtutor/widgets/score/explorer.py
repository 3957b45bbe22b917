"""ScoreExplorer: what panoptic quality counts in one picture, what each segment costs, and how repairs move it.

Prediction and truth travel once; the browser matches, counts, draws and repairs (shared/matched.js and repairs.js,
equal to segtutor.metrics and repairs.py). The repairs are a list that both sides read, so undoing is taking
off its end.

Taught in notebooks/10_what_does_the_score_mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.metrics import Lost, lost_quality, panoptic_quality
from segtutor.segments import Categories, Segmentation
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import reduced_picture, reduced_truth, shown_size
from segtutor.widgets.score.repairs import repaired
from segtutor.words import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
SIDES = ("prediction", "truth")


class ScoreExplorer(CanvasWidget):
    """See a prediction beside its truth as panoptic quality counts them, and repair it by hand.

    image: whatever `segtutor.load_image` takes. prediction, truth: Segmentations of its size and of one list of
    categories. longest_side: larger pictures are shown, and counted, reduced to this.

    Segments are numbered anew from 1 in their order: `explorer.prediction` and `explorer.truth` have these numbers.

    Traits in and out: `selected`, ["prediction" or "truth", number] or None; `repairs`, a list such as
    [{"do": "remove", "segment": 3}] (see segtutor.widgets.score.repairs for all six), whose last one Undo takes off.
    Trait out: `pq`, {"all" | "things" | "stuff": {"pq", "sq", "rq", "tp", "fp", "fn"}}, quality in 0..1, None where
    nothing is to be counted. Read only: `result`, the repaired Segmentation; `lost`, what each of its segments costs.

    Raises UserError: sizes or categories that differ, a repair of what is not there.
    """

    _esm = built("score.js")
    _css = built("score.css")

    repairs = traitlets.List(traitlets.Dict(), help="what was done to the prediction, in order").tag(sync=True)
    selected = traitlets.List(
        default_value=None, allow_none=True, help='["prediction" or "truth", number of the segment]'
    ).tag(sync=True)
    pq = traitlets.Dict(help="panoptic quality of this picture after the repairs")
    # What the browser computes from; written once.
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    predicted_ids = traitlets.Bytes(help="uint16 (H, W), 0 = void").tag(sync=True)
    predicted_segments = traitlets.List(traitlets.Dict(), help="label and score of number 1, 2, ...").tag(sync=True)
    truth_ids = traitlets.Bytes(help="uint16 (H, W), 0 = void").tag(sync=True)
    truth_segments = traitlets.List(traitlets.Dict(), help="label and iscrowd of number 1, 2, ...").tag(sync=True)

    def __init__(
        self,
        image: Any,
        prediction: Segmentation,
        truth: Segmentation,
        *,
        repairs: Iterable[Mapping] = (),
        longest_side: int = LONGEST_SIDE,
    ):
        for name, side in (("prediction", prediction), ("truth", truth)):
            if not isinstance(side, Segmentation):
                raise UserError(
                    f"the {name} must be a Segmentation, got a {type(side).__name__}: pass what predict or a data "
                    "set returns"
                )
        pixels = load_image(image)
        full = pixels.shape[:2]
        if prediction.segment_ids.shape != full:
            raise UserError(
                f"prediction and picture must have one size (H, W), got {prediction.segment_ids.shape} and {full}: "
                "pass the picture that was segmented"
            )
        categories = truth.categories
        size = shown_size(full, longest_side)
        self._image = reduced_picture(pixels, size)
        self.truth = _renumbered(reduced_truth(truth, full, size, categories), truth)
        self.prediction = _renumbered(reduced_truth(prediction, full, size, categories), prediction)
        super().__init__(
            size=list(size),
            picture=png_bytes(self._image),
            classes=[{"id": c.id, "name": c.name, "isthing": c.isthing} for c in categories],
            predicted_ids=self.prediction.segment_ids.astype("<u2").tobytes(),
            predicted_segments=[
                {"label": categories.index(s.category_id), "score": s.score} for s in self.prediction.segments
            ],
            truth_ids=self.truth.segment_ids.astype("<u2").tobytes(),
            truth_segments=[
                {"label": categories.index(s.category_id), "iscrowd": s.iscrowd} for s in self.truth.segments
            ],
            repairs=[dict(repair) for repair in repairs],
        )
        self._count()
        self.observe(self._count, ["repairs"])

    @property
    def result(self) -> Segmentation:
        """The prediction after the repairs."""
        return repaired(self.prediction, self.truth, self.repairs)

    @property
    def lost(self) -> list[Lost]:
        """What each segment costs, the most expensive first (segtutor.metrics.lost_quality); sums to 1 - PQ."""
        return lost_quality(self.result, self.truth)

    @traitlets.validate("repairs")
    def _check_repairs(self, proposal: dict) -> list:
        repaired(self.prediction, self.truth, proposal["value"])  # raises where one of them cannot be done
        return proposal["value"]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: dict) -> list | None:
        value = proposal["value"]
        if value is None:
            return None
        if len(value) != 2 or value[0] not in SIDES or not isinstance(value[1], int):
            raise UserError(f'selected must be ["prediction", number] or ["truth", number], got {value!r}')
        count = len(self.truth_segments)
        if value[0] == "truth" and not 1 <= value[1] <= count:
            raise UserError(f"selected must be a true segment of 1 to {count}, got {value!r}")
        return list(value)

    def _count(self, change: Any = None) -> None:
        self.pq = panoptic_quality([(self.result, self.truth)], self.truth.categories).to_dict()

    def alternative(self) -> str:
        """What was counted, in one sentence."""
        part = self.pq["all"]
        if part["pq"] is None:
            return tr("Truth and prediction side by side: nothing to count.", self.language)
        return tr(
            "Truth and prediction as panoptic quality counts them: PQ {pq} %, {tp} segments matched, {fn} missed, {fp} false; after {n} repairs.",  # noqa: E501
            self.language, pq=f"{100 * part['pq']:.1f}", tp=part["tp"], fn=part["fn"], fp=part["fp"],
            n=len(self.repairs),
        )  # fmt: skip

    def still(self) -> np.ndarray:
        """Truth and prediction side by side, painted as they are counted, (H, 2 W + 8, 3) uint8."""
        from segtutor.metrics import match_segments
        from segtutor.show.score_parts import _panels

        result = self.result
        grey = self._image @ np.array([0.299, 0.587, 0.114])
        ground = np.repeat((0.6 * grey + 0.4 * 255)[..., None], 3, axis=2).astype(np.uint8)
        found = match_segments(result, self.truth)
        true, predicted = _panels(found, ground, self.truth.segment_ids, result.segment_ids)
        return np.concatenate([true, np.full((len(true), 8, 3), 255, np.uint8), predicted], axis=1)

    def figure(self) -> Figure:
        """`segtutor.show.why` of the repaired prediction: both panels, and what was lost."""
        from segtutor.show import why

        return why(self._image, self.result, self.truth)

    def __repr__(self) -> str:
        quality = self.pq["all"]["pq"]
        told = "nothing to count" if quality is None else f"PQ {100 * quality:.1f} %"
        return (
            f"ScoreExplorer({self.size[1]} x {self.size[0]} pixels, {len(self.predicted_segments)} segments predicted, "
            f"{len(self.truth_segments)} true, {len(self.repairs)} repairs, {told})"
        )


def _renumbered(side: Segmentation, scored: Segmentation) -> Segmentation:
    """Segments 1, 2, ... in their order. scored: the same before its reduction, which has the scores."""
    scores = {segment.id: segment.score for segment in scored.segments}
    ids = np.zeros(side.segment_ids.shape, np.int32)
    for number, segment in enumerate(side.segments, 1):
        ids[side.segment_ids == segment.id] = number
    return Segmentation.from_ids(
        ids,
        {number: segment.category_id for number, segment in enumerate(side.segments, 1)},
        Categories.from_coco(side.categories),
        {number: scores[segment.id] for number, segment in enumerate(side.segments, 1)},
        [number for number, segment in enumerate(side.segments, 1) if segment.iscrowd],
    )
