"""Large pictures, piece by piece: each tile is asked alone, and what lies on both sides of a seam is joined.

A network that sees 48 megapixels at once needs as many times the memory of a small picture, or sees it so reduced that
small things are gone. In tiles it sees every part at the size it was trained for; what it loses is what only the whole
shows. Tiles overlap. In the overlap both neighbours have a prediction, and a thing of one is the same as a thing of the
other where they have one class and share more than half of the smaller one's pixels there. Stuff is one segment a
class. Of two predictions for a pixel that of the tile whose middle is nearer counts: each paints up to the middle of
the overlap.

No model is known here: a tile's prediction is a function of its pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.segments import Categories, Segmentation

MOST_MASK_BYTES = 2_000_000_000  # of all instances of a picture, one byte a pixel


def windows(size: tuple[int, int], tile: int, overlap: float) -> Iterator[tuple[slice, slice, slice, slice]]:
    """Rows and columns of each tile, and of the part of it that it paints; row by row.

    size: (H, W). tile: pixels of an edge; a picture that is smaller is one tile. overlap: 0..0.5 of the edge, at least.
    The parts that are painted cover each pixel once.

    >>> [(w[0].start, w[0].stop, w[2].start, w[2].stop) for w in windows((150, 100), 100, 0.25)]
    [(0, 100, 0, 75), (50, 150, 75, 150)]
    """
    if isinstance(tile, bool) or not isinstance(tile, int) or tile < 32:
        raise UserError(f"tile must be a whole number of pixels, 32 or more, got {tile!r}: try 512")
    if isinstance(overlap, bool) or not isinstance(overlap, int | float) or not 0 <= overlap <= 0.5:
        raise UserError(f"overlap must be 0 to 0.5 of a tile's edge, got {overlap!r}: try 0.25")
    for (top, bottom), down in _edges(size[0], tile, overlap):
        for (left, right), across in _edges(size[1], tile, overlap):
            yield slice(top, bottom), slice(left, right), slice(*down), slice(*across)


def _edges(length: int, tile: int, overlap: float) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """(start, end) of each tile along one side, and of what it paints."""
    if length <= tile:
        return [((0, length), (0, length))]
    count = 1 + -(-(length - tile) // max(1, int(tile * (1 - overlap))))
    starts = np.linspace(0, length - tile, count).round().astype(int).tolist()
    middles = [(start + tile + after) // 2 for start, after in zip(starts[:-1], starts[1:], strict=True)]
    ends = [0, *middles, length]
    return [((start, start + tile), (ends[i], ends[i + 1])) for i, start in enumerate(starts)]


def segmentation_in_tiles(
    image: np.ndarray, answer: Callable[[np.ndarray], Segmentation], *, tile: int, overlap: float, fused: bool = False
) -> Segmentation:
    """A Segmentation of a whole picture out of those of its tiles.

    image: (H, W, 3) uint8. answer: of a part of it. fused: whether things too are one segment a class, as in
    semantic predictions. A segment's score is the best of its parts.
    """
    size = image.shape[:2]
    ids = np.full(size, -1, np.int32)  # no tile has answered yet
    joined = _Joined()
    stuff: dict[int, int] = {}
    category_of: dict[int, int] = {}
    scores: dict[int, float | None] = {}
    categories: Categories | None = None
    for rows, columns, down, across in windows(size, tile, overlap):
        part = answer(np.ascontiguousarray(image[rows, columns]))
        categories = part.categories
        before = ids[rows, columns]
        known = _shared(part.segment_ids, before)
        table = np.zeros(max([0, *(s.id for s in part.segments)]) + 1, np.int32)
        for segment in part.segments:
            thing = categories.by_id(segment.category_id).isthing and not fused
            found = None if thing else stuff.get(segment.category_id)
            if thing:
                for other, shared, least in known.get(segment.id, ()):
                    if category_of[other] == segment.category_id and 2 * shared > least:
                        found = joined.one(found, other)
            if found is None:
                found = joined.new()
                category_of[found] = segment.category_id
            if not thing:
                stuff[segment.category_id] = found
            table[segment.id] = found
            scores[found] = max((s for s in (scores.get(found), segment.score) if s is not None), default=None)
        inner = (
            slice(down.start - rows.start, down.stop - rows.start),
            slice(across.start - columns.start, across.stop - columns.start),
        )
        # beyond what it paints itself a tile leaves its prediction for the tiles to come, where none has painted yet
        fresh = table[part.segment_ids]
        kept = before.copy()
        kept[inner] = fresh[inner]
        new = np.zeros(kept.shape, bool)
        new[inner[0].start :, inner[1].start :] = True
        new[inner] = False
        kept[new] = fresh[new]
        ids[rows, columns] = kept
    roots = np.array([joined.root(i) for i in range(len(joined))], np.int32)
    ids = roots[ids]
    left = np.flatnonzero(np.bincount(ids.ravel(), minlength=len(roots)))
    place = np.zeros(len(roots), np.int32)
    kept_ids = [i for i in left.tolist() if i]
    place[kept_ids] = np.arange(1, len(kept_ids) + 1)
    best: dict[int, float | None] = {}
    for number, score in scores.items():
        root = int(roots[number])
        best[root] = max((s for s in (best.get(root), score) if s is not None), default=None)
    return Segmentation.from_ids(
        place[ids],
        {int(place[i]): category_of[i] for i in kept_ids},
        categories,
        {int(place[i]): best.get(i) for i in kept_ids},
    )


def instances_in_tiles(
    image: np.ndarray, answer: Callable[[np.ndarray], Instances], *, tile: int, overlap: float
) -> Instances:
    """The Instances of a whole picture out of those of its tiles; best score first.

    Raises UserError where their masks would take more than MOST_MASK_BYTES.
    """
    size = image.shape[:2]
    pieces: list[_Piece] = []
    joined = _Joined()
    number_of: list[int] = []
    categories: Categories | None = None
    for rows, columns, _, _ in windows(size, tile, overlap):
        part = answer(np.ascontiguousarray(image[rows, columns]))
        categories = part.categories
        earlier = [(i, piece) for i, piece in enumerate(pieces) if _meet(rows, piece.tile[0])]
        for mask, label, score in zip(part.masks, part.labels.tolist(), part.scores.tolist(), strict=True):
            piece = _piece(mask, (rows, columns), label, score)
            if piece is None:
                continue
            found = None
            for i, other in earlier:
                if label == other.label and _same(piece, other):
                    found = joined.one(found, number_of[i])
            number_of.append(joined.new() if found is None else found)
            pieces.append(piece)
        del part  # or it would lie beside the next tile's
    roots = [joined.root(number) for number in number_of]
    best: dict[int, float] = {}
    for root, piece in zip(roots, pieces, strict=True):
        best[root] = max(best.get(root, piece.score), piece.score)
    place = {root: i for i, root in enumerate(sorted(best, key=lambda root: -best[root]))}  # of equals the first stays
    if len(place) * size[0] * size[1] > MOST_MASK_BYTES:
        raise UserError(
            f"the masks of {len(place)} instances in a picture of {size[1]} x {size[0]} take more than "
            f"{MOST_MASK_BYTES / 1e9:g} GB: raise score_threshold, or use task='panoptic'"
        )
    masks = np.zeros((len(place), *size), bool)
    labels, scores = np.zeros(len(place), np.int64), np.zeros(len(place), np.float32)
    for root, piece in zip(roots, pieces, strict=True):
        at = place[root]
        masks[at, piece.rows, piece.columns] |= piece.mask
        labels[at], scores[at] = piece.label, best[root]
    return Instances(masks, labels, scores, categories)


@dataclass(frozen=True)
class _Piece:
    """What one tile shows of an object. rows, columns: its tight box in the picture, which `mask` fills."""

    tile: tuple[slice, slice]
    rows: slice
    columns: slice
    mask: np.ndarray
    label: int
    score: float

    def within(self, rows: slice, columns: slice) -> np.ndarray:
        """The part of its box that lies in an area of the picture, which has to meet it."""
        return self.mask[_within(rows, self.rows), _within(columns, self.columns)]


def _piece(mask: np.ndarray, tile: tuple[slice, slice], label: int, score: float) -> _Piece | None:
    """The mask (h, w) of a tile cut to its box; None for an empty one."""
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(down):
        return None
    box = slice(int(down[0]), int(down[-1]) + 1), slice(int(across[0]), int(across[-1]) + 1)
    rows, columns = (
        slice(side.start + part.start, side.start + part.stop) for side, part in zip(tile, box, strict=True)
    )
    return _Piece(tile, rows, columns, mask[box].copy(), label, score)


def _same(one: _Piece, other: _Piece) -> bool:
    """Whether they share more than half of the smaller one's pixels, where both tiles have an answer."""
    rows, columns = _meet(one.rows, other.rows), _meet(one.columns, other.columns)
    if rows is None or columns is None:
        return False
    shared = int(np.count_nonzero(one.within(rows, columns) & other.within(rows, columns)))
    least = []
    for piece, tile in ((one, other.tile), (other, one.tile)):
        zone = _meet(piece.rows, tile[0]), _meet(piece.columns, tile[1])
        least.append(int(np.count_nonzero(piece.within(*zone))) if None not in zone else 0)
    return 2 * shared > min(least) > 0


