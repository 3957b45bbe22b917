/** What ScoreExplorer says about a segment: what it was counted as, why, and what that costs of PQ. */

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (share) => (100 * share).toFixed(1);

/**
 * @param {"prediction" | "truth"} side
 * @param {object} found matchSegments' answer; classes: classQualities' answer; names: of all classes
 * @returns {string} nothing for a segment that is not there
 */
export function segmentInWords(side, id, found, classes, names) {
  const mine = side === "truth" ? found.true : found.predicted, others = side === "truth" ? found.predicted : found.true;
  const position = mine.findIndex((one) => one.id === id);
  if (position < 0) return "";
  const { label, kind, partner, iou } = mine[position], { tp, fp, fn, weight } = classes[label];
  const n = classes.filter((one) => one.weight > 0).length;
  const title = side === "truth" ? `True ${names[label]} ${id}` : `Predicted ${names[label]} ${id}`;
  const other = (one) => `${side === "truth" ? "predicted" : "true"} ${names[one.label]} ${one.id}`;
  const share = ` W = TP + FP / 2 + FN / 2 of ${names[label]} is ${tp} + ${fp} / 2 + ${fn} / 2 = ${weight}, and ${n} ${n === 1 ? "class occurs" : "classes occur"}:`;
  if (kind === "matched") {
    const match = others.find((one) => one.id === partner);
    return `${title} and ${other(match)} match with IoU ${percent(iou)}.${share} it costs (1 - IoU) / W / ${n} = ${points((1 - iou) / weight / n)} points of PQ.`;
  }
  if (kind === "crowd") return `${title} is a crowd: it is neither matched nor missed, and costs nothing.`;
  if (kind === "ignored") return `${title} lies by more than half on void, or on a crowd of its class: it is ignored, and costs nothing.`;
  const P = found.predicted.length, overlap = (k) => found.ious[side === "truth" ? position * P + k : k * P + position];
  let best = 0;
  for (let k = 1; k < others.length; k++) if (overlap(k) > overlap(best)) best = k;
  const price = `${share} it costs 1/2 / W / ${n} = ${points(0.5 / weight / n)} points of PQ.`;
  if (!others.length || !(overlap(best) > 0)) return `${title} is ${kind}: ${side === "truth" ? "nothing is predicted there" : "no segment of the truth is there"}.${price}`;
  const one = others[best];
  const why = one.kind === "crowd" ? "which is a crowd" : one.label !== label ? "of another class" : "not more than 50 %";
  const by = `IoU ${percent(overlap(best))}`;
  return `${title} is ${kind}. It overlaps most with ${other(one)}, ${one.label !== label || one.kind === "crowd" ? `${why}, ${by}` : `${by}, ${why}`}.${price}`;
}

/** One line of the list: {text, cost} of a part that lostQuality returned. */
export function lineInWords(part, found, names) {
  const find = (list, id) => list.find((one) => one.id === id);
  const mine = find(part.kind === "false" ? found.predicted : found.true, part.segment);
  const other = part.other && find(part.kind === "false" ? found.true : found.predicted, part.other);
  const name = `${names[mine.label]} ${mine.id}`;
  if (part.kind === "matched") return { text: `${name}: IoU ${percent(part.iou)}`, cost: points(part.lost) };
  return { text: `${name}: ${other ? `most on ${names[other.label]} ${other.id}, IoU ${percent(part.iou)}` : "nothing there"}`, cost: points(part.lost) };
}

/** A repair in words, for the list of what was done. className(category id), trueName(number of a true segment). */
export function repairInWords(repair, className, trueName) {
  const { do: kind, segment, truth, other } = repair;
  if (kind === "remove") return `segment ${segment} removed`;
  if (kind === "mask") return `segment ${segment} got the mask of ${trueName(truth)}`;
  if (kind === "class") return `segment ${segment} called ${className(repair.category_id)}`;
  if (kind === "merge") return `segment ${other} merged into ${segment}`;
  if (kind === "split") return `segment ${segment} split along ${trueName(truth)}`;
  return `${trueName(truth)} predicted`;
}
