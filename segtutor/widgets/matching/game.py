"""MatchingGame: match queries with targets by hand against the Hungarian optimum, and watch the algorithm find it.

Python computes the terms of the cost once, with segtutor.reference.losses.matcher; the browser weighs them, finds the
optimum and replays its search (hungarian.js, equal to segtutor.reference.linear_sum_assignment step by step).

Taught in notebooks/03_why_not_classify_masks_instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.outputs import MaskOutput
from segtutor.segments import Categories, Segmentation
from segtutor.widgets.base.canvas import CanvasWidget, built, float_bytes, png_bytes
from segtutor.widgets.base.payload import reduced_picture, reduced_truth, shown_size
from segtutor.widgets.matching.costs import (
    checked_weights,
    given_costs,
    model_costs,
    quantised,
    target_map,
    weighted,
)
from segtutor.widgets.matching.hungarian_steps import Step, assignment_steps
from segtutor.words import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_SIDE = 384
PUBLISHED = {"class": 2.0, "bce": 5.0, "dice": 5.0}  # Mask2Former's, arXiv:2112.01527, section 4.1


class MatchingGame(CanvasWidget):
    """Pair each target with a query of its own so that the costs sum up to the least; then see how it is found.

    segmenter: of family "mask"; its `set_image(image)` is called. image: None = the picture that it already has.
    truth: Segmentation of the picture; each segment but crowds is a target.
    costs: in place of these three, (Q, N) numbers or {"class": (Q, N), "bce": ..., "dice": ...}, not weighted, and
    names=(row names, column names).
    weights: {term: 0..100} or a MatchingWeights; default Mask2Former's 2, 5, 5, and 1 for terms of other names.
    queries: how many take part, at most 40; of more, those of the best assignment and the cheapest of each target.
    longest_side: pixels of the picture's longer side.

    Traits in and out: `weights`; `pairs`, the learner's [query, target] pairs; `cell`, the pair under consideration, or
    None; `revealed`, whether the optimum is marked; `step`, None in the game, 0.. in the replay of the algorithm.
    Read only: `cost` (Q, N), `optimum`, `total` (of `pairs`), `least` (of the optimum), `steps`. Queries are counted as
    the model does: `query_numbers` says which the rows are.

    Raises UserError: a per-pixel model, a truth that does not fit, weights or pairs that name nothing.
    """

    _esm = built("matching.js")
    _css = built("matching.css")

    weights = traitlets.Dict(help="of each term of the cost").tag(sync=True)
    pairs = traitlets.List(help="[query, target] as the learner has matched").tag(sync=True)
    cell = traitlets.List(default_value=None, allow_none=True, help="[query, target] looked at").tag(sync=True)
    revealed = traitlets.Bool(False, help="whether the optimum is marked").tag(sync=True)
    step = traitlets.Int(None, allow_none=True, help="of the algorithm's replay; None = the game").tag(sync=True)
    # What the browser computes from; written once.
    start_weights = traitlets.Dict().tag(sync=True)
    terms = traitlets.Bytes(help="float32 (terms, Q, N)").tag(sync=True)
    query_numbers = traitlets.List(traitlets.Int()).tag(sync=True)
    rows = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    says = traitlets.List(traitlets.Unicode(), help="class and probability of each query").tag(sync=True)
    grid = traitlets.List(traitlets.Int(), help="(h, w) of a mask").tag(sync=True)
    mask_logits = traitlets.Bytes(help="int8 (Q, h, w), 127 = a logit of 8").tag(sync=True)
    target_ids = traitlets.Bytes(help="uint16 (H, W), 0 = void, else 1 + the target").tag(sync=True)

    def __init__(
        self,
        segmenter: Any = None,
        image: Any = None,
        truth: Segmentation | None = None,
        *,
        costs: Any = None,
        names: Any = None,
        weights: Any = None,
        queries: int = 24,
        longest_side: int = LONGEST_SIDE,
    ):
        if (costs is None) == (segmenter is None):
            raise UserError(
                "either a segmenter or costs must be given: pass MatchingGame(segmenter, image, truth) or "
                "MatchingGame(costs=matrix)"
            )
        if isinstance(queries, bool) or not isinstance(queries, int) or not 1 <= queries <= 40:
            raise UserError(f"queries must be 1 to 40, because more numbers cannot be compared by eye, got {queries!r}")
        shown: dict[str, Any] = {}
        if costs is not None:
            self._costs = given_costs(costs, names)
            start = {name: PUBLISHED.get(name, 1.0) for name in self._costs.terms}
            start = checked_weights(weights, list(start), start)
        else:
            start = checked_weights(weights, list(PUBLISHED), PUBLISHED)
            shown = self._look(segmenter, image, truth, start, queries, longest_side)
        found = self._costs
        super().__init__(
            weights=start,
            start_weights=start,
            terms=b"".join(float_bytes(term) for term in found.terms.values()),
            query_numbers=found.numbers,
            rows=found.rows,
            columns=found.columns,
            says=found.says,
            **shown,
        )

    def _look(self, segmenter, image, truth, weights, queries, longest_side) -> dict[str, Any]:
        """Asks the model, fills `_costs`, and returns what the browser needs to show masks over the picture."""
        if not hasattr(segmenter, "categories"):
            raise UserError(
                f"segmenter must be what segtutor.load returns, got a {type(segmenter).__name__}: pass "
                'st.load("mask2former-toytown")'
            )
        if not isinstance(truth, Segmentation):
            raise UserError(f"truth must be a Segmentation, got a {type(truth).__name__}: pass the one of this picture")
        if image is not None:
            segmenter.set_image(image)
        output, picture = segmenter.output, segmenter.image
        if not isinstance(output, MaskOutput):
            raise UserError(
                "the output of the segmenter must be a MaskOutput, because only queries are matched, got a "
                f'{type(output).__name__}: load one of the family "mask", such as mask2former-toytown'
            )
        categories = Categories.from_coco(segmenter.categories)
        size = shown_size(picture.shape[:2], longest_side)
        small = reduced_truth(truth, picture.shape[:2], size, categories)
        self._costs = model_costs(output, truth, categories, weights, queries)
        return {
            "size": list(size),
            "picture": png_bytes(reduced_picture(picture, size)),
            "grid": list(self._costs.mask_logits.shape[-2:]),
            "mask_logits": quantised(self._costs.mask_logits),
            "target_ids": target_map(small, truth).astype("<u2").tobytes(),
        }

    @property
    def cost(self) -> np.ndarray:
        """(Q, N) float64 at the present weights; row i is query `query_numbers[i]`."""
        return weighted(self._costs.terms, self.weights)

    @property
    def optimum(self) -> list[tuple[int, int]]:
        """The (query, target) pairs whose costs sum up to the least, by segtutor.reference."""
        from segtutor.reference import linear_sum_assignment

        rows, columns = linear_sum_assignment(self.cost)
        return [(self.query_numbers[q], n) for q, n in zip(rows.tolist(), columns.tolist(), strict=True)]

    @property
    def total(self) -> float:
        """Sum of the costs of the learner's pairs."""
        return self._sum(self.pairs)

    @property
    def least(self) -> float:
        """Sum of the costs of the optimum."""
        return self._sum(self.optimum)

    @property
    def steps(self) -> list[Step]:
        """The algorithm's steps at the present weights, as the replay shows them."""
        return list(assignment_steps(self.cost))

    def _sum(self, pairs: Any) -> float:
        cost = self.cost
        return float(sum(cost[self.query_numbers.index(q), n] for q, n in pairs))

    @traitlets.validate("weights")
    def _check_weights(self, proposal: dict) -> dict:
        return checked_weights(proposal["value"], list(self._costs.terms), self.weights or proposal["value"])

    @traitlets.validate("pairs")
    def _check_pairs(self, proposal: dict) -> list:
        pairs = [self._checked(pair) for pair in proposal["value"]]
        if any(len({pair[side] for pair in pairs}) < len(pairs) for side in (0, 1)):
            raise UserError(f"pairs must have each query and each target once, got {pairs}: take one of them out")
        return pairs

    @traitlets.validate("cell")
    def _check_cell(self, proposal: dict) -> list | None:
        return None if proposal["value"] is None else self._checked(proposal["value"])

    @traitlets.validate("step")
    def _check_step(self, proposal: dict) -> int | None:
        return None if proposal["value"] is None else max(0, proposal["value"])

    def _checked(self, pair: Any) -> list[int]:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(part, int) for part in pair):
            raise UserError(f"a pair must be [query, target], two whole numbers, got {pair!r}")
        query, target = pair
        if query not in self.query_numbers or not 0 <= target < len(self.columns):
            raise UserError(
                f"a pair must be a query of {self.query_numbers} and a target 0 to {len(self.columns) - 1}, got "
                f"{[query, target]}"
            )
        return [query, target]

    def alternative(self) -> str:
        """What is shown, in one sentence."""
        size = {"queries": len(self.rows), "targets": len(self.columns)}
        if self.step is not None:
            number, _ = self._now()
            return tr(
                "Costs of {queries} queries for {targets} targets, reduced by potentials: step {step} of {last} of the Hungarian method.",  # noqa: E501
                self.language, **size, step=number, last=len(self.steps) - 1,
            )  # fmt: skip
        pairs = {"n": len(self.pairs), "sum": f"{self.total:.2f}"}
        if not self.revealed:
            return tr(
                "Costs of {queries} queries for {targets} targets; {n} matched by hand, sum {sum}.",
                self.language, **size, **pairs,
            )  # fmt: skip
        return tr(
            "Costs of {queries} queries for {targets} targets; {n} matched by hand, sum {sum}, least possible {least}.",
            self.language, **size, **pairs, least=f"{self.least:.2f}",
        )  # fmt: skip

    def _now(self) -> tuple[int, Step]:
        steps = self.steps
        number = min(self.step, len(steps) - 1)
        return number, steps[number]

    def _shown(self) -> tuple[np.ndarray, list[tuple[int, int]], list[str], list[str]]:
        """Matrix, chosen (row, column) pairs and names, as on the screen."""
        cost, rows, columns = self.cost, list(self.rows), list(self.columns)
        if self.step is None:
            pairs = self.optimum if self.revealed else self.pairs
            return cost, [(self.query_numbers.index(q), n) for q, n in pairs], rows, columns
        _, now = self._now()
        turned = cost.shape[0] > cost.shape[1]
        of_rows, of_columns = (now.v, now.u) if turned else (now.u, now.v)
        chosen = [(s, p) for s, p in enumerate(now.place_of.tolist()) if p >= 0]
        return (
            cost - of_rows[:, None] - of_columns,
            [(p, s) if turned else (s, p) for s, p in chosen],
            [f"{name} ({value:+.1f})" for name, value in zip(rows, of_rows, strict=True)],
            [f"{name} ({value:+.1f})" for name, value in zip(columns, of_columns, strict=True)],
        )

    def still(self) -> np.ndarray:
        """The matrix with its numbers, (H, W, 3) uint8."""
        from segtutor.widgets.matching.still import matrix_picture

        matrix, chosen, _, _ = self._shown()
        return matrix_picture(matrix, chosen)

    def figure(self) -> Figure:
        """The matrix with its numbers and the pairs framed: the optimum's where it is revealed, else the learner's."""
        from segtutor.show import costs

        matrix, chosen, rows, columns = self._shown()
        told = self.alternative().rstrip(".").partition(" targets")[2].lstrip(",; ")  # the matrix shows how many
        return costs(matrix, rows, columns, chosen=chosen, title=told)

    def __repr__(self) -> str:
        weights: Mapping[str, float] = self.weights
        shown = ", ".join(f"{name} {value:g}" for name, value in weights.items())
        return f"MatchingGame({len(self.rows)} queries, {len(self.columns)} targets, weights {shown})"
