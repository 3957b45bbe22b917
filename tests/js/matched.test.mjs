// What is counted, repaired and said on pictures of a few pixels, worked out by hand; random cases: tests/test_score_explorer.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { classQualities, lostQuality, matchSegments, meanQuality } from "../../segtutor/widgets/shared/matched.js";
import { repaired } from "../../segtutor/widgets/score/repairs.js";
import { lineInWords, repairInWords, segmentInWords } from "../../segtutor/widgets/score/words.js";
import { changeInWords, gameInWords, pairInWords, stepInWords } from "../../segtutor/widgets/matching/words.js";
import { assignmentSteps } from "../../segtutor/widgets/matching/hungarian.js";

const names = ["cat", "grass"];
const side = (ids, labels, crowds = []) => ({
  ids: Int32Array.from(ids),
  segments: new Map(labels.map((label, n) => [n + 1, label])),
  crowds: new Set(crowds),
});
const truth = side([1, 1, 1, 1, 2, 2, 3, 0], [0, 0, 1]); // two cats, grass, void
const prediction = side([1, 1, 1, 0, 0, 0, 2, 3], [0, 1, 0]); // a cat, grass, a cat on void

test("matched, missed, ignored, and what they cost: (1 - 3/4) / 1.5 / 2 and 1/2 / 1.5 / 2", () => {
  const found = matchSegments(prediction, truth),
    classes = classQualities(found, 2);
  assert.deepEqual(
    found.predicted.map(({ kind }) => kind),
    ["matched", "matched", "ignored"],
  );
  assert.deepEqual(
    found.true.map(({ kind }) => kind),
    ["matched", "missed", "matched"],
  );
  const lost = lostQuality(found, classes);
  assert.deepEqual(
    lost.map(({ kind, segment, other, lost }) => [kind, segment, other, Number(lost.toFixed(6))]),
    [
      ["missed", 2, null, 0.166667],
      ["matched", 1, 1, 0.083333],
      ["matched", 3, 2, 0],
    ],
  );
  assert.equal(meanQuality(classes).pq, 1 - lost.reduce((sum, part) => sum + part.lost, 0));
});

test("a repair changes a copy; one of what is not there changes nothing", () => {
  const once = repaired(prediction, truth, [{ do: "add", truth: 2 }], () => 0);
  assert.deepEqual([...once.ids], [1, 1, 1, 0, 4, 4, 2, 3]);
  assert.deepEqual(
    [...once.segments],
    [
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 0],
    ],
  );
  assert.deepEqual([...prediction.ids], [1, 1, 1, 0, 0, 0, 2, 3]);
  assert.deepEqual(
    [
      ...repaired(
        prediction,
        truth,
        [
          { do: "remove", segment: 9 },
          { do: "merge", segment: 1, other: 9 },
        ],
        () => 0,
      ).ids,
    ],
    [...prediction.ids],
  );
  assert.deepEqual(
    [...repaired(prediction, truth, [{ do: "mask", segment: 3, truth: 1 }], () => 0).segments.keys()],
    [2, 3],
    "1 has lost all its pixels",
  );
});

test("a segment says what it is, why, and its price with its numbers", () => {
  const found = matchSegments(prediction, truth),
    classes = classQualities(found, 2),
    say = (of, id) => segmentInWords(of, id, found, classes, names);
  assert.match(
    say("truth", 1),
    /^True cat 1 and predicted cat 1 match with IoU 75\.0 %.*1 \+ 0 \/ 2 \+ 1 \/ 2 = 1\.5, and 2 classes occur: .* = 8\.3 points/,
  );
  assert.match(say("truth", 2), /is missed: nothing is predicted there\..*1\/2 \/ W \/ 2 = 16\.7 points/);
  assert.match(say("prediction", 3), /^Predicted cat 3 lies by more than half on void/);
  assert.equal(say("prediction", 9), "");
  const wrong = matchSegments(side([1, 1, 1, 1], [1]), side([1, 1, 1, 1], [0]));
  assert.match(
    segmentInWords("prediction", 1, wrong, classQualities(wrong, 2), names),
    /is false\. It overlaps most with true cat 1, of another class, IoU 100\.0 %/,
  );
  const half = matchSegments(side([1, 1, 0, 0], [0]), side([1, 1, 1, 1], [0]));
  assert.match(
    segmentInWords("truth", 1, half, classQualities(half, 2), names),
    /predicted cat 1, IoU 50\.0 %, not more than 50 %/,
  );
  const crowd = matchSegments(side([0, 0, 0, 0], []), side([1, 1, 1, 1], [0], [1]));
  assert.match(segmentInWords("truth", 1, crowd, classQualities(crowd, 2), names), /is a crowd/);
  assert.deepEqual(lineInWords({ kind: "matched", segment: 1, other: 1, iou: 0.75, lost: 1 / 12 }, found, names), {
    text: "cat 1: IoU 75.0 %",
    cost: "8.3",
  });
  assert.deepEqual(lineInWords({ kind: "missed", segment: 2, other: null, iou: 0, lost: 1 / 6 }, found, names), {
    text: "cat 2: nothing there",
    cost: "16.7",
  });
});

