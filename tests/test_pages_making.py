"""How pages come to be: which lesson is meant, when it is run, what is never replaced, and a site that goes on."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_javascript import _node

from segtutor.cli import main
from segtutor.commands import play
from segtutor.errors import UserError
from segtutor.pages import application, execute, find, make, outputs, site
from segtutor.pages.document import page, written
from segtutor.pages.explorers import EXPLORERS, Choice
from segtutor.pages.prose import Prose
from segtutor.pages.site import contents_page
from segtutor.words import tr


def notebook_of(*cells) -> nbformat.NotebookNode:
    """Of a text and the sources of code cells."""
    return new_notebook(
        cells=[new_markdown_cell(cells[0]), *(new_code_cell(text) for text in cells[1:])],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>bold</b>", '<div class="html wide"><b>bold</b></div>'),
        ("plain", '<div class="html wide">plain</div>'),
        (f'<img src="{DOT}">', f'<div class="html wide"><img src="{DOT}"></div>'),
        ('<img src="data:,"><img src="https://example.org/a.png">', "<pre>&lt;Plot&gt;</pre>"),
        ('<div id="plot"></div><script>draw("plot")</script>', "<pre>&lt;Plot&gt;</pre>"),
        ("<script>draw()", "<pre>&lt;Plot&gt;</pre>"),
    ],
)
def test_an_output_that_a_script_would_draw_is_shown_as_text(html, shown, tmp_path):
    assert outputs.data_html({"text/html": html, "text/plain": "<Plot>"}, {}, Prose(tmp_path)) == shown


def test_a_progress_bar_is_shown_as_it_ended(tmp_path):
    output = {"output_type": "stream", "name": "stderr", "text": "begin\n 10 %\r 50 %\r100 %\r\nend"}
    assert outputs.output_html(output, Prose(tmp_path), None) == '<pre class="stderr">begin\n100 %\r\nend</pre>'


def test_no_control_keeps_its_state_when_a_page_is_loaded_again():
    """Firefox would: "show code" without its tick beside the code, the name of one scene over another."""
    sources = [path.read_text(encoding="utf-8") for path in Path(make.__file__).parent.glob("*.py")]
    controls = [tag for source in sources for tag in re.findall("<(?:input|select|textarea) [^>]*>", source)]
    assert len(controls) >= 2
    assert [tag for tag in controls if 'autocomplete="off"' not in tag] == []


def test_when_a_notebook_is_run():
    stored, fresh = notebook_of("# A", "1 + 1"), notebook_of("# A", "1 + 1")
    stored.cells[1].execution_count = 1
    assert not execute.needs_execution(stored)
    assert execute.needs_execution(fresh)
    stored.cells[1].source = "st.widgets.QueryExplorer(segmenter)"
    assert execute.needs_execution(stored)


def test_a_cell_that_fails_is_named(tmp_path):
    nbformat.write(notebook_of("# A", "1", "1 / 0"), tmp_path / "mine.ipynb")
    with pytest.raises(UserError, match="code cell 2 failed .ZeroDivisionError: division by zero"):
        make.write(tmp_path / "mine.ipynb", tmp_path / "mine.html")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.ipynb"]


def test_which_lesson_is_meant(tmp_path, monkeypatch):
    names = ["00_what_can", "01_three_answers", "06_what_is_a_query", "gallery"]
    for name in names:
        (tmp_path / f"{name}.ipynb").write_text("{}")
    monkeypatch.setattr(find, "source_folder", lambda: tmp_path)
    assert [one.slug for one in find.lessons()] == names
    assert find.find("0").slug == find.find("00").slug == "00_what_can"
    assert find.find("query").slug == find.find("06").slug == "06_what_is_a_query"
    assert find.find("gallery").number is None
    for unknown, why in (("07", "'07'"), ("what", "could be 00_what_can, 06"), ("a.ipynb", "a.ipynb")):
        with pytest.raises(UserError, match=why):
            find.find(unknown)
    with pytest.raises(UserError, match="cannot be read as a notebook"):
        find.read(find.find("00"))


def test_no_file_of_somebody_else_is_replaced(tmp_path, capsys):
    notebook = tmp_path / "mine.ipynb"
    nbformat.write(notebook_of("# A question"), notebook)
    out = tmp_path / "mine.html"
    command = ["page", str(notebook), "--out", str(out)]
    assert main(command) == main(command) == 0  # a page made here, unchanged, is made anew
    out.write_bytes(out.read_bytes().replace(b"A question", b"My question"))
    assert main(command) == 2
    assert "is kept" in capsys.readouterr().err
    assert b"My question" in out.read_bytes()
    assert main([*command, "--force"]) == 0
    assert b"My question" not in out.read_bytes()


def test_what_is_around_a_lesson_is_said_in_another_language(tmp_path):
    lesson = find.Lesson(tmp_path / "07_why.ipynb", True)
    text = "# Why?\n\nA promise.\n\n## A part"
    entry = site.Entry("07_why.html", "Why?", "A promise.", ["SceneEditor"], 1, "")

    def pages(**language) -> list[str]:
        lone = page(notebook_of(text, "1"), lesson, {}, executed=False, contents="index.html", **language)
        return [one.decode() for one in (
            lone.html, written(text, tmp_path, "index.html", **language).html, contents_page([entry], **language)
        )]  # fmt: skip

    english, japanese = pages(), pages(language="ja")
    assert pages(language="en") == english
    for plain, other in zip(english, japanese, strict=True):
        assert '<html lang="en">' in plain
        assert plain.count(' lang="') == 1
        assert '<html lang="ja">' in other
        foot = "Can everybody use these pages?"
        assert tr(foot, "ja") != foot
        assert f">{foot}</a>" in plain
        assert f">{tr(foot, 'ja')}</a>" in other
        assert foot not in other
    for message in ("All lessons", "On this page"):
        assert all(message in one for one in english[:2])
        assert all(tr(message, "ja") in one and message not in one for one in japanese[:2])
    assert '<main lang="en">' in japanese[0]  # the lesson itself
    notice = "This page needs no installation and no network: the results of its code stand below each cell."
    assert f'<aside class="notice" lang="ja">{tr(notice, "ja")}' in japanese[0]
    assert '<h3 lang="en"><a href="07_why.html">Why?</a></h3>' in japanese[2]
    assert tr("To play with: {names}.", "ja", names="SceneEditor") in japanese[2]
    with pytest.raises(UserError):
        site.site(tmp_path / "site", language="Klingon", which=[lesson])
    assert not (tmp_path / "site").exists()


def test_a_site_is_made_once_and_goes_on(tmp_path, monkeypatch):

    def absent(*_, **__):
        raise UserError("not installed")

    monkeypatch.setattr(site, "make_networks", absent)
    monkeypatch.setattr(site, "write_reference", absent)
    course = []
    for name, question in (("00_first", "First?"), ("01_second", "Second?")):
        nbformat.write(notebook_of(f"# {question}\n\nWith $x$ a promise."), tmp_path / f"{name}.ipynb")
        course.append(find.Lesson(tmp_path / f"{name}.ipynb", True))
    out, said = tmp_path / "site", []
    site.site(out, which=course[:1], say=said.append)
    site.site(out, which=course, say=said.append)
    assert [("as it was" in line) for line in said if line[0] == "0"] == [False, True, False]
    contents = (out / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="([^"]*)">', contents) == ["00_first.html", "01_second.html", "accessibility.html"]
    assert "First?" in contents
    assert '<span class="tex">x</span>' in contents
    assert '<a href="index.html">' in (out / "01_second.html").read_text(encoding="utf-8")
    nbformat.write(notebook_of("# Another?"), course[0].path)
    assert [entry.title for entry in site.site(out, which=course, say=said.append)] == ["Another?", "Second?"]
    (out / "01_second.html").write_text("my own notes")
    with pytest.raises(UserError, match="01_second.html was not made by segtutor"):
        site.site(out, which=course, say=said.append)
    assert (out / "01_second.html").read_text() == "my own notes"


def test_every_equation_of_the_course_is_known_to_katex(tmp_path):
    sources = []
    for lesson in find.lessons():
        prose = Prose(lesson.path.parent)
        for cell in find.read(lesson).cells:
            if cell.cell_type == "markdown":
                sources += re.findall(r'<(?:div|span) class="tex[^"]*">(.*?)</(?:div|span)>', prose.html(cell.source))
    assert len(sources) > 90
    script = """const katex = require(process.argv[1]), tried = JSON.parse(require("fs").readFileSync(0));
      for (const one of tried) katex.renderToString(one, { throwOnError: true, strict: "error" });"""
    program = tmp_path / "katex.cjs"  # in the repository, .js is an ES module to node, which this script is not
    program.write_bytes(Path(find.__file__).with_name("katex").joinpath("katex.min.js").read_bytes())
    done = subprocess.run(
        [_node(), "--input-type=commonjs", "-e", script, str(program)],
        input=json.dumps([unescape(one) for one in sources]),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def one_thread():
    """Small networks are not faster on two, and on a busy machine much slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _no_loop():
    raise RuntimeError("no running event loop")


