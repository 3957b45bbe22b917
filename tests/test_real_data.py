"""What people bring, as their tools write it: each kind a row, its right value asserted; nothing changes silently."""

import base64
import io
import json
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

import segtutor as st
from segtutor.data.convert.files import turned
from segtutor.data.named_files import beside, spelled
from segtutor.errors import UserError
from segtutor.segments import Categories, Segmentation

SIZE = (40, 60)  # height, width
SQUARE = [[2, 5], [18, 5], [18, 30], [2, 30]]


def photo(path, size=SIZE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), 90, np.uint8)).save(path, **options)


def labelme_file(folder, *shapes, name="a", picture=True, **content):
    if picture:
        photo(folder / f"{name}.png")
    folder.mkdir(exist_ok=True)
    shapes = [{"label": "ball", "group_id": None, "shape_type": "polygon", "flags": {}, **shape} for shape in shapes]
    content = {"imagePath": f"{name}.png", "imageData": None, "imageHeight": SIZE[0], "imageWidth": SIZE[1], **content}
    (folder / f"{name}.json").write_text(json.dumps({"version": "5", "flags": {}, "shapes": shapes, **content}))
    return folder


def cvat_file(folder, shapes, name="a.png", labels=()):
    photo(folder / "a.png")
    meta = "".join(f"<label><name>{label}</name></label>" for label in labels)
    image = f'<image id="0" name="{name}" width="{SIZE[1]}" height="{SIZE[0]}">{shapes}</image>'
    (folder / "a.xml").write_text(
        f"<annotations><meta><task><labels>{meta}</labels></task></meta>{image}</annotations>"
    )
    return folder / "a.xml", folder


def coco_file(folder, *annotations, pictures=1, name="{}.png", **image):
    for i in range(pictures):
        photo(folder / f"{i}.png")
    images = [
        {"id": i, "file_name": name.format(i), "height": SIZE[0], "width": SIZE[1], **image} for i in range(pictures)
    ]
    made = [{"id": i, "image_id": 0, "category_id": 1, "iscrowd": 0, **a} for i, a in enumerate(annotations)]
    content = {"images": images, "annotations": made, "categories": [{"id": 1, "name": "ball"}]}
    (folder / "a.json").write_text(json.dumps(content))
    return folder / "a.json", folder


POLYGON = "2,5;18,5;18,30;2,30"
OUTLINES = {
    "labelme": lambda folder, **o: st.data.labelme(labelme_file(folder, {"points": SQUARE}), **o),
    "cvat": lambda folder, **o: st.data.cvat(*cvat_file(folder, f'<polygon label="ball" points="{POLYGON}"/>'), **o),
    "coco": lambda folder, **o: st.data.coco_instances(*coco_file(folder, {"segmentation": [sum(SQUARE, [])]}), **o),
}


# --- what lies outside of all outlines --------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", OUTLINES)
def test_what_no_outline_covers_is_background_and_said(tool, tmp_path):
    records = OUTLINES[tool](tmp_path)
    truth = records[0]["segmentation"]
    assert records.categories.names == ["ball", "background"]
    assert [c.isthing for c in records.categories] == [True, False]
    assert [(s.category_id, s.area) for s in truth.segments] == [(1, 400)]
    assert np.bincount(truth.semantic().ravel()).tolist() == [400, 2000]
    assert "background" in str(records.check())
    assert st.data.check_labels(records, records.categories).findings == []
    everywhere = Segmentation.from_ids(np.ones(SIZE, int), {1: 1}, records.categories)
    assert st.metrics.mean_iou([(everywhere, truth)], records.categories).mean == pytest.approx(400 / 2400 / 2)
    assert st.metrics.panoptic_quality([(everywhere, truth)], records.categories).all.pq == 0
    nothing_else = Segmentation.from_ids((truth.segment_ids > 0).astype(int), {1: 1}, records.categories)
    found = st.metrics.panoptic_quality([(nothing_else, truth), (truth, truth)], records.categories)
    assert (found.all.pq, found.judged) == (1, 1)
    assert st.metrics.mean_iou([(nothing_else, truth)], records.categories).mean == 1
    assert st.show.figure(records[0]["image"], truth).description.endswith("background 83 %")


