// @ts-check
/**
 * A network's raw outputs -> the panoptic answer, in the browser: the twin of segtutor.inference.panoptic_inference.
 *
 * A mask classifier's queries compete for the pixels (inference.js). A per-pixel classifier has no objects: things are
 * the connected components of its class map (segtutor/inference/components.py), so two that touch are one.
 */
import { PanopticInference, axisWeights, maskProbabilities } from "../../widgets/shared/inference.js";
import { softmax } from "../../widgets/shared/logits.js";

const MOST = 255; // segments of an answer, which then fits one byte a pixel, as the notebook's answers do

/** @typedef {{dims: readonly number[], data: Float32Array}} Tensor one of the network's, as ONNX Runtime gives it */
/**
 * @typedef {{family: string, size: number[], thresholds: Record<string, number>, categories: {isthing: number}[]}} Facts
 *   of the network, as its ONNX file's metadata has them; size: H, W
 */

/**
 * @param {Facts} facts
 * @param {Record<string, Tensor>} outputs class_logits and mask_logits, or logits
 * @returns {{ids: Int32Array, segments: {id: number, label: number, score: number}[]}} ids: H * W, 0 = void
 */
export function answerOf(facts, outputs) {
  const isthing = facts.categories.map((category) => Boolean(category.isthing));
  const { ids, segments } =
    facts.family === "mask"
      ? answerOfMasks(outputs, isthing, facts)
      : answerOfPixels(outputs.logits, isthing, facts.size);
  if (segments.length > MOST) ids.forEach((id, i) => (ids[i] = id > MOST ? 0 : id));
  return { ids, segments: segments.slice(0, MOST).map(({ id, label, score }) => ({ id, label, score })) };
}

/**
 * @param {Record<string, Tensor>} outputs class_logits (1, Q, K + 1) and mask_logits (1, Q, h, w)
 * @param {boolean[]} isthing of each class
 * @param {Facts} facts
 */
function answerOfMasks(outputs, isthing, { size, thresholds }) {
  const { class_logits: classLogits, mask_logits: maskLogits } = outputs;
  const [, queries, h, w] = maskLogits.dims,
    cells = h * w,
    row = isthing.length + 1;
  const classProbs = new Float32Array(queries * row);
  for (let q = 0; q < queries; q++) classProbs.set(softmax(classLogits.data.subarray(q * row, (q + 1) * row)), q * row);
  const inference = new PanopticInference(classProbs, isthing, size, (query) =>
    maskProbabilities(maskLogits.data.subarray(query * cells, (query + 1) * cells), [h, w], size),
  );
  const { segments } = inference.update({
    scoreThreshold: thresholds.score_threshold,
    maskThreshold: thresholds.mask_threshold,
    overlapThreshold: thresholds.overlap_threshold,
  });
  return { ids: inference.segmentIds, segments };
}

/**
 * @param {Tensor} logits (1, K, h, w); where they are coarser than the picture they are enlarged first
 * @param {boolean[]} isthing of each class
 * @param {number[]} size H, W
 */
function answerOfPixels({ dims, data: maps }, isthing, [H, W]) {
  const [, classes, h, w] = dims;
  const cells = H * W,
    data = h === H && w === W ? maps : enlarged(maps, classes, [h, w], [H, W]),
    labels = new Uint8Array(cells),
    shares = new Float32Array(cells);
  for (let i = 0; i < cells; i++) {
    let best = 0,
      sum = 0;
    for (let k = 1; k < classes; k++) if (data[k * cells + i] > data[best * cells + i]) best = k; // the first of equals, as in torch
    for (let k = 0; k < classes; k++) sum += Math.exp(data[k * cells + i] - data[best * cells + i]);
    [labels[i], shares[i]] = [best, 1 / sum];
  }
  return connectedSegments(labels, shares, isthing, [H, W]);
}

/** Maps of logits at the size of the picture, bilinear: rows first, then columns, as upsampled_strips in Python. */
function enlarged(maps, count, [h, w], [H, W]) {
  const rows = axisWeights(h, H),
    columns = axisWeights(w, W),
    row = new Float32Array(w),
    out = new Float32Array(count * H * W);
  let to = 0;
  for (let k = 0; k < count; k++) {
    for (let y = 0; y < H; y++) {
      const upper = (k * h + rows.left[y]) * w,
        lower = (k * h + rows.right[y]) * w,
        weight = rows.weight[y];
      for (let x = 0; x < w; x++) row[x] = (1 - weight) * maps[upper + x] + weight * maps[lower + x];
      for (let x = 0; x < W; x++)
        out[to++] = (1 - columns.weight[x]) * row[columns.left[x]] + columns.weight[x] * row[columns.right[x]];
    }
  }
  return out;
}

/**
 * One segment a stuff class, one a connected component of a thing class; classes in order, components by first pixel.
 *
 * Connected are pixels that share a side. The score is the mean share over the segment.
 */
export function connectedSegments(labels, shares, isthing, [H, W]) {
  const part = new Int32Array(H * W).fill(-1),
    parts = [],
    ofStuff = new Map(),
    todo = new Int32Array(H * W);
  for (let first = 0; first < labels.length; first++) {
    const label = labels[first];
    if (part[first] >= 0) continue;
    if (!isthing[label]) {
      if (!ofStuff.has(label)) ofStuff.set(label, parts.push({ label, sum: 0, area: 0 }) - 1);
      part[first] = ofStuff.get(label);
      continue;
    }
    const number = parts.push({ label, sum: 0, area: 0 }) - 1;
    let count = 1;
    [todo[0], part[first]] = [first, number];
    const visit = (i) => {
      if (labels[i] !== label || part[i] >= 0) return;
      part[i] = number;
      todo[count++] = i;
    };
    while (count) {
      const i = todo[--count],
        x = i % W;
      if (x > 0) visit(i - 1);
      if (x < W - 1) visit(i + 1);
      if (i >= W) visit(i - W);
      if (i < H * W - W) visit(i + W);
    }
  }
  for (let i = 0; i < part.length; i++) {
    parts[part[i]].sum += shares[i];
    parts[part[i]].area++;
  }
  const order = [...parts.keys()].sort((a, b) => parts[a].label - parts[b].label || a - b),
    idOf = new Int32Array(parts.length);
  order.forEach((number, n) => (idOf[number] = n + 1));
  const segments = order.map((number, n) => ({
    id: n + 1,
    label: parts[number].label,
    area: parts[number].area,
    score: parts[number].sum / parts[number].area,
  }));
  return { ids: part.map((number) => idOf[number]), segments };
}
