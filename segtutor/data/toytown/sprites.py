"""How each kind of thing is drawn: one function a kind, `draw(brush, x, y, h, rng, look)`.

x, y: where the thing stands (middle of its base), h: its height, all in pixels of the canvas. All random numbers are
drawn first and do not depend on the look, so that recolouring a thing does not change its shape.
"""

from __future__ import annotations

from segtutor.data.toytown import sprites_large as large
from segtutor.data.toytown import sprites_small as small

DRAW = {
    "house": large.house,
    "tree": large.tree,
    "car": large.car,
    "boat": large.boat,
    "person": small.person,
    "cat": small.cat,
    "ball": small.ball,
    "remote": small.remote,
}
# Height in the foreground as a share of the picture, and width / height.
HEIGHT = {
    "house": 0.46,
    "tree": 0.52,
    "car": 0.23,
    "boat": 0.36,
    "person": 0.39,
    "cat": 0.27,
    "ball": 0.19,
    "remote": 0.26,
}
WIDTH = {"house": 1.1, "tree": 0.74, "car": 2.2, "boat": 1.0, "person": 0.44, "cat": 0.85, "ball": 1.0, "remote": 0.62}
