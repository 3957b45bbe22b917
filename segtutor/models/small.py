"""The course's own small networks as folders: config.json, model.safetensors, preprocessor_config.json, card.json.

    network = build(checkpoint)                         # from a folder, checked
    write(network, folder, card, processor)             # to a folder

A network of this kind is a class in segtutor.reference.toytown with `model_type`, `bounds` ({setting: (least, most)},
whole numbers, which are the keyword arguments of the class) and `settings` (those of this one, by the same names).
config.json holds the model type and the settings, nothing else. Weights are half precision in the file and float32 in
memory. To add one: a line in SMALL.

A folder is input from a stranger (see checks.py): only whole numbers within the bounds are read from the config, the
file is safetensors of the size that the settings ask for, and each tensor has the name and shape of the network's own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.models import checks
from segtutor.models.checkpoint import Checkpoint

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Small:
    """One kind: its family ("prompt" or "boxes"), its network and the segmenter around it, both "module:Class"."""

    family: str
    network: str
    segmenter: str = "segtutor.models.prompts:PromptSegmenter"


# By model_type in config.json.
SMALL = {
    "toytown-clipseg": Small(
        "prompt", "segtutor.reference.toytown.clipseg:ToyTownClipSeg", "segtutor.models.toytown_words:WordSegmenter"
    ),
    "toytown-incontext": Small("prompt", "segtutor.reference.toytown.incontext:ToyTownInContext"),
    "toytown-mask-rcnn": Small(
        "boxes", "segtutor.reference.toytown.mask_rcnn:ToyTownMaskRCNN", "segtutor.models.boxes:BoxSegmenter"
    ),
    "toytown-sam": Small("prompt", "segtutor.reference.toytown.sam:ToyTownSam"),
}


def kind_of(found: Checkpoint) -> Small | None:
    """The kind of network that a folder holds, None where it is none of these."""
    kind = checks.read_json(found.path(checks.CONFIG), found.what).get("model_type")
    return SMALL.get(kind) if isinstance(kind, str) else None


def load(found: Checkpoint, card: dict[str, Any], engine: str | None = None) -> Any:
    """The segmenter of a folder of one of these kinds. card: its name and source, completed by card.json.

    Raises UserError for engine="transformers", and for what `build` refuses.
    """
    from segtutor.models.preprocess import load_processor

    what, config = found.what, checks.read_json(found.path(checks.CONFIG), found.what)
    small = SMALL[config["model_type"]]
    if engine == "transformers":
        raise UserError(
            f"engine must be 'reference' for {what}, a network of this course's own ({config['model_type']}), got "
            "'transformers', which does not have it: leave engine out"
        )
    if card.get("source") != "hub" and found.path(checks.CARD).exists():
        card = {**checks.read_json(found.path(checks.CARD), what), **card}
    card = {**card, "family": small.family, "model_type": config["model_type"]}
    processor = load_processor(found, "reference")
    return named(small.segmenter)(build(found.described(config)), processor, card)


def build(found: Checkpoint) -> nn.Module:
    """The network of a checkpoint, float32, in eval mode. Raises UserError for a config or weights that do not fit."""
    what, config = found.what, dict(found.config)
    kind = named(SMALL[config["model_type"]].network)
    settings = checked_settings(kind, config, what)
    (file,) = checks.check_weights(found)
    try:
        network = kind(**settings)
    except ValueError as error:
        raise UserError(f"{checks.CONFIG} of {what} describes no network ({error})") from None
    own = network.state_dict()
    if file.stat().st_size > 4 * sum(tensor.numel() for tensor in own.values()) + checks.MAX_JSON_BYTES:
        raise UserError(f"{file.name} of {what} is larger than its {checks.CONFIG} asks for: save it again")
    from segtutor.models.with_reference import NotFiniteError, Tensors

    stored = Tensors([file])
    if set(stored) != set(own):
        name = min(set(stored) ^ set(own))
        raise UserError(
            f"{file.name} of {what} must hold exactly the weights of a {config['model_type']}, but "
            f"{'lacks' if name in own else 'also holds'} {name[:80]!r}: use the {checks.CONFIG} that was saved with "
            "them"
        )
    for name, tensor in own.items():
        try:
            given = stored[name]
        except NotFiniteError as error:
            raise UserError(
                f"the weights of {what} must be finite, but {error}: the training diverged, use weights from before"
            ) from None
        if given.shape != tensor.shape or not (given.is_floating_point() == tensor.is_floating_point()):
            raise UserError(
                f"{name} of {what} must have the shape {tuple(tensor.shape)}, got {given.dtype} "
                f"{tuple(given.shape)}: use the {checks.CONFIG} that was saved with these weights"
            )
        tensor.copy_(given)  # into the network's own memory, in its own precision
    return network.eval()


def checked_settings(kind: Any, config: dict[str, Any], what: str) -> dict[str, int]:
    """The settings of a config.json, each a whole number within the bounds of its class; absent ones are left out."""
    settings = {key: value for key, value in config.items() if key != "model_type"}
    for key, value in settings.items():
        if key not in kind.bounds:
            raise UserError(
                f"{checks.CONFIG} of {what} must have model_type, {', '.join(kind.bounds)} alone, got {key[:60]!r}: "
                "take it out"
            )
        least, most = kind.bounds[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise UserError(
                f"{key} in {checks.CONFIG} of {what} must be a whole number from {least} to {most}, got "
                f"{str(value)[:40]}"
            )
    return settings


def write(network: nn.Module, folder: str | Path, card: dict[str, Any], processor: dict[str, Any]) -> Path:
    """Writes a network with its settings, its card (with the weights' SHA-256) and its preprocessing to a folder.

    processor: the content of preprocessor_config.json. Weights become half precision; whole numbers stay.
    Returns the folder; what is there is replaced, each file whole or not at all.
    """
    from safetensors.torch import save

    folder = Path(folder)
    make_folder(folder)
    state = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in network.state_dict().items()
    }
    weights = save(state, metadata={"format": "pt"})
    config = {"model_type": network.model_type, **network.settings}
    card = {**card, "weights_sha256": hashlib.sha256(weights).hexdigest()}
    write_whole(folder / checks.WEIGHTS, weights, overwrite=True)
    for name, content in ((checks.CONFIG, config), (checks.PROCESSOR, processor), (checks.CARD, card)):
        write_whole(folder / name, (json.dumps(content, indent=1) + "\n").encode(), overwrite=True)
    return folder


def named(path: str) -> Any:
    """The class that "module:Class" names."""
    module, name = path.split(":")
    return getattr(import_module(module), name)
