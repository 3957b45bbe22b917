// AttentionExplorer's small parts on cases that can be checked by eye; equality with Python: tests/test_attention_explorer.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import {
  LayerMaps,
  SamplingMaps,
  border,
  cellsOfPixels,
  placeAt,
  sharesByMap,
  summary,
} from "../../segtutor/widgets/attention/maps.js";
import {
  crossWords,
  missingWords,
  nameOf,
  pairWords,
  pixelWords,
  pointsWords,
} from "../../segtutor/widgets/attention/words.js";
import { Parts } from "../../segtutor/widgets/attention/parts.js";

const floats = (...values) => new Uint8Array(Float32Array.from(values).buffer);
// Two heads, two queries (numbers 4 and 7), a map of 1 x 2 places. 255 = the row's largest weight, 0 = nothing.
const sent = {
  queries: [4, 7],
  size: [1, 2],
  grid: [1, 2],
  step: 1,
  heads: 2,
  empty: [false, true],
  cross: Uint8Array.from([255, 0, 255, 255, 0, 255, 255, 255]),
  cross_top: floats(1, 0.5, 1, 0.5),
  free: Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255]),
  free_top: floats(0.5, 0.5, 0.5, 0.5),
  inside: Uint8Array.from([0b01, 0b00]),
};

test("weights: each head, the mean of all, with and without the mask; an empty mask limits nothing", () => {
  const maps = new LayerMaps(sent);
  assert.deepEqual([...maps.weights(4, 0, false)], [1, 0]);
  assert.deepEqual([...maps.weights(4, 1, false)], [0, 1]);
  assert.deepEqual([...maps.weights(4, null, false)], [0.5, 0.5]);
  assert.deepEqual([...maps.weights(4, 0, true)], [0.5, 0.5]);
  assert.deepEqual([...maps.inside(4)], [1, 0]);
  assert.equal(maps.inside(7), null);
  assert.deepEqual([maps.empty(4), maps.empty(7), maps.has(5), maps.masked], [false, true, false, true]);
  assert.equal(maps.among(4, null), null);
  const free = new LayerMaps({ ...sent, free: undefined, inside: undefined });
  assert.deepEqual([free.masked, free.inside(4), [...free.weights(4, 0, true)]], [false, null, [1, 0]]);
});

test("a pixel's place: padding lies below and to the right, steps put places together", () => {
  assert.deepEqual(placeAt([0, 0], [8, 8], [4, 4], [1, 1]), [0, 0]);
  assert.deepEqual(placeAt([7, 7], [8, 8], [4, 4], [1, 1]), [3, 3]);
  assert.deepEqual(placeAt([7, 7], [8, 8], [4, 4], [0.5, 1]), [1, 3]);
  assert.deepEqual(
    [...cellsOfPixels([2, 4], { size: [2, 4], grid: [1, 2], step: 2 }, [1, 1])],
    [0, 0, 1, 1, 0, 0, 1, 1],
  );
});

test("the border of a mask is where it ends, not the edge of the picture", () => {
  assert.deepEqual(border([1, 0, 1, 0], [2, 2]), [
    [1, 0, 1, 1],
    [1, 1, 1, 2],
  ]);
  assert.deepEqual(border([1, 1, 1, 1], [2, 2]), []);
});

test("summary: the largest weight and the share inside", () => {
  const found = summary([0.1, 0.6, 0.3], [1, 0, 1]);
  assert.deepEqual([found.largest, found.at], [0.6, 1]);
  assert.ok(Math.abs(found.within - 0.4) < 1e-9);
});

