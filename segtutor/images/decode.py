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
from segtutor.images.arrays import array_to_rgb, check_pixels, on_white

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
EXPECTED = "expected a JPEG, PNG, WebP, GIF, TIFF or BMP picture"

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
    (0, b"version https://git-lfs", "a Git LFS pointer, whose picture was not fetched"),
)

_MODES = ("1", "L", "P", "RGB", "RGBX", "RGBA", "RGBa", "LA", "La", "PA", "CMYK", "YCbCr", "HSV")

# EXIF orientation -> the names of Pillow's transpositions that undo it.
_ORIENTATION = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def decode(content: bytes, *, name: str | None, max_pixels: int) -> np.ndarray:
    """Decode the content of a file of one of FORMATS.

    name: path or address, for the sentence; None for bytes. Returns (H, W, 3) uint8. Raises UserError.
    """
    from PIL import Image, UnidentifiedImageError

    what = "bytes" if name is None else shown(name)
    if not content:
        raise UserError(f"got {what}, which is empty, {EXPECTED}: check where the picture comes from")
    with warnings.catch_warnings():
        # Pillow warns of odd metadata and of sizes near its own limit; ours is checked below.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        except UnidentifiedImageError:
            raise UserError(_not_a_picture(content, what)) from None
        except Image.DecompressionBombError:
            raise UserError(
                f"got {what}, a picture of more than {2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6:.0f} million pixels, "
                f"expected at most {max_pixels / 1e6:g} million: make it smaller"
            ) from None
        except Exception as error:
            raise _broken(what, error) from None
    with image:
        return pil_to_rgb(image, max_pixels=max_pixels, what=what)


def pil_to_rgb(image: Any, *, max_pixels: int, what: str = "a PIL image") -> np.ndarray:
    """Turn a PIL image of any mode into (H, W, 3) uint8, with its EXIF rotation applied; `image` stays as it is."""
    if 0 in image.size:
        raise UserError(
            f"got {what} of {image.width} x {image.height} pixels, expected at least one: check how it was cut"
        )
    check_pixels(image.width, image.height, max_pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.load()
            # TIFF applies its rotation while loading, so that the size counts only from here on.
            check_pixels(image.width, image.height, max_pixels)
            return _to_rgb(_upright(image), image.format, max_pixels)
        except UserError:
            raise
        except Exception as error:  # see the module's docstring
            raise _broken(what, error) from None


def _upright(image: Any) -> Any:
    from PIL import Image

    try:
        orientation = image.getexif().get(0x0112, 1)
        method = _ORIENTATION.get(orientation)
    except Exception:  # broken metadata must not cost the picture
        method = None
    return image if method is None else image.transpose(Image.Transpose[method])


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
            "got a picture of 32-bit integers, which does not say how bright white is, expected 8 or 16 bits: "
            "scale it to 0..255 and pass it as a uint8 array"
        )
    if mode == "F":
        return array_to_rgb(np.asarray(image), max_pixels=max_pixels)
    if mode not in _MODES:
        raise UserError(
            f"got a picture in the colour mode {shown(mode)}, expected RGB, grey, palette or CMYK: convert it to RGB"
        )
    if image.has_transparency_data:
        if mode == "La":
            image = image.convert("LA")
        return on_white(np.asarray(image.convert("RGBA")))
    return np.array(image.convert("RGB"), dtype=np.uint8, order="C")


def _not_a_picture(content: bytes, what: str) -> str:
    for offset, signature, kind in _STRANGERS:
        if content[offset : offset + len(signature)] == signature:
            return f"got {what}, which is {kind}, {EXPECTED}: save it in one of these formats first"
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in content[:4000].lower():
        return f"got {what}, which is an SVG drawing, {EXPECTED}: export it as PNG first"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return f"got {what}, which is a web page, {EXPECTED}: copy the address of the picture itself"
    if content.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*", b"BM")):
        return (
            f"got {what}, whose first bytes are those of a picture but whose rest is damaged, {EXPECTED}: get it again"
        )
    return f"got {what}, which is not a picture in a known format, {EXPECTED}: check the file"


def _broken(what: str, error: Exception) -> UserError:
    if isinstance(error, MemoryError):
        return UserError(f"got {what}, which does not fit into memory, {EXPECTED}: make it smaller")
    reason = " ".join(str(error).split())[:80].strip().rstrip(".") or type(error).__name__
    return UserError(f"got {what}, which is truncated or damaged ({reason}), {EXPECTED}: get it again")


def shown(text: Any, limit: int = 70) -> str:
    """A path or an address for a sentence: quoted, on one line, cut in its middle."""
    quoted = repr(text)
    if len(quoted) <= limit:
        return quoted
    return f"{quoted[: limit // 2]}...{quoted[-limit // 2 + 3 :]}"
