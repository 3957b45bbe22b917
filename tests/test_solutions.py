"""Solutions hold to their lessons: the tasks in the same words, the functions as asked for, the lesson's own settings.

A solution's set-up are its cells before the first exercise, and later ones with the tag `from-the-lesson`. Every
statement in them stands in the lesson as well, so that no solution keeps a setting that its lesson has changed.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
TAG = "from-the-lesson"
CHECK = re.compile(r'st\.exercises\.check\("(\d\d\.\d+)"')

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def both(path: Path) -> tuple:
    """-> the lesson and its solution."""
    return tuple(nbformat.read(one, as_version=4) for one in (path, path.parent / "solutions" / path.name))


def tasks(notebook, mark: str = "") -> dict[str, str]:
    """{exercise: its task}; mark: how their lines begin."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = re.findall(rf"^{mark}(\*\*Exercise (\d\d\.\d+)\.\*\* .+)$", text, flags=re.MULTILINE)
    return {name: task for task, name in found}


def asked(notebook) -> dict[str, set[tuple[str, str, str | None]]]:
    """{exercise: its functions as (name, arguments, docstring)}."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and (names := CHECK.findall(cell.source)):
            functions = (node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef))
            found[names[-1]] = {(node.name, ast.unparse(node.args), ast.get_docstring(node)) for node in functions}
    return found


def statements(cells) -> dict[str, None]:
    """The statements of cells, in order, written alike; an import of several names is as many statements."""
    found = {}
    for cell in cells:
        for node in ast.parse(cell.source).body if cell.cell_type == "code" else ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                where = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
                found |= dict.fromkeys(f"{where}import {ast.unparse(name)}" for name in node.names)
            else:
                found[ast.unparse(node)] = None
    return found


def strangers(lesson, solution) -> list[str]:
    """What a solution sets up, and its lesson does not."""
    first = next(place for place, cell in enumerate(solution.cells) if CHECK.search(cell.source))
    before = [cell for cell in solution.cells[:first] if cell.cell_type == "code"]
    later = [cell for cell in solution.cells[first:] if TAG in cell.metadata.get("tags", [])]
    known = statements(lesson.cells)
    return [statement for statement in statements([*before, *later]) if statement not in known]


@each_lesson
def test_tasks_are_told_in_the_lessons_words(path):
    lesson, solution = both(path)
    assert len(tasks(lesson)) >= 2
    assert list(tasks(solution, mark="> ").items()) == list(tasks(lesson).items())


@each_lesson
def test_functions_are_those_that_the_lesson_asks_for(path):
    lesson, solution = map(asked, both(path))
    assert lesson.keys() == solution.keys()
    for name, functions in lesson.items():
        assert functions <= solution[name], name


@each_lesson
def test_what_is_set_up_is_the_lessons(path):
    assert strangers(*both(path)) == []


def test_an_old_setting_is_found():
    lesson, solution = (nbformat.v4.new_notebook() for _ in range(2))
    new, check = nbformat.v4.new_code_cell, nbformat.v4.new_code_cell('st.exercises.check("99.1", answer)')
    lesson.cells = [new("import numpy as np, torch\nsteps = 40  # was 100\nrate = 1")]
    solution.cells = [new("import numpy as np\nsteps = 100"), check, new("rate = 2", metadata={"tags": [TAG]})]
    assert strangers(lesson, solution) == ["steps = 100", "rate = 2"]
    solution.cells = [new("import torch\nsteps = 40"), check, new("rate = 2  # the answer's own")]
    assert strangers(lesson, solution) == []
