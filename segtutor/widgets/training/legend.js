// @ts-check
/** The numbers of the curves at a step, each with a sample of its line. */
import { element, setText } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { lineStyle, nearest } from "./curves.js";

export class Legend {
  constructor() {
    this.node = element("ul", {
      class: "segtutor-lines",
      "aria-label": tr("The curves and their values at the step that is looked at"),
    });
    this.rows = []; // the element with the number of each line
    this.drawn = "";
  }

  /** The values at a step, null for the newest. @param {(value: number) => string} write */
  show(lines, step, dark, write) {
    this._arrange(lines, dark);
    lines.forEach(({ steps, values }, n) => {
      const at = step === null ? values.length - 1 : nearest(steps, step);
      setText(this.rows[n], values.length ? write(values[at]) : "–");
    });
  }

  /** Rows for other lines, or in other colours. */
  _arrange(lines, dark) {
    const key = JSON.stringify([lines.map(({ name }) => name), dark]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.rows = lines.map(() => element("span", { class: "segtutor-number" }));
    this.node.replaceChildren(
      ...lines.map((line, n) => {
        const name = element("span", {}, lines.length > 1 ? `${n + 1}. ${line.name}` : line.name);
        return element("li", {}, sample(lineStyle(line, n, dark)), name, this.rows[n]);
      }),
    );
  }
}

function sample({ color, dash, width }) {
  const node = element("span", { "aria-hidden": "true" });
  node.innerHTML = `<svg width="34" height="10"><line x2="34" y1="5" y2="5" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash.join(" ")}"/></svg>`;
  return node;
}
