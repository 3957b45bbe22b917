"""Writers of every format that `segtutor.data` reads, for tests: a truth and its picture into files.

Each writer takes (folder, picture, truth) and returns the Records that read it back. They write what a tool would:
outlines along the edges of pixels, run lengths, maps.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from segtutor import data


def save(pixels, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def rings(mask):
    """The outer outline of each part of a mask, along pixel edges, as lists of (x, y); holes are not said."""
    from scipy.ndimage import binary_fill_holes, label

    parts, count = label(mask)
    return [_ring(binary_fill_holes(parts == number)) for number in range(1, count + 1)]


def _ring(mask):
    """Walks along the edges with the mask at the right hand."""
    inside = np.pad(mask, 1)
    rows, columns = np.nonzero(mask)
    start = (int(columns[rows == rows.min()].min()), int(rows.min()))
    (x, y), direction, ring = start, (1, 0), []
    while True:
        ring.append((x, y))
        dx, dy = direction
        for turn in ((-dy, dx), (dx, dy), (dy, -dx)):  # right, straight on, left
            ahead_x, ahead_y = x + turn[0], y + turn[1]
            # the pixel at the right hand of the edge from (x, y) to ahead, and the one at its left
            right = (min(y, ahead_y) + (turn[0] < 0) * -1, min(x, ahead_x) + (turn[1] > 0) * -1)
            left = (min(y, ahead_y) - (turn[0] > 0), min(x, ahead_x) - (turn[1] < 0))
            if inside[right[0] + 1, right[1] + 1] and not inside[left[0] + 1, left[1] + 1]:
                direction, (x, y) = turn, (ahead_x, ahead_y)
                break
        if (x, y) == start:
            return ring


def name_of(truth, segment):
    return truth.categories.by_id(segment.category_id).name


def outlines(truth):
    """(segment, name, ring, number of the object) for each part of each segment."""
    for number, segment in enumerate(truth.segments, 1):
        for ring in rings(truth.segment_ids == segment.id):
            yield segment, name_of(truth, segment), ring, number


def run_lengths(mask, columns=True):
    flat = (mask.T if columns else mask).ravel()
    change = np.flatnonzero(np.diff(flat.astype(int))) + 1
    runs = np.diff([0, *change, flat.size]).tolist()
    return [0, *runs] if flat[0] else runs


def coco_panoptic(folder, picture, truth):
    save(picture, folder / "photos" / "a.png")
    rgb, infos = truth.to_coco()
    save(rgb, folder / "panoptic" / "a.png")
    content = {"images": [{"id": 1, "file_name": "a.png"}], "categories": truth.categories.to_coco()}
    content["annotations"] = [{"image_id": 1, "file_name": "a.png", "segments_info": infos}]
    (folder / "panoptic.json").write_text(json.dumps(content))
    return data.coco_panoptic(folder / "panoptic.json", folder / "photos")


def _coco(folder, picture, truth, outline, name="a.json"):
    save(picture, folder / "a.png")
    height, width = picture.shape[:2]
    content = {"images": [{"id": 1, "file_name": "a.png", "height": height, "width": width}]}
    content["categories"] = [{"id": c.id, "name": c.name} for c in truth.categories]
    content["annotations"] = [
        {
            "id": s.id,
            "image_id": 1,
            "category_id": s.category_id,
            "iscrowd": int(s.iscrowd),
            "segmentation": outline(truth.segment_ids == s.id),
        }
        for s in truth.segments
    ]
    (folder / name).write_text(json.dumps(content))


def coco_runs(folder, picture, truth):
    _coco(folder, picture, truth, lambda mask: {"size": list(mask.shape), "counts": run_lengths(mask)})
    return data.coco_instances(folder / "a.json", folder)


def coco_polygons(folder, picture, truth):
    _coco(folder, picture, truth, lambda mask: [[c for point in ring for c in point] for ring in rings(mask)])
    return data.coco_instances(folder / "a.json", folder)


def roboflow_coco(folder, picture, truth):
    part = folder / "train"
    part.mkdir(parents=True)
    _coco(part, picture, truth, lambda mask: [[c for p in r for c in p] for r in rings(mask)], "_annotations.coco.json")
    return data.roboflow(folder)


def _class_map(truth):
    return truth.semantic()


def _numbers(truth):
    """1, 2, ... for the things, 0 elsewhere."""
    own = np.zeros(truth.segment_ids.shape, np.uint8)
    for number, segment in enumerate(truth.segments, 1):
        if truth.categories.by_id(segment.category_id).isthing:
            own[truth.segment_ids == segment.id] = number
    return own


def label_maps(folder, picture, truth):
    save(picture, folder / "photos" / "a.png")
    labels = _class_map(truth)
    save(np.where(labels < 0, 255, labels).astype(np.uint8), folder / "labels" / "a.png")
    save(_numbers(truth), folder / "own" / "a.png")
    return data.label_maps(folder / "photos", folder / "labels", truth.categories, instances=folder / "own")


def label_colours(folder, picture, truth):
    save(picture, folder / "a.png")
    colours = {c.id: ((40 * i) % 256, 255 - i, (7 * i) % 256) for i, c in enumerate(truth.categories)}
    table = np.array([(1, 2, 3), *(colours[c.id] for c in truth.categories)], np.uint8)
    save(table[_class_map(truth) + 1], folder / "a_mask.png")
    own = _numbers(truth)
    save(np.stack([0 * own, own, 3 * own], -1), folder / "own" / "a_mask.png")
    values = {(1, 2, 3): None} | {colour: category_id for category_id, colour in colours.items()}
    options = {"values": values, "instances": folder / "own", "suffix": "_mask"}
    (folder / "own" / "a_mask.png").rename(folder.parent / f"{folder.name}-own.png")
    (folder / "own").rmdir()
    elsewhere = folder.parent / f"{folder.name}-own"
    elsewhere.mkdir()
    (folder.parent / f"{folder.name}-own.png").rename(elsewhere / "a_mask.png")
    return data.label_maps(folder, folder, truth.categories, **{**options, "instances": elsewhere})


def voc(folder, picture, truth):
    save(picture, folder / "JPEGImages" / "a.png")
    labels = _class_map(truth)
    for name, values in (
        ("SegmentationClass", np.where(labels < 0, 255, labels)),
        ("SegmentationObject", _numbers(truth)),
    ):
        made = Image.fromarray(values.astype(np.uint8))
        made.putpalette(list(range(256)) * 3)
        (folder / name).mkdir()
        made.save(folder / name / "a.png")
    return data.voc(folder, categories=truth.categories.names)


def cvat_masks(folder, picture, truth):
    save(picture, folder / "JPEGImages" / "a.png")
    names = ["background", *truth.categories.names]
    colours = [(0, 0, 0), *((250 - i, 0, 3 * i) for i in range(len(names) - 1))]
    colours[1] = (255, 0, 0)
    lines = [f"{name}:{','.join(map(str, colour))}::" for name, colour in zip(names, colours, strict=True)]
    (folder / "labelmap.txt").write_text("# label:color_rgb:parts:actions\n" + "\n".join(lines) + "\n")
    save(np.array(colours, np.uint8)[_class_map(truth) + 1], folder / "SegmentationClass" / "a.png")
    own = np.zeros(truth.segment_ids.shape, np.uint8)
    for number, segment in enumerate(truth.segments, 1):
        own[truth.segment_ids == segment.id] = number
    save(np.array(colours + [(9, i, 9) for i in range(99)], np.uint8)[own], folder / "SegmentationObject" / "a.png")
    (folder / "ImageSets" / "Segmentation").mkdir(parents=True)
    (folder / "ImageSets" / "Segmentation" / "default.txt").write_text("a\n")
    return data.voc(folder, "default")


def roboflow_masks(folder, picture, truth):
    save(picture, folder / "train" / "a.png")
    save((_class_map(truth) + 1).astype(np.uint8), folder / "train" / "a_mask.png")
    rows = ["Pixel Value, Class", "0, background"]
    rows += [f"{i}, {c.name}" for i, c in enumerate(truth.categories, 1)]
    (folder / "train" / "_classes.csv").write_text("\n".join(rows))
    return data.roboflow(folder)


def mapillary(folder, picture, truth):
    labels = [{"readable": c.name, "instances": c.isthing} for c in truth.categories]
    labels.append({"readable": "void", "instances": False, "evaluate": False})
    folder.mkdir(exist_ok=True)
    (folder / "config_v1.2.json").write_text(json.dumps({"labels": labels}))
    save(picture, folder / "validation" / "images" / "a.png")
    classes = np.where(truth.semantic() < 0, len(labels) - 1, truth.semantic())
    values = (classes * 256 + _numbers(truth)).astype(np.uint16)
    save(values, folder / "validation" / "v1.2" / "instances" / "a.png")
    return data.mapillary(folder)


def _labelme(folder, picture, shapes):
    save(picture, folder / "a.png")
    height, width = picture.shape[:2]
    content = {"version": "5.5.0", "shapes": shapes, "imagePath": "a.png", "imageData": None}
    (folder / "a.json").write_text(json.dumps({**content, "imageHeight": height, "imageWidth": width}))
    return data.labelme(folder)


def labelme_polygons(folder, picture, truth):
    shapes = [
        {"label": name, "points": ring, "group_id": number, "shape_type": "polygon"}
        for _, name, ring, number in outlines(truth)
    ]
    return _labelme(folder, picture, shapes)


def labelme_masks(folder, picture, truth):
    shapes = []
    for s in truth.segments:
        x, y, width, height = s.bbox
        file = io.BytesIO()
        Image.fromarray(truth.segment_ids[y : y + height, x : x + width] == s.id).save(file, "PNG")
        text = base64.b64encode(file.getvalue()).decode()
        points = [[x, y], [x + width - 1, y + height - 1]]
        shapes.append({"label": name_of(truth, s), "points": points, "shape_type": "mask", "mask": text})
    return _labelme(folder, picture, shapes)


def _cvat(folder, picture, shapes):
    save(picture, folder / "a.png")
    height, width = picture.shape[:2]
    image = f'<image id="0" name="a.png" width="{width}" height="{height}">{"".join(shapes)}</image>'
    (folder / "a.xml").write_text(f"<annotations>{image}</annotations>")
    return data.cvat(folder / "a.xml", folder)


def cvat_polygons(folder, picture, truth):
    shapes = []
    for _, name, ring, number in outlines(truth):
        points = ";".join(f"{x},{y}" for x, y in ring)
        shapes.append(f'<polygon label="{name}" group_id="{number}" points="{points}"/>')
    return _cvat(folder, picture, shapes)


def cvat_brushes(folder, picture, truth):
    shapes = []
    for s in truth.segments:
        x, y, width, height = s.bbox
        runs = run_lengths(truth.segment_ids[y : y + height, x : x + width] == s.id, columns=False)
        where = f'left="{x}" top="{y}" width="{width}" height="{height}"'
        shapes.append(f'<mask label="{name_of(truth, s)}" {where} rle="{",".join(map(str, runs))}"/>')
    return _cvat(folder, picture, shapes)


def _yolo_lines(picture, truth):
    height, width = picture.shape[:2]
    for segment, _, ring, _ in outlines(truth):
        position = truth.categories.index(segment.category_id)
        yield " ".join([str(position), *(f"{x / width:.8f} {y / height:.8f}" for x, y in ring)])


def yolo(folder, picture, truth):
    save(picture, folder / "images" / "train" / "a.png")
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "labels" / "train" / "a.txt").write_text("\n".join(_yolo_lines(picture, truth)))
    names = json.dumps(dict(enumerate(truth.categories.names))).replace('"', "'")
    names = "\n".join(f"  {i}: {name}" for i, name in enumerate(truth.categories.names))
    (folder / "data.yaml").write_text(f"path: .\ntrain: images/train\nnames:\n{names}\n")
    return data.yolo(folder)


def roboflow_yolo(folder, picture, truth):
    save(picture, folder / "train" / "images" / "a.png")
    (folder / "train" / "labels").mkdir()
    (folder / "train" / "labels" / "a.txt").write_text("\n".join(_yolo_lines(picture, truth)))
    names = ", ".join(truth.categories.names)
    (folder / "data.yaml").write_text(f"train: ../train/images\nval: ../valid/images\nnames: [{names}]\n")
    return data.roboflow(folder)


def via(folder, picture, truth):
    save(picture, folder / "a.png")
    regions = []
    for _, name, ring, _ in outlines(truth):
        xs, ys = zip(*ring, strict=True)
        shape = {"name": "polygon", "all_points_x": xs, "all_points_y": ys}
        regions.append({"shape_attributes": shape, "region_attributes": {"kind": name}})
    entry = {"filename": "a.png", "size": 1, "regions": regions, "file_attributes": {}}
    (folder / "via.json").write_text(json.dumps({"_via_img_metadata": {"a.png1": entry}}))
    return data.via(folder / "via.json", folder)


def packed(mask):
    """Label Studio's strokes: words of 8 bits, runs of up to 2, 16, 256 and 65536 words."""
    rgba = np.zeros((*mask.shape, 4), np.uint8)
    rgba[mask] = (1, 2, 3, 255)
    values = rgba.ravel()
    sizes = (1, 4, 8, 16)
    bits = [f"{values.size:032b}", f"{7:05b}", *(f"{size - 1:04b}" for size in sizes)]
    change = np.flatnonzero(np.diff(values.astype(int))) + 1
    starts = [0, *change.tolist(), values.size]
    for begin, end in zip(starts[:-1], starts[1:], strict=True):
        while begin < end:
            length = min(end - begin, 65536)
            which = next(i for i, size in enumerate(sizes) if length <= 1 << size)
            bits.append(f"1{which:02b}{length - 1:0{sizes[which]}b}{values[begin]:08b}")
            begin += length
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[i : i + 8], 2) for i in range(0, len(text), 8)]


