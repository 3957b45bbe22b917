"""Repeats a claim: trains the arms that are missing in a folder, then says what came out, beside what is shipped.

Several processes, of one command or of several, share a list of runs. Who makes a run first claims it, by creating a
file that can be created once; a thread touches that file while the process lives, so that the claim of a killed process
grows old and another takes the run over, from where its state was last written.

`--quick` is another protocol, not a worse measurement of the same one: a part of the steps, fewer scenes, two seeds,
and of claims with many arms only the most telling ones. Its runs and results lie apart and are never mixed with others.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import torch

from segtutor.experiments.arms import STEPS, Arm
from segtutor.experiments.claim import Claim
from segtutor.experiments.runs import FULL, REGISTERED, Protocol, folder_name, run
from segtutor.experiments.stored import compact, keep, read_claim, read_runs
from segtutor.files import make_folder

BEAT, OLD = 5.0, 60.0  # seconds between two touches of a claimed run's file, and after which it counts as abandoned
QUICK_SEEDS = (0, 1)
Job = tuple[Arm, int]


def protocol_of(claim: Claim, quick: bool) -> Protocol:
    """The full protocol, the registered one, or the quick one: of each seed all runs together take a run's steps."""
    if claim.entry is not None:
        return REGISTERED
    if not quick:
        return FULL
    steps = sum(arm.steps for arm in _arms(claim, quick))
    return Protocol(share=round(min(1, STEPS / steps), 2), train=800, validation=60, curve=20)


def _arms(claim: Claim, quick: bool) -> list[Arm]:
    return list(dict.fromkeys(((quick and claim.quick) or claim.arms).values()))


def repeat(
    claim: Claim,
    folder: str | Path,
    *,
    seeds: Sequence[int],
    quick: bool = False,
    workers: int = 1,
    missing: bool = False,
    report: Callable[[str], Any] = print,
) -> dict:
    """Trains what is missing of a claim, writes its json and figure into the folder. -> the json's content.

    missing: what is shipped need not be trained again, as where longer runs are made in parts.
    """
    make_folder(folder)
    protocol = protocol_of(claim, quick)
    arms = _arms(claim, quick)
    jobs = [(arm, seed) for seed in seeds for arm in arms]
    root = protocol.root(folder)
    report(f"Claim {claim.number}, {claim.name}: {claim.says}")
    if quick:
        part = f"{protocol.share:.0%} of the steps, {protocol.validation} scenes"
        report(f"Quick: {len(arms)} arms, seeds {', '.join(map(str, seeds))}, {part}.")
    there = {(run["arm"], run["seed"]): run for run in read_runs()} if missing else {}
    jobs = [(arm, seed) for arm, seed in jobs if (arm.name, seed) not in there]
    train(jobs, root, protocol, workers, report)
    results = [*there.values(), *(_result(root, job) for job in jobs)]
    return keep(claim, results, root, Path(folder), protocol, len(seeds))


def _result(root: Path, job: Job) -> dict:
    return compact(json.loads((root / "runs" / folder_name(*job) / "result.json").read_text(encoding="utf-8")))


def train(jobs: Sequence[Job], root: Path, protocol: Protocol, workers: int, report: Callable[[str], Any] = print):
    """Makes the runs that are missing, on `workers` processes of one thread each."""
    missing = [job for job in jobs if not _done(root, job)]
    if not missing:
        return
    make_folder(root / "runs")
    protocol.render(root / "scenes")
    if min(workers, len(missing)) <= 1:
        threads = torch.get_num_threads()
        try:
            work(missing, root, protocol, report)
        finally:
            torch.set_num_threads(threads)
        return
    fresh = multiprocessing.get_context("spawn")  # a copy of a process with torch's threads may hang
    with ProcessPoolExecutor(min(workers, len(missing)), mp_context=fresh) as pool:
        shares = [pool.submit(work, missing, root, protocol, _say) for _ in range(min(workers, len(missing)))]
        for share in shares:
            share.result()


_say = partial(print, flush=True)


def work(jobs: Sequence[Job], root: Path, protocol: Protocol, report: Callable[[str], Any]):
    """Makes those runs that nobody else is at, until all are there."""
    torch.set_num_threads(1)
    while left := [job for job in jobs if not _done(root, job)]:
        made = False
        for arm, seed in left:
            with Claimed(root / "runs" / f"{folder_name(arm, seed)}.claimed") as mine:
                if mine:
                    run(arm, seed, root, report, protocol=protocol)
                    made = True
        if not made:
            time.sleep(1)  # others are at all that is left


def _done(root: Path, job: Job) -> bool:
    return (root / "runs" / folder_name(*job) / "result.json").exists()


class Claimed:
    """`with Claimed(path) as mine:` mine is True for one process at a time."""

    def __init__(self, path: Path):
        self.path, self.over = path, threading.Event()

    def __enter__(self) -> bool:
        self.mine = self._create() or (self._abandoned() and self._create())
        if self.mine:
            self.beating = threading.Thread(target=self._beat, daemon=True)
            self.beating.start()
        return self.mine

    def __exit__(self, *_):
        if self.mine:
            self.over.set()
            self.beating.join()
            self.path.unlink(missing_ok=True)

    def _create(self) -> bool:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL))
            return True
        except FileExistsError:
            return False

    def _abandoned(self) -> bool:
        """Whether nobody touched the file for long; it is then gone."""
        try:
            if time.time() - self.path.stat().st_mtime < OLD:
                return False
            self.path.unlink()
        except FileNotFoundError:
            pass  # its owner finished, or another process found it abandoned first
        return True

    def _beat(self):
        while not self.over.wait(BEAT):
            os.utime(self.path)


def told(content: dict) -> str:
    """A result in words: effects, intervals, verdict."""
    lines = [f"  {effect['what']}: {said(effect)}; {effect['verdict']}" for effect in content["effects"]]
    return "\n".join([*lines, f"  verdict: {content['verdict']} ({len(content['seeds'])} seeds)"])


def said(effect: dict) -> str:
    """ "+4.2 (+1.0 to +7.4)"."""
    if effect["interval"] is None:
        return f"{effect['effect']:+.2f} (one seed, no interval)"
    low, high = effect["interval"]
    return f"{effect['effect']:+.2f} ({low:+.2f} to {high:+.2f})"


def beside_shipped(claim: Claim, content: dict) -> str:
    """What the shipped result was, and whether the signs of the main effects agree."""
    shipped = read_claim(claim)
    if not shipped or not shipped["effects"]:
        return "  No result is shipped for this claim."
    then, now = shipped["effects"][0], content["effects"][0]
    line = f"  Shipped: {then['what']}: {said(then)}, {len(shipped['seeds'])} seeds; verdict: {shipped['verdict']}. "
    if content["protocol"].startswith("quick") and now["verdict"] == "too small to tell":
        line += "This quick repetition is too small to tell: "
    same = (then["effect"] > 0) == (now["effect"] > 0)
    return line + ("the signs agree." if same else "the signs differ.")
