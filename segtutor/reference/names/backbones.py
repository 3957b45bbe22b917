"""The table of names of any trunk, relative to the trunk."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..backbones import OURS
from ..weights import Rule


def backbone_rules(config: dict[str, Any]) -> list[Rule]:
    """config: of the trunk, as for `build_backbone`. Their names are relative to the trunk: see weights.prefixed."""
    kind = str(config.get("model_type"))
    if kind not in OURS:  # transformers' own module, kept under `model`
        return [Rule("(.*)", r"model.\1")]
    return import_module(f".{OURS[kind].partition(':')[0]}", __package__).rules(config)
