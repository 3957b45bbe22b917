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
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from segtutor import __version__, questions, syllabus
from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.lessons import source_folder
from segtutor.pages.api import write_reference
from segtutor.pages.find import Lesson, lessons
from segtutor.pages.front import STYLE, first_picture, thumbnail
from segtutor.pages.make import make, make_networks, may_replace, refuse_without_lab
from segtutor.words import checked, chosen, tr

RECORD = ".segtutor-site.json"
CONTENTS = "index.html"
# Pages on which the networks run, by the names that make_networks takes: file, title, promise.
NETWORK_PAGES = {
    "explainer": (
        "explainer.html",
        "The Segmentation Explainer",
        "Two whole networks, alive in one page: drag a thing of the picture and see every tensor change, from the "
        "pixels to the score; open a box and see the sum behind a number.",
    ),
    "networks": (
        "networks.html",
        "The networks themselves, in your browser",
        "Move the things of a scene, and two networks answer as you do: choose any two, of those that classify pixels "
        "and those that classify masks.",
    ),
    "click": (
        "click.html",
        "Click on it, or name it: SAM and CLIPSeg, in your browser",
        "One click has three answers, each with the IoU that the network expects of it; boxes and corrections; words, "
        "too.",
    ),
}
_PLAYED = {"explainer": "SceneEditor", "networks": "SceneEditor", "click": "PromptCanvas"}
WRITTEN = ("syllabus", "questions", "accessibility")  # pages that no notebook makes, by name
REFERENCE = "reference/index.html"
AXE = "4.12.1"  # of axe-core, with which tests/browser/test_accessibility.py looks at the pages
_PACKAGE = Path(__file__).resolve().parent.parent
_PARTS_OF_PACKAGE = (".py", ".js", ".css", ".html", ".json", ".md", ".safetensors")


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
    language: str | None = None,
    say: Callable[[str], None] = print,
) -> list[Entry]:
    """Makes every page that is absent or out of date, then the contents page; `say` hears a line for each.

    which: None = the lessons of the course. force: replace files that were not made here, or were changed since.
    language: of what stands around the lessons, which are in English; by default `segtutor.words.chosen()`.
    Raises UserError where such a file stands in the way (before anything is made), or a lesson cannot be run, and where
    there is no such language.
    """
    language = chosen() if language is None else checked(language)
    refuse_without_lab()
    course = lessons() if which is None else which
    place = Path(folder).expanduser()
    make_folder(place)
    for name in [
        *(f"{lesson.slug}.html" for lesson in course),
        *(page[0] for page in NETWORK_PAGES.values()),
        *(f"{name}.html" for name in WRITTEN if which is None),
        CONTENTS,
    ]:
        if (place / name).exists() and not force and not may_replace(place / name):
            raise UserError(
                f"{place / name} was not made by segtutor, or was changed since, and is kept: choose another "
                "folder, or replace it (--force)"
            )
    known = _read(place)
    entries = []
    for lesson in course:
        entry, seconds = _one(lesson, place, known, execute, language)
        entries.append(entry)
        known[entry.file] = entry
        _remember(place, known)
        say(_line(entry, seconds))
    for name, (file, title, promise) in NETWORK_PAGES.items():
        begun = Entry(file, title, promise, [_PLAYED[name]], 0, f"{_package_hash()}{_other(language)}")
        networks = _networks(name, begun, place, known, say, language)
        if networks is not None:
            entries.insert(0 if name == "explainer" else len(entries), networks)
            known[file] = networks
            _remember(place, known)
    if which is None:
        for name, text in written_pages().items():
            entries.append(_written(name, text, place, known, say, language))
            _remember(place, known)
    reference = _reference(place, known, force, say)
    if reference is not None:
        entries.append(reference)
        _remember(place, {**known, REFERENCE: reference})
    content = contents_page(entries, language)
    write_whole(place / CONTENTS, content, overwrite=True)
    say(f"{CONTENTS}: {len(content) / 1e3:.0f} kB")
    return entries


