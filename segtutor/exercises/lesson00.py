"""Checks of lesson 00, *What can a network see in this picture?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, Hint, Passed, difference, first_failure
from segtutor.segments import Categories, Category, Segmentation

LEAST_THINGS, LEAST_PIXELS, HIGHEST_QUALITY = 3, 150, 0.4

_PETS = Categories(
    [Category(1, "cat", True), Category(2, "grass", False), Category(3, "dog", True), Category(4, "sky", False)]
)


def count_things(answer: Any) -> str | None:
    """Exercise 00.1: the number of segments of each thing category."""
    farm = Segmentation.from_ids(
        np.array([[4, 4, 4, 4], [1, 2, 7, 0], [3, 3, 3, 3]]), {1: 1, 2: 1, 3: 2, 4: 4, 7: 3}, _PETS
    )
    meadow = Segmentation.from_ids(np.array([[1, 1], [2, 2]]), {1: 4, 2: 2}, _PETS)
    nothing = Segmentation.from_ids(np.zeros((2, 2), int), {}, _PETS)
    stuff = "Stuff counts too in yours: ask result.categories.by_id(segment.category_id).isthing."
    return first_failure(
        answer,
        [
            Case(
                (farm,),
                {"cat": 2, "dog": 1},
                "Go through result.segments: result.categories.by_id(segment.category_id) knows name and isthing.",
                mistakes=(
                    ({"cat": 2, "dog": 1, "grass": 1, "sky": 1}, stuff),
                    ({"cat": 1, "dog": 1}, "There are two cats: count segments, not kinds."),
                    (
                        {"cat": 2, "dog": 1, "grass": 0, "sky": 0},
                        "Leave out what has no things: only names that occur.",
                    ),
                ),
            ),
            Case(
                (meadow,), {}, "A picture without things gives an empty dictionary.", (({"grass": 1, "sky": 1}, stuff),)
            ),
            Case((nothing,), {}, "A picture that is all void gives an empty dictionary."),
        ],
    )


def visible_share(answer: Any) -> str | None:
    """Exercise 00.2: visible pixels of a thing divided by those that it has in front of all others."""
    from segtutor.data import toytown

    if not callable(answer):
        return first_failure(answer, [])
    scenes = [toytown.scene(200297), toytown.scene(200000), toytown.scene(200461)]
    for scene in scenes:
        for thing in range(len(scene.things)):
            expected = _share(scene, thing)
            unequal = difference(answer(scene, thing), expected)
            if unequal is None:
                continue
            kind = f"thing {thing}, a {scene.things[thing].kind}"
            if difference(answer(scene, thing), _area(scene, thing) / scene.size**2) is None:
                return f"{kind}: yours is the share of the picture; divide by the pixels that it has in front of all."
            if difference(answer(scene, thing), 1 / expected) is None:
                return f"{kind}: yours is upside down; divide the pixels in the scene by those in front of all."
            return (
                f"{kind}: {unequal}; render the scene and scene.reorder(thing, -1), and count the pixels of the thing "
                "in both truths: its number is thing in the first and -1 in the second."
            )
    house = scenes[0].things[0]
    hidden = scenes[0].add("ball", house.x, house.y - 0.1, height=0.05).reorder(-1, 0)
    try:
        unequal = difference(answer(hidden, 0), 0.0)
    except ValueError:
        unequal = "your code raised an error, expected 0"
    if unequal:
        return (
            f"a ball behind a house, wholly hidden: {unequal}; the truth then has no such segment, so count the "
            "pixels of truth.segment_ids == scene.segment_id(thing), which may be none."
        )
    return None


def fooled(answer: Any) -> Passed | Hint:
    """Exercise 00.3: a fair scene on which the network's panoptic quality of things is low."""
    from segtutor.data.toytown import Scene
    from segtutor.metrics import panoptic_quality

    if not isinstance(answer, Scene):
        return Hint(
            f"expected a Scene, got a {type(answer).__name__}: pass what move, add or resize return, unrendered."
        )
    areas = [_area(answer, thing) for thing in range(len(answer.things))]
    if len(areas) < LEAST_THINGS:
        return Hint(f"the scene has {len(areas)} things, expected at least {LEAST_THINGS}: add some.")
    if min(areas) < LEAST_PIXELS:
        thing = int(np.argmin(areas))
        return Hint(
            f"thing {thing}, a {answer.things[thing].kind}, has {areas[thing]} visible pixels, expected at least "
            f"{LEAST_PIXELS}: what cannot be seen fools nobody, so move it, make it larger, or remove it."
        )
    image, truth = answer.resized(128).render()
    quality = panoptic_quality([(_segmenter().segment(image), truth)], truth.categories).things.pq
    if quality > HIGHEST_QUALITY:
        return Hint(
            f"the network reads this scene with a PQ of {100 * quality:.0f} % on the things, expected at most "
            f"{100 * HIGHEST_QUALITY:.0f} %: think of what it never saw, or of what makes things hard to tell apart."
        )
    return Passed(f"a PQ of {100 * quality:.0f} % on the things, in a scene that you can read at a glance.")


def _area(scene: Any, thing: int) -> int:
    return int((scene.resized(128).render()[1].segment_ids == scene.segment_id(thing)).sum())


def _share(scene: Any, thing: int) -> float:
    return _area(scene, thing) / _area(scene.reorder(thing, -1), -1)


def _segmenter() -> Any:
    """Loaded for each check and not kept: the lesson has one of its own, which it may have changed."""
    from segtutor.models.zoo import load

    return load("mask2former-toytown")


CHECKS = {"00.1": count_things, "00.2": visible_share, "00.3": fooled}
