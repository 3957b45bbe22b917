"""A model folder from the Hugging Face Hub: only the files that are needed, checked, kept in the usual cache.

The cache is huggingface_hub's own (HF_HOME, HF_HUB_CACHE), so that other programs share what was downloaded, and
HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean elsewhere. What is added to the library:

- config.json is read and judged before the weights are asked for, and every size is known beforehand;
- an interrupted download is kept and continued by the next call (huggingface_hub 2.4 continues only within one call);
- the weights are compared with the SHA-256 that the Hub announces;
- an error is one sentence that says what failed and how to go on.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.models import checks

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[\w.-]{8,128}")
_TIMEOUT = 15  # seconds without an answer
_ATTEMPTS = 4  # in a row without a single new byte
_SPARE_BYTES = 64_000_000  # left free on the disk


def download(
    repo_id: str,
    *,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
    token: str | bool | None = None,
    embedded: Sequence[str] = (),
) -> Path:
    """The folder with config.json, preprocessor_config.json and the safetensors of a Hub model; fetched if need be.

    revision: branch, tag or commit. A commit's 40 digits pin the model: once it is in the cache the Hub is not asked
    again. Without one the Hub is asked what "main" is, and only what changed is fetched.
    local_files_only, or HF_HUB_OFFLINE=1: nothing but the cache.
    embedded: names to offer instead, in the sentences of errors.

    Raises UserError: no such model or revision, gated, no network and not in the cache, pickles only, remote code,
    too large, no room on the disk, interrupted, damaged. Where the Hub cannot be reached and the cache has the model,
    that is returned with a warning.
    """
    from huggingface_hub import HfApi, constants

    cache = Path(cache_dir or constants.HF_HUB_CACHE).expanduser()
    say = _Sentences(repo_id, revision, constants.ENDPOINT, embedded)
    cached = _cached(repo_id, revision, cache)
    if cached is not None and (local_files_only or constants.HF_HUB_OFFLINE or _COMMIT.fullmatch(revision or "")):
        return cached
    if local_files_only or constants.HF_HUB_OFFLINE:
        asked = "local_files_only" if local_files_only else "HF_HUB_OFFLINE"
        raise UserError(f"got {say.what}, which is not in the cache {cache}, while {asked} forbids the network: "
                        f"allow it once, or {say.offline}")  # fmt: skip
    try:
        info = HfApi(token=token).model_info(repo_id, revision=revision, files_metadata=True, timeout=_TIMEOUT)
    except Exception as error:
        if cached is not None and _unreachable(error):
            warnings.warn(
                f"the Hub ({constants.ENDPOINT}) was not reached; {say.what} comes from the cache, "
                f"commit {cached.name[:12]}",
                stacklevel=4,  # the line that calls segtutor.load
            )
            return cached
        raise say.failed(error) from None

    try:
        return _fetch(repo_id, info, revision, cache, token, say)
    except UserError:
        raise
    except Exception as error:
        raise say.failed(error) from None


def _fetch(repo_id: str, info: Any, revision: str | None, cache: Path, token: Any, say: _Sentences) -> Path:
    from huggingface_hub import hf_hub_download

    sizes = {sibling.rfilename: sibling.size for sibling in info.siblings or ()}
    start = checks.weight_files(sizes, say.what)
    small = [checks.CONFIG, checks.PROCESSOR, *(name for name in start if name == checks.INDEX)]
    for name in small:
        if name not in sizes:
            raise UserError(
                f"got {say.what} without {name}, expected {checks.CONFIG}, {checks.PROCESSOR} and "
                f"{checks.WEIGHTS}: choose another model, or {say.offline}"
            )
        if (sizes[name] or 0) > checks.MAX_JSON_BYTES:
            raise UserError(
                f"got {say.what} with a {name} of {sizes[name]} bytes, expected at most {checks.MAX_JSON_BYTES}: "
                "choose another model"
            )
    _make(cache)
    for name in small:
        path = hf_hub_download(repo_id, name, revision=info.sha, cache_dir=cache, token=token, etag_timeout=_TIMEOUT)
        folder = Path(path).parent
        if name == checks.CONFIG:
            checks.check_config(folder, say.what)  # a model that is refused costs no more than this file
    checks.check_processor(folder, say.what)
    if start == [checks.INDEX]:
        start = checks.shard_names(checks.read_json(folder / checks.INDEX, say.what), say.what)
    for name in start:
        if not (folder / name).exists():
            _fetch_weights(repo_id, name, info.sha, cache, token, say)
    if not _COMMIT.fullmatch(revision or ""):
        # The cache's record of what a branch or tag was, as huggingface_hub writes it; read when there is no network.
        reference = folder.parent.parent / "refs" / (revision or "main")
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(info.sha)
    return folder


def _fetch_weights(repo_id: str, name: str, commit: str, cache: Path, token: Any, say: _Sentences) -> None:
    """One large file into the cache: continued if a part is there, compared with its SHA-256, then linked."""
    from filelock import FileLock
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    url = hf_hub_url(repo_id, name, revision=commit)
    metadata = get_hf_file_metadata(url, token=token, timeout=_TIMEOUT)
    if not _ETAG.fullmatch(metadata.etag or "") or not metadata.size:
        raise UserError(f"got no size and hash for {name} of {say.what}, expected the Hub's: check HF_ENDPOINT")
    if metadata.size > checks.MAX_WEIGHT_BYTES:
        raise UserError(f"got {say.what} with a {name} of {metadata.size} bytes, expected at most "
                        f"{checks.MAX_WEIGHT_BYTES}: choose a smaller model")  # fmt: skip
    store = "models--" + repo_id.replace("/", "--")
    blob = cache / store / "blobs" / metadata.etag
    part = blob.with_name(blob.name + ".incomplete")
    headers = build_hf_headers(token=token)
    if _host(metadata.location) != _host(url):
        headers.pop("authorization", None)  # the token is for the Hub, not for where the file lies
    lock = cache / ".locks" / store / f"{metadata.etag}.lock"
    for folder in (blob.parent, lock.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        if not blob.exists():
            _check_room(part, metadata.size, say)
            _transfer(metadata.location, headers, part, metadata.size, name, say)
            if len(metadata.etag) == 64 and _sha256(part) != metadata.etag:
                part.unlink()
                raise UserError(
                    f"got a damaged {name} of {say.what}, expected the SHA-256 that the Hub announced: load it again"
                )
            part.replace(blob)
    # The file is where huggingface_hub looks for it, so that this call only links it into the snapshot.
    hf_hub_download(repo_id, name, revision=commit, cache_dir=cache, token=token, etag_timeout=_TIMEOUT)


def _transfer(url: str, headers: dict, part: Path, size: int, name: str, say: _Sentences) -> None:
    """Append to `part` until it has `size` bytes, under a progress bar; a cut connection is continued."""
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
                if not _unreachable(error) or _status(error):
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
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as response:
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


def _interrupted(part: Path, size: int, name: str, say: _Sentences, error: BaseException | None) -> Exception:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return say.no_room(size, part)
    if error is not None and not _unreachable(error):
        return say.failed(error)
    have = part.stat().st_size if part.exists() else 0
    return UserError(
        f"got {have / 1e6:.1f} of {size / 1e6:.1f} MB of {name} of {say.what} before the connection broke: "
        f"load it again to continue from there, or {say.offline}"
    )


def _cached(repo_id: str, revision: str | None, cache: Path) -> Path | None:
    """The snapshot in the cache, if it has every file that is needed."""
    from huggingface_hub import try_to_load_from_cache

    def find(name: str) -> Path | None:
        found = try_to_load_from_cache(repo_id, name, cache_dir=cache, revision=revision)
        return Path(found) if isinstance(found, str) else None

    config = find(checks.CONFIG)
    if config is None or find(checks.PROCESSOR) is None:
        return None
    if find(checks.WEIGHTS) is not None:
        return config.parent
    index = find(checks.INDEX)
    if index is not None:
        shards = checks.shard_names(checks.read_json(index, repo_id), repo_id)
        if all(find(name) for name in shards):
            return config.parent
    return None


def _check_room(part: Path, size: int, say: _Sentences) -> None:
    have = part.stat().st_size if part.exists() else 0
    if shutil.disk_usage(part.parent).free < size - have + _SPARE_BYTES:
        raise say.no_room(size - have, part)


def _make(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"got {cache} as the folder for downloads, which cannot be made ({error.strerror}): "
            "set HF_HOME or cache_dir to a folder that can be written"
        ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _host(url: str) -> str:
    return re.sub(r"^\w+://([^/]*).*$", r"\1", url)


def _status(error: BaseException) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _unreachable(error: BaseException) -> bool:
    """No network, no answer, or a Hub that is down. huggingface_hub 1 uses httpx, 2 httpx2: told by module name."""
    if (status := _status(error)) is not None:
        return status >= 500
    libraries = {kind.__module__.split(".")[0] for kind in type(error).__mro__}
    return bool(libraries & {"httpx", "httpx2", "httpcore", "requests"}) or isinstance(
        error, ConnectionError | TimeoutError
    )


class _Sentences:
    """What went wrong with one model, said in one sentence each."""

    def __init__(self, repo_id: str, revision: str | None, endpoint: str, embedded: Sequence[str]):
        self.repo_id, self.revision, self.endpoint = repo_id, revision, endpoint
        self.what = f"the Hub model {repo_id!r}" + (f" at revision {revision!r}" if revision else "")
        names = " or ".join(map(repr, embedded))
        self.offline = f"take {names}, which needs no network" if names else "copy its folder here and give its path"

    def no_room(self, size: int, part: Path) -> UserError:
        return UserError(
            f"got too little room on the disk of {part.parent} for {self.what}, expected {size / 1e6:.0f} MB free: "
            "delete something, or set HF_HOME or cache_dir to another disk"
        )

    def failed(self, error: BaseException) -> UserError:
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
        elif isinstance(error, errors.EntryNotFoundError) and _status(error) == 404:
            text = f"got {self.what}, of which a file was not found: choose another revision, or {self.offline}"
        elif _status(error) in (401, 403):
            text = (
                f"got {self.what}, which the Hub does not show you (status {_status(error)}): log in with "
                f"`hf auth login` or pass token=, or {self.offline}"
            )
        elif _unreachable(error) or isinstance(error, errors.LocalEntryNotFoundError):
            status = _status(error)
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
