"""Opening what a data set consists of: json of bounded size, label maps as they are stored, pairs of files.

A label map is read without a change: palette indices stay indices, 16 bits stay 16 bits. What a viewer does with the
same file (colours for indices, 8 bits for 16) is what turns ids into nonsense.
"""

from __future__ import annotations

import io
import os
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.named_files import alike as alike
from segtutor.data.named_files import beside as beside  # what a data set names, see there
from segtutor.data.named_files import content_of
from segtutor.data.named_files import inside as inside
from segtutor.data.named_files import spelled as spelled
from segtutor.data.records import Problem, RecordError, stop
from segtutor.errors import UserError
from segtutor.files import open_regular
from segtutor.images import MAX_PIXELS, load_image
from segtutor.images.decode import orientation as picture_orientation
from segtutor.images.decode import oriented
from segtutor.images.headers import trimmed
from segtutor.untrusted_json import parse

MAX_JSON_BYTES = 2_000_000_000  # COCO's instances_train2017.json has 450 MB
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_LOSSLESS = {"PNG", "TIFF", "BMP", "GIF", "PPM"}
_OPENED = (*sorted(_LOSSLESS), "JPEG", "WEBP")  # the last two to say what is wrong with them; no other decoder is asked


def read_json(path: str | os.PathLike) -> Any:
    """The content of a json file. Raises UserError: no such file, too large, no json."""
    path = existing(path)
    if path.stat().st_size > MAX_JSON_BYTES:
        raise UserError(f"{path} must have at most {MAX_JSON_BYTES} bytes, got {path.stat().st_size}: split it")
    try:
        with open_regular(path) as file:
            return parse(file.read(MAX_JSON_BYTES), constants=True)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"{path} is not valid json ({reason}): save it again as one json object") from None


def existing(path: str | os.PathLike, kind: str = "file") -> Path:
    """The path, if there is such a file (kind="file") or folder (kind="folder"). Raises UserError."""
    if not isinstance(path, str | os.PathLike):
        raise UserError(f"the {kind} must be a path (str or Path), got a {type(path).__name__}")
    found = Path(os.path.expanduser(path))
    there = os.path.isfile(found) if kind == "file" else os.path.isdir(found)
    if not there and kind == "folder" and os.path.isfile(found) and found.suffix.lower() in (".zip", ".tar", ".gz"):
        raise UserError(f"{str(path)!r} is an archive: unpack it, and pass the folder")
    if not there:
        raise UserError(f"there is no {kind} {str(path)!r}: check the path")
    return found


def picture(path: Path) -> np.ndarray:
    """The picture of a record, (H, W, 3) uint8. Raises RecordError where it is missing."""
    if not os.path.isfile(path):
        raise stop(path.name, "missing picture", f"the picture {path} is missing", "add it, or remove the entry")
    return load_image(path)


def label_map(path: Path) -> np.ndarray:
    """A label map as stored, (H, W) integers, or (H, W, 3) uint8 where the labels are colours.

    Raises RecordError: missing, no picture, too large, a file format that changes values (JPEG), an alpha channel.
    """
    if not os.path.isfile(path):
        what = f"the label map {path} is missing"
        raise stop(path.name, "missing labels", what, "add it, or remove the picture")
    return label_values(path, path.name)


