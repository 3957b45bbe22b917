"""The weights of matching and loss as the papers' published configurations have them.

    cost[q, n] = - class_ p_q[class_n] + bce BCE + focal FOCAL + dice DICE + box_l1 L1 - giou GIoU
    loss       =   class_ CE           + bce BCE + focal FOCAL + dice DICE + box_l1 L1 + giou (1 - GIoU)

    recipe        class  masks               boxes           compared            paper
    DETR          1      focal 1, dice 1     L1 5, GIoU 2    by box only         arXiv:2005.12872
    MASKFORMER    1      focal 20, dice 1                    on whole masks      arXiv:2107.06278
    MASK2FORMER   2      BCE 5, dice 5                       at 12544 points     arXiv:2112.01527

All weigh "no object" 0.1 in the cross-entropy. They are in DETR's appendix A.4 (boxes) and section 4.4 (masks),
MaskFormer's and Mask2Former's section 4.1. OneFormer (arXiv:2211.06220) has Mask2Former's and a text term beside
them. A term of weight 0 is not computed. The course's small models use Mask2Former's weights on a dense grid: that is
`Recipe()`, the default of the matcher and of the set loss.

Differs from the paper: Mask2Former's says lambda_ce = 5, lambda_dice = 5 and lambda_cls = 2.0, "0.1 for no object";
in the code that produced its results 0.1 is the weight inside the cross-entropy and 2 multiplies all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .reading import FullMasks, Grid, PointSampling, Reading


@dataclass(frozen=True)
class MatchingWeights:
    """Weights of the terms of the cost; the defaults are Mask2Former's."""

    class_: float = 2.0
    bce: float = 5.0
    dice: float = 5.0
    focal: float = 0.0
    box_l1: float = 0.0
    giou: float = 0.0


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms, by default Mask2Former's; no_object: weight of that class inside the cross-entropy."""

    class_: float = 2.0
    bce: float = 5.0
    dice: float = 5.0
    no_object: float = 0.1
    focal: float = 0.0
    box_l1: float = 0.0
    giou: float = 0.0


MASK2FORMER_MATCHING = MatchingWeights()
MASK2FORMER_LOSS = LossWeights()


@dataclass(frozen=True)
class Recipe:
    """All that defines a set loss: `set_loss(output, targets, recipe=MASKFORMER)`.

    points: where masks are compared, see reading.py. auxiliary_masks: whether earlier decoder layers have mask losses
    (DETR's do not: its mask head is dear, and it runs on the last layer alone).
    """

    matching: MatchingWeights = MASK2FORMER_MATCHING
    loss: LossWeights = MASK2FORMER_LOSS
    points: Reading = field(default_factory=Grid)
    auxiliary_masks: bool = True


MASK2FORMER = Recipe(points=PointSampling(12544, 3.0, 0.75))
MASKFORMER = Recipe(
    MatchingWeights(class_=1, bce=0, focal=20, dice=1), LossWeights(class_=1, bce=0, focal=20, dice=1), FullMasks()
)
DETR = Recipe(
    MatchingWeights(class_=1, bce=0, dice=0, box_l1=5, giou=2),
    LossWeights(class_=1, bce=0, focal=1, dice=1, box_l1=5, giou=2),
    FullMasks(),
    auxiliary_masks=False,
)
