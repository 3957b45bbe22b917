"""The command `segtutor`: lab, page, site, play, segment, train, evaluate, export, doctor.

This file holds names, options and help. What a command does stands in `commands/`, `doctor.py` and the modules that
a notebook would call too, and is imported when the command runs, so that `segtutor --help` answers at once.

A mistake that the person can mend ends in one sentence on standard error and exit status 2, never in a traceback;
a traceback is a defect of ours.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from . import __version__
from .errors import UserError

app = typer.Typer(
    name="segtutor",
    help="A course on image segmentation that runs: open its lessons, or use its models from the shell.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON instead of text.")]
_Engine = Annotated[
    str | None,
    typer.Option(help="Whose modules run: reference (the course's own, the default) or transformers."),
]

_Execute = Annotated[
    bool | None,
    typer.Option(
        "--execute/--no-execute",
        help="Run the cells always, or never (stored outputs; widgets stay stills). Default: where it is needed.",
    ),
]


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        print(__version__)
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(help="Where your copy of the lessons lies.")] = Path("segtutor-lessons"),
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to use, rather than a free one.")] = None,
) -> int:
    """Copy the lessons to FOLDER (never over what you edited) and open JupyterLab on lesson 00."""
    from .commands.lab import lab as run

    return run(folder, browser=browser, port=port)


@app.command()
def page(
    lesson: Annotated[str, typer.Argument(help="A number (00), a part of a name, a notebook's path, or: networks.")],
    out: Annotated[Path | None, typer.Option(help="The file to write; default: the lesson's name with .html.")] = None,
    execute: _Execute = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT even if something else made it.")] = False,
) -> None:
    """Make one file of a lesson that a browser opens from disk: no network, no kernel, its explorers alive.

    The notebook's cells are run on this machine, as in JupyterLab, where widgets or missing outputs ask for it.
    """
    from .commands.pages import page as run

    run(lesson, out=out, execute=execute, force=force)


@app.command()
def site(
    out: Annotated[Path, typer.Option(help="The folder for the pages.")],
    execute: _Execute = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that something else made.")] = False,
) -> None:
    """Make the whole course as such pages, with a contents page, for any static host; goes on where it stopped."""
    from .commands.pages import site as run

    run(out, execute=execute, force=force)


@app.command()
def play(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to use, rather than a free one.")] = None,
    dark: Annotated[bool, typer.Option("--dark/--light", help="Light writing on dark, or dark on light.")] = False,
) -> int:
    """Open the explorers as an application, without a notebook: choose a model and a picture, and play."""
    from .commands.play import play as run

    return run(browser=browser, port=port, dark=dark)


@app.command()
def segment(
    image: Annotated[str, typer.Argument(help="A picture: a file or an http(s) address.")],
    model: Annotated[str, typer.Option(help="A shipped model, a folder or a Hub id.")] = "mask2former-toytown",
    task: Annotated[str, typer.Option(help="panoptic, semantic or instance (of score 0.5 and above).")] = "panoptic",
    out: Annotated[Path | None, typer.Option(help="The picture to write (.png, .jpg, .webp).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")] = False,
    private: Annotated[bool, typer.Option("--allow-private", help="Allow addresses of your own network.")] = False,
    engine: _Engine = None,
    as_json: _Json = False,
) -> None:
    """Segment a picture: print what was found, and draw it into OUT."""
    from .commands.segment import segment as run

    if out is None and not as_json:
        raise UserError("Neither --out nor --json was given, expected one of them; add --out result.png.")
    found = run(image, model=model, task=task, out=out, force=force, private=private, engine=engine)
    if as_json:
        _print_json(found)
        return
    for part in sorted(found["segments"], key=lambda part: (part["number"] or len(found["segments"]), -part["area"])):
        share = 100 * part["area"] / (found["width"] * found["height"])
        score = "" if part["score"] is None else f"  score {part['score']:.2f}"
        print(f"{part['number'] or '':>4}  {part['category']:<24s}{share:6.1f} %{score}")
    print(f"{len(found['segments'])} segments, drawn with these numbers in {found['out']}")


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="The name of a recipe, such as mask2former-toytown.")],
    out: Annotated[Path, typer.Option(help="The folder for the checkpoint.")],
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after so many steps.")] = None,
    cpu_minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after so many minutes of CPU time.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from what lies in OUT.")] = False,
) -> None:
    """Train a recipe, such as those that made the shipped models."""
    if steps is not None and cpu_minutes is not None:
        raise UserError("Both --steps and --cpu-minutes were given, expected at most one of them; leave one out.")
    if os.path.isfile(out):
        raise UserError(f"--out is {str(out)!r}, a file; expected a folder for the checkpoint: choose another name.")
    from .training import recipes

    recipes.run(recipe, out=out, steps=steps, cpu_minutes=cpu_minutes, resume=resume)


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A shipped model, a folder or a Hub id.")],
    data: Annotated[str, typer.Option(help="The data set.")] = "toytown",
    split: Annotated[str, typer.Option(help="Its split.")] = "validation",
    size: Annotated[int, typer.Option(min=1, help="How many scenes.")] = 500,
    multi_scale: Annotated[bool, typer.Option("--multi-scale", help="mIoU from six scales, mirrored; slow.")] = False,
    engine: _Engine = None,
    as_json: _Json = False,
) -> None:
    """Measure a model: panoptic quality, mean IoU and their parts, in percent."""
    from .training.evaluate import evaluate as run

    found = run(model, data=data, split=split, size=size, engine=engine, multi_scale=multi_scale)
    if as_json:
        _print_json(found)
        return
    for name, value in found.items():
        print(f"{name:<12s} {value:.2f}" if isinstance(value, float) else f"{name:<12s} {value}")


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="A shipped model, a folder or a Hub id.")],
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Edge of the square pictures that it will take.")] = 128,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")] = False,
    as_json: _Json = False,
) -> None:
    """Write a model as ONNX, its preprocessing included, for programs without torch: a browser, onnxruntime."""
    from .commands.export import export as run

    made = run(model, out=out, size=size, force=force)
    if as_json:
        _print_json(made)
        return
    print(f"{made['model']} for pictures of {size} x {size} pixels: {made['out']} ({made['bytes'] / 1e6:.1f} MB)")


@app.command()
def doctor(as_json: _Json = False) -> int:
    """Say what this installation has, what it lacks, and the command that mends it."""
    from .doctor import examine

    report = examine()
    if as_json:
        _print_json(report.to_dict())
    else:
        print(report)
    return 0 if report.healthy else 1


def _print_json(value) -> None:
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; `arguments` defaults to those of the process."""
    try:
        status = app(args=arguments, prog_name="segtutor", standalone_mode=False)
    except UserError as mistake:
        return _mistake(str(mistake))
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == __package__:
            raise
        return _mistake(f"The package {error.name} is not installed; see: segtutor doctor")
    except Exception as error:
        # The option parser's own complaints ("No such option: --x"). typer has had its own copy of click since 0.2x,
        # so they are told by what they can do rather than by a class that has two addresses.
        if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
            raise
        said = error.format_message().rstrip(".")
        return _mistake(f"{said}; see: segtutor {_command_of(error)}--help")
    return status if isinstance(status, int) else 0


def _mistake(sentence: str) -> int:
    print("segtutor: " + " ".join(sentence.split()), file=sys.stderr)
    return 2


def _command_of(error) -> str:
    """The name of the command whose options were wrong, with a blank behind it, or nothing."""
    name = getattr(getattr(error, "ctx", None), "info_name", None)
    return f"{name} " if name and name != "segtutor" else ""


if __name__ == "__main__":
    sys.exit(main())
