// @ts-check
/**
 * The worker of the page of clicks and words: SAM and CLIPSeg in ONNX Runtime Web (`ort`, which stands before the
 * program), as segtutor/models/export_prompts.py exports them. Asked by messages, one after the other:
 *
 * {id, load: {wasm, graphs: {see, click, say}}} -> {id}
 * {id, see: {picture, image, size}} -> {id, ms}: the encoders, once a picture, which has a number
 * {id, ask: {picture, xy, kinds, mask}} -> {id, masks, scores, ms}: 4 masks of H * W bytes, and their predicted IoU
 * {id, ask: {picture, numbers}} -> the same of words, one mask
 */
import { fromPlanes } from "./planes.js";
import { unpack } from "../../widgets/shared/unpack.js";

const sessions = {};
let seen = null;

async function load({ wasm, graphs }) {
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1; // more would need memory shared between workers, which a file on disk may not have
  ort.env.wasm.wasmBinary = wasm;
  for (const [name, graph] of Object.entries(graphs))
    sessions[name] = await ort.InferenceSession.create(fromPlanes(await unpack(graph)), {
      executionProviders: ["wasm"],
    });
}

async function see({ picture, image, size }) {
  const start = performance.now(),
    rgb = new Uint8Array((image.length / 4) * 3);
  for (let i = 0, j = 0; i < image.length; i += 4) {
    rgb[j++] = image[i];
    rgb[j++] = image[i + 1];
    rgb[j++] = image[i + 2];
  }
  seen = { picture, size, maps: await sessions.see.run({ image: new ort.Tensor("uint8", rgb, [1, ...size, 3]) }) };
  return { ms: performance.now() - start };
}

async function ask({ picture, xy, kinds, mask, numbers }) {
  if (seen?.picture !== picture) throw new Error("the picture has not been encoded yet");
  const start = performance.now(),
    { maps, size } = seen,
    long = (values) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  let outputs;
  if (numbers) outputs = await sessions.say.run({ words_map: maps.words_map, numbers: long(numbers) });
  else {
    const signs = Float32Array.from(mask ?? { length: size[0] * size[1] }, (inside) => (inside ? 1 : -1));
    const { embedding, quarter, half } = maps;
    outputs = await sessions.click.run({
      embedding,
      quarter,
      half,
      xy: new ort.Tensor("float32", Float32Array.from(xy.flat()), [1, xy.length, 2]),
      kinds: long(kinds),
      mask: new ort.Tensor("float32", signs, [1, 1, ...size]),
      has_mask: new ort.Tensor("float32", Float32Array.of(mask ? 1 : 0), [1]),
    });
  }
  const masks = Uint8Array.from(outputs.mask_logits.data, (logit) => (logit > 0 ? 1 : 0));
  return { masks, scores: [...outputs.scores.data], ms: performance.now() - start };
}

const port = globalThis.segtutorPort ?? globalThis,
  acts = { load, see, ask };
let last = Promise.resolve();
const take = async ({ data: { id, ...question } }) => {
  try {
    const [[name, content]] = Object.entries(question);
    port.postMessage({ id, ...(await acts[name](content)) });
  } catch (error) {
    port.postMessage({ id, problem: String(error?.message ?? error) });
  }
};
port.onmessage = (event) => (last = last.then(() => take(event)));