def _label_studio(folder, picture, results, **options):
    save(picture, folder / "a.png")
    height, width = picture.shape[:2]
    for result in results:
        result |= {"original_width": width, "original_height": height}
    task = {"id": 7, "data": {"image": "/data/upload/1/0123abcd-a.png"}, "annotations": [{"id": 1, "result": results}]}
    (folder / "a.json").write_text(json.dumps([task]))
    return data.label_studio(folder / "a.json", folder, **options)


def label_studio_polygons(folder, picture, truth):
    height, width = picture.shape[:2]
    results = []
    for _, name, ring, _ in outlines(truth):
        points = [[100 * x / width, 100 * y / height] for x, y in ring]
        results.append({"type": "polygonlabels", "value": {"points": points, "polygonlabels": [name]}})
    return _label_studio(folder, picture, results)


def label_studio_strokes(folder, picture, truth):
    results = []
    for s in truth.segments:
        value = {"format": "rle", "rle": packed(truth.segment_ids == s.id), "brushlabels": [name_of(truth, s)]}
        results.append({"type": "brushlabels", "value": value})
    return _label_studio(folder, picture, results)


def label_studio_pngs(folder, picture, truth):
    masks = folder / "pngs"
    for number, s in enumerate(truth.segments):
        name = f"task-7-annotation-1-by-2-tag-{name_of(truth, s)}-{number}.png"
        save((truth.segment_ids == s.id).astype(np.uint8) * 255, masks / name)
    return _label_studio(folder, picture, [], masks=masks)


