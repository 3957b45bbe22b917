"""`segtutor doctor`: what this installation has, what it lacks, and the command that mends each lack.

It runs where much is broken: every part is looked at on its own, and nothing of ours that needs torch is imported.
"""

import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import struct
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from segtutor.errors import UserError

SHIPPED = (
    "mask2former-toytown",
    "upernet-toytown",
    "fcn-toytown",
    "deeplab-toytown",
    "pspnet-toytown",
    "unet-toytown",
    "oneformer-toytown",
    "eomt-toytown",
    "segformer-toytown",
    "maskformer-toytown",
    "detr-toytown",
    "maskrcnn-toytown",
    "painter-toytown",
    "seggpt-toytown",
    "clipseg-toytown",
    "sam-toytown",
)
_CHECKPOINT_FILES = ("config.json", "preprocessor_config.json", "card.json", "README.md", "model.safetensors")
_OFFLINE_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "HF_ENDPOINT")
_LITTLE_MEMORY = 1.5e9  # bytes; a lesson's kernel and JupyterLab together


@dataclass
class Finding:
    """One line of the report. `mend` is the command that mends it, where there is something to mend."""

    name: str
    state: str  # "ok", "note" (worth knowing, nothing to do) or "missing"
    text: str
    mend: str | None = None


@dataclass
class Report:
    """Everything that was found; `healthy` where nothing is missing."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        return all(finding.state != "missing" for finding in self.findings)

    def to_dict(self) -> dict:
        """A plain dictionary for json: {"healthy": bool, "findings": [{"name", "state", "text", "mend"}]}."""
        return {"healthy": self.healthy, "findings": [asdict(finding) for finding in self.findings]}

    def __str__(self) -> str:
        mark = {"ok": "  ", "note": " *", "missing": "!!"}
        lines = []
        for finding in self.findings:
            lines.append(f"{mark[finding.state]} {finding.name:<20s} {finding.text}")
            if finding.mend:
                lines.append(f"{'':24s}mend it with: {finding.mend}")
        missing = sum(finding.state == "missing" for finding in self.findings)
        lines.append("All is there." if self.healthy else f"{missing} missing (marked !!).")
        return "\n".join(lines)


def examine() -> Report:
    """Look at everything and return the report; raises nothing."""
    report = Report()
    for look in (_python, _packages, jupyterlab, _machine, _torch_device, _hub, _lessons, _checkpoints):
        try:
            report.findings.extend(look())
        except Exception as error:  # a doctor who faints at the sight of blood helps nobody
            text = f"could not be looked at ({type(error).__name__}: {error})"
            report.findings.append(Finding(look.__name__.strip("_"), "missing", text))
    return report


def _restore(part: str) -> str:
    """The command that brings back `part`, a path in the repository: from git in a clone, else by reinstallation."""
    clone = Path(__file__).resolve().parent.parent
    if (clone / "pyproject.toml").is_file():
        return f'git -C "{clone}" checkout -- {part}'
    origin = importlib.metadata.distribution("segtutor").read_text("direct_url.json")
    address: dict = json.loads(origin) if origin else {"url": "segtutor"}
    prefix = f"{address['vcs_info']['vcs']}+" if "vcs_info" in address else ""
    return f'python -m pip install --force-reinstall --no-deps "{prefix}{address["url"]}"'


def _python() -> Iterable[Finding]:
    from segtutor import __version__

    yield Finding("segtutor", "ok", f"{__version__} in {Path(__file__).resolve().parent}")
    yield Finding("Python", "ok", f"{platform.python_version()} ({sys.executable}) on {platform.platform()}")


def _packages() -> Iterable[Finding]:
    for requirement in _requirements():
        name = re.match(r"[A-Za-z0-9_.-]+", requirement).group()
        mend = f'python -m pip install "{requirement}"'
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "missing", f"not installed, expected {requirement}", mend)
            continue
        if _fits(requirement, version):
            yield Finding(name, "ok", version)
        else:
            yield Finding(name, "missing", f"{version}, expected {requirement}", mend)


def _requirements() -> list[str]:
    """The core dependencies, from the installed package's metadata or else from the checkout's pyproject.toml."""
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if project.is_file():
        import tomllib

        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [text for text in importlib.metadata.requires("segtutor") or [] if "extra ==" not in text]


def _fits(requirement: str, version: str) -> bool:
    """Whether `version` satisfies the bounds of `requirement` (>= and <, all that our list uses)."""
    have = _numbers(version)
    for sign, bound in re.findall(r"(>=|<)\s*([0-9.]+)", requirement):
        if (sign == ">=") != (have >= _numbers(bound)):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """The release as numbers that compare as versions do, without trailing zeros: 2.13.0+cpu is (2, 13)."""
    numbers = [int(part) for part in re.match(r"[0-9.]*[0-9]|", version).group().split(".") if part]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def jupyterlab() -> Iterable[Finding]:
    mend = 'python -m pip install "jupyterlab>=4.2"'
    try:
        version = importlib.metadata.version("jupyterlab")
        if _fits("jupyterlab>=4.2", version):
            yield Finding("jupyterlab", "ok", version)
        else:
            yield Finding("jupyterlab", "missing", f"{version}, expected 4.2 or newer", mend)
    except importlib.metadata.PackageNotFoundError:
        if "COLAB_RELEASE_TAG" in os.environ:
            yield Finding("jupyterlab", "note", "not installed; Colab is the notebook here")
        else:
            yield Finding("jupyterlab", "missing", "not installed, `segtutor lab` needs it", mend)


def _machine() -> Iterable[Finding]:
    yield Finding("cores", "ok", str(cores()))
    total, free = memory()
    if total is None:
        yield Finding("memory", "note", "unknown on this system")
        return
    text = f"{total / 1e9:.1f} GB" + ("" if free is None else f", {free / 1e9:.1f} GB of it free")
    if (total if free is None else free) < _LITTLE_MEMORY:
        yield Finding("memory", "note", f"{text}: little for a lesson (1.5 GB); close other notebooks first")
    else:
        yield Finding("memory", "ok", text)


def cores() -> int:
    """Processor cores that this process may use; a container's share of time counts where it is lower."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = map(int, Path("/sys/fs/cgroup/cpu.max").read_text().split())
    except (OSError, ValueError):  # no control group, another system, or "max"
        return count
    return max(1, min(count, share // period))


def memory() -> tuple[int | None, int | None]:
    """Bytes of memory that this process may use, and that are free; a container's limit counts where it is lower."""
    try:
        import psutil
    except ImportError:
        return None, None
    system = psutil.virtual_memory()
    total, free = system.total, system.available
    try:
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        for line in (group / "memory.stat").read_text().splitlines():  # copies of files are given up when asked for
            used -= int(line.split()[1]) if line.startswith("inactive_file ") else 0
    except (OSError, ValueError):  # no control group, another system, or "max"
        return total, free
    return min(total, limit), min(free, max(limit - used, 0))


def _torch_device() -> Iterable[Finding]:
    if importlib.util.find_spec("torch") is None:
        return  # already reported as a missing package
    try:
        import torch
    except Exception as error:  # a broken installation fails in many ways (missing libraries, wrong system)
        text = f"torch cannot be imported ({type(error).__name__}: {error})"
        yield Finding("torch device", "missing", text, "python -m pip install --force-reinstall torch")
        return
    if torch.cuda.is_available():
        yield Finding("torch device", "ok", f"CUDA: {torch.cuda.get_device_name(0)}")
    elif getattr(torch.backends, "mps", None) is not None and torch.backends.mps.is_available():
        yield Finding("torch device", "ok", "Apple GPU (mps)")
    else:
        yield Finding("torch device", "ok", f"CPU, {torch.get_num_threads()} threads (enough for every lesson)")


def _hub() -> Iterable[Finding]:
    """Where published models come from and are kept. Nothing is asked of the network: all lessons work without it."""
    if importlib.util.find_spec("huggingface_hub") is None:
        return
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    models = sorted(path.name for path in cache.glob("models--*")) if cache.is_dir() else []
    yield Finding("Hub cache", "ok", f"{cache} ({len(models)} models)" if cache.is_dir() else f"{cache} (not made yet)")
    nearest = next(path for path in (cache, *cache.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        yield Finding("Hub cache", "missing", f"{nearest} cannot be written to", 'export HF_HOME="$HOME/huggingface"')
    for name in _OFFLINE_VARIABLES:
        if value := os.environ.get(name):
            yield Finding(name, "note", f"is set to {value!r}")
    if constants.HF_HUB_OFFLINE:
        yield Finding("Hub", "note", "offline by choice: shipped and cached models work, nothing is fetched")
    else:
        yield Finding("Hub", "ok", f"{constants.ENDPOINT}, asked only when a model is named that is not here")


def _lessons() -> Iterable[Finding]:
    from segtutor.lessons import source_folder

    try:
        folder = source_folder()
    except UserError:
        yield Finding("lessons", "missing", "none in this installation", _restore("notebooks"))
        return
    yield Finding("lessons", "ok", f"{len(list(folder.glob('*.ipynb')))} in {folder}")


def _checkpoints() -> Iterable[Finding]:
    folder = Path(__file__).resolve().parent / "models" / "checkpoints"
    for name in SHIPPED:
        fault = checkpoint_fault(folder / name)
        if fault:
            yield Finding(name, "missing", fault, _restore(f"segtutor/models/checkpoints/{name}"))
        else:
            size = (folder / name / "model.safetensors").stat().st_size
            yield Finding(name, "ok", f"shipped model, {size / 1e6:.1f} MB, intact")


def checkpoint_fault(folder: Path) -> str | None:
    """What is wrong with a checkpoint folder, or None: files present, json readable, weights complete.

    The weights are checked by the file's own table of contents: safetensors states where each tensor ends, so a
    file that was cut off or is a Git LFS pointer does not match it; then by the SHA-256 that card.json states. No
    tensor is loaded.
    """
    absent = [name for name in _CHECKPOINT_FILES if not (folder / name).is_file()]
    if absent:
        return f"{', '.join(absent)} not found in {folder}"
    for name in _CHECKPOINT_FILES:
        if name.endswith(".json"):
            try:
                json.loads((folder / name).read_text(encoding="utf-8"))
            except ValueError as error:
                return f"{folder / name} is not readable json ({error})"
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    with open(weights, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if 8 + length > size:
            return f"{weights} is not a complete safetensors file ({size} bytes)"
        try:
            table = json.loads(file.read(length))
            end = max(entry["data_offsets"][1] for key, entry in table.items() if key != "__metadata__")
        except (ValueError, KeyError, TypeError) as error:
            return f"{weights} has no readable table of contents ({error})"
    if 8 + length + end != size:
        return f"{weights} has {size} bytes, expected {8 + length + end}"
    stated = json.loads((folder / "card.json").read_text(encoding="utf-8")).get("weights_sha256")
    if stated is not None and stated != hashlib.sha256(weights.read_bytes()).hexdigest():
        return f"{weights} does not have the SHA-256 that its card states"
    return None


if __name__ == "__main__":  # also where so much is missing that the command `segtutor` itself cannot start
    found = examine()
    print(found)
    sys.exit(0 if found.healthy else 1)
