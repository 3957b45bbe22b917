/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 3dd45f0d4ace9a9be7e24f499502005f231d3d366f16a1fa417b179fcddf88ea of
   segtutor/widgets/score/counted.js
   segtutor/widgets/score/explorer.js
   segtutor/widgets/score/losses.js
   segtutor/widgets/score/panels.js
   segtutor/widgets/score/repairs.js
   segtutor/widgets/score/sent.js
   segtutor/widgets/score/table.js
   segtutor/widgets/score/tools.js
   segtutor/widgets/score/words.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/kinds.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/matched.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   tools/build_js.mjs
*/
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
  const parts = [];
  for (let at = FIRST_CHUNK; at + ABOUT_CHUNK <= png.length; ) {
    const length = view.getUint32(at), name = String.fromCharCode(...png.subarray(at + 4, at + ABOUT_CHUNK));
    if (name === "IDAT") parts.push(png.subarray(at + ABOUT_CHUNK, at + ABOUT_CHUNK + length));
    at += ABOUT_CHUNK + length + CHECKSUM;
  }
  return inflate(new Blob(parts)).then(
    (rows) => opaque(unfiltered(rows, height, width * CHANNELS[type], CHANNELS[type]), CHANNELS[type])
  );
}
function unfiltered(rows, height, line2, channels) {
  const out = new Uint8Array(height * line2), first = new Uint8Array(line2);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (line2 + 1)], stored = rows.subarray(y * (line2 + 1) + 1, (y + 1) * (line2 + 1));
    const row = out.subarray(y * line2, (y + 1) * line2), above = y ? out.subarray((y - 1) * line2, y * line2) : first;
    for (let i = 0; i < line2; i++) {
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
function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}
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

// segtutor/widgets/shared/kinds.js
var KINDS = { bare: 0, matched: 1, pale: 2, missed: 3, false: 4, ignored: 5, void: 6 };
var COLORS = [null, [0, 114, 178], [0, 114, 178], [230, 159, 0], [172, 70, 130], [120, 120, 120], [128, 128, 128]];
var SHARES = [0, 0.75, 0.3, 0.6, 0.6, 0.6, 0.45];
var pack = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var OVER = COLORS.map(
  (color, kind) => Uint32Array.from(
    { length: 256 },
    (_, grey) => color ? pack(...color.map((part) => Math.round((1 - SHARES[kind]) * grey + SHARES[kind] * part))) : pack(grey, grey, grey)
  )
);
var DARK = pack(20, 20, 20);
var WHITE = pack(255, 255, 255);
var MISSED = pack(...COLORS[3].map((part) => Math.round(0.35 * part)));
var FALSE = pack(...COLORS[4].map((part) => Math.round(0.25 * part + 0.75 * 255)));
var VOID_DARK = pack(25, 25, 25);
var FAR = 240;
var PATTERNS = [
  null,
  null,
  null,
  (x, y) => (x - y + FAR) % 10 < 3 ? MISSED : 0,
  (x, y) => (x - y + FAR) % 10 < 2 || (x + y) % 10 < 2 ? FALSE : 0,
  (x, y) => x % 8 < 3 && y % 8 < 3 ? WHITE : 0,
  (x, y) => (x + y) % 12 < 2 ? VOID_DARK : (x + y) % 12 < 4 ? WHITE : 0
];
var TILE = 120;
var TILES = PATTERNS.map(
  (pattern) => pattern && Uint32Array.from({ length: TILE * TILE }, (_, n) => pattern(n % TILE, Math.floor(n / TILE)))
);
function greyGround(image) {
  const ground = new Uint8Array(image.length / 4);
  for (let i = 0; i < ground.length; i++) {
    ground[i] = 0.6 * (0.299 * image[4 * i] + 0.587 * image[4 * i + 1] + 0.114 * image[4 * i + 2]) + 0.4 * 255;
  }
  return ground;
}
function paintKinds(out, scale, [H, W], ground, kinds, regions) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    const tileRow = y % TILE * TILE;
    for (let x = 0; x < W; x++, i++) {
      const kind = kinds[i], plain = OVER[kind][ground[i]], tile = TILES[kind];
      const left = x > 0 && regions[i - 1] !== regions[i], above = y > 0 && regions[i - W] !== regions[i];
      if (scale === 1) {
        out[i] = left || above ? DARK : tile === null ? plain : tile[tileRow + x % TILE] || plain;
        continue;
      }
      for (let row = y * scale, dy = 0; dy < scale; dy++, row++) {
        for (let column = x * scale, dx = 0; dx < scale; dx++, column++) {
          out[row * width + column] = left && dx === 0 || above && dy === 0 ? DARK : tile?.[row % TILE * TILE + column % TILE] || plain;
        }
      }
    }
  }
}
function paintRim(out, scale, [H, W], regions, id) {
  const width = W * scale, height = H * scale;
  let [top, bottom, left, right] = [H, -1, W, -1];
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      if (regions[i] !== id) continue;
      if (y < top) top = y;
      bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  const at = (x, y) => regions[Math.floor(y / scale) * W + Math.floor(x / scale)] === id;
  for (let y = top * scale; y < (bottom + 1) * scale; y++) {
    for (let x = left * scale; x < (right + 1) * scale; x++) {
      if (!at(x, y)) continue;
      for (const far of [1, 3, 4]) {
        const edge = x < far || y < far || x >= width - far || y >= height - far || !at(x - far, y) || !at(x + far, y) || !at(x, y - far) || !at(x, y + far);
        if (!edge) continue;
        out[y * width + x] = far === 3 ? DARK : WHITE;
        break;
      }
    }
  }
}
function swatch(kind) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height, canvas.className] = [26, 14, "segtutor-kind"];
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d"), pixels = context.createImageData(26, 14);
  const flat = new Uint8Array(26 * 14);
  paintKinds(new Uint32Array(pixels.data.buffer), 1, [14, 26], flat.slice().fill(230), flat.fill(kind), flat);
  context.putImageData(pixels, 0, 0);
  return canvas;
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
function lostQuality(found, classes) {
  const n = classes.filter(({ weight }) => weight > 0).length, P = found.predicted.length;
  const cost = (label, part) => part / classes[label].weight / n;
  const parts = found.true.filter(({ kind }) => kind === "matched").map(({ id, label, partner, iou }) => ({
    kind: "matched",
    segment: id,
    other: partner,
    iou,
    lost: cost(label, 1 - iou)
  }));
  const closest = (list, iou) => {
    let best = -1;
    for (let k = 0; k < list.length; k++) if (iou(k) > 0 && (best < 0 || iou(k) > iou(best))) best = k;
    return best < 0 ? { other: null, iou: 0 } : { other: list[best].id, iou: iou(best) };
  };
  found.true.forEach(({ id, label, kind }, t) => {
    if (kind === "missed")
      parts.push({
        kind,
        segment: id,
        ...closest(found.predicted, (p) => found.ious[t * P + p]),
        lost: cost(label, 0.5)
      });
  });
  found.predicted.forEach(({ id, label, kind }, p) => {
    if (kind === "false")
      parts.push({ kind, segment: id, ...closest(found.true, (t) => found.ious[t * P + p]), lost: cost(label, 0.5) });
  });
  return parts.sort((a, b) => b.lost - a.lost);
}

