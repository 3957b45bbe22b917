"""From a batch to the terms of its loss: the type of the model's output decides which loss it learns from.

    PerPixelOutput -> cross-entropy of every pixel          MaskOutput -> matching, then the set loss

Several processes share a batch. Each computes the terms of its part, t_p = s_p / n_p, a sum over masks (or pixels, or
queries) divided by their number; Accelerate then takes the mean over processes. So that this mean is the term of the
whole batch, sum s_p / sum n_p, each process multiplies by its share first:

    mean over P processes of  t_p * P n_p / sum n      =      sum s_p / sum n

DETR and its successors count masks over all processes for the same reason (arXiv:2005.12872, appendix A.2: "normalized
by the number of objects inside the batch").

Differs from the paper: OneFormer's query-text term (arXiv:2211.06220, eq. 1) counts where it is asked for, inside
`query_text` (sentences.py). The task is what a row says (rows/tasks.py), "panoptic" where it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.criterion import Recipe, per_pixel_loss, set_loss
from segtutor.reference.losses.sampling import Compared, PointSampling, Sampling
from segtutor.training.forward import output_of
from segtutor.training.loop.processes import Processes
from segtutor.training.rows.cells import Cells, cell_of, count_cells
from segtutor.training.rows.targets import semantic_labels, targets_of

Answer: TypeAlias = tuple[MaskOutput | PerPixelOutput, PerPixelOutput | Tensor | None]
Loss: TypeAlias = Recipe | Callable[[Any, Any], dict[str, Tensor]] | None


class Answering(nn.Module):
    """A model of any kind as one module: (B, 3, H, W) -> its output, and that of an auxiliary head or None.

    texts: (B, N_text, length) int64, sentences for OneFormer; instead of the auxiliary output comes the contrastive
    term, a scalar.
    Raises UserError for a single picture where batch normalisation meets maps of 1 x 1 pixel: no variance, no gradient.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor, tasks: Sequence[str] | None = None, texts: Tensor | None = None) -> Answer:
        try:
            if texts is not None:  # all within one forward pass, so that several processes share its gradients
                output, queries = self.model.forward_with_queries(pixel_values, tasks or "panoptic")
                return output, self.model.contrastive(queries, self.model.text_mapper(texts))
            if getattr(self.model, "auxiliary", None) is not None and hasattr(self.model, "with_auxiliary"):
                return self.model.with_auxiliary(pixel_values)
            return _with_their_auxiliary(self.model, pixel_values, tasks)
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):
                raise
            raise UserError(
                "a step must have at least two pictures for a model with batch normalisation of maps of 1 x 1 "
                f"pixel, which have no variance, got {len(pixel_values)}: pass batch_size=2, with "
                "augment=st.training.Augment(256) where sizes differ"
            ) from None


def _with_their_auxiliary(model: nn.Module, pixel_values: Tensor, tasks: Sequence[str] | None) -> Answer:
    """A model's output, and what the auxiliary head of transformers' UPerNet said on the way, which it does not return.

    The hook is there for one call, so the head is not run twice.
    """
    head = getattr(model, "auxiliary_head", None)
    if not isinstance(head, nn.Module):
        return output_of(model, pixel_values, tasks), None
    said: list[Tensor] = []
    hook = head.register_forward_hook(lambda _module, _given, logits: said.append(logits))
    try:
        output = output_of(model, pixel_values)
    finally:
        hook.remove()
    return output, PerPixelOutput(said[0]) if said and isinstance(output, PerPixelOutput) else None


def auxiliary_weight(model: nn.Module) -> float:
    """How much a second head weighs: what a module of ours or a configuration of transformers says, else 0.4."""
    config = getattr(model, "config", None)
    return getattr(model, "auxiliary_weight", getattr(config, "auxiliary_loss_weight", 0.4))


