"""CLIPSeg against transformers, stage by stage: both towers, the FiLM decoder, an example instead of a sentence."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.decoders.film_decoder import FilmDecoder
from segtutor.reference.models.clipseg import CLIPSeg
from segtutor.reference.weights.build import build, from_transformers

torch.set_num_threads(1)

TEXT = {
    "vocab_size": 40,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 9,
    "bos_token_id": 38,
    "eos_token_id": 39,
    "pad_token_id": 1,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
WHOLE = {
    "projection_dim": 12,
    "extract_layers": [0, 1, 3],
    "reduce_dim": 8,
    "decoder_num_attention_heads": 2,
    "decoder_intermediate_size": 20,
}


def peer(seed=0, text=None, vision=None, **changes):
    """A small CLIPSeg of theirs with random weights."""
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

    config = CLIPSegConfig(text_config=TEXT | (text or {}), vision_config=VISION | (vision or {}), **WHOLE | changes)
    return perturb(CLIPSegForImageSegmentation(config), seed, scale=0.3)


def sentences(count, length=7, seed=0):
    """(count, length): a start mark, pieces, an end mark, filled up with end marks as CLIP's tokeniser does."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(2, 38, (count, length), generator=generator)
    rows[:, 0] = 38
    for row in range(count):
        rows[row, 2 + row % (length - 2) :] = 39
    return rows


configs = st.fixed_dictionaries(
    {
        "projection_dim": st.sampled_from([8, 12]),
        "extract_layers": st.sampled_from([[0, 1, 3], [1, 2], [3], [2, 0]]),
        "reduce_dim": st.sampled_from([8, 16]),
        "decoder_num_attention_heads": st.sampled_from([1, 2, 4]),
        "use_complex_transposed_convolution": st.booleans(),
        "text": st.fixed_dictionaries(
            {"eos_token_id": st.sampled_from([39, 2]), "num_hidden_layers": st.integers(1, 3)}
        ),
        "vision": st.fixed_dictionaries(
            {
                "patch_size": st.sampled_from([4, 8]),
                "hidden_act": st.sampled_from(["quick_gelu", "gelu"]),
                "layer_norm_eps": st.sampled_from([1e-5, 1e-3]),
            }
        ),
    }
)


@settings(deadline=None, max_examples=8, derandomize=True)
@given(config=configs, size=st.sampled_from([24, 32, 48]), batch=st.integers(1, 3), seed=st.integers(0, 99))
def test_each_stage_is_theirs(config, size, batch, seed):
    """Sentence, activations, vector of an example, logits; at a size that needs no new positions, and two that do."""
    theirs = peer(seed, **config)
    ours = from_transformers(theirs)
    picture, example = torch.randn(2, batch, 3, size, size, generator=torch.Generator().manual_seed(seed))
    text = sentences(batch, seed=seed)
    with torch.no_grad():
        expected = theirs(input_ids=text, pixel_values=picture)
        states = theirs.clip.vision_model(picture, output_hidden_states=True).hidden_states
        activations = ours.vision.after(picture, ours.layers)
        for layer, tokens in zip(ours.layers, activations, strict=True):
            assert relative(tokens, states[layer + 1]) <= 1e-5
        assert relative(ours.read(text), theirs.clip.get_text_features(text).pooler_output) <= 1e-5
        assert relative(ours.look(example), theirs.clip.get_image_features(example).pooler_output) <= 1e-5
        decoded = theirs.decoder(activations, expected.conditional_embeddings).logits
        assert relative(ours.ask(ours.picture(picture), expected.conditional_embeddings), decoded) <= 1e-5
        assert relative(ours(picture, text), expected.logits) <= 1e-5
        by_example = theirs(pixel_values=picture, conditional_pixel_values=example).logits
        assert relative(ours(picture, conditional_pixel_values=example), by_example) <= 1e-5


