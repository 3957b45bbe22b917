"""TIFFs whose colours of 16 bits stand one after the other: Pillow opens them and gets other numbers."""

from __future__ import annotations

import struct

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
    import tracemalloc

    large = np.zeros((3, 128, 128), np.uint16)
    content = tiff(large, strips=60_000)
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            st.load_image(content)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
