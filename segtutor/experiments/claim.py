"""A claim of a paper, as something to be repeated: its arms, how the effect is read off them, and a figure.

    CLAIM = Claim(
        number=6,
        name="masked-attention",
        says="Masked attention converges faster than attention to the whole picture.",
        source="Mask2Former, arXiv:2112.01527, table 4a: 51.9 PQ with, 47.1 without",
        arms={"masked": Arm(), "unmasked": Arm(masked=False)},
        effects=effects,        # (Runs, extra) -> list of Effect, the first is the main one
        remark="...",           # what the result shows and does not; the likely reason where the claim does not hold
    )

What a claim needs beside its runs (a perfect class map, bytes of memory, another inference) is computed by `extra`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.experiments.arms import Arm
from segtutor.experiments.register import Entry
from segtutor.experiments.scenes import VALIDATION_SCENES
from segtutor.experiments.statistics import Effect

SEEDS = (0, 1, 2)  # of all claims but registered ones, which say their own


class Runs:
    """The results of some runs, by arm and seed. seeds: those for which every arm of `arms` was run, ascending.

    validation: how many scenes they were measured on.
    """

    def __init__(self, results: Sequence[dict], arms: Sequence[Arm], validation: int = VALIDATION_SCENES):
        self.arms, self.validation = tuple(arms), validation
        self.results = {(result["arm"], result["seed"]): result for result in results}
        had = [{seed for name, seed in self.results if name == arm.name} for arm in arms]
        self.seeds = sorted(set.intersection(*had)) if had else []

    def of(self, arm: Arm, seed: int) -> dict:
        if (arm.name, seed) not in self.results:
            raise UserError(f"there is no run of {arm.name}, seed {seed}: train it first")
        return self.results[arm.name, seed]

    def measured(self, arm: Arm, key: str) -> np.ndarray:
        """One number a seed, in percent where it is a share: (seeds,), or (seeds, n) of a list."""
        return 100 * np.array([self.of(arm, seed)["measured"][key] for seed in self.seeds], float)

    def curve(self, arm: Arm) -> tuple[np.ndarray, np.ndarray]:
        """Shares of the budget, (n,), and the score there in percent, (seeds, n); without the final measurement."""
        curves = np.array([self.of(arm, seed)["curve"] for seed in self.seeds], float)  # (seeds, n, 2)
        return curves[0, :, 0], 100 * curves[:, :, 1]


@dataclass(frozen=True)
class Claim:
    """See above. figure: (Runs, extra) -> a matplotlib figure with a text alternative, as segtutor.show makes them.

    quick: the arms that --quick runs, by default all; `effects` reads what is there. extra: (folder of the runs, Runs)
    -> a dictionary for json; {} until all seeds are there, and `effects` and `figure` then show what the runs say.
    entry: of the register, for longer runs that were decided before they were made; see register.py.
    """

    number: int
    name: str
    says: str
    source: str
    arms: Mapping[str, Arm]
    effects: Callable[[Runs, dict], list[Effect]]
    figure: Callable[[Runs, dict], Any]
    remark: str
    extra: Callable[[Path, Runs], dict] | None = None
    quick: Mapping[str, Arm] | None = None
    entry: Entry | None = None

    @property
    def stem(self) -> str:
        """The name of its files: "06_masked_attention", "11_convergence_1600" of a registered one."""
        stem = f"{self.number:02}_{self.name.replace('-', '_')}"
        return stem if self.entry is None else f"{stem}_{self.entry.steps}"

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those that make its result whole."""
        return SEEDS if self.entry is None else self.entry.seeds

    def runs(self, results: Sequence[dict]) -> Runs:
        """Those results that belong to it: of a registered one, only those that its entry counts."""
        if self.entry is not None:
            results = [result for result in results if self.entry.counts(result)]
        return Runs(results, list(self.arms.values()))
