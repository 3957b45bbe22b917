// The parts of the networks page that need no browser; the page itself: tests/browser/test_networks_page.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { answerOf, connectedSegments } from "../../segtutor/pages/scripts/answers.js";
import { inWords, networkAnswerer } from "../../segtutor/pages/scripts/network_answerer.js";
import { fromPlanes } from "../../segtutor/pages/scripts/planes.js";
import { inflate, unpack } from "../../segtutor/widgets/shared/unpack.js";

test("two things that touch at a corner are two, along a side one; stuff is one wherever it lies", () => {
  const labels = Uint8Array.from([1, 0, 1, /**/ 0, 1, 0, /**/ 1, 1, 0]),
    shares = new Float32Array(9).fill(0.5);
  const { ids, segments } = connectedSegments(labels, shares, [false, true], [3, 3]);
  assert.deepEqual([...ids], [2, 1, 3, /**/ 1, 4, 1, /**/ 4, 4, 1]);
  assert.deepEqual(
    segments.map(({ label, area, score }) => [label, area, score]),
    [
      [0, 4, 0.5],
      [1, 1, 0.5],
      [1, 1, 0.5],
      [1, 3, 0.5],
    ],
  );
});

test("coarse class maps are enlarged before classes are compared", () => {
  const facts = { family: "per-pixel", size: [4, 4], categories: [{ isthing: 0 }, { isthing: 0 }] },
    data = Float32Array.from([0, 0, 0, 0, /**/ -1, 3, -1, 3]); // class 1 wins right of -1 + 4 t = 0, t = 0.25
  const { ids } = answerOf(facts, { logits: { dims: [1, 2, 2, 2], data } });
  assert.deepEqual([...ids.slice(0, 4)], [1, 1, 2, 2]); // t = 0, 0.25 (a tie: the first wins), 0.75, 1
});

test("what was packed comes back", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, n) => n % 251);
  assert.deepEqual(await unpack(gzipSync(bytes).toString("base64")), bytes);
  assert.deepEqual(await inflate(deflateSync(bytes)), bytes);
  const half = deflateSync(bytes).subarray(0, 20);
  await assert.rejects(inflate(half), "what arrives cut off is an error, not a shorter picture");
});

test("bytes in planes come back in their order, those that are left over too", () => {
  const planes = Uint8Array.from([0, 4, 1, 5, 2, 6, 3, 7, /**/ 8, 9]);
  assert.deepEqual([...fromPlanes(planes)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([...fromPlanes(Uint8Array.from([5, 6]))], [5, 6]);
});

test("what went wrong is said in words, with what to do", () => {
  assert.match(
    inWords(new RangeError("WebAssembly.instantiate(): Out of memory")),
    /not enough memory.*Close other pages/,
  );
  assert.match(inWords(new Error("failed to allocate a buffer")), /not enough memory/);
  assert.match(inWords(new Error("bad magic")), /could not be started \(bad magic\).*another browser/);
});

test("without WebAssembly it becomes no answerer, and says why", async () => {
  const kept = globalThis.WebAssembly,
    said = [];
  try {
    delete globalThis.WebAssembly;
    const answerer = networkAnswerer({ program: "", wasm: "", networks: [] }, (text) => said.push(text));
    await assert.rejects(answerer.ready, /no WebAssembly/);
    assert.equal(answerer.available, false);
    assert.deepEqual(said, [answerer.why]);
  } finally {
    globalThis.WebAssembly = kept;
  }
});
