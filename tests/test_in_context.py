"""Painted examples on ToyTown: the network, its pairs, its loss, its recipe, what is measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.errors import UserError
from segtutor.reference.layers.record import record_attention
from segtutor.reference.toytown.features import Maps, ToyTownFeatures
from segtutor.reference.toytown.incontext import (
    MARK,
    ToyTownInContext,
    cell_colours,
    cosine_match,
    nearer_to,
)
from segtutor.training.evaluation.examples import evaluate_examples, example_iou
from segtutor.training.recipes import in_context as in_context_recipe
from segtutor.training.recipes.episodes import (
    HELD_OUT,
    NAMES,
    PALETTE,
    THINGS,
    World,
    anothers_colour,
    edges_of,
    episode,
    stacked,
    target_of,
)
from segtutor.training.recipes.in_context import batch_loss, episode_loss, run

torch.set_num_threads(1)
HELD = [NAMES.index(name) for name in HELD_OUT]


@pytest.fixture(scope="module")
def features():
    return ToyTownFeatures.of(st.load("mask2former-toytown").model)


@pytest.fixture(scope="module")
def world(features):
    return World.of(features, range(40))


@pytest.fixture(scope="module")
def network(features):
    torch.manual_seed(0)
    made = ToyTownInContext()
    made.features = features
    return made.eval()


def test_nearer_to_a_colour_than_to_black_by_hand():
    colour = torch.tensor([1.0, 0.0, 1.0])
    painted = torch.tensor([[0.0, 0, 0], [1, 0, 1], [0.5, 9, 0.5], [2, -3, 1]]).T.view(1, 3, 2, 2)
    assert nearer_to(colour, painted).flatten().tolist() == [-1.0, 1.0, 0.0, 2.0]
    with pytest.raises(ValueError, match="black"):
        nearer_to(torch.zeros(3), painted)


def test_a_picture_shown_to_itself_gets_its_own_colours(world):
    """Each cell is most like itself, so the match without training paints what was shown, but for cells alike."""
    index = NAMES.index("sky")
    number = int(world.showing(index)[0])
    target = stacked([target_of(world, number, {index: np.float32([1, 0.5, 0])})])
    painted = cosine_match(world.look([number]), target, world.look([number]))
    shown = cell_colours(target).transpose(1, 2).view_as(painted)
    answer, truth = painted[0, 0] > 0.5, shown[0, 0] > 0.5
    assert (answer & truth).sum() / (answer | truth).sum() > 0.8


def test_half_the_prompts_half_the_colour():
    """Two cells alike, one painted: what looks like both gets the mean."""
    cells = Maps(*(torch.ones(1, c, s, s) for c, s in ((0, 1), (32, 4), (64, 4), (64, 2), (64, 1))))
    target = torch.zeros(1, 3, 16, 16)
    target[:, :, :8, :8] = 1  # one of four cells
    assert cosine_match(cells, target, cells).flatten().tolist() == pytest.approx([0.25] * 12, abs=1e-6)


def test_prompts_of_a_query_are_one_set_of_cells(network, world):
    prompts, query = world.look([1, 2, 3, 4]), world.look([5, 6])
    targets = torch.rand(4, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        both = network.paint(prompts, targets, query, count=2)
        second = network.paint(world.look([4, 3]), targets[[3, 2]], world.look([6]), count=2)
    assert both.shape == (2, 3, 64, 64)
    assert torch.allclose(both[1], second[0], atol=1e-5), "their order says nothing"


def test_asking_by_example_is_painting_with_the_mark(network):
    (image, _), (shown, truth) = st.toytown.scene(3).render(), st.toytown.scene(4).render()
    segmenter = st.load("mask2former-toytown")
    from segtutor.models.preprocess import preprocess

    pixels = [preprocess(segmenter.processor, picture)[0] for picture in (image, shown)]
    mask = torch.from_numpy(truth.semantic() == NAMES.index("tree")).float()[None, None]
    with torch.no_grad():
        answer = network.ask_example(network.encode(pixels[0]), [(pixels[1], mask)])
        target = mask * torch.tensor(MARK).view(1, 3, 1, 1)
        painted = network.paint(network.encode(pixels[1]), target, network.encode(pixels[0]))
    assert torch.allclose(answer.mask_logits, nearer_to(torch.tensor(MARK), painted), atol=1e-5)
    assert answer.mask_logits.shape == (1, 1, 64, 64)
    assert 0 <= float(answer.scores) <= 1


def test_attention_from_the_query_to_the_prompt_is_recorded(network, world):
    targets = torch.rand(2, 3, 128, 128)
    with record_attention(network) as maps, torch.no_grad():
        recorded = network.paint(world.look([1, 2]), targets, world.look([3]), count=2)
    weights = maps["matches.0"][0].weights
    assert weights.shape == (1, 4, 32 * 32, 2 * 16 * 16)
    assert torch.allclose(weights.sum(-1), torch.ones(1, 4, 1024), atol=1e-4)
    with torch.no_grad():
        assert torch.allclose(network.paint(world.look([1, 2]), targets, world.look([3]), count=2), recorded, atol=1e-4)


def test_edges_by_hand():
    assert edges_of(np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]])).tolist() == [
        [False, True, False],
        [True, True, True],
        [False, True, False],
    ]
    assert not edges_of(np.ones((3, 3), int)).any()


@pytest.mark.parametrize("arm", ["random", "fixed"])
def test_no_episode_shows_a_held_out_class(world, arm):
    kinds = set()
    for step in range(60):
        one = episode(world, np.random.default_rng([0, step]), arm)
        for number, target in zip((one.prompt, one.query), one.targets, strict=True):
            inside = np.isin(world.classes[number], HELD)
            painted = target.any(-1)
            if not np.array_equal(painted, world.edges[number]):
                assert not (painted & inside).any()
            else:
                kinds.add("edges")
        assert np.array_equal(one.valid, ~np.isin(world.classes[one.query], HELD))
        if one.targets[1].any():
            colours = {tuple(c) for c in one.targets[1].reshape(-1, 3) if c.any()}
            assert colours <= {tuple(c) for t in one.targets for c in t.reshape(-1, 3) if c.any()}
            owned = {tuple(c) for c in PALETTE} | {(1.0, 1.0, 1.0)}
            kinds.add("classes")
            assert arm == "random" or colours <= owned
    assert kinds == {"edges", "classes"}


def test_the_same_random_numbers_give_the_same_episode(world):
    a, b = (episode(world, np.random.default_rng([1, 7]), "random") for _ in range(2))
    assert (a.prompt, a.query) == (b.prompt, b.query)
    assert all(np.array_equal(x, y) for x, y in zip(a.targets, b.targets, strict=True))


def test_colours_of_classes_are_apart_and_another_ones_is_anothers():
    distances = np.linalg.norm(PALETTE[:, None] - PALETTE, axis=-1) + np.eye(len(NAMES))
    assert distances.min() > 0.15
    assert np.linalg.norm(PALETTE - np.float32(MARK), axis=-1).min() > 0.4
    assert all(not np.array_equal(anothers_colour(i), PALETTE[i]) for i in range(len(NAMES)))
    assert len(THINGS) == 8


def test_colour_and_black_weigh_alike_and_what_is_not_valid_weighs_nothing():
    target, valid = torch.zeros(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    target[:, :, :8, :8] = 1  # 16 of 256 pixels of the answer
    painted = torch.nn.functional.avg_pool2d(target, 2)
    assert float(episode_loss(painted, target, valid)) == 0
    on, off = painted.clone(), painted.clone()
    on[:, :, :4, :4] -= 0.5
    off[:, :, 4:] += 0.5
    off[:, :, :4, 4:] += 0.5
    # all of one side wrong by 0.5: 0.45 each, halved, and the 8 in the denominator makes 16 / 24 and 240 / 248 of it
    assert float(episode_loss(on, target, valid)) == pytest.approx(0.45 / 2 * 16 / 24, rel=1e-5)
    assert float(episode_loss(off, target, valid)) == pytest.approx(0.45 / 2 * 240 / 248, rel=1e-5)
    valid[..., 16:, :] = 0
    wild = painted.clone()
    wild[:, :, 8:] = 7
    assert float(episode_loss(wild, target, valid)) == 0


def test_only_the_head_learns(network, world):
    network.train()
    loss = batch_loss(network, world, [episode(world, np.random.default_rng([0, i]), "random") for i in range(2)])
    loss.backward()
    learned = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert learned == {name for name, _ in network.named_parameters() if not name.startswith("features.")}
    network.zero_grad()
    network.eval()


def test_what_is_measured_is_the_mean_over_questions(network, world):
    scores = example_iou(None, world, ["sky", "tree"], prompts=2, pairs=3)
    assert set(scores) == {"sky", "tree"}
    assert 0.5 < scores["sky"] <= 1
    assert scores == example_iou(None, world, ["sky", "tree"], prompts=2, pairs=3)
    again = example_iou(network, world, ["sky"], prompts=1, pairs=2, colour=anothers_colour)
    assert 0 <= again["sky"] <= 1


def test_a_recipe_leaves_a_folder_that_load_reads_and_evaluate_measures(tmp_path, monkeypatch):
    monkeypatch.setattr(in_context_recipe, "SCENES", 60)
    monkeypatch.setattr(in_context_recipe, "VALIDATION_SCENES", 14)
    options = {"backbone": "mask2former-toytown", "report": lambda line: None}
    card = run("random", out=tmp_path / "run", steps=3, **options)
    assert card == json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["training"]["colours"] == "random"
    segmenter = st.load(str(tmp_path / "run"))
    assert segmenter.family == "prompt"
    assert segmenter.accepts == {"example"}
    assert evaluate_examples(segmenter, size=14) == card["metrics"]
    assert sum(file.stat().st_size for file in (tmp_path / "run").glob("*.*") if file.suffix != ".pt") < 3.5e6
    (image, _), (shown, truth) = st.toytown.scene(3).render(), st.toytown.scene(4).render()
    answer = segmenter.set_image(image).predict(example=(shown, truth.semantic() == truth.semantic().max()))
    assert answer.categories.names == ["example"]
    with pytest.raises(UserError):
        segmenter.predict(points=[(3, 3)])
    with pytest.raises(UserError):
        run("random", out=tmp_path / "run", steps=3, **options)
    with pytest.raises(UserError):
        run("green", out=tmp_path / "other", **options)


def test_a_model_without_examples_is_refused():
    class Clicks:
        name, accepts = "clicks", frozenset({"points"})

    with pytest.raises(UserError):
        evaluate_examples(Clicks(), size=3)


@pytest.mark.parametrize("settings", [{"width": 10}, {"width": 12, "num_heads": 5}])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match="got|must"):
        ToyTownInContext(**settings)


def test_many_pictures_are_encoded_in_blocks_as_each_by_itself():
    torch.manual_seed(0)
    network = ToyTownInContext(width=16)
    pictures = torch.randn(23, 3, 32, 64)
    maps = network.encode(pictures)
    assert maps.pixels is pictures
    for number in (0, 9, 10, 19, 20, 22):
        for found, alone in zip(maps.of([number]), network.encode(pictures[number : number + 1]), strict=True):
            torch.testing.assert_close(found, alone)
