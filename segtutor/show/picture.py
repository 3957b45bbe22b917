"""The parts that figures are made of: the `Picture` itself, placed arrays, titles, numbers, legends.

Everything is placed in pixels, so that a picture's pixels stay what they are. Ink and paper are set here and not
taken from a style: dark on white reads the same in a light and in a dark notebook.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from segtutor.show.fonts import families
from segtutor.show.legend import Row, inner_point
from segtutor.show.words import one_line

DPI = 100
_INK = "#222222"
_SETTINGS: dict[str, Any] = {"font.size": 10, "text.color": _INK, "hatch.linewidth": 1.5}


class _Style(Mapping):
    """The settings of every figure; fonts are looked up when a figure is made, since a person may set others."""

    def __getitem__(self, key: str) -> Any:
        return families() if key == "font.family" else _SETTINGS[key]

    def __iter__(self) -> Iterator[str]:
        return iter(["font.family", *_SETTINGS])

    def __len__(self) -> int:
        return len(_SETTINGS) + 1


STYLE: Any = _Style()
MARGIN, TITLE, ROW, LEGEND = 10, 26, 20, 264  # pixels


class Picture(Figure):
    """A matplotlib Figure that carries a description in words.

    description: the text alternative. It is the `alt` of the picture for tools that know this key (nbconvert and
    others); JupyterLab does not, so in a notebook it also lies folded under the picture, where screen readers find it.
    """

    def __init__(self, width: float, height: float, description: str):
        """width, height: in pixels at 100 dots per inch."""
        super().__init__(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self)
        self.description = description

    def to_png(self) -> bytes:
        """The content of a PNG file, the same bytes for the same figure."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", facecolor="white", metadata={"Software": None})
        self._release()
        return buffer.getvalue()

    def _release(self) -> None:
        """Give back what was drawn: a notebook keeps each figure that it shows, and drawing again makes it anew."""
        FigureCanvasAgg(self)  # the old one holds all pixels, in four bytes each
        for part in _parts(self):
            if isinstance(part, Text):
                part._renderer = None  # type: ignore[attr-defined]  # each keeps what it was drawn with, and so all pixels once more
            elif isinstance(part, AxesImage):
                part.changed()  # forgets the array that it made for drawing

    def to_svg(self) -> bytes:
        """The content of an SVG file, its words as text and the description as its title: for slides and posters."""
        import matplotlib

        buffer = io.BytesIO()
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "segtutor"}):
            self.savefig(buffer, format="svg", facecolor="white", metadata={"Date": None, "Title": self.description})
        return buffer.getvalue()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        kind, content = _smaller(self.to_png())
        alt = {kind: {"alt": self.description}}
        encoded = base64.b64encode(content).decode("ascii")
        display({kind: encoded, "text/plain": repr(self)}, metadata=alt, raw=True)
        words = html.escape(self.description)
        folded = f"<details><summary>Picture in words</summary>{words}</details>"
        display({"text/html": folded, "text/plain": self.description}, raw=True)

    def __repr__(self) -> str:
        width, height = (self.get_size_inches() * self.dpi).round().astype(int)
        return f"<Picture of {width} x {height} pixels>"


def _parts(artist: Any) -> Iterator[Any]:
    """It and all that it is made of, but for ticks that are not drawn: who asks for those makes them."""
    yield artist
    for child in artist.get_children():
        if not isinstance(child, Axis) or child.axes.axison:
            yield from _parts(child)


def place(picture: Picture, pixels: np.ndarray, x: float, y: float) -> Any:
    """Put an array into a figure, one pixel for one pixel; x, y: of its upper left corner, from the figure's."""
    width, height = picture.get_size_inches() * DPI
    rows, columns = pixels.shape[:2]
    axes = picture.add_axes((x / width, 1 - (y + rows) / height, columns / width, rows / height))
    axes.imshow(pixels, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    return axes


def write_title(picture: Picture, title: str | None, x: float, y: float, span: float) -> None:
    """Write a title that ends within `span` pixels."""
    if title:
        width, height = picture.get_size_inches() * DPI
        middle = 1 - (y + TITLE / 2 - 3) / height
        text = picture.text(x / width, middle, one_line(title), va="center", size=11, parse_math=False)
        _shorten(text, one_line(title), x + span)


def write_numbers(axes: Any, masks: list[np.ndarray], rows: Sequence[Row], texts: Sequence[str] | None = None) -> None:
    """Write the number of each row, or its text, into its segments' masks, each (H, W) bool as shown in `axes`."""
    for number, row in zip(texts or range(1, len(rows) + 1), rows, strict=True):
        for member in row.members:
            if not masks[member].any():
                continue  # reduced to nothing, or covered by other instances
            x, y, distance = inner_point(masks[member])
            if distance >= 5:  # a smaller segment would vanish under its own number
                box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
                axes.text(x, y, str(number), ha="center", va="center", size=8, color="black", bbox=box)


def _shorten(artist: Any, text: str, end: float) -> None:
    """Cut a text in its middle until it ends left of the pixel `end`."""
    length = len(text)
    while artist.get_window_extent().x1 > end and length > 3:
        length -= 1
        artist.set_text(one_line(text, length))


def draw_legend(picture: Picture, rows: Sequence[Row], x: float, y: float, numbered: bool, span: int = LEGEND) -> None:
    """Rows from (x, y) downwards, in pixels from the upper left corner; scores stand right-aligned."""
    width, height = picture.get_size_inches() * DPI
    right = (x + span) / width
    indent = 24 if numbered else 0

    def line(number: float) -> float:
        return 1 - (y + (number + 0.5) * ROW) / height

    first = 0
    if any(row.score for row in rows):
        picture.text(right, line(0), "score", ha="right", va="center_baseline", size=8.5, color="#555555")
        first = 1
    for number, row in enumerate(rows):
        middle = line(first + number)
        if numbered and row.members:
            picture.text((x + 18) / width, middle, str(number + 1), ha="right", va="center_baseline", size=9)
        if row.members or row.color is None:
            swatch = Rectangle((0, 0), 1, 1)
            swatch.set_bounds((x + indent) / width, middle - 6 / height, 18 / width, 12 / height)
            face = "white" if row.color is None else tuple(part / 255 for part in row.color)
            swatch.set(facecolor=face, edgecolor="#444444", linewidth=0.8, hatch="////" if row.color is None else None)
            picture.add_artist(swatch)
        text_x = (x + indent + 26) / width
        end = right * width
        if row.score:
            score = picture.text(right, middle, row.score, ha="right", va="center_baseline", size=9.5)
            end = score.get_window_extent().x0 - 8
        text = picture.text(text_x, middle, row.text, va="center_baseline", size=9.5, parse_math=False)
        _shorten(text, row.text, end)


def _smaller(png: bytes) -> tuple[str, bytes]:
    """(MIME type, content): JPEG where that takes less than half, as of photographs, so that notebooks stay small."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(buffer, "JPEG", quality=85, subsampling=0, optimize=True)
    jpeg = buffer.getvalue()
    return ("image/jpeg", jpeg) if 2 * len(jpeg) < len(png) else ("image/png", png)
