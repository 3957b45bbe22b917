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
    iscrowd: (N,) bool, regions of several objects that nobody separated (in truths only); by default none is.
    `instances[i]`, `instances[1:3]` and `instances[instances.scores > 0.5]` are Instances again.
    """

    masks: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    categories: Categories
    iscrowd: np.ndarray | None = None

    def __post_init__(self):
        masks, labels, scores = np.asarray(self.masks), np.asarray(self.labels), np.asarray(self.scores)
        if masks.ndim != 3 or labels.shape != masks.shape[:1] or scores.shape != masks.shape[:1]:
            raise UserError(
                f"masks, labels and scores must be (N, H, W), (N,) and (N,) with the same N, got {masks.shape}, "
                f"{labels.shape} and {scores.shape}: check how the instances were built"
            )
        if len(labels) and not (labels.dtype.kind in "iu" and 0 <= labels.min() <= labels.max() < len(self.categories)):
            raise UserError(
                f"labels must be integers 0 to {len(self.categories) - 1}, got dtype {labels.dtype} from "
                f"{labels.min()} to {labels.max()}: labels are positions in the categories, not category ids"
            )
        crowd = np.zeros(len(labels), bool) if self.iscrowd is None else np.asarray(self.iscrowd)
        if crowd.shape != labels.shape:
            raise UserError(f"iscrowd must be one value for each of the {len(labels)} instances, got {crowd.shape}")
        object.__setattr__(self, "iscrowd", crowd.astype(bool, copy=False))
        object.__setattr__(self, "masks", masks.astype(bool, copy=False))
        object.__setattr__(self, "labels", labels.astype(np.int64, copy=False))
        object.__setattr__(self, "scores", scores.astype(np.float32, copy=False))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index) -> Instances:
        if isinstance(index, int | np.integer):
            if not -len(self) <= index < len(self):
                raise IndexError(f"index must be one of 0 to {len(self) - 1}, got {index}")
            index = [index]
        parts = (self.masks[index], self.labels[index], self.scores[index])
        return Instances(*parts, self.categories, self.iscrowd[index])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instances):
            return NotImplemented
        names = ("masks", "labels", "scores", "iscrowd")
        same = (np.array_equal(getattr(self, name), getattr(other, name)) for name in names)
        return self.categories == other.categories and all(same)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        height, width = self.masks.shape[1:]
        pairs = zip(self.labels[:6].tolist(), self.scores[:6].tolist(), strict=True)
        shown = ", ".join(f"{self.categories[label].name} {score:.2f}" for label, score in pairs)
        return f"Instances({height} x {width}, {len(self)}{': ' * bool(shown)}{shown}{', ...' * (len(self) > 6)})"
