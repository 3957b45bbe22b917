"""The set loss in its published forms against transformers: same seed, same points, same assignment, same numbers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DetrConfig, Mask2FormerConfig, MaskFormerConfig
from transformers.loss import loss_for_object_detection as detr
from transformers.models.mask2former.modeling_mask2former import Mask2FormerLoss
from transformers.models.maskformer.modeling_maskformer import MaskFormerHungarianMatcher, MaskFormerLoss

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.boxes import boxes_of_masks
from segtutor.reference.losses.criterion import (
    DETR_LOSS,
    MASK2FORMER_LOSS,
    MASKFORMER_LOSS,
    Recipe,
    per_pixel_loss,
    set_loss,
)
from segtutor.reference.losses.matcher import match
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling

torch.set_num_threads(1)

CLASSES = 5
THEIRS = {"class": "loss_cross_entropy", "bce": "loss_mask", "focal": "loss_mask", "dice": "loss_dice"}
DETR_NAMES = THEIRS | {"class": "loss_ce", "box_l1": "loss_bbox", "giou": "loss_giou"}

# counts of targets: empty, one, more than queries, unequal
COUNTS = st.lists(st.sampled_from([0, 1, 2, 3, 9]), min_size=1, max_size=3)
SIZES = st.tuples(st.integers(4, 11), st.integers(4, 11))


def predictions(generator, batch, queries, size, layers, boxes=False, dtype=torch.float32):
    def one():
        masks = torch.randn(batch, queries, *size, generator=generator) * 3
        classes = torch.randn(batch, queries, CLASSES + 1, generator=generator)
        places = torch.rand(batch, queries, 4, generator=generator) * 0.5 + 0.25
        parts = [classes.to(dtype).requires_grad_(), masks.to(dtype).requires_grad_()]
        return MaskOutput(*parts, places.requires_grad_() if boxes else None)

    earlier = tuple(one() for _ in range(layers))
    last = one()
    return MaskOutput(last.class_logits, last.mask_logits, last.boxes, earlier)


def truth(generator, counts, size, void=0.0):
    """Blocky masks, each with at least one pixel (where nothing is void)."""
    targets = []
    for count in counts:
        masks = torch.rand(count, *size, generator=generator) > 0.7
        masks[:, size[0] // 2, size[1] // 2] = True
        valid = torch.rand(size, generator=generator) >= void
        labels = torch.randint(0, CLASSES, (count,), generator=generator)
        targets.append(Targets(labels, (masks & valid).to(torch.uint8), valid))
    return targets


def leaves(output):
    each = [[layer.class_logits, layer.mask_logits, layer.boxes] for layer in (output, *output.layers)]
    return [tensor for tensors in each for tensor in tensors if tensor is not None]


def compare(terms, theirs, weights, names, output):
    """Every term of ours, its weight taken off, is theirs; and so are the gradients of the weighted sums."""
    total = 0.0
    for name, value in terms.items():
        kind, _, layer = name.rpartition("_") if name[-1].isdigit() and "_" in name else (name, "", "")
        kind, layer = (name, "") if kind == "box" else (kind, layer)
        weight = getattr(weights, "class_" if kind == "class" else kind)
        other = theirs[names[kind] + (f"_{layer}" if layer else "")]
        torch.testing.assert_close(value / weight, other, rtol=1e-6, atol=1e-7)
        total = total + weight * other
    ours = torch.autograd.grad(sum(terms.values()), leaves(output), allow_unused=True, retain_graph=True)
    peers = torch.autograd.grad(total, leaves(output), allow_unused=True)
    for mine, other in zip(ours, peers, strict=True):
        if mine is None or other is None:  # a term without any pair
            assert not any(grad is not None and grad.any() for grad in (mine, other))
        else:
            assert (mine - other).abs().max() <= 1e-5 * other.abs().max().clamp(min=1e-6)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(COUNTS, st.integers(1, 7), SIZES, SIZES, st.integers(0, 2), st.integers(0, 999))
def test_mask2former_s_loss_with_the_same_seed(counts, queries, size, truth_size, layers, seed):
    generator = torch.Generator().manual_seed(seed)
    output = predictions(generator, len(counts), queries, size, layers)
    targets = truth(generator, counts, truth_size)
    peer = Mask2FormerLoss(Mask2FormerConfig(num_labels=CLASSES, train_num_points=64), {})
    masks, labels = [target.masks.float() for target in targets], [target.labels for target in targets]
    torch.manual_seed(seed)
    earlier = [{"masks_queries_logits": x.mask_logits, "class_queries_logits": x.class_logits} for x in output.layers]
    theirs = peer(output.mask_logits, output.class_logits, masks, labels, earlier)
    # a generator of its own draws the same numbers as the global one
    drawn = torch.Generator().manual_seed(seed)
    points = PointSampling(64, 3.0, 0.75)
    terms = set_loss(output, targets, recipe=MASK2FORMER_LOSS, points=points, generator=drawn)
    assert len(terms) == 3 * (layers + 1)
    compare(terms, theirs, MASK2FORMER_LOSS.loss, THEIRS, output)
    torch.manual_seed(seed)
    expected = peer.matcher(output.mask_logits, output.class_logits, masks, labels)
    torch.manual_seed(seed)
    assert_same_matches(match(output, targets, points=points), expected)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(COUNTS, st.integers(1, 7), SIZES, SIZES, st.integers(0, 2), st.integers(0, 999))
def test_maskformer_s_loss(counts, queries, size, truth_size, layers, seed):
    generator = torch.Generator().manual_seed(seed)
    output = predictions(generator, len(counts), queries, size, layers)
    targets = truth(generator, counts, truth_size)
    matcher = MaskFormerHungarianMatcher(cost_class=1, cost_mask=20, cost_dice=1)
    peer = MaskFormerLoss(CLASSES, matcher, {}, eos_coef=0.1)
    masks, labels = [target.masks.float() for target in targets], [target.labels for target in targets]
    earlier = [{"masks_queries_logits": x.mask_logits, "class_queries_logits": x.class_logits} for x in output.layers]
    theirs = peer(output.mask_logits, output.class_logits, masks, labels, earlier)
    compare(set_loss(output, targets, recipe=MASKFORMER_LOSS), theirs, MASKFORMER_LOSS.loss, THEIRS, output)
    expected = matcher(output.mask_logits, output.class_logits, masks, labels)
    assert_same_matches(match(output, targets, weights=MASKFORMER_LOSS.matching, points=FullMasks()), expected)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(COUNTS, st.integers(1, 7), SIZES, SIZES, st.integers(0, 2), st.integers(0, 999))
def test_detr_s_loss_of_boxes_and_masks(counts, queries, size, truth_size, layers, seed):
    generator = torch.Generator().manual_seed(seed)
    output = predictions(generator, len(counts), queries, size, layers, boxes=True)
    targets = truth(generator, counts, truth_size)
    config = DetrConfig()
    matcher = detr.HungarianMatcher(config.class_cost, config.bbox_cost, config.giou_cost)
    peer = detr.ImageLoss(matcher, CLASSES, config.eos_coefficient, ["labels", "boxes", "masks"])
    labels = [{"class_labels": t.labels, "masks": t.masks.float(), "boxes": boxes_of_masks(t.masks)} for t in targets]
    answers = {"logits": output.class_logits, "pred_boxes": output.boxes, "pred_masks": output.mask_logits}
    earlier = [{"logits": x.class_logits, "pred_boxes": x.boxes} for x in output.layers]
    terms = set_loss(output, targets, recipe=DETR_LOSS)
    assert len(terms) == 5 + 3 * layers, "DETR's earlier layers have no mask loss"
    compare(terms, peer(answers | {"auxiliary_outputs": earlier}, labels), DETR_LOSS.loss, DETR_NAMES, output)
    assert_same_matches(match(output, targets, weights=DETR_LOSS.matching), matcher(answers, labels))


def assert_same_matches(ours, theirs):
    for pair, other in zip(ours, theirs, strict=True):
        assert [index.tolist() for index in pair] == [index.tolist() for index in other]


def test_the_recipes_are_the_published_configurations():
    """As far as transformers' defaults are those of the papers."""
    m2f, mf, dc = Mask2FormerConfig(), MaskFormerConfig(), DetrConfig()
    assert (m2f.class_weight, m2f.mask_weight, m2f.dice_weight, m2f.no_object_weight) == (
        MASK2FORMER_LOSS.loss.class_, MASK2FORMER_LOSS.loss.bce,
        MASK2FORMER_LOSS.loss.dice, MASK2FORMER_LOSS.loss.no_object,
    )  # fmt: skip
    assert (
        PointSampling(m2f.train_num_points, m2f.oversample_ratio, m2f.importance_sample_ratio)
        == MASK2FORMER_LOSS.points
    )
    assert (mf.cross_entropy_weight, mf.mask_weight, mf.dice_weight, mf.no_object_weight) == (
        MASKFORMER_LOSS.loss.class_, MASKFORMER_LOSS.loss.focal,
        MASKFORMER_LOSS.loss.dice, MASKFORMER_LOSS.loss.no_object,
    )  # fmt: skip
    assert (dc.class_cost, dc.bbox_cost, dc.giou_cost) == (
        DETR_LOSS.matching.class_, DETR_LOSS.matching.box_l1, DETR_LOSS.matching.giou,
    )  # fmt: skip
    assert (dc.mask_loss_coefficient, dc.dice_loss_coefficient, dc.bbox_loss_coefficient, dc.giou_loss_coefficient) == (
        DETR_LOSS.loss.focal, DETR_LOSS.loss.dice, DETR_LOSS.loss.box_l1, DETR_LOSS.loss.giou,
    )  # fmt: skip
    assert (Recipe().matching, Recipe().loss) == (MASK2FORMER_LOSS.matching, MASK2FORMER_LOSS.loss)


