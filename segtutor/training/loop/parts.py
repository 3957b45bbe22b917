"""Which weights are trained, and how fast: what is frozen, and the groups of the optimiser.

    st.fit(model, data, freeze="backbone")                       the backbone stays as it is
    st.fit(model, data, freeze=("backbone", "pixel_decoder"))    and what makes its features
    st.fit(model, data, freeze="all but heads")                  only the last layers learn
    st.fit(model, data, backbone_lr=0.1)                         the backbone learns a tenth as fast

The first two names are understood for this package's modules and for transformers' models; any other beginning of a
parameter's name works too. A frozen part behaves as in inference: its dropout is off, and its batch norms keep the
statistics that they were trained with, as DETR's do (arXiv:2005.12872, section 4): of few pictures a step, new
statistics are worse than old ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import nn
from torch.optim import AdamW

from segtutor import families
from segtutor.errors import UserError
from segtutor.training.loop.muon import RATE, Muon, matrices_of

ALL_BUT_HEADS = "all but heads"
# Of the small networks that belong to no family.
BACKBONE = ("backbone.",)
HEADS = {"scores", "to_class", "to_mask"}


def prefixes_of(part: str) -> tuple[str, ...]:
    """The beginnings of parameters' names that mean a part ("backbone", "pixel_decoder") in models not made here."""
    return (*(BACKBONE if part == "backbone" else ()), *families.part_prefixes(part))


def names_of(model: nn.Module, part: str) -> list[str]:
    """The parameters of a part: "backbone", "pixel_decoder", "all but heads", or those that begin with `part`.

    Raises UserError where there are none.
    """
    names = [name for name, _ in model.named_parameters()]
    if part == ALL_BUT_HEADS:
        last = HEADS | families.heads()
        heads = [name for name in names if last & set(name.split("."))]
        found = [name for name in names if name not in set(heads)] if heads else []
    else:
        found = [name for name in names if name.startswith(part)]
        found = found or [name for name in names if name.startswith(prefixes_of(part))]
    if not found:
        known = sorted({".".join(name.split(".")[:2]) for name in names})
        raise UserError(
            f"freeze must name parts by the beginning of a parameter's name, such as {', '.join(known[:6])}, got "
            f"{part!r}"
        )
    return found


@contextmanager
def frozen(model: nn.Module, parts: str | Iterable[str] | None) -> Iterator[None]:
    """Inside, the parameters of these parts need no gradient; afterwards each is as it was.

    Raises UserError for a part that the model does not have, or where nothing would be left to learn.
    """
    if parts is not None and (isinstance(parts, bytes) or not isinstance(parts, Iterable)):
        raise UserError(f"freeze must be the name of a part or several, got {parts!r}: try 'backbone'")
    parts = (parts,) if isinstance(parts, str) else tuple(parts or ())
    names = {name for part in parts for name in names_of(model, part)}
    before = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    for name, parameter in model.named_parameters():
        if name in names:
            parameter.requires_grad_(False)
    try:
        if not any(parameter.requires_grad for parameter in model.parameters()):
            raise UserError(f"freeze={parts!r} leaves nothing to learn: freeze fewer parts")
        yield
    finally:
        for parameter, needed in before:
            parameter.requires_grad_(needed)


def train_mode(model: nn.Module):
    """model.train(), but modules whose parameters are all frozen behave as in inference."""
    model.train()
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()


def optimizer_of(name: str, model: nn.Module, lr: float, weight_decay: float, backbone_lr: float) -> AdamW:
    """The optimiser of that name, "adamw" or "muon" (muon.py), for what is not frozen. UserError for another name."""
    groups = parameter_groups(model, weight_decay, backbone_lr)
    if name == "adamw":
        return AdamW(groups, lr=lr, fused=True)
    if name != "muon":
        raise UserError(f"optimizer must be 'adamw' or 'muon', got {name!r}")
    matrices = {id(parameter) for parameter in matrices_of(model)}
    parted = []
    for group in groups:
        for of_matrices in (False, True):
            parameters = [p for p in group["params"] if (id(p) in matrices) is of_matrices]
            factor = group["factor"] * (RATE if of_matrices else 1.0)
            parted.append({**group, "params": parameters, "factor": factor, "matrices": of_matrices})
    return Muon(parted, lr=lr, fused=True)


def parameter_groups(model: nn.Module, weight_decay: float, backbone_lr: float = 1.0) -> list[dict]:
    """Two groups: matrices and kernels decay; what shifts, scales or names (norms, biases, embeddings) does not.

    Embeddings are also parameters of their own, such as learned queries and positions: what is no layer's "weight".
    With another backbone_lr than 1 the backbone has two further groups, whose "factor" multiplies the rate.
    """
    named = {id(p) for module in model.modules() if isinstance(module, nn.Embedding) for p in module.parameters()}
    slow = set(names_of(model, "backbone")) if backbone_lr != 1 else set()
    groups = {key: [] for key in ((False, True), (False, False), (True, True), (True, False))}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            decays = parameter.ndim >= 2 and id(parameter) not in named and name.endswith("weight")
            groups[name in slow, decays].append(parameter)
    return [
        {
            "params": parameters,
            "weight_decay": weight_decay if decays else 0.0,
            "factor": backbone_lr if of_backbone else 1.0,
        }
        for (of_backbone, decays), parameters in groups.items()
        if slow or not of_backbone
    ]
