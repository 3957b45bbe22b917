// The SceneEditor's logic by hand: edits, undo, composing, and asking about the newest scene only.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Composer, Cutouts, FIRST_THING, labelOf, onPixels } from "../../segtutor/widgets/shared/scene/compose.js";
import {
  add,
  moveBy,
  moveTo,
  nearest,
  nextColour,
  remove,
  reorder,
  repattern,
  resize,
  stepped,
} from "../../segtutor/widgets/shared/scene/edits.js";
import { Meter, NewestFirst } from "../../segtutor/widgets/shared/loop.js";

const SIDE = 8;
const thing = (kind, more = {}) => ({
  kind,
  x: 0.5,
  y: 0.5,
  height: 0.25,
  colour: "red",
  pattern: "plain",
  seed: 0,
  ...more,
});

test("edits make new lists, and put things on whole pixels of the canvas", () => {
  const things = [thing("cat", { x: 0.30001 }), thing("ball")];
  const moved = moveTo(things, 0, 0.41, 0.77, SIDE);
  assert.deepEqual([moved[0].x, moved[0].y, things[0].x], [0.375, 0.75, 0.30001]);
  assert.ok(onPixels(moved[0], SIDE) && !onPixels(things[0], SIDE));
  assert.deepEqual(moveBy(moved, 0, 2, -1, SIDE)[0], { ...moved[0], x: 0.625, y: 0.625 });
  assert.equal(moveTo(things, 1, 9, 9, SIDE)[1].x, 1.125, "a thing stays within reach");
  assert.equal(resize(things, 0, 0.5, SIDE)[0].x, 0.25);
  assert.equal(nextColour(things, 1)[1].colour, "orange");
  assert.equal(repattern(repattern(things, 1, SIDE), 1, SIDE)[1].pattern, "plain");
});

test("the order: one back, one to the front, and no further than the ends", () => {
  const kinds = ({ things, selected }) => [things.map(({ kind }) => kind).join(" "), selected];
  const things = ["cat", "ball", "tree"].map((kind) => thing(kind));
  assert.deepEqual(kinds(reorder(things, 0, 1)), ["ball cat tree", 1]);
  assert.deepEqual(kinds(reorder(things, 0, -1)), ["cat ball tree", 0]);
  assert.deepEqual(kinds(remove(things, 2)), ["cat ball", 1]);
  assert.deepEqual(kinds(remove([things[0]], 0)), ["", null]);
  assert.deepEqual(kinds(add(things, "car", 0.2, 0, SIDE)), ["cat ball tree car", 3]);
});

test("a ladder of heights: steps, its ends, and the rung that is nearest", () => {
  const ladder = [0.1, 0.2, 0.3];
  assert.deepEqual(
    [stepped(ladder, 0.2, 1), stepped(ladder, 0.2, -1), stepped(ladder, 0.3, 1), stepped(ladder, 0.1, 5)],
    [0.3, 0.1, 0.3, 0.3],
  );
  assert.equal(stepped(ladder, 0.25, -1), 0.2, "from between two rungs");
  assert.deepEqual([nearest(ladder, 0.24), nearest(ladder, 9), nearest([], 0.7)], [0.2, 0.3, 0.7]);
});

/** A canvas of 4 x 4 for a picture of 2 x 2, white grass without light, noise or contour. */
const ground = (more = {}) => ({
  size: 2,
  oversampling: 2,
  light: 1,
  contour: 1,
  minimum_area: 0,
  background: new Uint8Array(48).fill(255),
  stuff: new Uint8Array(16).fill(2),
  noise: new Float32Array(4),
  ...more,
});
const dot = {
  kind: "ball",
  pattern: "plain",
  seed: 0,
  height: 0.25,
  left: -1,
  top: -1,
  width: 2,
  tall: 2,
  colours: 1,
  start: 0,
};
const dotBytes = Uint8Array.from([1, 1, 1, 0, ...Array.from({ length: 6 }, (_, c) => [10 * c, 0, 0]).flat()]);

test("composing: a cutout at its place, colours averaged over four pixels, ids of one of them", () => {
  const cutouts = new Cutouts(4),
    composer = new Composer(ground());
  cutouts.add([dot], dotBytes);
  const { image, ids, missing } = composer.compose([thing("ball", { x: 0.25, y: 0.25, colour: "orange" })], cutouts);
  // three of the first four canvas pixels are orange (10, 0, 0), one is white: across, then down, halves rounded up
  assert.deepEqual([...image.slice(0, 3)], [(10 + 133 + 1) >> 1, (0 + 128 + 1) >> 1, (0 + 128 + 1) >> 1]);
  assert.deepEqual([...ids], [3, 3, 3, 3], "its id is taken at the corner that the dot leaves free");
  assert.equal(missing.length, 0);
  const over = composer.compose([thing("ball", { x: 0.5, y: 0.5 })], cutouts).ids;
  assert.deepEqual([...over], [FIRST_THING, 3, 3, 3]);
  assert.equal(labelOf(FIRST_THING, [thing("ball")]), 7 + 6);
  assert.deepEqual([...composer.compose([thing("ball", { x: 5 })], cutouts).ids], [3, 3, 3, 3], "outside");
  assert.equal(composer.compose([thing("cat")], cutouts).missing.length, 1);
});

test("composing: a contour darkens both sides, slivers of stuff are void, light and noise are cut off", () => {
  const cutouts = new Cutouts(4),
    stuff = new Uint8Array(16).fill(2).fill(0, 5, 6);
  cutouts.add([dot], dotBytes);
  const composer = new Composer(
    ground({ stuff, contour: 0.5, minimum_area: 0.3, noise: Float32Array.from([9, -300, 0, 0]) }),
  );
  const { image, ids } = composer.compose([], cutouts);
  assert.deepEqual([...image.slice(0, 2), image[4]], [255, 255, 0]);
  assert.deepEqual([...ids], [0, 3, 3, 3]);
  assert.equal(
    composer.compose([thing("ball", { x: 0.75, y: 0.75 })], cutouts).image[12],
    (((0 + 0 + 1) >> 1) + ((0 + 127 + 1) >> 1) + 1) >> 1,
  );
});

test("only the newest is asked about, one at a time, and an error does not stop the rest", async () => {
  const asked = [],
    answers = [],
    errors = [],
    wait = () => new Promise((go) => setTimeout(go, 0));
  let go = null;
  const loop = new NewestFirst(
    (question) => {
      asked.push(question);
      return new Promise((resolve, reject) => (go = { resolve, reject }));
    },
    (answer, question) => answers.push([answer, question]),
    (error) => errors.push(error.message),
  );
  for (const n of [1, 2, 3]) loop.request(() => n);
  assert.deepEqual(asked, [1]);
  go.resolve("one");
  await wait();
  assert.deepEqual(asked, [1, 3], "2 was overtaken");
  loop.request(() => 4);
  go.reject(new Error("out of memory"));
  await wait();
  assert.deepEqual([asked, errors, loop.pending], [[1, 3, 4], ["out of memory"], true]);
  loop.close();
  go.resolve("late");
  await wait();
  assert.deepEqual([answers, loop.pending], [[["one", 1]], false]);
});

test("answers a second are counted over the last two seconds", () => {
  const meter = new Meter();
  for (let n = 0; n <= 50; n++) meter.add(100 * n, n % 2 ? 20 : 30);
  assert.ok(Math.abs(meter.read().rate - 10) < 1e-9);
  meter.add(60000, 40);
  assert.deepEqual(meter.read(), { rate: null, ms: 40 });
});
