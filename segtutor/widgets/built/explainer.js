/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 39b516222c58cc87118fe058279542b39f93b221bae179553d5f6db3d55f1ce7 of
   segtutor/widgets/explainer/address.js
   segtutor/widgets/explainer/answers.js
   segtutor/widgets/explainer/boxes.js
   segtutor/widgets/explainer/changes.js
   segtutor/widgets/explainer/explorer.js
   segtutor/widgets/explainer/frame.js
   segtutor/widgets/explainer/merge.js
   segtutor/widgets/explainer/open.js
   segtutor/widgets/explainer/parts.js
   segtutor/widgets/explainer/photo.js
   segtutor/widgets/explainer/picture.js
   segtutor/widgets/explainer/plates.js
   segtutor/widgets/explainer/regression.js
   segtutor/widgets/explainer/scene.js
   segtutor/widgets/explainer/scribbles.js
   segtutor/widgets/explainer/sums.js
   segtutor/widgets/explainer/tour.js
   segtutor/widgets/explainer/view.js
   segtutor/widgets/explainer/weights.js
   segtutor/widgets/shared/bars.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/history.js
   segtutor/widgets/shared/inference.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/logits.js
   segtutor/widgets/shared/loop.js
   segtutor/widgets/shared/matched.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/scene/compose.js
   segtutor/widgets/shared/scene/edits.js
   segtutor/widgets/shared/scene/kernel.js
   segtutor/widgets/shared/scene/panels.js
   segtutor/widgets/shared/scene/stage.js
   segtutor/widgets/shared/scene/tools.js
   segtutor/widgets/shared/sigmoid.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   tools/build_js.mjs
*/
// segtutor/widgets/shared/canvas.js
function bytesOf(view) {
  return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice();
}
function floatsOf(view) {
  return new Float32Array(bytesOf(view).buffer);
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
function slider({ label, hint, onInput, signal, min = 0, max = 1, step = 0.01, write: write2 = twoDigits }) {
  const id = newId();
  const input = ownKeys(
    element("input", { type: "range", id, min, max, step, "aria-describedby": `${id}-hint` }),
    signal
  );
  const number2 = element("output", { for: id, class: "segtutor-number" });
  input.addEventListener("input", () => onInput(Number(input.value)), { signal });
  const node = element(
    "div",
    { class: "segtutor-slider" },
    element("label", { for: id }, label),
    number2,
    input,
    element("small", { id: `${id}-hint` }, hint)
  );
  const show = (value, meaning) => {
    if (Number(input.value) !== value) input.value = value;
    setText(number2, write2(value));
    const text = `${number2.textContent}, ${meaning}`;
    if (input.getAttribute("aria-valuetext") !== text) input.setAttribute("aria-valuetext", text);
  };
  return { node, input, show };
}
var twoDigits = (value) => Number(value.toFixed(2)) === value ? value.toFixed(2) : String(value);
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
var trParts = (message, values) => tr(message).split(/\{(\w+)\}/).map((part, n) => n % 2 ? values[part] : part).filter((part) => part !== "");
var trLater = (message) => message;

// segtutor/widgets/explainer/frame.js
function frame() {
  const own = newId();
  const part = (tag, name, attributes = {}, ...children) => element(tag, { "data-part": name, class: name, ...attributes }, ...children);
  return element(
    "div",
    { class: "segtutor-widget segtutor-explainer" },
    part("aside", "tour", { "aria-label": tr("Tour") }),
    element(
      "p",
      { class: "choose" },
      element("label", { for: own }, tr("Your own picture")),
      part("input", "own", { id: own, type: "file", accept: "image/jpeg,image/png,image/webp" }),
      part("button", "back", { type: "button", hidden: true }, tr("Back to the scene")),
      part("span", "choices")
    ),
    part("p", "ownSays", { class: "changes", role: "status" }),
    part("p", "changes", { role: "status" }),
    part("p", "status", { role: "status" }, tr("The networks are asked …")),
    part("div", "diagram", { class: null }),
    part("section", "opened", { id: newId(), hidden: true }),
    part("section", "scribbles", { "aria-label": tr("Learn from scribbles") })
  );
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

// segtutor/widgets/shared/scene/compose.js
var COLOURS = ["red", "orange", "yellow", "green", "blue", "purple"];
var STUFF = ["sky", "hill", "grass", "water", "road", "wall", "floor"];
var KINDS = ["house", "tree", "car", "boat", "person", "cat", "ball", "remote"];
var PATTERNS = ["plain", "patterned"];
var FIRST_THING = STUFF.length + 1;
var labelOf = (id, things) => id < FIRST_THING ? id - 1 : STUFF.length + KINDS.indexOf(things[id - FIRST_THING].kind);
var onPixels = ({ x, y }, side) => Number.isInteger(x * side) && Number.isInteger(y * side);
var moved = (thing, x, y, side) => ({
  ...thing,
  x: Math.round(x * side) / side,
  y: Math.round(y * side) / side
});
var keyOf = ({ kind, pattern, seed, height, x, y }) => [kind, pattern, seed, height, x ?? "", y ?? ""].join(" ");
var Cutouts = class {
  constructor(side) {
    this.side = side;
    this.pieces = /* @__PURE__ */ new Map();
    this.ladders = /* @__PURE__ */ new Map();
  }
  /** index: the entries; bytes: Uint8Array with what they point at. */
  add(index, bytes) {
    for (const entry of index) {
      const { left, top, width, tall, colours, start } = entry, end = start + width * tall;
      const palettes = COLOURS.map((_, c) => bytes.subarray(end + 3 * c * colours, end + 3 * (c + 1) * colours));
      this.pieces.set(keyOf(entry), { left, top, width, tall, numbers: bytes.subarray(start, end), palettes });
      if (entry.x !== void 0) continue;
      const shape = keyOf({ ...entry, height: "" }), ladder = this.ladders.get(shape) ?? [];
      if (!ladder.includes(entry.height))
        this.ladders.set(
          shape,
          [...ladder, entry.height].sort((a, b) => a - b)
        );
    }
  }
  /** The heights in which a thing is there, ascending. */
  heights({ kind, pattern, seed }) {
    return this.ladders.get(keyOf({ kind, pattern, seed, height: "" })) ?? [];
  }
  /** @returns {{piece: Record<string, any>, x: number, y: number} | null} the cutout and its place on the canvas; null: not there */
  find(thing) {
    const { side } = this, free = onPixels(thing, side);
    const piece = this.pieces.get(keyOf(free ? { ...thing, x: "", y: "" } : thing));
    return piece ? { piece, x: piece.left + (free ? thing.x * side : 0), y: piece.top + (free ? thing.y * side : 0) } : null;
  }
};
var Composer = class {
  /** ground: as `ground` of layers.py makes it, its bytes as Uint8Array and (noise) Float32Array. */
  constructor(ground) {
    const { size, oversampling } = ground, side = size * oversampling;
    if (oversampling !== 2) throw new Error(`oversampling must be 2, got ${oversampling}`);
    this.ground = ground;
    this.size = size;
    this.side = side;
    this.back = { rgb: new Uint8Array(4 * side * side), words: null };
    for (let i = 0; i < side * side; i++)
      for (let c = 0; c < 3; c++) this.back.rgb[4 * i + c] = ground.background[3 * i + c];
    this.back.words = new Uint32Array(this.back.rgb.buffer);
    this.rgb = new Uint8Array(4 * side * side);
    this.words = new Uint32Array(this.rgb.buffer);
    this.numbers = new Uint8Array(side * side);
    this.edge = new Uint8Array(side * side);
    this.image = new Uint8ClampedArray(4 * size * size).fill(255);
    this.ids = new Int32Array(size * size);
    this.dark = Uint8Array.from({ length: 256 }, (_, v) => Math.fround(v * Math.fround(ground.contour)));
    this.lit = Float32Array.from({ length: 256 }, (_, v) => v * Math.fround(ground.light));
  }
  /**
   * @param {Record<string, any>[]} things plain things, back to front
   * @param {Cutouts} cutouts
   * @returns {{image: Uint8ClampedArray, ids: Int32Array, missing: Record<string, any>[]}} RGBA of size * size pixels, segment ids
   *   (0 = void), both overwritten by the next call; the things whose cutout is not there, which were left out
   */
  compose(things, cutouts) {
    const missing = [];
    this.words.set(this.back.words);
    this.numbers.set(this.ground.stuff);
    things.forEach((thing, n) => {
      const found = cutouts.find(thing);
      if (found) this._paste(found, COLOURS.indexOf(thing.colour), STUFF.length + n);
      else missing.push(thing);
    });
    this._darken();
    this._reduce();
    return { image: this.image, ids: this.ids, missing };
  }
  _paste({ piece, x, y }, colour, number2) {
    const { side, words, numbers } = this, palette = new Uint32Array(1 + piece.palettes[colour].length / 3);
    const bytes = new Uint8Array(palette.buffer);
    for (let n = 1; n < palette.length; n++)
      for (let c = 0; c < 3; c++) bytes[4 * n + c] = piece.palettes[colour][3 * (n - 1) + c];
    const right = Math.min(piece.width, side - x), bottom = Math.min(piece.tall, side - y);
    for (let v = Math.max(0, -y); v < bottom; v++) {
      const from = v * piece.width, to = (y + v) * side + x;
      for (let u = Math.max(0, -x); u < right; u++) {
        const which = piece.numbers[from + u];
        if (which === 0) continue;
        words[to + u] = palette[which];
        numbers[to + u] = number2;
      }
    }
  }
  /** Darkens both pixels of each pair of neighbours of which one is a thing and the other is not the same. */
  _darken() {
    const { side, rgb: rgb3, numbers, edge, dark: dark2 } = this, things = STUFF.length;
    edge.fill(0);
    for (let y = 0, i = 0; y < side; y++) {
      for (let x = 0; x < side; x++, i++) {
        const here = numbers[i], right = x + 1 < side ? numbers[i + 1] : here, below = y + 1 < side ? numbers[i + side] : here;
        if (here !== right && (here >= things || right >= things)) edge[i] = edge[i + 1] = 1;
        if (here !== below && (here >= things || below >= things)) edge[i] = edge[i + side] = 1;
      }
    }
    for (let i = 0; i < edge.length; i++) if (edge[i]) for (let c = 4 * i; c < 4 * i + 3; c++) rgb3[c] = dark2[rgb3[c]];
  }
  /** Averages four pixels (across, then down, each half rounded up, as Pillow does), adds light and noise, takes ids. */
  _reduce() {
    const { size, side, rgb: rgb3, image, ids, lit, ground } = this, row = 4 * side, area = new Int32Array(256);
    for (let y = 0, i = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        const first = 2 * y * row + 8 * x;
        for (let c = 0; c < 3; c++) {
          const p = first + c, q = p + row;
          const mean = (rgb3[p] + rgb3[p + 4] + 1 >> 1) + (rgb3[q] + rgb3[q + 4] + 1 >> 1) + 1 >> 1;
          const value = Math.fround(lit[mean] + ground.noise[i]);
          image[4 * i + c] = value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value);
        }
        ids[i] = this.numbers[(2 * y + 1) * side + 2 * x + 1] + 1;
        area[ids[i]]++;
      }
    }
    const least = ground.minimum_area * size * size;
    for (let i = 0; i < ids.length; i++) if (ids[i] < FIRST_THING && area[ids[i]] < least) ids[i] = 0;
  }
};

// segtutor/widgets/shared/scene/panels.js
var pack = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var DARK = pack(20, 20, 20);
var LATTICE = pack(234, 209, 224);
var MISSED = pack(230, 159, 0);
var MISSED_DARK = pack(81, 56, 0);
var BAND = 2;
var FAR = 240;
var percent = (share2) => Number.isFinite(share2) ? `${(100 * share2).toFixed(1)} %` : tr("nothing to count");
function listed(names) {
  const counts = /* @__PURE__ */ new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, number2]) => number2 > 1 ? tr("{n} {name}", { n: number2, name }) : name).join(", ");
}
function truthOf(ids, things) {
  const present = new Uint8Array(256);
  for (let i = 0; i < ids.length; i++) present[ids[i]] = 1;
  const segments = /* @__PURE__ */ new Map();
  for (let id = 1; id < 256; id++) if (present[id]) segments.set(id, labelOf(id, things));
  return { ids, segments, crowds: /* @__PURE__ */ new Set() };
}
function looksOf(segments, classes) {
  const seen2 = /* @__PURE__ */ new Map(), looks = /* @__PURE__ */ new Map(), count = /* @__PURE__ */ new Map();
  for (const label of segments.values()) count.set(label, (count.get(label) ?? 0) + 1);
  for (const [id, label] of [...segments].sort((a, b) => a[0] - b[0])) {
    const { isthing, colors } = classes[label], name = tr(classes[label].name), n = seen2.get(label) ?? 0;
    seen2.set(label, n + 1);
    looks.set(id, {
      color: colors[isthing ? n % colors.length : 0],
      name: isthing && count.get(label) > 1 ? `${name} ${n + 1}` : name
    });
  }
  return looks;
}
function judge(answer, truth, classes) {
  const segments = new Map(answer.segments.map(({ id, label }, n) => [id ?? n + 1, label]));
  const found = matchSegments({ ids: answer.ids, segments }, truth), qualities = classQualities(found, classes.length);
  return {
    segments,
    found,
    pq: {
      all: meanQuality(qualities),
      things: meanQuality(qualities.filter((_, k) => classes[k].isthing)),
      stuff: meanQuality(qualities.filter((_, k) => !classes[k].isthing))
    }
  };
}
var ScenePanel = class {
  /** title: "truth", or a network's name; note: a line under it; size: side of the picture; classes: {name, isthing, colors} */
  constructor(title, note, size, classes, signal) {
    this.title = title;
    this.size = size;
    this.classes = classes;
    this.scale = Math.max(1, Math.floor(384 / size));
    const side = size * this.scale;
    this.canvas = element("canvas", {
      width: side,
      height: side,
      role: "img",
      class: "segtutor-canvas",
      "aria-label": title
    });
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(side, side);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.score = element("strong");
    this.counts = element("span");
    this.lost = element("div", { class: "segtutor-lost-names" });
    this.note = element("span", {}, note);
    this.node = element(
      "figure",
      { class: "segtutor-panel" },
      element("figcaption", { title }, element("b", {}, title), this.note),
      this.canvas,
      element("div", { class: "segtutor-told" }, element("div", {}, this.score, " ", this.counts), this.lost)
    );
    this.zoom = 1;
    this.again = () => {
    };
    const watch = new ResizeObserver(
      ([
        {
          contentRect: { width }
        }
      ]) => {
        if (!width || this.zoom === side / width) return;
        this.zoom = side / width;
        this.again();
      }
    );
    watch.observe(this.canvas);
    signal.addEventListener("abort", () => watch.disconnect());
  }
  showTruth(image, truth) {
    const looks = looksOf(truth.segments, this.classes), names = [...truth.segments.keys()].filter((id) => id >= FIRST_THING).length;
    this._paint(image, truth.ids, looks);
    this._write(truth.ids.slice(), looks, []);
    setText(this.note, tr("{segments} segments, {things} things", { segments: truth.segments.size, things: names }));
    this.canvas.setAttribute(
      "aria-label",
      tr("The truth: {names}.", { names: [...looks.values()].map(({ name }) => name).join(", ") })
    );
  }
  /** @returns {Record<string, any>} judge's answer */
  showAnswer(image, truth, answer) {
    const { size, scale, out } = this, judged = judge(answer, truth, this.classes), { found } = judged;
    const true_ = looksOf(truth.segments, this.classes), looks = looksOf(judged.segments, this.classes);
    const falses = /* @__PURE__ */ new Set(), missed = found.true.filter(({ kind }) => kind === "missed");
    for (const { id, kind, partner, label } of found.predicted) {
      if (kind === "matched") looks.set(id, true_.get(partner));
      else if (kind === "false") {
        falses.add(id);
        looks.set(id, { color: looks.get(id).color, name: tr("false {name}", { name: tr(this.classes[label].name) }) });
      }
    }
    this._paint(image, answer.ids, looks);
    if (falses.size) {
      this._each(
        answer.ids,
        (id) => falses.has(id),
        (x, y) => (x - y + FAR * scale) % 10 < 2 || (x + y) % 10 < 2 ? LATTICE : 0
      );
      outline(out, scale, size, size, answer.ids, DARK);
    }
    const lost = new Set(missed.map(({ id }) => id));
    if (lost.size)
      this._each(
        truth.ids,
        (id, i) => lost.has(id) && this._atBorder(truth.ids, i),
        (x, y) => (x - y + FAR * scale) % 10 < 3 ? MISSED_DARK : MISSED
      );
    const away = missed.map(({ id }) => ({ id, name: tr("missed {name}", { name: true_.get(id).name }) }));
    this._write(answer.ids, looks, away, truth.ids);
    const { pq, tp, fp, fn } = judged.pq.all;
    const named = (title, names) => names.length ? `${tr(title, { names: listed(names) })} ` : "";
    const words = named(
      trLater("Missed: {names}."),
      missed.map(({ id }) => true_.get(id).name)
    ) + named(
      trLater("False: {names}."),
      [...falses].map((id) => tr(this.classes[judged.segments.get(id)].name))
    );
    setText(this.score, Number.isFinite(pq) ? tr("PQ {pq}", { pq: percent(pq) }) : percent(pq));
    setText(this.counts, tr("{tp} matched, {fn} missed, {fp} false", { tp, fn, fp }));
    setText(this.lost, words || tr("Nothing missed, nothing false."));
    this.canvas.setAttribute(
      "aria-label",
      `${this.title}: ${this.score.textContent}, ${this.counts.textContent}. ${words}`
    );
    return judged;
  }
  /** An answer to a picture of which nobody has said what is true. @returns {null} nothing can be judged */
  showUnjudged(image, answer) {
    const looks = looksOf(new Map(answer.segments.map(({ id, label }, n) => [id ?? n + 1, label])), this.classes), names = listed(answer.segments.map(({ label }) => tr(this.classes[label].name)));
    this._paint(image, answer.ids, looks);
    this._write(answer.ids, looks, []);
    setText(this.score, names || tr("nothing"));
    setText(this.counts, "");
    setText(this.lost, tr("Nobody has said what is true here: there is no PQ."));
    this.canvas.setAttribute("aria-label", `${this.title}: ${names || tr("nothing")}.`);
    return null;
  }
  _paint(image, ids, looks) {
    const colors = [];
    for (const [id, { color }] of looks) colors[id] = color;
    paintSegments(this.out, this.scale, [this.size, this.size], image, ids, colors);
  }
  /** Colours canvas pixels of those pixels of the picture that are wanted; colour 0 leaves them. */
  _each(ids, wanted, colour) {
    const { size, scale, out } = this, width = size * scale;
    for (let i = 0; i < ids.length; i++) {
      if (!wanted(ids[i], i)) continue;
      const left = i % size * scale, top = Math.floor(i / size) * scale;
      for (let y = top; y < top + scale; y++) {
        for (let x = left; x < left + scale; x++) {
          const value = colour(x, y);
          if (value) out[y * width + x] = value;
        }
      }
    }
  }
  /** Whether a pixel is at most BAND from another region or from the picture's border. */
  _atBorder(ids, i) {
    const { size } = this, x = i % size, y = Math.floor(i / size);
    if (x < BAND || y < BAND || x >= size - BAND || y >= size - BAND) return true;
    for (let dy = -BAND; dy <= BAND; dy++)
      for (let dx = -BAND; dx <= BAND; dx++) if (ids[i + dy * size + dx] !== ids[i]) return true;
    return false;
  }
  /** Shows what was painted, and names in it; first those of missed segments, at their places in the truth. */
  _write(ids, looks, missed, truthIds) {
    this.again = () => this._write(ids, looks, missed, truthIds);
    this.context.putImageData(this.pixels, 0, 0);
    const most = Math.max(0, ...looks.keys()), places = labelPlaces(ids, [this.size, this.size], most), names = [];
    for (const [id, { name }] of looks) names[id] = name;
    let [shown, titles] = [places.slice(1), names.slice(1)];
    if (missed.length) {
      const true_ = labelPlaces(truthIds, [this.size, this.size], Math.max(...missed.map(({ id }) => id)));
      shown = [...missed.map(({ id }) => true_[id] && { ...true_[id], room: this.size }), ...shown];
      titles = [...missed.map(({ name }) => name), ...titles];
    }
    writeNames(this.context, this.scale, this.zoom, shown, titles);
  }
};

