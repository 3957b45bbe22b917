"""A training run, as it goes: curves, scenes, and the buttons that start and stop it."""

from segtutor.widgets.training.view import TrainingView

__all__ = ["TrainingView"]
