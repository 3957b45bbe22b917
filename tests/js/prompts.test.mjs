// What painting does to prompts, by hand on small pictures; equality with Python: tests/test_prompt_canvas.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { addPlace, boxBetween, erase, kept } from "../../segtutor/widgets/shared/edit.js";
import { distanceTo, paintPrompts, paintStroke } from "../../segtutor/widgets/shared/raster.js";
import { trainingInWords } from "../../segtutor/widgets/prompts/words.js";

test("a stroke labels the pixels whose centres lie within half its width, the thinnest the one it lies in", () => {
  const labels = paintPrompts(
    [3, 5],
    [
      {
        label: 1,
        width: 2,
        points: [
          [1, 1.5],
          [4, 1.5],
        ],
      },
    ],
    [],
  );
  assert.deepEqual([...labels], [-1, 1, 1, 1, -1, 1, 1, 1, 1, 1, -1, 1, 1, 1, -1]);
  assert.deepEqual(
    [...paintPrompts([1, 3], [{ label: 0, width: 1, points: [[1, 1]] }], [])].filter((one) => one === 0).length,
    2,
  );
});

test("strokes are painted in their order, -1 takes away, points lie above", () => {
  const across = {
    width: 1,
    points: [
      [0.5, 0.5],
      [8.5, 0.5],
    ],
  };
  const labels = paintPrompts(
    [1, 9],
    [
      { ...across, label: 0 },
      {
        ...across,
        label: -1,
        points: [
          [0.5, 0.5],
          [3.5, 0.5],
        ],
      },
    ],
    [{ x: 8.5, y: 0.5, label: 2 }],
  );
  assert.deepEqual([...labels], [-1, -1, -1, -1, 0, 0, 2, 2, 2]);
  const touched = paintStroke(labels, [1, 9], [[2, 0.5]], 1, 1);
  assert.ok(touched[0] <= 1 && touched[2] >= 3);
});

test("the eraser paints unknown, and takes points and outlines that it touches", () => {
  const before = {
    points: [
      { x: 5, y: 5, label: 0 },
      { x: 40, y: 40, label: 1 },
    ],
    boxes: [{ x0: 0, y0: 0, x1: 50, y1: 50, label: 1 }],
    scribbles: [],
  };
  const middle = erase(before, [[12, 12]], 8);
  assert.deepEqual(middle, before); // inside the box is not on its outline, and there is no stroke
  const corner = erase({ ...before, scribbles: [{ label: 1, width: 4, points: [[1, 1]] }] }, [[6, 5]], 8);
  assert.deepEqual(
    corner.points.map(({ x }) => x),
    [40],
  );
  assert.deepEqual(corner.boxes, []);
  assert.deepEqual(
    corner.scribbles.map(({ label }) => label),
    [1, -1],
  );
});

test("places are quarters of a pixel inside the picture, and not closer than they need to be", () => {
  assert.deepEqual([kept(3.3, 10), kept(-2, 10), kept(12, 10)], [3.25, 0, 10]);
  const line = [[0, 0]];
  assert.deepEqual(
    [addPlace(line, [0.5, 0], 8), addPlace(line, [1, 0], 8), addPlace(line, [3, 0], 32)],
    [false, true, false],
  );
  assert.equal(
    distanceTo(
      [
        [0, 0],
        [10, 0],
      ],
      5,
      3,
    ),
    3,
  );
  assert.equal(boxBetween([4, 4], [5, 20], 0), null);
  assert.deepEqual(boxBetween([14, 20], [4, 4], 2), { x0: 4, y0: 4, x1: 14, y1: 20, label: 2 });
});

test("a training is told in words, its score only with a truth", () => {
  assert.match(trainingInWords({}, {}), /Paint a few strokes/);
  assert.match(trainingInWords({ state: "running", step: 7, loss: 1.234 }, {}), /Step 7, loss 1.23/);
  assert.match(trainingInWords({ state: "failed", said: "got nothing" }, {}), /got nothing/);
  const done = { state: "stopped", step: 9, seconds: 1.25, loss: 0.1 };
  assert.doesNotMatch(trainingInWords(done, {}), /mIoU/);
  assert.match(
    trainingInWords(done, { miou: 0.5, nearest_colour: 0.25 }),
    /Stopped after 9 steps.*mIoU 50.0 %.*25.0 %/,
  );
});
