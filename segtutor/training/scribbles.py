"""A small model for one picture, from a few strokes on it, within seconds: the loop behind PromptCanvas.

    labels = paint_prompts(image.shape[:2], strokes)                       (H, W), -1 = nobody said anything
    learned = learn_scribbles(image, labels, categories, kind="pixel", seconds=10)
    learned.segmentation, learned.output, learned.steps

What it is: a network of 7,000 parameters (masks: 16,000) on fixed filter responses (filters.py), trained from nothing
on this picture alone. No features of natural images are behind it, so it finds what looks alike and lies near, not what
belongs together: a cat's white chest needs a stroke of its own.

Two terms. Labelled pixels: the course's own losses, cross-entropy (kind="pixel") or the set loss with matching
(kind="mask"), on pixels drawn alike often from each target. All pixels: two that lie near and have like colours shall
have one answer,

    L_pairs = mean over pairs (i, j) of  exp(-|colour_i - colour_j|^2 / 2 sigma^2) (1 - sum_c p_i(c) p_j(c))

which spreads the strokes up to the next edge: a Potts model as loss, as in Tang et al., arXiv:1803.09569, and Obukhov
et al., arXiv:1906.04651. Differs from both: the pairs are drawn at random.

In training, groups of filters are left out at random, coarse ones and the position most often, so that no prediction
hangs on them alone: a few strokes say little about regions where there is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.inference import panoptic_inference, semantic_inference
from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.criterion import Recipe, per_pixel_loss, set_loss
from segtutor.reference.losses.sampling import FullMasks
from segtutor.segments import Categories, Segmentation
from segtutor.training.recipes.filters import GROUPS, filter_responses
from segtutor.training.scribble_models import ScribbleMasks, ScribblePixels

KINDS = ("pixel", "mask")
BATCH = 512  # labelled pixels of a step, and pairs
PAIRS, REACH, LIKE = 2.0, 20.0, 0.1  # weight of the second term; deviation of a pair's distance (pixels), of colours
LEFT_OUT = (0.1, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)  # how often: colour, the scales from fine to coarse, position
RARE = -30.0  # the logit of what strokes or boxes rule out; -inf would make NaN of differences


@dataclass(frozen=True)
class Learned:
    """output: of the whole picture, at its size. segmentation: what inference makes of it. sure: (H, W) float32, the
    largest share of a class or query in each pixel, 1/number..1. events: those of on_event, without predictions."""

    output: PerPixelOutput | MaskOutput
    segmentation: Segmentation
    sure: np.ndarray
    steps: int
    seconds: float
    events: list[dict]


def learn_scribbles(
    image: np.ndarray,
    labels: np.ndarray,
    categories: Categories,
    *,
    kind: str = "pixel",
    seconds: float | None = 10.0,
    steps: int | None = None,
    boxes: Sequence[Mapping] = (),
    seed: int = 0,
    lr: float = 3e-3,
    show_every: float = 0.7,
    on_event: Callable[[dict], Any] | None = None,
) -> Learned:
    """Trains a pixel or a mask classifier on the labelled pixels of one picture, and answers for all of them.

    image: (H, W, 3) uint8. labels: (H, W) int, positions in `categories`, -1 = unknown. kind: "pixel" or "mask"; a mask
    classifier answers for whole objects: strokes of one thing class that do not touch are different objects.
    seconds or steps: the budget, the first that is used up. boxes: {"x0", "y0", "x1", "y1", "label"}: a class that has
    boxes is found inside them alone. show_every: seconds between two predictions shown, at least; they cost budget.
    on_event(event): {"step", "done" 0..1, "seconds", "loss", "terms"}, now and then with "segmentation" and "sure";
    "stop" as its answer ends the training.

    Raises UserError: fewer than two classes painted, a budget that is none, shapes that do not fit.
    """
    present = check_scribbles(image, labels, categories, kind=kind, seconds=seconds, steps=steps)
    start = time.monotonic()
    torch_random = torch.Generator().manual_seed(seed)
    width = labels.shape[1]
    responses = torch.from_numpy(filter_responses(image)).flatten(0, 1)
    colours = torch.from_numpy(image.reshape(-1, 3).astype(np.float32) / 255)
    places, classes = _targets(labels, categories, present, kind)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        channels = responses.shape[1]
        model: nn.Module = (
            ScribblePixels(channels, len(categories))
            if kind == "pixel"
            else ScribbleMasks(channels, len(categories), len(places) + 4)
        )
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    allowed = _allowed(labels.shape, categories, present, boxes)
    events: list[dict] = []
    step, shown = 0, time.monotonic()
    while True:
        spent = time.monotonic() - start
        done = max(step / steps if steps else 0.0, spent / seconds if seconds else 0.0)
        if done >= 1 and step:
            break
        for group in optimizer.param_groups:
            group["lr"] = lr * min(1.0, 2 * (1 - min(done, 0.99)))
        terms = _terms(model, responses, colours, width, places, classes, torch_random)
        loss = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if on_event is None:
            continue
        event: dict = {"step": step, "done": min(1.0, done), "seconds": spent, "loss": loss.item()}
        event["terms"] = {name: value.item() for name, value in terms.items()}
        if time.monotonic() - shown >= show_every:
            began = time.monotonic()
            _, segmentation, sure = _answer(model, responses, categories, allowed, labels.shape)
            event |= {"segmentation": segmentation, "sure": sure}
            shown = time.monotonic() + 3 * (time.monotonic() - began)  # at most a quarter of the time
        if step % 10 == 1 or "segmentation" in event:
            events.append({name: value for name, value in event.items() if name not in ("segmentation", "sure")})
            if on_event(event) == "stop":
                break
    output, segmentation, sure = _answer(model, responses, categories, allowed, labels.shape)
    return Learned(output, segmentation, sure, step, time.monotonic() - start, events)


def nearest_colour(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The baseline without learning: each pixel gets the class of the labelled pixel with the nearest RGB, (H, W)."""
    from scipy.spatial import cKDTree

    known = labels >= 0
    if not known.any():
        raise UserError("no pixel is labelled: paint strokes first")
    pixels = image.astype(np.float32)
    return labels[known][cKDTree(pixels[known]).query(pixels)[1]].astype(np.int32)


