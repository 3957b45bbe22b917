"""Painter and SegGPT: the task is in the picture. Two pictures and two targets are stitched, one target is missing.

Wang et al., "Images Speak in Images", arXiv:2212.02499 (Painter), section 3 and figure 2; Wang et al., "SegGPT",
arXiv:2304.03284, sections 3.1 and 3.2:

    pictures   [prompt picture]        targets   [prompt target]         one above the other: 2 H x W pixels each
               [query picture ]                  [     ?       ]         ?: a learned mask token for each patch

    x     = patches(pictures) + positions + picture token + type token                    (B, 2 h, w, C)
    y     = patches(targets)  + positions + target token  + type token                    (B, 2 h, w, C)
    layer   z + attention(norm z), then z + MLP(norm z), over all 2 h w cells, with relative positions
            for x and y on their own up to the layer `merge`, behind it z = (x + y) / 2 and one stream
    prediction  a small convolution head on the states of four layers draws the target, three channels a pixel

Everything that Painter was taught (depth, semantic classes, keypoints, noise, rain) is a picture of three channels, and
so is every prediction. SegGPT is the same network, trained with colours that are drawn anew for each pair, so that the
prompt alone can say what is meant. With several prompts each is stitched to the query on its own, and SegGPT's feature
ensemble ties them together: after the attention of a layer, the query's half is the mean over prompts. Painter is this
network without the ensemble.

    model = SegGPT.from_config(config)                # config.json of a checkpoint, as a dict; random weights
    target = model(picture, prompt_picture, prompt_target)                      # (B, 3, H, W)
    target = model(picture, prompts, targets, ensemble="published")             # (1, 3, H, W) from P prompts

The ensemble differs between the published code and the library: in the layer `merge` the former still takes the mean
within each stream, transformers 5.23 takes one mean over pictures and targets together (`>` for `>=`).
`ensemble="transformers"` gives that one.

Differs from the papers: nothing else. The loss is in losses/painting.py. Taught in
notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import Linear

from segtutor.outputs import PromptOutput
from segtutor.reference.backbones.build import stochastic_depth
from segtutor.reference.layers.feed_forward import ACTIVATIONS, FeedForward
from segtutor.reference.layers.relative_positions import RelativeAttention
from segtutor.reference.weights.names import seggpt as names

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the published preprocessing, ImageNet's
ENSEMBLES = (None, "published", "transformers")
KINDS = ("instance", "semantic")


class StitchedEmbedding(nn.Module):
    """Pictures and targets as two streams of tokens, (B, 2 h, w, C) each.

    grid: (2 h, w) cells of the stitched pictures. trained_grid: side of the grid that the positions were first learned
    for; they are resized to this one. The type tokens say whether a segment or a whole class is meant; published
    checkpoints were trained with both.
    """

    def __init__(self, width: int, patch: int, grid: tuple[int, int], trained_grid: int, in_channels: int = 3):
        super().__init__()
        self.grid, self.trained_grid, self.patch = grid, trained_grid, patch
        self.patches = nn.Conv2d(in_channels, width, patch, stride=patch)
        self.positions = nn.Parameter(torch.randn(1, trained_grid**2 + 1, width))  # the first one is never used
        for name in ("mask_token", "picture_token", "target_token", "semantic_token", "instance_token"):
            setattr(self, name, nn.Parameter(torch.randn(1, 1, 1, width) * 0.02))

    def forward(
        self, pictures: Tensor, targets: Tensor, masked: Tensor, kind: str = "instance"
    ) -> tuple[Tensor, Tensor]:
        """pictures, targets: (B, 3, 2 H, W). masked: (B or 1, 2 h, w) bool, where a target's patch is hidden."""
        if kind not in KINDS:
            raise ValueError(f"kind (what the prompt shows) must be one of {', '.join(KINDS)}, got {kind!r}")
        height, width = (cells * self.patch for cells in self.grid)
        if pictures.shape[2:] != (height, width):
            raise ValueError(
                f"pictures must be {height // 2} x {width} pixels, got {pictures.shape[2] // 2} x "
                f"{pictures.shape[3]}: resize them"
            )
        type_token = self.semantic_token if kind == "semantic" else self.instance_token
        x = self.patches(pictures).permute(0, 2, 3, 1)
        y = torch.where(masked[..., None], self.mask_token, self.patches(targets).permute(0, 2, 3, 1))
        both = self.resized_positions() + type_token
        return x + self.picture_token + both, y + self.target_token + both

    def resized_positions(self) -> Tensor:
        """(1, 2 h, w, C)."""
        learned = self.positions[:, 1:].unflatten(1, (self.trained_grid, self.trained_grid))
        if self.grid == (self.trained_grid, self.trained_grid):
            return learned
        resized = F.interpolate(learned.permute(0, 3, 1, 2), size=self.grid, mode="bicubic", align_corners=False)
        return resized.permute(0, 2, 3, 1)


