"""MatchingGame: costs and optimum are the matcher's, the replay is the algorithm's, JavaScript's equals Python's."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_javascript import node  # noqa: F401  (a fixture)
from toy_segmenter import ToySegmenter

import segtutor as st
from segtutor.errors import UserError
from segtutor.outputs import PerPixelOutput
from segtutor.training.rows.targets import panoptic_targets
from segtutor.widgets.matching.hungarian_steps import assignment_steps

pytest.importorskip("anywidget")
ANSWER = Path(__file__).parent / "js" / "answer_game.mjs"


def ask_node(node, cases: list[dict], folder: Path) -> list[dict]:  # noqa: F811
    (folder / "cases.json").write_text(json.dumps(cases))
    run = subprocess.run([node, str(ANSWER), str(folder / "cases.json")], capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


def matrices() -> list[np.ndarray]:
    """Every shape, ties, zero, negative and large costs."""
    random = np.random.default_rng(3)
    found = []
    for number in range(150):
        cost = random.normal(0, 10.0 ** random.integers(-3, 4), random.integers(1, 14, 2))
        found.append(cost.round(int(number % 3) - 1) if number % 2 else cost)  # every second one has many ties
    return [*found, np.zeros((3, 5)), np.full((4, 4), -7.0), np.float64([[1, 2], [2, 9]])]


@pytest.fixture(scope="module")
def segmenter() -> ToySegmenter:
    return ToySegmenter()


@pytest.fixture
def game(segmenter):
    return st.widgets.MatchingGame(segmenter, None, segmenter.truth)


def toy(**settings):
    """The lesson's trap: the cheapest cell is not in the best assignment; the terms disagree."""
    costs = {"class": [[-1.0, 0.0], [0.0, -1.0]], "dice": [[0.5, 0.1], [0.2, 0.9]]}
    return st.widgets.MatchingGame(costs=costs, **settings)


def test_the_browser_finds_what_our_reference_finds_and_by_the_same_steps(node, tmp_path):  # noqa: F811
    """Pairs, potentials, ways and their order: equal to the last bit, ties included."""
    every = matrices()
    cases = [{"cost": c.ravel().tolist(), "rows": c.shape[0], "columns": c.shape[1]} for c in every]
    for cost, answer in zip(every, ask_node(node, cases, tmp_path), strict=True):
        rows, columns = st.reference.linear_sum_assignment(cost)
        assert answer["pairs"] == [list(pair) for pair in zip(rows.tolist(), columns.tolist(), strict=True)]
        steps = list(assignment_steps(cost))
        assert len(steps) == len(answer["steps"])
        for mine, theirs in zip(steps, answer["steps"], strict=True):
            for name in ("kind", "seeker", "asked", "place"):
                assert getattr(mine, name) == theirs[name]
            assert [list(pair) for pair in mine.path] == theirs["path"]
            assert np.where(np.isinf(mine.distance), None, mine.distance).tolist() == theirs["distance"]
            for name in ("before", "settled", "u", "v"):
                assert getattr(mine, name).tolist() == theirs[name]
            assert mine.place_of.tolist() == theirs["placeOf"]


def test_the_last_step_is_the_optimum_and_its_potentials_prove_it():
    for cost in matrices():
        *_, last = assignment_steps(cost)
        rows, columns = st.reference.linear_sum_assignment(cost)
        across = cost.T if cost.shape[0] > cost.shape[1] else cost
        assert across[np.arange(len(across)), last.place_of].sum() == pytest.approx(cost[rows, columns].sum())
        assert (last.u.sum() + last.v.sum()) == pytest.approx(cost[rows, columns].sum(), rel=1e-9, abs=1e-9)
        assert (across - last.u[:, None] - last.v >= -1e-9 * max(1, np.abs(cost).max())).all()
        kinds = [step.kind for step in assignment_steps(cost)]
        assert kinds.count("move") == min(cost.shape)


def test_costs_and_optimum_are_those_of_the_matcher(game, segmenter):
    target = panoptic_targets(segmenter.truth)
    ((queries, targets),) = st.reference.match(segmenter.output, [target])
    assert sorted(game.optimum) == sorted(zip(queries.tolist(), targets.tolist(), strict=True))
    weights = st.reference.MatchingWeights(class_=0.0, bce=0.0, dice=1.0)
    ((queries, targets),) = st.reference.match(segmenter.output, [target], weights=weights)
    game.weights = {"class": 0, "bce": 0, "dice": 1}
    assert sorted(game.optimum) == sorted(zip(queries.tolist(), targets.tolist(), strict=True))
    assert game.rows[0] == f"query {game.query_numbers[0]}"
    assert len(game.says) == len(game.rows)


def test_fewer_queries_keep_the_optimum_of_all(segmenter):
    every = st.widgets.MatchingGame(segmenter, None, segmenter.truth)
    some = st.widgets.MatchingGame(segmenter, None, segmenter.truth, queries=12)
    assert len(some.query_numbers) == 12
    assert some.optimum == every.optimum
    assert some.least == pytest.approx(every.least)


def test_other_weights_have_another_optimum_and_a_part_may_be_given():
    game = toy()
    assert (game.weights, game.optimum) == ({"class": 2.0, "dice": 5.0}, [(0, 1), (1, 0)])
    game.weights = {"dice": 0}
    assert game.weights == {"class": 2.0, "dice": 0.0}
    assert game.optimum == [(0, 0), (1, 1)]
    assert game.least == -4.0
    assert toy(weights={"class": 0.5}).weights == {"class": 0.5, "dice": 5.0}


