"""`PromptSegmenter`: a network that is asked about one picture, with clicks, boxes, masks, words or examples.

    segmenter = st.load("sam-toytown").set_image(image)          # runs the encoder, once
    segmenter.predict(points=[(40, 60)])                         # a click: up to three masks, best first
    segmenter.predict(points=[(40, 60), (90, 60)], labels=[1, 0])    # on it, beside it: one mask
    segmenter.predict(boxes=[(10, 20, 80, 90)])                  # a box: one mask

What a network has to offer for that is in `PromptNetwork`; the small ones of the course are in
segtutor.reference.toytown.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from segtutor.errors import UserError
from segtutor.models import prompt_checks as checks
from segtutor.segments import Categories, Category, Instances

if TYPE_CHECKING:
    from torch import Tensor

    from segtutor.outputs import PromptOutput

OBJECT = Categories([Category(1, "object", True)])
EXAMPLE = Categories([Category(1, "example", True)])
KINDS = ("points", "boxes", "mask", "text", "example")


class PromptNetwork(Protocol):
    """What a `PromptSegmenter` needs of a network; a torch module. It has those methods that `accepts` speaks of.

    accepts: some of KINDS. Coordinates are pixels of the network's input, (x, y), where the picture starts at (0, 0).
    `encode` takes (1, 3, h, w) float, normalised, and returns whatever the others take as `image`.
    `ask` has one mask for each of N prompts, or with multimask several; mask is (N, 1, h, w) float of any h, w, -1
    outside to 1 inside. Text and examples: N phrases, or one question with some examples, one mask each.
    All masks cover the network's input, padding included; logits above 0 are inside. A network with resizes_once = True
    wants them resized to the picture at once, and not by way of its input; its input is the picture alone.
    """

    accepts: frozenset[str]

    def encode(self, pixel_values: Tensor) -> Any: ...

    def ask(
        self,
        image: Any,
        *,
        points: Tensor | None = None,  # (N, P, 2) float
        labels: Tensor | None = None,  # (N, P) int64, 1 on it, 0 beside it, -1 no click
        boxes: Tensor | None = None,  # (N, 4) float, x0 y0 x1 y1
        mask: Tensor | None = None,  # (N, 1, h, w) float
        multimask: bool = False,
    ) -> PromptOutput: ...

    def ask_text(self, image: Any, phrases: Sequence[str]) -> PromptOutput: ...

    def ask_example(self, image: Any, examples: Sequence[tuple[Tensor, Tensor]]) -> PromptOutput:
        """examples: (pixel values (1, 3, h, w), mask (1, 1, h, w) float 0..1, padding 0), at least one."""
        ...


class PromptSegmenter:
    """A promptable model; made by `segtutor.load`.

    name, card, model, engine: as of `Segmenter`. family: "prompt". accepts: which of points, boxes, mask, text and
    example it takes. categories: of its predictions for clicks, boxes and masks, one: "object".
    """

    family = "prompt"
    engine = "reference"
    categories = OBJECT

    def __init__(self, model: Any, processor: Any, card: dict[str, Any]):
        self.model, self.processor, self.card = model, processor, card
        self.name: str = card["name"]
        self.accepts: frozenset[str] = model.accepts
        self._image: np.ndarray | None = None
        self._encoded: Any = None
        self._shown: tuple[int, int] = (0, 0)  # rows, columns of the input that show the picture
        self._padded: tuple[int, int] = (0, 0)  # of the whole input

    def set_image(self, image: Any) -> PromptSegmenter:
        """Run the encoder on a picture and keep what it says; the slow half, once a picture.

        image: whatever `segtutor.load_image` takes. Returns the segmenter itself. Raises UserError for what is not a
        picture, is too small or too elongated; the picture that was set before stays.
        """
        from segtutor.images import load_image

        picture = load_image(image)
        pixel_values, shown = self._pixels(picture)
        import torch

        with torch.no_grad():
            encoded = self.model.encode(pixel_values)
        self._image, self._encoded, self._shown = picture, encoded, shown
        self._padded = (pixel_values.shape[-2], pixel_values.shape[-1])
        return self

    @property
    def image(self) -> np.ndarray:
        """The picture that was set, (H, W, 3) uint8 RGB, in its own size. UserError before `set_image`."""
        if self._image is None:
            raise UserError(f"{self.name} has no picture yet: call segmenter.set_image(image) first")
        return self._image

    @property
    def padded_size(self) -> tuple[int, int]:
        """(h, w) of the network's input; the picture begins in its upper left corner and has `shown_size` there."""
        return self._padded

    @property
    def shown_size(self) -> tuple[int, int]:
        """(h, w) of the part of the network's input that shows the picture."""
        return self._shown

    @property
    def output(self) -> None:
        """Always a UserError: what a promptable model says depends on the prompt."""
        raise UserError(
            f"{self.name} has no output before its first prompt: call segmenter.predict({checks.SAMPLES[self._first]})"
        )

    @property
    def _first(self) -> str:
        return next(kind for kind in KINDS if kind in self.accepts)

    def predict(
        self,
        *,
        points: Any = None,
        labels: Any = None,
        boxes: Any = None,
        mask: Any = None,
        text: str | Sequence[str] | None = None,
        example: Any = None,
        multimask: bool | None = None,
    ) -> Instances:
        """The masks of what a prompt means, at the picture's size; the fast half, often.

        points: [(x, y), ...], pixels of the picture, all about one object; labels: for each 1 (on it, the default) or 0
        (beside it). boxes: [(x0, y0, x1, y1), ...], one object each. mask: (H, W) bool, an earlier prediction to
        improve. These three may be combined where there is at most one box. text: a phrase, or several, a mask each.
        example: (image, mask), or a list of these: a picture and (H, W) bool, where in it the thing is.
        multimask: three masks instead of one; by default for a single click, the only prompt that can mean many things.

        -> Instances. masks: (N, H, W) bool; scores: the predicted IoU, 0..1; category "object", by text the phrase, by
        example "example". Several masks for one object come best score first; boxes keep their order. By text and
        example, where no pixel reaches 0.5 there is no mask.
        Raises UserError: no picture set, no prompt, one that this model does not take, coordinates outside.
        """
        size = self.image.shape[:2]
        given = {"points": points, "boxes": boxes, "mask": mask, "text": text, "example": example}
        kinds = checks.checked_kinds(given, self.accepts, self.name)
        if labels is not None and points is None:
            raise UserError("labels need points: pass points=[(x, y), ...] too")
        if kinds == {"text"}:
            return self._by_text(checks.checked_phrases(text))
        if kinds == {"example"}:
            return self._by_example(checks.checked_examples(example))
        at = checks.checked_points(points, size)
        on = checks.checked_labels(labels, 0 if at is None else len(at))
        box = checks.checked_boxes(boxes, size)
        earlier = checks.checked_mask(mask, size)
        if box is not None and len(box) > 1 and (at is not None or earlier is not None):
            raise UserError(f"points or a mask go with at most one box, got {len(box)}: ask one by one")
        alone = at is not None and len(at) == 1 and box is None and earlier is None
        several = alone if multimask is None else checks.checked_flag(multimask, "multimask")
        masks, scores = self.ask(
            points=None if at is None else at[None],
            labels=None if on is None else on[None],
            boxes=box,
            masks=None if earlier is None else earlier[None],
            multimask=several,
        )
        masks, scores = masks.reshape(-1, *size), scores.reshape(-1)
        if several and (box is None or len(box) == 1):
            order = np.argsort(-scores, kind="stable")
            masks, scores = masks[order], scores[order]
        return Instances(masks, np.zeros(len(masks), np.int64), scores, self.categories)

    def ask(
        self,
        *,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        boxes: np.ndarray | None = None,
        masks: np.ndarray | None = None,
        multimask: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Many prompts about the picture in one call, unchecked: for grids of clicks and for measuring.

        points: (N, P, 2) float, pixels of the picture; labels: (N, P) int, 1 on it, 0 beside it, -1 no click; boxes:
        (N, 4) float; masks: (N, H, W) bool. -> masks (N, M, H, W) bool, scores (N, M) float32; M = 1; 3 by multimask.
        """
        answers = self.answers(points=points, labels=labels, boxes=boxes, masks=masks, multimask=multimask)
        return self.at_picture(answers.mask_logits), _scores(answers, self.name)

    def answers(
        self,
        *,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        boxes: np.ndarray | None = None,
        masks: np.ndarray | None = None,
        multimask: bool = False,
    ) -> PromptOutput:
        """What the network itself says, in its own resolution and with its padding; arguments as of `ask`."""
        import torch

        height, width = self.image.shape[:2]
        scale = np.array([self._shown[1] / width, self._shown[0] / height], np.float32)

        def tensor(values: np.ndarray | None, factor: Any = 1) -> Tensor | None:
            return None if values is None else torch.from_numpy(np.asarray(values, np.float32) * factor)

        with torch.no_grad():
            return self.model.ask(
                self._encoded,
                points=tensor(points, scale),
                labels=None if labels is None else torch.from_numpy(np.asarray(labels, np.int64)),
                boxes=tensor(boxes, np.tile(scale, 2)),
                mask=None if masks is None else self._for_network(masks),
                multimask=multimask,
            )

    def everything(self, **settings: Any) -> Instances:
        """All that a grid of clicks finds; settings and errors are those of `segtutor.models.everything`.

        st.load("sam-toytown").set_image(image).everything(per_side=16)
        """
        from segtutor.models.everything import everything

        return everything(self, **settings)

    def shown_part(self, logits: Tensor) -> Tensor:
        """(..., h, w) of the whole input -> the cells of it that show the picture, more or less, at least one."""
        rows, columns = (
            max(1, round(cells * shown / padded))
            for cells, shown, padded in zip(logits.shape[-2:], self._shown, self._padded, strict=True)
        )
        return logits[..., :rows, :columns]

    def _for_network(self, masks: np.ndarray) -> Tensor:
        """(N, H, W) bool -> (N, 1, h, w) float of the whole input, -1 outside and in the padding, 1 inside."""
        import torch
        import torch.nn.functional as F

        signs = torch.from_numpy(np.where(masks, np.float32(1), np.float32(-1)))[:, None]
        signs = F.interpolate(signs, size=self._shown, mode="bilinear", align_corners=False, antialias=True)
        rows, columns = (padded - shown for padded, shown in zip(self._padded, self._shown, strict=True))
        return F.pad(signs, (0, columns, 0, rows), value=-1.0)

    def at_picture(self, logits: Tensor) -> np.ndarray:
        """(N, M, h, w) of the whole input -> (N, M, H, W) bool of the picture."""
        import torch.nn.functional as F

        height, width = self.image.shape[:2]
        count, several = logits.shape[:2]
        made = np.empty((count, several, height, width), bool)
        at_once = max(1, 2**24 // (several * max(height * width, self._padded[0] * self._padded[1])))  # 64 MB
        for start in range(0, count, at_once):
            part = logits[start : start + at_once].float()
            once = getattr(self.model, "resizes_once", False)
            if not once and (self._shown != (height, width) or self._shown != self._padded):
                part = F.interpolate(part, size=self._padded, mode="bilinear", align_corners=False)
                part = part[..., : self._shown[0], : self._shown[1]]
            part = F.interpolate(part, size=(height, width), mode="bilinear", align_corners=False)
            made[start : start + at_once] = (part > 0).numpy()
        return made

    def _by_text(self, phrases: list[str]) -> Instances:
        import torch

        with torch.no_grad():
            answers = self.model.ask_text(self._encoded, self._said(phrases))
        categories = Categories([Category(i + 1, phrase, True) for i, phrase in enumerate(phrases)])
        return self._found(answers, categories, np.arange(len(phrases)))

    def _said(self, phrases: list[str]) -> list[str]:
        """The phrases as the network reads them."""
        return phrases

    def _by_example(self, examples: list[tuple[Any, np.ndarray]]) -> Instances:
        import torch
        import torch.nn.functional as F

        from segtutor.images import load_image

        given = []
        for image, drawn in examples:
            picture = load_image(image)
            mask = checks.checked_mask(drawn, picture.shape[:2], "the mask of an example")
            if not mask.any():
                raise UserError("the mask of an example has no pixel: mark some of the object")
            pixel_values, shown = self._pixels(picture)
            inside = torch.from_numpy(mask.astype(np.float32))[None, None]
            inside = F.interpolate(inside, size=shown, mode="bilinear", align_corners=False, antialias=True)
            rows, columns = (side - part for side, part in zip(pixel_values.shape[-2:], shown, strict=True))
            given.append((pixel_values, F.pad(inside, (0, columns, 0, rows))))
        with torch.no_grad():
            answers = self.model.ask_example(self._encoded, given)
        return self._found(answers, EXAMPLE, np.zeros(1, np.int64))

    def _found(self, answers: PromptOutput, categories: Categories, labels: np.ndarray) -> Instances:
        """The predictions for words and examples without those that are empty."""
        masks, scores = self.at_picture(answers.mask_logits)[:, 0], _scores(answers, self.name)[:, 0]
        keep = masks.any((1, 2))
        return Instances(masks[keep], labels[keep], scores[keep], categories)

    def _pixels(self, picture: np.ndarray) -> tuple[Tensor, tuple[int, int]]:
        from segtutor.models.preprocess import preprocess

        pixel_values, shown = preprocess(self.processor, picture)
        device = next(self.model.parameters()).device
        return pixel_values.to(device), (int(shown[0]), int(shown[1]))

    def __repr__(self) -> str:
        shown = "no picture set" if self._image is None else "picture {1} x {0}".format(*self._image.shape)
        takes = ", ".join(kind for kind in KINDS if kind in self.accepts)
        return f"PromptSegmenter({self.name!r}, takes {takes}, {shown})"


def _scores(answers: PromptOutput, name: str) -> np.ndarray:
    if answers.scores is None:
        raise ValueError(f"the network {name} must return a score for each mask, it returned none")
    return answers.scores.clamp(0, 1).numpy().astype(np.float32)
