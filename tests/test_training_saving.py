"""A trained model as a folder: what is read from it again, by whom, and what is refused."""

import json

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.reference.weights.build import from_transformers
from segtutor.training.fit import Fitted
from segtutor.training.recipes import publish
from segtutor.training.recipes import toytown as recipes


@pytest.fixture(scope="module")
def image():
    return toytown.scene(3).render()[0]


@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_what_was_trained_is_what_is_loaded(name, image, tmp_path):
    own = st.load(name)
    st.fit(own.model, recipes.Scenes(range(1_000_000, 1_000_002)), steps=2, batch_size=2, lr=1e-4)
    expected = own.segment(image)
    folder = st.training.save(own, tmp_path / "mine")
    again = st.load(folder)
    assert (again.name, again.engine, again.card["thresholds"]) == ("mine", "reference", own.card["thresholds"])
    for key, tensor in own.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[key], tensor), key
    assert np.array_equal(again.segment(image).segment_ids, expected.segment_ids)
    theirs = st.load(folder, engine="transformers")  # reads it with from_pretrained
    assert (theirs.segment(image).segment_ids == expected.segment_ids).mean() > 0.999
    second = st.training.save(theirs, tmp_path / "second", like=name)
    assert (second / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


def test_other_classes_travel_with_it(image, tmp_path):
    own = st.training.with_classes(st.load("mask2former-toytown"), ["sky", "meadow"], like={"meadow": "grass"})
    again = st.load(st.training.save(own, tmp_path / "two"))
    assert again.categories == own.categories
    assert json.loads((tmp_path / "two" / "config.json").read_text())["id2label"] == {"0": "sky", "1": "meadow"}
    assert np.array_equal(again.segment(image).segment_ids, own.segment(image).segment_ids)


def test_a_full_folder_and_another_architecture_are_refused(tmp_path):
    own = st.load("upernet-toytown")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        st.training.save(own, tmp_path)
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(UserError, match="does not describe"):
        st.training.save(own, tmp_path / "new", like="mask2former-toytown")


def test_our_modules_are_published_as_transformers(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "evaluate", lambda segmenter, size: dict.fromkeys(("pq", "sq", "rq", "miou"), 1.0))
    theirs = recipes.build_upernet().eval()
    ours, fitted = from_transformers(theirs), Fitted(3, 0.1, [])
    recipe = recipes.RECIPES["upernet-toytown"]
    card = publish.publish(recipe, ours, fitted, tmp_path / "ours", config=theirs.config)
    assert publish.publish(recipe, theirs, fitted, tmp_path / "theirs")["weights_sha256"] == card["weights_sha256"]
    names = {path.name for path in (tmp_path / "ours").iterdir()}
    assert names == {"README.md", "card.json", "config.json", "model.safetensors", "preprocessor_config.json"}
    for name in names - {"README.md", "card.json"}:
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes(), name
    with pytest.raises(UserError, match="configuration"):
        publish.publish(recipe, ours, fitted, tmp_path / "none")
