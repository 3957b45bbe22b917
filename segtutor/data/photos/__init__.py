"""Four real photographs with a panoptic annotation of our own, shipped with the package: no network needed.

    st.data.photographs()            a datasets.Dataset in the COCO panoptic schema, as ToyTown's
    st.data.photographs.categories   its categories: things (person, cat, cup...) and stuff (sky, wall, table...)
    st.data.photograph("coffee")     (image, Segmentation)

Each photograph NAME is three files: NAME.jpg; NAME.json with author, licence, source and the outlines; NAME.png, the
panoptic map painted from the outlines (id = R + 256 G + 65536 B, 0 = void). SOURCES.md says who took the pictures,
how the outlines were made, and what they do not claim to be.
"""

from __future__ import annotations

import io
import json
from importlib.resources import files
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.segments import Categories, Segmentation

NAMES = ("coffee", "chelsea", "astronaut", "rocket")


def read(file_name: str) -> bytes:
    """The bytes of one of this folder's files."""
    return files(__package__).joinpath(file_name).read_bytes()


def annotation(name: str) -> dict[str, Any]:
    """The content of NAME.json: title, author, licence, source, changes, width, height, segments and shapes.

    shapes: {"segment_id", "outline"} in painter's order, see `segtutor.data.photos.outlines`. segments: {"id",
    "category_id"}. Raises UserError for a name that is not among NAMES.
    """
    if name not in NAMES:
        raise UserError(
            f"photograph must be one of {', '.join(NAMES)}, got {name!r}: for a picture of your own, use "
            "segtutor.load_image(path)"
        )
    return json.loads(read(f"{name}.json"))


def photograph(name: str) -> tuple[np.ndarray, Segmentation]:
    """One photograph and its annotation.

    name: "coffee", "chelsea", "astronaut" or "rocket". Returns the image, (H, W, 3) uint8 RGB, and a Segmentation of
    the same size whose categories are `photographs.categories`. Raises UserError for another name.
    """
    segments = annotation(name)["segments"]
    truth = Segmentation.from_coco(_decoded(f"{name}.png"), segments, categories)
    return _decoded(f"{name}.jpg"), truth


def photographs():
    """The four photographs as a `datasets.Dataset` in the COCO panoptic schema.

    Columns: image_id (1 to 4), file_name, image, panoptic (PNG, id = R + 256 G + 65536 B, 0 = void) and segments_info
    (id, category_id, area, bbox as x, y, width, height, iscrowd). The categories are `photographs.categories`.
    """
    import datasets

    rows = []
    for image_id, name in enumerate(NAMES, 1):
        row = {"image_id": image_id, "file_name": f"{name}.jpg"}
        row |= {"image": {"bytes": read(f"{name}.jpg")}, "panoptic": {"bytes": read(f"{name}.png")}}
        rows.append(row | {"segments_info": photograph(name)[1].to_coco()[1]})
    whole = datasets.Value("int32")
    segment = {"id": whole, "category_id": whole, "area": whole, "bbox": datasets.List(whole, length=4)}
    features = datasets.Features(
        image_id=datasets.Value("int64"),
        file_name=datasets.Value("string"),
        image=datasets.Image(),
        panoptic=datasets.Image(),
        segments_info=datasets.List(segment | {"iscrowd": datasets.Value("int8")}),
    )
    return datasets.Dataset.from_list(rows, features=features)


def _decoded(file_name: str) -> np.ndarray:
    from PIL import Image

    with Image.open(io.BytesIO(read(file_name))) as picture:
        return np.asarray(picture.convert("RGB"))


categories = Categories.from_coco(json.loads(read("categories.json")))
photographs.categories = categories  # type: ignore[attr-defined]  # st.data.photographs.categories reads as toytown's
