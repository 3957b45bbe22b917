"""Matching and set loss against transformers' own: same outputs, same targets, same seed, so the same points.

The case of the goals: 8 pictures, 100 queries, 16 to 24 targets, mask logits 96 x 96, targets 384 x 384, 12544 points,
133 classes. The rows of growth change one of queries, targets and points, with 2 pictures; they have `over` and `at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.harness import Settings, compare

CLASSES = 133


@dataclass(frozen=True)
class Case:
    """One size. targets: least and largest number a picture; layers: auxiliary predictions beside the last one."""

    pictures: int = 8
    queries: int = 100
    targets: tuple[int, int] = (16, 24)
    points: int = 12544
    layers: int = 0


GOALS = (  # name, case, goal of the matcher, goal of the criterion
    ("", Case(), 1.3, 1.6),
    (", 9 auxiliary layers", Case(layers=9), None, 1.6),
)
GROWTH = {
    "queries": [Case(2, queries=count) for count in (50, 100, 200, 400)],
    "targets": [Case(2, targets=(count, count)) for count in (5, 20, 50, 100)],
    "points": [Case(2, points=count) for count in (784, 3136, 12544, 50176)],
}


def rows(settings: Settings) -> Iterator[dict]:
    """Matcher, criterion forward + backward, MaskFormer's criterion, and how the first two grow."""
    for suffix, case, matcher_goal, criterion_goal in GOALS:
        pair = Pair(case, settings.device)
        if matcher_goal is not None:
            yield pair.matcher(f"matcher, 8 pictures{suffix}", matcher_goal, settings.rounds(9))
        rounds = settings.rounds(9 if case.layers == 0 else 5)
        yield pair.criterion(f"criterion forward + backward{suffix}", criterion_goal, rounds)
    yield MaskFormerPair(Case(2), settings.device).criterion("MaskFormer criterion", None, settings.rounds(5))
    for over, cases in GROWTH.items():
        for case in cases:
            at = case.targets[0] if over == "targets" else getattr(case, over)
            pair = Pair(case, settings.device)
            where = {"over": over, "at": at}
            yield pair.matcher(f"matcher, {at} {over}", None, settings.rounds(5), part="matcher", **where)
            yield pair.criterion(f"criterion, {at} {over}", None, settings.rounds(5), part="criterion", **where)


class Pair:
    """Ours and transformers' Mask2Former loss on one case."""

    def __init__(self, case: Case, device: str):
        import torch

        from segtutor.outputs import MaskOutput, Targets

        self.case, self.device = case, device
        generator = torch.Generator().manual_seed(0)
        masks, labels = _truth(case, generator)
        self.labels = [each.to(device) for each in labels]
        self.float_masks = [each.float().to(device) for each in masks]  # transformers' processor gives floats
        visible = torch.ones(masks[0].shape[1:], dtype=torch.bool)
        self.targets = [Targets(label, mask, visible).to(device) for label, mask in zip(labels, masks, strict=True)]
        answers = [_answer(case, generator) for _ in range(case.layers + 1)]
        self.leaves = [[each.to(device).requires_grad_() for each in answer] for answer in answers]
        earlier = tuple(MaskOutput(classes, masks_) for classes, masks_ in self.leaves[:-1])
        self.output = MaskOutput(self.leaves[-1][0], self.leaves[-1][1], layers=earlier)
        self.peer = self._peer().to(device)

    def _peer(self) -> Any:
        from transformers import Mask2FormerConfig
        from transformers.models.mask2former.modeling_mask2former import Mask2FormerLoss

        return Mask2FormerLoss(Mask2FormerConfig(num_labels=CLASSES, train_num_points=self.case.points), {})

    def _recipe(self) -> Any:
        from segtutor.reference.losses.criterion import Recipe
        from segtutor.reference.losses.sampling import PointSampling

        return Recipe(points=PointSampling(self.case.points))

    def matcher(self, name: str, goal: float | None, rounds: int, **extra: Any) -> dict:
        import torch

        from segtutor.reference.losses.matcher import match

        recipe, (classes, masks) = self._recipe(), [each.detach() for each in self.leaves[-1]]

        def ours():
            torch.manual_seed(1)
            return match(self.output, self.targets, weights=recipe.matching, points=recipe.points)

        def theirs():
            torch.manual_seed(1)
            return self.peer.matcher(masks, classes, self.float_masks, self.labels)

        return compare(name, ours, theirs, goal=goal, rounds=rounds, check=_same_pairs, device=self.device, **extra)

    def criterion(self, name: str, goal: float | None, rounds: int, **extra: Any) -> dict:
        import torch

        from segtutor.reference.losses.criterion import set_loss

        recipe, (classes, masks) = self._recipe(), self.leaves[-1]
        weights = {"loss_cross_entropy": recipe.loss.class_, "loss_dice": recipe.loss.dice}
        weights["loss_mask"] = recipe.loss.bce or recipe.loss.focal
        earlier = [{"class_queries_logits": c, "masks_queries_logits": m} for c, m in self.leaves[:-1]]

        def ours():
            return self._backward(sum(set_loss(self.output, self.targets, recipe=recipe).values()))

        def theirs():
            terms = self.peer(masks, classes, self.float_masks, self.labels, earlier or None)
            return self._backward(sum(weights[key.rstrip("_0123456789")] * value for key, value in terms.items()))

        def seeded(call):
            def run():
                torch.manual_seed(1)
                for leaf in sum(self.leaves, []):
                    leaf.grad = None
                return call()

            return run

        check = _same_loss if self.device == "cpu" else _near_loss
        return compare(
            name, seeded(ours), seeded(theirs), goal=goal, rounds=rounds, check=check, device=self.device, **extra
        )

    def _backward(self, loss: Any) -> tuple[Any, list[Any]]:
        loss.backward()
        return loss.detach(), [leaf.grad for leaf in sum(self.leaves, [])]


