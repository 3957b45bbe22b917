"""Things to play with in a notebook: each one reads a segmenter and a picture, and computes in the browser.

    explorer = st.widgets.ThresholdExplorer(segmenter, image, truth)
    explorer                                                # the cell's last line shows it
    explorer.score_threshold = 0.5                          # traits in: the slider moves
    explorer.segments, explorer.pq                          # traits out: what is on the screen

Names are looked up when first used: ipywidgets and anywidget load then, not with `import segtutor`.
"""

from segtutor.lazy import lazily

_HOME = {
    "CanvasWidget": "base.canvas",
    "AskingCanvas": "asking",
    "AttentionExplorer": "attention",
    "BoxExplorer": "boxes",
    "Explainer": "explainer",
    "MapExplorer": "maps",
    "MatchingGame": "matching",
    "SceneEditor": "scene",
    "ScoreExplorer": "score",
    "PixelExplorer": "pixels",
    "PromptCanvas": "prompts",
    "QueryExplorer": "queries",
    "ThresholdExplorer": "thresholds",
    "TrainingView": "training",
}

__all__ = [*_HOME]

__getattr__, __dir__ = lazily(__name__, _HOME)