@pytest.mark.parametrize("tool", OUTLINES)
def test_void_is_void_where_it_is_asked_for_and_found(tool, tmp_path):
    records = OUTLINES[tool](tmp_path, unlabelled="void")
    row = records[0]
    assert records.categories.names == ["ball"]
    assert set(np.unique(row["segmentation"].semantic())) == {-1, 0}
    assert "void, as asked" in str(records.check())
    targets = st.training.targets.targets_of(row)
    assert int(targets.valid.sum()) == 400
    with pytest.raises(UserError, match="unlabelled"):
        OUTLINES[tool](tmp_path, unlabelled="nothing")


@pytest.mark.parametrize("tool", ["labelme", "cvat"])
def test_a_list_that_is_given_stays_as_it_is(tool, tmp_path):
    records = OUTLINES[tool](tmp_path, categories=["cube", "ball"])
    assert [(c.name, c.isthing) for c in records.categories] == [("cube", True), ("ball", True)]
    targets = st.training.targets.targets_of(records[0])
    assert targets.valid.all()  # a mask classifier learns that nothing else is there
    assert "background" in str(records.check())
    own = OUTLINES[tool](tmp_path, categories=["_background_", "ball"])
    assert [(c.name, c.isthing) for c in own.categories] == [("_background_", False), ("ball", True)]
    assert np.bincount(own[0]["segmentation"].semantic().ravel()).tolist() == [2000, 400]
    added = OUTLINES[tool](tmp_path, categories=["ball"], unlabelled="background")
    assert added.categories.names == ["ball", "background"]


def test_padding_of_a_row_whose_rest_is_known_is_void():
    ids = np.zeros((4, 4), np.int32)
    ids[1:3, 1:3] = 1
    names = [{"id": 1, "name": "ball", "isthing": 1}, {"id": 2, "name": "background", "isthing": 0}]
    row = {"image": np.zeros((4, 4, 3), np.uint8), "segmentation": Segmentation.from_ids(ids, {1: 1}, names, rest=2)}
    from segtutor.training.rows.rows import cropped, flipped, padded

    wide = padded(row, 4, 6)
    labels = st.training.targets.semantic_labels(wide["segmentation"], wide["valid"])
    assert torch.bincount(labels.ravel() + 1).tolist() == [8, 4, 12]
    assert int(st.training.targets.targets_of(wide).valid.sum()) == 16
    for other in (flipped(row), cropped(row, 0, 0, 4, 4)):
        assert other["segmentation"].rest == 2
    rgb, infos = row["segmentation"].to_coco()
    assert Segmentation.from_coco(rgb, infos, names) == row["segmentation"].whole()


def trained(records, name, **options):
    own = st.training.with_classes(st.load(name), records.categories)
    return st.fit(own.model, records, steps=1, batch_size=2, augment=None, **options)


def square_rows(folder, **options):
    photo(folder / "a.png", (128, 128))
    shape = {"points": SQUARE}
    return st.data.labelme(labelme_file(folder, shape, picture=False, imageHeight=128, imageWidth=128), **options)


def test_fit_warns_before_the_first_step_where_nothing_says_what_is_no_object(tmp_path):
    with pytest.warns(UserWarning, match="background"):
        trained(square_rows(tmp_path, unlabelled="void"), "upernet-toytown")
    with pytest.warns(UserWarning, match="background"):
        trained(square_rows(tmp_path, categories=["ball"]), "upernet-toytown")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(square_rows(tmp_path), "upernet-toytown")
        trained(square_rows(tmp_path, categories=["ball"]), "mask2former-toytown")


