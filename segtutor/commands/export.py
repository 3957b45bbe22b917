"""`segtutor export`: a model as an ONNX file."""

from pathlib import Path

from segtutor.files import refuse_existing


def export(
    model: str,
    *,
    out: str | Path,
    size: int = 128,
    dynamic: str | None = None,
    task: str | None = None,
    force: bool = False,
) -> dict:
    """Write `model` to `out` as ONNX for pictures of size x size pixels.

    dynamic: "size" or None, task: a task or None, as `segtutor.models.export_onnx` has them. Returns {"model", "out",
    "bytes", "size", "dynamic"}; size is None for any. Raises `UserError` as `export_onnx` does.
    """
    refuse_existing(out, overwrite=force)  # said at once, without waiting for torch
    from segtutor.models.export import export_onnx

    form: dict = {"size": (size, size), "dynamic": dynamic, "task": task}
    path = export_onnx(model, out, **form, overwrite=force)
    edge = None if dynamic == "size" else size
    return {"model": model, "out": str(path), "bytes": path.stat().st_size, "size": edge, "dynamic": dynamic}
