"""The register of longer runs: what it says decides, and nothing else does."""

import json
import random

import numpy as np
import pytest

from segtutor.errors import UserError
from segtutor.experiments import __main__ as command
from segtutor.experiments import repeat
from segtutor.experiments.arms import SIZE, Arm, build, options, scenes
from segtutor.experiments.claim import Runs
from segtutor.experiments.claims import all_claims, claim, convergence, registered_claims
from segtutor.experiments.measure import miou, miou_of_views
from segtutor.experiments.register import entries, entry
from segtutor.experiments.runs import LONG_CURVE, REGISTERED, folder_name
from segtutor.experiments.scenes import validation_scenes
from segtutor.experiments.stored import collect, conclude, read_claim, read_runs
from segtutor.experiments.table import WIDTH, listing, table
from segtutor.training.fit import fit

CLAIMS = registered_claims()


def invented(arm: Arm, seed: int, miou: float | None = None, steps: int | None = None) -> dict:
    """A result of plausible shape."""
    draw = random.Random(f"{arm.name} {seed}").uniform
    return {
        "arm": arm.name,
        "seed": seed,
        "measured": {"miou": draw(0, 1) if miou is None else miou, "found_small": draw(0, 1)}
        | {"miou_of_views": [draw(0, 1), draw(0, 1)]},
        "curve": [[share, draw(0, 1)] for share in LONG_CURVE],
        "parameters": 10,
        "cpu_minutes": draw(4, 5),
        "steps": arm.steps if steps is None else steps,
        "versions": {"python": "3.11.7", "torch": "2.13.0"},
        "date": "2026-12-01",
    }


def results_of(one, seeds=(0, 1, 2), **changes):
    return [invented(arm, seed, **changes) for arm in one.arms.values() for seed in seeds]


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: one.name)
class TestEveryEntry:
    def test_is_of_a_claim_with_its_arms_steps_and_seeds(self, one):
        assert one.entry == entry(one.name)
        assert {name: arm.name for name, arm in one.arms.items()} == one.entry.arms
        assert {arm.steps for arm in one.arms.values()} == {one.entry.steps} == {1600}
        assert one.seeds == one.entry.seeds == (0, 1, 2)
        assert one.says == claim(str(one.number)).says
        assert not set(one.arms.values()) & {arm for other in all_claims() for arm in other.arms.values()}

    def test_decides_the_verdict(self, one):
        """The main effect alone, with the margin of the register."""
        content = conclude(one, one.runs(results_of(one)), {}, REGISTERED)
        main, *beside = content["effects"]
        assert (main["what"], main["expect"], main["margin"]) == (one.entry.main, one.entry.expect, one.entry.margin)
        assert [effect["what"] for effect in beside] == list(one.entry.beside)
        assert content["verdict"] == main["verdict"]
        assert content["registered"] == one.entry.registered
        assert content["repeat"] == f"python -m segtutor.experiments {one.name} --registered"

    def test_takes_no_run_of_other_steps_or_seeds(self, one):
        assert one.runs(results_of(one, seeds=(0, 1, 2, 3))).seeds == [0, 1, 2]
        assert one.runs(results_of(one, steps=400)).seeds == []
        short = [
            invented(arm, seed) for arm in claim(str(one.number)).arms.values() for seed in (0, 1, 2)
        ]  # those of 400 steps
        assert one.runs(short).seeds == []
        unsaid = [{k: v for k, v in result.items() if k != "steps"} for result in results_of(one)]
        assert one.runs(unsaid).seeds == []
        two = conclude(one, one.runs(results_of(one, seeds=(0, 1))), {}, REGISTERED)
        assert two["verdict"] == "incomplete: 2 of 3 seeds"

    def test_an_effect_that_was_not_registered_is_refused(self, one):
        values = {name: (1.0, 2.0, 3.0) for name in (one.entry.main, *one.entry.beside)}
        assert [effect.what for effect in one.entry.effects(values)] == list(values)
        for changed in (values | {"another": (1.0,)}, {one.entry.main: (1.0,)}):
            with pytest.raises(ValueError, match="register them first"):
                one.entry.effects(changed)
        with pytest.raises(ValueError, match="register them first"):
            one.entry.longer({"another": Arm()})

    def test_draws_a_figure(self, one):
        assert one.figure(one.runs(results_of(one)), {}).description


def test_every_entry_has_a_claim():
    assert set(entries()) == {one.name for one in CLAIMS}
    with pytest.raises(UserError, match="'nonsense'"):
        entry("nonsense")
    with pytest.raises(UserError, match="'6'"):
        registered_claims("6")
    assert [one.name for one in registered_claims("1")] == ["class-count", "class-count-80"]


def test_a_short_claim_takes_no_run_of_the_register():
    for one in all_claims():
        assert one.runs([r for long in CLAIMS for r in results_of(long)]).seeds == []


def test_the_area_under_a_curve_by_hand():
    """Masks cost 10 minutes, pixels 5; a straight line from 0 to 50 has the mean 25, half of one the mean 12.5."""
    straight = {"curve": [[share, share / 2] for share in LONG_CURVE], "measured": {"miou": 0.5}}
    runs = Runs(
        [
            invented(arm, seed) | straight | {"cpu_minutes": cost + seed}
            for arm, cost in zip(convergence.LONG.values(), (10, 5), strict=True)
            for seed in (0, 1)
        ],
        list(convergence.LONG.values()),
    )
    masks, pixels = convergence.LONG.values()
    assert (convergence.minutes(runs, masks), convergence.minutes(runs, pixels)) == (10, 5)
    assert convergence.averaged(runs, pixels, 5) == pytest.approx([25, 25])
    assert convergence.averaged(runs, masks, 5) == pytest.approx([12.5, 12.5])


