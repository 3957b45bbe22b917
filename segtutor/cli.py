"""The command `segtutor`: lab, page, site, slides, play, segment, check, train, evaluate, models, export; for classes.

This file holds names, options and help. What a command does stands in `commands/`, `doctor.py` and the modules that
a notebook would call too, and is imported when the command runs, so that `segtutor --help` answers at once.

A mistake that the person can mend ends in one sentence on standard error and exit status 2, never in a traceback;
a traceback is a defect of ours.
"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from segtutor import __version__
from segtutor.data.own_formats import FORMATS
from segtutor.errors import UserError

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

_Format = Annotated[
    str | None,
    typer.Option(help=f"What your own data are: {', '.join(FORMATS)}."),
]
_Images = Annotated[Path | None, typer.Option(help="The folder of the pictures, where the format needs it.")]
_Classes = Annotated[
    str | None,
    typer.Option(help="Names of the classes, with commas; label-maps: those of value 0, 1, ..., or 0=void,128=road."),
]
_Unlabelled = Annotated[str | None, typer.Option(help="Pixels outside of all outlines: background or void.")]
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
    start: Annotated[bool, typer.Option("--start/--no-start", help="Only copy, as a JupyterHub does.")] = True,
) -> int:
    """Copy the lessons to FOLDER (never over what you edited) and open JupyterLab on lesson 00."""
    from segtutor.commands.lab import lab as run

    if not start:
        from segtutor.lessons import copy_lessons

        print(copy_lessons(folder))
        return 0
    return run(folder, browser=browser, port=port)


@app.command()
def page(
    lesson: Annotated[
        str, typer.Argument(help="A number (00), a part of a name, a path; or: explainer, networks, click.")
    ],
    out: Annotated[Path | None, typer.Option(help="The file to write; default: the lesson's name with .html.")] = None,
    execute: _Execute = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT even if something else made it.")] = False,
    language: Annotated[str | None, typer.Option(help="Of the Explainer: en, ja or zh-Hans.")] = None,
    models: Annotated[
        str | None, typer.Option(help="Of the networks page: what it offers, such as fcn-toytown,eomt-toytown.")
    ] = None,
) -> None:
    """Make one file of a lesson that a browser opens from disk: no network, no kernel, its explorers alive.

    The notebook's cells are run on this machine, as in JupyterLab, where widgets or missing outputs ask for it.
    """
    from segtutor.commands.pages import page as run

    run(lesson, out=out, execute=execute, force=force, language=language, models=_names(models))


@app.command()
def site(
    out: Annotated[Path, typer.Option(help="The folder for the pages.")],
    execute: _Execute = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that something else made.")] = False,
    language: Annotated[str | None, typer.Option(help="Around the lessons: en, ja or zh-Hans.")] = None,
) -> None:
    """Make the whole course as such pages, with a contents page, for any static host; goes on where it stopped."""
    from segtutor.commands.pages import site as run

    run(out, execute=execute, force=force, language=language)


@app.command()
def slides(
    out: Annotated[Path, typer.Argument(help="The folder for the slides.")],
    lesson: Annotated[list[str] | None, typer.Argument(help="Numbers or names; by default all lessons.")] = None,
    execute: _Execute = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that something else made.")] = False,
) -> None:
    """Make the slides of each lesson, one file each: no network, no kernel, explorers alive; a browser shows them."""
    from segtutor.commands.pages import slides as run

    run(out, lesson or [], execute=execute, force=force)


@app.command()
def play(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to use, rather than a free one.")] = None,
    dark: Annotated[bool, typer.Option("--dark/--light", help="Light writing on dark, or dark on light.")] = False,
) -> int:
    """Open the explorers as an application, without a notebook: choose a model and a picture, and play."""
    from segtutor.commands.play import play as run

    return run(browser=browser, port=port, dark=dark)


@app.command()
def segment(
    image: Annotated[str, typer.Argument(help="A picture: a file or an http(s) address.")],
    model: Annotated[str, typer.Option(help="A shipped model, a folder or a Hub id.")] = "mask2former-toytown",
    task: Annotated[str | None, typer.Option(help="panoptic, semantic or instance (of score 0.5 and above).")] = None,
    out: Annotated[Path | None, typer.Option(help="The picture to write (.png, .jpg, .webp).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")] = False,
    private: Annotated[bool, typer.Option("--allow-private", help="Allow addresses of your own network.")] = False,
    point: Annotated[
        list[str] | None, typer.Option(help="X,Y of a click in pixels; X,Y,0 beside the object. Repeatable.")
    ] = None,
    box: Annotated[list[str] | None, typer.Option(help="X0,Y0,X1,Y1 in pixels. Repeatable.")] = None,
    text: Annotated[list[str] | None, typer.Option(help="A phrase such as 'red cat'. Repeatable.")] = None,
    example: Annotated[
        tuple[str, str] | None, typer.Option(help="A picture, and a mask of it that is white where the thing is.")
    ] = None,
    score_threshold: Annotated[
        float | None, typer.Option(help="0 to 1: segments of a lower score are left out. Default: the model's.")
    ] = None,
    overlap_threshold: Annotated[
        float | None, typer.Option(help="0 to 1: panoptic segments that others cover by more are left out.")
    ] = None,
    tile: Annotated[
        int | None, typer.Option(min=32, help="Ask a large picture in overlapping pieces of so many pixels.")
    ] = None,
    engine: _Engine = None,
    as_json: _Json = False,
) -> None:
    """Segment a picture: print what was found, and draw it into OUT.

    Models such as sam-toytown and clipseg-toytown are asked with a point, a box, a text or an example.
    """
    from segtutor.commands.prompt import read
    from segtutor.commands.segment import segment as run

    if out is None and not as_json:
        raise UserError("--out or --json is missing: add --out result.png")
    prompt = read(point or (), box or (), text or (), example, private=private)
    found = run(
        image, model=model, task=task, out=out, force=force, private=private, engine=engine, prompt=prompt,
        score_threshold=score_threshold, overlap_threshold=overlap_threshold, tile=tile,
    )  # fmt: skip
    if as_json:
        _print_json(found)
        return
    for part in sorted(found["segments"], key=lambda part: (part["number"] or len(found["segments"]), -part["area"])):
        share = 100 * part["area"] / (found["width"] * found["height"])
        score = "" if part["score"] is None else f"  score {part['score']:.2f}"
        print(f"{part['number'] or '':>4}  {part['category']:<24s}{share:6.1f} %{score}")
    print(f"{len(found['segments'])} segments, drawn with these numbers in {found['out']}")
    if found["hint"]:
        print(found["hint"])


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="The name of a recipe, such as mask2former-toytown.")],
    out: Annotated[Path, typer.Option(help="The folder for the checkpoint.")],
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after so many steps.")] = None,
    cpu_minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after so many minutes of CPU time.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from what lies in OUT.")] = False,
    data: Annotated[Path | None, typer.Option(help="Your own data: train the model RECIPE for its classes.")] = None,
    format: _Format = None,  # noqa: A002
    images: _Images = None,
    classes: _Classes = None,
    unlabelled: _Unlabelled = None,
    validation: Annotated[float, typer.Option(help="With --data: the share that is kept for judging.")] = 0.2,
    seed: Annotated[int, typer.Option(min=0, help="With --data: decides who is trained on, and the training.")] = 0,
) -> int:
    """Train a recipe, such as those that made the shipped models, or a model for your own data (--data, --format)."""
    if steps is not None and cpu_minutes is not None:
        raise UserError("--steps and --cpu-minutes exclude each other: leave one out")
    if os.path.isfile(out):
        raise UserError(f"--out must be a folder for the checkpoint, got the file {str(out)!r}: choose another name")
    if data is not None:
        if resume:
            raise UserError("--resume and --data exclude each other: choose a new folder and train anew")
        from segtutor.training.rows.own_data import fine_tune

        made = fine_tune(
            recipe, data, format=_asked(format), out=out, steps=steps, cpu_minutes=cpu_minutes, validation=validation,
            seed=seed, images=images, classes=_names(classes), unlabelled=unlabelled, on_event=_told,
        )  # fmt: skip
        print(
            f"{made['steps']} steps on {made['train']} pictures, {made['validation']} kept for judging (split.json): "
            f"{made['out']}"
        )
        return 0
    from segtutor.training.recipes import toytown as recipes

    try:
        recipes.run(recipe, out=out, steps=steps, cpu_minutes=cpu_minutes, resume=resume)
    except KeyboardInterrupt as stopped:  # the option parser would drop what it says
        return _interrupted(stopped)
    return 0


@app.command()
def evaluate(
    model: Annotated[str | None, typer.Argument(help="A shipped model, a folder or a Hub id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All shipped models in one table, as their cards say.")] = False,
    data: Annotated[str, typer.Option(help="The data set.")] = "toytown",
    split: Annotated[str, typer.Option(help="Its split.")] = "validation",
    size: Annotated[
        int | None, typer.Option(min=1, help="How many scenes: 500; with --all: evaluate anew on so many.")
    ] = None,
    multi_scale: Annotated[bool, typer.Option("--multi-scale", help="mIoU from six scales, mirrored; slow.")] = False,
    engine: _Engine = None,
    format: _Format = None,  # noqa: A002
    images: _Images = None,
    classes: _Classes = None,
    unlabelled: _Unlabelled = None,
    part: Annotated[str | None, typer.Option(help="Of your own data: validation, train (split.json) or all.")] = None,
    as_json: _Json = False,
) -> None:
    """Measure a model: panoptic quality, mean IoU and their parts, in percent; with --format on your own data."""
    if every:
        given = [model, engine, format, images, classes, unlabelled, part]
        if multi_scale or (data, split) != ("toytown", "validation") or any(value is not None for value in given):
            raise UserError("--all goes with --size and --json alone: leave out the model and the other options")
        _print_shelf(size, as_json)
        return
    if model is None:
        raise UserError("the model is missing: give a name such as mask2former-toytown, or --all for those shipped")
    if format is not None:
        from segtutor.training.rows.own_data import measure

        found = measure(
            model, data, format=format, images=images, classes=_names(classes), unlabelled=unlabelled, part=part,
            engine=engine, split=None if split == "validation" else split, say=_to_stderr,
        )  # fmt: skip
        _print_found(found, as_json)
        return
    from segtutor.training.evaluate import evaluate as run

    found = run(model, data=data, split=split, size=size or 500, engine=engine, multi_scale=multi_scale)
    _print_found(found, as_json)


@app.command()
def check(
    data: Annotated[Path, typer.Argument(help="Your own data: the folder or file that train --data takes.")],
    format: _Format = None,  # noqa: A002
    images: _Images = None,
    classes: _Classes = None,
    unlabelled: _Unlabelled = None,
    split: Annotated[
        str | None, typer.Option(help="Of formats that have some: train (the default), val, test.")
    ] = None,
) -> int:
    """Read your own data and say what is wrong with it, before a training: files, labels, classes.

    The exit status is 1 where something was found, and 0 where nothing was.
    """
    from segtutor.training.rows.own_data import examined

    form = _asked(format, "the data need")
    return (
        1
        if examined(data, form, images=images, classes=_names(classes), unlabelled=unlabelled, split=split, say=print)
        else 0
    )


@app.command()
def models(as_json: _Json = False) -> None:
    """List what ships, and published checkpoints with the page that says their facts (not each of them loads)."""
    from segtutor.commands.models import listed, written

    found = listed()
    if as_json:
        _print_json(found)
    else:
        print(written(found))


def _print_shelf(size: int | None, as_json: bool) -> None:
    from segtutor.training import shelf

    found = shelf.shelf_rows(size, say=_to_stderr)
    if as_json:
        _print_json(found)
    else:
        print(shelf.written(found))


def _print_found(found: dict, as_json: bool) -> None:
    if as_json:
        _print_json(found)
        return
    for name, value in found.items():
        print(f"{name:<12s} {value:.2f}" if isinstance(value, float) else f"{name:<12s} {value}")


def _asked(format: str | None, what: str = "--data needs") -> str:  # noqa: A002
    if format is None:
        raise UserError(f"{what} --format, which says what the files are: add one, such as --format labelme")
    return format


def _names(classes: str | None) -> list[str] | None:
    return None if classes is None else [name.strip() for name in classes.split(",") if name.strip()]


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)


def _told(event: dict, _model) -> None:
    print(f"step {event['step']}, loss {event['loss']:.3f}, {event['cpu_minutes']:.1f} CPU-minutes", file=sys.stderr)


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="A shipped model, a folder or a Hub id.")],
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Edge of the square pictures that it will take.")] = 128,
    dynamic: Annotated[
        str | None,
        typer.Option(help="size: any number of pictures, of any size in multiples of 32 pixels."),
    ] = None,
    task: Annotated[str | None, typer.Option(help="Of OneFormer: panoptic, semantic or instance.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT where it exists.")] = False,
    as_json: _Json = False,
) -> None:
    """Write a model as ONNX, its preprocessing included, for programs without torch: a browser, onnxruntime."""
    from segtutor.commands.export import export as run

    made = run(model, out=out, size=size, dynamic=dynamic, task=task, force=force)
    if as_json:
        _print_json(made)
        return
    number = "any number of pictures" if dynamic else "one picture"
    taken = "of any size in multiples of 32 pixels" if made["size"] is None else f"of {size} x {size} pixels"
    print(f"{made['model']} for {number} {taken}: {made['out']} ({made['bytes'] / 1e6:.1f} MB)")


@app.command()
def assignments(
    out: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    form: Annotated[str, typer.Option(help="For which tool: nbgrader or otter.")] = "nbgrader",
    lessons: Annotated[str, typer.Option(help="Their numbers, such as 02,03; by default all.")] = "",
    as_json: _Json = False,
) -> None:
    """For teachers: the lessons as assignments whose exercises nbgrader or Otter grades."""
    from segtutor.assignments import write_assignments

    made = write_assignments(out, form, [number.strip() for number in lessons.split(",") if number.strip()])
    if as_json:
        _print_json(made)
        return
    print(f"{len(made)} assignments, {sum(map(len, made.values()))} exercises: {out}")
    if form == "nbgrader":
        print(f"next: cd {out} && nbgrader generate_assignment --create NAME")
    else:
        print(f"next: cd {out} && otter assign NAME/NAME.ipynb dist")


@app.command()
def grades(
    folder: Annotated[Path, typer.Argument(help="What holds the learners' folders, one each, nested or not.")],
    csv: Annotated[Path | None, typer.Option("--csv", help="A table to write, in UTF-8.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the table where it exists.")] = False,
    as_json: _Json = False,
) -> int:
    """For teachers: which learner has solved how many exercises of each lesson, from the files that `check` writes.

    A damaged file is one sentence, and the exit status is then 1; the others are read. Learners can edit these files.
    """
    from segtutor.files import refuse_existing, write_whole
    from segtutor.grades import grades as run

    if csv is not None:
        refuse_existing(csv, overwrite=force)
    found = run(folder)
    if csv is not None:
        write_whole(csv, found.to_csv().encode(), overwrite=force)
    if as_json:
        _print_json(found.to_dict())
    else:
        print(found)
        for sentence in found.sentences:
            _to_stderr(f"segtutor: {sentence}")
    return 1 if any(one.damaged for one in found.learners) else 0


@app.command()
def doctor(
    a_class: Annotated[bool, typer.Option("--class", help="For teachers: what a machine for a class needs.")] = False,
    learners: Annotated[int | None, typer.Option(min=1, help="With --class: how many should fit at once.")] = None,
    as_json: _Json = False,
) -> int:
    """Say what this installation has, what it lacks, and the command that mends it; or how many learners fit here."""
    from segtutor.doctor import examine

    if learners is not None and not a_class:
        raise UserError("--learners is for --class alone: add it, segtutor doctor --class --learners 30")
    if a_class:
        from segtutor.classroom import examine_class

        report = examine_class(learners)
    else:
        report = examine()
    if as_json:
        _print_json(report.to_dict())
    else:
        print(report)
    return 0 if report.healthy else 1


def _print_json(value) -> None:
    # A console of another encoding gets \\u escapes, which every reader of JSON turns back into the letters.
    escaped = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8"
    print(json.dumps(value, ensure_ascii=escaped, allow_nan=False))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; `arguments` defaults to those of the process."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # cp1252 has no letter of a Chinese name: write \\u732b, do not end
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = app(args=arguments, prog_name="segtutor", standalone_mode=False)
    except UserError as mistake:
        return _mistake(str(mistake))
    except KeyboardInterrupt as interrupted:
        return _interrupted(interrupted)
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


def _interrupted(error: KeyboardInterrupt) -> int:
    """130, as shells have it; a training that was stopped says where its state is."""
    if str(error):
        print(f"segtutor: {error}", file=sys.stderr)
    return 130


def _mistake(sentence: str) -> int:
    print("segtutor: " + " ".join(sentence.split()), file=sys.stderr)
    return 2


def _command_of(error) -> str:
    """The name of the command whose options were wrong, with a blank behind it, or nothing."""
    name = getattr(getattr(error, "ctx", None), "info_name", None)
    return f"{name} " if name and name != "segtutor" else ""


if __name__ == "__main__":
    sys.exit(main())
