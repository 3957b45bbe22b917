"""What is kept of the runs, and what follows from it: results/runs.json, and a json and a figure for each claim.

    runs.json            a line a run: arm, seed, what was measured (shares to 4 decimals), curve, cost, versions
    registered_runs.json the same of the longer runs that register.toml asks for, whose curves are in mIoU
    06_masked_attention.json   the claim, its effects with interval and verdict; computed from runs.json and `extra`
    06_masked_attention.png    its figure        11_convergence_1600.json, .png   the same of a registered claim

Weights are not kept. What a claim computes with them (`extra`) stands in its json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.experiments.arms import BATCH
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.claims import all_claims, registered_claims
from segtutor.experiments.figures import small_png
from segtutor.experiments.runs import FULL, REGISTERED, Protocol
from segtutor.experiments.statistics import Effect, overall
from segtutor.files import make_folder, write_whole

RESULTS = Path(__file__).with_name("results")
RUNS = {FULL: "runs.json", REGISTERED: "registered_runs.json"}
_FLAGS = {"full": "", "registered": " --registered"}
INCOMPLETE = "incomplete"
_KEPT = ("arm", "seed", "measured", "curve", "parameters", "cpu_minutes", "steps", "versions", "date")


def compact(result: Mapping[str, Any]) -> dict:
    """The part of a run's result that is kept."""
    return {name: _rounded(result[name]) for name in _KEPT if name in result}  # the oldest results have no steps


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list | tuple) else value


def finished(root: str | Path) -> list[dict]:
    """The kept part of each whole run in a folder, in the order of the claims and their arms, then of seeds."""
    order = _order()
    found = [json.loads(path.read_text(encoding="utf-8")) for path in Path(root).glob("runs/*/result.json")]
    return _sorted([compact(result) for result in found if result["arm"] in order])


def _order() -> dict[str, int]:
    """{name of an arm: its place among all}."""
    arms = (arm.name for claim in (*all_claims(), *registered_claims()) for arm in claim.arms.values())
    return {name: place for place, name in enumerate(dict.fromkeys(arms))}


def _sorted(results: Iterable[dict]) -> list[dict]:
    order = _order()
    return sorted(results, key=lambda result: (order[result["arm"]], result["seed"]))


def read_runs(folder: str | Path = RESULTS) -> list[dict]:
    """The runs that are shipped, or those that were collected into a folder; none where there is no such file.

    Both files, that of 400 steps and that of the registered runs: their arms have different names.
    """
    return [run for name in RUNS.values() for run in _read(Path(folder) / name)]


