// @ts-check
/**
 * ThresholdExplorer: three thresholds, the panoptic picture they give, and the fate of every query.
 *
 * Python sends what the model said (class probabilities, mask logits), the picture and the truth once. From then on a
 * moved slider is computed and drawn here; the kernel is only told, when the slider rests, what came out.
 */
import { FATES, PanopticInference, maskProbabilities } from "../shared/inference.js";
import { Maps } from "../shared/logits.js";
import { panopticQuality } from "./quality.js";
import { labelPlaces, paintPicture, paintQuery, paintSegments, writeNames } from "../shared/draw.js";
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
import { QueryList, explain, percent } from "../shared/querylist.js";
import { inflate } from "../shared/unpack.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";

const THRESHOLDS = {
  score_threshold: { label: "Score threshold", hint: "a query is kept when its class is more probable than this" },
  mask_threshold: { label: "Mask threshold", hint: "a pixel is painted when its mask probability reaches this" },
  overlap_threshold: { label: "Overlap threshold", hint: "a query must win at least this share of its own mask" },
};

/** Reads what Python sent into an inference; the masks are resized when they are first needed, not before `unpacked`. */
function readModel(model) {
  const size = model.get("size"),
    sent = model.get("masks"),
    { grid } = sent,
    cells = grid[0] * grid[1];
  const classes = model.get("classes"),
    isthing = classes.map((category) => category.isthing);
  const logits = sent.logits && floatsOf(sent.logits),
    truthSegments = model.get("truth_segments");
  const truth = truthSegments && { segments: truthSegments, ids: null };
  let maps = null;
  const mask = sent.packed
    ? (query) => maps.probabilities(query)
    : (query) => maskProbabilities(logits.subarray(query * cells, (query + 1) * cells), grid, size);
  const inference = new PanopticInference(floatsOf(sent.class_probs), isthing, size, mask);
  const unpacked = Promise.all([
    sent.packed && inflate(bytesOf(sent.packed)).then((codes) => (maps = new Maps({ ...sent, codes }, size))),
    truth && inflate(bytesOf(model.get("truth_ids"))).then(({ buffer }) => (truth.ids = new Uint16Array(buffer))),
  ]);
  return { inference, size, classes, isthing, truth, unpacked };
}

/** What Python's `segments` trait holds: category ids instead of positions, and tight boxes. */
function segmentRecords(segments, ids, width, classes) {
  const boxes = segments.map(() => [Infinity, Infinity, -1, -1]);
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === 0) continue;
    const box = boxes[ids[i] - 1],
      x = i % width,
      y = (i - x) / width;
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return segments.map(({ id, label, score, area }, n) => {
    const [left, top, right, bottom] = boxes[n];
    const { id: category_id, name } = classes[label];
    return { id, category_id, name, score, area, bbox: [left, top, right - left + 1, bottom - top + 1] };
  });
}

/** Quality as JSON can carry it: null instead of NaN. */
const plainQuality = (quality) =>
  Object.fromEntries(
    Object.entries(quality).map(([name, part]) => [
      name,
      Object.fromEntries(Object.entries(part).map(([key, value]) => [key, Number.isNaN(value) ? null : value])),
    ]),
  );

