"""EoMT on DINOv3: the same queries and heads in a ViT with rotary positions.

Kerssies et al., arXiv:2503.19108, section 3.3, as they publish it for DINOv3 (arXiv:2508.10104). Everything
that EoMT adds to a ViT is in models/eomt.py and stays; the ViT is backbones/dinov3.py:

    positions   a query has none: it is not turned, and its score with a patch depends on where the patch sits alone
    masks       as before, and annealed away as before

Positions would allow any size; EoMT's masks are of the size it was made for.

    model = EoMTDINOv3.from_config(config)          # config.json of a checkpoint, as a dict; random weights

Differs from the paper: nothing. Taught in notebooks/15_what_is_left_without_a_decoder.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from segtutor.reference.backbones.dinov3 import DINOv3
from segtutor.reference.models.eomt import EoMT
from segtutor.reference.weights.names import eomt_dinov3 as names
from segtutor.reference.weights.names import num_classes

_STRETCHED = ("pos_embed_rescale", "pos_embed_jitter")  # factors by which positions are stretched at random


class GridDINOv3(DINOv3):
    """DINOv3 for pictures of one size: h x w patches."""

    def __init__(self, grid: tuple[int, int], **backbone: Any):
        super().__init__(**backbone)
        self.grid = grid

    def embed(self, pixel_values: Tensor) -> Tensor:
        """As DINOv3's. Raises ValueError for a picture of another size."""
        if tuple(side // self.patch for side in pixel_values.shape[2:]) != self.grid:
            wanted = " x ".join(str(side * self.patch) for side in self.grid)
            raise ValueError(
                f"a picture must be {wanted}, the size that this EoMT's masks are made for, got "
                f"{pixel_values.shape[2]} x {pixel_values.shape[3]}: resize or pad the picture"
            )
        return super().embed(pixel_values)

    def as_map(self, tokens: Tensor) -> Tensor:
        """The patches, which come last, as a map: (B, ... + h w, C) -> (B, C, h, w)."""
        h, w = self.grid
        return tokens[:, -h * w :].transpose(1, 2).unflatten(2, (h, w))


class EoMTDINOv3(EoMT):
    """(B, 3, H, W) float, normalised, of the size it was made for -> MaskOutput."""

    rules = staticmethod(names.rules)
    ignore = names.IGNORE

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EoMTDINOv3:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        rotary = config.get("rope_parameters") or {}
        if rotary.get("rope_type", "default") != "default":
            raise ValueError(f"rope_type must be 'default', got {str(rotary['rope_type'])[:60]!r}")
        base = float(rotary.get("rope_theta", config.get("rope_theta", 100.0)))
        for name, value in (("rope_theta", base), *((n, config.get(n)) for n in _STRETCHED)):
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, got {value}")
        patch, activation = config.get("patch_size", 16), config.get("hidden_act", "gelu")
        side = config.get("image_size", 640) // patch
        backbone = GridDINOv3(
            (side, side),
            width=config.get("hidden_size", 1024),
            num_heads=config.get("num_attention_heads", 16),
            depth=config.get("num_hidden_layers", 24),
            hidden=config.get("intermediate_size", 4096),
            patch=patch,
            in_channels=config.get("num_channels", 3),
            registers=config.get("num_register_tokens", 4),
            dropout=config.get("hidden_dropout_prob", 0.0),
            epsilon=config.get("layer_norm_eps", 1e-6),
            base=base,
            box={
                "shift": config.get("pos_embed_shift"),
                "jitter": config.get("pos_embed_jitter"),
                "stretch": config.get("pos_embed_rescale", 2.0),
            },
            activation=activation,
            gated=config.get("use_gated_mlp", False),
            biases=(
                config.get("query_bias", True),
                config.get("key_bias", False),
                config.get("value_bias", True),
                config.get("proj_bias", True),
            ),
            mlp_bias=config.get("mlp_bias", True),
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

    def positions(self) -> tuple[Tensor]:
        """What each layer is told beside its tokens: by how much patches are turned."""
        return (self.backbone.angles(self.backbone.grid),)
