"""A server on loopback that answers as the Hugging Face Hub does, for the real huggingface_hub client.

What it speaks: /api/models/ID[/revision/REV] (files with sizes), HEAD and GET of /ID/resolve/REV/FILE with
X-Repo-Commit and ETag; weights, which lie in LFS on the Hub, answer with a redirect to another host (here "localhost"
beside "127.0.0.1") that serves ranges; errors carry X-Error-Code. Each request is recorded, and a file can be made to
break off.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it arrived. path: without the query. range: the header, or None. token: whether one was sent."""

    method: str
    path: str
    range: str | None
    token: bool


@dataclass
class Repository:
    """One repository: commits, each a folder of files, and the names (branches, tags) that point to them."""

    commits: dict[str, Path]
    revisions: dict[str, str]
    gated: bool = False
    sizes: dict[str, int] = field(default_factory=dict)  # file -> a size to announce instead of the true one
    hashes: dict[Path, str] = field(default_factory=dict)

    def commit_of(self, revision: str) -> str | None:
        return revision if revision in self.commits else self.revisions.get(revision)

    def etag(self, path: Path) -> str:
        """SHA-256 for what would be in LFS, git's SHA-1 of a blob for the rest; 40 or 64 hexadecimal digits."""
        if path not in self.hashes:
            content = path.read_bytes()
            if is_large(path.name):
                self.hashes[path] = hashlib.sha256(content).hexdigest()
            else:
                self.hashes[path] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        return self.hashes[path]


def is_large(name: str) -> bool:
    """Whether the Hub would keep the file in LFS."""
    return name.endswith((".safetensors", ".bin", ".h5"))


