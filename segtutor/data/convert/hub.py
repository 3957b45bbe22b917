"""A data set of the Hugging Face Hub by its name, or a folder of parquet files: rows as this package's.

    records = st.data.from_hub("owner/name", split="train", categories=[...], label="annotation")

Data only: `datasets` reads parquet (and folders of pictures), and a repository's own code is never run. With
streaming=True nothing but the rows that are read is fetched; such a data set has no length and is read once, in order.

A row may hold a picture or name one. What it names is read below the data set's own folder alone (named_files.py), and
of a table nothing is decoded but the columns that are asked for: `datasets` itself opens whatever path a row names.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.convert.files import label_values
from segtutor.data.convert.maps import as_categories, from_labels, meanings
from segtutor.data.named_files import of_cell
from segtutor.data.records import Entry, Problem, RecordError, Records, problem_of, stop
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Categories, Segmentation


def from_hub(
    name: str,
    split: str = "train",
    *,
    categories: Any = None,
    image: str = "image",
    label: str = "label",
    values: Mapping[Any, int | None] | None = None,
    void: tuple[int, ...] | int | None = (255,),
    streaming: bool = False,
    revision: str | None = None,
    cache_dir: str | None = None,
) -> Records | Stream:
    """Rows of a Hub data set or of a local folder of parquet files.

    image, label: the names of the columns. A row in the panoptic schema ("panoptic", "segments_info") is read as that;
    otherwise `label` is a label map, and values and void mean what they mean in `label_maps`. categories: names or
    Categories; needed, since a label map names nothing. Rows: {"image", "segmentation", "file"}.
    Raises UserError: no such data set or split, no network, a repository that is code, missing columns.
    """
    import datasets

    if categories is None:
        raise UserError("categories are missing: pass categories=[...], names in the order of the values")
    kept = as_categories(categories)
    table = meanings(kept, values, void)
    data = _load(name, split, streaming, revision, cache_dir)
    columns = list(data.column_names or [])
    panoptic = {"panoptic", "segments_info"} <= set(columns)
    wanted = [image] if panoptic else [image, label]
    missing = [column for column in wanted if columns and column not in columns]
    if missing:
        raise UserError(
            f"column {missing[0]!r} is missing from {name!r}, which has {', '.join(columns)}: say which columns to "
            "read, image=... and label=..."
        )

    if columns:
        data = data.select_columns([*dict.fromkeys([*wanted, *(("panoptic", "segments_info") if panoptic else ())])])
    # Pictures stay bytes until a row is read: what cannot be decoded is then one record, not the end of the data set.
    for column in ("panoptic" if panoptic else label, image):
        if isinstance((data.features or {}).get(column), datasets.Image):
            data = data.cast_column(column, datasets.Image(decode=False))
    opened = [column for column, kind in (data.features or {}).items() if _decodes(kind)]
    if opened:
        raise UserError(
            f"column {opened[0]!r} of {name!r} holds pictures or media within lists, not one picture or label map a "
            "row: say which columns to read, image=... and label=..."
        )
    folder, roots = _own_folders(name, data, cache_dir)

    def convert(row: dict, file: str) -> dict[str, Any]:
        picture = load_image(_content(row[image], image, file, folder, roots))
        if panoptic:
            rgb = load_image(_content(row["panoptic"], "panoptic", file, folder, roots))
            truth = Segmentation.from_coco(rgb, row["segments_info"], kept)
        else:
            truth = from_labels(_labels(row[label], label, file, folder, roots), kept, table, file=file)
        if truth.segment_ids.shape != picture.shape[:2]:
            what = f"picture and labels must have one size, got {picture.shape[:2]} and {truth.segment_ids.shape}"
            raise stop(file, "sizes differ", what, "leave the record out, or repair the data set")
        return {"image": picture, "segmentation": truth}

    if streaming:
        return Stream(data, convert, kept, name)
    names = [f"{name}[{i}]" for i in range(len(data))]

    def reader(index: int):
        return lambda: convert(data[index], names[index])

    return Records([Entry(file, reader(i)) for i, file in enumerate(names)], kept)


def _content(cell: Any, column: str, file: str, folder: Path | None, roots: Sequence[Path]) -> Any:
    """The bytes of a picture, or the path of one that may be read; anything else as it is.

    Raises RecordError for a hole, and for a name that leads out of the data set's folders.
    """
    if isinstance(cell, dict) and {"bytes", "path"} <= cell.keys():
        if cell["bytes"] is not None:
            return cell["bytes"]
        if not cell["path"]:
            what = f"{column!r} holds neither bytes nor a path of a picture"
            raise stop(file, "missing picture", what, "leave the record out, or repair the data set")
        cell = cell["path"]
    return of_cell(cell, folder, roots, file) if isinstance(cell, str) else cell


def _labels(cell: Any, column: str, file: str, folder: Path | None, roots: Sequence[Path]) -> np.ndarray:
    """The label map of a cell: a picture as it is stored, or rows of numbers."""
    content = _content(cell, column, file, folder, roots)
    if isinstance(content, bytes | Path):
        return label_values(io.BytesIO(content) if isinstance(content, bytes) else content, file)
    try:
        values = np.asarray(content)
    except (ValueError, TypeError, OverflowError):  # rows of different lengths
        values = np.zeros(0, object)
    if values.ndim not in (2, 3) or values.dtype.kind not in "biu":
        what = f"{column!r} must be a label map (H, W) of integers, got shape {values.shape} and type {values.dtype}"
        raise stop(file, "wrong mode", what, "say which column holds it: label=...")
    return values


def _decodes(kind: Any) -> bool:
    """Whether `datasets` opens files for a column of this kind by itself."""
    if hasattr(kind, "decode_example"):
        return getattr(kind, "decode", True)
    if isinstance(kind, Mapping):
        return any(_decodes(part) for part in kind.values())
    if isinstance(kind, list | tuple):
        return any(_decodes(part) for part in kind)
    return _decodes(kind.feature) if hasattr(kind, "feature") else False


def _own_folders(name: str, data: Any, cache_dir: str | None) -> tuple[Path | None, list[Path]]:
    """The folder of a data set on this machine, and those that `datasets` has downloaded or unpacked its files into.

    The second holds for folders of pictures, whose paths `datasets` makes itself; those in a table are a stranger's.
    """
    import datasets
    from huggingface_hub import constants

    local = Path(os.path.expanduser(name))
    folder = local if local.is_dir() else None
    if getattr(data.info, "builder_name", None) != "imagefolder":
        return folder, []
    cached = Path(cache_dir) if cache_dir is not None else Path(datasets.config.HF_DATASETS_CACHE)
    roots = [cached / "downloads"]
    if folder is None:
        roots.append(Path(constants.HF_HUB_CACHE) / f"datasets--{name.replace('/', '--')}")
    return folder, roots


class Stream:
    """Rows one after the other; what cannot be read is counted in `problems` and passed over, never silently.

    categories: as Records'. problems: those met so far.
    """

    def __init__(self, data: Any, convert: Any, categories: Categories, name: str):
        self._data, self._convert, self._name = data, convert, name
        self.categories = categories
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for index, row in enumerate(self._data):
            file = f"{self._name}[{index}]"
            try:
                yield {**self._convert(row, file), "file": file}
            except RecordError as error:
                known = error.problem
                self.problems.append(Problem(file, index, known.kind, known.what, known.mend))
            except UserError as error:
                self.problems.append(problem_of(error, file, index))

    def __repr__(self) -> str:
        return f"Stream({self._name!r}, {len(self.categories)} categories, {len(self.problems)} problems so far)"


def _load(name: str, split: str, streaming: bool, revision: str | None, cache_dir: str | None) -> Any:
    import datasets

    try:
        return datasets.load_dataset(name, split=split, streaming=streaming, revision=revision, cache_dir=cache_dir)
    except Exception as error:  # noqa: BLE001 - it becomes one sentence
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise UserError(
            f"datasets {datasets.__version__} cannot open {name!r}, split {split!r} ({reason}): check name, split and "
            "network, and that it is a Hub data set of parquet files or a folder of them"
        ) from None
