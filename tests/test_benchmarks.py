"""The benchmarks' harness: what it times, what it refuses, what it writes. How fast anything is, no test says."""

import json
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import harness


def test_ours_and_the_peer_take_turns(monkeypatch):
    monkeypatch.setattr(harness, "_repeats", lambda call, device: 1)
    called = []
    row = harness.compare("turns", lambda: called.append("o"), lambda: called.append("p"), goal=None, rounds=4, kept=7)
    assert "".join(called) == "op" + "op" + "po" + "op" + "po"  # the warm-up, then neither is always the second
    assert row["met"] is None
    assert row["kept"] == 7


def test_what_is_short_is_repeated():
    called = []
    row = harness.compare("short", lambda: called.append(0), lambda: None, goal=None, rounds=1)
    assert len(called) > 100
    assert 0 < row["ours_ms"] < 1


def test_ratio_quartiles_and_the_state_of_the_goal(monkeypatch):
    taken = {"ours": iter([1.0, 1, 1, 1, 1]), "peer": iter([1.0, 2, 3, 4, 5])}
    monkeypatch.setattr(harness, "_repeats", lambda call, device: 1)
    monkeypatch.setattr(harness, "_seconds", lambda call, repeats, device: next(taken[call()]))
    row = harness.compare("quartiles", lambda: "ours", lambda: "peer", goal=3.0, rounds=5)
    assert (row["low"], row["ratio"], row["high"], row["met"]) == (2.0, 3.0, 4.0, True)
    assert (row["ours_ms"], row["peer_ms"]) == (1000.0, 3000.0)
    assert harness.row("missed", [1, 2, 3], 2.5)["met"] is False


@pytest.mark.parametrize("answer", [False, np.False_, 0])
def test_a_check_that_says_no_stops_the_row(answer):
    with pytest.raises(harness.CheckFailed, match="sums: ours and the peer differ"):
        harness.compare("sums", lambda: 1, lambda: 2, goal=1, rounds=1, check=lambda ours, peer: answer)


def test_a_check_that_raises_is_named_and_one_that_measures_is_kept():
    def close(ours, peer):
        np.testing.assert_allclose(ours, peer)

    with pytest.raises(harness.CheckFailed, match=r"sums(.|\n)*Mismatched"):
        harness.compare("sums", lambda: 1.0, lambda: 2.0, goal=1, rounds=1, check=close)
    row = harness.compare("sums", lambda: 1.0, lambda: 1.0, goal=None, rounds=1, check=lambda a, b: {"off": a - b})
    assert row["off"] == 0.0


def test_threads_and_the_garbage_collector_are_as_before():
    import gc

    import torch

    threads, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        harness.compare(
            "state", lambda: seen.append((torch.get_num_threads(), gc.isenabled())), lambda: None, goal=None, rounds=1
        )
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert seen[-1] == (1, False)
    assert gc.isenabled()


def test_where_there_is_no_peer_a_limit_stands_in():
    seconds = harness.against_limit("import", [0.1, 0.1], 0.2, "CPU seconds", largest=True)
    rate = harness.against_limit("scenes", [40.0], 80.0, "a second", largest=False)
    assert (seconds["ratio"], seconds["met"]) == (2.0, True)
    assert (rate["ratio"], rate["met"]) == (0.5, False)
    assert rate["note"] == "40 a second, at least 80"


def test_a_fresh_process_says_its_cpu_seconds_and_its_peak():
    small = harness.fresh("print('seen')")
    large = harness.fresh("block = b'x' * (64 * 2**20)\nsum(range(3_000_000))")
    assert small["printed"] == "seen"
    assert large["peak_mb"] > small["peak_mb"] + 60
    assert large["cpu_seconds"] > small["cpu_seconds"] > 0
    with pytest.raises(RuntimeError, match="no such luck"):
        harness.fresh("raise ValueError('no such luck')")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_of_a_call_above_what_was_there():
    printed = harness.fresh(
        "from benchmarks.harness import peak_above\n"
        "before = b'x' * (96 * 2**20)\ndel before\n"
        "print(peak_above(lambda: len(b'x' * (32 * 2**20))))"
    )["printed"]
    assert 31 < float(printed) < 40


def test_rows_are_written_with_what_they_may_depend_on(tmp_path, monkeypatch, capsys):
    class Two:
        @staticmethod
        def rows(settings):
            assert settings.quick
            yield harness.row("first", [2.0], 1.0, ours_ms=1.0, peer_ms=2.0)
            raise ValueError("broke")

    monkeypatch.setattr(command, "import_module", lambda name: Two)
    file = tmp_path / "new" / "rows.json"
    assert command.main(["start", "--quick", "--json", str(file)]) == 1
    first, second = json.loads(file.read_text(encoding="utf-8"))
    assert {"name", "ratio", "low", "high", "goal", "met", "ours_ms", "peer_ms", "context"} <= first.keys()
    assert {"date", "torch", "transformers", "processor", "threads", "load"} <= first["context"].keys()
    assert second["error"] == "ValueError: broke"
    assert second["met"] is False
    printed = capsys.readouterr().out
    assert "first" in printed
    assert "FAILED" in printed


