"""Tools for a class: the link that hands out lessons, and the script that tries a JupyterHub."""

import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from environments import ROOT, run

sys.path.insert(0, str(ROOT / "tools" / "classroom"))

import link

from segtutor.cli import main

pytestmark = pytest.mark.processes


@pytest.fixture
def published(tmp_path):
    """A repository whose address is set, with two lessons."""
    (tmp_path / "notebooks").mkdir()
    for name in ("00_first", "01_second"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text('{"cells": []}')
    text = '[tool.segtutor]\nsource = "https://example.org/us/seg tutor.git"\nbranch = "main"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    return tmp_path


def test_the_link_is_made_of_the_setting(published):
    made = urlsplit(link.link("https://hub.example.org/", "01", published))
    assert (made.netloc, made.path) == ("hub.example.org", "/hub/user-redirect/git-pull")
    assert parse_qs(made.query) == {
        "repo": ["https://example.org/us/seg tutor.git"],
        "branch": ["main"],
        "urlpath": ["lab/tree/seg tutor/notebooks/01_second.ipynb"],
    }


def test_what_cannot_be_linked_is_a_sentence(published):
    for hub, lesson in (("hub.example.org", "00"), ("https://hub.example.org", "77")):
        with pytest.raises(ValueError, match="expected"):
            link.link(hub, lesson, published)
    (published / "pyproject.toml").write_text('[tool.segtutor]\nsource = "./segtutor-*.whl"\nbranch = "main"\n')
    with pytest.raises(ValueError, match="source"):
        link.link("https://hub.example.org", "00", published)


def test_a_hub_fills_the_folder_without_starting_anything(tmp_path):
    assert main(["lab", str(tmp_path / "lessons"), "--no-start"]) == 0
    assert (tmp_path / "lessons" / ".segtutor-lessons.json").is_file()


def test_the_script_can_be_asked():
    done = run([sys.executable, str(ROOT / "tools" / "classroom" / "try_class.py"), "--help"])
    assert "--users" in done.stdout
