// Answers for tests/test_attention_explorer.py: what was sent in a JSON file in, numbers as JSON on stdout.
import { readFileSync } from "node:fs";
import { LayerMaps, SamplingMaps, cellsOfPixels, placeAt, summary } from "../../segtutor/widgets/attention/maps.js";

const decoded = (sent) =>
  Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value,
    ]),
  );
const { size, extent, layers, sampling, pixels, heads } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = layers.map((sent) => {
  const maps = new LayerMaps(decoded(sent));
  return sent.queries.map((query) => ({
    query,
    empty: maps.empty(query),
    inside: maps.inside(query) && [...maps.inside(query)],
    heads: [null, ...heads].map((head) => ({
      cross: [...maps.weights(query, head, false)],
      free: [...maps.weights(query, head, true)],
      among: maps.among(query, head) && [...maps.among(query, head)],
    })),
    within: summary(maps.weights(query, null, true), maps.inside(query)).within,
  }));
});
const maps = new SamplingMaps(decoded(sampling));
const read = pixels.map((pixel) =>
  sampling.sizes.map((of, level) => ({ ...maps.at(placeAt(pixel, size, of, extent), level, null) })),
);
process.stdout.write(
  JSON.stringify({ answers, read, cells: layers.map((sent) => [...cellsOfPixels(size, sent, extent)]) }),
);
