"""A trained model for another list of classes: the class head is new, everything else stays as it was trained.

    own = st.training.with_classes(st.load("mask2former-toytown"), ["sky", "pet", ...])       a Segmenter
    st.fit(own.model, records, freeze="backbone")
    own.segment("photo.jpg")

Only the last layer knows names. In a mask classifier it is one matrix, C -> K + 1: a row for each class, and the last
row for "no object". In a per-pixel classifier it is a 1 x 1 convolution, C -> K. Queries, masks and features do not
know K, so they can stay. So can "no object": which queries are to be silent has not changed. (A head that is drawn
anew as a whole, as transformers' from_pretrained(..., ignore_mismatched_sizes=True) does, forgets that too.)

Rows may be taken over: a class whose name the old list holds keeps its row, and `like` says from which old classes
another one shall start, such as {"pet": ["cat", "dog"]}, whose mean it begins with.

Taught in notebooks/09_how_do_i_teach_it_my_own_classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from segtutor import families
from segtutor.data.convert.maps import as_categories
from segtutor.errors import UserError
from segtutor.segments import Categories

if TYPE_CHECKING:
    from segtutor.models.segmenter import Segmenter

HEADS = {"scores", "to_class"}  # layers of class logits in the small networks that belong to no family


def with_classes(
    segmenter: Segmenter, categories: Any, *, like: Mapping[str, str | Iterable[str]] | None = None
) -> Segmenter:
    """A copy of a loaded model with a new class head, ready for st.fit and for pictures. The old one stays as it is.

    segmenter: of `segtutor.load`, engine "reference", either family. categories: the new list, K of them: names or what
    Categories takes. like: {new name: old name, or several}; a row begins as the mean of theirs. Names that both lists
    have need no entry; all others begin at random, from torch's generator. The thresholds stay those of the old card: a
    short training is less sure of its classes, so try a lower `score_threshold` in `segment` (lesson 09 counts it).
    Raises UserError for names that are in neither list, and for a model that is not of segtutor.reference.
    """
    if segmenter.family not in ("mask", "per-pixel"):
        raise UserError(
            f"{segmenter.name} finds boxes or is asked with prompts, so its classes cannot change: choose a model "
            "of the family 'mask' or 'per-pixel'"
        )
    kept = as_categories(categories)
    old = segmenter.categories
    sources = _sources(kept, old, like or {})
    if segmenter.engine != "reference":
        raise UserError(
            f"{segmenter.name!r} must be built of the course's own modules, got engine={segmenter.engine!r}: load "
            "it with engine='reference', or give transformers' from_pretrained num_labels and "
            "ignore_mismatched_sizes=True"
        )
    from segtutor.models.segmenter import Segmenter

    model = deepcopy(segmenter.model)
    replace_heads(model, len(old), sources)
    card = {**segmenter.card, "categories": kept.to_coco(), "metrics": {}}
    card["remarks"] = f"{segmenter.name} with the classes {', '.join(kept.names)}"
    return Segmenter(model.eval(), segmenter.record, segmenter.processor, card, kept, engine="reference")


def replace_heads(model: nn.Module, old: int, sources: Sequence[Sequence[int]]) -> list[str]:
    """Replaces in place each layer of class logits; returns their names. UserError for a model that has none.

    old: K of the model. sources: for each new class the old positions whose mean its row begins with; none: random.
    A layer with one output more than classes has "no object" last, and keeps that row.
    """
    found, heads = [], HEADS | families.class_heads()
    for name, layer in list(model.named_modules()):
        if not heads & set(name.split(".")) or not isinstance(layer, nn.Linear | nn.Conv2d):
            continue
        extra = len(layer.weight) - old  # 1 with "no object"
        if extra in (0, 1):
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, _replaced(layer, old, extra, sources))
            found.append(name)
    if not found:
        raise UserError(
            f"the model must have a layer of {old} classes, as those of segtutor.reference do, got a "
            f"{type(model).__name__}: build your own with the number of classes that you need"
        )
    return found


@torch.no_grad()
def _replaced(layer: nn.Linear | nn.Conv2d, old: int, extra: int, sources: Sequence[Sequence[int]]) -> nn.Module:
    """The layer with other outputs: rows of weight and bias are drawn anew, averaged, or kept."""
    new = deepcopy(layer)
    count = len(sources) + extra
    new.weight = nn.Parameter(layer.weight.new_empty(count, *layer.weight.shape[1:]))
    new.bias = nn.Parameter(layer.bias.new_empty(count)) if layer.bias is not None else None
    if isinstance(new, nn.Conv2d):
        new.out_channels = count
    else:
        new.out_features = count
    new.reset_parameters()
    for before, after in ((layer.weight, new.weight), (layer.bias, new.bias)):
        if before is not None:
            for position, rows in enumerate(sources):
                if rows:
                    after[position] = before[list(rows)].mean(0)
            if extra:
                after[-1] = before[old]
    return new


def _sources(new: Categories, old: Categories, like: Mapping[str, str | Iterable[str]]) -> list[list[int]]:
    """For each new class the old positions that it begins with."""
    place = {name: position for position, name in enumerate(old.names)}
    for name in like:
        if name not in new.names:
            raise UserError(f"like must name new classes, one of {', '.join(new.names)}, got {name!r}")
    sources = []
    for name in new.names:
        asked = like.get(name, [name] if name in place else [])
        rows = [asked] if isinstance(asked, str) else list(asked)
        for row in rows:
            if row not in place:
                raise UserError(
                    f"the new class {name!r} must begin as a class that the model knows, such as "
                    f"{', '.join(old.names[:4])}, got {row!r}: choose one, or leave it out"
                )
        sources.append([place[row] for row in rows])
    return sources
