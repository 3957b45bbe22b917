"""The lessons as files and as programs: how they are built, what is stored in them, and that they run without network.

Lessons run under nbval, which compares what their cells print (pytest's settings in pyproject.toml), and conftest.py
beside that measures their kernels. Their solutions run here. All of them run in a network namespace without any
network where that is permitted, and memory and time have limits.
"""

import base64
import importlib.util
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

import segtutor as st

ROOT = Path(__file__).resolve().parent.parent
MOST_MEMORY_MB, MOST_CPU_SECONDS, MOST_PICTURE_BYTES = 600, 30, 400_000  # of a solution; lessons: conftest.py
CHECK = re.compile(r'st\.exercises\.check\("(\d\d\.\d+)"')


def tool(name: str):
    """A program of tools/, as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


set_source = tool("set_source")
EVERYTHING = tool("execute_lessons").lessons()
LESSONS = [path for path in EVERYTHING if path.parent.name == "notebooks" and path.stem != "gallery"]
SOLUTIONS = [path for path in EVERYTHING if path.parent.name == "solutions"]

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: f"{path.parent.name}/{path.stem}")


def read(path: Path):
    return nbformat.read(path, as_version=4)


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> str:
    """All Markdown, without the code blocks in it."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def exercises(notebook) -> list[str]:
    """The exercises whose check is called, in order."""
    return [name for cell in code(notebook) for name in CHECK.findall(cell.source)]


def verdicts(notebook) -> dict[str, str]:
    """What the checks said: {exercise: "Passed: ..." or "Not yet: ..."}."""
    found = {}
    for cell in code(notebook):
        if names := CHECK.findall(cell.source):
            (found[names[-1]],) = (o["data"]["text/plain"] for o in cell.outputs if o.output_type == "execute_result")
    return found


def printed(notebook) -> dict[str, list[str]]:
    """What the cells whose output is to be compared print and return: {cell: texts}."""
    checked = [cell for cell in code(notebook) if "nbval-check-output" in cell.metadata.get("tags", [])]
    return {cell.id: [o["text"] if "text" in o else o["data"]["text/plain"] for o in cell.outputs] for cell in checked}


def test_there_are_lessons_with_solutions():
    assert len(LESSONS) >= 2
    assert [path.name for path in LESSONS] == [path.name for path in SOLUTIONS]
    numbers = [int(path.name[:2]) for path in LESSONS]
    assert numbers == list(range(len(numbers)))


@each_notebook
def test_is_a_valid_notebook_with_the_common_first_cell(path):
    notebook = read(path)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    target = set_source.pip_target(*set_source.setting())
    assert code(notebook)[0].source == set_source.SETUP_CELL.format(target=target)


@each_lesson
def test_is_built_as_a_lesson(path):
    notebook = read(path)
    headings = re.findall(r"^(#+) (.+)$", prose(notebook), flags=re.MULTILINE)
    assert [text for marks, text in headings if marks == "#"] == [notebook.cells[0].source.splitlines()[0][2:]]
    second = [text for marks, text in headings if marks == "##"]
    assert [text.split(". ")[0] for text in second] == [str(number) for number in range(1, len(second) + 1)]
    names = [text.split(". ", 1)[1] for text in second]
    ending = [name for name in names if name in ("Summary", "Exercises", "References")]
    assert ending == ["Summary", "Exercises", "References"]
    head = notebook.cells[0].source
    assert re.search(r"^\| minutes \| download \|", head, flags=re.MULTILINE), "the table of minutes and download"
    assert "You will be able to" in head
    assert 1 <= len(re.findall(r"^- ", head.split("You will be able to")[1], flags=re.MULTILINE)) <= 4
    assert "Predict first" in prose(notebook)
    assert re.search(r"arXiv:\d{4}\.\d{5}", prose(notebook).split("References")[-1])


@each_lesson
def test_files_named_in_the_lesson_exist(path):
    """In the table of its head, or at its end after "In the package"."""
    head, text = read(path).cells[0].source.split("|---")[1], prose(read(path))
    end = text.split("**In the package:**")[-1] if "**In the package:**" in text else ""
    for name in re.findall(r"`([\w/.]+)`", head + end):
        assert (ROOT / "segtutor" / name).exists(), name


