"""The widgets' JavaScript, run by node: its own tests, and its equality with the Python it mirrors."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from segtutor.inference import panoptic_inference, query_fates
from segtutor.inference.common import upsample
from segtutor.outputs import MaskOutput
from segtutor.segments import Categories, Category, Segmentation

HERE = Path(__file__).parent
MODULES = HERE.parent / "segtutor" / "widgets"


def _node() -> str:
    """node >= 20.19 (it reads an ES module by its content): the machine's, or the one that Playwright brings."""
    spec = find_spec("playwright")
    brought = Path(spec.origin).parent / "driver" / "node" if spec and spec.origin else None
    for command in filter(None, [shutil.which("node"), brought and str(brought)]):
        answer = subprocess.run([command, "--version"], capture_output=True, text=True)
        version = tuple(int(part) for part in re.findall(r"\d+", answer.stdout)[:2])
        if answer.returncode == 0 and version >= (20, 19):
            return command
    pytest.skip("no node >= 20.19 on the path, and no playwright that brings one: pip install 'segtutor[test]'")


@pytest.fixture(scope="module")
def node() -> str:
    return _node()


def test_javascript_has_its_own_tests_and_they_pass(node):
    files = sorted(str(path) for path in (HERE / "js").glob("*.test.mjs"))
    assert files
    run = subprocess.run([node, "--test", "--test-reporter=tap", *files], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"^# pass (\d+)", run.stdout, re.M)[1]) >= 15


# ---------------------------------------------------------------- equality with Python on random cases

CATEGORIES = Categories(Category(10 + 3 * k, f"class {k}", k % 2 == 0) for k in range(5))


def _base64(array) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _random_case(seed: int, resized: bool) -> dict:
    """A random answer of a network, thresholds as a person would move them, and a truth with void and a crowd."""
    random = np.random.default_rng(seed)
    queries, (h, w) = int(random.integers(1, 24)), random.integers(2, 12, 2).tolist()
    size = (h, w) if resized else random.integers(8, 60, 2).tolist()
    class_logits = torch.from_numpy(random.normal(0, 2.5, (1, queries, len(CATEGORIES) + 1)).astype(np.float32))
    # Blobs rather than noise, with a common offset so that some masks are empty and some cover everything
    centre, radius = random.uniform(0, [h, w], (queries, 2)), random.uniform(-0.2, 0.8, queries) * max(h, w)
    grid = np.stack(np.mgrid[:h, :w], axis=-1)[None]
    mask_logits = radius[:, None, None] - np.linalg.norm(grid - centre[:, None, None], axis=-1)
    mask_logits = mask_logits + random.normal(0, 0.3, mask_logits.shape)
    if seed % 3 == 0:  # ties: the first query must win in both languages
        mask_logits, class_logits = mask_logits.round(), class_logits.round()
    output = MaskOutput(class_logits, torch.from_numpy(mask_logits.astype(np.float32))[None])
    steps = [
        {"scoreThreshold": a, "maskThreshold": b, "overlapThreshold": c}
        for a, b, c in [(0.8, 0.5, 0.8), (0, 0, 0), (1, 1, 1), *random.uniform(0, 1, (4, 3)).tolist()]
    ]
    steps += [{name: round(value, 2) for name, value in step.items()} for step in steps[-3:]]
    truth = _random_truth(random, size)
    return {"output": output, "size": tuple(size), "steps": steps, "resized": resized, "truth": truth}


def _random_truth(random: np.random.Generator, size) -> Segmentation:
    ids = np.kron(random.integers(0, 6, (3, 3)), np.ones((20, 20), np.int32))[: size[0], : size[1]].astype(np.int32)
    present = [i for i in np.unique(ids).tolist() if i]
    labels = {i: CATEGORIES[int(random.integers(len(CATEGORIES)))].id for i in present}
    crowds = [i for i in present if CATEGORIES.by_id(labels[i]).isthing and random.random() < 0.5]
    category_ids = {7 * i: category_id for i, category_id in labels.items()}
    return Segmentation.from_ids(ids * 7, category_ids, CATEGORIES, iscrowd=[7 * i for i in crowds])


def _probabilities(case: dict) -> np.ndarray:
    """(Q, H, W) float32, exactly as segtutor.inference computes them."""
    return np.stack([upsample(mask, case["size"]).sigmoid_().numpy() for mask in case["output"].mask_logits[0]])