class Hub(ThreadingHTTPServer):
    """`with Hub() as hub:` serves hub.repositories at hub.endpoint and records hub.requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, Repository] = {}
        self.requests: list[Request] = []
        self.break_after: int | None = None  # bytes of a large file after which the connection is cut, once
        self.down_after_break = False  # and then large files answer 503
        self.files_down = False
        self.down = False  # everything answers 503
        self.says: tuple[int, str, bytes] | None = None  # everything answers this: status, type, content
        self.files_say: tuple[int, str, bytes] | None = None  # the same of files alone
        self.drips = False  # an answer that never ends, a byte a tenth of a second
        self._connections: set = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, repo_id: str, folder: Path, **settings) -> str:
        """Serve a folder as the only commit, "main", of a repository. Returns the commit."""
        commit = hashlib.sha1(f"{repo_id} {folder}".encode()).hexdigest()
        self.repositories[repo_id] = Repository({commit: folder}, {"main": commit}, **settings)
        return commit

    def fetched(self, name: str) -> list[Request]:
        """The GET requests for a file, redirects to it not counted."""
        return [r for r in self.requests if r.method == "GET" and r.path.endswith("/" + name)]

    def handle_error(self, request, client_address) -> None:
        """A client that went away is what some tests are about; anything else is a mistake in the server."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def process_request(self, request, client_address) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """As if the network were gone: no new connections, and the open ones are cut. May be called twice."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Hub:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        sent = Request(self.command, path, self.headers.get("Range"), "Authorization" in self.headers)
        if path == "/api/agent-harnesses":  # huggingface_hub's own housekeeping, once a day: no part of a load
            return self._refuse(404, "", "no such page")
        self.server.requests.append(sent)
        parts = path.strip("/").split("/")
        if self.server.down:
            return self._refuse(503, "", "Service unavailable")
        if self.server.drips:
            return self._drip()
        said = self.server.says or (self.server.files_say if parts[:1] != ["api"] else None)
        if said is not None:
            return self._send(said[0], {"Content-Type": said[1], "Content-Length": str(len(said[2]))}, said[2])
        if parts[:2] == ["api", "models"]:
            self._model_info("/".join(parts[2:4]), parts[5] if parts[4:5] == ["revision"] else "main")
        elif parts[0] == "cdn":
            self._content(*self._find("/".join(parts[1:3]), parts[3], "/".join(parts[4:])))
        elif parts[2:3] == ["resolve"]:
            self._resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self._refuse(404, "", "no such page")
        return None

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(600):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)

    def _find(self, repo_id: str, revision: str, name: str) -> tuple[Repository, str, Path]:
        repository = self.server.repositories[repo_id]
        commit = repository.commit_of(revision)
        return repository, commit, repository.commits[commit] / name

    def _model_info(self, repo_id: str, revision: str) -> None:
        repository = self.server.repositories.get(repo_id)
        if repository is None:  # the Hub does not tell who has no token whether a repository exists
            return self._refuse(401, "RepoNotFound", "Repository not found")
        commit = repository.commit_of(revision)
        if commit is None:
            return self._refuse(404, "RevisionNotFound", "Invalid rev id: " + revision)
        siblings = []
        for path in sorted(repository.commits[commit].iterdir()):
            size = repository.sizes.get(path.name, path.stat().st_size)
            entry = {"rfilename": path.name, "size": size, "blobId": "0" * 40}
            if is_large(path.name):
                entry["lfs"] = {"sha256": repository.etag(path), "size": size, "pointerSize": 134}
            siblings.append(entry)
        gated = "auto" if repository.gated else False
        info = {"id": repo_id, "modelId": repo_id, "sha": commit, "private": False, "gated": gated, "tags": []}
        body = json.dumps({**info, "siblings": siblings}).encode()
        return self._send(200, {"Content-Type": "application/json", "Content-Length": str(len(body))}, body)

    def _resolve(self, repo_id: str, revision: str, name: str) -> None:
        if repo_id not in self.server.repositories:
            return self._refuse(401, "RepoNotFound", "Repository not found")
        repository = self.server.repositories[repo_id]
        if repository.gated and "Authorization" not in self.headers:
            return self._refuse(401, "GatedRepo", "Access to this model is restricted")
        commit = repository.commit_of(revision)
        if commit is None:
            return self._refuse(404, "RevisionNotFound", "Invalid rev id: " + revision)
        path = repository.commits[commit] / name
        if not path.is_file():
            return self._refuse(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit})
        if not is_large(name):
            return self._content(repository, commit, path)
        headers = {
            "X-Repo-Commit": commit,
            "X-Linked-Etag": f'"{repository.etag(path)}"',
            "X-Linked-Size": str(repository.sizes.get(name, path.stat().st_size)),
            "Location": f"http://localhost:{self.server.server_port}/cdn/{repo_id}/{commit}/{name}",
            "Content-Length": "0",
        }
        return self._send(302, headers, b"")

    def _content(self, repository: Repository, commit: str, path: Path) -> None:
        large = is_large(path.name)
        if large and self.server.files_down:
            return self._refuse(503, "", "Service unavailable")
        size = path.stat().st_size
        start = int(self.headers["Range"].removeprefix("bytes=").split("-")[0]) if "Range" in self.headers else 0
        headers = {
            "X-Repo-Commit": commit,
            "ETag": f'"{repository.etag(path)}"',
            "Content-Length": str(size - start),
            "Accept-Ranges": "bytes",
        }
        if "Range" in self.headers:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        with path.open("rb") as file:
            file.seek(start)
            body = file.read() if self.command == "GET" else b""
        if large and self.command == "GET" and self.server.break_after is not None:
            body, self.server.break_after = body[: self.server.break_after], None
            self.server.files_down = self.server.down_after_break
            self._send(206 if "Range" in self.headers else 200, headers, body)
            self.close_connection = True
            return None
        return self._send(206 if "Range" in self.headers else 200, headers, body)

    def _refuse(self, status: int, code: str, message: str, headers: dict | None = None) -> None:
        named = {"X-Error-Code": code} if code else {}
        body = json.dumps({"error": message}).encode()
        fixed = {"X-Error-Message": message, "Content-Type": "application/json", "Content-Length": str(len(body))}
        self._send(status, {**(headers or {}), **named, **fixed}, body)

    def _send(self, status: int, headers: dict, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
