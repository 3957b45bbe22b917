"""Training: one loop for both paradigms (fit), and how each shipped checkpoint was made (recipes, evaluate).

    fit             the loop, also st.fit          Augment       scale jitter, crop, flip, colour
    overfit_one     the gate before a training     Diverged      the error of a loss that is not finite
    ProgressBar     an on_event that shows how far it is       with_classes  a trained model, new classes
    learn_scribbles a small model for one picture, from strokes on it, within seconds

Names are looked up when first used.
"""

from segtutor.lazy import lazily

_HOME = {
    "Augment": "augment",
    "Diverged": "diverged",
    "flip_and_tint": "augment",
    "learn_scribbles": "scribbles",
    "overfit_one": "overfit",
    "ProgressBar": "events",
    "save": "saving",
    "with_classes": "new_classes",
}
_MODULES = ("augment", "evaluate", "fit", "overfit", "photograph", "recipes", "schedules", "targets")

__all__ = [*_HOME, *_MODULES]

__getattr__, __dir__ = lazily(__name__, _HOME, _MODULES)
