// @ts-check
/** The view "cross": a query at the picture, as its layer ran and without the mask, side by side. */
import { element, ownKeys, setText } from "../shared/canvas.js";
import { share } from "../shared/bars.js";
import { drawCross, pixelPicker } from "../shared/pointer.js";
import { drawBorder, drawEverywhere, paintWeights, ramp, stage } from "./draw.js";
import { cellsOfPixels, placeAt, summary } from "./maps.js";
import { backWords, crossWords, headWords, mapWords, pixelWords } from "./words.js";

const LABEL = "arrow keys move the cross, Enter takes the";

/** One of the two pictures. */
function panel(title, size, term, picking) {
  const on = stage(size),
    text = element("p", { class: "segtutor-detail" }),
    scale = ramp();
  const heading = element("b", {}, title);
  const node = element(
    "section",
    { class: "segtutor-side", "aria-label": title },
    element("p", { class: "segtutor-title" }, heading),
    pixelPicker(on.canvas, { size, label: `${title}: ${LABEL} ${term} of the pixel`, ...picking }),
    scale.node,
    text,
  );
  return { ...on, on, node, text, most: scale.most, heading };
}

export class CrossView {
  /** shared: {size, extent, layers, heads, ownerAt(pixel), who(query), tell, look, pixel(), signal} */
  constructor(shared) {
    this.shared = shared;
    const take = (pixel) => {
      const query = pixel && shared.ownerAt(pixel);
      if (query !== null && query !== undefined) shared.tell({ query });
    };
    const picking = { current: shared.pixel, onLook: shared.look, onPick: take, signal: shared.signal };
    this.with = panel("With its mask, as the layer ran", shared.size, shared.term, picking);
    this.without = panel("Without: this layer recomputed", shared.size, shared.term, picking);
    this.panels = [this.with, this.without];
    this.take = ownKeys(
      element("button", { type: "button", class: "segtutor-reset" }, `Take the ${shared.term} of this pixel`),
      shared.signal,
    );
    this.take.addEventListener("click", () => take(shared.pixel()), { signal: shared.signal });
    this.nodes = this.panels.map(({ node }) => node);
  }

  /** Which panels are shown. */
  arrange(maps, { masked, view }) {
    const two = maps?.masked ?? true;
    this.with.node.hidden = two && masked === false;
    this.without.node.hidden = !two || masked === true;
    const title = two ? "With its mask, as the layer ran" : "As the layer ran: no mask";
    setText(this.with.heading, view === "back" ? "What each cell takes from it" : title);
  }

  draw(maps, { query, head, pixel, masked, view }, ground) {
    const { extent, size } = this.shared;
    this.arrange(maps, { masked, view });
    const key = `${maps.size} ${maps.step}`;
    if (key !== this.key) {
      this.key = key;
      this.cells = cellsOfPixels(size, maps, extent);
    }
    const inside = maps.inside(query);
    /** @type {(ReturnType<typeof summary> & {weights?: ArrayLike<number>} | null)[]} of each panel; weights: where it is shown */
    this.said = this.panels.map((one, n) => {
      if (one.node.hidden && (n || !maps.masked)) return null;
      const weights = maps.weights(query, head, view === "back" ? "back" : n === 1),
        found = { weights, ...summary(weights, inside) };
      if (one.node.hidden) return found;
      paintWeights(one.out, ground, this.cells, weights, found.largest);
      one.flush();
      if (inside) drawBorder(one, maps, extent, inside);
      else if (maps.masked && maps.empty(query) && n === 0) drawEverywhere(one, "mask empty: looks everywhere");
      if (pixel) drawCross(one.context, one.scale, one.zoom, pixel);
      return found;
    });
    this.said[1] ??= maps.masked ? summary(maps.weights(query, head, true), inside) : this.said[0];
    this.inside = inside;
  }

  /** What is to be read; returns the sentence. */
  write(maps, { query, head, layer, pixel, view }) {
    const back = view === "back";
    const { extent, size, layers, heads, who, term, queries } = this.shared,
      one = layers[layer],
      empty = maps.masked && maps.empty(query);
    const allowed = this.inside ? this.inside.reduce((a, b) => a + b, 0) : maps.cells;
    const unit = maps.step > 1 ? `${maps.step} × ${maps.step} cells` : "one cell";
    this.panels.forEach((each, n) => {
      if (each.node.hidden) return;
      const { weights, largest } = this.said[n];
      setText(each.most, back ? share(largest) : `${share(largest)} on ${unit}`);
      each.canvas.setAttribute(
        "aria-label",
        back
          ? `What the picture takes from ${term} ${query} in ${one.name}`
          : `Where ${term} ${query} looks in ${one.name}${maps.masked ? `, ${n ? "without" : "with"} its mask` : ""}`,
      );
      if (!pixel)
        return setText(
          each.text,
          n
            ? "The same queries and keys of this layer, allowed everywhere."
            : `Point at the picture to read a cell; click takes its ${term}.`,
        );
      const [row, column] = placeAt(pixel, size, maps.size, extent).map((at) => Math.floor(at / maps.step)),
        cell = row * maps.grid[1] + column;
      setText(
        each.text,
        back
          ? `The cell of pixel (${pixel.join(", ")}) takes ${share(weights[cell])} from this ${term}.`
          : pixelWords(
              pixel,
              weights[cell],
              n ? "Without" : maps.masked ? "With" : "",
              !n && this.inside && !this.inside[cell],
            ),
      );
    });
    this.take.disabled = !pixel;
    if (back)
      return backWords({
        who: `${who(query)}, ${one.name}, ${headWords(head, heads.decoder)},`,
        map: mapWords(one, maps.step),
        shares: this.said[0].weights,
        count: queries.labels.length,
      });
    return crossWords({
      who: `${who(query)}, ${one.name}, ${headWords(head, heads.decoder)},`,
      map: mapWords(one, maps.step),
      empty,
      masked: maps.masked,
      term,
      allowed,
      cells: maps.cells,
      without: this.said[1],
      elsewhere: 1 - (this.said[0] ?? this.said[1]).sum,
    });
  }
}