class StitchedLayer(nn.Module):
    """One layer over all cells, (B, 2 h, w, C) -> the same. skip: as ViTLayer's."""

    def __init__(
        self,
        width: int,
        num_heads: int,
        hidden: int,
        grid: tuple[int, int],
        *,
        activation: str = "gelu",
        epsilon: float = 1e-6,
        packed_bias: bool = True,
        skip: float = 0.0,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = RelativeAttention(width, num_heads, grid, packed_bias=packed_bias)
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)
        self.feed_forward = FeedForward(width, hidden, activation=activation)
        self.skip = skip

    def forward(self, x: Tensor, prompts: int = 0) -> Tensor:
        """prompts: so many entries of the batch in a row have the mean of their queries' halves in common; 0: none."""
        seen = self.attention(self.attention_norm(x))
        if prompts:
            seen = mean_of_queries(seen, prompts)
        x = x + stochastic_depth(seen, self.skip, self.training)
        return x + stochastic_depth(self.feed_forward(self.feed_forward_norm(x)), self.skip, self.training)


def mean_of_queries(x: Tensor, prompts: int) -> Tensor:
    """SegGPT's feature ensemble (arXiv:2304.03284, section 3.3): the lower halves become their mean over the prompts.

    x: (S * prompts, 2 h, w, C), S streams one after the other. Upper halves, the prompts' own, stay as they are.

    >>> mean_of_queries(torch.tensor([1.0, 2.0, 3.0, 6.0]).view(2, 2, 1, 1), 2).flatten().tolist()
    [1.0, 4.0, 3.0, 4.0]
    """
    above, below = x.chunk(2, dim=1)
    mean = below.unflatten(0, (-1, prompts)).mean(dim=1, keepdim=True)  # (S, 1, h, w, C)
    return torch.cat((above, mean.expand(-1, prompts, -1, -1, -1).flatten(0, 1)), dim=1)


