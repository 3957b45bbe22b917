"""AttentionExplorer: what a query looks at, with and without its mask; what a pixel reads; which queries compare notes.

The network runs once more while its attentions are heard (models/attention.py), in our modules as in transformers'.
The layer in sight is sent, at most 1 MB (see data.py), an earlier or later one when it is looked at; the
browser draws. "Without the mask" is one layer recomputed from the same queries and keys: what this very query would
have looked at here, not what a network without masks would have become.

Taught in notebooks/06_what_is_a_query and 07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.models.attention import read_attention
from segtutor.segments import Categories
from segtutor.show.words import percent
from segtutor.widgets.attention.data import Payload, layer_payload, owners, sampling_payload
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import reduced_picture, shown_size
from segtutor.widgets.base.reading import class_records, mask_segmenter, query_order

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
VIEWS = ("cross", "sampling", "self")


class AttentionExplorer(CanvasWidget):
    """Hold a query and see where each layer and head of it looked; point at a pixel and see what it reads.

        explorer = st.widgets.AttentionExplorer(st.load("mask2former-toytown"), picture)

    segmenter: of family "mask", from `st.load` with either engine: Mask2Former, OneFormer, MaskFormer, DETR, EoMT.
    Of the last three what queries look at: self-attention among positions (DETR's encoder, EoMT's blocks) is not shown.
    image: whatever `set_image` takes; None = the picture that the segmenter already has. view, query, layer, head,
    masked, pixel, encoder_layer, level: where to begin, see the traits. longest_side: a larger picture is reduced.
    preload: send all layers at once, for a page that will have no kernel to ask.

    Traits, in both directions: `view`, "cross" (a query at the picture), "sampling" (a pixel at the maps of the
    pixel decoder; only models with deformable attention), "self" (queries at queries); `query`, 0..Q-1; `layer`, a
    position in `layers`; `head`, None = the mean of all; `masked`, True as the layer ran, False without the mask,
    None both side by side; `pixel`, [x, y] in pixels of `size`, None = none; `encoder_layer`, of the pixel decoder;
    `level`, the map whose position at that pixel is asked, 0 = coarsest.
    Read: `reading`, `weights()`, `points()`, `partners()`, all from the exact numbers.

    Raises UserError: a model without queries that look at the picture, a query, layer, head or pixel that is not there.
    """

    _esm = built("attention.js")
    _css = built("attention.css")

    view = traitlets.Enum(VIEWS, "cross").tag(sync=True)
    query = traitlets.Int(0, help="the query that is held, 0..Q-1").tag(sync=True)
    layer = traitlets.Int(0, help="position in `layers`").tag(sync=True)
    head = traitlets.Int(None, allow_none=True, help="None = the mean of all heads").tag(sync=True)
    masked = traitlets.Bool(None, allow_none=True, help="None = with and without").tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), None, allow_none=True, help="[x, y] that is looked at").tag(sync=True)
    encoder_layer = traitlets.Int(0, help="layer of the pixel decoder").tag(sync=True)
    level = traitlets.Int(0, help="the map that the cell is of, 0 = coarsest").tag(sync=True)
    # What the browser computes from; written once.
    layers = traitlets.List(traitlets.Dict(), help="of the decoder: name, size [h, w], stride, masked").tag(sync=True)
    encoder = traitlets.Dict(help="of the pixel decoder: layers, sizes, strides").tag(sync=True)
    heads = traitlets.Dict(help="how many: decoder, encoder").tag(sync=True)
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    queries = traitlets.Dict(help="labels (K = no object), scores, by_score, by_class").tag(sync=True)
    extent = traitlets.List(help="the shares of a map's rows and columns that show the picture").tag(sync=True)
    owners = traitlets.Dict(help="grid, codes: which query claims a pixel").tag(sync=True)
    sent = traitlets.Dict(help="what was sent of each layer, by its name").tag(sync=True)

    def __init__(
        self,
        segmenter: Any,
        image: Any = None,
        *,
        view: str = "cross",
        query: int | None = None,
        layer: int | None = None,
        head: int | None = None,
        masked: bool | None = None,
        pixel: tuple[int, int] | None = None,
        encoder_layer: int | None = None,
        level: int | None = None,
        longest_side: int = LONGEST_SIDE,
        preload: bool = False,
    ):
        output, picture = mask_segmenter(segmenter, image)
        seen = self._seen = read_attention(segmenter)
        self._categories = Categories.from_coco(segmenter.categories)
        self._size = shown_size(picture.shape[:2], longest_side)
        self._image = reduced_picture(picture, self._size)
        probs = output.class_logits[0].detach().float().softmax(-1).cpu()
        scores, labels = probs.max(-1)
        stride = lambda size: round(seen.input_size[0] / size[0])  # noqa: E731
        super().__init__(
            size=list(self._size),
            picture=png_bytes(self._image),
            layers=[
                {"name": f"layer {n}", "size": list(one.size), "stride": stride(one.size)}
                | {"masked": one.inside is not None}
                for n, one in enumerate(seen.layers, 1)
            ],
            encoder={"layers": len(seen.sampling), "sizes": [list(size) for size in seen.sizes]}
            | {"strides": [stride(size) for size in seen.sizes]},
            heads={
                "decoder": seen.layers[0].cross.queries.shape[0],
                "encoder": seen.sampling[0].weights.shape[2] if seen.sampling else 0,
            },
            classes=class_records(self._categories),
            queries={"labels": labels.tolist(), "scores": [round(score, 4) for score in scores.tolist()]}
            | {"by_score": query_order(output, "score"), "by_class": query_order(output, "class")},
            extent=list(seen.extent),
            owners=owners(probs, output.mask_logits[0]),
        )
        self.view = view
        self.query = self._most_certain_thing() if query is None else query
        self.layer = len(seen.layers) - 1 if layer is None else layer
        self.head, self.masked = head, masked
        self.encoder_layer = max(0, len(seen.sampling) - 1) if encoder_layer is None else encoder_layer
        self.level = max(0, len(seen.sizes) - 1) if level is None else level
        self.pixel = None if pixel is None else list(pixel)
        wanted = [f"layer {self.layer}", *([f"sampling {self.encoder_layer}"] if view == "sampling" else [])]
        self.sent = {part: self._part(part) for part in wanted}
        if preload:
            self.complete()
        self.on_msg(self._asked)

    def complete(self) -> None:
        """Sends all layers, as `preload` does: for a page without a kernel."""
        wanted = [f"layer {n}" for n in range(len(self._seen.layers))]
        wanted += [f"sampling {n}" for n in range(len(self._seen.sampling))]
        self.sent = {part: self._part(part) for part in wanted}

    def _most_certain_thing(self) -> int:
        """Where to begin: a small mask shows more than one of stuff does."""
        order, labels = self.queries["by_score"], self.queries["labels"]
        things = [k for k, category in enumerate(self._categories) if category.isthing]
        return next((query for query in order if labels[query] in things), order[0])

    def _part(self, name: str) -> Payload | None:
        """The payload of "layer N", "layer N query Q" (in full resolution) or "sampling N"; None for anything else."""
        seen, queries = self._seen, range(len(self.queries["labels"]))
        found = re.fullmatch(r"(layer|sampling) (\d+)(?: query (\d+))?", name)
        if found is None:
            return None
        kind, number, query = found[1], int(found[2]), found[3]
        if kind == "sampling":
            return sampling_payload(seen, number) if query is None and number < len(seen.sampling) else None
        if number >= len(seen.layers) or (query is not None and int(query) not in queries):
            return None
        return layer_payload(seen.layers[number], None if query is None else int(query))

    def _asked(self, _widget: Any, content: dict, _buffers: Any) -> None:
        """The browser looks at something for the first time."""
        name = content.get("part")
        payload = self._part(name) if isinstance(name, str) else None
        if payload is not None:
            names = [key for key, value in payload.items() if isinstance(value, bytes)]
            plain = {key: value for key, value in payload.items() if key not in names}
            self.send({"part": name, "plain": plain, "names": names}, [payload[key] for key in names])

    @traitlets.validate("query", "layer", "head", "encoder_layer", "level")
    def _checked(self, proposal: dict) -> int | None:
        name, value = proposal["trait"].name, proposal["value"]
        counts = {
            "query": len(self.queries["labels"]),
            "layer": len(self._seen.layers),
            "head": max(self.heads.values()),
            "encoder_layer": max(1, len(self._seen.sampling)),
            "level": max(1, len(self._seen.sizes)),
        }
        if value is not None and not 0 <= value < counts[name]:
            more = ", or None for their mean" if name == "head" else ""
            raise UserError(f"{name} must be 0 to {counts[name] - 1}{more}, got {value}")
        return value

    @traitlets.validate("pixel")
    def _checked_pixel(self, proposal: dict) -> list[int] | None:
        pixel, (height, width) = proposal["value"], self.size
        if pixel is not None and (len(pixel) != 2 or not 0 <= pixel[0] < width or not 0 <= pixel[1] < height):
            raise UserError(
                f"pixel must be [x, y] with x 0 to {width - 1} and y 0 to {height - 1}, got {list(pixel)}: the "
                f"picture is shown at {width} x {height}"
            )
        return pixel

    @traitlets.validate("view")
    def _checked_view(self, proposal: dict) -> str:
        if proposal["value"] == "sampling" and not self.encoder["layers"]:
            raise UserError(
                'view must be "cross" or "self" for a model without deformable attention, got "sampling": '
                "Mask2Former and OneFormer have a pixel decoder that reads maps at points"
            )
        return proposal["value"]

    # ---- what is read back to Python, from the exact numbers

    def weights(self, masked: bool = True) -> np.ndarray:
        """What the held query took from each position of the layer's map, (h, w) float, summing to 1 (in EoMT to less).

        Of `head`, or the mean of all. masked: as the layer ran; False: recomputed without the mask.
        """
        return self.weights_of(masked, self.head)

    def weights_of(self, masked: bool, head: int | None) -> np.ndarray:
        """`weights` of any head; None = the mean of all."""
        layer = self._seen.layers[self.layer]
        rows = layer.cross.weights(masked=masked, queries=slice(self.query, self.query + 1))[:, 0]
        row = rows.mean(0) if head is None else rows[min(head, len(rows) - 1)]
        return row.reshape(layer.size).cpu().numpy()

    def partners(self) -> list[dict[str, Any]]:
        """At which queries the held one looked in the self-attention of the layer: query, class, weight; most first."""
        rows = self._seen.layers[self.layer].among.weights(queries=slice(self.query, self.query + 1))[:, 0]
        row = (rows.mean(0) if self.head is None else rows[min(self.head, len(rows) - 1)]).cpu()
        return [
            {"query": other, "class": self._name(other), "weight": float(row[other])}
            for other in row.argsort(descending=True, stable=True).tolist()
        ]

    def place(self) -> tuple[int, int]:
        """(row, column) of the cell of the map `level` that holds `pixel`, or the middle pixel if none is chosen."""
        (height, width), (h, w) = self.size, self._seen.sizes[self.level]
        x, y = self.pixel or [width // 2, height // 2]
        row, column = (y + 0.5) / height * self.extent[0] * h, (x + 0.5) / width * self.extent[1] * w
        return min(h - 1, int(row)), min(w - 1, int(column))

    def points(self) -> list[dict[str, Any]]:
        """Where that cell read, in `encoder_layer`: head, level, x, y (pixels of `size`), weight (sum to 1 a head)."""
        seen, (row, column) = self._seen, self.place()
        first = sum(h * w for h, w in seen.sizes[: self.level])
        number = first + row * seen.sizes[self.level][1] + column
        record, scale = seen.sampling[self.encoder_layer], [n / e for n, e in zip(self.size, self.extent, strict=True)]
        where, shares = record.points[0, number].cpu(), record.weights[0, number].cpu()
        heads = range(len(shares)) if self.head is None else [min(self.head, len(shares) - 1)]
        return [
            {"head": head, "level": level, "x": float(x) * scale[1], "y": float(y) * scale[0], "weight": float(share)}
            for head in heads
            for level in range(shares.shape[1])
            for (x, y), share in zip(where[head, level], shares[head, level], strict=True)
        ]

    def _name(self, query: int) -> str:
        label = self.queries["labels"][query]
        return self._categories[label].name if label < len(self._categories) else "no object"

    @property
    def reading(self) -> dict[str, Any]:
        """The held query in the layer shown.

        {"query", "class", "score", "layer", "size" (h, w), "stride", "head", "masked" (whether a mask limits it),
        "empty" (the empty-mask rule applied), "allowed" (positions, None = all), "largest", "largest_free" (the largest
        weight with and without the mask), "inside" (of the weight on positions without the mask, the share inside it)}.
        """
        layer, free = self._seen.layers[self.layer], self.weights(masked=False)
        empty = bool(layer.empty[self.query])
        inside = None if layer.inside is None or empty else layer.inside[self.query].reshape(layer.size).cpu().numpy()
        return {
            "query": self.query,
            "class": self._name(self.query),
            "score": self.queries["scores"][self.query],
            "layer": self.layers[self.layer]["name"],
            "size": layer.size,
            "stride": self.layers[self.layer]["stride"],
            "head": self.head,
            "masked": inside is not None,
            "empty": empty,
            "allowed": None if inside is None else int(inside.sum()),
            "largest": float(self.weights().max()),
            "largest_free": float(free.max()),
            "inside": None if inside is None else float(free[inside].sum() / free.sum()),
        }

    def sentence(self) -> str:
        """What the view shows, in one sentence."""
        heads = "the mean of all heads" if self.head is None else f"head {self.head + 1}"
        if self.view == "sampling":
            return self._points_sentence(heads)
        read = self.reading
        who = f"Query {read['query']} ({read['class']}, score {read['score']:.2f}) in {read['layer']}, {heads}"
        if self.view == "self":
            best = [f"{one['query']} {one['class']} {percent(one['weight'])}" for one in self.partners()[:4]]
            return f"{who}, looks at queries {', '.join(best)}."
        where = f"{who}, reads the map at 1/{read['stride']} ({read['size'][0]} x {read['size'][1]} cells): "
        most = f"the largest weight of a cell is {percent(read['largest'])}"
        if read["empty"]:
            return f"{where}its mask is empty, so by the empty-mask rule it looks everywhere; {most}."
        if not read["masked"]:
            return f"{where}no mask limits it; {most}."
        allowed = "1 cell" if read["allowed"] == 1 else f"{read['allowed']} cells"
        return (
            f"{where}its mask allows {allowed} and {most}; without the mask the largest would be "
            f"{percent(read['largest_free'])}, and {percent(read['inside'])} of the weight would lie inside the mask."
        )

    def _points_sentence(self, heads: str) -> str:
        row, column = self.place()
        heads = "all heads" if self.head is None else heads
        stride, strides = self.encoder["strides"][self.level], self.encoder["strides"]
        points = self.points()
        count = len({point["head"] for point in points})
        shares = [sum(point["weight"] for point in points if point["level"] == n) / count for n in range(len(strides))]
        told = ", ".join(f"{percent(share)} from 1/{one}" for one, share in zip(strides, shares, strict=True))
        x, y = self.pixel or [self.size[1] // 2, self.size[0] // 2]
        return (
            f"In layer {self.encoder_layer + 1} of the pixel decoder the cell of pixel ({x}, {y}) in the map "
            f"at 1/{stride} (row {row}, column {column}) reads {len(points)} points, {heads}: {told}."
        )

    # ---- readers without a browser

    def alternative(self) -> str:
        """What the view shows, in one sentence."""
        return self.sentence()

    def still(self) -> np.ndarray:
        """The view as an array: the weights over the picture, the points on it, or the matrix of the queries."""
        from segtutor.widgets.attention.still import still

        return still(self)

    def figure(self) -> Figure:
        """The view as a figure: with and without the mask, all heads; the points of the pixel; the matrix."""
        from segtutor.widgets.attention.still import figure

        return figure(self)

    def __repr__(self) -> str:
        what = {"cross": f"query {self.query}", "sampling": f"pixel {self.pixel}", "self": f"query {self.query}"}
        where = f"layer {self.encoder_layer + 1}" if self.view == "sampling" else self.layers[self.layer]["name"]
        return f"AttentionExplorer({len(self.queries['labels'])} queries, {self.view}, {where}, {what[self.view]})"
