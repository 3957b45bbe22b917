"""`segtutor play`: no kernel without the token, from another host or another origin; kernels end and are few."""

import asyncio
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("voila", reason="Voila is not installed: pip install 'segtutor[lab]'")

from segtutor.commands import play, play_server

pytestmark = pytest.mark.processes


def in_a_loop(coroutine):
    """asyncio.run in a thread of its own: in this one a browser's loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(address with the token as it was printed, process) of a server whose notebook is one small cell."""
    folder = tmp_path_factory.mktemp("play")
    cell = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [], "source": ["6 * 7"]}
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    content = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (folder / "play.ipynb").write_text(json.dumps(content))
    command = play.voila_command(browser=False, port=free_port())
    command[3] = str(folder / "play.ipynb")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
    environment["JUPYTER_CONFIG_DIR"] = str(folder / "config")
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")])
    )
    log = folder / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stream, stderr=stream)
    try:
        until = time.monotonic() + 120
        while not (printed := re.search(r"http://\S+\?token=\w+", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield printed.group(), log
    finally:
        process.terminate()
        process.wait(20)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def status(address: str, **headers: str) -> int:
    request = urllib.request.Request(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def upgraded(address: str, headers: dict[str, str]) -> int:
    """The status of an answer to a request for a WebSocket."""
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    connection.request("GET", parts.path, headers=asked | {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} | headers)
    found = connection.getresponse().status
    connection.close()
    return found


def kernels(log: Path) -> int:
    return log.read_text().count("Kernel started")


def test_only_a_person_with_the_address_gets_a_kernel(served):
    address, log = served
    bare = address.partition("?")[0]
    assert len(address.partition("token=")[2]) >= 40
    assert status(bare) == 302, "to the login page"
    assert status(f"{bare}?token=wrong") == 302
    assert status(bare, Sec_Fetch_Site="cross-site", Referer="http://evil.test/") == 302
    assert status(address, Host="evil.test") == 403, "the token does not help a name that is not this machine's"
    assert status(f"{bare}api/kernels/00000000-0000-0000-0000-000000000000") == 403
    assert kernels(log) == 0
    # with the token: a page, and a cookie that serves pages of this origin alone
    with urllib.request.urlopen(address, timeout=60) as answer:
        page = answer.read().decode()
        cookie = "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie"))
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
    assert "42" in page
    assert "_xsrf" in cookie
    assert kernels(log) == 1
    for site in ("cross-site", "same-site"):
        assert status(bare, Cookie=cookie, Sec_Fetch_Site=site) == 403
    kernel = re.search(r"Kernel started: (\S+)", log.read_text()).group(1)
    stream = f"{bare}api/kernels/{kernel}/channels"
    own = bare.rstrip("/")
    assert upgraded(stream, {"Origin": own}) == 403, "no cookie"
    assert upgraded(stream, {"Origin": "http://evil.test", "Cookie": cookie}) == 403, "another origin"
    assert upgraded(stream, {"Origin": own, "Cookie": cookie}) == 101
    assert kernels(log) == 1


def manager(monkeypatch, starting=lambda: None):
    """A manager whose kernels are names only."""

    async def start_kernel(self, **_options):
        await asyncio.sleep(0)
        starting()
        name = str(len(self._kernels))
        self._kernels[name] = None
        return name

    async def shutdown_kernel(self, kernel_id, now=False):
        del self._kernels[kernel_id]

    monkeypatch.setattr(play_server.AsyncMappingKernelManager, "start_kernel", start_kernel)
    monkeypatch.setattr(play_server.AsyncMappingKernelManager, "shutdown_kernel", shutdown_kernel)
    return play_server.Kernels()


def test_there_are_few_kernels_however_fast_they_are_asked_for(monkeypatch):
    async def ask():
        kernels = manager(monkeypatch)
        many = [kernels.start_kernel() for _ in range(3 * play_server.MOST_KERNELS)]
        return await asyncio.gather(*many, return_exceptions=True)

    answers = in_a_loop(ask())
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(answers) - len(refused) == play_server.MOST_KERNELS
    assert {error.status_code for error in refused} == {503}


def test_a_kernel_that_could_not_be_started_takes_no_place(monkeypatch):
    def fail():
        raise RuntimeError("no memory")

    async def ask():
        kernels = manager(monkeypatch, fail)
        for _ in range(2 * play_server.MOST_KERNELS):
            with pytest.raises(RuntimeError):
                await kernels.start_kernel()

    in_a_loop(ask())


def test_a_kernel_ends_some_time_after_its_page(monkeypatch):
    async def run():
        kernels = manager(monkeypatch)
        clock = [1000.0]
        monkeypatch.setattr(play_server.time, "monotonic", lambda: clock[0])
        for _ in range(2):
            await kernels.start_kernel()
        seen = []
        for connected in (1, 1, 0, 0, 0):
            kernels._kernel_connections = {"0": 1, "1": connected}
            for name in list(kernels._kernels):
                await kernels.cull_kernel_if_idle(name)
            seen.append(sorted(kernels._kernels))
            clock[0] += play_server.ABANDONED / 2
        return seen

    seen = in_a_loop(run())
    assert seen == [["0", "1"]] * 4 + [["0"]]


def test_the_browser_gets_the_token_in_a_file_that_only_its_owner_reads(monkeypatch, tmp_path):
    opened = []

    class Browser:
        def open(self, address, new):
            opened.append(address)

    class Identity:
        token = "secret"

    monkeypatch.setattr(play_server.webbrowser, "get", lambda name: Browser())
    monkeypatch.setattr(play_server.tempfile, "tempdir", str(tmp_path))
    server = play_server.Play()
    server.identity_provider = Identity()
    server.launch_browser()
    (page,) = tmp_path.iterdir()
    until = time.monotonic() + 60
    while not opened and time.monotonic() < until:
        time.sleep(0.01)
    assert opened == [page.as_uri()]
    assert "?token=secret" in page.read_text()
    assert os.name != "posix" or page.stat().st_mode & 0o077 == 0


def test_an_empty_token_of_a_configuration_does_not_let_everybody_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    server = play_server.Play()
    server.initialize([str(play.notebook()), "--token="])
    settings = server.init_settings()
    assert len(settings["identity_provider"].token) >= 40
    assert settings["allow_remote_access"] is False


def test_the_server_is_imported_by_the_command_alone():
    code = "import sys, segtutor.cli, segtutor.commands.play; print('voila' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