// segtutor/widgets/score/repairs.js
function repaired(prediction, truth, repairs, labelOf) {
  const state = { ids: prediction.ids.slice(), segments: new Map(prediction.segments) };
  for (const repair of repairs) apply(state, truth, repair, labelOf);
  return state;
}
function apply({ ids, segments }, truth, repair, labelOf) {
  const { do: kind, segment, other, truth: true_ } = repair;
  if ("segment" in repair && !segments.has(segment) || "other" in repair && !segments.has(other)) return;
  if ("truth" in repair && !truth.segments.has(true_)) return;
  const next = Math.max(0, ...segments.keys()) + 1;
  if (kind === "class") segments.set(segment, labelOf(repair.category_id));
  if (kind === "split") segments.set(next, segments.get(segment));
  if (kind === "add") segments.set(next, truth.segments.get(true_));
  const given = truth.ids, count = ids.length;
  if (kind === "remove") for (let i = 0; i < count; i++) ids[i] = ids[i] === segment ? 0 : ids[i];
  else if (kind === "mask")
    for (let i = 0; i < count; i++) ids[i] = given[i] === true_ ? segment : ids[i] === segment ? 0 : ids[i];
  else if (kind === "merge") for (let i = 0; i < count; i++) ids[i] = ids[i] === other ? segment : ids[i];
  else if (kind === "split")
    for (let i = 0; i < count; i++) ids[i] = ids[i] === segment && given[i] === true_ ? next : ids[i];
  else if (kind === "add") for (let i = 0; i < count; i++) ids[i] = given[i] === true_ ? next : ids[i];
  const present = new Uint8Array(next + 1);
  for (let i = 0; i < count; i++) present[ids[i]] = 1;
  for (const id of segments.keys()) if (!present[id]) segments.delete(id);
}

