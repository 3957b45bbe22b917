"""The API reference: every public name is in it with its docstring, its paper and its lesson; no request leaves it."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from segtutor.errors import UserError
from segtutor.pages.api import MODULES, reference_pages, write_reference


@pytest.fixture(scope="module")
def pages():
    return {name: content.decode() for name, content in reference_pages().items()}


def public(module):
    """(name, object) of what a package calls public."""
    module = importlib.import_module(module)
    return [(name, getattr(module, name)) for name in getattr(module, "__all__", ())]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_its_place(module, pages):
    page = pages[f"{module.replace('.', '/')}.html"]
    for name, value in public(module):
        if inspect.ismodule(value):
            continue
        assert f'id="{name}"' in page, name
        if inspect.isclass(value) or inspect.isroutine(value):
            assert (value.__doc__ or "").strip(), f"{module}.{name} has no docstring"


def test_a_network_names_its_paper_its_file_and_its_lesson(pages):
    text = pages["segtutor/reference.html"]
    start = text.index('<section id="MaskedAttention">')
    section = text[start : text.index("</section>", start)]
    for part in ("arXiv:2112.01527", "segtutor/reference/decoders/masked_decoder.py", "Taught in notebooks/"):
        assert part in section, part
    assert "Define the computation performed at every call" not in text, "torch's words about its base class"


def test_nothing_is_asked_of_the_network(pages):
    for name, text in pages.items():
        asked = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(https?:)?//[^>]*>", text)
        assert not asked, name


def test_pages_of_somebody_else_are_kept(tmp_path):
    (tmp_path / "segtutor").mkdir()
    mine = tmp_path / "segtutor" / "data.html"
    mine.write_text("my notes")
    with pytest.raises(UserError, match="data.html"):
        write_reference(tmp_path)
    assert mine.read_text() == "my notes"
    assert not (tmp_path / "index.html").exists(), "nothing is written before all is known to be free"
    written = write_reference(tmp_path, force=True)
    assert mine.read_text() != "my notes"
    assert write_reference(tmp_path) == written, "its own pages are replaced"
