// @ts-check
/**
 * The Explainer's page: the scene is edited, both networks answer with all their tensors, every box is drawn again.
 *
 * What is looked at (scene, pixel, query, layer, the open box, the tour's step) stands in the address after "#".
 */
import { carried, followTheme, sayFailure } from "./carried.js";
import { networkAnswerer } from "./network_answerer.js";
import { several, share, whole } from "./explainer_address.js";
import { makeBoxes } from "./explainer_boxes.js";
import { Changes } from "./explainer_changes.js";
import { Opened } from "./explainer_open.js";
import { chooser, percent } from "./explainer_parts.js";
import { asPng, asSvg, save } from "./explainer_picture.js";
import { EditedScene } from "./explainer_scene.js";
import { readPhoto } from "./explainer_photo.js";
import { Scribbles } from "./explainer_scribbles.js";
import { Tour } from "./explainer_tour.js";
import { beginInLanguage, withLanguage } from "./language.js";
import { Cutouts } from "../../widgets/scene/compose.js";
import { Meter, NewestFirst } from "../../widgets/scene/loop.js";
import { judge } from "../../widgets/scene/panels.js";
import { element, frameScheduler, setText, whenQuiet } from "../../widgets/shared/canvas.js";
import { PanopticInference, maskProbabilities } from "../../widgets/shared/inference.js";
import { softmax } from "../../widgets/shared/logits.js";
import { unpack } from "../../widgets/shared/unpack.js";
import { tr, trLater, trParts } from "../../widgets/shared/words.js";

followTheme();
beginInLanguage();

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(carried("facts"));
for (const one of facts.state.classes) one.name = tr(one.name);
const { networks, scenes } = facts,
  [H, W] = facts.state.size,
  isthing = networks[1].categories.map((one) => Boolean(one.isthing)),
  K = isthing.length,
  status = byId("status"),
  choice = /** @type {HTMLSelectElement} */ (byId("scene")),
  controller = new AbortController();

// ---------------------------------------------------------------- what is looked at
const LAST = 3; // the layer of the final prediction
const QUERIES = 24;
const OWN = trLater(
  "Both networks have seen drawings of ToyTown only and know fifteen names: whatever your picture shows, one of these is all that they can say. What their backbones see can still be of use: draw on the picture, at the bottom of this page.",
);
const view = { scene: 0, pixel: [0.5, 0.5], query: 0, layer: LAST, box: null, step: 0, masked: true, without: [] };
/** Of the mask classifier's merge: [in the address, here, as it was chosen for the trained network]. */
const THRESHOLDS = ["score", "mask", "overlap"].map((name) => [
    name,
    `${name}Threshold`,
    networks[1].thresholds[`${name}_threshold`],
  ]),
  trained = Object.fromEntries(THRESHOLDS.map(([, name, value]) => [name, value])),
  thresholds = { ...trained };
let hovered = null,
  askedThings = null, // of the address
  pixelAsked = false; // whether somebody has said which pixel
