"""Run the lessons from top to bottom and store what they print and show.

    python tools/execute_lessons.py                         # all lessons, gallery, solutions, in notebooks/
    python tools/execute_lessons.py notebooks/01*.ipynb     # these
    python tools/execute_lessons.py --to FOLDER [...]       # write the results there, and change no lesson

Each runs in a fresh kernel of this Python, in its own folder, and is written only where no cell failed. Stored are
texts and pictures, because that is what a reader on GitHub sees; not stored are the state of widgets (a widget's
still picture stays), timings, and versions that would differ from machine to machine. With --json one line a lesson
says its seconds, the kernel's processor time and peak memory, and the bytes of its pictures.
"""

import argparse
import base64
import io
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_PICTURE_BYTES = 400_000  # in one lesson; what a reader on GitHub waits for
PICTURES = ("image/png", "image/jpeg")
_WIDGET = "application/vnd.jupyter.widget-view+json"
# Processor seconds and peak resident memory in MB of the kernel. VmHWM is of this program alone: ru_maxrss also
# counts what the process was before it became a kernel, so a large test runner would be counted into each lesson.
MEASURE = """
import time
def _peak_memory_mb():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000
    except OSError:
        import resource, sys
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
print(time.process_time(), _peak_memory_mb())
"""


# A training that runs beside the cells is shown before its first step: {model id: its still, text alternative and words
# at the end}. Other explorers are stored as a reader meets them, before later cells move them.
STILLS = """
import base64 as _base64, json as _json, sys as _sys
_widgets = _sys.modules.get("ipywidgets.widgets.widget")
_stills = {}
for _id, _one in dict(_widgets._instances if _widgets else {}).items():
    if type(_one).__name__ == "TrainingView":
        _data, _metadata = _one._repr_mimebundle_()
        _png = _base64.b64encode(_data["image/png"]).decode()
        _stills[_id] = [_png, _metadata["image/png"]["alt"], _data["text/plain"]]
print(_json.dumps(_stills))
"""


class LessonError(Exception):
    """A lesson that cannot be stored as it is; the text says which cell and why."""


@dataclass(frozen=True)
class Run:
    """What running a lesson took."""

    lesson: str
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    picture_bytes: int


def lessons(root: Path = ROOT) -> list[Path]:
    """All lessons and the gallery, then the appendix, then all solutions and recipes, by name."""
    folder = root / "notebooks"
    lessons = [*sorted(folder.glob("[0-9][0-9]_*.ipynb")), folder / "gallery.ipynb"]
    appendix = sorted(folder.glob("appendix/*.ipynb"))
    return [
        *(path for path in lessons if path.exists()),
        *appendix,
        *sorted(folder.glob("solutions/[0-9][0-9]_*.ipynb")),
        *sorted(folder.glob("recipes/*.ipynb")),
    ]


def execute(path: Path, *, timeout: int = 300):
    """Run one lesson. -> (the notebook as it should be stored, Run). Raises LessonError where a cell fails."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in (STILLS, MEASURE)]
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
    )
    start = time.monotonic()
    try:
        # Sockets that are files need no network at all, not even the loopback, so lessons can be run without any.
        with tempfile.TemporaryDirectory() as sockets:
            manager = client.create_kernel_manager()
            manager.kernel_spec_manager.ensure_native_kernel = True
            if os.name == "posix":
                manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
            client.execute()
    except CellExecutionError as error:
        raise LessonError(f"{path.name}: {error.ename}: {error.evalue}\n{error}") from None
    seconds = time.monotonic() - start
    (printed,) = _joined(notebook.cells.pop().outputs)
    cpu_seconds, memory = map(float, printed["text"].split())
    (stills,) = _joined(notebook.cells.pop().outputs)
    _show_as_trained(notebook, json.loads(stills["text"]))
    _clean(notebook, path.name)
    pictures = picture_bytes(notebook)
    if pictures > MOST_PICTURE_BYTES:
        each = ", ".join(f"{len(content)} ({kind})" for _, kind, content in _pictures(notebook))
        raise LessonError(
            f"{path.name}: its pictures take {pictures} bytes, expected at most {MOST_PICTURE_BYTES}: show fewer or "
            f"smaller ones. Each: {each}"
        )
    return notebook, Run(path.name, round(seconds, 1), round(cpu_seconds, 1), round(memory, 1), pictures)


def _show_as_trained(notebook, stills: dict[str, list[str]]) -> None:
    """Put what STILLS printed in the place of what these views showed when their cells ran."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            model = data.get(_WIDGET, {}).get("model_id")
            if model in stills:
                data["image/png"], output.metadata["image/png"]["alt"], data["text/plain"] = stills[model]


