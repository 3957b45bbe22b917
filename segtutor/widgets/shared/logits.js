// @ts-check
/** Maps of logits as segtutor/widgets/quantised.py sends them: one byte a number, a table of what each byte stands for. */
import { axisWeights, maskProbabilities } from "./inference.js";
import { bytesOf, floatsOf } from "./canvas.js";

export class Maps {
  /** sent: {codes, levels, grid} with bytes as they arrive; size: [H, W] of the picture */
  constructor({ codes, levels, grid }, size) {
    this.codes = bytesOf(codes);
    this.levels = floatsOf(levels);
    this.grid = grid;
    this.size = size;
    this.cells = grid[0] * grid[1];
    this.count = this.codes.length / this.cells;
    this.rows = axisWeights(grid[0], size[0]);
    this.columns = axisWeights(grid[1], size[1]);
  }

  /** The codes of one map, h * w bytes. */
  codesOf(index) {
    return this.codes.subarray(index * this.cells, (index + 1) * this.cells);
  }

  /** The logits of one map, h * w. */
  map(index) {
    const { cells, codes, levels } = this,
      out = new Float32Array(cells);
    for (let i = 0, code = index * cells; i < cells; i++, code++) out[i] = levels[codes[code]]; // a function a cell costs ten times that
    return out;
  }

  /** The logit of every map at the pixel (x, y): what resizing all of them would give there. */
  at(x, y) {
    const {
      rows,
      columns,
      levels,
      codes,
      cells,
      grid: [, w],
    } = this;
    const top = rows.left[y] * w,
      bottom = rows.right[y] * w,
      left = columns.left[x],
      right = columns.right[x];
    const down = rows.weight[y],
      across = columns.weight[x];
    return Float32Array.from({ length: this.count }, (_, index) => {
      const start = index * cells;
      const upper = Math.fround(
        (1 - across) * levels[codes[start + top + left]] + across * levels[codes[start + top + right]],
      );
      const lower = Math.fround(
        (1 - across) * levels[codes[start + bottom + left]] + across * levels[codes[start + bottom + right]],
      );
      return (1 - down) * upper + down * lower;
    });
  }

  /** Mask probabilities at the size of the picture, H * W. */
  probabilities(index) {
    return maskProbabilities(this.map(index), this.grid, this.size);
  }

  /** Mask probabilities of every map at one pixel. */
  probabilitiesAt(x, y) {
    return this.at(x, y).map((logit) => 1 / (1 + Math.exp(-logit)));
  }
}

/** exp(values) / their sum. */
export function softmax(values) {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const parts = Float64Array.from(values, (value) => Math.exp(value - largest));
  const sum = parts.reduce((a, b) => a + b, 0);
  return Float32Array.from(parts, (part) => part / sum);
}

/**
 * The class distribution of every pixel, from a per-pixel model's maps.
 *
 * The sum over the classes is computed once, some rows at a time (`prepare`), so that a page stays alive; afterwards
 * the map of any class costs one exponential a pixel.
 */
export class ClassMaps {
  constructor(maps) {
    this.maps = maps;
    this.H = maps.size[0];
    this.W = maps.size[1];
    this.labels = new Int32Array(this.H * this.W); // position of the most probable class; the first of equals
    this._logSum = new Float32Array(this.H * this.W);
    this.ready = 0; // rows done
    /** @type {Float32Array[] | null} */
    this._buffer = null;
    this._probabilities = new Map();
  }

  /** The logits of one class in row y, into `out`. */
  _row(index, y, out) {
    const {
        rows,
        columns,
        levels,
        grid: [, w],
      } = this.maps,
      codes = this.maps.codesOf(index);
    const top = rows.left[y] * w,
      bottom = rows.right[y] * w,
      down = rows.weight[y];
    for (let x = 0; x < this.W; x++) {
      const left = columns.left[x],
        right = columns.right[x],
        across = columns.weight[x];
      const upper = (1 - across) * levels[codes[top + left]] + across * levels[codes[top + right]];
      const lower = (1 - across) * levels[codes[bottom + left]] + across * levels[codes[bottom + right]];
      out[x] = (1 - down) * upper + down * lower;
    }
  }

  /** Computes rows for about `milliseconds`; true while rows are left. */
  prepare(milliseconds) {
    const {
        W,
        maps: { count },
      } = this,
      until = performance.now() + milliseconds;
    this._buffer ??= Array.from({ length: count }, () => new Float32Array(W));
    while (this.ready < this.H) {
      const y = this.ready++,
        buffer = this._buffer;
      for (let k = 0; k < count; k++) this._row(k, y, buffer[k]);
      for (let x = 0; x < W; x++) {
        let best = 0,
          sum = 0;
        for (let k = 1; k < count; k++) if (buffer[k][x] > buffer[best][x]) best = k;
        const largest = buffer[best][x];
        for (let k = 0; k < count; k++) sum += Math.exp(buffer[k][x] - largest);
        this.labels[y * W + x] = best;
        this._logSum[y * W + x] = largest + Math.log(sum);
      }
      if (performance.now() > until) break;
    }
    return this.ready < this.H;
  }

  /** P(pixel is of class k), H * W; needs all rows. The last few maps are kept. */
  probabilities(k) {
    let map = this._probabilities.get(k);
    if (!map) {
      const row = new Float32Array(this.W);
      map = new Float32Array(this.H * this.W);
      for (let y = 0, i = 0; y < this.H; y++) {
        this._row(k, y, row);
        for (let x = 0; x < this.W; x++, i++) map[i] = Math.exp(row[x] - this._logSum[i]);
      }
      if (this._probabilities.size >= 24) this._probabilities.delete(this._probabilities.keys().next().value);
      this._probabilities.set(k, map);
    }
    return map;
  }

  /** The distribution over the classes at one pixel. */
  at(x, y) {
    return softmax(this.maps.at(x, y));
  }
}
