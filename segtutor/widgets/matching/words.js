// @ts-check
/** What MatchingGame says: a pair's cost term by term, the game's state, and each step of the Hungarian method. */
import { tr, trCount, trLater } from "../shared/words.js";

/** What each term of the cost asks, for its slider. */
export const HINTS = {
  class: trLater("minus the probability that the query gives to the target's class"),
  bce: trLater("binary cross-entropy: do the masks agree pixel by pixel?"),
  dice: trLater("do the masks overlap as a whole?"),
};

const two = (number) => (Math.abs(number) < 0.005 ? 0 : number).toFixed(2);
const list = (parts) =>
  parts.length < 2
    ? parts.join("")
    : tr("{some} and {last}", { some: parts.slice(0, -1).join(", "), last: parts.at(-1) });

/** "query 3 with cat 5: class 2 x -0.97 + bce 5 x 0.12 + dice 5 x 0.20 = -0.34" */
export function pairInWords(row, column, terms, weights) {
  const parts = terms.map(({ name, value }) => `${name} ${Number(weights[name].toFixed(2))} × ${two(value)}`);
  const sum = terms.reduce((total, { name, value }) => total + weights[name] * value, 0);
  return tr("{query} with {target}: {terms} = {sum}", {
    query: row,
    target: column,
    terms: parts.join(" + "),
    sum: two(sum),
  });
}

/** How the learner's assignment stands against the cheapest. needed: how many pairs make it complete. */
export function gameInWords(count, needed, total, least, targets) {
  const what = needed === targets ? tr("targets") : tr("queries"),
    more = total - least,
    values = { count, needed, what, sum: two(total), more: two(more) };
  if (count < needed) return tr("{count} of {needed} {what} matched, sum {sum}.", values);
  return more < 1e-9
    ? tr("All {needed} {what} matched, sum {sum}: no assignment is cheaper.", values)
    : tr("All {needed} {what} matched, sum {sum}: another assignment is cheaper by {more}.", values);
}

/** The sentence after gameInWords once the optimum is shown. */
export const leastInWords = (least) => ` ${tr("The least sum is {sum}.", { sum: least.toFixed(2) })}`;

/** What other weights did to the optimum: of whom the best partner changed. before, now: pairs [row, column]. */
export function changeInWords(before, now, rows, columns, revealed) {
  const first = new Map(before.map(([row, column]) => [column, row]));
  const changed = now.filter(([row, column]) => first.get(column) !== row).sort((a, b) => a[1] - b[1]);
  if (!changed.length) return tr("These weights have the same optimum as those at the start.");
  if (!revealed)
    return tr("With these weights {n} of {all} pairs of the optimum are others than at the start.", {
      n: changed.length,
      all: now.length,
    });
  const pairs = changed.map(([row, column]) => {
    const was = first.has(column) ? `${rows[first.get(column)]} → ` : "";
    return `${columns[column]} (${was}${rows[row]})`;
  });
  return tr("Other pairs than at the start: {pairs}.", { pairs: list(pairs) });
}

/** A potential beside a name, and the way to it where one was found. @param {string} letter u or v */
export const noteInWords = (letter, potential, distance) =>
  Number.isFinite(distance)
    ? tr("{letter} {potential}, way {distance}", {
        letter,
        potential: potential.toFixed(2),
        distance: distance.toFixed(2),
      })
    : `${letter} ${potential.toFixed(2)}`;

const NOUNS = { query: trLater("query"), target: trLater("target") };
const PLURALS = { query: trLater("queries"), target: trLater("targets") };

/**
 * One step of assignmentSteps in words.
 *
 * @param {Record<string, any>} step see hungarian.js
 * @param {{seekers: string[], places: string[], seeker: "query" | "target"}} names of all, and who seeks
 */
export function stepInWords(step, { seekers, places, seeker }) {
  const place = seeker === "query" ? "target" : "query",
    sides = { seekers: tr(PLURALS[seeker]), places: tr(PLURALS[place]), place: tr(NOUNS[place]) };
  const say = { begin: beginning, taken: takenPlace, free: freePlace, move: movedPotentials, done: proof }[step.kind];
  return say(step, { seekers, places, seeker, sides });
}

const beginning = (_, { sides }) =>
  tr(
    "The {seekers} are served one by one, each gets a {place} of its own. Beside the names stand the potentials, all 0 yet; the cells show cost minus both potentials, the reduced cost. Subtracting a number from a whole row or column changes the sum of every complete assignment alike, so the best one stays the best.",
    sides,
  );

function takenPlace(step, { seekers, places, sides }) {
  const who = seekers[step.seeker],
    asked = seekers[step.asked];
  const looks =
    step.asked === step.seeker
      ? tr("{who} looks for a {place}.", { who, ...sides })
      : tr("{who} still looks, now through {asked}.", { who, asked });
  return `${looks} ${tr(
    "The nearest is {where}, {way} away, but {holder} holds it. What if {holder} moved elsewhere? Its reduced costs are looked at as well, each added to the way so far.",
    {
      where: places[step.place],
      way: two(step.distance[step.place]),
      holder: seekers[Array.from(step.placeOf).indexOf(step.place)],
    },
  )}`;
}

/** "cat 5 takes query 3 and dog 2 moves to query 7" */
const moves = (step, { seekers, places }) =>
  list(
    step.path
      .slice()
      .reverse()
      .map(([s, p], n) => {
        const names = { who: seekers[s], where: places[p] };
        return n ? tr("{who} moves to {where}", names) : tr("{who} takes {where}", names);
      }),
  );

const freePlace = (step, names) =>
  tr("{where} is free, at the end of the cheapest way, {way} long: {moves}.", {
    where: names.places[step.place],
    way: two(step.distance[step.place]),
    moves: moves(step, names),
  });

function movedPotentials(step, names) {
  const values = {
    who: names.seekers[step.seeker],
    potential: two(step.u[step.seeker]),
    held: names.sides.place,
  };
  const others = step.settled.length;
  let first = tr("The potential of {who} becomes {potential}.", values);
  if (others)
    first =
      names.seeker === "query"
        ? trCount(
            "The potential of {who} becomes {potential}; along the search, what is given to a query is taken from the {held} held.",
            "The potential of {who} becomes {potential}; along the search, what is given to {n} queries is taken from the {held} held.",
            others,
            values,
          )
        : trCount(
            "The potential of {who} becomes {potential}; along the search, what is given to a target is taken from the {held} held.",
            "The potential of {who} becomes {potential}; along the search, what is given to {n} targets is taken from the {held} held.",
            others,
            values,
          );
  return `${first} ${tr(
    "Now all pairs stand on reduced costs of 0, and no reduced cost of those served is negative. {moves}.",
    { moves: moves(step, names) },
  )}`;
}

function proof({ u, v }, { sides }) {
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  return tr(
    "Done, and proved: no reduced cost is negative and all pairs stand on 0. Any other assignment costs at least the sum of the potentials, {ofSeekers} of the {seekers} and {ofPlaces} of the {places}, together {sum}. This one costs just that.",
    { ...sides, ofSeekers: two(sum(u)), ofPlaces: two(sum(v)), sum: two(sum(u) + sum(v)) },
  );
}