def small_number(text: str) -> int | None:
    """The whole number, 0 or more, of at most nine digits that a text says; None for any other text."""
    return int(text) if len(text) <= 9 and text.isdecimal() else None  # "²".isdigit() is true, and int("²") fails


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Without Pillow's warnings of odd metadata, and of sizes that are judged here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def label_values(source: Any, name: str, *, packed: bool = False) -> np.ndarray:
    """What `label_map` says, of a path or of an open file in bytes. name: of the record, for a sentence.

    packed: labels in RGB come as (H, W) uint32, R + 256 G + 65536 B in the lower 24 bits and any number above. That is
    how Pillow holds them, so that nothing is computed for a pixel.
    """
    from PIL import Image

    content = content_of(source, name) if isinstance(source, Path) else source.read()
    try:
        source = io.BytesIO(trimmed(content, name)[0])
    except UserError as error:
        raise stop(name, "too large", str(error)) from None
    try:
        with quiet_pillow(), Image.open(source, formats=_OPENED) as opened:
            if opened.format not in _LOSSLESS:
                raise stop(
                    name,
                    "lossy labels",
                    f"labels must be stored as PNG, got {opened.format}, which changes ids at every border",
                    "export the labels again as PNG",
                )
            if opened.width * opened.height > MAX_PIXELS:
                raise stop(
                    name,
                    "too large",
                    f"a label map must have at most {MAX_PIXELS} pixels, got {opened.width} x {opened.height}",
                    "cut it",
                )
            mode = opened.mode
            sixteen = mode in ("RGB", "RGBA") and any("16" in str(part[3]) for part in opened.tile or ())
            if packed and mode == "RGB" and not sixteen:
                opened.load()
                return np.frombuffer(opened.tobytes("raw", "RGBX"), "<u4").reshape(opened.size[::-1])
            values = np.array(opened)
            if mode in ("RGBA", "LA") and (values[..., -1] == 255).all():  # opaque: nothing was mixed
                values, mode = values[..., 0] if mode == "LA" else values[..., :3], "opaque"
            if mode == "F" and (values == np.floor(values)).all() and np.abs(values).max() < 2**24:
                values, mode = values.astype(np.int64), "whole"  # a float holds whole numbers up to there exactly
            if mode in ("RGBA", "LA", "CMYK", "F") or sixteen:
                kind = "16 bits a colour, which are read as 8" if sixteen else f"mode {mode}"
                raise stop(
                    name,
                    "wrong mode",
                    f"labels must be one number for each pixel (L, P, I) or RGB of 8 bits, got {kind}",
                    "save the map without transparency, as whole numbers",
                )
    except RecordError:
        raise
    except Image.DecompressionBombError:
        what = f"a label map must have at most {MAX_PIXELS} pixels, got more than {2 * (Image.MAX_IMAGE_PIXELS or 0)}"
        raise stop(name, "too large", what, "cut it") from None
    except Exception as error:  # decoders raise whatever they stumble over, as images/decode.py says
        reason = " ".join(str(error).split())[:100]
        what = f"{name} is not a readable label map ({reason})"
        raise stop(name, "unreadable labels", what, "export it again") from None
    return values.astype(np.int64) if values.dtype == bool else values


def turn_of(source: Path | bytes, image: np.ndarray, stated: tuple[Any, Any]) -> int:
    """The EXIF orientation by which labels have to be turned to lie on the picture as it is shown; 1 for none.

    A telephone stores a picture as its sensor lay and writes beside it how to turn it. `load_image` turns it; labels
    made by a program that does not are as large as the stored pixels. stated: (H, W) of the labels, as numbers or text.
    """
    size = tuple(str(side) for side in stated)
    if "None" in size or size == tuple(map(str, image.shape[:2])) or size != tuple(map(str, image.shape[1::-1])):
        return 1
    found = orientation(source)
    return found if found >= 5 else 1


def orientation(source: Path | bytes) -> int:
    """EXIF's orientation of a picture file, 1 to 8; 1 where it says none."""
    return picture_orientation(source if isinstance(source, bytes) else content_of(source, source.name))


def stored_size(image: np.ndarray, turn: int) -> tuple[int, int]:
    """(H, W) of the pixels as the file stores them, of a picture that was turned by `turn`."""
    height, width = image.shape[:2]
    return (width, height) if turn >= 5 else (height, width)


def turned(labels: np.ndarray, turn: int) -> np.ndarray:
    """A map (H, W, ...) of stored pixels as the picture is shown. turn: EXIF's orientation."""
    return oriented(labels, turn)


def doubt(turn: int, source: Path | bytes, image: np.ndarray) -> dict[str, int]:
    """{"turned": orientation} of a row whose picture was turned in a way that sizes do not show: half a turn, a square.

    Its labels may lie on the stored pixels, and nothing in the file says so: `check_labels` names these rows.
    """
    if turn != 1:
        return {}
    if not isinstance(source, bytes) and source.suffix.lower() not in (".jpg", ".jpeg", ".tif", ".tiff", ".webp"):
        return {}
    found = orientation(source)
    told = found >= 5 and image.shape[0] != image.shape[1]  # the labels' size says on which pixels they lie
    return {"turned": found} if found > 1 and not told else {}


