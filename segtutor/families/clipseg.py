"""CLIPSeg (arXiv:2112.10003): a sentence, or an example picture, says what to segment."""

from __future__ import annotations

from segtutor.families.record import Family, Preprocessing

_HALF = (0.5, 0.5, 0.5)

FAMILY = Family(
    model_type="clipseg",
    output="prompt",
    network="segtutor.reference.models.clipseg:CLIPSeg",
    transformers_class="CLIPSegForImageSegmentation",
    asked_with=frozenset({"text", "example"}),
    files=("vocab.json", "merges.txt", "tokenizer.json"),
    complete="segtutor.models.clip_words:complete",
    preprocessing={"ViT": Preprocessing(size={"height": 224, "width": 224}, square=True, colours=(_HALF, _HALF))},
)
