"""From logits to a result: ours in transformers' way, bit for bit, and the published inference beside it.

12 pictures of 640 x 480, 100 queries, 133 classes, 96 x 96 logits, 15 objects over 5 bands of stuff (benchmarks._scenes
says how they are drawn). The peer is transformers' Mask2FormerImageProcessor, one picture at a time. In the rows "like
transformers" maps, dtypes, ids, scores and order are compared for all pictures; the published inference has no equal
in transformers, so its rows say only how much time the two answers take.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import harness

PICTURES, SIZE = 12, (480, 640)
GOALS = {"panoptic": 5.0, "instance": 11.0, "semantic": 1.8}


def rows(settings: harness.Settings) -> Iterator[dict]:
    from benchmarks import _scenes

    pictures = [_scenes.output(seed) for seed in range(3 if settings.quick else PICTURES)]
    where = f"{SIZE[1]} x {SIZE[0]}, {len(pictures)} pictures"
    for task, goal in GOALS.items():
        for like in ("transformers", "published"):
            way = "like transformers, bit for bit" if like == "transformers" else "published"
            yield harness.compare(
                f"{task} {way}",
                lambda task=task, like=like: [ours(task, output, SIZE, like) for output in pictures],
                lambda task=task: [theirs(task, output, SIZE) for output in pictures],
                goal=goal if like == "transformers" else 1.0,
                rounds=settings.rounds(7),
                check=identical if like == "transformers" else None,
                note=where,
            )


def ours(task: str, output, size: tuple[int, int], like: str):
    """One picture's result. The stuff of the categories is fused."""
    from segtutor import inference

    function = getattr(inference, f"{task}_inference")
    return function(output, size, _categories(output.class_logits.shape[2] - 1), like=like)


def theirs(task: str, output, size: tuple[int, int]):
    """The same from transformers' processor."""
    from benchmarks import _scenes

    function = getattr(_processor(), f"post_process_{task}_segmentation")
    settings = {}
    if task == "panoptic":
        categories = _categories(output.class_logits.shape[2] - 1)
        settings["label_ids_to_fuse"] = {place for place, one in enumerate(categories) if not one.isthing}
    return function(_scenes.theirs(output), target_sizes=[size], **settings)[0]


def identical(ours: list, theirs: list) -> dict:
    """Map, dtype, ids, labels, scores and their order; says how many segments there were."""
    import torch

    count = 0
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(other, dict):
            assert one["segments_info"] == other["segments_info"], "segments_info"
            count += len(other["segments_info"])
            one, other = one["segmentation"], other["segmentation"]
        assert one.dtype == other.dtype, f"dtypes {one.dtype} and {other.dtype}"
        assert torch.equal(one, other), f"{int((one != other).sum())} pixels"
    return {"pictures": len(ours), "segments": count}


_KEPT: dict = {}  # processor and categories, made once


def _processor():
    if "processor" not in _KEPT:
        from transformers.models.mask2former.image_processing_pil_mask2former import Mask2FormerImageProcessorPil

        _KEPT["processor"] = Mask2FormerImageProcessorPil()
    return _KEPT["processor"]


def _categories(count: int):
    if count not in _KEPT:
        from benchmarks import _scenes
        from segtutor.categories import Categories, Category

        things = _scenes.things(count)
        _KEPT[count] = Categories(Category(i + 1, f"class {i}", i < things) for i in range(count))
    return _KEPT[count]
