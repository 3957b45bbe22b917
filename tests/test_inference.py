"""Inference as published: answers written out by hand, agreement with transformers where it is right, and a test
for each known difference, named after it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from segtutor.errors import UserError
from segtutor.inference import (
    common,
    instance_inference,
    panoptic_inference,
    query_fates,
    semantic_inference,
    semantic_scores,
)
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Category, Segmentation

PETS = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])
CAT, DOG, GRASS, NOTHING = range(4)
IN, OUT = 0.9375, 0.0625


def output_of(queries, count=3):
    """A MaskOutput from (label, class probability, (H, W) mask probabilities) of each query.

    The rest of the class probability is spread over the other labels; probabilities become logits exactly enough.
    """
    class_probs = torch.empty(len(queries), count + 1)
    for row, (label, prob, _) in zip(class_probs, queries, strict=True):
        row[:] = (1 - prob) / count
        row[label] = prob
    mask_probs = torch.stack([torch.as_tensor(mask, dtype=torch.float64) for *_, mask in queries])
    return MaskOutput(class_probs.log()[None], mask_probs.logit().float()[None])


def panoptic(queries, **thresholds):
    output = output_of(queries)
    return panoptic_inference(output, tuple(output.mask_logits.shape[2:]), PETS, **thresholds)


def fates(queries, **thresholds):
    output = output_of(queries)
    return query_fates(output, tuple(output.mask_logits.shape[2:]), PETS, **thresholds)


# --- panoptic, by hand -----------------------------------------------------------------------------------------------


def test_queries_become_segments_in_their_order_and_the_rest_is_void():
    result = panoptic([(DOG, 0.9, [[OUT, OUT, IN, IN]]), (CAT, 0.95, [[IN, OUT, OUT, OUT]])])
    assert result.segment_ids.tolist() == [[2, 0, 1, 1]]
    assert [(s.id, s.category_id, round(s.score, 5), s.area) for s in result.segments] == [
        (1, 18, 0.9, 2),
        (2, 17, 0.95, 1),
    ]


def test_the_score_must_be_above_the_threshold_not_at_it():
    # One class and no-object at equal logits: probability exactly 0.5, label 0.
    output = MaskOutput(torch.zeros(1, 1, 2), torch.full((1, 1, 1, 2), 9.0))
    assert panoptic_inference(output, (1, 2), score_threshold=0.5).segments == []
    assert len(panoptic_inference(output, (1, 2), score_threshold=0.4999).segments) == 1
    assert query_fates(output, (1, 2), score_threshold=0.5)[0].fate == "below threshold"


def test_a_query_below_the_threshold_takes_no_pixels_from_others():
    everything = [[IN, IN]]
    result = panoptic([(DOG, 0.7, [[0.99, 0.99]]), (CAT, 0.9, everything)])
    assert result.segment_ids.tolist() == [[1, 1]]
    assert result.segments[0].category_id == 17


def test_a_pixel_goes_to_the_larger_product_of_score_and_mask():
    # 0.9 * 0.8 = 0.72 against 0.95 * 0.75 = 0.7125 in the middle, and the other way round (0.81 / 0.8312) beside it.
    result = panoptic([(CAT, 0.9, [[IN, 0.8, 0.9]]), (DOG, 0.95, [[OUT, 0.75, 0.875]])], overlap_threshold=0.3)
    assert result.segment_ids.tolist() == [[1, 1, 2]]


def test_a_segment_that_won_too_little_of_its_mask_is_dropped_and_its_pixels_stay_void():
    cat = (CAT, 0.9, [[0.6] * 10])  # wins 2 of its 10 pixels
    dog = (DOG, 0.9, [[0.9] * 8 + [OUT] * 2])
    assert panoptic([cat, dog]).segment_ids.tolist() == [[1] * 8 + [0] * 2]
    # 2 / 10 < 0.2 is false: at the threshold it stays.
    assert panoptic([cat, dog], overlap_threshold=0.2).segment_ids.tolist() == [[2] * 8 + [1] * 2]
    assert [(f.fate, f.area, f.mask_area) for f in fates([cat, dog])] == [("overlapped", 2, 10), ("kept", 8, 8)]


def test_queries_of_one_stuff_class_are_fused_and_those_of_a_thing_class_are_not():
    rows = torch.eye(6, dtype=torch.float64) * (IN - OUT) + OUT
    labels = [GRASS, CAT, GRASS, CAT, DOG, GRASS]
    scores = [0.85, 0.9, 0.95, 0.9, 0.9, 0.9]
    result = panoptic([(label, score, row[None]) for label, score, row in zip(labels, scores, rows, strict=True)])
    assert result.segment_ids.tolist() == [[1, 2, 1, 3, 4, 1]]
    assert [(s.id, s.category_id, s.area) for s in result.segments] == [(1, 193, 3), (2, 17, 1), (3, 17, 1), (4, 18, 1)]
    assert result.segments[0].score == pytest.approx(0.95)  # the best of the fused


def test_generic_categories_are_things_so_nothing_is_fused():
    output = output_of([(GRASS, 0.9, [[IN, OUT]]), (GRASS, 0.9, [[OUT, IN]])])
    result = panoptic_inference(output, (1, 2))
    assert result.segment_ids.tolist() == [[1, 2]]
    assert result.categories.names == ["class 0", "class 1", "class 2"]


def test_a_won_pixel_outside_the_mask_is_void():
    # The only query wins every pixel; 0.4 is below the cut, 0.5 is not.
    result = panoptic([(CAT, 0.9, [[IN, 0.5, 0.4, IN]])])
    assert result.segment_ids.tolist() == [[1, 1, 0, 1]]
    assert panoptic([(CAT, 0.9, [[IN, 0.5, 0.4, IN]])], mask_threshold=0.4).segment_ids.tolist() == [[1, 1, 1, 1]]


def test_the_mask_area_is_measured_without_the_score():
    # 0.6 >= 0.5 although 0.6 * 0.7 < 0.5.
    result = panoptic([(CAT, 0.7, [[0.6, OUT]])], score_threshold=0.5)
    assert result.segment_ids.tolist() == [[1, 0]]


def test_of_equal_queries_the_first_wins_every_pixel():
    twin = (DOG, 0.9, [[IN, IN, OUT]])
    assert panoptic([twin, twin]).segment_ids.tolist() == [[1, 1, 0]]
    assert [f.fate for f in fates([twin, twin])] == ["kept", "overlapped"]


def test_a_kept_query_with_an_empty_mask_is_no_segment():
    empty = (CAT, 0.9, [[0.25, 0.25]])
    assert panoptic([empty], overlap_threshold=0).segments == []
    assert [(f.fate, f.area, f.mask_area) for f in fates([empty], overlap_threshold=0)] == [("overlapped", 2, 0)]


@pytest.mark.parametrize(
    ("queries", "fate"),
    [
        ([(CAT, 0.6, [[IN, IN]]), (GRASS, 0.7, [[IN, OUT]])], "below threshold"),
        ([(NOTHING, 0.9, [[IN, IN]]), (NOTHING, 0.99, [[IN, OUT]])], "no object"),
    ],
)
def test_no_query_kept_is_all_void(queries, fate):
    result = panoptic(queries)
    assert result.segments == []
    assert result.segment_ids.tolist() == [[0, 0]]
    assert [f.fate for f in fates(queries)] == [fate, fate]
    assert [f.mask_area for f in fates(queries)] == [2, 1]


def test_fates_of_all_four_kinds_written_out():
    result = fates(
        [
            (NOTHING, 0.9, [[IN, IN, IN, IN]]),
            (CAT, 0.9, [[IN, IN, OUT, OUT]]),
            (DOG, 0.85, [[IN, IN, OUT, OUT]]),
            (GRASS, 0.5, [[OUT, OUT, IN, IN]]),
        ]
    )
    # The cat wins all four pixels (0.9 > 0.85 where both masks are equal), also the two that are then void.
    assert [(f.query, f.category_id, f.area, f.mask_area, f.fate) for f in result] == [
        (0, None, 0, 4, "no object"),
        (1, 17, 4, 2, "kept"),
        (2, 18, 0, 2, "overlapped"),
        (3, 193, 0, 2, "below threshold"),
    ]
    assert [f.score for f in result] == pytest.approx([0.9, 0.9, 0.85, 0.5])


def blobs(queries, size, seed, sharpness=6.0, classes=3):
    """A random output whose masks are smooth blobs."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, queries, 4, 4, generator=random) * sharpness
    mask_logits = F.interpolate(coarse, size, mode="bilinear", align_corners=False)
    return MaskOutput(torch.randn(1, queries, classes + 1, generator=random) * 3, mask_logits)