// segtutor/widgets/shared/bars.js
var share = (value) => value > 0 && value < 5e-4 ? "< 0.1 %" : `${(100 * value).toFixed(1)} %`;
function bars({ label, rows }) {
  const node = element("ol", { class: "segtutor-bars", "aria-label": label });
  const made2 = Array.from({ length: rows }, () => {
    const swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
    const name = element("span"), number2 = element("span", { class: "segtutor-number" });
    const bar = element("span", { class: "segtutor-bar", "aria-hidden": "true" });
    const row = element(
      "li",
      { hidden: true },
      element("span", { class: "segtutor-bar-name" }, swatch, name),
      number2,
      bar
    );
    node.append(row);
    return { row, swatch, name, number: number2, bar };
  });
  const show = (entries) => made2.forEach(({ row, swatch, name, number: number2, bar }, n) => {
    const entry = entries[n];
    if (row.hidden !== !entry) row.hidden = !entry;
    if (!entry) return;
    setText(name, entry.name);
    setText(number2, entry.text ?? share(entry.value));
    bar.style.setProperty("--part", Math.min(1, entry.value).toFixed(3));
    swatch.style.backgroundColor = entry.color ? `rgb(${entry.color.join(",")})` : "transparent";
  });
  return { node, show };
}

// segtutor/widgets/explainer/plates.js
var byte = (value) => Math.min(255, Math.max(0, value));
var BLUE = [33, 102, 172];
var WHITE = [247, 247, 247];
var RED = [178, 24, 43];
var HEAT = [
  [13, 8, 60],
  [126, 3, 168],
  [225, 100, 98],
  [240, 249, 33]
];
function pickable(canvas, container, pick) {
  container.classList.add("plate");
  container.append(element("i", { class: "mark", "aria-hidden": "true" }));
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect(), within2 = (share2) => Math.min(0.9999, Math.max(0, share2));
    return [within2((clientX - box.left) / box.width), within2((clientY - box.top) / box.height)];
  };
  canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && pick.hover(place(event)));
  canvas.addEventListener("pointerleave", () => pick.hover(null));
  canvas.addEventListener("click", (event) => pick.choose(place(event)));
}
var Plate = class {
  /**
   * @param {string} title what the picture is of, for those who do not see it
   * @param {{hover: Function, choose: Function} | null} pick null: the canvas is no picture of places
   */
  constructor(title, pick = null) {
    this.title = title;
    this.canvas = element("canvas", { role: "img", "aria-label": title, width: 1, height: 1 });
    this.context = this.canvas.getContext("2d");
    this.node = element("span", { class: "plate" }, this.canvas);
    if (pick) pickable(this.canvas, this.node, pick);
  }
  /** @returns {Uint8ClampedArray} RGBA of width * height, to be filled; `show` then draws it */
  pixels(width, height) {
    if (this.canvas.width !== width || this.canvas.height !== height || !this.data) {
      [this.canvas.width, this.canvas.height] = [width, height];
      this.data = this.context.createImageData(width, height);
      this.data.data.fill(255);
    }
    return this.data.data;
  }
  show(words = "") {
    this.context.putImageData(this.data, 0, 0);
    const label = words ? `${this.title}: ${words}` : this.title;
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
  }
  /** A map of many channels (1, C, h, w) in three colours. directions: (4, C), mean and three directions. */
  components({ dims, data }, directions) {
    const [, C, h, w] = dims, cells = h * w, out = this.pixels(w, h), sums = new Float32Array(3 * cells);
    for (let c = 0; c < C; c++) {
      const mean = directions[c], [r, g, b] = [directions[C + c], directions[2 * C + c], directions[3 * C + c]];
      for (let i = 0, at = c * cells; i < cells; i++) {
        const value = data[at + i] - mean;
        sums[3 * i] += r * value;
        sums[3 * i + 1] += g * value;
        sums[3 * i + 2] += b * value;
      }
    }
    for (let i = 0; i < cells; i++) for (let k = 0; k < 3; k++) out[4 * i + k] = byte(128 + 56 * sums[3 * i + k]);
    this.show(tr("{C} channels on {w} by {h} cells", { C, w, h }));
  }
  /** Numbers around 0: blue below, red above; `most`: the number of the strongest colour. */
  signed(data, start, [w, h], most, words) {
    const out = this.pixels(w, h);
    for (let i = 0; i < w * h; i++) {
      const share2 = Math.max(-1, Math.min(1, data[start + i] / most)), end = share2 < 0 ? BLUE : RED, part = Math.abs(share2);
      for (let k = 0; k < 3; k++) out[4 * i + k] = WHITE[k] + (end[k] - WHITE[k]) * part;
    }
    this.show(words);
  }
  /** Shares from 0 to `most`, dark to bright; where `allowed` is 0 the cell is grey with a stripe. */
  heat(data, start, [w, h], most, allowed = null, words = "") {
    const scale = allowed ? 4 : 1, out = this.pixels(w * scale, h * scale);
    for (let y = 0; y < h * scale; y++)
      for (let x = 0; x < w * scale; x++) {
        const cell = Math.floor(y / scale) * w + Math.floor(x / scale), at = 4 * (y * w * scale + x);
        if (allowed && !allowed[cell]) {
          const grey2 = (x + y) % 4 === 0 ? 120 : 172;
          [out[at], out[at + 1], out[at + 2]] = [grey2, grey2, grey2];
          continue;
        }
        const share2 = 3 * Math.max(0, Math.min(0.9999, data[start + cell] / most)), n = Math.floor(share2);
        for (let k = 0; k < 3; k++) out[at + k] = HEAT[n][k] + (HEAT[n + 1][k] - HEAT[n][k]) * (share2 - n);
      }
    this.show(words);
  }
  /**
   * A number for each pixel, as its colour; grey where it has none.
   * @param {ArrayLike<number>} numbers @param {number[]} size [w, h] @param {number[][]} colours [r, g, b] by number
   */
  labels(numbers, [w, h], colours, words) {
    const out = this.pixels(w, h);
    for (let i = 0; i < w * h; i++) {
      const colour = colours[numbers[i]] ?? [128, 128, 128];
      [out[4 * i], out[4 * i + 1], out[4 * i + 2]] = colour;
    }
    this.show(words);
  }
};

// segtutor/widgets/explainer/sums.js
var cellAt = ([x, y], [w, h]) => [Math.floor(x * w), Math.floor(y * h)];
function channelsAt({ dims: [, C, h, w], data }, [x, y]) {
  return Float32Array.from({ length: C }, (_, c) => data[(c * h + y) * w + x]);
}
function dotProduct(a, b) {
  const terms = Float64Array.from(a, (value, c) => value * b[c]);
  return { terms, sum: terms.reduce((total, one) => total + one, 0) };
}
function shares(logits) {
  const most = Math.max(...logits), powers = Float64Array.from(logits, (z) => Math.exp(z - most)), sum = powers.reduce((total, one) => total + one, 0);
  return { most, powers, sum, shares: powers.map((one) => one / sum) };
}
function headSoftmax(tensors, layer, head, query, heads) {
  const asked = tensors[`asked_${layer}`], keys = tensors[`keys_${layer}`], attention = tensors[`attention_${layer}`], [, S, C] = keys.dims, Q = asked.dims[1], d = C / heads;
  const scores = new Float64Array(S), allowed = tensors[`may_attend_${layer}`].data.slice(query * S, (query + 1) * S);
  for (let s = 0; s < S; s++) {
    for (let c = head * d; c < (head + 1) * d; c++) scores[s] += asked.data[query * C + c] * keys.data[s * C + c];
    scores[s] /= Math.sqrt(d);
  }
  let most = -Infinity;
  for (let s = 0; s < S; s++) if (allowed[s]) most = Math.max(most, scores[s]);
  const powers = scores.map((score, s) => allowed[s] ? Math.exp(score - most) : 0), sum = powers.reduce((total, one) => total + one, 0), start = (head * Q + query) * S;
  return {
    scores,
    allowed,
    powers,
    sum,
    shares: powers.map((one) => one / sum),
    given: attention.data.slice(start, start + S)
  };
}
function convolutionAt(given, weight, stem, channel, cell, stride = 2) {
  const {
    dims: [, I, H, W],
    data
  } = given, [x, y] = cell;
  const k = weight.dims[3], reach = (k - 1) / 2, terms = [];
  for (let i = 0; i < I; i++) {
    const part = [];
    for (let v = 0; v < k; v++)
      for (let u = 0; u < k; u++) {
        const row = stride * y + v - reach, column = stride * x + u - reach, inside = row >= 0 && column >= 0 && row < H && column < W;
        part.push({
          given: inside ? data[(i * H + row) * W + column] : 0,
          weight: weight.data[((channel * I + i) * k + v) * k + u]
        });
      }
    terms.push(part);
  }
  const sums = terms.map((part) => part.reduce((total, one) => total + one.given * one.weight, 0)), [, , h, w] = stem.dims;
  return {
    terms,
    sums,
    sum: sums.reduce((total, one) => total + one, 0),
    result: stem.data[(channel * h + y) * w + x]
  };
}
function samplingPoint(tensors, { cell, head, level, point, channel, heads }, sizes) {
  const { points, point_weights: weights, point_values: values } = tensors, [, , , L, P] = points.dims, C = values.dims[2], [w, h] = sizes[level], first = sizes.slice(0, level).reduce((sum, [a, b]) => sum + a * b, 0);
  const place = ((cell * heads + head) * L + level) * P + point, x = points.data[2 * place] * w - 0.5, y = points.data[2 * place + 1] * h - 0.5, [left, top] = [Math.floor(x), Math.floor(y)];
  const corners = [
    [left, top],
    [left + 1, top],
    [left, top + 1],
    [left + 1, top + 1]
  ].map(([u, v]) => {
    const inside = u >= 0 && v >= 0 && u < w && v < h;
    return {
      x: u,
      y: v,
      share: (1 - Math.abs(x - u)) * (1 - Math.abs(y - v)),
      value: inside ? values.data[(first + v * w + u) * C + head * (C / heads) + channel] : 0
    };
  });
  return {
    at: [x, y],
    corners,
    read: corners.reduce((sum, one) => sum + one.share * one.value, 0),
    weight: weights.data[place]
  };
}

// segtutor/widgets/explainer/boxes.js
var STAGES = [4, 8, 16, 32];
var COLUMNS = [trLater("pixels"), trLater("masks")];
function makeBoxes(page) {
  const { facts, scene, signal, pick, act } = page, { classes, size } = facts.state, names = classes.map(({ name }) => name);
  const boxes = [], Q = facts.queries, prefix = newId();
  const box = (name, title, lane, note, draw, look = () => {
  }) => {
    const heading = element("h3", { id: `${prefix}-${name}` }, title), body = element("div", { class: "body" }), open = element(
      "button",
      { type: "button", class: "open", "aria-expanded": "false", "aria-controls": page.openedId, "data-open": name },
      tr("Open"),
      element("span", { class: "segtutor-hidden" }, ` ${title}`)
    );
    open.addEventListener("click", () => act.open(name));
    const node2 = element(
      "section",
      { class: `box of-${lane}`, "data-box": name, "aria-labelledby": `${prefix}-${name}` },
      element("header", {}, heading, open),
      body,
      element("p", { class: "note" }, note)
    );
    const made2 = { name, title, lane, node: node2, body, open, draw, look };
    boxes.push(made2);
    return made2;
  };
  const picture = box("picture", tr("Picture"), "shared", tr("drag its things; click for a pixel"), () => {
  });
  picture.body.append(
    element("div", { class: "segtutor-widget segtutor-scene" }, scene.stage.stage),
    element("p", { class: "where" })
  );
  const maps = (made2, rows) => {
    const table2 = element(
      "div",
      { class: "maps" },
      element("span"),
      ...COLUMNS.map((one) => element("small", {}, tr(one)))
    );
    const plates = rows.map(([words, ...tensors]) => {
      const both = tensors.map(
        (_, n) => new Plate(
          tr("{box}, {map}, of the network of {kind}", { box: made2.title, map: words, kind: tr(COLUMNS[n]) }),
          pick
        )
      );
      table2.append(element("small", {}, words), ...both.map(({ node: node2 }) => node2));
      return { tensors, both };
    });
    made2.body.append(table2);
    made2.draw = (now) => plates.forEach(
      ({ tensors, both }) => both.forEach(
        (plate, n) => plate.components(now.tensors[n][tensors[n]], page.weights[`${n}:map:${tensors[n]}`].data)
      )
    );
  };
  maps(
    box("backbone", tr("Backbone"), "shared", tr("four stages: ever fewer cells, ever more channels"), () => {
    }),
    STAGES.map((stride, n) => [`1/${stride}`, `stage_${n}`, `stage_${n}`])
  );
  maps(
    box(
      "pixel-decoder",
      tr("Pixel decoder"),
      "shared",
      tr("what was understood is brought back to where it is"),
      () => {
      }
    ),
    [3, 2, 1, 0].map((n) => [`1/${STAGES[n]}`, `pyramid_${n}`, n ? `level_${3 - n}` : "mask_features"])
  );
  const heads = names.map((name) => new Plate(tr("Logits of {name}", { name }), pick)), headNodes = heads.map((plate, k) => element("figure", {}, plate.node, element("figcaption", {}, names[k])));
  const head = box(
    "pixel-head",
    tr("Head"),
    "pixels",
    tr("one map of logits a class: red speaks for it, blue against it"),
    (now) => {
      const {
        dims: [, K, h, w],
        data
      } = now.tensors[0].cell_logits;
      for (let k = 0; k < K; k++) heads[k].signed(data, k * h * w, [w, h], 12, tr("red where it is likely"));
    }
  );
  head.body.append(element("div", { class: "small-maps" }, ...headNodes));
  const pixelBars = bars({ label: tr("The pixel's classes"), rows: 6 });
  const softmax2 = box(
    "pixel-softmax",
    tr("Softmax"),
    "pixels",
    tr("at the pixel that is marked"),
    () => {
    },
    (now, view) => pixelBars.show(ranked(shares(pixelLogits(now, view.pixel)).shares))
  );
  softmax2.body.append(element("div", { class: "segtutor-widget" }, pixelBars.node));
  const argmaxPlate = new Plate(tr("The most probable class of each pixel"), pick), argmaxSays = element("p", { class: "says" });
  const argmax2 = box(
    "argmax",
    tr("Argmax"),
    "pixels",
    tr("a class each pixel: two that touch are one patch"),
    (now) => argmaxPlate.labels(
      now.labels,
      size,
      classes.map(({ colors }) => colors[0]),
      present(now.labels)
    ),
    (now, view) => setText(argmaxSays, tr("here: {name}", { name: names[now.labels[pixelIndex(view.pixel)]] }))
  );
  argmax2.body.append(argmaxPlate.node, argmaxSays);
  const answers = facts.state.models.map(({ family }, n) => answerPanel(n, family));
  function answerPanel(n, family) {
    const panel = new ScenePanel(tr(COLUMNS[n]), "", size[0], classes, signal);
    panel.note.remove();
    const plate = element("span");
    panel.canvas.replaceWith(plate);
    plate.append(panel.canvas);
    pickable(panel.canvas, plate, pick);
    const made2 = box(
      n ? "merge" : "components",
      n ? tr("Merge") : tr("Components"),
      family === "mask" ? "masks" : "pixels",
      n ? tr("each pixel to the query that claims it most") : tr("each patch of a thing's class is one thing"),
      (now) => {
        const { image, truth, answers: given } = now;
        now.judged[n] = truth ? panel.showAnswer(image, truth, given[n]) : panel.showUnjudged(image, given[n]);
      }
    );
    made2.body.append(element("div", { class: "segtutor-widget segtutor-scene" }, panel.node));
    return made2;
  }
  const strip = new Plate(tr("Queries as rows, their 64 numbers as colours"));
  strip.canvas.addEventListener("click", (event) => {
    const { top, height } = strip.canvas.getBoundingClientRect(), Q2 = strip.canvas.height;
    act.query(Math.min(Q2 - 1, Math.max(0, Math.floor((event.clientY - top) / height * Q2))));
  });
  const row = element("i", { class: "row", "aria-hidden": "true" }), gone = Array.from({ length: Q }, () => element("i", { class: "gone", "aria-hidden": "true", hidden: true }));
  gone.forEach((node2, q) => Object.assign(node2.style, { top: `${100 * q / Q}%`, height: `${100 / Q}%` }));
  strip.node.append(...gone, row);
  strip.node.classList.add("strip");
  const queries = box(
    "queries",
    tr("Queries"),
    "masks",
    tr("{n} vectors, the same at first for every picture, after three layers not", { n: Q }),
    () => {
    },
    (now, view, whole) => {
      if (!whole) return;
      const {
        dims: [, Q2, C],
        data
      } = now.tensors[1].states;
      strip.signed(
        data,
        view.layer * Q2 * C,
        [C, Q2],
        3,
        (view.layer ? tr("after layer {n}", { n: view.layer }) : tr("as they were learned")) + (now.without.length ? tr("; taken away: {queries}", { queries: now.without.join(", ") }) : "")
      );
      gone.forEach((node2, q) => node2.hidden = !now.without.includes(q));
      row.style.top = `${100 * view.query / Q2}%`;
      row.style.height = `${100 / Q2}%`;
    }
  );
  queries.body.append(strip.node);
  const looks = [0, 1, 2].map((n) => new Plate(tr("Where the query looked in layer {n}", { n: n + 1 }), pick));
  const attention = box(
    "attention",
    tr("Masked cross-attention"),
    "masks",
    tr("bright: looked at; hatched: outside its mask of a moment ago, forbidden"),
    () => {
    },
    (now, view, whole) => {
      if (!whole) return;
      setText(
        attention.node.querySelector(".note"),
        now.masked ? tr("bright: looked at; hatched: outside its mask of a moment ago, forbidden") : tr("masks are switched off: each query may look everywhere")
      );
      looks.forEach((plate, layer) => {
        const { weights, allowed, side } = meanAttention(now.tensors[1], layer, view.query);
        plate.heat(
          weights,
          0,
          [side, side],
          Math.max(...weights),
          allowed,
          tr("{n} of {all} cells allowed", { n: allowed.reduce((sum, one) => sum + one, 0), all: side * side })
        );
      });
    }
  );
  attention.body.append(
    element(
      "div",
      { class: "looks" },
      ...looks.map(
        ({ node: node2 }, n) => element(
          "figure",
          {},
          node2,
          element("figcaption", {}, tr("layer {n}, 1/{stride}", { n: n + 1, stride: [32, 16, 8][n] }))
        )
      )
    )
  );
  const classBars = bars({ label: tr("The query's classes"), rows: 4 });
  const classHead = box(
    "class-head",
    tr("Class head"),
    "masks",
    tr("what the query has found, or that it has found nothing"),
    () => {
    },
    (now, view, whole) => whole && classBars.show(ranked(shares(classLogits(now, view)).shares, 4))
  );
  classHead.body.append(element("div", { class: "segtutor-widget" }, classBars.node));
  const masks = Array.from({ length: Q }, (_, q) => {
    const plate = new Plate(tr("Mask of query {q}", { q })), node2 = element("button", { type: "button", class: "mask", "data-query": q, "aria-pressed": "false" }, plate.node);
    node2.addEventListener("click", () => act.query(q));
    return { plate, node: node2 };
  });
  const chosen = new Plate(tr("Mask logits of the chosen query"), pick), maskSays = element("p", { class: "says" });
  const maskBox = box(
    "masks",
    tr("Mask head, dot product"),
    "masks",
    tr("query times pixel; framed: it finds something"),
    () => {
    },
    (now, view, whole) => {
      const {
        dims: [, Q2, h, w],
        data
      } = now.tensors[1].all_mask_logits;
      const [x, y] = cellAt(view.pixel, [w, h]);
      setText(
        maskSays,
        tr("query {q} here: {logit}", {
          q: view.query,
          logit: data[((view.layer * Q2 + view.query) * h + y) * w + x].toFixed(1).replace("-", "−")
        })
      );
      if (!whole) return;
      for (let q = 0; q < Q2; q++) {
        masks[q].plate.signed(data, (view.layer * Q2 + q) * h * w, [w, h], 8, "");
        masks[q].node.setAttribute("aria-pressed", String(q === view.query));
        const { shares: found } = shares(classLogits(now, { ...view, query: q })), best = found.indexOf(Math.max(...found));
        masks[q].node.classList.toggle("finds", best < classes.length);
        masks[q].node.classList.toggle("gone", now.without.includes(q));
        masks[q].node.title = tr(
          now.without.includes(q) ? trLater("query {q}: {name}, taken away") : trLater("query {q}: {name}"),
          { q, name: names[best] ?? tr("no object") }
        );
        masks[q].node.setAttribute("aria-label", masks[q].node.title);
      }
      chosen.signed(data, (view.layer * Q2 + view.query) * h * w, [w, h], 8, tr("red inside, blue outside"));
    }
  );
  maskBox.body.append(chosen.node, maskSays, element("div", { class: "thumbs" }, ...masks.map(({ node: node2 }) => node2)));
  const pixelIndex = ([x, y]) => Math.floor(y * size[0]) * size[1] + Math.floor(x * size[1]);
  const pixelLogits = (now, pixel) => {
    const {
      dims: [, K],
      data
    } = now.tensors[0].logits;
    return Array.from({ length: K }, (_, k) => data[k * size[0] * size[1] + pixelIndex(pixel)]);
  };
  const classLogits = (now, { layer, query }) => {
    const {
      dims: [, Q2, K],
      data
    } = now.tensors[1].all_class_logits;
    return data.slice((layer * Q2 + query) * K, (layer * Q2 + query + 1) * K);
  };
  const ranked = (found, rows = 6) => [...found].map((value, k) => ({ name: names[k] ?? tr("no object"), value, color: classes[k]?.colors[0] ?? null })).sort((a, b) => b.value - a.value).slice(0, rows);
  const present = (labels) => {
    const seen2 = new Set(labels);
    return names.filter((_, k) => seen2.has(k)).join(", ");
  };
  const order = [
    "picture",
    "backbone",
    "pixel-decoder",
    "pixel-head",
    "pixel-softmax",
    "argmax",
    "components",
    "queries",
    "attention",
    "class-head",
    "masks",
    "merge"
  ];
  boxes.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const inLane = (lane) => boxes.filter((one) => one.lane === lane).map(({ node: node2 }) => node2);
  const node = element(
    "div",
    { class: "diagram" },
    element("div", { class: "shared", role: "group", "aria-label": tr("What both networks do") }, ...inLane("shared")),
    element(
      "div",
      { class: "lane pixels", role: "group", "aria-label": tr("Classify pixels") },
      element("h2", {}, tr("classify pixels")),
      ...inLane("pixels")
    ),
    element(
      "div",
      { class: "lane masks", role: "group", "aria-label": tr("Classify masks") },
      element("h2", {}, tr("classify masks")),
      ...inLane("masks")
    )
  );
  return { boxes, node, answers, reading: { pixelIndex, pixelLogits, classLogits, names } };
}
function meanAttention(tensors, layer, query) {
  const {
    dims: [, heads, Q, S],
    data
  } = tensors[`attention_${layer}`], weights = new Float32Array(S);
  for (let head = 0; head < heads; head++)
    for (let s = 0; s < S; s++) weights[s] += data[(head * Q + query) * S + s] / heads;
  return {
    weights,
    allowed: tensors[`may_attend_${layer}`].data.slice(query * S, (query + 1) * S),
    side: Math.sqrt(S)
  };
}

