"""A scene of ToyTown: an object that can be edited and rendered again, with its exact panoptic truth.

scene = toytown.scene(7)
image, truth = scene.render()
image, truth = scene.move(scene.find("cat")[0], 0.1, 0).render()
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from segtutor.data.toytown import sprites
from segtutor.data.toytown.background import Background
from segtutor.data.toytown.cutout import draw_things
from segtutor.data.toytown.grammar import compose
from segtutor.data.toytown.groups import Thing
from segtutor.data.toytown.levels import Region, regions
from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF, categories, fine_name
from segtutor.errors import UserError
from segtutor.segments import Segmentation

OVERSAMPLING = 2  # drawn twice as large; colours averaged, ids taken from one sample, so that ids stay exact
MINIMUM_AREA = (
    0.006  # visible share of the picture; a thing below is taken out of a new scene, a sliver of stuff is void
)
CONTOUR = 0.55  # factor on the brightness where a thing meets something else
FIRST_THING = len(STUFF) + 1  # segment id of the scene's first thing; stuff has the ids 1..7


@dataclass(frozen=True)
class Scene:
    """A background and things, back to front. Editing returns a new scene; nothing is changed in place.

    Segment ids of a rendering: 1..7 for the stuff classes in their order, FIRST_THING + i for `things[i]`. They stay
    when a thing is moved, resized, recoloured or added; remove and reorder change positions, and with them ids.
    Positions and heights are shares of the picture's side (0..1, y downwards).
    """

    background: Background
    things: tuple[Thing, ...]
    light: float = 1.0
    noise_seed: int = 0
    size: int = 128

    def find(self, kind: str) -> list[int]:
        """Positions in `things` of all things of a kind."""
        return [i for i, thing in enumerate(self.things) if thing.kind == _one_of("a kind", kind, KINDS)]

    def segment_id(self, thing: int | Thing) -> int:
        """The segment id that the thing has in every rendering of this scene (if it is visible)."""
        return FIRST_THING + self._position(thing)

    def move(self, thing: int | Thing, dx: float, dy: float) -> Scene:
        """The scene with one thing moved by (dx, dy), shares of the picture; its order back to front stays."""
        old = self.things[self._position(thing)]
        return self._replace(thing, x=_number("x", old.x + dx, -1, 2), y=_number("y", old.y + dy, -1, 2))

    def resize(self, thing: int | Thing, factor: float) -> Scene:
        """The scene with one thing made `factor` times as high and wide."""
        old = self.things[self._position(thing)]
        return self._replace(thing, height=_number("height", old.height * factor, 0.01, 2))

    def recolour(self, thing: int | Thing, colour: str, pattern: str | None = None) -> Scene:
        """The scene with one thing in another colour (one of COLOURS) and, if given, pattern.

        A colour leaves the shape as it is; a pattern may stick out by a few pixels (fruit at the edge of a conifer).
        """
        old = self.things[self._position(thing)]
        chosen = old.pattern if pattern is None else _one_of("a pattern", pattern, PATTERNS)
        return self._replace(thing, colour=_one_of("a colour", colour, COLOURS), pattern=chosen)

    def reorder(self, thing: int | Thing, position: int) -> Scene:
        """The scene with one thing moved to `position` in the order from back (0) to front (-1 = in front of all)."""
        things = list(self.things)
        moved = things.pop(self._position(thing))
        if not -len(self.things) <= position < len(self.things):
            raise UserError(
                f"position must be -1 (front) or 0 (back) to {len(self.things) - 1}, got {position}: the scene has "
                f"{len(self.things)} things"
            )
        things.insert(position % len(self.things), moved)
        return replace(self, things=tuple(things))

    def add(
        self,
        kind: str,
        x: float,
        y: float,
        height: float | None = None,
        colour: str = "red",
        pattern: str = "plain",
        seed: int = 0,
    ) -> Scene:
        """The scene with a new thing in front of all others, its base at (x, y), by default as high as in front."""
        _one_of("a kind", kind, KINDS)
        if len(self.things) >= 200:
            raise UserError("a scene can hold at most 200 things: remove some before you add another")
        thing = Thing(
            kind,
            _number("x", x, -1, 2),
            _number("y", y, -1, 2),
            _number("height", sprites.HEIGHT[kind] if height is None else height, 0.01, 2),
            _one_of("a colour", colour, COLOURS),
            _one_of("a pattern", pattern, PATTERNS),
            seed,
        )
        return replace(self, things=(*self.things, thing))

    def remove(self, thing: int | Thing) -> Scene:
        """The scene without one thing."""
        position = self._position(thing)
        return replace(self, things=self.things[:position] + self.things[position + 1 :])

    def resized(self, size: int) -> Scene:
        """The same scene to be rendered at another size (64 to 512 pixels)."""
        return replace(self, size=_size(size))

    def render(self, *, contour: float = CONTOUR) -> tuple[np.ndarray, Segmentation]:
        """-> image (size, size, 3) uint8 RGB and its exact panoptic truth.

        contour: factor on the brightness where a thing meets something else (1 = no contour).
        """
        image, ids = self.draw(contour=contour)
        kinds = {FIRST_THING + i: len(STUFF) + 1 + KINDS.index(thing.kind) for i, thing in enumerate(self.things)}
        names = {i: i for i in range(1, FIRST_THING)} | kinds  # segment id -> category id
        return image, Segmentation.from_ids(ids, {int(i): names[int(i)] for i in np.unique(ids) if i}, categories)

    def draw(self, *, contour: float = CONTOUR) -> tuple[np.ndarray, np.ndarray]:
        """-> image (size, size, 3) uint8 and segment ids (size, size) int32: `render` without the bookkeeping."""
        side = self.size * OVERSAMPLING
        picture, ids = self._paint(side)
        large = np.asarray(ids)
        if contour < 1:
            pixels = np.array(picture)
            edge = _edges(large)
            pixels[edge] = (pixels[edge] * np.float32(contour)).astype(np.uint8)
            picture = Image.fromarray(pixels)
        small = np.asarray(picture.resize((self.size, self.size), Image.Resampling.BOX), np.float32)
        image = np.clip(small * np.float32(self.light) + noise(self), 0, 255).astype(np.uint8)
        segment_ids = _sampled(large).astype(np.int32) + 1  # 0..6 stuff, 7.. things -> from 1
        area = np.bincount(segment_ids.ravel(), minlength=FIRST_THING)
        slivers = np.flatnonzero(area[:FIRST_THING] < MINIMUM_AREA * self.size**2)
        segment_ids[np.isin(segment_ids, slivers)] = 0
        return image, segment_ids

    def regions(self, segment_ids: np.ndarray | None = None) -> list[Region]:
        """Everything in the picture that can be meant, with its mask: parts, things, groups, stuff, in this order.

        See `Region` and levels.py; the masks are those of `render`'s truth and exact. segment_ids: what `draw` gives,
        where it is at hand; drawing is what takes the time.
        """
        return regions(self, self.draw()[1] if segment_ids is None else segment_ids, OVERSAMPLING)

    def regions_at(self, x: int, y: int) -> list[Region]:
        """The regions that a pixel lies in (x to the right, y downwards), smallest first: what a click may mean."""
        if not (_is_pixel(x, self.size) and _is_pixel(y, self.size)):
            raise UserError(
                f"a pixel must be whole numbers from 0 to {self.size - 1}, got x={x!r}, y={y!r}: a click is in pixels "
                "of the picture"
            )
        return sorted((region for region in self.regions() if region.mask[y, x]), key=lambda region: region.area)

    def fine_segmentation(self, truth: Segmentation, fine) -> Segmentation:
        """The same segments with the finer classes of `fine` (see fine_categories)."""
        ids = {name: category.id for name, category in zip(fine.names, fine, strict=True)}
        names = {}
        for segment in truth.segments:
            if segment.id < FIRST_THING:
                names[segment.id] = ids[STUFF[segment.id - 1]]
            else:
                thing = self.things[segment.id - FIRST_THING]
                names[segment.id] = ids[fine_name(thing.kind, thing.colour, thing.pattern, fine)]
        return Segmentation.from_ids(truth.segment_ids, names, fine)

    def _paint(self, side: int) -> tuple[Image.Image, Image.Image]:
        picture, ids = self.background.paint(side)
        draw_things(self.things, picture, ids, side)
        return picture, ids

    def _position(self, thing: int | Thing) -> int:
        if isinstance(thing, Thing) and thing in self.things:
            return self.things.index(thing)
        if isinstance(thing, (int, np.integer)) and -len(self.things) <= thing < len(self.things):
            return int(thing) % len(self.things)
        if not self.things:
            raise UserError(f"the scene has no thing, got {thing!r}: add one first")
        raise UserError(
            f"a thing must be one of the scene or its position, 0 to {len(self.things) - 1}, got {thing!r}: see "
            "scene.things"
        )

    def _replace(self, thing: int | Thing, **changes) -> Scene:
        position = self._position(thing)
        changed = replace(self.things[position], **changes)
        return replace(self, things=(*self.things[:position], changed, *self.things[position + 1 :]))


def scene(seed: int, size: int = 128) -> Scene:
    """The scene with this seed (an integer >= 0): the same on every machine, and the same composition at every size.

    Things of which less than 0.6 % of the picture would be visible (at 128 x 128) are left out.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise UserError(f"seed must be an integer of 0 or more, got {seed!r}: try toytown.scene(7)")
    rng = np.random.default_rng(int(seed))
    background, things = compose(rng)
    light, noise_seed = float(rng.uniform(0.86, 1.1)), int(rng.integers(2**31))
    return Scene(background, tuple(_visible(background, things)), light, noise_seed, _size(size))


