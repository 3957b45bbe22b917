"""The server of `segtutor play`: Voila, guarded as JupyterLab guards itself. Run as `python -m` by play.py.

Each page has a kernel, a Python of its own with some 350 MB, and may make it run anything. Voila by itself gives one to
anyone who asks, so here, as in JupyterLab:

    token       in the address that is printed and opened; without it there is a login page and no kernel
    host        only names of this machine, so that a page elsewhere cannot reach it through a name of its own
    origin      no page of another origin may start a kernel with the cookie of this one, or talk to it
    kernels     at most MOST_KERNELS; one that no page is connected to any more ends after ABANDONED seconds
"""

from __future__ import annotations

import html
import os
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import Any

import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.httputil import url_concat
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

MOST_KERNELS = 4
ABANDONED, LOOK_EVERY = 300, 15  # seconds: a laptop that sleeps longer has to load its page again


class Kernels(AsyncMappingKernelManager):
    """Kernels of bounded number, which end some time after their page has gone, whatever they compute."""

    def __init__(self, **options: Any) -> None:
        options = {"cull_idle_timeout": ABANDONED, "cull_interval": LOOK_EVERY, **options}
        super().__init__(**options)
        self._starting = 0
        self._alone_since: dict[str, float] = {}

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        if len(self) + self._starting >= MOST_KERNELS:
            raise tornado.web.HTTPError(
                503,
                (
                    f"at most {MOST_KERNELS} pages can be open at once, because each holds a Python of its own: close "
                    f"one of the others, or wait {ABANDONED // 60} minutes if none is open"
                ),
            )
        self._starting += 1
        try:
            return await ensure_async(super().start_kernel(**options))
        finally:
            self._starting -= 1

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Ends a kernel without a page; jupyter_server itself would let one run that computes or speaks."""
        now = time.monotonic()
        if self._kernel_connections.get(kernel_id, 0):
            self._alone_since.pop(kernel_id, None)
        elif now - self._alone_since.setdefault(kernel_id, now) >= self.cull_idle_timeout:
            self.log.info("The page of kernel %s was closed: it ends", kernel_id)
            del self._alone_since[kernel_id]
            await ensure_async(self.shutdown_kernel(kernel_id, now=True))


class Page(TornadoVoilaHandler):
    """The application's page. A token in the address is a person's own; a cookie alone may be sent by any page."""

    async def prepare(self) -> None:
        await super().prepare()
        site = self.request.headers.get("Sec-Fetch-Site", "none")
        if not self.token_authenticated and site not in ("none", "same-origin"):
            raise tornado.web.HTTPError(403, f"Blocking a request that a page of another origin made ({site})")
        self.set_header("Referrer-Policy", "no-referrer")  # the address holds the token
        self.set_header("Content-Security-Policy", "frame-ancestors 'none'")
        _ = self.xsrf_token  # sets the cookie with which the page ends its kernel when it is closed

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        said = getattr(error, "log_message", None) or "this page cannot be shown"
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(f"<!DOCTYPE html><title>segtutor play</title><p>{status_code}: {html.escape(said)}</p>")


class Play(Voila):
    """Voila with a token of its own, for this machine alone."""

    name = "segtutor play"
    description = "The explorers of segtutor as an application."

    def initialize(self, argv: list[str] | None = None) -> None:
        super().initialize(argv)
        self.auto_token = True
        if not self.token:
            self.token: str | None = None  # an empty one would let everybody in
        self.voila_configuration.multi_kernel_manager_class = Kernels

    def init_settings(self) -> dict[str, Any]:
        return {**super().init_settings(), "allow_remote_access": False, "local_hostnames": ["localhost"]}

    def init_handlers(self) -> list:
        return [
            (handler[0], Page, *handler[2:]) if handler[1] is TornadoVoilaHandler else handler
            for handler in super().init_handlers()
        ]

    def launch_browser(self) -> None:
        """Open the address with its token, by way of a file that only this user can read.

        A command line with the token in it could be read by every user of the machine.
        """
        try:
            browser = webbrowser.get(self.browser or None)
        except webbrowser.Error as error:
            self.log.warning("No web browser found: %s.", error)
            return
        address = html.escape(url_concat(self.connection_url, {"token": self.identity_provider.token}))
        descriptor, path = tempfile.mkstemp(suffix=".html")  # readable by its owner alone
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(
                f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={address}">'
                f'<title>segtutor play</title><a href="{address}">Open the explorers</a>'
            )
        self._opened = Path(path)
        threading.Thread(target=lambda: browser.open(Path(path).as_uri(), new=self.webbrowser_open_new)).start()

    def stop(self) -> None:
        opened = getattr(self, "_opened", None)
        if opened is not None and opened.exists():
            os.unlink(opened)
        super().stop()


if __name__ == "__main__":
    Play.launch_instance()