def published_panoptic(output, size, categories, score_threshold, overlap_threshold):
    """The published algorithm once more, slowly and with all maps at once: the oracle of the streamed one."""
    scores, labels = output.class_logits[0].softmax(-1).max(-1)
    probs = F.interpolate(output.mask_logits, size, mode="bilinear", align_corners=False)[0].sigmoid()
    kept = [i for i in range(len(scores)) if labels[i] != len(categories) and scores[i] > score_threshold]
    segment_ids, segments, stuff = torch.zeros(size, dtype=torch.int32), [], {}
    if not kept:
        return segment_ids, segments
    winner = (scores[kept, None, None] * probs[kept]).argmax(0)
    for place, query in enumerate(kept):
        won, inside, label = winner == place, probs[query] >= 0.5, int(labels[query])
        if not (won & inside).any() or won.sum().item() / inside.sum().item() < overlap_threshold:
            continue
        if label in stuff:
            segment_ids[won & inside] = stuff[label]
            continue
        segments.append(categories[label].id)
        if not categories[label].isthing:
            stuff[label] = len(segments)
        segment_ids[won & inside] = len(segments)
    return segment_ids, segments


@pytest.mark.parametrize("seed", range(6))
def test_streaming_equals_the_published_algorithm_with_all_maps_at_once(seed):
    output, size = blobs(20, (24, 32), seed), (61, 47)
    expected_ids, expected = published_panoptic(output, size, PETS, 0.6, 0.4)
    result = panoptic_inference(output, size, PETS, score_threshold=0.6, overlap_threshold=0.4)
    np.testing.assert_array_equal(result.segment_ids, expected_ids.numpy())
    assert [s.category_id for s in result.segments] == expected
    kept = [f for f in query_fates(output, size, PETS, score_threshold=0.6, overlap_threshold=0.4) if f.fate == "kept"]
    things = [f.category_id for f in kept if PETS.by_id(f.category_id).isthing]
    assert things == [i for i in expected if PETS.by_id(i).isthing]
    assert {f.category_id for f in kept} == set(expected)


