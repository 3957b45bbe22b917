"""A model folder from the Hugging Face Hub: only the files that are needed, checked, kept in the usual cache.

The cache is huggingface_hub's own (HF_HOME, HF_HUB_CACHE), so that other programs share what was downloaded, and
HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean elsewhere. What is added to the library:

- config.json is read and judged before the weights are asked for, and every size is known beforehand;
- an interrupted download is kept and continued by the next call (huggingface_hub 2.4 continues only within one call);
- the weights are compared with the SHA-256 that the Hub announces;
- an error is one sentence that says what failed and how to go on.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from segtutor import families
from segtutor.errors import UserError
from segtutor.files import write_whole
from segtutor.models import checks
from segtutor.models.checkpoint import Checkpoint
from segtutor.models.hub_sentences import NonsenseError, Sentences, final, why, within
from segtutor.models.transfer import TIMEOUT, check_room, sha256, transfer

# What huggingface_hub accepts: two parts of at most 96 ASCII characters, no "--", no "..", no final "-", "." or ".git".
_PART = r"[A-Za-z0-9](?:[\w.-]{0,94}\w)?"
HUB_ID = re.compile(rf"(?!.*--|.*\.\.|.*\.git$){_PART}/{_PART}", re.ASCII)
DEADLINE = 30.0  # seconds for the first question, however slowly the answer drips in
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[\w.-]{8,128}")


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
    too large, no room on the disk, interrupted, damaged. Where the cache has the model and the Hub does not answer, or
    answers anything but that there is no such model (too many requests, a login page of the network, nonsense), the
    cached one is returned with a warning.
    """
    from huggingface_hub import HfApi, constants

    cache = Path(cache_dir or constants.HF_HUB_CACHE).expanduser()
    say = Sentences(repo_id, revision, constants.ENDPOINT, embedded)
    cached = _cached(repo_id, revision, cache)
    if cached is not None and (local_files_only or constants.HF_HUB_OFFLINE or _COMMIT.fullmatch(revision or "")):
        return cached
    if local_files_only or constants.HF_HUB_OFFLINE:
        asked = "local_files_only" if local_files_only else "HF_HUB_OFFLINE"
        raise UserError(f"{say.what} is not in the cache {cache}, and {asked} forbids the network: allow it once, "
                        f"or {say.offline}")  # fmt: skip
    try:
        question = partial(
            HfApi(token=token).model_info, repo_id, revision=revision, files_metadata=True, timeout=TIMEOUT
        )
        info = _checked(within(DEADLINE, question))
        return _fetch(repo_id, info, revision, cache, token, say)
    except UserError:
        raise
    except Exception as error:
        if cached is not None and not final(error):
            warnings.warn(
                f"the Hub ({constants.ENDPOINT}) was not reached ({why(error)}); {say.what} comes from the cache, "
                f"commit {cached.name[:12]}",
                stacklevel=4,  # the line that calls segtutor.load
            )
            return cached
        raise say.failed(error) from None


def _checked(info: Any) -> Any:
    """What the Hub says of a model, once it is of the form that it should have. Raises NonsenseError."""
    siblings = getattr(info, "siblings", None)
    good = isinstance(getattr(info, "sha", None), str) and _COMMIT.fullmatch(info.sha) and isinstance(siblings, list)
    for sibling in siblings if good else ():
        name, size = getattr(sibling, "rfilename", None), getattr(sibling, "size", None)
        whole = size is None or (isinstance(size, int) and not isinstance(size, bool) and size >= 0)
        good = good and isinstance(name, str) and whole
    if not good:
        raise NonsenseError("its answer does not come from the Hub")
    return info