def parquet(folder, picture, truth):
    import datasets

    rgb, infos = truth.to_coco()
    rows = {"image": [Image.fromarray(picture)], "panoptic": [Image.fromarray(rgb)], "segments_info": [infos]}
    kinds = {"image": datasets.Image(), "panoptic": datasets.Image()}
    made = datasets.Dataset.from_dict(rows)
    for column, kind in kinds.items():
        made = made.cast_column(column, kind)
    (folder / "data").mkdir(parents=True)
    made.to_parquet(folder / "data" / "train-0.parquet")
    cache = folder.with_name(folder.name + "-cache")
    return data.from_hub(str(folder), categories=truth.categories, cache_dir=str(cache))


# Format -> (writer, what it says exactly): "panoptic": ids, classes, things, stuff; "objects": each object's class and
# pixels; "classes": one segment a class; "outlines": each part without holes, its stuff as objects.
FORMATS = {
    "coco panoptic": (coco_panoptic, "panoptic"),
    "parquet, panoptic": (parquet, "panoptic"),
    "label maps": (label_maps, "panoptic"),
    "label maps, colours": (label_colours, "panoptic"),
    "mapillary": (mapillary, "panoptic"),
    "voc": (voc, "objects"),
    "cvat, labelmap.txt": (cvat_masks, "objects"),
    "coco, runs": (coco_runs, "objects"),
    "labelme, masks": (labelme_masks, "objects"),
    "cvat, brushes": (cvat_brushes, "objects"),
    "label studio, strokes": (label_studio_strokes, "objects"),
    "label studio, pngs": (label_studio_pngs, "objects"),
    "roboflow, masks": (roboflow_masks, "classes"),
    "coco, polygons": (coco_polygons, "outlines"),
    "labelme, polygons": (labelme_polygons, "outlines"),
    "cvat, polygons": (cvat_polygons, "outlines"),
    "label studio, polygons": (label_studio_polygons, "outlines"),
    "yolo": (yolo, "outlines"),
    "via": (via, "outlines"),
    "roboflow, coco": (roboflow_coco, "outlines"),
    "roboflow, yolo": (roboflow_yolo, "outlines"),
}