def check_stated(stated: tuple[Any, Any], size: tuple[int, int], file: str) -> None:
    """Outlines belong to a picture of one size: where the file states another than the picture has, they lie wrong.

    stated: (H, W) as the file says, None for nothing.
    """
    if None not in stated and [str(side) for side in stated] != [str(side) for side in size]:
        said = f"{stated[1]} x {stated[0]}"
        what = f"the picture is {size[1]} x {size[0]}, but the annotation says {said}"
        raise stop(file, "sizes differ", what, "use the picture that was annotated, without resizing or rotating it")


def same_name(name: str) -> str:
    """A name as it is compared: with composed letters, since a Mac's file system stores them decomposed."""
    return unicodedata.normalize("NFC", name)


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
            f"picture and labels must have one size, got {image.shape[1]} x {image.shape[0]} and "
            f"{labels.shape[1]} x {labels.shape[0]}",
            mend,
        )


def pairs(
    images: Iterable[Path], labels: Iterable[Path], *, image_end: str = "", label_end: str = ""
) -> tuple[list[tuple[Path, Path]], list[Problem]]:
    """Pictures and label maps that belong together by their name without ending; and what has no partner.

    image_end, label_end: what the stem of each ends with beside the common name ("_leftImg8bit"). Where a name comes
    in several folders below (train/1.png, val/1.png), the folders belong to it.
    """
    problems: list[Problem] = []
    by_name: list[dict[str, Path]] = []
    sides = [(sorted(images), image_end), (sorted(labels), label_end)]
    whole = any(_in_two_folders(paths, end) for paths, end in sides)
    for paths, end in sides:
        named: dict[str, Path] = {}
        root = os.path.commonpath([path.parent for path in paths]) if paths and whole else ""
        for path in paths:
            key = same_name(path.stem.removesuffix(end) if end else path.stem)
            if whole:
                key = same_name(path.parent.relative_to(root).as_posix()) + "/" + key
            if key in named:
                what = f"the name {key!r} is taken by {named[key].name}"
                problems.append(Problem(path.name, None, "name twice", what, "rename or remove one of the two"))
                continue
            named[key] = path
        by_name.append(named)
    pictures, maps = by_name
    for key, other in _alike(set(pictures) - set(maps), set(maps) - set(pictures)):  # A.JPG and a.png, from Windows
        maps[key] = maps.pop(other)
    for key in sorted(set(pictures) ^ set(maps)):
        if key in pictures:
            what, mend = (
                "the picture has no label map of the same name",
                "add it, or remove the picture",
            )
            problems.append(Problem(pictures[key].name, None, "no labels", what, mend))
        else:
            what, mend = "the labels have no picture of the same name", "add it, or remove the labels"
            problems.append(Problem(maps[key].name, None, "no picture", what, mend))
    return [(pictures[key], maps[key]) for key in sorted(set(pictures) & set(maps))], problems


def _alike(left: set[str], right: set[str]) -> list[tuple[str, str]]:
    """Names of two sets that are one but for upper and lower case, where each has one such partner alone."""
    sides: list[dict[str, list[str]]] = [{}, {}]
    for names, side in zip((left, right), sides, strict=True):
        for name in names:
            side.setdefault(alike(name), []).append(name)
    both = [(sides[0][key], sides[1][key]) for key in sides[0].keys() & sides[1].keys()]
    return [(mine[0], other[0]) for mine, other in both if len(mine) == len(other) == 1]


def _in_two_folders(paths: Iterable[Path], end: str) -> bool:
    seen: dict[str, Path] = {}
    return any(seen.setdefault(same_name(path.stem.removesuffix(end)), path.parent) != path.parent for path in paths)


def below(path: Path, folder: Path) -> str:
    """The name of a record: its file as seen from the data's folder, so that no two have one name."""
    return path.relative_to(folder).as_posix()


def some(found: list, *folders: Path) -> list:
    """The pairs that were found. Raises UserError where there are none."""
    if not found:
        raise UserError(
            f"no picture has labels of the same name (a.jpg, a.png) in {' and '.join(map(str, folders))}: check the "
            "folders, or rename the files"
        )
    return found


def files_in(folder: Path, endings: Iterable[str] = IMAGES) -> list[Path]:
    """The files of a folder and those below it with these endings, hidden ones left out."""
    endings = {ending.lower() for ending in endings}
    found = (path for path in folder.rglob("*") if path.suffix.lower() in endings and path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))
