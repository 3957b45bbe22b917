"""Models: `load` one by name, and `Segmenter`, which answers questions about a picture.

    zoo         names, cards and load()
    hub         what is taken from the Hugging Face Hub, how, and what is refused
    transfer    one large file, continued where it broke off; hub_sentences: what went wrong, in words
    checkpoint  one model folder as a value; checks: what it must look like before a library reads it
    labels      which classes of the public data sets are things
    with_reference, with_transformers    a folder -> a model, by the course's own modules or by the library's
    preprocess  a picture -> what the network takes; pixels: without transformers
    attention   what the queries of a mask classifier looked at; attention_hooks: where that is read
    prompt_attention    what the tokens of a prompt and the picture gave each other
    segmenter   set_image (slow, once an image), predict (fast, often)
    boxes       BoxSegmenter: boxes first, a mask in each
    prompts     PromptSegmenter: set_image once, then clicks, boxes, masks, words, examples
    prompt_checks    which prompts are refused, and the sentence; everything: a grid of clicks
    small       the course's own small networks as folders
    clip_words  CLIP's vocabulary from a folder; toytown_words: a model that knows ToyTown's words
    export      a model as one ONNX file, for programs without torch

Importing this package imports neither torch nor transformers; `load` does.
"""

from segtutor.lazy import lazily

_HOME = {
    "load": "zoo",
    "cards": "zoo",
    "export_onnx": "export",
    "BoxSegmenter": "boxes",
    "PromptSegmenter": "prompts",
    "Segmenter": "segmenter",
    "read_attention": "attention",
    "read_prompt_attention": "prompt_attention",
    "toytown_processor": "preprocess",
}
__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
