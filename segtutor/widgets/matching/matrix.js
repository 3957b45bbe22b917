// @ts-check
/** A matrix of numbers as a grid: a cell is a button for mouse, touch and keyboard; colours from light (least) to dark. */
import { element, ownKeys, setText, whenQuiet } from "../shared/canvas.js";

// Cividis (Nunez, Anderton and Renslow 2018), reversed, as in still.py: even steps of lightness.
const CIVIDIS = [
  [254, 232, 56],
  [222, 201, 88],
  [188, 174, 108],
  [155, 148, 118],
  [125, 124, 120],
  [97, 101, 111],
  [67, 78, 108],
  [26, 56, 111],
  [0, 34, 78],
];
const STEPS = 63;
const SHADES = Array.from({ length: STEPS + 1 }, (_, n) => {
  const place = (n / STEPS) * (CIVIDIS.length - 1),
    below = Math.min(Math.floor(place), CIVIDIS.length - 2);
  const [r, g, b] = CIVIDIS[below].map((part, c) =>
    Math.round(part + (place - below) * (CIVIDIS[below + 1][c] - part)),
  );
  const light = [r, g, b].map((part) =>
    part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  return [`rgb(${r}, ${g}, ${b})`, luminance > 0.179 ? "#000" : "#fff"]; // where both inks have the same contrast
});

/** The head of a row or a column: a name, what the query says, and a note that may stand beside it. */
function head(scope, name, more = "") {
  const note = element("span", { class: "segtutor-note" }),
    said = more ? [element("small", {}, more)] : [];
  return { node: element("th", { scope }, element("b", {}, name), ...said, note), note };
}

export class Matrix {
  /** actions: {signal, onPoint([row, column] | null), onPress([row, column])} */
  constructor({ rows, columns, says, label, signal, onPoint, onPress }) {
    this.height = rows.length;
    this.width = columns.length;
    this.acts = { signal, onPoint, onPress };
    this.columnHeads = columns.map((name) => head("col", name));
    this.rowHeads = rows.map((name, row) => head("row", name, says[row]));
    this.cells = [];
    const body = this.rowHeads.map(({ node }, row) =>
      element("tr", {}, node, ...columns.map((_, column) => this._cell(row, column))),
    );
    this.table = element(
      "table",
      { class: "segtutor-matrix", role: "grid", "aria-label": label },
      element("thead", {}, element("tr", {}, element("td"), ...this.columnHeads.map(({ node }) => node))),
      element("tbody", {}, ...body),
    );
    // A fixed layout: new numbers change no width, and a slider would pay for measuring every cell of every column.
    this.table.style.width = `${112 + 53 * columns.length}px`;
    this.node = element("div", { class: "segtutor-matrix-frame", "data-scrolls": "" }, this.table);
    this.table.addEventListener("pointerleave", () => onPoint(null), { signal });
    this.table.addEventListener("focusout", (event) => !this.table.contains(event.relatedTarget) && onPoint(null), {
      signal,
    });
    this._watchRows();
    this.entry = 0;
    this.cells[0].cell.tabIndex = 0;
  }

  /** A cell, which is pointed at and pressed. */
  _cell(row, column) {
    const { signal, onPoint, onPress } = this.acts;
    const cell = ownKeys(element("td", { role: "gridcell", tabindex: -1, "aria-selected": "false" }), signal);
    const listen = (name, act) => cell.addEventListener(name, act, { signal });
    listen("pointerenter", (event) => event.pointerType === "mouse" && onPoint([row, column]));
    listen("focus", () => cell.matches(":focus-visible") && onPoint([row, column]));
    listen("keydown", (event) => this._key(event, row, column));
    listen("click", () => {
      this._enter(row, column);
      onPress([row, column]);
    });
    this.cells.push({ cell, text: null, shade: -1, marks: "" });
    return cell;
  }

  /** Which rows are seen is found out where a layout is there anyway: asking while drawing would cost a second one. */
  _watchRows() {
    const { signal } = this.acts;
    this._rest = () => {}; // writes the numbers that are out of sight
    this._resting = whenQuiet(() => this._rest(), 100);
    this.seen = null;
    const look = () => (this.seen = this._seenRows());
    this.node.addEventListener(
      "scroll",
      () => {
        look();
        this._rest();
      },
      { signal },
    );
    const resized = new ResizeObserver(look);
    for (const one of [this.node, this.table]) resized.observe(one);
    signal.addEventListener("abort", () => {
      this._resting.cancel();
      resized.disconnect();
    });
  }

  /** Only one cell lies on the way of the tabulator; arrows walk from it. */
  _enter(row, column) {
    this.cells[this.entry].cell.tabIndex = -1;
    this.entry = row * this.width + column;
    this.cells[this.entry].cell.tabIndex = 0;
  }

  _key(event, row, column) {
    const { onPress } = this.acts,
      last = [this.height - 1, this.width - 1];
    const to = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, last[1]],
      PageUp: [0, column],
      PageDown: [last[0], column],
    }[event.key];
    if (to && to[0] >= 0 && to[1] >= 0 && to[0] <= last[0] && to[1] <= last[1]) {
      this._enter(...to);
      this.cells[this.entry].cell.focus();
    }
    if (event.key === "Enter" || event.key === " ") onPress([row, column]);
    if (to || event.key === "Enter" || event.key === " ") event.preventDefault();
  }

  /**
   * @param {(row: number, column: number) => number} value
   * @param {(row: number, column: number) => string} marks names of CSS classes, "" = none; "chosen" is said aloud
   * @param {{rows: string[], columns: string[]}} notes beside the names; empty ones leave no space
   */
  show(value, marks, notes) {
    let low = Infinity,
      high = -Infinity;
    for (let row = 0; row < this.height; row++) {
      for (let column = 0; column < this.width; column++) {
        low = Math.min(low, value(row, column));
        high = Math.max(high, value(row, column));
      }
    }
    const write = (one, n) => {
      const row = Math.floor(n / this.width),
        column = n % this.width;
      const number = value(row, column),
        text = (Math.abs(number) < 5e-10 ? 0 : number).toFixed(2);
      // the root tells small costs apart, which decide, beside a few large ones
      const shade = high > low ? Math.round(STEPS * Math.sqrt((number - low) / (high - low))) : 0;
      if (one.text !== text) one.cell.textContent = one.text = text;
      if (one.shade !== shade) {
        one.shade = shade;
        [one.cell.style.backgroundColor, one.cell.style.color] = SHADES[shade];
      }
    };
    const { seen } = this;
    this.cells.forEach((one, n) => {
      const row = Math.floor(n / this.width),
        now = marks(row, n % this.width);
      if (!seen || seen[row]) write(one, n);
      if (one.marks === now) return;
      one.marks = now;
      one.cell.className = now;
      one.cell.setAttribute("aria-selected", String(/\bchosen\b/.test(now)));
    });
    this._rest = () => this.cells.forEach(write); // numbers out of sight wait until the slider rests or the frame scrolls
    this._resting.request();
    this.rowHeads.forEach(({ note }, row) => setText(note, notes.rows[row] ?? ""));
    this.columnHeads.forEach(({ note }, column) => setText(note, notes.columns[column] ?? ""));
  }

  /** For each row whether it lies in the part of the frame that is seen; null before there is a layout. */
  _seenRows() {
    const { scrollTop, clientHeight } = this.node;
    return clientHeight === 0
      ? null
      : this.rowHeads.map(
          ({ node: { offsetTop, offsetHeight } }) =>
            offsetTop + offsetHeight >= scrollTop && offsetTop <= scrollTop + clientHeight,
        );
  }

  /** Scrolls a cell into sight inside the frame, never the notebook. */
  reveal(row, column) {
    const { cell } = this.cells[row * this.width + column],
      frame = this.node;
    const [left, top] = [this.rowHeads[0].node.offsetWidth, this.columnHeads[0].node.offsetHeight]; // what covers the rest
    if (cell.offsetTop - top < frame.scrollTop) frame.scrollTop = cell.offsetTop - top;
    const below = cell.offsetTop + cell.offsetHeight - frame.clientHeight,
      right = cell.offsetLeft + cell.offsetWidth - frame.clientWidth;
    if (below > frame.scrollTop) frame.scrollTop = below;
    if (cell.offsetLeft - left < frame.scrollLeft) frame.scrollLeft = cell.offsetLeft - left;
    if (right > frame.scrollLeft) frame.scrollLeft = right;
  }

  /** Marks the names of rows and columns: sets of positions. */
  markHeads(rows, columns) {
    this.rowHeads.forEach(({ node }, row) => node.classList.toggle("segtutor-active", rows.has(row)));
    this.columnHeads.forEach(({ node }, column) => node.classList.toggle("segtutor-active", columns.has(column)));
  }
}
