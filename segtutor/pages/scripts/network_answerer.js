// @ts-check
/**
 * The SceneEditor's answerer on a page without Python: each network in a worker of its own, so that both compute at once
 * and the page stays alive; where a page may have no worker, one after the other on the page itself.
 */
import { inWords, startPorts, within } from "./ports.js";
import { unpack } from "../../widgets/shared/unpack.js";
import { tr } from "../../widgets/shared/words.js";

export { inWords };

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
      await within(ports[place].ask({ load: { place, ...network } }));
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
    let unpacked;
    const workers = await startPorts(program, networks.length, (started) => {
      say(tr("The networks are being unpacked …"));
      ports = started;
      unpacked ??= unpack(wasm);
      return Promise.all(
        networks.map(async (network, place) =>
          within(ports[place].ask({ load: { place, wasm: (await unpacked).buffer, ...network } })),
        ),
      );
    });
    return { ms: performance.now() - start, workers };
  }
}
