"""The small promptable networks as ONNX: a picture is seen once, then clicks, boxes and words are answered.

    prompt_graphs(st.load("sam-toytown"), st.load("clipseg-toytown"))    # pages/click.py shows what they answer

    see     image (1, H, W, 3) uint8 RGB  ->  embedding, quarter, half (SAM's, `Encoded`), words_map (CLIPSeg's)

    click   embedding, quarter, half      ->  mask_logits (1, 4, H, W): the mask for a clear prompt, then the three for
            xy (1, P, 2) float 0..1           a single click; scores (1, 4), their predicted IoU
            kinds (1, P) int64
            mask (1, 1, H, W) float, -1 outside to 1 inside, has_mask (1,) float, 1 where there is one, else 0

    say     words_map                     ->  mask_logits (1, 1, H, W); scores (1, 1), the IoU that it promises
            numbers (1, L) int64, 1 <= L <= 16, of the words

Both networks read the same frozen features (reference/toytown/features.py), which `see` computes once for both. xy and
kinds are those of layers/prompt_encoder.py, P >= 2: a click and a token without position, or two corners of a box.
Masks have the picture's size, enlarged and reduced as `PromptSegmenter` does: above 0 is inside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.models.export import OPSET, Normalise, forget_sources, require_packages, silent
from segtutor.models.pixels import Pixels
from segtutor.reference.toytown.clipseg import MOST_WORDS, ToyTownClipSeg
from segtutor.reference.toytown.sam import MASK_STRIDE, Encoded, ToyTownSam

SIZE = 128
MOST_PROMPTS = 256  # clicks and corners of one question
Graph = tuple[bytes, dict[str, np.ndarray]]


def prompt_graphs(sam: Any, clipseg: Any, size: int = SIZE) -> dict[str, Graph]:
    """{"see", "click", "say"}: an ONNX file each, and the weights that went into it, by their names in the file.

    sam, clipseg: PromptSegmenters of ToyTownSam and ToyTownClipSeg with the same features. size: of the square
    pictures, a multiple of 32. Takes some twenty seconds. Raises UserError where packages are missing, ValueError for
    other networks.
    """
    require_packages()
    if not (isinstance(sam.model, ToyTownSam) and isinstance(clipseg.model, ToyTownClipSeg)):
        raise ValueError(
            f"sam and clipseg must be the small networks of those names, got {sam.name} and {clipseg.name}"
        )
    ours, theirs = (one.model.features.state_dict() for one in (sam, clipseg))
    if any(not torch.equal(ours[name], theirs[name]) for name in ours):
        raise ValueError("sam and clipseg must have the same frozen features, because they are computed once for both")
    see = _See(sam.model, clipseg.model, sam.processor).eval()
    with torch.no_grad():
        image = torch.zeros((1, size, size, 3), dtype=torch.uint8)
        *maps, words_map = see(image)
        encoded = dict(zip(Encoded._fields, maps, strict=True))
        middle = torch.full((1, 3, 2), 0.5)
        asked = {"xy": middle, "kinds": torch.tensor([[1, 2, 3]])}
        earlier = {"mask": torch.ones((1, 1, size, size)), "has_mask": torch.zeros(1)}
        prompts = torch.export.Dim("prompts", min=2, max=MOST_PROMPTS)
        length = torch.export.Dim("length", min=1, max=MOST_WORDS)
        answers = ["mask_logits", "scores"]
        return {
            "see": _graph(see, {"image": image}, [*Encoded._fields, "words_map"]),
            "click": _graph(
                _Click(sam.model, size), encoded | asked | earlier, answers, {"xy": prompts, "kinds": prompts}
            ),
            "say": _graph(
                _Say(clipseg.model, size),
                {"words_map": words_map, "numbers": torch.tensor([[1, 14, 3]])},
                answers,
                {"numbers": length},
            ),
        }


def _graph(module: nn.Module, given: dict[str, Tensor], names: list[str], free: dict[str, Any] | None = None) -> Graph:
    """free: inputs whose second dimension may have any length, and its name."""
    shapes = {name: {1: free[name]} if free and name in free else None for name in given}
    with silent():
        program = torch.onnx.export(
            module.eval(),
            tuple(given.values()),
            dynamo=True,
            opset_version=OPSET,
            input_names=list(given),
            output_names=names,
            dynamic_shapes=tuple(shapes.values()) if free else None,
            verbose=False,
        )
    proto = program.model_proto
    forget_sources(proto.graph)
    return proto.SerializeToString(), {name: value.numpy() for name, value in module.state_dict().items()}


class _See(nn.Module):
    def __init__(self, sam: ToyTownSam, clipseg: ToyTownClipSeg, processor: Pixels):
        super().__init__()
        self.normalise = Normalise(processor)
        self.sam, self.clipseg = sam, clipseg

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        maps = self.sam.features(self.normalise(image, image.shape))
        return (*self.sam.neck(maps), self.clipseg.see(maps))


class _Click(nn.Module):
    def __init__(self, sam: ToyTownSam, size: int):
        super().__init__()
        self.sam, self.size = sam, size
        # F.interpolate(antialias=True) along one axis, (size / 2, size): an ONNX file holds it as a matrix
        whole = torch.eye(size)[None, None]
        smaller = (size // MASK_STRIDE, size)
        self.register_buffer(
            "reduce", F.interpolate(whole, size=smaller, mode="bilinear", align_corners=False, antialias=True)[0, 0]
        )

    def forward(
        self,
        embedding: Tensor,
        quarter: Tensor,
        half: Tensor,
        xy: Tensor,
        kinds: Tensor,
        mask: Tensor,
        has_mask: Tensor,
    ) -> tuple[Tensor, Tensor]:
        image, prompts = Encoded(embedding, quarter, half), self.sam.prompts
        cells = prompts.positions.grid((embedding.shape[-2], embedding.shape[-1]))
        dense = has_mask * prompts.mask(self.reduce @ mask @ self.reduce.T) + (1 - has_mask) * prompts.mask(None)
        answers = self.sam.decoder(embedding, cells, prompts.tokens_on(image, xy, kinds), dense, skips=(quarter, half))
        return _enlarged(answers.mask_logits, self.size), answers.scores.clamp(0, 1)


class _Say(nn.Module):
    def __init__(self, clipseg: ToyTownClipSeg, size: int):
        super().__init__()
        self.clipseg, self.size = clipseg, size

    def forward(self, words_map: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
        answers = self.clipseg._output(self.clipseg.answer(words_map, self.clipseg.text(numbers)))
        return _enlarged(answers.mask_logits, self.size), answers.scores.clamp(0, 1)


def _enlarged(logits: Tensor, size: int) -> Tensor:
    return F.interpolate(logits, size=(size, size), mode="bilinear", align_corners=False)
