"""Questions before and after each part: well formed, taught where they say, no riddle for guessers; the syllabus."""

import json
import re
from collections import Counter

import pytest
from environments import ROOT

from segtutor import syllabus
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.pages import site
from segtutor.questions import FILE, LETTERS, parts, text

LESSONS = {path.stem[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))}
PARTS = parts()


def test_the_parts_are_lessons_that_exist_in_order():
    taught = [number for part in PARTS for number in part.lessons]
    assert taught == [number for number in LESSONS if number in taught]
    assert [part.number for part in PARTS] == [1, 2, 3, 4]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_ten_questions_whose_answers_are_taught_in_the_part(part):
    assert [one.number for one in part.questions] == [f"{part.number}.{n}" for n in range(1, 11)]
    for one in part.questions:
        assert len(set(one.choices)) == len(LETTERS), one.number
        assert one.asked.endswith("?"), one.number
        assert all(choice.endswith(".") for choice in one.choices), one.number
        assert len(one.asked.split()) <= 60, one.number
        assert one.lesson in part.lessons, one.number
    assert {one.lesson for one in part.questions} == set(part.lessons)


def test_guessing_by_form_does_not_pay():
    """Neither the letter nor the length gives the answer away: a quarter of forty are ten."""
    every = [one for part in PARTS for one in part.questions]
    assert max(Counter(one.right for one in every).values()) <= 12
    right = [one.choices[LETTERS.index(one.right)] for one in every]
    longest = sum(len(answer) == max(map(len, one.choices)) for answer, one in zip(right, every, strict=True))
    assert longest <= 16


def test_what_is_not_in_the_form_is_refused(tmp_path):
    file = tmp_path / FILE
    file.parent.mkdir()
    whole = text()
    for damaged in (whole.replace("- c) ", "- x) ", 1), whole.replace(" *Lesson 02.*", "", 1)):
        assert damaged != whole
        file.write_text(damaged, encoding="utf-8")
        with pytest.raises(UserError):
            parts(tmp_path)
    file.unlink()
    with pytest.raises(UserError):
        parts(tmp_path)


def test_sheets_for_a_class_and_a_page(tmp_path):
    assert main(["assignments", str(tmp_path / "out"), "--lessons", "00"]) == 0
    folder = tmp_path / "out" / "questions"
    assert len(list(folder.iterdir())) == 2 * len(PARTS)
    sheet = (folder / "part2.md").read_text(encoding="utf-8")
    answers = (folder / "part2_answers.md").read_text(encoding="utf-8")
    for one in PARTS[1].questions:
        assert one.asked in sheet
        assert one.why not in sheet
        assert f"**{one.number} {one.right}.** {one.why}" in answers
    said, known = [], {}
    for _ in range(2):
        entry = site._written("questions", text(), tmp_path, known, said.append)
    page = (tmp_path / "questions.html").read_text(encoding="utf-8")
    assert page.count("<summary>Answer</summary>") == 40
    assert entry.title.startswith("Questions")
    assert ["as it was" in line for line in said] == [False, True]
    assert set(site.written_pages()) == set(site.WRITTEN)


def test_the_syllabus_adds_up_what_the_lessons_state(tmp_path):
    known = syllabus.lessons()
    assert list(known) == list(LESSONS)
    made = syllabus.text()
    linked = re.findall(r"\]\((\d\d_\w+)\.html\)", made)
    assert {f"{name}.ipynb" for name in linked} == {path.name for path in LESSONS.values()}
    for way in syllabus.WAYS:
        assert {number for _, numbers in way.sessions for number in numbers} <= set(known), way.name
    alone = made.rpartition("\n## ")[2]
    assert f"| {sum(one.minutes for one in known.values())} min |" in alone
    assert f"| {sum(one.exercises for one in known.values())} min |" in alone
    cell = {"cell_type": "markdown", "source": "# T\n\n| minutes |\n|---|\n| 7, and 9 for the exercises |"}
    path = tmp_path / "00_a.ipynb"
    path.write_text(json.dumps({"cells": [cell]}))
    assert syllabus.lessons(tmp_path)["00"] == syllabus.Lesson("00", "T", 7, 9)
    path.write_text(json.dumps({"cells": [cell | {"source": "# T"}]}))
    with pytest.raises(UserError):
        syllabus.lessons(tmp_path)
