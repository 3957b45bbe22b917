"""From what people have to one type: `Records`, rows of {"image", "segmentation"}.

coco_panoptic, coco_instances           COCO's two json formats
label_maps                              folders of pictures and label maps (and instance maps)
ade20k, cityscapes, mapillary, coco_stuff    published data sets as they unpack
labelme, cvat                           what people draw themselves
from_hub                                a data set of the Hub, or a folder of parquet files
"""

from segtutor.lazy import lazily

_HOME = {
    "ade20k": "layouts",
    "cityscapes": "layouts",
    "coco_instances": "coco",
    "coco_panoptic": "coco",
    "coco_stuff": "layouts",
    "cvat": "drawn",
    "from_hub": "hub",
    "label_maps": "maps",
    "labelme": "drawn",
    "mapillary": "layouts",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
