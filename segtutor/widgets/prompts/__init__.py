"""A picture to click, box and scribble on, which a model learns from."""

from segtutor.widgets.prompts.canvas import PromptCanvas

__all__ = ["PromptCanvas"]
