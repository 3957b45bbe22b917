"""Lessons as assignments: the exercises become graded cells, their checks the tests, their solutions the answers.

    segtutor assignments OUT --form nbgrader        OUT/source/14_what_.../14_what_....ipynb, for `nbgrader`
    segtutor assignments OUT --form otter           OUT/14_what_.../14_what_....ipynb, for `otter assign`

Beside them, OUT/questions holds ten questions for each part of the course, as sheets without answers, and the answers.

A notebook of either form holds the answers between marks, as its tool wants them; what learners get is what
`nbgrader generate_assignment` or `otter assign` makes of it, without the answers. There is one source: the lesson, and
its notebook of solutions. What those tools are given is code alone; stored outputs are left out.

nbgrader: https://nbgrader.readthedocs.io, "Creating and grading assignments". Otter-Grader: https://otter-grader.
readthedocs.io, "Otter Assign", format v1. Neither is needed to write the notebooks.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.lessons import source_folder
from segtutor.questions import FILE as QUESTIONS
from segtutor.questions import write_sheets

FORMS = ("nbgrader", "otter")
_CHECK = re.compile(r'^st\.exercises\.check\("(\d\d\.\d+)", (\w+)\)\s*$', re.MULTILINE)
_BEGIN, _END = {"nbgrader": "###", "otter": "#"}, "END SOLUTION"


@dataclass(frozen=True)
class Exercise:
    """number: "14.1". asked: the Markdown before it. stub: the learner's cell without its check. name: what is checked.

    solution: code that ends with `name` defined; imports that it needs are among its lines.
    """

    number: str
    asked: str
    stub: str
    name: str
    solution: str


def write_assignments(
    out: str | Path, form: str, lessons: Sequence[str] = (), source: Path | None = None
) -> dict[str, list[str]]:
    """Writes one assignment a lesson into `out`, a new or empty folder. -> {lesson: numbers}.

    form: "nbgrader" or "otter". lessons: their two-digit numbers, such as "02"; by default all that have exercises.
    source: the folder of the lessons, by default those of this installation.
    Raises UserError for another form, for a lesson that is not there, and for a folder that holds something.
    """
    if form not in FORMS:
        raise UserError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    source = source or source_folder()
    found = {path.stem[:2]: path for path in sorted(source.glob("[0-9][0-9]_*.ipynb")) if ".new" not in path.name}
    chosen = list(lessons) or list(found)
    for number in chosen:
        if number not in found:
            raise UserError(f"lessons must be among {', '.join(found)}, got {number!r}")
    out = Path(out)
    if make_folder(out):
        raise UserError(f"{out} is not empty: choose a new folder")
    written = {}
    for number in chosen:
        path = found[number]
        notebook, exercises = assignment(path, source / "solutions" / path.name, form)
        folder = out / "source" / path.stem if form == "nbgrader" else out / path.stem
        folder.mkdir(parents=True)
        write_whole(folder / path.name, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode())
        written[path.stem] = [exercise.number for exercise in exercises]
    if (source / QUESTIONS).is_file():  # a folder of lessons that is not ours has none
        write_sheets(out / "questions", source)
    return written


def assignment(lesson: Path, solutions: Path, form: str) -> tuple[dict[str, Any], list[Exercise]]:
    """The notebook of one lesson in one form, and its exercises. UserError for an exercise without a solution."""
    notebook, answers = _read(lesson), _answers(_read(solutions))
    cells: list[dict[str, Any]] = [_config(lesson.stem)] if form == "otter" else []
    exercises, asked = [], ""
    for number, cell in enumerate(notebook["cells"]):
        source = _source(cell)
        checks = _CHECK.findall(source)
        if cell["cell_type"] != "code" or not checks:
            cells.append(_plain(cell, f"cell-{lesson.stem[:2]}-{number}", form))
            asked = source if cell["cell_type"] == "markdown" else ""
            continue
        ((exercise_number, name),) = checks
        if exercise_number not in answers:
            raise UserError(f"{solutions.name} holds no solution of exercise {exercise_number}: add one")
        exercise = Exercise(exercise_number, asked, _CHECK.sub("", source).rstrip(), name, answers[exercise_number])
        exercises.append(exercise)
        if form == "otter":
            cells[-1:] = _as_otter(exercise)
        else:
            cells += _as_nbgrader(exercise)
    return {"cells": cells, "metadata": notebook["metadata"], "nbformat": 4, "nbformat_minor": 5}, exercises


def answered(exercise: Exercise, form: str) -> str:
    """The learner's cell with the solution between the marks of the form.

    A function keeps its first lines and its docstring, which learners see; its solution is defined inside and called.
    """
    mark = _BEGIN[form]
    begin, end = f"{mark} BEGIN SOLUTION", f"{mark} {_END}"
    tree = ast.parse(exercise.stub)
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == exercise.name), None)
    if function is None:
        return f"{begin}\n{exercise.solution}\n{end}"
    lines = exercise.stub.splitlines()
    has_docstring = ast.get_docstring(function) is not None
    head = lines[: function.body[0].end_lineno if has_docstring else function.body[0].lineno - 1]
    given = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    given += [f"*{function.args.vararg.arg}"] if function.args.vararg else []
    given += [f"{argument.arg}={argument.arg}" for argument in function.args.kwonlyargs]
    body = [begin, *exercise.solution.splitlines(), f"return {exercise.name}({', '.join(given)})", end]
    rest = lines[function.end_lineno :]
    return "\n".join([*head, textwrap.indent("\n".join(body), "    "), *rest]).rstrip()


def _test(exercise: Exercise) -> str:
    return (
        "import segtutor as st\n\n"
        f'answer = st.exercises.check("{exercise.number}", {exercise.name})\nassert answer, answer.message'
    )


def _answers(solutions: dict[str, Any]) -> dict[str, str]:
    """{number: code of its solution}, each with the imports of the cells before it."""
    found: dict[str, str] = {}
    imports: dict[str, None] = {}  # in order, each once
    for cell in solutions["cells"]:
        source = _source(cell)
        if cell["cell_type"] != "code" or "st.setup()" in source:
            continue
        kept = _CHECK.sub("", source).rstrip()
        nodes = ast.parse(kept).body
        own = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        imports |= dict.fromkeys(ast.unparse(node) for node in own)
        lines = kept.splitlines()
        for node in reversed(own):
            del lines[node.lineno - 1 : node.end_lineno]
        for number, _ in _CHECK.findall(source):
            found[number] = "\n".join([*imports, "", *lines]).strip("\n")
    return found


def _as_nbgrader(exercise: Exercise) -> list[dict[str, Any]]:
    """Two cells: what the learner writes, and the test, which they cannot change. Schema 3 of nbgrader's metadata."""
    name = "exercise-" + exercise.number.replace(".", "-")
    common = {"schema_version": 3, "task": False, "cell_type": "code"}
    writes = {**common, "grade": False, "solution": True, "locked": False, "grade_id": name}
    tested = {**common, "grade": True, "solution": False, "locked": True, "grade_id": f"test-{name}", "points": 1}
    return [
        _cell("code", answered(exercise, "nbgrader"), name, {"nbgrader": writes}),
        _cell("code", _test(exercise), f"test-{name}", {"nbgrader": tested}),
    ]


