"""Whole forwards of MaskFormer (Swin-T) and DETR with masks (ResNet-50): ours and transformers', equal weights.

100 queries, 133 classes, one picture, random weights. Both compute the final prediction only. Before timing, the two
answers are compared: a relative difference above 1e-4 fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import harness

QUERIES, CLASSES = 100, 133


def rows(settings: harness.Settings) -> Iterator[dict]:
    import torch

    from segtutor.reference.weights.build import from_transformers

    theirs = maskformer().to(settings.device)
    ours = from_transformers(theirs)
    for side in (384, 640):
        pixel_values = picture(side).to(settings.device)

        def run_ours(pixel_values: torch.Tensor = pixel_values) -> object:
            with torch.no_grad():
                return ours(pixel_values, layers=False)

        def run_theirs(pixel_values: torch.Tensor = pixel_values) -> object:
            with torch.no_grad():
                return theirs(pixel_values)

        measured = {"rounds": settings.rounds(), "check": same_masks, "device": settings.device}
        yield harness.compare(f"MaskFormer Swin-T forward, {side}", run_ours, run_theirs, goal=1.1, **measured)
    yield from detr_rows(settings)


def detr_rows(settings: harness.Settings) -> Iterator[dict]:
    import torch

    from segtutor.reference.weights.build import from_transformers

    theirs = detr().to(settings.device)
    ours = from_transformers(theirs)
    pixel_values = picture(384).to(settings.device)

    def run_ours() -> object:
        with torch.no_grad():
            return ours(pixel_values)

    def run_theirs() -> object:
        with torch.no_grad():
            return theirs(pixel_values)

    measured = {"rounds": settings.rounds(5), "check": same_detr, "device": settings.device}
    yield harness.compare("DETR-R50 with masks forward, 384", run_ours, run_theirs, goal=None, **measured)


def maskformer():
    """transformers' MaskFormer with a Swin-T, random weights."""
    from transformers import MaskFormerConfig, MaskFormerForInstanceSegmentation, SwinConfig

    config = MaskFormerConfig(backbone_config=SwinConfig(), num_labels=CLASSES)
    return noisy(MaskFormerForInstanceSegmentation(config))


def detr():
    """transformers' DETR with masks and a ResNet-50 of its own, random weights."""
    from transformers import DetrConfig, DetrForSegmentation, ResNetConfig

    backbone = ResNetConfig(out_features=["stage1", "stage2", "stage3", "stage4"])
    return noisy(DetrForSegmentation(DetrConfig(use_timm_backbone=False, backbone_config=backbone, num_labels=CLASSES)))


def noisy(model):
    """In eval mode, and no parameter is left at a constant: equal answers then mean equal sums."""
    import torch

    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    return model.eval()


def picture(side: int):
    import torch

    return torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(side))


def same_masks(ours, theirs) -> dict:
    return _difference(
        (ours.class_logits, theirs.class_queries_logits), (ours.mask_logits, theirs.masks_queries_logits)
    )


def same_detr(ours, theirs) -> dict:
    pairs = (ours.class_logits, theirs.logits), (ours.mask_logits, theirs.pred_masks), (ours.boxes, theirs.pred_boxes)
    return _difference(*pairs)


def _difference(*pairs) -> dict:
    largest = max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)
    if not largest <= 1e-4:
        raise harness.CheckFailed(f"relative difference {largest:.2g}, expected at most 1e-4")
    return {"difference": largest}
