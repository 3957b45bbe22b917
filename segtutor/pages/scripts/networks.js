// @ts-check
/** The page on which the networks run: the SceneEditor's view, a choice of scenes, and who answers. */
import { makeModel } from "./host.js";
import { carried, followTheme, sayFailure } from "./carried.js";
import { networkAnswerer } from "./network_answerer.js";
import { sceneView } from "../../widgets/scene/view.js";
import { setText } from "../../widgets/shared/canvas.js";
import { Lifetime } from "../../widgets/shared/lifetime.js";
import { unpack } from "../../widgets/shared/unpack.js";

followTheme();

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const { state, scenes, networks } = JSON.parse(carried("facts"));
const status = document.getElementById("status"),
  choice = /** @type {HTMLSelectElement} */ (document.getElementById("scene"));

/** A scene's layers: what the page says of it, and its pictures, which lie one after the other. */
async function groundOf(n) {
  const { ground, parts } = scenes[n],
    bytes = await unpack(carried(`scene-${n}`, { once: false }));
  let start = 0;
  const cut = ([name, length]) => [name, view(bytes.slice(start, (start += length)))];
  return { ...ground, ...Object.fromEntries(parts.map(cut)) };
}

async function begin() {
  const answerer = networkAnswerer(
    {
      program: new TextDecoder().decode(await unpack(carried("program"))),
      wasm: carried("wasm"),
      networks: networks.map((facts, n) => ({ facts, network: carried(`network-${n}`) })),
    },
    (text) => setText(status, text),
  );
  answerer.ready.then(
    ({ ms, workers }) =>
      setText(
        status,
        `Both networks run in this page, ${
          workers ? "each in a worker of its own" : "one after the other"
        }; they were ready after ${(ms / 1000).toFixed(1)} s.`,
      ),
    () => {},
  );
  const [ground, cutouts] = await Promise.all([groundOf(0), unpack(carried("cutouts"))]);
  const { model } = makeModel({
    ...state,
    ground,
    things: scenes[0].things,
    cutouts: { index: JSON.parse(carried("index")), bytes: view(cutouts) },
  });
  let count = 0;
  choice.addEventListener("change", async () => {
    const n = choice.selectedIndex,
      next = await groundOf(n);
    if (n !== choice.selectedIndex) return;
    count += 1; // where Python is absent, the page speaks for it: see shared/turns.js
    const turns = { selected: count, things: count };
    for (const [name, value] of Object.entries({ turns, selected: null, things: scenes[n].things, ground: next }))
      model.set(name, value);
  });
  const el = document.getElementById("editor");
  el.replaceChildren();
  sceneView({ model, el, answerer, life: new Lifetime(model) });
  choice.disabled = false;
  Object.assign(globalThis, { segtutorPage: { model, answerer } }); // for a look from the browser's console
}

begin().catch((error) => sayFailure(status, error));
