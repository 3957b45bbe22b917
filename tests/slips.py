"""What the checks of a lesson's exercises are held to: every right answer passes, each known slip gets its sentence.

`nonsense_is_hinted` is for all lessons the same: an answer that is none gets a sentence, never an error.

A test file gives its lesson's `CHECKS`, a right answer to each exercise as a function with options, and its slips:
rows of an exercise, the options that turn the right answer into the slip, and words of the sentence that must come
("this|that": either will do).
"""

import pytest

from segtutor.exercises import check


def three_tests(checks: dict, right: dict, slips: list[tuple[str, dict, str]], *, warnings: tuple[str, ...] = ()):
    """-> three tests, to be given names that begin with "test_". warnings: what slips may warn of ("ignore:...")."""

    def every_exercise_is_tried():
        assert set(right) == {exercise for exercise, *_ in slips} == set(checks)

    @pytest.mark.parametrize("exercise", right)
    def the_right_answer_passes(exercise):
        answer = check(exercise, right[exercise])
        if not answer.solved:
            pytest.fail(repr(answer))

    @pytest.mark.parametrize(("exercise", "options", "sentence"), slips)
    def a_known_slip_gets_its_sentence(exercise, options, sentence):
        answer = check(exercise, lambda *arguments: right[exercise](*arguments, **options))
        if answer.solved or not any(words in answer.message for words in sentence.split("|")):
            pytest.fail(f"expected {sentence!r}, got {answer!r}")

    for text in warnings:
        a_known_slip_gets_its_sentence = pytest.mark.filterwarnings(text)(a_known_slip_gets_its_sentence)
    return every_exercise_is_tried, the_right_answer_passes, a_known_slip_gets_its_sentence


def nonsense_is_hinted(checks: dict):
    """-> a test: nothing, numbers and functions that answer nonsense are not solved, and hear a sentence."""

    @pytest.mark.parametrize("exercise", checks)
    def nothing_and_nonsense_are_hints(exercise):
        for answer in (None, 3, lambda *_: None, lambda *_: "text", lambda: 1):
            result = check(exercise, answer)
            assert not result
            assert len(result.message) > 20

    return nothing_and_nonsense_are_hints
