"""What a SceneEditor may be given: scenes, models and things, and what is said of those that it may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segtutor.data import toytown
from segtutor.errors import UserError

if TYPE_CHECKING:
    from segtutor.data.toytown.scene import Thing

LARGEST = 256  # pixels of the picture's side


def checked_scene(scene: Any) -> toytown.Scene:
    if not isinstance(scene, toytown.Scene) or scene.size > LARGEST:
        what = f"a scene of {scene.size} pixels" if isinstance(scene, toytown.Scene) else f"a {type(scene).__name__}"
        raise UserError(
            f"got {what}, expected a ToyTown scene of at most {LARGEST} pixels: for example st.toytown.scene(7)"
        )
    return scene


def checked_model(model: Any) -> Any:
    names = getattr(getattr(model, "categories", None), "names", None)
    if names is None or not hasattr(model, "segment"):
        raise UserError(f"got a {type(model).__name__}, expected a segmenter: st.load('mask2former-toytown')")
    if list(names) != list(toytown.categories.names):
        raise UserError(
            f"got {model.name}, which knows {len(names)} other categories, expected a model of ToyTown's "
            f"{len(toytown.categories)}: for example st.load('mask2former-toytown')"
        )
    return model


def things_of(scene: toytown.Scene, things: Iterable[dict]) -> list[Thing]:
    """Dictionaries as things; UserError where one cannot be drawn."""
    made = replace(scene, things=())
    for thing in things:
        try:
            made = made.add(**thing)
        except TypeError as error:
            raise UserError(
                f"got the thing {thing!r}, expected kind, x, y, height, colour, pattern and seed"
            ) from error
    return list(made.things)
