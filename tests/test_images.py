"""Pictures in: each good input gives the right pixels, each bad one gives one clear sentence."""

import io
import os
import re
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from segtutor.errors import UserError
from segtutor.images import check_size, load_image
from segtutor.images.decode import shown

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def sentence(error: BaseException) -> str:
    """The text of a UserError, checked to be one short sentence on one line."""
    text = str(error)
    assert "\n" not in text
    assert len(text) < 300
    assert not re.search(r"[.!?]\s+[A-Z]", text), "more than one sentence"
    assert not text.startswith("got ")
    return text


def encoded(image, file_format, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def two_by_one(mode, left, right):
    image = Image.new(mode, (2, 1))
    image.putpixel((0, 0), left)
    image.putpixel((1, 0), right)
    return image


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, bits, color_type, rows: bytes, *extra: bytes) -> bytes:
    """A PNG written by hand: Pillow cannot write all that it reads (16-bit colour, bombs)."""
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    chunks = [png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", zlib.compress(rows)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def palette_image():
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, *BLUE])
    image.putpixel((1, 0), 1)
    return image


def gif_of_two_frames():
    frames = [Image.new("RGB", (2, 1), RED), Image.new("RGB", (2, 1), BLUE)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def tiff_of_two_pages():
    return encoded(Image.new("RGB", (2, 1), RED), "TIFF", save_all=True, append_images=[Image.new("RGB", (3, 3), BLUE)])


def turned(orientation, file_format="PNG"):
    """Red left, blue right, with an EXIF tag that says how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(two_by_one("RGB", RED, BLUE), file_format, exif=exif)


def solid(color, file_format, mode="RGB", **options):
    return encoded(Image.new(mode, (16, 16), color), file_format, **options)


# id, source, expected first pixels of the first row (or None), expected shape, tolerance of a lossy format
GOOD = [
    ("png", lambda: encoded(two_by_one("RGB", RED, BLUE), "PNG"), [RED, BLUE], (1, 2), 0),
    ("jpeg", lambda: solid((200, 100, 50), "JPEG", quality=95), [(200, 100, 50)], (16, 16), 3),
    ("jpeg grey", lambda: solid(77, "JPEG", "L"), [(77, 77, 77)], (16, 16), 1),
    ("jpeg cmyk", lambda: solid((0, 255, 255, 0), "JPEG", "CMYK"), [RED], (16, 16), 3),
    ("webp", lambda: encoded(two_by_one("RGB", RED, BLUE), "WEBP", lossless=True), [RED, BLUE], (1, 2), 0),
    ("webp alpha", lambda: encoded(two_by_one("RGBA", (*RED, 255), (0, 0, 0, 0)), "WEBP", lossless=True),
     [RED, WHITE], (1, 2), 0),
    ("gif", lambda: encoded(palette_image(), "GIF"), [RED, BLUE], (1, 2), 0),
    ("gif, first frame", gif_of_two_frames, [RED, RED], (1, 2), 0),
    ("gif transparent", lambda: encoded(palette_image(), "GIF", transparency=1), [RED, WHITE], (1, 2), 0),
    ("tiff", lambda: encoded(two_by_one("RGB", RED, BLUE), "TIFF"), [RED, BLUE], (1, 2), 0),
    ("tiff lzw", lambda: encoded(two_by_one("RGB", RED, BLUE), "TIFF", compression="tiff_lzw"), [RED, BLUE], (1, 2), 0),
    ("tiff, first page", tiff_of_two_pages, [RED, RED], (1, 2), 0),
    ("tiff cmyk", lambda: encoded(two_by_one("CMYK", (0, 255, 255, 0), (0, 0, 0, 255)), "TIFF"),
     [RED, BLACK], (1, 2), 0),
    ("tiff 16 bit", lambda: encoded(two_by_one("I;16", 0x8080, 65535), "TIFF"), [(128,) * 3, WHITE], (1, 2), 0),
    ("tiff float", lambda: encoded(two_by_one("F", 0.2, 1.0), "TIFF"), [(51,) * 3, WHITE], (1, 2), 0),
    ("bmp", lambda: encoded(two_by_one("RGB", RED, BLUE), "BMP"), [RED, BLUE], (1, 2), 0),
    ("one bit", lambda: encoded(two_by_one("1", 0, 1), "PNG"), [BLACK, WHITE], (1, 2), 0),
    ("grey", lambda: encoded(two_by_one("L", 7, 200), "PNG"), [(7,) * 3, (200,) * 3], (1, 2), 0),
    ("grey and alpha", lambda: encoded(two_by_one("LA", (100, 255), (100, 0)), "PNG"), [(100,) * 3, WHITE], (1, 2), 0),
    ("half transparent on white", lambda: encoded(two_by_one("RGBA", (*BLACK, 51), (*RED, 128)), "PNG"),
     [(204,) * 3, (255, 127, 127)], (1, 2), 0),
    ("palette", lambda: encoded(palette_image(), "PNG"), [RED, BLUE], (1, 2), 0),
    ("palette transparent", lambda: encoded(palette_image(), "PNG", transparency=0), [WHITE, BLUE], (1, 2), 0),
    ("palette half transparent", lambda: encoded(palette_image(), "PNG", transparency=bytes([255, 0])),
     [RED, WHITE], (1, 2), 0),
    ("rgb, one colour transparent", lambda: encoded(two_by_one("RGB", RED, BLUE), "PNG", transparency=RED),
     [WHITE, BLUE], (1, 2), 0),
    ("grey 16 bit, scaled", lambda: png(2, 1, 16, 0, b"\0" + struct.pack(">HH", 257, 51400)),
     [(1,) * 3, (200,) * 3], (1, 2), 0),
    ("grey 16 bit, one level transparent",
     lambda: png(2, 1, 16, 0, b"\0" + struct.pack(">HH", 257, 51400), png_chunk(b"tRNS", struct.pack(">H", 257))),
     [WHITE, (200,) * 3], (1, 2), 0),
    ("rgb 16 bit", lambda: png(1, 1, 16, 2, b"\0" + struct.pack(">HHH", 65535, 32896, 0)), [(255, 128, 0)], (1, 1), 0),
    ("1 x 1", lambda: encoded(Image.new("RGB", (1, 1), RED), "PNG"), [RED], (1, 1), 0),
    ("10000 x 1", lambda: encoded(Image.new("RGB", (10000, 1), RED), "PNG"), [RED], (1, 10000), 0),
    ("1 x 10000", lambda: encoded(Image.new("L", (1, 10000), 9), "PNG"), [(9,) * 3], (10000, 1), 0),
    ("exif 1", lambda: turned(1), [RED, BLUE], (1, 2), 0),
    ("exif 2 mirrored", lambda: turned(2), [BLUE, RED], (1, 2), 0),
    ("exif 3 upside down", lambda: turned(3), [BLUE, RED], (1, 2), 0),
    ("exif 6 to the right", lambda: turned(6), [RED], (2, 1), 0),
    ("exif 8 to the left", lambda: turned(8), [BLUE], (2, 1), 0),
    ("exif in tiff", lambda: turned(8, "TIFF"), [BLUE], (2, 1), 0),
    ("exif nonsense", lambda: turned(77), [RED, BLUE], (1, 2), 0),
    ("memoryview", lambda: memoryview(encoded(two_by_one("RGB", RED, BLUE), "PNG")), [RED, BLUE], (1, 2), 0),
    ("PIL", lambda: two_by_one("RGB", RED, BLUE), [RED, BLUE], (1, 2), 0),
    ("PIL hsv", lambda: two_by_one("HSV", (0, 255, 255), (0, 0, 0)), [RED, BLACK], (1, 2), 0),
    ("PIL opened, turned", lambda: Image.open(io.BytesIO(turned(6))), [RED], (2, 1), 0),
    ("uint8", lambda: np.array([[RED, BLUE]], np.uint8), [RED, BLUE], (1, 2), 0),
    ("uint8 (H, W)", lambda: np.array([[3, 4]], np.uint8), [(3,) * 3, (4,) * 3], (1, 2), 0),
    ("uint8 (H, W, 1)", lambda: np.array([[[3], [4]]], np.uint8), [(3,) * 3, (4,) * 3], (1, 2), 0),
    ("uint8 (H, W, 4)", lambda: np.array([[(*RED, 255), (*BLACK, 51)]], np.uint8), [RED, (204,) * 3], (1, 2), 0),
    ("uint8, not contiguous", lambda: np.array([[RED, BLUE]], np.uint8)[:, ::-1], [BLUE, RED], (1, 2), 0),
    ("uint16", lambda: np.array([[0, 257, 65535, 385, 386]], np.uint16),
     [BLACK, (1,) * 3, WHITE, (1,) * 3, (2,) * 3], (1, 5), 0),
    ("uint16 big-endian", lambda: np.array([[257]], ">u2"), [(1,) * 3], (1, 1), 0),
    ("float64", lambda: np.array([[0, 0.2, 1]]), [BLACK, (51,) * 3, WHITE], (1, 3), 0),
    ("float16 RGB", lambda: np.array([[(1, 0, 0.5)]], np.float16), [(255, 0, 128)], (1, 1), 0),
]  # fmt: skip


@pytest.mark.parametrize(("make", "pixels", "shape", "tolerance"), [r[1:] for r in GOOD], ids=[r[0] for r in GOOD])
def test_good(make, pixels, shape, tolerance, tmp_path):
    source = make()
    sources = [source]
    if isinstance(source, bytes):
        path = tmp_path / "picture.jpg"  # the name says nothing: the content decides
        path.write_bytes(source)
        sources += [path, str(path), bytearray(source)]
    for one in sources:
        image = load_image(one)
        assert image.shape == (*shape, 3)
        assert image.dtype == np.uint8
        assert image.flags.c_contiguous
        assert image.flags.writeable
        assert np.abs(image[0, : len(pixels)].astype(int) - np.array(pixels)).max() <= tolerance


def test_source_stays_as_it_is():
    array = np.full((2, 2, 3), 9, np.uint8)
    load_image(array)[:] = 0
    assert (array == 9).all()
    picture = two_by_one("RGBA", (*RED, 10), (*BLUE, 10))
    before = picture.tobytes(), picture.mode
    load_image(picture)[:] = 0
    assert (picture.tobytes(), picture.mode) == before


def test_16_bit_ramp_is_monotone_and_full():
    ramp = load_image(np.arange(65536, dtype=np.uint16).reshape(256, 256))[..., 0].ravel()
    assert (np.diff(ramp.astype(int)) >= 0).all()
    assert np.bincount(ramp).size == 256


def bomb(width=30000, height=30000):
    """A PNG of a few kB that would decode to 900 million pixels."""
    return png(width, height, 1, 0, b"\0" * 1000)


def text_bomb():
    """A PNG whose compressed comment unpacks to 50 MB: the picture loads without it, or it is refused."""
    return png(1, 1, 8, 0, b"\0\7", png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(50_000_000))))


def gif_with_a_large_screen():
    content = bytearray(encoded(palette_image(), "GIF"))
    content[6:10] = struct.pack("<HH", 65535, 65535)
    return bytes(content)


def tiff_bomb():
    header = struct.pack("<2sHI", b"II", 42, 8)
    tags = [(256, 4, 200000), (257, 4, 200000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in [*tags, (279, 4, 8)])
    return header + struct.pack("<H", len(tags) + 1) + entries + bytes(4)


PNG = encoded(Image.effect_noise((64, 64), 80).convert("RGB"), "PNG")
JPEG = encoded(Image.effect_noise((64, 64), 80), "JPEG")
GIF = encoded(Image.effect_noise((64, 64), 80), "GIF")
WEBP = encoded(Image.effect_noise((64, 64), 80).convert("RGB"), "WEBP")
TIFF = encoded(Image.effect_noise((64, 64), 80), "TIFF")
BMP = encoded(Image.effect_noise((64, 64), 80), "BMP")

BAD = [
    ("nothing", lambda: None, "None"),
    ("number", lambda: 7, "type 'int'"),
    ("list", lambda: [[0, 1], [1, 0]], "numpy.asarray"),
    ("row of a data set", lambda: {"image": 1, "panoptic": 2}, "row['image']"),
    ("open file", lambda: io.BytesIO(PNG), "file.read()"),
    ("missing path", lambda: "no/such/picture.jpg", "there is no file"),
    ("long path", lambda: "x" * 5000, "cannot be opened"),
    ("path with a null byte", lambda: "a\0b.png", "check the path"),
    ("path with line breaks", lambda: "a\nb.png", "there is no file"),
    ("home of nobody", lambda: "~no_such_user_here/a.png", "there is no file"),
    ("folder", lambda: os.path.dirname(__file__), "is a folder"),
    ("device", lambda: "/dev/zero", "pipe or a device"),
    ("empty bytes", lambda: b"", "is empty"),
    ("text", lambda: b"hello, I am no picture" * 10, "check the file"),
    ("html", lambda: b"<!DOCTYPE html><html>", "web page"),
    ("svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "SVG"),
    ("pdf", lambda: b"%PDF-1.7 ...", "PDF"),
    ("heic", lambda: b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    ("avif", lambda: b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
    ("mp4", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0", "video"),
    ("npy", lambda: b"\x93NUMPY\1\0", "numpy.load"),
    ("lfs pointer", lambda: b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
    ("format outside the list: ICO", lambda: solid(RED, "ICO"), "check the file"),
    ("format outside the list: PPM", lambda: solid(RED, "PPM"), "check the file"),
    ("format outside the list: EPS", lambda: solid(RED, "EPS"), "PostScript"),
    ("png truncated", lambda: PNG[: len(PNG) // 2], "truncated"),
    ("jpeg truncated", lambda: JPEG[: len(JPEG) // 2], "truncated"),
    ("gif truncated", lambda: GIF[: len(GIF) // 2], "truncated"),
    ("webp truncated", lambda: WEBP[: len(WEBP) // 2], "damaged"),
    ("tiff truncated", lambda: TIFF[: len(TIFF) // 2], "damaged"),
    ("bmp truncated", lambda: BMP[: len(BMP) // 2], "truncated"),
    ("png signature alone", lambda: PNG[:8], "damaged"),
    ("jpeg signature alone", lambda: JPEG[:3], "damaged"),
    ("png with a wrong checksum", lambda: PNG[:200] + b"\0\0\0" + PNG[203:], "damaged"),
    ("png bomb", bomb, "million"),
    ("png bomb below Pillow's own limit", lambda: bomb(8000, 8000), "8000 x 8000"),
    ("png of 2**31 pixels a side", lambda: bomb(2**31 - 1, 2**31 - 1), "million"),
    ("gif bomb", gif_with_a_large_screen, "million"),
    ("tiff bomb", tiff_bomb, "million"),
    ("PIL bomb, not yet decoded", lambda: Image.open(io.BytesIO(bomb(9000, 8000))), "9000 x 8000"),
    ("png with a text bomb", text_bomb, "damaged"),
    ("tiff of 32-bit integers", lambda: encoded(two_by_one("I", 0, 100000), "TIFF"), "32-bit integers"),
    ("tiff float beyond 1", lambda: encoded(two_by_one("F", 0.0, 80.0), "TIFF"), "divide it by 255"),
    ("tiff float NaN", lambda: encoded(two_by_one("F", 0.0, float("nan")), "TIFF"), "NaN"),
    ("PIL of LAB", lambda: Image.new("LAB", (2, 2)), "'LAB'"),
    ("PIL of no pixels", lambda: Image.new("RGB", (0, 5)), "0 x 5"),
    ("bool array", lambda: np.zeros((2, 2), bool), "mask"),
    ("int64 array of bytes", lambda: np.zeros((2, 2), np.int64), "astype(numpy.uint8)"),
    ("negative", lambda: np.full((2, 2), -1, np.int16), "values -1..-1"),
    ("int64 array, large", lambda: np.full((2, 2), 300), "scale it"),
    ("uint32 array", lambda: np.full((2, 2), 2**32 - 1, np.uint32), "4294967295"),
    ("float 0..255", lambda: np.full((2, 2), 200.0), "divide it by 255"),
    ("float normalised", lambda: np.full((2, 2), -1.5), "normalisation"),
    ("float a little above 1", lambda: np.full((2, 2), 1.001), "1.001"),
    ("NaN", lambda: np.array([[0.5, np.nan]]), "1 that are NaN"),
    ("infinite", lambda: np.array([[np.inf, -np.inf]]), "2 that are NaN or infinite"),
    ("complex", lambda: np.zeros((2, 2), complex), "complex128"),
    ("object array", lambda: np.array([[object()]]), "object"),
    ("text array", lambda: np.array([["a"]]), "str"),
    ("dates", lambda: np.zeros((2, 2), "datetime64[s]"), "datetime64"),
    ("structured", lambda: np.zeros((2, 2), "u1,u1"), "void"),
    ("masked array", lambda: np.ma.masked_all((2, 2), np.uint8), "filled"),
    ("no axis", lambda: np.array(1, np.uint8), "shape ()"),
    ("one axis", lambda: np.zeros(5, np.uint8), "(5,)"),
    ("no rows", lambda: np.zeros((0, 5, 3), np.uint8), "holds no pixel"),
    ("no channels", lambda: np.zeros((5, 5, 0), np.uint8), "holds no pixel"),
    ("two channels", lambda: np.zeros((5, 5, 2), np.uint8), "(5, 5, 2)"),
    ("channels first", lambda: np.zeros((3, 5, 7), np.uint8), "transpose(1, 2, 0)"),
    ("batch", lambda: np.zeros((2, 5, 7, 3), np.uint8), "array[0]"),
    ("many axes", lambda: np.zeros((1,) * 30, np.uint8), "with 30 axes"),
    ("array too large", lambda: np.broadcast_to(np.uint8(0), (10**5, 10**5)), "100000 x 100000"),
    ("ftp", lambda: "ftp://example.org/a.png", "http:// or https://"),
    ("ftp with a password", lambda: "ftp://me:secret@example.org/a.png", "user name or password"),
    ("file address", lambda: "file:///tmp/a.png", "pass the path alone"),
    ("data address", lambda: "data:image/png;base64,iVBORw0KGgo=", "http:// or https://"),
    ("javascript", lambda: "javascript://example.org/a.png", "http:// or https://"),
    ("password", lambda: "https://me:secret@example.org/a.png", "user name or password"),
    ("no host", lambda: "http:///a.png", "http://host/path"),
    ("space in the address", lambda: "http://exa mple.org/a.png", "without spaces"),
    ("line break in the address", lambda: "http://example.org/a\r\nX: y", "without spaces"),
    ("bad port", lambda: "http://example.org:99999/a.png", "malformed"),
    ("bad IPv6", lambda: "http://[::1/a.png", "malformed"),
    ("bad host name", lambda: f"http://{'a' * 70}.org/a.png", "malformed"),
    ("empty label", lambda: "http://a..b/a.png", "malformed"),
    ("percent in the host", lambda: "http://127.0.0.1%2f@/a.png", "password"),
    ("loopback", lambda: "http://127.0.0.1/a.png", "private"),
    ("loopback, decimal", lambda: "http://2130706433/a.png", "private"),
    ("loopback, octal", lambda: "http://0177.0.0.01/a.png", "private"),
    ("loopback, hexadecimal", lambda: "http://0x7f.1/a.png", "private"),
    ("loopback, short", lambda: "http://127.1/a.png", "private"),
    ("loopback, wide dots", lambda: "http://127。0。0。1/a.png", "private"),
    ("loopback IPv6", lambda: "http://[::1]/a.png", "private"),
    ("loopback in IPv6", lambda: "http://[::ffff:127.0.0.1]/a.png", "private"),
    ("loopback in IPv6, compatible", lambda: "http://[::127.0.0.1]/a.png", "private"),
    ("private in NAT64", lambda: "http://[64:ff9b::10.0.0.1]/a.png", "private"),
    ("private in 6to4", lambda: "http://[2002:0a00:0001::1]/a.png", "private"),
    ("localhost", lambda: "http://localhost/a.png", "private"),
    ("nowhere", lambda: "http://0.0.0.0/a.png", "private"),
    ("private 10", lambda: "http://10.1.2.3/a.png", "private"),
    ("private 172", lambda: "http://172.16.0.1/a.png", "private"),
    ("private 192", lambda: "http://192.168.1.1:8080/a.png", "private"),
    ("shared by carriers", lambda: "http://100.64.0.1/a.png", "private"),
    ("cloud metadata", lambda: "http://169.254.169.254/latest", "private"),
    ("link-local IPv6", lambda: "http://[fe80::1]/a.png", "private"),
    ("unique local IPv6", lambda: "http://[fd00::1]/a.png", "private"),
    ("multicast", lambda: "http://224.0.0.1/a.png", "private"),
    ("broadcast", lambda: "http://255.255.255.255/a.png", "private"),
    ("documentation", lambda: "http://192.0.2.1/a.png", "private"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "fragment"), [r[1:] for r in BAD], ids=[r[0] for r in BAD])
def test_bad(make, fragment):
    source = make()
    started = time.process_time()  # nothing is waited for here; other work on the machine does not count
    with pytest.raises(UserError) as caught:
        load_image(source)
    assert fragment in sentence(caught.value)
    assert "secret" not in str(caught.value)
    assert time.process_time() - started < 3


def test_torch_tensor():
    torch = pytest.importorskip("torch")
    tensor = torch.zeros(3, 4, 5)
    with pytest.raises(UserError, match=r"permute\(1, 2, 0\)") as caught:
        load_image(tensor)
    sentence(caught.value)
    assert load_image(tensor.permute(1, 2, 0).cpu().numpy()).shape == (4, 5, 3)  # the advice works


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipe_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe or a device") as caught:
        load_image(tmp_path / "pipe")
    sentence(caught.value)


def test_unreadable_file(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # the tests may run as root, who may read everything
    with pytest.raises(UserError, match="may not be read") as caught:
        load_image(tmp_path / "x.png")
    sentence(caught.value)


def test_empty_file(tmp_path):
    (tmp_path / "empty.png").touch()
    with pytest.raises(UserError, match="empty") as caught:
        load_image(tmp_path / "empty.png")
    sentence(caught.value)


def test_limits_are_exact(tmp_path):
    path = tmp_path / "noise.png"
    path.write_bytes(PNG)
    assert load_image(path, max_bytes=len(PNG)).shape == (64, 64, 3)
    assert load_image(path, max_pixels=64 * 64).shape == (64, 64, 3)
    for source, limits in [
        (path, {"max_bytes": len(PNG) - 1}),
        (PNG, {"max_bytes": len(PNG) - 1}),
        (path, {"max_pixels": 64 * 64 - 1}),
        (Image.open(path), {"max_pixels": 64 * 64 - 1}),
        (load_image(path), {"max_pixels": 64 * 64 - 1}),
    ]:
        with pytest.raises(UserError, match="at most") as caught:
            load_image(source, **limits)
        sentence(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_bombs_are_refused_before_they_are_decoded(tmp_path):
    (tmp_path / "bomb.png").write_bytes(bomb(20000, 8000))  # 160 MB as grey; below the size that Pillow itself refuses
    code = (
        "import sys; from segtutor.images import load_image\n"
        "try: load_image(sys.argv[1])\n"
        "except ValueError as error: print(error)\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "bomb.png")]
    text, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "20000 x 8000" in text
    assert int(peak) < 120_000  # kB, the interpreter, numpy and Pillow included


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    base=st.sampled_from([PNG, JPEG, GIF, WEBP, TIFF, BMP, turned(6), text_bomb()]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    early=st.booleans(),
    end=st.floats(0, 1),
)
def test_damaged_files_give_a_picture_or_a_sentence(base, changes, early, end):
    content = bytearray(base)
    for place, value in changes:
        content[int(place * min(len(base), 200 if early else len(base)))] = value
    content = content[: int(end * len(content))] if end < 0.3 else content
    try:
        image = load_image(bytes(content), max_pixels=10**6)
    except UserError as error:
        sentence(error)
    else:
        assert image.shape[2:] == (3,)
        assert image.dtype == np.uint8


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_sentence(text):
    if os.path.isfile(text):
        return
    with pytest.raises(UserError) as caught:
        load_image(text, timeout=0.5)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_check_size():
    check_size(np.zeros((32, 40, 3), np.uint8), 32)
    for shape in [(31, 40, 3), (40, 31, 3), (1, 10000, 3)]:
        with pytest.raises(UserError, match="at least 32") as caught:
            check_size(np.zeros(shape, np.uint8), 32)
        sentence(caught.value)


def test_shown_is_one_short_line():
    assert shown("a.png") == "'a.png'"
    assert len(shown("x" * 1000)) <= 70
    assert "\n" not in shown("a\nb")
