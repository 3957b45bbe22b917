"""A picture -> what the network takes: resized, rescaled to 0..1, normalised; and padding taken off the output.

The settings come from the checkpoint's preprocessor_config.json; only those below are read from it, so that a file
from a stranger can do no more than choose numbers. The work is done by `pixels`, or, under the engine "transformers",
by transformers' own image processors in their Pillow form (`...ImageProcessorPil`), which need no torchvision. Both
give the same numbers on every machine.
"""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor import families
from segtutor.errors import UserError
from segtutor.limits import MAX_EDGE
from segtutor.models import checks
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.pixels import Pixels
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.untrusted_json import shown

if TYPE_CHECKING:
    from torch import Tensor

MIN_SIDE = 16  # pixels; below, the stride-32 features of every network here see less than one cell
MAX_ASPECT = 32  # longer side : shorter side; beyond, resizing leaves less than a cell of the shorter side
_MAX_EDGE = MAX_EDGE
_MOST = 1e6  # of a mean, a deviation or a factor

# What a published preprocessor_config.json may call the processor ("FeatureExtractor" is the name of before 2023).
_SUFFIXES = ("ImageProcessor", "ImageProcessorFast", "ImageProcessorPil", "FeatureExtractor")
_SETTINGS = (
    "do_resize", "size", "max_size", "size_divisor", "resample", "do_rescale", "rescale_factor", "do_normalize",
    "image_mean", "image_std", "do_pad", "pad_size", "ignore_index", "do_reduce_labels", "num_labels",
)  # fmt: skip
_OLD_NAMES = {
    "reduce_labels": "do_reduce_labels",
    "size_divisibility": "size_divisor",
    "pad_and_return_pixel_mask": "do_pad",
}
# Of labels, which pictures do not have.
_OF_LABELS = ("ignore_index", "do_reduce_labels", "num_labels")


def load_processor(found: Checkpoint, engine: str = "transformers") -> Any:
    """The image processor of a checkpoint. Raises UserError that names the setting that is wrong.

    engine: "reference" -> Pixels; "transformers" -> one of its own, which can `save_pretrained`.
    """
    what = found.what
    settings = checks.check_processor(found)
    named = settings.get("image_processor_type") or settings.get("feature_extractor_type") or ""
    kinds = families.preprocessing()
    known = {name + suffix: name for name in kinds for suffix in _SUFFIXES}
    if not isinstance(named, str) or named not in known:
        raise UserError(
            f"the image processor of {what} must be that of {', '.join(kinds)}, got {shown(named)}: choose another "
            "model, or save one of these processors beside it"
        )
    chosen = {_OLD_NAMES.get(key, key): value for key, value in settings.items()}
    chosen = {key: value for key, value in chosen.items() if key in _SETTINGS and value is not None}
    _check_settings(chosen, what)
    if settings.get("do_split_image"):
        raise UserError(
            f"{checks.PROCESSOR} of {what} cuts a picture into windows (do_split_image): choose a panoptic or "
            "instance checkpoint of this family, which keeps it whole"
        )
    kind = families.preprocessing()[known[named]]
    further = {key: settings[key] for key in kind.further if settings.get(key) is not None}
    _check_further(further, what)
    if kind.crops:
        further["do_center_crop"] = False
    ours = Pixels(known[named], **{key: value for key, value in chosen.items() if key not in _OF_LABELS})
    if engine == "reference":
        return ours
    import transformers

    try:
        return getattr(transformers, known[named] + "ImageProcessorPil")(**chosen, **further)
    except (TypeError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:120]
        raise UserError(
            f"transformers does not take {checks.PROCESSOR} of {what} ({reason}): choose another model"
        ) from None