def _ask_node(node: str, cases: list[dict], folder: Path) -> list[dict]:
    from segtutor.widgets.base.payload import truth_traits

    questions = []
    for case in cases:
        output, truth = case["output"], truth_traits(case["truth"], CATEGORIES)
        questions.append({
            "size": case["size"], "grid": list(output.mask_logits.shape[-2:]), "resized": case["resized"],
            "steps": case["steps"], "isthing": [c.isthing for c in CATEGORIES],
            "class_probs": _base64(output.class_logits[0].softmax(-1).numpy()),
            "masks": _base64(_probabilities(case) if case["resized"] else output.mask_logits[0].numpy()),
            "truth": {"ids": base64.b64encode(truth["truth_ids"]).decode(), "segments": truth["truth_segments"]},
        })  # fmt: skip
    (folder / "cases.json").write_text(json.dumps(questions))
    command = [node, str(HERE / "js" / "answer.mjs"), str(folder / "cases.json")]
    run = subprocess.run(command, capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


def _in_python(case: dict, step: dict):
    thresholds = {re.sub("T", "_t", name): value for name, value in step.items()}
    result = panoptic_inference(case["output"], case["size"], CATEGORIES, **thresholds)
    return result, query_fates(case["output"], case["size"], CATEGORIES, **thresholds)


def _map(answer: dict, size: tuple[int, int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(answer["ids"]), np.int32).reshape(size)


def test_every_decision_equals_pythons_on_the_same_probabilities(node, tmp_path):
    """Same mask probabilities in: segment map, fates, areas, scores equal exactly; PQ to 1e-9."""
    from segtutor.metrics import panoptic_quality

    cases = [_random_case(seed, resized=True) for seed in range(60)]
    met = set()
    for case, answer in zip(cases, _ask_node(node, cases, tmp_path), strict=True):
        for step, got in zip(case["steps"], answer["steps"], strict=True):
            result, fates = _in_python(case, step)
            np.testing.assert_array_equal(_map(got, case["size"]), result.segment_ids)
            assert got["voidArea"] == int((result.segment_ids == 0).sum())
            for mine, theirs, area in zip(fates, got["fates"], got["areas"], strict=True):
                label = len(CATEGORIES) if mine.category_id is None else CATEGORIES.index(mine.category_id)
                assert (mine.fate, label, mine.score, mine.area) == (
                    theirs["fate"], theirs["label"], theirs["score"], theirs["area"])  # fmt: skip
                assert mine.mask_area == area
                met.add(mine.fate)
            assert [(s.id, CATEGORIES.index(s.category_id), s.score, s.area) for s in result.segments] == [
                (s["id"], s["label"], s["score"], s["area"]) for s in got["segments"]
            ]
            quality = panoptic_quality([(result, case["truth"])], CATEGORIES)
            for name in ("all", "things", "stuff"):
                part = getattr(quality, name)
                for key in ("pq", "sq", "rq"):
                    theirs = got["quality"][name][key]  # JSON writes NaN as null
                    expected = pytest.approx(np.nan if theirs is None else theirs, abs=1e-9, nan_ok=True)
                    assert getattr(part, key) == expected
                assert [part.tp, part.fp, part.fn] == [got["quality"][name][key] for key in ("tp", "fp", "fn")]
    assert met == {"kept", "below threshold", "no object", "overlapped"}


def test_resized_masks_differ_by_rounding_only_and_so_do_the_pictures(node, tmp_path):
    """Each side resizes the same logits. A pixel may differ only where Python's own decision hung on less than 1e-5.

    Such a pixel has its two best products, or its probability and the mask threshold, within 1e-5; or its segment
    stood at the overlap threshold to within the pixels that flipped. At most 1e-4 of all pixels may.
    """
    near = 1e-5
    cases = [_random_case(seed, resized=False) for seed in range(1, 60) if seed % 3]  # ties are the exact test's
    flips = total = 0
    for case, answer in zip(cases, _ask_node(node, cases, tmp_path), strict=True):
        probs = _probabilities(case)
        theirs = np.frombuffer(base64.b64decode(answer["probabilities"]), np.float32).reshape(probs.shape)
        np.testing.assert_allclose(theirs, probs, rtol=0, atol=2e-6)
        for step, got in zip(case["steps"], answer["steps"], strict=True):
            result, fates = _in_python(case, step)
            different = _map(got, case["size"]) != result.segment_ids
            total += different.size
            if not different.any():
                continue
            flips += int(different.sum())
            competing = [f.query for f in fates if f.fate in ("kept", "overlapped")]
            scores = np.array([fates[q].score for q in competing], np.float32)
            products = np.sort(probs[competing] * scores[:, None, None], axis=0)
            tied = products[-1] - (products[-2] if len(products) > 1 else 0) < near
            at_edge = (np.abs(probs[competing] - step["maskThreshold"]) < near).any(axis=0)
            on_edge = any(
                abs(f.area - step["overlapThreshold"] * f.mask_area) <= (tied | at_edge).sum() for f in fates if f.area
            )
            assert on_edge or (tied | at_edge)[different].all()
    print(f"{flips} of {total} pixels differ")
    assert flips <= 1e-4 * total
