"""Object masks as run lengths: what COCO's json keeps instead of pixels, read and intersected without making masks.

A mask is a list of runs down its columns, one column after the other: so many pixels of background, so many of the
object, and so on. A mask of 640 x 480 has 307,200 pixels and some hundred runs. `RunLengths` holds the runs of many
masks one behind the other in a few arrays, so that numpy works on all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

_MOST_DIGITS = 7  # characters of a number in a code: 34 bits and a sign, far beyond a picture's pixels
_QUERIES = 1 << 20  # run ends looked up at once: 8 MiB a temporary


class BadRuns(ValueError):
    """A code that does not fill its picture. index: its position among those given."""

    def __init__(self, index: int):
        super().__init__(f"run lengths number {index} do not fill their picture")
        self.index = index


@dataclass(frozen=True, eq=False)
class RunLengths:
    """The object runs of N masks, R runs in all, each of at least a pixel.

    starts, ends: (R,) int64, a run's first pixel and the one behind its last, counted down the columns of the picture.
    first: (N + 1,) int64, mask i has the runs first[i] to first[i + 1] - 1. height: (N,) of the pictures.
    before: (R,) pixels of the mask in the runs before. area: (N,) pixels.
    """

    starts: np.ndarray
    ends: np.ndarray
    first: np.ndarray
    height: np.ndarray
    before: np.ndarray
    area: np.ndarray

    @classmethod
    def from_codes(cls, codes: Sequence[bytes], sizes: np.ndarray) -> RunLengths:
        """From COCO's compressed text form. sizes: (N, 2), height and width of each picture.

        Raises BadRuns for a code that is none or whose runs do not fill the picture.

        >>> two = RunLengths.from_codes([b"132", b"42"], np.array([[2, 3], [2, 3]]))     # 1 3 2, and 4 2
        >>> two.area.tolist(), two.intersection(np.array([0]), two, np.array([1])).tolist()
        ([3, 2], [0])
        """
        (background, object_), first = _in_pairs(codes, sizes.prod(axis=1))
        ends = np.cumsum(background + object_)
        ends -= np.repeat(_before_parts(ends, first), np.diff(first))
        there = object_ > 0  # a run of none is the filler, or somebody's empty run
        first = places(np.flatnonzero(there), first)
        ends, runs = ends[there], object_[there]
        pixels = np.cumsum(runs)
        so_far = _before_parts(pixels, first)
        before = pixels - runs - np.repeat(so_far, np.diff(first))
        return cls(ends - runs, ends, first, sizes[:, 0], before, np.diff(so_far, append=runs.sum()))

    def boxes(self) -> np.ndarray:
        """(N, 4) int64: left, top, right, bottom of the tight boxes, the last two one beyond; 0 of an empty mask."""
        found = np.zeros((len(self.area), 4), np.int64)
        there = np.flatnonzero(self.area)
        if not len(there):
            return found
        height = np.repeat(self.height, np.diff(self.first))
        column = self.starts // height
        above = column * height
        top, bottom = self.starts - above, self.ends - above
        longer = bottom > height  # from one column into the next: from the picture's top to its bottom
        top[longer] = 0
        bottom[longer] = height[longer]
        begin = self.first[there]
        found[there, 0], found[there, 1] = column[begin], np.minimum.reduceat(top, begin)
        last = self.ends[self.first[there + 1] - 1] - 1
        found[there, 2], found[there, 3] = last // self.height[there] + 1, np.maximum.reduceat(bottom, begin)
        return found

    def intersection(self, mine: np.ndarray, other: RunLengths, theirs: np.ndarray) -> np.ndarray:
        """(P,) int64: the pixels that mask mine[p] of these shares with mask theirs[p] of `other`, of equal pictures.

        What a run from s to e holds of another mask is F(e) - F(s), F(x) being that mask's pixels before pixel x:
        those of its runs before, and of the run that x lies in the part before x.
        """
        counts = np.diff(self.first)[mine]
        found = np.zeros(len(mine), np.int64)
        # One ascending list holds the starts of all masks of `other`: those of mask m are raised by m * span.
        span = max((int(one.ends.max()) for one in (self, other) if len(one.ends)), default=0) + 1
        keys = np.repeat(np.arange(len(other.area)) * span, np.diff(other.first)) + other.starts
        behind = np.cumsum(counts)
        at = 0
        while at < len(mine):
            done = int(behind[at - 1]) if at else 0
            stop = max(at + 1, int(places(behind, done + _QUERIES, "right")))
            part = counts[at:stop]
            offset = np.cumsum(part) - part
            runs = np.arange(int(part.sum())) + np.repeat(self.first[mine[at:stop]] - offset, part)
            mask = np.repeat(theirs[at:stop], part)
            shared = other._before(self.ends[runs], mask, keys, span) - other._before(
                self.starts[runs], mask, keys, span
            )
            total = np.concatenate([[0], np.cumsum(shared)])
            found[at:stop] = total[offset + part] - total[offset]
            at = stop
        return found

    def _before(self, pixel: np.ndarray, mask: np.ndarray, keys: np.ndarray, span: int) -> np.ndarray:
        """How many pixels of the masks lie before `pixel`."""
        run = places(keys, mask * span + pixel, side="right") - 1
        within = run >= self.first[mask]  # otherwise the mask begins later
        run = np.where(within, run, 0)
        if not len(self.starts):
            return np.zeros(len(pixel), np.int64)
        return np.where(within, self.before[run] + np.minimum(pixel, self.ends[run]) - self.starts[run], 0)


def decoded_runs(code: bytes, pixels: int) -> np.ndarray:
    """The runs of one of COCO's compressed codes, background first, (R,) int64. Raises BadRuns.

    >>> decoded_runs(b"132", 6).tolist()
    [1, 3, 2, 0]
    """
    return _in_pairs([code], np.array([pixels]))[0].T.ravel()


def _in_pairs(codes: Sequence[bytes], pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The runs of many codes: (2, pairs) int64, background and object, and where each code's pairs begin, (N + 1,).

    A number takes 5 bits a character, low ones first; from the fourth on a run is told as the difference to the last
    but one. An odd number of runs is filled up with one of no pixel. pixels: (N,) of each picture, which the runs must
    fill. Raises BadRuns.
    """
    lengths = np.array([len(code) for code in codes], np.int64)
    last = np.cumsum(lengths) - 1
    part = np.frombuffer(b"".join(codes), np.uint8) - np.uint8(48)
    ends = np.flatnonzero(part < 32)
    digits = np.diff(ends, prepend=-1)
    _refuse(np.flatnonzero(lengths == 0))
    _refuse(places(last, np.flatnonzero(part > 63)))
    _refuse(np.flatnonzero(part[last] > 31) if len(last) else last)
    _refuse(places(last, ends[digits > _MOST_DIGITS]))
    value = part[ends].astype(np.int64)
    value -= (value & 16) << 1  # the highest digit has the sign
    for digit in range(1, int(digits.max(initial=1))):
        longer = np.flatnonzero(digits > digit)
        value[longer] = (value[longer] << 5) + (part[ends[longer] - digit] & 31)
    first = np.concatenate([[0], places(ends, last, side="right")])
    odd = np.diff(first) % 2 > 0
    value = np.insert(value, first[1:][odd], 0)
    first[1:] += np.cumsum(odd)
    first //= 2
    runs = np.ascontiguousarray(value.reshape(-1, 2).T)
    # Sums of differences, for the background and the object; the first background run is no part of them.
    begins, counts = first[:-1], np.diff(first)
    runs[0, begins[counts > 1] + 1] -= runs[0, begins[counts > 1]]
    own = runs[:, begins]
    np.cumsum(runs, axis=1, out=runs)
    for row, before in zip(runs, runs[:, begins] - own, strict=True):
        row -= np.repeat(before, counts)
    runs[1, first[1:][odd] - 1] = 0
    if runs.size and (runs.min() < 0 or runs.max() > pixels.max()):
        wrong = ((runs < 0) | (runs > pixels.max())).any(axis=0)
        _refuse(places(first, np.flatnonzero(wrong), side="right") - 1)
    filled = np.cumsum(runs[0] + runs[1])
    _refuse(np.flatnonzero(np.diff(_before_parts(filled, first), append=filled[-1:]) != pixels))
    return runs, first


def places(ascending: np.ndarray, values: Any, side: Literal["left", "right"] = "left") -> np.ndarray:
    """np.searchsorted of several values; its own type says that it may return one number."""
    return np.asarray(np.searchsorted(ascending, values, side=side))


def _before_parts(sums: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(N,) the running sum before each of N parts that begin at first[:-1]."""
    return np.concatenate([[0], sums])[first[:-1]]


def _refuse(bad: np.ndarray) -> None:
    if len(bad):
        raise BadRuns(int(bad[0]))
