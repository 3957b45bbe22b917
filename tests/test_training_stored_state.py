"""A training's state that is damaged, another run's, or a stranger's: one sentence, and nothing is changed."""

import math
import zipfile

import pytest
import torch
from torch import nn

from segtutor.errors import UserError
from segtutor.training.loop.muon import Muon
from segtutor.training.loop.parts import frozen, optimizer_of
from segtutor.training.loop.state import STATE, restore_state, save_state


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 40, 1), nn.Conv2d(40, 40, 1))


def trained(name="adamw", freeze=(), steps=2):
    model = small()
    with frozen(model, freeze):
        optimizer = optimizer_of(name, model, 1e-3, 0.05, 1.0)
        for _ in range(steps):
            model(torch.randn(2, 3, 8, 8)).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
    return model, optimizer


@pytest.fixture
def saved(tmp_path):
    model, optimizer = trained()
    save_state(tmp_path / STATE, 2, 0.5, model, optimizer, small())
    return tmp_path / STATE


def refused(file, name="adamw", freeze=()):
    """The sentence; the model, its average, the optimiser and torch's random numbers must be as before."""
    model, average = small(), small()
    with frozen(model, freeze):
        optimizer = optimizer_of(name, model, 1e-3, 0.05, 1.0)
        before, random = [value.clone() for value in model.state_dict().values()], torch.get_rng_state()
        with pytest.raises(UserError) as caught:
            restore_state(file, model, optimizer, average)
    assert not optimizer.state
    assert all(torch.equal(*pair) for pair in zip(before, model.state_dict().values(), strict=True))
    assert torch.equal(random, torch.get_rng_state())
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    return str(caught.value)


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_a_state_comes_back_to_the_last_bit_in_the_memory_order_of_the_parameters(name, tmp_path):
    model, optimizer = trained(name)
    model.to(memory_format=torch.channels_last)
    save_state(tmp_path / STATE, 2, 0.5, model, optimizer, None)
    again = small().to(memory_format=torch.channels_last)
    other = optimizer_of(name, again, 1e-3, 0.05, 1.0)
    assert restore_state(tmp_path / STATE, again, other, None) == (2, 0.5)
    ours = [(p, v) for p in model.parameters() for v in optimizer.state[p].values()]
    theirs = [(p, v) for p in again.parameters() for v in other.state[p].values()]
    assert len(ours) == len(theirs) > 0
    for (_, ours_value), (parameter, value) in zip(ours, theirs, strict=True):
        assert torch.equal(ours_value, value)
        assert value.ndim == 0 or value.stride() == parameter.stride()


def test_the_options_of_the_call_count_not_those_of_the_file(saved):
    model = small()
    optimizer = optimizer_of("adamw", model, 1e-3, 0.01, 1.0)
    restore_state(saved, model, optimizer, None)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.01, 0.0]


@pytest.mark.parametrize("freeze", ["0", "2", "3"])
def test_another_freeze_is_refused_even_with_tensors_of_the_same_number_and_shape(freeze, tmp_path):
    for frozen_then in {"0", "2", "3"} - {freeze}:
        model, optimizer = trained(freeze=frozen_then)
        save_state(tmp_path / STATE, 2, 0.5, model, optimizer, small())
        assert "freeze" in refused(tmp_path / STATE, freeze=freeze)


def test_another_optimizer_is_refused(saved):
    refused(saved, "muon")


def every(value):
    return lambda state: {key: value for key in state}


def of_first(**changes):
    """The optimiser's state of its first parameter, changed; None takes a name out."""

    def change(state):
        first = {**state["optimizer"]["state"][0], **changes}
        first = {key: value for key, value in first.items() if value is not None}
        state["optimizer"]["state"][0] = first
        return state

    return change


def of_model(name, value):
    def change(state):
        state["model"][name] = value(state["model"][name]) if callable(value) else value
        return state

    return change


