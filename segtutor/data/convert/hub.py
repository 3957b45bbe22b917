"""A data set of the Hugging Face Hub by its name, or a folder of parquet files: rows as this package's.

    records = st.data.from_hub("owner/name", split="train", categories=[...], label="annotation")

Data only: `datasets` reads parquet (and folders of pictures), and a repository's own code is never run. With
streaming=True nothing but the rows that are read is fetched; such a data set has no length and is read once, in order.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.convert.files import label_values
from segtutor.data.convert.maps import as_categories, from_labels, meanings
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
        raise UserError(
            "got no categories, expected names or Categories: pass categories=[...], in the order of the values"
        )
    kept = as_categories(categories)
    table = meanings(kept, values, void)
    data = _load(name, split, streaming, revision, cache_dir)
    columns = list(data.column_names or [])
    panoptic = {"panoptic", "segments_info"} <= set(columns)
    wanted = [image] if panoptic else [image, label]
    missing = [column for column in wanted if columns and column not in columns]
    if missing:
        raise UserError(
            f"got {name!r} with the columns {', '.join(columns)}, expected {missing[0]!r} among them: say which it is, "
            "image=... and label=..."
        )

    # Pictures stay bytes until a row is read: what cannot be decoded is then one record, not the end of the data set.
    for column in ("panoptic" if panoptic else label, image):
        if isinstance((data.features or {}).get(column), datasets.Image):
            data = data.cast_column(column, datasets.Image(decode=False))

    def convert(row: dict, file: str) -> dict[str, Any]:
        picture = load_image(_content(row[image], image, file))
        if panoptic:
            rgb = load_image(_content(row["panoptic"], "panoptic", file))
            truth = Segmentation.from_coco(rgb, row["segments_info"], kept)
        else:
            truth = from_labels(_labels(row[label], label, file), kept, table, file=file)
        if truth.segment_ids.shape != picture.shape[:2]:
            what = f"a picture {picture.shape[:2]} and labels {truth.segment_ids.shape}, expected one size"
            raise stop(file, "sizes differ", what, "leave the record out, or mend the data set")
        return {"image": picture, "segmentation": truth}

    if streaming:
        return Stream(data, convert, kept, name)
    names = [f"{name}[{i}]" for i in range(len(data))]

    def reader(index: int):
        return lambda: convert(data[index], names[index])

    return Records([Entry(file, reader(i)) for i, file in enumerate(names)], kept)


def _content(cell: Any, column: str, file: str) -> Any:
    """The bytes of a picture that is not decoded yet; anything else as it is. Raises RecordError for a hole."""
    if not isinstance(cell, dict) or not {"bytes", "path"} <= cell.keys():
        return cell
    if cell["bytes"] is None and not cell["path"]:
        what = f"{column!r} without bytes or a path, expected a picture"
        raise stop(file, "missing picture", what, "leave the record out, or mend the data set")
    return cell["path"] if cell["bytes"] is None else cell["bytes"]


def _labels(cell: Any, column: str, file: str) -> np.ndarray:
    """The label map of a cell: a picture as it is stored, or rows of numbers."""
    content = _content(cell, column, file)
    if content is not cell:
        return label_values(io.BytesIO(content) if isinstance(content, bytes) else Path(content), file)
    values = np.asarray(content)
    if values.ndim not in (2, 3) or values.dtype.kind not in "biu":
        what = f"{column!r} of shape {values.shape} and type {values.dtype}, expected a label map (H, W) of integers"
        raise stop(file, "wrong mode", what, "say which column holds it: label=...")
    return values


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
            f"got {name!r}, split {split!r}, which datasets {datasets.__version__} cannot open ({reason}), expected a "
            "Hub data set of parquet files or a folder of them: check name, split and network"
        ) from None
