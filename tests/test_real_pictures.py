"""Pictures, names and consoles as people have them: true sentences, no boxes for letters, no traceback."""

import io
import json
import os
import struct
import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image

import segtutor as st
from segtutor.errors import UserError
from segtutor.show.fonts import families
from segtutor.show.picture import STYLE


def tiff(array, *, colours=1, compression=1, cut=0, planes=1):
    """An uncompressed TIFF of one strip, as a microscope or a satellite writes it; array: (H, W, bands).

    planes: 2 for a strip a band.
    """
    height, width, bands = array.shape
    if planes == 2:
        array = array.transpose(2, 0, 1)
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    letter = {"u": 1, "i": 2, "f": 3}[array.dtype.kind]
    bits = 8 * array.dtype.itemsize
    entries = 11
    more = 8 + 2 + 12 * entries + 4
    place = more + 4 * bands + 8 * bands * (planes == 2)
    strips = bands if planes == 2 else 1
    each = len(data) // strips
    tags = [
        (256, 4, 1, width), (257, 4, 1, height),
        (258, 3, bands, more if bands > 2 else bits), (259, 3, 1, compression), (262, 3, 1, colours),
        (273, 4, strips, more + 4 * bands if planes == 2 else place), (277, 3, 1, bands), (278, 4, 1, height),
        (279, 4, strips, more + 8 * bands if planes == 2 else each), (284, 3, 1, planes),
        (339, 3, bands, more + 2 * bands if bands > 2 else letter),
    ]  # fmt: skip
    file = b"II*\0" + struct.pack("<IH", 8, entries) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    file += (
        struct.pack("<I", 0) + struct.pack(f"<{bands}H", *[bits] * bands) + struct.pack(f"<{bands}H", *[letter] * bands)
    )
    if planes == 2:
        file += struct.pack(f"<{bands}I", *[place + i * each for i in range(bands)])
        file += struct.pack(f"<{bands}I", *[each] * bands)
    return file + data[: len(data) - cut]


def test_tiffs_that_pillow_has_no_mode_for_are_read_where_they_are_plain():
    rng = np.random.default_rng(0)
    sixteen = rng.integers(0, 65536, (5, 7, 3), dtype=np.uint16)
    np.testing.assert_array_equal(st.load_image(tiff(sixteen)), st.load_image(sixteen))
    np.testing.assert_array_equal(st.load_image(tiff(sixteen, planes=2, colours=2)), st.load_image(sixteen))
    light = rng.random((5, 7, 3)).astype(np.float32)
    np.testing.assert_array_equal(st.load_image(tiff(light, colours=2)), st.load_image(light))


