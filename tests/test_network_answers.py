"""What the page of the networks makes of their outputs, in JavaScript, is what Python makes of them."""

import base64
import json
import subprocess

import numpy as np
import pytest
import torch
from test_javascript import HERE, _node

import segtutor as st
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.pages.networks import OFFERED

THRESHOLDS = {"score_threshold": 0.5, "overlap_threshold": 0.6, "mask_threshold": 0.5}
CATEGORIES = st.toytown.categories


def in_javascript(outputs: list, size: tuple[int, int], folder) -> list[tuple[np.ndarray, list[dict]]]:
    """The answers to outputs: [(ids (H, W), segments)]."""
    cases = []
    for output in outputs:
        names = ("class_logits", "mask_logits") if isinstance(output, MaskOutput) else ("logits",)
        tensors = {name: getattr(output, name).numpy() for name in names}
        facts = {"family": "mask" if len(names) == 2 else "per-pixel", "size": size, "thresholds": THRESHOLDS}
        cases.append(
            {
                "facts": facts | {"categories": CATEGORIES.to_coco()},
                "outputs": {
                    name: {"dims": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}
                    for name, array in tensors.items()
                },
            }
        )
    path = folder / "cases.json"
    path.write_text(json.dumps(cases))
    command = [_node(), str(HERE / "js" / "answer_networks.mjs"), str(path)]
    run = subprocess.run(command, capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return [
        (np.frombuffer(base64.b64decode(one["ids"]), np.int32).reshape(size), one["segments"])
        for one in json.loads(run.stdout)
    ]


def compare(outputs: list, size: tuple[int, int], folder, flips: float) -> int:
    """Asserts that both languages answer alike, up to a share of flipped pixels. -> how many segments there were."""
    seen = 0
    for output, (ids, segments) in zip(outputs, in_javascript(outputs, size, folder), strict=True):
        expected = st.panoptic_inference(output, size, CATEGORIES, **THRESHOLDS)
        assert [one["id"] for one in segments] == [one.id for one in expected.segments]
        assert [CATEGORIES[one["label"]].id for one in segments] == [one.category_id for one in expected.segments]
        np.testing.assert_allclose(
            [one["score"] for one in segments], [one.score for one in expected.segments], rtol=0, atol=1e-5
        )
        assert (ids != expected.segment_ids).mean() <= flips
        seen += len(segments)
    return seen


@pytest.mark.parametrize("name", OFFERED)
def test_answers_to_scenes(name, tmp_path):
    """Resizing and exponentials round differently: one pixel of a scene may flip where two are equal to 1e-6."""
    segmenter = st.load(name)
    outputs = [segmenter.set_image(st.toytown.scene(seed).draw()[0]).output for seed in (0, 3, 7, 31)]
    assert compare(outputs, (128, 128), tmp_path, flips=1 / 128**2) > 20


def test_components_of_any_class_map(tmp_path):
    """Snakes, corners that touch, ties and noise on odd sizes: the same components in the same order, to the pixel."""
    generator = torch.Generator().manual_seed(5)
    outputs = []
    for coarse in (1, 2, 3, 6):
        logits = torch.randint(0, 4, (1, len(CATEGORIES), 33, 21), generator=generator).float()  # many ties
        rows, columns = torch.arange(33) // coarse * coarse, torch.arange(21) // coarse * coarse
        outputs.append(PerPixelOutput(logits[:, :, rows][:, :, :, columns].contiguous()))
    assert compare(outputs, (33, 21), tmp_path, flips=0) > 100


def test_no_more_segments_than_a_byte_can_name(tmp_path):
    """A chessboard of a thing class has more components than 255: what lies beyond is void."""
    logits = torch.zeros(1, len(CATEGORIES), 32, 32)
    logits[0, 14] = ((torch.arange(32)[:, None] + torch.arange(32)) % 2).float()
    ((ids, segments),) = in_javascript([PerPixelOutput(logits)], (32, 32), tmp_path)
    assert (len(segments), int(ids.max())) == (255, 255)
    assert (ids == 0).any()
