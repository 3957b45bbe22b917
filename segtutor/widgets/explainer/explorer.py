"""Explainer: two networks as one diagram, every box with the tensors of this moment, each number with its terms.

The same view as `segtutor page explainer` (view.js), where the networks run in the page; here they run in the kernel,
in PyTorch, and their tensors travel as float32. What is looked at is traits, so a cell can point at it.

Shown in notebooks/gallery. Lessons 02 to 08 explain the boxes one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor import __version__
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Segmentation
from segtutor.thresholds import THRESHOLDS, checked_threshold
from segtutor.widgets.base.canvas import built
from segtutor.widgets.base.reading import thresholds_of
from segtutor.widgets.base.scene import SceneWidget
from segtutor.widgets.base.scene_answers import as_bytes, quality_of
from segtutor.widgets.base.threads import one_thread
from segtutor.widgets.explainer.carried import joined, shape_facts, weights_of
from segtutor.widgets.explainer.networks import SIDE, Networks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BOXES = (
    "picture",
    "backbone",
    "pixel-decoder",
    "pixel-head",
    "pixel-softmax",
    "argmax",
    "components",
    "queries",
    "attention",
    "class-head",
    "masks",
    "merge",
)
LAYERS = 3  # of the decoder; 0 are the learned queries
STEPS = 12  # of the tour
OTHER_SCENE = 0  # its seed; beside the given one, for the colours of the maps
_THRESHOLDS = ("score_threshold", "mask_threshold", "overlap_threshold")


class Explainer(SceneWidget):
    """A per-pixel and a mask classifier side by side, from the picture to PQ, and the sum behind each number.

        explainer = st.widgets.Explainer(st.load("upernet-toytown"), st.load("mask2former-toytown"),
                                         scene=st.toytown.scene(7))
        explainer                                     # the cell's last line shows it
        explainer.box, explainer.pixel = "masks", [66, 92]      # in: a box is opened, a pixel is marked
        explainer.tensors[1]["mask_features"]                   # out: what the boxes show

    pixels, masks: a UPerNet and a Mask2Former, each on a ResNet, with ToyTown's categories and the sizes of the shipped
    ones, in this package's modules; None = the shipped ones. scene: a toytown.Scene of 128 pixels, None =
    toytown.scene(7). image: a picture of your own instead, anything that `load_image` takes: its middle square, reduced
    to 128 pixels. The other arguments are traits to begin with; a query or pixel of None is found: a thing's query
    that is most sure of itself, and where its mask is surest.

    Traits in and out, beside SceneEditor's (`scene`, `things`, `selected`): `pixel`, [x, y]; `query`; `layer`, after
    which queries and masks are shown, 0 (learned queries) to 3; `box`, the one that is open, one of `BOXES`, or None;
    `masked`, False = each query may look everywhere; `without`, queries that take no part in the merge;
    `score_threshold`, `mask_threshold`, `overlap_threshold` of the merge; `step`, of the tour, 0 to 11; `photo`, the
    bytes of the picture of your own, (128, 128, 3) uint8, empty for none. `show(image)` sets it.

    To read: `answers`, as of SceneEditor (empty for a picture of your own, of which no truth is known); `results`, the
    two Segmentations; `tensors`, for each network {name: float32 array}, named as in segtutor/models/export_steps.py.

    Raises UserError: a network of another kind or size, a scene that has not 128 pixels, values out of range.
    """

    _esm = built("explainer.js")
    _css = built("explainer.css")

    pixel = traitlets.List(traitlets.Int(), help="[x, y] that is marked").tag(sync=True)
    query = traitlets.Int(help="that is chosen").tag(sync=True)
    layer = traitlets.Int(LAYERS, help="after which queries and masks are shown").tag(sync=True)
    box = traitlets.Unicode(None, allow_none=True, help="that is open").tag(sync=True)
    step = traitlets.Int(0, help="of the tour").tag(sync=True)
    masked = traitlets.Bool(True, help="whether cross-attention is masked").tag(sync=True)
    without = traitlets.List(traitlets.Int(), help="queries that take no part in the merge").tag(sync=True)
    score_threshold = traitlets.Float(0.8, help="below it a query is dropped").tag(sync=True)
    mask_threshold = traitlets.Float(0.5, help="from it a pixel belongs to the mask").tag(sync=True)
    overlap_threshold = traitlets.Float(0.8, help="below it a query is dropped").tag(sync=True)
    photo = traitlets.Bytes(help="a picture of one's own, (128, 128, 3) uint8, or empty").tag(sync=True)
    # What the browser computes from; written once.
    facts = traitlets.Dict(help="networks, sizes, where each weight lies").tag(sync=True)
    weights = traitlets.Bytes(help="float32, see carried.py").tag(sync=True)

    def __init__(
        self,
        pixels: Any = None,
        masks: Any = None,
        scene: toytown.Scene | None = None,
        *,
        image: Any = None,
        pixel: tuple[int, int] | None = None,
        query: int | None = None,
        layer: int = LAYERS,
        box: str | None = None,
        masked: bool = True,
        without: tuple[int, ...] = (),
        score_threshold: float | None = None,
        mask_threshold: float | None = None,
        overlap_threshold: float | None = None,
        step: int = 0,
    ):
        from segtutor.models.zoo import load

        networks = [
            load(shipped) if one is None else one
            for one, shipped in ((pixels, "upernet-toytown"), (masks, "mask2former-toytown"))
        ]
        scene = toytown.scene(7) if scene is None else _checked_scene(scene)
        self._networks = Networks(networks)
        self._networks.check(scene.draw()[0])
        self._ready = False  # whether `answers` can be counted: the thresholds are set
        super().__init__(networks, scene)
        stated = thresholds_of(networks[1], score_threshold, mask_threshold, overlap_threshold)
        self.facts, self.weights = _carried(networks, scene)
        with self.hold_trait_notifications():
            self.score_threshold, self.mask_threshold, self.overlap_threshold = (stated[name] for name in _THRESHOLDS)
            self.layer, self.box, self.masked, self.step = layer, box, masked, step
        self.without = list(without)
        if image is not None:
            self.photo = _own_picture(image).tobytes()
        found, middle = self._networks.surest(self.picture_now, self.masked)
        self.query = found if query is None else query
        self.pixel = middle if pixel is None else list(pixel)
        self._ready = True
        self._answer()
        self.observe(lambda _: self._answer(), ["masked", "without", "photo", *_THRESHOLDS])

    def _offer(self, segmenters: Any, families: Any) -> None:
        """Nothing: the shelf has one network of each kind. `networks` says which they are."""
        super()._offer(segmenters, families)
        self.offered = []

    # ------------------------------------------------------------------ what may be set

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal: dict) -> list[int]:
        value = proposal["value"]
        if len(value) != 2 or not all(0 <= one < SIDE for one in value):
            raise UserError(f"pixel must be [x, y], each 0 to {SIDE - 1}, got {value}")
        return value

    @traitlets.validate("query")
    def _check_query(self, proposal: dict) -> int:
        return _within("query", proposal["value"], self._queries - 1)

    @traitlets.validate("layer")
    def _check_layer(self, proposal: dict) -> int:
        return _within("layer", proposal["value"], LAYERS)

    @traitlets.validate("step")
    def _check_step(self, proposal: dict) -> int:
        return _within("step", proposal["value"], STEPS - 1)

    @traitlets.validate("box")
    def _check_box(self, proposal: dict) -> str | None:
        value = proposal["value"]
        if value is not None and value not in BOXES:
            raise UserError(f"box must be None or one of {', '.join(BOXES)}, got {value!r}")
        return value

    @traitlets.validate("without")
    def _check_without(self, proposal: dict) -> list[int]:
        for one in proposal["value"]:
            if not 0 <= one < self._queries:
                raise UserError(f"without must be queries 0 to {self._queries - 1}, got {proposal['value']}")
        return sorted(set(proposal["value"]))

    @traitlets.validate(*_THRESHOLDS)
    def _check_threshold(self, proposal: dict) -> float:
        return checked_threshold(proposal["value"], proposal["trait"].name)

    @traitlets.validate("photo")
    def _check_photo(self, proposal: dict) -> bytes:
        value = bytes(proposal["value"])
        if len(value) not in (0, 3 * SIDE * SIDE):
            raise UserError(
                f"photo must be the {3 * SIDE * SIDE} bytes of a ({SIDE}, {SIDE}, 3) uint8 picture, or none, got "
                f"{len(value)}: show(image) takes any picture"
            )
        return value

    @property
    def _queries(self) -> int:
        return self._networks.segmenters[1].model.decoder.queries.shape[0]

    def _take_scene(self, change: dict) -> None:
        with self.hold_sync():
            self.photo = b""
            super()._take_scene(change)

    # ------------------------------------------------------------------ what the networks say

    @property
    def picture_now(self) -> np.ndarray:
        """What both networks are shown, (128, 128, 3) uint8: the scene, or the picture of one's own."""
        if self.photo:
            return np.frombuffer(self.photo, np.uint8).reshape(SIDE, SIDE, 3)
        return self.scene.draw()[0]

    def show(self, image: Any) -> None:
        """A picture of one's own in the place of the scene: anything `load_image` takes; None = the scene again.

        Its middle square is reduced to 128 x 128 pixels, which is what the networks were trained on.
        """
        self.photo = b"" if image is None else _own_picture(image).tobytes()

    @property
    def tensors(self) -> list[dict[str, np.ndarray]]:
        """Of each network, the per-pixel classifier first: its tensors by name, float32."""
        with self._lock:
            return [dict(one) for one in self._networks.steps(self.picture_now, self.masked)]

    @property
    def results(self) -> list[Segmentation]:
        """The panoptic prediction of each network for what is shown, with what was set."""
        thresholds = {name: getattr(self, name) for name in _THRESHOLDS}
        with self._lock, one_thread():
            now = self.picture_now, self.masked
            return [self._networks.by_pixels(*now), self._networks.by_masks(*now, self.without, thresholds)]

    def _answer(self) -> None:
        if not self._ready:
            return
        truth = None if self.photo else self.scene.render()[1]
        self.answers = (
            []
            if truth is None
            else [
                {"model": one.name, "family": one.family} | quality_of(result, truth)
                for one, result in zip(self._segmenters, self.results, strict=True)
            ]
        )

    def _set_ground(self) -> None:
        super()._set_ground()
        self.first = {}

    def complete(self) -> None:
        """Sends the tensors as they are now, in half precision: all that a page without a kernel has."""
        if not self._ready:
            return
        told, (*arrays, ids) = self._told(self.picture_now, self.masked)
        halves = [np.frombuffer(one, "<f4").astype("<f2").tobytes() for one in arrays]
        self.first = told | {"halves": halves, "ids": ids}

    def _told(self, image: np.ndarray, masked: bool) -> tuple[dict[str, Any], list[bytes]]:
        """Where each tensor lies, and the segments of the per-pixel network; then, as bytes, float32 and their ids."""
        with self._lock:
            found = [joined(one) for one in self._networks.steps(image, masked)]
            segments, ids = as_bytes(self._networks.by_pixels(image, masked))
        return {"networks": [places for _, places in found], "segments": segments}, [*(data for data, _ in found), ids]

    def _tell(self, content: dict, buffers: list) -> None:
        number = content.get("number")
        if not buffers or len(bytes(buffers[0])) != 3 * SIDE * SIDE:
            self.send({"answer": number, "problem": "the picture has not arrived whole"})
            return
        image = np.frombuffer(bytes(buffers[0]), np.uint8).reshape(SIDE, SIDE, 3)
        try:
            told, data = self._told(image, content.get("masked") is not False)
        except Exception as error:  # the view waits: it is told, and the notebook's log has the rest
            self.send({"answer": number, "problem": f"{type(error).__name__}: {error}"})
            raise
        self.send({"answer": number} | told, data)

    # ------------------------------------------------------------------ for readers without a browser

    def alternative(self) -> str:
        """What is shown, what each network makes of it, and what is marked."""
        from segtutor.widgets.explainer.still import told

        return told(self)

    def still(self) -> np.ndarray:
        """Picture, truth and answers above, what is inside the networks below, (H, W, 3) uint8."""
        from segtutor.widgets.explainer.still import still

        return still(self)

    def figure(self) -> Figure:
        """The same panels with their titles, as a matplotlib figure."""
        from segtutor.widgets.explainer.still import figure

        return figure(self)

    def __repr__(self) -> str:
        names = " and ".join(one.name for one in self._segmenters)
        x, y = self.pixel
        return f"Explainer({SIDE} x {SIDE} pixels, {names}, pixel ({x}, {y}), query {self.query})"


