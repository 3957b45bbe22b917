"""Files that were damaged at random, by fixed seeds, of each kind that a stranger's file may be.

`KINDS` names the kinds. A kind is made with a folder of its own; `kind.work(seed)` writes one damaged file there and
returns what reads it: a function that ends, or raises UserError. test_fuzz.py takes some hundreds of each, longer.py
as many as an hour holds.
"""

import io
import json
import pickle
import random
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import torch
from PIL import Image
from torch import nn

import segtutor as st
from segtutor import data
from segtutor.data.convert.files import label_values
from segtutor.errors import UserError
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.preprocess import load_processor, preprocess
from segtutor.models.zoo import CHECKPOINTS
from segtutor.training.loop.parts import optimizer_of
from segtutor.training.loop.state import STATE, restore_state, save_state
from segtutor.untrusted_json import parse

ODD = [b"\0", b"\xff", b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"[" * 40, b"-1", b"1e999", b"9" * 400]
VALUES = [None, True, 0, -1, 5, 1e300, -0.5, 2**31, 10**17, "", "x", [], {}, [[]], [1, 2, 3], {"a": 1}]
VALUES += [[[1, 1], [2, 2]], "../../etc/passwd", [0] * 1000, "a" * 5000, [1e308] * 4]


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
        if not places:
            break
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


def with_checksums(png: bytes) -> bytes:
    """A PNG whose chunks have the checksums of their content, so that damage reaches what is behind them."""
    made, place = png[:8], 8
    while place + 12 <= len(png):
        length = struct.unpack_from(">I", png, place)[0]
        if place + 12 + length > len(png):
            break
        body = png[place + 4 : place + 8 + length]
        made += png[place : place + 4] + body + struct.pack(">I", zlib.crc32(body))
        place += 12 + length
    return made + png[place:]


def encoded(file_format, mode="RGB", **options):
    values = np.random.default_rng(0).integers(0, 5, (24, 32, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).convert(mode).save(file, file_format, **options)
    return file.getvalue()


class _OfSamples:
    """A kind whose files are samples, damaged byte by byte; of PNGs half keep true checksums."""

    samples: list[bytes]

    def content(self, seed: int) -> bytes:
        sample = self.samples[seed % len(self.samples)]
        made = damaged(sample, seed)
        return with_checksums(made) if made[:4] == b"\x89PNG" and random.Random(seed).random() < 0.5 else made


class Pictures(_OfSamples):
    def __init__(self, folder: Path):
        exif = Image.Exif()
        exif[0x0112] = 6
        made = [encoded(kind, exif=exif) for kind in ("JPEG", "PNG", "WEBP", "TIFF")]
        made += [encoded("GIF", "P"), encoded("BMP"), encoded("PNG", "RGBA"), encoded("JPEG", "CMYK", progressive=True)]
        self.samples = [*made, encoded("TIFF", "RGBA", compression="tiff_lzw"), encoded("PNG", "P", transparency=0)]

    def work(self, seed: int) -> Callable[[], Any]:
        content = self.content(seed)
        return lambda: st.load_image(content)


class LabelMaps(_OfSamples):
    def __init__(self, folder: Path):
        self.samples = [encoded("PNG", "L"), encoded("PNG", "P"), encoded("TIFF", "L"), encoded("BMP", "L")]
        self.samples += [encoded("GIF", "P")]

    def work(self, seed: int) -> Callable[[], Any]:
        content = self.content(seed)
        return lambda: label_values(io.BytesIO(content), "a")


class CocoJson:
    """The json of COCO's instances; the reader of all json is asked beside it."""

    def __init__(self, folder: Path):
        ring = [1, 1, 9, 1, 9.5, 9]
        annotations = [
            {"id": i, "image_id": 1, "category_id": 1, "segmentation": [ring], "iscrowd": 0} for i in range(3)
        ]
        annotations.append(
            {"id": 9, "image_id": 1, "category_id": 1, "segmentation": {"counts": "0:2", "size": [10, 20]}}
        )
        images = [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}]
        categories = [{"id": 1, "name": "x", "supercategory": "y", "color": [1, 2, 3]}]
        content = {"images": images, "annotations": annotations, "categories": categories}
        self.whole, self.folder = json.dumps(content).encode(), folder
        (folder / "img").mkdir(exist_ok=True)
        Image.new("RGB", (20, 10)).save(folder / "img" / "a.png")

    def work(self, seed: int) -> Callable[[], Any]:
        content = (damaged if seed % 3 else other_values)(self.whole, seed)
        (self.folder / "c.json").write_bytes(content)

        def read():
            said = ""
            try:
                parse(content)
            except ValueError as error:  # that reader's own words, which its callers put into a sentence
                said = str(error)
            assert len(said) < 300
            return data.coco_instances(self.folder / "c.json", images=self.folder / "img").check()

        return read


