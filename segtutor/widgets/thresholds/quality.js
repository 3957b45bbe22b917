// @ts-check
/**
 * Panoptic quality of one picture, in the browser: the twin of segtutor/metrics/pq.py.
 *
 *     PQ = (sum of IoU over matches) / (TP + FP / 2 + FN / 2) = SQ x RQ        (Kirillov et al., arXiv:1801.00868)
 *
 * What matches what, and what is excused, is decided in matched.js. The mean is taken over the classes that occur.
 */
import { classQualities, matchSegments, meanQuality } from "../shared/matched.js";

/**
 * @param {Int32Array} predictionIds H * W, 0 = void
 * @param {{id: number, label: number}[]} predicted ids from 1 without gaps; label = position of the class
 * @param {Uint16Array} truthIds H * W, 0 = void, otherwise 1 + position in `truth`
 * @param {{label: number, iscrowd: boolean}[]} truth
 * @param {boolean[]} isthing K flags
 * @returns {{all: Record<string, any>, things: Record<string, any>, stuff: Record<string, any>}} each {pq, sq, rq, tp, fp, fn}, quality in 0..1;
 *   pq, sq and rq are NaN where no class occurs
 */
export function panopticQuality(predictionIds, predicted, truthIds, truth, isthing) {
  const found = matchSegments(
    { ids: predictionIds, segments: new Map(predicted.map(({ id, label }) => [id, label])) },
    {
      ids: truthIds,
      segments: new Map(truth.map(({ label }, n) => [n + 1, label])),
      crowds: new Set(truth.flatMap(({ iscrowd }, n) => (iscrowd ? [n + 1] : []))),
    },
  );
  const classes = classQualities(found, isthing.length);
  return {
    all: mean(classes),
    things: mean(classes.filter((_, k) => isthing[k])),
    stuff: mean(classes.filter((_, k) => !isthing[k])),
  };
}

function mean(classes) {
  const { pq, sq, rq, tp, fp, fn } = meanQuality(classes);
  return { pq, sq, rq, tp, fp, fn };
}
