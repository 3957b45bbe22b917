"""A page in several languages: written in one, it carries the others; its reader may switch (scripts/language.js)."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from segtutor.words import LANGUAGES, needed, tr
from segtutor.words.html import translated


def in_languages(
    body: str, title: str, script: str, language: str, values: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """A body with marked elements (words/html.py) in a language, and what the page carries to be shown in the others.

    title and the marked elements are messages; values: HTML for each {name} of the body. script: the page's module,
    whose messages are carried, and the names of things, which come from elsewhere.
    """
    versions = {tag: translated(body, tag, values) for tag in LANGUAGES}
    carried = {
        tag: {
            "title": tr(title, tag),
            "held": held,
            "words": None if tag == "en" else needed(tag, script),
        }
        for tag, (_, held) in versions.items()
    }
    return versions[language][0], carried


def options(language: str) -> str:
    """The choices of a page's language, each in its own."""
    return "".join(
        f'<option value="{tag}" lang="{tag}"{" selected" if tag == language else ""}>{html.escape(name)}</option>'
        for tag, name in LANGUAGES.items()
    )
