"""Two networks as one diagram: each box shows the tensors of this moment, an opened box computes one number of it."""

from segtutor.widgets.explainer.explorer import Explainer

__all__ = ["Explainer"]
