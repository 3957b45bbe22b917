"""Label Studio's json, and the PNG for each label that it exports beside it.

Coordinates are percent of the picture. Brush strokes are run lengths of its own, or a PNG for each label. Where results
overlap the later one lies above.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from segtutor.data.convert import files
from segtutor.data.convert.outlined import Outside, Shape, drawn_categories, id_of, outlined, outside
from segtutor.data.convert.shapes import corners, ellipse_mask, polygon_mask, turned_box
from segtutor.data.records import Entry, Made, Problem, Records, stop
from segtutor.errors import UserError
from segtutor.images import MAX_PIXELS

_KINDS = ("polygonlabels", "rectanglelabels", "ellipselabels", "brushlabels")
# <Labels> beside <Polygon>: a result "labels" repeats the values of the drawing, of which the kind follows.
_OF_VALUES = {"points": _KINDS[0], "width": _KINDS[1], "radiusX": _KINDS[2], "rle": _KINDS[3]}
_PNG = re.compile(r"task-(\d+)-annotation-(\d+)-by-.*-tag-(.+)-(\d+)\.png")


def label_studio(
    annotations: str | os.PathLike,
    images: str | os.PathLike,
    categories: Any = None,
    *,
    masks: str | os.PathLike | None = None,
    unlabelled: str | None = None,
) -> Records:
    """Pictures annotated with Label Studio: polygons, rectangles and ellipses (also turned), brush strokes.

    annotations: the exported json (not JSON-MIN). images: the folder of the pictures; the letters that an upload puts
    before a file's name may be missing there. masks: the folder of an export as PNG (task-1-annotation-2-by-3-tag-
    LABEL-0.png), read instead of the json's strokes. Of several annotations of a task the last that was not cancelled
    counts. Key points and relations have no inside and are passed over. unlabelled: what pixels of no result are,
    "background" or "void"; see segtutor.data.convert.outlined. Rows: {"image", "segmentation", "file"[, "valid"]}.
    """
    path, folder = files.existing(annotations), files.existing(images, "folder")
    tasks = files.read_json(path)
    good = isinstance(tasks, list) and all(isinstance(task, dict) and "annotations" in task for task in tasks)
    if not good or not tasks:
        raise UserError(f"{path} has no tasks and annotations: export from Label Studio as JSON")
    painted = _pngs(files.existing(masks, "folder")) if masks is not None else {}
    found, problems = [], []
    for number, task in enumerate(tasks):
        name = _name(task.get("data"))
        results = _results(task)
        if name is None:
            what, mend = "the task has no picture in data", "remove the task"
            problems.append(Problem(f"task {task.get('id', number)}", None, "no picture", what, mend))
        elif results is None and task.get("id") not in painted:
            what, mend = "the task has no annotation", "annotate it, or remove it"
            problems.append(Problem(name, None, "no labels", what, mend))
        else:
            found.append((name, results or [], painted.get(task.get("id"), [])))
    labels = [_label(result) for _, results, _ in found for result in results if result.get("type") in _KINDS]
    labels += [label for _, _, pngs in found for label, _ in pngs]
    rest = outside(drawn_categories(labels, categories), unlabelled, given=categories is not None)
    entries = [Entry(name, _reader(name, results, pngs, folder, rest)) for name, results, pngs in found]
    made = Made(
        "label_studio", (annotations, images), {"categories": categories, "masks": masks, "unlabelled": unlabelled}
    )
    return Records(entries, rest.categories, problems, remarks=[rest.remark], made=made)


def _pngs(folder: Path) -> dict[int, list[tuple[str, Path]]]:
    """{task id: (label, mask)} of the export as PNG; of several annotations of a task the last counts."""
    found: dict[int, dict[int, list]] = defaultdict(lambda: defaultdict(list))
    for path in files.files_in(folder, [".png"]):
        match = _PNG.fullmatch(path.name)
        if match:
            task, annotation, label, number = match.groups()
            found[int(task)][int(annotation)].append((int(number), label, path))
    return {task: [(label, path) for _, label, path in sorted(by[max(by)])] for task, by in found.items()}


def _results(task: dict) -> list[dict] | None:
    done = [a for a in task["annotations"] if isinstance(a, dict) and not a.get("was_cancelled")]
    if not done:
        return None
    results = [result for result in done[-1].get("result") or [] if isinstance(result, dict)]
    return [_as_drawn(result) for result in results]


def _as_drawn(result: dict) -> dict:
    """A result "labels" as what it labels; any other as it is."""
    value = result.get("value")
    if result.get("type") != "labels" or not isinstance(value, dict):
        return result
    kind = next((kind for key, kind in _OF_VALUES.items() if key in value), None)
    return result if kind is None else {**result, "type": kind, "value": {**value, kind: value.get("labels")}}


def _name(data: Any) -> str | None:
    """The picture's file name, out of a path, an address, or a link to local files."""
    texts = [value for value in data.values() if isinstance(value, str)] if isinstance(data, dict) else []
    text = data.get("image") if isinstance(data, dict) and isinstance(data.get("image"), str) else None
    text = text or next((t for t in texts if os.path.splitext(urlsplit(t).path)[1].lower() in files.IMAGES), None)
    if text is None:
        return None
    parts = urlsplit(text)
    inner = parse_qs(parts.query).get("d") if parts.path.rstrip("/").endswith("local-files") else None
    # Addresses, and paths that Label Studio itself serves, are escaped: %20 is a blank.
    return inner[0] if inner else unquote(parts.path) if "://" in text or text.startswith("/data/") else text


