"""The way back: a module of ours as a model of transformers, so that what was trained here can be read anywhere.

    theirs = transformers_model(ours, config)         # save_pretrained writes it, from_pretrained reads it
    tensors = to_transformers(ours, config)           # its tensors alone, under their names

There is no second table of names. weights.py says how each tensor of ours is made of theirs: cut, joined, its elements
exchanged, but never computed. So it is enough to translate *numbers of elements* once: every element of theirs gets its
own number, the tables do with them what they do with weights, and what arrives at an element of ours is the number of
the element that its value goes back to. That each number arrives exactly once is checked, not assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from segtutor import families
from segtutor.reference.weights.build import family_of, translate


def to_transformers(module: nn.Module, config: Any) -> dict[str, Tensor]:
    """The weights of one of our whole models as transformers' tensors, by the names of its module: a new state dict.

    module: of segtutor.reference, such as `from_transformers` or `st.load(name).model` give, trained or not.
    config: transformers' configuration of it, or its dictionary (what config.json holds).
    What holds nothing learned (such as constants of their loss) is as a new model of theirs has it.
    Raises ValueError for a config that describes another model.
    """
    return dict(transformers_model(module, config).state_dict())


def transformers_model(module: nn.Module, config: Any) -> nn.Module:
    """A transformers model with the weights of one of ours, in the same mode, on the CPU. As `to_transformers`."""
    made = _configuration(config)
    given = made.to_dict()
    family = family_of(given)
    import transformers

    random_state = torch.get_rng_state()
    theirs = getattr(transformers, families.get(given["model_type"]).transformers_class)(made)
    torch.set_rng_state(random_state)  # its random start is overwritten and shall leave no trace
    new = theirs.state_dict()
    rules = family.rules(given)
    values = _scattered(module.state_dict(), new, places(new, rules, family.ignore))
    without = [re.compile(rule.theirs) for rule in rules if rule.ours == ()] + [re.compile(p) for p in family.ignore]
    for name, tensor in new.items():
        if name in values:
            tensor.copy_(values[name].view(tensor.shape))
        elif not any(pattern.fullmatch(name) for pattern in without):
            raise ValueError(f"no weight becomes their {name!r}: the table of names leaves it out")
    return theirs.train(module.training)


def places(theirs: Mapping[str, Tensor], rules: Any, ignore: Any) -> dict[str, Tensor]:
    """For each tensor of ours, where its elements are in theirs: int64, numbered through in the order of `theirs`."""
    numbers, start = {}, 0
    for name, tensor in theirs.items():
        numbers[name] = torch.arange(start, start + tensor.numel()).view(tensor.shape)
        start += tensor.numel()
    return translate(numbers, rules, ignore)


def _scattered(
    ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], where: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Their tensors, flat, each element where it belongs. Raises ValueError unless each of ours fits, once."""
    if different := sorted(ours.keys() ^ where.keys()):
        raise ValueError(f"model and config differ in {different[0]!r}: the config describes another model")
    names = list(theirs)
    starts = torch.tensor([0, *(tensor.numel() for tensor in theirs.values())]).cumsum(0)
    flat: dict[str, Tensor] = {}
    taken: dict[str, Tensor] = {}
    for name, value in ours.items():
        if where[name].shape != value.shape:
            raise ValueError(
                f"{name!r} must have the shape {tuple(where[name].shape)}, got {tuple(value.shape)}: the config "
                "describes another model"
            )
        number, values = where[name].flatten(), value.detach().cpu().flatten()
        owners = torch.bucketize(number, starts, right=True) - 1
        for owner in owners.unique().tolist():
            target, mine = names[owner], owners == owner
            place = number[mine] - starts[owner]
            flat.setdefault(target, torch.empty(theirs[target].numel(), dtype=value.dtype))[place] = values[mine]
            count = taken.setdefault(target, torch.zeros(theirs[target].numel(), dtype=torch.int64))
            count += torch.bincount(place, minlength=len(count))
    for target, count in taken.items():
        if not bool((count == 1).all()):
            raise ValueError(
                f"the rules must set each element of their {target!r} exactly once, they do not for "
                f"{int((count != 1).sum())} elements"
            )
    return flat


def _configuration(config: Any) -> Any:
    if hasattr(config, "to_dict"):
        return config
    family_of(config)  # a sentence for what has no module here
    from transformers import AutoConfig

    given = {key: value for key, value in config.items() if key != "model_type"}
    return AutoConfig.for_model(config["model_type"], **given)
