"""Mask R-CNN and its parts: against onnxruntime's RoiAlign and NonMaxSuppression, by hand, by what must hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segtutor.outputs import Targets
from segtutor.reference.boxes.anchors import anchors_of_map, anchors_of_maps, best_overlaps, shapes
from segtutor.reference.boxes.box_coding import MOST, clip_boxes, decode_boxes, encode_boxes
from segtutor.reference.boxes.nms import nms, nms_by_class
from segtutor.reference.boxes.pasting import pasted
from segtutor.reference.boxes.proposals import ProposalHead, chosen_proposals
from segtutor.reference.boxes.pyramid import FeaturePyramid
from segtutor.reference.boxes.region_losses import box_loss, mask_loss, objectness_loss
from segtutor.reference.boxes.roi_align import level_of, pooled, roi_align, roi_align_each
from segtutor.reference.boxes.sampling import NOT_ASKED, NOTHING, THING, compared, drawn, label_anchors
from segtutor.reference.losses.boxes import iou
from segtutor.reference.models.mask_rcnn import pixel_boxes
from segtutor.reference.toytown.mask_rcnn import ToyTownMaskRCNN

torch.set_num_threads(1)


def random_boxes(count, seed, side=32.0):
    """Boxes of at least half a pixel, some of them far outside of the picture."""
    generator = torch.Generator().manual_seed(seed)
    first = torch.rand(count, 2, generator=generator) * side * 1.2 - 0.1 * side
    return torch.cat([first, first + 0.5 + torch.rand(count, 2, generator=generator) * side * 0.6], 1)


def session(node, inputs, outputs):
    """A graph of one node, run by onnxruntime."""
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    kinds = {np.float32: onnx.TensorProto.FLOAT, np.int64: onnx.TensorProto.INT64}
    given = [onnx.helper.make_tensor_value_info(n, kinds[v.dtype.type], v.shape) for n, v in inputs.items()]
    made = [onnx.helper.make_tensor_value_info(n, kinds[t], None) for n, t in outputs.items()]
    graph = onnx.helper.make_graph([node], "one", given, made)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 16)], ir_version=8)
    runner = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return runner.run(None, inputs)[0]


# Anchors


def test_anchors_have_the_area_and_the_shape_they_are_asked_for():
    found = shapes(32, [0.5, 1, 2])
    assert found.prod(1).tolist() == pytest.approx([1024] * 3)
    assert (found[:, 1] / found[:, 0]).tolist() == pytest.approx([0.5, 1, 2])


def test_anchors_go_cell_by_cell_and_row_by_row():
    found = anchors_of_map((2, 3), 8, 4, [1.0, 4.0])
    assert found.shape == (12, 4)
    assert found[0].tolist() == [2, 2, 6, 6]  # the first cell's centre is (4, 4)
    assert found[1].tolist() == [3, 0, 5, 8]
    assert found[2].tolist() == [10, 2, 14, 6]  # one cell to the right
    assert found[6].tolist() == [2, 10, 6, 14]  # the next row


def test_anchors_of_a_pyramid_are_those_of_its_levels():
    found = anchors_of_maps([(4, 4), (2, 2)], [4, 8], [8, 16], [1.0])
    assert torch.equal(found[:16], anchors_of_map((4, 4), 4, 8, [1.0]))
    assert torch.equal(found[16:], anchors_of_map((2, 2), 8, 16, [1.0]))
    assert best_overlaps(found, found[[3, 17]]).tolist() == [1, 1]


# Box coding


@settings(deadline=None, max_examples=50, derandomize=True)
@given(seed=st.integers(0, 10_000), weights=st.sampled_from([(1.0, 1.0, 1.0, 1.0), (10.0, 10.0, 5.0, 5.0)]))
def test_decoding_undoes_encoding(seed, weights):
    boxes, anchors = random_boxes(20, seed).double(), random_boxes(20, seed + 1).double()
    deltas = encode_boxes(boxes, anchors, weights)
    assert torch.isfinite(deltas).all()
    assert torch.allclose(decode_boxes(deltas, anchors, weights), boxes, atol=1e-9)


def test_deltas_by_hand():
    anchor, box = torch.tensor([[0.0, 0.0, 10.0, 20.0]]), torch.tensor([[5.0, 0.0, 25.0, 10.0]])
    assert encode_boxes(box, anchor)[0].tolist() == pytest.approx([1.0, -0.25, np.log(2), np.log(0.5)])
    assert encode_boxes(anchor, anchor)[0].tolist() == [0, 0, 0, 0]


@settings(deadline=None, max_examples=20, derandomize=True)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.2, 5), shift=st.floats(-50, 50))
def test_deltas_do_not_change_when_the_picture_is_scaled_or_shifted(seed, scale, shift):
    boxes, anchors = random_boxes(9, seed).double(), random_boxes(9, seed + 1).double()
    assert torch.allclose(
        encode_boxes(boxes * scale + shift, anchors * scale + shift), encode_boxes(boxes, anchors), atol=1e-8
    )


def test_a_box_cannot_grow_without_end():
    found = decode_boxes(torch.tensor([[0.0, 0.0, 100.0, 100.0]]), torch.tensor([[0.0, 0.0, 2.0, 2.0]]))
    assert float(found[0, 2] - found[0, 0]) == pytest.approx(2 * np.exp(MOST))


def test_clipped_boxes_lie_in_the_picture():
    found = clip_boxes(torch.tensor([[-5.0, 2.0, 50.0, 99.0], [30.0, 30.0, 40.0, 40.0]]), (20, 40))
    assert found.tolist() == [[0, 2, 40, 20], [30, 20, 40, 20]]


# NMS


@settings(deadline=None, max_examples=40, derandomize=True)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 40), threshold=st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]))
def test_nms_is_onnxruntimes(seed, count, threshold):
    boxes = random_boxes(count, seed)
    scores = torch.rand(count, generator=torch.Generator().manual_seed(seed))
    ours = nms(boxes, scores, threshold)
    if not count:
        assert ours.tolist() == []
        return
    onnx = pytest.importorskip("onnx")
    names = ["boxes", "scores", "most", "iou", "score"]
    node = onnx.helper.make_node("NonMaxSuppression", names, ["selected"], center_point_box=0)
    given_ = {
        "boxes": boxes[None, :, [1, 0, 3, 2]].numpy(),  # ONNX: y0 x0 y1 x1
        "scores": scores[None, None].numpy(),
        "most": np.array([1000], np.int64),
        "iou": np.array([threshold], np.float32),
        "score": np.array([-1.0], np.float32),
    }
    assert ours.tolist() == session(node, given_, {"selected": np.int64})[:, 2].tolist()


@settings(deadline=None, max_examples=40, derandomize=True)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 40), threshold=st.floats(0, 1))
def test_what_nms_keeps_and_what_it_drops(seed, count, threshold):
    boxes = random_boxes(count, seed, 12)
    scores = torch.rand(count, generator=torch.Generator().manual_seed(seed))
    kept = nms(boxes, scores, threshold)
    assert (scores[kept].diff() <= 0).all()
    between = iou(boxes[kept][:, None], boxes[kept][None]).fill_diagonal_(0)
    assert (between <= threshold).all()  # no overlapping pair
    for place in set(range(count)) - set(kept.tolist()):  # whatever goes, a better one stays instead
        better = kept[scores[kept] >= scores[place]]
        assert iou(boxes[place], boxes[better]).max() > threshold


def test_nms_among_the_boxes_of_one_class():
    boxes = torch.tensor([[0.0, 0, 4, 4]] * 3)
    scores, labels = torch.tensor([0.5, 0.9, 0.7]), torch.tensor([0, 1, 0])
    assert nms_by_class(boxes, scores, labels, 0.5).tolist() == [1, 2]
    assert nms(boxes, scores, 0.5).tolist() == [1]
    assert nms_by_class(boxes[:0], scores[:0], labels[:0], 0.5).tolist() == []


def test_equal_scores_the_first_wins():
    assert nms(torch.tensor([[0.0, 0, 4, 4]] * 3), torch.tensor([0.5, 0.5, 0.5]), 0.5).tolist() == [0]


@pytest.mark.parametrize(
    ("boxes", "scores", "threshold"),
    [
        (torch.zeros(2, 4), torch.zeros(3), 0.5),
        (torch.zeros(2, 3), torch.zeros(2), 0.5),
        (torch.zeros(2, 4), torch.zeros(2), 50),
        (torch.zeros(2, 4), torch.zeros(2), float("nan")),
    ],
)
def test_nms_refuses(boxes, scores, threshold):
    with pytest.raises(ValueError):
        nms(boxes, scores, threshold)


# RoIAlign


@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    bins=st.sampled_from([1, 3, 7]),
    stride=st.sampled_from([1, 4]),
    samples=st.integers(1, 3),
)
def test_roi_align_is_onnxruntimes(seed, bins, stride, samples):
    onnx = pytest.importorskip("onnx")
    features = torch.randn(3, 9, 12, generator=torch.Generator().manual_seed(seed))
    boxes = random_boxes(6, seed, 12.0 * stride)
    node = onnx.helper.make_node(
        "RoiAlign",
        ["x", "rois", "batch"],
        ["y"],
        output_height=bins,
        output_width=bins,
        sampling_ratio=samples,
        spatial_scale=1 / stride,
        mode="avg",
        coordinate_transformation_mode="half_pixel",
    )
    given_ = {"x": features[None].numpy(), "rois": boxes.numpy(), "batch": np.zeros(6, np.int64)}
    theirs = session(node, given_, {"y": np.float32})
    assert np.abs(roi_align(features, boxes, bins, stride, samples).numpy() - theirs).max() <= 1e-4


def test_roi_align_of_a_ramp_is_the_ramp():
    """A map whose cells hold their own centre is read back exactly, at any fraction of a cell."""
    ramp = (torch.arange(16) + 0.5).expand(1, 16, 16) * 4  # x in pixels at stride 4
    found = roi_align(ramp, torch.tensor([[9.3, 8.0, 41.3, 40.0]]), 8, 4)
    assert torch.allclose(found[0, 0, 0], 9.3 + (torch.arange(8) + 0.5) * 4, atol=1e-4)


def test_roi_align_of_each_map():
    maps, boxes = torch.randn(4, 20, 30), random_boxes(4, 0, 20)
    expected = torch.stack([roi_align(m[None], b[None], 5, 1)[0, 0] for m, b in zip(maps, boxes, strict=True)])
    assert torch.allclose(roi_align_each(maps, boxes, 5), expected, atol=1e-5)


def test_levels_of_boxes():
    """The paper's example: 224 pixels read level 4 of 2 to 5, half of that one finer."""
    sides = torch.tensor([[0.0, 0, s, s] for s in (20, 111, 112, 224, 447, 448, 5000)])
    assert level_of(sides, 4).tolist() == [0, 0, 1, 2, 2, 3, 3]