def test_the_slope_of_class_count_by_hand():
    """Gains of -2 and 1 points, three doublings apart: a slope of 1."""
    one = next(one for one in CLAIMS if one.name == "class-count")
    miou = {"per pixel, 5 classes": 0.5, "masks, 5 classes": 0.48, "per pixel, 40 classes": 0.3}
    results = [invented(arm, s, miou.get(name, 0.31)) for name, arm in one.arms.items() for s in (0, 1, 2)]
    main, few, many = one.effects(one.runs(results), {})
    assert (main.mean, few.mean, many.mean) == pytest.approx((1, -2, 1))


def test_several_scales_gain_the_mean_of_both_arms():
    one = next(one for one in CLAIMS if one.name == "multi-scale")
    results = results_of(one)
    for result in results:
        views = [0.6, 0.61 + result["seed"] / 100] if result["arm"].startswith("mask") else [0.5, 0.49]
        result["measured"]["miou_of_views"] = views
    main, masks, pixels = one.effects(one.runs(results), {})
    assert masks.values == pytest.approx((1, 2, 3))
    assert pixels.values == pytest.approx((-1, -1, -1))
    assert main.values == pytest.approx((0, 0.5, 1))


def test_the_arms_learn_in_bfloat16_from_pictures_of_many_sizes(tmp_path):
    arm = Arm("pixel", steps=1600, precision="bf16", jitter=True)
    told = options(arm, 0)
    assert (told["steps"], told["precision"]) == (1600, "bf16")
    row = scenes(arm, 0, tmp_path, 8)[0]
    areas = [told["augment"](row, np.random.default_rng(i))["segmentation"].segment_ids for i in range(12)]
    assert {area.shape for area in areas} == {(SIZE, SIZE)}
    assert min((area > 0).mean() for area in areas) < 0.5  # a smaller picture, with void around it
    model = build(arm, 0)
    fitted = fit(model, scenes(arm, 0, tmp_path, 8), **told | {"steps": 1, "batch_size": 2})
    assert np.isfinite(fitted.losses[-1])


def test_collected_results_stand_in_the_table(tmp_path):
    one = registered_claims("3")[0]
    for arm in one.arms.values():
        for seed in one.seeds:
            place = REGISTERED.root(tmp_path) / "runs" / folder_name(arm, seed)
            place.mkdir(parents=True)
            (place / "result.json").write_text(json.dumps(invented(arm, seed)), encoding="utf-8")
    out = tmp_path / "out"
    collect(tmp_path, out, lambda line: None, protocol=REGISTERED)
    assert len(read_runs(out)) == 9
    assert read_claim(one, out)["verdict"] == read_claim(one, out)["effects"][0]["verdict"]
    assert read_claim(registered_claims("13")[0], out)["verdict"] == "incomplete: 0 of 3 seeds"
    assert (out / "03_fixed_matching_1600.png").exists()
    assert not (out / "runs.json").exists()
    lines = table(out).splitlines()
    rows = [line for line in lines if line[3:].startswith(one.name)]
    assert len(rows) == 2
    assert "no result yet" in rows[0]
    assert one.entry.main in rows[1]
    assert max(map(len, lines)) <= WIDTH


def test_registered_runs_may_be_collected_in_parts(tmp_path):
    one = registered_claims("3")[0]
    for seed in one.seeds:
        for arm in one.arms.values():
            place = REGISTERED.root(tmp_path / str(seed)) / "runs" / folder_name(arm, seed)
            place.mkdir(parents=True)
            (place / "result.json").write_text(json.dumps(invented(arm, seed)), encoding="utf-8")
        collect(tmp_path / str(seed), tmp_path / "out", lambda line: None, protocol=REGISTERED)
        assert read_claim(one, tmp_path / "out")["seeds"] == list(range(seed + 1))
    kept = [(run["arm"], run["seed"]) for run in read_runs(tmp_path / "out")]
    assert sorted(kept) == sorted((arm.name, seed) for arm in one.arms.values() for seed in one.seeds)


def test_only_what_is_missing_is_trained(tmp_path, monkeypatch, capsys):
    """Two of nine runs are shipped; the other seven are made, and all nine make the result."""
    one, made = registered_claims("3")[0], []

    def run(arm, seed, root, report, *, protocol):
        made.append((arm.name, seed))
        place = root / "runs" / folder_name(arm, seed)
        place.mkdir(parents=True)
        (place / "result.json").write_text(json.dumps(invented(arm, seed)), encoding="utf-8")

    shipped = results_of(one)[:2]
    monkeypatch.setattr(repeat, "run", run)
    monkeypatch.setattr(repeat, "read_runs", lambda: shipped)
    monkeypatch.setattr("segtutor.experiments.runs.Protocol.render", lambda *arguments: None)
    asked = ["3", "--registered", "--workers", "1", "--out", str(tmp_path)]
    assert command.main([*asked, "--missing"]) == 0
    assert len(made) == len(set(made)) == 7
    assert not set(made) & {(result["arm"], result["seed"]) for result in shipped}
    assert read_claim(one, tmp_path)["seeds"] == [0, 1, 2]
    assert "3 seeds" in capsys.readouterr().out
    assert command.main(asked) == 0
    assert len(made) == 9


def test_views_are_measured_as_the_scenes_are(tmp_path):
    """Looked at once is what mIoU is of the same scenes."""
    model, rows = build(Arm("pixel"), 0), validation_scenes(tmp_path, scenes=3)
    once, several = miou_of_views(model, (rows[i] for i in range(3)), rows.categories)
    assert once == miou(model, (rows[i] for i in range(3)), rows.categories)
    assert 0 <= several <= 1


def test_the_list_says_what_was_decided():
    listed = listing()
    assert all(f"decides: {one.entry.main}" in listed for one in CLAIMS)
