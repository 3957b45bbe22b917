"""Grade a full and an empty submission of one lesson with nbgrader or Otter, and print what each got, as JSON.

    python tools/grade_both.py nbgrader 00 FOLDER         {"full": [points, of], "empty": [points, of]}

Run by a Python that has the tool and segtutor; tests/test_assignments.py makes such an environment.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from segtutor.assignments import write_assignments


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")


def nbgrader(folder: Path, lesson: str) -> dict[str, list[float]]:
    from nbgrader.api import Gradebook

    (name,) = write_assignments(folder, "nbgrader", [lesson])
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "segmentation"\n')
    run("nbgrader", "generate_assignment", name, "--create", cwd=folder)
    source, release = (folder / part / name / f"{name}.ipynb" for part in ("source", "release"))
    assert "BEGIN SOLUTION" not in release.read_text(), "the released notebook holds solutions"
    answers = {cell["id"]: cell["source"] for cell in json.loads(source.read_text())["cells"]}
    full = json.loads(release.read_text())
    for cell in full["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = answers[cell["id"]]
    for who, text in (("full", json.dumps(full)), ("empty", release.read_text())):
        handed_in = folder / "submitted" / who / name
        handed_in.mkdir(parents=True)
        (handed_in / f"{name}.ipynb").write_text(text)
    run("nbgrader", "autograde", name, "--create", cwd=folder)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        found = {who: book.find_submission(name, who) for who in ("full", "empty")}
        return {who: [float(one.score), float(one.max_score)] for who, one in found.items()}


def otter(folder: Path, lesson: str) -> dict[str, list[float]]:
    (name,) = write_assignments(folder / "master", "otter", [lesson])
    run("otter", "assign", str(folder / "master" / name / f"{name}.ipynb"), str(folder / "dist"), cwd=folder)
    (archive,) = (folder / "dist" / "autograder").glob("*.zip")
    student = folder / "dist" / "student" / f"{name}.ipynb"
    assert "BEGIN SOLUTION" not in student.read_text(), "the students' notebook holds solutions"
    handed_in = {"full": folder / "dist" / "autograder" / f"{name}.ipynb", "empty": student}
    found = {}
    for who, notebook in handed_in.items():
        place = folder / who
        place.mkdir()
        shutil.copy(notebook, place / f"{name}.ipynb")
        run("otter", "run", "-a", str(archive), "-o", str(place), str(place / f"{name}.ipynb"), cwd=place)
        tests = json.loads((place / "results.json").read_text())["tests"]
        tests = [test for test in tests if test.get("max_score")]
        found[who] = [sum(test.get("score", 0.0) for test in tests), sum(test["max_score"] for test in tests)]
    return found


if __name__ == "__main__":
    form, lesson, folder = sys.argv[1:]
    print(json.dumps({"nbgrader": nbgrader, "otter": otter}[form](Path(folder).resolve(), lesson)))
