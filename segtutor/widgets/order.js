/** In which order the queries stand and which of them are shown: the twin of query_order in reading.py. */

/** Cells of the grid whose mask logit is above 0, by query. maps: logits.js */
export function gridAreas(maps) {
  const { codes, cells, levels } = maps, areas = new Int32Array(maps.count), positive = Uint8Array.from(levels, (level) => (level > 0 ? 1 : 0));
  for (let query = 0, i = 0; query < areas.length; query++) for (const end = i + cells; i < end; i++) areas[query] += positive[codes[i]];
  return areas;
}

/**
 * @param {"number" | "score" | "area" | "class"} sort by score, queries that say "no object" come last
 * @param {{labels: Int32Array, scores: Float32Array, classes: number}} inference of the last layer
 */
export function queryOrder(sort, { labels, scores, classes }, areas) {
  const silent = (query) => (labels[query] === classes ? 1 : 0);
  const keys = {
    number: (q) => [q],
    score: (q) => [silent(q), -scores[q], q],
    area: (q) => [-areas[q], q],
    class: (q) => [labels[q], -scores[q], q],
  }[sort];
  return [...labels.keys()].sort((a, b) => {
    const [first, second] = [keys(a), keys(b)], at = first.findIndex((value, n) => value !== second[n]);
    return at < 0 ? 0 : first[at] - second[at];
  });
}

/** fates: of the last layer, in query order; null while they are being decided (then "kept" shows all that could be). */
export function queryFilter(show, { labels, classes }, fates) {
  return {
    all: () => true,
    kept: (query) => (fates ? fates[query].fate === "kept" : labels[query] < classes),
    classes: (query) => labels[query] < classes,
    "no object": (query) => labels[query] === classes,
  }[show];
}
