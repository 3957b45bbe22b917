"""In which precision a network is trained: which parts in bfloat16, which in float32.

    None               float32, or what `accelerate launch` was told
    "bf16"             all of the network under torch.autocast, which keeps float32 where bfloat16 is not safe
    "bf16 features"    backbone and pixel decoder so, what works on queries in float32

Convolutions over maps of many pixels take half the time in bfloat16. A decoder with a few dozen queries has no such
products; there the changes to and fro take longer than they save. Weights and losses are float32 in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn

from segtutor.errors import UserError
from segtutor.training.loop.parts import prefixes_of

PRECISIONS = (None, "bf16", "bf16 features")


@contextmanager
def precise(
    model: nn.Module, precision: str | None, device_type: str, otherwise: Callable[[], AbstractContextManager]
) -> Iterator[Callable[[], AbstractContextManager]]:
    """Inside, what has to be entered around each call of the model. otherwise: the answer for None.

    Raises UserError for another precision, or for "bf16 features" of a model without these parts.
    """
    if precision not in PRECISIONS:
        raise UserError(
            f"precision must be None, 'bf16' or 'bf16 features', got {precision!r}: leave it out for float32"
        )
    low = partial(torch.autocast, device_type, torch.bfloat16)
    if precision != "bf16 features":
        yield low if precision else otherwise
        return
    hooks: list[Any] = []
    try:
        for part in _parts(model):
            hooks += _in_bfloat16(part, low)
        yield partial(torch.autocast, device_type, enabled=False)
    finally:
        for hook in hooks:
            hook.remove()


def _parts(model: nn.Module) -> list[nn.Module]:
    """Backbone and pixel decoder, where a model has them."""
    found = []
    for name in ("backbone", "pixel_decoder"):
        for path in (name, *(other.rstrip(".") for other in prefixes_of(name))):
            try:
                found.append(model.get_submodule(path))
                break
            except AttributeError:
                continue
    if not found:
        raise UserError("precision='bf16 features' needs a model with a backbone or pixel_decoder: pass 'bf16'")
    return found


def _in_bfloat16(part: nn.Module, low: Callable[[], AbstractContextManager]) -> list[Any]:
    """Hooks that enter the context before each call of a part and leave it after, also after an error."""
    entered: list[AbstractContextManager] = []

    def before(_module: nn.Module, _given: Any) -> None:
        entered.append(low())
        entered[-1].__enter__()

    def after(_module: nn.Module, _given: Any, answer: Any) -> Any:
        entered.pop().__exit__(None, None, None)
        return _float32(answer)

    return [part.register_forward_pre_hook(before), part.register_forward_hook(after, always_call=True)]


def _float32(value: Any) -> Any:
    """Tensors in lists, tuples and dictionaries, as float32 where they are of lower precision."""
    if isinstance(value, torch.Tensor):
        return value.float() if value.dtype == torch.bfloat16 else value
    if isinstance(value, dict):
        return type(value)(**{key: _float32(part) for key, part in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(_float32(part) for part in value)
    return value
