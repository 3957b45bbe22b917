"""The shipped small networks that are asked with prompts: complete, small, and of the card's weights."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import segtutor as st
from segtutor.data import toytown
from segtutor.models import small
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.zoo import cards
from segtutor.training.evaluation.words import evaluate_words

FOLDER = Path(st.__file__).parent / "models" / "checkpoints"
NAMES = sorted(name for name, card in cards().items() if card.get("family") == "prompt")
MOST_BYTES = 3_500_000  # all files of one


@pytest.mark.parametrize("name", NAMES)
def test_it_is_complete_small_and_of_half_precision(name):
    files = {path.name: path.stat().st_size for path in (FOLDER / name).iterdir()}
    assert set(files) == {"config.json", "model.safetensors", "preprocessor_config.json", "card.json", "README.md"}
    assert sum(files.values()) <= MOST_BYTES
    header = (FOLDER / name / "model.safetensors").read_bytes()[8:]
    entries = json.JSONDecoder().raw_decode(header.decode("latin-1"))[0]
    types = {entry["dtype"] for key, entry in entries.items() if key != "__metadata__"}
    assert types <= {"F16", "I64"}


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_of_these_weights_and_says_how_they_were_made(name):
    card = cards()[name]
    assert card["weights_sha256"] == hashlib.sha256((FOLDER / name / "model.safetensors").read_bytes()).hexdigest()
    assert small.kind_of(Checkpoint(FOLDER / name, name)).family == "prompt"
    assert card["licence"] == "MIT"
    assert card["recipe"].startswith(f"segtutor train {name} ")
    assert card["training"]["cpu_minutes"] > 0
    first, last = card["data"]["training_seeds"]
    assert first in toytown.SPLITS["train"]
    assert last in toytown.SPLITS["train"]
    assert card["metrics"]


@pytest.fixture(scope="module")
def clipseg():
    return st.load("clipseg-toytown")


def test_clipseg_is_as_good_as_its_card_says(clipseg):
    """A few scenes: the whole measure takes minutes. Bounds are three standard errors, or so, below the card."""
    card, found = cards()["clipseg-toytown"]["metrics"], evaluate_words(clipseg, size=10)
    assert set(found) == set(card)
    for name, slack in (("text_iou", 8), ("text_seen", 10), ("text_silent", 10), ("text_stuff", 8), ("example_iou", 8)):
        assert found[name] >= card[name] - slack, name
    assert found["text_seen"] > found["text_seen_without_colour"] + 10
    assert found["text_not"] > found["text_not_ignored"]


def test_clipseg_finds_nothing_where_nothing_is_meant(clipseg):
    scene = toytown.scene(0)
    absent = next(kind for kind in toytown.KINDS if not scene.find(kind))
    answer = clipseg.set_image(scene.draw()[0]).predict(text=absent)
    assert answer.masks.sum() < 30
