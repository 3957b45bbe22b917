"""The explorers that `segtutor play` offers, and what each is made of. One more explorer is one more entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from segtutor.errors import UserError

SCENES = (203719, 200042, 3, 5, 200259)  # the second: one with a doubtful cat, which a score threshold moves
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
_TRAINED_SIDE = 96  # pixels
MASK_MODEL, PIXEL_MODEL = "mask2former-toytown", "upernet-toytown"


@dataclass(frozen=True)
class Choice:
    """What has been chosen, from which an explorer is made. picture: ("scene", seed), ("photograph", name), bytes."""

    picture: Any
    mask_name: str
    pixel_name: str
    loaded: dict[str, Any] = field(default_factory=dict, compare=False)  # models are loaded once

    @cached_property
    def painted(self) -> tuple[Any, Any]:
        """The picture and its truth, in whatever categories; None for the truth of an uploaded one."""
        if isinstance(self.picture, bytes):
            from segtutor.images import load_image

            return load_image(self.picture), None
        kind, which = self.picture
        if kind == "scene":
            return self.scene.render()
        from segtutor.data.photos import photograph

        return photograph(which)

    @cached_property
    def scene(self) -> Any:
        """The ToyTown scene; UserError for any other picture."""
        from segtutor.data import toytown

        if isinstance(self.picture, bytes) or self.picture[0] != "scene":
            raise UserError("This explorer compares with the truth, which only scenes have; choose a scene.")
        return toytown.scene(self.picture[1])

    @property
    def image(self) -> Any:
        """(H, W, 3) uint8."""
        return self.painted[0]

    @property
    def truth(self) -> Any:
        """The truth in the models' categories, which only scenes have, or None."""
        return None if isinstance(self.picture, bytes) or self.picture[0] != "scene" else self.painted[1]

    @property
    def known(self) -> Any:
        """The truth; UserError where there is none."""
        return self.scene and self.truth

    @property
    def mask(self) -> Any:
        """The model that classifies masks."""
        return self._model(self.mask_name)

    @property
    def pixel(self) -> Any:
        """The model that classifies pixels."""
        return self._model(self.pixel_name)

    def _model(self, name: str) -> Any:
        from segtutor.models.zoo import load

        if name not in self.loaded:
            self.loaded[name] = load(name)
        return self.loaded[name]

    @property
    def result(self) -> Any:
        """What the mask model says."""
        return self.mask.segment(self.image)


@dataclass(frozen=True)
class Explorer:
    """One of the application's. name: on its button; question: what it asks; make(its class, what was chosen)."""

    name: str
    question: str
    make: Callable[[Any, Choice], Any]


def _training(make: Any, at: Choice) -> Any:
    """The smallest mask classifier learns the one picture by heart, while somebody watches."""
    from segtutor.reference.models.tiny_mask_classifier import TinyMaskClassifier
    from segtutor.training.rows.rows import resized_to

    image, truth = at.painted
    if truth is None:
        raise UserError("A training needs to know the truth, which an uploaded picture does not have; choose another.")
    scale = _TRAINED_SIDE / max(image.shape[:2])
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    row = resized_to({"image": image, "segmentation": truth}, height, width)
    view = make()
    view.start(TinyMaskClassifier(len(truth.categories)), [row], steps=1000, batch_size=1, lr=3e-3, augment=None)
    return view


def _finder():
    """The network that finds boxes: there is one, so it is no choice."""
    from segtutor.models.zoo import load

    return load("maskrcnn-toytown")


def _maps(segmenter: Any, image: Any) -> dict[str, Any]:
    """The finest and the coarsest map of the backbone and what the pixel decoder makes of all of them."""
    from segtutor.training.rows.targets import pixel_values

    model = segmenter.model
    if not hasattr(model, "pixel_decoder"):
        raise UserError(
            "This explorer reads the maps of a Mask2Former in this package's modules; choose another model."
        )
    features = model.backbone(pixel_values([image]))
    (*_, coarsest), (embeddings, _) = features, model.pixel_decoder(features)
    return {"backbone, fine": features[0], "backbone, coarse": coarsest, "embeddings": embeddings}


# The class in segtutor.widgets: how the application shows it.
EXPLORERS: dict[str, Explorer] = {
    "PixelExplorer": Explorer(
        "Pixel",
        "What does each kind of network say about one pixel? Point at it; a click pins it.",
        lambda make, at: make(at.pixel, at.mask, at.image),
    ),
    "QueryExplorer": Explorer(
        "Queries",
        "Which queries are there, what does each see, and what becomes of it? Choose one; move through the layers.",
        lambda make, at: make(at.mask, at.image),
    ),
    "AttentionExplorer": Explorer(
        "Attention",
        "Where does a query look, with its mask and without? Choose a query, a layer, a head.",
        lambda make, at: make(at.mask, at.image),
    ),
    "ThresholdExplorer": Explorer(
        "Thresholds",
        "Which queries are listened to? Move the three thresholds.",
        lambda make, at: make(at.mask, at.image, at.truth),
    ),
    "BoxExplorer": Explorer(
        "Boxes",
        "Which boxes are tried, proposed and kept? Point at a cell for its anchors; move the NMS threshold.",
        lambda make, at: make(_finder(), at.image),
    ),
    "MapExplorer": Explorer(
        "Maps",
        "Which cells have a vector like the one at a pixel, in the backbone and in the embeddings? Point at it.",
        lambda make, at: make(_maps(at.mask, at.image), at.image),
    ),
    "MatchingGame": Explorer(
        "Matching",
        "Which query should answer for which target? Match by hand, then against the Hungarian method.",
        lambda make, at: make(at.mask, at.image, at.known),
    ),
    "ScoreExplorer": Explorer(
        "Score",
        "What did each mistake cost? Click a segment; repair it and watch PQ.",
        lambda make, at: make(at.image, at.result, at.known),
    ),
    "SceneEditor": Explorer(
        "Scene",
        "What do both kinds of network say while things move? Drag them, resize them, add some.",
        lambda make, at: make([at.pixel, at.mask], scene=at.scene),
    ),
    "Explainer": Explorer(
        "Inside",
        "What happens in both networks between the picture and the answer? Open a box: one number, with all its terms.",
        lambda make, at: make(at.pixel, at.mask, at.scene),
    ),
    "PromptCanvas": Explorer(
        "Scribbles",
        "How little must be painted until a small network can finish the picture? Paint, then let it learn.",
        lambda make, at: make(*at.painted),
    ),
    "TrainingView": Explorer(
        "Training",
        "What happens while a network learns? Watch the terms of its loss and its answer; pause it, let it go on.",
        _training,
    ),
}
