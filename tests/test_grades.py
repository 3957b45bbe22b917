"""`segtutor grades`: a class's progress files as a table; a damaged or hostile one costs a sentence, no more."""

import csv
import io
import json
import os

import pytest

import segtutor as st
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.exercises import solved
from segtutor.grades import DEEPEST, Learner, grades

EVERY = st.exercises.exercises()
HEADER = ["learner", *(f"lesson_{n}" for n in sorted({name[:2] for name in EVERY})), "solved", "exercises", "note"]


def learner(folder, content):
    folder.mkdir(parents=True)
    if not isinstance(content, bytes):
        content = json.dumps({"order": solved.ORDER, "solved": content}).encode()
    (folder / solved.FILE).write_bytes(content)


@pytest.fixture
def homes(tmp_path):
    (tmp_path / "homes").mkdir()
    return tmp_path / "homes"


def counts(found):
    return {one.name: one.solved for one in found.learners}


def test_learners_nested_or_not_by_the_files_that_check_writes(homes, tmp_path, monkeypatch, capsys):
    learner(homes / "anna", ["00.1", "01.1", "01.2"])
    learner(homes / "ben" / "segtutor-lessons", EVERY)
    learner(homes / "group b" / "cleo" / "segtutor-lessons", [])
    learner(homes / "group b" / "dan", ["15.4"])
    (homes / "eve").mkdir()
    (homes / "frank" / "segtutor-lessons").mkdir(parents=True)
    (homes / "frank" / "segtutor-lessons" / solved.LEARNERS_FOLDER).write_text("{}")
    monkeypatch.chdir(homes / "frank" / "segtutor-lessons")
    monkeypatch.setattr(solved, "_session", set())
    solved.note("02.3")
    (homes / "list.txt").write_text("no learner")
    expected = {"anna": 3, "ben": len(EVERY), "group b/cleo": 0, "group b/dan": 1, "eve": 0, "frank": 1}
    found = grades(homes)
    assert counts(found) == expected
    assert found.learners[0].lessons["01"] == 2
    assert [one.name for one in found.learners if one.note] == ["eve"]
    assert found.sentences[0].startswith("eve: ")
    table = tmp_path / "class.csv"
    assert main(["grades", str(homes), "--csv", str(table)]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]] == [
        *(str(expected[one.name]) for one in found.learners), str(len(EVERY))
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert list(rows[0]) == HEADER
    assert {row["learner"]: int(row["solved"]) for row in rows} == expected
    assert {int(row["exercises"]) for row in rows} == {len(EVERY)}
    assert main(["grades", str(homes), "--csv", str(table)]) == 2, "kept without --force"
    assert main(["grades", str(homes), "--csv", str(table), "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["learners"][0]["lessons"]["01"] == 2


def test_one_learners_folder_alone(homes):
    learner(homes / "anna", ["00.1"])
    (homes / "anna" / "solutions").mkdir()
    assert counts(grades(homes / "anna")) == {"anna": 1}


HOSTILE = {
    "empty": b"", "half": b'{"solved": ["01.', "a list": b"[]", "a number": b"1" * 5000, "no list": b'{"solved": {}}',
    "numbers": b'{"solved": [1, true]}', "nested names": b'{"solved": [["01.1"]]}', "deep": b"[" * 19_000,
    "huge": b'{"solved": [' + b'"01.1",' * 400_000 + b'"01.1"]}', "utf-16": '{"solved": ["01.1"]}'.encode("utf-16"),
    "latin": '{"solved": ["é"]}'.encode("latin-1"), "nul": b"\0" * 100, "nan": b'{"solved": NaN}',
}  # fmt: skip


def test_a_damaged_file_is_one_sentence_and_the_others_are_read(homes, capsys):
    for name, content in HOSTILE.items():
        learner(homes / name, content)
    learner(homes / "right", b'\xef\xbb\xbf{"solved": ["01.1"]}')
    learner(homes / "strange", ["01.1", "01.1", "99.9", "=1+1", "\x1b[2J", "01.1\n"])
    found = grades(homes)
    assert {one.name for one in found.learners if one.damaged} == set(HOSTILE)
    assert counts(found) == {**dict.fromkeys(HOSTILE, 0), "right": 1, "strange": 1}
    assert len(found.sentences) == len(HOSTILE) + 1
    assert all("\n" not in said and len(said) < 200 and said.isprintable() for said in found.sentences)
    assert main(["grades", str(homes)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == len(HOSTILE) + 1


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")
def test_links_and_pipes_are_not_followed(homes, tmp_path):
    learner(tmp_path / "elsewhere", EVERY)
    (homes / "linked").symlink_to(tmp_path / "elsewhere")
    (homes / "file").mkdir()
    (homes / "file" / solved.FILE).symlink_to(tmp_path / "elsewhere" / solved.FILE)
    (homes / "pipe").mkdir()
    os.mkfifo(homes / "pipe" / solved.FILE)
    (homes / "folder" / solved.FILE).mkdir(parents=True)
    (homes / "round").mkdir()
    (homes / "round" / "again").symlink_to(homes)
    learner(homes / "right", ["01.1"])
    deep = homes.joinpath(*(["deep"] * (DEEPEST + 2)))
    learner(deep, EVERY)
    found = grades(homes)
    assert counts(found) == {"file": 0, "folder": 0, "pipe": 0, "right": 1, "round": 0, "deep": 0}
    assert {one.name for one in found.learners if one.damaged} == {"file", "folder", "pipe"}
    assert sorted(said.partition(":")[0] for said in found.problems) == sorted(
        ["/".join(["deep"] * DEEPEST), "linked", "round/again"]
    )


@pytest.mark.skipif(os.name != "posix", reason="names that Windows does not allow")
def test_names_are_one_line_and_no_formula(homes):
    names = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "a\nb", "\x1b[2J", "\u202ename", "x" * 250, "a,b"]
    for name in names:
        learner(homes / name, ["01.1"])
    os.mkdir(os.fsencode(homes) + b"/\xff")
    found = grades(homes)
    assert len(found.learners) == len(names) + 1
    assert all(one.name.isprintable() and len(one.name) <= 200 for one in found.learners)
    rows = list(csv.reader(io.StringIO(found.to_csv())))
    assert len(rows) == len(names) + 2
    assert {len(row) for row in rows} == {len(HEADER)}
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in ("=", "+", "-", "@", "＝")]
    assert sum(row[0].startswith("'") for row in rows) == 6
    str(found).encode()


def test_names_that_look_alike_keep_their_rows(homes):
    """Cut at the same length, or spelled out as another is called: each learner keeps a row."""
    for end in ("a", "b", "c"):
        learner(homes / ("x" * 120) / ("y" * 120 + end), ["00.1"])
    learner(homes / "\x1bz", ["00.1"])
    (homes / "\\x1bz").mkdir()
    found = grades(homes)
    assert len(found.learners) == 5
    assert len({one.name for one in found.learners}) == 5
    assert sum(one.solved for one in found.learners) == 4


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(UserError):
        grades(tmp_path / "none")
    assert main(["grades", str(tmp_path / "none")]) == 2
    assert Learner("a", {"01": 2, "02": 1}).solved == 3