def test_labels_beyond_the_classes_of_the_model_name_the_row():
    names = [{"id": i + 1, "name": f"c{i}", "isthing": 0} for i in range(20)]
    truth = Segmentation.from_ids(np.full((64, 64), 5), {5: 20}, names)
    for name in ("mask2former-toytown", "upernet-toytown"):
        with pytest.raises(UserError, match="row 0.*'c19'"):
            st.fit(
                st.load(name).model,
                [{"image": np.zeros((64, 64, 3), np.uint8), "segmentation": truth}],
                steps=1,
                batch_size=2,
            )


# --- label maps -------------------------------------------------------------------------------------------------------


def two_folders(folder, labels, instances=None, **options):
    photo(folder / "photos" / "a.png", labels.shape[:2])
    for name, values in (("labels", labels), ("own", instances)):
        if values is not None:
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(values).save(folder / name / "a.png")
    if instances is not None:
        options["instances"] = folder / "own"
    return lambda categories, **more: st.data.label_maps(
        folder / "photos", folder / "labels", categories, **options, **more
    )


def painted(*colours):
    """A map of 6 x 8 for each colour two columns."""
    values = np.array(colours, np.uint8)
    return np.repeat(np.repeat(values[None], 2, 1), 6, 0)


def named(truth):
    return [(truth.categories.by_id(s.category_id).name, s.area) for s in truth.segments]


def test_black_and_white_masks_are_two_classes(tmp_path):
    labels = painted(0, 255, 0, 0)
    read = two_folders(tmp_path, labels)
    records = read(["background", "lesion"])
    assert named(records[0]["segmentation"]) == [("background", 36), ("lesion", 12)]
    assert "255 as 'lesion'" in str(records.check())
    assert named(read(["lesion"])[0]["segmentation"]) == [("lesion", 12)]
    assert named(read(["background", "lesion"], void=[255])[0]["segmentation"]) == [("background", 36)]
    assert named(read(["a", "b", "c"])[0]["segmentation"]) == [("a", 36)]  # three names: 255 is void, as said
    read = two_folders(tmp_path, painted(0, 255, 1, 0))
    assert named(read(["background", "lesion"])[0]["segmentation"]) == [("background", 24), ("lesion", 12)]


def test_pure_red_is_a_colour_like_any_other(tmp_path):
    black, red, green = (0, 0, 0), (255, 0, 0), (0, 255, 0)
    read = two_folders(tmp_path, painted(black, red, green, green))
    values = {black: 1, red: 2, green: 3}
    assert named(read(["bg", "cell", "wall"], values=values)[0]["segmentation"]) == [
        ("bg", 12), ("cell", 12), ("wall", 24),
    ]  # fmt: skip
    report = read(["bg", "wall"], values={black: 1, green: 2}).check()
    assert [problem.kind for problem in report.problems] == ["unknown value"]
    assert "(255, 0, 0)" in str(report)


def test_a_grey_map_saved_as_rgb_is_read_as_numbers(tmp_path):
    labels = painted(0, 1, 1, 255)
    read = two_folders(tmp_path, np.repeat(labels[..., None], 3, 2))
    assert named(read(["grass", "cat"])[0]["segmentation"]) == [("grass", 12), ("cat", 24)]
    opaque = np.concatenate([np.repeat(labels[..., None], 3, 2), np.full((6, 8, 1), 255, np.uint8)], 2)
    assert named(two_folders(tmp_path, opaque)(["grass", "cat"])[0]["segmentation"]) == [("grass", 12), ("cat", 24)]


def test_instance_maps_count_where_categories_are_plain_names(tmp_path):
    labels, own = painted(0, 1, 1, 0), painted(0, 1, 2, 0)
    records = two_folders(tmp_path, labels, own)(["soil", "cell"])
    assert named(records[0]["segmentation"]) == [("soil", 24), ("cell", 12), ("cell", 12)]
    assert [c.isthing for c in records.categories] == [False, True]
    assert "'cell'" in str(records.check())


