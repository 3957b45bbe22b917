"""One HTML file from a notebook: nothing in it asks for anything outside, and its own policy forbids it to.

The policy (Content-Security-Policy) admits the page's two scripts by their hashes, and modules that these make from
text; no address can be loaded, and no script that an output or a text of the notebook may contain is run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from nbconvert.filters.highlight import Highlight2HTML
from pygments.formatters import HtmlFormatter

from segtutor import __version__
from segtutor.pages import equations
from segtutor.pages.find import Lesson
from segtutor.pages.outputs import outputs_html
from segtutor.pages.prose import Heading, Prose
from segtutor.pages.signature import signed
from segtutor.pages.views import Views
from segtutor.words import tr

STATEMENT = "accessibility.html"  # beside a site's pages


@dataclass(frozen=True)
class Page:
    """A finished page and what a contents page says of it. live: classes of widgets that work without a kernel."""

    html: bytes
    title: str
    promise: str
    live: list[str]


def page(
    notebook: Any,
    lesson: Lesson,
    stills: dict[str, Any],
    *,
    executed: bool,
    contents: str | None = None,
    language: str = "en",
) -> Page:
    """The page of a notebook. contents: the address of a contents page beside it, None for a page on its own.

    language: of what stands around the lesson, a tag of segtutor.words; the lesson itself is in English.
    """
    prose, views = Prose(lesson.path.parent), Views(notebook, stills, executed=executed)
    cells = [cell_html(cell, prose, views) for cell in notebook.cells]
    title = next((one.text for one in prose.headings if one.level == 1), lesson.slug.replace("_", " "))
    body = "\n".join(
        [
            _bar(lesson, contents, language),
            f'<div class="columns">{_contents_of(prose.headings, language)}',
            f"<main{english_in(language)}>\n{_notice(views, language)}\n{''.join(cells)}\n</main></div>"
            f"{foot(language) if contents else ''}",
        ]
    )
    content = assemble(title, body, views=views, language=language)
    return Page(content, title, next(filter(None, map(promise_of, cells)), ""), views.live)


def written(markdown: str, folder: Path, contents: str, language: str = "en") -> Page:
    """The page of a text without code. folder: where its pictures lie; contents: the contents page beside it.

    language: as in `page`.
    """
    prose = Prose(folder)
    text = prose.html(markdown)
    title = next(one.text for one in prose.headings if one.level == 1)
    body = (
        f'<header class="bar"><b><a href="{html.escape(contents)}">{tr("All lessons", language)}</a></b></header>'
        f'<div class="columns">{_contents_of(prose.headings, language)}'
        f'<main{english_in(language)}><section class="prose">{text}</section></main></div>{foot(language)}'
    )
    return Page(assemble(title, body, language=language), title, promise_of(text), [])


def english_in(language: str) -> str:
    """The attribute of an element whose text is English on a page of another language."""
    return "" if language == "en" else ' lang="en"'


def assemble(
    title: str, body: str, *, views: Views | None = None, styles: tuple[str, ...] = (), language: str = "en"
) -> bytes:
    """A whole file around a body: styles, the policy, scripts where the body needs them, and our signature.

    styles: more style sheets, of this kind of page. language: what the body is written in, a tag of BCP 47.
    """
    sheets = [file_of_pages("page.css"), *styles, _pygments(), *(views.styles() if views else [])]
    store = views.store() if views else {"modules": {}, "bytes": [], "models": {}}
    scripts = [script()]
    if 'class="tex' in body:
        sheets.append(equations.style(body))
        scripts.insert(0, equations.program())
    text = "\n".join(
        [
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="segtutor {__version__}"><meta name="color-scheme" content="light dark">',
            f"<title>{html.escape(title)}</title>",
            *(f"<style>{_in_element(style)}</style>" for style in sheets),
            f"</head><body>\n{body}",
            f'<script type="application/json" id="segtutor-store">{_json(store)}</script>',
            *(f"<script>{one}</script>" for one in scripts[:-1]),
            f'<script type="module">{scripts[-1]}</script>',
            "</body></html>\n",
        ]
    )
    return signed(text.encode())


@cache
def script() -> str:
    """What puts the widgets of a page in place of their stills: scripts/mount.js, built."""
    return f"\n{file_of_pages('built/mount.js')}"


def _policy(scripts: list[str]) -> str:
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    return (
        f"default-src 'none'; script-src {hashes} blob:; style-src 'unsafe-inline'; img-src data: blob:; "
        "media-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )


def _in_element(style: str) -> str:
    """A style sheet in which nothing ends the element; to CSS a stroke escaped is a stroke."""
    return style.replace("</", r"<\/")


def _json(value: Any) -> str:
    """JSON that may stand in a script element: no "<" can end it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def cell_html(cell: Any, prose: Prose, views: Views) -> str:
    """One cell of a notebook; empty where it has nothing to show."""
    if cell.cell_type == "markdown":
        return f'<section class="prose">{prose.html(cell.source, cell.get("attachments"))}</section>\n'
    if cell.cell_type != "code" or not cell.source.strip():
        return ""
    code = Highlight2HTML(pygments_lexer="ipython3")(cell.source)
    outputs = outputs_html(cell.outputs, prose, views)
    shown = f'<div class="outputs">{outputs}</div>' if outputs else ""
    if '"google.colab" in sys.modules' in cell.source:  # says nothing to a reader
        return (
            f'<section class="code"><details class="input"><summary>Setup</summary>{code}{shown}</details></section>\n'
        )
    return f'<section class="code"><div class="input">{code}</div>{shown}</section>\n'


