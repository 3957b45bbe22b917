"""`Segmenter`: a model, its preprocessing and its categories, behind two calls.

`set_image` runs the network (slow; once an image). `predict` only post-processes its output (fast), so a slider can
call it at every move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Instances, Segmentation
from segtutor.thresholds import THRESHOLDS, checked_threshold

if TYPE_CHECKING:
    from torch import Tensor, nn

    from segtutor.families import Family

TASKS = ("panoptic", "semantic", "instance")


class Segmenter:
    """A loaded model; made by `segtutor.load`.

    name: as it was loaded. family: "per-pixel" or "mask". categories: what a segment can be; logits are indexed by
    position in it. card: what is known of the checkpoint, a dict (see segtutor.models.zoo). record: what the package
    knows of its family (segtutor.families). model: the torch module,
    to be taken apart. engine: whose module that is, "reference" (the course's own, segtutor.reference) or
    "transformers" (the class of its family there).

        segmenter = st.load("mask2former-toytown").set_image("photo.jpg")
        segmenter.predict(task="panoptic", score_threshold=0.5)

    Taught in notebooks/00_what_can_a_network_see.
    """

    def __init__(
        self,
        model: nn.Module,
        family: Family,
        processor: Any,
        card: dict[str, Any],
        categories: Categories,
        *,
        engine: str = "transformers",
    ):
        self.model, self.card, self.categories = model, card, categories
        self.name, self.family, self.engine = card["name"], family.output, engine
        self.processor = processor
        self.record = family
        self._image: np.ndarray | None = None
        self._input: tuple[Tensor, tuple[int, int]] | None = None  # kept for a model that is asked by task
        self._outputs: dict[str | None, PerPixelOutput | MaskOutput] = {}  # by task, None where the model knows none
        self._task: str | None = None

    def set_image(self, image: Any, *, task: str = "panoptic") -> Segmenter:
        """Run the network on a picture and keep its output; slow, once a picture.

        image: whatever `segtutor.load_image` takes: path, URL, bytes, PIL image, array.
        task: "panoptic", "semantic" or "instance", for a network that is told its task (OneFormer). It runs again,
        once, when `predict` asks for another one. All other networks give one output for every task.
        Returns the segmenter itself. Raises UserError for what is not a picture, is too small or too elongated; the
        picture that was set before stays.
        """
        from segtutor.images import load_image
        from segtutor.models.preprocess import preprocess

        task = _checked_task(task)
        picture = load_image(image)
        given = preprocess(self.processor, picture)
        output = self._run(*given, task)
        self._image, self._input = picture, given if self.record.by_task else None
        self._task = task if self.record.by_task else None
        self._outputs = {self._task: output}
        return self

    def _run(self, pixel_values: Tensor, shown: tuple[int, int], task: str) -> PerPixelOutput | MaskOutput:
        import torch

        from segtutor.models.preprocess import crop_padding

        asked = (task,) if self.record.by_task else ()
        device = next(self.model.parameters()).device
        # no_grad and not inference_mode: a learner may put the output into a loss of their own.
        with torch.no_grad():
            output = self.run(pixel_values.to(device), *asked)
        return crop_padding(output, shown, tuple(pixel_values.shape[-2:]))

    def run(self, pixel_values: Tensor, *task: str) -> PerPixelOutput | MaskOutput:
        """The network's output for a batch, with gradients where the caller keeps them.

        pixel_values: (B, 3, H, W) float, normalised, on the model's device. task: for a network that is told one.
        """
        if self.engine == "reference":
            return self.model(pixel_values, *task)
        return self.record.run(self.model, pixel_values, *task)

    @property
    def task(self) -> str | None:
        """The task that the network was last told; None where it is told none."""
        return self._task

    def _output_for(self, task: str) -> PerPixelOutput | MaskOutput:
        """The output that answers `task`; a network that is told its task runs for a new one."""
        if self._input is not None:
            if task not in self._outputs:
                self._outputs[task] = self._run(*self._input, task)
            self._task = task
        return self.output

    @property
    def image(self) -> np.ndarray:
        """The picture that was set, (H, W, 3) uint8 RGB, in its own size. UserError before `set_image`."""
        if self._image is None:
            raise _not_set()
        return self._image

    @property
    def output(self) -> PerPixelOutput | MaskOutput:
        """What the network said about it, a batch of one; for mask models with the earlier decoder layers'.

        Of a network that is told its task: what it said when it was last asked.
        """
        if self._image is None:
            raise _not_set()
        return self._outputs[self._task]

    def predict(
        self,
        task: str = "panoptic",
        *,
        score_threshold: float | None = None,
        overlap_threshold: float | None = None,
        mask_threshold: float | None = None,
        top_k: int = 100,
    ) -> Segmentation | Instances:
        """Read the output as one of the three tasks, at the picture's size; the fast half, called often.

        task: "panoptic" -> Segmentation; "semantic" -> Segmentation, one segment a class; "instance" -> Instances.
        score_threshold, overlap_threshold, mask_threshold: 0..1, for panoptic and mask models only; by default the
        card's. For instances score_threshold leaves lower scores out; by default none is. top_k: how many instances
        at most.
        Per-pixel models have no instances: panoptic and instance give connected components of the thing classes.
        Raises UserError: no picture set, another task, a threshold outside 0..1.
        """
        task = _checked_task(task)
        size = self.image.shape[:2]
        given = {
            "score_threshold": score_threshold,
            "overlap_threshold": overlap_threshold,
            "mask_threshold": mask_threshold,
        }
        thresholds = {name: checked_threshold(value, name) for name, value in given.items() if value is not None}
        from segtutor.inference import instance_inference, panoptic_inference, semantic_inference

        output = self._output_for(task)
        if task == "semantic":
            return semantic_inference(output, size, self.categories)
        if task == "instance":
            least = thresholds.get("score_threshold", 0.0)
            return instance_inference(output, size, self.categories, top_k=top_k, min_score=least)
        return panoptic_inference(output, size, self.categories, **{**self.thresholds, **thresholds})

    @property
    def thresholds(self) -> dict[str, float]:
        """The thresholds that `predict` takes where none is given: the card's, else those published for COCO."""
        return {**THRESHOLDS, **self.card.get("thresholds", {})}

    def segment(
        self, image: Any, task: str = "panoptic", *, tile: int | None = None, overlap: float = 0.25, **settings: Any
    ) -> Segmentation | Instances:
        """`set_image` and `predict` in one: for a picture that is asked about once.

        tile: pixels of an edge of the pieces in which a large picture is asked, which overlap by this share of it; what
        lies on both sides of a seam is joined (segtutor.inference.tiles). The picture is then not kept.
        """
        if tile is not None:
            from segtutor.images import load_image
            from segtutor.inference.tiles import instances_in_tiles, segmentation_in_tiles

            one = self.with_model(self.model)  # the picture of this segmenter stays
            picture = load_image(image)

            def answer(part: np.ndarray) -> Any:
                return one.segment(part, task, **settings)

            if _checked_task(task) == "instance":
                return instances_in_tiles(picture, answer, tile=tile, overlap=overlap)
            fused = task == "semantic"
            return segmentation_in_tiles(picture, answer, tile=tile, overlap=overlap, fused=fused)
        return self.set_image(image, task=task).predict(task, **settings)

    def with_model(self, model: nn.Module) -> Segmenter:
        """A segmenter like this one with another module and no picture yet: for a changed copy of `segmenter.model`."""
        return Segmenter(model, self.record, self.processor, self.card, self.categories, engine=self.engine)

    def at_scale(self, scale: float) -> Segmenter:
        """A segmenter like this one whose network gets pictures `scale` times as large; same weights, no picture yet.

        What it predicts has the picture's size as ever. Most networks do best near the scale 1 they were trained at;
        `multi_scale_inference` averages over several. Raises UserError: no number above 0, edges that leave 16 to
        4096 pixels, a model of one size only (EoMT).
        """
        from segtutor.models.preprocess import scaled_processor

        processor = scaled_processor(self.processor, scale, self.name)
        return Segmenter(self.model, self.record, processor, self.card, self.categories, engine=self.engine)

    def __repr__(self) -> str:
        shown = "no picture set" if self._image is None else "picture {1} x {0}".format(*self._image.shape)
        return (
            f"Segmenter({self.name!r}, family={self.family!r}, engine={self.engine!r}, "
            f"{len(self.categories)} categories, {shown})"
        )


def _checked_task(task: Any) -> str:
    if task not in TASKS:
        raise UserError(f"task must be one of {', '.join(TASKS)}, got {task!r}")
    return task


def _not_set() -> UserError:
    return UserError("the model has no picture yet: call segmenter.set_image(image) first")
