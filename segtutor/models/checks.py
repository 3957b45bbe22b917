"""What a model folder must look like before any library reads it.

A checkpoint from the Hub is input from a stranger. Three rules keep it harmless: weights are safetensors (a pickle
runs code when it is opened), no code of the repository is ever run, and every file has a size that is known and
bounded. The same rules hold for a local folder, so that a folder that works today works after it was uploaded.

Nothing here imports torch or transformers.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from segtutor.errors import UserError

CONFIG = "config.json"
PROCESSOR = "preprocessor_config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
CARD = "card.json"

MAX_JSON_BYTES = 1_000_000  # the largest published config of these families has about 70 kB (847 class names)
MAX_WEIGHT_BYTES = 2 * 1024**3  # Mask2Former with a Swin-L, the largest published one, has 0.9 GB
MAX_NUMBER = 100_000  # of layers, channels, points, ids: no published config comes near
PICKLES = re.compile(r"\.(bin|pt|pth|pkl|pickle|ckpt|h5|msgpack)$")

# What a config may be made of. The first table is what segtutor.models.adapters can read, and what its output is; the
# second list is what may be nested in it; a type that transformers does not ship would need the repository's own code.
FAMILIES = {
    "mask2former": "mask",
    "maskformer": "mask",
    "oneformer": "mask",
    "detr": "mask",
    "eomt": "mask",
    "segformer": "per-pixel",
    "upernet": "per-pixel",
}
MODEL_TYPES = tuple(FAMILIES)
PART_TYPES = ("swin", "maskformer-swin", "resnet", "convnext", "convnextv2", "dinat", "detr")
_HAVE_BACKBONE = ("mask2former", "maskformer", "oneformer", "upernet")
# Keys that make transformers fetch or run something that is not in the folder.
_CODE_KEYS = ("auto_map", "custom_pipelines", "trust_remote_code")
_FETCH_KEYS = ("backbone", "use_timm_backbone", "use_pretrained_backbone", "quantization_config")
# DETR's published configs name a trunk of timm that is in the same file; segtutor.reference reads it without timm.
_NAMED_TRUNKS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The object in a json file, bounded in size. Raises UserError that names the file and what is wrong."""
    try:
        size = path.stat().st_size
        if size > MAX_JSON_BYTES:
            raise UserError(
                f"got {what} with a {path.name} of {size} bytes, expected at most {MAX_JSON_BYTES}: "
                "this is not a model of the families that segtutor reads"
            )
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError:
        raise UserError(
            f"got {what} without {path.name}, expected {CONFIG}, {PROCESSOR} and {WEIGHTS}: "
            "save the model and its image processor into it with save_pretrained, or choose another"
        ) from None
    except OSError as error:
        raise UserError(
            f"got {what} whose {path.name} cannot be read ({error.strerror}): check the file's permissions"
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"got {what} whose {path.name} is not valid JSON, expected an object: delete the file and load again"
        ) from None
    if not isinstance(content, dict):
        raise UserError(
            f"got {what} whose {path.name} holds a {type(content).__name__}, expected an object: choose another model"
        )
    return content


def check_config(folder: Path, what: str) -> dict[str, Any]:
    """The content of config.json, once it is one of ours and asks for nothing from elsewhere."""
    config = read_json(folder / CONFIG, what)
    _refuse_code(config, CONFIG, what)
    model_type = config.get("model_type")
    if model_type not in MODEL_TYPES:
        raise UserError(
            f"got {what} with model type {_short(model_type)}, expected one of {', '.join(MODEL_TYPES)}: "
            "choose a model of these families (segtutor runs no code out of a model's repository)"
        )
    if model_type in _HAVE_BACKBONE and not isinstance(config.get("backbone_config"), dict):
        raise UserError(
            f"got {what} whose {CONFIG} does not describe its backbone, expected a backbone_config of one of the "
            f"types {', '.join(PART_TYPES)}: choose a model that was saved with one"
        )
    _check_values(config, what)
    return config


def refuse_parts_from_elsewhere(config: dict[str, Any], what: str) -> None:
    """Raises UserError for a config that names a trunk of timm: transformers would ask timm, and timm the network."""
    asked = [(key, value) for key, value in _entries(config) if key in _FETCH_KEYS and value]
    if asked:
        key, value = asked[0]
        raise UserError(
            f"got {what} whose {CONFIG} has {key} = {_short(value)}, which transformers builds with "
            "timm, expected a model that is whole in its folder: leave engine out, the course's own modules read it"
        )


def check_processor(folder: Path, what: str) -> dict[str, Any]:
    """The content of preprocessor_config.json; segtutor.models.preprocess says which of its values are used."""
    settings = read_json(folder / PROCESSOR, what)
    _refuse_code(settings, PROCESSOR, what)
    return settings


