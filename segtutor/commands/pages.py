"""`segtutor page` and `segtutor site`: lessons as files that a browser opens from disk."""

from __future__ import annotations

import time
from pathlib import Path


def page(lesson: str, *, out: Path | None, execute: bool | None, force: bool) -> None:
    """Makes one page and says where it lies, how large it is, and what is alive on it."""
    from ..pages import make

    start = time.monotonic()
    if lesson == "networks":
        written, live = make.write_networks(out, force=force), ["the networks themselves"]
    else:
        written, made = make.write(lesson, out, execute=execute, force=force)
        live = made.live
    alive = f"; alive on it: {', '.join(live)}" if live else ""
    print(f"{written}: {written.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s{alive}")


def site(out: Path, *, execute: bool | None, force: bool) -> None:
    """Makes all pages, a line for each."""
    from ..pages.site import CONTENTS
    from ..pages.site import site as run

    run(out, execute=execute, force=force, say=lambda line: print(line, flush=True))
    print(f"The course begins at {out / CONTENTS}")