def _as_otter(exercise: Exercise) -> list[dict[str, Any]]:
    """A question of format v1: raw cells mark its parts. What is asked is part of it."""
    name = "q" + exercise.number.replace(".", "_")
    parts = [
        ("raw", f"# BEGIN QUESTION\nname: {name}\npoints: 1"),
        ("markdown", exercise.asked),
        ("raw", "# BEGIN SOLUTION"),
        ("code", answered(exercise, "otter")),
        ("raw", "# END SOLUTION"),
        ("raw", "# BEGIN TESTS"),
        ("code", _test(exercise)),
        ("raw", "# END TESTS"),
        ("raw", "# END QUESTION"),
    ]
    return [_cell(kind, text, f"{name}-{i}") for i, (kind, text) in enumerate(parts)]


def _config(name: str) -> dict[str, Any]:
    """Otter's first cell. Learners have segtutor already, so nothing is generated but the tests."""
    lines = ["# ASSIGNMENT CONFIG", f"name: {name}", "init_cell: true", "export_cell: false", "check_all_cell: false"]
    return _cell("raw", "\n".join(lines), "assignment-config")


def _plain(cell: dict[str, Any], name: str, form: str) -> dict[str, Any]:
    """A cell of the lesson as it is, without outputs; nbgrader holds code to what the teacher wrote."""
    metadata: dict[str, Any] = {}
    if form == "nbgrader" and cell["cell_type"] == "code":
        metadata["nbgrader"] = {
            "schema_version": 3, "task": False, "cell_type": "code", "grade": False, "solution": False,
            "locked": True, "grade_id": name,
        }  # fmt: skip
    return _cell(cell["cell_type"], _source(cell), name, metadata)


def _cell(kind: str, source: str, name: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name[:64], "metadata": metadata or {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing, the solutions belong beside the lessons: install segtutor again") from None
    except ValueError as error:
        raise UserError(
            f"{path} is not a notebook ({' '.join(str(error).split())[:100]}): take the published one"
        ) from None