// segtutor/widgets/score/counted.js
var Counted = class {
  /** @param {Record<string, any>} sent see readSent */
  constructor(sent) {
    this.sent = sent;
    this.done = null;
    this.now = sent.prediction;
    this.startPq = null;
    this.found = null;
  }
  /** Takes the list of repairs: from the prediction as it is where only some were added. Says whether it changed. */
  take(repairs) {
    const { truth, prediction, classes, labelOf } = this.sent, { done } = this, keys = repairs.map((one) => JSON.stringify(one));
    const longer = done !== null && keys.length >= done.length && done.every((one, n) => one === keys[n]);
    if (longer && keys.length === done.length) return false;
    this.now = longer ? repaired(this.now, truth, repairs.slice(done.length), labelOf) : repaired(prediction, truth, repairs, labelOf);
    this.done = keys;
    this.found = matchSegments(this.now, truth);
    this.qualities = classQualities(this.found, classes.length);
    this.lost = lostQuality(this.found, this.qualities);
    return true;
  }
  /** Means over all classes, things and stuff. */
  means() {
    const { qualities } = this, { classes } = this.sent;
    return {
      all: meanQuality(qualities),
      things: meanQuality(qualities.filter((_, k) => classes[k].isthing)),
      stuff: meanQuality(qualities.filter((_, k) => !classes[k].isthing))
    };
  }
  /** By how much the repairs changed PQ, 0..1. */
  gain() {
    const { prediction, truth, classes } = this.sent;
    this.startPq ??= meanQuality(classQualities(matchSegments(prediction, truth), classes.length)).pq;
    return meanQuality(this.qualities).pq - this.startPq;
  }
  /** The segment of each side that belongs to what is selected: itself and its partner, or what overlaps it most. */
  together([side, id]) {
    const isTrue = side === "truth", one = (isTrue ? this.found.true : this.found.predicted).find((some) => some.id === id);
    if (!one) return { truth: 0, prediction: 0, one: null };
    const part = this.lost.find(({ kind, segment }) => segment === id && kind === (isTrue ? "missed" : "false")), other = one.partner || part?.other || 0;
    return isTrue ? { truth: id, prediction: other, one } : { truth: other, prediction: id, one };
  }
  /** Segments that cost nothing: predicted ones that are ignored, and crowds of the truth. */
  free() {
    return [
      ...this.found.predicted.filter(({ kind }) => kind === "ignored"),
      ...this.found.true.filter(({ kind }) => kind === "crowd")
    ];
  }
  /**
   * What each tool offers for a predicted segment, the likeliest first.
   * @returns {Record<string, [number, string][]>}
   */
  offers(segment) {
    const { found } = this, { names } = this.sent, p = found.predicted.findIndex(({ id }) => id === segment);
    if (p < 0) return {};
    const P = found.predicted.length, { label, area } = found.predicted[p];
    const beneath = found.true.map((one, t) => ({
      ...one,
      both: found.shared[(t + 1) * (P + 1) + p + 1],
      iou: found.ious[t * P + p]
    }));
    const best = beneath.slice().sort((a, b) => b.iou - a.iou), parts = beneath.filter(({ both }) => both > 0 && both < area).sort((a, b) => b.both - a.both), same = found.predicted.filter(({ id }) => id !== segment).sort((a, b) => Number(b.label === label) - Number(a.label === label));
    const title = (one) => [one.id, `${names[one.label]} ${one.id}`];
    return {
      mask: best.map(title),
      class: this._otherClasses(label, best[0]?.iou > 0 ? best[0].label : -1),
      merge: same.map(title),
      split: [...parts.slice(1), ...parts.slice(0, 1)].map(title)
      // the largest part stays the segment
    };
  }
  /** All classes but one, that of the likeliest true segment first. @returns {[number, string][]} */
  _otherClasses(mine, first) {
    const { classes, names } = this.sent;
    return classes.map(({ id }, k) => ({ id, name: names[k], k })).filter(({ k }) => k !== mine).sort((a, b) => Number(b.k === first) - Number(a.k === first)).map(({ id, name }) => [id, name]);
  }
};

