"""Files written whole or not at all: a reader never meets half a picture, half a lesson or half a checkpoint."""

import contextlib
import os
import secrets
from pathlib import Path

from .errors import UserError


def write_whole(path: str | os.PathLike, data: bytes, *, overwrite: bool = False) -> Path:
    """Write `data` to `path` so that the file is either complete or absent.

    The bytes go to a new file in the same folder, which is then given its name in one step; with `overwrite` that
    step replaces what was there, without it a file that appeared in the meantime is left as it is.

    Raises `UserError` where the file exists (without `overwrite`), is a folder, or cannot be written.
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            os.replace(temporary, path)
        else:
            _name_exclusively(temporary, path)
    except OSError as error:
        raise UserError(
            f"{path} could not be written ({error.strerror or error}); choose a folder that exists and is yours."
        ) from error
    finally:
        with contextlib.suppress(OSError):  # such as a name too long to have been given
            temporary.unlink()
    return path


def refuse_existing(path: str | os.PathLike, *, overwrite: bool = False) -> None:
    """Raise `UserError` where `path` cannot become a new file, before anybody computes what would go into it."""
    path = Path(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise UserError(
            f"{str(path)[-80:]} cannot be looked at ({error.strerror or error}); choose another name or folder."
        ) from error
    if path.is_dir():
        raise UserError(f"{path} is a folder, expected the name of a file; add a name such as {path / 'result.png'}.")
    if not path.parent.is_dir():
        raise UserError(f"The folder {path.parent} does not exist; create it, or choose another place for {path.name}.")
    if path.exists() and not overwrite:
        raise UserError(f"{path} exists already and is kept; choose another name, or replace it (--force).")


def make_folder(folder: str | os.PathLike) -> set[str]:
    """Make `folder` where it is not there yet; the names of what lies in it. UserError where it cannot be used."""
    try:
        os.makedirs(folder, exist_ok=True)
        return set(os.listdir(folder))
    except OSError as error:
        raise UserError(
            f"got {str(folder)[-80:]!r}, which cannot be used as a folder ({error.strerror or error}), "
            "expected one of yours: choose another place"
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
