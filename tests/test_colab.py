"""Google Colab, in emulation: the install changes nothing there; lesson 00 and the gallery run from the wheel alone.

Two halves, because Colab's torch and its kind are large. *Versions*: an environment that holds nothing but the names
and versions of what Colab ships, where pip is asked what it would install. *Running*: Colab's own notebook packages
(ipywidgets 7, IPython 7, no JupyterLab) for real, the large ones lent by this environment, an empty folder that holds
the lesson and the wheel, no package index, and a stand-in for the module google.colab.

Not emulated: Colab's front end, its Python 3.13, and its versions of torch, numpy and transformers at run time.
"""

import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest
from environments import ROOT, lend_packages, pip_in, python_of, run

# googlecolab/backend-info, commit of 2026-08-19. Not recorded there when this list was made, and given the oldest
# version that we admit: accelerate, huggingface_hub, pycocotools, safetensors, scipy, tqdm, typer.
NOTEBOOK = {
    "anywidget": "0.9.21",
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "ipywidgets": "7.7.1",
    "notebook": "6.5.7",
    "traitlets": "5.7.1",
}
LARGE = {
    "datasets": "4.0.0",
    "matplotlib": "3.10.0",
    "numpy": "2.1.3",
    "pillow": "11.3.0",
    "torch": "2.11.0",
    "transformers": "5.15.0",
}
OLDEST = {
    "accelerate": "1.1",
    "pycocotools": "2.0.8",
    "huggingface_hub": "1.0",
    "safetensors": "0.4.3",
    "scipy": "1.11",
    "tqdm": "4.66",
    "typer": "0.12",
}


def purelib(environment: Path) -> Path:
    return Path(sysconfig.get_paths(vars={"base": str(environment), "platbase": str(environment)})["purelib"])


def claim(environment: Path, versions: dict[str, str]) -> None:
    """Let pip believe that these versions are installed: it reads nothing but this."""
    for name, version in versions.items():
        folder = purelib(environment) / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (folder / "INSTALLER").write_text("pip\n")
        (folder / "RECORD").write_text("")


def would_install(environment: Path, *wanted: str) -> dict[str, str]:
    """{name: version} of what `pip install` would bring, without an index to bring it from."""
    report = environment / "report.json"
    pip_in(python_of(environment), "install", "--no-index", "--dry-run", "--report", str(report), *wanted)
    return {one["metadata"]["name"]: one["metadata"]["version"] for one in json.loads(report.read_text())["install"]}


def test_the_install_changes_no_version_that_colab_ships(wheel, tmp_path):
    run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)])
    claim(tmp_path, NOTEBOOK | LARGE | OLDEST)
    assert list(would_install(tmp_path, str(wheel))) == ["segtutor"]


def test_the_check_above_sees_a_bound_that_is_too_high(wheel, tmp_path):
    run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)])
    claim(tmp_path, NOTEBOOK | LARGE | OLDEST | {"ipywidgets": "7.7.0"})
    with pytest.raises(AssertionError, match="ipywidgets"):
        would_install(tmp_path, str(wheel))


# What Colab's own google.colab does for widgets: the flag that third-party widgets ask for, and nothing more.
STAND_IN = """
calls = []
def enable_custom_widget_manager():
    calls.append("on")
"""
# Appended to the lesson: what was true in its kernel.
QUESTIONS = """
import importlib.metadata, importlib.util, json, sys
import google.colab.output
print(json.dumps({
    "versions": {name: importlib.metadata.version(name) for name in %r},
    "segtutor": sys.modules["segtutor"].__file__,
    "manager": google.colab.output.calls,
    "jupyterlab": importlib.util.find_spec("jupyterlab") is not None,
}))
"""


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> Path:
    """A virtual environment with Colab's notebook packages; everything else is lent by this one."""
    environment = tmp_path_factory.mktemp("colab")
    run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
    python = python_of(environment)
    pip_in(python, "install", "--prefer-binary", *(f"{name}=={version}" for name, version in NOTEBOOK.items()))
    own = {entry.name.split("-")[0].lower() for entry in purelib(environment).iterdir()}
    never = (
        "segtutor",
        "_segtutor",
        "jupyter",
        "nbval",
        "notebook",
        "voila",
        "IPython",
        "ipython",
        "ipykernel",
        "nbclient",
    )
    lend_packages(environment, without=never)
    for entry in (environment / "lent").iterdir():  # what Colab has of its own must not be there twice
        if entry.name.split("-")[0].lower() in own:
            entry.unlink()
    stand_in = purelib(environment) / "google" / "colab"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").write_text("")
    (stand_in / "output.py").write_text(STAND_IN)
    return environment


@pytest.mark.parametrize("name", ["00", "gallery"])
def test_runs_there_from_the_wheel(name, colab, wheel, tmp_path, private, monkeypatch):
    """Lesson 00, and every explorer: made, serialised and shown by ipywidgets 7."""
    import nbformat
    from nbclient import NotebookClient

    content = tmp_path / "content"  # Colab's working folder: the lesson, the uploaded wheel, nothing else
    content.mkdir()
    shutil.copy(wheel, content)
    lesson = nbformat.read(sorted((ROOT / "notebooks").glob(f"{name}*.ipynb"))[0], as_version=4)
    question = nbformat.v4.new_code_cell(QUESTIONS % list(NOTEBOOK))
    question.pop("id", None)
    lesson.cells.append(question)

    kernel = tmp_path / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True)
    started = "import google.colab, runpy; runpy.run_module('ipykernel_launcher', run_name='__main__')"
    command = [str(python_of(colab)), "-c", started, "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "colab", "language": "python"}))
    for name in list(os.environ):
        if name.startswith(("JUPYTER", "PYTHON", "PIP_", "HF_")):
            monkeypatch.delenv(name)
    for name, value in {**private, "JUPYTER_PATH": str(tmp_path / "jupyter"), "PIP_NO_INDEX": "1"}.items():
        if not name.startswith(("PYTHON", "PIP_")) or name == "PIP_NO_INDEX":
            monkeypatch.setenv(name, value)
    before = pip_in(python_of(colab), "freeze").stdout.splitlines()
    before = [line for line in before if not line.startswith("segtutor")]  # the one before has installed it
    client = NotebookClient(lesson, kernel_name="colab", timeout=120, resources={"metadata": {"path": str(content)}})
    client.execute()

    answers = json.loads(lesson.cells[-1].outputs[-1].text)
    assert answers["versions"] == NOTEBOOK
    assert Path(answers["segtutor"]).is_relative_to(purelib(colab)), "the wheel, not a checkout"
    assert answers["manager"], "the first cell or setup() switches the widget manager on"
    assert answers["jupyterlab"] is False
    after = pip_in(python_of(colab), "freeze").stdout.splitlines()
    assert [line for line in after if not line.startswith("segtutor")] == before
    assert any(line.startswith("segtutor") for line in after)
    views = [
        output.data["application/vnd.jupyter.widget-view+json"]
        for cell in lesson.cells
        for output in cell.get("outputs", [])
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert len(views) == sum(" st.widgets." in cell.source for cell in lesson.cells if cell.cell_type == "code")
