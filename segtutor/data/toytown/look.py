"""How a thing looks, apart from its shape: the name of its colour, its pattern, and the paint that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segtutor.data.toytown.paint import HUES, Colour, hsv
from segtutor.data.toytown.vocabulary import COLOURS

WHITE: Colour = (250, 250, 250)


@dataclass(frozen=True)
class Look:
    """The attributes of one thing: paint is its main colour, jittered; colour and pattern are their names."""

    colour: str
    pattern: str
    paint: Colour

    @property
    def hue(self) -> int:
        return COLOURS.index(self.colour)

    @property
    def patterned(self) -> bool:
        return self.pattern == "patterned"


def look_of(colour: str, pattern: str, rng: np.random.Generator) -> Look:
    """A look with a paint near the named colour; takes three numbers from the generator, whatever the colour."""
    hue, saturation, value = rng.uniform(-0.02, 0.02), rng.uniform(0.55, 0.85), rng.uniform(0.6, 0.95)
    return Look(colour, pattern, hsv(HUES[colour] + hue, saturation, value))
