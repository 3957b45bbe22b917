"""How good a model is at ToyTown's phrases and examples, as one flat dictionary in percent.

    evaluate_words(st.load("clipseg-toytown"))      {"text_iou", "text_seen", "text_unseen", "example_iou", ...}

Phrases are about what each scene shows; the IoU of a phrase is that of its one mask with the truth. What the figures
mean depends on what a lazy network would get, so that is measured beside them, with true masks of what it would
predict: the noun without its colour, the clause without its "not".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segtutor.data import toytown
from segtutor.data.toytown.language import phrases as true_phrases
from segtutor.data.toytown.vocabulary import COLOURS, STUFF
from segtutor.errors import UserError
from segtutor.training.recipes.phrases import is_held_out, truth

SILENT = 30  # pixels; a prediction below is none
Found = dict[str, list[float]]


def evaluate_words(
    segmenter: Any, *, split: str = "validation", size: int = 500, progress: Callable[[int], Any] | None = None
) -> dict[str, Any]:
    """Mean IoU by kind of phrase, in percent. segmenter: a PromptSegmenter that takes text.

    text_iou: of all phrases of one clause that are true of something (`toytown.language.phrases`).
    text_seen, text_unseen: a colour and a kind, for pairs that training had and for those that it never had;
    *_without_colour: what the kind alone would get. text_not: "things not red", "things not cat";
    text_not_ignored: what "things" would get. text_or: two kinds. text_silent: of phrases whose kind is there and in
    this colour is not, the share that is answered with fewer than 30 pixels; text_silent_unseen: of held-out pairs.
    text_kind, text_stuff, text_pattern: the rest. example_iou: an example of another scene, all of one kind or stuff.
    Raises UserError for a model that takes no text.
    """
    if "text" not in segmenter.accepts:
        raise UserError(f"{segmenter.name} takes no text: use a model that does, such as clipseg-toytown")
    found: Found = {}
    before = None
    for done, seed in enumerate(toytown.seeds(split, size), 1):
        scene = toytown.scene(seed)
        image, ids = scene.draw()
        things = [(thing.kind, thing.colour, thing.pattern) for thing in scene.things]
        segmenter.set_image(image)
        _ask_phrases(segmenter, true_phrases(scene, ids), ids, things, found)
        if "example" in segmenter.accepts:
            labels = _labels(ids, things)
            if before is not None:
                _ask_examples(segmenter, before, labels, found)
            before = image, labels
        if progress is not None:
            progress(done)
    return {name: round(100 * float(np.mean(found[name])), 2) for name in sorted(found)}


def _ask_phrases(segmenter: Any, true: list[str], ids: np.ndarray, things: list, found: Found) -> None:
    seen = np.bincount(ids.ravel(), minlength=256) > 0
    visible = [thing for j, thing in enumerate(things) if seen[toytown.FIRST_THING + j]]
    kinds = sorted({kind for kind, _, _ in visible})
    joined = [f"{a} or {b}" for i, a in enumerate(kinds) for b in kinds[i + 1 :]]
    there = {(kind, colour) for kind, colour, _ in visible}
    absent = [f"{colour} {kind}" for kind in kinds for colour in COLOURS if (kind, colour) not in there]
    answers = masks_of(segmenter, [*true, *joined, *absent])

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(float(value))

    for phrase in true:
        meant = truth(phrase, ids, things)
        iou = _iou(answers[phrase], meant)
        note("text_iou", iou)
        said = phrase.split()
        if len(said) == 2 and said[0] in COLOURS and said[1] != "things":
            group = "text_unseen" if is_held_out(phrase) else "text_seen"
            note(group, iou)
            note(f"{group}_without_colour", _iou(truth(said[1], ids, things), meant))
        elif said[0] == "things" and "not" in said:
            note("text_not", iou)
            note("text_not_ignored", _iou(truth("things", ids, things), meant))
        elif len(said) == 1 and said[0] in kinds:
            note("text_kind", iou)
        elif len(said) == 1 and said[0] in STUFF:
            note("text_stuff", iou)
        elif len(said) == 2 and said[0] in ("plain", "patterned"):
            note("text_pattern", iou)
    for phrase in joined:
        note("text_or", _iou(answers[phrase], truth(phrase, ids, things)))
    for phrase in absent:
        name = "text_silent_unseen" if is_held_out(phrase) else "text_silent"
        note(name, answers[phrase].sum() < SILENT)


def masks_of(segmenter: Any, said: list[str]) -> dict[str, np.ndarray]:
    """The mask of each phrase, (H, W) bool, empty where the model found nothing."""
    size = segmenter.image.shape[:2]
    masks = {phrase: np.zeros(size, bool) for phrase in said}
    if said:
        answer = segmenter.predict(text=said)
        names = answer.categories.names
        masks |= {names[label]: mask for label, mask in zip(answer.labels, answer.masks, strict=True)}
    return masks


def _ask_examples(segmenter: Any, before: tuple, labels: dict[str, np.ndarray], found: Found) -> None:
    """Shows each kind and stuff of the scene before, and asks for the same in this one, where it is there."""
    image, shown = before
    for name in sorted(set(shown) & set(labels)):
        answer = segmenter.predict(example=(image, shown[name]))
        mask = answer.masks[0] if len(answer.masks) else np.zeros(labels[name].shape, bool)
        found.setdefault("example_iou", []).append(float(_iou(mask, labels[name])))


def _labels(ids: np.ndarray, things: list) -> dict[str, np.ndarray]:
    names = [*STUFF, *sorted({kind for kind, _, _ in things})]
    masks = {name: truth(name, ids, things) for name in names}
    return {name: mask for name, mask in masks.items() if mask.any()}


def _iou(mask: np.ndarray, meant: np.ndarray) -> float:
    union = (mask | meant).sum()
    return (mask & meant).sum() / union if union else 1.0
