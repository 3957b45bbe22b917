"""Families that transformers alone runs: BEiT, DPT, DeepLabV3 on MobileNetV2 and MobileViT, in published forms."""

from __future__ import annotations

import json

import pytest
from hub.repositories import PROCESSORS, save_tiny

import segtutor as st
from segtutor.errors import UserError

NAMES = {"beit": "Beit", "dpt": "DPT", "mobilenet_v2": "MobileNetV2", "mobilevit": "MobileViT"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("theirs")
    return {family: save_tiny(root / family, family) for family in NAMES}


@pytest.fixture(scope="module")
def image():
    return st.toytown.scene(3).render()[0][:90]  # 90 x 128: a crop of the middle would lose the left and the right


@pytest.mark.parametrize("family", NAMES)
def test_the_whole_picture_goes_in_and_the_map_is_theirs(family, folders, image):
    """Oracle: their model on their processor, told not to crop, and their own post-processing."""
    import torch
    import transformers

    loaded = st.load(folders[family])
    assert (loaded.family, loaded.engine) == ("per-pixel", "transformers")
    found = loaded.segment(image, task="semantic")
    assert found.segment_ids.shape == image.shape[:2]
    processor = getattr(transformers, NAMES[family] + "ImageProcessorPil")
    whole = {"keep_aspect_ratio": False} if family == "dpt" else {"do_center_crop": False}
    processor = processor(**{key: value for key, value in PROCESSORS[family].items() if "type" not in key} | whole)
    model = transformers.AutoModelForSemanticSegmentation.from_pretrained(folders[family]).eval()
    with torch.no_grad():
        theirs = model(processor(images=[image], return_tensors="pt")["pixel_values"])
    theirs = processor.post_process_semantic_segmentation(theirs, target_sizes=[image.shape[:2]])[0]
    assert (found.semantic() == theirs.numpy()).mean() > 0.999  # near ties may fall either way


@pytest.mark.parametrize("family", NAMES)
def test_a_picture_keeps_its_proportions_unless_the_network_has_one_size(family, folders, image):
    from segtutor.models.preprocess import preprocess

    values, shown = preprocess(st.load(folders[family]).processor, image)
    assert values.shape[-2:] == shown
    rows, columns = shown
    expected = {"beit": (64, 64), "dpt": (64, 64), "mobilenet_v2": (65, 92), "mobilevit": (72, 102)}[family]
    assert (rows, columns) == expected


@pytest.mark.parametrize(
    ("family", "key", "value"),
    [
        ("mobilevit", "do_flip_channel_order", 1),
        ("beit", "size", 10**6),
    ],
)
def test_a_setting_that_none_can_have_is_refused(family, key, value, folders, tmp_path):
    import shutil

    folder = shutil.copytree(folders[family], tmp_path / "wrong")
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSORS[family] | {key: value}))
    with pytest.raises(UserError, match=key):
        st.load(folder)


def test_our_engine_says_that_it_has_no_module(folders):
    with pytest.raises(UserError, match="transformers"):
        st.load(folders["beit"], engine="reference")


@pytest.mark.parametrize("family", ["beit", "mobilevit"])
def test_they_can_be_trained(family, folders):
    """Two steps, also with the backbone frozen: then the head alone has moved."""
    import torch

    loaded = st.load(folders[family])
    rows = []
    for seed in (5, 6, 7, 8):
        image, truth = st.toytown.scene(seed).render()
        labels = st.Segmentation.from_semantic(truth.segment_ids % 5, loaded.categories)
        rows.append({"image": image, "segmentation": labels})
    before = {name: tensor.clone() for name, tensor in loaded.model.named_parameters()}
    st.fit(loaded.model, rows, steps=2, batch_size=2, freeze="backbone", categories=loaded.categories)
    moved = {
        name.split(".")[0] for name, tensor in loaded.model.named_parameters() if not torch.equal(tensor, before[name])
    }
    backbone = {"beit": "beit", "mobilevit": "mobilevit"}[family]
    assert moved
    assert backbone not in moved
