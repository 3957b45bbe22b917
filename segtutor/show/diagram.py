"""One diagram of the whole network, both kinds side by side, with the part at hand marked.

    st.show.network("pixel decoder")        # where lessons 04 and 05 are in the whole
    st.show.network("class head", "mask head").to_svg()

Left to right as data flow: the picture, a backbone of four stages, a pixel decoder. Then the fork that the course is
about: above, a class for each pixel; below, Q masks with one class each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from segtutor.errors import UserError
from segtutor.show.picture import STYLE, Picture

WIDTH, HEIGHT = 900, 300  # pixels
_PLAIN, _MARKED, _EDGE, _FAINT = "#eef1f5", "#ffd166", "#5b6472", "#5b6472"


@dataclass(frozen=True)
class _Box:
    """One part: where it is, in pixels from the upper left corner, what stands in it and below that in small type."""

    part: str
    x: float
    y: float
    width: float
    height: float
    title: str
    small: str = ""


_BOXES = (
    _Box("picture", 10, 118, 74, 64, "picture", "H x W x 3"),
    *(
        _Box("backbone", 104 + 34 * i, 150 - half, 26, 2 * half, "", f"1/{4 * 2**i}")
        for i, half in enumerate((62, 46, 32, 20))
    ),
    *(
        _Box("pixel decoder", 262 + 34 * i, 150 - half, 26, 2 * half, "", f"1/{32 // 2**i}")
        for i, half in enumerate((20, 32, 46, 62))
    ),
    _Box("pixel head", 470, 34, 196, 56, "pixel head", "K class scores in every pixel, softmax"),
    _Box("class map", 736, 34, 154, 56, "class map", "each pixel its likeliest class"),
    _Box("queries", 420, 226, 72, 56, "Q queries", "learned"),
    _Box("decoder", 516, 196, 150, 86, "Transformer\ndecoder", "attention inside the masks"),
    _Box("class head", 690, 250, 98, 34, "class head", "K + 1 scores"),
    _Box("mask head", 690, 190, 98, 34, "mask head", "dot product"),
    _Box("merge", 812, 190, 78, 94, "merge", "segments"),
)
_ARROWS = (  # from, to; points in pixels
    ((84, 150), (102, 150)),
    ((236, 150), (260, 150)),
    ((394, 118), (468, 66)),
    ((666, 62), (734, 62)),
    ((394, 190), (514, 214)),
    ((394, 160), (706, 188)),
    ((492, 252), (514, 252)),
    ((666, 262), (688, 266)),
    ((666, 222), (688, 212)),
    ((788, 207), (810, 215)),
    ((788, 267), (810, 259)),
)
PARTS = tuple(dict.fromkeys(box.part for box in _BOXES))
_WORDS = {
    "picture": "the picture",
    "backbone": "a backbone of four stages, with maps at 1/4, 1/8, 1/16 and 1/32 of the size",
    "pixel decoder": "a pixel decoder that carries what the coarse maps know to the fine ones",
    "pixel head": "a pixel head: K class scores in every pixel",
    "class map": "a class map: each pixel its likeliest class",
    "queries": "Q learned queries",
    "decoder": "a Transformer decoder in which the queries look at the maps, inside their own masks, and at each other",
    "class head": "a class head: K + 1 scores for each query",
    "mask head": "a mask head: each query's dot product with every pixel",
    "merge": "the merge of the masks into segments",
}


def network(*marked: str) -> Picture:
    """The diagram, 900 x 300 pixels, with the parts named in `marked` in yellow. marked: any of PARTS, or none.

    Raises UserError for a part that the diagram does not have.
    """
    for part in marked:
        if part not in PARTS:
            raise UserError(f"part must be one of {', '.join(PARTS)}, got {part!r}")
    import matplotlib

    with matplotlib.rc_context(STYLE):
        picture = Picture(WIDTH, HEIGHT, describe(marked))
        axes = picture.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(HEIGHT, 0)
        axes.set_axis_off()
        for start, end in _ARROWS:
            axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color=_EDGE, linewidth=1))
        for box in _BOXES:
            _draw(axes, box, box.part in marked)
        for x, y, text in ((170, 76, "backbone"), (328, 76, "pixel decoder")):
            axes.text(x, y, text, ha="center", va="bottom", size=9.5)
        axes.text(420, 20, "classify pixels", size=11, weight="bold", va="center")
        axes.text(420, 138, "classify masks", size=11, weight="bold", va="center")
    return picture


def describe(marked: Sequence[str] = ()) -> str:
    """The diagram in words: what follows what, and what is marked."""
    common = ", ".join(_WORDS[part] for part in PARTS[:3])
    pixels, masks = (", ".join(_WORDS[part] for part in parts) for parts in (PARTS[3:5], PARTS[5:]))
    said = f" Marked here: {', '.join(marked)}." if marked else ""
    ways = f"To classify pixels: {pixels}. To classify masks: {masks}."
    return f"The whole network. Both kinds begin with {common}. {ways}{said}"


def _draw(axes: Any, box: _Box, marked: bool) -> None:
    shape = FancyBboxPatch(
        (box.x, box.y),
        box.width,
        box.height,
        boxstyle="round,pad=0,rounding_size=4",
        facecolor=_MARKED if marked else _PLAIN,
        edgecolor=_EDGE,
        linewidth=1.6 if marked else 0.8,
    )
    axes.add_patch(shape)
    x, middle = box.x + box.width / 2, box.y + box.height / 2
    if not box.title:  # a map: its stride stands below
        axes.text(x, box.y + box.height + 9, box.small, ha="center", va="center", size=7.5, color=_FAINT)
        return
    lines = box.title.count("\n") + 1
    axes.text(x, middle - 8, box.title, ha="center", va="center", size=9.5, linespacing=1.05)
    axes.text(x, middle + 8 + 6 * (lines - 1), box.small, ha="center", va="center", size=7.5, color=_FAINT)
