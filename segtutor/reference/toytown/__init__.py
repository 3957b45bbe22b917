"""The small networks of this course that are asked with prompts or draw boxes, on one frozen ToyTown backbone.

    features    what they all see: the maps of a trained Mask2Former for ToyTown, which stay as they are
    clipseg     a phrase, or an example picture with a mask -> one mask (after CLIPSeg)
    incontext   painted examples -> the painted picture, and a mask (after Painter and SegGPT)
    sam         a click, a box, a mask -> masks with a predicted IoU (after "Segment Anything")
    mask_rcnn   anchors, proposals, RoIAlign, NMS -> boxes with masks (after "Mask R-CNN"; on the stages alone)

They are the papers' ideas at a size that learns within minutes on one core, not the papers' networks: each file says
what differs. The networks as published are in `segtutor.reference.models`.
"""
