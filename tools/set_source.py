"""Where this copy of the course is published: one setting, and everything that repeats it.

    python tools/set_source.py ADDRESS [--branch NAME]    # set it, and rewrite README.md and the lessons
    python tools/set_source.py                            # rewrite them from the setting (after adding a lesson)
    python tools/set_source.py --check                    # exit status 1 where they disagree with the setting

ADDRESS is a public Git repository (https://github.com/YOU/segtutor) or anything that `pip install` takes, such as a
wheel. It is kept in pyproject.toml, [tool.segtutor]; the badges and the table of lessons in README.md and the first
cell of each lesson, which installs the course on Colab, follow from it.
"""

import argparse
import json
import re
import sys
import tomllib
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The first code cell of every lesson; only the place to install from changes.
SETUP_CELL = """\
import sys
if "google.colab" in sys.modules:  # on Colab the course is installed here; anywhere else it is there already
    get_ipython().run_line_magic("pip", "install -q {target}")
import segtutor as st
st.setup()"""
_INSTALL_LINE = re.compile(r'(run_line_magic\(\\"pip\\", \\"install -q )([^"\\]*)(\\"\))')
_BEGIN, _END = "<!-- written by tools/set_source.py: begin -->", "<!-- written by tools/set_source.py: end -->"


def setting(root: Path = ROOT) -> tuple[str, str]:
    """The address and the branch in pyproject.toml."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["segtutor"]
    return table["source"], table["branch"]


def is_repository(source: str) -> bool:
    """Whether `source` is the web address of a Git repository, rather than a file or a package name."""
    return source.startswith("https://") and not source.endswith((".whl", ".zip", ".tar.gz"))


def pip_target(source: str, branch: str) -> str:
    """What `pip install` is given."""
    return f"git+{source}@{branch}" if is_repository(source) else source


def badges(source: str, branch: str, lesson: str) -> dict[str, str]:
    """The addresses that open `lesson` (its path here): {"Binder": ..., "Colab": ...}, {} if unpublished."""
    if not is_repository(source):
        return {}
    github = re.fullmatch(r"https://github\.com/([^/]+/[^/]+?)(?:\.git)?/?", source)
    place = f"gh/{github[1]}" if github else f"git/{urllib.parse.quote(source, safe='')}"
    found = {"Binder": f"https://mybinder.org/v2/{place}/{branch}?urlpath=lab/tree/{urllib.parse.quote(lesson)}"}
    if github:  # Colab opens notebooks from GitHub only
        found["Colab"] = (
            f"https://colab.research.google.com/github/{github[1]}/blob/{branch}/{urllib.parse.quote(lesson)}"
        )
    return found


_PICTURES = {
    "Binder": "https://mybinder.org/badge_logo.svg",
    "Colab": "https://colab.research.google.com/assets/colab-badge.svg",
}


def lessons(root: Path = ROOT) -> list[tuple[str, str]]:
    """(path in the repository, title) of every lesson, in order; the title is the notebook's first heading."""
    found = []
    for path in sorted((root / "notebooks").glob("[0-9][0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        heading = re.search(r"^# +(.+)$", text, flags=re.MULTILINE)
        title = heading[1].strip() if heading else path.stem
        found.append((path.relative_to(root).as_posix(), re.sub(r"^\d+\W+", "", title)))
    return found


def readme_block(source: str, branch: str, found: list[tuple[str, str]]) -> str:
    """The part of README.md between the two marks: badges (or why there are none) and the table of lessons."""
    lines = []
    if found and (first := badges(source, branch, found[0][0])):
        lines += [" ".join(f"[![Open in {name}]({_PICTURES[name]})]({link})" for name, link in first.items()), ""]
    else:
        lines += [
            "*This copy is not published yet, so there are no badges that open it on Binder or Colab;",
            "[Binder and Colab](#binder-and-colab) says how to get them with one command.*",
            "",
        ]
    lines += ["| lesson | its question |", "|---|---|"]
    for path, title in found:
        links = "".join(f" ([{name}]({link}))" for name, link in badges(source, branch, path).items())
        lines.append(f"| [{Path(path).name[:2]}]({path}) | {title}{links} |")
    return "\n".join(lines)


def rewritten(root: Path, source: str, branch: str) -> dict[Path, str]:
    """The content that each file should have: {path: text}."""
    target = pip_target(source, branch)
    files = {}
    project = root / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    text = re.sub(r'(?m)^source = ".*"$', lambda _: f'source = "{source}"', text, count=1)
    files[project] = re.sub(r'(?m)^branch = ".*"$', lambda _: f'branch = "{branch}"', text, count=1)
    readme = root / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise SystemExit(f"{readme} lacks the marks {_BEGIN!r} and {_END!r}; put them back around its badges.")
    files[readme] = f"{before}{_BEGIN}\n{readme_block(source, branch, lessons(root))}\n{_END}{after}"
    for notebook in sorted((root / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in notebook.parts:
            text = notebook.read_text(encoding="utf-8")
            files[notebook] = _INSTALL_LINE.sub(lambda match: match[1] + target + match[3], text)
    return files


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Do what the module's text says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("address", nargs="?", help="a public Git repository, or anything that pip install takes")
    parser.add_argument("--branch", help="the branch, tag or commit of a repository")
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 where something would change")
    options = parser.parse_args(arguments)
    source, branch = setting(root)
    source, branch = options.address or source, options.branch or branch
    for value in (source, branch):
        if not re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!()*+,%=-]+", value):
            parser.error(f"{value!r} has characters that no address needs, expected a Git address or a pip requirement")
    outdated = {
        path: text for path, text in rewritten(root, source, branch).items() if path.read_text(encoding="utf-8") != text
    }
    for path, text in outdated.items():
        print(f"{'outdated' if options.check else 'rewritten'}: {path.relative_to(root)}")
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
    return int(options.check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())