def test_what_cannot_be_measured_here_says_why_and_is_no_failure(monkeypatch, capsys):
    class Absent:
        @staticmethod
        def rows(settings):
            yield harness.skipped_row("PQ, against panopticapi", 5.0, "panopticapi is not installed")

    monkeypatch.setattr(command, "import_module", lambda name: Absent)
    assert command.main(["start"]) == 0
    printed = capsys.readouterr().out
    assert "PQ, against panopticapi" in printed
    assert "not measured: panopticapi is not installed" in printed
    assert "goals missed: none; failed: none" in printed


def test_the_official_evaluator_of_pq_is_measured_only_where_it_is_installed(monkeypatch):
    from benchmarks import metrics

    monkeypatch.setattr(metrics, "find_spec", lambda name: None)
    rows = list(metrics._panopticapi([], harness.Settings()))
    assert [(row["goal"], row["met"]) for row in rows] == [(5.0, None), (1.0, None)]
    assert all("panopticapi-lite is not installed" in row["skipped"] for row in rows)


def test_a_row_beside_a_peer_that_is_missing_is_not_measured(monkeypatch):
    from benchmarks import _peers, metrics

    monkeypatch.setattr(_peers, "find_spec", lambda name: None)
    pairs = [metrics._pair(np.random.default_rng(0))]
    instances = [tuple(metrics._instances(side, scored=True) for side in pairs[0])]
    rows = list(_peers.rows(pairs, instances, harness.Settings(quick=True)))
    measured = [row["name"] for row in rows if "skipped" not in row]
    assert measured == ["PQ, 1 pairs from json and PNG, against Pillow's decoding alone"]  # Pillow is always there
    skipped = {row["name"]: (row["goal"], row["met"]) for row in rows if "skipped" in row}
    assert {"PQ, 1 pairs from json and PNG, against hotcoco", "mIoU, 1 maps of uint8, against hotcoco"} <= set(skipped)
    assert sum("vernier" in name for name in skipped) == 3
    assert all(met is None for _, met in skipped.values())


@pytest.mark.parametrize("wrong", [1e-9, -1e-9])
def test_rows_beside_the_peers_hold_both_to_one_value(wrong):
    from benchmarks import _peers

    assert _peers._close(0.5, 0.5)["difference"] == 0
    assert _peers._close(0.5, 0.5 + wrong) is False


def test_an_unknown_name_is_a_sentence(capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(["speed"])
    assert stopped.value.code == 2
    assert "got speed, expected names among" in capsys.readouterr().err


@pytest.mark.parametrize("name", command.NAMES)
def test_each_benchmark_is_importable_and_cheap_to_import(name):
    assert callable(import_module(f"benchmarks.{name}").rows)


def test_no_benchmark_imports_torch_before_it_runs():
    code = "import sys\n" + "".join(f"import benchmarks.{name}\n" for name in command.NAMES)
    done = subprocess.run(
        [sys.executable, "-c", code + "print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr


def test_growth_is_a_figure_with_its_text_and_its_numbers(tmp_path, monkeypatch):
    from dataclasses import replace

    from benchmarks import growth

    made = [
        harness.row(f"{part}, {at}", [2.0], None, ours_ms=at, peer_ms=2.0 * at, part=part, over="queries", at=at)
        for part in ("matcher", "criterion")
        for at in (50, 100, 200)
    ]
    monkeypatch.setattr(growth, "_rows", lambda settings: iter(made))
    folder = tmp_path / "results"
    assert list(growth.rows(replace(harness.Settings(), folder=folder))) == made
    kept = json.loads((folder / "growth.json").read_text(encoding="utf-8"))
    assert kept["rows"] == made
    assert (
        "matcher over queries, from 50 to 200 (4.0 times): ours from 50.0 to 200.0 (4.0 times)" in kept["description"]
    )
    assert "matcher over queries, from" in (folder / "growth.svg").read_text(encoding="utf-8")
    assert growth.BY_NAME_ONLY


def test_a_budget_s_rows_are_the_recipe_and_each_change_beside_it(monkeypatch):
    from benchmarks import budget

    found = budget.train({"start": "torch", "batch_size": 4}, steps=2, scenes=2)
    assert (found["steps"], found["batch_size"]) == (4, 4)
    assert 0 <= found["pq"] <= 100
    asked = []
    monkeypatch.setattr(budget, "train", lambda change, **_: asked.append(change) or found | {"pq": 50.0 + len(asked)})
    rows = list(budget.rows(harness.Settings()))
    assert asked == list(budget.CHANGES.values())
    assert rows[0]["ratio"] == 1
    assert rows[1]["ratio"] == pytest.approx(52 / 51)
