"""The wording of error messages: tests/messages.txt shows it all, and each message begins with its subject."""

import importlib.util

from environments import ROOT

_SPEC = importlib.util.spec_from_file_location("set_messages", ROOT / "tools" / "set_messages.py")
set_messages = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(set_messages)


def test_the_file_of_messages_is_up_to_date():
    stored = set_messages.FILE.read_text(encoding="utf-8")
    assert stored == set_messages.snapshot(), "run: python tools/set_messages.py"


def test_messages_begin_with_their_subject():
    """ "pixel must be two integers, got [1.5, 2]", not "got [1.5, 2], expected two integers"."""
    assert set_messages.begin_with_got() == []


def test_messages_are_found_wherever_a_call_has_them(tmp_path):
    (tmp_path / "segtutor").mkdir()
    lines = [
        '"""got a docstring"""',
        'raise UserError(f"a {x!r} b" if x else "got a " + "word")',
        'raise stop(name, "kind of it", f"{w} x {h} pixels", mend="cut it")',
        'said = "got it"',
    ]
    (tmp_path / "segtutor" / "one.py").write_text("\n".join(lines), encoding="utf-8")
    assert set_messages.messages(tmp_path) == {
        "segtutor/one.py": ["a {x} b", "cut it", "got a ", "kind of it", "{w} x {h} pixels"]
    }
    assert set_messages.begin_with_got(tmp_path) == ["segtutor/one.py: got a ", "segtutor/one.py: got it"]
