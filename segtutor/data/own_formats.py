"""The formats of one's own data that the shell reads, in one list: which converter, and what a person may say.

`segtutor train`, `evaluate` and `check` and their --help take the formats from here. What a format cannot be told is
refused, so that nobody believes it was heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segtutor.errors import UserError


@dataclass(frozen=True)
class Format:
    """One of FORMATS. converter: its name in `segtutor.data`. data: the argument that takes the person's data.

    takes: {what a person may say: the converter's argument}. needs: those that must be said. one_file: the ending of
    the file that holds all annotations; a folder with one such file is as good. parts: whether train, val, test apart.
    """

    converter: str
    data: str
    takes: Mapping[str, str]
    needs: tuple[str, ...] = ()
    one_file: str = ""
    parts: bool = False


_DRAWN = {"images": "images", "classes": "categories", "unlabelled": "unlabelled"}
FORMATS: Mapping[str, Format] = {
    "labelme": Format("labelme", "folder", _DRAWN),
    "cvat": Format("cvat", "annotations", _DRAWN, ("images",), ".xml"),
    "coco": Format(
        "coco_instances", "annotations", {"images": "images", "unlabelled": "unlabelled"}, ("images",), ".json"
    ),
    "coco-panoptic": Format("coco_panoptic", "annotations", {"images": "images"}, ("images",)),
    "label-maps": Format("label_maps", "labels", {"images": "images", "classes": "categories"}, ("images", "classes")),
    "voc": Format("voc", "folder", {"split": "split", "classes": "categories", "images": "images"}),
    "via": Format("via", "annotations", _DRAWN, ("images",), ".json"),
    "label-studio": Format("label_studio", "annotations", _DRAWN, ("images",), ".json"),
    "yolo": Format(
        "yolo", "folder", {"split": "split", "classes": "categories", "unlabelled": "unlabelled"}, parts=True
    ),
    "roboflow": Format("roboflow", "folder", {"split": "split", "unlabelled": "unlabelled"}, parts=True),
}
_SAID = {
    "images": "the folder of the pictures",
    "classes": "the names of the classes",
    "split": "the split",
    "unlabelled": "what unlabelled pixels are",
}


def format_of(name: str) -> Format:
    """The format of this name. Raises UserError for any other."""
    if name not in FORMATS:
        raise UserError(f"format (what the files are) must be one of {', '.join(FORMATS)}, got {name!r}")
    return FORMATS[name]


def read(name: str, data: Any, said: Mapping[str, Any]) -> Any:
    """The Records of `data`. said: {"images" | "classes" | "split" | "unlabelled": value, None for not said}.

    Raises UserError as the converter does, for what the format needs and was not said, and for what it does not take.
    """
    from segtutor import data as converters

    form = format_of(name)
    options = {key: value for key, value in said.items() if value is not None}
    for key in form.needs:
        if key not in options:
            raise UserError(f"{_SAID[key]} must be given for this format: pass --{key}, in Python {key}=")
    for key in options:
        if key not in form.takes:
            raise UserError(f"the format {name} says itself, or cannot say, {_SAID[key]}: leave out --{key}")
    values = {}
    if name == "label-maps":
        options["classes"], values = _by_value(options["classes"])
    given = {form.takes[key]: value for key, value in options.items()}
    return getattr(converters, form.converter)(**{form.data: data}, **given, **values)


def _by_value(classes: list[str]) -> tuple[Any, dict[str, Any]]:
    """Names in the order of their values, or "VALUE=NAME" each, where the name void is none of the classes.

    Returns the categories and what label_maps takes besides.
    """
    pairs = [text.partition("=") for text in classes]
    if not any(equal for _, equal, _ in pairs):
        return classes, {}
    if not all(equal and value.strip().isdecimal() and name.strip() for value, equal, name in pairs):
        raise UserError(
            f"the classes must all be names in the order of their values, or all VALUE=NAME such as 0=void,128=road, "
            f"got {','.join(classes)!r}"
        )
    values = [(int(value), name.strip()) for value, _, name in pairs]
    twice = sorted({value for value, _ in values if [v for v, _ in values].count(value) > 1})
    if twice:
        raise UserError(f"the value {twice[0]} is given two names: leave one out")
    names = list(dict.fromkeys(name for _, name in values if name != "void"))
    if not names:
        raise UserError("the classes must hold a name beside void: add one, such as 1=road")
    ids = {name: number for number, name in enumerate(names, 1)} | {"void": None}
    return names, {"values": {value: ids[name] for value, name in values}, "void": ()}