class DataSets:
    """Every format that segtutor.data reads, written by tests/formats.py; one file of its folder is damaged."""

    def __init__(self, folder: Path):
        sys.path.insert(0, str(Path(__file__).parent.parent))
        import formats

        picture, truth = st.toytown.scene(3, 64).render()
        self.sets = []
        for name, (write, _) in formats.FORMATS.items():
            asked: list[tuple] = []
            recorder = self.recorder(asked)
            where = folder / re.sub(r"\W+", "-", name)
            where.mkdir(exist_ok=True)
            own, formats.data = formats.data, recorder
            try:
                write(where, picture, truth)
            finally:
                formats.data = own
            files = sorted(path for path in where.rglob("*") if path.is_file())
            if asked:
                self.sets.append((asked[-1], [(path, path.read_bytes()) for path in files]))

    @staticmethod
    def recorder(asked: list[tuple]) -> SimpleNamespace:
        """segtutor.data's readers, each of which only notes what it was called with."""

        def noting(reader):
            return lambda *arguments, **options: asked.append((getattr(data, reader), arguments, options))

        return SimpleNamespace(**{reader: noting(reader) for reader in data.__all__})

    def work(self, seed: int) -> Callable[[], Any]:
        (reader, arguments, options), files = self.sets[seed % len(self.sets)]
        path, whole = random.Random(seed).choice(files)
        is_json = path.suffix == ".json" and seed % 2
        content = (other_values if is_json else damaged)(whole, seed)
        if content[:4] == b"\x89PNG":
            content = with_checksums(content)

        def read():
            path.write_bytes(content)
            try:
                records = reader(*arguments, **options)
                records.check()
                return [row for row in records]
            finally:
                path.write_bytes(whole)

        return read


class Processors:
    """What the settings of a checkpoint may be, without its weights: those are the same for all."""

    def __init__(self, folder: Path):
        settings = {
            "image_processor_type": "Mask2FormerImageProcessor", "do_resize": True, "do_rescale": True,
            "do_normalize": True, "size": {"shortest_edge": 64, "longest_edge": 128}, "size_divisor": 32,
            "max_size": 128, "resample": 2, "rescale_factor": 0.004, "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.2, 0.2, 0.2], "pad_size": None,
        }  # fmt: skip
        self.whole, self.folder = json.dumps(settings).encode(), folder

    def work(self, seed: int) -> Callable[[], Any]:
        (self.folder / "preprocessor_config.json").write_bytes(other_values(self.whole, seed))
        found = Checkpoint(self.folder, "the folder")
        return lambda: preprocess(load_processor(found, "reference"), np.zeros((32, 48, 3), np.uint8))


class Checkpoints:
    """A shipped model's folder, one of its files damaged: descriptions by value, weights by byte."""

    NAMES = ("upernet-toytown", "mask2former-toytown")

    def __init__(self, folder: Path):
        self.folders = []
        for name in self.NAMES:
            own = folder / name
            own.mkdir(exist_ok=True)
            files = {path.name: path.read_bytes() for path in sorted((CHECKPOINTS / name).iterdir()) if path.is_file()}
            for file, content in files.items():
                (own / file).write_bytes(content)
            self.folders.append((own, files))

    def work(self, seed: int) -> Callable[[], Any]:
        folder, files = self.folders[seed % len(self.folders)]
        file = random.Random(seed).choice(sorted(files))
        is_json = file.endswith(".json") and seed % 5
        if is_json:
            content = other_values(files[file], seed)
        else:
            head = 4000  # the list of a safetensors file lies in front: there damage is worth the most
            content = damaged(files[file][:head], seed) + files[file][head:]

        def read():
            (folder / file).write_bytes(content)
            try:
                return st.load(folder)
            finally:
                (folder / file).write_bytes(files[file])

        return read


