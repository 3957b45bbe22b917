// @ts-check
/**
 * BoxExplorer: the anchors around a cell, the proposals, and what non-maximum suppression leaves of the answers.
 *
 * Python sends all candidates once, nothing suppressed. A moved slider is suppressed and drawn here; the kernel hears of
 * the slider and computes the same list for the cells that read `kept`.
 */
import {
  bytesOf,
  check,
  choice,
  decodePicture,
  element,
  floatsOf,
  frameScheduler,
  ownKeys,
  setText,
  slider,
  whenQuiet,
} from "../shared/canvas.js";
import { paintPicture } from "../shared/draw.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { tr, trLater } from "../shared/words.js";
import { anchorsAt, suppressed } from "./nms.js";

const SLIDERS = {
  nms_threshold: {
    label: trLater("NMS threshold"),
    hint: trLater("of two boxes that overlap by a larger IoU the weaker one goes; 1 keeps all"),
  },
  score_threshold: { label: trLater("Score threshold"), hint: trLater("a box needs a larger score") },
};
const VIEWS = { anchors: trLater("anchors"), proposals: trLater("proposals"), found: trLater("found") };
const BEST_ANCHORS = 30; // as in explorer.py
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const clamped = (value, most) => Math.min(most, Math.max(0, value));

/** @typedef {{box: ArrayLike<number>, score: number, label: number}} Box label -1: of no class */

function render({ model, el, life }) {
  const { signal } = life,
    { tell } = new Turns(model);
  const sent = readSent(model),
    page = layOut(sent, model.get("view"), { tell, signal });
  el.append(page.root);
  /** @type {{image: Uint8ClampedArray | null, hovered: number[] | null}} hovered: the point under the pointer */
  const now = { image: null, hovered: null };

  function update() {
    const view = model.get("view"),
      point = now.hovered ?? model.get("point"),
      thresholds = { nms_threshold: model.get("nms_threshold"), score_threshold: model.get("score_threshold") },
      found = boxesShown(sent, view, point, thresholds);
    write(page, sent, { view, point, thresholds, found });
    if (now.image) page.picture.draw(now.image, found);
    announce.request();
  }
  const frame = frameScheduler(update);
  const hover = (point) => {
    now.hovered = point;
    frame.request();
  };
  const announce = whenQuiet(() => setText(page.spoken, page.summary.textContent), 700);
  listenToPointer(page.picture, model, { signal, tell, hover });
  listenToKeys(page.picture.canvas, model, sent, { signal, tell });

  life.on([...Object.keys(SLIDERS), "view", "point"], frame.request);
  decodePicture(bytesOf(model.get("picture")), sent.size).then((decoded) => {
    if (signal.aborted) return;
    now.image = decoded;
    frame.request();
  });
  update();
  life.also(frame, announce);
}

// ---------------------------------------------------------------- what Python sent, and which boxes it shows

/** @param {any} model of the widget */
function readSent(model) {
  const candidates = Object.entries(model.get("candidates")).map(([view, { boxes, scores, labels }]) => [
    view,
    { boxes: floatsOf(boxes), scores: floatsOf(scores), labels: new Int32Array(bytesOf(labels).buffer) },
  ]);
  return {
    size: model.get("size"),
    candidates: Object.fromEntries(candidates),
    objectness: floatsOf(model.get("objectness")),
    levels: model.get("levels"),
    ratios: model.get("ratios"),
    names: model.get("names"),
    colors: model.get("colors"),
  };
}

/**
 * What is on the screen, best first. point: [x, y] whose cells' anchors are shown, or null.
 * @returns {Box[]}
 */
function boxesShown(sent, view, point, { nms_threshold, score_threshold }) {
  const { levels, ratios, objectness } = sent;
  const scored = ({ box, anchor }) => ({ box, score: objectness[anchor], label: -1 });
  if (view === "anchors") {
    if (point) return anchorsAt(levels, ratios, point).map(scored);
    const best = Array.from(objectness.keys())
      .sort((a, b) => objectness[b] - objectness[a] || a - b)
      .slice(0, BEST_ANCHORS);
    return best.map((anchor) => scored({ box: boxOf(sent, anchor), anchor }));
  }
  const { boxes, scores, labels } = sent.candidates[view];
  return suppressed(boxes, scores, labels, nms_threshold, score_threshold).map((n) => ({
    box: boxes.subarray(4 * n, 4 * n + 4),
    score: scores[n],
    label: view === "found" ? labels[n] : -1,
  }));
}

/** The box of an anchor by its position in the list of all. */
function boxOf({ levels, ratios }, anchor) {
  const level = levels.findLast(({ first }) => first <= anchor),
    cell = Math.floor((anchor - level.first) / ratios.length);
  const column = cell % level.cells[1],
    row = Math.floor(cell / level.cells[1]);
  const point = [(column + 0.5) * level.stride[0], (row + 0.5) * level.stride[1]];
  return anchorsAt([level], ratios, point)[(anchor - level.first) % ratios.length].box;
}

// ---------------------------------------------------------------- what is on the page

