"""A picture that a promptable network is asked about: what PromptCanvas is when it is given a model."""

from segtutor.widgets.asking.canvas import AskingCanvas

__all__ = ["AskingCanvas"]
