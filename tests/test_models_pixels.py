"""Our preprocessing beside transformers' image processors in their Pillow form: equal numbers, to the last bit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segtutor import families
from segtutor.errors import UserError
from segtutor.models.pixels import Pixels, within

# SAM's and the like are compared in the tests of their networks: their sizes mean something else. Families that
# transformers alone runs have its processors, and ours only to refuse what a file may not ask for.
KINDS = {
    name: kind
    for family in families.families().values()
    if family.output in ("mask", "per-pixel") and family.network
    for name, kind in family.preprocessing.items()
}

EDGES = some.integers(16, 90)
SIZES = {
    "both": some.tuples(some.integers(8, 80), some.integers(8, 120)).map(
        lambda pair: {"shortest_edge": min(pair), "longest_edge": max(pair)}
    ),
    "shortest": some.integers(8, 80).map(lambda edge: {"shortest_edge": edge}),
    "at most": some.tuples(some.integers(20, 80), some.integers(20, 80)).map(
        lambda pair: {"max_height": pair[0], "max_width": pair[1]}
    ),
    "exactly": some.tuples(some.integers(8, 80), some.integers(8, 80)).map(
        lambda pair: {"height": pair[0], "width": pair[1]}
    ),
    "number": some.integers(8, 80),
    "default": some.none(),
}
OTHERS = some.fixed_dictionaries(
    {},
    optional={
        "do_resize": some.booleans(),
        "resample": some.integers(0, 5),
        "do_rescale": some.booleans(),
        "rescale_factor": some.sampled_from([1 / 255, 1 / 127.5, 0.01]),
        "do_normalize": some.booleans(),
        "image_mean": some.sampled_from([[0.5, 0.5, 0.5], [0.1, 0.2, 0.7]]),
        "image_std": some.sampled_from([[0.5, 0.5, 0.5], [0.3, 0.2, 1.7]]),
        "do_pad": some.booleans(),
        "max_size": some.integers(40, 200),
        "size_divisor": some.sampled_from([0, 1, 7, 32]),
    },
)


@some.composite
def cases(draw, kind: str):
    understood = [name for name in SIZES if name != "shortest" or KINDS[kind].one_edge]
    chosen = draw(OTHERS)
    size = draw(SIZES[draw(some.sampled_from(understood))])
    if size is None and KINDS[kind].size.get("shortest_edge", 0) > 100:
        size = {"shortest_edge": 60, "longest_edge": 99}  # 800 x 1333 tells nothing more, and takes long
    if isinstance(size, int) and kind in ("Mask2Former", "MaskFormer"):
        chosen.setdefault("max_size", 133)
    if size is not None:
        chosen["size"] = size
    if kind not in ("Mask2Former", "MaskFormer"):
        chosen.pop("size_divisor", None)
    return chosen, draw(EDGES), draw(EDGES), draw(some.booleans())


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_equals_transformers_to_the_last_bit(kind):
    import transformers

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(cases(kind))
    def compare(case):
        chosen, height, width, padded = case
        image = picture(height, width)
        if padded and kind in ("Mask2Former", "MaskFormer", "Detr"):
            chosen["pad_size"] = {"height": 300, "width": 310}
        ours = Pixels(kind, **chosen)
        peer = getattr(transformers, f"{kind}ImageProcessorPil")(**chosen)
        expected = peer(images=[image], return_tensors="np", input_data_format="channels_last")
        values, shown = ours(image)
        assert values.dtype == np.float32
        assert values.shape == expected["pixel_values"][0].shape
        assert np.array_equal(values, expected["pixel_values"][0].astype(np.float32))
        mask = expected.get("pixel_mask")
        if mask is not None:
            assert shown == (mask[0].any(axis=1).sum(), mask[0].any(axis=0).sum())
        assert shown <= values.shape[1:]

    compare()


@pytest.mark.parametrize("kind", KINDS)
def test_the_defaults_are_transformers_own(kind):
    """A preprocessor_config.json may leave every setting out."""
    import transformers

    image = picture(70, 93)
    peer = getattr(transformers, f"{kind}ImageProcessorPil")()
    expected = peer(images=[image], return_tensors="np", input_data_format="channels_last")["pixel_values"][0]
    assert np.array_equal(Pixels(kind)(image)[0], expected)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(some.integers(1, 3000), some.integers(1, 3000), some.integers(1, 900), some.integers(1, 1500))
def test_sizes_equal_transformers_for_any_picture(height, width, shortest, longest):
    from transformers.image_transforms import get_size_with_aspect_ratio

    assert within(height, width, shortest, longest) == get_size_with_aspect_ratio((height, width), shortest, longest)


def test_what_cannot_be_done_is_one_sentence():
    with pytest.raises(UserError, match="size.*shortest_edge"):
        Pixels("Mask2Former", size={"shortest_edge": 100})
    with pytest.raises(UserError, match="size.*shortest_edge"):
        Pixels("Segformer", size={"longest_edge": 100})
    with pytest.raises(UserError, match="pad_size"):
        Pixels("Mask2Former", pad_size={"shortest_edge": 100})
    with pytest.raises(UserError, match="elongated"):
        Pixels("Segformer", size={"shortest_edge": 1, "longest_edge": 1})(picture(20, 400))
    small = {"size": {"shortest_edge": 64, "longest_edge": 128}, "pad_size": {"height": 100, "width": 100}}
    with pytest.raises(UserError, match="at most 100 x 100"):
        Pixels("Mask2Former", **small)(picture(64, 120))


def test_preprocessing_imports_neither_torch_nor_transformers():
    code = "import sys, segtutor.models.pixels; assert not {'torch', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
