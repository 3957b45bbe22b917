"""`segtutor segment`: one picture in, one picture of its segments out."""

import io
import os
from pathlib import Path

from ..errors import UserError
from ..files import refuse_existing, write_whole

TASKS = ("panoptic", "semantic", "instance")
# Instance inference ranks every query, the hopeless ones too, because AP needs them; a person wants those that are
# more likely right than wrong.
SHOWN_SCORE = 0.5
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def segment(
    image: str,
    *,
    model: str,
    task: str,
    out: str | os.PathLike | None,
    force: bool = False,
    private: bool = False,
    engine: str | None = None,
) -> dict:
    """Segment `image` (a path or an http(s) address) and write the picture with its segments to `out`.

    Returns {"model", "engine", "task", "width", "height", "out", "segments"}; a segment is {"number" (beside it in the
    picture and its legend), "id", "category", "category_id", "isthing", "score" (0..1 or None), "area" (pixels),
    "bbox" [x, y, w, h]}.
    Raises `UserError` for an unknown task or picture format, an `out` that exists (without `force`), and whatever
    `segtutor.load` and `segtutor.load_image` refuse.
    """
    if task not in TASKS:
        raise UserError(f"--task is {task!r}, expected one of {', '.join(TASKS)}.")
    if out is not None:
        _format_of(out)
        refuse_existing(out, overwrite=force)
    from ..images import load_image  # only now: a mistake above is answered without waiting for torch
    from ..models.zoo import load

    pixels = load_image(image, allow_private=private)
    segmenter = load(model, engine=engine)
    result = segmenter.segment(pixels, task=task)
    if task == "instance":
        result = _likely(result)
    if out is not None:
        write_whole(out, _encode(_draw(pixels, result), out), overwrite=force)
    height, width = pixels.shape[:2]
    return {
        "model": model,
        "engine": segmenter.engine,
        "task": task,
        "width": width,
        "height": height,
        "out": None if out is None else str(out),
        "segments": describe(result),
    }


def _likely(instances):
    """The instances that a person is shown: of at least `SHOWN_SCORE`, and of at least one pixel."""
    keep = (instances.scores >= SHOWN_SCORE) & instances.masks.any(axis=(1, 2))
    return instances[keep]


def describe(result) -> list[dict]:
    """The segments of a `Segmentation`, or the instances of an `Instances`, as plain dictionaries for json."""
    from ..show.legend import legend_rows

    numbers = {member: number for number, row in enumerate(legend_rows(result), 1) for member in row.members}
    if hasattr(result, "segments"):
        found = [
            (part.id, result.categories.by_id(part.category_id), part.score, part.area, part.bbox)
            for part in result.segments
        ]
    else:
        found = [
            (number + 1, result.categories[int(label)], float(score), int(mask.sum()), _box(mask))
            for number, (mask, label, score) in enumerate(zip(result.masks, result.labels, result.scores, strict=True))
        ]
    return [
        {
            "number": numbers.get(position),  # None where the legend has no room for this category
            "id": int(identity),
            "category": category.name,
            "category_id": int(category.id),
            "isthing": bool(category.isthing),
            "score": None if score is None else round(float(score), 4),
            "area": int(area),
            "bbox": [int(value) for value in bbox],
        }
        for position, (identity, category, score, area, bbox) in enumerate(found)
    ]


def _box(mask) -> tuple[int, int, int, int]:
    """x, y, width, height of a mask's true pixels, (0, 0, 0, 0) where there are none."""
    rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    if not len(rows):
        return 0, 0, 0, 0
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1


def _draw(pixels, result):
    """The picture with its segments and their legend as an RGB array."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from ..show import figure

    canvas = FigureCanvasAgg(figure(pixels, result))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _format_of(out: str | os.PathLike) -> str:
    suffix = Path(out).suffix.lower()
    if suffix not in _FORMATS:
        raise UserError(f"--out is {str(out)!r}, expected a name that ends in {', '.join(_FORMATS)}; add .png to it.")
    return _FORMATS[suffix]


def _encode(pixels, out: str | os.PathLike) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=_format_of(out))
    return buffer.getvalue()
