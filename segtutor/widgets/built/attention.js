/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 3d3a3af693908fb767d856f8242df258c63191d665885288ad280a8f1920d246 of
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
      const name = element("span", {}, head === null ? "mean" : String(head + 1));
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
      { class: "segtutor-heads", role: "group", "aria-label": "Heads" },
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
  /** Which head is chosen, of how many; together: what no single head is called. */
  show(count, chosen, together, pictures) {
    for (const { head, button, canvas, name } of this.items) {
      button.hidden = head !== null && head >= count;
      canvas.hidden = !pictures;
      if (head === null) setText(name, together);
      const pressed = String(head === chosen), words = head === null ? `${together} of ${count} heads` : `Head ${head + 1}`;
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

// segtutor/widgets/attention/words.js
var nameOf = (query, { labels }, classes) => labels[query] < classes.length ? classes[labels[query]].name : "no object";
var titled = (word) => word[0].toUpperCase() + word.slice(1);
var manyOf = (term) => term === "query" ? "queries" : `${term}s`;
var headWords = (head, count) => head === null ? `mean of ${count} heads` : `head ${head + 1}`;
var mapWords = ({ size: [h, w], stride }, step = 1) => `the map at 1/${stride} (${h} × ${w} cells${step > 1 ? `, shown ${step} × ${step} together` : ""})`;
function crossWords(said) {
  const start = `${said.who} reads ${said.map}.`;
  const rest = said.elsewhere > 0.03 ? ` ${share(said.elsewhere)} of its attention goes to other tokens than the cells.` : "";
  if (said.empty)
    return `${start} Its mask is empty here: by the empty-mask rule it looks everywhere, so with and without are the same.`;
  if (!said.masked) return `${start} This layer has no mask: every ${said.term} may look everywhere.${rest}`;
  const all = said.allowed === said.cells ? "all" : `${said.allowed} of ${said.cells}`;
  return `${start} Its mask (white line) allows ${all}. Without it, ${share(said.without.within)} of the attention to the map would lie inside.${rest}`;
}
function backWords({ who, map, shares, count }) {
  const least = shares.reduce((a, b) => Math.min(a, b), 1), most = shares.reduce((a, b) => Math.max(a, b), 0);
  return `${who} is read by ${map}. Of what they take from the tokens, cells take ${share(least)} to ${share(most)} from this one; if all ${count} were alike it would be ${share(1 / count)}.`;
}
function pixelWords(pixel, weight, title, forbidden) {
  const where = `${title ? `${title}: ` : ""}the cell of pixel (${pixel.join(", ")})`;
  return forbidden ? `${where} lies outside the mask: it gets nothing.` : `${where} gets ${share(weight)} of the attention.`;
}
function pointsWords({ pixel, stride, row, column, count, outside, head, heads }) {
  const away = outside ? ` ${outside} of them ${outside === 1 ? "lies" : "lie"} outside the picture (hollow, at the edge).` : "";
  const who = head === null ? `all ${heads} heads` : `head ${head + 1}`;
  return `Pixel (${pixel.join(", ")}), its cell in the map at 1/${stride} (row ${row}, column ${column}), ${who}: ${count} points.${away}`;
}
var pairWords = (from, to, weight, name, term = "query") => from === to ? `${titled(term)} ${from} ${name(from)} keeps ${share(weight)} to itself.` : `${titled(term)} ${from} ${name(from)} takes ${share(weight)} from ${term} ${to} ${name(to)}.`;
var missingWords = (what, alone) => alone ? `${what} was not sent with this page: it needs a running notebook.` : `${what} is being fetched …`;

// segtutor/widgets/attention/cross.js
var LABEL = "arrow keys move the cross, Enter takes the";
function panel(title, size, term, picking) {
  const on = stage(size), text = element("p", { class: "segtutor-detail" }), scale = ramp();
  const heading = element("b", {}, title);
  const node = element(
    "section",
    { class: "segtutor-side", "aria-label": title },
    element("p", { class: "segtutor-title" }, heading),
    pixelPicker(on.canvas, { size, label: `${title}: ${LABEL} ${term} of the pixel`, ...picking }),
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
    this.with = panel("With its mask, as the layer ran", shared.size, shared.term, picking);
    this.without = panel("Without: this layer recomputed", shared.size, shared.term, picking);
    this.panels = [this.with, this.without];
    this.take = ownKeys(
      element("button", { type: "button", class: "segtutor-reset" }, `Take the ${shared.term} of this pixel`),
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
    const title = two ? "With its mask, as the layer ran" : "As the layer ran: no mask";
    setText(this.with.heading, view === "back" ? "What each cell takes from it" : title);
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
      else if (maps.masked && maps.empty(query) && n === 0) drawEverywhere(one, "mask empty: looks everywhere");
      if (pixel) drawCross(one.context, one.scale, one.zoom, pixel);
      return found;
    });
    this.said[1] ??= maps.masked ? summary(maps.weights(query, head, true), inside) : this.said[0];
    this.inside = inside;
  }
  /** What is to be read; returns the sentence. */
  write(maps, { query, head, layer, pixel, view }) {
    const back = view === "back";
    const { extent, size, layers, heads, who, term, queries } = this.shared, one = layers[layer], empty = maps.masked && maps.empty(query);
    const allowed = this.inside ? this.inside.reduce((a, b) => a + b, 0) : maps.cells;
    const unit = maps.step > 1 ? `${maps.step} × ${maps.step} cells` : "one cell";
    this.panels.forEach((each, n) => {
      if (each.node.hidden) return;
      const { weights, largest } = this.said[n];
      setText(each.most, back ? share(largest) : `${share(largest)} on ${unit}`);
      each.canvas.setAttribute(
        "aria-label",
        back ? `What the picture takes from ${term} ${query} in ${one.name}` : `Where ${term} ${query} looks in ${one.name}${maps.masked ? `, ${n ? "without" : "with"} its mask` : ""}`
      );
      if (!pixel)
        return setText(
          each.text,
          n ? "The same queries and keys of this layer, allowed everywhere." : `Point at the picture to read a cell; click takes its ${term}.`
        );
      const [row, column] = placeAt(pixel, size, maps.size, extent).map((at) => Math.floor(at / maps.step)), cell = row * maps.grid[1] + column;
      setText(
        each.text,
        back ? `The cell of pixel (${pixel.join(", ")}) takes ${share(weights[cell])} from this ${term}.` : pixelWords(
          pixel,
          weights[cell],
          n ? "Without" : maps.masked ? "With" : "",
          !n && this.inside && !this.inside[cell]
        )
      );
    });
    this.take.disabled = !pixel;
    if (back)
      return backWords({
        who: `${who(query)}, ${one.name}, ${headWords(head, heads.decoder)},`,
        map: mapWords(one, maps.step),
        shares: this.said[0].weights,
        count: queries.labels.length
      });
    return crossWords({
      who: `${who(query)}, ${one.name}, ${headWords(head, heads.decoder)},`,
      map: mapWords(one, maps.step),
      empty,
      masked: maps.masked,
      term,
      allowed,
      cells: maps.cells,
      without: this.said[1],
      elsewhere: 1 - (this.said[0] ?? this.said[1]).sum
    });
  }
};

// segtutor/widgets/attention/sampling.js
var SamplingView = class {
  /** shared: {size, extent, encoder: {sizes, strides}, tell, look, pixel(), signal} */
  constructor(shared) {
    this.shared = shared;
    this.on = stage(shared.size);
    this.held = false;
    const title = "What the cell of a pixel reads";
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
      label: `${title}: arrow keys move the cross, Enter or a click holds the pixel`
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
      this.legend.append(element("li", {}, markOf(level), `reads the map at 1/${stride}`));
    });
    this.legend.append(element("li", {}, "area: weight"), element("li", {}, "frame: the cell that asks"));
    this.shares = bars({ label: "Share of the weight by map", rows: shared.encoder.strides.length });
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
    const step = maps.steps[level] > 1 ? ` Every ${maps.steps[level]}th row and column of this map was sent: the nearest cell is shown.` : "";
    setText(this.text, this.held ? "Held: a click lets the pixel go." : "Point at a pixel; a click holds it.");
    this.on.canvas.setAttribute(
      "aria-label",
      `${points.length} points that the cell of pixel (${this.pixel().join(", ")}) reads`
    );
    this.shares.show(
      sharesByMap(points, maps.sizes.length).map((value, to) => ({
        value,
        name: `from the map at 1/${encoder.strides[to]}`,
        color: MARKS[to % MARKS.length]
      }))
    );
    return words + step;
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
    const side = order.length + 1, many = manyOf(shared.term), title = shared.term === "query" ? "Queries (rows) look at queries (columns), sorted by class" : `${titled(many)} (rows) look at ${many} (columns)`;
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
      label: `${title}: arrow keys move from pair to pair, Enter holds the ${shared.term} of the row`
    });
    this.text = element("p", { class: "segtutor-detail" });
    this.scale = ramp();
    this.legend = element("ul", { class: "segtutor-kinds", "aria-label": "Order of the classes" });
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
    this.looks = bars({ label: `${titled(many)} that the held one looks at`, rows: ROWS });
    this.looked = bars({ label: `${titled(many)} that look at the held one`, rows: ROWS });
    this.lists = element(
      "div",
      {},
      element("p", { class: "segtutor-note" }, "It looks at:"),
      this.looks.node,
      element("p", { class: "segtutor-note" }, "Looked at by:"),
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
    const { shared, rows, order, cell } = this, { name } = shared;
    const [column, row] = cell ?? [0, 0];
    setText(this.scale.most, `${share(this.largest)} from one ${this.shared.term}`);
    setText(
      this.text,
      row && column ? pairWords(order[row - 1], order[column - 1], rows[order[row - 1]][order[column - 1]], name, shared.term) : row || column ? `${shared.who(order[Math.max(row, column) - 1])}.` : `Point at a cell to read a pair; a click holds the ${shared.term} of the row.`
    );
    this.on.canvas.setAttribute(
      "aria-label",
      `Self-attention of ${order.length} ${manyOf(shared.term)} in ${shared.layers[layer].name}`
    );
    const list = (values) => {
      const found = [...values].map((value, one) => ({ value, one })).sort((a, b) => b.value - a.value || a.one - b.one).slice(0, ROWS);
      return found.map(({ value, one }) => ({
        value,
        color: this.colors[one],
        name: `${shared.term} ${one}: ${name(one)}`
      }));
    };
    this.looks.show(list(rows[query]));
    this.looked.show(list(rows.map((one) => one[query])));
    const itself = rows[query][query], sum = rows[query].reduce((a, b) => a + b, 0);
    const rest = sum < 0.97 ? ", gives the rest to the picture" : "";
    return `${shared.who(query)}, ${shared.layers[layer].name}, ${headWords(head, shared.heads.decoder)}: keeps ${share(itself)} to itself, takes ${share(Math.max(0, sum - itself))} from the other ${manyOf(shared.term)}${rest}.`;
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
var MASKED = { both: null, with: true, without: false };
var STATE = ["view", "query", "layer", "head", "masked", "pixel", "encoder_layer", "level"];
var GREY = [128, 128, 128];
function render({ model, el, life }) {
  const { signal } = life, turns = new Turns(model);
  const size = model.get("size"), [H, W] = size, classes = model.get("classes"), queries = model.get("queries"), heads = model.get("heads");
  const layers = model.get("layers"), encoder = model.get("encoder"), extent = model.get("extent"), order = queries.by_score;
  let image = null, ground = null, drawn = null;
  const state = () => Object.fromEntries(STATE.map((name2) => [name2, model.get(name2)]));
  const { tell } = turns;
  const frame = frameScheduler(update), words = frameScheduler(write);
  const parts = new Parts(model, () => frame.request());
  const name = (query) => nameOf(query, queries, classes);
  const term = model.get("term"), many = manyOf(term), score = (query) => queries.scores[query]?.toFixed(2);
  const who = (query) => {
    const known = score(query) === void 0 ? "" : `, score ${score(query)}`;
    return `${titled(term)} ${query} (${name(query)}${known})`;
  };
  const owners = model.get("owners"), owner = new Uint16Array(bytesOf(owners.codes).buffer);
  const shared = {
    size,
    extent,
    layers,
    encoder,
    heads,
    classes,
    queries,
    signal,
    tell,
    who,
    name,
    term,
    redraw: () => frame.request(),
    color: (query) => classes[queries.labels[query]]?.color ?? GREY,
    pixel: () => model.get("pixel"),
    look: (pixel) => String(pixel) === String(model.get("pixel")) || tell({ pixel }),
    ownerAt: ([x, y]) => {
      const [h, w] = owners.grid, query = owner[Math.floor((y + 0.5) / H * h) * w + Math.floor((x + 0.5) / W * w)];
      return query < order.length ? query : null;
    }
  };
  const cross = new CrossView(shared), among = new SelfView(shared), sampling = encoder.layers ? new SamplingView(shared) : null;
  const views = {
    cross: `a ${term} at the picture`,
    ...layers[0].back && { back: `the picture at a ${term}` },
    ...sampling && { sampling: "a pixel at the maps" },
    self: `${many} at ${many}`
  };
  const view = choice({
    legend: "Attention of",
    choices: views,
    selected: model.get("view"),
    signal,
    onChange: (value) => tell({ view: value })
  });
  const querySlider = slider({
    label: titled(term),
    hint: layers[0].back ? "masks first, best predicted IoU first" : "best score first",
    min: 0,
    max: order.length - 1,
    step: 1,
    signal,
    write: (at) => `${order[at]} ${name(order[at])} ${score(order[at]) ?? ""}`,
    onInput: (at) => tell({ query: order[at] })
  });
  const layerSlider = slider({
    label: "Decoder layer",
    min: 0,
    hint: new Set(layers.map(({ stride }) => stride)).size > 1 ? "each reads one of the maps, coarse to fine, again and again" : "all read the same map",
    max: layers.length - 1,
    step: 1,
    signal,
    onInput: (layer) => tell({ layer }),
    write: (at) => `${at + 1} of ${layers.length}, map at 1/${layers[at].stride}`
  });
  const depth = slider({
    label: "Layer of the pixel decoder",
    hint: "each reads the maps that the one before has made",
    min: 0,
    max: Math.max(0, encoder.layers - 1),
    step: 1,
    signal,
    onInput: (encoder_layer) => tell({ encoder_layer }),
    write: (at) => `${at + 1} of ${encoder.layers}`
  });
  const mask = choice({
    legend: "Mask",
    choices: { both: "side by side", with: "with", without: "without" },
    signal,
    selected: "both",
    onChange: (value) => tell({ masked: MASKED[value] })
  });
  const level = choice({
    legend: "A cell of the map at",
    signal,
    selected: String(model.get("level")),
    onChange: (value) => tell({ level: Number(value) }),
    choices: Object.fromEntries(encoder.strides.map((stride, n) => [String(n), `1/${stride}`]))
  });
  const strip = new Heads(Math.max(heads.decoder, heads.encoder), size, { signal, onChoose: (head) => tell({ head }) });
  const headTitle = element("p", { class: "segtutor-head-title" }, "Heads");
  const say = element("p", { class: "segtutor-say" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const lacking = sampling ? [] : layers[0].back ? [] : [
    element(
      "small",
      { class: "segtutor-lacking" },
      "Shown is the decoder. This model has no pixel decoder that reads maps at points, and self-attention among the cells of its encoder or backbone (DETR, EoMT) is not shown."
    )
  ];
  const shown = {
    cross: [...cross.nodes, mask, cross.take],
    back: [...cross.nodes, cross.take],
    self: [among.node, among.lists],
    sampling: sampling ? [sampling.node, level, sampling.legend, sampling.shares.node, depth.node] : []
  };
  const sliders = element(
    "div",
    { class: "segtutor-wide segtutor-sliders" },
    querySlider.node,
    layerSlider.node,
    depth.node
  );
  el.append(
    element(
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
        element("div", {}, headTitle, strip.node),
        say,
        cross.take,
        among.lists,
        ...sampling ? [sampling.legend, sampling.shares.node] : []
      ),
      spoken
    )
  );
  const hide = (node, hidden) => node.hidden !== hidden && (node.hidden = hidden);
  function arrange(now) {
    const inSight = shown[now.view];
    for (const nodes of Object.values(shown))
      nodes.forEach((node) => {
        if (!inSight.includes(node)) hide(node, true);
      });
    inSight.forEach((node) => cross.nodes.includes(node) || hide(node, false));
    hide(querySlider.node, now.view === "sampling");
    hide(layerSlider.node, now.view === "sampling" || layers.length < 2);
    hide(depth.node, now.view !== "sampling" || encoder.layers < 2);
    hide(
      sliders,
      [...sliders.children].every((one) => one.hidden)
    );
    hide(mask, now.view !== "cross" || !layers[now.layer].masked);
    const check = (node, value) => node.querySelectorAll("input").forEach((input) => input.checked = input.value === value);
    check(view, now.view);
    check(
      mask,
      Object.keys(MASKED).find((one) => MASKED[one] === now.masked)
    );
    check(level, String(now.level));
    querySlider.show(order.indexOf(now.query), "by score");
    now.layer = layerOf(now);
    layerSlider.show(now.layer, `${layers[now.layer].size.join(" by ")} cells`);
    depth.show(now.encoder_layer, "coarse to fine");
    const count = now.view === "sampling" ? heads.encoder : heads.decoder;
    strip.show(
      count,
      now.head === null ? null : Math.min(now.head, count - 1),
      now.view === "sampling" ? "all" : "mean",
      now.view === "cross" || now.view === "back"
    );
    return { ...now, head: now.head === null ? null : Math.min(now.head, count - 1) };
  }
  const layerOf = ({ view: view2, layer }) => view2 === "self" || view2 === "back" ? Math.min(
    layer,
    layers.findLastIndex(({ mutual }) => mutual)
  ) : layer;
  const maps = (now) => now.view === "sampling" ? parts.get(`sampling ${now.encoder_layer}`) : now.view === "self" ? parts.get(`layer ${now.layer}`) : parts.layer(now.layer, now.query);
  function update() {
    const now = arrange(state()), found = maps(now);
    const pictures = now.view === "cross" || now.view === "back";
    if (pictures) cross.arrange(found ?? { masked: layers[now.layer].masked }, now);
    if (image && found) {
      if (pictures) cross.draw(found, now, ground);
      else if (now.view === "self") among.draw(found, now);
      else sampling.draw(found, now, image);
      drawn = found;
    }
    words.request();
  }
  function write() {
    const now = arrange(state()), found = maps(now), what = now.view === "sampling" ? `Layer ${now.encoder_layer + 1} of the pixel decoder` : `Decoder layer ${now.layer + 1}`;
    if (!image || !found) return setText(say, image ? missingWords(what, parts.alone) : "");
    if (found !== drawn) return;
    if (now.view === "cross" || now.view === "back") {
      setText(say, cross.write(found, now));
      strip.draw(found, extent, now.query, now.view === "back" ? "back" : now.masked === false);
      if (found.step > 1) refine.request();
    } else setText(say, (now.view === "self" ? among : sampling).write(found, now));
    announce.request();
  }
  const refine = whenQuiet(
    () => parts.refine(layerOf({ view: model.get("view"), layer: model.get("layer") }), model.get("query")),
    150
  );
  const announce = whenQuiet(() => setText(spoken, say.textContent), 600);
  const stages = [cross.with.on, cross.without.on, among.on, ...sampling ? [sampling.on] : []];
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const one = stages.find(({ canvas }) => canvas === target);
      if (contentRect.width)
        one.zoom = Math.min(2.5, Math.max(1, Math.round(4 * one.canvas.width / contentRect.width) / 4));
    }
    frame.request();
  });
  for (const { canvas } of stages) resized.observe(canvas);
  life.on(STATE, frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    ground = heatGround(image);
    strip.setGround(ground);
    update();
  });
  update();
  life.also(parts, resized, frame, words, refine, announce);
}
var explorer_default = { render: living(render) };
export {
  explorer_default as default
};
