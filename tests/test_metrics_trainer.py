"""st.metrics.TrainerMetrics: equal to the metrics themselves, however batches are cut, in little memory."""

import inspect
import math
import pickle
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor import metrics, toytown
from segtutor.errors import UserError
from segtutor.metrics.trainer import output_of
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Segmentation

CATEGORIES = Categories.from_coco(toytown.categories)
K = len(CATEGORIES)
TASKS = ("semantic", "panoptic", "instance")


@pytest.fixture(scope="module")
def mask_data():
    """Five pictures: the truths, and logits that say them with noise."""
    truths = [toytown.scene(seed).render()[1] for seed in range(5)]
    random = np.random.default_rng(0)
    classes = random.normal(0, 1, (5, 20, K + 1)).astype(np.float32)
    masks = random.normal(-2, 1, (5, 20, 32, 32)).astype(np.float32)
    for picture, truth in enumerate(truths):
        for query, segment in enumerate(truth.segments[:18]):
            classes[picture, query, truth.categories.index(segment.category_id)] += 5
            masks[picture, query] += 4 * truth.mask(segment.id)[::4, ::4]
    return truths, torch.from_numpy(classes), torch.from_numpy(masks)


def labels_of(truth):
    numbers = np.array([s.id for s in truth.segments])
    masks = torch.from_numpy(truth.segment_ids[None] == numbers[:, None, None]).float()
    return masks, torch.tensor([truth.categories.index(s.category_id) for s in truth.segments])


def evaluation(mask_data, part=slice(None), **changes):
    truths, classes, masks = mask_data
    labels = [labels_of(truth) for truth in truths[part]]
    inputs = {"mask_labels": [m for m, _ in labels], "class_labels": [c for _, c in labels]}
    more = torch.zeros(len(labels), 8, 4, 4)  # what else a network returns, such as its encoder's last state
    given = {
        "predictions": (classes[part], masks[part], more),
        "label_ids": ([m for m, _ in labels], [c for _, c in labels]),
        "inputs": inputs,
    }
    return SimpleNamespace(**given | changes)


def peers(mask_data, task):
    """The same numbers by the functions that the trainer's bridge stands on."""
    truths, classes, masks = mask_data
    outputs = [MaskOutput(classes, masks)[i] for i in range(len(truths))]
    find = getattr(st, f"{task}_inference")
    pairs = [(find(o, t.segment_ids.shape, CATEGORIES), t) for o, t in zip(outputs, truths, strict=True)]
    if task == "semantic":
        return {"miou": metrics.mean_iou(pairs, CATEGORIES).mean}
    if task == "panoptic":
        found = metrics.panoptic_quality(pairs, CATEGORIES)
        return {"pq": found.all.pq, "rq": found.all.rq, "pq_things": found.things.pq, "pq_stuff": found.stuff.pq}
    found = metrics.mask_ap(pairs, CATEGORIES)
    return {"ap": found.ap, "ap50": found.ap50, "ap_small": found.small, "ap_medium": found.medium}


@pytest.mark.parametrize("task", TASKS)
def test_equal_to_the_metrics_whatever_the_batches(mask_data, task):
    expected = peers(mask_data, task)
    counts = metrics.TrainerMetrics(CATEGORIES, task=task)
    whole = counts(evaluation(mask_data))
    for name, value in expected.items():
        assert 0 < value < 1
        assert whole[name] == value, name
    assert counts(evaluation(mask_data, slice(0, 2)), compute_result=False) == {}
    assert counts(evaluation(mask_data, slice(2, 4)), compute_result=False) == {}
    again = counts(evaluation(mask_data, slice(4, 5)), compute_result=True)
    assert again.keys() == whole.keys()
    assert all(again[name] == pytest.approx(value, abs=1e-12, nan_ok=True) for name, value in whole.items())
    assert again["pictures"] == 5
    assert counts.pictures == 0, "an answer ends an evaluation: the next one starts from 0"


@pytest.mark.parametrize("task", TASKS)
def test_processes_merge(mask_data, task):
    first, second = (metrics.TrainerMetrics(CATEGORIES, task=task) for _ in range(2))
    first(evaluation(mask_data, slice(0, 3)), compute_result=False)
    second(evaluation(mask_data, slice(3, 5)), compute_result=False)
    first.merge(pickle.loads(pickle.dumps(second)))
    whole = metrics.TrainerMetrics(CATEGORIES, task=task)(evaluation(mask_data))
    assert first.compute() == pytest.approx(whole, abs=1e-12, nan_ok=True)
    with pytest.raises(UserError):
        first.merge(metrics.TrainerMetrics(CATEGORIES, task="semantic" if task != "semantic" else "panoptic"))


