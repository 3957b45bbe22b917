"""What MatchingGame plays with: the terms of each pair's cost, from a model's prediction or from a person's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.outputs import MaskOutput
from segtutor.segments import Categories, Segmentation

MOST_ROWS, MOST_COLUMNS = 40, 40
LOGIT_LIMIT = 8.0  # mask logits are shown as int8 between -8 and 8: an error of 0.032 at most, 0.008 as a probability


@dataclass(frozen=True, eq=False)
class Costs:
    """terms: {name: (Q, N) float32}, not weighted, all finite. numbers: (Q,) of each row in the model's count.

    rows, columns: a name each. says: what each row's query says, such as "cat 97 %", or nothing. mask_logits: (Q, h, w)
    or None; target_ids: (H, W) uint16 map of 1 + the column, 0 = void, or None.
    """

    terms: dict[str, np.ndarray]
    numbers: list[int]
    rows: list[str]
    columns: list[str]
    says: list[str] = field(default_factory=list)
    mask_logits: np.ndarray | None = None
    target_ids: np.ndarray | None = None


def weighted(terms: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> np.ndarray:
    """The cost (Q, N) float64: the sum over the terms, in their order, of weight x term. hungarian.js sums alike."""
    cost = np.zeros(next(iter(terms.values())).shape)
    for name, term in terms.items():
        cost = cost + weights[name] * term.astype(np.float64)
    return cost


def given_costs(costs: Any, names: Any = None) -> Costs:
    """From {term: (Q, N) numbers}, or from one matrix, which becomes the single term "cost".

    names: (row names, column names); None = "query 0", ..., "target 0", ...
    """
    parts = costs if isinstance(costs, Mapping) else {"cost": costs}
    try:
        terms = {str(name): np.asarray(_array(term), np.float32) for name, term in parts.items()}
    except (TypeError, ValueError) as error:
        raise UserError(
            f"costs must be finite numbers (queries, targets), got {costs!r:.80}: pass a matrix such as [[1, 2], "
            "[3, 4]]"
        ) from error
    shapes = {term.shape for term in terms.values()}
    shape: Any = next(iter(shapes), ())
    if len(shapes) != 1 or len(shape) != 2 or not all(map(np.isfinite, (t.sum() for t in terms.values()))):
        raise UserError(
            "costs must be finite numbers (queries, targets) of one shape for all terms, got the shapes "
            f'{sorted(shapes)}: pass a matrix or {{"class": matrix, "bce": matrix, "dice": matrix}}'
        )
    if not (0 < shape[0] <= MOST_ROWS and 0 < shape[1] <= MOST_COLUMNS):
        raise UserError(
            f"a matrix of costs must have 1 to {MOST_ROWS} queries and 1 to {MOST_COLUMNS} targets, got "
            f"{shape}: pass a part"
        )
    rows, columns = names or ([f"query {q}" for q in range(shape[0])], [f"target {n}" for n in range(shape[1])])
    if (len(rows), len(columns)) != shape:
        raise UserError(
            f"names must be one for each row and column of the matrix {shape}, got {len(rows)} and {len(columns)}: "
            "pass names=(row names, column names)"
        )
    return Costs(terms, list(range(shape[0])), [str(n) for n in rows], [str(n) for n in columns])


def model_costs(
    output: MaskOutput, truth: Segmentation, categories: Categories, weights: Mapping[str, float], most: int
) -> Costs:
    """The terms that segtutor.reference.match sums up for this prediction and truth, crowds left out.

    At most `most` queries are kept: those that the best assignment of all takes, then those that are cheapest for some
    target, by the whole cost and by each term, so that other weights find their winners among them.
    """
    import torch

    from segtutor.reference.losses.matcher import MatchingWeights, assign, cost_terms
    from segtutor.reference.losses.sampling import Grid
    from segtutor.training.rows.targets import panoptic_targets

    target = panoptic_targets(truth)
    if not 0 < len(target.labels) <= MOST_COLUMNS:
        raise UserError(
            f"truth must have 1 to {MOST_COLUMNS} segments, got {len(target.labels)}: choose another picture"
        )
    with torch.no_grad():
        mask_logits = output.mask_logits[0].detach().float().cpu()
        class_logits = output.class_logits[0].detach().float().cpu()
        reading = Grid()
        (prepared,) = reading.prepare([target], tuple(mask_logits.shape[-2:]))
        compared = reading.all_pairs(mask_logits, prepared)
        every = MatchingWeights(class_=1, bce=1, dice=1)
        found = cost_terms(class_logits, compared[0], target.labels, compared[1], compared[2], every)
    terms = {name.rstrip("_"): term.numpy() for name, term in found.items()}
    cost = weighted(terms, weights)
    kept = assign(cost)[0].tolist()
    ranks = [matrix.argsort(axis=0, kind="stable") for matrix in (cost, *terms.values())]  # (Q, N) each, best first
    for query in (q for place in range(len(cost)) for rank in ranks for q in rank[place].tolist()):
        if len(kept) >= max(most, len(target.labels)):
            break
        if query not in kept:
            kept.append(query)
    kept = sorted(kept[: max(most, min(cost.shape))])
    probs = class_logits.softmax(-1)
    names = [*(category.name for category in categories), "no object"]
    best = probs[kept].max(-1)
    says = [f"{names[k]} {100 * p:.0f} %" for p, k in zip(best.values.tolist(), best.indices.tolist(), strict=True)]
    columns = [f"{categories[int(label)].name} {n}" for n, label in enumerate(target.labels)]
    rows = [f"query {q}" for q in kept]
    chosen = {name: np.ascontiguousarray(term[kept]) for name, term in terms.items()}
    return Costs(chosen, kept, rows, columns, says, mask_logits[kept].numpy())


def quantised(mask_logits: np.ndarray) -> bytes:
    """Logits as int8, 127 = LOGIT_LIMIT: for the picture only, the costs come from the logits themselves."""
    steps = np.rint(np.clip(mask_logits, -LOGIT_LIMIT, LOGIT_LIMIT) * (127 / LOGIT_LIMIT))
    return steps.astype(np.int8).tobytes()


def target_map(truth: Segmentation, full: Segmentation) -> np.ndarray:
    """(H, W) uint16 of 1 + the target's number. truth: as it is shown, perhaps reduced; full: whose list counts."""
    ids = [segment.id for segment in full.segments if not segment.iscrowd]
    out = np.zeros(truth.segment_ids.shape, np.uint16)
    for number, segment_id in enumerate(ids, 1):
        out[truth.segment_ids == segment_id] = number
    return out


def checked_weights(given: Any, names: Sequence[str], start: Mapping[str, float]) -> dict[str, float]:
    """A weight for each term: those given, the others as at the start. given: a mapping or a MatchingWeights."""
    if given is None:
        return dict(start)
    if not isinstance(given, Mapping):
        given = {name: getattr(given, f"{name}_" if name == "class" else name) for name in names}
    unknown = set(given) - set(names)
    wrong = [w for w in given.values() if isinstance(w, bool) or not isinstance(w, (int, float)) or not 0 <= w <= 100]
    if unknown or wrong:
        raise UserError(f"weights must be numbers 0 to 100 for {list(names)}, got {dict(given)}")
    return {name: float(given.get(name, start[name])) for name in names}


def _array(numbers: Any) -> Any:
    return numbers.detach().cpu().numpy() if hasattr(numbers, "detach") else numbers
