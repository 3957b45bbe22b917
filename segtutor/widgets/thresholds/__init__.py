"""Move the three thresholds of panoptic inference, and see which segment each query gives or loses."""

from segtutor.widgets.thresholds.explorer import ThresholdExplorer

__all__ = ["ThresholdExplorer"]
