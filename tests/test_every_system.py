"""Every system that travels with the package, in code that a reader can paste: loaded, asked, drawn; offline."""

from __future__ import annotations

import numpy as np
import pytest
from hub.repositories import save_tiny

import segtutor as st

SCENE = 9
PIXELS = ("fcn", "deeplab", "pspnet", "unet", "segformer", "upernet")
MASKS = ("detr", "maskformer", "mask2former", "oneformer", "eomt")
EXAMPLES = ("painter", "seggpt")


def largest_thing(truth: st.Segmentation) -> tuple[str, np.ndarray]:
    """The name of the largest thing of a scene, and its mask, (H, W) bool."""
    names = {category.id: category.name for category in truth.categories if category.isthing}
    thing = max((one for one in truth.segments if one.category_id in names), key=lambda one: truth.mask(one.id).sum())
    return names[thing.category_id], truth.mask(thing.id)


def question_for(system: str, image: np.ndarray, truth: st.Segmentation) -> dict:
    """What each kind of network is asked: classifiers nothing, prompt networks about the largest thing."""
    if system in (*PIXELS, *MASKS, "maskrcnn"):
        return {}
    name, mask = largest_thing(truth)
    if system == "sam":
        rows, columns = np.nonzero(mask)
        middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
        return {"points": [(int(columns[middle]), int(rows[middle]))]}
    if system == "clipseg":
        return {"text": name}
    return {"example": (image, mask)}


@pytest.mark.parametrize("system", [*PIXELS, *MASKS, "maskrcnn", "sam", "clipseg", *EXAMPLES])
def test_a_reader_loads_it_asks_it_and_draws_what_it_says(system):
    image, truth = st.toytown.scene(SCENE).render()
    segmenter = st.load(f"{system}-toytown").set_image(image)
    task = {"task": "semantic"} if system in PIXELS else {}
    found = segmenter.predict(**task, **question_for(system, image, truth))
    painted = st.show.overlay(image, found)
    assert painted.shape == image.shape
    assert (painted != image).any()
    if system in (*PIXELS, *MASKS):
        assert (found.semantic() == truth.semantic()).mean() > 0.8
    elif system == "maskrcnn":
        assert found.masks.any()
    else:
        _, mask = largest_thing(truth)
        best = max((np.logical_and(mask, one).sum() / np.logical_or(mask, one).sum() for one in found.masks), default=0)
        assert best > 0.5


@pytest.mark.parametrize(("family", "question"), [("eomt_dinov3", {}), ("sam2", {"points": [(60, 60)]})])
def test_what_is_published_and_does_not_ship_is_loaded_by_name(family, question, tmp_path):
    """A repository of the published form with random weights: loaded, asked and drawn in the same lines."""
    image, _ = st.toytown.scene(SCENE).render()
    segmenter = st.load(save_tiny(tmp_path / family, family)).set_image(image)
    settings = {} if question else {"score_threshold": 0.0}
    painted = st.show.overlay(image, segmenter.predict(**question, **settings))
    assert painted.shape == image.shape


@pytest.mark.parametrize("system", ["unet", "pspnet", "deeplab"])
def test_what_travels_without_weights_is_a_module_and_a_recipe(system):
    import torch

    from segtutor.training.recipes.networks import from_configuration, per_pixel_configuration
    from segtutor.training.recipes.toytown import RECIPES

    network = from_configuration(per_pixel_configuration(system, st.toytown.categories.names)).eval()
    image = torch.zeros(1, 3, 128, 128)
    with torch.no_grad():
        assert network(image).logits.shape[1] == len(st.toytown.categories)
    assert f"{system}-toytown" in RECIPES