FORMS = {"grid": Recipe(), "points": Recipe(points=PointSampling(50)), "maskformer": MASKFORMER_LOSS, "detr": DETR_LOSS}


@pytest.mark.parametrize("recipe", FORMS.values(), ids=FORMS)
def test_void_counts_in_no_form(recipe):
    """Whatever the truth says at void pixels, and for an all-void picture also whatever the masks say."""
    generator = torch.Generator().manual_seed(5)
    output = predictions(generator, 2, 4, (6, 7), 1, boxes=True)
    targets = truth(generator, [3, 2], (12, 14), void=0.4)
    dirty = [Targets(t.labels, t.masks | ~t.valid, t.valid) for t in targets]
    clean, changed = (
        set_loss(output, each, recipe=recipe, generator=torch.Generator().manual_seed(0)) for each in (targets, dirty)
    )
    for name, value in clean.items():
        torch.testing.assert_close(changed[name], value, msg=name)
    blind = [Targets(t.labels, t.masks, torch.zeros_like(t.valid)) for t in targets]
    terms = set_loss(output, blind, recipe=recipe)
    for name, value in terms.items():
        assert torch.isfinite(value), name
        assert value == 0 or not name.startswith(("bce", "focal", "dice")), name
    seen = [Targets(t.labels, t.masks, torch.ones_like(t.valid)) for t in targets]
    heard = set_loss(output, seen, recipe=recipe, generator=torch.Generator().manual_seed(0))
    assert heard["dice"] != clean["dice"], "valid is read at all"