# --- upsampling and dtype --------------------------------------------------------------------------------------------


def test_logits_are_upsampled_without_aligned_corners_and_then_squashed():
    # 1 x 2 logits to 1 x 4: corners stay, the middle is 3/4 and 1/4. Logits a = -6, b = 1.9 give -6, -4.025, -0.075,
    # 1.9, so pixel 2 is outside; upsampled probabilities would be 0.65 there.
    output = MaskOutput(torch.tensor([[[9.0, 0.0]]]), torch.tensor([[[[-6.0, 1.9]]]]))
    assert panoptic_inference(output, (1, 4), overlap_threshold=0).segment_ids.tolist() == [[0, 0, 0, 1]]
    expected = torch.tensor([-6.0, -4.025, -0.075, 1.9]).sigmoid() * torch.tensor([9.0, 0.0]).softmax(0)[0]
    torch.testing.assert_close(semantic_scores(output, (1, 4))[0, 0, 0], expected)


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (12, 16), (40, 16), (12, 50), (37, 41)])
def test_strips_of_rows_equal_the_whole_at_once(size, monkeypatch):
    output = blobs(9, (12, 16), 3)
    mask_probs = F.interpolate(output.mask_logits, size, mode="bilinear", align_corners=False)[0].sigmoid()
    expected = torch.einsum("qc,qhw->chw", output.class_logits[0].softmax(-1)[:, :-1], mask_probs)
    torch.testing.assert_close(semantic_scores(output, size)[0], expected, rtol=0, atol=2e-6)
    monkeypatch.setattr(common, "BLOCK_NUMBERS", 3 * 9 * size[1])  # strips of three rows
    torch.testing.assert_close(semantic_scores(output, size)[0], expected, rtol=0, atol=2e-6)


