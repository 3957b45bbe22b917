"""The fuzzers for as long as wanted: how many files were read, refused, met a foreign error or were over budget.

    python tests/fuzz/longer.py --minutes 60                     # all kinds in turn, seeds from 0
    python tests/fuzz/longer.py --minutes 5 --kinds states pages --first 100000

One process works; what kills it (a crash, CPU_LIMIT, MEMORY_LIMIT) is a finding, and another goes on with the next
seed. Each finding is printed with its kind and seed, which make it again: --first SEED --count 1. A file may take
SECONDS of CPU and MEGABYTES above what was there. Linux, since memory is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

_cache = tempfile.TemporaryDirectory()  # each damaged data set of the Hub leaves a copy there
os.environ |= {"HF_HOME": _cache.name, "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
sys.path.insert(0, str(Path(__file__).resolve().parent))
from damage import KINDS  # noqa: E402

from segtutor.errors import UserError  # noqa: E402

# The files are small; what is large in them is stated only. segtutor/limits.py says what the largest true ones take.
SECONDS, MEGABYTES = 5.0, 1000.0
CPU_LIMIT, MEMORY_LIMIT = 60, 8 << 30
LONGEST_SENTENCE = 2000


def memory(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def met(work) -> tuple[str, str, float, float]:
    """(what came: "read", "refused", "foreign"; its text; seconds of CPU; megabytes above before)."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before, began = memory("VmRSS"), time.process_time()
    signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT)
    kind, said = "read", ""
    try:
        work()
    except UserError as error:
        kind, said = "refused", str(error)
        if "\n" in said or len(said) > LONGEST_SENTENCE:
            kind, said = "foreign", f"not one short sentence: {said}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        kind, said = "foreign", "".join(traceback.format_exception(error))[-3000:]
    signal.setitimer(signal.ITIMER_PROF, 0)
    return kind, said, time.process_time() - began, memory("VmHWM") - before


def worker(names: list[str], first: int, until: float, end: int, pipe: int, folder: str) -> None:
    """Kinds in turn from `first` on; a line of json for each before and after."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    kinds = {}
    for name in names:
        own = Path(folder) / name.replace(" ", "-")
        own.mkdir(exist_ok=True)
        kinds[name] = KINDS[name](own)
    with os.fdopen(pipe, "w") as stream:
        for number in range(first, end):
            name, seed = names[number % len(names)], number // len(names)
            print(json.dumps({"number": number, "name": name, "seed": seed}), file=stream, flush=True)
            kind, said, seconds, megabytes = met(kinds[name].work(seed))
            done = {"kind": kind, "said": said, "seconds": seconds, "megabytes": megabytes}
            print(json.dumps(done), file=stream, flush=True)
            if time.monotonic() > until:
                break


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=10**9, help="so many seeds of each kind at most")
    given = parser.parse_args()
    until = time.monotonic() + 60 * given.minutes
    number, end = given.first * len(given.kinds), (given.first + given.count) * len(given.kinds)
    counts, largest, findings = Counter(), {}, 0

    def found(place: dict, what: str, said: str) -> None:
        nonlocal findings
        findings += 1
        counts[place["name"], what] += 1
        print(f"{what}: {place['name']}, seed {place['seed']}: {said}", flush=True)

    while number < end and time.monotonic() < until:
        reader, writer = os.pipe()
        with tempfile.TemporaryDirectory() as folder:
            child = os.fork()
            if child == 0:
                os.close(reader)
                status = 1
                try:
                    worker(given.kinds, number, until, end, writer, folder)
                    status = 0
                except BaseException:  # noqa: BLE001 - a fork must not return into its parent's code
                    traceback.print_exc()
                finally:
                    os._exit(status)
            os.close(writer)
            place = None
            with os.fdopen(reader) as stream:
                for line in stream:
                    said = json.loads(line)
                    if "number" in said:
                        place = said
                        continue
                    name, cost = place["name"], (said["seconds"], said["megabytes"])
                    largest[name] = tuple(map(max, largest.get(name, (0, 0)), cost))
                    if said["kind"] == "foreign":
                        found(place, "foreign", said["said"])
                    else:
                        counts[name, said["kind"]] += 1
                    if cost[0] > SECONDS or cost[1] > MEGABYTES:
                        found(place, "over", f"{cost[0]:.1f} s of CPU, {cost[1]:.0f} MB")
                    number, place = place["number"] + 1, None
            _, status = os.waitpid(child, 0)
        if place is not None:
            found(place, "killed", f"by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {status}")
            number = place["number"] + 1
        elif status:
            sys.exit(f"the process that works ended with status {status} before its first file")
    whats = ("read", "refused", "foreign", "over", "killed")
    print(f"{'':12s}" + "".join(f"{what:>9s}" for what in whats) + "  most CPU s   most MB")
    for name in given.kinds:
        row = "".join(f"{counts[name, what]:9d}" for what in whats)
        print(f"{name:12s}{row}  {largest.get(name, (0, 0))[0]:10.2f}  {largest.get(name, (0, 0))[1]:8.0f}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
