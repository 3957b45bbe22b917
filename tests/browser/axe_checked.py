"""axe-core on a page: what breaks WCAG 2.1, levels A and AA, as far as a program can tell (Deque's rules)."""

import re
from importlib.resources import files

RUN = """async (within) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
  const asked = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
  const { violations } = await axe.run(within ? document.querySelectorAll(within) : document, asked);
  const line = (id, { target, failureSummary }) => `${id}: ${target} ${failureSummary}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => line(id, node)));
}"""


def violations(page, within: str | None = None) -> list[str]:
    """One line for each element that breaks a rule; empty where axe finds none. within: a selector of what is seen."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(RUN, within)


def axe_version() -> str:
    """Of axe-core, from its head line."""
    head = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")[:200]
    return re.search(r"axe v(\S+)", head)[1]