def test_everything_is_computed_in_float32():
    output = blobs(9, (12, 16), 4)
    half = MaskOutput(output.class_logits.bfloat16(), output.mask_logits.bfloat16())
    rounded = MaskOutput(half.class_logits.float(), half.mask_logits.float())
    scores = semantic_scores(half, (30, 40))
    assert scores.dtype == torch.float32
    assert torch.equal(scores, semantic_scores(rounded, (30, 40)))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(semantic_scores(half, (30, 40)), scores)
    assert panoptic_inference(half, (30, 40), PETS) == panoptic_inference(rounded, (30, 40), PETS)
    assert instance_inference(half, (30, 40), PETS) == instance_inference(rounded, (30, 40), PETS)


def test_inference_changes_neither_its_input_nor_builds_a_graph():
    output = blobs(5, (12, 16), 5)
    before = output.mask_logits.clone()
    output.mask_logits.requires_grad_()
    assert not semantic_scores(output, (12, 16)).requires_grad
    for infer in (semantic_inference, panoptic_inference, instance_inference, query_fates):
        infer(output, (12, 16), PETS)
    assert torch.equal(output.mask_logits, before)


# --- semantic and instance, by hand ----------------------------------------------------------------------------------


def test_semantic_scores_sum_over_queries_without_no_object():
    output = output_of([(CAT, 0.7, [[0.5, 0.25]]), (NOTHING, 0.4, [[0.5, 0.75]])])
    # class probabilities of the queries: (0.7, 0.1, 0.1 | 0.1) and (0.2, 0.2, 0.2 | 0.4)
    expected = torch.tensor([[0.45, 0.325], [0.15, 0.175], [0.15, 0.175]])
    torch.testing.assert_close(semantic_scores(output, (1, 2))[0, :, 0], expected)
    result = semantic_inference(output, (1, 2), PETS)
    assert result.semantic().tolist() == [[0, 0]]
    assert [(s.id, s.category_id, s.score) for s in result.segments] == [(1, 17, None)]


def test_semantic_inference_has_no_void_and_the_first_of_equal_classes_wins():
    output = MaskOutput(torch.zeros(1, 2, 4), torch.full((1, 2, 2, 2), -30.0))
    assert semantic_inference(output, (2, 2), PETS).semantic().tolist() == [[0, 0], [0, 0]]


def test_semantic_scores_keep_the_batch():
    output = MaskOutput(torch.randn(2, 5, 4), torch.randn(2, 5, 6, 6))
    scores = semantic_scores(output, (9, 8))
    assert scores.shape == (2, 3, 9, 8)
    torch.testing.assert_close(scores[1:], semantic_scores(output[1], (9, 8)))


def test_one_query_comes_back_twice_among_the_top_k_pairs():
    # Query 0 is torn between cat (0.5) and dog (0.3), query 1 is a dog (0.4). Masks: mean inside is IN, and 0.75.
    class_logits = torch.tensor([[0.5, 0.3, 0.1, 0.1], [0.2, 0.4, 0.2, 0.2]]).log()
    mask_logits = torch.tensor([[[IN, OUT, OUT]], [[OUT, 0.75, 0.75]]]).logit()
    result = instance_inference(MaskOutput(class_logits[None], mask_logits[None]), (1, 3), PETS, top_k=3)
    assert result.labels.tolist() == [CAT, DOG, DOG]
    assert result.scores.tolist() == pytest.approx([0.5 * IN, 0.4 * 0.75, 0.3 * IN], abs=1e-5)
    assert result.masks.tolist() == [[[True, False, False]], [[False, True, True]], [[True, False, False]]]


def test_instances_stuff_pairs_take_places_among_the_top_k():
    output = output_of([(GRASS, 0.9, [[IN]]), (CAT, 0.8, [[IN]])])
    assert len(instance_inference(output, (1, 1), PETS, top_k=1)) == 0
    assert instance_inference(output, (1, 1), PETS, top_k=2).labels.tolist() == [CAT]
    assert instance_inference(output, (1, 1), top_k=1).labels.tolist() == [GRASS]  # generic categories are things


