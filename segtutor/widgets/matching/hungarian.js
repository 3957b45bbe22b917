// @ts-check
/**
 * The Hungarian method one step at a time, in the browser: the twin of segtutor/widgets/hungarian_steps.py, and so of
 * segtutor.reference.linear_sum_assignment. Every sum is taken in the same order, in float64 on both sides, so that
 * the assignment, the potentials and each step are equal to the last bit, ties included.
 *
 * The shorter side of the matrix are the seekers, each of which needs one of the places, the longer side. With
 * potentials u (seekers) and v (places) the reduced cost of a pair is cost - u - v, never below 0.
 */

/** The matrix with the shorter side as rows: {n, m, at(seeker, place), turned}; turned: seekers are the columns. */
export function seekersFirst(cost, rows, columns) {
  const turned = rows > columns;
  return turned
    ? { n: columns, m: rows, turned, at: (seeker, place) => cost[place * columns + seeker] }
    : { n: rows, m: columns, turned, at: (seeker, place) => cost[seeker * columns + place] };
}

/**
 * The cheapest assignment.
 *
 * @param {Float64Array} cost rows * columns finite numbers, row by row
 * @returns {[number, number][]} min(rows, columns) pairs (row, column), rows ascending
 */
export function assign(cost, rows, columns) {
  const { turned } = seekersFirst(cost, rows, columns),
    placeOf = solve(cost, rows, columns, null);
  /** @type {[number, number][]} */
  const pairs = Array.from(placeOf, (place, seeker) => (turned ? [place, seeker] : [seeker, place]));
  return pairs.sort((a, b) => a[0] - b[0]);
}

/** All steps: {kind, seeker, asked, place, distance, before, settled, placeOf, u, v, path}, as in Python's Step. */
export function assignmentSteps(cost, rows, columns) {
  const steps = [];
  solve(cost, rows, columns, (step) => steps.push(step));
  return steps;
}

function solve(cost, rows, columns, tell) {
  const { n, m, at } = seekersFirst(cost, rows, columns);
  const now = {
    u: new Float64Array(n),
    v: new Float64Array(m),
    placeOf: new Int32Array(n).fill(-1),
    holder: new Int32Array(m).fill(-1),
    ...fresh(m),
  };
  tell?.(stepOf("begin", now));
  for (let seeker = 0; seeker < n; seeker++) {
    Object.assign(now, fresh(m));
    const { asked, place } = search(now, seeker, at, tell),
      path = [];
    for (let end = place; end >= 0; end = now.placeOf[now.before[end]]) path.push([now.before[end], end]);
    tell?.(stepOf("free", now, seeker, asked, place, path));
    raise(now, seeker, place);
    for (const [row, end] of path) [now.placeOf[row], now.holder[end]] = [end, row];
    tell?.(stepOf("move", now, seeker, asked, place, path));
  }
  Object.assign(now, fresh(m));
  tell?.(stepOf("done", now));
  return now.placeOf;
}

/** Of a search that has not begun: how far each place is, through whom, and which are still open. */
const fresh = (m) => ({
  distance: new Float64Array(m).fill(Infinity),
  before: new Int32Array(m).fill(-1),
  open: new Uint8Array(m).fill(1),
});

/** Dijkstra's search: the cheapest way from the seeker to a free place, by reduced cost. */
function search(now, seeker, at, tell) {
  const { u, v, holder, distance, before, open } = now,
    m = open.length;
  let asked = seeker,
    soFar = 0;
  for (;;) {
    for (let p = 0; p < m; p++) {
      const through = soFar + at(asked, p) - u[asked] - v[p];
      if (open[p] && through < distance[p]) [distance[p], before[p]] = [through, asked];
    }
    const place = nearest(now);
    soFar = distance[place];
    if (holder[place] < 0) return { asked, place };
    open[place] = 0;
    tell?.(stepOf("taken", now, seeker, asked, place));
    asked = holder[place];
  }
}

/** The nearest open place; of equally near ones a free one ends the search. */
function nearest({ distance, open, holder }) {
  let place = -1;
  for (let p = 0; p < open.length; p++) {
    if (!open[p]) continue;
    const nearer = place < 0 || distance[p] < distance[place];
    if (nearer || (distance[p] === distance[place] && holder[p] < 0 && holder[place] >= 0)) place = p;
  }
  return place;
}

/** Other potentials after a search that ended at `place`: the pairs stay on reduced costs of 0. */
function raise({ u, v, holder, distance, open }, seeker, place) {
  u[seeker] += distance[place];
  for (let p = 0; p < open.length; p++) {
    if (open[p]) continue;
    u[holder[p]] += distance[place] - distance[p];
    v[p] -= distance[place] - distance[p];
  }
}

/** What is told of a moment: copies, since the search goes on. */
const stepOf = (kind, now, seeker = -1, asked = -1, place = -1, path = []) => ({
  kind,
  seeker,
  asked,
  place,
  path,
  distance: now.distance.slice(),
  before: now.before.slice(),
  settled: Array.from(now.open.keys()).filter((p) => !now.open[p]),
  placeOf: now.placeOf.slice(),
  u: now.u.slice(),
  v: now.v.slice(),
});
