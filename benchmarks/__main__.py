"""Runs the benchmarks that are named, or all, and prints one table; `--json FILE` keeps the list of rows.

A ratio is peer / ours, so larger is better; [low to high] are its quartiles over the rounds. The exit status is 1
where a benchmark raised or a check failed, and 0 where goals were missed: those depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from benchmarks import harness

NAMES = tuple(
    sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if not path.stem.startswith("_") and path.stem != "harness"
    )
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the list of rows to FILE")
    parser.add_argument("--quick", action="store_true", help="three rounds only")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where both run (default: cpu)")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"got {', '.join(unknown)}, expected names among {', '.join(NAMES)}")
    if options.device == "cuda" and not _has_cuda():
        parser.error("got --device cuda where torch sees no GPU, expected cpu: leave the option away")

    settings = harness.Settings(options.quick, options.device)
    if options.json:
        settings = replace(settings, folder=options.json.parent)
    rows = []
    print(f"{'':62} {'ratio':>8}  [quartiles]          {'goal':>6}  state   {'ours':>9} {'peer':>10}", flush=True)
    for row in _rows(options.names, settings):
        rows.append(row | {"context": harness.context()})
        print(line(row), flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    missed = [row["name"] for row in rows if row["met"] is False and "error" not in row]
    failed = [row["name"] for row in rows if "error" in row]
    print(f"\n{len(rows)} rows; goals missed: {', '.join(missed) or 'none'}; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def line(row: dict) -> str:
    """One line of the table."""
    if "error" in row:
        return f"{row['name']:62} FAILED  {row['error']}"
    if "skipped" in row:
        return f"{row['name']:62} not measured: {row['skipped']}"
    goal = "" if row["goal"] is None else f">= {row['goal']:g}"
    state = {None: "", True: "met", False: "MISSED"}[row["met"]]
    times = f"{row['ours_ms']:8.1f} ms {row['peer_ms']:7.1f} ms" if "ours_ms" in row else ""
    quartiles = f"[{row['low']:.2f} to {row['high']:.2f}]"
    return f"{row['name']:62} {row['ratio']:8.2f}  {quartiles:18} {goal:>8}  {state:7} {times}  {row.get('note', '')}"


def _rows(names: list[str], settings: harness.Settings) -> Iterator[dict]:
    for name in names or NAMES:
        try:
            module = import_module(f"benchmarks.{name}")
            if not names and getattr(module, "BY_NAME_ONLY", False):
                continue
            yield from module.rows(settings)
        except Exception as error:  # the other benchmarks still run, and the exit status says that one did not
            traceback.print_exc()
            yield harness.failed_row(name, error)


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


if __name__ == "__main__":
    sys.exit(main())
