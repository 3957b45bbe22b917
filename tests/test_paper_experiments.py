"""The parts of the experiments: statistics, lists of classes, criteria, measures, arms, one run."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from segtutor import toytown
from segtutor.errors import UserError
from segtutor.experiments import measure, runs
from segtutor.experiments.arms import Arm, build, criterion, options, scenes
from segtutor.experiments.claims import all_claims
from segtutor.experiments.claims.touching import components
from segtutor.experiments.criteria import Supervised, mask_losses_per_class
from segtutor.experiments.memory import kept_bytes, training_bytes
from segtutor.experiments.runs import Protocol, folder_name, run
from segtutor.experiments.scenes import categories_of, class_of, train_scenes, validation_scenes
from segtutor.experiments.statistics import CONTRARY, HOLDS, LEVEL, MOST_SEEDS, OPEN, Effect, interval, overall
from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.criterion import Recipe, set_loss
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling
from segtutor.segments import Segmentation
from segtutor.training.fit import fit

TINY = Protocol(share=0.01, train=12, validation=4, curve=2)  # 4 steps of 400
PARTS = ("backbone", "pixel_decoder")


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scenes")


class TestStatistics:
    @pytest.mark.parametrize("values", [(1.0, 2.0), (0.3, -0.2, 0.9), (4.0, 4.5, 3.5, 5.0, 4.1)])
    def test_the_interval_is_students(self, values):
        expected = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert interval(values) == pytest.approx(expected)

    def test_by_hand(self):
        """d = 1, 2, 3: mean 2, scatter 1, t = 4.303: 2 +- 4.303 / sqrt(3)."""
        assert interval((1, 2, 3)) == pytest.approx((2 - 2.484, 2 + 2.484), abs=1e-3)
        assert interval((1,)) is None

    @pytest.mark.parametrize(
        ("values", "expect", "margin", "verdict"),
        [
            ((5.0, 5.1, 5.2), "more", 0, HOLDS),
            ((-5.0, -5.1, -5.2), "more", 0, CONTRARY),
            ((-1.0, 1.0, 2.0), "more", 0, OPEN),
            ((5.0,), "more", 0, OPEN),
            ((0.1, 0.2, 0.3), "no more", 1, HOLDS),
            ((2.1, 2.2, 2.3), "no more", 1, CONTRARY),
            ((-9.0, -9.1, -9.2), "no more", 1, HOLDS),
            ((0.1, 0.2, 0.3), "same", 1, HOLDS),
            ((-9.0, -9.1, -9.2), "same", 1, CONTRARY),
            ((0.0, 1.0, 2.0), "same", 2, OPEN),
            ((0.1, 0.2, 0.3), "more", 1, LEVEL),
            ((-0.1, 0.1, 0.2), "more", 1, LEVEL),
            ((5.0, 5.1, 5.2), "more", 1, HOLDS),
            ((-5.0, -5.1, -5.2), "more", 1, CONTRARY),
        ],
    )
    def test_verdicts(self, values, expect, margin, verdict):
        assert Effect("x", values, expect, margin).verdict == verdict

    @pytest.mark.parametrize(
        ("values", "expect", "margin"),
        [((2.0, 3.0, 7.0), "more", 0), ((-3.0, 4.0, 1.0), "more", 5), ((-0.5, 1.0, 4.0), "no more", 1)]
        + [((-3.0, 0.0, 2.0), "same", 2)],
    )
    def test_so_many_seeds_would_decide(self, values, expect, margin):
        """As many values of the same mean and scatter have a verdict, and one fewer have none."""
        effect = Effect("x", values, expect, margin)

        def verdict(count: int) -> str:
            spread = (
                np.resize([-1.0, 1.0], count) if count % 2 == 0 else np.append(np.resize([-1.0, 1.0], count - 1), 0)
            )
            like = np.mean(values) + spread * np.std(values, ddof=1) / np.std(spread, ddof=1)
            return Effect("x", tuple(like), expect, margin).verdict

        assert effect.verdict == OPEN
        assert verdict(effect.needed) != OPEN == verdict(effect.needed - 1)

    def test_no_seeds_are_needed_where_it_is_decided(self):
        assert Effect("x", (5.0, 5.1, 5.2)).needed is None
        assert Effect("x", (5.0,)).needed is None
        assert Effect("x", (-5.0, 5.0)).needed == MOST_SEEDS

    def test_a_claim_of_two_parts(self):
        yes, no = Effect("a", (5.0, 5.1)), Effect("b", (-5.0, -5.1))
        assert overall([yes, yes]) == HOLDS
        assert overall([yes, no]) == "in part: a: holds; b: does not hold"

    def test_an_unknown_expectation_is_refused(self):
        with pytest.raises(ValueError, match="'more'"):
            _ = Effect("x", (1.0, 2.0), "less").verdict


class TestScenes:
    @pytest.mark.parametrize("count", [5, 13, 15, 40, 80])
    def test_the_lists_are_partitions(self, count):
        """Every stuff class and every thing has one class, no class is without members, stuff stays stuff."""
        from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF

        categories = categories_of(count)
        stuff = {class_of(name, "", "", categories) for name in STUFF}
        things = {class_of(k, c, p, categories) for k in KINDS for c in COLOURS for p in PATTERNS}
        assert len(categories) == count
        assert stuff | things == set(range(count))
        assert not stuff & things
        assert {i for i in range(count) if categories[i].isthing} == things

    def test_another_number_is_refused(self):
        with pytest.raises(UserError, match="5, 13, 15, 40 or 80.* 7"):
            categories_of(7)

    def test_the_pictures_stay_and_only_names_change(self, folder):
        several = {k: validation_scenes(folder, count=k, scenes=4) for k in (5, 15, 80)}
        for i in range(4):
            rows = {k: several[k][i] for k in several}
            assert np.array_equal(rows[5]["image"], rows[80]["image"])
            assert np.array_equal(rows[5]["segmentation"].segment_ids, rows[80]["segmentation"].segment_ids)
            image, truth = toytown.scene(several[15].seeds[i], 96).render()
            assert np.array_equal(rows[15]["image"], image)
            assert np.array_equal(rows[15]["segmentation"].semantic(), truth.semantic())

    def test_merged_rows_have_one_segment_a_class(self, folder):
        apart = validation_scenes(folder, scenes=4)
        merged = validation_scenes(folder, merged=True, scenes=4)
        for i in range(4):
            one = merged[i]["segmentation"]
            classes = [segment.category_id for segment in one.segments]
            assert len(classes) == len(set(classes))
            assert np.array_equal(one.semantic(), apart[i]["segmentation"].semantic())

    def test_few_scenes_are_other_ones_for_another_seed(self, folder):
        few = [scenes(Arm(images=3), seed, folder, 12) for seed in (0, 1)]
        assert [len(part) for part in few] == [3, 3]
        every = train_scenes(folder, scenes=12)
        assert np.array_equal(few[1][0]["image"], every[3]["image"])


class TestCriteria:
    def test_mask_losses_by_hand(self):
        """One cell a pixel, two classes of three in the picture, a void pixel."""
        logits = torch.tensor([[[[1.0, -2.0], [0.5, 3.0]], [[-1.0, 2.0], [0.0, -3.0]], [[-2.0, -1.0], [0.5, 0.0]]]])
        labels = torch.tensor([[[0, 1], [1, -1]]])
        probs = logits.sigmoid().double().numpy()[0]
        bce, dice = 0.0, 0.0
        for k in range(3):
            inner = ones = total = 0.0
            for y, x in ((0, 0), (0, 1), (1, 0)):
                p, t = probs[k, y, x], float(labels[0, y, x] == k)
                bce -= (t * np.log(p) + (1 - t) * np.log(1 - p)) / 3
                inner, ones, total = inner + p * t, ones + t, total + p
            if ones:
                dice += 1 - (2 * inner + 1) / (total + ones + 1)
        terms = mask_losses_per_class(PerPixelOutput(logits), labels)
        assert terms["bce"].item() == pytest.approx(5 * bce / 2, abs=1e-5)
        assert terms["dice"].item() == pytest.approx(5 * dice / 2, abs=1e-5)

    def test_mask_losses_of_every_layer(self):
        output = PerPixelOutput(torch.zeros(1, 2, 2, 2), (PerPixelOutput(torch.ones(1, 2, 2, 2)),))
        assert set(mask_losses_per_class(output, torch.zeros(1, 8, 8, dtype=torch.long))) == {
            *("bce", "dice", "bce_0", "dice_0")
        }

    @pytest.mark.parametrize(("changes", "kept"), [({}, 3), ({"initial": False}, 2), ({"earlier": False}, 0)])
    def test_supervised_drops_layers(self, changes, kept):
        generator = torch.Generator().manual_seed(0)

        def prediction():
            return MaskOutput(torch.randn(1, 4, 3, generator=generator), torch.randn(1, 4, 8, 8, generator=generator))

        layers = tuple(prediction() for _ in range(3))
        output = replace(prediction(), layers=layers)
        masks = torch.zeros(2, 32, 32, dtype=torch.uint8)
        masks[0, :16], masks[1, 16:] = 1, 1
        targets = [Targets(torch.tensor([0, 1]), masks, torch.ones(32, 32, dtype=torch.uint8))]
        recipe = Recipe(points=Grid())
        got = Supervised(recipe, **changes)(output, targets)
        expected = set_loss(replace(output, layers=layers[3 - kept :]), targets, recipe=recipe)
        assert len(got) == 3 * (kept + 1)
        assert sum(got.values()).item() == pytest.approx(sum(expected.values()).item(), rel=1e-6)

    def test_points_keep_fewer_bytes_than_masks(self):
        logits = torch.randn(1, 8, 32, 32).requires_grad_()
        classes = torch.randn(1, 8, 4).requires_grad_()
        masks = torch.zeros(3, 128, 128, dtype=torch.uint8)
        masks[:, 10:60] = 1
        targets = [Targets(torch.arange(3), masks, torch.ones(128, 128, dtype=torch.uint8))]
        output = MaskOutput(classes, logits)
        full, few, more = (
            kept_bytes(output, targets, reading) for reading in (FullMasks(), PointSampling(100), PointSampling(200))
        )
        assert full > 3 * 128 * 128 * 4  # at least the resized logits of three matched masks
        assert few < more < full / 10


class Answers(nn.Module):
    """Says what it was given, one output a picture."""

    def __init__(self, outputs):
        super().__init__()
        self.outputs = iter(outputs)

    def forward(self, pixel_values):
        return next(self.outputs)


def perfect(truth: Segmentation) -> MaskOutput:
    masks = np.stack([truth.segment_ids == segment.id for segment in truth.segments])
    places = [truth.categories.index(segment.category_id) for segment in truth.segments]
    classes = torch.full((1, len(places), len(truth.categories) + 1), -20.0)
    classes[0, torch.arange(len(places)), torch.tensor(places)] = 20.0
    return MaskOutput(classes, torch.from_numpy(masks)[None].float() * 40 - 20)


def two_cats(border: int) -> dict:
    """Two cats side by side on grass, 32 x 32, the left one `border` of 20 columns wide."""
    categories = toytown.categories
    ids = {category.name: category.id for category in categories}
    segments = np.ones((32, 32), np.int32)
    segments[8:24, 6 : 6 + border], segments[8:24, 6 + border : 26] = 2, 3
    names = {1: ids["grass"], 2: ids["cat"], 3: ids["cat"]}
    return {
        "image": np.zeros((32, 32, 3), np.uint8),
        "segmentation": Segmentation.from_ids(segments, names, categories),
    }


def test_bytes_of_a_training_step_grow_with_the_classes_of_pixels_alone():
    """A pixel's scores are kept once for each of three layers, at the size of the labels."""
    semantic = {"truth": "semantic", "masked": False}
    arms = {name: [Arm(name, classes=k, **semantic) for k in (5, 80)] for name in ("pixel+", "mask")}
    pixels, masks = ([training_bytes(arm, side=64) for arm in arms[name]] for name in arms)
    assert pixels[1] - pixels[0] > 3 * 75 * 64 * 64 * 4
    assert masks[1] - masks[0] < 0.2 * masks[0]