def _terms(model, responses, colours, width, places, classes, random) -> dict[str, Tensor]:
    """The terms of one step, on freshly drawn pixels."""
    each = max(8, BATCH // len(places))
    drawn = torch.cat([place[torch.randint(len(place), (each,), generator=random)] for place in places])
    first = torch.randint(len(responses), (BATCH,), generator=random)
    offset = (torch.randn(2, BATCH, generator=random) * REACH).round().long()
    row = (first // width + offset[0]).clamp(0, len(responses) // width - 1)
    second = row * width + (first % width + offset[1]).clamp(0, width - 1)
    kept = (torch.rand(len(drawn) + BATCH, len(LEFT_OUT), generator=random) > torch.tensor(LEFT_OUT)).float()
    kept = torch.cat([kept, kept[len(drawn) :]])[:, GROUPS]  # both pixels of a pair are seen alike
    output = model(responses[torch.cat([drawn, first, second])] * kept)
    shares = model.shares(output)[len(drawn) :]
    alike = torch.exp(-(colours[first] - colours[second]).square().sum(dim=1) / (2 * LIKE**2))
    differ = 1 - (shares[:BATCH] * shares[BATCH:]).sum(dim=1)
    owner = torch.arange(len(places)).repeat_interleave(each)
    if isinstance(output, PerPixelOutput):
        known = PerPixelOutput(output.logits[..., : len(drawn)])
        terms = per_pixel_loss(known, classes[owner][None, None])
    else:
        masks = (owner == torch.arange(len(places))[:, None])[:, None].to(torch.uint8)
        targets = Targets(classes, masks, torch.ones(1, len(drawn), dtype=torch.uint8))
        painted = MaskOutput(output.class_logits, output.mask_logits[..., : len(drawn)])
        terms = set_loss(painted, [targets], recipe=Recipe(points=FullMasks()))
    return {**terms, "pairs": PAIRS * (alike * differ).mean()}


def _targets(labels, categories, present, kind) -> tuple[list[Tensor], Tensor]:
    """What is drawn from alike often: for each the numbers of its labelled pixels, and its class."""
    from scipy.ndimage import label

    places, classes = [], []
    for k in present:
        parts, count = (labels == k), 1
        if kind == "mask" and categories[k].isthing:
            parts, count = label(parts, np.ones((3, 3)))
        for number in range(1, count + 1):
            places.append(torch.from_numpy(np.flatnonzero(parts == number)))
            classes.append(k)
    return places, torch.tensor(classes)


def _allowed(size, categories, present, boxes) -> Tensor | None:
    """(K, H * W) bool: where a class may be found. Classes nobody painted nowhere, those with boxes inside these."""
    allowed = np.zeros((len(categories), *size), bool)
    for k in present:
        mine = [box for box in boxes if box["label"] == k]
        allowed[k] = not mine
        for box in mine:
            left, right = sorted((box["x0"], box["x1"]))
            top, bottom = sorted((box["y0"], box["y1"]))
            rows, columns = (np.arange(side) + 0.5 for side in size)
            allowed[k] |= ((top <= rows) & (rows <= bottom))[:, None] & ((left <= columns) & (columns <= right))
    return None if allowed.all() else torch.from_numpy(allowed.reshape(len(categories), -1))


@torch.no_grad()
def _answer(model, responses, categories, allowed, size) -> tuple[Any, Segmentation, np.ndarray]:
    """What the model says about the whole picture: output, segmentation and the largest share of each pixel."""
    parts = [model(part) for part in responses.split(2**15)]
    sure = torch.cat([model.shares(part).amax(dim=1) for part in parts]).reshape(size).numpy()
    if isinstance(parts[0], PerPixelOutput):
        logits = torch.cat([part.logits for part in parts], dim=3)[0, :, 0]
        if allowed is not None:
            logits = torch.where(allowed, logits, RARE)
        output: PerPixelOutput | MaskOutput = PerPixelOutput(logits.reshape(1, -1, *size))
        return output, semantic_inference(output, size, categories), sure
    class_logits = parts[0].class_logits
    logits = torch.cat([part.mask_logits for part in parts], dim=3)[0, :, 0]
    if allowed is not None:
        logits = torch.where(allowed[class_logits[0, :, :-1].argmax(dim=1)], logits, RARE)
    output = MaskOutput(class_logits, logits.reshape(1, -1, *size))
    if any(category.isthing for category in categories):
        found = panoptic_inference(output, size, categories, score_threshold=0.5, overlap_threshold=0.5)
    else:
        found = semantic_inference(output, size, categories)
    return output, found, sure


def check_scribbles(
    image: np.ndarray,
    labels: np.ndarray,
    categories: Categories,
    *,
    kind: str = "pixel",
    seconds: float | None = 10.0,
    steps: int | None = None,
) -> list[int]:
    """The classes that somebody painted; raises UserError where learn_scribbles would."""
    if kind not in KINDS:
        raise UserError(f"kind must be 'pixel' or 'mask', got {kind!r}")
    if (seconds is None and steps is None) or not (seconds is None or 0 < seconds <= 600) or (steps or 1) < 1:
        raise UserError(
            f"the budget must be steps above 0, or seconds above 0 and at most 600, got seconds={seconds} and "
            f"steps={steps}: try seconds=10"
        )
    if image.shape[:2] != labels.shape:
        raise UserError(f"labels must have the size of the picture {image.shape[:2]}, got {labels.shape}")
    present = np.unique(labels[labels >= 0]).tolist()
    if len(present) < 2 or present[-1] >= len(categories):
        names = ", ".join(categories[k].name for k in present if k < len(categories)) or "nothing"
        raise UserError(
            f"strokes must be of at least two of the {len(categories)} classes, got {names}: paint what else is in "
            "the picture too, or there is nothing to tell apart"
        )
    return present
