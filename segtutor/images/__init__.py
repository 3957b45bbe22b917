"""Anything a person has, as the one picture that everything else reads: (H, W, 3) uint8 RGB.

    image = st.load_image("photo.jpg")          # a path, an http(s) address, bytes, a PIL image or an array

Pictures come from strangers, so nothing here trusts one. `decode` opens six formats and no other, and counts the
pixels before it decodes any; `fetch` downloads from public addresses only, with one time-out for the whole
download; `arrays` says which numbers count as a picture. Whatever cannot be read ends in one sentence, a UserError.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.files import NotRegularError, open_regular
from segtutor.images.arrays import array_to_rgb
from segtutor.images.decode import decode, pil_to_rgb, shown

MAX_PIXELS = 50_000_000  # the largest pictures that telephones take; 150 MB as RGB
MAX_BYTES = 100_000_000
TIMEOUT = 10.0

__all__ = ["MAX_BYTES", "MAX_PIXELS", "TIMEOUT", "check_size", "load_image"]


def load_image(
    source: Any,
    *,
    allow_private: bool = False,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """Read a picture from whatever a person has.

    source: one of
        a path (str or os.PathLike) of a JPEG, PNG, WebP, GIF, TIFF or BMP file; of several frames or pages the first;
        an http(s) address, fetched without proxies (see `fetch`);
        bytes, bytearray or memoryview: the content of such a file;
        a PIL image of any mode;
        a numpy array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4): uint8, uint16 (0..65535) or float (0..1).
    allow_private: let an address lead into the local network or to this machine.
    timeout: seconds for the whole download, redirects included.
    max_bytes, max_pixels: files and pictures above are refused, pictures before they are decoded.

    Returns (H, W, 3) uint8 RGB, C-contiguous, always a new array. The EXIF rotation is applied; alpha and
    transparent colours are composited on white; grey is repeated three times; 16 bits are scaled to 8, never
    clipped; CMYK is converted without colour management.

    Raises UserError, with one sentence, for everything else.

    Taught in notebooks/00_what_can_a_network_see.
    """
    if isinstance(source, np.ndarray):
        return array_to_rgb(source, max_pixels=max_pixels)
    if isinstance(source, str) and ("://" in source[:20] or source.startswith("data:")):
        from segtutor.images.fetch import fetch

        url = source.strip()
        content = fetch(url, allow_private=allow_private, timeout=timeout, max_bytes=max_bytes)
        return decode(content, name=url, max_pixels=max_pixels)
    if isinstance(source, (str, os.PathLike)):
        return decode(_read(source, max_bytes), name=str(source), max_pixels=max_pixels)
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(source)
        if len(content) > max_bytes:
            raise _too_large(f"the picture ({len(content)} bytes)", max_bytes)
        return decode(content, name=None, max_pixels=max_pixels)
    if _is_pil(source):
        return pil_to_rgb(source, max_pixels=max_pixels)
    raise UserError(_what_to_do(source))


def check_size(image: np.ndarray, minimum: int) -> None:
    """Refuse a picture that is too small to segment: each side needs at least `minimum` pixels.

    image: (H, W, 3) or (H, W). Raises UserError, with one sentence.
    """
    height, width = image.shape[:2]
    if min(height, width) < minimum:
        raise UserError(
            f"a picture must have at least {minimum} pixels on each side, because the network would see nothing in a "
            f"smaller one, got {width} x {height} (width x height): pass a larger picture"
        )


def _read(path: str | os.PathLike, max_bytes: int) -> bytes:
    """The content of an ordinary file; pipes and devices are refused before anything is read from them."""
    name = shown(os.fspath(path))
    try:
        file = open_regular(os.path.expanduser(path))
    except FileNotFoundError:
        raise UserError(
            f"there is no file {name}: check the spelling and the folder, which is {shown(os.getcwd())} now"
        ) from None
    except IsADirectoryError:
        raise UserError(f"{name} is a folder, not a picture: name one file in it") from None
    except NotRegularError:
        raise UserError(f"{name} is a pipe or a device, not an ordinary file: save the picture first") from None
    except PermissionError:
        raise UserError(f"{name} may not be read: change its rights") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{name} cannot be opened ({reason}): check the path") from None
    with file:
        try:
            content = file.read(max_bytes + 1)
        except OSError as error:
            raise UserError(f"{name} cannot be read ({error.strerror}): copy it to another folder") from None
    if len(content) > max_bytes:
        raise _too_large(f"the file {name}", max_bytes)
    return content


def _too_large(what: str, max_bytes: int) -> UserError:
    return UserError(
        f"{what} must have at most {max_bytes / 1e6:g} MB: make the picture smaller, or pass a larger max_bytes"
    )


def _is_pil(source: Any) -> bool:
    from PIL import Image

    return isinstance(source, Image.Image)


def _what_to_do(source: Any) -> str:
    """The sentence for a source that is no picture, with the way on where it is known."""
    kind = type(source)
    wanted = "a picture must be a path, an address, bytes, a PIL image or a numpy array"
    if kind.__module__.partition(".")[0] == "torch":
        shape = tuple(getattr(source, "shape", ()))
        return (
            f"{wanted}, got a torch tensor of shape {shape}: for a (3, H, W) tensor with values 0..1 or uint8 pass "
            "tensor.permute(1, 2, 0).cpu().numpy()"
        )
    if source is None:
        return f"{wanted}, got None"
    if isinstance(source, dict):
        keys = shown(", ".join(map(str, source)))
        return f"{wanted}, got a dictionary with the keys {keys}: pass the picture in it, such as row['image']"
    if isinstance(source, (list, tuple)):
        return (
            f"{wanted}, got a {kind.__name__} of length {len(source)}: pass one picture at a time, and numbers as "
            "numpy.asarray(..., dtype=numpy.uint8)"
        )
    if hasattr(source, "read"):
        return f"{wanted}, got an open file ({kind.__name__}): pass file.read()"
    return f"{wanted}, got an object of type {shown(kind.__name__)}"
