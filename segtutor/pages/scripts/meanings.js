// @ts-check
/**
 * What the truth of a scene says of a question, of an answer, and of the next click: the twin of `Truth` in
 * widgets/asking/questions.py and of `correction` in training/recipes/clicks.py.
 */
import { phraseMask } from "./phrases.js";

const LEAST_BOX_IOU = 0.3; // of a drawn box with the box of what it may mean

/** @typedef {{level: string, name: string, mask: Uint8Array}} Region */

const areaOf = (mask) => mask.reduce((sum, one) => sum + one, 0);

/** Common over joint area of two masks; 0 for two empty ones. */
export function maskIou(a, b) {
  let common = 0,
    joint = 0;
  for (let i = 0; i < a.length; i++) {
    common += a[i] & b[i];
    joint += a[i] | b[i];
  }
  return common / Math.max(1, joint);
}

/** [x0, y0, x1, y1], the edges of the smallest box around a mask with at least one pixel. */
function boxOf(mask, [H, W]) {
  let [x0, y0, x1, y1] = [W, H, 0, 0];
  for (let y = 0, i = 0; y < H; y++)
    for (let x = 0; x < W; x++, i++)
      if (mask[i]) [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + 1), Math.max(y1, y + 1)];
  return [x0, y0, x1, y1];
}

function boxIou(a, b) {
  const size = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])),
    height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  return (width * height) / (size(a) + size(b) - width * height);
}

/**
 * All that a question may mean, smallest first, at most one of each level. @returns {Region[]}
 * @param {import("./asker.js").Question} question
 * @param {{regions: Region[], ids: Uint8Array, things: any[]}} truth
 * @param {number[]} size
 * @param {Record<string, any>} vocabulary
 */
export function meaningsOf(question, { regions, ids, things }, [H, W], vocabulary) {
  /** @type {Region[]} */
  let found = [];
  if (question.kind === "text") {
    const mask = phraseMask(question.text, vocabulary, { ids, things });
    found = mask ? [{ level: "words", name: question.text, mask }] : [];
  } else if (question.box) {
    const { x0, y0, x1, y1 } = question.box;
    found = regions
      .map((region) => ({ region, iou: boxIou([x0, y0, x1, y1], boxOf(region.mask, [H, W])) }))
      .sort((a, b) => a.iou - b.iou)
      .filter(({ iou }) => iou >= LEAST_BOX_IOU)
      .map(({ region }) => region);
  } else if (question.kind === "click") {
    const [{ x, y }] = question.points,
      at = Math.min(H - 1, Math.floor(y)) * W + Math.min(W - 1, Math.floor(x));
    found = regions.filter(({ mask }) => mask[at]);
  }
  const byLevel = new Map(found.map((region) => [region.level, region]));
  return [...byLevel.values()].sort((a, b) => areaOf(a.mask) - areaOf(b.mask));
}

/** The position of the level that the learner chose, else of the thing or stuff, else the first. */
export function meantOf(levels, wanted) {
  for (const level of [wanted, "thing", "stuff"]) if (levels.includes(level)) return levels.indexOf(level);
  return 0;
}

/** The next click, [x, y, label]: the deepest pixel of the largest error; null where there is none. */
export function nextClick(truth, answer, [H, W]) {
  const error = truth.map((one, i) => one ^ answer[i]);
  if (!error.includes(1)) return null;
  const at = deepest(largestPiece(error, [H, W]), [H, W]);
  return [(at % W) + 0.5, Math.floor(at / W) + 0.5, truth[at]];
}

/** The largest of the pieces whose pixels share sides; the first of equals, in the order of their first pixels. */
function largestPiece(mask, [H, W]) {
  const piece = new Int32Array(H * W),
    todo = new Int32Array(H * W);
  let pieces = 0,
    best = 0,
    most = 0;
  for (let first = 0; first < mask.length; first++) {
    if (!mask[first] || piece[first]) continue;
    piece[first] = ++pieces;
    todo[0] = first;
    let count = 1,
      area = 0;
    const visit = (i) => {
      if (!mask[i] || piece[i]) return;
      piece[i] = pieces;
      todo[count++] = i;
    };
    while (count) {
      const i = todo[--count],
        x = i % W;
      area += 1;
      if (x > 0) visit(i - 1);
      if (x < W - 1) visit(i + 1);
      if (i >= W) visit(i - W);
      if (i < H * W - W) visit(i + W);
    }
    if (area > most) [best, most] = [pieces, area];
  }
  return Uint8Array.from(piece, (one) => (one === best ? 1 : 0));
}

/**
 * The pixel that is farthest from the outside of a mask, the first of equals; the picture's border counts as outside.
 *
 * Squared distances, exact: along each column, then along rows for each of them the smallest of (x - u)^2 + column(u)^2.
 */
function deepest(mask, [H, W]) {
  const column = new Float64Array(H * W); // steps to the nearest pixel outside, above or below
  for (let x = 0; x < W; x++) {
    for (let y = 0, run = 0; y < H; y++) column[y * W + x] = run = mask[y * W + x] ? run + 1 : 0;
    for (let y = H - 1, run = 0; y >= 0; y--) {
      run = mask[y * W + x] ? run + 1 : 0;
      column[y * W + x] = Math.min(column[y * W + x], run);
    }
  }
  let best = 0,
    far = -1;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    const x = i % W,
      row = i - x;
    let near = Math.min(x + 1, W - x) ** 2;
    for (let u = 0; u < W; u++) near = Math.min(near, (x - u) ** 2 + column[row + u] ** 2);
    if (near > far) [best, far] = [i, near];
  }
  return best;
}
