// @ts-check
/** What both networks answer, read from their tensors: the class of each pixel, what each query found, the merge. */
import { PanopticInference, maskProbabilities } from "../shared/inference.js";
import { softmax } from "../shared/logits.js";

/** @typedef {{dims: number[], data: any}} Tensor */

/** The most probable class of each pixel; the first of equals, as in torch. @param {Tensor} logits (1, K, H, W) */
export function argmaxOf({ dims: [, classes, H, W], data }) {
  const labels = new Uint8Array(H * W),
    best = data.slice(0, H * W);
  for (let k = 1; k < classes; k++)
    for (let i = 0, at = k * H * W; i < H * W; i++, at++)
      if (data[at] > best[i]) {
        best[i] = data[at];
        labels[i] = k;
      }
  return labels;
}

/** What each query says in the end, whether it takes part or not. @param {Tensor} classLogits (1, Q, K + 1) */
export function foundOf({ dims: [, Q, row], data }) {
  return Array.from({ length: Q }, (_, q) => {
    const probs = softmax(data.subarray(q * row, (q + 1) * row)),
      score = Math.max(...probs);
    return { label: probs.indexOf(score), score };
  });
}

/**
 * @param {Record<string, Tensor>} tensors @param {boolean[]} isthing of each class @param {[number, number]} size [H, W]
 * @param {number[]} without queries that were taken away: as if they had found nothing
 */
export function mergeOf({ class_logits: classLogits, mask_logits: maskLogits }, isthing, size, without) {
  const [, Q, h, w] = maskLogits.dims,
    row = isthing.length + 1,
    probs = new Float32Array(Q * row);
  for (let q = 0; q < Q; q++)
    if (without.includes(q)) probs[q * row + row - 1] = 1;
    else probs.set(softmax(classLogits.data.subarray(q * row, (q + 1) * row)), q * row);
  return new PanopticInference(probs, isthing, size, (q) =>
    maskProbabilities(maskLogits.data.subarray(q * h * w, (q + 1) * h * w), [h, w], size),
  );
}

/** The query of a thing that is most sure of itself, else any that found something. */
export const surest = ({ candidates, labels }, isthing) =>
  candidates.find((q) => isthing[labels[q]]) ?? candidates[0] ?? 0;

/** Where a query's mask is surest of itself, as shares of the picture. @param {Tensor} maskLogits (1, Q, h, w) */
export function middleOf({ dims: [, , h, w], data }, query) {
  const logits = data.subarray(query * h * w, (query + 1) * h * w),
    best = logits.indexOf(Math.max(...logits));
  return [((best % w) + 0.5) / w, (Math.floor(best / w) + 0.5) / h];
}