test("every repair has its words", () => {
  const say = (repair) =>
    repairInWords(
      repair,
      (id) => names[id],
      (id) => `true cat ${id}`,
    );
  assert.equal(say({ do: "remove", segment: 3 }), "segment 3 removed");
  assert.equal(say({ do: "class", segment: 3, category_id: 1 }), "segment 3 called grass");
  assert.equal(say({ do: "add", truth: 2 }), "true cat 2 predicted");
  for (const kind of ["mask", "split"])
    assert.match(say({ do: kind, segment: 3, truth: 2 }), /segment 3 .* true cat 2/);
  assert.equal(say({ do: "merge", segment: 3, other: 4 }), "segment 4 merged into 3");
});

test("the game says how far it is, and not which pairs are better", () => {
  assert.equal(gameInWords(1, 2, 3, 1, 2), "1 of 2 targets matched, sum 3.00.");
  assert.equal(gameInWords(2, 2, 1, 1, 2), "All 2 targets matched, sum 1.00: no assignment is cheaper.");
  assert.equal(gameInWords(2, 2, 3, 1, 3), "All 2 queries matched, sum 3.00: another assignment is cheaper by 2.00.");
  assert.equal(
    pairInWords(
      "query 3",
      "cat 5",
      [
        { name: "class", value: -0.5 },
        { name: "dice", value: 0.2 },
      ],
      { class: 2, dice: 5 },
    ),
    "query 3 with cat 5: class 2 × -0.50 + dice 5 × 0.20 = 0.00",
  );
  const rows = ["query 0", "query 1"],
    columns = ["cat 0", "cat 1"];
  assert.match(
    changeInWords(
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0, 0],
        [1, 1],
      ],
      rows,
      columns,
      false,
    ),
    /same optimum/,
  );
  assert.match(
    changeInWords(
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
      rows,
      columns,
      false,
    ),
    /^With these weights 2 of 2 pairs/,
  );
  assert.match(
    changeInWords(
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
      rows,
      columns,
      true,
    ),
    /cat 0 \(query 0 → query 1\) and cat 1 \(query 1 → query 0\)/,
  );
});

test("each step says who moves, and the last one gives the proof", () => {
  const cost = Float64Array.from([1, 2, 2, 9]),
    say = { seekers: ["cat 0", "cat 1"], places: ["query 0", "query 1"], seeker: "target", place: "query" };
  const [begin, free, move, taken, , end, done] = assignmentSteps(cost, 2, 2).map((step) => stepInWords(step, say));
  assert.match(begin, /^The targets are served one by one/);
  assert.match(free, /^query 0 is free, at the end of the cheapest way, 1\.00 long: cat 0 takes query 0\./);
  assert.match(move, /^The potential of cat 0 becomes 1\.00\. /);
  assert.match(taken, /^cat 1 looks for a query\. The nearest is query 0, 2\.00 away, but cat 0 holds it\./);
  assert.match(end, /cat 1 takes query 0 and cat 0 moves to query 1\.$/);
  assert.match(done, /5\.00 of the targets and -1\.00 of the queries, together 4\.00\./);
});
