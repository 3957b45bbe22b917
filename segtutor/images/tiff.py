"""TIFF files that Pillow has no mode for: what they hold, and the pixels of the plain ones.

Microscopes, satellites and cameras write five bands, 16 bits a colour, numbers with a point. Such a file is whole; what
is missing is a rule that makes three colours of it. So: plain files (no compression) with one, three or four bands are
read here; files in tiles or compressed by LZW or Deflate by tifffile, of the extra segtutor[tiff], after `check_budget`
has counted what they would cost; and any other is said to be what it is.
"""

from __future__ import annotations

import importlib.util
import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.images.arrays import check_pixels

_KINDS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # TIFF's types that these tags have: byte, short, long, long of BigTIFF
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOURS, _OFFSETS, _TURNED, _BANDS, _COUNTS, _PLANES, _FORMAT = (
    256, 257, 258, 259, 262, 273, 274, 277, 279, 284, 339,
)  # fmt: skip
_ROWS, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_COUNTS = 278, 322, 323, 324, 325
EXTRA = "segtutor[tiff]"
MAX_NUMBERS = 1_000_000_000  # bytes of a page's numbers; the largest picture has 300 MB in 16 bits, 600 as floats
_DEFLATE, _LZW = (8, 32946), 5  # an LZW decoder is given the size of its result, zlib's is not
_BLOCK = 1 << 20
_RAW = (32803, 34892)  # PhotometricInterpretation of a camera's sensor
_NOT_RGB = (3, 5, 6, 8)  # a palette, CMYK, YCbCr, Lab: their numbers are not red, green and blue
_LETTERS = {1: "u", 2: "i", 3: "f"}  # SampleFormat
_NAMES = {"u": "whole numbers", "i": "signed whole numbers", "f": "numbers with a point"}


@dataclass(frozen=True)
class Tiff:
    """The first page of a TIFF. letter: "u", "i" or "f". raw: a camera's sensor. turned: as EXIF's orientation, 1 to 8.

    rgb: its numbers are grey or red, green and blue. whole: no byte of its pieces lacks. offsets, counts: where these
    are and how long; piece: (rows, columns) of one, a strip or a tile.
    """

    width: int
    height: int
    bands: int
    bits: tuple[int, ...]
    letter: str
    compression: int
    planes: int
    raw: bool
    rgb: bool
    turned: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    order: str
    whole: bool
    piece: tuple[int, int]
    tiled: bool

    def __str__(self) -> str:
        if self.raw:
            return "a camera's raw file"
        bits = f"{self.bits[0]} bits" if len(set(self.bits)) == 1 else f"{'/'.join(map(str, self.bits))} bits"
        plural = "band" if self.bands == 1 else "bands"
        return f"a TIFF of {self.bands} {plural} of {bits} ({_NAMES[self.letter]})"


