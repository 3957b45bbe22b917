/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 2cbb2ebb14d8839b370faadfa4242f980e7d2c14add17f510f27e428ace94427 of
   segtutor/widgets/scene/editor.js
   segtutor/widgets/scene/view.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/history.js
   segtutor/widgets/shared/kinds.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/loop.js
   segtutor/widgets/shared/matched.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/scene/compose.js
   segtutor/widgets/shared/scene/edits.js
   segtutor/widgets/shared/scene/kernel.js
   segtutor/widgets/shared/scene/panels.js
   segtutor/widgets/shared/scene/stage.js
   segtutor/widgets/shared/scene/tools.js
   segtutor/widgets/shared/shelf.js
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
var trLater = (message) => message;

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
  let serial = 0;
  return {
    available: model.kernel !== false,
    makes: model.kernel !== false,
    // cutouts of things that are not there yet
    why: tr("The networks answer in a running notebook; scene and truth work here."),
    answer: ({ image, size, masked }) => new Promise((resolve, reject) => {
      const number = `${view} ${++serial}`, pixels = size * size, rgb2 = new Uint8Array(3 * pixels);
      for (let i = 0, j = 0; i < image.length; i += 4) {
        rgb2[j++] = image[i];
        rgb2[j++] = image[i + 1];
        rgb2[j++] = image[i + 2];
      }
      const timer = setTimeout(() => {
        waiting.delete(number);
        reject(
          new Error(tr("the kernel has said nothing for {n} seconds; is a cell running?", { n: PATIENCE / 1e3 }))
        );
      }, PATIENCE);
      waiting.set(number, { resolve, reject, pixels, timer });
      model.send({ ask: "answer", number, masked }, void 0, [rgb2.buffer]);
    }),
    cutouts: (things, ladder) => model.kernel !== false && model.send({ ask: "cutouts", things, ladder }),
    onCutouts: (action) => take = action
  };
}
function answersOf({ segments: found }, buffers, pixels) {
  const ids = bytesOf(buffers[0]);
  return found.map((segments, n) => ({ ids: ids.subarray(n * pixels, (n + 1) * pixels), segments }));
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
  _paste({ piece, x, y }, colour, number) {
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
        numbers[to + u] = number;
      }
    }
  }
  /** Darkens both pixels of each pair of neighbours of which one is a thing and the other is not the same. */
  _darken() {
    const { side, rgb: rgb2, numbers, edge, dark: dark2 } = this, things = STUFF.length;
    edge.fill(0);
    for (let y = 0, i = 0; y < side; y++) {
      for (let x = 0; x < side; x++, i++) {
        const here = numbers[i], right = x + 1 < side ? numbers[i + 1] : here, below = y + 1 < side ? numbers[i + side] : here;
        if (here !== right && (here >= things || right >= things)) edge[i] = edge[i + 1] = 1;
        if (here !== below && (here >= things || below >= things)) edge[i] = edge[i + side] = 1;
      }
    }
    for (let i = 0; i < edge.length; i++) if (edge[i]) for (let c = 4 * i; c < 4 * i + 3; c++) rgb2[c] = dark2[rgb2[c]];
  }
  /** Averages four pixels (across, then down, each half rounded up, as Pillow does), adds light and noise, takes ids. */
  _reduce() {
    const { size, side, rgb: rgb2, image, ids, lit, ground } = this, row = 4 * side, area = new Int32Array(256);
    for (let y = 0, i = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        const first = 2 * y * row + 8 * x;
        for (let c = 0; c < 3; c++) {
          const p = first + c, q = p + row;
          const mean = (rgb2[p] + rgb2[p + 4] + 1 >> 1) + (rgb2[q] + rgb2[q + 4] + 1 >> 1) + 1 >> 1;
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
  const same = things.filter((one) => one.kind === kind).length, colour = COLOURS[(2 * same + things.length) % COLOURS.length];
  const x = 0.5 + 0.16 * [0, -1, 1, -2, 2][same % 5];
  const thing = moved({ kind, x: 0, y: 0, height, colour, pattern: PATTERNS[0], seed }, x, 0.86, side);
  return { things: [...things, thing], selected: things.length };
}

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

// segtutor/widgets/shared/scene/panels.js
var pack = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var DARK = pack(20, 20, 20);
var LATTICE = pack(234, 209, 224);
var MISSED = pack(230, 159, 0);
var MISSED_DARK = pack(81, 56, 0);
var BAND = 2;
var FAR = 240;
var percent = (share) => Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : tr("nothing to count");
function listed(names) {
  const counts = /* @__PURE__ */ new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, number]) => number > 1 ? tr("{n} {name}", { n: number, name }) : name).join(", ");
}
function truthOf(ids, things) {
  const present = new Uint8Array(256);
  for (let i = 0; i < ids.length; i++) present[ids[i]] = 1;
  const segments = /* @__PURE__ */ new Map();
  for (let id = 1; id < 256; id++) if (present[id]) segments.set(id, labelOf(id, things));
  return { ids, segments, crowds: /* @__PURE__ */ new Set() };
}
function looksOf(segments, classes) {
  const seen = /* @__PURE__ */ new Map(), looks = /* @__PURE__ */ new Map(), count = /* @__PURE__ */ new Map();
  for (const label of segments.values()) count.set(label, (count.get(label) ?? 0) + 1);
  for (const [id, label] of [...segments].sort((a, b) => a[0] - b[0])) {
    const { isthing, colors } = classes[label], name = tr(classes[label].name), n = seen.get(label) ?? 0;
    seen.set(label, n + 1);
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

// segtutor/widgets/shared/scene/stage.js
var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
var STEP = 2;
var FAR2 = 16;
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
  const far = event.shiftKey ? FAR2 : STEP;
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
    const within2 = (share) => Math.min(1, Math.max(0, share)), [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height].map(within2);
    for (const [name, share] of [
      ["left", left],
      ["top", top],
      ["width", right - left],
      ["height", bottom - top]
    ])
      this.frame.style[name] = `${100 * Number(share)}%`;
    this.grip.style.left = `clamp(16px, ${100 * right}%, 100% - 16px)`;
    this.grip.style.top = `clamp(16px, ${100 * top}%, 100% - 16px)`;
  }
  /** A pointer's place as shares of the picture. */
  _place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }
  _thingAt(pointer, finger) {
    const { size, ids } = this, [px, py] = this._place(pointer).map((share) => Math.floor(share * size));
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
    this.rows.forEach(({ node, swatch: swatch2, name, look }, k) => {
      const n = things.length - 1 - k;
      node.hidden = n < 0;
      if (n < 0) return;
      swatch2.style.background = `var(--scene-${things[n].colour})`;
      setText(name, names[n]);
      setText(look, `${tr(things[n].colour)}, ${tr(things[n].pattern)}`);
      node.setAttribute("aria-pressed", String(n === selected));
      if (n === selected && focused && document.activeElement !== node) node.focus({ preventScroll: true });
    });
    this.count = things.length;
  }
  _addRow() {
    const k = this.rows.length, { signal } = this, swatch2 = element("span", { class: "segtutor-swatch" }), name = element("span"), look = element("small");
    const node = ownKeys(
      element("button", { type: "button", class: "segtutor-scene-thing" }, swatch2, name, look),
      signal
    );
    node.addEventListener("click", () => this.act.select(this.count - 1 - k), { signal });
    node.addEventListener("keydown", (event) => editByKey(event, this.act) && event.preventDefault(), { signal });
    this.rows.push({ node, swatch: swatch2, name, look });
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

// segtutor/widgets/shared/kinds.js
var KINDS2 = { bare: 0, matched: 1, pale: 2, missed: 3, false: 4, ignored: 5, void: 6 };
var COLORS = [null, [0, 114, 178], [0, 114, 178], [230, 159, 0], [172, 70, 130], [120, 120, 120], [128, 128, 128]];
var SHARES = [0, 0.75, 0.3, 0.6, 0.6, 0.6, 0.45];
var pack2 = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var OVER = COLORS.map(
  (color, kind) => Uint32Array.from(
    { length: 256 },
    (_, grey2) => color ? pack2(...color.map((part) => Math.round((1 - SHARES[kind]) * grey2 + SHARES[kind] * part))) : pack2(grey2, grey2, grey2)
  )
);
var DARK2 = pack2(20, 20, 20);
var WHITE = pack2(255, 255, 255);
var MISSED2 = pack2(...COLORS[3].map((part) => Math.round(0.35 * part)));
var FALSE = pack2(...COLORS[4].map((part) => Math.round(0.25 * part + 0.75 * 255)));
var VOID_DARK = pack2(25, 25, 25);
var FAR3 = 240;
var PATTERNS2 = [
  null,
  null,
  null,
  (x, y) => (x - y + FAR3) % 10 < 3 ? MISSED2 : 0,
  (x, y) => (x - y + FAR3) % 10 < 2 || (x + y) % 10 < 2 ? FALSE : 0,
  (x, y) => x % 8 < 3 && y % 8 < 3 ? WHITE : 0,
  (x, y) => (x + y) % 12 < 2 ? VOID_DARK : (x + y) % 12 < 4 ? WHITE : 0
];
var TILE = 120;
var TILES = PATTERNS2.map(
  (pattern) => pattern && Uint32Array.from({ length: TILE * TILE }, (_, n) => pattern(n % TILE, Math.floor(n / TILE)))
);
function paintKinds(out, scale, [H, W], ground, kinds, regions) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    const tileRow = y % TILE * TILE;
    for (let x = 0; x < W; x++, i++) {
      const kind = kinds[i], plain = OVER[kind][ground[i]], tile = TILES[kind];
      const left = x > 0 && regions[i - 1] !== regions[i], above = y > 0 && regions[i - W] !== regions[i];
      if (scale === 1) {
        out[i] = left || above ? DARK2 : tile === null ? plain : tile[tileRow + x % TILE] || plain;
        continue;
      }
      for (let row = y * scale, dy = 0; dy < scale; dy++, row++) {
        for (let column = x * scale, dx = 0; dx < scale; dx++, column++) {
          out[row * width + column] = left && dx === 0 || above && dy === 0 ? DARK2 : tile?.[row % TILE * TILE + column % TILE] || plain;
        }
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

// segtutor/widgets/scene/view.js
var PALETTE_SEED = 0;
var HINT = trLater(
  "On the picture: drag a thing, or N for the next one; arrows move it (Shift: further), + − its size, [ ] its place back to front, C colour, P pattern, Delete, Ctrl+Z."
);
var LEGEND = { missed: trLater("missed: nothing matches it"), false: trLater("false: it matches nothing") };
function sceneView({ model, el, answerer, life }) {
  const view = new SceneView(model, answerer, life.signal);
  el.append(view.page.root);
  view.listen(life);
  view.start();
  view.frame.cancel();
  view.draw();
  life.also(view.loop, view.frame, view.settle, view.announce);
}
var SceneView = class {
  constructor(model, answerer, signal) {
    this.model = model;
    this.answerer = answerer;
    this.size = model.get("size")[0];
    this.classes = model.get("classes");
    this.turns = new Turns(model, model.get("classes"));
    this.history = new History(model.get("things"));
    this.page = layOut(model, this.actions(), signal);
    this.meter = new Meter();
    this.frame = frameScheduler(() => this.draw());
    this.settle = whenQuiet(() => this.loop.pending ? this.settle.request() : this.turns.save(), 150);
    this.announce = whenQuiet(() => this.speak(), 800);
    this.loop = new NewestFirst(
      (question) => answerer.answer(question),
      (answers, question, ms) => this.answered(answers, question, ms),
      ({ message }) => setText(this.page.pace, tr("No answer: {message}", { message }))
    );
    this.composer = void 0;
    this.cutouts = void 0;
    this.asked = /* @__PURE__ */ new Set();
    this.startThings = [];
    this.known = null;
    this.drawn = null;
    this.shown = null;
  }
  // -------------------------------------------------------------- what a learner can do
  get things() {
    return this.history.now;
  }
  /** The position of the selected thing, or null. */
  get selected() {
    const held = this.turns.said("selected");
    return held < this.things.length ? held : null;
  }
  /** A new list of things; edits of one gesture are undone together. */
  put(list, gesture = null, select = this.turns.said("selected")) {
    this.history.push(list, gesture);
    this.commit(select);
  }
  commit(select) {
    this.turns.say({ things: this.things });
    this.select(select !== null && select < this.things.length ? select : null);
    this.settle.request();
  }
  select(n) {
    if (n !== this.turns.said("selected")) {
      this.turns.say({ selected: n });
      this.wantHeights(n);
      this.settle.request();
    }
    this.frame.request();
  }
  /** What the stage, the tools and their keys call. */
  actions() {
    const withSelected = (action) => () => this.selected === null ? void 0 : action(this.selected);
    const edit = (change, gesture) => withSelected((n) => this.put(change(this.things, n), gesture === void 0 ? null : `${gesture} ${n}`));
    const rearrange = ({ things, selected }) => this.put(things, null, selected);
    const side = () => this.composer.side, ladder = (n) => this.cutouts.heights(this.things[n]);
    const grown = (steps) => (things, n) => resize(things, n, stepped(ladder(n), things[n].height, steps), side());
    return {
      selected: () => this.selected,
      select: (n) => this.select(n),
      drag: (n, x, y) => this.put(moveTo(this.things, n, x, y, side()), "drag", n),
      scale: (n, height) => this.put(resize(this.things, n, nearest(ladder(n), height), side()), "scale", n),
      rest: () => this.history.rest(),
      move: (dx, dy) => edit((things, n) => moveBy(things, n, dx, dy, side()), "move")(),
      grow: (steps) => edit(grown(steps), "grow")(),
      reorder: (by) => withSelected((n) => rearrange(reorder(this.things, n, by)))(),
      remove: withSelected((n) => rearrange(remove(this.things, n))),
      colour: edit(nextColour),
      recolour: (colour) => edit((things, n) => recolour(things, n, colour))(),
      pattern: edit((things, n) => repattern(things, n, side())),
      add: (kind) => rearrange(add(this.things, kind, this.heightOf(kind), PALETTE_SEED, side())),
      next: (by) => this.things.length && this.select(this.following(by)),
      undo: () => this.history.undo() && this.commit(this.turns.said("selected")),
      redo: () => this.history.redo() && this.commit(this.turns.said("selected")),
      restart: () => this.put(this.startThings, null, null)
    };
  }
  /** The position of the next thing (1) or the one before (-1). */
  following(by) {
    const from = this.selected ?? (by > 0 ? -1 : 0);
    return (from + by + this.things.length) % this.things.length;
  }
  /** The height in which a kind is added: the middle one of those that are there. */
  heightOf(kind) {
    const ladder = this.cutouts.heights({ kind, pattern: PATTERNS[0], seed: PALETTE_SEED });
    return ladder[ladder.length - 1 >> 1];
  }
  // -------------------------------------------------------------- what Python says
  /** Begins with the scene that the traits hold. */
  start() {
    const ground = this.model.get("ground"), given = this.model.get("cutouts");
    this.composer = new Composer({
      ...ground,
      background: bytesOf(ground.background),
      stuff: bytesOf(ground.stuff),
      noise: floatsOf(ground.noise)
    });
    this.cutouts = new Cutouts(this.composer.side);
    this.cutouts.add(given.index, bytesOf(given.bytes));
    this.takeMore();
    [this.asked, this.drawn, this.known] = [/* @__PURE__ */ new Set(), null, null];
    this.startThings = this.model.get("things");
    this.turns.restart(["things", "selected"]);
    this.history.restart(this.startThings);
    this.page.tools.showKinds(
      (kind) => this.heightOf(kind) && {
        kind,
        pattern: PATTERNS[0],
        seed: PALETTE_SEED,
        height: this.heightOf(kind),
        x: 0,
        y: 0
      },
      (thing) => this.cutouts.find(thing)
    );
    this.takeFirst();
    this.wantHeights(this.selected);
    this.frame.request();
  }
  /** Cutouts that came later. */
  takeMore() {
    const { index, bytes } = this.model.get("more") ?? {};
    if (index) this.cutouts.add(index, bytesOf(bytes));
  }
  /** The answers that came with the page, where they are to this scene. */
  takeFirst() {
    const first = this.model.get("first"), { panels } = this.page, pixels = this.size * this.size;
    if (!panels.length || first?.segments?.length !== panels.length || !alike(first.things, this.startThings)) return;
    const all = bytesOf(first.ids);
    this.known = first.segments.map((segments, n) => ({ ids: all.subarray(n * pixels, (n + 1) * pixels), segments }));
  }
  /** Which trait, or which word of the answerer, changes what. */
  listen(life) {
    const { model, answerer, turns, frame, settle } = this;
    answerer.onCutouts((index, bytes) => {
      this.cutouts.add(index, bytes);
      frame.request();
    });
    answerer.onReady?.(() => {
      this.drawn = null;
      frame.request();
    });
    life.on("ground", () => this.start());
    life.on("more", () => {
      this.takeMore();
      frame.request();
    });
    life.on("selected", () => {
      if (turns.hear("selected") === "echo") settle.request();
      frame.request();
    });
    life.on("things", () => {
      const whose = turns.hear("things");
      if (whose === "echo") return settle.request();
      const list = model.get("things");
      if (whose === "python") {
        this.page.stage.letGo();
        if (!(model.get("selected") < list.length)) this.select(null);
      }
      this.history.push(list);
      return frame.request();
    });
  }
  /** Asks for cutouts that are not there, once each. ladder: in all heights */
  want(list, ladder = false) {
    const keyOf2 = (thing) => `${JSON.stringify({ ...thing, colour: "" })} ${ladder}`, fresh = list.filter((thing) => !this.asked.has(keyOf2(thing)));
    if (!fresh.length) return;
    for (const thing of fresh) this.asked.add(keyOf2(thing));
    this.answerer.cutouts(fresh, ladder);
  }
  /** Asks for the heights of a thing, where it has one alone: then it cannot be made larger or smaller. */
  wantHeights(n) {
    const thing = n === null ? null : this.things[n];
    if (thing && this.cutouts.heights(thing).length < 2) this.want([thing], true);
  }
  // -------------------------------------------------------------- one frame
  draw() {
    const list = this.things, lacking = list.filter((thing) => !this.cutouts.find(thing));
    this.want(lacking);
    if (this.drawn !== list && !(lacking.length && this.answerer.available && this.shown)) this.compose(list);
    const n = this.selected, { looks } = this.shown, names = list.map(
      (thing, k) => looks.get(FIRST_THING + k)?.name ?? tr("{name}, hidden", { name: tr(thing.kind) })
    ), heights = n === null ? [] : this.cutouts.heights(list[n]);
    this.page.stage.mark(n === null ? null : this.boxOf(list[n]), this.stageWords(list, names, n));
    this.page.tools.show({
      things: list,
      names,
      selected: n,
      heights,
      resizable: heights.length > 1,
      before: this.history.past.length > 0,
      after: this.history.future.length > 0,
      changed: !alike(list, this.startThings)
    });
    this.announce.request();
  }
  /** Where a thing's cutout is, as shares of the picture; null where it is not there. */
  boxOf(thing) {
    const found = this.cutouts.find(thing), { side } = this.composer;
    return found && {
      x: found.x / side,
      y: found.y / side,
      width: found.piece.width / side,
      height: found.piece.tall / side
    };
  }
  /** Composes the picture and its truth, and asks the networks. */
  compose(list) {
    const { image, ids, missing } = this.composer.compose(list, this.cutouts), truth = truthOf(ids, list), { stage, truthPanel, panels, pace } = this.page, { answerer } = this;
    this.drawn = missing.length ? null : list;
    this.shown = { image, ids, truth, things: list, looks: looksOf(truth.segments, this.classes) };
    stage.show(image, ids, list);
    truthPanel.showTruth(image, truth);
    if (!panels.length) return;
    if (this.known) {
      this.showAnswers(this.known, this.snapshot());
      this.known = null;
      setText(pace, answerer.available ? "" : answerer.why);
    } else if (answerer.available) {
      this.loop.request(() => this.snapshot());
    } else {
      setText(pace, answerer.why);
      for (const panel of panels) panel.node.classList.add("segtutor-old");
    }
  }
  /** The picture as it is now, which stays while the next one is composed. */
  snapshot() {
    const { image, ids: composed, things } = this.shown, ids = composed.slice();
    return { image: image.slice(), ids, size: this.size, things, truth: truthOf(ids, things) };
  }
  // -------------------------------------------------------------- what the networks say
  answered(answers, question, ms) {
    this.meter.add(performance.now(), ms);
    this.showAnswers(answers, question);
    const { rate, ms: median } = this.meter.read(), said = { ms: median.toFixed(0), rate: rate?.toFixed(1) };
    setText(
      this.page.pace,
      rate === null ? tr("answered in {ms} ms", said) : tr("{rate} answers a second, {ms} ms each", said)
    );
    this.announce.request();
  }
  showAnswers(answers, { image, truth }) {
    answers.forEach((answer, n) => {
      const panel = this.page.panels[n];
      panel.node.classList.remove("segtutor-old");
      panel.showAnswer(image, truth, answer);
    });
  }
  // -------------------------------------------------------------- what a screen reader says
  /** Of the picture that is edited. */
  stageWords(list, names, n) {
    const said = { n: list.length, hint: tr(HINT) };
    if (n === null) return tr("The scene, {n} things. Nothing is selected. {hint}", said);
    const { colour, pattern } = list[n];
    return tr("The scene, {n} things. {name} is selected, {colour}, {pattern}. {hint}", {
      ...said,
      name: names[n],
      colour: tr(colour),
      pattern: tr(pattern)
    });
  }
  /** Once nothing has changed for a while. */
  speak() {
    const told = this.page.panels.map(
      ({ title, score, counts }) => `${title}: ${score.textContent}, ${counts.textContent}`
    );
    setText(this.page.spoken, `${tr("The scene, {n} things", { n: this.things.length })}. ${told.join(". ")}`);
  }
};
function layOut(model, act, signal) {
  const classes = model.get("classes"), models = model.get("models"), [size] = model.get("size");
  const stage = new SceneStage(size, act, signal), tools = new SceneTools(act, signal), truthPanel = new ScenePanel(tr("truth"), "", size, classes, signal);
  const panels = models.map(({ name, family }) => {
    const note = family === "mask" ? tr("classifies masks") : tr("classifies pixels");
    return new ScenePanel(name, note, size, classes, signal);
  });
  const pace = element("p", { class: "segtutor-say segtutor-scene-pace" }), spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const scene = element(
    "figure",
    { class: "segtutor-panel" },
    element("figcaption", {}, element("b", {}, tr("scene")), element("span", {}, tr("drag its things"))),
    stage.stage,
    element("div", { class: "segtutor-told" }, pace)
  );
  const kinds = models.length ? Object.entries(LEGEND) : [];
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-scene" },
    element(
      "div",
      { class: "segtutor-scene-panels", style: `--others: ${1 + models.length}` },
      scene,
      truthPanel.node,
      ...panels.map(({ node }) => node)
    ),
    element(
      "ul",
      { class: "segtutor-kinds" },
      ...kinds.map(([kind, text]) => element("li", {}, swatch(KINDS2[kind]), tr(text)))
    ),
    tools.node,
    element("p", { class: "segtutor-note" }, tr(HINT)),
    spoken
  );
  return { root, stage, tools, truthPanel, panels, pace, spoken };
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

// segtutor/widgets/scene/editor.js
function render({ model, el, life }) {
  sceneView({ model, el, life, answerer: kernelAnswerer(model, life) });
}
var editor_default = { render: shelved(render) };
export {
  editor_default as default
};
