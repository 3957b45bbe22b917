"""Pictures of results: `draw` turns arrays into arrays, `figures` puts them under a title with a legend.

    st.show.overlay(image, result)      # (H, W, 3) uint8, the result painted over the picture
    st.show.figure(image, result)       # a matplotlib Figure: overlay, legend, text alternative

Nothing here changes what it is given, and nothing displays by itself: a notebook's last line does.
matplotlib is imported when the first figure is made.
"""

from segtutor.lazy import lazily
from segtutor.show.draw import contours, enlarge, mask_heatmap, overlay

_LAZY = {
    "LiveTraining": "live",
    "Picture": "picture",
    "attention": "places",
    "boxes": "framed",
    "compare": "figures",
    "costs": "tables",
    "figure": "figures",
    "gallery": "figures",
    "heatmaps": "queries",
    "intervals": "plots",
    "labels": "mending",
    "lines": "plots",
    "network": "diagram",
    "points": "places",
    "readings": "reading_points",
    "reliability": "plots",
    "sampling": "reading_points",
    "describe": "words",
    "training": "learning",
    "why": "score_parts",
}

__all__ = [
    "LiveTraining",
    "Picture",
    "attention",
    "boxes",
    "compare",
    "contours",
    "costs",
    "describe",
    "enlarge",
    "figure",
    "gallery",
    "heatmaps",
    "intervals",
    "labels",
    "lines",
    "mask_heatmap",
    "network",
    "overlay",
    "points",
    "readings",
    "reliability",
    "sampling",
    "training",
    "why",
]

__getattr__, __dir__ = lazily(__name__, _LAZY)
