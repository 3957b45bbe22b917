// The explorers' small parts on cases that can be checked by eye; equality with Python: tests/test_explorers_javascript.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { ClassMaps, Maps, softmax } from "../../segtutor/widgets/shared/logits.js";
import { claimsAt, semanticAt } from "../../segtutor/widgets/pixels/explorer.js";
import {
  instancePairs,
  instanceWords,
  maskQuality,
  rankInstances,
  semanticShare,
  semanticWords,
} from "../../segtutor/widgets/queries/fates.js";
import { largest, share } from "../../segtutor/widgets/shared/bars.js";
import { comparison } from "../../segtutor/widgets/pixels/pins.js";
import { queryFilter, queryOrder } from "../../segtutor/widgets/queries/explorer.js";

const levels = Float32Array.from({ length: 256 }, (_, code) => code - 128);
const maps = (rows, size) =>
  new Maps({ grid: [1, rows[0].length], codes: Uint8Array.from(rows.flat(), (x) => x + 128), levels }, size);

test("a pixel between two cells has the mean of their logits", () => {
  const two = maps(
    [
      [-8, 8],
      [2, 4],
    ],
    [1, 4],
  );
  assert.deepEqual([...two.at(0, 0)], [-8, 2]);
  assert.deepEqual([...two.at(1, 0)], [-4, 2.5]);
  assert.deepEqual([...two.map(1)], [2, 4]);
  assert.equal(two.count, 2);
});

test("class maps: every pixel's distribution sums to 1, and the map of a class holds its share of it", () => {
  const classes = new ClassMaps(
    maps(
      [
        [0, -9],
        [-9, 0],
        [-20, -20],
      ],
      [2, 6],
    ),
  );
  while (classes.prepare(0)); // a row at a time
  assert.deepEqual([...classes.labels], [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
  for (let x = 0; x < 6; x++) {
    const all = [0, 1, 2].map((k) => classes.probabilities(k)[x]);
    assert.ok(Math.abs(all[0] + all[1] + all[2] - 1) < 1e-6);
    classes.at(x, 0).forEach((value, k) => assert.ok(Math.abs(value - all[k]) < 1e-6));
  }
});

test("softmax of large logits neither overflows nor loses the rest", () => {
  assert.deepEqual([...softmax([1000, 1000])], [0.5, 0.5]);
  assert.deepEqual([...softmax([-1000, 0])], [0, 1]);
});

test("a claim is score x mask probability; a query's class is its best one that is a class", () => {
  const probs = Float32Array.from([0.2, 0.1, 0.7, /**/ 0.1, 0.8, 0.1]); // K = 2, then "no object"
  const claims = claimsAt(Float32Array.from([1, 0.5]), probs, 2);
  assert.deepEqual(
    claims.map(({ query, label }) => [query, label]),
    [
      [1, 1],
      [0, 0],
    ],
  );
  assert.ok(Math.abs(claims[0].claim - 0.4) < 1e-6);
  const sums = semanticAt(Float32Array.from([1, 0.5]), probs, 2);
  assert.ok(Math.abs(sums[0] - 0.25) < 1e-6 && Math.abs(sums[1] - 0.5) < 1e-6);
});

test("instances: stuff stays out, an empty mask scores 0, the mask's certainty changes the order", () => {
  const probs = Float32Array.from([0.9, 0, 0.1, /**/ 0.8, 0.1, 0.1, /**/ 0, 1, 0]);
  const pairs = instancePairs(probs, [true, false]);
  assert.deepEqual(
    pairs.map(({ query, label }) => [query, label]),
    [
      [0, 0],
      [1, 0],
      [2, 0],
    ],
  );
  const quality = [maskQuality([0.6, 0.6, 0.1]), maskQuality([0.9, 0.1, 0.1]), maskQuality([0.5, 0.2])];
  assert.ok(Math.abs(quality[0] - 0.6) < 1e-5);
  assert.equal(quality[2], 0);
  assert.deepEqual(
    rankInstances(pairs, (query) => quality[query]).map(({ query }) => query),
    [1, 0, 2],
  );
  const classes = [{ name: "cat" }, { name: "grass" }];
  assert.match(
    instanceWords(
      1,
      rankInstances(pairs, (query) => quality[query]),
      pairs,
      classes,
      true,
      "cat",
    ),
    /number 1\. cat \(0\.72\)/,
  );
  assert.match(instanceWords(5, null, pairs, classes, false, "grass"), /stuff/);
  assert.match(instanceWords(0, null, pairs, classes, true, "cat"), /being ranked/);
});

test("semantic: which part of a mask ends as the query's class", () => {
  assert.deepEqual(semanticShare([0.9, 0.5, 0.4], 0.5, [1, 0, 1], 1), { inside: 2, agree: 1 });
  assert.match(semanticWords("cat", 0.9, { inside: 2, agree: 1 }), /90\.0 %.*50\.0 % end as cat/);
  assert.match(semanticWords("cat", 0.9, { inside: 0, agree: 0 }), /empty/);
});

test("bars: the largest first, the rest in one line, and what is there is never 0", () => {
  const entries = largest([0.1, 0.6, 0.05, 0.25], [{ name: "a" }, { name: "b" }, { name: "c" }], 2);
  assert.deepEqual(
    entries.map(({ name }) => name),
    ["b", "no object", "2 others"],
  );
  assert.ok(Math.abs(entries[2].value - 0.15) < 1e-9);
  assert.equal(share(0.0001), "< 0.1 %");
  assert.equal(share(0), "0.0 %");
});

test("pins: one class may be two answers of the mask model, and that is said", () => {
  const pin = (className, painter) => ({ className, painter });
  assert.match(
    comparison([pin("cat", "query 1"), pin("cat", "query 2")]),
    /one class, cat: it cannot say.*2 different answers \(query 1, query 2\)/,
  );
  assert.match(comparison([pin("cat", "query 1"), pin("dog", "query 1")]), /2 classes.*one segment/);
  assert.equal(comparison([]), "");
});

test("order and filter: silent queries come last, equal ones stay in order", () => {
  const inference = {
    labels: Int32Array.from([2, 1, 0, 1]),
    scores: Float32Array.from([0.99, 0.5, 0.9, 0.5]),
    classes: 2,
  };
  const areas = [5, 7, 7, 1];
  assert.deepEqual(queryOrder("score", inference, areas), [2, 1, 3, 0]);
  assert.deepEqual(queryOrder("area", inference, areas), [1, 2, 0, 3]);
  assert.deepEqual(queryOrder("class", inference, areas), [2, 1, 3, 0]);
  assert.deepEqual([0, 1, 2, 3].filter(queryFilter("no object", inference, null)), [0]);
  const fates = ["no object", "kept", "overlapped", "kept"].map((fate) => ({ fate }));
  assert.deepEqual([0, 1, 2, 3].filter(queryFilter("kept", inference, fates)), [1, 3]);
});
