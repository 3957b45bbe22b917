"""Which classes of the public data sets are things: a checkpoint's config names its classes but does not say.

Only what a documented source states is in here. For any other list of names the kind is unknown: all stuff for a
per-pixel model (which finds no instances), all things for a mask model (nothing is fused, as transformers does
without `label_ids_to_fuse`).
"""

from __future__ import annotations

from segtutor.segments import Categories, Category

# The 80 things of COCO in the order of their ids; COCO panoptic goes on with 53 kinds of stuff
# (https://github.com/cocodataset/panopticapi, panoptic_coco_categories.json).
_COCO_THINGS = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, "
    "parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, "
    "handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, "
    "skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, "
    "sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining "
    "table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, "
    "refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush"
)
COCO_THINGS = _COCO_THINGS.split(", ")

# Cityscapes' 19 evaluated classes and which of them have instances
# (https://github.com/mcordts/cityscapesScripts, helpers/labels.py, hasInstances).
_CITYSCAPES = (
    "road, sidewalk, building, wall, fence, pole, traffic light, traffic sign, vegetation, terrain, sky, "
    "person, rider, car, truck, bus, train, motorcycle, bicycle"
)
CITYSCAPES = _CITYSCAPES.split(", ")
CITYSCAPES_THINGS = CITYSCAPES[11:]

# The positions of the 50 kinds of stuff among ADE20K's 150 classes; the other 100 are things
# (https://github.com/facebookresearch/Mask2Former, register_ade20k_panoptic.py, isthing).
# fmt: off
ADE20K_STUFF = (
    0, 1, 2, 3, 4, 5, 6, 9, 11, 13, 16, 17, 21, 25, 26, 28, 29, 34, 40, 46, 48, 51, 52, 54, 59, 60, 61, 63, 68, 77,
    79, 84, 91, 94, 96, 99, 100, 101, 105, 106, 109, 113, 114, 117, 122, 128, 131, 140, 141, 145,
)
# fmt: on
# Checkpoints spell ADE20K's names in several ways ("road, route" or "road"); these do not vary.
_ADE20K_SIGNS = {0: "wall", 2: "sky", 4: "tree", 12: "person", 20: "car", 26: "sea", 46: "sand", 127: "bicycle"}


def categories_of(names: list[str], family: str) -> tuple[Categories, str]:
    """The categories of a checkpoint that only names its classes, and where their kinds (thing, stuff) come from.

    names: by position, as in config.id2label. family: "per-pixel" or "mask", decides where the kind is unknown.
    Returns the categories (id = position, as transformers' label ids) and "coco", "cityscapes", "ade20k" or "unknown".
    """
    plain = [name.strip().lower() for name in names]
    if plain[:80] == COCO_THINGS and len(plain) in (80, 133):
        source, things = "coco", [position < 80 for position in range(len(plain))]
    elif plain == CITYSCAPES:
        source, things = "cityscapes", [name in CITYSCAPES_THINGS for name in plain]
    elif plain == CITYSCAPES_THINGS:
        source, things = "cityscapes", [True] * len(plain)
    elif len(plain) == 150 and all(plain[position] == sign for position, sign in _ADE20K_SIGNS.items()):
        source, things = "ade20k", [position not in ADE20K_STUFF for position in range(150)]
    else:
        source, things = "unknown", [family == "mask"] * len(plain)
    # No colours given: Category derives colour-blind-safe ones from the id.
    return Categories(Category(i, names[i], things[i]) for i in range(len(names))), source
