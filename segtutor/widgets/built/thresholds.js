/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 8c1140674ac11bde2de9fc7cb206236a7c6b7aacffd1d9bdaeb5254dd2ac2e68 of
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/inference.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/logits.js
   segtutor/widgets/shared/matched.js
   segtutor/widgets/shared/names.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/querylist.js
   segtutor/widgets/shared/sigmoid.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   segtutor/widgets/thresholds/explorer.js
   segtutor/widgets/thresholds/picture.js
   segtutor/widgets/thresholds/quality.js
   segtutor/widgets/thresholds/sent.js
   segtutor/widgets/thresholds/table.js
   tools/build_js.mjs
*/
// segtutor/widgets/shared/sigmoid.js
var FAR = 32;
var STEPS = 64;
var VALUES = Float64Array.from({ length: 2 * FAR * STEPS + 1 }, (_, n) => 1 / (1 + Math.exp(FAR - n / STEPS)));
function sigmoidBetween(upper, lower, weight, count, out, start) {
  for (let x = 0; x < count; x++) {
    const logit = Math.fround((1 - weight) * upper[x] + weight * lower[x]);
    if (logit > -FAR && logit < FAR) {
      const n = (logit + FAR) * STEPS + 0.5 | 0, d = logit + FAR - n / STEPS, s = VALUES[n];
      out[start + x] = s + d * s * (1 - s) * (1 + d * (0.5 - s));
    } else out[start + x] = 1 / (1 + Math.exp(-logit));
  }
}

// segtutor/widgets/shared/words.js
var ENGLISH = { language: "en", messages: {}, plurals: ["one", "other"] };
var ENGLISH_RULES = new Intl.PluralRules("en");
var catalogue = ENGLISH;
var rules = ENGLISH_RULES;
function useWords(chosen) {
  catalogue = chosen ?? ENGLISH;
  rules = new Intl.PluralRules(catalogue.language);
}
var filled = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => name in values ? String(values[name]) : all);
function tr(message, values = {}) {
  const found = catalogue.messages[message];
  return filled(typeof found === "string" ? found : message, values);
}
var trLater = (message) => message;

