"""What untrusted input costs: a function in a process of its own, its seconds of CPU and megabytes measured."""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from segtutor.errors import UserError

measured_here = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory as Linux counts it")


@dataclass(frozen=True)
class Cost:
    """kind: "ok", "sentence" (a UserError), "traceback", or "killed". said: the result or the error."""

    kind: str
    said: str
    seconds: float = 0.0
    megabytes: float = 0.0


def cost_of(work: Callable[[], Any], *, seconds: int = 60, gigabytes: int = 8) -> Cost:
    """Run `work` in a fork, bounded by the arguments; what it used above what was there before."""
    import resource

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            resource.setrlimit(resource.RLIMIT_AS, (gigabytes << 30, gigabytes << 30))
            signal.alarm(seconds)
            Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
            before, began = _resident("VmRSS"), time.process_time()
            try:
                kind, said = "ok", repr(work())
            except UserError as error:
                kind, said = "sentence", str(error)
            except BaseException as error:
                kind, said = "traceback", "".join(traceback.format_exception(error))[-4000:]
            used = {"seconds": time.process_time() - began, "megabytes": _resident("VmHWM") - before}
            os.write(writer, json.dumps({"kind": kind, "said": said[:8000], **used}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        answer = stream.read()
    _, status = os.waitpid(child, 0)
    return Cost(**json.loads(answer)) if answer else Cost("killed", f"status {status}")


def _resident(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024
