"""PromptCanvas: points, boxes, scribbles and text on any picture, and a small model that learns from the scribbles.

With a promptable network (`model=`) it is another widget, which asks that network: AskingCanvas.

The browser paints and keeps the prompts (paint.js); Python reads them as plain values, turns them into a label map
equal to what is on the screen (segtutor.data.strokes) and trains (segtutor.training.scribbles) in a thread of its own:
a kernel that runs a cell hears nothing, and the Stop button shall be heard.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.categories import palette_color
from segtutor.data.strokes import paint_prompts
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Categories, Category, Segmentation
from segtutor.training.scribbles import KINDS, Learned, check_scribbles, learn_scribbles, nearest_colour
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import reduced_picture, reduced_truth, shown_size
from segtutor.widgets.base.prompts import WIDTHS, checked_boxes, checked_points, checked_scribbles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 512
UPLOAD_BYTES = 8_000_000  # a notebook's connection breaks at 10 MB
MOST_CLASSES = 24
DEFAULT = ("not it", "it")  # label 0 and 1, as promptable models number them
TOOLS = ("scribble", "point", "box", "eraser")
LEARNED_FROM = ("points", "boxes", "scribbles", "text", "classes", "kind", "seconds")
_GIVEN = ("points", "boxes", "scribbles", "text", "tool", "label", "brush", "view", "kind", "seconds", "layout")


class PromptCanvas(CanvasWidget):
    """Paint labels or prompts on a picture; then watch a small model learn from them. Or ask a promptable network.

    PromptCanvas(*st.data.photograph("coffee"))          a photograph that ships, with its truth to be scored against
    PromptCanvas("mine.jpg", classes=["cat", "sofa"])    yours; or none, and "Choose a picture" in the browser
    PromptCanvas(image, scene, model="sam-toytown")      clicks and a box: the network answers with masks
    PromptCanvas(image, model="clipseg-toytown")         words
    PromptCanvas(image, model="seggpt-toytown", example=other)    what is painted on a second picture

    image: whatever `segtutor.load_image` takes; None = an empty sheet. truth: its Segmentation, for `score`.
    classes: names, or {"name"[, "color", "isthing", "id"]}; by default the truth's, else "not it" (label 0) and "it"
    (label 1), as promptable models number negative and positive; of a class with isthing=True, strokes that do not
    touch are different objects to a mask classifier. longest_side: a larger picture is reduced to this.

    model: a promptable segmenter or its name. Nothing is trained then: each prompt is asked of the network, the picture
    is encoded once, and what the network cannot be asked is not offered; the traits are those of
    st.widgets.AskingCanvas. image: None = the picture that the model has. truth: then also the
    toytown.Scene of the picture, which knows parts, groups and phrases; the IoU with what is asked for and the next
    click are shown. example: a second picture to paint on, or (picture, its Segmentation).

    Traits in and out without a model, in pixels of the picture shown (`size`; a pixel's centre is at + 0.5; see
    segtutor.data.strokes):
    `points` [{x, y, label}], `boxes` [{x0, y0, x1, y1, label}], `scribbles` [{label, width, points: [[x, y], ...]}],
    `text`; `classes`; `tool`, `label` (the class in hand), `brush` (pixels), `view` ("picture" or "answer"), `kind`
    ("pixel" or "mask"), `seconds` (of a training). Traits out: `progress`, `score`.

    labels() -> the map that was painted.  learn() -> starts a training; `result`, `output` wait for it.  `image = ...`
    puts another picture there. Boxes paint nothing: a class that has some is found inside them alone. Text is kept for
    networks that read (model="clipseg-toytown"): without one nothing changes with it.

    Raises UserError: a picture or truth that does not fit, prompts outside the picture or of no class.
    """

    _esm = built("prompts.js")
    _css = built("prompts.css")

    points = traitlets.List(traitlets.Dict(), help="{x, y, label}").tag(sync=True)
    boxes = traitlets.List(traitlets.Dict(), help="{x0, y0, x1, y1, label}").tag(sync=True)
    scribbles = traitlets.List(traitlets.Dict(), help="{label, width, points}").tag(sync=True)
    text = traitlets.Unicode(help="for models that read").tag(sync=True)
    classes = traitlets.List(help="{id, name, isthing, color}; a label is a position in it").tag(sync=True)
    tool = traitlets.Enum(TOOLS, "scribble").tag(sync=True)
    label = traitlets.Int(0, help="the class in hand").tag(sync=True)
    brush = traitlets.Float(8.0, help="width in pixels").tag(sync=True)
    view = traitlets.Enum(("picture", "answer"), "picture").tag(sync=True)
    refused = traitlets.Unicode(help="why an uploaded picture was not taken").tag(sync=True)
    upload_bytes = traitlets.Int(UPLOAD_BYTES).tag(sync=True)
    longest_side = traitlets.Int(LONGEST_SIDE).tag(sync=True)
    palette = traitlets.List(help="colours for classes that are added").tag(sync=True)
    kind = traitlets.Enum(KINDS, "pixel", help="what is classified").tag(sync=True)
    seconds = traitlets.Float(10.0, help="of a training").tag(sync=True)
    progress = traitlets.Dict(help='{"state": "" | "running" | "done" | "stopped" | "failed", ...}').tag(sync=True)
    score = traitlets.Dict(help="mIoU on the pixels that nobody painted, 0..1").tag(sync=True)
    # Shown in the browser.
    answer = traitlets.Bytes(help="uint8 (H, W), 0 = void, else 1 + place in answer_segments").tag(sync=True)
    sure = traitlets.Bytes(help="uint8 (H, W), 255 = certain").tag(sync=True)
    answer_segments = traitlets.List(traitlets.Dict(), help="name and color").tag(sync=True)

    def __new__(cls, *args: Any, model: Any = None, **others: Any) -> Any:
        """Another widget where there is a network to be asked: what it is told and shows has little in common."""
        if model is None:
            return super().__new__(cls, *args, **others)
        from segtutor import widgets

        return widgets.AskingCanvas(*args, model=model, **others)

    def __init__(
        self,
        image: Any = None,
        truth: Segmentation | None = None,
        *,
        model: None = None,
        example: Any = None,
        classes: Any = None,
        longest_side: int = LONGEST_SIDE,
        **traits: Any,
    ):
        if example is not None:
            raise UserError("example needs a model: pass model='seggpt-toytown', too")
        if isinstance(longest_side, bool) or not isinstance(longest_side, int) or not 32 <= longest_side <= 2048:
            raise UserError(f"longest_side must be 32 to 2048 pixels, got {longest_side!r}: try 512")
        if classes is None:
            classes = DEFAULT if truth is None else _present(truth)
        unknown = [name for name in traits if name not in _GIVEN]
        if unknown:
            raise UserError(
                f"unknown argument {unknown[0]}=: it must be one of {', '.join(_GIVEN)}, check the spelling"
            )
        self._stop, self._awaited = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._learned: Learned | None = None
        self._failure: BaseException | None = None
        shown, self._pixels, self._truth = _shown(image, truth, longest_side)
        traits |= {"classes": _checked_classes(classes), "longest_side": longest_side}
        traits["palette"] = [list(palette_color(place)) for place in range(MOST_CLASSES)]
        super().__init__(**shown, **traits)
        self.on_msg(self._heard)

    @property
    def image(self) -> np.ndarray:
        """The picture as it is shown, (H, W, 3) uint8; set it to anything that segtutor.load_image takes."""
        return self._pixels

    @image.setter
    def image(self, image: Any) -> None:
        self._take(image)

    @property
    def categories(self) -> Categories:
        """The classes as a Segmentation has them."""
        return _as_categories(self.classes)

    @property
    def _size(self) -> tuple[int, int]:
        return self.size[0], self.size[1]

    def labels(self) -> np.ndarray:
        """(H, W) int32: the class that points and scribbles give each pixel, -1 = unknown; as in the browser."""
        return paint_prompts(self._size, self.scribbles, self.points)

    def clear(self) -> None:
        """Takes all prompts off."""
        with self.hold_sync():
            self.points, self.boxes, self.scribbles, self.text = [], [], [], ""

    def _take(self, image: Any, **limits: Any) -> None:
        """Another picture: what was painted or learned on the old one is gone."""
        shown, pixels, _ = _shown(image, None, self.longest_side, **limits)
        self._end()
        self._pixels, self._truth = pixels, None
        with self.hold_sync():
            self.clear()
            self.forget()
            self.view, self.refused = "picture", ""
            self.size, self.picture = shown["size"], shown["picture"]

    def _heard(self, _: Any, content: Any, buffers: list) -> None:
        """A message of the browser: an uploaded picture, or a button of the training."""
        wish = content.get("do") if isinstance(content, dict) else None
        if wish == "stop":
            self.stop()
        elif wish == "learn":
            try:
                said = content.get("from") or {}
                self.set_state({name: said[name] for name in LEARNED_FROM if name in said})
                self._begin()
            except UserError as error:
                self.progress = {"state": "failed", "said": str(error)}
        elif wish == "picture" and buffers:
            try:
                self._take(bytes(buffers[0]), max_bytes=UPLOAD_BYTES)
            except UserError as error:
                self.refused = str(error)

    @traitlets.validate("classes")
    def _check_classes(self, proposal: dict) -> list:
        classes = _checked_classes(proposal["value"])
        used = [one["label"] for one in (*self.points, *self.boxes, *self.scribbles)]
        if max(used, default=0) >= len(classes):
            raise UserError(
                f"classes must be more than {max(used)}, because prompts have that label, got {len(classes)}: "
                "clear first"
            )
        return classes

    @traitlets.validate("points")
    def _check_points(self, proposal: dict) -> list:
        return checked_points(proposal["value"], self._size, len(self.classes))

    @traitlets.validate("boxes")
    def _check_boxes(self, proposal: dict) -> list:
        return checked_boxes(proposal["value"], self._size, len(self.classes))

    @traitlets.validate("scribbles")
    def _check_scribbles(self, proposal: dict) -> list:
        return checked_scribbles(proposal["value"], self._size, len(self.classes))

    @traitlets.validate("label")
    def _check_label(self, proposal: dict) -> int:
        if not 0 <= proposal["value"] < len(self.classes):
            raise UserError(f"label must be 0 to {len(self.classes) - 1}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("brush")
    def _check_brush(self, proposal: dict) -> float:
        if not WIDTHS[0] <= proposal["value"] <= WIDTHS[1]:
            raise UserError(f"brush must be {WIDTHS[0]} to {WIDTHS[1]} pixels, got {proposal['value']}")
        return proposal["value"]

    # ---- the training: in a thread, because a kernel that runs a cell does not hear the browser. What the thread tells
    # goes through one lock with what the browser tells: ipywidgets collects changes of both in one place.

    @traitlets.validate("seconds")
    def _check_seconds(self, proposal: dict) -> float:
        if not 0.1 <= proposal["value"] <= 600:
            raise UserError(f"seconds must be 0.1 to 600, got {proposal['value']}: try 10")
        return proposal["value"]

    def learn(
        self, kind: str | None = None, seconds: float | None = None, *, steps: int | None = None, wait: bool = False
    ) -> None:
        """Start a training from nothing on what is painted now; the picture shows it as it goes.

        kind: "pixel" or "mask"; seconds: the budget; both stay, as the traits of these names. steps: another budget,
        the first that is used up ends the training. wait: come back when it is over; otherwise at once, so that the
        Stop button is heard, and `result` waits. Raises UserError where nothing can be learned from the prompts.
        """
        if kind is not None:
            self.kind = kind
        if seconds is not None:
            self.seconds = seconds
        self._begin(steps)
        if wait:
            self.wait()

    def stop(self) -> None:
        """End the training under way; what it learned stays."""
        self._stop.set()

    def wait(self) -> None:
        """Come back when no training is under way; raises what went wrong in the last one.

        Interrupting the cell ends the training, too.
        """
        observes = self._lock._is_owned()  # an observer that waits: the thread cannot tell anything meanwhile
        if observes:
            self._awaited.set()
        try:
            while self._thread is not None and self._thread.is_alive():
                self._thread.join(0.1)
        except KeyboardInterrupt:
            self._end()
        finally:
            if observes:
                self._awaited.clear()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    @property
    def result(self) -> Segmentation | None:
        """What the model says about the whole picture; waits for a training under way. None before the first."""
        self.wait()
        return None if self._learned is None else self._learned.segmentation

    @property
    def output(self) -> Any:
        """PerPixelOutput or MaskOutput of the whole picture, (H, W) as shown; as `result`."""
        self.wait()
        return None if self._learned is None else self._learned.output

    def _end(self) -> None:
        """Stops a training under way, and comes back when it has ended; whatever went wrong in it."""
        self.stop()
        self._awaited.set()
        if self._thread is not None:
            self._thread.join()
        self._awaited.clear()

    def forget(self) -> None:
        """Takes the answer away."""
        self._learned = self._failure = None
        self.answer, self.sure, self.answer_segments, self.progress, self.score = b"", b"", [], {}, {}

    def _begin(self, steps: int | None = None) -> None:
        """Starts the thread, after the one before has ended."""
        self._end()
        self._stop.clear()
        self._failure = None
        what = self.image, self.labels(), self.categories, list(self.boxes)
        check_scribbles(*what[:3], kind=self.kind, seconds=self.seconds, steps=steps)
        self._tell(progress={"state": "running", "done": 0.0, "step": 0, "seconds": 0.0}, score={})
        self._thread = threading.Thread(target=self._learn, args=(*what, steps), daemon=True, name="segtutor-learning")
        self._thread.start()

    def _learn(self, image, labels, categories, boxes, steps) -> None:
        """In the thread: trains and tells."""

        first = {"view": "answer"}  # once: who looks at the picture again meanwhile shall see it

        def on_event(event: dict) -> str | None:
            told = {name: event[name] for name in ("done", "step", "seconds", "loss")}
            if "segmentation" in event:
                self._show(event["segmentation"], event["sure"], progress={"state": "running", **told}, **first)
                first.clear()
            elif event["step"] % 50 == 1:
                self._tell(progress={"state": "running", **told})
            return "stop" if self._stop.is_set() else None

        try:
            learned = learn_scribbles(
                image, labels, categories, kind=self.kind, seconds=self.seconds, steps=steps, boxes=boxes,
                on_event=on_event,
            )  # fmt: skip
            self._learned = learned
            state = "stopped" if self._stop.is_set() else "done"
            told = {"state": state, "done": 1.0, "step": learned.steps, "seconds": learned.seconds}
            told["loss"] = learned.events[-1]["loss"]
            score = self._scored(learned.segmentation, image, labels)
            self._show(learned.segmentation, learned.sure, progress=told, score=score, **first)
        except BaseException as error:  # an error in a thread would be printed to nobody
            self._failure = error
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            self._tell(progress={"state": "failed", "said": said})

    def _scored(self, segmentation: Segmentation, image: np.ndarray, labels: np.ndarray) -> dict:
        """mIoU where nobody painted, and that of the nearest painted colour; {} without a truth of these classes."""
        from segtutor.metrics import mean_iou

        truth, categories = self._truth, self.categories
        if truth is None or not {s.category_id for s in truth.segments} <= {c.id for c in categories}:
            return {}
        places = {category.id: place for place, category in enumerate(categories)}
        true = np.full(labels.shape, -1, np.int32)
        for segment in truth.segments:
            true[truth.segment_ids == segment.id] = places[segment.category_id]
        true[labels >= 0] = -1
        found = {"miou": segmentation.semantic(), "nearest_colour": nearest_colour(image, labels)}
        return {name: float(mean_iou([(one, true)], categories).mean) for name, one in found.items()}

    def _show(self, segmentation: Segmentation, sure: np.ndarray, **traits: Any) -> None:
        from segtutor.show.draw import colors_of

        categories = segmentation.categories
        kept = segmentation.segments[:255]
        ids = np.zeros(segmentation.segment_ids.shape, np.uint8)
        for number, segment in enumerate(kept, 1):
            ids[segmentation.segment_ids == segment.id] = number
        named = [categories.by_id(segment.category_id).name for segment in kept]
        colors = colors_of(segmentation)
        self._tell(
            answer=ids.tobytes(),
            sure=(255 * sure).round().astype(np.uint8).tobytes(),
            answer_segments=[{"name": name, "color": list(color)} for name, color in zip(named, colors, strict=False)],
            **traits,
        )

    def _tell(self, **traits: Any) -> None:
        """Sets several traits as one message.

        Who waits for the thread's end may hold the lock, such as an observer that learns anew after each stroke: then
        nothing is told, for nobody would hear it in time.
        """
        while not self._lock.acquire(timeout=0.05):
            if self._awaited.is_set():
                return
        try:
            with self.hold_sync():
                for name, value in traits.items():
                    setattr(self, name, value)
        finally:
            self._lock.release()

    # ---- readers without a browser

    def alternative(self) -> str:
        """What is painted and learned, in one sentence."""
        from segtutor.widgets.prompts.still import in_words

        return in_words(self)

    def still(self) -> np.ndarray:
        """Picture or answer under the prompts, as on the screen, (H, W, 3) uint8."""
        from segtutor.widgets.prompts.still import still

        return still(self)

    def figure(self) -> Figure:
        """The picture with its prompts, beside it the answer and the truth where there are any."""
        from segtutor.widgets.prompts.still import figure

        return figure(self)

    def __repr__(self) -> str:
        names = ", ".join(one["name"] for one in self.classes)
        return (
            f"PromptCanvas({self.size[1]} x {self.size[0]} pixels, classes {names}; {len(self.scribbles)} scribbles, "
            f"{len(self.points)} points, {len(self.boxes)} boxes)"
        )


def _present(truth: Segmentation) -> list:
    """The categories that occur in a truth, each as one region: two strokes on one cup shall not be two cups."""
    if not isinstance(truth, Segmentation):
        raise UserError(f"truth must be a Segmentation, got a {type(truth).__name__}: leave it out, or pass one")
    seen = {segment.category_id for segment in truth.segments}
    return [{"id": c.id, "name": c.name, "isthing": False, "color": c.color} for c in truth.categories if c.id in seen]


def _shown(image: Any, truth: Any, longest_side: int, **limits: Any) -> tuple[dict, np.ndarray, Any]:
    """Traits of the picture, its pixels as shown, and the truth as shown."""
    pixels = np.full((256, 384, 3), 200, np.uint8) if image is None else load_image(image, **limits)
    size = shown_size(pixels.shape[:2], longest_side)
    if truth is not None:
        _present(truth)
        truth = reduced_truth(truth, pixels.shape[:2], size, truth.categories)
    pixels = np.ascontiguousarray(reduced_picture(pixels, size))
    return {"size": list(size), "picture": png_bytes(pixels)}, pixels, truth


# ---- what is taken as classes; prompts are in base/prompts.py


def _checked_classes(classes: Any) -> list[dict]:
    """Names, dictionaries with "name" (and "id", "isthing", "color"), or Categories -> [{id, name, isthing, color}]."""
    if isinstance(classes, Categories):
        classes = [{"id": c.id, "name": c.name, "isthing": c.isthing, "color": c.color} for c in classes]
    if isinstance(classes, str | bytes | Mapping) or not isinstance(classes, Iterable):
        raise UserError(f'classes must be a list of names, got {classes!r}: pass ["cat", "sofa"]')
    entries = [{"name": one} if isinstance(one, str) else one for one in classes]
    if not 2 <= len(entries) <= MOST_CLASSES:
        raise UserError(
            f"classes must be 2 to {MOST_CLASSES}, got {len(entries)}: name at least what is wanted and what is not"
        )
    checked = []
    for place, entry in enumerate(entries):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not name.strip() or len(name) > 40:
            raise UserError(
                f"a class must be a name of 1 to 40 letters, got {entry!r}: pass it as text or {{'name': ...}}"
            )
        color = entry.get("color") or palette_color(place)
        if len(color) != 3 or not all(isinstance(part, int) and 0 <= part <= 255 for part in color):
            raise UserError(f"the color of {name} must be three numbers 0 to 255, such as (230, 159, 0), got {color!r}")
        number = entry.get("id", place + 1)
        checked.append({"id": number, "name": name.strip(), "isthing": bool(entry.get("isthing", False))})
        checked[-1]["color"] = list(color)
    _as_categories(checked)
    return checked


def _as_categories(classes: Iterable[Mapping]) -> Categories:
    """The classes as every other part of the package reads them."""
    return Categories(Category(c["id"], c["name"], c["isthing"], tuple(c["color"])) for c in classes)
