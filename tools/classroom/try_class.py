"""A class on this machine: N users of one JupyterHub open a lesson and run it at once. What does each of them need?

    python tools/classroom/try_class.py --users 10                # some minutes; prints a table
    python tools/classroom/try_class.py --users 3 --lesson 06 --json

It is run by the Python in which segtutor and JupyterLab are installed. JupyterHub and its proxy are put into a folder
of their own (--work; pip and npm fetch them once); their servers use the packages that are here already. Everything
listens on loopback alone, with a token made for this run, and is ended with it. Linux, since memory is read from /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
PATIENCE = 900  # seconds for one user, on a machine that is busy
CONFIG = '''
import os
import shlex
from jupyterhub.spawner import LocalProcessSpawner

work, port = os.environ["CLASS_WORK"], int(os.environ["CLASS_PORT"])


class HereSpawner(LocalProcessSpawner):
    """The servers of all users run as one user, in folders of their own: for a trial, not for a class."""

    def make_preexec_fn(self, name):
        home = os.path.join(work, "homes", name)
        return lambda: os.chdir(home)

    def user_env(self, env):
        home = os.path.join(work, "homes", self.user.name)
        return {**env, "USER": self.user.name, "HOME": home, "SHELL": "/bin/sh"}

    def move_certs(self, paths):
        return paths


c = get_config()
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 2}"
c.ConfigurableHTTPProxy.command = [os.environ["CLASS_PROXY"]]
c.JupyterHub.db_url = "sqlite:///" + os.path.join(work, "hub.sqlite")
c.JupyterHub.cookie_secret_file = os.path.join(work, "cookie")
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.spawner_class = HereSpawner
c.JupyterHub.services = [{"name": "class", "api_token": os.environ["CLASS_TOKEN"]}]
c.JupyterHub.load_roles = [{
    "name": "class", "services": ["class"],
    "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"],
}]
python = shlex.quote(os.environ["CLASS_PYTHON"])
fill = f"{python} -m segtutor lab segtutor-lessons --no-start"  # as README.md says for a real class
c.Spawner.cmd = ["sh", "-c", f'{fill}; exec {python} -m jupyterhub.singleuser "$@"', "sh"]
c.Spawner.args = ["--allow-root", "--ServerApp.disable_check_xsrf=True"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.Spawner.environment = {
    "OMP_NUM_THREADS": "1", "MALLOC_TRIM_THRESHOLD_": "100000",  # as binder/start has them
    "HF_HOME": os.path.join(work, "huggingface"),  # one cache for all
    "JUPYTER_PATH": os.environ["CLASS_SHARE"], "JUPYTER_CONFIG_PATH": os.environ["CLASS_ETC"],
    "JUPYTERLAB_DIR": os.path.join(os.environ["CLASS_SHARE"], "lab"),
}
'''


@dataclass
class Learner:
    """What one of them met. Seconds are counted from the moment in which all press the button; memory in MB."""

    name: str
    server: float = 0.0  # seconds until the server answers
    picture: float = 0.0  # seconds until the first picture of the lesson
    finished: float = 0.0
    kernel_rss: float = 0.0
    kernel_pss: float = 0.0
    server_pss: float = 0.0
    failures: list[str] = field(default_factory=list)


def make_environment(work: Path) -> tuple[Path, Path]:
    """JupyterHub in an environment that sees the packages of this Python, and its proxy. -> their commands."""
    python, proxy = work / "env" / "bin" / "python", work / "node_modules" / ".bin" / "configurable-http-proxy"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "env")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "jupyterhub>=5"], check=True)
    (packages,) = (work / "env").glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "zz_segtutor.pth").write_text("\n".join([str(ROOT), *ours]) + "\n")
    if not proxy.exists():
        if shutil.which("npm") is None:
            sys.exit("npm is not installed; it fetches configurable-http-proxy, which JupyterHub needs: install node.")
        subprocess.run(["npm", "install", "--silent", "--prefix", str(work), "configurable-http-proxy"], check=True)
    return python, proxy


def free_ports() -> int:
    """The first of three free ports in a row."""
    for first in range(18_000, 28_000, 10):
        taken = []
        for port in range(first, first + 3):
            with socket.socket() as tried:
                taken.append(tried.connect_ex(("127.0.0.1", port)) == 0)
        if not any(taken):
            return first
    sys.exit("no three free ports in a row between 18000 and 28000")


class Hub:
    """A JupyterHub that was started, and its API."""

    def __init__(self, work: Path, python: Path, proxy: Path):
        self.token, self.port = secrets.token_hex(16), free_ports()
        self.address = f"http://127.0.0.1:{self.port}"
        (work / "config.py").write_text(CONFIG)
        environment = {
            **os.environ, "CLASS_WORK": str(work), "CLASS_PORT": str(self.port), "CLASS_TOKEN": self.token,
            "CLASS_PYTHON": str(python), "CLASS_PROXY": str(proxy), "CLASS_SHARE": f"{sys.prefix}/share/jupyter",
            "CLASS_ETC": f"{sys.prefix}/etc/jupyter", "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16),
        }  # fmt: skip
        self.log = open(work / "hub.log", "wb")  # noqa: SIM115 - as long as the process
        command = [str(python), "-m", "jupyterhub", "-f", str(work / "config.py")]
        self.process = subprocess.Popen(
            command, cwd=work, env=environment, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )

    async def ask(self, path: str, method: str = "GET", body: object = None) -> object:
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        content = json.dumps(body) if body is not None else "" if method == "POST" else None
        request = HTTPRequest(
            self.address + path, method=method, headers=headers, body=content, request_timeout=300, connect_timeout=60
        )
        answer = await AsyncHTTPClient().fetch(request)
        return json.loads(answer.body) if answer.body else None

    async def ready(self) -> None:
        until = time.monotonic() + 180
        while True:
            try:
                await self.ask("/hub/api/")
                return
            except (OSError, HTTPClientError):
                if self.process.poll() is not None or time.monotonic() > until:
                    sys.exit(f"JupyterHub did not start; its last words are in {self.log.name}")
                await asyncio.sleep(0.5)

    def end(self) -> None:
        """All processes that were started here, and no others: the Hub's, the proxy's, servers and kernels."""
        every = []
        with contextlib.suppress(psutil.NoSuchProcess):  # a Hub that has ended by itself
            hub = psutil.Process(self.process.pid)
            every = [*hub.children(recursive=True), hub]
        for process in every:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(every, timeout=20)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(timeout=30)
        self.log.close()


async def take_part(hub: Hub, learner: Learner, lesson: str, cells: list[str], began: float, all_done: asyncio.Barrier):
    """One learner: a server, the lesson opened, each cell run in order. Waits at the end until all have run theirs."""
    since = lambda: round(time.monotonic() - began, 1)  # noqa: E731
    kernel = None
    try:
        await hub.ask(f"/hub/api/users/{learner.name}", "POST")
        await hub.ask(f"/hub/api/users/{learner.name}/server", "POST")
        while not (await hub.ask(f"/hub/api/users/{learner.name}"))["servers"].get("", {}).get("ready"):
            if since() > PATIENCE:
                raise TimeoutError("the server did not start")
            await asyncio.sleep(0.5)
        learner.server = since()
        mine = f"/user/{learner.name}/api"
        await hub.ask(f"{mine}/contents/segtutor-lessons/{lesson}")
        kernel = (await hub.ask(f"{mine}/kernels", "POST", {"name": "python3"}))["id"]
        await run_cells(hub, f"{mine}/kernels/{kernel}/channels", cells, learner, since)
        learner.finished = since()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of this learner and of no other
        learner.failures.append(f"{type(error).__name__}: {error}"[:200])
    await all_done.wait()
    if kernel is not None:
        measure(learner, kernel, hub.process.pid)
    await all_done.wait()


async def run_cells(hub: Hub, path: str, cells: list[str], learner: Learner, since) -> None:
    address = f"ws://127.0.0.1:{hub.port}{path}?{urlencode({'session_id': uuid.uuid4().hex})}"
    request = HTTPRequest(address, headers={"Authorization": f"token {hub.token}"}, connect_timeout=120)
    channel = await websocket_connect(request, max_message_size=1 << 30)
    for number, source in enumerate(cells):
        asked = uuid.uuid4().hex
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        header = {"msg_id": asked, "username": "", "session": asked, "msg_type": "execute_request", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await channel.write_message(json.dumps(message))
        while True:
            heard = await asyncio.wait_for(channel.read_message(), PATIENCE)
            if heard is None:
                raise ConnectionError(f"the kernel was gone in code cell {number}")
            if isinstance(heard, bytes):
                continue  # pictures of widgets
            said = json.loads(heard)
            if said["parent_header"].get("msg_id") != asked:
                continue
            kind, data = said["header"]["msg_type"], said["content"]
            if "image/png" in data.get("data", {}) and not learner.picture:
                learner.picture = since()
            if kind == "error":
                learner.failures.append(f"code cell {number}: {data['ename']}: {data['evalue']}"[:200])
            if kind == "status" and data["execution_state"] == "idle":
                break
    channel.close()


def measure(learner: Learner, kernel: str, hub: int) -> None:
    for process in psutil.Process(hub).children(recursive=True):
        try:
            command, home = " ".join(process.cmdline()), process.environ().get("HOME", "")
            if not home.endswith(f"/homes/{learner.name}"):
                continue
            memory = process.memory_full_info()
        except psutil.Error:
            continue
        if kernel in command:
            learner.kernel_rss, learner.kernel_pss = memory.rss / 1e6, memory.pss / 1e6
        elif "jupyterhub.singleuser" in command:
            learner.server_pss = memory.pss / 1e6


async def a_class(hub: Hub, learners: list[Learner], lesson: str, cells: list[str]) -> None:
    await hub.ready()
    barrier, began = asyncio.Barrier(len(learners)), time.monotonic()
    await asyncio.gather(*(take_part(hub, one, lesson, cells, began, barrier) for one in learners))


def written(learners: list[Learner], load: float, wanted: int) -> str:
    head = "user       server  picture  finished  kernel RSS    PSS  server PSS"
    rows = [
        f"{one.name:8s} {one.server:6.1f} s {one.picture:6.1f} s {one.finished:7.1f} s {one.kernel_rss:8.0f} MB "
        f"{one.kernel_pss:3.0f} MB {one.server_pss:8.0f} MB" + "".join(f"\n  !! {said}" for said in one.failures)
        for one in learners
    ]
    measured = [one for one in learners if one.kernel_pss]
    each = sum(one.kernel_pss + one.server_pss for one in measured) / len(measured) if measured else float("nan")
    failures = sum(bool(one.failures) for one in learners)
    cores = len(os.sched_getaffinity(0))
    return "\n".join(
        [
            head, *rows,
            f"{len(learners)} users at once on {cores} cores, load {load:.1f} before: {failures} with failures; "
            f"{each:.0f} MB PSS each ({len(measured)} measured), so {wanted} users: {wanted * each / 1000:.1f} GB "
            "beside the Hub",
        ]
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--lesson", default="00", help="its number")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "segtutor-class")
    parser.add_argument("--wanted", type=int, default=30, help="for how many memory is extrapolated")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    from segtutor.lessons import source_folder

    (lesson,) = source_folder().glob(f"{given.lesson}_*.ipynb")
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    work = given.work.resolve()
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    if work.stat().st_uid != os.getuid() or work.stat().st_mode & 0o022:  # what lies there is run
        sys.exit(f"{work} must be yours, and writable by nobody else: chmod 700 it, or choose another with --work")
    python, proxy = make_environment(work)
    for name in ("hub.sqlite", "cookie", "homes"):
        path = work / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    learners = [Learner(f"user{number:02d}") for number in range(1, given.users + 1)]
    for one in learners:
        (work / "homes" / one.name).mkdir(parents=True)
    load = os.getloadavg()[0]
    AsyncHTTPClient.configure(None, max_clients=10 * given.users)
    hub = Hub(work, python, proxy)
    try:
        asyncio.run(a_class(hub, learners, lesson.name, cells))
    finally:
        hub.end()
    print(json.dumps([asdict(one) for one in learners]) if given.json else written(learners, load, given.wanted))
    return 1 if any(one.failures for one in learners) else 0


if __name__ == "__main__":
    sys.exit(main())
