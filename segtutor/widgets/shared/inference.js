// @ts-check
/**
 * Panoptic inference from (mask, class) pairs, in the browser: the twin of segtutor/inference.py.
 *
 * The rules are the published ones (Mask2Former, arXiv:2112.01527, and its code), in this order:
 *   1. keep the queries whose most probable class is not "no object" and whose score is above the threshold;
 *   2. give each pixel to the kept query with the largest score x mask probability;
 *   3. drop a query that got too little of its own mask: area won / area(probability >= mask threshold);
 *   4. paint the pixels won where the probability passes the mask threshold; fuse the stuff of one class;
 *   5. everything else is void, id 0.
 *
 * Arithmetic: Python computes in float32, JavaScript in float64. Where a rounding decides something, `Math.fround`
 * rounds as float32 does, so from the same mask probabilities both languages take the same decision for every pixel.
 * Only `maskProbabilities` (resizing and the sigmoid) is equal up to rounding errors; tests/test_javascript.py
 * measures how far.
 *
 * Axes: Q queries, K classes (position K is "no object"), h w grid of the model, H W grid of the picture; masks are
 * flat Float32Arrays in row order.
 */

import { sigmoidBetween } from "./sigmoid.js";
import { trLater } from "./words.js";

export const FATES = {
  kept: trLater("kept"),
  below: trLater("below threshold"),
  none: trLater("no object"),
  overlapped: trLater("overlapped"),
};

/** Positions and weights with which one axis of `from` cells is resized to `to` pixels (bilinear, corners not aligned). */
export function axisWeights(from, to) {
  const left = new Int32Array(to),
    right = new Int32Array(to),
    weight = new Float32Array(to);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const place = Math.max(0, Math.fround(Math.fround(scale * Math.fround(i + 0.5)) - 0.5));
    left[i] = Math.min(Math.floor(place), from - 1);
    right[i] = Math.min(left[i] + 1, from - 1);
    weight[i] = Math.fround(place - left[i]);
  }
  return { left, right, weight };
}

/**
 * Mask probabilities of one query at the size of the picture: bilinear resizing of the logits, then the sigmoid,
 * in this order (as published: a sigmoid before resizing would move the contour).
 *
 * @param {Float32Array} logits h * w values of one query
 * @param {number[]} mapSize h, w
 * @param {number[]} size H, W
 * @returns {Float32Array} H * W probabilities, 0..1
 */
export function maskProbabilities(logits, [h, w], [H, W]) {
  const rows = axisWeights(h, H),
    columns = axisWeights(w, W);
  const out = new Float32Array(H * W);
  const upper = new Float32Array(W),
    lower = new Float32Array(W);
  const stretch = (row, into) => {
    const start = row * w;
    for (let x = 0; x < W; x++) {
      const weight = columns.weight[x];
      into[x] = (1 - weight) * logits[start + columns.left[x]] + weight * logits[start + columns.right[x]];
    }
  };
  let upperRow = -1,
    lowerRow = -1;
  for (let y = 0; y < H; y++) {
    if (rows.left[y] !== upperRow) stretch((upperRow = rows.left[y]), upper);
    if (rows.right[y] !== lowerRow) stretch((lowerRow = rows.right[y]), lower);
    sigmoidBetween(upper, lower, rows.weight[y], W, out, y * W);
  }
  return out;
}

/** The most probable class of each query and its probability; the first one wins a tie, as in torch. */
export function bestClasses(classProbs, queries, classes) {
  const labels = new Int32Array(queries),
    scores = new Float32Array(queries);
  for (let q = 0; q < queries; q++) {
    let best = 0;
    for (let k = 1; k <= classes; k++) {
      if (classProbs[q * (classes + 1) + k] > classProbs[q * (classes + 1) + best]) best = k;
    }
    labels[q] = best;
    scores[q] = classProbs[q * (classes + 1) + best];
  }
  return { labels, scores };
}

const STEPS = 100; // of the slider, 0..1
const STEP_VALUES = Float32Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);

