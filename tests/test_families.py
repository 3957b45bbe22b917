"""One record and one module are all that a new family needs: loading, inference, attention, freezing, saving."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import segtutor as st
from segtutor import families
from segtutor.outputs import MaskOutput
from segtutor.reference.layers.attention import Attention
from segtutor.reference.weights.names.rule import Rule

WIDTH, QUERIES, PATCH = 16, 5, 8


class MadeUpLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.looks, self.talks = Attention(WIDTH, 2), Attention(WIDTH, 2)

    def forward(self, queries, patches):
        queries = queries + self.looks(queries, patches, patches)
        return queries + self.talks(queries, queries, queries)


class MadeUp(nn.Module):
    """Patches, a few queries that look at them, masks as dot products: as small as a mask classifier can be."""

    ignore = (r"a_constant",)

    def __init__(self, num_classes, layers):
        super().__init__()
        self.backbone = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.queries = nn.Embedding(QUERIES, WIDTH)
        self.steps = nn.ModuleList(MadeUpLayer() for _ in range(layers))
        self.to_words = nn.Linear(WIDTH, num_classes + 1)

    @classmethod
    def from_config(cls, config):
        return cls(len(config["id2label"]), config["decoder_layers"])

    @staticmethod
    def rules(config):
        return [Rule(r"((?!a_constant).*)", r"\1")]

    @staticmethod
    def renames(config):
        return ((r"^old\.", ""),)

    def forward(self, pixel_values):
        maps = self.backbone(pixel_values)
        patches = maps.flatten(2).transpose(1, 2)
        queries = self.queries.weight.expand(len(patches), -1, -1)
        for step in self.steps:
            queries = step(queries, patches)
        return MaskOutput(self.to_words(queries), torch.einsum("bqc,bchw->bqhw", queries, maps))


RECORD = families.Family(
    model_type="made-up",
    output="mask",
    network=f"{__name__}:MadeUp",
    preprocessing={"MadeUp": families.Preprocessing(size={"height": 64, "width": 64}, square=True)},
    attention=families.CrossAttention("steps", "looks", "talks", "ours", "ours"),
    heads=frozenset({"to_words"}),
    class_heads=frozenset({"to_words"}),
)


@pytest.fixture
def family():
    families.register(RECORD)
    yield RECORD
    families.unregister("made-up")


@pytest.fixture
def folder(family, tmp_path):
    torch.manual_seed(0)
    names = {str(i): name for i, name in enumerate(st.toytown.categories.names)}
    config = {"model_type": "made-up", "decoder_layers": 2, "id2label": names}
    weights = {f"old.{name}": tensor for name, tensor in MadeUp.from_config(config).state_dict().items()}
    save_file({**weights, "a_constant": torch.zeros(1)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": "MadeUpImageProcessor"}))
    return tmp_path


def test_it_is_loaded_asked_and_read(folder):
    segmenter = st.load(folder)
    assert (segmenter.family, segmenter.engine) == ("mask", "reference")
    image, _ = st.toytown.scene(0).render()
    segmenter.set_image(image)
    assert segmenter.output.mask_logits.shape == (1, QUERIES, 8, 8)
    assert segmenter.predict().segment_ids.shape == image.shape[:2]
    seen = st.models.read_attention(segmenter)
    assert len(seen.layers) == 2
    weights = seen.layers[0].cross.weights()
    assert weights.shape == (2, QUERIES, 64)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, QUERIES))


def test_it_is_frozen_fitted_given_new_classes_and_saved(folder, tmp_path):
    segmenter = st.load(folder)
    before = {name: tensor.clone() for name, tensor in segmenter.model.state_dict().items()}
    scenes = st.toytown.dataset("train", size=2)
    st.fit(segmenter.model, scenes, categories=segmenter.categories, steps=1, batch_size=2, freeze="all but heads")
    moved = {name for name, tensor in segmenter.model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"to_words.weight", "to_words.bias"}

    fewer = st.training.with_classes(segmenter, segmenter.categories.to_coco()[:3])
    assert fewer.model.to_words.out_features == 4
    with torch.no_grad():
        expected = fewer.run(torch.ones(1, 3, 64, 64))
    assert expected.class_logits.shape == (1, QUERIES, 4)
    again = st.load(st.training.save(fewer, tmp_path / "saved"))
    with torch.no_grad():
        torch.testing.assert_close(again.run(torch.ones(1, 3, 64, 64)).class_logits, expected.class_logits)
    assert again.categories.names == fewer.categories.names


def test_a_record_says_what_is_wrong_with_it(family):
    for wrong in ({"output": "voxels"}, {"output": "mask", "network": "no_colon"}):
        with pytest.raises(ValueError, match=next(iter(reversed(wrong.values())))):
            families.Family(model_type="other", **wrong)
    with pytest.raises(ValueError, match="made-up"):
        families.register(family)


def test_a_family_without_a_module_of_ours_says_so():
    with pytest.raises(ValueError, match="lonely"):
        families.Family(model_type="lonely", output="mask").network_class()
    assert families.of_class("") is None
    assert np.all([record.model_type == name for name, record in families.families().items()])
