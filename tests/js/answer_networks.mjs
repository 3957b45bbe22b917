// Answers for tests/test_network_answers.py: a network's outputs in a JSON file in, panoptic answers on stdout.
import { readFileSync } from "node:fs";
import { answerOf } from "../../segtutor/pages/scripts/answers.js";

const floats = (text) => new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map(({ facts, outputs }) => {
  const read = Object.fromEntries(
    Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data: floats(data) }]),
  );
  const { ids, segments } = answerOf(facts, read);
  return { ids: Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("base64"), segments };
});
process.stdout.write(JSON.stringify(answers));
