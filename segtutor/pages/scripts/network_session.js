// @ts-check
/**
 * Networks in ONNX Runtime Web (`ort`, which stands before the program), asked by messages; see network_answerer.js.
 *
 * Runs in a worker of its own, or, where a page may have none, on the page: then `segtutorPort` stands for the worker.
 * {id, load: {place, wasm, network, facts}} -> {id};   {id, ask: {place, image}} -> {id, answer, ms};   else {id, problem}
 */
import { unpack } from "../../widgets/shared/unpack.js";

/** @typedef {import("./answers.js").Facts} Facts */
/** @typedef {import("./answers.js").Tensor} Tensor */

/** @type {{session: ort.InferenceSession, facts: Facts}[]} */
const loaded = [];

async function load({ place, wasm, network, facts }) {
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1; // more would need memory shared between workers, which a file on disk may not have
  ort.env.wasm.wasmBinary = wasm;
  const session = await ort.InferenceSession.create(await unpack(network), { executionProviders: ["wasm"] });
  loaded[place] = { session, facts };
}

/** image: H * W * 4 bytes RGBA; masked: whether attention is masked, of a network that can be told. */
async function ask({ place, image, masked = true }, answerFrom) {
  const { session, facts } = loaded[place],
    start = performance.now(),
    rgb = new Uint8Array((image.length / 4) * 3);
  for (let i = 0, j = 0; i < image.length; i += 4) {
    rgb[j++] = image[i];
    rgb[j++] = image[i + 1];
    rgb[j++] = image[i + 2];
  }
  const given = { image: new ort.Tensor("uint8", rgb, [1, ...facts.size, 3]) };
  if (session.inputNames.includes("masked")) given.masked = new ort.Tensor("bool", [masked], [1]);
  const outputs = await session.run(given);
  return { answer: answerFrom(facts, outputs), ms: performance.now() - start };
}

/**
 * Begins to listen.
 * @param {(facts: Facts, outputs: Record<string, Tensor>) => object} answerFrom
 */
export function serve(answerFrom) {
  const port = globalThis.segtutorPort ?? globalThis;
  port.onmessage = async ({ data: { id, load: toLoad, ask: asked } }) => {
    try {
      port.postMessage({ id, ...(toLoad ? await load(toLoad) : await ask(asked, answerFrom)) });
    } catch (error) {
      port.postMessage({ id, problem: String(error?.message ?? error) });
    }
  };
}
