// @ts-check
/** What was lost: one button for each segment that counts or is ignored, the most first. Buttons are kept, so the focus stays. */
import { element, ownKeys, setText } from "../shared/canvas.js";
import { KINDS, swatch } from "../shared/kinds.js";
import { tr } from "../shared/words.js";
import { kindInWords } from "./words.js";

export class LossList {
  /** @param {{signal: AbortSignal, onPick: (side: string, id: number) => void}} acts */
  constructor({ signal, onPick }) {
    this.signal = signal;
    this.onPick = onPick;
    this.rows = [];
    this.node = element(
      "div",
      { class: "segtutor-scroll segtutor-losses", role: "group", "aria-label": tr("What was lost, the most first") },
      element(
        "div",
        { class: "segtutor-lost segtutor-head", "aria-hidden": "true" },
        element("span", {}, tr("what was lost, the most first")),
        element("span", {}, tr("points of PQ")),
      ),
    );
  }

  /** @param {{kind: string, text: string, cost: string, pick: [string, number]}[]} lines @param {(pick: [string, number]) => boolean} isPicked */
  show(lines, isPicked) {
    while (this.rows.length < lines.length) this._make();
    this.rows.forEach((row, n) => {
      row.button.hidden = n >= lines.length;
      if (row.button.hidden) return;
      const { kind, text, cost, pick } = lines[n];
      row.pick = pick;
      if (row.shown !== kind) row.icon.replaceChildren((row.icons[(row.shown = kind)] ??= swatch(KINDS[kind])));
      setText(row.kind, `${kindInWords(kind)}: `);
      setText(row.text, text);
      setText(row.cost, cost);
      row.button.setAttribute("aria-pressed", String(isPicked(pick)));
    });
  }

  _make() {
    const icon = element("span", { class: "segtutor-icon" }),
      kind = element("span", { class: "segtutor-hidden" }),
      text = element("span"),
      cost = element("span"),
      { signal } = this;
    const button = ownKeys(
      element("button", { type: "button", class: "segtutor-lost", "aria-pressed": "false" }, icon, kind, text, cost),
      signal,
    );
    /** @type {Record<string, any>} */
    const row = { button, icon, kind, text, cost, pick: null, shown: null, icons: {} };
    button.addEventListener("click", () => this.onPick(row.pick[0], row.pick[1]), { signal });
    button.addEventListener("keydown", (event) => this._walk(event, row), { signal });
    this.rows.push(row);
    this.node.append(button);
  }

  /** Arrow keys walk through the list. */
  _walk(event, row) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    this.rows[this.rows.indexOf(row) + step]?.button.focus();
    event.preventDefault();
  }
}
