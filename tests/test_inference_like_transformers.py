"""`like="transformers"` beside transformers' image processors: map, dtype, ids, scores and order, to the last bit."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _scenes
from segtutor.categories import Categories, Category
from segtutor.errors import UserError
from segtutor.inference import common, instance_inference, panoptic_inference, semantic_inference, transformers_like
from segtutor.outputs import MaskOutput, PerPixelOutput

LIKES = ("transformers", "transformers-maskformer")
ODD = st.sampled_from([(150, 97), (384, 384)])
SIZES = st.one_of(st.none(), st.tuples(st.integers(1, 90), st.integers(1, 90)), ODD)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def processors():
    from transformers.models.mask2former.image_processing_pil_mask2former import Mask2FormerImageProcessorPil
    from transformers.models.maskformer.image_processing_pil_maskformer import MaskFormerImageProcessorPil

    return dict(zip(LIKES, (Mask2FormerImageProcessorPil(), MaskFormerImageProcessorPil()), strict=True))


@st.composite
def outputs(draw):
    """Confident and hesitant queries, several of one class, smooth or ragged or saturated or equal masks."""
    queries, classes = draw(st.sampled_from([(1, 1), (2, 3), (5, 2), (9, 7), (20, 19), (30, 60)]))
    grid = draw(st.sampled_from([(1, 1), (5, 7), (12, 16), (33, 20)]))
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    class_logits = random.normal(0, draw(st.sampled_from([0.3, 2.0, 6.0])), (queries, classes + 1))
    kind = draw(st.sampled_from(["ragged", "blobs", "saturated", "equal"]))
    masks = random.normal(0, 4, (queries, *grid))
    if kind == "blobs":
        y, x = np.mgrid[: grid[0], : grid[1]]
        for mask in masks:
            distance = np.hypot(y - random.uniform(0, grid[0]), x - random.uniform(0, grid[1]))
            mask[:] = 2 * (random.uniform(1, 8) - distance)
    elif kind == "saturated":
        masks = np.where(masks > 3, 60.0, -200.0)
    elif kind == "equal":
        masks[:], class_logits[:] = masks[0], class_logits[0]
    stuff = draw(st.sets(st.integers(0, classes - 1)))
    output = MaskOutput(
        torch.from_numpy(class_logits.astype(np.float32))[None], torch.from_numpy(masks.astype(np.float32))[None]
    )
    categories = Categories(Category(i + 1, f"class {i}", i not in stuff) for i in range(classes))
    return output, categories, stuff


def same(ours, theirs):
    if isinstance(theirs, dict):
        assert ours["segments_info"] == theirs["segments_info"]
        ours, theirs = ours["segmentation"], theirs["segmentation"]
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    assert torch.equal(ours, theirs)


def targets(size):
    return None if size is None else [size]


@pytest.mark.parametrize("like", LIKES)
@settings(deadline=None, max_examples=15, derandomize=True)
@given(drawn=outputs(), size=SIZES, score=st.sampled_from([0.0, 0.3, 0.5]), overlap=st.sampled_from([0.0, 0.5, 0.8]))
def test_panoptic(processors, like, drawn, size, score, overlap):
    output, categories, stuff = drawn
    theirs = processors[like].post_process_panoptic_segmentation(
        _scenes.theirs(output), score, 0.4, overlap, label_ids_to_fuse=stuff, target_sizes=targets(size)
    )[0]
    thresholds = {"score_threshold": score, "mask_threshold": 0.4, "overlap_threshold": overlap}
    same(panoptic_inference(output, size, categories, like=like, **thresholds), theirs)


@pytest.mark.parametrize("like", LIKES)
@settings(deadline=None, max_examples=15, derandomize=True)
@given(drawn=outputs(), size=SIZES, score=st.sampled_from([0.0, 0.3, 0.5]))
def test_instance(processors, like, drawn, size, score):
    output, categories, _ = drawn
    theirs = processors[like].post_process_instance_segmentation(
        _scenes.theirs(output), score, target_sizes=targets(size)
    )[0]
    same(instance_inference(output, size, categories, like=like, score_threshold=score), theirs)


@pytest.mark.parametrize("like", LIKES)
@settings(deadline=None, max_examples=10, derandomize=True)
@given(drawn=outputs(), size=SIZES)
def test_semantic(processors, like, drawn, size):
    output, categories, _ = drawn
    theirs = processors[like].post_process_semantic_segmentation(_scenes.theirs(output), target_sizes=targets(size))[0]
    same(semantic_inference(output, size, categories, like=like), theirs)


@settings(deadline=None, max_examples=15, derandomize=True)
@given(st.integers(0, 2**31), st.sampled_from([1, 2, 5, 40]), SIZES)
def test_semantic_of_a_per_pixel_output_is_what_segformers_processor_gives(seed, classes, size):
    from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

    logits = torch.randn((1, classes, 11, 14), generator=torch.Generator().manual_seed(seed))
    theirs = SegformerImageProcessorPil().post_process_semantic_segmentation(
        SimpleNamespace(logits=logits), target_sizes=targets(size)
    )[0]
    same(semantic_inference(PerPixelOutput(logits), size, like="transformers"), theirs)


@pytest.mark.parametrize("size", [(480, 640), None])
def test_a_scene_of_a_hundred_queries(processors, size):
    output = _scenes.output(3)
    theirs, stuff, processor = _scenes.theirs(output), set(range(80, 133)), processors["transformers"]
    categories = Categories(Category(i + 1, f"class {i}", i not in stuff) for i in range(133))
    panoptic = panoptic_inference(output, size, categories, like="transformers")
    same(
        panoptic,
        processor.post_process_panoptic_segmentation(theirs, label_ids_to_fuse=stuff, target_sizes=targets(size))[0],
    )
    assert len(panoptic["segments_info"]) > 15
    same(
        instance_inference(output, size, categories, like="transformers"),
        processor.post_process_instance_segmentation(theirs, target_sizes=targets(size))[0],
    )
    same(
        semantic_inference(output, size, categories, like="transformers"),
        processor.post_process_semantic_segmentation(theirs, target_sizes=targets(size))[0],
    )


def stripes(labels, classes=4, hesitant=()):
    """One vertical stripe a query, of these labels, sure of mask and class."""
    masks = torch.full((len(labels), 4, 4 * len(labels)), -9.0)
    class_logits = torch.zeros(len(labels), classes + 1)
    for query, label in enumerate(labels):
        masks[query, :, 4 * query : 4 * query + 4] = 9.0
        class_logits[query, label] = 1.0 if query in hesitant else 9.0
    return MaskOutput(class_logits[None], masks[None])


def test_ids_that_transformers_gives_twice_are_given_twice():
    categories = Categories(Category(i + 1, f"class {i}", i != 3) for i in range(4))
    found = panoptic_inference(stripes([3, 1, 1, 3, 2]), (32, 160), categories, like="transformers")
    assert [segment["id"] for segment in found["segments_info"]] == [1, 2, 3, 1, 2]
    assert [segment["label_id"] for segment in found["segments_info"]] == [3, 1, 1, 3, 2]
    assert found["segmentation"][16, [48, 144]].tolist() == [2, 2]


def test_nothing_found_is_minus_one_everywhere():
    output = stripes([4, 4])
    for found in (
        panoptic_inference(output, (6, 5), like="transformers"),
        instance_inference(output, (6, 5), like="transformers"),
    ):
        assert found["segments_info"] == []
        assert torch.equal(found["segmentation"], torch.full((6, 5), -1.0))


def test_the_classes_left_out_of_the_argmax_are_proved_to_win_nowhere(processors, monkeypatch):
    """Where queries hesitate the bound fails, and all classes take part: seen in how many maps are resized."""
    counted = []
    first = transformers_like._first_largest
    monkeypatch.setattr(
        transformers_like, "_first_largest", lambda maps, count: (counted.append(count), first(maps, count))[1]
    )
    sure, unsure = _scenes.output(1, classes=60), _scenes.output(1, classes=60, blobs=0, bands=0)
    for output in (sure, unsure):
        theirs = processors["transformers"].post_process_semantic_segmentation(_scenes.theirs(output), [(50, 40)])[0]
        same(semantic_inference(output, (50, 40), like="transformers"), theirs)
    assert counted[0] < 30
    assert counted[-1] == 60


def test_thresholds_by_default():
    output = stripes([0, 1, 2], hesitant=(1,))  # P = e / (e + 4) = 0.40
    assert len(panoptic_inference(output, (32, 96), like="transformers")["segments_info"]) == 2
    found = panoptic_inference(output, (32, 96), like="transformers", score_threshold=0.3, mask_threshold=0.3)
    assert len(found["segments_info"]) == 3


@pytest.mark.parametrize("function", [panoptic_inference, instance_inference, semantic_inference])
def test_mistakes_are_sentences(function):
    output = stripes([0, 1])
    with pytest.raises(UserError, match="like.*'published', 'transformers'"):
        function(output, (8, 8), like="detr")
    with pytest.raises(UserError, match="NaN or infinite"):
        function(MaskOutput(output.class_logits, output.mask_logits * torch.nan), (8, 8), like="transformers")
    with pytest.raises(UserError, match="\\(H, W\\)"):
        function(output, None)


def test_a_per_pixel_output_has_no_instances_there():
    with pytest.raises(UserError, match="a PerPixelOutput"):
        panoptic_inference(PerPixelOutput(torch.zeros(1, 3, 4, 4)), (8, 8), like="transformers")
    with pytest.raises(UserError, match="score_threshold"):
        instance_inference(stripes([0]), (8, 8), score_threshold=0.5)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(st.sampled_from([1, 2, 40, 256, 257, 600]), st.integers(0, 2**31), st.sampled_from([3, 100000]))
def test_a_race_is_an_argmax(count, seed, different):
    """Few different values: many equal ones, of which the first wins. Over 255 entries codes are no bytes any more."""
    values = np.random.default_rng(seed).integers(0, different, (count, 5, 8)).astype(np.float32)
    race = common.Race((5, 8), count)
    for code, one in enumerate(torch.from_numpy(values)):
        race.enter(one, code)
    assert np.array_equal(race.codes.numpy(), values.argmax(0))
    assert np.array_equal(race.best.numpy(), values.max(0))
