"""The two engines of a shipped model: the same segmentations, the same figures, and both can be trained on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.models.with_reference import Tensors
from segtutor.training.evaluate import evaluate
from segtutor.training.recipes.toytown import Scenes

NAMES = ("mask2former-toytown", "upernet-toytown")
SCENES = 20


@pytest.fixture(scope="module", params=NAMES)
def pair(request):
    """One model under both engines."""
    return tuple(st.load(request.param, engine=engine) for engine in ("reference", "transformers"))


def test_the_default_is_the_courses_own_modules():
    segmenter = st.load(NAMES[0])
    assert segmenter.engine == "reference"
    assert type(segmenter.model).__module__ == "segtutor.reference.models.mask2former"
    other = st.load(NAMES[0], engine="transformers")
    assert other.engine == "transformers"
    assert type(other.model).__module__.startswith("transformers.")


def test_both_engines_segment_scenes_alike(pair):
    """Float sums in another order may flip a pixel where two segments are level: fewer than one in 10 000 do."""
    pixels = flipped = 0
    for seed in range(SCENES):
        image, _ = toytown.scene(seed).render()
        ours, theirs = (segmenter.segment(image) for segmenter in pair)
        assert [part.category_id for part in ours.segments] == [part.category_id for part in theirs.segments]
        pixels += ours.segment_ids.size
        flipped += int((ours.segment_ids != theirs.segment_ids).sum())
    assert flipped <= pixels / 10_000


def test_both_engines_give_the_same_figures(pair):
    ours, theirs = (evaluate(segmenter, size=SCENES) for segmenter in pair)
    assert set(ours) == set(theirs)
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], abs=0.05), name


def test_an_engine_for_a_name_and_not_for_what_is_loaded(pair):
    assert evaluate(NAMES[1], size=1, engine="reference") == evaluate(NAMES[1], size=1)
    with pytest.raises(UserError, match="pass it to segtutor.load"):
        evaluate(pair[0], size=1, engine="reference")


@pytest.mark.parametrize("name", NAMES)
def test_training_goes_on_from_a_shipped_model(name):
    """st.fit takes a module of the course as it takes one of transformers: the loss of a trained model stays low."""
    segmenter = st.load(name)
    before = {key: value.clone() for key, value in segmenter.model.state_dict().items()}
    fitted = st.fit(segmenter.model, Scenes(range(4)), steps=3, batch_size=2, lr=1e-4, ema=0.5, precision="bf16")
    assert len(fitted.losses) == 1
    changed = [key for key, value in segmenter.model.state_dict().items() if not torch.equal(value, before[key])]
    assert len(changed) > 0.9 * len(before)
    assert evaluate(segmenter, size=3)["miou"] > 60


def test_files_are_read_as_safetensors_reads_them(tmp_path):
    from safetensors.torch import load_file, save_file

    kinds = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.uint8)
    random = torch.Generator().manual_seed(0)
    tensors = {str(kind): (torch.randn(3, 5, generator=random) * 9).abs().to(kind) for kind in kinds}
    tensors |= {"scalar": torch.tensor(4.5), "empty": torch.zeros(0, 3), "flags": torch.tensor([True, False])}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"format": "pt"})
    save_file({"other": torch.ones(2)}, tmp_path / "b.safetensors")
    read = Tensors([tmp_path / "a.safetensors", tmp_path / "b.safetensors"])
    expected = load_file(tmp_path / "a.safetensors") | {"other": torch.ones(2)}
    assert set(read) == set(expected)
    assert len(read) == len(expected)
    for name, tensor in expected.items():
        assert read[name].dtype == tensor.dtype
        assert torch.equal(read[name], tensor)
    with pytest.raises(ValueError, match="'other'"):
        Tensors([tmp_path / "b.safetensors", tmp_path / "b.safetensors"])


def test_a_file_that_is_cut_short_later_leaves_the_model_alone(tmp_path):
    """A mapped file would end the process with SIGBUS here."""
    folder = shutil.copytree(Path(st.__file__).parent / "models/checkpoints/upernet-toytown", tmp_path / "model")
    segmenter = st.load(folder)
    (folder / "model.safetensors").write_bytes(b"")
    image, _ = toytown.scene(0).render()
    assert segmenter.segment(image, task="semantic").segments


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read as Linux shows it")
def test_loading_holds_the_weights_once(tmp_path):
    """Peak memory above the model itself: less than a second copy of it. A fresh process, since memory is kept."""
    code = """
import json, sys
from pathlib import Path
from segtutor.models.checkpoint import Checkpoint
from segtutor.models import with_reference

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])

folder = Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
found = Checkpoint(folder, "it", config)
kept = with_reference.build(found)  # everything imported, and no memory that could be used again
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before = memory("VmRSS")
model = with_reference.build(found)
size = sum(p.numel() * p.element_size() for p in model.state_dict().values()) / 1024
print((memory("VmHWM") - before) / size)
"""
    from hub.repositories import tiny_config
    from transformers import Mask2FormerForUniversalSegmentation

    config = tiny_config("mask2former", backbone="swin")
    config.hidden_dim = config.feature_size = config.mask_feature_size = 256
    config.dim_feedforward = config.encoder_feedforward_dim = 6000
    Mask2FormerForUniversalSegmentation(config).save_pretrained(tmp_path)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert 0.5 < float(done.stdout) < 1.4


@pytest.mark.parametrize(
    "kind", ["mask2former", "maskformer", "oneformer", "detr", "eomt", "eomt_dinov3", "segformer", "upernet"]
)
def test_names_of_files_become_those_of_today(kind, tmp_path):
    """What save_pretrained writes, in the names of older releases, and what a module calls its parameters."""
    import transformers
    from hub.repositories import tiny_config
    from safetensors import safe_open

    from segtutor import families
    from segtutor.reference.weights.names.rule import current_name

    for backbone in ("resnet", "swin", "convnext") if kind in ("mask2former", "oneformer", "upernet") else (None,):
        model = getattr(transformers, families.get(kind).transformers_class)(tiny_config(kind, backbone=backbone))
        model.save_pretrained(tmp_path / str(backbone))
        config = json.loads((tmp_path / str(backbone) / "config.json").read_text())
        with safe_open(tmp_path / str(backbone) / "model.safetensors", "np") as file:
            names = set(file.keys())
        today = set(model.state_dict())
        family = families.get(kind).network_class()
        renames = family.renames(config) if hasattr(family, "renames") else ()
        assert {current_name(renames, name) for name in names} == today
        assert {current_name(renames, name) for name in today} == today


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=some.integers(0, 400), height=some.integers(40, 200), width=some.integers(40, 200))
def test_any_picture_is_segmented_alike(seed, height, width):
    """Odd sizes too, where resizing and the borders of feature maps could differ."""
    segmenters = [_loaded(engine) for engine in ("reference", "transformers")]
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    scene, _ = toytown.scene(seed).render()
    image[: min(height, 128), : min(width, 128)] = scene[:height, :width]
    ours, theirs = (segmenter.set_image(image).output for segmenter in segmenters)
    torch.testing.assert_close(ours.class_logits, theirs.class_logits, rtol=1e-2, atol=2e-2)
    agree = (ours.mask_logits > 0) == (theirs.mask_logits > 0)
    assert float(agree.float().mean()) > 0.999


_KEPT: dict[str, st.Segmenter] = {}


def _loaded(engine: str) -> st.Segmenter:
    if engine not in _KEPT:
        _KEPT[engine] = st.load(NAMES[0], engine=engine)
    return _KEPT[engine]