// segtutor/widgets/score/words.js
var KINDS2 = {
  matched: trLater("matched"),
  missed: trLater("missed"),
  false: trLater("false"),
  ignored: trLater("ignored"),
  crowd: trLater("crowd")
};
var kindInWords = (kind) => tr(KINDS2[kind]);
var percent = (share) => `${(100 * share).toFixed(1)} %`;
var points = (share) => (100 * share).toFixed(1);
var titleInWords = (side, name, id) => side === "truth" ? tr("True {name} {id}", { name, id }) : tr("Predicted {name} {id}", { name, id });
var namedInWords = (side, name, id) => side === "truth" ? tr("true {name} {id}", { name, id }) : tr("predicted {name} {id}", { name, id });
var selectedInWords = (side, name, id) => tr("{segment} is selected.", { segment: titleInWords(side, name, id) });
function segmentInWords(side, id, found, classes, names) {
  const isTrue = side === "truth", [mine, others] = isTrue ? [found.true, found.predicted] : [found.predicted, found.true], position = mine.findIndex((one2) => one2.id === id);
  if (position < 0) return "";
  const one = mine[position], title = titleInWords(side, names[one.label], id), named = (other) => namedInWords(isTrue ? "prediction" : "truth", names[other.label], other.id);
  if (one.kind === "crowd")
    return tr("{segment} is a crowd: it is neither matched nor missed, and costs nothing.", { segment: title });
  if (one.kind === "ignored")
    return tr(
      "{segment} lies by more than half on void, or on a crowd of its class: it is ignored, and costs nothing.",
      { segment: title }
    );
  if (one.kind === "matched") {
    const match = others.find((other) => other.id === one.partner);
    const met = tr("{segment} and {other} match with IoU {iou}.", {
      segment: title,
      other: named(match),
      iou: percent(one.iou)
    });
    return `${met} ${costOfMatch(one, classes, names)}`;
  }
  const P = found.predicted.length, ious = others.map((_, k) => found.ious[isTrue ? position * P + k : k * P + position]);
  return `${unmatched(title, one, others, ious, named)} ${costOfMiss(one, classes, names)}`;
}
function weightOf({ label }, classes, names) {
  const { tp, fp, fn, weight } = classes[label], n = classes.filter((one) => one.weight > 0).length;
  return { n, values: { name: names[label], tp, fp, fn, weight } };
}
function costOfMatch(one, classes, names) {
  const { n, values } = weightOf(one, classes, names);
  return trCount(
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} class occurs: it costs (1 - IoU) / W / {n} = {points} points of PQ.",
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} classes occur: it costs (1 - IoU) / W / {n} = {points} points of PQ.",
    n,
    { ...values, points: points((1 - one.iou) / values.weight / n) }
  );
}
function costOfMiss(one, classes, names) {
  const { n, values } = weightOf(one, classes, names);
  return trCount(
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} class occurs: it costs 1/2 / W / {n} = {points} points of PQ.",
    "W = TP + FP / 2 + FN / 2 of {name} is {tp} + {fp} / 2 + {fn} / 2 = {weight}, and {n} classes occur: it costs 1/2 / W / {n} = {points} points of PQ.",
    n,
    { ...values, points: points(0.5 / values.weight / n) }
  );
}
function unmatched(segment, one, others, ious, named) {
  let best = 0;
  for (let k = 1; k < others.length; k++) if (ious[k] > ious[best]) best = k;
  const missed = one.kind === "missed";
  if (!others.length || !(ious[best] > 0))
    return missed ? tr("{segment} is missed: nothing is predicted there.", { segment }) : tr("{segment} is false: no segment of the truth is there.", { segment });
  const values = { other: named(others[best]), iou: percent(ious[best]) }, verdict = missed ? tr("{segment} is missed.", { segment }) : tr("{segment} is false.", { segment });
  if (others[best].kind === "crowd")
    return `${verdict} ${tr("It overlaps most with {other}, which is a crowd, IoU {iou}.", values)}`;
  if (others[best].label !== one.label)
    return `${verdict} ${tr("It overlaps most with {other}, of another class, IoU {iou}.", values)}`;
  return `${verdict} ${tr("It overlaps most with {other}, IoU {iou}, not more than 50 %.", values)}`;
}
function lineInWords(part, found, names) {
  const find = (list, id) => list.find((one) => one.id === id), named = ({ label, id }) => `${names[label]} ${id}`;
  const [mine, others] = part.kind === "false" ? [found.predicted, found.true] : [found.true, found.predicted];
  const segment = named(find(mine, part.segment)), other = part.other && find(others, part.other), iou = percent(part.iou);
  const text = part.kind === "matched" ? tr("{segment}: IoU {iou}", { segment, iou }) : other ? tr("{segment}: most on {other}, IoU {iou}", { segment, other: named(other), iou }) : tr("{segment}: nothing there", { segment });
  return { text, cost: points(part.lost) };
}
function repairInWords(repair, className, trueName) {
  const { do: kind, segment, truth, other } = repair;
  if (kind === "remove") return tr("segment {id} removed", { id: segment });
  if (kind === "mask") return tr("segment {id} got the mask of {other}", { id: segment, other: trueName(truth) });
  if (kind === "class") return tr("segment {id} called {name}", { id: segment, name: className(repair.category_id) });
  if (kind === "merge") return tr("segment {other} merged into {id}", { id: segment, other });
  if (kind === "split") return tr("segment {id} split along {other}", { id: segment, other: trueName(truth) });
  return tr("{segment} predicted", { segment: trueName(truth) });
}
function scoreInWords(pq, gain, repairs) {
  if (Number.isNaN(pq)) return tr("Nothing to count");
  if (!repairs) return tr("PQ of this picture: {pq}", { pq: percent(pq) });
  return trCount(
    "PQ of this picture: {pq} ({gain} points after {n} repair)",
    "PQ of this picture: {pq} ({gain} points after {n} repairs)",
    repairs,
    { pq: percent(pq), gain: `${gain < 0 ? "−" : "+"}${points(Math.abs(gain))}` }
  );
}

