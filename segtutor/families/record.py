"""One record a model type: everything the package knows of a family of networks, except the network itself.

    family = families.get("mask2former")           # by model_type of a config.json; KeyError where there is none
    family.output                                  # "mask": what `segmenter.family` says
    families.register(Family("mine", output="mask", network="my_module:Mine"))

Loading, preprocessing, inference, attention, freezing, replaced heads and saving read this record and no other table.
A new system is one file beside this one and one module in reference/models. Nothing here imports torch: a config is
judged before the second that torch takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

OUTPUTS = ("per-pixel", "mask", "prompt", "boxes")
COCO_SIZE = {"shortest_edge": 800, "longest_edge": 1333}


@dataclass(frozen=True)
class Preprocessing:
    """What transformers' image processor of this name does where a preprocessor_config.json does not say.

    size: edges in pixels. square: whether a single number as size means both edges. divisor: edges are rounded up to
    multiples of it; 0 = not at all, whatever the settings say. longest: goes with a size that is a single number.
    colours: mean and standard deviation of each channel of 0..1; None: ImageNet's. resample: Pillow's filter, 2 =
    bilinear, 3 = bicubic.
    one_edge: whether a size of {"shortest_edge"} alone is understood. pads: "never"; "size" = to pad_size where given;
    "asked" = with do_pad; "window" = to a square, with black (see models.pixels). pad_size: both edges, by default.
    crops: whether it cuts out the middle of a picture, as classifiers are shown it. Here the whole picture goes in: a
    map is wanted of all of it. further: switches that only its own code knows, for a family that transformers runs.
    """

    size: Mapping[str, int] = field(default_factory=lambda: COCO_SIZE)
    square: bool = False
    divisor: int = 0
    longest: int | None = None
    one_edge: bool = True
    pads: str = "never"
    longest_alone: bool = False  # whether a size of {"longest_edge"} alone is understood (SAM's)
    pad_size: int | None = None
    colours: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    resample: int = 2
    crops: bool = False
    further: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CrossAttention:
    """Where a Transformer decoder's attentions are: paths of attributes, from the model or from one of its layers.

    layers: of the decoder. cross: queries at the picture. own: queries at queries. read_cross, read_own: how the inputs
    of such an attention are read: a name of models.attention_hooks.READERS, or a function of its form.
    sampling_layers, sampling: the pixel decoder's layers with deformable attention, and that attention in one of them.
    """

    layers: str
    cross: str
    own: str
    read_cross: str | Callable
    read_own: str | Callable
    sampling_layers: str | None = None
    sampling: str = ""


@dataclass(frozen=True)
class JointAttention:
    """Where a model keeps blocks in which queries, `prefix` other tokens and patches share one attention (EoMT).

    count: the model -> (queries, prefix tokens, last blocks that hold queries).
    """

    layers: str
    read: str | Callable
    count: Callable[[Any], tuple[int, int, int]]


Attentions = CrossAttention | JointAttention


@dataclass(frozen=True)
class Family:
    """What the package knows of one model type.

    model_type: as in config.json. output: one of OUTPUTS. network: our module as "package.module:Class", with
    from_config(config), rules(config), ignore and, where published files have older names, renames(config); "" where
    only transformers runs it. transformers_class: its class there; "" where it has none.
    run: (transformers' model, pixel_values (B, 3, H, W) float, *task) -> MaskOutput | PerPixelOutput, with gradients.
    by_task: the network is told its task, the last argument of `run`. initial_prediction: whether the first of
    `output.layers` comes from queries that no decoder layer has changed.
    has_backbone: whether config.json must describe a backbone_config. named_backbones: those of timm that the config
    may name instead, since the file holds their weights.
    preprocessing: image processors that belong to the family, by their name in transformers without "ImageProcessor".
    attention, transformers_attention: where they are in our module, and in transformers'.
    parts: part ("backbone", "pixel_decoder") -> the beginnings of parameters' names in transformers' model; our
    modules call a part by its own name. heads: names of last layers, in both. class_heads: layers of class logits in
    our module, which `with_classes` replaces. asked_with: of a "prompt" family, the prompts that our module takes (see
    models.prompts); none while it is there to be read alone. files: names of further small files that a folder of it
    may hold, and complete: "module:function", (our network, its Pixels, its Checkpoint) -> None, that reads them.
    """

    model_type: str
    output: str
    network: str = ""
    transformers_class: str = ""
    run: Callable[..., Any] | None = None
    by_task: bool = False
    initial_prediction: bool = False
    has_backbone: bool = False
    named_backbones: tuple[str, ...] = ()
    preprocessing: Mapping[str, Preprocessing] = field(default_factory=dict)
    attention: Attentions | None = None
    transformers_attention: Attentions | None = None
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    heads: frozenset[str] = frozenset()
    class_heads: frozenset[str] = frozenset()
    asked_with: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    complete: str = ""

    def __post_init__(self) -> None:
        if self.output not in OUTPUTS:
            raise ValueError(f"output must be one of {', '.join(OUTPUTS)}, got {self.output!r}")
        if self.network and self.network.count(":") != 1:
            raise ValueError(f"network must be 'package.module:Class', got {self.network!r}")

    def completing(self) -> Callable[..., None] | None:
        """What reads the further files, None where there are none; imports its module."""
        if not self.complete:
            return None
        module, name = self.complete.split(":")
        return getattr(import_module(module), name)

    def network_class(self) -> Any:
        """Our class; imports its module, and torch with it. Raises ValueError where there is none."""
        if not self.network:
            raise ValueError(f"{self.model_type} has no module in segtutor.reference: load it with transformers")
        module, name = self.network.split(":")
        return getattr(import_module(module), name)


_FAMILIES: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Makes a family known to every part of the package. Raises ValueError for a model_type that is known already."""
    if family.model_type in _FAMILIES:
        raise ValueError(f"the family {family.model_type!r} is registered already: choose another model_type")
    _FAMILIES[family.model_type] = family
    return family


def unregister(model_type: str) -> None:
    """Forgets a family, for a test or a notebook that made one up."""
    del _FAMILIES[model_type]


def families() -> dict[str, Family]:
    """All records by model_type, in the order in which they were registered; a copy."""
    return dict(_FAMILIES)


def get(model_type: Any) -> Family:
    """The record of a model_type. Raises KeyError."""
    return _FAMILIES[model_type]


def of_class(name: str) -> tuple[Family, Attentions | None] | None:
    """The family whose network, ours or transformers', is a class of this name, and where its attentions are."""
    for family in _FAMILIES.values():
        if name == family.network.rpartition(":")[2] != "":
            return family, family.attention
        if name == family.transformers_class != "":
            return family, family.transformers_attention
    return None


def preprocessing() -> dict[str, Preprocessing]:
    """All image processors by name; a family may be saved with another family's (UPerNet comes with SegFormer's)."""
    return {name: kind for family in _FAMILIES.values() for name, kind in family.preprocessing.items()}


def part_prefixes(part: str) -> tuple[str, ...]:
    """How transformers' models call a part ("backbone", "pixel_decoder"): beginnings of parameters' names."""
    return tuple(dict.fromkeys(prefix for family in _FAMILIES.values() for prefix in family.parts.get(part, ())))


def heads() -> frozenset[str]:
    """The names of all last layers."""
    return frozenset().union(*(family.heads for family in _FAMILIES.values()))


def class_heads() -> frozenset[str]:
    """The names of all layers of class logits in our modules."""
    return frozenset().union(*(family.class_heads for family in _FAMILIES.values()))
