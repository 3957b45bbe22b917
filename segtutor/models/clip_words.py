"""CLIP's vocabulary from a model's folder: what makes numbers of phrases.

A folder holds it as vocab.json with merges.txt, or as tokenizer.json, which says both and more. Like everything in a
folder they are input from a stranger: bounded, plain JSON and text, read by a few lines here and no library.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.checks import MAX_SMALL_BYTES
from segtutor.untrusted_json import parse

if TYPE_CHECKING:
    from torch import Tensor

    from segtutor.reference.layers.byte_pairs import BytePairs

MOST_PIECES = 1_000_000


def complete(network: Any, processor: Any, found: Checkpoint) -> None:
    """Gives a CLIPSeg of ours the vocabulary of its folder, and black as its preprocessing makes it.

    Raises UserError for a folder without a vocabulary, for one that is damaged, and where it does not fit the network.
    """
    import torch

    pieces = read_pieces(found)
    known, length = network.text.pieces.num_embeddings, network.text.length
    largest = max(pieces.vocabulary.values())
    if largest >= known:
        raise UserError(
            f"the vocabulary of {found.what} must have at most {known} pieces, which its network knows, got "
            f"{largest + 1}: use the files that were saved with these weights"
        )

    def tokens(phrases: Sequence[str]) -> Tensor:
        rows = []
        for phrase in phrases:
            try:
                rows.append(pieces.encode(phrase))
            except ValueError as error:
                raise UserError(f"text is too long ({error}): use fewer words") from None
            if len(rows[-1]) > length:
                raise UserError(
                    f"text must be at most {length - 2} pieces of words, got {len(rows[-1]) - 2}: use fewer words"
                )
        longest = max(map(len, rows))
        return torch.tensor([row + [pieces.end] * (longest - len(row)) for row in rows], dtype=torch.int64)

    network.tokens = tokens
    network.black = processor.table[:, 0].tolist()


def read_pieces(found: Checkpoint) -> BytePairs:
    """The byte pairs of a folder. Raises UserError, one sentence, where there are none that can be read."""
    from segtutor.reference.layers.byte_pairs import BytePairs

    folder, what = found.folder, found.what
    if (folder / "vocab.json").exists() and (folder / "merges.txt").exists():
        vocabulary = _json(folder / "vocab.json", what)
        lines = _text(folder / "merges.txt", what).splitlines()
        merges: Any = [line for line in lines if line and not line.startswith("#version")]
    elif (folder / "tokenizer.json").exists():
        whole = _json(folder / "tokenizer.json", what)
        model = whole.get("model")
        model = model if isinstance(model, dict) else {}
        vocabulary, merges = model.get("vocab"), model.get("merges")
        if isinstance(merges, list):  # newer files have pairs instead of lines
            merges = [" ".join(map(str, merge)) if isinstance(merge, list) else merge for merge in merges]
    else:
        raise UserError(
            f"{what} has no vocabulary (vocab.json and merges.txt, or tokenizer.json) beside its weights: save its "
            "tokenizer into the folder"
        )
    if not isinstance(vocabulary, dict) or not 0 < len(vocabulary) <= MOST_PIECES or not all(
        isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in vocabulary.values()
    ):  # fmt: skip
        raise UserError(f"the vocabulary of {what} does not number its pieces: save its tokenizer again")
    if not isinstance(merges, list) or not all(isinstance(merge, str) for merge in merges):
        raise UserError(f"the merges of {what} must be a list of pairs: save its tokenizer again")
    try:
        return BytePairs(vocabulary, merges)
    except ValueError as error:
        raise UserError(f"the vocabulary of {what} is not CLIP's ({error}): save its tokenizer again") from None


def _text(path: Path, what: str) -> str:
    try:
        if path.stat().st_size > MAX_SMALL_BYTES:
            raise UserError(f"{path.name} of {what} must have at most {MAX_SMALL_BYTES} bytes: choose another model")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path.name} of {what} cannot be read ({error.strerror}): load it again") from None
    except UnicodeDecodeError:
        raise UserError(f"{path.name} of {what} is not a text: load it again") from None


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        content = parse(_text(path, what).encode())
    except (ValueError, RecursionError):
        raise UserError(f"{path.name} of {what} is not valid JSON: load it again") from None
    if not isinstance(content, dict):
        raise UserError(f"{path.name} of {what} must hold an object: load it again")
    return content
