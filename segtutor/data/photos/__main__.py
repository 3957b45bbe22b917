"""`python -m segtutor.data.photos`: paint the panoptic maps anew, after an outline in a json file was edited."""

from pathlib import Path

from PIL import Image

from segtutor.data.photos import NAMES, annotation
from segtutor.data.photos.outlines import paint
from segtutor.formats import encode_ids

for name in NAMES:
    drawn = annotation(name)
    segment_ids = paint(drawn["shapes"], (drawn["height"], drawn["width"]))
    path = Path(__file__).with_name(f"{name}.png")
    Image.fromarray(encode_ids(segment_ids)).save(path, optimize=True)
    print(f"{path.name}: {len(drawn['segments'])} segments, {(segment_ids == 0).mean():.2%} void")
