"""Pages of lessons and the site's first page under axe-core, light and dark: nothing breaks WCAG 2.1 AA.

Three lessons by default, all of them where SEGTUTOR_AXE=all says so; the Explainer is looked at in test_explainer.py.
As stored, without running their cells: explorers stay stills.
"""

import os

import pytest
from axe_checked import axe_version, violations

from segtutor.pages.document import STATEMENT, written
from segtutor.pages.find import lessons
from segtutor.pages.make import make
from segtutor.pages.site import AXE, CONTENTS, WRITTEN, Entry, contents_page, statement

pytestmark = pytest.mark.browser
LESSONS = {one.slug: one for one in lessons() if one.number}
ALL = os.environ.get("SEGTUTOR_AXE") == "all"
CHOSEN = [slug for slug in LESSONS if ALL or slug[:2] in ("02", "07", "10")]  # 07: an equation wider than its column


def found(browser, path, content: bytes) -> list[str]:
    path.write_bytes(content)
    lines = []
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
        page = context.new_page()
        page.goto(path.as_uri())
        if page.locator("pre, .tex.display").count():  # what is too wide has taken the focus once it was measured
            page.wait_for_function(
                "() => [...document.querySelectorAll('pre, .tex.display')].every((one) => !one.checkVisibility() || "
                "one.scrollWidth <= one.clientWidth || one.tabIndex === 0)"
            )
        lines += [f"{scheme}: {line}" for line in violations(page)]
        context.close()
    return lines


@pytest.mark.parametrize("slug", CHOSEN)
def test_a_lesson(browser, tmp_path, slug):
    assert found(browser, tmp_path / "lesson.html", make(LESSONS[slug], execute=False).html) == []


def test_the_sites_first_page(browser, tmp_path):
    entries = [Entry(f"{slug}.html", slug, "A promise", ["SceneEditor"], 1, "") for slug in LESSONS]
    assert found(browser, tmp_path / "index.html", contents_page(entries)) == []


def test_the_statement_is_linked_from_the_foot_of_each_page(browser, tmp_path):
    assert axe_version() == AXE
    assert f"{next(name for name in WRITTEN if name == 'accessibility')}.html" == STATEMENT
    page = written(statement(), tmp_path, CONTENTS).html
    assert found(browser, tmp_path / STATEMENT, page) == []
    lesson = make(LESSONS[CHOSEN[0]], execute=False, contents=CONTENTS).html
    for content in (page, lesson, contents_page([])):
        assert f'<footer class="foot"><a href="{STATEMENT}">' in content.decode()
    assert b'class="foot"' not in make(LESSONS[CHOSEN[0]], execute=False).html  # nothing lies beside a page of its own


def test_axe_sees_what_is_wrong(browser, tmp_path):
    lines = found(browser, tmp_path / "bad.html", b"<html><title>x</title><p style='color: #aaa'>pale</p><img src='x'>")
    assert {line.partition(": ")[2].partition(":")[0] for line in lines} == {
        "html-has-lang",
        "color-contrast",
        "image-alt",
    }