// segtutor/widgets/explainer/changes.js
var TITLES = {
  scoreThreshold: trLater("the score threshold"),
  maskThreshold: trLater("the mask threshold"),
  overlapThreshold: trLater("the overlap threshold")
};
var Changes = class {
  /** classes: {name, isthing, colors}; trained: the thresholds that were chosen for the network. */
  constructor(classes, trained) {
    this.classes = classes;
    this.trained = trained;
    this.before = null;
  }
  /**
   * @param {Record<string, any>} now as of boxes.js, its answers judged
   * @param {(tensors: Record<string, any>) => Record<string, any>} judgeUntouched what the answer is worth that these tensors give with
   *   all queries and the network's own thresholds
   */
  words(now, judgeUntouched) {
    const moved2 = Object.keys(TITLES).filter((name) => now.thresholds[name] !== this.trained[name]);
    if (now.masked && this.before?.tensors !== now.tensors[1]) {
      const tensors = now.tensors[1], touched = moved2.length || now.without.length;
      this.before = {
        tensors,
        image: now.image,
        judged: touched && now.truth ? judgeUntouched(tensors) : now.judged[1]
      };
    }
    if (now.masked && !now.without.length && !moved2.length) return "";
    const parts2 = [];
    if (!now.masked) parts2.push(tr("Masked attention is off: each query may look everywhere, in all three layers."));
    if (now.without.length)
      parts2.push(
        trCount("Query {queries} is taken away.", "Queries {queries} are taken away.", now.without.length, {
          queries: now.without.join(", ")
        })
      );
    if (moved2.length)
      parts2.push(tr("Moved: {thresholds}.", { thresholds: moved2.map((name) => tr(TITLES[name])).join(tr(" and ")) }));
    if (now.truth && this.before?.image === now.image) parts2.push(this._effect(this.before.judged, now.judged[1], now));
    return parts2.join(" ");
  }
  _effect(before, after, now) {
    const names = looksOf(now.truth.segments, this.classes), matched = ({ found }) => new Set(found.true.filter(({ kind }) => kind === "matched").map(({ id }) => id)), falses = ({ found }) => found.predicted.filter(({ kind }) => kind === "false").length;
    const [was, is] = [matched(before), matched(after)];
    const listed2 = (title, ids) => ids.length ? ` ${tr(title, { names: ids.map((id) => names.get(id).name).join(", ") })}` : "";
    return tr("PQ {before} before, {after} now.", { before: percent(before.pq.all.pq), after: percent(after.pq.all.pq) }) + listed2(
      trLater("No longer found: {names}."),
      [...was].filter((id) => !is.has(id))
    ) + listed2(
      trLater("Found only now: {names}."),
      [...is].filter((id) => !was.has(id))
    ) + (falses(after) === falses(before) ? "" : ` ${tr("False segments: {before} before, {after} now.", { before: falses(before), after: falses(after) })}`);
  }
};

