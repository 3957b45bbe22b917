"""Anchors around a cell, proposals, and what non-maximum suppression leaves of the predictions of Mask R-CNN."""

from segtutor.widgets.boxes.explorer import BoxExplorer

__all__ = ["BoxExplorer"]