def test_instance_masks_are_cut_above_one_half_and_an_empty_one_scores_zero():
    output = output_of([(CAT, 0.9, [[0.5, 0.51]]), (DOG, 0.8, [[0.5, 0.4]])])
    result = instance_inference(output, (1, 2), PETS, top_k=2)
    assert result.masks.tolist() == [[[False, True]], [[False, False]]]
    assert result.scores.tolist() == pytest.approx([0.9 * 0.51, 0.0], abs=1e-5)


def test_equal_instance_scores_stay_in_the_order_of_query_and_class():
    output = MaskOutput(torch.zeros(1, 3, 3), torch.full((1, 3, 1, 1), 5.0))
    result = instance_inference(output, (1, 1), PETS[:2], top_k=5)
    assert result.labels.tolist() == [0, 1, 0, 1, 0]


# --- per pixel -------------------------------------------------------------------------------------------------------


def pixels_of(labels, count=3):
    labels = torch.as_tensor(labels)
    return PerPixelOutput(F.one_hot(labels, count).permute(2, 0, 1)[None].float() * 4)


CLASS_MAP = [[CAT, GRASS, CAT, CAT], [GRASS, CAT, GRASS, DOG], [GRASS, CAT, GRASS, GRASS]]


def test_per_pixel_panoptic_is_connected_components_over_sides_not_corners():
    result = panoptic_inference(pixels_of(CLASS_MAP), (3, 4), PETS)
    assert result.segment_ids.tolist() == [[1, 5, 2, 2], [5, 3, 5, 4], [5, 3, 5, 5]]
    assert [s.category_id for s in result.segments] == [17, 17, 17, 18, 193]
    prob = float(torch.tensor([4.0, 0, 0]).softmax(0)[0])
    assert [s.score for s in result.segments] == pytest.approx([prob] * 5)


def test_per_pixel_touching_objects_of_one_class_are_one_component():
    assert len(panoptic_inference(pixels_of([[CAT, CAT, CAT]]), (1, 3), PETS).segments) == 1


def test_per_pixel_components_below_min_area_become_void_and_ids_have_no_gaps():
    result = panoptic_inference(pixels_of(CLASS_MAP), (3, 4), PETS, min_area=2)
    assert result.segment_ids.tolist() == [[0, 3, 1, 1], [3, 2, 3, 0], [3, 2, 3, 3]]


def test_per_pixel_semantic_is_the_argmax_of_upsampled_logits():
    # Logits of cat 4 | -2, of dog 0 | 0: cat becomes 4, 2.5, -0.5, -2, so pixel 2 is dog already.
    output = PerPixelOutput(torch.tensor([[[[4.0, -2.0]], [[0.0, 0.0]], [[-9.0, -9.0]]]]))
    assert semantic_inference(output, (1, 4), PETS).semantic().tolist() == [[CAT, CAT, DOG, DOG]]
    scores = semantic_scores(output, (1, 4))
    torch.testing.assert_close(scores.sum(dim=1), torch.ones(1, 1, 4))
    torch.testing.assert_close(scores[0, :, 0, 1], torch.tensor([2.5, 0, -9]).softmax(0))


def test_per_pixel_instances_are_thing_components_by_mean_probability():
    output = pixels_of(CLASS_MAP)
    output.logits[0, DOG, 1, 3] = 6.0
    result = instance_inference(output, (3, 4), PETS)
    assert result.labels.tolist() == [DOG, CAT, CAT, CAT]
    assert result.masks.sum(axis=(1, 2)).tolist() == [1, 1, 2, 2]
    assert len(instance_inference(output, (3, 4), PETS, top_k=2)) == 2
    assert len(instance_inference(pixels_of([[GRASS]]), (1, 1), PETS)) == 0


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("infer", [semantic_inference, panoptic_inference, instance_inference, query_fates])
@pytest.mark.parametrize(
    ("batch", "size", "categories", "message"),
    [
        (2, (4, 4), None, r"2: pass output\[i\]"),
        (1, (4, 4), PETS[:2], "categories.* 3 .* 2:"),
        (1, 4, None, "size.* 4:"),
        (1, (4, 0), None, "width.* 0$"),
        (1, (4, 4.5), None, "width.* 4.5$"),
    ],
)
def test_mistakes_are_one_sentence(infer, batch, size, categories, message):
    output = MaskOutput(torch.randn(batch, 5, 4), torch.randn(batch, 5, 6, 6))
    with pytest.raises(UserError, match=message):
        infer(output, size, categories)


