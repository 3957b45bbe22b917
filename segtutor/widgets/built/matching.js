/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 efcd9da6bc189dccd6c1eab543b581ebb429ae2de3b331c9f554b5cf760cacbe of
   segtutor/widgets/matching/game.js
   segtutor/widgets/matching/hungarian.js
   segtutor/widgets/matching/matrix.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/inference.js
   segtutor/widgets/shared/kinds.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/sigmoid.js
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

// segtutor/widgets/matching/hungarian.js
function seekersFirst(cost, rows, columns) {
  const turned = rows > columns;
  return turned ? { n: columns, m: rows, turned, at: (seeker, place) => cost[place * columns + seeker] } : { n: rows, m: columns, turned, at: (seeker, place) => cost[seeker * columns + place] };
}
function assign(cost, rows, columns) {
  const { turned } = seekersFirst(cost, rows, columns), placeOf = solve(cost, rows, columns, () => {
  });
  const pairs = Array.from(placeOf, (place, seeker) => turned ? [place, seeker] : [seeker, place]);
  return pairs.sort((a, b) => a[0] - b[0]);
}
function assignmentSteps(cost, rows, columns) {
  const steps = [];
  solve(cost, rows, columns, (step) => steps.push(step));
  return steps;
}
function solve(cost, rows, columns, tell) {
  const { n, m, at } = seekersFirst(cost, rows, columns);
  const u = new Float64Array(n), v = new Float64Array(m);
  const placeOf = new Int32Array(n).fill(-1), holder = new Int32Array(m).fill(-1);
  let distance = new Float64Array(m).fill(Infinity), before = new Int32Array(m).fill(-1), open = new Uint8Array(m).fill(1);
  const told = (kind, seeker = -1, asked = -1, place = -1, path = []) => tell({
    kind,
    seeker,
    asked,
    place,
    path,
    distance: distance.slice(),
    before: before.slice(),
    settled: Array.from(open.keys()).filter((p) => !open[p]),
    placeOf: placeOf.slice(),
    u: u.slice(),
    v: v.slice()
  });
  const forget = () => {
    distance = new Float64Array(m).fill(Infinity);
    before = new Int32Array(m).fill(-1);
    open = new Uint8Array(m).fill(1);
  };
  told("begin");
  for (let seeker = 0; seeker < n; seeker++) {
    forget();
    let asked = seeker, soFar = 0, place;
    for (; ; ) {
      for (let p = 0; p < m; p++) {
        const through = soFar + at(asked, p) - u[asked] - v[p];
        if (open[p] && through < distance[p]) [distance[p], before[p]] = [through, asked];
      }
      place = -1;
      for (let p = 0; p < m; p++) {
        if (!open[p]) continue;
        const nearer = place < 0 || distance[p] < distance[place];
        if (nearer || distance[p] === distance[place] && holder[p] < 0 && holder[place] >= 0) place = p;
      }
      soFar = distance[place];
      if (holder[place] < 0) break;
      open[place] = 0;
      told("taken", seeker, asked, place);
      asked = holder[place];
    }
    const path = [];
    for (let end = place; end >= 0; end = placeOf[before[end]]) path.push([before[end], end]);
    told("free", seeker, asked, place, path);
    u[seeker] += distance[place];
    for (let p = 0; p < m; p++) {
      if (open[p]) continue;
      u[holder[p]] += distance[place] - distance[p];
      v[p] -= distance[place] - distance[p];
    }
    for (const [row, end] of path) [placeOf[row], holder[end]] = [end, row];
    told("move", seeker, asked, place, path);
  }
  forget();
  told("done");
  return placeOf;
}

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

