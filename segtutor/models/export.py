"""A model as one ONNX file, for programs without torch: a browser, a telephone, onnxruntime.

    st.models.export_onnx("mask2former-toytown", "mask2former.onnx")    # or: segtutor export mask2former-toytown

    input    image          (1, H, W, 3) uint8 RGB, of the one size that it was exported for
    outputs  class_logits   (1, Q, K + 1) float32, and
             mask_logits    (1, Q, h, w) float32, of a mask model;
             logits         (1, K, h, w) float32, of a per-pixel model

With dynamic="size" the file of an FCN, U-Net, PSPNet, DeepLab, SegFormer or UPerNet takes any number of pictures, of
any size whose edges are multiples of 32, the stride of the coarsest map; onnxruntime refuses another size.

The preprocessing is inside: rescaling and normalising act on 256 possible numbers a channel, so they are a table that
the graph looks numbers up in, the one that `Pixels` uses. Inference is not: it depends on thresholds that a person
moves, and is a page of code in any language (segtutor/inference/, segtutor/widgets/shared/inference.js). What a
reader of the outputs needs beside them is in the metadata under "segtutor", as JSON: name, family,
size, dynamic, categories, thresholds.

What is exported are the course's own modules in their plain form: an operation that only PyTorch has, such as the fast
form of deformable attention, gives way to the lines that it is a faster form of.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.files import refuse_existing, write_whole
from segtutor.installed import require
from segtutor.models.export_steps import steps_of
from segtutor.models.pixels import Pixels
from segtutor.models.segmenter import Segmenter
from segtutor.models.zoo import load
from segtutor.outputs import MaskOutput
from segtutor.reference.backbones.mit import MiT
from segtutor.reference.backbones.resnet import ResNet
from segtutor.reference.backbones.vit import ViT
from segtutor.reference.layers.forms import plain
from segtutor.reference.models.per_pixel import FCN, DeepLab, PSPNet, UNetOnBackbone
from segtutor.reference.models.segformer import SegFormer
from segtutor.reference.models.upernet import UPerNet

OPSET = 18
NEEDED = ("onnx", "onnxscript")
TASKS = ("panoptic", "semantic", "instance")  # what a network may be told
OUTPUTS = {"mask": ("class_logits", "mask_logits"), "per-pixel": ("logits",)}


STRIDE = 32  # pixels of a cell of the coarsest map, of every backbone that may be exported for any size
DYNAMIC = (None, "size")
Dynamic = Literal["size"] | None
ANY_SIZE = (FCN, UNetOnBackbone, PSPNet, DeepLab, SegFormer, UPerNet)  # networks that are exported for any size


def export_onnx(
    model: Segmenter | str | Path,
    path: str | Path,
    *,
    size: tuple[int, int] = (128, 128),
    dynamic: Dynamic = None,
    task: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a model to `path` as ONNX (opset 18), its preprocessing included; by default for one picture of one size.

    model: a Segmenter with the course's own modules, or a name that `segtutor.load` reads. size: (H, W) of the
    pictures, one that the model's preprocessing leaves as it is (128 x 128 for the ToyTown models).
    dynamic: "size" for any number of pictures of any size in multiples of 32 (ANY_SIZE, on a ResNet or MiT); `size` is
    not read.
    task: "panoptic", "semantic" or "instance", for a network that is told its task (OneFormer): the file does this one.
    Returns the path. onnxruntime's predictions equal the module's to about 1e-6 of the largest logit.
    Raises UserError: packages are missing, transformers' modules, a model that is told its task without `task`, a
    size that would have to be resized or padded, a network that has a size of its own (dynamic="size"), an EoMT whose
    masks are partly let go of, a path that exists (without `overwrite`) or cannot be written.
    """
    refuse_existing(path, overwrite=overwrite)
    return write_whole(path, onnx_bytes(model, size=size, dynamic=dynamic, task=task), overwrite=overwrite)


