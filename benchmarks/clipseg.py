"""CLIPSeg asked for N phrases about one picture: ours runs the picture once, transformers once for each phrase.

ViT-B/16 at 352 x 352 and the published "refined" decoder of width 64, random weights; the sizes of the checkpoint
CIDAS/clipseg-rd64-refined.
"""

from __future__ import annotations

from benchmarks.harness import Settings, compare

SIZE, PHRASES, GOAL, TOLERANCE = 352, 8, 3.0, 1e-5


def rows(settings: Settings) -> list[dict]:
    """Picture and phrases together."""
    import torch
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

    from segtutor.reference.weights.build import from_transformers

    torch.manual_seed(0)
    config = CLIPSegConfig(vision_config={"patch_size": 16}, use_complex_transposed_convolution=True)
    peer = CLIPSegForImageSegmentation(config).eval().to(settings.device)
    ours = from_transformers(peer)
    picture = torch.randn(1, 3, SIZE, SIZE, device=settings.device)
    text = torch.randint(0, 49406, (PHRASES, 6), device=settings.device)
    text[:, 0], text[:, -1] = 49406, 49407

    @torch.no_grad()
    def theirs():
        return peer(input_ids=text, pixel_values=picture.expand(PHRASES, -1, -1, -1)).logits

    @torch.no_grad()
    def once():
        return ours.ask(ours.picture(picture), ours.read(text))

    def agree(mine, other):
        difference = float((mine - other).abs().max() / other.abs().max())
        assert difference <= TOLERANCE, f"relative difference {difference:.1e}"
        return {"difference": difference}

    how = {"rounds": settings.rounds(5), "device": settings.device, "goal": GOAL, "check": agree}
    return [compare(f"CLIPSeg ViT-B/16, {PHRASES} phrases about one picture of {SIZE}", once, theirs, **how)]
