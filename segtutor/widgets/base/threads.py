"""How many threads torch has while a page waits for a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch, and afterwards as many as before.

    Networks this small gain little from a second thread, and stand still for long when the browser, which draws at the
    same time, or somebody else has that core.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
