"""What a person writes behind `segtutor segment --point`, `--box`, `--text` and `--example`, as a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segtutor.errors import UserError


def read(
    points: Sequence[str] = (),
    boxes: Sequence[str] = (),
    text: Sequence[str] = (),
    example: tuple[str, str] | None = None,
    *,
    private: bool = False,
) -> dict[str, Any]:
    """The arguments of `PromptSegmenter.predict`; none where nothing was given.

    points: "x,y", or "x,y,0" for a position that is not meant. boxes: "x0,y0,x1,y1". example: a picture and its mask, a
    picture that is white where the thing is; paths or addresses. Raises UserError for what is no such thing.
    """
    prompt: dict[str, Any] = {}
    if points:
        given = [
            _numbers(point, (2, 3), "--point", "X,Y, or X,Y,0 beside the object, such as 300,200") for point in points
        ]
        if any(point[2:] not in ([], [0.0], [1.0]) for point in given):
            raise UserError("the third number of --point must be 0 (beside the object) or 1")
        prompt["points"] = [tuple(point[:2]) for point in given]
        prompt["labels"] = [int(point[2]) if len(point) == 3 else 1 for point in given]
    if boxes:
        prompt["boxes"] = [tuple(_numbers(box, (4,), "--box", "X0,Y0,X1,Y1, such as 20,30,90,120")) for box in boxes]
    if text:
        prompt["text"] = list(text)
    if example is not None:
        from segtutor.images import load_image

        image, mask = (load_image(source, allow_private=private) for source in example)
        if mask.shape != image.shape:
            raise UserError(
                f"the mask of --example must have the picture's size, got {mask.shape[1]} x {mask.shape[0]} pixels "
                f"and a picture of {image.shape[1]} x {image.shape[0]}: draw the mask over the picture"
            )
        prompt["example"] = (image, mask.max(axis=2) > 127)
    return prompt


def _numbers(text: str, counts: tuple[int, ...], option: str, form: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) not in counts:
        raise UserError(f"{option} must be {form}, got {text[:40]!r}")
    return found
