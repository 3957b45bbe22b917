"""How each shipped checkpoint was made, and what its training shows and measures.

The names of toytown.py can be imported from here.
"""

from segtutor.lazy import lazily

_HOME = {
    "FINE": "toytown",
    "OWN_LOOPS": "toytown",
    "RECIPES": "toytown",
    "Recipe": "toytown",
    "Scenes": "toytown",
    "build_mask2former": "toytown",
    "build_upernet": "toytown",
    "mask2former_configuration": "toytown",
    "run": "toytown",
}
__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
