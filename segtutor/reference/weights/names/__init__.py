"""Tables of names: transformers' parameter names -> ours. One file a family; see ../weights.py."""

from __future__ import annotations

from typing import Any


def num_classes(config: dict[str, Any]) -> int:
    """K of a config.json: the length of its list of labels; transformers' default is 2."""
    labels = config.get("id2label")
    return len(labels) if labels else int(config.get("num_labels") or 2)
