/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 fa64f77affd7c3486f28c4f45b4b444b9655094c65e1f4e4ef1f4084905d6a43 of
   segtutor/widgets/score/explorer.js
   segtutor/widgets/score/panels.js
   segtutor/widgets/score/repairs.js
   segtutor/widgets/score/tools.js
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
var SIDES = ["truth", "prediction"];
var MEANINGS = {
  matched: "matched, pale where the other differs",
  missed: "missed",
  false: "false",
  ignored: "ignored: crowd, or mostly void",
  void: "void of the truth: counts nowhere",
  bare: "nothing predicted"
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
    this.panels = Object.fromEntries(SIDES.map((side) => [side, this._panel(side, signal, onPoint, onPick)]));
    this.counts = Object.fromEntries(Object.keys(MEANINGS).map((kind) => [kind, element("span")]));
    const legend = element(
      "ul",
      { class: "segtutor-kinds" },
      ...Object.entries(this.counts).map(([kind, text]) => element("li", {}, swatch(KINDS[kind]), text))
    );
    this.node = element(
      "div",
      {},
      element("div", { class: "segtutor-panels" }, ...SIDES.map((side) => this.panels[side].node)),
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
    panel.node = element("figure", { class: "segtutor-panel" }, element("figcaption", {}, side), canvas);
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
    for (const [kind, node] of Object.entries(this.counts)) setText(node, `${numbers[kind]} ${MEANINGS[kind]}`);
    const told = (list, kinds) => kinds.map((kind) => `${count(list, kind)} ${kind}`).join(", ");
    this.panels.truth.canvas.setAttribute(
      "aria-label",
      `The truth: ${told(found.true, ["matched", "missed", "crowd"])}.`
    );
    this.panels.prediction.canvas.setAttribute(
      "aria-label",
      `The prediction: ${told(found.predicted, ["matched", "false", "ignored"])}.`
    );
  }
  /** Shows what was painted, with a rim around a segment of each side (0 = none) and the names. */
  show(rimmed) {
    for (const side of SIDES) {
      const { out, plain, pixels, context, ids, places, titles, canvas } = this.panels[side], id = rimmed[side];
      out.set(plain);
      if (id) paintRim(out, this.scale, this.size, ids, id);
      context.putImageData(pixels, 0, 0);
      writeNames(context, this.scale, canvas.width > 300 ? 1 : 0.8, places, titles);
    }
  }
};

// segtutor/widgets/score/tools.js
var RepairTools = class {
  /** actions: {signal, onRepair(repair), onUndo(), onRestart()} */
  constructor({ signal, onRepair, onUndo, onRestart }) {
    this.onRepair = onRepair;
    const button = (text, action) => {
      const node = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, text), signal);
      node.addEventListener("click", action, { signal });
      return node;
    };
    const run = (kind, field) => () => this._run(kind, field);
    this.add = button("Predict it", run("add"));
    this.remove = button("Remove it", run("remove"));
    this.undo = button("Undo", onUndo);
    this.restart = button("Start again", onRestart);
    const tool = (kind, field, text, label) => {
      const select = ownKeys(element("select", { "aria-label": label }), signal);
      const act = button(text, run(kind, field));
      return { select, act, node: element("div", { class: "segtutor-tool" }, act, select), key: null };
    };
    this.tools = {
      mask: tool("mask", "truth", "Give it the mask of", "true segment whose mask it gets"),
      class: tool("class", "category_id", "Call it", "class that it gets"),
      merge: tool("merge", "other", "Merge into it", "predicted segment that is merged into it"),
      split: tool("split", "truth", "Split off what lies on", "true segment along which it is split")
    };
    this.title = element("p", { class: "segtutor-say" });
    this.done = element("p", { class: "segtutor-done" });
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": "Repairs" },
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