def _bar(lesson: Lesson, contents: str | None, language: str) -> str:
    number = tr("Lesson {n}", language, n=lesson.number) if lesson.number else html.escape(lesson.path.name)
    back = f'<a href="{html.escape(contents)}">{tr("All lessons", language)}</a>' if contents else "<b>segtutor</b>"
    code = tr("show code", language)
    show = f'<label><input type="checkbox" id="show-code" checked autocomplete="off"> {code}</label>'
    return f'<header class="bar">{back}<span>{number}</span>{show}</header>'


def foot(language: str = "en") -> str:
    """What stands below a page of a site: the way to the accessibility statement, which lies beside it."""
    words = tr("Can everybody use these pages?", language)
    return f'<footer class="foot"><a href="{STATEMENT}">{words}</a></footer>'


def _notice(views: Views, language: str) -> str:
    said = [
        tr(
            "This page needs no installation and no network: the results of its code stand below each cell.",
            language,
        ),
        *([tr("What can be played with computes in your browser.", language)] if views.count else []),
        tr("To change code and run it, open the lesson as a notebook:", language),
    ]
    own = "" if language == "en" else f' lang="{language}"'
    return f'<aside class="notice"{own}>{" ".join(said)} <code>segtutor lab</code></aside>'


def promise_of(text: str) -> str:
    """The paragraph below the title, as HTML; empty where there is none."""
    found = re.search(r"</h1>\s*<p>(.*?)</p>", text, re.DOTALL)
    return found[1] if found else ""


def _contents_of(headings: list[Heading], language: str) -> str:
    """The table of contents: headings of the second level."""
    rows = [one for one in headings if one.level == 2]
    links = "".join(f'<li><a href="#{html.escape(one.id)}">{html.escape(one.text)}</a></li>' for one in rows)
    words = tr("On this page", language)
    listed = f"<ul{english_in(language)}>{links}</ul>"
    folded = f'<details id="contents" open><summary>{words}</summary>{listed}</details>'
    return f'<nav aria-label="{words}">{folded}</nav>'


@cache
def _pygments() -> str:
    """Colours of code in both schemes."""
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n.highlight {{ background: none; }}"


@cache
def file_of_pages(name: str) -> str:
    """The text of a file beside this one."""
    return (files("segtutor.pages") / name).read_text(encoding="utf-8")
