"""One large file over HTTP: with a progress bar, continued where it broke off, compared with its hash."""

from __future__ import annotations

import errno
import hashlib
import shutil
import time
from pathlib import Path

from segtutor.errors import UserError
from segtutor.models.hub_sentences import Sentences, status_of, unreachable

TIMEOUT = 15  # seconds without an answer
_ATTEMPTS = 4  # in a row without a single new byte
_SPARE_BYTES = 64_000_000  # left free on the disk


def transfer(url: str, headers: dict, part: Path, size: int, name: str, say: Sentences) -> None:
    """Append to `part` until it has `size` bytes, under a progress bar; a cut connection is continued.

    url: where the file lies, headers: to send along. name: of the file, for the bar. What arrived stays in `part`
    whatever happens, so that the next call goes on from there. Raises UserError where the network stays away.
    """
    from huggingface_hub.utils import are_progress_bars_disabled
    from tqdm.auto import tqdm

    have = part.stat().st_size if part.exists() else 0
    bar = tqdm(total=size, initial=have, desc=name, unit="B", unit_scale=True, disable=are_progress_bars_disabled())
    failures = 0
    with bar:
        while have < size:
            before, failed = have, None
            try:
                for have in _stream(url, headers, part, size):
                    bar.n = have
                    bar.refresh() if have == size else bar.update(0)
            except Exception as error:
                if not unreachable(error) or status_of(error):
                    raise _interrupted(part, size, name, say, error) from None
                failed = error
            have = part.stat().st_size if part.exists() else 0
            failures = 0 if have > before else failures + 1
            if failures >= _ATTEMPTS:
                raise _interrupted(part, size, name, say, failed) from None
            if have < size:
                time.sleep(0.2 * 2**failures)


def _stream(url: str, headers: dict, part: Path, size: int):
    """One request for what is missing; yields the number of bytes that `part` has after each piece."""
    from huggingface_hub import get_session
    from huggingface_hub.utils import hf_raise_for_status

    have = part.stat().st_size if part.exists() else 0
    headers = {**headers, "Accept-Encoding": "identity"}  # the size must be the file's, not the compressed one
    if have:
        headers["Range"] = f"bytes={have}-"
    with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT, follow_redirects=True) as response:
        hf_raise_for_status(response)
        continued = response.status_code == 206
        if continued and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise OSError("the server sent another part of the file than was asked for")
        have = have if continued else 0
        with part.open("ab" if continued else "wb") as file:
            for piece in response.iter_bytes():  # as they arrive: what waits for a full block is lost in a break
                if have + len(piece) > size:
                    raise OSError("the server sent more than it announced")
                file.write(piece)
                have += len(piece)
                yield have


def _interrupted(part: Path, size: int, name: str, say: Sentences, error: BaseException | None) -> Exception:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return say.no_room(size, part)
    if error is not None and not unreachable(error):
        return say.failed(error)
    have = part.stat().st_size if part.exists() else 0
    return UserError(
        f"the connection broke after {have / 1e6:.1f} of {size / 1e6:.1f} MB of {name} of {say.what}: load it again "
        f"to continue from there, or {say.offline}"
    )


def check_room(part: Path, size: int, say: Sentences) -> None:
    """Raises UserError unless the rest of a file of `size` bytes fits on the disk."""
    have = part.stat().st_size if part.exists() else 0
    if shutil.disk_usage(part.parent).free < size - have + _SPARE_BYTES:
        raise say.no_room(size - have, part)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
