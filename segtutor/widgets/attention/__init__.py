"""Where the queries and pixels of a network look."""

from segtutor.widgets.attention.explorer import AttentionExplorer

__all__ = ["AttentionExplorer"]
