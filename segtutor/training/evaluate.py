"""`segtutor evaluate`: how good a model is on ToyTown, as one flat dictionary in percent.

Each scene is rendered, given to the model as any picture would be (`Segmenter.set_image`), and its panoptic and
semantic answers are compared with the truth. For a per-pixel model the panoptic answer is made of connected
components of the thing classes, since its output says nothing about instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..data import toytown
from ..errors import UserError
from ..inference.multi_scale import multi_scale_inference
from ..metrics.iou import PixelCounts
from ..metrics.pq import PanopticCounts


def evaluate(
    model: Any,
    *,
    data: str = "toytown",
    split: str = "validation",
    size: int = 500,
    image_size: int = 128,
    engine: str | None = None,
    multi_scale: bool = False,
    progress: Callable[[int], Any] | None = None,
) -> dict:
    """PQ, SQ, RQ and mIoU of a model, in percent: {"pq", "sq", "rq", "pq_things", "pq_stuff", ..., "miou", ...}.

    model: a Segmenter, or a name or folder that `segtutor.load` reads; its categories must be ToyTown's.
    size: how many scenes of the split; image_size: 64 to 512 pixels. engine: for a name, as `load` takes it.
    multi_scale: semantic answers, and so mIoU, from six scales and their mirror images, which takes 17 times as long;
    panoptic answers are of one scale in any case (inference/multi_scale.py says why).
    progress: called with the count of scenes done.
    Per-class PQ and IoU are in "pq_cat", "iou_cat", ...; a class that never occurs has None.
    """
    if data != "toytown":
        raise UserError(f"got data={data!r}, expected 'toytown': the only data set that comes with its truth, so far")
    seeds = toytown.seeds(split, size)
    segmenter = _loaded(model, engine)
    categories = toytown.categories
    if segmenter.categories.names != categories.names:
        raise UserError(
            f"got a model of {len(segmenter.categories)} classes ({', '.join(segmenter.categories.names[:3])}, ...), "
            f"expected ToyTown's {len(categories)}: evaluate mask2former-toytown or another model of ToyTown"
        )
    panoptic, pixels = PanopticCounts(categories), PixelCounts(categories)
    for done, (prediction, semantic, truth) in enumerate(_answers(segmenter, seeds, image_size, multi_scale), 1):
        panoptic.update(prediction, truth)
        pixels.update(semantic, truth)
        if progress is not None:
            progress(done)
    return _flat(panoptic.compute(), pixels.compute(), categories)


def _loaded(model: Any, engine: str | None):
    if hasattr(model, "set_image"):
        if engine is not None:
            raise UserError(
                f"got engine={engine!r} for a model that is loaded, expected a name with it: pass it to segtutor.load"
            )
        return model
    from ..models.zoo import load

    return load(model, engine=engine)


def _answers(segmenter, seeds: Iterable[int], image_size: int, multi_scale: bool):
    for seed in seeds:
        image, truth = toytown.scene(seed, image_size).render()
        segmenter.set_image(image)
        panoptic = segmenter.predict(task="panoptic")
        semantic = multi_scale_inference(segmenter, image) if multi_scale else segmenter.predict(task="semantic")
        yield panoptic, semantic, truth


def _flat(quality, iou, categories) -> dict:
    """Percent with two decimals, one level, so that a spreadsheet or `jq` reads it without help."""

    def percent(value: float) -> float | None:
        return None if value != value else round(100 * float(value), 2)  # NaN: the class never occurred

    report = {"pq": percent(quality.all.pq), "sq": percent(quality.all.sq), "rq": percent(quality.all.rq)}
    for part in ("things", "stuff"):
        values = getattr(quality, part)
        report |= {f"{name}_{part}": percent(getattr(values, name)) for name in ("pq", "sq", "rq")}
    report["miou"] = percent(iou.mean)
    report |= {f"pq_{category.name}": percent(quality.per_class[category.id].pq) for category in categories}
    report |= {f"iou_{category.name}": percent(iou.per_class[category.id]) for category in categories}
    return report
