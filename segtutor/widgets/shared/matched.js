// @ts-check
/**
 * What panoptic quality counts in one picture and what each segment costs, in the browser: the twin of
 * segtutor/metrics/matching.py and segtutor/metrics/lost.py, rule by rule and in their order.
 *
 *     1 - PQ of a class = (sum of (1 - IoU) over matches + FP / 2 + FN / 2) / W,   W = TP + FP / 2 + FN / 2
 *     (rearranged from Kirillov et al., arXiv:1801.00868, eq. 1); a picture's PQ is the mean over the n classes that occur
 *
 * A side is {ids: H * W numbers, 0 = void, segments: Map(id -> label)}; the truth has crowds: Set(id) beside them.
 */

/**
 * @returns {{predicted: Record<string, any>[], true: Record<string, any>[], shared: Float64Array, ious: Float64Array}}
 *   predicted: {id, label, kind: "matched" | "false" | "ignored", partner, iou, area}, true: the same with "matched" |
 *   "missed" | "crowd", both in the order of their ids, partner = the other's id or 0; shared: (1 + T, 1 + P) pixels,
 *   row and column 0 are void; ious: (T, P), void of the truth left out of the union
 */
export function matchSegments(prediction, truth) {
  const side = ({ segments }, kind) =>
    [...segments].sort((a, b) => a[0] - b[0]).map(([id, label]) => ({ id, label, kind, partner: 0, iou: 0, area: 0 }));
  const predicted = side(prediction, "false"),
    true_ = side(truth, "missed"),
    P = predicted.length,
    T = true_.length;
  const place = (list) => {
    const places = new Int32Array(1 + Math.max(0, ...list.map(({ id }) => id)));
    list.forEach(({ id }, n) => (places[id] = n + 1));
    return places;
  };
  const row = place(true_),
    column = place(predicted),
    shared = new Float64Array((T + 1) * (P + 1));
  for (let i = 0; i < prediction.ids.length; i++) shared[row[truth.ids[i]] * (P + 1) + column[prediction.ids[i]]]++;
  for (let t = 0; t <= T; t++) {
    for (let p = 0; p <= P; p++) {
      if (t) true_[t - 1].area += shared[t * (P + 1) + p];
      if (p) predicted[p - 1].area += shared[t * (P + 1) + p];
    }
  }
  const ious = new Float64Array(T * P),
    crowdOf = new Map();
  true_.forEach((one, t) => {
    if (truth.crowds.has(one.id)) one.kind = "crowd";
    predicted.forEach((two, p) => {
      const both = shared[(t + 1) * (P + 1) + p + 1],
        union = one.area + two.area - both - shared[p + 1];
      ious[t * P + p] = union > 0 ? both / union : 0;
      if (one.kind === "crowd" || one.label !== two.label || 2 * both <= union) return; // integers decide
      for (const [here, there] of [
        [one, two],
        [two, one],
      ])
        Object.assign(here, { kind: "matched", partner: there.id, iou: both / union });
    });
  });
  // Of several crowds of one class the last one in the truth's own order counts, as in panopticapi.
  for (const [id, label] of truth.segments) if (truth.crowds.has(id)) crowdOf.set(label, row[id]);
  predicted.forEach((one, p) => {
    const crowd = crowdOf.get(one.label);
    const excused = shared[p + 1] + (crowd ? shared[crowd * (P + 1) + p + 1] : 0);
    if (one.kind === "false" && 2 * excused > one.area) one.kind = "ignored";
  });
  return { predicted, true: true_, shared, ious };
}

/** Quality of each class, K of {iou, tp, fp, fn, weight, pq, sq, rq}; NaN where nothing was to be counted. */
export function classQualities(found, K) {
  const classes = Array.from({ length: K }, () => ({ iou: 0, tp: 0, fp: 0, fn: 0 }));
  for (const { label, kind, iou } of found.true) {
    if (kind === "matched") {
      classes[label].tp++;
      classes[label].iou += iou;
    } else if (kind === "missed") classes[label].fn++;
  }
  for (const { label, kind } of found.predicted) if (kind === "false") classes[label].fp++;
  return classes.map((one) => {
    const { iou, tp, fp, fn } = one,
      weight = tp + 0.5 * fp + 0.5 * fn;
    return { ...one, weight, pq: iou / weight, sq: tp ? iou / tp : weight ? 0 : NaN, rq: tp / weight };
  });
}

/** The mean over those of the classes that occur: {pq, sq, rq, tp, fp, fn, n}; NaN where none does. */
export function meanQuality(classes) {
  const present = classes.filter(({ weight }) => weight > 0),
    n = present.length;
  const sum = (name) => present.reduce((total, one) => total + one[name], 0);
  return { pq: sum("pq") / n, sq: sum("sq") / n, rq: sum("rq") / n, tp: sum("tp"), fp: sum("fp"), fn: sum("fn"), n };
}

/**
 * What each matched pair, missed or false segment costs, the dearest first; the costs sum to 1 - PQ.
 *
 * @returns {{kind, segment, other, iou, lost}[]} as Python's Lost: segment of the truth where matched or missed, of the
 *   prediction where false; other: what it matched, or what overlaps it most on the other side, or null (ids)
 */
export function lostQuality(found, classes) {
  const n = classes.filter(({ weight }) => weight > 0).length,
    P = found.predicted.length;
  const cost = (label, part) => part / classes[label].weight / n;
  const parts = found.true
    .filter(({ kind }) => kind === "matched")
    .map(({ id, label, partner, iou }) => ({
      kind: "matched",
      segment: id,
      other: partner,
      iou,
      lost: cost(label, 1 - iou),
    }));
  const closest = (list, iou) => {
    let best = -1;
    for (let k = 0; k < list.length; k++) if (iou(k) > 0 && (best < 0 || iou(k) > iou(best))) best = k;
    return best < 0 ? { other: null, iou: 0 } : { other: list[best].id, iou: iou(best) };
  };
  found.true.forEach(({ id, label, kind }, t) => {
    if (kind === "missed")
      parts.push({
        kind,
        segment: id,
        ...closest(found.predicted, (p) => found.ious[t * P + p]),
        lost: cost(label, 0.5),
      });
  });
  found.predicted.forEach(({ id, label, kind }, p) => {
    if (kind === "false")
      parts.push({ kind, segment: id, ...closest(found.true, (t) => found.ious[t * P + p]), lost: cost(label, 0.5) });
  });
  return parts.sort((a, b) => b.lost - a.lost);
}
