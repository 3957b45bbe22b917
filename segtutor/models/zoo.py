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
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.models.segmenter import THRESHOLDS, Segmenter, checked_threshold
from segtutor.segments import Categories

CHECKPOINTS = Path(__file__).parent / "checkpoints"
ENGINES = ("reference", "transformers")


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
) -> Segmenter:
    """A model, ready for pictures.

    name: looked up in this order: a shipped checkpoint ("mask2former-toytown", "upernet-toytown"; no network), a
    folder that save_pretrained wrote, a Hub id ("facebook/mask2former-swin-tiny-coco-panoptic"; needs network once).
    engine: which modules run. "reference": the course's own, written to be read and taken apart; they load without
    transformers. "transformers": the library's. By default the course's own, and the library's for a config that they
    do not cover; `segmenter.engine` says which.
    revision, cache_dir, local_files_only, token: for the Hub, as huggingface_hub means them; a revision of 40 digits
    pins the model.

    Families: Mask2Former, MaskFormer, OneFormer, DETR, EoMT (mask), SegFormer, UPerNet (per-pixel). Only safetensors
    are read, code from a repository is never run, and weights are at most 2 GiB.
    Raises UserError: a name that is none of the three, and whatever keeps the folder from becoming a model.
    """
    if engine not in (None, *ENGINES):
        raise UserError(f"got engine={engine!r}, expected {' or '.join(map(repr, ENGINES))}: leave it out")
    folder, what, source = _find(name, revision, cache_dir, local_files_only, token)

    from segtutor.models import preprocess

    config = checks.check_config(folder, what)  # before torch is imported, which takes a second
    checks.check_processor(folder, what)
    checks.check_weights(folder, what)
    model, adapter, used = _build(folder, what, config, engine)
    processor = preprocess.load_processor(folder, what, used)
    card, categories = _card(
        folder, what, source, str(name), label_names(config, what), adapter.family, config["model_type"]
    )
    return Segmenter(model, adapter, processor, card, categories, engine=used)


def _build(folder: Path, what: str, config: dict[str, Any], engine: str | None) -> tuple[Any, Any, str]:
    """The model, its adapter, and the engine that runs it: the one asked for, else the first that can."""
    from segtutor.models import with_reference, with_transformers

    if engine != "transformers":
        try:
            return *with_reference.build(folder, what, config), "reference"
        except with_reference.CannotBuild:
            if engine == "reference":
                raise
    return *with_transformers.build(folder, what, config), "transformers"


def label_names(config: dict[str, Any], what: str) -> list[str]:
    """The classes of a config.json, by position, as transformers reads them: two where it says nothing."""
    try:
        named = {int(key): str(value) for key, value in (config.get("id2label") or {}).items()}
        count = len(named) or int(config.get("num_labels") or 2)
    except (AttributeError, TypeError, ValueError):
        raise UserError(
            f"got {what} whose {checks.CONFIG} has an id2label that is no list of classes, expected "
            '{"0": "name", ...}: choose another model'
        ) from None
    return [named.get(position, f"class {position}") for position in range(count)]


def _find(
    name: str | Path, revision: str | None, cache_dir: Any, local_files_only: bool, token: Any
) -> tuple[Path, str, str]:
    """The folder of a name, what to call it in a sentence, and its source: "embedded", "folder" or "hub"."""
    embedded = sorted(path.parent.name for path in CHECKPOINTS.glob(f"*/{checks.CONFIG}"))
    if not isinstance(name, str | Path) or not str(name).strip():
        raise UserError(f"got {name!r} as a model, expected {_choices(embedded)}: pass a name")
    text = str(name)
    if text in embedded:
        _no_revision(revision, text)
        return CHECKPOINTS / text, f"the embedded model {text!r}", "embedded"
    folder = Path(os.path.expanduser(text))
    if os.path.isdir(folder):  # unlike Path's own, says no to a name that the system cannot hold
        _no_revision(revision, text)
        return folder, f"the folder {text!r}", "folder"
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
        return path, f"the Hub model {text!r}", "hub"
    if os.path.exists(folder):
        raise UserError(
            f"got {text!r}, which is a file, expected {_choices(embedded)}: pass the folder that {checks.CONFIG} is in"
        )
    close = difflib.get_close_matches(text, embedded, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "check the spelling"
    raise UserError(f"got {text!r} as a model, expected {_choices(embedded)}: {hint}")


def _choices(embedded: list[str]) -> str:
    names = [repr(name) for name in embedded]
    return ", ".join([*names, "a folder that save_pretrained wrote", "or a Hub id 'owner/name'"])


def _no_revision(revision: str | None, name: str) -> None:
    if revision is not None:
        raise UserError(f"got revision={revision!r} for {name!r}, which is not from the Hub: leave revision out")


def _card(
    folder: Path, what: str, source: str, name: str, labels: list[str], family: str, model_type: str
) -> tuple[dict[str, Any], Categories]:
    """The card and categories of a model; a card.json is believed for a local folder only after it was checked."""
    card: dict[str, Any] = {"name": name, "thresholds": dict(THRESHOLDS)}
    if source != "hub" and (folder / checks.CARD).exists():
        card.update(checks.read_json(folder / checks.CARD, what))
    card.update(family=family, model_type=model_type, source=source)
    if source == "hub":
        card["commit"] = folder.name
    thresholds = card["thresholds"]
    if not isinstance(thresholds, dict) or not set(thresholds) <= set(THRESHOLDS):
        raise UserError(
            f"got {what} whose {checks.CARD} has thresholds {str(thresholds)[:60]}, expected an object with "
            f"{', '.join(THRESHOLDS)}: correct it"
        )
    for key, value in thresholds.items():
        checked_threshold(value, f"{key} in {checks.CARD} of {what}: {key}")
    count = len(labels)
    if "categories" in card:
        categories = Categories.from_coco(card["categories"])
        if len(categories) != count:
            raise UserError(
                f"got {what} whose {checks.CARD} lists {len(categories)} categories for a model of {count} classes, "
                "expected as many: correct the card"
            )
        return card, categories

    from segtutor.models.labels import categories_of

    categories, card["things"] = categories_of(labels, family)
    card["categories"] = categories.to_coco()
    return card, categories
