"""The papers' ideas as modules: each file one concept, read alone, with the equation and where it comes from.

fcn, tiny_mask_classifier    the two kinds of network at their smallest, on one trunk
points                       where a mask loss is read
matcher                      which query answers for which target
losses                       what is minimised, per pixel and by masks
"""

from segtutor.lazy import lazily

_HOME = {
    "cost_matrix": "matcher",
    "match": "matcher",
    "MatchingWeights": "matcher",
    "set_loss": "losses",
    "per_pixel_loss": "losses",
    "LossWeights": "losses",
    "linear_sum_assignment": "hungarian",
    "PixelClassifier": "fcn",
    "TinyMaskClassifier": "tiny_mask_classifier",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