class MaskFormerPair(Pair):
    """The same with whole masks and the focal loss, which MaskFormer has."""

    def _peer(self) -> Any:
        from transformers.models.maskformer.modeling_maskformer import MaskFormerHungarianMatcher, MaskFormerLoss

        return MaskFormerLoss(CLASSES, MaskFormerHungarianMatcher(1, 20, 1), {}, eos_coef=0.1)

    def _recipe(self) -> Any:
        from segtutor.reference.losses.criterion import MASKFORMER_LOSS

        return MASKFORMER_LOSS


def _truth(case: Case, generator: Any, size: int = 384) -> tuple[list[Any], list[Any]]:
    """Masks (N, size, size) uint8 that tile a picture, each the pixels nearest to its seed, and labels (N,)."""
    import torch

    masks, labels = [], []
    steps = torch.linspace(0, 1, size)
    for _ in range(case.pictures):
        least, most = case.targets
        count = int(torch.randint(least, most + 1, (1,), generator=generator))
        seeds = torch.rand(count, 2, generator=generator)
        owner = ((steps[:, None] - seeds[:, 0, None, None]) ** 2 + (steps - seeds[:, 1, None, None]) ** 2).argmin(0)
        masks.append((owner == torch.arange(count)[:, None, None]).to(torch.uint8))
        labels.append(torch.randint(0, CLASSES, (count,), generator=generator))
    return masks, labels


def _answer(case: Case, generator: Any, size: int = 96) -> tuple[Any, Any]:
    """Class and mask logits; the masks are smooth blobs with noise, so that their borders are a few pixels wide."""
    import torch

    shape = (case.pictures, case.queries)
    coarse = torch.randn(*shape, 12, 12, generator=generator) * 4
    masks = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    masks += torch.randn(masks.shape, generator=generator) * 0.3
    return torch.randn(*shape, CLASSES + 1, generator=generator), masks


def _same_pairs(ours: Any, peer: Any) -> None:
    for mine, other in zip(ours, peer, strict=True):
        for index, theirs in zip(mine, other, strict=True):
            assert index.tolist() == theirs.tolist(), "another assignment"


def _same_loss(ours: Any, peer: Any) -> dict:
    """The loss within 1e-6, gradients within 1e-5, relative."""
    loss, gradients = float(abs(ours[0] - peer[0]) / abs(peer[0])), 0.0
    for mine, other in zip(ours[1], peer[1], strict=True):
        gradients = max(gradients, float((mine - other).abs().max() / other.abs().max()))
    assert loss <= 1e-6, f"losses differ by {loss:.1e}"
    assert gradients <= 1e-5, f"gradients differ by {gradients:.1e}"
    return {"loss_difference": loss, "gradient_difference": gradients}


def _near_loss(ours: Any, peer: Any) -> dict:
    """On a GPU the points of the loss are drawn picture by picture, hence others: equal up to sampling noise."""
    loss = float(abs(ours[0] - peer[0]) / abs(peer[0]))
    assert loss <= 1e-2, f"losses differ by {loss:.1e}"
    return {"loss_difference": loss}
