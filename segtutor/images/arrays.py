"""Which numbers count as a picture: numpy arrays to (H, W, 3) uint8."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from segtutor.errors import UserError

BLOCK = 1_000_000  # pixels that are converted at a time, so that the largest picture exists only once beside its result


def array_to_rgb(array: np.ndarray, *, max_pixels: int) -> np.ndarray:
    """Turn an array into (H, W, 3) uint8 RGB, or say why it is no picture.

    array: (H, W) or (H, W, 1) grey, (H, W, 3) RGB, (H, W, 4) RGB and alpha (composited on white);
           uint8 (0..255), uint16 (0..65535) or float (0..1). The type decides the range, the values never do:
           a dark uint16 picture stays dark.

    Returns a new C-contiguous array. Raises UserError for other shapes, types and values, and NaN or infinity.
    """
    if isinstance(array, np.ma.MaskedArray):
        raise UserError("an array must have a value in every pixel, got a masked array: pass array.filled(255)")
    _check_shape(array)
    check_pixels(array.shape[1], array.shape[0], max_pixels)
    grid = _to_uint8(array)
    if grid.ndim == 2:
        grid = grid[..., None]
    if grid.shape[2] == 4:
        return on_white(grid)
    if grid.shape[2] == 1:
        grid = np.repeat(grid, 3, axis=2)
    return np.array(grid, dtype=np.uint8, order="C", copy=True, subok=False)


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture by its size alone, which is known before a pixel is decoded."""
    if width * height > max_pixels:
        raise UserError(
            f"a picture must have at most {max_pixels / 1e6:g} million pixels, got {width} x {height}: make it "
            "smaller, or pass a larger max_pixels"
        )


def on_white(rgba: np.ndarray) -> np.ndarray:
    """Composite (H, W, 4) uint8 on white: rgb * a + 255 * (1 - a), rounded. Returns (H, W, 3) uint8."""

    def block(part: np.ndarray) -> np.ndarray:
        color, alpha = part[..., :3].astype(np.uint16), part[..., 3:].astype(np.uint16)
        # 255 * 255 fits into 16 bits, and so does the half that rounds.
        return (color * alpha + 255 * (255 - alpha) + 127) // 255

    return _by_rows(block, rgba, 3)


def _by_rows(change: Callable[[np.ndarray], np.ndarray], array: np.ndarray, *channels: int) -> np.ndarray:
    """change(array) as uint8, some rows at a time; channels: the last axis of the result where it differs."""
    made = np.empty((*array.shape[:2], *(channels or array.shape[2:])), np.uint8)
    rows = max(1, BLOCK // array.shape[1])
    for top in range(0, len(array), rows):
        made[top : top + rows] = change(array[top : top + rows])
    return made


def _check_shape(array: np.ndarray) -> None:
    shape = array.shape
    wanted = "an array must be (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
    if array.size == 0:
        raise UserError(f"{wanted}, got shape {shape}, which holds no pixel: check how it was cut")
    if len(shape) == 4:
        raise UserError(f"{wanted}, got shape {shape}: pass one picture of the batch, such as array[0]")
    if len(shape) == 3 and shape[2] not in (1, 3, 4) and shape[0] in (1, 3, 4):
        raise UserError(f"{wanted}, got shape {shape}: the channels come first here, so pass array.transpose(1, 2, 0)")
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3, 4)):
        axes = shape if len(shape) <= 8 else f"with {len(shape)} axes"
        raise UserError(f"{wanted}, got shape {axes}: pick the channels that make a picture")


def _to_uint8(array: np.ndarray) -> np.ndarray:
    kind, bits = array.dtype.kind, 8 * array.dtype.itemsize
    if kind == "u" and bits == 8:
        return array
    if kind == "u" and bits == 16:
        # 65535 = 255 * 257. Adding half first could overflow 16 bits, hence 32.
        return _by_rows(lambda part: (part.astype(np.uint32) + 128) // 257, array)
    if kind == "f":
        return _float_to_uint8(array)
    if kind == "b":
        raise UserError(
            "an array must be uint8, uint16 or float, got bool, which is a mask and not a picture: to look at a mask "
            "pass mask * numpy.uint8(255)"
        )
    if kind in "iu":
        low, high = int(array.min()), int(array.max())
        do = "pass array.astype(numpy.uint8)" if low >= 0 and high <= 255 else "scale it to 0..255 and pass uint8"
        raise UserError(f"an array must be uint8, uint16 or float, got {array.dtype} with values {low}..{high}: {do}")
    raise UserError(f"an array must be uint8 (0..255), uint16 or float (0..1), got {array.dtype.name[:40]}: convert it")


def _float_to_uint8(array: np.ndarray) -> np.ndarray:
    low, high = float(array.min()), float(array.max())  # NaN where there is one
    if not np.isfinite([low, high]).all():
        count = int(array.size - np.isfinite(array).sum())
        raise UserError(
            f"an array of {array.dtype} must hold values 0..1, got {count} that are NaN or infinite: find where they "
            "arise, or pass numpy.nan_to_num(array)"
        )
    if low < 0 or high > 1:
        if low >= -0.5 and high <= 1.5:  # resizing with a cubic filter goes a little beyond both ends
            do = "clip it with numpy.clip(array, 0, 1)"
        elif low >= 0 and high <= 32:  # light brighter than white
            do = "clip it with numpy.clip(array, 0, 1), or divide it by the value that shall be white"
        elif low >= 0 and high <= 255:
            do = "divide it by 255"
        else:
            do = "undo the normalisation (array * std + mean), or scale it"
        raise UserError(f"an array of {array.dtype} must hold values 0..1, got {low:.4g}..{high:.4g}: {do}")
    return _by_rows(lambda part: np.rint(part.astype(np.float64) * 255), array)
