"""`segtutor segment` with prompts: what is read from the command line, what comes back, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from segtutor.cli import main
from segtutor.commands.prompt import read
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.models import small, zoo
from segtutor.training.recipes.clipseg import new_network


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """An untrained clipseg-toytown in a folder."""
    processor = json.loads((zoo.CHECKPOINTS / "mask2former-toytown" / "preprocessor_config.json").read_text())
    return str(small.write(new_network(), tmp_path_factory.mktemp("made") / "clip", {"name": "mine"}, processor))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    image, ids = toytown.scene(3).draw()
    Image.fromarray(image).save(folder / "town.png")
    Image.fromarray(np.where(ids == 1, 255, 0).astype(np.uint8)).save(folder / "mask.png")
    Image.fromarray(image[:50]).save(folder / "half.png")
    return folder


def test_prompts_are_read(pictures):
    assert read() == {}
    assert read(["3,4", "5,6.5,0"]) == {"points": [(3, 4), (5, 6.5)], "labels": [1, 0]}
    assert read(boxes=["1,2,3,4"], text=["red cat"]) == {"boxes": [(1, 2, 3, 4)], "text": ["red cat"]}
    image, mask = read(example=(str(pictures / "town.png"), str(pictures / "mask.png")))["example"]
    assert image.shape == (128, 128, 3)
    assert np.array_equal(mask, toytown.scene(3).draw()[1] == 1)


@pytest.mark.parametrize("point", ["", "3", "3,4,5", "a,b", "1,2,3,4", "3 4"])
def test_points_that_are_none_are_refused(point):
    with pytest.raises(UserError):
        read([point])


@pytest.mark.parametrize("box", ["", "1,2,3", "1,2,3,x"])
def test_boxes_that_are_none_are_refused(box):
    with pytest.raises(UserError):
        read(boxes=[box])


def test_an_example_of_two_sizes_is_refused(pictures):
    with pytest.raises(UserError):
        read(example=(str(pictures / "town.png"), str(pictures / "half.png")))


def test_words_and_examples_on_the_command_line(model, pictures, capsys):
    town, mask = str(pictures / "town.png"), str(pictures / "mask.png")
    assert main(["segment", town, "--model", model, "--text", "things", "--text", "the sky", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["task"] == "prompt"
    assert {part["category"] for part in found["segments"]} <= {"things", "the sky"}
    out = str(pictures / "new.png")
    assert main(["segment", town, "--model", model, "--example", town, mask, "--out", out]) == 0
    assert Image.open(out).size[0] > 100


@pytest.mark.parametrize(
    "arguments",
    [
        ["--text", "dog"],
        ["--point", "3,4"],
        [],
        ["--text", "sky", "--task", "semantic"],
        ["--text", "sky", "--box", "0,0,9,9"],
    ],
)
def test_what_the_model_does_not_take_is_one_sentence(model, pictures, capsys, arguments):
    assert main(["segment", str(pictures / "town.png"), "--model", model, "--json", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_model_without_prompts_says_so(pictures, capsys):
    assert main(["segment", str(pictures / "town.png"), "--text", "red cat", "--json"]) == 2
    assert "mask2former-toytown" in capsys.readouterr().err
