"""What the package carries of JavaScript and styles is what its sources say: by hash always, byte by byte with node."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_javascript import _node

import segtutor as st

ROOT = Path(__file__).parent.parent
BUILT = sorted(ROOT.glob("segtutor/*/built/*"))
UNREACHABLE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b")


def _head(path: Path) -> tuple[str, str, list[str]]:
    """esbuild's version, the hash, and the files that it is of."""
    found = re.match(
        r"/\* Built by esbuild (\S+): .*\n   sha256 ([0-9a-f]{64}) of\n((?:   \S+\n)+)\*/\n",
        path.read_text(encoding="utf-8"),
    )
    assert found, f"{path} does not begin as a built file does"
    return found[1], found[2], found[3].split()


def _hash(sources: list[str], root: Path = ROOT) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source}\0".encode() + (root / source).read_bytes() + b"\0")
    return digest.hexdigest()


@pytest.mark.parametrize("path", BUILT, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_a_built_file_is_made_of_its_sources_as_they_are(path):
    version, said, sources = _head(path)
    assert said == _hash(sources), "the sources have changed: npm ci && npm run build"
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert version == lock["packages"]["node_modules/esbuild"]["version"]


def test_each_explorer_has_a_built_module_and_style_sheet():
    for name in set(st.widgets.__all__) - {"CanvasWidget"}:
        widget = getattr(st.widgets, name)
        folder = widget.__module__.split(".")[2]
        for kind, text in (("js", str(widget._esm)), ("css", str(widget._css))):
            path = ROOT / "segtutor" / "widgets" / "built" / f"{folder}.{kind}"
            assert path.read_text(encoding="utf-8") == text
            entry = "/".join(widget.__module__.split(".")) + f".{kind}"
            assert entry in _head(path)[2]


@pytest.mark.parametrize("path", [path for path in BUILT if path.suffix == ".js"], ids=lambda path: path.name)
def test_a_built_module_imports_nothing(path, tmp_path):
    """What arrives in the browser has no folder beside it."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*import\b|\bimport\s*\(\s*[\"'.]|\brequire\(", text, re.MULTILINE)
    if path.parent.parent.name == "widgets":
        module = tmp_path / "module.mjs"
        module.write_text(text, encoding="utf-8")
        script = (
            f"import({json.dumps(module.as_uri())}).then((m) => console.log(Object.keys(m), typeof m.default.render))"
        )
        run = subprocess.run([_node(), "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60)
        assert run.stdout.strip() == "[ 'default' ] function", run.stderr


def test_nothing_built_asks_another_host():
    for path in BUILT:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|\bfetch\(|XMLHttpRequest", text), path.name


def test_a_changed_source_is_noticed(tmp_path):
    """The hash can tell: a copy of the sources with one letter more in one of them."""
    _, said, sources = _head(BUILT[-1])
    for source in sources:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / source)
    assert _hash(sources, tmp_path) == said
    with open(tmp_path / sources[0], "a") as file:
        file.write(" ")
    assert _hash(sources, tmp_path) != said


# ---------------------------------------------------------------- with node and npm


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Path:
    """A copy of all that the tools read, with the locked tools; skipped where node, npm or their registry is absent."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no node and npm on the path, with which the JavaScript is built")
    folder = tmp_path_factory.mktemp("workshop")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, folder)
    run = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, timeout=240
    )
    if run.returncode and UNREACHABLE.search(run.stderr):
        pytest.skip(f"npm reaches no registry: {run.stderr.strip().splitlines()[0]}")
    assert run.returncode == 0, run.stderr
    for part in ("segtutor", "tests", "tools"):
        shutil.copytree(ROOT / part, folder / part, ignore=_no_javascript)
    return folder


def _no_javascript(folder: str, names: list[str]) -> set[str]:
    kept = (".js", ".mjs", ".d.ts", ".css", "__init__.py")
    return {name for name in names if not (Path(folder) / name).is_dir() and not name.endswith(kept)} | {"__pycache__"}


def test_the_locked_esbuild_builds_the_same_bytes(workshop):
    for path in BUILT:
        (workshop / path.relative_to(ROOT)).unlink()
    run = subprocess.run(["node", "tools/build_js.mjs"], cwd=workshop, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert sorted(str(path.relative_to(workshop)) for path in workshop.glob("segtutor/*/built/*")) == [
        str(path.relative_to(ROOT)) for path in BUILT
    ]
    for path in BUILT:
        assert (workshop / path.relative_to(ROOT)).read_bytes() == path.read_bytes(), path.name


def test_formatter_and_linter_have_nothing_to_say(workshop):
    shutil.copy(ROOT / "biome.json", workshop)
    _complains_of_nothing(workshop, "node_modules/.bin/biome", "ci", "--error-on-warnings")


def test_types_hold(workshop):
    """Of every source: `checkJs` takes in a new one that forgets to begin with `// @ts-check`."""
    shutil.copy(ROOT / "tsconfig.json", workshop)
    _complains_of_nothing(workshop, "node_modules/.bin/tsc", "-p", ".")


def _complains_of_nothing(folder: Path, *command: str) -> None:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
