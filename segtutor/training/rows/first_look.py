"""What labels cannot teach, said before the first step instead of after an hour whose loss fell."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from segtutor.data.negatives import Negatives
from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories
from segtutor.training.rows.targets import example

LOOKED_AT = 8  # rows: what is missing everywhere is missing in these


def warn_of_labels(data: Sequence, output: MaskOutput | PerPixelOutput, categories: Categories | None) -> None:
    """Warns where no row that is looked at says what is none of its classes, or holds an object that can be learned.

    data, categories: as st.fit has them. output: of the model, whose type says how it learns.
    """
    found: Negatives | None = None
    places = np.unique(np.linspace(0, len(data) - 1, min(len(data), LOOKED_AT)).round().astype(int))
    for place in places.tolist():
        try:
            row = example(data[place], categories)
        except (UserError, OSError, SyntaxError):
            continue  # the step that needs it says so
        if found is None:
            found = Negatives(row["segmentation"].categories)
        if row["segmentation"].categories != found.categories:
            return
        found.add(row)
    if found is None:
        return
    per_pixel = isinstance(output, PerPixelOutput)
    said = found.missing(per_pixel=per_pixel)
    if said:
        warnings.warn(
            f"{said}. Convert with unlabelled='background', or label the rest; st.data.check_labels says more",
            stacklevel=3,
        )
    elif found.crowds and not found.objects and not per_pixel:
        warnings.warn(
            "every object of the rows looked at is a crowd, which no mask classifier learns: it will learn that "
            "nothing is there. st.data.check_labels(data, categories) prints the line that mends it",
            stacklevel=3,
        )


def check_classes(output: MaskOutput | PerPixelOutput, rows: Sequence[dict[str, Any]], indices: Sequence[int]) -> None:
    """Raises UserError, naming the row, where a label lies beyond the classes of the model's output.

    An output of another type belongs to a model with losses of its own, which look at the labels themselves.
    """
    if not isinstance(output, MaskOutput | PerPixelOutput):
        return
    count = output.logits.shape[1] if isinstance(output, PerPixelOutput) else output.class_logits.shape[-1] - 1
    for row, index in zip(rows, indices, strict=True):
        truth = row["segmentation"]
        if len(truth.categories) <= count:
            continue
        place = truth.categories.index
        used = {place(segment.category_id) for segment in truth.segments}
        used |= {place(truth.rest)} if truth.rest is not None else set()
        if "instances" in row:
            used |= set(row["instances"].labels.tolist())
        if used and max(used) >= count:
            name = truth.categories[max(used)].name
            raise UserError(
                f"row {index} has {name!r}, class {max(used)} of {len(truth.categories)}, but the model has only "
                f"classes 0 to {count - 1}: give it those of the data with st.training.with_classes(segmenter, "
                "categories)"
            )
