"""COCO's two formats: panoptic (a PNG of ids beside a json) and instance (a json of outlines, boxes and crowds).

Instance annotations overlap: the spoon's outline runs over the cup's. A `Segmentation` gives each pixel one segment, so
where outlines overlap the smaller object wins, and a row holds the whole masks as `instances` beside it; COCO's own
panoptic truth was made like that, with a person deciding instead of the area. Pixels of no object are background, a
category that is added, unless you say otherwise (outlined.py says why).

Outlines and run-length codes are turned into masks by pycocotools, so that they are COCO's to the last pixel.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.convert import files
from segtutor.data.convert.maps import is_background
from segtutor.data.convert.outlined import Outside, outside, with_outside
from segtutor.data.convert.outlines import annotation_mask
from segtutor.data.records import Entry, Made, Problem, Records, check_problems, stop
from segtutor.errors import UserError
from segtutor.images import MAX_PIXELS
from segtutor.instances import Instances
from segtutor.limits import MAX_MASKS
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
            check_problems(problems)
            continue
        if annotation["image_id"] in annotated:
            what = f"picture {annotation['image_id']} has a second annotation"
            problems.append(Problem(str(image["file_name"]), None, "annotated twice", what, "remove one of the two"))
            continue
        annotated.add(annotation["image_id"])
        entries.append(Entry(str(image["file_name"]), _panoptic_reader(annotation, image, folder, maps, categories)))
    return Records(entries, categories, problems + _without(by_id, annotated))


def coco_instances(
    annotations: str | os.PathLike,
    images: str | os.PathLike,
    *,
    unlabelled: str | None = None,
    crowds: str = "as stated",
) -> Records:
    """Pictures with instance annotations: polygons, compressed and uncompressed run lengths, crowds.

    annotations: the json with images, annotations and categories (no isthing needed: all are things). images: the
    folder of the pictures. unlabelled: what pixels of no object are, "background" (the default) or "void"; see
    segtutor.data.convert.outlined. crowds: "as stated", or "objects" for files whose "iscrowd": 1 means a brush mask,
    as CVAT's export writes it; a crowd is no object that is learned or counted.
    Rows: {"image", "segmentation", "instances", "file"[, "valid"]}; see the file's text for what overlaps. Pictures
    without any annotation are records too, with nothing in them: that they hold no object is information.
    """
    if crowds not in ("as stated", "objects"):
        raise UserError(f"crowds must be 'as stated' or 'objects', got {crowds!r}: say what iscrowd means in the file")
    content = _content(files.existing(annotations))
    categories = Categories.from_coco(
        [
            {"isthing": int(not is_background(str(c.get("name")))), **c} if isinstance(c, dict) else c
            for c in content["categories"]
        ]
    )
    categories = _without_group(categories, content)
    rest = outside(categories, unlabelled, given=False)
    remarks = [rest.remark]
    stated = [a.get("iscrowd", 0) for a in content["annotations"] if isinstance(a, dict)]
    if crowds == "as stated" and stated and all(value == 1 for value in stated):
        remarks.append(
            f'every one of the {len(stated)} annotations is a crowd ("iscrowd": 1), which no training learns and no '
            "metric counts: CVAT writes so of brush masks, which crowds='objects' reads as objects"
        )
    folder = files.existing(images, "folder")
    by_id, problems = _images(content)
    of_image: dict[Any, list[dict]] = defaultdict(list)
    for number, annotation in enumerate(content["annotations"]):
        image_id = _image_id(annotation)
        if image_id not in by_id or "segmentation" not in annotation:
            problems.append(_orphan(annotation, number, "segmentation"))
            check_problems(problems)
            continue
        of_image[image_id].append(annotation)
    entries = [
        Entry(str(image["file_name"]), _instance_reader(of_image[image_id], image, folder, rest, crowds == "as stated"))
        for image_id, image in by_id.items()
    ]
    made = Made(
        "coco_instances",
        (annotations, images),
        {"unlabelled": unlabelled, "crowds": None if crowds == "as stated" else crowds},
    )
    return Records(entries, rest.categories, problems, remarks=remarks, made=made)


def _without_group(categories: Categories, content: dict) -> Categories:
    """The categories without Roboflow's category 0, the group of all others, of which nothing is labelled."""
    group = next((c for c in content["categories"] if isinstance(c, dict) and c.get("id") == 0), None)
    others = [c for c in content["categories"] if isinstance(c, dict) and c.get("id") != 0]
    if group is None or not others or not all(c.get("supercategory") == group.get("name") for c in others):
        return categories
    if any(isinstance(a, dict) and a.get("category_id") == 0 for a in content["annotations"]):
        return categories
    return Categories(c for c in categories if c.id != 0)


