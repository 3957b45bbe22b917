// @ts-check
/**
 * BoxExplorer: the anchors around a cell, the proposals, and what non-maximum suppression leaves of the answers.
 *
 * Python sends all candidates once, nothing suppressed. A moved slider is suppressed and drawn here; the kernel hears of
 * the slider and computes the same list for the cells that read `kept`.
 */
import {
  bytesOf,
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
import { anchorsAt, suppressed } from "./nms.js";

const SLIDERS = {
  nms_threshold: {
    label: "NMS threshold",
    hint: "of two boxes that overlap by a larger IoU the weaker one goes; 1 keeps all",
  },
  score_threshold: { label: "Score threshold", hint: "a box needs a larger score" },
};
const VIEWS = { anchors: "anchors", proposals: "proposals", found: "found" };
const BEST_ANCHORS = 30; // as in explorer.py

const clamped = (value, most) => Math.min(most, Math.max(0, value));

/** {view: {boxes, scores, labels}} with typed arrays. */
function readCandidates(sent) {
  return Object.fromEntries(
    Object.entries(sent).map(([view, { boxes, scores, labels }]) => [
      view,
      { boxes: floatsOf(boxes), scores: floatsOf(scores), labels: new Int32Array(bytesOf(labels).buffer) },
    ]),
  );
}

function render({ model, el, life }) {
  const { signal } = life,
    { tell } = new Turns(model);
  const size = model.get("size"),
    [H, W] = size,
    scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
  const candidates = readCandidates(model.get("candidates")),
    objectness = floatsOf(model.get("objectness"));
  const levels = model.get("levels"),
    ratios = model.get("ratios"),
    names = model.get("names"),
    colors = model.get("colors");
  const canvas = ownKeys(
    element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas", tabindex: 0 }),
    signal,
  );
  canvas.style.width = `${W * scale}px`;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(W * scale, H * scale),
    out = new Uint32Array(pixels.data.buffer);
  let image = null,
    hovered = null;

  const sliders = Object.fromEntries(
    Object.entries(SLIDERS).map(([name, texts]) => [
      name,
      slider({
        ...texts,
        signal,
        onInput: (value) => tell({ [name]: value }),
      }),
    ]),
  );
  const views = choice({
    legend: "Show",
    selected: model.get("view"),
    choices: VIEWS,
    signal,
    onChange: (view) => tell({ view }),
  });
  const summary = element("p", { class: "segtutor-summary" }),
    detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget" },
      element("div", { class: "segtutor-left" }, canvas, detail, views),
      element("div", { class: "segtutor-right" }, ...Object.values(sliders).map((one) => one.node), summary),
      spoken,
    ),
  );

  /** What is on the screen, best first: {box, score, label}; label -1 for what has no class. */
  function shown(view) {
    if (view === "anchors") {
      const at = hovered ?? model.get("point");
      if (at)
        return anchorsAt(levels, ratios, at).map(({ box, anchor }) => ({ box, score: objectness[anchor], label: -1 }));
      const best = Array.from(objectness.keys())
        .sort((a, b) => objectness[b] - objectness[a] || a - b)
        .slice(0, BEST_ANCHORS);
      return best.map((anchor) => ({ box: boxOf(anchor), score: objectness[anchor], label: -1 }));
    }
    const { boxes, scores, labels } = candidates[view];
    const kept = suppressed(boxes, scores, labels, model.get("nms_threshold"), model.get("score_threshold"));
    return kept.map((n) => ({
      box: boxes.subarray(4 * n, 4 * n + 4),
      score: scores[n],
      label: view === "found" ? labels[n] : -1,
    }));
  }

  /** The box of an anchor by its position in the list of all. */
  function boxOf(anchor) {
    const level = levels.findLast(({ first }) => first <= anchor),
      cell = Math.floor((anchor - level.first) / ratios.length);
    const column = cell % level.cells[1],
      row = Math.floor(cell / level.cells[1]);
    const point = [(column + 0.5) * level.stride[0], (row + 0.5) * level.stride[1]];
    return anchorsAt([level], ratios, point)[(anchor - level.first) % ratios.length].box;
  }

  function update() {
    const view = model.get("view"),
      found = shown(view);
    for (const input of views.querySelectorAll("input")) input.checked = input.value === view;
    const total = view === "anchors" ? objectness.length : candidates[view].scores.length;
    const text = view === "anchors" ? `${found.length} of ${total} anchors` : `${found.length} of ${total} boxes stay`;
    for (const [name, { show }] of Object.entries(sliders)) show(model.get(name), text);
    setText(summary, text);
    const counts = new Map();
    for (const { label } of found) counts.set(label, (counts.get(label) ?? 0) + 1);
    const words = [...counts].map(([label, n]) => `${n} ${label < 0 ? view : names[label]}`).join(", ") || "none";
    canvas.setAttribute("aria-label", `The picture with boxes: ${words}.`);
    setText(
      detail,
      view !== "anchors"
        ? words
        : model.get("point") || hovered
          ? `Probability of a thing: ${found.map(({ score }) => `${Math.round(100 * score)} %`).join(", ")}`
          : "The most probable anchors. Point at a cell, or press an arrow key, to see its own; click to hold it.",
    );
    if (image) draw(found);
    announce.request();
  }

  function draw(found) {
    paintPicture(out, scale, size, image);
    context.putImageData(pixels, 0, 0);
    for (const { box, label } of found.toReversed()) {
      // the best one last, on top
      const [x, y, w, h] = [box[0] * scale, box[1] * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale];
      context.lineWidth = 4;
      context.strokeStyle = "rgba(0, 0, 0, 0.75)";
      context.strokeRect(x, y, w, h);
      context.lineWidth = 2;
      context.strokeStyle = label < 0 ? "#fff" : `rgb(${colors[label].join()})`;
      context.strokeRect(x, y, w, h);
    }
  }

  const frame = frameScheduler(update);
  const announce = whenQuiet(() => setText(spoken, summary.textContent), 700);
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * W,
      y = ((event.clientY - box.top) / box.height) * H;
    return x < 0 || y < 0 || x > W || y > H ? null : [x, y];
  };
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (model.get("view") !== "anchors") return;
      hovered = at(event);
      frame.request();
    },
    { signal },
  );
  canvas.addEventListener(
    "pointerleave",
    () => {
      hovered = null;
      frame.request();
    },
    { signal },
  );
  canvas.addEventListener(
    "click",
    (event) => {
      if (model.get("view") !== "anchors") return;
      hovered = null;
      tell({ point: model.get("point") ? null : at(event) }); // the second click lets go
    },
    { signal },
  );
  canvas.addEventListener(
    "keydown",
    (event) => {
      // arrows move by a cell of the finest map, Escape lets go
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (model.get("view") !== "anchors" || (!step && event.key !== "Escape")) return;
      event.preventDefault();
      const [x, y] = model.get("point") ?? [W / 2, H / 2],
        [across, down] = levels[0].stride;
      tell({ point: step ? [clamped(x + step[0] * across, W), clamped(y + step[1] * down, H)] : null });
    },
    { signal },
  );

  life.on([...Object.keys(SLIDERS), "view", "point"], frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    frame.request();
  });
  update();

  life.also(frame, announce);
}

export default { render: living(render) };
