"""The switch between the papers' forms and the fast ones: which runs when, and that each fast form has its concept."""

import ast
import importlib
import inspect
import threading
from pathlib import Path

import pytest

import segtutor as st
import segtutor.reference
from segtutor.reference.layers import forms

FOLDER = Path(segtutor.reference.__file__).parent
CONCEPTS = sorted(path for path in FOLDER.glob("*/*.py") if path.parent.name != "fast")


def marked():
    """(module, qualified name, file of the fast form) of all that is marked, found in the source."""
    found = []
    for path in CONCEPTS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        owners = [(None, tree), *((node.name, node) for node in tree.body if isinstance(node, ast.ClassDef))]
        for owner, node in owners:
            for function in node.body:
                for decorator in getattr(function, "decorator_list", []):
                    if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "has_fast_form":
                        module = f"segtutor.reference.{path.parent.name}.{path.stem}"
                        found.append((module, owner, function.name, decorator.args[0].value))
    return found


MARKED = marked()


@pytest.mark.parametrize(("module", "owner", "name", "file"), MARKED, ids=[f"{each[3]}.{each[2]}" for each in MARKED])
def test_a_marked_form_has_its_fast_one(module, owner, name, file):
    paper = importlib.import_module(module)
    paper = getattr(getattr(paper, owner) if owner else paper, name)
    fast = getattr(importlib.import_module(f"segtutor.reference.fast.{file}"), name)
    ours, theirs = (list(inspect.signature(form).parameters.values()) for form in (paper, fast))
    skip = 1 if owner else 0  # self has a name of its own there
    assert [(p.name, p.kind, p.default) for p in ours[skip:]] == [(p.name, p.kind, p.default) for p in theirs[skip:]]


def test_every_fast_file_serves_a_concept():
    files = {path.stem for path in (FOLDER / "fast").glob("*.py")} - {"__init__"}
    assert files == {file for *_, file in MARKED}


@pytest.mark.parametrize("path", CONCEPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_concepts_import_no_fast_form(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("segtutor.reference.fast")


@pytest.fixture
def double(monkeypatch):
    """A concept with a fast form that declines numbers above 9; the results say which form ran."""
    fast = type("fast", (), {"double": staticmethod(lambda x: ("fast", 2 * x) if x < 10 else NotImplemented)})
    monkeypatch.setattr(forms, "import_module", lambda name: fast)

    @forms.has_fast_form("made_up")
    def double(x):
        return "paper", x + x

    return double


def test_the_fast_form_runs_unless_it_declines_or_is_switched_off(double):
    assert double(2) == ("fast", 4)
    assert double(10) == ("paper", 20)
    with st.reference.plain():
        assert double(2) == ("paper", 4)
        with st.reference.plain():
            pass
        assert double(2) == ("paper", 4), "an inner block does not end the outer one"
    with pytest.raises(RuntimeError), st.reference.plain():
        raise RuntimeError
    assert double(2) == ("fast", 4)


def test_another_thread_keeps_its_fast_forms(double):
    seen = []
    with st.reference.plain():
        thread = threading.Thread(target=lambda: seen.append(double(2)))
        thread.start()
        thread.join()
    assert seen == [("fast", 4)]


def test_the_source_that_a_person_reads_is_the_paper_s(double):
    assert "x + x" in inspect.getsource(double)
