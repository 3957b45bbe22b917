"""The catalogue of all that is said to a reader: messages out of the sources, translations into the package.

    python tools/words.py            new messages into translations/*.po, translations into segtutor/words/*.json
    python tools/words.py --check    changes nothing; ends with 1 where that would change a file, or a text is wrong

Messages are the texts that `tr`, `tr_count`, `tr_later` (Python) and `tr`, `trCount`, `trParts`, `trLater` (JavaScript)
are called with, the elements of HTML with the attribute data-tr, and the names of ToyTown. Babel reads and writes them.
A translator writes above each message, as a comment, its translation translated back without a look at the English:
`# back: ...`. translations/review-LANGUAGE.md, made here too, shows the three side by side.

What is in COMPLETE must be translated wholly. Other explorers may say in English what has no translation; a person who
reads one is told so (widgets/shared/lifetime.js), and this tool prints how far each has come.
"""

from __future__ import annotations

import argparse
import ast
import csv
import gettext
import io
import json
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
COMPILED = ROOT / "segtutor" / "words"
BUILT, BUILT_PAGES = (ROOT / "segtutor" / shelf / "built" for shelf in ("widgets", "pages"))
sys.path.insert(0, str(ROOT))

from segtutor.errors import UserError  # noqa: E402
from segtutor.words import LANGUAGES  # noqa: E402
from segtutor.words.html import MARKED, plain  # noqa: E402

PYTHON = {"tr": 1, "tr_later": 1, "tr_count": 2}  # -> how many texts each takes
BACK, WAS = "back: ", "was: "  # of comments: a translation translated back; the English that a fuzzy one is of
PLACEHOLDER = re.compile(r"\{(\w+)\}")
TRANSLATED = tuple(tag for tag in LANGUAGES if tag != "en")
COMPLETE = ("explainer",)  # explorers and pages, named as their built modules are
_WIDGETS = "segtutor/widgets/"
_LESSONS = tuple(f"segtutor/pages/{name}.py" for name in ("document", "front", "site"))  # what is around lessons
_NAMES = "segtutor/widgets/shared/scene/compose.js"  # of ToyTown


def messages() -> Catalog:
    """All messages of the sources, in the order of their files."""
    found = Catalog(project="segtutor", header_comment="# Messages of segtutor, for translators.", charset="utf-8")
    for path, message, line in _found():
        found.add(message, locations=[(path, line)])
    return found


