// Answers for tests/test_matching_game.py and tests/test_score_explorer.py: cases in a JSON file in, JSON on stdout.
import { readFileSync } from "node:fs";
import { assign, assignmentSteps } from "../../segtutor/widgets/matching/hungarian.js";
import { classQualities, lostQuality, matchSegments, meanQuality } from "../../segtutor/widgets/shared/matched.js";
import { repaired } from "../../segtutor/widgets/score/repairs.js";

const plain = (step) => ({
  ...step,
  distance: [...step.distance].map((d) => (d === Infinity ? null : d)),
  before: [...step.before],
  placeOf: [...step.placeOf],
  u: [...step.u],
  v: [...step.v],
});

const matching = ({ cost, rows, columns }) => {
  const values = Float64Array.from(cost);
  return { pairs: assign(values, rows, columns), steps: assignmentSteps(values, rows, columns).map(plain) };
};

const score = ({ truth, prediction, classes, repairs }) => {
  const side = ({ ids, segments }) => ({ ids: Int32Array.from(ids), segments: new Map(segments) });
  const true_ = { ...side(truth), crowds: new Set(truth.crowds) };
  const state = repaired(side(prediction), true_, repairs, (id) => classes.indexOf(id));
  const found = matchSegments(state, true_),
    qualities = classQualities(found, classes.length);
  return {
    ids: [...state.ids],
    segments: [...state.segments],
    qualities,
    mean: meanQuality(qualities),
    lost: lostQuality(found, qualities),
    kinds: found.predicted.map(({ id, kind }) => [id, kind]),
    true: found.true.map(({ id, kind }) => [id, kind]),
  };
};

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map((one) =>
  "cost" in one ? matching(one) : score(one),
);
process.stdout.write(JSON.stringify(answers));
