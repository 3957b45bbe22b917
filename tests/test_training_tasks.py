"""One truth, three tasks: what OneFormer learns from, and that a network which is told its task hears it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.training.criterion import Answering
from segtutor.training.recipes.networks import eomt, oneformer
from segtutor.training.rows.targets import targets_of
from segtutor.training.rows.tasks import TASKS, DrawTask, for_task


@pytest.fixture(scope="module")
def row():
    for seed in range(50):
        image, truth = st.toytown.scene(seed).render()
        things = [s.category_id for s in truth.segments if truth.categories.by_id(s.category_id).isthing]
        if len(things) > len(set(things)):  # two things of one class
            return {"image": image, "segmentation": truth}
    raise AssertionError("no scene with two things of one class")


def test_each_task_has_its_own_masks(row):
    truth = row["segmentation"]
    things = [s for s in truth.segments if truth.categories.by_id(s.category_id).isthing]
    classes = {s.category_id for s in truth.segments}
    targets = {task: targets_of(for_task(row, task)) for task in TASKS}
    assert {task: len(found.labels) for task, found in targets.items()} == {
        "semantic": len(classes), "instance": len(things), "panoptic": len(truth.segments),
    }  # fmt: skip
    semantic = targets["semantic"]
    for label, mask in zip(semantic.labels.tolist(), semantic.masks, strict=True):
        assert np.array_equal(mask.numpy().astype(bool), truth.semantic() == label)
    assert bool(targets["instance"].valid.all()), "a mask on stuff is wrong, not void"
    assert np.array_equal(targets["panoptic"].valid.numpy(), truth.segment_ids > 0)


def test_tasks_are_drawn_alike_and_by_the_random_numbers_alone(row):
    draw = DrawTask(None)
    drawn = [draw(row, np.random.default_rng([0, seed]))["task"] for seed in range(600)]
    assert drawn == [draw(row, np.random.default_rng([0, seed]))["task"] for seed in range(600)]
    assert all(150 < drawn.count(task) < 250 for task in TASKS)
    with pytest.raises(ValueError, match="depth"):
        for_task(row, "depth")


def test_oneformer_hears_the_task_of_each_row_and_other_networks_do_not():
    torch.manual_seed(0)
    names = st.toytown.categories.names
    model, pixels = oneformer(names).eval(), torch.randn(2, 3, 64, 64)
    answering = Answering(model)
    with torch.no_grad():
        mixed = answering(pixels, ["semantic", "instance"])[0]
        alone = [model(pixels, task) for task in ("semantic", "instance")]
    for i in range(2):
        assert torch.allclose(mixed.mask_logits[i], alone[i].mask_logits[i], atol=1e-4)
    assert not torch.allclose(alone[0].class_logits, alone[1].class_logits, atol=1e-3)
    other = eomt(names).eval()
    with torch.no_grad():
        told, untold = (
            Answering(other)(torch.zeros(1, 3, 128, 128), ["semantic"])[0],
            other(torch.zeros(1, 3, 128, 128)),
        )
    assert torch.equal(told.class_logits, untold.class_logits)


def test_fit_lets_go_of_eomts_masks_and_gives_oneformer_its_tasks(row):
    torch.manual_seed(0)
    model = eomt(st.toytown.categories.names)
    seen = []
    keep = type(model).anneal

    def anneal(progress):
        keep(model, progress)
        seen.append(model.mask_probs.tolist())

    model.anneal = anneal
    st.fit(model, [row], steps=6, batch_size=1, augment=None)
    assert seen[0] == [1.0, 1.0, 1.0]
    assert seen[-1][0] == 0.0
    assert all(
        before >= after
        for one, two in zip(seen, seen[1:], strict=False)
        for before, after in zip(one, two, strict=True)
    )
    assert model.mask_probs.tolist() == [0.0, 0.0, 0.0], "after its budget the network is a plain ViT"
    heard = []
    told = oneformer(st.toytown.categories.names)
    told.register_forward_pre_hook(lambda _module, given: heard.append(given[1]))
    st.fit(told, [row], steps=3, batch_size=2, augment=DrawTask())
    assert len(heard) == 3
    assert {task for tasks in heard for task in tasks} <= set(TASKS)
    assert len({tuple(tasks) for tasks in heard}) > 1