// segtutor/widgets/score/losses.js
var LossList = class {
  /** @param {{signal: AbortSignal, onPick: (side: string, id: number) => void}} acts */
  constructor({ signal, onPick }) {
    this.signal = signal;
    this.onPick = onPick;
    this.rows = [];
    this.node = element(
      "div",
      { class: "segtutor-scroll segtutor-losses", role: "group", "aria-label": tr("What was lost, the most first") },
      element(
        "div",
        { class: "segtutor-lost segtutor-head", "aria-hidden": "true" },
        element("span", {}, tr("what was lost, the most first")),
        element("span", {}, tr("points of PQ"))
      )
    );
  }
  /** @param {{kind: string, text: string, cost: string, pick: [string, number]}[]} lines @param {(pick: [string, number]) => boolean} isPicked */
  show(lines, isPicked) {
    while (this.rows.length < lines.length) this._make();
    this.rows.forEach((row, n) => {
      row.button.hidden = n >= lines.length;
      if (row.button.hidden) return;
      const { kind, text, cost, pick } = lines[n];
      row.pick = pick;
      if (row.shown !== kind) row.icon.replaceChildren(row.icons[row.shown = kind] ??= swatch(KINDS[kind]));
      setText(row.kind, `${kindInWords(kind)}: `);
      setText(row.text, text);
      setText(row.cost, cost);
      row.button.setAttribute("aria-pressed", String(isPicked(pick)));
    });
  }
  _make() {
    const icon = element("span", { class: "segtutor-icon" }), kind = element("span", { class: "segtutor-hidden" }), text = element("span"), cost = element("span"), { signal } = this;
    const button2 = ownKeys(
      element("button", { type: "button", class: "segtutor-lost", "aria-pressed": "false" }, icon, kind, text, cost),
      signal
    );
    const row = { button: button2, icon, kind, text, cost, pick: null, shown: null, icons: {} };
    button2.addEventListener("click", () => this.onPick(row.pick[0], row.pick[1]), { signal });
    button2.addEventListener("keydown", (event) => this._walk(event, row), { signal });
    this.rows.push(row);
    this.node.append(button2);
  }
  /** Arrow keys walk through the list. */
  _walk(event, row) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    this.rows[this.rows.indexOf(row) + step]?.button.focus();
    event.preventDefault();
  }
};

// segtutor/widgets/shared/draw.js
var light = new Uint32Array(0);
var region = new Uint8Array(0);
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

// segtutor/widgets/score/panels.js
var SIDES = { truth: trLater("truth"), prediction: trLater("prediction") };
var MEANINGS = {
  matched: trLater("{n} matched, pale where the other differs"),
  missed: trLater("{n} missed"),
  false: trLater("{n} false"),
  ignored: trLater("{n} ignored: crowd, or mostly void"),
  void: trLater("{n} void of the truth: counts nowhere"),
  bare: trLater("{n} nothing predicted")
};
function lookup(list) {
  const kinds = new Uint8Array(1 + Math.max(0, ...list.map(({ id }) => id))), partners = new Int32Array(kinds.length);
  for (const { id, kind, partner } of list)
    [kinds[id], partners[id]] = [KINDS[kind === "crowd" ? "ignored" : kind], partner];
  return { kinds, partners };
}
var ScorePanels = class {
  /** actions: {signal, onPoint(side, number | 0), onPick(side, number | 0)} */
  constructor(size, { signal, onPoint, onPick }) {
    const [H, W] = size;
    this.size = size;
    this.scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
    this.kinds = new Uint8Array(H * W);
    this.panels = Object.fromEntries(
      Object.keys(SIDES).map((side) => [side, this._panel(side, signal, onPoint, onPick)])
    );
    this.counts = Object.fromEntries(Object.keys(MEANINGS).map((kind) => [kind, element("span")]));
    const legend = element(
      "ul",
      { class: "segtutor-kinds" },
      ...Object.entries(this.counts).map(([kind, text]) => element("li", {}, swatch(KINDS[kind]), text))
    );
    this.node = element(
      "div",
      {},
      element("div", { class: "segtutor-panels" }, ...Object.keys(SIDES).map((side) => this.panels[side].node)),
      legend
    );
  }
  _panel(side, signal, onPoint, onPick) {
    const [H, W] = this.size, { scale } = this;
    const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    canvas.style.width = `${W * scale}px`;
    const context = canvas.getContext("2d"), pixels = context.createImageData(W * scale, H * scale);
    const out = new Uint32Array(pixels.data.buffer), panel = { canvas, context, pixels, out, plain: out.slice(), ids: null };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor((event.clientX - box.left) / box.width * W), y = Math.floor((event.clientY - box.top) / box.height * H);
      return panel.ids && x >= 0 && y >= 0 && x < W && y < H ? panel.ids[y * W + x] : 0;
    };
    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && onPoint(side, at(event)), {
      signal
    });
    canvas.addEventListener("pointerleave", () => onPoint(side, 0), { signal });
    canvas.addEventListener("click", (event) => onPick(side, at(event)), { signal });
    panel.node = element("figure", { class: "segtutor-panel" }, element("figcaption", {}, tr(SIDES[side])), canvas);
    return panel;
  }
  /** Paints both sides anew. truth, prediction: {ids, segments}; found: matchSegments' answer; names: of all classes. */
  paint(ground, truth, prediction, found, names) {
    const sides = { truth: lookup(found.true), prediction: lookup(found.predicted) }, known = truth.ids, out = this.kinds;
    for (const [side, here, there] of [
      ["truth", truth, prediction],
      ["prediction", prediction, truth]
    ]) {
      const panel = this.panels[side], { kinds, partners } = sides[side], { ids } = here, others = there.ids;
      for (let i = 0; i < out.length; i++) {
        const id = ids[i], kind = kinds[id];
        out[i] = known[i] === 0 ? KINDS.void : kind === KINDS.matched && others[i] !== partners[id] ? KINDS.pale : kind;
      }
      const same = panel.ids === ids;
      panel.ids = ids;
      paintKinds(panel.plain, this.scale, this.size, ground, out, ids);
      const numbers = [...here.segments.keys()], most = Math.max(0, ...numbers), titles = new Array(most + 1).fill("");
      for (const [id, label] of here.segments) titles[id] = `${names[label]} ${id}`;
      panel.titles = titles;
      if (!same) panel.places = labelPlaces(here.ids, this.size, most);
    }
  }
  /** Says how much there is of each kind, in the legend and to those who do not see the pictures. */
  describe(truth, prediction, found) {
    let voids = 0, bare = 0;
    for (let i = 0; i < truth.ids.length; i++) {
      if (truth.ids[i] === 0) voids++;
      else if (prediction.ids[i] === 0) bare++;
    }
    const count = (list, kind) => list.filter((one) => one.kind === kind).length, share = (n) => `${(100 * n / truth.ids.length).toFixed(1)} %`;
    const numbers = {
      matched: count(found.true, "matched"),
      missed: count(found.true, "missed"),
      false: count(found.predicted, "false"),
      ignored: count(found.true, "crowd") + count(found.predicted, "ignored"),
      void: share(voids),
      bare: share(bare)
    };
    for (const [kind, node] of Object.entries(this.counts)) setText(node, tr(MEANINGS[kind], { n: numbers[kind] }));
    const { matched, missed } = numbers;
    this.panels.truth.canvas.setAttribute(
      "aria-label",
      tr("The truth: {matched} matched, {missed} missed, {crowds} crowd.", {
        matched,
        missed,
        crowds: count(found.true, "crowd")
      })
    );
    this.panels.prediction.canvas.setAttribute(
      "aria-label",
      tr("The prediction: {matched} matched, {wrong} false, {ignored} ignored.", {
        matched: count(found.predicted, "matched"),
        wrong: numbers.false,
        ignored: count(found.predicted, "ignored")
      })
    );
  }
  /** Shows what was painted, with a rim around a segment of each side (0 = none) and the names. */
  show(rimmed) {
    for (const side of Object.keys(SIDES)) {
      const { out, plain, pixels, context, ids, places, titles, canvas } = this.panels[side], id = rimmed[side];
      out.set(plain);
      if (id) paintRim(out, this.scale, this.size, ids, id);
      context.putImageData(pixels, 0, 0);
      writeNames(context, this.scale, canvas.width > 300 ? 1 : 0.8, places, titles);
    }
  }
};

