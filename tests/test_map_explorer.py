"""MapExplorer without a browser: what Python computes from the sent bytes, and its JavaScript against that."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from test_javascript import _node

import segtutor as st
from segtutor.errors import UserError

pytest.importorskip("anywidget")
SOURCE = Path(st.__file__).parent / "widgets" / "maps" / "explorer.js"
PICTURE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def maps():
    torch.manual_seed(0)
    fine, coarse = torch.randn(1, 8, 6, 8), torch.randn(16, 3, 4)
    coarse[:, 2, 3] = 0
    return {"fine": fine, "coarse": coarse}


def test_the_cosines_are_those_of_the_maps(maps):
    explorer = st.widgets.MapExplorer(maps, PICTURE)
    for x, y in ((0, 0), (31, 23), (13, 7)):
        for name, one in explorer.alike(x, y).items():
            vectors = maps[name].reshape(-1, *maps[name].shape[-2:])
            h, w = vectors.shape[1:]
            cell = vectors[:, y * h // 24, x * w // 32]
            expected = F.cosine_similarity(vectors, cell[:, None, None], dim=0)
            assert one.shape == (h, w)
            np.testing.assert_allclose(one, expected, atol=0.015)
    assert (explorer.alike(31, 23)["coarse"] == 0).all()  # a vector of zeros


def test_begins_in_the_middle_and_takes_pixels_of_the_picture(maps):
    explorer = st.widgets.MapExplorer(maps, PICTURE)
    assert explorer.pixel == [16, 12]
    assert "at pixel (16, 12)" in explorer.alternative()
    assert explorer.still().shape == (24, 2 * 32 + 4, 3)
    explorer.pixel = None
    assert "no pixel" in explorer.alternative()
    assert (explorer.still()[:, :32] == PICTURE).all()
    for wrong in ([32, 0], [0, 24], [-1, 0], [1]):
        with pytest.raises(UserError):
            explorer.pixel = wrong
    assert explorer.pixel is None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [torch.zeros(2, 3, 4)],
        {str(n): torch.zeros(2, 3, 4) for n in range(7)},
        {"flat": torch.zeros(3, 4)},
        {"two pictures": torch.zeros(2, 2, 3, 4)},
        {"empty": torch.zeros(0, 3, 4)},
        {"nan": torch.full((2, 3, 4), torch.nan)},
        {"text": "map"},
    ],
    ids=str,
)
def test_what_is_no_map_is_refused(wrong):
    with pytest.raises(UserError):
        st.widgets.MapExplorer(wrong, PICTURE)


def test_a_large_map_is_averaged_until_it_fits():
    explorer = st.widgets.MapExplorer({"large": torch.ones(128, 130, 99)}, PICTURE)
    (sent,) = explorer.maps
    assert sent["shape"] == [128, 65, 50]
    assert len(sent["codes"]) == 128 * 65 * 50 <= 1_000_000


def test_the_browser_computes_the_same(maps):
    explorer = st.widgets.MapExplorer(maps, PICTURE)
    sent = [{**one, "codes": base64.b64encode(one["codes"]).decode()} for one in explorer.maps]
    program = (
        f'import {{ VectorMap }} from "{SOURCE.as_uri()}"; let text = ""; for await (const part of process.stdin) '
        "text += part; const { sent, pixels, size } = JSON.parse(text);"
        'const maps = sent.map((one) => new VectorMap({ ...one, codes: Buffer.from(one.codes, "base64") }));'
        "console.log(JSON.stringify(pixels.map((at) => maps.map((map) => [...map.alike(map.cellOf(at, size))]))));"
    )
    pixels = [[0, 0], [31, 23], [13, 7]]
    done = subprocess.run(
        [_node(), "--input-type=module", "-e", program],
        input=json.dumps({"sent": sent, "pixels": pixels, "size": [24, 32]}),
        capture_output=True,
        text=True,
        check=True,
    )
    for pixel, found in zip(pixels, json.loads(done.stdout), strict=True):
        for ours, theirs in zip(explorer.alike(*pixel).values(), found, strict=True):
            np.testing.assert_allclose(ours.ravel(), theirs, atol=1e-12)
