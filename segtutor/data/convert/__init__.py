"""From what people have to one type: `Records`, rows of {"image", "segmentation"}.

coco_panoptic, coco_instances           COCO's two json formats
label_maps, voc                         folders of pictures and label maps (and instance maps)
ade20k, cityscapes, mapillary, coco_stuff    published data sets as they unpack
labelme, cvat, via, label_studio        what people draw themselves
yolo, roboflow                          what they export for training
from_hub                                a data set of the Hub, or a folder of parquet files

What each reads; each line is a row of tests/test_round_trip.py, tests/test_real_data.py or tests/test_convert.py:

    format         read                                 rule for what it cannot say       refused, in a sentence
    coco_panoptic  ids, classes, things, stuff, crowds  -                                 maps that are not RGB
    coco_instances polygons, run lengths, crowds,       all are things; the smaller lies  empty masks, other sizes,
                   overlaps (in "instances")            above; polygons have no holes     unknown ids
    label_maps     values, colours, 8 and 16 bits, one  no crowds; without instances= a   JPEG, transparency, 16 bits
                   folder or three, suffix=             class is one segment              a colour, unknown values
    voc            palette or colours, labelmap.txt,    no crowds; 255 is void            splits that are not there
                   SegmentationObject, split lists
    ade20k         classes; 0 is void                   no instances, no crowds           -
    cityscapes     19 classes, instances, crowds        -                                 maps of 8 bits
    mapillary      classes and instances of the json    no crowds                         maps of 8 bits
    coco_stuff     classes; 255 is void                 no instances, no crowds           -
    labelme        polygon, rectangle (also turned),    no crowds, no stuff; polygons     points, lines, strips
                   circle, rotation, mask, group_id     have no holes; later lies above
    cvat           polygon, box, ellipse (also turned), as labelme; z_order, then later   points, polylines,
                   mask, group_id                                                         skeletons
    via            polygon, rect, circle, ellipse       as labelme; no groups             points, polylines, csv
    label_studio   polygons, rectangles, ellipses,      as labelme; no groups             JSON-MIN
                   brush strokes, its PNGs, <Labels>
    yolo           polygons, data.yaml                  as labelme; no groups; no txt:    boxes (five numbers)
                                                        nothing is there
    roboflow       COCO, YOLO and semantic masks        as these                          other exports
    from_hub       panoptic schema, label maps          as coco_panoptic, label_maps      code, media within lists

Of all: pictures that EXIF turns (labels of stored pixels are turned along, where sizes tell), names with "\\\\" or of
another folder, composed and decomposed letters, IMG.JPG written as img.jpg where one file is meant; a mark of byte
order, and one name in two folders (tests/test_real_folders.py). A part of an object that lies outside of the picture is
left out; a whole object there is a problem of its record. Pixels of no outline are background, a category that is
added, unless `unlabelled=` or your list says otherwise (outlined.py).
"""

from segtutor.lazy import lazily

_HOME = {
    "ade20k": "layouts",
    "cityscapes": "layouts",
    "coco_instances": "coco",
    "coco_panoptic": "coco",
    "coco_stuff": "layouts",
    "cvat": "cvat_xml",
    "from_hub": "hub",
    "label_maps": "maps",
    "labelme": "labelme_json",
    "label_studio": "label_studio_json",
    "mapillary": "layouts",
    "roboflow": "roboflow_folder",
    "via": "via_json",
    "voc": "voc_folder",
    "yolo": "yolo_txt",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
