// @ts-check
/**
 * PixelExplorer: one pixel, two paradigms.
 *
 * Left the per-pixel model's distribution over the classes, right the mask model's queries that claim the pixel. All of
 * it is read from the stored logits at every move of the pointer; the kernel is only told where it was.
 */
import { PanopticInference } from "../shared/inference.js";
import {
  button,
  bytesOf,
  check,
  choice,
  decodePicture,
  element,
  floatsOf,
  frameScheduler,
  setText,
  whenQuiet,
} from "../shared/canvas.js";
import { heatGround } from "../shared/heat.js";
import { bars, largest, share } from "../shared/bars.js";
import { ClassMaps, Maps } from "../shared/logits.js";
import { PixelPanel } from "./panel.js";
import { pinTable } from "./pins.js";
import { shelved } from "../shared/shelf.js";
import { Turns } from "../shared/turns.js";
import { tr, trLater } from "../shared/words.js";

const MOST_PINS = 6,
  PART = 8; // milliseconds of work between two frames
const VIEWS = { evidence: trLater("evidence"), answer: trLater("answer"), picture: trLater("picture") };

function render({ model, el, life }) {
  const { signal } = life,
    sent = new TwoModels(model),
    pointing = pixelsChosen(model, (words) => setText(page.spoken, words)),
    page = layOut(model.get("view"), sent, pointing, signal);
  el.append(page.root);
  const { left, right } = page;
  let idle = 0; // the timer of `work`

  function update() {
    const view = model.get("view"),
      pixel = model.get("pixel"),
      pins = model.get("pins"),
      said = pixel && sent.read(pixel);
    showControls(page, { view, pixel, pins });
    left.draw(pixelPicture(sent, view, said), pixel, pins);
    right.draw(maskPicture(sent, view, said), pixel, pins);
    write(page, sent, { view, pixel, said });
    page.table.show(pins.map((one) => ({ pixel: one, ...inWords(sent, sent.read(one)) })));
    announce.request();
  }
  const announce = whenQuiet(
    () => model.get("pixel") && setText(page.spoken, `${left.text.textContent} ${right.text.textContent}`),
    600,
  );
  const frame = frameScheduler(update);
  function work() {
    const rest = sent.work(performance.now() + PART, frame.request);
    idle = rest ? setTimeout(work, 0) : 0;
  }
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) (target === left.canvas ? left : right).fit(contentRect.width);
    frame.request();
  });
  for (const one of [left, right]) resized.observe(one.canvas);
  life.on(["pixel", "pins", "view"], frame.request);
  decodePicture(bytesOf(model.get("picture")), sent.size).then((image) => {
    if (signal.aborted) return;
    const ground = heatGround(image);
    for (const one of [left, right]) one.begin(image, ground);
    update();
    idle = setTimeout(work, 0);
  });
  update();
  life.also(resized, frame, announce, () => clearTimeout(idle));
}

// ---------------------------------------------------------------- what is chosen

const same = (a, b) => a === b || (a && b && a[0] === b[0] && a[1] === b[1]);

/** What may be done to the pixel that is looked at and to the pins. @param {(words: string) => void} refuse says why not */
function pixelsChosen(model, refuse) {
  const { tell } = new Turns(model);
  return {
    current: () => model.get("pixel"),
    look: (pixel) => same(pixel, model.get("pixel")) || tell({ pixel }),
    /** Pins a pixel, or takes its pin off. */
    pin: (pixel) => {
      const pins = model.get("pins"),
        at = pins.findIndex((one) => same(one, pixel));
      if (at < 0 && pins.length >= MOST_PINS)
        return refuse(tr("At most {n} pixels can be pinned: take one off first.", { n: MOST_PINS }));
      return tell({ pins: at < 0 ? [...pins, pixel] : pins.filter((_, n) => n !== at) });
    },
    clear: () => tell({ pins: [] }),
    show: (view) => tell({ view }),
  };
}

// ---------------------------------------------------------------- what the two models say

/** What Python sent of both models, and their answers over the whole picture, which are computed when there is time. */
class TwoModels {
  /** @param {any} model of the widget */
  constructor(model) {
    this.size = model.get("size");
    this.thresholds = model.get("thresholds");
    this.colors = model.get("colors");
    this.pixelClasses = model.get("pixel_classes");
    this.maskClasses = model.get("mask_classes");
    this.names = model.get("names");
    this.pixelMaps = new ClassMaps(new Maps(model.get("per_pixel"), this.size));
    const sent = model.get("masks");
    this.maps = new Maps(sent, this.size);
    this.classProbs = floatsOf(sent.class_probs);
    this.inference = new PanopticInference(
      this.classProbs,
      this.maskClasses.map((one) => one.isthing),
      this.size,
      (query) => this.maps.probabilities(query),
    );
    this.painted = null; // the mask model's answer
    this.labelled = null; // the per-pixel model's: {ids, segments}
  }

