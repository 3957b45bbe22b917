"""Each file of reference/ can be read alone: its length, its source, its doctests, what it imports."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import segtutor.reference

FOLDER = Path(segtutor.reference.__file__).parent
FILES = sorted(path for path in FOLDER.glob("*/*.py") if path.name != "__init__.py")
TABLES = sorted((FOLDER / "weights" / "names").glob("*.py"))
# What serves all modules and comes from no paper.
TOOLS = {"build.py", "features.py", "ablations.py", "inverse.py", "forms.py", "record.py"}


def _module(path: Path) -> str:
    return ".".join(("segtutor.reference", *path.relative_to(FOLDER).with_suffix("").parts))


each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")


@each_file
def test_can_be_read_in_one_sitting(path):
    """At 400 lines one asks whether a file holds two concepts."""
    assert path.read_text(encoding="utf-8").count("\n") <= 400


@each_file
def test_says_where_its_idea_comes_from(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text
    if path.name in TOOLS:
        return
    assert re.search(r"arXiv:\d{4}\.\d{5}|doi:10\.", text), "the paper"
    assert re.search(r"\b(eq|sec|section|figure|fig|appendix|table|algorithm)\b", text, re.IGNORECASE), "where in it"
    assert re.search(r"Differs from|Nothing differs|As in the paper", text), "what differs from the paper"


@pytest.mark.parametrize("path", [*FILES, *TABLES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_imports_nothing_above_it(path):
    """reference/ stands on outputs and torch; only the AutoBackbone fall-back and inverse import transformers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"segtutor.{a.name}" for a in node.names] if node.module == "segtutor" else [node.module or ""]
        for name in names:
            if name.split(".")[0] == "segtutor":
                assert re.match(r"segtutor\.(reference|outputs|lazy|errors|families)\b", name), (
                    f"{name} is above reference/"
                )
            if name.split(".")[0] == "transformers":
                assert f"{path.parent.name}/{path.name}" in ("backbones/build.py", "weights/inverse.py")


@each_file
def test_examples_in_docstrings(path):
    module = importlib.import_module(_module(path))
    assert doctest.testmod(module).failed == 0


def test_importing_the_modules_imports_no_transformers():
    names = [_module(path) for path in [*FILES, *TABLES] if path.stem != "__init__"]
    code = f"import sys\nfor name in {names!r}: __import__(name)\n"
    code += "print([name for name in ('transformers', 'scipy', 'matplotlib', 'PIL') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Rooms from the ground up: a file imports from its own room and from those before it.
FLOORS = ["layers", "backbones", "per_pixel", "decoders", "losses", "boxes", "names", "models", "toytown"]
FLOORS += ["weights", "fast"]


@pytest.mark.parametrize("path", [*FILES, *TABLES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_imports_run_downwards(path):
    here = FLOORS.index(path.parent.name)
    for room, deeper in re.findall(r"^ *from segtutor\.reference\.(\w+)(\.names)?", path.read_text("utf-8"), re.M):
        room = "names" if deeper else room
        assert FLOORS.index(room) <= here, f"{room} lies above {path.parent.name}"
