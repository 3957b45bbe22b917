"""ToyTown: a procedural world with exact panoptic truth. Deterministic by seed, endless, drawn in milliseconds.

    toytown.scene(7)                            a Scene: render it, edit it, render it again
    toytown.dataset("validation", size=200)     a datasets.Dataset in the COCO panoptic schema

    toytown.scene(7).regions_at(40, 90)         the part, thing, group or stuff that a click may mean, with masks
    toytown.phrase_mask(toytown.scene(7), "things not red")     the pixels that a phrase is true of

Read vocabulary (the classes), paint and sprites (how things are drawn), background and grammar (where they stand),
scene (rendering and editing), parts and levels (what lies inside and around a thing), language (phrases), splits (the
data set), in this order.
"""

from segtutor.data.toytown.language import parse, phrase_mask, phrases, random_phrase, words
from segtutor.data.toytown.levels import LEVELS, Region
from segtutor.data.toytown.parts import PARTS
from segtutor.data.toytown.scene import FIRST_THING, Scene, Thing, scene
from segtutor.data.toytown.splits import SPLITS, as_pair, dataset, record, scenes, seeds
from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF, categories, fine_categories

__all__ = [
    "COLOURS",
    "FIRST_THING",
    "KINDS",
    "LEVELS",
    "PARTS",
    "PATTERNS",
    "SPLITS",
    "STUFF",
    "Region",
    "Scene",
    "Thing",
    "as_pair",
    "categories",
    "dataset",
    "fine_categories",
    "parse",
    "phrase_mask",
    "phrases",
    "random_phrase",
    "record",
    "scene",
    "scenes",
    "seeds",
    "words",
]