def _panoptic_reader(annotation: dict, image: dict, folder: Path, maps: Path, categories: Categories):
    def read() -> dict[str, Any]:
        file = str(image["file_name"])
        path = files.spelled(folder, image["file_name"])
        picture = files.picture(path)
        name = annotation.get("file_name") or Path(file.replace("\\", "/")).with_suffix(".png").name
        rgb = files.label_map(files.spelled(maps, name))
        if rgb.ndim != 3:
            what = f"the panoptic map {name} must be RGB (id = R + 256 G + 65536 B), got one number for each pixel"
            raise stop(file, "wrong mode", what, "save it as an RGB PNG")
        turn = files.turn_of(path, picture, rgb.shape[:2])
        rgb = files.turned(rgb, turn)
        files.check_same_size(picture, rgb, file)
        truth = Segmentation.from_coco(rgb, annotation["segments_info"], categories)
        return {"image": picture, "segmentation": truth, **files.doubt(turn, path, picture)}

    return read


def _instance_reader(annotations: list[dict], image: dict, folder: Path, rest: Outside, crowds: bool):
    categories = rest.categories

    def read() -> dict[str, Any]:
        file = str(image["file_name"])
        path = files.spelled(folder, image["file_name"])
        picture = files.picture(path)
        stated = (image.get("height"), image.get("width"))
        turn = files.turn_of(path, picture, stated)
        size = files.stored_size(picture, turn)
        if stated != size and None not in stated:
            what = f"the picture is {size[1]} x {size[0]}, but the json says {stated[1]} x {stated[0]}"
            raise stop(file, "sizes differ", what, "correct width and height in images, or the picture's rotation")
        if len(annotations) * picture.shape[0] * picture.shape[1] > MAX_MASKS:
            what = (
                f"at most {MAX_MASKS:.0e} mask pixels can be held, got {len(annotations)} annotations of {size[1]} x "
                f"{size[0]} pixels"
            )
            raise stop(file, "too large", what, "cut or shrink the picture with its annotations")
        whole = np.zeros((len(annotations), *picture.shape[:2]), bool)  # memory is taken where something is written
        labels: list[int] = []
        crowd: list[bool] = []
        for number, annotation in enumerate(annotations):
            where = f"annotation {annotation.get('id', '?')} of {file}"
            try:
                mask = annotation_mask(annotation["segmentation"], size)
            except UserError as error:
                problem = getattr(error, "problem", None)
                if problem is None:
                    raise
                raise stop(where, problem.kind, problem.what, problem.mend) from None
            columns = np.flatnonzero(mask.T.any(axis=1))  # masks lie column by column in memory
            if not len(columns):
                raise stop(where, "empty mask", "the mask has no pixel", "remove the annotation")
            if annotation.get("iscrowd", 0) not in (0, 1):
                what = f"iscrowd must be 0 or 1, got {annotation['iscrowd']!r}"
                raise stop(where, "bad iscrowd", what, "correct the annotation")
            if turn == 1:
                across = slice(int(columns[0]), int(columns[-1]) + 1)
                rows = np.flatnonzero(mask.T[across].any(axis=0))
                box = slice(int(rows[0]), int(rows[-1]) + 1), across
                whole[number][box] = mask[box]
            else:
                whole[number] = files.turned(mask, turn)
            labels.append(categories.index(annotation.get("category_id")))
            crowd.append(crowds and bool(annotation.get("iscrowd", 0)))
        instances = Instances(
            whole, np.array(labels, np.int64), np.ones(len(labels)), categories, np.array(crowd, bool)
        )
        row = {"image": picture, **_flat(instances, rest), "instances": instances, **files.doubt(turn, path, picture)}
        if rest.category is None and not rest.empty:
            row["valid"] = whole.any(axis=0)  # void as asked, also for a mask classifier
        return row

    return read