class TestMeasure:
    def test_a_perfect_answer(self, folder):
        rows = validation_scenes(folder, scenes=4)
        outputs = [perfect(rows[i]["segmentation"]) for i in range(4)]
        got = measure.panoptic_measures(Answers(outputs), [rows[i] for i in range(4)], rows.categories)
        assert (got["pq"], got["sq"], got["rq"]) == (1, 1, 1)
        assert got["proposals"] == [1.0]
        assert {got[f"found_{name}"] for name in ("small", "large", "touching", "alone")} <= {1.0, 0.0}
        assert got["found_large"] == got["found_touching"] == 1
        assert measure.miou(Answers(outputs), [rows[i] for i in range(4)], rows.categories) == 1

    def test_touching_things_by_hand(self):
        truth = two_cats(10)["segmentation"]
        assert measure.touching_things(truth) == {2: True, 3: True}
        apart = np.where(truth.segment_ids == 3, 1, truth.segment_ids)
        apart[8:24, 20:26] = 3
        names = {segment.id: segment.category_id for segment in truth.segments}
        assert measure.touching_things(Segmentation.from_ids(apart, names, truth.categories)) == {2: False, 3: False}
        assert [measure.group_of(dict(enumerate(flags))) for flags in ([0, 0], [1, 0], [1, 1, 1, 0], [1, 1])] == [
            *(0, 1, 2, 3)
        ]

    @pytest.mark.parametrize(("border", "found"), [(10, 0.0), (14, 0.5)])
    def test_components_of_a_perfect_class_map_cannot_part_what_touches(self, border, found):
        """Equal halves: each has IoU 1/2 with their union, no match. 14 of 20 columns: IoU 0.7, one is found."""
        row = two_cats(border)
        labels = torch.from_numpy(row["segmentation"].semantic().astype(np.int64))
        certain = 20 * nn.functional.one_hot(labels, 15).movedim(-1, 0)[None].float()
        got = measure.panoptic_measures(Answers([PerPixelOutput(certain)]), [row], toytown.categories)
        assert got["found_touching"] == found
        assert got["pq_by_touching"][:3] == [None, None, None]
        assert len(components(row["segmentation"]).segments) == 2