class _Joined:
    """Numbers from 1, some of which turn out to be the same."""

    def __init__(self) -> None:
        self._parent = [0]

    def __len__(self) -> int:
        return len(self._parent)

    def new(self) -> int:
        self._parent.append(len(self._parent))
        return len(self._parent) - 1

    def root(self, number: int) -> int:
        while self._parent[number] != number:
            number = self._parent[number]
        return number

    def one(self, first: int | None, second: int) -> int:
        """Join both; the number that stands for them."""
        a, b = self.root(second if first is None else first), self.root(second)
        self._parent[max(a, b)] = min(a, b)
        return min(a, b)


def _shared(ids: np.ndarray, before: np.ndarray) -> dict[int, list[tuple[int, int, int]]]:
    """{segment of the tile: [(segment painted before, pixels of both, of the smaller, where both have answered)]}."""
    zone = before >= 0
    if not zone.any():
        return {}
    mine, theirs = ids[zone].astype(np.int64), before[zone].astype(np.int64)
    pairs, counts = np.unique(mine * (int(theirs.max()) + 1) + theirs, return_counts=True)
    own = np.bincount(mine)
    other = np.bincount(theirs)
    found: dict[int, list[tuple[int, int, int]]] = {}
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        a, b = divmod(pair, int(theirs.max()) + 1)
        if a and b:
            found.setdefault(a, []).append((b, count, int(min(own[a], other[b]))))
    return found


def _meet(first: slice, second: slice) -> slice | None:
    start, stop = max(first.start, second.start), min(first.stop, second.stop)
    return slice(start, stop) if start < stop else None


def _within(zone: slice | None, window: slice) -> slice:
    return slice(zone.start - window.start, zone.stop - window.start) if zone else slice(0, 0)
