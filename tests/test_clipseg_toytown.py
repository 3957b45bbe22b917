"""clipseg-toytown: its words, its network, what it learns from, what is measured; each against something by hand."""

from __future__ import annotations

import json
from itertools import permutations

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.data import toytown
from segtutor.data.toytown import language
from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.models import small, zoo
from segtutor.reference.toytown.clipseg import WORDS, FilmBlock, ToyTownClipSeg, word_numbers
from segtutor.segments import Categories, Category
from segtutor.training.evaluation.words import evaluate_words
from segtutor.training.recipes import prompt_loop
from segtutor.training.recipes.clipseg import new_network
from segtutor.training.recipes.phrases import (
    HELD_OUT,
    SHARES,
    counts,
    draw_phrase,
    drawn_scenes,
    is_held_out,
    mask_loss,
    step_loss,
    truth,
)
from segtutor.training.recipes.prompt_loop import rate, train_steps

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def network():
    return new_network().eval()


@pytest.fixture(scope="module")
def scenes(network):
    return drawn_scenes(network.features, range(10))


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    processor = json.loads((zoo.CHECKPOINTS / "mask2former-toytown" / "preprocessor_config.json").read_text())
    return small.write(network, tmp_path_factory.mktemp("made") / "clip", {"name": "mine"}, processor)


def things_of(scene):
    return [(thing.kind, thing.colour, thing.pattern) for thing in scene.things]


def test_words_are_those_of_toytown():
    assert WORDS == language.WORDS
    assert word_numbers(["things not red", "or"]).tolist() == [[24, 26, 1], [27, 0, 0]]


@pytest.mark.parametrize("phrase", ["", "dog", "red " * 17, "<pad>"])
def test_what_is_no_phrase_is_refused(phrase):
    with pytest.raises(ValueError):
        word_numbers([phrase])


def test_a_bag_of_words_knows_no_order():
    torch.manual_seed(0)
    orders = [" ".join(words) for words in permutations(["cat", "not", "red"])]
    with torch.no_grad():
        bag, ordered = (ToyTownClipSeg(width=16, layers=layers).read(orders) for layers in (0, 2))
    assert (bag - bag[0]).abs().max() < 1e-5
    assert all((ordered[i] - ordered[j]).abs().max() > 1e-3 for i in range(6) for j in range(i))


def test_padding_changes_nothing(network):
    with torch.no_grad():
        alone, beside = network.read(["red cat"]), network.read(["red cat", "cat or things not red"])
    assert torch.allclose(alone[0], beside[0], atol=1e-5)


def test_film_by_hand():
    block = FilmBlock(2)
    with torch.no_grad():
        block.film.weight.copy_(torch.tensor([[1.0, 0], [0, 0], [0, 0], [0, 1]]))  # gamma = (t0, 0), beta = (0, t1)
        block.film.bias.zero_()
        block.mix.weight.copy_(torch.eye(2))
        block.mix.bias.zero_()
        found = block(torch.tensor([3.0, 5.0]).view(1, 1, 1, 2), torch.tensor([[2.0, 7.0]]))
    silu = torch.nn.functional.silu(torch.tensor([(1 + 2.0) * 3, 5 + 7.0]))
    assert torch.allclose(found.flatten(), torch.tensor([3.0, 5.0]) + silu)


def test_each_cell_answers_alone(network):
    x = torch.randn(1, 4, 4, 64)
    changed = x.clone()
    changed[0, 0, 0] += 1
    with torch.no_grad():
        prompts = network.read(["cat"])
        differs = (network.answer(x, prompts) != network.answer(changed, prompts)).any(-1)[0]
    assert differs[0, 0]
    assert differs.sum() == 1


def test_frozen_features_stay_frozen(network):
    network.train()
    learned = {name.split(".")[0] for name, value in network.named_parameters() if value.requires_grad}
    assert "features" not in learned
    assert not any(part.training for part in network.features.modules())
    network.eval()


def test_drawn_phrases_are_of_the_grammar_and_never_held_out():
    rng, seen = np.random.default_rng(0), set()
    for seed in range(12):
        scene = toytown.scene(seed)
        for _ in range(80):
            phrase = draw_phrase(rng, ["sky", "grass"], things_of(scene))
            clauses = language.parse(phrase)  # raises for what is no phrase
            assert not is_held_out(phrase)
            seen.add(
                (len(clauses), clauses[0].excluded is not None, len(clauses[0].attributes), clauses[0].noun == "things")
            )
    assert {(1, True, 0, True), (1, True, 0, False), (2, False, 1, False), (1, False, 2, False)} <= seen
    assert sum(SHARES.values()) == pytest.approx(1)


def test_every_kind_has_a_held_out_colour():
    assert sorted(kind for _, kind in HELD_OUT) == sorted(toytown.KINDS)
    assert is_held_out("cat not green")
    assert not is_held_out("red cat or sky")


@pytest.mark.parametrize(
    "phrase", ["things not red", "stuff not sky", "patterned cat", "house or grass", "blue things"]
)
def test_truth_is_that_of_the_language(phrase):
    for seed in range(4):
        scene = toytown.scene(seed)
        ids = scene.draw()[1]
        assert np.array_equal(truth(phrase, ids, things_of(scene)), language.phrase_mask(scene, phrase, ids))


def test_held_out_things_count_only_where_no_colour_is_named():
    ids = np.array([[toytown.FIRST_THING, toytown.FIRST_THING + 1, 1]])
    things = [("cat", "green", "plain"), ("cat", "red", "plain")]
    assert counts("cat", ids, things).tolist() == [[True, True, True]]
    assert counts("blue things", ids, things).tolist() == [[False, True, True]]


