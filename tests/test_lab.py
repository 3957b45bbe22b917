"""`segtutor lab`: copies that stay a person's own, and a real JupyterLab on lesson 00."""

import hashlib
import json
import os
import re
import socket
import subprocess
import time
import urllib.request

import pytest

from segtutor.commands.lab import jupyter_command, lab
from segtutor.errors import UserError
from segtutor.lessons import copy_lessons, first_lesson, source_folder

pytestmark = pytest.mark.processes


@pytest.fixture
def published(tmp_path):
    """Lessons as published: two notebooks, solutions in a folder, and what an editor leaves behind."""
    source = tmp_path / "published"
    (source / "solutions").mkdir(parents=True)
    (source / "00_first.ipynb").write_text("first")
    (source / "01_second.ipynb").write_text("second")
    (source / "solutions" / "00_first.ipynb").write_text("solved")
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "00_first.ipynb").write_text("left behind")
    return source


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb"))


class TestCopies:
    def test_everything_but_leftovers_is_copied(self, published, tmp_path):
        mine = tmp_path / "deep" / "mine"
        copied = copy_lessons(mine, published)
        assert names(mine) == ["00_first.ipynb", "01_second.ipynb", "solutions/00_first.ipynb"] == sorted(copied.new)
        assert "3 copied" in str(copied)

    def test_a_second_time_nothing_happens(self, published, tmp_path):
        copy_lessons(tmp_path / "mine", published)
        copied = copy_lessons(tmp_path / "mine", published)
        assert copied.new == copied.updated == copied.kept == copied.beside == []
        assert "all there already" in str(copied)

    def test_an_edited_copy_is_kept(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / "00_first.ipynb").write_text("mine")
        copied = copy_lessons(mine, published)
        assert copied.kept == ["00_first.ipynb"]
        assert (mine / "00_first.ipynb").read_text() == "mine"
        assert len(names(mine)) == 3

    def test_an_untouched_copy_gets_the_newer_version(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (published / "00_first.ipynb").write_text("first, corrected")
        assert copy_lessons(mine, published).updated == ["00_first.ipynb"]
        assert (mine / "00_first.ipynb").read_text() == "first, corrected"

    def test_an_edited_copy_gets_the_newer_version_beside_it_once(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / "00_first.ipynb").write_text("mine")
        (published / "00_first.ipynb").write_text("first, corrected")
        assert copy_lessons(mine, published).beside == ["00_first.new.ipynb"]
        assert (mine / "00_first.ipynb").read_text() == "mine"
        assert (mine / "00_first.new.ipynb").read_text() == "first, corrected"
        (mine / "00_first.new.ipynb").unlink()  # looked at, not wanted
        assert copy_lessons(mine, published).beside == []

    def test_an_edited_newer_version_is_kept_as_well(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / "00_first.ipynb").write_text("mine")
        (published / "00_first.ipynb").write_text("second edition")
        copy_lessons(mine, published)
        (mine / "00_first.new.ipynb").write_text("mine too")
        (published / "00_first.ipynb").write_text("third edition")
        assert copy_lessons(mine, published).beside == ["00_first.new2.ipynb"]
        contents = {name: (mine / name).read_text() for name in names(mine) if name.startswith("00")}
        assert contents == {
            "00_first.ipynb": "mine",
            "00_first.new.ipynb": "mine too",
            "00_first.new2.ipynb": "third edition",
        }

    def test_an_untouched_newer_version_is_replaced_by_a_still_newer_one(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / "00_first.ipynb").write_text("mine")
        for edition in ("second edition", "third edition"):
            (published / "00_first.ipynb").write_text(edition)
            assert copy_lessons(mine, published).beside == ["00_first.new.ipynb"]
        assert (mine / "00_first.new.ipynb").read_text() == "third edition"

    def test_a_renumbered_lesson_leaves_no_old_copy_beside_the_new_one(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (published / "01_second.ipynb").rename(published / "02_second.ipynb")
        copied = copy_lessons(mine, published)
        assert copied.earlier == ["01_second.ipynb"]
        assert copied.new == ["02_second.ipynb"]
        assert names(mine) == [
            "00_first.ipynb",
            "02_second.ipynb",
            "earlier/01_second.ipynb",
            "solutions/00_first.ipynb",
        ]
        assert (mine / "earlier" / "01_second.ipynb").read_text() == "second"
        assert copy_lessons(mine, published).earlier == []

    def test_an_earlier_copy_never_replaces_a_still_earlier_one(self, published, tmp_path):
        mine = tmp_path / "mine"
        (mine / "earlier").mkdir(parents=True)
        (mine / "earlier" / "01_second.ipynb").write_text("still earlier")
        copy_lessons(mine, published)
        (published / "01_second.ipynb").unlink()
        copy_lessons(mine, published)
        assert (mine / "earlier" / "01_second.ipynb").read_text() == "still earlier"
        assert (mine / "earlier" / "01_second.2.ipynb").read_text() == "second"

    def test_an_edited_copy_of_a_renumbered_lesson_stays_and_is_named(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / "01_second.ipynb").write_text("mine")
        (published / "01_second.ipynb").rename(published / "02_second.ipynb")
        copied = copy_lessons(mine, published)
        assert copied.outdated == ["01_second.ipynb"]
        assert "01_second.ipynb" in str(copied)
        assert (mine / "01_second.ipynb").read_text() == "mine"

    def test_a_newer_version_beside_an_edited_lesson_is_no_earlier_one(self, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / "00_first.ipynb").write_text("mine")
        (published / "00_first.ipynb").write_text("first, corrected")
        copy_lessons(mine, published)
        assert copy_lessons(mine, published).earlier == []
        assert (mine / "00_first.new.ipynb").read_text() == "first, corrected"

    def test_a_record_of_a_strange_file_moves_nothing(self, published, tmp_path):
        outside = tmp_path / "outside.ipynb"
        outside.write_text("outside")
        mine = tmp_path / "mine"
        mine.mkdir()
        hashed = hashlib.sha256(b"outside").hexdigest()
        record = {"../outside.ipynb": hashed, str(outside): hashed}
        (mine / ".segtutor-lessons.json").write_text(json.dumps(record))
        copied = copy_lessons(mine, published)
        assert outside.read_text() == "outside"
        assert copied.earlier == copied.outdated == []

    def test_a_file_of_the_same_name_from_elsewhere_is_kept(self, published, tmp_path):
        mine = tmp_path / "mine"
        mine.mkdir()
        (mine / "00_first.ipynb").write_text("from elsewhere")
        copy_lessons(mine, published)
        assert (mine / "00_first.ipynb").read_text() == "from elsewhere"
        assert (mine / "00_first.new.ipynb").read_text() == "first"

    @pytest.mark.parametrize("record", ["", "not json", "[]"])
    def test_with_a_damaged_record_nothing_is_replaced(self, record, published, tmp_path):
        mine = tmp_path / "mine"
        copy_lessons(mine, published)
        (mine / ".segtutor-lessons.json").write_text(record)
        (mine / "00_first.ipynb").write_text("mine")
        copy_lessons(mine, published)
        assert (mine / "00_first.ipynb").read_text() == "mine"

    def test_the_published_folder_itself_is_left_alone(self, published):
        before = names(published)
        assert copy_lessons(published, published).new == []
        assert names(published) == before
        assert not (published / ".segtutor-lessons.json").exists()

    def test_a_file_is_no_folder(self, published, tmp_path):
        (tmp_path / "taken").write_text("a file")
        with pytest.raises(UserError, match="taken"):
            copy_lessons(tmp_path / "taken", published)


def test_the_checkout_is_the_source_of_lessons(repository):
    assert source_folder() == repository / "notebooks"


def test_lesson_00_comes_first(published, tmp_path):
    (published / "00_first.new.ipynb").write_text("a newer version")
    assert first_lesson(published).name == "00_first.ipynb"
    with pytest.raises(UserError, match="no lesson"):
        first_lesson(tmp_path / "nothing-here")


def test_without_jupyterlab_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r'python -m pip install "jupyterlab'):
        lab(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_only_root_needs_allow_root(user, allowed, monkeypatch, published):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in jupyter_command(published)) == allowed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_installed_command_serves_lesson_00(installed, private, tmp_path):
    """From the wheel, in an empty folder, in an empty home: the address it prints answers with lesson 00."""
    port, log = free_port(), tmp_path / "log.txt"
    work = tmp_path / "work"
    work.mkdir()
    private.pop("PYTHONPATH", None)  # the wheel, not the checkout
    command = [str(installed.with_name("segtutor")), "lab", "mine", "--no-browser", "--port", str(port)]
    with open(log, "wb") as out:
        server = subprocess.Popen(command, cwd=work, env=private, stdout=out, stderr=subprocess.STDOUT)
    try:
        found, until = None, time.monotonic() + 90
        while found is None and time.monotonic() < until and server.poll() is None:
            time.sleep(0.2)
            found = re.search(rf"http://127\.0\.0\.1:{port}/lab/tree/(\S+?)\?token=(\w+)", log.read_text())
        assert found, log.read_text()
        lesson, token = found.groups()
        assert lesson.startswith("00")
        page = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{page}/api/contents/{lesson}?token={token}", timeout=30) as answer:
            assert json.load(answer)["type"] == "notebook"
        with urllib.request.urlopen(f"{page}/lab/tree/{lesson}?token={token}", timeout=30) as answer:
            assert answer.status == 200
        setting = f"{page}/lab/api/settings/@jupyterlab/apputils-extension:notification?token={token}"
        with urllib.request.urlopen(setting, timeout=30) as answer:  # no question about news covers the first lesson
            assert json.load(answer)["schema"]["properties"]["fetchNews"]["default"] == "false"
    finally:
        server.terminate()
        server.wait(timeout=30)
    said = log.read_text()
    assert "Lessons in" in said.splitlines()[0]
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    assert ("You are root" in said) == root
    assert (work / "mine" / lesson).is_file()
    assert not (work / "mine" / "notebooks").exists()