@pytest.mark.usefixtures("one_thread")
def test_the_application_makes_every_explorer_and_says_what_it_cannot(monkeypatch):
    """Outside a kernel everything happens at once; tests of the browser have the real one."""
    # Playwright's loop runs in this thread where a test of the browser came before
    monkeypatch.setattr(application.asyncio, "get_running_loop", _no_loop)
    monkeypatch.delitem(EXPLORERS, "TrainingView")  # it would train; see the next test
    shown = application.Application()
    made = []
    for name in [value for _, value in shown.kind.options]:
        shown.kind.value = name
        assert type(shown.explorer).__name__ == name, shown.said.value
        assert shown.stage.children == (shown.explorer,)
        made.append(shown.explorer)
    assert len(made) == len(EXPLORERS) >= 8
    assert all(one.comm is None for one in made[:-1])  # closed: what is not shown costs nothing
    shown.kind.value = "ScoreExplorer"
    shown.picture.value = ("photograph", "coffee")
    assert shown.explorer is None
    assert "choose a scene" in shown.said.value
    shown.mask_name.value = "no such <model>"
    assert shown.explorer is None
    assert "no such &lt;model&gt;" in shown.said.value


def test_the_application_trains_a_network_on_the_chosen_picture():
    class View:
        def start(self, model, rows, **options):
            self.model, self.rows, self.options = model, rows, options

    for picture, size in ((("scene", 3), (96, 96)), (("photograph", "chelsea"), (64, 96))):
        view = EXPLORERS["TrainingView"].make(View, Choice(picture, "", ""))
        (row,) = view.rows
        assert row["image"].shape[:2] == row["segmentation"].segment_ids.shape == size
        assert view.model.to_class.out_features == len(row["segmentation"].categories) + 1
        assert view.options["batch_size"] == 1


