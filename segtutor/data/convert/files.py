"""Opening what a data set consists of: json of bounded size, label maps as they are stored, pairs of files.

A label map is read without a change: palette indices stay indices, 16 bits stay 16 bits. What a viewer does with the
same file (colours for indices, 8 bits for 16) is what turns ids into nonsense.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.records import Problem, RecordError, stop
from segtutor.errors import UserError
from segtutor.images import MAX_PIXELS, load_image

MAX_JSON_BYTES = 2_000_000_000  # COCO's instances_train2017.json has 450 MB
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_LOSSLESS = {"PNG", "TIFF", "BMP", "GIF", "PPM"}


def read_json(path: str | os.PathLike) -> Any:
    """The content of a json file. Raises UserError: no such file, too large, no json."""
    path = existing(path)
    if path.stat().st_size > MAX_JSON_BYTES:
        raise UserError(f"got {path} of {path.stat().st_size} bytes, expected at most {MAX_JSON_BYTES}: split it")
    try:
        with open(path, encoding="utf-8-sig") as file:  # some editors begin with a mark
            return json.load(file)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"got {path}, which is no json ({reason}), expected one json object: save it again") from None


def existing(path: str | os.PathLike, kind: str = "file") -> Path:
    """The path, if there is such a file (kind="file") or folder (kind="folder"). Raises UserError."""
    if not isinstance(path, str | os.PathLike):
        raise UserError(f"got a {type(path).__name__} as the {kind}, expected a path: pass a str or Path")
    found = Path(os.path.expanduser(path))
    there = os.path.isfile(found) if kind == "file" else os.path.isdir(found)
    if not there:
        raise UserError(f"got {str(path)!r}, which is no {kind}, expected an existing one: correct the path")
    return found


def inside(folder: Path, name: Any) -> Path:
    """A file that a data set names, below its folder. Raises RecordError for a name that leads out of it."""
    text = str(name)
    if not isinstance(name, str) or not text or os.path.isabs(text) or ".." in Path(text).parts or "\0" in text:
        raise stop(text[:80], "bad name", f"the file name {text[:80]!r}, expected one below {folder}", "correct it")
    return folder / text


def picture(path: Path) -> np.ndarray:
    """The picture of a record, (H, W, 3) uint8. Raises RecordError where it is missing."""
    if not os.path.isfile(path):
        raise stop(path.name, "missing picture", f"no file {path}, expected the picture", "add it, or remove the entry")
    return load_image(path)


def label_map(path: Path) -> np.ndarray:
    """A label map as stored, (H, W) integers, or (H, W, 3) uint8 where the labels are colours.

    Raises RecordError: missing, no picture, too large, a file format that changes values (JPEG), an alpha channel.
    """
    if not os.path.isfile(path):
        what = f"no file {path}, expected the label map"
        raise stop(path.name, "missing labels", what, "add it, or remove the picture")
    return label_values(path, path.name)


def label_values(source: Any, name: str) -> np.ndarray:
    """What `label_map` says, of a path or of an open file in bytes. name: of the record, for a sentence."""
    from PIL import Image

    try:
        with Image.open(source) as opened:
            if opened.format not in _LOSSLESS:
                raise stop(
                    name,
                    "lossy labels",
                    f"labels stored as {opened.format}, which blurs ids at every border, expected PNG",
                    "export the labels again as PNG",
                )
            if opened.width * opened.height > MAX_PIXELS:
                raise stop(
                    name,
                    "too large",
                    f"{opened.width} x {opened.height} labels, expected {MAX_PIXELS} at most",
                    "cut it",
                )
            if opened.mode in ("RGBA", "LA", "CMYK", "F"):
                raise stop(
                    name,
                    "wrong mode",
                    f"labels of mode {opened.mode}, expected one number a pixel (L, P, I) or RGB",
                    "save the map without transparency, as whole numbers",
                )
            values = np.array(opened)
    except RecordError:
        raise
    except Image.DecompressionBombError:
        what = f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0)} labels, expected {MAX_PIXELS} at most"
        raise stop(name, "too large", what, "cut it") from None
    except (OSError, SyntaxError, ValueError) as error:
        reason = " ".join(str(error).split())[:100]
        what = f"{source if isinstance(source, Path) else 'labels'}, which is no picture ({reason}), expected one"
        raise stop(name, "unreadable labels", what, "export it again") from None
    return values.astype(np.int64) if values.dtype == bool else values


def check_same_size(image: np.ndarray, labels: np.ndarray, file: str) -> None:
    """Raises RecordError unless picture and labels have one size."""
    if image.shape[:2] != labels.shape[:2]:
        turned = image.shape[:2] == labels.shape[1::-1]
        mend = (
            "one of the two is rotated: write the picture without its EXIF orientation, or rotate the labels"
            if turned
            else "resize the labels with nearest neighbour, never bilinearly"
        )
        raise stop(
            file,
            "sizes differ",
            f"a picture of {image.shape[1]} x {image.shape[0]} and labels of {labels.shape[1]} x {labels.shape[0]}, "
            "expected one size",
            mend,
        )


def pairs(
    images: Iterable[Path], labels: Iterable[Path], *, image_end: str = "", label_end: str = ""
) -> tuple[list[tuple[Path, Path]], list[Problem]]:
    """Pictures and label maps that belong together by their name without ending; and what has no partner.

    image_end, label_end: what the stem of each ends with beside the common name ("_leftImg8bit").
    """
    problems: list[Problem] = []
    by_name: list[dict[str, Path]] = []
    for files, end in ((images, image_end), (labels, label_end)):
        named: dict[str, Path] = {}
        for path in sorted(files):
            key = path.stem.removesuffix(end) if end else path.stem
            if key in named:
                what = f"a second file of the name {key!r} beside {named[key].name}, expected one"
                problems.append(Problem(path.name, None, "name twice", what, "rename or remove one of the two"))
                continue
            named[key] = path
        by_name.append(named)
    pictures, maps = by_name
    for key in sorted(set(pictures) ^ set(maps)):
        if key in pictures:
            what, mend = (
                "a picture without labels, expected a label map of the same name",
                "add it, or remove the picture",
            )
            problems.append(Problem(pictures[key].name, None, "no labels", what, mend))
        else:
            what, mend = "labels without a picture, expected one of the same name", "add it, or remove the labels"
            problems.append(Problem(maps[key].name, None, "no picture", what, mend))
    return [(pictures[key], maps[key]) for key in sorted(set(pictures) & set(maps))], problems


def some(found: list, *folders: Path) -> list:
    """The pairs that were found. Raises UserError where there are none."""
    if not found:
        raise UserError(
            f"got no pair of picture and labels in {' and '.join(map(str, folders))}, expected files of equal names "
            "(a.jpg, a.png): correct the folders, or rename the files"
        )
    return found


def files_in(folder: Path, endings: Iterable[str] = IMAGES) -> list[Path]:
    """The files of a folder and those below it with these endings, hidden ones left out."""
    endings = {ending.lower() for ending in endings}
    found = (path for path in folder.rglob("*") if path.suffix.lower() in endings and path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))