/** "2 cat, 1 car, sky": what a reader who does not see the picture is told. */
function inWords(segments, classes) {
  const counts = new Map();
  for (const { label } of segments) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([label, n]) => (classes[label].isthing ? `${n} ${classes[label].name}` : classes[label].name))
    .join(", ");
}

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model);
  const { inference, size, classes, isthing, truth, unpacked } = readModel(model);
  const [H, W] = size,
    colors = model.get("colors");
  const scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(W * scale, H * scale);
  const out = new Uint32Array(pixels.data.buffer);
  let image = null,
    view = "result",
    hovered = null,
    pointed = null,
    result = null,
    quality = null,
    decided = "",
    zoom = 1,
    ready = false,
    idle = 0;

  // ---- controls
  const sliders = Object.fromEntries(
    Object.entries(THRESHOLDS).map(([name, texts]) => [
      name,
      slider({
        ...texts,
        signal,
        onInput: (value) => tell({ [name]: value }),
      }),
    ]),
  );
  const defaults = model.get("defaults");
  const reset = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, "Reset"), signal);
  reset.title = "back to the thresholds this explorer began with";
  reset.addEventListener("click", () => tell(defaults), { signal });
  const views = choice({
    legend: "Show",
    selected: view,
    signal,
    choices: { result: "result", ...(truth ? { truth: "truth" } : {}), picture: "picture" },
    onChange: (value) => {
      view = value;
      select(null);
      frame.request();
    },
  });

  // ---- texts
  const summary = element("p", { class: "segtutor-summary" });
  const detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const table = truth && qualityTable();
  const list = new QueryList(inference, classes, colors, {
    signal,
    onHover: (query) => {
      hovered = query;
      frame.request();
    },
    onPin: (query) => select(model.get("query") === query ? null : query),
  });
  el.append(
    element(
      "div",
      { class: "segtutor-widget" },
      element("div", { class: "segtutor-left" }, canvas, detail, views),
      element(
        "div",
        { class: "segtutor-right" },
        ...Object.values(sliders).map((one) => one.node),
        element("div", { class: "segtutor-line" }, summary, reset),
        ...(table ? [table.node] : []),
        list.node,
      ),
      spoken,
    ),
  );

  /**
   * Every view of this model hears of a change at once. The kernel is told at once too (ipywidgets keeps one message
   * under way and merges the rest): a change kept back here could be undone by the kernel's echo of an earlier one.
   */
  function tell(changes) {
    turns.tell(changes);
    report.request();
  }

  function select(query) {
    tell({ query });
  }

  // ---- one frame: decide, draw, tell
  function update() {
    if (!ready) return;
    const thresholds = Object.fromEntries(Object.keys(THRESHOLDS).map((name) => [name, model.get(name)]));
    const key = Object.values(thresholds).join(); // a query that is looked at decides nothing
    if (key !== decided) {
      decided = key;
      result = inference.update({
        scoreThreshold: thresholds.score_threshold,
        maskThreshold: thresholds.mask_threshold,
        overlapThreshold: thresholds.overlap_threshold,
      });
      quality = truth && panopticQuality(inference.segmentIds, result.segments, truth.ids, truth.segments, isthing);
    }
    const kept = result.fates.filter(({ fate }) => fate === FATES.kept).length;
    const share = percent(result.voidArea / (H * W));
    for (const [name, { show }] of Object.entries(sliders))
      show(thresholds[name], `${kept} queries kept, ${share} void`);
    setText(summary, `${kept} of ${inference.queries} queries kept, ${result.segments.length} segments, ${share} void`);
    const words = `Panoptic picture: ${result.segments.length} segments (${inWords(result.segments, classes) || "none"}), ${share} void.`;
    canvas.setAttribute(
      "aria-label",
      view === "result"
        ? words
        : { truth: "The truth: ", picture: "The picture without segments" }[view] +
            (view === "truth" ? inWords(truth.segments, classes) : ""),
    );
    if (table) table.show(quality);
    draw(thresholds);
    list.show(result.fates, thresholds, model.get("query")); // after drawing: text on a canvas waits for pending styles
    announce.request();
  }

  function draw(thresholds) {
    const exists = (query) => Number.isInteger(query) && query >= 0 && query < inference.queries;
    const shown = hovered ?? model.get("query");
    const valid = exists(shown) ? shown : null,
      told = valid ?? pointed;
    setText(
      detail,
      told === null
        ? "Point at a query or at the picture to learn its fate; click to hold it."
        : explain(result.fates[told], classes, thresholds, result.segments),
    );
    if (!image) return;
    let names = null,
      ids = null;
    if (valid !== null) {
      const fate = result.fates[valid].fate,
        competes = fate === FATES.kept || fate === FATES.overlapped;
      paintQuery(
        out,
        scale,
        size,
        image,
        inference.mask(valid),
        Math.fround(thresholds.mask_threshold),
        competes ? inference.winner : null,
        valid,
        colors[valid],
      );
    } else if (view === "picture") {
      paintPicture(out, scale, size, image);
    } else {
      const segments = view === "truth" ? truth.segments : result.segments;
      ids = view === "truth" ? truth.ids : inference.segmentIds;
      const paint =
        view === "truth" ? segments.map((one) => one.color) : segments.map(({ queries }) => colors[queries[0]]);
      paintSegments(out, scale, size, image, ids, [null, ...paint]);
      names = ["", ...segments.map(({ label }) => classes[label].name)];
    }
    context.putImageData(pixels, 0, 0);
    if (names) writeNames(context, scale, zoom, labelPlaces(ids, size, names.length - 1), names);
  }

  const frame = frameScheduler(update);
  // Measured here and not while drawing: asking for a width after the list was written would cost a layout a frame.
  const resized = new ResizeObserver(([entry]) => {
    const shown = entry.contentRect.width || canvas.width;
    zoom = Math.min(2.5, Math.max(1, Math.round((4 * canvas.width) / shown) / 4));
    frame.request();
  });
  resized.observe(canvas);
  const announce = whenQuiet(
    () =>
      setText(
        spoken,
        `${summary.textContent}.${
          quality && !Number.isNaN(quality.all.pq) ? ` PQ ${(100 * quality.all.pq).toFixed(1)}.` : ""
        }`,
      ),
    700,
  );
  const report = whenQuiet(() => {
    frame.cancel();
    update();
    if (!result) return;
    const segments = segmentRecords(result.segments, inference.segmentIds, W, classes);
    turns.tell({ segments, ...(quality ? { pq: plainQuality(quality) } : {}) });
  }, 150);

  // ---- the picture under the pointer
  const queryAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * W),
      y = Math.floor(((event.clientY - box.top) / box.height) * H);
    if (view !== "result" || x < 0 || y < 0 || x >= W || y >= H || inference.segmentIds[y * W + x] === 0) return null;
    return inference.winner[y * W + x];
  };
  const point = (query) => {
    if (query === pointed) return;
    pointed = query;
    list.mark(query);
    frame.request();
  };
  canvas.addEventListener("pointermove", (event) => point(queryAt(event)), { signal });
  canvas.addEventListener("pointerleave", () => point(null), { signal });
  canvas.addEventListener(
    "click",
    (event) => {
      const query = model.get("query") === null ? queryAt(event) : null; // the second click lets go
      select(query);
      if (query !== null) list.reveal(query);
    },
    { signal },
  );

  life.on([...Object.keys(THRESHOLDS), "query"], frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    frame.request();
  });
  unpacked.then(() => {
    if (signal.aborted) return;
    ready = true;
    update();
    idle = setTimeout(function prepare() {
      // so that a jump of the slider finds all masks there
      if (inference.prepareOne()) idle = setTimeout(prepare, 20);
    }, 500);
  });

  life.also(resized, frame, announce, report, () => clearTimeout(idle));
}

