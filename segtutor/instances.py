"""`Instances`: object masks that may overlap, which one map of segment ids could not hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segtutor.categories import Categories
from segtutor.errors import UserError


@dataclass(frozen=True, eq=False, repr=False)
class Instances:
    """Object masks that may overlap, best score first where a model made them.

    masks: (N, H, W) bool. labels: (N,) int64, positions in categories. scores: (N,) float32, 0..1.
    `instances[i]`, `instances[1:3]` and `instances[instances.scores > 0.5]` are Instances again.
    """

    masks: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    categories: Categories

    def __post_init__(self):
        masks, labels, scores = np.asarray(self.masks), np.asarray(self.labels), np.asarray(self.scores)
        if masks.ndim != 3 or labels.shape != masks.shape[:1] or scores.shape != masks.shape[:1]:
            raise UserError(
                f"got masks {masks.shape}, labels {labels.shape} and scores {scores.shape}, "
                "expected (N, H, W), (N,) and (N,) with the same N: check how the instances were built"
            )
        if len(labels) and not (labels.dtype.kind in "iu" and 0 <= labels.min() <= labels.max() < len(self.categories)):
            raise UserError(
                f"got labels of dtype {labels.dtype} from {labels.min()} to {labels.max()}, expected integers 0 to "
                f"{len(self.categories) - 1}: labels are positions in the categories, not category ids"
            )
        object.__setattr__(self, "masks", masks.astype(bool, copy=False))
        object.__setattr__(self, "labels", labels.astype(np.int64, copy=False))
        object.__setattr__(self, "scores", scores.astype(np.float32, copy=False))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index) -> Instances:
        if isinstance(index, int | np.integer):
            if not -len(self) <= index < len(self):
                raise IndexError(f"got index {index}, expected one of 0 to {len(self) - 1}: choose another")
            index = [index]
        return Instances(self.masks[index], self.labels[index], self.scores[index], self.categories)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instances):
            return NotImplemented
        pairs = ((self.masks, other.masks), (self.labels, other.labels), (self.scores, other.scores))
        return self.categories == other.categories and all(np.array_equal(a, b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        height, width = self.masks.shape[1:]
        pairs = zip(self.labels[:6].tolist(), self.scores[:6].tolist(), strict=True)
        shown = ", ".join(f"{self.categories[label].name} {score:.2f}" for label, score in pairs)
        return f"Instances({height} x {width}, {len(self)}{': ' * bool(shown)}{shown}{', ...' * (len(self) > 6)})"
