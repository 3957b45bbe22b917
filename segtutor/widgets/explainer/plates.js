// @ts-check
/** Tensors as pictures: a canvas with one pixel a cell, which the page enlarges, and a mark where the pixel in question lies. */
import { element } from "../shared/canvas.js";
import { tr } from "../shared/words.js";

const byte = (value) => Math.min(255, Math.max(0, value));
const BLUE = [33, 102, 172],
  WHITE = [247, 247, 247],
  RED = [178, 24, 43]; // of diverging numbers: below 0, 0, above 0
const HEAT = [
  [13, 8, 60],
  [126, 3, 168],
  [225, 100, 98],
  [240, 249, 33],
];

/** What can be pointed at: `pick` hears of the pointer's place as shares of the picture; a mark shows the pixel. */
export function pickable(canvas, container, pick) {
  container.classList.add("plate");
  container.append(element("i", { class: "mark", "aria-hidden": "true" }));
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect(),
      within = (share) => Math.min(0.9999, Math.max(0, share));
    return [within((clientX - box.left) / box.width), within((clientY - box.top) / box.height)];
  };
  canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && pick.hover(place(event)));
  canvas.addEventListener("pointerleave", () => pick.hover(null));
  canvas.addEventListener("click", (event) => pick.choose(place(event)));
}

export class Plate {
  /**
   * @param {string} title what the picture is of, for those who do not see it
   * @param {{hover: Function, choose: Function} | null} pick null: the canvas is no picture of places
   */
  constructor(title, pick = null) {
    this.title = title;
    this.canvas = element("canvas", { role: "img", "aria-label": title, width: 1, height: 1 });
    this.context = this.canvas.getContext("2d");
    this.node = element("span", { class: "plate" }, this.canvas);
    if (pick) pickable(this.canvas, this.node, pick);
  }

  /** @returns {Uint8ClampedArray} RGBA of width * height, to be filled; `show` then draws it */
  pixels(width, height) {
    if (this.canvas.width !== width || this.canvas.height !== height || !this.data) {
      [this.canvas.width, this.canvas.height] = [width, height];
      this.data = this.context.createImageData(width, height);
      this.data.data.fill(255);
    }
    return this.data.data;
  }

  show(words = "") {
    this.context.putImageData(this.data, 0, 0);
    const label = words ? `${this.title}: ${words}` : this.title;
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
  }

  /** A map of many channels (1, C, h, w) in three colours. directions: (4, C), mean and three directions. */
  components({ dims, data }, directions) {
    const [, C, h, w] = dims,
      cells = h * w,
      out = this.pixels(w, h),
      sums = new Float32Array(3 * cells);
    for (let c = 0; c < C; c++) {
      const mean = directions[c],
        [r, g, b] = [directions[C + c], directions[2 * C + c], directions[3 * C + c]];
      for (let i = 0, at = c * cells; i < cells; i++) {
        const value = data[at + i] - mean;
        sums[3 * i] += r * value;
        sums[3 * i + 1] += g * value;
        sums[3 * i + 2] += b * value;
      }
    }
    for (let i = 0; i < cells; i++) for (let k = 0; k < 3; k++) out[4 * i + k] = byte(128 + 56 * sums[3 * i + k]);
    this.show(tr("{C} channels on {w} by {h} cells", { C, w, h }));
  }

  /** Numbers around 0: blue below, red above; `most`: the number of the strongest colour. */
  signed(data, start, [w, h], most, words) {
    const out = this.pixels(w, h);
    for (let i = 0; i < w * h; i++) {
      const share = Math.max(-1, Math.min(1, data[start + i] / most)),
        end = share < 0 ? BLUE : RED,
        part = Math.abs(share);
      for (let k = 0; k < 3; k++) out[4 * i + k] = WHITE[k] + (end[k] - WHITE[k]) * part;
    }
    this.show(words);
  }

  /** Shares from 0 to `most`, dark to bright; where `allowed` is 0 the cell is grey with a stripe. */
  heat(data, start, [w, h], most, allowed = null, words = "") {
    const scale = allowed ? 4 : 1,
      out = this.pixels(w * scale, h * scale);
    for (let y = 0; y < h * scale; y++)
      for (let x = 0; x < w * scale; x++) {
        const cell = Math.floor(y / scale) * w + Math.floor(x / scale),
          at = 4 * (y * w * scale + x);
        if (allowed && !allowed[cell]) {
          const grey = (x + y) % 4 === 0 ? 120 : 172;
          [out[at], out[at + 1], out[at + 2]] = [grey, grey, grey];
          continue;
        }
        const share = 3 * Math.max(0, Math.min(0.9999, data[start + cell] / most)),
          n = Math.floor(share);
        for (let k = 0; k < 3; k++) out[at + k] = HEAT[n][k] + (HEAT[n + 1][k] - HEAT[n][k]) * (share - n);
      }
    this.show(words);
  }

  /**
   * A number for each pixel, as its colour; grey where it has none.
   * @param {ArrayLike<number>} numbers @param {number[]} size [w, h] @param {number[][]} colours [r, g, b] by number
   */
  labels(numbers, [w, h], colours, words) {
    const out = this.pixels(w, h);
    for (let i = 0; i < w * h; i++) {
      const colour = colours[numbers[i]] ?? [128, 128, 128];
      [out[4 * i], out[4 * i + 1], out[4 * i + 2]] = colour;
    }
    this.show(words);
  }
}
