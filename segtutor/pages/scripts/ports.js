// @ts-check
/**
 * Programs that compute beside the page: each in a worker of its own, so that all compute at once and the page stays
 * alive; where a page may have no worker, one after the other on the page itself.
 */
import { tr } from "../../widgets/shared/words.js";

const START_MS = 60000;

/**
 * Starts a program `count` times and loads it. @returns {Promise<boolean>} whether it runs in workers
 * @param {string} program its text; it answers the messages of a worker, or of `segtutorPort`
 * @param {number} count
 * @param {(ports: {ask: (question: Record<string, any>) => Promise<any>, close: () => void}[]) => Promise<any>} load called
 *   again with other ports where the browser allows no worker
 */
export async function startPorts(program, count, load) {
  if (!globalThis.WebAssembly) throw new Missing(tr("WebAssembly, in which the networks run"));
  if (!globalThis.DecompressionStream)
    throw new Missing(tr("DecompressionStream, with which the networks are unpacked"));
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  let ports = [],
    workers = true;
  try {
    ports = Array.from({ length: count }, () => workerPort(url));
    await load(ports);
  } catch (error) {
    for (const port of ports) port.close();
    if (!(error instanceof NotAllowed)) throw error;
    workers = false; // a browser that allows a file none
    const port = await pagePort(url);
    await load(Array.from({ length: count }, () => port));
  }
  URL.revokeObjectURL(url);
  return workers;
}

export class Missing extends Error {}
class NotAllowed extends Error {}

/** What a person can do about it, in a sentence or two. */
export function inWords(error) {
  const text = String(error?.message ?? error);
  if (error instanceof Missing) {
    return tr(
      "This browser has no {part}; scene and truth work here. Open the page in a current Firefox, Chrome, Edge or Safari.",
      { part: text },
    );
  }
  if (error instanceof RangeError || /memory|allocat/i.test(text)) {
    return tr(
      "There is not enough memory for the networks, which need about 200 MB each; scene and truth work here. Close other pages and load this one again.",
    );
  }
  return tr(
    "The networks could not be started ({reason}); scene and truth work here. Load the page again, or open it in another browser.",
    { reason: text },
  );
}

/** @typedef {{id: number, problem?: string} & Record<string, unknown>} Answer of a program */

/** Questions and answers over a worker or what stands for one, told apart by their numbers. */
function conversation(send) {
  const waiting = new Map();
  let serial = 0;
  /** @param {{data: Answer}} message */
  const hear = ({ data: { id, problem, ...answer } }) => {
    const { go, fail } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (problem !== undefined) fail?.(new Error(problem));
    else go?.(answer);
  };
  const fail = (error) => {
    for (const one of waiting.values()) one.fail(error);
    waiting.clear();
  };
  const ask = (question) =>
    new Promise((go, no) => {
      const id = ++serial;
      waiting.set(id, { go, fail: no });
      send({ id, ...question });
    });
  return { ask, hear, fail };
}

function workerPort(url) {
  const worker = newWorker(url),
    { ask, hear, fail } = conversation((message) => worker.postMessage(message));
  worker.onmessage = hear;
  worker.onerror = (event) =>
    fail(event.message ? new Error(event.message) : new NotAllowed(tr("no worker was allowed to start")));
  return { ask, close: () => worker.terminate() };
}

function newWorker(url) {
  try {
    return new Worker(url);
  } catch (error) {
    throw new NotAllowed(error.message);
  }
}

/** The same program on the page: one question after the other, since one runtime computes one thing at a time. */
async function pagePort(url) {
  /** @type {{onmessage?: (event: {data: object}) => void, postMessage: (answer: Answer) => void}} */
  const port = { postMessage: (data) => hear({ data }) }; // the program sets onmessage, once it has run
  globalThis.segtutorPort = port;
  const { ask, hear } = conversation((data) => port.onmessage({ data }));
  await new Promise((go, no) => {
    const script = document.createElement("script");
    Object.assign(script, {
      src: url,
      onload: go,
      onerror: () => no(new Error(tr("its program was not allowed to start"))),
    });
    document.head.append(script);
  });
  let last = Promise.resolve();
  const inTurn = (question) => (last = last.catch(() => {}).then(() => ask(question)));
  return { ask: inTurn, close: () => {} };
}

/** A promise that does not wait for ever. */
export const within = (promise, ms = START_MS) =>
  Promise.race([
    promise,
    new Promise((_, no) => {
      setTimeout(() => no(new Error(tr("nothing was heard of them for {n} seconds", { n: ms / 1000 }))), ms);
    }),
  ]);
