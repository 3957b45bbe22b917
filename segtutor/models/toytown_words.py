"""`WordSegmenter`: a promptable model that knows ToyTown's words and no others."""

from __future__ import annotations

from segtutor.data.toytown.language import words
from segtutor.models.prompts import PromptSegmenter


class WordSegmenter(PromptSegmenter):
    """A `PromptSegmenter` whose text is of ToyTown: articles and plurals are as in `toytown.language.words`.

    A word that ToyTown does not have is one sentence (UserError), never a guess. The prediction's category is the
    phrase as it was given.
    """

    def _said(self, phrases: list[str]) -> list[str]:
        return [" ".join(words(phrase)) for phrase in phrases]