def _checked_scene(scene: Any) -> toytown.Scene:
    if not isinstance(scene, toytown.Scene) or scene.size != SIDE:
        what = f"a scene of {scene.size} pixels" if isinstance(scene, toytown.Scene) else f"a {type(scene).__name__}"
        raise UserError(f"scene must be a ToyTown scene of {SIDE} pixels, got {what}: try st.toytown.scene(7)")
    return scene


def _within(name: str, value: int, most: int) -> int:
    if not 0 <= value <= most:
        raise UserError(f"{name} must be 0 to {most}, got {value}")
    return value


def _own_picture(image: Any) -> np.ndarray:
    """The middle square of a picture, (128, 128, 3) uint8."""
    from PIL import Image

    picture = load_image(image)
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(picture[top : top + side, left : left + side])
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _carried(segmenters: list[Any], scene: toytown.Scene) -> tuple[dict[str, Any], bytes]:
    """`facts` and `weights`. The colours of maps are those of the scene and of one more: they stay for all others."""
    images = [one.render()[0] for one in (scene, toytown.scene(OTHER_SCENE))]
    with one_thread():
        arrays = {f"{n}:{name}": value for n, one in enumerate(segmenters) for name, value in weights_of(one, images)}
    weights, places = joined(arrays)
    networks = [
        {
            "name": one.name,
            "family": one.family,
            "thresholds": THRESHOLDS | one.thresholds,
            "categories": [{"id": c.id, "name": c.name, "isthing": int(c.isthing)} for c in one.categories],
        }
        for one in segmenters
    ]
    facts = {"networks": networks, "weights": places, "version": f"segtutor {__version__}"}
    return facts | shape_facts(segmenters[1].model), weights
