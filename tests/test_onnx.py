"""The shipped networks as ONNX: the same numbers, decisions and score as of the modules they are made from."""

import json
import shutil
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import segtutor as st
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.metrics.pq import PanopticCounts
from segtutor.models import export
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.pages import exports
from segtutor.reference.decoders import masked_decoder

NAMES = ("mask2former-toytown", "upernet-toytown")
SCENES = 100


@pytest.fixture(autouse=True)
def _one_thread():
    """As a browser's worker has; on a busy machine two would wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def rendered():
    """The first hundred scenes of validation: [(image, truth)]."""
    return [scene.render() for scene in st.toytown.scenes("validation", SCENES)]


def session(data: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # as in a browser's worker
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def with_decisions(data: bytes) -> bytes:
    """The file with the masks of its masked attention as further outputs, in the order of the layers."""
    model = onnx.load_from_string(data)
    names = [node.output[0] for node in model.graph.node if node.op_type == "GreaterOrEqual"]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.BOOL, None) for name in names)
    return model.SerializeToString()


@dataclass
class Comparison:
    """Of numbers and of bits, over pictures. disturbed: pictures on which a bit flipped."""

    worst: float = 0.0
    worst_disturbed: float = 0.0
    bits: int = 0
    flipped: int = 0
    disturbed: list[int] = field(default_factory=list)

    def add(self, picture: int, ours: list, theirs: list, our_bits: list, their_bits: list) -> None:
        difference = max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in zip(ours, theirs, strict=True))
        flipped = sum(int((a != b).sum()) for a, b in zip(our_bits, their_bits, strict=True))
        self.bits += sum(a.size for a in our_bits)
        self.flipped += flipped
        if flipped:
            self.disturbed.append(picture)
            self.worst_disturbed = max(self.worst_disturbed, difference)
        else:
            self.worst = max(self.worst, difference)


@pytest.mark.parametrize("name", NAMES)
def test_same_numbers_and_the_same_score_on_a_hundred_scenes(name, exported, rendered, monkeypatch):
    """Relative difference (to the largest number of a picture) <= 1e-4, and PQ within 0.2 points.

    A bit of an attention mask may flip where its logit is 0 up to rounding; what follows then differs by more. Such
    bits are counted: at most one in a hundred thousand, on at most three pictures.
    """
    bits: list[np.ndarray] = []  # torch's, of each layer
    decide = masked_decoder.inside_mask

    def remember(*arguments):
        decided = decide(*arguments)
        bits.append(decided.numpy())
        return decided

    monkeypatch.setattr(masked_decoder, "inside_mask", remember)
    segmenter = st.load(name)
    categories, outputs = segmenter.categories, len(export.OUTPUTS[segmenter.family])
    run = session(with_decisions(exported[name].read_bytes()))
    counts = {engine: PanopticCounts(categories) for engine in ("torch", "onnx")}
    compared = Comparison()
    for picture, (image, truth) in enumerate(rendered):
        bits.clear()
        output = segmenter.set_image(image).output
        ours = [output.logits] if outputs == 1 else [output.class_logits, output.mask_logits]
        answer = run.run(None, {"image": image[None]})
        compared.add(picture, [one.numpy() for one in ours], answer[:outputs], bits, answer[outputs:])
        theirs = (PerPixelOutput if outputs == 1 else MaskOutput)(*map(torch.from_numpy, answer[:outputs]))
        read = st.panoptic_inference(theirs, image.shape[:2], categories, **segmenter.thresholds)
        counts["torch"].update(segmenter.predict(), truth)
        counts["onnx"].update(read, truth)
    pq = {engine: 100 * one.compute().all.pq for engine, one in counts.items()}
    print(f"{name}: {compared}, PQ {pq['torch']:.3f} with torch, {pq['onnx']:.3f} with onnxruntime")
    assert bool(compared.bits) == (segmenter.family == "mask")
    assert compared.worst <= 1e-4
    assert compared.flipped <= 1e-5 * compared.bits
    assert len(compared.disturbed) <= 3
    assert abs(pq["torch"] - pq["onnx"]) <= 0.2


@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_what_it_is_and_nothing_of_its_maker(name, exported, repository):
    data = exported[name].read_bytes()
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model)
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 18)]
    facts = json.loads({entry.key: entry.value for entry in model.metadata_props}["segtutor"])
    segmenter = st.load(name)
    assert facts["categories"] == segmenter.categories.to_coco()
    assert (facts["name"], facts["family"], facts["size"]) == (name, segmenter.family, [128, 128])
    assert facts["thresholds"] == segmenter.thresholds
    assert [one.name for one in model.graph.output] == list(export.OUTPUTS[segmenter.family])
    assert b"stack_trace" not in data  # the exporter would write down paths of the person's own
    assert str(repository).encode() not in data
    assert len(data) < 10e6


def test_the_module_is_as_it_was(exported):
    """Tracing leaves no symbol in what the modules keep for a size: the next picture is answered, in numbers."""
    image, _ = st.toytown.scene(3).render()
    for name in exported:
        output = st.load(name).set_image(image).output
        assert type(getattr(output, "mask_logits", getattr(output, "logits", None))) is torch.Tensor


def test_an_export_is_kept_until_its_sources_change(exported, tmp_path, monkeypatch):
    name = NAMES[0]
    for path in exported.values():
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(exports, "_made", lambda _name, _steps: b"made again")
    assert exports.exported(name, tmp_path) == exported[name].read_bytes()
    monkeypatch.setattr(exports, "version", lambda _package: "another")
    assert exports.exported(name, tmp_path) == b"made again"
    assert len(list(tmp_path.iterdir())) == len(exported), "the earlier file is gone, the other networks' are not"
    assert exports.exported(name, exported[name] / "folder") == b"made again"  # not writable: no error


def test_the_command_writes_the_file(exported, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export, "onnx_bytes", lambda model, size, **_: b"%s %d %d" % (model.encode(), *size))
    assert main(["export", NAMES[1], "--out", str(tmp_path / "a.onnx")]) == 0
    assert (tmp_path / "a.onnx").read_bytes() == b"upernet-toytown 128 128"
    assert main(["export", NAMES[1], "--out", str(tmp_path / "a.onnx")]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["export", NAMES[1], "--out", str(tmp_path / "a.onnx"), "--force", "--size", "96"]) == 0
    assert (tmp_path / "a.onnx").read_bytes() == b"upernet-toytown 96 96"


def test_mistakes_are_said_in_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="export it for 256 x 128"):
        export.export_onnx(NAMES[0], tmp_path / "a.onnx", size=(128, 250))
    theirs = st.load(NAMES[0])
    theirs.engine = "transformers"
    with pytest.raises(UserError, match="engine='reference'"):
        export.export_onnx(theirs, tmp_path / "a.onnx")
    with pytest.raises(UserError, match="does not exist"):
        export.export_onnx(NAMES[0], tmp_path / "none" / "a.onnx")
    monkeypatch.setattr(export, "NEEDED", ("onnx", "no_such_package"))
    with pytest.raises(UserError, match=r"no_such_package is not installed.*pip install \"segtutor\[onnx\]\""):
        export.export_onnx(NAMES[0], tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