def _one(
    lesson: Lesson, place: Path, known: dict[str, Entry], execute: bool | None, language: str
) -> tuple[Entry, float | None]:
    """The entry of a lesson, and the seconds that its page took; None where it was there already."""
    file, made_from = f"{lesson.slug}.html", _made_from(lesson, execute, language)
    there = known.get(file)
    if there is not None and there.made_from == made_from and may_replace(place / file):
        return there, None
    start = time.monotonic()
    made = make(lesson, execute=execute, contents=CONTENTS, language=language)
    write_whole(place / file, made.html, overwrite=True)
    seconds = time.monotonic() - start
    return Entry(file, made.title, made.promise, made.live, len(made.html), made_from), seconds


def _line(entry: Entry, seconds: float | None) -> str:
    alive = f", alive: {', '.join(entry.live)}" if entry.live else ""
    return f"{entry.file}: {entry.size / 1e6:.1f} MB, {'as it was' if seconds is None else f'{seconds:.0f} s'}{alive}"


def contents_page(entries: list[Entry], language: str = "en") -> bytes:
    """The page that links to the others: each lesson's number, question, promise, and what can be played with.

    language: of what is said around the lessons, a tag of segtutor.words.
    """
    from segtutor.pages.document import assemble, foot

    explainer = NETWORK_PAGES["explainer"][0]
    first = first_picture(explainer if any(entry.file == explainer for entry in entries) else None, language)
    intro = tr(
        "A course that runs. These pages need no installation; to change code and run it, install segtutor and open "
        "the lessons as notebooks:",
        language,
    )
    body = (
        '<header class="bar"><b>segtutor</b></header><div class="columns"><nav></nav><main>'
        f"<h1>{tr('Image segmentation: classify pixels, or classify masks?', language)}</h1>"
        f"<p>{intro} <code>segtutor lab</code></p>{_translated(language)}"
        f"{first}{_lists(entries, language)}{_shelf(language)}</main></div>{foot(language)}"
    )
    title = tr("Image segmentation: a course that runs", language)
    return assemble(title, body, styles=(STYLE,), language=language)


def _translated(language: str) -> str:
    """What a reader of another language than English has to know."""
    words = tr(
        "The lessons are in English. What stands around them was translated, and no native speaker has reviewed it "
        "yet.",
        language,
    )
    return "" if language == "en" else f"<p>{words}</p>"


def _lists(entries: list[Entry], language: str) -> str:
    """A list for each part of the course, between the pages that belong to none."""
    part_of = {lesson: part for part in questions.parts() for lesson in part.lessons}
    lists: list[tuple[questions.Part | None, list[str]]] = []
    for entry in entries:
        part = part_of.get(entry.file[:2])
        if not lists or lists[-1][0] is not part:
            lists.append((part, []))
        lists[-1][1].append(_row(entry, language))
    return "".join(
        (f'<h2 class="part">{_part(part, language)}</h2>' if part else "") + f'<ul class="lessons">{"".join(rows)}</ul>'
        for part, rows in lists
    )


def _part(part: questions.Part, language: str) -> str:
    from segtutor.pages.document import english_in

    own = english_in(language)
    name = f"<span{own}>{html.escape(part.name)}</span>" if own else html.escape(part.name)
    return tr("Part {n}: {name}", language, n=part.number, name=name)


