"""The command line as a person meets it: help at once, one sentence for a mistake, files that are never lost."""

import json
import subprocess
import sys

import numpy as np
import pytest
from environments import run
from PIL import Image

from segtutor import __version__
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.files import write_whole

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "scipy",
    "numpy",
    "PIL",
    "IPython",
)
COMMANDS = ("lab", "page", "site", "play", "segment", "train", "evaluate", "check", "models", "export", "doctor")


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in sys.modules after `statement` in a new Python."""
    code = f"import sys\n{statement}\nprint('\\n' + ' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    return set(run([sys.executable, "-c", code]).stdout.splitlines()[-1].split())


def test_import_loads_nothing_heavy():
    assert not loaded_by("import segtutor").intersection(HEAVY)


def test_import_takes_less_than_a_fifth_of_a_second():
    def seconds() -> float:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", "import segtutor"], capture_output=True, text=True
        )
        rows = [line.split("|") for line in done.stderr.splitlines()]
        (microseconds,) = [int(row[1]) for row in rows if row[-1].strip() == "segtutor"]
        return microseconds / 1e6

    assert min(seconds() for _ in range(3)) < 0.2


@pytest.mark.parametrize("arguments", [[], ["--help"], ["segment", "--help"], ["lab", "--help"], ["train", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    loaded = loaded_by(f"import segtutor.cli; assert segtutor.cli.main({arguments}) == 0")
    assert "typer" in loaded
    assert not loaded.intersection(HEAVY)


def test_help_names_every_command(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    assert all(command in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    assert main([command, "--help"]) == 0
    assert "--help" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working folder with a picture, a text, a one-pixel picture and a picture made earlier; no Hub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    from segtutor.data import toytown

    Image.fromarray(toytown.scene(7).render()[0]).save("town.png")
    Image.new("RGB", (1, 1)).save("dot.png")
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "earlier.png").write_bytes(b"an earlier result")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "something").write_text("here")
    return tmp_path


# What was typed -> words that the one sentence must hold.
MISTAKES = [
    (["--hlep"], ["--hlep"]),
    (["lba"], ["lba", "lab"]),
    (["doctor", "extra"], ["extra"]),
    (["lab", "--port", "99999999"], ["--port"]),
    (["lab", "town.png", "--no-browser"], ["town.png", "folder"]),
    (["segment"], ["image", "segtutor segment --help"]),
    (["segment", "town.png"], ["--out", "--json"]),
    (["segment", "absent.png", "--out", "new.png"], ["absent.png"]),
    (["segment", "text.png", "--out", "new.png"], ["text.png"]),
    (["segment", "folder", "--out", "new.png"], ["folder"]),
    (["segment", "dot.png", "--out", "new.png"], ["1 x 1"]),
    (["segment", "town.png", "--out", "new.png", "--task", "panotpic"], ["panotpic", "panoptic"]),
    (["segment", "town.png", "--out", "new.pdf"], ["new.pdf", ".png"]),
    (["segment", "town.png", "--out", "new"], ["new", ".png"]),
    (["segment", "town.png", "--out", "earlier.png"], ["earlier.png", "--force"]),
    (["segment", "town.png", "--out", "folder"], ["folder"]),
    (["segment", "town.png", "--out", "no/such/new.png"], ["no/such"]),
    (["segment", "town.png", "--out", "new.png", "--model", "no-such-model"], ["no-such-model", "mask2former-toytown"]),
    (["segment", "town.png", "--out", "new.png", "--model", "folder"], ["folder"]),
    (["segment", "town.png", "--out", "new.png", "--model", "lab/modèle"], ["lab/modèle", "check the spelling"]),
    (["segment", "town.png", "--out", "new.png", "--model", "n" * 300], ["nnn", "check the spelling"]),
    (["segment", "town.png", "--out", "n" * 300 + ".png"], ["nnn.png", "too long"]),
    (["segment", "http://127.0.0.1:9/x.png", "--out", "new.png"], ["127.0.0.1"]),
    (["segment", "ftp://example.org/x.png", "--out", "new.png"], ["ftp"]),
    (["train"], ["recipe"]),
    (["train", "mask2former-toytown"], ["--out"]),
    (["train", "no-such-recipe", "--out", "run"], ["no-such-recipe", "mask2former-toytown"]),
    (["train", "mask2former-toytown", "--out", "run", "--steps", "0"], ["--steps"]),
    (["train", "mask2former-toytown", "--out", "run", "--steps", "1", "--cpu-minutes", "1"], ["--cpu-minutes"]),
    (["train", "mask2former-toytown", "--out", "town.png"], ["town.png"]),
    (["train", "mask2former-toytown", "--out", "folder", "--steps", "1"], ["folder", "--resume"]),
    (["train", "mask2former-toytown", "--out", "folder", "--steps", "1", "--resume"], ["folder", "earlier run"]),
    (["train", "mask2former-toytown", "--out", "town.png/run", "--steps", "1"], ["town.png/run", "folder"]),
    (["train", "mask2former-toytown", "--out", "n" * 300, "--steps", "1"], ["nnn", "folder"]),
    (["evaluate"], ["model"]),
    (["evaluate", "mask2former-toytown", "--size", "many"], ["--size"]),
    (["evaluate", "mask2former-toytown", "--data", "cityscapes"], ["cityscapes", "toytown"]),
    (["evaluate", "mask2former-toytown", "--split", "tets", "--size", "1"], ["tets"]),
    (["evaluate", "no-such-model", "--size", "1"], ["no-such-model"]),
]


@pytest.mark.parametrize(("typed", "words"), MISTAKES, ids=[" ".join(typed)[:80] for typed, _ in MISTAKES])
def test_a_mistake_is_one_sentence_and_status_2(typed, words, desk, capsys):
    before = {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()}
    assert main(typed) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1, said.err
    assert lines[0].startswith("segtutor: ")
    assert "Traceback" not in said.err
    for word in words:
        assert word in lines[0]
    assert {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()} == before


def test_a_missing_package_is_a_sentence_too(desk, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # what Python itself puts there to forbid an import
    monkeypatch.delitem(sys.modules, "segtutor.training.recipes.toytown", raising=False)

    def without_torch(*arguments, **options):
        import torch  # noqa: F401

    monkeypatch.setattr("segtutor.training.evaluate.evaluate", without_torch)
    assert main(["evaluate", "mask2former-toytown"]) == 2
    assert "torch is not installed" in capsys.readouterr().err


def test_a_defect_of_ours_keeps_its_traceback(desk, monkeypatch):
    def broken(*arguments, **options):
        raise KeyError("ours")

    monkeypatch.setattr("segtutor.training.evaluate.evaluate", broken)
    with pytest.raises(KeyError, match="ours"):
        main(["evaluate", "mask2former-toytown"])


@pytest.mark.parametrize("model", ["mask2former-toytown", "upernet-toytown"])
@pytest.mark.parametrize("task", ["panoptic", "semantic", "instance"])
def test_segment_draws_and_describes(model, task, desk, capsys):
    assert main(["segment", "town.png", "--model", model, "--task", task, "--out", "new.png", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["task"], found["out"]) == (model, task, "new.png")
    assert (found["width"], found["height"]) == (128, 128)
    assert found["segments"]
    for part in found["segments"]:
        assert set(part) == {"number", "id", "category", "category_id", "isthing", "score", "area", "bbox"}
        x, y, width, height = part["bbox"]
        assert 0 < part["area"] <= width * height
        assert 0 <= x <= x + width <= 128
        assert 0 <= y <= y + height <= 128
    if task == "instance":
        assert all(part["score"] >= 0.5 for part in found["segments"])
    else:  # one map: segments cannot overlap
        assert sum(part["area"] for part in found["segments"]) <= 128 * 128
    with Image.open("new.png") as drawn:
        assert drawn.format == "PNG"
        assert np.asarray(drawn).std() > 10
    assert not list(desk.glob(".*part"))


def test_segment_says_in_words_what_it_found(desk, capsys):
    assert main(["segment", "town.png", "--out", "new.jpg"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].endswith("segments, drawn with these numbers in new.jpg")
    assert len(said) - 1 == int(said[-1].split()[0]) > 0
    with Image.open("new.jpg") as drawn:
        assert drawn.format == "JPEG"


def test_segment_replaces_a_picture_only_when_told(desk, capsys):
    assert main(["segment", "town.png", "--out", "earlier.png", "--force"]) == 0
    assert (desk / "earlier.png").read_bytes().startswith(b"\x89PNG")


def test_evaluate_prints_one_flat_line_of_percent_twice_the_same(desk, capsys):
    said = []
    for _ in range(2):
        assert main(["evaluate", "mask2former-toytown", "--size", "3", "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert said[0].count("\n") == 1
    found = json.loads(said[0])
    assert {"pq", "sq", "rq", "pq_things", "pq_stuff", "miou"} <= set(found)
    assert not any(isinstance(value, dict | list) for value in found.values())
    assert 1 < found["pq"] <= 100
    assert 1 < found["miou"] <= 100


def test_train_hands_its_options_on(desk, monkeypatch):
    given = {}
    monkeypatch.setattr(
        "segtutor.training.recipes.toytown.run", lambda name, **options: given.update(options, name=name)
    )
    assert main(["train", "upernet-toytown", "--out", "run", "--cpu-minutes", "1.5", "--resume"]) == 0
    assert given.pop("out").name == "run"
    assert given == {"name": "upernet-toytown", "steps": None, "cpu_minutes": 1.5, "resume": True}


def test_python_m_segtutor_is_the_command(private, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "segtutor", "segment", "absent.png", "--out", "new.png"],
        capture_output=True, text=True, env=private, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


class TestWriteWhole:
    def test_writes_and_leaves_nothing_beside(self, tmp_path):
        assert write_whole(tmp_path / "a.bin", b"new").read_bytes() == b"new"
        assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]

    def test_keeps_what_is_there(self, tmp_path):
        (tmp_path / "a.bin").write_bytes(b"old")
        with pytest.raises(UserError, match="exists already"):
            write_whole(tmp_path / "a.bin", b"new")
        assert (tmp_path / "a.bin").read_bytes() == b"old"

    def test_keeps_what_appears_while_it_writes(self, tmp_path, monkeypatch):
        """Two processes start while the name is free: the second to finish must not win."""
        target = tmp_path / "a.bin"
        monkeypatch.setattr("segtutor.files.refuse_existing", lambda path, overwrite: target.write_bytes(b"other"))
        with pytest.raises(UserError, match="could not be written"):
            write_whole(target, b"new")
        assert target.read_bytes() == b"other"
        assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]

    def test_a_name_that_leaves_no_room_for_the_part_beside_it(self, tmp_path):
        with pytest.raises(UserError, match="could not be written"):
            write_whole(tmp_path / ("n" * 250), b"new")
        assert not list(tmp_path.iterdir())

    def test_without_hard_links(self, tmp_path, monkeypatch):
        def no_links(source, target):
            raise PermissionError("this file system has none")

        monkeypatch.setattr("os.link", no_links)
        assert write_whole(tmp_path / "a.bin", b"new").read_bytes() == b"new"
        assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]

    def test_a_failure_leaves_the_old_file_whole(self, tmp_path, monkeypatch):
        (tmp_path / "a.bin").write_bytes(b"old")

        def full(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(UserError, match="No space left"):
            write_whole(tmp_path / "a.bin", b"new", overwrite=True)
        assert (tmp_path / "a.bin").read_bytes() == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