def _read(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def read_claim(claim: Claim, folder: str | Path = RESULTS) -> dict | None:
    """The stored result of a claim, or None."""
    path = Path(folder) / f"{claim.stem}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def effects(claim: Claim, runs: Runs, extra: dict) -> list[Effect]:
    """The effects of a claim; none without a common seed. What is read off `extra` waits for it."""
    return claim.effects(runs, extra) if runs.seeds else []


def conclude(claim: Claim, runs: Runs, extra: dict, protocol: Protocol = FULL, wanted: int | None = None) -> dict:
    """The content of a claim's json. wanted: how many seeds make it complete.

    The main effect of a registered claim is its verdict.
    """
    found = effects(claim, runs, extra)
    wanted = len(claim.seeds) if wanted is None else wanted
    said = overall if claim.entry is None else _main
    enough = len(runs.seeds) >= wanted
    arms = {name: arm for name, arm in claim.arms.items() if arm in runs.arms}
    used = [runs.of(arm, seed) for arm in arms.values() for seed in runs.seeds]
    return {
        "number": claim.number,
        "name": claim.name,
        "claim": claim.says,
        "source": claim.source,
        "verdict": said(found) if enough else f"{INCOMPLETE}: {len(runs.seeds)} of {wanted} seeds",
        "seeds": runs.seeds,
        "effects": [effect.as_json() for effect in found],
        "arms": {name: arm.name for name, arm in arms.items()},
        "protocol": protocol.name,
        "steps": {name: protocol.shortened(arm).steps for name, arm in arms.items()},
        "batch": BATCH,
        "cpu_minutes": round(sum(result["cpu_minutes"] for result in used), 2),
        "versions": _versions(used),
        "dates": sorted({result["date"] for result in used}),
        "extra": extra,
        "repeat": f"python -m segtutor.experiments {claim.name}" + _FLAGS.get(protocol.name, " --quick"),
    } | ({} if claim.entry is None else {"registered": claim.entry.registered})


def _main(found: Sequence[Effect]) -> str:
    return found[0].verdict


def _versions(used: Iterable[dict]) -> dict[str, str]:
    """What the runs ran with; several versions of one name with a comma between them."""
    found: dict[str, set[str]] = {}
    for result in used:
        for name, version in result["versions"].items():
            found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def keep(claim: Claim, results: Sequence[dict], root: Path, out: Path, protocol: Protocol, wanted: int) -> dict:
    """Writes the json and, where there are effects, the figure of a claim into `out`. -> the json's content.

    results: of the protocol, compact. root: the folder of these runs, with weights, which `extra` reads: that may take
    minutes, and happens when all seeds are there.
    """
    quick = protocol not in RUNS
    arms = claim.quick if quick and claim.quick is not None else claim.arms
    runs = claim.runs(results) if not quick else Runs(results, list(arms.values()), protocol.validation)
    extra = _extra(claim, runs, root) if len(runs.seeds) >= wanted else {}
    content = conclude(claim, runs, extra, protocol, wanted)
    stem = f"{claim.stem}_quick" if quick else claim.stem
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(out / f"{stem}.json", text.encode(), overwrite=True)
    if content["effects"]:
        write_whole(out / f"{stem}.png", small_png(claim.figure(runs, extra)), overwrite=True)
    return content


def _extra(claim: Claim, runs: Runs, root: Path) -> dict:
    """What a claim computes beside its runs; kept beside them, and computed anew when other seeds are there."""
    if claim.extra is None or not runs.seeds:
        return {}
    path = root / "extra" / f"{claim.stem}.json"
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["seeds"] == runs.seeds:
            return kept["extra"]
    extra = _rounded(claim.extra(root, runs))
    make_folder(path.parent)
    write_whole(path, json.dumps({"seeds": runs.seeds, "extra": extra}).encode(), overwrite=True)
    return extra


def collect(
    folder: str | Path, out: str | Path, report: Callable[[str], Any] = print, *, protocol: Protocol = FULL
) -> list[dict]:
    """From a folder of runs, whole or not yet: runs.json, and each claim's json and figure. -> the claims' jsons.

    protocol: FULL, or REGISTERED for registered_runs.json and the registered claims. Registered runs that are in `out`
    already and not in the folder stay, so that they may be made in parts.
    Raises UserError where the folder holds no finished run.
    """
    root = protocol.root(folder)
    results = finished(root)
    if not results:
        raise UserError(f"{root} has no finished run, a runs/NAME/result.json: name another folder")
    make_folder(out)
    if protocol == REGISTERED:
        here = {(result["arm"], result["seed"]) for result in results}
        before = _read(Path(out) / RUNS[protocol])
        results = _sorted([*results, *(one for one in before if (one["arm"], one["seed"]) not in here)])
    lines = ",\n".join(json.dumps(result) for result in results)
    write_whole(Path(out) / RUNS[protocol], f"[\n{lines}\n]\n".encode(), overwrite=True)
    contents = []
    for claim in all_claims() if protocol == FULL else registered_claims():
        contents.append(keep(claim, results, root, Path(out), protocol, len(claim.seeds)))
        report(f"{claim.stem}: {contents[-1]['verdict']}")
    return contents
