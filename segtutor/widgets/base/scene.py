"""A ToyTown scene that is edited by hand in the browser, and what networks make of it, beside the exact truth.

The browser composes the picture and its truth (shared/scene/compose.js, equal to Scene.draw to the last bit), so
nothing waits for Python while a thing is dragged. The picture goes to the kernel as raw bytes, the segment ids of
each network come back as raw bytes, and only then is the next picture asked about, the newest there is. Matching and
panoptic quality are counted in the browser (shared/matched.js, equal to segtutor.metrics).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.data import toytown
from segtutor.data.toytown import layers
from segtutor.errors import UserError
from segtutor.segments import Segmentation
from segtutor.show.palette import variant
from segtutor.widgets.base.scene_answers import answers_to, as_bytes, quality_of
from segtutor.widgets.base.shelf import ShelfWidget

if TYPE_CHECKING:
    from segtutor.data.toytown.scene import Thing

LARGEST = 256  # pixels of the picture's side
VARIANTS = 6  # so many things of one class have colours of their own
STEPS = 8  # heights that a thing can have above and below its own, each a tenth larger than the one before


class SceneWidget(ShelfWidget):
    """A ToyTown scene that the page edits and networks answer: what SceneEditor and Explainer are.

    models, scene, selected, and the traits: as of SceneEditor. A subclass has the page's modules, and says what a
    reader without a browser shall get.
    """

    scene = traitlets.Instance(toytown.Scene, help="background and things")
    things = traitlets.List(traitlets.Dict(), help="the things of the scene, back to front").tag(sync=True)
    selected = traitlets.Int(None, allow_none=True, help="position in things").tag(sync=True)
    answers = traitlets.List(traitlets.Dict(), help="what each network answers to the scene, and its quality")
    # What the browser computes from.
    models = traitlets.List(traitlets.Dict(), help="name and family").tag(sync=True)
    classes = traitlets.List(traitlets.Dict(), help="name, isthing and colors of the categories").tag(sync=True)
    ground = traitlets.Dict(help="see segtutor.data.toytown.layers.ground").tag(sync=True)
    cutouts = traitlets.Dict(help="see segtutor.data.toytown.layers.cutouts").tag(sync=True)
    more = traitlets.Dict(help="the cutouts of things as they are now, where those above have none").tag(sync=True)
    first = traitlets.Dict(help="the answers to the scene as it was set: segments, and ids as bytes").tag(sync=True)

    def __init__(self, models: Any = (), scene: toytown.Scene | None = None, *, selected: int | None = None):
        self._segmenters = [_checked_model(one) for one in (models if isinstance(models, Sequence) else [models])]
        self._answered: tuple[bytes, list[Segmentation]] = (b"", [])
        scene = toytown.scene(7) if scene is None else _checked_scene(scene)
        super().__init__(
            size=[scene.size, scene.size],
            scene=scene,
            things=layers.things(scene),
            models=[{"name": one.name, "family": one.family} for one in self._segmenters],
            classes=[
                {
                    "name": c.name,
                    "isthing": c.isthing,
                    "colors": [variant(c.color, n) for n in range(VARIANTS if c.isthing else 1)],
                }
                for c in toytown.categories
            ],
        )
        self._set_ground()
        self.selected = selected
        self.observe(self._take_scene, ["scene"])
        self.observe(self._take_things, ["things"])
        self.on_msg(self._hear)
        self._offer(self._segmenters, [("per-pixel", "mask")] * len(self._segmenters))

    def _put(self, segmenters: list[Any]) -> None:
        self._segmenters = [_checked_model(one) for one in segmenters]
        self._answered = b"", []
        self.models = [{"name": one.name, "family": one.family} for one in segmenters]
        self._answer()
        self.complete()

    # ------------------------------------------------------------------ scene and things, two names of one thing

    @traitlets.validate("scene")
    def _check_scene(self, proposal: dict) -> toytown.Scene:
        scene = _checked_scene(proposal["value"])
        if self.size and scene.size != self.size[0]:
            raise UserError(
                f"scene must have {self.size[0]} pixels, the size of this editor, got {scene.size}: pass "
                f"scene.resized({self.size[0]}), or make another editor"
            )
        return scene

    @traitlets.validate("things")
    def _check_things(self, proposal: dict) -> list[dict]:
        return [asdict(thing) for thing in _things_of(self.scene, proposal["value"])]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: dict) -> int | None:
        value = proposal["value"]
        if value is not None and not 0 <= value < len(self.things):
            raise UserError(
                f"selected must be None or a position in things, which has {len(self.things)}, got {value!r}"
            )
        return value

    def _take_scene(self, change: dict) -> None:
        old, new = change["old"], change["new"]
        with self.hold_sync():
            if not self.things or self.selected is not None and self.selected >= len(new.things):
                self.selected = None
            self.things = layers.things(new)
            if replace(old, things=()) != replace(new, things=()):
                self._set_ground()

    def _take_things(self, change: dict) -> None:
        if self.things != layers.things(self.scene):
            self.scene = replace(self.scene, things=tuple(_things_of(self.scene, self.things)))
        if self.selected is not None and self.selected >= len(self.things):
            self.selected = None
        side = self.ground["size"] * self.ground["oversampling"]
        lacking = [one for one in self.scene.things if _key(layers.shape_of(one, side)) not in self._known]
        if lacking:  # so that a view that is opened later, perhaps without a kernel, has all it needs
            self.more = layers.cutouts(lacking, self.scene.size)
        self._answer()

    def _set_ground(self) -> None:
        """Another background: everything that the browser computes from."""
        scene = self.scene
        both = [replace(thing, pattern=pattern) for thing in layers.grounded(scene) for pattern in toytown.PATTERNS]
        self._answer()
        with self.hold_sync():
            self.cutouts = layers.cutouts([*scene.things, *both, *layers.palette(smaller=0, larger=0)], scene.size)
            self.complete()
            self._known = {_key(entry) for entry in self.cutouts["index"]}
            self.more = {}
            self.ground = layers.ground(scene)

    def complete(self) -> None:
        """Sends the predictions for the scene as it is, which is all that a page without a kernel has."""
        found = [as_bytes(one) for one in self.results]
        self.first = {
            "things": self.things,
            "segments": [segments for segments, _ in found],
            "ids": b"".join(ids for _, ids in found),
        }

    # ------------------------------------------------------------------ what the networks say

    @property
    def results(self) -> list[Segmentation]:
        """What each network predicts for the scene as it is."""
        return self._ask(self.scene.draw()[0])

    def _ask(self, image: np.ndarray) -> list[Segmentation]:
        """The predictions for a picture; to the same picture again, the same ones."""
        key = image.tobytes()
        if self._answered[0] != key:
            self._answered = key, answers_to(image, self._segmenters)
        return self._answered[1]

    def _answer(self) -> None:
        image, truth = self.scene.render()
        found = zip(self._segmenters, self._ask(image), strict=True)
        self.answers = [{"model": one.name, "family": one.family} | quality_of(result, truth) for one, result in found]

    def _hear(self, _: Any, content: dict, buffers: list) -> None:
        """Questions of the browser: about a picture, or for cutouts that it does not have."""
        if content.get("ask") == "answer":
            self._tell(content, buffers)
        elif content.get("ask") == "cutouts":
            wanted = _things_of(self.scene, content["things"])
            shapes = [replace(one, x=0.0, y=0.0) for one in wanted]
            steps = [replace(one, height=h) for one in shapes for h in layers.heights(one.height, STEPS, STEPS)]
            ladders = [replace(one, pattern=pattern) for one in steps for pattern in toytown.PATTERNS]
            made = layers.cutouts([*wanted, *ladders] if content.get("ladder") else wanted, self.scene.size)
            self.send({"cutouts": made["index"]}, [made["bytes"]])

    def _tell(self, content: dict, buffers: list) -> None:
        side = self.scene.size
        if not buffers or len(bytes(buffers[0])) != 3 * side * side:
            self.send({"answer": content.get("number"), "problem": "the picture has not arrived whole"})
            return
        image = np.frombuffer(bytes(buffers[0]), np.uint8).reshape(side, side, 3)
        try:
            results = [as_bytes(one) for one in self._ask(image)]
        except Exception as error:  # the view waits for a prediction: it is told, and the notebook's log has the rest
            self.send({"answer": content["number"], "problem": f"{type(error).__name__}: {error}"})
            raise
        self.send(
            {"answer": content["number"], "segments": [segments for segments, _ in results]},
            [b"".join(ids for _, ids in results)],
        )


def _checked_scene(scene: Any) -> toytown.Scene:
    if not isinstance(scene, toytown.Scene) or scene.size > LARGEST:
        what = f"a scene of {scene.size} pixels" if isinstance(scene, toytown.Scene) else f"a {type(scene).__name__}"
        raise UserError(
            f"scene must be a ToyTown scene of at most {LARGEST} pixels, got {what}: try st.toytown.scene(7)"
        )
    return scene


def _checked_model(model: Any) -> Any:
    names = getattr(getattr(model, "categories", None), "names", None)
    if names is None or not hasattr(model, "segment"):
        raise UserError(f"model must be a segmenter, got a {type(model).__name__}: pass st.load('mask2former-toytown')")
    if list(names) != list(toytown.categories.names):
        raise UserError(
            f"model must have ToyTown's {len(toytown.categories)} categories, got {model.name}, which has "
            f"{len(names)} others: try st.load('mask2former-toytown')"
        )
    return model


def _things_of(scene: toytown.Scene, things: Iterable[dict]) -> list[Thing]:
    """Dictionaries as things; UserError where one cannot be drawn."""
    made = replace(scene, things=())
    for thing in things:
        try:
            made = made.add(**thing)
        except TypeError as error:
            raise UserError(f"a thing must have kind, x, y, height, colour, pattern and seed, got {thing!r}") from error
    return list(made.things)


def _key(shape: dict) -> tuple:
    return tuple(shape.get(name) for name in ("kind", "pattern", "seed", "height", "x", "y"))
