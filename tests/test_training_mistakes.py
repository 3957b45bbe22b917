"""What a person may get wrong in a call of st.fit, and rows that cannot be learned from: one sentence."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import segtutor as st
from segtutor.errors import UserError
from segtutor.outputs import PerPixelOutput
from segtutor.training.fit import fit
from segtutor.training.recipes import toytown as recipes
from segtutor.training.rows.augment import Augment


class Pixels(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(3, len(st.toytown.categories), 1)

    def forward(self, pixel_values):
        return PerPixelOutput(self.head(pixel_values))


@pytest.fixture(scope="module")
def scenes():
    return [recipes.Scenes([1_000_000], 64)[0]]


NAN = float("nan")
ARGUMENTS = {
    "a budget that is no number": {"steps": NAN},
    "minutes that are no number": {"steps": None, "cpu_minutes": NAN},
    "minutes without end": {"steps": None, "cpu_minutes": float("inf")},
    "a budget in words": {"steps": "5"},
    "half a picture": {"batch_size": 1.5},
    "a rate in words": {"lr": "1e-3"},
    "a rate below 0": {"lr": -1.0},
    "a rate that is no number": {"lr": NAN},
    "no gradient left": {"clip": 0},
    "no clipping as None": {"clip": None},
    "an average of one": {"ema": 1.0},
    "an average below 0": {"ema": -0.5},
    "decay below 0": {"weight_decay": -1},
    "never an event": {"log_every": 0},
    "scenes below 0": {"scene_every": -1},
    "a time in words": {"save_every": "soon"},
    "a seed in words": {"seed": "a"},
    "a seed below 0": {"seed": -1},
    "freeze everything as True": {"freeze": True},
    "augment by name": {"augment": "flip"},
    "augment as a class": {"augment": Augment},
    "augment that returns nothing": {"augment": lambda row, rng: None},
    "loss by name": {"loss": "dice"},
    "event that cannot be called": {"on_event": 5},
    "one mean": {"mean": (0.5,)},
    "a spread of 0": {"std": (0.0, 1.0, 1.0)},
    "resume from nowhere": {"resume": True},
}


@pytest.mark.parametrize("given", ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_that_cannot_be_are_one_sentence(given, scenes):
    with pytest.raises(UserError, match="|".join(given)) as caught:
        fit(Pixels(), scenes, **{"steps": 1, "batch_size": 1, **given})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


DATA = {
    "nothing": None,
    "a folder": "photos",
    "a generator": (row for row in ()),
    "a dictionary": {"image": 1},
    "a stream": iter([]),
}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_data_that_has_no_rows_is_one_sentence(data):
    with pytest.raises(UserError, match="^data"):
        fit(Pixels(), data, steps=1)


ROWS = {
    "0 to 1 instead of 0 to 255": (lambda row: {**row, "image": row["image"] / 255.0}, "uint8"),
    "a tensor": (lambda row: {**row, "image": torch.from_numpy(row["image"])}, "Tensor"),
    "a path": (lambda row: {**row, "image": "a.png"}, "load_image"),
    "no truth": (lambda row: {**row, "segmentation": None}, "NoneType"),
    "a label map": (lambda row: {**row, "segmentation": np.zeros((64, 64), int)}, "ndarray"),
    "a truth of another size": (lambda row: {**row, "image": np.zeros((8, 8, 3), np.uint8)}, "resize the truth"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_learned_from_is_named(case, scenes):
    change, said = ROWS[case]
    with pytest.raises(UserError, match="^row 0") as caught:
        fit(Pixels(), [change(scenes[0])], steps=1, batch_size=1)
    assert said in str(caught.value)


def test_a_row_whose_picture_is_damaged_is_named(scenes):
    class Damaged(list):
        def __getitem__(self, index):
            raise OSError("image file is truncated")

    with pytest.raises(UserError, match="^row 0 .*truncated"):
        fit(Pixels(), Damaged(scenes), steps=1, batch_size=1)


def test_no_part_may_be_frozen_as_none_and_clipping_left_out(scenes):
    image = Image.fromarray(scenes[0]["image"])
    told = {"freeze": None, "clip": float("inf"), "steps": 1.0}
    assert fit(Pixels(), [{**scenes[0], "image": image}], batch_size=1, **told).steps == 1


@pytest.mark.parametrize("given", [{"cpu_minutes": NAN}, {"steps": 0}, {"steps": 1, "cpu_minutes": 1.0}])
def test_a_recipe_refuses_an_impossible_budget_before_it_makes_a_folder(given, tmp_path):
    with pytest.raises(UserError, match="steps|cpu_minutes"):
        recipes.run("mask2former-toytown", out=tmp_path / "new", **given)
    assert not (tmp_path / "new").exists()


def test_a_scale_that_is_one_number_is_one_sentence():
    with pytest.raises(UserError, match="scale.* 1:"):
        Augment(64, scale=1)


def test_the_options_check_themselves_and_are_those_of_fit():
    """One list of options: what st.fit takes is what FitOptions holds, defaults included."""
    import inspect

    from segtutor.training.options import FitOptions

    taken = list(inspect.signature(fit).parameters.values())[2:]
    held = list(inspect.signature(FitOptions).parameters.values())
    assert [(one.name, one.default) for one in taken] == [(one.name, one.default) for one in held]
    assert FitOptions(steps=4).used(1, 99.0) == 0.25
    assert FitOptions(cpu_minutes=4.0).used(99, 1.0) == 0.25
    with pytest.raises(UserError, match="clip"):
        FitOptions(steps=4, clip=0)
