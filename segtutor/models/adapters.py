"""A transformers family -> one of the two output types. A new family is a row in `ADAPTERS` and a function.

Each function runs the network once and translates transformers' names. It keeps gradients if the caller does, so
the same function serves training, reading and a learner's experiments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.outputs import MaskOutput, PerPixelOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def run_mask2former(model: nn.Module, pixel_values: Tensor) -> MaskOutput:
    """Mask2Former: layers are the initial queries' prediction, then that of each decoder layer but the last.

    pixel_values: (B, 3, H, W) float, normalised. Returns masks at stride 4.
    """
    answer = model(pixel_values=pixel_values, output_auxiliary_logits=True)
    layers = tuple(
        MaskOutput(layer["class_queries_logits"], layer["masks_queries_logits"]) for layer in answer.auxiliary_logits
    )
    return MaskOutput(answer.class_queries_logits, answer.masks_queries_logits, layers=layers)


def run_maskformer(model: Any, pixel_values: Tensor) -> MaskOutput:
    """MaskFormer: layers are the predictions of each decoder layer but the last (its queries start at zero).

    pixel_values: (B, 3, H, W) float, normalised. Returns masks at stride 4.
    transformers 5.23 gives earlier layers' logits only when the config asks for the auxiliary loss, and then takes
    them before the decoder's LayerNorm; here each layer goes through the LayerNorm and heads that the last one
    goes through, as in the paper (arXiv:2107.06278, sec. 3.3).
    """
    import torch

    decoder = model.model.transformer_module.decoder
    states: list[Tensor] = []
    hooks = [layer.register_forward_hook(lambda _m, _i, out: states.append(_first(out))) for layer in decoder.layers]
    try:
        answer = model(pixel_values=pixel_values)
    finally:
        for hook in hooks:
            hook.remove()
    pixels = answer.pixel_decoder_last_hidden_state  # (B, C, h, w)
    layers = []
    for state in states[:-1]:
        queries = decoder.layernorm(state)  # (B, Q, C)
        masks = torch.einsum("bqc,bchw->bqhw", model.mask_embedder(queries), pixels)
        layers.append(MaskOutput(model.class_predictor(queries), masks))
    return MaskOutput(answer.class_queries_logits, answer.masks_queries_logits, layers=tuple(layers))


def run_per_pixel(model: nn.Module, pixel_values: Tensor) -> PerPixelOutput:
    """SegFormer (logits at stride 4) and UPerNet (at the input's size). pixel_values: (B, 3, H, W), normalised."""
    return PerPixelOutput(model(pixel_values=pixel_values).logits)


@dataclass(frozen=True)
class Adapter:
    """How one model type of transformers is built and read.

    model_class: name of the class in transformers. family: "mask" or "per-pixel".
    run: (model, pixel_values (B, 3, H, W)) -> MaskOutput | PerPixelOutput.
    """

    model_class: str
    family: str
    run: Callable[[Any, Any], MaskOutput | PerPixelOutput]


# By model_type in config.json; checks.MODEL_TYPES is the same list, known before transformers is imported.
ADAPTERS = {
    "mask2former": Adapter("Mask2FormerForUniversalSegmentation", "mask", run_mask2former),
    "maskformer": Adapter("MaskFormerForInstanceSegmentation", "mask", run_maskformer),
    "segformer": Adapter("SegformerForSemanticSegmentation", "per-pixel", run_per_pixel),
    "upernet": Adapter("UperNetForSemanticSegmentation", "per-pixel", run_per_pixel),
}
# Buffers that older versions stored and newer ones compute; they carry nothing that was learned.
_COMPUTED = re.compile(
    r"(relative_position_index|relative_coords_table|num_batches_tracked|position_ids|empty_weight)$"
)


def build(folder: Path, what: str) -> tuple[nn.Module, Adapter]:
    """The model in a folder, with the folder's weights in every one of its parameters, in float32 and eval mode.

    Raises UserError where config or weights do not fit: a parameter without a weight would stay random, a weight
    without a parameter means that another network was trained than is built.
    """
    import torch
    import transformers

    config_dict = checks.check_config(folder, what)
    files = checks.check_weights(folder, what)
    adapter = ADAPTERS[config_dict["model_type"]]
    model_class = getattr(transformers, adapter.model_class)
    try:
        with _quiet():
            config = model_class.config_class.from_dict(config_dict)
            with torch.device("meta"):  # shapes only: a config cannot ask for more memory than the limit
                bytes_wanted = 4 * sum(p.numel() for p in model_class(config).parameters())
            if bytes_wanted > 2 * checks.MAX_WEIGHT_BYTES:
                raise UserError(
                    f"got {what} whose {checks.CONFIG} describes a model of {bytes_wanted / 1e9:.0f} GB, "
                    f"expected at most {2 * checks.MAX_WEIGHT_BYTES / 1e9:.0f}: choose another model"
                )
            model, report = model_class.from_pretrained(
                folder,
                config=config,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                ignore_mismatched_sizes=True,  # reported below, in words, instead of as a traceback
                dtype=torch.float32,
                output_loading_info=True,
            )
    except UserError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise UserError(
            f"got {what}, which transformers {transformers.__version__} cannot build ({reason}): check its "
            f"{checks.CONFIG}, or choose another model"
        ) from None
    _check_report(report, what, " and ".join(path.name for path in files[:1]))
    return model.eval(), adapter


def _check_report(report: dict[str, Any], what: str, file: str) -> None:
    mismatched = sorted(key[0] if isinstance(key, tuple) else key for key in report["mismatched_keys"])
    cases = (
        ("has no weight for", sorted(report["missing_keys"]), "the model would be random there"),
        ("has a weight of another shape for", mismatched, "the model would be random there"),
        ("has a weight that no part of the model takes,", sorted(report["unexpected_keys"]), "it was another model's"),
    )
    for problem, keys, meaning in cases:
        keys = [key for key in keys if not _COMPUTED.search(key)]
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise UserError(
                f"got {what} whose {file} {problem} {keys[0]}{more}, expected exactly the weights that "
                f"{checks.CONFIG} describes ({meaning}): use the {checks.CONFIG} that was saved with these weights"
            )


class _quiet:
    """transformers' progress bar and its remarks about weights, off while we load: we say what matters ourselves."""

    def __enter__(self):
        from huggingface_hub.utils import are_progress_bars_disabled
        from transformers.utils import logging

        self.bars = logging.is_progress_bar_enabled(), are_progress_bars_disabled()
        self.verbosity = logging.get_verbosity()
        logging.disable_progress_bar()
        logging.set_verbosity(logging.CRITICAL)

    def __exit__(self, *_):
        from huggingface_hub.utils import disable_progress_bars
        from transformers.utils import logging

        logging.set_verbosity(self.verbosity)
        shown, hub_disabled = self.bars
        if shown:
            logging.enable_progress_bar()  # switches huggingface_hub's on as well
        if hub_disabled:
            disable_progress_bars()


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value
