"""`BoxSegmenter`: a network that finds boxes first and draws a mask in each (Mask R-CNN).

    segmenter = st.load("maskrcnn-toytown").set_image(image)     # backbone, pyramid, first stage: once a picture
    segmenter.predict(score_threshold=0.5)                       # -> Instances, best score first
    segmenter.detect(nms_threshold=0.9).boxes                    # with boxes, for a look inside
    segmenter.proposals()                                        # what the first stage proposed

It has no fixed list of predictions that could be compared with other families', so `output` is refused, and things are
all it knows: panoptic and semantic tasks too.

Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from segtutor.errors import UserError
from segtutor.segments import Categories, Instances
from segtutor.thresholds import checked_threshold

if TYPE_CHECKING:
    import torch

    from segtutor.reference.models.mask_rcnn import MaskRCNN, RegionOutput

THRESHOLDS = {"score_threshold": 0.05, "nms_threshold": 0.5}  # as published; for the eye a score of 0.5 is better
_PIXELS_AT_ONCE = 2**24


class Found(NamedTuple):
    """What `detect` found, best score first; coordinates are pixels of the picture.

    boxes: (N, 4) float32, x0 y0 x1 y1. masks: (N, H, W) bool. labels: (N,) int64, positions in the categories. scores:
    (N,) float32, 0..1. proposals: (N, 4) float32, the box of the first stage that each came from.
    """

    boxes: np.ndarray
    masks: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    proposals: np.ndarray


class BoxSegmenter:
    """A loaded network of two stages; made by `segtutor.load`.

    name, card, model, categories, engine: as of `Segmenter`. family: "boxes".
    """

    family = "boxes"
    engine = "reference"

    def __init__(self, model: MaskRCNN, processor: Any, card: dict[str, Any]):
        if "categories" not in card:
            raise UserError(f"{card['name']} has no categories in its card.json: add a list of them")
        self.model, self.processor, self.card = model, processor, card
        self.name: str = card["name"]
        self.categories = Categories.from_coco(card["categories"])
        if len(self.categories) != model.classes:
            raise UserError(
                f"the card.json of {self.name} must list the {model.classes} categories of the model, got "
                f"{len(self.categories)}"
            )
        given = card.get("thresholds", {})
        if not isinstance(given, dict) or not set(given) <= set(THRESHOLDS):
            raise UserError(
                f"the thresholds in card.json of {self.name} must be an object with {', '.join(THRESHOLDS)}, got "
                f"{str(given)[:60]}"
            )
        self.thresholds = {**THRESHOLDS, **{key: checked_threshold(value, key) for key, value in given.items()}}
        self._image: np.ndarray | None = None
        self._stage: RegionOutput | None = None
        self._shown: tuple[int, int] = (0, 0)  # rows, columns of the input that show the picture

    def set_image(self, image: Any, *, task: str = "instance") -> BoxSegmenter:
        """Run backbone, pyramid and first stage on a picture; the slow half, once a picture.

        image: whatever `segtutor.load_image` takes. task: "instance". Returns the segmenter itself. Raises UserError
        for what is not a picture, is too small or too elongated; the picture that was set before stays.
        """
        from segtutor.images import load_image
        from segtutor.models.preprocess import preprocess

        self._check_task(task)
        picture = load_image(image)
        pixel_values, shown = preprocess(self.processor, picture)
        import torch

        with torch.no_grad():
            stage = self.model(pixel_values)
        self._image, self._stage, self._shown = picture, stage, (int(shown[0]), int(shown[1]))
        return self

    @property
    def image(self) -> np.ndarray:
        """The picture that was set, (H, W, 3) uint8 RGB, in its own size. UserError before `set_image`."""
        if self._image is None:
            raise UserError(f"{self.name} has no picture yet: call segmenter.set_image(image) first")
        return self._image

    @property
    def output(self) -> None:
        """Always a UserError: this family has neither a class for each pixel nor a fixed set of masks."""
        raise UserError(
            f"{self.name} has no output of masks or pixels: call segmenter.predict() or segmenter.detect(), or load "
            "a model of the family 'mask' or 'per-pixel'"
        )

    @property
    def stage(self) -> RegionOutput:
        """What the first stage said, a batch of one, in pixels of the network's input: for a look at the modules."""
        self.image  # noqa: B018  raises where there is none
        assert self._stage is not None
        return self._stage

    def predict(
        self,
        task: str = "instance",
        *,
        score_threshold: float | None = None,
        nms_threshold: float | None = None,
        top_k: int = 100,
    ) -> Instances:
        """The things in the picture, at its size, best score first; masks may overlap.

        task: "instance". score_threshold: what a class must exceed, 0..1; nms_threshold: IoU above which two boxes of
        one class are one thing, 1 keeps all; by default the card's. top_k: how many things at most.
        Raises UserError: no picture set, another task, a threshold outside 0..1.
        """
        self._check_task(task)
        found = self.detect(score_threshold=score_threshold, nms_threshold=nms_threshold, top_k=top_k)
        kept = found.masks.any((1, 2))
        return Instances(found.masks[kept], found.labels[kept], found.scores[kept], self.categories)

    def segment(self, image: Any, task: str = "instance", **settings: Any) -> Instances:
        """`set_image` and `predict` in one: for a picture that is asked about once."""
        return self.set_image(image, task=task).predict(task, **settings)

    def detect(
        self,
        *,
        score_threshold: float | None = None,
        nms_threshold: float | None = None,
        top_k: int = 100,
        boxes: Any = None,
    ) -> Found:
        """`predict` with the boxes. boxes: (R, 4), x0 y0 x1 y1 in pixels of the picture, instead of the proposals."""
        import torch

        stage, factor = self.stage, self.factor()
        given = {"score_threshold": score_threshold, "nms_threshold": nms_threshold}
        chosen = {key: checked_threshold(value, key) for key, value in given.items() if value is not None}
        if isinstance(top_k, bool) or not isinstance(top_k, int | np.integer) or top_k < 1:
            raise UserError(f"top_k (the largest number of objects) must be a whole number above 0, got {top_k!r}")
        looked = None if boxes is None else [torch.from_numpy(self._checked_boxes(boxes) / factor)]
        (one,) = self.model.detect(stage, **{**self.thresholds, **chosen}, top_k=int(top_k), boxes=looked)
        height, width = self.image.shape[:2]
        placed = one.boxes * torch.from_numpy(factor)
        placed = torch.minimum(placed, torch.tensor([width, height, width, height], dtype=torch.float32))
        return Found(
            placed.numpy(),
            self._pasted(one.masks, placed),
            one.labels.numpy(),
            one.scores.numpy(),
            (one.proposals * torch.from_numpy(factor)).numpy(),
        )

    def proposals(self, *, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """What the first stage proposes after its NMS, best first. -> boxes (R, 4), probabilities (R,), float32.

        most: how many at most; by default as many as the second stage looks at. Boxes are pixels of the picture.
        """
        changed = {} if most is None else {"after": int(most), "before": max(int(most), self.model.selection.before)}
        boxes, logits = self.model.propose(self.stage, **changed)
        return boxes.numpy() * self.factor(), logits.sigmoid().numpy()

    def anchors(self) -> np.ndarray:
        """All anchors, pixels of the picture, fine level first. -> (A, 4) float32; some reach out of the picture."""
        return self.stage.anchors.numpy() * self.factor()

    def objectness(self) -> np.ndarray:
        """How probably each anchor holds a thing, in the order of `anchors`. -> (A,) float32, 0..1."""
        return self.stage.objectness[0].sigmoid().numpy()

    def factor(self) -> np.ndarray:
        """(4,) float32: pixels of the picture for each pixel of the input, x y x y."""
        height, width = self.image.shape[:2]
        return np.tile(np.array([width / self._shown[1], height / self._shown[0]], np.float32), 2)

    def _pasted(self, masks: torch.Tensor, boxes: torch.Tensor) -> np.ndarray:
        """The masks in the picture, (N, H, W) bool; some at a time, for large pictures."""
        from segtutor.reference.boxes.pasting import pasted

        height, width = self.image.shape[:2]
        made = np.zeros((len(boxes), height, width), bool)
        at_once = max(1, _PIXELS_AT_ONCE // (height * width))
        for start in range(0, len(boxes), at_once):
            part = slice(start, start + at_once)
            made[part] = (pasted(masks[part], boxes[part], (height, width)) > 0.5).numpy()
        return made

    def _checked_boxes(self, boxes: Any) -> np.ndarray:
        try:
            given = np.asarray(boxes, np.float32).reshape(-1, 4)
        except (TypeError, ValueError):
            given = np.full((1, 4), np.nan, np.float32)
        if not np.isfinite(given).all() or not (given[:, 2:] > given[:, :2]).all():
            raise UserError("boxes must be a list of x0 y0 x1 y1 with x0 < x1 and y0 < y1, in pixels of the picture")
        return given

    def _check_task(self, task: Any) -> None:
        if task != "instance":
            raise UserError(
                f"task must be 'instance' for {self.name}, which finds only objects, got {task!r}: leave it out, or "
                "load a model of the family 'mask'"
            )

    def __repr__(self) -> str:
        shown = "no picture set" if self._image is None else "picture {1} x {0}".format(*self._image.shape)
        return f"BoxSegmenter({self.name!r}, {len(self.categories)} categories, {shown})"
