"""What the site's first page shows: two networks' answers to one picture, and a small picture for each lesson.

Drawn here, from the networks that travel with the package and from the pictures stored in the lessons: the page is the
same on every computer.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from segtutor.pages.networks import NETWORKS, SCENES
from segtutor.segments import Segmentation
from segtutor.words import tr, tr_later

THUMBNAIL = (336, 224)  # width, height: twice the size at which it is shown
_LEAST, _WIDEST = 150, 2.6  # pixels a side, width / height: what is smaller or flatter says little as a thumbnail
_SIDE = 384  # pixels of each of the three pictures
STYLE = """
.first { margin: 20px 0 28px; }
.first > div { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; }
.first figure { margin: 0; }
.first img { display: block; width: 100%; height: auto; border-radius: 4px; image-rendering: pixelated; }
.first figcaption { margin-top: 4px; font-size: 14px; line-height: 1.35; }
.first .go { margin: 10px 0 0; font-size: 17px; }
.lessons h3 { margin: 0; font-size: 20px; }
.part { margin: 30px 0 0; font-size: 22px; }
.part + .lessons { margin-top: 10px; }
.lessons li.pictured { grid-template-columns: 2.6em minmax(0, 1fr) 168px; }
.lessons .thumbnail {
  width: 168px; height: 112px; border: 1px solid var(--rule); border-radius: 4px; background: #fff; object-fit: contain;
}
@media (max-width: 620px) {
  .first > div { gap: 6px; }
  .lessons li.pictured { grid-template-columns: 2.6em minmax(0, 1fr); }
  .lessons .thumbnail { grid-column: 2; margin-top: 8px; }
}
"""


@cache
def first_picture(explainer: str | None, language: str = "en") -> str:
    """HTML: a scene, and what each of the two networks of the Explainer answers to it, in a language of segtutor.words.

    explainer: the address of the Explainer's page, to which the pictures lead; None where the site has none.
    """
    from segtutor import show
    from segtutor.data import toytown
    from segtutor.models import zoo

    picture, truth = toytown.scene(next(iter(SCENES.values()))).render()
    count = _things(truth)
    shown = [
        (
            picture,
            tr("The picture", language),
            tr("One picture with {n} things. What must a network say so that one can count them?", language, n=count),
        )
    ]
    answers = (
        tr_later("Classify pixels: this network counts {n}."),
        tr_later("Classify masks: this network counts {n}."),
    )
    for name, answer in zip(NETWORKS, answers, strict=True):
        result = zoo.load(name).segment(picture)
        seen = tr("Each thing that it tells apart in a colour of its own", language)
        shown.append((show.overlay(picture, result), seen, tr(answer, language, n=_things(result))))
    figures = "".join(
        f'<figure><img src="{_address(_enlarged(image))}" alt="{html.escape(seen)}" width="{_SIDE}" height="{_SIDE}">'
        f"<figcaption>{html.escape(words)}</figcaption></figure>"
        for image, seen, words in shown
    )
    words = tr(
        "{link}Open the Segmentation Explainer{end}: drag the things of this picture, and watch both networks from the "
        "pixels to the score.",
        language,
        link=f'<a href="{html.escape(explainer or "")}">',
        end="</a>",
    )
    go = f'<p class="go">{words}</p>' if explainer else ""
    return f'<div class="first"><div>{figures}</div>{go}</div>'


def _things(result: Segmentation) -> int:
    isthing = {one.id: one.isthing for one in result.categories}
    return sum(isthing[one.category_id] for one in result.segments)


def thumbnail(notebook: Path) -> str | None:
    """A notebook's first stored picture that can be told small, as the address of an image; None: it has none."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return None
    for output in (output for cell in cells for output in cell.get("outputs", ())):
        stored = output.get("data", {}).get("image/png")
        if stored is None:
            continue
        try:
            with Image.open(io.BytesIO(base64.b64decode("".join(stored)))) as picture:
                if min(picture.size) >= _LEAST and picture.width / picture.height <= _WIDEST:
                    return _address(_small(picture))
        except (OSError, binascii.Error):
            continue
    return None


def _small(picture: Image.Image) -> Image.Image:
    opaque = Image.new("RGB", picture.size, "white")  # a figure without a background was drawn for a light page
    opaque.paste(picture, mask=picture.convert("RGBA").getchannel("A"))
    opaque.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
    return opaque


def _enlarged(image: np.ndarray) -> Image.Image:
    return Image.fromarray(np.asarray(image)).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)


def _address(picture: Image.Image) -> str:
    content = io.BytesIO()
    picture.save(content, "WEBP", quality=85, method=6)
    return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"
