"""Whatever is written is whole or not there: each write fails in turn, and the process is killed at each step."""

import os
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from budget import cost_of, measured_here
from PIL import Image
from torch import nn

import segtutor as st
from segtutor.errors import UserError
from segtutor.files import PART, filling, whole_file, whole_folder, write_whole
from segtutor.training.loop.state import STATE, save_state

OLD = b"what was there before"


def a_file(folder):
    write_whole(folder / "file", bytes(5000), overwrite=True)


def a_stream(folder):
    with whole_file(folder / "file", overwrite=True) as file:
        for _ in range(50):
            file.write(bytes(100))


def a_state(folder):
    model = nn.Linear(16, 64)
    save_state(folder / STATE, 1, 0.0, model, torch.optim.AdamW(model.parameters()), None)


def a_picture(folder):
    from segtutor.commands.segment import segment

    photo = str(folder.parent / "photo.png")
    segment(photo, model="upernet-toytown", task="semantic", out=folder / "file.png", force=True)


def a_page(folder):
    from segtutor.pages.make import write

    write(folder.parent / "some.ipynb", folder / "file.html", execute=False, force=True)


def some_files(folder):
    with filling(folder) as place:
        for name in ("a", "b"):
            (place / name).write_bytes(bytes(3000))


WRITERS = {"file": a_file, "stream": a_stream, "state": a_state, "files": some_files}


def before(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("file", "file.png", "file.html", STATE, "a", "b"):
        (folder / name).write_bytes(OLD)
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "photo.png")
    cell = nbformat.v4.new_markdown_cell("# A title\n\n" + "word " * 500)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "some.ipynb")
    return folder


def warm(name, tmp_path):
    """The folder, after the writer ran elsewhere: what it imports at first would be imported in each process again."""
    (tmp_path / "warm").mkdir()
    WRITERS[name](tmp_path / "warm")
    return before(tmp_path)


def content(folder):
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


@measured_here
@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_after_any_number_of_bytes_leaves_what_was_there(name, tmp_path):
    """The limit of a file's size stands for the disk: it holds for Python, C++ and Rust alike."""
    import resource

    folder = warm(name, tmp_path)
    kept = content(folder)

    def limited(size):
        def work():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            WRITERS[name](folder)

        return work

    outcomes = []
    for size in (0, 1, 50, 500, 1500, 2500, 4500, 100_000):
        cost = cost_of(limited(size))
        outcomes.append(cost.kind)
        if cost.kind == "ok":
            assert not [path for path in content(folder) if path.endswith(".part")]
            break
        assert cost.kind == "sentence", cost
        assert content(folder) == kept
    assert outcomes[0] == "sentence"
    assert outcomes[-1] == "ok"


@measured_here
@pytest.mark.parametrize("name", WRITERS)
def test_a_kill_at_any_step_leaves_the_old_content_or_the_new(name, tmp_path):
    folder = warm(name, tmp_path)
    kept, target = content(folder), {"state": STATE, "files": "a"}.get(name, "file")
    for count in range(40):

        def killed(count=count):
            left = [count]

            def watch(event, arguments):  # each call of the operating system that Python reports
                if event in ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"):
                    if str(folder) not in str(arguments[0]):
                        return
                    if left[0] == 0:
                        os._exit(9)
                    left[0] -= 1

            sys.addaudithook(watch)
            WRITERS[name](folder)

        cost = cost_of(killed)
        now = content(folder)
        if cost.kind == "ok":
            assert now[target] != OLD
            break
        assert cost.kind == "killed", cost
        assert now[target] == OLD or len(now[target]) > 2000
        for file in now.keys() - kept.keys():
            assert file.endswith(".part")
    else:
        pytest.fail("the writer never ended")
    assert count >= 2


@measured_here
@pytest.mark.parametrize("writer", [a_picture, a_page], ids=lambda writer: writer.__name__)
def test_pictures_and_pages_are_written_so(writer, tmp_path):
    import resource

    folder = before(tmp_path)
    kept = content(folder)
    writer(folder)  # what it loads once may write elsewhere
    assert content(folder) != kept
    kept = content(folder)

    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
        writer(folder)

    cost = cost_of(work)
    assert cost.kind == "sentence", cost
    assert content(folder) == kept


@measured_here
def test_half_a_model_is_no_folder(tmp_path):
    import resource

    own = st.load("upernet-toytown")
    st.training.save(own, tmp_path.with_name(tmp_path.name + "-warm") / "model")

    def work(size):
        def save():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            st.training.save(own, tmp_path / "model")

        return save

    for size in (0, 200_000):
        cost = cost_of(work(size))
        assert cost.kind == "sentence", cost
        assert not list((tmp_path / "model").iterdir())
        assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert st.load(st.training.save(own, tmp_path / "model")).name == "model"


def test_a_folder_takes_its_name_when_it_is_whole(tmp_path):
    def fails():
        with whole_folder(tmp_path / "a" / "b") as place:
            (place / "file").write_text("")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not list((tmp_path / "a").iterdir())
    (tmp_path / "a" / "b").mkdir()
    with whole_folder(tmp_path / "a" / "b") as place:
        (place / "file").write_text("")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["file"]
    with pytest.raises(UserError), whole_folder(tmp_path / "a" / "b") as place:
        pass  # it is not empty by now
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_the_parts_of_two_writers_have_two_names(tmp_path):
    with whole_file(tmp_path / "x", overwrite=True) as one, whole_file(tmp_path / "x", overwrite=True) as other:
        one.write(b"1")
        other.write(b"2")
        assert len(list(tmp_path.glob(PART.format("x", "*")))) == 2
    assert (tmp_path / "x").read_bytes() == b"1"
    assert [path.name for path in Path(tmp_path).iterdir()] == ["x"]