def _shelf(language: str) -> str:
    """The table of the shipped networks, from their cards: the page is the same on every computer."""
    from segtutor.pages.document import english_in
    from segtutor.training import shelf

    columns = [column for column in shelf.COLUMNS if column not in ("ms", "figures")]
    found = shelf.shelf_rows(timed=False)
    head = "".join(f"<th>{html.escape(column.replace('_', ' '))}</th>" for column in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(shelf.cell(row[column]))}</td>' for column in columns)}</tr>" for row in found
    )
    return (
        f'<h2 id="shelf">{tr("The networks that travel with the course", language)}</h2>'
        f"<p{english_in(language)}>{html.escape(shelf.origin(found))} "
        "A dash: the network's task does not define this measure. "
        "<code>segtutor evaluate --all</code> prints the table.</p>"
        f'<div class="wide"{english_in(language)} tabindex="0" role="region" aria-labelledby="shelf">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(entry: Entry, language: str) -> str:
    from segtutor.pages.document import english_in

    number = entry.file[:2] if entry.file[:2].isdigit() else ""
    names = html.escape(", ".join(entry.live))
    alive = f'<span class="alive">{tr("To play with: {names}.", language, names=names)}</span> ' if entry.live else ""
    own = english_in(language)
    picture = thumbnail(source_folder() / f"{Path(entry.file).stem}.ipynb") if number else None
    shown = f'<img class="thumbnail" src="{picture}" alt="">' if picture else ""
    return (
        f"<li{' class=pictured' if picture else ''}><b>{number}</b>"
        f'<div><h3{own}><a href="{html.escape(entry.file)}">{html.escape(entry.title)}</a></h3>'
        f"<p{own}>{entry.promise}</p><small>{alive}{entry.size / 1e6:.1f} MB</small></div>{shown}</li>"
    )


def _networks(
    name: str, entry: Entry, place: Path, known: dict[str, Entry], say: Callable[[str], None], language: str
) -> Entry | None:
    """A page on which the networks themselves run, where this installation can make it. entry: without its size."""
    there = known.get(entry.file)
    if there is not None and there.made_from == entry.made_from and may_replace(place / entry.file):
        say(_line(there, None))
        return there
    start = time.monotonic()
    try:
        content = make_networks(name, language)
    except UserError as lack:
        say(f"{entry.file} is left out: {lack}")
        return None
    write_whole(place / entry.file, content, overwrite=True)
    made = replace(entry, size=len(content))
    say(_line(made, time.monotonic() - start))
    return made


def written_pages() -> dict[str, str]:
    """The Markdown of each page that no notebook makes, by its name in WRITTEN."""
    return {"syllabus": syllabus.text(), "questions": questions.text(), "accessibility": statement()}


def statement() -> str:
    """The accessibility statement, as Markdown: what was tested with what, and what is known to be missing."""
    text = (_PACKAGE / "pages" / "accessibility.md").read_text(encoding="utf-8")
    return text.replace("{axe}", AXE).replace("{version}", __version__)


def _written(
    name: str, text: str, place: Path, known: dict[str, Entry], say: Callable[[str], None], language: str = "en"
) -> Entry:
    """The page of a Markdown text."""
    from segtutor.pages import document

    file = f"{name}.html"
    made_from = hashlib.sha256(f"{_package_hash()} {text}{_other(language)}".encode()).hexdigest()
    there = known.get(file)
    if there is not None and there.made_from == made_from and may_replace(place / file):
        say(_line(there, None))
        return there
    start = time.monotonic()
    made = document.written(text, source_folder(), CONTENTS, language)
    write_whole(place / file, made.html, overwrite=True)
    known[file] = Entry(file, made.title, made.promise, [], len(made.html), made_from)
    say(_line(known[file], time.monotonic() - start))
    return known[file]


def _reference(place: Path, known: dict[str, Entry], force: bool, say: Callable[[str], None]) -> Entry | None:
    """The API reference below the site, where this installation can make it."""
    there = known.get(REFERENCE)
    if there is not None and there.made_from == _package_hash() and may_replace(place / REFERENCE):
        say(_line(there, None))
        return there
    start = time.monotonic()
    try:
        pages = write_reference((place / REFERENCE).parent, force=force)
    except UserError as lack:
        say(f"{REFERENCE} is left out: {lack}")
        return None
    size = sum(page.stat().st_size for page in pages)
    promise = "Every public name: shapes, units, errors, the paper it comes from and the lesson that teaches it."
    entry = Entry(REFERENCE, "The reference", promise, [], size, _package_hash())
    say(_line(entry, time.monotonic() - start))
    return entry


def _made_from(lesson: Lesson, execute: bool | None, language: str) -> str:
    parts = hashlib.sha256(f"{__version__} {execute} {_package_hash()}{_other(language)}".encode())
    parts.update(lesson.path.read_bytes())
    return parts.hexdigest()


def _other(language: str) -> str:
    """What tells a page in another language from the English one, whose record stays as it was."""
    return "" if language == "en" else f" {language}"


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
