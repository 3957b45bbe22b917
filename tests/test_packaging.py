"""One list of dependencies and what repeats it (constraints, conda, Binder), and what the wheel carries."""

import configparser
import json
import re
import shutil
import stat
import sys
import tomllib
import zipfile
from email.parser import Parser

import pytest
import yaml
from environments import ROOT, run
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from segtutor import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}  # the others have the same name on conda-forge


def requirements(*extras: str) -> dict[str, str]:
    """{canonical name: bounds} of the core and the extras, `segtutor[...]` resolved."""
    lists = [PROJECT["project"]["dependencies"]]
    lists += [PROJECT["project"]["optional-dependencies"][extra] for extra in extras]
    found = [Requirement(text) for texts in lists for text in texts]
    return {canonicalize_name(one.name): bounds(one) for one in found if one.name != "segtutor"}


def bounds(requirement: Requirement) -> str:
    return ",".join(sorted(str(part) for part in requirement.specifier))


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


class TestConstraints:
    def test_every_line_is_a_plain_pin(self):
        """No path, no address, no local version such as +cpu: it installs anywhere."""
        assert len(pins()) > 100
        for name, version in pins().items():
            assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
            assert re.fullmatch(r"[0-9][0-9A-Za-z.]*", version), (name, version)

    def test_each_dependency_is_pinned_within_its_bounds(self):
        pinned = {canonicalize_name(name): version for name, version in pins().items()}
        for name, allowed in requirements("lab", "onnx", "test").items():
            assert pinned[name] in Requirement(name + allowed).specifier, name

    def test_torch_is_the_one_that_ci_has(self):
        assert pins()["torch"] == "2.13.0"
        assert f"pip install torch=={pins()['torch']} --index-url" in (ROOT / "README.md").read_text(encoding="utf-8")


class TestConda:
    @pytest.mark.parametrize("name", ["environment.yml", "binder/environment.yml"])
    def test_it_lists_what_pyproject_lists(self, name):
        table = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        assert table["channels"] == ["conda-forge", "nodefaults"]
        listed = {}
        for text in table["dependencies"]:
            assert isinstance(text, str), "a pip: section would be a second list"
            one = Requirement(re.sub(r"(?<![=<>!~])=(?!=)", "==", text))
            listed[canonicalize_name(one.name)] = bounds(one)
        assert listed.pop("python") == "==3.12"
        assert listed.pop("pip") == ""
        expected = {CONDA_NAMES.get(name, name): allowed for name, allowed in requirements("lab").items()}
        assert listed == {canonicalize_name(name): allowed for name, allowed in expected.items()}

    def test_python_is_one_that_the_package_admits(self):
        assert Requirement(f"python{PROJECT['project']['requires-python']}").specifier.contains("3.12")


