"""The engine "transformers": a folder's model as transformers builds it, with the folder's weights in all its parts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.models.adapters import ADAPTERS, Adapter

if TYPE_CHECKING:
    from torch import nn

# Buffers that older versions stored and newer ones compute; they carry nothing that was learned.
_COMPUTED = re.compile(
    r"(relative_position_index|relative_coords_table|num_batches_tracked|position_ids|empty_weight)$"
)


def build(folder: Path, what: str, config_dict: dict[str, Any]) -> tuple[nn.Module, Adapter]:
    """The model in a folder, with the folder's weights in every one of its parameters, in float32 and eval mode.

    config_dict: the content of its config.json, checked.
    Raises UserError where config or weights do not fit: a parameter without a weight would stay random, a weight
    without a parameter means that another network was trained than is built.
    """
    import torch
    import transformers

    files = checks.check_weights(folder, what)
    checks.refuse_parts_from_elsewhere(config_dict, what)
    adapter = ADAPTERS[config_dict["model_type"]]
    model_class = getattr(transformers, adapter.model_class)
    try:
        with quiet():
            config = model_class.config_class.from_dict(config_dict)
            with torch.device("meta"):  # shapes only: a config cannot ask for more memory than the limit
                bytes_wanted = 4 * sum(p.numel() for p in model_class(config).parameters())
            checks.check_size(bytes_wanted, what)
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
