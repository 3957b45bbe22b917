// @ts-check
/**
 * The Explainer's page: the view of widgets/explainer, networks that run in the page, a choice of scenes.
 *
 * What is looked at (scene, pixel, query, layer, the open box, the tour's step) stands in the address after "#".
 */
import { carried, followTheme, sayFailure } from "./carried.js";
import { addressFrom, beginInLanguage, withLanguage } from "./language.js";
import { networkAnswerer } from "./network_answerer.js";
import { several, share, whole } from "../../widgets/explainer/address.js";
import { LAST, THRESHOLDS, explainerView, partsOf, trainedThresholds } from "../../widgets/explainer/view.js";
import { namedArrays } from "../../widgets/explainer/weights.js";
import { Cutouts } from "../../widgets/shared/scene/compose.js";
import { setText, whenQuiet } from "../../widgets/shared/canvas.js";
import { unpack } from "../../widgets/shared/unpack.js";
import { tr, trLater } from "../../widgets/shared/words.js";

followTheme();
beginInLanguage();

const parts = partsOf(document),
  facts = JSON.parse(carried("facts")),
  { networks, scenes } = facts,
  [H, W] = facts.state.size,
  choice = /** @type {HTMLSelectElement} */ (parts.scene),
  controller = new AbortController();
for (const one of facts.state.classes) one.name = tr(one.name);

// ---------------------------------------------------------------- what is looked at
const view = { scene: 0, pixel: null, query: null, layer: LAST, box: null, step: 0, masked: true, without: [] };
/** Of the mask classifier's merge: as they were chosen for the trained network, and as they are now. */
const trained = trainedThresholds(facts),
  thresholds = { ...trained };
let askedThings = null; // of the address
function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1)),
    [x, y] = (asked.get("pixel") ?? "").split(",");
  view.scene = whole(asked.get("scene"), 0, scenes.length - 1, 0);
  view.pixel = asked.has("pixel") ? [(whole(x, 0, W - 1, 64) + 0.5) / W, (whole(y, 0, H - 1, 64) + 0.5) / H] : null;
  view.query = whole(asked.get("query"), 0, facts.queries - 1, null);
  view.layer = whole(asked.get("layer"), 0, LAST, LAST);
  view.box = asked.get("box");
  view.step = whole(asked.get("step"), 0, 99, 0);
  view.masked = asked.get("masked") !== "0";
  view.without = several(asked.get("without"), facts.queries);
  for (const [name, ours] of THRESHOLDS) thresholds[ours] = share(asked.get(name), trained[ours]);
  askedThings = asked.get("things");
}
/** The address of what is looked at. @param {Record<string, any>} shown */
function addressOf({ view: seen, edited, pixel }) {
  const said = { scene: view.scene, pixel: pixel().join(","), query: seen.query ?? 0 };
  Object.assign(said, { layer: seen.layer, step: seen.step });
  if (seen.box) said.box = seen.box;
  if (!seen.masked) said.masked = 0;
  if (seen.without.length) said.without = seen.without.join(",");
  for (const [name, ours] of THRESHOLDS) if (thresholds[ours] !== trained[ours]) said[name] = thresholds[ours];
  if (edited.text !== null) said.things = edited.text;
  return `#${Object.entries(said)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`)
    .join("&")}`;
}

/** A scene's layers: what the page says of it, and its pictures, which lie one after the other. */
async function groundOf(n) {
  const { ground, parts: pieces } = scenes[n],
    bytes = await unpack(carried(`scene-${n}`, { once: false })),
    found = { ...ground };
  let start = 0;
  for (const [name, length] of pieces) {
    const part = bytes.slice(start, (start += length));
    found[name] = name === "noise" ? new Float32Array(part.buffer) : part;
  }
  return found;
}

async function begin() {
  readAddress();
  const [ground, cutoutBytes, weights, program] = await Promise.all([
    groundOf(view.scene),
    unpack(carried("cutouts")),
    unpack(carried("weights")),
    unpack(carried("program")),
  ]);
  const cutouts = new Cutouts(W * ground.oversampling);
  cutouts.add(JSON.parse(carried("index")), cutoutBytes);
  const answerer = networkAnswerer(
    {
      program: new TextDecoder().decode(program),
      wasm: carried("wasm"),
      networks: networks.map((one, n) => ({ facts: one, network: carried(`network-${n}`) })),
    },
    (text) => setText(parts.status, text),
  );
  let readyAt = null;
  const { dataset } = document.documentElement,
    version = document.querySelector('meta[name="generator"]')?.getAttribute("content") ?? "segtutor",
    writeAddress = whenQuiet(() => history.replaceState(null, "", withLanguage(addressOf(shown))), 200);
  /** @type {Record<string, any>} */
  const shown = explainerView({
    parts,
    facts,
    weights: namedArrays(facts.weights, weights.buffer),
    cutouts,
    answerer,
    view,
    thresholds,
    signal: controller.signal,
    title: document.title,
    running: trLater("Both networks run in this page; from a change to all boxes {ms} ms."),
    say: ({ photo }) => {
      if (photo) choice.selectedIndex = -1;
      writeAddress.request();
    },
    words: () =>
      tr(shown.edited.text === null ? trLater("Scene “{name}”.") : trLater("Scene “{name}”, edited."), {
        name: tr(facts.names[view.scene]),
      }),
    stem: () => `scene-${view.scene + 1}`,
    place: ({ photo }) => (photo ? version : `${version}, ${withLanguage(addressOf(shown))}`), // one's own picture is in no address
    drawn: () => {
      dataset.ready = "";
      readyAt ??= performance.now();
      dataset.drawn = String(Number(dataset.drawn ?? 0) + 1);
    },
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    shown.takeFile(event.dataTransfer?.files[0]);
  });
  choice.selectedIndex = view.scene;
  choice.disabled = false;
  choice.addEventListener("change", async () => {
    const n = choice.selectedIndex,
      next = await groundOf(n);
    if (n !== choice.selectedIndex) return;
    view.scene = n;
    shown.begin(next, scenes[n].things);
    writeAddress.request();
  });
  shown.begin(ground, scenes[view.scene].things, { text: askedThings });
  writeAddress.request();
  addressFrom(() => addressOf(shown));
  Object.assign(globalThis, { segtutorExplainer: { ...shown, readyMs: () => readyAt } }); // for a look from the console; ms since the page was opened
  await answerer.ready;
  shown.ask();
  addEventListener("hashchange", () => location.reload()); // an address pasted over this one
}

begin().catch((error) => sayFailure(parts.status, error));
