"""A segmenter without a network, for tests of what reads a segmenter: it looks at a ToyTown scene's truth and errs.

It stands alone (imports segtutor only), so that a test can copy it beside a notebook.
"""

import numpy as np
import torch

import segtutor as st
from segtutor.data import toytown


class ToySegmenter:
    """Says about one ToyTown scene what a half-trained Mask2Former would: good masks, repetitions, mistakes.

    Queries: one for each segment of the truth, with scores from about 0.6 to 0.99; repeated, smaller proposals of the
    things with lower scores, which the first ones overlap; "no object" for the rest of the Q queries.
    """

    family = "mask"
    thresholds = {"score_threshold": 0.75, "overlap_threshold": 0.8, "mask_threshold": 0.5}

    def __init__(self, seed: int = 3, size: int = 128, queries: int = 24):
        self.image, self.truth = toytown.scene(seed, size=size).render()
        self.categories = self.truth.categories
        random = np.random.default_rng(seed)
        segments = self.truth.segments
        class_logits = random.normal(0, 0.4, (1, queries, len(self.categories) + 1))
        class_logits[..., -1] += 4
        mask_logits = random.normal(-6, 0.3, (1, queries, size // 4, size // 4))
        places = random.permutation(queries)
        for number, segment in enumerate(segments):
            query = places[number]
            class_logits[0, query, self.categories.index(segment.category_id)] += random.uniform(5.5, 9.5)
            mask_logits[0, query] += self._mask(segment, 12)
        things = [segment for segment in segments if self.categories.by_id(segment.category_id).isthing]
        for query, segment in zip(places[len(segments) :], things, strict=False):
            class_logits[0, query, self.categories.index(segment.category_id)] += random.uniform(5, 7)
            mask_logits[0, query] += self._mask(segment, 10)
        self.output = st.MaskOutput(
            torch.from_numpy(class_logits.astype(np.float32)), torch.from_numpy(mask_logits.astype(np.float32))
        )

    def _mask(self, segment, height: float) -> np.ndarray:
        mask = self.truth.segment_ids == segment.id
        side = mask.shape[0] // 4
        return height * mask.reshape(side, 4, side, 4).mean(axis=(1, 3))

    def set_image(self, image):
        """Takes the only picture it knows."""
        assert np.array_equal(image, self.image)
        return self
