"""What each query of a mask classifier proposes, and what becomes of it."""

from segtutor.widgets.queries.explorer import QueryExplorer

__all__ = ["QueryExplorer"]
