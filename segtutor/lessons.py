"""The lessons as files: where they lie in this installation, and how a person gets a copy of their own.

A person's copy is theirs. `copy_lessons` remembers, in a small file beside the copies, which content it has handed
out, so that it can tell three cases apart: a lesson that was never touched (a newer version replaces it), one that
was edited and has no newer version (left alone), and one that was edited and has one (the newer version is put
beside it as NAME.new.ipynb). A file that the course no longer has, because a lesson was renamed or renumbered, is
moved to `earlier/` where it was never touched; an edited one stays where it is, and its name is said.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import write_whole

_RECORD = ".segtutor-lessons.json"
_EARLIER = "earlier"
DEFAULT_FOLDER = "segtutor-lessons"


def source_folder() -> Path:
    """The folder that holds the lessons as published: the checkout's `notebooks/`, else the one in the package.

    Raises `UserError` where this installation has no lessons.
    """
    package = Path(__file__).resolve().parent
    in_checkout = package.parent / "notebooks"
    # An editable installation also has a copy in site-packages, frozen on the day it was installed: never read it.
    for folder in (in_checkout if (package.parent / "pyproject.toml").is_file() else None, package / "notebooks"):
        if folder is not None and any(folder.glob("*.ipynb")):
            return folder
    raise UserError(
        "the lessons are missing from the folder notebooks of this installation: `segtutor doctor` names the "
        "command that brings them back"
    )


def first_lesson(folder: Path) -> Path:
    """The lesson to open first: number 00, else the first by name."""
    found = sorted(path for path in folder.glob("*.ipynb") if not path.name.endswith(".new.ipynb"))
    if not found:
        raise UserError(f"{folder} holds no lesson (*.ipynb): choose another folder for `segtutor lab`")
    return next((path for path in found if path.name.startswith("00")), found[0])


@dataclass
class Copied:
    """What `copy_lessons` did, as lists of names relative to the folder."""

    folder: Path
    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"{len(self.new)} copied"] if self.new else []
        parts += [f"{len(self.updated)} updated"] if self.updated else []
        parts += [f"{len(self.kept)} of yours kept as they are"] if self.kept else []
        parts += [f"newer version beside yours: {', '.join(self.beside)}"] if self.beside else []
        parts += [f"{len(self.earlier)} of an earlier course moved to {_EARLIER}"] if self.earlier else []
        if self.outdated:
            names = ", ".join(self.outdated)
            parts.append(f"yours from an earlier course, whose exercises may be numbered otherwise now: {names}")
        return f"Lessons in {self.folder}: {'; '.join(parts) if parts else 'all there already'}."


def copy_lessons(folder: str | Path, source: Path | None = None) -> Copied:
    """Copy the lessons into `folder`, never over a file that the person has edited.

    Raises `UserError` where `folder` is a file or cannot be written.
    """
    source = source_folder() if source is None else source
    folder = Path(os.path.expanduser(folder)).resolve()
    copied = Copied(folder)
    if folder == source.resolve():  # a developer works on the lessons themselves
        return copied
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be used as a folder ({error.strerror or error}): name another one, segtutor lab FOLDER"
        ) from error
    handed_out = _read_record(folder)
    published = {path.relative_to(source).as_posix(): path for path in _files(source)}
    for name in sorted(set(handed_out) - set(published)):
        if _published_name(name) not in published:
            _set_aside(name, folder, handed_out, copied)
    for name, path in published.items():
        _hand_out(path.read_bytes(), name, folder, handed_out, copied)
    write_whole(folder / _RECORD, json.dumps(handed_out, indent=1, sort_keys=True).encode(), overwrite=True)
    return copied


def _hand_out(content: bytes, name: str, folder: Path, handed_out: dict[str, str], copied: Copied) -> None:
    """Bring one file to the person; `handed_out` maps names to the hash of the newest content they were given."""
    target, ours = folder / name, _hash(content)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content)
        copied.new.append(name)
    elif (theirs := _hash(target.read_bytes())) == ours:
        pass
    elif theirs == handed_out.get(name):  # as we gave it, and we have a newer one
        write_whole(target, content, overwrite=True)
        copied.updated.append(name)
    elif handed_out.get(name) == ours:  # edited, and they have been given our newest
        copied.kept.append(name)
    else:
        beside = _name_beside(folder, name, ours, handed_out)
        if not beside.exists() or _hash(beside.read_bytes()) != ours:
            write_whole(beside, content, overwrite=True)
        handed_out[beside.relative_to(folder).as_posix()] = ours
        copied.beside.append(beside.relative_to(folder).as_posix())
    handed_out[name] = ours


def _set_aside(name: str, folder: Path, handed_out: dict[str, str], copied: Copied) -> None:
    """Move a file that the course no longer has out of the way; one that was edited stays, and is named.

    An untouched one is moved, not deleted: the record can be wrong, and a wrong move can be undone.
    """
    target = folder / name
    if not target.is_file() or not target.resolve().is_relative_to(folder):  # gone, or a link to somewhere else
        return
    if _hash(target.read_bytes()) != handed_out[name]:
        copied.outdated.append(name)
        return
    place = folder / _EARLIER / name
    for number in range(2, 1000):
        if not place.exists():
            break
        place = place.with_name(f"{Path(name).stem}.{number}{Path(name).suffix}")
    else:
        raise UserError(f"{place.parent} holds a thousand earlier versions of {name}: remove those you do not need")
    place.parent.mkdir(parents=True, exist_ok=True)
    target.rename(place)
    del handed_out[name]
    copied.earlier.append(name)


def _published_name(name: str) -> str:
    """The file that a copy put beside it is of: "a/b.ipynb" of "a/b.new2.ipynb"; other names as they are."""
    return re.sub(r"\.new\d*(?=\.[^./]+$)", "", name)


def _name_beside(folder: Path, name: str, ours: str, handed_out: dict[str, str]) -> Path:
    """NAME.new.ipynb, or NAME.new2.ipynb ... where the person has edited that one as well."""
    target = folder / name
    for number in range(1, 1000):
        beside = target.with_name(f"{target.stem}.new{number if number > 1 else ''}{target.suffix}")
        if not beside.exists():
            return beside
        if _hash(beside.read_bytes()) in (ours, handed_out.get(beside.relative_to(folder).as_posix())):
            return beside
    raise UserError(f"{folder} holds a thousand newer versions of {name}: remove those that you do not need")


def _files(source: Path) -> list[Path]:
    """Every file of the lessons, without what editors and Python leave behind."""
    return [
        path
        for path in sorted(source.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(source).parts)
    ]


def _read_record(folder: Path) -> dict[str, str]:
    """The record of what was handed out; one that cannot be read counts as empty, so that nothing is replaced."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