/** The elements, in their places. */
function layOut(sent, view, { tell, signal }) {
  const picture = new BoxPicture(sent, signal);
  const sliders = Object.fromEntries(
    Object.entries(SLIDERS).map(([name, { label, hint }]) => [
      name,
      slider({ label: tr(label), hint: tr(hint), signal, onInput: (value) => tell({ [name]: value }) }),
    ]),
  );
  const views = choice({
    legend: tr("Show"),
    selected: view,
    choices: Object.fromEntries(Object.entries(VIEWS).map(([name, text]) => [name, tr(text)])),
    signal,
    onChange: (chosen) => tell({ view: chosen }),
  });
  const summary = element("p", { class: "segtutor-summary" }),
    detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const root = element(
    "div",
    { class: "segtutor-widget" },
    element("div", { class: "segtutor-left" }, picture.canvas, detail, views),
    element("div", { class: "segtutor-right" }, ...Object.values(sliders).map((one) => one.node), summary),
    spoken,
  );
  return { root, picture, sliders, views, summary, detail, spoken };
}

/** The picture and boxes over it. */
class BoxPicture {
  constructor({ size: [H, W], colors }, signal) {
    this.size = /** @type {[number, number]} */ ([H, W]);
    this.colors = colors;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    const [width, height] = [W * this.scale, H * this.scale];
    this.canvas = ownKeys(
      element("canvas", { width, height, role: "img", class: "segtutor-canvas", tabindex: 0 }),
      signal,
    );
    this.canvas.style.width = `${width}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(width, height);
    this.out = new Uint32Array(this.pixels.data.buffer);
  }

  /** @param {Box[]} found best first; the best one is drawn last, on top */
  draw(image, found) {
    const { context, scale, colors } = this;
    paintPicture(this.out, scale, this.size, image);
    context.putImageData(this.pixels, 0, 0);
    for (const { box, label } of found.toReversed()) {
      const [x, y, w, h] = [box[0] * scale, box[1] * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale];
      context.lineWidth = 4;
      context.strokeStyle = "rgba(0, 0, 0, 0.75)";
      context.strokeRect(x, y, w, h);
      context.lineWidth = 2;
      context.strokeStyle = label < 0 ? "#fff" : `rgb(${colors[label].join()})`;
      context.strokeRect(x, y, w, h);
    }
  }

  /** Where a pointer is, in pixels of the picture, or null. */
  at({ clientX, clientY }) {
    const [H, W] = this.size,
      box = this.canvas.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * W,
      y = ((clientY - box.top) / box.height) * H;
    return x < 0 || y < 0 || x > W || y > H ? null : [x, y];
  }
}

/** Writes what is shown: the controls, the counts, the words under the picture and of the picture. */
function write(page, sent, { view, point, thresholds, found }) {
  check(page.views, view);
  const n = found.length,
    text =
      view === "anchors"
        ? tr("{n} of {total} anchors", { n, total: sent.objectness.length })
        : tr("{n} of {total} boxes stay", { n, total: sent.candidates[view].scores.length });
  for (const [name, { show }] of Object.entries(page.sliders)) show(thresholds[name], text);
  setText(page.summary, text);
  const words = counted(found, (label) => (label < 0 ? tr(VIEWS[view]) : tr(sent.names[label])));
  page.picture.canvas.setAttribute("aria-label", tr("The picture with boxes: {boxes}.", { boxes: words }));
  const shares = () => found.map(({ score }) => `${Math.round(100 * score)} %`).join(", ");
  setText(
    page.detail,
    view !== "anchors"
      ? words
      : point
        ? tr("Probability of a thing: {shares}", { shares: shares() })
        : tr("The most probable anchors. Point at a cell, or press an arrow key, to see its own; click to hold it."),
  );
}

/** "2 car, 1 ball". @param {Box[]} found @param {(label: number) => string} nameOf */
function counted(found, nameOf) {
  const counts = new Map();
  for (const { label } of found) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, n]) => tr("{n} {name}", { n, name: nameOf(label) })).join(", ") || tr("none");
}

// ---------------------------------------------------------------- mouse and keyboard: which cell's anchors are shown

/** Pointing shows a cell's anchors, a click holds it, the second click lets go. hover(point | null) */
function listenToPointer(picture, model, { signal, tell, hover }) {
  const anchors = () => model.get("view") === "anchors",
    { canvas } = picture;
  canvas.addEventListener("pointermove", (event) => anchors() && hover(picture.at(event)), { signal });
  canvas.addEventListener("pointerleave", () => hover(null), { signal });
  const click = (event) => {
    if (!anchors()) return;
    hover(null);
    tell({ point: model.get("point") ? null : picture.at(event) });
  };
  canvas.addEventListener("click", click, { signal });
}

/** Arrows move by a cell of the finest map, Escape lets go. */
function listenToKeys(canvas, model, { size: [H, W], levels }, { signal, tell }) {
  const press = (event) => {
    const step = ARROWS[event.key];
    if (model.get("view") !== "anchors" || (!step && event.key !== "Escape")) return;
    event.preventDefault();
    const [x, y] = model.get("point") ?? [W / 2, H / 2],
      [across, down] = levels[0].stride;
    tell({ point: step ? [clamped(x + step[0] * across, W), clamped(y + step[1] * down, H)] : null });
  };
  canvas.addEventListener("keydown", press, { signal });
}

export default { render: living(render) };