// segtutor/widgets/shared/inference.js
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
var STEPS2 = 100;
var STEP_VALUES = Float32Array.from({ length: STEPS2 + 1 }, (_, step) => step / STEPS2);

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
var FAR2 = 240;
var PATTERNS = [
  null,
  null,
  null,
  (x, y) => (x - y + FAR2) % 10 < 3 ? MISSED : 0,
  (x, y) => (x - y + FAR2) % 10 < 2 || (x + y) % 10 < 2 ? FALSE : 0,
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

// segtutor/widgets/matching/matrix.js
var CIVIDIS = [
  [254, 232, 56],
  [222, 201, 88],
  [188, 174, 108],
  [155, 148, 118],
  [125, 124, 120],
  [97, 101, 111],
  [67, 78, 108],
  [26, 56, 111],
  [0, 34, 78]
];
var STEPS3 = 63;
var SHADES = Array.from({ length: STEPS3 + 1 }, (_, n) => {
  const place = n / STEPS3 * (CIVIDIS.length - 1), below = Math.min(Math.floor(place), CIVIDIS.length - 2);
  const [r, g, b] = CIVIDIS[below].map(
    (part, c) => Math.round(part + (place - below) * (CIVIDIS[below + 1][c] - part))
  );
  const light2 = [r, g, b].map(
    (part) => part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
  );
  const luminance = 0.2126 * light2[0] + 0.7152 * light2[1] + 0.0722 * light2[2];
  return [`rgb(${r}, ${g}, ${b})`, luminance > 0.179 ? "#000" : "#fff"];
});
var Matrix = class {
  /** actions: {signal, onPoint([row, column] | null), onPress([row, column])} */
  constructor({ rows, columns, says, label, signal, onPoint, onPress }) {
    this.height = rows.length;
    this.width = columns.length;
    const head = (scope, name, more) => {
      const note = element("span", { class: "segtutor-note" });
      const node = element(
        "th",
        { scope },
        element("b", {}, name),
        ...more ? [element("small", {}, more)] : [],
        note
      );
      return { node, note };
    };
    this.columnHeads = columns.map((name) => head("col", name));
    this.rowHeads = rows.map((name, row) => head("row", name, says[row]));
    this.cells = [];
    const body = this.rowHeads.map(
      ({ node }, row) => element(
        "tr",
        {},
        node,
        ...columns.map((_, column) => {
          const cell = ownKeys(element("td", { role: "gridcell", tabindex: -1, "aria-selected": "false" }), signal);
          cell.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && onPoint([row, column]), {
            signal
          });
          cell.addEventListener("focus", () => cell.matches(":focus-visible") && onPoint([row, column]), { signal });
          cell.addEventListener("keydown", (event) => this._key(event, row, column, onPress), { signal });
          cell.addEventListener(
            "click",
            () => {
              this._enter(row, column);
              onPress([row, column]);
            },
            { signal }
          );
          this.cells.push({ cell, text: null, shade: -1, marks: "" });
          return cell;
        })
      )
    );
    const table = element(
      "table",
      { class: "segtutor-matrix", role: "grid", "aria-label": label },
      element("thead", {}, element("tr", {}, element("td"), ...this.columnHeads.map(({ node }) => node))),
      element("tbody", {}, ...body)
    );
    table.style.width = `${112 + 53 * columns.length}px`;
    this.node = element("div", { class: "segtutor-matrix-frame", "data-scrolls": "" }, table);
    table.addEventListener("pointerleave", () => onPoint(null), { signal });
    table.addEventListener("focusout", (event) => !table.contains(event.relatedTarget) && onPoint(null), { signal });
    this._rest = () => {
    };
    this._resting = whenQuiet(() => this._rest(), 100);
    this.seen = null;
    const look = () => this.seen = this._seenRows();
    this.node.addEventListener(
      "scroll",
      () => {
        look();
        this._rest();
      },
      { signal }
    );
    const resized = new ResizeObserver(look);
    for (const one of [this.node, table]) resized.observe(one);
    signal.addEventListener("abort", () => {
      this._resting.cancel();
      resized.disconnect();
    });
    this.entry = 0;
    this.cells[0].cell.tabIndex = 0;
  }
  /** Only one cell lies on the way of the tabulator; arrows walk from it. */
  _enter(row, column) {
    this.cells[this.entry].cell.tabIndex = -1;
    this.entry = row * this.width + column;
    this.cells[this.entry].cell.tabIndex = 0;
  }
  _key(event, row, column, onPress) {
    const last = [this.height - 1, this.width - 1];
    const to = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, last[1]],
      PageUp: [0, column],
      PageDown: [last[0], column]
    }[event.key];
    if (to && to[0] >= 0 && to[1] >= 0 && to[0] <= last[0] && to[1] <= last[1]) {
      this._enter(...to);
      this.cells[this.entry].cell.focus();
    }
    if (event.key === "Enter" || event.key === " ") onPress([row, column]);
    if (to || event.key === "Enter" || event.key === " ") event.preventDefault();
  }
  /**
   * @param {(row: number, column: number) => number} value
   * @param {(row: number, column: number) => string} marks names of CSS classes, "" = none; "chosen" is said aloud
   * @param {{rows: string[], columns: string[]}} notes beside the names; empty ones leave no space
   */
  show(value, marks, notes) {
    let low = Infinity, high = -Infinity;
    for (let row = 0; row < this.height; row++) {
      for (let column = 0; column < this.width; column++) {
        low = Math.min(low, value(row, column));
        high = Math.max(high, value(row, column));
      }
    }
    const write = (one, n) => {
      const row = Math.floor(n / this.width), column = n % this.width;
      const number = value(row, column), text = (Math.abs(number) < 5e-10 ? 0 : number).toFixed(2);
      const shade = high > low ? Math.round(STEPS3 * Math.sqrt((number - low) / (high - low))) : 0;
      if (one.text !== text) one.cell.textContent = one.text = text;
      if (one.shade !== shade) {
        one.shade = shade;
        [one.cell.style.backgroundColor, one.cell.style.color] = SHADES[shade];
      }
    };
    const { seen } = this;
    this.cells.forEach((one, n) => {
      const row = Math.floor(n / this.width), now = marks(row, n % this.width);
      if (!seen || seen[row]) write(one, n);
      if (one.marks === now) return;
      one.marks = now;
      one.cell.className = now;
      one.cell.setAttribute("aria-selected", String(/\bchosen\b/.test(now)));
    });
    this._rest = () => this.cells.forEach(write);
    this._resting.request();
    this.rowHeads.forEach(({ note }, row) => setText(note, notes.rows[row] ?? ""));
    this.columnHeads.forEach(({ note }, column) => setText(note, notes.columns[column] ?? ""));
  }
  /** For each row whether it lies in the part of the frame that is seen; null before there is a layout. */
  _seenRows() {
    const { scrollTop, clientHeight } = this.node;
    return clientHeight === 0 ? null : this.rowHeads.map(
      ({ node: { offsetTop, offsetHeight } }) => offsetTop + offsetHeight >= scrollTop && offsetTop <= scrollTop + clientHeight
    );
  }
  /** Scrolls a cell into sight inside the frame, never the notebook. */
  reveal(row, column) {
    const { cell } = this.cells[row * this.width + column], frame = this.node;
    const [left, top] = [this.rowHeads[0].node.offsetWidth, this.columnHeads[0].node.offsetHeight];
    if (cell.offsetTop - top < frame.scrollTop) frame.scrollTop = cell.offsetTop - top;
    const below = cell.offsetTop + cell.offsetHeight - frame.clientHeight, right = cell.offsetLeft + cell.offsetWidth - frame.clientWidth;
    if (below > frame.scrollTop) frame.scrollTop = below;
    if (cell.offsetLeft - left < frame.scrollLeft) frame.scrollLeft = cell.offsetLeft - left;
    if (right > frame.scrollLeft) frame.scrollLeft = right;
  }
  /** Marks the names of rows and columns: sets of positions. */
  markHeads(rows, columns) {
    this.rowHeads.forEach(({ node }, row) => node.classList.toggle("segtutor-active", rows.has(row)));
    this.columnHeads.forEach(({ node }, column) => node.classList.toggle("segtutor-active", columns.has(column)));
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

// segtutor/widgets/matching/game.js
var HINTS = {
  class: "minus the probability that the query gives to the target's class",
  bce: "binary cross-entropy: do the masks agree pixel by pixel?",
  dice: "do the masks overlap as a whole?"
};
var LOGIT = 8 / 127;
function readModel(model) {
  const weights = model.get("start_weights"), names = Object.keys(weights), values = floatsOf(model.get("terms"));
  const rows = model.get("rows"), columns = model.get("columns"), cells = rows.length * columns.length;
  const term = (t, cell) => values[t * cells + cell];
  const cost = (now) => Float64Array.from(
    { length: cells },
    (_, cell) => names.reduce((sum, name, t) => sum + now[name] * term(t, cell), 0)
  );
  const [h, w] = model.get("grid").length ? model.get("grid") : [0, 0], size = model.get("size");
  const logits = h ? new Int8Array(bytesOf(model.get("mask_logits")).buffer) : null;
  const masks = /* @__PURE__ */ new Map();
  const mask = (row) => {
    if (!masks.has(row)) {
      const some = Float32Array.from(logits.subarray(row * h * w, (row + 1) * h * w), (step) => step * LOGIT);
      masks.set(row, maskProbabilities(some, [h, w], size));
    }
    return masks.get(row);
  };
  return {
    names,
    rows,
    columns,
    numbers: model.get("query_numbers"),
    says: model.get("says"),
    start: weights,
    term,
    cost,
    size,
    mask,
    targetIds: h ? new Uint16Array(bytesOf(model.get("target_ids")).buffer) : null
  };
}
function pairPicture(game, model, signal, ready) {
  const [H, W] = game.size, scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const context = canvas.getContext("2d"), pixels = context.createImageData(W * scale, H * scale);
  const out = new Uint32Array(pixels.data.buffer), kinds = new Uint8Array(H * W);
  const places = labelPlaces(Int32Array.from(game.targetIds), game.size, game.columns.length);
  let ground = null, shown = "";
  decodePicture(bytesOf(model.get("picture")), game.size).then((image) => {
    if (signal.aborted) return;
    ground = greyGround(image);
    ready();
  });
  const legend = element(
    "ul",
    { class: "segtutor-kinds" },
    ...[
      [KINDS.matched, "in both masks"],
      [KINDS.false, "the query's only"],
      [KINDS.missed, "the target's only"],
      [KINDS.void, "void: counts nowhere"]
    ].map(([kind, text]) => element("li", {}, swatch(kind), text))
  );
  const show = (cell) => {
    canvas.setAttribute(
      "aria-label",
      cell ? `The masks of ${game.rows[cell[0]]} and ${game.columns[cell[1]]} over the picture.` : `The picture with the borders of ${game.columns.length} targets: ${game.columns.join(", ")}.`
    );
    if (!ground || shown === String(cell)) return;
    shown = String(cell);
    const mask = cell && game.mask(cell[0]), target = cell ? cell[1] + 1 : -1;
    for (let i = 0; i < kinds.length; i++) {
      const id = game.targetIds[i], drawn = mask && mask[i] >= 0.5;
      kinds[i] = id === 0 ? KINDS.void : id === target ? drawn ? KINDS.matched : KINDS.missed : drawn ? KINDS.false : KINDS.bare;
    }
    paintKinds(out, scale, game.size, ground, kinds, game.targetIds);
    context.putImageData(pixels, 0, 0);
    if (!cell) writeNames(context, scale, 1, places, ["", ...game.columns]);
  };
  return { node: element("div", {}, canvas, legend), show };
}
function render({ model, el, life }) {
  const { signal } = life, turns = new Turns(model);
  const game = readModel(model), { rows, columns, numbers } = game;
  const needed = Math.min(rows.length, columns.length), turned = rows.length > columns.length;
  const words = {
    seekers: turned ? columns : rows,
    places: turned ? rows : columns,
    seeker: turned ? "target" : "query",
    place: turned ? "query" : "target"
  };
  const row = (query) => numbers.indexOf(query);
  const key = (r, c) => r * columns.length + c;
  const startCost = game.cost(game.start), startOptimum = assign(startCost, rows.length, columns.length);
  let pointed = null, cost = startCost, optimum = startOptimum, steps = null, weighed = "", undone = [], playing = 0, shownStep = -1;
  function tell(changes) {
    turns.tell(changes);
    frame.request();
  }
  const button = (text, action, attributes = {}) => {
    const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
    node.addEventListener("click", action, { signal });
    return node;
  };
  const match = (pairs) => {
    undone.push(model.get("pairs"));
    tell({ pairs });
  };
  const press = ([r, c]) => {
    if (model.get("step") !== null) return tell({ cell: [numbers[r], c] });
    const pairs = model.get("pairs"), here = ([q, t]) => row(q) === r && t === c;
    const others = pairs.filter(([q, t]) => row(q) !== r && t !== c);
    undone.push(pairs);
    return tell({ cell: [numbers[r], c], pairs: pairs.some(here) ? others : [...others, [numbers[r], c]] });
  };
  const undo = button("Undo", () => undone.length && tell({ pairs: undone.pop() }));
  const clear = button("Clear", () => match([]));
  const greedy = button("Always the cheapest", () => match(greedyPairs().map(([r, c]) => [numbers[r], c])), {
    title: "takes the cheapest cell, crosses out its row and column, and goes on"
  });
  const reveal = button("Show the optimum", () => tell({ revealed: !model.get("revealed") }), {
    "aria-pressed": "false"
  });
  function greedyPairs() {
    const order = Array.from(cost.keys()).sort((a, b) => cost[a] - cost[b] || a - b), pairs = [];
    for (const cell of order) {
      const [r, c] = [Math.floor(cell / columns.length), cell % columns.length];
      if (!pairs.some(([a, b]) => a === r || b === c)) pairs.push([r, c]);
    }
    return pairs;
  }
  const largest = Math.max(10, ...Object.values(game.start).map((weight) => Math.ceil(2 * weight)));
  const sliders = Object.fromEntries(
    game.names.map((name) => [
      name,
      slider({
        label: `Weight of ${name}`,
        hint: HINTS[name] ?? "a term of the cost",
        min: 0,
        max: largest,
        step: 0.1,
        signal,
        onInput: (value) => tell({ weights: { ...model.get("weights"), [name]: value } })
      })
    ])
  );
  const back = button("Weights as at the start", () => tell({ weights: game.start }));
  const modes = choice({
    legend: "Do",
    signal,
    selected: model.get("step") === null ? "game" : "replay",
    choices: { game: "match by hand", replay: "replay the algorithm" },
    onChange: (value) => {
      pause();
      tell({ step: value === "replay" ? 0 : null });
    }
  });
  const stepper = slider({
    label: "Step",
    hint: "of the Hungarian method",
    min: 0,
    max: 1,
    step: 1,
    signal,
    write: String,
    onInput: (value) => tell({ step: value })
  });
  const go = (by) => tell({ step: Math.min(steps.length - 1, Math.max(0, model.get("step") + by)) });
  const earlier = button("Back", () => go(-1)), later = button("Next", () => go(1)), play = button("Play", () => playing ? pause() : start());
  function start() {
    if (model.get("step") >= steps.length - 1) tell({ step: 0 });
    playing = setInterval(
      () => model.get("step") === null || model.get("step") >= steps.length - 1 ? pause() : go(1),
      1200
    );
    setText(play, "Pause");
  }
  function pause() {
    clearInterval(playing);
    playing = 0;
    setText(play, "Play");
  }
  const summary = element("p", { class: "segtutor-summary" }), change = element("p", { class: "segtutor-say" });
  const detail = element("p", { class: "segtutor-detail" }), told = element("p", { class: "segtutor-say segtutor-step" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const matrix = new Matrix({
    rows,
    columns,
    says: game.says,
    signal,
    label: "Costs: a query a row, a target a column",
    onPoint: (cell) => {
      pointed = cell;
      frame.request();
    },
    onPress: press
  });
  const key_ = element(
    "p",
    { class: "segtutor-key" },
    element("span", { class: "chosen" }, "12"),
    "your pair",
    element("span", { class: "best" }, "12"),
    "optimum",
    element("span", { class: "chosen best" }, "12"),
    "both"
  );
  const picture = game.targetIds ? pairPicture(game, model, signal, () => frame.request()) : null;
  const gamePart = element(
    "div",
    { class: "segtutor-part" },
    summary,
    element("div", { class: "segtutor-buttons" }, undo, clear, greedy, reveal),
    key_
  );
  const replayPart = element(
    "div",
    { class: "segtutor-part" },
    stepper.node,
    element("div", { class: "segtutor-buttons" }, earlier, later, play),
    told
  );
  const weightPart = element("div", { class: "segtutor-weights" }, ...Object.values(sliders).map(({ node }) => node));
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-matching" },
      element(
        "div",
        { class: "segtutor-left" },
        ...picture ? [picture.node] : [],
        detail,
        weightPart,
        element("div", { class: "segtutor-line" }, change, back)
      ),
      element("div", { class: "segtutor-right" }, modes, gamePart, replayPart, matrix.node),
      spoken
    )
  );
  function update() {
    const weights = model.get("weights"), step = model.get("step"), held = model.get("cell"), revealed = model.get("revealed");
    if (JSON.stringify(weights) !== weighed) {
      weighed = JSON.stringify(weights);
      cost = game.cost(weights);
      steps = null;
      optimum = assign(cost, rows.length, columns.length);
    }
    for (const [name, one] of Object.entries(sliders)) one.show(weights[name], `times ${name}`);
    setText(change, changeInWords(startOptimum, optimum, rows, columns, revealed || step !== null));
    for (const input of modes.querySelectorAll("input")) input.checked = input.value === "game" === (step === null);
    gamePart.hidden = step !== null;
    replayPart.hidden = step === null;
    if (step === null) showGame(revealed);
    else showStep(step);
    const cell = pointed ?? (held && [row(held[0]), held[1]]);
    setText(
      detail,
      cell ? pairInWords(
        rows[cell[0]],
        columns[cell[1]],
        game.names.map((name, t) => ({ name, value: game.term(t, key(...cell)) })),
        weights
      ) : "Point at a cell: its cost, term by term. Press it to match its query with its target."
    );
    picture?.show(cell);
    announce.request();
  }
  function showGame(revealed) {
    pause();
    const pairs = model.get("pairs").map(([query, target]) => [row(query), target]);
    const mine = new Set(pairs.map(([r, c]) => key(r, c))), best = new Set(revealed ? optimum.map(([r, c]) => key(r, c)) : []);
    const sum = (some) => some.reduce((total, [r, c]) => total + cost[key(r, c)], 0), least = sum(optimum);
    setText(
      summary,
      gameInWords(pairs.length, needed, sum(pairs), least, columns.length) + (revealed ? ` The least sum is ${least.toFixed(2)}.` : "")
    );
    reveal.setAttribute("aria-pressed", String(revealed));
    undo.disabled = !undone.length;
    clear.disabled = !pairs.length;
    matrix.show(
      (r, c) => cost[key(r, c)],
      (r, c) => [mine.has(key(r, c)) && "chosen", best.has(key(r, c)) && "best"].filter(Boolean).join(" "),
      { rows: [], columns: [] }
    );
    matrix.markHeads(new Set(pairs.map(([r]) => r)), new Set(pairs.map(([, c]) => c)));
  }
  function showStep(step) {
    steps ??= assignmentSteps(cost, rows.length, columns.length);
    const number = Math.min(step, steps.length - 1), now = steps[number], { u, v, path, kind } = now;
    stepper.input.max = String(steps.length - 1);
    stepper.show(number, `of ${steps.length - 1}`);
    setText(told, stepInWords(now, words));
    [earlier.disabled, later.disabled] = [number === 0, number === steps.length - 1];
    const ofRow = turned ? v : u, ofColumn = turned ? u : v;
    const pair = (s, p) => turned ? key(p, s) : key(s, p);
    const placed = new Set(Array.from(now.placeOf, (p, s) => p >= 0 ? pair(s, p) : -1));
    const way = new Set(kind === "free" ? path.map(([s, p]) => pair(s, p)) : []);
    const searching = kind === "taken" || kind === "free";
    const asked = kind === "taken" ? pair(now.asked, now.place) : -1;
    matrix.show(
      (r, c) => cost[key(r, c)] - ofRow[r] - ofColumn[c],
      (r, c) => [placed.has(key(r, c)) && "chosen", way.has(key(r, c)) && "way", key(r, c) === asked && "way"].filter(Boolean).join(" "),
      {
        rows: rows.map((_, r) => note(turned ? "v" : "u", ofRow[r], turned && searching ? now.distance[r] : Infinity)),
        columns: columns.map(
          (_, c) => note(turned ? "u" : "v", ofColumn[c], turned || !searching ? Infinity : now.distance[c])
        )
      }
    );
    if (number !== shownStep && now.place >= 0)
      matrix.reveal(...turned ? [now.place, now.asked] : [now.asked, now.place]);
    shownStep = number;
    const seekers = /* @__PURE__ */ new Set([now.seeker, now.asked]), places = /* @__PURE__ */ new Set([now.place]);
    matrix.markHeads(turned ? places : seekers, turned ? seekers : places);
  }
  const note = (letter, potential, distance) => `${letter} ${potential.toFixed(2)}${Number.isFinite(distance) ? `, way ${distance.toFixed(2)}` : ""}`;
  const frame = frameScheduler(update);
  const announce = whenQuiet(
    () => setText(spoken, model.get("step") === null ? `${summary.textContent} ${change.textContent}` : told.textContent),
    700
  );
  life.on(["weights", "pairs", "cell", "revealed", "step"], frame.request);
  update();
  life.also(() => clearInterval(playing), frame, announce);
}
var two = (number) => (Math.abs(number) < 5e-3 ? 0 : number).toFixed(2);
var list = (parts) => parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
function pairInWords(row, column, terms, weights) {
  const parts = terms.map(({ name, value }) => `${name} ${Number(weights[name].toFixed(2))} × ${two(value)}`);
  const sum = terms.reduce((total, { name, value }) => total + weights[name] * value, 0);
  return `${row} with ${column}: ${parts.join(" + ")} = ${two(sum)}`;
}
function gameInWords(count, needed, total, least, targets) {
  const what = needed === targets ? "targets" : "queries";
  if (count < needed) return `${count} of ${needed} ${what} matched, sum ${two(total)}.`;
  const more = total - least;
  return more < 1e-9 ? `All ${needed} ${what} matched, sum ${two(total)}: no assignment is cheaper.` : `All ${needed} ${what} matched, sum ${two(total)}: another assignment is cheaper by ${two(more)}.`;
}
function changeInWords(before, now, rows, columns, revealed) {
  const first = new Map(before.map(([row, column]) => [column, row]));
  const changed = now.filter(([row, column]) => first.get(column) !== row).sort((a, b) => a[1] - b[1]);
  if (!changed.length) return "These weights have the same optimum as those at the start.";
  if (!revealed)
    return `With these weights ${changed.length} of ${now.length} pairs of the optimum are others than at the start.`;
  return `Other pairs than at the start: ${list(
    changed.map(([row, column]) => {
      const was = first.has(column) ? `${rows[first.get(column)]} → ` : "";
      return `${columns[column]} (${was}${rows[row]})`;
    })
  )}.`;
}
function stepInWords(step, { seekers, places, seeker, place }) {
  const { kind, u, v } = step, who = seekers[step.seeker], where = places[step.place];
  const way = kind === "taken" || kind === "free" || kind === "move" ? two(step.distance[step.place]) : "";
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  if (kind === "begin") {
    return `The ${seeker === "target" ? "targets" : "queries"} are served one by one, each gets a ${place} of its own. Beside the names stand the potentials, all 0 yet; the cells show cost minus both potentials, the reduced cost. Subtracting a number from a whole row or column changes the sum of every complete assignment alike, so the best one stays the best.`;
  }
  if (kind === "taken") {
    const holder = seekers[Array.from(step.placeOf).indexOf(step.place)];
    const from = step.asked === step.seeker ? `${who} looks for a ${place}` : `${who} still looks, now through ${seekers[step.asked]}`;
    return `${from}. The nearest is ${where}, ${way} away, but ${holder} holds it. What if ${holder} moved elsewhere? Its reduced costs are looked at as well, each added to the way so far.`;
  }
  const moves = step.path.slice().reverse().map(([s, p], n) => `${seekers[s]} ${n ? "moves to" : "takes"} ${places[p]}`);
  if (kind === "free") return `${where} is free, at the end of the cheapest way, ${way} long: ${list(moves)}.`;
  if (kind === "move") {
    const others = step.settled.length;
    return `The potential of ${who} becomes ${two(u[step.seeker])}${others ? `; along the search, what is given to ${others === 1 ? `a ${seeker}` : `${others} ${seeker === "query" ? "queries" : "targets"}`} is taken from the ${place} held` : ""}. Now all pairs stand on reduced costs of 0, and no reduced cost of those served is negative. ${list(moves)}.`;
  }
  return `Done, and proved: no reduced cost is negative and all pairs stand on 0. Any other assignment costs at least the sum of the potentials, ${two(sum(u))} of the ${seeker === "query" ? "queries" : "targets"} and ${two(sum(v))} of the ${place === "query" ? "queries" : "targets"}, together ${two(sum(u) + sum(v))}. This one costs just that.`;
}
var game_default = { render: living(render) };
export {
  game_default as default
};
