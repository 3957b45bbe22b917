"""OneFormer's query-text term in st.fit: the sentences are transformers', so is the loss, and training lowers it."""

from __future__ import annotations

import doctest
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hub.repositories import CLIP_MERGES, clip_vocabulary, tiny_config

import segtutor as st
from segtutor.errors import UserError
from segtutor.reference.layers.byte_pairs import BytePairs
from segtutor.reference.weights.build import from_transformers
from segtutor.training import sentences as module
from segtutor.training.options import FitOptions
from segtutor.training.recipes.networks import oneformer
from segtutor.training.rows.tasks import TASKS, for_task
from segtutor.training.run import Run
from segtutor.training.sentences import query_text, sentences

torch.set_num_threads(1)


def rows(count=4, side=64):
    made = []
    for seed in range(count):
        image, truth = st.toytown.scene(seed).render()
        part = st.Segmentation.from_ids(
            truth.segment_ids[32 : 32 + side, 32 : 32 + side],
            {s.id: s.category_id for s in truth.segments if (truth.mask(s.id)[32 : 32 + side, 32 : 32 + side]).any()},
            truth.categories,
        )
        made.append({"image": image[32 : 32 + side, 32 : 32 + side], "segmentation": part})
    return made


@pytest.mark.parametrize("task", TASKS)
def test_sentences_are_those_of_their_processor(task):
    from transformers import OneFormerImageProcessorPil

    categories = st.toytown.categories
    names = list(categories.names)
    things = [i for i, category in enumerate(categories) if category.isthing]
    for row in rows(3, 96):
        truth = row["segmentation"]
        theirs = SimpleNamespace(
            num_text=9,
            metadata={
                **{str(i): name for i, name in enumerate(names)},
                "class_names": names,
                "thing_ids": things,
            },
        )
        label = {
            "classes": np.array([categories.index(s.category_id) for s in truth.segments]),
            "masks": [truth.mask(s.id).astype(np.float32) for s in truth.segments],
        }
        make = getattr(OneFormerImageProcessorPil, f"get_{task}_annotations")
        expected = make(theirs, label, defaultdict(int))[2]
        labels = st.training.targets_of(for_task(row, task)).labels.tolist()
        assert sentences(labels, names, task, 9) == expected
    assert doctest.testmod(module).failed == 0


def test_the_term_of_a_step_is_transformers_with_clips_pieces():
    """Their network, their tokens, their loss on two pictures; ours through the run that st.fit makes."""
    from transformers import OneFormerForUniversalSegmentation

    torch.manual_seed(0)
    categories = st.toytown.categories
    config = tiny_config("oneformer", len(categories))
    config.update(
        {
            "is_training": True, "hidden_dim": 64, "mask_dim": 64, "conv_dim": 64, "num_queries": 7, "dropout": 0.0,
            "text_encoder_width": 64, "text_encoder_num_layers": 2, "text_encoder_context_length": 24,
            "text_encoder_n_ctx": 2, "text_encoder_vocab_size": 600,
        }
    )  # fmt: skip
    theirs = OneFormerForUniversalSegmentation(config).train()
    ours = from_transformers(theirs)
    pieces = BytePairs(clip_vocabulary(), CLIP_MERGES)
    given = [for_task(row, task) for row, task in zip(rows(2), ("semantic", "panoptic"), strict=True)]
    with (
        query_text(ours, categories, pieces=pieces, weight=0.25),
        Run(ours, given, FitOptions(steps=1, batch_size=2, augment=None)) as run,
    ):
        batch = run.batch()
        texts = ours.read_sentences(batch.rows)
        assert texts.shape == (2, 5, 24)
        terms = run._terms(batch)
        task_inputs = st.reference.task_text([row["task"] for row in batch.rows], config.task_seq_len)
        answer = theirs(batch.pixels, task_inputs, text_inputs=texts)
    expected = theirs.criterion.loss_contrastive(answer.transformer_decoder_contrastive_queries, answer.text_queries)
    assert terms["contrastive"].item() == pytest.approx(0.25 * expected["loss_contrastive"].item(), rel=1e-4)
    assert expected["loss_contrastive"].item() > 0.01
    assert ours.text_mapper is not None, "a network that came with its text encoder keeps it"


def test_training_lowers_the_term_and_nothing_is_left():
    torch.manual_seed(0)
    model = oneformer(st.toytown.categories.names)
    before = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    given = [for_task(row, TASKS[i % 3]) for i, row in enumerate(rows(3))]
    with query_text(model, st.toytown.categories, num_layers=1):
        start = model.text_mapper.project.layers[0].weight.detach().clone()
        temperature = model.contrastive.log_scale.item()
        fitted = st.fit(model, given, steps=14, batch_size=3, lr=1e-3, augment=None, log_every=1)
        assert not torch.equal(start, model.text_mapper.project.layers[0].weight)
        assert model.contrastive.log_scale.item() != temperature
    said = [event["terms"]["contrastive"] for event in fitted.events]
    assert len(said) == 14
    assert np.mean(said[-3:]) < 0.5 * np.mean(said[:3])
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == before
    plain = st.fit(model, given, steps=1, batch_size=2, augment=None, log_every=1)
    assert "contrastive" not in plain.events[0]["terms"]


def test_a_batch_of_one_has_nothing_to_compare():
    model = oneformer(st.toytown.categories.names)
    with query_text(model, st.toytown.categories, num_layers=1):
        fitted = st.fit(model, rows(1), steps=1, batch_size=1, augment=None, log_every=1)
    assert fitted.events[0]["terms"]["contrastive"] == pytest.approx(0, abs=1e-6)


def test_what_cannot_be_is_refused_and_leaves_the_model_alone():
    model, categories = oneformer(st.toytown.categories.names), st.toytown.categories
    for wrong in (
        lambda: query_text(st.load("mask2former-toytown").model, categories),
        lambda: query_text(model, categories, weight=0),
        lambda: query_text(model, st.segments.Categories(list(categories)[:3])),
        lambda: query_text(model, categories, num_contexts=24),
    ):
        with pytest.raises(UserError), wrong():
            pass
    assert model.text_mapper is None
    assert not hasattr(model, "read_sentences")


def test_rows_that_do_not_fit_are_named():
    names = list(st.toytown.categories.names)
    (row,) = rows(1)
    kinds = [{"id": c.id, "name": c.name, "isthing": int(c.isthing)} for c in st.toytown.categories]
    kinds[0]["name"] = "heaven"
    truth = row["segmentation"]
    other = st.Segmentation.from_ids(truth.segment_ids, {s.id: s.category_id for s in truth.segments}, kinds)
    model = oneformer(names)
    with query_text(model, st.toytown.categories):
        reader = module.reader_of(model)
        reader.check([row], [0])
        with pytest.raises(UserError, match=r"row 7.*'everything'"):
            reader.check([row | {"task": "everything"}], [7])
        with pytest.raises(UserError, match=r"row 3.*'heaven'"):
            reader.check([row | {"segmentation": other}], [3])
