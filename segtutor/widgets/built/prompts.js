/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 973f862a6907f16e493ff45d4de64454b3808b133225cfe1e9161d847226e376 of
   segtutor/widgets/prompts/canvas.js
   segtutor/widgets/prompts/paint.js
   segtutor/widgets/prompts/tools.js
   segtutor/widgets/prompts/upload.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/edit.js
   segtutor/widgets/shared/hand.js
   segtutor/widgets/shared/history.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/raster.js
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

// segtutor/widgets/shared/raster.js
var POINT_WIDTH = 5;
var LEAST = 1.5;
function squareTo(x, y, [x0, y0], [x1, y1]) {
  const dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
  const along = square ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / square, 0), 1) : 0;
  const awayX = x - x0 - along * dx, awayY = y - y0 - along * dy;
  return awayX * awayX + awayY * awayY;
}
function distanceTo(points, x, y) {
  let least = squareTo(x, y, points[0], points[0]);
  for (let n = 1; n < points.length; n++) least = Math.min(least, squareTo(x, y, points[n - 1], points[n]));
  return Math.sqrt(least);
}
function paintStroke(labels, [H, W], points, width, label) {
  const radius = Math.max(width, LEAST) / 2, touched = [W, H, 0, 0];
  const pairs = points.length > 1 ? points.slice(1).map((end, n) => [points[n], end]) : [[points[0], points[0]]];
  for (const [start, end] of pairs) {
    const left = Math.max(0, Math.floor(Math.min(start[0], end[0]) - radius)), right = Math.min(W, Math.floor(Math.max(start[0], end[0]) + radius) + 1);
    const top = Math.max(0, Math.floor(Math.min(start[1], end[1]) - radius)), bottom = Math.min(H, Math.floor(Math.max(start[1], end[1]) + radius) + 1);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++)
        if (squareTo(x + 0.5, y + 0.5, start, end) <= radius * radius) labels[y * W + x] = label;
    }
    touched[0] = Math.min(touched[0], left);
    touched[1] = Math.min(touched[1], top);
    touched[2] = Math.max(touched[2], right);
    touched[3] = Math.max(touched[3], bottom);
  }
  return touched;
}
function paintPrompts(size, scribbles, points) {
  const labels = new Int16Array(size[0] * size[1]).fill(-1);
  for (const { points: places, width, label } of scribbles) paintStroke(labels, size, places, width, label);
  for (const { x, y, label } of points) paintStroke(labels, size, [[x, y]], POINT_WIDTH, label);
  return labels;
}

// segtutor/widgets/shared/edit.js
var NEAR = 3;
var kept = (value, most) => Math.round(4 * Math.min(most, Math.max(0, value))) / 4;
function addPlace(places, place, width) {
  const last = places[places.length - 1];
  if (last && Math.hypot(place[0] - last[0], place[1] - last[1]) < Math.max(1, width / 8)) return false;
  places.push(place);
  return true;
}
function erase({ points, boxes, scribbles }, places, width) {
  const reach = width / 2 + NEAR;
  const corners = ({ x0, y0, x1, y1 }) => [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0]
  ];
  return {
    points: points.filter(({ x, y }) => distanceTo(places, x, y) > reach),
    boxes: boxes.filter((box) => places.every(([x, y]) => distanceTo(corners(box), x, y) > reach)),
    scribbles: scribbles.length ? [...scribbles, { label: -1, width, points: places }] : scribbles
  };
}
function boxBetween([ax, ay], [bx, by], label) {
  const [x0, x1] = [Math.min(ax, bx), Math.max(ax, bx)], [y0, y1] = [Math.min(ay, by), Math.max(ay, by)];
  return x1 - x0 < 3 || y1 - y0 < 3 ? null : { x0, y0, x1, y1, label };
}

// segtutor/widgets/shared/history.js
var MOST = 500;
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
    if (this.past.length > MOST) this.past.shift();
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

