// Answers for tests/test_explorers_javascript.py: cases in a JSON file in, JSON on stdout.
import { readFileSync } from "node:fs";
import { ClassMaps, Maps } from "../../segtutor/widgets/shared/logits.js";
import { claimsAt, semanticAt } from "../../segtutor/widgets/pixels/explorer.js";
import {
  bestClass,
  instancePairs,
  maskQuality,
  rankInstances,
  semanticShare,
} from "../../segtutor/widgets/queries/fates.js";
import { PanopticInference } from "../../segtutor/widgets/shared/inference.js";
import { gridAreas, queryOrder } from "../../segtutor/widgets/queries/explorer.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const floats = (text) => new Float32Array(bytes(text).slice().buffer);
const base64 = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
const sent = (one) => ({ ...one, codes: bytes(one.codes), levels: bytes(one.levels) });

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map((one) => {
  const { size, isthing } = one,
    [H, W] = size,
    classes = isthing.length;
  const maps = new Maps(sent(one.masks), size),
    classProbs = floats(one.masks.class_probs);
  const perPixel = new ClassMaps(new Maps(sent(one.per_pixel), size));
  while (perPixel.prepare(1e9));
  const inference = new PanopticInference(classProbs, isthing, size, (query) => maps.probabilities(query));
  const readings = one.pixels.map(([x, y]) => {
    const masks = maps.probabilitiesAt(x, y);
    return {
      shares: [...perPixel.at(x, y)],
      masks: [...masks],
      claims: claimsAt(masks, classProbs, classes),
      sums: [...semanticAt(masks, classProbs, classes)],
    };
  });
  const semantic = new Int32Array(bytes(one.semantic).slice().buffer);
  const shares = [...Array(maps.count).keys()].map((query) => {
    const label = bestClass(classProbs, query, classes);
    return { label, ...semanticShare(maps.probabilities(query), one.mask_threshold, semantic, label) };
  });
  return {
    readings,
    shares,
    labels: base64(perPixel.labels),
    probabilities: base64(perPixel.probabilities(0)),
    whole: maps.at(W - 1, H - 1).length,
    ranked: rankInstances(instancePairs(classProbs, isthing), (query) => maskQuality(maps.probabilities(query))),
    orders: Object.fromEntries(
      ["number", "score", "area", "class"].map((sort) => [sort, queryOrder(sort, inference, gridAreas(maps))]),
    ),
  };
});
process.stdout.write(JSON.stringify(answers));
