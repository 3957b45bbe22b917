"""The families of networks, one record and one file each; `record.py` says what a record holds and who reads it."""

from segtutor.families import (
    beit,
    clipseg,
    deeplab,
    detr,
    dpt,
    eomt,
    eomt_dinov3,
    fcn,
    mask2former,
    maskformer,
    mobilenet_v2,
    mobilevit,
    oneformer,
    pspnet,
    sam,
    sam2,
    segformer,
    seggpt,
    unet,
    upernet,
)
from segtutor.families.record import (
    CrossAttention,
    Family,
    JointAttention,
    Preprocessing,
    class_heads,
    families,
    get,
    heads,
    of_class,
    part_prefixes,
    preprocessing,
    register,
    unregister,
)

__all__ = [
    "CrossAttention", "Family", "JointAttention", "Preprocessing", "class_heads", "families", "get", "heads",
    "of_class", "part_prefixes", "preprocessing", "register", "unregister",
]  # fmt: skip

_PER_PIXEL = (segformer, upernet, fcn, unet, pspnet, deeplab)
_OF_TRANSFORMERS = (beit, dpt, mobilenet_v2, mobilevit)  # the course has no module of its own for them
_MASKS = (mask2former, maskformer, oneformer, detr, eomt, eomt_dinov3)
for _family in (*_MASKS, *_PER_PIXEL, *_OF_TRANSFORMERS, seggpt, clipseg, sam, sam2):
    register(_family.FAMILY)
register(sam2.VIDEO)