def _found() -> Iterator[tuple[str, str | tuple[str, str], int]]:
    for path in sorted((ROOT / "segtutor").rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in _READERS or "/built/" in name or name in _OURS:
            continue
        for message, line in _READERS[path.suffix](path.read_text(encoding="utf-8")):
            yield name, message, line
    text = (ROOT / _NAMES).read_text(encoding="utf-8")
    for listed in re.findall(r"^export const (?:COLOURS|STUFF|KINDS|PATTERNS) = \[(.*)\];", text, flags=re.MULTILINE):
        for name in re.findall(r'"(\w+)"', listed):
            yield _NAMES, name, 0


def of_html(text: str) -> Iterator[tuple[str, int]]:
    """Messages of HTML, each with its line."""
    for one in MARKED.finditer(text):
        yield plain(one["label"] or one["text"]), text.count("\n", 0, one.start()) + 1


def of_python(text: str) -> Iterator[tuple[str | tuple[str, str], int]]:
    """Messages of Python, each with its line: texts that the functions are called with."""
    if "segtutor.words" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PYTHON:
            given = [one.value for one in node.args[: PYTHON[node.func.id]] if isinstance(one, ast.Constant)]
            if len(given) == PYTHON[node.func.id]:
                yield given[0] if len(given) == 1 else (given[0], given[1]), node.lineno


def of_javascript(text: str) -> Iterator[tuple[str | tuple[str, str], int]]:
    """Messages of JavaScript, each with its line, in double quotes or single ones."""
    for one in _CALL.finditer(text):
        given = [_text(part) for part in (one["first"], one["second"]) if part]
        if one["name"] != "trCount":
            yield given[0], text.count("\n", 0, one.start()) + 1
        elif len(given) == 2:
            yield (given[0], given[1]), text.count("\n", 0, one.start()) + 1


_STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_CALL = re.compile(
    rf"(?<!\w)(?<!\w\.)(?P<name>tr|trLater|trParts|trCount)\(\s*(?P<first>{_STRING})(?:,\s*(?P<second>{_STRING}))?"
)
_READERS = {".html": of_html, ".py": of_python, ".js": of_javascript}
_OURS = ("segtutor/widgets/shared/words.js",)


def _text(literal: str) -> str:
    """What a JavaScript literal says; of escapes the sources use \\" and \\' alone."""
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def said_by(template: Catalog) -> dict[str, set[str]]:
    """The messages of each explorer, by the name of its built module; with those of the page of the same name.

    Of JavaScript those are meant that the module holds: of a shared file it may use one function. Of Python and HTML,
    those of the explorer's folder, of what that imports from base/, and of its page. An explorer none of whose own
    files says anything through the catalogue has no messages here.
    """
    found: dict[str, set[str]] = {}
    for module in sorted(BUILT.glob("*.js")) + [BUILT_PAGES / f"{name}.js" for name in COMPLETE]:
        name, text = module.stem, module.read_text(encoding="utf-8")
        sources = set(re.findall(r"^   (segtutor/\S+\.js)$", text.partition("*/")[0], flags=re.MULTILINE))
        ours = {*_python_of(name), f"segtutor/pages/{name}.py", f"segtutor/pages/{name}.html"}
        for message in template:
            places = {place for place, _ in message.locations}
            in_module = places & sources and _first(message) in text
            if message.id and (in_module or places & ours):
                found.setdefault(name, set()).add(_first(message))
    own = {place.split("/")[2] for message in template for place, _ in message.locations if place.startswith(_WIDGETS)}
    return {name: asked for name, asked in found.items() if name in own}


def _python_of(name: str) -> set[str]:
    """The Python files of an explorer: its folder, and what that imports from base/, directly or not."""
    found: set[str] = set()
    waiting = [path.relative_to(ROOT).as_posix() for path in (ROOT / _WIDGETS / name).glob("*.py")]
    while waiting:
        found.add(place := waiting.pop())
        imported = re.findall(r"from segtutor\.widgets\.base\.(\w+) import", (ROOT / place).read_text(encoding="utf-8"))
        waiting += {f"{_WIDGETS}base/{module}.py" for module in imported} - found
    return found


def may_stay_english(said: dict[str, set[str]], template: Catalog) -> set[str]:
    """Messages that only explorers outside of COMPLETE say, or pages of lessons."""
    asked = set().union(*(said.get(name, set()) for name in COMPLETE))
    found = set()
    for message in template:
        places = {place for place, _ in message.locations}
        if message.id and all(place.startswith(_WIDGETS) or place in _LESSONS for place in places):
            found.add(_first(message))
    return found - asked


def progress(language: str, catalogue: Catalog, said: dict[str, set[str]]) -> str:
    """One line: which explorers are translated wholly, and of the others how many messages are."""
    done = _translated(catalogue)
    complete = [name for name, asked in said.items() if asked <= done]
    left = [f"{name} {len(asked & done)} of {len(asked)}" for name, asked in said.items() if not asked <= done]
    rest = f"; English where there is no translation yet: {', '.join(left)}" if left else ""
    silent = sorted({module.stem for module in BUILT.glob("*.js")} - set(said))
    rest += f"; English only: {', '.join(silent)}" if silent else ""
    return f"{language}: complete: {', '.join(complete) or 'none'}{rest}"


def _translated(catalogue: Catalog) -> set[str]:
    """Messages that have a translation, of this very text."""
    return {
        _first(message)
        for message in catalogue
        if message.id
        and not message.fuzzy
        and (message.string if isinstance(message.string, str) else all(message.string))
    }


def updated(language: str, template: Catalog) -> Catalog:
    """The catalogue of a language with the messages of the sources.

    As Babel does it, no translation is lost: what is new has none; what was reworded keeps that of the earlier text,
    marked `fuzzy`, with that text behind `# was:`, which counts as none until somebody has corrected it and taken the
    mark away; what no source says any more stays at the end of the file, behind `#~`, until it is said again.
    """
    before, found = _read(language), Catalog(locale=_locale(language), project="segtutor", charset="utf-8", fuzzy=False)
    asked = {_first(message) for message in template if message.id}
    for message in (*before, *before.obsolete.values()):
        if message.id and (_first(message) in asked or message.id in before):
            found[message.id] = message
        elif message.id:
            found.obsolete[_first(message)] = message
    named = Catalog(charset="utf-8")
    for message in template:
        if message.id:
            named.add(message.id, locations=[(name, None) for name, _ in _once(message.locations)])
    found.update(named)
    for message in found:
        if not any(message.string or ()):
            message.string = "" if _shape(message.id) == 1 else ("",) * found.num_plurals
        if message.previous_id:  # which Babel would not read again
            message.user_comments.insert(0, WAS + message.previous_id[0])
            message.previous_id = []
        elif not message.fuzzy and any(one.startswith(WAS) for one in message.user_comments):
            first = next((n for n, one in enumerate(message.user_comments) if one.startswith(BACK)), 0)
            message.user_comments = message.user_comments[first:]
    return found


_PO_LINE = re.compile(r'\s*(#.*|((msgctxt|msgid|msgid_plural|msgstr(\[\d+\])?)\s+)?"([^"\\]|\\.)*"\s*)?')


def _read(language: str) -> Catalog:
    """A language's PO file; an empty catalogue where there is none. Raises UserError where the file is no valid PO."""
    path = FOLDER / f"{language}.po"
    if not path.is_file():
        return Catalog()
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.split("\n"), 1):
        if not _PO_LINE.fullmatch(line):  # Babel takes a text without its second quotation mark, too
            raise _invalid(path, line, number)
    try:
        return read_po(io.StringIO(text), locale=_locale(language), abort_invalid=True)
    except PoFileError as wrong:
        raise _invalid(path, wrong.line, wrong.lineno + 1) from None


