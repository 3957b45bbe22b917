"""What is kept of the experiments and how it is shown: figures, jsons, the table, the command; and what is shipped."""

import json
import os
import random
import time

import numpy as np
import pytest

from segtutor.errors import UserError
from segtutor.experiments import __main__ as command
from segtutor.experiments import figures, repeat, stored
from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Runs
from segtutor.experiments.claims import all_claims, claim, registered_claims
from segtutor.experiments.repeat import Claimed, beside_shipped, protocol_of
from segtutor.experiments.runs import FULL, folder_name
from segtutor.experiments.stored import RESULTS, collect, conclude, read_claim, read_runs
from segtutor.experiments.table import WIDTH, table

EXTRA = {  # of the claims that compute something beside their runs
    "touching": {
        "true class map": [98.0, 80.0, 66.0, 57.0],
        "with drawn seams": [98.0, 93.0, 92.0, 91.0],
        "scenes": [19, 81, 58, 42],
    },
    "points": {key: {"points": 1e6, "full masks": 9e6, "grid": 3e6} for key in ("bytes", "bytes_published")},
    "multi-scale": {
        "miou": {str(s): {"masks": [0.6, 0.61 + s / 100], "per pixel": [0.5, 0.49]} for s in range(3)},
        "scenes": 100,
    },
}


def arms_of(claims):
    """Each arm once, in the order of the claims."""
    return list(dict.fromkeys(arm for claim in claims for arm in claim.arms.values()))


