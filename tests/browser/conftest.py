"""A real Chromium on a real JupyterLab: the fixtures of the tests marked `browser`.

    server_of(folder, command)     starts a server with private settings; nothing of the person's own is read or written
    open_notebook(server, path)    opens a notebook, runs all its cells, and hands over the page as a `Lesson`
    open_for_module                the same for a page that a module's tests share

Every page is watched: after the test there must have been no request that leaves this machine, no JavaScript error and
no error on the console.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from touched import IN_KERNEL

HERE = Path(__file__).parent
CELL_SECONDS = 240

# Waits until JupyterLab shows this very notebook with a kernel that answers. A workspace restored from an earlier page,
# or cells run before the session exists, would be lost without a word.
READY = """async (path) => {
  const until = Date.now() + 90000, pause = () => new Promise((go) => setTimeout(go, 50));
  while (!window.jupyterapp && Date.now() < until) await pause();
  const app = window.jupyterapp;
  await app.restored;
  while (app.shell.currentWidget?.context?.path !== path && Date.now() < until) await pause();
  const { context } = app.shell.currentWidget;
  await context.ready;
  await context.sessionContext.ready;
  await context.sessionContext.session.kernel.info;
  return context.path;
}"""
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells]
  .filter((cell) => cell.cell_type === "code" && cell.source.trim())
  .map((cell) => ({ count: cell.execution_count, source: cell.source, errors: cell.outputs
    .filter((output) => output.output_type === "error").map((output) => `${output.ename}: ${output.evalue}`) }))"""
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget?.context.sessionContext.shutdown()"


def chromium_path() -> str | None:
    """CHROMIUM, then Debian's, then Playwright's own; None where there is none."""
    for candidate in (os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium")):
        if candidate and Path(candidate).exists():
            return candidate
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            return path if Path(path := playwright.chromium.executable_path).exists() else None
    except ImportError:
        return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests; each page gets a context of its own."""
    pytest.importorskip("playwright", reason="playwright is not installed: pip install 'segtutor[test]'")
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: pip install 'segtutor[lab]'")
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium fonts-dejavu-core, or name one in CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # root (a container) has no sandbox to put Chromium in; the switches keep it from calling home by itself
        started = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"],
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def explainer_file(exported_steps, made_once) -> Path:
    """The Explainer's page, made once."""
    from segtutor.pages.explainer import explainer_page
    from segtutor.pages.signature import is_ours

    def make(folder: Path) -> None:
        content = explainer_page(next(iter(exported_steps.values())).parent)
        assert is_ours(content)
        assert len(content) <= 30e6
        (folder / "explainer.html").write_bytes(content)

    return made_once("explainer", make) / "explainer.html"


@dataclass
class Server:
    """A JupyterLab on this machine. url: without a slash at the end."""

    url: str
    folder: Path
    process: subprocess.Popen
    log: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server_of(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    """Starts servers: server_of(folder, command), where command(folder, port) is the command line."""
    running: list[Server] = []

    def start(folder: Path, command: Callable[[Path, int], list[str]]) -> Server:
        private = tmp_path_factory.mktemp("jupyter")  # nothing of the person's own settings, nothing left behind
        names = {"HOME": "", "IPYTHONDIR": "ipython", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data"}
        names |= {"JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings"}
        names |= {"JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
        environment = os.environ | {name: str(private / part) for name, part in names.items()}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE.parents[1]), os.environ.get("PYTHONPATH")]))
        # What a test needs and a person does not: no password, and the application object in the page's reach
        settings = {
            "ServerApp": {"password": "", "open_browser": False, "ip": "127.0.0.1"},
            "IdentityProvider": {"token": ""},
            "LabApp": {"expose_app_in_browser": True, "open_browser": False},
            "JupyterNotebookApp": {"expose_app_in_browser": True, "open_browser": False},
        }
        (private / "config").mkdir()
        for name in ("jupyter_lab_config.json", "jupyter_notebook_config.json"):
            (private / "config" / name).write_text(json.dumps(settings))
        # The question "may we show you news?" covers a corner and would ask another machine
        chosen = private / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
        chosen.parent.mkdir(parents=True)
        chosen.write_text(json.dumps({"fetchNews": "false"}))
        port, log = _free_port(), private / "server.log"
        with log.open("w") as stream:
            process = subprocess.Popen(command(folder, port), cwd=folder, env=environment, stdout=stream, stderr=stream)
        server = Server(f"http://127.0.0.1:{port}", folder, process, log)
        running.append(server)
        until = time.monotonic() + 240  # on a busy machine; mostly four seconds
        while time.monotonic() < until:
            if process.poll() is not None:
                pytest.fail(f"the server ended at once:\n{log.read_text()}")
            try:
                urllib.request.urlopen(f"{server.url}/api/status", timeout=2).read()
                return server
            except urllib.error.HTTPError:  # Voila has no such page, and says so
                return server
            except OSError:
                time.sleep(0.25)
        pytest.fail(f"the server did not answer within four minutes:\n{log.read_text()}")

    yield start
    for server in running:
        server.process.terminate()
        try:
            server.process.wait(20)
        except subprocess.TimeoutExpired:
            server.process.kill()