// segtutor/widgets/score/sent.js
function readSent(model) {
  const side = (name) => {
    const list = model.get(`${name}_segments`);
    return {
      ids: Int32Array.from(new Uint16Array(bytesOf(model.get(`${name}_ids`)).buffer)),
      list,
      segments: new Map(list.map(({ label }, n) => [n + 1, label]))
    };
  };
  const truth = side("truth"), classes = model.get("classes");
  return {
    truth: { ...truth, crowds: new Set(truth.list.flatMap(({ iscrowd }, n) => iscrowd ? [n + 1] : [])) },
    prediction: side("predicted"),
    classes,
    names: classes.map(({ name }) => tr(name)),
    labelOf: (categoryId) => classes.findIndex(({ id }) => id === categoryId),
    size: model.get("size")
  };
}

// segtutor/widgets/score/table.js
var HEADS = [
  ["PQ", trLater("panoptic quality")],
  ["=", null],
  ["SQ", trLater("segmentation quality: mean IoU of the matches")],
  ["×", null],
  ["RQ", trLater("recognition quality: F1 of the matches")],
  ["TP", trLater("segments matched")],
  ["FP", trLater("false segments")],
  ["FN", trLater("missed segments")]
];
var ScoreTable = class {
  /** @param {string[]} names of the classes */
  constructor(names) {
    this.means = { all: line(tr("mean of all")), things: line(tr("things")), stuff: line(tr("stuff")) };
    this.ofClass = names.map(line);
    const heads = HEADS.map(([text, title]) => element("th", { scope: "col", title: title && tr(title) }, text));
    this.node = element(
      "table",
      { class: "segtutor-quality" },
      element("caption", {}, tr("In percent. PQ = SQ × RQ holds for each class; above them stand means.")),
      element("thead", {}, element("tr", {}, element("td"), ...heads)),
      element("tbody", {}, ...Object.values(this.means).map(({ node }) => node)),
      element("tbody", {}, ...this.ofClass.map(({ node }) => node))
    );
  }
  /** @param {Record<string, any>} means of all, things and stuff @param {Record<string, any>[]} qualities of the classes */
  show(means, qualities) {
    for (const [name, one] of Object.entries(this.means)) write(one, means[name], false);
    this.ofClass.forEach((one, k) => {
      one.node.hidden = !(qualities[k].weight > 0);
      if (!one.node.hidden) write(one, qualities[k], true);
    });
  }
};
function line(name) {
  const cells = HEADS.map(() => element("td"));
  return { cells, node: element("tr", {}, element("th", { scope: "row" }, name), ...cells) };
}
function write({ cells }, { pq, sq, rq, tp, fp, fn }, product) {
  const percent2 = (value) => Number.isNaN(value) ? "–" : (100 * value).toFixed(1), [equals, times] = product ? ["=", "×"] : ["", ""];
  const texts = [percent2(pq), equals, percent2(sq), times, percent2(rq), String(tp), String(fp), String(fn)];
  texts.forEach((text, n) => setText(cells[n], text));
}

