"""Multi-scale inference: one view is predict, means by hand, mirrored pictures, real models, mistakes."""

import numpy as np
import pytest
import torch
from hub.repositories import save_tiny

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.inference import multi_scale_inference, multi_scale_scores, semantic_scores
from segtutor.outputs import MaskOutput, PerPixelOutput

EVERY = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)


def picture(height=24, width=40, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def by_colour(image):
    """A per-pixel model that sees single pixels only: class = the strongest channel."""
    return PerPixelOutput(torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 20)


def as_masks(image):
    """The same as three queries, one a class."""
    logits = (torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() - 128) / 20
    return MaskOutput(20 * torch.eye(3, 4)[None], logits)


@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_one_scale_without_flip_is_predict_exactly(name):
    segmenter = st.load(name)
    image, _ = toytown.scene(toytown.seeds("validation", 1)[0], size=96).render()
    expected = segmenter.segment(image, task="semantic")
    before = segmenter.output
    assert st.multi_scale_inference(segmenter, image, scales=(1.0,), flip=False) == expected
    assert segmenter.output is before  # the segmenter itself was not asked


@pytest.mark.parametrize("model", [by_colour, as_masks])
def test_the_mean_written_out(model):
    """Two scales and two flips: the mean of four score maps that are made here one by one."""
    image = picture()
    total = torch.zeros(1, 3, 24, 40)
    for scale in (1.0, 0.5):
        for mirrored in (False, True):
            view = image if scale == 1 else st.inference.multi_scale._resized(image, scale)
            assert view.shape[:2] == (24 * scale, 40 * scale)
            view = view[:, ::-1] if mirrored else view
            scores = semantic_scores(model(np.ascontiguousarray(view)), (24, 40))
            total += scores.flip(-1) if mirrored else scores
    scores = multi_scale_scores(model, image, scales=(1.0, 0.5))
    torch.testing.assert_close(scores, total[0] / 4)
    labels = multi_scale_inference(model, image, scales=(1.0, 0.5)).semantic()
    np.testing.assert_array_equal(labels, total[0].argmax(dim=0))


def test_probabilities_are_averaged_not_logits_and_not_votes():
    """Class 0 with 0.9 once and class 1 with 0.6 twice: the mean is 0.567 to 0.433 for class 0, the votes 1 to 2."""
    seen = iter([0.9, 0.4, 0.4])

    def model(image):
        probs = torch.full((1, 2, *image.shape[:2]), next(seen))
        probs[:, 1] = 1 - probs[:, 0]
        return PerPixelOutput(probs.log())

    scores = multi_scale_scores(model, picture(4, 4), scales=(1.0, 2.0, 0.5), flip=False)
    torch.testing.assert_close(scores[:, 0, 0], torch.tensor([1.7 / 3, 1.3 / 3]))
    # The mean of logits would say class 0: 0.995 once outweighs 0.3 four times. That of probabilities is 0.439.
    seen = iter([0.995, 0.3, 0.3, 0.3, 0.3])
    mean = multi_scale_scores(model, picture(4, 4), scales=(1, 1, 1, 1, 1), flip=False)
    assert float(mean[0, 0, 0]) == pytest.approx((0.995 + 4 * 0.3) / 5)


@pytest.mark.parametrize("model", [by_colour, as_masks])
def test_a_mirrored_picture_gets_the_mirrored_answer(model):
    image = picture(25, 33)
    both = [multi_scale_scores(model, view, scales=(1.0, 0.6)) for view in (image, image[:, ::-1])]
    torch.testing.assert_close(both[0], both[1].flip(-1))


def test_a_model_that_prefers_the_left_is_made_even_by_the_flip():
    def left(image):
        logits = torch.zeros(1, 2, *image.shape[:2])
        logits[:, 0, :, : image.shape[1] // 2] = 3.0
        return PerPixelOutput(logits)

    scores = multi_scale_scores(left, picture(8, 8), scales=(1.0,))
    torch.testing.assert_close(scores, scores.flip(-1))
    assert not torch.equal(
        *(lambda s: (s, s.flip(-1)))(multi_scale_scores(left, picture(8, 8), scales=(1,), flip=False))
    )


@pytest.mark.parametrize("engine", ["reference", "transformers"])
@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_each_scale_reaches_the_network_and_the_answer_has_the_pictures_size(name, engine):
    segmenter = st.load(name, engine=engine)
    image = picture(128, 160)
    seen = []
    hook = segmenter.model.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(tuple((args[0] if args else kwargs["pixel_values"]).shape[-2:])),
        with_kwargs=True,
    )
    result = st.multi_scale_inference(segmenter, image, scales=EVERY[:3])
    hook.remove()
    assert (
        seen == [(64, 96 if "mask" in name else 80)] * 2 + [(96, 128 if "mask" in name else 120)] * 2 + [(128, 160)] * 2
    )
    assert result.segment_ids.shape == (128, 160)
    assert result.categories == segmenter.categories


@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_shipped_models_gain_a_little(name):
    """On six scenes; a mean that is not mirrored back, or not resized to the picture, loses tens of points."""
    segmenter = st.load(name)
    pairs = [toytown.scene(seed).render() for seed in toytown.seeds("validation", 6)]
    single = [(segmenter.segment(image, task="semantic"), truth) for image, truth in pairs]
    several = [(st.multi_scale_inference(segmenter, i, scales=(0.75, 1.0, 1.25)), truth) for i, truth in pairs]
    one, more = (st.metrics.mean_iou(both, toytown.categories).mean for both in (single, several))
    assert one > 0.8
    assert more > one


def test_a_network_that_is_told_its_task_is_asked_for_the_semantic_one(tmp_path):
    segmenter = st.load(save_tiny(tmp_path, "oneformer"))
    image = picture(64, 64)
    expected = segmenter.segment(image, task="semantic")
    assert st.multi_scale_inference(segmenter, image, scales=(1,), flip=False) == expected


def test_a_model_of_one_size_says_so_and_may_still_be_mirrored(tmp_path):
    segmenter = st.load(save_tiny(tmp_path, "eomt"))
    image = picture(64, 64)
    assert st.multi_scale_inference(segmenter, image, scales=(1,)).segment_ids.shape == (64, 64)
    with pytest.raises(UserError, match="learned positions of one size"):
        st.multi_scale_inference(segmenter, image, scales=(0.5,))


def no_output(image):
    return None


def other_classes(image):
    return PerPixelOutput(torch.zeros(1, image.shape[0], 2, 2))


@pytest.mark.parametrize(
    ("predictor", "options", "message"),
    [
        (by_colour, {"scales": ()}, "at least one number above 0"),
        (by_colour, {"scales": (1, 0)}, "at least one number above 0"),
        (by_colour, {"scales": (float("nan"),)}, "at least one number above 0"),
        (by_colour, {"scales": "1"}, "at least one number above 0"),
        (by_colour, {"flip": "no"}, "flip.*'no'"),
        (by_colour, {"categories": [{"id": 1, "name": "one", "isthing": 0}]}, "categories.* 1:"),
        ("mask2former-toytown", {}, "predictor.*str"),
        (no_output, {}, "NoneType"),
        (other_classes, {}, "classes"),
        (lambda image: PerPixelOutput(torch.zeros(2, 3, 2, 2)), {}, "of one picture"),
    ],
)
def test_mistakes_are_one_sentence(predictor, options, message):
    with pytest.raises(UserError, match=message):
        multi_scale_inference(predictor, picture(), **options)


@pytest.mark.parametrize("scale", [0, -1, "2", float("inf"), True, 0.01, 1000])
def test_scales_that_make_no_picture_are_refused(scale):
    with pytest.raises(UserError, match="scale"):
        st.load("upernet-toytown").at_scale(scale)


def test_evaluate_measures_class_maps_of_many_scales_and_segments_of_one():
    from segtutor.metrics.iou import PixelCounts
    from segtutor.training.evaluate import evaluate

    segmenter = st.load("upernet-toytown")
    one, many = (evaluate(segmenter, size=1, multi_scale=scales) for scales in (False, True))
    image, truth = toytown.scene(toytown.seeds("validation", 1)[0]).render()
    counts = PixelCounts(toytown.categories)
    counts.update(multi_scale_inference(segmenter.set_image(image), image), truth)
    assert many["miou"] == round(100 * counts.compute().mean, 2) != one["miou"]
    assert {key: value for key, value in many.items() if "iou" not in key} == {
        key: value for key, value in one.items() if "iou" not in key
    }