@dataclass
class Lesson:
    """An open notebook. requests, complaints: what the page asked for and complained about so far."""

    page: Any
    server: Server
    path: str = ""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def left_the_machine(self) -> list[str]:
        """The requests that went anywhere but to our server."""
        ours = urlsplit(self.server.url).netloc
        return [
            url for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob", "about") and urlsplit(url).netloc != ours
        ]  # fmt: skip

    def set_theme(self, theme: str) -> None:
        """ "JupyterLab Light" or "JupyterLab Dark". The server remembers it, so a test that needs one sets it."""
        self.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps(str(theme != "JupyterLab Dark").lower())
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === {light}")

    def cells(self) -> list[dict]:
        """The code cells: source, execution count, errors."""
        return self.page.evaluate(CELLS)

    def in_kernel(self, code: str) -> str:
        """What the kernel prints, or the error that it ends with."""
        return self.page.evaluate(IN_KERNEL, code)


def _only_jupyterlab_in_the_stack(complaint: str) -> bool:
    """Whether this is an error seen once, at the end of a run on a busy machine, whose cause was not found.

    A node was to be removed from the page that was gone already; the only frame was JupyterLab's. That does not prove
    that our widget had no part in it. It counts as soon as a frame is not JupyterLab's, and so does any other error.
    """
    text, *frames = complaint.splitlines()
    known = text.startswith("page error: NotFoundError: Failed to execute 'removeChild' on 'Node'")
    return known and bool(frames) and all("/static/lab/" in frame for frame in frames)


class Opener:
    """Opens notebooks, each in a browser context of its own; `close` shuts the kernels down and says what was wrong."""

    def __init__(self, browser):
        self.browser, self.opened, self.known = browser, [], []

    def watched(self, server: Server, path: str, *, viewport=(1280, 1000), **context) -> Lesson:
        """An empty page whose requests and complaints are noted."""
        context = self.browser.new_context(viewport={"width": viewport[0], "height": viewport[1]}, **context)
        page = context.new_page()
        lesson = Lesson(page, server, path)
        self.opened.append(lesson)
        page.on("request", lambda request: lesson.requests.append(request.url))
        page.on("websocket", lambda socket: lesson.requests.append(socket.url.replace("ws://", "http://")))
        page.on("pageerror", lambda error: lesson.complaints.append(f"page error: {error.stack}"))
        page.on(
            "console", lambda m: m.type == "error" and lesson.complaints.append(f"console: {m.text} ({m.location})")
        )
        return lesson

    def __call__(
        self, server: Server, path: str, *, run: bool = True, at: str = "", known: tuple[str, ...] = (), **context
    ) -> Lesson:
        """The notebook `path` of the server's folder, all of its cells run without an error.

        run: False = as it is stored. at: the beginning of the page's address; none = JupyterLab, in a workspace of its
        own. known: beginnings of complaints that this application makes by itself.
        """
        lesson = self.watched(server, path, **context)
        self.known += known
        page = lesson.page
        page.goto(f"{server.url}/{at or f'lab/workspaces/test-{uuid.uuid4().hex}/tree'}/{path}")
        assert page.evaluate(READY, path) == path
        lesson.set_theme("JupyterLab Light")
        if not run:
            return lesson
        page.set_default_timeout(CELL_SECONDS * 1000)
        done = page.evaluate(RUN_ALL)
        page.set_default_timeout(30_000)
        failed = [cell for cell in lesson.cells() if cell["errors"] or cell["count"] is None]
        assert done, f"Run All stopped: {failed}"
        assert not failed
        return lesson

    def close(self) -> None:
        """Shuts down, then asserts that no request left the machine and that no page complained."""
        complaints = [
            c
            for lesson in self.opened
            for c in lesson.complaints
            if not _only_jupyterlab_in_the_stack(c) and not c.startswith(tuple(self.known))
        ]
        strangers = [url for lesson in self.opened for url in lesson.left_the_machine()]
        shut = set()
        for lesson in self.opened:
            if lesson.path not in shut:  # two pages of one notebook share its kernel
                lesson.page.evaluate(SHUT_DOWN)
            shut.add(lesson.path)
            lesson.page.context.close()
        assert strangers == []
        assert complaints == []


@pytest.fixture
def open_notebook(browser) -> Iterator[Opener]:
    """open_notebook(server, "00.ipynb") -> Lesson, closed after the test."""
    opener = Opener(browser)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def open_for_module(browser) -> Iterator[Opener]:
    """The same, closed after the module's last test: opening a page costs more than most tests do on it."""
    opener = Opener(browser)
    yield opener
    opener.close()


@pytest.fixture
def watched(browser) -> Iterator[Callable[..., Lesson]]:
    """watched(server) -> Lesson on an empty page, for what is no notebook; its test asserts on what it noted."""
    opener = Opener(browser)
    yield lambda server, **context: opener.watched(server, "", **context)
    for lesson in opener.opened:
        lesson.page.context.close()
