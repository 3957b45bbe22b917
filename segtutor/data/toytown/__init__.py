"""ToyTown: a procedural world with exact panoptic truth. Deterministic by seed, endless, drawn in milliseconds.

    toytown.scene(7)                            a Scene: render it, edit it, render it again
    toytown.dataset("validation", size=200)     a datasets.Dataset in the COCO panoptic schema

Read vocabulary (the classes), paint and sprites (how things are drawn), background and grammar (where they stand),
scene (rendering and editing), splits (the data set), in this order.
"""

from .scene import FIRST_THING, Scene, Thing, scene
from .splits import SPLITS, as_pair, dataset, record, scenes, seeds
from .vocabulary import COLOURS, KINDS, PATTERNS, STUFF, categories, fine_categories

__all__ = [
    "COLOURS",
    "FIRST_THING",
    "KINDS",
    "PATTERNS",
    "SPLITS",
    "STUFF",
    "Scene",
    "Thing",
    "as_pair",
    "categories",
    "dataset",
    "fine_categories",
    "record",
    "scene",
    "scenes",
    "seeds",
]
