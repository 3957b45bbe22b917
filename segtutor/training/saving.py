"""What you trained, as a folder: `st.load` reads it again, and so does transformers' `from_pretrained`.

    st.fit(own.model, records)
    st.training.save(own, "my-model")
    st.load("my-model").segment("photo.jpg")

The folder is what transformers' `save_pretrained` writes, also where the model is made of the course's own modules:
config.json, model.safetensors, preprocessor_config.json; and card.json with the categories and thresholds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..files import make_folder, write_whole

if TYPE_CHECKING:
    from torch import nn

    from ..models.segmenter import Segmenter


def save(segmenter: Segmenter, folder: str | Path, *, like: str | Path | None = None) -> Path:
    """Write a model with its preprocessing, categories and thresholds to a new or empty folder, and return that.

    segmenter: of `segtutor.load` or `with_classes`, trained or not, either engine. like: the name or folder of a model
    with this architecture and preprocessing, as `segtutor.load` takes it; by default what it was loaded from.
    Raises UserError for a folder that holds something, and for a `like` of another architecture.

    Taught in notebooks/09_how_do_i_teach_it_my_own_classes.
    """
    from ..models import checks, zoo

    target = Path(folder)
    name = segmenter.card["name"] if like is None else like
    revision = segmenter.card.get("commit") if like is None else None
    source, what, _ = zoo._find(name, revision, None, True, None)
    config = checks.check_config(source, what)
    names = segmenter.categories.names
    config["id2label"] = dict(enumerate(names))
    config["label2id"] = {label: position for position, label in enumerate(names)}
    config.pop("num_labels", None)  # id2label says it
    if make_folder(target):
        raise UserError(f"got the folder {target}, which is not empty, expected a new one: choose another name")
    try:
        write_weights(segmenter.model, target, config)
    except ValueError as error:
        raise UserError(
            f"got a model that {what} does not describe ({error}), expected the architecture that it was loaded with: "
            "pass like= with the name of such a model"
        ) from None
    write_whole(target / checks.PROCESSOR, (source / checks.PROCESSOR).read_bytes(), overwrite=True)
    left_out = ("name", "source", "commit", "model_type", "weights_sha256")
    card = {key: value for key, value in segmenter.card.items() if key not in left_out}
    card = {"name": target.name, **card, "categories": segmenter.categories.to_coco()}
    write_whole(target / checks.CARD, (json.dumps(card, indent=1) + "\n").encode(), overwrite=True)
    return target


def write_weights(model: nn.Module, folder: Path, config: Any = None) -> None:
    """config.json and model.safetensors, as save_pretrained writes them, of a model of transformers or of ours.

    config: transformers' configuration or its dictionary; ours needs it. Raises ValueError where it does not fit.
    """
    import torch

    from ..models.with_transformers import quiet

    if not hasattr(model, "save_pretrained"):
        if config is None:
            raise UserError(
                f"got a {type(model).__name__} of segtutor.reference without its configuration, expected one: pass "
                "config=, such as the content of config.json"
            )
        from ..reference.inverse import transformers_model

        with quiet(errors=True):
            model = transformers_model(model, config)
    with quiet(errors=True):
        model.to(memory_format=torch.contiguous_format).eval().save_pretrained(folder, safe_serialization=True)
