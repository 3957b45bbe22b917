/** The Explainer's address: what was done to a scene is said in it, and read from it, to the last bit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { several, share, thingsOf, thingsText, whole } from "../../segtutor/widgets/explainer/address.js";

const START = [
  { kind: "cat", x: 0.8146, y: 0.48, height: 0.26, colour: "red", pattern: "plain", seed: 267 },
  { kind: "ball", x: 0.5, y: 0.7, height: 0.22, colour: "green", pattern: "patterned", seed: 15 },
  { kind: "ball", x: 0.5, y: 0.7, height: 0.22, colour: "green", pattern: "patterned", seed: 16 },
];
const SIDE = 256,
  ADDED = 0,
  LADDER = [0.1, 0.22, 0.26, 0.4];
const cutouts = {
  heights: ({ seed }) => ([ADDED, 15, 16, 267].includes(seed) ? LADDER : []),
  find: ({ height, pattern }) => (LADDER.includes(height) && pattern ? {} : null),
};
const read = (text) => thingsOf(text, START, cutouts, SIDE, ADDED);
const written = (things) => thingsText(things, START, cutouts, SIDE);

test("things that were moved, recoloured, added, reordered and removed come back as they were", () => {
  const added = {
    kind: "tree",
    x: 20 / SIDE,
    y: -3 / SIDE,
    height: 0.4,
    colour: "blue",
    pattern: "plain",
    seed: ADDED,
  };
  const moved = { ...START[1], x: 120 / SIDE, y: 200 / SIDE, height: 0.1, pattern: "plain" };
  for (const things of [[], [START[1]], [START[2], { ...START[0], colour: "purple" }], [moved, START[0], added]])
    assert.deepEqual(read(written(things)), things);
  assert.equal(written([START[0], { ...START[2], colour: "red" }, moved]), "0_2.0_1.3.0.0.120.200");
});

test("an address of things that the page has not counts as none", () => {
  for (const text of ["", "7", "0.9", "0.1.0", "x.0.0.0.1.1", "ball.0.0.9.1.1", "ball.0.7.1.1.1", "0_", "0.NaN", "<b>"])
    assert.equal(read(text), null, text);
  assert.equal(read(Array(300).fill("0").join("_")), null);
  assert.equal(read(null), null);
});

test("numbers of the address", () => {
  assert.deepEqual(
    ["5", "99", "-1", "1e3", "", null].map((one) => whole(one, 0, 23, 7)),
    [5, 23, 7, 7, 7, 7],
  );
  assert.deepEqual(
    ["0.65", ".5", "1", "1.5", "2", "x", null].map((one) => share(one, 0.9)),
    [0.65, 0.5, 1, 0.9, 0.9, 0.9, 0.9],
  );
  assert.deepEqual(several("3,7,3,24,x,-1", 24), [3, 7]);
  assert.deepEqual(several(null, 24), []);
});