/** Area of a mask at each step of the slider: one pass now instead of one for each movement. */
function areaTable(mask) {
  const areas = new Int32Array(STEPS + 2);
  for (let i = 0; i < mask.length; i++) {
    let step = Math.min(STEPS, Math.floor(mask[i] * STEPS)); // off by one where rounding says so: compare
    if (step < STEPS && mask[i] >= STEP_VALUES[step + 1]) step++;
    else if (mask[i] < STEP_VALUES[step]) step--;
    areas[step]++;
  }
  for (let step = STEPS - 1; step >= 0; step--) areas[step] += areas[step + 1];
  return areas;
}

/**
 * The panoptic result of one picture under thresholds that change.
 *
 * Kept queries are a prefix of the candidates sorted by score. So moving the score threshold adds or removes queries
 * at the end: only what changes is computed again, which keeps a slider within one frame for 100 queries at 384 x 384.
 */
export class PanopticInference {
  /**
   * @param {Float32Array} classProbs Q * (K + 1) probabilities; each row sums to 1
   * @param {boolean[]} isthing K flags
   * @param {number[]} size [H, W]
   * @param {(query: number) => Float32Array} masks gives the H * W mask probabilities of a query (computed once)
   */
  constructor(classProbs, isthing, size, masks) {
    this.isthing = isthing;
    this.size = size;
    this.pixels = size[0] * size[1];
    this.classes = isthing.length;
    this.queries = classProbs.length / (this.classes + 1);
    const { labels, scores } = bestClasses(classProbs, this.queries, this.classes);
    this.labels = labels;
    this.scores = scores;
    /** Queries that can be kept at some threshold, best first. */
    this.candidates = [...this.labels.keys()]
      .filter((q) => this.labels[q] < this.classes)
      .sort((a, b) => this.scores[b] - this.scores[a] || a - b);
    this._source = masks;
    this._masks = new Map();
    this._areas = new Map(); // query -> table of areas, one for each step of the slider
    this._length = 0; // how many candidates take part in `winner`
    this.winner = new Int16Array(this.pixels).fill(-1); // query with the largest score x probability, -1 = none kept
    this._best = new Float32Array(this.pixels).fill(-1); // that product
    this._probability = new Float32Array(this.pixels); // mask probability of the winner
    this._lost = new Int32Array(this.pixels); // pixels whose winner has just been removed
    this.segmentIds = new Int32Array(this.pixels);
  }

  /** Mask probabilities of a query at the size of the picture. */
  mask(query) {
    if (!this._masks.has(query)) this._masks.set(query, this._source(query));
    return this._masks.get(query);
  }

  /** Computes the mask of one more candidate with a score above `least` ahead of time; false when all are there. */
  prepareOne(least = -1) {
    const query = this.candidates.find((q) => this.scores[q] > least && !this._masks.has(q));
    if (query !== undefined) this.maskArea(query, 0);
    return query !== undefined;
  }

  /** Gives the memory of the masks back; they are computed again when they are needed. */
  forgetMasks() {
    this._masks.clear();
  }

  /** Number of pixels of a query's mask at a threshold: from a table at the slider's steps, counted elsewhere. */
  maskArea(query, maskThreshold) {
    const threshold = Math.fround(maskThreshold);
    const step = Math.round(maskThreshold * STEPS);
    if (STEP_VALUES[step] === threshold) {
      if (!this._areas.has(query)) this._areas.set(query, areaTable(this.mask(query)));
      return this._areas.get(query)[step];
    }
    const mask = this.mask(query);
    let area = 0;
    for (let i = 0; i < mask.length; i++) area += mask[i] >= threshold ? 1 : 0;
    return area;
  }

  _add(query) {
    const mask = this.mask(query),
      score = this.scores[query];
    const { winner, _best: best, _probability: probability } = this;
    for (let i = 0; i < mask.length; i++) {
      const product = Math.fround(score * mask[i]);
      if (product > best[i] || (product === best[i] && query < winner[i])) {
        best[i] = product;
        winner[i] = query;
        probability[i] = mask[i];
      }
    }
  }

