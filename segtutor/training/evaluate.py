"""`segtutor evaluate`: how good a model is on ToyTown, as one flat dictionary in percent.

Each scene is rendered, given to the model as any picture would be (`Segmenter.set_image`), and its panoptic and
semantic predictions are compared with the truth. For a per-pixel model the panoptic prediction is made of connected
components of the thing classes, since its output says nothing about instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.inference.multi_scale import multi_scale_inference
from segtutor.metrics.ap import InstanceCounts
from segtutor.metrics.iou import PixelCounts
from segtutor.metrics.pq import PanopticCounts


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
    """PQ, SQ, RQ and mIoU of a model, in percent: {"pq", "sq", "rq", "pq_things", "pq_stuff", ..., "miou", ...}, and
    of a mask classifier the mask AP, {"ap", "ap50", "ap75"}.

    model: a Segmenter, or a name or folder that `segtutor.load` reads; its categories must be ToyTown's.
    size: how many scenes of the split; image_size: 64 to 512 pixels. engine: for a name, as `load` takes it.
    multi_scale: semantic predictions, and so mIoU, from six scales and their mirror images, which takes 17 times as
    long; panoptic predictions are of one scale in any case (inference/multi_scale.py says why).
    progress: called with the count of scenes done.
    Of a model that is asked with prompts what evaluate_prompts.py, evaluate_words.py or evaluate_examples.py measure:
    mean IoU by prompt.
    Of a model that finds boxes the mask AP alone: {"ap", "ap50", "ap75", "ap_small", ..., "ap_cat", ...}.
    Per-class PQ and IoU are in "pq_cat", "iou_cat", ...; a class that never occurs has None.
    """
    if data != "toytown":
        raise UserError(f"data must be 'toytown', or your own with --format (measure in Python), got {data!r}")
    seeds = toytown.seeds(split, size)
    segmenter = _loaded(model, engine)
    if segmenter.family == "boxes":
        if multi_scale:
            raise UserError(f"multi_scale is not for {segmenter.name}, which finds boxes: leave it out")
        return _of_boxes(segmenter, seeds, image_size, progress)
    if segmenter.family == "prompt":
        if multi_scale:
            raise UserError(f"multi_scale is not for {segmenter.name}, which is asked with prompts: leave it out")
        return _of_prompts(segmenter, split, size, image_size, progress)
    categories = toytown.categories
    segmenter.categories.match(categories)  # said before the first picture
    panoptic, pixels, instances = PanopticCounts(categories), PixelCounts(categories), InstanceCounts(categories)
    masks = segmenter.family == "mask"
    for done, (prediction, semantic, truth) in enumerate(_answers(segmenter, seeds, image_size, multi_scale), 1):
        panoptic.update(prediction, truth)
        pixels.update(semantic, truth)
        if masks:
            instances.update(segmenter.predict(task="instance"), truth)
        if progress is not None:
            progress(done)
    report = _flat(panoptic.compute(), pixels.compute(), categories)
    return report | (_average_precision(instances) if masks else {})


def _average_precision(counts: InstanceCounts) -> dict:
    """Mask AP over all things, percent; a per-pixel model has no scores to rank its components by."""
    found = counts.compute()
    return {name: _percent(getattr(found, name)) for name in ("ap", "ap50", "ap75")}


def _of_prompts(segmenter, split: str, size: int, image_size: int, progress: Callable[[int], Any] | None) -> dict:
    """Mean IoU by clicks, boxes, words and examples, whatever the model takes."""
    if image_size != 128:
        raise UserError(f"image_size must be 128 for {segmenter.name}, which is asked with prompts, got {image_size}")
    found: dict = {}
    if {"points", "boxes"} <= segmenter.accepts:
        from segtutor.training.evaluation.prompts import evaluate_clicks

        found |= evaluate_clicks(segmenter, split=split, size=size, progress=progress)
    if "text" in segmenter.accepts:
        from segtutor.training.evaluation.words import evaluate_words

        found |= evaluate_words(segmenter, split=split, size=size, progress=progress)
    elif "example" in segmenter.accepts:
        from segtutor.training.evaluation.examples import evaluate_examples

        found |= evaluate_examples(segmenter, split=split, size=size, progress=progress)
    if not found:
        raise UserError(f"{segmenter.name} takes {', '.join(sorted(segmenter.accepts))}, which has no measure here yet")
    return found


def _of_boxes(segmenter, seeds: Iterable[int], image_size: int, progress: Callable[[int], Any] | None) -> dict:
    """Mask AP of a model that finds boxes: {"ap", "ap50", "ap75", "ap_house", ...}, percent."""
    segmenter.categories.match(toytown.categories)
    counts = InstanceCounts(toytown.categories)
    for done, seed in enumerate(seeds, 1):
        image, truth = toytown.scene(seed, image_size).render()
        counts.update(segmenter.segment(image), truth)
        if progress is not None:
            progress(done)
    found = counts.compute()
    report = {name: _percent(getattr(found, name)) for name in ("ap", "ap50", "ap75", "small", "medium", "large")}
    report = {(name if name.startswith("ap") else f"ap_{name}"): value for name, value in report.items()}
    return report | {f"ap_{category.name}": _percent(found.per_class[category.id]) for category in segmenter.categories}


def _percent(value: float) -> float | None:
    return None if value != value else round(100 * float(value), 2)  # NaN: the class never occurred


def _loaded(model: Any, engine: str | None):
    if hasattr(model, "set_image"):
        if engine is not None:
            raise UserError(f"engine must be None for a model that is loaded, got {engine!r}: pass it to segtutor.load")
        return model
    from segtutor.models.zoo import load

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
    percent = _percent
    report = {"pq": percent(quality.all.pq), "sq": percent(quality.all.sq), "rq": percent(quality.all.rq)}
    for part in ("things", "stuff"):
        values = getattr(quality, part)
        report |= {f"{name}_{part}": percent(getattr(values, name)) for name in ("pq", "sq", "rq")}
    report["miou"] = percent(iou.mean)
    report |= {f"pq_{category.name}": percent(quality.per_class[category.id].pq) for category in categories}
    report |= {f"iou_{category.name}": percent(iou.per_class[category.id]) for category in categories}
    return report
