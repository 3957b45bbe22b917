"""KaTeX inside a page: its program, its style sheet, and those of its fonts that the page's equations need."""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.resources import files

# Every equation may need the first; the others belong to commands that few use.
_USUAL = {"Main-Regular", "Main-Italic", "Main-Bold", "Math-Italic", "AMS-Regular", "Caligraphic-Regular"}
_USUAL |= {f"Size{number}-Regular" for number in (1, 2, 3, 4)}
_RARE = {
    r"\\(mathfrak|frak|textfrak)\b": ("Fraktur-Regular", "Fraktur-Bold"),
    r"\\(mathscr)\b": ("Script-Regular",),
    r"\\(mathsf|textsf|sf)\b": ("SansSerif-Regular", "SansSerif-Italic", "SansSerif-Bold"),
    r"\\(mathtt|texttt|tt)\b": ("Typewriter-Regular",),
    r"\\(boldsymbol|bm|mathbfit|textit|textbf|bold)\b": ("Math-BoldItalic", "Main-BoldItalic", "Caligraphic-Bold"),
}
_NOTICE = """/* KaTeX, https://katex.org: Copyright (c) 2013-2020 Khan Academy and other contributors, MIT License.
Its fonts: Copyright (c) 2009-2010 Design Science, Inc., SIL Open Font License 1.1. */
"""
_FACE = re.compile(r"@font-face\{[^}]*\}")
_NAME = re.compile(r"url\(fonts/KaTeX_([\w-]+)\.woff2\)")


def program() -> str:
    """KaTeX itself, with whose it is."""
    return _NOTICE + _text("katex.min.js")


def style(page: str) -> str:
    """KaTeX's style sheet for the HTML of a page, fonts inside; no address is left in it."""
    wanted = {*_USUAL, *(name for command, names in _RARE.items() if re.search(command, page) for name in names)}

    def embedded(face: re.Match) -> str:
        found = _NAME.search(face[0])
        if found is None or found[1] not in wanted:
            return ""
        font = base64.b64encode((_folder() / "fonts" / f"KaTeX_{found[1]}.woff2").read_bytes()).decode("ascii")
        source = f'src:url(data:font/woff2;base64,{font}) format("woff2")'
        return re.sub(r"src:[^;}]*", lambda _: source, face[0])

    return _FACE.sub(embedded, _text("katex.min.css"))


def _folder():
    return files("segtutor.pages") / "katex"


@cache
def _text(name: str) -> str:
    return (_folder() / name).read_text(encoding="utf-8")
