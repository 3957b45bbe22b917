"""The checks of the exercises: they let no wrong answer pass, say something that helps, and never raise."""

import numpy as np
import pytest
import torch

from segtutor.exercises import base
from segtutor.exercises.base import Case, Hint, Passed, check, difference, first_failure

ALL = base.exercises()


def raises(*_):
    raise RuntimeError("out of ideas")


def not_written(*_):
    raise NotImplementedError


NO_ANSWERS = [None, ..., 3, "text", [], {}, np.zeros(3), raises, not_written, lambda *_: None, lambda *_: 0]
NO_ANSWERS += [lambda *_: np.zeros((2, 2)), lambda: 0, lambda *_: "text", lambda *_: {}, lambda *_: [], object()]


@pytest.mark.parametrize("exercise", ALL)
def test_no_check_passes_what_is_no_answer_and_none_raises(exercise):
    for answer in NO_ANSWERS:
        result = check(exercise, answer)
        assert isinstance(result, Hint), (answer, result)
        assert len(result.message) > 10
        assert "\n" not in result.message


@pytest.mark.parametrize("name", [None, 3, "", "1", "01", "01.99", "99.1", "../base.1", "01.1 ", []])
def test_an_unknown_exercise_is_a_hint_too(name):
    assert isinstance(check(name, len), Hint)


def test_only_an_interrupt_goes_through():
    def stuck(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("01.1", stuck)


def test_an_exception_is_told_with_its_line():
    def decode(rgb):
        total = 0
        return rgb[17] + total

    assert repr(check("01.1", decode)).startswith("Not yet: your code raised IndexError in line 3 of your function: ")


def test_verdicts_show_themselves():
    assert Passed("well done.")
    assert not Hint("look <again>.")
    assert repr(Passed("well done.")) == "Passed: well done."
    assert repr(Hint("look.")) == "Not yet: look."
    assert Hint("look <again>.")._repr_html_() == "<p><strong>Not yet:</strong> look &lt;again&gt;.</p>"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.array([1, 2]), [1, 2]),
        ((1, 2), [1, 2]),
        (torch.tensor([[1.0]]), np.array([[1]])),
        (np.float32(0.3333), 1 / 3),
        ({"a": np.int64(1)}, {"a": 1}),
        (np.array([np.nan]), np.array([np.nan])),
        ([(np.int64(0), 1)], [(0, 1)]),
    ],
)
def test_equal_answers(got, expected):
    assert difference(got, expected) is None


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.array([1, 3]), np.array([1, 2])),
        (np.array([[1, 2]]), np.array([1, 2])),
        ([1, 2, 3], [1, 2]),
        (None, 1),
        ("1", 1),
        (1, "1"),
        ({"a": 1}, {"a": 1, "b": 0}),
        ({"a": 2}, {"a": 1}),
        (np.nan, 0.0),
        (0.34, 1 / 3),
        ([[1], [2, 3]], np.array([1, 2])),
    ],
)
def test_unequal_answers(got, expected):
    said = difference(got, expected)
    assert said is not None
    assert said.startswith("expected ")


def test_cases_are_given_copies():
    def greedy(values):
        values[:] = 0
        return values

    given = np.ones(2)
    assert first_failure(greedy, [Case((given,), np.zeros(2))]) is None
    assert given.tolist() == [1, 1]


def semantic(class_probs, mask_probs):
    return np.einsum("qc,qhw->chw", class_probs, mask_probs).argmax(0)


def pairs(mean, classes=lambda probs: probs[:, :-1], by_score=False):
    def best_pairs(class_probs, mask_probs, top_k):
        probs = classes(class_probs)
        scores = probs * np.array([mean(mask) for mask in mask_probs])[:, None]
        first = scores if by_score else probs
        taken = np.argsort(-first, axis=None, kind="stable")[:top_k]
        order = taken[np.argsort(-scores.ravel()[taken], kind="stable")]
        return [divmod(int(index), scores.shape[1]) for index in order]

    return best_pairs


def inside_mean(mask):
    return mask[mask > 0.5].mean() if (mask > 0.5).any() else 0.0