def test_what_is_kept_is_a_twentieth_of_the_masks_at_most(mask_data):
    """100 masks a picture of 128 x 128; larger pictures keep no more, so the part is smaller there."""
    truths, classes, masks = mask_data
    counts = metrics.TrainerMetrics(CATEGORIES, task="instance")
    empty = len(pickle.dumps(counts))
    repeated = {"predictions": (classes.repeat(1, 5, 1), masks.repeat(1, 5, 1, 1))}
    for _ in range(4):
        counts(evaluation(mask_data, **repeated), compute_result=False)
    dense = 0
    for index in range(len(truths)):
        output = MaskOutput(*repeated["predictions"])[index]
        dense += 4 * st.instance_inference(output, (128, 128), CATEGORIES).masks.nbytes
    assert dense > 10_000_000
    assert len(pickle.dumps(counts)) - empty < dense / 20


def test_per_pixel_logits_and_maps_with_void():
    truth = toytown.scene(1).render()[1].semantic()
    labels = np.stack([truth, np.roll(truth, 9, 1)]).astype(np.int64)
    logits = np.random.default_rng(0).normal(0, 1, (2, K, 32, 32)).astype(np.float32)
    logits[np.arange(2)[:, None, None], labels[:, ::4, ::4], np.arange(32)[:, None], np.arange(32)] += 3
    labels[:, :20], labels[:, 20:30], labels[:, 30:31] = 255, -100, -1
    got = metrics.TrainerMetrics(CATEGORIES, task="semantic")(
        SimpleNamespace(predictions=logits, label_ids=labels, inputs=None)
    )
    known = np.where((labels == 255) | (labels < 0), -1, labels)
    output = PerPixelOutput(torch.from_numpy(logits))
    pairs = [
        (st.semantic_inference(output[i], (128, 128), CATEGORIES), Segmentation.from_semantic(known[i], CATEGORIES))
        for i in range(2)
    ]
    assert got["miou"] == metrics.mean_iou(pairs, CATEGORIES).mean
    assert got["judged"] == pytest.approx(97 / 128)


def test_padding_is_judged_nowhere(mask_data):
    """A batch's pictures are padded to one size; what the network says beyond a picture is neither right nor wrong."""
    shown = torch.zeros(1, 128, 128)
    shown[:, :80, :96] = 1
    part = evaluation(mask_data, slice(0, 1))
    part.inputs = part.inputs | {"pixel_mask": shown}
    truth, output = mask_data[0][0], MaskOutput(*mask_data[1:])[0]
    found = st.instance_inference(output, (128, 128), CATEGORIES)
    cut = replace(found, masks=found.masks[:, :80, :96])
    ids = np.unique(truth.segment_ids[:80, :96])
    seen = Segmentation.from_ids(
        truth.segment_ids[:80, :96], {s.id: s.category_id for s in truth.segments if s.id in ids}, CATEGORIES
    )
    assert metrics.TrainerMetrics(CATEGORIES, task="instance")(part)["ap"] == pytest.approx(
        metrics.mask_ap([(cut, seen)], CATEGORIES).ap
    )
    assert metrics.TrainerMetrics(CATEGORIES, task="panoptic")(part)["judged"] == pytest.approx(80 * 96 / 128**2)


def test_trainer_asks_for_this_argument():
    assert "compute_result" in inspect.signature(metrics.TrainerMetrics(CATEGORIES)).parameters


def test_outputs_by_name_and_by_shape(mask_data):
    _, classes, masks = mask_data
    for given in (
        {"loss": torch.zeros(()), "class_queries_logits": classes, "masks_queries_logits": masks, "other": masks},
        (classes, masks, torch.zeros(5, 20, 4)),
        (classes.numpy(), torch.zeros(5, 20, 4).numpy(), masks.numpy()),  # boxes between the two, as DETR has them
    ):
        found = output_of(given)
        assert torch.equal(found.class_logits, classes)
        assert torch.equal(found.mask_logits, masks)
    assert torch.equal(output_of((masks, classes)).logits, masks)
    for wrong in ((), None, 3, classes, (classes, masks[:, :3]), {"loss": masks}):
        with pytest.raises(UserError):
            output_of(wrong)


