"""A small CLIPSeg: a phrase, or an example picture with a mask -> one mask.

After Lüddecke and Ecker, "Image Segmentation Using Text and Image Prompts", arXiv:2112.10003, section 3 and figure 2:

    picture -> frozen features -> map x                           once for each picture
    phrase, or example picture with its mask -> one vector t      once for each prompt
    FiLM: x <- x + W silu((1 + gamma(t)) x + beta(t))             the prompt changes what each cell looks for
    logits = W x                                                  one mask

FiLM (Perez et al., arXiv:1709.07871, eq. 1 and 2) is the whole contact between words and picture: a factor and a
summand for each channel, the same at every position. "red" can turn up the channels that answer to red, "not" can turn
their sign.

    network = ToyTownClipSeg()                                     # a random head on a trained backbone
    x = network.encode(pixel_values)                               # once a picture
    network.ask_text(x, ["red cat", "things not red"])             # a millisecond a phrase

Differs from the paper:
- The features are those of a frozen Mask2Former (features.py) instead of CLIP's picture tower.
- The text side has one number for each of ToyTown's words and is trained from nothing; it has seen no other text.
- The decoder has convolutions instead of a Transformer, and FiLM in both of its blocks.
- An example is the mean of its picture's map inside the mask and outside; CLIP is shown a picture with the rest dark.

layers=0 leaves a bag of words: without positions and attention a phrase is the sum of its words, and "cat or things not
red" is the same as "things or cat not red". That is the arm that fails.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.decoders.film_decoder import expected_iou
from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.toytown.features import STAGE_WIDTH, WIDTH, Maps, ToyTownFeatures

# Number 0 is padding. The same words in the same order as segtutor.data.toytown.language.WORDS (a test compares them).
WORDS = (
    "red", "orange", "yellow", "green", "blue", "purple", "plain", "patterned",
    "house", "tree", "car", "boat", "person", "cat", "ball", "remote",
    "sky", "hill", "grass", "water", "road", "wall", "floor", "things", "stuff", "not", "or",
)  # fmt: skip
NUMBER = {word: number for number, word in enumerate(WORDS, start=1)}
MOST_WORDS = 16
DILATIONS = (1, 2, 4)  # distance between the taps of the three convolutions: they see 15 cells, 60 pixels


class WordLayer(nn.Module):
    """A Transformer layer among words, the norm first: (N, length, C), (N, length) bool -> the same."""

    def __init__(self, width: int, num_heads: int):
        super().__init__()
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.feed_forward = Attention(width, num_heads), FeedForward(width, 2 * width)

    def forward(self, x: Tensor, is_word: Tensor) -> Tensor:
        y = self.attention_norm(x)
        x = x + self.attention(y, y, y, may_attend=is_word[:, None, None])
        return x + self.feed_forward(self.feed_forward_norm(x))


class WordEncoder(nn.Module):
    """(N, length) int64, 0 = padding -> (N, C): one vector a phrase, the mean over its words after the layers."""

    def __init__(self, width: int, num_layers: int, num_heads: int = 4):
        super().__init__()
        self.words = nn.Embedding(1 + len(WORDS), width)
        self.positions = nn.Parameter(0.1 * torch.randn(MOST_WORDS, width)) if num_layers else None
        self.layers = nn.ModuleList(WordLayer(width, num_heads) for _ in range(num_layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, numbers: Tensor) -> Tensor:
        is_word = numbers > 0
        x = self.words(numbers)
        if self.positions is not None:
            x = x + self.positions[: numbers.shape[1]]
        for layer in self.layers:
            x = layer(x, is_word)
        return self.norm((x * is_word[..., None]).sum(1) / is_word.sum(1, keepdim=True))


class FilmBlock(nn.Module):
    """x + W silu((1 + gamma(t)) x + beta(t)): (N, h, w, C), (N, C) -> (N, h, w, C)."""

    def __init__(self, width: int):
        super().__init__()
        self.film = nn.Linear(width, 2 * width)
        self.mix = nn.Linear(width, width)

    def forward(self, x: Tensor, prompt: Tensor) -> Tensor:
        gamma, beta = self.film(prompt)[:, None, None].chunk(2, dim=-1)  # (N, 1, 1, C): the same for all cells
        return x + self.mix(F.silu(torch.addcmul(x + beta, x, gamma)))


class ContextBlock(nn.Module):
    """x + 3 x 3 convolution of silu(norm(x)), (B, C, h, w) -> the same; dilation: the distance between its taps."""

    def __init__(self, width: int, dilation: int):
        super().__init__()
        self.norm = nn.GroupNorm(4, width)
        self.convolution = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.convolution(F.silu(self.norm(x)))


class ToyTownClipSeg(nn.Module):
    """A mask for a phrase of WORDS, or for an example. width: C; layers: of the text side, 0 for a bag of words."""

    model_type = "toytown-clipseg"
    accepts = frozenset({"text", "example"})
    bounds = {"width": (8, 256), "layers": (0, 8)}

    def __init__(self, width: int = 64, layers: int = 2):
        super().__init__()
        if width % 4:
            raise ValueError(f"width must be a multiple of 4, because attention among words has 4 heads, got {width}")
        self.settings = {"width": width, "layers": layers}
        self.features = ToyTownFeatures()
        self.text = WordEncoder(width, layers)
        self.enter = nn.Conv2d(WIDTH + STAGE_WIDTH + 3 * 4 * 4, width, 1)
        self.context = nn.ModuleList(ContextBlock(width, dilation) for dilation in DILATIONS)
        self.example = nn.Sequential(
            nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.example_norm = nn.LayerNorm(width)
        self.decoder = nn.ModuleList(FilmBlock(width) for _ in range(2))
        self.head = nn.Linear(width, 4)

    def encode(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, H, W) normalised, H and W multiples of 32 -> the map that prompts ask, (B, H / 4, W / 4, C)."""
        return self.see(self.features(pixel_values))

    def see(self, maps: Maps) -> Tensor:
        """`encode` from the features on; beside them it reads the colours of the pixels in each cell."""
        x = self.enter(torch.cat((maps.mask, maps.stage, F.pixel_unshuffle(maps.pixels, 4)), dim=1))
        for block in self.context:
            x = block(x)
        return x.permute(0, 2, 3, 1).contiguous()  # channels last: from here on each cell is worked on alone

    def read(self, phrases: Sequence[str]) -> Tensor:
        """Phrases as vectors, (N, C). Words are separated by blanks; ValueError for one that is not of WORDS."""
        return self.text(word_numbers(phrases).to(self.head.weight.device))

    def look(self, x: Tensor, masks: Tensor) -> Tensor:
        """Examples as vectors, (N, C). x: maps of their pictures, (N, h, w, C); masks: (N, h, w), 0..1."""
        inside = masks[..., None].to(x.dtype)
        means = [(x * part).sum((1, 2)) / part.sum((1, 2)).clamp(min=1e-6) for part in (inside, 1 - inside)]
        return self.example_norm(self.example(torch.cat(means, dim=1)))

    def answer(self, x: Tensor, prompts: Tensor) -> Tensor:
        """Each cell's own four pixels, logits, (N, h, w, 4); no cell looks at another one here.

        x: (N, h, w, C), or (1, h, w, C) for all prompts; prompts: (N, C).
        """
        x = x.expand(len(prompts), -1, -1, -1)
        for block in self.decoder:
            x = block(x, prompts)
        return self.head(F.silu(x))

    def ask_text(self, image: Tensor, phrases: Sequence[str]) -> PromptOutput:
        """One mask for each phrase, at half the picture's size, with the IoU that its probabilities promise."""
        return self._output(self.answer(image, self.read(phrases)))

    def ask_example(self, image: Tensor, examples: Sequence[tuple[Tensor, Tensor]]) -> PromptOutput:
        """One mask for what all examples show: (pixel values (1, 3, h, w), mask (1, 1, h, w) 0..1) each."""
        vectors = [self.look(self.encode(pixels), F.avg_pool2d(mask, 4)[:, 0]) for pixels, mask in examples]
        return self._output(self.answer(image, torch.stack(vectors).mean(0)))

    @staticmethod
    def _output(cells: Tensor) -> PromptOutput:
        logits = F.pixel_shuffle(cells.permute(0, 3, 1, 2), 2)  # (N, h, w, 4) -> (N, 1, 2 h, 2 w)
        return PromptOutput(logits, expected_iou(logits))


def word_numbers(phrases: Sequence[str]) -> Tensor:
    """Phrases as numbers of words, (N, length of the longest) int64, filled up with 0.

    Raises ValueError for a phrase of no or more than 16 words, and for a word that is not of WORDS.

    >>> word_numbers(["red cat", "sky"]).tolist()
    [[1, 14], [17, 0]]
    """
    rows = []
    for phrase in phrases:
        said = phrase.split()
        if not 1 <= len(said) <= MOST_WORDS:
            raise ValueError(f"phrase must have 1 to {MOST_WORDS} words, got {len(said)}: {phrase[:60]!r}")
        if unknown := [word for word in said if word not in NUMBER]:
            raise ValueError(f"words must be among {', '.join(WORDS)}, got {unknown[0][:40]!r}")
        rows.append([NUMBER[word] for word in said])
    longest = max(map(len, rows), default=0)
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows], dtype=torch.int64)
