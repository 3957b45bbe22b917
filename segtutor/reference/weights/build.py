"""Trained weights in our modules: transformers' names on one side, ours on the other.

    model = from_transformers(theirs)                              # a transformers model, whatever it holds
    model = build(config, weights)                                 # config.json as a dict, tensors by their names

Each family has a table of rules in `names/`: a pattern for their name, a template for ours. `fill` applies a table
and accepts nothing less than everything: each parameter and buffer of ours gets a tensor, each tensor of theirs is
used. Nothing here imports transformers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from segtutor import families
from segtutor.reference.weights.names.rule import Rule, current_name


def translate(weights: Mapping[str, Tensor], rules: Sequence[Rule], ignore: Sequence[str] = ()) -> dict[str, Tensor]:
    """Their tensors under our names. ignore: patterns of their names that hold nothing learned.

    Raises ValueError for a tensor that no rule takes, and for two that become the same one.
    """
    compiled = [(re.compile(rule.theirs), rule) for rule in rules]
    ignored = [re.compile(pattern) for pattern in ignore]
    named: dict[str, Tensor] = {}
    parts: dict[str, dict[int, Tensor]] = {}
    for name, tensor in weights.items():
        match, rule = next(((m, r) for p, r in compiled if (m := p.fullmatch(name))), (None, None))
        if match is None:
            if any(pattern.fullmatch(name) for pattern in ignored):
                continue
            raise ValueError(f"unexpected weight {name!r}: this checkpoint belongs to a different model")
        tensor = rule.transform(tensor) if rule.transform else tensor
        ours = [match.expand(template) for template in (rule.ours if isinstance(rule.ours, tuple) else (rule.ours,))]
        for target, value in zip(ours, _cut(tensor, len(ours)), strict=True):
            if rule.part is not None:
                parts.setdefault(target, {})[rule.part] = value
                continue
            if target in named:
                raise ValueError(f"{target!r} has two weights, the second is {name!r}")
            named[target] = value
    for target in list(parts):
        pieces = parts.pop(target)
        if sorted(pieces) != list(range(len(pieces))):
            raise ValueError(f"{target!r} needs all its parts, got {sorted(pieces)}: a weight is missing")
        named[target] = torch.cat([pieces[i] for i in sorted(pieces)])
    return named


def _cut(tensor: Tensor, count: int) -> list[Tensor]:
    if not count:
        return []
    # copies: tensors that share one storage could not be saved as safetensors
    return [tensor] if count == 1 else [piece.clone() for piece in tensor.chunk(count)]


def fill(module: nn.Module, weights: Mapping[str, Tensor], rules: Sequence[Rule], ignore: Sequence[str] = ()) -> None:
    """Puts their tensors into our module, in its dtype; the module may be on the meta device, it is not afterwards.

    Raises ValueError naming the weight that is missing, has another shape, or belongs to nothing.
    """
    named = translate(weights, rules, ignore)
    wanted = module.state_dict()
    for name, tensor in wanted.items():
        if name not in named:
            raise ValueError(f"weight {name!r} is missing: the model would be random there")
        if named[name].shape != tensor.shape:
            raise ValueError(
                f"weight {name!r} must have the shape {tuple(tensor.shape)}, got {tuple(named[name].shape)}: the "
                "configuration describes another model"
            )
    for name in named:
        if name not in wanted:
            raise ValueError(f"unexpected weight {name!r}: this checkpoint belongs to a different model")
    state = {name: named[name].to(dtype=wanted[name].dtype) for name in wanted}
    module.load_state_dict(state, assign=True)


def build(config: dict[str, Any], weights: Mapping[str, Tensor]) -> nn.Module:
    """One of our whole models with given weights, in eval mode, its parameters trainable.

    config: what config.json holds (keys that equal transformers' defaults may be absent); weights: tensors under
    transformers' names, today's or those of its files. Parameters share memory with `weights` where their dtype is
    the same.
    Raises ValueError for a model_type that has no module here, and for weights that do not fit.
    """
    return filled(outline(config), config, weights)


def outline(config: dict[str, Any]) -> nn.Module:
    """The model of a config on the meta device: names and shapes, without the memory or the time for numbers.

    Raises ValueError for what has no module here.
    """
    with torch.device("meta"), _WithoutNumbers():
        return family_of(config).from_config(config)


def filled(model: nn.Module, config: dict[str, Any], weights: Mapping[str, Tensor]) -> nn.Module:
    """An `outline` with its numbers, in eval mode, trainable. Arguments and errors as in `build`."""
    family = family_of(config)
    # One at a time, so that a mapping that reads its tensors from a file need not hold them all.
    renames = family.renames(config) if hasattr(family, "renames") else ()
    today = {current_name(renames, name): name for name in weights}
    for absent, same in getattr(family, "same_as", {}).items():  # what a file may hold once
        if absent not in today and same in today:
            today[absent] = today[same]
    fill(model, _Renamed(weights, today), family.rules(config), family.ignore)
    _refuse_meta(model)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    return model.eval()


class _Renamed(Mapping):
    """A mapping under other names. names: new -> old."""

    def __init__(self, weights: Mapping[str, Tensor], names: Mapping[str, str]):
        self._weights, self._names = weights, names

    def __getitem__(self, name: str) -> Tensor:
        return self._weights[self._names[name]]

    def __iter__(self):
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _WithoutNumbers(TorchFunctionMode):
    """On the meta device, where no number exists, drawing and filling are left out.

    torch would do both in Python, and for that import its compiler: a second, and 100 MB.
    """

    _MADE = (torch.zeros, torch.ones, torch.rand, torch.randn, torch.full)

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        keywords = dict(keywords or {})
        if function in self._MADE:
            keywords = {name: value for name, value in keywords.items() if name in ("size", "dtype")}
            size = arguments[:1] if function is torch.full else arguments
            return torch.empty(*size, **keywords, device="meta")
        if arguments and isinstance(arguments[0], Tensor) and arguments[0].is_meta:
            name = getattr(function, "__name__", "")
            if name == "__setitem__" or (name.endswith("_") and not name.startswith(("_", "requires_"))):
                return arguments[0]
        return function(*arguments, **keywords)


def family_of(config: dict[str, Any]) -> Any:
    """The class of a config's model_type. Raises ValueError where there is none."""
    kind = config.get("model_type")
    known = {name: family for name, family in families.families().items() if family.network}
    if not isinstance(kind, str) or kind not in known:
        raise ValueError(
            f"model_type must be one of {', '.join(known)}, got {str(kind)[:60]!r}: load it with transformers"
        )
    return known[kind].network_class()


def from_transformers(model: nn.Module) -> nn.Module:
    """Our modules with the weights of a transformers model: model(pixel_values) -> MaskOutput | PerPixelOutput.

    model: of transformers' MaskFormer, Mask2Former, OneFormer, DETR (panoptic), EoMT, UPerNet or SegFormer; or one
    that takes prompts, CLIPSeg or SegGPT. The copy has its own memory. Raises ValueError for another model.
    """
    config = getattr(model, "config", None)
    if config is None or not hasattr(config, "to_dict"):
        raise ValueError(f"the model must be one of transformers, with a config, got a {type(model).__name__}")
    weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    return build(config.to_dict(), weights).to(next(model.parameters()).device).train(model.training)


def _refuse_meta(model: nn.Module) -> None:
    left = [name for name, tensor in [*model.named_parameters(), *model.named_buffers()] if tensor.is_meta]
    if left:  # a buffer that is computed and not stored must be made outside __init__, or on a real device
        raise ValueError(f"{left[0]} has no values: it must be among the weights or be computed later")
