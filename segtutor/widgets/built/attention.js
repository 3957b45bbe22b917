/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 7b281ff24a5f1dadfeb3100a3608d2ecf9e3f9e1b4ce112a82de7b07e920346d of
   segtutor/widgets/attention/controls.js
   segtutor/widgets/attention/cross.js
   segtutor/widgets/attention/draw.js
   segtutor/widgets/attention/explorer.js
   segtutor/widgets/attention/heads.js
   segtutor/widgets/attention/maps.js
   segtutor/widgets/attention/parts.js
   segtutor/widgets/attention/sampling.js
   segtutor/widgets/attention/self.js
   segtutor/widgets/attention/words.js
   segtutor/widgets/shared/bars.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/heat.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/names.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/pointer.js
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
function slider({ label: label2, hint, onInput, signal, min = 0, max = 1, step = 0.01, write = twoDigits }) {
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
    element("label", { for: id }, label2),
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
var light = new Uint32Array(0);
var region = new Uint8Array(0);

// segtutor/widgets/shared/heat.js
var STEPS = [
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
    const place = value / 255 * (STEPS.length - 1), left = Math.min(Math.floor(place), STEPS.length - 2);
    return SHARE * (STEPS[left][channel] + (place - left) * (STEPS[left + 1][channel] - STEPS[left][channel]));
  })
);
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
function paintCodes(out, ground, codes, places, shares) {
  const heats = Uint8Array.from(shares, (share2) => 255 * share2);
  for (let i = 0; i < out.length; i++) out[i] = mixed(heats[codes[places[i]]], ground[i]);
}
var HEAT_SCALE = `linear-gradient(90deg, ${STEPS.map((color) => `rgb(${color.join(",")})`).join(", ")})`;

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

// segtutor/widgets/attention/maps.js
var SQUARES = Float32Array.from({ length: 256 }, (_, code) => (code / 255) ** 2);
function placeAt([x, y], [H, W], [h, w], [down, across]) {
  return [
    Math.min(h - 1, Math.floor((y + 0.5) / H * down * h)),
    Math.min(w - 1, Math.floor((x + 0.5) / W * across * w))
  ];
}
function cellsOfPixels([H, W], { size, grid, step }, extent) {
  const rows = Int32Array.from({ length: H }, (_, y) => Math.floor(placeAt([0, y], [H, W], size, extent)[0] / step));
  const columns = Int32Array.from({ length: W }, (_, x) => Math.floor(placeAt([x, 0], [H, W], size, extent)[1] / step));
  const cells = new Int32Array(H * W);
  for (let y = 0, i = 0; y < H; y++) for (let x = 0; x < W; x++, i++) cells[i] = rows[y] * grid[1] + columns[x];
  return cells;
}
var LayerMaps = class {
  constructor(sent) {
    this.size = sent.size;
    this.grid = sent.grid;
    this.step = sent.step;
    this.heads = sent.heads;
    this.cells = this.grid[0] * this.grid[1];
    this.rows = new Map(sent.queries.map((query, row) => [query, row]));
    this._empty = sent.empty;
    this._codes = {};
    this._top = {};
    for (const name of ["cross", "free", "back", "among"]) {
      if (!sent[name]) continue;
      this._codes[name] = bytesOf(sent[name]);
      this._top[name] = floatsOf(sent[`${name}_top`]);
    }
    this._inside = sent.inside ? bytesOf(sent.inside) : null;
  }
  has(query) {
    return this.rows.has(query);
  }
  /** Whether any mask limits queries in this layer. */
  get masked() {
    return this._inside !== null;
  }
  empty(query) {
    return this._empty[this.rows.get(query)];
  }
  /**
   * The weights of one query at the cells; head null: the mean of all heads; way: true without the mask, "back" what
   * the cells take from it.
   */
  weights(query, head, way) {
    const name = way === "back" ? "back" : way && this._codes.free ? "free" : "cross";
    return this._mean(name, this.rows.get(query), this.rows.size, head, this.cells);
  }
  /** The weights of one query at the other queries. */
  among(query, head) {
    return this._codes.among ? this._mean("among", query, this.rows.size, head, this.rows.size) : null;
  }
  _mean(name, row, rows, head, length) {
    const out = new Float32Array(length), codes = this._codes[name], tops = this._top[name];
    const [first, last] = head === null ? [0, this.heads] : [head, head + 1];
    for (let one = first; one < last; one++) {
      const start = (one * rows + row) * length, top = tops[one * rows + row] / (last - first);
      for (let i = 0; i < length; i++) out[i] += top * SQUARES[codes[start + i]];
    }
    return out;
  }
  /** 1 where the query's mask allows a cell; null where nothing limits it (no mask, or an empty one). */
  inside(query) {
    if (!this._inside || this.empty(query)) return null;
    const bytes = this.cells + 7 >> 3, start = this.rows.get(query) * bytes;
    return Uint8Array.from({ length: this.cells }, (_, i) => this._inside[start + (i >> 3)] >> (i & 7) & 1);
  }
};
var SamplingMaps = class {
  constructor(sent) {
    this.sizes = sent.sizes;
    this.steps = sent.steps;
    this.heads = sent.heads;
    this.count = sent.points;
    this.reach = floatsOf(sent.reach);
    this.offsets = bytesOf(sent.offsets);
    this.weights = bytesOf(sent.weights);
    const axis = (length, step) => {
      const first = Math.min(step >> 1, length - 1);
      return { first, step, count: Math.floor((length - 1 - first) / step) + 1 };
    };
    this.axes = this.sizes.map(([h, w], level) => [axis(h, this.steps[level]), axis(w, this.steps[level])]);
    this.starts = this.axes.map(
      (_, level) => this.axes.slice(0, level).reduce((sum, [a, b]) => sum + a.count * b.count, 0)
    );
  }
  /** The cell of map `level` that was sent and lies next to [row, column]. */
  nearest([row, column], level) {
    const next = (at, { first, step, count }) => Math.min(count - 1, Math.max(0, Math.round((at - first) / step)));
    const [down, across] = this.axes[level], r = next(row, down), c = next(column, across);
    return {
      number: this.starts[level] + r * across.count + c,
      row: down.first + r * down.step,
      column: across.first + c * across.step
    };
  }
  /**
   * Where it reads: x, y in 0..1 of the maps, weight (those of a head sum to 1).
   * @returns {{number: number, row: number, column: number, x: number, y: number, points: Record<string, any>[]}}
   */
  at([row, column], level, head) {
    const place = this.nearest([row, column], level), [h, w] = this.sizes[level];
    const [x, y] = [(place.column + 0.5) / w, (place.row + 0.5) / h], points = [], levels = this.sizes.length;
    const [first, last] = head === null ? [0, this.heads] : [head, head + 1];
    for (let one = first; one < last; one++) {
      for (let to = 0; to < levels; to++) {
        for (let p = 0; p < this.count; p++) {
          const i = ((place.number * this.heads + one) * levels + to) * this.count + p, cell = this.reach[to] / 127;
          points.push({
            head: one,
            level: to,
            weight: SQUARES[this.weights[i]],
            x: x + (this.offsets[2 * i] - 128) * cell / this.sizes[to][1],
            y: y + (this.offsets[2 * i + 1] - 128) * cell / this.sizes[to][0]
          });
        }
      }
    }
    return { ...place, x, y, points };
  }
};
function sharesByMap(points, levels) {
  const sums = new Array(levels).fill(0);
  for (const { level, weight } of points) sums[level] += weight;
  const total = sums.reduce((a, b) => a + b, 0) || 1;
  return sums.map((sum) => sum / total);
}
function border(inside, [g, k]) {
  const lines = [];
  const at = (row, column) => row < 0 || column < 0 || row >= g || column >= k ? null : inside[row * k + column];
  for (let row = 0; row < g; row++) {
    for (let column = 0; column < k; column++) {
      const here = at(row, column), up = at(row - 1, column), left = at(row, column - 1);
      if (up !== null && up !== here) lines.push([column, row, column + 1, row]);
      if (left !== null && left !== here) lines.push([column, row, column, row + 1]);
    }
  }
  return lines;
}
function summary(weights, inside) {
  let sum = 0, largest = 0, within = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i];
    if (weights[i] > largest) largest = weights[i];
    if (inside?.[i]) within += weights[i];
  }
  return { sum, largest, within: sum ? within / sum : 0, at: weights.indexOf(largest) };
}