// segtutor/widgets/shared/sigmoid.js
var FAR2 = 32;
var STEPS = 64;
var VALUES = Float64Array.from({ length: 2 * FAR2 * STEPS + 1 }, (_, n) => 1 / (1 + Math.exp(FAR2 - n / STEPS)));
function sigmoidBetween(upper, lower, weight, count, out, start) {
  for (let x = 0; x < count; x++) {
    const logit = Math.fround((1 - weight) * upper[x] + weight * lower[x]);
    if (logit > -FAR2 && logit < FAR2) {
      const n = (logit + FAR2) * STEPS + 0.5 | 0, d = logit + FAR2 - n / STEPS, s = VALUES[n];
      out[start + x] = s + d * s * (1 - s) * (1 + d * (0.5 - s));
    } else out[start + x] = 1 / (1 + Math.exp(-logit));
  }
}

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
      const product2 = Math.fround(score * mask[i]);
      if (product2 > best[i] || product2 === best[i] && query < winner[i]) {
        best[i] = product2;
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
        const i = lost[j], product2 = Math.fround(score * mask[i]);
        if (product2 > best[i] || product2 === best[i] && query < winner[i]) {
          best[i] = product2;
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
    const kept2 = new Uint8Array(this.queries);
    for (let n = 0; n < length; n++) kept2[this.candidates[n]] = 1;
    const idOfQuery = new Int32Array(this.queries + 1);
    const fates = [], segments = [], fused = /* @__PURE__ */ new Map();
    for (let query = 0; query < this.queries; query++) {
      const label = labels[query];
      const record = { query, label, score: scores[query], area: 0, maskArea: null, painted: 0, fate: FATES.none };
      fates.push(record);
      if (label === this.classes) continue;
      record.fate = FATES.below;
      if (!kept2[query]) continue;
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

// segtutor/widgets/shared/logits.js
function softmax(values) {
  const largest2 = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const parts2 = Float64Array.from(values, (value) => Math.exp(value - largest2));
  const sum = parts2.reduce((a, b) => a + b, 0);
  return Float32Array.from(parts2, (part) => part / sum);
}

// segtutor/widgets/explainer/merge.js
function argmaxOf({ dims: [, classes, H, W], data }) {
  const labels = new Uint8Array(H * W), best = data.slice(0, H * W);
  for (let k = 1; k < classes; k++)
    for (let i = 0, at = k * H * W; i < H * W; i++, at++)
      if (data[at] > best[i]) {
        best[i] = data[at];
        labels[i] = k;
      }
  return labels;
}
function foundOf({ dims: [, Q, row], data }) {
  return Array.from({ length: Q }, (_, q) => {
    const probs = softmax(data.subarray(q * row, (q + 1) * row)), score = Math.max(...probs);
    return { label: probs.indexOf(score), score };
  });
}
function mergeOf({ class_logits: classLogits, mask_logits: maskLogits }, isthing, size, without) {
  const [, Q, h, w] = maskLogits.dims, row = isthing.length + 1, probs = new Float32Array(Q * row);
  for (let q = 0; q < Q; q++)
    if (without.includes(q)) probs[q * row + row - 1] = 1;
    else probs.set(softmax(classLogits.data.subarray(q * row, (q + 1) * row)), q * row);
  return new PanopticInference(
    probs,
    isthing,
    size,
    (q) => maskProbabilities(maskLogits.data.subarray(q * h * w, (q + 1) * h * w), [h, w], size)
  );
}
var surest = ({ candidates, labels }, isthing) => candidates.find((q) => isthing[labels[q]]) ?? candidates[0] ?? 0;
function middleOf({ dims: [, , h, w], data }, query) {
  const logits = data.subarray(query * h * w, (query + 1) * h * w), best = logits.indexOf(Math.max(...logits));
  return [(best % w + 0.5) / w, (Math.floor(best / w) + 0.5) / h];
}

// segtutor/widgets/explainer/parts.js
var written = (value) => !Number.isFinite(value) ? "—" : (Math.abs(value) >= 1e3 || value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toFixed(3)).replace("-", "−");
var percent2 = (share2) => share2 > 0 && share2 < 5e-4 ? "< 0.1 %" : `${(100 * share2).toFixed(1)} %`;
function number(name) {
  const node = element("output", { class: "number", "data-number": name });
  return {
    node,
    show: (value, text = written(value)) => {
      node.dataset.value = String(value);
      setText(node, text);
    }
  };
}
function chooser(label, options, onChange, signal) {
  const select = ownKeys(
    element("select", { "aria-label": label }, ...options.map((text, value) => element("option", { value }, text))),
    signal
  );
  select.addEventListener("change", () => onChange(Number(select.value)), { signal });
  return { node: element("label", { class: "chooser" }, `${label} `, select), select };
}
function table(caption, heads) {
  const body = element("tbody"), row = element("tr");
  const head = (texts) => row.replaceChildren(...texts.map((text) => element("th", { scope: "col" }, text)));
  head(heads);
  const node = element(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption), element("thead", {}, row), body)
  );
  const show = (rows, chosen = -1) => body.replaceChildren(
    ...rows.map(
      (cells, n) => element(
        "tr",
        { class: n === chosen ? "chosen" : null },
        ...cells.map((cell) => {
          if (typeof cell !== "object" || cell instanceof Node) return element("td", {}, cell);
          const one = number(cell.name);
          one.show(cell.value, cell.text ?? written(cell.value));
          return element("td", { class: "right" }, one.node);
        })
      )
    )
  );
  return { node, show, head };
}
function product(first, second) {
  const strips = [first, second, tr("products")].map((title) => new Plate(title)), largest2 = table(tr("The five terms that weigh most"), [tr("channel"), first, second, tr("product")]);
  const node = element(
    "div",
    { class: "product" },
    ...strips.map(
      ({ node: strip }, n) => element(
        "div",
        { class: "vector" },
        element("small", {}, [first, second, tr("their products")][n]),
        element("span", { class: "strip" }, strip)
      )
    ),
    largest2.node
  );
  const show = (a, b, terms) => {
    [a, b, terms].forEach(
      (values, n) => strips[n].signed(values, 0, [values.length, 1], Math.max(1e-9, ...[...values].map(Math.abs)))
    );
    const order = [...terms.keys()].sort((i, j) => Math.abs(terms[j]) - Math.abs(terms[i])).slice(0, 5);
    largest2.show(order.map((c) => [String(c), written(a[c]), written(b[c]), written(terms[c])]));
  };
  return { node, show };
}
function shareTable(caption) {
  const made2 = table(caption, [tr("class"), tr("logit z"), tr("exp(z − largest)"), tr("share")]);
  return {
    node: made2.node,
    show: (names, logits, { powers, shares: shares2 }) => made2.show(
      [...shares2.keys()].sort((a, b) => shares2[b] - shares2[a]).map((k) => [
        names[k] ?? tr("no object"),
        { name: `logit-${k}`, value: logits[k] },
        { name: `power-${k}`, value: powers[k] },
        { name: `share-${k}`, value: shares2[k], text: percent2(shares2[k]) }
      ]),
      0
    )
  };
}

// segtutor/widgets/explainer/answers.js
var STEPS3 = [
  [
    trLater("Score threshold"),
    trLater("Queries that found nothing, or are not sure enough, are put away. The rest may claim pixels.")
  ],
  [
    trLater("Argmax"),
    trLater("Each pixel goes to the query with the largest score × mask probability there. Below: the marked pixel.")
  ],
  [
    trLater("Overlap"),
    trLater("A query that got too little of its own mask lost it to others, and is dropped with all it won.")
  ],
  [
    trLater("Void"),
    trLater("A pixel is painted where its query's mask probability passes the mask threshold. The rest stays void.")
  ]
];
var HEADS = [
  [trLater("query"), trLater("class"), trLater("score"), trLater("so it"), ""],
  [
    trLater("query"),
    trLater("class"),
    trLater("score"),
    trLater("mask probability here"),
    trLater("score × probability")
  ],
  [trLater("query"), trLater("class"), trLater("pixels won"), trLater("its mask"), trLater("share")],
  [trLater("query"), trLater("class"), trLater("segment"), "", ""]
].map((texts) => texts.filter(Boolean));
var KINDS2 = {
  matched: trLater("matched"),
  missed: trLater("missed"),
  false: trLater("false"),
  ignored: trLater("ignored"),
  crowd: trLater("crowd")
};
function openedAnswers(page) {
  const { facts, reading, act } = page, { classes, size } = facts.state, { names } = reading;
  const [H, W] = size;
  function pairs(n) {
    const made2 = table(tr("Segments of the truth, then what the network invented"), [
      tr("truth"),
      tr("network"),
      tr("shared pixels"),
      tr("union"),
      tr("IoU"),
      ""
    ]), perClass = table(tr("Classes that occur"), [
      tr("class"),
      tr("sum of IoU"),
      tr("matched"),
      tr("missed"),
      tr("false"),
      tr("PQ of the class")
    ]), total = number("pq");
    const node = element(
      "div",
      {},
      element("h3", {}, tr("What it is worth: PQ as pairs")),
      element(
        "p",
        { class: "untold", hidden: true },
        tr("Of your own picture nobody has said what is true: no pairs, no PQ.")
      ),
      element(
        "p",
        {},
        tr(
          "A segment of the truth and one of the network match where they are of one class and share more than half of their union."
        )
      ),
      made2.node,
      perClass.node,
      element("p", { class: "equation" }, ...trParts("the mean over these classes = PQ {pq}", { pq: total.node }))
    );
    let shown;
    const show = (now) => {
      if (shown === now.judged[n]) return;
      shown = now.judged[n];
      const told = Boolean(shown);
      node.querySelectorAll(":scope > :not(h3)").forEach((one) => one.hidden = one.matches(".untold") === told);
      if (!shown) return;
      const { found, segments } = now.judged[n], true_ = looksOf(now.truth.segments, classes), ours = looksOf(segments, classes), P = found.predicted.length;
      const rows = found.true.map((one, t) => {
        const p = found.predicted.findIndex(({ id }) => one.partner && id === one.partner), both = p < 0 ? 0 : found.shared[(t + 1) * (P + 1) + p + 1], union = p < 0 ? 0 : one.area + found.predicted[p].area - both - found.shared[p + 1];
        return p < 0 ? [true_.get(one.id).name, "—", "—", "—", "—", tr(KINDS2[one.kind])] : [
          true_.get(one.id).name,
          ours.get(one.partner).name,
          { name: `shared-${one.id}`, value: both, text: String(both) },
          { name: `union-${one.id}`, value: union, text: String(union) },
          { name: `iou-${one.id}`, value: one.iou },
          tr("matched")
        ];
      });
      for (const { id, kind } of found.predicted)
        if (kind !== "matched") rows.push(["—", ours.get(id).name, "—", "—", "—", tr(KINDS2[kind])]);
      made2.show(rows);
      const qualities = classQualities(found, classes.length);
      perClass.show(
        qualities.flatMap(
          (one, k) => one.weight > 0 ? [
            [
              names[k],
              written(one.iou),
              String(one.tp),
              String(one.fn),
              String(one.fp),
              { name: `pq-${k}`, value: one.pq, text: percent2(one.pq) }
            ]
          ] : []
        )
      );
      const { pq } = meanQuality(qualities);
      total.show(pq, percent2(pq));
    };
    return { node, show };
  }
  return {
    components: {
      intuition: tr(
        "A network that classifies pixels has no things. A patch of pixels of one class is taken for one thing: two that touch become one, one that is cut in two becomes two."
      ),
      lesson: "10",
      code: "segtutor/inference/components.py",
      build: (body) => {
        const worth = pairs(0);
        body.append(worth.node);
        return (now) => worth.show(now);
      }
    },
    merge: {
      intuition: tr(
        "Masks overlap and some are wrong; an answer needs each pixel once. Four steps decide, and you can walk them."
      ),
      lesson: "08",
      code: "segtutor/inference/panoptic.py",
      build: (body, again, signal) => {
        let [step, last, drawn] = [0, -1, null];
        const walk = chooser(
          tr("Step"),
          STEPS3.map(([title], n) => `${n + 1}. ${tr(title)}`),
          (n) => {
            step = n;
            again();
          },
          signal
        ), back = element("button", { type: "button" }, tr("Back")), next = element("button", { type: "button" }, tr("Next step")), says = element("p"), plate = new Plate(tr("The picture after this step"), page.pick), made2 = table(
          tr("Queries at this step"),
          HEADS[0].map((text) => tr(text))
        ), worth = pairs(1);
        const go = (by) => {
          step = Math.min(STEPS3.length - 1, Math.max(0, step + by));
          again();
        };
        back.addEventListener("click", () => go(-1));
        next.addEventListener("click", () => go(1));
        const sliders = [
          ["scoreThreshold", trLater("Score threshold")],
          ["maskThreshold", trLater("Mask threshold")],
          ["overlapThreshold", trLater("Overlap threshold")]
        ].map(([name, label]) => ({
          name,
          made: slider({ label: tr(label), hint: "", onInput: (value) => act.threshold(name, value), signal })
        }));
        plate.node.classList.add("large");
        body.append(
          element("p", {}, walk.node, back, " ", next),
          says,
          element("div", { class: "beside" }, plate.node, made2.node),
          element("div", { class: "segtutor-widget sliders" }, ...sliders.map((one) => one.made.node)),
          worth.node
        );
        return (now, view) => {
          const { merge, merged, thresholds } = now, { fates } = merged;
          walk.select.value = String(step);
          back.disabled = step === 0;
          next.disabled = step === STEPS3.length - 1;
          setText(says, tr(STEPS3[step][1]));
          sliders.forEach(({ name, made: one }) => one.show(thresholds[name], tr("of 1")));
          const at = reading.pixelIndex(view.pixel), taking = fates.filter(({ fate }) => fate !== FATES.none && fate !== FATES.below);
          const rowOf = {
            0: () => fates.map((one) => ({ ...one, ...now.without.includes(one.query) ? now.found[one.query] : {} })).sort((a, b) => b.score - a.score).map(({ query, label, score, fate }) => [
              String(query),
              names[label] ?? tr("no object"),
              { name: `score-${query}`, value: score },
              now.without.includes(query) ? tr("taken away") : fate === FATES.none ? tr("found nothing") : fate === FATES.below ? tr("not sure enough") : tr("may claim")
            ]),
            1: () => taking.map((one) => ({ ...one, probability: merge.mask(one.query)[at] })).sort((a, b) => b.score * b.probability - a.score * a.probability).slice(0, 6).map(({ query, label, score, probability }) => [
              String(query),
              names[label],
              { name: `score-${query}`, value: score },
              { name: `probability-${query}`, value: probability },
              { name: `claim-${query}`, value: score * probability }
            ]),
            2: () => taking.map(({ query, label, area, maskArea, fate }) => [
              String(query),
              names[label],
              { name: `won-${query}`, value: area, text: tr("{n} won", { n: area }) },
              { name: `mask-${query}`, value: maskArea, text: tr("of {n} in its mask", { n: maskArea }) },
              `${percent2(area / maskArea)}: ${fate === FATES.kept ? tr("kept") : tr("dropped")}`
            ]),
            3: () => merged.segments.map(({ id, label, area, queries }) => [
              queries.join(" + "),
              names[label],
              { name: `segment-${id}`, value: area, text: trCount("{n} pixel", "{n} pixels", area) }
            ])
          };
          worth.show(now);
          if (drawn === merged && step === last && step !== 1) return;
          [drawn, last] = [merged, step];
          made2.head(HEADS[step].map((text) => tr(text)));
          made2.show(rowOf[step](), -1);
          const { numbers, colours } = painted(now, step);
          plate.labels(numbers, [W, H], colours, tr(STEPS3[step][0]));
        };
      }
    }
  };
  function painted({ merge, merged, answers }, step) {
    const colours = [[150, 150, 150]], queryLooks = (query) => classes[merge.labels[query]].colors;
    if (step === 3) {
      for (const [id, { color }] of looksOf(new Map(answers[1].segments.map(({ id: id2, label }) => [id2, label])), classes))
        colours[id] = color;
      return { numbers: answers[1].ids, colours };
    }
    const taking = merged.fates.filter(
      ({ fate }) => step === 2 ? fate === FATES.kept : fate !== FATES.none && fate !== FATES.below
    );
    taking.forEach(({ query }) => {
      const all = queryLooks(query);
      colours[query + 1] = all[query % all.length];
    });
    if (step) return { numbers: merge.winner.map((query) => colours[query + 1] ? query + 1 : 0), colours };
    const first = new Int32Array(W * H);
    [...taking].sort((a, b) => a.score - b.score).forEach(({ query }) => {
      const mask = merge.mask(query);
      for (let i = 0; i < first.length; i++) if (mask[i] >= 0.5) first[i] = query + 1;
    });
    return { numbers: first, colours };
  }
}

// segtutor/widgets/explainer/open.js
var SIZES = [
  [4, 4],
  [8, 8],
  [16, 16]
];
var LESSONS = {
  "00": ["00_what_can_a_network_see", trLater("What can a network see?")],
  "02": ["02_can_a_pixel_decide_alone", trLater("Can a pixel decide alone?")],
  "03": ["03_why_not_classify_masks_instead", trLater("Why not classify masks instead?")],
  "04": ["04_where_do_sharp_masks_come_from", trLater("Where do sharp masks come from?")],
  "05": ["05_how_does_a_cell_read_many_scales", trLater("How does a cell read many scales?")],
  "06": ["06_what_is_a_query", trLater("What is a query?")],
  "07": ["07_why_look_only_inside_the_mask", trLater("Why look only inside the mask?")],
  "08": ["08_pixels_or_masks", trLater("Pixels or masks?")],
  10: ["10_what_does_the_score_mean", trLater("What does the score mean?")]
};
function opened(page) {
  const { facts, reading, weights, scene, act } = page, { names } = reading;
  const line2 = (...parts2) => element("p", { class: "equation" }, ...parts2);
  return {
    picture: {
      intuition: tr("What both networks are asked about. Change it, and everything to the right of it changes."),
      lesson: "00",
      code: "segtutor/data/toytown/scene.py",
      build: (body) => {
        body.append(element("div", { class: "segtutor-widget segtutor-scene" }, scene.tools.node));
        return () => {
        };
      }
    },
    backbone: {
      intuition: tr(
        "A convolution lays a small pattern of weights over the picture and asks how well it fits, at every cell with the same weights. This is the very first one: what it is given are the pixels themselves."
      ),
      lesson: "00",
      code: "segtutor/reference/backbones/resnet.py",
      build: (body, again, signal) => {
        let [network, channel] = [1, 0];
        const C = weights["1:stem"].dims[0];
        const colours = [tr("red"), tr("green"), tr("blue")];
        const plates = colours.map(
          (name) => [tr("pixels"), tr("weights"), tr("products")].map((what) => new Plate(`${what}, ${name}`))
        );
        const parts2 = ["red", "green", "blue"].map((name) => number(`sum-${name}`)), total = number("sum"), result = number("result"), where = element("span");
        body.append(
          element(
            "p",
            {},
            chooser(
              tr("Network"),
              [tr("classifies pixels"), tr("classifies masks")],
              (n) => {
                network = n;
                again();
              },
              signal
            ).node,
            chooser(
              tr("Channel"),
              Array.from({ length: C }, (_, n) => String(n)),
              (n) => {
                channel = n;
                again();
              },
              signal
            ).node,
            where
          ),
          element(
            "div",
            { class: "convolution" },
            ...plates.map(
              (three, n) => element(
                "div",
                {},
                ...three.map(
                  ({ node }, k) => element(
                    "figure",
                    {},
                    node,
                    element("figcaption", {}, [tr("pixels"), tr("× weights"), tr("= products")][k])
                  )
                ),
                element("p", {}, ...trParts("{colour}: sum {sum}", { colour: colours[n], sum: parts2[n].node }))
              )
            )
          ),
          line2(
            ...trParts("sum of all 147 products = {sum}; the network says {result}", {
              sum: total.node,
              result: result.node
            })
          )
        );
        body.querySelector("select").value = String(network);
        return (now, view) => {
          const { pixels, stem } = now.tensors[network], cell = cellAt(view.pixel, [64, 64]), found = convolutionAt(pixels, weights[`${network}:stem`], stem, channel, cell);
          setText(
            where,
            ` ${tr("at cell ({cell}) of 64 by 64; 7 by 7 pixels around it, normalised", { cell: cell.join(", ") })}`
          );
          found.terms.forEach((part, n) => {
            const columns = [
              part.map(({ given }) => given),
              part.map(({ weight }) => weight),
              part.map((one) => one.given * one.weight)
            ];
            columns.forEach(
              (values, k) => plates[n][k].signed(
                values,
                0,
                [7, 7],
                k === 0 ? 2.5 : Math.max(1e-9, ...values.map(Math.abs)),
                tr("red above 0, blue below")
              )
            );
            parts2[n].show(found.sums[n]);
          });
          total.show(found.sum);
          result.show(found.result);
        };
      }
    },
    "pixel-decoder": {
      intuition: tr(
        "A cell does not compare itself with all others. It says where it wants to read, a few points on each level, and how much each counts. Points fall between cells: what is read there is a mean of the four around."
      ),
      lesson: "05",
      code: "segtutor/reference/layers/deformable.py",
      build: (body, again, signal) => {
        let [head, level, point, channel] = [0, 2, 0, 0];
        const picture = new Plate(tr("The picture with the points that this cell reads, of one head")), dots = Array.from({ length: 12 }, () => element("i", { class: "dot", "aria-hidden": "true" })), corners = table(tr("Four cells around the point"), [
          tr("cell"),
          tr("share"),
          tr("value"),
          tr("share × value")
        ]), [read, weight, added, where] = [number("read"), number("weight"), number("added"), element("span")];
        picture.node.classList.add("large");
        picture.node.append(...dots);
        const choose = (label, count, set, words = (n) => String(n)) => chooser(
          label,
          Array.from({ length: count }, (_, n) => words(n)),
          (n) => {
            set(n);
            again();
          },
          signal
        );
        const levelChoice = choose(
          tr("Level"),
          3,
          (n) => level = n,
          (n) => `1/${[32, 16, 8][n]}`
        );
        levelChoice.select.value = "2";
        body.append(
          element(
            "p",
            {},
            choose(tr("Head"), 4, (n) => head = n).node,
            levelChoice.node,
            choose(tr("Point"), 4, (n) => point = n).node,
            choose(tr("Channel of the head"), 16, (n) => channel = n).node
          ),
          element(
            "div",
            { class: "beside" },
            picture.node,
            element(
              "div",
              {},
              element("p", {}, where),
              corners.node,
              line2(
                ...trParts("read = {read}; × weight of the point {weight} = {added}", {
                  read: read.node,
                  weight: weight.node,
                  added: added.node
                })
              ),
              element(
                "p",
                { class: "note" },
                tr(
                  "Twelve such products, over levels and points, add up to what the head brings home. Rings on the picture: the head's twelve points, larger where they count more; filled: this one."
                )
              )
            )
          )
        );
        return (now, view) => {
          const tensors = now.tensors[1], [x, y] = cellAt(view.pixel, SIZES[2]), cell = 16 + 64 + 16 * y + x, asked = { cell, head, level, point, channel, heads: 4 }, found = samplingPoint(tensors, asked, SIZES);
          picture.pixels(facts.state.size[1], facts.state.size[0]).set(now.image);
          picture.show();
          dots.forEach((dot2, n) => {
            const place = (cell * 4 + head) * 12 + n, size = 5 + 30 * Math.sqrt(tensors.point_weights.data[place]);
            Object.assign(dot2.style, {
              left: `${100 * tensors.points.data[2 * place]}%`,
              top: `${100 * tensors.points.data[2 * place + 1]}%`,
              width: `${size}px`,
              height: `${size}px`
            });
            dot2.classList.toggle("filled", n === 4 * level + point);
          });
          setText(
            where,
            tr("Cell ({x}, {y}) of the 1/8 map reads level 1/{stride} at ({place}) in cells of it.", {
              x,
              y,
              stride: [32, 16, 8][level],
              place: found.at.map(written).join(", ")
            })
          );
          corners.show(
            found.corners.map((one) => [
              `(${one.x}, ${one.y})`,
              written(one.share),
              written(one.value),
              written(one.share * one.value)
            ])
          );
          read.show(found.read);
          weight.show(found.weight);
          added.show(found.read * found.weight);
        };
      }
    },
    "pixel-head": {
      intuition: tr(
        "Each class has a vector of weights, a pixel has a vector of features. The more they point the same way, the larger the logit. It is the same for every pixel: no pixel knows which thing it belongs to."
      ),
      lesson: "02",
      code: "segtutor/reference/per_pixel/upernet_head.py",
      build: (body, again, signal) => {
        let label = 0;
        const sum = product(tr("class weights"), tr("pixel's features")), [total, bias, logit, result] = ["sum", "bias", "logit", "result"].map(number);
        body.append(
          element(
            "p",
            {},
            chooser(
              tr("Class"),
              names,
              (n) => {
                label = n;
                again();
              },
              signal
            ).node
          ),
          sum.node,
          line2(
            ...trParts("sum {sum} + bias {bias} = logit {logit}; the network says {result} at this cell of 32 by 32", {
              sum: total.node,
              bias: bias.node,
              logit: logit.node,
              result: result.node
            })
          )
        );
        return (now, view) => {
          const { fused, cell_logits: cells } = now.tensors[0], [x, y] = cellAt(view.pixel, [32, 32]), row = weights["0:classifier"].data.subarray(64 * label, 64 * label + 64), features = channelsAt(fused, [x, y]), found = dotProduct(row, features), b = weights["0:bias"].data[label];
          sum.show(row, features, found.terms);
          total.show(found.sum);
          bias.show(b);
          logit.show(found.sum + b);
          result.show(cells.data[(label * 32 + y) * 32 + x]);
        };
      }
    },
    "pixel-softmax": distribution(
      tr(
        "Logits become shares that add up to 1: each is a power of e, divided by the sum of all. One logit more than the next is almost three times its share."
      ),
      "02",
      "segtutor/models/labels.py",
      (now, view) => reading.pixelLogits(now, view.pixel)
    ),
    argmax: {
      intuition: tr(
        "The class with the largest logit wins the pixel, however small its lead. Where the lead is small a border runs."
      ),
      lesson: "02",
      code: "segtutor/inference/components.py",
      build: (body) => {
        const [first, second, lead] = ["first", "second", "lead"].map(number), [one, two] = [element("b"), element("b")];
        body.append(
          line2(
            ...trParts("{one} {first} − {two} {second} = a lead of {lead}", {
              one,
              first: first.node,
              two,
              second: second.node,
              lead: lead.node
            })
          )
        );
        return (now, view) => {
          const logits = reading.pixelLogits(now, view.pixel), order = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
          setText(one, names[order[0]]);
          setText(two, names[order[1]]);
          first.show(logits[order[0]]);
          second.show(logits[order[1]]);
          lead.show(logits[order[0]] - logits[order[1]]);
        };
      }
    },
    queries: {
      intuition: tr(
        "A query begins as a learned vector that has seen no picture. Each layer adds what it read: how far did it move?"
      ),
      lesson: "06",
      code: "segtutor/reference/decoders/masked_decoder.py",
      build: (body, _again, signal) => {
        const made2 = table(tr("The query after each layer"), [
          tr("after"),
          tr("length"),
          tr("moved by"),
          tr("most probable class"),
          tr("its share")
        ]);
        const rows = Array.from({ length: facts.queries }, (_, query) => {
          const box = element("input", { type: "checkbox", "data-takes-part": query }), says = element("span");
          box.addEventListener("change", () => act.takePart(query, box.checked), { signal });
          return { box, says, node: element("li", {}, element("label", {}, box, " ", says)) };
        });
        body.append(
          made2.node,
          element("h3", {}, tr("Which queries take part in the merge?")),
          element(
            "p",
            {},
            tr(
              "Take one away: what it had won goes to whoever claims it next, or stays void. The others were computed with it in their midst, and stay as they are."
            )
          ),
          element("ul", { class: "takes-part" }, ...rows.map(({ node }) => node))
        );
        return (now, view) => {
          rows.forEach(({ box, says, node }, query) => {
            box.checked = !now.without.includes(query);
            const { label, score } = now.found[query];
            setText(says, `${query}: ${names[label] ?? tr("no object")}, ${percent2(score)}`);
            node.classList.toggle("finds", label < names.length);
          });
          const {
            dims: [layers, Q, C],
            data
          } = now.tensors[1].states;
          const at = (n) => data.subarray((n * Q + view.query) * C, (n * Q + view.query + 1) * C);
          made2.show(
            Array.from({ length: layers }, (_, n) => {
              const { shares: found } = shares(reading.classLogits(now, { layer: n, query: view.query })), best = found.indexOf(Math.max(...found));
              const moved2 = n ? Math.hypot(...at(n).map((value, c) => value - at(n - 1)[c])) : 0;
              return [
                n ? tr("layer {n}", { n }) : tr("learning"),
                { name: `length-${n}`, value: Math.hypot(...at(n)) },
                { name: `moved-${n}`, value: moved2 },
                names[best] ?? tr("no object"),
                { name: `best-${n}`, value: found[best], text: percent2(found[best]) }
              ];
            }),
            view.layer
          );
        };
      }
    },
    attention: {
      intuition: tr(
        "The query asks, each cell has a key; where they agree, the query reads. Masked attention adds a rule: cells outside the mask that the query predicted a moment ago get no share at all, however well they agree."
      ),
      lesson: "07",
      code: "segtutor/reference/layers/attention.py",
      build: (body, again, signal) => {
        let [layer, head] = [2, 0];
        const plate = new Plate(tr("Shares of one head over the cells")), made2 = table(tr("The cells with the largest shares, and the marked pixel's"), [
          tr("cell"),
          "q · k / √16",
          tr("allowed"),
          tr("exp(score − largest allowed)"),
          tr("share")
        ]), [sum, here, given, count] = ["sum", "share", "given", "allowed"].map(number);
        plate.node.classList.add("large");
        const layerChoice = chooser(
          tr("Layer"),
          [1, 2, 3].map((n) => tr("{n}, reads 1/{stride}", { n, stride: [32, 16, 8][n - 1] })),
          (n) => {
            layer = n;
            again();
          },
          signal
        );
        layerChoice.select.value = "2";
        body.append(
          element(
            "p",
            {},
            layerChoice.node,
            chooser(
              tr("Head"),
              ["0", "1", "2", "3"],
              (n) => {
                head = n;
                again();
              },
              signal
            ).node
          ),
          element(
            "div",
            { class: "beside" },
            plate.node,
            element(
              "div",
              {},
              made2.node,
              line2(
                ...trParts(
                  "the powers of the {n} allowed cells add up to {sum}; the marked pixel's cell: {here}, the network says {given}",
                  { n: count.node, sum: sum.node, here: here.node, given: given.node }
                )
              )
            )
          )
        );
        return (now, view) => {
          const found = headSoftmax(now.tensors[1], layer, head, view.query, facts.heads), [w, h] = SIZES[layer], [x, y] = cellAt(view.pixel, [w, h]), cell = y * w + x;
          plate.heat(found.shares, 0, [w, h], Math.max(...found.shares), found.allowed);
          const order = [...found.shares.keys()].sort((a, b) => found.shares[b] - found.shares[a]).slice(0, 5);
          if (!order.includes(cell)) order.push(cell);
          made2.show(
            order.map((s) => [
              `(${s % w}, ${Math.floor(s / w)})`,
              { name: `score-${s}`, value: found.scores[s] },
              found.allowed[s] ? tr("yes") : tr("no"),
              { name: `power-${s}`, value: found.powers[s] },
              { name: `share-${s}`, value: found.shares[s], text: percent2(found.shares[s]) }
            ]),
            order.indexOf(cell)
          );
          count.show(
            found.allowed.reduce((a, b) => a + b, 0),
            String(found.allowed.reduce((a, b) => a + b, 0))
          );
          sum.show(found.sum);
          here.show(found.shares[cell], percent2(found.shares[cell]));
          given.show(found.given[cell], percent2(found.given[cell]));
        };
      }
    },
    "class-head": distribution(
      tr(
        "A query says what it found: one of the classes, or that it found nothing, which is a class of its own. This is decided once a mask, not once a pixel."
      ),
      "03",
      "segtutor/reference/models/mask2former.py",
      (now, view) => reading.classLogits(now, view)
    ),
    masks: {
      intuition: tr(
        "The query makes a vector, each pixel has one. Their dot product is the mask's logit at that pixel: above 0 the pixel is inside. So one vector draws a whole mask."
      ),
      lesson: "03",
      code: "segtutor/reference/decoders/masked_decoder.py",
      build: (body) => {
        const sum = product(tr("mask embedding"), tr("pixel's embedding")), [total, result, probability] = ["sum", "result", "probability"].map(number), who = element("p");
        body.append(
          who,
          sum.node,
          line2(
            ...trParts(
              "sum of the 64 products = logit {sum}; the network says {result}; probability 1 / (1 + exp(−logit)) = {probability}",
              { sum: total.node, result: result.node, probability: probability.node }
            )
          )
        );
        return (now, view) => {
          const { embeddings, mask_features: features, all_mask_logits: logits } = now.tensors[1], [, Q, C] = embeddings.dims, [x, y] = cellAt(view.pixel, [32, 32]);
          const row = embeddings.data.subarray(
            (view.layer * Q + view.query) * C,
            (view.layer * Q + view.query + 1) * C
          ), pixel = channelsAt(features, [x, y]), found = dotProduct(row, pixel);
          setText(who, tr("Query {q} and cell ({x}, {y}) of the 32 by 32 mask features.", { q: view.query, x, y }));
          sum.show(row, pixel, found.terms);
          total.show(found.sum);
          result.show(logits.data[((view.layer * Q + view.query) * 32 + y) * 32 + x]);
          probability.show(1 / (1 + Math.exp(-found.sum)), percent2(1 / (1 + Math.exp(-found.sum))));
        };
      }
    },
    ...openedAnswers(page)
  };
  function distribution(intuition, lesson, code, logitsOf) {
    return {
      intuition,
      lesson,
      code,
      build: (body) => {
        const made2 = shareTable(tr("From logits to shares")), sum = number("sum");
        body.append(
          line2(...trParts("the powers add up to {sum}; a share is a power divided by it", { sum: sum.node })),
          made2.node
        );
        return (now, view) => {
          const logits = logitsOf(now, view), found = shares(logits);
          sum.show(found.sum);
          made2.show(names, logits, found);
        };
      }
    };
  }
}
var Opened = class {
  constructor(node, page, close) {
    this.node = node;
    this.page = page;
    this.close = close;
    this.kinds = opened(page);
    this.name = null;
    this.update = () => {
    };
  }
  /** Shows a box, or nothing (null). @param {() => void} again draws what is open once more */
  show(box, again) {
    this.ended?.abort();
    this.node.replaceChildren();
    this.name = box?.name ?? null;
    this.node.hidden = !box;
    this.update = () => {
    };
    if (!box) return;
    this.ended = new AbortController();
    const { intuition, lesson, code, build } = this.kinds[box.name], [slug, question] = LESSONS[lesson], body = element("div", { class: "numbers" }), shut = element("button", { type: "button", class: "shut" }, tr("Close"));
    shut.addEventListener("click", this.close);
    this.node.setAttribute("aria-label", tr("{box}, opened", { box: box.title }));
    this.node.append(
      element("header", {}, element("h2", { tabindex: -1 }, box.title), shut),
      element("p", { class: "intuition" }, intuition),
      body,
      element(
        "p",
        { class: "links" },
        ...trParts("In a lesson: {lesson} (where the course's pages lie beside this one). In code: {code}", {
          lesson: element("a", { href: `${slug}.html` }, `${lesson}, ${tr(question)}`),
          code: element("code", {}, code)
        })
      )
    );
    this.update = build(body, again, this.ended.signal);
  }
};

// segtutor/widgets/explainer/picture.js
var namespace = "";
function svgNamespace() {
  if (namespace) return namespace;
  const parsed = document.createElement("template");
  parsed.innerHTML = "<svg></svg>";
  namespace = parsed.content.firstElementChild.namespaceURI;
  return namespace;
}
var MARGIN = 16;
var TITLE = 24;
var CAPTION = 14;
var LINE = 20;
function made(tag, attributes, text = "") {
  const node = document.createElementNS(svgNamespace(), tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text) node.textContent = text;
  return node;
}
var round = (value) => Math.round(10 * value) / 10;
var seen = (colour) => colour !== "transparent" && !/, 0\)$|\/ 0\)$/.test(colour);
function asSvg(parts2, { title, caption }) {
  const shown = parts2.filter((node) => node.getClientRects().length), boxes = shown.map((node) => node.getBoundingClientRect()), left = Math.min(...boxes.map((one) => one.left)) - MARGIN, width = Math.ceil(Math.max(...boxes.map((one) => one.right)) - left + MARGIN), page = getComputedStyle(document.body);
  const above = MARGIN + TITLE + MARGIN / 2, content = made("g", {});
  let bottom = above;
  shown.forEach((node, n) => {
    const { top, height: height2 } = boxes[n], group = made("g", { transform: `translate(${round(-left)} ${round(bottom - top)})` });
    paint(node, group);
    content.append(group);
    bottom += height2 + MARGIN;
  });
  const lines = wrapped(caption, Math.max(20, Math.floor((width - 2 * MARGIN) / (0.55 * CAPTION)))), height = Math.ceil(bottom + LINE * lines.length + MARGIN / 2);
  const svg = made("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  svg.setAttribute("font-family", page.fontFamily);
  svg.setAttribute("lang", document.documentElement.lang);
  svg.append(
    made("title", {}, title),
    made("desc", {}, caption),
    made("rect", { width, height, fill: seen(page.backgroundColor) ? page.backgroundColor : "#fff" }),
    made(
      "text",
      { x: MARGIN, y: MARGIN + 0.8 * TITLE, "font-size": TITLE, "font-weight": 700, fill: page.color },
      title
    ),
    content,
    ...lines.map(
      (line2, n) => made("text", { x: MARGIN, y: round(bottom + (n + 0.7) * LINE), "font-size": CAPTION, fill: page.color }, line2)
    )
  );
  return { text: new XMLSerializer().serializeToString(svg), width, height };
}
async function asPng({ text, width, height }) {
  const scale = Math.min(2, 8192 / Math.max(width, height)), url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })), image = new Image();
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((go, fail) => {
      canvas.toBlob((blob) => blob ? go(blob) : fail(new Error("the browser made no picture")), "image/png");
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 6e4);
}
var WIDE = "\\u2e80-\\u9fff\\uf900-\\ufaff\\uff00-\\uffef";
var CLOSING = "、。，．：；！？）」』”…";
var PIECES = new RegExp(`(?:[${WIDE}](?:[${CLOSING}])*|[^\\s${WIDE}]+[${CLOSING}]*)\\s*`, "g");
var widthOf = (text) => text.length + (text.match(new RegExp(`[${WIDE}]`, "g"))?.length ?? 0);
function wrapped(text, most) {
  const lines = [""];
  for (const [piece] of text.matchAll(PIECES)) {
    const longer = lines.at(-1) + piece;
    if (widthOf(longer.trimEnd()) <= most || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines.map((line2) => line2.trimEnd());
}
var LEFT_OUT = ".open, .shut, .segtutor-hidden, .segtutor-scene-frame, .segtutor-scene-grip, input[type=range]";
function paint(node, into) {
  const style = getComputedStyle(node);
  if (node.matches(LEFT_OUT) || style.display === "none" || style.visibility === "hidden") return;
  const { left: x, top: y, width, height } = node.getBoundingClientRect(), place = { x: round(x), y: round(y), width: round(width), height: round(height) };
  if (!width || !height) return;
  if (node instanceof HTMLCanvasElement) {
    into.append(
      made("image", {
        ...place,
        href: node.toDataURL("image/png"),
        preserveAspectRatio: "none",
        "image-rendering": style.imageRendering
      })
    );
    return;
  }
  if (node.matches(".mark, .dot")) {
    const ring = { cx: round(x + width / 2), cy: round(y + height / 2), r: round(width / 2) };
    into.append(made("circle", { ...ring, fill: "none", stroke: "#000", "stroke-width": 3 }));
    into.append(
      made("circle", {
        ...ring,
        fill: node.matches(".filled") ? style.backgroundColor : "none",
        stroke: "#fff",
        "stroke-width": 1.5
      })
    );
    return;
  }
  if (node.matches(".gone:not(button)")) into.append(made("rect", { ...place, fill: "#000", "fill-opacity": 0.7 }));
  frame2(node, style, place, into);
  if (node.matches(".segtutor-bar")) {
    const part = Number(style.getPropertyValue("--part"));
    into.append(made("rect", { ...place, width: round(width * part), fill: style.getPropertyValue("--link") }));
  }
  if (node instanceof HTMLSelectElement || node instanceof HTMLInputElement) {
    const said = node instanceof HTMLSelectElement ? node.selectedOptions[0]?.textContent : node.checked ? "✓" : "";
    if (said) into.append(line(said, x + 6, y + height / 2, style));
    return;
  }
  for (const child of node.childNodes)
    if (child instanceof HTMLElement) paint(child, into);
    else if (child instanceof Text) write(child, style, into);
  if (node.matches("button.gone")) into.append(made("rect", { ...place, fill: "#000", "fill-opacity": 0.5 }));
  const next = node.nextElementSibling?.getBoundingClientRect();
  if (node.matches(".box + .box, .box:has(+ .box)") && next && next.left >= x + width)
    into.append(
      made("path", {
        d: `M${round(x + width + 2)} ${round(y + 17)}H${round(next.left - 5)}m-3 -3l5 3l-5 3`,
        fill: "none",
        stroke: style.color,
        "stroke-width": 1.5
      })
    );
}
function frame2(node, style, place, into) {
  const edge = style.borderLeftStyle === "solid" && Number.parseFloat(style.borderLeftWidth) > 0, filled2 = seen(style.backgroundColor), around = style.outlineStyle === "solid" && style.outlineWidth !== "0px" && !node.matches(":focus");
  if (filled2 || edge || around)
    into.append(
      made("rect", {
        ...place,
        rx: Number.parseFloat(style.borderTopLeftRadius) || 0,
        fill: filled2 ? style.backgroundColor : "none",
        stroke: around ? style.outlineColor : edge ? style.borderLeftColor : "none",
        "stroke-width": around ? 2 : Number.parseFloat(style.borderLeftWidth) || 1
      })
    );
  const top = Number.parseFloat(style.borderTopWidth);
  if (style.borderTopStyle === "solid" && top > 2)
    into.append(made("rect", { ...place, height: top, fill: style.borderTopColor }));
}
function write(node, style, into) {
  const range = document.createRange();
  let current = null;
  for (const { 0: word, index } of node.data.matchAll(new RegExp(`[${WIDE}]\\s*|[^\\s${WIDE}-]*-?\\s*`, "g"))) {
    if (!word.trim()) continue;
    range.setStart(node, index);
    range.setEnd(node, index + word.trimEnd().length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    if (current && Math.abs(current.top - box.top) < 2) current.text += word;
    else {
      if (current) into.append(current.node());
      const { left, top, height } = box;
      current = { top, text: word, node: () => line(current.text, left, top + height / 2, style) };
    }
  }
  if (current) into.append(current.node());
}
var line = (text, x, y, style) => made(
  "text",
  {
    x: round(x),
    y: round(y),
    "dominant-baseline": "central",
    "font-size": style.fontSize,
    "font-weight": style.fontWeight,
    fill: style.color,
    ...style.fontFamily.includes("mono") ? { "font-family": "monospace" } : {}
  },
  text.replace(/\s+/g, " ").trim()
);

// segtutor/widgets/explainer/photo.js
var TYPES = ["image/jpeg", "image/png", "image/webp"];
var MEGABYTES = 30;
var MEGAPIXELS = 60;
var LEAST = 32;
async function readPhoto(file, size) {
  if (!TYPES.includes(file.type))
    throw new Error(
      tr("“{name}” is {type}: choose a picture in the form of JPEG, PNG or WebP", {
        name: file.name,
        type: file.type || tr("of no known type")
      })
    );
  if (file.size > MEGABYTES * 1e6)
    throw new Error(
      tr("“{name}” has {size} MB: choose a picture of at most {most} MB", {
        name: file.name,
        size: (file.size / 1e6).toFixed(0),
        most: MEGABYTES
      })
    );
  const unread = () => {
    throw new Error(tr("“{name}” could not be read as a picture: choose another one", { name: file.name }));
  };
  const [w, h] = await sizeOf(file).catch(unread);
  if (w * h > MEGAPIXELS * 1e6 || Math.min(w, h) < LEAST)
    throw new Error(
      tr(
        "“{name}” has {w} × {h} pixels: choose a picture of at least {least} pixels a side and at most {most} million",
        { name: file.name, w, h, least: LEAST, most: MEGAPIXELS }
      )
    );
  const bitmap = await createImageBitmap(file).catch(unread);
  const { width, height } = bitmap, side = Math.min(width, height);
  try {
    const image = shrunk(bitmap, (width - side) / 2, (height - side) / 2, side, size);
    const factor = side / size;
    const says = [
      tr("Your picture has {width} × {height} pixels. The networks take {size} × {size}.", { width, height, size })
    ];
    if (width !== height) says.push(tr("Its middle square ({side} × {side}) is used.", { side }));
    if (factor > 1) says.push(tr("It was made {factor} times smaller a side.", { factor: factor.toFixed(1) }));
    if (factor < 1) says.push(tr("It was enlarged."));
    says.push(tr("It stays on your machine."));
    return { image, says: says.join(" ") };
  } finally {
    bitmap.close();
  }
}
function sizeOf(file) {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(file), image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = reject;
    image.src = address;
    image.addEventListener("load", () => URL.revokeObjectURL(address));
    image.addEventListener("error", () => URL.revokeObjectURL(address));
  });
}
function shrunk(bitmap, left, top, side, size) {
  let canvas = canvasOf(Math.max(size, Math.min(side, 2048)));
  let context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.width);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.width);
  while (canvas.width > size) {
    const smaller = canvasOf(Math.max(size, Math.ceil(canvas.width / 2)));
    context = smaller.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, smaller.width, smaller.width);
    canvas = smaller;
  }
  return context.getImageData(0, 0, size, size).data;
}
function canvasOf(side) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  return canvas;
}

