"""Each network that the page of networks can offer, as the page carries it: numbers and segments are PyTorch's.

By default those that it offers, of which tests/test_onnx.py reads the two old ones on a hundred scenes;
SEGTUTOR_SHELF=all reads the whole shelf.
"""

from __future__ import annotations

import os

import numpy as np
import onnx
import pytest
import torch
from test_onnx import session

import segtutor as st
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.models import export
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.pages import compact, exports, networks

ALL = os.environ.get("SEGTUTOR_SHELF") == "all"
NAMES = [name for name in (networks.shelf() if ALL else networks.OFFERED) if name not in networks.NETWORKS]
SEEDS = (0, 3, 7, 19, 31, 33)
MASKED = ("oneformer-toytown",)  # masked attention: one bit that flips changes what follows (tests/test_onnx.py)


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_gives_the_numbers_and_the_segments_of_the_module(name, onnx_folder):
    """Relative difference (to the largest number of a picture) <= 1e-4; at most 2 pixels change their segment."""
    segmenter = st.load(name)
    run = session(exports.exported(name, onnx_folder))
    kind = MaskOutput if segmenter.family == "mask" else PerPixelOutput
    differences, segments = [], 0
    for seed in SEEDS:
        image = st.toytown.scene(seed).draw()[0]
        output = segmenter.set_image(image).output
        ours = [getattr(output, key).numpy() for key in export.OUTPUTS[segmenter.family]]
        theirs = run.run(None, {"image": image[None]})
        worst = max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in zip(ours, theirs, strict=True))
        differences.append(worst)
        if worst > 1e-4:
            continue
        read = st.panoptic_inference(
            kind(*map(torch.from_numpy, theirs)), image.shape[:2], segmenter.categories, **segmenter.thresholds
        )
        expected = segmenter.predict()
        assert [one.category_id for one in read.segments] == [one.category_id for one in expected.segments]
        assert (read.segment_ids != expected.segment_ids).sum() <= 2
        segments += len(read.segments)
    print(f"{name}: {max(differences):.1e} at most")
    assert sum(one > 1e-4 for one in differences) <= (name in MASKED)
    assert segments > 20


def test_weights_take_two_bytes_and_keep_their_values(onnx_folder):
    """Of the FCN, into whose convolutions the exporter multiplies batch norm."""
    small = onnx.load_from_string(exports.exported("fcn-toytown", onnx_folder))
    segmenter = st.load("fcn-toytown")
    kinds = [one.data_type for one in small.graph.initializer if np.prod(one.dims) >= compact.LEAST]
    assert set(kinds) == {onnx.TensorProto.FLOAT16}
    kept = {one.name: onnx.numpy_helper.to_array(one) for one in small.graph.initializer}
    name = "model.backbone.stages.3.0.path.1.convolution.weight"
    weight = segmenter.model.backbone.stages[3][0].path[1].convolution.weight
    np.testing.assert_array_equal(kept[f"{name}.half"], weight.detach().numpy())
    assert kept[f"{name}.factor"].shape == (len(weight), 1, 1, 1)


def test_a_weight_that_is_no_half_is_left_as_it_is():
    random = np.random.default_rng(0)
    half = random.normal(size=(64, 32)).astype(np.float16).astype(np.float32)
    factor = random.uniform(0.5, 2, (64, 1)).astype(np.float32)
    other = random.normal(size=(64, 32)).astype(np.float32)
    large = half.copy()
    large[0, 0] = 1e6  # more than half precision can hold
    given = {"exact": half, "model.scaled": half * factor, "other": other, "large": large, "few": half[:1]}
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Identity", [name], [f"{name}.out"]) for name in given],
            "weights",
            [],
            [onnx.helper.make_tensor_value_info(f"{n}.out", onnx.TensorProto.FLOAT, v.shape) for n, v in given.items()],
            [onnx.numpy_helper.from_array(value, name) for name, value in given.items()],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 18)],
        ir_version=10,
    )
    small = compact.compacted(model.SerializeToString(), {"model.scaled": half, "other": half})
    onnx.checker.check_model(onnx.load_from_string(small), full_check=True)
    names = {one.name for one in onnx.load_from_string(small).graph.initializer}
    assert names == {"exact.half", "model.scaled.half", "model.scaled.factor", "other", "large", "few"}
    found = dict(zip(given, session(small).run(None, {}), strict=True))
    for name, value in given.items():
        np.testing.assert_allclose(found[name], value, rtol=compact.CLOSE, atol=0)
        if name != "model.scaled":
            np.testing.assert_array_equal(found[name], value)


def test_the_page_holds_what_it_offers_in_thirty_megabytes(onnx_folder):
    page = networks.networks_page(onnx_folder)
    assert len(page) <= 30e6
    assert page.count(b'id="segtutor-network-') == len(networks.OFFERED) == 5


def test_only_networks_of_the_shelf_are_offered(capsys):
    assert set(networks.NETWORKS) < set(networks.OFFERED) < set(networks.shelf())
    assert networks.offered(["eomt-toytown", "fcn-toytown", "fcn-toytown"]) == ("fcn-toytown", "eomt-toytown")
    for wrong in (["sam-toytown", "fcn-toytown"], ["nothing"], ["fcn-toytown"], []):
        with pytest.raises(UserError):
            networks.offered(wrong)
    assert main(["page", "networks", "--models", "fcn-toytown"]) == 2
    assert main(["page", "explainer", "--models", "fcn-toytown,eomt-toytown"]) == 2
    assert main(["page", "02", "--models", "fcn-toytown,eomt-toytown"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 3


def test_a_network_that_is_told_its_task_is_exported_for_one(tmp_path):
    with pytest.raises(UserError):
        export.export_onnx("oneformer-toytown", tmp_path / "a.onnx")
    with pytest.raises(UserError):
        export.export_onnx("oneformer-toytown", tmp_path / "a.onnx", task="depth")
    with pytest.raises(UserError):
        export.export_onnx("fcn-toytown", tmp_path / "a.onnx", task="panoptic")
    eomt = st.load("eomt-toytown")
    eomt.model.anneal(0.3)
    with pytest.raises(UserError):
        export.export_onnx(eomt, tmp_path / "a.onnx")
    assert isinstance(eomt.model.mask_probs, torch.Tensor)
    assert not list(tmp_path.iterdir())
