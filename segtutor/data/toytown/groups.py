"""Things, and how they are placed: in groups of one to four of a kind that overlap each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from segtutor.data.toytown.sprites import WIDTH
from segtutor.data.toytown.vocabulary import COLOURS, PATTERNS

GROUP_SIZES = (0.41, 0.29, 0.19, 0.11)  # probability of a group of 1, 2, 3, 4 things
MOST_THINGS = 9
MOST_COVER = 0.22  # share of the smaller group's box that another group's box may cover


@dataclass(frozen=True)
class Thing:
    """One thing: where its base stands and how high it is (shares of the picture), its look, the seed of its shape."""

    kind: str
    x: float
    y: float
    height: float
    colour: str
    pattern: str
    seed: int


@dataclass
class Groups:
    """Places groups of things of one kind and refuses those that would cover an earlier group too much."""

    rng: np.random.Generator
    highest: float  # bases stand between these two levels
    lowest: float = 0.99
    things: list[Thing] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def place(self, kind: str, x: float, y: float, height: float) -> bool:
        rng, width = self.rng, WIDTH[kind] * height
        count = min(1 + int(rng.choice(4, p=GROUP_SIZES)), MOST_THINGS - len(self.things))
        if count < 1:
            return False
        if count * width * 0.7 > 0.95:
            count = max(1, int(0.95 / (width * 0.7)))
        colours = rng.permutation(len(COLOURS))  # no two of a group share a colour
        step = width * rng.uniform(0.62, 0.82)  # less than a width: neighbours overlap
        span = step * (count - 1)
        margin = width * 0.3
        left = min(max(x - span / 2, margin), 1 - margin - span) if span < 1 - 2 * margin else 0.5 - span / 2
        group = []
        for i in range(count):
            base = min(max(y + (rng.uniform(-0.16, 0.16) * height if count > 1 else 0), self.highest), self.lowest)
            group.append(
                Thing(
                    kind,
                    left + i * step + rng.uniform(-0.05, 0.05) * width,
                    base,
                    height * rng.uniform(0.9, 1.1),
                    COLOURS[colours[i]],
                    PATTERNS[rng.integers(len(PATTERNS))],
                    int(rng.integers(2**31)),
                )
            )
        bases = [thing.y for thing in group]
        box = (left - width / 2, min(bases) - height, left + span + width / 2, max(bases))
        if any(_cover(box, other) > MOST_COVER for other in self.boxes):
            return False
        self.boxes.append(box)
        self.things += group
        return True


def _cover(a, b) -> float:
    """Intersection of two boxes (x0, y0, x1, y1) as a share of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / smaller if width > 0 and height > 0 else 0.0
