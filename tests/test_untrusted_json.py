"""The one reader of json that others made: what it reads, what it refuses, and what that costs."""

import json

import pytest
from budget import cost_of, measured_here

from segtutor.untrusted_json import DEEPEST, MOST_DIGITS, MOST_PARTS, parse, shown

GOOD = [
    b'{"a": [1, -2, 2.5, 1e10, true, false, null, "x"]}',
    b'\xef\xbb\xbf{"a": "\xc3\xb6"}',
    b"[" * DEEPEST + b"]" * DEEPEST,
    b'{"a": "' + b"[{" * 5000 + b'"}',
    b'{"a": "' + b"1" * 5000 + b'"}',
    b"9" * MOST_DIGITS,
    b'["1e999", 1e300]',
    b" 7 ",
]
BAD = {
    "nothing": b"",
    "half": b'{"a": [1, 2',
    "two": b"[] []",
    "not UTF-8": b'"\xff"',
    "many digits": b"[" + b"1" * (MOST_DIGITS + 1) + b"]",
    "400 digits": b'{"a": -' + b"7" * 400 + b"}",
    "5000 digits": b"9" * 5000,
    "infinite": b"1e999",
    "minus infinite": b"[-1E+9999]",
    "long and infinite": b"1" * 400 + b".5",
    "NaN": b"[NaN]",
    "Infinity": b"-Infinity",
    "deep": b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    "deep objects": b'{"a":' * 80 + b"1" + b"}" * 80,
    "very deep": b"[" * 200_000,
    "deep and closed": b"[" * 200_000 + b"]" * 200_000,
    "many parts": b"[" + b"[]," * MOST_PARTS + b"[]]",
}


@pytest.mark.parametrize("content", GOOD, ids=range(len(GOOD)))
def test_what_json_reads_is_read(content):
    assert parse(content) == json.loads(content.decode("utf-8-sig"))


@pytest.mark.parametrize("name", BAD)
def test_the_rest_is_a_short_reason(name):
    with pytest.raises(ValueError) as caught:
        parse(BAD[name])
    assert len(str(caught.value)) < 200


def test_nan_is_let_through_where_records_are_looked_at_one_by_one():
    assert str(parse(b"[NaN, -Infinity]", constants=True)) == "[nan, -inf]"
    with pytest.raises(ValueError):
        parse(b"[1e999]", constants=True)


@measured_here
@pytest.mark.parametrize("name", ["very deep", "deep and closed", "many parts"])
def test_and_cheap(name):
    def work():
        with pytest.raises(ValueError):
            parse(BAD[name])

    cost = cost_of(work)
    assert cost.kind == "ok", cost
    assert cost.seconds < 5
    assert cost.megabytes < 300


@pytest.mark.parametrize(
    "value",
    [10**5000, "x" * 10**6, list(range(10**5)), {"a": {"b": [10**400]}}, [[]] * 5, None, "a\nb", -(10**30)],
    ids=range(8),
)
def test_a_value_in_a_sentence_is_short_and_on_one_line(value):
    text = shown(value)
    assert 0 < len(text) <= 60
    assert "\n" not in text


def test_a_list_within_itself_can_be_shown():
    value: list = []
    for _ in range(100_000):
        value = [value]
    assert len(shown(value)) <= 60
