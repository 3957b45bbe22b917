"""What can go wrong with a model from the Hub, said in one sentence each."""

from __future__ import annotations

import errno
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from segtutor.errors import UserError


def status_of(error: BaseException) -> int | None:
    """The HTTP status that an error carries, if any."""
    return getattr(getattr(error, "response", None), "status_code", None)


def unreachable(error: BaseException) -> bool:
    """No network, no answer, or a Hub that is down. huggingface_hub 1 uses httpx, 2 httpx2: told by module name."""
    if (status := status_of(error)) is not None:
        return status >= 500
    libraries = {kind.__module__.split(".")[0] for kind in type(error).__mro__}
    return bool(libraries & {"httpx", "httpx2", "httpcore", "requests"}) or isinstance(
        error, ConnectionError | TimeoutError
    )


class NonsenseError(Exception):
    """An answer that no Hub gives, such as the login page of a hotel's network."""


def final(error: BaseException) -> bool:
    """Whether the Hub itself says that there is no such model, revision or file, or that it is not for everybody."""
    from huggingface_hub import errors

    kinds = (errors.GatedRepoError, errors.RepositoryNotFoundError, errors.RevisionNotFoundError)
    if isinstance(error, kinds) or (isinstance(error, errors.EntryNotFoundError) and status_of(error) == 404):
        return True
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def why(error: BaseException) -> str:
    """Why an answer did not help, in a few words."""
    if (status := status_of(error)) is not None:
        return f"it answered {status}"
    return "no answer" if unreachable(error) else "its answer is none of the Hub's"


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """What `work` returns, or TimeoutError after so long; a time-out for each read ends no answer that drips in."""
    done: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((True, work()))
        except BaseException as error:
            done.put((False, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        good, value = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} seconds") from None
    if not good:
        raise value
    return value


class Sentences:
    """The sentences about one model.

    what: the model, for the beginning of a sentence. offline: what to do without a network, for its end.
    """

    def __init__(self, repo_id: str, revision: str | None, endpoint: str, embedded: Sequence[str]):
        self.repo_id, self.revision, self.endpoint = repo_id, revision, endpoint
        self.what = f"the Hub model {repo_id!r}" + (f" at revision {revision!r}" if revision else "")
        names = " or ".join(map(repr, embedded))
        self.offline = f"take {names}, which needs no network" if names else "copy its folder here and give its path"

    def no_room(self, size: int, part: Path) -> UserError:
        """size: bytes that are still to come. part: where they would go."""
        return UserError(
            f"the disk of {part.parent} has too little room for {self.what}, which needs {size / 1e6:.0f} MB: "
            "delete something, or set HF_HOME or cache_dir to another disk"
        )

    def failed(self, error: BaseException) -> UserError:
        """The sentence for an error of huggingface_hub, of its HTTP library or of the file system."""
        from huggingface_hub import errors

        repo_id, endpoint = self.repo_id, self.endpoint
        if isinstance(error, errors.GatedRepoError):
            text = (
                f"{self.what} is gated: accept its conditions at {endpoint}/{repo_id} and log in with `hf auth "
                f"login` (or pass token=), or {self.offline}"
            )
        elif isinstance(error, errors.RepositoryNotFoundError):
            text = (
                f"{self.what} does not exist at {endpoint}, or you may not read it: check the spelling, log in with "
                f"`hf auth login` if it is private, or {self.offline}"
            )
        elif isinstance(error, errors.RevisionNotFoundError):
            text = f"{self.what} has no such branch, tag or commit: see {endpoint}/{repo_id}/tree/main"
        elif isinstance(error, errors.EntryNotFoundError) and status_of(error) == 404:
            text = f"{self.what} lacks a file: choose another revision, or {self.offline}"
        elif status_of(error) in (401, 403):
            text = (
                f"{self.what} is not shown to you by the Hub (status {status_of(error)}): log in with `hf auth "
                f"login` or pass token=, or {self.offline}"
            )
        elif status_of(error) is not None or isinstance(error, NonsenseError | ValueError | TypeError | KeyError):
            text = (
                f"{self.what} is not in the cache, and the Hub at {endpoint} was not reached ({why(error)}): wait a "
                f"minute, check the network and HF_ENDPOINT, or {self.offline}"
            )
        elif unreachable(error) or isinstance(error, errors.LocalEntryNotFoundError):
            status = status_of(error)
            reason = f"it answered {status}" if status else "no answer"
            text = (
                f"{self.what} is not in the cache, and the Hub at {endpoint} was not reached ({reason}): check the "
                f"network, or {self.offline}"
            )
        elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
            text = f"the disk is full, so {self.what} was not fetched: delete something, or set HF_HOME to another disk"
        elif isinstance(error, PermissionError):
            text = (
                f"{self.what} was not fetched, because the cache cannot be written ({error.filename}): set HF_HOME "
                "or cache_dir to a folder that can"
            )
        else:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            text = f"{self.what} was not fetched ({reason}): try again, or {self.offline}"
        return UserError(text)
