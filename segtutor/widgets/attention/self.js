// @ts-check
/** The view "self": which queries look at which, as a matrix and as two lists for the query that is held. */
import { element, setText } from "../shared/canvas.js";
import { bars, share } from "../shared/bars.js";
import { pixelPicker } from "../shared/pointer.js";
import { drawMatrix, paintMatrix, ramp, stage } from "./draw.js";
import { headWords, pairWords, termWords } from "./words.js";
import { layerWords } from "../shared/names.js";
import { tr } from "../shared/words.js";

const ROWS = 6;

export class SelfView {
  /** shared: {classes, queries, layers, heads, who(query), name(query), color(query), tell, redraw, signal} */
  constructor(shared) {
    this.shared = shared;
    const { by_class: order, labels } = shared.queries;
    this.order = order;
    this.colors = labels.map((_, query) => shared.color(query));
    this.groups = order
      .map((_, n) => n + 1)
      .filter((at) => at === 1 || labels[order[at - 1]] !== labels[order[at - 2]]);
    const side = order.length + 1,
      { one: term, many, all } = termWords(shared.term),
      title =
        shared.term === "query"
          ? tr("Queries (rows) look at queries (columns), sorted by class")
          : tr("{all} (rows) look at {many} (columns)", { all, many });
    this.on = stage([side, side]);
    this.cell = null; // [column, row] of the canvas under the pointer
    const look = (cell) => {
      this.cell = cell;
      shared.redraw();
    };
    const picker = pixelPicker(this.on.canvas, {
      size: [side, side],
      current: () => this.cell,
      onLook: look,
      signal: shared.signal,
      onPick: ([, row]) => row > 0 && shared.tell({ query: order[row - 1] }),
      label: tr("{title}: arrow keys move from pair to pair, Enter holds the {term} of the row", { title, term }),
    });
    this.text = element("p", { class: "segtutor-detail" });
    this.scale = ramp();
    this.legend = element("ul", { class: "segtutor-kinds", "aria-label": tr("Order of the classes") });
    for (const at of this.groups) {
      const label = labels[order[at - 1]],
        swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
      swatch.style.backgroundColor = `rgb(${this.colors[order[at - 1]].join(",")})`;
      const count = labels.filter((one) => one === label).length;
      this.legend.append(element("li", {}, swatch, `${shared.name(order[at - 1])}${count > 1 ? ` × ${count}` : ""}`));
    }
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": title },
      element("p", { class: "segtutor-title" }, element("b", {}, title)),
      picker,
      this.scale.node,
      this.text,
      this.legend,
    );
    this.looks = bars({ label: tr("{all} that the held one looks at", { all }), rows: ROWS });
    this.looked = bars({ label: tr("{all} that look at the held one", { all }), rows: ROWS });
    this.lists = element(
      "div",
      {},
      element("p", { class: "segtutor-note" }, tr("It looks at:")),
      this.looks.node,
      element("p", { class: "segtutor-note" }, tr("Looked at by:")),
      this.looked.node,
    );
  }

  draw(maps, { layer, head, query }) {
    const key = `${layer} ${head}`;
    if (key !== this.key) {
      this.key = key;
      this.rows = this.order.map((_, one) => maps.among(one, head));
      this.largest = this.rows.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
      paintMatrix(this.on, (one) => this.rows[one], this.order, this.largest, this.colors);
    }
    this.on.flush();
    drawMatrix(this.on, this.order.indexOf(query) + 1, this.groups);
  }

  write(_maps, { layer, head, query }) {
    const { shared, rows, order, cell } = this,
      { name } = shared,
      { one: term, many } = termWords(shared.term),
      where = layerWords(shared.layers[layer].name);
    const [column, row] = cell ?? [0, 0];
    setText(this.scale.most, tr("{share} from one {term}", { share: share(this.largest), term }));
    setText(
      this.text,
      row && column
        ? pairWords(order[row - 1], order[column - 1], rows[order[row - 1]][order[column - 1]], name, shared.term)
        : row || column
          ? `${shared.who(order[Math.max(row, column) - 1])}.`
          : tr("Point at a cell to read a pair; a click holds the {term} of the row.", { term }),
    );
    this.on.canvas.setAttribute(
      "aria-label",
      tr("Self-attention of {n} {many} in {layer}", { n: order.length, many, layer: where }),
    );
    const list = (values) => {
      const found = [...values]
        .map((value, one) => ({ value, one }))
        .sort((a, b) => b.value - a.value || a.one - b.one)
        .slice(0, ROWS);
      return found.map(({ value, one }) => ({
        value,
        color: this.colors[one],
        name: tr("{term} {query}: {name}", { term, query: one, name: name(one) }),
      }));
    };
    this.looks.show(list(rows[query]));
    this.looked.show(list(rows.map((one) => one[query])));
    const itself = rows[query][query],
      sum = rows[query].reduce((a, b) => a + b, 0);
    const said = {
      ...{ who: shared.who(query), layer: where, heads: headWords(head, shared.heads.decoder), many },
      ...{ itself: share(itself), others: share(Math.max(0, sum - itself)) },
    };
    return sum < 0.97
      ? tr(
          "{who}, {layer}, {heads}: keeps {itself} to itself, takes {others} from the other {many}, gives the rest to the picture.",
          said,
        )
      : tr("{who}, {layer}, {heads}: keeps {itself} to itself, takes {others} from the other {many}.", said);
  }
}
