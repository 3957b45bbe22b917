// @ts-check
/**
 * The Explainer's view: the scene is edited, both networks answer with all their tensors, every box is drawn again.
 *
 * Who answers, and where what is looked at is kept, is somebody else's business: a page runs the networks itself and
 * keeps the view in its address (pages/scripts/explainer_page.js), a notebook asks the kernel and keeps it in traits
 * (explorer.js). All that is drawn lies below elements that are given: two views may stand in one document.
 */
import { makeBoxes } from "./boxes.js";
import { Changes } from "./changes.js";
import { argmaxOf, foundOf, mergeOf, middleOf, surest } from "./merge.js";
import { Opened } from "./open.js";
import { chooser, percent } from "./parts.js";
import { asPng, asSvg, save } from "./picture.js";
import { readPhoto } from "./photo.js";
import { EditedScene } from "./scene.js";
import { Scribbles } from "./scribbles.js";
import { Tour } from "./tour.js";
import { Meter, NewestFirst } from "../shared/loop.js";
import { judge } from "../shared/scene/panels.js";
import { element, frameScheduler, setText } from "../shared/canvas.js";
import { tr, trLater, trParts } from "../shared/words.js";

/** The layer of the final prediction. */
export const LAST = 3;
const OWN = trLater(
  "Both networks have seen drawings of ToyTown only and know fifteen names: whatever your picture shows, one of these is all that they can say. What their backbones see can still be of use: draw on the picture, at the bottom of this page.",
);
/** The thresholds of the mask classifier's merge: as cards and addresses call them, and as they are called here. */
export const THRESHOLDS = ["score", "mask", "overlap"].map((name) => [name, `${name}Threshold`]);

/** The thresholds that were chosen for the trained network. */
export const trainedThresholds = (facts) =>
  Object.fromEntries(THRESHOLDS.map(([name, ours]) => [ours, facts.networks[1].thresholds[`${name}_threshold`]]));

/** The elements that a view is drawn into, by their `data-part`, below `root`. @returns {Record<string, any>} */
export const partsOf = (root) =>
  Object.fromEntries([...root.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));

/**
 * @param {Record<string, any>} given
 *   parts: elements by name: tour, choices, own, ownSays, changes, status, diagram, opened, scribbles (frame.js)
 *   facts: {state: {size, classes, models}, networks, queries, heads}; weights: {name: {dims, data}}, of networks 0 and 1
 *   cutouts: a Cutouts; answerer: {available, answer({image, masked}), cutouts(things, ladder), onCutouts(take)}
 *   view: {pixel: shares of the picture, query, layer, box, step, masked, without}; pixel, query: null = to be found
 *   thresholds: {scoreThreshold, maskThreshold, overlapThreshold}; signal: aborted when the view ends
 *   say(changes): what was changed here, names of `take` and values; title; words(): the scene in a sentence;
 *   place(): where a saved picture says that it comes from; stem(): a name for files; drawn(): all boxes are drawn;
 *   running: a message of what the networks run in and how long they took, {ms}
 * @returns {Record<string, any>} begin(ground, things, edited), show(photo), take(changes), ask(), settled(), close(), and what
 *   a look from the console finds
 */
