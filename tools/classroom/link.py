"""The nbgitpuller link of this course: whoever clicks it has the newest lessons on their JupyterHub, own edits kept.

    python tools/classroom/link.py https://hub.example.org [--lesson 00]

The repository is `source` in `[tool.segtutor]` of pyproject.toml; `tools/set_source.py` sets it. Needs Python alone.
"""

from __future__ import annotations

import argparse
import sys
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from set_source import is_repository, lessons, setting  # noqa: E402 - tools/ is no package


def link(hub: str, lesson: str = "00", root: Path = ROOT) -> str:
    """The address. hub: of the JupyterHub. Raises ValueError with a sentence where there is nothing to link to."""
    source, branch = setting(root)
    if not is_repository(source):
        raise ValueError(
            f"source in pyproject.toml is {source!r}, expected the https address of a Git repository: "
            "push it there, then python tools/set_source.py ADDRESS"
        )
    if not hub.startswith(("https://", "http://")):
        raise ValueError(f"got the hub {hub!r}, expected an address that begins with https://")
    known = {Path(path).name[:2]: path for path, _ in lessons(root)}
    if lesson not in known:
        raise ValueError(f"got lesson {lesson!r}, expected one of {', '.join(known)}")
    folder = source.rstrip("/").removesuffix(".git").rpartition("/")[2]
    query = {"repo": source, "branch": branch, "urlpath": f"lab/tree/{folder}/{known[lesson]}"}
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urllib.parse.urlencode(query)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hub", help="the address of the JupyterHub")
    parser.add_argument("--lesson", default="00", help="its number")
    given = parser.parse_args()
    try:
        print(link(given.hub, given.lesson))
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
