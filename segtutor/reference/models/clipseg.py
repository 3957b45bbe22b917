"""CLIPSeg, whole: a mask for a sentence, or for an example picture.

Lüddecke and Ecker, "Image Segmentation Using Text and Image Prompts", arXiv:2112.10003, figure 2:

    picture  -> CLIP's picture tower, frozen -> activations of three layers -> reduced      once for each picture
    sentence -> CLIP's text tower                                         \\
    example, its object made visible -> CLIP's picture tower              /  one vector t  once for each prompt
    reduced, t -> FiLM decoder -> logits of one mask

CLIP's space is what makes it work: in it a sentence and a picture of the same are close, so a decoder that was trained
with both kinds of vector takes either, and words that no mask was ever drawn for.

    model = st.reference.from_transformers(theirs)
    seen = model.picture(pixel_values)                       # slow, once
    logits = model.ask(seen, model.read(text))               # fast; text: numbers of pieces, see layers/byte_pairs.py
    logits = model.ask(seen, model.look(example_values))     # an example instead of a sentence
    model.tokens = ...                                       # phrases -> text; then ask_text takes phrases

Differs from the paper: nothing. transformers runs the picture once for each sentence.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.backbones.clip import ClipText, ClipVision
from segtutor.reference.decoders.film_decoder import FilmDecoder, expected_iou
from segtutor.reference.weights.names import clipseg as names

_LEGACY_END = 2  # what configurations of before mid-2023 say; in these the end mark is the largest number


@dataclass(frozen=True)
class Seen:
    """What a picture gives: reduced activations, (B, 1 + h w, D) each, and its grid of patches, (h, w)."""

    reduced: Sequence[Tensor]
    grid: tuple[int, int]


class CLIPSeg(nn.Module):
    """(B, 3, H, W) and prompts -> logits, (B, H, W). layers: of the picture tower, whose activations are used.

    tokens: phrases -> numbers of pieces, (N, length) int64, from a vocabulary, which is no part of the network; without
    it `ask_text` raises ValueError. black: what black becomes in each channel of a normalised picture.
    """

    rules = staticmethod(names.rules)
    ignore = names.IGNORE
    accepts = frozenset({"text", "example"})
    tokens: Callable[[Sequence[str]], Tensor] | None = None
    black: Sequence[float] = (-2.1179, -2.0357, -1.8044)  # with ImageNet's mean and deviation

    def __init__(
        self, text: ClipText, vision: ClipVision, decoder: FilmDecoder, *, width: int = 512, layers: Sequence[int]
    ):
        super().__init__()
        self.text, self.vision, self.decoder = text, vision, decoder
        self.text_projection = nn.Linear(text.positions.shape[1], width, bias=False)
        self.vision_projection = nn.Linear(vision.width, width, bias=False)
        if not all(0 <= layer < len(vision.layers) for layer in layers):
            raise ValueError(f"layers must be some of 0 to {len(vision.layers) - 1}, CLIP's layers, got {list(layers)}")
        self.layers = list(layers)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> CLIPSeg:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        # files of before 2023 say twice what the towers are; the second is what counts
        words, sight = (
            {**(config.get(f"{tower}_config") or {}), **(config.get(f"{tower}_config_dict") or {})}
            for tower in ("text", "vision")
        )
        patch, size = sight.get("patch_size", 32), sight.get("image_size", 224)
        width, layers = config.get("projection_dim", 512), list(config.get("extract_layers", (3, 6, 9)))
        end = words.get("eos_token_id", 49407)
        text = ClipText(
            words.get("vocab_size", 49408),
            length=words.get("max_position_embeddings", 77),
            width=words.get("hidden_size", 512),
            num_heads=words.get("num_attention_heads", 8),
            hidden=words.get("intermediate_size", 2048),
            depth=words.get("num_hidden_layers", 12),
            end=None if end == _LEGACY_END else end,
            activation=words.get("hidden_act", "quick_gelu"),
            epsilon=words.get("layer_norm_eps", 1e-5),
            dropout=words.get("attention_dropout", 0.0),
        )
        vision = ClipVision(
            width=sight.get("hidden_size", 768),
            num_heads=sight.get("num_attention_heads", 12),
            hidden=sight.get("intermediate_size", 3072),
            depth=sight.get("num_hidden_layers", 12),
            patch=patch,
            grid=size // patch,
            in_channels=sight.get("num_channels", 3),
            activation=sight.get("hidden_act", "quick_gelu"),
            epsilon=sight.get("layer_norm_eps", 1e-5),
            dropout=sight.get("attention_dropout", 0.0),
        )
        decoder = FilmDecoder(
            vision.width,
            prompt_width=width,
            width=config.get("reduce_dim", 64),
            depth=len(layers),
            num_heads=config.get("decoder_num_attention_heads", 4),
            hidden=config.get("decoder_intermediate_size", 2048),
            patch=patch,
            film_at=config.get("conditional_layer", 0),
            smooth=config.get("use_complex_transposed_convolution", False),
            epsilon=sight.get("layer_norm_eps", 1e-5),
            dropout=sight.get("attention_dropout", 0.0),
        )
        return cls(text, vision, decoder, width=width, layers=layers)

    def picture(self, pixel_values: Tensor) -> Seen:
        """What all prompts about these pictures share. (B, 3, H, W) float, normalised; edges at least a patch."""
        activations = self.vision.after(pixel_values, self.layers)
        return Seen(self.decoder.reduce(activations), self.vision.grid_of(pixel_values))

    def read(self, text: Tensor) -> Tensor:
        """Sentences as numbers of pieces, (N, length) int64 -> their vectors, (N, P)."""
        return self.text_projection(self.text(text))

    def look(self, pixel_values: Tensor) -> Tensor:
        """Example pictures, (N, 3, H, W) -> their vectors, (N, P). What is meant has to stand out in them."""
        return self.vision_projection(self.vision(pixel_values))

    def ask(self, seen: Seen, prompts: Tensor) -> Tensor:
        """Logits of the masks, (N, h P, w P). seen: of N pictures, or of one that all prompts ask. prompts: (N, P)."""
        return self.decoder(seen.reduced, prompts, seen.grid)

    def forward(
        self,
        pixel_values: Tensor,
        text: Tensor | None = None,
        *,
        conditional_pixel_values: Tensor | None = None,
        prompts: Tensor | None = None,
    ) -> Tensor:
        """`picture` and `ask` in one: logits, (B, H, W).

        text: (B, length) numbers of pieces; or conditional_pixel_values: (B, 3, H, W), examples; or prompts: (B, P),
        vectors, such as a mean of several. Exactly one of them, or ValueError.
        """
        if sum(given is not None for given in (text, conditional_pixel_values, prompts)) != 1:
            raise ValueError("exactly one of text, conditional_pixel_values and prompts must be given")
        if text is not None:
            prompts = self.read(text)
        elif conditional_pixel_values is not None:
            prompts = self.look(conditional_pixel_values)
        return self.ask(self.picture(pixel_values), prompts)

    def encode(self, pixel_values: Tensor) -> Seen:
        """`picture`, by the name that all networks which take prompts have for it."""
        return self.picture(pixel_values)

    def ask_text(self, image: Seen, phrases: Sequence[str]) -> PromptOutput:
        """One mask for each phrase, with the IoU that its probabilities promise. ValueError without `tokens`."""
        if self.tokens is None:
            raise ValueError("tokens must be set before phrases are read, got None: CLIPSeg has no vocabulary itself")
        return self._output(self.ask(image, self.read(self.tokens(phrases).to(self.vision.class_token.device))))

    def ask_example(self, image: Seen, examples: Sequence[tuple[Tensor, Tensor]]) -> PromptOutput:
        """One mask for what all examples show; their vectors are averaged.

        examples: (pixel values (1, 3, H, W), mask (1, 1, H, W) 0..1) each; what is meant is made `visible` here.
        """
        vectors = [self.look(visible(pixels, mask, self.black)) for pixels, mask in examples]
        return self._output(self.ask(image, torch.stack(vectors).mean(0)))

    @staticmethod
    def _output(logits: Tensor) -> PromptOutput:
        return PromptOutput(logits[:, None], expected_iou(logits[:, None]))


def visible(
    pixel_values: Tensor, mask: Tensor, black: Sequence[float], *, brightness: float = 0.1, margin: float = 0.5
) -> Tensor:
    """An example picture in which the object stands out: its background dark and blurred, cropped around it.

    CLIP was never shown a mask; the paper's section 3.2 ("visual prompt engineering") compares ways of drawing one into
    the picture and finds these three, together, best. pixel_values: (1, 3, H, W) normalised; mask: (1, 1, H, W) 0..1,
    not empty; black: of each channel. brightness: of the background, 0..1. margin: context on each side, as a share of
    the object's longer edge. Returns a picture of the same size.

    Differs from the paper: the strength of each of the three, which is ours.
    """
    dark = torch.as_tensor(black, dtype=pixel_values.dtype, device=pixel_values.device)[:, None, None]
    height, width = pixel_values.shape[2:]
    background = dark + brightness * (_blurred(pixel_values, sigma=max(height, width) / 100) - dark)
    shown = mask * pixel_values + (1 - mask) * background
    rows, columns = ((mask[0, 0] >= 0.5).any(axis).nonzero().flatten() for axis in (1, 0))
    if not len(rows):  # thinner than a pixel of this picture
        return shown
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    around = round(margin * max(bottom - top, right - left))
    part = shown[..., max(0, top - around) : bottom + around, max(0, left - around) : right + around]
    return F.interpolate(part, size=(height, width), mode="bilinear", align_corners=False, antialias=True)


def _blurred(x: Tensor, sigma: float) -> Tensor:
    """(B, C, H, W), a Gaussian of `sigma` pixels along both axes; borders are mirrored."""
    reach = min(math.ceil(3 * sigma), min(x.shape[2:]) - 1)
    steps = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    weights = torch.exp(-(steps**2) / (2 * sigma**2))
    weights = (weights / weights.sum()).expand(x.shape[1], 1, -1)
    x = F.pad(x, (reach, reach, reach, reach), mode="reflect")
    x = F.conv2d(x, weights[..., None], groups=x.shape[1])
    return F.conv2d(x, weights[:, :, None], groups=x.shape[1])
