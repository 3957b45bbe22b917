"""The checks of lesson 02: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from slips import three_tests

from segtutor.exercises import check
from segtutor.exercises.lesson02 import CHECKS


def loss(logits, labels, *, stable=True, divide_by_all=False, void="skip", total=False):
    valid = labels >= 0
    if not valid.any():
        return 0.0
    shifted = logits - logits.max(0) if stable else logits
    log_probs = shifted - np.log(np.exp(shifted).sum(0))
    losses = -np.take_along_axis(log_probs, (labels % len(logits))[None], 0)[0]
    if void == "last":
        return losses.mean()
    return losses[valid].sum() / (1 if total else valid.size if divide_by_all else valid.sum())


def window(layers, position, *, order=-1, offset=True):
    first = last = position
    for k, s, d in layers[::order]:
        p = d * (k - 1) // 2
        first, last = s * first - p, s * last - p + d * (k - 1)
    if not offset:
        half = (last - first) // 2
        return position - half, position + half
    return first, last


def classes(logits, size, *, early=False, mode="bilinear", align_corners=False):
    if early:
        return F.interpolate(logits.argmax(0)[None, None].float(), size=size)[0, 0]
    corners = None if mode == "nearest" else align_corners
    return F.interpolate(logits[None], size=size, mode=mode, align_corners=corners)[0].argmax(0)


def weights(labels, K, *, void=False, all_classes=False, share=False):
    pixels = np.bincount(labels[labels >= 0], minlength=K)
    if share:
        return pixels / pixels.sum()
    present = pixels > 0
    result = np.zeros(K)
    total = labels.size if void else pixels.sum()
    result[present] = total / ((K if all_classes else present.sum()) * pixels[present])
    return result


def merged(truth, *, structure=None, all_kinds=False):
    count = 0
    kinds = [[c.id for c in truth.categories]] if all_kinds else [[c.id] for c in truth.categories if c.isthing]
    for kind in kinds:
        ids = [s.id for s in truth.segments if s.category_id in kind]
        regions, _ = ndimage.label(np.isin(truth.segment_ids, ids), structure)
        touched = [set(np.unique(regions[truth.mask(i)])) for i in ids]
        count += sum(bool(a & b) for i, a in enumerate(touched) for b in touched[:i])
    return count


def group(is_thing, offsets, centres, *, shift=True, first=1, mask=True):
    goal = np.moveaxis(np.indices(is_thing.shape) + offsets * shift, 0, -1)
    ids = np.linalg.norm(goal[:, :, None] - centres, axis=-1).argmin(-1) + 1
    ids = np.where(is_thing, ids, 0) if mask else ids
    return ids - 1 + first


RIGHT = {
    "02.1": loss,
    "02.2": window,
    "02.3": classes,
    "02.4": weights,
    "02.5": merged,
    "02.6": group,
}
SLIPS = [
    ("02.1", {"divide_by_all": True}, "number of pixels that have a label"),
    ("02.1", {"void": "last"}, "not the last class"),
    ("02.1", {"total": True}, "the loss is their mean"),
    ("02.1", {"stable": False}, "exp overflows"),
    ("02.2", {"order": 1}, "from the last layer back"),
    ("02.2", {"offset": False}, "the place is not"),
    ("02.3", {"early": True}, "classes cannot be mixed"),
    ("02.3", {"mode": "nearest"}, "became blocks"),
    ("02.3", {"align_corners": True}, "align_corners=False"),
    ("02.4", {"void": True}, "Void pixels count in no loss"),
    ("02.4", {"all_classes": True}, "classes that occur"),
    ("02.4", {"share": True}, "a rare class needs a large weight"),
    ("02.5", {"structure": np.ones((3, 3))}, "corner"),
    ("02.5", {"all_kinds": True}, "expected"),
    ("02.6", {"shift": False}, "add its offset first"),
    ("02.6", {"first": 0}, "Ids begin at 1"),
    ("02.6", {"mask": False}, "Pixels that are no thing have id 0"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS, warnings=("ignore:overflow", "ignore:invalid value")
)


def test_results_of_torch_and_numpy_are_both_welcome():
    assert check("02.3", lambda logits, size: classes(logits, size).numpy()).solved
    assert check("02.4", lambda labels, K: torch.from_numpy(weights(labels, K))).solved
