/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 edc4caee490e8767fb3ea62f57d9083c2f1a40025863d6bd6f1fb9b7547ae410 of
   segtutor/widgets/queries/explorer.js
   segtutor/widgets/queries/fates.js
   segtutor/widgets/queries/layers.js
   segtutor/widgets/queries/picture.js
   segtutor/widgets/queries/thumbs.js
   segtutor/widgets/shared/bars.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/heat.js
   segtutor/widgets/shared/inference.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/logits.js
   segtutor/widgets/shared/names.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/querylist.js
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
var codeColors = (levels) => Int32Array.from(levels, (level) => HEAT[255 * Math.fround(1 / (1 + Math.exp(-level))) | 0]);
function paintCells(out, ground, codes, start, places, colors) {
  for (let i = 0; i < out.length; i++) out[i] = colors[codes[start + places[i]]] + ground[i];
}
var HEAT_SCALE = `linear-gradient(90deg, ${STEPS3.map((color) => `rgb(${color.join(",")})`).join(", ")})`;

// segtutor/widgets/shared/names.js
trLater("initial queries");
trLater("the last look");
var layerWords = (name) => {
  const [, number] = /^layer (\d+)$/.exec(name) ?? [];
  return number ? tr("layer {n}", { n: number }) : tr(name);
};
var classWords = (classes, label) => label < classes.length ? tr(classes[label].name) : tr("no object");

// segtutor/widgets/shared/querylist.js
var SIGNS = { [FATES.kept]: "●", [FATES.overlapped]: "◐", [FATES.below]: "○", [FATES.none]: "–" };
var HEADS = [trLater("query"), trLater("class"), trLater("score"), trLater("won / mask"), trLater("fate")];
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