def onnx_bytes(
    model: Segmenter | str | Path,
    *,
    size: tuple[int, int] = (128, 128),
    dynamic: Dynamic = None,
    task: str | None = None,
    steps: bool = False,
) -> bytes:
    """What `export_onnx` writes. Takes some ten seconds, in which torch reads the module operation by operation.

    steps: the intermediate tensors are further outputs, which export_steps.py lists, and a mask classifier has a
    second input, with which masked attention is switched off. They are of one picture of one size.
    """
    if dynamic not in DYNAMIC:
        raise UserError(f"dynamic must be 'size' or None, got {dynamic!r}: leave it out for one size")
    if dynamic and steps:
        raise UserError(f"dynamic must be None with steps=True, got {dynamic!r}: leave one of the two out")
    require_packages()
    segmenter = model if isinstance(model, Segmenter) else load(model)
    if not isinstance(segmenter, Segmenter):
        raise UserError(
            f"{segmenter.name} finds boxes or is asked with prompts, which cannot be exported: choose a model of "
            "the family 'mask' or 'per-pixel'"
        )
    _check(segmenter, task)
    if dynamic == "size":
        _check_any_size(segmenter)
    else:
        _check_size(segmenter, size)
    module = _FromBytes(segmenter.model, segmenter.processor, steps=steps, any_size=dynamic == "size", task=task)
    # A length of 1 would be taken for one that is always 1, and equal edges for edges that are always equal.
    count, shape = (2, (4 * STRIDE, 6 * STRIDE)) if dynamic else (1, size)
    given: tuple[Tensor, ...] = (torch.zeros((count, *shape, 3), dtype=torch.uint8),)
    inputs = ["image"]
    if steps and segmenter.family == "mask":
        given, inputs = (*given, torch.ones(1, dtype=torch.bool)), ["image", "masked"]
    form = plain() if dynamic else nullcontext()
    with _in_eval(segmenter.model), _decided(segmenter.model), torch.no_grad(), silent(), form:
        module(*given)  # what depends on the size alone is kept, as numbers; made while tracing, it would be symbols
        names = module.names
        program = torch.onnx.export(
            module,
            given,
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=names,
            dynamic_shapes=_free(dynamic),
            verbose=False,
        )
    proto = program.model_proto
    forget_sources(proto.graph)
    facts = {
        "name": segmenter.name,
        "family": segmenter.family,
        "size": None if dynamic == "size" else list(size),
        "dynamic": dynamic,
        **({} if task is None else {"task": task}),
        "categories": segmenter.categories.to_coco(),
        "thresholds": segmenter.thresholds,
    }
    entry = proto.metadata_props.add()
    entry.key, entry.value = "segtutor", json.dumps(facts)
    return proto.SerializeToString()


def require_packages() -> None:
    """Raises UserError where a package is missing that the export needs and the course does not."""
    require(*NEEDED, purpose="a model is written as ONNX with", install='"segtutor[onnx]"')


def _free(dynamic: Dynamic) -> tuple[dict[int, Any]] | None:
    """Which dimensions of the pictures are not fixed, as torch.export takes them."""
    if dynamic is None:
        return None
    free: dict[int, Any] = {0: torch.export.Dim("batch", min=1, max=4096)}
    if dynamic == "size":
        rows, columns = (torch.export.Dim(name, min=2, max=512) for name in ("rows", "columns"))
        free |= {1: STRIDE * rows, 2: STRIDE * columns}
    return (free,)


def _check_any_size(segmenter: Segmenter) -> None:
    network = segmenter.model
    if isinstance(network, ANY_SIZE) and isinstance(network.backbone, (ResNet, MiT)):
        return
    why = f"only {', '.join(one.__name__ for one in ANY_SIZE)} on a ResNet or MiT are exported for any size"
    if isinstance(getattr(network, "backbone", None), ViT):
        why = "its ViT has a learned position for each patch of one size"
    raise UserError(
        f"dynamic must be None for {segmenter.name!r}, because {why}, got 'size': export it for the one size of your "
        "pictures"
    )


def _check(segmenter: Segmenter, task: str | None = None) -> None:
    if segmenter.engine != "reference" or not isinstance(segmenter.processor, Pixels):
        raise UserError(
            f"engine must be 'reference' for an export, got {segmenter.engine!r} for {segmenter.name!r}: load it "
            "with engine='reference'"
        )
    if segmenter.record.by_task and task not in TASKS:
        raise UserError(
            f"{segmenter.name!r} is told its task, and a file does one: task must be one of {', '.join(TASKS)}, got "
            f"{task!r}"
        )
    if task is not None and not segmenter.record.by_task:
        raise UserError(f"{segmenter.name!r} is told no task, got task={task!r}: leave it out")


