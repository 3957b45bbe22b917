"""The table of names of any backbone, relative to the backbone."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from segtutor.reference.backbones.build import OURS
from segtutor.reference.weights.names import swin
from segtutor.reference.weights.names.rule import Renames, Rule, renames_at


def backbone_rules(config: dict[str, Any]) -> list[Rule]:
    """config: of the backbone, as for `build_backbone`. Their names are relative to it: see names.rule.prefixed."""
    kind = str(config.get("model_type"))
    if kind not in OURS:  # transformers' own module, kept under `model`
        return [Rule("(.*)", r"model.\1")]
    return import_module(f".{OURS[kind].partition(':')[0]}", __package__).rules(config)


def backbone_renames(config: dict[str, Any], at: str) -> Renames:
    """Names in published files -> today's, of a model's backbone. at: where it is kept."""
    described = config.get("backbone_config") or {}
    return renames_at(at, swin.RENAMES) if described.get("model_type", "swin") == "swin" else ()
