"""SceneEditor: change a ToyTown scene by hand, and see at once what networks make of it, beside the exact truth.

Shown in notebooks/gallery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segtutor.widgets.base.canvas import built
from segtutor.widgets.base.scene import SceneWidget

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SceneEditor(SceneWidget):
    """Drag, add, resize, reorder and recolour the things of a ToyTown scene, and let networks segment it live.

        editor = st.widgets.SceneEditor([st.load("upernet-toytown"), st.load("mask2former-toytown")],
                                        scene=st.toytown.scene(7))
        editor                                                  # the cell's last line shows it
        editor.scene = st.toytown.scene(9)                      # in: another scene
        editor.things[0], editor.answers[1]["pq"]["all"]["pq"]  # out: what is on the screen

    models: one segmenter or several, each knowing ToyTown's 15 categories; none: the scene and its truth only.
    scene: a toytown.Scene of at most 256 pixels; None = toytown.scene(7).

    Traits in and out: `scene`; `things`, its things back to front as {"kind", "x", "y", "height", "colour", "pattern",
    "seed"}, shares of the picture, x and y where the middle of the base stands; `selected`, a position in `things` or
    None; `networks`, the models' names: others of the shelf may be set, or chosen on the page. Trait out: `answers`,
    for each network {"model", "family", "pq", "segments", "missed", "false"}, pq as {"all" | "things" | "stuff": {"pq",
    "sq", "rq", "tp", "fp", "fn"}} with quality in 0..1 and None where nothing is to be counted, segments as [{"id",
    "category_id", "name", "score", "area"}], missed and false as names.
    They follow the learner when the pointer rests. `results`: for each network its Segmentation.

    Raises UserError: a model of other categories, what is no scene, things that cannot be drawn.
    """

    _esm = built("scene.js")
    _css = built("scene.css")

    def alternative(self) -> str:
        """The scene's things and each network's panoptic quality, in two sentences."""
        from segtutor.widgets.base.scene_still import told

        return told(self.scene, self.answers, self.language)

    def still(self) -> np.ndarray:
        """The scene, its truth and each network's prediction side by side, each twice as large, (2 H, ..., 3) uint8."""
        from segtutor.show import enlarge
        from segtutor.widgets.base.scene_still import panels

        shown = [enlarge(self.scene.draw()[0], 2), *panels(self.scene, self.results)]
        gap = np.full((2 * self.scene.size, 8, 3), 255, np.uint8)
        return np.concatenate([part for panel in shown for part in (panel, gap)][:-1], axis=1)

    def figure(self) -> Figure:
        """The same panels with their titles and what was missed and false, as a matplotlib figure."""
        from segtutor.widgets.base.scene_still import scene_figure

        return scene_figure(self.scene, self.results, self.answers, self.alternative())

    def __repr__(self) -> str:
        asked = ", ".join(f"{one['model']} PQ {_percent(one['pq']['all']['pq'])}" for one in self.answers)
        side = self.scene.size
        return f"SceneEditor({side} x {side} pixels, {len(self.things)} things, {asked or 'no model'})"


def _percent(quality: float | None) -> str:
    return "-" if quality is None else f"{100 * quality:.1f} %"
