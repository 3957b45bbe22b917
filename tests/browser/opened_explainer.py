"""The Explainer's page in a context of its own, as the tests of it open it."""

BOXES = [
    "picture",
    "backbone",
    "pixel-decoder",
    "pixel-head",
    "pixel-softmax",
    "argmax",
    "components",
    "queries",
    "attention",
    "class-head",
    "masks",
    "merge",
]
NUMBERS = "() => Object.fromEntries([...document.querySelectorAll('#opened [data-number]')]"
NUMBERS += ".map((one) => [one.dataset.number, Number(one.dataset.value)]))"
FRAME = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


class Opened:
    """The page from its file. said: errors and warnings; asked: what it asked for."""

    def __init__(self, browser, file, address: str = "", **settings):
        self.context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}} | settings)
        self.page = self.context.new_page()
        self.panel = self.page.locator("#opened")
        self.said, self.asked = [], []
        self.page.on("pageerror", lambda error: self.said.append(f"page error: {error.stack}"))
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.said.append(f"console: {m.text}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri() + address, timeout=240000)  # 20 MB, on a busy machine too
        self.page.locator("html[data-ready]").wait_for(state="attached", timeout=240000)

    def settle(self) -> None:
        """Until the networks have answered to the scene as it stands."""
        self.page.wait_for_function("() => window.segtutorExplainer.settled()", timeout=60000)

    def open(self, name: str) -> dict[str, float]:
        """Opens a box; -> its numbers."""
        if self.page.locator(f'[data-box="{name}"].is-open').count() == 0:
            self.page.locator(f'[data-open="{name}"]').click()
        self.page.evaluate(FRAME)
        return self.numbers()

    def numbers(self) -> dict[str, float]:
        return self.page.evaluate(NUMBERS)

    def close(self) -> None:
        self.context.close()
        assert self.said == []
        assert {url.partition(":")[0] for url in self.asked} <= {"file", "blob"}