def _invalid(path: Path, line: str, number: int) -> UserError:
    return UserError(f"{path.name} must be a valid PO file, got {line.strip()!r} in line {number}: correct that line")


def _once(locations) -> list[tuple[str, int]]:
    return list({name: (name, line) for name, line in locations}.values())


def _shape(message_id) -> int:
    return 1 if isinstance(message_id, str) else len(message_id)


def _locale(language: str) -> str:
    return language.replace("-", "_")


def po_text(catalogue: Catalog) -> str:
    """A PO file without dates: the same catalogue gives the same bytes."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, omit_header=True, include_lineno=False)
    head = (
        f'msgid ""\nmsgstr ""\n"Language: {catalogue.locale}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return head + out.getvalue().decode()


def faults(language: str, catalogue: Catalog, may_be_empty: Collection[str] = ()) -> list[str]:
    """What is wrong with a catalogue, a sentence each. may_be_empty: messages that need no translation."""
    said, done = [f"{language}: {one}" for one in plural_faults(catalogue)], _translated(catalogue)
    for message in catalogue:
        if message.id and not (_first(message) in may_be_empty and _first(message) not in done):
            said += [
                f"{language}: {fault}: {_first(message)!r}" for fault in message_faults(message, catalogue.num_plurals)
            ]
    return said + [f"{language}: {one}" for one in glossary_faults(language, catalogue)]


def glossary_faults(language: str, catalogue: Catalog) -> list[str]:
    """Messages with a term of the glossary whose translation has none of the glossary's words for it."""
    found = []
    for row in glossary():
        term = row["english"]
        plural = f"{term[:-1]}(?:y|ies)" if term.endswith("y") else f"{term}(?:s|es)?"
        asked, given = re.compile(rf"\b{plural}\b", re.IGNORECASE), row[language].lower().split("/")
        for message in catalogue:
            if not message.id or not asked.search(PLACEHOLDER.sub("", _first(message))):
                continue
            string = (message.string if isinstance(message.string, str) else message.string[0]).lower()
            if string and not any(one in string for one in given):
                found.append(
                    f"{term!r} must be {row[language]!r}, as in translations/glossary.csv: {_first(message)!r}"
                )
    return found


