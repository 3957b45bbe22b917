"""QueryExplorer: every query of a mask classifier, through the decoder layers, and what becomes of it.

Sent once: the picture and the last layer, at most 1 MB (see quantised.py); an earlier layer when it is looked at.
The browser resizes, sorts, decides and draws. What Python says about a query it says from the numbers that were sent.

Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor import families
from segtutor.errors import UserError
from segtutor.inference import panoptic_inference, query_fates, semantic_inference
from segtutor.inference.common import upsample
from segtutor.outputs import MaskOutput
from segtutor.segments import Categories
from segtutor.widgets.base.canvas import built, png_bytes
from segtutor.widgets.base.payload import checked_pixels, query_colors, reduced_picture, shown_size
from segtutor.widgets.base.quantised import mask_payload, semantic_png
from segtutor.widgets.base.reading import (
    checked_query,
    class_records,
    layer_words,
    mask_segmenter,
    query_order,
    thresholds_of,
)
from segtutor.widgets.base.shelf import ShelfWidget
from segtutor.words import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
SORTS = ("number", "score", "area", "class")
FILTERS = ("all", "kept", "classes", "no object")
VIEWS = ("mask", "semantic", "instance", "panoptic")
TOP_K = 100  # instance inference ranks so many (query, class) pairs


class QueryExplorer(ShelfWidget):
    """See all queries at once; hold one to learn its mask, its classes, and its fate in the three inferences.

    segmenter: of family "mask"; its `set_image(image)` is called. image: whatever `set_image` takes; None = the
    picture that the segmenter already has. layer, query, sort, show, view: where to begin, see the traits.
    score_threshold, mask_threshold, overlap_threshold: 0..1, of panoptic inference; None = the model's card.
    longest_side: a larger picture is shown reduced to it. thumbnail: pixels of a query's small mask, longer side.
    preload: send all layers at once, for a page that will have no kernel to ask.

    Traits, in both directions: `query`, the one that is held (None = none); `layer`, 0 to len(layers) - 1, the last
    being what the model finally says (`layers` has their names); `sort`, one of "number", "score", "area", "class",
    and `show`, one of "all", "kept", "classes", "no object", both as in the last layer, so that a query keeps its
    place while the layer moves; `view`, what the picture shows: "mask", "semantic", "instance", "panoptic".
    `networks`, a list with the network's name: another of the shelf's may be set, or chosen on the page.
    Read: `fate`, what becomes of the held query in the layer shown. Areas count pixels of `size`.

    Raises UserError: no mask classifier, a query or layer that does not exist, a threshold outside 0..1.
    """

    _esm = built("queries.js")
    _css = built("queries.css")

    query = traitlets.Int(None, allow_none=True, help="the query that is held, 0..Q-1").tag(sync=True)
    layer = traitlets.Int(0, help="position in `layers`").tag(sync=True)
    sort = traitlets.Enum(SORTS, "score", help="order of the queries, as in the last layer").tag(sync=True)
    show = traitlets.Enum(FILTERS, "all", help="which queries, as in the last layer").tag(sync=True)
    view = traitlets.Enum(VIEWS, "mask", help="what the picture shows of a query").tag(sync=True)
    # What the browser computes from; written once.
    layers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    colors = traitlets.List(help="[r, g, b] of each query").tag(sync=True)
    thresholds = traitlets.Dict().tag(sync=True)
    thumbnail = traitlets.Int(64).tag(sync=True)
    sent = traitlets.Dict(help="what was sent of each layer, by its position as text").tag(sync=True)

    def __init__(
        self,
        segmenter: Any,
        image: Any = None,
        *,
        layer: int | None = None,
        query: int | None = None,
        sort: str = "score",
        show: str = "all",
        view: str = "mask",
        score_threshold: float | None = None,
        mask_threshold: float | None = None,
        overlap_threshold: float | None = None,
        longest_side: int = LONGEST_SIDE,
        thumbnail: int = 64,
        preload: bool = False,
    ):
        checked_pixels("thumbnail", thumbnail)
        output, self._picture = mask_segmenter(segmenter, image)
        size = self._size = shown_size(self._picture.shape[:2], longest_side)
        self._image = reduced_picture(self._picture, size)
        self._given = score_threshold, mask_threshold, overlap_threshold
        super().__init__(
            size=list(size),
            picture=png_bytes(self._image),
            thumbnail=thumbnail,
            **self._made_from(segmenter, output, preload),
        )
        self.layer = len(self._outputs) - 1 if layer is None else layer
        self.query, self.sort, self.show, self.view = query, sort, show, view
        self.on_msg(self._asked)
        self._offer([segmenter], [("mask",)])

    def _made_from(self, segmenter: Any, output: MaskOutput, preload: bool) -> dict[str, Any]:
        """The traits that the browser computes from."""
        self._categories = Categories.from_coco(segmenter.categories)
        self._outputs = [*output.layers, output]
        self._read: dict[int, tuple[dict, MaskOutput]] = {}
        thresholds = thresholds_of(segmenter, *self._given)
        last = len(self._outputs) - 1
        fates = query_fates(self._prediction(last), self._size, self._categories, **thresholds)
        return {
            "layers": _layer_names(len(self._outputs), getattr(segmenter, "card", {}).get("model_type")),
            "classes": class_records(self._categories),
            "colors": query_colors(fates, self._categories),
            "thresholds": thresholds,
            "sent": {str(n): self._payload(n) for n in range(last + 1) if preload or n == last},
        }

    def _put(self, segmenters: list[Any]) -> None:
        output, _ = mask_segmenter(segmenters[0], self._picture)
        self.query = None
        for name, value in self._made_from(segmenters[0], output, False).items():
            setattr(self, name, value)
        self.layer = len(self._outputs) - 1

    def _prediction(self, layer: int) -> MaskOutput:
        """The output of a layer, as it was sent."""
        if layer not in self._read:
            self._read[layer] = mask_payload(self._outputs[layer])
        return self._read[layer][1]

    def _payload(self, layer: int) -> dict[str, Any]:
        semantic = semantic_png(self._prediction(layer), self._size)
        return {**self._read[layer][0], "semantic": semantic}

    def complete(self) -> None:
        """Sends the layers that the browser would ask for, as `preload` does: for a page without a kernel."""
        self.sent = {str(layer): self._payload(layer) for layer in range(len(self._outputs))}

    def _asked(self, _widget: Any, content: dict, _buffers: Any) -> None:
        """The browser looks at a layer for the first time: sends the masks, then the slower semantic prediction."""
        layer = content.get("layer")
        if content.get("kind") == "layer" and isinstance(layer, int) and 0 <= layer < len(self._outputs):
            prediction, payload = self._prediction(layer), self._read[layer][0]
            names = [name for name, value in payload.items() if isinstance(value, bytes)]
            plain = {"kind": "layer", "layer": layer, "grid": payload["grid"], "names": names}
            self.send(plain, [payload[name] for name in names])
            self.send({"kind": "semantic", "layer": layer}, [semantic_png(prediction, self._size)])

    @traitlets.validate("layer")
    def _checked_layer(self, proposal: dict) -> int:
        if not 0 <= proposal["value"] < len(self._outputs):
            raise UserError(
                f"layer must be 0 to {len(self._outputs) - 1}, got {proposal['value']}: `layers` has their names"
            )
        return proposal["value"]

    @traitlets.validate("query")
    def _checked_query(self, proposal: dict) -> int | None:
        return checked_query(proposal["value"], self._outputs[-1].class_logits.shape[1])

    @property
    def output(self) -> MaskOutput:
        """What the layer shown predicts, as it was sent: the numbers that everything here is computed from."""
        return self._prediction(self.layer)

    @property
    def fate(self) -> dict[str, Any]:
        """What becomes of the held query in the layer shown; {} where none is held.

        {"query", "layer", "class", "score", "panoptic": {"fate", "area", "mask_area"}, "instance": [{"rank" (from 1),
        "class", "score"}, ...], "semantic": {"class", "mask_area", "agrees"}}: the most probable class ("no object"
        is one in the first, not in "semantic"), and the share of the mask whose semantic prediction is that class.
        """
        if self.query is None:
            return {}
        output, size, query = self.output, self._size, self.query
        fate = query_fates(output, size, self._categories, **self.thresholds)[query]
        ranking = instance_ranking(output, size, self._categories)
        ranks = [
            {"rank": rank, "class": self._categories[label].name, "score": score}
            for rank, (one, label, score) in enumerate(ranking, 1)
            if one == query
        ]
        label = int(output.class_logits[0, query, :-1].argmax())
        mask = (upsample(output.mask_logits[0, query], size).sigmoid() >= self.thresholds["mask_threshold"]).numpy()
        agrees = semantic_inference(output, size).semantic()[mask] == label
        name = "no object" if fate.category_id is None else self._categories.by_id(fate.category_id).name
        return {
            "query": query,
            "layer": self.layers[self.layer],
            "class": name,
            "score": fate.score,
            "panoptic": {"fate": fate.fate, "area": fate.area, "mask_area": fate.mask_area},
            "instance": ranks,
            "semantic": {"class": self._categories[label].name, "mask_area": int(mask.sum())}
            | {"agrees": float(agrees.mean()) if agrees.size else 0.0},
        }

    def alternative(self) -> str:
        """What the widget shows, in one sentence."""
        fates = query_fates(self.output, self._size, self._categories, **self.thresholds)
        counts = Counter(
            self._categories.by_id(f.category_id).name for f in fates if f.fate == "kept" and f.category_id
        )
        kept = ", ".join(
            tr("{n} {name}", self.language, n=n, name=tr(name, self.language)) for name, n in counts.items()
        )
        text = tr(
            "{n} queries, {layer}; {kept} kept in panoptic inference: {names}.",
            self.language,
            n=len(fates),
            layer=layer_words(self.layers[self.layer], self.language),
            kept=counts.total(),
            names=kept or tr("none", self.language),
        )
        if self.query is None:
            return text
        fate = self.fate
        held = tr(
            "Query {query} is held: {name}, score {score}, {fate}.",
            self.language,
            query=self.query,
            name=tr(fate["class"], self.language),
            score=f"{fate['score']:.2f}",
            fate=tr(fate["panoptic"]["fate"], self.language),
        )
        return f"{text} {held}"

    def _thumbnails(self, most: int, width: int) -> tuple[list[np.ndarray], list[str]]:
        """Small heat maps of the first queries in the order shown, and what they say."""
        from segtutor.show import mask_heatmap

        probs = self.output.class_logits[0].softmax(dim=-1)
        size = shown_size(self._size, width)
        ground = reduced_picture(self._image, size)
        pictures, titles = [], []
        for query in query_order(self._prediction(len(self.layers) - 1), self.sort)[:most]:
            score, label = probs[query].max(dim=-1)
            name = "no object" if int(label) == len(self._categories) else self._categories[int(label)].name
            heat = upsample(self.output.mask_logits[0, query], size).sigmoid().numpy()
            pictures.append(mask_heatmap(ground, heat, threshold=None))
            titles.append(f"{query} {name} {float(score):.2f}")
        return pictures, titles

    def still(self) -> np.ndarray:
        """The mask of the held query over the picture; where none is held the panoptic prediction of the layer."""
        from segtutor.show import mask_heatmap, overlay

        size = self._size
        if self.query is None:
            return overlay(self._image, panoptic_inference(self.output, size, self._categories, **self.thresholds))
        heat = upsample(self.output.mask_logits[0, self.query], size).sigmoid().numpy()
        return mask_heatmap(self._image, heat, threshold=self.thresholds["mask_threshold"])

    def figure(self) -> Figure:
        """The picture and the first 23 queries in the order shown, each with its class and score."""
        from segtutor.show import gallery

        pictures, titles = self._thumbnails(23, 128)
        first = "panoptic answer" if self.query is None else f"query {self.query}"
        still = reduced_picture(self.still(), shown_size(self._size, 128))
        return gallery([still, *pictures], [first, *titles], columns=6, width=128, description=self.alternative())

    def __repr__(self) -> str:
        held = "none held" if self.query is None else f"query {self.query} held"
        where = f"{self.layers[self.layer]} of {len(self.layers)} predictions"
        return f"QueryExplorer({len(self.colors)} queries, {where}, {held})"


def _layer_names(count: int, model_type: str | None) -> list[str]:
    """What the predictions of a decoder are called, first one first."""
    family = families.families().get(str(model_type))
    first = ["initial queries"] if family is not None and family.initial_prediction and count > 1 else []
    return [*first, *(f"layer {n}" for n in range(1, count - len(first) + 1))]


def instance_ranking(output: MaskOutput, size: tuple[int, int], categories: Categories) -> list[tuple[int, int, float]]:
    """(query, label, score) of each instance, in the order of `instance_inference`, which does not say the query."""
    probs = output.class_logits[0].float().softmax(dim=-1)[:, :-1]
    ranked, pairs = probs.flatten().sort(descending=True, stable=True)
    found, quality = [], {}
    for pair, prob in zip(pairs[:TOP_K].tolist(), ranked[:TOP_K], strict=True):
        query, label = divmod(pair, len(categories))
        if not categories[label].isthing:
            continue
        if query not in quality:
            logits = upsample(output.mask_logits[0, query], size)
            inside = logits > 0
            quality[query] = logits.sigmoid_().mul_(inside).sum() / (inside.sum() + 1e-6)
        found.append((query, label, float(prob * quality[query])))
    return sorted(found, key=lambda one: -one[2])
