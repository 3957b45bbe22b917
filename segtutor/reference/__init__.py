"""The papers' ideas as modules: each file one concept, read alone, with the equation and where it comes from.

Rooms, from the ground up:

layers/       what networks share: attention, positions, feed-forward, deformable attention, windows, convolution, norms
backbones/    a picture becomes feature maps: ResNet, Swin, MiT, ViT, DINOv3, Hiera; build.py chooses
per_pixel/    heads that classify pixels: FCN, U-Net, PSPNet, DeepLab, UPerNet, SegFormer
decoders/     pixel decoders (FPN, deformable) and Transformer decoders (DETR's, masked attention), task and text tokens
losses/       matcher (costs, assignment), criterion (terms, the papers' weights), sampling (where masks are compared)
boxes/        Mask R-CNN's parts: anchors, box coding, proposals, NMS, RoIAlign, heads, and what they learn from
models/       whole networks, assembled; ablations.py switches a part of one off
weights/      trained weights in: build.py reads them, names/ holds what transformers calls each parameter; inverse.py
fast/         the fast forms of some of the above, with equal results; `with plain():` runs those of the papers instead

    model = st.reference.from_transformers(theirs)         # the modules above with the weights of a transformers model
    with st.reference.record_attention(model) as maps:
        output = model(pixel_values)
"""

from segtutor.lazy import lazily

_HOME = {
    "Attention": "layers.attention",
    "BytePairs": "layers.byte_pairs",
    "CLIPSeg": "models.clipseg",
    "DETR": "models.detr",
    "DETR_LOSS": "losses.criterion",
    "DINOv3": "backbones.dinov3",
    "DeepLabV3Head": "per_pixel.aspp",
    "DeepLabV3PlusHead": "per_pixel.aspp",
    "DeformableAttention": "layers.deformable",
    "DeformablePixelDecoder": "decoders.pixel_decoder",
    "DetrDecoder": "decoders.detr_decoder",
    "DetrEncoder": "decoders.detr_decoder",
    "EoMT": "models.eomt",
    "EoMTDINOv3": "models.eomt_dinov3",
    "FCNHead": "per_pixel.fcn_head",
    "FPN": "decoders.fpn",
    "FPNTransformer": "decoders.fpn_transformer",
    "FeedForward": "layers.feed_forward",
    "FullMasks": "losses.sampling",
    "Grid": "losses.sampling",
    "Hiera": "backbones.hiera",
    "LossWeights": "losses.criterion",
    "MASK2FORMER": "losses.criterion",
    "MASK2FORMER_LOSS": "losses.criterion",
    "MASKFORMER": "losses.criterion",
    "MASKFORMER_LOSS": "losses.criterion",
    "MLP": "layers.feed_forward",
    "Mask2Former": "models.mask2former",
    "MaskFormer": "models.maskformer",
    "MaskRCNN": "models.mask_rcnn",
    "MaskedAttention": "decoders.masked_decoder",
    "MaskedDecoder": "decoders.masked_decoder",
    "MaskedDecoderLayer": "decoders.masked_decoder",
    "MatchingWeights": "losses.matcher",
    "MiT": "backbones.mit",
    "OneFormer": "models.oneformer",
    "PSPHead": "per_pixel.pyramid_pooling",
    "PixelClassifier": "per_pixel.fcn",
    "PointSampling": "losses.sampling",
    "PyramidPooling": "per_pixel.pyramid_pooling",
    "Recipe": "losses.criterion",
    "ResNet": "backbones.resnet",
    "RotaryAttention": "layers.rotary",
    "SAM": "models.sam",
    "SAM2": "models.sam2",
    "SegFormer": "models.segformer",
    "SegGPT": "models.seggpt",
    "Swin": "backbones.swin",
    "TaskToken": "decoders.task_token",
    "TinyMaskClassifier": "models.tiny_mask_classifier",
    "UNet": "per_pixel.unet",
    "UPerHead": "per_pixel.upernet_head",
    "UPerNet": "models.upernet",
    "ViT": "backbones.vit",
    "anchors_of_map": "boxes.anchors",
    "annealed_probs": "models.eomt",
    "as_tokens": "decoders.detr_decoder",
    "assign": "losses.matcher",
    "attend": "layers.attention",
    "attend_with_weights": "layers.attention",
    "best_overlaps": "boxes.anchors",
    "box_iou": "losses.boxes:iou",
    "boxes_of_masks": "losses.boxes",
    "build_backbone": "backbones.build",
    "cell_centres": "layers.deformable",
    "class_loss": "losses.criterion",
    "contrastive_loss": "losses.contrastive",
    "corners": "losses.boxes",
    "cosine_match": "toytown.incontext",
    "cost_matrix": "losses.matcher",
    "cost_terms": "losses.matcher",
    "decode_boxes": "boxes.box_coding",
    "deformable_attention": "layers.deformable",
    "encode_boxes": "boxes.box_coding",
    "fixed_match": "losses.fixed_matching",
    "from_transformers": "weights.build",
    "generalised_iou": "losses.boxes",
    "hidden_pixels": "losses.painting",
    "keep_queries": "models.ablations",
    "linear_sum_assignment": "losses.hungarian",
    "logits_on_grid": "losses.sampling",
    "match": "losses.matcher",
    "mean_of_queries": "models.seggpt",
    "merge_classes": "losses.fixed_matching",
    "nearer_to": "toytown.incontext",
    "nms": "boxes.nms",
    "nms_by_class": "boxes.nms",
    "painting_loss": "losses.painting",
    "pasted": "boxes.pasting",
    "per_pixel_loss": "losses.criterion",
    "plain": "layers.forms",
    "random_patches": "losses.painting",
    "record_attention": "layers.record",
    "roi_align": "boxes.roi_align",
    "sample_points": "losses.sampling",
    "set_loss": "losses.criterion",
    "sine_positions": "layers.positions",
    "smooth_l1": "losses.painting",
    "task_text": "decoders.task_token",
    "to_transformers": "weights.inverse",
    "truth_at_points": "losses.sampling",
    "truth_on_grid": "losses.sampling",
    "unblock_empty_rows": "layers.attention",
    "uncertain_points": "losses.sampling",
    "uniform_points": "losses.sampling",
    "unmasked": "models.ablations",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
