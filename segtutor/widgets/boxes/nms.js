// @ts-check
/** Boxes as in segtutor.reference.boxes: overlap, greedy suppression, anchors. A box is four numbers, x0 y0 x1 y1. */

/** Shared over common area of boxes a and b of a flat list, 0..1; 0 for boxes without area. */
export function iou(boxes, a, b) {
  const [i, j] = [4 * a, 4 * b];
  const width = Math.min(boxes[i + 2], boxes[j + 2]) - Math.max(boxes[i], boxes[j]);
  const height = Math.min(boxes[i + 3], boxes[j + 3]) - Math.max(boxes[i + 1], boxes[j + 1]);
  const both = Math.max(0, width) * Math.max(0, height);
  const area = (k) => Math.max(0, boxes[k + 2] - boxes[k]) * Math.max(0, boxes[k + 3] - boxes[k + 1]);
  return both / Math.max(area(i) + area(j) - both, 1e-12);
}

/**
 * Which boxes stay, best score first: of each label the best, and those that overlap none of it that stays by more than
 * `threshold`. Boxes of a score of at most `least` are left out before.
 *
 * @param {Float32Array} boxes N * 4
 * @param {Float32Array} scores N
 * @param {Int32Array | number[]} labels N
 * @returns {number[]} positions
 */
export function suppressed(boxes, scores, labels, threshold, least) {
  const order = Array.from(scores.keys())
    .filter((n) => scores[n] > least)
    .sort((a, b) => scores[b] - scores[a] || a - b);
  const kept = [];
  for (const n of order) {
    if (kept.every((k) => labels[k] !== labels[n] || iou(boxes, k, n) <= threshold)) kept.push(n);
  }
  return kept;
}

/**
 * The anchors of each level around the cell that a point lies in.
 *
 * @param {{stride: number[], cells: number[], size: number, first: number}[]} levels pixels of a cell [x, y], cells [h, w], side; all in
 *   pixels of the picture; `first` is the position of the level's first anchor in the list of all
 * @param {number[]} ratios
 * @param {number[]} point [x, y]
 * @returns {{box: number[], anchor: number}[]}
 */
export function anchorsAt(levels, ratios, [x, y]) {
  return levels.flatMap(({ stride, cells, size, first }) => {
    const column = Math.min(cells[1] - 1, Math.max(0, Math.floor(x / stride[0])));
    const row = Math.min(cells[0] - 1, Math.max(0, Math.floor(y / stride[1])));
    const [cx, cy] = [(column + 0.5) * stride[0], (row + 0.5) * stride[1]];
    return ratios.map((ratio, n) => {
      const [w, h] = [size[0] / Math.sqrt(ratio), size[1] * Math.sqrt(ratio)];
      return {
        box: [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2],
        anchor: first + (row * cells[1] + column) * ratios.length + n,
      };
    });
  });
}
