"""How the learning rate moves: a factor on the peak rate. progress: share of the budget used, 0..1.

    "linear"      warm-up, a plateau, a straight line to 0: what made the shipped models
    "poly"        warm-up, then (1 - progress) ** 0.9: DeepLab (arXiv:1606.00915, section 4.1.2), MaskFormer
    "constant"    warm-up, if asked for, then 1

A schedule is any function (progress, step) -> factor: `functools.partial(warmup_then_poly, warmup_steps=500)`.
The warm-up counts steps (Adam's second moments need a number of steps to settle, however long the training): as many
as it is told, or else 60, but no more than a tenth of the budget, which would eat a short training up. The fall counts
the budget, so that a training by steps and one by CPU-minutes end alike.
"""

from __future__ import annotations

from collections.abc import Callable

from segtutor.errors import UserError

WARMUP_STEPS, WARMUP_SHARE = 60, 0.1


def warmup_then_linear(progress: float, step: int, *, warmup_steps: int | None = None, hold: float = 0.3) -> float:
    """Rises over `warmup_steps`, stays at 1 until `hold` of the budget is used, then falls in a straight line to 0."""
    fall = 1.0 if progress <= hold else max(0.0, (1 - progress) / (1 - hold))
    return _rise(progress, step, warmup_steps) * fall


def warmup_then_poly(progress: float, step: int, *, warmup_steps: int | None = None, power: float = 0.9) -> float:
    """Rises over `warmup_steps` while (1 - progress) ** power falls to 0: nearly a line for the usual power of 0.9."""
    return _rise(progress, step, warmup_steps) * max(0.0, 1 - progress) ** power


def constant(progress: float, step: int, *, warmup_steps: int = 0) -> float:
    """Rises over `warmup_steps`, then stays: for the first minute on one picture, where nothing needs to settle."""
    return _rise(progress, step, warmup_steps)


SCHEDULES: dict[str, Callable[[float, int], float]] = {
    "linear": warmup_then_linear,
    "poly": warmup_then_poly,
    "constant": constant,
}


def schedule_of(schedule: str | Callable[[float, int], float]) -> Callable[[float, int], float]:
    """The function of a name; a function is itself."""
    if callable(schedule):
        return schedule
    if schedule not in SCHEDULES:
        raise UserError(f"schedule must be {', '.join(SCHEDULES)} or a function, got {schedule!r}")
    return SCHEDULES[schedule]


def _rise(progress: float, step: int, warmup_steps: int | None) -> float:
    if warmup_steps is None:
        return min(1.0, max((step + 1) / WARMUP_STEPS, progress / WARMUP_SHARE))
    return min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
