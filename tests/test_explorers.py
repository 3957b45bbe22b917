"""PixelExplorer and QueryExplorer without a browser: what Python sends, reads and answers."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from toy_explorers import ToyLayers, ToyPixels

import segtutor as st
from segtutor.errors import UserError
from segtutor.inference.common import upsample
from segtutor.outputs import MaskOutput

pytest.importorskip("anywidget")
from segtutor.widgets.base.quantised import MOST_BYTES, mask_payload, pixel_payload, quantise, semantic_png  # noqa: E402


@pytest.fixture(scope="module")
def masks() -> ToyLayers:
    return ToyLayers()


@pytest.fixture(scope="module")
def pixels() -> ToyPixels:
    return ToyPixels()


@pytest.fixture
def queries(masks):
    return st.widgets.QueryExplorer(masks, masks.image)


@pytest.fixture
def both(pixels, masks):
    return st.widgets.PixelExplorer(pixels, masks, masks.image)


# ---------------------------------------------------------------- one byte a logit


@pytest.mark.parametrize("largest", [0.01, 3, 30, 300])
def test_a_quantised_logit_is_off_by_what_is_stated(largest):
    values = torch.linspace(-largest, largest, 5001, dtype=torch.float64).float()
    codes, levels = quantise(values)
    spread = largest / np.sinh(6)
    allowed = 3.05 / 127 * np.sqrt(spread**2 + values.numpy() ** 2) + 1e-6
    assert (np.abs(levels[codes] - values.numpy()) <= allowed).all()
    assert (torch.from_numpy(levels[codes]).sigmoid() - values.sigmoid()).abs().max() < 0.01
    assert (np.diff(levels[1:]) > 0).all()
    assert np.abs(levels).max() == pytest.approx(largest, rel=1e-5)


def test_infinite_and_constant_logits_are_quantised_too():
    codes, levels = quantise(torch.tensor([-torch.inf, 0.0, 5.0]))
    assert levels[codes].tolist()[0] == pytest.approx(-1000)
    assert abs(levels[codes[2]] - 5) < 0.2
    codes, levels = quantise(torch.zeros(4))
    assert levels[codes].tolist() == [0, 0, 0, 0]


def test_no_layer_is_larger_than_a_megabyte_whatever_the_model():
    random = torch.Generator().manual_seed(0)
    for queries, classes, grid in ((100, 133, (96, 96)), (200, 150, (160, 213)), (100, 80, (100, 100))):
        logits = torch.randn(1, queries, classes + 1, generator=random)
        payload, seen = mask_payload(MaskOutput(logits, torch.randn(1, queries, *grid, generator=random) * 9))
        size = sum(len(part) for part in payload.values() if isinstance(part, bytes))
        assert size + 20_000 <= MOST_BYTES
        assert tuple(seen.mask_logits.shape[-2:]) == tuple(payload["grid"])
        assert (payload["grid"] == list(grid)) == (grid == (96, 96))
    payload, _ = pixel_payload(st.PerPixelOutput(torch.randn(1, 150, 128, 128, generator=random)))
    assert 900_000 < len(payload["codes"]) <= MOST_BYTES


def test_class_probabilities_survive_the_quantisation(pixels):
    payload, seen = pixel_payload(pixels.output)
    apart = (seen.logits.softmax(1) - pixels.output.logits.softmax(1)).abs().max()
    assert 0 < apart < 0.01


def test_the_semantic_answer_is_sent_as_positions_of_classes(masks):
    picture = np.asarray(Image.open(io.BytesIO(semantic_png(masks.output, (128, 128)))))
    labels = picture[..., 0] + 256 * picture[..., 1].astype(int)
    np.testing.assert_array_equal(labels, st.semantic_inference(masks.output, (128, 128)).semantic())


# ---------------------------------------------------------------- QueryExplorer


def test_the_last_layer_is_sent_at_once_and_the_others_when_they_are_looked_at(queries):
    assert queries.layers == ["initial queries", "layer 1", "layer 2", "layer 3"]
    assert (queries.layer, list(queries.sent)) == (3, ["3"])
    said = []
    queries.send = lambda content, buffers=None: said.append((content, buffers))
    queries._handle_custom_msg({"kind": "layer", "layer": 0}, [])
    (masks_said, buffers), (semantic_said, pictures) = said
    assert (masks_said["layer"], semantic_said) == (0, {"kind": "semantic", "layer": 0})
    assert (
        dict(zip(masks_said["names"], buffers, strict=True))["codes"] == mask_payload(queries._outputs[0])[0]["codes"]
    )
    assert pictures == [semantic_png(queries._prediction(0), (128, 128))]
    for nonsense in ({"kind": "layer", "layer": 9}, {"kind": "layer"}, {"kind": "layer", "layer": "0"}, {}):
        queries._handle_custom_msg(nonsense, [])
    assert len(said) == 2


def test_a_page_without_a_kernel_gets_all_layers(masks):
    assert list(st.widgets.QueryExplorer(masks, preload=True).sent) == ["0", "1", "2", "3"]


def test_the_fate_of_a_query_is_that_of_the_three_inferences(queries, masks):
    assert queries.fate == {}
    result = st.panoptic_inference(queries.output, (128, 128), masks.categories, **masks.thresholds)
    fates = st.inference.query_fates(queries.output, (128, 128), masks.categories, **masks.thresholds)
    instances = st.instance_inference(queries.output, (128, 128), masks.categories)
    ranks = set()
    for one in fates:
        queries.query = one.query
        fate = queries.fate
        assert fate["panoptic"] == {"fate": one.fate, "area": one.area, "mask_area": one.mask_area}
        assert (fate["score"], fate["layer"]) == (one.score, "layer 3")
        for place in fate["instance"]:
            assert instances.scores[place["rank"] - 1] == pytest.approx(place["score"], abs=1e-6)
            mask = upsample(queries.output.mask_logits[0, one.query], (128, 128)).numpy() > 0
            np.testing.assert_array_equal(instances.masks[place["rank"] - 1], mask)
            ranks.add(place["rank"])
        assert 0 <= fate["semantic"]["agrees"] <= 1
        if one.fate == "kept":
            assert fate["semantic"]["agrees"] > 0.5
    assert ranks == set(range(1, len(instances) + 1))
    assert len(result.segments) > 3


def test_an_earlier_layer_says_less(queries):
    queries.query = next(n for n, color in enumerate(queries.colors) if color != (128, 128, 128))
    late = queries.fate["score"]
    queries.layer = 0
    assert queries.fate["layer"] == "initial queries"
    assert queries.fate["score"] < late
    assert "initial queries" in queries.alternative()
    assert f"Query {queries.query} is held" in queries.alternative()


def test_layers_without_initial_queries_are_numbered_from_one(masks):
    masks = ToyLayers(layers=1)
    masks.card = {"model_type": "maskformer"}
    assert st.widgets.QueryExplorer(masks).layers == ["layer 1", "layer 2"]


# ---------------------------------------------------------------- PixelExplorer


def test_reading_a_pixel_says_what_both_inferences_sum_up(both, pixels, masks):
    shares = st.inference.semantic_scores(both._pixel_output, (128, 128))[0]
    sums = st.inference.semantic_scores(both._mask_output, (128, 128))[0]
    result = st.panoptic_inference(both._mask_output, (128, 128), masks.categories, **masks.thresholds)
    painted = set()
    for x, y in ((0, 0), (127, 127), (16, 76), (64, 40), (31, 99)):
        said = both.read(x, y)
        best = said["per_pixel"][0]
        assert best["probability"] == pytest.approx(float(shares[:, y, x].max()), abs=1e-5)
        assert best["class"] == masks.categories[int(shares[:, y, x].argmax())].name
        assert sum(one["probability"] for one in said["per_pixel"]) == pytest.approx(1, abs=1e-5)
        assert said["semantic"][0]["score"] == pytest.approx(float(sums[:, y, x].max()), abs=1e-4)
        claims = [one["claim"] for one in said["claims"]]
        assert claims == sorted(claims, reverse=True)
        assert len(claims) == 24
        segment = int(result.segment_ids[y, x])
        assert (said["painted_by"] is None) == (segment == 0)
        if segment:
            category = masks.categories.by_id(result.segment(segment).category_id).name
            claim = next(one for one in said["claims"] if one["query"] == said["painted_by"])
            assert claim["class"] == category
        painted.add(said["painted_by"])
    assert len(painted) > 1


def test_pixels_and_pins_go_in_and_out(both):
    both.pixel = (3, 4)
    both.pins = [[1, 2], [126, 127]]
    both.set_state({"pixel": [9, 8], "pins": [[5, 5]]})
    assert (both.pixel, both.pins) == ([9, 8], [[5, 5]])
    assert "pixel (5, 5)" in both.alternative()
    assert repr(both) == "PixelExplorer(128 x 128 pixels, pixel (9, 8), 1 pinned)"


@pytest.mark.parametrize("name", ["queries", "both"])
def test_a_page_without_widgets_shows_a_still_and_there_is_a_figure(name, request):
    from matplotlib.figure import Figure

    explorer = request.getfixturevalue(name)
    before = explorer.still()
    if name == "both":
        explorer.pins = [[16, 76], [96, 76]]
    else:
        explorer.query = 2
    assert not np.array_equal(explorer.still(), before)
    data, metadata = explorer._repr_mimebundle_()
    assert data["text/plain"] == repr(explorer) == repr(explorer)
    assert len(data["image/png"]) < 200_000
    assert metadata["image/png"]["alt"] == explorer.alternative()
    figure = explorer.figure()
    assert isinstance(figure, Figure)
    assert figure.description == explorer.alternative()
    assert len(figure.to_png()) > 10_000


def test_a_large_picture_is_reduced():
    masks, pixels = ToyLayers(layers=1), ToyPixels()
    assert st.widgets.QueryExplorer(masks, longest_side=100).size == [100, 100]
    both = st.widgets.PixelExplorer(pixels, masks, longest_side=64)
    assert both.read(63, 63)["pixel"] == [63, 63]
    assert both.still().shape == (64, 132, 3)


def test_a_mistake_gets_one_sentence(pixels, masks):
    queries = st.widgets.QueryExplorer(masks)
    both = st.widgets.PixelExplorer(pixels, masks)
    wrong = {
        "st.load(": lambda: st.widgets.QueryExplorer("mask2former-toytown"),
        "no queries": lambda: st.widgets.QueryExplorer(pixels),
        "upernet-toytown": lambda: st.widgets.PixelExplorer(masks, pixels),
        "the same picture": lambda: st.widgets.PixelExplorer(pixels, ToyLayers(seed=4)),
        "score_threshold=80": lambda: st.widgets.QueryExplorer(masks, score_threshold=80),
        "layer=7": lambda: setattr(queries, "layer", 7),
        "query=24": lambda: setattr(queries, "query", 24),
        "[128, 0]": lambda: setattr(both, "pixel", [128, 0]),
        "[0, -1]": lambda: setattr(both, "pins", [[0, 0], [0, -1]]),
        "pins=7": lambda: setattr(both, "pins", [[0, n] for n in range(7)]),
    }
    for said, act in wrong.items():
        with pytest.raises(UserError) as caught:
            act()
        text = str(caught.value)
        assert all(part in text for part in said.split("=")), text
        assert "\n" not in text


def test_explorers_know_nothing_of_each_other():
    """Each has a folder; what several use is in base/ (Python) and shared/ (JavaScript and styles)."""
    home = Path(st.widgets.__file__).parent
    folders = {path.parent.name for path in home.glob("*/__init__.py")} - {"base"}
    assert len(folders) == len(st.widgets.__all__) - 1
    for path in [*home.rglob("*.py"), *home.rglob("*.js")]:
        room, text = path.relative_to(home).parts[0], path.read_text(encoding="utf-8")
        named = re.findall(r"from segtutor\.widgets\.(\w+)|from \"\.\./(\w+)/", text)
        others = {python or javascript for python, javascript in named} - {room}
        if room == "built":
            continue
        below = {"base": set(), "shared": set()}.get(room, {"base", "shared"})
        assert others <= below, path
