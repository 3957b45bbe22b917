"""`segtutor slides`: a lesson as slides in one file, for a lecture: no network, no kernel, its explorers alive.

Where a slide ends is decided here, when the file is made; nothing is stored in the notebook. A heading begins one, so
does a text after a picture, and so do the course's own turns ("What this shows") after more than a few words. A text
stands beside the picture that it is about, but for a question: "Predict first" is shown before what would give the
prediction away. The code is folded away until it is asked for.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from segtutor.pages.document import Page, assemble, cell_html, file_of_pages, promise_of
from segtutor.pages.find import Lesson
from segtutor.pages.prose import Prose
from segtutor.pages.views import Views

ENDING = ".slides.html"
_TURN = re.compile(r"^(?=###? |\*\*(?:Predict first|What this|What it|Try it))", re.MULTILINE)
_PROSE = '<div class="prose">'
_QUESTION = "**Predict first"
_FEW, _MANY = 50, 110  # words that may stand above a turn, and on a slide before the next text
_LEFT_OUT = re.compile(r"## (?:\d+\. )?References\b")  # a list to read, not to show
_SETUP = '"google.colab" in sys.modules'


@dataclass
class _Slide:
    """section: its heading. parts: what is on it, in order, as HTML. words: how many, those of its outputs too."""

    section: str
    parts: list[str] = field(default_factory=list)
    words: int = 0
    pictured: bool = False  # whether the last part has a picture, so that nothing comes after it
    asks: bool = False  # whether it ends with a question, so that no answer may come

    @property
    def full(self) -> bool:
        return self.pictured or self.words > _MANY


def slides(notebook: Any, lesson: Lesson, stills: dict[str, Any], *, executed: bool) -> Page:
    """The slides of a notebook, as one page; see `document.page` for what the arguments are."""
    prose, views = Prose(lesson.path.parent), Views(notebook, stills, executed=executed)
    made = _divided(notebook, prose, views)
    title = next((one.text for one in prose.headings if one.level == 1), lesson.slug.replace("_", " "))
    shown = "\n".join(_html(slide, number, len(made)) for number, slide in enumerate(made, 1))
    name = f"Lesson {lesson.number}" if lesson.number else title
    body = (
        f'<main class="slides">\n{shown}\n</main>\n'
        f'<footer class="turn"><span class="where">{html.escape(name)}</span>'
        '<button id="back" aria-label="Slide before" aria-keyshortcuts="ArrowLeft">&#8592;</button>'
        f'<output id="count">1 / {len(made)}</output>'
        '<button id="next" aria-label="Next slide" aria-keyshortcuts="ArrowRight">&#8594;</button>'
        '<label><input type="checkbox" id="show-code" autocomplete="off"> show code</label></footer>'
    )
    page = assemble(title, body, views=views, styles=(file_of_pages("slides.css"),))
    return Page(page, title, promise_of(shown), views.live)


def _divided(notebook: Any, prose: Prose, views: Views) -> list[_Slide]:
    made: list[_Slide] = []
    section = ""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            content = "" if _SETUP in cell.source else cell_html(cell, prose, views)
            if not content:
                continue
            pictured = "<img" in content or "<figure" in content
            shown = sum(len(str(output.get("text", "")).split()) for output in cell.get("outputs", []))
            if not made or made[-1].full or (made[-1].asks and cell.get("outputs")):
                made.append(_Slide(section))
            made[-1].parts.append(content)
            made[-1].pictured = pictured
            made[-1].words += shown
            continue
        for piece in filter(str.strip, _TURN.split(cell.source)):
            if _LEFT_OUT.match(piece):
                return made
            known = len(prose.headings)
            text = prose.html(piece, cell.get("attachments"))
            heads = [one for one in prose.headings[known:] if one.level <= 2]
            section = heads[0].text if heads else section
            turns = _TURN.match(piece) and made and made[-1].words > _FEW
            if heads or turns or not made or made[-1].full:
                made.append(_Slide(section))
            made[-1].parts.append(f"{_PROSE}{text}</div>")
            made[-1].words += len(piece.split())
            made[-1].asks = piece.startswith(_QUESTION)
    return made


def _html(slide: _Slide, number: int, count: int) -> str:
    """A picture stands beside the text before it; everything else in one column."""
    two = slide.pictured and any(part.startswith(_PROSE) for part in slide.parts)
    left, right = (slide.parts[:-1], slide.parts[-1:]) if two else (slide.parts, [])
    columns = f'<div class="text">{"".join(left)}</div>'
    columns += f'<div class="shown">{"".join(right)}</div>' if right else ""
    above = "" if any("<h1" in part or "<h2" in part for part in slide.parts) else slide.section
    head = f'<p class="section">{html.escape(above)}</p>' if above else ""
    return (
        f'<section class="slide {"two" if two else "one"}" id="slide-{number}" role="group" '
        f'aria-roledescription="slide" aria-label="{number} of {count}" tabindex="-1">{head}{columns}</section>'
    )
