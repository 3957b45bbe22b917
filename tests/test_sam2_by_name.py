"""SAM 2 by name: repositories of the published form, its answers beside the library's, preprocessing by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hub.repositories import save_tiny
from hub.server import Hub
from PIL import Image

import segtutor as st
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.models.pixels import Pixels

torch.set_num_threads(1)

IMAGE = np.random.default_rng(0).integers(0, 256, (75, 120, 3), np.uint8)
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What is published is the video model."""
    return save_tiny(tmp_path_factory.mktemp("repositories") / "sam2.1-hiera-tiny", "sam2_video")


@pytest.fixture(scope="module")
def segmenter(folder):
    return st.load(folder).set_image(IMAGE)


def test_a_picture_is_stretched_to_a_square():
    """By hand: two columns, black and white, become a ramp; each channel is normalised by its own two numbers."""
    pixels = Pixels("Sam2")
    picture = np.zeros((3, 2, 3), np.uint8)
    picture[:, 1] = 255
    values, shown = pixels(picture)
    assert values.shape == (3, 1024, 1024)
    assert values.dtype == np.float32
    assert shown == (1024, 1024)
    at = np.clip((np.arange(1024) + 0.5) * 2 / 1024 - 0.5, 0, 1)  # where column i lies between the two middles
    ramp = np.floor(at * 255 + 0.5) / 255
    expected = (ramp[None, :] - MEAN[:, None]) / STD[:, None]
    assert np.abs(values - expected[:, None]).max() <= 1.01 / 255 / STD.min()  # a level of grey, by rounding
    assert np.abs(values[:, :, [0, -1]] - expected[:, None, [0, -1]]).max() < 1e-5
    grey, _ = pixels(np.full((40, 90, 3), 100, np.uint8))
    assert np.allclose(grey, ((100 / 255 - MEAN) / STD)[:, None, None], atol=1e-6)
    same, _ = pixels(np.random.default_rng(1).integers(0, 256, (1024, 1024, 3), np.uint8))
    again, _ = Pixels("Sam2", do_resize=False)(np.random.default_rng(1).integers(0, 256, (1024, 1024, 3), np.uint8))
    assert np.array_equal(same, again)


@torch.no_grad()
def test_what_it_answers_is_what_the_library_answers(folder, segmenter):
    """Oracle: Sam2Model of the same folder on the same numbers; masks resized at once, as its post-processing does."""
    from transformers import Sam2Model

    theirs = Sam2Model.from_pretrained(folder).eval()
    values = torch.from_numpy(segmenter.processor(IMAGE)[0])[None]
    image = theirs.get_image_embeddings(values)
    scale = torch.tensor([1024 / 120, 1024 / 75])
    clicks, box = torch.tensor([[30.0, 40.0], [100.0, 20.0]]), torch.tensor([[10.0, 5.0, 90.0, 60.0]])
    for given, asked in (
        (
            {"input_points": (clicks * scale)[None, None], "input_labels": torch.tensor([[[1, 0]]])},
            {"points": clicks.tolist(), "labels": [1, 0]},
        ),
        ({"input_boxes": (box * scale.repeat(2))[None]}, {"boxes": box.tolist()}),
        (
            {"input_points": (clicks[:1] * scale)[None, None], "input_labels": torch.tensor([[[1]]])},
            {"points": clicks[:1].tolist(), "multimask": True},
        ),
    ):
        several = "multimask" in asked
        expected = theirs(image_embeddings=image, multimask_output=several, **given)
        masks = torch.nn.functional.interpolate(expected.pred_masks[0], size=(75, 120), mode="bilinear") > 0
        order = expected.iou_scores[0, 0].argsort(descending=True)
        found = segmenter.predict(**asked)
        assert found.masks.shape == masks[0].shape == ((3 if several else 1), 75, 120)
        assert (found.masks != masks[0, order].numpy()).mean() < 1e-3
        assert np.allclose(found.scores, expected.iou_scores[0, 0, order], atol=1e-4)


def test_prompts_of_all_kinds(segmenter):
    assert (segmenter.family, segmenter.accepts) == ("prompt", {"points", "boxes", "mask"})
    assert len(segmenter.predict(points=[(30, 40)])) == 3
    assert len(segmenter.predict(points=[(30, 40)], multimask=False)) == 1
    assert len(segmenter.predict(boxes=[(10, 5, 90, 60), (0, 0, 20, 30)])) == 2
    before = np.zeros((75, 120), bool)
    before[10:40, 20:60] = True
    assert len(segmenter.predict(mask=before)) == 1
    assert len(segmenter.predict(points=[(30, 40)], boxes=[(10, 5, 90, 60)], mask=before)) == 1
    with pytest.raises(UserError):
        segmenter.predict(text="a cat")
    with pytest.raises(UserError):
        _ = segmenter.output


def test_by_name_from_the_hub(folder, segmenter, tmp_path, monkeypatch):
    import huggingface_hub
    from huggingface_hub import constants

    with Hub() as server:
        server.add("lab/sam2.1-hiera-tiny", folder)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        huggingface_hub.close_session()
        loaded = st.load("lab/sam2.1-hiera-tiny", cache_dir=tmp_path)
    huggingface_hub.close_session()
    assert (loaded.family, loaded.card["model_type"], loaded.card["source"]) == ("prompt", "sam2_video", "hub")
    for name, tensor in segmenter.model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)
    with pytest.raises(UserError):
        st.load(folder, engine="transformers")


def test_a_folder_of_the_picture_model_and_the_command_line(tmp_path, capsys):
    folder = save_tiny(tmp_path / "sam2", "sam2")
    Image.fromarray(IMAGE).save(tmp_path / "photo.png")
    picture = tmp_path / "drawn.png"
    asked = ["segment", str(tmp_path / "photo.png"), "--model", str(folder), "--point", "30,40", "--json"]
    assert main([*asked, "--out", str(picture)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed
    assert picture.exists()
    assert main([*asked[:4], "--text", "a cat"]) == 2
