"""Whose attention is shown: the queries of a mask classifier, or the tokens of one prompt, under the same names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.models.attention import Attention, read_attention
from segtutor.models.prompt_attention import PromptAttention, read_prompt_attention
from segtutor.segments import Categories
from segtutor.widgets.attention.data import owner_codes, owners
from segtutor.widgets.base.reading import class_records, mask_segmenter, query_order

# Colours of tokens, by the first word of their name (Okabe and Ito's); what names nothing is grey.
_COLORS = {"mask": (0, 114, 178), "click": (213, 94, 0), "first": (213, 94, 0), "last": (213, 94, 0)}
_GREY = (128, 128, 128)


@dataclass(frozen=True)
class Subject:
    """seen: the attention. picture: (H, W, 3) uint8. names: of each query or token, as it is called in a sentence.

    classes, queries, owners: the explorer's traits. first: the query to begin with. term: "query" or "token".
    """

    seen: Attention
    picture: np.ndarray
    names: tuple[str, ...]
    classes: list[dict[str, Any]]
    queries: dict[str, Any]
    owners: dict[str, Any]
    first: int
    term: str


def subject_of(segmenter: Any, image: Any, prompt: dict[str, Any]) -> Subject:
    """prompt: points, labels and boxes, None where not given. Raises UserError as the explorer says."""
    if getattr(segmenter, "family", None) == "prompt":
        return _of_tokens(segmenter, image, prompt)
    if given := [name for name, value in prompt.items() if value is not None]:
        raise UserError(
            f"{given[0]} must be left out for a model of queries: a prompt is for a promptable one such as sam-toytown"
        )
    return _of_queries(segmenter, image)


def _of_queries(segmenter: Any, image: Any) -> Subject:
    output, picture = mask_segmenter(segmenter, image)
    seen = read_attention(segmenter)
    categories = Categories.from_coco(segmenter.categories)
    probs = output.class_logits[0].detach().float().softmax(-1).cpu()
    scores, labels = (values.tolist() for values in probs.max(-1))
    order = query_order(output, "score")
    things = {k for k, category in enumerate(categories) if category.isthing}
    return Subject(
        seen,
        picture,
        tuple(categories[label].name if label < len(categories) else "no object" for label in labels),
        class_records(categories),
        {"labels": labels, "scores": [round(score, 4) for score in scores]}
        | {"by_score": order, "by_class": query_order(output, "class")},
        owners(probs, output.mask_logits[0]),
        next((query for query in order if labels[query] in things), order[0]),  # a small mask shows more than stuff
        "query",
    )


def _of_tokens(segmenter: Any, image: Any, prompt: dict[str, Any]) -> Subject:
    if image is not None:
        segmenter.set_image(image)
    seen: PromptAttention = read_prompt_attention(segmenter, **prompt)
    names, count = seen.tokens, len(seen.tokens)
    masks = range(1, 1 + len(seen.scores))  # tokens that become a mask
    scores = [round(float(seen.scores[n - 1]), 4) if n in masks else None for n in range(count)]
    order = sorted(range(count), key=lambda n: (-(scores[n] or 0), n))
    claims = seen.scores[:, None, None] * (segmenter.shown_part(seen.mask_logits) > 0)
    return Subject(
        seen,
        segmenter.image,
        names,
        [{"id": n + 1, "name": name, "isthing": True, "color": list(_COLORS.get(name.split()[0], _GREY))}
         for n, name in enumerate(names)],
        {"labels": list(range(count)), "scores": scores, "by_score": order, "by_class": list(range(count))},
        owner_codes(claims, list(masks), count),
        masks[-1] + 1,  # the first click or corner
        "token",
    )  # fmt: skip
