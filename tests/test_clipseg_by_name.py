"""CLIPSeg from a folder and from the Hub: words and examples as transformers answers them, and what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from hub.repositories import CLIP_MERGES, clip_vocabulary, save_tiny
from hub.server import Hub

import segtutor as st
from segtutor.errors import UserError
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.clip_words import read_pieces
from segtutor.models.pixels import Pixels
from segtutor.reference.models.clipseg import visible

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("repositories") / "clipseg", "clipseg")


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def theirs(folder):
    from transformers import CLIPSegForImageSegmentation, CLIPSegProcessor, CLIPTokenizer, ViTImageProcessorPil

    processor = CLIPSegProcessor(
        ViTImageProcessorPil.from_pretrained(folder),
        CLIPTokenizer(vocab=clip_vocabulary(), merges=[tuple(merge.split(" ")) for merge in CLIP_MERGES]),
    )
    return CLIPSegForImageSegmentation.from_pretrained(folder).eval(), processor


def logits(segmenter, phrases):
    with torch.no_grad():
        return segmenter.model.ask_text(segmenter._encoded, phrases).mask_logits[:, 0]


def test_words_are_answered_as_transformers_does(folder, image, theirs):
    phrases = ["a red cat", "the remote's one", "é"]
    segmenter = st.load(folder).set_image(image)
    assert (segmenter.family, segmenter.accepts) == ("prompt", {"text", "example"})
    model, processor = theirs
    inputs = processor(
        text=phrases, images=[image] * 3, padding=True, return_tensors="pt", input_data_format="channels_last"
    )
    assert np.array_equal(segmenter.processor(image)[0], inputs["pixel_values"][0].numpy())  # bit by bit
    with torch.no_grad():
        expected = model(**inputs).logits
    found = logits(segmenter, phrases)
    assert found.shape == expected.shape == (3, 96, 96)
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()
    answer = segmenter.predict(text=phrases)
    inside = torch.nn.functional.interpolate(expected[:, None], size=(70, 90), mode="bilinear")[:, 0].numpy() > 0
    kept = [i for i in range(3) if inside[i].any()]
    assert answer.categories.names == phrases
    assert answer.labels.tolist() == kept
    assert (answer.masks != inside[kept]).mean() < 1e-3


def test_an_example_is_answered_as_transformers_does(folder, image, theirs):
    model, _ = theirs
    segmenter = st.load(folder).set_image(image)
    mask = np.zeros((70, 90), bool)
    mask[10:40, 20:60] = True
    seen = []
    segmenter.model.vision.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    segmenter.predict(example=(image, mask))
    with torch.no_grad():
        pixel_values = torch.from_numpy(segmenter.processor(image)[0])[None]
        expected = model(pixel_values=pixel_values, conditional_pixel_values=seen[-1]).logits
        vector = segmenter.model.look(seen[-1])
        found = segmenter.model.ask(segmenter._encoded, vector)
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_the_picture_runs_once_for_all_words(folder, image):
    segmenter = st.load(folder)
    runs = []
    segmenter.model.vision.patches.register_forward_hook(lambda *_: runs.append(1))
    segmenter.set_image(image)
    segmenter.predict(text=["a cat", "red", "one"])
    segmenter.predict(text="the")
    assert runs == [1]


def test_an_example_is_dark_and_blurred_around_its_object_and_cropped():
    pixels = torch.zeros(1, 3, 60, 60)
    pixels[..., ::2] = 2.0  # stripes
    mask = torch.zeros(1, 1, 60, 60)
    mask[..., 20:40, 20:40] = 1
    black = (-1.0, -2.0, -3.0)
    same = visible(pixels, torch.ones_like(mask), black)
    assert torch.allclose(same, pixels, atol=1e-5)  # all of it is meant
    found = visible(pixels, mask, black, margin=10)  # context up to the borders: not cropped
    assert torch.allclose(found[..., 20:40, 20:40], pixels[..., 20:40, 20:40], atol=1e-5)
    for channel, dark in enumerate(black):
        corner = found[0, channel, :10, :10]
        assert corner.min() >= dark
        assert corner.max() <= dark + 0.1 * (2 - dark) + 1e-5
    cropped = visible(pixels, mask, black, margin=0)
    assert torch.allclose(cropped.mean(), pixels[..., 20:40, 20:40].mean(), atol=0.05)


def test_a_vocabulary_may_be_in_one_file(folder, tmp_path):
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer(vocab=clip_vocabulary(), merges=[tuple(merge.split(" ")) for merge in CLIP_MERGES])
    tokenizer.save_pretrained(tmp_path)
    assert (tmp_path / "tokenizer.json").exists()
    one, two = (read_pieces(Checkpoint(of, "it")) for of in (tmp_path, folder))
    assert one.encode("The cat's") == two.encode("The cat's")


def test_configurations_that_say_the_towers_twice(folder, tmp_path, image):
    other = shutil.copytree(folder, tmp_path / "old")
    config = json.loads((other / "config.json").read_text())
    config["text_config_dict"], config["text_config"] = config["text_config"], {"hidden_size": 512}
    (other / "config.json").write_text(json.dumps(config))
    expected, found = (logits(st.load(name).set_image(image), ["red"]) for name in (folder, other))
    assert torch.equal(expected, found)


def damaged(folder, tmp_path, change):
    other = shutil.copytree(folder, tmp_path / "damaged")
    change(other)
    return other


@pytest.mark.parametrize(
    "change",
    [
        lambda f: (f / "vocab.json").unlink(),
        lambda f: (f / "merges.txt").unlink(),
        lambda f: (f / "vocab.json").write_text("{"),
        lambda f: (f / "vocab.json").write_text("[]"),
        lambda f: (f / "vocab.json").write_text('{"a": 1}'),
        lambda f: (f / "vocab.json").write_text('{"a": "b"}'),
        lambda f: (f / "vocab.json").write_text(json.dumps({**clip_vocabulary(), "zzz": 10_000})),
        lambda f: (f / "merges.txt").write_text("a b c"),
        lambda f: (f / "merges.txt").write_bytes(b"\xff\xfe\xff"),
        lambda f: (f / "vocab.json").write_text(" " * 8_000_001),
    ],
)
def test_a_broken_vocabulary_is_one_sentence(folder, tmp_path, change):
    with pytest.raises(UserError) as error:
        st.load(damaged(folder, tmp_path, change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["cat " * 80, "x" * 2001, "", ["cat", " "], 5])
def test_words_that_do_not_fit_are_one_sentence(folder, image, text):
    segmenter = st.load(folder).set_image(image)
    with pytest.raises(UserError):
        segmenter.predict(text=text)


def test_other_prompts_and_engines_are_refused(folder, image):
    segmenter = st.load(folder).set_image(image)
    for given in ({"points": [(1, 2)]}, {"boxes": [(0, 0, 5, 5)]}, {"mask": np.ones((70, 90), bool)}, {}):
        with pytest.raises(UserError):
            segmenter.predict(**given)
    with pytest.raises(UserError):
        _ = segmenter.output
    with pytest.raises(UserError):
        st.load(folder, engine="transformers")


@pytest.mark.parametrize("size", [{"height": 96, "width": 96}, 64, {"height": 50, "width": 80}, None])
@pytest.mark.parametrize("settings", [{}, {"resample": 3}, {"do_normalize": False}, {"image_mean": [0.1, 0.2, 0.3]}])
def test_pixels_are_those_of_the_library(image, size, settings):
    from transformers import ViTImageProcessorPil

    given = {**settings, **({} if size is None else {"size": size})}
    expected = ViTImageProcessorPil(**given)(images=[image], return_tensors="np", input_data_format="channels_last")
    assert np.array_equal(Pixels("ViT", **given)(image)[0], expected["pixel_values"][0])


def test_by_name_from_the_hub(folder, image, tmp_path, monkeypatch):
    import huggingface_hub
    from huggingface_hub import constants

    with Hub() as server:
        server.add("lab/clipseg-rd64-refined", folder)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        huggingface_hub.close_session()
        first = st.load("lab/clipseg-rd64-refined", cache_dir=tmp_path).set_image(image)
        assert server.fetched("vocab.json")
    again = st.load("lab/clipseg-rd64-refined", cache_dir=tmp_path, local_files_only=True).set_image(image)
    expected = st.load(folder).set_image(image)
    for segmenter in (first, again):
        assert torch.equal(logits(segmenter, ["a red cat"]), logits(expected, ["a red cat"]))
    assert first.card["source"] == "hub"
    huggingface_hub.close_session()
