// Answers for tests/test_scene_layers.py: scenes, things and cutouts in a JSON file in, composed pictures on stdout.
import { readFileSync } from "node:fs";
import { Composer, Cutouts } from "../../segtutor/widgets/scene_compose.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const base64 = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map(({ ground, cutouts, edits }) => {
  const composer = new Composer({ ...ground, background: bytes(ground.background), stuff: bytes(ground.stuff),
    noise: new Float32Array(bytes(ground.noise).buffer) });
  const pieces = new Cutouts(composer.side);
  pieces.add(cutouts.index, bytes(cutouts.bytes));
  return edits.map((things) => {
    const { image, ids, missing } = composer.compose(things, pieces);
    return { image: base64(image), ids: base64(ids), missing: missing.length };
  });
});
process.stdout.write(JSON.stringify(answers));
