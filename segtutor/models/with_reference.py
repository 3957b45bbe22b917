"""The engine "reference": a folder's model as the course's own modules (segtutor.reference), without transformers.

The model is first outlined, names and shapes without numbers, so that a config from a stranger can ask for no more
memory than the limit; then each tensor is read from the file to where it stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.models.adapters import OWN, Adapter

if TYPE_CHECKING:
    from torch import Tensor, nn


class CannotBuild(UserError):
    """A config for which the reference modules have no model: the other engine may have one."""


def build(folder: Path, what: str, config: dict[str, Any]) -> tuple[nn.Module, Adapter]:
    """The model in a folder, with the folder's weights in every one of its parameters, in float32 and eval mode.

    config: the content of its config.json, checked. Raises CannotBuild where there is no such model, UserError where
    the weights do not fit or are too large.
    """
    from segtutor.reference.weights import filled, outline

    files = checks.check_weights(folder, what)
    try:
        model = outline(config)
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise CannotBuild(
            f"got {what}, which the course's own modules cannot build ({reason}): check its {checks.CONFIG}, or load "
            "it with engine='transformers'"
        ) from None
    checks.check_size(4 * sum(tensor.numel() for tensor in model.state_dict().values()), what)
    try:
        return filled(model, config, Tensors(files)), OWN[config["model_type"]]
    except ValueError as error:
        reason = " ".join(str(error).split())[:240]
        raise UserError(
            f"got {what} whose {' and '.join(path.name for path in files[:1])} does not hold exactly the weights that "
            f"{checks.CONFIG} describes ({reason}): use the {checks.CONFIG} that was saved with these weights"
        ) from None


class Tensors(Mapping):
    """The tensors of safetensors files, by name; each is read, into memory of its own, when it is asked for.

    A file that is mapped instead would take the process down with it when another program cuts it short.
    Raises ValueError for a number format that is not floating or integer, and for a name that two files have.
    """

    def __init__(self, files: list[Path]):
        self._places: dict[str, tuple[Path, int, dict[str, Any]]] = {}
        for path in files:
            with open(path, "rb") as file:
                length = int.from_bytes(file.read(8), "little")
                entries = json.loads(file.read(length))
            entries.pop("__metadata__", None)
            for name, entry in entries.items():
                if name in self._places:
                    raise ValueError(f"got two tensors of the name {name!r}, expected one")
                self._places[name] = path, 8 + length, entry

    def __getitem__(self, name: str) -> Tensor:
        import torch

        formats = {
            "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
            "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8,
            "BOOL": torch.bool,
        }  # fmt: skip
        path, start, entry = self._places[name]
        if entry["dtype"] not in formats:
            raise ValueError(f"got {name!r} as {entry['dtype']} numbers, expected one of {', '.join(formats)}")
        first, end = entry["data_offsets"]
        tensor = torch.empty(entry["shape"], dtype=formats[entry["dtype"]])
        if end > first:
            with open(path, "rb") as file:
                file.seek(start + first)
                read = file.readinto(tensor.flatten().view(torch.uint8).numpy())
            if read != end - first:
                raise ValueError(f"got {name!r} cut short, {read} of {end - first} bytes, expected all: copy it again")
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