@pytest.mark.parametrize("film_at", [1, 2])
def test_film_may_act_later(film_at):
    theirs = peer(4, conditional_layer=film_at)
    ours = from_transformers(theirs)
    picture, text = torch.randn(2, 3, 32, 32), sentences(2)
    with torch.no_grad():
        assert relative(ours(picture, text), theirs(input_ids=text, pixel_values=picture).logits) <= 1e-5


def test_one_picture_serves_many_sentences():
    """`ask` about one picture gives what transformers gives for the picture repeated."""
    theirs = peer(5)
    ours = from_transformers(theirs)
    picture, text = torch.randn(1, 3, 32, 32), sentences(5)
    with torch.no_grad():
        expected = theirs(input_ids=text, pixel_values=picture.expand(5, -1, -1, -1)).logits
        assert relative(ours.ask(ours.picture(picture), ours.read(text)), expected) <= 1e-5


def test_pieces_behind_the_end_mark_change_nothing():
    ours = from_transformers(peer(6))
    text = torch.tensor([[38, 5, 6, 39, 39, 39], [38, 5, 6, 39, 7, 8]])
    with torch.no_grad():
        first, second = ours.read(text)
    assert torch.equal(first, second)


def test_pieces_before_the_end_mark_do_change_it():
    ours = from_transformers(peer(6))
    with torch.no_grad():
        vectors = ours.read(torch.tensor([[38, 5, 6, 39], [38, 6, 5, 39], [38, 5, 7, 39]]))
    assert len({tuple(vector.tolist()) for vector in vectors}) == 3


def test_film_by_hand():
    """Two tokens of two channels: gamma scales them, beta moves them, the same for both tokens."""
    decoder = FilmDecoder(2, prompt_width=1, width=2, depth=1, num_heads=1, hidden=2, patch=1)
    seen = []
    decoder.layers[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        decoder.gamma.weight.copy_(torch.tensor([[2.0], [0.0]]))
        decoder.gamma.bias.zero_()
        decoder.beta.weight.copy_(torch.tensor([[0.0], [5.0]]))
        decoder.beta.bias.zero_()
        decoder([torch.tensor([[[1.0, 1.0], [3.0, 4.0]]])], torch.tensor([[10.0]]), (1, 1))
    assert seen[0].tolist() == [[[20.0, 50.0], [60.0, 50.0]]]


def test_files_of_before_hold_counters():
    theirs = peer(7)
    weights = dict(theirs.state_dict())
    for tower, count in (("text", 9), ("vision", 17)):
        weights[f"clip.{tower}_model.embeddings.position_ids"] = torch.arange(count)[None]
    ours = build(theirs.config.to_dict(), weights)
    picture, text = torch.randn(1, 3, 32, 32), sentences(1)
    with torch.no_grad():
        assert relative(ours(picture, text), theirs(input_ids=text, pixel_values=picture).logits) <= 1e-5


def test_defaults_are_transformers():
    from transformers import CLIPSegConfig

    from segtutor.reference.weights.build import outline

    short, whole = outline({"model_type": "clipseg"}), outline(CLIPSegConfig().to_dict())
    assert {n: p.shape for n, p in short.named_parameters()} == {n: p.shape for n, p in whole.named_parameters()}


@pytest.mark.parametrize(
    "given",
    [{}, {"text": sentences(1), "prompts": torch.zeros(1, 12)}, {"prompts": None, "text": torch.zeros(1, 10).long()}],
)
def test_bad_prompts_are_refused(given):
    ours = from_transformers(peer(8))
    with pytest.raises(ValueError):
        ours(torch.zeros(1, 3, 32, 32), **given)


def test_a_picture_below_a_patch_is_refused():
    with pytest.raises(ValueError):
        from_transformers(peer(8)).picture(torch.zeros(1, 3, 7, 32))


@pytest.mark.parametrize("changes", [{"extract_layers": [4]}, {"conditional_layer": 3}])
def test_configurations_that_fit_nothing_are_refused(changes):
    config = peer(8).config.to_dict() | changes
    with pytest.raises(ValueError):
        CLIPSeg.from_config(config)
