"""What clipseg-toytown learns from: scenes with their frozen features, phrases drawn for them, examples, and the truth.

Which phrases are drawn decides what is learned. Of the pieces of ToyTown's grammar (segtutor.data.toytown.language),
"not" and phrases about what is not there have more than their share: a network that ignores "not" is right about most
pixels of most scenes, and one that ignores the colour is right whenever a kind has one colour.

Eight pairs of a colour and a kind never occur in a phrase, `HELD_OUT`. Pixels of such things are left out of the loss
wherever a phrase names a colour, so that "blue things" says nothing about blue cars either. Whether "blue car" is
understood all the same is what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.data import toytown
from segtutor.data.toytown.language import Clause, parse
from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF
from segtutor.reference.toytown.clipseg import ToyTownClipSeg
from segtutor.reference.toytown.features import Maps, ToyTownFeatures
from segtutor.training.rows.targets import pixel_values

HELD_OUT = frozenset(
    {
        ("red", "boat"), ("blue", "car"), ("green", "ball"), ("purple", "person"),
        ("yellow", "house"), ("orange", "remote"), ("green", "cat"), ("blue", "tree"),
    }
)  # fmt: skip

# Form of a phrase -> how often it is drawn. "absent": the kind is there, but not in this colour.
SHARES = {
    "stuff": 0.10,
    "all stuff": 0.01,
    "stuff not": 0.03,
    "things": 0.02,
    "kind": 0.06,
    "colour kind": 0.19,
    "pattern kind": 0.05,
    "colour pattern kind": 0.05,
    "colour things": 0.07,
    "pattern things": 0.02,
    "absent": 0.16,
    "things not": 0.14,
    "kind not": 0.04,
    "or": 0.06,
}
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, what every ToyTown checkpoint is given


def is_held_out(phrase: str) -> bool:
    """Whether a phrase names both words of a pair of HELD_OUT."""
    said = set(phrase.split())
    return any(colour in said and kind in said for colour, kind in HELD_OUT)


@dataclass
class Scenes:
    """Scenes with what the frozen half of a network says about them.

    pictures: (S, H, W, 3) uint8. ids: (S, H, W) uint8 segment ids. things: of each scene (kind, colour, pattern) by
    their order there. stage, mask: (S, C, h, w) float16, two of the frozen maps (see Maps).
    """

    pictures: np.ndarray
    ids: np.ndarray
    things: list[list[tuple[str, str, str]]]
    stage: Tensor
    mask: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    def maps(self, chosen: np.ndarray) -> Maps:
        """What the network sees of some scenes; the maps that it does not read are empty."""
        pixels = pixel_values([self.pictures[i] for i in chosen], _MEAN, _STD)
        nothing = pixels.new_zeros(len(pixels), 0, 0, 0)
        return Maps(pixels, self.stage[chosen].float(), self.mask[chosen].float(), nothing, nothing)

    def seen(self, i: int) -> tuple[list[str], list[tuple[str, str, str]]]:
        """Names of the stuff and the things of scene i of which a pixel is visible."""
        there = np.bincount(self.ids[i].ravel(), minlength=toytown.FIRST_THING + len(self.things[i])) > 0
        stuff = [name for number, name in enumerate(STUFF, start=1) if there[number]]
        return stuff, [thing for j, thing in enumerate(self.things[i]) if there[toytown.FIRST_THING + j]]


def drawn_scenes(features: ToyTownFeatures, seeds: Sequence[int], at_once: int = 32) -> Scenes:
    """The scenes of `seeds`, drawn, with their frozen maps; about 20 ms of CPU time and 230 kB a scene."""
    pictures, ids, things, stage, mask = [], [], [], [], []
    for seed in seeds:
        scene = toytown.scene(seed)
        picture, segment_ids = scene.draw()
        pictures.append(picture)
        ids.append(segment_ids.astype(np.uint8))
        things.append([(thing.kind, thing.colour, thing.pattern) for thing in scene.things])
    for start in range(0, len(pictures), at_once):
        maps = features(pixel_values(pictures[start : start + at_once], _MEAN, _STD))
        stage.append(maps.stage.half())
        mask.append(maps.mask.half())
    return Scenes(np.stack(pictures), np.stack(ids), things, torch.cat(stage), torch.cat(mask))


@lru_cache(maxsize=20_000)
def clauses_of(phrase: str) -> tuple[Clause, ...]:
    """`toytown.language.parse`, remembered."""
    return parse(phrase)


def truth(phrase: str, ids: np.ndarray, things: Sequence[tuple[str, str, str]]) -> np.ndarray:
    """The pixels that a phrase is true of, (H, W) bool. ids: segment ids; things: (kind, colour, pattern) each."""
    meant = np.zeros(256, bool)
    for clause in clauses_of(phrase):
        for number, name in enumerate(STUFF, start=1):
            meant[number] |= clause.true_of_stuff(name)
        for number, thing in enumerate(things, start=toytown.FIRST_THING):
            meant[number] |= clause.true_of_thing(*thing)
    return meant[ids]


def counts(phrase: str, ids: np.ndarray, things: Sequence[tuple[str, str, str]]) -> np.ndarray:
    """Where the loss looks, (H, W) bool: not at things of a held-out pair where the phrase names a colour."""
    left_out = np.zeros(256, bool)
    if any(word in COLOURS for word in phrase.split()):
        for number, (kind, colour, _) in enumerate(things, start=toytown.FIRST_THING):
            left_out[number] = (colour, kind) in HELD_OUT
    return ~left_out[ids]


def draw_phrase(rng: np.random.Generator, stuff: Sequence[str], things: Sequence[tuple[str, str, str]]) -> str:
    """A phrase for a scene that shows this stuff and these things, none that `is_held_out`."""
    while True:
        form = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        phrase = _phrase(rng, form, stuff, things)
        if not is_held_out(phrase):
            return phrase


def _phrase(rng, form: str, stuff: Sequence[str], things: Sequence[tuple[str, str, str]]) -> str:
    if form == "or":
        simple = ("stuff", "kind", "colour kind", "colour things", "pattern kind")
        first, second = (_phrase(rng, str(rng.choice(simple)), stuff, things) for _ in range(2))
        return f"{first} or {second}"
    name = str(rng.choice(stuff if stuff and rng.random() < 0.75 else STUFF))
    if form == "stuff":
        return name
    if form in ("all stuff", "stuff not"):
        return "stuff" if form == "all stuff" else f"stuff not {name}"
    if things and rng.random() < (0.85 if form in ("kind", "colour kind") else 1.0):
        kind, colour, pattern = things[rng.integers(len(things))]
    else:
        kind, colour, pattern = (str(rng.choice(words)) for words in (KINDS, COLOURS, PATTERNS))
    if form == "absent":
        others = [c for c in COLOURS if not any(k == kind and c == other for k, other, _ in things)]
        return f"{rng.choice(others or COLOURS)} {kind}"
    if form == "things not":
        return f"things not {rng.choice([colour, kind, pattern], p=[0.45, 0.45, 0.1])}"
    if form == "kind not":
        return f"{kind} not {rng.choice([colour, pattern], p=[0.75, 0.25])}"
    return form.replace("colour", colour).replace("pattern", pattern).replace("kind", kind)


def step_loss(
    network: ToyTownClipSeg, scenes: Scenes, rng: np.random.Generator, *, pictures: int = 8, phrases: int = 16
) -> Tensor:
    """The loss of one step: `pictures` scenes, `phrases` for each, and an example for each.

    2 BCE + 0.5 dice a mask, as for CLIPSeg the BCE is what counts. The decoder works on each cell alone once the
    picture's map is there, so every second row and column of cells is enough, other ones each step.
    """
    chosen = rng.integers(len(scenes), size=pictures)
    said: list[str] = []
    masks, looked = [], []
    labels: list[dict[str, np.ndarray]] = []
    for i in chosen:
        ids, things = scenes.ids[i], scenes.things[i]
        stuff, seen = scenes.seen(i)
        labels.append({name: truth(name, ids, things) for name in [*stuff, *sorted({kind for kind, _, _ in seen})]})
        for _ in range(phrases):
            phrase = draw_phrase(rng, stuff, seen)
            said.append(phrase)
            masks.append(truth(phrase, ids, things))
            looked.append(counts(phrase, ids, things))
    x = network.see(scenes.maps(chosen))
    shown, inside = [], []
    for mine in labels:
        other = int(rng.integers(pictures))
        both = sorted(set(mine) & set(labels[other]))
        name = str(rng.choice(both if both and rng.random() < 0.85 else sorted(labels[other])))
        shown.append(other)
        inside.append(labels[other][name])
        masks.append(mine.get(name, np.zeros_like(inside[-1])))
        looked.append(np.ones_like(inside[-1]))
    example = F.avg_pool2d(torch.from_numpy(np.stack(inside)).float()[:, None], 4)[:, 0]
    prompts = torch.cat((network.read(said), network.look(x[shown], example)))
    whose = torch.cat((torch.arange(pictures).repeat_interleave(phrases), torch.arange(pictures)))
    row, column = (int(start) for start in rng.integers(2, size=2))
    logits = network.answer(x[:, row::2, column::2][whose], prompts)
    wanted, weight = (_cells(np.stack(maps))[:, row::2, column::2] for maps in (masks, looked))
    return mask_loss(logits, wanted, weight)


def mask_loss(logits: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """2 BCE + 0.5 dice, the mean over masks. (N, h, w, 4) each; wanted: 0..1; weight: 0 where nobody looks."""
    bce = F.binary_cross_entropy_with_logits(logits, wanted, weight, reduction="none").mean((1, 2, 3))
    inside, target = logits.sigmoid() * weight, wanted * weight
    both, total = (inside * target).sum((1, 2, 3)), (inside + target).sum((1, 2, 3))
    dice = 1 - (2 * both + 2.5) / (total + 2.5)
    return (2 * bce + 0.5 * dice).mean()


def _cells(masks: np.ndarray) -> Tensor:
    """(N, H, W) bool -> (N, H / 4, W / 4, 4): of each cell of four pixels by four its four quarters, averaged."""
    half = F.avg_pool2d(torch.from_numpy(masks).float()[:, None], 2)
    return F.pixel_unshuffle(half, 2).permute(0, 2, 3, 1)