HOSTILE = {
    "a list": lambda state: [state],
    "a tensor": lambda state: torch.zeros(3),
    "nothing": lambda state: {},
    "all texts": every("x"),
    "all None": every(None),
    "step a text": lambda state: {**state, "step": "7"},
    "step below 0": lambda state: {**state, "step": -5},
    "step NaN": lambda state: {**state, "step": math.nan},
    "step true": lambda state: {**state, "step": True},
    "step of 4000 digits": lambda state: {**state, "step": 10**4000},
    "minutes a text": lambda state: {**state, "cpu_minutes": "much"},
    "minutes NaN": lambda state: {**state, "cpu_minutes": math.nan},
    "minutes of 4000 digits": lambda state: {**state, "cpu_minutes": 10**4000},
    "random a text": lambda state: {**state, "random": "x"},
    "random too short": lambda state: {**state, "random": state["random"][:9]},
    "random ones": lambda state: {**state, "random": torch.full_like(state["random"], 255)},
    "weight missing": lambda state: {**state, "model": dict(list(state["model"].items())[1:])},
    "weight of another shape": of_model("0.weight", torch.zeros(3)),
    "weight of another type": of_model("0.weight", lambda value: value.double()),
    "weight a list": of_model("0.weight", [1, 2]),
    "weight sparse": of_model("0.weight", lambda value: value.to_sparse()),
    "weight NaN": of_model("0.weight", lambda value: value / 0),
    "weight more": of_model("more", torch.zeros(2)),
    "average missing": lambda state: {key: value for key, value in state.items() if key != "average"},
    "optimizer a text": lambda state: {**state, "optimizer": "x"},
    "optimizer without groups": lambda state: {**state, "optimizer": {"state": {}}},
    "groups a text": lambda state: {**state, "optimizer": {**state["optimizer"], "param_groups": "ab"}},
    "fewer groups": lambda state: {**state, "optimizer": {**state["optimizer"], "param_groups": []}},
    "a number too much": lambda state: state["optimizer"]["state"].update({99: {}}) or state,
    "a number of 400 digits": lambda state: state["optimizer"]["state"].update({10**400: {}}) or state,
    "momentum of another shape": of_first(exp_avg=torch.zeros(3)),
    "momentum of 10**12 numbers": of_first(exp_avg=torch.zeros(1).expand(10**12)),
    "momentum missing": of_first(exp_avg=None),
    "momentum a list": of_first(exp_avg=[1.0]),
    "momentum of halves": of_first(exp_avg=torch.zeros(8, 3, 3, 3, dtype=torch.float16)),
    "square below zero": of_first(exp_avg_sq=-torch.ones(8, 3, 3, 3)),
    "momentum infinite": of_first(exp_avg=torch.full((8, 3, 3, 3), math.inf)),
    "step of a parameter a number": of_first(step=3),
    "step of a parameter NaN": of_first(step=torch.tensor(math.nan)),
    "more is gathered": of_first(max_exp_avg_sq=torch.zeros(8, 3, 3, 3)),
    "other names": lambda state: {**state, "optimizer_names": 3},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_state_that_was_tampered_with_is_one_sentence(name, saved):
    torch.save(HOSTILE[name](torch.load(saved, weights_only=True)), saved)
    refused(saved)


def test_memory_of_its_own_for_a_momentum_whose_numbers_lie_on_one_another(saved):
    """One number seen as 216: of the right shape, but the fused step would write past its end."""
    state = torch.load(saved, weights_only=True)
    torch.save(of_first(exp_avg=torch.zeros(1).expand(8, 3, 3, 3))(state), saved)
    model = small()
    optimizer = optimizer_of("adamw", model, 1e-3, 0.05, 1.0)
    restore_state(saved, model, optimizer, None)
    momentum = optimizer.state[model[0].weight]["exp_avg"]
    assert momentum.untyped_storage().nbytes() == 8 * 27 * 4


def test_a_flipped_bit_is_found_wherever_a_number_lies(saved):
    content = saved.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        places = [record.header_offset + 200 for record in archive.infolist() if record.file_size > 400]
    assert len(places) > 5
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 4
        saved.write_bytes(flipped)
        assert "damaged" in refused(saved)


def test_a_file_cut_anywhere_empty_or_of_something_else_is_one_sentence(saved, tmp_path):
    content = saved.read_bytes()
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        saved.write_bytes(content[:length])
        assert "damaged" in refused(saved)
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))  # 10 kB that unpack to 10 MB
    assert "damaged" in refused(saved)


def test_a_state_without_names_as_earlier_versions_wrote_it_still_serves(saved):
    state = torch.load(saved, weights_only=True)
    del state["optimizer_names"]
    torch.save(state, saved)
    model = small()
    assert restore_state(saved, model, optimizer_of("adamw", model, 1e-3, 0.05, 1.0), None)[0] == 2


def test_muon_gathers_what_is_let_in(tmp_path):
    model, optimizer = trained("muon")
    assert isinstance(optimizer, Muon)
    assert {frozenset(values) for values in optimizer.state.values()} == {
        frozenset({"step", "exp_avg", "exp_avg_sq"}),
        frozenset({"step", "momentum"}),
    }