// segtutor/widgets/prompts/paint.js
var pack = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var DARK = pack(20, 20, 20);
var SHARE = 0.8;
var PATTERNS = [
  () => false,
  (x, y) => (x + y) % 6 < 2,
  (x, y) => x % 6 < 2 && y % 6 < 2,
  (x, y) => (x - y + 6e3) % 6 < 2,
  (_, y) => y % 6 < 2,
  (x) => x % 6 < 2,
  (x, y) => (x + y) % 6 === 0 || (x - y + 6e3) % 6 === 0
];
var patternOf = (label) => PATTERNS[label % PATTERNS.length];
var second = ([r, g, b]) => 0.3 * r + 0.59 * g + 0.11 * b > 140 ? [0.5 * r, 0.5 * g, 0.5 * b] : [r, g, b].map((part) => 0.5 * part + 127);
var PromptPainter = class {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }
  /** Another picture: RGBA pixels. */
  take([H, W], image) {
    this.size = [H, W];
    this.image = image;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    [this.canvas.width, this.canvas.height] = [W * this.scale, H * this.scale];
    this.pixels = this.context.createImageData(W * this.scale, H * this.scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.base = new Uint32Array(image.buffer.slice(0));
  }
  /** The picture as the ground. */
  groundPicture() {
    this.base.set(new Uint32Array(this.image.buffer));
  }
  /** An answer as the ground. ids: H * W, 0 = void; sure: H * W, 0..255; colors: [r, g, b] of id 1, 2, ... */
  groundAnswer(ids, sure, colors) {
    const [H, W] = this.size, { image, base } = this;
    for (let y = 0, i = 0; y < H; y++) {
      for (let x = 0; x < W; x++, i++) {
        const id = ids[i], at = 4 * i;
        if (x > 0 && ids[i - 1] !== id || y > 0 && ids[i - W] !== id) {
          base[i] = DARK;
          continue;
        }
        if (id === 0) {
          const tone = 0.25 * (image[at] + image[at + 1] + image[at + 2]) * 0.67 + ((x + y) % 8 < 3 ? 56 : 110);
          base[i] = pack(tone, tone, tone);
          continue;
        }
        const share = 0.15 + 0.55 * sure[i] / 255, [r, g, b] = colors[id - 1];
        base[i] = pack(
          share * r + (1 - share) * image[at],
          share * g + (1 - share) * image[at + 1],
          share * b + (1 - share) * image[at + 2]
        );
      }
    }
  }
  /** Paints a part of the picture, [left, top, right, bottom), with what is labelled there. */
  paint(labels, colors, rectangle) {
    const [H, W] = this.size, { scale, out, base } = this, wide = W * scale;
    const [left, top, right, bottom] = rectangle ? [
      Math.max(0, rectangle[0] - 1),
      Math.max(0, rectangle[1] - 1),
      Math.min(W, rectangle[2] + 1),
      Math.min(H, rectangle[3] + 1)
    ] : [0, 0, W, H];
    const marks = colors.map(second);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const i = y * W + x, label = labels[i], ground = base[i];
        let first = ground, other = ground;
        if (label >= 0) {
          const rim = x > 0 && labels[i - 1] !== label || x < W - 1 && labels[i + 1] !== label || y > 0 && labels[i - W] !== label || y < H - 1 && labels[i + W] !== label;
          first = rim ? DARK : mixed(ground, colors[label]);
          other = rim ? DARK : mixed(ground, marks[label]);
        }
        const pattern = label >= 0 ? patternOf(label) : null;
        for (let dy = 0, row = y * scale; dy < scale; dy++, row++) {
          for (let dx = 0, column = x * scale; dx < scale; dx++, column++)
            out[row * wide + column] = pattern?.(column, row) ? other : first;
        }
      }
    }
    if (right > left && bottom > top) {
      this.context.putImageData(
        this.pixels,
        0,
        0,
        left * scale,
        top * scale,
        (right - left) * scale,
        (bottom - top) * scale
      );
    }
  }
};
function mixed(ground, [r, g, b]) {
  const rest = 1 - SHARE;
  return pack(
    SHARE * r + rest * (ground & 255),
    SHARE * g + rest * (ground >> 8 & 255),
    SHARE * b + rest * (ground >> 16 & 255)
  );
}
function classSwatch(label, color) {
  const canvas = element("canvas", { width: 28, height: 18, class: "segtutor-kind", "aria-hidden": "true" });
  const context = canvas.getContext("2d"), pixels = context.createImageData(28, 18), out = new Uint32Array(pixels.data.buffer);
  const pattern = patternOf(label), marks = second(color);
  for (let n = 0; n < out.length; n++) out[n] = pack(...pattern(n % 28, Math.floor(n / 28)) ? marks : color);
  context.putImageData(pixels, 0, 0);
  return canvas;
}
function drawMarks(context, scale, zoom, { points, boxes, colors, draft, brush, cross, active }) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const css = (label) => `rgb(${colors[label].join(", ")})`;
  const rimmed = (color, width) => {
    for (const [style, more] of [
      ["rgba(0, 0, 0, 0.85)", 3],
      [color, 0]
    ]) {
      context.strokeStyle = style;
      context.lineWidth = (width + more) * zoom;
      context.stroke();
    }
  };
  const number = (label, x2, y2) => {
    const radius = 9 * zoom, cx = Math.min(context.canvas.width - radius, Math.max(radius, x2)), cy = Math.min(context.canvas.height - radius, Math.max(radius, y2));
    context.beginPath();
    context.arc(cx, cy, radius, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    rimmed(css(label), 2);
    context.fillStyle = "#000";
    context.font = `700 ${12 * zoom}px system-ui, sans-serif`;
    [context.textAlign, context.textBaseline] = ["center", "middle"];
    context.fillText(String(label + 1), cx, cy + 0.5 * zoom);
  };
  for (const [box, dashes] of [...boxes.map((one) => [one, []]), ...draft ? [[draft, [6 * zoom, 4 * zoom]]] : []]) {
    context.beginPath();
    context.rect(box.x0 * scale, box.y0 * scale, (box.x1 - box.x0) * scale, (box.y1 - box.y0) * scale);
    context.setLineDash(dashes);
    rimmed(css(box.label), 2);
    context.setLineDash([]);
    number(box.label, box.x0 * scale, box.y0 * scale);
  }
  for (const { x: x2, y: y2, label } of points) number(label, x2 * scale, y2 * scale);
  if (brush) {
    context.beginPath();
    context.arc(
      brush.at[0] * scale,
      brush.at[1] * scale,
      Math.max(2 * zoom, brush.width / 2 * scale),
      0,
      2 * Math.PI
    );
    rimmed(active === null ? "#fff" : css(active), 1.5);
  }
  if (!cross) return;
  const [x, y] = [cross[0] * scale, cross[1] * scale], far = 16 * zoom, gap = 4 * zoom;
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1]
  ]) {
    context.moveTo(x + gap * dx, y + gap * dy);
    context.lineTo(x + far * dx, y + far * dy);
  }
  rimmed("#fff", 2);
}