// segtutor/widgets/shared/inference.js
var FATES = {
  kept: trLater("kept"),
  below: trLater("below threshold"),
  none: trLater("no object"),
  overlapped: trLater("overlapped")
};
function axisWeights(from, to) {
  const left = new Int32Array(to), right = new Int32Array(to), weight = new Float32Array(to);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const place = Math.max(0, Math.fround(Math.fround(scale * Math.fround(i + 0.5)) - 0.5));
    left[i] = Math.min(Math.floor(place), from - 1);
    right[i] = Math.min(left[i] + 1, from - 1);
    weight[i] = Math.fround(place - left[i]);
  }
  return { left, right, weight };
}
function maskProbabilities(logits, [h, w], [H, W]) {
  const rows = axisWeights(h, H), columns = axisWeights(w, W);
  const out = new Float32Array(H * W);
  const upper = new Float32Array(W), lower = new Float32Array(W);
  const stretch = (row, into) => {
    const start = row * w;
    for (let x = 0; x < W; x++) {
      const weight = columns.weight[x];
      into[x] = (1 - weight) * logits[start + columns.left[x]] + weight * logits[start + columns.right[x]];
    }
  };
  let upperRow = -1, lowerRow = -1;
  for (let y = 0; y < H; y++) {
    if (rows.left[y] !== upperRow) stretch(upperRow = rows.left[y], upper);
    if (rows.right[y] !== lowerRow) stretch(lowerRow = rows.right[y], lower);
    sigmoidBetween(upper, lower, rows.weight[y], W, out, y * W);
  }
  return out;
}
function bestClasses(classProbs, queries, classes) {
  const labels = new Int32Array(queries), scores = new Float32Array(queries);
  for (let q = 0; q < queries; q++) {
    let best = 0;
    for (let k = 1; k <= classes; k++) {
      if (classProbs[q * (classes + 1) + k] > classProbs[q * (classes + 1) + best]) best = k;
    }
    labels[q] = best;
    scores[q] = classProbs[q * (classes + 1) + best];
  }
  return { labels, scores };
}
var STEPS2 = 100;
var STEP_VALUES = Float32Array.from({ length: STEPS2 + 1 }, (_, step) => step / STEPS2);
function areaTable(mask) {
  const areas = new Int32Array(STEPS2 + 2);
  for (let i = 0; i < mask.length; i++) {
    let step = Math.min(STEPS2, Math.floor(mask[i] * STEPS2));
    if (step < STEPS2 && mask[i] >= STEP_VALUES[step + 1]) step++;
    else if (mask[i] < STEP_VALUES[step]) step--;
    areas[step]++;
  }
  for (let step = STEPS2 - 1; step >= 0; step--) areas[step] += areas[step + 1];
  return areas;
}
var PanopticInference = class {
  /**
   * @param {Float32Array} classProbs Q * (K + 1) probabilities; each row sums to 1
   * @param {boolean[]} isthing K flags
   * @param {number[]} size [H, W]
   * @param {(query: number) => Float32Array} masks gives the H * W mask probabilities of a query (computed once)
   */
  constructor(classProbs, isthing, size, masks) {
    this.isthing = isthing;
    this.size = size;
    this.pixels = size[0] * size[1];
    this.classes = isthing.length;
    this.queries = classProbs.length / (this.classes + 1);
    const { labels, scores } = bestClasses(classProbs, this.queries, this.classes);
    this.labels = labels;
    this.scores = scores;
    this.candidates = [...this.labels.keys()].filter((q) => this.labels[q] < this.classes).sort((a, b) => this.scores[b] - this.scores[a] || a - b);
    this._source = masks;
    this._masks = /* @__PURE__ */ new Map();
    this._areas = /* @__PURE__ */ new Map();
    this._length = 0;
    this.winner = new Int16Array(this.pixels).fill(-1);
    this._best = new Float32Array(this.pixels).fill(-1);
    this._probability = new Float32Array(this.pixels);
    this._lost = new Int32Array(this.pixels);
    this.segmentIds = new Int32Array(this.pixels);
  }
  /** Mask probabilities of a query at the size of the picture. */
  mask(query) {
    if (!this._masks.has(query)) this._masks.set(query, this._source(query));
    return this._masks.get(query);
  }
  /** Computes the mask of one more candidate with a score above `least` ahead of time; false when all are there. */
  prepareOne(least = -1) {
    const query = this.candidates.find((q) => this.scores[q] > least && !this._masks.has(q));
    if (query !== void 0) this.maskArea(query, 0);
    return query !== void 0;
  }
  /** Gives the memory of the masks back; they are computed again when they are needed. */
  forgetMasks() {
    this._masks.clear();
  }
  /** Number of pixels of a query's mask at a threshold: from a table at the slider's steps, counted elsewhere. */
  maskArea(query, maskThreshold) {
    const threshold = Math.fround(maskThreshold);
    const step = Math.round(maskThreshold * STEPS2);
    if (STEP_VALUES[step] === threshold) {
      if (!this._areas.has(query)) this._areas.set(query, areaTable(this.mask(query)));
      return this._areas.get(query)[step];
    }
    const mask = this.mask(query);
    let area = 0;
    for (let i = 0; i < mask.length; i++) area += mask[i] >= threshold ? 1 : 0;
    return area;
  }
  _add(query) {
    const mask = this.mask(query), score = this.scores[query];
    const { winner, _best: best, _probability: probability } = this;
    for (let i = 0; i < mask.length; i++) {
      const product = Math.fround(score * mask[i]);
      if (product > best[i] || product === best[i] && query < winner[i]) {
        best[i] = product;
        winner[i] = query;
        probability[i] = mask[i];
      }
    }
  }
  /** Removes all but the first `length` candidates; the pixels that they held are given out again. */
  _shorten(length) {
    const { winner, _best: best, _probability: probability, _lost: lost } = this;
    const removed = new Uint8Array(this.queries);
    for (let n = length; n < this._length; n++) removed[this.candidates[n]] = 1;
    let count = 0;
    for (let i = 0; i < this.pixels; i++) {
      if (winner[i] >= 0 && removed[winner[i]]) {
        lost[count++] = i;
        winner[i] = best[i] = -1;
        probability[i] = 0;
      }
    }
    for (let n = 0; n < length; n++) {
      const query = this.candidates[n], mask = this.mask(query), score = this.scores[query];
      for (let j = 0; j < count; j++) {
        const i = lost[j], product = Math.fround(score * mask[i]);
        if (product > best[i] || product === best[i] && query < winner[i]) {
          best[i] = product;
          winner[i] = query;
          probability[i] = mask[i];
        }
      }
    }
  }
  /**
   * Decides every query and paints the segment map (`segmentIds`, 0 = void).
   *
   * @returns {{fates: Record<string, any>[], segments: Record<string, any>[], voidArea: number}} one fate per query, in query order:
   *   {query, label, score, area, maskArea, painted, fate}: pixels won, pixels of the mask (null where they decided
   *   nothing; see maskArea()), and pixels won inside the mask;
   *   one segment per id, {id, label, score, area, queries}, in the order of the queries. The areas of the segments
   *   and voidArea add up to H * W.
   */
  update({ scoreThreshold, maskThreshold, overlapThreshold }) {
    const { winner, scores, labels, segmentIds, _probability: probability } = this;
    const least = Math.fround(scoreThreshold);
    let length = 0;
    while (length < this.candidates.length && scores[this.candidates[length]] > least) length++;
    if (length < this._length) this._shorten(length);
    for (let n = this._length; n < length; n++) this._add(this.candidates[n]);
    this._length = length;
    const threshold = Math.fround(maskThreshold);
    const won = new Int32Array(this.queries), painted = new Int32Array(this.queries);
    if (length > 0) {
      for (let i = 0; i < this.pixels; i++) {
        won[winner[i]]++;
        if (probability[i] >= threshold) painted[winner[i]]++;
      }
    }
    const kept = new Uint8Array(this.queries);
    for (let n = 0; n < length; n++) kept[this.candidates[n]] = 1;
    const idOfQuery = new Int32Array(this.queries + 1);
    const fates = [], segments = [], fused = /* @__PURE__ */ new Map();
    for (let query = 0; query < this.queries; query++) {
      const label = labels[query];
      const record = { query, label, score: scores[query], area: 0, maskArea: null, painted: 0, fate: FATES.none };
      fates.push(record);
      if (label === this.classes) continue;
      record.fate = FATES.below;
      if (!kept[query]) continue;
      record.maskArea = this.maskArea(query, maskThreshold);
      record.area = won[query];
      record.painted = painted[query];
      record.fate = FATES.overlapped;
      if (!painted[query] || won[query] / record.maskArea < overlapThreshold) continue;
      record.fate = FATES.kept;
      let segment = this.isthing[label] ? void 0 : fused.get(label);
      if (!segment) {
        segment = { id: segments.length + 1, label, score: scores[query], area: 0, queries: [] };
        segments.push(segment);
        if (!this.isthing[label]) fused.set(label, segment);
      }
      segment.area += painted[query];
      segment.score = Math.max(segment.score, scores[query]);
      segment.queries.push(query);
      idOfQuery[query] = segment.id;
    }
    let voidArea = 0;
    for (let i = 0; i < this.pixels; i++) {
      const id = length > 0 && probability[i] >= threshold ? idOfQuery[winner[i]] : 0;
      segmentIds[i] = id;
      voidArea += id === 0 ? 1 : 0;
    }
    return { fates, segments, voidArea };
  }
};

// segtutor/widgets/shared/matched.js
function matchSegments(prediction, truth) {
  const side = ({ segments }, kind) => [...segments].sort((a, b) => a[0] - b[0]).map(([id, label]) => ({ id, label, kind, partner: 0, iou: 0, area: 0 }));
  const predicted = side(prediction, "false"), true_ = side(truth, "missed"), P = predicted.length, T = true_.length;
  const place = (list) => {
    const places = new Int32Array(1 + Math.max(0, ...list.map(({ id }) => id)));
    list.forEach(({ id }, n) => places[id] = n + 1);
    return places;
  };
  const row = place(true_), column = place(predicted), shared = new Float64Array((T + 1) * (P + 1));
  for (let i = 0; i < prediction.ids.length; i++) shared[row[truth.ids[i]] * (P + 1) + column[prediction.ids[i]]]++;
  for (let t = 0; t <= T; t++) {
    for (let p = 0; p <= P; p++) {
      if (t) true_[t - 1].area += shared[t * (P + 1) + p];
      if (p) predicted[p - 1].area += shared[t * (P + 1) + p];
    }
  }
  const ious = new Float64Array(T * P), crowdOf = /* @__PURE__ */ new Map();
  true_.forEach((one, t) => {
    if (truth.crowds.has(one.id)) one.kind = "crowd";
    predicted.forEach((two, p) => {
      const both = shared[(t + 1) * (P + 1) + p + 1], union = one.area + two.area - both - shared[p + 1];
      ious[t * P + p] = union > 0 ? both / union : 0;
      if (one.kind === "crowd" || one.label !== two.label || 2 * both <= union) return;
      for (const [here, there] of [
        [one, two],
        [two, one]
      ])
        Object.assign(here, { kind: "matched", partner: there.id, iou: both / union });
    });
  });
  for (const [id, label] of truth.segments) if (truth.crowds.has(id)) crowdOf.set(label, row[id]);
  predicted.forEach((one, p) => {
    const crowd = crowdOf.get(one.label);
    const excused = shared[p + 1] + (crowd ? shared[crowd * (P + 1) + p + 1] : 0);
    if (one.kind === "false" && 2 * excused > one.area) one.kind = "ignored";
  });
  return { predicted, true: true_, shared, ious };
}
function classQualities(found, K) {
  const classes = Array.from({ length: K }, () => ({ iou: 0, tp: 0, fp: 0, fn: 0 }));
  for (const { label, kind, iou } of found.true) {
    if (kind === "matched") {
      classes[label].tp++;
      classes[label].iou += iou;
    } else if (kind === "missed") classes[label].fn++;
  }
  for (const { label, kind } of found.predicted) if (kind === "false") classes[label].fp++;
  return classes.map((one) => {
    const { iou, tp, fp, fn } = one, weight = tp + 0.5 * fp + 0.5 * fn;
    return { ...one, weight, pq: iou / weight, sq: tp ? iou / tp : weight ? 0 : NaN, rq: tp / weight };
  });
}
function meanQuality(classes) {
  const present = classes.filter(({ weight }) => weight > 0), n = present.length;
  const sum = (name) => present.reduce((total, one) => total + one[name], 0);
  return { pq: sum("pq") / n, sq: sum("sq") / n, rq: sum("rq") / n, tp: sum("tp"), fp: sum("fp"), fn: sum("fn"), n };
}