def test_each_box_reads_the_map_of_its_level():
    maps = [torch.full((1, 8, 8), 1.0), torch.full((1, 4, 4), 2.0)]
    boxes = torch.tensor([[8.0, 8, 20, 20], [4.0, 4, 12, 12]])
    found = pooled(maps, (4, 8), boxes, 2, size=10, level=1)
    assert found.mean((1, 2, 3)).tolist() == [2, 1]
    assert pooled(maps, (4, 8), boxes[:0], 2).shape == (0, 1, 2, 2)


# Pasting


def test_a_mask_lies_in_its_box():
    found = pasted(torch.ones(2, 28, 28), torch.tensor([[3.0, 2, 7, 5], [0.0, 0, 10, 8]]), (8, 10))
    expected = torch.zeros(8, 10)
    expected[2:5, 3:7] = 1
    assert torch.equal((found[0] > 0.5).float(), expected)
    assert torch.allclose(found[1], torch.ones(8, 10))
    assert pasted(torch.ones(0, 28, 28), torch.zeros(0, 4), (8, 10)).shape == (0, 8, 10)


@settings(deadline=None, max_examples=20, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_cut_out_and_pasted_a_mask_is_nearly_itself(seed):
    """What 28 x 28 cells can hold of an ellipse of up to 50 pixels."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64] + 0.5
    (cy, cx), (ry, rx) = generator.uniform(28, 36, 2), generator.uniform(8, 25, 2)
    mask = torch.from_numpy(((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1).float()[None]
    box = pixel_boxes(mask)
    again = pasted(roi_align_each(mask, box, 28), box, (64, 64)) > 0.5
    both, either = (again & mask.bool()).sum(), (again | mask.bool()).sum()
    assert both / either > 0.95


# Sampling and losses


def test_labels_of_anchors_by_hand():
    anchors = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5], [50, 50, 60, 60], [0, 0, 10, 8], [20, 0, 24, 4]])
    true = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 4]])
    labels, which = label_anchors(anchors, true)
    assert labels.tolist() == [THING, NOT_ASKED, NOTHING, THING, THING]  # the last has IoU 0.4, the best for its box
    assert which[[0, 3, 4]].tolist() == [0, 0, 1]


def test_without_a_true_box_everything_is_nothing():
    anchors = random_boxes(9, 0)
    labels, _ = label_anchors(anchors, torch.zeros(0, 4))
    assert labels.tolist() == [NOTHING] * 9
    assert compared(anchors, torch.zeros(0, 4))[0].tolist() == [0] * 9


def test_few_things_are_drawn_and_the_rest_is_filled_up():
    labels = torch.tensor([THING] * 3 + [NOTHING] * 50 + [NOT_ASKED] * 10)
    things, nothings = drawn(labels, 16, 0.5)
    assert sorted(things.tolist()) == [0, 1, 2]
    assert len(nothings) == 13
    assert all(3 <= place < 53 for place in nothings.tolist())
    things, nothings = drawn(torch.tensor([THING] * 30 + [NOTHING] * 30), 16, 0.25)
    assert (len(things), len(nothings)) == (4, 12)
    seeded = [drawn(labels, 16, 0.5, torch.Generator().manual_seed(3))[1].tolist() for _ in range(2)]
    assert seeded[0] == seeded[1]


def test_losses_by_hand():
    logits = torch.tensor([0.0, 0.0, 100.0])
    assert float(objectness_loss(logits, torch.tensor([0, 2]), torch.tensor([1]))) == pytest.approx(2 / 3 * np.log(2))
    deltas = torch.tensor([[0.0, 0.0, 0.5, 2.0]])
    assert float(box_loss(deltas, torch.zeros(1, 4), 2, beta=1.0)) == pytest.approx((0.125 + 1.5) / 2)
    masks = torch.zeros(1, 3, 2, 2)
    masks[0, 1] = torch.tensor([[50.0, -50], [50, -50]])
    truth = torch.tensor([[[1.0, 0], [1, 0]]])
    assert float(mask_loss(masks, torch.tensor([1]), truth)) == pytest.approx(0, abs=1e-6)
    assert float(mask_loss(masks, torch.tensor([2]), truth)) == pytest.approx(np.log(2))
    assert float(mask_loss(masks[:0], torch.zeros(0, dtype=torch.int64), truth[:0])) == 0


# Assembled


def test_the_pyramid_adds_what_the_coarser_map_knows():
    torch.manual_seed(0)
    pyramid = FeaturePyramid((3, 5, 7), width=4, levels=2)
    maps = [torch.randn(1, 3, 8, 10), torch.randn(1, 5, 4, 5), torch.randn(1, 7, 2, 3)]
    fine, coarse = pyramid(maps)
    assert fine.shape == (1, 4, 8, 10)
    assert coarse.shape == (1, 4, 4, 5)
    changed = pyramid([maps[0], maps[1], maps[2] + 1])[0]
    assert not torch.allclose(changed, fine)


def test_the_order_of_proposals_is_that_of_anchors():
    """A map that is bright in one cell makes the anchors of that cell differ, and no others far away."""
    torch.manual_seed(0)
    head = ProposalHead(4, 3)
    maps = [torch.zeros(1, 4, 6, 8), torch.zeros(1, 4, 3, 4)]
    before, _ = head(maps)
    maps[0][0, :, 1, 2] = 5
    after, deltas = head(maps)
    assert deltas.shape == (1, 6 * 8 * 3 + 3 * 4 * 3, 4)
    moved = (before != after)[0].nonzero()[:, 0]
    cells = {divmod(int(place) // 3, 8) for place in moved}
    assert cells == {(row, column) for row in (0, 1, 2) for column in (1, 2, 3)}  # a 3 x 3 convolution


def test_proposals_are_sorted_clipped_and_few():
    anchors = anchors_of_map((8, 8), 4, 8, [1.0, 2.0])
    logits = torch.randn(len(anchors), generator=torch.Generator().manual_seed(0))
    boxes, scores = chosen_proposals(logits, torch.zeros(len(anchors), 4), anchors, (32, 32), before=50, after=10)
    assert len(boxes) <= 10
    assert (scores.diff() <= 0).all()
    assert boxes.min() >= 0
    assert boxes.max() <= 32
    assert scores[0] == logits.max()


def small():
    torch.manual_seed(0)
    return ToyTownMaskRCNN(3, 16).eval()


def targets(side=64):
    masks = torch.zeros(2, side, side, dtype=torch.uint8)
    masks[0, 10:30, 8:40] = 1
    masks[1, 40:60, 30:50] = 1
    return Targets(torch.tensor([2, 0]), masks, torch.ones(side, side, dtype=torch.bool))


def test_detections_of_a_batch():
    model = small()
    with torch.no_grad():
        output = model(torch.randn(2, 3, 64, 96))
    assert output.objectness.shape == (2, len(output.anchors))
    found = model.detect(output, score_threshold=0.0)
    assert len(found) == 2
    for one in found:
        assert (one.scores.diff() <= 0).all()
        assert one.masks.shape == (len(one), 28, 28)
        assert ((one.labels >= 0) & (one.labels < 3)).all()
        assert one.boxes.min() >= 0
        assert (one.boxes[:, 2] <= 96).all()
        assert (one.boxes[:, 3] <= 64).all()
    none = model.detect(output, score_threshold=1.0)[0]
    assert len(none) == 0
    assert none.masks.shape == (0, 28, 28)


def test_nms_at_1_keeps_every_box_and_true_boxes_replace_the_proposals():
    model = small()
    with torch.no_grad():
        output = model(torch.randn(1, 3, 64, 64))
    all_ = model.detect(output, score_threshold=0.0, nms_threshold=1.0)[0]
    fewer = model.detect(output, score_threshold=0.0, nms_threshold=0.3)[0]
    assert len(fewer) < len(all_)
    looked = torch.tensor([[8.0, 10, 40, 30]])
    found = model.detect(output, score_threshold=0.0, boxes=[looked])[0]
    assert torch.equal(found.proposals, looked)


def test_losses_reach_every_part_and_repeat_by_generator():
    model = small()
    model.train()
    model.backbone.eval()
    pixels = torch.randn(1, 3, 64, 64)

    def terms():
        return model.losses(model(pixels), [targets()], [torch.Generator().manual_seed(1)])

    def values(terms_):
        return {name: value.item() for name, value in terms_.items()}

    first = terms()
    assert set(first) == {"objectness", "anchor_box", "class", "box", "mask"}
    assert all(torch.isfinite(value) and value > 0 for value in first.values())
    assert values(first) == values(terms())
    sum(first.values()).backward()
    lacking = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert lacking == []


def test_a_picture_without_things_teaches_nothing_about_boxes():
    model = small()
    empty = Targets(torch.zeros(0, dtype=torch.int64), torch.zeros(0, 64, 64, dtype=torch.uint8), torch.ones(64, 64))
    terms = model.losses(model(torch.randn(1, 3, 64, 64)), [empty])
    values = {name: value.item() for name, value in terms.items()}
    assert values["anchor_box"] == values["box"] == values["mask"] == 0
    assert values["objectness"] > 0
    assert values["class"] > 0


def test_a_class_that_the_model_does_not_know_is_refused():
    model = small()
    wrong = Targets(torch.tensor([3]), torch.ones(1, 64, 64, dtype=torch.uint8), torch.ones(64, 64))
    with pytest.raises(ValueError):
        model.losses(model(torch.randn(1, 3, 64, 64)), [wrong])


def test_too_many_anchor_sizes_are_refused():
    from segtutor.reference.backbones.build import build_backbone
    from segtutor.reference.models.mask_rcnn import MaskRCNN
    from segtutor.reference.toytown.mask_rcnn import BACKBONE

    with pytest.raises(ValueError):
        MaskRCNN(build_backbone(dict(BACKBONE)), 3, anchor_sizes=(1, 2, 3, 4, 5))
