"""Data that comes with the package: `photographs` (four real ones) and `toytown` (a world drawn by a program).

Both are served as a `datasets.Dataset` in the COCO panoptic schema. Names are looked up when first used.
"""

from segtutor.lazy import lazily

# Public name -> module that defines it; modules appear under their own name.
_HOME = {"photograph": "photos", "photographs": "photos"}
_MODULES = ("photos", "toytown")

__all__ = [*_HOME, *_MODULES]

__getattr__, __dir__ = lazily(__name__, _HOME, _MODULES)
