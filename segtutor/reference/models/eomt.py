"""EoMT: mask classification by a plain ViT. Queries are more tokens, and the ViT's own last layers are the decoder.

Kerssies et al., "Your ViT is Secretly an Image Segmentation Model", arXiv:2503.19108, section 3.3 and figure 2:

    tokens   the first L1 layers read patches alone; then Q learned queries join them for the last L2 layers
    class    W q                        q: a query after a layer, normalised                 (B, Q, K + 1)
    mask     MLP(q) . up(patches)       up: each step doubles the map of patches             (B, Q, 4 h, 4 w)

No pixel decoder, no cross-attention, no levels: self-attention among queries and patches does all of it.

While it is trained, queries look only inside the mask that they predict before a layer, as in Mask2Former. `may_attend`
concerns just these pairs (query, patch); a query always sees all queries and the class and register tokens, so no row
is ever empty and the empty-mask rule is not needed. "Mask annealing" (figure 4) then lets go of it: before layer i
each query is masked with probability mask_probs[i], which falls from 1 to 0 layer by layer (`annealed_probs`). At 0 no
mask is computed at all, and what is left at inference is a ViT: this is why it is fast.

    model = EoMT.from_config(config)            # config.json of a checkpoint, as a dict; random weights
    model.mask_probs[2] = 0                     # no masks before the third of the last layers

Differs from the paper: nothing. (transformers, with mask_probs above 0 before a layer and 0 before the next, goes on
with the earlier mask; here 0 means that all may be looked at.)
Taught in notebooks/15_what_is_left_without_a_decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import MaskOutput
from segtutor.reference.backbones.vit import ViT
from segtutor.reference.layers.feed_forward import ACTIVATIONS
from segtutor.reference.weights.names import eomt as names
from segtutor.reference.weights.names import num_classes


def annealed_probs(progress: float, num_blocks: int = 4, *, power: float = 0.9) -> list[float]:
    """The probability of masking before each of the last layers. progress: of the training, 0..1.

    Training has num_blocks + 2 equal parts. All layers are masked in the first; in each of the next, one layer goes
    from 1 to 0 as (1 - t)^power, earliest layer first; none is masked in the last (the published configurations).

    >>> annealed_probs(0.0), annealed_probs(1.0)
    ([1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    >>> [round(p, 2) for p in annealed_probs(2.5 / 6)]
    [0.0, 0.54, 1.0, 1.0]
    """
    part = progress * (num_blocks + 2)
    return [(1.0 - min(max(part - 1 - i, 0.0), 1.0)) ** power for i in range(num_blocks)]


class Doubling(nn.Module):
    """(B, C, h, w) -> (B, C, 2h, 2w): each cell becomes four; then each channel is smoothed on its own."""

    def __init__(self, width: int, activation: str):
        super().__init__()
        self.enlarge = nn.ConvTranspose2d(width, width, 2, stride=2)
        self.smooth = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        x = self.smooth(self.activation(self.enlarge(x)))
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # a norm over channels


class MaskHead(nn.Module):
    """Three dense layers, an activation between them: what a query looks for in the map. (B, Q, C) -> the same."""

    def __init__(self, width: int, activation: str):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.activation = ACTIVATIONS[activation]

    def forward(self, queries: Tensor) -> Tensor:
        first, second, third = self.layers
        return third(self.activation(second(self.activation(first(queries)))))


class EoMT(nn.Module):
    """(B, 3, H, W) float, normalised, of the size it was made for -> MaskOutput.

    num_blocks: L2, the layers that see queries. num_classes: K, without "no object". num_doublings: steps of `up`.
    """

    rules = staticmethod(names.rules)
    ignore = names.IGNORE

    def __init__(
        self,
        backbone: ViT,
        *,
        num_queries: int = 200,
        num_blocks: int = 4,
        num_classes: int = 133,
        num_doublings: int = 2,
        activation: str = "gelu",
    ):
        super().__init__()
        width = backbone.width
        self.num_blocks = num_blocks
        self.backbone = backbone
        self.pixel_decoder = nn.Sequential(*(Doubling(width, activation) for _ in range(num_doublings)))
        self.queries = nn.Parameter(torch.randn(num_queries, width))
        self.mask_head = MaskHead(width, activation)
        self.class_head = nn.Linear(width, num_classes + 1)
        self.mask_probs: Tensor
        self.register_buffer("mask_probs", torch.ones(num_blocks))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EoMT:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        width, patch = config.get("hidden_size", 1024), config.get("patch_size", 16)
        side, activation = config.get("image_size", 640) // patch, config.get("hidden_act", "gelu")
        backbone = ViT(
            width=width,
            num_heads=config.get("num_attention_heads", 16),
            depth=config.get("num_hidden_layers", 24),
            hidden=int(width * config.get("mlp_ratio", 4)),
            patch=patch,
            grid=(side, side),
            in_channels=config.get("num_channels", 3),
            registers=config.get("num_register_tokens", 4),
            dropout=config.get("hidden_dropout_prob", 0.0),
            epsilon=config.get("layer_norm_eps", 1e-6),
            activation=activation,
            gated=config.get("use_swiglu_ffn", False),
            scale=config.get("layerscale_value", 1.0),
            attention_dropout=config.get("attention_dropout", 0.0),
            skip=config.get("drop_path_rate", 0.0),
        )
        return cls(
            backbone,
            num_queries=config.get("num_queries", 200),
            num_blocks=config.get("num_blocks", 4),
            num_classes=num_classes(config),
            num_doublings=config.get("num_upscale_blocks", 2),
            activation=activation,
        )

    def anneal(self, progress: float) -> None:
        """Sets mask_probs for a moment of the training, 0..1; st.fit calls it before each step."""
        probs = annealed_probs(progress, self.num_blocks)
        self.mask_probs.copy_(torch.tensor(probs, dtype=self.mask_probs.dtype))

    def forward(self, pixel_values: Tensor, *, may_attend: Sequence[Tensor | None] | None = None) -> MaskOutput:
        """output.layers: the predictions before the last layers, in training all, else those that masks are needed for.

        may_attend: for each of the last layers which patches a query may look at, (B, Q, h w) bool, or None for all;
        instead of what its own masks say.
        """
        if may_attend is not None and len(may_attend) != self.num_blocks:
            raise ValueError(
                f"may_attend must be given for each of the {self.num_blocks} layers, got {len(may_attend)}"
            )
        tokens, predictions, positions = self.backbone.embed(pixel_values), [], self.positions()
        first = len(self.backbone.layers) - self.num_blocks
        for i, layer in enumerate(self.backbone.layers):
            if i < first:
                tokens = layer(tokens, None, *positions)
                continue
            if i == first:
                tokens = torch.cat((self.queries.to(tokens.dtype).expand(len(tokens), -1, -1), tokens), dim=1)
            allowed, prob = None, float(self.mask_probs[i - first])
            if self.training or prob > 0:
                predictions.append(self.predict(tokens))
            if may_attend is not None:
                allowed = may_attend[i - first]
            elif prob > 0:
                allowed = self.inside_mask(predictions[-1].mask_logits.detach(), prob)
            tokens = layer(tokens, None if allowed is None else self.among_all(allowed), *positions)
        final = self.predict(tokens)
        return MaskOutput(final.class_logits, final.mask_logits, layers=tuple(predictions))

    def positions(self) -> tuple[Tensor, ...]:
        """What each layer is told beside its tokens: nothing, their positions are in them (models/eomt_dinov3.py)."""
        return ()

    def predict(self, tokens: Tensor) -> MaskOutput:
        """What the queries say at this point: (B, Q + 1 + R + h w, C) -> class logits and masks."""
        tokens = self.backbone.norm(tokens)
        queries = tokens[:, : len(self.queries)]
        features = self.pixel_decoder(self.backbone.as_map(tokens))  # (B, C, 4h, 4w)
        masks = torch.einsum("bqc,bchw->bqhw", self.mask_head(queries), features)
        return MaskOutput(self.class_head(queries), masks)

    def inside_mask(self, mask_logits: Tensor, prob: float = 1.0) -> Tensor:
        """Which patches lie inside each query's mask: (B, Q, 4h, 4w) -> (B, Q, h w) bool. A share is let go of."""
        shrunk = F.interpolate(mask_logits, size=self.backbone.grid, mode="bilinear", align_corners=False)
        allowed = shrunk.flatten(2) > 0
        if prob < 1:
            free = torch.rand(allowed.shape[:2], device=allowed.device) > prob
            allowed = allowed | free[..., None]
        return allowed

    def among_all(self, allowed: Tensor) -> Tensor:
        """(B, Q, h w) -> may_attend of all tokens, (B, 1, S, S): only a query's look at patches is ever forbidden."""
        others = len(self.queries) + self.backbone.num_prefix
        may_attend = F.pad(allowed, (others, 0, 0, others - len(self.queries) + allowed.shape[2]), value=True)
        return may_attend[:, None]

    def queries_to_patches(self, weights: Tensor) -> Tensor:
        """From recorded attention weights of one of the last layers, (B, heads, S, S): (B, heads, Q, h, w)."""
        h, w = self.backbone.grid
        return weights[..., : len(self.queries), -h * w :].unflatten(-1, (h, w))
