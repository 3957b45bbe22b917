"""The folder of a training belongs to one training at a time, and an earlier one is never lost in it.

    with held(folder, processes):       takes the lock; what a run that was killed left half-written is cleared away
        ...

The lock is the operating system's, on a file with the name of its holder: it ends with the process that holds it,
however that ends, so nobody has to remove a lock by hand.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from segtutor.errors import UserError
from segtutor.files import PART
from segtutor.training.loop.processes import Processes
from segtutor.training.loop.state import STATE
from segtutor.training.loop.stored_state import step_of

LOCK = "training.lock"
_FAR = 1 << 30  # Windows locks bytes so that nobody can read them: one far behind the text
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


def refuse_earlier(folder: Path) -> None:
    """Raise UserError where `folder` holds the state of an earlier training, which a new one would replace."""
    state = folder / STATE
    if state.exists():
        step = step_of(state)
        reached = "" if step is None else f", which reached step {step}"
        raise UserError(
            f"out must be a new folder, got {str(folder)!r}, which holds {STATE} of an earlier training{reached}: "
            "pass resume=True to go on with it, choose another folder, or remove the file"
        )


@contextmanager
def held(folder: Path | None, processes: Processes) -> Iterator[None]:
    """Hold the folder of a training; None needs nothing. Raises UserError that names who holds it already."""
    file, said = None, None
    if folder is not None and processes.main:
        try:
            file = _taken(folder / LOCK)
        except UserError as error:
            said = str(error)
    said = processes.of_main(said)
    if said is not None:
        raise UserError(said)
    try:
        if file is not None:
            for left in folder.glob(PART.format(STATE, "*")):
                left.unlink()
        yield
    finally:
        if file is not None:
            _release(file, folder / LOCK)


def _taken(path: Path) -> BinaryIO:
    while True:
        try:
            file = open(path, "a+b")  # noqa: SIM115 - held until _release
        except OSError as error:
            raise UserError(
                f"nothing can be written in the folder {path.parent} ({error.strerror or error}): choose another, "
                "or make room"
            ) from None
        try:
            _lock(file)
        except OSError as error:
            holder = _holder(file)
            file.close()
            if error.errno in _TAKEN:
                raise UserError(
                    f"another training runs in the folder {path.parent} ({holder}): choose another, or stop that "
                    "training first"
                ) from None
            raise UserError(
                f"files cannot be locked in the folder {path.parent} ({error.strerror or error}): choose a folder "
                "on this machine"
            ) from None
        with suppress(OSError):
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):  # else its holder has just removed it
                break
        file.close()
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M')}".encode())
    file.flush()
    return file


def _release(file: BinaryIO, path: Path) -> None:
    if os.name == "nt":  # an open file cannot be removed there; a closed one may be another's by now, which is refused
        file.close()
        with suppress(OSError):
            path.unlink()
    else:
        with suppress(OSError):
            path.unlink()  # while it is locked: a process that waits for this file sees that its name has gone
        file.close()


def _holder(file: BinaryIO) -> str:
    file.seek(0)
    text = file.read(200).decode(errors="replace")
    return "".join(c for c in text if c.isprintable()) or "its name is not written yet"


def _lock(file: BinaryIO) -> None:
    """Raises OSError where another holds it."""
    if os.name == "nt":
        import msvcrt

        system: Any = msvcrt
        file.seek(_FAR)
        system.locking(file.fileno(), system.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
