"""From an output to a segmentation, as the papers' code does it.

    semantic   one class a pixel                                semantic_scores, semantic_inference
    panoptic   one segment a pixel, things and stuff            panoptic_inference, query_fates
    instance   one mask an object, masks may overlap            instance_inference
    averaged   semantic, over several sizes of the picture      multi_scale_inference, multi_scale_scores

The first three take a `MaskOutput` or a `PerPixelOutput`, the size (H, W) of the picture, and the categories whose
positions the logits are indexed by; the last takes a segmenter and a picture, since it runs the network itself.
Everything is computed in float32, whatever the dtype of the logits and inside autocast too. Mask and class *logits*
are upsampled (bilinear, align_corners=False) and only then passed through the sigmoid or softmax, as Mask2Former's
published code does; there the picture is first upsampled to the padded network input and then to the size asked for,
here in one step.

Taught in notebooks/01_three_answers.
"""

from segtutor.inference.instance import instance_inference
from segtutor.inference.multi_scale import multi_scale_inference, multi_scale_scores
from segtutor.inference.panoptic import QueryFate, panoptic_inference, query_fates
from segtutor.inference.semantic import semantic_inference, semantic_scores

__all__ = [
    "QueryFate",
    "instance_inference",
    "multi_scale_inference",
    "multi_scale_scores",
    "panoptic_inference",
    "query_fates",
    "semantic_inference",
    "semantic_scores",
]