def message_faults(message: Message, forms: int) -> list[str]:
    """What is wrong with one message."""
    strings = [message.string] if isinstance(message.string, str) else list(message.string)
    if not all(strings):
        return ["a message has no translation"]
    if message.fuzzy:
        return ["a translation is of an earlier text: correct it, with its '# back: ...', and take the mark fuzzy away"]
    found = []
    if _shape(message.id) == 2 and len(strings) != forms:
        found.append(f"a message that counts must have {forms} forms, got {len(strings)}")
    asked = set(PLACEHOLDER.findall(" ".join([message.id] if isinstance(message.id, str) else message.id)))
    for string in strings:
        if set(PLACEHOLDER.findall(string)) != asked:
            found.append(
                f"a translation must have the placeholders {sorted(asked)}, got {sorted(PLACEHOLDER.findall(string))}"
            )
        if sorted(re.findall(r"</?\w+>", string)) != sorted(re.findall(r"</?\w+>", _first(message))):
            found.append("a translation must have the tags of the English text")
    if not any(comment.startswith(BACK) for comment in message.user_comments):
        found.append("a translation must have a comment '# back: ...', its translation back into English")
    return found


def plural_faults(catalogue: Catalog) -> list[str]:
    """Where gettext's forms are not one for each category of CLDR, which JavaScript chooses by."""
    try:
        plural_categories(catalogue)
    except ValueError as wrong:
        return [str(wrong)]
    return []


def plural_categories(catalogue: Catalog) -> list[str]:
    """For each form its category, "one", "other" ...; ValueError where the two do not fit."""
    form, category = gettext.c2py(catalogue.plural_expr), Locale.parse(str(catalogue.locale)).plural_form
    found: dict[int, set[str]] = {}
    for n in range(1000):
        found.setdefault(form(n), set()).add(category(n))
    singles = {next(iter(one)) for one in found.values() if len(one) == 1}
    if sorted(found) != list(range(catalogue.num_plurals)) or len(singles) != len(found):
        raise ValueError(f"Plural-Forms {catalogue.plural_forms!r} must be the categories of CLDR, got {found}")
    return [next(iter(found[n])) for n in range(catalogue.num_plurals)]


def compiled(language: str, catalogue: Catalog, said: dict[str, set[str]]) -> str:
    """JSON of a catalogue, as segtutor.words and words.js read it."""
    done = _translated(catalogue)
    translations = {
        _first(message): message.string if isinstance(message.string, str) else list(message.string)
        for message in catalogue
        if message.id and _first(message) in done
    }
    facts = {
        "language": language,
        "plurals": plural_categories(catalogue),
        "plural": catalogue.plural_expr,
        "complete": [name for name, asked in said.items() if asked <= done],
    }
    return json.dumps({**facts, "messages": translations}, ensure_ascii=False, indent=0) + "\n"


def review(language: str, catalogue: Catalog) -> str:
    """The table for a reviewer: English, translation, translated back, of all that is translated."""
    rows, done = [], _translated(catalogue)
    for message in catalogue:
        if message.id and _first(message) in done:
            back = " ".join(message.user_comments).partition(BACK)[2]  # a long comment has several lines
            string = message.string if isinstance(message.string, str) else " / ".join(message.string)
            english = message.id if isinstance(message.id, str) else " / ".join(message.id)
            rows.append("| " + " | ".join(one.replace("|", "\\|") for one in (english, string, back)) + " |")
    return (
        f"# {LANGUAGES[language]} ({language}): each message, its translation, and that translated back\n\n"
        "Made by tools/words.py from the PO file beside it: correct that. No native speaker has reviewed it yet.\n\n"
        "| English | translation | back |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def glossary() -> list[dict[str, str]]:
    """The terms of the field, a column each language."""
    with (FOLDER / "glossary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def made() -> tuple[dict[Path, str], list[str], list[str]]:
    """The texts of all files that are made here, what is wrong with the translations, and how far each language is."""
    template, texts, wrong, far = messages(), {}, [], []
    said = said_by(template)
    for language in TRANSLATED:
        catalogue = updated(language, template)
        texts[FOLDER / f"{language}.po"] = po_text(catalogue)
        texts[FOLDER / f"review-{language}.md"] = review(language, catalogue)
        texts[COMPILED / f"{language}.json"] = compiled(language, catalogue, said)
        wrong += faults(language, catalogue, may_stay_english(said, template))
        far.append(progress(language, catalogue, said))
    return texts, wrong, far


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    try:
        texts, wrong, far = made()
    except UserError as unread:
        print(unread)
        return 1
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is out of date: python tools/words.py' if check else 'is written'}")
        if not check:
            path.write_text(texts[path], encoding="utf-8")
    print("\n".join(wrong + far))
    return 1 if wrong or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