def test_colour_instance_maps_are_read_by_all_their_channels(tmp_path):
    labels = painted(0, 1, 1, 1)
    own = painted((0, 0, 0), (9, 0, 0), (9, 7, 0), (9, 0, 7))
    records = two_folders(tmp_path, labels, own)(["soil", "cell"])
    assert named(records[0]["segmentation"]) == [("soil", 12), ("cell", 12), ("cell", 12), ("cell", 12)]


def test_numbers_on_what_seemed_stuff_are_refused_and_not_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr("segtutor.data.convert.maps._LOOKED_AT", 1)
    for name in ("a", "b"):
        photo(tmp_path / "photos" / f"{name}.png", (6, 8))
    for folder, maps in (("labels", [painted(0, 1, 1, 0)] * 2), ("own", [painted(0, 1, 2, 0), painted(3, 1, 2, 0)])):
        (tmp_path / folder).mkdir()
        for name, values in zip("ab", maps, strict=True):
            Image.fromarray(values).save(tmp_path / folder / f"{name}.png")
    records = st.data.label_maps(tmp_path / "photos", tmp_path / "labels", ["soil", "cell"], instances=tmp_path / "own")
    assert [(p.index, p.kind) for p in records.check().problems] == [(1, "instances of stuff")]


def test_pictures_and_labels_in_one_folder(tmp_path):
    photo(tmp_path / "a.jpg", (6, 8))
    Image.fromarray(painted(0, 1, 1, 0)).save(tmp_path / "a.png")
    records = st.data.label_maps(tmp_path, tmp_path, ["grass", "cat"])
    assert named(records[0]["segmentation"]) == [("grass", 24), ("cat", 24)]
    assert records.check().problems == []
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(UserError, match="suffix="):
        st.data.label_maps(tmp_path, tmp_path, ["grass", "cat"])


def test_labels_with_a_suffix(tmp_path):
    photo(tmp_path / "a.png", (6, 8))
    Image.fromarray(painted(0, 1, 1, 0)).save(tmp_path / "a_mask.png")
    records = st.data.label_maps(tmp_path, tmp_path, ["grass", "cat"], suffix="_mask")
    assert [row["file"] for row in records] == ["a.png"]
    assert records.check().problems == []


def test_equal_names_in_several_folders_are_paired_folder_by_folder(tmp_path):
    for part, value in (("train", 0), ("val", 1)):
        photo(tmp_path / "photos" / part / "1.png", (6, 8))
        (tmp_path / "labels" / part).mkdir(parents=True)
        Image.fromarray(np.full((6, 8), value, np.uint8)).save(tmp_path / "labels" / part / "1.png")
    records = st.data.label_maps(tmp_path / "photos", tmp_path / "labels", ["grass", "cat"])
    assert [named(row["segmentation"])[0][0] for row in records] == ["grass", "cat"]
    assert records.problems == []


def test_decomposed_file_names_find_their_partner(tmp_path):
    photo(tmp_path / "photos" / "cafe\u0301.png", (6, 8))
    (tmp_path / "labels").mkdir()
    Image.fromarray(painted(0, 1, 1, 0)).save(tmp_path / "labels" / "caf\u00e9.png")
    records = st.data.label_maps(tmp_path / "photos", tmp_path / "labels", ["grass", "cat"])
    assert records.check().readable == 1
    assert spelled(tmp_path / "photos", "caf\u00e9.png").exists()


def test_sixteen_bits_a_colour_are_not_read_as_eight(tmp_path):
    import zlib

    def chunk(kind, content):
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    head = (8).to_bytes(4, "big") + (6).to_bytes(4, "big") + bytes([16, 2, 0, 0, 0])
    rows = b"".join(b"\0" + bytes(range(48)) for _ in range(6))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    read = two_folders(tmp_path, painted(0, 1, 1, 0))
    (tmp_path / "labels" / "a.png").write_bytes(png)
    assert "16 bits a colour" in str(read(["a", "b"]).check())


