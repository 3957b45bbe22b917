"""Explorers on a page of a real browser: what is measured of them, and how.

A time is that from an event (a pointer that moves, a slider that is pulled, a trait that a cell sets) to the end of the
first frame in which the picture was drawn anew. Events come at random moments of a frame, as a person's do, so about
8 ms of each time is the wait for the next frame of a 60 Hz screen. What is drawn is watched at the canvases' own
drawing calls, or at the elements of a table. `cpu_ms` is what the page's thread computed for one event, all in all: it
says more than the clock where something else runs on the machine.

The page and its model are those of the tests (tests/browser/bare.py); segmenters there have no network.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_TESTS = _HERE.parent / "tests"
SWITCHES = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"]

# The parts of actions that several explorers share.
POINTER = """const canvas = document.querySelectorAll("%s")[%d], box = canvas.getBoundingClientRect();
canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse",
  clientX: box.left + 9 + (n * 37) %% (box.width - 18), clientY: box.top + 9 + (n * 53) %% (box.height - 18) }));"""
SLIDER = """const input = document.querySelectorAll("input[type=range]")[%d];
input.value = %s; input.dispatchEvent(new Event("input", { bubbles: true }));"""


@dataclass(frozen=True)
class Action:
    """name; act: JavaScript of one event, with n, model, page; where: a selector of what must be drawn.

    kernel: whether Python has to answer; settle: milliseconds before the first event, for what an explorer prepares.
    network(explorer): the milliseconds that a network took for each event, which come on top of the goal.
    """

    name: str
    act: str
    where: str = "canvas"
    kernel: bool = False
    settle: int = 0
    network: Callable[[Any], list[float]] | None = None


@dataclass(frozen=True)
class Case:
    """An explorer. make() builds it. layers(it): how many decoder layers its state holds. moves: a canvas to move over.

    moves: (selector, which of those found). given(it): what the actions find in `page`. usual(): as it is usually made,
    where make() is not: with all layers sent at once, for example; the time in Python is of this.
    """

    name: str
    make: Callable[[], Any]
    actions: tuple[Action, ...] = ()
    moves: tuple[str, int] | None = None
    layers: Callable[[Any], int] = lambda explorer: 1
    given: Callable[[Any], dict[str, Any]] = lambda explorer: {}
    settle: int = 2500
    usual: Callable[[], Any] | None = None


def chromium_path() -> str | None:
    """As the tests find it: CHROMIUM, then Debian's, then Playwright's own; None where there is none."""
    import os

    for candidate in (os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium")):
        if candidate and Path(candidate).exists():
            return candidate
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return path if Path(path := playwright.chromium.executable_path).exists() else None


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path(), args=SWITCHES)
        yield started
        started.close()


def tests_module(name: str) -> Any:
    """A helper of the tests: bare, toy_segmenter, toy_explorers."""
    from importlib import import_module

    for folder in (_TESTS, _TESTS / "browser"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return import_module(name)


class Page:
    """An explorer that stands on its page, and what can be measured of it."""

    def __init__(self, bare: Any, python_ms: float, given: dict[str, Any]):
        self.bare, self.python_ms = bare, python_ms
        self.session = bare.page.context.new_cdp_session(bare.page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        bare.page.evaluate((_HERE / "_pages.js").read_text(encoding="utf-8"), given)

    def first_display(self, where: str) -> float:
        """Milliseconds from mounting the view to its first picture, and CPU-milliseconds of making it in Python."""
        return self.python_ms + self._ask("again", where)

    def times(self, action: Action, count: int) -> tuple[list[float], float]:
        """(milliseconds of each event, CPU-milliseconds of one); three events before them are not counted."""
        question = {"act": action.act, "where": action.where}
        self.bare.page.wait_for_timeout(action.settle)
        self.bare.page.evaluate("(asked) => window.latency.times(asked)", question | {"count": 3, "first": 0})
        before = self._cpu()
        times = self.bare.page.evaluate(
            "(asked) => window.latency.times(asked)", question | {"count": count, "first": 3}
        )
        return times, (self._cpu() - before) / count

    def growth(self, moves: tuple[str, int], count: int) -> float:
        """MB by which the page's memory, garbage collected, grows during so many moves of a pointer."""
        where, index = moves
        self.bare.page.evaluate(
            "(asked) => window.latency.moves(asked)", {"count": 2000, "where": where, "index": index}
        )
        before = self._heap()
        self.bare.page.evaluate(
            "(asked) => window.latency.moves(asked)", {"count": count, "where": where, "index": index}
        )
        return (self._heap() - before) / 1e6

    def _ask(self, what: str, asked: Any) -> Any:
        return self.bare.page.evaluate("([what, asked]) => window.latency[what](asked)", [what, asked])

    def _heap(self) -> float:
        self.session.send("HeapProfiler.collectGarbage")
        usage = self.session.send("Runtime.getHeapUsage")
        return usage["usedSize"] + usage.get("backingStorageSize", 0)  # typed arrays lie outside the heap itself

    def _cpu(self) -> float:
        found = {one["name"]: one["value"] for one in self.session.send("Performance.getMetrics")["metrics"]}
        return 1000 * found["TaskDuration"]


@contextmanager
def shown(chromium: Any, case: Case) -> Iterator[Page]:
    """The explorer of a case on a page of its own."""
    mount = tests_module("bare").mount
    usual, explorer = case.usual or case.make, case.make()  # imports, and what is kept for all
    began = time.process_time()
    usual().get_state()
    python_ms = 1000 * (time.process_time() - began)
    with mount(chromium, explorer, width=1200, height=1000) as bare:
        bare.page.wait_for_timeout(case.settle)
        yield Page(bare, python_ms, case.given(explorer))


def state_bytes(explorer: Any) -> int:
    """What a notebook sends to show the explorer: bytes as they are, the rest as JSON; code and styles left out."""
    import json

    def size(value: Any) -> int:
        if isinstance(value, bytes | bytearray | memoryview):
            return len(value)
        if isinstance(value, dict):
            return sum(len(json.dumps(str(key))) + 1 + size(one) for key, one in value.items())
        if isinstance(value, list | tuple):
            return 2 + sum(1 + size(one) for one in value)
        return len(json.dumps(value, default=str))

    return sum(size(value) for name, value in explorer.get_state().items() if name not in ("_esm", "_css"))
