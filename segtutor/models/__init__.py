"""Models: `load` one by name, and `Segmenter`, which answers questions about a picture.

    zoo         names, cards and load()
    hub         what is taken from the Hugging Face Hub, how, and what is refused
    transfer    one large file, continued where it broke off; hub_sentences: what went wrong, in words
    checks      what a model folder must look like before anything in it is read by a library
    labels      which classes of the public data sets are things
    adapters    a transformers family -> PerPixelOutput or MaskOutput
    with_reference, with_transformers    a folder -> a model, by the course's own modules or by the library's
    preprocess  a picture -> what the network takes; pixels: without transformers
    attention   what the queries of a mask classifier looked at; attention_hooks: where that is read
    segmenter   set_image (dear, once), predict (cheap, often)
    export      a model as one ONNX file, for programs without torch

Importing this package imports neither torch nor transformers; `load` does.
"""

from segtutor.lazy import lazily

_HOME = {
    "load": "zoo",
    "cards": "zoo",
    "export_onnx": "export",
    "Segmenter": "segmenter",
    "read_attention": "attention",
    "toytown_processor": "preprocess",
}
__all__ = ["Segmenter", "cards", "export_onnx", "load", "read_attention", "toytown_processor"]

__getattr__, __dir__ = lazily(__name__, _HOME)
