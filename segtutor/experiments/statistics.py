"""From one number a seed to a sentence: an effect, its interval, and what may be said.

An effect is a difference between two arms that were trained with the same seed: the same pictures in the same order,
and, where their networks agree, the same start. Differences are formed seed by seed, and the interval is Student's for
their mean (Gosset, 1908):

    mean(d) +- t(0.975, n - 1) * sd(d) / sqrt(n)

With three seeds t is 4.3, so only effects that are large against the seeds' scatter can be told. The interval speaks
of the seed alone: of another data set, size or budget it knows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HOLDS, CONTRARY, OPEN, LEVEL = "holds", "does not hold", "too small to tell", "no difference"
MOST_SEEDS = 1000  # beyond which it does not matter how many more


@dataclass(frozen=True)
class Effect:
    """One difference, a value a seed, and what the claim says of it.

    what: "PQ, masked minus unmasked". values: a number a seed, in `unit`. expect: "more" (above 0; with a margin, which
    is then the largest difference that does not matter), "no more" (not above `margin`), "same" (within `margin` of 0
    on both sides).
    """

    what: str
    values: tuple[float, ...]
    expect: str = "more"
    margin: float = 0.0
    unit: str = "points"

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %; None of fewer than two seeds, which have no scatter to judge by."""
        return interval(self.values)

    @property
    def verdict(self) -> str:
        """HOLDS where the whole interval is as expected, CONTRARY where none of it is, else OPEN.

        LEVEL where "more" was expected and the whole interval lies within the margin of 0, on whichever side.
        """
        if self.interval is None:
            return OPEN
        low, high = self.interval
        if self.expect == "more":
            if -self.margin < low and high < self.margin:
                return LEVEL
            return HOLDS if low > 0 else CONTRARY if high < 0 else OPEN
        if self.expect == "no more":
            return HOLDS if high < self.margin else CONTRARY if low > self.margin else OPEN
        if self.expect == "same":
            inside = -self.margin < low and high < self.margin
            outside = low > self.margin or high < -self.margin
            return HOLDS if inside else CONTRARY if outside else OPEN
        raise ValueError(f"expect must be 'more', 'no more' or 'same', got {self.expect!r}")

    @property
    def needed(self) -> int | None:
        """About how many seeds would decide, if mean and scatter stay what they are; at most MOST_SEEDS.

        None where it is decided already, and of fewer than two seeds, which have no scatter.
        """
        if self.interval is None or self.verdict != OPEN:
            return None
        from scipy.stats import t

        mean, scatter = abs(self.mean), float(np.std(self.values, ddof=1))
        reach = {  # how far the interval may reach to either side and still leave one verdict
            "more": max(mean, self.margin - mean),
            "no more": abs(self.mean - self.margin),
            "same": abs(mean - self.margin),
        }[self.expect]
        enough = (n for n in range(2, MOST_SEEDS) if float(t.ppf(0.975, n - 1)) * scatter / math.sqrt(n) < reach)
        return next(enough, MOST_SEEDS)

    def as_json(self) -> dict:
        found = self.interval
        return {
            "what": self.what,
            "unit": self.unit,
            "expect": self.expect,
            "margin": self.margin,
            "values": [round(value, 4) for value in self.values],
            "effect": round(self.mean, 4),
            "interval": None if found is None else [round(end, 4) for end in found],
            "verdict": self.verdict,
        }


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean; None of fewer than two values.

    >>> low, high = interval([1.0, 2.0, 3.0])
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    if len(values) < 2:
        return None
    from scipy.stats import t

    mean, scatter = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(t.ppf(0.975, len(values) - 1)) * scatter / math.sqrt(len(values))
    return mean - half, mean + half


def overall(effects: Sequence[Effect]) -> str:
    """The verdict of a claim, decided by its main effect, the first.

    "in part", with what each effect says, only where one effect holds and another does not hold or cannot be told.
    """
    verdicts = [effect.verdict for effect in effects]
    if HOLDS in verdicts and len(set(verdicts)) > 1:
        return "in part: " + "; ".join(f"{effect.what}: {effect.verdict}" for effect in effects)
    return verdicts[0]
