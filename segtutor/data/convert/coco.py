"""COCO's two formats: panoptic (a PNG of ids beside a json) and instance (a json of outlines, boxes and crowds).

Instance annotations overlap: the spoon's outline runs over the cup's. A `Segmentation` gives each pixel one segment, so
where outlines overlap the smaller object wins, and a row holds the whole masks as `instances` beside it; COCO's own
panoptic truth was made like that, with a person deciding instead of the area. Pixels of no object are void.

Outlines and run-length codes are turned into masks by pycocotools, so that they are COCO's to the last pixel.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.convert import files
from segtutor.data.convert.outlines import annotation_mask
from segtutor.data.records import Entry, Problem, Records, stop
from segtutor.errors import UserError
from segtutor.images import MAX_PIXELS
from segtutor.instances import Instances
from segtutor.segments import Categories, Segmentation


def coco_panoptic(
    annotations: str | os.PathLike, images: str | os.PathLike, panoptic: str | os.PathLike | None = None
) -> Records:
    """Pictures with a panoptic truth, as COCO, ADE20K and Mapillary Vistas 2 publish it.

    annotations: the json with images, annotations (each with segments_info) and categories. images: the folder of
    the pictures. panoptic: the folder of the PNGs (id = R + 256 G + 65536 B); default: the json's name without ending.
    Rows: {"image", "segmentation", "file"}. Raises UserError for a json that is not of this format.
    """
    path = files.existing(annotations)
    content = _content(path)
    categories = Categories.from_coco(content["categories"])
    folder = files.existing(images, "folder")
    maps = files.existing(panoptic if panoptic is not None else path.with_suffix(""), "folder")
    by_id, problems = _images(content)
    entries, annotated = [], set()
    for number, annotation in enumerate(content["annotations"]):
        image = by_id.get(_image_id(annotation))
        if image is None or "segments_info" not in annotation:
            problems.append(_orphan(annotation, number, "segments_info"))
            continue
        if annotation["image_id"] in annotated:
            what = f"a second annotation of picture {annotation['image_id']}, expected one"
            problems.append(Problem(str(image["file_name"]), None, "annotated twice", what, "remove one of the two"))
            continue
        annotated.add(annotation["image_id"])
        entries.append(Entry(str(image["file_name"]), _panoptic_reader(annotation, image, folder, maps, categories)))
    return Records(entries, categories, problems + _without(by_id, annotated))


def coco_instances(annotations: str | os.PathLike, images: str | os.PathLike) -> Records:
    """Pictures with instance annotations: polygons, compressed and uncompressed run lengths, crowds.

    annotations: the json with images, annotations and categories (no isthing needed: all are things). images: the
    folder of the pictures.
    Rows: {"image", "segmentation", "instances", "file"}; see the file's text for what overlaps. Pictures without any
    annotation are records too, with nothing in them: that they hold no object is information.
    """
    content = _content(files.existing(annotations))
    categories = Categories.from_coco(
        [{"isthing": 1, **c} if isinstance(c, dict) else c for c in content["categories"]]
    )
    folder = files.existing(images, "folder")
    by_id, problems = _images(content)
    of_image: dict[Any, list[dict]] = defaultdict(list)
    for number, annotation in enumerate(content["annotations"]):
        image_id = _image_id(annotation)
        if image_id not in by_id or "segmentation" not in annotation:
            problems.append(_orphan(annotation, number, "segmentation"))
            continue
        of_image[image_id].append(annotation)
    entries = [
        Entry(str(image["file_name"]), _instance_reader(of_image[image_id], image, folder, categories))
        for image_id, image in by_id.items()
    ]
    return Records(entries, categories, problems)


def _panoptic_reader(annotation: dict, image: dict, folder: Path, maps: Path, categories: Categories):
    def read() -> dict[str, Any]:
        file = str(image["file_name"])
        picture = files.picture(files.inside(folder, image["file_name"]))
        name = annotation.get("file_name") or Path(file).with_suffix(".png").name
        rgb = files.label_map(files.inside(maps, name))
        if rgb.ndim != 3:
            what = f"the panoptic map {name} with one number a pixel, expected RGB (id = R + 256 G + 65536 B)"
            raise stop(file, "wrong mode", what, "save it as an RGB PNG")
        files.check_same_size(picture, rgb, file)
        return {
            "image": picture,
            "segmentation": Segmentation.from_coco(rgb, annotation["segments_info"], categories),
        }

    return read


def _instance_reader(annotations: list[dict], image: dict, folder: Path, categories: Categories):
    def read() -> dict[str, Any]:
        file = str(image["file_name"])
        picture = files.picture(files.inside(folder, image["file_name"]))
        size = picture.shape[:2]
        stated = (image.get("height"), image.get("width"))
        if stated != size and None not in stated:
            what = (
                f"a picture of {size[1]} x {size[0]} which the json calls {stated[1]} x {stated[0]}, expected one size"
            )
            raise stop(file, "sizes differ", what, "correct width and height in images, or the picture's rotation")
        masks, labels, crowd = [], [], []
        for annotation in annotations:
            where = f"annotation {annotation.get('id', '?')} of {file}"
            try:
                mask = annotation_mask(annotation["segmentation"], size)
            except UserError as error:
                problem = getattr(error, "problem", None)
                if problem is None:
                    raise
                raise stop(where, problem.kind, problem.what, problem.mend) from None
            if not mask.any():
                raise stop(
                    where, "empty mask", "a mask without a pixel, expected at least one", "remove the annotation"
                )
            if annotation.get("iscrowd", 0) not in (0, 1):
                what = f"iscrowd {annotation['iscrowd']!r}, expected 0 or 1"
                raise stop(where, "bad iscrowd", what, "correct the annotation")
            masks.append(mask)
            labels.append(categories.index(annotation.get("category_id")))
            crowd.append(bool(annotation.get("iscrowd", 0)))
        whole = np.array(masks) if masks else np.zeros((0, *size), bool)
        instances = Instances(
            whole, np.array(labels, np.int64), np.ones(len(labels)), categories, np.array(crowd, bool)
        )
        return {"image": picture, "segmentation": flattened(instances), "instances": instances}

    return read


def flattened(instances: Instances) -> Segmentation:
    """Instances as one map: where masks overlap the smaller object wins, crowds lie below all. Ids are 1 + position.

    An object that others cover wholly has no pixel left and is no segment.
    """
    order = sorted(range(len(instances)), key=lambda i: (not instances.iscrowd[i], -int(instances.masks[i].sum()), i))
    ids = np.zeros(instances.masks.shape[1:], np.int32)
    for i in order:
        ids[instances.masks[i]] = i + 1
    left = [i for i in range(len(instances)) if (ids == i + 1).any()]
    category_of = {i + 1: instances.categories[int(instances.labels[i])].id for i in left}
    return Segmentation.from_ids(
        ids, category_of, instances.categories, iscrowd=[i + 1 for i in left if instances.iscrowd[i]]
    )


def _content(path: Path) -> dict:
    content = files.read_json(path)
    missing = [
        key for key in ("images", "annotations", "categories") if not isinstance(content, dict) or key not in content
    ]
    if missing or not all(isinstance(content[key], list) for key in ("images", "annotations", "categories")):
        what = f"without {missing[0]!r}" if missing else "whose images, annotations or categories are no lists"
        raise UserError(
            f"got {path} {what}, expected COCO's images, annotations and categories: is it an annotation file?"
        )
    return content


def _images(content: dict) -> tuple[dict[Any, dict], list[Problem]]:
    """The pictures by id; entries without id or file name, and ids that come twice, are problems."""
    by_id: dict[Any, dict] = {}
    problems = []
    for number, image in enumerate(content["images"]):
        name = str(image.get("file_name", f"images[{number}]")) if isinstance(image, dict) else f"images[{number}]"
        if not isinstance(image, dict) or not isinstance(image.get("id"), int | str) or "file_name" not in image:
            what, mend = "an entry without id or file_name, expected both", "add them"
            problems.append(Problem(name, None, "incomplete entry", what, mend))
        elif image["id"] in by_id:
            what = f"id {image['id']} a second time, expected each id once"
            problems.append(Problem(name, None, "id twice", what, "renumber the pictures"))
        elif None not in (image.get("width"), image.get("height")) and not _plausible(image):
            what = f"a size of {image['width']} x {image['height']}, expected 1 to {MAX_PIXELS} pixels"
            problems.append(Problem(name, None, "bad size", what, "correct width and height"))
        else:
            by_id[image["id"]] = image
    return by_id, problems


def _image_id(annotation: Any) -> int | str | None:
    """The picture that an annotation is of; None where it names none that could be."""
    found = annotation.get("image_id") if isinstance(annotation, dict) else None
    return found if isinstance(found, int | str) else None


def _plausible(image: dict) -> bool:
    sides = (image["width"], image["height"])
    whole = all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in sides)
    return whole and sides[0] * sides[1] <= MAX_PIXELS


def _without(by_id: dict[Any, dict], annotated: set) -> list[Problem]:
    what, mend = "a picture without annotation, expected one", "annotate it, or remove its entry in images"
    return [Problem(str(i["file_name"]), None, "no labels", what, mend) for k, i in by_id.items() if k not in annotated]


def _orphan(annotation: Any, number: int, needed: str) -> Problem:
    if not isinstance(annotation, dict) or needed not in annotation:
        what, mend = f"an annotation without {needed!r}, expected it", "is it a file of the other COCO format?"
        return Problem(f"annotations[{number}]", None, "incomplete entry", what, mend)
    what = f"an annotation of picture {annotation.get('image_id')!r}, which images does not list, expected that it does"
    return Problem(f"annotations[{number}]", None, "no picture", what, "add the picture, or remove the annotation")