// segtutor/widgets/shared/scene/edits.js
var MOST = 200;
var swapped = (things, n, thing) => things.map((one, k) => k === n ? thing : one);
var within = (value, low, high) => Math.min(high, Math.max(low, value));
var kept = (x, y) => [within(x, -0.1, 1.1), within(y, 0, 1.3)];
var moveTo = (things, n, x, y, side) => swapped(things, n, moved(things[n], ...kept(x, y), side));
var moveBy = (things, n, dx, dy, side) => moveTo(things, n, things[n].x + dx / side, things[n].y + dy / side, side);
var resize = (things, n, height, side) => swapped(things, n, { ...moved(things[n], things[n].x, things[n].y, side), height });
function stepped(ladder, height, steps) {
  const heights = ladder.filter((one) => Math.abs(one - height) > 1e-9);
  const larger = heights.filter((one) => one > height), smaller = heights.filter((one) => one < height).reverse();
  const way = steps > 0 ? larger : smaller;
  return way[Math.min(Math.abs(steps), way.length) - 1] ?? height;
}
var nearest = (ladder, height) => ladder.reduce((best, one) => Math.abs(one - height) < Math.abs(best - height) ? one : best, ladder[0] ?? height);
var recolour = (things, n, colour) => swapped(things, n, { ...things[n], colour });
var nextColour = (things, n) => recolour(things, n, COLOURS[(COLOURS.indexOf(things[n].colour) + 1) % COLOURS.length]);
var repattern = (things, n, side) => swapped(things, n, {
  ...moved(things[n], things[n].x, things[n].y, side),
  pattern: PATTERNS[1 - PATTERNS.indexOf(things[n].pattern)]
});
function reorder(things, n, by) {
  const to = within(n + by, 0, things.length - 1), list = [...things];
  list.splice(to, 0, ...list.splice(n, 1));
  return { things: list, selected: to };
}
function remove(things, n) {
  const list = things.filter((_, k) => k !== n);
  return { things: list, selected: list.length ? Math.max(0, n - 1) : null };
}
function add(things, kind, height, seed, side) {
  if (things.length >= MOST) return { things, selected: null };
  const same2 = things.filter((one) => one.kind === kind).length, colour = COLOURS[(2 * same2 + things.length) % COLOURS.length];
  const x = 0.5 + 0.16 * [0, -1, 1, -2, 2][same2 % 5];
  const thing = moved({ kind, x: 0, y: 0, height, colour, pattern: PATTERNS[0], seed }, x, 0.86, side);
  return { things: [...things, thing], selected: things.length };
}

// segtutor/widgets/shared/scene/stage.js
var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
var STEP = 2;
var FAR3 = 16;
var SLACK = 3;
var FINGER = 5;
function editByKey(event, act) {
  const { key } = event, arrow = ARROWS[key], control = event.ctrlKey || event.metaKey;
  if (event.altKey) return false;
  if (control) {
    if (key.toLowerCase() === "z") (event.shiftKey ? act.redo : act.undo)();
    else if (key.toLowerCase() === "y") act.redo();
    else return false;
    return true;
  }
  const far = event.shiftKey ? FAR3 : STEP;
  const actions = {
    "+": () => act.grow(1),
    "=": () => act.grow(1),
    "-": () => act.grow(-1),
    "[": () => act.reorder(-1),
    "]": () => act.reorder(1),
    Delete: act.remove,
    Backspace: act.remove,
    c: act.colour,
    p: act.pattern,
    n: () => act.next(1),
    b: () => act.next(-1),
    Escape: () => act.select(null)
  };
  const action = arrow ? () => act.move(far * arrow[0], far * arrow[1]) : actions[key];
  if (!action) return false;
  action();
  return true;
}
var SceneStage = class {
  /**
   * @param {number} size side of the picture
   * @param {Record<string, any>} act what the editor can do: select(n | null), drag(n, x, y), scale(n, height), rest(), and editByKey's
   * @param {AbortSignal} signal
   */
  constructor(size, act, signal) {
    this.size = size;
    this.act = act;
    this.ids = null;
    this.things = [];
    this.held = null;
    this.canvas = element("canvas", { width: size, height: size, class: "segtutor-canvas segtutor-scene-picture" });
    this.context = this.canvas.getContext("2d");
    this.frame = element("div", { class: "segtutor-scene-frame", hidden: true });
    this.grip = element("div", { class: "segtutor-scene-grip", hidden: true, title: tr("Drag: larger or smaller") });
    this.stage = ownKeys(
      element(
        "div",
        { class: "segtutor-scene-stage", tabindex: 0, role: "application" },
        this.canvas,
        this.frame,
        this.grip
      ),
      signal
    );
    this.stage.addEventListener("keydown", (event) => editByKey(event, act) && event.preventDefault(), { signal });
    this.canvas.addEventListener("pointerdown", (event) => this._press(event), { signal });
    this.grip.addEventListener("pointerdown", (event) => this._grasp(event), { signal });
    for (const node of [this.canvas, this.grip]) {
      node.addEventListener("pointermove", (event) => this._move(event), { signal });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
        node.addEventListener(end, () => this.letGo(), { signal });
    }
    this.canvas.addEventListener(
      "touchstart",
      (event) => {
        const touch = event.touches[0];
        if (event.touches.length === 1 && this._thingAt(touch, true) !== null) event.preventDefault();
      },
      { signal, passive: false }
    );
    this.grip.addEventListener("touchstart", (event) => event.preventDefault(), { signal, passive: false });
  }
  /** image: RGBA; ids: segment ids; both are read until the next call. */
  show(image, ids, things) {
    this.context.putImageData(new ImageData(new Uint8ClampedArray(image), this.size, this.size), 0, 0);
    this.ids = ids;
    this.things = things;
  }
  /** box: {x, y, width, height} of the selected thing as shares of the picture, or null; label: what a screen reader says. */
  mark(box, label) {
    this.stage.setAttribute("aria-label", label);
    this.frame.hidden = this.grip.hidden = box === null;
    if (!box) return;
    const within2 = (share2) => Math.min(1, Math.max(0, share2)), [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height].map(within2);
    for (const [name, share2] of [
      ["left", left],
      ["top", top],
      ["width", right - left],
      ["height", bottom - top]
    ])
      this.frame.style[name] = `${100 * Number(share2)}%`;
    this.grip.style.left = `clamp(16px, ${100 * right}%, 100% - 16px)`;
    this.grip.style.top = `clamp(16px, ${100 * top}%, 100% - 16px)`;
  }
  /** A pointer's place as shares of the picture. */
  _place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }
  _thingAt(pointer, finger) {
    const { size, ids } = this, [px, py] = this._place(pointer).map((share2) => Math.floor(share2 * size));
    const around = finger ? [[0, 0], ...[-1, 0, 1].flatMap((v) => [-1, 0, 1].map((u) => [u * FINGER, v * FINGER]))] : [[0, 0]];
    for (const [u, v] of around) {
      const x = px + u, y = py + v, id = x >= 0 && y >= 0 && x < size && y < size && ids ? ids[y * size + x] : 0;
      if (id >= FIRST_THING) return id - FIRST_THING;
    }
    return null;
  }
  _press(event) {
    if (event.button > 0) return;
    const which = this._thingAt(event, event.pointerType === "touch");
    this.act.select(which);
    if (which === null) return;
    const [x, y] = this._place(event), thing = this.things[which];
    this.held = { which, x: thing.x - x, y: thing.y - y, from: [event.clientX, event.clientY], moves: false };
    this.canvas.setPointerCapture?.(event.pointerId);
    this.stage.focus({ preventScroll: true });
    event.preventDefault();
  }
  _grasp(event) {
    const which = this.act.selected();
    if (event.button > 0 || which === null) return;
    const thing = this.things[which], [, y] = this._place(event);
    this.held = { which, height: thing.height, base: thing.y, reach: Math.max(0.02, thing.y - y), moves: true };
    this.grip.setPointerCapture?.(event.pointerId);
    event.preventDefault();
    event.stopPropagation();
  }
  _move(event) {
    const { held } = this, [x, y] = this._place(event);
    this.canvas.style.cursor = held ? "grabbing" : this._thingAt(event) === null ? "default" : "grab";
    if (!held) return;
    if (held.reach) return this.act.scale(held.which, held.height * (held.base - y) / held.reach);
    held.moves ||= Math.hypot(event.clientX - held.from[0], event.clientY - held.from[1]) > SLACK;
    if (held.moves) this.act.drag(held.which, x + held.x, y + held.y);
  }
  /** Ends a drag; its further moves do nothing. */
  letGo() {
    if (!this.held) return;
    this.held = null;
    this.act.rest();
  }
};

