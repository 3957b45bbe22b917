"""What a model folder must look like before any library reads it.

A checkpoint from the Hub is input from a stranger. Three rules keep it harmless: weights are safetensors (a pickle
runs code when it is opened), no code of the repository is ever run, and every file has a size that is known and
bounded. The same rules hold for a local folder, so that a folder that works today works after it was uploaded.

Nothing here imports torch or transformers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from segtutor import families
from segtutor.errors import UserError
from segtutor.files import open_regular
from segtutor.limits import MAX_DIMENSION, MAX_HEADER, MAX_LAYERS, MAX_POOLED
from segtutor.models.checkpoint import Checkpoint
from segtutor.untrusted_json import parse, shown

CONFIG = "config.json"
PROCESSOR = "preprocessor_config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
CARD = "card.json"

MAX_JSON_BYTES = 1_000_000  # the largest published config of these families has about 70 kB (847 class names)
MAX_SMALL_BYTES = 8_000_000  # of a vocabulary; CLIP's tokenizer.json has 2.2 MB
MAX_WEIGHT_BYTES = 2 * 1024**3  # Mask2Former with a Swin-L, the largest published one, has 0.9 GB
MAX_NUMBER = 100_000  # of layers, channels, points, ids: no published config comes near
PICKLES = re.compile(r"\.(bin|pt|pth|pkl|pickle|ckpt|h5|msgpack)$")

# What may be nested in a config; a type that transformers does not ship would need the repository's own code.
PART_TYPES = (
    "swin", "maskformer-swin", "resnet", "convnext", "convnextv2", "dinat", "detr",
    "sam_vision_model", "sam_prompt_encoder", "sam_mask_decoder",
    "clipseg_text_model", "clipseg_vision_model",
    "sam2_vision_model", "sam2_hiera_det_model", "sam2_prompt_encoder", "sam2_mask_decoder",
    "sam2_video_prompt_encoder", "sam2_video_mask_decoder",
)  # fmt: skip
# Networks that transformers has and that are not read here: what is missing, and what to take instead.
_NOT_READ = {
    "sam3": ("SAM 3", "a SAM 2 for clicks and boxes, or CIDAS/clipseg-rd64-refined for words"),
    "sam3_video": ("SAM 3", "a SAM 2 for clicks and boxes, or CIDAS/clipseg-rd64-refined for words"),
    "rf_detr": ("RF-DETR", "facebook/mask2former-swin-small-coco-instance, or maskrcnn-toytown"),
}
# Keys that make transformers fetch or run something that is not in the folder.
_CODE_KEYS = ("auto_map", "custom_pipelines", "trust_remote_code")
# (what a key is called, least, most) of numbers and of those in lists.
_AMOUNTS = (
    (re.compile(r"(?:^|_)(?:layers|depths?|num_layers|blocks|blocks_per_stage)$"), 0, MAX_LAYERS),
    (re.compile(r"^num_multimask_outputs$"), 1, 16),
    (re.compile(r"^window_size_per_stage$"), 0, 64),
    (re.compile(r"(?:^|_)pool_scales$"), 1, MAX_POOLED),
    (re.compile(r"dropout|layerdrop|drop_path|(?:^|_)drop(?:_rate|_prob)?$"), 0, 1),
)
_FETCH_KEYS = ("backbone", "use_timm_backbone", "use_pretrained_backbone", "quantization_config")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The object in a json file, bounded in size. Raises UserError that names the file and what is wrong."""
    try:
        size = path.stat().st_size
        if size > MAX_JSON_BYTES:
            raise UserError(
                f"{path.name} of {what} must have at most {MAX_JSON_BYTES} bytes, got {size}: this is not a model "
                "of the families that segtutor reads"
            )
        with open_regular(path) as file:
            content = parse(file.read(MAX_JSON_BYTES))
    except FileNotFoundError:
        raise UserError(
            f"{what} has no {path.name}, but needs {CONFIG}, {PROCESSOR} and {WEIGHTS}: save the model and its "
            "image processor into it with save_pretrained, or choose another"
        ) from None
    except OSError as error:
        raise UserError(
            f"{path.name} of {what} cannot be read ({error.strerror}): check the file's permissions"
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"{path.name} of {what} is not valid JSON ({_one_line(error)}): delete the file and load again"
        ) from None
    if not isinstance(content, dict):
        raise UserError(
            f"{path.name} of {what} must hold an object, got a {type(content).__name__}: choose another model"
        )
    return content


