"""What is said to a reader, in another language: `tr("Page")`, `tr_count("{n} page", "{n} pages", 3)`.

The English text is the name of a message; one without a translation is said in English. The catalogues are gettext's PO
files in the repository's folder translations/; tools/words.py makes the JSON beside this file of them, which Python and
JavaScript (widgets/shared/words.js) read alike, so that no package is needed for it.
"""

from __future__ import annotations

import gettext
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from segtutor.errors import UserError

LANGUAGES = {"en": "English", "ja": "日本語", "zh-Hans": "简体中文"}  # tag as `lang` says it -> its own name
VARIABLE = "SEGTUTOR_LANGUAGE"


def tr_later(message: str) -> str:
    """Marks a message of a table; `tr` translates it where it is said."""
    return message


def checked(language: str) -> str:
    """The tag of LANGUAGES that is meant, in whatever case. Raises UserError where there is none."""
    for tag in LANGUAGES:
        if tag.lower() == language.strip().lower():
            return tag
    listed = ", ".join(f"{tag} ({name})" for tag, name in LANGUAGES.items())
    raise UserError(f"The language must be one of {listed}, got {language!r}")


def chosen() -> str:
    """The language of the environment variable SEGTUTOR_LANGUAGE, English where it is not set."""
    said = os.environ.get(VARIABLE, "").strip()
    try:
        return checked(said) if said else "en"
    except UserError as wrong:
        raise UserError(f"{wrong} in the environment variable {VARIABLE}") from None


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """{"language", "messages", "plurals", "plural", "complete"} of a tag of LANGUAGES.

    messages: {English: translation, or its forms by number}; complete: the explorers that are translated wholly, by the
    names of their folders; plurals: for each form its
    category in Unicode's CLDR, as JavaScript's Intl.PluralRules says it; plural: gettext's expression in n, which gives
    the position of the form.
    """
    if language == "en":
        return {"language": "en", "plurals": ["one", "other"], "plural": "(n != 1)", "complete": [], "messages": {}}
    return json.loads((files("segtutor.words") / f"{language}.json").read_text(encoding="utf-8"))


def needed(language: str, script: str) -> dict[str, Any]:
    """The part of a catalogue that a script can ask for: what stands in it, and names, which are single words."""
    whole = catalogue(language)
    part = {name: text for name, text in whole["messages"].items() if " " not in name or name in script}
    return {**whole, "messages": part}


def tr(message: str, language: str = "en", **values: Any) -> str:
    """A message in a language of LANGUAGES, with each {name} filled from values."""
    found = catalogue(language)["messages"].get(message, message)
    return filled(found if isinstance(found, str) else message, values)


def tr_count(one: str, other: str, n: int, language: str = "en", **values: Any) -> str:
    """A message that counts; {n} stands for the number."""
    said = catalogue(language)
    forms = said["messages"].get(one)
    if not isinstance(forms, list):
        said, forms = catalogue("en"), [one, other]
    return filled(forms[gettext.c2py(said["plural"])(n)], {"n": n, **values})


def filled(text: str, values: Mapping[str, Any]) -> str:
    """{name} replaced where values have it; other braces stay."""
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), text)
