"""ToyTown served as a data set in the COCO panoptic schema, with named splits whose seeds never meet.

A split is a range of seeds, nothing more: no file is shipped, and `scene(seed)` gives back the scene of any row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from segtutor.data.toytown.scene import FIRST_THING, Scene, scene
from segtutor.data.toytown.vocabulary import categories
from segtutor.errors import UserError
from segtutor.segments import Categories, Segmentation

# Split -> the range of its seeds. Figures are reported on `validation`; thresholds are chosen on `tuning`, so that
# neither a weight nor a threshold has seen a validation scene.
SPLITS = {
    "validation": range(0, 100_000),
    "test": range(100_000, 200_000),
    "demo": range(200_000, 300_000),
    "tuning": range(900_000, 1_000_000),
    "train": range(1_000_000, 2_000_000_000),
}
DEFAULT_SIZES = {"validation": 500, "test": 500, "demo": 100, "tuning": 200, "train": 2000}


def seeds(split: str, size: int | None = None) -> range:
    """The seeds of the first `size` scenes of a split."""
    if split not in SPLITS:
        raise UserError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    size = DEFAULT_SIZES[split] if size is None else size
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 1 <= size <= len(SPLITS[split]):
        raise UserError(f"size must be 1 to {len(SPLITS[split])} scenes for the split {split!r}, got {size!r}")
    return SPLITS[split][: int(size)]


def scenes(split: str = "validation", size: int | None = None, image_size: int = 128) -> Iterator[Scene]:
    """The scenes of a split, one after the other, composed when asked for."""
    for seed in seeds(split, size):
        yield scene(seed, image_size)


def record(seed: int, image_size: int = 128, fine: Categories | None = None) -> dict:
    """One row of the data set as plain Python: PNG bytes of picture and id map, and the segments.

    Beside COCO's fields, a segment of a thing carries its attributes `colour` and `pattern` (empty for stuff).
    """
    one = scene(seed, image_size)
    image, truth = one.render()
    if fine is not None:
        truth = one.fine_segmentation(truth, fine)
    rgb, segments_info = truth.to_coco()
    for info in segments_info:
        thing = one.things[info["id"] - FIRST_THING] if info["id"] >= FIRST_THING else None
        info.update(colour=thing.colour if thing else "", pattern=thing.pattern if thing else "")
        info.pop("score", None)
    return {
        "image_id": seed,
        "image": {"bytes": _png(image)},
        "panoptic": {"bytes": _png(rgb)},
        "segments_info": segments_info,
    }


def dataset(
    split: str = "validation", size: int | None = None, *, image_size: int = 128, fine: Categories | None = None
):
    """ToyTown as a `datasets.Dataset` in the COCO panoptic schema.

    split: "train", "tuning", "validation", "test" or "demo"; size: how many scenes (default: DEFAULT_SIZES);
    image_size: 64 to 512 pixels; fine: categories from `fine_categories(...)` instead of the 15.
    Columns: image_id (the seed), image, panoptic (PNG, id = R + 256 G + 65536 B, 0 = void) and segments_info (id,
    category_id, area, bbox as x, y, width, height, iscrowd, colour, pattern). All rows are held in memory, about
    25 kB each at 128 pixels; nothing is written to disk.
    """
    import datasets

    rows = [record(seed, image_size, fine) for seed in seeds(split, size)]
    segment = {
        "id": datasets.Value("int32"),
        "category_id": datasets.Value("int32"),
        "area": datasets.Value("int32"),
        "bbox": datasets.List(datasets.Value("int32"), length=4)
        if hasattr(datasets, "List")
        else datasets.Sequence(datasets.Value("int32"), length=4),
        "iscrowd": datasets.Value("int8"),
        "colour": datasets.Value("string"),
        "pattern": datasets.Value("string"),
    }
    features = datasets.Features(
        image_id=datasets.Value("int64"), image=datasets.Image(), panoptic=datasets.Image(), segments_info=[segment]
    )
    return datasets.Dataset.from_list(rows, features=features)


def as_pair(row: dict, among: Categories = categories) -> tuple[np.ndarray, Segmentation]:
    """A row of the data set as (image (H, W, 3) uint8, Segmentation)."""
    rgb, info = np.asarray(row["panoptic"].convert("RGB")), row["segments_info"]
    return np.asarray(row["image"].convert("RGB")), Segmentation.from_coco(rgb, info, among)


def _png(array: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "png", compress_level=1)
    return buffer.getvalue()
