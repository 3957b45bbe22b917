"""OneFormer's query-text term: in training, the queries of a picture shall be closest to the sentences about it.

Jain et al., "OneFormer", arXiv:2211.06220, sections 3.1 to 3.3: of the truth that the task asks for a list is made, an
entry for each mask, "a photo with a {class}", filled up with "a {task} photo". A text encoder makes a text query of
each entry (reference/decoders/text_mapper.py), and the contrastive loss pulls the network's first queries, which come
from task and picture, towards those of their own list (reference/losses/contrastive.py).

    with st.training.query_text(model, categories):              # the term counts inside, as "contrastive"
        st.fit(model, data, augment=st.training.DrawTask())

Encoder, contexts and temperature learn with the network, from a random start, and are taken away afterwards: nobody
knows the sentences when a picture is asked about. A network that came with them (is_training) keeps its own.

Differs from the paper in the vocabulary: by default it has the words of these sentences only, each a number of its own,
since the encoder is trained from scratch anyway; `pieces` takes CLIP's, as published. Each process compares the
pictures of its own share of a batch. A batch of one picture has nothing to compare, and the term is 0.
Taught in notebooks/11_one_network_for_all_three_tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.reference.decoders.text_mapper import HEAD_WIDTH, TextMapper
from segtutor.reference.layers.byte_pairs import BytePairs
from segtutor.reference.losses.contrastive import ContrastiveLoss
from segtutor.segments import Categories
from segtutor.training.rows.targets import targets_of

WEIGHT = 0.5  # of the term, as published
FILLERS = {"semantic": "a semantic photo", "instance": "an instance photo", "panoptic": "an panoptic photo"}


def sentences(labels: Sequence[int], names: Sequence[str], task: str, count: int) -> list[str]:
    """The list T of one picture, `count` entries. labels: positions in `names`, one for each mask of the truth.

    Entries are in the order of the classes, as published; those that do not fit are left out.

    >>> sentences([1, 0, 1], ["cat", "sky"], "panoptic", 4)
    ['a photo with a cat', 'a photo with a sky', 'a photo with a sky', 'an panoptic photo']
    """
    said = [f"a photo with a {names[label]}" for label in sorted(labels)][:count]
    return said + [FILLERS[task]] * (count - len(said))


class Words:
    """A vocabulary of whole words, for sentences that are known beforehand: 0 padding, 1.. words, then start and end.

    The end has the largest number, where the text encoder reads its result.

    >>> Words(["a cat", "a dog"]).encode("a dog")
    [4, 1, 3, 5]
    """

    def __init__(self, texts: Sequence[str]):
        words = dict.fromkeys(word for text in texts for word in text.split())
        self.numbers = {word: i for i, word in enumerate(words, 1)}
        self.start, self.end = len(words) + 1, len(words) + 2

    def encode(self, text: str) -> list[int]:
        return [self.start, *(self.numbers[word] for word in text.split()), self.end]


class SentenceReader:
    """Rows of a batch -> (B, N_text, length) int64, what the text mapper reads. count: N_text."""

    def __init__(self, names: Sequence[str], pieces: Words | BytePairs, count: int, length: int):
        self.names, self.pieces, self.count, self.length = list(names), pieces, count, length

    def numbers(self, text: str) -> list[int]:
        """Of one sentence, filled up with 0; a long one is cut and keeps its end."""
        found = self.pieces.encode(text)
        if len(found) > self.length:
            found = [*found[: self.length - 1], self.pieces.end]
        return found + [0] * (self.length - len(found))

    def check(self, rows: Sequence[dict[str, Any]], indices: Sequence[int]) -> None:
        """Raises UserError, naming the row, for a task without a sentence and for classes with other names."""
        for row, index in zip(rows, indices, strict=True):
            if (task := row.get("task", "panoptic")) not in FILLERS:
                raise UserError(f"the task of row {index} must be one of {', '.join(FILLERS)}, got {str(task)[:60]!r}")
            for n, name in enumerate(row["segmentation"].categories.names):
                if n >= len(self.names) or name != self.names[n]:
                    own = repr(self.names[n]) if n < len(self.names) else "none"
                    raise UserError(
                        f"class {n} of row {index} must be that of query_text's categories, {own}, got {name!r}: pass "
                        "the categories of the data"
                    )

    def __call__(self, rows: Sequence[dict[str, Any]]) -> Tensor:
        made = []
        for row in rows:
            labels = targets_of(row).labels.tolist()
            said = sentences(labels, self.names, row.get("task", "panoptic"), self.count)
            made.append([self.numbers(text) for text in said])
        return torch.tensor(made, dtype=torch.int64)


@contextmanager
def query_text(
    model: nn.Module,
    categories: Categories,
    *,
    weight: float = WEIGHT,
    pieces: BytePairs | None = None,
    num_contexts: int | None = None,
    num_layers: int = 6,
) -> Iterator[nn.Module]:
    """Inside the block st.fit's loss of a OneFormer has the term "contrastive", times `weight`.

    model: a OneFormer of segtutor.reference. categories: what its classes are called. pieces: CLIP's vocabulary; None:
    one of the words of these categories. Where the network has no text mapper it gets one of `num_layers` layers with
    num_contexts learned vectors (None: 16, at most half of the queries, as published for 150) and loses it afterwards.
    Yields the model.
    Raises UserError: another kind of model, a weight that is not above 0, other categories than the network's classes,
    a width below 64 or contexts that leave no sentence, a vocabulary that is larger than the network's own.
    """
    if not all(hasattr(model, name) for name in ("text_mapper", "contrastive", "forward_with_queries")):
        raise UserError(
            f"the model must be a OneFormer of segtutor.reference, got a {type(model).__name__}: load one with "
            "engine='reference', such as oneformer-toytown"
        )
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
        raise UserError(f"weight must be a number above 0, got {weight!r}: {WEIGHT} is the published one")
    classes = model.class_head.out_features - 1
    if len(categories) != classes:
        raise UserError(
            f"categories must be the {classes} classes of the model, got {len(categories)}: pass those it is trained on"
        )
    own = model.text_mapper
    names = list(categories.names)
    vocabulary = pieces or Words([*FILLERS.values(), *(f"a photo with a {name}" for name in names)])
    queries = len(model.decoder.query_positions)
    if own is None:
        contexts = min(16, queries // 2) if num_contexts is None else num_contexts
        width = model.decoder.width
        if width < HEAD_WIDTH or width % HEAD_WIDTH or not 0 <= contexts < queries:
            raise UserError(
                f"a text mapper needs a width that is a multiple of {HEAD_WIDTH} and fewer contexts than the {queries} "
                f"queries, got width {width} and {contexts} contexts: choose another network or num_contexts"
            )
        longest = max(
            len(vocabulary.encode(text)) for text in (*(f"a photo with a {n}" for n in names), *FILLERS.values())
        )
        mapper = TextMapper(
            _size(vocabulary),
            length=longest,
            text_width=width,
            width=width,
            num_layers=num_layers,
            num_contexts=contexts,
        )
        device = model.class_head.weight.device
        model.text_mapper, model.contrastive = mapper.to(device), ContrastiveLoss().to(device)
    elif _size(vocabulary) > own.encoder.pieces.num_embeddings:
        raise UserError(
            f"the vocabulary must have at most {own.encoder.pieces.num_embeddings} pieces, which the model's text "
            f"encoder knows, got {_size(vocabulary)}: pass the vocabulary it was made for as pieces="
        )
    mapper = model.text_mapper
    count = queries - (0 if mapper.contexts is None else len(mapper.contexts))
    model.read_sentences, model.contrastive_weight = (
        SentenceReader(names, vocabulary, count, mapper.encoder.length),
        float(weight),
    )
    try:
        yield model
    finally:
        del model.read_sentences, model.contrastive_weight
        if own is None:
            model.text_mapper = model.contrastive = None


def _size(pieces: Words | BytePairs) -> int:
    """How many numbers a vocabulary has; the end is the last."""
    return pieces.end + 1


def reader_of(model: nn.Module) -> SentenceReader | None:
    """Inside `query_text`, what makes numbers of a batch's sentences."""
    return getattr(model, "read_sentences", None)
