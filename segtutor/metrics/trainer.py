"""PQ, mask AP and mIoU for transformers' Trainer, counted batch by batch, so that no prediction is kept.

    counts = st.metrics.TrainerMetrics(categories, task="panoptic")
    options = TrainingArguments(..., batch_eval_metrics=True, include_for_metrics=["inputs"])
    trainer = Trainer(model, options, ..., compute_metrics=counts)
    trainer.evaluate()                                         {"eval_pq": 0.51, ...}

Trainer's usual way keeps all logits until the end: 100 masks of 96 x 96 float32 are 3.7 MB a picture, 18 GB for COCO
val's 5000. Here a batch becomes counts and is let go; of a predicted mask a score and 80 yes or no remain.

Why the inputs: Trainer cuts the first axis of every label of the last batch to the number of pictures left. Where the
labels are a tensor, that axis counts pictures. The labels of mask models are lists with a tensor a picture, whose
first axis counts masks, so that objects would get lost without a word. The inputs come uncut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.metrics.ap import InstanceCounts
from segtutor.metrics.iou import PixelCounts
from segtutor.metrics.pq import PanopticCounts
from segtutor.segments import Categories, Segmentation

if TYPE_CHECKING:
    from segtutor.outputs import MaskOutput, PerPixelOutput

_COUNTS = {"semantic": PixelCounts, "panoptic": PanopticCounts, "instance": InstanceCounts}
_IGNORED = (-100, -1)  # PyTorch's and our own void; Trainer pads with the first


class TrainerMetrics:
    """What Trainer takes as `compute_metrics`, for models with mask or per-pixel logits.

    categories: of the model's K classes, in the order of its logits (label id = position). task: "semantic" (miou),
    "panoptic" (pq, sq, rq, pq_things, pq_stuff) or "instance" (ap, ap50, ap75, ap_small, ap_medium, ap_large).
    ignore_index: the label of void in maps. score_threshold, overlap_threshold: of panoptic inference.

    Each answer holds 0..1 (NaN where nothing was to be counted), "judged", the share of pixels that the truth labels
    (not for "instance"), and "pictures", how many were counted: look whether it is as many as you have.
    """

    def __init__(
        self,
        categories: Any,
        task: str = "panoptic",
        *,
        ignore_index: int = 255,
        score_threshold: float = 0.8,
        overlap_threshold: float = 0.8,
    ):
        from segtutor.inference.common import checked_threshold

        if task not in _COUNTS:
            raise UserError(f"task must be one of {', '.join(map(repr, _COUNTS))}, got {task!r}")
        self.categories = Categories.from_coco(categories)
        self.task = task
        self.ignore_index = ignore_index
        self.thresholds = {
            "score_threshold": checked_threshold(score_threshold, "score_threshold"),
            "overlap_threshold": checked_threshold(overlap_threshold, "overlap_threshold"),
        }
        self.reset()

    def reset(self) -> None:
        """Forget what was counted. A finished evaluation does this by itself, an interrupted one does not."""
        self.counts: Any = _COUNTS[self.task](self.categories)
        self.pictures = 0

    def __call__(self, evaluation: Any, compute_result: bool = True) -> dict[str, float]:
        """Count one batch, an EvalPrediction; with compute_result the answer over all batches, then from 0 again.

        Raises UserError: predictions or labels of another form, a mask model's labels without its inputs, other
        numbers of pictures or classes.
        """
        output = output_of(evaluation.predictions)
        self.update(output, *self._truths(evaluation, len(output)))
        if not compute_result:
            return {}
        answer = self.compute()
        self.reset()
        return answer

    def update(
        self,
        output: MaskOutput | PerPixelOutput,
        truths: Sequence[Segmentation | Instances],
        shown: Sequence[np.ndarray] | None = None,
    ) -> None:
        """Count one batch: the network's output, B pictures, and B truths, each at the size that is judged.

        truths: Segmentations; for "instance" Instances or Segmentations. shown: (H, W) bool each, False in padding,
        where no instance is looked for; without it there is none. (Of Segmentations padding is void.)
        """
        from segtutor.inference import instance_inference, panoptic_inference, semantic_inference

        if len(output) != len(truths):
            raise UserError(
                f"predictions and truths must be for the same pictures, got {len(output)} and {len(truths)}: where "
                "several processes evaluate, count in a loop of your own and merge"
            )
        for index, truth in enumerate(truths):
            size = truth.segment_ids.shape if isinstance(truth, Segmentation) else truth.masks.shape[1:]
            if self.task == "semantic":
                found = semantic_inference(output[index], size, self.categories)
            elif self.task == "panoptic":
                found = panoptic_inference(output[index], size, self.categories, **self.thresholds)
            else:
                found = instance_inference(output[index], size, self.categories)
                if shown is not None:
                    found = replace(found, masks=found.masks & shown[index])
            self.counts.update(found, truth)
            self.pictures += 1

    def merge(self, other: TrainerMetrics) -> None:
        """Add what `other` has counted, such as another process."""
        if (self.task, self.thresholds) != (other.task, other.thresholds):
            raise UserError(
                f"merged counts must have the same settings, got {self.task} with {self.thresholds} and {other.task} "
                f"with {other.thresholds}: count with the same settings everywhere"
            )
        self.counts.merge(other.counts)
        self.pictures += other.pictures

    def compute(self) -> dict[str, float]:
        """The answer so far, values 0..1."""
        found = self.counts.compute()
        if self.task == "semantic":
            answer = {"miou": found.mean, "judged": found.judged}
        elif self.task == "panoptic":
            answer = {"pq": found.all.pq, "sq": found.all.sq, "rq": found.all.rq, "pq_things": found.things.pq}
            answer |= {"pq_stuff": found.stuff.pq, "judged": found.judged}
        else:
            answer = {"ap": found.ap, "ap50": found.ap50, "ap75": found.ap75}
            answer |= {f"ap_{name}": getattr(found, name) for name in ("small", "medium", "large")}
        return answer | {"pictures": self.pictures}

    def _truths(
        self, evaluation: Any, pictures: int
    ) -> tuple[list[Segmentation | Instances], Sequence[np.ndarray] | None]:
        labels = evaluation.label_ids
        if not isinstance(labels, tuple | list):
            if labels is None:
                raise UserError("labels are missing: pass a data set with labels to trainer.evaluate")
            return [self._of_map(label) for label in _array(labels)], None
        inputs = getattr(evaluation, "inputs", None)
        if not isinstance(inputs, Mapping) or not {"mask_labels", "class_labels"} <= set(inputs):
            raise UserError(
                "labels came as lists without the batch's inputs, which are needed because Trainer cuts such lists in "
                'the last batch: pass batch_eval_metrics=True and include_for_metrics=["inputs"] to TrainingArguments'
            )
        masks, classes, padding = (inputs.get(name) for name in ("mask_labels", "class_labels", "pixel_mask"))
        if len(masks) != pictures or len(classes) != pictures:
            raise UserError(
                f"predictions and labels must be for the same pictures, got {pictures} and {len(masks)}: evaluate in "
                "one process, or count in a loop of your own and merge"
            )
        shown = None if padding is None else list(_array(padding).astype(bool))
        return [
            self._of_masks(_array(m).astype(bool), _array(c), None if shown is None else shown[i])
            for i, (m, c) in enumerate(zip(masks, classes, strict=True))
        ], shown

    def _of_map(self, labels: np.ndarray) -> Segmentation:
        """An (H, W) map of positions; for mask models of one segment a class."""
        if labels.ndim != 2 or labels.dtype.kind not in "iu":
            raise UserError(
                f"the labels of a picture must be (H, W) integers (class positions), got {labels.shape} of "
                f"{labels.dtype}"
            )
        if self.task != "semantic":
            raise UserError(
                f"labels must be mask_labels and class_labels for the {self.task} task, got class maps: a class map "
                "does not separate two objects of one class, so choose task='semantic'"
            )
        labels = labels.astype(np.int64)
        void = np.isin(labels, _IGNORED)
        if self.ignore_index >= len(self.categories):
            void |= labels == self.ignore_index
        return Segmentation.from_semantic(np.where(void, -1, labels), self.categories)

    def _of_masks(self, masks: np.ndarray, classes: np.ndarray, shown: np.ndarray | None) -> Segmentation | Instances:
        """(N, H, W) masks with their positions; what no mask covers is void, and so is padding (shown False)."""
        if masks.ndim != 3 or classes.shape != masks.shape[:1]:
            raise UserError(
                f"mask_labels and class_labels must be (N, H, W) and (N,), got {masks.shape} and {classes.shape}: "
                "check the collator"
            )
        if shown is not None:
            masks = masks & shown
        if len(classes) and not 0 <= classes.min() <= classes.max() < len(self.categories):
            raise UserError(
                f"class_labels must be 0 to {len(self.categories) - 1} (positions in the categories), got "
                f"{classes.min()} to {classes.max()}: leave ignored pixels without a mask"
            )
        kept = masks.any(axis=(1, 2))
        masks, classes = masks[kept], classes[kept]
        if self.task == "instance":
            things = np.array([self.categories[int(label)].isthing for label in classes], bool)
            masks, classes = masks[things], classes[things]
            return Instances(masks, classes, np.ones(len(classes), np.float32), self.categories)
        if (masks.sum(axis=0) > 1).any():
            raise UserError(
                f"mask_labels must not overlap for the {self.task} task: choose task='instance', or say which mask is "
                "in front"
            )
        ids = (masks * np.arange(1, len(masks) + 1)[:, None, None]).sum(axis=0)
        category_of = {number: self.categories[int(label)].id for number, label in enumerate(classes, 1)}
        return Segmentation.from_ids(ids.reshape(masks.shape[1:]).astype(np.int32), category_of, self.categories)


def output_of(predictions: Any) -> MaskOutput | PerPixelOutput:
    """The logits among what a model of transformers returned, or what Trainer keeps of it: a tensor, or several.

    (B, Q, K + 1) and thereafter (B, Q, h, w) are the classes and masks of B x Q queries; (B, K, h, w) as the first are
    logits per pixel. A dictionary such as transformers' outputs is read by the names class_queries_logits and
    masks_queries_logits, or logits.
    Raises UserError for anything else.
    """
    import torch

    from segtutor.outputs import MaskOutput, PerPixelOutput

    if isinstance(predictions, Mapping):
        names = ("class_queries_logits", "masks_queries_logits", "logits", "pred_masks")
        predictions = tuple(predictions[name] for name in names if predictions.get(name) is not None)
    several = predictions if isinstance(predictions, tuple | list) else (predictions,)
    found = [torch.as_tensor(_array(item)) for item in several if hasattr(item, "shape")]
    shapes = [tuple(item.shape) for item in found]
    if found and found[0].ndim == 4:
        return PerPixelOutput(found[0].float())
    for masks in found[1:]:
        if masks.ndim == 4 and found[0].ndim == 3 and masks.shape[:2] == found[0].shape[:2]:
            return MaskOutput(found[0].float(), masks.float())
    raise UserError(
        f"predictions must be (B, Q, K + 1) with (B, Q, h, w), or (B, K, h, w), got the shapes {shapes}: pass a "
        "segmentation model's logits"
    )


def _array(values: Any) -> np.ndarray:
    """A tensor on any device, or an array."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
    return np.asarray(values)