// segtutor/widgets/shared/hand.js
var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function painterHand(canvases, { size, label, onDown, onMove, onUp, onCancel, onHover, onCross, onKey, signal }) {
  const [canvas] = canvases, node = ownKeys(
    element("div", { class: "segtutor-sheet", tabindex: 0, role: "application", "aria-label": label }, ...canvases),
    signal
  );
  let pointer = null, cross = null, pen = false;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect(), [H, W] = size();
    const x = (event.clientX - box.left) / box.width * W, y = (event.clientY - box.top) / box.height * H;
    return [Math.min(W, Math.max(0, x)), Math.min(H, Math.max(0, y))];
  };
  const on = (name, act) => node.addEventListener(name, act, { signal });
  const lift = () => {
    pen = false;
    pointer = null;
  };
  on("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    if (pen) onCancel();
    lift();
    pointer = event.pointerId;
    try {
      node.setPointerCapture(pointer);
    } catch {
    }
    onCross(cross = null);
    node.focus({ preventScroll: true });
    event.preventDefault();
    onDown(placeOf(event));
  });
  on("pointermove", (event) => {
    if (event.pointerId === pointer)
      for (const one of event.getCoalescedEvents?.().slice(0, -1) ?? []) onMove(placeOf(one));
    if (event.pointerId === pointer) onMove(placeOf(event));
    else if (pointer === null && event.pointerType !== "touch") onHover(placeOf(event));
  });
  on("pointerup", (event) => {
    if (event.pointerId !== pointer) return;
    lift();
    onUp(placeOf(event));
    if (event.pointerType === "touch") onHover(null);
  });
  on("pointercancel", (event) => {
    if (event.pointerId !== pointer) return;
    lift();
    onCancel();
  });
  on("pointerleave", () => pointer === null && onHover(null));
  on("blur", () => {
    if (pen) onCancel();
    if (pen) lift();
    onCross(cross = null);
  });
  on("keydown", (event) => {
    if (event.altKey) return;
    const step = !event.ctrlKey && !event.metaKey && STEPS[event.key], [H, W] = size();
    if (step) {
      const far = event.shiftKey ? 10 : 1;
      cross = cross ? [
        Math.min(W - 0.5, Math.max(0.5, cross[0] + far * step[0])),
        Math.min(H - 0.5, Math.max(0.5, cross[1] + far * step[1]))
      ] : [Math.floor(W / 2) + 0.5, Math.floor(H / 2) + 0.5];
      if (pen) onMove(cross);
      onCross(cross);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!cross) onCross(cross = [Math.floor(W / 2) + 0.5, Math.floor(H / 2) + 0.5]);
      else if (pointer === null) {
        pen = !pen;
        if (pen && onDown(cross) === "done") pen = false;
        else if (!pen) onUp(cross);
      }
    } else if (event.key === "Escape") {
      lift();
      onCancel();
      onCross(cross = null);
    } else if (!onKey(event)) {
      return;
    }
    event.preventDefault();
  });
  return node;
}

