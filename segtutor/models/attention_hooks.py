"""Where the attentions of a mask classifier lie, and what each was given: for our modules and for transformers'.

An attention that is computed by a fused kernel writes its weights nowhere, and with a mask the weights do not say what
the query would have looked at without it. So nothing is asked of the model: a hook reads what goes into each attention
(queries, keys, who may look where) while the model runs as ever, and the weights follow from that, masked or not.

transformers has one attention a family, and their arguments differ: the family's record (segtutor.families) says where
they are, and by which of `READERS` they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from segtutor import families
from segtutor.errors import UserError
from segtutor.reference.layers.record import SamplingPoints

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Look:
    """One multi-head attention of one picture, before its softmax.

    queries: (heads, Q, d); keys: (heads, S, d); may_attend: (Q, S) bool, True = allowed, or None: everywhere.
    columns: the keys whose weights are asked for, None = all; the others take their part as well (EoMT's tokens).
    """

    queries: Tensor
    keys: Tensor
    may_attend: Tensor | None = None
    columns: slice | None = None

    def weights(self, *, masked: bool = True, queries: slice = slice(None)) -> Tensor:
        """(heads, Q, S) float, of the columns; each row of all S sums to 1.

        masked=False: the same queries and keys, allowed everywhere. queries: a part of Q.
        """
        asking = self.queries[:, queries] / self.queries.shape[-1] ** 0.5
        scores = asking @ self.keys.transpose(-1, -2)
        if masked and self.may_attend is not None:
            scores.masked_fill_(~self.may_attend[queries], -float("inf"))
        return scores.softmax(-1)[..., self.columns or slice(None)]

    @property
    def allowed(self) -> Tensor | None:
        """may_attend of the columns."""
        return None if self.may_attend is None else self.may_attend[:, self.columns or slice(None)]


@dataclass
class Heard:
    """What the hooks of one run have heard, in the order of the layers."""

    cross: list[Look] = field(default_factory=list)
    among: list[Look] = field(default_factory=list)
    sampling: list[SamplingPoints] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)


def _heads(x: Tensor, count: int) -> Tensor:
    """(S, C) -> (heads, S, d)."""
    return x.detach().unflatten(-1, (count, -1)).transpose(0, 1)


def _own(module: Any, args: tuple, kwargs: dict) -> Look:
    """segtutor.reference.layers.attention.Attention: (query, key, value, may_attend=)."""
    q, k = module.heads(module.query(args[0]))[0].detach(), module.heads(module.key(args[1]))[0].detach()
    allowed = kwargs.get("may_attend")
    return Look(q, k, None if allowed is None else allowed[0, 0].expand(q.shape[1], k.shape[1]))


def _torch(module: Any, args: tuple, kwargs: dict) -> Look:
    """torch.nn.MultiheadAttention as Mask2Former and OneFormer call it: (S, B, C), mask True = forbidden."""
    query, key = (kwargs[name][:, 0] for name in ("query", "key"))
    weight_q, weight_k, _ = module.in_proj_weight.chunk(3)
    bias_q, bias_k, _ = module.in_proj_bias.chunk(3)
    forbidden = kwargs.get("attn_mask")
    allowed = None if forbidden is None else ~forbidden[0].bool()  # the same for all heads
    q, k = query @ weight_q.T + bias_q, key @ weight_k.T + bias_k
    return Look(_heads(q, module.num_heads), _heads(k, module.num_heads), allowed)


def _sequence_first(module: Any, args: tuple, kwargs: dict) -> Look:
    """The self-attention of Mask2Former and OneFormer: hidden_states (Q, B, C) and their positions."""
    placed = (kwargs["hidden_states"] + kwargs["position_embeddings"])[:, 0]
    return Look(_heads(module.q_proj(placed), module.num_heads), _heads(module.k_proj(placed), module.num_heads))


def _batch_first(module: Any, args: tuple, kwargs: dict) -> Look:
    """DETR's and MaskFormer's, self and cross: hidden_states (B, Q, C), for cross also key_value_states."""
    placed = kwargs["hidden_states"] + kwargs["position_embeddings"]
    key = placed
    if "key_value_states" in kwargs:
        key = kwargs["key_value_states"] + kwargs["encoder_position_embeddings"]
    q, k = module.q_proj(placed)[0], module.k_proj(key)[0]
    count = q.shape[-1] // module.head_dim
    mask = kwargs.get("attention_mask")
    if mask is not None:  # as bool True = allowed, as numbers 0 = allowed and very negative = forbidden
        mask = (mask if str(mask.dtype) == "torch.bool" else mask > -1)[0, 0].expand(len(q), len(k))
    return Look(_heads(q, count), _heads(k, count), mask)


def _joint(module: Any, args: tuple, kwargs: dict) -> Look:
    """EoMT's, where queries and patches are tokens of one attention: hidden_states (B, S, C)."""
    states, mask = args[0], kwargs.get("attention_mask")
    q, k = _heads(module.q_proj(states)[0], module.num_heads), _heads(module.k_proj(states)[0], module.num_heads)
    return Look(q, k, None if mask is None else mask[0, 0] > -1)


def _rotary(module: Any, args: tuple, kwargs: dict) -> Look:
    """segtutor.reference.layers.rotary.RotaryAttention: (tokens, angles, may_attend=)."""
    q, k = (x[0].detach() for x in module.turned_heads(args[0], args[1]))
    allowed = kwargs.get("may_attend")
    return Look(q, k, None if allowed is None else allowed[0, 0].expand(q.shape[1], k.shape[1]))


def _joint_rotary(module: Any, args: tuple, kwargs: dict) -> Look:
    """As `_joint`, and patches, the last tokens, are turned by where they sit: position_embeddings = (cos, sin)."""
    import torch

    look, (cos, sin) = _joint(module, args, kwargs), kwargs["position_embeddings"]

    def turned(x: Tensor) -> Tensor:
        patches = x[:, -len(cos) :]
        other = torch.cat((-patches[..., patches.shape[-1] // 2 :], patches[..., : patches.shape[-1] // 2]), -1)
        return torch.cat((x[:, : -len(cos)], patches * cos + other * sin), 1)

    return Look(turned(look.queries), turned(look.keys), look.may_attend)


def _deformable(module: Any, args: tuple, kwargs: dict) -> tuple[SamplingPoints, list[tuple[int, int]]]:
    """The multi-scale deformable attention of Mask2Former's and OneFormer's pixel decoder."""
    import torch

    states, sizes = kwargs["hidden_states"], [(int(h), int(w)) for h, w in kwargs["spatial_shapes_list"]]
    if kwargs.get("position_embeddings") is not None:
        states = states + kwargs["position_embeddings"]
    shape = (module.n_heads, module.n_levels, module.n_points)
    offsets = module.sampling_offsets(states).unflatten(-1, (*shape, 2))
    weights = module.attention_weights(states).unflatten(-1, (shape[0], -1)).softmax(-1).unflatten(-1, shape[1:])
    cells = torch.tensor([[w, h] for h, w in sizes], device=offsets.device)
    points = kwargs["reference_points"][:, :, None, :, None] + offsets / cells[:, None]
    return SamplingPoints(points.detach(), weights.detach()), sizes


# How the inputs of an attention are read, by the names that a family's record uses.
READERS: dict[str, Callable] = {
    "ours": _own,
    "torch": _torch,
    "sequence first": _sequence_first,
    "batch first": _batch_first,
    "all tokens": _joint,
    "ours, rotary": _rotary,
    "all tokens, rotary": _joint_rotary,
}


def _reader(named: str | Callable) -> Callable:
    return READERS[named] if isinstance(named, str) else named


@contextmanager
def listening(model: nn.Module) -> Iterator[Heard]:
    """Inside the `with`, every run of the model is heard; afterwards the model is as before.

    Raises UserError for a model whose attentions are not known to this module.
    """
    name = type(model).__name__
    _, attentions = families.of_class(name) or (None, None)
    if attentions is None:
        known = [record.network.rpartition(":")[2] for record in families.families().values() if record.attention]
        raise UserError(
            f"the model must be one of {', '.join(known)}, got a {name}: load a model in which queries look at the "
            "picture, such as mask2former-toytown"
        )
    heard = Heard()
    handles: list[Any] = []
    recording: list[Any] = []

    def listen(module: nn.Module, hear: Callable, keep: Callable) -> None:
        hook = lambda one, args, kwargs: keep(hear(one, args, kwargs))  # noqa: E731
        handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))

    try:
        if isinstance(attentions, families.JointAttention):
            queries, prefix, blocks = attentions.count(model)
            for layer in list(_at(model, attentions.layers))[-blocks:]:
                listen(layer.attention, _reader(attentions.read), lambda look: _split(heard, look, queries, prefix))
        else:
            for layer in _at(model, attentions.layers):
                listen(_at(layer, attentions.cross), _reader(attentions.read_cross), heard.cross.append)
                listen(_at(layer, attentions.own), _reader(attentions.read_own), heard.among.append)
            for layer in _at(model, attentions.sampling_layers) if attentions.sampling_layers else ():
                attention = _at(layer, attentions.sampling)
                if hasattr(attention, "recorder"):  # ours tells by itself where it reads
                    attention.recorder = heard.sampling.append
                    recording.append(attention)
                    listen(attention, lambda one, args, kwargs: args[3], lambda sizes: _sized(heard, sizes))
                else:
                    listen(attention, _deformable, lambda pair: _take(heard, pair))
        yield heard
    finally:
        for handle in handles:
            handle.remove()
        for attention in recording:
            attention.recorder = None


def _split(heard: Heard, look: Look, queries: int, prefix: int) -> None:
    """One attention of all tokens as two of the queries: at the patches, and at each other."""
    asking, may_attend = look.queries[:, :queries], look.may_attend
    limits = None if may_attend is None else may_attend[:queries]
    heard.cross.append(Look(asking, look.keys, limits, slice(queries + prefix, None)))
    heard.among.append(Look(asking, look.keys, limits, slice(0, queries)))


def _take(heard: Heard, pair: tuple[SamplingPoints, list[tuple[int, int]]]) -> None:
    heard.sampling.append(pair[0])
    _sized(heard, pair[1])


def _sized(heard: Heard, sizes: Sequence[tuple[int, int]]) -> None:
    heard.sizes = [(int(h), int(w)) for h, w in sizes]


def _at(module: Any, path: str) -> Any:
    for name in path.split("."):
        module = getattr(module, name)
    return module
