// Hand-made cases whose answers can be checked by eye; equality with Python on random cases: tests/test_javascript.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { FATES, PanopticInference, bestClasses, maskProbabilities } from "../../segtutor/widgets/shared/inference.js";
import { sigmoidBetween } from "../../segtutor/widgets/shared/sigmoid.js";

const published = { scoreThreshold: 0.8, maskThreshold: 0.5, overlapThreshold: 0.8 };

/** A picture of 1 x 6 pixels; classes: 0 cat (thing), 1 grass (stuff), 2 "no object". */
function explorer(queries) {
  const probs = Float32Array.from(
    queries.flatMap(({ label, score }) => [0, 1, 2].map((k) => (k === label ? score : (1 - score) / 2))),
  );
  return new PanopticInference(probs, [true, false], [1, 6], (query) => Float32Array.from(queries[query].mask));
}

test("two cats and grass: each pixel goes to the best of its claimants", () => {
  const inference = explorer([
    { label: 0, score: 0.9, mask: [1, 1, 0, 0, 0, 0] },
    { label: 1, score: 0.95, mask: [0, 0, 0, 0, 0.9, 0.9] },
    { label: 0, score: 0.85, mask: [0, 0, 0.6, 0.9, 0, 0] },
  ]);
  const { fates, segments, voidArea } = inference.update(published);
  assert.deepEqual([...inference.segmentIds], [1, 1, 3, 3, 2, 2]);
  assert.deepEqual(
    segments.map(({ id, label, area }) => [id, label, area]),
    [
      [1, 0, 2],
      [2, 1, 2],
      [3, 0, 2],
    ],
  );
  assert.ok(fates.every(({ fate }) => fate === FATES.kept));
  assert.equal(voidArea, 0);
});

test("a score exactly at the threshold is not kept, as in Python: larger, not equal", () => {
  const inference = explorer([{ label: 0, score: 0.8, mask: [1, 1, 1, 1, 1, 1] }]);
  assert.equal(inference.update(published).fates[0].fate, FATES.below);
  assert.deepEqual([...inference.segmentIds], [0, 0, 0, 0, 0, 0]);
  assert.equal(inference.update({ ...published, scoreThreshold: 0.79 }).fates[0].fate, FATES.kept);
});

test("a query that loses most of its mask is dropped, and its pixels stay void", () => {
  const inference = explorer([
    { label: 0, score: 0.99, mask: [0.9, 0.9, 0.9, 0, 0, 0] },
    { label: 0, score: 0.9, mask: [0.8, 0.8, 0.8, 0.8, 0, 0] }, // wins 3 of 4: pixel 3, and 4 and 5 by the tie at 0
  ]);
  const { fates } = inference.update({ ...published, overlapThreshold: 0.3 });
  assert.deepEqual(
    fates.map(({ fate, area, maskArea }) => [fate, area, maskArea]),
    [
      ["kept", 5, 3],
      ["overlapped", 1, 4],
    ],
  );
  assert.deepEqual([...inference.segmentIds], [1, 1, 1, 0, 0, 0]);
  inference.update({ ...published, overlapThreshold: 0.25 });
  assert.deepEqual([...inference.segmentIds], [1, 1, 1, 2, 0, 0], "1 of 4 is not less than 0.25");
});

test("stuff of one class is fused, things are not; the fused score is the best one", () => {
  const half = (left) => (left ? [1, 1, 1, 0, 0, 0] : [0, 0, 0, 1, 1, 1]);
  const stuff = explorer([
    { label: 1, score: 0.85, mask: half(true) },
    { label: 1, score: 0.9, mask: half(false) },
  ]);
  const { segments } = stuff.update(published);
  assert.deepEqual([...stuff.segmentIds], [1, 1, 1, 1, 1, 1]);
  assert.deepEqual(segments, [{ id: 1, label: 1, score: Math.fround(0.9), area: 6, queries: [0, 1] }]);
  const things = explorer([
    { label: 0, score: 0.85, mask: half(true) },
    { label: 0, score: 0.9, mask: half(false) },
  ]);
  things.update(published);
  assert.deepEqual([...things.segmentIds], [1, 1, 1, 2, 2, 2]);
});

test("no object is kept at no threshold, and an empty answer is all void", () => {
  const inference = explorer([{ label: 2, score: 0.9, mask: [1, 1, 1, 1, 1, 1] }]);
  const { fates, segments, voidArea } = inference.update({ scoreThreshold: 0, maskThreshold: 0, overlapThreshold: 0 });
  assert.deepEqual([fates[0].fate, segments.length, voidArea], [FATES.none, 0, 6]);
});

test("moving the score threshold back and forth ends where a fresh start does", () => {
  const random = (() => {
    let state = 7;
    return () => (state = (state * 16807) % 2147483647) / 2147483647;
  })();
  const queries = Array.from({ length: 12 }, () => ({
    label: Math.floor(random() * 2),
    score: 0.4 + 0.6 * random(),
    mask: Array.from({ length: 6 }, random),
  }));
  const moved = explorer(queries);
  for (let step = 0; step < 200; step++) {
    const thresholds = { scoreThreshold: random(), maskThreshold: random(), overlapThreshold: random() };
    const fresh = explorer(queries);
    assert.deepEqual(moved.update(thresholds), fresh.update(thresholds));
    assert.deepEqual(moved.segmentIds, fresh.segmentIds);
  }
});

test("the table of areas equals counting, on and beside the steps of the slider", () => {
  const mask = Float32Array.from([0, 0.07, 0.28999999, 0.29, 0.57, 1]);
  const inference = explorer([{ label: 0, score: 0.9, mask }]);
  for (let threshold = 0; threshold <= 1.0001; threshold += 0.005) {
    const at = Math.min(1, threshold);
    assert.equal(inference.maskArea(0, at), mask.filter((p) => p >= Math.fround(at)).length, `threshold ${at}`);
  }
});

test("resizing: a constant stays, a step of logits crosses one half in the middle", () => {
  assert.deepEqual([...maskProbabilities(new Float32Array(4), [2, 2], [3, 5])], new Array(15).fill(0.5));
  const step = maskProbabilities(Float32Array.from([-8, 8]), [1, 2], [1, 8]);
  assert.deepEqual(
    [...step].map((p) => p >= 0.5),
    [false, false, false, false, true, true, true, true],
  );
  assert.ok(Math.abs(step[0] - 1 / (1 + Math.exp(8))) < 1e-7, "beyond the first centre the edge value goes on");
});

test("the first of two equally probable classes wins", () => {
  assert.deepEqual([...bestClasses(Float32Array.from([0.4, 0.4, 0.2]), 1, 2).labels], [0]);
});

test("the sigmoid from a table is the sigmoid, but for the last bit of a float32", () => {
  const logits = Float32Array.from({ length: 20001 }, (_, n) => (n - 10000) / 137),
    out = new Float32Array(logits.length);
  sigmoidBetween(logits, logits, 0.25, logits.length, out, 0);
  logits.forEach((logit, n) => {
    const exact = 1 / (1 + Math.exp(-logit));
    assert.ok(Math.abs(out[n] - exact) <= 2e-7 * exact, `${logit}: ${out[n]}, expected ${exact}`);
  });
  sigmoidBetween([0, -1000, 1000, -Infinity, Infinity], [0, -1000, 1000, -Infinity, Infinity], 0.5, 5, out, 3);
  assert.deepEqual([...out.subarray(3, 8)], [0.5, 0, 1, 0, 1]);
});
