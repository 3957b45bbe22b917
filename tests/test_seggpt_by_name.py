"""SegGPT from a folder and from the Hub: examples as transformers answers them, its preprocessing, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hub.repositories import save_tiny
from hub.server import Hub
from reference.peers import perturb, relative

import segtutor as st
from segtutor.errors import UserError
from segtutor.models.pixels import Pixels

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Random weights of a size that leaves some pixels inside and some outside."""
    from transformers import SegGptForImageSegmentation

    made = save_tiny(tmp_path_factory.mktemp("repositories") / "seggpt", "seggpt")
    perturb(SegGptForImageSegmentation.from_pretrained(made), 1, scale=0.3).save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def pictures():
    """A query, two prompts and their masks, of the network's own size."""
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(3)]
    masks = [np.zeros((32, 32), bool) for _ in range(2)]
    masks[0][4:20, 8:30] = True
    masks[1][10:, :12] = True
    return drawn[0], list(zip(drawn[1:], masks, strict=True))


@pytest.mark.parametrize("count", [1, 2])
def test_an_example_is_answered_as_transformers_does(folder, pictures, count):
    from transformers import SegGptForImageSegmentation, SegGptImageProcessorPil

    image, examples = pictures
    segmenter = st.load(folder).set_image(image)
    assert (segmenter.family, segmenter.accepts) == ("prompt", {"example"})
    theirs, processor = (
        SegGptForImageSegmentation.from_pretrained(folder).eval(),
        SegGptImageProcessorPil(size={"height": 32, "width": 32}),
    )
    inputs = processor(
        images=[image] * count,
        prompt_images=[picture for picture, _ in examples[:count]],
        prompt_masks=[255 * mask.astype(np.uint8) for _, mask in examples[:count]],
        return_tensors="pt",
        input_data_format="channels_last",
    )
    assert np.array_equal(segmenter.processor(image)[0], inputs["pixel_values"][0].numpy())  # bit by bit
    targets = [torch.from_numpy(mask).float()[None, None] for _, mask in examples[:count]]
    given = [
        (torch.from_numpy(segmenter.processor(picture)[0])[None], target)
        for (picture, _), target in zip(examples, targets, strict=False)
    ]
    with torch.no_grad():
        found = segmenter.model.ask_example(segmenter._encoded, given).mask_logits
        ours = segmenter.model
        rule = "transformers" if count > 1 else None
        painted = ours(inputs["pixel_values"][:1], inputs["prompt_pixel_values"], inputs["prompt_masks"], ensemble=rule)
        expected = theirs(**inputs, feature_ensemble=count > 1).pred_masks[:1, :, 32:]
    assert relative(painted, expected) <= 1e-5
    if count == 1:  # with more the published ensemble answers, which is not the library's
        mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        brightness = (expected * std + mean).mean(1, keepdim=True)
        assert relative(found, 2 * brightness - 1) <= 1e-5
    answer = segmenter.predict(example=examples[:count])
    assert answer.categories.names == ["example"]
    assert np.array_equal(answer.masks[0], (found > 0)[0, 0].numpy()) if (found > 0).any() else not len(answer)


@pytest.mark.parametrize("size", [(40, 60), (448, 448), (1, 900)])
@pytest.mark.parametrize(
    "settings", [{}, {"size": {"height": 64, "width": 48}}, {"size": 32}, {"resample": 2}, {"do_normalize": False}]
)
def test_pixels_are_those_of_the_library(size, settings):
    from transformers import SegGptImageProcessorPil

    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    expected = SegGptImageProcessorPil(**settings)(
        images=[image], return_tensors="np", input_data_format="channels_last"
    )
    assert np.array_equal(Pixels("SegGpt", **settings)(image)[0], expected["pixel_values"][0])


def test_by_name_from_the_hub(folder, pictures, tmp_path, monkeypatch):
    import huggingface_hub
    from huggingface_hub import constants

    image, examples = pictures
    with Hub() as server:
        server.add("lab/seggpt-vit-large", folder)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        huggingface_hub.close_session()
        found = st.load("lab/seggpt-vit-large", cache_dir=tmp_path).set_image(image)
    expected = st.load(folder).set_image(image)
    assert found.card["source"] == "hub"
    assert np.array_equal(found.predict(example=examples).masks, expected.predict(example=examples).masks)
    huggingface_hub.close_session()


@pytest.mark.parametrize("prompt", [{"points": [(3, 3)]}, {"text": "a cat"}, {"example": ()}, {}])
def test_what_is_no_example_is_one_sentence(folder, pictures, prompt):
    segmenter = st.load(folder).set_image(pictures[0])
    with pytest.raises(UserError) as error:
        segmenter.predict(**prompt)
    assert "\n" not in str(error.value)