VARIANTS = {
    "pixel": Arm("pixel"),
    "pixel+": Arm("pixel+", truth="semantic", masked=False, classes=5),
    "pixel+, mask losses": Arm("pixel+", truth="semantic", masked=False, classes=5, losses="masks"),
    "fixed": Arm(truth="semantic", masked=False, classes=40, queries=40, matching="fixed"),
    "one layer": Arm(truth="semantic", layers=1),
    "coarse": Arm(levels="coarse"),
    "points": Arm(compared="points"),
    "full": Arm(compared="full"),
    "initial": Arm(initial=False),
    "earlier": Arm(earlier=False),
    "by box": Arm(matching="by box"),
    "by mask": Arm(matching="by mask"),
    "frozen": Arm(classes=13, start="shipped", frozen=PARTS, images=4),
}


class TestArms:
    @pytest.mark.parametrize("name", VARIANTS)
    def test_a_step_of_each_variant(self, name, folder):
        arm = VARIANTS[name]
        model = build(arm, 0)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        told = options(arm, 0) | {"steps": 1, "batch_size": 2, "ema": 0.0, "schedule": "constant"}
        fitted = fit(model, scenes(arm, 0, folder, 12), **told)
        assert np.isfinite(fitted.losses[-1])
        moved = {key.split(".")[0] for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
        still = set(arm.frozen)
        assert not moved & still  # neither weights nor running statistics
        assert moved == {key.split(".")[0] for key in before} - still

    def test_each_arm_gets_its_criterion(self):
        assert criterion(Arm(initial=False)).initial is False
        assert criterion(Arm(earlier=False)).earlier is False
        assert criterion(Arm(matching="fixed")).match is not None

    def test_one_seed_gives_arms_the_same_start_where_they_agree(self):
        mask, coarse, pixel = (build(arm, 3).state_dict() for arm in (Arm(), Arm(levels="coarse"), Arm("pixel")))
        assert all(torch.equal(value, coarse[name]) for name, value in mask.items())
        shared = [name for name in pixel if name.startswith(PARTS)]
        assert shared
        assert all(torch.equal(pixel[name], mask[name]) for name in shared)

    def test_names_tell_arms_apart(self):
        arms = {arm for claim in all_claims() for arm in claim.arms.values()}
        assert len({arm.name for arm in arms}) == len({folder_name(arm, 0) for arm in arms}) == len(arms)
        assert Arm().name == "mask"
        assert Arm(masked=False, frozen=PARTS).name == "mask,masked=no,frozen=backbone+pixel_decoder"

    def test_queries_of_pixel_queries_are_its_classes(self):
        model = build(Arm("pixel+", truth="semantic", classes=5), 0).eval()
        with torch.inference_mode():
            output = model(torch.zeros(1, 3, 96, 96))
        assert output.logits.shape == (1, 5, 24, 24)
        assert len(output.layers) == 3


class TestRun:
    def test_killed_in_between_it_ends_as_if_it_had_not_been(self, tmp_path, monkeypatch):
        arm = Arm(compared="points", steps=1600)  # 16 steps, with random points: curve points after 8 and 16
        told, measures, calls = runs.options, runs.panoptic_measures, []
        monkeypatch.setattr(runs, "options", lambda *a: told(*a) | {"batch_size": 2})
        whole = run(arm, 1, tmp_path / "whole", print, protocol=TINY)

        def killed(*arguments, **named):
            calls.append(arguments)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return measures(*arguments, **named)

        monkeypatch.setattr(runs, "panoptic_measures", killed)
        monkeypatch.setattr(runs, "options", lambda *a: told(*a) | {"batch_size": 2, "save_every": 0.0})
        with pytest.raises(KeyboardInterrupt):
            run(arm, 1, tmp_path / "killed", print, protocol=TINY)
        place = tmp_path / "killed" / "runs" / folder_name(arm, 1)
        assert (place / "training_state.pt").exists()
        assert not (place / "result.json").exists()
        monkeypatch.setattr(runs, "panoptic_measures", measures)
        monkeypatch.setattr(runs, "options", lambda *a: told(*a) | {"batch_size": 2})
        said = []
        after = run(arm, 1, tmp_path / "killed", said.append, protocol=TINY)
        assert after["curve"] == whole["curve"]
        assert after["measured"] == whole["measured"]
        assert (place / "weights.safetensors").read_bytes() == (
            tmp_path / "whole" / "runs" / folder_name(arm, 1) / "weights.safetensors"
        ).read_bytes()
        assert not (place / "training_state.pt").exists()
        again = run(arm, 1, tmp_path / "killed", said.append, protocol=TINY)  # read, not trained
        assert again == json.loads(json.dumps(after))
        assert len(said) == 2
