// @ts-check
/**
 * The SceneEditor's answerer on a page without Python: each network in a worker of its own, so that both compute at once
 * and the page stays alive; where a page may have no worker, one after the other on the page itself.
 */
import { unpack } from "../../widgets/shared/unpack.js";
import { tr } from "../../widgets/shared/words.js";

const START_MS = 60000;

/**
 * @param {{program: string, wasm: string, networks: {network: string, planes?: boolean, facts: Record<string, any>}[]}} parts
 *   program: text of runtime and network_worker.js; wasm and network: as unpack.js reads them; planes: as of planes.js
 * @param {(text: string) => void} say what happens, in words
 * @returns {Record<string, any>} what view.js asks; `ready`: a promise of {ms, workers}; and `exchange`(place, network): another
 *   network there, a promise. One that fails leaves the network before it where it was.
 */
export function networkAnswerer({ program, wasm, networks }, say) {
  let ports = [];
  const answerer = {
    available: false,
    why: tr("The networks are starting …"),
    answer: async ({ image, masked }) =>
      Promise.all(
        networks.map(async (_, place) => {
          const { answer, ms } = await ports[place].ask({ ask: { place, image, masked } });
          return { ...answer, ms };
        }),
      ),
    onReady: (action) => answerer.ready.then(action, action), // where they failed, `why` is to be shown

    exchange: async (place, network) => {
      await answerer.ready;
      await within(ports[place].ask({ load: { place, ...network } }), START_MS);
    },
    cutouts: () => {}, // nobody here makes more than the page carries
    onCutouts: () => {},
    close: () => ports.forEach(({ close }) => close()),
  };
  answerer.ready = begin()
    .then((started) => {
      answerer.available = true;
      return started;
    })
    .catch((error) => {
      answerer.why = inWords(error);
      say(answerer.why);
      throw new Error(answerer.why);
    });
  answerer.ready.catch(() => {}); // it has been said
  return answerer;

  async function begin() {
    const start = performance.now();
    if (!globalThis.WebAssembly) throw new Missing(tr("WebAssembly, in which the networks run"));
    if (!globalThis.DecompressionStream)
      throw new Missing(tr("DecompressionStream, with which the networks are unpacked"));
    say(tr("The networks are being unpacked …"));
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const unpacked = unpack(wasm);
    const load = async () =>
      Promise.all(
        networks.map(async (network, place) =>
          within(ports[place].ask({ load: { place, wasm: (await unpacked).buffer, ...network } }), START_MS),
        ),
      );
    let workers = true;
    try {
      ports = networks.map(() => workerPort(url));
      await load();
    } catch (error) {
      answerer.close();
      if (!(error instanceof NotAllowed)) throw error;
      workers = false; // a browser that allows a file none
      const port = await pagePort(url);
      ports = networks.map(() => port);
      await load();
    }
    URL.revokeObjectURL(url);
    return { ms: performance.now() - start, workers };
  }
}

class Missing extends Error {}
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

/** @typedef {{id: number, problem?: string} & Record<string, unknown>} Answer of network_session.js */

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

const within = (promise, ms) =>
  Promise.race([
    promise,
    new Promise((_, no) => {
      setTimeout(() => no(new Error(tr("nothing was heard of them for {n} seconds", { n: ms / 1000 }))), ms);
    }),
  ]);
