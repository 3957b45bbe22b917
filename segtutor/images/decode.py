"""The content of a file, or a PIL image, as (H, W, 3) uint8.

Pillow opens some forty formats, and its security advisories ask for a list of those that a program needs: here
six. Its decoders raise whatever they stumble over, so everything they raise becomes one sentence.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.images import tiff
from segtutor.images.arrays import BLOCK, array_to_rgb, check_pixels, on_white
from segtutor.images.headers import ORIENTATION, check_scans, orientation_of, trimmed

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
PICTURE = "a JPEG, PNG, WebP, GIF, TIFF or BMP picture"

# What else people have: (offset, signature, what it is). Only for the sentence; nothing here opens a file.
_STRANGERS = (
    (4, b"ftypheic", "a HEIC picture, as iPhones take them"),
    (4, b"ftypheix", "a HEIC picture, as iPhones take them"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\x93NUMPY", "a numpy file, which numpy.load reads"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
)

_INSTALL = f' (python -m pip install "{tiff.EXTRA}")'

_MODES = ("1", "L", "P", "RGB", "RGBX", "RGBA", "RGBa", "LA", "La", "PA", "CMYK", "YCbCr", "HSV")

# EXIF orientation -> what undoes it.
_ORIENTATION = {
    2: lambda rgb: rgb[:, ::-1],
    3: lambda rgb: rgb[::-1, ::-1],
    4: lambda rgb: rgb[::-1],
    5: lambda rgb: rgb.swapaxes(0, 1),
    6: lambda rgb: rgb[::-1].swapaxes(0, 1),
    7: lambda rgb: rgb[::-1, ::-1].swapaxes(0, 1),
    8: lambda rgb: rgb[:, ::-1].swapaxes(0, 1),
}


def decode(content: bytes, *, name: str | None, max_pixels: int) -> np.ndarray:
    """Decode the content of a file of one of FORMATS.

    name: path or address, for the sentence; None for bytes. Returns (H, W, 3) uint8. Raises UserError.
    """
    from PIL import Image, UnidentifiedImageError

    what = "the file" if name is None else shown(name)
    if not content:
        raise UserError(f"{what} is empty, not {PICTURE}: check where the picture comes from")
    opened, orientation = trimmed(content, what)
    with warnings.catch_warnings():
        # Pillow warns of odd metadata and of sizes near its own limit; ours is checked below.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(opened), formats=FORMATS)
        except UnidentifiedImageError:
            page = tiff.look(content)
            if page is not None and page.whole:  # nothing is damaged: Pillow has no mode for it
                return _of_tiff(content, page, what, max_pixels)
            raise UserError(_not_a_picture(content, what)) from None
        except Image.DecompressionBombError:
            raise UserError(
                f"{what} must have at most {max_pixels / 1e6:g} million pixels, got more than "
                f"{2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6:.0f} million: make it smaller"
            ) from None
        except Exception as error:
            raise _broken(what, error) from None
    if image.format == "TIFF":
        page = tiff.look(content)
        if page is not None and tiff.misread(page):
            return _of_tiff(content, page, what, max_pixels)
        if page is None and tiff.misread_tags(image.tag_v2):
            raise UserError(
                f"{what} keeps its colours of 16 bits in planes, in a form that is not read (BigTIFF): save it as a "
                "TIFF with the colours of a pixel side by side"
            )
    with image:
        check_scans(opened, image.width * image.height, what)
        return pil_to_rgb(image, max_pixels=max_pixels, what=what, orientation=orientation)


def pil_to_rgb(image: Any, *, max_pixels: int, what: str = "a PIL image", orientation: int | None = None) -> np.ndarray:
    """Turn a PIL image of any mode into (H, W, 3) uint8, with its EXIF rotation applied; `image` stays as it is.

    orientation: where it is known already; by default the image's own.
    """
    if 0 in image.size:
        raise UserError(
            f"{what} must have at least one pixel, got {image.width} x {image.height}: check how it was cut"
        )
    check_pixels(image.width, image.height, max_pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.load()
            # TIFF applies its rotation while loading, so that the size counts only from here on.
            check_pixels(image.width, image.height, max_pixels)
            rgb = _to_rgb(image, image.format, max_pixels)
            if orientation is None and image.format != "TIFF":
                orientation = orientation_of(image.info)  # not getexif(), see headers.py
            return _upright(rgb, orientation)
        except UserError:
            raise
        except Exception as error:  # see the module's docstring
            raise _broken(what, error) from None


def _upright(rgb: np.ndarray, orientation: int | None) -> np.ndarray:
    """(H, W, 3) stored as an EXIF orientation says, turned and mirrored to how one looks at it."""
    turn = _ORIENTATION.get(orientation)
    return rgb if turn is None else np.ascontiguousarray(turn(rgb))


def _to_rgb(image: Any, file_format: str | None, max_pixels: int) -> np.ndarray:
    mode, transparent = image.mode, image.info.get("transparency")
    if mode.startswith("I;16") or (mode == "I" and file_format == "PNG"):  # older Pillow opens 16-bit PNG as "I"
        grey = np.asarray(image).astype(np.uint16)
        rgb = array_to_rgb(grey, max_pixels=max_pixels)
        if isinstance(transparent, int):
            rgb[grey == transparent] = 255
        return rgb
    if mode == "I":
        raise UserError(
            "a picture must have 8 or 16 bits, got 32-bit integers, which do not say how bright white is: scale it to "
            "0..255 and pass it as a uint8 array"
        )
    if mode == "F":
        return array_to_rgb(np.asarray(image), max_pixels=max_pixels)
    if mode not in _MODES:
        raise UserError(
            f"the colour mode must be RGB, grey, palette or CMYK, got {shown(mode)}: convert the picture to RGB"
        )
    # Row by row, or a transparent picture of the largest size would exist six times over.
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, BLOCK // image.width)
    seen_through = image.has_transparency_data
    for top in range(0, image.height, rows):
        block = image.crop((0, top, image.width, min(top + rows, image.height)))
        if seen_through:
            block = block.convert("LA") if mode == "La" else block
            rgb[top : top + rows] = on_white(np.asarray(block.convert("RGBA")))
        else:
            rgb[top : top + rows] = np.asarray(block.convert("RGB"))
    return rgb


def _of_tiff(content: bytes, page: tiff.Tiff, what: str, max_pixels: int) -> np.ndarray:
    """A TIFF that Pillow cannot open, or reads wrongly, as (H, W, 3) uint8; or the sentence that says what it holds."""
    array = tiff.pixels(content, page, max_pixels)
    if array is not None:
        return oriented(array_to_rgb(array, max_pixels=max_pixels), page.turned)
    if not page.whole:
        raise UserError(f"{what} is truncated: it is {page} of which a part lacks, get it again")
    if page.raw:
        do = "develop it into a JPEG or a TIFF of three colours first"
    elif not page.rgb:
        do = "convert it to RGB first"
    elif page.bands not in (1, 3, 4):
        do = f"read it with tifffile{_INSTALL}, pick three bands and pass them as an array"
    elif tiff.installed():
        do = "save it without compression"
    else:
        do = f"save it without compression, or install tifffile{_INSTALL}"
    raise UserError(f"{what} must have one or three colours of 8 or 16 bits, got {page}: {do}")


def orientation(content: bytes) -> int:
    """The EXIF orientation of a picture file's content, 1 to 8; 1 where it says none, or is no picture."""
    from PIL import Image

    try:
        opened, found = trimmed(content, "bytes")
        if found is None:
            with Image.open(io.BytesIO(opened), formats=FORMATS) as image:
                of_tiff = image.format == "TIFF"
                found = image.tag_v2.get(ORIENTATION) if of_tiff else orientation_of(image.info)
    except Exception:  # noqa: BLE001 - broken metadata must not cost the picture; who decodes it says what is wrong
        return 1
    return found if found in _ORIENTATION else 1


