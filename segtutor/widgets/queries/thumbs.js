// @ts-check
/**
 * All queries as small pictures: one button each, in rows. One stop for the Tab key; arrows walk among them.
 *
 * The pictures lie on one canvas over all buttons: a hundred canvases cost 8 ms in every frame of the page, whatever is
 * drawn in it. All buttons have one size, so where each picture belongs follows from the width of the list. Rows in
 * sight are drawn and written at once; the others, a few a frame, as soon as nothing new has been shown for a while.
 */
import { codeColors, paintCells } from "../shared/heat.js";
import { element, frameScheduler, ownKeys, whenQuiet } from "../shared/canvas.js";
import { tr } from "../shared/words.js";

const PART = 2; // rows out of sight that are brought up to date in one frame
const QUIET = 80; // milliseconds without anything new, before they are
const GAP = 4; // between buttons and around them, as in explorers.css
const SIGNS = { kept: "●", overlapped: "◐", "below threshold": "○", "no object": "–" };

export class Thumbnails {
  /** ground: heat ground of H * W; actions: {signal, onHover(query | null), onHold(query)} */
  constructor(count, ground, [H, W], longest, { signal, onHover, onHold }) {
    const scale = Math.min(1, longest / Math.max(H, W));
    this.h = Math.max(1, Math.round(H * scale));
    this.w = Math.max(1, Math.round(W * scale));
    this.ground = Int32Array.from(
      { length: this.h * this.w },
      (_, i) =>
        0x010101 *
        ground[
          Math.floor(((Math.floor(i / this.w) + 0.5) * H) / this.h) * W +
            Math.floor((((i % this.w) + 0.5) * W) / this.w)
        ],
    );
    this.node = element("div", {
      class: "segtutor-thumbs",
      role: "group",
      "aria-label": tr("Queries"),
      "data-scrolls": true,
    });
    this.node.style.setProperty("--thumb", `${this.w}px`);
    this.node.style.setProperty("--high", `${this.h}px`);
    this.items = Array.from({ length: count }, (_, query) => this._makeItem(query, { signal, onHover, onHold }));
    this.sheet = element("canvas", { class: "segtutor-thumb-sheet", width: 1, height: 1, "aria-hidden": "true" });
    this.context = this.sheet.getContext("2d");
    this.out = new Uint32Array(this.w * this.h);
    this.order = [];
    this.drawn = []; // of which layer the n-th picture on the sheet is
    this.held = this.stop = null;
    this.waiting = []; // rows out of sight
    this.placed = null;
    this._later = frameScheduler(() => {
      for (const row of this.waiting.splice(0, PART)) this._renew(row);
      if (this.waiting.length) this._later.request();
    });
    this._rest = whenQuiet(this._later.request, QUIET);
    const resized = new ResizeObserver(() => this._measure());
    resized.observe(this.node);
    this.node.addEventListener("scroll", () => (this.scrolled = this.node.scrollTop), { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this._later.cancel();
      this._rest.cancel();
    });
  }

