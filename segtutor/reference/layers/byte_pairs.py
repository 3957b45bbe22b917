r"""Byte-pair encoding: how a sentence becomes numbers, with a vocabulary that has no unknown words.

Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", arXiv:1508.07909, section 3.2; on bytes
as in GPT-2 and CLIP (arXiv:2103.00020, section 2.4):

    "Two cats" -> "two", "cats" -> t w o</w>, c a t s</w> -> [two</w>] [cats</w>] -> [start, 1237, 3989, end]

A word begins as single bytes, the last of them marked as the end of a word. Training once counted which neighbours
occur most often and wrote them down in that order, the merges. Encoding repeats them: of all neighbours in the word,
the pair that comes first in the list becomes one piece, until no pair of the list is left. Frequent words end as one
piece, a name nobody has heard of as several.

    pieces = BytePairs(vocabulary, merges)
    pieces.encode("a red cat")                    # [49406, 320, 736, 2368, 49407] with CLIP's vocabulary

Words are separated as CLIP does it: English contractions ('s, 't, ...), runs of letters, single digits, runs of other
signs; blanks are dropped. Letters are those of Unicode (categories L), digits those of category N.

Differs from CLIP's published code: no repair of broken encodings and HTML entities (ftfy), as in transformers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

START, END = "<|startoftext|>", "<|endoftext|>"
_MARKS = (START, END)
_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")  # asked in this order
_BLANKS = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}
MAX_CHARACTERS = 2000  # of a text; merging takes time that grows with the square of a word's length


class BytePairs:
    """Texts <-> numbers. vocabulary: piece -> number; merges: pairs of pieces, "a b", the first is merged first.

    Raises ValueError for a vocabulary without start and end mark, and for a merge that is no pair.
    """

    def __init__(self, vocabulary: Mapping[str, int], merges: Sequence[str]):
        self.vocabulary = dict(vocabulary)
        for mark in _MARKS:
            if mark not in self.vocabulary:
                raise ValueError(
                    f"the vocabulary must have CLIP's {mark!r}, which marks a text's ends: use CLIP's vocabulary"
                )
        pairs = [tuple(merge.split(" ")) for merge in merges]
        if wrong := next((pair for pair in pairs if len(pair) != 2 or not all(pair)), None):
            raise ValueError(f"a merge must be two pieces with one blank between them, got {' '.join(wrong)[:40]!r}")
        self.ranks = {pair: rank for rank, pair in enumerate(pairs)}
        self.pieces = {number: piece for piece, number in self.vocabulary.items()}
        self.start, self.end = self.vocabulary[START], self.vocabulary[END]

    def encode(self, text: str) -> list[int]:
        """The numbers of a text, between start and end mark. What the vocabulary lacks counts as an end mark.

        Raises ValueError for a text of more than 2000 characters.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"a text must have at most {MAX_CHARACTERS} characters, got {len(text)}: shorten it")
        numbers = [self.start]
        for word in split_words(normalised(text)):
            pieces = [word] if word in _MARKS else self.merge(word)
            numbers += [self.vocabulary.get(piece, self.end) for piece in pieces]
        return [*numbers, self.end]

    def merge(self, word: str) -> list[str]:
        """The pieces of one word, the last of which ends in "</w>".

        >>> BytePairs({START: 0, END: 1}, ["a t</w>", "c at</w>"]).merge("cat")
        ['cat</w>']
        """
        pieces = [_BYTES[byte] for byte in word.encode()]
        pieces[-1] += "</w>"
        while len(pieces) > 1:
            rank, place = min((self.ranks.get(pair, len(self.ranks)), i) for i, pair in enumerate(_pairs(pieces)))
            if rank == len(self.ranks):
                break
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
        return pieces

    def show(self, numbers: Sequence[int]) -> list[str]:
        """The pieces behind numbers, to be read; bytes above 127 stay as the signs that stand for them."""
        return [self.pieces[number] for number in numbers]


def normalised(text: str) -> str:
    """Composed characters (Unicode's NFC), any run of blanks as one, lower case letter by letter."""
    text = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if c in _BLANKS else c for c in text)
    return "".join(c.lower() for c in " ".join(part for part in spaced.split(" ") if part))


def split_words(text: str) -> list[str]:
    """What merges work on: marks, contractions, runs of letters, single digits, runs of other signs; no blanks.

    >>> split_words("it's 2 cats!?")
    ['it', "'s", '2', 'cats', '!?']
    """
    words, i = [], 0
    while i < len(text):
        found = next((part for part in (*_MARKS, *_CONTRACTIONS) if text.startswith(part, i)), None)
        if found is not None:
            words.append(found)
            i += len(found)
            continue
        kind, j = _kind(text[i]), i + 1
        while kind in "LO" and j < len(text) and _kind(text[j]) == kind:
            j += 1
        if kind != "B":
            words.append(text[i:j])
        i = j
    return words


def _kind(character: str) -> str:
    """L: a letter, N: a digit, B: a blank, O: other."""
    if character in _BLANKS:
        return "B"
    category = unicodedata.category(character)[0]
    return category if category in "LN" else "O"


def _pairs(pieces: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(pieces[:-1], pieces[1:], strict=True))


def _byte_signs() -> dict[int, str]:
    """A printable sign for each byte, as GPT-2 chose them: itself where it is one, else one from 256 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    signs = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in signs]
    return signs | {byte: chr(256 + place) for place, byte in enumerate(others)}


_BYTES = _byte_signs()
