"""Promptable models: folders that hold one, what may be asked, what an answer is, what is refused in one sentence."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import segtutor as st
from segtutor.errors import UserError
from segtutor.models import small, zoo
from segtutor.models.checkpoint import Checkpoint
from segtutor.outputs import PromptOutput
from segtutor.reference.toytown.features import ToyTownFeatures
from segtutor.reference.toytown.sam import ToyTownSam

PROCESSOR = json.loads((zoo.CHECKPOINTS / "mask2former-toytown" / "preprocessor_config.json").read_text())
SCENE = st.toytown.scene(7)
IMAGE = SCENE.render()[0]


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = ToyTownSam(width=32)
    network.features = ToyTownFeatures.of(st.load("mask2former-toytown").model)
    return network.eval()


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    return small.write(network, tmp_path_factory.mktemp("shared") / "model", {"licence": "MIT"}, PROCESSOR)


@pytest.fixture
def own_folder(network, tmp_path):
    """A folder that the test may change."""
    return small.write(network, tmp_path / "model", {"licence": "MIT"}, PROCESSOR)


@pytest.fixture(scope="module")
def segmenter(folder):
    return st.load(folder).set_image(IMAGE)


def test_a_folder_gives_back_the_network_in_half_precision(network, folder):
    loaded = st.load(folder)
    assert loaded.family == "prompt"
    assert loaded.engine == "reference"
    assert loaded.card["model_type"] == "toytown-sam"
    assert loaded.card["licence"] == "MIT"
    for name, tensor in network.state_dict().items():
        given = loaded.model.state_dict()[name]
        assert given.dtype == tensor.dtype
        torch.testing.assert_close(given, tensor.half().to(tensor.dtype), rtol=0, atol=0)
    assert loaded.model.settings == network.settings
    assert (folder / "model.safetensors").stat().st_size < 3.5e6


def test_the_features_are_those_of_the_shipped_model(network):
    shipped = st.load("mask2former-toytown").model
    pixel_values = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        mask, maps = shipped.pixel_decoder(shipped.backbone(pixel_values))
    found = network.features(pixel_values)
    torch.testing.assert_close(found.mask, mask)
    torch.testing.assert_close(found.eighth, maps[2])
    torch.testing.assert_close(found.sixteenth, maps[1])
    assert found.of([1]).stage.shape == (1, 32, 16, 24)


def test_features_are_never_trained(network):
    network.train()
    assert not any(parameter.requires_grad for parameter in network.features.parameters())
    assert not any(module.training for module in network.features.modules())
    network.eval()


def test_one_click_gives_three_masks_best_first_and_everything_else_one(segmenter):
    click = segmenter.predict(points=[(30, 80)])
    assert click.masks.shape == (3, 128, 128)
    assert (np.diff(click.scores) <= 0).all()
    assert click.categories.names == ["object"]
    assert len(segmenter.predict(points=[(30, 80)], multimask=False)) == 1
    assert len(segmenter.predict(points=[(30, 80), (90, 20)], labels=[1, 0])) == 1
    assert len(segmenter.predict(points=[(30, 80), (90, 20)], labels=[1, 0], multimask=True)) == 3
    assert len(segmenter.predict(boxes=[(10, 10, 60, 90)])) == 1
    assert len(segmenter.predict(boxes=[(10, 10, 60, 90), (0, 0, 128, 128)])) == 2
    assert len(segmenter.predict(mask=click.masks[0])) == 1
    assert len(segmenter.predict(points=[(30, 80)], boxes=[(0, 0, 128, 128)], mask=click.masks[0])) == 1


def test_boxes_keep_their_order_and_do_not_meet(segmenter):
    boxes = [(0, 0, 128, 128), (10, 60, 40, 90)]
    both = segmenter.predict(boxes=boxes)
    for i, box in enumerate(boxes):
        alone = segmenter.predict(boxes=[box])
        assert (alone.masks[0] != both.masks[i]).mean() < 1e-3
        assert alone.scores[0] == pytest.approx(both.scores[i], abs=1e-5)


def test_masks_have_the_pictures_size_whatever_it_is(folder):
    segmenter = st.load(folder)
    for size in ((60, 100), (200, 150), (128, 128), (300, 301)):
        segmenter.set_image(np.zeros((*size, 3), np.uint8))
        assert segmenter.predict(points=[(size[1], size[0])]).masks.shape == (3, *size)


def test_coordinates_are_pixels_of_the_picture(folder):
    """A click at the same share of an enlarged picture asks the network the same question."""
    segmenter, seen = st.load(folder), []
    ask = segmenter.model.ask
    segmenter.model.ask = lambda image, **given: seen.append(given) or ask(image, **given)
    for scale in (1, 2):
        picture = np.repeat(np.repeat(IMAGE, scale, 0), scale, 1)
        segmenter.set_image(picture).predict(points=[(30 * scale, 80 * scale)], boxes=[(8 * scale, 0, 90 * scale, 99)])
    torch.testing.assert_close(seen[0]["points"], seen[1]["points"])
    assert seen[1]["boxes"].tolist() == [[8, 0, 90, 49.5]]


def test_the_encoder_runs_once_a_picture(folder):
    segmenter, calls = st.load(folder), []
    encode = segmenter.model.encode
    segmenter.model.encode = lambda values: calls.append(values.shape) or encode(values)
    segmenter.set_image(IMAGE)
    for _ in range(3):
        segmenter.predict(points=[(5, 5)])
    assert len(calls) == 1


BAD = {
    "nothing": {},
    "words": {"text": "red cat"},
    "an example": {"example": (IMAGE, np.ones((128, 128), bool))},
    "words and a click": {"text": "cat", "points": [(1, 1)]},
    "no points": {"points": []},
    "one bare point": {"points": (30, 40)},
    "three numbers": {"points": [(1, 2, 3)]},
    "outside": {"points": [(129, 0)]},
    "negative": {"points": [(-1, 0)]},
    "not a number": {"points": [(float("nan"), 0)]},
    "infinite": {"points": [(float("inf"), 0)]},
    "words as points": {"points": "here"},
    "ragged": {"points": [(1, 2), (3,)]},
    "flags as points": {"points": [(True, False)]},
    "too many points": {"points": [(1, 1)] * 1001},
    "labels alone": {"labels": [1]},
    "another number of labels": {"points": [(1, 1)], "labels": [1, 0]},
    "label 2": {"points": [(1, 1)], "labels": [2]},
    "all beside it": {"points": [(1, 1)], "labels": [0]},
    "an empty box": {"boxes": [(5, 5, 5, 9)]},
    "a box from the wrong corner": {"boxes": [(9, 9, 5, 5)]},
    "a box outside": {"boxes": [(0, 0, 500, 5)]},
    "a bare box": {"boxes": (0, 0, 5, 5)},
    "a mask of another size": {"mask": np.zeros((64, 64), bool)},
    "a mask of logits": {"mask": np.full((128, 128), 3.5)},
    "two boxes with a click": {"points": [(1, 1)], "boxes": [(0, 0, 5, 5), (0, 0, 9, 9)]},
    "multimask of a word": {"points": [(1, 1)], "multimask": "yes"},
}


@pytest.mark.parametrize("prompt", BAD.values(), ids=BAD)
def test_a_prompt_that_makes_no_sense_is_refused(segmenter, prompt):
    with pytest.raises(UserError) as caught:
        segmenter.predict(**prompt)
    assert len(str(caught.value)) < 300


def test_it_has_no_output_and_wants_a_picture_first(folder):
    segmenter = st.load(folder)
    for ask in (lambda: segmenter.predict(points=[(1, 1)]), lambda: segmenter.output, lambda: segmenter.image):
        with pytest.raises(UserError):
            ask()
    with pytest.raises(UserError):
        segmenter.set_image("no-such-picture.png")
    assert "no picture" in repr(segmenter)


class Words(torch.nn.Module):
    """A network that takes words and examples: a phrase marks as many rows as it has letters."""

    accepts = frozenset({"text", "example"})

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def encode(self, pixel_values):
        return pixel_values.shape[-2:]

    def ask_text(self, image, phrases):
        logits = torch.full((len(phrases), 1, *image), -1.0)
        for i, phrase in enumerate(phrases):
            logits[i, :, : len(phrase) - 3] = 1
        return PromptOutput(logits, torch.full((len(phrases), 1), 0.5))

    def ask_example(self, image, examples):
        return PromptOutput(sum(mask for _, mask in examples) / len(examples) - 0.5, torch.ones(1, 1))


def test_words_and_examples_give_one_mask_or_none():
    processor = st.models.preprocess.load_processor(
        Checkpoint(zoo.CHECKPOINTS / "mask2former-toytown", "it"), "reference"
    )
    segmenter = st.models.PromptSegmenter(Words(), processor, {"name": "words"}).set_image(IMAGE)
    found = segmenter.predict(text=["boat", "car", "houses"])
    assert [found.categories[label].name for label in found.labels] == ["boat", "houses"]
    assert found.masks.sum((1, 2)).tolist() == [128, 3 * 128]
    assert segmenter.predict(text="boat").categories.names == ["boat"]
    assert len(segmenter.predict(text="car")) == 0
    mask = np.zeros((128, 128), bool)
    mask[:40] = True
    for example in ((IMAGE, mask), [(IMAGE, mask), (IMAGE, mask)]):
        found = segmenter.predict(example=example)
        assert found.categories.names == ["example"]
        np.testing.assert_array_equal(found.masks[0], mask)
    for bad in (
        {"text": ""}, {"text": []}, {"text": 3}, {"text": ["a", ""]}, {"points": [(1, 1)]}, {"example": IMAGE},
        {"example": (IMAGE, ~(mask | True))}, {"example": (IMAGE, mask[:5])}, {"example": []},
        {"text": "a", "mask": mask},
    ):  # fmt: skip
        with pytest.raises(UserError):
            segmenter.predict(**bad)


def test_only_bounded_settings_and_weights_that_fit_are_read(own_folder):
    config = json.loads((own_folder / "config.json").read_text())
    for changed in (
        {"width": 10**9}, {"width": "32"}, {"width": True}, {"width": 40.0}, {"width": 20}, {"auto_map": {"a": "b"}},
        {"num_layers": 0}, {"num_layers": 3}, {"width": 64},
    ):  # fmt: skip
        (own_folder / "config.json").write_text(json.dumps(config | changed))
        with pytest.raises(UserError):
            st.load(own_folder)
    (own_folder / "config.json").write_text(json.dumps(config))
    st.load(own_folder)
    with pytest.raises(UserError):
        st.load(own_folder, engine="transformers")


def test_weights_that_do_not_fit_are_refused(own_folder):
    weights = load_file(own_folder / "model.safetensors")
    first = next(iter(weights))
    for changed in (
        {name: tensor for name, tensor in weights.items() if name != first},
        {**weights, "more": torch.zeros(1)},
        {**weights, first: torch.zeros(3, 1)},
        {**weights, first: torch.full_like(weights[first], float("nan"))},
        {**weights, first: weights[first].to(torch.int32)},
    ):
        save_file(changed, own_folder / "model.safetensors")
        with pytest.raises(UserError):
            st.load(own_folder)
    (own_folder / "model.safetensors").unlink()
    torch.save({}, own_folder / "pytorch_model.bin")
    with pytest.raises(UserError):
        st.load(own_folder)
