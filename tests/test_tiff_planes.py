"""TIFFs whose colours of 16 bits stand one after the other: Pillow opens them and gets other numbers."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest

import segtutor as st
from segtutor.errors import UserError


def tiff(planes: np.ndarray, *, colours: int = 2, turned: int = 1, strips: int = 1) -> bytes:
    """planes: (bands, H, W) uint16. strips: how often each plane is listed."""
    bands, height, width = planes.shape
    size = height * width * 2
    count = bands * strips
    tags = [
        (256, 3, [width]), (257, 3, [height]), (258, 3, [16] * bands), (259, 3, [1]), (262, 3, [colours]),
        (273, 4, [8 + size * (i % bands) for i in range(count)]), (274, 3, [turned]), (277, 3, [bands]),
        (278, 3, [height]), (279, 4, [size] * count), (284, 3, [2]),
    ]  # fmt: skip
    pixels = planes.astype("<u2").tobytes()
    start = 8 + len(pixels)
    far, entries, extra = start + 2 + 12 * len(tags) + 4, b"", b""
    for tag, kind, values in tags:
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            entries += struct.pack("<HHII", tag, kind, len(values), far + len(extra))
            extra += packed
        else:
            entries += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    page = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + extra
    return b"II*\0" + struct.pack("<I", start) + pixels + page


@pytest.fixture
def planes():
    return np.random.default_rng(0).integers(0, 2**16, (3, 5, 7), np.uint16)


def test_their_colours_are_read_and_turned(planes):
    plain = st.load_image(tiff(planes))
    assert plain.shape == (5, 7, 3)
    assert np.abs(plain.astype(int) - (planes.transpose(1, 2, 0) >> 8)).max() <= 1
    np.testing.assert_array_equal(st.load_image(tiff(planes, turned=3)), plain[::-1, ::-1])
    assert st.load_image(tiff(planes, turned=6)).shape == (7, 5, 3)


def test_cmyk_is_not_taken_for_red_green_and_blue():
    with pytest.raises(UserError, match="RGB"):
        st.load_image(tiff(np.zeros((4, 5, 7), np.uint16), colours=5))


def test_strips_that_lie_on_each_other_take_no_memory(planes):
    """180,000 strips of 32 kB would be joined to 6 GB."""
    large = np.zeros((3, 128, 128), np.uint16)
    content = tiff(large, strips=60_000)
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            st.load_image(content)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


# --- what tifffile reads ----------------------------------------------------------------------------------------------

KEPT = {
    "floats, deflate": (np.float32, {"compression": "zlib"}),
    "16 bits in planes, deflate": (np.uint16, {"compression": "zlib", "planarconfig": "separate"}),
    "floats in tiles": (np.float32, {"tile": (16, 16)}),
    "floats in compressed tiles": (np.float32, {"tile": (16, 16), "compression": "zlib", "predictor": True}),
    "floats in planes, LZW": (np.float32, {"compression": "lzw", "planarconfig": "separate"}),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_the_extra_reads(case, tmp_path):
    tifffile = pytest.importorskip("tifffile")
    kind, options = KEPT[case]
    if options.get("compression") == "lzw" or options.get("predictor"):
        pytest.importorskip("imagecodecs")
    values = np.random.default_rng(1).random((40, 50, 3), np.float32)
    stored = values if kind is np.float32 else (values * 65535).round().astype(np.uint16)
    in_planes = options.get("planarconfig") == "separate"
    given = np.ascontiguousarray(stored.transpose(2, 0, 1)) if in_planes else stored
    tifffile.imwrite(tmp_path / "a.tif", given, photometric="rgb", **options)
    read = st.load_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(read, st.load_image(stored))


def packed(strips: int, piece: bytes) -> bytes:
    """A page of 64 x 64 floats in three colours, which lists one compressed piece `strips` times."""
    start = 8
    tags = [
        (256, 3, [64]), (257, 3, [64]), (258, 3, [32] * 3), (259, 3, [8]), (262, 3, [2]),
        (273, 4, [start] * strips), (277, 3, [3]), (278, 3, [64]), (279, 4, [len(piece)] * strips), (284, 3, [1]),
        (339, 3, [3] * 3),
    ]  # fmt: skip
    at = start + len(piece)
    far, entries, extra = at + 2 + 12 * len(tags) + 4, b"", b""
    for tag, kind, values in tags:
        told = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        where = told.ljust(4, b"\0") if len(told) <= 4 else struct.pack("<I", far + len(extra))
        extra += told if len(told) > 4 else b""
        entries += struct.pack("<HHI", tag, kind, len(values)) + where
    return b"II*\0" + struct.pack("<I", at) + piece + struct.pack("<H", len(tags)) + entries + bytes(4) + extra


COSTLY = {
    "180,000 strips": (180_000, zlib.compress(bytes(64 * 64 * 12)), "strips"),
    "a piece that inflates to more": (1, zlib.compress(bytes(200_000_000), 9), "inflates"),
}


@pytest.mark.parametrize("case", COSTLY)
def test_what_would_cost_more_than_its_size_says_is_refused_before_it_is_read(case, monkeypatch):
    strips, piece, said = COSTLY[case]
    monkeypatch.setattr("segtutor.images.tiff._by_tifffile", lambda *_: pytest.fail("was read"))
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=said):
            st.load_image(packed(strips, piece))
        assert tracemalloc.get_traced_memory()[1] < 60e6
    finally:
        tracemalloc.stop()


def test_without_the_extra_the_sentence_names_it(monkeypatch):
    monkeypatch.setattr("segtutor.images.tiff.installed", lambda: False)
    with pytest.raises(UserError, match=r"segtutor\[tiff\]"):
        st.load_image(packed(1, zlib.compress(bytes(64 * 64 * 12))))
