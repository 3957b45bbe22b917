// @ts-check
/** What ScoreExplorer says of a segment: what it was counted as, why, and what that costs of PQ. */
import { tr, trCount, trLater } from "../shared/words.js";

const KINDS = {
  matched: trLater("matched"),
  missed: trLater("missed"),
  false: trLater("false"),
  ignored: trLater("ignored"),
  crowd: trLater("crowd"),
};

/** A kind of segment for a reader. @param {string} kind */
export const kindInWords = (kind) => tr(KINDS[kind]);

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (share) => (100 * share).toFixed(1);

/** "True cat 3". @param {"prediction" | "truth"} side @param {string} name of its class @param {number} id */
export const titleInWords = (side, name, id) =>
  side === "truth" ? tr("True {name} {id}", { name, id }) : tr("Predicted {name} {id}", { name, id });

/** The same inside a sentence: "true cat 3". @param {"prediction" | "truth"} side @param {string} name @param {number} id */
export const namedInWords = (side, name, id) =>
  side === "truth" ? tr("true {name} {id}", { name, id }) : tr("predicted {name} {id}", { name, id });

/** What of the picture is selected. @param {"prediction" | "truth"} side @param {string} name @param {number} id */
export const selectedInWords = (side, name, id) =>
  tr("{segment} is selected.", { segment: titleInWords(side, name, id) });

/**
 * @param {"prediction" | "truth"} side
 * @param {Record<string, any>} found matchSegments' answer; classes: classQualities' answer; names: of all classes
 * @returns {string} nothing for a segment that is not there
 */
export function segmentInWords(side, id, found, classes, names) {
  const isTrue = side === "truth",
    [mine, others] = isTrue ? [found.true, found.predicted] : [found.predicted, found.true],
    position = mine.findIndex((one) => one.id === id);
  if (position < 0) return "";
  const one = mine[position],
    title = titleInWords(side, names[one.label], id),
    named = (other) => namedInWords(isTrue ? "prediction" : "truth", names[other.label], other.id);
  if (one.kind === "crowd")
    return tr("{segment} is a crowd: it is neither matched nor missed, and costs nothing.", { segment: title });
  if (one.kind === "ignored")
    return tr(
      "{segment} lies by more than half on void, or on a crowd of its class: it is ignored, and costs nothing.",
      { segment: title },
    );
  if (one.kind === "matched") {
    const match = others.find((other) => other.id === one.partner);
    const met = tr("{segment} and {other} match with IoU {iou}.", {
      segment: title,
      other: named(match),
      iou: percent(one.iou),
    });
    return `${met} ${costOfMatch(one, classes, names)}`;
  }
  const P = found.predicted.length,
    ious = others.map((_, k) => found.ious[isTrue ? position * P + k : k * P + position]);
  return `${unmatched(title, one, others, ious, named)} ${costOfMiss(one, classes, names)}`;
}

/** The numbers of a class from which a segment's cost is computed. */
function weightOf({ label }, classes, names) {
  const { tp, fp, fn, weight } = classes[label],
    n = classes.filter((one) => one.weight > 0).length;
  return { n, values: { name: names[label], tp, fp, fn, weight } };
}

function costOfMatch(one, classes, names) {
  const { n, values } = weightOf(one, classes, names);
  return trCount(
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} class occurs: it costs (1 - IoU) / W / {n} = {points} points of PQ.",
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} classes occur: it costs (1 - IoU) / W / {n} = {points} points of PQ.",
    n,
    { ...values, points: points((1 - one.iou) / values.weight / n) },
  );
}

function costOfMiss(one, classes, names) {
  const { n, values } = weightOf(one, classes, names);
  return trCount(
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} class occurs: it costs 1/2 / W / {n} = {points} points of PQ.",
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} classes occur: it costs 1/2 / W / {n} = {points} points of PQ.",
    n,
    { ...values, points: points(0.5 / values.weight / n) },
  );
}

/** Why a segment matches nothing. ious: with each of the other side's; named: one of those in words */
function unmatched(segment, one, others, ious, named) {
  let best = 0;
  for (let k = 1; k < others.length; k++) if (ious[k] > ious[best]) best = k;
  const missed = one.kind === "missed";
  if (!others.length || !(ious[best] > 0))
    return missed
      ? tr("{segment} is missed: nothing is predicted there.", { segment })
      : tr("{segment} is false: no segment of the truth is there.", { segment });
  const values = { other: named(others[best]), iou: percent(ious[best]) },
    verdict = missed ? tr("{segment} is missed.", { segment }) : tr("{segment} is false.", { segment });
  if (others[best].kind === "crowd")
    return `${verdict} ${tr("It overlaps most with {other}, which is a crowd, IoU {iou}.", values)}`;
  if (others[best].label !== one.label)
    return `${verdict} ${tr("It overlaps most with {other}, of another class, IoU {iou}.", values)}`;
  return `${verdict} ${tr("It overlaps most with {other}, IoU {iou}, not more than 50 %.", values)}`;
}

/** One line of the list: {text, cost} of a part that lostQuality returned. */
export function lineInWords(part, found, names) {
  const find = (list, id) => list.find((one) => one.id === id),
    named = ({ label, id }) => `${names[label]} ${id}`;
  const [mine, others] = part.kind === "false" ? [found.predicted, found.true] : [found.true, found.predicted];
  const segment = named(find(mine, part.segment)),
    other = part.other && find(others, part.other),
    iou = percent(part.iou);
  const text =
    part.kind === "matched"
      ? tr("{segment}: IoU {iou}", { segment, iou })
      : other
        ? tr("{segment}: most on {other}, IoU {iou}", { segment, other: named(other), iou })
        : tr("{segment}: nothing there", { segment });
  return { text, cost: points(part.lost) };
}

/** A repair in words, for the list of what was done. className(category id), trueName(number of a true segment). */
export function repairInWords(repair, className, trueName) {
  const { do: kind, segment, truth, other } = repair;
  if (kind === "remove") return tr("segment {id} removed", { id: segment });
  if (kind === "mask") return tr("segment {id} got the mask of {other}", { id: segment, other: trueName(truth) });
  if (kind === "class") return tr("segment {id} called {name}", { id: segment, name: className(repair.category_id) });
  if (kind === "merge") return tr("segment {other} merged into {id}", { id: segment, other });
  if (kind === "split") return tr("segment {id} split along {other}", { id: segment, other: trueName(truth) });
  return tr("{segment} predicted", { segment: trueName(truth) });
}

/** PQ of the picture, and what the repairs changed of it. @param {number} gain of PQ, 0..1 @param {number} repairs how many */
export function scoreInWords(pq, gain, repairs) {
  if (Number.isNaN(pq)) return tr("Nothing to count");
  if (!repairs) return tr("PQ of this picture: {pq}", { pq: percent(pq) });
  return trCount(
    "PQ of this picture: {pq} ({gain} points after {n} repair)",
    "PQ of this picture: {pq} ({gain} points after {n} repairs)",
    repairs,
    { pq: percent(pq), gain: `${gain < 0 ? "−" : "+"}${points(Math.abs(gain))}` },
  );
}