def _fetch(repo_id: str, info: Any, revision: str | None, cache: Path, token: Any, say: Sentences) -> Path:
    from huggingface_hub import hf_hub_download

    sizes = {sibling.rfilename: sibling.size for sibling in info.siblings or ()}
    start = checks.weight_files(sizes, say.what)
    small = [checks.CONFIG, checks.PROCESSOR, *(name for name in start if name == checks.INDEX)]
    for name in small:
        if name not in sizes:
            raise UserError(
                f"{say.what} has no {name}, but needs {checks.CONFIG}, {checks.PROCESSOR} and {checks.WEIGHTS}: "
                f"choose another model, or {say.offline}"
            )
        if (sizes[name] or 0) > checks.MAX_JSON_BYTES:
            raise UserError(
                f"{name} of {say.what} must have at most {checks.MAX_JSON_BYTES} bytes, got {sizes[name]}: choose "
                "another model"
            )
    _make(cache)
    for name in small:
        path = hf_hub_download(repo_id, name, revision=info.sha, cache_dir=cache, token=token, etag_timeout=TIMEOUT)
        folder = Path(path).parent
        if name == checks.CONFIG:
            checks.check_config(Checkpoint(folder, say.what))  # a model that is refused costs no more than this file
    checks.check_processor(Checkpoint(folder, say.what))
    for name in families.get(checks.read_json(folder / checks.CONFIG, say.what)["model_type"]).files:
        if name not in sizes:
            continue
        if (sizes[name] or 0) > checks.MAX_SMALL_BYTES:
            raise UserError(
                f"{name} of {say.what} must have at most {checks.MAX_SMALL_BYTES} bytes, got {sizes[name]}: choose "
                "another model"
            )
        hf_hub_download(repo_id, name, revision=info.sha, cache_dir=cache, token=token, etag_timeout=TIMEOUT)
    if start == [checks.INDEX]:
        start = checks.shard_names(checks.read_json(folder / checks.INDEX, say.what), say.what)
    for name in start:
        if not (folder / name).exists():
            _fetch_weights(repo_id, name, info.sha, cache, token, say)
    if not _COMMIT.fullmatch(revision or ""):
        # The cache's record of what a branch or tag was, as huggingface_hub writes it; read when there is no network.
        reference = folder.parent.parent / "refs" / (revision or "main")
        with suppress(OSError, UserError):  # a cache on a disk that is only read serves as well
            reference.parent.mkdir(parents=True, exist_ok=True)
            if not reference.exists() or reference.read_text() != info.sha:
                write_whole(reference, info.sha.encode(), overwrite=True)
    return folder


def _fetch_weights(repo_id: str, name: str, commit: str, cache: Path, token: Any, say: Sentences) -> None:
    """One large file into the cache: continued if a part is there, compared with its SHA-256, then linked."""
    from filelock import FileLock
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    url = hf_hub_url(repo_id, name, revision=commit)
    metadata = get_hf_file_metadata(url, token=token, timeout=TIMEOUT)
    if metadata.etag is None or not _ETAG.fullmatch(metadata.etag) or not metadata.size:
        raise UserError(f"the Hub sent no size and hash for {name} of {say.what}: check HF_ENDPOINT")
    if metadata.size > checks.MAX_WEIGHT_BYTES:
        raise UserError(f"{name} of {say.what} must have at most {checks.MAX_WEIGHT_BYTES} bytes, got "
                        f"{metadata.size}: choose a smaller model")  # fmt: skip
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
            check_room(part, metadata.size, say)
            transfer(metadata.location, headers, part, metadata.size, name, say)
            if len(metadata.etag) == 64 and sha256(part) != metadata.etag:
                part.unlink()
                raise UserError(
                    f"{name} of {say.what} is damaged, its SHA-256 is not the one that the Hub announced: load it again"
                )
            part.replace(blob)
    # The file is where huggingface_hub looks for it, so that this call only links it into the snapshot.
    hf_hub_download(repo_id, name, revision=commit, cache_dir=cache, token=token, etag_timeout=TIMEOUT)


def _cached(repo_id: str, revision: str | None, cache: Path) -> Path | None:
    """The snapshot in the cache, if it has every file that is needed."""
    from huggingface_hub import try_to_load_from_cache

    def find(name: str) -> Path | None:
        found = try_to_load_from_cache(repo_id, name, cache_dir=cache, revision=revision)
        return Path(found) if isinstance(found, str) else None

    config = find(checks.CONFIG)
    if config is None or find(checks.PROCESSOR) is None:
        return None
    family = families.families().get(str(checks.read_json(config, repo_id).get("model_type")))
    if family is not None and family.files and not any(find(name) for name in family.files):
        return None  # another program may have fetched the rest
    if find(checks.WEIGHTS) is not None:
        return config.parent
    index = find(checks.INDEX)
    if index is not None:
        shards = checks.shard_names(checks.read_json(index, repo_id), repo_id)
        if all(find(name) for name in shards):
            return config.parent
    return None


def _make(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"the folder for downloads {cache} cannot be made ({error.strerror}): set HF_HOME or cache_dir to a "
            "folder that can be written"
        ) from None


def _host(url: str) -> str:
    return re.sub(r"^\w+://([^/]*).*$", r"\1", url)
