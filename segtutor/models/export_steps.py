"""A network as ONNX that also tells what happens inside it: its intermediate tensors are further, named outputs.

    onnx_bytes("mask2former-toytown", steps=True)      # of export.py; pages/explainer.py shows what it tells

Of both families, with the shapes of a ToyTown picture, 128 x 128:

    pixels           (1, 3, H, W)         the picture, normalised
    stem             (1, C, H/2, W/2)     the first convolution, before its norm
    stage_0..3       (1, C_i, h_i, w_i)   the backbone's maps, strides 4 to 32

Of a mask classifier with masked attention (Mask2Former):

    level_0..2       (1, C, h, w)         the pixel decoder's maps, 1/32 first
    points           (1, S, heads, L, P, 2)   of its first layer: where each cell of the maps reads, 0..1 xy of each map
    point_weights    (1, S, heads, L, P)      and with which weight; they sum to 1 over L and P
    point_values     (1, S, C)                what is read there: the maps' values, one map after the other, 1/32 first
    mask_features    (1, C_m, H/4, W/4)
    states           (N + 1, Q, C)        the queries, normalised: the learned ones, then after each of N layers
    embeddings       (N + 1, Q, C_m)      mask embeddings: MLP(state)
    all_class_logits (N + 1, Q, K + 1)    what each state says
    all_mask_logits  (N + 1, Q, h, w)
    attention_i      (1, heads, Q, S_i)   masked cross-attention of layer i, which reads level i % 3; each row sums to 1
    may_attend_i     (1, 1, Q, S_i) uint8 where the query was allowed to look, after the empty-mask rule
    keys_i, asked_i  (1, S_i, C), (1, Q, C)   the projections whose products are its scores, all heads side by side

Such a network has a second input, `masked`, (1,) bool: with False each query may look everywhere, in every layer, as
in `unmasked` of reference/models/ablations.py.

Of a per-pixel classifier with a feature pyramid (UPerNet):

    pyramid_0..3     (1, C, h_i, w_i)     the pyramid's maps, fine to coarse
    fused            (1, C, H/4, W/4)     the pixels' features, which the classifier reads
    cell_logits      (1, K, H/4, W/4)     its prediction, before it is enlarged

Source: the two papers of reference/models/mask2former.py and reference/models/upernet.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.reference.layers.record import record_attention
from segtutor.reference.layers.resize import enlarged
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.reference.models.upernet import UPerNet


def steps_of(model: nn.Module) -> Callable[..., dict[str, Tensor]]:
    """Normalised pixels (1, 3, H, W) -> the tensors of above by name.

    A mask classifier's function takes `masked`, (1,) bool, as a second argument; without it attention is masked.
    Raises UserError for another kind of model.
    """
    if isinstance(model, Mask2Former):
        return lambda pixels, masked=None: _mask_steps(model, pixels, masked)
    if isinstance(model, UPerNet):
        return lambda pixels: _pixel_steps(model, pixels)
    raise UserError(
        f"the model must be a Mask2Former or UPerNet, got a {type(model).__name__}: the steps of other models "
        "are not exported"
    )


def _backbone_steps(backbone: nn.Module, pixels: Tensor) -> tuple[dict[str, Tensor], list[Tensor]]:
    with ExitStack() as stack:
        stem = stack.enter_context(_outputs(backbone.stem.convolution))
        maps = backbone(pixels)
    return {"pixels": pixels, "stem": stem[0], **_numbered("stage", maps)}, maps


def _pixel_steps(model: UPerNet, pixels: Tensor) -> dict[str, Tensor]:
    steps, maps = _backbone_steps(model.backbone, pixels)
    pyramid = model.head.pyramid(maps)
    fused = model.head.fuse.joined(pyramid)
    cells = model.head.classifier(fused)
    steps |= _numbered("pyramid", pyramid) | {"fused": fused, "cell_logits": cells}
    return {"logits": enlarged(cells, pixels.shape[-2:]), **steps}


def _mask_steps(model: Mask2Former, pixels: Tensor, masked: Tensor | None) -> dict[str, Tensor]:
    steps, maps = _backbone_steps(model.backbone, pixels)
    first, layers = model.pixel_decoder.layers[0].attention, model.decoder.layers
    with ExitStack() as stack:
        recorded = stack.enter_context(record_attention(model))
        values = stack.enter_context(_outputs(first.value))
        asked = [stack.enter_context(_outputs(layer.cross_attention.query)) for layer in layers]
        keys = [stack.enter_context(_outputs(layer.cross_attention.key)) for layer in layers]
        if masked is not None:
            for layer in layers:
                stack.enter_context(_opened(layer.cross_attention, masked))
        mask_features, levels = model.pixel_decoder(maps)
        states, masks = model.decoder(levels, mask_features)
    sampling = recorded["pixel_decoder.layers.0.attention"][0]
    looks = [recorded[f"decoder.layers.{i}.cross_attention"][0] for i in range(len(layers))]
    stacked = torch.cat(states)
    classes = model.class_head(stacked)
    steps |= _numbered("level", levels)
    steps |= {"points": sampling.points, "point_weights": sampling.weights, "point_values": values[0]}
    steps |= {
        "mask_features": mask_features,
        "states": stacked,
        "embeddings": model.decoder.mask_head(stacked),
        "all_class_logits": classes,
        "all_mask_logits": torch.cat(masks),
    }
    steps |= _numbered("attention", [look.weights for look in looks])
    steps |= _numbered("may_attend", [_allowed(look).to(torch.uint8) for look in looks])
    steps |= _numbered("asked", [one[0] for one in asked]) | _numbered("keys", [one[0] for one in keys])
    return {"class_logits": classes[-1:], "mask_logits": masks[-1], **steps}


def _allowed(look) -> Tensor:
    return torch.ones_like(look.weights[:, :1], dtype=torch.bool) if look.may_attend is None else look.may_attend


@contextmanager
def _opened(attention: nn.Module, masked: Tensor) -> Iterator[None]:
    """Inside the `with`, what the module may attend to is everything where masked is False."""

    def opened(_module: nn.Module, given: tuple, named: dict) -> tuple[tuple, dict]:
        return given, {**named, "may_attend": named["may_attend"] | ~masked}

    handle = attention.register_forward_pre_hook(opened, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def _numbered(name: str, tensors: list[Tensor]) -> dict[str, Tensor]:
    return {f"{name}_{i}": one for i, one in enumerate(tensors)}


@contextmanager
def _outputs(module: nn.Module) -> Iterator[list[Tensor]]:
    """What a module returns inside the `with`, call by call."""
    kept: list[Tensor] = []
    handle = module.register_forward_hook(lambda _module, _given, output: kept.append(output))
    try:
        yield kept
    finally:
        handle.remove()
