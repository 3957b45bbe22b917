"""The networks' intermediate tensors as outputs of their ONNX files: each is what PyTorch has at that point."""

from contextlib import nullcontext

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

import segtutor as st
from segtutor.errors import UserError
from segtutor.models.export_steps import steps_of

NAMES = ("mask2former-toytown", "upernet-toytown")
TOLERANCE = 1e-3  # of the largest number of a tensor
SEED = 31


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def image():
    return st.toytown.scene(SEED).render()[0]


@pytest.fixture(scope="module")
def told(exported_steps, image):
    """{name: {output: array}}"""
    found = {}
    for name, path in exported_steps.items():
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        names = [one.name for one in session.get_outputs()]
        given = {"image": np.asarray(image)[None]}
        for switch in (True, False) if name.startswith("mask2former") else (None,):
            more = {} if switch is None else {"masked": np.array([switch])}
            key = name if switch is not False else f"{name} unmasked"
            found[key] = dict(zip(names, session.run(names, given | more), strict=True))
    return found


class Watched:
    """A run of PyTorch's own module, with the outputs and inputs of any submodule by its path."""

    def __init__(self, name: str, image, *, masked: bool = True):
        segmenter = st.load(name)
        self.model = segmenter.model.eval()
        self.pixels = torch.from_numpy(np.array(segmenter.processor(image)[0]))[None]
        self.given, self.made = {}, {}
        handles = [module.register_forward_hook(self._keep(path)) for path, module in self.model.named_modules()]
        recording = st.reference.record_attention(self.model) if segmenter.family == "mask" else nullcontext({})
        attention = nullcontext() if masked else st.reference.unmasked(self.model)
        with torch.no_grad(), recording as self.maps, attention:
            self.output = self.model(self.pixels)
        for handle in handles:
            handle.remove()

    def _keep(self, path: str):
        def keep(_module, given, made):
            self.given[path], self.made[path] = given, made

        return keep


def same(ours: np.ndarray, theirs: torch.Tensor) -> None:
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert np.abs(theirs).max() > 0
    assert np.abs(ours - theirs).max() <= TOLERANCE * np.abs(theirs).max()


def test_upernet_tells_what_pytorch_has(told, image):
    ours, torch_ = told["upernet-toytown"], Watched("upernet-toytown", image)
    same(ours["pixels"], torch_.pixels)
    same(ours["stem"], torch_.made["backbone.stem.convolution"])
    for n, stage in enumerate(torch_.made["backbone"]):
        same(ours[f"stage_{n}"], stage)
    for n in range(3):
        same(ours[f"pyramid_{n}"], torch_.made[f"head.smooth.{n}"])
    same(ours["pyramid_3"], torch_.made["head.pooling"])
    same(ours["fused"], torch_.given["head.classifier"][0])
    same(ours["cell_logits"], torch_.made["head"])
    same(ours["logits"], torch_.output.logits)
    assert len(ours) == 13


def test_mask2former_tells_what_pytorch_has(told, image):
    ours, torch_ = told["mask2former-toytown"], Watched("mask2former-toytown", image)
    layers = torch_.model.decoder.layers
    same(ours["pixels"], torch_.pixels)
    same(ours["stem"], torch_.made["backbone.stem.convolution"])
    for n, stage in enumerate(torch_.made["backbone"]):
        same(ours[f"stage_{n}"], stage)
    mask_features, levels = torch_.made["pixel_decoder"]
    same(ours["mask_features"], mask_features)
    for n, level in enumerate(levels):
        same(ours[f"level_{n}"], level)
    sampling = torch_.maps["pixel_decoder.layers.0.attention"][0]
    same(ours["points"], sampling.points)
    same(ours["point_weights"], sampling.weights)
    same(ours["point_values"], torch_.made["pixel_decoder.layers.0.attention.value"])
    states, masks = torch_.made["decoder"]
    same(ours["states"], torch.cat(states))
    same(ours["all_mask_logits"], torch.cat(masks))
    same(ours["embeddings"], torch.cat([torch_.model.decoder.mask_head(state) for state in states]))
    predictions = [*torch_.output.layers, torch_.output]
    same(ours["all_class_logits"], torch.cat([one.class_logits for one in predictions]))
    same(ours["class_logits"], torch_.output.class_logits)
    same(ours["mask_logits"], torch_.output.mask_logits)
    for n in range(len(layers)):
        path = f"decoder.layers.{n}.cross_attention"
        look = torch_.maps[path][0]
        assert np.array_equal(ours[f"may_attend_{n}"], look.may_attend.numpy().astype(np.uint8))
        same(ours[f"attention_{n}"], look.weights)
        same(ours[f"asked_{n}"], torch_.made[f"{path}.query"])
        same(ours[f"keys_{n}"], torch_.made[f"{path}.key"])
        assert 0 < ours[f"may_attend_{n}"].mean() < 1
    assert len(ours) == 19 + 4 * len(layers)


def test_masked_attention_switched_off_is_pytorchs_unmasked(told, image):
    on, ours = told["mask2former-toytown"], told["mask2former-toytown unmasked"]
    torch_ = Watched("mask2former-toytown", image, masked=False)
    same(ours["class_logits"], torch_.output.class_logits)
    same(ours["mask_logits"], torch_.output.mask_logits)
    same(ours["states"], torch.cat(torch_.made["decoder"][0]))
    for n in range(len(torch_.model.decoder.layers)):
        same(ours[f"attention_{n}"], torch_.maps[f"decoder.layers.{n}.cross_attention"][0].weights)
        assert ours[f"may_attend_{n}"].all()
    assert np.array_equal(ours["mask_features"], on["mask_features"])
    assert not np.allclose(ours["mask_logits"], on["mask_logits"], atol=0.1)


def test_another_model_has_no_steps():
    with pytest.raises(UserError):
        steps_of(nn.Linear(2, 2))
