"""The papers' ideas as modules: each file one concept, read alone, with the equation and where it comes from.

So far: points (where a mask loss is read), matcher (which query answers for which target) and losses.
"""

from importlib import import_module

_HOME = {
    "cost_matrix": "matcher",
    "match": "matcher",
    "MatchingWeights": "matcher",
    "set_loss": "losses",
    "per_pixel_loss": "losses",
    "LossWeights": "losses",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
