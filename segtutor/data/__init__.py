"""Data that comes with the package: `photographs` (four real ones) and `toytown` (a world drawn by a program).

Both are served as a `datasets.Dataset` in the COCO panoptic schema. Names are looked up when first used.
"""

from importlib import import_module

# Public name -> module that defines it; modules appear under their own name.
_HOME = {"photograph": "photos", "photographs": "photos"}
_MODULES = ("photos", "toytown")

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
