"""AskingCanvas: what `PromptCanvas(image, model=...)` makes. A click, a box, words or a painted example; then masks.

The browser draws and keeps the prompts; each is told to the kernel at once, which asks the network and sends back the
masks, one bit a pixel, and what the truth says of them where there is one.

Taught in notebooks/13_can_i_just_point_at_it and notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Segmentation
from segtutor.widgets.asking.questions import Asker, Question, Truth, mask_iou, read
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import reduced_picture, reduced_truth, shown_size
from segtutor.widgets.base.prompts import checked_boxes, checked_points, checked_scribbles
from segtutor.widgets.base.refusals import plain
from segtutor.widgets.base.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from segtutor.instances import Instances

TOOLS = ("point", "box", "text", "example")
KINDS = {"points": "point", "boxes": "box", "text": "text", "example": "example"}  # what a network takes: its tool
LABELS = ("beside it", "on it")  # labels 0 and 1
PROMPTS = ("points", "boxes", "scribbles", "text")
_GIVEN = (*PROMPTS, "tool", "label", "brush", "chosen", "level", "layout")
LONGEST_SIDE = 512
COLOR = (230, 0, 126)  # of masks: far from sky, grass, wood and fur, and darker than most for who sees no red


class AskingCanvas(CanvasWidget):
    """Ask a promptable network about a picture, by click, box, words or a painted example.

    Made by `PromptCanvas(image, truth, model=..., example=...)`, which says what the arguments are.

    Traits in and out, in pixels of the picture shown (see segtutor.data.strokes): `points` [{x, y, label}], label 1 on
    it, 0 beside it; `boxes` [{x0, y0, x1, y1, label}], the last one counts; `scribbles` [{label, width, points}], on
    the example's picture, label 1 paints, -1 erases; `text`; `tool` ("point", "box", "text", "example"); `label`;
    `brush`; `chosen`, which of the three answers to a first click is meant; `level`, what is meant of
    `answers["meanings"]`, such as "part", "" for the usual. A question has one kind: words before an example, an
    example before clicks and box.

    Trait out: `answers`, {"kind", "scores", "areas", "meanings", "meant", "ious", "next", "ms", "said", "number"}: the
    predicted IoU of each mask, its share of the picture, what the question may mean by the truth [{level, name, area}]
    and which of these is meant, the IoU of each mask with that (None without a truth), the suggested next click
    [x, y, label] or None, the network's own milliseconds, why there is no answer, and which question it was. `result`:
    the Instances; `mask`: the chosen one. `image = ...` puts another picture there.
    """

    _esm = built("asking.js")
    _css = built("asking.css")

    points = traitlets.List(traitlets.Dict(), help="{x, y, label}").tag(sync=True)
    boxes = traitlets.List(traitlets.Dict(), help="{x0, y0, x1, y1, label}").tag(sync=True)
    scribbles = traitlets.List(traitlets.Dict(), help="{label, width, points}, on the example").tag(sync=True)
    text = traitlets.Unicode(help="words").tag(sync=True)
    chosen = traitlets.Int(0, min=0, max=2, help="which answer to a first click is meant").tag(sync=True)
    level = traitlets.Unicode(help="what is meant, of answers['meanings']; '' = the usual").tag(sync=True)
    tool = traitlets.Enum(TOOLS, "point", help="what the hand does").tag(sync=True)
    label = traitlets.Int(1, min=0, max=1, help="of the next click: 1 on it, 0 beside it").tag(sync=True)
    brush = traitlets.Float(8.0, min=1.0, max=100.0, help="width in pixels of the example").tag(sync=True)
    answers = traitlets.Dict(help="what the network says, see the class").tag(sync=True)
    # What the browser shows.
    masks = traitlets.Bytes(help="one bit a pixel, row by row, each mask from a whole byte on").tag(sync=True)
    model_name = traitlets.Unicode().tag(sync=True)
    tools = traitlets.List(traitlets.Unicode(), help="what this network can be asked").tag(sync=True)
    words = traitlets.List(traitlets.Unicode(), help="phrases that are proposed").tag(sync=True)
    color = traitlets.List(traitlets.Int(), help="[r, g, b] of masks").tag(sync=True)
    example_size = traitlets.List(traitlets.Int(), help="(H, W)").tag(sync=True)
    example_picture = traitlets.Bytes(help="PNG").tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        truth: Any = None,
        *,
        model: Any,
        example: Any = None,
        longest_side: int = LONGEST_SIDE,
        **traits: Any,
    ):
        if unknown := [name for name in traits if name not in _GIVEN]:
            raise UserError(f"unknown argument {unknown[0]}= with a model: it must be one of {', '.join(_GIVEN)}")
        segmenter = _checked_model(model)
        self._longest_side = longest_side
        shown, example_truth = _shown_example(example, longest_side)
        tools = _tools(segmenter, shown is not None)
        self._asker = Asker(copy.copy(segmenter), shown)
        self._truth: Truth | None = None
        self._seen: Any = None
        self._asked = 0
        self._example_truth = example_truth
        size = self._set(image, truth)
        if shown is not None:
            traits |= {"example_size": list(shown.shape[:2]), "example_picture": png_bytes(shown)}
        super().__init__(
            size=list(size),
            picture=png_bytes(self.image),
            model_name=segmenter.name,
            tools=tools,
            words=self._phrases(tools),
            color=list(COLOR),
            **{"tool": tools[0], **traits},
        )
        self.observe(self._ask, [*PROMPTS, "chosen", "level"])
        self._ask()

    # ---- the picture

    def _set(self, image: Any, truth: Any) -> tuple[int, int]:
        """Runs the encoder on a picture, reduced to what is shown. -> (H, W)."""
        asked, known = self._asker.segmenter, None
        pixels = asked.image if image is None else load_image(image)
        size = shown_size(pixels.shape[:2], self._longest_side)
        if truth is not None:
            if isinstance(truth, toytown.Scene):
                if (truth.size, truth.size) != size:
                    raise UserError(
                        f"the scene passed as truth must be the one that was drawn, got one of {truth.size} pixels "
                        f"for a picture of {size[1]} x {size[0]}"
                    )
            elif isinstance(truth, Segmentation):
                truth = reduced_truth(truth, pixels.shape[:2], size, truth.categories)
            else:
                raise UserError(
                    f"truth must be a Segmentation or a toytown.Scene, got a {type(truth).__name__}: pass the one "
                    "of this picture, or leave it out"
                )
            known = Truth(truth, self._example_truth)
        if image is not None or size != pixels.shape[:2]:
            with one_thread():
                asked.set_image(np.ascontiguousarray(reduced_picture(pixels, size)))
        self._truth = known
        return size

    @property
    def image(self) -> np.ndarray:
        """The picture as it is shown, (H, W, 3) uint8; set it to anything that segtutor.load_image takes."""
        return self._asker.segmenter.image

    @image.setter
    def image(self, image: Any) -> None:
        asker = Asker(copy.copy(self._asker.segmenter), self._asker.example)
        before, self._asker = self._asker, asker
        try:
            size = self._set(image, None)
        except Exception:
            self._asker = before
            raise
        with self.hold_sync():
            self.clear()
            self.size, self.picture = list(size), png_bytes(self.image)
            self.words = self._phrases(self.tools)
            self._seen = None
            self._ask()

    def _phrases(self, tools: list[str]) -> list[str]:
        """Phrases that are true of something in the scene, short ones first."""
        if "text" not in tools or self._truth is None or self._truth.scene is None:
            return []
        from segtutor.data.toytown.language import phrases

        return sorted(
            phrases(self._truth.scene, self._truth.whole.segment_ids), key=lambda one: (len(one.split()), one)
        )

    # ---- prompts

    @property
    def _size(self) -> tuple[int, int]:
        return self.size[0], self.size[1]

    @traitlets.validate("points")
    def _check_points(self, proposal: dict) -> list:
        self._offered("point", proposal["value"])
        return checked_points(plain(proposal["value"]), self._size, len(LABELS))

    @traitlets.validate("boxes")
    def _check_boxes(self, proposal: dict) -> list:
        self._offered("box", proposal["value"])
        return checked_boxes([{"label": 1, **dict(one)} for one in plain(proposal["value"])], self._size, len(LABELS))

    @traitlets.validate("scribbles")
    def _check_scribbles(self, proposal: dict) -> list:
        self._offered("example", proposal["value"])
        if not proposal["value"]:
            return []
        return checked_scribbles(plain(proposal["value"]), (self.example_size[0], self.example_size[1]), len(LABELS))

    @traitlets.validate("text")
    def _check_text(self, proposal: dict) -> str:
        self._offered("text", proposal["value"])
        return proposal["value"][:400]

    @traitlets.validate("tool")
    def _check_tool(self, proposal: dict) -> str:
        self._offered(proposal["value"], True)
        return proposal["value"]

    def _offered(self, tool: str, wanted: Any) -> None:
        if wanted and self.tools and tool not in self.tools:
            raise UserError(
                f"{self.model_name} is asked by {' or '.join(self.tools)}, got {tool!r}: choose another tool or model"
            )

    def clear(self) -> None:
        """Takes all prompts off, and the answer with them."""
        with self.hold_sync(), self.hold_trait_notifications():
            self.points, self.boxes, self.scribbles, self.text, self.chosen = [], [], [], "", 0

    # ---- the network

    def _ask(self, _: Any = None) -> None:
        """Asks what the traits say now, unless that is known; a failure becomes a sentence on the page."""
        question = read(self)
        if (question, self.level) == self._seen:
            return
        self._seen = question, self.level
        try:
            answers, masks = self._answered(question)
        except Exception as error:  # whatever went wrong, the page has to say something
            first = next(iter(str(error).splitlines()), "")[:400] or "without a word"
            said = (
                first if isinstance(error, UserError) else f"{self.model_name} failed: {type(error).__name__}, {first}"
            )
            answers, masks = _answers(question) | {"said": said}, b""
        self._asked += 1  # so that the page hears of an answer that is equal to the one before
        with self.hold_sync():
            self.masks = masks
            self.answers = answers | {"number": self._asked}

    def _answered(self, question: Question) -> tuple[dict[str, Any], bytes]:
        masks, scores, ms = self._asker.answer(question)
        told = _answers(question) | {"scores": [float(score) for score in scores], "ms": ms}
        told |= {"areas": [float(mask.mean()) for mask in masks], "ious": [None] * len(masks)}
        meanings = self._truth.meanings(question) if self._truth is not None else []
        if meanings:
            told["meanings"] = [{"level": a, "name": b, "area": float(m.mean())} for a, b, m in meanings]
            told["meant"] = meant = _meant([level for level, _, _ in meanings], self.level)
            wanted = meanings[meant][2]
            told["ious"] = [mask_iou(mask, wanted) for mask in masks]
            chosen = self._asker.mask(question)
            if question.kind in ("click", "box") and "point" in self.tools and chosen is not None:
                told["next"] = _next_click(wanted, chosen)
        return told, b"".join(np.packbits(mask).tobytes() for mask in masks)

    @property
    def result(self) -> Instances | None:
        """The answer to the question as it is, as `predict` returns it; None for no question or where it failed."""
        from segtutor.instances import Instances
        from segtutor.models.prompts import OBJECT

        if not self.answers.get("kind") or self.answers["said"]:
            return None
        masks, scores, _ = self._asker.answer(read(self))
        return Instances(masks, np.zeros(len(masks), np.int64), scores, OBJECT)

    @property
    def mask(self) -> np.ndarray | None:
        """The mask that is meant, (H, W) bool; None where there is none."""
        return None if self.result is None else self._asker.mask(read(self))

    # ---- readers without a browser

    def alternative(self) -> str:
        """What was asked and answered, in one sentence."""
        from segtutor.widgets.asking.still import in_words

        return in_words(self)

    def still(self) -> np.ndarray:
        """The picture under its mask and prompts, beside it the example, (H, W, 3) uint8."""
        from segtutor.widgets.asking.still import still

        return still(self)

    def figure(self) -> Figure:
        """The picture, and each answer with its predicted IoU."""
        from segtutor.widgets.asking.still import figure

        return figure(self)

    def __repr__(self) -> str:
        count, kind = len(self.answers["scores"]), self.answers["kind"]
        what = {"click": "clicks" if len(self.points) > 1 else "a click", "box": "a box", "text": "words"}
        asked = f"{count} answer{'' if count == 1 else 's'} to {what.get(kind, 'an example')}"
        asked = asked if kind else "not asked yet"
        return f"PromptCanvas({self.size[1]} x {self.size[0]} pixels, asks {self.model_name}, {asked})"


def _answers(question: Question) -> dict[str, Any]:
    """What is said of a question that has no answer yet."""
    nothing: dict[str, Any] = {"scores": [], "areas": [], "meanings": [], "meant": None, "ious": [], "next": None}
    return {"kind": question.kind, **nothing, "ms": 0.0, "said": ""}


def _meant(levels: list[str], wanted: str) -> int:
    """The position of the level that the learner chose, else of the thing or stuff, else the first."""
    for level in (wanted, "thing", "stuff"):
        if level in levels:
            return levels.index(level)
    return 0


def _next_click(wanted: np.ndarray, answer: np.ndarray) -> list[float] | None:
    """[x, y, label] in the middle of the largest error; None where there is no error."""
    from segtutor.training.recipes.clicks import correction

    if (wanted == answer).all():
        return None
    x, y, label = correction(wanted, answer)
    return [x + 0.5, y + 0.5, label]


def _checked_model(model: Any) -> Any:
    if isinstance(model, str):
        from segtutor.models.zoo import load

        model = load(model)
    if getattr(model, "family", None) != "prompt":
        raise UserError(
            f"PromptCanvas asks a promptable model, got {getattr(model, 'name', type(model).__name__)} of the family "
            f"{getattr(model, 'family', None)!r}: pass model=st.load('sam-toytown')"
        )
    return model


def _tools(segmenter: Any, has_example: bool) -> list[str]:
    """What this network can be asked here, in the order of TOOLS."""
    if has_example and "example" not in segmenter.accepts:
        raise UserError(
            f"{segmenter.name} does not take an example, got example=: leave it out, or load seggpt-toytown"
        )
    tools = [tool for kind, tool in KINDS.items() if kind in segmenter.accepts and (tool != "example" or has_example)]
    if not tools:
        raise UserError(f"{segmenter.name} is asked by an example, a second picture to paint on: pass example=picture")
    return tools


def _shown_example(example: Any, longest_side: int) -> tuple[np.ndarray | None, Segmentation | None]:
    """The second picture as shown, and its truth where it has one."""
    if example is None:
        return None, None
    picture, truth = example if isinstance(example, tuple) and len(example) == 2 else (example, None)
    if isinstance(truth, toytown.Scene):
        truth = truth.render()[1]
    pixels = load_image(picture)
    size = shown_size(pixels.shape[:2], longest_side)
    if truth is not None:
        if not isinstance(truth, Segmentation):
            raise UserError(
                f"the truth of the example must be a Segmentation, got a {type(truth).__name__}: pass "
                "example=picture or example=(picture, truth), and paint in the browser what is meant"
            )
        truth = reduced_truth(truth, pixels.shape[:2], size, truth.categories)
    return np.ascontiguousarray(reduced_picture(pixels, size)), truth
