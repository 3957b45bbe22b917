"""Training: one loop for both paradigms (fit), and how each shipped checkpoint was made (recipes, evaluate).

    fit             the loop, also st.fit          Augment       scale jitter, crop, flip, colour
    overfit_one     the gate before a training     Diverged      the error of a loss that is not finite
    ProgressBar     an on_event that shows how far it is       with_classes  a trained model, new classes
    learn_scribbles a small model for one picture, from strokes on it, within seconds
    shelf_rows      the networks of the package side by side: what was measured, and what each took

Names are looked up when first used.
"""

from segtutor.lazy import lazily

_HOME = {
    "Augment": "rows.augment",
    "Criterion": "criterion",
    "Diverged": "loop.diverged",
    "FitOptions": "options",
    "DrawTask": "rows.tasks",
    "MEAN": "rows.targets",
    "PALETTE": "recipes.episodes",
    "STD": "rows.targets",
    "Scenes": "recipes.toytown",
    "crop": "photograph",
    "flip_and_tint": "rows.augment",
    "flipped": "rows.rows",
    "for_task": "rows.tasks",
    "frozen": "loop.parts",
    "learn_scribbles": "scribbles",
    "one_photograph": "photograph",
    "oneformer_configuration": "recipes.networks",
    "output_for": "photograph",
    "overfit_one": "overfit",
    "panoptic_targets": "rows.targets",
    "parameter_groups": "loop.parts",
    "pixel_values": "rows.targets",
    "ProgressBar": "loop.events",
    "query_text": "sentences",
    "shelf_rows": "shelf",
    "save": "saving",
    "targets_of": "rows.targets",
    "warmup_then_linear": "loop.schedules",
    "warmup_then_poly": "loop.schedules",
    "with_classes": "new_classes",
}
_MODULES = {
    **{name: name for name in ("evaluate", "fit", "overfit", "photograph", "recipes")},
    "augment": "rows.augment",
    "schedules": "loop.schedules",
    "targets": "rows.targets",
}

__all__ = [*_HOME, *_MODULES]

__getattr__, __dir__ = lazily(__name__, _HOME, _MODULES)
