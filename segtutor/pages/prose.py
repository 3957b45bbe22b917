"""Markdown cells as HTML: equations marked for KaTeX (equations.py), pictures inside, headings with ids.

Markdown is read by nbconvert's own parser, so that a page shows what JupyterLab does.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath

from segtutor.pages.clean import clean

_TAGS = re.compile(r"<[^>]+>")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


@dataclass(frozen=True)
class Heading:
    """A heading of a page: level 1..6, the id that a link names, its words."""

    level: int
    id: str
    text: str


@dataclass
class Prose:
    """Turns the Markdown of one notebook into HTML; `headings` fills as it goes. folder: where its pictures lie."""

    folder: Path
    headings: list[Heading] = field(default_factory=list)

    def html(self, markdown: str, attachments: dict[str, Any] | None = None) -> str:
        """One cell; headings and pictures may be referred to from others."""
        renderer = _Renderer(self, attachments or {})
        return clean(MarkdownWithMath(renderer=renderer).render(markdown), ids=True) + "\n"


def equation(latex: str, *, display: bool) -> str:
    """LaTeX for KaTeX to set in the browser; where that cannot be, the source stays to be read."""
    source = html.escape(latex.strip())
    return f'<div class="tex display">{source}</div>' if display else f'<span class="tex">{source}</span>'


class _Renderer(IPythonRenderer):
    """nbconvert's renderer but for equations, headings, pictures and the links between lessons."""

    def __init__(self, prose: Prose, attachments: dict[str, Any]):
        super().__init__(
            escape=False, embed_images=True, exclude_anchor_links=True, path=str(prose.folder), attachments=attachments
        )
        self._prose = prose

    def block_math(self, body: str) -> str:
        return equation(body, display=True)

    def inline_math(self, body: str) -> str:
        return equation(body, display=False)

    def latex_environment(self, name: str, body: str) -> str:
        return equation(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def paragraph(self, text: str) -> str:
        # nbconvert makes a paragraph of a displayed equation; a <div> may not stand in one
        return f"{text}\n" if text.startswith('<div class="tex display"') else f"<p>{text}</p>\n"

    def heading(self, text: str, level: int, **_attrs: Any) -> str:
        words = html.unescape(_TAGS.sub("", text)).strip()
        name = re.sub(r"\W+", "-", words.lower()).strip("-") or "section"
        taken = {one.id for one in self._prose.headings}
        unique = next(one for one in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if one not in taken)
        self._prose.headings.append(Heading(level, unique, words))
        return f'<h{level} id="{html.escape(unique)}">{text}</h{level}>\n'

    def table(self, text: str) -> str:
        return f'<div class="wide"><table>{text}</table></div>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, page_of(url), title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Inside the page where it is a file beside the notebook; a picture of somewhere else becomes a link to it."""
        try:
            embedded = self._embed_image_or_attachment(url)
        except InvalidNotebook:  # an attachment that the cell does not have
            embedded = url
        if embedded.startswith("data:image/"):
            shown = f'<img src="{html.escape(embedded)}" alt="{html.escape(text)}"'
            return shown + (f' title="{html.escape(title)}">' if title else ">")
        words = html.escape(f"picture: {text or url}")
        return f'<a href="{html.escape(url)}">{words}</a>' if url.startswith(("http:", "https:")) else words

    def _src_to_base64(self, src: str) -> str | None:
        # its own rule, a file inside the folder, and only what is a picture by its name
        return super()._src_to_base64(src) if src.lower().endswith(_PICTURES) else None


def page_of(url: str) -> str:
    """A link to a notebook beside this one leads to its page beside this page."""
    plain, mark, part = url.partition("#")
    if "://" in plain or not plain.endswith(".ipynb") or "/" in plain.removeprefix("./"):
        return url
    return plain.removeprefix("./")[: -len(".ipynb")] + ".html" + mark + part
