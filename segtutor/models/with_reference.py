"""The engine "reference": a folder's model as the course's own modules (segtutor.reference), without transformers.

The model is first outlined, names and shapes without numbers, so that a config from a stranger can ask for no more
memory than the limit; then each tensor is read from the file to where it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.limits import MAX_HEADER
from segtutor.models import checks
from segtutor.models.checkpoint import Checkpoint
from segtutor.untrusted_json import parse

if TYPE_CHECKING:
    from torch import Tensor, nn


class CannotBuild(UserError):
    """A config for which the reference modules have no model: the other engine may have one."""


def build(found: Checkpoint) -> nn.Module:
    """The model of a checkpoint, with the folder's weights in every one of its parameters, in float32 and eval mode.

    found.config: the content of its config.json, checked. Raises CannotBuild if there is no such model, UserError if
    the weights do not fit or are too large.
    """
    from segtutor.reference.weights.build import filled, outline

    what, config = found.what, dict(found.config)
    files = checks.check_weights(found)
    try:
        model = outline(config)
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise CannotBuild(
            f"the course's own modules cannot build {what} ({reason}): check its {checks.CONFIG}, or load it with "
            "engine='transformers'"
        ) from None
    checks.check_size(4 * sum(tensor.numel() for tensor in model.state_dict().values()), what)
    try:
        return filled(model, config, Tensors(files))
    except NotFiniteError as error:
        raise UserError(
            f"the weights of {what} must be finite, but {error}: the training that made them has failed, choose "
            "another model or an earlier state"
        ) from None
    except ValueError as error:
        reason = " ".join(str(error).split())[:240]
        raise UserError(
            f"{' and '.join(path.name for path in files[:1])} of {what} does not hold exactly the weights that "
            f"{checks.CONFIG} describes ({reason}): use the {checks.CONFIG} that was saved with these weights"
        ) from None


class NotFiniteError(ValueError):
    """Weights that are no numbers; its text names the tensor."""


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
                entries = parse(file.read(min(length, MAX_HEADER)))
            entries.pop("__metadata__", None)
            for name, entry in entries.items():
                if name in self._places:
                    raise ValueError(f"two tensors have the name {name!r}")
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
            raise ValueError(f"{name!r} must be numbers of {', '.join(formats)}, got {entry['dtype']}")
        first, end = entry["data_offsets"]
        tensor = torch.empty(entry["shape"], dtype=formats[entry["dtype"]])
        if end > first:
            with open(path, "rb") as file:
                file.seek(start + first)
                read = file.readinto(tensor.flatten().view(torch.uint8).numpy())
            if read != end - first:
                raise ValueError(f"{name!r} is cut short, {read} of {end - first} bytes: copy it again")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise NotFiniteError(f"{name!r} holds NaN or infinity")
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
