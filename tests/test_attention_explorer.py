"""AttentionExplorer without a browser: what Python sends, reads and answers, and what its JavaScript makes of it."""

from __future__ import annotations

import base64
import json
import subprocess

import numpy as np
import pytest
import torch
from test_javascript import HERE, _node

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.models.attention import Attention, LayerLook
from segtutor.models.attention_hooks import Look
from segtutor.reference.layers.record import SamplingPoints

pytest.importorskip("anywidget")
from segtutor.widgets.attention.data import (  # noqa: E402
    MOST_BYTES,
    added_up,
    layer_payload,
    quantise_shares,
    sampling_payload,
)


def shares_from(codes: np.ndarray, top: np.ndarray) -> np.ndarray:
    """What the browser makes of them: float32 of the shape of the codes."""
    return top[..., None] * np.square(codes.astype(np.float32) / 255)


@pytest.fixture(scope="module")
def segmenter():
    return st.load("mask2former-toytown").set_image(toytown.scene(3).render()[0])


@pytest.fixture
def explorer(segmenter):
    return st.widgets.AttentionExplorer(segmenter)


def _sizes(payload: dict) -> int:
    return sum(len(part) for part in payload.values() if isinstance(part, bytes))


def _read(payload: dict, name: str) -> np.ndarray:
    """(heads, q, cells) float32, as the browser reads it."""
    top = np.frombuffer(payload[f"{name}_top"], "<f4").reshape(payload["heads"], -1)
    return shares_from(np.frombuffer(payload[name], np.uint8).reshape(*top.shape, -1), top)


# ---------------------------------------------------------------- one byte a weight


def test_a_quantised_weight_is_off_by_what_is_stated():
    random = torch.Generator().manual_seed(0)
    for sharpness in (0.1, 1, 5, 30):
        shares = (sharpness * torch.randn(40, 700, generator=random)).softmax(-1)
        codes, top = quantise_shares(shares)
        found, most = shares_from(codes, top), shares.amax(-1, keepdim=True).numpy()
        off = np.abs(found - shares.numpy())
        assert (off <= np.sqrt(shares.numpy() * most) / 255 + most / 510**2 + 1e-7).all()
        assert off.max() <= most.max() / 255 + 1e-6
        assert np.abs(found.sum(-1) - 1).max() < 0.02
    codes, top = quantise_shares(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    assert shares_from(codes, top).tolist() == [[0, 1], [0, 0]]


def test_places_that_are_added_up_keep_the_sum_of_a_row():
    weights = torch.rand(3, 5 * 7).softmax(-1)
    cells = added_up(weights, (5, 7), 2)
    assert cells.shape == (3, 3 * 4)
    torch.testing.assert_close(cells.sum(-1), torch.ones(3))
    assert float(cells[0, 0]) == pytest.approx(float(weights[0].view(5, 7)[:2, :2].sum()))


def _large_layer(size=(100, 133), queries=100, heads=8) -> LayerLook:
    random = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=random)  # noqa: E731
    inside = torch.rand(queries, size[0] * size[1], generator=random) < 0.01
    inside[:9] = False
    empty = ~inside.any(-1)
    cross = Look(draw(heads, queries, 8), draw(heads, size[0] * size[1], 8), inside | empty[:, None])
    return LayerLook(cross, Look(draw(heads, queries, 8), draw(heads, queries, 8)), size, inside, empty)


def test_no_layer_is_larger_than_a_megabyte_and_one_query_comes_in_full():
    layer = _large_layer()
    payload = layer_payload(layer)
    assert 0.7 * MOST_BYTES < _sizes(payload) <= MOST_BYTES
    assert payload["step"] > 1
    exact = added_up(layer.cross.weights()[:, 50], layer.size, payload["step"]).numpy()
    np.testing.assert_allclose(_read(payload, "cross")[:, 50], exact, atol=float(exact.max()) / 255)
    one = layer_payload(layer, 50)
    assert (one["step"], one["grid"], one["queries"]) == (1, [100, 133], [50])
    assert "among" not in one
    assert _sizes(one) <= MOST_BYTES


