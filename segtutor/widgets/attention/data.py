"""Attention in one byte a number: what AttentionExplorer sends of a layer, at most 1 MB of it.

A row of attention weights (one query's, in one head) travels as its largest weight m and a byte c for each position,

    weight = m (c / 255)^2          so a weight is off by at most m / 255, a small one by less: sqrt(weight m) / 255

and a position that the mask forbids is 0 exactly. Where heads x queries x positions are too many for 1 MB, `step` x
`step` positions are added up to one cell, so that a row still sums to 1; a single query that is looked at is then sent
in full.

A sampling point travels as two bytes, its distance from its position in cells of the map that it reads, off by at most
1/254 of the largest distance in that map; its weight as above with m = 1. If there are too many positions, every
second, third, ... of a map is sent in both directions (`steps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.models.attention import Attention, LayerLook
from segtutor.reference.layers.deformable import cell_centres
from segtutor.widgets.base.canvas import float_bytes

MOST_BYTES = 1_000_000  # for one layer
Payload = dict[str, Any]


def quantise_shares(shares: Tensor, largest: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Codes, uint8 of the same shape, and the largest weight of each row (last axis), float32.

    largest: taken for all rows instead, for rows too short to send one each.
    """
    top = shares.amax(-1) if largest is None else torch.full(shares.shape[:-1], largest)
    codes = (shares / top.clamp(min=1e-30)[..., None]).clamp_(0, 1).sqrt_().mul_(255).round_().to(torch.uint8)
    return codes.numpy(), top.numpy().astype(np.float32)


def added_up(weights: Tensor, size: tuple[int, int], step: int) -> Tensor:
    """(..., h * w) -> (..., g * k), each cell the sum of `step` x `step` positions; rows keep their sum."""
    if step == 1:
        return weights
    maps = weights.unflatten(-1, size)
    maps = F.pad(maps, (0, -size[1] % step, 0, -size[0] % step))
    return (F.avg_pool2d(maps, step) * step**2).flatten(-2)