def picture_bytes(notebook) -> int:
    """The bytes of all stored pictures, as files."""
    return sum(len(content) for _, _, content in _pictures(notebook))


def _pictures(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in PICTURES:
                if kind in output.get("data", {}):
                    yield output, kind, base64.b64decode(output["data"][kind])


def _clean(notebook, name: str) -> None:
    """Leave what a reader needs and what is the same on each machine."""
    number = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        number += 1
        if cell.source.strip() and cell.execution_count != number:
            raise LessonError(f"{name}: cell {number} was executed as number {cell.execution_count}: run it again")
        cell.outputs = _joined(cell.outputs)
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                raise LessonError(f"{name}: cell {number} wrote to stderr, which a learner would see: {output.text}")
            output.get("data", {}).pop(_WIDGET, None)  # without its state a view shows as an error
    for output, kind, content in list(_pictures(notebook)):
        output["data"][kind] = base64.b64encode(_smaller(kind, content)).decode() + "\n"
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def _joined(outputs: list) -> list:
    """Prints that follow each other as one output: how a kernel cuts them into messages differs from run to run."""
    joined: list = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return [output for output in joined if output.output_type != "stream" or output.text.strip()]


def _smaller(kind: str, content: bytes) -> bytes:
    """A PNG with 256 colours, a third of the size. Those of flat areas are kept exactly, so that legends stay true.

    The other colours are chosen for the pixels that are left, so that each has one near by ("maximum coverage") even
    where few pixels have it; by their number alone, a small purple house among pastels would turn grey.
    """
    import numpy as np
    from PIL import Image

    if kind != "image/png":
        return content
    picture = Image.open(io.BytesIO(content)).convert("RGB")  # lessons draw opaque pictures only
    colors = sorted(picture.getcolors(picture.width * picture.height), reverse=True)
    if len(colors) > 256:
        exact = [color for count, color in colors[:96] if count >= 100]
        places = np.array([65536, 256, 1])
        pixels = np.asarray(picture).reshape(-1, 3)
        rest = Image.fromarray(pixels[~np.isin(pixels @ places, np.array(exact, int).reshape(-1, 3) @ places)][None])
        near = rest.quantize(256 - len(exact), Image.Quantize.MAXCOVERAGE, kmeans=1).getpalette()
        palette = Image.new("P", (1, 1))
        palette.putpalette([*np.ravel(exact).astype(int).tolist(), *near[: 3 * (256 - len(exact))]])
        # Without dithering: it would put specks into the flat colours that a lesson talks about.
        packed = picture.quantize(palette=palette, dither=Image.Dither.NONE)
    else:
        packed = picture.quantize(len(colors), dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    packed.save(buffer, "PNG", optimize=True)
    return min(content, buffer.getvalue(), key=len)


def main(arguments: list[str] | None = None) -> int:
    """Do what the module's text says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", type=Path, help="notebooks; default: all lessons, then all solutions")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="an existing folder to write to instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object a lesson")
    options = parser.parse_args(arguments)
    failed = False
    for path in options.lessons or lessons():
        try:
            notebook, run = execute(path)
        except (LessonError, OSError) as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        target = path if options.to is None else options.to / path.name
        target.write_text(_as_text(notebook), encoding="utf-8", newline="\n")
        print(json.dumps(asdict(run)) if options.json else _sentence(run), flush=True)
    return int(failed)


def _as_text(notebook) -> str:
    import nbformat

    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _sentence(run: Run) -> str:
    return (
        f"{run.lesson}: {run.seconds:.0f} s ({run.cpu_seconds:.0f} s of processor), kernel at most "
        f"{run.peak_memory_mb:.0f} MB, pictures {run.picture_bytes / 1000:.0f} kB"
    )


if __name__ == "__main__":
    sys.exit(main())
