"""PromptCanvas: points, boxes, scribbles and text on any picture, and a small model that learns from the scribbles.

The browser paints and keeps the prompts (prompts_*.js); Python reads them as plain values, turns them into a label map
equal to what is on the screen (segtutor.data.strokes) and trains (segtutor.training.scribbles) in a thread of its own:
a kernel that runs a cell hears nothing, and the Stop button shall be heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.categories import palette_color
from segtutor.data.strokes import paint_prompts
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Categories, Segmentation
from segtutor.widgets import prompts_values as values
from segtutor.widgets.canvas import bundle, png_bytes, stylesheet
from segtutor.widgets.payload import reduced_picture, reduced_truth, shown_size
from segtutor.widgets.prompts_learning import Learning

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 512
UPLOAD_BYTES = 8_000_000  # a notebook's connection breaks at 10 MB
TOOLS = ("scribble", "point", "box", "eraser")
LEARNED_FROM = ("points", "boxes", "scribbles", "text", "classes", "kind", "seconds")
_GIVEN = ("points", "boxes", "scribbles", "text", "tool", "label", "brush", "view", "kind", "seconds", "layout")


class PromptCanvas(Learning):
    """Paint labels or prompts on a picture; then watch a small model learn from them.

    PromptCanvas(*st.data.photograph("coffee"))          a photograph that ships, with its truth to be scored against
    PromptCanvas("mine.jpg", classes=["cat", "sofa"])    yours; or none, and "Choose a picture" in the browser

    image: whatever `segtutor.load_image` takes; None = an empty sheet. truth: its Segmentation, for `score`.
    classes: names, or {"name"[, "color", "isthing", "id"]}; by default the truth's, else "not it" (label 0) and "it"
    (label 1), as promptable models number negative and positive; of a class with isthing=True, strokes that do not
    touch are different objects to a mask classifier. longest_side: a larger picture is reduced to this.

    Traits in and out, in pixels of the picture shown (`size`; a pixel's centre is at + 0.5), see segtutor.data.strokes:
    `points` [{x, y, label}], `boxes` [{x0, y0, x1, y1, label}], `scribbles` [{label, width, points: [[x, y], ...]}],
    `text`; `classes`; `tool`, `label` (the class in hand), `brush` (pixels), `view` ("picture" or "answer"), `kind`
    ("pixel" or "mask"), `seconds` (of a training). Traits out: `progress`, `score`.

    labels() -> the map that was painted.  learn() -> starts a training; `result`, `output` wait for it.  `image = ...`
    puts another picture there. Boxes paint nothing: a class that has some is found inside them alone. Text is kept for
    models that read, of which the package has none yet: nothing here changes with it.

    Raises UserError: a picture or truth that does not fit, prompts outside the picture or of no class.
    """

    _esm = bundle("prompts.js")
    _css = stylesheet("canvas.css") + stylesheet("prompts.css")

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

    def __init__(
        self,
        image: Any = None,
        truth: Segmentation | None = None,
        *,
        classes: Any = None,
        longest_side: int = LONGEST_SIDE,
        **traits: Any,
    ):
        if isinstance(longest_side, bool) or not isinstance(longest_side, int) or not 32 <= longest_side <= 2048:
            raise UserError(f"got longest_side={longest_side!r}, expected 32 to 2048 pixels: 512 is a good number")
        if classes is None:
            classes = values.DEFAULT if truth is None else _present(truth)
        unknown = [name for name in traits if name not in _GIVEN]
        if unknown:
            raise UserError(f"got {unknown[0]}=, expected one of {', '.join(_GIVEN)}: check the spelling")
        shown, self._pixels, self._truth = _shown(image, truth, longest_side)
        traits |= {"classes": values.checked_classes(classes), "longest_side": longest_side}
        traits["palette"] = [list(palette_color(place)) for place in range(values.MOST_CLASSES)]
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
        return values.as_categories(self.classes)

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
                self.refused = str(error).replace("got bytes", "got a file", 1)  # as which the learner knows it

    @traitlets.validate("classes")
    def _check_classes(self, proposal: dict) -> list:
        classes = values.checked_classes(proposal["value"])
        used = [one["label"] for one in (*self.points, *self.boxes, *self.scribbles)]
        if max(used, default=0) >= len(classes):
            raise UserError(
                f"got {len(classes)} classes while prompts have label {max(used)}, expected none to vanish: clear first"
            )
        return classes

    @traitlets.validate("points")
    def _check_points(self, proposal: dict) -> list:
        return values.checked_points(proposal["value"], self._size, len(self.classes))

    @traitlets.validate("boxes")
    def _check_boxes(self, proposal: dict) -> list:
        return values.checked_boxes(proposal["value"], self._size, len(self.classes))

    @traitlets.validate("scribbles")
    def _check_scribbles(self, proposal: dict) -> list:
        return values.checked_scribbles(proposal["value"], self._size, len(self.classes))

    @traitlets.validate("label")
    def _check_label(self, proposal: dict) -> int:
        if not 0 <= proposal["value"] < len(self.classes):
            raise UserError(f"got label={proposal['value']}, expected 0 to {len(self.classes) - 1}: choose a class")
        return proposal["value"]

    @traitlets.validate("brush")
    def _check_brush(self, proposal: dict) -> float:
        if not values.WIDTHS[0] <= proposal["value"] <= values.WIDTHS[1]:
            raise UserError(f"got brush={proposal['value']}, expected {values.WIDTHS[0]} to {values.WIDTHS[1]} pixels")
        return proposal["value"]

    def alternative(self) -> str:
        """What is painted and learned, in one sentence."""
        from segtutor.widgets.prompts_still import in_words

        return in_words(self)

    def still(self) -> np.ndarray:
        """Picture or answer under the prompts, as on the screen, (H, W, 3) uint8."""
        from segtutor.widgets.prompts_still import still

        return still(self)

    def figure(self) -> Figure:
        """The picture with its prompts, beside it the answer and the truth where there are any."""
        from segtutor.widgets.prompts_still import figure

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
        raise UserError(
            f"got a {type(truth).__name__} as the truth, expected a Segmentation: leave it out, or pass one"
        )
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