// segtutor/widgets/thresholds/quality.js
function panopticQuality(predictionIds, predicted, truthIds, truth, isthing) {
  const found = matchSegments(
    { ids: predictionIds, segments: new Map(predicted.map(({ id, label }) => [id, label])) },
    {
      ids: truthIds,
      segments: new Map(truth.map(({ label }, n) => [n + 1, label])),
      crowds: new Set(truth.flatMap(({ iscrowd }, n) => iscrowd ? [n + 1] : []))
    }
  );
  const classes = classQualities(found, isthing.length);
  return {
    all: mean(classes),
    things: mean(classes.filter((_, k) => isthing[k])),
    stuff: mean(classes.filter((_, k) => !isthing[k]))
  };
}
function mean(classes) {
  const { pq, sq, rq, tp, fp, fn } = meanQuality(classes);
  return { pq, sq, rq, tp, fp, fn };
}

// segtutor/widgets/shared/unpack.js
async function inflate(packed, format = "deflate") {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// segtutor/widgets/shared/png.js
var SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
var FIRST_CHUNK = 8;
var ABOUT_CHUNK = 8;
var CHECKSUM = 4;
var CHANNELS = { 2: 3, 6: 4 };
function decodePng(png, [height, width]) {
  if (!globalThis.DecompressionStream || png.length < 33 || SIGNATURE.some((byte, n) => png[n] !== byte)) return null;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [wide, high] = [view.getUint32(16), view.getUint32(20)], [depth, type, , , interlaced] = png.subarray(24, 29);
  if (wide !== width || high !== height || depth !== 8 || interlaced || !CHANNELS[type]) return null;
  const parts2 = [];
  for (let at = FIRST_CHUNK; at + ABOUT_CHUNK <= png.length; ) {
    const length = view.getUint32(at), name = String.fromCharCode(...png.subarray(at + 4, at + ABOUT_CHUNK));
    if (name === "IDAT") parts2.push(png.subarray(at + ABOUT_CHUNK, at + ABOUT_CHUNK + length));
    at += ABOUT_CHUNK + length + CHECKSUM;
  }
  return inflate(new Blob(parts2)).then(
    (rows) => opaque(unfiltered(rows, height, width * CHANNELS[type], CHANNELS[type]), CHANNELS[type])
  );
}
function unfiltered(rows, height, line, channels) {
  const out = new Uint8Array(height * line), first = new Uint8Array(line);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (line + 1)], stored = rows.subarray(y * (line + 1) + 1, (y + 1) * (line + 1));
    const row = out.subarray(y * line, (y + 1) * line), above = y ? out.subarray((y - 1) * line, y * line) : first;
    for (let i = 0; i < line; i++) {
      const a = i < channels ? 0 : row[i - channels], b = above[i];
      let foretold = 0;
      if (filter === 1) foretold = a;
      else if (filter === 2) foretold = b;
      else if (filter === 3) foretold = a + b >> 1;
      else if (filter === 4) {
        const c = i < channels ? 0 : above[i - channels], left = Math.abs(b - c), up = Math.abs(a - c), corner = Math.abs(a + b - 2 * c);
        foretold = left <= up && left <= corner ? a : up <= corner ? b : c;
      }
      row[i] = stored[i] + foretold;
    }
  }
  return out;
}
function opaque(pixels, channels) {
  if (channels === 4) return new Uint8ClampedArray(pixels.buffer);
  const out = new Uint8ClampedArray(pixels.length / 3 * 4);
  for (let i = 0, j = 0; i < pixels.length; j++) {
    out[j++] = pixels[i++];
    out[j++] = pixels[i++];
    out[j++] = pixels[i++];
    out[j] = 255;
  }
  return out;
}

// segtutor/widgets/shared/canvas.js
function bytesOf(view) {
  return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice();
}
function floatsOf(view) {
  return new Float32Array(bytesOf(view).buffer);
}
async function decodePicture(png, [height, width]) {
  const pixels = decodePng(png, [height, width]);
  if (pixels) return pixels;
  const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height).data;
}
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== void 0 && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
function ownKeys(control, signal) {
  control.dataset.lmSuppressShortcuts = "";
  control.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  return control;
}
var PREFIX = `segtutor-${Math.random().toString(36).slice(2)}`;
var serial = 0;
var newId = () => `${PREFIX}-${++serial}`;
function slider({ label, hint, onInput, signal, min = 0, max = 1, step = 0.01, write = twoDigits }) {
  const id = newId();
  const input = ownKeys(
    element("input", { type: "range", id, min, max, step, "aria-describedby": `${id}-hint` }),
    signal
  );
  const number = element("output", { for: id, class: "segtutor-number" });
  input.addEventListener("input", () => onInput(Number(input.value)), { signal });
  const node = element(
    "div",
    { class: "segtutor-slider" },
    element("label", { for: id }, label),
    number,
    input,
    element("small", { id: `${id}-hint` }, hint)
  );
  const show = (value, meaning) => {
    if (Number(input.value) !== value) input.value = value;
    setText(number, write(value));
    const text = `${number.textContent}, ${meaning}`;
    if (input.getAttribute("aria-valuetext") !== text) input.setAttribute("aria-valuetext", text);
  };
  return { node, input, show };
}
var twoDigits = (value) => Number(value.toFixed(2)) === value ? value.toFixed(2) : String(value);
function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}
function choice({ legend, choices, selected, onChange, signal }) {
  const name = newId();
  const labels = Object.entries(choices).map(([value, text]) => {
    const input = ownKeys(element("input", { type: "radio", name, value, checked: value === selected }), signal);
    input.addEventListener("change", () => onChange(value), { signal });
    return element("label", {}, input, text);
  });
  return element("fieldset", { class: "segtutor-choice" }, element("legend", {}, legend), ...labels);
}
var zoomOf = (canvas, shown, least = 1) => Math.min(2.5, Math.max(least, Math.round(4 * canvas.width / (shown || canvas.width)) / 4));
function frameScheduler(draw) {
  let pending = 0;
  const run = () => {
    pending = 0;
    draw();
  };
  return {
    request: () => pending ||= requestAnimationFrame(run),
    cancel: () => {
      cancelAnimationFrame(pending);
      pending = 0;
    }
  };
}
function whenQuiet(action, delay) {
  let timer = 0;
  return {
    request: () => {
      clearTimeout(timer);
      timer = setTimeout(action, delay);
    },
    cancel: () => clearTimeout(timer)
  };
}

