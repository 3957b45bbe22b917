// @ts-check
/**
 * Attention as data.py sends it, read back to numbers. Nothing here draws.
 *
 * A weight is top * (code / 255)^2; `cells` of step x step of the map each have the sum of them.
 */
import { bytesOf, floatsOf } from "../shared/canvas.js";

const SQUARES = Float32Array.from({ length: 256 }, (_, code) => (code / 255) ** 2);

/**
 * Where a pixel lies in a map.
 * @param {number[]} pixel x, y
 * @param {number[]} size H, W of the picture
 * @param {number[]} mapSize h, w
 * @param {number[]} extent the shares of the map's height and width that show the picture
 * @returns {[number, number]} row and column of the cell
 */
export function placeAt([x, y], [H, W], [h, w], [down, across]) {
  return [
    Math.min(h - 1, Math.floor(((y + 0.5) / H) * down * h)),
    Math.min(w - 1, Math.floor(((x + 0.5) / W) * across * w)),
  ];
}

/**
 * For each pixel of the picture, row by row, the number of the cell that it lies in.
 * @param {number[]} size H, W of the picture
 * @param {{size: number[], grid: number[], step: number}} maps
 * @param {number[]} extent
 */
export function cellsOfPixels([H, W], { size, grid, step }, extent) {
  const rows = Int32Array.from({ length: H }, (_, y) => Math.floor(placeAt([0, y], [H, W], size, extent)[0] / step));
  const columns = Int32Array.from({ length: W }, (_, x) => Math.floor(placeAt([x, 0], [H, W], size, extent)[1] / step));
  const cells = new Int32Array(H * W);
  for (let y = 0, i = 0; y < H; y++) for (let x = 0; x < W; x++, i++) cells[i] = rows[y] * grid[1] + columns[x];
  return cells;
}

/** A decoder layer, of all queries or of one. */
export class LayerMaps {
  constructor(sent) {
    this.size = sent.size;
    this.grid = sent.grid;
    this.step = sent.step;
    this.heads = sent.heads;
    this.cells = this.grid[0] * this.grid[1];
    this.rows = new Map(sent.queries.map((query, row) => [query, row]));
    this._empty = sent.empty;
    this._codes = {};
    this._top = {};
    for (const name of ["cross", "free", "back", "among"]) {
      if (!sent[name]) continue;
      this._codes[name] = bytesOf(sent[name]);
      this._top[name] = floatsOf(sent[`${name}_top`]);
    }
    this._inside = sent.inside ? bytesOf(sent.inside) : null;
  }

  has(query) {
    return this.rows.has(query);
  }

  /** Whether any mask limits queries in this layer. */
  get masked() {
    return this._inside !== null;
  }

  empty(query) {
    return this._empty[this.rows.get(query)];
  }

  /**
   * The weights of one query at the cells; head null: the mean of all heads; way: true without the mask, "back" what
   * the cells take from it.
   */
  weights(query, head, way) {
    const name = way === "back" ? "back" : way && this._codes.free ? "free" : "cross";
    return this._mean(name, this.rows.get(query), this.rows.size, head, this.cells);
  }

  /** The weights of one query at the other queries. */
  among(query, head) {
    return this._codes.among ? this._mean("among", query, this.rows.size, head, this.rows.size) : null;
  }

  _mean(name, row, rows, head, length) {
    const out = new Float32Array(length),
      codes = this._codes[name],
      tops = this._top[name];
    const [first, last] = head === null ? [0, this.heads] : [head, head + 1];
    for (let one = first; one < last; one++) {
      const start = (one * rows + row) * length,
        top = tops[one * rows + row] / (last - first);
      for (let i = 0; i < length; i++) out[i] += top * SQUARES[codes[start + i]];
    }
    return out;
  }

  /** 1 where the query's mask allows a cell; null where nothing limits it (no mask, or an empty one). */
  inside(query) {
    if (!this._inside || this.empty(query)) return null;
    const bytes = (this.cells + 7) >> 3,
      start = this.rows.get(query) * bytes;
    return Uint8Array.from({ length: this.cells }, (_, i) => (this._inside[start + (i >> 3)] >> (i & 7)) & 1);
  }
}

