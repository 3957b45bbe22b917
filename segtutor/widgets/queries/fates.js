// @ts-check
/**
 * What becomes of one query in semantic, instance and panoptic inference: the twin of QueryExplorer's `fate`.
 *
 * semantic   each query adds P(class) x P(pixel in its mask) to every class; the largest sum wins the pixel
 * instance   all (query, class) pairs are ranked by P(class); of the best 100 those of things stay, and are ranked
 *            again by P(class) x the mean mask probability inside the mask
 * panoptic   inference.js and querylist.js
 */
import { share } from "../shared/bars.js";
import { classWords } from "../shared/names.js";
import { tr } from "../shared/words.js";

export const TOP_K = 100;

/** Mean probability inside the mask (logit > 0), 0 for an empty mask. */
export function maskQuality(probabilities) {
  let inside = 0,
    sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] > 0.5) {
      inside++;
      sum += probabilities[i];
    }
  }
  return sum / (inside + 1e-6);
}

/** The (query, class) pairs of things that stay, in the order of P(class); equal ones in the order (query, class). */
export function instancePairs(classProbs, isthing) {
  const classes = isthing.length,
    queries = classProbs.length / (classes + 1),
    pairs = [];
  for (let query = 0; query < queries; query++) {
    for (let label = 0; label < classes; label++)
      pairs.push({ query, label, probability: classProbs[query * (classes + 1) + label] });
  }
  pairs.sort((a, b) => b.probability - a.probability || a.query - b.query || a.label - b.label);
  return pairs.slice(0, TOP_K).filter(({ label }) => isthing[label]);
}

/** The same pairs with their score, best first. quality: maskQuality by query. */
export function rankInstances(pairs, quality) {
  return pairs
    .map((pair) => ({ ...pair, score: pair.probability * quality(pair.query) }))
    .sort((a, b) => b.score - a.score);
}

/** How many pixels a mask has, and in how many of them the semantic answer is `label`. */
export function semanticShare(probabilities, threshold, labels, label) {
  const least = Math.fround(threshold);
  let inside = 0,
    agree = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] < least) continue;
    inside++;
    if (labels[i] === label) agree++;
  }
  return { inside, agree };
}

/** The most probable class but "no object" of a query. */
export function bestClass(classProbs, query, classes) {
  const start = query * (classes + 1);
  let best = 0;
  for (let k = 1; k < classes; k++) if (classProbs[start + k] > classProbs[start + best]) best = k;
  return best;
}

export function semanticWords(name, probability, { inside, agree }) {
  const adds = { name, share: share(probability) };
  if (inside === 0) return tr("its mask is empty; what it adds, at most {share} for {name}, is spread thin.", adds);
  return tr("it adds most to {name} ({share} of its mask). Of its {n} pixels {agree} end as {name}.", {
    ...adds,
    n: inside,
    agree: share(agree / inside),
  });
}

/** ranked: null while the masks are still being measured; pairs: see instancePairs. */
export function instanceWords(query, ranked, pairs, classes, isThing, name) {
  if (!pairs.some((pair) => pair.query === query)) {
    return isThing
      ? tr("none of its classes is among the best {top} pairs of a query and a class: left out.", { top: TOP_K })
      : tr("{name} is stuff, and no thing it might be is among the best {top} pairs: left out.", { name, top: TOP_K });
  }
  if (!ranked) return tr("being ranked …");
  const places = ranked.flatMap((pair, n) => (pair.query === query ? [{ ...pair, rank: n + 1 }] : []));
  const first = places
    .slice(0, 3)
    .map(({ rank, label, score }) => `${rank}. ${classWords(classes, label)} (${score.toFixed(2)})`);
  const said = { n: ranked.length, places: first.join(", ") };
  return places.length > 3
    ? tr("of {n} instances it is number {places} and {more} times more.", { ...said, more: places.length - 3 })
    : tr("of {n} instances it is number {places}.", said);
}