def test_the_application_is_served_by_voila_on_this_machine():
    command = play.voila_command(browser=False, port=8123, dark=True)
    assert command[1:3] == ["-m", "segtutor.commands.play_server"]
    assert {"--no-browser", "--port=8123", "--Voila.port_retries=0", "--theme=dark"} <= set(command)
    assert not [part for part in command if part.startswith("--Voila.ip")]  # Voila's own default: localhost
    application_itself = nbformat.read(play.notebook(), as_version=4)
    nbformat.validate(application_itself)
    assert "Application()" in application_itself.cells[-1].source
    assert play.notebook().name == command[3].rpartition("/")[2]


def test_slides_end_at_headings_after_pictures_and_before_answers(tmp_path, capsys):
    shown = [nbformat.v4.new_output("display_data", data={"text/html": f'<img src="{DOT}">'})]
    code, markdown = new_code_cell, new_markdown_cell
    cells = [
        markdown("# A question\n\nThe promise."),
        code('import sys\nif "google.colab" in sys.modules:\n    pass'),
        markdown("## 1. One\n\nA text\n\n## 2. Two\n\nIts own text."),
        code("quiet = 1"),
        code("show()", outputs=shown),
        markdown("After the picture.\n\n**Predict first.** What comes?"),
        code("answer()", outputs=shown),
        markdown("**What this shows.** Little.\n\n### A part\n\nmore"),
        markdown("## 3. References\n\n- a paper"),
    ]
    path = tmp_path / "mine.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    before = path.read_bytes()
    command = ["slides", str(tmp_path / "out"), str(path), "--no-execute"]
    assert main(command) == main(command) == 0, "what was made here is made anew"
    assert path.read_bytes() == before, "nothing is stored in the notebook"
    made = (tmp_path / "out" / "mine.slides.html").read_text(encoding="utf-8")
    parts = re.findall(
        r'<section class="slide (one|two)".*?</section>(?=\n<section class="slide|\n</main>)', made, re.DOTALL
    )
    assert parts == ["one", "one", "two", "one", "one", "one"]
    assert "6 slides" in capsys.readouterr().out
    assert "a paper" not in made
    assert "google.colab" not in made
    assert not re.search(r'(?:src|href)="(?:https?:)?//', made)
    (tmp_path / "out" / "mine.slides.html").write_text("my own")
    assert main(command) == 2
