"""A picture as numbers for each pixel that nobody had to learn: colour, blurred colour, roughness, edges, position.

It is what interactive segmentation used before networks, and still uses where there is no time to train one (ilastik,
Berg et al., Nature Methods 2019, feeds much the same numbers to a random forest). Nothing in it knows what a cat is:
whatever is made of these numbers tells apart what differs in colour, texture or position, and nothing else.

    filter_responses(image)     (H, W, 38) float32, each channel with mean 0 and deviation 1 over the picture
    GROUPS                      (38,) which channels belong together: colour, one group a scale, position
"""

from __future__ import annotations

import numpy as np

SCALES = (1, 2, 4, 8, 16)  # deviation of the Gaussian, in pixels
_WAVES = (1, 2)  # half periods of the longer side
_PLACE = 2 + 4 * len(_WAVES)
GROUPS = np.array([0] * 3 + [1 + n for n in range(len(SCALES)) for _ in range(5)] + [1 + len(SCALES)] * _PLACE)


def filter_responses(image: np.ndarray) -> np.ndarray:
    """38 numbers for each pixel of an (H, W, 3) uint8 picture: (H, W, 38) float32.

    3 of colour; for each of SCALES 3 of the colour blurred, its deviation beneath the blur (texture) and the steepness
    of the blurred brightness (edges); 10 of position: x, y, slow waves of both. Each channel is shifted and scaled to
    mean 0 and deviation 1 over the picture; one that is the same everywhere is 0.
    """
    from scipy.ndimage import gaussian_filter, sobel

    colour = image.astype(np.float32) / 255
    height, width = colour.shape[:2]
    channels = [colour]
    for scale in SCALES:
        blurred = gaussian_filter(colour, (scale, scale, 0))
        variance = gaussian_filter(colour**2, (scale, scale, 0)) - blurred**2
        texture = np.sqrt(variance.clip(min=0)).mean(axis=2)
        brightness = blurred.mean(axis=2)
        edges = np.hypot(sobel(brightness, 0), sobel(brightness, 1))
        channels += [blurred, texture[..., None], edges[..., None]]
    y, x = (np.mgrid[:height, :width].astype(np.float32) + 0.5) / max(height, width)
    waves = [wave(np.pi * count * axis) for count in _WAVES for axis in (x, y) for wave in (np.sin, np.cos)]
    channels.append(np.stack([x, y, *waves], axis=-1))
    responses = np.concatenate(channels, axis=-1, dtype=np.float32)
    responses -= responses.mean(axis=(0, 1))
    deviation = responses.std(axis=(0, 1))
    return responses / np.where(deviation > 1e-6, deviation, np.float32(np.inf))