  /** The button of a query, without its picture. */
  _makeItem(query, { signal, onHover, onHold }) {
    const [name, score] = [new Text(), new Text()]; // a text that changes costs less than a new one
    const button = ownKeys(
      element(
        "button",
        { type: "button", class: "segtutor-thumb", "aria-pressed": "false", tabindex: -1 },
        element("span", { class: "segtutor-thumb-place" }),
        element("span", { class: "segtutor-thumb-name" }, name),
        element("span", { class: "segtutor-thumb-score" }, score),
      ),
      signal,
    );
    button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && onHover(query), { signal });
    button.addEventListener("pointerleave", () => onHover(null), { signal });
    button.addEventListener("focus", () => button.matches(":focus-visible") && onHover(query), { signal });
    button.addEventListener("blur", () => onHover(null), { signal });
    button.addEventListener("click", () => onHold(query), { signal });
    button.addEventListener("keydown", (event) => this._step(event, query), { signal });
    return { button, name, score, state: null, mark: null };
  }

  /** Sizes, read where a layout is there anyway. */
  _measure() {
    const { button } = this.items[this.order[0]] ?? {},
      width = this.node.clientWidth;
    if (!button || !width) return;
    const [outer, inner] = [button, button.firstChild].map((one) => one.getBoundingClientRect());
    const wide = outer.width + GAP,
      high = outer.height + GAP,
      inside = [inner.left - outer.left, inner.top - outer.top];
    this.placed = {
      columns: Math.max(1, Math.floor((width - GAP) / wide)),
      wide,
      high,
      inside,
      sight: this.node.clientHeight,
    };
    this._lay();
  }

  /** Makes room for all pictures, and draws them again. */
  _lay() {
    if (!this.placed) return;
    const { columns, wide, high } = this.placed;
    this.sheet.width = columns * wide + GAP;
    this.sheet.height = Math.ceil(this.order.length / columns) * high + GAP;
    const [left] = this._corner(0),
      [right] = this._corner(columns - 1);
    this.row = this.context.createImageData(right - left + this.w, this.h);
    this.rowOut = new Uint32Array(this.row.data.buffer);
    this.drawn = [];
    if (this.maps) this.show(this.maps, this.texts);
  }

  /** Left upper corner of the n-th picture on the sheet. */
  _corner(n) {
    const {
      columns,
      wide,
      high,
      inside: [left, top],
    } = this.placed;
    return [GAP + (n % columns) * wide + left, GAP + Math.floor(n / columns) * high + top].map(Math.round);
  }

  /** Which queries are shown, in this order. */
  arrange(order) {
    if (order === this.order) return;
    this.order = order;
    this.node.replaceChildren(...order.map((query) => this.items[query].button), this.sheet);
    this._stop(this.held ?? order[0]);
    this._lay();
  }

  /** Exactly one button is a stop of the Tab key. */
  _stop(query) {
    const at = this.order.includes(query) ? query : this.order[0];
    if (at === this.stop) return;
    if (this.stop !== null) this.items[this.stop].button.tabIndex = -1;
    if (at !== undefined) this.items[at].button.tabIndex = 0;
    this.stop = at ?? null;
  }

  _step(event, query) {
    const at = this.order.indexOf(query),
      columns = Math.max(1, Math.floor(this.node.clientWidth / this.items[query].button.offsetWidth));
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      Home: 0,
      End: this.order.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = this.order[to];
    if (next === undefined) return;
    this._stop(next);
    this.items[next].button.focus();
  }

  /** Shows a layer: the masks (maps: logits.js), and what each query says: texts(query) -> {name, score, fate, color}. */
  show(maps, texts) {
    const [h, w] = maps.grid;
    if (this.grid !== `${h} ${w}`) {
      this.grid = `${h} ${w}`;
      this.places = Int32Array.from(
        { length: this.w * this.h },
        (_, i) =>
          Math.floor(((Math.floor(i / this.w) + 0.5) * h) / this.h) * w +
          Math.floor((((i % this.w) + 0.5) * w) / this.w),
      );
    }
    if (maps !== this.maps) this.colors = codeColors(maps.levels);
    this.maps = maps;
    this.texts = texts;
    if (!this.placed) {
      for (const query of this.order) this._write(query); // for whoever hears them; drawn as soon as it is known where
      return;
    }
    const { sight, high, columns } = this.placed,
      top = this.scrolled ?? 0,
      seen = (row) => {
        const y = this._corner(row * columns)[1];
        return y + high > top && y < top + sight;
      };
    const rows = [...Array(Math.ceil(this.order.length / columns)).keys()];
    this.waiting = rows.filter((row) => !seen(row));
    this._later.cancel();
    for (const row of rows.filter(seen)) this._renew(row);
    if (this.waiting.length) this._rest.request();
  }

  /** Draws and writes what has changed in a row. */
  _renew(row) {
    const { columns } = this.placed,
      first = row * columns,
      end = Math.min(first + columns, this.order.length);
    if (this.drawn[row] !== this.maps) this._draw(first, end);
    this.drawn[row] = this.maps;
    for (let n = first; n < end; n++) this._write(this.order[n]);
  }

  /** The pictures of one row as one: a hundred pieces take three times as long to be put on the sheet. */
  _draw(first, end) {
    const [left, top] = this._corner(first),
      {
        w,
        h,
        out,
        maps,
        row: { width },
      } = this;
    for (let n = first; n < end; n++) {
      paintCells(out, this.ground, maps.codes, this.order[n] * maps.cells, this.places, this.colors);
      for (let y = 0, to = this._corner(n)[0] - left; y < h; y++, to += width)
        this.rowOut.set(out.subarray(y * w, (y + 1) * w), to);
    }
    const used = this._corner(end - 1)[0] - left + w; // the last row may be shorter
    this.context.putImageData(this.row, left, top, 0, 0, used, h);
  }

  _write(query) {
    const item = this.items[query],
      { name, score, fate, color } = this.texts(query),
      state = `${name} ${score} ${fate} ${color}`;
    if (item.state === state) return;
    item.state = state;
    item.name.data = `${query} ${name}`;
    item.score.data = `${SIGNS[fate] ?? ""} ${score.toFixed(2)}`;
    const said = { query, name, score: score.toFixed(2), fate: tr(fate) },
      text = tr("Query {query}: {name}, score {score}, {fate}", said),
      mark = `rgb(${color.join(",")})`;
    item.button.setAttribute("aria-label", text);
    item.button.title = text;
    if (item.mark !== mark) item.button.style.setProperty("--mark", (item.mark = mark));
    item.button.classList.toggle("segtutor-dropped", fate !== "kept");
  }

  hold(query) {
    if (query === this.held) return;
    this.items[this.held]?.button.setAttribute("aria-pressed", "false");
    this.items[query]?.button.setAttribute("aria-pressed", "true");
    this.held = query;
    this._stop(query);
  }

  /** Frames the query under the pointer. */
  mark(query) {
    if (query === this.marked) return;
    this.items[this.marked]?.button.classList.remove("segtutor-marked");
    this.items[query]?.button.classList.add("segtutor-marked");
    this.marked = query;
  }

  /** Scrolls a query into sight inside the list, never the notebook. */
  reveal(query) {
    const button = this.items[query]?.button,
      { node } = this;
    if (!button?.isConnected) return;
    const top = button.offsetTop - node.offsetTop;
    if (top < node.scrollTop || top + button.offsetHeight > node.scrollTop + node.clientHeight)
      node.scrollTop = top - node.clientHeight / 2;
  }
}
