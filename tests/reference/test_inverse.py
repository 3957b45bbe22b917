"""From our modules back to transformers: every element of every tensor, each family."""

import json
import re

import pytest
import torch
from hub.repositories import tiny_config
from safetensors.torch import load_file

import segtutor as st
from segtutor import families
from segtutor.models.zoo import CHECKPOINTS
from segtutor.reference.weights import inverse
from segtutor.reference.weights.build import family_of, from_transformers
from segtutor.reference.weights.inverse import to_transformers, transformers_model
from segtutor.reference.weights.names.rule import Rule

CLASSES = {
    name: family.transformers_class
    for name, family in families.families().items()
    if family.output in ("mask", "per-pixel") and family.network and family.transformers_class
}
CASES = [(family, None) for family in CLASSES] + [("mask2former", "swin"), ("upernet", "swin"), ("upernet", "convnext")]


def perturbed(family, backbone):
    """A tiny transformers model in which no two numbers are equal by construction."""
    import transformers

    torch.manual_seed(0)
    model = getattr(transformers, CLASSES[family])(tiny_config(family, 5, backbone)).eval()
    with torch.no_grad():
        for tensor in [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]:
            tensor.add_(torch.rand_like(tensor))
    return model


def is_learned(config, name):
    """Ours have no place for constants of a loss, for a norm that nothing reads, or for a count of batches."""
    rules = family_of(config).rules(config)
    nothing = [*family_of(config).ignore, *(rule.theirs for rule in rules if rule.ours == ())]
    return not any(re.fullmatch(pattern, name) for pattern in nothing)


@pytest.mark.parametrize(("family", "backbone"), CASES)
def test_there_and_back_is_bit_equal(family, backbone):
    theirs = perturbed(family, backbone)
    config = json.loads(theirs.config.to_json_string())
    back = to_transformers(from_transformers(theirs), config)
    assert back.keys() == theirs.state_dict().keys()
    for name, tensor in theirs.state_dict().items():
        if is_learned(config, name):
            assert torch.equal(back[name], tensor), name
            assert back[name].dtype == tensor.dtype, name


@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_a_shipped_model_gives_its_own_file(name):
    config = json.loads((CHECKPOINTS / name / "config.json").read_text())
    ours, state = st.load(name).model, torch.get_rng_state()
    made = transformers_model(ours, config)
    assert torch.equal(torch.get_rng_state(), state)
    file = load_file(CHECKPOINTS / name / "model.safetensors")
    tensors = made.state_dict()
    learned = [key for key in file if is_learned(config, key)]
    assert len(learned) > 100
    for key in learned:
        assert torch.equal(tensors[key], file[key].to(tensors[key].dtype)), key
    assert not made.training


def test_another_config_is_refused():
    theirs = perturbed("upernet", None)
    ours = from_transformers(theirs)
    with pytest.raises(ValueError, match="another model"):
        to_transformers(ours, tiny_config("upernet", 6))
    with pytest.raises(ValueError, match="another model"):
        to_transformers(ours, tiny_config("segformer"))
    with pytest.raises(ValueError, match="bert"):
        to_transformers(ours, {"model_type": "bert"})


def test_rules_that_lose_or_double_an_element_are_found():
    theirs = {"a": torch.arange(6.0).view(2, 3), "b": torch.arange(3.0)}
    ours = {"one": torch.rand(3, 2), "two": torch.rand(3)}
    rules = [Rule("a", "one", transform=lambda tensor: tensor.T), Rule("b", "two")]
    back = inverse._scattered(ours, theirs, inverse.places(theirs, rules, ()))
    assert torch.equal(back["a"].view(2, 3), ours["one"].T)
    doubled = [Rule("a", "one", transform=lambda tensor: tensor[:1].expand(2, 3).T), Rule("b", "two")]
    with pytest.raises(ValueError, match="'a'.* 6 "):
        inverse._scattered(ours, theirs, inverse.places(theirs, doubled, ()))
