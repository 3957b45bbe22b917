"""The papers' ideas as modules: each file one concept, read alone, with the equation and where it comes from.

networks            fcn, tiny_mask_classifier: the two kinds at their smallest, on one trunk
per pixel           fcn_head, unet, pyramid_pooling, aspp, upernet_head, segformer_head; of convolution's layers
trunks              resnet, swin (windows), mit, vit; backbones chooses
pixel decoders      fpn, fpn_transformer, pixel_decoder (deformable; deformable_fast)
what layers share   attention, feed_forward, positions, linear
decoders            detr_decoder, masked_decoder; detr_mask_head draws DETR's masks
task and text       task_token, task_queries, text_mapper, contrastive
matching            costs (mask_terms, boxes), matcher, hungarian, fixed_matching; pairing checks what is given
losses              losses, points, reading (where masks are compared), recipes (the papers' weights)
whole models        maskformer, mask2former, oneformer, detr, eomt, upernet, segformer
trained weights     weights (names/: what transformers and its files call each parameter), inverse (the way back)
looking inside      record (attention maps), experiments (switch a part off)

    model = st.reference.from_transformers(theirs)         # the modules above with the weights of a transformers model
    with st.reference.record_attention(model) as maps:
        output = model(pixel_values)
"""

from segtutor.lazy import lazily

_HOME = {
    "DETR": "recipes",
    "FullMasks": "reading",
    "Grid": "reading",
    "LossWeights": "recipes",
    "MASK2FORMER": "recipes",
    "MASKFORMER": "recipes",
    "MatchingWeights": "recipes",
    "PixelClassifier": "fcn",
    "PointSampling": "reading",
    "Recipe": "recipes",
    "TinyMaskClassifier": "tiny_mask_classifier",
    "assign": "matcher",
    "boxes_of_masks": "boxes",
    "class_loss": "losses",
    "cost_matrix": "costs",
    "cost_terms": "costs",
    "fixed_match": "fixed_matching",
    "from_transformers": "weights",
    "generalised_iou": "boxes",
    "keep_queries": "experiments",
    "linear_sum_assignment": "hungarian",
    "match": "matcher",
    "merge_classes": "fixed_matching",
    "onednn_linear": "linear",
    "per_pixel_loss": "losses",
    "record_attention": "record",
    "set_loss": "losses",
    "to_transformers": "inverse",
    "unmasked": "experiments",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
