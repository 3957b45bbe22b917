"""PixelExplorer's and QueryExplorer's JavaScript against the Python it mirrors, on the same quantised logits."""

from __future__ import annotations

import base64
import json
import subprocess

import numpy as np
import pytest
import torch
from test_javascript import HERE, _node

from segtutor.inference import instance_inference, semantic_inference, semantic_scores
from segtutor.inference.common import upsample
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Category
from segtutor.widgets.base.quantised import at_pixel, mask_payload, pixel_payload
from segtutor.widgets.base.reading import query_order
from segtutor.widgets.queries.explorer import TOP_K, instance_ranking

CATEGORIES = Categories(Category(10 + 3 * k, f"class {k}", k % 2 == 0) for k in range(5))
THRESHOLD = 0.4
NEAR = 5e-5  # of logits up to 100 in float32, from two ways to interpolate


def _case(seed: int) -> dict:
    random = np.random.default_rng(seed)
    queries, (h, w) = int(random.integers(1, 40)), random.integers(2, 12, 2).tolist()
    size = tuple(random.integers(8, 50, 2).tolist())
    masks = random.normal(random.uniform(-3, 3, (queries, 1, 1)), 4, (queries, h, w)) * random.uniform(1, 8)
    logits = random.normal(0, 2.5, (1, queries, len(CATEGORIES) + 1))
    per_pixel = random.normal(0, 5, (1, len(CATEGORIES), h, w))
    output = MaskOutput(torch.tensor(logits, dtype=torch.float32), torch.tensor(masks, dtype=torch.float32)[None])
    pixels = np.stack([random.integers(0, size[1], 6), random.integers(0, size[0], 6)], axis=1).tolist()
    mask_sent, seen = mask_payload(output)
    pixel_sent, pixel_seen = pixel_payload(PerPixelOutput(torch.tensor(per_pixel, dtype=torch.float32)))
    return {
        "size": size,
        "masks": mask_sent,
        "per_pixel": pixel_sent,
        "pixels": pixels,
        "output": seen,
        "other": pixel_seen,
    }


def _plain(payload: dict) -> dict:
    return {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in payload.items()}


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> list[tuple[dict, dict]]:
    cases = [_case(seed) for seed in range(25)]
    questions = []
    for case in cases:
        case["semantic"] = semantic_inference(case["output"], case["size"]).semantic().astype("<i4")
        questions.append({
            "size": case["size"], "isthing": [c.isthing for c in CATEGORIES], "pixels": case["pixels"],
            "masks": _plain(case["masks"]), "per_pixel": _plain(case["per_pixel"]), "mask_threshold": THRESHOLD,
            "semantic": base64.b64encode(case["semantic"].tobytes()).decode(),
        })  # fmt: skip
    file = tmp_path_factory.mktemp("cases") / "cases.json"
    file.write_text(json.dumps(questions))
    command = [_node(), str(HERE / "js" / "answer_explorers.mjs"), str(file)]
    run = subprocess.run(command, capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return list(zip(cases, json.loads(run.stdout), strict=True))


def test_one_pixel_is_what_resizing_the_whole_maps_gives(answered):
    for case, answer in answered:
        size, output = case["size"], case["output"]
        whole = torch.stack([upsample(mask, size) for mask in output.mask_logits[0]])
        shares = semantic_scores(case["other"], size)[0].numpy()
        sums = semantic_scores(output, size)[0].numpy()
        probs = output.class_logits[0].softmax(dim=-1)[:, :-1]
        for (x, y), got in zip(case["pixels"], answer["readings"], strict=True):
            np.testing.assert_allclose(at_pixel(output.mask_logits[0], size, x, y), whole[:, y, x], atol=NEAR)
            np.testing.assert_allclose(got["masks"], whole[:, y, x].sigmoid(), atol=NEAR / 4)
            np.testing.assert_allclose(got["shares"], shares[:, y, x], atol=5e-6)
            np.testing.assert_allclose(got["sums"], sums[:, y, x], atol=NEAR)
            scores, labels = probs.max(dim=1)
            for claim in got["claims"]:
                query = claim["query"]
                assert claim["label"] == int(labels[query])
                assert claim["claim"] == pytest.approx(
                    float(scores[query] * whole[query, y, x].sigmoid()), abs=NEAR / 4
                )
            claimed = [claim["claim"] for claim in got["claims"]]
            assert claimed == sorted(claimed, reverse=True)


def test_the_per_pixel_answer_and_its_class_maps_are_equal(answered):
    for case, answer in answered:
        scores = semantic_scores(case["other"], case["size"])[0].numpy()
        theirs = np.frombuffer(base64.b64decode(answer["probabilities"]), np.float32).reshape(case["size"])
        np.testing.assert_allclose(theirs, scores[0], atol=5e-6)
        labels = np.frombuffer(base64.b64decode(answer["labels"]), np.int32).reshape(case["size"])
        best = np.sort(scores, axis=0)
        clear = best[-1] - best[-2] > 1e-5  # a tie to rounding may go either way
        np.testing.assert_array_equal(labels[clear], scores.argmax(axis=0)[clear])
        assert clear.mean() > 0.95


def test_instances_are_ranked_alike(answered):
    lengths, edges, total = set(), 0, 0
    for case, answer in answered:
        mine = instance_ranking(case["output"], case["size"], CATEGORIES)
        published = instance_inference(case["output"], case["size"], CATEGORIES, top_k=TOP_K)
        assert [label for _, label, _ in mine] == published.labels.tolist()
        np.testing.assert_allclose([score for *_, score in mine], published.scores, atol=1e-6)
        theirs = {(one["query"], one["label"]): one["score"] for one in answer["ranked"]}
        assert theirs.keys() == {(query, label) for query, label, _ in mine}
        for query, label, score in mine:
            logits = upsample(case["output"].mask_logits[0, query], case["size"])
            at_edge = int((logits.abs() < NEAR).sum())  # a pixel at the edge to rounding may be in or out
            assert theirs[query, label] == pytest.approx(score, abs=1e-5 + at_edge / max(1, int((logits > 0).sum())))
            edges += at_edge
            total += logits.numel()
        assert [one["score"] for one in answer["ranked"]] == sorted(theirs.values(), reverse=True)
        lengths.add(len(mine))
    assert edges < 1e-4 * total
    assert max(lengths) < TOP_K * 0.75  # stuff was left out
    assert min(lengths) < TOP_K * 0.2


def test_the_semantic_share_and_the_orders_are_equal(answered):
    for case, answer in answered:
        output, size = case["output"], case["size"]
        for query, got in enumerate(answer["shares"]):
            mask = upsample(output.mask_logits[0, query], size).sigmoid().numpy() >= np.float32(THRESHOLD)
            label = int(output.class_logits[0, query, :-1].argmax())
            assert got["label"] == label
            assert abs(got["inside"] - int(mask.sum())) <= 1  # a pixel at the threshold to rounding
            assert abs(got["agree"] - int((case["semantic"][mask] == label).sum())) <= 1
        for sort, order in answer["orders"].items():
            assert order == query_order(output, sort), sort
