"""`segtutor doctor --class`: whether a machine serves a class, how many learners fit on it, and why.

A class here is JupyterHub on one machine: a server and, for each open lesson, a kernel per learner. What they need was
measured with `tools/classroom`; each number stands below with what it is. Like `doctor`, this runs where much is
broken: nothing of ours that needs torch is imported, and each part is looked at on its own.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import socket
import stat
from collections.abc import Iterable
from pathlib import Path

from segtutor import doctor
from segtutor.doctor import Finding, Report

SERVER = 140e6  # bytes of a learner's JupyterLab server that no other shares
KERNEL = 460e6  # bytes of the kernel of the lesson that takes most memory (06), after all of its cells
SYSTEM = 1e9  # bytes that are left to the system, the Hub and its proxy
DISK = 50e6  # bytes of a learner's home: the lessons, what a run of them writes, and some pictures
LESSON_SECONDS = 20  # of CPU, all cells of a lesson without training
PATIENCE = 120  # seconds until the last of the class has their results, when all press Run All at once
THREADS = 40  # of a server and a kernel, with OMP_NUM_THREADS=1
FILES_OF_A_KERNEL = 100  # open files and sockets; 73 were counted
FILES_OF_THE_PROXY = 20  # a learner, in the one process that all connections go through
_LARGER = "take a larger machine or smaller groups; the pages of `segtutor site` need no server at all"
PORTS = {8000: "JupyterHub", 8001: "its proxy's settings", 8081: "the Hub itself"}


def examine_class(learners: int | None = None) -> Report:
    """Look at what a class needs; the last finding says in a sentence how many fit, and what decides that.

    learners: the size of the class, or None; where fewer fit, that finding is "missing". Raises nothing.
    """
    report = Report()
    limits: dict[str, int] = {}
    for look in (_memory, _cores, _threads, _files, _disk, _ports, _cache, _weights, _jupyter):
        try:
            report.findings.extend(look(limits))
        except Exception as error:  # as in doctor.examine
            text = f"could not be looked at ({type(error).__name__}: {error})"
            report.findings.append(Finding(look.__name__.strip("_"), "missing", text))
    report.findings.append(_verdict(limits, learners))
    return report


def _verdict(limits: dict[str, int], learners: int | None) -> Finding:
    if not limits:
        return Finding("learners", "note", "nothing that limits their number could be measured here")
    scarce = min(limits, key=lambda name: limits[name])
    others = ", ".join(f"{name} {number}" for name, number in limits.items() if name != scarce)
    text = f"{limits[scarce]} fit at once, limited by {scarce}" + (f" ({others})" if others else "")
    if learners is not None and limits[scarce] < learners:
        return Finding("learners", "missing", f"{text}; {learners} were asked for", _LARGER)
    return Finding("learners", "ok" if limits[scarce] else "missing", text, None if limits[scarce] else _LARGER)


def _memory(limits: dict[str, int]) -> Iterable[Finding]:
    total, free = doctor.memory()
    if total is None:
        yield Finding("memory", "note", "unknown on this system")
        return
    usable = max((total if free is None else free) - SYSTEM, 0)
    limits["memory"] = int(usable // (SERVER + KERNEL))
    yield Finding(
        "memory",
        "ok" if limits["memory"] else "missing",
        f"{usable / 1e9:.1f} GB beside {SYSTEM / 1e9:.0f} GB for the system: {limits['memory']} learners with one "
        f"lesson open ({SERVER / 1e6:.0f} MB a server, up to {KERNEL / 1e6:.0f} MB a lesson)",
        None if limits["memory"] else "end other programs, or take a larger machine",
    )


def _cores(limits: dict[str, int]) -> Iterable[Finding]:
    cores = doctor.cores()
    limits["cores"] = cores * PATIENCE // LESSON_SECONDS
    yield Finding(
        "cores",
        "ok",
        f"{cores}: when {limits['cores']} learners press Run All at the same moment, the last has the results after "
        f"{PATIENCE / 60:.0f} minutes ({LESSON_SECONDS} CPU-seconds a lesson)",
    )
    threads = os.environ.get("OMP_NUM_THREADS")
    if cores > 1 and threads != "1":
        said = "not set" if threads is None else repr(threads)
        text = f"{said}: each kernel starts a thread for each core, and the learners' kernels slow each other down"
        yield Finding("OMP_NUM_THREADS", "note", text, 'c.Spawner.environment = {"OMP_NUM_THREADS": "1"}')


def _threads(limits: dict[str, int]) -> Iterable[Finding]:
    """The control group's limit counts those of all learners, that of a user (ulimit -u) those of one."""
    with contextlib.suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        most = int((group / "pids.max").read_text())  # "max": ValueError
        used = int((group / "pids.current").read_text())
        limits["threads"] = max(most - used, 0) // THREADS
        state = "ok" if limits["threads"] else "missing"
        text = f"{most} are allowed here, {used} exist: {limits['threads']} learners with {THREADS} each"
        yield Finding("threads", state, text, None if limits["threads"] else "raise pids.max of this container")
    soft = _ulimit("RLIMIT_NPROC")
    if soft is not None and soft < 4 * THREADS:
        text = f"{soft} threads a user (ulimit -u), expected {4 * THREADS} or more: a kernel could not start"
        yield Finding("ulimit -u", "missing", text, f"ulimit -u {4 * THREADS}")


