"""`setup()`, the one call at the top of every lesson: seeds, figure style, versions, Colab; nothing else."""

import importlib.abc
import importlib.metadata
import os
import platform
import random
import sys
from dataclasses import dataclass

# What a bug report needs. Read from the installed packages' metadata, so that nothing heavy is imported for it.
_REPORTED = ("torch", "transformers", "numpy", "ipywidgets", "anywidget")

# White paper and dark ink also under a dark theme: a picture with its own background reads the same in both.
_FIGURE_STYLE = {
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "axes.facecolor": "white",
    "axes.edgecolor": "#444444",
    "axes.labelcolor": "#222222",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "font.size": 10,
    "text.color": "#222222",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "legend.frameon": False,
    "image.interpolation": "nearest",
}
# Okabe and Ito's colours, which colour-blind readers can tell apart (without yellow, too faint on white).
_CURVE_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")


@dataclass(frozen=True)
class Setup:
    """What `setup` did: the seed, and the versions it printed."""

    seed: int
    versions: str

    def __repr__(self) -> str:
        return f"Setup(seed={self.seed})"  # without versions: stored notebooks compare this text on other machines


def setup(seed: int = 0) -> Setup:
    """Prepare a lesson: seed the random generators, set the figure style, print the versions for a bug report.

    `seed` is an int from 0 to 2**32 - 1. It seeds `random`, numpy's global generator and torch; where torch is not
    imported yet, it is seeded in the moment it is, so that a lesson pays for torch only where it uses it. On Colab
    the manager that third-party widgets need is switched on.

    Raises `ValueError` where `seed` is outside that range.
    """
    import matplotlib
    import numpy
    from cycler import cycler

    if not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be an int from 0 to 4294967295, got {seed!r}: setup() alone uses 0")
    random.seed(seed)
    numpy.random.seed(seed)  # noqa: NPY002 - libraries that use the global generator are to be repeatable too
    _seed_torch(seed)
    matplotlib.rcParams.update(_FIGURE_STYLE)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=_CURVE_COLORS)
    if "google.colab" in sys.modules:
        from google.colab import output

        output.enable_custom_widget_manager()
    versions = version_line()
    print(versions)
    return Setup(seed, versions)


def version_line() -> str:
    """One line that says what a bug report needs: "segtutor 0.1.0 | Python 3.11.7 | Linux x86_64 | torch ..."."""
    from segtutor import __version__

    parts = [f"segtutor {__version__}", f"Python {platform.python_version()}"]
    parts.append(f"{platform.system()} {platform.machine()}")
    for name in _REPORTED:
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"{name} missing")
    if os.environ.get("HF_HUB_OFFLINE"):
        parts.append("Hub offline")
    return " | ".join(parts)


def _seed_torch(seed: int) -> None:
    """Seed torch now, or right after its import where that is still to come."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _SeedTorchWhenImported)]
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    else:
        sys.meta_path.insert(0, _SeedTorchWhenImported(seed))


class _SeedTorchWhenImported(importlib.abc.MetaPathFinder):
    """Stands before Python's own finders, lets them do `import torch`, then seeds it and steps aside.

    It stays until torch has really been executed: transformers only *looks* for torch (`find_spec`) long before.
    """

    def __init__(self, seed: int):
        self.seed = seed

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "torch":
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        spec = next((found for finder in others if (found := finder.find_spec(fullname, path, target))), None)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            if self in sys.meta_path:  # not when another setup() has taken over
                sys.meta_path.remove(self)
                module.manual_seed(self.seed)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
