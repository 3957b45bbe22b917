"""Files that were damaged at random, by fixed seeds: each is read, or refused in one sentence; nothing else.

A few hundred of each kind by default, some seconds; SEGTUTOR_FUZZ=100 makes a hundred times as many.
"""

import io
import json
import os
import random
import re

import nbformat
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import segtutor as st
from segtutor import data
from segtutor.data.convert.files import label_values
from segtutor.errors import UserError
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.preprocess import load_processor, preprocess
from segtutor.training.loop.parts import optimizer_of
from segtutor.training.loop.state import STATE, restore_state, save_state
from segtutor.untrusted_json import parse

TIMES = int(os.environ.get("SEGTUTOR_FUZZ", "1"))
ODD = [b"\0", b"\xff", b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"[" * 40, b"-1", b"1e999", b"9" * 400]

VALUES = [
    None,
    True,
    0,
    -1,
    5,
    1e300,
    -0.5,
    2**31,
    10**17,
    "",
    "x",
    [],
    {},
    [[]],
    [1, 2, 3],
    {"a": 1},
    [[1, 1], [2, 2]],
]
VALUES += ["../../etc/passwd", [0] * 1000, "a" * 5000, [1e308] * 4]


def damaged(content: bytes, seed: int) -> bytes:
    """Some bytes changed, doubled, taken out, cut off or replaced by what readers stumble over."""
    chance = random.Random(seed)
    made = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(made) + 1)
        end = min(len(made), place + chance.choice((1, 1, 2, 4, 16, 200)))
        match chance.randrange(6):
            case 0 if place < len(made):
                made[place] ^= 1 << chance.randrange(8)
            case 1:
                made[place:end] = chance.choice(ODD)
            case 2:
                del made[place:end]
            case 3:
                made[place:place] = made[place:end] * chance.randint(1, 3)
            case 4:
                made[place:end] = chance.randbytes(end - place)
            case 5 if chance.random() < 0.2:
                del made[place:]
    return bytes(made)


def other_values(content: bytes, seed: int) -> bytes:
    """A json that parses, in which up to three values are of another type or size, or gone."""
    chance = random.Random(seed)
    value = json.loads(content)
    for _ in range(chance.randint(1, 3)):
        places = list(places_in(value))
        holder, key = chance.choice(places)
        if chance.random() < 0.15:
            del holder[key]
        else:
            holder[key] = json.loads(json.dumps(chance.choice(VALUES)))
    return json.dumps(value).encode()


def places_in(value):
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in items:
        yield value, key
        if isinstance(part, dict | list):
            yield from places_in(part)


def encoded(file_format, mode="RGB", **options):
    values = np.random.default_rng(0).integers(0, 5, (24, 32, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).convert(mode).save(file, file_format, **options)
    return file.getvalue()


def pictures():
    exif = Image.Exif()
    exif[0x0112] = 6
    made = [encoded(kind, exif=exif) for kind in ("JPEG", "PNG", "WEBP", "TIFF")]
    made += [encoded("GIF", "P"), encoded("BMP"), encoded("PNG", "RGBA"), encoded("JPEG", "CMYK", progressive=True)]
    return made + [encoded("TIFF", "RGBA", compression="tiff_lzw"), encoded("PNG", "P", transparency=0)]


def refused_or(work, *arguments) -> bool:
    """Whether it was read. Whatever is raised but a UserError of one line fails the test."""
    said = None
    try:
        work(*arguments)
    except UserError as error:
        said = str(error)
    assert said is None or ("\n" not in said and len(said) < 2000)
    return said is None


def each(samples, count):
    for seed in range(count * TIMES):
        yield seed, damaged(samples[seed % len(samples)], seed)


def test_pictures():
    read = [refused_or(st.load_image, content) for _, content in each(pictures(), 400)]
    assert 20 < sum(read) < len(read) - 20, "neither all nor none: the damage reaches the decoders"


def test_label_maps():
    samples = [encoded("PNG", "L"), encoded("PNG", "P"), encoded("TIFF", "L"), encoded("BMP", "L"), encoded("GIF", "P")]
    read = [refused_or(label_values, io.BytesIO(content), "a") for _, content in each(samples, 400)]
    assert 20 < sum(read) < len(read) - 20


def coco():
    ring = [1, 1, 9, 1, 9.5, 9]
    annotations = [{"id": i, "image_id": 1, "category_id": 1, "segmentation": [ring], "iscrowd": 0} for i in range(3)]
    annotations.append({"id": 9, "image_id": 1, "category_id": 1, "segmentation": {"counts": "0:2", "size": [10, 20]}})
    images = [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}]
    categories = [{"id": 1, "name": "x", "supercategory": "y", "color": [1, 2, 3]}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories}).encode()


