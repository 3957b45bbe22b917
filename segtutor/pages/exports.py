"""The shipped networks as ONNX, exported once: the file is kept until the weights or the code that made it change.

It lies in the cache folder (XDG_CACHE_HOME, else ~/.cache), under segtutor/onnx, and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import write_whole

PACKAGE = Path(__file__).parent.parent
MADE_BY = ("torch", "onnx", "onnxscript")
ASKED = ("sam-toytown", "clipseg-toytown")  # what the page of clicks and words asks
PROMPT_GRAPHS = ("see", "click", "say")
KEY = 20  # letters in a file's name that change with what it was made from


def cache_folder() -> Path:
    """Where exported networks are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segtutor" / "onnx"


def exported(name: str, folder: Path | None = None, *, steps: bool = False) -> bytes:
    """The ONNX file of a shipped network; from `folder` (by default the cache) where it is up to date, else made there.

    Its weights take two bytes each where the shipped ones do (compact.py), and a network that is told its task does
    the panoptic one. steps: the one that also gives its intermediate tensors (models/export_steps.py).

    A folder that cannot be written is no error: the export, some ten seconds, is then done each time.
    Raises UserError where it has to be made and the packages for it are missing.
    """
    kind = f"{name}-steps" if steps else name
    return _kept([kind], _key(name), lambda: {kind: _made(name, steps)}, folder)[kind]


def exported_prompts(folder: Path | None = None) -> dict[str, bytes]:
    """The three files of models/export_prompts.py for the shipped SAM and CLIPSeg, kept and made in the same way."""
    return _kept(PROMPT_GRAPHS, _key(*ASKED), _made_prompts, folder)


def _kept(
    kinds: Iterable[str], key: str, make: Callable[[], dict[str, bytes]], folder: Path | None
) -> dict[str, bytes]:
    from segtutor.models.export import require_packages

    folder = cache_folder() if folder is None else folder
    require_packages()
    paths = {kind: folder / f"{kind}-{key}.onnx" for kind in kinds}
    try:
        return {kind: path.read_bytes() for kind, path in paths.items()}
    except OSError:
        made = make()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, path in paths.items():
            write_whole(path, made[kind], overwrite=True)
            for other in folder.glob(f"{kind}-{'?' * KEY}.onnx"):  # of earlier weights or versions
                if other != path:
                    other.unlink()
    except (OSError, UserError):
        pass
    return made


def _made(name: str, steps: bool) -> bytes:
    from segtutor.models.export import onnx_bytes
    from segtutor.models.segmenter import Segmenter
    from segtutor.models.zoo import load
    from segtutor.pages.compact import compacted

    segmenter = load(name)
    assert isinstance(segmenter, Segmenter)
    weights = {f"model.{key}": value.numpy() for key, value in segmenter.model.state_dict().items()}
    task = "panoptic" if segmenter.record.by_task else None
    return compacted(onnx_bytes(segmenter, steps=steps, task=task), weights)


def _made_prompts() -> dict[str, bytes]:
    from segtutor.models.export_prompts import prompt_graphs
    from segtutor.models.zoo import load
    from segtutor.pages.compact import compacted

    sam, clipseg = (load(name) for name in ASKED)
    return {name: compacted(data, weights) for name, (data, weights) in prompt_graphs(sam, clipseg).items()}


def _key(*names: str) -> str:
    """Changes with the weights, with the modules, and with the packages that export them."""
    sources = [path for name in names for path in (PACKAGE / "models" / "checkpoints" / name).iterdir()]
    sources += (PACKAGE / "reference").rglob("*.py")
    sources += [
        PACKAGE / "models" / name for name in ("export.py", "export_steps.py", "export_prompts.py", "pixels.py")
    ]
    sources.append(PACKAGE / "pages" / "compact.py")
    digest = hashlib.sha256(" ".join(version(package) for package in MADE_BY).encode())
    for path in sorted(sources):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:KEY]