// segtutor/widgets/prompts/tools.js
var MOST_CLASSES = 24;
var HINTS = {
  scribble: "Draw over some of what belongs to the class; the rest is for the model to find.",
  point: "A click labels the few pixels around it.",
  box: "A box paints nothing: its class is then looked for inside its boxes alone.",
  eraser: "Takes off what it covers, and points and boxes that it touches."
};
function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}
function field(label, attributes, onDone, signal) {
  const node = ownKeys(
    element("input", { type: "text", "aria-label": label, class: "segtutor-field", ...attributes }),
    signal
  );
  node.addEventListener("change", () => onDone(node.value), { signal });
  return node;
}
var PromptTools = class {
  /** acts: onTool, onLabel, onName(label, name), onAdd(name), onBrush, onUndo, onRedo, onClear, onText, onFile; signal */
  constructor(acts) {
    const { signal } = acts;
    this.acts = acts;
    this.tools = choice({
      legend: "Tool",
      selected: "scribble",
      signal,
      onChange: acts.onTool,
      choices: { scribble: "scribble", point: "point", box: "box", eraser: "eraser" }
    });
    this.hint = element("small", { class: "segtutor-hint" });
    this.brush = slider({
      label: "Brush",
      hint: "width in pixels of the picture; keys [ and ]",
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: acts.onBrush,
      write: (value) => String(Math.round(value))
    });
    this.rows = element("div", {
      class: "segtutor-classes",
      role: "radiogroup",
      "aria-label": "Class in hand, keys 1 to 9"
    });
    this.fresh = field("Name of a new class", { placeholder: "another class", maxlength: 40 }, () => {
    }, signal);
    const add = () => {
      if (this.fresh.value.trim()) acts.onAdd(this.fresh.value.trim());
      this.fresh.value = "";
    };
    this.fresh.addEventListener("keydown", (event) => event.key === "Enter" && add(), { signal });
    this.add = button("Add", add, signal, { "aria-label": "Add the class" });
    this.undo = button("Undo", acts.onUndo, signal, { title: "Ctrl + Z on the picture" });
    this.redo = button("Redo", acts.onRedo, signal, { title: "Ctrl + Y on the picture" });
    this.clear = button("Clear", acts.onClear, signal);
    this.text = field(
      "Text prompt",
      { placeholder: "text prompt: kept; a canvas with model= reads it", maxlength: 400 },
      acts.onText,
      signal
    );
    this.file = ownKeys(
      element("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "A picture of yours" }),
      signal
    );
    this.file.addEventListener(
      "change",
      () => {
        if (this.file.files[0]) acts.onFile(this.file.files[0]);
        this.file.value = "";
      },
      { signal }
    );
    this.upload = button("Choose a picture …", () => this.file.click(), signal);
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      element("div", {}, this.rows, element("div", { class: "segtutor-buttons" }, this.fresh, this.add)),
      this.brush.node,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear, this.upload, this.file),
      this.text,
      this.refused
    );
    this.key = null;
  }
  show({ tool, label, classes, brush, text, refused, undo, redo, any }) {
    for (const input of this.tools.querySelectorAll("input")) input.checked = input.value === tool;
    setText(this.hint, HINTS[tool]);
    const key = JSON.stringify(classes);
    if (key !== this.key) {
      this.key = key;
      this._rows(classes);
    }
    [...this.rows.querySelectorAll("input[type=radio]")].forEach((input, n) => input.checked = n === label);
    this.brush.show(brush, "pixels of the picture");
    this.brush.input.disabled = tool !== "scribble" && tool !== "eraser";
    this.fresh.parentNode.hidden = classes.length >= MOST_CLASSES;
    [this.undo.disabled, this.redo.disabled, this.clear.disabled] = [!undo, !redo, !any];
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    setText(this.refused, refused);
    this.refused.hidden = !refused;
  }
  /** Rows that are there stay, so that a click that begins on one ends on it, though a name was told in between. */
  _rows(classes) {
    if (this.rows.children.length === classes.length)
      return classes.forEach((one, label) => this._row(this.rows.children[label], one, label));
    const { acts, rows } = this, name = `class-${Math.random().toString(36).slice(2)}`;
    const had = [...rows.querySelectorAll("input")].indexOf(document.activeElement);
    rows.replaceChildren(
      ...classes.map((one, label) => {
        const input = ownKeys(
          element("input", { type: "radio", name, "aria-label": `Class ${label + 1}: ${one.name}` }),
          acts.signal
        );
        input.addEventListener("change", () => acts.onLabel(label), { signal: acts.signal });
        const called = field(
          `Name of class ${label + 1}`,
          { value: one.name, maxlength: 40 },
          (value) => acts.onName(label, value),
          acts.signal
        );
        return element(
          "div",
          { class: "segtutor-class-row" },
          element("label", {}, input, classSwatch(label, one.color), element("b", {}, String(label + 1))),
          called
        );
      })
    );
    rows.querySelectorAll("input")[had]?.focus();
    return void 0;
  }
  _row(row, one, label) {
    const [input, called] = row.querySelectorAll("input"), fresh = classSwatch(label, one.color);
    input.setAttribute("aria-label", `Class ${label + 1}: ${one.name}`);
    if (called !== document.activeElement) called.value = one.name;
    if (!input.nextSibling.isEqualNode(fresh)) input.nextSibling.replaceWith(fresh);
  }
};
var percent = (share) => `${(100 * share).toFixed(1)} %`;
var LearningPanel = class {
  /** acts: onKind, onSeconds, onLearn, onStop, onView; signal; kernel: false where nobody answers */
  constructor({ onKind, onSeconds, onLearn, onStop, onView, signal, kernel }) {
    this.kinds = choice({
      legend: "Classify",
      selected: "pixel",
      signal,
      onChange: onKind,
      choices: { pixel: "pixels", mask: "masks" }
    });
    this.seconds = slider({
      label: "Seconds",
      hint: "of training, from nothing, on this picture alone",
      min: 1,
      max: 20,
      step: 1,
      signal,
      onInput: onSeconds,
      write: (value) => String(Math.round(value))
    });
    this.learn = button("Learn from what is painted", onLearn, signal);
    this.stop = button("Stop", onStop, signal);
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Training", class: "segtutor-progress" });
    this.said = element("p", { class: "segtutor-say" });
    this.views = choice({
      legend: "Show",
      selected: "picture",
      signal,
      onChange: onView,
      choices: { picture: "picture", answer: "answer" }
    });
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": "Learning" },
      ...kernel === false ? [
        element(
          "p",
          { class: "segtutor-say" },
          "Learning from what is painted needs a running notebook; painting works here, too."
        )
      ] : [
        this.kinds,
        this.seconds.node,
        element("div", { class: "segtutor-buttons" }, this.learn, this.stop),
        this.bar,
        this.said
      ],
      this.views
    );
  }
  show({ kind, seconds, progress, score, view, hasAnswer }) {
    for (const input of this.kinds.querySelectorAll("input")) input.checked = input.value === kind;
    for (const input of this.views.querySelectorAll("input")) input.checked = input.value === view;
    this.seconds.show(seconds, "seconds of training");
    const running = progress.state === "running", focused = document.activeElement;
    this.stop.hidden = !running;
    this.learn.hidden = running;
    if (focused === this.learn && running) this.stop.focus();
    if (focused === this.stop && !running) this.learn.focus();
    this.bar.hidden = !running;
    this.bar.value = progress.done ?? 0;
    this.views.hidden = !hasAnswer;
    setText(this.said, trainingInWords(progress, score));
  }
};
function trainingInWords(progress, score) {
  const { state, step, seconds, loss, said } = progress;
  if (state === "running") return step ? `Step ${step}, loss ${loss.toFixed(2)}.` : "Reading the picture …";
  if (state === "failed") return said;
  if (state !== "done" && state !== "stopped") return "Paint a few strokes of at least two classes.";
  const scored = score.miou === void 0 ? "" : ` Where nobody painted: mIoU ${percent(score.miou)}; the class of the nearest painted colour has ${percent(score.nearest_colour)}.`;
  return `${state === "stopped" ? "Stopped" : "Done"} after ${step} steps in ${seconds.toFixed(1)} s; pale where the model is unsure: paint there, and learn again.${scored}`;
}