// segtutor/widgets/queries/fates.js
var TOP_K = 100;
function maskQuality(probabilities) {
  let inside = 0, sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] > 0.5) {
      inside++;
      sum += probabilities[i];
    }
  }
  return sum / (inside + 1e-6);
}
function instancePairs(classProbs, isthing) {
  const classes = isthing.length, queries = classProbs.length / (classes + 1), pairs = [];
  for (let query = 0; query < queries; query++) {
    for (let label = 0; label < classes; label++)
      pairs.push({ query, label, probability: classProbs[query * (classes + 1) + label] });
  }
  pairs.sort((a, b) => b.probability - a.probability || a.query - b.query || a.label - b.label);
  return pairs.slice(0, TOP_K).filter(({ label }) => isthing[label]);
}
function rankInstances(pairs, quality) {
  return pairs.map((pair) => ({ ...pair, score: pair.probability * quality(pair.query) })).sort((a, b) => b.score - a.score);
}
function semanticShare(probabilities, threshold, labels, label) {
  const least = Math.fround(threshold);
  let inside = 0, agree = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] < least) continue;
    inside++;
    if (labels[i] === label) agree++;
  }
  return { inside, agree };
}
function bestClass(classProbs, query, classes) {
  const start = query * (classes + 1);
  let best = 0;
  for (let k = 1; k < classes; k++) if (classProbs[start + k] > classProbs[start + best]) best = k;
  return best;
}
function semanticWords(name, probability, { inside, agree }) {
  const adds = { name, share: share(probability) };
  if (inside === 0) return tr("its mask is empty; what it adds, at most {share} for {name}, is spread thin.", adds);
  return tr("it adds most to {name} ({share} of its mask). Of its {n} pixels {agree} end as {name}.", {
    ...adds,
    n: inside,
    agree: share(agree / inside)
  });
}
function instanceWords(query, ranked, pairs, classes, isThing, name) {
  if (!pairs.some((pair) => pair.query === query)) {
    return isThing ? tr("none of its classes is among the best {top} pairs of a query and a class: left out.", { top: TOP_K }) : tr("{name} is stuff, and no thing it might be is among the best {top} pairs: left out.", { name, top: TOP_K });
  }
  if (!ranked) return tr("being ranked …");
  const places = ranked.flatMap((pair, n) => pair.query === query ? [{ ...pair, rank: n + 1 }] : []);
  const first = places.slice(0, 3).map(({ rank, label, score }) => `${rank}. ${classWords(classes, label)} (${score.toFixed(2)})`);
  const said = { n: ranked.length, places: first.join(", ") };
  return places.length > 3 ? tr("of {n} instances it is number {places} and {more} times more.", { ...said, more: places.length - 3 }) : tr("of {n} instances it is number {places}.", said);
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

// segtutor/widgets/queries/layers.js
var Layer = class {
  constructor(sent, size, isthing) {
    this.maps = new Maps(sent, size);
    this.classProbs = floatsOf(sent.class_probs);
    this.inference = new PanopticInference(this.classProbs, isthing, size, (query) => this.maps.probabilities(query));
    this.pairs = instancePairs(this.classProbs, isthing);
    this.semantic = null;
    this.ranked = null;
    this.result = null;
    this._quality = /* @__PURE__ */ new Map();
    this._unmeasured = [...new Set(this.pairs.map(({ query }) => query))];
    this._last = null;
  }
  /** Mask probabilities of any query at the size of the picture; the last one is kept. */
  mask(query) {
    if (this.inference.labels[query] < this.inference.classes) return this.inference.mask(query);
    if (this._last?.query !== query) this._last = { query, mask: this.maps.probabilities(query) };
    return this._last.mask;
  }
  /** Gives memory back when another layer is looked at. */
  forget() {
    this._last = null;
    this.inference.forgetMasks();
  }
  /** Does one small part of what is left to compute; false when there is nothing left. */
  work(thresholds) {
    if (!this.result) {
      if (!this.inference.prepareOne(thresholds.score_threshold)) {
        this.result = this.inference.update({
          scoreThreshold: thresholds.score_threshold,
          maskThreshold: thresholds.mask_threshold,
          overlapThreshold: thresholds.overlap_threshold
        });
      }
      return true;
    }
    if (!this.ranked) {
      const query = this._unmeasured.pop();
      if (query !== void 0) this._quality.set(query, maskQuality(this.mask(query)));
      else this.ranked = rankInstances(this.pairs, (one) => this._quality.get(one));
      return true;
    }
    return false;
  }
};
var Layers = class {
  /** onArrival(layer): something of it has come */
  constructor(model, isthing, onArrival) {
    this.model = model;
    this.isthing = isthing;
    this.onArrival = onArrival;
    this.size = model.get("size");
    this._sent = /* @__PURE__ */ new Map();
    this._layers = /* @__PURE__ */ new Map();
    this._asked = /* @__PURE__ */ new Set();
    this._closed = false;
    this._hear = (content, buffers) => {
      if (content?.kind === "layer") {
        this._take(content.layer, {
          grid: content.grid,
          ...Object.fromEntries(content.names.map((name, n) => [name, buffers[n]]))
        });
      } else if (content?.kind === "semantic") this._take(content.layer, { semantic: buffers[0] });
    };
    model.on("msg:custom", this._hear);
    for (const [layer, sent] of Object.entries(model.get("sent"))) this._sent.set(Number(layer), sent);
  }
  _take(layer, sent) {
    this._sent.set(layer, { ...this._sent.get(layer), ...sent });
    if (this._layers.has(layer)) this._readSemantic(layer);
    this.onArrival(layer);
  }
  /** The layer from what was sent; undefined while that has not come. */
  _read(layer) {
    const sent = this._sent.get(layer);
    if (!this._layers.has(layer) && sent?.codes) {
      this._layers.set(layer, new Layer(sent, this.size, this.isthing));
      this._readSemantic(layer);
    }
    return this._layers.get(layer);
  }
  async _readSemantic(layer) {
    const one = this._layers.get(layer), { semantic } = this._sent.get(layer);
    if (!semantic || one.semantic) return;
    const pixels = await decodePicture(bytesOf(semantic), this.size);
    if (this._closed || one.semantic) return;
    const labels = new Int32Array(pixels.length / 4);
    for (let i = 0; i < labels.length; i++) labels[i] = pixels[4 * i] + 256 * pixels[4 * i + 1];
    one.semantic = labels;
    this.onArrival(layer);
  }
  /** The layer, or null while the kernel is being asked for it. */
  get(layer) {
    const found = this._read(layer);
    if (layer !== this._shown) this._layers.get(this._shown)?.forget();
    this._shown = layer;
    if (!found && !this._asked.has(layer)) {
      this._asked.add(layer);
      this.model.send({ kind: "layer", layer });
    }
    return found ?? null;
  }
  close() {
    this._closed = true;
    this.model.off("msg:custom", this._hear);
    this._layers.clear();
    this._sent.clear();
  }
};

// segtutor/widgets/queries/picture.js
var QueryPicture = class {
  /**
   * @param {Record<string, any>} sent size, classes, thresholds
   * @param {(layer: any, query: number) => number[]} colorOf a query
   */
  constructor({ size: [H, W], classes, thresholds }, colorOf) {
    this.H = H;
    this.W = W;
    this.classes = classes;
    this.thresholds = thresholds;
    this.colorOf = colorOf;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    const [width, height] = [W * this.scale, H * this.scale];
    this.canvas = element("canvas", { width, height, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${width}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(width, height);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.owned = new Int16Array(H * W);
    this.image = this.ground = null;
    this.zoom = 1;
  }
  begin(image, ground) {
    this.image = image;
    this.ground = ground;
  }
  /** Takes notice of how wide the canvas is on the screen. */
  fit(width) {
    this.zoom = zoomOf(this.canvas, width);
  }
  /** The position of the pixel under the pointer, or null. */
  pixelAt({ clientX, clientY }) {
    const { H, W } = this, box = this.canvas.getBoundingClientRect();
    const x = Math.floor((clientX - box.left) / box.width * W), y = Math.floor((clientY - box.top) / box.height * H);
    return x < 0 || y < 0 || x >= W || y >= H ? null : y * W + x;
  }
  /** query: whose mask is shown, null = the whole answer of the view, or of panoptic inference. */
  draw(layer, query, view) {
    const { out, scale, H, W, image, context } = this, whole = query === null ? this._answer(layer, view) : null;
    if (query !== null) this._paintQuery(layer, query, view);
    else if (whole) paintSegments(out, scale, [H, W], image, whole.ids, [null, ...whole.shown.map((one) => one.color)]);
    else paintPicture(out, scale, [H, W], image);
    context.putImageData(this.pixels, 0, 0);
    if (!whole) return;
    const places = labelPlaces(whole.ids, [H, W], whole.shown.length);
    writeNames(context, scale, this.zoom, places, ["", ...whole.shown.map(({ name }) => name)]);
  }
  /** One query: where its mask is, and which of its pixels end as its own. */
  _paintQuery(layer, query, view) {
    const { out, scale, H, W, image, owned } = this, mask = layer.mask(query), threshold = Math.fround(this.thresholds.mask_threshold);
    if (view === "mask" || view === "semantic" && !layer.semantic)
      return paintHeat(out, scale, [H, W], this.ground, mask, threshold);
    const label = bestClass(layer.classProbs, query, this.classes.length);
    if (view === "semantic") for (let i = 0; i < owned.length; i++) owned[i] = layer.semantic[i] === label ? query : -1;
    else owned.fill(query);
    const fate = layer.result?.fates[query].fate, competes = fate === FATES.kept || fate === FATES.overlapped, panoptic = competes ? layer.inference.winner : null, least = view === "instance" ? 0.5 : threshold, winner = view === "panoptic" ? panoptic : owned;
    return paintQuery(out, scale, [H, W], image, mask, least, winner, query, this.colorOf(layer, query));
  }
  /** @returns {{ids: any, shown: {name: string, color: number[]}[]} | null} id n = shown[n - 1]; null: not there yet */
  _answer(layer, view) {
    const { classes } = this;
    if (view === "semantic" && layer.semantic)
      return {
        ids: layer.semantic.map((label) => label + 1),
        shown: classes.map(({ name, color }) => ({ name: tr(name), color }))
      };
    if (view === "instance" && layer.ranked) return this._instances(layer);
    if (!layer.result) return null;
    const shown = layer.result.segments.map(({ label, queries }) => ({
      name: tr(classes[label].name),
      color: this.colorOf(layer, queries[0])
    }));
    return { ids: layer.inference.segmentIds, shown };
  }
  /** The instances with a score of at least 0.5, the best one in front. */
  _instances(layer) {
    const ids = new Int32Array(this.H * this.W);
    const shown = layer.ranked.filter(({ score }) => score >= 0.5).map((one) => ({ ...one, name: tr(this.classes[one.label].name), color: this.colorOf(layer, one.query) }));
    for (let n = shown.length - 1; n >= 0; n--) {
      const mask = layer.mask(shown[n].query);
      for (let i = 0; i < ids.length; i++) if (mask[i] > 0.5) ids[i] = n + 1;
    }
    return { ids, shown };
  }
};

// segtutor/widgets/queries/thumbs.js
var PART = 2;
var QUIET = 80;
var GAP = 4;
var SIGNS2 = { kept: "●", overlapped: "◐", "below threshold": "○", "no object": "–" };
var Thumbnails = class {
  /** ground: heat ground of H * W; actions: {signal, onHover(query | null), onHold(query)} */
  constructor(count, ground, [H, W], longest, { signal, onHover, onHold }) {
    const scale = Math.min(1, longest / Math.max(H, W));
    this.h = Math.max(1, Math.round(H * scale));
    this.w = Math.max(1, Math.round(W * scale));
    this.ground = Int32Array.from(
      { length: this.h * this.w },
      (_, i) => 65793 * ground[Math.floor((Math.floor(i / this.w) + 0.5) * H / this.h) * W + Math.floor((i % this.w + 0.5) * W / this.w)]
    );
    this.node = element("div", {
      class: "segtutor-thumbs",
      role: "group",
      "aria-label": tr("Queries"),
      "data-scrolls": true
    });
    this.node.style.setProperty("--thumb", `${this.w}px`);
    this.node.style.setProperty("--high", `${this.h}px`);
    this.items = Array.from({ length: count }, (_, query) => this._makeItem(query, { signal, onHover, onHold }));
    this.sheet = element("canvas", { class: "segtutor-thumb-sheet", width: 1, height: 1, "aria-hidden": "true" });
    this.context = this.sheet.getContext("2d");
    this.out = new Uint32Array(this.w * this.h);
    this.order = [];
    this.drawn = [];
    this.held = this.stop = null;
    this.waiting = [];
    this.placed = null;
    this._later = frameScheduler(() => {
      for (const row of this.waiting.splice(0, PART)) this._renew(row);
      if (this.waiting.length) this._later.request();
    });
    this._rest = whenQuiet(this._later.request, QUIET);
    const resized = new ResizeObserver(() => this._measure());
    resized.observe(this.node);
    this.node.addEventListener("scroll", () => this.scrolled = this.node.scrollTop, { signal });
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this._later.cancel();
      this._rest.cancel();
    });
  }
  /** The button of a query, without its picture. */
  _makeItem(query, { signal, onHover, onHold }) {
    const [name, score] = [new Text(), new Text()];
    const button = ownKeys(
      element(
        "button",
        { type: "button", class: "segtutor-thumb", "aria-pressed": "false", tabindex: -1 },
        element("span", { class: "segtutor-thumb-place" }),
        element("span", { class: "segtutor-thumb-name" }, name),
        element("span", { class: "segtutor-thumb-score" }, score)
      ),
      signal
    );
    button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && onHover(query), { signal });
    button.addEventListener("pointerleave", () => onHover(null), { signal });
    button.addEventListener("focus", () => button.matches(":focus-visible") && onHover(query), { signal });
    button.addEventListener("blur", () => onHover(null), { signal });
    button.addEventListener("click", () => onHold(query), { signal });
    button.addEventListener("keydown", (event) => this._step(event, query), { signal });
    return { button, name, score, state: null, mark: null };
  }
  /** Sizes, read where a layout is there anyway. */
  _measure() {
    const { button } = this.items[this.order[0]] ?? {}, width = this.node.clientWidth;
    if (!button || !width) return;
    const [outer, inner] = [button, button.firstChild].map((one) => one.getBoundingClientRect());
    const wide = outer.width + GAP, high = outer.height + GAP, inside = [inner.left - outer.left, inner.top - outer.top];
    this.placed = {
      columns: Math.max(1, Math.floor((width - GAP) / wide)),
      wide,
      high,
      inside,
      sight: this.node.clientHeight
    };
    this._lay();
  }
  /** Makes room for all pictures, and draws them again. */
  _lay() {
    if (!this.placed) return;
    const { columns, wide, high } = this.placed;
    this.sheet.width = columns * wide + GAP;
    this.sheet.height = Math.ceil(this.order.length / columns) * high + GAP;
    const [left] = this._corner(0), [right] = this._corner(columns - 1);
    this.row = this.context.createImageData(right - left + this.w, this.h);
    this.rowOut = new Uint32Array(this.row.data.buffer);
    this.drawn = [];
    if (this.maps) this.show(this.maps, this.texts);
  }
  /** Left upper corner of the n-th picture on the sheet. */
  _corner(n) {
    const {
      columns,
      wide,
      high,
      inside: [left, top]
    } = this.placed;
    return [GAP + n % columns * wide + left, GAP + Math.floor(n / columns) * high + top].map(Math.round);
  }
  /** Which queries are shown, in this order. */
  arrange(order) {
    if (order === this.order) return;
    this.order = order;
    this.node.replaceChildren(...order.map((query) => this.items[query].button), this.sheet);
    this._stop(this.held ?? order[0]);
    this._lay();
  }
  /** Exactly one button is a stop of the Tab key. */
  _stop(query) {
    const at = this.order.includes(query) ? query : this.order[0];
    if (at === this.stop) return;
    if (this.stop !== null) this.items[this.stop].button.tabIndex = -1;
    if (at !== void 0) this.items[at].button.tabIndex = 0;
    this.stop = at ?? null;
  }
  _step(event, query) {
    const at = this.order.indexOf(query), columns = Math.max(1, Math.floor(this.node.clientWidth / this.items[query].button.offsetWidth));
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      Home: 0,
      End: this.order.length - 1
    }[event.key];
    if (to === void 0) return;
    event.preventDefault();
    const next = this.order[to];
    if (next === void 0) return;
    this._stop(next);
    this.items[next].button.focus();
  }
  /** Shows a layer: the masks (maps: logits.js), and what each query says: texts(query) -> {name, score, fate, color}. */
  show(maps, texts) {
    const [h, w] = maps.grid;
    if (this.grid !== `${h} ${w}`) {
      this.grid = `${h} ${w}`;
      this.places = Int32Array.from(
        { length: this.w * this.h },
        (_, i) => Math.floor((Math.floor(i / this.w) + 0.5) * h / this.h) * w + Math.floor((i % this.w + 0.5) * w / this.w)
      );
    }
    if (maps !== this.maps) this.colors = codeColors(maps.levels);
    this.maps = maps;
    this.texts = texts;
    if (!this.placed) {
      for (const query of this.order) this._write(query);
      return;
    }
    const { sight, high, columns } = this.placed, top = this.scrolled ?? 0, seen = (row) => {
      const y = this._corner(row * columns)[1];
      return y + high > top && y < top + sight;
    };
    const rows = [...Array(Math.ceil(this.order.length / columns)).keys()];
    this.waiting = rows.filter((row) => !seen(row));
    this._later.cancel();
    for (const row of rows.filter(seen)) this._renew(row);
    if (this.waiting.length) this._rest.request();
  }
  /** Draws and writes what has changed in a row. */
  _renew(row) {
    const { columns } = this.placed, first = row * columns, end = Math.min(first + columns, this.order.length);
    if (this.drawn[row] !== this.maps) this._draw(first, end);
    this.drawn[row] = this.maps;
    for (let n = first; n < end; n++) this._write(this.order[n]);
  }
  /** The pictures of one row as one: a hundred pieces take three times as long to be put on the sheet. */
  _draw(first, end) {
    const [left, top] = this._corner(first), {
      w,
      h,
      out,
      maps,
      row: { width }
    } = this;
    for (let n = first; n < end; n++) {
      paintCells(out, this.ground, maps.codes, this.order[n] * maps.cells, this.places, this.colors);
      for (let y = 0, to = this._corner(n)[0] - left; y < h; y++, to += width)
        this.rowOut.set(out.subarray(y * w, (y + 1) * w), to);
    }
    const used = this._corner(end - 1)[0] - left + w;
    this.context.putImageData(this.row, left, top, 0, 0, used, h);
  }
  _write(query) {
    const item = this.items[query], { name, score, fate, color } = this.texts(query), state = `${name} ${score} ${fate} ${color}`;
    if (item.state === state) return;
    item.state = state;
    item.name.data = `${query} ${name}`;
    item.score.data = `${SIGNS2[fate] ?? ""} ${score.toFixed(2)}`;
    const said = { query, name, score: score.toFixed(2), fate: tr(fate) }, text = tr("Query {query}: {name}, score {score}, {fate}", said), mark = `rgb(${color.join(",")})`;
    item.button.setAttribute("aria-label", text);
    item.button.title = text;
    if (item.mark !== mark) item.button.style.setProperty("--mark", item.mark = mark);
    item.button.classList.toggle("segtutor-dropped", fate !== "kept");
  }
  hold(query) {
    if (query === this.held) return;
    this.items[this.held]?.button.setAttribute("aria-pressed", "false");
    this.items[query]?.button.setAttribute("aria-pressed", "true");
    this.held = query;
    this._stop(query);
  }
  /** Frames the query under the pointer. */
  mark(query) {
    if (query === this.marked) return;
    this.items[this.marked]?.button.classList.remove("segtutor-marked");
    this.items[query]?.button.classList.add("segtutor-marked");
    this.marked = query;
  }
  /** Scrolls a query into sight inside the list, never the notebook. */
  reveal(query) {
    const button = this.items[query]?.button, { node } = this;
    if (!button?.isConnected) return;
    const top = button.offsetTop - node.offsetTop;
    if (top < node.scrollTop || top + button.offsetHeight > node.scrollTop + node.clientHeight)
      node.scrollTop = top - node.clientHeight / 2;
  }
};

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

