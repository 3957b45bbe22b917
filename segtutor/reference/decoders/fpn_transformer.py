"""FPN with a Transformer encoder on the coarsest map: MaskFormer's pixel decoder for panoptic segmentation.

Cheng et al., "Per-Pixel Classification is Not All You Need", arXiv:2107.06278, section 4.3 and table 3 ("R50 + 6 Enc"),
with the encoder of DETR (Carion et al., arXiv:2005.12872, section 3.2):

    X = encoder(conv1x1(C_5))               six layers: each cell attends to every cell at stride 32
    mask features = FPN(C_2, C_3, C_4, X)   as in `fpn`, with X where C_5 was

Convolutions of 3 x 3 see their neighbours; here both ends of a bus, or two halves of a sky with a tower between them,
can agree before anything is drawn. At stride 32 this is affordable: attention costs (h * w)^2.
The transformer decoder reads X as well, so the queries profit too.

Shapes: features (B, C_i, h_i, w_i), fine to coarse -> mask features (B, C_m, H / 4, W / 4), X (B, C, H / 32, W / 32).
Differs from the paper: nothing that it says. It says that six layers follow the backbone; that pyramid and decoder both
read what comes out is our reading. transformers has no such variant, so no checkpoint of it can be read here.
Taught in notebooks/04_where_do_sharp_masks_come_from.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from segtutor.reference.decoders.detr_decoder import DetrEncoder, as_tokens
from segtutor.reference.decoders.fpn import FPN
from segtutor.reference.layers.positions import sine_positions


class FPNTransformer(nn.Module):
    """channels: of the backbone's maps, fine to coarse; width: C of encoder and pyramid; mask_width: of mask features.

    num_layers, num_heads, hidden: of the encoder. Used in MaskFormer instead of an FPN:

        MaskFormer(backbone, FPNTransformer(backbone.channels), decoder, num_classes)
    """

    def __init__(
        self,
        channels: Sequence[int],
        *,
        width: int = 256,
        mask_width: int = 256,
        num_layers: int = 6,
        num_heads: int = 8,
        hidden: int = 2048,
        dropout: float = 0.0,
    ):
        super().__init__()
        *finer, coarsest = channels
        self.width = width
        self.project = nn.Conv2d(coarsest, width, 1)
        self.encoder = DetrEncoder(width, num_layers=num_layers, num_heads=num_heads, hidden=hidden, dropout=dropout)
        self.fpn = FPN((*finer, width), width=width, mask_width=mask_width)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """features: fine to coarse -> mask features, and the map that a transformer decoder reads: X."""
        finest, read = self.finest(features)
        return self.mask_features(finest), read

    def finest(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """`forward` before its last convolution: P_2 instead of the mask features."""
        *finer, coarsest = features
        return self.fpn.finest([*finer, self.encode(coarsest)])

    @property
    def mask_features(self) -> nn.Module:
        """The last convolution: the pyramid's."""
        return self.fpn.mask_features

    def encode(self, coarsest: Tensor) -> Tensor:
        """C_5 -> X: (B, C_5, h, w) -> (B, C, h, w)."""
        size = (coarsest.shape[-2], coarsest.shape[-1])
        projected = as_tokens(self.project(coarsest))  # (B, h * w, C)
        positions = as_tokens(sine_positions(size, self.width, device=coarsest.device)).to(projected.dtype)
        x = self.encoder(projected, positions)
        return x.transpose(1, 2).unflatten(-1, size)
