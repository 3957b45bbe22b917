"""The wording of all error messages, in one file for reviewers: tests/messages.txt.

    python tools/set_messages.py            # write it anew, after a message was added or changed
    python tools/set_messages.py --check    # exit status 1 where it is out of date, or a message begins with "got "

Messages are read from the source without running it: the texts among the arguments of each call of an exception
(`UserError`, `ValueError`, ...) and of `stop` and `Problem` of segtutor.data.records. Values show as {expression}.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "tests" / "messages.txt"
_CARRIERS = ("stop", "Problem", "Diverged")


def template(node: ast.expr) -> str | None:
    """The text of a string or f-string with {expression} for each value; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else _braced(part.value) for part in node.values)
    return None


def _braced(value: ast.expr) -> str:
    return f"{{{ast.unparse(value)}}}"


def _texts(node: ast.AST) -> Iterator[str]:
    """All texts below a node; those within an f-string's values belong to its template."""
    text = template(node) if isinstance(node, ast.expr) else None
    if text is not None:
        yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    expressions = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {value for value in expressions if isinstance(value, ast.Constant)}


def messages(root: Path = ROOT) -> dict[str, list[str]]:
    """{file: its messages, sorted}. A text without a space is a name or a mode, not a message."""
    found = {}
    for path in sorted((root / "segtutor").rglob("*.py")):
        texts = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name.endswith("Error") or name in _CARRIERS:
                    given = (*node.args, *(keyword.value for keyword in node.keywords))
                    texts.update(text for argument in given for text in _texts(argument) if " " in text.strip())
        if texts:
            found[path.relative_to(root).as_posix()] = sorted(texts)
    return found


def begin_with_got(root: Path = ROOT) -> list[str]:
    """Each text in the package, wherever it is used, that begins with "got " instead of its subject: "file: text"."""
    found = []
    for path in sorted((root / "segtutor").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        statements = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
        skipped = _docstrings(tree)
        texts = {
            text
            for statement in statements
            if not (isinstance(statement, ast.Expr) and statement.value in skipped)
            for child in ast.iter_child_nodes(statement)
            if isinstance(child, ast.expr)
            for text in _texts(child)
            if text.startswith("got ")
        }
        found += [f"{path.relative_to(root).as_posix()}: {text}" for text in sorted(texts)]
    return found


def snapshot(root: Path = ROOT) -> str:
    """The content of tests/messages.txt: each file's name, then its messages, indented."""
    lines = ["# Written by tools/set_messages.py: every error message of the package."]
    for name, texts in messages(root).items():
        lines += ["", name, *("    " + text.replace("\n", "\\n") for text in texts)]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        wrong = begin_with_got()
        print(*wrong, sep="\n", end="\n" if wrong else "")
        return int(bool(wrong) or FILE.read_text(encoding="utf-8") != snapshot())
    FILE.write_text(snapshot(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