export function explainerView(given) {
  const { parts, facts, weights, cutouts, answerer, view, thresholds, signal } = given;
  const [H, W] = facts.state.size,
    isthing = facts.networks[1].categories.map((one) => Boolean(one.isthing)),
    trained = /** @type {any} */ (trainedThresholds(facts)),
    root = parts.diagram,
    meter = new Meter();
  let hovered = null,
    now = null,
    scene = null,
    pending = null,
    problem = "";
  const merged = (tensors, without) => mergeOf(tensors, isthing, [H, W], without);
  const pixelNumbers = ([x, y]) => [Math.floor(x * W), Math.floor(y * H)];
  const pixelOf = () => view.pixel ?? [0.5, 0.5],
    within = (value, low, high) => Math.min(high, Math.max(low, value));

  // ---------------------------------------------------------------- what a reader does, and what others set
  /** Changes of the view, made here: shown, and said. */
  function say(changes) {
    take(changes, true);
    given.say(changes);
  }
  /**
   * Shows changes of the view: names of `view` and `thresholds`, and values.
   * @param {Record<string, any>} changes @param {boolean} [here] whether the reader made them: what they ask for is scrolled to
   */
  function take(changes, here = false) {
    for (const [name, value] of Object.entries(changes))
      if (name in thresholds) thresholds[name] = value;
      else view[name] = value;
    if ("masked" in changes) {
      switched.checked = view.masked;
      ask();
    }
    if ("without" in changes && now) {
      now.without = view.without;
      now.merge = merged(now.tensors[1], now.without);
      mergeAgain(true);
    } else if (now && THRESHOLDS.some(([, ours]) => ours in changes)) mergeAgain(false);
    if ("step" in changes && !here) tour.put(view.step);
    if ("box" in changes) showOpened(here);
    if ("query" in changes || "layer" in changes) lookAgain();
    else if ("pixel" in changes) looked.request();
  }
  const pick = {
    hover: (place) => {
      hovered = place;
      looked.request();
    },
    choose: (place) => say({ pixel: place }),
  };
  const act = {
    open: (name) => say({ box: view.box === name ? null : name }),
    query: (query) => say({ query }),
    masked: (masked) => say({ masked }),
    takePart: (query, takes) =>
      say({
        without: [...view.without.filter((one) => one !== query), ...(takes ? [] : [query])].sort((a, b) => a - b),
      }),
    threshold: (name, value) => say({ [name]: value }),
    goTo: (name) => {
      const box = boxes.find((one) => one.name === name);
      for (const one of boxes) one.node.classList.toggle("told", one === box);
      box?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
    step: (step) => say({ step }),
  };

  const question = () => ({ ...scene, masked: view.masked });
  const ask = () => scene && answerer.available && loop.request(question);
  const edited = new EditedScene({
    size: W,
    classes: facts.state.classes,
    cutouts,
    signal,
    pick,
    want: answerer.makes ? answerer.cutouts : null,
    onEdit: given.say,
    onChange: (shown) => {
      scene = shown;
      ask();
    },
  });
  answerer.onCutouts((index, bytes) => {
    cutouts.add(index, bytes);
    edited.again();
  });
  const page = { facts, weights, pick, act, scene: edited, signal, openedId: parts.opened.id };
  const { boxes, node, reading } = makeBoxes(page);
  Object.assign(page, { reading });
  const panel = new Opened(parts.opened, page, () => act.open(view.box));
  const scribbles = new Scribbles(parts.scribbles, { size: W, signal });
  let scribbled = 0; // the serial of the picture on which strokes were drawn
  root.replaceChildren(node);

  // ---------------------------------------------------------------- what is asked beside the scene
  const control = (label, most, onInput) => {
    const input = /** @type {HTMLInputElement} */ (element("input", { type: "number", min: 0, max: most, step: 1 }));
    input.addEventListener(
      "input",
      () => input.value !== "" && onInput(within(Math.floor(Number(input.value)), 0, most)),
    );
    parts.choices.append(element("label", {}, `${label} `, input));
    return input;
  };
  const moved = (axis, side) => (value) =>
    say({ pixel: pixelOf().map((one, n) => (n === axis ? (value + 0.5) / side : one)) });
  const inputs = [
    control(tr("Pixel x"), W - 1, moved(0, W)),
    control(tr("y"), H - 1, moved(1, H)),
    control(tr("Query"), facts.queries - 1, act.query),
  ];
  const layers = chooser(
    tr("Queries and masks after"),
    [tr("learning"), ...[1, 2, 3].map((n) => tr("layer {n}", { n }))],
    (layer) => say({ layer }),
    signal,
  );
  const switched = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox" })),
    away = element("button", { type: "button" });
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
  parts.choices.append(layers.node, element("label", {}, switched, ` ${tr("Masked attention")}`), away);
  parts.choices.append(
    element(
      "span",
      { class: "save" },
      ...trParts("This view as {kinds}", { kinds: element("span", {}, ...saves) }),
      " ",
      saved,
    ),
  );
  async function saveAs(kind) {
    const made = asSvg([root, panel.node], { title: given.title, caption: caption() }),
      name = `explainer-${edited.photo ? "own" : given.stem()}${view.box ? `-${view.box}` : ""}.${kind.toLowerCase()}`;
    save(kind === "SVG" ? new Blob([made.text], { type: "image/svg+xml" }) : await asPng(made), name);
    setText(saved, tr("saved as {name}", { name }));
  }
  /** What is seen, in sentences: they stand below a saved picture. */
  function caption() {
    const [x, y] = pixelNumbers(pixelOf()),
      query = view.query ?? 0,
      sentences = [edited.photo ? parts.ownSays.textContent : given.words()];
    if (now) {
      const { label, score } = now.found[query];
      sentences.push(
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
        sentences.push(
          tr("PQ of classifying pixels {first}, of classifying masks {second}.", {
            first: percent(now.judged[0].pq.all.pq),
            second: percent(now.judged[1].pq.all.pq),
          }),
        );
    }
    sentences.push(
      tr(
        "Thresholds: score {score}, mask {mask}, overlap {overlap}.",
        Object.fromEntries(THRESHOLDS.map(([name, ours]) => [name, thresholds[ours]])),
      ),
    );
    return [...sentences, parts.changes.textContent, given.place(edited)].filter(Boolean).join(" ");
  }

  // ---------------------------------------------------------------- drawing
  const loop = new NewestFirst(
    async ({ image, truth, serial, masked }) => ({
      image,
      truth,
      serial,
      masked,
      answers: await answerer.answer({ image, masked, size: W }),
    }),
    (answered, _question, ms) => {
      problem = "";
      draw({ ...answered, ms });
    },
    ({ message }) => {
      problem = tr("No answer: {reason}", { reason: message });
      setText(parts.status, problem);
    },
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
      found: foundOf(tensors[1].class_logits),
      without: view.without,
      merge: merged(tensors[1], view.without),
      thresholds,
      judged: [],
    };
    merge();
    if (view.query === null) {
      view.query = surest(now.merge, isthing);
      view.pixel ??= middleOf(tensors[1].mask_logits, view.query);
    }
    for (const box of boxes) box.draw(now);
    sayChanges();
    look(true);
    scribbles.show(now, serial !== scribbled);
    scribbled = serial;
    if (ms !== null) {
      meter.add(performance.now(), ms + performance.now() - start);
      const { ms: median } = meter.read();
      setText(parts.status, tr(given.running, { ms: median.toFixed(0) }));
    } else setText(parts.status, problem || answerer.why);
    given.drawn();
  });
  function draw(answered) {
    pending = answered;
    drawn.request();
  }
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
      parts.changes,
      said.words(now, (masks) => {
        const untouched = merged(masks, []),
          { segments } = untouched.update(trained);
        return judge({ ids: untouched.segmentIds, segments }, now.truth, facts.state.classes);
      }),
    );
  }
  function lookAgain() {
    if (now) look(true);
  }
  const looked = frameScheduler(() => look(false));
  /** everything: also what does not depend on the pixel. */
  function look(everything) {
    const looking = { ...view, query: view.query ?? 0, pixel: hovered ?? pixelOf() },
      [x, y] = pixelNumbers(looking.pixel);
    for (const one of [root, panel.node]) {
      one.style.setProperty("--px", String((x + 0.5) / W));
      one.style.setProperty("--py", String((y + 0.5) / H));
    }
    const focused = root.getRootNode().activeElement;
    [x, y, looking.query].forEach((value, n) => {
      if (focused !== inputs[n]) inputs[n].value = String(value);
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
  let turn = 0; // of what was chosen last
  /** @param {File | undefined} file */
  async function takeFile(file) {
    if (!file) return;
    const mine = ++turn;
    try {
      const { image, says } = await readPhoto(file, W);
      if (mine !== turn || signal.aborted) return; // a scene or another file was chosen meanwhile
      show(image, `${says} ${tr(OWN)}`);
      given.say({ photo: image });
    } catch ({ message }) {
      if (mine === turn) setText(parts.ownSays, tr("{sentence}.", { sentence: message }));
    }
  }
  /** Another picture than a scene. @param {Uint8ClampedArray} image RGBA of H * W */
  function show(image, says = tr(OWN)) {
    turn++;
    edited.show(image);
    setText(parts.ownSays, says);
  }
  /** A scene. ground: as Composer reads it; things: its own; edits: see EditedScene */
  function begin(ground, things, edits = {}) {
    turn++;
    parts.own.value = "";
    setText(parts.ownSays, "");
    edited.begin(ground, things, edits);
  }
  parts.own.addEventListener("change", () => takeFile(parts.own.files[0]), { signal });
  parts.own.disabled = !answerer.available && answerer.never === true;

  const tour = new Tour(parts.tour, view.step, act);
  showOpened(false);
  look(false);
  return {
    begin,
    show,
    take,
    ask,
    takeFile,
    draw,
    close: () => {
      loop.close();
      drawn.cancel();
      looked.cancel();
      scribbles.soon.cancel();
    },
    settled: () => now?.image === scene?.image && now?.masked === view.masked,
    pending: () => loop.pending,
    now: () => now,
    looked: () => look(false),
    pixel: () => pixelNumbers(pixelOf()),
    scene: () => scene,
    view,
    act,
    thresholds,
    edited,
    scribbles,
  };
}
