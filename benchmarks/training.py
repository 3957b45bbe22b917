"""One training step, ours and transformers': forward, loss, backward, AdamW; the two architectures of ToyTown.

Equal weights, the same 8 scenes of 128 x 128, float32, the same optimiser. transformers' Mask2Former has its own loss
at sampled points; ours is measured twice: at the same number of points (the published recipe; with the same random
numbers, so the losses of the first step must agree), and on the dense grid of 64 x 64 cells that the course trains on,
against transformers at as many points. Targets are made before; memory is what a step adds above model and optimiser,
in fresh processes (on CUDA in this one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import harness

BATCH, SIDE, POINTS, CELLS = 8, 128, 12544, 64 * 64
# name: (family, points, whether ours reads cells and not points)
CASES = {
    "Mask2Former step, 12544 points": ("mask", POINTS, False),
    "Mask2Former step, 64 x 64 cells against 4096 points": ("mask", CELLS, True),
    "UPerNet step": ("per-pixel", 0, True),
}

_CODE = """
import sys
import torch
from benchmarks.harness import peak_above
from benchmarks.training import Pair
torch.set_num_threads(1)
kind, points, dense, which = sys.argv[1:]
step = getattr(Pair(kind, int(points), dense == "True", "cpu", only=which), which)
step()
print(peak_above(step))
"""


def rows(settings: harness.Settings) -> Iterator[dict]:
    for name, (kind, points, dense) in CASES.items():
        pair = Pair(kind, points, dense, settings.device)
        measured = {"rounds": settings.rounds(5), "device": settings.device, "batch": BATCH, "points": points}
        found = harness.compare(name, pair.ours, pair.peer, goal=None, check=pair.check, **measured)
        rates = {f"{which}_images_per_second": 1e3 * BATCH / found[f"{which}_ms"] for which in ("ours", "peer")}
        note = f"{rates['ours_images_per_second']:.1f} and {rates['peer_images_per_second']:.1f} pictures a second"
        yield {**found, **rates, "note": note}
        ours, peer = (_memory(kind, points, dense, which, pair, settings) for which in ("ours", "peer"))
        note = f"{ours:.0f} MB of the peer's {peer:.0f} MB"
        yield harness.row(f"{name}: memory", peer / ours, None, note=note, ours_mb=ours, peer_mb=peer)


class Pair:
    """Ours and transformers' model with equal weights, each with its optimiser; `ours()`, `peer()` make one step.

    only: "ours" or "peer" where the other one shall take no memory.
    """

    def __init__(self, kind: str, points: int, dense: bool, device: str, only: str | None = None):
        import torch

        from segtutor.reference.weights.build import from_transformers
        from segtutor.reference.weights.inverse import transformers_model
        from segtutor.training.fit import MEAN, STD
        from segtutor.training.recipes import toytown as recipes
        from segtutor.training.rows.targets import panoptic_targets, pixel_values, semantic_labels

        torch.manual_seed(0)
        self.kind, self.points, self.dense, self.device = kind, points, dense, device
        scenes = recipes.Scenes(range(recipes.RECIPES["upernet-toytown"].first_seed, BATCH + 10**9), SIDE)
        chosen = [scenes[i] for i in range(BATCH)]
        self.pixels = pixel_values([row["image"] for row in chosen], MEAN, STD).to(device)
        self.targets = [panoptic_targets(row["segmentation"]).to(device) for row in chosen]
        if not all(bool(target.valid.all()) for target in self.targets):
            raise harness.CheckFailed("training: got scenes with void, which transformers' loss would count as ground")
        self.labels = torch.stack([semantic_labels(row["segmentation"]) for row in chosen]).to(device)
        self.masks = [target.masks.float() for target in self.targets]  # transformers' processor gives floats
        if kind == "mask":
            theirs = transformers_model(recipes.build_mask2former(), recipes.mask2former_configuration())
        else:
            theirs = recipes.build_upernet()
        theirs = theirs.to(device).train()
        if kind == "mask":
            theirs.criterion.num_points = theirs.criterion.matcher.num_points = points
        self.models = {"ours": from_transformers(theirs).train(), "peer": theirs}
        if only is not None:
            self.models = {only: self.models[only]}
        self.optimizers = {
            which: torch.optim.AdamW(model.parameters(), lr=1e-5) for which, model in self.models.items()
        }

    def ours(self) -> Any:
        return self._step("ours", self._our_loss)

    def peer(self) -> Any:
        return self._step("peer", self._peer_loss)

    def check(self, ours: Any, peer: Any) -> dict:
        """The losses of the first step: equal where both read the truth at the same points, else of one size."""
        off = abs(float(ours) - float(peer)) / abs(float(peer))
        most = 1e-4
        if self.kind == "mask" and self.device != "cpu":
            most = 1e-2  # a GPU draws the points of the loss picture by picture
        if self.kind == "mask" and self.dense:
            most = 0.15  # sampled points lie where masks are least certain, cells everywhere
        assert off <= most, f"losses differ by {off:.1e}, expected at most {most:g}"
        return {"loss_difference": off}

    def _step(self, which: str, loss: Callable[[Any], Any]) -> Any:
        import torch

        torch.manual_seed(1)  # the same points
        self.optimizers[which].zero_grad(set_to_none=True)
        value = loss(self.models[which])
        value.backward()
        self.optimizers[which].step()
        return value.detach()

    def _our_loss(self, model: Any) -> Any:
        from segtutor.reference.losses.criterion import Recipe, per_pixel_loss, set_loss
        from segtutor.reference.losses.sampling import PointSampling

        output = model(self.pixels)
        if self.kind == "per-pixel":
            return sum(per_pixel_loss(output, self.labels).values())
        recipe = Recipe() if self.dense else Recipe(points=PointSampling(self.points))
        return sum(set_loss(output, self.targets, recipe=recipe).values())

    def _peer_loss(self, model: Any) -> Any:
        if self.kind == "per-pixel":
            return model(pixel_values=self.pixels, labels=self.labels).loss
        classes = [target.labels for target in self.targets]
        return model(pixel_values=self.pixels, mask_labels=self.masks, class_labels=classes).loss.squeeze()


def _memory(kind: str, points: int, dense: bool, which: str, pair: Pair, settings: harness.Settings) -> float:
    """MB that one step takes at most above model and optimiser."""
    if settings.device == "cuda":
        import torch

        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        getattr(pair, which)()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    # what the first step freed goes back to the system, so that the second one has to ask for it again
    returned = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    done = harness.fresh(_CODE, kind, str(points), str(dense), which, environment=returned)
    return float(done["printed"].splitlines()[-1])