// segtutor/widgets/queries/explorer.js
var PART2 = 6;
var CHOICES = {
  view: {
    legend: trLater("Picture"),
    choices: {
      mask: trLater("mask"),
      semantic: trLater("semantic"),
      instance: trLater("instance"),
      panoptic: trLater("panoptic")
    }
  },
  sort: {
    legend: trLater("Sort"),
    choices: {
      score: trLater("score"),
      number: trLater("number"),
      area: trLater("area"),
      class: trLater("class")
    }
  },
  show: {
    legend: trLater("Show"),
    choices: {
      all: trLater("all"),
      kept: trLater("kept"),
      classes: trLater("a class"),
      "no object": trLater("no object")
    }
  }
};
var INFERENCES = [trLater("Semantic"), trLater("Instance"), trLater("Panoptic")];
function render({ model, el, life }) {
  const view = new QueryView(model, el, life.signal);
  life.on(["query", "layer", "sort", "show", "view"], view.frame.request);
  decodePicture(bytesOf(model.get("picture")), model.get("size")).then((image) => {
    if (!life.signal.aborted) view.begin(image);
  });
  life.also(view);
}
function readSent(model) {
  const classes = model.get("classes");
  return {
    size: model.get("size"),
    classes,
    isthing: classes.map((one) => one.isthing),
    colors: model.get("colors"),
    thresholds: model.get("thresholds"),
    names: model.get("layers").map(layerWords)
  };
}
var QueryView = class {
  constructor(model, el, signal) {
    this.model = model;
    this.signal = signal;
    this.tell = new Turns(model).tell;
    this.sent = readSent(model);
    this.picture = new QueryPicture(this.sent, (layer, query) => this.colorOf(layer, query));
    this.page = layOut(model, this.sent, this.picture.canvas, { tell: this.tell, signal });
    el.append(this.page.root);
    this.thumbs = null;
    this.hovered = null;
    this.arranged = {};
    this.areas = null;
    this.told = "";
    this.written = "";
    this.idle = 0;
    this.frame = frameScheduler(() => this.update());
    this.words = frameScheduler(() => this.write());
    this.announce = whenQuiet(() => this.speak(), 600);
    this.layers = new Layers(model, this.sent.isthing, () => this.frame.request());
    this.final = this.layers.get(this.sent.names.length - 1);
    this.resized = new ResizeObserver(([entry]) => {
      this.picture.fit(entry.contentRect.width);
      this.frame.request();
    });
    this.resized.observe(this.picture.canvas);
    this.listenToPointer();
  }
  /** Shows all, now that the picture is there. */
  begin(image) {
    const ground = heatGround(image);
    this.picture.begin(image, ground);
    this.thumbs = new Thumbnails(this.sent.colors.length, ground, this.sent.size, this.model.get("thumbnail"), {
      signal: this.signal,
      onHover: (query) => {
        this.hovered = query;
        this.frame.request();
      },
      onHold: (query) => this.tell({ query: this.model.get("query") === query ? null : query })
    });
    this.page.shelf.replaceWith(this.thumbs.node);
    this.update();
  }
  close() {
    for (const one of [this.frame, this.words, this.announce]) one.cancel();
    this.layers.close();
    this.resized.disconnect();
    clearTimeout(this.idle);
  }
  // -------------------------------------------------------------- one frame
  /** The picture; the small ones and what is to be read come in the next frame, since that costs a layout. */
  update() {
    this.showChoices();
    const number = this.model.get("layer"), layer = this.layers.get(number), { summary, layerSlider } = this.page;
    layerSlider.show(number, layer ? tr("shown") : tr("being fetched"));
    if (!this.thumbs) return;
    if (!layer) {
      setText(summary, tr("{layer} is being fetched …", { layer: this.sent.names[number] }));
      return;
    }
    this.idle ||= setTimeout(() => this.work(), 0);
    const { order } = this.arrangement();
    if (order !== this.thumbs.order) {
      this.thumbs.arrange(order);
      this.showAll(number, layer);
    }
    this.picture.draw(layer, this.hovered ?? this.model.get("query"), this.model.get("view"));
    this.words.request();
  }
  /** Checks the radio buttons as the traits say, where one has changed. */
  showChoices() {
    const { choices } = this.page, chosen = Object.keys(choices).map((name) => this.model.get(name));
    if (chosen.join() === this.told) return;
    this.told = chosen.join();
    for (const [name, node] of Object.entries(choices)) check(node, this.model.get(name));
  }
  /** Work that does not fit into a frame: a few milliseconds at a time, the layer in sight first. */
  work() {
    const until = performance.now() + PART2, { final } = this, { thresholds } = this.sent, layer = this.layers.get(this.model.get("layer")), before = [layer?.result, layer?.ranked, final.result];
    let left = true;
    while (left && performance.now() < until)
      left = layer?.work(thresholds) || !final.result && final.work(thresholds);
    if ([layer?.result, layer?.ranked, final.result].some((one, n) => one !== before[n])) this.frame.request();
    this.idle = left ? setTimeout(() => this.work(), 0) : 0;
  }
  /** The queries shown, in their order; asked every frame, decided when something it depends on has changed. */
  arrangement() {
    const { final } = this, [sort, show] = [this.model.get("sort"), this.model.get("show")], key = `${sort} ${show} ${Boolean(final.result)}`;
    if (key !== this.arranged.key) {
      const filter = queryFilter(show, final.inference, final.result?.fates);
      if (sort === "area") this.areas ??= gridAreas(final.maps);
      this.arranged = { key, order: queryOrder(sort, final.inference, this.areas).filter(filter) };
    }
    return this.arranged;
  }
  /** All queries of a layer, as small pictures and in words, where they are not yet shown so. */
  showAll(number, layer) {
    const key = `${number} ${this.arranged.key} ${Boolean(layer.result)}`, { labels, scores } = layer.inference, { classes } = this.sent;
    if (key === this.written) return;
    this.written = key;
    const undecided = (query) => labels[query] < classes.length ? "…" : FATES.none;
    this.thumbs.show(layer.maps, (query) => ({
      name: classWords(classes, labels[query]),
      score: scores[query],
      fate: layer.result ? layer.result.fates[query].fate : undecided(query),
      color: this.colorOf(layer, query)
    }));
  }
  /** The query's own colour; in a layer where it proposes something else than in the last one, that class's. */
  colorOf(layer, query) {
    const { classes, colors } = this.sent, label = layer.inference.labels[query];
    return label === this.final.inference.labels[query] || label === classes.length ? colors[query] : classes[label].color;
  }
  // -------------------------------------------------------------- what is to be read
  write() {
    const number = this.model.get("layer"), layer = this.layers.get(number), held = this.model.get("query");
    if (!layer) return;
    this.showAll(number, layer);
    this.thumbs.hold(held);
    const kept = layer.result?.fates.filter(({ fate }) => fate === FATES.kept).length;
    setText(
      this.page.summary,
      tr("{layer}: {kept} of {total} queries kept, {shown} shown", {
        layer: this.sent.names[number],
        kept: kept ?? "…",
        total: this.sent.colors.length,
        shown: this.thumbs.order.length
      })
    );
    const query = this.hovered ?? held, { distribution, list } = this.page;
    for (const node of [distribution.node, list]) node.classList.toggle("segtutor-away", query === null);
    if (query === null) this.describeAnswer();
    else this.describe(layer, query);
    this.announce.request();
  }
  /** Where no query is held. */
  describeAnswer() {
    const view = this.model.get("view"), { detail } = this.page;
    const shown = tr(CHOICES.view.choices[view === "mask" ? "panoptic" : view]), layer = this.sent.names[this.model.get("layer")];
    setText(
      detail,
      view === "mask" ? tr(
        "No query is held: this is the panoptic answer. Point at a query or at the picture; click a query to hold it."
      ) : tr("Point at a query or at the picture; click a query to hold it.")
    );
    this.picture.canvas.setAttribute("aria-label", tr("The {view} answer of {layer}", { view: shown, layer }));
  }
  /** One query: its classes, and what becomes of it in the three inferences. */
  describe(layer, query) {
    const { classes, isthing, thresholds, names } = this.sent, { distribution, detail, fates } = this.page;
    const said = {
      query,
      layer: names[this.model.get("layer")],
      name: classWords(classes, layer.inference.labels[query]),
      score: layer.inference.scores[query].toFixed(2),
      view: tr(CHOICES.view.choices[this.model.get("view")])
    };
    this.picture.canvas.setAttribute("aria-label", tr("Query {query} in {layer}, {view}: {name}, score {score}", said));
    setText(detail, tr("Query {query}, {layer}: {name} with probability {score}.", said));
    const stride = classes.length + 1, row = layer.classProbs.subarray(query * stride, (query + 1) * stride), label = bestClass(layer.classProbs, query, classes.length), best = classWords(classes, label);
    distribution.show(largest(row, classes, 5));
    const agreeing = () => semanticShare(layer.mask(query), thresholds.mask_threshold, layer.semantic, label);
    setText(
      fates.Semantic,
      layer.semantic ? semanticWords(best, row[label], agreeing()) : tr("the sum over all queries is on its way …")
    );
    setText(fates.Instance, instanceWords(query, layer.ranked, layer.pairs, classes, isthing[label], best));
    setText(
      fates.Panoptic,
      layer.result ? explain(layer.result.fates[query], classes, thresholds, layer.result.segments) : tr("the queries are competing …")
    );
  }
  /** For a screen reader, once nothing has changed for a while. */
  speak() {
    const { spoken, summary, detail, fates } = this.page;
    const held = this.model.get("query") !== null;
    setText(spoken, held ? `${detail.textContent} ${fates.Panoptic.textContent}` : `${summary.textContent}.`);
  }
  // -------------------------------------------------------------- mouse and finger on the picture
  /** Pointing marks the query that won the pixel, a click holds it, the second click lets go. */
  listenToPointer() {
    const { canvas } = this.picture, { signal } = this;
    canvas.addEventListener("pointermove", (event) => this.thumbs?.mark(this.queryAt(event) ?? void 0), { signal });
    canvas.addEventListener("pointerleave", () => this.thumbs?.mark(void 0), { signal });
    const click = (event) => {
      const query = this.model.get("query") === null ? this.queryAt(event) : null;
      this.tell({ query });
      if (query !== null) this.thumbs.reveal(query);
    };
    canvas.addEventListener("click", click, { signal });
  }
  /** The query whose segment the pointer is on, or null. */
  queryAt(event) {
    const layer = this.layers.get(this.model.get("layer")), i = this.picture.pixelAt(event);
    if (!layer?.result || i === null || !layer.inference.segmentIds[i]) return null;
    return layer.inference.winner[i];
  }
};
function layOut(model, { names }, canvas, { tell, signal }) {
  const last = names.length - 1;
  const choices = Object.fromEntries(
    Object.entries(CHOICES).map(([name, { legend, choices: texts }]) => [
      name,
      choice({
        legend: tr(legend),
        choices: Object.fromEntries(Object.entries(texts).map(([value, text]) => [value, tr(text)])),
        selected: model.get(name),
        signal,
        onChange: (value) => tell({ [name]: value })
      })
    ])
  );
  const layerSlider = slider({
    label: tr("Decoder layer"),
    signal,
    min: 0,
    max: last,
    step: 1,
    write: (value) => names[value],
    hint: tr("sorted and chosen as in the last layer, so that each query keeps its place"),
    onInput: (layer) => tell({ layer })
  });
  const summary = element("p", { class: "segtutor-summary" }), detail = element("p", { class: "segtutor-detail" }), spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" }), distribution = bars({ label: tr("Class distribution of the query"), rows: 6 }), fates = Object.fromEntries(INFERENCES.map((name) => [name, element("dd")])), list = element(
    "dl",
    { class: "segtutor-fates" },
    ...Object.entries(fates).flatMap(([name, node]) => [element("dt", {}, tr(name)), node])
  ), shelf = element("div");
  const left = [canvas, choices.view, detail, distribution.node, list], right = [...last > 0 ? [layerSlider.node] : [], summary, choices.sort, choices.show, shelf];
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-queries" },
    element("div", { class: "segtutor-left" }, ...left),
    element("div", { class: "segtutor-right" }, ...right),
    spoken
  );
  return { root, choices, layerSlider, summary, detail, spoken, distribution, fates, list, shelf };
}
function gridAreas(maps) {
  const { codes, cells, levels } = maps, areas = new Int32Array(maps.count), positive = Uint8Array.from(levels, (level) => level > 0 ? 1 : 0);
  for (let query = 0, i = 0; query < areas.length; query++)
    for (const end = i + cells; i < end; i++) areas[query] += positive[codes[i]];
  return areas;
}
function queryOrder(sort, { labels, scores, classes }, areas) {
  const silent = (query) => labels[query] === classes ? 1 : 0;
  const keys = {
    number: (q) => [q],
    score: (q) => [silent(q), -scores[q], q],
    area: (q) => [-areas[q], q],
    class: (q) => [labels[q], -scores[q], q]
  }[sort];
  return [...labels.keys()].sort((a, b) => {
    const [first, second] = [keys(a), keys(b)], at = first.findIndex((value, n) => value !== second[n]);
    return at < 0 ? 0 : first[at] - second[at];
  });
}
function queryFilter(show, { labels, classes }, fates) {
  return {
    all: () => true,
    kept: (query) => fates ? fates[query].fate === "kept" : labels[query] < classes,
    classes: (query) => labels[query] < classes,
    "no object": (query) => labels[query] === classes
  }[show];
}
var explorer_default = { render: shelved(render) };
export {
  explorer_default as default
};