def look(content: bytes) -> Tiff | None:
    """What the first page of a TIFF says of itself; None for what is none, or says too little."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or len(content) < 8:
        return None
    try:
        if struct.unpack_from(order + "H", content, 2) != (42,):
            return None
        (start,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, start)
        tags = {}
        for place in range(start + 2, start + 2 + 12 * min(count, 4096), 12):
            tag, kind, number = struct.unpack_from(order + "HHI", content, place)
            if kind not in _KINDS or not 1 <= number <= 1_000_000:
                continue
            form = f"{order}{number}{_KINDS[kind]}"
            inside = struct.calcsize(form) <= 4
            at = place + 8 if inside else struct.unpack_from(order + "I", content, place + 8)[0]
            tags[tag] = struct.unpack_from(form, content, at)
    except struct.error:
        return None

    def one(tag: int, default: int) -> int:
        return tags.get(tag, (default,))[0]

    letters = {_LETTERS.get(value, "u") for value in tags.get(_FORMAT, (1,))}
    tiled = _TILES in tags
    offsets, counts = (tags.get(tag, ()) for tag in ((_TILES, _TILE_COUNTS) if tiled else (_OFFSETS, _COUNTS)))
    rows, columns = (_TILE_HEIGHT, _TILE_WIDTH) if tiled else (_ROWS, _WIDTH)
    if not one(_WIDTH, 0) or not one(_HEIGHT, 0) or len(letters) != 1 or len(offsets) != len(counts):
        return None
    ends = [offset + size for offset, size in zip(offsets, counts, strict=True)]
    bits = tags.get(_BITS, (1,))
    return Tiff(
        one(_WIDTH, 0), one(_HEIGHT, 0), one(_BANDS, 1), bits, letters.pop(), one(_COMPRESSION, 1), one(_PLANES, 1),
        one(_COLOURS, 0) in _RAW, one(_COLOURS, 0) not in _NOT_RGB, one(_TURNED, 1), offsets, counts, order,
        bool(ends) and max(ends) <= len(content),
        (one(rows, 0) if tiled else min(one(rows, one(_HEIGHT, 0)), one(_HEIGHT, 0)), one(columns, 0)), tiled,
    )  # fmt: skip


def misread(page: Tiff) -> bool:
    """Whether Pillow opens such a page and gets other numbers: colours of 16 bits, one plane after the other."""
    return page.planes == 2 and page.bands > 1 and max(page.bits) > 8


def misread_tags(tags: Mapping[int, Any]) -> bool:
    """The same of the tags that Pillow gives, for a page that `look` cannot read: BigTIFF."""
    bits = tags.get(_BITS, (1,))
    bits = bits if isinstance(bits, tuple) else (bits,)
    return tags.get(_PLANES, 1) == 2 and len(bits) > 1 and max(bits) > 8


def pixels(content: bytes, page: Tiff, max_pixels: int) -> np.ndarray | None:
    """(H, W) or (H, W, 3 or 4) of a page that holds colours, in the type it has; None where that takes more.

    Raises UserError for more than `max_pixels`, and as `check_budget`.
    """
    check_pixels(page.width, page.height, max_pixels)
    if (
        page.raw
        or not page.rgb
        or page.bands not in (1, 3, 4)
        or len(set(page.bits)) != 1
        or page.bits[0] not in (8, 16, 32, 64)
    ):
        return None
    if not page.whole:
        return None
    check_budget(content, page)
    if page.compression != 1 or page.tiled:
        return _by_tifffile(content, page)
    kind = np.dtype(f"{page.order}{page.letter}{page.bits[0] // 8}")
    wanted = page.width * page.height * page.bands * kind.itemsize
    if sum(page.counts) < wanted:
        return None
    data = b"".join(content[offset : offset + size] for offset, size in zip(page.offsets, page.counts, strict=True))
    array = np.frombuffer(data, kind, wanted // kind.itemsize)
    if page.planes == 2:  # one colour after the other
        array = array.reshape(page.bands, page.height, page.width).transpose(1, 2, 0)
    return array.reshape(page.height, page.width, page.bands).astype(kind.newbyteorder("="))


def installed() -> bool:
    """Whether the reader of compressed pages is there."""
    return importlib.util.find_spec("tifffile") is not None


def check_budget(content: bytes, page: Tiff) -> None:
    """Raises UserError for a page that would cost more than its size says: too many pieces, pieces that lie on each
    other, more numbers than MAX_NUMBERS, pieces that inflate to more than they hold.
    """
    across = -(-page.width // page.piece[1]) if page.piece[1] else 0
    pieces = across * -(-page.height // page.piece[0]) if page.piece[0] else 0
    pieces *= page.bands if page.planes == 2 else 1
    name = "tiles" if page.tiled else "strips"
    if len(page.offsets) != pieces:
        raise UserError(f"a TIFF of its size must have {pieces} {name}, got {len(page.offsets)}: save it again")
    if sum(page.counts) > len(content):
        raise UserError(
            f"the {name} of a TIFF must lie one after the other, got {sum(page.counts)} bytes of them in a file of "
            f"{len(content)}: save it again"
        )
    each = page.piece[0] * page.piece[1] * (1 if page.planes == 2 else page.bands) * max(page.bits) // 8
    if max(each * pieces, page.width * page.height * page.bands * max(page.bits) // 8) > MAX_NUMBERS:
        raise UserError(f"a TIFF must hold at most {MAX_NUMBERS / 1e6:g} MB of numbers, got more: make it smaller")
    if page.compression in _DEFLATE:
        for offset, size in zip(page.offsets, page.counts, strict=True):
            if _inflates_beyond(memoryview(content)[offset : offset + size], each):
                raise UserError(
                    f"the {name} of a TIFF must hold {each} bytes, got one that inflates to more: save it again"
                )


def _inflates_beyond(packed: memoryview, most: int) -> bool:
    """Whether zlib makes more than `most` bytes of it; a damaged stream does not. Takes one block of memory."""
    stream, made, left = zlib.decompressobj(), 0, bytes(packed)
    try:
        while left and made <= most:
            made += len(stream.decompress(left, _BLOCK))
            left = stream.unconsumed_tail
    except zlib.error:
        return False
    return made > most


def _by_tifffile(content: bytes, page: Tiff) -> np.ndarray | None:
    if page.compression not in (1, _LZW, *_DEFLATE) or not installed():
        return None
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as opened:
            array = opened.pages[0].asarray()
    except Exception:  # noqa: BLE001 - a codec that is not installed, a page that is damaged: the caller says so
        return None
    if array.ndim == 3 and page.planes == 2:
        array = np.moveaxis(array, 0, -1)
    fits = array.shape[:2] == (page.height, page.width) and (array.ndim == 2 or array.shape[2:] in ((3,), (4,)))
    return array if fits else None
