/** What a mask classifier says about one pixel: who claims it, and what the claims add up to for each class. */

/**
 * @param {Float32Array} masks P(pixel in the mask) of each query
 * @param {Float32Array} classProbs Q * (K + 1)
 * @returns {{query: number, label: number, score: number, mask: number, claim: number}[]} strongest claim first:
 *   claim = score x mask probability, score = P(the query's most probable class but "no object")
 */
export function claimsAt(masks, classProbs, classes) {
  return Array.from(masks, (mask, query) => {
    const start = query * (classes + 1);
    let label = 0;
    for (let k = 1; k < classes; k++) if (classProbs[start + k] > classProbs[start + label]) label = k;
    const score = classProbs[start + label];
    return { query, label, score, mask, claim: score * mask };
  }).sort((a, b) => b.claim - a.claim || a.query - b.query);
}

/** sum over queries of P(query is k) x P(pixel in its mask), for each class k (MaskFormer, arXiv:2107.06278, sec. 3.4). */
export function semanticAt(masks, classProbs, classes) {
  const sums = new Float64Array(classes);
  masks.forEach((mask, query) => {
    for (let k = 0; k < classes; k++) sums[k] += mask * classProbs[query * (classes + 1) + k];
  });
  return sums;
}