// segtutor/widgets/shared/names.js
trLater("initial queries");
trLater("the last look");
var classWords = (classes, label) => label < classes.length ? tr(classes[label].name) : tr("no object");

// segtutor/widgets/shared/querylist.js
var SIGNS = { [FATES.kept]: "●", [FATES.overlapped]: "◐", [FATES.below]: "○", [FATES.none]: "–" };
var HEADS = [trLater("query"), trLater("class"), trLater("score"), trLater("won / mask"), trLater("fate")];
var percent = (share) => `${(100 * share).toFixed(1)} %`;
function explain(record, classes, thresholds, segments) {
  const { query, label, fate, maskArea, area, painted } = record, who = { query, score: record.score.toFixed(2) };
  if (fate === FATES.none)
    return tr(
      "Query {query} answers “no object” with probability {score}: it proposes nothing, at any threshold.",
      who
    );
  const proposes = { ...who, name: tr(classes[label].name) };
  if (fate === FATES.below)
    return tr("Query {query} proposes {name} with score {score}, which is not above the score threshold {threshold}.", {
      ...proposes,
      threshold: thresholds.score_threshold
    });
  if (maskArea === 0)
    return tr(
      "Query {query} proposes {name} with score {score}. No pixel of its mask reaches the mask threshold {threshold}: dropped.",
      { ...proposes, threshold: thresholds.mask_threshold }
    );
  const won = { ...proposes, pixels: maskArea, area, times: (area / maskArea).toFixed(2), painted };
  if (fate === FATES.overlapped && painted === 0)
    return tr(
      "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask; nothing is left to paint: dropped as overlapped.",
      won
    );
  if (fate === FATES.overlapped)
    return tr(
      "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask; less than the overlap threshold {threshold} asks: dropped as overlapped.",
      { ...won, threshold: thresholds.overlap_threshold }
    );
  const segment = segments.find(({ queries }) => queries.includes(query)), others = segment.queries.filter((other) => other !== query), kept = { ...won, segment: segment.id, others: others.join(", ") };
  return others.length ? tr(
    "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask: kept as segment {segment}, fused with query {others} (stuff of one class).",
    kept
  ) : tr(
    "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask: kept as segment {segment}.",
    kept
  );
}
var QueryList = class {
  /** actions: {signal, onHover(query | null), onPin(query)} */
  constructor(inference, classes, colors, { signal, onHover, onPin }) {
    this.rows = /* @__PURE__ */ new Map();
    const makeRow = (query) => {
      const label = inference.labels[query], score = inference.scores[query];
      const swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
      swatch.style.backgroundColor = `rgb(${colors[query].join(",")})`;
      const share = element("span", { class: "segtutor-share" }), fate = element("span", { class: "segtutor-fate" });
      const button2 = ownKeys(
        element(
          "button",
          { type: "button", class: "segtutor-row", "aria-pressed": "false" },
          element("span", { class: "segtutor-name" }, swatch, hidden(`${tr("Query")} `), String(query)),
          element("span", { class: "segtutor-class" }, classWords(classes, label)),
          element("span", { class: "segtutor-score" }, hidden(`, ${tr("score")} `), score.toFixed(2)),
          share,
          fate
        ),
        signal
      );
      button2.querySelector(".segtutor-score").style.setProperty("--part", score);
      button2.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && onHover(query), { signal });
      button2.addEventListener("pointerleave", () => onHover(null), { signal });
      button2.addEventListener("focus", () => button2.matches(":focus-visible") && onHover(query), { signal });
      button2.addEventListener("blur", () => onHover(null), { signal });
      button2.addEventListener("click", () => onPin(query), { signal });
      button2.addEventListener("keydown", (event) => this._step(event, button2), { signal });
      this.rows.set(query, { button: button2, share, fate });
      return button2;
    };
    const silent = [...inference.labels.keys()].filter((query) => inference.labels[query] === classes.length);
    const head = element(
      "div",
      { class: "segtutor-row segtutor-head", "aria-hidden": "true" },
      ...HEADS.map((text) => element("span", {}, tr(text)))
    );
    this.scoreTick = element("i");
    this.shareTick = element("i");
    const ticks = element(
      "div",
      { class: "segtutor-row segtutor-ticks", "aria-hidden": "true" },
      ...[this.scoreTick, this.shareTick].map((tick) => element("span", { class: "segtutor-tick" }, tick))
    );
    this.scroller = element(
      "div",
      { class: "segtutor-scroll", role: "group", "aria-label": tr("Queries, best score first") },
      head,
      element("div", { class: "segtutor-rows" }, ...inference.candidates.map(makeRow), ticks)
    );
    if (silent.length) {
      const open = ownKeys(element("summary", {}, tr("{n} queries say “no object”", { n: silent.length })), signal);
      this.scroller.append(element("details", {}, open, ...silent.map(makeRow)));
    }
    this.node = element("div", { class: "segtutor-list" }, this.scroller);
    this.marked = null;
  }
  /** Arrow keys walk through the list. */
  _step(event, button2) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...this.scroller.querySelectorAll("button")].filter((one) => one.offsetParent);
    all[all.indexOf(button2) + step]?.focus();
    event.preventDefault();
  }
  /** Writes the fates into the rows; a row in which nothing changed is not touched, so that it costs no layout. */
  show(fates, thresholds, pinned) {
    this.scoreTick.style.left = `${100 * thresholds.score_threshold}%`;
    this.shareTick.style.left = `${100 * thresholds.overlap_threshold}%`;
    for (const { query, area, maskArea, fate } of fates) {
      const row = this.rows.get(query), state = `${fate} ${area} ${maskArea} ${query === pinned}`;
      if (row.state === state) continue;
      row.state = state;
      const competes = fate === FATES.kept || fate === FATES.overlapped;
      setText(row.fate, `${SIGNS[fate]} ${tr(fate)}`);
      setText(row.share, competes ? `${area} / ${maskArea}` : "");
      row.share.classList.toggle("segtutor-empty", !competes);
      row.share.style.setProperty("--part", competes && maskArea ? Math.min(1, area / maskArea) : 0);
      row.button.classList.toggle("segtutor-kept", fate === FATES.kept);
      row.button.setAttribute("aria-pressed", String(query === pinned));
    }
  }
  /** Frames the row of the query under the pointer. */
  mark(query) {
    if (query === this.marked) return;
    this.rows.get(this.marked)?.button.classList.remove("segtutor-marked");
    this.rows.get(query)?.button.classList.add("segtutor-marked");
    this.marked = query;
  }
  /** Scrolls a row into sight inside the list, never the notebook. */
  reveal(query) {
    const { button: button2 } = this.rows.get(query), { scroller } = this;
    const top = button2.offsetTop - scroller.offsetTop;
    if (top < scroller.scrollTop || top + button2.offsetHeight > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = top - scroller.clientHeight / 2;
    }
  }
};
var hidden = (text) => element("span", { class: "segtutor-hidden" }, text);