def test_sampling_points_of_a_large_picture_are_thinned_and_off_by_what_is_stated():
    sizes = ((25, 34), (50, 67), (100, 134))
    count = sum(h * w for h, w in sizes)
    points = torch.rand(1, count, 8, 3, 4, 2)
    seen = Attention((), (SamplingPoints(points, torch.rand(1, count, 8, 12).softmax(-1).unflatten(-1, (3, 4))),),
                     sizes, (1.0, 1.0), (800, 1067))  # fmt: skip
    payload = sampling_payload(seen, 0)
    assert _sizes(payload) <= MOST_BYTES
    assert payload["steps"][0] == 1 < payload["steps"][2]


def test_what_is_sent_stands_for_what_was_heard(explorer, segmenter):
    for number, layer in enumerate(explorer._seen.layers):
        payload = explorer._part(f"layer {number}")
        assert (payload["step"], payload["size"]) == (1, list(layer.size))
        for name, masked in (("cross", True), ("free", False)):
            exact, found = layer.cross.weights(masked=masked).numpy(), _read(payload, name)
            assert np.abs(found - exact).max() <= exact.max() / 255 + 1e-6
            assert np.abs(found.sum(-1) - 1).max() < 0.02
        inside, empty = layer.inside.numpy(), layer.empty.numpy()
        assert payload["empty"] == empty.tolist()
        forbidden = ~inside & ~empty[:, None]
        assert (_read(payload, "cross")[:, forbidden] == 0).all()
        assert forbidden.any()
        bits = np.unpackbits(np.frombuffer(payload["inside"], np.uint8).reshape(len(inside), -1), axis=-1,
                             bitorder="little")[:, : inside.shape[1]]  # fmt: skip
        np.testing.assert_array_equal(bits.astype(bool), inside)
        assert np.abs(_read(payload, "among") - layer.among.weights().numpy()).max() < 1 / 255 + 1e-6


# ---------------------------------------------------------------- the widget


def test_layers_are_sent_when_they_are_looked_at(explorer, segmenter):
    assert list(explorer.sent) == ["layer 2"]
    said = []
    explorer.send = lambda content, buffers=None: said.append((content, buffers))
    explorer._handle_custom_msg({"part": "layer 0"}, [])
    explorer._handle_custom_msg({"part": "layer 0 query 7"}, [])
    explorer._handle_custom_msg({"part": "sampling 0"}, [])
    assert [content["part"] for content, _ in said] == ["layer 0", "layer 0 query 7", "sampling 0"]
    content, buffers = said[1]
    assert content["plain"]["queries"] == [7]
    payload = explorer._part("layer 0 query 7")
    assert dict(zip(content["names"], buffers, strict=True)) == {n: payload[n] for n in content["names"]}
    for nonsense in ("layer 9", "layer", "layer 0 query 99", "sampling 1", "layer -1", "other 0", 3, None):
        explorer._handle_custom_msg({"part": nonsense}, [])
    explorer._handle_custom_msg({}, [])
    assert len(said) == 3
    whole = st.widgets.AttentionExplorer(segmenter, preload=True)
    assert list(whole.sent) == ["layer 0", "layer 1", "layer 2", "sampling 0"]


def test_reading_says_what_the_mask_did(explorer):
    assert explorer.reading["class"] in ("person", "cat", "ball")
    kinds = set()
    for layer in range(3):
        for query in range(24):
            explorer.layer, explorer.query = layer, query
            read, seen = explorer.reading, explorer._seen.layers[layer]
            weights, free = explorer.weights(), explorer.weights(masked=False)
            assert weights.shape == free.shape == read["size"] == seen.size
            assert weights.sum() == pytest.approx(1, abs=1e-5)
            assert free.sum() == pytest.approx(1, abs=1e-5)
            kinds.add((read["masked"], read["empty"]))
            if read["empty"]:
                assert (read["allowed"], read["inside"]) == (None, None)
                np.testing.assert_array_equal(weights, free)
            else:
                inside = seen.inside[query].reshape(seen.size).numpy()
                assert (weights[~inside] == 0).all()
                assert read["allowed"] == inside.sum()
                assert read["inside"] == pytest.approx(float(free[inside].sum()), abs=1e-6)
    assert kinds == {(True, False), (False, True)}
    explorer.head = 1
    # one row alone is another product for the machine than all rows at once, so its last bits may differ
    np.testing.assert_allclose(explorer.weights().ravel(), seen.cross.weights()[1, 23].numpy(), rtol=1e-5, atol=1e-7)
    partners = explorer.partners()
    assert sum(one["weight"] for one in partners) == pytest.approx(1, abs=1e-5)
    assert len(partners) == 24
    assert [one["weight"] for one in partners] == sorted((one["weight"] for one in partners), reverse=True)