class TestBinder:
    def test_repo2docker_builds_from_binder_alone(self, monkeypatch):
        """Its own detection: conda, Python 3.12, our postBuild and start, and nothing from outside binder/."""
        from repo2docker.app import Repo2Docker
        from repo2docker.buildpacks import CondaBuildPack

        monkeypatch.chdir(ROOT)
        app = Repo2Docker()
        detected = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
        assert isinstance(detected, CondaBuildPack)
        assert detected.binder_dir == "binder"
        assert detected.python_version == "3.12"
        assert detected.get_post_build_scripts() == ["binder/postBuild"]
        assert detected.get_start_script() == "${REPO_DIR}/binder/start"
        steps = " ".join(step for _, step in detected.get_assemble_scripts() + detected.get_preassemble_scripts())
        assert '"binder/environment.yml"' in steps
        assert "requirements.txt" not in steps

    def test_repo2docker_writes_a_dockerfile(self, tmp_path):
        """The command itself, without a Docker daemon, on the files that a clone has."""
        for name in ("binder", "environment.yml", "pyproject.toml"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, tmp_path / name)
        done = run([sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."], cwd=tmp_path)
        assert "binder/environment.yml" in done.stdout + done.stderr
        assert "binder/postBuild" in done.stdout + done.stderr

    @pytest.mark.parametrize("name", ["postBuild", "start"])
    def test_the_scripts_can_be_run(self, name):
        script = ROOT / "binder" / name
        assert script.read_bytes().startswith(b"#!/bin/bash\n")
        assert b"\r" not in script.read_bytes()
        assert script.stat().st_mode & stat.S_IXUSR
        run(["bash", "-n", str(script)])

    def test_start_hands_over_with_one_thread(self):
        done = run(["bash", str(ROOT / "binder/start"), "sh", "-c", 'echo "$OMP_NUM_THREADS $0 $1"', "a", "b"])
        assert done.stdout == "1 a b\n"

    def test_postbuild_brings_no_dependency(self):
        assert "pip install --no-deps --no-cache-dir ." in (ROOT / "binder/postBuild").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def content(wheel) -> dict[str, int]:
    """{name in the wheel: bytes}."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.file_size for entry in archive.infolist()}


class TestWheel:
    def test_every_lesson_travels(self, content):
        lessons = [path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
        assert lessons, "there is no lesson"
        for path in lessons:
            assert (
                content[f"segtutor/notebooks/{path.relative_to(ROOT / 'notebooks').as_posix()}"] == path.stat().st_size
            )

    def test_everything_beside_the_modules_travels(self, content):
        """Checkpoints, JavaScript, style sheets, photographs, their annotations and licences: all of the package."""
        files = [path for path in (ROOT / "segtutor").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        kinds = {path.suffix for path in files}
        assert {".py", ".js", ".css", ".jpg", ".png", ".json", ".safetensors", ".md"} <= kinds
        for path in files:
            assert content[path.relative_to(ROOT).as_posix()] == path.stat().st_size

    def test_nothing_else_travels(self, content):
        tops = {name.split("/")[0] for name in content}
        assert tops == {"segtutor", f"segtutor-{__version__}.dist-info", f"segtutor-{__version__}.data"}
        assert not [name for name in content if "__pycache__" in name or ".ipynb_checkpoints" in name]

    def test_it_is_small(self, wheel):
        assert wheel.stat().st_size < 62e6  # sixteen networks of 2 to 6 MB each, and the runtime of the pages

    def test_jupyterlab_setting_and_command(self, wheel, content):
        prefix = f"segtutor-{__version__}"
        setting = f"{prefix}.data/data/share/jupyter/lab/settings/overrides.d/segtutor.json"
        with zipfile.ZipFile(wheel) as archive:
            table = json.loads(archive.read(setting))
            entries = configparser.ConfigParser()
            entries.read_string(archive.read(f"{prefix}.dist-info/entry_points.txt").decode())
            metadata = Parser().parsestr(archive.read(f"{prefix}.dist-info/METADATA").decode())
        # Mild settings only: they apply to the person's whole environment.
        assert table == {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
        assert dict(entries["console_scripts"]) == {"segtutor": "segtutor.cli:main"}
        assert metadata["Requires-Python"] == ">=3.11"
        assert metadata["License-Expression"] == "MIT AND CC-BY-4.0 AND OFL-1.1"
        assert {f"{prefix}.dist-info/licenses/LICENSE", f"{prefix}.dist-info/licenses/LICENSE-lessons"} <= set(content)

    def test_it_works_from_an_empty_folder(self, installed, private, tmp_path):
        """Installed, it finds its own lessons, models and photographs, and never looks at a checkout."""
        private.pop("PYTHONPATH", None)
        code = f"""
import segtutor as st
from segtutor.lessons import source_folder
assert not st.__file__.startswith({str(ROOT)!r}), st.__file__
assert source_folder().parent.name == "segtutor" and list(source_folder().glob("00*.ipynb"))
image, truth = st.toytown.scene(5).render()
print(len(st.load("mask2former-toytown").segment(image).segments), len(st.data.photographs()))
"""
        done = run([str(installed), "-c", code], env=private, cwd=tmp_path)
        segments, photographs = done.stdout.split()
        assert int(segments) > 0
        assert int(photographs) == 4
