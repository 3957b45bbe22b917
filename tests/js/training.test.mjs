// TrainingView's small parts on cases that can be checked by eye.
import { test } from "node:test";
import assert from "node:assert/strict";
import { axes, brief, curveNames, linesOf, nearest, readTable, ticks } from "../../segtutor/widgets/training/curves.js";
import { clock, summaryWords } from "../../segtutor/widgets/training/words.js";

const columns = [
  ["step", 0],
  ["loss", 0],
  ["learning rate", 0],
  ["class", 0],
  ["class", 1],
  ["dice", 0],
];
const table = readTable(columns, Float32Array.from([1, 9, 0.5, 4, 3, 2, /**/ 5, 7, 0.25, 3, 2, NaN]));

test("a choice of curve means lines: one a layer, or the last layer of each term", () => {
  assert.deepEqual(curveNames(table, true), ["loss", "terms", "class", "dice", "learning rate", "pixels right"]);
  assert.deepEqual(
    linesOf("class", table).map(({ name, values, place }) => [name, values, place]),
    [
      ["layer 0", [4, 3], 0],
      ["layer 1 (last)", [3, 2], 1],
    ],
  );
  assert.deepEqual(
    linesOf("terms", table).map(({ name, values }) => [name, values]),
    [
      ["class", [3, 2]],
      ["dice", [2]],
    ],
  );
  assert.deepEqual(linesOf("dice", table)[0].steps, [1], "what was not said is left out");
  assert.deepEqual(linesOf("pixels right", table, [{ step: 5, right: 0.5 }])[0].values, [0.5]);
  assert.deepEqual(curveNames(readTable([...columns.slice(0, 3), ["cross_entropy", 0]], []), false), [
    "loss",
    "learning rate",
  ]);
});

test("the step nearest to a place", () => {
  assert.deepEqual(
    [0, 2.9, 3.1, 4, 99].map((at) => nearest([1, 5, 6], at)),
    [0, 0, 1, 1, 2],
  );
  assert.equal(nearest([], 3), -1);
});

test("ticks are round numbers inside", () => {
  assert.deepEqual(ticks(0, 103), [0, 50, 100]);
  assert.deepEqual(ticks(1, 41), [10, 20, 30, 40]);
  assert.deepEqual(ticks(0.9, 22, true), [1, 2, 5, 10, 20]);
  assert.deepEqual(ticks(1e-4, 200, true), [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100]);
});

test("places on the canvas and back; a logarithmic axis leaves out what is not above 0", () => {
  const place = axes([{ steps: [0, 100], values: [0, 10] }], { width: 500, height: 200, log: false });
  assert.ok(Math.abs(place.step(place.x(37)) - 37) < 1e-9);
  assert.ok(place.y(10) < place.y(0));
  const log = axes([{ steps: [0, 100], values: [0, 0.1, 10] }], { width: 500, height: 200, log: true });
  assert.ok(log.low > 0.05 && Math.abs((log.y(0.1) + log.y(10)) / 2 - log.y(1)) < 1e-9);
  assert.ok(Number.isFinite(axes([], { width: 500, height: 200, log: true }).y(1)));
});

test("words", () => {
  assert.deepEqual([0.000312, 0, 12.345, 1e-5].map(brief), ["3.1e-4", "0", "12.3", "1e-5"]);
  assert.deepEqual([75, 3700].map(clock), ["1:15", "1:01:40"]);
  const pace = { step: 7, done: 0.5, images_per_second: 9.333, seconds_left: 61 };
  assert.equal(
    summaryWords("running", "pause", pace),
    "Running at step 7, pausing after this step …, 50 % of the budget, 9.33 pictures a second, 1:01 left",
  );
  assert.equal(summaryWords("done", "run", pace), "Done at step 7, 50 % of the budget, 9.33 pictures a second");
  assert.equal(summaryWords("ready", "run", {}), "No step yet");
});