def _found(folder: Path, name: str) -> Path:
    """The picture: of the longest end of its path that is a file, with or without what an upload puts before it."""
    parts = [part for part in name.replace("\\", "/").split("/") if part]
    last = re.sub(r"^[0-9a-f]{8}-", "", parts[-1]) if parts else ""
    ends = [parts[i:] for i in range(len(parts)) if ".." not in parts[i:]]
    for end in ends:
        for form in ("/".join(end), "/".join([*end[:-1], last])):
            path = files.spelled(folder, form)
            if path.is_file():
                return path
    return files.spelled(folder, name if "/" in name and not name.startswith("/") else name.rpartition("/")[2])


def _label(result: dict) -> Any:
    value = result.get("value")
    listed = value.get(result.get("type")) if isinstance(value, dict) else None
    return listed[0] if isinstance(listed, list) and len(listed) == 1 else None


def _reader(name: str, results: list[dict], pngs: list[tuple[str, Path]], folder: Path, rest: Outside):
    def read() -> dict[str, Any]:
        path = _found(folder, name)
        image = files.picture(path)
        stated = next(((r.get("original_height"), r.get("original_width")) for r in results), (None, None))
        turn = files.turn_of(path, image, stated)
        size = files.stored_size(image, turn)
        files.check_stated(stated, size, name)
        shapes = []
        for number, result in enumerate(results if not pngs else ()):
            if result.get("type") not in _KINDS:
                continue
            where = f"result {number} of {path.name}"
            mask = files.turned(_mask(result, size, where), turn)
            shapes.append(Shape(mask, id_of(_label(result), rest.categories, where)))
        for label, mask_path in pngs:
            stored = files.label_map(mask_path)
            stored = files.turned(stored, files.turn_of(path, image, stored.shape[:2]))
            files.check_same_size(image, stored, path.name)
            mask = np.asarray((stored if stored.ndim == 2 else stored.any(-1)) > 0)
            shapes.append(Shape(mask, id_of(label, rest.categories, mask_path.name)))
        truth = outlined(shapes, image.shape[:2], rest, path.name)
        return {"image": image, **truth, **files.doubt(turn, path, image)}

    return read


def _mask(result: dict, size: tuple[int, int], where: str) -> np.ndarray:
    value, kind = result.get("value"), result["type"]
    value = value if isinstance(value, dict) else {}
    scale = np.array([size[1], size[0]]) / 100

    def numbers(*keys: str) -> np.ndarray:
        return corners([[value.get(key), 0] for key in keys], where, least=len(keys))[:, 0]

    degrees = float(numbers("rotation")[0]) if "rotation" in value else 0.0
    if kind == "polygonlabels":
        return polygon_mask(corners(value.get("points"), where, least=3) * scale, size)
    if kind == "ellipselabels":
        centre, half = numbers("x", "y") * scale, numbers("radiusX", "radiusY") * scale
        return ellipse_mask(centre, half, degrees, size, where)
    if kind == "rectanglelabels":  # turned about its upper left corner
        return polygon_mask(turned_box(numbers("x", "y") * scale, numbers("width", "height") * scale, degrees), size)
    if value.get("format") != "rle":
        what = f"strokes must be of format 'rle', got {str(value.get('format'))[:20]!r}"
        raise stop(where, "bad run lengths", what, "export it again")
    return unpacked(value.get("rle"), size, where)


def unpacked(codes: Any, size: tuple[int, int], where: str) -> np.ndarray:
    """The (H, W) bool mask of brush strokes, packed as a stream of bits.

    The stream: 32 bits, how many bytes of RGBA follow; 5 bits, the length of a word less 1; four times 4 bits, lengths
    of run lengths less 1. Then runs: 1 bit, whether one word is repeated; 2 bits, which of the four lengths; the run's
    length less 1; one word, or as many as the run is long. Alpha says where a stroke is.
    Raises RecordError for a stream that does not fill the picture.
    """
    wanted = 4 * size[0] * size[1]
    good = isinstance(codes, list) and all(isinstance(c, int) and 0 <= c <= 255 for c in codes)
    if not good or wanted > 4 * MAX_PIXELS:
        raise stop(where, "bad run lengths", "strokes must be a list of bytes", "export it again")
    bits = np.unpackbits(np.array(codes, np.uint8))
    place = 0

    def take(count: int) -> int:
        nonlocal place
        if place + count > len(bits):
            raise stop(where, "bad run lengths", "the strokes end too early, before the whole mask", "export it again")
        number = int("".join(map(str, bits[place : place + count].tolist())), 2)
        place += count
        return number

    total = take(32)
    if total != wanted:
        what = f"strokes and picture must have one size, got {total // 4} pixels and {size[1]} x {size[0]}"
        raise stop(where, "sizes differ", what, "use the picture that was annotated")
    word = take(5) + 1
    lengths = [take(4) + 1 for _ in range(4)]
    values = np.zeros(total, np.uint8)
    at = 0
    while at < total:
        repeated = take(1)
        end = at + 1 + take(lengths[take(2)])
        if end > total:
            raise stop(where, "bad run lengths", "the strokes go beyond the picture", "export it again")
        if repeated:
            values[at:end] = take(word) & 255
        else:
            count = end - at
            if place + count * word > len(bits):
                raise stop(
                    where, "bad run lengths", "the strokes end too early, before the whole mask", "export it again"
                )
            rows = bits[place : place + count * word].reshape(count, word)[:, -8:]
            values[at:end] = rows @ (1 << np.arange(rows.shape[1] - 1, -1, -1))
            place += count * word
        at = end
    return values.reshape(*size, 4)[..., 3] > 0
