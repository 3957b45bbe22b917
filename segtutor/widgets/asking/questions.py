"""What a learner's prompts ask a promptable network, its answers, and what the truth says of them.

A question is plain data, so that it can be undone, redone and asked again. A further click is asked together with the
mask of the answer before it, as Segment Anything was trained (arXiv:2304.02643, section 3): so the answer to three
clicks follows from the answers to one and two, which are remembered.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.data import toytown
from segtutor.data.strokes import paint_prompts
from segtutor.errors import UserError
from segtutor.segments import Segmentation
from segtutor.training.recipes.clicks import box_of
from segtutor.widgets.base.threads import one_thread

REMEMBERED = 64  # answers of one picture, so that undo is quick and the kernel's memory does not grow
LEAST_BOX_IOU = 0.3  # of a drawn box with the box of what it may mean


@dataclass(frozen=True)
class Question:
    """Some prompts about one object, of one kind. Coordinates as of segtutor.data.strokes, labels 1 and 0.

    kind: "click" (with or without a box), "box", "text", "example", or "" for none. chosen: which of the three answers
    to the first click is meant.
    """

    kind: str
    points: tuple[tuple[float, float, int], ...] = ()
    box: tuple[float, float, float, float] | None = None
    text: str = ""
    strokes: Any = ()  # (label, width, ((x, y), ...)) on the example's picture
    chosen: int = 0

    @property
    def has_choice(self) -> bool:
        """Whether the network gives three answers, one of which is to be chosen."""
        return self.kind == "click" and len(self.points) == 1 and self.box is None

    @property
    def before(self) -> Question | None:
        """The question without its last click, whose answer goes into this one as a mask; None for a first prompt."""
        if not self.points or (len(self.points) == 1 and self.box is None):
            return None
        kind = "click" if len(self.points) > 1 else "box"
        return Question(kind, self.points[:-1], self.box, chosen=self.chosen)

    @property
    def key(self) -> Question:
        """The question as far as the network's answer depends on it."""
        choice = self.chosen if self.kind == "click" and self.box is None and len(self.points) > 1 else 0
        return Question(self.kind, self.points, self.box, self.text, self.strokes, choice)


def read(canvas: Any) -> Question:
    """The question that the traits of a canvas ask: words before a painted example, an example before clicks."""
    if canvas.text.strip():
        return Question("text", text=canvas.text.strip())
    if canvas.scribbles:
        strokes = tuple((s["label"], s["width"], tuple(map(tuple, s["points"]))) for s in canvas.scribbles)
        return Question("example", strokes=strokes)
    points = tuple((one["x"], one["y"], one["label"]) for one in canvas.points)
    boxes = [tuple(one[key] for key in ("x0", "y0", "x1", "y1")) for one in canvas.boxes]
    if not points and not boxes:
        return Question("")
    return Question("click" if points else "box", points, boxes[-1] if boxes else None, chosen=canvas.chosen)


class Asker:
    """A network with a picture set, and the answers that it has given. A copy: the learner's own is left as it is."""

    def __init__(self, segmenter: Any, example: np.ndarray | None):
        self.segmenter, self.example = segmenter, example
        self._answers: OrderedDict[Question, tuple[np.ndarray, np.ndarray]] = OrderedDict()

    def answer(self, question: Question) -> tuple[np.ndarray, np.ndarray, float]:
        """-> masks (N, H, W) bool, predicted IoU (N,), milliseconds that the network took; N is 0, 1 or 3."""
        height, width = self.segmenter.image.shape[:2]
        if not question.kind:
            return np.zeros((0, height, width), bool), np.zeros(0, np.float32), 0.0
        known, spent = self._answers.get(question.key), 0.0
        if known is None:
            before = question.before
            prompts = self._prompts(question, None if before is None else self.mask(before))
            start = time.perf_counter()
            with one_thread():
                said = self.segmenter.predict(**prompts)
            spent = 1000 * (time.perf_counter() - start)
            known = np.packbits(said.masks.reshape(len(said.masks), height * width), axis=1), np.asarray(said.scores)
            self._answers[question.key] = known
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        else:
            self._answers.move_to_end(question.key)
        packed, scores = known
        bits = np.unpackbits(packed, axis=1, count=height * width)
        return bits.reshape(len(packed), height, width).astype(bool), scores, spent

    def mask(self, question: Question) -> np.ndarray | None:
        """The one mask that is meant, (H, W) bool; None where the network finds nothing."""
        masks, _, _ = self.answer(question)
        return masks[min(question.chosen, len(masks) - 1) if question.has_choice else 0] if len(masks) else None

    def _prompts(self, question: Question, before: np.ndarray | None) -> dict[str, Any]:
        """The arguments of `predict`, whose points are numbers of pixels: the middle of pixel 3 is 3, here 3.5."""
        if question.kind == "text":
            return {"text": question.text}
        if question.kind == "example":
            return {"example": (self.example, painted(self.example.shape[:2], question.strokes))}
        prompts: dict[str, Any] = {}
        if question.points:
            prompts["points"] = [(max(0.0, x - 0.5), max(0.0, y - 0.5)) for x, y, _ in question.points]
            prompts["labels"] = [label for _, _, label in question.points]
        if question.box is not None:
            prompts["boxes"] = [question.box]
        if before is not None and "mask" in self.segmenter.accepts:
            prompts["mask"] = before
        return prompts


