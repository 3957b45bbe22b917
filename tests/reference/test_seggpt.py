"""SegGPT against transformers: stage by stage, with and without ensembles, with hidden patches; the loss."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.layers.record import record_attention
from segtutor.reference.losses.painting import hidden_pixels, painting_loss, random_patches, smooth_l1
from segtutor.reference.models.seggpt import SegGPT, mean_of_queries
from segtutor.reference.weights.build import build, from_transformers

torch.set_num_threads(1)

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "image_size": [32, 16],
    "patch_size": 4,
    "pretrain_image_size": 12,
    "mlp_dim": 24,
    "decoder_hidden_size": 6,
    "merge_index": 1,
    "intermediate_hidden_state_indices": [1, 3],
}


def peer(seed=0, **changes):
    """A small SegGPT of theirs with random weights."""
    from transformers import SegGptConfig, SegGptForImageSegmentation

    torch.manual_seed(seed)
    return perturb(SegGptForImageSegmentation(SegGptConfig(**(TINY | changes))), seed, scale=0.2)


def inputs(count, size, seed=0):
    """A query, prompts and their targets, (count, 3, H, W) each."""
    return torch.randn(3, count, 3, *size, generator=torch.Generator().manual_seed(seed)).unbind()


configs = st.fixed_dictionaries(
    {
        "hidden_size": st.sampled_from([8, 24]),
        "num_attention_heads": st.sampled_from([1, 2, 4]),
        "patch_size": st.sampled_from([2, 4]),
        "image_size": st.sampled_from([[16, 8], [24, 8], [16, 16]]),
        "pretrain_image_size": st.sampled_from([8, 12]),
        "mlp_dim": st.sampled_from([None, 10]),
        "decoder_hidden_size": st.integers(1, 5),
        "qkv_bias": st.booleans(),
        "hidden_act": st.sampled_from(["gelu", "relu"]),
        "layer_norm_eps": st.sampled_from([1e-6, 1e-3]),
    }
)
layers = st.sampled_from([(3, 0, [0, 2]), (4, 1, [1, 2, 3]), (4, 2, [3]), (2, 1, [1])])


@settings(deadline=None, max_examples=8, derandomize=True)
@given(config=configs, layers=layers, batch=st.integers(1, 2), kind=st.sampled_from(["instance", "semantic"]))
def test_each_stage_is_theirs(config, layers, batch, kind):
    depth, merge, outputs = layers
    theirs = peer(
        batch,
        **config,
        num_hidden_layers=depth,
        merge_index=merge,
        intermediate_hidden_state_indices=outputs,
    )
    ours = from_transformers(theirs)
    height, width = config["image_size"]
    query, prompt, target = inputs(batch, (height // 2, width))
    with torch.no_grad():
        expected = theirs(query, prompt, target, embedding_type=kind, output_hidden_states=True)
        pictures, targets = torch.cat((prompt, query), 2), torch.cat((target, target), 2)
        hidden = ours.query_hidden()
        x, y = ours.embedding(pictures, targets, hidden, kind)
        assert relative(torch.cat((x, y)), expected.hidden_states[0]) <= 1e-5
        z = torch.cat((x, y))
        for i, layer in enumerate(ours.layers):
            z = layer(z)
            if i == merge:
                z = sum(z.chunk(2)) / 2
            assert relative(z, expected.hidden_states[i + 1]) <= 1e-5, f"layer {i}"
        assert relative(ours.paint(pictures, targets, hidden, kind=kind), expected.pred_masks) <= 1e-5
        answer = ours(query, prompt, target, kind=kind)
    assert relative(answer, expected.pred_masks[:, :, height // 2 :]) <= 1e-5


@pytest.mark.parametrize("prompts", [1, 2, 4])
def test_the_librarys_ensemble_is_theirs_and_the_published_one_differs_in_one_layer(prompts):
    theirs = peer(prompts)
    ours = from_transformers(theirs)
    query, prompt, target = inputs(prompts, (16, 16), prompts)
    query = query[:1]
    with torch.no_grad():
        expected = theirs(query.expand(prompts, -1, -1, -1), prompt, target, feature_ensemble=True).pred_masks
        answer = ours(query, prompt, target, ensemble="transformers")
        published = ours(query, prompt, target, ensemble="published")
        alone = ours(query, prompt, target)
    assert relative(answer, expected[:1, :, 16:]) <= 1e-5
    assert (published - answer).abs().max() > 1e-3, "> for >= in the layer `merge`"
    if prompts == 1:
        assert relative(published, alone) <= 1e-6, "the mean of one prompt is the prompt"
    else:
        assert (published - alone).abs().max() > 1e-3


def test_the_published_ensemble_by_hand():
    """Up to `merge` the mean is taken within a stream, behind it over what is left: written out for one layer each."""
    ours = from_transformers(peer(3))
    query, prompt, target = inputs(3, (16, 16), 3)
    pictures, targets = torch.cat((prompt, query[:1].expand(3, -1, -1, -1)), 2), torch.cat((target, target), 2)
    with torch.no_grad():
        states = ours.states(pictures, targets, ours.query_hidden(), ensemble="published")
        z, kept = torch.cat(ours.embedding(pictures, targets, ours.query_hidden())), []
        for i, layer in enumerate(ours.layers):
            seen = layer.attention(layer.attention_norm(z))
            streams = seen.chunk(2) if i <= 1 else [seen]  # merge = 1
            for stream in streams:
                stream[:, 4:] = stream[:, 4:].mean(dim=0)
            z = z + torch.cat(list(streams))
            z = z + layer.feed_forward(layer.feed_forward_norm(z))
            if i == 1:
                z = (z[:3] + z[3:]) / 2
            if i in (1, 3):
                kept.append(ours.norm(z))
    assert relative(states, torch.cat(kept, -1)) <= 1e-6
    half = states[:, 4:]
    assert relative(half, half[:1].expand_as(half)) <= 1e-6, "the query's half is the same for all prompts"


def test_the_mean_leaves_prompts_alone():
    x = torch.randn(6, 4, 2, 3)
    mixed = mean_of_queries(x, 3)
    assert torch.equal(mixed[:, :2], x[:, :2])
    assert torch.allclose(mixed[1, 2:], x[:3, 2:].mean(0), atol=1e-6)
    assert torch.allclose(mixed[5, 2:], x[3:, 2:].mean(0), atol=1e-6)


def test_training_with_hidden_patches_is_theirs():
    theirs = peer(5)
    ours = from_transformers(theirs)
    query, prompt, target = inputs(2, (16, 16), 5)
    truth = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(9))
    masked = random_patches(2, (8, 4), 0.75, torch.Generator().manual_seed(1))
    expected = theirs(query, prompt, target, labels=truth, bool_masked_pos=masked.flatten(1))
    targets = torch.cat((target, truth), 2)
    painted = ours.paint(torch.cat((prompt, query), 2), targets, masked)
    loss = painting_loss(painted, targets, masked)
    assert relative(painted.detach(), expected.pred_masks) <= 1e-5
    assert float(loss) == pytest.approx(float(expected.loss), rel=1e-5)
    expected.loss.backward()
    loss.backward()
    assert relative(ours.embedding.mask_token.grad, theirs.model.embeddings.mask_token.grad) <= 1e-4
    rows = ours.layers[0].attention.positions.rows.grad
    assert relative(rows, theirs.model.encoder.layers[0].attention.rel_pos_h.grad) <= 1e-4


@settings(deadline=None, max_examples=10, derandomize=True)
@given(beta=st.sampled_from([0.01, 0.1, 1.0]), seed=st.integers(0, 99))
def test_the_loss_is_torchs(beta, seed):
    generator = torch.Generator().manual_seed(seed)
    painted, target = torch.randn(2, 2, 3, 8, 12, generator=generator)
    masked = random_patches(2, (2, 3), 0.5, generator)
    pixels = hidden_pixels(masked, 4).expand_as(target)
    expected = F.smooth_l1_loss(painted[pixels], target[pixels], beta=beta)
    assert float(painting_loss(painted, target, masked, beta=beta)) == pytest.approx(float(expected), rel=1e-5)
    each = F.smooth_l1_loss(painted, torch.zeros_like(painted), beta=beta, reduction="none")
    assert torch.allclose(smooth_l1(painted, beta), each)
    changed = torch.where(pixels, target, target + 7)
    assert float(painting_loss(painted, changed, masked, beta=beta)) == pytest.approx(float(expected), rel=1e-5)


def test_attention_over_the_stitched_pictures_can_be_recorded():
    ours = from_transformers(peer(1))
    query, prompt, target = inputs(1, (16, 16))
    with record_attention(ours) as maps, torch.no_grad():
        recorded = ours(query, prompt, target)
    assert len(maps) == 4
    first = maps["layers.0.attention"][0].weights
    assert first.shape == (2, 4, 32, 32)  # two streams, 8 x 4 cells
    assert torch.allclose(first.sum(-1), torch.ones(2, 4, 32), atol=1e-5)
    with torch.no_grad():
        assert relative(ours(query, prompt, target), recorded) <= 1e-5


def test_a_config_with_nothing_in_it_is_the_published_one():
    from transformers import SegGptConfig, SegGptForImageSegmentation

    with torch.device("meta"):
        theirs = SegGptForImageSegmentation(SegGptConfig())
        ours = SegGPT.from_config({})
    count = sum(parameter.numel() for parameter in theirs.parameters())
    assert sum(parameter.numel() for parameter in ours.parameters()) == count


@pytest.mark.parametrize(
    "change", [{"merge_index": 1, "intermediate_hidden_state_indices": [0, 3]}, {"image_size": [36, 16]}]
)
def test_a_config_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match="got|exactly|must"):
        SegGPT.from_config(TINY | change)


@pytest.mark.parametrize(
    ("size", "queries", "options"),
    [
        ((16, 16), 2, {"ensemble": "mean"}),
        ((16, 16), 2, {"kind": "thing"}),
        ((16, 12), 2, {}),
        ((16, 16), 2, {"ensemble": "published"}),
    ],
)
def test_bad_input_is_one_sentence(size, queries, options):
    query, prompt, target = inputs(2, size)
    with pytest.raises(ValueError, match="got|exactly|must"):
        SegGPT.from_config(TINY)(query[:queries], prompt, target, **options)


def test_bad_masks_are_one_sentence():
    picture = torch.zeros(1, 3, 8, 8)
    with pytest.raises(ValueError, match="hidden"):
        painting_loss(picture, picture, torch.zeros(1, 2, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="square patches"):
        painting_loss(picture, picture, torch.ones(1, 3, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="beta"):
        smooth_l1(picture, 0.0)
    with pytest.raises(ValueError, match="share"):
        random_patches(1, (2, 2), 1.5)


def test_a_weight_of_another_is_refused():
    theirs = peer(0)
    weights = dict(theirs.state_dict())
    weights.pop("model.embeddings.mask_token")
    with pytest.raises(ValueError, match="mask_token"):
        build(theirs.config.to_dict(), weights)