  /** Of one pixel: the class probabilities, the claims of the queries and their sums, and which query painted it. */
  read([x, y]) {
    const shares = this.pixelMaps.at(x, y),
      masks = this.maps.probabilitiesAt(x, y),
      i = y * this.size[1] + x;
    return {
      shares,
      label: shares.reduce((best, value, k) => (value > shares[best] ? k : best), 0),
      claims: claimsAt(masks, this.classProbs, this.maskClasses.length),
      painter: this.painted && this.inference.segmentIds[i] ? this.inference.winner[i] : null,
      sums: semanticAt(masks, this.classProbs, this.maskClasses.length),
    };
  }

  /** Works on both answers until a time. ready() is called with each. @returns {boolean} whether something is left */
  work(until, ready) {
    const { thresholds, inference } = this;
    while (performance.now() < until) {
      if (inference.prepareOne(thresholds.score_threshold)) continue;
      if (!this.painted) {
        this.painted = inference.update({
          scoreThreshold: thresholds.score_threshold,
          maskThreshold: thresholds.mask_threshold,
          overlapThreshold: thresholds.overlap_threshold,
        });
        ready();
      } else if (!this.pixelMaps.prepare(Math.max(1, until - performance.now()))) {
        this.labelled = {
          ids: this.pixelMaps.labels.map((label) => label + 1),
          segments: this.pixelClasses.map(({ color }, label) => ({ label, color })),
        };
        ready();
        return false;
      }
    }
    return true;
  }
}

// ---------------------------------------------------------------- which picture each side shows

/** @typedef {import("./panel.js").Shown} Shown */

/** The per-pixel model's: where the pixel's class is likely, or its answer. @returns {Shown} */
function pixelPicture({ size, pixelMaps, pixelClasses, labelled, names }, view, said) {
  if (view === "evidence" && said && pixelMaps.ready === size[0])
    return {
      key: `class ${said.label}`,
      words: tr("Where {name} is likely", { name: tr(pixelClasses[said.label].name) }),
      heat: () => [pixelMaps.probabilities(said.label), 0.5],
    };
  if (view === "picture" || (view === "evidence" && said) || !labelled)
    return { key: "picture", words: tr("The picture") };
  const shown = labelled.segments.map(({ label, color }) => ({ color, name: tr(pixelClasses[label].name) }));
  return { key: "answer", words: tr("The answer of {model}", { model: names[0] }), ids: labelled.ids, shown };
}

/** The mask model's: the mask of the query that claims the pixel most, or its answer. @returns {Shown} */
function maskPicture({ inference, maskClasses, painted, names, colors, thresholds }, view, said) {
  if (view === "evidence" && said) {
    const { query } = said.claims[0];
    return {
      key: `query ${query}`,
      words: tr("The mask of query {query}", { query }),
      heat: () => [inference.mask(query), thresholds.mask_threshold],
    };
  }
  if (view === "picture" || !painted) return { key: "picture", words: tr("The picture") };
  const shown = painted.segments.map(({ label, queries }) => ({
    color: colors[queries[0]],
    name: tr(maskClasses[label].name),
  }));
  return { key: "answer", words: tr("The answer of {model}", { model: names[1] }), ids: inference.segmentIds, shown };
}

// ---------------------------------------------------------------- what is on the page

/** The elements, in their places. @param {ReturnType<typeof pixelsChosen>} pointing */
function layOut(view, { size, names }, pointing, signal) {
  const { look, pin, current, clear, show } = pointing,
    picking = { size, current, onLook: look, onPick: pin, signal };
  const left = new PixelPanel({ title: tr("Classify pixels"), name: names[0], ...picking }),
    right = new PixelPanel({ title: tr("Classify masks"), name: names[1], ...picking });
  const distribution = bars({ label: tr("Class distribution of the pixel"), rows: 6 }),
    claims = bars({ label: tr("Queries that claim the pixel: score times mask probability"), rows: 5 }),
    sums = bars({ label: tr("Sum over the queries for each class, as semantic inference compares them"), rows: 4 });
  const note = (text) => element("p", { class: "segtutor-note" }, text);
  left.node.append(note(tr("One distribution over the classes:")), distribution.node);
  right.node.append(note(tr("Queries that claim it, score × mask probability:")), claims.node);
  right.node.append(note(tr("Their sum for each class (semantic inference):")), sums.node);
  const views = choice({
    legend: tr("Pictures"),
    selected: view,
    signal,
    onChange: show,
    choices: Object.fromEntries(Object.entries(VIEWS).map(([name, text]) => [name, tr(text)])),
  });
  const pinButton = button(tr("Pin this pixel"), () => current() && pin(current()), signal),
    clearButton = button(tr("Take all pins off"), clear, signal),
    table = pinTable({ signal, onChoose: look, onRemove: pin }),
    spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" }),
    pinning = element("span", { class: "segtutor-pinning" }, pinButton, clearButton);
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-pixels" },
    left.node,
    right.node,
    element("div", { class: "segtutor-below" }, element("div", { class: "segtutor-line" }, views, pinning), table.node),
    spoken,
  );
  return { root, left, right, distribution, claims, sums, views, pinButton, clearButton, table, spoken };
}

