// @ts-check
/**
 * Networks in ONNX Runtime Web (`ort`, which stands before the program), asked by messages; see network_answerer.js.
 *
 * Runs in a worker of its own, or, where a page may have none, on the page: then `segtutorPort` stands for the worker.
 * {id, load: {place, wasm, network, planes, facts}} -> {id};   {id, ask: {place, image}} -> {id, answer, ms};   else
 * {id, problem}. One after the other: a network that takes the place of another one has let it finish.
 */
import { fromPlanes } from "./planes.js";
import { unpack } from "../../widgets/shared/unpack.js";

/** @typedef {import("./answers.js").Facts} Facts */
/** @typedef {import("./answers.js").Tensor} Tensor */

/** @type {{session: ort.InferenceSession, facts: Facts}[]} */
const loaded = [];

/** wasm: needed the first time; planes: whether the network's bytes were sorted (planes.js). */
async function load({ place, wasm, network, planes, facts }) {
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1; // more would need memory shared between workers, which a file on disk may not have
  if (wasm) ort.env.wasm.wasmBinary = wasm;
  const bytes = await unpack(network);
  const session = await ort.InferenceSession.create(planes ? fromPlanes(bytes) : bytes, {
    executionProviders: ["wasm"],
  });
  const before = loaded[place];
  loaded[place] = { session, facts };
  await before?.session.release();
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
  let last = Promise.resolve();
  const take = async ({ data: { id, load: toLoad, ask: asked } }) => {
    try {
      port.postMessage({ id, ...(toLoad ? await load(toLoad) : await ask(asked, answerFrom)) });
    } catch (error) {
      port.postMessage({ id, problem: String(error?.message ?? error) });
    }
  };
  port.onmessage = (event) => (last = last.then(() => take(event)));
}