def test_what_cannot_be_counted_is_refused(mask_data):
    counts = metrics.TrainerMetrics(CATEGORIES)
    part = evaluation(mask_data, slice(0, 2))
    masks, classes = part.inputs["mask_labels"], part.inputs["class_labels"]
    both = {"mask_labels": masks, "class_labels": classes}
    wrong = {
        "labels that Trainer may have cut": {"inputs": None},
        "pixels alone as the inputs": {"inputs": torch.zeros(2, 3, 128, 128)},
        "predictions of two processes": {"inputs": {name: values[:1] for name, values in both.items()}},
        "no labels": {"label_ids": None, "inputs": None},
        "255 as a class": {"inputs": both | {"class_labels": [c + 240 for c in classes]}},
        "masks that overlap": {"inputs": both | {"mask_labels": [torch.ones_like(m) for m in masks]}},
        "masks without classes": {"inputs": both | {"class_labels": [c[:1] for c in classes]}},
        "a map of classes": {"label_ids": np.zeros((2, 128, 128), int)},
    }
    for changes in wrong.values():
        given = SimpleNamespace(**{**vars(part), **changes})
        with pytest.raises(UserError):
            counts(given)
    for arguments in ({"task": "boxes"}, {"score_threshold": 2}, {"overlap_threshold": math.nan}):
        with pytest.raises(UserError):
            metrics.TrainerMetrics(CATEGORIES, **arguments)
    with pytest.raises(UserError):
        metrics.TrainerMetrics(list(CATEGORIES)[:3])(part)


def test_a_checkpoint_of_trainer_keeps_categories(tmp_path):
    """Three pictures in batches of two, so that Trainer cuts the last labels; and the folder that it writes."""
    transformers = pytest.importorskip("transformers")
    shipped = st.load("mask2former-toytown")
    kinds = [{"id": 7, "name": "scenery", "isthing": 0}, {"id": 9, "name": "animal", "isthing": 1}]
    own = st.training.with_classes(shipped, kinds)
    start = st.training.save(own, tmp_path / "start")
    model = transformers.Mask2FormerForUniversalSegmentation.from_pretrained(start)
    processor = transformers.AutoImageProcessor.from_pretrained(start)
    truths, rows = [], []
    for seed in range(3):
        image, truth = toytown.scene(seed).render()
        isthing = np.array([False, *(c.isthing for c in truth.categories)])
        things = isthing[truth.semantic() + 1]
        truth = Segmentation.from_ids(
            np.where(things, truth.segment_ids + 1, 1),
            {1: 7, **{s.id + 1: 9 for s in truth.segments if truth.categories.by_id(s.category_id).isthing}},
            own.categories,
        )
        truths.append(truth)
        masks, classes = labels_of(truth)
        made = processor(image, return_tensors="pt")
        rows.append({"pixel_values": made["pixel_values"][0], "mask_labels": masks, "class_labels": classes})

    def collate(items):
        batch = {name: [item[name] for item in items] for name in items[0]}
        return batch | {"pixel_values": torch.stack(batch["pixel_values"])}

    options = transformers.TrainingArguments(
        tmp_path / "run",
        per_device_eval_batch_size=2,
        per_device_train_batch_size=1,
        max_steps=1,
        batch_eval_metrics=True,
        include_for_metrics=["inputs"],
        remove_unused_columns=False,
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        save_strategy="no",
    )
    trainer = transformers.Trainer(
        model,
        options,
        collate,
        rows[:1],
        rows,
        processing_class=processor,
        compute_metrics=metrics.TrainerMetrics(own.categories, score_threshold=0.1, overlap_threshold=0.1),
    )
    trainer.train()
    answer = trainer.evaluate()
    assert answer["eval_pictures"] == 3
    trainer.save_model(tmp_path / "checkpoint")
    again = st.load(tmp_path / "checkpoint")
    assert again.categories == own.categories, "names, ids, and what is a thing"
    pairs = [
        (again.segment(toytown.scene(seed).render()[0], score_threshold=0.1, overlap_threshold=0.1), truth)
        for seed, truth in enumerate(truths)
    ]
    expected = metrics.panoptic_quality(pairs, own.categories)
    assert expected.all.pq > 0
    assert answer["eval_pq"] == pytest.approx(expected.all.pq, abs=1e-3)


def test_another_list_in_the_configuration_is_not_believed(tmp_path):
    import json

    start = st.training.save(st.load("upernet-toytown"), tmp_path / "start")
    (start / "card.json").unlink()
    assert st.load(start).categories == CATEGORIES
    config = json.loads((start / "config.json").read_text(encoding="utf-8"))
    for wrong in ("stuff", 3, config["categories"][:3], config["categories"][::-1], [{"id": 1}], None):
        text = json.dumps(config | {"categories": wrong})
        (start / "config.json").write_text(text, encoding="utf-8")
        assert st.load(start).categories.names == CATEGORIES.names