class States:
    """The state of a training. Half of them keep true checksums: what is damaged is the description inside."""

    def __init__(self, folder: Path):
        self.file = folder / STATE
        model, optimizer = self.fresh()
        model(torch.ones(2, 4)).sum().backward()
        optimizer.step()
        save_state(self.file, 1, 0.1, model, optimizer, None)
        self.model, self.whole = model, self.file.read_bytes()
        with zipfile.ZipFile(self.file) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.other = self.fresh()

    @staticmethod
    def fresh():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))
        return model, optimizer_of("adamw", model, 1e-3, 0.05, 1.0)

    def content(self, seed: int) -> bytes:
        if seed % 2:
            return damaged(self.whole, seed)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.parts.items():
                archive.writestr(name, self.inside(content, seed) if name.endswith("data.pkl") else content)
        return file.getvalue()

    @staticmethod
    def inside(content: bytes, seed: int) -> bytes:
        """One number or name of the pickle is another one; every third time bytes are."""
        if seed % 3 == 0:
            return damaged(content, seed)
        chance = random.Random(seed)
        places = [match.start() for match in re.finditer(rb"[KMJX]", content)]
        made, place = bytearray(content), chance.choice(places)
        kind = bytes(made[place : place + 1])
        length = {b"K": 1, b"M": 2, b"J": 4, b"X": 5}[kind]
        if kind == b"K" and chance.random() < 0.5:
            made[place : place + 2] = pickle.dumps(chance.choice((10**9, -1, 2**62, 300)), 2)[2:-1]
        else:
            made[place + 1 : place + 1 + length] = chance.randbytes(length)
        return bytes(made)

    def work(self, seed: int) -> Callable[[], Any]:
        self.file.write_bytes(self.content(seed))
        bytewise = seed % 2

        def read():
            before = [value.clone() for value in self.other[0].parameters()]
            try:
                restore_state(self.file, *self.other, None)
            except UserError:
                now = self.other[0].parameters()
                assert all(map(torch.equal, before, now)), "refused, and yet something was replaced"
                raise
            pairs = zip(self.model.parameters(), self.other[0].parameters(), strict=True)
            assert not bytewise or all(torch.equal(*pair) for pair in pairs)

        return read


class Pages:
    """Texts of a notebook's cells and outputs, and notebooks as files, with the states of widgets.

    The page holds no meta element and no store but its own.
    """

    TEXTS = (
        '<table><tr><td style="color:red">x</td></tr></table><img src="data:image/png;base64,AAAA"><a href="#x">y</a>',
        '<svg><style><!--</style><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"></svg><b>b</b>',
        '# Title\n\n$x < y$ ![p](a.png) [l](b.ipynb#c) <div id="segtutor-store">{"modules":{}}</div>\n\n|a|b|\n|-|-|',
    )
    VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"

    def __init__(self, folder: Path):
        from segtutor.pages import find
        from segtutor.pages.document import page

        self.lesson = find.Lesson(folder / "x.ipynb", False)
        self.make = lambda notebook: page(notebook, self.lesson, {}, executed=False).html
        self.read = lambda: find.read(self.lesson)
        self.metas = self.make(nbformat.v4.new_notebook()).lower().count(b"<meta")
        self.whole = nbformat.writes(self.notebook(self.TEXTS[0])).encode()

    def notebook(self, text: str):
        data = {"text/html": text, "image/png": text, "text/plain": text, "image/svg+xml": text}
        outputs = [nbformat.v4.new_output("display_data", data=data)]
        view = {"model_id": "box", "version_major": 2, "version_minor": 0}
        outputs.append(nbformat.v4.new_output("display_data", data={self.VIEW: view, "text/plain": "x"}))
        outputs.append(nbformat.v4.new_output("error", ename="E", evalue=text, traceback=["\x1b[31m" + text]))
        cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("1", outputs=outputs)]
        html = {"model_name": "HTMLModel", "model_module": "@jupyter-widgets/controls", "state": {"value": text}}
        box = {"model_name": "VBoxModel", "model_module": "@jupyter-widgets/controls"}
        output = {"model_name": "OutputModel", "model_module": "@jupyter-widgets/output"}
        state = {
            "box": {**box, "state": {"children": ["IPY_MODEL_html", "IPY_MODEL_output", "IPY_MODEL_any"]}},
            "html": html,
            "output": {**output, "state": {"outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}},
            "any": {
                "model_name": "AnyModel", "model_module": "anywidget", "state": {"_esm": "export default {}", "a": {}},
                "buffers": [{"path": ["a", "b"], "data": "AAAA", "encoding": "base64"}],
            },
        }  # fmt: skip
        widgets = {self.STATE: {"state": state, "version_major": 2, "version_minor": 0}}
        return nbformat.v4.new_notebook(cells=cells, metadata={"widgets": widgets})

    def work(self, seed: int) -> Callable[[], Any]:
        if seed % 2:
            content = (damaged if seed % 3 == 0 else other_values)(self.whole, seed)
            self.lesson.path.write_bytes(content)
        else:
            text = damaged(self.TEXTS[seed // 2 % len(self.TEXTS)].encode(), seed).decode("utf-8", "replace")
            notebook = self.notebook(text)

        def read():
            made = self.make(self.read() if seed % 2 else notebook)
            assert made.lower().count(b"<meta") == self.metas
            assert len(re.findall(rb'<[^<>]*id="segtutor-store"', made)) == 1  # written as text it may be there

        return read


KINDS: dict[str, Callable[[Path], Any]] = {
    "pictures": Pictures,
    "labels": LabelMaps,
    "json": CocoJson,
    "data sets": DataSets,
    "processors": Processors,
    "checkpoints": Checkpoints,
    "states": States,
    "pages": Pages,
}
