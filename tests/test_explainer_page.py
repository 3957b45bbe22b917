"""What the Explainer's page is made of: its links lead somewhere, its colours are principal components."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from segtutor.widgets.explainer.carried import joined, principal

ROOT = Path(__file__).parent.parent
SCRIPTS = [ROOT / "segtutor" / "widgets" / "explainer" / f"{name}.js" for name in ("open", "answers")]


def test_every_opened_box_names_a_lesson_and_a_file_that_exist():
    text = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    lessons = dict(re.findall(r'^  "?(\d\d)"?: \["(\w+)", ', text, flags=re.MULTILINE))
    files = re.findall(r'"(segtutor/[\w/]+\.py)"', text)
    named = re.findall(r'^ +(?:lesson: )?"(\d\d)",$', text, flags=re.MULTILINE)
    assert len(files) == 12
    assert len(named) == 12
    assert {path for path in files if not (ROOT / path).is_file()} == set()
    assert set(named) <= set(lessons)
    assert [slug for slug in lessons.values() if not (ROOT / "notebooks" / f"{slug}.ipynb").is_file()] == []


def test_directions_are_the_principal_ones():
    random = np.random.default_rng(0)
    spread = np.array([5.0, 3.0, 1.0, 0.1, 0.1])
    turn, _ = np.linalg.qr(random.normal(size=(5, 5)))
    cells = random.normal(size=(4000, 5)) * spread @ turn.T + 7
    found = principal(torch.from_numpy(cells))
    assert found.dtype == np.float32
    assert found.shape == (4, 5)
    projected = (cells - found[0]) @ found[1:].T
    assert np.cov(projected, rowvar=False) == pytest.approx(np.eye(3), abs=1e-2)
    for n in range(3):
        along = found[n + 1] / np.linalg.norm(found[n + 1])
        assert abs(along @ turn[:, n]) == pytest.approx(1, abs=1e-2)
        assert along.sum() >= 0


def test_joined_arrays_are_found_again():
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([9.5], np.float32)}
    data, places = joined(arrays)
    numbers = np.frombuffer(data, "<f4")
    for name, value in arrays.items():
        start, dims = places[name]["start"], places[name]["dims"]
        assert np.array_equal(numbers[start : start + value.size].reshape(dims), value)
