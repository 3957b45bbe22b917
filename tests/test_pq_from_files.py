"""Panoptic quality from COCO's json and PNG files: as from Segmentations, as the official evaluator, and refusals."""

import json

import numpy as np
import pytest
from PIL import Image

from segtutor.errors import UserError
from segtutor.metrics import panoptic_quality, panoptic_quality_from_coco
from segtutor.segments import Categories, Category, Segmentation

LIST = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])


def segmentation(rng, size, *, crowds):
    ids = np.zeros(size, np.int32)
    for number in rng.choice(2**24 - 1, 8, replace=False) + 1:  # also ids beyond a table's size
        y, x, h, w = *rng.integers(0, size), *rng.integers(3, 40, 2)
        ids[y : y + h, x : x + w] = number
    present = [int(number) for number in np.unique(ids) if number]
    kinds = {number: int(rng.choice([17, 18, 193])) for number in present}
    return Segmentation.from_ids(ids, kinds, LIST, iscrowd=[n for n in present if crowds and rng.random() < 0.2])


def written(folder, name, segmentations):
    (folder / name).mkdir()
    annotations = []
    for number, one in enumerate(segmentations):
        rgb, infos = one.to_coco()
        Image.fromarray(rgb).save(folder / name / f"{number}.png")
        annotations.append({"image_id": number, "file_name": f"{number}.png", "segments_info": infos})
    content = {"images": [], "annotations": annotations, "categories": LIST.to_coco()}
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder / f"{name}.json"


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(12):
        size = rng.integers(20, 60, 2)
        truth = segmentation(rng, size, crowds=True)
        found.append((truth if rng.random() < 0.2 else segmentation(rng, size, crowds=False), truth))
        moved = np.roll(truth.segment_ids, 1, axis=1)
        kinds = {one.id: one.category_id for one in truth.segments}
        found.append((Segmentation.from_ids(moved, kinds, LIST), truth))
    return found


def test_files_give_what_segmentations_give(pairs, tmp_path):
    results, truth = (written(tmp_path, name, [pair[i] for pair in pairs]) for i, name in enumerate(("found", "true")))
    from_files = panoptic_quality_from_coco(truth, results)
    assert from_files == panoptic_quality(pairs, LIST)  # to the last digit
    assert from_files.all.tp > 10
    assert from_files.all.fp > 10
    moved = (tmp_path / "found").rename(tmp_path / "elsewhere")
    assert panoptic_quality_from_coco(truth, results, results_panoptic=moved) == from_files


def test_files_give_what_the_official_evaluator_gave(repository):
    folder = repository.parent / "shared" / "data" / "panoptic_pq_cases"
    if not folder.is_dir():
        pytest.skip(f"the annotated photographs are not at {folder}")
    expected = json.loads((folder / "expected.json").read_text())
    for name, numbers in expected.items():
        found = panoptic_quality_from_coco(folder / "gt.json", folder / f"{name}.json")
        for part in ("all", "things", "stuff"):
            official = numbers["overall"][part.capitalize()]
            assert [getattr(getattr(found, part), key) for key in ("pq", "sq", "rq", "n")] == pytest.approx(
                [official[key] for key in ("pq", "sq", "rq", "n")], abs=1e-12
            )


def _without_result(content, folder):
    del content["annotations"][0]


def _twice(content, folder):
    content["annotations"].append(content["annotations"][0])


def _unknown_pixels(content, folder):
    content["annotations"][0]["segments_info"].pop()


def _no_pixels(content, folder):
    content["annotations"][0]["segments_info"].append({"id": 77, "category_id": 17})


def _unknown_category(content, folder):
    content["annotations"][0]["segments_info"][0]["category_id"] = 5


def _another_size(content, folder):
    Image.new("RGB", (9, 9)).save(folder / "0.png")


def _no_colours(content, folder):
    Image.new("L", (9, 9)).save(folder / "0.png")


def _another_form(content, folder):
    content["annotations"] = 3


@pytest.mark.parametrize(
    "spoil",
    [
        _without_result,
        _twice,
        _unknown_pixels,
        _no_pixels,
        _unknown_category,
        _another_size,
        _no_colours,
        _another_form,
    ],
)
def test_what_is_refused(spoil, pairs, tmp_path):
    results, truth = (
        written(tmp_path, name, [pair[i] for pair in pairs[:2]]) for i, name in enumerate(("found", "true"))
    )
    content = json.loads(results.read_text())
    spoil(content, tmp_path / "found")
    results.write_text(json.dumps(content))
    with pytest.raises(UserError):
        panoptic_quality_from_coco(truth, results)
