"""Published systems that the course does not read: one true sentence, with what is missing and what to take."""

from __future__ import annotations

import json

import pytest

import segtutor as st
from segtutor.errors import UserError


@pytest.mark.parametrize(("model_type", "processor"), [("sam3", "Sam3"), ("sam3_video", "Sam3"), ("rf_detr", "RfDetr")])
def test_the_sentence_is_given_and_is_true(model_type, processor, tmp_path):
    """transformers has the class, and its image processor in one form only, torchvision's."""
    import transformers
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES

    (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}))
    (tmp_path / "preprocessor_config.json").write_text("{}")
    with pytest.raises(UserError, match=r"torchvision.*choose"):
        st.load(tmp_path)
    assert not hasattr(transformers, f"{processor}ImageProcessorPil")
    forms = IMAGE_PROCESSOR_MAPPING_NAMES.get(model_type, {"torchvision": ""})
    assert set(forms) == {"torchvision"}
