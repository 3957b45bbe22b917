"""Adapters, preprocessing and Segmenter, on tiny models with random weights, beside transformers itself."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hub.repositories import save_tiny

import segtutor as st
from segtutor.errors import UserError

FAMILIES = ("mask2former", "maskformer", "oneformer", "detr", "eomt", "eomt_dinov3", "segformer", "upernet")
SQUARE = ("eomt", "eomt_dinov3")  # whose input is padded to a square
OURS_ALONE = (
    "fcn",
    "unet",
    "pspnet",
    "deeplab",
)  # no class in transformers: tests/reference/test_per_pixel_networks.py
ENGINES = ("reference", "transformers")
SIZES = ((64, 64), (97, 130), (33, 61), (300, 40), (17, 400))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One tiny checkpoint of each family."""
    root = tmp_path_factory.mktemp("tiny")
    return {family: save_tiny(root / family, family) for family in FAMILIES}


@pytest.fixture(scope="module")
def segmenters(folders):
    """Each family as it is loaded by default: the course's own modules."""
    return {family: st.load(folders[family]) for family in FAMILIES}


@pytest.fixture(scope="module")
def peers(folders):
    """Each family as transformers' modules."""
    return {family: st.load(folders[family], engine="transformers") for family in FAMILIES}


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def one_sentence(error: pytest.ExceptionInfo) -> str:
    """The error's text, once it is what a person should see: one line, subject first, and no chain of tracebacks."""
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 500
    assert not text.startswith("got ")
    assert error.value.__cause__ is None
    assert error.value.__context__ is None or error.value.__suppress_context__
    return text


def test_importing_models_imports_neither_torch_nor_transformers():
    code = "import sys, segtutor.models.zoo, segtutor.models.hub, segtutor.families, segtutor.models.segmenter;"
    code += "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules), 'imported too early'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_family_has_a_record_with_a_network():
    from segtutor import families

    of_pixels_or_masks = {
        name
        for name, family in families.families().items()
        if family.output in ("mask", "per-pixel") and family.network
    }
    assert of_pixels_or_masks == {*FAMILIES, *OURS_ALONE}
    for name in FAMILIES:
        network = families.get(name).network_class()
        assert callable(network.from_config)
        assert callable(network.rules)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("family", FAMILIES)
def test_output_equals_transformers(family, engine, folders, segmenters, peers):
    import torch
    import transformers

    from segtutor import families
    from segtutor.reference.decoders.task_token import task_text

    image = picture(80, 80) if family in SQUARE else picture(70, 90)  # EoMT's input is padded to a square
    segmenter = (segmenters if engine == "reference" else peers)[family].set_image(image)
    assert segmenter.engine == engine
    processor = transformers.AutoImageProcessor.from_pretrained(folders[family])
    model = getattr(transformers, families.get(family).transformers_class).from_pretrained(folders[family]).eval()
    inputs = processor(images=[image], return_tensors="pt")
    inputs.pop("patch_offsets", None)
    if family == "oneformer":
        inputs["task_inputs"] = task_text(["panoptic"], 12)
    with torch.no_grad():
        answer = model(**inputs)
    output = segmenter.output
    close = {"rtol": 1e-4, "atol": 1e-5}
    if segmenter.family == "per-pixel":
        torch.testing.assert_close(output.logits, answer.logits, **close)
        return
    classes = answer.logits if family == "detr" else answer.class_queries_logits
    masks = answer.pred_masks if family == "detr" else answer.masks_queries_logits
    torch.testing.assert_close(output.class_logits, classes, **close)
    torch.testing.assert_close(output.mask_logits, masks, **close)
    if family == "detr":
        torch.testing.assert_close(output.boxes, answer.pred_boxes, **close)