def test_loss_by_hand():
    """One cell, of whose four quarters two count: the others may say what they like."""
    wanted = torch.tensor([1.0, 0, 1, 0]).view(1, 1, 1, 4)
    weight = torch.tensor([1.0, 1, 0, 0]).view(1, 1, 1, 4)
    right = torch.tensor([20.0, -20, -20, 20]).view(1, 1, 1, 4)
    assert mask_loss(right, wanted, weight) == pytest.approx(0, abs=1e-6)
    undecided = 2 * np.log(2) * 2 / 4 + 0.5 * (1 - (2 * 0.5 + 2.5) / (1 + 1 + 2.5))
    assert mask_loss(torch.zeros(1, 1, 1, 4), wanted, weight) == pytest.approx(undecided, abs=1e-6)


def test_a_run_that_goes_on_gives_the_same_weights(tmp_path, scenes, monkeypatch):
    monkeypatch.setattr(prompt_loop, "SAVE_EVERY", -1.0)  # after each step

    def train(folder, resume=False, until=4):
        torch.manual_seed(1)
        model = ToyTownClipSeg(width=16, layers=1)

        def loss(rng):
            nonlocal until
            until -= 1
            if until < 0:
                raise KeyboardInterrupt
            return step_loss(model, scenes, rng, pictures=2, phrases=3)

        folder.mkdir(exist_ok=True)
        return train_steps(model, loss, steps=4, out=folder, resume=resume, log_every=1), model.state_dict()

    whole, expected = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "parts", until=2)
    rest, found = train(tmp_path / "parts", resume=True)
    assert [event["step"] for event in rest.events] == [3, 4]
    assert rest.losses == whole.losses[2:]
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_the_rate_rises_stays_and_falls():
    assert [rate(0.0, 0), rate(0.3, 99)] == pytest.approx([1 / 50, 1])
    assert [rate(0.7, 999), rate(1.0, 999)] == pytest.approx([0.5, 0.02])


def test_training_learns(scenes, tmp_path):
    torch.manual_seed(0)
    model = new_network()
    fitted = train_steps(
        model,
        lambda rng: step_loss(model, scenes, np.random.default_rng(rng.integers(2)), pictures=3, phrases=4),
        steps=20,
        lr=5e-3,
        out=tmp_path,
        log_every=1,
    )
    losses = fitted.losses
    assert np.mean(losses[-4:]) < 0.75 * np.mean(losses[:4])


def test_a_loss_that_is_not_finite_ends_the_run(tmp_path):
    model = torch.nn.Linear(1, 1)
    with pytest.raises(FloatingPointError):
        train_steps(model, lambda rng: model.weight.sum() * float("nan"), steps=2, out=tmp_path)


def test_from_a_folder_it_is_asked_with_words_and_examples(folder):
    segmenter = st.load(folder)
    scene = toytown.scene(3)
    image, ids = scene.draw()
    segmenter.set_image(image)
    answer = segmenter.predict(text=["The red cats", "sky"])
    assert isinstance(answer, Instances)
    assert answer.categories.names == ["The red cats", "sky"]
    assert answer.masks.shape[1:] == image.shape[:2]
    shown = segmenter.predict(example=[(image, ids == 1), (image[:, ::-1], ids[:, ::-1] == 1)])
    assert shown.categories.names == ["example"]
    assert len(shown.masks) <= 1
    assert ((answer.scores >= 0) & (answer.scores <= 1)).all()


@pytest.mark.parametrize("text", ["dog", "red cat on the road", "", "a " * 2])
def test_a_word_that_it_never_saw_is_a_sentence(folder, text):
    segmenter = st.load(folder).set_image(toytown.scene(3).draw()[0])
    with pytest.raises(UserError):
        segmenter.predict(text=text)


def test_clicks_are_refused(folder):
    segmenter = st.load(folder).set_image(toytown.scene(3).draw()[0])
    with pytest.raises(UserError):
        segmenter.predict(points=[(3, 4)])


class Oracle:
    """Answers phrases with the truth; lazy=True without their "not"."""

    name, accepts = "oracle", frozenset({"text", "example"})

    def __init__(self, lazy=False):
        self.lazy, self.seed = lazy, -1

    def set_image(self, image):
        self.seed += 1
        self.image, self.scene = image, toytown.scene(self.seed)
        self.ids = self.scene.draw()[1]

    def predict(self, *, text=None, example=None):
        if example is not None:
            return Instances(
                example[1][None], np.zeros(1, int), np.ones(1, np.float32), Categories([Category(1, "example", True)])
            )
        said = [phrase.partition(" not ")[0] if self.lazy else phrase for phrase in text]
        masks = np.stack([language.phrase_mask(self.scene, phrase, self.ids) for phrase in said])
        categories = Categories([Category(i + 1, phrase, True) for i, phrase in enumerate(text)])
        keep = np.flatnonzero(masks.any((1, 2)))
        return Instances(masks[keep], keep, np.ones(len(keep), np.float32), categories)


def test_the_truth_is_measured_as_perfect_and_a_lazy_answer_as_what_it_is():
    perfect, lazy = evaluate_words(Oracle(), size=6), evaluate_words(Oracle(lazy=True), size=6)
    words = [name for name in perfect if name.startswith("text_") and not name.endswith(("ignored", "without_colour"))]
    assert len(words) >= 8
    assert all(perfect[name] == 100 for name in words)
    assert lazy["text_not"] == lazy["text_not_ignored"] == perfect["text_not_ignored"] < 100
    assert perfect["text_seen_without_colour"] < 100
    assert 0 < perfect["example_iou"] < 100  # the mask of the scene before, as it is


def test_a_model_without_words_is_refused():
    class Clicks:
        name, accepts = "clicks", frozenset({"points"})

    with pytest.raises(UserError):
        evaluate_words(Clicks(), size=1)
