/** The page on which the networks run: the SceneEditor's view, a choice of scenes, and who answers. Needs host.js before it. */
import { networkAnswerer } from "./network_answerer.js";
import { sceneView } from "./scene_view.js";
import { setText } from "./canvas.js";
import { unpack } from "./unpack.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const sayTheme = () => { document.body.dataset.jpThemeLight = String(!dark.matches); };
dark.addEventListener("change", sayTheme);
sayTheme();

/** A text that the page carries. What is read once is taken out: it would only fill the memory. */
function carried(name, { once = true } = {}) {
  const node = document.getElementById(`segtutor-${name}`);
  if (once) node.remove();
  return node.textContent;
}
const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const { state, scenes, networks } = JSON.parse(carried("facts"));
const status = document.getElementById("status"), choice = document.getElementById("scene");

/** A scene's layers: what the page says of it, and its pictures, which lie one after the other. */
async function groundOf(n) {
  const { ground, parts } = scenes[n], bytes = await unpack(carried(`scene-${n}`, { once: false }));
  let start = 0;
  const cut = ([name, length]) => [name, view(bytes.slice(start, (start += length)))];
  return { ...ground, ...Object.fromEntries(parts.map(cut)) };
}

async function begin() {
  const answerer = networkAnswerer({ program: new TextDecoder().decode(await unpack(carried("program"))), wasm: carried("wasm"),
    networks: networks.map((facts, n) => ({ facts, network: carried(`network-${n}`) })) }, (text) => setText(status, text));
  answerer.ready.then(({ ms, workers }) => setText(status, `Both networks run in this page, ${workers
    ? "each in a worker of its own" : "one after the other"}; they were ready after ${(ms / 1000).toFixed(1)} s.`), () => {});
  const [ground, cutouts] = await Promise.all([groundOf(0), unpack(carried("cutouts"))]);
  const { model } = makeModel({ ...state, ground, things: scenes[0].things, cutouts: { index: JSON.parse(carried("index")), bytes: view(cutouts) } });
  choice.addEventListener("change", async () => {
    const n = choice.selectedIndex, next = await groundOf(n);
    if (n !== choice.selectedIndex) return;
    for (const [name, value] of Object.entries({ selected: null, things: scenes[n].things, ground: next })) model.set(name, value);
  });
  const el = document.getElementById("editor");
  el.replaceChildren();
  sceneView({ model, el, answerer, stop: new AbortController() });
  choice.disabled = false;
  Object.assign(globalThis, { segtutorPage: { model, answerer } }); // for a look from the browser's console
}

begin().catch((error) => {
  setText(status, globalThis.DecompressionStream ? `The page could not be drawn: ${error.message}. Load it again, or open it in another browser.`
    : "This browser has no DecompressionStream, with which the page is unpacked. Open it in a current Firefox, Chrome, Edge or Safari.");
  console.error(error);
});