def invented(arm: Arm, seed: int) -> dict:
    """A result of plausible shape; its numbers are random."""
    draw = random.Random(f"{arm.name} {seed}").uniform
    shares = ("miou", "pq", "sq", "rq", "pq_things", "pq_stuff", "found_small", "found_middle", "found_large")
    measured = {name: draw(0, 1) for name in (*shares, "found_touching", "found_alone")}
    measured |= {"pq_by_touching": [draw(0, 1) for _ in range(4)]}
    measured |= {"proposals": [draw(0, 1) for _ in range(arm.layers + 1)]}
    return {
        "arm": arm.name,
        "fields": {},
        "seed": seed,
        "steps": arm.steps,
        "measured": measured,
        "curve": [[share, draw(0, 1)] for share in (0.16, 0.3, 0.5, 0.76)],
        "loss": 1.0,
        "parameters": 10,
        "cpu_minutes": draw(1, 2),
        "minutes": 2.0,
        "versions": {"python": "3.11.7", "torch": "2.13.0"},
        "date": "2026-11-21",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as if every arm had been trained with three seeds."""
    root = tmp_path_factory.mktemp("runs")
    for arm in arms_of(all_claims()):
        for seed in (0, 1, 2):
            place = root / "runs" / folder_name(arm, seed)
            place.mkdir(parents=True)
            (place / "result.json").write_text(json.dumps(invented(arm, seed)), encoding="utf-8")
    (root / "extra").mkdir()
    for name, extra in EXTRA.items():
        kept = {"seeds": [0, 1, 2], "extra": extra}
        (root / "extra" / f"{claim(name).stem}.json").write_text(json.dumps(kept), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def collected(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    collect(folder, out, lambda line: None)
    return out


class TestFigures:
    SERIES = {"a": ([5, 40], [[1.0, 2.0], [3.0, 4.0]]), "b": ([5, 40], [[9.0, 8.0]])}  # noqa: RUF012

    def test_every_seed_and_the_mean_are_lines(self):
        picture = figures.over(self.SERIES, x="K", y="mIoU", title="A title", ticks=[5, 40])
        lines = [line.get_xydata().tolist() for line in picture.axes[0].lines]
        assert lines == [[[5, 1], [40, 2]], [[5, 3], [40, 4]], [[5, 2], [40, 3]], [[5, 9], [40, 8]]]
        assert picture.description == (
            "A title. mIoU over K. a: 2.0 (1.0 to 3.0) at 5, 3.0 (2.0 to 4.0) at 40. b: 9.0 at 5, 8.0 at 40."
        )
        means = picture.axes[0].lines[2:]
        assert len({(line.get_color(), line.get_linestyle(), line.get_marker()) for line in means}) == 2
        assert means[0].get_linestyle() != means[1].get_linestyle()
        assert means[0].get_marker() != means[1].get_marker()

    def test_a_dot_a_seed_and_a_bar_at_the_mean(self):
        picture = figures.dots({"PQ": {"a": [1.0, 2.0, 6.0], "b": [4.0]}, "mIoU": {"a": [1.0], "b": [2.0]}}, title="T")
        bar, dots, *_ = (line.get_xdata() for line in picture.axes[0].lines)
        assert list(bar) == [3, 3]
        assert list(dots) == [1, 2, 6]
        assert picture.description == "T. PQ: a 3.0 (1.0 to 6.0), b 4.0. mIoU: a 1.0, b 2.0."

    def test_a_curve_ends_at_what_was_measured_in_the_end(self):
        arms = {"one": Arm(), "two": Arm("pixel")}
        runs = Runs([invented(arm, seed) for arm in arms.values() for seed in (0, 1)], list(arms.values()))
        picture = figures.curves(runs, arms, "pq", "PQ", "T")
        mean = picture.axes[0].lines[2].get_xydata()
        assert mean[:, 0].tolist() == pytest.approx([16, 30, 50, 76, 100])
        assert mean[-1, 1] == pytest.approx(runs.measured(Arm(), "pq").mean())
        minutes = figures.curves(runs, arms, "pq", "PQ", "T", against="minutes").axes[0].lines[2].get_xdata()
        assert minutes[-1] == pytest.approx(np.mean([runs.of(Arm(), seed)["cpu_minutes"] for seed in (0, 1)]))

    @pytest.mark.parametrize(
        "call",
        [
            lambda: figures.over({}, x="", y="", title=""),
            lambda: figures.dots({"a": {"x": [1]}, "b": {"y": [1]}}, title=""),
        ],
    )
    def test_mistakes_are_named(self, call):
        with pytest.raises(UserError, match="got"):
            call()


class TestRuns:
    def test_seeds_are_those_that_all_arms_have(self):
        results = [invented(Arm(), seed) for seed in (2, 0, 1)] + [invented(Arm("pixel"), seed) for seed in (1, 2)]
        runs = Runs(results, [Arm(), Arm("pixel")])
        assert runs.seeds == [1, 2]
        assert runs.measured(Arm(), "pq").tolist() == [100 * invented(Arm(), s)["measured"]["pq"] for s in (1, 2)]
        with pytest.raises(UserError, match="pixel, seed 0"):
            runs.of(Arm("pixel"), 0)


class TestClaims:
    def test_they_are_fifteen_and_found_by_name_and_number(self):
        claims = all_claims()
        assert [one.number for one in claims] == list(range(1, 16))
        assert claim("6") is claim("masked-attention") is claims[5]
        with pytest.raises(UserError, match="1 to 15.*'x'"):
            claim("x")

    @pytest.mark.parametrize("one", all_claims(), ids=lambda one: one.name)
    def test_arms_differ_and_quick_arms_are_some_of_them(self, one):
        assert len(set(one.arms.values())) == len(one.arms) >= 2
        assert set((one.quick or {}).values()) <= set(one.arms.values())
        assert len(arms := list((one.quick or one.arms).values())) * protocol_of(one, True).share <= 4, arms
        # Of each seed, all runs together take a full run's steps, so that two seeds take three minutes on two cores.
        steps = sum(protocol_of(one, True).shortened(arm).steps for arm in arms)
        assert 320 <= steps <= 410

    @pytest.mark.parametrize("one", all_claims(), ids=lambda one: one.name)
    def test_effects_and_figure_of_quick_arms(self, one):
        arms = list((one.quick or one.arms).values())
        runs = Runs([invented(arm, seed) for arm in arms for seed in (0, 1)], arms, validation=60)
        extra = EXTRA.get(one.name, {})
        assert all(len(effect.values) == 2 for effect in one.effects(runs, extra))
        assert one.figure(runs, extra).description

    def test_the_slope_of_class_count_by_hand(self):
        """Gains of 0, 1, 2 points where K doubles twice: a slope of 1."""
        from segtutor.experiments.claims import class_count

        arms = [arms[k] for k in (40, 80) for arms in (class_count.PIXEL, class_count.MASK)]
        results = [invented(arm, seed) for arm in arms for seed in (0, 1)]
        for result in results:
            gain = 0.0 if "pixel" in result["arm"] else {"40": 0.01, "80": 0.03}[result["arm"].split("classes=")[1][:2]]
            result["measured"]["miou"] = 0.5 + gain
        slope, most = class_count.effects(Runs(results, arms), {})
        assert slope.values == pytest.approx((2, 2))
        assert most.values == pytest.approx((3, 3))


class TestStored:
    def test_a_claim_of_three_seeds_is_complete(self, collected):
        content = read_claim(claim("6"), collected)
        assert content["seeds"] == [0, 1, 2]
        assert content["verdict"] in ("holds", "does not hold", "too small to tell") or "in part" in content["verdict"]
        assert content["arms"] == {"masked": "mask", "unmasked": "mask,masked=no"}
        assert content["steps"] == {"masked": 400, "unmasked": 400}
        assert content["batch"] == 8
        assert content["versions"] == {"python": "3.11.7", "torch": "2.13.0"}
        spent = sum(invented(arm, seed)["cpu_minutes"] for arm in claim("6").arms.values() for seed in (0, 1, 2))
        assert content["cpu_minutes"] == pytest.approx(spent, abs=0.01)
        assert content["repeat"] == "python -m segtutor.experiments masked-attention"
        effect = content["effects"][0]
        low, high = effect["interval"]
        assert low < effect["effect"] < high
        assert len(effect["values"]) == 3

    def test_each_run_is_a_line_once(self, collected):
        lines = (collected / "runs.json").read_text(encoding="utf-8").splitlines()
        runs = read_runs(collected)
        assert len(lines) == len(runs) + 2 == 3 * len(arms_of(all_claims())) + 2
        assert set(runs[0]) == set(stored._KEPT)

    def test_figures_are_small_and_deterministic(self, collected):
        for one in all_claims():
            drawn = (collected / f"{one.stem}.png").read_bytes()
            assert len(drawn) < 40_000, one.stem
        one = claim("9")
        runs = Runs(read_runs(collected), list(one.arms.values()))
        assert figures.small_png(one.figure(runs, {})) == (collected / f"{one.stem}.png").read_bytes()

    def test_partial_results_are_said_to_be_incomplete(self, folder, tmp_path):
        for seed, arm in ((0, Arm()), (1, Arm()), (0, Arm(masked=False)), (0, Arm("pixel"))):
            place = tmp_path / "runs" / folder_name(arm, seed)
            place.mkdir(parents=True)
            (place / "result.json").write_text(json.dumps(invented(arm, seed)), encoding="utf-8")
        (tmp_path / "runs" / "half").mkdir()
        collect(tmp_path, tmp_path / "out", lambda line: None)
        attention, layers = (read_claim(claim(name), tmp_path / "out") for name in ("6", "5"))
        assert attention["verdict"] == "incomplete: 1 of 3 seeds"
        assert attention["effects"][0]["interval"] is None
        assert layers["verdict"] == "incomplete: 0 of 3 seeds"
        assert layers["effects"] == []
        scales = read_claim(claim("13"), tmp_path / "out")  # its arms are there, what it computes with them is not yet
        assert (scales["seeds"], scales["effects"], scales["extra"]) == ([0], [], {})
        assert not (tmp_path / "out" / "05_one_layer.png").exists()

    def test_an_empty_folder_is_refused(self, tmp_path):
        with pytest.raises(UserError, match="finished run"):
            collect(tmp_path, tmp_path / "out")


class TestTable:
    def test_fifteen_rows_of_at_most_a_hundred_columns(self, collected):
        lines = table(collected).splitlines()
        rows = [line for line in lines if line[:2].strip().isdecimal()]
        assert [int(row[:2]) for row in rows] == [*range(1, 16), *(one.number for one in registered_claims())]
        assert all("not run" in row for row in rows[15:])
        rows = rows[:15]
        assert max(map(len, lines)) <= WIDTH
        attention = read_claim(claim("6"), collected)
        said = attention["verdict"].split(":")[0]
        assert ("undecided, " if said == "too small to tell" else said) in rows[5]
        assert f"{attention['effects'][0]['effect']:+.1f}"[:3] in rows[5]
        assert all(" 3 " in row for row in rows)

    def test_without_results_it_says_so(self, tmp_path):
        rows = [line for line in table(tmp_path).splitlines() if line[:2].strip().isdecimal()]
        assert all("no result yet" in row and row.endswith("incomplete") for row in rows[:15])
        assert all("not run" in row and row.endswith("incomplete") for row in rows[15:])


class TestClaimed:
    def test_one_at_a_time(self, tmp_path):
        path = tmp_path / "run.claimed"
        with Claimed(path) as first, Claimed(path) as second:
            assert (first, second) == (True, False)
        assert not path.exists()
        with Claimed(path) as again:
            assert again

    def test_an_abandoned_claim_is_taken_over_and_a_living_one_is_not(self, tmp_path, monkeypatch):
        path = tmp_path / "run.claimed"
        path.touch()
        with Claimed(path) as mine:
            assert not mine
        os.utime(path, (time.time() - 100, time.time() - 100))
        monkeypatch.setattr(repeat, "BEAT", 0.01)
        with Claimed(path) as mine:
            assert mine
            os.utime(path, (0, 0))
            time.sleep(0.2)
            assert time.time() - path.stat().st_mtime < 10  # touched while its owner lives


class TestCommand:
    def test_list_and_table(self, capsys):
        assert command.main(["--list"]) == 0
        listed = capsys.readouterr().out
        assert all(one.says in listed for one in all_claims())
        assert command.main(["--table"]) == 0
        assert capsys.readouterr().out.count("\n") >= 16

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "no claim"),
            (["nonsense"], "'nonsense'"),
            (["6", "--workers", "0"], "--workers must be 1 or more, got 0"),
            (["6", "--seeds", "a,b"], "is not a list of numbers"),
            (["--nonsense"], "--nonsense"),
            (["--collect", "x"], "--collect needs --out"),
            (["6", "--registered"], "'6'"),
            (["6", "--missing"], "--missing goes with --registered"),
            (["11", "--registered", "--quick"], "leave out --quick"),
            (["11", "--registered", "--seeds", "7"], "leave out --quick and --seeds"),
        ],
    )
    def test_mistakes_end_in_a_sentence_and_status_2(self, arguments, said, capsys):
        assert command.main(arguments) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1

    def test_a_repetition_trains_and_leaves_what_is_shipped_alone(self, tmp_path, monkeypatch, capsys):
        """The whole way of the command, without the training itself."""
        made = []

        def run(arm, seed, root, report, *, protocol):
            made.append((arm, seed, protocol.name))
            place = root / "runs" / folder_name(arm, seed)
            place.mkdir(parents=True)
            (place / "result.json").write_text(json.dumps(invented(arm, seed)), encoding="utf-8")

        before = {path.name: path.read_bytes() for path in RESULTS.glob("*")}
        monkeypatch.setattr(repeat, "run", run)
        monkeypatch.setattr("segtutor.experiments.runs.Protocol.render", lambda *arguments: None)
        asked = ["masked-attention", "--quick", "--workers", "1", "--out", str(tmp_path)]
        assert command.main(asked) == 0
        said = capsys.readouterr().out
        assert made == [(arm, seed, "quick-50") for seed in (0, 1) for arm in (Arm(), Arm(masked=False))]
        content = json.loads((tmp_path / "06_masked_attention_quick.json").read_text(encoding="utf-8"))
        assert content["protocol"] == "quick-50"
        assert content["steps"] == {"masked": 200, "unmasked": 200}
        assert (tmp_path / "06_masked_attention_quick.png").exists()
        assert "PQ on the way, masked minus unmasked: " in said
        assert "verdict: " in said
        assert command.main(asked) == 0
        assert len(made) == 4  # what is there is not made again
        assert {path.name: path.read_bytes() for path in RESULTS.glob("*")} == before

    def test_effects_of_runs_alone_need_not_wait_for_what_is_computed_beside_them(self):
        for name, count in (("touching", 3), ("points", 1), ("multi-scale", 0)):
            one = claim(name)
            runs = Runs([invented(arm, s) for arm in one.arms.values() for s in (0, 1)], list(one.arms.values()))
            content = conclude(one, runs, {})
            assert len(content["effects"]) == count, name
            assert content["verdict"] == "incomplete: 2 of 3 seeds"

    def test_signs_are_compared_with_what_is_shipped(self, monkeypatch):
        one = claim("6")
        runs = Runs([invented(arm, s) for arm in one.arms.values() for s in (0, 1)], list(one.arms.values()))
        now = conclude(one, runs, {}, FULL, 2)
        other = json.loads(json.dumps(now))
        other["effects"][0]["effect"] *= -1
        monkeypatch.setattr(repeat, "read_claim", lambda claim: now)
        assert beside_shipped(one, now).endswith("the signs agree.")
        monkeypatch.setattr(repeat, "read_claim", lambda claim: other)
        assert beside_shipped(one, now).endswith("the signs differ.")
        monkeypatch.setattr(repeat, "read_claim", lambda claim: None)
        assert "No result is shipped" in beside_shipped(one, now)
        quick = now | {"protocol": "quick-50"}
        quick["effects"] = [now["effects"][0] | {"verdict": "too small to tell"}]
        monkeypatch.setattr(repeat, "read_claim", lambda claim: now)
        assert "too small to tell: the signs agree." in beside_shipped(one, quick)


class TestShipped:
    """Nobody edits a number by hand: all follows from runs.json and what a claim computed beside it."""

    def test_runs_are_of_known_arms_and_each_is_there_once(self):
        runs = read_runs()
        names = {arm.name for arm in arms_of((*all_claims(), *registered_claims()))}
        keys = [(result["arm"], result["seed"]) for result in runs]
        assert len(keys) == len(set(keys))
        assert {arm for arm, _ in keys} <= names
        for result in runs:
            values = [v for v in result["measured"].values() if isinstance(v, float)]
            assert all(0 <= value <= 1 for value in values)

    @pytest.mark.parametrize("one", [*all_claims(), *registered_claims()], ids=lambda one: one.stem)
    def test_a_claims_json_follows_from_the_runs(self, one):
        shipped = read_claim(one)
        if shipped is None:
            assert one.entry is not None, "only a registered claim may not have been run yet"
            return
        runs = one.runs(read_runs())
        assert shipped == json.loads(json.dumps(conclude(one, runs, shipped["extra"], protocol_of(one, False))))
        complete = not shipped["verdict"].startswith("incomplete")
        assert complete == (len(shipped["seeds"]) >= 3)
        assert one.remark or not complete, "write what the result shows and does not into the claim's remark"
        picture = RESULTS / f"{one.stem}.png"
        assert picture.exists() == bool(shipped["effects"])
        if shipped["effects"]:
            assert picture.stat().st_size < 40_000
            assert one.figure(runs, shipped["extra"]).description

    def test_another_effect_would_be_noticed(self):
        one = next(c for c in all_claims() if read_claim(c)["effects"])
        results = [replace_pq(result) for result in read_runs()]
        runs = Runs(results, list(one.arms.values()))
        assert conclude(one, runs, read_claim(one)["extra"])["effects"] != read_claim(one)["effects"]


def replace_pq(result: dict) -> dict:
    draw = random.Random(f"{result['arm']} {result['seed']}").uniform
    measured = {
        name: [draw(0, 1) for _ in value] if isinstance(value, list) else draw(0, 1)
        for name, value in result["measured"].items()
    }
    return result | {"measured": measured}
