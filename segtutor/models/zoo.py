"""Models by name: those that ship with the package, folders, and the Hugging Face Hub, through one function.

A shipped checkpoint is a folder of `checkpoints/`, an ordinary save_pretrained folder with a card.json beside it:

    {"name", "family", "task", "licence", "recipe", "seed", "data", "thresholds": {"score_threshold", ...},
     "categories": [COCO dicts], "metrics": {percent}, "training": {"cpu_minutes", ...}}

A folder without a card, and a Hub model, get one with what their config says: name, family, source, categories, and
"things": where it is known from which classes are things (see segtutor.models.labels).
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segtutor import families
from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.segmenter import Segmenter
from segtutor.segments import Categories
from segtutor.thresholds import THRESHOLDS, checked_threshold

CHECKPOINTS = Path(__file__).parent / "checkpoints"
ENGINES = ("reference", "transformers")
# transformers' names of the last layer, whose rows are classes (and "no object")
_CLASS_HEAD = re.compile(r"(class_predictor|class_labels_classifier|decode_head\.classifier)\.weight$")


def cards() -> dict[str, dict[str, Any]]:
    """The cards of the shipped checkpoints, by name; reading them needs no torch."""
    folders = sorted(path.parent for path in CHECKPOINTS.glob(f"*/{checks.CARD}"))
    return {folder.name: checks.read_json(folder / checks.CARD, f"the card of {folder.name!r}") for folder in folders}


def load(
    name: str | Path,
    *,
    engine: str | None = None,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
    token: str | bool | None = None,
) -> Any:
    """A model, ready for pictures.

    name: looked up in this order: a shipped checkpoint ("mask2former-toytown", "upernet-toytown"; no network), a
    folder that save_pretrained wrote, a Hub id ("facebook/mask2former-swin-tiny-coco-panoptic"; needs network once).
    engine: which modules run. "reference": the course's own, written to be read and taken apart; they load without
    transformers. "transformers": the library's. By default the course's own, and the library's for a config that they
    do not cover; `segmenter.engine` says which.
    revision, cache_dir, local_files_only, token: for the Hub, as huggingface_hub means them; a revision of 40 digits
    pins the model.

    -> a Segmenter; for a family that is asked with clicks, words or examples, a PromptSegmenter; for one that finds
    boxes ("maskrcnn-toytown"), a BoxSegmenter.
    Families: Mask2Former, MaskFormer, OneFormer, DETR, EoMT, also on DINOv3 (mask); SegFormer, UPerNet, and by
    transformers' modules BEiT, DPT, DeepLabV3 on MobileNetV2 or MobileViT (per-pixel); SAM, SAM 2 on
    pictures, CLIPSeg, SegGPT (prompt).
    Only safetensors are read, code from a repository is never run, and weights are at most 2 GiB.
    Raises UserError: a name that is none of the three, and whatever keeps the folder from becoming a model.
    """
    if engine not in (None, *ENGINES):
        raise UserError(f"engine must be {' or '.join(map(repr, ENGINES))}, got {engine!r}: leave it out")
    found, source = _find(name, revision, cache_dir, local_files_only, token)

    from segtutor.models import preprocess, small

    if small.kind_of(found):  # a network of the course's own that is asked with prompts, or draws boxes
        return small.load(found, {"name": str(name), "source": source}, engine)
    config = checks.check_config(found)  # before torch is imported, which takes a second
    checks.check_processor(found)
    found = found.described(_without_gaps(config, checks.check_weights(found)))
    family = families.get(found.config["model_type"])
    if family.output == "prompt":  # transformers' own has another interface for each family
        if engine == "transformers":
            raise UserError(
                f"engine must be 'reference' for {found.what}, which is asked with prompts, got 'transformers': "
                "leave it out"
            )
        engine = "reference"
    if engine == "transformers" and not family.transformers_class:
        raise UserError(
            f"engine must be 'reference' for {found.what}, a {family.model_type} network that transformers has no "
            "class for, got 'transformers': leave it out"
        )
    model, used = _build(found, engine)
    processor = preprocess.load_processor(found, used)
    if family.output == "prompt":
        if completing := family.completing():
            completing(model, processor, found)
        return _promptable(
            model, processor, found.folder, {"name": str(name), "source": source, "model_type": family.model_type}
        )
    card, categories = _card(found, source, str(name), family.output)
    return Segmenter(model, family, processor, card, categories, engine=used)


def _promptable(model: Any, processor: Any, folder: Path, card: dict[str, Any]) -> Any:
    """The segmenter of a published promptable model."""
    from segtutor.models.prompts import PromptSegmenter

    return PromptSegmenter(model, processor, {**card, "family": "prompt", "commit": folder.name})


def _build(found: Checkpoint, engine: str | None) -> tuple[Any, str]:
    """The model and the engine that runs it: the one asked for, else the first that can."""
    from segtutor.models import with_reference, with_transformers

    if engine != "transformers":
        try:
            return with_reference.build(found), "reference"
        except with_reference.CannotBuild:
            if engine == "reference" or not families.get(found.config["model_type"]).transformers_class:
                raise
    return with_transformers.build(found), "transformers"


def _without_gaps(config: dict[str, Any], weights: list[Path]) -> dict[str, Any]:
    """A config whose id2label counts 0, 1, 2, ...; every name of a list with gaps is kept.

    Ids of a data set (1 to 150, COCO's up to 90) are often written down as they are. Where the class head has a row up
    to the largest id, ids are rows, and those without a name are called by their number; else names stand in the order
    of their ids.
    """
    try:
        named = {int(key): str(value) for key, value in (config.get("id2label") or {}).items()}
    except (AttributeError, TypeError, ValueError):
        return config  # label_names says so
    if sorted(named) == list(range(len(named))) or min(named) < 0:
        return config
    from safetensors import safe_open

    counts = set()  # classes that the weights have rows for
    for path in weights:
        with safe_open(path, framework="numpy") as opened:
            for key in filter(_CLASS_HEAD.search, opened.keys()):
                no_object = "decode_head" not in key  # a mask classifier's last row
                counts.add(opened.get_slice(key).get_shape()[0] - no_object)
    last = max(named) + 1
    by_row = last in counts and len(named) not in counts
    names = [named.get(i, f"class {i}") for i in range(last)] if by_row else [named[i] for i in sorted(named)]
    without = {key: value for key, value in config.items() if key not in ("num_labels", "label2id")}
    return {**without, "id2label": {str(i): name for i, name in enumerate(names)}}


def label_names(config: Mapping[str, Any], what: str) -> list[str]:
    """The classes of a config.json, by position, as transformers reads them: two where it says nothing."""
    try:
        named = {int(key): str(value) for key, value in (config.get("id2label") or {}).items()}
        count = len(named) or int(config.get("num_labels") or 2)
    except (AttributeError, TypeError, ValueError):
        raise UserError(
            f'id2label in {checks.CONFIG} of {what} must be classes, {{"0": "name", ...}}: choose another model'
        ) from None
    return [named.get(position, f"class {position}") for position in range(count)]


def _find(
    name: str | Path, revision: str | None, cache_dir: Any, local_files_only: bool, token: Any
) -> tuple[Checkpoint, str]:
    """The checkpoint of a name, its config not read yet, and its source: "embedded", "folder" or "hub"."""
    embedded = sorted(path.parent.name for path in CHECKPOINTS.glob(f"*/{checks.CONFIG}"))
    if not isinstance(name, str | Path) or not str(name).strip():
        raise UserError(f"a model must be {_choices(embedded)}, got {name!r}: pass a name")
    text = str(name)
    if text in embedded:
        _no_revision(revision, text)
        return Checkpoint(CHECKPOINTS / text, f"the embedded model {text!r}"), "embedded"
    folder = Path(os.path.expanduser(text))
    if os.path.isdir(folder):  # unlike Path's own, says no to a name that the system cannot hold
        _no_revision(revision, text)
        return Checkpoint(folder, f"the folder {text!r}"), "folder"
    from segtutor.models.hub import HUB_ID, download  # only now: a shipped model needs none of it

    if isinstance(name, str) and HUB_ID.fullmatch(text):
        path = download(
            text,
            revision=revision,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
            token=token,
            embedded=embedded,
        )
        return Checkpoint(path, f"the Hub model {text!r}"), "hub"
    if os.path.exists(folder):
        raise UserError(
            f"a model must be {_choices(embedded)}, got the file {text!r}: pass the folder that {checks.CONFIG} is in"
        )
    close = difflib.get_close_matches(text, embedded, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "check the spelling"
    raise UserError(f"a model must be {_choices(embedded)}, got {_short(text)}: {hint}")


def _short(text: str) -> str:
    """A name as a sentence can hold it."""
    return repr(text if len(text) <= 100 else f"{text[:100]}...")


def _choices(embedded: list[str]) -> str:
    names = [repr(name) for name in embedded]
    return ", ".join([*names, "a folder that save_pretrained wrote", "or a Hub id 'owner/name'"])


def _no_revision(revision: str | None, name: str) -> None:
    if revision is not None:
        raise UserError(f"revision is for models from the Hub, which {name!r} is not, got {revision!r}: leave it out")


def _card(found: Checkpoint, source: str, name: str, family: str) -> tuple[dict[str, Any], Categories]:
    """The card and categories of a model; a card.json is believed for a local folder only after it was checked."""
    folder, what = found.folder, found.what
    card: dict[str, Any] = {"name": name, "thresholds": dict(THRESHOLDS)}
    if source != "hub" and (folder / checks.CARD).exists():
        card.update(checks.read_json(folder / checks.CARD, what))
    card.update(family=family, model_type=found.config["model_type"], source=source)
    if source == "hub":
        card["commit"] = folder.name
    thresholds = card["thresholds"]
    if not isinstance(thresholds, dict) or not set(thresholds) <= set(THRESHOLDS):
        raise UserError(
            f"the thresholds in {checks.CARD} of {what} must be an object with {', '.join(THRESHOLDS)}, got "
            f"{str(thresholds)[:60]}"
        )
    for key, value in thresholds.items():
        checked_threshold(value, f"{key} in {checks.CARD} of {what}: {key}")
    labels = label_names(found.config, what)
    count = len(labels)
    if "categories" in card:
        categories = Categories.from_coco(card["categories"])
        if len(categories) != count:
            raise UserError(
                f"{checks.CARD} of {what} must list the {count} categories of the model, got {len(categories)}"
            )
        return card, categories

    from segtutor.models.labels import categories_of

    categories = _configured(found.config, labels)
    if categories is None:
        categories, card["things"] = categories_of(labels, family)
    card["categories"] = categories.to_coco()
    return card, categories


def _configured(config: Mapping[str, Any], labels: list[str]) -> Categories | None:
    """The categories that a config.json holds beside its labels, None where it holds none, or others than its labels.

    `segtutor.training.save` writes them, and transformers' Trainer copies them into each of its checkpoints.
    """
    try:
        categories = Categories.from_coco(config.get("categories"))
    except UserError:
        return None  # another program's entry of this name
    return categories if categories.names == labels else None
