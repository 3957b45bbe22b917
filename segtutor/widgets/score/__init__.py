"""What panoptic quality counts in one picture, and what repairs it."""

from segtutor.widgets.score.explorer import ScoreExplorer

__all__ = ["ScoreExplorer"]