# The lessons that were cut to the lengths the course has set itself; their first picture is on the first screen.
SHORT = ("01_", "02_", "03_", "04_", "05_", "06_", "07_", "08_", "09_", "10_")
each_short = pytest.mark.parametrize("path", [p for p in LESSONS if p.name.startswith(SHORT)], ids=lambda p: p.stem)


@each_short
def test_is_short_and_begins_with_a_picture(path):
    cells = read(path).cells
    end = next(place for place, cell in enumerate(cells) if re.search(r"^## .*Exercises", cell.source, re.MULTILINE))
    before = cells[: end + 1]
    text = "\n".join(cell.source.split("Exercises\n")[0] for cell in before if cell.cell_type == "markdown")
    programs = [
        line for cell in before if cell.cell_type == "code" for line in cell.source.splitlines() if line.strip()
    ]
    assert len(before) <= 60
    assert sum(any(map(str.isalnum, word)) for word in text.split()) <= 2200
    assert len(programs) <= 200
    assert sum(line.lstrip().startswith("assert ") for line in programs) <= 10
    assert " st.widgets." in "\n".join(programs)
    first = [kind for output in cells[2].outputs for kind in output.get("data", {})]
    assert {"image/png", "image/jpeg"} & set(first), "the cell after the first shows a picture"


@each_notebook
def test_reads_well_everywhere(path):
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert "![" not in cell.source, "pictures in Markdown are missing offline"
            assert "<img" not in cell.source, "pictures in Markdown are missing offline"
    for cell in code(notebook):
        lines = cell.source.splitlines()
        assert len(lines) <= 24, f"a step too large for one cell: {lines[0]}"
        assert max(map(len, lines)) <= 120
        for line in lines:
            assert not re.match(r"\s*[!%]", line), line
            assert "import *" not in line
            assert not re.search(r"[\"'](/[a-z]+/|[A-Z]:\\)", line), f"an absolute path: {line}"
    text = json.dumps(notebook)
    assert not re.search(r"/(home|root|tmp)/|site-packages/", text), "a path of the machine that ran it"
    assert f"{ROOT}/" not in text, "a path of the machine that ran it"


@each_notebook
def test_what_is_stored(path):
    notebook = read(path)
    assert "widgets" not in notebook.metadata, "the state of widgets"
    assert notebook.metadata.kernelspec.name == "python3"
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "executed once, from top to bottom"
    size = 0
    for cell in code(notebook):
        assert "execution" not in cell.metadata, "timings"
        for output in cell.outputs:
            assert output.output_type != "error", output
            assert output.get("name") != "stderr", output
            data = output.get("data", {})
            assert "application/vnd.jupyter.widget-view+json" not in data, "a view without state shows as an error"
            words = data.get("text/plain", "")
            assert not re.match(r"TrainingView\(.*no step yet", words), "a training stored before its first step"
            for kind in ("image/png", "image/jpeg"):
                if kind in data:
                    size += len(base64.b64decode(data[kind]))
                    assert len(output.metadata[kind]["alt"]) > 20, "a picture without a text alternative"
    assert size <= MOST_PICTURE_BYTES


@each_lesson
def test_exercises_are_told_checked_and_solved(path):
    from segtutor.exercises import base

    lesson, solution = read(path), read(path.parent / "solutions" / path.name)
    names = exercises(lesson)
    assert 2 <= len(names) <= 6
    assert names == [f"{path.name[:2]}.{number}" for number in range(1, len(names) + 1)]
    assert names == [name for name in base.exercises() if name.startswith(path.name[:2])]
    assert exercises(solution) == names
    for notebook in (lesson, solution):
        assert re.findall(r"\*\*Exercise (\d\d\.\d+)\.\*\*", prose(notebook)) == names
    assert all(verdict.startswith("Not yet: ") for verdict in verdicts(lesson).values())
    assert all(verdict.startswith("Passed: ") for verdict in verdicts(solution).values())


