"""Looking into a model while it runs: what attended to what.

    with record_attention(model) as maps:
        model(pixel_values)
    maps["decoder.layers.0.cross_attention"][0].weights          # (B, heads, Q, S)

Attention maps are no part of an output: they are large, and the fast kernels never write them down. A module that
can show its attention is a `Recordable`: while somebody records, it computes its weights openly and hands them over.

Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class AttentionMap:
    """How much each query took from each position.

    weights: (B, heads, Q, S) float; each row, one query's in one head, sums to 1. In the mask head of DETR (`QueryMaps`
    of detr_mask_head.py) the rows of all heads of a query sum to 1 together. For window attention B counts windows.
    may_attend: bool, broadcastable to weights, or None: where the query was allowed to look (True = allowed), after
    the empty-mask rule.
    """

    weights: Tensor
    may_attend: Tensor | None = None


@dataclass(frozen=True)
class SamplingPoints:
    """Where deformable attention read the feature maps, and with which weight.

    points: (B, S, heads, L, P, 2) float, (x, y) relative to the map, 0..1 inside it; S positions, L levels, P points.
    weights: (B, S, heads, L, P) float; they sum to 1 over L and P.
    """

    points: Tensor
    weights: Tensor


class Recordable:
    """Mixin of modules that can show their attention. `recording` says whether somebody looks."""

    recorder: Callable[[Any], None] | None = None

    @property
    def recording(self) -> bool:
        return self.recorder is not None

    def record(self, seen: AttentionMap | SamplingPoints) -> None:
        if self.recorder is not None:
            self.recorder(seen)


@contextmanager
def record_attention(model: nn.Module) -> Iterator[dict[str, list]]:
    """Records every attention inside the `with`: {path of the module: [one record a call, detached]}.

    model: any module that holds `Recordable` ones. The paths are those of model.named_modules(). Records stay after
    the `with`; the model is as before. Raises ValueError for a model that has no attention to record.
    """
    recordable = {name: module for name, module in model.named_modules() if isinstance(module, Recordable)}
    if not recordable:
        raise ValueError(
            "the model must be one of segtutor.reference, whose attention can be recorded, got a "
            f"{type(model).__name__}: convert it with st.reference.from_transformers(model)"
        )
    maps: dict[str, list] = {}
    try:
        for name, module in recordable.items():
            module.recorder = _keep_in(maps, name)
        yield maps
    finally:
        for module in recordable.values():
            module.recorder = None


def _keep_in(maps: dict[str, list], name: str) -> Callable[[Any], None]:
    def keep(seen: AttentionMap | SamplingPoints) -> None:
        kept = {key: value.detach() if isinstance(value, Tensor) else value for key, value in vars(seen).items()}
        maps.setdefault(name, []).append(type(seen)(**kept))

    return keep
