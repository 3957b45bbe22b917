"""Lessons as assignments: every answer passes its test, what learners get holds none, and both tools grade them right.

The tools are not among our dependencies: the last test makes an environment for them where SEGTUTOR_GRADERS=1 says so.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import warnings

import nbformat
import pytest
from environments import ROOT

import segtutor as st
from segtutor.assignments import FORMS, answered, assignment, write_assignments
from segtutor.cli import main
from segtutor.errors import UserError

LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
REGION = re.compile(r"^ *#+ BEGIN SOLUTION\n.*?^ *#+ END SOLUTION$\n?", re.MULTILINE | re.DOTALL)


def made(lesson, form):
    return assignment(lesson, lesson.parent / "solutions" / lesson.name, form)


def imports_of(notebook) -> dict:
    """A namespace with what the lesson's cells import; learners have run them."""
    space: dict = {"st": st}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or "google.colab" in "".join(cell["source"]):
            continue
        for node in ast.parse("".join(cell["source"])).body:
            if isinstance(node, ast.Import | ast.ImportFrom) and "pipeline" not in ast.unparse(node):
                exec(compile(ast.Module([node], []), "lesson", "exec"), space)
    return space


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem[:2])
def test_every_answer_passes_and_none_is_left_for_learners(lesson, form):
    notebook, exercises = made(lesson, form)
    nbformat.validate(nbformat.from_dict(notebook))
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    assert all(not cell.get("outputs") for cell in notebook["cells"])
    space = imports_of(notebook)
    for exercise in exercises:
        whole = answered(exercise, form)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(whole, space)
            assert st.exercises.check(exercise.number, space[exercise.name]).solved, exercise.number
        bare = REGION.sub("", whole)
        assert "SOLUTION" not in bare
        if bare.strip():
            ast.parse(bare + "\n    raise NotImplementedError\n")  # the stub that the tools put there
        assert "return" not in bare.split('"""')[-1]


def test_nbgrader_has_a_graded_cell_for_each_exercise():
    notebook, exercises = made(LESSONS[1], "nbgrader")
    marked = [cell["metadata"]["nbgrader"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    assert sum(mark["grade"] for mark in marked) == sum(mark["solution"] for mark in marked) == len(exercises) == 6
    assert all(mark["locked"] != mark["solution"] for mark in marked)
    assert len({mark["grade_id"] for mark in marked}) == len(marked)


def test_otter_has_a_question_for_each_exercise():
    notebook, exercises = made(LESSONS[1], "otter")
    raw = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "raw"]
    assert raw[0].startswith("# ASSIGNMENT CONFIG")
    for part in ("QUESTION", "SOLUTION", "TESTS"):
        begins = [i for i, text in enumerate(raw) if text.startswith(f"# BEGIN {part}")]
        ends = [i for i, text in enumerate(raw) if text.startswith(f"# END {part}")]
        assert len(begins) == len(ends) == len(exercises)
        assert all(begin < end for begin, end in zip(begins, ends, strict=True))
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert text.count("**Exercise 01.1.**") == 1


def test_the_command_writes_them_and_says_what_comes_next(tmp_path, capsys):
    assert main(["assignments", str(tmp_path / "out"), "--form", "nbgrader", "--lessons", "02", "--json"]) == 0
    (name,) = json.loads(capsys.readouterr().out)
    assert (tmp_path / "out" / "source" / name / f"{name}.ipynb").is_file()
    for arguments in (["--form", "gradescope"], ["--lessons", "77"], []):
        target = tmp_path / "out" if not arguments else tmp_path / "other"
        assert main(["assignments", str(target), *arguments]) == 2
    with pytest.raises(UserError, match="gradescope"):
        write_assignments(tmp_path / "more", "gradescope")


def test_an_exercise_without_a_solution_is_refused(tmp_path):
    (tmp_path / "solutions").mkdir()
    lesson = json.loads(LESSONS[0].read_text())
    (tmp_path / LESSONS[0].name).write_text(json.dumps(lesson))
    empty = {**lesson, "cells": []}
    (tmp_path / "solutions" / LESSONS[0].name).write_text(json.dumps(empty))
    with pytest.raises(UserError, match=r"00\.1"):
        write_assignments(tmp_path / "out", "otter", source=tmp_path)
    (tmp_path / "solutions" / LESSONS[0].name).unlink()
    with pytest.raises(UserError, match="missing"):
        write_assignments(tmp_path / "out2", "otter", source=tmp_path)


@pytest.mark.graders
@pytest.mark.timeout(1200)
@pytest.mark.skipif(os.environ.get("SEGTUTOR_GRADERS") != "1", reason="SEGTUTOR_GRADERS=1 runs nbgrader and Otter")
@pytest.mark.parametrize("form", FORMS)
def test_the_tools_grade_a_full_and_an_empty_submission(form, tmp_path):
    """In an environment of their own that sees our packages: pip reads their newest releases."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    tool = "nbgrader" if form == "nbgrader" else "otter-grader"
    subprocess.run([str(python), "-m", "pip", "install", "-q", tool], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "zz_segtutor.pth").write_text("\n".join([str(ROOT), *ours]) + "\n")
    result = subprocess.run(
        [str(python), str(ROOT / "tools" / "grade_both.py"), form, "00", str(tmp_path / "work")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]
    assert json.loads(result.stdout.splitlines()[-1]) == {"full": [3.0, 3.0], "empty": [0.0, 3.0]}
