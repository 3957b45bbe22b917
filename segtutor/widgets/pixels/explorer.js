// @ts-check
/**
 * PixelExplorer: one pixel, two paradigms.
 *
 * Left the per-pixel model's distribution over the classes, right the mask model's queries that claim the pixel. All of
 * it is read from the stored logits at every move of the pointer; the kernel is only told where it was.
 */
import { PanopticInference } from "../shared/inference.js";
import { labelPlaces, paintPicture, paintSegments, writeNames } from "../shared/draw.js";
import {
  bytesOf,
  choice,
  decodePicture,
  element,
  floatsOf,
  frameScheduler,
  ownKeys,
  setText,
  whenQuiet,
} from "../shared/canvas.js";
import { heatGround, paintHeat } from "../shared/heat.js";
import { bars, largest, share } from "../shared/bars.js";
import { ClassMaps, Maps } from "../shared/logits.js";
import { drawCross, drawPin, pixelPicker } from "../shared/pointer.js";
import { pinTable } from "./pins.js";
import { shelved } from "../shared/shelf.js";
import { Turns } from "../shared/turns.js";

const MOST_PINS = 6,
  PART = 8;

/**
 * One of the two pictures: a canvas with its picker.
 * @param {{title: string, name: string} & Omit<Parameters<typeof pixelPicker>[1], "label">} options name: of the network
 */
