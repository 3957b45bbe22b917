"""SAM by name: a repository of the published form, its answers beside the library's own, everything in a picture."""

import doctest
import json

import numpy as np
import pytest
import torch
from hub.server import Hub

import segtutor as st
from segtutor.errors import UserError
from segtutor.models import everything
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.prompts import PromptSegmenter
from segtutor.outputs import PromptOutput

IMAGE = np.random.default_rng(0).integers(0, 256, (75, 120, 3), np.uint8)


def save(folder):
    """The published shape (1024 pixels, patches of 16, windows of 14) with widths and depths cut, random weights."""
    import transformers as tf

    torch.manual_seed(0)
    vision = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "global_attn_indexes": [1]}
    config = tf.SamConfig(
        vision_config={**vision, "output_channels": 32, "num_pos_feats": 16},
        prompt_encoder_config={"hidden_size": 32},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 4, "mlp_dim": 64, "iou_head_hidden_dim": 32},
    )
    model = tf.SamModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter + 0.05 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    settings = {  # as in facebook/sam-vit-base
        "do_convert_rgb": True, "do_normalize": True, "do_pad": True, "do_rescale": True, "do_resize": True,
        "image_mean": [0.485, 0.456, 0.406], "image_processor_type": "SamImageProcessor",
        "image_std": [0.229, 0.224, 0.225], "pad_size": {"height": 1024, "width": 1024},
        "processor_class": "SamProcessor", "resample": 2, "rescale_factor": 0.00392156862745098,
        "size": {"longest_edge": 1024},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return model


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repositories") / "sam-vit-base"
    folder.mkdir()
    return folder, save(folder)


@pytest.fixture(scope="module")
def segmenter(repository):
    return st.load(repository[0]).set_image(IMAGE)


@torch.no_grad()
def test_what_it_answers_is_what_the_library_answers(repository, segmenter):
    from transformers import SamImageProcessorPil

    theirs, processor = repository[1], SamImageProcessorPil()
    inputs = processor(images=IMAGE, return_tensors="pt", input_data_format="channels_last")
    scale = torch.tensor([1024 / 120, 640 / 75])
    clicks, boxes = torch.tensor([[30.0, 40.0], [100.0, 20.0]]), torch.tensor([[10.0, 5.0, 90.0, 60.0]])
    for given, asked in (
        (
            {"input_points": (clicks * scale)[None, None], "input_labels": torch.tensor([[[1, 0]]])},
            {"points": clicks.tolist(), "labels": [1, 0]},
        ),
        ({"input_boxes": (boxes * scale.repeat(2))[None]}, {"boxes": boxes.tolist()}),
    ):
        expected = theirs(pixel_values=inputs["pixel_values"], multimask_output=False, **given)
        masks = processor.post_process_masks(
            expected.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"], binarize=True
        )
        found = segmenter.predict(**asked)
        assert (found.masks[0] != masks[0][0, 0].numpy()).mean() < 1e-3
        assert found.scores[0] == pytest.approx(float(expected.iou_scores.clamp(0, 1)), abs=1e-4)
    assert len(segmenter.predict(points=[(30, 40)])) == 3


def test_by_name_from_the_hub(repository, segmenter, tmp_path, monkeypatch):
    import huggingface_hub
    from huggingface_hub import constants

    with Hub() as server:
        server.add("lab/sam-vit-base", repository[0])
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        huggingface_hub.close_session()
        loaded = st.load("lab/sam-vit-base", cache_dir=tmp_path)
    huggingface_hub.close_session()
    assert (loaded.family, loaded.card["model_type"], loaded.card["source"]) == ("prompt", "sam", "hub")
    for name, tensor in segmenter.model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)
    with pytest.raises(UserError):
        st.load(repository[0], engine="transformers")


class Dot(torch.nn.Module):
    """A click's three answers: a disc of 6 around it, one of 6 that is unsure of its edge, the whole picture."""

    accepts = frozenset({"points"})

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def encode(self, pixel_values):
        return pixel_values.shape[-2:]

    def ask(self, image, *, points, labels, boxes, mask, multimask):
        y, x = torch.meshgrid(*(torch.arange(side).float() for side in image), indexing="ij")
        away = torch.hypot(x - points[:, 0, 0, None, None], y - points[:, 0, 1, None, None])
        disc = torch.where(away < 6, 5.0, -5.0)
        logits = torch.stack([disc, (6 - away) / 6, torch.full_like(disc, 5.0)], 1)
        return PromptOutput(logits, torch.tensor([[0.9, 0.99, 0.95]]).expand(len(points), 3))


def test_everything_keeps_what_is_sure_and_stable_once():
    processor = st.models.preprocess.load_processor(
        Checkpoint(st.models.zoo.CHECKPOINTS / "mask2former-toytown", "it"), "reference"
    )
    segmenter = PromptSegmenter(Dot(), processor, {"name": "dot"}).set_image(np.zeros((128, 128, 3), np.uint8))
    found = segmenter.everything(per_side=4)
    assert len(found) == 17  # a disc a click and the whole picture once; no answer with a blurred edge
    assert found.masks[0].all()
    assert (np.diff(found.scores) <= 0).all()
    for x in (16, 48, 80, 112):
        assert sum(mask[48, x] for mask in found.masks[1:]) == 1
    assert len(segmenter.everything(per_side=4, stability_threshold=0)) == 17  # the blurred ones win over the discs
    assert len(segmenter.everything(per_side=4, score_threshold=1)) == 0
    assert len(segmenter.everything(per_side=16)) > 17
    assert doctest.testmod(everything).failed == 0
    for bad in ({"per_side": 0}, {"per_side": 2.0}, {"per_side": 10**9}, {"overlap_threshold": 2}):
        with pytest.raises(UserError):
            segmenter.everything(**bad)
