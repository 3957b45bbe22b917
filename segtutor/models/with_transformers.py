"""The engine "transformers": a folder's model as transformers builds it, with the folder's weights in all its parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from segtutor import families
from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.models.checkpoint import Checkpoint

if TYPE_CHECKING:
    from torch import nn

# Buffers that older versions stored and newer ones compute; they carry nothing that was learned.
_COMPUTED = re.compile(
    r"(relative_position_index|relative_coords_table|num_batches_tracked|position_ids|empty_weight)$"
)


def build(found: Checkpoint) -> nn.Module:
    """The model of a checkpoint, with the folder's weights in every one of its parameters, in float32 and eval mode.

    found.config: the content of its config.json, checked.
    Raises UserError where config or weights do not fit: a parameter without a weight would stay random, a weight
    without a parameter means that another network was trained than is built.
    """
    import torch
    import transformers

    what = found.what
    files = checks.check_weights(found)
    checks.refuse_parts_from_elsewhere(found)
    model_class = getattr(transformers, families.get(found.config["model_type"]).transformers_class)
    try:
        with quiet():
            config = model_class.config_class.from_dict(dict(found.config))
            with torch.device("meta"):  # shapes only: a config cannot ask for more memory than the limit
                bytes_wanted = 4 * sum(p.numel() for p in model_class(config).parameters())
            checks.check_size(bytes_wanted, what)
            model, report = model_class.from_pretrained(
                found.folder,
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
            f"transformers {transformers.__version__} cannot build {what} ({reason}): check its {checks.CONFIG}, or "
            "choose another model"
        ) from None
    _check_report(report, what, " and ".join(path.name for path in files[:1]))
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise UserError(
                f"the weights of {what} must be finite, but {name!r} holds NaN or infinity: the training that made "
                "them has failed, choose another model or an earlier state"
            )
    return model.eval()


def _check_report(report: dict[str, Any], what: str, file: str) -> None:
    mismatched = sorted(key[0] if isinstance(key, tuple) else key for key in report["mismatched_keys"])
    cases = (
        ("has no weight for", sorted(report["missing_keys"]), "the model would be random there"),
        ("has a weight of another shape for", mismatched, "the model would be random there"),
        ("has an unexpected weight", sorted(report["unexpected_keys"]), "it belongs to another model"),
    )
    for problem, keys, meaning in cases:
        keys = [key for key in keys if not _COMPUTED.search(key)]
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise UserError(
                f"{file} of {what} {problem} {keys[0]}{more}, so it does not fit {checks.CONFIG} ({meaning}): use "
                f"the {checks.CONFIG} that was saved with these weights"
            )


class quiet:
    """transformers' progress bars and remarks, off while we build, load or save: we say what matters ourselves.

    errors: whether it may still report what it calls an error.
    """

    def __init__(self, errors: bool = False):
        self.errors = errors

    def __enter__(self):
        from huggingface_hub.utils import are_progress_bars_disabled
        from transformers.utils import logging

        self.bars = logging.is_progress_bar_enabled(), are_progress_bars_disabled()
        self.verbosity = logging.get_verbosity()
        logging.disable_progress_bar()
        logging.set_verbosity(logging.ERROR if self.errors else logging.CRITICAL)

    def __exit__(self, *_):
        from huggingface_hub.utils import disable_progress_bars
        from transformers.utils import logging

        logging.set_verbosity(self.verbosity)
        shown, hub_disabled = self.bars
        if shown:
            logging.enable_progress_bar()  # switches huggingface_hub's on as well
        if hub_disabled:
            disable_progress_bars()