def weight_files(names: dict[str, int | None], what: str) -> list[str]:
    """Of a folder's files, {name: bytes}, those that a safetensors checkpoint starts from.

    [model.safetensors], or [model.safetensors.index.json], which names the shards. Raises UserError where the
    weights are pickles, absent, or larger than segtutor takes.
    """
    if WEIGHTS in names:
        chosen = [WEIGHTS]
    elif INDEX in names:
        chosen = [INDEX]
    elif pickles := sorted(name for name in names if PICKLES.search(name)):
        raise UserError(
            f"got {what} with weights in {pickles[0]} only, expected {WEIGHTS}: such a file can run code when it is "
            "opened and is refused; choose a model, or a revision of it, that has safetensors"
        )
    else:
        raise UserError(f"got {what} without {WEIGHTS}, expected weights beside {CONFIG}: choose another model")
    total = sum(names[name] or 0 for name in names if name.endswith(".safetensors") and name.startswith("model"))
    if total > MAX_WEIGHT_BYTES:
        raise UserError(
            f"got {what} with {total / 1e9:.1f} GB of weights, expected at most {MAX_WEIGHT_BYTES / 1e9:.1f} GB: "
            "choose a smaller model"
        )
    return chosen


def shard_names(index: dict[str, Any], what: str) -> list[str]:
    """The safetensors files that an index names; plain names in the same folder, nothing else."""
    shards = index.get("weight_map")
    names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
    if not 1 <= len(names) <= 64 or not all(re.fullmatch(r"model[\w.-]*\.safetensors", name) for name in names):
        raise UserError(
            f"got {what} whose {INDEX} names no shards, expected a weight_map of 1 to 64 files "
            "model-....safetensors: choose another model"
        )
    return names


def check_weights(folder: Path, what: str) -> list[Path]:
    """The weight files of a complete folder, each opened far enough to know that it is whole.

    Raises UserError for pickles, absent or oversized files, and for a file that safetensors cannot read.
    """
    from safetensors import SafetensorError, safe_open

    names: dict[str, int | None] = {entry.name: entry.stat().st_size for entry in folder.iterdir() if entry.is_file()}
    chosen = weight_files(names, what)
    if chosen == [INDEX]:
        chosen = shard_names(read_json(folder / INDEX, what), what)
    for name in chosen:
        if name not in names:
            raise UserError(f"got {what} without {name}, expected all the weights that {INDEX} names: load it again")
        try:
            with safe_open(folder / name, framework="numpy") as weights:
                weights.keys()
        except (SafetensorError, OSError) as error:
            raise UserError(
                f"got {what} with a damaged {name} ({_one_line(error)}), expected a whole safetensors file: delete "
                f"{(folder / name).resolve()} and load again"
            ) from None
    return [folder / name for name in chosen]


def check_size(bytes_wanted: int, what: str) -> None:
    """Raises UserError for a config whose model, in float32, is larger than any that is published."""
    if bytes_wanted > 2 * MAX_WEIGHT_BYTES:
        raise UserError(
            f"got {what} whose {CONFIG} describes a model of {bytes_wanted / 1e9:.0f} GB, "
            f"expected at most {2 * MAX_WEIGHT_BYTES / 1e9:.0f}: choose another model"
        )


def _refuse_code(content: dict[str, Any], name: str, what: str) -> None:
    for key, value in _entries(content):
        if key in _CODE_KEYS and value:
            raise UserError(
                f"got {what} whose {name} asks to run code from the repository ({key}), expected a model that "
                "transformers ships: segtutor never runs remote code, choose another model"
            )


def _check_values(config: dict[str, Any], what: str) -> None:
    for key, value in _entries(config):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and abs(value) > MAX_NUMBER:
            raise UserError(
                f"got {what} whose {CONFIG} has {key} = {value:.6g}, expected at most {MAX_NUMBER}: choose another "
                "model"
            )
        if key in _FETCH_KEYS and value and not _named_trunk(config, key):
            raise UserError(
                f"got {what} whose {CONFIG} has {key} = {_short(value)}, expected a model that is whole in its folder: "
                "segtutor fetches no parts from elsewhere, choose another model"
            )
        of_timm = value == "timm_backbone" and _named_trunk(config, key)
        if key == "model_type" and value not in (*MODEL_TYPES, *PART_TYPES) and not of_timm:
            raise UserError(
                f"got {what} with a part of type {_short(value)}, expected one of {', '.join(PART_TYPES)}: "
                "choose another model"
            )
        # An attention implementation may be the name of a repository with compiled kernels.
        if "attn_implementation" in str(key) and value not in (None, True, False, "eager", "sdpa"):
            raise UserError(
                f"got {what} whose {CONFIG} has {key} = {_short(value)}, expected eager or sdpa: choose another model"
            )


def _named_trunk(config: dict[str, Any], key: str) -> bool:
    """Whether a key that could fetch a trunk only names the one whose weights the file holds."""
    inner = config.get("backbone_config")
    named = config.get("backbone") or (inner.get("backbone") if isinstance(inner, dict) else None)
    return config.get("model_type") == "detr" and named in _NAMED_TRUNKS and key in ("model_type", *_FETCH_KEYS[:3])


def _entries(content: Any, key: Any = None):
    """Every (key, value) at any depth; the items of a list carry the list's key."""
    if isinstance(content, dict):
        for inner, value in content.items():
            yield inner, value
            yield from _entries(value, inner)
    elif isinstance(content, list):
        for value in content:
            yield key, value
            yield from _entries(value, key)


def _no_constant(name: str):
    raise ValueError(f"{name} is not JSON")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
