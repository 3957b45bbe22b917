"""`segtutor export`: a model as an ONNX file."""

from pathlib import Path

from segtutor.files import refuse_existing


def export(model: str, *, out: str | Path, size: int = 128, force: bool = False) -> dict:
    """Write `model` to `out` as ONNX for pictures of size x size pixels.

    Returns {"model", "out", "bytes", "size"}. Raises `UserError` as `segtutor.models.export_onnx` does.
    """
    refuse_existing(out, overwrite=force)  # said at once, without waiting for torch
    from segtutor.models.export import export_onnx

    path = export_onnx(model, out, size=(size, size), overwrite=force)
    return {"model": model, "out": str(path), "bytes": path.stat().st_size, "size": size}
