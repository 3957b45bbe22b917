"""What surrounds the pixels of a file: read here as far as it is needed, and kept from Pillow otherwise.

A picture needs one number of it, the EXIF orientation (tag 0x0112). Pillow before 12 copies the value of every tag, so
60,000 tags that all point to the same 100 kB become 6 GB; it walks a JPEG's filling bytes one by one in Python; and a
progressive JPEG may go over all its pixels as often as it likes. So, before Pillow opens a file:

    JPEG    only the parts that the decoder needs are handed on; the scans are counted
    PNG     the chunks are counted
    TIFF    the tags of the first page may not be larger together than the file
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any

from segtutor.errors import UserError

ORIENTATION = 0x0112
MOST_PARTS = 65_536  # of a JPEG's header; chunks of a PNG are at least 8 kB in what programs write
MOST_CHUNKS = 200_000
MOST_TAGS = 4_096
MOST_VALUES = 1_000_000  # of one TIFF tag; a strip for each row of the largest picture are 50,000
SCANNED = 1_500_000_000  # pixels times scans; ten scans of the largest picture are usual
LEAST_SCANS = 16
XMP_BYTES = 1_000_000

_NO_FILLING = re.compile(rb"[^\xff]")
_NEEDED = {0xE0, 0xEE}  # JFIF, and Adobe's, which says whether colours are CMYK, YCCK or RGB
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
_SIZE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_BYTES = (1, 2, 7)  # kinds of tags that stay one text, however long


def trimmed(content: bytes, what: str) -> tuple[bytes, int | None]:
    """The content that Pillow may open, and the orientation where what held it was left out.

    what: the file, for the sentence. Raises UserError for a file that would cost far more than a picture does.
    """
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content, what)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_png(content, what)
    elif content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        _check_tiff(content, what)
    return content, None


def orientation_of(info: Mapping[str, Any]) -> int | None:
    """The orientation in a PIL image's `info`, from EXIF, else from XMP; None where there is none that counts."""
    exif = info.get("exif")
    if not exif and isinstance(info.get("Raw profile type exif"), str):  # as ImageMagick writes it into a PNG
        text = info["Raw profile type exif"]
        try:
            exif = bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            exif = None
    found = _tag(bytes(exif).removeprefix(b"Exif\0\0")) if isinstance(exif, bytes | bytearray) else None
    if found is None:
        xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
        xmp = xmp[:XMP_BYTES].encode(errors="replace") if isinstance(xmp, str) else xmp
        match = _XMP.search(xmp, 0, XMP_BYTES) if isinstance(xmp, bytes) else None
        found = int(match.group(1)) if match else None
    return found


def check_scans(content: bytes, pixels: int, what: str) -> None:
    """Refuse a JPEG that goes over its pixels again and again."""
    scans = content.count(b"\xff\xda") if content.startswith(b"\xff\xd8") else 0
    most = max(LEAST_SCANS, SCANNED // max(pixels, 1))
    if scans > most:
        raise UserError(f"{what} is a JPEG of {scans} scans, but at its size at most {most} are read: save it again")


def _tag(tiff: bytes) -> int | None:
    """The orientation in the first directory of a TIFF structure, whose other tags are passed over."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return None
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return None
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    found = None
    for place in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", tiff, place)
        if tag == ORIENTATION and number == 1 and kind in (1, 3, 4):
            format_ = {1: "B", 3: "H", 4: "I"}[kind]
            (found,) = struct.unpack_from(order + format_, tiff, place + 8)
    return found


def _jpeg(content: bytes, what: str) -> tuple[bytes, int | None]:
    kept, info = [b"\xff\xd8"], {}
    place, parts, seen = 2, 0, set()
    while (start := content.find(b"\xff", place)) >= 0 and (found := _NO_FILLING.search(content, start)):
        marker, after = content[found.start()], found.end()
        if marker == 0xDA:  # the pixels begin
            return b"".join((*kept, b"\xff", content[after - 1 :])), orientation_of(info)
        parts += 1
        if parts > MOST_PARTS:
            raise UserError(f"{what} is a JPEG of more than {MOST_PARTS} parts: save it again")
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            place = after
            continue
        end = after + int.from_bytes(content[after : after + 2], "big")
        if marker == 0xD9 or end < after + 2:
            break
        if marker == 0xE1:
            body = content[after + 2 : end]
            if body.startswith(b"Exif\0\0"):
                info.setdefault("exif", body)
            elif body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
                info.setdefault("xmp", body)
        elif marker in _NEEDED:
            if marker not in seen:
                kept.append(b"\xff" + content[after - 1 : end])
            seen.add(marker)
        elif not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(b"\xff" + content[after - 1 : end])
        place = end
    return b"".join(kept), None  # no pixels: Pillow says so


def _check_png(content: bytes, what: str) -> None:
    place = 8
    for _ in range(MOST_CHUNKS):
        if place + 8 > len(content):
            return
        place += 12 + int.from_bytes(content[place : place + 4], "big")
    raise UserError(f"{what} is a PNG of more than {MOST_CHUNKS} chunks: save it again")


def _check_tiff(content: bytes, what: str) -> None:
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    first, number, entry, inside = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
    try:
        (start,) = struct.unpack_from(order + first, content, 8 if big else 4)
        (count,) = struct.unpack_from(order + number, content, start)
    except struct.error:
        return  # Pillow says what is wrong
    total = 0
    if count > MOST_TAGS:
        raise UserError(f"{what} is a TIFF of {count} tags, but at most {MOST_TAGS} are read: save it again")
    begin = start + struct.calcsize(order + number)
    for place in range(begin, min(begin + entry * count, len(content) - entry + 1), entry):
        _, kind, values = struct.unpack_from(f"{order}HH{first}", content, place)
        size = _SIZE.get(kind, 0) * values
        total += size if size > inside else 0
        if total > 2 * len(content) + 65_536 or (values > MOST_VALUES and kind not in _BYTES):
            raise UserError(f"{what} is a TIFF whose tags claim more than the whole file holds: save it again")