def toytown_processor(family: str, size: int = 128) -> Any:
    """The image processor that a ToyTown checkpoint is saved with; `.save_pretrained(folder)` writes its settings.

    family: "mask", "per-pixel", "detr" or "eomt". size: of the scenes that the model was trained on. A picture of
    another size is resized so that its shorter edge has `size` pixels and the longer at most twice as many, with its
    proportions kept; for the mask family both edges are then rounded up to multiples of 32 (the coarsest feature map),
    as Mask2Former's own processor does; EoMT, which has a position for each patch, gets `size` x `size`, black where
    the picture ends. A scene of `size` x `size` goes through unchanged. Normalisation is ImageNet's.

    transformers reads the folder with AutoImageProcessor and pipeline("image-segmentation") too: the per-pixel family
    has SegFormer's processor, which is the one that published UPerNet checkpoints come with.
    """
    import transformers

    edges = {"shortest_edge": size, "longest_edge": 2 * size}
    if family == "mask":
        return transformers.Mask2FormerImageProcessorPil(size=edges, size_divisor=32, ignore_index=255)
    if family == "detr":
        return transformers.DetrImageProcessorPil(size=edges, do_pad=False)
    if family == "eomt":
        edges = {"shortest_edge": size, "longest_edge": size}
        return transformers.EomtImageProcessorPil(size=edges, do_split_image=False, do_pad=True, ignore_index=255)
    if family == "per-pixel":
        return transformers.SegformerImageProcessorPil(size=edges, do_reduce_labels=False)
    raise UserError(f"family must be 'mask', 'per-pixel', 'detr' or 'eomt', got {family!r}")


def preprocess(processor: Any, image: np.ndarray) -> tuple[Tensor, tuple[int, int]]:
    """One picture as a batch of one.

    processor: what load_processor gives, or one of transformers'. image: (H, W, 3) uint8 RGB.
    Returns the pixel values, (1, 3, h, w) float32, and (rows, columns) of them that show the picture; what lies below
    and to the right is padding.
    Raises UserError for a picture that is too small or too elongated to be resized.
    """
    from segtutor.images import check_size

    check_size(image, MIN_SIDE)
    height, width = image.shape[:2]
    if max(height, width) > MAX_ASPECT * min(height, width):
        raise UserError(
            f"one side of a picture must be at most {MAX_ASPECT} times the other, got {width} x {height} pixels "
            "(width x height): cut out the part that you want to segment"
        )
    import torch

    if isinstance(processor, Pixels):
        values, shown = processor(image)
        return torch.from_numpy(values)[None], shown
    inputs = processor(images=[image], return_tensors="pt", input_data_format="channels_last")
    pixel_values = inputs["pixel_values"].float()
    rows, columns = pixel_values.shape[-2:]
    if "pixel_mask" in inputs:  # 1 where the picture is; it starts in the upper left corner
        rows, columns = (int(inputs["pixel_mask"][0].any(dim=axis).sum()) for axis in (1, 0))
    elif type(processor).__name__.startswith("Eomt") and processor.do_resize:  # it pads, and does not say where
        size = {key: edge for key, edge in dict(processor.size).items() if edge}
        rows, columns = Pixels("Eomt", size=size).resized(height, width)
    return pixel_values, (rows, columns)


def scaled_processor(processor: Any, scale: float, what: str) -> Any:
    """A copy of an image processor that makes pictures `scale` times as large: every edge in its settings is.

    processor: as in `preprocess`. Edges that have to be multiples of something are rounded up as ever.
    Raises UserError: scale is no number above 0, edges leave 16 to 4096 pixels, a model of one size only.
    """
    if isinstance(scale, bool) or not isinstance(scale, Real) or not 0 < float(scale) < math.inf:
        raise UserError(f"scale must be a number above 0, got {scale!r}: 1 is the size that the model was made for")
    if scale == 1:
        return processor
    kind = processor.kind if isinstance(processor, Pixels) else type(processor).__name__
    if kind.startswith("Eomt") or not processor.do_resize:
        reason = "has learned positions of one size" if processor.do_resize else "leaves every picture in its own size"
        raise UserError(f"the input of {what} cannot be scaled, because it {reason}: choose another model")
    scaled = copy.copy(processor)
    for name in ("size", "pad_size"):
        edges = {key: edge for key, edge in dict(getattr(processor, name, None) or {}).items() if edge}
        if not edges:
            continue
        edges = {key: round(edge * float(scale)) for key, edge in edges.items()}
        if not MIN_SIDE <= min(edges.values()) <= max(edges.values()) <= _MAX_EDGE:
            raise UserError(
                f"scale must give edges of {MIN_SIDE} to {_MAX_EDGE} pixels, got {scale!r}, which makes "
                f"{min(edges.values())} to {max(edges.values())} pixels of {what}: choose a scale nearer to 1"
            )
        setattr(scaled, name, edges)
    return scaled


