"""ONNX files that are half as large and say the same: weights that are half-precision numbers are stored as such.

Most shipped networks store their weights in half precision, and an export would write each with four bytes, of which
two say nothing. A weight W of the file is written as

    Cast(w)                 where W is w, which half precision holds exactly
    Cast(w) * s             where the exporter multiplied batch norm into it: a factor s for each output channel

and ONNX Runtime computes both once, when it reads the file: what runs afterwards is the network as it was. A weight
that neither form gives to the last digit or the one before is left as it is, so a network in float32 keeps its size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LEAST = 1024  # numbers; what is smaller is not worth two nodes
CLOSE = 2**-22  # relative, two units in the last place of float32: the factor is rounded once, the product once


def compacted(data: bytes, weights: Mapping[str, np.ndarray]) -> bytes:
    """The same file with small weights. weights: before batch norm was multiplied in, by their names there."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(data)
    graph, kept, nodes = model.graph, [], []
    for tensor in graph.initializer:
        parts = None
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= LEAST:
            parts = _halved(numpy_helper.to_array(tensor), weights.get(tensor.name))
        if parts is None:
            kept.append(tensor)
            continue
        half, factor = parts
        name = tensor.name
        kept.append(numpy_helper.from_array(half, f"{name}.half"))
        whole = name if factor is None else f"{name}.whole"
        nodes.append(helper.make_node("Cast", [f"{name}.half"], [whole], to=onnx.TensorProto.FLOAT))
        if factor is not None:
            kept.append(numpy_helper.from_array(factor, f"{name}.factor"))
            nodes.append(helper.make_node("Mul", [whole, f"{name}.factor"], [name]))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])
    return model.SerializeToString()


def _halved(whole: np.ndarray, own: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None] | None:
    """(half, None) or (half, factor of each output channel), whose product `whole` is; None: there is no such pair."""
    if (half := _exact_half(whole)) is not None:
        return half, None
    if own is None or own.shape != whole.shape or (half := _exact_half(own)) is None:
        return None
    rows, channels = half.astype(np.float64).reshape(len(half), -1), whole.astype(np.float64).reshape(len(whole), -1)
    squares = (rows**2).sum(1)
    factor = np.divide((rows * channels).sum(1), squares, out=np.zeros(len(rows)), where=squares > 0)
    factor = factor.astype(np.float32).reshape(-1, *[1] * (whole.ndim - 1))
    if not np.allclose(half.astype(np.float32) * factor, whole, rtol=CLOSE, atol=0):
        return None
    return half, factor


def _exact_half(values: np.ndarray) -> np.ndarray | None:
    """The same numbers in half precision; None where one of them would change."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values) else None