def oriented(array: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W, ...) of stored pixels, turned and mirrored as EXIF says, as the picture itself is when it is read."""
    turn = _ORIENTATION.get(orientation)
    return array if turn is None else np.ascontiguousarray(turn(array))


def _not_a_picture(content: bytes, what: str) -> str:
    if content.startswith(b"version https://git-lfs"):
        return f"{what} is a Git LFS pointer, not a picture: fetch the picture with: git lfs pull"
    for offset, signature, kind in _STRANGERS:
        if content[offset : offset + len(signature)] == signature:
            return f"{what} is {kind}, not {PICTURE}: save it in one of these formats first"
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in content[:4000].lower():
        return f"{what} is an SVG drawing, not {PICTURE}: export it as PNG first"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return f"{what} is a web page, not a picture: copy the address of the picture itself"
    if content.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*", b"BM")):
        return f"{what} is damaged, only its first bytes are those of a picture: get it again"
    return f"{what} is not {PICTURE}: check the file"


def _broken(what: str, error: Exception) -> UserError:
    if isinstance(error, MemoryError):
        return UserError(f"{what} does not fit into memory: make the picture smaller")
    reason = " ".join(str(error).split())[:80].strip().rstrip(".") or type(error).__name__
    return UserError(f"{what} is truncated or damaged ({reason}): get it again")


def shown(text: Any, limit: int = 70) -> str:
    """A path or an address for a sentence: quoted, on one line, cut in its middle."""
    quoted = repr(text)
    if len(quoted) <= limit:
        return quoted
    return f"{quoted[: limit // 2]}...{quoted[-limit // 2 + 3 :]}"
