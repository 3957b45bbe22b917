"""Folders of models that somebody made to be slow, large or wrong: one sentence, before anything is built."""

import json
import shutil
import struct

import numpy as np
import pytest
import torch
from budget import cost_of, measured_here
from safetensors.torch import load_file, save_file

import segtutor as st
from segtutor.errors import UserError
from segtutor.models.zoo import CHECKPOINTS

MASK, PIXEL = "mask2former-toytown", "upernet-toytown"
LONG, LONGER = 10**399, 10**3999


def folder_with(tmp_path, name, file, **changes):
    folder = tmp_path / "m"
    shutil.copytree(CHECKPOINTS / name, folder)
    content = {**json.loads((folder / file).read_text()), **changes}
    (folder / file).write_text(json.dumps(content))
    return folder


CONFIG, PROCESSOR, CARD = "config.json", "preprocessor_config.json", "card.json"
HOSTILE = [
    (MASK, CONFIG, {"decoder_layers": 100_000}),
    (MASK, CONFIG, {"decoder_layers": 5000}),
    (MASK, CONFIG, {"encoder_layers": -1}),
    (MASK, CONFIG, {"decoder_layers": LONG}),
    (MASK, CONFIG, {"dropout": 5}),
    (MASK, CONFIG, {"dropout": -1}),
    (MASK, CONFIG, {"num_queries": LONG}),
    (MASK, CONFIG, {"backbone_config": {"model_type": "swin", "depths": [100_000] * 4}}),
    (MASK, CONFIG, {"backbone_config": {"model_type": "resnet", "depths": [1] * 5000}}),
    (PIXEL, CONFIG, {"pool_scales": [1, 2, 3, 3000]}),
    (PIXEL, CONFIG, {"pool_scales": [1, 2, 3, 99_999]}),
    (PIXEL, CONFIG, {"pool_scales": [0]}),
    (PIXEL, CONFIG, {"pool_scales": list(range(1, 60)) * 50}),
    (MASK, PROCESSOR, {"size": {"height": 4096, "width": 4096}}),
    (MASK, PROCESSOR, {"size": {"height": LONG, "width": 8}}),
    (MASK, PROCESSOR, {"size_divisor": 4096}),
    (MASK, PROCESSOR, {"size_divisor": {"a": 1}}),
    (MASK, PROCESSOR, {"pad_size": {"height": 4096, "width": 4096}}),
    (MASK, PROCESSOR, {"image_processor_type": ["Mask2FormerImageProcessor"]}),
    (MASK, PROCESSOR, {"image_processor_type": {"a": 1}}),
    (MASK, PROCESSOR, {"image_mean": [LONGER, 0, 0]}),
    (MASK, PROCESSOR, {"rescale_factor": LONG}),
    (MASK, CARD, {"thresholds": {"score_threshold": LONG}}),
    (MASK, CARD, {"thresholds": [LONGER]}),
    (MASK, CARD, {"thresholds": {"score_threshold": [0] * 1000}}),
    (MASK, CARD, {"categories": LONG}),
    (MASK, CARD, {"categories": [{"id": 1, "name": "x", "isthing": 1, "color": 7}]}),
    (MASK, CARD, {"categories": [{"id": 1, "name": "x", "isthing": 1, "color": "red"}]}),
    (MASK, CARD, {"categories": [{"id": 1, "name": "x", "isthing": 1, "color": [0] * 1000}]}),
    (MASK, CARD, {"categories": [{"id": 1, "name": "x", "isthing": 1, "color": ["a" * 5000]}]}),
]


@measured_here
@pytest.mark.parametrize(
    ("name", "file", "changes"), HOSTILE, ids=[f"{n[:4]} {f[:6]} {i}" for i, (n, f, _) in enumerate(HOSTILE)]
)
def test_a_hostile_description_is_a_sentence_at_once(name, file, changes, tmp_path):
    folder = folder_with(tmp_path, name, file, **changes)
    cost = cost_of(lambda: st.load(folder))
    assert cost.kind == "sentence", cost
    assert len(cost.said) < 700
    assert cost.seconds < 5
    assert cost.megabytes < 300


@pytest.mark.parametrize("engine", ["reference", "transformers"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_found_at_load_by_name(value, engine, tmp_path):
    folder = folder_with(tmp_path, PIXEL, CONFIG)
    weights = load_file(folder / "model.safetensors")
    name = sorted(weights)[3]
    weights[name].view(-1)[0] = value
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError) as caught:
        st.load(folder, engine=engine)
    assert name in str(caught.value)


def header(**tensors):
    content = json.dumps(tensors).encode()
    return struct.pack("<Q", len(content)) + content


EMPTY = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
HEADERS = {
    "60 MB of names": lambda: header(**{f"{i:060}": EMPTY for i in range(300_000)}),
    "0 x 2**63": lambda: header(a={"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]}),
    "0 x 2**40": lambda: header(a={"dtype": "F32", "shape": [0, 2**40], "data_offsets": [0, 0]}),
    "of 400 digits": lambda: header(a={"dtype": "F32", "shape": [LONG], "data_offsets": [0, 0]}),
    "a list": lambda: struct.pack("<Q", 2) + b"[]",
    "nothing": lambda: b"",
    "longer than the file": lambda: struct.pack("<Q", 2**62) + b"{}",
}


@measured_here
@pytest.mark.parametrize("name", HEADERS)
def test_a_hostile_list_of_tensors_is_a_sentence_at_once(name, tmp_path):
    folder = folder_with(tmp_path, PIXEL, CONFIG)
    (folder / "model.safetensors").write_bytes(HEADERS[name]())
    cost = cost_of(lambda: st.load(folder))
    assert cost.kind == "sentence", cost
    assert cost.seconds < 5
    assert cost.megabytes < 300


def test_the_shipped_models_are_within_the_budgets():
    for name in (MASK, PIXEL):
        assert torch.isfinite(next(iter(st.load(name).model.parameters()))).all()
        assert st.load(name).segment(np.zeros((64, 64, 3), np.uint8)) is not None