// ---- A table of panoptic quality: all classes, things, stuff.

/** @returns {{node: HTMLElement, show: (quality: Record<string, any>) => void}} quality: see quality.js */
export function qualityTable() {
  const cells = {};
  const row = (name, text) => {
    cells[name] = ["pq", "sq", "rq", "tp", "fp", "fn"].map(() => element("td"));
    return element("tr", {}, element("th", { scope: "row" }, text), ...cells[name]);
  };
  const heads = [
    ["PQ", "panoptic quality"],
    ["SQ", "segmentation quality: mean IoU of the matches"],
    ["RQ", "recognition quality: F1 of the matches"],
    ["TP", "segments matched"],
    ["FP", "segments predicted only"],
    ["FN", "segments of the truth that were missed"],
  ];
  const node = element(
    "table",
    { class: "segtutor-quality" },
    element("caption", {}, "Quality of this picture against the truth, in percent"),
    element(
      "thead",
      {},
      element("tr", {}, element("td"), ...heads.map(([text, title]) => element("th", { scope: "col", title }, text))),
    ),
    element("tbody", {}, row("all", "all"), row("things", "things"), row("stuff", "stuff")),
  );
  const show = (quality) => {
    for (const [name, tds] of Object.entries(cells)) {
      const { pq, sq, rq, tp, fp, fn } = quality[name];
      [pq, sq, rq].forEach((value, n) => setText(tds[n], Number.isNaN(value) ? "–" : (100 * value).toFixed(1)));
      [tp, fp, fn].forEach((value, n) => setText(tds[n + 3], String(value)));
    }
  };
  return { node, show };
}

export default { render: living(render) };