def test_json(tmp_path):
    (tmp_path / "img").mkdir()
    Image.new("RGB", (20, 10)).save(tmp_path / "img" / "a.png")
    read = 0
    for seed, content in each([coco()], 300):
        if seed % 3 == 0:
            content = other_values(coco(), seed)
        (tmp_path / "c.json").write_bytes(content)
        said = ""
        try:
            parse(content)
        except ValueError as error:
            said = str(error)
        assert len(said) < 300, seed
        read += refused_or(lambda: data.coco_instances(tmp_path / "c.json", images=tmp_path / "img").check())
    assert read > 20


def test_processors(tmp_path):
    """What the settings of a checkpoint may be, without its weights: those are the same for all."""
    settings = {
        "image_processor_type": "Mask2FormerImageProcessor", "do_resize": True, "do_rescale": True,
        "do_normalize": True, "size": {"shortest_edge": 64, "longest_edge": 128}, "size_divisor": 32,
        "max_size": 128, "resample": 2, "rescale_factor": 0.004, "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.2, 0.2, 0.2], "pad_size": None,
    }  # fmt: skip
    whole, found, read = json.dumps(settings).encode(), Checkpoint(tmp_path, "the folder"), 0
    for seed in range(150 * TIMES):
        (tmp_path / "preprocessor_config.json").write_bytes(other_values(whole, seed))
        read += refused_or(lambda: preprocess(load_processor(found, "reference"), np.zeros((32, 48, 3), np.uint8)))
    assert 10 < read < 140 * TIMES


def test_states(tmp_path):
    def fresh():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))
        return model, optimizer_of("adamw", model, 1e-3, 0.05, 1.0)

    model, optimizer = fresh()
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    save_state(tmp_path / STATE, 1, 0.1, model, optimizer, None)
    whole = (tmp_path / STATE).read_bytes()
    other, moving = fresh()
    for _, content in each([whole], 60):
        (tmp_path / STATE).write_bytes(content)
        if refused_or(restore_state, tmp_path / STATE, other, moving, None):
            assert all(torch.equal(*pair) for pair in zip(model.parameters(), other.parameters(), strict=True))


def test_pages():
    pytest.importorskip("nh3")
    from segtutor.pages import find
    from segtutor.pages.document import page

    texts = [
        '<table><tr><td style="color:red">x</td></tr></table><img src="data:image/png;base64,AAAA"><a href="#x">y</a>',
        '<svg><style><!--</style><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"></svg><b>b</b>',
        '# Title\n\n$x < y$ ![p](a.png) [l](b.ipynb#c) <div id="segtutor-store">{"modules":{}}</div>\n\n|a|b|\n|-|-|',
    ]
    bare = page(nbformat.v4.new_notebook(), find.Lesson(find.source_folder() / "x.ipynb", False), {}, executed=False)
    for _, content in each([text.encode() for text in texts], 60):
        text = content.decode("utf-8", "replace")
        output = nbformat.v4.new_output("display_data", data={"text/html": text, "image/png": text})
        cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("1", outputs=[output])]
        notebook = nbformat.v4.new_notebook(cells=cells)
        made = page(notebook, find.Lesson(find.source_folder() / "x.ipynb", False), {}, executed=False).html
        assert made.lower().count(b"<meta") == bare.html.lower().count(b"<meta")
        assert len(re.findall(rb'<[^<>]*id="segtutor-store"', made)) == 1  # written as text it may be there
