"""The page of clicks and words takes Python's place behind AskingCanvas: its JavaScript decides as Python does."""

from __future__ import annotations

import base64
import json
import subprocess

import numpy as np
import pytest
from test_javascript import HERE, _node

import segtutor as st
from segtutor.data.toytown import language
from segtutor.errors import UserError
from segtutor.pages import click
from segtutor.reference.layers.prompt_encoder import click_kinds, joined
from segtutor.widgets.asking import canvas
from segtutor.widgets.asking.questions import Question, Truth, mask_iou

SEED = 19
PHRASES = (
    *("red cat", "The red cats, or a tree", "people", "things not red", "red plain thing", "plain red things"),
    *("stuff not sky", "cat not patterned or sky or boat", "stuff", "red", "red sky", "not red", "cat not not red"),
    *("cat not things", "cat not sky", "sky not red", "or cat", "cat or", "cat ball", "elephant", "", "a the"),
    *("cat " * 17, "<b>cat</b>", "constructor"),
)


def base64_of(mask: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(mask, np.uint8).tobytes()).decode()


def read(text: str | None) -> np.ndarray | None:
    return None if text is None else np.frombuffer(base64.b64decode(text), np.uint8).reshape(128, 128).astype(bool)


@pytest.fixture(scope="module")
def scene():
    return st.toytown.scene(SEED)


def questions(scene) -> list[tuple[dict, str, np.ndarray]]:
    """Traits, the level that is meant, and an answer with errors."""
    random, made = np.random.default_rng(1), []
    regions = scene.regions()
    for n in range(60):
        xy = random.uniform(0, 128, (3, 2))
        points = [
            {"x": x, "y": y, "label": int(k == 0 or random.random() < 0.5)} for k, (x, y) in enumerate(xy.tolist())
        ]
        region = regions[random.integers(len(regions))].mask
        rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
        box = {"x0": columns[0] - 0.3, "y0": float(rows[0]), "x1": columns[-1] + 1.6, "y1": rows[-1] + 1.0}
        traits = {"points": points[: n % 3 + 1], "boxes": [], "text": "", "chosen": 0}
        if n % 3 == 1:
            traits |= {"points": [] if n % 2 else points[:1], "boxes": [{k: float(v) for k, v in box.items()}]}
        if n % 10 == 0:
            traits |= {"text": " red things or cat "}
        answer = np.roll(region, (int(random.integers(-6, 7)), int(random.integers(-6, 7))), (0, 1))
        made.append((traits, str(random.choice(["", "part", "group", "stuff", "words"])), answer))
    return [*made, ({"points": [], "boxes": [], "text": " ", "chosen": 2}, "", regions[0].mask)]


@pytest.fixture(scope="module")
def said(scene, tmp_path_factory):
    _, ids = scene.draw()
    asked = [{"traits": traits, "level": level, "answer": base64_of(a)} for traits, level, a in questions(scene)]
    truth = {
        "ids": base64_of(ids),
        "things": click._scene_facts(scene, *scene.draw())["things"],
        "regions": [{"level": r.level, "name": r.name, "mask": base64_of(r.mask)} for r in scene.regions(ids)],
    }
    given = {
        "size": [128, 128],
        "vocabulary": click._vocabulary(),
        "truth": truth,
        "questions": asked,
        "phrases": PHRASES,
    }
    path = tmp_path_factory.mktemp("questions") / "questions.json"
    path.write_text(json.dumps(given))
    run = subprocess.run(
        [_node(), str(HERE / "js" / "answer_questions.mjs"), str(path)], capture_output=True, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


class _Traits:
    """What `questions.read` reads."""

    scribbles = ()

    def __init__(self, traits: dict):
        vars(self).update(traits)


def test_what_a_question_means_and_where_the_next_click_goes(scene, said):
    import torch

    truth, kinds = Truth(scene), []
    for (traits, level, answer), found in zip(questions(scene), said["answered"], strict=True):
        question: Question = canvas.read(_Traits(traits))
        assert found["kind"] == question.kind
        kinds.append(question.kind)
        meanings = truth.meanings(question)
        assert [(one["level"], one["name"]) for one in found["meanings"]] == [(a, b) for a, b, _ in meanings]
        for one, (_, _, mask) in zip(found["meanings"], meanings, strict=True):
            np.testing.assert_array_equal(read(one["mask"]), mask)
        if not meanings:
            assert found["meant"] is None
            continue
        assert found["meant"] == canvas._meant([one for one, _, _ in meanings], level)
        wanted = meanings[found["meant"]][2]
        assert found["iou"] == pytest.approx(mask_iou(answer, wanted))
        assert found["next"] == canvas._next_click(wanted, answer)
        if question.kind != "text":
            prompts = [(max(0.0, x - 0.5), max(0.0, y - 0.5)) for x, y, _ in question.points]
            xy = (torch.tensor([prompts]) + 0.5) / 128 if prompts else None
            labels = click_kinds(torch.tensor([[label for _, _, label in question.points]])) if prompts else None
            corners = None if question.box is None else torch.tensor(question.box).reshape(1, 2, 2) / 128
            at, what = joined(xy, labels, corners, 1)
            np.testing.assert_allclose(found["tokens"]["xy"], at[0].numpy(), atol=1e-6)
            assert found["tokens"]["kinds"] == what[0].tolist()
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"click": 44, "box": 10, "text": 6, "": 1}


def test_phrases_are_read_refused_and_true_of_the_same_pixels(scene, said):
    refused = []
    for phrase, found in zip(PHRASES, said["read"], strict=True):
        if "problem" in found:
            with pytest.raises(UserError) as refusal:
                language.words(phrase)
            assert found == {"problem": str(refusal.value)}
            refused.append(phrase)
            continue
        assert found["words"] == list(language.words(phrase))
        try:
            expected = language.phrase_mask(scene, phrase)
        except UserError:
            assert found["mask"] is None, phrase
        else:
            np.testing.assert_array_equal(read(found["mask"]), expected)
    assert len(refused) == 6
    assert sum(one.get("mask") is not None for one in said["read"]) == 8
