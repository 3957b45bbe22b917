/** What MatchingGame says: a pair's cost term by term, the game's state, and each step of the Hungarian method. */

const two = (number) => (Math.abs(number) < 0.005 ? 0 : number).toFixed(2);
const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);

/** "query 3 with cat 5: class 2 x -0.97 + bce 5 x 0.12 + dice 5 x 0.20 = -0.34" */
export function pairInWords(row, column, terms, weights) {
  const parts = terms.map(({ name, value }) => `${name} ${Number(weights[name].toFixed(2))} × ${two(value)}`);
  const sum = terms.reduce((total, { name, value }) => total + weights[name] * value, 0);
  return `${row} with ${column}: ${parts.join(" + ")} = ${two(sum)}`;
}

/** How the learner's assignment stands against the cheapest. needed: how many pairs make it complete. */
export function gameInWords(count, needed, total, least, targets) {
  const what = needed === targets ? "targets" : "queries";
  if (count < needed) return `${count} of ${needed} ${what} matched, sum ${two(total)}.`;
  const more = total - least;
  return more < 1e-9 ? `All ${needed} ${what} matched, sum ${two(total)}: no assignment is cheaper.`
    : `All ${needed} ${what} matched, sum ${two(total)}: another assignment is cheaper by ${two(more)}.`;
}

/** What other weights did to the optimum: of whom the best partner changed. before, now: pairs [row, column]. */
export function changeInWords(before, now, rows, columns, revealed) {
  const first = new Map(before.map(([row, column]) => [column, row]));
  const changed = now.filter(([row, column]) => first.get(column) !== row).sort((a, b) => a[1] - b[1]);
  if (!changed.length) return "These weights have the same optimum as those at the start.";
  if (!revealed) return `With these weights ${changed.length} of ${now.length} pairs of the optimum are others than at the start.`;
  return `Other pairs than at the start: ${list(changed.map(([row, column]) => {
    const was = first.has(column) ? `${rows[first.get(column)]} → ` : "";
    return `${columns[column]} (${was}${rows[row]})`;
  }))}.`;
}

/**
 * One step of assignmentSteps in words.
 *
 * @param {object} step see hungarian.js
 * @param {{seekers: string[], places: string[], seeker: string, place: string}} names of all, and of either kind
 */
export function stepInWords(step, { seekers, places, seeker, place }) {
  const { kind, u, v } = step, who = seekers[step.seeker], where = places[step.place];
  const way = kind === "taken" || kind === "free" || kind === "move" ? two(step.distance[step.place]) : "";
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  if (kind === "begin") {
    return `The ${seeker === "target" ? "targets" : "queries"} are served one by one, each gets a ${place} of its own. Beside the names stand `
      + "the potentials, all 0 yet; the cells show cost minus both potentials, the reduced cost. Subtracting a number from a "
      + "whole row or column changes the sum of every complete assignment alike, so the best one stays the best.";
  }
  if (kind === "taken") {
    const holder = seekers[Array.from(step.placeOf).indexOf(step.place)];
    const from = step.asked === step.seeker ? `${who} looks for a ${place}` : `${who} still looks, now through ${seekers[step.asked]}`;
    return `${from}. The nearest is ${where}, ${way} away, but ${holder} holds it. What if ${holder} moved elsewhere? Its reduced costs are `
      + "looked at as well, each added to the way so far.";
  }
  const moves = step.path.slice().reverse().map(([s, p], n) => `${seekers[s]} ${n ? "moves to" : "takes"} ${places[p]}`);
  if (kind === "free") return `${where} is free, at the end of the cheapest way, ${way} long: ${list(moves)}.`;
  if (kind === "move") {
    const others = step.settled.length;
    return `The potential of ${who} becomes ${two(u[step.seeker])}${others ? `; along the search, what is given to ${others === 1 ? `a ${seeker}` : `${others} ${
      seeker === "query" ? "queries" : "targets"}`} is taken from the ${place} held` : ""}. Now all pairs stand on reduced costs of 0, and no `
      + `reduced cost of those served is negative. ${list(moves)}.`;
  }
  return `Done, and proved: no reduced cost is negative and all pairs stand on 0. Any other assignment costs at least the sum of the `
    + `potentials, ${two(sum(u))} of the ${seeker === "query" ? "queries" : "targets"} and ${two(sum(v))} of the ${
      place === "query" ? "queries" : "targets"}, together ${two(sum(u) + sum(v))}. This one costs just that.`;
}