def test_points_are_those_of_the_record(explorer):
    explorer.pixel, explorer.level = [60, 70], 2
    assert explorer.place() == (8, 7)
    number = 16 + 64 + 8 * 16 + 7
    record, points = explorer._seen.sampling[0], explorer.points()
    assert len(points) == 4 * 3 * 4
    assert sum(point["weight"] for point in points) == pytest.approx(4, abs=1e-4)
    np.testing.assert_allclose(
        [point["x"] for point in points], record.points[0, number, ..., 0].ravel() * 128, atol=1e-4
    )
    explorer.head = 3
    assert {point["head"] for point in explorer.points()} == {3}


@pytest.mark.parametrize("engine", ["reference", "transformers"])
def test_both_engines_give_the_same_explorer(engine, segmenter, explorer):
    other = st.widgets.AttentionExplorer(st.load("mask2former-toytown", engine=engine), segmenter.image)
    assert other.queries["by_class"] == explorer.queries["by_class"]
    for part in ("layer 0", "layer 1", "layer 2"):
        ours, theirs = explorer._part(part), other._part(part)
        assert ours["inside"] == theirs["inside"]
        assert ours["empty"] == theirs["empty"]
        for name in ("cross", "free", "among"):
            np.testing.assert_allclose(
                _read(ours, name), _read(theirs, name), atol=0.01
            )  # one code, where they round apart
    np.testing.assert_allclose(
        np.array([point["x"] for point in other.points()]), [point["x"] for point in explorer.points()], atol=1e-2
    )


def test_a_model_without_masks_or_deformable_attention(tmp_path, segmenter):
    from hub.repositories import save_tiny

    other = st.widgets.AttentionExplorer(st.load(save_tiny(tmp_path, "maskformer")), segmenter.image)
    assert [layer["masked"] for layer in other.layers] == [False, False, False]
    assert "free" not in other.sent["layer 2"]
    assert other.reading["masked"] is False
    assert "no mask limits it" in other.alternative()
    assert other.still().shape == (128, 128, 3)
    with pytest.raises(UserError, match="deformable"):
        other.view = "sampling"
    eomt = st.widgets.AttentionExplorer(st.load(save_tiny(tmp_path / "eomt", "eomt")), segmenter.image[:, :100])
    assert eomt.layers[0]["masked"]
    assert eomt.weights().sum() + sum(one["weight"] for one in eomt.partners()) < 1
    assert "its mask allows" in eomt.alternative()
    assert eomt.still().shape == (128, 204, 3)


@pytest.mark.parametrize("view", ["cross", "sampling", "self"])
def test_a_page_without_widgets_shows_a_still_and_there_is_a_figure(view, explorer):
    from matplotlib.figure import Figure

    explorer.view, explorer.pixel = view, [60, 70]
    before = explorer.still()
    explorer.set_state({"layer": 0, "query": 5, "pixel": [9, 100], "head": 2})
    assert not np.array_equal(explorer.still(), before)
    data, metadata = explorer._repr_mimebundle_()
    assert data["text/plain"] == repr(explorer)
    assert len(data["image/png"]) < 200_000
    assert metadata["image/png"]["alt"] == explorer.alternative()
    figure = explorer.figure()
    assert isinstance(figure, Figure)
    assert figure.description == explorer.alternative()
    assert len(figure.to_png()) > 5_000
    assert explorer.head == 2
    said = {"cross": "Query 5 (", "sampling": "pixel (9, 100)", "self": "looks at queries"}
    assert said[view] in explorer.alternative()