def test_what_the_learner_matched_is_read_and_set(game):
    assert (game.pairs, game.total) == ([], 0)
    game.pairs = game.optimum[:3]
    assert game.pairs == [list(pair) for pair in game.optimum[:3]]
    assert game.total < 0
    game.set_state({"pairs": [[game.query_numbers[0], 2]], "cell": [game.query_numbers[0], 2], "step": 3})
    assert (game.pairs, game.step) == ([[game.query_numbers[0], 2]], 3)
    assert game.total == game.cost[0, 2]


def test_what_is_sent_are_the_terms_and_masks_within_the_stated_error(game, segmenter):
    sent = np.frombuffer(game.terms, "<f4").reshape(3, len(game.rows), len(game.columns))
    weights = np.array(list(game.weights.values()))
    np.testing.assert_allclose((weights[:, None, None] * sent).sum(0), game.cost, rtol=1e-12)
    logits = segmenter.output.mask_logits[0, game.query_numbers].numpy()
    masks = np.frombuffer(game.mask_logits, np.int8).reshape(len(game.rows), *game.grid) * (8 / 127)
    assert np.abs(masks - logits.clip(-8, 8)).max() <= 0.032
    sigmoid = torch.sigmoid(torch.stack([torch.from_numpy(masks).float(), torch.from_numpy(logits)]))
    assert (sigmoid[0] - sigmoid[1]).abs().max() <= 0.008
    ids = np.frombuffer(game.target_ids, "<u2").reshape(128, 128)
    np.testing.assert_array_equal(ids == 3, segmenter.truth.segment_ids == segmenter.truth.segments[2].id)
    assert sum(len(part) for part in (game.picture, game.terms, game.mask_logits, game.target_ids)) < 1_000_000


def test_a_crowd_is_no_target_and_a_large_picture_is_reduced():
    segmenter = ToySegmenter(seed=5, size=512)
    old = segmenter.truth
    crowd = old.segments[1].id
    truth = st.Segmentation.from_ids(
        old.segment_ids, {s.id: s.category_id for s in old.segments}, old.categories, iscrowd=[crowd]
    )
    game = st.widgets.MatchingGame(segmenter, None, truth, longest_side=200)
    assert game.size == [200, 200]
    assert len(game.columns) == len(old.segments) - 1
    assert np.frombuffer(game.target_ids, "<u2").max() == len(game.columns)
    assert len(game.target_ids) == 2 * 200 * 200


def test_stills_figures_and_names(game):
    assert repr(game) == "MatchingGame(24 queries, 10 targets, weights class 2, bce 5, dice 5)"
    data, metadata = game._repr_mimebundle_()
    plain = np.asarray(Image.open(io.BytesIO(data["image/png"])))
    assert (
        metadata["image/png"]["alt"]
        == game.alternative()
        == ("Costs of 24 queries for 10 targets; 0 matched by hand, sum 0.00.")
    )
    game.revealed = True
    assert not np.array_equal(game.still(), plain)
    assert "least possible -" in game.alternative()
    assert "chosen: query" in game.figure().description
    game.step = 4
    assert "step 4 of" in game.alternative()
    matrix, chosen, _, columns = game._shown()
    assert len(chosen) == int((game.steps[4].place_of >= 0).sum())
    assert all(abs(matrix[pair]) < 1e-9 for pair in chosen)
    assert columns[0] == f"{game.columns[0]} ({game.steps[4].u[0]:+.1f})"
    assert "step 4 of" in game.figure().description
    game.step = 10**6  # the replay ends with its last step
    assert f"step {len(game.steps) - 1} of" in game.alternative()


class _PerPixel(ToySegmenter):
    def __init__(self):
        super().__init__()
        self.output = PerPixelOutput(torch.zeros(1, len(self.categories), 32, 32))


MISTAKES = {
    "nothing": (lambda s: st.widgets.MatchingGame(), "MatchingGame(costs=matrix)"),
    "both": (lambda s: st.widgets.MatchingGame(s, None, s.truth, costs=[[1.0]]), "MatchingGame(costs=matrix)"),
    "the name of a model": (lambda s: st.widgets.MatchingGame("mask2former-toytown"), "st.load("),
    "no truth": (lambda s: st.widgets.MatchingGame(s), "a NoneType"),
    "a per-pixel model": (lambda s: st.widgets.MatchingGame(_PerPixel(), None, s.truth), "PerPixelOutput"),
    "not finite": (lambda s: st.widgets.MatchingGame(costs=[[1.0, np.nan]]), "finite"),
    "shapes": (lambda s: st.widgets.MatchingGame(costs={"a": [[1.0]], "b": [[1.0, 2.0]]}), "one shape"),
    "names": (lambda s: st.widgets.MatchingGame(costs=[[1.0]], names=(["a", "b"], ["c"])), "2 and 1"),
    "too many": (lambda s: st.widgets.MatchingGame(costs=np.zeros((41, 2))), "1 to 40"),
    "a weight of no term": (lambda s: toy(weights={"focal": 1}), "focal"),
    "a negative weight": (lambda s: toy(weights={"dice": -1}), "0 to 100"),
    "no queries": (lambda s: st.widgets.MatchingGame(s, None, s.truth, queries=0), "queries"),
    "a pair of no query": (lambda s: setattr(toy(), "pairs", [(7, 0)]), "[7, 0]"),
    "a query twice": (lambda s: setattr(toy(), "pairs", [(0, 0), (0, 1)]), "once"),
    "a cell of no target": (lambda s: setattr(toy(), "cell", [0, 2]), "[0, 2]"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_one_sentence(segmenter, name):
    act, said = MISTAKES[name]
    with pytest.raises(UserError) as caught:
        act(segmenter)
    text = str(caught.value)
    assert said in text
    assert "\n" not in text
