"""segtutor: a course on image segmentation that runs, and the small package behind it.

    import segtutor as st
    segmenter = st.load("mask2former-toytown")      # shipped with the package, no network
    result = segmenter.segment("photo.jpg", task="panoptic")

Importing this module takes milliseconds: every public name below is looked up in `_HOME` and its module
imported when the name is first used, so that `segtutor --help` does not pay for torch.
"""

from segtutor.lazy import lazily

__version__ = "0.1.0"

# Public name -> module that defines it. Modules appear under their own name.
_HOME = {
    "setup": "notebook",
    "load": "models.zoo",
    "Segmenter": "models.segmenter",
    "Category": "segments",
    "Categories": "segments",
    "Segment": "segments",
    "Segmentation": "segments",
    "Instances": "segments",
    "PerPixelOutput": "outputs",
    "MaskOutput": "outputs",
    "Targets": "outputs",
    "semantic_inference": "inference",
    "panoptic_inference": "inference",
    "instance_inference": "inference",
    "multi_scale_inference": "inference",
    "load_image": "images",
    "fit": "training.fit",
}
_MODULES = {
    "cli": "cli",
    "data": "data",
    "exercises": "exercises",
    "experiments": "experiments",
    "families": "families",
    "images": "images",
    "inference": "inference",
    "metrics": "metrics",
    "models": "models",
    "notebook": "notebook",
    "outputs": "outputs",
    "reference": "reference",
    "segments": "segments",
    "show": "show",
    "toytown": "data.toytown",
    "training": "training",
    "widgets": "widgets",
}

__all__ = ["__version__", *_HOME, *_MODULES]

__getattr__, __dir__ = lazily(__name__, _HOME, _MODULES)
