"""OneFormer's task token: one sentence tells the network which of the three predictions is wanted.

Jain et al., "OneFormer: One Transformer to Rule Universal Image Segmentation", arXiv:2211.06220, section 3.1:

    I_task = "the task is {semantic | instance | panoptic}"           Q_task = MLP(tokens of I_task)

One network, trained once on all three tasks: of the same picture it gives classes, instances or both, and what is
asked of it is an input like the picture. The sentence is cut into word pieces by CLIP's vocabulary (arXiv:2103.00020,
section 2.4); there are three sentences only, so their numbers stand here and no tokeniser is needed.

    text = task_text(["semantic"])          # (1, 77) int64: start, the, task, is, seman, tic, end, 0, 0, ...
    token = TaskToken(77, 256)(text)        # (1, 256) float

Differs from the paper: it leaves the details open. In the published code the numbers of the word pieces, up to 49407,
enter the first dense layer as they are: no embedding, 77 coordinates. Three such points are all that it ever sees.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segtutor.reference.layers.feed_forward import MLP

START, END, PADDING = 49406, 49407, 0
_THE_TASK_IS = (518, 10549, 533)
# Numbers of CLIP's byte-pair vocabulary: "seman" + "tic", "instance", "pan" + "optic".
TASKS: dict[str, tuple[int, ...]] = {
    "semantic": (*_THE_TASK_IS, 29119, 1550),
    "instance": (*_THE_TASK_IS, 34572),
    "panoptic": (*_THE_TASK_IS, 1072, 24755),
}


def task_text(tasks: Sequence[str], length: int = 77) -> Tensor:
    """The sentence of each task as numbers of word pieces, (B, length) int64, filled up with 0.

    tasks: a list of "semantic", "instance" or "panoptic", one a picture. length: what the network was built for.
    Raises ValueError for another task, or where the sentence is longer than `length`.

    >>> task_text(["instance"], length=8).tolist()
    [[49406, 518, 10549, 533, 34572, 49407, 0, 0]]
    """
    rows = []
    for task in tasks:
        if task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}, got {str(task)[:60]!r}")
        pieces = [START, *TASKS[task], END]
        if len(pieces) > length:
            raise ValueError(f"length must be at least {len(pieces)}, or the sentence does not fit, got {length}")
        rows.append(pieces + [PADDING] * (length - len(pieces)))
    return torch.tensor(rows, dtype=torch.int64).reshape(len(rows), length)


class TaskToken(nn.Module):
    """(B, length) numbers of word pieces -> (B, C): two dense layers with a ReLU between them."""

    def __init__(self, length: int = 77, width: int = 256):
        super().__init__()
        self.length = length
        self.mlp = MLP((length, width, width))

    def forward(self, text: Tensor) -> Tensor:
        if text.ndim != 2 or text.shape[-1] != self.length:
            raise ValueError(
                f"the text of a task must be (B, {self.length}), got shape {tuple(text.shape)}: see task_text"
            )
        return self.mlp(text.to(self.mlp.layers[0].weight.dtype))
