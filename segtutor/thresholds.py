"""The thresholds of panoptic inference: the published values, and what may be passed as one. Imports no torch."""

from __future__ import annotations

from numbers import Real
from typing import Any

from segtutor.errors import UserError
from segtutor.untrusted_json import shown

THRESHOLDS = {"score_threshold": 0.8, "overlap_threshold": 0.8, "mask_threshold": 0.5}  # Mask2Former's on COCO


def checked_threshold(value: Any, name: str) -> float:
    """A threshold. Raises UserError unless 0 <= value <= 1; True is no number here."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise UserError(
            f"{name} must be a number from 0 to 1, got {shown(value)}: a threshold is a fraction, not percent"
        )
    return float(value)
