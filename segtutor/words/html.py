"""HTML in which some elements are messages: <p data-tr>Text, <b>tags</b></p>, <aside data-tr-label aria-label="Tour">.

A message is what an element holds, with single spaces; an element that is one holds no other of its own kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from segtutor.words import filled, tr

MARKED = re.compile(
    r"(?P<before><(?P<tag>\w+)[^>]*? data-tr)(?P<rest>>|\s[^>]*>)(?P<text>.*?)(?P<after></(?P=tag)>)"
    r'|(?P<labelled><\w+[^>]*? data-tr-label)(?P<middle> aria-label=")(?P<label>[^"]*)(?P<end>")',
    flags=re.DOTALL,
)


def plain(text: str) -> str:
    """Single spaces."""
    return " ".join(text.split())


def translated(text: str, language: str, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """HTML in a language, each marked element with its number; and what the marked ones hold, by number.

    values: HTML for each {name} of the messages.
    """
    held: dict[str, str] = {}

    def one(found: re.Match[str]) -> str:
        number = str(len(held))
        if found["tag"] is None:
            held[number] = tr(plain(found["label"]), language)
            return f'{found["labelled"]}="{number}"{found["middle"]}{held[number]}{found["end"]}'
        held[number] = filled(tr(plain(found["text"]), language), values)
        return f'{found["before"]}="{number}"{found["rest"]}{held[number]}{found["after"]}'

    return MARKED.sub(one, text), held
