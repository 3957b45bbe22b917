"""The auxiliary head of UPerNet counts in a training, whether the model is ours or transformers'."""

import pytest
import torch
from hub.repositories import tiny_config

from segtutor.data import toytown
from segtutor.reference.weights.build import from_transformers
from segtutor.training.criterion import Answering, Criterion, auxiliary_weight
from segtutor.training.rows.targets import semantic_labels


@pytest.fixture(scope="module")
def theirs():
    from transformers import UperNetForSemanticSegmentation

    torch.manual_seed(0)
    config = tiny_config("upernet", 15)
    config.use_auxiliary_head, config.auxiliary_loss_weight, config.auxiliary_in_channels = True, 0.3, 32
    return UperNetForSemanticSegmentation(config).train()


def test_the_loss_is_transformers_own_and_ours(theirs):
    rows = [{"segmentation": toytown.scene(seed, 64).render()[1]} for seed in (3, 4)]
    labels = torch.stack([semantic_labels(row["segmentation"]) for row in rows])
    pixels = torch.randn(2, 3, 64, 64)
    assert auxiliary_weight(theirs) == 0.3
    terms = Criterion(auxiliary_weight=0.3)(Answering(theirs)(pixels), rows, [0, 0])
    assert terms.keys() == {"class", "class_0"}
    assert not theirs.auxiliary_head._forward_hooks
    expected = theirs(pixel_values=pixels, labels=labels).loss
    assert sum(terms.values()).item() == pytest.approx(expected.item(), rel=1e-5)
    ours = from_transformers(theirs)
    assert auxiliary_weight(ours) == 0.3
    own = Criterion(auxiliary_weight=0.3)(Answering(ours)(pixels), rows, [0, 0])
    assert {name: term.item() for name, term in own.items()} == pytest.approx(
        {name: term.item() for name, term in terms.items()}, rel=1e-4
    )


def test_its_head_learns(theirs):
    rows = [{"segmentation": toytown.scene(seed, 64).render()[1]} for seed in (3, 4)]
    theirs.zero_grad()
    sum(Criterion()(Answering(theirs)(torch.randn(2, 3, 64, 64)), rows, [0, 0]).values()).backward()
    assert all(float(parameter.grad.abs().max()) > 0 for parameter in theirs.auxiliary_head.classifier.parameters())
