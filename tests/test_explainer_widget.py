"""Explainer without a browser: what may be set, what the page is told, answers equal to the segmenters'."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.errors import UserError

pytest.importorskip("anywidget")
from segtutor.inference import panoptic_inference  # noqa: E402
from segtutor.models.export_steps import steps_of  # noqa: E402
from segtutor.outputs import MaskOutput  # noqa: E402

SCENE = st.toytown.scene(31)
NAMES = ("upernet-toytown", "mask2former-toytown")


@pytest.fixture(scope="module")
def made():
    return st.widgets.Explainer(*map(st.load, NAMES), SCENE)


@pytest.fixture
def explainer(made):
    yield made
    with made.hold_sync():
        made.scene, made.photo, made.without, made.masked = SCENE, b"", [], True
        made.score_threshold, made.mask_threshold, made.overlap_threshold = 0.6, 0.5, 0.7
        made.box, made.layer, made.step = None, 3, 0


def test_its_answers_are_those_of_the_segmenters(explainer):
    image, truth = SCENE.render()
    for name, result, answer in zip(NAMES, explainer.results, explainer.answers, strict=True):
        expected = st.load(name).segment(image)
        np.testing.assert_array_equal(result.segment_ids, expected.segment_ids)
        quality = st.metrics.panoptic_quality([(expected, truth)], truth.categories).all.pq
        assert (answer["model"], answer["pq"]["all"]["pq"]) == (name, pytest.approx(quality))


def test_its_tensors_are_those_of_pytorch(explainer):
    for name, tensors in zip(NAMES, explainer.tensors, strict=True):
        segmenter = st.load(name)
        with torch.inference_mode():
            steps = steps_of(segmenter.model)(
                torch.from_numpy(np.array(segmenter.processor(SCENE.render()[0])[0]))[None]
            )
        assert set(tensors) == set(steps)
        for one, value in steps.items():
            np.testing.assert_allclose(tensors[one], value.float().numpy(), rtol=1e-4, atol=1e-5)


def test_it_begins_with_a_query_that_found_a_thing_where_its_mask_is(explainer):
    segment = next(
        one
        for one in explainer.results[1].segments
        if one.id == explainer.results[1].segment_ids[tuple(explainer.pixel[::-1])]
    )
    logits = explainer.tensors[1]["class_logits"][0, explainer.query]
    assert explainer.results[1].categories[int(logits.argmax())].id == segment.category_id
    assert explainer.results[1].categories.by_id(segment.category_id).isthing


def test_thresholds_queries_and_the_mask_change_the_answer(explainer):
    before = explainer.answers[1]["pq"]["all"]["pq"]
    explainer.score_threshold = 1
    assert explainer.answers[1]["segments"] == []
    explainer.score_threshold = 0.6
    assert explainer.answers[1]["pq"]["all"]["pq"] == before
    explainer.without = [explainer.query]
    probs = torch.from_numpy(explainer.tensors[1]["class_logits"])
    kept = [q for q in range(24) if q != explainer.query]
    masks = torch.from_numpy(explainer.tensors[1]["mask_logits"])[:, kept]
    thresholds = {name: getattr(explainer, name) for name in ("score_threshold", "mask_threshold", "overlap_threshold")}
    expected = panoptic_inference(MaskOutput(probs[:, kept], masks), (128, 128), st.toytown.categories, **thresholds)
    np.testing.assert_array_equal(explainer.results[1].segment_ids > 0, expected.segment_ids > 0)
    assert len(explainer.results[1].segments) == len(expected.segments)
    explainer.without = []
    explainer.masked = False
    segmenter = st.load(NAMES[1])
    with st.reference.unmasked(segmenter.model):
        expected = segmenter.segment(SCENE.render()[0])
    np.testing.assert_array_equal(explainer.results[1].segment_ids, expected.segment_ids)
    assert (explainer.tensors[1]["may_attend_2"] == 1).all()


def test_scene_and_things_are_two_names_of_one_thing(explainer):
    explainer.things = explainer.things[1:]
    assert len(explainer.scene.things) == len(SCENE.things) - 1
    assert "1 remote" in explainer.alternative()
    explainer.scene = st.toytown.scene(33)
    assert len(explainer.things) == len(st.toytown.scene(33).things)


def test_a_picture_of_ones_own_has_no_truth(explainer):
    red = np.zeros((200, 300, 3), np.uint8)
    red[:, 50:250, 0] = 200  # the middle square
    explainer.show(red)
    np.testing.assert_array_equal(explainer.picture_now, np.full((128, 128, 3), (200, 0, 0)))
    assert explainer.answers == []
    assert explainer.alternative().startswith("A picture of one's own.")
    assert explainer.still().shape[2] == 3
    explainer.scene = SCENE  # the same scene: nothing happens, the picture stays
    assert explainer.photo
    explainer.show(None)
    assert len(explainer.answers) == 2


def test_what_the_page_is_told(explainer):
    said = []
    explainer.send = lambda content, buffers=None: said.append((content, buffers))
    image = SCENE.render()[0]
    explainer._handle_custom_msg({"ask": "answer", "number": "a 1", "masked": True}, [image.tobytes()])
    ((content, buffers),) = said
    assert content["answer"] == "a 1"
    for places, data, tensors in zip(content["networks"], buffers, explainer.tensors, strict=False):
        numbers = np.frombuffer(data, "<f4")
        assert set(places) == set(tensors)
        for name, place in places.items():
            found = numbers[place["start"] : place["start"] + tensors[name].size].reshape(place["dims"])
            np.testing.assert_array_equal(found, tensors[name])
    ids = np.frombuffer(buffers[2], np.uint8).reshape(128, 128)
    np.testing.assert_array_equal(ids, explainer.results[0].segment_ids)
    assert len(content["segments"]) == len(explainer.results[0].segments)
    said.clear()
    explainer._handle_custom_msg({"ask": "answer", "number": "a 2"}, [b"short"])
    assert "whole" in said[0][0]["problem"]
    del explainer.send


def test_a_page_without_a_kernel_gets_the_tensors_in_half_precision(explainer):
    explainer.complete()
    for places, half, tensors in zip(
        explainer.first["networks"], explainer.first["halves"], explainer.tensors, strict=True
    ):
        numbers = np.frombuffer(half, "<f2").astype(np.float32)
        for name in ("stage_0", "stem"):
            start = places[name]["start"]
            np.testing.assert_allclose(
                numbers[start : start + tensors[name].size], tensors[name].ravel(), rtol=2e-3, atol=1e-4
            )


@pytest.mark.parametrize(
    ("trait", "value", "said"),
    [
        ("pixel", [128, 0], r"pixel.*0 to 127.*\[128, 0\]"),
        ("pixel", [1], r"pixel.*\[1\]"),
        ("query", 24, r"query.*0 to 23.*24"),
        ("layer", 4, r"layer.*0 to 3.*4"),
        ("step", 12, r"step.*0 to 11.*12"),
        ("box", "mask", r"box.*masks.*'mask'"),
        ("without", [1, 30], r"without.*0 to 23.*30"),
        ("overlap_threshold", 1.5, r"overlap_threshold.*0 to 1.*1\.5"),
        ("photo", b"abc", r"photo.*49152.*3"),
        ("scene", 3, r"scene.* 3"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(explainer, trait, value, said):
    before = getattr(explainer, trait)
    with pytest.raises(UserError, match=said):
        setattr(explainer, trait, value)
    assert getattr(explainer, trait) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: {"pixels": st.load("fcn-toytown")}, "fcn-toytown, a FCN"),
        (lambda: {"masks": st.load("maskformer-toytown")}, "maskformer-toytown, a MaskFormer"),
        (lambda: {"masks": st.load("upernet-toytown")}, "upernet-toytown, a UPerNet"),
        (lambda: {"masks": 3}, "a int"),
        (lambda: {"scene": SCENE.resized(64)}, "64 pixels"),
    ],
)
def test_what_it_cannot_draw_is_refused(given, said):
    with pytest.raises(UserError, match=said):
        st.widgets.Explainer(**given())


def test_another_number_of_queries_is_drawn_other_sizes_are_not():
    segmenter = st.load(NAMES[1])
    decoder = segmenter.model.decoder
    decoder.queries = torch.nn.Parameter(decoder.queries[:20].detach().clone())
    decoder.query_positions = torch.nn.Parameter(decoder.query_positions[:20].detach().clone())
    explainer = st.widgets.Explainer(masks=segmenter, scene=SCENE)
    assert (explainer.facts["queries"], explainer.tensors[1]["states"].shape[1]) == (20, 20)
    with pytest.raises(UserError, match="0 to 19"):
        explainer.query = 20
    del decoder.layers[2]
    with pytest.raises(UserError, match=r"states is \(4, any, 64\), got \(3, 20, 64\)"):
        st.widgets.Explainer(masks=segmenter, scene=SCENE)


def test_words_and_pictures_for_who_has_no_browser(explainer):
    assert repr(explainer).startswith("Explainer(128 x 128 pixels, upernet-toytown and mask2former-toytown, pixel (")
    explainer.box = "merge"
    words = explainer.alternative()
    assert f"Query {explainer.query} says" in words
    assert "Box merge is open." in words
    assert explainer.still().shape == (520, 1048, 3)
    assert explainer.figure().get_size_inches()[0] > 5
