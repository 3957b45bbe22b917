"""The papers' claims, one file each. `claim("masked-attention")` or `claim("6")` finds one, `all_claims()` all."""

from __future__ import annotations

from importlib import import_module

from segtutor.errors import UserError
from segtutor.experiments.claim import Claim

NAMES = (
    "class_count",
    "mask_losses",
    "fixed_matching",
    "touching",
    "one_layer",
    "masked_attention",
    "levels",
    "points",
    "queries",
    "proposals",
    "convergence",
    "fine_tuning",
    "multi_scale",
    "auxiliary_losses",
    "matching_by_mask",
)


def all_claims() -> list[Claim]:
    """All fifteen, in their order."""
    return [import_module(f"{__name__}.{name}").CLAIM for name in NAMES]


def claim(name: str) -> Claim:
    """One claim, by its name ("masked-attention") or number. Raises UserError for another one."""
    for found in all_claims():
        if name in (found.name, str(found.number)):
            return found
    known = ", ".join(name.replace("_", "-") for name in NAMES)
    raise UserError(f"claim must be a number from 1 to {len(NAMES)} or one of {known}, got {name!r}")