// segtutor/widgets/score/tools.js
var RepairTools = class {
  /** actions: {signal, onRepair(repair), onUndo(), onRestart()} */
  constructor({ signal, onRepair, onUndo, onRestart }) {
    this.onRepair = onRepair;
    const run = (kind, field) => () => this._run(kind, field);
    this.add = button(tr("Predict it"), run("add"), signal);
    this.remove = button(tr("Remove it"), run("remove"), signal);
    this.undo = button(tr("Undo"), onUndo, signal);
    this.restart = button(tr("Start again"), onRestart, signal);
    const tool = (kind, field, text, label) => {
      const select = ownKeys(element("select", { "aria-label": label }), signal);
      const act = button(text, run(kind, field), signal);
      return { select, act, node: element("div", { class: "segtutor-tool" }, act, select), key: null };
    };
    this.tools = {
      mask: tool("mask", "truth", tr("Give it the mask of"), tr("true segment whose mask it gets")),
      class: tool("class", "category_id", tr("Call it"), tr("class that it gets")),
      merge: tool("merge", "other", tr("Merge into it"), tr("predicted segment that is merged into it")),
      split: tool("split", "truth", tr("Split off what lies on"), tr("true segment along which it is split"))
    };
    this.title = element("p", { class: "segtutor-say" });
    this.done = element("p", { class: "segtutor-done" });
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("Repairs") },
      this.title,
      element("div", { class: "segtutor-buttons" }, this.add, this.remove),
      ...Object.values(this.tools).map(({ node }) => node),
      element("div", { class: "segtutor-buttons" }, this.undo, this.restart),
      this.done
    );
    this.target = {};
    this.had = null;
  }
  _run(kind, field) {
    const { segment, truth } = this.target, had = (
      /** @type {HTMLElement | null} */
      document.activeElement
    );
    const repair = {
      do: kind,
      ...kind === "add" ? { truth } : { segment },
      ...field ? { [field]: Number(this.tools[kind].select.value) } : {}
    };
    this.onRepair(repair);
    this.had = this.node.contains(had) ? had : null;
  }
  /**
   * @param {{segment: number | null, truth: number | null, title: string}} target the predicted segment that is repaired,
   *   the true one that may be predicted
   * @param {Record<string, [number, string][]>} offers for each tool the choices, the likeliest first
   * @param {string} done what was done so far
   */
  show(target, offers, done) {
    this.target = target;
    setText(this.title, target.title);
    this.add.hidden = target.truth === null;
    this.remove.hidden = target.segment === null;
    for (const [kind, one] of Object.entries(this.tools)) {
      const choices = target.segment === null ? [] : offers[kind];
      one.node.hidden = choices.length === 0;
      const key = JSON.stringify([target.segment, choices]);
      if (key === one.key) continue;
      one.key = key;
      one.select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
    }
    this.undo.disabled = this.restart.disabled = done === "";
    setText(this.done, done);
    if (this.had && !this.had.offsetParent) this.undo.focus();
    this.had = null;
  }
};