def crop_padding(output: PerPixelOutput | MaskOutput, shown: tuple[int, ...], padded: tuple[int, ...]) -> Any:
    """The output, of the same type, for the part of the input that shows the picture.

    Without this, a padded picture's masks would be squeezed into it, padding included. shown, padded: (rows,
    columns) of the picture and of the whole input. Where the border falls between two cells of the output's grid,
    the maps are first interpolated to the input's size, which costs memory; grid-aligned borders are cut.
    """
    if shown == padded:
        return output
    if isinstance(output, PerPixelOutput):
        return PerPixelOutput(_crop(output.logits, shown, padded))
    return replace(
        output,
        mask_logits=_crop(output.mask_logits, shown, padded),
        boxes=None,
        layers=tuple(crop_padding(layer, shown, padded) for layer in output.layers),
    )


def _crop(maps: Tensor, shown: tuple[int, ...], padded: tuple[int, ...]) -> Tensor:
    import torch.nn.functional as F

    grid = tuple(maps.shape[-2:])
    cells = [s * g / p for s, g, p in zip(shown, grid, padded, strict=True)]
    if any(cell != int(cell) for cell in cells):
        maps, cells = F.interpolate(maps, size=padded, mode="bilinear", align_corners=False), list(shown)
    return maps[..., : int(cells[0]), : int(cells[1])]


def _check_settings(settings: dict[str, Any], what: str) -> None:
    for key in ("size", "max_size", "pad_size", "size_divisor"):
        value = settings.get(key, 1)
        by_name = isinstance(value, dict) and key in ("size", "pad_size")
        edges = list(value.values()) if by_name else [value]
        if not all(isinstance(e, int) and not isinstance(e, bool) and 0 <= e <= _MAX_EDGE for e in edges):
            raise _wrong(what, key, value, f"whole numbers up to {_MAX_EDGE}")
    for key in ("image_mean", "image_std"):
        value = settings.get(key, [0.5, 0.5, 0.5])
        numbers = isinstance(value, list) and len(value) == 3 and all(_moderate(v) for v in value)
        if not numbers or (key == "image_std" and min(value) < 1 / _MOST):
            raise _wrong(
                what, key, value, f"three numbers from {1 / _MOST if key == 'image_std' else -_MOST:g} to {_MOST:g}"
            )
    if not _moderate(settings.get("rescale_factor", 1)):
        raise _wrong(what, "rescale_factor", settings["rescale_factor"], f"a number from {-_MOST:g} to {_MOST:g}")
    if not isinstance(settings.get("resample", 2), int) or settings.get("resample", 2) not in range(6):
        raise _wrong(what, "resample", settings["resample"], "one of Pillow's filters, 0 to 5")
    for key in ("do_resize", "do_rescale", "do_normalize", "do_pad", "do_reduce_labels"):
        if not isinstance(settings.get(key, True), bool):
            raise _wrong(what, key, settings[key], "true or false")


def _check_further(settings: dict[str, Any], what: str) -> None:
    """Those of Preprocessing.further, each of which is true or false."""
    for key, value in settings.items():
        if not isinstance(value, bool):
            raise _wrong(what, key, value, "true or false")


def _moderate(value: Any) -> bool:
    """Whether it is a number that float32 holds, squared too; published ones are at most 255."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MOST


def _wrong(what: str, key: str, value: Any, expected: str) -> UserError:
    return UserError(
        f"{key} in {checks.PROCESSOR} of {what} must be {expected}, got {shown(value)}: choose another model"
    )
