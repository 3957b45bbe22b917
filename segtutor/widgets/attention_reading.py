"""What AttentionExplorer reads back to Python: weights, points, partners and a sentence, from the exact numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.models.attention import Attention
from segtutor.segments import Categories
from segtutor.show.words import percent


class AttentionReadings:
    """The part of AttentionExplorer that answers questions; its traits say which query, layer, head and pixel."""

    _seen: Attention
    _categories: Categories
    size: Any
    extent: Any
    pixel: Any
    head: Any
    layers: Any
    queries: Any
    view: Any
    query: Any
    layer: Any
    encoder_layer: Any
    level: Any
    encoder: Any

    def weights(self, masked: bool = True) -> np.ndarray:
        """What the held query took from each place of the layer's map, (h, w) float, summing to 1 (in EoMT to less).

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
        """(row, column) of the place of the map `level` that holds `pixel`; the middle pixel where none is chosen."""
        (height, width), (h, w) = self.size, self._seen.sizes[self.level]
        x, y = self.pixel or [width // 2, height // 2]
        row, column = (y + 0.5) / height * self.extent[0] * h, (x + 0.5) / width * self.extent[1] * w
        return min(h - 1, int(row)), min(w - 1, int(column))

    def points(self) -> list[dict[str, Any]]:
        """Where that place read, in `encoder_layer`: head, level, x, y (pixels of `size`), weight (sum to 1 a head)."""
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
        "empty" (the empty-mask rule applied), "allowed" (places, None = all), "largest", "largest_free" (the largest
        weight with and without the mask), "inside" (of the weight on places without the mask, the share inside it)}.
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
        where = f"{who}, reads the map at 1/{read['stride']} ({read['size'][0]} x {read['size'][1]} places): "
        most = f"the largest weight of a place is {percent(read['largest'])}"
        if read["empty"]:
            return f"{where}its mask is empty, so by the empty-mask rule it looks everywhere; {most}."
        if not read["masked"]:
            return f"{where}no mask limits it; {most}."
        allowed = "1 place" if read["allowed"] == 1 else f"{read['allowed']} places"
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
            f"In layer {self.encoder_layer + 1} of the pixel decoder the place of pixel ({x}, {y}) in the map "
            f"at 1/{stride} (row {row}, column {column}) reads {len(points)} points, {heads}: {told}."
        )