class PaintingHead(nn.Module):
    """The states of some layers, side by side, as a picture: (B, h, w, L C) -> (B, 3, P h, P w).

    A dense layer gives each patch P x P pixels of `hidden` channels; a 3 x 3 convolution smooths across patches.
    """

    def __init__(self, channels: int, patch: int, hidden: int, *, activation: str = "gelu", epsilon: float = 1e-6):
        super().__init__()
        self.patch = patch
        self.enlarge = Linear(channels, patch * patch * hidden)
        self.smooth = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.norm = nn.LayerNorm(hidden, eps=epsilon)
        self.draw = nn.Conv2d(hidden, 3, 1)
        self.activation = ACTIVATIONS[activation]

    def forward(self, states: Tensor) -> Tensor:
        pixels = self.enlarge(states).unflatten(-1, (self.patch, self.patch, -1))  # (B, h, w, P, P, hidden)
        pixels = pixels.transpose(2, 3).flatten(3, 4).flatten(1, 2)  # (B, P h, P w, hidden)
        smoothed = self.smooth(pixels.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.draw(self.activation(self.norm(smoothed)).permute(0, 3, 1, 2))


class SegGPT(nn.Module):
    """A picture, a prompt picture and its target -> the target of the picture, all (B, 3, H, W), normalised alike.

    grid: (2 h, w) cells of the stitched pictures. merge: the layer behind which the two streams become one. outputs:
    the layers whose states the head reads, all at or behind `merge`.
    skip: stochastic depth of the last layer, in training; it grows from 0 layer by layer.
    """

    rules = staticmethod(names.rules)
    ignore = names.IGNORE
    accepts = frozenset({"example"})

    def __init__(
        self,
        *,
        width: int = 1024,
        num_heads: int = 16,
        depth: int = 24,
        hidden: int = 4096,
        patch: int = 16,
        grid: tuple[int, int] = (56, 28),
        trained_grid: int = 14,
        in_channels: int = 3,
        merge: int = 2,
        outputs: Sequence[int] = (5, 11, 17, 23),
        head_width: int = 64,
        activation: str = "gelu",
        epsilon: float = 1e-6,
        packed_bias: bool = True,
        skip: float = 0.0,
    ):
        super().__init__()
        if grid[0] % 2 or not 0 <= merge <= min(outputs) <= max(outputs) < depth:
            raise ValueError(
                "the configuration must have an even number of rows and merge <= outputs < layers, got a grid of "
                f"{grid} cells, merge {merge} and outputs {tuple(outputs)} of {depth} layers"
            )
        self.grid, self.merge, self.outputs = (grid[0], grid[1]), merge, tuple(outputs)
        self.embedding = StitchedEmbedding(width, patch, self.grid, trained_grid, in_channels)
        self.layers = nn.ModuleList(
            StitchedLayer(
                width,
                num_heads,
                hidden,
                self.grid,
                activation=activation,
                epsilon=epsilon,
                packed_bias=packed_bias,
                skip=skip * i / max(depth - 1, 1),
            )
            for i in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=epsilon)
        self.head = PaintingHead(width * len(self.outputs), patch, head_width, activation=activation, epsilon=epsilon)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SegGPT:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        width, patch = config.get("hidden_size", 1024), config.get("patch_size", 16)
        size = config.get("image_size", (896, 448))
        height, wide = (size, size) if isinstance(size, int) else size
        return cls(
            width=width,
            num_heads=config.get("num_attention_heads", 16),
            depth=config.get("num_hidden_layers", 24),
            hidden=config.get("mlp_dim") or 4 * width,
            patch=patch,
            grid=(height // patch, wide // patch),
            trained_grid=config.get("pretrain_image_size", 224) // patch,
            in_channels=config.get("num_channels", 3),
            merge=config.get("merge_index", 2),
            outputs=config.get("intermediate_hidden_state_indices", (5, 11, 17, 23)),
            head_width=config.get("decoder_hidden_size", 64),
            activation=config.get("hidden_act", "gelu"),
            epsilon=config.get("layer_norm_eps", 1e-6),
            packed_bias=config.get("qkv_bias", True),
            skip=config.get("drop_path_rate", 0.1),
        )

    def forward(
        self,
        pixel_values: Tensor,
        prompt_pixel_values: Tensor,
        prompt_targets: Tensor,
        *,
        ensemble: str | None = None,
        kind: str = "instance",
    ) -> Tensor:
        """The query's target, (B, 3, H, W); with an ensemble (1, 3, H, W).

        pixel_values: (B, 3, H, W), or (1, 3, H, W) for all prompts. ensemble: "published" or "transformers" ties the
        prompts of one query together; None: each predicts on its own. Within an ensemble the states of the query's half
        are the same for all prompts, so the first one's are drawn, as published.
        """
        if ensemble not in ENSEMBLES:
            raise ValueError(f"ensemble must be one of {ENSEMBLES}, got {ensemble!r}")
        if ensemble and len(pixel_values) != 1:
            raise ValueError(
                f"an ensemble of prompts must be asked for one picture, got {len(pixel_values)}: ask for each "
                "on its own"
            )
        pictures = torch.cat((prompt_pixel_values, pixel_values.expand(len(prompt_pixel_values), -1, -1, -1)), dim=2)
        targets = torch.cat((prompt_targets, torch.zeros_like(prompt_targets)), dim=2)
        states = self.states(pictures, targets, self.query_hidden(), ensemble=ensemble, kind=kind)
        return self.head_of_query(states[:1] if ensemble else states)

    def encode(self, pixel_values: Tensor) -> Tensor:
        """The picture itself, (1, 3, H, W): nothing can be known of it before it is stitched to a prompt."""
        return pixel_values

    def ask_example(self, image: Tensor, examples: Sequence[tuple[Tensor, Tensor]]) -> PromptOutput:
        """Where in the picture is what the examples show? One mask, (1, 1, H, W); several examples by the ensemble.

        image: as `encode` gave it. examples: (pixel values (1, 3, H, W), mask (1, 1, H, W) 0..1), all of the network's
        size. Masks are painted white on black, as published. Inside is what is painted brighter than half of white; the
        logit is 2 brightness - 1. The score is what the brightness lets expect as IoU: with its share of white as a
        probability, the expected intersection with the truth over their expected union.
        """
        black, white = (
            torch.tensor([(value - mean) / std for mean, std in zip(MEAN, STD, strict=True)], device=image.device)
            for value in (0.0, 1.0)
        )
        black, white = black.view(1, 3, 1, 1), white.view(1, 3, 1, 1)
        pictures = torch.cat([pixels for pixels, _ in examples])
        targets = torch.cat([black + mask * (white - black) for _, mask in examples])
        painted = self(image, pictures, targets, ensemble="published" if len(examples) > 1 else None)
        logits = (2 * (painted - black) / (white - black) - 1).mean(dim=1, keepdim=True)
        share, inside = ((logits + 1) / 2).clamp(0, 1), logits > 0
        union = inside.sum((2, 3)) + (share * ~inside).sum((2, 3))
        return PromptOutput(logits, (share * inside).sum((2, 3)) / union.clamp(min=1e-6))

    def paint(self, pictures: Tensor, targets: Tensor, masked: Tensor, *, kind: str = "instance") -> Tensor:
        """What the network makes of stitched pictures and targets with hidden patches: all of it, (B, 3, 2 H, W).

        This is what is trained (masked image modelling). masked: (B or 1, 2 h, w) bool, True = hidden.
        """
        return self.head(self.states(pictures, targets, masked, kind=kind))

    def states(
        self, pictures: Tensor, targets: Tensor, masked: Tensor, *, ensemble: str | None = None, kind: str = "instance"
    ) -> Tensor:
        """The normalised states of the layers `outputs`, side by side: (B, 2 h, w, L C)."""
        prompts = len(pictures)
        z = torch.cat(self.embedding(pictures, targets, masked, kind))  # (2 B, 2 h, w, C)
        kept = []
        for i, layer in enumerate(self.layers):
            together = 0 if ensemble is None else prompts
            if ensemble == "transformers" and i == self.merge:
                together = 2 * prompts
            z = layer(z, together)
            if i == self.merge:
                x, y = z.chunk(2)
                z = (x + y) * 0.5
            if i in self.outputs:
                kept.append(self.norm(z))
        return torch.cat(kept, dim=-1)

    def head_of_query(self, states: Tensor) -> Tensor:
        """The head on the query's half alone, (B, 2 h, w, L C) -> (B, 3, H, W): half the work, the same numbers.

        The smoothing looks one pixel across the seam, so one row of the prompt's patches goes with it.
        """
        half = self.grid[0] // 2
        return self.head(states[:, half - 1 :])[:, :, self.head.patch :]

    def query_hidden(self) -> Tensor:
        """(1, 2 h, w) bool: the lower half of the targets, which is asked for."""
        rows = torch.arange(self.grid[0], device=self.embedding.positions.device)
        return (rows >= self.grid[0] // 2)[None, :, None].expand(1, -1, self.grid[1])