  /** Removes all but the first `length` candidates; the pixels that they held are given out again. */
  _shorten(length) {
    const { winner, _best: best, _probability: probability, _lost: lost } = this;
    const removed = new Uint8Array(this.queries);
    for (let n = length; n < this._length; n++) removed[this.candidates[n]] = 1;
    let count = 0;
    for (let i = 0; i < this.pixels; i++) {
      if (winner[i] >= 0 && removed[winner[i]]) {
        lost[count++] = i;
        winner[i] = best[i] = -1;
        probability[i] = 0;
      }
    }
    for (let n = 0; n < length; n++) {
      const query = this.candidates[n],
        mask = this.mask(query),
        score = this.scores[query];
      for (let j = 0; j < count; j++) {
        const i = lost[j],
          product = Math.fround(score * mask[i]);
        if (product > best[i] || (product === best[i] && query < winner[i])) {
          best[i] = product;
          winner[i] = query;
          probability[i] = mask[i];
        }
      }
    }
  }

  /**
   * Decides every query and paints the segment map (`segmentIds`, 0 = void).
   *
   * @returns {{fates: Record<string, any>[], segments: Record<string, any>[], voidArea: number}} one fate per query, in query order:
   *   {query, label, score, area, maskArea, painted, fate}: pixels won, pixels of the mask (null where they decided
   *   nothing; see maskArea()), and pixels won inside the mask;
   *   one segment per id, {id, label, score, area, queries}, in the order of the queries. The areas of the segments
   *   and voidArea add up to H * W.
   */
  update({ scoreThreshold, maskThreshold, overlapThreshold }) {
    const { winner, scores, labels, segmentIds, _probability: probability } = this;
    const least = Math.fround(scoreThreshold);
    let length = 0;
    while (length < this.candidates.length && scores[this.candidates[length]] > least) length++;
    if (length < this._length) this._shorten(length);
    for (let n = this._length; n < length; n++) this._add(this.candidates[n]);
    this._length = length;

    const threshold = Math.fround(maskThreshold);
    const won = new Int32Array(this.queries),
      painted = new Int32Array(this.queries);
    if (length > 0) {
      for (let i = 0; i < this.pixels; i++) {
        won[winner[i]]++;
        if (probability[i] >= threshold) painted[winner[i]]++;
      }
    }

    const kept = new Uint8Array(this.queries);
    for (let n = 0; n < length; n++) kept[this.candidates[n]] = 1;
    const idOfQuery = new Int32Array(this.queries + 1); // the last place is void's
    const fates = [],
      segments = [],
      fused = new Map();
    for (let query = 0; query < this.queries; query++) {
      const label = labels[query];
      const record = { query, label, score: scores[query], area: 0, maskArea: null, painted: 0, fate: FATES.none };
      fates.push(record);
      if (label === this.classes) continue;
      record.fate = FATES.below;
      if (!kept[query]) continue;
      record.maskArea = this.maskArea(query, maskThreshold);
      record.area = won[query];
      record.painted = painted[query];
      record.fate = FATES.overlapped;
      if (!painted[query] || won[query] / record.maskArea < overlapThreshold) continue;
      record.fate = FATES.kept;
      let segment = this.isthing[label] ? undefined : fused.get(label);
      if (!segment) {
        segment = { id: segments.length + 1, label, score: scores[query], area: 0, queries: [] };
        segments.push(segment);
        if (!this.isthing[label]) fused.set(label, segment);
      }
      segment.area += painted[query];
      segment.score = Math.max(segment.score, scores[query]);
      segment.queries.push(query);
      idOfQuery[query] = segment.id;
    }

    let voidArea = 0;
    for (let i = 0; i < this.pixels; i++) {
      const id = length > 0 && probability[i] >= threshold ? idOfQuery[winner[i]] : 0;
      segmentIds[i] = id;
      voidArea += id === 0 ? 1 : 0;
    }
    return { fates, segments, voidArea };
  }
}