// segtutor/widgets/shared/lifetime.js
var Lifetime = class {
  constructor(model) {
    this.model = model;
    this.stop = new AbortController();
    this.signal = this.stop.signal;
    this.endings = [];
  }
  /** Listens to the traits until the end. @param {string | string[]} traits */
  on(traits, action) {
    for (const name of [traits].flat()) {
      const event = name.includes(":") ? name : `change:${name}`;
      this.model.on(event, action);
      this.endings.push(() => this.model.off(event, action));
    }
  }
  /** What else ends then: a function, or what can be cancelled, disconnected or closed. @param {...Ending} endings */
  also(...endings) {
    for (const one of endings) {
      if (typeof one === "function") this.endings.push(one);
      else if ("cancel" in one) this.endings.push(() => one.cancel());
      else if ("disconnect" in one) this.endings.push(() => one.disconnect());
      else this.endings.push(() => one.close());
    }
  }
  end() {
    this.stop.abort();
    for (const ending of this.endings.splice(0)) ending();
  }
};
function living(render) {
  return ({ model, el }) => {
    let life;
    const begin = () => {
      const words = JSON.parse(model.get("wording") || "null");
      useWords(words);
      life = new Lifetime(model);
      render({ model, el, life });
      if (words) tellLanguage(el, words, life);
    };
    const end = () => {
      life.end();
      el.replaceChildren();
    };
    const again = () => {
      end();
      begin();
    };
    model.on("change:wording", again);
    begin();
    return () => {
      model.off("change:wording", again);
      end();
    };
  };
}
function tellLanguage(el, { language, complete }, life) {
  const said = complete ? tr("This explorer was translated from English. No native speaker has reviewed the translation yet.") : tr("This explorer is not translated yet: what has no translation is in English.");
  el.append(element("div", { class: "segtutor-widget segtutor-language", lang: language }, said));
  if (!complete) return;
  el.lang = language;
  life.also(() => el.removeAttribute("lang"));
}

// segtutor/widgets/shared/turns.js
var alike = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
var RECORDS = /* @__PURE__ */ new WeakMap();
var Turns = class {
  /** @param {Record<string, any>} [key] what the views of a widget share; without, the model itself */
  constructor(model, key = model) {
    if (!RECORDS.has(key)) RECORDS.set(key, { said: {}, heard: {}, unsaved: /* @__PURE__ */ new Set() });
    this.model = model;
    this.record = RECORDS.get(key);
    this.tell = this.tell.bind(this);
  }
  /** The learner's word, {trait: value}: it holds on this page at once, and for Python once it is saved. */
  say(changes) {
    const { model, record } = this;
    const counts = model.get("turns") ?? {}, stamps = { ...model.get("stamps") };
    for (const [name, value] of Object.entries(changes)) {
      stamps[name] = counts[name] ?? 0;
      record.said[name] = value;
      record.unsaved.add(name);
    }
    model.set("stamps", stamps);
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
  }
  /** Tells Python what was said since. */
  save() {
    this.record.unsaved.clear();
    this.model.save_changes();
  }
  /** Says and saves at once: ipywidgets keeps one message under way and merges the rest. */
  tell(changes) {
    this.say(changes);
    this.save();
  }
  /** What the page last said of a trait, or heard of it. */
  said(name) {
    return name in this.record.said ? this.record.said[name] : this.model.get(name);
  }
  /** To be called when a trait has changed. @returns {"python" | "here" | "echo"} whose word it is */
  hear(name) {
    const { model, record } = this, value = model.get(name), count = model.get("turns")?.[name] ?? 0, newer = count > (record.heard[name] ?? 0);
    record.heard[name] = count;
    if (!newer && alike(value, record.said[name])) return "here";
    if (!newer && record.unsaved.has(name)) {
      model.set(name, record.said[name]);
      return "echo";
    }
    record.said[name] = value;
    record.unsaved.delete(name);
    return "python";
  }
  /** Takes what the traits hold as the last word. */
  restart(names) {
    for (const name of names) {
      this.record.said[name] = this.model.get(name);
      this.record.heard[name] = this.model.get("turns")?.[name] ?? 0;
      this.record.unsaved.delete(name);
    }
  }
};

