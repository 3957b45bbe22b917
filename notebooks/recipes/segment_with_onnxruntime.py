"""From a picture to a segmentation without torch and without segtutor: onnxruntime, numpy and Pillow are enough.

    segtutor export fcn-toytown --dynamic size --out fcn.onnx
    python segment_with_onnxruntime.py fcn.onnx photo.png classes.png

Writes classes.png, in which a pixel's value is its class's place in the list that is printed. This is semantic
inference, for both kinds of network: a per-pixel network says a class for each cell, a mask network a class and a mask
for each query, and a pixel takes the class whose masks, weighted by their class's probability, add up to most there.

Only colours are normalised inside the file. A network answers best near the size of the pictures that it was trained
on, so shrink a large photograph first: the ToyTown networks learned from pictures whose shorter edge is 128.
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image


def segmented(session: onnxruntime.InferenceSession, picture: Image.Image) -> tuple[np.ndarray, list[str]]:
    """(H, W) uint8, the place of each pixel's class in the names that are returned beside it."""
    facts = json.loads(session.get_modelmeta().custom_metadata_map["segtutor"])
    if facts["size"]:  # the one size that the file takes
        rows, columns = facts["size"]
    else:  # any multiple of 32: the nearest
        rows, columns = (max(64, round(edge / 32) * 32) for edge in (picture.height, picture.width))
    image = np.asarray(picture.convert("RGB").resize((columns, rows), Image.Resampling.BILINEAR))
    outputs = session.run(None, {"image": image[None]})  # normalising is inside the file
    if facts["family"] == "per-pixel":
        (scores,) = outputs[0]  # (K, h, w)
    else:
        classes, masks = (output[0] for output in outputs)  # (Q, K + 1), (Q, h, w)
        odds = np.exp(classes - classes.max(1, keepdims=True))
        probabilities = (odds / odds.sum(1, keepdims=True))[:, :-1]  # the last is "no object"
        scores = np.einsum("qk,qhw->khw", probabilities, 1 / (1 + np.exp(-masks)))
    large = [np.asarray(Image.fromarray(one).resize(picture.size, Image.Resampling.BILINEAR)) for one in scores]
    names = [category["name"] for category in facts["categories"]]
    return np.argmax(large, axis=0).astype(np.uint8), names


if __name__ == "__main__":
    model, source, out = sys.argv[1:]
    with Image.open(source) as opened:
        found, names = segmented(onnxruntime.InferenceSession(model), opened)
    Image.fromarray(found).save(out)
    for place in np.unique(found):
        print(f"{place:3} {names[place]}: {100 * (found == place).mean():.1f} % of the pixels")