def cells_of(size: tuple[int, int], step: int) -> tuple[int, int]:
    """How many cells of `step` x `step` positions cover a map."""
    return -(-size[0] // step), -(-size[1] // step)


def layer_payload(layer: LayerLook, query: int | None = None, *, most: int = MOST_BYTES) -> Payload:
    """What is sent of a decoder layer, for all queries or for one (then without `among`).

    queries: their numbers; size, grid: (h, w) of the map and of the cells that are sent; step: positions a cell.
    cross, cross_top: the weights as the layer ran; free, free_top: without the mask, absent where there is none;
    back, back_top: of what each position takes from all queries, the share that it takes from this one.
    inside: one bit a cell, rows padded to bytes, whether the query's mask allows some of it; empty: for each query
    whether its mask was empty. among, among_top: at the other queries. Shapes (heads, q, cells), (heads, q).
    """
    chosen = list(range(len(layer.empty))) if query is None else [query]
    part = slice(None) if query is None else slice(query, query + 1)
    masked = layer.inside is not None
    payload: Payload = {"queries": chosen, "size": list(layer.size), "heads": layer.cross.queries.shape[0]}
    payload["empty"] = layer.empty[part].tolist()
    if query is None and layer.among is not None:
        codes, top = quantise_shares(layer.among.weights())
        payload |= {"among": codes.tobytes(), "among_top": float_bytes(top)}
        most -= codes.size + 4 * top.size
    rows = payload["heads"] * len(chosen)
    step, maps = 1, 1 + masked + (layer.back is not None)
    while True:
        grid = cells_of(layer.size, step)
        cells = grid[0] * grid[1]
        if maps * rows * (cells + 4) + len(chosen) * (cells // 8 + 1) <= most or cells == 1:
            break
        step += 1
    payload |= {"step": step, "grid": list(grid)}
    for name in ("cross", *(["free"] if masked else []), *(["back"] if layer.back is not None else [])):
        if name == "back":
            weights = layer.back.weights().transpose(1, 2)[:, part]
        else:
            weights = layer.cross.weights(masked=name == "cross", queries=part)
        shares = added_up(weights, layer.size, step)
        if name == "back":  # of several positions the mean: each of them has its own whole
            shares = shares / added_up(torch.ones_like(weights), layer.size, step)
        codes, top = quantise_shares(shares.cpu())
        payload |= {name: codes.tobytes(), f"{name}_top": float_bytes(top)}
    if layer.inside is not None:
        allowed = added_up(layer.inside[part].float(), layer.size, step) > 0
        payload["inside"] = np.packbits(allowed.cpu().numpy(), axis=-1, bitorder="little").tobytes()
    return payload


def sampling_payload(seen: Attention, layer: int, *, most: int = MOST_BYTES) -> Payload:
    """What is sent of a layer of the pixel decoder: for each position (those of all maps, coarse to fine) its points.

    sizes: (h, w) of each map; steps: of each map every so-manieth row and column is sent. offsets: uint8 (positions,
    heads, maps, points, 2), x then y, code 128 = the position itself, reach[map] / 127 cells a step. weights: uint8
    (positions, heads, maps, points) as above.
    """
    record = seen.sampling[layer]
    heads, levels, points = record.weights.shape[2:]
    steps = [1] * levels
    while sum(len(some) for some in _places(seen.sizes, steps)) * heads * levels * points * 3 > most:
        counts = [len(some) for some in _places(seen.sizes, steps)]
        steps[counts.index(max(counts))] += 1
    sent = torch.cat(_places(seen.sizes, steps))
    cells = torch.tensor([[w, h] for h, w in seen.sizes])[:, None]
    centres = cell_centres(tuple(seen.sizes))[sent][:, None, None, None]
    offsets = (record.points[0, sent].cpu() - centres) * cells  # (positions, heads, maps, points, 2), in cells
    reach = offsets.abs().amax(dim=(0, 1, 3, 4)).clamp(min=1e-6)
    codes = (offsets / reach[:, None, None] * 127).round_().add_(128).to(torch.uint8)
    weights, _ = quantise_shares(record.weights[0, sent].cpu(), 1.0)
    return {
        "sizes": [list(size) for size in seen.sizes],
        "steps": steps,
        "heads": heads,
        "points": points,
        "reach": float_bytes(reach),
        "offsets": codes.numpy().tobytes(),
        "weights": weights.tobytes(),
    }


def _places(sizes: Sequence[tuple[int, int]], steps: Sequence[int]) -> list[Tensor]:
    """Numbers of the positions that are sent, a tensor for each map: the middle one of each step."""
    found, first = [], 0
    for (h, w), step in zip(sizes, steps, strict=True):
        rows, columns = torch.arange(min(step // 2, h - 1), h, step), torch.arange(min(step // 2, w - 1), w, step)
        found.append((first + rows[:, None] * w + columns).flatten())
        first += h * w
    return found


def owners(class_probs: Tensor, mask_logits: Tensor) -> Payload:
    """Which query claims a pixel most strongly, for choosing one on the picture: uint16 (h, w), grid.

    class_probs: (Q, K + 1); mask_logits: (Q, h, w), any sizes, at most 256 cells a side are sent. A pixel inside
    nobody's mask has the number Q.
    """
    masks = mask_logits.detach().float().cpu().sigmoid()
    claims = class_probs[:, :-1].amax(-1).cpu()[:, None, None] * masks * (masks >= 0.5)
    return owner_codes(claims, list(range(len(masks))), len(masks))


def owner_codes(claims: Tensor, numbers: Sequence[int], nobody: int) -> Payload:
    """The number of the largest claim in each cell, `nobody` where all are below 0.05. claims: (N, h, w) float."""
    h, w = claims.shape[-2:]
    step = max(1, -(-max(h, w) // 256))
    best, which = claims[:, ::step, ::step].max(0)
    number = torch.tensor(numbers)[which]
    number[best < 0.05] = nobody
    return {"grid": list(number.shape), "codes": number.numpy().astype("<u2").tobytes()}
