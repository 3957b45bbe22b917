"""Which cells of a network's maps have a vector like the one at a pixel."""

from segtutor.widgets.maps.explorer import MapExplorer

__all__ = ["MapExplorer"]