function panel({ title, name, size: [H, W], ...picking }) {
  const scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(W * scale, H * scale);
  const text = element("p", { class: "segtutor-detail" });
  const node = element(
    "section",
    { class: "segtutor-side", "aria-label": title },
    element("p", { class: "segtutor-title" }, element("b", {}, title), ` ${name}`),
    pixelPicker(canvas, {
      size: [H, W],
      label: `${title}: arrow keys move the cross, Enter pins the pixel`,
      ...picking,
    }),
    text,
  );
  return {
    canvas,
    context,
    pixels,
    out: new Uint32Array(pixels.data.buffer),
    scale,
    node,
    text,
    zoom: 1,
    painted: null,
  };
}

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model);
  const size = model.get("size"),
    [H, W] = size,
    thresholds = model.get("thresholds"),
    colors = model.get("colors");
  const pixelClasses = model.get("pixel_classes"),
    maskClasses = model.get("mask_classes"),
    [leftName, rightName] = model.get("names");
  const pixelMaps = new ClassMaps(new Maps(model.get("per_pixel"), size));
  const sent = model.get("masks"),
    maps = new Maps(sent, size),
    classProbs = floatsOf(sent.class_probs);
  const inference = new PanopticInference(
    classProbs,
    maskClasses.map((one) => one.isthing),
    size,
    (query) => maps.probabilities(query),
  );
  let image = null,
    ground = null,
    idle = 0,
    result = null,
    other = null;

  const { tell } = turns;
  const same = (a, b) => a === b || (a && b && a[0] === b[0] && a[1] === b[1]);
  const look = (pixel) => same(pixel, model.get("pixel")) || tell({ pixel });
  const pin = (pixel) => {
    const pins = model.get("pins"),
      at = pins.findIndex((one) => same(one, pixel));
    if (at < 0 && pins.length >= MOST_PINS)
      return setText(spoken, `At most ${MOST_PINS} pixels can be pinned: take one off first.`);
    tell({ pins: at < 0 ? [...pins, pixel] : pins.filter((_, n) => n !== at) });
  };
  const picking = { size, current: () => model.get("pixel"), onLook: look, onPick: pin, signal };
  const left = panel({ title: "Classify pixels", name: leftName, ...picking });
  const right = panel({ title: "Classify masks", name: rightName, ...picking });

  // ---- controls and texts
  const distribution = bars({ label: "Class distribution of the pixel", rows: 6 });
  const claims = bars({ label: "Queries that claim the pixel: score times mask probability", rows: 5 });
  const sums = bars({ label: "Sum over the queries for each class, as semantic inference compares them", rows: 4 });
  left.node.append(element("p", { class: "segtutor-note" }, "One distribution over the classes:"), distribution.node);
  right.node.append(
    element("p", { class: "segtutor-note" }, "Queries that claim it, score × mask probability:"),
    claims.node,
    element("p", { class: "segtutor-note" }, "Their sum for each class (semantic inference):"),
    sums.node,
  );
  const views = choice({
    legend: "Pictures",
    selected: model.get("view"),
    signal,
    onChange: (view) => tell({ view }),
    choices: { evidence: "evidence", answer: "answer", picture: "picture" },
  });
  const button = (text, action) => {
    const node = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, text), signal);
    node.addEventListener("click", action, { signal });
    return node;
  };
  const pinButton = button("Pin this pixel", () => model.get("pixel") && pin(model.get("pixel")));
  const clear = button("Take all pins off", () => tell({ pins: [] }));
  const table = pinTable({ signal, onChoose: look, onRemove: pin });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-pixels" },
      left.node,
      right.node,
      element(
        "div",
        { class: "segtutor-below" },
        element(
          "div",
          { class: "segtutor-line" },
          views,
          element("span", { class: "segtutor-pinning" }, pinButton, clear),
        ),
        table.node,
      ),
      spoken,
    ),
  );

  // ---- one frame: read, draw, write
  function read([x, y]) {
    const shares = pixelMaps.at(x, y),
      masks = maps.probabilitiesAt(x, y),
      i = y * W + x;
    const label = shares.reduce((best, value, k) => (value > shares[best] ? k : best), 0);
    const painter = result && inference.segmentIds[i] ? inference.winner[i] : null;
    return {
      shares,
      label,
      claims: claimsAt(masks, classProbs, maskClasses.length),
      painter,
      sums: semanticAt(masks, classProbs, maskClasses.length),
    };
  }

  function update() {
    for (const input of views.querySelectorAll("input")) input.checked = input.value === model.get("view");
    const pixel = model.get("pixel"),
      pins = model.get("pins"),
      said = pixel && read(pixel);
    setText(pinButton, pins.some((one) => same(one, pixel)) ? "Take this pin off" : "Pin this pixel");
    pinButton.disabled = !pixel;
    clear.hidden = !pins.length;
    if (image) for (const one of [left, right]) draw(one, said, pixel, pins);
    write(said, pixel);
    table.show(pins.map((one) => ({ pixel: one, ...inWords(read(one)) })));
    announce.request();
  }

  /** What is painted depends on few things: a picture that stays is only copied. */
  function draw(one, said, pixel, pins) {
    const view = model.get("view"),
      evidence = view === "evidence" && said;
    const query = said?.claims[0]?.query,
      ready = one === left ? pixelMaps.ready === H : true;
    const wanted =
      evidence && ready
        ? one === left
          ? `class ${said.label}`
          : `query ${query}`
        : view === "picture" || (view === "evidence" && said) || !(one === left ? other : result)
          ? "picture"
          : "answer";
    const { out, scale, context, pixels } = one;
    if (one.painted !== wanted) {
      one.painted = wanted;
      if (wanted === "picture") paintPicture(out, scale, size, image);
      else if (wanted === "answer") {
        const [ids, shown] =
          one === left
            ? [other.ids, other.segments]
            : [
                inference.segmentIds,
                result.segments.map(({ label, queries }) => ({ label, color: colors[queries[0]] })),
              ];
        paintSegments(out, scale, size, image, ids, [null, ...shown.map(({ color }) => color)]);
      } else if (one === left) paintHeat(out, scale, size, ground, pixelMaps.probabilities(said.label), 0.5);
      else paintHeat(out, scale, size, ground, inference.mask(query), thresholds.mask_threshold);
    }
    context.putImageData(pixels, 0, 0);
    if (wanted === "answer") {
      const [ids, shown, classes] =
        one === left ? [other.ids, other.segments, pixelClasses] : [inference.segmentIds, result.segments, maskClasses];
      one.places ??= labelPlaces(ids, size, shown.length);
      writeNames(context, scale, one.zoom, one.places, ["", ...shown.map(({ label }) => classes[label].name)]);
    }
    pins.forEach((at, n) => drawPin(context, scale, one.zoom, at, String(n + 1)));
    if (pixel) drawCross(context, scale, one.zoom, pixel);
    one.canvas.setAttribute(
      "aria-label",
      { picture: "The picture", answer: `The answer of ${one === left ? leftName : rightName}` }[wanted] ??
        (one === left ? `Where ${pixelClasses[said.label].name} is likely` : `The mask of query ${query}`),
    );
  }

  const inWords = (said) => {
    const best = said.claims[0];
    return {
      className: pixelClasses[said.label].name,
      share: said.shares[said.label],
      query: best.query,
      claim: `${best.query} ${maskClasses[best.label].name}`,
      numbers: `${best.score.toFixed(2)} × ${best.mask.toFixed(2)}`,
      painter: !result ? "…" : said.painter === null ? "void" : `query ${said.painter}`,
    };
  };

  function write(said, pixel) {
    if (!said) {
      for (const one of [left, right])
        setText(one.text, "Point at a pixel, tap it, or move the cross with the arrow keys.");
      return [distribution, claims, sums].forEach((one) => one.show([]));
    }
    const words = inWords(said),
      view = model.get("view");
    setText(
      left.text,
      `Pixel (${pixel.join(", ")}): ${words.className}, probability ${share(words.share)}${view === "evidence" ? ` (yellow: where ${words.className} is likely)` : ""}.`,
    );
    setText(
      right.text,
      `Pixel (${pixel.join(", ")}): ${words.painter === "void" ? "nobody paints it (void)" : `painted by ${words.painter}`}; ` +
        `the strongest claim is query ${words.claim} (${words.numbers}${view === "evidence" ? "; yellow: its mask" : ""}).`,
    );
    distribution.show(largest(said.shares, pixelClasses, 5));
    claims.show(
      said.claims.slice(0, 5).map(({ query, label, score, mask, claim }) => ({
        value: claim,
        color: maskClasses[label].color,
        name: `query ${query}: ${maskClasses[label].name}`,
        text: `${score.toFixed(2)} × ${mask.toFixed(2)} = ${claim.toFixed(2)}`,
      })),
    );
    sums.show(
      largest(said.sums, maskClasses, 3)
        .slice(0, 3)
        .map((entry) => ({ ...entry, text: entry.value.toFixed(2) })),
    );
  }

  const announce = whenQuiet(
    () => model.get("pixel") && setText(spoken, `${left.text.textContent} ${right.text.textContent}`),
    600,
  );
  const frame = frameScheduler(update);

  /** What takes longer than a frame: the answer of each model over the whole picture, in small parts. */
  function work() {
    const until = performance.now() + PART;
    let left_ = true;
    while (left_ && performance.now() < until) {
      if (inference.prepareOne(thresholds.score_threshold)) continue;
      if (!result) {
        result = inference.update({
          scoreThreshold: thresholds.score_threshold,
          maskThreshold: thresholds.mask_threshold,
          overlapThreshold: thresholds.overlap_threshold,
        });
        frame.request();
      } else if (!pixelMaps.prepare(Math.max(1, until - performance.now()))) {
        other = {
          ids: pixelMaps.labels.map((label) => label + 1),
          segments: pixelClasses.map(({ color }, label) => ({ label, color })),
        };
        frame.request();
        left_ = false;
      }
    }
    idle = left_ ? setTimeout(work, 0) : 0;
  }

  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const one = target === left.canvas ? left : right;
      one.zoom = Math.min(
        2.5,
        Math.max(1, Math.round((4 * one.canvas.width) / (contentRect.width || one.canvas.width)) / 4),
      );
    }
    frame.request();
  });
  for (const one of [left, right]) resized.observe(one.canvas);
  life.on(["pixel", "pins", "view"], frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    ground = heatGround(image);
    update();
    idle = setTimeout(work, 0);
  });
  update();

  life.also(resized, frame, announce, () => clearTimeout(idle));
}

// ---- What a mask classifier says about one pixel: who claims it, and what the claims add up to for each class.

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
