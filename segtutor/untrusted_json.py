"""One reader of json that others made: bounded in size, depth, digits and number of parts, before anything uses it.

`json` itself reads an integer of 4,000 digits (which numpy and torch then refuse with errors of their own), "1e999" as
infinity, NaN, and thirty million empty lists. What such a file may hold for a reader of ours is said here once.
"""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

MOST_PARTS = 12_000_000  # lists and objects; COCO's instances_train2017.json has 4.5 million
DEEPEST = 60  # no format of pictures, models or notebooks comes near
MOST_DIGITS = 18  # of a whole number: below 2**63, which is what numpy and torch hold

# What a text looks like to `_long_numbers`: digits are 0, exponents e, what may stand around a number a comma.
_SHAPE = bytes(
    ord("0")
    if chr(byte) in "0123456789"
    else ord("e")
    if chr(byte) in "eE"
    else ord(",")
    if byte in b" \t\r\n,:[]{}-.\xbf"
    else 0
    for byte in range(256)
)
_SUSPECTS = (b"," + MOST_DIGITS * b"0" + b"0", b"0e000")
_ENDS = re.compile(rb"0*(?:[,e]|$)")
_MOST_LOOKS = 1000
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_BLOCK = 1 << 24


def parse(content: bytes, *, constants: bool = False) -> Any:
    """The value of a json text in UTF-8. Raises ValueError, with one short reason, for what is not or is too much.

    constants: whether NaN and Infinity are let through, as Python's own json writes them, because a NaN in one of many
    records is better found there.
    """
    parts = content.count(b"[") + content.count(b"{")
    if parts > MOST_PARTS:
        raise ValueError(f"{parts} lists and objects, more than {MOST_PARTS}")
    # Each number costs a call of Python, so it is looked at only where there may be one to refuse.
    numbers: dict[str, Any] = {"parse_int": _whole, "parse_float": _finite} if _long_numbers(content) else {}
    collecting = gc.isenabled()
    gc.disable()  # millions of new lists, none of them to be freed: looking through them takes longer than reading
    try:
        value = json.loads(content.decode("utf-8-sig"), parse_constant=None if constants else _no_constant, **numbers)
    except RecursionError:
        raise ValueError(f"parts within parts, more than {DEEPEST} deep") from None
    finally:
        if collecting:
            gc.enable()
    if _may_be_deep(content) and _depth(value) > DEEPEST:
        raise ValueError(f"parts within parts, more than {DEEPEST} deep")
    return value


def shown(value: Any, limit: int = 40) -> str:
    """A value for a sentence, on one line, cut; never the text of millions of parts."""
    if isinstance(value, list | tuple | dict) and len(value) > 20:
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**MOST_DIGITS:
        return f"a number of more than {MOST_DIGITS} digits"
    try:
        text = " ".join(repr(value[: 4 * limit] if isinstance(value, str) else value).split())
    except (RecursionError, ValueError):
        return f"a {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _long_numbers(content: bytes) -> bool:
    """Whether a number may be too long or too large.

    Texts of run lengths hold digits, e, brackets and colons at random, so that a suspect is looked at once more.
    """
    shape = b"," + content.translate(_SHAPE, b"+")
    for suspect in _SUSPECTS:
        at = shape.find(suspect)
        for _ in range(_MOST_LOOKS):
            if at < 0:
                break
            if _ENDS.match(shape, at + len(suspect)):
                return True
            at = shape.find(suspect, at + 1)
        else:
            return True
    return False


def _may_be_deep(content: bytes) -> bool:
    """Whether the brackets, those within texts included, ever stand more than DEEPEST deep."""
    brackets = content.translate(None, _NO_BRACKETS)
    depth = 0
    for start in range(0, len(brackets), _BLOCK):
        block = np.frombuffer(brackets, np.uint8, min(_BLOCK, len(brackets) - start), start)
        opened = (block == ord("[")) | (block == ord("{"))
        levels = np.cumsum(np.where(opened, 1, -1), dtype=np.int32)
        if depth + int(levels.max()) > DEEPEST:
            return True
        depth += int(levels[-1])
    return False


def _depth(value: Any) -> int:
    """How deep it is, or DEEPEST + 1."""
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        level = [part for one in level for part in _parts(one)]
        depth += 1
    return depth


def _parts(value: Any) -> Iterable:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits, more than {MOST_DIGITS}")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]}, which is not finite")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