def _files(limits: dict[str, int]) -> Iterable[Finding]:
    soft = _ulimit("RLIMIT_NOFILE")
    if soft is not None:
        limits["open files"] = max(soft - FILES_OF_A_KERNEL, 0) // FILES_OF_THE_PROXY
        text = f"{soft} open files a process (ulimit -n): the Hub's proxy holds {FILES_OF_THE_PROXY} a learner"
        yield Finding("ulimit -n", "ok" if limits["open files"] else "missing", text, _more(limits["open files"]))
    space = _ulimit("RLIMIT_AS")
    if space is not None and space < 8e9:
        text = (
            f"{space / 1e9:.1f} GB of addresses a process (ulimit -v), expected no limit: torch maps more than it uses"
        )
        yield Finding("ulimit -v", "missing", text, "ulimit -v unlimited")


def _more(fitting: int) -> str | None:
    return None if fitting else "ulimit -n 4096"


def _disk(limits: dict[str, int]) -> Iterable[Finding]:
    home = Path.home()
    free = shutil.disk_usage(next(path for path in (home, *home.parents) if path.exists())).free
    limits["disk"] = int(free // DISK)
    text = f"{free / 1e9:.1f} GB free for homes: {limits['disk']} learners with {DISK / 1e6:.0f} MB each"
    state, mend = ("ok", None) if limits["disk"] else ("missing", "free some disk space")
    yield Finding("disk", state, text, mend)


def _ports(limits: dict[str, int]) -> Iterable[Finding]:  # noqa: ARG001
    """Kernels take five ports of loopback each; that any can be had is tried once."""
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", 0))
            yield Finding("loopback", "ok", "ports for kernels can be had")
        except OSError as error:
            text = f"no port of 127.0.0.1 can be had ({error.strerror}): no kernel can start"
            yield Finding("loopback", "missing", text, "ip link set lo up")
            return
    for port, use in PORTS.items():
        with socket.socket() as tried:
            tried.settimeout(1)
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                text = f"is in use already; JupyterHub takes it for {use} unless told otherwise"
                yield Finding(f"port {port}", "note", text)


def _cache(limits: dict[str, int]) -> Iterable[Finding]:  # noqa: ARG001
    """One cache of published models for all: everyone reads it, and whoever fetches first must be able to write."""
    try:
        from huggingface_hub import constants
    except ImportError:
        return  # doctor reports it
    cache = Path(constants.HF_HUB_CACHE)
    if not any(name in os.environ for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")):
        text = f"{cache}, in your own home: each learner would fetch and keep published models again"
        mend = 'c.Spawner.environment = {"HF_HOME": "/srv/huggingface"}'
        yield Finding("shared Hub cache", "note", text, mend)
        return
    if not cache.is_dir():
        text, mend = f"{cache} is not there yet", f'install -d -m 2775 -g GROUP "{cache}"'
        yield Finding("shared Hub cache", "missing", text, mend)
        return
    closed = unreadable(cache)
    if closed:
        yield Finding("shared Hub cache", "missing", *_closed(cache.resolve(), closed))
        return
    mode = cache.stat().st_mode
    if mode & stat.S_IWOTH or mode & stat.S_IWGRP:
        who = "everyone" if mode & stat.S_IWOTH else f"its group ({cache.stat().st_gid})"
        yield Finding("shared Hub cache", "ok", f"{cache}: read by all, written by {who}")
    else:
        text = f"{cache}: read by all, written by its owner alone; fetch the models before the class, or let them write"
        yield Finding("shared Hub cache", "note", text, f'chmod -R g+rwX "{cache}"')


def _weights(limits: dict[str, int]) -> Iterable[Finding]:  # noqa: ARG001
    """The package is often installed by an administrator whose umask or home closes it to everyone else."""
    package = Path(__file__).resolve().parent
    closed = unreadable(package)
    if closed:
        yield Finding("weights for all", "missing", *_closed(package, closed))
    else:
        yield Finding("weights for all", "ok", f"{package} can be read by every user of this machine")


def _closed(folder: Path, closed: list[Path]) -> tuple[str, str]:
    """What cannot be read of a folder, in words, and the line that opens the first of it: a folder above needs less."""
    more = f", nor {len(closed) - 1} more" if len(closed) > 1 else ""
    part = folder if closed[0].is_relative_to(folder) else closed[0]
    option = "-R go+rX" if part == folder else "go+x"
    return f"{closed[0]} cannot be read by other users{more}", f'chmod {option} "{part}"'


def unreadable(folder: Path) -> list[Path]:
    """What users other than the owner cannot read, of a folder and all that lies in it; first what leads to it.

    Empty on systems whose files have no such permissions. Links are followed as a reader follows them.
    """
    if os.name != "posix":
        return []
    folder = folder.resolve()
    closed = [path for path in _leading(folder) if not path.stat().st_mode & stat.S_IXOTH]
    for place, _, names in os.walk(folder):
        if not _open_to_all(Path(place), stat.S_IROTH | stat.S_IXOTH):
            closed.append(Path(place))
        closed += [Path(place, name) for name in names if not _open_to_all(Path(place, name), stat.S_IROTH)]
    return closed


def _leading(folder: Path) -> list[Path]:
    return list(reversed(folder.parents))


def _open_to_all(path: Path, wanted: int) -> bool:
    try:
        return path.stat().st_mode & wanted == wanted
    except OSError:  # a link whose file is gone: nobody can read it, and nobody looks for it
        return path.is_symlink()


def _jupyter(limits: dict[str, int]) -> Iterable[Finding]:  # noqa: ARG001
    yield from doctor.jupyterlab()
    for name, use in (("jupyterhub", "gives each learner a server"), ("nbgitpuller", "hands out newer lessons")):
        try:
            yield Finding(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            text = f"not in this environment; it {use}, and may lie in one of its own"
            yield Finding(name, "note", text)


def _ulimit(name: str) -> int | None:
    """The soft limit of this process, None where there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft = resource.getrlimit(getattr(resource, name))[0]
    return None if soft in (resource.RLIM_INFINITY, -1) else soft
