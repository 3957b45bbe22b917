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

from segtutor import families
from segtutor.errors import UserError
from segtutor.files import filling, make_folder, whole_folder, write_whole

if TYPE_CHECKING:
    from torch import Tensor, nn

    from segtutor.models.segmenter import Segmenter


def save(segmenter: Segmenter, folder: str | Path, *, like: str | Path | None = None) -> Path:
    """Write a model with its preprocessing, categories and thresholds to a new or empty folder, and return that.

    segmenter: of `segtutor.load` or `with_classes`, trained or not, either engine. like: the name or folder of a model
    with this architecture and preprocessing, as `segtutor.load` takes it; by default what it was loaded from.
    Raises UserError for a folder that holds something, and for a `like` of another architecture.

    Taught in notebooks/09_how_do_i_teach_it_my_own_classes.
    """
    from segtutor.models import checks, zoo

    target = Path(folder)
    name = segmenter.card["name"] if like is None else like
    revision = segmenter.card.get("commit") if like is None else None
    found, _ = zoo._find(name, revision, None, True, None)
    config = checks.check_config(found)
    names = segmenter.categories.names
    config["id2label"] = dict(enumerate(names))
    config["label2id"] = {label: position for position, label in enumerate(names)}
    config["categories"] = segmenter.categories.to_coco()  # other programs keep what they do not know; no card.json
    config.pop("num_labels", None)  # id2label says it
    if make_folder(target):
        raise UserError(f"the folder {target} is not empty: choose a new name")
    left_out = ("name", "source", "commit", "model_type", "weights_sha256")
    card = {key: value for key, value in segmenter.card.items() if key not in left_out}
    card = {"name": target.name, **card, "categories": segmenter.categories.to_coco()}
    with whole_folder(target) as place:  # a full disk leaves no half of a model
        try:
            write_weights(segmenter.model, place, config)
        except UserError:
            raise
        except ValueError as error:
            raise UserError(
                f"{found.what} does not describe the model, whose architecture must be the one it was loaded with "
                f"({error}): pass like= with the name of such a model"
            ) from None
        write_whole(place / checks.PROCESSOR, found.path(checks.PROCESSOR).read_bytes())
        write_whole(place / checks.CARD, (json.dumps(card, indent=1) + "\n").encode())
    return target


def write_weights(model: nn.Module, folder: Path, config: Any = None, *, half: bool = False) -> None:
    """config.json and model.safetensors, as save_pretrained writes them, of a model of transformers or of ours.

    A family that transformers has no class for is written under our names.

    config: transformers' configuration or its dictionary; ours needs it. half: weights in float16, half the size, which
    both engines read as float32 again. Raises ValueError where the configuration does not fit.
    """
    import torch
    from safetensors import SafetensorError

    from segtutor.models.with_transformers import quiet

    if not hasattr(model, "save_pretrained"):
        if config is None:
            raise UserError(
                f"a {type(model).__name__} of segtutor.reference needs its configuration to be saved: pass config=, "
                "such as the content of config.json"
            )
        given = config.to_dict() if hasattr(config, "to_dict") else config
        family = families.families().get(given.get("model_type"))
        if family is not None and not family.transformers_class:  # nobody but us reads it: our names, as they are
            from safetensors.torch import save

            tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
            tensors = {name: _halved(tensor) if half else tensor for name, tensor in tensors.items()}
            write_whole(folder / "config.json", (json.dumps(given, indent=1) + "\n").encode(), overwrite=True)
            write_whole(folder / "model.safetensors", save(tensors), overwrite=True)
            return
        from segtutor.reference.weights.inverse import transformers_model

        with quiet(errors=True):
            model = transformers_model(model, config)
    with quiet(errors=True), filling(folder) as place:
        try:
            written = model.to(memory_format=torch.contiguous_format).eval()
            if half:
                state = {name: _halved(tensor) for name, tensor in written.state_dict().items()}
                written.save_pretrained(place, state_dict=state, safe_serialization=True)
                _read_as_float32(place / "config.json")
            else:
                written.save_pretrained(place, safe_serialization=True)
        except SafetensorError as error:
            raise UserError(
                f"{folder} could not be written to ({' '.join(str(error).split())[:100]}): choose a folder that "
                "exists and is yours"
            ) from None


def _halved(tensor: Tensor) -> Tensor:
    """float16 of a floating tensor; ValueError where a number is too large for it."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    if not bool(half.isfinite().all()):
        raise ValueError(f"weights must be at most 65504 for half precision, got {float(tensor.abs().max()):.6g}")
    return half


def _read_as_float32(path: Path) -> None:
    """from_pretrained runs in the dtype that the configuration names, and a processor is slow in float16."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config["dtype"] = "float32"
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