@dataclass(frozen=True)
class Criterion:
    """The loss of a training; `criterion(answer, rows, seeds)` gives its terms by name, whose sum is minimised.

    loss: None for the set loss with the course's defaults, a Recipe of segtutor.reference for another one, or a
    function (output, truth) -> dict of scalars; truth is a list of Targets for a MaskOutput and (B, H, W) labels, -1 =
    void, for a PerPixelOutput. auxiliary_weight: of a per-pixel model's second head. own: the `losses` of a model whose
    output is neither, (output, targets, generators) -> dict of scalars (Mask R-CNN). contrastive_weight: of OneFormer's
    query-text term.
    """

    loss: Loss = None
    auxiliary_weight: float = 0.4
    processes: Processes = field(default_factory=Processes)
    own: Callable[..., dict[str, Tensor]] | None = None
    contrastive_weight: float = 0.5

    def __call__(self, answer: Answer, rows: Sequence[dict[str, Any]], seeds: Sequence[int]) -> dict[str, Tensor]:
        output, auxiliary = answer
        if isinstance(auxiliary, Tensor):  # its sum is over the pictures of this process, whose share it is
            return {**self((output, None), rows, seeds), "contrastive": self.contrastive_weight * auxiliary}
        if self.own is not None:
            generators = [torch.Generator().manual_seed(seed) for seed in seeds]
            try:
                return self.own(output, [targets_of(row) for row in rows], generators)
            except ValueError as error:  # such as a class that the model does not have
                raise UserError(str(error)) from None
        if isinstance(output, PerPixelOutput):
            labels = torch.stack([semantic_labels(row["segmentation"], row.get("valid")) for row in rows]).to(
                output.logits.device
            )
            if callable(self.loss):
                return self.loss(output, labels)
            terms = per_pixel_loss(output, labels, auxiliary=auxiliary, auxiliary_weight=self.auxiliary_weight)
            return self._shared(terms, {"class": float((labels >= 0).sum())})
        device = output.mask_logits.device
        if callable(self.loss):
            return self.loss(output, [targets_of(row).to(device) for row in rows])
        recipe = self.loss or Recipe()
        targets, points = _as_read(rows, output, recipe, seeds)
        targets = [target.to(device) for target in targets]
        terms = set_loss(output, targets, recipe=recipe, points=points)
        return self._shared(terms, _weights(output, targets, recipe.loss.no_object))

    def _shared(self, terms: dict[str, Tensor], counts: dict[str, float]) -> dict[str, Tensor]:
        """The terms of this process, times its share of what the whole batch counts. counts: see _weights."""
        if self.processes.count == 1:
            return terms
        totals = self.processes.total(list(counts.values()))
        shares = {}
        for (name, own), total in zip(counts.items(), totals, strict=True):
            if name == "mask":  # set_loss divides by at least one
                own, total = max(1.0, own), max(1.0, total)
            shares[name] = self.processes.count * own / total if total else 1.0
        return {
            name: term * shares["class" if name.split("_")[0] == "class" else "mask"] for name, term in terms.items()
        }


def _as_read(
    rows: Sequence[dict[str, Any]], output: MaskOutput, recipe: Recipe, seeds: Sequence[int]
) -> tuple[list[Targets], Sampling | None]:
    """The targets of a batch, no larger than the loss reads them, and how it reads these; None: as the recipe says."""
    size = rows[0]["segmentation"].segment_ids.shape if rows else (0, 0)
    mask_size = output.mask_logits.shape[-2:]
    cell = cell_of(recipe, (size[0], size[1]), (mask_size[0], mask_size[1]))
    if cell is not None:  # one row at a time: whole masks of one are gone before those of the next are made
        return [count_cells(targets_of(row), cell) for row in rows], Cells(
            (size[0] // cell[0], size[1] // cell[1]), cell
        )
    points = SeededByImage(recipe.points, tuple(seeds)) if isinstance(recipe.points, PointSampling) else None
    return [targets_of(row) for row in rows], points


def _weights(output: MaskOutput, targets: Sequence[Targets], no_object: float) -> dict[str, float]:
    """What the set loss divides by: the weights of all queries in the cross-entropy, and the number of masks."""
    queries = output.class_logits.shape[1]
    matched = sum(min(queries, len(target)) for target in targets)
    return {
        "class": matched + no_object * (queries * len(targets) - matched),
        "mask": float(sum(len(target) for target in targets)),
    }


@dataclass(frozen=True)
class SeededByImage:
    """A Sampling whose random points belong to the picture, whatever else is in its batch. seeds: one a picture."""

    reading: Sampling
    seeds: tuple[int, ...]

    def prepare(self, targets: Sequence[Targets], mask_size: tuple[int, int]) -> list[Any]:
        truths = self.reading.prepare(targets, mask_size)
        made = []
        for target, truth, seed in zip(targets, truths, self.seeds, strict=True):
            generator = torch.Generator(target.masks.device)
            made.append((truth, generator.manual_seed(seed)))
        return made

    def all_pairs(self, mask_logits: Tensor, truth: Any, generator: torch.Generator | None = None) -> Compared:
        return self.reading.all_pairs(mask_logits, *truth)

    def matched_pairs(
        self,
        mask_logits: Sequence[Tensor],
        truths: Sequence[Any],
        target_idx: Sequence[Tensor],
        generator: torch.Generator | None = None,
    ) -> list[Compared]:
        pairs: list[Compared] = []
        for logits, (truth, own), index in zip(mask_logits, truths, target_idx, strict=True):
            pairs += self.reading.matched_pairs([logits], [truth], [index], own)
        return pairs
