"""`segtutor page` and `segtutor site`: lessons as files that a browser opens from disk."""

from __future__ import annotations

import time
from pathlib import Path


def page(
    lesson: str,
    *,
    out: Path | None,
    execute: bool | None,
    force: bool,
    language: str | None = None,
    models: list[str] | None = None,
) -> None:
    """Makes one page and says where it lies, how large it is, and what is alive on it."""
    from segtutor.pages import make

    make.refuse_language(lesson, language)
    make.refuse_models(lesson, models)
    start = time.monotonic()
    if lesson in make.NETWORK_PAGES:
        written = make.write_networks(out, lesson, force=force, language=language, models=models)
        live = ["the networks themselves"]
    else:
        written, made = make.write(lesson, out, execute=execute, force=force)
        live = made.live
    alive = f"; alive on it: {', '.join(live)}" if live else ""
    print(f"{written}: {written.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s{alive}")


def slides(out: Path, names: list[str], *, execute: bool | None, force: bool) -> None:
    """The slides of these lessons, by default of all, each in a file of `out`; a line for each."""
    from segtutor.files import make_folder, refuse_existing, write_whole
    from segtutor.pages import make
    from segtutor.pages.find import find, lessons
    from segtutor.pages.slides import ENDING

    chosen = [find(name) for name in names] or [lesson for lesson in lessons() if lesson.number]
    make_folder(out)
    targets = [out / f"{lesson.slug}{ENDING}" for lesson in chosen]
    for target in targets:
        refuse_existing(target, overwrite=force or make.may_replace(target))
    for lesson, target in zip(chosen, targets, strict=True):
        start = time.monotonic()
        made = make.make_slides(lesson, execute=execute)
        write_whole(target, made.html, overwrite=True)
        count = made.html.count(b'aria-roledescription="slide"')
        seconds = time.monotonic() - start
        print(f"{target}: {count} slides, {len(made.html) / 1e6:.1f} MB, {seconds:.0f} s", flush=True)


def site(out: Path, *, execute: bool | None, force: bool, language: str | None = None) -> None:
    """Makes all pages, a line for each."""
    from segtutor.pages.site import CONTENTS
    from segtutor.pages.site import site as run

    run(out, execute=execute, force=force, language=language, say=lambda line: print(line, flush=True))
    print(f"The course begins at {out / CONTENTS}")
