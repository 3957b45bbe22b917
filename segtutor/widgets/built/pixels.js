/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 cb4d0ddb45e1493d9919dd7dd817a7005bb55e4510d6ac958232201852890c57 of
   segtutor/widgets/pixels/explorer.js
   segtutor/widgets/pixels/panel.js
   segtutor/widgets/pixels/pins.js
   segtutor/widgets/shared/bars.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/heat.js
   segtutor/widgets/shared/inference.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/logits.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/pointer.js
   segtutor/widgets/shared/shelf.js
   segtutor/widgets/shared/sigmoid.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
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
function trCount(one, other, n, values = {}) {
  const found = catalogue.messages[one], forms = Array.isArray(found) ? found : [one, other], category = (Array.isArray(found) ? rules : ENGLISH_RULES).select(n), at = (Array.isArray(found) ? catalogue.plurals : ENGLISH.plurals).indexOf(category);
  return filled(forms.at(at), { n, ...values });
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
function check(group, value) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
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
function paintSegments(out, scale, [H, W], image, ids, colors, share2 = 0.62) {
  makeRoom(H * W);
  const rest = parts(1 - share2), [reds, greens, blues] = [0, 1, 2].map((c) => Float64Array.from(colors, (color) => color ? share2 * color[c] : 0));
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
function outlineMask(out, scale, H, W, mask, threshold, color) {
  makeRoom(H * W);
  for (let i = 0; i < region.length; i++) region[i] = mask[i] >= threshold ? 1 : 0;
  outline(out, scale, H, W, region, color);
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

// segtutor/widgets/shared/heat.js
var STEPS3 = [
  [0, 34, 78],
  [26, 56, 111],
  [67, 78, 108],
  [97, 101, 111],
  [125, 124, 120],
  [155, 148, 118],
  [188, 174, 108],
  [222, 201, 88],
  [254, 232, 56]
];
var SHARE = 0.75;
var [RED, GREEN, BLUE] = [0, 1, 2].map(
  (channel) => Float32Array.from({ length: 256 }, (_, value) => {
    const place = value / 255 * (STEPS3.length - 1), left = Math.min(Math.floor(place), STEPS3.length - 2);
    return SHARE * (STEPS3[left][channel] + (place - left) * (STEPS3[left + 1][channel] - STEPS3[left][channel]));
  })
);
var WHITE = 4294967295;
function heatGround(image) {
  const ground = new Uint8Array(image.length / 4);
  for (let i = 0; i < ground.length; i++)
    ground[i] = (1 - SHARE) * (0.299 * image[4 * i] + 0.587 * image[4 * i + 1] + 0.114 * image[4 * i + 2]);
  return ground;
}
var HEAT = Int32Array.from(
  { length: 256 },
  (_, heat) => 4278190080 | BLUE[heat] << 16 | GREEN[heat] << 8 | RED[heat]
);
var mixed = (heat, ground) => HEAT[heat] + 65793 * ground | 0;
function paintHeat(out, scale, [H, W], ground, probabilities, threshold) {
  if (scale === 1) return void paintLargeHeat(out, H, W, ground, probabilities, threshold);
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    const row = y * scale * width;
    for (let x = 0; x < W; x++, i++) {
      const color = mixed(255 * probabilities[i] | 0, ground[i]);
      for (let dx = 0, start = row + x * scale; dx < scale; dx++) out[start + dx] = color;
    }
    for (let dy = 1; dy < scale; dy++) out.copyWithin(row + dy * width, row, row + width);
  }
  outlineMask(out, scale, H, W, probabilities, threshold, WHITE);
}
function paintLargeHeat(out, H, W, ground, probabilities, threshold) {
  const above = new Uint8Array(W);
  for (let y = 0, i = 0; y < H; y++) {
    let left = probabilities[i] >= threshold ? 1 : 0;
    for (let x = 0; x < W; x++, i++) {
      const share2 = probabilities[i], inside = share2 >= threshold ? 1 : 0;
      out[i] = inside !== left || y > 0 && inside !== above[x] ? WHITE : mixed(255 * share2 | 0, ground[i]);
      left = above[x] = inside;
    }
  }
}
var HEAT_SCALE = `linear-gradient(90deg, ${STEPS3.map((color) => `rgb(${color.join(",")})`).join(", ")})`;

// segtutor/widgets/shared/bars.js
var share = (value) => value > 0 && value < 5e-4 ? "< 0.1 %" : `${(100 * value).toFixed(1)} %`;
function bars({ label, rows }) {
  const node = element("ol", { class: "segtutor-bars", "aria-label": label });
  const made = Array.from({ length: rows }, () => {
    const swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
    const name = element("span"), number = element("span", { class: "segtutor-number" });
    const bar = element("span", { class: "segtutor-bar", "aria-hidden": "true" });
    const row = element(
      "li",
      { hidden: true },
      element("span", { class: "segtutor-bar-name" }, swatch, name),
      number,
      bar
    );
    node.append(row);
    return { row, swatch, name, number, bar };
  });
  const show = (entries) => made.forEach(({ row, swatch, name, number, bar }, n) => {
    const entry = entries[n];
    if (row.hidden !== !entry) row.hidden = !entry;
    if (!entry) return;
    setText(name, entry.name);
    setText(number, entry.text ?? share(entry.value));
    bar.style.setProperty("--part", Math.min(1, entry.value).toFixed(3));
    swatch.style.backgroundColor = entry.color ? `rgb(${entry.color.join(",")})` : "transparent";
  });
  return { node, show };
}
function largest(values, classes, count) {
  const order = Array.from(values, (value, k) => [value, k]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  const entries = order.slice(0, count).map(([value, k]) => ({
    value,
    name: k < classes.length ? tr(classes[k].name) : tr("no object"),
    color: k < classes.length ? classes[k].color : null
  }));
  const rest = order.slice(count).reduce((sum, [value]) => sum + value, 0);
  if (order.length > count)
    entries.push({ name: trCount("{n} other", "{n} others", order.length - count), value: rest, color: null });
  return entries;
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
function softmax(values) {
  const largest2 = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const parts2 = Float64Array.from(values, (value) => Math.exp(value - largest2));
  const sum = parts2.reduce((a, b) => a + b, 0);
  return Float32Array.from(parts2, (part) => part / sum);
}
var ClassMaps = class {
  constructor(maps) {
    this.maps = maps;
    this.H = maps.size[0];
    this.W = maps.size[1];
    this.labels = new Int32Array(this.H * this.W);
    this._logSum = new Float32Array(this.H * this.W);
    this.ready = 0;
    this._buffer = null;
    this._probabilities = /* @__PURE__ */ new Map();
  }
  /** The logits of one class in row y, into `out`. */
  _row(index, y, out) {
    const {
      rows,
      columns,
      levels,
      grid: [, w]
    } = this.maps, codes = this.maps.codesOf(index);
    const top = rows.left[y] * w, bottom = rows.right[y] * w, down = rows.weight[y];
    for (let x = 0; x < this.W; x++) {
      const left = columns.left[x], right = columns.right[x], across = columns.weight[x];
      const upper = (1 - across) * levels[codes[top + left]] + across * levels[codes[top + right]];
      const lower = (1 - across) * levels[codes[bottom + left]] + across * levels[codes[bottom + right]];
      out[x] = (1 - down) * upper + down * lower;
    }
  }
  /** Computes rows for about `milliseconds`; true while rows are left. */
  prepare(milliseconds) {
    const {
      W,
      maps: { count }
    } = this, until = performance.now() + milliseconds;
    this._buffer ??= Array.from({ length: count }, () => new Float32Array(W));
    while (this.ready < this.H) {
      const y = this.ready++, buffer = this._buffer;
      for (let k = 0; k < count; k++) this._row(k, y, buffer[k]);
      for (let x = 0; x < W; x++) {
        let best = 0, sum = 0;
        for (let k = 1; k < count; k++) if (buffer[k][x] > buffer[best][x]) best = k;
        const largest2 = buffer[best][x];
        for (let k = 0; k < count; k++) sum += Math.exp(buffer[k][x] - largest2);
        this.labels[y * W + x] = best;
        this._logSum[y * W + x] = largest2 + Math.log(sum);
      }
      if (performance.now() > until) break;
    }
    return this.ready < this.H;
  }
  /** P(pixel is of class k), H * W; needs all rows. The last few maps are kept. */
  probabilities(k) {
    let map = this._probabilities.get(k);
    if (!map) {
      const row = new Float32Array(this.W);
      map = new Float32Array(this.H * this.W);
      for (let y = 0, i = 0; y < this.H; y++) {
        this._row(k, y, row);
        for (let x = 0; x < this.W; x++, i++) map[i] = Math.exp(row[x] - this._logSum[i]);
      }
      if (this._probabilities.size >= 24) this._probabilities.delete(this._probabilities.keys().next().value);
      this._probabilities.set(k, map);
    }
    return map;
  }
  /** The distribution over the classes at one pixel. */
  at(x, y) {
    return softmax(this.maps.at(x, y));
  }
};

// segtutor/widgets/shared/pointer.js
var STEPS4 = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function pixelPicker(canvas, { size: [H, W], label, current, onLook, onPick, signal }) {
  const node = ownKeys(
    element("div", { class: "segtutor-picker", tabindex: 0, role: "application", "aria-label": label }, canvas),
    signal
  );
  const pixelAt = (event) => {
    const box = canvas.getBoundingClientRect(), edge = canvas.clientLeft;
    const x = Math.floor((event.clientX - box.left - edge) / (box.width - 2 * edge) * W);
    const y = Math.floor((event.clientY - box.top - edge) / (box.height - 2 * edge) * H);
    return [Math.min(W - 1, Math.max(0, x)), Math.min(H - 1, Math.max(0, y))];
  };
  canvas.addEventListener("pointermove", (event) => onLook(pixelAt(event)), { signal });
  canvas.addEventListener(
    "click",
    (event) => {
      const pixel = pixelAt(event);
      onLook(pixel);
      if (event.pointerType !== "touch") onPick(pixel);
    },
    { signal }
  );
  node.addEventListener(
    "keydown",
    (event) => {
      const step = STEPS4[event.key], pixel = current();
      if (step && !event.altKey && !event.ctrlKey && !event.metaKey) {
        const far = event.shiftKey ? 10 : 1, [x, y] = pixel ?? [W >> 1, H >> 1];
        onLook(
          pixel ? [Math.min(W - 1, Math.max(0, x + far * step[0])), Math.min(H - 1, Math.max(0, y + far * step[1]))] : [x, y]
        );
      } else if (event.key === "Enter" || event.key === " ") {
        if (pixel) onPick(pixel);
      } else if (event.key === "Escape") {
        onLook(null);
      } else {
        return;
      }
      event.preventDefault();
    },
    { signal }
  );
  return node;
}
function drawCross(context, scale, zoom, [x, y]) {
  const [cx, cy] = [(x + 0.5) * scale, (y + 0.5) * scale], gap = scale / 2 + 2 * zoom, far = gap + 14 * zoom;
  context.beginPath();
  for (const [dx, dy] of Object.values(STEPS4)) {
    context.moveTo(cx + gap * dx, cy + gap * dy);
    context.lineTo(cx + far * dx, cy + far * dy);
  }
  context.lineCap = "butt";
  for (const [width, color] of [
    [4, "#000"],
    [2, "#fff"]
  ]) {
    context.lineWidth = Number(width) * zoom;
    context.strokeStyle = color;
    context.stroke();
  }
}
function drawPin(context, scale, zoom, [x, y], text) {
  const { width, height } = context.canvas, radius = 9 * zoom;
  const [cx, cy] = [(x + 0.5) * scale, (y + 0.5) * scale];
  const px = cx + 2.2 * radius > width ? cx - 1.4 * radius : cx + 1.4 * radius, py = cy < 2.2 * radius ? cy + 1.4 * radius : cy - 1.4 * radius;
  context.lineWidth = 1.5 * zoom;
  for (const [at, size, fill, stroke] of [
    [[cx, cy], 3 * zoom, "#fff", "#000"],
    [[px, py], radius, "#fff", "#000"]
  ]) {
    context.beginPath();
    context.arc(at[0], Math.min(at[1], height), size, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.strokeStyle = stroke;
    context.fill();
    context.stroke();
  }
  context.fillStyle = "#000";
  context.font = `600 ${12 * zoom}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, px, py + 0.5 * zoom);
}

// segtutor/widgets/pixels/panel.js
var PixelPanel = class {
  /**
   * @param {{title: string, name: string} & Omit<Parameters<typeof pixelPicker>[1], "label">} options name: of the network
   */
  constructor({ title, name, size: [H, W], ...picking }) {
    this.H = H;
    this.W = W;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    const [width, height] = [W * this.scale, H * this.scale];
    this.canvas = element("canvas", { width, height, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${width}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(width, height);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.text = element("p", { class: "segtutor-detail" });
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": title },
      element("p", { class: "segtutor-title" }, element("b", {}, title), ` ${name}`),
      pixelPicker(this.canvas, {
        size: [H, W],
        label: tr("{title}: arrow keys move the cross, Enter pins the pixel", { title }),
        ...picking
      }),
      this.text
    );
    this.zoom = 1;
    this.painted = null;
    this.places = null;
    this.image = this.ground = null;
  }
  begin(image, ground) {
    this.image = image;
    this.ground = ground;
  }
  /** Takes notice of how wide the canvas is on the screen. */
  fit(width) {
    this.zoom = zoomOf(this.canvas, width);
  }
  /** What is painted depends on few things: a picture that stays is only copied. @param {Shown} shown */
  draw(shown, pixel, pins) {
    if (!this.image) return;
    const { context, scale, zoom } = this;
    if (this.painted !== shown.key) {
      this.painted = shown.key;
      this._paint(shown);
    }
    context.putImageData(this.pixels, 0, 0);
    if (shown.ids) {
      this.places ??= labelPlaces(shown.ids, [this.H, this.W], shown.shown.length);
      writeNames(context, scale, zoom, this.places, ["", ...shown.shown.map(({ name }) => name)]);
    }
    pins.forEach((at, n) => drawPin(context, scale, zoom, at, String(n + 1)));
    if (pixel) drawCross(context, scale, zoom, pixel);
    this.canvas.setAttribute("aria-label", shown.words);
  }
  /** @param {Shown} shown */
  _paint({ heat, ids, shown }) {
    const { out, scale, H, W } = this;
    if (heat) paintHeat(out, scale, [H, W], this.ground, ...heat());
    else if (ids) paintSegments(out, scale, [H, W], this.image, ids, [null, ...shown.map(({ color }) => color)]);
    else paintPicture(out, scale, [H, W], this.image);
  }
};

// segtutor/widgets/pixels/pins.js
var HEADS = [
  trLater("pin"),
  trLater("pixel"),
  trLater("per-pixel class"),
  trLater("strongest claim"),
  trLater("painted by")
];
function comparison(rows) {
  if (rows.length < 2) return rows.length ? tr("Pin a second pixel to compare the two.") : "";
  const classes = new Set(rows.map((row) => row.className)).size, painters = [...new Set(rows.map((row) => row.painter))];
  const pixels = classes === 1 ? tr("one class, {name}: it cannot say whether they are one thing", { name: rows[0].className }) : tr("{n} classes", { n: classes });
  const several = { n: painters.length, answers: painters.join(", "), painter: rows[0].painter };
  const together = rows[0].void ? tr("void for all of them") : tr("one query for all of them ({painter}): one segment", several);
  const masks = painters.length === 1 ? together : tr("{n} different answers ({answers})", several);
  return tr("These {n} pixels: per-pixel says {pixels}; masks say {masks}.", { n: rows.length, pixels, masks });
}
function pinTable({ signal, onChoose, onRemove }) {
  const body = element("tbody"), sentence = element("p", { class: "segtutor-summary" });
  const table = element(
    "table",
    { class: "segtutor-quality segtutor-pins" },
    element("caption", { class: "segtutor-hidden" }, tr("Pinned pixels")),
    element(
      "thead",
      {},
      element("tr", {}, ...[...HEADS.map((text) => tr(text)), ""].map((text) => element("th", { scope: "col" }, text)))
    ),
    body
  );
  const node = element("div", {}, sentence, table);
  const made = [];
  const makeRow = (n) => {
    const cells = Array.from({ length: HEADS.length + 1 }, () => element("td")), row = element("tr", {}, ...cells), one = { row, cells, pixel: null };
    const button2 = (label, action) => {
      const made2 = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, label), signal);
      made2.addEventListener("click", action, { signal });
      return made2;
    };
    one.choose = button2(String(n + 1), () => onChoose(one.pixel));
    one.remove = button2("×", () => onRemove(one.pixel));
    cells[0].append(one.choose);
    cells[5].append(one.remove);
    return one;
  };
  const show = (rows) => {
    table.hidden = !rows.length;
    setText(sentence, comparison(rows));
    rows.forEach((row, n) => {
      const one = made[n] ??= makeRow(n);
      if (!one.row.isConnected || one.row.parentNode !== body) body.append(one.row);
      one.pixel = row.pixel;
      const where = `(${row.pixel.join(", ")})`;
      one.choose.setAttribute("aria-label", tr("Look at pin {n}, pixel {pixel}", { n: n + 1, pixel: where }));
      one.remove.setAttribute("aria-label", tr("Take pin {n} off", { n: n + 1 }));
      [
        where,
        `${row.className} ${(100 * row.share).toFixed(0)} %`,
        `${row.claim}, ${row.numbers}`,
        row.painter
      ].forEach((text, at) => setText(one.cells[at + 1], text));
    });
    made.slice(rows.length).forEach(({ row }) => row.remove());
  };
  return { node, show };
}

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
function living(render2) {
  return ({ model, el }) => {
    let life;
    const begin = () => {
      const words = JSON.parse(model.get("wording") || "null");
      useWords(words);
      life = new Lifetime(model);
      render2({ model, el, life });
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

// segtutor/widgets/shared/shelf.js
var shelved = (render2) => living(({ model, el, life }) => {
  const offered = model.get("offered") ?? [];
  if (!offered.length || model.kernel === false) return render2({ model, el, life });
  const { tell } = new Turns(model), inside = element("div"), said = element("span", { role: "status", "aria-live": "polite" });
  let stage = null;
  const selects = offered.map((names2, n) => {
    const select = ownKeys(
      element(
        "select",
        {
          class: "segtutor-field",
          "aria-label": offered.length > 1 ? tr("Network {n}", { n: n + 1 }) : tr("Network")
        },
        ...names2.map((name) => element("option", { value: name }, name))
      ),
      life.signal
    );
    select.addEventListener(
      "change",
      () => {
        setText(said, tr("Loading {name} …", { name: select.value }));
        tell({ networks: selects.map(({ value }) => value) });
      },
      { signal: life.signal }
    );
    return select;
  });
  const bar = element(
    "div",
    { class: "segtutor-shelf", role: "group", "aria-label": tr("Networks") },
    element("b", {}, offered.length > 1 ? tr("Networks") : tr("Network")),
    ...selects,
    said
  );
  el.append(element("div", { class: "segtutor-shelved" }, bar, inside));
  const names = () => model.get("networks")?.forEach((name, n) => selects[n].value = name);
  const show = () => {
    if (life.signal.aborted) return;
    stage?.end();
    inside.replaceChildren();
    stage = new Lifetime(model);
    names();
    setText(said, "");
    render2({ model, el: inside, life: stage });
  };
  life.on("exchanged", () => queueMicrotask(show));
  life.on("networks", names);
  life.on("not_taken", () => setText(said, model.get("not_taken")));
  life.also(() => stage?.end());
  show();
});

// segtutor/widgets/pixels/explorer.js
var MOST_PINS = 6;
var PART = 8;
var VIEWS = { evidence: trLater("evidence"), answer: trLater("answer"), picture: trLater("picture") };
function render({ model, el, life }) {
  const { signal } = life, sent = new TwoModels(model), pointing = pixelsChosen(model, (words) => setText(page.spoken, words)), page = layOut(model.get("view"), sent, pointing, signal);
  el.append(page.root);
  const { left, right } = page;
  let idle = 0;
  function update() {
    const view = model.get("view"), pixel = model.get("pixel"), pins = model.get("pins"), said = pixel && sent.read(pixel);
    showControls(page, { view, pixel, pins });
    left.draw(pixelPicture(sent, view, said), pixel, pins);
    right.draw(maskPicture(sent, view, said), pixel, pins);
    write(page, sent, { view, pixel, said });
    page.table.show(pins.map((one) => ({ pixel: one, ...inWords(sent, sent.read(one)) })));
    announce.request();
  }
  const announce = whenQuiet(
    () => model.get("pixel") && setText(page.spoken, `${left.text.textContent} ${right.text.textContent}`),
    600
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
var same = (a, b) => a === b || a && b && a[0] === b[0] && a[1] === b[1];
function pixelsChosen(model, refuse) {
  const { tell } = new Turns(model);
  return {
    current: () => model.get("pixel"),
    look: (pixel) => same(pixel, model.get("pixel")) || tell({ pixel }),
    /** Pins a pixel, or takes its pin off. */
    pin: (pixel) => {
      const pins = model.get("pins"), at = pins.findIndex((one) => same(one, pixel));
      if (at < 0 && pins.length >= MOST_PINS)
        return refuse(tr("At most {n} pixels can be pinned: take one off first.", { n: MOST_PINS }));
      return tell({ pins: at < 0 ? [...pins, pixel] : pins.filter((_, n) => n !== at) });
    },
    clear: () => tell({ pins: [] }),
    show: (view) => tell({ view })
  };
}
var TwoModels = class {
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
      (query) => this.maps.probabilities(query)
    );
    this.painted = null;
    this.labelled = null;
  }
  /** Of one pixel: the class probabilities, the claims of the queries and their sums, and which query painted it. */
  read([x, y]) {
    const shares = this.pixelMaps.at(x, y), masks = this.maps.probabilitiesAt(x, y), i = y * this.size[1] + x;
    return {
      shares,
      label: shares.reduce((best, value, k) => value > shares[best] ? k : best, 0),
      claims: claimsAt(masks, this.classProbs, this.maskClasses.length),
      painter: this.painted && this.inference.segmentIds[i] ? this.inference.winner[i] : null,
      sums: semanticAt(masks, this.classProbs, this.maskClasses.length)
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
          overlapThreshold: thresholds.overlap_threshold
        });
        ready();
      } else if (!this.pixelMaps.prepare(Math.max(1, until - performance.now()))) {
        this.labelled = {
          ids: this.pixelMaps.labels.map((label) => label + 1),
          segments: this.pixelClasses.map(({ color }, label) => ({ label, color }))
        };
        ready();
        return false;
      }
    }
    return true;
  }
};
function pixelPicture({ size, pixelMaps, pixelClasses, labelled, names }, view, said) {
  if (view === "evidence" && said && pixelMaps.ready === size[0])
    return {
      key: `class ${said.label}`,
      words: tr("Where {name} is likely", { name: tr(pixelClasses[said.label].name) }),
      heat: () => [pixelMaps.probabilities(said.label), 0.5]
    };
  if (view === "picture" || view === "evidence" && said || !labelled)
    return { key: "picture", words: tr("The picture") };
  const shown = labelled.segments.map(({ label, color }) => ({ color, name: tr(pixelClasses[label].name) }));
  return { key: "answer", words: tr("The answer of {model}", { model: names[0] }), ids: labelled.ids, shown };
}
function maskPicture({ inference, maskClasses, painted, names, colors, thresholds }, view, said) {
  if (view === "evidence" && said) {
    const { query } = said.claims[0];
    return {
      key: `query ${query}`,
      words: tr("The mask of query {query}", { query }),
      heat: () => [inference.mask(query), thresholds.mask_threshold]
    };
  }
  if (view === "picture" || !painted) return { key: "picture", words: tr("The picture") };
  const shown = painted.segments.map(({ label, queries }) => ({
    color: colors[queries[0]],
    name: tr(maskClasses[label].name)
  }));
  return { key: "answer", words: tr("The answer of {model}", { model: names[1] }), ids: inference.segmentIds, shown };
}
function layOut(view, { size, names }, pointing, signal) {
  const { look, pin, current, clear, show } = pointing, picking = { size, current, onLook: look, onPick: pin, signal };
  const left = new PixelPanel({ title: tr("Classify pixels"), name: names[0], ...picking }), right = new PixelPanel({ title: tr("Classify masks"), name: names[1], ...picking });
  const distribution = bars({ label: tr("Class distribution of the pixel"), rows: 6 }), claims = bars({ label: tr("Queries that claim the pixel: score times mask probability"), rows: 5 }), sums = bars({ label: tr("Sum over the queries for each class, as semantic inference compares them"), rows: 4 });
  const note = (text) => element("p", { class: "segtutor-note" }, text);
  left.node.append(note(tr("One distribution over the classes:")), distribution.node);
  right.node.append(note(tr("Queries that claim it, score × mask probability:")), claims.node);
  right.node.append(note(tr("Their sum for each class (semantic inference):")), sums.node);
  const views = choice({
    legend: tr("Pictures"),
    selected: view,
    signal,
    onChange: show,
    choices: Object.fromEntries(Object.entries(VIEWS).map(([name, text]) => [name, tr(text)]))
  });
  const pinButton = button(tr("Pin this pixel"), () => current() && pin(current()), signal), clearButton = button(tr("Take all pins off"), clear, signal), table = pinTable({ signal, onChoose: look, onRemove: pin }), spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" }), pinning = element("span", { class: "segtutor-pinning" }, pinButton, clearButton);
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-pixels" },
    left.node,
    right.node,
    element("div", { class: "segtutor-below" }, element("div", { class: "segtutor-line" }, views, pinning), table.node),
    spoken
  );
  return { root, left, right, distribution, claims, sums, views, pinButton, clearButton, table, spoken };
}
function showControls({ views, pinButton, clearButton }, { view, pixel, pins }) {
  check(views, view);
  setText(pinButton, pins.some((one) => same(one, pixel)) ? tr("Take this pin off") : tr("Pin this pixel"));
  pinButton.disabled = !pixel;
  clearButton.hidden = !pins.length;
}
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
    painter: painted ? painter : "…"
  };
}
function write({ left, right, distribution, claims, sums }, sent, { view, pixel, said }) {
  if (!said) {
    for (const one of [left, right])
      setText(one.text, tr("Point at a pixel, tap it, or move the cross with the arrow keys."));
    for (const one of [distribution, claims, sums]) one.show([]);
    return;
  }
  const words = inWords(sent, said), { maskClasses } = sent;
  setText(left.text, pixelSentence(words, pixel, view));
  setText(right.text, maskSentence(words, pixel, view));
  distribution.show(largest(said.shares, sent.pixelClasses, 5));
  claims.show(
    said.claims.slice(0, 5).map(({ query, label, score, mask, claim }) => ({
      value: claim,
      color: maskClasses[label].color,
      name: tr("query {query}: {name}", { query, name: tr(maskClasses[label].name) }),
      text: `${score.toFixed(2)} × ${mask.toFixed(2)} = ${claim.toFixed(2)}`
    }))
  );
  const summed = largest(said.sums, maskClasses, 3).slice(0, 3);
  sums.show(summed.map((entry) => ({ ...entry, text: entry.value.toFixed(2) })));
}
function pixelSentence(words, pixel, view) {
  const said = { pixel: pixel.join(", "), name: words.className, share: share(words.share) };
  return view === "evidence" ? tr("Pixel ({pixel}): {name}, probability {share} (yellow: where {name} is likely).", said) : tr("Pixel ({pixel}): {name}, probability {share}.", said);
}
function maskSentence(words, pixel, view) {
  const said = { pixel: pixel.join(", "), painter: words.painter, claim: words.claim, numbers: words.numbers };
  if (words.void)
    return view === "evidence" ? tr(
      "Pixel ({pixel}): nobody paints it (void); the strongest claim is query {claim} ({numbers}; yellow: its mask).",
      said
    ) : tr("Pixel ({pixel}): nobody paints it (void); the strongest claim is query {claim} ({numbers}).", said);
  return view === "evidence" ? tr(
    "Pixel ({pixel}): painted by {painter}; the strongest claim is query {claim} ({numbers}; yellow: its mask).",
    said
  ) : tr("Pixel ({pixel}): painted by {painter}; the strongest claim is query {claim} ({numbers}).", said);
}
function claimsAt(masks, classProbs, classes) {
  return Array.from(masks, (mask, query) => {
    const start = query * (classes + 1);
    let label = 0;
    for (let k = 1; k < classes; k++) if (classProbs[start + k] > classProbs[start + label]) label = k;
    const score = classProbs[start + label];
    return { query, label, score, mask, claim: score * mask };
  }).sort((a, b) => b.claim - a.claim || a.query - b.query);
}
function semanticAt(masks, classProbs, classes) {
  const sums = new Float64Array(classes);
  masks.forEach((mask, query) => {
    for (let k = 0; k < classes; k++) sums[k] += mask * classProbs[query * (classes + 1) + k];
  });
  return sums;
}
var explorer_default = { render: shelved(render) };
export {
  explorer_default as default
};
