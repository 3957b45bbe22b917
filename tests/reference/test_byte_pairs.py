"""Byte pairs against transformers' CLIPTokenizer, on a small vocabulary made here."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segtutor.reference.layers.byte_pairs import END, START, BytePairs, _byte_signs, split_words

MERGES = [
    "a t</w>", "c at</w>", "c a", "t s</w>", "ca ts</w>", "r e", "re d</w>", "t h", "th e</w>", "o n", "on e</w>",
    "' s</w>", "! !</w>", "Ã ©</w>", "a n", "an d</w>",
]  # fmt: skip


@pytest.fixture(scope="module")
def both():
    from transformers import CLIPTokenizer

    signs = list(_byte_signs().values())
    pieces = [*signs, *(sign + "</w>" for sign in signs), *(merge.replace(" ", "") for merge in MERGES), START, END]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    theirs = CLIPTokenizer(vocab=vocabulary, merges=[tuple(merge.split(" ")) for merge in MERGES])
    return BytePairs(vocabulary, MERGES), theirs


texts = st.text(max_size=30) | st.lists(
    st.sampled_from(
        ["cat", "cats", "red", "the", "'s", "'ll", "é", "1", "23", "!!", "  ", "\n", "Σ", "ß", "猫", "a\u0301"]
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(text=texts)
@example(text="The red cats' one cat's 42 é!! and")
@example(text="")
@example(text="a\u0301 \u00c9 \u2003 x\u3000y \u1680 z \x1c q")
@example(text="\U0001f408 ok")
def test_numbers_are_theirs(both, text):
    ours, theirs = both
    assert ours.encode(text) == theirs(text)["input_ids"]


def test_merges_are_applied_by_their_rank(both):
    ours, _ = both
    assert ours.merge("cats") == ["cats</w>"]
    assert ours.merge("act") == ["a", "c", "t</w>"]
    assert ours.show(ours.encode("The cat's")) == [START, "the</w>", "cat</w>", "'s</w>", END]


def test_marks_in_a_text_stay_whole():
    assert split_words(f"a{END}b") == ["a", END, "b"]


def test_what_the_vocabulary_lacks_is_an_end_mark():
    small = BytePairs({START: 7, END: 8, "a</w>": 1}, [])
    assert small.encode("ab a") == [7, 8, 8, 1, 8]


@pytest.mark.parametrize(
    ("vocabulary", "merges"),
    [
        ({}, []),
        ({START: 0}, []),
        ({START: 0, END: 1}, ["a"]),
        ({START: 0, END: 1}, ["a b c"]),
        ({START: 0, END: 1}, ["a "]),
    ],
)
def test_a_broken_vocabulary_is_refused(vocabulary, merges):
    with pytest.raises(ValueError):
        BytePairs(vocabulary, merges)


def test_a_long_text_is_refused(both):
    with pytest.raises(ValueError):
        both[0].encode("x" * 2001)
