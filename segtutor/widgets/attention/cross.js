// @ts-check
/** The view "cross": a query at the picture, as its layer ran and without the mask, side by side. */
import { element, ownKeys, setText } from "../shared/canvas.js";
import { share } from "../shared/bars.js";
import { drawCross, pixelPicker } from "../shared/pointer.js";
import { drawBorder, drawEverywhere, paintWeights, ramp, stage } from "./draw.js";
import { cellsOfPixels, placeAt, summary } from "./maps.js";
import { backWords, crossWords, headWords, mapWords, pixelWords, termWords } from "./words.js";
import { layerWords } from "../shared/names.js";
import { tr } from "../shared/words.js";

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
    pixelPicker(on.canvas, {
      size,
      label: tr("{title}: arrow keys move the cross, Enter takes the {term} of the pixel", { title, term }),
      ...picking,
    }),
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
    const { one: term } = termWords(shared.term);
    this.with = panel(tr("With its mask, as the layer ran"), shared.size, term, picking);
    this.without = panel(tr("Without: this layer recomputed"), shared.size, term, picking);
    this.panels = [this.with, this.without];
    this.take = ownKeys(
      element("button", { type: "button", class: "segtutor-reset" }, tr("Take the {term} of this pixel", { term })),
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
    const title = two ? tr("With its mask, as the layer ran") : tr("As the layer ran: no mask");
    setText(this.with.heading, view === "back" ? tr("What each cell takes from it") : title);
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
      else if (maps.masked && maps.empty(query) && n === 0) drawEverywhere(one, tr("mask empty: looks everywhere"));
      if (pixel) drawCross(one.context, one.scale, one.zoom, pixel);
      return found;
    });
    this.said[1] ??= maps.masked ? summary(maps.weights(query, head, true), inside) : this.said[0];
    this.inside = inside;
  }

  /** What is to be read; returns the sentence. */
  write(maps, now) {
    const { query, head, layer, view } = now,
      { layers, heads, who, term, queries } = this.shared,
      allowed = this.inside ? this.inside.reduce((a, b) => a + b, 0) : maps.cells;
    this.panels.forEach((each, n) => each.node.hidden || this._writePanel(each, n, maps, now));
    this.take.disabled = !now.pixel;
    const said = {
      who: tr("{who}, {layer}, {heads},", {
        who: who(query),
        layer: layerWords(layers[layer].name),
        heads: headWords(head, heads.decoder),
      }),
      map: mapWords(layers[layer], maps.step),
    };
    if (view === "back") return backWords({ ...said, shares: this.said[0].weights, count: queries.labels.length });
    return crossWords({
      ...said,
      empty: maps.masked && maps.empty(query),
      masked: maps.masked,
      term,
      allowed,
      cells: maps.cells,
      without: this.said[1],
      elsewhere: 1 - (this.said[0] ?? this.said[1]).sum,
    });
  }

  /** What stands at one of the two pictures: its scale, its name, and what it says of the pixel. n: 1 without the mask */
  _writePanel(each, n, maps, { query, layer, pixel, view }) {
    const back = view === "back",
      { one: term } = termWords(this.shared.term),
      { weights, largest } = this.said[n],
      said = { term, query, layer: layerWords(this.shared.layers[layer].name), share: share(largest), step: maps.step };
    const scale = () =>
      maps.step > 1 ? tr("{share} on {step} × {step} cells", said) : tr("{share} on one cell", said);
    setText(each.most, back ? said.share : scale());
    const looks = () => {
      if (!maps.masked) return tr("Where {term} {query} looks in {layer}", said);
      return n
        ? tr("Where {term} {query} looks in {layer}, without its mask", said)
        : tr("Where {term} {query} looks in {layer}, with its mask", said);
    };
    const taken = () => tr("What the picture takes from {term} {query} in {layer}", said);
    each.canvas.setAttribute("aria-label", back ? taken() : looks());
    setText(each.text, pixel ? this._pixelSays(pixel, n, maps, weights, back) : noPixel(n, term));
  }

  _pixelSays(pixel, n, maps, weights, back) {
    const { extent, size, term } = this.shared,
      [row, column] = placeAt(pixel, size, maps.size, extent).map((at) => Math.floor(at / maps.step)),
      cell = row * maps.grid[1] + column;
    if (back)
      return tr("The cell of pixel ({pixel}) takes {share} from this {term}.", {
        pixel: pixel.join(", "),
        share: share(weights[cell]),
        term: termWords(term).one,
      });
    const title = n ? tr("Without") : maps.masked ? tr("With") : "";
    return pixelWords(pixel, weights[cell], title, !n && this.inside && !this.inside[cell]);
  }
}

const noPixel = (n, term) =>
  n
    ? tr("The same queries and keys of this layer, allowed everywhere.")
    : tr("Point at the picture to read a cell; click takes its {term}.", { term });