// segtutor/widgets/shared/draw.js
var OPAQUE = 4278190080;
var rgb = (r, g, b) => OPAQUE | b << 16 | g << 8 | r;
var grey = (image, i) => 0.3 * image[4 * i] + 0.59 * image[4 * i + 1] + 0.11 * image[4 * i + 2];
var light = new Uint32Array(0);
var dark = light;
var region = new Uint8Array(0);
function makeRoom(count) {
  if (light.length !== count)
    [light, dark, region] = [new Uint32Array(count), new Uint32Array(count), new Uint8Array(count)];
}
var parts = (part) => Float64Array.from({ length: 256 }, (_, value) => part * value);
function paintPicture(out, scale, [H, W], image) {
  makeRoom(H * W);
  for (let i = 0; i < light.length; i++) light[i] = rgb(image[4 * i], image[4 * i + 1], image[4 * i + 2]);
  enlarge(out, scale, H, W, light, light);
}
function paintSegments(out, scale, [H, W], image, ids, colors, share = 0.62) {
  makeRoom(H * W);
  const rest = parts(1 - share), [reds, greens, blues] = [0, 1, 2].map((c) => Float64Array.from(colors, (color) => color ? share * color[c] : 0));
  for (let i = 0; i < light.length; i++) {
    const id = ids[i];
    if (id === 0) {
      const tone = 0.5 * grey(image, i);
      light[i] = rgb(tone + 110, tone + 110, tone + 110);
      dark[i] = rgb(tone + 56, tone + 56, tone + 56);
    } else
      light[i] = dark[i] = rgb(
        reds[id] + rest[image[4 * i]],
        greens[id] + rest[image[4 * i + 1]],
        blues[id] + rest[image[4 * i + 2]]
      );
  }
  enlarge(out, scale, H, W, light, dark);
  outline(out, scale, H, W, ids, rgb(20, 20, 20));
}
function paintQuery(out, scale, [H, W], image, mask, threshold, winner, query, color) {
  makeRoom(H * W);
  const [r, g, b] = color.map((part) => 0.7 * part), rest = parts(0.3);
  for (let i = 0; i < light.length; i++) {
    const tone = 0.6 * grey(image, i), dim = rgb(tone, tone, tone);
    region[i] = mask[i] >= threshold ? 1 : 0;
    light[i] = region[i] ? rgb(r + rest[image[4 * i]], g + rest[image[4 * i + 1]], b + rest[image[4 * i + 2]]) : dim;
    dark[i] = winner !== null && winner[i] === query ? light[i] : dim;
  }
  enlarge(out, scale, H, W, light, dark);
  outline(out, scale, H, W, region, rgb(255, 255, 255));
}
function enlarge(out, scale, H, W, first, second) {
  const width = W * scale;
  if (scale === 1) {
    for (let y = 0, i = 0; y < H; y++)
      for (let x = 0; x < W; x++, i++) out[i] = (x + y & 7) < 3 ? second[i] : first[i];
    return;
  }
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      for (let dy = 0, row = y * scale; dy < scale; dy++, row++) {
        for (let dx = 0, column = x * scale; dx < scale; dx++, column++) {
          out[row * width + column] = (column + row & 7) < 3 ? second[i] : first[i];
        }
      }
    }
  }
}
function outline(out, scale, H, W, regions, color) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const here = regions[i], left = x > 0 && regions[i - 1] !== here, above = y > 0 && regions[i - W] !== here;
      if (!left && !above) continue;
      const corner = y * scale * width + x * scale;
      if (left) for (let d = 0; d < scale; d++) out[corner + d * width] = color;
      if (above) for (let d = 0; d < scale; d++) out[corner + d] = color;
    }
  }
}
function labelPlaces(ids, [H, W], count) {
  const area = new Float64Array(count + 1), sumY = new Float64Array(count + 1);
  for (let y = 0, i = 0; y < H; y++) {
    for (const end = i + W; i < end; i++) {
      area[ids[i]]++;
      sumY[ids[i]] += y;
    }
  }
  const places = new Array(count + 1), value = new Float64Array(count + 1).fill(-Infinity);
  for (let y = 0; y < H; y++) {
    for (let x = 0; x < W; ) {
      const id = ids[y * W + x], start = x;
      while (x < W && ids[y * W + x] === id) x++;
      const worth = x - start - Math.abs(y - sumY[id] / area[id]);
      if (id > 0 && worth > value[id]) {
        value[id] = worth;
        places[id] = { x: (start + x) / 2, y: y + 0.5, room: x - start, area: area[id] };
      }
    }
  }
  return places;
}
function writeNames(context, scale, zoom, places, names) {
  context.font = `600 ${13 * zoom}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3 * zoom;
  context.strokeStyle = "rgba(0, 0, 0, 0.8)";
  context.fillStyle = "#fff";
  const taken = [];
  places.forEach((place, id) => {
    if (!place) return;
    const half = context.measureText(names[id]).width / 2;
    const [x, y] = [place.x * scale, place.y * scale];
    if (2 * half > 1.25 * zoom * place.room * scale || place.area * scale * scale < 300 * zoom) return;
    if (taken.some((other) => Math.abs(other.x - x) < half + other.half && Math.abs(other.y - y) < 15 * zoom)) return;
    const inside = Math.min(Math.max(x, half + 2), context.canvas.width - half - 2);
    taken.push({ x: inside, y, half });
    context.strokeText(names[id], inside, y);
    context.fillText(names[id], inside, y);
  });
}

// segtutor/widgets/thresholds/picture.js
var ThresholdPicture = class {
  /**
   * @param {Record<string, any>} sent see readSent
   * @param {{signal: AbortSignal, onChange: () => void, onPoint: (at: number | null) => void,
   *   onClick: (at: number | null) => void}} acts onChange: it can be drawn better now; at: position of the pixel, null
   *   outside
   */
  constructor(sent, { signal, onChange, onPoint, onClick }) {
    const [H, W] = sent.size, scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    this.sent = sent;
    this.scale = scale;
    this.canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${W * scale}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.image = null;
    this.zoom = 1;
    this.onChange = onChange;
    this.resized = new ResizeObserver(([entry]) => {
      this.zoom = zoomOf(this.canvas, entry.contentRect.width);
      onChange();
    });
    this.resized.observe(this.canvas);
    this.canvas.addEventListener("pointermove", (event) => onPoint(this._at(event)), { signal });
    this.canvas.addEventListener("pointerleave", () => onPoint(null), { signal });
    this.canvas.addEventListener("click", (event) => onClick(this._at(event)), { signal });
  }
  disconnect() {
    this.resized.disconnect();
  }
  /** Decodes the picture under the segments. @param {Uint8Array} png @param {AbortSignal} signal */
  async load(png, signal) {
    const image = await decodePicture(png, this.sent.size);
    if (signal.aborted) return;
    this.image = image;
    this.onChange();
  }
  /** Position of the pixel under the pointer, null outside the picture. */
  _at(event) {
    const [H, W] = this.sent.size, box = this.canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left) / box.width * W), y = Math.floor((event.clientY - box.top) / box.height * H);
    return x < 0 || y < 0 || x >= W || y >= H ? null : y * W + x;
  }
  /** The mask of one query over the dimmed picture. @param {number} query */
  drawQuery(query, result, maskThreshold) {
    if (!this.image) return;
    const { inference, size, colors } = this.sent, { fate } = result.fates[query], competes = fate === FATES.kept || fate === FATES.overlapped;
    paintQuery(
      this.out,
      this.scale,
      size,
      this.image,
      inference.mask(query),
      Math.fround(maskThreshold),
      competes ? inference.winner : null,
      query,
      colors[query]
    );
    this.context.putImageData(this.pixels, 0, 0);
  }
  drawBare() {
    if (!this.image) return;
    paintPicture(this.out, this.scale, this.sent.size, this.image);
    this.context.putImageData(this.pixels, 0, 0);
  }
  /** The segments that the thresholds leave. */
  drawResult({ segments }) {
    const { inference, colors } = this.sent;
    this._segments(
      inference.segmentIds,
      segments,
      segments.map(({ queries }) => colors[queries[0]])
    );
  }
  drawTruth() {
    const { ids, segments } = this.sent.truth;
    this._segments(
      ids,
      segments,
      segments.map(({ color }) => color)
    );
  }
  _segments(ids, segments, paint) {
    if (!this.image) return;
    const { size, classes } = this.sent;
    paintSegments(this.out, this.scale, size, this.image, ids, [null, ...paint]);
    this.context.putImageData(this.pixels, 0, 0);
    const names = ["", ...segments.map(({ label }) => tr(classes[label].name))];
    writeNames(this.context, this.scale, this.zoom, labelPlaces(ids, size, names.length - 1), names);
  }
  /**
   * What a reader who does not see it is told.
   *
   * @param {"result" | "truth" | "picture"} view
   * @param {{segments: {label: number}[]}} result
   * @param {string} share of void
   */
  describe(view, { segments }, share) {
    const { truth, classes } = this.sent;
    this.canvas.setAttribute(
      "aria-label",
      view === "truth" ? tr("The truth: {segments}", { segments: inWords(truth.segments, classes) }) : view === "picture" ? tr("The picture without segments") : tr("Panoptic picture: {n} segments ({segments}), {share} void.", {
        n: segments.length,
        segments: inWords(segments, classes) || tr("none"),
        share
      })
    );
  }
};
function inWords(segments, classes) {
  const counts = /* @__PURE__ */ new Map();
  for (const { label } of segments) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, n]) => classes[label].isthing ? `${n} ${tr(classes[label].name)}` : tr(classes[label].name)).join(", ");
}

// segtutor/widgets/shared/logits.js
var Maps = class {
  /** sent: {codes, levels, grid} with bytes as they arrive; size: [H, W] of the picture */
  constructor({ codes, levels, grid }, size) {
    this.codes = bytesOf(codes);
    this.levels = floatsOf(levels);
    this.grid = grid;
    this.size = size;
    this.cells = grid[0] * grid[1];
    this.count = this.codes.length / this.cells;
    this.rows = axisWeights(grid[0], size[0]);
    this.columns = axisWeights(grid[1], size[1]);
  }
  /** The codes of one map, h * w bytes. */
  codesOf(index) {
    return this.codes.subarray(index * this.cells, (index + 1) * this.cells);
  }
  /** The logits of one map, h * w. */
  map(index) {
    const { cells, codes, levels } = this, out = new Float32Array(cells);
    for (let i = 0, code = index * cells; i < cells; i++, code++) out[i] = levels[codes[code]];
    return out;
  }
  /** The logit of every map at the pixel (x, y): what resizing all of them would give there. */
  at(x, y) {
    const {
      rows,
      columns,
      levels,
      codes,
      cells,
      grid: [, w]
    } = this;
    const top = rows.left[y] * w, bottom = rows.right[y] * w, left = columns.left[x], right = columns.right[x];
    const down = rows.weight[y], across = columns.weight[x];
    return Float32Array.from({ length: this.count }, (_, index) => {
      const start = index * cells;
      const upper = Math.fround(
        (1 - across) * levels[codes[start + top + left]] + across * levels[codes[start + top + right]]
      );
      const lower = Math.fround(
        (1 - across) * levels[codes[start + bottom + left]] + across * levels[codes[start + bottom + right]]
      );
      return (1 - down) * upper + down * lower;
    });
  }
  /** Mask probabilities at the size of the picture, H * W. */
  probabilities(index) {
    return maskProbabilities(this.map(index), this.grid, this.size);
  }
  /** Mask probabilities of every map at one pixel. */
  probabilitiesAt(x, y) {
    return this.at(x, y).map((logit) => 1 / (1 + Math.exp(-logit)));
  }
};

// segtutor/widgets/thresholds/sent.js
function readSent(model) {
  const size = model.get("size"), sent = model.get("masks"), { grid } = sent, cells = grid[0] * grid[1];
  const classes = model.get("classes"), isthing = classes.map((category) => category.isthing);
  const logits = sent.logits && floatsOf(sent.logits), truthSegments = model.get("truth_segments");
  const truth = truthSegments && { segments: truthSegments, ids: null };
  let maps = null;
  const mask = sent.packed ? (query) => maps.probabilities(query) : (query) => maskProbabilities(logits.subarray(query * cells, (query + 1) * cells), grid, size);
  const inference = new PanopticInference(floatsOf(sent.class_probs), isthing, size, mask);
  const unpacked = Promise.all([
    sent.packed && inflate(bytesOf(sent.packed)).then((codes) => maps = new Maps({ ...sent, codes }, size)),
    truth && inflate(bytesOf(model.get("truth_ids"))).then(({ buffer }) => truth.ids = new Uint16Array(buffer))
  ]);
  return { inference, size, classes, colors: model.get("colors"), isthing, truth, unpacked };
}
function segmentRecords(segments, ids, width, classes) {
  const boxes = segments.map(() => [Infinity, Infinity, -1, -1]);
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === 0) continue;
    const box = boxes[ids[i] - 1], x = i % width, y = (i - x) / width;
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
var plainQuality = (quality) => Object.fromEntries(
  Object.entries(quality).map(([name, part]) => [
    name,
    Object.fromEntries(Object.entries(part).map(([key, value]) => [key, Number.isNaN(value) ? null : value]))
  ])
);

// segtutor/widgets/thresholds/table.js
var HEADS2 = [
  ["PQ", trLater("panoptic quality")],
  ["SQ", trLater("segmentation quality: mean IoU of the matches")],
  ["RQ", trLater("recognition quality: F1 of the matches")],
  ["TP", trLater("segments matched")],
  ["FP", trLater("segments predicted only")],
  ["FN", trLater("segments of the truth that were missed")]
];
function qualityTable() {
  const cells = {};
  const row = (name, text) => {
    cells[name] = HEADS2.map(() => element("td"));
    return element("tr", {}, element("th", { scope: "row" }, text), ...cells[name]);
  };
  const heads = HEADS2.map(([text, title]) => element("th", { scope: "col", title: tr(title) }, text));
  const node = element(
    "table",
    { class: "segtutor-quality" },
    element("caption", {}, tr("Quality of this picture against the truth, in percent")),
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
    element("tbody", {}, row("all", tr("all")), row("things", tr("things")), row("stuff", tr("stuff")))
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

// segtutor/widgets/thresholds/explorer.js
var THRESHOLDS = {
  score_threshold: {
    label: trLater("Score threshold"),
    hint: trLater("a query is kept when its class is more probable than this")
  },
  mask_threshold: {
    label: trLater("Mask threshold"),
    hint: trLater("a pixel is painted when its mask probability reaches this")
  },
  overlap_threshold: {
    label: trLater("Overlap threshold"),
    hint: trLater("a query must win at least this share of its own mask")
  }
};
var ThresholdView = class {
  constructor({ model, el, life }) {
    const { signal } = life;
    this.model = model;
    this.signal = signal;
    this.turns = new Turns(model);
    this.sent = readSent(model);
    this.view = "result";
    this.hovered = null;
    this.pointed = null;
    this.decided = "";
    this.result = null;
    this.quality = null;
    this.ready = false;
    this.frame = frameScheduler(() => this._update());
    this.report = whenQuiet(() => this._report(), 150);
    this.announce = whenQuiet(() => this._announce(), 700);
    this._makeParts();
    this._makePage(el);
    life.on([...Object.keys(THRESHOLDS), "query"], this.frame.request);
    life.also(this.picture, this.frame, this.announce, this.report, () => clearTimeout(this.idle));
    this.picture.load(bytesOf(model.get("picture")), signal);
    this.sent.unpacked.then(() => signal.aborted || this._begin());
  }
  // ---- the page
  _makeParts() {
    const { signal, sent, model } = this;
    this.picture = new ThresholdPicture(sent, {
      signal,
      onChange: this.frame.request,
      onPoint: (at) => this._point(this._queryAt(at)),
      onClick: (at) => this._clickPicture(this._queryAt(at))
    });
    this.sliders = Object.fromEntries(
      Object.entries(THRESHOLDS).map(([name, { label, hint }]) => {
        const onInput = (value) => this._tell({ [name]: value });
        return [name, slider({ label: tr(label), hint: tr(hint), signal, onInput })];
      })
    );
    const defaults = model.get("defaults");
    this.reset = button(tr("Reset"), () => this._tell(defaults), signal, {
      title: tr("back to the thresholds this explorer began with")
    });
    this.views = choice({
      legend: tr("Show"),
      selected: this.view,
      signal,
      choices: { result: tr("result"), ...sent.truth ? { truth: tr("truth") } : {}, picture: tr("picture") },
      onChange: (view) => this._look(view)
    });
    this.table = sent.truth && qualityTable();
    this.list = new QueryList(sent.inference, sent.classes, sent.colors, {
      signal,
      onHover: (query) => {
        this.hovered = query;
        this.frame.request();
      },
      onPin: (query) => this._select(model.get("query") === query ? null : query)
    });
  }
  _makePage(el) {
    this.summary = element("p", { class: "segtutor-summary" });
    this.detail = element("p", { class: "segtutor-detail" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    const left = element("div", { class: "segtutor-left" }, this.picture.canvas, this.detail, this.views);
    const right = element(
      "div",
      { class: "segtutor-right" },
      ...Object.values(this.sliders).map(({ node }) => node),
      element("div", { class: "segtutor-line" }, this.summary, this.reset),
      ...this.table ? [this.table.node] : [],
      this.list.node
    );
    el.append(element("div", { class: "segtutor-widget" }, left, right, this.spoken));
  }
  // ---- what the learner does
  /**
   * Every view of this model hears of a change at once. The kernel is told at once too (ipywidgets keeps one message
   * under way and merges the rest): a change kept back here could be undone by the kernel's echo of an earlier one.
   */
  _tell(changes) {
    this.turns.tell(changes);
    this.report.request();
  }
  _select(query) {
    this._tell({ query });
  }
  /** Another kind of picture. @param {any} view */
  _look(view) {
    this.view = view;
    this._select(null);
    this.frame.request();
  }
  /** The query that won a pixel of the result; null where none did, or something else is shown. */
  _queryAt(at) {
    const { inference } = this.sent;
    return this.view !== "result" || at === null || inference.segmentIds[at] === 0 ? null : inference.winner[at];
  }
  _point(query) {
    if (query === this.pointed) return;
    this.pointed = query;
    this.list.mark(query);
    this.frame.request();
  }
  /** A click holds the query under the pointer; the second click lets go. */
  _clickPicture(under) {
    const query = this.model.get("query") === null ? under : null;
    this._select(query);
    if (query !== null) this.list.reveal(query);
  }
  // ---- one frame: decide, draw, tell
  _begin() {
    this.ready = true;
    this._update();
    const { inference } = this.sent;
    const prepare = () => {
      if (inference.prepareOne()) this.idle = setTimeout(prepare, 20);
    };
    this.idle = setTimeout(prepare, 500);
  }
  _update() {
    if (!this.ready) return;
    const thresholds = Object.fromEntries(Object.keys(THRESHOLDS).map((name) => [name, this.model.get(name)]));
    this._decide(thresholds);
    this._write(thresholds);
    this._draw(thresholds);
    this.list.show(this.result.fates, thresholds, this.model.get("query"));
    this.announce.request();
  }
  /** What the thresholds decide; a query that is looked at decides nothing. */
  _decide(thresholds) {
    const { inference, truth, isthing } = this.sent, key = Object.values(thresholds).join();
    if (key === this.decided) return;
    this.decided = key;
    this.result = inference.update({
      scoreThreshold: thresholds.score_threshold,
      maskThreshold: thresholds.mask_threshold,
      overlapThreshold: thresholds.overlap_threshold
    });
    this.quality = truth && panopticQuality(inference.segmentIds, this.result.segments, truth.ids, truth.segments, isthing);
  }
  _write(thresholds) {
    const { result, sent } = this, [H, W] = sent.size;
    const kept = result.fates.filter(({ fate }) => fate === FATES.kept).length, share = percent(result.voidArea / (H * W));
    for (const [name, { show }] of Object.entries(this.sliders))
      show(thresholds[name], tr("{kept} queries kept, {share} void", { kept, share }));
    setText(
      this.summary,
      tr("{kept} of {queries} queries kept, {segments} segments, {share} void", {
        kept,
        queries: sent.inference.queries,
        segments: result.segments.length,
        share
      })
    );
    this.picture.describe(this.view, result, share);
    this.table?.show(this.quality);
  }
  /** The picture with what is looked at, and the fate of the query that is meant. */
  _draw(thresholds) {
    const { result, picture, sent } = this, shown = this.hovered ?? this.model.get("query"), query = Number.isInteger(shown) && shown >= 0 && shown < sent.inference.queries ? shown : null, told = query ?? this.pointed;
    setText(
      this.detail,
      told === null ? tr("Point at a query or at the picture to learn its fate; click to hold it.") : explain(result.fates[told], sent.classes, thresholds, result.segments)
    );
    if (query !== null) picture.drawQuery(query, result, thresholds.mask_threshold);
    else if (this.view === "picture") picture.drawBare();
    else if (this.view === "truth") picture.drawTruth();
    else picture.drawResult(result);
  }
  /** What Python is told when the sliders rest. */
  _report() {
    this.frame.cancel();
    this._update();
    const { result, quality, sent } = this;
    if (!result) return;
    const segments = segmentRecords(result.segments, sent.inference.segmentIds, sent.size[1], sent.classes);
    this.turns.tell({ segments, ...quality ? { pq: plainQuality(quality) } : {} });
  }
  _announce() {
    const { quality } = this, pq = quality && !Number.isNaN(quality.all.pq) ? ` PQ ${(100 * quality.all.pq).toFixed(1)}.` : "";
    setText(this.spoken, `${this.summary.textContent}.${pq}`);
  }
};
var explorer_default = { render: living((context) => void new ThresholdView(context)) };
export {
  explorer_default as default
};