@pytest.mark.parametrize("recipe", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("counts", [[0, 0], [0, 1], [9, 2]], ids=str)
def test_every_form_has_gradients_and_finite_terms_for_any_number_of_targets(recipe, counts):
    generator = torch.Generator().manual_seed(6)
    output = predictions(generator, 2, 4, (6, 7), 1, boxes=True)
    terms = set_loss(output, truth(generator, counts, (12, 14), void=0.1), recipe=recipe)
    assert all(torch.isfinite(value) for value in terms.values())
    sum(terms.values()).backward()
    for b, count in enumerate(counts):
        assert bool(output.mask_logits.grad[b].any()) == bool(count)


def test_bfloat16_outputs_are_compared_in_float32():
    generator = torch.Generator().manual_seed(7)
    output = predictions(generator, 1, 4, (6, 7), 0, dtype=torch.bfloat16)
    same = MaskOutput(output.class_logits.float(), output.mask_logits.float())
    targets = truth(generator, [3], (12, 14))
    for recipe in (Recipe(), MASK2FORMER_LOSS, MASKFORMER_LOSS):
        a, b = (set_loss(x, targets, recipe=recipe, generator=torch.Generator().manual_seed(1)) for x in (output, same))
        assert all(torch.equal(a[name], b[name]) and a[name].dtype == torch.float32 for name in b)


def test_a_matcher_of_one_s_own_in_one_line():
    generator = torch.Generator().manual_seed(8)
    output = predictions(generator, 2, 4, (6, 7), 2)
    targets = truth(generator, [3, 0], (12, 14))
    seen = []

    def first_come(layer, targets):
        seen.append(layer)
        return [(torch.arange(len(target)), torch.arange(len(target))) for target in targets]

    terms = set_loss(output, targets, match=first_come)
    assert len(seen) == 3
    assert terms.keys() == set_loss(output, targets).keys()
    assert sum(terms.values()) > sum(set_loss(output, targets).values())
    ours = set_loss(output, targets, match=lambda layer, targets: match(layer, targets))
    for name, value in set_loss(output, targets).items():
        torch.testing.assert_close(ours[name], value, rtol=1e-6, atol=1e-6)


BAD_MATCHES = {
    "one picture": [([0], [0])],
    "query out of range": [([4], [0]), ([], [])],
    "target out of range": [([0], [3]), ([], [])],
    "lengths": [([0, 1], [0]), ([], [])],
    "a query twice": [([1, 1], [0, 1]), ([], [])],
}


@pytest.mark.parametrize("answer", BAD_MATCHES.values(), ids=BAD_MATCHES)
def test_a_matcher_that_answers_nonsense_gets_a_sentence(answer):
    generator = torch.Generator().manual_seed(9)
    output, targets = predictions(generator, 2, 4, (6, 7), 0), truth(generator, [3, 0], (12, 14))
    with pytest.raises(ValueError, match="match"):
        set_loss(output, targets, match=lambda *_: answer)


def test_what_cannot_have_a_set_loss_gets_a_sentence():
    generator = torch.Generator().manual_seed(10)
    output, targets = predictions(generator, 1, 4, (6, 7), 0), truth(generator, [2], (12, 14))
    with pytest.raises(ValueError, match="a PerPixelOutput.*per_pixel_loss"):
        set_loss(PerPixelOutput(torch.zeros(1, 3, 4, 4)), targets)
    with pytest.raises(ValueError, match="1 and 2"):
        set_loss(output, targets * 2)
    for label in (-1, CLASSES):
        wrong = Targets(torch.tensor([0, label]), targets[0].masks, targets[0].valid)
        with pytest.raises(ValueError, match=f"target 1 of picture 0 .*0 to 4.*got {label}"):
            set_loss(output, [wrong])
    with pytest.raises(ValueError, match="box_l1.*boxes"):
        set_loss(output, targets, recipe=DETR_LOSS)
    with pytest.raises(ValueError, match="importance"):
        PointSampling(10, importance=1.5)


def test_an_auxiliary_head_weighs_less_and_equals_transformers():
    """UPerNet: cross-entropy of both heads, the second times 0.4 (its config.auxiliary_loss_weight)."""
    generator = torch.Generator().manual_seed(11)
    main, second = (torch.randn(2, CLASSES, 8, 8, generator=generator) for _ in range(2))
    labels = torch.randint(-1, CLASSES, (2, 8, 8), generator=generator)
    terms = per_pixel_loss(PerPixelOutput(main), labels, auxiliary=PerPixelOutput(second))
    peer = torch.nn.CrossEntropyLoss(ignore_index=-1)
    torch.testing.assert_close(terms["class"], peer(main, labels))
    torch.testing.assert_close(terms["class_0"], 0.4 * peer(second, labels))
    with pytest.raises(ValueError, match="0 to 4, or -1 for void, got 5"):
        per_pixel_loss(PerPixelOutput(main), labels + 1)


def test_grid_is_the_default():
    generator = torch.Generator().manual_seed(12)
    output, targets = predictions(generator, 1, 4, (6, 7), 0), truth(generator, [2], (12, 14))
    for said in ({"size": (12, 14)}, {"points": Grid()}, {"points": Grid((12, 14))}, {"recipe": Recipe()}):
        assert set_loss(output, targets, **said) == set_loss(output, targets), said