def painted(size: tuple[int, int], strokes: Any) -> np.ndarray:
    """What is marked on an example, (H, W) bool; UserError where nothing is left of it."""
    told = [{"label": label, "width": width, "points": points} for label, width, points in strokes]
    mask = paint_prompts(size, told) == 1
    if not mask.any():
        raise UserError("the example has no pixel painted: paint some of the thing that is meant")
    return mask


class Truth:
    """What there is in a picture, to be compared with answers: a ToyTown scene or a Segmentation."""

    def __init__(self, truth: Any, example: Any = None):
        self.scene = truth if isinstance(truth, toytown.Scene) else None
        self.whole: Segmentation = truth.render()[1] if isinstance(truth, toytown.Scene) else truth
        self.example: Segmentation | None = example
        self.regions = [(r.level, r.name, r.mask) for r in (self.scene.regions() if self.scene else ())]
        self.regions = self.regions or [_region(self.whole, segment) for segment in self.whole.segments]

    def meanings(self, question: Question) -> list[tuple[str, str, np.ndarray]]:
        """(level, name, mask) of all that a question may mean, smallest first, at most one of each level.

        Words that are true of nothing in a scene have an empty mask.
        """
        found: list[tuple[str, str, np.ndarray]] = []
        if question.kind == "text":
            found = self._by_text(question.text)
        elif question.kind == "example" and self.example is not None:
            found = self._by_example(painted(self.example.segment_ids.shape, question.strokes))
        elif question.box is not None:
            found = self._by_box(question.box)
        elif question.kind == "click":
            height, width = self.whole.segment_ids.shape
            x, y = min(width - 1, int(question.points[0][0])), min(height - 1, int(question.points[0][1]))
            found = [region for region in self.regions if region[2][y, x]]
        return sorted({level: (level, name, mask) for level, name, mask in found}.values(), key=lambda r: r[2].sum())

    def _by_box(self, box: tuple) -> list[tuple[str, str, np.ndarray]]:
        """Of each level the region whose box is most like the drawn one, the most alike last."""
        ious = [_box_iou(np.array(box), box_of(mask)) for _, _, mask in self.regions]
        return [self.regions[n] for n in np.argsort(ious) if ious[n] >= LEAST_BOX_IOU]

    def _by_text(self, text: str) -> list[tuple[str, str, np.ndarray]]:
        from segtutor.data.toytown.language import phrase_mask

        try:
            mask = phrase_mask(self.scene, text) if self.scene else self._of_class(text)
        except UserError:  # the network reads words that ToyTown does not know
            return []
        return [] if mask is None else [("words", text, mask)]

    def _by_example(self, mask: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
        """The class of most of the painted pixels."""
        assert self.example is not None
        ids, counts = np.unique(self.example.segment_ids[mask], return_counts=True)
        of = {segment.id: segment.category_id for segment in self.example.segments}
        areas: dict[int, int] = {}
        for number, count in zip(ids.tolist(), counts.tolist(), strict=True):
            if number in of:
                areas[of[number]] = areas.get(of[number], 0) + count
        if not areas:
            return []
        name = self.example.categories.by_id(max(areas, key=lambda one: areas[one])).name
        meant = self._of_class(name)
        return [] if meant is None else [("class", name, meant)]

    def _of_class(self, name: str) -> np.ndarray | None:
        ids = [s.id for s in self.whole.segments if self.whole.categories.by_id(s.category_id).name == name]
        return np.isin(self.whole.segment_ids, ids) if ids else None


def _region(truth: Segmentation, segment: Any) -> tuple[str, str, np.ndarray]:
    category = truth.categories.by_id(segment.category_id)
    return "thing" if category.isthing else "stuff", category.name, truth.segment_ids == segment.id


def _box_iou(a: np.ndarray, b: np.ndarray) -> float:
    common = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return float(common / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common))


def mask_iou(a: np.ndarray, b: np.ndarray) -> float:
    """Common over joint area of two masks; 0 for two empty ones."""
    return float((a & b).sum() / max(1, (a | b).sum()))
