"""Boxes as the way to objects: what Faster R-CNN and Mask R-CNN are made of, each file one concept.

    anchors      the boxes that are tried everywhere       box_coding   a box, relative to an anchor
    pyramid      maps for small and for large things       proposals    which anchors hold something (the RPN)
    nms          one box for a thing, not twenty           roi_align    a piece of a map, as large as every other
    heads        class, box and mask of such a piece       sampling     which boxes learn what
    pasting      a mask of 28 x 28 back in the picture     region_losses    the five terms

`models/mask_rcnn.py` puts them together. Boxes are corners x0 y0 x1 y1 in pixels of the network's input, x to the
right, y downwards, measured at the outer edges of pixels: a thing that fills the first pixel has the box 0 0 1 1.
Taught in notebooks/12_what_did_queries_replace.
"""
