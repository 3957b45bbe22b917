"""All fifteen claims at a glance, in 100 columns: main effect, interval, seeds, verdict."""

from __future__ import annotations

from pathlib import Path

from segtutor.experiments.claims import all_claims
from segtutor.experiments.stored import INCOMPLETE, RESULTS, read_claim

WIDTH = 100
_ROW = "{:>2} {:16} {:37} {:>5} {:14} {:>1} {}"


def table(folder: str | Path = RESULTS) -> str:
    """A row a claim, of the results in a folder; claims of several effects are shown by their main one."""
    lines = [_ROW.format("", "claim", "main effect, in points", "", "95 % interval", "n", "verdict")]
    partly = False
    for claim in all_claims():
        stored = read_claim(claim, folder)
        if stored is None or not stored["effects"]:
            lines.append(_ROW.format(claim.number, claim.name, "no result yet", "", "", 0, INCOMPLETE))
            continue
        main = stored["effects"][0]
        ends = "" if main["interval"] is None else " to ".join(map(_number, main["interval"]))
        verdict = stored["verdict"].split(":")[0]
        partly |= verdict == "in part"
        seeds = len(stored["seeds"])
        lines.append(_ROW.format(claim.number, claim.name, main["what"], _number(main["effect"]), ends, seeds, verdict))
    lines.append("n: seeds, a training of each arm for each. Interval: Student's, of the mean over seeds.")
    lines.append("To repeat one: python -m segtutor.experiments NAME [--quick]. More of each: its file in claims/")
    if partly:
        lines.append("in part: the claim's effects have different verdicts; its json and file say which.")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:+.2f}" if abs(value) < 9.995 else f"{value:+.1f}"


def listing() -> str:
    """Number, name, the claim itself, and its arms."""
    lines = []
    for claim in all_claims():
        lines += [f"{claim.number:>2} {claim.name}: {claim.says}", f"   {claim.source}"]
        lines += [f"     {name:32} {arm.name}" for name, arm in claim.arms.items()]
    return "\n".join(lines)
