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
FILES = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")
TABLES = sorted((FOLDER / "names").glob("*.py"))
# What serves all modules and comes from no paper.
TOOLS = {"backbones.py", "experiments.py", "inverse.py", "linear.py", "pairing.py", "record.py", "weights.py"}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@each_file
def test_can_be_read_in_one_sitting(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert 60 <= lines <= 250


@each_file
def test_says_where_its_idea_comes_from(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text
    if path.name in TOOLS:
        return
    assert re.search(r"arXiv:\d{4}\.\d{5}|doi:10\.", text), "the paper"
    assert re.search(r"\b(eq|sec|section|figure|fig|appendix|table|algorithm)\b", text, re.IGNORECASE), "where in it"
    assert re.search(r"Differs from|Nothing differs|As in the paper", text), "what differs from the paper"


@pytest.mark.parametrize("path", [*FILES, *TABLES], ids=lambda path: path.stem)
def test_imports_nothing_above_it(path):
    """reference/ stands on outputs and torch; only the AutoBackbone fall-back and inverse import transformers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        for name in names:
            assert not name.startswith("segtutor"), "relative imports inside the package"
            inside = 1 if path.parent == FOLDER else 2
            if name.startswith("." * (inside + 1)):
                assert name.lstrip(".") in ("outputs", "lazy", "errors"), f"{name} is above reference/"
            if name.split(".")[0] == "transformers":
                assert path.name in ("backbones.py", "inverse.py")


@each_file
def test_examples_in_docstrings(path):
    module = importlib.import_module(f"segtutor.reference.{path.stem}")
    assert doctest.testmod(module).failed == 0


def test_importing_the_modules_imports_no_transformers():
    names = [f"segtutor.reference.{path.stem}" for path in FILES]
    names += [f"segtutor.reference.names.{path.stem}" for path in TABLES if path.stem != "__init__"]
    code = f"import sys\nfor name in {names!r}: __import__(name)\n"
    code += "print([name for name in ('transformers', 'scipy', 'matplotlib', 'PIL') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
