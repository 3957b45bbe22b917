"""What a stranger meets first: the two commands, the place to install from, true words, code that is checked."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from environments import ROOT, run

from segtutor import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def readme_command(name: str) -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"<!-- command: {name} -->\n```sh\n(.*?)```", text, flags=re.DOTALL)
    return block.rstrip("\n")


class TestTwoCommands:
    @pytest.mark.parametrize("name", ["learn", "test"])
    def test_each_is_one_line(self, name):
        assert "\n" not in readme_command(name)

    def test_they_start_from_python_and_pip_alone(self):
        start = "python3 -m venv .venv && .venv/bin/python -m pip install -c constraints.txt "
        assert readme_command("learn") == start + '".[lab]" && .venv/bin/segtutor lab'
        assert readme_command("test") == start + '-e ".[test]" && .venv/bin/python -m pytest'

    def test_ci_runs_the_second(self, tmp_path):
        """.ci/run on a tree whose Python and pytest are stand-ins that write down what they were asked."""
        (tmp_path / ".ci").mkdir()
        shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
        shutil.copy(ROOT / "README.md", tmp_path / "README.md")
        stand_in = tmp_path / "stand-in"
        stand_in.mkdir()
        (stand_in / "chromium").write_text("#!/bin/sh\n")
        (stand_in / "python3").write_text(
            '#!/bin/sh\nmkdir -p .venv/bin\nprintf \'#!/bin/sh\\necho "asked: $*"\\n[ "$2" = pip ] || exit 5\\n\''
            " > .venv/bin/python\nchmod +x .venv/bin/python\n"
        )
        for file in stand_in.iterdir():
            file.chmod(0o755)
        asked = subprocess.run(
            ["bash", str(tmp_path / ".ci/run")],
            env={"PATH": f"{stand_in}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert asked.returncode == 5, "pytest's own exit status: 5 is 'no tests ran'"
        first, *rest = asked.stdout.splitlines()
        assert first == "+ " + readme_command("test")
        assert rest == ["asked: -m pip install -c constraints.txt -e .[test]", "asked: -m pytest"]
        again = subprocess.run(["bash", str(tmp_path / ".ci/run")], capture_output=True, text=True, timeout=60)
        assert again.returncode == 2, "a .venv that is there already is nobody's to use or remove"

    def test_pytest_alone_runs_tests_and_lessons(self):
        settings = PROJECT["tool"]["pytest"]["ini_options"]
        assert settings["testpaths"] == ["tests", "notebooks"]
        assert {"--nbval-lax", "--nbval-current-env"} <= set(settings["addopts"])


class TestSource:
    @pytest.fixture
    def copy(self, tmp_path) -> Path:
        """What the tool reads and writes, to try it on."""
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, tmp_path / name)
        shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
        shutil.copytree(ROOT / "tools", tmp_path / "tools")
        return tmp_path

    def set_source(self, root: Path, *arguments: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, str(root / "tools/set_source.py"), *arguments], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def test_readme_and_lessons_agree_with_the_setting(self):
        self.set_source(ROOT, "--check")

    def test_a_fork_changes_one_setting(self, copy):
        self.set_source(copy, "https://github.com/someone/fork", "--branch", "spring")
        readme = (copy / "README.md").read_text(encoding="utf-8")
        assert "https://mybinder.org/v2/gh/someone/fork/spring?urlpath=lab/tree/notebooks/00" in readme
        assert "https://colab.research.google.com/github/someone/fork/blob/spring/notebooks/00" in readme
        self.set_source(copy, "--check")
        assert tomllib.loads((copy / "pyproject.toml").read_text())["tool"]["segtutor"] == {
            "source": "https://github.com/someone/fork",
            "branch": "spring",
        }
        for path in (copy / "notebooks").rglob("[0-9]*.ipynb"):
            text = path.read_text(encoding="utf-8")
            if "google.colab" in text:
                assert "install -q git+https://github.com/someone/fork@spring" in text
                assert "segtutor-*.whl" not in text

    def test_back_again_nothing_has_changed(self, copy):
        before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file() and path.suffix != ".pyc"}
        source = PROJECT["tool"]["segtutor"]
        self.set_source(copy, "https://github.com/someone/fork", "--branch", "spring")
        self.set_source(copy, source["source"], "--branch", source["branch"])
        assert {path: path.read_bytes() for path in before} == before

    def test_another_host_has_binder_but_no_colab(self, copy):
        self.set_source(copy, "https://git.example.org/course.git")
        readme = (copy / "README.md").read_text(encoding="utf-8")
        assert "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fcourse.git/" in readme
        assert "colab.research.google.com/github" not in readme

    def test_check_sees_a_difference(self, copy):
        lesson = sorted((copy / "notebooks").glob("00*.ipynb"))[0]
        text = lesson.read_text(encoding="utf-8")
        lesson.write_text(re.sub(r"install -q [^\\]*", "install -q elsewhere", text, count=1), encoding="utf-8")
        assert "outdated: notebooks/00" in self.set_source(copy, "--check", status=1)

    @pytest.mark.parametrize("address", ['x"); import os; ("', "a b", "$(date)", "https://x;y"])
    def test_an_address_that_would_be_code(self, copy, address):
        before = (copy / "pyproject.toml").read_bytes()
        assert "no address needs" in self.set_source(copy, address, status=2)
        assert (copy / "pyproject.toml").read_bytes() == before

    def test_every_lesson_starts_with_the_one_setup_cell(self):
        sys.path.insert(0, str(ROOT / "tools"))
        try:
            from set_source import SETUP_CELL, pip_target, setting
        finally:
            sys.path.pop(0)
        expected = SETUP_CELL.format(target=pip_target(*setting()))
        lessons = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
        assert lessons, "there is no lesson"
        for path in lessons:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
            assert first == expected, path.name


class TestWords:
    def test_one_version(self):
        assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == __version__
        assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
    def test_links_to_files_lead_somewhere(self, name):
        text = (ROOT / name).read_text(encoding="utf-8")
        headings = {re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in text.splitlines()}
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = link.partition("#")
            if "://" in link:
                continue
            assert not path or (ROOT / path).exists(), link
            assert path or anchor in headings, link

    def test_the_shown_commands_and_options_exist(self, capsys):
        """Each `segtutor ...` line of the README is taken apart by the real parser (without running it)."""
        from typer.main import get_command

        from segtutor.cli import app

        text = (ROOT / "README.md").read_text(encoding="utf-8")
        lines = [line.split("#")[0].split() for line in text.splitlines() if line.startswith("segtutor ")]
        assert len(lines) >= 4
        command = get_command(app)
        for _, name, *arguments in lines:
            command.commands[name].make_context(name, list(arguments))


class TestQuality:
    def test_ruff(self):
        run([sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=ROOT)
        run([sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "."], cwd=ROOT)

    def test_mypy(self, tmp_path):
        run([sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path)], cwd=ROOT)

    def test_pre_commit_runs_the_same_tools(self):
        (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
        entries = [hook["entry"] for hook in local["hooks"]]
        for tool in ("ruff check", "ruff format", "mypy", "set_source.py --check"):
            assert any(tool in entry for entry in entries)
