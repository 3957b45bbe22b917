"""Repeats the papers' claims, or shows what was found; see --help."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from segtutor.errors import UserError

EPILOGUE = """\
NAME trains what is missing in the folder and writes a json and a figure there; a killed command goes on where it was.
Shipped runs are not reused, but with --missing: to repeat is to train. --quick takes three minutes on two idle cores.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UserError(f"the arguments do not fit ({message}): see --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m segtutor.experiments", description=__doc__, epilog=EPILOGUE)
    parser.add_argument("names", nargs="*", metavar="NAME", help="claims by name or number, or all")
    parser.add_argument("--list", action="store_true", help="the fifteen claims, with their arms")
    parser.add_argument("--table", action="store_true", help="the shipped results (with --out: those of a folder)")
    parser.add_argument("--registered", action="store_true", help="the longer runs that register.toml asks for")
    parser.add_argument("--missing", action="store_true", help="with --registered: only runs that are not shipped yet")
    parser.add_argument("--quick", action="store_true", help="small: fewer steps, scenes, seeds and arms")
    parser.add_argument("--seeds", type=_seeds, metavar="0,1,2", help="default: 0,1,2; with --quick 0,1")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: segtutor-experiments")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core, at most 4)")
    parser.add_argument("--collect", type=Path, metavar="FOLDER", help="from a folder of runs, results into --out")
    return parser


def _seeds(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers such as 0,1,2")
    return tuple(dict.fromkeys(int(part) for part in parts))


def main(arguments: list[str] | None = None) -> int:
    try:
        return _main(_parser().parse_args(arguments))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def _main(options: argparse.Namespace) -> int:
    from segtutor.experiments.claims import all_claims, claim, registered_claims
    from segtutor.experiments.table import listing, table

    if options.list:
        print(listing())
        return 0
    if options.table:
        print(table() if options.out is None else table(options.out))
        return 0
    if options.collect:
        from segtutor.experiments.runs import FULL, REGISTERED
        from segtutor.experiments.stored import collect

        if options.out is None:
            raise UserError("--collect needs --out, the folder that gets the results: add --out FOLDER")
        collect(options.collect, options.out, protocol=REGISTERED if options.registered else FULL)
        return 0
    if not options.names:
        raise UserError("no claim was named: add names or numbers, all, --list or --table, such as 6 --quick")
    if options.workers is not None and options.workers < 1:
        raise UserError(f"--workers must be 1 or more, got {options.workers}: leave it out for one a core")
    from segtutor.experiments.repeat import QUICK_SEEDS, beside_shipped, repeat, told

    if options.registered and (options.quick or options.seeds):
        raise UserError("--registered takes steps and seeds from the register: leave out --quick and --seeds")
    if options.missing and not options.registered:
        raise UserError("--missing goes with --registered: to repeat another claim is to train all of it")
    names = [None] if "all" in options.names else list(dict.fromkeys(options.names))
    if options.registered:
        chosen = [one for name in names for one in registered_claims(name)]
    else:
        chosen = [one for name in names for one in (all_claims() if name is None else [claim(name)])]
    workers = options.workers or min(4, os.cpu_count() or 1)
    folder = options.out or Path("segtutor-experiments")
    for one in chosen:
        seeds = options.seeds or (QUICK_SEEDS if options.quick else one.seeds)
        content = repeat(one, folder, seeds=seeds, quick=options.quick, workers=workers, missing=options.missing)
        print(told(content))
        print(beside_shipped(one, content), flush=True)
        if one.remark:
            print(f"  {one.remark}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
