"""Runs the benchmarks that are named, or all, and prints a table; `--json FILE` keeps the rows."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

NAMES = ("toytown", "start")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"got {', '.join(unknown)}, expected names among {', '.join(NAMES)}")
    rows = []
    for name in options.names or NAMES:
        for row in import_module(f"benchmarks.{name}").rows():
            rows.append(row)
            print(
                f"{row['name']:40} {row['value']:9.2f} {row['unit']:12} [{row['low']:.2f} to {row['high']:.2f}]  "
                f"goal {row['goal']}  {'met' if row['met'] else 'MISSED'}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
