"""What is solved: noted by checks, kept in the learner's folder alone, read with bounds."""

import json

import pytest

import segtutor as st
from segtutor.errors import UserError
from segtutor.exercises import solved


def right(rgb):
    return rgb.astype(int) @ [1, 256, 65536]


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """A folder as `segtutor lab` leaves it, in which a lesson runs; nothing solved so far."""
    (tmp_path / ".segtutor-lessons.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(solved, "_session", set())
    return tmp_path


def test_a_passed_check_is_known_in_the_next_session(learner, monkeypatch):
    assert st.exercises.progress().solved == []
    assert not st.exercises.check("01.1", lambda rgb: rgb[..., 0])
    assert st.exercises.progress().solved == []
    assert st.exercises.check("01.1", right)
    monkeypatch.setattr(solved, "_session", set())  # tomorrow
    now = st.exercises.progress()
    assert now.solved == ["01.1"]
    assert list(now.lessons) == sorted({name[:2] for name in st.exercises.exercises()})
    assert now.lessons["01"]["01.1"] is True
    assert now.lessons["01"]["01.2"] is False
    every = len(st.exercises.exercises())
    assert repr(now).splitlines() == [f"1 of {every} exercises solved", "lesson 01: 1 of 6"]
    assert "●○○○○○" in now._repr_html_()
    assert json.loads((learner / solved.FILE).read_text()) == {"order": solved.ORDER, "solved": ["01.1"]}
    assert sorted(path.name for path in learner.iterdir()) == [".segtutor-lessons.json", solved.FILE]


def test_elsewhere_no_file_is_written_and_the_session_remembers(learner):
    (learner / ".segtutor-lessons.json").unlink()
    assert st.exercises.check("01.1", right)
    assert list(learner.iterdir()) == []
    assert st.exercises.progress().solved == ["01.1"]


def test_names_add_up_and_those_of_no_exercise_are_left_out(learner):
    (learner / solved.FILE).write_text(json.dumps({"solved": ["00.1", "00.1", "99.9", "<b>"]}))
    assert st.exercises.check("01.1", right)
    assert st.exercises.progress().solved == ["00.1", "01.1"]
    assert json.loads((learner / solved.FILE).read_text()) == {"order": solved.ORDER, "solved": ["00.1", "01.1"]}


def test_a_file_of_the_first_order_counts_for_the_same_exercises(learner):
    """Before the lessons were renumbered, 05.1 was attention with numpy, which is 06.1 today; it stays solved."""
    (learner / solved.FILE).write_text(json.dumps({"solved": ["01.1", "04.1", "04.4", "05.1", "06.6", "07.5", "09.1"]}))
    today = ["01.1", "04.1", "05.1", "06.1", "07.6", "08.5", "09.1"]
    assert st.exercises.progress().solved == today
    assert solved.names((learner / solved.FILE).read_bytes()) == set(today)  # what teachers' grades count
    st.exercises.check("01.1", right)  # known already: the file stays as it is
    assert json.loads((learner / solved.FILE).read_text()).get("order") is None
    solved.note("00.1")
    assert json.loads((learner / solved.FILE).read_text()) == {"order": solved.ORDER, "solved": ["00.1", *today]}
    assert st.exercises.progress().solved == ["00.1", *today]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b'{"order": 9, "solved": ["00.1"]}',
        b'{"solved": 3}',
        b'{"solved": [1]}',
        b"\xff",
        b"[" * 19_000,
        b" " * 20_001,
    ],
    ids=["empty", "half", "a list", "a number", "another order", "no list", "no names", "no text", "deep", "long"],
)
def test_a_file_that_is_none_is_refused_kept_and_hides_no_verdict(learner, content):
    (learner / solved.FILE).write_bytes(content)
    assert st.exercises.check("01.1", right)
    assert (learner / solved.FILE).read_bytes() == content
    with pytest.raises(UserError):
        st.exercises.progress()


def test_a_folder_in_the_place_of_the_file(learner):
    (learner / solved.FILE).mkdir()
    assert st.exercises.check("01.1", right)
    with pytest.raises(UserError):
        st.exercises.progress()
