// @ts-check
/** The heads of an attention as buttons, the mean first; where a query looks at a picture each has a small map. */
import { element, ownKeys, setText } from "../shared/canvas.js";
import { paintWeights } from "./draw.js";
import { cellsOfPixels, summary } from "./maps.js";
import { tr } from "../shared/words.js";

const SIDE = 52; // pixels of the longer side

export class Heads {
  /** count: the most heads of any view; onChoose(head | null) */
  constructor(count, [H, W], { signal, onChoose }) {
    const scale = SIDE / Math.max(H, W);
    this.small = [Math.max(1, Math.round(H * scale)), Math.max(1, Math.round(W * scale))];
    this.full = [H, W];
    const make = (head) => {
      const canvas = element("canvas", { width: this.small[1], height: this.small[0], "aria-hidden": "true" });
      const name = element("span", {}, head === null ? tr("mean") : String(head + 1));
      const button = ownKeys(
        element("button", { type: "button", class: "segtutor-head-button", "aria-pressed": "false" }, canvas, name),
        signal,
      );
      button.addEventListener("click", () => onChoose(head), { signal });
      const context = canvas.getContext("2d"),
        pixels = context.createImageData(this.small[1], this.small[0]);
      return { head, canvas, name, button, context, pixels, out: new Uint32Array(pixels.data.buffer) };
    };
    this.items = [null, ...Array.from({ length: count }, (_, n) => n)].map(make);
    this.node = element(
      "div",
      { class: "segtutor-heads", role: "group", "aria-label": tr("Heads") },
      ...this.items.map(({ button }) => button),
    );
  }

  /** ground: of the whole picture, see heat.js */
  setGround(ground) {
    const [H, W] = this.full,
      [h, w] = this.small;
    this.ground = Uint8Array.from(
      { length: h * w },
      (_, i) => ground[Math.floor(((Math.floor(i / w) + 0.5) * H) / h) * W + Math.floor((((i % w) + 0.5) * W) / w)],
    );
  }

  /** Which head is chosen, of how many; together: what no single head is called, "all" or "mean". */
  show(count, chosen, together, pictures) {
    for (const { head, button, canvas, name } of this.items) {
      button.hidden = head !== null && head >= count;
      canvas.hidden = !pictures;
      if (head === null) setText(name, tr(together));
      const pressed = String(head === chosen),
        all = together === "all" ? tr("all of {n} heads", { n: count }) : tr("mean of {n} heads", { n: count }),
        words = head === null ? all : tr("Head {n}", { n: head + 1 });
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
      if (button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words);
    }
  }

  /** Draws where the query looks in each head. */
  draw(maps, extent, query, free) {
    const key = `${maps.grid} ${maps.step} ${maps.size}`;
    if (key !== this.key) {
      this.key = key;
      this.cells = cellsOfPixels(this.small, maps, extent);
    }
    for (const { head, button, context, pixels, out } of this.items) {
      if (button.hidden) continue;
      const weights = maps.weights(query, head, free);
      paintWeights(out, this.ground, this.cells, weights, summary(weights).largest);
      context.putImageData(pixels, 0, 0);
    }
  }
}
