"""ONNX files for any number of pictures, and for any size: the numbers of the modules, and no other size."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

import segtutor as st
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.models import export
from segtutor.reference.layers.forms import plain

ANY_SIZE = ("fcn-toytown",)
SHAPES = ((1, 128, 128), (3, 64, 96), (2, 160, 224))  # pictures, rows, columns


@pytest.fixture(scope="module")
def pictures():
    """Four rendered scenes side by side and one above the other, (256, 256, 3), to cut other sizes from."""
    tiles = [scene.render()[0] for scene in st.toytown.scenes("validation", 4)]
    return np.block([[[tiles[0]], [tiles[1]]], [[tiles[2]], [tiles[3]]]])


@pytest.fixture(scope="module", params=ANY_SIZE)
def any_size(request, tmp_path_factory):
    """Name and file, written by the command."""
    path = tmp_path_factory.mktemp("any") / "any.onnx"
    assert main(["export", request.param, "--dynamic", "size", "--out", str(path)]) == 0
    return request.param, path


def batch(pictures, count, rows, columns):
    cuts = [pictures[16 * i :, 8 * i :][:rows, :columns] for i in range(count)]
    return np.ascontiguousarray(cuts)


def compared(segmenter, session, given):
    """The largest difference of any output, in parts of its largest number."""
    module = export._FromBytes(segmenter.model, segmenter.processor)
    with torch.no_grad():
        ours = module(torch.from_numpy(given))
    theirs = session.run(None, {"image": given})
    assert [tuple(one.shape) for one in ours] == [one.shape for one in theirs]
    return max(float(np.abs(a.numpy() - b).max() / a.abs().max()) for a, b in zip(ours, theirs, strict=True))


def test_any_number_of_pictures_of_any_size(any_size, pictures):
    name, path = any_size
    session = onnxruntime.InferenceSession(path)
    for shape in SHAPES:
        assert compared(st.load(name), session, batch(pictures, *shape)) <= 1e-4, shape


def cut(name):
    """A shipped model whose network has one layer where it has two, with random weights: the exporter reads half."""
    segmenter = st.load(name)
    config = json.loads((Path(st.__file__).parent / "models" / "checkpoints" / name / "config.json").read_text())
    config.get("backbone_config", config)["depths"] = [1, 1, 1, 1]
    torch.manual_seed(0)
    segmenter.model = type(segmenter.model).from_config(config).eval()
    return segmenter


@pytest.mark.parametrize("name", ["segformer", "upernet"])
def test_other_networks_that_classify_pixels(name, pictures):
    segmenter = cut(f"{name}-toytown")
    session = onnxruntime.InferenceSession(export.onnx_bytes(segmenter, dynamic="size"))
    for shape in SHAPES:
        assert compared(segmenter, session, batch(pictures, *shape)) <= 1e-4, shape


@pytest.mark.parametrize("name", ["unet", "pspnet", "deeplab"])
def test_no_size_is_left_in_the_graphs_of_the_rest(name, pictures):
    """What is handed to the writer of ONNX, which takes most of the time and is tried above."""
    segmenter = cut(f"{name}-toytown")
    export._check_any_size(segmenter)
    module = export._FromBytes(segmenter.model, segmenter.processor, any_size=True)
    given = (torch.from_numpy(batch(pictures, 2, 128, 192)),)
    with torch.no_grad(), plain():
        graph = torch.export.export(module, given, dynamic_shapes=export._free("size")).module()
        for shape in SHAPES:
            image = torch.from_numpy(batch(pictures, *shape))
            torch.testing.assert_close(graph(image)[0], module(image)[0], rtol=1e-4, atol=1e-5)


def test_another_size_is_refused_not_answered(any_size, pictures):
    session = onnxruntime.InferenceSession(any_size[1])
    for rows, columns in ((100, 128), (128, 100), (96, 80)):
        with pytest.raises(Exception, match="(?i)reshape"):
            session.run(None, {"image": batch(pictures, 1, rows, columns)})


def test_the_file_says_what_it_takes(any_size):
    facts = json.loads(onnxruntime.InferenceSession(any_size[1]).get_modelmeta().custom_metadata_map["segtutor"])
    assert (facts["size"], facts["dynamic"], facts["name"]) == (None, "size", any_size[0])


def test_the_recipe_segments_a_picture_without_torch(any_size, pictures, tmp_path, repository):
    """Of 150 x 118 pixels, no multiples of 32; most pixels get the class that the package gives them."""
    name, path = any_size
    picture, out = tmp_path / "picture.png", tmp_path / "classes.png"
    Image.fromarray(pictures[:118, :150]).save(picture)
    recipe = repository / "notebooks" / "recipes" / "segment_with_onnxruntime.py"
    code = f"import sys, runpy; sys.modules['torch'] = None; runpy.run_path({str(recipe)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code, path, picture, out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Image.open(out) as opened:
        found = np.asarray(opened)
    segmenter = st.load(name)
    truth = segmenter.segment(picture, task="semantic").semantic()
    assert found.shape == truth.shape == (118, 150)
    assert (found == truth).mean() > 0.8
    assert "% of the pixels" in done.stdout


def test_mistakes_are_said_in_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"None for 'eomt-toytown'.*position"):
        export.export_onnx("eomt-toytown", tmp_path / "a.onnx", dynamic="size")
    with pytest.raises(UserError, match="None for 'detr-toytown'"):
        export.export_onnx("detr-toytown", tmp_path / "a.onnx", dynamic="size")
    with pytest.raises(UserError, match="dynamic must be"):
        export.export_onnx("fcn-toytown", tmp_path / "a.onnx", dynamic="sizes")
    with pytest.raises(UserError, match="steps=True"):
        export.onnx_bytes("mask2former-toytown", dynamic="size", steps=True)
    assert not list(tmp_path.iterdir())


def test_any_size_does_not_read_the_size():
    segmenter = st.load("fcn-toytown")
    export._check(segmenter, None)  # what 100 x 100 pixels would be refused for comes after, and only for one size
    with pytest.raises(UserError, match="100 x 100"):
        export._check_size(segmenter, (100, 100))
