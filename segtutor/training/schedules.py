"""How the learning rate moves: a factor on the peak rate. progress: share of the budget used, 0..1."""

from __future__ import annotations


def warmup_then_linear(progress: float, step: int, *, warmup_steps: int = 60, hold: float = 0.3) -> float:
    """Rises over `warmup_steps`, stays at 1 until `hold` of the budget is used, then falls in a straight line to 0.

    The warm-up counts steps (Adam's second moments need a number of steps to settle, however long the training);
    the fall counts the budget, so that a training by steps and one by CPU-minutes end alike.
    """
    rise = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
    fall = 1.0 if progress <= hold else max(0.0, (1 - progress) / (1 - hold))
    return rise * fall


def constant(progress: float, step: int, *, warmup_steps: int = 0) -> float:
    """Rises over `warmup_steps`, then stays: for the first minute on one picture, where nothing needs to settle."""
    return min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