def test_more_mistakes_are_one_sentence():
    output = MaskOutput(torch.randn(1, 5, 4), torch.randn(1, 5, 6, 6))
    with pytest.raises(UserError, match="score_threshold.* 80"):
        panoptic_inference(output, (4, 4), score_threshold=80)
    with pytest.raises(UserError, match="top_k.* 0$"):
        instance_inference(output, (4, 4), top_k=0)
    with pytest.raises(UserError, match="has no queries"):
        query_fates(PerPixelOutput(torch.zeros(1, 3, 2, 2)), (4, 4))
    with pytest.raises(UserError, match="Tensor"):
        semantic_scores(torch.zeros(1, 3, 2, 2), (4, 4))
    with pytest.raises(UserError, match="NaN"):
        panoptic_inference(PerPixelOutput(torch.full((1, 3, 2, 2), float("nan"))), (4, 4))


# --- beside transformers ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def processor():
    from transformers.models.mask2former.image_processing_pil_mask2former import Mask2FormerImageProcessorPil

    return Mask2FormerImageProcessorPil()


def theirs(output):
    return SimpleNamespace(class_queries_logits=output.class_logits, masks_queries_logits=output.mask_logits)


def test_semantic_equals_transformers_for_masks_of_384(processor):
    output = blobs(12, (384, 384), 7, classes=5)
    expected = processor.post_process_semantic_segmentation(theirs(output))[0]
    ours = semantic_inference(output, (384, 384)).semantic()
    assert (ours != expected.numpy()).mean() < 1e-5  # summation order decides pixels whose classes are equal to 1e-7


def test_instances_equal_transformers_for_masks_of_384(processor):
    output = blobs(12, (384, 384), 8, classes=5)
    expected = processor.post_process_instance_segmentation(theirs(output), threshold=0.0, return_binary_maps=True)[0]
    ours = instance_inference(output, (384, 384), top_k=12)
    ours = ours[ours.masks.any(axis=(1, 2))]  # transformers leaves out empty masks
    # transformers takes its top_k unsorted; scores are rounded to 6 digits there.
    order = sorted(range(len(ours)), key=lambda i: -expected["segments_info"][i]["score"])
    assert len(expected["segments_info"]) == len(ours) > 3
    for mine, other in enumerate(order):
        assert expected["segments_info"][other]["label_id"] == ours.labels[mine]
        assert expected["segments_info"][other]["score"] == pytest.approx(ours.scores[mine], abs=1e-6)
        np.testing.assert_array_equal(ours.masks[mine], expected["segmentation"][other].bool().numpy())


