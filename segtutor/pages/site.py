"""`segtutor site`: the whole course as pages in one folder, with a contents page, for any static host.

A small record in the folder remembers from what each page was made, so that a run that was broken off goes on where
it stopped, and a second one makes only what has changed: the notebook, or anything in the package.
"""

from __future__ import annotations

import hashlib
import html
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from segtutor import __version__
from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.pages.find import Lesson, lessons
from segtutor.pages.make import make, make_networks, may_replace, networks_are_there, refuse_without_lab

RECORD = ".segtutor-site.json"
CONTENTS = "index.html"
NETWORKS = "networks.html"
_PACKAGE = Path(__file__).resolve().parent.parent
_PARTS_OF_PACKAGE = (".py", ".js", ".css", ".json", ".safetensors")


@dataclass(frozen=True)
class Entry:
    """A page of the site. made_from: hash of its notebook and of the package; live: the widgets that work on it."""

    file: str
    title: str
    promise: str  # HTML
    live: list[str]
    size: int  # bytes
    made_from: str


def site(
    folder: str | Path,
    *,
    execute: bool | None = None,
    force: bool = False,
    which: list[Lesson] | None = None,
    say: Callable[[str], None] = print,
) -> list[Entry]:
    """Makes every page that is absent or out of date, then the contents page; `say` hears a line for each.

    which: None = the lessons of the course. force: replace files that were not made here, or were changed since.
    Raises UserError where such a file stands in the way (before anything is made), or a lesson cannot be run.
    """
    refuse_without_lab()
    course = lessons() if which is None else which
    place = Path(folder).expanduser()
    make_folder(place)
    for name in [*(f"{lesson.slug}.html" for lesson in course), NETWORKS, CONTENTS]:
        if (place / name).exists() and not force and not may_replace(place / name):
            raise UserError(
                f"{place / name} was not made by segtutor, or was changed since, and is kept; choose another folder, "
                "or replace it (--force)."
            )
    known = _read(place)
    entries = []
    for lesson in course:
        entry, seconds = _one(lesson, place, known, execute)
        entries.append(entry)
        known[entry.file] = entry
        _remember(place, known)
        say(_line(entry, seconds))
    networks = _networks(place, known, say)
    if networks is not None:
        entries.append(networks)
        _remember(place, {**known, NETWORKS: networks})
    content = contents_page(entries)
    write_whole(place / CONTENTS, content, overwrite=True)
    say(f"{CONTENTS}: {len(content) / 1e3:.0f} kB")
    return entries


def _one(lesson: Lesson, place: Path, known: dict[str, Entry], execute: bool | None) -> tuple[Entry, float | None]:
    """The entry of a lesson, and the seconds that its page took; None where it was there already."""
    file, made_from = f"{lesson.slug}.html", _made_from(lesson, execute)
    there = known.get(file)
    if there is not None and there.made_from == made_from and may_replace(place / file):
        return there, None
    start = time.monotonic()
    made = make(lesson, execute=execute, contents=CONTENTS)
    write_whole(place / file, made.html, overwrite=True)
    seconds = time.monotonic() - start
    return Entry(file, made.title, made.promise, made.live, len(made.html), made_from), seconds


def _line(entry: Entry, seconds: float | None) -> str:
    alive = f", alive: {', '.join(entry.live)}" if entry.live else ""
    return f"{entry.file}: {entry.size / 1e6:.1f} MB, {'as it was' if seconds is None else f'{seconds:.0f} s'}{alive}"


def contents_page(entries: list[Entry]) -> bytes:
    """The page that links to the others: each lesson's number, question, promise, and what can be played with."""
    from segtutor.pages.document import assemble

    rows = "".join(_row(entry) for entry in entries)
    body = (
        '<header class="bar"><b>segtutor</b></header><div class="columns"><nav></nav><main>'
        "<h1>Image segmentation: classify pixels, or classify masks?</h1>"
        "<p>A course that runs. These pages need no installation; to change code and run it, install segtutor and open "
        "the lessons as notebooks: <code>segtutor lab</code></p>"
        f'<ul class="lessons">{rows}</ul></main></div>'
    )
    return assemble("Image segmentation: a course that runs", body)


def _row(entry: Entry) -> str:
    number = entry.file[:2] if entry.file[:2].isdigit() else ""
    alive = f'<span class="alive">To play with: {html.escape(", ".join(entry.live))}.</span> ' if entry.live else ""
    return (
        f'<li><b>{number}</b><div><h2><a href="{html.escape(entry.file)}">{html.escape(entry.title)}</a></h2>'
        f"<p>{entry.promise}</p><small>{alive}{entry.size / 1e6:.1f} MB</small></div></li>"
    )


def _networks(place: Path, known: dict[str, Entry], say: Callable[[str], None]) -> Entry | None:
    """The page on which the networks themselves run, where this installation can make it."""
    if not networks_are_there():
        return None
    there = known.get(NETWORKS)
    if there is not None and there.made_from == _package_hash() and may_replace(place / NETWORKS):
        say(_line(there, None))
        return there
    start = time.monotonic()
    try:
        content = make_networks()
    except UserError as lack:
        say(f"{NETWORKS} is left out: {lack}")
        return None
    write_whole(place / NETWORKS, content, overwrite=True)
    entry = Entry(
        NETWORKS,
        "The networks themselves, in your browser",
        "Move the things of a scene: a network that classifies pixels and one that classifies masks answer as you do.",
        ["SceneEditor"],
        len(content),
        _package_hash(),
    )
    say(_line(entry, time.monotonic() - start))
    return entry


def _made_from(lesson: Lesson, execute: bool | None) -> str:
    parts = hashlib.sha256(f"{__version__} {execute} {_package_hash()}".encode())
    parts.update(lesson.path.read_bytes())
    return parts.hexdigest()


@cache
def _package_hash() -> str:
    """Of every file that can change what a lesson shows or how a page looks."""
    parts = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in _PARTS_OF_PACKAGE and path.is_file():
            parts.update(path.relative_to(_PACKAGE).as_posix().encode())
            parts.update(path.read_bytes())
    return parts.hexdigest()


def _read(place: Path) -> dict[str, Entry]:
    """The record; one that cannot be read counts as empty, so that everything is made again."""
    try:
        rows = json.loads((place / RECORD).read_text(encoding="utf-8"))
        return {row["file"]: Entry(**row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _remember(place: Path, known: dict[str, Entry]) -> None:
    rows = [asdict(entry) for entry in known.values()]
    write_whole(place / RECORD, json.dumps(rows, indent=1).encode(), overwrite=True)