const within = (value, low, high) => Math.min(high, Math.max(low, value));
function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1)),
    [x, y] = (asked.get("pixel") ?? "").split(",");
  view.scene = whole(asked.get("scene"), 0, scenes.length - 1, 0);
  view.pixel = [(whole(x, 0, W - 1, 64) + 0.5) / W, (whole(y, 0, H - 1, 64) + 0.5) / H];
  pixelAsked = asked.has("pixel");
  view.query = whole(asked.get("query"), 0, QUERIES - 1, null);
  view.layer = whole(asked.get("layer"), 0, LAST, LAST);
  view.box = asked.get("box");
  view.step = whole(asked.get("step"), 0, 99, 0);
  view.masked = asked.get("masked") !== "0";
  view.without = several(asked.get("without"), QUERIES);
  for (const [name, ours, value] of THRESHOLDS) thresholds[ours] = share(asked.get(name), value);
  askedThings = asked.get("things");
}
/** The address of what is looked at. things: in words of an address, or null. */
function addressOf(things) {
  const [x, y] = pixelNumbers(view.pixel),
    said = { scene: view.scene, pixel: `${x},${y}`, query: view.query ?? 0, layer: view.layer, step: view.step };
  if (view.box) said.box = view.box;
  if (!view.masked) said.masked = 0;
  if (view.without.length) said.without = view.without.join(",");
  for (const [name, ours, value] of THRESHOLDS) if (thresholds[ours] !== value) said[name] = thresholds[ours];
  if (things !== null) said.things = things;
  return `#${Object.entries(said)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`)
    .join("&")}`;
}
/** @param {number[]} place as shares of the picture */
const pixelNumbers = ([x, y]) => [Math.floor(x * W), Math.floor(y * H)];

/** A scene's layers: what the page says of it, and its pictures, which lie one after the other. */
async function groundOf(n) {
  const { ground, parts } = scenes[n],
    bytes = await unpack(carried(`scene-${n}`, { once: false })),
    found = { ...ground };
  let start = 0;
  for (const [name, length] of parts) {
    const part = bytes.slice(start, (start += length));
    found[name] = name === "noise" ? new Float32Array(part.buffer) : part;
  }
  return found;
}

/** Weights and directions by name: {dims, data}. */
async function unpackedWeights() {
  const { buffer } = await unpack(carried("weights"));
  return Object.fromEntries(
    Object.entries(facts.weights).map(([name, { start, dims }]) => [
      name,
      {
        dims,
        data: new Float32Array(
          buffer,
          4 * start,
          dims.reduce((a, b) => a * b, 1),
        ),
      },
    ]),
  );
}

async function begin() {
  readAddress();
  const root = byId("diagram"),
    meter = new Meter();
  const [ground, cutoutBytes, weights, program] = await Promise.all([
    groundOf(view.scene),
    unpack(carried("cutouts")),
    unpackedWeights(),
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
    (text) => setText(status, text),
  );

  let now = null,
    scene = null,
    pending = null,
    readyAt = null;
  const pick = {
    hover: (place) => {
      hovered = place;
      looked.request();
    },
    choose: (place) => {
      pixelAsked = true;
      view.pixel = place;
      looked.request();
      writeAddress.request();
    },
  };
  const act = {
    open: (name) => {
      view.box = view.box === name ? null : name;
      showOpened(true);
      writeAddress.request();
    },
    query: (n) => {
      view.query = n;
      lookAgain();
    },
    masked: (on) => {
      view.masked = on;
      switched.checked = on;
      if (scene && answerer.available) loop.request(question);
      writeAddress.request();
    },
    takePart: (query, takes) => {
      view.without = [...view.without.filter((one) => one !== query), ...(takes ? [] : [query])].sort((a, b) => a - b);
      if (now) {
        now.without = view.without;
        now.merge = mergeOf(now.tensors[1], now.without);
        mergeAgain(true);
      }
      writeAddress.request();
    },
    threshold: (name, value) => {
      thresholds[name] = value;
      if (now) mergeAgain(false);
      writeAddress.request();
    },
    goTo: (name) => {
      const box = boxes.find((one) => one.name === name);
      for (const one of boxes) one.node.classList.toggle("told", one === box);
      box?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
    step: (n) => {
      view.step = n;
      writeAddress.request();
    },
  };
  const edited = new EditedScene({
    size: W,
    classes: facts.state.classes,
    cutouts,
    signal: controller.signal,
    pick,
    onChange: (shown) => {
      scene = shown;
      if (answerer.available) loop.request(question);
      writeAddress.request();
    },
  });
  const scribbles = new Scribbles(byId("scribbles"), { size: W, signal: controller.signal });
  let scribbled = 0; // the serial of the picture on which strokes were drawn
  const question = () => ({ ...scene, masked: view.masked }),
    writeAddress = whenQuiet(() => history.replaceState(null, "", withLanguage(addressOf(edited.text))), 200);
  const page = { facts, weights, pick, act, scene: edited, signal: controller.signal };
  const { boxes, node, reading } = makeBoxes(page);
  Object.assign(page, { reading });
  const panel = new Opened(byId("opened"), page, () => act.open(view.box));
  root.replaceChildren(node);

  // ---------------------------------------------------------------- what is asked beside the scene
  const control = (label, most, onInput) => {
    const input = /** @type {HTMLInputElement} */ (element("input", { type: "number", min: 0, max: most, step: 1 }));
    input.addEventListener(
      "input",
      () => input.value !== "" && onInput(within(Math.floor(Number(input.value)), 0, most)),
    );
    byId("choices").append(element("label", {}, `${label} `, input));
    return input;
  };
  const moved = (axis, side) => (value) => {
    view.pixel = view.pixel.map((one, n) => (n === axis ? (value + 0.5) / side : one));
    looked.request();
    writeAddress.request();
  };
  const inputs = [
    control(tr("Pixel x"), W - 1, moved(0, W)),
    control(tr("y"), H - 1, moved(1, H)),
    control(tr("Query"), QUERIES - 1, act.query),
  ];
  const layers = chooser(
    tr("Queries and masks after"),
    [tr("learning"), ...[1, 2, 3].map((n) => tr("layer {n}", { n }))],
    (n) => {
      view.layer = n;
      lookAgain();
    },
    controller.signal,
  );
  const switched = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox" })),
    away = element("button", { type: "button" }),
    changes = byId("changes");
  switched.checked = view.masked;
  switched.addEventListener("change", () => act.masked(switched.checked));
  away.addEventListener("click", () => act.takePart(view.query ?? 0, view.without.includes(view.query ?? 0)));
  const saved = element("span", { role: "status" });
  const saves = ["SVG", "PNG"].map((kind) => {
    const button = element("button", { type: "button", "aria-label": tr("Save this view as {kind}", { kind }) }, kind);
    button.addEventListener("click", () =>
      saveAs(kind).catch(({ message }) => setText(saved, tr("Not saved: {reason}", { reason: message }))),
    );
    return button;
  });
  byId("choices").append(layers.node, element("label", {}, switched, ` ${tr("Masked attention")}`), away);
  byId("choices").append(
    element(
      "span",
      { class: "save" },
      ...trParts("This view as {kinds}", { kinds: element("span", {}, ...saves) }),
      " ",
      saved,
    ),
  );
  async function saveAs(kind) {
    const made = asSvg([root, panel.node], { title: document.title, caption: caption() }),
      name = `explainer-${choice.selectedIndex < 0 ? "own" : `scene-${view.scene + 1}`}${view.box ? `-${view.box}` : ""}.${kind.toLowerCase()}`;
    save(kind === "SVG" ? new Blob([made.text], { type: "image/svg+xml" }) : await asPng(made), name);
    setText(saved, tr("saved as {name}", { name }));
  }
  /** What is seen, in sentences: they stand below a saved picture. */
  function caption() {
    const [x, y] = pixelNumbers(view.pixel),
      query = view.query ?? 0;
    const named = choice.selectedOptions[0]?.textContent;
    const parts = [
      named
        ? tr(edited.text === null ? trLater("Scene “{name}”.") : trLater("Scene “{name}”, edited."), { name: named })
        : ownSays.textContent,
    ];
    if (now) {
      const { label, score } = now.found[query];
      parts.push(
        tr("Marked: pixel ({x}, {y}), by its class {name}, by its mask {mask}.", {
          x,
          y,
          name: reading.names[now.labels[y * W + x]],
          mask: saysMask(now, y * W + x),
        }),
        tr("Query {q} says {name}, {score}; queries and masks are shown after {layer}.", {
          q: query,
          name: reading.names[label] ?? tr("no object"),
          score: percent(score),
          layer: layers.select.selectedOptions[0].textContent,
        }),
      );
      if (now.truth)
        parts.push(
          tr("PQ of classifying pixels {first}, of classifying masks {second}.", {
            first: percent(now.judged[0].pq.all.pq),
            second: percent(now.judged[1].pq.all.pq),
          }),
        );
    }
    parts.push(
      tr(
        "Thresholds: score {score}, mask {mask}, overlap {overlap}.",
        Object.fromEntries(THRESHOLDS.map(([name, ours]) => [name, thresholds[ours]])),
      ),
    );
    const version = document.querySelector('meta[name="generator"]')?.getAttribute("content") ?? "segtutor";
    const where = named ? `${version}, ${withLanguage(addressOf(edited.text))}` : version; // one's own picture is in no address
    return [...parts, changes.textContent, where].filter(Boolean).join(" ");
  }

  // ---------------------------------------------------------------- drawing
  const loop = new NewestFirst(
    async ({ image, truth, serial, masked }) => ({
      image,
      truth,
      serial,
      masked,
      answers: await answerer.answer({ image, masked }),
    }),
    (answered, _question, ms) => {
      pending = { ...answered, ms };
      drawn.request();
    },
    ({ message }) => setText(status, tr("No answer: {reason}", { reason: message })),
  );
  const drawn = frameScheduler(() => {
    const { image, truth, serial, masked, answers, ms } = pending,
      start = performance.now(),
      tensors = answers.map((one) => one.tensors);
    now = {
      image,
      truth,
      masked,
      tensors,
      answers: [answers[0], null],
      labels: argmaxOf(tensors[0].logits),
      found: foundOf(tensors[1]),
      without: view.without,
      merge: mergeOf(tensors[1], view.without),
      thresholds,
      judged: [],
    };
    merge();
    if (view.query === null) {
      view.query = surest(now.merge);
      if (!pixelAsked) view.pixel = middleOf(tensors[1].mask_logits, view.query);
    }
    for (const box of boxes) box.draw(now);
    sayChanges();
    look(true);
    scribbles.show(now, serial !== scribbled);
    scribbled = serial;
    meter.add(performance.now(), ms + performance.now() - start);
    const { ms: median } = meter.read();
    setText(
      status,
      tr("Both networks run in this page; from a change to all boxes {ms} ms.", { ms: median.toFixed(0) }),
    );
    document.documentElement.dataset.ready = "";
    readyAt ??= performance.now();
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
  });
  function merge() {
    now.merged = now.merge.update(thresholds);
    now.answers[1] = { ids: now.merge.segmentIds, segments: now.merged.segments };
  }
  function mergeAgain(everything) {
    merge();
    for (const box of boxes) if (box.name === "merge") box.draw(now);
    sayChanges();
    look(everything);
  }
  const said = new Changes(facts.state.classes, trained);
  function sayChanges() {
    setText(
      changes,
      said.words(now, (masks) => {
        const untouched = mergeOf(masks, []),
          { segments } = untouched.update(trained);
        return judge({ ids: untouched.segmentIds, segments }, now.truth, facts.state.classes);
      }),
    );
  }
  function lookAgain() {
    if (now) look(true);
    writeAddress.request();
  }
  const looked = frameScheduler(() => look(false));
  /** everything: also what does not depend on the pixel. */
  function look(everything) {
    const looking = { ...view, query: view.query ?? 0, pixel: hovered ?? view.pixel },
      [x, y] = pixelNumbers(looking.pixel);
    root.style.setProperty("--px", String((x + 0.5) / W));
    root.style.setProperty("--py", String((y + 0.5) / H));
    byId("opened").style.cssText = root.style.cssText;
    [x, y, looking.query].forEach((value, n) => {
      if (document.activeElement !== inputs[n]) inputs[n].value = String(value);
    });
    layers.select.value = String(view.layer);
    setText(
      away,
      tr(view.without.includes(looking.query) ? trLater("Bring back query {q}") : trLater("Take away query {q}"), {
        q: looking.query,
      }),
    );
    if (!now) return;
    for (const box of boxes) box.look(now, looking, everything);
    setText(
      boxes[0].body.querySelector(".where"),
      tr("pixel ({x}, {y}): {name}, or {mask}", {
        x,
        y,
        name: reading.names[now.labels[y * W + x]],
        mask: saysMask(now, y * W + x),
      }),
    );
    panel.update(now, looking);
  }
  function saysMask({ merge: { winner, labels }, answers }, at) {
    if (!answers[1].ids[at]) return tr("void");
    return tr("query {q}'s {name}", { q: winner[at], name: reading.names[labels[winner[at]]] });
  }
  function showOpened(scroll) {
    const box = boxes.find((one) => one.name === view.box) ?? null;
    if (!box) view.box = null;
    const before = panel.name;
    for (const one of boxes) {
      one.open.setAttribute("aria-expanded", String(one === box));
      one.node.classList.toggle("is-open", one === box);
    }
    panel.show(box, () => look(false));
    if (now) look(false);
    if (!scroll) return;
    if (box) {
      panel.node.querySelector("h2").focus({ preventScroll: true });
      panel.node.scrollIntoView({ block: "nearest" });
    } else boxes.find((one) => one.name === before)?.open.focus();
  }

  // ---------------------------------------------------------------- a person's own picture
  const own = /** @type {HTMLInputElement} */ (byId("own")),
    ownSays = byId("own-says");
  let turn = 0; // of what was chosen last
  const take = async (file) => {
    if (!file) return;
    const mine = ++turn;
    try {
      const { image, says } = await readPhoto(file, W);
      if (mine !== turn) return; // a scene or another file was chosen meanwhile
      choice.selectedIndex = -1;
      edited.show(image);
      setText(ownSays, `${says} ${tr(OWN)}`);
    } catch ({ message }) {
      if (mine === turn) setText(ownSays, tr("{sentence}.", { sentence: message }));
    }
  };
  own.addEventListener("change", () => take(own.files[0]));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });

  own.disabled = false;
  choice.selectedIndex = view.scene;
  choice.disabled = false;
  choice.addEventListener("change", async () => {
    turn++;
    const n = choice.selectedIndex,
      next = await groundOf(n);
    if (n !== choice.selectedIndex) return;
    view.scene = n;
    own.value = "";
    setText(ownSays, "");
    edited.begin(next, scenes[n].things);
    writeAddress.request();
  });
  edited.begin(ground, scenes[view.scene].things, askedThings);
  new Tour(byId("tour"), view.step, act);
  showOpened(false);
  look(false);
  Object.assign(globalThis, {
    segtutorExplainer: {
      view,
      act,
      now: () => now,
      looked: () => look(false),
      readyMs: () => readyAt, // since the page was opened

      settled: () => now?.image === scene.image && now.masked === view.masked,
      edited,
      scribbles,
    }, // for a look from the console
  });
  await answerer.ready;
  loop.request(question);
  addEventListener("hashchange", () => location.reload()); // an address pasted over this one
}

/** The most probable class of each pixel; the first of equals, as in torch. */
function argmaxOf({ dims: [, classes], data }) {
  const labels = new Uint8Array(H * W),
    best = data.slice(0, H * W);
  for (let k = 1; k < classes; k++)
    for (let i = 0, at = k * H * W; i < H * W; i++, at++)
      if (data[at] > best[i]) {
        best[i] = data[at];
        labels[i] = k;
      }
  return labels;
}

/** What each query says in the end, whether it takes part or not. */
function foundOf({ class_logits: classLogits }) {
  return Array.from({ length: QUERIES }, (_, q) => {
    const probs = softmax(classLogits.data.subarray(q * (K + 1), (q + 1) * (K + 1))),
      score = Math.max(...probs);
    return { label: probs.indexOf(score), score };
  });
}

/** @param {Record<string, any>} tensors @param {number[]} without queries that were taken away: as if they had found nothing */
function mergeOf({ class_logits: classLogits, mask_logits: maskLogits }, without) {
  const [, Q, h, w] = maskLogits.dims,
    probs = new Float32Array(Q * (K + 1));
  for (let q = 0; q < Q; q++)
    if (without.includes(q)) probs[q * (K + 1) + K] = 1;
    else probs.set(softmax(classLogits.data.subarray(q * (K + 1), (q + 1) * (K + 1))), q * (K + 1));
  return new PanopticInference(probs, isthing, [H, W], (q) =>
    maskProbabilities(maskLogits.data.subarray(q * h * w, (q + 1) * h * w), [h, w], [H, W]),
  );
}

/** The query of a thing that is most sure of itself, else any that found something. */
const surest = ({ candidates, labels }) => candidates.find((q) => isthing[labels[q]]) ?? candidates[0] ?? 0;

/** Where a query's mask is surest of itself, as shares of the picture. */
function middleOf({ dims: [, , h, w], data }, query) {
  const logits = data.subarray(query * h * w, (query + 1) * h * w),
    best = logits.indexOf(Math.max(...logits));
  return [((best % w) + 0.5) / w, (Math.floor(best / w) + 0.5) / h];
}

begin().catch((error) => sayFailure(status, error));
