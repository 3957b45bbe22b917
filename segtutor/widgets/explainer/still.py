"""The Explainer without a browser: its picture and answers, and some of what is inside the networks, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor.show import enlarge, mask_heatmap, overlay
from segtutor.words import tr, tr_later

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GAP = 8  # pixels between panels


def told(explainer: Any) -> str:
    """What is shown, what each network makes of it, what is marked, and which box is open."""
    from segtutor.widgets.base.scene_still import told as scene_told

    x, y = explainer.pixel
    language = explainer.language
    pixels, masks = explainer.results
    probs = _softmax(explainer.tensors[1]["class_logits"][0, explainer.query])
    names = [*masks.categories.names, "no object"]
    sentences = [
        tr("A picture of one's own.", language)
        if explainer.photo
        else scene_told(explainer.scene, explainer.answers, language),
        tr(
            "Pixel ({x}, {y}): {pixels} by classifying pixels, {masks} by classifying masks.",
            language,
            x=x,
            y=y,
            pixels=tr(_at(pixels, x, y), language),
            masks=tr(_at(masks, x, y), language),
        ),
        tr(
            "Query {query} says {name}, {share} %.",
            language,
            query=explainer.query,
            name=tr(names[int(probs.argmax())], language),
            share=f"{100 * float(probs.max()):.1f}",
        ),
    ]
    if explainer.box:
        sentences.append(tr("Box {box} is open.", language, box=explainer.box))
    return " ".join(sentences)


def _at(result: Any, x: int, y: int) -> str:
    number = int(result.segment_ids[y, x])
    found = [one for one in result.segments if one.id == number]
    return result.categories.by_id(found[0].category_id).name if found else tr_later("void")


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def _panels(explainer: Any) -> list[tuple[str, np.ndarray]]:
    """(title, (256, 256, 3) uint8) of each panel: the answers, then what lies inside."""
    from segtutor.widgets.base.scene_still import panels

    image, results = explainer.picture_now, explainer.results
    names = [one.name for one in explainer._segmenters]
    large = enlarge(image, 2)
    if explainer.photo:
        answers = [(name, enlarge(overlay(image, one), 2)) for name, one in zip(names, results, strict=True)]
    else:
        truth, *painted = panels(explainer.scene, results)
        answers = [("truth", truth), *zip(names, painted, strict=True)]
    steps, query = explainer.tensors[1], explainer.query
    side = image.shape[0]
    side_of = int(steps["attention_2"].shape[-1] ** 0.5)
    look = steps["attention_2"][0, :, query].mean(axis=0).reshape(side_of, side_of)
    mask = 1 / (1 + np.exp(-steps["all_mask_logits"][explainer.layer, query].astype(np.float64)))
    inside = [
        ("backbone, 1/4", _components(explainer, "stage_0", side)),
        ("mask features", _components(explainer, "mask_features", side)),
        (f"where query {query} looked", _heated(image, look / look.max())),
        (f"mask of query {query}", _heated(image, mask)),
    ]
    return [("picture", large), *answers, *((title, enlarge(panel, 2)) for title, panel in inside)]


def _components(explainer: Any, name: str, side: int) -> np.ndarray:
    """A map of many channels in the three colours that its box has, (side, side, 3) uint8."""
    place = explainer.facts["weights"][f"1:map:{name}"]
    count = int(np.prod(place["dims"]))
    numbers = np.frombuffer(explainer.weights, "<f4")[place["start"] : place["start"] + count]
    mean, *axes = numbers.reshape(place["dims"])
    values = explainer.tensors[1][name][0]  # (C, h, w)
    shown = np.einsum("chw,kc->hwk", values - mean[:, None, None], np.stack(axes))
    return enlarge(np.clip(128 + 56 * shown, 0, 255).astype(np.uint8), side // values.shape[1])


def _heated(image: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return mask_heatmap(image, enlarge(shares, image.shape[0] // shares.shape[0]), threshold=None)


def still(explainer: Any) -> np.ndarray:
    """The panels in two rows, (H, W, 3) uint8."""
    panels = [panel for _, panel in _panels(explainer)]
    columns = -(-len(panels) // 2)
    panels += [np.full_like(panels[0], 255)] * (2 * columns - len(panels))
    side = panels[0].shape[0]
    sheet = np.full((2 * side + _GAP, columns * (side + _GAP) - _GAP, 3), 255, np.uint8)
    for n, panel in enumerate(panels):
        top, left = n // columns * (side + _GAP), n % columns * (side + _GAP)
        sheet[top : top + side, left : left + side] = panel
    return sheet


def figure(explainer: Any) -> Figure:
    """The panels under their titles, as a matplotlib figure."""
    from segtutor.show import gallery

    titles, arrays = zip(*_panels(explainer), strict=True)
    return gallery(arrays, titles, columns=4, width=256, description=told(explainer))
