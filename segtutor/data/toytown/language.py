"""Phrases about a scene, and the pixels that each is true of.

    phrase  =  clause, or clause "or" phrase
    clause  =  [colour] [pattern] kind             red cat, patterned boat, red plain cat, cat
            |  [colour] [pattern] "things"         red things, things
            |  stuff  |  "stuff"                   sky, stuff
    and "not" behind it excludes one word          things not red, cat not patterned, stuff not sky

A phrase means all pixels of all things that it is true of, visible ones alone; several cats may be "red cat".
Articles are left out and plurals are allowed ("the red cats"), since people write so.

    >>> from segtutor.data import toytown
    >>> scene = toytown.scene(7)
    >>> words("a red cat or the sky")
    ('red', 'cat', 'or', 'sky')
    >>> int(phrase_mask(scene, "blue car").sum()), int(phrase_mask(scene, "red cat").sum())
    (339, 0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF
from segtutor.errors import UserError

if TYPE_CHECKING:
    from segtutor.data.toytown.scene import Scene

WORDS = (*COLOURS, *PATTERNS, *KINDS, *STUFF, "things", "stuff", "not", "or")  # all that a network must know
MOST_WORDS = 16
ARTICLES = ("a", "an", "the")
OTHER_FORMS = {f"{kind}s": kind for kind in KINDS} | {"people": "person", "thing": "things"}


@dataclass(frozen=True)
class Clause:
    """Part of a phrase between two "or": a noun (a kind, a stuff, "things" or "stuff") and what is said of it.

    attributes: a colour and a pattern, or one of them, or none. excluded: the word behind "not", or None.
    """

    noun: str
    attributes: tuple[str, ...] = ()
    excluded: str | None = None

    def true_of_thing(self, kind: str, colour: str, pattern: str) -> bool:
        """Whether a thing with these attributes is meant."""
        said = (kind, colour, pattern)
        return self.noun in (kind, "things") and set(self.attributes) <= set(said) and self.excluded not in said

    def true_of_stuff(self, name: str) -> bool:
        """Whether this stuff is meant."""
        return self.noun in (name, "stuff") and self.excluded != name


def words(phrase: str) -> tuple[str, ...]:
    """The phrase as words of WORDS: lower case, without articles, nouns in the singular.

    Raises UserError for a word that ToyTown does not have and for what is no phrase of 1 to 16 words.
    """
    if not isinstance(phrase, str):
        raise UserError(f"phrase must be a string such as 'red cat', got a {type(phrase).__name__}")
    found = phrase[:1000].lower().replace(",", " ").split()
    found = [OTHER_FORMS.get(word, word) for word in found if word not in ARTICLES]
    if not 1 <= len(found) <= MOST_WORDS:
        raise UserError(f"phrase must have 1 to {MOST_WORDS} words, got {len(found)}: try 'red cat'")
    for word in found:
        if word not in WORDS:
            raise UserError(
                f"ToyTown does not know the word {word[:40]!r}: try 'red cat' or 'things not blue', with words among "
                f"{', '.join(WORDS)}"
            )
    return tuple(found)


def parse(phrase: str) -> tuple[Clause, ...]:
    """The clauses of a phrase. Raises UserError for one that the grammar above does not have."""
    clauses: list[list[str]] = [[]]
    for word in words(phrase):
        if word == "or":
            clauses.append([])
        else:
            clauses[-1].append(word)
    return tuple(_clause(clause, phrase) for clause in clauses)


def _clause(said: list[str], phrase: str) -> Clause:
    body, excluded = said, None
    if "not" in said:
        at = said.index("not")
        body, behind = said[:at], said[at + 1 :]
        if len(behind) != 1 or behind[0] in ("not", "things", "stuff"):
            raise _wrong(phrase, "one word behind 'not', as in 'things not red'")
        excluded = behind[0]
    if not body or body[-1] not in (*KINDS, *STUFF, "things", "stuff"):
        raise _wrong(phrase, "a noun at the end of each part, as in 'red cat' or 'red things'")
    *attributes, noun = body
    of_things = noun in (*KINDS, "things")
    order = [0 if word in COLOURS else 1 if word in PATTERNS else 2 for word in attributes]
    if (attributes and not of_things) or order != sorted(set(order)) or 2 in order:
        raise _wrong(phrase, "at most a colour and then a pattern in front of a kind of thing or 'things'")
    if excluded in STUFF and of_things or excluded is not None and excluded not in STUFF and not of_things:
        raise _wrong(phrase, "'not' with a word that can be true of the noun, as in 'stuff not sky'")
    return Clause(noun, tuple(attributes), excluded)


def _wrong(phrase: str, expected: str) -> UserError:
    return UserError(f"phrase must have {expected}, got {phrase[:80]!r}")


def phrase_mask(scene: Scene, phrase: str, segment_ids: np.ndarray | None = None) -> np.ndarray:
    """The pixels that a phrase is true of, (H, W) bool; none where it is true of nothing in the scene.

    segment_ids: what `scene.draw()` gives, where it is at hand; drawing is what takes the time.
    Raises UserError for what is no phrase.
    """
    clauses = parse(phrase)
    ids = scene.draw()[1] if segment_ids is None else segment_ids
    meant = [i for i, name in enumerate(STUFF, start=1) if any(clause.true_of_stuff(name) for clause in clauses)]
    for i, thing in enumerate(scene.things, start=len(STUFF) + 1):
        if any(clause.true_of_thing(thing.kind, thing.colour, thing.pattern) for clause in clauses):
            meant.append(i)
    return np.isin(ids, meant)


def phrases(scene: Scene, segment_ids: np.ndarray | None = None) -> list[str]:
    """Phrases of one clause that are true of some pixel and, with "not", of fewer than without; sorted, no two equal.

    All of the forms: names of stuff, kinds, colour and pattern with kind or "things", and "not" behind "things",
    "stuff" and each kind.
    """
    ids = scene.draw()[1] if segment_ids is None else segment_ids
    seen = set(np.unique(ids).tolist())
    stuff = [name for i, name in enumerate(STUFF, start=1) if i in seen]
    things = [thing for i, thing in enumerate(scene.things, start=len(STUFF) + 1) if i in seen]
    said = {tuple(stuff_name.split()) for stuff_name in stuff} | ({("stuff",)} if stuff else set())
    if len(stuff) > 1:
        said |= {("stuff", "not", name) for name in stuff}
    for thing in things:
        for noun in (thing.kind, "things"):
            said |= {(noun,), (thing.colour, noun), (thing.pattern, noun), (thing.colour, thing.pattern, noun)}
    for noun in {*(thing.kind for thing in things), *(["things"] if things else [])}:
        meant = [thing for thing in things if noun in (thing.kind, "things")]
        for word in {word for thing in meant for word in (thing.kind, thing.colour, thing.pattern)} - {noun}:
            if not all(word in (thing.kind, thing.colour, thing.pattern) for thing in meant):
                said.add((noun, "not", word))
    return sorted(" ".join(phrase) for phrase in said)


def random_phrase(rng: np.random.Generator, scene: Scene | None = None, segment_ids: np.ndarray | None = None) -> str:
    """A phrase, drawn at random: about something of this scene, or without a scene about anything at all.

    With a scene it starts from one of its things or stuff, and its mask may still be empty ("cat not red" about a
    red cat); without one it is often about what a given picture does not show. One in 16 joins two with "or".
    """
    said = _random_clause(rng, scene, segment_ids)
    return said if rng.random() >= 1 / 16 else f"{said} or {_random_clause(rng, scene, segment_ids)}"


def _random_clause(rng: np.random.Generator, scene: Scene | None, segment_ids: np.ndarray | None) -> str:
    stuff, things = list(STUFF), []
    if scene is not None:
        seen = set(np.unique(scene.draw()[1] if segment_ids is None else segment_ids).tolist())
        stuff = [name for i, name in enumerate(STUFF, start=1) if i in seen] or stuff
        things = [thing for i, thing in enumerate(scene.things, start=len(STUFF) + 1) if i in seen]
    if things:
        thing = things[rng.integers(len(things))]
        kind, colour, pattern = thing.kind, thing.colour, thing.pattern
    else:
        kind, colour, pattern = str(rng.choice(KINDS)), str(rng.choice(COLOURS)), str(rng.choice(PATTERNS))
    one_stuff = str(rng.choice(stuff))
    forms = {
        one_stuff: 0.10,
        "stuff": 0.02,
        f"stuff not {one_stuff}": 0.03,
        kind: 0.10,
        f"{colour} {kind}": 0.25,
        f"{pattern} {kind}": 0.10,
        f"{colour} {pattern} {kind}": 0.12,
        f"{colour} things": 0.08,
        f"{pattern} things": 0.04,
        "things": 0.02,
        f"things not {rng.choice([colour, pattern, kind])}": 0.08,
        f"{kind} not {rng.choice([colour, pattern])}": 0.06,
    }
    return str(rng.choice(list(forms), p=np.array(list(forms.values())) / sum(forms.values())))
