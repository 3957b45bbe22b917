"""An explorer on an open page, and the hands and eyes of somebody who tries it: see touched_readers, touched_makers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

PATIENCE = 25  # seconds, on a busy machine
# Runs a line in the kernel of the notebook that is open, and says what it prints.
IN_KERNEL = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false, user_expressions: {} });
  let answer = "";
  future.onIOPub = (m) => { answer += m.content.text ?? m.content.evalue ?? ""; };
  await future.done;
  return answer.trim();
}"""
FRAME = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


@dataclass
class Touched:
    """An explorer on a page: `name` is its variable in the notebook, `root` what it draws into."""

    name: str
    page: Any
    root: Any
    kernel: Any = None  # code -> what it prints; None where the page cannot ask

    def frame(self) -> None:
        """Waits until a drawn frame has passed."""
        self.page.evaluate(FRAME)

    def _named(self, code: str) -> str:
        return code.replace("self.", f"{self.name}.")

    def set(self, code: str) -> None:
        """Runs a line in the kernel, `self` being the explorer, as a cell of the notebook would."""
        self.page.mouse.move(2, 2)  # what lies under the pointer is looked at
        self.page.wait_for_timeout(150)
        assert self.kernel(self._named(code)) == ""
        self.page.wait_for_timeout(120)  # the page's manager passes it on in its own time
        # A page that waits for the echo of its own change passes over what the kernel says meanwhile: say it again
        traits = re.findall(r"self\.(\w+)(?=[ ,=])", code.partition(" = ")[0] + " ")
        if traits:
            assert self.kernel(f"{self.name}.send_state({[one for one in traits if one != 'scene']})") == ""
        self.frame()

    def until(self, condition: str) -> None:
        """Waits until the kernel finds the condition true, `self` being the explorer."""
        if self.kernel is None:
            return
        end, said = time.monotonic() + PATIENCE, ""
        while time.monotonic() < end:
            said = self.kernel(f"print(bool({self._named(condition)}))")
            if said == "True":
                return
            self.page.wait_for_timeout(60)
        raise AssertionError(f"{condition}: the kernel says {said} of {self.kernel(f'print({self.name})')}")

    def soon(self, happens: Any) -> None:
        """Waits until `happens()` is true: what the page hears from the kernel arrives a little later."""
        end = time.monotonic() + PATIENCE
        while not happens():
            assert time.monotonic() < end, "it did not happen"
            self.page.wait_for_timeout(60)

    def number(self, code: str) -> float:
        """A number that the kernel prints."""
        return float(self.kernel(f"print(float({code.replace('self', self.name)}))"))

    def place(self, x: float, y: float, side: int = 128, canvas: int = 0) -> tuple[float, float]:
        """Where pixel (x, y) of a picture lies on the page, scrolled into view."""
        picture = self.root.locator("canvas").nth(canvas)
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        return box["x"] + (x + 0.5) * box["width"] / side, box["y"] + (y + 0.5) * box["height"] / side

    def share(self, part: str, x: float, y: float) -> tuple[float, float]:
        """Where a place of a part lies on the page; x, y as shares of its width and height."""
        self.root.locator(part).first.scroll_into_view_if_needed()
        box = self.root.locator(part).first.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, *way: tuple[float, float]) -> None:
        """With the mouse."""
        self.page.mouse.move(*way[0])
        self.page.mouse.down()
        for place in way[1:]:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()

    def drag_by_finger(self, *way: tuple[float, float]) -> None:
        session = self.page.context.new_cdp_session(self.page)
        for kind, (x, y) in zip(["touchStart"] + ["touchMove"] * (len(way) - 1), way, strict=True):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def picture(self, canvas: int = 0) -> str:
        """A canvas, pixel by pixel."""
        self.frame()
        return self.root.locator("canvas").nth(canvas).evaluate("(node) => node.toDataURL()")

    def text(self, part: str = "") -> str:
        """What it says, or what a part of it says."""
        self.frame()
        return (self.root.locator(part).first if part else self.root).inner_text()

    def button(self, name: str) -> Any:
        return self.root.get_by_role("button", name=re.compile(f"^{name}")).first
