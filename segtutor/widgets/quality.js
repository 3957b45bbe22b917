/**
 * Panoptic quality of one picture, in the browser: the twin of segtutor/metrics/pq.py.
 *
 *     PQ = (sum of IoU over matches) / (TP + FP / 2 + FN / 2) = SQ x RQ        (Kirillov et al., arXiv:1801.00868)
 *
 * A segment of the prediction and one of the truth match when they share the class and IoU > 0.5; such a match is
 * unique. Void pixels of the truth leave the union. A crowd is never missed, and a prediction that lies mostly on void
 * or on a crowd of its class is no false positive. The mean is taken over the classes that occur.
 */

/**
 * @param {Int32Array} predictionIds H * W, 0 = void
 * @param {{id: number, label: number}[]} predicted ids from 1 without gaps; label = position of the class
 * @param {Uint16Array} truthIds H * W, 0 = void, otherwise 1 + position in `truth`
 * @param {{label: number, iscrowd: boolean}[]} truth
 * @param {boolean[]} isthing K flags
 * @returns {{all: object, things: object, stuff: object}} each {pq, sq, rq, tp, fp, fn}, quality in 0..1;
 *   pq, sq and rq are NaN where no class occurs
 */
export function panopticQuality(predictionIds, predicted, truthIds, truth, isthing) {
  const columns = predicted.length + 1;
  const shared = new Float64Array((truth.length + 1) * columns); // pixels for each (truth, prediction) pair
  for (let i = 0; i < predictionIds.length; i++) shared[truthIds[i] * columns + predictionIds[i]]++;
  const truthArea = new Float64Array(truth.length + 1), predictedArea = new Float64Array(columns);
  for (let t = 0; t <= truth.length; t++) {
    for (let p = 0; p < columns; p++) {
      truthArea[t] += shared[t * columns + p];
      predictedArea[p] += shared[t * columns + p];
    }
  }

  const classes = isthing.map(() => ({ iou: 0, tp: 0, fp: 0, fn: 0 }));
  const matched = new Set();
  truth.forEach((segment, index) => {
    if (segment.iscrowd) return;
    const t = index + 1;
    let found = false; // integers decide, so that exactly one half is the same in every language
    for (const { id, label } of predicted) {
      const both = shared[t * columns + id];
      if (label !== segment.label || both === 0) continue;
      const union = truthArea[t] + predictedArea[id] - both - shared[id];
      if (2 * both <= union) continue;
      classes[label].tp++;
      classes[label].iou += both / union;
      matched.add(id);
      found = true;
    }
    if (!found) classes[segment.label].fn++;
  });
  // Of several crowds of one class the last one counts, as in panopticapi.
  const crowds = new Map(truth.flatMap(({ label, iscrowd }, index) => (iscrowd ? [[label, index + 1]] : [])));
  for (const { id, label } of predicted) {
    if (matched.has(id)) continue;
    const excused = shared[id] + (crowds.has(label) ? shared[crowds.get(label) * columns + id] : 0);
    if (2 * excused <= predictedArea[id]) classes[label].fp++;
  }
  return {
    all: average(classes),
    things: average(classes.filter((_, k) => isthing[k])),
    stuff: average(classes.filter((_, k) => !isthing[k])),
  };
}

/** The mean over the classes that occur, and their counts added up. */
function average(classes) {
  const total = { pq: 0, sq: 0, rq: 0, tp: 0, fp: 0, fn: 0 };
  let occurring = 0;
  for (const { iou, tp, fp, fn } of classes) {
    if (tp + fp + fn === 0) continue;
    occurring++;
    total.pq += iou / (tp + fp / 2 + fn / 2);
    total.sq += tp ? iou / tp : 0;
    total.rq += tp / (tp + fp / 2 + fn / 2);
    total.tp += tp;
    total.fp += fp;
    total.fn += fn;
  }
  for (const name of ["pq", "sq", "rq"]) total[name] = occurring ? total[name] / occurring : NaN;
  return total;
}
