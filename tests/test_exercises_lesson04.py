"""The checks of lesson 04: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import binary_erosion, generate_binary_structure
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson04 import CHECKS
from segtutor.metrics import boundary_iou


def step(fine, coarse, matrix, *, lateral=True, above=True, tile=False, turned=False, plain=False):
    H, W = fine.shape[1:]
    enlarged = F.interpolate(torch.from_numpy(coarse)[None], size=(H, W), mode="nearest")[0].numpy()
    if tile:
        enlarged = np.tile(coarse, (1, H, W))[:, :H, :W]
    if turned and matrix.shape[0] == matrix.shape[1]:
        matrix = matrix.T
    seen = np.tensordot(matrix, fine, 1)
    if plain and matrix.shape[0] == matrix.shape[1]:
        seen = fine
    return seen * lateral + enlarged * above


def enlarge(values, times, *, how="linear", corners=False, shift=0.5, zeros=False):
    if how != "linear":
        return np.repeat(values, times) if how == "repeat" else np.tile(values, times)
    count = len(values) * times
    at = (np.arange(count) + shift) / times - shift
    if corners:
        at = np.linspace(0, len(values) - 1, count)
    return np.interp(at, np.arange(-1, len(values) + 1), np.pad(values, 1, "constant" if zeros else "edge"))


def boundary(prediction, truth, d, *, plain=False, square=True, edge=0, outer=False, reach=1, empty=0.0):
    def band(mask):
        structure = generate_binary_structure(2, 2 if square else 1)
        inside = binary_erosion(mask, structure, iterations=reach * d, border_value=edge)
        return mask & ~inside

    def whole(mask):
        return mask if plain else band(mask) | band(~mask) if outer else band(mask)

    one, other = whole(prediction), whole(truth)
    union = (one | other).sum()
    return (one & other).sum() / union if union else empty


RIGHT = {"04.1": step, "04.2": enlarge, "04.3": boundary}
SLIPS = [
    ("04.1", {"lateral": False}, "The lateral part is missing"),
    ("04.1", {"above": False}, "The coarse map is missing"),
    ("04.1", {"tile": True}, "side by side"),
    ("04.1", {"turned": True}, "Rows of the matrix"),
    ("04.1", {"plain": True}, "by the matrix before you add"),
    ("04.2", {"how": "repeat"}, "That repeats each cell"),
    ("04.2", {"how": "tile"}, "side by side"),
    ("04.2", {"corners": True}, "not the first and the last centre"),
    ("04.2", {"shift": 0}, "half a cell beyond"),
    ("04.2", {"zeros": True}, "repeat the end"),
    ("04.3", {"plain": True}, "That is plain IoU"),
    ("04.3", {"square": False}, "not at a diamond"),
    ("04.3", {"edge": 1}, "Beyond the picture's edge"),
    ("04.3", {"outer": True}, "of the mask alone"),
    ("04.3", {"reach": 2}, "2d + 1"),
    ("04.3", {"empty": np.nan}, "instead of 0 / 0"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)


def test_enlarging_and_bands_are_those_of_torch_and_of_the_package():
    rng = np.random.default_rng(2)
    row = rng.normal(0, 1, 7)
    theirs = F.interpolate(torch.from_numpy(row)[None, None], scale_factor=3, mode="linear", align_corners=False)
    assert np.allclose(enlarge(row, 3), theirs.flatten().numpy())
    one, other = rng.random((2, 30, 40)) < 0.9  # 2 % of the diagonal of 50 is one pixel
    assert boundary(one, other, 1) == boundary_iou(one, other)
