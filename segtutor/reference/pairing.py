"""Whether outputs, targets and a matching belong together: the sentences for those that do not."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..outputs import MaskOutput, PerPixelOutput, Targets

Matches = list[tuple[Tensor, Tensor]]  # a picture each: query_idx, target_idx, equally long int64


def check_pairing(output: MaskOutput, targets: Sequence[Targets]) -> None:
    """Raises ValueError with one sentence where a batch of outputs and its targets cannot belong together."""
    if not isinstance(output, MaskOutput):
        what = "a PerPixelOutput" if isinstance(output, PerPixelOutput) else f"a {type(output).__name__}"
        raise ValueError(
            f"got {what}, expected a MaskOutput: only queries are matched; a per-pixel output has per_pixel_loss"
        )
    if len(output) != len(targets):
        raise ValueError(
            f"got {len(output)} outputs and {len(targets)} targets, expected as many: one Targets a picture"
        )
    classes = output.class_logits.shape[-1] - 1
    labels = torch.cat([target.labels for target in targets]).tolist() if targets else []
    if labels and not (min(labels) >= 0 and max(labels) < classes):
        b, n, label = next(
            (b, n, label)
            for b, target in enumerate(targets)
            for n, label in enumerate(target.labels.tolist())
            if not 0 <= label < classes
        )
        raise ValueError(
            f"got label {label} for target {n} of picture {b}, expected 0 to {classes - 1}: the output has {classes} "
            'classes and "no object"; check the list of categories'
        )


def check_matches(matches: Matches, output: MaskOutput, targets: Sequence[Targets]) -> Matches:
    """What a caller's own matcher returned, or a sentence that says why it cannot be used."""
    queries = output.class_logits.shape[1]
    if len(matches) != len(targets):
        raise ValueError(f"got a match of {len(matches)} pictures, expected {len(targets)}: one pair of indices each")
    for b, (query_idx, target_idx) in enumerate(matches):
        query_idx, target_idx = torch.as_tensor(query_idx), torch.as_tensor(target_idx)
        if query_idx.shape != target_idx.shape or query_idx.ndim != 1:
            problem = f"{tuple(query_idx.shape)} query and {tuple(target_idx.shape)} target indices"
        elif len(query_idx) and not (query_idx.min() >= 0 and query_idx.max() < queries):
            problem = f"query indices from {query_idx.min().item()} to {query_idx.max().item()}"
        elif len(query_idx) and not (target_idx.min() >= 0 and target_idx.max() < len(targets[b])):
            problem = f"target indices from {target_idx.min().item()} to {target_idx.max().item()}"
        elif len(query_idx.unique()) < len(query_idx):
            problem = "a query that answers for two targets"
        else:
            continue
        raise ValueError(
            f"got a match of picture {b} with {problem}, expected two equally long lists of different queries "
            f"(0 to {queries - 1}) and of targets (0 to {len(targets[b]) - 1}): check the function passed as match"
        )
    return [(torch.as_tensor(q, dtype=torch.int64), torch.as_tensor(t, dtype=torch.int64)) for q, t in matches]
