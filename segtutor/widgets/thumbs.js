/**
 * All queries as small pictures: one button each, in rows. One stop for the Tab key; arrows walk among them.
 *
 * The pictures lie on one canvas over all buttons: a hundred canvases cost 8 ms in every frame of the page, whatever is
 * drawn in it. All buttons have one size, so where each picture belongs follows from the width of the list.
 */
import { paintCodes } from "./heat.js";
import { element, frameScheduler, ownKeys, setText } from "./canvas.js";

const PART = 16; // pictures out of sight that are drawn in one frame
const GAP = 4; // between buttons and around them, as in explorers.css
const SIGNS = { kept: "●", overlapped: "◐", "below threshold": "○", "no object": "–" };

export class Thumbnails {
  /** ground: heat ground of H * W; actions: {signal, onHover(query | null), onHold(query)} */
  constructor(count, ground, [H, W], longest, { signal, onHover, onHold }) {
    const scale = Math.min(1, longest / Math.max(H, W));
    [this.h, this.w] = [Math.max(1, Math.round(H * scale)), Math.max(1, Math.round(W * scale))];
    this.ground = Uint8Array.from({ length: this.h * this.w }, (_, i) =>
      ground[Math.floor(((Math.floor(i / this.w) + 0.5) * H) / this.h) * W + Math.floor((((i % this.w) + 0.5) * W) / this.w)]);
    this.node = element("div", { class: "segtutor-thumbs", role: "group", "aria-label": "Queries", "data-scrolls": true });
    this.node.style.setProperty("--thumb", `${this.w}px`);
    this.node.style.setProperty("--high", `${this.h}px`);
    this.items = Array.from({ length: count }, (_, query) => {
      const name = element("span", { class: "segtutor-thumb-name" }), score = element("span", { class: "segtutor-thumb-score" });
      const button = ownKeys(element("button", { type: "button", class: "segtutor-thumb", "aria-pressed": "false", tabindex: -1 },
        element("span", { class: "segtutor-thumb-place" }), name, score), signal);
      button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && onHover(query), { signal });
      button.addEventListener("pointerleave", () => onHover(null), { signal });
      button.addEventListener("focus", () => button.matches(":focus-visible") && onHover(query), { signal });
      button.addEventListener("blur", () => onHover(null), { signal });
      button.addEventListener("click", () => onHold(query), { signal });
      button.addEventListener("keydown", (event) => this._step(event, query), { signal });
      return { button, name, score };
    });
    this.sheet = element("canvas", { class: "segtutor-thumb-sheet", width: 1, height: 1, "aria-hidden": "true" });
    this.context = this.sheet.getContext("2d");
    this.pixels = this.context.createImageData(this.w, this.h);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.order = [];
    this.held = null;
    this.waiting = []; // pictures out of sight: they are drawn in the frames after the first one
    this.placed = null;
    this._later = frameScheduler(() => this._drawNow(this.waiting.splice(0, PART)));
    const resized = new ResizeObserver(() => this._measure());
    resized.observe(this.node);
    this.node.addEventListener("scroll", () => (this.scrolled = this.node.scrollTop), { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this._later.cancel();
    });
  }

  /** Sizes, read where a layout is there anyway. */
  _measure() {
    const { button } = this.items[this.order[0]] ?? {}, width = this.node.clientWidth;
    if (!button || !width) return;
    const [outer, inner] = [button, button.firstChild].map((one) => one.getBoundingClientRect());
    const wide = outer.width + GAP, high = outer.height + GAP, inside = [inner.left - outer.left, inner.top - outer.top];
    this.placed = { columns: Math.max(1, Math.floor((width - GAP) / wide)), wide, high, inside, sight: this.node.clientHeight };
    this._lay();
  }

  /** Makes room for all pictures, and draws them again. */
  _lay() {
    if (!this.placed) return;
    const { columns, wide, high } = this.placed;
    this.sheet.width = columns * wide + GAP;
    this.sheet.height = Math.ceil(this.order.length / columns) * high + GAP;
    if (this.maps) this.draw(this.maps);
  }

  /** Left upper corner of the n-th picture on the sheet. */
  _corner(n) {
    const { columns, wide, high, inside: [left, top] } = this.placed;
    return [GAP + (n % columns) * wide + left, GAP + Math.floor(n / columns) * high + top].map(Math.round);
  }

  /** Which queries are shown, in this order. */
  arrange(order) {
    if (order.join() === this.order.join()) return;
    this.order = order;
    this.node.replaceChildren(...order.map((query) => this.items[query].button), this.sheet);
    this._stop(this.held ?? order[0]);
    this._lay();
  }

  /** Exactly one button is a stop of the Tab key. */
  _stop(query) {
    const at = this.order.includes(query) ? query : this.order[0];
    this.items.forEach(({ button }, n) => (button.tabIndex = n === at ? 0 : -1));
  }

  _step(event, query) {
    const at = this.order.indexOf(query), columns = Math.max(1, Math.floor(this.node.clientWidth / this.items[query].button.offsetWidth));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: this.order.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = this.order[to];
    if (next === undefined) return;
    this._stop(next);
    this.items[next].button.focus();
  }

  /** Draws the masks of a layer. maps: logits.js */
  draw(maps) {
    const [h, w] = maps.grid;
    if (this.places?.length !== this.w * this.h || this.grid !== `${h} ${w}`) {
      this.grid = `${h} ${w}`;
      this.places = Int32Array.from({ length: this.w * this.h }, (_, i) =>
        Math.floor(((Math.floor(i / this.w) + 0.5) * h) / this.h) * w + Math.floor((((i % this.w) + 0.5) * w) / this.w));
    }
    this.shares = Float32Array.from(maps.levels, (level) => 1 / (1 + Math.exp(-level)));
    this.maps = maps;
    if (!this.placed) return; // drawn as soon as it is known where
    const { sight, high } = this.placed, top = this.scrolled ?? 0, seen = (n) => {
      const y = this._corner(n)[1];
      return y + high > top && y < top + sight;
    };
    const all = [...this.order.keys()];
    this.waiting = all.filter((n) => !seen(n));
    this._drawNow(all.filter(seen));
  }

  _drawNow(positions) {
    for (const n of positions) {
      paintCodes(this.out, this.ground, this.maps.codesOf(this.order[n]), this.places, this.shares);
      this.context.putImageData(this.pixels, ...this._corner(n));
    }
    if (this.waiting.length) this._later.request();
  }

  /** Writes what each query says: texts(query) -> {name, score, fate, color}. */
  write(texts) {
    for (const query of this.order) {
      const item = this.items[query], { name, score, fate, color } = texts(query), state = `${name} ${score} ${fate}`;
      if (item.state === state) continue;
      item.state = state;
      setText(item.name, `${query} ${name}`);
      setText(item.score, `${SIGNS[fate] ?? ""} ${score.toFixed(2)}`);
      item.button.setAttribute("aria-label", `Query ${query}: ${name}, score ${score.toFixed(2)}, ${fate}`);
      item.button.title = `Query ${query}: ${name}, score ${score.toFixed(2)}, ${fate}`;
      item.button.style.setProperty("--mark", `rgb(${color.join(",")})`);
      item.button.classList.toggle("segtutor-dropped", fate !== "kept");
    }
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
    const button = this.items[query]?.button, { node } = this;
    if (!button?.isConnected) return;
    const top = button.offsetTop - node.offsetTop;
    if (top < node.scrollTop || top + button.offsetHeight > node.scrollTop + node.clientHeight) node.scrollTop = top - node.clientHeight / 2;
  }
}
