// @ts-check
/** The page on which the networks run: the SceneEditor's view, a choice of scenes and of two networks, and who answers. */
import { makeModel } from "./host.js";
import { carried, followTheme, sayFailure } from "./carried.js";
import { networkAnswerer } from "./network_answerer.js";
import { sceneView } from "../../widgets/scene/view.js";
import { setText } from "../../widgets/shared/canvas.js";
import { Lifetime } from "../../widgets/shared/lifetime.js";
import { unpack } from "../../widgets/shared/unpack.js";

followTheme();

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const { state, scenes, networks, pair } = JSON.parse(carried("facts"));
const status = document.getElementById("status"),
  choice = /** @type {HTMLSelectElement} */ (document.getElementById("scene")),
  selects = pair.map((_, place) => /** @type {HTMLSelectElement} */ (document.getElementById(`network-${place}`)));

/** What the answerer loads of a network; its text stays in the page, since it may be chosen again. */
const networkOf = (n) => ({ facts: networks[n], planes: true, network: carried(`network-${n}`, { once: false }) });

/** A scene's layers: what the page says of it, and its pictures, which lie one after the other. */
async function groundOf(n) {
  const { ground, parts } = scenes[n],
    bytes = await unpack(carried(`scene-${n}`, { once: false }));
  let start = 0;
  const cut = ([name, length]) => [name, view(bytes.slice(start, (start += length)))];
  return { ...ground, ...Object.fromEntries(parts.map(cut)) };
}

/** No network twice: what one select shows cannot be chosen in the other. */
function offer() {
  for (const [place, select] of selects.entries())
    for (const option of select.options) option.disabled = option.value === selects[1 - place].value;
}

async function begin() {
  const answerer = networkAnswerer(
    {
      program: new TextDecoder().decode(await unpack(carried("program"))),
      wasm: carried("wasm"),
      networks: pair.map(networkOf),
    },
    (text) => setText(status, text),
  );
  answerer.ready.then(
    ({ ms, workers }) => {
      setText(
        status,
        `Both networks run in this page, ${
          workers ? "each in a worker of its own" : "one after the other"
        }; they were ready after ${(ms / 1000).toFixed(1)} s.`,
      );
      for (const select of selects) select.disabled = false;
    },
    () => {},
  );
  const { answer } = answerer;
  answerer.answer = async (question) => {
    const answers = await answer(question);
    document.documentElement.dataset.ready = "";
    return answers;
  };
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
  /** @type {Lifetime | null} */
  let stage = null;
  function show() {
    stage?.end();
    el.replaceChildren();
    stage = new Lifetime(model);
    sceneView({ model, el, answerer, life: stage });
  }

  const shown = [...pair], // of `networks`, at each place
    asked = [0, 0];
  async function exchange(place) {
    const { value } = selects[place],
      n = networks.findIndex(({ name }) => name === value),
      mine = ++asked[place],
      start = performance.now();
    offer();
    setText(status, `Loading ${value} …`);
    let said = "";
    try {
      await answerer.exchange(place, networkOf(n));
      shown[place] = n;
      said = `${value} runs in this page; it was ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`;
    } catch (error) {
      const stays = networks[shown[place]].name;
      said = `${value} could not be started (${error?.message ?? error}); ${stays} goes on. Choose another one.`;
    }
    const models = shown.map((one) => ({ name: networks[one].name, family: networks[one].family }));
    model.set("models", models);
    show();
    if (mine !== asked[place]) return; // another one is on its way
    selects[place].value = models[place].name;
    offer();
    setText(status, said);
  }
  for (const [place, select] of selects.entries()) select.addEventListener("change", () => exchange(place));
  offer();
  show();
  choice.disabled = false;
  Object.assign(globalThis, { segtutorPage: { model, answerer } }); // for a look from the browser's console
}

begin().catch((error) => sayFailure(status, error));