def regions(truth, category_id):
    from scipy import ndimage

    ids = [segment.id for segment in truth.segments if segment.category_id == category_id]
    return ndimage.label(np.isin(truth.segment_ids, ids))[1] - len(ids)


def all_segments(result):
    names = [result.categories.by_id(segment.category_id).name for segment in result.segments]
    return {name: names.count(name) for name in names}


def share_of_picture(scene, thing):
    return (scene.render()[1].segment_ids == scene.segment_id(thing)).mean()


def share_by_mask(scene, thing):
    def area(scene, thing):
        return scene.render()[1].mask(scene.segment_id(thing)).sum()

    return area(scene, thing) / area(scene.reorder(thing, -1), -1)


def counted_by_query(labels, stuff):
    return [labels.index(label) + 1 if label in stuff else place + 1 for place, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("00.1", all_segments, "Stuff counts too"),
        ("00.2", share_of_picture, "share of the picture"),
        ("00.2", share_by_mask, "wholly hidden"),
        ("01.1", lambda rgb: rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2], "convert"),
        ("01.1", lambda rgb: rgb.astype(int) @ [65536, 256, 1], "exchanged"),
        ("01.1", lambda rgb: rgb.astype(int) @ [1, 256, 0], "blue byte"),
        ("01.1", lambda rgb: rgb[..., 0], "red byte only"),
        ("01.2", lambda m, first: m - first, "no -1"),
        ("01.2", lambda m, first: m.astype(int) - 1, "only 255 changes"),
        ("01.2", lambda m, first: np.where(m == (0 if first else 255), -1, m.astype(int)), "begin at 1"),
        ("01.3", semantic, "'No object'"),
        ("01.3", lambda c, m: c[:, :-1].argmax(1)[(c[:, :-1].max(1)[:, None, None] * m).argmax(0)], "all queries add"),
        ("01.4", pairs(np.mean), "> 0.5"),
        ("01.4", pairs(inside_mean, by_score=True), "multiplied before"),
        ("01.4", pairs(lambda mask: mask[mask > 0.5].mean()), "mean of nothing"),
        ("01.4", pairs(inside_mean, lambda probs: probs), "'No object'"),
        ("01.4", lambda c, m, k: [(int(q), int(c[q, :-1].argmax())) for q in [2, 0, 1]][:k], "once in yours"),
        ("01.5", regions, "not the other way round"),
        ("01.5", lambda t, c: sum(s.category_id == c for s in t.segments) - 1, "two regions"),
        ("01.6", lambda labels, stuff: [1, 2, 3, 1, 2][: len(labels)], "next id"),
        ("01.6", lambda labels, stuff: list(range(1, len(labels) + 1)), "one segment"),
        ("01.6", counted_by_query, "a gap"),
    ],
)
def test_known_slips_get_the_hint_that_explains_them(exercise, wrong, hint):
    result = check(exercise, wrong)
    assert isinstance(result, Hint)
    assert hint in result.message, result


@pytest.mark.parametrize(
    ("exercise", "right"),
    [
        ("01.1", lambda rgb: rgb[..., 0] + 256 * rgb[..., 1].astype("int64") + 65536 * rgb[..., 2].astype("int64")),
        ("01.1", lambda rgb: torch.from_numpy(rgb.astype("int32")) @ torch.tensor([1, 256, 65536], dtype=torch.int32)),
        ("01.2", lambda m, first: np.where(m == 255, -1, m.astype("int16")) if not first else m.astype(float) - 1),
        ("01.3", lambda c, m: semantic(c[:, :-1], m)),
        ("01.4", pairs(inside_mean)),
        ("01.5", lambda truth, category_id: -regions(truth, category_id)),
    ],
)
def test_right_answers_of_other_makes_pass(exercise, right):
    assert isinstance(check(exercise, right), Passed), check(exercise, right)


def test_fooling_the_network_is_held_to_its_rules():
    from segtutor.data import toytown

    scene = toytown.scene(200297)
    assert "PQ of" in check("00.3", scene).message
    few = scene
    while len(few.things) > 2:
        few = few.remove(0)
    assert "at least 3" in check("00.3", few).message
    assert "visible pixels" in check("00.3", scene.resize(2, 0.3)).message
    assert "unrendered" in check("00.3", scene.render()).message
