"""AttentionExplorer: what a query looks at, with and without its mask; what a pixel reads; which queries compare notes.

For a promptable network the same of one prompt's tokens, and besides what the picture takes from each of them.

The network runs once more while its attentions are heard (models/attention.py), in our modules as in transformers'.
The layer in sight is sent, at most 1 MB (see data.py), an earlier or later one when it is looked at; the
browser draws. "Without the mask" is one layer recomputed from the same queries and keys: what this very query would
have looked at here, not what a network without masks would have become.

Taught in notebooks/05_how_does_a_cell_read_many_scales, 06_what_is_a_query and
07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.show.words import percent
from segtutor.widgets.attention.data import Payload, layer_payload, sampling_payload
from segtutor.widgets.attention.subject import subject_of
from segtutor.widgets.base.canvas import CanvasWidget, built, png_bytes
from segtutor.widgets.base.payload import reduced_picture, shown_size
from segtutor.widgets.base.reading import layer_words
from segtutor.words import tr, tr_count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
VIEWS = ("cross", "sampling", "self", "back")


class AttentionExplorer(CanvasWidget):
    """Hold a query and see where each layer and head of it looked; point at a pixel and see what it reads.

        explorer = st.widgets.AttentionExplorer(st.load("mask2former-toytown"), picture)
        explorer = st.widgets.AttentionExplorer(st.load("sam-toytown"), picture, points=[(40, 60)])

    segmenter: of family "mask", from `st.load` with either engine: Mask2Former, OneFormer, MaskFormer, DETR, EoMT.
    Of the last three what queries look at: self-attention among positions (DETR's encoder, EoMT's blocks) is not shown.
    Or sam-toytown or SAM, with points, labels and boxes as `predict` takes them, about one object: the tokens of this
    prompt are what is called queries here, and the decoder's last look is the last layer.
    image: whatever `set_image` takes; None = the picture that the segmenter already has. view, query, layer, head,
    masked, pixel, encoder_layer, level: where to begin, see the traits. longest_side: a larger picture is reduced.
    preload: send all layers at once, for a page that will have no kernel to ask.

    Traits, in both directions: `view`, "cross" (a query at the picture), "sampling" (a pixel at the maps of the
    pixel decoder; only models with deformable attention), "self" (queries at queries), "back" (the picture at a token;
    only promptable models); `query`, 0..Q-1; `layer`, a position in `layers` (in "self" and "back" the last look counts
    as the layer before: only tokens look there); `head`, None = the mean of all; `masked`, True as the layer ran,
    False without the mask, None both side by side; `pixel`, [x, y] in pixels of `size`, None = none; `encoder_layer`,
    of the pixel decoder; `level`, the map whose position at that pixel is asked, 0 = coarsest.
    Read: `reading`, `weights()`, `points()`, `partners()`, all from the exact numbers.

    Raises UserError: a model without queries that look at the picture, a prompt for one that takes none or none for one
    that needs it, a query, layer, head or pixel that is not there.
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
    term = traitlets.Unicode(help="what a query is called: query, token").tag(sync=True)
    sent = traitlets.Dict(help="what was sent of each layer, by its name").tag(sync=True)

    def __init__(
        self,
        segmenter: Any,
        image: Any = None,
        *,
        points: Any = None,
        labels: Any = None,
        boxes: Any = None,
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
        subject = subject_of(segmenter, image, {"points": points, "labels": labels, "boxes": boxes})
        seen = self._seen = subject.seen
        self._names, self._many = subject.names, "queries" if subject.term == "query" else "tokens"
        self._size = shown_size(subject.picture.shape[:2], longest_side)
        self._image = reduced_picture(subject.picture, self._size)
        stride = lambda size: round(seen.input_size[0] / size[0])  # noqa: E731
        super().__init__(
            size=list(self._size),
            picture=png_bytes(self._image),
            layers=[
                {
                    "name": f"layer {n}" if one.among is not None else "the last look",
                    "size": list(one.size),
                    "stride": stride(one.size),
                }
                | {"masked": one.inside is not None, "mutual": one.among is not None, "back": one.back is not None}
                for n, one in enumerate(seen.layers, 1)
            ],
            encoder={"layers": len(seen.sampling), "sizes": [list(size) for size in seen.sizes]}
            | {"strides": [stride(size) for size in seen.sizes]},
            heads={
                "decoder": seen.layers[0].cross.queries.shape[0],
                "encoder": seen.sampling[0].weights.shape[2] if seen.sampling else 0,
            },
            classes=subject.classes,
            queries=subject.queries,
            extent=list(seen.extent),
            owners=subject.owners,
            term=subject.term,
        )
        self.view = view
        self.query = subject.first if query is None else query
        self.layer = len(seen.layers) - 1 if layer is None else layer
        self.head, self.masked = head, masked
        self.encoder_layer = max(0, len(seen.sampling) - 1) if encoder_layer is None else encoder_layer
        self.level = max(0, len(seen.sizes) - 1) if level is None else level
        self.pixel = None if pixel is None else list(pixel)
        wanted = [f"layer {self._at}", *([f"sampling {self.encoder_layer}"] if view == "sampling" else [])]
        self.sent = {part: self._part(part) for part in wanted}
        if preload:
            self.complete()
        self.on_msg(self._asked)

    def complete(self) -> None:
        """Sends all layers, as `preload` does: for a page without a kernel."""
        wanted = [f"layer {n}" for n in range(len(self._seen.layers))]
        wanted += [f"sampling {n}" for n in range(len(self._seen.sampling))]
        self.sent = {part: self._part(part) for part in wanted}

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
        if proposal["value"] == "back" and not self.layers[0]["back"]:
            raise UserError(
                'view must be "cross", "self" or "sampling" for a model of queries, got "back": only in promptable '
                "models, such as sam-toytown, does the picture look at tokens"
            )
        return proposal["value"]

    @property
    def _at(self) -> int:
        """The layer in sight: `layer`, or in "self" and "back" the last that has what is asked for."""
        if self.view not in ("self", "back"):
            return self.layer
        return min(self.layer, max(n for n, one in enumerate(self.layers) if one["mutual"]))

    # ---- what is read back to Python, from the exact numbers

    def weights(self, masked: bool = True) -> np.ndarray:
        """What the held query took from each position of the layer's map, (h, w) float, summing to 1 (in EoMT to less).

        Of `head`, or the mean of all. masked: as the layer ran; False: recomputed without the mask. In the view "back"
        the share that each position took from the token, 0..1; over all tokens these sum to 1.
        """
        return self.weights_of(masked, self.head)

    def weights_of(self, masked: bool, head: int | None) -> np.ndarray:
        """`weights` of any head; None = the mean of all."""
        layer = self._seen.layers[self._at]
        if self.view == "back":
            rows = layer.back.weights()[..., self.query]
        else:
            rows = layer.cross.weights(masked=masked, queries=slice(self.query, self.query + 1))[:, 0]
        row = rows.mean(0) if head is None else rows[min(head, len(rows) - 1)]
        return row.reshape(layer.size).cpu().numpy()

    def partners(self) -> list[dict[str, Any]]:
        """At which queries the held one looked in the self-attention of the layer: query, class, weight; most first."""
        rows = self._seen.layers[self._at].among.weights(queries=slice(self.query, self.query + 1))[:, 0]
        row = (rows.mean(0) if self.head is None else rows[min(self.head, len(rows) - 1)]).cpu()
        return [
            {"query": other, "class": self._names[other], "weight": float(row[other])}
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

    @property
    def reading(self) -> dict[str, Any]:
        """The held query in the layer shown.

        {"query", "class", "score" (None of a token that becomes no mask), "layer", "size" (h, w), "stride", "head",
        "masked" (whether a mask limits it), "empty" (the empty-mask rule applied), "allowed" (positions, None = all),
        "largest", "largest_free" (the largest weight with and without the mask), "inside" (of the weight on positions
        without the mask, the share inside it)}.
        """
        layer, free = self._seen.layers[self._at], self.weights(masked=False)
        empty = bool(layer.empty[self.query])
        inside = None if layer.inside is None or empty else layer.inside[self.query].reshape(layer.size).cpu().numpy()
        return {
            "query": self.query,
            "class": self._names[self.query],
            "score": self.queries["scores"][self.query],
            "layer": self.layers[self._at]["name"],
            "size": layer.size,
            "stride": self.layers[self._at]["stride"],
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
        language = self.language
        heads = tr("the mean of all heads", language) if self.head is None else self._head_words()
        if self.view == "sampling":
            return self._points_sentence()
        read = self.reading
        said = {
            "term": tr(self.term.capitalize(), language),
            "query": read["query"],
            "name": tr(read["class"], language),
            "score": "" if read["score"] is None else f"{read['score']:.2f}",
            "layer": layer_words(read["layer"], language),
            "heads": heads,
        }
        who = (
            tr("{term} {query} ({name}, score {score}) in {layer}, {heads}", language, **said)
            if said["score"]
            else tr("{term} {query} ({name}) in {layer}, {heads}", language, **said)
        )
        if self.view == "self":
            best = [f"{one['query']} {tr(one['class'], language)} {percent(one['weight'])}" for one in self.partners()]
            looks = {"who": who, "many": tr(self._many, language), "list": ", ".join(best[:4])}
            return tr("{who}, looks at {many} {list}.", language, **looks)
        said = {"who": who, "stride": read["stride"], "h": read["size"][0], "w": read["size"][1]}
        return self._back_sentence(said) if self.view == "back" else self._cross_sentence(said, read)

    def _head_words(self) -> str:
        return tr("head {n}", self.language, n=self.head + 1)

    def _back_sentence(self, said: dict[str, Any]) -> str:
        shares = self.weights()
        return tr(
            "{who}: the cells of the map at 1/{stride} ({h} x {w}) take {least} to {most} of what they take from "
            "tokens from this one; if all {n} were alike it would be {alike}.",
            self.language,
            **said,
            least=percent(float(shares.min())),
            most=percent(float(shares.max())),
            n=len(self._names),
            alike=percent(1 / len(self._names)),
        )

    def _cross_sentence(self, said: dict[str, Any], read: dict[str, Any]) -> str:
        language = self.language
        where = tr("{who}, reads the map at 1/{stride} ({h} x {w} cells):", language, **said)
        largest = percent(read["largest"])
        if read["empty"]:
            told = tr(
                "its mask is empty, so by the empty-mask rule it looks everywhere; the largest weight of a cell is "
                "{largest}.",
                language,
                largest=largest,
            )
        elif not read["masked"]:
            told = tr("no mask limits it; the largest weight of a cell is {largest}.", language, largest=largest)
        else:
            told = tr_count(
                "its mask allows {n} cell and the largest weight of a cell is {largest}; without the mask the largest "
                "would be {free}, and {inside} of the weight would lie inside the mask.",
                "its mask allows {n} cells and the largest weight of a cell is {largest}; without the mask the largest "
                "would be {free}, and {inside} of the weight would lie inside the mask.",
                read["allowed"],
                language,
                largest=largest,
                free=percent(read["largest_free"]),
                inside=percent(read["inside"]),
            )
        return f"{where} {told}"

    def _points_sentence(self) -> str:
        row, column = self.place()
        language = self.language
        stride, strides = self.encoder["strides"][self.level], self.encoder["strides"]
        points = self.points()
        count = len({point["head"] for point in points})
        shares = [sum(point["weight"] for point in points if point["level"] == n) / count for n in range(len(strides))]
        told = [
            tr("{share} from 1/{stride}", language, share=percent(share), stride=one)
            for one, share in zip(strides, shares, strict=True)
        ]
        x, y = self.pixel or [self.size[1] // 2, self.size[0] // 2]
        return tr(
            "In layer {layer} of the pixel decoder the cell of pixel ({x}, {y}) in the map at 1/{stride} (row {row}, "
            "column {column}) reads {n} points, {heads}: {shares}.",
            language,
            layer=self.encoder_layer + 1,
            x=x,
            y=y,
            stride=stride,
            row=row,
            column=column,
            n=len(points),
            heads=tr("all heads", language) if self.head is None else self._head_words(),
            shares=", ".join(told),
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
        what = f"pixel {self.pixel}" if self.view == "sampling" else f"{self.term} {self.query}"
        where = f"layer {self.encoder_layer + 1}" if self.view == "sampling" else self.layers[self.layer]["name"]
        return f"AttentionExplorer({len(self._names)} {self._many}, {self.view}, {where}, {what})"