# --- photographs that EXIF turns --------------------------------------------------------------------------------------


def exif(orientation):
    made = Image.Exif()
    made[0x0112] = orientation
    return made


@pytest.mark.parametrize("orientation", range(1, 9))
def test_labels_of_stored_pixels_are_turned_as_the_picture_is(orientation):
    rng = np.random.default_rng(orientation)
    picture = rng.integers(0, 255, (5, 9, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", exif=exif(orientation))
    np.testing.assert_array_equal(turned(picture, orientation), st.load_image(file.getvalue()))


def test_exif_in_every_converter(tmp_path):
    turn = 6
    photo(tmp_path / "photos" / "a.jpg", exif=exif(turn))  # stored 60 x 40, shown 40 x 60
    labels = np.zeros(SIZE, np.uint8)
    labels[5:30, 2:18] = 1
    (tmp_path / "labels").mkdir()
    Image.fromarray(labels).save(tmp_path / "labels" / "a.png")
    shown = np.rot90(labels, -1) > 0
    records = st.data.label_maps(tmp_path / "photos", tmp_path / "labels", ["grass", "ball"])
    np.testing.assert_array_equal(records[0]["segmentation"].semantic() == 1, shown)
    folder = tmp_path / "photos"
    labelme_file(tmp_path / "json", {"points": SQUARE}, picture=False, imagePath="../photos/a.jpg")
    cvat_file(folder, f'<polygon label="ball" points="{POLYGON}"/>', name="a.jpg")
    coco_file(folder, {"segmentation": [sum(SQUARE, [])]}, file_name="a.jpg")
    for truth in (
        st.data.labelme(tmp_path / "json")[0]["segmentation"],
        st.data.cvat(folder / "a.xml", folder)[0]["segmentation"],
        st.data.coco_instances(folder / "a.json", folder)[0]["segmentation"],
    ):
        assert truth.segment_ids.shape == (60, 40)
        np.testing.assert_array_equal(truth.segment_ids > 0, shown)


def test_half_a_turn_that_no_size_shows_is_found(tmp_path):
    photo(tmp_path / "photos" / "a.jpg", exif=exif(3))
    (tmp_path / "labels").mkdir()
    Image.fromarray(np.ones(SIZE, np.uint8)).save(tmp_path / "labels" / "a.png")
    records = st.data.label_maps(tmp_path / "photos", tmp_path / "labels", ["grass", "ball"])
    kinds = [f.kind for f in st.data.check_labels(records, records.categories).findings]
    assert "turned pictures" in kinds


# --- outlines ---------------------------------------------------------------------------------------------------------


def brush(mask):
    file = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).convert("1").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


STROKE = np.zeros((11, 21), bool)
STROKE[2:8, 3:15] = True

LABELME_SHAPES = {
    "two corners": ({"points": [[10, 10], [30, 20]], "shape_type": "rectangle"}, (200, (10, 10, 20, 10))),
    "four corners": (
        {"points": [[10, 10], [30, 10], [30, 20], [10, 20]], "shape_type": "rectangle"},
        (200, (10, 10, 20, 10)),
    ),
    "turned": ({"points": [[20, 5], [30, 15], [20, 25], [10, 15]], "shape_type": "rectangle"}, (200, (10, 5, 20, 20))),
    "rotation": ({"points": [[20, 5], [30, 15], [20, 25], [10, 15]], "shape_type": "rotation"}, (200, (10, 5, 20, 20))),
    "brush": ({"points": [[10, 10], [30, 20]], "shape_type": "mask", "mask": brush(STROKE)}, (72, (13, 12, 12, 6))),
    "brush over the edge": (
        {"points": [[-5, -4], [16, 7]], "shape_type": "mask", "mask": brush(STROKE)},
        (40, (0, 0, 10, 4)),
    ),
}


@pytest.mark.parametrize("case", LABELME_SHAPES)
def test_labelme_shapes(case, tmp_path):
    shape, wanted = LABELME_SHAPES[case]
    segment = st.data.labelme(labelme_file(tmp_path, shape))[0]["segmentation"].segments[0]
    if case in ("turned", "rotation"):
        assert segment.area == pytest.approx(wanted[0], abs=22)
        assert segment.bbox == wanted[1]
    else:
        assert (segment.area, segment.bbox) == wanted


def test_a_brush_that_is_no_png_is_a_problem(tmp_path):
    shape = {"points": [[10, 10], [30, 20]], "shape_type": "mask", "mask": "%%%"}
    assert [p.kind for p in st.data.labelme(labelme_file(tmp_path, shape)).check().problems] == ["bad mask"]


def test_cvats_group_id_joins_shapes_of_one_label(tmp_path):
    shapes = '<polygon label="ball" group_id="3" points="2,5;8,5;8,9;2,9"/>'
    shapes += '<polygon label="ball" group_id="3" points="22,5;28,5;28,9;22,9"/>'
    shapes += '<polygon label="cube" group_id="3" points="42,5;48,5;48,9;42,9"/>'
    shapes += '<polygon label="ball" group_id="0" points="2,25;8,25;8,29;2,29"/>'
    records = st.data.cvat(*cvat_file(tmp_path, shapes))
    assert named(records[0]["segmentation"]) == [("ball", 48), ("cube", 24), ("ball", 24)]


def test_cvats_labels_that_nobody_drew_keep_their_place(tmp_path):
    shapes = f'<polygon label="ball" points="{POLYGON}"/>'
    records = st.data.cvat(*cvat_file(tmp_path, shapes, labels=["apple", "ball", "cube"]))
    assert records.categories.names == ["apple", "ball", "cube", "background"]


def run_lengths(mask):
    flat = mask.T.ravel()
    change = np.flatnonzero(np.diff(flat.astype(int))) + 1
    return {"size": list(mask.shape), "counts": np.diff([0, *change, flat.size]).tolist()}


def test_cvats_brush_masks_in_coco_are_found_and_mended_by_the_line_that_is_printed(tmp_path):
    mask = np.zeros(SIZE, bool)
    mask[10:30, 10:40] = True
    records = st.data.coco_instances(*coco_file(tmp_path, {"iscrowd": 1, "segmentation": run_lengths(mask)}))
    assert "crowd" in str(records.check())
    finding = st.data.check_labels(records, records.categories).findings[0]
    assert finding.kind == "all crowds"
    space = {"st": st}
    exec(finding.line, space)
    assert [(s.area, s.iscrowd) for s in space["records"][0]["segmentation"].segments] == [(600, False)]
    assert st.data.check_labels(space["records"], space["records"].categories).findings == []


def test_pictures_without_a_json_are_counted(tmp_path):
    photo(tmp_path / "b.png")
    labelme_file(tmp_path, {"points": SQUARE})
    records = st.data.labelme(tmp_path)
    assert [(p.file, p.kind) for p in records.problems] == [("b.png", "no labels")]
    both = st.data.labelme(tmp_path, empty=True)
    assert [len(row["segmentation"].segments) for row in both] == [1, 0]
    assert both.problems == []


PLACES = {
    "a folder beside": ("../images/a.png", "images", "labels"),
    "of Windows": ("..\\images\\a.png", "images", "labels"),
    "below": ("pictures/a.png", "labels/pictures", "labels"),
    "moved": ("C:\\Users\\me\\a.png", "labels", "labels"),
}


@pytest.mark.parametrize("case", PLACES)
def test_labelmes_pictures_are_found_where_image_path_says(case, tmp_path):
    name, pictures, labels = PLACES[case]
    photo(tmp_path / pictures / "a.png")
    labelme_file(tmp_path / labels, {"points": SQUARE}, picture=False, imagePath=name)
    assert st.data.labelme(tmp_path / labels).check().problems == []
    assert st.data.labelme(tmp_path / labels, images=tmp_path / pictures).check().problems == []


def test_labelmes_paths_lead_no_further_than_a_folder_beside(tmp_path):
    photo(tmp_path / "private.png")
    (tmp_path / "set" / "labels").mkdir(parents=True)
    for name in ("../private.png", "../../private.png", "../labels/../../private.png", "../../other/a.png"):
        path = tmp_path / "set" / "labels" / "a.json"
        found = beside(path, name, tmp_path / "set" / "labels")
        assert found.parent == tmp_path / "set" / "labels"
    (tmp_path / "private").mkdir()
    photo(tmp_path / "private" / "a.png")
    (tmp_path / "set" / "images").symlink_to(tmp_path / "private")
    with pytest.raises(UserError, match="leads out"):
        beside(path, "../images/a.png", tmp_path / "set" / "labels")


NAMES = [
    "sub\\a.png",
    "../photos/sub/a.png",
    "C:\\data\\photos\\sub\\a.png",
    "/home/me/photos/sub/a.png",
    "./sub/a.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_as_other_systems_write_them(name, tmp_path):
    folder = tmp_path / "photos"
    photo(folder / "sub" / "a.png")
    coco_file(folder, {"segmentation": [sum(SQUARE, [])]}, file_name=name)
    cvat_file(folder, f'<polygon label="ball" points="{POLYGON}"/>', name=name)
    assert st.data.coco_instances(folder / "a.json", folder).check().readable == 1
    assert st.data.cvat(folder / "a.xml", folder).check().readable == 1
    truth = Segmentation.from_ids(np.ones(SIZE, int), {1: 1}, [{"id": 1, "name": "x", "isthing": 1}])
    rgb, infos = truth.to_coco()
    (folder / "maps" / "sub").mkdir(parents=True)
    Image.fromarray(rgb).save(folder / "maps" / "sub" / "a.png")
    content = {"images": [{"id": 1, "file_name": name}], "categories": truth.categories.to_coco()}
    content["annotations"] = [{"image_id": 1, "file_name": name, "segments_info": infos}]
    (folder / "p.json").write_text(json.dumps(content))
    assert st.data.coco_panoptic(folder / "p.json", folder, folder / "maps")[0]["segmentation"] == truth


# --- published layouts ------------------------------------------------------------------------------------------------


def test_maps_of_eight_bits_are_no_instance_maps(tmp_path):
    labels = [{"readable": f"L{i}", "instances": i == 2} for i in range(5)]
    (tmp_path / "config_v1.2.json").write_text(json.dumps({"labels": labels}))
    photo(tmp_path / "validation" / "images" / "a.png")
    (tmp_path / "validation" / "v1.2" / "instances").mkdir(parents=True)
    Image.fromarray(np.full(SIZE, 2, np.uint8)).save(tmp_path / "validation" / "v1.2" / "instances" / "a.png")
    assert [p.kind for p in st.data.mapillary(tmp_path).check().problems] == ["wrong mode"]
    photo(tmp_path / "leftImg8bit" / "val" / "u" / "u_leftImg8bit.png")
    path = tmp_path / "gtFine" / "val" / "u" / "u_gtFine_instanceIds.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(np.full(SIZE, 26, np.uint8)).save(path)
    assert [p.kind for p in st.data.cityscapes(tmp_path).check().problems] == ["wrong mode"]


# --- check_labels -----------------------------------------------------------------------------------------------------


def test_a_sound_coco_file_has_no_finding(tmp_path):
    annotations = [{"image_id": i, "segmentation": [sum(SQUARE, [])]} for i in range(6)]
    records = st.data.coco_instances(*coco_file(tmp_path, *annotations, pictures=7))
    assert st.data.check_labels(records, records.categories).findings == []


PETS = Categories.from_coco(
    [
        {"id": 1, "name": "cat", "isthing": 1},
        {"id": 2, "name": "dog", "isthing": 1},
        {"id": 3, "name": "fox", "isthing": 1},
    ]
)


def row_of(ids, category_of, **more):
    truth = Segmentation.from_ids(ids, category_of, PETS)
    return {"image": np.zeros((*truth.segment_ids.shape, 3), np.uint8), "segmentation": truth, **more}


def in_pieces():
    ids = np.ones((12, 12), np.int32)
    ids[:, 4:8] = 2
    return row_of(ids, {1: 1, 2: 2})


def findings(tmp_path):
    """(finding, data, categories) of each kind that prints a line."""
    pair = ["road", "car"]
    maps = [np.array([[0, 1], [255, 1]], np.uint8), np.array([[0, 1], [7, 1]], np.uint8)]
    (tmp_path / "labels").mkdir()
    photo(tmp_path / "photos" / "0.png", (2, 2))
    Image.fromarray(maps[0]).save(tmp_path / "labels" / "0.png")
    paths = [tmp_path / "labels" / "0.png"]
    data = [
        (maps, pair), (paths, pair), (tmp_path / "labels", pair), ([m + 1 for m in (maps[0] % 2,)], pair),
        ([np.array([[0, 255]], np.uint8)], pair), ([np.array([[0, 255]], np.uint8)], ["lesion"]),
        ([in_pieces()] * 5, PETS), ([row_of(np.zeros((4, 4), int), {}), in_pieces()], PETS),
        ([row_of(np.eye(4, dtype=int), {1: 1}), row_of(np.array([[1, 0, 0]]), {1: 1})], PETS),
    ]  # fmt: skip
    for tool, made in OUTLINES.items():
        records = made(tmp_path / tool, unlabelled="void")
        data.append((records, records.categories))
    for content, categories in data:
        kept = categories if isinstance(categories, Categories) else categories
        for finding in st.data.check_labels(content, kept).findings:
            yield finding, content, kept


def test_every_line_that_is_printed_runs(tmp_path):
    ran = {}
    for finding, content, categories in findings(tmp_path):
        assert finding.line in str(finding)
        if not finding.line:
            continue
        listed = Categories.from_coco(categories) if not isinstance(categories[0], str) else categories
        space = {"st": st, "np": np, "Image": Image, "images": tmp_path / "photos", "data": content}
        space["categories"] = (
            st.data.convert.maps.as_categories(listed) if finding.line.startswith("categories") else listed
        )
        exec(finding.line, space)
        ran.setdefault(finding.kind, []).append((finding, space))
    assert set(ran) >= {
        "255 is a class", "ids beyond K", "0 and 255", "no negatives", "tiny masks", "nothing but void",
        "classes that never occur", "things without instances",
    }  # fmt: skip
    for kind in ("255 is a class", "ids beyond K", "0 and 255"):
        for _, space in ran[kind]:
            again = space["records"] if "records" in space else space["data"]
            void = [-1] if "records" not in space else ()
            kinds = [f.kind for f in st.data.check_labels(again, space["categories"], void=void).findings]
            assert kind not in kinds
    for _, space in ran["no negatives"]:
        if "records" in space:
            assert st.data.check_labels(space["records"], space["records"].categories).findings == []


def test_eight_bits_hold_no_minus_one_so_255_is_void():
    names = [{"id": i, "name": n, "isthing": 0} for i, n in enumerate("ab")]
    labels = np.array([[0, 1], [255, 1]], np.uint8)
    assert st.metrics.mean_iou([(np.array([[0, 1], [0, 1]]), labels)], names).mean == 1
    many = [{"id": i, "name": str(i), "isthing": 0} for i in range(256)]
    assert st.metrics.mean_iou([(labels, labels)], many).per_class[255] == 1
    with pytest.raises(UserError, match="such as 255"):
        st.metrics.mean_iou([(labels.astype(int), labels.astype(int))], names)
