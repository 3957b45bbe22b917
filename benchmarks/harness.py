"""How ours and a peer are measured beside each other, so that a busy machine tells little lies only.

Both run in one process, alternately, on one thread, with the garbage collector kept out. What is timed is the CPU
time of the process (wall time between synchronisations on CUDA, where the CPU only waits). Each round gives one
ratio peer / ours; the row has their median and quartiles. A check compares what the two return, in the same run:
a fast wrong answer raises CheckFailed.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

LEAST_SECONDS = 0.02  # a timing shorter than this is repeated until it is as long
_MIB = 2**20
# What a fresh process says at its end. It imports next to nothing, so that it adds nothing to what it reports.
_TRAILER = """
import time as _time
_seconds = _time.process_time()
try:
    with open("/proc/self/status") as _file:
        _peak = next(int(_line.split()[1]) / 1024 for _line in _file if _line.startswith("VmHWM:"))
except OSError:
    import resource as _resource, sys as _sys
    _peak = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss / (2**20 if _sys.platform == "darwin" else 1024)
print(f"\\n[{_seconds}, {_peak}]", flush=True)
"""


class CheckFailed(AssertionError):
    """Ours and the peer did not return the same."""


@dataclass(frozen=True)
class Settings:
    """What the command line asks of a benchmark.

    quick: fewer rounds. device: "cpu" or "cuda". folder: where a benchmark may put a figure, beside the json.
    """

    quick: bool = False
    device: str = "cpu"
    folder: Path = Path(__file__).parent / "results"

    def rounds(self, full: int = 9) -> int:
        """How many rounds: `full`, or three where the run shall be quick."""
        return min(full, 3) if self.quick else full


def compare(
    name: str,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    *,
    goal: float | None,
    rounds: int = 9,
    check: Callable[[Any, Any], Any] | None = None,
    device: str = "cpu",
    note: str = "",
    **extra: Any,
) -> dict:
    """One row: how many times faster ours is than the peer.

    ours, peer: called without arguments, on equal inputs and weights; they keep their gradients and seeds themselves.
    goal: least median of the ratio peer / ours, None where there is none. check(ours' result, peer's result) returns
    nothing or raises, or returns True or False, or a dict of figures that the row shall carry.
    Raises CheckFailed where the check says so. Further keywords are kept in the row.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = _checked(name, check, ours(), peer())  # a warm-up, too
        calls = [(ours, _repeats(ours, device)), (peer, _repeats(peer, device))]
        seconds: tuple[list[float], list[float]] = ([], [])
        with _without_gc():
            for round_ in range(rounds):
                order = (0, 1) if round_ % 2 == 0 else (1, 0)  # neither is always the one after the other
                for which in order:
                    call, repeats = calls[which]
                    seconds[which].append(_seconds(call, repeats, device) / repeats)
    finally:
        torch.set_num_threads(threads)
    ratios = np.array(seconds[1]) / np.array(seconds[0])
    extra = {"ours_ms": 1e3 * float(np.median(seconds[0])), "peer_ms": 1e3 * float(np.median(seconds[1])), **extra}
    clock = "CPU time, 1 thread" if device == "cpu" else "wall time"
    return row(name, ratios, goal, note=note, device=device, clock=clock, **found, **extra)


def against_limit(
    name: str, values: Sequence[float], limit: float, unit: str, *, largest: bool, note: str = "", **extra: Any
) -> dict:
    """One row of something that has no peer: how many times better than the limit it is; the goal is 1.

    values: one a round. largest: the limit is the largest value allowed (seconds, megabytes), else the least (rates).
    """
    values_ = np.asarray(values, float)
    ratios = limit / values_ if largest else values_ / limit
    value = float(np.median(values_))
    note = note or f"{value:.3g} {unit}, {'at most' if largest else 'at least'} {limit:g}"
    return row(name, ratios, 1.0, note=note, value=value, unit=unit, limit=limit, **extra)


def row(name: str, ratios: Any, goal: float | None, **extra: Any) -> dict:
    """The row of these ratios, one a round: name, ratio (median), low, high (quartiles), goal, met; then the rest."""
    low, ratio, high = (float(q) for q in np.percentile(np.atleast_1d(ratios), (25, 50, 75)))
    met = None if goal is None else bool(ratio >= goal)
    return {"name": name, "ratio": ratio, "low": low, "high": high, "goal": goal, "met": met, **extra}


def failed_row(name: str, error: Exception) -> dict:
    """The row of a benchmark that raised: no ratio, its goal not met."""
    said = f"{type(error).__name__}: {error}"
    return {"name": name, "ratio": None, "low": None, "high": None, "goal": None, "met": False, "error": said}


def skipped_row(name: str, goal: float | None, reason: str) -> dict:
    """The row of what cannot be measured here: no ratio, its goal neither met nor missed, and the reason."""
    return {"name": name, "ratio": None, "low": None, "high": None, "goal": goal, "met": None, "skipped": reason}


def context() -> dict:
    """What a ratio may depend on: versions, processor, threads, load average (None where there is none), date."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("segtutor", "torch", "transformers", "numpy")},
        "processor": _processor(),
        "processors": os.cpu_count(),
        "threads": 1,
        "load": load,
    }


def fresh(code: str, *arguments: str, environment: dict[str, str] | None = None) -> dict:
    """Run Python code in a process of its own: {"cpu_seconds", "peak_mb", "printed"}.

    CPU seconds count from the start of the interpreter. Peak is the largest resident memory. printed: what the code
    wrote to standard output. Offline, one thread. Raises RuntimeError with what the process said where it fails.
    """
    code = f"{code}\n{_TRAILER}"
    root = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    quiet = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **quiet, **(environment or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"a fresh process failed: {done.stderr.strip()[-2000:]}")
    printed, _, last = done.stdout.rstrip("\n").rpartition("\n")
    seconds, peak = json.loads(last)
    return {"cpu_seconds": seconds, "peak_mb": peak, "printed": printed.strip()}


def resident_mb() -> float:
    """Resident memory of this process now, MiB (Linux)."""
    return _status("VmRSS")


def peak_mb() -> float:
    """Largest resident memory of this process, since it began or since `reset_peak`, MiB."""
    try:
        return _status("VmHWM")
    except OSError:
        import resource

        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return largest / (_MIB if sys.platform == "darwin" else 1024)


def reset_peak() -> None:
    """Let `peak_mb` count from here (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_above(call: Callable[[], Any]) -> float:
    """MiB by which the resident memory rises during the call above what it was before (Linux). Call it once only."""
    gc.collect()
    before = resident_mb()
    reset_peak()
    call()
    return peak_mb() - before


def _checked(name: str, check: Callable | None, ours: Any, peer: Any) -> dict:
    if check is None:
        return {}
    try:
        answer = check(ours, peer)
    except AssertionError as error:
        raise CheckFailed(f"{name}: ours and the peer differ: {error}") from error
    if answer is not None and not isinstance(answer, dict) and not answer:
        raise CheckFailed(f"{name}: ours and the peer differ: look at what each returns before at how fast")
    return answer if isinstance(answer, dict) else {}


def _repeats(call: Callable[[], Any], device: str) -> int:
    return max(1, round(LEAST_SECONDS / max(_seconds(call, 1, device), 1e-6)))


def _seconds(call: Callable[[], Any], repeats: int, device: str) -> float:
    if device == "cpu":
        began = time.process_time()
        for _ in range(repeats):
            call()
        return time.process_time() - began
    import torch

    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    torch.cuda.synchronize()
    return time.perf_counter() - began


@contextmanager
def _without_gc():
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _status(field: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise OSError(f"/proc/self/status has no {field}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
