// The lesson's pencil example, and matrices small enough to try all assignments; equality with Python: tests/test_matching_game.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { assign, assignmentSteps } from "../../segtutor/widgets/matching/hungarian.js";

const total = (cost, columns, pairs) => pairs.reduce((sum, [row, column]) => sum + cost[row * columns + column], 0);

/** The least sum over all ways of giving each of `rows` a column of its own. */
function tryAll(cost, rows, columns, row = 0, used = new Set()) {
  if (row === rows) return 0;
  let best = Infinity;
  for (let column = 0; column < columns; column++) {
    if (used.has(column)) continue;
    best = Math.min(
      best,
      cost[row * columns + column] + tryAll(cost, rows, columns, row + 1, new Set([...used, column])),
    );
  }
  return best;
}

test("the pencil example: 1 + 2 + 2, proved by the potentials", () => {
  const cost = Float64Array.from([4, 1, 3, 2, 0, 5, 3, 2, 2]);
  assert.deepEqual(assign(cost, 3, 3), [
    [0, 1],
    [1, 0],
    [2, 2],
  ]);
  const { kind, u, v } = assignmentSteps(cost, 3, 3).at(-1);
  assert.equal(kind, "done");
  assert.equal(
    [...u, ...v].reduce((a, b) => a + b),
    5,
  );
});

test("the trap for the greedy: the cheapest cell is not part of the best assignment", () => {
  assert.deepEqual(assign(Float64Array.from([1, 2, 2, 9]), 2, 2), [
    [0, 1],
    [1, 0],
  ]);
});

test("random matrices of every shape: the optimum, and after each step a proof for those who have a place", () => {
  let state = 7;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let n = 0; n < 60; n++) {
    const rows = 1 + Math.floor(random() * 5),
      columns = 1 + Math.floor(random() * 5);
    const cost = Float64Array.from({ length: rows * columns }, () => Math.round(random() * 9) - 3);
    const across =
      rows > columns
        ? Float64Array.from({ length: cost.length }, (_, i) => cost[(i % rows) * columns + Math.floor(i / rows)])
        : cost;
    const [fewer, more] = rows > columns ? [columns, rows] : [rows, columns];
    assert.equal(total(cost, columns, assign(cost, rows, columns)), tryAll(across, fewer, more));
    for (const { u, v, placeOf } of assignmentSteps(cost, rows, columns)) {
      for (let i = 0; i < fewer; i++) {
        for (let j = 0; j < more; j++) {
          const reduced = across[i * more + j] - u[i] - v[j];
          if (u[i] !== 0 || placeOf[i] >= 0) assert.ok(reduced >= 0);
          if (placeOf[i] === j) assert.equal(reduced, 0);
        }
      }
      assert.ok(v.every((value) => value <= 0));
    }
  }
});

test("the steps of one seeker: ask, find it taken, ask its holder, find a free place, move", () => {
  const kinds = assignmentSteps(Float64Array.from([1, 2, 2, 9]), 2, 2).map(({ kind, seeker, asked, place }) => [
    kind,
    seeker,
    asked,
    place,
  ]);
  assert.deepEqual(kinds, [
    ["begin", -1, -1, -1],
    ["free", 0, 0, 0],
    ["move", 0, 0, 0],
    ["taken", 1, 1, 0],
    ["free", 1, 0, 1],
    ["move", 1, 0, 1],
    ["done", -1, -1, -1],
  ]);
});