// segtutor/widgets/shared/scene/tools.js
function thumbnail(canvas, found, colour) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!found) return;
  const { width, tall, numbers, palettes } = found.piece, palette = palettes[COLOURS.indexOf(colour)];
  const whole = element("canvas", { width, height: tall }), pixels = new ImageData(width, tall);
  for (let i = 0; i < numbers.length; i++) {
    if (!numbers[i]) continue;
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = palette[3 * (numbers[i] - 1) + c];
    pixels.data[4 * i + 3] = 255;
  }
  whole.getContext("2d").putImageData(pixels, 0, 0);
  const scale = Math.min(canvas.width / width, canvas.height / tall), [w, h] = [width * scale, tall * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
}
var SceneTools = class {
  /** act: as of SceneStage, and add(kind), recolour(colour), restart() */
  constructor(act, signal) {
    this.act = act;
    this.signal = signal;
    this.rows = [];
    this.count = 0;
    this.history = this._makeHistory();
    this.list = element("div", {
      class: "segtutor-scene-things",
      role: "group",
      "aria-label": tr("Things of the scene, front first")
    });
    this.tools = this._makeTools();
    this.palette = this._makePalette();
    const title = (text) => element("p", { class: "segtutor-say segtutor-title" }, element("b", {}, text));
    this.node = element(
      "div",
      { class: "segtutor-scene-tools" },
      element("div", { class: "segtutor-part" }, this.history, this.tools),
      element("div", { class: "segtutor-part" }, title(tr("Things, front first")), this.list),
      element("div", { class: "segtutor-part" }, title(tr("Add a thing")), this.palette)
    );
  }
  _button(words, action, attributes = {}) {
    const node = ownKeys(
      element("button", { type: "button", class: "segtutor-reset", ...attributes }, words),
      this.signal
    );
    node.addEventListener("click", action, { signal: this.signal });
    return node;
  }
  _makeHistory() {
    const { act } = this;
    this.undo = this._button(tr("Undo"), act.undo);
    this.redo = this._button(tr("Redo"), act.redo);
    this.restart = this._button(tr("Start again"), act.restart);
    return element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.restart);
  }
  /** What can be done to the selected thing. */
  _makeTools() {
    const { act } = this;
    this.colours = COLOURS.map((colour) => {
      const node = this._button("", () => act.recolour(colour), { "data-colour": colour });
      node.append(
        element("span", { class: "segtutor-swatch", style: `background: var(--scene-${colour})` }),
        tr(colour)
      );
      return node;
    });
    this.pattern = this._button(tr("Patterned"), act.pattern);
    this.smaller = this._button(tr("Smaller"), () => act.grow(-1));
    this.larger = this._button(tr("Larger"), () => act.grow(1));
    this.back = this._button(tr("Further back"), () => act.reorder(-1));
    this.front = this._button(tr("To the front"), () => act.reorder(1));
    this.gone = this._button(tr("Remove"), act.remove);
    this.title = element("p", { class: "segtutor-say" });
    const others = [this.pattern, this.smaller, this.larger, this.back, this.front, this.gone];
    return element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("The selected thing") },
      this.title,
      element("div", { class: "segtutor-buttons" }, ...this.colours),
      element("div", { class: "segtutor-buttons" }, ...others)
    );
  }
  /** A button for each kind that can be added. */
  _makePalette() {
    this.kinds = KINDS.map((kind) => {
      const canvas = element("canvas", { width: 56, height: 56, "aria-hidden": "true" }), label = tr("Add a {kind}", { kind: tr(kind) }), node = this._button(canvas, () => this.act.add(kind), { "aria-label": label });
      node.append(element("span", {}, tr(kind)));
      return { kind, canvas, node };
    });
    return element(
      "div",
      { class: "segtutor-scene-kinds", role: "group", "aria-label": tr("Add a thing") },
      ...this.kinds.map(({ node }) => node)
    );
  }
  /** Pictures of the kinds, once their cutouts are there; thingOf(kind): what `add` would add, found: its cutout. */
  showKinds(thingOf, found) {
    for (const { kind, canvas, node } of this.kinds) {
      const thing = thingOf(kind);
      node.disabled = !thing;
      thumbnail(canvas, thing && found(thing), "red");
    }
  }
  /**
   * @param {{things: Record<string, any>[], names: string[], selected: number | null, heights: number[], before: boolean,
   *   after: boolean, changed: boolean, resizable: boolean}} state
   */
  show({ things, names, selected, heights, resizable, before, after, changed }) {
    this.undo.disabled = !before;
    this.redo.disabled = !after;
    this.restart.disabled = !changed;
    this._showList(things, names, selected);
    const thing = selected === null ? null : things[selected];
    setText(
      this.title,
      thing ? tr("{name} is selected.", { name: names[selected] }) : tr("Nothing is selected: drag a thing of the picture, or choose one in the list.")
    );
    const active = (
      /** @type {HTMLButtonElement | null} */
      document.activeElement
    ), focused = this.tools.contains(active);
    for (const node of [...this.colours, this.pattern, this.smaller, this.larger, this.back, this.front, this.gone])
      node.disabled = !thing;
    for (const node of this.colours) node.setAttribute("aria-pressed", String(thing?.colour === node.dataset.colour));
    this.pattern.setAttribute("aria-pressed", String(thing?.pattern === "patterned"));
    if (thing) {
      this.smaller.disabled = !resizable || !heights.some((height) => height < thing.height - 1e-9);
      this.larger.disabled = !resizable || !heights.some((height) => height > thing.height + 1e-9);
      this.back.disabled = selected === 0;
      this.front.disabled = selected === things.length - 1;
    }
    if (focused && active.disabled) (thing ? this.gone : this.undo).focus();
  }
  /** Rows are made once and kept: what listens to a row that was thrown away would never be freed. */
  _showList(things, names, selected) {
    const focused = this.list.contains(document.activeElement);
    while (this.rows.length < things.length) this._addRow();
    this.rows.forEach(({ node, swatch, name, look }, k) => {
      const n = things.length - 1 - k;
      node.hidden = n < 0;
      if (n < 0) return;
      swatch.style.background = `var(--scene-${things[n].colour})`;
      setText(name, names[n]);
      setText(look, `${tr(things[n].colour)}, ${tr(things[n].pattern)}`);
      node.setAttribute("aria-pressed", String(n === selected));
      if (n === selected && focused && document.activeElement !== node) node.focus({ preventScroll: true });
    });
    this.count = things.length;
  }
  _addRow() {
    const k = this.rows.length, { signal } = this, swatch = element("span", { class: "segtutor-swatch" }), name = element("span"), look = element("small");
    const node = ownKeys(
      element("button", { type: "button", class: "segtutor-scene-thing" }, swatch, name, look),
      signal
    );
    node.addEventListener("click", () => this.act.select(this.count - 1 - k), { signal });
    node.addEventListener("keydown", (event) => editByKey(event, this.act) && event.preventDefault(), { signal });
    this.rows.push({ node, swatch, name, look });
    this.list.append(node);
  }
};

// segtutor/widgets/shared/history.js
var MOST2 = 500;
var History = class {
  constructor(now) {
    this.restart(now);
  }
  restart(now) {
    this.now = now;
    this.key = JSON.stringify(now);
    this.past = [];
    this.future = [];
    this.gesture = null;
  }
  /** Remembers a state unless it is the present one. @param {string | null} gesture states of one gesture are one step */
  push(state, gesture = null) {
    if (state === this.now) return;
    const key = JSON.stringify(state);
    if (key === this.key) return;
    if (gesture === null || gesture !== this.gesture) this.past.push(this.now);
    if (this.past.length > MOST2) this.past.shift();
    this.now = state;
    this.key = key;
    this.future = [];
    this.gesture = gesture;
  }
  /** What comes next is another gesture. */
  rest() {
    this.gesture = null;
  }
  /** The state before, which is then the present one; null where there is none. */
  undo() {
    return this._step(this.past, this.future);
  }
  redo() {
    return this._step(this.future, this.past);
  }
  _step(from, to) {
    if (!from.length) return null;
    to.push(this.now);
    this.now = from.pop();
    this.key = JSON.stringify(this.now);
    this.gesture = null;
    return this.now;
  }
};

// segtutor/widgets/explainer/address.js
var NONE = "none";
var MOST3 = 200;
function thingsText(things, start, cutouts, side) {
  const one = (thing) => {
    const colour = COLOURS.indexOf(thing.colour), still = start.findIndex((other) => same(thing, { ...other, colour: thing.colour }));
    if (still >= 0) return start[still].colour === thing.colour ? String(still) : `${still}.${colour}`;
    const own = start.findIndex(({ kind, seed }) => kind === thing.kind && seed === thing.seed);
    return [
      own < 0 ? thing.kind : own,
      colour,
      PATTERNS.indexOf(thing.pattern),
      cutouts.heights(thing).indexOf(thing.height),
      Math.round(thing.x * side),
      Math.round(thing.y * side)
    ].join(".");
  };
  return things.map(one).join("_") || NONE;
}
function thingsOf(text, start, cutouts, side, addedSeed) {
  if (text === NONE) return [];
  const parts2 = (text ?? "").split("_");
  if (parts2.length > MOST3) return null;
  const found = parts2.map((part) => {
    const [who, ...numbers] = part.split("."), [colour, pattern, step, x, y] = numbers.map((one) => /^-?\d{1,4}$/.test(one) ? Number(one) : NaN);
    const own = /^\d{1,3}$/.test(who) ? start[Number(who)] : null;
    if (own && !numbers.length) return own;
    if (!COLOURS[colour]) return null;
    if (own && numbers.length === 1) return { ...own, colour: COLOURS[colour] };
    if (numbers.length !== 5 || !(own || KINDS.includes(who))) return null;
    const shape = { kind: own ? own.kind : who, pattern: PATTERNS[pattern], seed: own ? own.seed : addedSeed }, height = cutouts.heights(shape)[step];
    return { ...shape, colour: COLOURS[colour], height, x: x / side, y: y / side };
  });
  return found.every((thing) => thing && cutouts.find(thing)) ? (
    /** @type {any} */
    found
  ) : null;
}
var FIELDS = ["kind", "seed", "height", "x", "y", "pattern", "colour"];
var same = (a, b) => FIELDS.every((name) => a[name] === b[name]);

// segtutor/widgets/explainer/scene.js
var PALETTE_SEED = 0;
var EditedScene = class {
  /**
   * @param {{size: number, classes: Record<string, any>[], cutouts: any, signal: AbortSignal, pick: any,
   *   onChange: (scene: {image: Uint8ClampedArray, truth: Record<string, any> | null, serial: number}) => void,
   *   onEdit: (changes: {things?: Record<string, any>[], selected?: number | null}) => void,
   *   want?: ((things: Record<string, any>[], ladder: boolean) => void) | null}} options onEdit: what the reader did
   *   want: asks for cutouts that are not there, {things, ladder}; null where nobody makes any
   */
  constructor({ size, classes, cutouts, signal, pick, onChange, onEdit, want = null }) {
    this.classes = classes;
    this.cutouts = cutouts;
    this.onChange = onChange;
    this.onEdit = onEdit;
    this.want = want;
    this.asked = /* @__PURE__ */ new Set();
    this.selected = null;
    this.history = new History([]);
    this.photo = null;
    this.serial = 0;
    this.act = this._actions();
    this.stage = new SceneStage(size, this.act, signal);
    pickable(this.stage.canvas, this.stage.stage, pick);
    this.tools = new SceneTools(this.act, signal);
  }
  /**
   * Begins with another scene. ground: as Composer reads it; things: its own; then, where they were edited, `text`: what they
   * have become in words of an address, or `put`: as a list.
   * @param {Record<string, any>} ground @param {Record<string, any>[]} things
   * @param {{text?: string | null, put?: Record<string, any>[] | null, selected?: number | null}} [edited]
   */
  begin(ground, things, { text = null, put = null, selected = null } = {}) {
    this.composer = new Composer(ground);
    this.photo = null;
    this.serial++;
    this.start = things;
    this.history.restart(things);
    const later = put ?? (text && thingsOf(text, things, this.cutouts, this.composer.side, PALETTE_SEED));
    if (later) this.history.push(later);
    this.selected = selected;
    this.tools.showKinds(
      (kind) => this._heightOf(kind) && {
        kind,
        pattern: PATTERNS[0],
        seed: PALETTE_SEED,
        height: this._heightOf(kind),
        x: 0,
        y: 0
      },
      (thing) => this.cutouts.find(thing)
    );
    this._compose();
  }
  /** Shows a person's own picture in place of a scene: nothing in it is known, so nothing can be edited. */
  show(image) {
    this.photo = image;
    this.serial++;
    this.start = [];
    this.history.restart(this.start);
    this.selected = null;
    this._compose();
  }
  /** What others set: the things, or which of them is selected. */
  take({ things = this.things, selected = this.selected }) {
    const same2 = things === this.things;
    if (!same2) {
      this.stage.letGo();
      this.history.push(things);
    }
    this.selected = selected < things.length ? selected : null;
    this._ladder();
    if (this.photo || same2) this._mark();
    else this._compose();
  }
  /** Composes once more: cutouts that were missing have come. */
  again() {
    if (!this.composer || this.photo) return;
    if (this.missing) this._compose();
    else this._mark();
  }
  /** Asks for cutouts, once each. */
  _lack(things, ladder) {
    const nameOf = (thing) => `${JSON.stringify({ ...thing, colour: "" })} ${ladder}`, fresh = things.filter((thing) => !this.asked.has(nameOf(thing)));
    for (const thing of fresh) this.asked.add(nameOf(thing));
    if (fresh.length) this.want?.(fresh, ladder);
  }
  /** The heights of what is selected, where it has only its own. */
  _ladder() {
    const thing = this.things[this.selected ?? -1];
    if (thing && this.cutouts.heights(thing).length < 2) this._lack([thing], true);
  }
  get things() {
    return this.history.now;
  }
  /** The things in words of an address; null where nothing was changed. */
  get text() {
    const { things, start, cutouts, composer } = this;
    return things === start ? null : thingsText(things, start, cutouts, composer.side);
  }
  _heightOf(kind) {
    const ladder = this.cutouts.heights({ kind, pattern: PATTERNS[0], seed: PALETTE_SEED });
    return ladder[ladder.length - 1 >> 1];
  }
  _put(list, gesture = null, select = this.selected) {
    if (this.photo || !this.want && list.some((thing) => !this.cutouts.find(thing))) return;
    this.history.push(list, gesture);
    this.selected = select;
    this._edited();
  }
  _edited() {
    this._compose();
    this.onEdit({ things: this.things, selected: this.selected });
  }
  _actions() {
    const withSelected = (action) => () => this.selected === null ? void 0 : action(this.selected);
    const side = () => this.composer.side;
    const again = () => {
      if (!(this.selected < this.things.length)) this.selected = null;
      this._edited();
    };
    const reordered = ({ things, selected }) => this._put(things, null, selected);
    const heights = (n) => this.cutouts.heights(this.things[n]);
    return {
      selected: () => this.selected,
      select: (n) => {
        this.selected = n;
        this._ladder();
        this._mark();
        this.onEdit({ selected: n });
      },
      drag: (n, x, y) => this._put(moveTo(this.things, n, x, y, side()), "drag", n),
      scale: (n, height) => this._put(resize(this.things, n, nearest(heights(n), height), side()), "scale", n),
      rest: () => this.history.rest(),
      move: (dx, dy) => withSelected((n) => this._put(moveBy(this.things, n, dx, dy, side()), `move ${n}`))(),
      grow: (steps) => withSelected(
        (n) => this._put(
          resize(this.things, n, stepped(heights(n), this.things[n].height, steps), side()),
          `grow ${n}`
        )
      )(),
      reorder: (by) => withSelected((n) => reordered(reorder(this.things, n, by)))(),
      remove: withSelected((n) => reordered(remove(this.things, n))),
      colour: withSelected((n) => this._put(nextColour(this.things, n))),
      recolour: (colour) => withSelected((n) => this._put(recolour(this.things, n, colour)))(),
      pattern: withSelected((n) => this._put(repattern(this.things, n, side()))),
      add: (kind) => reordered(add(this.things, kind, this._heightOf(kind), PALETTE_SEED, side())),
      next: (by) => {
        const count = this.things.length;
        if (count) this.act.select(((this.selected ?? (by > 0 ? -1 : 0)) + by + count) % count);
      },
      undo: () => this.history.undo() && again(),
      redo: () => this.history.redo() && again(),
      restart: () => this._put(this.start, null, null)
    };
  }
  _compose() {
    if (this.photo) {
      const ids2 = new Int32Array(this.photo.length / 4);
      this.looks = /* @__PURE__ */ new Map();
      this.stage.show(this.photo, ids2, this.things);
      this._mark();
      this.onChange({ image: this.photo, truth: null, serial: this.serial });
      return;
    }
    const { image, ids, missing } = this.composer.compose(this.things, this.cutouts), shown = { image: image.slice(), ids: ids.slice() };
    this.missing = missing.length > 0;
    this._lack(missing, false);
    this.looks = looksOf(truthOf(shown.ids, this.things).segments, this.classes);
    this.stage.show(shown.image, shown.ids, this.things);
    this._mark();
    this.onChange({ image: shown.image, truth: truthOf(shown.ids, this.things), serial: this.serial });
  }
  _mark() {
    const { selected, things, composer } = this, names = things.map(
      (thing, k) => this.looks.get(FIRST_THING + k)?.name ?? tr("{name}, hidden", { name: tr(thing.kind) })
    ), found = selected === null ? null : this.cutouts.find(things[selected]);
    const box = found && {
      x: found.x / composer.side,
      y: found.y / composer.side,
      width: found.piece.width / composer.side,
      height: found.piece.tall / composer.side
    };
    this.stage.mark(
      box,
      this.photo ? tr("Your own picture") : [
        trCount("The picture, {n} thing.", "The picture, {n} things.", things.length),
        selected === null ? tr("Nothing is selected.") : tr("{name} is selected.", { name: names[selected] }),
        tr("N: the next thing; arrows move it; plus and minus: its size; C: its colour; Delete; Ctrl+Z.")
      ].join(" ")
    );
    const heights = selected === null ? [] : this.cutouts.heights(things[selected]);
    this.tools.show({
      things,
      names,
      selected,
      heights,
      resizable: heights.length > 1,
      before: this.history.past.length > 0,
      after: this.history.future.length > 0,
      changed: things !== this.start
    });
  }
};

// segtutor/widgets/explainer/regression.js
var MEMORY = 10;
var ENOUGH = 1e-4;
function learn(features, labels, weights, classes, { lambda, tolerance = 1e-5, most = 300 }) {
  const N = labels.length, D = features.length / N, size = classes * (D + 1);
  let at = new Float64Array(size), { loss, gradient } = value(at);
  const memory = [];
  let steps = 0;
  for (; steps < most && largest(gradient) > tolerance; steps++) {
    const way = downhill(gradient, memory), slope = dot(gradient, way);
    let length = memory.length ? 1 : 1 / Math.max(1, largest(gradient)), next, found;
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      next = at.map((one, n) => one + length * way[n]);
      found = value(next);
      if (found.loss <= loss + ENOUGH * length * slope) break;
    }
    if (!(found.loss < loss)) break;
    const step = way.map((one) => length * one), turn = found.gradient.map((one, n) => one - gradient[n]), product2 = dot(step, turn);
    if (product2 > 1e-14) memory.push({ step, turn, scale: 1 / product2 });
    if (memory.length > MEMORY) memory.shift();
    [at, loss, gradient] = [next, found.loss, found.gradient];
  }
  return { matrix: at.slice(0, classes * D), bias: at.slice(classes * D), loss, steps };
  function value(point) {
    const slopes = new Float64Array(size), scores = new Float64Array(classes);
    let total = 0;
    for (let i = 0; i < N; i++) {
      const row = i * D;
      let highest = -Infinity;
      for (let k = 0; k < classes; k++) {
        let sum = point[classes * D + k];
        for (let d = 0, w = k * D; d < D; d++, w++) sum += point[w] * features[row + d];
        scores[k] = sum;
        highest = Math.max(highest, sum);
      }
      let powers = 0;
      for (let k = 0; k < classes; k++) powers += Math.exp(scores[k] - highest);
      total += weights[i] * (highest + Math.log(powers) - scores[labels[i]]);
      for (let k = 0; k < classes; k++) {
        const error = weights[i] * (Math.exp(scores[k] - highest) / powers - (labels[i] === k ? 1 : 0));
        slopes[classes * D + k] += error;
        for (let d = 0, w = k * D; d < D; d++, w++) slopes[w] += error * features[row + d];
      }
    }
    for (let w = 0; w < classes * D; w++) {
      total += lambda / 2 * point[w] ** 2;
      slopes[w] += lambda * point[w];
    }
    return { loss: total, gradient: slopes };
  }
}
function predict(features, learned) {
  const { matrix, bias } = learned, classes = bias.length, D = matrix.length / classes, N = features.length / D, out = new Float32Array(classes * N);
  for (let k = 0; k < classes; k++)
    for (let i = 0; i < N; i++) {
      let sum = bias[k];
      for (let d = 0, w = k * D, x = i * D; d < D; d++, w++, x++) sum += matrix[w] * features[x];
      out[k * N + i] = sum;
    }
  return out;
}
var dot = (a, b) => {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += a[n] * b[n];
  return sum;
};
var largest = (values) => values.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
function downhill(gradient, memory) {
  const way = gradient.map((one) => -one), parts2 = [];
  for (let m = memory.length - 1; m >= 0; m--) {
    const { step, turn, scale } = memory[m], part = scale * dot(step, way);
    parts2[m] = part;
    for (let n = 0; n < way.length; n++) way[n] -= part * turn[n];
  }
  const newest = memory.at(-1);
  if (newest) {
    const factor = 1 / (newest.scale * dot(newest.turn, newest.turn));
    for (let n = 0; n < way.length; n++) way[n] *= factor;
  }
  memory.forEach(({ step, turn, scale }, m) => {
    const part = parts2[m] - scale * dot(turn, way);
    for (let n = 0; n < way.length; n++) way[n] += part * step[n];
  });
  return way;
}