STRANGE = {
    "five bands": (lambda: tiff(np.full((8, 8, 5), 90, np.uint8)), "5 bands of 8 bits"),
    "a camera's sensor": (lambda: tiff(np.full((8, 8, 3), 90, np.uint16), colours=32803), "raw file"),
    "compressed": (lambda: tiff(np.full((8, 8, 3), 0.5, np.float32), colours=2, compression=34925), "numbers with a"),
    "float beyond 1": (lambda: tiff(np.full((8, 8, 3), 1.1, np.float32), colours=2), "numpy.clip"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_an_intact_tiff_is_not_called_damaged(case):
    content, said = STRANGE[case]
    with pytest.raises(UserError) as caught:
        st.load_image(content())
    assert "damaged" not in str(caught.value)
    assert said in str(caught.value)


def test_one_that_is_cut_off_is():
    with pytest.raises(UserError, match="damaged"):
        st.load_image(tiff(np.full((8, 8, 5), 90, np.uint8), cut=40))


FLOATS = {
    "a cubic filter's ends": (np.linspace(-0.05, 1.02, 12), "numpy.clip", "255"),
    "light": (np.linspace(0, 12, 12), "numpy.clip", "255"),
    "0 to 255": (np.linspace(0, 254.5, 12), "divide it by 255", "clip"),
    "normalised": (np.linspace(-2.1, 2.6, 12), "undo the normalisation", "255"),
}


@pytest.mark.parametrize("case", FLOATS)
def test_advice_for_floats_fits_their_range(case):
    values, said, not_said = FLOATS[case]
    with pytest.raises(UserError) as caught:
        st.load_image(values.reshape(3, 4))
    assert said in str(caught.value)
    assert not_said not in str(caught.value)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"


def test_a_git_lfs_pointer_is_fetched_and_not_deleted(tmp_path):
    (tmp_path / "a.png").write_bytes(POINTER)
    with pytest.raises(UserError, match="git lfs pull"):
        st.load_image(tmp_path / "a.png")
    st.training.save(st.load("mask2former-toytown"), tmp_path / "own")
    (tmp_path / "own" / "model.safetensors").write_bytes(POINTER)
    with pytest.raises(UserError, match="git lfs pull") as caught:
        st.load(tmp_path / "own")
    assert "delete" not in str(caught.value)


GAPS = {
    "rows are ids": ({0: "a", 2: "c"}, ["a", "class 1", "c"]),
    "rows are places": ({1: "a", 5: "b", 90: "c"}, ["a", "b", "c"]),
    "no gap": ({0: "a", 1: "b", 2: "c"}, ["a", "b", "c"]),
}


@pytest.mark.parametrize("case", GAPS)
@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_names_of_a_list_with_gaps_are_kept(case, name, tmp_path):
    labels, wanted = GAPS[case]
    st.training.save(st.training.with_classes(st.load(name), ["x", "y", "z"]), tmp_path)
    (tmp_path / "card.json").unlink()
    config = json.loads((tmp_path / "config.json").read_text())
    config.pop("label2id", None)
    (tmp_path / "config.json").write_text(json.dumps({**config, "id2label": labels}))
    assert st.load(tmp_path).categories.names == wanted


# --- names in any script ----------------------------------------------------------------------------------------------

CJK = sorted(font.name for font in font_manager.fontManager.ttflist if "CJK" in font.name)
NAMES = [{"id": 1, "name": "\u732b", "isthing": 0}, {"id": 2, "name": "\u72d7", "isthing": 0}]


def drawn():
    ids = np.ones((64, 64), int)
    ids[:, 32:] = 2
    result = st.Segmentation.from_ids(ids, {1: 1, 2: 2}, NAMES)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        st.show.figure(np.full((64, 64, 3), 120, np.uint8), result, title="\u732b").to_png()
    return [str(warning.message) for warning in said]


@pytest.mark.skipif(not CJK, reason="no font with Chinese letters is installed")
def test_chinese_names_are_drawn_with_what_is_installed_or_chosen():
    assert drawn() == []
    with matplotlib.rc_context({"font.family": ["DejaVu Sans", CJK[0]]}):
        assert families()[:2] == ["DejaVu Sans", CJK[0]]
        assert drawn() == []
    with matplotlib.rc_context({"font.sans-serif": [CJK[0], "DejaVu Sans"]}):
        assert families()[0] == CJK[0]


def test_a_letter_that_no_font_has_is_warned_of(monkeypatch):
    monkeypatch.setattr("segtutor.show.fonts._fallbacks", lambda: ())
    assert any("missing from font" in warning for warning in drawn())


def test_the_usual_font_comes_first_where_nobody_chose():
    assert STYLE["font.family"][0] == "DejaVu Sans"
    assert dict(STYLE)["font.size"] == 10


# --- a console that has not every letter ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    folder = tmp_path_factory.mktemp("\u674e")
    own = st.training.with_classes(st.load("mask2former-toytown"), ["Stra\u00dfe", "\u732b"])
    st.training.save(own, folder / "own")
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(folder / "a.png")
    return folder


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_no_command_ends_in_a_traceback_on_a_console_of_another_encoding(chinese, encoding):
    where = {**os.environ, "PYTHONIOENCODING": encoding, "HF_HUB_OFFLINE": "1"}
    arguments = ["segment", str(chinese / "a.png"), "--model", str(chinese / "own"), "--task", "semantic", "--json"]
    run = subprocess.run([sys.executable, "-m", "segtutor", *arguments], env=where, capture_output=True)
    assert b"Traceback" not in run.stderr
    assert run.returncode == 0
    assert json.loads(run.stdout.decode(encoding))["model"] == str(chinese / "own")


def test_what_is_printed_is_escaped_and_not_refused(chinese, monkeypatch):
    from segtutor.cli import main

    for extra in (["--out", str(chinese / "\u732b.png"), "--force"], ["--json"]):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["segment", str(chinese / "a.png"), *extra]) == 0
        stream.flush()
        if "--out" in extra:
            assert b"\\u732b.png" in stream.buffer.getvalue()
