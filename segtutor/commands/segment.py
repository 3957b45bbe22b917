"""`segtutor segment`: one picture in, one picture of its segments out."""

import io
import os
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import refuse_existing, write_whole

TASKS = ("panoptic", "semantic", "instance")
# Instance inference ranks every query, the hopeless ones too, because AP needs them; a person wants those that are
# more likely right than wrong.
SHOWN_SCORE = 0.5
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def segment(
    image: str,
    *,
    model: str,
    task: str | None,
    out: str | os.PathLike | None,
    force: bool = False,
    private: bool = False,
    engine: str | None = None,
    prompt: dict | None = None,
    score_threshold: float | None = None,
    overlap_threshold: float | None = None,
    tile: int | None = None,
) -> dict:
    """Segment `image` (a path or an http(s) address) and write the picture with its segments to `out`.

    Returns {"model", "engine", "task", "width", "height", "out", "segments"}; a segment is {"number" (beside it in the
    picture and its legend), "id", "category", "category_id", "isthing", "score" (0..1 or None), "area" (pixels),
    "bbox" [x, y, w, h]}.
    task: by default panoptic, or instance for a model that finds boxes. prompt: for a model that is asked with one,
    what commands/prompt.py made of it; its task is then "prompt". score_threshold, overlap_threshold: 0..1, of mask
    models, as `Segmenter.predict` takes them; by default the model's, and `SHOWN_SCORE` for instances. tile: pixels of
    an edge of the pieces in which a large picture is asked. "hint": where nothing was found, how near it was, or None.
    Raises `UserError` for an unknown task or picture format, an `out` that exists (without `force`), and whatever
    `segtutor.load` and `segtutor.load_image` refuse.
    """
    if task is not None and task not in TASKS:
        raise UserError(f"--task must be one of {', '.join(TASKS)}, got {task!r}")
    if out is not None:
        _format_of(out)
        refuse_existing(out, overwrite=force)
    hint = None
    from segtutor.images import load_image  # only now: a mistake above is answered without waiting for torch
    from segtutor.models.zoo import load
    from segtutor.thresholds import checked_threshold

    pixels = load_image(image, allow_private=private)
    segmenter = load(model, engine=engine)
    if segmenter.family == "prompt":
        if task is not None:
            raise UserError(f"--task is not for {model}, which is asked with prompts, got {task}: leave it out")
        task, result = "prompt", segmenter.set_image(pixels).predict(**(prompt or {}))
    elif prompt:
        raise UserError(
            f"{model} takes no prompt: leave it out, or name a model that takes one, such as --model sam-toytown"
        )
    else:
        if task is None:  # a model that finds boxes knows one task
            task = "instance" if segmenter.family == "boxes" else "panoptic"
        given = {"score_threshold": score_threshold, "overlap_threshold": overlap_threshold}
        given = {name: checked_threshold(value, name) for name, value in given.items() if value is not None}
        if given and task == "semantic":
            raise UserError(f"{_option(given)} is not for --task semantic, which has no threshold: leave it out")
        if given and segmenter.family == "per-pixel":
            raise UserError(
                f"{_option(given)} is not for {model}, which classifies pixels and has no threshold: leave it out"
            )
        if "overlap_threshold" in given and task == "instance":
            raise UserError("--overlap-threshold is for --task panoptic, because instances may overlap: leave it out")
        if tile is not None and segmenter.family == "boxes":
            raise UserError(f"--tile is not for {model}, which finds boxes and sees a picture whole: leave it out")
        more = {} if tile is None else {"tile": tile}
        if task == "instance":
            least = given.get("score_threshold", SHOWN_SCORE)
            given = given if segmenter.family == "boxes" else {"score_threshold": least}
            result = _likely(segmenter.segment(pixels, task=task, **given, **more), least)
        else:
            result = segmenter.segment(pixels, task=task, **given, **more)
        hint = (
            None
            if describe(result) or tile
            else _nearly(segmenter, task, {**segmenter.thresholds, **given}, given.get("score_threshold", SHOWN_SCORE))
        )
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
        "hint": hint,
    }


def _option(given: dict) -> str:
    return "--" + next(iter(given)).replace("_", "-")


def _nearly(segmenter, task: str, thresholds: dict, least: float) -> str | None:
    """How near an empty prediction was to one that says something: the best query's score beside the threshold."""
    if segmenter.family not in ("mask", "boxes"):
        return None
    if task == "instance":
        scores = segmenter.predict("instance", score_threshold=0.0).scores
        best, needed = float(max(scores, default=0)), least
    else:
        best = float(segmenter.output.class_logits.softmax(-1)[..., :-1].max())
        needed = thresholds["score_threshold"]
    if best >= needed:
        return "Nothing was found: queries are sure enough, but others cover them; try --overlap-threshold 0.5."
    lower = max(0.05, int(best * 10) / 10)
    best_shown = min(best, 0.99) if needed > best else best
    return (
        f"Nothing was found: the best query scores {best_shown:.2f}, below {needed:g}; try --score-threshold {lower:g}."
    )


def _likely(instances, least: float = SHOWN_SCORE):
    """The instances that a person is shown: of at least `least`, and of at least one pixel."""
    keep = (instances.scores >= least) & instances.masks.any(axis=(1, 2))
    return instances[keep]


def describe(result) -> list[dict]:
    """The segments of a `Segmentation`, or the instances of an `Instances`, as plain dictionaries for json."""
    from segtutor.show.legend import legend_rows

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

    from segtutor.show import figure

    canvas = FigureCanvasAgg(figure(pixels, result))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _format_of(out: str | os.PathLike) -> str:
    suffix = Path(out).suffix.lower()
    if suffix not in _FORMATS:
        raise UserError(f"--out must end in {', '.join(_FORMATS)}, got {str(out)!r}: add .png to it")
    return _FORMATS[suffix]


def _encode(pixels, out: str | os.PathLike) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=_format_of(out))
    return buffer.getvalue()
