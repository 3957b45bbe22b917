"""The papers' claims, one file each. `claim("masked-attention")` or `claim("6")` finds one, `all_claims()` all.

Some have longer runs as well, decided in register.toml before they were made: `registered_claims()`.
"""

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


def registered_claims(name: str | None = None) -> list[Claim]:
    """Those with longer runs, in their order; of a name or number, or all. Raises UserError where it has none."""
    found = [one for file in NAMES for one in getattr(import_module(f"{__name__}.{file}"), "REGISTERED", ())]
    chosen = [one for one in found if name in (None, one.name, str(one.number))]
    if not chosen:
        known = ", ".join(one.name for one in found)
        raise UserError(f"a claim of the register must be one of {known}, or its number, got {name!r}")
    return chosen


def claim(name: str) -> Claim:
    """One claim, by its name ("masked-attention") or number. Raises UserError for another one."""
    for found in all_claims():
        if name in (found.name, str(found.number)):
            return found
    known = ", ".join(name.replace("_", "-") for name in NAMES)
    raise UserError(f"claim must be a number from 1 to {len(NAMES)} or one of {known}, got {name!r}")
