"""Names that are looked up when first used, so that a command that needs no torch does not wait for it (PEP 562)."""

import sys
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any


def lazily(
    package: str, home: Mapping[str, str], modules: Mapping[str, str] | Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Returns the `__getattr__` and `__dir__` of a package.

    package: its `__name__`. home: public name -> the module, inside the package, that defines it: "module", or
    "module:name" where it has another name there. modules: those that are public themselves, under their own name or
    as public name -> module. A name found once is kept in the package.
    """
    paths = dict(modules) if isinstance(modules, Mapping) else {name: name for name in modules}

    def get(name: str) -> Any:
        if name in home:
            module, _, there = home[name].partition(":")
            value = getattr(import_module(f"{package}.{module}"), there or name)
        elif name in paths:
            value = import_module(f"{package}.{paths[name]}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]).get("__all__", ()), *home, *paths})

    return get, names
