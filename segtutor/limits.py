"""What untrusted input may cost: every budget, in one file.

    pictures        MAX_PIXELS decoded, MAX_BYTES of a file (images); about 18 bytes of memory a pixel, 5 s
    headers         parts, chunks, tags, scans of a picture's file: images/headers.py
    json            untrusted_json.py: parts, depth, digits; a json of a model 1 MB, of a data set 2 GB
    models          MAX_LAYERS, MAX_POOLED, MAX_EDGE, MAX_HEADER below; weights 2 GB (models/checks.py)
    labels          MAX_OUTLINE pixels along an outline, MAX_SEGMENTS in a picture, MAX_MASKS bytes of object masks
    data sets       MAX_PROBLEMS entries that are wrong before the file is refused as a whole
    pages           widgets and their depth: pages/views.py
    downloads       seconds and bytes: images/fetch.py, models/transfer.py
    states          training/loop/stored_state.py

A number here is some ten times what the largest published example needs; what is above is refused in a sentence,
before memory is taken.
"""

MAX_LAYERS = 200  # of one part of a network; ResNet-152's longest stage has 36 blocks, ViT-H 32
MAX_POOLED = 64  # cells a side of pyramid pooling; published ones have at most 6
MAX_EDGE = 2048  # pixels a side that a processor may resize or pad to; Cityscapes' models use 2048
MAX_HEADER = 8_000_000  # bytes of a safetensors header; a model of 5,000 tensors has 0.6 MB
MAX_DIMENSION = 2**31  # of one side of a tensor
MAX_OUTLINE = 4_000_000  # pixels along the outlines of one object: pycocotools takes some 100 bytes for each
MAX_SEGMENTS = 20_000  # in one picture; LVIS and Open Images have hundreds
MAX_MASKS = 4_000_000_000  # bytes of the masks of one picture's objects: one a pixel and object
MAX_PROBLEMS = 100_000
