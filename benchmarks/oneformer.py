"""OneFormer's forward pass against transformers': Swin-T, random weights, one picture, all layers' predictions."""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Settings, compare

SIZE, GOAL, TOLERANCE = 384, 1.0, 1e-5


def rows(settings: Settings) -> list[dict]:
    """Whole forward passes."""
    import torch
    from transformers import OneFormerConfig, OneFormerForUniversalSegmentation

    from segtutor.reference.decoders.task_token import task_text
    from segtutor.reference.weights.build import from_transformers

    torch.manual_seed(0)
    peer = OneFormerForUniversalSegmentation(OneFormerConfig(num_labels=133)).eval().to(settings.device)
    ours = from_transformers(peer)
    picture = torch.randn(1, 3, SIZE, SIZE, device=settings.device)
    text = task_text(["panoptic"]).to(settings.device)

    @torch.no_grad()
    def their_forward():
        return peer(picture, text)

    @torch.no_grad()
    def our_forward():
        return ours(picture, task_inputs=text)

    found = _agreement(ours, peer, our_forward, their_forward)
    how = {"goal": GOAL, "rounds": settings.rounds(), "device": settings.device, **found}
    return [compare(f"OneFormer Swin-T, forward at {SIZE}", our_forward, their_forward, **how)]


def _agreement(ours, peer, our_forward, their_forward) -> dict:
    """The largest relative difference with the peer's attention masks, and how many bits of ours differ from them.

    A place whose mask probability is one half up to rounding may fall on either side; what follows then differs for
    a reason that has nothing to do with speed.
    """
    from segtutor.reference.layers.attention import unblock_empty_rows
    from segtutor.reference.layers.record import record_attention

    masks, handles = [], []

    def keep(module, arguments, keywords):
        heads = peer.config.num_attention_heads
        masks.append(unblock_empty_rows(~keywords["attention_mask"].clone().unflatten(0, (-1, heads))[:, 0]))

    for layer in peer.model.transformer_module.decoder.layers:
        handles.append(layer.register_forward_pre_hook(keep, with_kwargs=True))
    theirs = their_forward()
    for handle in handles:
        handle.remove()
    with record_attention(ours) as maps:
        our_forward()
    own = [maps[f"decoder.layers.{i}.cross_attention"][0].may_attend[:, 0] for i in range(len(masks))]
    flips = sum(int((mine != other).sum()) for mine, other in zip(own, masks, strict=True))
    ours.decoder.forward = partial(ours.decoder.forward, may_attend=masks)
    output = our_forward()
    del ours.decoder.forward
    difference = max(
        float((mine - other).abs().max() / other.abs().max())
        for mine, other in (
            (output.class_logits, theirs.class_queries_logits),
            (output.mask_logits, theirs.masks_queries_logits),
        )
    )
    assert difference <= TOLERANCE, f"relative difference {difference:.1e}"
    return {"difference": difference, "flips": flips, "bits": sum(mask.numel() for mask in masks)}
