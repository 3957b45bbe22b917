"""The query-text contrastive loss: the queries of a picture shall be closest to the sentences of that picture.

Jain et al., "OneFormer", arXiv:2211.06220, section 3.3, eq. 1, for B pairs of queries q and texts t:

    L_Q->T = - 1/B sum_i log( exp(q_i . t_i / tau) / sum_j exp(q_i . t_j / tau) )           the right text among all
    L_T->Q = - 1/B sum_i log( exp(t_i . q_i / tau) / sum_j exp(t_i . q_j / tau) )           the right queries among all
    L      = L_Q->T + L_T->Q

Each is a cross-entropy over the rows, or the columns, of one B x B table of similarities whose diagonal is right.
The texts say how many masks of which class the task wants, so the loss teaches the queries to differ between tasks.

    contrastive_loss    the two cross-entropies
    ContrastiveLoss     the same with a learned temperature tau, 0.07 at first

Differs from the paper in what a pair is, which it leaves open: in the published code all N queries of a picture,
one after the other, are one vector of length 1. So B counts pictures, and a batch of one picture has loss 0. The
scale 1 / tau is learned by its logarithm and held at 100 at most, as CLIP's is (arXiv:2103.00020, section 2.5).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LARGEST_SCALE = 100.0


def contrastive_loss(queries: Tensor, texts: Tensor, scale: Tensor | float) -> Tensor:
    """queries, texts: (B, N, C), the i-th of one belongs to the i-th of the other. scale: 1 / tau. Returns a scalar.

    >>> apart = torch.eye(2)[:, None]  # two pictures whose queries have nothing in common
    >>> [round(float(contrastive_loss(apart, texts, 10.0)), 4) for texts in (apart, apart.flip(0))]
    [0.0001, 20.0001]
    """
    similarity = _unit(queries) @ _unit(texts).T * scale  # (B, B): row i, queries i against all texts
    right = torch.arange(len(similarity), device=similarity.device)
    return F.cross_entropy(similarity, right) + F.cross_entropy(similarity.T, right)


class ContrastiveLoss(nn.Module):
    """`contrastive_loss` whose temperature is learned. temperature: tau at the start."""

    def __init__(self, temperature: float = 0.07):
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / temperature)))

    def forward(self, queries: Tensor, texts: Tensor) -> Tensor:
        """queries, texts: (B, N, C). A scalar, >= 0."""
        if queries.shape != texts.shape:
            raise ValueError(
                "queries and texts must have one shape, with as many sentences and contexts as there are queries, "
                f"got {tuple(queries.shape)} and {tuple(texts.shape)}"
            )
        return contrastive_loss(queries, texts, self.log_scale.exp().clamp(max=LARGEST_SCALE))


def _unit(x: Tensor) -> Tensor:
    """(B, N, C) -> (B, N * C), each of length 1, in full precision: a similarity is a cosine."""
    return F.normalize(x.float().flatten(1), dim=-1)
