"""A scene composed by the browser's code from layers is the scene that Python renders, also after edits."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_javascript import _node

from segtutor.data import toytown
from segtutor.data.toytown import layers

ANSWER = Path(__file__).parent / "js" / "answer_scene.mjs"
SEEDS = [7, 9, *range(20, 34)]


def _plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _edited(scene: toytown.Scene, random: np.random.Generator) -> toytown.Scene:
    """A few of the editor's changes: moves by whole pixels of the canvas, colours, heights, order, new things."""
    side = scene.size * 2
    for _ in range(int(random.integers(1, 5))):
        what = random.integers(5)
        if what == 0 or not scene.things:
            kind = toytown.KINDS[random.integers(len(toytown.KINDS))]
            x, y = (random.integers(-20, side + 20, 2) / side).tolist()
            scene = scene.add(kind, x, y, pattern=toytown.PATTERNS[random.integers(2)])
            continue
        n = int(random.integers(len(scene.things)))
        thing = scene.things[n]
        if what == 1:
            x, y = (random.integers(-20, side + 20, 2) / side).tolist()
            changed = replace(thing, x=x, y=y)
            scene = replace(scene, things=(*scene.things[:n], changed, *scene.things[n + 1 :]))
        elif what == 2:
            scene = scene.recolour(n, toytown.COLOURS[random.integers(6)], toytown.PATTERNS[random.integers(2)])
        elif what == 3:
            scene = scene.resize(n, layers.STEP ** int(random.integers(-3, 3)))
        else:
            scene = scene.remove(n) if random.random() < 0.4 else scene.reorder(n, int(random.integers(-1, 2)) % 2)
    return scene


@pytest.fixture(scope="module")
def composed(tmp_path_factory) -> list[tuple[toytown.Scene, np.ndarray, np.ndarray]]:
    random, questions, scenes = np.random.default_rng(3), [], []
    for seed in SEEDS:
        scene = toytown.scene(seed, 192 if seed == 21 else 128)
        edited = [scene, *(_edited(scene, random) for _ in range(5))]
        shapes = [thing for one in edited for thing in one.things]
        ground = {name: _plain(value) for name, value in layers.ground(scene).items()}
        cutouts = {name: _plain(value) for name, value in layers.cutouts(shapes, scene.size).items()}
        questions.append({"ground": ground, "cutouts": cutouts, "edits": [layers.things(one) for one in edited]})
        scenes.append(edited)
    path = tmp_path_factory.mktemp("scene") / "scenes.json"
    path.write_text(json.dumps(questions))
    run = subprocess.run([_node(), str(ANSWER), str(path)], capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    found = []
    for edited, answers in zip(scenes, json.loads(run.stdout), strict=True):
        for scene, answer in zip(edited, answers, strict=True):
            assert answer["missing"] == 0
            shape = (scene.size, scene.size)
            image = np.frombuffer(base64.b64decode(answer["image"]), np.uint8).reshape(*shape, 4)[..., :3]
            found.append((scene, image, np.frombuffer(base64.b64decode(answer["ids"]), np.int32).reshape(shape)))
    return found


def test_composed_scenes_have_the_very_ids_and_colours_of_python(composed):
    assert len(composed) == 6 * len(SEEDS)
    for scene, image, ids in composed:
        true_image, true_ids = scene.draw()
        np.testing.assert_array_equal(ids, true_ids)
        np.testing.assert_array_equal(image, true_image)


def test_a_moved_thing_keeps_its_shape_also_over_the_border():
    """What makes one cutout serve for every place; without it a thing changes as it leaves the picture."""
    thing = toytown.scene(7).add("ball", 0.5, 0.75, 0.4).things[-1]
    alone = replace(toytown.scene(7), things=(thing,))
    whole = alone.draw()[1] == toytown.FIRST_THING
    outside = replace(alone, things=(replace(thing, x=0.0),)).draw()[1] == toytown.FIRST_THING
    np.testing.assert_array_equal(outside[:, :64], whole[:, 64:])
    assert outside[:, 64:].sum() == 0


def test_one_cutout_serves_all_six_colours():
    scene = toytown.scene(7).add("house", 0.5, 0.75, pattern="patterned")
    for colour in toytown.COLOURS:
        one = layers.cutouts([replace(scene.things[-1], colour=colour)], 128)
        assert one == layers.cutouts([scene.things[-1]], 128)


def test_a_library_has_what_a_page_needs_in_a_bounded_size():
    import zlib

    made = layers.library([toytown.scene(7)], smaller=2, larger=1)
    shapes = {(entry["kind"], entry["pattern"]) for entry in made["index"] if "x" not in entry}
    assert shapes == {(kind, pattern) for kind in toytown.KINDS for pattern in toytown.PATTERNS}
    assert len(zlib.compress(made["bytes"])) < 60_000
