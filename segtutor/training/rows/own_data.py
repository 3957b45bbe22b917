"""A model for one's own pictures, from files to a score: what `segtutor train --data` and `evaluate --data` do.

    fine_tune("mask2former-toytown", "photos", format="labelme", out="mine", steps=300)
    measure("mine", "photos", format="labelme")         of the pictures that mine/split.json keeps for judging

The files are converted, what cannot be read is said and left out, the rest is divided once, by a seed, and the division
is written down beside the weights. Pictures are shown to the network as large as they are when it is asked later.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segtutor import data as converters
from segtutor.data.own_formats import format_of, read
from segtutor.data.records import Records
from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.training.evaluate import _flat, _loaded
from segtutor.training.rows.augment import Augment
from segtutor.training.rows.rows import resized_to

SPLIT = "split.json"
KEPT = 4096  # small rows that stay in memory, so that a picture is decoded once and not once an epoch

_JUDGED = {"valid": "val", "val": "val", "test": "test"}  # folders beside train, and their names as a split


def opened(
    data: str | os.PathLike,
    format: str,  # noqa: A002 - the word of the command line
    *,
    images: str | os.PathLike | None = None,
    classes: Sequence[str] | None = None,
    split: str | None = None,
    unlabelled: str | None = None,
    say: Callable[[str], Any] = print,
) -> Records:
    """The records of one's own data that can be read; what cannot, and what check_labels finds, is said.

    data: the folder or file that the format's converter takes first (label-maps: the folder of the maps), or the folder
    of a file of all annotations. format: one of own_formats.FORMATS. images: the folder of the pictures, by default
    images/ beside such a file, or the file's own folder. classes: names. split: of formats that have some. unlabelled:
    of outlines. say: called with each text. Raises UserError as the converters do, and where nothing can be read.
    """
    records = _records(data, format, images, classes, split, unlabelled, say)
    report = records.check()
    say(str(report))
    if not report.readable:
        raise UserError(f"no record of {os.fspath(data)!r} can be read: repair what is listed above")
    usable = records.usable() if report.problems else records
    for finding in converters.check_labels(usable, usable.categories).findings:
        say(str(finding))
    return usable


def examined(
    data: str | os.PathLike,
    format: str,  # noqa: A002
    *,
    images: str | os.PathLike | None = None,
    classes: Sequence[str] | None = None,
    split: str | None = None,
    unlabelled: str | None = None,
    say: Callable[[str], Any] = print,
) -> int:
    """How many problems and findings one's own data have, all of them said, with the share of each class.

    Arguments as `opened` takes them. Raises UserError as the converters do.
    """
    records = _records(data, format, images, classes, split, unlabelled, say)
    report = records.check()
    say(str(report))
    if not report.readable:
        return len(report.problems)
    found = converters.check_labels(records.usable() if report.problems else records, records.categories)
    say(str(found))
    return len(report.problems) + len(found.findings)


def _records(
    data: Any,
    format: str,  # noqa: A002
    images: Any,
    classes: Sequence[str] | None,
    split: str | None,
    unlabelled: str | None,
    say: Callable[[str], Any],
) -> Records:
    form = format_of(format)
    if form.one_file:
        data, images = _one_file(data, form.one_file, images)
    asked = {"images": images, "classes": list(classes) if classes else None, "split": split, "unlabelled": unlabelled}
    records = read(format, data, asked)
    others = [name for name in _JUDGED if (Path(os.path.expanduser(data)) / name).is_dir()]
    if form.parts and split is None and others:
        say(f"  note: these are the pictures of train; evaluate takes the others with --split {_JUDGED[others[0]]}")
    return records


def divided(files: Sequence[str], share: float, seed: int) -> dict[str, list[str]]:
    """{"train": names, "validation": names}: a random part by seed, at least one picture on each side of two.

    Depends on the names and the seed alone, not on the order in which files are found.
    """
    if not 0 <= share < 1:
        raise UserError(f"the validation share must be 0 to below 1, such as 0.2, got {share}")
    names = sorted(files)
    order = np.random.default_rng(seed).permutation(len(names))
    count = min(len(names) - 1, max(1, round(share * len(names)))) if share and len(names) > 1 else 0
    judged = {names[i] for i in order[:count].tolist()}
    return {"train": [n for n in names if n not in judged], "validation": [n for n in names if n in judged]}


def fine_tune(
    model: Any,
    data: str | os.PathLike,
    *,
    format: str,  # noqa: A002
    out: str | os.PathLike,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    validation: float = 0.2,
    seed: int = 0,
    batch_size: int = 8,
    lr: float = 2e-3,
    freeze: str = "backbone",
    say: Callable[[str], Any] = print,
    on_event: Callable[[dict, Any], Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Trains a model for the classes of one's own data, saves it in `out` and writes down who was trained on.

    model: a Segmenter, or a name that `segtutor.load` reads. data, format, options: as `opened` takes them. validation:
    the share that is kept from training, chosen by seed. Returns {"out", "classes", "train", "validation", "steps"}.
    """
    import torch

    from segtutor.training.fit import fit
    from segtutor.training.new_classes import with_classes
    from segtutor.training.saving import save

    format_of(format)
    target = Path(os.path.expanduser(out))
    make_folder(target)
    if any(target.iterdir()):
        raise UserError(f"{str(out)!r} must be a new or empty folder: choose another one")
    segmenter = _loaded(model, None)
    records = opened(data, format, say=say, **options)
    parts = divided([_name(records, i) for i in range(len(records))], validation, seed)
    chosen = set(parts["train"])
    torch.manual_seed(seed)
    own = with_classes(segmenter, records.categories)
    rows = Shown([i for i in range(len(records)) if _name(records, i) in chosen], records, own)
    fitted = fit(
        own.model, rows, steps=steps or (None if cpu_minutes else 300), cpu_minutes=cpu_minutes, lr=lr,
        batch_size=batch_size, freeze=freeze, augment=Augment(rows.crop(), scale=(0.8, 1.25)), seed=seed,
        on_event=on_event,
    )  # fmt: skip
    save(own, target)
    written = {"data": os.path.abspath(data), "format": format, "seed": seed, "share": validation, **parts}
    written |= {"split": options.get("split"), "seen": _seen(records, parts["train"][0])}
    write_whole(target / SPLIT, json.dumps(written, indent=1, ensure_ascii=False).encode())
    return {
        "out": str(target), "classes": own.categories.names, "train": len(parts["train"]),
        "validation": len(parts["validation"]), "steps": fitted.steps,
    }  # fmt: skip


