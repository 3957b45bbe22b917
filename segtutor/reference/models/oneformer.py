"""OneFormer, whole: Mask2Former that is told its task.

Jain et al., "OneFormer: One Transformer to Rule Universal Image Segmentation", arXiv:2211.06220, figure 2:

    picture -> backbone -> pixel decoder -> mask features, three maps                    as in Mask2Former
    "the task is {task}" -> task token                                                   task_token.py
    task token, mask features -> N - 1 queries, and the task token itself as the N-th    task_queries.py
    queries, maps -> decoder with masked attention -> classes and masks                  masked_decoder.py
    in training: sentences -> text queries, a contrastive loss with the queries          text_mapper.py, contrastive.py

Trained once, on panoptic truth from which the truth of a task drawn at random is made; then the same weights answer
each of the three tasks.

    model = OneFormer.from_config(config)
    model(pixel_values, "semantic")                # MaskOutput; output.layers: the earlier predictions
    model(pixel_values, ["instance", "panoptic"])  # a task for each picture

Differs from the paper: in what task_token.py, task_queries.py, text_mapper.py and contrastive.py state. From
transformers: with `is_training` there, the pixel decoder's dropout is on even in eval mode; here, in train mode only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from segtutor.outputs import MaskOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.decoders.masked_decoder import MaskedDecoder
from segtutor.reference.decoders.pixel_decoder import DeformablePixelDecoder
from segtutor.reference.decoders.task_queries import TaskQueries
from segtutor.reference.decoders.task_token import TaskToken, task_text
from segtutor.reference.decoders.text_mapper import TextMapper
from segtutor.reference.losses.contrastive import ContrastiveLoss
from segtutor.reference.weights.names import num_classes
from segtutor.reference.weights.names import oneformer as names


class OneFormer(nn.Module):
    """(B, 3, H, W) float, normalised, and a task -> MaskOutput with masks at stride 4.

    num_classes: K, without "no object". normalise_token: the task token goes through the decoder's norm before it is
    copied; without, the copies start as zeros. text_mapper, contrastive: for training, else None.
    """

    rules = staticmethod(names.rules)
    renames = staticmethod(names.renames)
    ignore = names.IGNORE

    def __init__(
        self,
        backbone: nn.Module,
        pixel_decoder: nn.Module,
        task_token: TaskToken,
        task_queries: TaskQueries,
        decoder: MaskedDecoder,
        num_classes: int,
        *,
        normalise_token: bool = True,
        text_mapper: TextMapper | None = None,
        contrastive: ContrastiveLoss | None = None,
    ):
        super().__init__()
        self.backbone = backbone
        self.pixel_decoder = pixel_decoder
        self.task_token = task_token
        self.task_queries = task_queries
        self.decoder = decoder
        self.class_head = nn.Linear(decoder.width, num_classes + 1)
        self.normalise_token = normalise_token
        self.text_mapper = text_mapper
        self.contrastive = contrastive

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OneFormer:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        backbone = build_backbone(config.get("backbone_config") or names.DEFAULT_BACKBONE)
        training, dropout = config.get("is_training", False), config.get("dropout", 0.1)
        feature_width, width = config.get("conv_dim", 256), config.get("hidden_dim", 256)
        mask_width, num_heads = config.get("mask_dim", 256), config.get("num_attention_heads", 8)
        hidden, pre_norm = config.get("dim_feedforward", 2048), config.get("pre_norm", False)
        num_levels = 3
        finest = min(config.get("strides", (4, 8, 16, 32))[-num_levels:])
        pixel_decoder = DeformablePixelDecoder(
            backbone.channels,
            width=feature_width,
            mask_width=mask_width,
            num_heads=num_heads,
            hidden=config.get("encoder_feedforward_dim", 1024),
            num_layers=config.get("encoder_layers", 6),
            num_levels=num_levels,
            num_fine=int(math.log2(finest) - math.log2(config.get("common_stride", 4))),
            dropout=dropout if training else 0.0,
        )
        task_queries = TaskQueries(
            mask_width,
            width=width,
            num_heads=num_heads,
            hidden=hidden,
            num_layers=config.get("query_dec_layers", 2),
            dropout=dropout,
            pre_norm=pre_norm,
        )
        decoder = MaskedDecoder(
            feature_width,
            width=width,
            mask_width=mask_width,
            num_queries=config.get("num_queries", 150),
            num_layers=config.get("decoder_layers", 10) - 1,  # configurations count the initial prediction as well
            num_heads=num_heads,
            hidden=hidden,
            num_levels=num_levels,
            pre_norm=pre_norm,
            project=config.get("enforce_input_proj", False),
            learned_queries=False,
        )
        model = cls(
            backbone,
            pixel_decoder,
            TaskToken(config.get("task_seq_len", 77), width),
            task_queries,
            decoder,
            num_classes(config),
            normalise_token=config.get("use_task_norm", True),
            text_mapper=_text_mapper(config, width) if training else None,
            contrastive=ContrastiveLoss(config.get("contrastive_temperature", 0.07)) if training else None,
        )
        for name, module in model.named_modules():
            if isinstance(module, nn.LayerNorm) and not name.startswith("backbone."):
                module.eps = config.get("layer_norm_eps", 1e-5)
        return model

    def forward(
        self,
        pixel_values: Tensor,
        task: str | Sequence[str] = "panoptic",
        *,
        task_inputs: Tensor | None = None,
        layers: bool = True,
    ) -> MaskOutput:
        """task: "semantic", "instance" or "panoptic", or one of them for each picture.

        task_inputs: (B, length), the sentence as numbers of word pieces, instead of `task`. layers: also what the
        initial queries and each layer but the last predict, in that order.
        """
        return self.forward_with_queries(pixel_values, task, task_inputs=task_inputs, layers=layers)[0]

    def forward_with_queries(
        self,
        pixel_values: Tensor,
        task: str | Sequence[str] = "panoptic",
        *,
        task_inputs: Tensor | None = None,
        layers: bool = True,
    ) -> tuple[MaskOutput, Tensor]:
        """Also the initial queries, (B, N, C), which the contrastive loss compares with text_mapper(sentences)."""
        mask_features, maps = self.pixel_decoder(self.backbone(pixel_values))
        token = self.task_token(self._text(pixel_values, task) if task_inputs is None else task_inputs)
        initial = self.initial_queries(mask_features, token)
        queries, masks = self.decoder(maps, mask_features, queries=initial, layers=layers)
        predictions = [MaskOutput(self.class_head(q), mask) for q, mask in zip(queries, masks, strict=True)]
        final = predictions[-1]
        return MaskOutput(final.class_logits, final.mask_logits, layers=tuple(predictions[:-1])), initial

    def initial_queries(self, mask_features: Tensor, token: Tensor) -> Tensor:
        """mask_features: (B, C_m, h, w); token: (B, C) -> N queries, the task token is the last, (B, N, C)."""
        if self.normalise_token:
            token = self.decoder.norm(token)
        positions = self.decoder.query_positions[:-1]
        queries = self.task_queries(positions, mask_features, token if self.normalise_token else None)
        return torch.cat((queries, token[:, None]), dim=1)

    def _text(self, pixel_values: Tensor, task: str | Sequence[str]) -> Tensor:
        tasks = [task] * len(pixel_values) if isinstance(task, str) else list(task)
        if len(tasks) != len(pixel_values):
            raise ValueError(
                f"tasks must be one name, or one for each of the {len(pixel_values)} pictures, got {len(tasks)}"
            )
        return task_text(tasks, self.task_token.length).to(pixel_values.device)


def _text_mapper(config: dict[str, Any], width: int) -> TextMapper:
    return TextMapper(
        config.get("text_encoder_vocab_size", 49408),
        length=config.get("text_encoder_context_length", 77),
        text_width=config.get("text_encoder_width", 256),
        width=width,
        num_layers=config.get("text_encoder_num_layers", 6),
        num_projections=config.get("text_encoder_proj_layers", 2),
        num_contexts=config.get("text_encoder_n_ctx", 16),
    )
