"""Pictures made to be expensive: within the budgets or one sentence; and the orientation."""

import io
import struct
import zlib

import numpy as np
import pytest
from budget import cost_of, measured_here
from PIL import Image, ImageOps

import segtutor as st
from segtutor.images import MAX_PIXELS
from segtutor.images.headers import orientation_of, trimmed

SECONDS, BYTES = 5, 18  # of one picture, whatever it is; bytes of memory a pixel
SIDE = 2500  # an eighth of the largest picture, and of its budget
MEGABYTES = 40 + BYTES * SIDE**2 / 1e6


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, color, channels, *more):
    stream = zlib.compressobj(9)
    rows = b"".join(stream.compress(bytes(1 + width * channels)) for _ in range(height)) + stream.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + b"".join(more) + chunk(b"IEND", b"")


def many_tags(count=60_000, each=100_000):
    """EXIF whose tags all lie on the same bytes."""
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", count)
    at = 14 + 12 * count
    return head + b"".join(struct.pack("<HHII", 1 + i, 7, each, at) for i in range(count)) + bytes(4 + each)


def encoded(image, file_format, **options):
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def animated():
    """200 bytes of WebP that announce millions of pixels."""
    frames = [Image.new("RGBA", (64, 64), (255, 0, 0, 9))]
    content = bytearray(encoded(Image.new("RGBA", (64, 64)), "WEBP", save_all=True, append_images=frames))
    place = bytes(content).find(b"VP8X") + 12
    content[place : place + 6] = (SIDE - 1).to_bytes(3, "little") * 2
    return bytes(content)


def jpeg(size=(64, 64), **options):
    return encoded(Image.new("RGB", size, (9, 99, 200)), "JPEG", **options)


def turned_tiff():
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.new("RGBA", (SIDE, SIDE), (1, 2, 3, 4)), "TIFF", compression="tiff_adobe_deflate", exif=exif)


def overlapping_tiff():
    return many_tags()


def long_tag():
    """A TIFF tag of 20 million numbers, each a Python object in Pillow."""
    count = 20_000_000
    entry = struct.pack("<HHII", 273, 4, count, 26)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + bytes(4) + bytes(4 * count)


def scans(count=3000):
    """A progressive JPEG of 2,000 x 2,000 that goes over its last scan again and again."""
    content = jpeg((2000, 2000), progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * count + b"\xff\xd9"


EXPENSIVE = {
    "png rgba": lambda: png(SIDE, SIDE, 6, 4),
    "png grey and alpha": lambda: png(SIDE, SIDE, 4, 2),
    "png rgb": lambda: png(SIDE, SIDE, 2, 3),
    "webp animated": animated,
    "tiff float": lambda: encoded(Image.new("F", (SIDE, SIDE)), "TIFF", compression="tiff_adobe_deflate"),
    "tiff turned": turned_tiff,
    "tiff of tags on one another": overlapping_tiff,
    "tiff of one long tag": long_tag,
    "png with exif of tags on one another": lambda: png(8, 8, 2, 3, chunk(b"eXIf", many_tags())),
    "png of many chunks": lambda: png(8, 8, 2, 3, chunk(b"teXt", b"") * 2_000_000),
    "jpeg filled with 60 MB": lambda: jpeg()[:2] + b"\xff" * 60_000_000 + jpeg()[2:],
    "jpeg of 60 MB of nothing": lambda: b"\xff\xd8" + b"\xff" * 60_000_000,
    "jpeg of 20 MB of parts": lambda: jpeg()[:2] + b"\xff\xe5\0\x02" * 5_000_000 + jpeg()[2:],
    "jpeg of 20 MB of large parts": lambda: jpeg()[:2] + (b"\xff\xe2\xff\xff" + bytes(65533)) * 300 + jpeg()[2:],
    "jpeg of 20 MB of exif": lambda: jpeg()[:2] + (b"\xff\xe1\xff\xffExif\0\0" + bytes(65527)) * 300 + jpeg()[2:],
    "jpeg of 20 MB of tables": lambda: jpeg()[:2] + b"\xff\xdd\0\x04\0\0" * 3_000_000 + jpeg()[2:],
    "jpeg of 3000 scans": scans,
}


@measured_here
@pytest.mark.parametrize("name", EXPENSIVE)
def test_an_expensive_picture_stays_within_the_budget(name):
    content = EXPENSIVE[name]()
    st.load_image(jpeg())  # what is imported once does not count
    cost = cost_of(lambda: st.load_image(content).shape)
    assert cost.kind in ("ok", "sentence"), cost
    assert cost.seconds < SECONDS, cost
    assert cost.megabytes < MEGABYTES, cost


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_is_applied_as_pillow_applies_it(orientation, file_format, order):
    exif = Image.Exif()
    exif.endian = order
    exif[0x010F], exif[0x0112], exif[0x8298] = "a maker", orientation, "a right"
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (3, 5, 3), np.uint8))
    options = {"lossless": True} if file_format == "WEBP" else {}
    content = encoded(image, file_format, exif=exif, **options)
    with Image.open(io.BytesIO(content)) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    np.testing.assert_array_equal(st.load_image(content), expected)
    with Image.open(io.BytesIO(content)) as opened:
        np.testing.assert_array_equal(st.load_image(opened), expected)


def test_orientation_in_xmp_counts_where_exif_has_none():
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    content = jpeg((4, 2))
    part = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    content = content[:2] + b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part + content[2:]
    assert st.load_image(content).shape == (4, 2, 3)


@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"nonsense" * 9, None, 7, "text"],
)
def test_nonsense_for_exif_is_no_orientation(exif):
    assert orientation_of({"exif": exif}) is None
    assert orientation_of({"Raw profile type exif": exif, "xmp": exif}) is None


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "YCbCr"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_metadata_has_the_same_pixels(mode, progressive):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    content = encoded(Image.fromarray(pixels).convert(mode), "JPEG", progressive=progressive, comment=b"hello",
                      icc_profile=bytes(100_000), restart_marker_rows=1)  # fmt: skip
    less, _ = trimmed(content, "it")
    assert len(less) < len(content) - 100_000
    with Image.open(io.BytesIO(content)) as whole, Image.open(io.BytesIO(less)) as opened:
        assert (opened.mode, opened.size) == (whole.mode, whole.size)
        np.testing.assert_array_equal(np.asarray(opened), np.asarray(whole))


def test_a_picture_above_the_largest_is_refused():
    side = int(MAX_PIXELS**0.5) + 1
    with pytest.raises(st.errors.UserError):
        st.load_image(png(side, side, 0, 0))  # the size alone decides, there are no pixels to it


@measured_here
def test_a_tiff_whose_tag_holds_nothing():
    """A count of 0 in a tag made a traceback; it is as if the tag were not there."""
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(file, "TIFF")
    content = bytearray(file.getvalue())
    order = "<" if content[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", content, 4)
    (count,) = struct.unpack_from(order + "H", content, start)
    kinds = set()
    for place in range(start + 2, start + 2 + 12 * count, 12):
        changed = bytearray(content)
        struct.pack_into(order + "I", changed, place + 4, 0)
        kinds.add(cost_of(lambda changed=changed: st.load_image(bytes(changed))).kind)
    assert kinds <= {"sentence", "ok"}