def test_a_mistake_gets_one_sentence(explorer, segmenter):
    wrong = {
        "st.load(": lambda: st.widgets.AttentionExplorer("mask2former-toytown"),
        "query=24": lambda: setattr(explorer, "query", 24),
        "layer=3": lambda: setattr(explorer, "layer", 3),
        "head=4": lambda: setattr(explorer, "head", 4),
        "[128, 0]": lambda: setattr(explorer, "pixel", [128, 0]),
        "encoder_layer=1": lambda: setattr(explorer, "encoder_layer", 1),
        "level=3": lambda: st.widgets.AttentionExplorer(segmenter, level=3),
    }
    for said, act in wrong.items():
        with pytest.raises(UserError) as caught:
            act()
        text = str(caught.value)
        assert all(part in text for part in said.split("=")), text
        assert "\n" not in text


# ---------------------------------------------------------------- JavaScript


def test_the_browser_reads_the_same_numbers(explorer, tmp_path):
    plain = lambda sent: {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in sent.items()}  # noqa: E731
    large = layer_payload(_large_layer((30, 41), 30, 4), most=100_000)
    payloads = [*(explorer._part(f"layer {n}") for n in range(3)), large]
    sampling, pixels = explorer._part("sampling 0"), [[0, 0], [60, 70], [127, 3]]
    question = {"size": [128, 128], "extent": [1, 1], "heads": [0, 3], "pixels": pixels, "sampling": plain(sampling)}
    file = tmp_path / "case.json"
    file.write_text(json.dumps(question | {"layers": [plain(sent) for sent in payloads]}))
    run = subprocess.run(
        [_node(), str(HERE / "js" / "answer_attention.mjs"), str(file)], capture_output=True, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()
    answer = json.loads(run.stdout)
    for payload, queries in zip(payloads, answer["answers"], strict=True):
        cells = payload["grid"][0] * payload["grid"][1]
        bits = np.unpackbits(
            np.frombuffer(payload["inside"], np.uint8).reshape(len(queries), -1), axis=-1, bitorder="little"
        )
        for row, got in enumerate(queries):
            assert got["empty"] == payload["empty"][row]
            assert (got["inside"] is None) == got["empty"]
            if not got["empty"]:
                assert got["inside"] == bits[row, :cells].tolist()
                free = _read(payload, "free")[:, row].mean(0)
                assert got["within"] == pytest.approx(float(free[bits[row, :cells] == 1].sum() / free.sum()), abs=1e-5)
            for name in ("cross", "free", "among"):
                exact = _read(payload, name)[:, row]
                for wanted, found in zip((exact.mean(0), exact[0], exact[3]), got["heads"], strict=True):
                    np.testing.assert_allclose(found[name], wanted, atol=1e-6)
    assert large["step"] > 1
    for payload, cells in zip(payloads, answer["cells"], strict=True):
        rows = (np.arange(128) + 0.5) / 128 * payload["size"][0] // payload["step"]
        columns = (np.arange(128) + 0.5) / 128 * payload["size"][1] // payload["step"]
        np.testing.assert_array_equal(np.reshape(cells, (128, 128)), rows[:, None] * payload["grid"][1] + columns)
    reach = np.frombuffer(sampling["reach"], "<f4")
    for pixel, levels in zip(pixels, answer["read"], strict=True):
        for level, got in enumerate(levels):
            explorer.pixel, explorer.level = pixel, level
            assert (got["row"], got["column"]) == explorer.place()
            for exact, found in zip(explorer.points(), got["points"], strict=True):
                assert (found["head"], found["level"]) == (exact["head"], exact["level"])
                h, w = sampling["sizes"][exact["level"]]
                bound = reach[exact["level"]] / 254 + 1e-4  # in cells
                assert abs(found["x"] * w - exact["x"] / 128 * w) <= bound
                assert abs(found["y"] * h - exact["y"] / 128 * h) <= bound
                assert abs(found["weight"] - exact["weight"]) <= 1 / 255
