// @ts-check
/** What ThresholdExplorer's Python sends once, and what the page tells it of its results. */
import { bytesOf, floatsOf } from "../shared/canvas.js";
import { PanopticInference, maskProbabilities } from "../shared/inference.js";
import { Maps } from "../shared/logits.js";
import { inflate } from "../shared/unpack.js";

/**
 * Reads what Python sent into an inference; the masks are resized when they are first needed, not before `unpacked`.
 *
 * truth: {segments, ids}, null where Python has none; its ids are there once `unpacked` is done.
 */
export function readSent(model) {
  const size = model.get("size"),
    sent = model.get("masks"),
    { grid } = sent,
    cells = grid[0] * grid[1];
  const classes = model.get("classes"),
    isthing = classes.map((category) => category.isthing);
  const logits = sent.logits && floatsOf(sent.logits),
    truthSegments = model.get("truth_segments");
  const truth = truthSegments && { segments: truthSegments, ids: null };
  let maps = null;
  const mask = sent.packed
    ? (query) => maps.probabilities(query)
    : (query) => maskProbabilities(logits.subarray(query * cells, (query + 1) * cells), grid, size);
  const inference = new PanopticInference(floatsOf(sent.class_probs), isthing, size, mask);
  const unpacked = Promise.all([
    sent.packed && inflate(bytesOf(sent.packed)).then((codes) => (maps = new Maps({ ...sent, codes }, size))),
    truth && inflate(bytesOf(model.get("truth_ids"))).then(({ buffer }) => (truth.ids = new Uint16Array(buffer))),
  ]);
  return { inference, size, classes, colors: model.get("colors"), isthing, truth, unpacked };
}

/** What Python's `segments` trait holds: category ids instead of positions, and tight boxes. */
export function segmentRecords(segments, ids, width, classes) {
  const boxes = segments.map(() => [Infinity, Infinity, -1, -1]);
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === 0) continue;
    const box = boxes[ids[i] - 1],
      x = i % width,
      y = (i - x) / width;
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return segments.map(({ id, label, score, area }, n) => {
    const [left, top, right, bottom] = boxes[n];
    const { id: category_id, name } = classes[label];
    return { id, category_id, name, score, area, bbox: [left, top, right - left + 1, bottom - top + 1] };
  });
}

/** Quality as JSON can carry it: null instead of NaN. */
export const plainQuality = (quality) =>
  Object.fromEntries(
    Object.entries(quality).map(([name, part]) => [
      name,
      Object.fromEntries(Object.entries(part).map(([key, value]) => [key, Number.isNaN(value) ? null : value])),
    ]),
  );