def check_config(found: Checkpoint) -> dict[str, Any]:
    """The content of config.json, once it is one of ours and asks for nothing from elsewhere."""
    what = found.what
    config = read_json(found.path(CONFIG), what)
    _refuse_code(config, CONFIG, what)
    model_type = config.get("model_type")
    known = {
        name: family
        for name, family in families.families().items()
        if family.output in ("mask", "per-pixel") or family.asked_with
    }
    if isinstance(model_type, str) and model_type in _NOT_READ:
        system, instead = _NOT_READ[model_type]
        raise UserError(
            f"{what} is a {system} ({model_type}), for which segtutor has no module and no preprocessing, and "
            f"transformers' preprocessing needs torchvision, which segtutor does without: choose {instead}"
        )
    if not isinstance(model_type, str) or model_type not in known:
        raise UserError(
            f"the model type of {what} must be one of {', '.join(known)}, got {_short(model_type)}: choose a model "
            "of these families (segtutor runs no code from a model's repository)"
        )
    if known[model_type].has_backbone and not isinstance(config.get("backbone_config"), dict):
        raise UserError(
            f"{CONFIG} of {what} has no backbone_config of one of the types {', '.join(PART_TYPES)}: choose a model "
            "that was saved with one"
        )
    _check_values(config, what)
    return config


def refuse_parts_from_elsewhere(found: Checkpoint) -> None:
    """Raises UserError for a config that names a backbone of timm: transformers would ask timm, which would fetch."""
    asked = [(key, value) for key, value in _entries(found.config) if key in _FETCH_KEYS and value]
    if asked:
        key, value = asked[0]
        raise UserError(
            f"{CONFIG} of {found.what} has {key} = {_short(value)}, a backbone that transformers builds with timm: "
            "leave engine out, the course's own modules read it"
        )


def check_processor(found: Checkpoint) -> dict[str, Any]:
    """The content of preprocessor_config.json; segtutor.models.preprocess says which of its values are used."""
    settings = read_json(found.path(PROCESSOR), found.what)
    _refuse_code(settings, PROCESSOR, found.what)
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
            f"{what} has weights in {pickles[0]} only, a file that can run code when it is opened and is refused: "
            f"choose a model, or a revision of it, that has {WEIGHTS}"
        )
    else:
        raise UserError(f"{what} has no weights ({WEIGHTS}) beside {CONFIG}: choose another model")
    total = sum(names[name] or 0 for name in names if name.endswith(".safetensors") and name.startswith("model"))
    if total > MAX_WEIGHT_BYTES:
        raise UserError(
            f"the weights of {what} must have at most {MAX_WEIGHT_BYTES / 1e9:.1f} GB, got {total / 1e9:.1f} GB: "
            "choose a smaller model"
        )
    return chosen


def shard_names(index: dict[str, Any], what: str) -> list[str]:
    """The safetensors files that an index names; plain names in the same folder, nothing else."""
    shards = index.get("weight_map")
    names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
    if not 1 <= len(names) <= 64 or not all(re.fullmatch(r"model[\w.-]*\.safetensors", name) for name in names):
        raise UserError(
            f"{INDEX} of {what} must have a weight_map of 1 to 64 files model-....safetensors: choose another model"
        )
    return names


def check_weights(found: Checkpoint) -> list[Path]:
    """The weight files of a complete folder, each opened far enough to know that it is whole.

    Raises UserError for pickles, absent or oversized files, and for a file that safetensors cannot read.
    """
    from safetensors import SafetensorError, safe_open

    folder, what = found.folder, found.what
    names: dict[str, int | None] = {entry.name: entry.stat().st_size for entry in folder.iterdir() if entry.is_file()}
    chosen = weight_files(names, what)
    if chosen == [INDEX]:
        chosen = shard_names(read_json(folder / INDEX, what), what)
    for name in chosen:
        if name not in names:
            raise UserError(f"{what} has no {name}, which {INDEX} names: load it again")
        _check_header(folder / name, what)
        try:
            with safe_open(folder / name, framework="numpy") as weights:
                weights.keys()
        except (SafetensorError, OSError) as error:
            with open(folder / name, "rb") as file:
                if file.read(23) == b"version https://git-lfs":
                    raise UserError(
                        f"{name} of {what} is a Git LFS pointer, not the weights: fetch them with: git lfs pull"
                    ) from None
            raise UserError(
                f"{name} of {what} is damaged ({_one_line(error)}): delete {(folder / name).resolve()} and load again"
            ) from None
    return [folder / name for name in chosen]


