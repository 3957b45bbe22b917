// Panoptic quality on pictures of a few pixels, each answer worked out by hand.
import { test } from "node:test";
import assert from "node:assert/strict";
import { panopticQuality } from "../../segtutor/widgets/thresholds/quality.js";

const isthing = [true, false]; // 0 cat, 1 grass
const quality = (predictionIds, labels, truthIds, truth) =>
  panopticQuality(
    Int32Array.from(predictionIds),
    labels.map((label, n) => ({ id: n + 1, label })),
    Uint16Array.from(truthIds),
    truth.map((label) => (typeof label === "number" ? { label, iscrowd: false } : label)),
    isthing,
  );

test("a perfect answer has PQ 1, and classes that do not occur have no part in it", () => {
  const { all, things, stuff } = quality([1, 1, 2, 2], [0, 1], [1, 1, 2, 2], [0, 1]);
  assert.deepEqual([all.pq, things.pq, stuff.pq, all.tp], [1, 1, 1, 2]);
  assert.ok(Number.isNaN(quality([1, 1], [0], [1, 1], [0]).stuff.pq));
});

test("one cat found with IoU 2/3, one missed, one invented: PQ = (2/3) / (1 + 1/2 + 1/2)", () => {
  const { things } = quality([1, 1, 0, 0, 2, 2], [0, 0], [1, 1, 1, 2, 0, 0], [0, 0]);
  // prediction 2 lies wholly on void and is excused, so there is no false positive here
  assert.deepEqual([things.tp, things.fp, things.fn], [1, 0, 1]);
  assert.ok(Math.abs(things.pq - 2 / 3 / 1.5) < 1e-12);
  const invented = quality([1, 1, 0, 0, 2, 2], [0, 0], [1, 1, 1, 2, 3, 3], [0, 0, 1]).things;
  assert.deepEqual([invented.tp, invented.fp, invented.fn], [1, 1, 1]);
  assert.ok(Math.abs(invented.pq - 2 / 3 / 2) < 1e-12);
});

test("IoU of exactly one half is no match", () => {
  const { things } = quality([1, 1, 1, 0, 2, 2], [0, 1], [1, 1, 0, 1, 2, 2], [0, 1]);
  assert.equal(things.tp, 1); // void leaves the union: 2 / 3
  assert.equal(quality([1, 1, 2, 2], [0, 1], [1, 2, 2, 2], [0, 1]).things.tp, 0);
});

test("a class that is right in shape and wrong in name misses and invents", () => {
  const { all } = quality([1, 1], [1], [1, 1], [0]);
  assert.deepEqual([all.tp, all.fp, all.fn, all.pq], [0, 1, 1, 0]);
});

test("a crowd is never missed, and excuses predictions of its class only", () => {
  const crowd = { label: 0, iscrowd: true };
  assert.deepEqual(counts(quality([0, 0, 0, 0], [], [1, 1, 1, 1], [crowd]).all), [0, 0, 0]);
  assert.deepEqual(counts(quality([1, 1, 1, 0], [0], [1, 1, 1, 1], [crowd]).all), [0, 0, 0]);
  assert.deepEqual(counts(quality([1, 1, 1, 0], [1], [1, 1, 1, 1], [crowd]).all), [0, 1, 0]);
});

test("of several crowds of one class the last in the list counts, as in panopticapi", () => {
  const crowd = { label: 0, iscrowd: true };
  assert.deepEqual(counts(quality([1, 1, 1, 0], [0], [1, 1, 1, 2], [crowd, crowd]).all), [0, 1, 0]);
  assert.deepEqual(counts(quality([1, 1, 1, 0], [0], [2, 2, 2, 1], [crowd, crowd]).all), [0, 0, 0]);
});

const counts = ({ tp, fp, fn }) => [tp, fp, fn];
