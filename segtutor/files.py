"""Files written whole or not at all: a reader never meets half a picture, half a lesson or half a checkpoint.

And files that others made, opened only where they are ordinary files: a named pipe would be waited for without end.
"""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from segtutor.errors import UserError

PART = ".{}.{}.part"  # the name of what is being written: of its file, and of the writer


def write_whole(path: str | os.PathLike, data: bytes, *, overwrite: bool = False) -> Path:
    """Write `data` to `path` so that the file is either complete or absent.

    The bytes go to a new file in the same folder, which is then given its name in one step; with `overwrite` that
    step replaces what was there, without it a file that appeared in the meantime is left as it is.

    Raises `UserError` where the file exists (without `overwrite`), is a folder, or cannot be written.
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    with whole_file(path, overwrite=overwrite) as file:
        file.write(data)
    return path


@contextlib.contextmanager
def whole_file(path: str | os.PathLike, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A stream for what is too large to be held twice: the file gets its name when the block ends well.

    The bytes go to PART beside it, one of its own for each writer, and are on the disk before the name is. Raises
    `UserError` where it cannot be written; nothing is left then, and what had the name keeps it.
    """
    path = Path(path)
    temporary = path.with_name(PART.format(path.name, secrets.token_hex(4)))
    failed: list[OSError] = []
    try:
        with open(temporary, "xb") as file:
            yield _Remembering(file, failed)  # type: ignore[misc]
            file.flush()
            os.fsync(file.fileno())  # a name that outlives a power cut before its bytes do would be half a file
        if overwrite:
            os.replace(temporary, path)
        else:
            _name_exclusively(temporary, path)
    except Exception as error:
        cause = failed[0] if failed else error  # libraries that write in C++ report a full disk in words of their own
        if not isinstance(cause, OSError):
            raise
        raise UserError(
            f"{path} could not be written ({cause.strerror or cause}): choose a folder that exists and is yours"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # such as a name too long to have been given
            temporary.unlink()


@contextlib.contextmanager
def whole_folder(path: str | os.PathLike) -> Iterator[Path]:
    """A folder beside `path` that takes its name when the block ends well, and is removed when it does not.

    path: a folder that is empty or not there. Raises `UserError` where it cannot be made or written.
    """
    path = Path(os.path.abspath(path))
    beside = path.with_name(PART.format(path.name, secrets.token_hex(4)))
    try:
        os.makedirs(path.parent, exist_ok=True)
        beside.mkdir()
        yield beside
        if path.is_dir():
            path.rmdir()  # Windows would not put a folder in place of another, not even of an empty one
        os.rename(beside, path)
    except OSError as error:
        raise UserError(
            f"{path} could not be written ({error.strerror or error}): choose a folder that exists and is yours"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def filling(folder: str | os.PathLike) -> Iterator[Path]:
    """A folder whose files move into `folder`, replacing those of their names, when the block ends well.

    For libraries that write several files by themselves. Raises `UserError` where they cannot be written.
    """
    folder = Path(folder)
    beside = folder / PART.format("files", secrets.token_hex(4))
    try:
        beside.mkdir(parents=True)
        yield beside
        for file in sorted(beside.iterdir()):
            os.replace(file, folder / file.name)
    except OSError as error:
        raise UserError(
            f"{folder} could not be written to ({error.strerror or error}): choose a folder that exists and is yours"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


class _Remembering:
    """A stream that remembers why it could not be written."""

    def __init__(self, file: BinaryIO, failed: list[OSError]):
        self._file, self._failed = file, failed

    def write(self, data: Any) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self._failed.append(error)
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def refuse_existing(path: str | os.PathLike, *, overwrite: bool = False) -> None:
    """Raise `UserError` where `path` cannot become a new file, before anybody computes what would go into it."""
    path = Path(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise UserError(
            f"{str(path)[-80:]} cannot be looked at ({error.strerror or error}): choose another name or folder"
        ) from error
    if path.is_dir():
        raise UserError(f"{path} is a folder, not the name of a file: add a name such as {path / 'result.png'}")
    if not path.parent.is_dir():
        raise UserError(f"the folder {path.parent} does not exist: create it, or choose another one for {path.name}")
    if path.exists() and not overwrite:
        raise UserError(f"{path} exists already and is kept: choose another name, or replace it (--force)")


class NotRegularError(OSError):
    """A pipe, a device or a socket where an ordinary file was expected."""


def open_regular(path: str | os.PathLike, *, follow: bool = True) -> BinaryIO:
    """Open an ordinary file for reading, in bytes; nothing is read from anything else, and nothing is waited for.

    follow: whether the file that a link names is opened; else a link is an OSError (ELOOP).
    Raises OSError as `open` does, `IsADirectoryError` for a folder, `NotRegularError` for a pipe or a device.
    """
    # Without O_NONBLOCK, opening a named pipe would wait for a writer without end.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    if not follow:
        if os.path.islink(path):  # Windows has no O_NOFOLLOW
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        flags |= getattr(os, "O_NOFOLLOW", 0)
    if os.path.isdir(path):  # Windows cannot open a folder at all
        raise IsADirectoryError(f"{path} is a folder")
    descriptor = os.open(path, flags)
    # what was opened is looked at, not its name, which may have been given to something else by now
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(f"{path} is a pipe or a device")
    return open(descriptor, "rb")


def make_folder(folder: str | os.PathLike) -> set[str]:
    """Make `folder` where it is not there yet; the names of what lies in it. UserError where it cannot be used."""
    try:
        os.makedirs(folder, exist_ok=True)
        return set(os.listdir(folder))
    except OSError as error:
        raise UserError(
            f"{str(folder)[-80:]!r} cannot be used as a folder ({error.strerror or error}): choose one of yours"
        ) from error


def _name_exclusively(temporary: Path, path: Path) -> None:
    """Give `temporary` the name `path` unless that name is taken by now."""
    try:
        os.link(temporary, path)  # fails when the name is taken; os.replace and os.rename would not
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as an SD card
        if path.exists():
            raise FileExistsError(f"{path} exists already") from None
        os.replace(temporary, path)
