"""Things to play with in a notebook: each one reads a segmenter and a picture, and computes in the browser.

    explorer = st.widgets.ThresholdExplorer(segmenter, image, truth)
    explorer                                                # the cell's last line shows it
    explorer.score_threshold = 0.5                          # traits in: the slider moves
    explorer.segments, explorer.pq                          # traits out: what is on the screen

Names are looked up when first used: ipywidgets and anywidget load then, not with `import segtutor`.
"""

from importlib import import_module

_HOME = {"CanvasWidget": "canvas", "ThresholdExplorer": "thresholds"}

__all__ = [*_HOME]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