// segtutor/widgets/prompts/upload.js
var MOST_PIXELS = 5e7;
async function pictureFromFile(file, { model, get, tell, signal }) {
  const most = get("upload_bytes"), size = `${(file.size / 1e6).toFixed(1)} MB`;
  if (file.size > most || !file.size) {
    return tell({
      refused: `${file.name || "The file"} has ${size}, and at most ${(most / 1e6).toFixed(0)} MB can be taken: make it smaller.`
    });
  }
  const bytes = await file.arrayBuffer();
  if (signal.aborted) return void 0;
  if (model.kernel !== false) return model.send({ do: "picture" }, void 0, [bytes]);
  try {
    const bitmap = await createImageBitmap(file), { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw new Error("too large");
    const scale = Math.min(1, get("longest_side") / Math.max(width, height)), canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const png = await (await new Promise((done) => canvas.toBlob(done, "image/png"))).arrayBuffer();
    return tell({
      points: [],
      boxes: [],
      scribbles: [],
      text: "",
      refused: "",
      view: "picture",
      answer: new DataView(new ArrayBuffer(0)),
      size: [canvas.height, canvas.width],
      picture: new DataView(png)
    });
  } catch {
    return tell({
      refused: `${file.name || "The file"} is no picture that this browser can open: save it as JPEG or PNG.`
    });
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

// segtutor/widgets/prompts/canvas.js
var PROMPTS = ["points", "boxes", "scribbles", "text"];
var OTHERS = [
  "classes",
  "tool",
  "label",
  "brush",
  "view",
  "kind",
  "seconds",
  "progress",
  "score",
  "answer",
  "answer_segments",
  "refused",
  "picture"
];
function render({ model, el, life }) {
  const { signal } = life, turns = new Turns(model), get = (name) => model.get(name);
  const prompts = () => ({
    points: get("points"),
    boxes: get("boxes"),
    scribbles: get("scribbles"),
    text: get("text")
  });
  const history = new History(prompts());
  let labels = null, seen = null, stale = true, ground = "", places = [], zoom = 1, draft = null, hover = null, cross = null, spokenCross = false, taken = null, loading = false;
  const tell = (changes) => {
    turns.tell(changes);
    frame.request();
  };
  const colors = () => get("classes").map(({ color }) => color);
  const clip = ([x, y]) => [kept(x, get("size")[1]), kept(y, get("size")[0])];
  const step = (state) => state && tell(Object.fromEntries(PROMPTS.map((name) => [name, state[name]])));
  const known = () => history.push(prompts());
  const undo = () => {
    known();
    step(history.undo());
  };
  const redo = () => {
    known();
    step(history.redo());
  };
  function down(at) {
    const place = clip(at), tool = get("tool"), label = get("label");
    if (tool === "point") {
      tell({ points: [...get("points"), { x: place[0], y: place[1], label }] });
      return "done";
    }
    if (tool === "box") draft = { tool, label, from: place, to: place };
    else {
      draft = { tool, label: tool === "eraser" ? -1 : label, width: get("brush"), places: [place] };
      part(paintStroke(labels, get("size"), [place], draft.width, draft.label));
    }
    hover = at;
    frame.request();
    return "";
  }
  function move(at) {
    if (!draft) return;
    const place = clip(at);
    hover = at;
    if (draft.tool === "box") draft.to = place;
    else if (addPlace(draft.places, place, draft.width))
      part(paintStroke(labels, get("size"), draft.places.slice(-2), draft.width, draft.label));
    frame.request();
  }
  function up(at) {
    if (!draft) return;
    move(at);
    const { tool, label, from, to, width, places: line } = draft;
    draft = null;
    stale = true;
    if (tool === "box") {
      const box = boxBetween(from, to, label);
      if (box) tell({ boxes: [...get("boxes"), box] });
    } else if (tool === "eraser") tell(erase(prompts(), line, width));
    else tell({ scribbles: [...get("scribbles"), { label, width, points: line }] });
    frame.request();
  }
  function cancel() {
    [draft, stale] = [null, true];
    frame.request();
  }
  function key(event) {
    const control = event.ctrlKey || event.metaKey, name = event.key.toLowerCase();
    if (control && (name === "y" || name === "z" && event.shiftKey)) redo();
    else if (control && name === "z") undo();
    else if (control) return false;
    else if (/^[1-9]$/.test(name) && Number(name) <= get("classes").length) tell({ label: Number(name) - 1 });
    else if (name === "[" || name === "]")
      tell({ brush: Math.min(60, Math.max(1, get("brush") + (name === "]" ? 2 : -2))) });
    else if ("spbe".includes(name)) tell({ tool: { s: "scribble", p: "point", b: "box", e: "eraser" }[name] });
    else return false;
    return true;
  }
  const canvas = element("canvas", { role: "img", class: "segtutor-canvas" }), marks = element("canvas", { class: "segtutor-marks", "aria-hidden": "true" });
  const painter = new PromptPainter(canvas), context = marks.getContext("2d");
  const node = painterHand([canvas, marks], {
    size: () => get("size"),
    signal,
    onDown: (at) => labels ? down(at) : "done",
    onMove: move,
    onUp: up,
    onCancel: cancel,
    label: "Painting: arrow keys move the cross, Enter puts the pen down and lifts it, 1 to 9 choose a class, S P B E a tool",
    onHover: (at) => {
      hover = at;
      frame.request();
    },
    onCross: (at) => {
      [cross, hover, spokenCross] = [at, at, Boolean(at)];
      frame.request();
    },
    onKey: key
  });
  const send = (file) => pictureFromFile(file, { model, get, tell, signal });
  const tools = new PromptTools({
    signal,
    onTool: (tool) => tell({ tool }),
    onLabel: (label) => tell({ label }),
    onBrush: (brush) => tell({ brush }),
    onName: (label, name) => name.trim() && tell({ classes: get("classes").map((one, n) => n === label ? { ...one, name: name.trim() } : one) }),
    onAdd: (name) => tell({
      classes: [
        ...get("classes"),
        {
          id: 1 + Math.max(...get("classes").map(({ id }) => id)),
          name,
          isthing: false,
          color: get("palette")[get("classes").length % get("palette").length]
        }
      ],
      label: get("classes").length
    }),
    onUndo: undo,
    onRedo: redo,
    onClear: () => tell({ points: [], boxes: [], scribbles: [], text: "" }),
    onText: (text) => tell({ text }),
    onFile: send
  });
  const learn = () => model.send({
    do: "learn",
    from: Object.fromEntries([...PROMPTS, "classes", "kind", "seconds"].map((name) => [name, get(name)]))
  });
  const learning = new LearningPanel({
    signal,
    kernel: model.kernel,
    onKind: (kind) => tell({ kind }),
    onSeconds: (seconds) => tell({ seconds }),
    onLearn: learn,
    onStop: () => model.send({ do: "stop" }),
    onView: (view) => tell({ view })
  });
  const summary = element("p", { class: "segtutor-detail" }), spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-painting segtutor-prompts" },
      element("div", { class: "segtutor-left" }, node, summary),
      element("div", { class: "segtutor-right" }, tools.node, learning.node),
      spoken
    )
  );
  const part = (rectangle) => painter.paint(labels, colors(), rectangle);
  function update() {
    const now = prompts(), list = [...Object.values(now), get("classes")];
    if (!seen || list.some((one, n) => one !== seen[n])) {
      [seen, stale] = [list, true];
      history.push(now);
    }
    tools.show({
      tool: get("tool"),
      label: get("label"),
      classes: get("classes"),
      brush: get("brush"),
      text: get("text"),
      refused: get("refused"),
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length
    });
    const answer = get("answer"), hasAnswer = answer.byteLength > 0;
    learning.show({
      kind: get("kind"),
      seconds: get("seconds"),
      progress: get("progress"),
      score: get("score"),
      view: get("view"),
      hasAnswer
    });
    if (!taken || loading) return;
    repaint(now, hasAnswer);
    const scale = painter.scale, brushing = draft ? draft.tool !== "box" : ["scribble", "eraser"].includes(get("tool"));
    drawMarks(context, scale, zoom, {
      points: now.points,
      boxes: now.boxes,
      colors: colors(),
      cross,
      draft: draft?.tool === "box" ? {
        x0: Math.min(draft.from[0], draft.to[0]),
        y0: Math.min(draft.from[1], draft.to[1]),
        x1: Math.max(draft.from[0], draft.to[0]),
        y1: Math.max(draft.from[1], draft.to[1]),
        label: draft.label
      } : null,
      brush: brushing && hover ? { at: hover, width: get("brush") } : null,
      active: get("tool") === "eraser" ? null : get("label")
    });
    const rim = 9 * zoom / scale, lowest = get("size")[0] - rim;
    if (places.length)
      writeNames(
        context,
        scale,
        zoom,
        places.map((one) => one && { ...one, y: Math.min(lowest, Math.max(rim, one.y)) }),
        ["", ...get("answer_segments").map(({ name }) => name)]
      );
    if (spokenCross || !draft) announce.request();
  }
  function repaint(now, hasAnswer) {
    const answer = get("answer"), shown = hasAnswer && get("view") === "answer", size = get("size");
    const wanted = shown ? answer : "picture";
    if (wanted === ground && !stale) return;
    if (wanted !== ground) {
      places = [];
      if (shown) {
        const map = bytesOf(answer), segments = get("answer_segments");
        painter.groundAnswer(
          map,
          bytesOf(get("sure")),
          segments.map(({ color }) => color)
        );
        places = labelPlaces(map, size, segments.length);
      } else painter.groundPicture();
      ground = wanted;
    }
    if (stale) {
      labels = paintPrompts(size, now.scribbles, now.points);
      if (draft?.places) paintStroke(labels, size, draft.places, draft.width, draft.label);
      stale = false;
    }
    painter.paint(labels, colors(), null);
    write(now);
  }
  function write(now) {
    const counts = new Array(get("classes").length).fill(0);
    for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) counts[labels[i]]++;
    const share = (n) => `${(100 * n / labels.length).toFixed(1)} %`, some = get("classes").flatMap(({ name }, k) => counts[k] ? [`${name} ${share(counts[k])}`] : []);
    const more = [
      [now.scribbles.length, "stroke"],
      [now.points.length, "point"],
      [now.boxes.length, "box"]
    ].map(([n, what]) => `${n} ${what}${n === 1 ? "" : what === "box" ? "es" : "s"}`);
    setText(summary, `${some.length ? `Painted: ${some.join(", ")}` : "Nothing painted yet"}; ${more.join(", ")}.`);
    canvas.setAttribute(
      "aria-label",
      `${ground === "picture" ? "The picture" : "The model's answer"} under what is painted. ${summary.textContent}`
    );
  }
  const announce = whenQuiet(() => {
    const at = cross && spokenCross ? [Math.floor(cross[0]), Math.floor(cross[1])] : null, label = at && labels ? labels[at[1] * get("size")[1] + at[0]] : -1;
    const here = at ? `Column ${at[0]}, row ${at[1]}: ${label < 0 ? "unpainted" : get("classes")[label].name}${draft ? ", pen down" : ""}. ` : "";
    setText(spoken, `${here}${summary.textContent} ${learning.said.textContent}`);
  }, 600);
  const frame = frameScheduler(update);
  function load() {
    const picture = get("picture"), size = get("size");
    if (picture === taken) return;
    taken = picture;
    [loading, draft, labels] = [true, null, null];
    decodePicture(bytesOf(picture), size).then((image) => {
      if (signal.aborted || get("picture") !== picture) return;
      painter.take(size, image);
      [marks.width, marks.height] = [canvas.width, canvas.height];
      node.style.setProperty("--wide", `${Math.max(canvas.width, Math.min(640, 2 * canvas.width))}px`);
      [loading, stale, ground, draft, places] = [false, true, "", null, []];
      history.restart(prompts());
      update();
    });
  }
  const resized = new ResizeObserver(([{ contentRect }]) => {
    zoom = Math.min(2.5, Math.max(0.5, Math.round(4 * canvas.width / (contentRect.width || canvas.width)) / 4));
    frame.request();
  });
  resized.observe(canvas);
  life.on([...PROMPTS, ...OTHERS], frame.request);
  const later = () => queueMicrotask(load);
  life.on("picture", later);
  update();
  load();
  life.also(resized, frame, announce);
}
var canvas_default = { render: living(render) };
export {
  canvas_default as default
};