test("points: distances are in cells of the map that is read; the nearest place that was sent answers", () => {
  const maps = new SamplingMaps({
    sizes: [
      [1, 2],
      [2, 4],
    ],
    steps: [1, 2],
    heads: 1,
    points: 1,
    reach: floats(1.27, 127),
    offsets: Uint8Array.from([128, 128, 129, 128, 228, 128, 128, 127, ...new Array(8).fill(128)]),
    weights: Uint8Array.from([255, 0, 0, 255, 0, 0, 0, 0]),
  });
  assert.deepEqual(maps.starts, [0, 2]);
  const { x, y, points } = maps.at([0, 0], 0, null);
  assert.deepEqual([x, y], [0.25, 0.5]);
  assert.deepEqual(
    points.map(({ level, weight }) => [level, weight]),
    [
      [0, 1],
      [1, 0],
    ],
  );
  assert.ok(Math.abs(points[1].x - (0.25 + 1 / 4)) < 1e-6);
  assert.ok(Math.abs(maps.at([0, 1], 0, 0).points[0].x - (0.75 + 1 / 2)) < 1e-6);
  assert.deepEqual(maps.nearest([0, 0], 1), { number: 2, row: 1, column: 1 });
  assert.deepEqual(maps.nearest([1, 3], 1), { number: 3, row: 1, column: 3 });
  assert.deepEqual(sharesByMap(points, 2), [1, 0]);
});

test("words: an empty mask is said, so is the lack of any, and what a mask forbids", () => {
  const said = {
    who: "Query 4",
    map: "the map",
    masked: true,
    empty: false,
    allowed: 3,
    cells: 9,
    without: { within: 0.25 },
  };
  assert.match(crossWords(said), /allows 3 of 9\. Without it, 25\.0 % of the attention to the map would lie inside\.$/);
  assert.match(crossWords({ ...said, elsewhere: 0.4 }), /40\.0 % of its attention goes to other tokens/);
  assert.match(crossWords({ ...said, empty: true }), /empty here: by the empty-mask rule it looks everywhere/);
  assert.match(crossWords({ ...said, masked: false }), /no mask/);
  assert.match(pixelWords([1, 2], 0, "With", true), /outside the mask: it gets nothing/);
  assert.match(pixelWords([1, 2], 0.5, "", false), /^the cell of pixel \(1, 2\) gets 50\.0 %/);
  assert.match(
    pointsWords({ pixel: [1, 2], stride: 8, row: 0, column: 1, count: 12, outside: 1, head: 2, heads: 4 }),
    /head 3: 12 points\. 1 of them lies/,
  );
  const name = (query) => nameOf(query, { labels: [0, 1] }, [{ name: "cat" }]);
  assert.equal(pairWords(0, 1, 0.5, name), "Query 0 cat takes 50.0 % from query 1 no object.");
  assert.match(missingWords("Layer 2", true), /needs a running notebook/);
  assert.match(missingWords("Layer 2", false), /being fetched/);
});

test("parts: asked for once, kept, refined where a layer came in larger cells, never asked for without a kernel", () => {
  const asked = [],
    listeners = [];
  const model = {
    get: () => ({ "layer 0": { ...sent, step: 2 } }),
    on: (_, one) => listeners.push(one),
    off: () => {},
    send: ({ part }) => asked.push(part),
  };
  let arrived = 0;
  const parts = new Parts(model, () => arrived++);
  assert.equal(parts.layer(0, 4).step, 2);
  parts.refine(0, 4);
  parts.refine(0, 4);
  assert.equal(parts.get("layer 1"), null);
  assert.deepEqual(asked, ["layer 0 query 4", "layer 1"]);
  const { cross, cross_top, ...plain } = { ...sent, queries: [4] };
  listeners[0]({ part: "layer 0 query 4", plain, names: ["cross", "cross_top"] }, [cross, cross_top]);
  assert.equal(arrived, 1);
  assert.equal(parts.layer(0, 4).step, 1);
  assert.equal(parts.layer(0, 7).step, 2);
  const lonely = new Parts({ ...model, kernel: false }, () => {});
  assert.equal(lonely.get("layer 5"), null);
  assert.equal(lonely.alone, true);
  assert.equal(asked.length, 2);
});
