"""What several processes of one training have to tell each other, and nothing when there is one.

    accelerate launch --num_processes 2 my_training.py                           a process a GPU
    ACCELERATE_USE_CPU=true torchrun --nproc-per-node 2 my_training.py           on processors

Every process runs the same loop on its share of each batch. Accelerate averages the gradients; sums over the whole
batch (how many masks does it hold?) and decisions (stop now) go through here. (On processors `accelerate launch` itself
starts several processes only through MPI, so torchrun does it, which sets the same variables.)
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from accelerate import Accelerator


def _leave() -> None:
    """Close the connections between the processes while the interpreter still stands.

    Left open, they are closed by C++ destructors after it, in any order: a process whose neighbour has gone first can
    then end with SIGABRT, and torchrun calls a finished training failed.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


class Processes:
    """count: how many there are; index: which of them this is; main: whether it is the one that writes and reports."""

    def __init__(self, accelerator: Accelerator | None = None):
        self._accelerator = accelerator
        self.count = accelerator.num_processes if accelerator is not None else 1
        self.index = accelerator.process_index if accelerator is not None else 0
        self.main = self.index == 0
        if self.count > 1:
            atexit.unregister(_leave)  # once, however many trainings a program runs
            atexit.register(_leave)

    def total(self, numbers: Sequence[float]) -> list[float]:
        """Each number summed over the processes."""
        if self.count == 1:
            return list(numbers)
        tensor = torch.tensor(numbers, dtype=torch.float32, device=self._accelerator.device)
        return self._accelerator.reduce(tensor, "sum").tolist()

    def of_main(self, value: Any) -> Any:
        """The main process's value, in all of them."""
        if self.count == 1:
            return value
        from accelerate.utils import broadcast_object_list

        return broadcast_object_list([value])[0]