// segtutor/widgets/explainer/scribbles.js
var COLOURS2 = [
  [230, 159, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167]
];
var STAGES2 = 4;
var LAMBDA = 0.01;
var BRUSH = 1.5;
var ARROWS2 = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] };
var WORDS = {
  what: trLater(
    "The backbone stays as it was trained. Each of its cells (32 by 32 of them) has a vector: its own numbers of the first stage, and those of the coarser stages around it. Your strokes say which class some cells belong to; a linear classifier is trained on these few, here, while you draw, and answers for all others."
  ),
  try: trLater(
    "Choose a class and draw over a part of the picture; choose another and draw over something else. Where is the map wrong? Correct it with one more short stroke. Then try it on a photograph of your own."
  ),
  masks: trLater(
    "A mask classifier cannot learn from this. Strokes say what a few pixels are; a query has to be told where a whole thing ends, and which of two things of a class is which. It would need complete masks, thing by thing, of many pictures, a matching of queries to things at every step, and some thousand steps of training for its decoder: minutes to hours, not a moment. So two balls under one stroke stay one patch here: this is what classifying pixels can do, and what it cannot."
  )
};
var Scribbles = class {
  /** @param {HTMLElement} node @param {{size: number, signal: AbortSignal}} page */
  constructor(node, { size, signal }) {
    this.size = size;
    this.strokes = [];
    this.label = 0;
    this.network = 0;
    this.cursor = [size >> 1, size >> 1];
    this.now = null;
    this.features = null;
    this.learned = null;
    this.soon = frameScheduler(() => this.changed());
    this.picture = new Plate(tr("The picture, to draw on"));
    this.map = new Plate(tr("What was learned: a class for every pixel"));
    this.says = element("p", { role: "status" });
    const { canvas } = this.picture;
    this.place = element("i", { class: "cursor", "aria-hidden": "true", hidden: true });
    this.picture.node.append(this.place);
    for (const plate of [this.picture, this.map]) plate.node.classList.add("large");
    ownKeys(canvas, signal);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const group = newId();
    const labels = COLOURS2.map((colour, n) => {
      const input = element("input", { type: "radio", name: group, value: n, checked: n === 0 }), swatch = element("span", { class: "swatch", style: `background: rgb(${colour.join(" ")})` });
      input.addEventListener("change", () => this.label = n, { signal });
      return element("label", {}, input, swatch, ` ${tr("class {n}", { n: n + 1 })}`);
    });
    const button = (text, action) => {
      const made2 = element("button", { type: "button" }, text);
      made2.addEventListener("click", action, { signal });
      return made2;
    };
    this.undo = button(tr("Undo stroke"), () => {
      this.strokes.pop();
      this.changed();
    });
    this.restart = button(tr("Wipe all strokes"), () => this.clear());
    const which = chooser(
      tr("Backbone"),
      [tr("of the network that classifies pixels"), tr("of the network that classifies masks")],
      (n) => {
        this.network = n;
        this.features = null;
        this.changed();
      },
      signal
    );
    node.replaceChildren(
      element("h2", {}, tr("Learn from scribbles")),
      element("p", {}, tr(WORDS.what)),
      element("p", {}, tr(WORDS.try)),
      element(
        "fieldset",
        { class: "classes" },
        element("legend", {}, tr("Draw for")),
        ...labels,
        this.undo,
        this.restart,
        which.node
      ),
      element(
        "div",
        { class: "scribbled" },
        element(
          "figure",
          {},
          this.picture.node,
          element("figcaption", {}, tr("draw here; by keys: arrows move the pen, space draws"))
        ),
        element("figure", {}, this.map.node, element("figcaption", {}, tr("what was learned")))
      ),
      this.says,
      element("p", {}, tr(WORDS.masks))
    );
    canvas.addEventListener("pointerdown", (event) => this._begin(event), { signal });
    canvas.addEventListener("pointermove", (event) => this._draw(event), { signal });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => this.drawing = null, { signal });
    canvas.addEventListener("keydown", (event) => this._key(event), { signal });
    canvas.addEventListener("focus", () => this._showCursor(canvas.matches(":focus-visible")), { signal });
    canvas.addEventListener("blur", () => this._showCursor(false), { signal });
    this.changed();
  }
  /** The networks have answered. fresh: it is another picture, of which the strokes say nothing. */
  show(now, fresh) {
    this.now = now;
    this.features = null;
    if (fresh) this.strokes = [];
    this.changed();
  }
  /** A stroke through points [x, y], in pixels of the picture. */
  paint(label, points) {
    this.strokes.push({ label, points });
    this.changed();
  }
  clear() {
    this.strokes = [];
    this.changed();
  }
  /** What the strokes say of each pixel: 0 nothing, else its class + 1; the newest stroke counts. */
  marks() {
    const { size } = this, marks = new Uint8Array(size * size);
    const dab = (x, y, label) => {
      for (let v = Math.max(0, Math.ceil(y - BRUSH)); v <= Math.min(size - 1, y + BRUSH); v++)
        for (let u = Math.max(0, Math.ceil(x - BRUSH)); u <= Math.min(size - 1, x + BRUSH); u++)
          if (Math.hypot(u - x, v - y) <= BRUSH) marks[v * size + u] = label + 1;
    };
    for (const { label, points } of this.strokes)
      points.forEach(([x, y], n) => {
        const [a, b] = points[Math.max(0, n - 1)], parts2 = Math.max(1, Math.ceil(Math.hypot(x - a, y - b)));
        for (let part = 0; part <= parts2; part++)
          dab(a + (x - a) * part / parts2, b + (y - b) * part / parts2, label);
      });
    return marks;
  }
  /** What is to be learned: rows of the cells that strokes touch, each with the class of most of its touched pixels. */
  problem() {
    if (!this.now) return null;
    this.features ??= featuresOf(this.now.tensors[this.network]);
    const { rows, side, D } = this.features, marks = this.marks(), scale = this.size / side, votes = new Uint8Array(COLOURS2.length * side * side);
    for (let i = 0; i < marks.length; i++)
      if (marks[i]) {
        const cell = Math.floor(i / this.size / scale) * side + Math.floor(i % this.size / scale);
        votes[cell * COLOURS2.length + marks[i] - 1]++;
      }
    const cells = [], said = [];
    for (let cell = 0; cell < side * side; cell++) {
      const here = votes.subarray(cell * COLOURS2.length, (cell + 1) * COLOURS2.length), most = Math.max(...here);
      if (!most) continue;
      cells.push(cell);
      said.push(here.indexOf(most));
    }
    const classes = [...new Set(said)].sort(), labels = Uint8Array.from(said, (one) => classes.indexOf(one)), counts = classes.map((one) => said.filter((other) => other === one).length), features = new Float32Array(cells.length * D);
    cells.forEach((cell, n) => features.set(rows.subarray(cell * D, (cell + 1) * D), n * D));
    const weights = Float64Array.from(labels, (k) => 1 / (classes.length * counts[k]));
    return { features, labels, weights, classes, counts };
  }
  /** Learns anew and shows it. */
  changed() {
    const start = performance.now(), problem = this.strokes.length ? this.problem() : null;
    this.learned = null;
    this.labels = null;
    this.undo.disabled = this.restart.disabled = !this.strokes.length;
    if (problem && problem.classes.length > 1) {
      const { features, labels, weights, classes, counts } = problem;
      this.learned = learn(features, labels, weights, classes.length, { lambda: LAMBDA });
      const { side } = this.features;
      this.labels = argmax(predict(this.features.rows, this.learned), classes, side, this.size);
      const shares2 = classes.map((one) => this.labels.filter((other) => other === one).length / this.labels.length);
      this.learned.ms = performance.now() - start;
      setText(
        this.says,
        [
          tr("Learned from {n} of {all} cells ({counts}) in {steps} steps, {ms} ms.", {
            n: labels.length,
            all: side * side,
            counts: classes.map((one, k) => tr("class {n}: {value}", { n: one + 1, value: counts[k] })).join(", "),
            steps: this.learned.steps,
            ms: this.learned.ms.toFixed(0)
          }),
          tr("On the map: {shares}.", {
            shares: classes.map((one, k) => tr("class {n}: {value}", { n: one + 1, value: percent2(shares2[k]) })).join(", ")
          })
        ].join(" ")
      );
    } else
      setText(
        this.says,
        !this.strokes.length ? tr("Nothing is drawn yet.") : !this.now ? tr("The networks are still starting.") : new Set(this.strokes.map(({ label }) => label)).size > 1 ? tr("Only one class has cells of its own. Draw a longer stroke for the other.") : tr("One class is drawn. Draw over something else for another class.")
      );
    this._show();
  }
  _show() {
    const { size, now } = this, marks = this.marks(), drawn = this.picture.pixels(size, size), learned = this.map.pixels(size, size);
    for (let i = 0; i < size * size; i++)
      for (let c = 0; c < 3; c++) {
        const shade = now ? now.image[4 * i + c] : 160;
        drawn[4 * i + c] = marks[i] ? COLOURS2[marks[i] - 1][c] : shade;
        const grey2 = now ? (now.image[4 * i] + now.image[4 * i + 1] + now.image[4 * i + 2]) / 3 : 160;
        learned[4 * i + c] = this.labels ? 0.3 * grey2 + 0.7 * COLOURS2[this.labels[i]][c] : grey2;
      }
    this.picture.show(
      trCount(
        "{n} stroke. Arrows move the pen, space draws",
        "{n} strokes. Arrows move the pen, space draws",
        this.strokes.length
      )
    );
    this.map.show(this.says.textContent);
  }
  _point({ clientX, clientY }) {
    const box = this.picture.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width * this.size - 0.5, (clientY - box.top) / box.height * this.size - 0.5];
  }
  _begin(event) {
    this.picture.canvas.setPointerCapture(event.pointerId);
    this.drawing = [this._point(event)];
    this.paint(this.label, this.drawing);
    this._showCursor(false);
    event.preventDefault();
    this.picture.canvas.focus({ preventScroll: true });
  }
  _draw(event) {
    if (!this.drawing) return;
    this.drawing.push(this._point(event));
    this.soon.request();
  }
  _key(event) {
    const arrow = ARROWS2[event.key];
    if (arrow) this.cursor = this.cursor.map((one, n) => Math.min(this.size - 1, Math.max(0, one + arrow[n])));
    else if (event.key === " " || event.key === "Enter") this.paint(this.label, [[...this.cursor]]);
    else return;
    event.preventDefault();
    this._showCursor(true);
  }
  _showCursor(shown) {
    this.place.hidden = !shown;
    this.place.style.left = `${100 * (this.cursor[0] + 0.5) / this.size}%`;
    this.place.style.top = `${100 * (this.cursor[1] + 0.5) / this.size}%`;
  }
};
function featuresOf(tensors) {
  const stages = Array.from({ length: STAGES2 }, (_, n) => tensors[`stage_${n}`]), side = stages[0].dims[2], D = stages.reduce((sum, { dims }) => sum + dims[1], 0), rows = new Float32Array(side * side * D);
  let first = 0;
  for (const { dims, data } of stages) {
    const [, C, h, w] = dims;
    for (let c = 0; c < C; c++) {
      const values = enlarged(data.subarray(c * h * w, (c + 1) * h * w), [h, w], side);
      let [sum, squares] = [0, 0];
      for (const one of values) {
        sum += one;
        squares += one * one;
      }
      const mean = sum / values.length, deviation = Math.sqrt(Math.max(squares / values.length - mean * mean, 1e-8));
      for (let i = 0; i < values.length; i++) rows[i * D + first + c] = (values[i] - mean) / deviation;
    }
    first += C;
  }
  return { rows, side, D };
}
function enlarged(values, [h, w], side) {
  if (h === side && w === side) return values;
  const down = axisWeights(h, side), across = axisWeights(w, side), out = new Float32Array(side * side);
  for (let y = 0, i = 0; y < side; y++) {
    const [upper, lower, v] = [down.left[y] * w, down.right[y] * w, down.weight[y]];
    for (let x = 0; x < side; x++, i++) {
      const [a, b, u] = [across.left[x], across.right[x], across.weight[x]];
      out[i] = (1 - v) * ((1 - u) * values[upper + a] + u * values[upper + b]) + v * ((1 - u) * values[lower + a] + u * values[lower + b]);
    }
  }
  return out;
}
function argmax(logits, classes, side, size) {
  const labels = new Uint8Array(size * size), best = new Float32Array(size * size).fill(-Infinity);
  classes.forEach((one, k) => {
    const values = enlarged(logits.subarray(k * side * side, (k + 1) * side * side), [side, side], size);
    for (let i = 0; i < values.length; i++)
      if (values[i] > best[i]) {
        best[i] = values[i];
        labels[i] = one;
      }
  });
  return labels;
}

// segtutor/widgets/explainer/tour.js
var STEPS4 = [
  [
    "picture",
    trLater("What do you count?"),
    trLater("Look at the picture: which things touch? Drag one thing so that it touches another of its kind."),
    trLater(
      "You still see two. Whether a network does depends on what it was asked to answer: a class for each pixel, or masks."
    )
  ],
  [
    "backbone",
    trLater("What is left of the picture?"),
    trLater("Drag a thing and watch the four stages. In which can you still see its outline?"),
    trLater(
      "Each stage has a quarter of the cells and more channels. At 1/32 a cell knows that a thing is there, hardly where it ends."
    )
  ],
  [
    "pixel-decoder",
    trLater("How does a sharp edge come back?"),
    trLater("Compare 1/32 with 1/4. Then open the box and choose another point of the picture."),
    trLater(
      "What the coarse maps understood is added to where the fine ones lie. With deformable attention a cell reads few points, and says itself which."
    )
  ],
  [
    "pixel-softmax",
    trLater("Is a pixel ever in doubt?"),
    trLater("Move the pointer slowly across the edge of a thing."),
    trLater(
      "Inside one class has nearly all; along the edge two share. No pixel asks its neighbour what it has decided."
    )
  ],
  [
    "components",
    trLater("When do two things become one?"),
    trLater("Pull two things of a class together until they touch, in the upper lane."),
    trLater("Even where the class map is right at every pixel, the count is wrong: a patch is all there is to count.")
  ],
  [
    "queries",
    trLater("Who are these 24?"),
    trLater("Set “Queries and masks after” to “learning”, then to layer 1, 2, 3."),
    trLater(
      "At first the rows are the same for every picture. Each layer writes into them what the query found in this one."
    )
  ],
  [
    "masks",
    trLater("What does one query draw?"),
    trLater("Choose framed masks one after the other, then one without a frame."),
    trLater(
      "A framed query found something: one mask, one thing or one kind of ground. The others say “no object”, whatever their masks look like."
    )
  ],
  [
    "attention",
    trLater("Where did it look?"),
    trLater("Choose the query of a thing, then open the box and change the head."),
    trLater(
      "Hatched cells lie outside the mask that the query predicted a moment ago: their share is 0, so it reads about its own thing only."
    )
  ],
  [
    "class-head",
    trLater("How sure is a query?"),
    trLater("Move a thing half out of the picture, or behind another one."),
    trLater(
      "The class is decided once for the whole mask. What is hardly visible turns to “no object”, and the thing is missed as a whole."
    )
  ],
  [
    "masks",
    trLater("How does a vector become a mask?"),
    trLater("Open this box and move the pointer over any map, from outside the thing to inside."),
    trLater("One dot product with each pixel's vector: the sum of 64 products passes 0 where the mask begins.")
  ],
  [
    "merge",
    trLater("Who gets a pixel that two claim?"),
    trLater("Open the box and walk the four steps. Then move the overlap threshold."),
    trLater(
      "Score × mask probability decides each pixel. A query that wins too small a share of its own mask is dropped, and what it had won becomes void."
    )
  ],
  [
    "merge",
    trLater("Which network is better here?"),
    trLater("Compare PQ of both lanes while you drag, then try another scene."),
    trLater("One picture says little: PQ jumps when a segment crosses IoU 0.5. Lesson 08 compares networks on many.")
  ]
];
var Tour = class {
  constructor(node, step, act) {
    this.act = act;
    this.n = Math.min(STEPS4.length - 1, step);
    this.count = element("small");
    this.question = element("b");
    this.todo = element("span");
    this.answer = element("p", { class: "answer" });
    const button = (text, action) => {
      const made2 = element("button", { type: "button" }, text);
      made2.addEventListener("click", action);
      return made2;
    };
    this.back = button(tr("Back"), () => this.go(this.n - 1));
    this.next = button(tr("Next"), () => this.go(this.n + 1));
    this.reveal = button(tr("What was there to notice?"), () => {
      this.answer.hidden = !this.answer.hidden;
      this.reveal.setAttribute("aria-expanded", String(!this.answer.hidden));
    });
    node.replaceChildren(
      element("p", {}, this.count, " ", this.question, " ", this.todo),
      this.answer,
      element("p", { class: "steps" }, this.back, this.next, this.reveal)
    );
    this.show();
  }
  go(n) {
    this.put(n);
    this.act.step(n);
    this.act.goTo(STEPS4[n][0]);
  }
  /** Another step, which nobody is led to. */
  put(n) {
    this.n = Math.min(STEPS4.length - 1, n);
    this.show();
  }
  show() {
    const [, question, todo, notice] = STEPS4[this.n];
    setText(this.count, tr("{n} of {all}", { n: this.n + 1, all: STEPS4.length }));
    setText(this.question, tr(question));
    setText(this.todo, tr(todo));
    setText(this.answer, tr(notice));
    this.answer.hidden = true;
    this.reveal.setAttribute("aria-expanded", "false");
    this.back.disabled = this.n === 0;
    this.next.disabled = this.n === STEPS4.length - 1;
  }
};

// segtutor/widgets/shared/loop.js
var NewestFirst = class {
  /**
   * @param {(question: any) => Promise<any>} ask
   * @param {(answer: any, question: any, ms: number) => void} onAnswer ms: how long it took
   * @param {(error: Error) => void} onError
   */
  constructor(ask, onAnswer, onError, now = () => performance.now()) {
    this.ask = ask;
    this.onAnswer = onAnswer;
    this.onError = onError;
    this.now = now;
    this.waiting = null;
    this.busy = false;
    this.closed = false;
  }
  /** @param {() => any} question made when its turn has come, so that what is overtaken costs nothing */
  request(question) {
    this.waiting = question;
    if (!this.busy) this._next();
  }
  /** Whether an answer is awaited. */
  get pending() {
    return this.busy || this.waiting !== null;
  }
  close() {
    this.closed = true;
    this.waiting = null;
  }
  async _next() {
    this.busy = true;
    while (this.waiting && !this.closed) {
      const question = this.waiting(), start = this.now();
      this.waiting = null;
      try {
        const answer = await this.ask(question);
        if (!this.closed) this.onAnswer(answer, question, this.now() - start);
      } catch (error) {
        if (!this.closed) this.onError(error);
      }
    }
    this.busy = false;
  }
};
var Meter = class {
  constructor(span = 2e3) {
    this.span = span;
    this.times = [];
  }
  add(at, ms) {
    this.times = [...this.times.filter((one) => at - one.at < this.span), { at, ms }];
  }
  /** @returns {{rate: number | null, ms: number}} rate: null where the answers were not asked one after the other */
  read() {
    const { times } = this, first = times[0], last = times.at(-1), span = first ? last.at - first.at : 0;
    const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      rate: times.length > 2 && span > 0 ? 1e3 * (times.length - 1) / span : null,
      ms: sorted[sorted.length >> 1] ?? 0
    };
  }
};