def _check_size(segmenter: Segmenter, size: tuple[int, int]) -> None:
    given = tuple(size)
    taken = segmenter.processor(np.zeros((*given, 3), np.uint8))[0].shape[1:]
    if taken != given:
        raise UserError(
            f"the size must be one that the preprocessing of {segmenter.name!r} keeps, got {given[1]} x {given[0]} "
            f"(width x height), of which it makes {taken[1]} x {taken[0]}: export it for {taken[1]} x {taken[0]}"
        )


class Normalise(nn.Module):
    """Bytes -> normalised pixels: each number is looked up in the processor's table."""

    def __init__(self, processor: Pixels):
        super().__init__()
        self.register_buffer("table", torch.from_numpy(processor.table.flatten()))  # (3 * 256,)
        self.register_buffer("start", torch.tensor([0, 256, 512], dtype=torch.int32))  # of a channel's part

    def forward(self, image: Tensor, shape: torch.Size) -> Tensor:
        """image: (..., 3) uint8; shape: (B, H, W, 3), the same numbers -> (B, 3, H, W) float."""
        places = image.int() + self.start
        return self.table.index_select(0, places.flatten()).view(shape).permute(0, 3, 1, 2)


class _FromBytes(nn.Module):
    """(B, H, W, 3) uint8 -> the logits of the last prediction. model: a module of segtutor.reference.

    steps: also the tensors on the way. any_size: of multiples of STRIDE, and no other. task: what a network is told
    that is told its task. names: of what was returned, after a first call.
    """

    def __init__(
        self,
        model: nn.Module,
        processor: Pixels,
        *,
        steps: bool = False,
        any_size: bool = False,
        task: str | None = None,
    ):
        super().__init__()
        self.model = model
        self.told = () if task is None else (task,)
        self.any_size = any_size
        self.steps = steps_of(model) if steps else None
        self.names: tuple[str, ...] = ()
        self.normalise = Normalise(processor)

    def forward(self, image: Tensor, *switches: Tensor) -> tuple[Tensor, ...]:
        shape = image.shape
        if self.any_size:  # ONNX cannot say "a multiple of 32", but no other size can be cut into cells
            image = image.unflatten(1, (-1, STRIDE)).unflatten(3, (-1, STRIDE))
        pixels = self.normalise(image, shape)
        if self.steps is not None:
            found = self.steps(pixels, *switches)
            self.names = tuple(found)
            return tuple(found.values())
        output = self.model(pixels, *self.told)
        if isinstance(output, MaskOutput):
            self.names = OUTPUTS["mask"]
            return output.class_logits, output.mask_logits
        self.names = OUTPUTS["per-pixel"]
        return (output.logits,)


def forget_sources(graph: Any) -> None:
    """The exporter writes down which line of which file made a node: half a megabyte, with a person's folders in it."""
    for part in (*graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]


@contextmanager
def _in_eval(model: nn.Module) -> Iterator[None]:
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


@contextmanager
def _decided(model: nn.Module) -> Iterator[None]:
    """EoMT masks attention where a buffer says so (mask_probs): for an export, numbers that are fixed."""
    probs = model._buffers.get("mask_probs")
    if probs is None:
        yield
        return
    if ((probs > 0) & (probs < 1)).any():
        raise UserError(
            f"mask_probs must be 0 or 1 for an export, got {probs.tolist()}, where chance decides: end its training, "
            "or call model.anneal(1.0)"
        )
    del model._buffers["mask_probs"]
    try:
        object.__setattr__(model, "mask_probs", probs.tolist())
        yield
    finally:
        object.__delattr__(model, "mask_probs")
        model._buffers["mask_probs"] = probs


@contextmanager
def silent() -> Iterator[None]:
    """The exporter tells of operators that it will not need, and of its own packages' outdated calls."""
    loggers: list[Any] = [logging.getLogger(name) for name in ("torch.onnx", "torch.__trace", "onnxscript", "onnx_ir")]
    before = [one.level for one in loggers]
    try:
        for one in loggers:
            one.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)
