"""Data: what comes with the package, and what you bring.

    photographs, toytown             four real photographs, and a world drawn by a program; each a `datasets.Dataset` in
                                     the COCO panoptic schema
    coco_panoptic, label_maps, ...   converters from what people have to `Records` (see segtutor.data.convert)
    strokes_of, paint_prompts        scribbles as plain values: from a truth, and as a map of labels
    check_labels                     what is wrong with labels, before a training finds out

Names are looked up when first used.
"""

from segtutor.lazy import lazily

# Public name -> module that defines it; modules appear under their own name.
_HOME = {
    "Records": "records",
    "check_labels": "labels",
    "photograph": "photos",
    "photographs": "photos",
    "paint_prompts": "strokes",
    "strokes_of": "strokes",
    **dict.fromkeys(
        (
            "ade20k", "cityscapes", "coco_instances", "coco_panoptic", "coco_stuff", "cvat", "from_hub", "label_maps",
            "label_studio", "labelme", "mapillary", "roboflow", "via", "voc", "yolo",
        ),
        "convert",
    ),
}  # fmt: skip
_MODULES = ("photos", "toytown")

__all__ = [*_HOME, *_MODULES]

__getattr__, __dir__ = lazily(__name__, _HOME, _MODULES)
