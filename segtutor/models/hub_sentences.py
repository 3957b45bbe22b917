"""What can go wrong with a model from the Hub, said in one sentence each."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

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
            f"got too little room on the disk of {part.parent} for {self.what}, expected {size / 1e6:.0f} MB free: "
            "delete something, or set HF_HOME or cache_dir to another disk"
        )

    def failed(self, error: BaseException) -> UserError:
        """The sentence for an error of huggingface_hub, of its HTTP library or of the file system."""
        from huggingface_hub import errors

        repo_id, endpoint = self.repo_id, self.endpoint
        if isinstance(error, errors.GatedRepoError):
            text = (
                f"got {self.what}, which is gated: accept its conditions at {endpoint}/{repo_id} and log in with "
                f"`hf auth login` (or pass token=), or {self.offline}"
            )
        elif isinstance(error, errors.RepositoryNotFoundError):
            text = (
                f"got {self.what}, expected one that exists at {endpoint} and that you may read: check the spelling, "
                f"log in with `hf auth login` if it is private, or {self.offline}"
            )
        elif isinstance(error, errors.RevisionNotFoundError):
            text = f"got {self.what}, expected a branch, tag or commit that exists: see {endpoint}/{repo_id}/tree/main"
        elif isinstance(error, errors.EntryNotFoundError) and status_of(error) == 404:
            text = f"got {self.what}, of which a file was not found: choose another revision, or {self.offline}"
        elif status_of(error) in (401, 403):
            text = (
                f"got {self.what}, which the Hub does not show you (status {status_of(error)}): log in with "
                f"`hf auth login` or pass token=, or {self.offline}"
            )
        elif unreachable(error) or isinstance(error, errors.LocalEntryNotFoundError):
            status = status_of(error)
            reason = f"it answered {status}" if status else "no answer"
            text = (
                f"got {self.what}, which is not in the cache, but the Hub at {endpoint} was not reached ({reason}): "
                f"check the network, or {self.offline}"
            )
        elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
            text = f"got a full disk while fetching {self.what}: delete something, or set HF_HOME to another disk"
        elif isinstance(error, PermissionError):
            text = (
                f"got {self.what}, but the cache cannot be written ({error.filename}): set HF_HOME or cache_dir to a "
                "folder that can"
            )
        else:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            text = f"got {self.what}, but fetching it failed ({reason}): try again, or {self.offline}"
        return UserError(text)