// segtutor/widgets/score/explorer.js
function readModel(model) {
  const side = (name) => {
    const list = model.get(`${name}_segments`);
    return {
      ids: Int32Array.from(new Uint16Array(bytesOf(model.get(`${name}_ids`)).buffer)),
      list,
      segments: new Map(list.map(({ label }, n) => [n + 1, label]))
    };
  };
  const truth = side("truth");
  truth.crowds = new Set(truth.list.flatMap(({ iscrowd }, n) => iscrowd ? [n + 1] : []));
  return { truth, prediction: side("predicted"), classes: model.get("classes"), size: model.get("size") };
}
function scoreTable(classes) {
  const heads = [
    ["PQ", "panoptic quality"],
    ["=", ""],
    ["SQ", "segmentation quality: mean IoU of the matches"],
    ["×", ""],
    ["RQ", "recognition quality: F1 of the matches"],
    ["TP", "segments matched"],
    ["FP", "false segments"],
    ["FN", "missed segments"]
  ];
  const line = (name) => {
    const cells = heads.map(() => element("td"));
    return { cells, node: element("tr", {}, element("th", { scope: "row" }, name), ...cells) };
  };
  const lines = { all: line("mean of all"), things: line("things"), stuff: line("stuff") };
  const ofClass = classes.map(({ name }) => line(name));
  const node = element(
    "table",
    { class: "segtutor-quality" },
    element("caption", {}, "In percent. PQ = SQ × RQ holds for each class; above them stand means."),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td"),
        ...heads.map(([text, title]) => element("th", { scope: "col", title: title || null }, text))
      )
    ),
    element("tbody", {}, ...Object.values(lines).map((one) => one.node)),
    element("tbody", {}, ...ofClass.map((one) => one.node))
  );
  const write = ({ cells }, { pq, sq, rq, tp, fp, fn }, product) => [pq, product ? "=" : "", sq, product ? "×" : "", rq, tp, fp, fn].forEach(
    (value, n) => setText(
      cells[n],
      n > 4 || typeof value === "string" ? String(value) : Number.isNaN(value) ? "–" : (100 * value).toFixed(1)
    )
  );
  return {
    node,
    show: (means, qualities) => {
      for (const [name, one] of Object.entries(lines)) write(one, means[name], false);
      ofClass.forEach((one, k) => {
        one.node.hidden = !(qualities[k].weight > 0);
        if (!one.node.hidden) write(one, qualities[k], true);
      });
    }
  };
}
function lossList(signal, onPick) {
  const node = element(
    "div",
    { class: "segtutor-scroll segtutor-losses", role: "group", "aria-label": "What was lost, the most first" },
    element(
      "div",
      { class: "segtutor-lost segtutor-head", "aria-hidden": "true" },
      element("span", {}, "what was lost, the most first"),
      element("span", {}, "points of PQ")
    )
  );
  const rows = [];
  const make = () => {
    const icon = element("span", { class: "segtutor-icon" }), kind = element("span", { class: "segtutor-hidden" }), text = element("span"), cost = element("span");
    const button = ownKeys(
      element("button", { type: "button", class: "segtutor-lost", "aria-pressed": "false" }, icon, kind, text, cost),
      signal
    );
    const row = { button, icon, kind, text, cost, pick: null, shown: null, icons: {} };
    button.addEventListener("click", () => onPick(...row.pick), { signal });
    button.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step) return;
        rows[rows.indexOf(row) + step]?.button.focus();
        event.preventDefault();
      },
      { signal }
    );
    rows.push(row);
    node.append(button);
  };
  return {
    node,
    show: (lines, isPicked) => {
      while (rows.length < lines.length) make();
      rows.forEach((row, n) => {
        row.button.hidden = n >= lines.length;
        if (row.button.hidden) return;
        const { kind, text, cost, pick } = lines[n];
        row.pick = pick;
        if (row.shown !== kind) row.icon.replaceChildren(row.icons[row.shown = kind] ??= swatch(KINDS[kind]));
        setText(row.kind, `${kind}: `);
        setText(row.text, text);
        setText(row.cost, cost);
        row.button.setAttribute("aria-pressed", String(isPicked(pick)));
      });
    }
  };
}
function render({ model, el, life }) {
  const { signal } = life, turns = new Turns(model);
  const { truth, prediction, classes, size } = readModel(model), names = classes.map(({ name }) => name);
  const labelOf = (categoryId) => classes.findIndex(({ id }) => id === categoryId);
  const nameOf = (categoryId) => names[labelOf(categoryId)] ?? "";
  const trueName = (id) => `true ${names[truth.segments.get(id)]} ${id}`;
  let ground = null, pointed = null, done = null, now = null, found = null, qualities = null, lost = null, startPq = null, drawn = null, said = null;
  const tell = (changes) => {
    turns.tell(changes);
    frame.request();
  };
  const isPicked = ([side, id]) => model.get("selected")?.[0] === side && model.get("selected")[1] === id;
  const pick = (side, id) => tell({ selected: !id || isPicked([side, id]) ? null : [side, id] });
  const panels = new ScorePanels(size, {
    signal,
    onPick: pick,
    onPoint: (side, id) => {
      const next = id ? `${side} ${id}` : "";
      if (next === (pointed ? pointed.join(" ") : "")) return;
      pointed = id ? [side, id] : null;
      frame.request();
    }
  });
  const tools = new RepairTools({
    signal,
    onRepair: (repair2) => tell({ repairs: [...model.get("repairs"), repair2] }),
    onUndo: () => tell({ repairs: model.get("repairs").slice(0, -1) }),
    onRestart: () => tell({ repairs: [] })
  });
  const table = scoreTable(classes), list = lossList(signal, pick);
  const summary = element("p", { class: "segtutor-summary" }), detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-score-explorer" },
      element("div", { class: "segtutor-left" }, panels.node, detail, tools.node),
      element("div", { class: "segtutor-right" }, summary, table.node, list.node),
      spoken
    )
  );
  function repair() {
    const repairs = model.get("repairs"), keys = repairs.map((one) => JSON.stringify(one));
    const longer = done && keys.length >= done.length && done.every((one, n) => one === keys[n]);
    if (longer && keys.length === done.length) return false;
    now = repaired(longer ? now : prediction, truth, longer ? repairs.slice(done.length) : repairs, labelOf);
    done = keys;
    found = matchSegments(now, truth);
    qualities = classQualities(found, classes.length);
    lost = lostQuality(found, qualities);
    return true;
  }
  function together([side, id]) {
    const mine = side === "truth" ? found.true : found.predicted, one = mine.find((some) => some.id === id);
    if (!one) return { truth: 0, prediction: 0, one: null };
    const part = lost.find(({ kind, segment }) => segment === id && kind === (side === "truth" ? "missed" : "false"));
    const other = one.partner || part?.other || 0;
    return { [side]: id, [side === "truth" ? "prediction" : "truth"]: other, one };
  }
  function offers(segment) {
    const P = found.predicted.length, p = found.predicted.findIndex(({ id }) => id === segment);
    if (p < 0) return {};
    const beneath = found.true.map((one, t) => ({
      ...one,
      both: found.shared[(t + 1) * (P + 1) + p + 1],
      iou: found.ious[t * P + p]
    }));
    const title = ({ id, label }) => [id, `${names[label]} ${id}`], best = beneath.slice().sort((a, b) => b.iou - a.iou);
    const parts = beneath.filter(({ both }) => both > 0 && both < found.predicted[p].area).sort((a, b) => b.both - a.both);
    const first = best[0]?.iou > 0 ? best[0].label : -1, mine = found.predicted[p].label;
    const others = classes.map(({ id, name }, k) => [id, name, k]).filter(([, , k]) => k !== mine).sort((a, b) => Number(b[2] === first) - Number(a[2] === first));
    const same = found.predicted.filter(({ id }) => id !== segment).sort((a, b) => Number(b.label === mine) - Number(a.label === mine));
    return {
      mask: best.map(title),
      class: others.map(([id, name]) => [id, name]),
      merge: same.map(title),
      split: [...parts.slice(1), ...parts.slice(0, 1)].map(title)
    };
  }
  function update() {
    repair();
    words.request();
    if (!ground) return;
    const selected = model.get("selected"), pair = selected ? together(selected) : { truth: 0, prediction: 0 };
    const key = `${pair.truth} ${pair.prediction}`, changed = drawn?.found !== found;
    if (changed) panels.paint(ground, truth, now, found, names);
    if (changed || drawn.key !== key) panels.show(pair);
    drawn = { found, key };
  }
  function write() {
    const changed = repair() || said !== found, all = meanQuality(qualities), selected = model.get("selected");
    said = found;
    startPq ??= meanQuality(classQualities(matchSegments(prediction, truth), classes.length)).pq;
    const pair = selected ? together(selected) : { truth: 0, prediction: 0, one: null };
    if (changed) {
      panels.describe(truth, now, found);
      table.show(
        {
          all,
          things: meanQuality(qualities.filter((_, k) => classes[k].isthing)),
          stuff: meanQuality(qualities.filter((_, k) => !classes[k].isthing))
        },
        qualities
      );
      const gain = 100 * (all.pq - startPq), repairs = model.get("repairs").length;
      setText(
        summary,
        Number.isNaN(all.pq) ? "Nothing to count" : `PQ of this picture: ${percent(all.pq)}${repairs ? ` (${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(1)} points after ${repairs} ${repairs === 1 ? "repair" : "repairs"})` : ""}`
      );
    }
    const free = [
      ...found.predicted.filter(({ kind }) => kind === "ignored"),
      ...found.true.filter(({ kind }) => kind === "crowd")
    ];
    list.show(
      [
        ...lost.map((part) => ({
          kind: part.kind,
          ...lineInWords(part, found, names),
          pick: part.kind === "matched" ? ["prediction", part.other] : [part.kind === "missed" ? "truth" : "prediction", part.segment]
        })),
        ...free.map(({ id, label, kind }) => ({
          kind: "ignored",
          text: `${names[label]} ${id}${kind === "crowd" ? ", a crowd" : ""}`,
          cost: "0.0",
          pick: [kind === "crowd" ? "truth" : "prediction", id]
        }))
      ],
      isPicked
    );
    const told = pointed ?? selected;
    setText(
      detail,
      told && segmentInWords(told[0], told[1], found, qualities, names) || "Point at a segment to learn what it costs; click or tap it to repair it."
    );
    const missed = pair.one && selected[0] === "truth" && pair.one.kind !== "matched";
    const segment = pair.one && !missed && pair.prediction ? pair.prediction : null;
    tools.show(
      {
        segment,
        truth: missed ? selected[1] : null,
        title: segment ? `Predicted ${names[now.segments.get(segment)]} ${segment} is selected.` : missed ? `True ${names[pair.one.label]} ${selected[1]} is selected.` : "Nothing is selected."
      },
      segment ? offers(segment) : {},
      model.get("repairs").map((one) => repairInWords(one, nameOf, trueName)).join("; ")
    );
    announce.request();
  }
  const frame = frameScheduler(update), words = frameScheduler(write);
  const announce = whenQuiet(
    () => setText(spoken, `${summary.textContent}. ${model.get("selected") ? detail.textContent : ""}`),
    700
  );
  life.on(["repairs", "selected"], frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((image) => {
    if (signal.aborted) return;
    ground = greyGround(image);
    frame.request();
  });
  repair();
  write();
  life.also(frame, words, announce);
}
var percent = (share) => `${(100 * share).toFixed(1)} %`;
var points = (share) => (100 * share).toFixed(1);
function segmentInWords(side, id, found, classes, names) {
  const mine = side === "truth" ? found.true : found.predicted, others = side === "truth" ? found.predicted : found.true;
  const position = mine.findIndex((one2) => one2.id === id);
  if (position < 0) return "";
  const { label, kind, partner, iou } = mine[position], { tp, fp, fn, weight } = classes[label];
  const n = classes.filter((one2) => one2.weight > 0).length;
  const title = side === "truth" ? `True ${names[label]} ${id}` : `Predicted ${names[label]} ${id}`;
  const other = (one2) => `${side === "truth" ? "predicted" : "true"} ${names[one2.label]} ${one2.id}`;
  const share = ` W = TP + FP / 2 + FN / 2 of ${names[label]} is ${tp} + ${fp} / 2 + ${fn} / 2 = ${weight}, and ${n} ${n === 1 ? "class occurs" : "classes occur"}:`;
  if (kind === "matched") {
    const match = others.find((one2) => one2.id === partner);
    return `${title} and ${other(match)} match with IoU ${percent(iou)}.${share} it costs (1 - IoU) / W / ${n} = ${points((1 - iou) / weight / n)} points of PQ.`;
  }
  if (kind === "crowd") return `${title} is a crowd: it is neither matched nor missed, and costs nothing.`;
  if (kind === "ignored")
    return `${title} lies by more than half on void, or on a crowd of its class: it is ignored, and costs nothing.`;
  const P = found.predicted.length, overlap = (k) => found.ious[side === "truth" ? position * P + k : k * P + position];
  let best = 0;
  for (let k = 1; k < others.length; k++) if (overlap(k) > overlap(best)) best = k;
  const price = `${share} it costs 1/2 / W / ${n} = ${points(0.5 / weight / n)} points of PQ.`;
  if (!others.length || !(overlap(best) > 0))
    return `${title} is ${kind}: ${side === "truth" ? "nothing is predicted there" : "no segment of the truth is there"}.${price}`;
  const one = others[best];
  const why = one.kind === "crowd" ? "which is a crowd" : one.label !== label ? "of another class" : "not more than 50 %";
  const by = `IoU ${percent(overlap(best))}`;
  return `${title} is ${kind}. It overlaps most with ${other(one)}, ${one.label !== label || one.kind === "crowd" ? `${why}, ${by}` : `${by}, ${why}`}.${price}`;
}
function lineInWords(part, found, names) {
  const find = (list, id) => list.find((one) => one.id === id);
  const mine = find(part.kind === "false" ? found.predicted : found.true, part.segment);
  const other = part.other && find(part.kind === "false" ? found.true : found.predicted, part.other);
  const name = `${names[mine.label]} ${mine.id}`;
  if (part.kind === "matched") return { text: `${name}: IoU ${percent(part.iou)}`, cost: points(part.lost) };
  return {
    text: `${name}: ${other ? `most on ${names[other.label]} ${other.id}, IoU ${percent(part.iou)}` : "nothing there"}`,
    cost: points(part.lost)
  };
}
function repairInWords(repair, className, trueName) {
  const { do: kind, segment, truth, other } = repair;
  if (kind === "remove") return `segment ${segment} removed`;
  if (kind === "mask") return `segment ${segment} got the mask of ${trueName(truth)}`;
  if (kind === "class") return `segment ${segment} called ${className(repair.category_id)}`;
  if (kind === "merge") return `segment ${other} merged into ${segment}`;
  if (kind === "split") return `segment ${segment} split along ${trueName(truth)}`;
  return `${trueName(truth)} predicted`;
}
var explorer_default = { render: living(render) };
export {
  explorer_default as default
};
