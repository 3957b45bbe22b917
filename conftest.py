"""Lessons under nbval: each kernel runs without any network where that is permitted, and what it took is measured.

nbval runs a lesson's cells and compares what they print (pytest's settings in pyproject.toml). After the last cell
comes one more item, `limits`: the kernel that has run the lesson says its peak memory and its processor time.
"""

import functools
import importlib.util
import itertools
import subprocess
import tempfile
from pathlib import Path

import pytest

MOST_MEMORY_MB, MOST_MEMORY_MB_IN_TRAINING, MOST_CPU_SECONDS = 600, 700, 80  # lessons 09 and 14 train
MOST_MEMORY_MB_OF_TRAINER, MOST_CPU_SECONDS_OF_TRAINER = 900, 40  # recipes: two networks by transformers' Trainer
_sockets = tempfile.TemporaryDirectory(prefix="kernels")
_number = itertools.count()


@pytest.fixture(scope="session")
def without_network() -> list[str]:
    """The beginning of a command that runs without any network; empty where that is not permitted."""
    return list(_without_network())


def pytest_configure():
    from nbval import kernel as nbval

    class KernelSpecs(nbval.NbvalKernelspecManager):
        def get_kernel_spec(self, kernel_name):
            spec = super().get_kernel_spec(kernel_name)
            spec.argv = [*_without_network(), *spec.argv]
            return spec

    class Kernels(nbval.KernelManager):
        def __init__(self, **options):  # sockets that are files need no network at all, not even the loopback
            super().__init__(transport="ipc", ip=f"{_sockets.name}/{next(_number)}", **options)

    if _without_network():
        nbval.NbvalKernelspecManager, nbval.KernelManager = KernelSpecs, Kernels


def pytest_unconfigure():
    _sockets.cleanup()


def pytest_collection_modifyitems(items):
    from nbval.plugin import IPyNbCell

    last = {item.parent: place for place, item in enumerate(items) if isinstance(item, IPyNbCell)}
    for parent, place in sorted(last.items(), key=lambda one: -one[1]):
        items.insert(place + 1, Limits.from_parent(parent, name="limits"))


class Limits(pytest.Item):
    """What a lesson took: the last item of a notebook, asked of its kernel."""

    def runtest(self):
        said = []
        self.parent.kernel.kc.execute_interactive(
            _measure(), timeout=60, output_hook=lambda message: said.append(message["content"].get("text", ""))
        )
        cpu_seconds, memory = map(float, "".join(said).split())
        most = MOST_MEMORY_MB_IN_TRAINING if self.path.name.startswith(("09_", "14_")) else MOST_MEMORY_MB
        most_seconds = MOST_CPU_SECONDS
        if self.path.parent.name == "recipes":
            most, most_seconds = MOST_MEMORY_MB_OF_TRAINER, MOST_CPU_SECONDS_OF_TRAINER
        if memory >= most or cpu_seconds >= most_seconds:
            pytest.fail(
                f"got {memory:.0f} MB and {cpu_seconds:.0f} seconds of processor, expected at most {most} MB and "
                f"{most_seconds} seconds",
                pytrace=False,
            )
        if not _without_network():
            pytest.skip("ran well, but with network: this system permits no network namespace (unshare -n)")

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}: memory and time"


def _measure() -> str:
    """The code by which tools/execute_lessons.py measures a kernel."""
    file = Path(__file__).parent / "tools" / "execute_lessons.py"
    spec = importlib.util.spec_from_file_location("execute_lessons", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MEASURE


@functools.cache
def _without_network() -> tuple[str, ...]:
    for prefix in (("unshare", "-n"), ("unshare", "-r", "-n")):
        try:
            subprocess.run([*prefix, "true"], check=True, capture_output=True, timeout=20)
        except (OSError, subprocess.SubprocessError):
            continue
        return prefix
    return ()