/** The radio buttons and the buttons for pins, as the traits say. */
function showControls({ views, pinButton, clearButton }, { view, pixel, pins }) {
  check(views, view);
  setText(pinButton, pins.some((one) => same(one, pixel)) ? tr("Take this pin off") : tr("Pin this pixel"));
  pinButton.disabled = !pixel;
  clearButton.hidden = !pins.length;
}

// ---------------------------------------------------------------- what is to be read

/** What `read` found, in words: for the sentences under the pictures and the rows of pins. */
function inWords({ pixelClasses, maskClasses, painted }, said) {
  const best = said.claims[0];
  const painter = said.painter === null ? tr("void") : tr("query {query}", { query: said.painter });
  return {
    className: tr(pixelClasses[said.label].name),
    share: said.shares[said.label],
    query: best.query,
    claim: `${best.query} ${tr(maskClasses[best.label].name)}`,
    numbers: `${best.score.toFixed(2)} × ${best.mask.toFixed(2)}`,
    void: Boolean(painted) && said.painter === null,
    painter: painted ? painter : "…",
  };
}

/** Writes under both pictures what the models say about the pixel. */
function write({ left, right, distribution, claims, sums }, sent, { view, pixel, said }) {
  if (!said) {
    for (const one of [left, right])
      setText(one.text, tr("Point at a pixel, tap it, or move the cross with the arrow keys."));
    for (const one of [distribution, claims, sums]) one.show([]);
    return;
  }
  const words = inWords(sent, said),
    { maskClasses } = sent;
  setText(left.text, pixelSentence(words, pixel, view));
  setText(right.text, maskSentence(words, pixel, view));
  distribution.show(largest(said.shares, sent.pixelClasses, 5));
  claims.show(
    said.claims.slice(0, 5).map(({ query, label, score, mask, claim }) => ({
      value: claim,
      color: maskClasses[label].color,
      name: tr("query {query}: {name}", { query, name: tr(maskClasses[label].name) }),
      text: `${score.toFixed(2)} × ${mask.toFixed(2)} = ${claim.toFixed(2)}`,
    })),
  );
  const summed = largest(said.sums, maskClasses, 3).slice(0, 3);
  sums.show(summed.map((entry) => ({ ...entry, text: entry.value.toFixed(2) })));
}

function pixelSentence(words, pixel, view) {
  const said = { pixel: pixel.join(", "), name: words.className, share: share(words.share) };
  return view === "evidence"
    ? tr("Pixel ({pixel}): {name}, probability {share} (yellow: where {name} is likely).", said)
    : tr("Pixel ({pixel}): {name}, probability {share}.", said);
}

function maskSentence(words, pixel, view) {
  const said = { pixel: pixel.join(", "), painter: words.painter, claim: words.claim, numbers: words.numbers };
  if (words.void)
    return view === "evidence"
      ? tr(
          "Pixel ({pixel}): nobody paints it (void); the strongest claim is query {claim} ({numbers}; yellow: its mask).",
          said,
        )
      : tr("Pixel ({pixel}): nobody paints it (void); the strongest claim is query {claim} ({numbers}).", said);
  return view === "evidence"
    ? tr(
        "Pixel ({pixel}): painted by {painter}; the strongest claim is query {claim} ({numbers}; yellow: its mask).",
        said,
      )
    : tr("Pixel ({pixel}): painted by {painter}; the strongest claim is query {claim} ({numbers}).", said);
}

// ---------------------------------------------------------------- what a mask classifier says about one pixel: who claims it, and what the claims add up to for each class.

/**
 * @param {Float32Array} masks P(pixel in the mask) of each query
 * @param {Float32Array} classProbs Q * (K + 1)
 * @returns {{query: number, label: number, score: number, mask: number, claim: number}[]} strongest claim first:
 *   claim = score x mask probability, score = P(the query's most probable class but "no object")
 */
export function claimsAt(masks, classProbs, classes) {
  return Array.from(masks, (mask, query) => {
    const start = query * (classes + 1);
    let label = 0;
    for (let k = 1; k < classes; k++) if (classProbs[start + k] > classProbs[start + label]) label = k;
    const score = classProbs[start + label];
    return { query, label, score, mask, claim: score * mask };
  }).sort((a, b) => b.claim - a.claim || a.query - b.query);
}

/** sum over queries of P(query is k) x P(pixel in its mask), for each class k (MaskFormer, arXiv:2107.06278, sec. 3.4). */
export function semanticAt(masks, classProbs, classes) {
  const sums = new Float64Array(classes);
  masks.forEach((mask, query) => {
    for (let k = 0; k < classes; k++) sums[k] += mask * classProbs[query * (classes + 1) + k];
  });
  return sums;
}

export default { render: shelved(render) };
