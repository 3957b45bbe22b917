// Answers for tests/test_javascript.py what the browser's code decides: cases in a JSON file in, JSON on stdout.
import { readFileSync } from "node:fs";
import { PanopticInference, maskProbabilities } from "../../segtutor/widgets/shared/inference.js";
import { panopticQuality } from "../../segtutor/widgets/thresholds/quality.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64")).buffer;
const base64 = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map((one) => {
  const [H, W] = one.size,
    [h, w] = one.grid;
  const values = new Float32Array(bytes(one.masks)); // probabilities at H x W, or logits at h x w
  const mask = (query) =>
    one.resized
      ? values.subarray(query * H * W, (query + 1) * H * W)
      : maskProbabilities(values.subarray(query * h * w, (query + 1) * h * w), one.grid, one.size);
  const inference = new PanopticInference(new Float32Array(bytes(one.class_probs)), one.isthing, one.size, mask);
  const steps = one.steps.map((thresholds) => {
    const { fates, segments, voidArea } = inference.update(thresholds);
    const quality =
      one.truth &&
      panopticQuality(
        inference.segmentIds,
        segments,
        new Uint16Array(bytes(one.truth.ids)),
        one.truth.segments,
        one.isthing,
      );
    const areas = fates.map(({ query }) => inference.maskArea(query, thresholds.maskThreshold));
    return { ids: base64(inference.segmentIds), fates, segments, voidArea, quality, areas };
  });
  return {
    steps,
    probabilities: one.resized
      ? null
      : base64(Float32Array.from([...Array(inference.queries).keys()].flatMap((query) => [...mask(query)]))),
  };
});
process.stdout.write(JSON.stringify(answers));