def flattened(instances: Instances) -> Segmentation:
    """Instances as one map: where masks overlap the smaller object wins, crowds lie below all. Ids are 1 + position.

    An object that others cover wholly has no pixel left and is no segment.
    """
    return _flat(instances, Outside(instances.categories, None, False, ""))["segmentation"]


def _flat(instances: Instances, rest: Outside) -> dict[str, Any]:
    """{"segmentation"} of instances, with what pixels of no object are."""
    sizes = instances.masks.sum(axis=(1, 2)).tolist()
    order = sorted(range(len(instances)), key=lambda i: (not instances.iscrowd[i], -sizes[i], i))
    ids = np.zeros(instances.masks.shape[1:], np.int32)
    for i in order:
        ids[instances.masks[i]] = i + 1
    seen = np.bincount(ids.ravel(), minlength=len(instances) + 1) > 0
    left = [i for i in range(len(instances)) if seen[i + 1]]
    category_of = {i + 1: instances.categories[int(instances.labels[i])].id for i in left}
    return with_outside(ids, category_of, rest, iscrowd=[i + 1 for i in left if instances.iscrowd[i]])


def _content(path: Path) -> dict:
    content = files.read_json(path)
    missing = [
        key for key in ("images", "annotations", "categories") if not isinstance(content, dict) or key not in content
    ]
    if missing or not all(isinstance(content[key], list) for key in ("images", "annotations", "categories")):
        what = f"has no {missing[0]!r}" if missing else "must have lists of images, annotations and categories"
        raise UserError(f"{path} {what}: is it a COCO annotation file, with images, annotations and categories?")
    return content


def _images(content: dict) -> tuple[dict[Any, dict], list[Problem]]:
    """The pictures by id; entries without id or file name, and ids that come twice, are problems."""
    by_id: dict[Any, dict] = {}
    problems = []
    for number, image in enumerate(content["images"]):
        name = str(image.get("file_name", f"images[{number}]")) if isinstance(image, dict) else f"images[{number}]"
        if not isinstance(image, dict) or not isinstance(image.get("id"), int | str) or "file_name" not in image:
            what, mend = "the entry has no id or no file_name", "add them"
            problems.append(Problem(name, None, "incomplete entry", what, mend))
            check_problems(problems)
        elif image["id"] in by_id:
            what = f"id {image['id']} occurs a second time"
            problems.append(Problem(name, None, "id twice", what, "renumber the pictures"))
        elif None not in (image.get("width"), image.get("height")) and not _plausible(image):
            what = f"the size must be 1 to {MAX_PIXELS} pixels, got {image['width']} x {image['height']}"
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
    what, mend = "the picture has no annotation", "annotate it, or remove its entry in images"
    return [Problem(str(i["file_name"]), None, "no labels", what, mend) for k, i in by_id.items() if k not in annotated]


def _orphan(annotation: Any, number: int, needed: str) -> Problem:
    if not isinstance(annotation, dict) or needed not in annotation:
        what, mend = f"the annotation has no {needed!r}", "is it a file of the other COCO format?"
        return Problem(f"annotations[{number}]", None, "incomplete entry", what, mend)
    what = f"the annotation belongs to picture {annotation.get('image_id')!r}, which images does not list"
    return Problem(f"annotations[{number}]", None, "no picture", what, "add the picture, or remove the annotation")