def confident(labels, owner, size=384):
    """Sure queries with sharp masks: query i owns the columns where `owner` is i; masks cover the whole picture."""
    columns = torch.tensor(owner).repeat_interleave(size // len(owner))
    masks = torch.where(columns == torch.arange(len(labels))[:, None], 20.0, -20.0)
    mask_logits = masks[:, None].expand(-1, size, -1).contiguous()
    return MaskOutput(F.one_hot(torch.tensor(labels), 4)[None].float() * 20, mask_logits[None])


def test_panoptic_equals_transformers_where_masks_tile_the_picture_and_stuff_comes_last(processor):
    output = confident([CAT, DOG, NOTHING, CAT, GRASS, GRASS], [0, 1, 3, 4, 3, 5, 0, 4])
    expected = processor.post_process_panoptic_segmentation(theirs(output), threshold=0.8, label_ids_to_fuse={GRASS})[0]
    ours = panoptic_inference(output, (384, 384), PETS)
    read = Segmentation.from_transformers(expected, PETS)
    np.testing.assert_array_equal(ours.segment_ids, read.segment_ids)
    assert [(s.id, s.category_id, s.area, s.bbox) for s in ours.segments] == [
        (s.id, s.category_id, s.area, s.bbox) for s in read.segments
    ]
    assert [s.id for s in ours.segments] == [1, 2, 3, 4]
    assert [s.score for s in ours.segments] == pytest.approx([s.score for s in read.segments], abs=1e-6)


def test_nothing_found_equals_transformers(processor):
    output = confident([NOTHING, NOTHING], [0, 1])
    expected = processor.post_process_panoptic_segmentation(theirs(output), label_ids_to_fuse={GRASS})[0]
    assert Segmentation.from_transformers(expected, PETS) == panoptic_inference(output, (384, 384), PETS)


def test_transformers_differs_by_resizing_every_mask_to_384_first(processor):
    # A line one pixel wide in a map of 768: every second column is dropped on the way to 384.
    mask_logits = torch.full((1, 1, 768, 768), -30.0)
    mask_logits[..., 300] = 10.0
    output = MaskOutput(torch.tensor([[[20.0, 0, 0, 0]]]), mask_logits)
    size = (768, 768)
    expected = processor.post_process_instance_segmentation(theirs(output), target_sizes=[size])[0]
    assert expected["segments_info"] == []
    assert instance_inference(output, size, PETS, top_k=1).masks.sum() == 768
    ours = panoptic_inference(output, size, PETS, overlap_threshold=0)
    assert [s.bbox for s in ours.segments] == [(300, 0, 1, 768)]


def test_transformers_differs_by_multiplying_the_score_before_the_half_test(processor):
    # Mask probability 0.8, score 0.6: 0.8 >= 0.5, but 0.48 is not.
    mask = torch.full((384, 384), 0.8)
    output = output_of([(CAT, 0.6, mask)])
    expected = processor.post_process_panoptic_segmentation(theirs(output), threshold=0.5, label_ids_to_fuse={GRASS})
    assert expected[0]["segments_info"] == []
    ours = panoptic_inference(output, (384, 384), PETS, score_threshold=0.5)
    assert [s.area for s in ours.segments] == [384 * 384]


def test_transformers_differs_by_painting_without_a_mask_cut(processor):
    # One query, alone: it wins every pixel, though its mask covers the left half only.
    output = confident([CAT, NOTHING], [0, 1])
    expected = processor.post_process_panoptic_segmentation(theirs(output), label_ids_to_fuse={GRASS})[0]
    assert int((expected["segmentation"] == 1).sum()) == 384 * 384
    assert panoptic_inference(output, (384, 384), PETS).segments[0].bbox == (0, 0, 192, 384)


def test_transformers_differs_by_ids_that_collide_after_fusing_stuff(processor):
    output = confident([GRASS, CAT, CAT, GRASS, DOG, NOTHING], [0, 1, 2, 3, 4, 0])
    expected = processor.post_process_panoptic_segmentation(theirs(output), label_ids_to_fuse={GRASS})[0]
    assert [info["id"] for info in expected["segments_info"]] == [1, 2, 3, 1, 2]
    assert [info["label_id"] for info in expected["segments_info"]] == [GRASS, CAT, CAT, GRASS, DOG]
    with pytest.raises(UserError, match="segment id"):
        Segmentation.from_transformers(expected, PETS)
    ours = panoptic_inference(output, (384, 384), PETS)
    assert [(s.id, s.category_id) for s in ours.segments] == [(1, 193), (2, 17), (3, 17), (4, 18)]


def test_transformers_differs_by_dropping_a_segment_exactly_at_the_overlap_threshold(processor):
    # The cat's mask covers all, the dog (surer) takes the right half: 1/2 < 1/2 is false, and so is 1/2 > 1/2.
    left = torch.full((384, 384), OUT)
    left[:, 192:] = 0.99
    output = output_of([(CAT, 0.99, torch.full((384, 384), IN)), (DOG, 0.99, left)])
    arguments = {"threshold": 0.8, "overlap_mask_area_threshold": 0.5, "label_ids_to_fuse": {GRASS}}
    expected = processor.post_process_panoptic_segmentation(theirs(output), **arguments)[0]
    assert [info["label_id"] for info in expected["segments_info"]] == [DOG]
    ours = panoptic_inference(output, (384, 384), PETS, overlap_threshold=0.5)
    assert [s.category_id for s in ours.segments] == [17, 18]
