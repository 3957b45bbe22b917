r"""One line of a table of names: a pattern for transformers' name of a parameter, a template for ours.

Published files have older names than the library's own modules today. A checkpoint keeps the parameter names of the
release that wrote it. transformers has renamed parameters since and translates while it loads, and back while it saves,
so a file holds the old names even when a new release wrote it. A family whose files have such names gives `renames`;
`current_name` applies them, and the rules read what comes out:

    decode_head.linear_c.0.proj.weight              (SegFormer, in every file)
    decode_head.linear_projections.0.proj.weight    (SegFormer's module in transformers 5.23)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

from torch import Tensor

Renames = tuple[tuple[str, str], ...]  # (pattern, replacement), each applied once, in this order


@dataclass(frozen=True)
class Rule:
    r"""One line of a table of names.

    theirs: a regular expression that their whole name matches. ours: our name, with \1 for the groups; or several:
    their tensor is then cut along axis 0 into as many equal parts (one packed q, k, v -> three); an empty tuple: it
    holds nothing learned and is dropped.
    part: several of theirs are joined along axis 0 into one of ours, in the order of `part`.
    transform: applied to their tensor before.
    """

    theirs: str
    ours: str | tuple[str, ...]
    part: int | None = None
    transform: Callable[[Tensor], Tensor] | None = None


def prefixed(rules: Iterable[Rule], *, theirs: str = "", ours: str = "") -> list[Rule]:
    """The rules of a module inside a larger one. theirs: a regular expression without groups; ours: plain text."""
    moved = []
    for rule in rules:
        names = rule.ours if isinstance(rule.ours, tuple) else (rule.ours,)
        names = tuple(ours + name for name in names)
        moved.append(
            replace(rule, theirs=theirs + rule.theirs, ours=names if isinstance(rule.ours, tuple) else names[0])
        )
    return moved


def renames_at(prefix: str, renames: Renames) -> Renames:
    """The renames of a module inside a larger one: {at} in their patterns becomes `prefix`, a regular expression."""
    return tuple((pattern.replace("{at}", prefix), replacement) for pattern, replacement in renames)


def current_name(renames: Renames, name: str) -> str:
    """The name that today's module gives to the parameter that a file calls `name`; what is current comes back."""
    for pattern, replacement in _compiled(renames):
        name = pattern.sub(replacement, name, count=1)
    return name


@cache
def _compiled(renames: Renames) -> tuple[tuple[re.Pattern, str], ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in renames)