// segtutor/widgets/score/explorer.js
var NOTHING = { truth: 0, prediction: 0, one: null };
var ScoreView = class {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.sent = readSent(model);
    this.counted = new Counted(this.sent);
    this.ground = null;
    this.pointed = null;
    this.drawn = { found: null, pair: "" };
    this.told = null;
    this.frame = frameScheduler(() => this._draw());
    this.words = frameScheduler(() => this._write());
    this.announce = whenQuiet(() => this._announce(), 700);
    this._makeParts();
    this._makePage(el);
    life.on(["repairs", "selected"], this.frame.request);
    this._load();
    this._write();
    life.also(this.frame, this.words, this.announce);
  }
  // ---- the page
  _makeParts() {
    const { model, signal, sent } = this, onPick = (side, id) => this._pick(side, id);
    this.panels = new ScorePanels(sent.size, { signal, onPick, onPoint: (side, id) => this._point(side, id) });
    this.tools = new RepairTools({
      signal,
      onRepair: (repair) => this._tell({ repairs: [...model.get("repairs"), repair] }),
      onUndo: () => this._tell({ repairs: model.get("repairs").slice(0, -1) }),
      onRestart: () => this._tell({ repairs: [] })
    });
    this.table = new ScoreTable(sent.names);
    this.list = new LossList({ signal, onPick });
  }
  _makePage(el) {
    this.summary = element("p", { class: "segtutor-summary" });
    this.detail = element("p", { class: "segtutor-detail" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    el.append(
      element(
        "div",
        { class: "segtutor-widget segtutor-score-explorer" },
        element("div", { class: "segtutor-left" }, this.panels.node, this.detail, this.tools.node),
        element("div", { class: "segtutor-right" }, this.summary, this.table.node, this.list.node),
        this.spoken
      )
    );
  }
  async _load() {
    const { model, sent, signal } = this, image = await decodePicture(bytesOf(model.get("picture")), sent.size);
    if (signal.aborted) return;
    this.ground = greyGround(image);
    this.frame.request();
  }
  // ---- what the learner does
  _tell(changes) {
    this.turns.tell(changes);
    this.frame.request();
  }
  _isPicked([side, id]) {
    const selected = this.model.get("selected");
    return selected?.[0] === side && selected[1] === id;
  }
  /** A click selects a segment; a second one, or one where there is none, lets go. */
  _pick(side, id) {
    this._tell({ selected: !id || this._isPicked([side, id]) ? null : [side, id] });
  }
  _point(side, id) {
    const next = id ? [side, id] : null;
    if (String(next) === String(this.pointed)) return;
    this.pointed = next;
    this.frame.request();
  }
  // ---- one frame: the pictures, before anything is written, since text on a canvas waits for pending styles
  _draw() {
    const { counted, sent, panels, drawn } = this;
    counted.take(this.model.get("repairs"));
    this.words.request();
    if (!this.ground) return;
    const { found, now } = counted, rimmed = this._selectedPair(), pair = `${rimmed.truth} ${rimmed.prediction}`, changed = drawn.found !== found;
    if (changed) panels.paint(this.ground, sent.truth, now, found, sent.names);
    if (changed || drawn.pair !== pair) panels.show(rimmed);
    this.drawn = { found, pair };
  }
  /** What is selected, with what belongs to it on the other side. */
  _selectedPair() {
    const selected = this.model.get("selected");
    return selected ? this.counted.together(selected) : NOTHING;
  }
  // ---- the next one: table, lists, tools and texts
  _write() {
    const { counted } = this;
    const changed = counted.take(this.model.get("repairs")) || this.told !== counted.found;
    this.told = counted.found;
    if (changed) this._writeScore();
    this.list.show(this._lossLines(), (pick) => this._isPicked(pick));
    this._writeDetail();
    this._showTools();
    this.announce.request();
  }
  /** What repairs change: the counts, the table, PQ. */
  _writeScore() {
    const { counted, sent } = this, means = counted.means();
    this.panels.describe(sent.truth, counted.now, counted.found);
    this.table.show(means, counted.qualities);
    setText(this.summary, scoreInWords(means.all.pq, counted.gain(), this.model.get("repairs").length));
  }
  /** A line for each segment that cost something, then those that cost nothing. */
  _lossLines() {
    const { counted, sent } = this;
    const pickOf = ({ kind, segment, other }) => kind === "matched" ? ["prediction", other] : [kind === "missed" ? "truth" : "prediction", segment];
    const costly = counted.lost.map((part) => ({
      kind: part.kind,
      ...lineInWords(part, counted.found, sent.names),
      pick: pickOf(part)
    }));
    const free = counted.free().map(({ id, label, kind }) => {
      const segment = `${sent.names[label]} ${id}`, isCrowd = kind === "crowd";
      return {
        kind: "ignored",
        text: isCrowd ? tr("{segment}, a crowd", { segment }) : segment,
        cost: "0.0",
        pick: (
          /** @type {[string, number]} */
          [isCrowd ? "truth" : "prediction", id]
        )
      };
    });
    return [...costly, ...free];
  }
  /** Why the segment that is meant counts as it does. */
  _writeDetail() {
    const { counted, sent } = this, meant = this.pointed ?? this.model.get("selected");
    setText(
      this.detail,
      meant && segmentInWords(meant[0], meant[1], counted.found, counted.qualities, sent.names) || tr("Point at a segment to learn what it costs; click or tap it to repair it.")
    );
  }
  /** The tools for what is selected: a predicted segment is repaired, a missed one may be predicted. */
  _showTools() {
    const { counted, sent } = this, { names, truth } = sent, selected = this.model.get("selected"), pair = this._selectedPair();
    const missed = pair.one && selected[0] === "truth" && pair.one.kind !== "matched", segment = pair.one && !missed && pair.prediction ? pair.prediction : null;
    let title = tr("Nothing is selected.");
    if (segment) title = selectedInWords("prediction", names[counted.now.segments.get(segment)], segment);
    else if (missed) title = selectedInWords("truth", names[pair.one.label], selected[1]);
    const className = (categoryId) => names[sent.labelOf(categoryId)] ?? "", trueName = (id) => namedInWords("truth", names[truth.segments.get(id)], id), done = this.model.get("repairs").map((one) => repairInWords(one, className, trueName));
    this.tools.show(
      { segment, truth: missed ? selected[1] : null, title },
      segment ? counted.offers(segment) : {},
      done.join("; ")
    );
  }
  _announce() {
    const detail = this.model.get("selected") ? this.detail.textContent : "";
    setText(this.spoken, `${this.summary.textContent}. ${detail}`);
  }
};
var explorer_default = { render: living((context) => void new ScoreView(context)) };
export {
  explorer_default as default
};