// segtutor/widgets/attention/draw.js
var LINEAR = Float32Array.from({ length: 256 }, (_, code) => code / 255);
var MARKS = [
  [0, 114, 178],
  [213, 94, 0],
  [240, 228, 66],
  [204, 121, 167]
];
function stage([H, W]) {
  const scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const scratch = element("canvas", { width: W, height: H }), small = scratch.getContext("2d");
  const pixels = small.createImageData(W, H), context = canvas.getContext("2d");
  return {
    canvas,
    context,
    scale,
    H,
    W,
    zoom: 1,
    out: new Uint32Array(pixels.data.buffer),
    /** Brings `out` onto the canvas. */
    flush() {
      small.putImageData(pixels, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(scratch, 0, 0, canvas.width, canvas.height);
    }
  };
}
function paintWeights(out, ground, cells, weights, largest) {
  const scale = largest > 0 ? 255 / largest : 0;
  paintCodes(
    out,
    ground,
    Uint8Array.from(weights, (weight) => weight * scale + 0.5),
    cells,
    LINEAR
  );
}
function ramp() {
  const colors = element("i", { "aria-hidden": "true" }), most = element("span");
  colors.style.background = HEAT_SCALE;
  return { most, node: element("p", { class: "segtutor-scale" }, element("span", {}, "0"), colors, most) };
}
function stroke(context, zoom, dash = []) {
  context.lineJoin = "round";
  context.setLineDash(dash.map((one) => one * zoom));
  for (const [width, color] of [
    [4, "#000"],
    [2, "#fff"]
  ]) {
    context.lineWidth = Number(width) * zoom;
    context.strokeStyle = color;
    context.stroke();
  }
  context.setLineDash([]);
}
var cellSize = ({ canvas }, { size, step }, [down, across]) => [
  canvas.width * step / (size[1] * across),
  canvas.height * step / (size[0] * down)
];
function drawBorder(on, maps, extent, inside) {
  const [w, h] = cellSize(on, maps, extent);
  on.context.beginPath();
  for (const [x1, y1, x2, y2] of border(inside, maps.grid)) {
    on.context.moveTo(x1 * w, y1 * h);
    on.context.lineTo(x2 * w, y2 * h);
  }
  stroke(on.context, on.zoom);
}
function drawEverywhere({ canvas, context, zoom }, words) {
  const inset = 4 * zoom;
  context.beginPath();
  context.rect(inset, inset, canvas.width - 2 * inset, canvas.height - 2 * inset);
  stroke(context, zoom, [10, 7]);
  label(context, zoom, words, canvas.width / 2, 18 * zoom);
}
function drawCell(on, size, extent, row, column) {
  const [w, h] = cellSize(on, { size, step: 1 }, extent);
  on.context.beginPath();
  on.context.rect(column * w, row * h, w, h);
  stroke(on.context, 0.6 * on.zoom);
}
function label(context, zoom, words, x, y) {
  context.font = `600 ${13 * zoom}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4 * zoom;
  context.strokeStyle = "#000";
  context.fillStyle = "#fff";
  context.strokeText(words, x, y);
  context.fillText(words, x, y);
}
function paintLight(out, image) {
  for (let i = 0; i < out.length; i++) {
    const [r, g, b] = [0, 1, 2].map((channel) => 0.55 * image[4 * i + channel] + 115);
    out[i] = 4278190080 | b << 16 | g << 8 | r;
  }
}
function drawPoints({ canvas, context, zoom }, points, [down, across]) {
  let outside = 0;
  for (const { level, weight, ...at } of [...points].sort((a, b) => b.weight - a.weight)) {
    const x = at.x / across, y = at.y / down, out = x < 0 || y < 0 || x > 1 || y > 1;
    outside += Number(out);
    const radius = zoom * (2.5 + 14 * Math.sqrt(weight)), within = (at2, length) => Math.min(length - radius, Math.max(radius, at2 * length));
    shape(
      context,
      level,
      out ? within(x, canvas.width) : x * canvas.width,
      out ? within(y, canvas.height) : y * canvas.height,
      radius
    );
    ink(context, level, 1.2 * zoom, !out);
  }
  return outside;
}
function markOf(level) {
  const canvas = element("canvas", { width: 40, height: 40, class: "segtutor-mark", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ddd";
  context.fillRect(0, 0, 40, 40);
  shape(context, level, 20, 20, 12);
  ink(context, level, 2.4, true);
  return canvas;
}
function ink(context, level, width, filled2) {
  if (filled2) {
    context.fillStyle = `rgb(${MARKS[level % MARKS.length].join(",")})`;
    context.fill();
  }
  context.lineWidth = width;
  context.strokeStyle = "#000";
  context.stroke();
}
function shape(context, level, x, y, r) {
  context.beginPath();
  const corners = [
    [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1]
    ],
    [
      [0, -1.2],
      [1.1, 0.8],
      [-1.1, 0.8]
    ],
    null,
    [
      [0, -1.3],
      [1.3, 0],
      [0, 1.3],
      [-1.3, 0]
    ]
  ];
  const found = corners[level % corners.length];
  if (!found) return context.arc(x, y, r, 0, 2 * Math.PI);
  found.forEach(([dx, dy], n) => context[n ? "lineTo" : "moveTo"](x + 0.9 * r * dx, y + 0.9 * r * dy));
  context.closePath();
}
function paintMatrix({ out, W }, rows, order, largest, colors) {
  const ground = new Uint8Array(order.length), places = Int32Array.from(order), scale = largest > 0 ? 255 / largest : 0;
  const line = new Uint32Array(order.length);
  const rgb = ([r, g, b]) => 4278190080 | b << 16 | g << 8 | r;
  out[0] = rgb([255, 255, 255]);
  order.forEach((query, n) => {
    out[n + 1] = out[(n + 1) * W] = rgb(colors[query]);
    paintCodes(
      line,
      ground,
      Uint8Array.from(rows(query), (weight) => weight * scale + 0.5),
      places,
      LINEAR
    );
    out.set(line, (n + 1) * W + 1);
  });
}
function drawMatrix({ canvas, context, zoom, W }, row, groups) {
  const cell = canvas.width / W;
  context.beginPath();
  for (const at of groups) {
    for (const [x1, y1, x2, y2] of [
      [at, 0, at, W],
      [0, at, W, at]
    ]) {
      context.moveTo(x1 * cell, y1 * cell);
      context.lineTo(x2 * cell, y2 * cell);
    }
  }
  context.lineWidth = zoom;
  context.strokeStyle = "rgba(255, 255, 255, 0.55)";
  context.stroke();
  if (row === null) return;
  context.beginPath();
  context.rect(0, row * cell, canvas.width, cell);
  stroke(context, 0.75 * zoom);
}

// segtutor/widgets/attention/heads.js
var SIDE = 52;
var Heads = class {
  /** count: the most heads of any view; onChoose(head | null) */
  constructor(count, [H, W], { signal, onChoose }) {
    const scale = SIDE / Math.max(H, W);
    this.small = [Math.max(1, Math.round(H * scale)), Math.max(1, Math.round(W * scale))];
    this.full = [H, W];
    const make = (head) => {
      const canvas = element("canvas", { width: this.small[1], height: this.small[0], "aria-hidden": "true" });
      const name = element("span", {}, head === null ? tr("mean") : String(head + 1));
      const button = ownKeys(
        element("button", { type: "button", class: "segtutor-head-button", "aria-pressed": "false" }, canvas, name),
        signal
      );
      button.addEventListener("click", () => onChoose(head), { signal });
      const context = canvas.getContext("2d"), pixels = context.createImageData(this.small[1], this.small[0]);
      return { head, canvas, name, button, context, pixels, out: new Uint32Array(pixels.data.buffer) };
    };
    this.items = [null, ...Array.from({ length: count }, (_, n) => n)].map(make);
    this.node = element(
      "div",
      { class: "segtutor-heads", role: "group", "aria-label": tr("Heads") },
      ...this.items.map(({ button }) => button)
    );
  }
  /** ground: of the whole picture, see heat.js */
  setGround(ground) {
    const [H, W] = this.full, [h, w] = this.small;
    this.ground = Uint8Array.from(
      { length: h * w },
      (_, i) => ground[Math.floor((Math.floor(i / w) + 0.5) * H / h) * W + Math.floor((i % w + 0.5) * W / w)]
    );
  }
  /** Which head is chosen, of how many; together: what no single head is called, "all" or "mean". */
  show(count, chosen, together, pictures) {
    for (const { head, button, canvas, name } of this.items) {
      button.hidden = head !== null && head >= count;
      canvas.hidden = !pictures;
      if (head === null) setText(name, tr(together));
      const pressed = String(head === chosen), all = together === "all" ? tr("all of {n} heads", { n: count }) : tr("mean of {n} heads", { n: count }), words = head === null ? all : tr("Head {n}", { n: head + 1 });
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
      if (button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words);
    }
  }
  /** Draws where the query looks in each head. */
  draw(maps, extent, query, free) {
    const key = `${maps.grid} ${maps.step} ${maps.size}`;
    if (key !== this.key) {
      this.key = key;
      this.cells = cellsOfPixels(this.small, maps, extent);
    }
    for (const { head, button, context, pixels, out } of this.items) {
      if (button.hidden) continue;
      const weights = maps.weights(query, head, free);
      paintWeights(out, this.ground, this.cells, weights, summary(weights).largest);
      context.putImageData(pixels, 0, 0);
    }
  }
};

// segtutor/widgets/shared/bars.js
var share = (value) => value > 0 && value < 5e-4 ? "< 0.1 %" : `${(100 * value).toFixed(1)} %`;
function bars({ label: label2, rows }) {
  const node = element("ol", { class: "segtutor-bars", "aria-label": label2 });
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

// segtutor/widgets/shared/names.js
trLater("initial queries");
trLater("the last look");
var layerWords = (name) => {
  const [, number] = /^layer (\d+)$/.exec(name) ?? [];
  return number ? tr("layer {n}", { n: number }) : tr(name);
};
var classWords = (classes, label2) => label2 < classes.length ? tr(classes[label2].name) : tr("no object");

// segtutor/widgets/attention/words.js
var QUERY = { one: trLater("query"), titled: trLater("Query"), many: trLater("queries"), all: trLater("Queries") };
var TOKEN = { one: trLater("token"), titled: trLater("Token"), many: trLater("tokens"), all: trLater("Tokens") };
var termWords = (term) => Object.fromEntries(Object.entries(term === "token" ? TOKEN : QUERY).map(([form, word]) => [form, tr(word)]));
var nameOf = (query, { labels }, classes) => classWords(classes, labels[query]);
var whoWords = (term, query, name, score) => {
  const said = { term: termWords(term).titled, query, name, score };
  return score === void 0 ? tr("{term} {query} ({name})", said) : tr("{term} {query} ({name}, score {score})", said);
};
var headWords = (head, count) => head === null ? tr("mean of {n} heads", { n: count }) : tr("head {n}", { n: head + 1 });
var mapWords = ({ size: [h, w], stride }, step = 1) => step > 1 ? tr("the map at 1/{stride} ({h} × {w} cells, shown {step} × {step} together)", { stride, h, w, step }) : tr("the map at 1/{stride} ({h} × {w} cells)", { stride, h, w });
function crossWords({ who, map, empty, masked, allowed, cells, without, elsewhere, term }) {
  const sentences = [tr("{who} reads {map}.", { who, map })];
  if (empty)
    return [
      ...sentences,
      tr("Its mask is empty here: by the empty-mask rule it looks everywhere, so with and without are the same.")
    ].join(" ");
  const inside = { share: masked ? share(without.within) : "", n: allowed, total: cells };
  if (!masked)
    sentences.push(tr("This layer has no mask: every {term} may look everywhere.", { term: termWords(term).one }));
  else if (allowed === cells)
    sentences.push(
      tr("Its mask (white line) allows all. Without it, {share} of the attention to the map would lie inside.", inside)
    );
  else
    sentences.push(
      tr(
        "Its mask (white line) allows {n} of {total}. Without it, {share} of the attention to the map would lie inside.",
        inside
      )
    );
  if (elsewhere > 0.03)
    sentences.push(tr("{share} of its attention goes to other tokens than the cells.", { share: share(elsewhere) }));
  return sentences.join(" ");
}
function backWords({ who, map, shares, count }) {
  const least = shares.reduce((a, b) => Math.min(a, b), 1), most = shares.reduce((a, b) => Math.max(a, b), 0);
  return tr(
    "{who} is read by {map}. Of what they take from the tokens, cells take {least} to {most} from this one; if all {n} were alike it would be {alike}.",
    { who, map, least: share(least), most: share(most), n: count, alike: share(1 / count) }
  );
}
function pixelWords(pixel, weight, title, forbidden) {
  const said = { title, pixel: pixel.join(", "), share: share(weight) };
  if (forbidden)
    return title ? tr("{title}: the cell of pixel ({pixel}) lies outside the mask: it gets nothing.", said) : tr("the cell of pixel ({pixel}) lies outside the mask: it gets nothing.", said);
  return title ? tr("{title}: the cell of pixel ({pixel}) gets {share} of the attention.", said) : tr("the cell of pixel ({pixel}) gets {share} of the attention.", said);
}
function pointsWords({ pixel, stride, row, column, count, outside, head, heads }) {
  const read = tr(
    "Pixel ({pixel}), its cell in the map at 1/{stride} (row {row}, column {column}), {heads}: {count} points.",
    {
      ...{ pixel: pixel.join(", "), stride, row, column, count },
      heads: head === null ? tr("all {n} heads", { n: heads }) : tr("head {n}", { n: head + 1 })
    }
  );
  const away = trCount(
    "{n} of them lies outside the picture (hollow, at the edge).",
    "{n} of them lie outside the picture (hollow, at the edge).",
    outside
  );
  return outside ? `${read} ${away}` : read;
}
function pairWords(from, to, weight, name, term = "query") {
  const { one, titled } = termWords(term), said = { term: titled, query: from, name: name(from), share: share(weight) };
  return from === to ? tr("{term} {query} {name} keeps {share} to itself.", said) : tr("{term} {query} {name} takes {share} from {other} {to} {of}.", { ...said, other: one, to, of: name(to) });
}
var missingWords = (what, alone) => alone ? tr("{what} was not sent with this page: it needs a running notebook.", { what }) : tr("{what} is being fetched …", { what });

// segtutor/widgets/attention/controls.js
var MASKED = { both: null, with: true, without: false };
var MASKS = { both: trLater("side by side"), with: trLater("with"), without: trLater("without") };
var hide = (node, hidden) => node.hidden !== hidden && (node.hidden = hidden);
function controlsOf(sent, model, context) {
  const { signal, tell } = context, { heads, layers, encoder, size } = sent;
  const made = {
    view: viewChoice(sent, model.get("view"), context),
    mask: maskChoice(context),
    level: levelChoice(sent, model.get("level"), context),
    query: querySlider(sent, context),
    layer: layerSlider(sent, context),
    depth: depthSlider(sent, context)
  };
  const strip = new Heads(Math.max(heads.decoder, heads.encoder), size, {
    signal,
    onChoose: (head) => tell({ head })
  });
  const sliders = element(
    "div",
    { class: "segtutor-wide segtutor-sliders" },
    ...[made.query, made.layer, made.depth].map(({ node }) => node)
  );
  const title = element("p", { class: "segtutor-head-title" }, tr("Heads"));
  function show(now) {
    const sampling = now.view === "sampling", pictures = now.view === "cross" || now.view === "back";
    hide(made.query.node, sampling);
    hide(made.layer.node, sampling || layers.length < 2);
    hide(made.depth.node, !sampling || encoder.layers < 2);
    hide(
      sliders,
      [...sliders.children].every((one) => (
        /** @type {HTMLElement} */
        one.hidden
      ))
    );
    hide(made.mask, now.view !== "cross" || !layers[now.layer].masked);
    check(made.view, now.view);
    check(
      made.mask,
      Object.keys(MASKED).find((one) => MASKED[one] === now.masked)
    );
    check(made.level, String(now.level));
    made.query.show(sent.queries.by_score.indexOf(now.query), tr("by score"));
    const [h, w] = layers[now.layer].size;
    made.layer.show(now.layer, tr("{h} by {w} cells", { h, w }));
    made.depth.show(now.encoder_layer, tr("coarse to fine"));
    const count = sampling ? heads.encoder : heads.decoder, head = now.head === null ? null : Math.min(now.head, count - 1);
    strip.show(count, head, sampling ? trLater("all") : trLater("mean"), pictures);
    return { ...now, head };
  }
  return {
    view: made.view,
    mask: made.mask,
    level: made.level,
    sliders,
    strip,
    heads: element("div", {}, title, strip.node),
    show
  };
}
function viewChoice({ term, layers, encoder }, selected, { signal, tell }) {
  const { one, many } = termWords(term);
  const choices = {
    cross: tr("a {term} at the picture", { term: one }),
    ...layers[0].back && { back: tr("the picture at a {term}", { term: one }) },
    ...encoder.layers && { sampling: tr("a pixel at the maps") },
    self: tr("{many} at {many}", { many })
  };
  return choice({ legend: tr("Attention of"), choices, selected, signal, onChange: (view) => tell({ view }) });
}
function maskChoice({ signal, tell }) {
  return choice({
    legend: tr("Mask"),
    choices: Object.fromEntries(Object.entries(MASKS).map(([value, text]) => [value, tr(text)])),
    signal,
    selected: "both",
    onChange: (value) => tell({ masked: MASKED[value] })
  });
}
function levelChoice({ encoder }, level, { signal, tell }) {
  return choice({
    legend: tr("A cell of the map at"),
    signal,
    selected: String(level),
    onChange: (value) => tell({ level: Number(value) }),
    choices: Object.fromEntries(encoder.strides.map((stride, n) => [String(n), `1/${stride}`]))
  });
}
function querySlider({ term, queries, layers }, { signal, tell, name, score }) {
  const order = queries.by_score;
  return slider({
    label: termWords(term).titled,
    hint: layers[0].back ? tr("masks first, best predicted IoU first") : tr("best score first"),
    min: 0,
    max: order.length - 1,
    step: 1,
    signal,
    write: (at) => `${order[at]} ${name(order[at])} ${score(order[at]) ?? ""}`,
    onInput: (at) => tell({ query: order[at] })
  });
}
function layerSlider({ layers }, { signal, tell }) {
  const several = new Set(layers.map(({ stride }) => stride)).size > 1;
  return slider({
    label: tr("Decoder layer"),
    min: 0,
    hint: several ? tr("each reads one of the maps, coarse to fine, again and again") : tr("all read the same map"),
    max: layers.length - 1,
    step: 1,
    signal,
    onInput: (layer) => tell({ layer }),
    write: (at) => tr("{n} of {total}, map at 1/{stride}", { n: at + 1, total: layers.length, stride: layers[at].stride })
  });
}
function depthSlider({ encoder }, { signal, tell }) {
  return slider({
    label: tr("Layer of the pixel decoder"),
    hint: tr("each reads the maps that the one before has made"),
    min: 0,
    max: Math.max(0, encoder.layers - 1),
    step: 1,
    signal,
    onInput: (encoder_layer) => tell({ encoder_layer }),
    write: (at) => tr("{n} of {total}", { n: at + 1, total: encoder.layers })
  });
}

// segtutor/widgets/attention/parts.js
var KEPT = 24;
var Parts = class {
  /** onArrival(): something has come */
  constructor(model, onArrival) {
    this.model = model;
    this.onArrival = onArrival;
    this._parts = /* @__PURE__ */ new Map();
    this._asked = /* @__PURE__ */ new Set();
    this._hear = (content, buffers) => {
      if (!content?.part || !content.names) return;
      this._take(content.part, {
        ...content.plain,
        ...Object.fromEntries(content.names.map((name, n) => [name, buffers[n]]))
      });
      this.onArrival();
    };
    model.on("msg:custom", this._hear);
    for (const [name, sent] of Object.entries(model.get("sent"))) this._take(name, sent);
  }
  _take(name, sent) {
    this._parts.set(name, name.startsWith("sampling") ? new SamplingMaps(sent) : new LayerMaps(sent));
    const single = [...this._parts.keys()].filter((one) => one.includes("query"));
    if (single.length > KEPT) {
      this._parts.delete(single[0]);
      this._asked.delete(single[0]);
    }
  }
  /** Whether nobody can be asked: a page without a kernel. */
  get alone() {
    return this.model.kernel === false;
  }
  /** The part, or null while the kernel is asked for it. */
  get(name) {
    const found = this._parts.get(name);
    if (!found && !this._asked.has(name) && !this.alone) {
      this._asked.add(name);
      this.model.send({ part: name });
    }
    return found ?? null;
  }
  /** A decoder layer for one query: in full where that has come, else what was sent of all queries. */
  layer(layer, query) {
    const all = this.get(`layer ${layer}`);
    return all && all.step > 1 && this._parts.get(`layer ${layer} query ${query}`) || all;
  }
  /** Asks for the query in full, where all queries together were sent in larger cells. */
  refine(layer, query) {
    if (this._parts.get(`layer ${layer}`)?.step > 1) this.get(`layer ${layer} query ${query}`);
  }
  close() {
    this.model.off("msg:custom", this._hear);
    this._parts.clear();
  }
};

// segtutor/widgets/shared/pointer.js
var STEPS2 = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function pixelPicker(canvas, { size: [H, W], label: label2, current, onLook, onPick, signal }) {
  const node = ownKeys(
    element("div", { class: "segtutor-picker", tabindex: 0, role: "application", "aria-label": label2 }, canvas),
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
      const step = STEPS2[event.key], pixel = current();
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
  for (const [dx, dy] of Object.values(STEPS2)) {
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

// segtutor/widgets/attention/cross.js
function panel(title, size, term, picking) {
  const on = stage(size), text = element("p", { class: "segtutor-detail" }), scale = ramp();
  const heading = element("b", {}, title);
  const node = element(
    "section",
    { class: "segtutor-side", "aria-label": title },
    element("p", { class: "segtutor-title" }, heading),
    pixelPicker(on.canvas, {
      size,
      label: tr("{title}: arrow keys move the cross, Enter takes the {term} of the pixel", { title, term }),
      ...picking
    }),
    scale.node,
    text
  );
  return { ...on, on, node, text, most: scale.most, heading };
}
var CrossView = class {
  /** shared: {size, extent, layers, heads, ownerAt(pixel), who(query), tell, look, pixel(), signal} */
  constructor(shared) {
    this.shared = shared;
    const take = (pixel) => {
      const query = pixel && shared.ownerAt(pixel);
      if (query !== null && query !== void 0) shared.tell({ query });
    };
    const picking = { current: shared.pixel, onLook: shared.look, onPick: take, signal: shared.signal };
    const { one: term } = termWords(shared.term);
    this.with = panel(tr("With its mask, as the layer ran"), shared.size, term, picking);
    this.without = panel(tr("Without: this layer recomputed"), shared.size, term, picking);
    this.panels = [this.with, this.without];
    this.take = ownKeys(
      element("button", { type: "button", class: "segtutor-reset" }, tr("Take the {term} of this pixel", { term })),
      shared.signal
    );
    this.take.addEventListener("click", () => take(shared.pixel()), { signal: shared.signal });
    this.nodes = this.panels.map(({ node }) => node);
  }
  /** Which panels are shown. */
  arrange(maps, { masked, view }) {
    const two = maps?.masked ?? true;
    this.with.node.hidden = two && masked === false;
    this.without.node.hidden = !two || masked === true;
    const title = two ? tr("With its mask, as the layer ran") : tr("As the layer ran: no mask");
    setText(this.with.heading, view === "back" ? tr("What each cell takes from it") : title);
  }
  draw(maps, { query, head, pixel, masked, view }, ground) {
    const { extent, size } = this.shared;
    this.arrange(maps, { masked, view });
    const key = `${maps.size} ${maps.step}`;
    if (key !== this.key) {
      this.key = key;
      this.cells = cellsOfPixels(size, maps, extent);
    }
    const inside = maps.inside(query);
    this.said = this.panels.map((one, n) => {
      if (one.node.hidden && (n || !maps.masked)) return null;
      const weights = maps.weights(query, head, view === "back" ? "back" : n === 1), found = { weights, ...summary(weights, inside) };
      if (one.node.hidden) return found;
      paintWeights(one.out, ground, this.cells, weights, found.largest);
      one.flush();
      if (inside) drawBorder(one, maps, extent, inside);
      else if (maps.masked && maps.empty(query) && n === 0) drawEverywhere(one, tr("mask empty: looks everywhere"));
      if (pixel) drawCross(one.context, one.scale, one.zoom, pixel);
      return found;
    });
    this.said[1] ??= maps.masked ? summary(maps.weights(query, head, true), inside) : this.said[0];
    this.inside = inside;
  }
  /** What is to be read; returns the sentence. */
  write(maps, now) {
    const { query, head, layer, view } = now, { layers, heads, who, term, queries } = this.shared, allowed = this.inside ? this.inside.reduce((a, b) => a + b, 0) : maps.cells;
    this.panels.forEach((each, n) => each.node.hidden || this._writePanel(each, n, maps, now));
    this.take.disabled = !now.pixel;
    const said = {
      who: tr("{who}, {layer}, {heads},", {
        who: who(query),
        layer: layerWords(layers[layer].name),
        heads: headWords(head, heads.decoder)
      }),
      map: mapWords(layers[layer], maps.step)
    };
    if (view === "back") return backWords({ ...said, shares: this.said[0].weights, count: queries.labels.length });
    return crossWords({
      ...said,
      empty: maps.masked && maps.empty(query),
      masked: maps.masked,
      term,
      allowed,
      cells: maps.cells,
      without: this.said[1],
      elsewhere: 1 - (this.said[0] ?? this.said[1]).sum
    });
  }
  /** What stands at one of the two pictures: its scale, its name, and what it says of the pixel. n: 1 without the mask */
  _writePanel(each, n, maps, { query, layer, pixel, view }) {
    const back = view === "back", { one: term } = termWords(this.shared.term), { weights, largest } = this.said[n], said = { term, query, layer: layerWords(this.shared.layers[layer].name), share: share(largest), step: maps.step };
    const scale = () => maps.step > 1 ? tr("{share} on {step} × {step} cells", said) : tr("{share} on one cell", said);
    setText(each.most, back ? said.share : scale());
    const looks = () => {
      if (!maps.masked) return tr("Where {term} {query} looks in {layer}", said);
      return n ? tr("Where {term} {query} looks in {layer}, without its mask", said) : tr("Where {term} {query} looks in {layer}, with its mask", said);
    };
    const taken = () => tr("What the picture takes from {term} {query} in {layer}", said);
    each.canvas.setAttribute("aria-label", back ? taken() : looks());
    setText(each.text, pixel ? this._pixelSays(pixel, n, maps, weights, back) : noPixel(n, term));
  }
  _pixelSays(pixel, n, maps, weights, back) {
    const { extent, size, term } = this.shared, [row, column] = placeAt(pixel, size, maps.size, extent).map((at) => Math.floor(at / maps.step)), cell = row * maps.grid[1] + column;
    if (back)
      return tr("The cell of pixel ({pixel}) takes {share} from this {term}.", {
        pixel: pixel.join(", "),
        share: share(weights[cell]),
        term: termWords(term).one
      });
    const title = n ? tr("Without") : maps.masked ? tr("With") : "";
    return pixelWords(pixel, weights[cell], title, !n && this.inside && !this.inside[cell]);
  }
};
var noPixel = (n, term) => n ? tr("The same queries and keys of this layer, allowed everywhere.") : tr("Point at the picture to read a cell; click takes its {term}.", { term });

// segtutor/widgets/attention/sampling.js
var SamplingView = class {
  /** shared: {size, extent, encoder: {sizes, strides}, tell, look, pixel(), signal} */
  constructor(shared) {
    this.shared = shared;
    this.on = stage(shared.size);
    this.held = false;
    const title = tr("What the cell of a pixel reads");
    const look = (pixel) => {
      this.moved = true;
      if (pixel === null) this.held = false;
      if (!this.held || !this.byPointer) shared.look(pixel);
    };
    const hold = () => {
      this.held = !this.held;
      shared.redraw();
    };
    const picker = pixelPicker(this.on.canvas, {
      size: shared.size,
      current: shared.pixel,
      onLook: look,
      onPick: hold,
      signal: shared.signal,
      label: tr("{map}: arrow keys move the cross, Enter or a click holds the pixel", { map: title })
    });
    for (const kind of ["pointermove", "keydown"]) {
      picker.addEventListener(
        kind,
        (event) => this.byPointer = event.type === "pointermove" && event.pointerType !== "touch",
        { signal: shared.signal, capture: true }
      );
    }
    this.text = element("p", { class: "segtutor-detail" });
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": title },
      element("p", { class: "segtutor-title" }, element("b", {}, title)),
      picker,
      this.text
    );
    this.legend = element("ul", { class: "segtutor-kinds" });
    shared.encoder.strides.forEach((stride, level) => {
      this.legend.append(element("li", {}, markOf(level), tr("reads the map at 1/{stride}", { stride })));
    });
    this.legend.append(element("li", {}, tr("area: weight")), element("li", {}, tr("frame: the cell that asks")));
    this.shares = bars({ label: tr("Share of the weight by map"), rows: shared.encoder.strides.length });
  }
  pixel() {
    const [H, W] = this.shared.size;
    return this.shared.pixel() ?? [W >> 1, H >> 1];
  }
  draw(maps, { level, head }, image) {
    const { size, extent } = this.shared, { on } = this, pixel = this.pixel();
    if (this.image !== image) {
      paintLight(on.out, image);
      this.image = image;
    }
    const [row, column] = placeAt(pixel, size, maps.sizes[level], extent);
    this.found = maps.at([row, column], level, head);
    on.flush();
    drawCell(on, maps.sizes[level], extent, this.found.row, this.found.column);
    drawCross(on.context, on.scale, on.zoom, pixel);
    this.outside = drawPoints(on, this.found.points, extent);
  }
  write(maps, { level, head }) {
    const { encoder } = this.shared, { points, row, column } = this.found;
    const words = pointsWords({
      pixel: this.pixel(),
      stride: encoder.strides[level],
      row,
      column,
      count: points.length,
      outside: this.outside,
      head,
      heads: maps.heads
    });
    const step = tr("Every {n}th row and column of this map was sent: the nearest cell is shown.", {
      n: maps.steps[level]
    });
    setText(this.text, this.held ? tr("Held: a click lets the pixel go.") : tr("Point at a pixel; a click holds it."));
    this.on.canvas.setAttribute(
      "aria-label",
      tr("{n} points that the cell of pixel ({pixel}) reads", { n: points.length, pixel: this.pixel().join(", ") })
    );
    this.shares.show(
      sharesByMap(points, maps.sizes.length).map((value, to) => ({
        value,
        name: tr("from the map at 1/{stride}", { stride: encoder.strides[to] }),
        color: MARKS[to % MARKS.length]
      }))
    );
    return maps.steps[level] > 1 ? `${words} ${step}` : words;
  }
};

// segtutor/widgets/attention/self.js
var ROWS = 6;
var SelfView = class {
  /** shared: {classes, queries, layers, heads, who(query), name(query), color(query), tell, redraw, signal} */
  constructor(shared) {
    this.shared = shared;
    const { by_class: order, labels } = shared.queries;
    this.order = order;
    this.colors = labels.map((_, query) => shared.color(query));
    this.groups = order.map((_, n) => n + 1).filter((at) => at === 1 || labels[order[at - 1]] !== labels[order[at - 2]]);
    const side = order.length + 1, { one: term, many, all } = termWords(shared.term), title = shared.term === "query" ? tr("Queries (rows) look at queries (columns), sorted by class") : tr("{all} (rows) look at {many} (columns)", { all, many });
    this.on = stage([side, side]);
    this.cell = null;
    const look = (cell) => {
      this.cell = cell;
      shared.redraw();
    };
    const picker = pixelPicker(this.on.canvas, {
      size: [side, side],
      current: () => this.cell,
      onLook: look,
      signal: shared.signal,
      onPick: ([, row]) => row > 0 && shared.tell({ query: order[row - 1] }),
      label: tr("{title}: arrow keys move from pair to pair, Enter holds the {term} of the row", { title, term })
    });
    this.text = element("p", { class: "segtutor-detail" });
    this.scale = ramp();
    this.legend = element("ul", { class: "segtutor-kinds", "aria-label": tr("Order of the classes") });
    for (const at of this.groups) {
      const label2 = labels[order[at - 1]], swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
      swatch.style.backgroundColor = `rgb(${this.colors[order[at - 1]].join(",")})`;
      const count = labels.filter((one) => one === label2).length;
      this.legend.append(element("li", {}, swatch, `${shared.name(order[at - 1])}${count > 1 ? ` × ${count}` : ""}`));
    }
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": title },
      element("p", { class: "segtutor-title" }, element("b", {}, title)),
      picker,
      this.scale.node,
      this.text,
      this.legend
    );
    this.looks = bars({ label: tr("{all} that the held one looks at", { all }), rows: ROWS });
    this.looked = bars({ label: tr("{all} that look at the held one", { all }), rows: ROWS });
    this.lists = element(
      "div",
      {},
      element("p", { class: "segtutor-note" }, tr("It looks at:")),
      this.looks.node,
      element("p", { class: "segtutor-note" }, tr("Looked at by:")),
      this.looked.node
    );
  }
  draw(maps, { layer, head, query }) {
    const key = `${layer} ${head}`;
    if (key !== this.key) {
      this.key = key;
      this.rows = this.order.map((_, one) => maps.among(one, head));
      this.largest = this.rows.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
      paintMatrix(this.on, (one) => this.rows[one], this.order, this.largest, this.colors);
    }
    this.on.flush();
    drawMatrix(this.on, this.order.indexOf(query) + 1, this.groups);
  }
  write(_maps, { layer, head, query }) {
    const { shared, rows, order, cell } = this, { name } = shared, { one: term, many } = termWords(shared.term), where = layerWords(shared.layers[layer].name);
    const [column, row] = cell ?? [0, 0];
    setText(this.scale.most, tr("{share} from one {term}", { share: share(this.largest), term }));
    setText(
      this.text,
      row && column ? pairWords(order[row - 1], order[column - 1], rows[order[row - 1]][order[column - 1]], name, shared.term) : row || column ? `${shared.who(order[Math.max(row, column) - 1])}.` : tr("Point at a cell to read a pair; a click holds the {term} of the row.", { term })
    );
    this.on.canvas.setAttribute(
      "aria-label",
      tr("Self-attention of {n} {many} in {layer}", { n: order.length, many, layer: where })
    );
    const list = (values) => {
      const found = [...values].map((value, one) => ({ value, one })).sort((a, b) => b.value - a.value || a.one - b.one).slice(0, ROWS);
      return found.map(({ value, one }) => ({
        value,
        color: this.colors[one],
        name: tr("{term} {query}: {name}", { term, query: one, name: name(one) })
      }));
    };
    this.looks.show(list(rows[query]));
    this.looked.show(list(rows.map((one) => one[query])));
    const itself = rows[query][query], sum = rows[query].reduce((a, b) => a + b, 0);
    const said = {
      ...{ who: shared.who(query), layer: where, heads: headWords(head, shared.heads.decoder), many },
      ...{ itself: share(itself), others: share(Math.max(0, sum - itself)) }
    };
    return sum < 0.97 ? tr(
      "{who}, {layer}, {heads}: keeps {itself} to itself, takes {others} from the other {many}, gives the rest to the picture.",
      said
    ) : tr("{who}, {layer}, {heads}: keeps {itself} to itself, takes {others} from the other {many}.", said);
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

// segtutor/widgets/attention/explorer.js
var STATE = ["view", "query", "layer", "head", "masked", "pixel", "encoder_layer", "level"];
var GREY = [128, 128, 128];
function render({ model, el, life }) {
  const view = new AttentionView(model, life.signal);
  el.append(view.root);
  view.watchSizes();
  life.on(STATE, view.frame.request);
  decodePicture(bytesOf(model.get("picture")), model.get("size")).then((image) => {
    if (!life.signal.aborted) view.begin(image);
  });
  view.update();
  life.also(view);
}
function readSent(model) {
  const owners = model.get("owners");
  return {
    size: model.get("size"),
    classes: model.get("classes"),
    queries: model.get("queries"),
    heads: model.get("heads"),
    layers: model.get("layers"),
    encoder: model.get("encoder"),
    extent: model.get("extent"),
    term: model.get("term"),
    owners: { grid: owners.grid, codes: new Uint16Array(bytesOf(owners.codes).buffer) }
  };
}
var AttentionView = class {
  constructor(model, signal) {
    this.model = model;
    this.sent = readSent(model);
    this.tell = new Turns(model).tell;
    this.image = this.ground = null;
    this.drawn = null;
    this.frame = frameScheduler(() => this.update());
    this.words = frameScheduler(() => this.write());
    this.parts = new Parts(model, () => this.frame.request());
    this.refine = whenQuiet(() => this.parts.refine(this.layerOf(this.state()), model.get("query")), 150);
    this.announce = whenQuiet(() => setText(this.spoken, this.say.textContent), 600);
    const shared = this.shared(signal);
    this.cross = new CrossView(shared);
    this.among = new SelfView(shared);
    this.sampling = this.sent.encoder.layers ? new SamplingView(shared) : null;
    this.controls = controlsOf(this.sent, model, {
      signal,
      tell: this.tell,
      name: shared.name,
      score: (query) => this.scoreOf(query)
    });
    this.say = element("p", { class: "segtutor-say" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    this.root = this.layOut();
    const stages = [this.cross.with.on, this.cross.without.on, this.among.on];
    this.stages = this.sampling ? [...stages, this.sampling.on] : stages;
  }
  /** What the three views need of the explorer. */
  shared(signal) {
    const { model, sent, tell } = this, { classes, queries, owners, term } = sent, [H, W] = sent.size, name = (query) => nameOf(query, queries, classes);
    return {
      ...sent,
      signal,
      tell,
      name,
      who: (query) => whoWords(term, query, name(query), this.scoreOf(query)),
      redraw: () => this.frame.request(),
      color: (query) => classes[queries.labels[query]]?.color ?? GREY,
      pixel: () => model.get("pixel"),
      look: (pixel) => String(pixel) === String(model.get("pixel")) || tell({ pixel }),
      /** The query that claims a pixel, or null. */
      ownerAt: ([x, y]) => {
        const [h, w] = owners.grid, query = owners.codes[Math.floor((y + 0.5) / H * h) * w + Math.floor((x + 0.5) / W * w)];
        return query < queries.by_score.length ? query : null;
      }
    };
  }
  /** "0.98"; undefined of a token that becomes no mask. */
  scoreOf(query) {
    return this.sent.queries.scores[query]?.toFixed(2);
  }
  /** The elements, in their places. */
  layOut() {
    const { cross, among, sampling, controls, say, spoken } = this, { view, sliders, mask, level, heads } = controls, lacking = sampling || this.sent.layers[0].back ? [] : [element("small", { class: "segtutor-lacking" }, lack())];
    return element(
      "div",
      { class: "segtutor-widget segtutor-attention" },
      element("div", { class: "segtutor-wide" }, view, ...lacking),
      sliders,
      ...cross.nodes,
      among.node,
      ...sampling ? [sampling.node] : [],
      element(
        "div",
        { class: "segtutor-right" },
        mask,
        ...sampling ? [level] : [],
        heads,
        say,
        cross.take,
        among.lists,
        ...sampling ? [sampling.legend, sampling.shares.node] : []
      ),
      spoken
    );
  }
  /** Marks are drawn by the pixels of the screen: redraws where a picture has another size. */
  watchSizes() {
    this.resized = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const one = this.stages.find(({ canvas }) => canvas === target);
        if (contentRect.width) one.zoom = zoomOf(one.canvas, contentRect.width);
      }
      this.frame.request();
    });
    for (const { canvas } of this.stages) this.resized.observe(canvas);
  }
  /** Shows all, now that the picture is there. */
  begin(image) {
    this.image = image;
    this.ground = heatGround(image);
    this.controls.strip.setGround(this.ground);
    this.update();
  }
  close() {
    for (const one of [this.frame, this.words, this.refine, this.announce]) one.cancel();
    this.resized.disconnect();
    this.parts.close();
  }
  // -------------------------------------------------------------- what is looked at
  /** @returns {Record<string, any>} */
  state() {
    return Object.fromEntries(STATE.map((name) => [name, this.model.get(name)]));
  }
  /** The layer in sight: in the last look only the tokens look, so "self" and "back" end one layer before. */
  layerOf({ view, layer }) {
    if (view !== "self" && view !== "back") return layer;
    return Math.min(
      layer,
      this.sent.layers.findLastIndex(({ mutual }) => mutual)
    );
  }
  /** The part of the state in sight, or null while it is fetched. */
  maps({ view, layer, query, encoder_layer }) {
    if (view === "sampling") return this.parts.get(`sampling ${encoder_layer}`);
    return view === "self" ? this.parts.get(`layer ${layer}`) : this.parts.layer(layer, query);
  }
  // -------------------------------------------------------------- one frame: the pictures, and in the next one the words
  update() {
    const now = this.arrange(this.state()), found = this.maps(now), pictures = now.view === "cross" || now.view === "back";
    if (pictures) this.cross.arrange(found ?? { masked: this.sent.layers[now.layer].masked }, now);
    if (this.image && found) {
      if (pictures) this.cross.draw(found, now, this.ground);
      else if (now.view === "self") this.among.draw(found, now);
      else this.sampling.draw(found, now, this.image);
      this.drawn = found;
    }
    this.words.request();
  }
  /** Shows the controls and the nodes of the view. @returns the state as it can be shown */
  arrange(state) {
    const { cross, among, sampling, controls } = this, now = { ...state, layer: this.layerOf(state) };
    const shown = {
      cross: [...cross.nodes, controls.mask, cross.take],
      back: [...cross.nodes, cross.take],
      self: [among.node, among.lists],
      sampling: sampling ? [sampling.node, controls.level, sampling.legend, sampling.shares.node] : []
    };
    for (const node of Object.values(shown).flat()) if (!shown[now.view].includes(node)) hide(node, true);
    for (const node of shown[now.view]) if (!cross.nodes.includes(node)) hide(node, false);
    return controls.show(now);
  }
  /** What is to be read, and the small maps of the heads. */
  write() {
    const now = this.arrange(this.state()), found = this.maps(now), { say, controls } = this;
    if (!this.image || !found) return setText(say, this.image ? missingWords(partWords(now), this.parts.alone) : "");
    if (found !== this.drawn) return void 0;
    if (now.view === "cross" || now.view === "back") {
      setText(say, this.cross.write(found, now));
      const way = now.view === "back" ? "back" : now.masked === false;
      controls.strip.draw(found, this.sent.extent, now.query, way);
      if (found.step > 1) this.refine.request();
    } else setText(say, (now.view === "self" ? this.among : this.sampling).write(found, now));
    return this.announce.request();
  }
};
var partWords = ({ view, layer, encoder_layer }) => view === "sampling" ? tr("Layer {n} of the pixel decoder", { n: encoder_layer + 1 }) : tr("Decoder layer {n}", { n: layer + 1 });
var lack = () => tr(
  "Shown is the decoder. This model has no pixel decoder that reads maps at points, and self-attention among the cells of its encoder or backbone (DETR, EoMT) is not shown."
);
var explorer_default = { render: living(render) };
export {
  explorer_default as default
};