// segtutor/widgets/explainer/view.js
var OWN = trLater(
  "Both networks have seen drawings of ToyTown only and know fifteen names: whatever your picture shows, one of these is all that they can say. What their backbones see can still be of use: draw on the picture, at the bottom of this page."
);
var THRESHOLDS = ["score", "mask", "overlap"].map((name) => [name, `${name}Threshold`]);
var trainedThresholds = (facts) => Object.fromEntries(THRESHOLDS.map(([name, ours]) => [ours, facts.networks[1].thresholds[`${name}_threshold`]]));
var partsOf = (root) => Object.fromEntries([...root.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
function explainerView(given) {
  const { parts: parts2, facts, weights, cutouts, answerer, view, thresholds, signal } = given;
  const [H, W] = facts.state.size, isthing = facts.networks[1].categories.map((one) => Boolean(one.isthing)), trained = (
    /** @type {any} */
    trainedThresholds(facts)
  ), root = parts2.diagram, meter = new Meter();
  let hovered = null, now = null, scene = null, pending = null, problem = "";
  const merged = (tensors, without) => mergeOf(tensors, isthing, [H, W], without);
  const pixelNumbers = ([x, y]) => [Math.floor(x * W), Math.floor(y * H)];
  const pixelOf = () => view.pixel ?? [0.5, 0.5], within2 = (value, low, high) => Math.min(high, Math.max(low, value));
  function say(changes) {
    take(changes, true);
    given.say(changes);
  }
  function take(changes, here = false) {
    for (const [name, value] of Object.entries(changes))
      if (name in thresholds) thresholds[name] = value;
      else view[name] = value;
    if ("masked" in changes) {
      switched.checked = view.masked;
      ask();
    }
    if ("without" in changes && now) {
      now.without = view.without;
      now.merge = merged(now.tensors[1], now.without);
      mergeAgain(true);
    } else if (now && THRESHOLDS.some(([, ours]) => ours in changes)) mergeAgain(false);
    if ("step" in changes && !here) tour.put(view.step);
    if ("box" in changes) showOpened(here);
    if ("query" in changes || "layer" in changes) lookAgain();
    else if ("pixel" in changes) looked.request();
  }
  const pick = {
    hover: (place) => {
      hovered = place;
      looked.request();
    },
    choose: (place) => say({ pixel: place })
  };
  const act = {
    open: (name) => say({ box: view.box === name ? null : name }),
    query: (query) => say({ query }),
    masked: (masked) => say({ masked }),
    takePart: (query, takes) => say({
      without: [...view.without.filter((one) => one !== query), ...takes ? [] : [query]].sort((a, b) => a - b)
    }),
    threshold: (name, value) => say({ [name]: value }),
    goTo: (name) => {
      const box = boxes.find((one) => one.name === name);
      for (const one of boxes) one.node.classList.toggle("told", one === box);
      box?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
    step: (step) => say({ step })
  };
  const question = () => ({ ...scene, masked: view.masked });
  const ask = () => scene && answerer.available && loop.request(question);
  const edited = new EditedScene({
    size: W,
    classes: facts.state.classes,
    cutouts,
    signal,
    pick,
    want: answerer.makes ? answerer.cutouts : null,
    onEdit: given.say,
    onChange: (shown) => {
      scene = shown;
      ask();
    }
  });
  answerer.onCutouts((index, bytes) => {
    cutouts.add(index, bytes);
    edited.again();
  });
  const page = { facts, weights, pick, act, scene: edited, signal, openedId: parts2.opened.id };
  const { boxes, node, reading } = makeBoxes(page);
  Object.assign(page, { reading });
  const panel = new Opened(parts2.opened, page, () => act.open(view.box));
  const scribbles = new Scribbles(parts2.scribbles, { size: W, signal });
  let scribbled = 0;
  root.replaceChildren(node);
  const control = (label, most, onInput) => {
    const input = (
      /** @type {HTMLInputElement} */
      element("input", { type: "number", min: 0, max: most, step: 1 })
    );
    input.addEventListener(
      "input",
      () => input.value !== "" && onInput(within2(Math.floor(Number(input.value)), 0, most))
    );
    parts2.choices.append(element("label", {}, `${label} `, input));
    return input;
  };
  const moved2 = (axis, side) => (value) => say({ pixel: pixelOf().map((one, n) => n === axis ? (value + 0.5) / side : one) });
  const inputs = [
    control(tr("Pixel x"), W - 1, moved2(0, W)),
    control(tr("y"), H - 1, moved2(1, H)),
    control(tr("Query"), facts.queries - 1, act.query)
  ];
  const layers = chooser(
    tr("Queries and masks after"),
    [tr("learning"), ...[1, 2, 3].map((n) => tr("layer {n}", { n }))],
    (layer) => say({ layer }),
    signal
  );
  const switched = (
    /** @type {HTMLInputElement} */
    element("input", { type: "checkbox" })
  ), away = element("button", { type: "button" });
  switched.checked = view.masked;
  switched.addEventListener("change", () => act.masked(switched.checked));
  away.addEventListener("click", () => act.takePart(view.query ?? 0, view.without.includes(view.query ?? 0)));
  const saved = element("span", { role: "status" });
  const saves = ["SVG", "PNG"].map((kind) => {
    const button = element("button", { type: "button", "aria-label": tr("Save this view as {kind}", { kind }) }, kind);
    button.addEventListener(
      "click",
      () => saveAs(kind).catch(({ message }) => setText(saved, tr("Not saved: {reason}", { reason: message })))
    );
    return button;
  });
  parts2.choices.append(layers.node, element("label", {}, switched, ` ${tr("Masked attention")}`), away);
  parts2.choices.append(
    element(
      "span",
      { class: "save" },
      ...trParts("This view as {kinds}", { kinds: element("span", {}, ...saves) }),
      " ",
      saved
    )
  );
  async function saveAs(kind) {
    const made2 = asSvg([root, panel.node], { title: given.title, caption: caption() }), name = `explainer-${edited.photo ? "own" : given.stem()}${view.box ? `-${view.box}` : ""}.${kind.toLowerCase()}`;
    save(kind === "SVG" ? new Blob([made2.text], { type: "image/svg+xml" }) : await asPng(made2), name);
    setText(saved, tr("saved as {name}", { name }));
  }
  function caption() {
    const [x, y] = pixelNumbers(pixelOf()), query = view.query ?? 0, sentences = [edited.photo ? parts2.ownSays.textContent : given.words()];
    if (now) {
      const { label, score } = now.found[query];
      sentences.push(
        tr("Marked: pixel ({x}, {y}), by its class {name}, by its mask {mask}.", {
          x,
          y,
          name: reading.names[now.labels[y * W + x]],
          mask: saysMask(now, y * W + x)
        }),
        tr("Query {q} says {name}, {score}; queries and masks are shown after {layer}.", {
          q: query,
          name: reading.names[label] ?? tr("no object"),
          score: percent2(score),
          layer: layers.select.selectedOptions[0].textContent
        })
      );
      if (now.truth)
        sentences.push(
          tr("PQ of classifying pixels {first}, of classifying masks {second}.", {
            first: percent2(now.judged[0].pq.all.pq),
            second: percent2(now.judged[1].pq.all.pq)
          })
        );
    }
    sentences.push(
      tr(
        "Thresholds: score {score}, mask {mask}, overlap {overlap}.",
        Object.fromEntries(THRESHOLDS.map(([name, ours]) => [name, thresholds[ours]]))
      )
    );
    return [...sentences, parts2.changes.textContent, given.place(edited)].filter(Boolean).join(" ");
  }
  const loop = new NewestFirst(
    async ({ image, truth, serial: serial2, masked }) => ({
      image,
      truth,
      serial: serial2,
      masked,
      answers: await answerer.answer({ image, masked, size: W })
    }),
    (answered, _question, ms) => {
      problem = "";
      draw({ ...answered, ms });
    },
    ({ message }) => {
      problem = tr("No answer: {reason}", { reason: message });
      setText(parts2.status, problem);
    }
  );
  const drawn = frameScheduler(() => {
    const { image, truth, serial: serial2, masked, answers, ms } = pending, start = performance.now(), tensors = answers.map((one) => one.tensors);
    now = {
      image,
      truth,
      masked,
      tensors,
      answers: [answers[0], null],
      labels: argmaxOf(tensors[0].logits),
      found: foundOf(tensors[1].class_logits),
      without: view.without,
      merge: merged(tensors[1], view.without),
      thresholds,
      judged: []
    };
    merge();
    if (view.query === null) {
      view.query = surest(now.merge, isthing);
      view.pixel ??= middleOf(tensors[1].mask_logits, view.query);
    }
    for (const box of boxes) box.draw(now);
    sayChanges();
    look(true);
    scribbles.show(now, serial2 !== scribbled);
    scribbled = serial2;
    if (ms !== null) {
      meter.add(performance.now(), ms + performance.now() - start);
      const { ms: median } = meter.read();
      setText(parts2.status, tr(given.running, { ms: median.toFixed(0) }));
    } else setText(parts2.status, problem || answerer.why);
    given.drawn();
  });
  function draw(answered) {
    pending = answered;
    drawn.request();
  }
  function merge() {
    now.merged = now.merge.update(thresholds);
    now.answers[1] = { ids: now.merge.segmentIds, segments: now.merged.segments };
  }
  function mergeAgain(everything) {
    merge();
    for (const box of boxes) if (box.name === "merge") box.draw(now);
    sayChanges();
    look(everything);
  }
  const said = new Changes(facts.state.classes, trained);
  function sayChanges() {
    setText(
      parts2.changes,
      said.words(now, (masks) => {
        const untouched = merged(masks, []), { segments } = untouched.update(trained);
        return judge({ ids: untouched.segmentIds, segments }, now.truth, facts.state.classes);
      })
    );
  }
  function lookAgain() {
    if (now) look(true);
  }
  const looked = frameScheduler(() => look(false));
  function look(everything) {
    const looking = { ...view, query: view.query ?? 0, pixel: hovered ?? pixelOf() }, [x, y] = pixelNumbers(looking.pixel);
    for (const one of [root, panel.node]) {
      one.style.setProperty("--px", String((x + 0.5) / W));
      one.style.setProperty("--py", String((y + 0.5) / H));
    }
    const focused = root.getRootNode().activeElement;
    [x, y, looking.query].forEach((value, n) => {
      if (focused !== inputs[n]) inputs[n].value = String(value);
    });
    layers.select.value = String(view.layer);
    setText(
      away,
      tr(view.without.includes(looking.query) ? trLater("Bring back query {q}") : trLater("Take away query {q}"), {
        q: looking.query
      })
    );
    if (!now) return;
    for (const box of boxes) box.look(now, looking, everything);
    setText(
      boxes[0].body.querySelector(".where"),
      tr("pixel ({x}, {y}): {name}, or {mask}", {
        x,
        y,
        name: reading.names[now.labels[y * W + x]],
        mask: saysMask(now, y * W + x)
      })
    );
    panel.update(now, looking);
  }
  function saysMask({ merge: { winner, labels }, answers }, at) {
    if (!answers[1].ids[at]) return tr("void");
    return tr("query {q}'s {name}", { q: winner[at], name: reading.names[labels[winner[at]]] });
  }
  function showOpened(scroll) {
    const box = boxes.find((one) => one.name === view.box) ?? null;
    if (!box) view.box = null;
    const before = panel.name;
    for (const one of boxes) {
      one.open.setAttribute("aria-expanded", String(one === box));
      one.node.classList.toggle("is-open", one === box);
    }
    panel.show(box, () => look(false));
    if (now) look(false);
    if (!scroll) return;
    if (box) {
      panel.node.querySelector("h2").focus({ preventScroll: true });
      panel.node.scrollIntoView({ block: "nearest" });
    } else boxes.find((one) => one.name === before)?.open.focus();
  }
  let turn = 0;
  async function takeFile(file) {
    if (!file) return;
    const mine = ++turn;
    try {
      const { image, says } = await readPhoto(file, W);
      if (mine !== turn || signal.aborted) return;
      show(image, `${says} ${tr(OWN)}`);
      given.say({ photo: image });
    } catch ({ message }) {
      if (mine === turn) setText(parts2.ownSays, tr("{sentence}.", { sentence: message }));
    }
  }
  function show(image, says = tr(OWN)) {
    turn++;
    edited.show(image);
    setText(parts2.ownSays, says);
  }
  function begin(ground, things, edits = {}) {
    turn++;
    parts2.own.value = "";
    setText(parts2.ownSays, "");
    edited.begin(ground, things, edits);
  }
  parts2.own.addEventListener("change", () => takeFile(parts2.own.files[0]), { signal });
  parts2.own.disabled = !answerer.available && answerer.never === true;
  const tour = new Tour(parts2.tour, view.step, act);
  showOpened(false);
  look(false);
  return {
    begin,
    show,
    take,
    ask,
    takeFile,
    draw,
    close: () => {
      loop.close();
      drawn.cancel();
      looked.cancel();
      scribbles.soon.cancel();
    },
    settled: () => now?.image === scene?.image && now?.masked === view.masked,
    pending: () => loop.pending,
    now: () => now,
    looked: () => look(false),
    pixel: () => pixelNumbers(pixelOf()),
    scene: () => scene,
    view,
    act,
    thresholds,
    edited,
    scribbles
  };
}

// segtutor/widgets/explainer/weights.js
var namedArrays = (places, buffer) => Object.fromEntries(
  Object.entries(places).map(([name, { start, dims }]) => [
    name,
    {
      dims,
      data: new Float32Array(
        buffer,
        4 * start,
        dims.reduce((a, b) => a * b, 1)
      )
    }
  ])
);

// segtutor/widgets/shared/scene/kernel.js
var PATIENCE = 3e4;
function kernelAnswerer(model, life, read = answersOf) {
  const waiting = /* @__PURE__ */ new Map();
  let take = () => {
  };
  const view = Math.random().toString(36).slice(2);
  const hear = (content, buffers) => {
    if (content.cutouts) return take(content.cutouts, bytesOf(buffers[0]));
    const asked = waiting.get(content.answer);
    if (!asked) return void 0;
    waiting.delete(content.answer);
    clearTimeout(asked.timer);
    if (content.problem) return asked.reject(new Error(content.problem));
    return asked.resolve(read(content, buffers, asked.pixels));
  };
  life.on("msg:custom", hear);
  life.also(() => {
    for (const { timer } of waiting.values()) clearTimeout(timer);
    waiting.clear();
  });
  let serial2 = 0;
  return {
    available: model.kernel !== false,
    makes: model.kernel !== false,
    // cutouts of things that are not there yet
    why: tr("The networks answer in a running notebook; scene and truth work here."),
    answer: ({ image, size, masked }) => new Promise((resolve, reject) => {
      const number2 = `${view} ${++serial2}`, pixels = size * size, rgb3 = new Uint8Array(3 * pixels);
      for (let i = 0, j = 0; i < image.length; i += 4) {
        rgb3[j++] = image[i];
        rgb3[j++] = image[i + 1];
        rgb3[j++] = image[i + 2];
      }
      const timer = setTimeout(() => {
        waiting.delete(number2);
        reject(
          new Error(tr("the kernel has said nothing for {n} seconds; is a cell running?", { n: PATIENCE / 1e3 }))
        );
      }, PATIENCE);
      waiting.set(number2, { resolve, reject, pixels, timer });
      model.send({ ask: "answer", number: number2, masked }, void 0, [rgb3.buffer]);
    }),
    cutouts: (things, ladder) => model.kernel !== false && model.send({ ask: "cutouts", things, ladder }),
    onCutouts: (action) => take = action
  };
}
function answersOf({ segments: found }, buffers, pixels) {
  const ids = bytesOf(buffers[0]);
  return found.map((segments, n) => ({ ids: ids.subarray(n * pixels, (n + 1) * pixels), segments }));
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

// segtutor/widgets/explainer/explorer.js
var TRAIT = Object.fromEntries(THRESHOLDS.map(([name, ours]) => [ours, `${name}_threshold`]));
var PLAIN = ["query", "layer", "box", "step", "masked", "without"];
var RUNNING = trLater("Both networks run in the kernel; from a change to all boxes {ms} ms.");
function floatsOfHalves(codes) {
  const out = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i], exponent = code >> 10 & 31, part = code & 1023;
    const size = exponent ? 2 ** (exponent - 25) * (1024 + part) : part * 2 ** -24;
    out[i] = code & 32768 ? -size : size;
  }
  return out;
}
function answersOf2({ networks, segments }, floats, ids) {
  const answers = networks.map((places, n) => ({ tensors: namedArrays(places, floats[n].buffer) }));
  Object.assign(answers[0], { ids, segments });
  return answers;
}
var rgba = (rgb3) => {
  const image = new Uint8ClampedArray(rgb3.length / 3 * 4).fill(255);
  for (let i = 0, j = 0; j < rgb3.length; i += 4) for (let c = 0; c < 3; c++) image[i + c] = rgb3[j++];
  return image;
};
var rgb2 = (image) => {
  const bytes = new Uint8Array(image.length / 4 * 3);
  for (let i = 0, j = 0; i < image.length; i += 4) for (let c = 0; c < 3; c++) bytes[j++] = image[i + c];
  return bytes;
};
function render({ model, el, life }) {
  const root = frame(), parts2 = partsOf(root), facts = model.get("facts"), [H, W] = model.get("size"), turns = new Turns(model, facts), answerer = (
    /** @type {Record<string, any>} */
    kernelAnswerer(
      model,
      life,
      (content, buffers) => answersOf2(content, [floatsOf(buffers[0]), floatsOf(buffers[1])], bytesOf(buffers[2]))
    )
  );
  if (!answerer.available) {
    answerer.never = true;
    answerer.why = tr("The networks answer in a running notebook; what they said last is shown.");
  }
  root.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) target.dataset.lmSuppressShortcuts = "";
  });
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);
  const shares2 = ([x, y]) => [(x + 0.5) / W, (y + 0.5) / H], pixels = ([x, y]) => [Math.floor(x * W), Math.floor(y * H)];
  const view = { pixel: shares2(model.get("pixel")) };
  for (const name of PLAIN) view[name] = model.get(name);
  const thresholds = Object.fromEntries(Object.entries(TRAIT).map(([ours, name]) => [ours, model.get(name)]));
  const settle = whenQuiet(() => shown.pending() ? settle.request() : turns.save(), 150);
  const classes = model.get("classes").map((one) => ({ ...one, name: tr(one.name) }));
  let photo = null;
  const cutouts = new Cutouts(W * model.get("ground").oversampling);
  const shown = explainerView({
    parts: parts2,
    facts: { ...facts, state: { size: model.get("size"), classes, models: model.get("models") } },
    weights: namedArrays(facts.weights, bytesOf(model.get("weights")).buffer),
    cutouts,
    answerer,
    view,
    thresholds,
    signal: life.signal,
    title: tr("The Segmentation Explainer"),
    running: RUNNING,
    say: (changes) => {
      turns.say(Object.fromEntries(Object.entries(changes).map(said)));
      settle.request();
    },
    words: () => tr("A ToyTown scene of {n} things.", { n: model.get("things").length }),
    stem: () => "scene",
    place: () => facts.version,
    drawn: () => {
      root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
    }
  });
  function said([name, value]) {
    if (name === "pixel") return [name, pixels(value)];
    if (name === "photo") {
      photo = new DataView(rgb2(value).buffer);
      parts2.back.hidden = false;
      return [name, photo];
    }
    return [TRAIT[name] ?? name, value];
  }
  function takeCutouts(given) {
    const { index, bytes } = given ?? {};
    if (index) cutouts.add(index, bytesOf(bytes));
  }
  function start() {
    const ground = model.get("ground");
    photo = model.get("photo");
    takeCutouts(model.get("cutouts"));
    takeCutouts(model.get("more"));
    turns.restart(["things", "selected", "photo"]);
    const things = model.get("things");
    shown.begin(
      {
        ...ground,
        background: bytesOf(ground.background),
        stuff: bytesOf(ground.stuff),
        noise: floatsOf(ground.noise)
      },
      things,
      { selected: model.get("selected") }
    );
    if (photo?.byteLength) shown.show(rgba(bytesOf(photo)));
    parts2.back.hidden = !photo?.byteLength;
    if (!answerer.available) recall();
  }
  function recall() {
    const { networks, segments, halves = [], ids } = model.get("first") ?? {}, { image, truth, serial: serial2 } = shown.scene();
    if (!networks) return setText(parts2.status, answerer.why);
    const floats = halves.map((one) => floatsOfHalves(new Uint16Array(bytesOf(one).buffer))), answers = answersOf2({ networks, segments }, floats, bytesOf(ids));
    return shown.draw({ image, truth, serial: serial2, masked: view.masked, answers, ms: null });
  }
  const heard = (name, take) => life.on(name, () => {
    if (turns.hear(name) === "echo") settle.request();
    else take(model.get(name));
  });
  for (const name of PLAIN) heard(name, (value) => !alike(value, view[name]) && shown.take({ [name]: value }));
  heard("pixel", (value) => String(value) !== String(shown.pixel()) && shown.take({ pixel: shares2(value) }));
  for (const [ours, name] of Object.entries(TRAIT))
    heard(name, (value) => value !== thresholds[ours] && shown.take({ [ours]: value }));
  heard("things", (things) => !alike(things, shown.edited.things) && shown.edited.take({ things }));
  heard("selected", (selected) => selected !== shown.edited.selected && shown.edited.take({ selected }));
  heard("photo", (value) => {
    if (String(bytesOf(value)) !== String(bytesOf(photo))) start();
  });
  life.on("ground", start);
  life.on("more", () => {
    takeCutouts(model.get("more"));
    shown.edited.again();
  });
  parts2.back.addEventListener("click", () => {
    turns.say({ photo: new DataView(new ArrayBuffer(0)) });
    settle.request();
    parts2.own.focus();
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    shown.takeFile(event.dataTransfer?.files[0]);
  });
  start();
  life.also(shown, settle);
}
var explorer_default = { render: living(render) };
export {
  explorer_default as default
};
