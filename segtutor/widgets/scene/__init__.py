"""A ToyTown scene to change by hand, which networks segment again."""

from segtutor.widgets.scene.editor import SceneEditor

__all__ = ["SceneEditor"]