def measure(
    model: Any,
    data: str | os.PathLike,
    *,
    format: str,  # noqa: A002
    part: str | None = None,
    engine: str | None = None,
    say: Callable[[str], Any] = print,
    progress: Callable[[int], Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """PQ, mIoU and their parts of a model on one's own data, in percent, as `evaluate` returns them.

    part: "validation" or "train" of the division that lies beside the model, or "all"; by default the validation part
    where these are the pictures that were divided, else all, which is said. Also "judged": the share of pixels that
    the truth labels, and "pictures". Raises UserError for categories that do not correspond.
    """
    from segtutor.metrics.iou import PixelCounts
    from segtutor.metrics.pq import PanopticCounts

    segmenter = _loaded(model, engine)
    records = opened(data, format, say=say, **options)
    known = _division(model)
    names = [_name(records, i) for i in range(len(records))]
    why = "" if known is None else _not_divided(known, records, names, options.get("split"))
    if part is None:
        part = "validation" if known and known["validation"] and not why else "all"
        if why:
            say(f"  note: {why}, so all {len(names)} pictures are judged")
    if part != "all" and (known is None or part not in ("train", "validation") or why):
        raise UserError(
            f"part must be 'all', or one of a {SPLIT} beside the model, got {part!r}{why and ', but ' + why}: leave it "
            "out"
        )
    kept = [i for i, name in enumerate(names) if part == "all" or name in set(known[part])]
    if not kept:
        raise UserError(f"the data have no picture of the part {part!r} that {SPLIT} names: use 'all'")
    segmenter.categories.match(records.categories)
    panoptic, pixels = PanopticCounts(records.categories), PixelCounts(records.categories)
    for done, index in enumerate(kept, 1):
        row = records[index]
        segmenter.set_image(row["image"])
        panoptic.update(segmenter.predict(task="panoptic"), row["segmentation"])
        pixels.update(segmenter.predict(task="semantic"), row["segmentation"])
        if progress is not None:
            progress(done)
    found = _flat(panoptic.compute(), pixels.compute(), records.categories)
    return {"pictures": len(kept), "part": part, "judged": round(100 * pixels.compute().judged, 2), **found}


class Shown(Sequence):
    """Rows of some records as large as a segmenter's preprocessing makes them; small ones stay in memory."""

    def __init__(self, indices: Sequence[int], records: Records, segmenter: Any):
        self._indices, self._records, self._processor = indices, records, segmenter.processor
        self._kept: dict[int, dict] = {}

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> dict[str, Any]:
        if index not in self._kept:
            row = self._records[self._indices[index]]
            _, shown = self._processor(row["image"])
            row = resized_to(row, *shown) if tuple(shown) != row["image"].shape[:2] else row
            if len(self._kept) >= KEPT:
                return row
            self._kept[index] = row
        return self._kept[index]

    def crop(self) -> int:
        """The side of the square that a training cuts: the shorter side of the first picture, in steps of 32."""
        return max(32, min(self[0]["image"].shape[:2]) // 32 * 32)


def _one_file(data: Any, ending: str, images: Any) -> tuple[Any, Any]:
    """The annotation file and the folder of its pictures. data: the file, or the folder that holds it.

    By default the pictures are in images/ beside the file, and without such a folder beside the file itself.
    """
    if not isinstance(data, str | os.PathLike):
        return data, images
    path = Path(os.path.expanduser(data))
    if path.is_dir():
        found = sorted(file for file in path.glob(f"*{ending}") if file.is_file())
        if len(found) != 1:
            raise UserError(
                f"{str(data)!r} must hold one {ending} file of annotations, got {len(found)}: name the file"
            )
        data = path = found[0]
    if images is None and path.is_file():
        images = path.parent / "images" if (path.parent / "images").is_dir() else path.parent
    return data, images


def _name(records: Records, index: int) -> str:
    return records.file(index)


def _division(model: Any) -> dict[str, Any] | None:
    """The split.json beside a model's weights, where there is one."""
    path = Path(os.path.expanduser(model if isinstance(model, str | os.PathLike) else model.name)) / SPLIT
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict) or not all(isinstance(content.get(k), list) for k in ("train", "validation")):
        raise UserError(f"{path} is not a division into train and validation: remove it")
    return content


def _seen(records: Records, name: str) -> dict[str, Any]:
    """What one picture looks like, by which its data are known again in another folder: size and mean colour."""
    image = records[next(i for i in range(len(records)) if _name(records, i) == name)]["image"]
    return {"file": name, "size": list(image.shape[:2]), "mean": image.mean((0, 1)).round(2).tolist()}


def _not_divided(known: dict[str, Any], records: Records, names: Sequence[str], split: str | None) -> str:
    """Why these are not the pictures that were divided, though some may have the same names; "" where they are.

    Pictures that were added since, or are no longer there, do not matter.
    """
    shared = (set(known["train"]) | set(known["validation"])) & set(names)
    if not shared:
        return f"no picture is one of those in {SPLIT}"
    if known.get("split") != split and split != (known.get("split") or "train"):
        return f"the split {split!r} is not the one that {SPLIT} divides"
    seen = known.get("seen")
    if not isinstance(seen, dict) or seen.get("file") not in shared:
        return ""
    now, mean = _seen(records, seen["file"]), np.ravel(seen.get("mean", []))
    near = now["size"] == seen.get("size") and mean.shape == (3,) and mean.dtype.kind in "if"
    if near and (np.abs(mean - now["mean"]) < 2).all():  # two decoders of JPEG may differ by a level
        return ""
    return f"{seen['file']} is another picture than the one of {SPLIT}"
