"""A model as one ONNX file, for programs without torch: a browser, a telephone, onnxruntime.

    st.models.export_onnx("mask2former-toytown", "mask2former.onnx")    # or: segtutor export mask2former-toytown

    input    image          (1, H, W, 3) uint8 RGB, of the one size that it was exported for
    outputs  class_logits   (1, Q, K + 1) float32, and
             mask_logits    (1, Q, h, w) float32, of a mask model;
             logits         (1, K, h, w) float32, of a per-pixel model

The preprocessing is inside: rescaling and normalising act on 256 possible numbers a channel, so they are a table that
the graph looks numbers up in, the one that `Pixels` uses. Inference is not: it depends on thresholds that a person
moves, and is a page of code in any language (segtutor/inference/, segtutor/widgets/inference.js). What a reader of the
outputs needs beside them is in the metadata under "segtutor", as JSON: name, family, size, categories, thresholds.

What is exported are the course's own modules in their plain form: an operation that only PyTorch has, such as the fast
form of deformable attention, gives way to the lines that it is a faster form of.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.files import refuse_existing, write_whole
from segtutor.models.adapters import OWN
from segtutor.models.pixels import Pixels
from segtutor.models.segmenter import Segmenter
from segtutor.models.zoo import load
from segtutor.outputs import MaskOutput

OPSET = 18
NEEDED = ("onnx", "onnxscript")
OUTPUTS = {"mask": ("class_logits", "mask_logits"), "per-pixel": ("logits",)}


def export_onnx(
    model: Segmenter | str | Path, path: str | Path, *, size: tuple[int, int] = (128, 128), overwrite: bool = False
) -> Path:
    """Write a model to `path` as ONNX (opset 18), its preprocessing included, for pictures of one size.

    model: a Segmenter with the course's own modules, or a name that `segtutor.load` reads. size: (H, W) of the
    pictures, one that the model's preprocessing leaves as it is (128 x 128 for the ToyTown models).
    Returns the path. onnxruntime's answers equal the module's to about 1e-6 of the largest logit.
    Raises UserError: packages are missing, transformers' modules, a model that is told its task, a size that would
    have to be resized or padded, a path that exists (without `overwrite`) or cannot be written.
    """
    refuse_existing(path, overwrite=overwrite)
    return write_whole(path, onnx_bytes(model, size=size), overwrite=overwrite)


def onnx_bytes(model: Segmenter | str | Path, *, size: tuple[int, int] = (128, 128)) -> bytes:
    """What `export_onnx` writes. Takes some ten seconds, in which torch reads the module operation by operation."""
    require_packages()
    segmenter = model if isinstance(model, Segmenter) else load(model)
    _check(segmenter, size)
    module = _FromBytes(segmenter.model, segmenter.processor)
    image = torch.zeros((1, *size, 3), dtype=torch.uint8)
    names = OUTPUTS[segmenter.family]
    with _in_eval(segmenter.model), torch.no_grad(), _silent():
        module(image)  # what depends on the size alone is kept, as numbers; made while tracing, it would be symbols
        program = torch.onnx.export(
            module, (image,), dynamo=True, opset_version=OPSET, input_names=["image"], output_names=names, verbose=False
        )
    proto = program.model_proto
    _forget_sources(proto.graph)
    facts = {
        "name": segmenter.name,
        "family": segmenter.family,
        "size": list(size),
        "categories": segmenter.categories.to_coco(),
        "thresholds": segmenter.thresholds,
    }
    entry = proto.metadata_props.add()
    entry.key, entry.value = "segtutor", json.dumps(facts)
    return proto.SerializeToString()


def require_packages() -> None:
    """Raises UserError where a package is missing that the export needs and the course does not."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed, and a model cannot be "
            'written as ONNX without; install what is missing with: python -m pip install "segtutor[onnx]"'
        )


def _check(segmenter: Segmenter, size: tuple[int, int]) -> None:
    if segmenter.engine != "reference" or not isinstance(segmenter.processor, Pixels):
        raise UserError(
            f"got {segmenter.name!r} with engine={segmenter.engine!r}, expected the course's own modules: load it with "
            "engine='reference'"
        )
    if OWN[segmenter.card["model_type"]].by_task:
        raise UserError(
            f"got {segmenter.name!r}, which is told its task in words, expected a model that answers a picture alone: "
            "choose another model"
        )
    given = tuple(size)
    taken = segmenter.processor(np.zeros((*given, 3), np.uint8))[0].shape[1:]
    if taken != given:
        raise UserError(
            f"got size {given[1]} x {given[0]} (width x height), which {segmenter.name!r} would make {taken[1]} x "
            f"{taken[0]} of, expected one that its preprocessing leaves as it is: export it for {taken[1]} x {taken[0]}"
        )


class _FromBytes(nn.Module):
    """(1, H, W, 3) uint8 -> the logits of the last prediction. model: a module of segtutor.reference."""

    def __init__(self, model: nn.Module, processor: Pixels):
        super().__init__()
        self.model = model
        self.register_buffer("table", torch.from_numpy(processor.table.flatten()))  # (3 * 256,)
        self.register_buffer("start", torch.tensor([0, 256, 512], dtype=torch.int32))  # of a channel's part

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        places = image.int() + self.start  # (1, H, W, 3)
        pixels = self.table.index_select(0, places.flatten()).view(places.shape)
        output = self.model(pixels.permute(0, 3, 1, 2))
        if isinstance(output, MaskOutput):
            return output.class_logits, output.mask_logits
        return (output.logits,)


def _forget_sources(graph: Any) -> None:
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
def _silent() -> Iterator[None]:
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
