"""The loop: it learns, it stops where it should, a resumed run is the run that was never interrupted."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.training.fit import fit
from segtutor.training.loop.parts import parameter_groups
from segtutor.training.loop.schedules import warmup_then_linear, warmup_then_poly
from segtutor.training.loop.state import STATE
from segtutor.training.recipes import toytown as recipes
from segtutor.training.recipes.publish import choose_thresholds
from segtutor.training.rows.augment import flip_and_tint
from segtutor.training.rows.targets import panoptic_targets, semantic_labels


class Pixels(nn.Module):
    """A per-pixel classifier of a few weights: enough to tell sky from grass."""

    def __init__(self, classes=15):
        super().__init__()
        self.backbone = nn.Conv2d(3, 16, 4, stride=4)
        self.head = nn.Conv2d(16, classes, 1)

    def forward(self, pixel_values):
        return PerPixelOutput(self.head(torch.relu(self.backbone(pixel_values))))


class Masks(Pixels):
    """Fixed queries whose masks are dot products with pixel features: the smallest mask classifier."""

    def __init__(self, classes=15, queries=12):
        super().__init__(16)
        self.queries, self.classify = nn.Embedding(queries, 16), nn.Linear(16, classes + 1)

    def forward(self, pixel_values):
        features = self.head(torch.relu(self.backbone(pixel_values)))
        queries = self.queries.weight.expand(len(pixel_values), -1, -1)
        return MaskOutput(self.classify(queries), torch.einsum("bqc,bchw->bqhw", queries, features))


@pytest.fixture(scope="module")
def scenes():
    return recipes.Scenes(range(1_000_000, 1_000_016), 64)


@pytest.mark.parametrize("kind", [Pixels, Masks])
def test_both_kinds_of_output_learn_with_the_same_call(kind, scenes):
    torch.manual_seed(0)
    fitted = st.fit(kind(), scenes, steps=40, batch_size=8, lr=1e-2, log_every=1)
    assert fitted.steps == 40
    assert np.mean(fitted.losses[-5:]) < 0.8 * np.mean(fitted.losses[:5])


def test_a_data_set_in_the_panoptic_schema_serves_as_well():
    data = toytown.dataset("train", 4, image_size=64)
    fitted = fit(Pixels(), data, steps=2, batch_size=2, categories=toytown.categories)
    assert fitted.steps == 2


def test_a_run_that_was_cut_in_two_ends_where_the_whole_one_does(scenes, tmp_path):
    options = {"batch_size": 4, "lr": 1e-2, "ema": 0.9, "schedule": lambda progress, step: 1.0}

    def run(*parts, out):
        torch.manual_seed(0)
        model = Pixels()
        for steps in parts:
            fit(model, scenes, steps=steps, out=out, resume=True, **options)
        return model.state_dict()

    whole, halves = run(10, out=tmp_path / "a"), run(4, 10, out=tmp_path / "b")
    for name in whole:
        assert torch.equal(whole[name], halves[name]), name


def test_the_state_on_disk_is_read_without_pickled_code(scenes, tmp_path):
    fit(Pixels(), scenes, steps=1, batch_size=2, out=tmp_path)
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == [STATE], "nothing half-written is left beside it"


class Unlike(Pixels):
    def __init__(self):
        super().__init__()
        self.more = nn.Linear(2, 2)


@pytest.mark.parametrize("model", [Pixels, Unlike])
def test_a_state_that_does_not_fit_is_one_sentence(model, scenes, tmp_path):
    fit(Pixels(), scenes, steps=1, batch_size=2, out=tmp_path)
    if model is Pixels:
        (tmp_path / STATE).write_bytes((tmp_path / STATE).read_bytes()[:100])
    with pytest.raises(UserError, match="damaged" if model is Pixels else "another model") as caught:
        fit(model(), scenes, steps=2, batch_size=2, out=tmp_path, resume=True)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_said_before_the_training(scenes, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be used as a folder"):
        fit(Pixels(), [1], steps=1, out=tmp_path / "file" / "run")  # the row would fail in the first step


def test_a_run_goes_on_only_in_its_own_folder(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe("small", "per-pixel", Pixels))
    (tmp_path / "config.json").write_text("of somebody else")
    with pytest.raises(UserError, match="training_state.pt"):
        recipes.run("small", out=tmp_path, steps=1, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_run_that_was_stopped_before_its_first_state_begins_again(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe("small", "per-pixel", Pixels))
    monkeypatch.setattr("segtutor.training.fit.fit", lambda *arguments, **options: "fitted")
    monkeypatch.setattr("segtutor.training.recipes.publish.publish", lambda recipe, model, fitted, out: fitted)
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "log.jsonl").write_text("{}")
    said = []
    assert recipes.run("small", out=tmp_path, steps=1, resume=True, report=said.append) == "fitted"
    assert said == [f"{tmp_path} holds no training_state.pt to go on from: a new run begins"]


def test_a_run_says_nothing_of_transformers_remarks(tmp_path, monkeypatch, caplog):
    from transformers.utils import logging

    def build():
        logging.get_logger("transformers.a").warning("a remark")
        logging.get_logger("transformers.a").error("an error")
        return Pixels()

    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe("small", "per-pixel", build))
    monkeypatch.setattr("segtutor.training.fit.fit", lambda *arguments, **options: "fitted")
    monkeypatch.setattr("segtutor.training.recipes.publish.publish", lambda recipe, model, fitted, out: fitted)
    recipes.run("small", out=tmp_path, steps=1)
    assert caplog.messages == ["an error"]
    assert logging.get_verbosity() == logging.WARNING


@pytest.mark.parametrize("freeze", [["backbone"], "backbone"])
def test_frozen_parameters_stay_as_they_are(freeze, scenes):
    model = Pixels()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model, scenes, steps=3, batch_size=2, freeze=freeze)
    after = model.state_dict()
    assert torch.equal(after["backbone.weight"], before["backbone.weight"])
    assert not torch.equal(after["head.weight"], before["head.weight"])


def test_norms_biases_and_embeddings_do_not_decay():
    model = Masks()
    decayed, plain = parameter_groups(model, 0.05)
    assert {id(p) for p in plain["params"]} == {
        id(p) for name, p in model.named_parameters() if name.endswith("bias") or name.startswith("queries")
    }
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.05, 0.0)


def test_an_event_can_stop_a_run(scenes):
    fitted = fit(
        Pixels(),
        scenes,
        steps=50,
        batch_size=2,
        log_every=1,
        on_event=lambda event, _: "stop" if event["step"] == 3 else None,
    )
    assert fitted.steps == 3


def test_a_budget_of_cpu_minutes_ends(scenes):
    fitted = fit(Pixels(), scenes, cpu_minutes=0.01, batch_size=2)
    assert fitted.steps > 0
    assert fitted.cpu_minutes < 0.2


def test_a_loss_that_is_not_finite_stops_with_term_step_and_rate(scenes):
    model = Pixels()
    model.head.weight.data.fill_(float("inf"))
    with pytest.raises(FloatingPointError, match=r"step 0 \(term: class; learning rate"):
        fit(model, scenes, steps=2, batch_size=2)


BAD = {
    "no budget": lambda data: fit(Pixels(), data),
    "two budgets": lambda data: fit(Pixels(), data, steps=1, cpu_minutes=1),
    "negative budget": lambda data: fit(Pixels(), data, steps=-1),
    "empty batch": lambda data: fit(Pixels(), data, steps=1, batch_size=0),
    "a name for a model": lambda data: fit("mask2former-toytown", data, steps=1),
    "no data": lambda data: fit(Pixels(), [], steps=1),
    "freeze of nothing": lambda data: fit(Pixels(), data, steps=1, freeze=["neck"]),
    "row that is no dictionary": lambda data: fit(Pixels(), [1], steps=1),
    "row without truth": lambda data: fit(Pixels(), [{"image": np.zeros((8, 8, 3), np.uint8)}], steps=1),
    "truth of another size": lambda data: fit(
        Pixels(), [{"image": np.zeros((8, 8, 3), np.uint8), "segmentation": data[0]["segmentation"]}], steps=1
    ),
    "pictures of two sizes": lambda data: fit(Pixels(), [data[0], recipes.Scenes([5], 128)[0]], steps=1, batch_size=2),
    "model that returns a tensor": lambda data: fit(nn.Conv2d(3, 15, 1), data, steps=1),
    "unknown recipe": lambda data: recipes.run("mask3former", out="nowhere"),
}


@pytest.mark.parametrize("mistake", BAD.values(), ids=BAD)
def test_a_mistake_is_one_sentence(mistake, scenes):
    with pytest.raises(
        UserError,
    ) as caught:
        mistake(scenes)
    assert "\n" not in str(caught.value)


def test_targets_hold_every_segment_once_and_leave_void_out():
    truth = next(t for t in (toytown.scene(s).render()[1] for s in range(200)) if (t.segment_ids == 0).any())
    targets = panoptic_targets(truth)
    assert len(targets) == len(truth.segments)
    assert torch.equal(targets.masks.sum(0).bool(), targets.valid)
    assert torch.equal(targets.valid, torch.from_numpy(truth.segment_ids != 0))
    assert torch.equal(semantic_labels(truth) >= 0, targets.valid)


def test_a_flip_moves_picture_and_truth_together():
    image, truth = toytown.scene(4).render()
    row = flip_and_tint({"image": image, "segmentation": truth}, np.random.default_rng(0), flip=1, gain=0)
    assert np.array_equal(row["image"], image[:, ::-1])
    assert np.array_equal(row["segmentation"].segment_ids, truth.segment_ids[:, ::-1])
    assert {s.id: s.area for s in row["segmentation"].segments} == {s.id: s.area for s in truth.segments}


def test_the_schedule_rises_holds_and_falls_to_zero():
    assert warmup_then_linear(0.0, 0, warmup_steps=10) == pytest.approx(0.1)
    assert warmup_then_linear(0.2, 100, warmup_steps=10) == 1
    assert warmup_then_linear(0.65, 100, warmup_steps=10, hold=0.3) == pytest.approx(0.5)
    assert warmup_then_linear(1.0, 100) == 0


def test_the_warm_up_takes_60_steps_but_no_more_than_a_tenth_of_the_budget():
    assert warmup_then_linear(0.01, 29) == pytest.approx(0.5), "30 of 60 steps, of thousands"
    assert warmup_then_linear(0.05, 2) == pytest.approx(0.5), "of 40 steps 4 are a tenth"
    assert warmup_then_poly(0.1, 4) == pytest.approx(0.9**0.9)


def test_hidden_classes_are_void_and_the_pictures_stay():
    plain, silent = recipes.Scenes(range(20)), recipes.Scenes(range(20), hidden=("cat", "road"))
    hidden = [toytown.categories.names.index(name) for name in ("cat", "road")]
    seen = 0
    for i in range(20):
        before, after = plain[i], silent[i]
        assert np.array_equal(before["image"], after["image"])
        labels = before["segmentation"].semantic()
        gone = np.isin(labels, hidden)
        assert np.array_equal(after["segmentation"].semantic(), np.where(gone, -1, labels))
        seen += gone.any()
    assert seen >= 10


@pytest.mark.parametrize("name", [n for n in recipes.RECIPES if n not in ("unet-toytown", "pspnet-toytown")])  # as fcn
def test_a_recipe_leaves_a_checkpoint_that_load_and_evaluate_read(name, tmp_path, monkeypatch):
    """`segtutor train NAME --steps 2`: everything but the quality."""
    from segtutor.training import evaluate
    from segtutor.training.recipes import publish

    monkeypatch.setattr(publish, "TUNING_SCENES", 2)
    monkeypatch.setattr(publish, "VALIDATION_SCENES", 3)
    card = recipes.run(name, out=tmp_path / "run", steps=2, report=lambda line: None)
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "card.json", "README.md"} <= {
        file.name for file in (tmp_path / "run").iterdir()
    }
    assert json.loads((tmp_path / "run" / "card.json").read_text()) == json.loads(json.dumps(card))
    assert evaluate.evaluate(str(tmp_path / "run"), size=3) == card["metrics"]
    with pytest.raises(UserError, match="not empty"):
        recipes.run(name, out=tmp_path / "run", steps=2)


def test_thresholds_are_those_with_the_best_quality_on_the_tuning_split():
    """A model that answers truly with score 0.55 loses everything above that threshold."""

    class Sure:
        def set_image(self, image):
            self.output = self.answers[image.tobytes()]
            return self

    sure = Sure()
    sure.answers = {}
    for scene in toytown.scenes("tuning", 3):
        image, truth = scene.render()
        targets = panoptic_targets(truth)
        logits = torch.zeros(1, len(targets), 16)
        logits[0, torch.arange(len(targets)), targets.labels] = float(np.log(0.55 / 0.45 * 15))
        sure.answers[image.tobytes()] = MaskOutput(logits, targets.masks[None].float() * 40 - 20)
    assert choose_thresholds(sure, 3)["score_threshold"] <= 0.5


def test_a_run_of_two_parts_ends_with_fine_masks_and_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    """11 steps: 10 on coarse masks, 1 on fine ones; stopped in the second part, it ends with the same weights."""
    from segtutor.training import fit as fitting
    from segtutor.training.recipes import budgets

    monkeypatch.setattr(
        "segtutor.training.recipes.publish.evaluate", lambda *_, **__: dict.fromkeys(("pq", "sq", "rq", "miou"), 0.0)
    )
    monkeypatch.setattr("segtutor.training.recipes.publish.choose_thresholds", lambda *_: {})
    assert budgets.split(steps=11) == ({"steps": 10}, {"steps": 1})
    minutes = [part["cpu_minutes"] for part in budgets.split(cpu_minutes=11.0)]
    assert minutes == pytest.approx([10.0, 1.0])
    small = replace(recipes.RECIPES["mask2former-toytown"], batch_size=2)
    monkeypatch.setitem(recipes.RECIPES, "mask2former-toytown", small)
    whole = recipes.run(small.name, out=tmp_path / "whole", steps=11, report=lambda line: None)
    assert whole["training"]["steps"] == 11
    assert (whole["training"]["options"]["grid"], whole["training"]["fine"]["options"]["grid"]) == (32, 64)
    assert whole["training"]["fine"]["steps"] == 1
    lines = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    assert [(line["step"], line["part"]) for line in lines][-2:] == [(10, "coarse masks"), (11, "fine masks")]

    def stopped(*given, **options):
        if options["out"].name == "fine":
            raise KeyboardInterrupt
        return fit(*given, **options)

    monkeypatch.setattr(fitting, "fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        recipes.run(small.name, out=tmp_path / "halves", steps=11, report=lambda line: None)
    monkeypatch.setattr(fitting, "fit", fit)
    resumed = recipes.run(small.name, out=tmp_path / "halves", steps=11, resume=True, report=lambda line: None)
    assert resumed["weights_sha256"] == whole["weights_sha256"]
