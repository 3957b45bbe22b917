"""Experiments on a trained model: take one idea out and see what breaks.

    with unmasked(model, layers=[2]):               # masked attention off in one layer of Mask2Former's decoder
        output = model(pixel_values)

    fewer = keep_queries(model, [0, 3, 5])          # a copy with three of the queries

Each idea of the papers in this folder has a price and a use, and the use is seen best where it is missing. A model
that was trained *with* masked attention and runs *without* it does not show what a model trained without would do
(Mask2Former, arXiv:2112.01527, table 4a, has that: 51.9 -> 47.1 PQ); it shows what the trained one relies on.

Two more experiments need no function of their own: another matcher is `set_loss(output, targets, match=mine)`, and
what attended to what is `with record_attention(model) as maps`. With a segmenter, in three lines:

    segmenter = st.load("mask2former-toytown")
    with st.reference.unmasked(segmenter.model):
        print(st.training.evaluate.evaluate(segmenter, size=20)["pq"])

Shapes stay what they were, but for Q, the number of queries.
Taught in notebooks/06_what_is_a_query and 07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor, nn


@contextmanager
def unmasked(model: nn.Module, layers: Sequence[int] | None = None) -> Iterator[nn.Module]:
    """Inside the `with`, the queries of some decoder layers look everywhere. Yields the model, which is reset after.

    model: of Mask2Former, OneFormer or EoMT. layers: which of the layers with masked attention, 0 = first, -1 = last;
    None = all of them. In EoMT those are the last blocks, and published models have no masks left there.
    Raises ValueError for a model without masked attention, or a layer that it does not have.
    """
    switches = _switches(model)
    chosen = _indices(range(len(switches)) if layers is None else layers, len(switches), "layer")
    before = [switch() for switch in switches]
    try:
        for i in chosen:
            switches[i](False)
        yield model
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch(value)


def keep_queries(model: nn.Module, queries: int | Sequence[int]) -> nn.Module:
    """A copy of a model with some of its queries; everything else has the same values, in memory of its own.

    model: any mask classifier of this folder. queries: their numbers, in the order that they shall have (one may come
    twice), or how many of the first to keep. OneFormer's last query is its task token and stays the last whatever is
    chosen: queries counts the others.
    Raises ValueError for a model without learned queries, none kept, or one that it does not have.
    """
    if not any(name.rpartition(".")[2] in _LEARNED for name, _ in model.named_parameters()):
        raise ValueError(
            "the model must be a mask classifier of segtutor.reference, which has learned queries, got a "
            f"{type(model).__name__}"
        )
    model = deepcopy(model)
    token = hasattr(model, "task_token")
    for module in model.modules():
        for name in _LEARNED:
            learned = getattr(module, name, None)
            if isinstance(learned, nn.Parameter):
                setattr(module, name, _rows(learned, queries, token))
    return model


_LEARNED = ("queries", "query_positions")  # what our modules call a query's initial value and its position


def _rows(learned: nn.Parameter, queries: int | Sequence[int], token: bool) -> nn.Parameter:
    """(Q, C) -> (Q', C). token: the last row is no query that can be chosen, and stays."""
    count = len(learned) - token
    if isinstance(queries, int):
        if not 1 <= queries <= count:
            raise ValueError(f"the queries to keep must be 1 to {count}, got {queries}: the model has no more")
        queries = range(queries)
    chosen = _indices(queries, count, "query")
    if not chosen:
        raise ValueError("at least one query must be kept, or there is no mask")
    rows = torch.tensor([*chosen, *([count] if token else [])], device=learned.device)
    return nn.Parameter(learned.detach()[rows].clone(), requires_grad=learned.requires_grad)


def _indices(chosen: Sequence[int], count: int, what: str) -> list[int]:
    for i in chosen:
        if isinstance(i, bool) or not isinstance(i, int) or not -count <= i < count:
            raise ValueError(f"{what} must be one of 0 to {count - 1}, got {i!r}: the model has {count} of them")
    return [i % count for i in chosen]


class _Flag:
    """The attribute `masked` of a decoder layer: () reads it, (value) sets it."""

    def __init__(self, layer: nn.Module):
        self.layer = layer

    def __call__(self, value: float | bool | None = None) -> float | bool:
        if value is not None:
            self.layer.masked = bool(value)
        return self.layer.masked


class _Probability:
    """How often EoMT masks the queries before one of its last blocks, 0..1, in the same way."""

    def __init__(self, probs: Tensor, i: int):
        self.probs, self.i = probs, i

    def __call__(self, value: float | bool | None = None) -> float | bool:
        if value is not None:
            self.probs[self.i] = float(value)
        return float(self.probs[self.i])


def _switches(model: nn.Module) -> list[_Flag | _Probability]:
    probs = getattr(model, "mask_probs", None)
    if isinstance(probs, Tensor):
        return [_Probability(probs, i) for i in range(len(probs))]
    layers = [module for module in model.modules() if isinstance(getattr(module, "masked", None), bool)]
    if not layers:
        raise ValueError(
            "the model must have masked attention (Mask2Former, OneFormer, EoMT of segtutor.reference), got a "
            f"{type(model).__name__}, in which every query looks everywhere already"
        )
    return [_Flag(layer) for layer in layers]
