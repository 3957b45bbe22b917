"""Files that a data set names: a json's file_name, an xml's name, a path in a table of the Hub.

The author of the data set chose these names, and may be a stranger: "../../.ssh/id_rsa", "/dev/zero", a link that
leads elsewhere, a named pipe that nobody writes into. So a name is resolved below the folder of its data set, links
included, or refused; and only ordinary files are opened, of bounded size.

A folder that is listed (`label_maps`, ADE20K) names nothing; links in it are the reader's own and are followed.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from segtutor.data.records import stop
from segtutor.files import NotRegularError, open_regular
from segtutor.images import MAX_BYTES

LONGEST_NAME = 1000  # characters


def inside(folder: Path, name: Any) -> Path:
    """The file of this name below `folder`. Raises RecordError for a name, or a link, that leads out of it."""
    text = name if isinstance(name, str) else repr(name)[:80]
    shown = text[:80]
    ways = (PurePosixPath(text), PureWindowsPath(text))  # "C:x" and "..\\x" lead out on Windows alone
    bad = not isinstance(name, str) or not text or "\0" in text or len(text) > LONGEST_NAME
    if bad or any(way.drive or way.root or ".." in way.parts for way in ways):
        raise stop(
            shown,
            "bad name",
            f"the file name must be one below {folder}, got {shown!r}",
            "rename the file, or change the entry",
        )
    path = folder / text
    if not leads_into(path, [folder]):
        what = f"the file name {shown!r} is a link that leads out of {folder}"
        raise stop(shown, "bad name", what, "copy the file to where the link is")
    return path


def spelled(folder: Path, name: Any) -> Path:
    """The file below `folder` that a name means, also where another system wrote it.

    A data set made on Windows separates folders by "\\\\", one made on a Mac may store letters decomposed, many keep
    the path that the pictures had when they were labelled ("../images/a.png", "C:\\\\photos\\\\a.png"): of such a path
    the longest end that is a file below `folder` counts. Where there is none, upper and lower case are passed over, as
    those systems do, if that leaves one file. Raises RecordError as `inside` does.
    """
    if not isinstance(name, str) or len(name) > LONGEST_NAME or "\0" in name or not name:
        return inside(folder, name)
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    leads_out = name.startswith(("/", "\\")) or ".." in parts or PureWindowsPath(name).drive
    ends = ["/".join(parts[i:]) for i in range(len(parts)) if ".." not in parts[i:]] if leads_out else ["/".join(parts)]
    if not leads_out:  # "images/a.png" of the folder images
        own = folder.absolute().parts
        most = min(len(parts) - 1, len(own) - 1)
        ends += ["/".join(parts[count:]) for count in range(most, 0, -1) if tuple(parts[:count]) == own[-count:]]
    for end in [name, *ends] if not leads_out else ends:
        for form in (end, unicodedata.normalize("NFC", end), unicodedata.normalize("NFD", end)):
            if not PureWindowsPath(form).drive and form and os.path.lexists(folder / form):
                return inside(folder, form)
    for end in ends:
        if found := _in_other_case(folder, end):
            return inside(folder, found)
    return inside(folder, name if leads_out else "/".join(parts))


def alike(name: str) -> str:
    """A name as systems compare it for which A.JPG and a.jpg are one file: letters composed, upper case as lower."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _in_other_case(folder: Path, name: str) -> str | None:
    """The one file below `folder` that has this name but for upper and lower case; None for none, or several."""
    found: list[str] = []
    for part in name.split("/"):
        place = folder.joinpath(*found)
        try:
            listed = _by_likeness(str(place), place.stat().st_mtime_ns)
        except OSError:
            return None
        if PureWindowsPath(part).drive or len(listed.get(alike(part), ())) != 1:
            return None
        found += listed[alike(part)]
    return "/".join(found)


@lru_cache(maxsize=64)
def _by_likeness(folder: str, _changed: int) -> dict[str, list[str]]:
    """{name as `alike` has it: names}; read once as long as the folder does not change."""
    listed: dict[str, list[str]] = {}
    for name in os.listdir(folder):
        listed.setdefault(alike(name), []).append(name)
    return listed


def beside(path: Path, name: str, place: Path, folder: Path | None = None) -> Path:
    """The picture that an annotation file names relative to itself, or below `folder` where that is given.

    path: the annotation file. place: the folder of all of them. Beside what lies below `place`, a name may lead into a
    folder next to it ("../images/a.png"), and no further; any other is looked for by its last part.
    """
    text = name.replace("\\", "/")
    if folder is not None:
        ends = [
            end for i in range(len(text)) if (i == 0 or text[i - 1] == "/") and ".." not in (end := text[i:]).split("/")
        ]
        ending = next((end for end in ends if end.strip("/") and os.path.lexists(folder / end.lstrip("/"))), None)
        return inside(folder, ending.lstrip("/")) if ending else spelled(folder, text.rpartition("/")[2] or name)
    if text.startswith("../") and "\0" not in text and len(text) <= LONGEST_NAME:
        around = place.resolve().parent
        found = Path(os.path.normpath(path.parent.resolve() / text))
        if found.is_relative_to(around) and found.parent != around and os.path.lexists(found):
            return inside(around, str(found.relative_to(around)))
    last = text.rpartition("/")[2]
    for end in (text, last):
        if end and not end.startswith("/") and ".." not in end.split("/") and not PureWindowsPath(end).drive:
            found = spelled(path.parent, end)
            if os.path.lexists(found):
                return found
    return spelled(path.parent, last or name)


def of_cell(cell: str, folder: Path | None, roots: Iterable[Path], file: str) -> Path:
    """The file that a row of a table names: below `folder`, or, as an absolute path, in one of `roots`.

    folder: of the data set, None where it is not on this machine. roots: folders that its reader has filled itself.
    file: the row's name, for the sentence. Raises RecordError for any other name, an address included.
    """
    if os.path.isabs(cell) and "\0" not in cell and leads_into(cell, [*([folder] if folder else []), *roots]):
        return Path(cell)
    if folder is not None and not os.path.isabs(cell) and "://" not in cell:
        return inside(folder, cell)
    what = f"a cell must hold the picture itself or name a file of the data set, got {cell[:80]!r}"
    raise stop(file, "bad name", what, "leave the record out, or store the pictures in the table")


def leads_into(path: str | os.PathLike, folders: Iterable[Path]) -> bool:
    """Whether a path, its links followed, lies in one of the folders."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def content_of(path: Path, name: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of an ordinary file. name: the record's, for the sentence. Raises RecordError."""
    try:
        with open_regular(path) as file:
            content = file.read(max_bytes + 1)
    except NotRegularError:
        raise stop(name, "no file", f"{path} is a pipe or a device, not an ordinary file", "remove it") from None
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror or error})"
        raise stop(name, "missing file", what, "add it, or change its rights") from None
    if len(content) > max_bytes:
        raise stop(name, "too large", f"{path} has more than {max_bytes / 1e6:g} MB", "make it smaller")
    return content
