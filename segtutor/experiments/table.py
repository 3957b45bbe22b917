"""All fifteen claims at a glance, in 100 columns: main effect, interval, seeds, verdict; then those of the register."""

from __future__ import annotations

from pathlib import Path

from segtutor.experiments.arms import STEPS
from segtutor.experiments.claim import Claim
from segtutor.experiments.claims import all_claims, registered_claims
from segtutor.experiments.statistics import MOST_SEEDS, OPEN, Effect
from segtutor.experiments.stored import INCOMPLETE, RESULTS, read_claim

WIDTH = 100
_ROW = "{:>2} {:16} {:37} {:>5} {:14} {:>1} {}"


def table(folder: str | Path = RESULTS) -> str:
    """A row a claim, of the results in a folder; claims of several effects are shown by their main one."""
    head = _ROW.format("", f"{STEPS} steps", "main effect, in points", "", "95 % interval", "n", "verdict")
    lines = [head, *(_row(claim, folder, "no result yet") for claim in all_claims())]
    longer = [(claim.entry.steps, claim) for claim in registered_claims() if claim.entry is not None]
    for steps in sorted({steps for steps, _ in longer}):
        lines.append(f"   {steps} steps: main effect, margin and seeds were registered first, in register.toml")
        lines += [_row(claim, folder, "not run") for count, claim in longer if count == steps]
    lines.append("n: seeds, a training of each arm for each. Interval: Student's, of the mean over seeds.")
    if any(" undecided, " in line for line in lines):
        lines.append("undecided, ~9: about 9 seeds would decide, if mean and scatter stay what they are.")
    if any(line.endswith("in part") for line in lines):
        lines.append("in part: the claim's effects have different verdicts; its json and file say which.")
    lines.append("To repeat one: python -m segtutor.experiments NAME [--quick]. More of each: its file in claims/")
    return "\n".join(lines)


def _row(claim: Claim, folder: str | Path, missing: str) -> str:
    stored = read_claim(claim, folder)
    if stored is None or not stored["effects"]:
        return _ROW.format(claim.number, claim.name, missing, "", "", 0, INCOMPLETE)
    main = stored["effects"][0]
    ends = "" if main["interval"] is None else " to ".join(map(_number, main["interval"]))
    seeds, verdict = len(stored["seeds"]), stored["verdict"].split(":")[0]
    if verdict == OPEN:
        verdict = f"undecided, {_needed(main)}"
    return _ROW.format(claim.number, claim.name, main["what"], _number(main["effect"]), ends, seeds, verdict)


def _needed(effect: dict) -> str:
    """ "~9", how many seeds would decide about a stored effect."""
    needed = Effect(effect["what"], tuple(effect["values"]), effect["expect"], effect["margin"]).needed
    return f"> {MOST_SEEDS}" if needed is None or needed >= MOST_SEEDS else f"~{needed}"


def _number(value: float) -> str:
    return f"{value:+.2f}" if abs(value) < 9.995 else f"{value:+.1f}"


def listing() -> str:
    """Number, name, the claim itself, and its arms; then those of the register, with what was decided."""
    lines = []
    for claim in all_claims():
        lines += [f"{claim.number:>2} {claim.name}: {claim.says}", f"   {claim.source}"]
        lines += [f"     {name:32} {arm.name}" for name, arm in claim.arms.items()]
    for claim in registered_claims():
        if (entry := claim.entry) is not None:
            lines.append(
                f"{claim.number:>2} {claim.name}, registered {entry.registered}: {entry.steps} steps, seeds "
                f"{', '.join(map(str, entry.seeds))}"
            )
            lines.append(f"   decides: {entry.main}, expected {entry.expect}, margin {entry.margin:g} points")
            lines += [f"     {name:32} {arm.name}" for name, arm in claim.arms.items()]
    return "\n".join(lines)
