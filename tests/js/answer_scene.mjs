// Answers for tests/test_scene_layers.py and tests/test_scene_editor.py: cases in a JSON file in, JSON on stdout. A case is
// a scene with its layers, whose composed pictures come out, or an answer beside a truth, which is judged.
import { readFileSync } from "node:fs";
import { Composer, Cutouts } from "../../segtutor/widgets/shared/scene/compose.js";
import { judge, looksOf, truthOf } from "../../segtutor/widgets/shared/scene/panels.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const base64 = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const judged = ({ answer, segments, truth, things, classes }) => {
  const side = truthOf(new Int32Array(bytes(truth).buffer), things),
    found = judge({ ids: bytes(answer), segments }, side, classes);
  return {
    pq: found.pq,
    missed: found.found.true.filter(({ kind }) => kind === "missed").map(({ id }) => id),
    looks: [...looksOf(side.segments, classes)].map(([id, { color, name }]) => [id, color, name]),
  };
};

const composed = ({ ground, cutouts, edits }) => {
  const composer = new Composer({
    ...ground,
    background: bytes(ground.background),
    stuff: bytes(ground.stuff),
    noise: new Float32Array(bytes(ground.noise).buffer),
  });
  const pieces = new Cutouts(composer.side);
  pieces.add(cutouts.index, bytes(cutouts.bytes));
  return edits.map((things) => {
    const { image, ids, missing } = composer.compose(things, pieces);
    return { image: base64(image), ids: base64(ids), missing: missing.length };
  });
};

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map((one) =>
  "ground" in one ? composed(one) : judged(one),
);
process.stdout.write(JSON.stringify(answers));
