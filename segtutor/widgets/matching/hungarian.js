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
    placeOf = solve(cost, rows, columns, () => {});
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
  const u = new Float64Array(n),
    v = new Float64Array(m);
  const placeOf = new Int32Array(n).fill(-1),
    holder = new Int32Array(m).fill(-1);
  let distance = new Float64Array(m).fill(Infinity),
    before = new Int32Array(m).fill(-1),
    open = new Uint8Array(m).fill(1);
  const told = (kind, seeker = -1, asked = -1, place = -1, path = []) =>
    tell({
      kind,
      seeker,
      asked,
      place,
      path,
      distance: distance.slice(),
      before: before.slice(),
      settled: Array.from(open.keys()).filter((p) => !open[p]),
      placeOf: placeOf.slice(),
      u: u.slice(),
      v: v.slice(),
    });
  const forget = () => {
    distance = new Float64Array(m).fill(Infinity);
    before = new Int32Array(m).fill(-1);
    open = new Uint8Array(m).fill(1);
  };

  told("begin");
  for (let seeker = 0; seeker < n; seeker++) {
    forget();
    let asked = seeker,
      soFar = 0,
      place;
    for (;;) {
      // Dijkstra's search: the cheapest way from the seeker to a free place, by reduced cost
      for (let p = 0; p < m; p++) {
        const through = soFar + at(asked, p) - u[asked] - v[p];
        if (open[p] && through < distance[p]) [distance[p], before[p]] = [through, asked];
      }
      place = -1;
      for (let p = 0; p < m; p++) {
        if (!open[p]) continue;
        const nearer = place < 0 || distance[p] < distance[place];
        // of equally near places a free one ends the search
        if (nearer || (distance[p] === distance[place] && holder[p] < 0 && holder[place] >= 0)) place = p;
      }
      soFar = distance[place];
      if (holder[place] < 0) break;
      open[place] = 0;
      told("taken", seeker, asked, place);
      asked = holder[place];
    }
    const path = [];
    for (let end = place; end >= 0; end = placeOf[before[end]]) path.push([before[end], end]);
    told("free", seeker, asked, place, path);
    u[seeker] += distance[place];
    for (let p = 0; p < m; p++) {
      if (open[p]) continue;
      u[holder[p]] += distance[place] - distance[p];
      v[p] -= distance[place] - distance[p];
    }
    for (const [row, end] of path) [placeOf[row], holder[end]] = [end, row];
    told("move", seeker, asked, place, path);
  }
  forget();
  told("done");
  return placeOf;
}