/** A layer of the pixel decoder: where each cell reads. */
export class SamplingMaps {
  constructor(sent) {
    this.sizes = sent.sizes;
    this.steps = sent.steps;
    this.heads = sent.heads;
    this.count = sent.points;
    this.reach = floatsOf(sent.reach);
    this.offsets = bytesOf(sent.offsets);
    this.weights = bytesOf(sent.weights);
    // Which rows and columns of each map were sent, and where each map begins among the cells sent.
    const axis = (length, step) => {
      const first = Math.min(step >> 1, length - 1);
      return { first, step, count: Math.floor((length - 1 - first) / step) + 1 };
    };
    this.axes = this.sizes.map(([h, w], level) => [axis(h, this.steps[level]), axis(w, this.steps[level])]);
    this.starts = this.axes.map((_, level) =>
      this.axes.slice(0, level).reduce((sum, [a, b]) => sum + a.count * b.count, 0),
    );
  }

  /** The cell of map `level` that was sent and lies next to [row, column]. */
  nearest([row, column], level) {
    const next = (at, { first, step, count }) => Math.min(count - 1, Math.max(0, Math.round((at - first) / step)));
    const [down, across] = this.axes[level],
      r = next(row, down),
      c = next(column, across);
    return {
      number: this.starts[level] + r * across.count + c,
      row: down.first + r * down.step,
      column: across.first + c * across.step,
    };
  }

  /**
   * Where it reads: x, y in 0..1 of the maps, weight (those of a head sum to 1).
   * @returns {{number: number, row: number, column: number, x: number, y: number, points: Record<string, any>[]}}
   */
  at([row, column], level, head) {
    const place = this.nearest([row, column], level),
      [h, w] = this.sizes[level];
    const [x, y] = [(place.column + 0.5) / w, (place.row + 0.5) / h],
      points = [],
      levels = this.sizes.length;
    const [first, last] = head === null ? [0, this.heads] : [head, head + 1];
    for (let one = first; one < last; one++) {
      for (let to = 0; to < levels; to++) {
        for (let p = 0; p < this.count; p++) {
          const i = ((place.number * this.heads + one) * levels + to) * this.count + p,
            cell = this.reach[to] / 127;
          points.push({
            head: one,
            level: to,
            weight: SQUARES[this.weights[i]],
            x: x + ((this.offsets[2 * i] - 128) * cell) / this.sizes[to][1],
            y: y + ((this.offsets[2 * i + 1] - 128) * cell) / this.sizes[to][0],
          });
        }
      }
    }
    return { ...place, x, y, points };
  }
}

/** What share of the weight of some points comes from each map. */
export function sharesByMap(points, levels) {
  const sums = new Array(levels).fill(0);
  for (const { level, weight } of points) sums[level] += weight;
  const total = sums.reduce((a, b) => a + b, 0) || 1;
  return sums.map((sum) => sum / total);
}

/** The border between cells where `inside` is 1 and where it is not: [x1, y1, x2, y2] in cells. */
export function border(inside, [g, k]) {
  const lines = [];
  const at = (row, column) => (row < 0 || column < 0 || row >= g || column >= k ? null : inside[row * k + column]);
  for (let row = 0; row < g; row++) {
    for (let column = 0; column < k; column++) {
      const here = at(row, column),
        up = at(row - 1, column),
        left = at(row, column - 1);
      if (up !== null && up !== here) lines.push([column, row, column + 1, row]);
      if (left !== null && left !== here) lines.push([column, row, column, row + 1]);
    }
  }
  return lines;
}

/** sum, largest, and how much of it lies where `inside` is 1. */
export function summary(weights, inside) {
  let sum = 0,
    largest = 0,
    within = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i];
    if (weights[i] > largest) largest = weights[i];
    if (inside?.[i]) within += weights[i];
  }
  return { sum, largest, within: sum ? within / sum : 0, at: weights.indexOf(largest) };
}