@pytest.mark.network_off
@each_solution
def test_runs_offline_in_little_memory(path, without_network, tmp_path):
    command = [*without_network, sys.executable, str(ROOT / "tools" / "execute_lessons.py")]
    # JSON on stdout; a lesson that fails ends it with status 1 and the cell on stderr
    done = subprocess.run(
        [*command, "--json", "--to", str(tmp_path), str(path)], capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert measured["peak_memory_mb"] < MOST_MEMORY_MB
    assert measured["cpu_seconds"] < MOST_CPU_SECONDS
    fresh = read(tmp_path / path.name)
    said = verdicts(fresh)
    assert said.keys() == set(exercises(fresh))
    assert [text for text in said.values() if not text.startswith("Passed: ")] == []
    assert printed(fresh) == printed(read(path))
    if not without_network:
        pytest.skip("ran well, but with network: this system permits no network namespace (unshare -n)")


def test_lessons_import_the_public_surface_alone():
    """`import segtutor as st` and `st.name`: what a lesson uses, a reader finds in the reference of public names."""
    deep = re.compile(r"^\s*(from segtutor\.|import segtutor\.|from segtutor import)", re.MULTILINE)
    notebooks = sorted((ROOT / "notebooks").rglob("*.ipynb"))
    found = [path.name for path in notebooks for cell in code(read(path)) if deep.search(cell.source)]
    assert not found


def test_the_gallery_shows_every_explorer_in_three_lines():
    from segtutor import widgets

    notebook = read(ROOT / "notebooks" / "gallery.ipynb")
    cells = [cell.source for cell in code(notebook)][2:]
    shown, moved = cells[::2], cells[1::2]
    names = [re.search(r"st\.widgets\.(\w+)\(", source)[1] for source in shown]
    assert sorted(names) == sorted(set(widgets.__all__) - {"CanvasWidget"})
    for name, source, move in zip(names, shown, moved, strict=True):
        lines = source.splitlines()
        assert len(lines) == 3, name
        assert re.search(rf"^(training\.wait\(\)\n)?{lines[-1]}\.\w+ = .+$", move), f"a line that moves {name}"
    titles = re.findall(r"^## \d+\. (\w+): ", prose(notebook), flags=re.MULTILINE)
    assert titles == names


def test_a_measurement_may_arrive_in_pieces(tmp_path, monkeypatch):
    """A busy machine cuts what a kernel prints into several messages."""
    execute_lessons = tool("execute_lessons")
    monkeypatch.setattr(execute_lessons, "MEASURE", "import time; print(1.5, flush=True); time.sleep(1); print(200)")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), tmp_path / "09_one.ipynb")
    run = execute_lessons.execute(tmp_path / "09_one.ipynb")[1]
    assert (run.cpu_seconds, run.peak_memory_mb) == (1.5, 200)


def test_a_stored_picture_keeps_rare_colours(tmp_path):
    """Of a figure full of pastels, every pixel of the one bright panel is as it was, as far as an eye can tell."""
    image = st.toytown.scene(19).render()[0]
    bright = np.where(st.toytown.phrase_mask(st.toytown.scene(19), "purple house")[..., None], image, image // 4 + 190)
    figure = st.show.gallery([image // 4 + 190] * 4 + [bright], list("abcde"), columns=3, width=256)
    drawn = figure.to_png()
    stored = tool("execute_lessons")._smaller("image/png", drawn)
    before, after = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB")).astype(int) for one in (drawn, stored))
    assert len(stored) < len(drawn) / 2
    assert (np.abs(before - after).max(axis=-1) > 16).mean() < 0.001


def test_a_failing_lesson_is_not_stored(tmp_path):
    """The tool that stores lessons can say no: an error, and text on stderr."""
    for source, said in (("1 / 0", "ZeroDivisionError"), ("import sys; print('oh', file=sys.stderr)", "stderr")):
        lesson = tmp_path / "09_wrong.ipynb"
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(notebook, lesson)
        before = lesson.read_text()
        done = subprocess.run(
            [sys.executable, str(ROOT / "tools" / "execute_lessons.py"), str(lesson)], capture_output=True, text=True
        )
        assert done.returncode == 1
        assert said in done.stderr
        assert lesson.read_text() == before