def _check_header(path: Path, what: str) -> None:
    """Raises UserError for a list of tensors that is larger than any model's, before a library reads it.

    A file that is damaged in another way is left to that library, which says how.
    """
    with open_regular(path) as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER and length <= path.stat().st_size:
            raise UserError(
                f"the list of tensors in {path.name} of {what} must have at most {MAX_HEADER} bytes, got {length}: "
                "choose another model"
            )
        content = file.read(min(length, MAX_HEADER))
    try:
        entries = parse(content)
    except ValueError:
        return
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        shape = entry.get("shape") if isinstance(entry, dict) else None
        if isinstance(shape, list) and not all(isinstance(n, int) and 0 <= n < MAX_DIMENSION for n in shape):
            raise UserError(
                f"the tensor {name[:60]!r} in {path.name} of {what} must have sides below {MAX_DIMENSION}, got "
                f"{shown(shape)}: choose another model"
            )


def check_size(bytes_wanted: int, what: str) -> None:
    """Raises UserError for a config whose model, in float32, is larger than any that is published."""
    if bytes_wanted > 2 * MAX_WEIGHT_BYTES:
        raise UserError(
            f"{CONFIG} of {what} describes a model of {bytes_wanted / 1e9:.0f} GB, above the limit of "
            f"{2 * MAX_WEIGHT_BYTES / 1e9:.0f}: choose another model"
        )


def _refuse_code(content: dict[str, Any], name: str, what: str) -> None:
    for key, value in _entries(content):
        if key in _CODE_KEYS and value:
            raise UserError(
                f"{name} of {what} asks to run code from the repository ({key}), which segtutor never does: choose "
                "a model that transformers ships"
            )


def _check_amount(key: str, value: Any, what: str) -> None:
    """What would take minutes or gigabytes to build, or cannot be: judged before anything is outlined."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    for pattern, least, most in _AMOUNTS:
        if not pattern.search(key):
            continue
        if isinstance(value, list) and len(value) > MAX_LAYERS:
            raise UserError(
                f"{key} in {CONFIG} of {what} must have at most {MAX_LAYERS} items, got {len(value)}: choose "
                "another model"
            )
        if number and not least <= value <= most:
            raise UserError(
                f"{key} in {CONFIG} of {what} must be {least} to {most}, got {shown(value)}: choose another model"
            )


def _check_values(config: dict[str, Any], what: str) -> None:
    for key, value in _entries(config):
        _check_amount(str(key), value, what)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and abs(value) > MAX_NUMBER:
            raise UserError(
                f"{key} in {CONFIG} of {what} must be at most {MAX_NUMBER}, got {value:.6g}: choose another model"
            )
        if key in _FETCH_KEYS and value and not _named_backbone(config, key):
            raise UserError(
                f"{CONFIG} of {what} has {key} = {_short(value)}, a part from elsewhere, which segtutor does not "
                "fetch: choose a model that is whole in its folder"
            )
        of_timm = value == "timm_backbone" and _named_backbone(config, key)
        if key == "model_type" and value not in (*families.families(), *PART_TYPES) and not of_timm:
            raise UserError(
                f"the parts of {what} must be of the types {', '.join(PART_TYPES)}, got {_short(value)}: choose "
                "another model"
            )
        # An attention implementation may be the name of a repository with compiled kernels.
        if "attn_implementation" in str(key) and value not in (None, True, False, "eager", "sdpa"):
            raise UserError(
                f"{key} in {CONFIG} of {what} must be eager or sdpa, got {_short(value)}: choose another model"
            )


def _named_backbone(config: dict[str, Any], key: str) -> bool:
    """Whether a key that could fetch a backbone only names the one whose weights the file holds."""
    inner = config.get("backbone_config")
    named = config.get("backbone") or (inner.get("backbone") if isinstance(inner, dict) else None)
    known = families.get(config["model_type"]).named_backbones
    return named in known and key in ("model_type", *_FETCH_KEYS[:3])


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


def _short(value: Any) -> str:
    return shown(value)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