@pytest.mark.parametrize("family", FAMILIES)
def test_both_engines_give_the_same_layers_and_segmentation(family, segmenters, peers):
    import torch

    ours, theirs = (kind[family].set_image(picture(64, 64)) for kind in (segmenters, peers))
    if ours.family == "mask":
        assert len(ours.output.layers) == len(theirs.output.layers)
        for one, other in zip(ours.output.layers, theirs.output.layers, strict=True):
            torch.testing.assert_close(one.class_logits, other.class_logits, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(one.mask_logits, other.mask_logits, rtol=1e-4, atol=1e-5)
    assert np.array_equal(ours.predict("semantic").segment_ids, theirs.predict("semantic").segment_ids)
    assert "engine='reference'" in repr(ours)
    assert "engine='transformers'" in repr(theirs)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", SIZES)
def test_preprocessing_equals_transformers_pixel_for_pixel(family, size, folders, segmenters, peers):
    import transformers

    from segtutor.models.preprocess import preprocess

    image = picture(*size)
    # Without torchvision AutoImageProcessor gives the Pillow form; the suite does not install torchvision.
    peer = transformers.AutoImageProcessor.from_pretrained(folders[family], backend="pil")
    expected = peer(images=[image], return_tensors="pt")["pixel_values"]
    (values, shown), (others, also_shown) = (preprocess(s[family].processor, image) for s in (segmenters, peers))
    assert values.shape == others.shape == expected.shape
    assert bool((values == expected).all())
    assert bool((others == expected).all())
    assert shown == also_shown
    if family not in SQUARE:  # which pad
        assert shown == tuple(values.shape[-2:])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_that_is_told_its_task_runs_once_for_each(engine, folders):
    """OneFormer: `predict` asks for what is wanted; other networks answer every task with one output."""
    import torch

    segmenter = st.load(folders["oneformer"], engine=engine)
    calls = []
    segmenter.model.register_forward_hook(lambda *_: calls.append(1))
    segmenter.set_image(picture(64, 64))
    panoptic = segmenter.output
    segmenter.predict("panoptic")
    assert len(calls) == 1
    segmenter.predict("semantic")
    semantic = segmenter.output
    assert len(calls) == 2
    assert not torch.equal(panoptic.class_logits, semantic.class_logits)
    segmenter.predict("panoptic")
    assert segmenter.output is panoptic
    assert len(calls) == 2
    segmenter.segment(picture(64, 64), task="semantic")
    assert len(calls) == 3
    torch.testing.assert_close(segmenter.output.class_logits, semantic.class_logits)
    with pytest.raises(UserError, match="task.*'all'"):
        segmenter.set_image(picture(64, 64), task="all")


@pytest.mark.parametrize(("family", "size"), [("mask", (128, 128)), ("per-pixel", (128, 128))])
def test_a_scene_of_the_training_size_is_not_resized(family, size):
    from segtutor.models.preprocess import preprocess, toytown_processor

    image = picture(*size)
    values, shown = preprocess(toytown_processor(family), image)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = ((image / 255 - mean) / std).transpose(2, 0, 1)
    assert shown == size
    np.testing.assert_allclose(values[0].numpy(), expected, atol=1e-5)


def test_toytown_processor_keeps_proportions_within_bounds():
    from segtutor.models.preprocess import preprocess, toytown_processor

    assert preprocess(toytown_processor("per-pixel"), picture(256, 384))[1] == (128, 192)
    assert preprocess(toytown_processor("per-pixel"), picture(64, 640))[1] == (26, 256)
    assert preprocess(toytown_processor("mask"), picture(100, 150))[1] == (128, 192)
    assert preprocess(toytown_processor("mask"), picture(64, 640))[1] == (32, 256)
    with pytest.raises(UserError) as error:
        toytown_processor("prompt")
    assert "'prompt'" in one_sentence(error)


def test_layers_of_mask2former_are_the_earlier_predictions(peers):
    import torch

    segmenter = peers["mask2former"].set_image(picture(64, 64))
    assert len(segmenter.output.layers) == 3  # the initial queries and two of three decoder layers
    # What no layer has touched: the queries' learned features through the heads, the same for every picture's class.
    features = segmenter.model.model.transformer_module.queries_features.weight[None]
    decoder = segmenter.model.model.transformer_module.decoder
    with torch.no_grad():
        first = segmenter.model.class_predictor(decoder.layernorm(features))
    torch.testing.assert_close(segmenter.output.layers[0].class_logits, first)


def test_layers_of_maskformer_go_through_the_heads_of_the_last(peers):
    import torch

    from segtutor.families.maskformer import run as run_maskformer

    model = peers["maskformer"].model
    pixels = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = run_maskformer(model, pixels)
        assert len(whole.layers) == 2
        layers = model.model.transformer_module.decoder.layers
        last = layers[-1]
        del layers[-1]  # a decoder of one layer less ends where the whole one's second layer did
        try:
            shorter = run_maskformer(model, pixels)
        finally:
            layers.append(last)
    torch.testing.assert_close(whole.layers[-1].class_logits, shorter.class_logits)
    torch.testing.assert_close(whole.layers[-1].mask_logits, shorter.mask_logits)
    assert not torch.allclose(whole.class_logits, shorter.class_logits)
    assert len(layers) == 3


def test_gradients_flow_through_a_transformers_model(peers):
    import torch

    from segtutor.families.mask2former import run as run_mask2former

    model = peers["mask2former"].model
    run_mask2former(model, torch.zeros(1, 3, 64, 64)).mask_logits.sum().backward()
    assert any(parameter.grad is not None for parameter in model.parameters())
    model.zero_grad()


@pytest.mark.parametrize(("shown", "aligned"), [((32, 64), True), ((50, 37), False)])
def test_padding_is_cut_out_of_the_output(shown, aligned):
    """The grid of a padded input, cropped, is what the picture's part of the padded input's map would be."""
    import torch
    import torch.nn.functional as F

    from segtutor.models.preprocess import crop_padding
    from segtutor.outputs import MaskOutput, PerPixelOutput

    padded = (64, 96)
    maps = torch.randn(1, 3, 16, 24, generator=torch.Generator().manual_seed(0))
    whole = F.interpolate(maps, size=padded, mode="bilinear", align_corners=False)
    if aligned:
        expected = maps[..., : shown[0] // 4, : shown[1] // 4]
    else:
        expected = whole[..., : shown[0], : shown[1]]
    assert torch.equal(crop_padding(PerPixelOutput(maps), shown, padded).logits, expected)
    layer = MaskOutput(torch.zeros(1, 3, 3), maps)
    cropped = crop_padding(MaskOutput(layer.class_logits, maps, layers=(layer,)), shown, padded)
    assert torch.equal(cropped.mask_logits, expected)
    assert torch.equal(cropped.layers[0].mask_logits, expected)
    assert crop_padding(cropped, shown, shown) is cropped


def test_a_padded_picture_is_segmented_like_the_same_picture_alone(folders, tmp_path):
    """A processor with pad_size: output and result have the picture's proportions, not the padding's."""
    import shutil

    folder = shutil.copytree(folders["mask2former"], tmp_path / "padded")
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    settings["pad_size"] = {"height": 256, "width": 256}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    segmenter = st.load(folder).set_image(picture(128, 192))
    assert segmenter.output.mask_logits.shape[-2:] == (32, 48)
    assert all(layer.mask_logits.shape[-2:] == (32, 48) for layer in segmenter.output.layers)
    assert segmenter.predict("semantic").segment_ids.shape == (128, 192)


@pytest.mark.parametrize("family", FAMILIES)
def test_set_image_and_predict(family, segmenters):
    segmenter = segmenters[family]
    image = picture(60, 80)
    assert segmenter.set_image(image) is segmenter
    assert np.array_equal(segmenter.image, image)
    assert len(segmenter.output) == 1
    semantic = segmenter.predict("semantic")
    assert semantic.segment_ids.shape == (60, 80)
    assert (semantic.segment_ids > 0).all()
    assert semantic == segmenter.segment(image, task="semantic")
    loose = {"score_threshold": 0.0, "overlap_threshold": 0.0, "mask_threshold": 0.0}
    assert segmenter.predict(**loose).categories == segmenter.categories
    assert len(segmenter.predict("instance", top_k=3)) <= 3
    assert segmenter.categories.names == [f"class {i}" for i in range(5)]
    assert segmenter.family == ("per-pixel" if family in ("segformer", "upernet") else "mask")
    assert "60" in repr(segmenter)
    assert "80" in repr(segmenter)


def test_predict_uses_the_thresholds_of_the_card(folders, tmp_path):
    import shutil

    folder = shutil.copytree(folders["mask2former"], tmp_path / "carded")
    names = [{"id": 10 + i, "name": f"kind {i}", "isthing": i > 1} for i in range(5)]
    thresholds = {"score_threshold": 0.0, "overlap_threshold": 0.0, "mask_threshold": 0.25}
    card = {"name": "carded", "thresholds": thresholds, "categories": names}
    (folder / "card.json").write_text(json.dumps(card))
    segmenter = st.load(folder).set_image(picture(64, 64))
    assert segmenter.name == "carded"
    assert segmenter.thresholds == thresholds
    assert [category.id for category in segmenter.categories] == [10, 11, 12, 13, 14]
    assert segmenter.predict() == segmenter.predict(**thresholds)
    for change, part in (
        ({"thresholds": {"score_threshold": 80}}, "score_threshold"),
        ({"thresholds": {"iou": 0.5}}, "an object with score_threshold"),
        ({"thresholds": [0.5]}, "an object with score_threshold"),
        ({"categories": names[:3]}, "got 3"),
    ):
        (folder / "card.json").write_text(json.dumps({**card, **change}))
        with pytest.raises(UserError) as error:
            st.load(folder)
        assert part in one_sentence(error)


MISTAKES = (
    (lambda s: s.predict("panoptical"), "'panoptical'"),
    (lambda s: s.segment(picture(32, 32), task="everything"), "'everything'"),
    (lambda s: s.predict(score_threshold=80), "got 80"),
    (lambda s: s.predict(overlap_threshold=-0.1), "got -0.1"),
    (lambda s: s.predict(mask_threshold=float("nan")), "got nan"),
    (lambda s: s.predict("semantic", score_threshold="high"), "got 'high'"),
    (lambda s: s.predict("instance", top_k=0), "top_k"),
    (lambda s: s.set_image(picture(5, 64)), "64 x 5"),
    (lambda s: s.set_image(picture(1, 1)), "1 x 1"),
    (lambda s: s.set_image(picture(2000, 16)), "16 x 2000"),
    (lambda s: s.set_image("nowhere.jpg"), "nowhere.jpg"),
)


@pytest.mark.parametrize(("action", "part"), MISTAKES, ids=[part for _, part in MISTAKES])
def test_mistakes_end_in_one_sentence_and_keep_the_picture(action, part, segmenters):
    segmenter = segmenters["mask2former"].set_image(picture(48, 64))
    with pytest.raises(UserError) as error:
        action(segmenter)
    assert part in one_sentence(error)
    assert segmenter.image.shape == (48, 64, 3)


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_numbers_of_numpy_are_thresholds_too(number, segmenters):
    segmenter = segmenters["mask2former"].set_image(picture(48, 64))
    assert segmenter.predict(score_threshold=number) == segmenter.predict(score_threshold=float(number))


def test_before_set_image_there_is_one_sentence(folders):
    segmenter = st.load(folders["upernet"])
    for ask in (segmenter.predict, lambda: segmenter.output, lambda: segmenter.image):
        with pytest.raises(UserError) as error:
            ask()
        assert "set_image" in one_sentence(error)


@pytest.mark.parametrize("backbone", ["resnet", "swin", "convnext"])
def test_backbones(backbone, tmp_path):
    segmenter = st.load(save_tiny(tmp_path, "upernet", backbone=backbone)).set_image(picture(64, 64))
    assert segmenter.output.logits.shape == (1, 5, 128, 128)


@pytest.mark.parametrize("family", ["mask2former", "upernet"])
def test_the_folder_serves_pipeline(family, folders):
    """An ordinary save_pretrained folder: transformers' own pipeline reads it."""
    from PIL import Image
    from transformers import pipeline

    # Random weights are sure of nothing: with the usual thresholds no query would be kept.
    loose = {"threshold": 0.0, "mask_threshold": 0.0, "overlap_mask_area_threshold": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ask = pipeline("image-segmentation", model=str(folders[family]))
        segments = ask(Image.fromarray(picture(60, 90)), **(loose if family == "mask2former" else {}))
    assert segments
    assert segments[0]["mask"].size == (90, 60)


def test_known_label_lists():
    from segtutor.models import labels

    coco = [*labels.COCO_THINGS, *(f"stuff {i}" for i in range(53))]
    categories, source = labels.categories_of(coco, "mask")
    assert source == "coco"
    assert [c.isthing for c in categories] == [True] * 80 + [False] * 53
    assert labels.categories_of(coco[:80], "mask")[1] == "coco"
    categories, source = labels.categories_of(labels.CITYSCAPES, "per-pixel")
    assert source == "cityscapes"
    assert [c.name for c in categories if c.isthing] == labels.CITYSCAPES_THINGS
    ade = [labels._ADE20K_SIGNS.get(i, f"class {i}") for i in range(150)]
    categories, source = labels.categories_of(ade, "mask")
    assert source == "ade20k"
    assert sum(c.isthing for c in categories) == 100
    for family, isthing in (("mask", True), ("per-pixel", False)):
        categories, source = labels.categories_of(["sky", "cat"], family)
        assert source == "unknown"
        assert [c.isthing for c in categories] == [isthing] * 2
    assert [c.id for c in categories] == [0, 1]


def test_coco_things_are_the_official_ones():
    from pathlib import Path

    from segtutor.models import labels

    official = Path(__file__).parents[2] / "shared/data/coco_panoptic_sample/panoptic_coco_categories.json"
    if not official.exists():
        pytest.skip(f"no official list at {official}")
    entries = sorted(json.loads(official.read_text()), key=lambda entry: entry["id"])
    assert [entry["name"] for entry in entries if entry["isthing"]] == labels.COCO_THINGS