def _visible(background: Background, things: list[Thing]) -> list[Thing]:
    """The things without those that are too hidden; repeated, since each removal uncovers others."""
    side = 128 * OVERSAMPLING
    while things:
        ids = Image.new("L", (side, side))
        draw_things(things, None, ids, side)
        area = np.bincount(_sampled(np.asarray(ids)).ravel(), minlength=len(STUFF) + len(things))[len(STUFF) :]
        kept = [thing for thing, visible in zip(things, area, strict=True) if visible >= MINIMUM_AREA * 128**2]
        if len(kept) == len(things):
            break
        things = kept
    return things


def noise(scene: Scene) -> np.ndarray:
    """What is added to each channel of the scene's picture, (size, size, 1) float32."""
    normal = np.random.default_rng(scene.noise_seed).normal(0, 3.0, (scene.size, scene.size, 1))
    return normal.astype(np.float32)


def _sampled(large: np.ndarray) -> np.ndarray:
    return large[OVERSAMPLING // 2 :: OVERSAMPLING, OVERSAMPLING // 2 :: OVERSAMPLING]


def _edges(ids: np.ndarray) -> np.ndarray:
    """True on both sides of every border between a thing and anything else."""
    edge = np.zeros(ids.shape, bool)
    across = (ids[:, 1:] != ids[:, :-1]) & (np.maximum(ids[:, 1:], ids[:, :-1]) >= len(STUFF))
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    down = (ids[1:] != ids[:-1]) & (np.maximum(ids[1:], ids[:-1]) >= len(STUFF))
    edge[1:] |= down
    edge[:-1] |= down
    return edge


def _is_pixel(value, size: int) -> bool:
    return bool(isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= value < size)


def _one_of(what: str, value: str, choices) -> str:
    if value not in choices:
        raise UserError(f"{what} must be one of {', '.join(choices)}, got {value!r}")
    return value


def _number(what: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise UserError(
            f"{what} must be {low:g} to {high:g}, got {value:g}: positions are shares of the picture, not pixels"
        )
    return float(value)


def _size(size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 64 <= size <= 512:
        raise UserError(f"size must be an integer from 64 to 512, got {size!r}: try toytown.scene(7, size=256)")
    return int(size)
