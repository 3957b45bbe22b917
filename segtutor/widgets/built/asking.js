/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 2a55be09e1abb336ace2cd8743038984eab990bbc616482640227ad6f03a413f of
   segtutor/widgets/asking/canvas.js
   segtutor/widgets/asking/draw.js
   segtutor/widgets/asking/panel.js
   segtutor/widgets/asking/sheet.js
   segtutor/widgets/asking/words.js
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
var OPAQUE = 4278190080;
var rgb = (r, g, b) => OPAQUE | b << 16 | g << 8 | r;
var light = new Uint32Array(0);
var dark = light;
var region = new Uint8Array(0);
function makeRoom(count) {
  if (light.length !== count)
    [light, dark, region] = [new Uint32Array(count), new Uint32Array(count), new Uint8Array(count)];
}
function paintPicture(out, scale, [H, W], image) {
  makeRoom(H * W);
  for (let i = 0; i < light.length; i++) light[i] = rgb(image[4 * i], image[4 * i + 1], image[4 * i + 2]);
  enlarge(out, scale, H, W, light, light);
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

// segtutor/widgets/shared/raster.js
var POINT_WIDTH = 5;
var LEAST = 1.5;
function squareTo(x, y, [x0, y0], [x1, y1]) {
  const dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
  const along = square ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / square, 0), 1) : 0;
  const awayX = x - x0 - along * dx, awayY = y - y0 - along * dy;
  return awayX * awayX + awayY * awayY;
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
var kept = (value, most) => Math.round(4 * Math.min(most, Math.max(0, value))) / 4;
function addPlace(places, place, width) {
  const last = places[places.length - 1];
  if (last && Math.hypot(place[0] - last[0], place[1] - last[1]) < Math.max(1, width / 8)) return false;
  places.push(place);
  return true;
}
function boxBetween([ax, ay], [bx, by], label) {
  const [x0, x1] = [Math.min(ax, bx), Math.max(ax, bx)], [y0, y1] = [Math.min(ay, by), Math.max(ay, by)];
  return x1 - x0 < 3 || y1 - y0 < 3 ? null : { x0, y0, x1, y1, label };
}

// segtutor/widgets/asking/draw.js
var SHARE = 0.55;
var pack = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var DARK = pack(20, 20, 20);
function paintMasked(out, scale, [H, W], image, mask, [r, g, b]) {
  const wide = W * scale, rest = 1 - SHARE;
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const at = 4 * i;
      const color = mask?.[i] ? pack(SHARE * r + rest * image[at], SHARE * g + rest * image[at + 1], SHARE * b + rest * image[at + 2]) : pack(image[at], image[at + 1], image[at + 2]);
      for (let dy = 0, row = y * scale; dy < scale; dy++, row++)
        out.fill(color, row * wide + x * scale, row * wide + (x + 1) * scale);
    }
  }
  if (mask) outline(out, scale, H, W, mask, DARK);
}
function unpackMasks(bytes, count, pixels) {
  const each = Math.ceil(pixels / 8);
  if (bytes.length < count * each) return [];
  return Array.from({ length: count }, (_, n) => {
    const mask = new Uint8Array(pixels);
    for (let i = 0; i < pixels; i++) mask[i] = bytes[n * each + (i >> 3)] >> 7 - (i & 7) & 1;
    return mask;
  });
}
function drawMarks(context, scale, zoom, { points = [], next, box, draft, brush, cross }) {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const rimmed = (thick, color = "#fff") => {
    context.strokeStyle = "#000";
    context.lineWidth = (thick + 2) * zoom;
    context.stroke();
    context.strokeStyle = color;
    context.lineWidth = thick * zoom;
    context.stroke();
  };
  const disc = ({ x: x2, y: y2, label }, suggested) => {
    const radius = (suggested ? 11 : 8) * zoom, arm = 4.5 * zoom;
    const cx = Math.min(width - radius, Math.max(radius, x2 * scale)), cy = Math.min(height - radius, Math.max(radius, y2 * scale));
    context.beginPath();
    context.arc(cx, cy, radius, 0, 2 * Math.PI);
    if (!suggested) {
      context.fillStyle = label ? "#fff" : "#000";
      context.fill();
    }
    context.setLineDash(suggested ? [4 * zoom, 4 * zoom] : []);
    rimmed(suggested ? 2 : 1.5, label || suggested ? "#fff" : "#000");
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(cx - arm, cy);
    context.lineTo(cx + arm, cy);
    if (label) {
      context.moveTo(cx, cy - arm);
      context.lineTo(cx, cy + arm);
    }
    if (suggested) rimmed(2);
    else {
      context.strokeStyle = label ? "#000" : "#fff";
      context.lineWidth = 2.5 * zoom;
      context.stroke();
    }
  };
  for (const [one, dashes] of [
    [box, []],
    [draft, [6 * zoom, 4 * zoom]]
  ]) {
    if (!one) continue;
    context.beginPath();
    context.rect(one.x0 * scale, one.y0 * scale, (one.x1 - one.x0) * scale, (one.y1 - one.y0) * scale);
    context.setLineDash(dashes);
    rimmed(2);
    context.setLineDash([]);
  }
  if (next) disc(next, true);
  for (const one of points) disc(one, false);
  if (brush) {
    context.beginPath();
    context.arc(
      brush.at[0] * scale,
      brush.at[1] * scale,
      Math.max(2 * zoom, brush.width / 2 * scale),
      0,
      2 * Math.PI
    );
    rimmed(1.5);
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
  rimmed(2);
}

// segtutor/widgets/asking/words.js
var percent = (share) => `${(100 * share).toFixed(1)} %`;
var ORDER = ["first", "second", "third"];
var LEVELS = { part: "part", thing: "thing", group: "group", stuff: "stuff", words: "words", class: "class" };
var HINTS = {
  point: "Click on something. More clicks correct the answer: on it where something is missing, beside it where too much is claimed.",
  box: "Drag a box around something.",
  text: "Write what to look for and press Enter.",
  example: "Paint on the example what you mean; the network looks for the like in the picture."
};
var asked = (kind, { points, text }) => ({
  click: points.length === 1 ? "one click" : `${points.length} clicks`,
  box: "a box",
  text: `“${text}”`,
  example: "the painted example"
})[kind];
function answerInWords(name, answers, chosen, prompts) {
  const { kind, scores, areas, said } = answers;
  if (!kind) return "Nothing asked yet.";
  if (said) return "No answer.";
  if (!scores.length) return `${name} finds nothing for ${asked(kind, prompts)}: no pixel reaches 0.5.`;
  const which = scores.length > 1 ? `${scores.length} answers to ${asked(kind, prompts)}; the ${ORDER[chosen]} covers` : `The answer to ${asked(kind, prompts)} covers`;
  return `${which} ${percent(areas[chosen])} of the picture, predicted IoU ${scores[chosen].toFixed(2)}.`;
}
function truthInWords({ kind, meanings, meant, ious, scores, said }, chosen) {
  if (meant === null || meant === void 0 || said) return "";
  const { name, area, level } = meanings[meant];
  if (!area)
    return scores.length ? `The scene has no ${name}: there is nothing to be found.` : `Right: the scene has no ${name}.`;
  if (!scores.length) return `The scene has ${name}, ${percent(area)} of the picture.`;
  const what = kind === "text" ? `“${name}”` : level === "class" ? `all that is ${name}` : `the ${name}`;
  return `IoU with the truth of ${what}: ${ious[chosen].toFixed(2)}.`;
}
function nextInWords(next) {
  if (!next) return "";
  const [x, y, label] = next;
  return `The largest error is around column ${Math.floor(x)}, row ${Math.floor(y)}: ${label ? "something is missing there, so click on it" : "too much is claimed there, so click beside it"}.`;
}

// segtutor/widgets/asking/panel.js
var TOOLS = { point: "click", box: "box", text: "words", example: "painted example" };
function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}
var check = (group, value) => {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
};
var AskingPanel = class {
  /** acts: tools, words, signal; onTool, onLabel, onText, onBrush, onHand, onUndo, onRedo, onClear, onLevel, onNext; the nodes of the example, if there is one, and of the answers */
  constructor(acts, example, answers) {
    const { signal, tools } = acts;
    this.acts = acts;
    this.has = (tool) => tools.includes(tool);
    this.tools = choice({
      legend: "Ask by",
      selected: tools[0],
      signal,
      onChange: acts.onTool,
      choices: Object.fromEntries(tools.map((tool) => [tool, TOOLS[tool]]))
    });
    this.tools.hidden = tools.length < 2;
    this.hint = element("small", { class: "segtutor-hint" });
    this.labels = choice({
      legend: "The click is",
      selected: "on",
      signal,
      onChange: (value) => acts.onLabel(Number(value === "on")),
      choices: { on: "on it", beside: "beside it" }
    });
    const list = `segtutor-words-${Math.random().toString(36).slice(2)}`;
    this.text = ownKeys(
      element("input", {
        type: "text",
        class: "segtutor-field",
        "aria-label": "Words",
        list,
        maxlength: 400
      }),
      signal
    );
    this.text.addEventListener("change", () => acts.onText(this.text.value), { signal });
    this.ask = button("Ask", () => acts.onText(this.text.value), signal);
    this.words = element("div", { class: "segtutor-buttons" }, this.text, this.ask, element("datalist", { id: list }));
    this.propose(acts.words);
    this.hands = choice({
      legend: "The brush",
      selected: "paint",
      signal,
      onChange: acts.onHand,
      choices: { paint: "paints", erase: "erases" }
    });
    this.brush = slider({
      label: "Width of the brush",
      hint: "pixels of the example; keys [ and ]",
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: acts.onBrush,
      write: (value) => String(Math.round(value))
    });
    this.example = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": "Example" },
      ...example ? [example] : [],
      this.hands,
      this.brush.node
    );
    this.undo = button("Undo", acts.onUndo, signal, { title: "Ctrl + Z on the picture" });
    this.redo = button("Redo", acts.onRedo, signal, { title: "Ctrl + Y on the picture" });
    this.clear = button("Clear", acts.onClear, signal);
    this.found = element("p", { class: "segtutor-summary" });
    this.true = element("p", { class: "segtutor-say" });
    this.next = element("p", { class: "segtutor-say" });
    this.take = button("Take this click", acts.onNext, signal, { title: "Key N on the picture" });
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.meanings = element("fieldset", { class: "segtutor-choice segtutor-fieldset-column" });
    this.meaningsKey = "";
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      this.labels,
      this.words,
      this.example,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear)
    );
    this.told = element(
      "div",
      { class: "segtutor-part segtutor-told", role: "group", "aria-label": "Answer" },
      this.refused,
      this.found,
      answers,
      this.meanings,
      this.true,
      this.next,
      element("div", { class: "segtutor-buttons" }, this.take)
    );
  }
  /** @param {string[]} words phrases that are true of the picture; another picture has others */
  propose(words) {
    this.text.placeholder = `for example: ${words[0] ?? "a cat"}`;
    this.words.querySelector("datalist").replaceChildren(...words.map((value) => element("option", { value })));
  }
  /** What is on the screen now; `kernel`: whether somebody answers. */
  show({ tool, label, text, brush, level, hand, undo, redo, any, answers, said, mayBeBeside, kernel }) {
    check(this.tools, tool);
    setText(this.hint, kernel ? HINTS[tool] : "The network answers in a running notebook; here is what it said last.");
    this.labels.hidden = tool !== "point";
    check(this.labels, mayBeBeside && !label ? "beside" : "on");
    for (const input of this.labels.querySelectorAll("input"))
      input.disabled = !kernel || input.value === "beside" && !mayBeBeside;
    this.words.hidden = tool !== "text";
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    this.example.hidden = !this.has("example");
    this.brush.show(brush, "pixels of the example");
    check(this.hands, hand);
    [this.undo.disabled, this.redo.disabled, this.clear.disabled] = [
      !undo || !kernel,
      !redo || !kernel,
      !any || !kernel
    ];
    this.text.disabled = this.ask.disabled = !kernel;
    setText(this.refused, said.refused);
    this.refused.hidden = !said.refused;
    setText(this.found, said.found);
    setText(this.true, said.true);
    setText(this.next, said.next);
    this.next.hidden = this.take.hidden = !said.next;
    this.take.disabled = !kernel;
    this._meanings(answers, level);
  }
  _meanings({ meanings = [], meant }, level) {
    const { acts } = this, key = JSON.stringify(meanings);
    if (key !== this.meaningsKey) {
      this.meaningsKey = key;
      const had = this.meanings.contains(document.activeElement);
      const made = choice({
        legend: "You mean",
        selected: "",
        signal: acts.signal,
        onChange: acts.onLevel,
        choices: Object.fromEntries(
          meanings.map(({ level: level2, name, area }) => [
            level2,
            `the ${LEVELS[level2] ?? level2}: ${name}, ${(100 * area).toFixed(1)} %`
          ])
        )
      });
      this.meanings.replaceChildren(...made.children);
      if (had) this.meanings.querySelector("input")?.focus();
    }
    this.meanings.hidden = meanings.length < 2;
    const own = meanings.some((one) => one.level === level);
    check(this.meanings, own ? level : meanings[meant]?.level);
  }
};

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

// segtutor/widgets/asking/sheet.js
var Sheet = class {
  /**
   * What painterHand takes, but for onHover and onCross; `onFrame`: marks are to be drawn; `longest`: on the screen.
   *
   * @param {{onFrame: () => void, longest?: number, size: () => number[], label: string, onDown: Function,
   *   onMove: Function, onUp: Function, onCancel: Function, onKey: Function, signal: AbortSignal}} options
   */
  constructor({ onFrame, longest = 512, ...hand }) {
    this.canvas = element("canvas", { role: "img", class: "segtutor-canvas" });
    this.marks = element("canvas", { class: "segtutor-marks", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.longest = longest;
    this.zoom = 1;
    this.scale = 1;
    this.hover = null;
    this.cross = null;
    this.node = painterHand([this.canvas, this.marks], {
      ...hand,
      onHover: (at) => {
        this.hover = at;
        onFrame();
      },
      onCross: (at) => {
        [this.cross, this.hover] = [at, at];
        onFrame();
      }
    });
    this.resized = new ResizeObserver(([{ contentRect }]) => {
      const { width } = this.canvas;
      this.zoom = Math.min(2.5, Math.max(0.5, Math.round(4 * width / (contentRect.width || width)) / 4));
      onFrame();
    });
    this.resized.observe(this.canvas);
  }
  /** Another picture of H x W pixels. */
  take([H, W]) {
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    for (const canvas of [this.canvas, this.marks]) [canvas.width, canvas.height] = [W * this.scale, H * this.scale];
    this.pixels = this.context.createImageData(W * this.scale, H * this.scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.node.style.setProperty("--wide", `${Math.round(this.longest * W / Math.max(H, W))}px`);
  }
  /** Shows what was painted into `out`. */
  show() {
    this.context.putImageData(this.pixels, 0, 0);
  }
  mark(marks) {
    drawMarks(this.marks.getContext("2d"), this.scale, this.zoom, { ...marks, cross: this.cross });
  }
  disconnect() {
    this.resized.disconnect();
  }
};

// segtutor/widgets/asking/canvas.js
var STATE = ["points", "boxes", "scribbles", "text", "chosen"];
var NONE = { points: [], boxes: [], scribbles: [], text: "", chosen: 0 };
var OTHERS = ["tool", "label", "brush", "level", "answers", "masks", "picture"];
var KEYS = { p: "point", b: "box", w: "text", e: "example" };
function render({ model, el, life }) {
  const { signal } = life, turns = new Turns(model), get = (name) => model.get(name), kernel = model.kernel !== false, tools = get("tools"), hasExample = get("example_size").length > 0;
  const prompts = () => Object.fromEntries(STATE.map((name) => [name, get(name)]));
  const history = new History(prompts());
  let image = null, masks = [], shownMasks = null, drawn = "", draft = null, taken = null, hand = "paint", waiting = false, exampleImage = null, marked = null, markedOf = null;
  const tell = (changes) => {
    turns.tell(changes);
    frame.request();
  };
  const ask = (changes) => {
    const one = "text" in changes ? ["text"] : "scribbles" in changes ? ["scribbles"] : ["points", "boxes", "chosen"];
    const kept2 = Object.fromEntries(one.map((name) => [name, get(name)]));
    waiting = kernel;
    tell({ ...NONE, ...kept2, ...changes });
  };
  const step = (state) => {
    if (!state) return;
    waiting = kernel;
    tell(state);
  };
  const known = () => history.push(prompts());
  const undo = () => {
    known();
    step(history.undo());
  };
  const redo = () => {
    known();
    step(history.redo());
  };
  const begun = () => get("points").length + get("boxes").length > 0;
  const inside = ([x, y], [H, W]) => [kept(x, W), kept(y, H)];
  function click(x, y, label) {
    const first = !begun();
    ask({ points: [...get("points"), { x, y, label: first ? 1 : label }], ...first ? { chosen: 0 } : {} });
  }
  const takeNext = () => {
    const next = get("answers").next;
    if (kernel && next && !waiting) click(next[0], next[1], next[2]);
  };
  function down(at) {
    const tool = get("tool"), place = inside(at, get("size"));
    if (!kernel || !image) return "done";
    if (tool === "point") click(...place, get("label"));
    if (tool !== "box") return "done";
    draft = { from: place, to: place };
    frame.request();
    return "";
  }
  function move(at) {
    if (draft) draft.to = inside(at, get("size"));
    frame.request();
  }
  function up(at) {
    if (!draft) return;
    move(at);
    const box = boxBetween(draft.from, draft.to, 1);
    draft = null;
    if (box) ask({ boxes: [box], chosen: 0 });
    frame.request();
  }
  const cancel = () => {
    draft = null;
    frame.request();
  };
  function key(event) {
    const control = event.ctrlKey || event.metaKey, name = event.key.toLowerCase(), tool = KEYS[name];
    if (control && (name === "y" || name === "z" && event.shiftKey)) redo();
    else if (control && name === "z") undo();
    else if (control) return false;
    else if ((name === "0" || name === "1") && tools.includes("point")) tell({ label: Number(name) });
    else if (name === "n") takeNext();
    else if (tool && tools.includes(tool)) tell({ tool });
    else return false;
    return true;
  }
  const sheet = new Sheet({
    size: () => get("size"),
    signal,
    label: tools.some((tool) => tool === "point" || tool === "box") ? "The picture: arrow keys move the cross, Enter clicks or sets a corner of a box, 1 and 0 say on it or beside it, N takes the suggested click" : "The picture: arrow keys move the cross",
    onDown: down,
    onMove: move,
    onUp: up,
    onCancel: cancel,
    onKey: key,
    onFrame: () => frame.request()
  });
  let stroke = null;
  const paper = hasExample ? new Sheet({
    size: () => get("example_size"),
    longest: 256,
    signal,
    label: "The example: arrow keys move the cross, Enter puts the brush down and lifts it",
    onDown: (at) => {
      if (!kernel || !exampleImage) return "done";
      const label = hand === "paint" ? 1 : -1;
      stroke = { label, width: get("brush"), points: [inside(at, get("example_size"))] };
      paintStroke(marked, get("example_size"), stroke.points, stroke.width, label);
      paint();
      return "";
    },
    onMove: (at) => {
      if (!stroke) return frame.request();
      if (addPlace(stroke.points, inside(at, get("example_size")), stroke.width))
        paintStroke(marked, get("example_size"), stroke.points.slice(-2), stroke.width, stroke.label);
      return paint();
    },
    onUp: () => {
      if (!stroke) return;
      const made = stroke;
      stroke = null;
      ask({ scribbles: [...get("scribbles"), made] });
    },
    onCancel: () => {
      stroke = null;
      markedOf = null;
      frame.request();
    },
    onKey: (event) => {
      if (event.ctrlKey || event.metaKey) return key(event);
      if (event.key !== "[" && event.key !== "]") return key(event);
      tell({ brush: Math.min(60, Math.max(1, get("brush") + (event.key === "]" ? 2 : -2))) });
      return true;
    },
    onFrame: () => frame.request()
  }) : null;
  const answersNode = element("fieldset", { class: "segtutor-answers" }, element("legend", {}, "Answers")), group = `answers-${Math.random().toString(36).slice(2)}`;
  const thumbs = [0, 1, 2].map((n) => {
    const canvas = element("canvas", { class: "segtutor-canvas", "aria-hidden": "true" }), text = element("span", {}), input = ownKeys(
      element("input", { type: "radio", name: group, value: n, "aria-label": `Answer ${n + 1}` }),
      signal
    ), said = document.createTextNode("");
    input.addEventListener("change", () => tell({ chosen: n }), { signal });
    text.append(input, element("b", {}, said));
    return { node: element("label", {}, canvas, text), canvas, input, said };
  });
  answersNode.append(...thumbs.map(({ node }) => node));
  const panel = new AskingPanel(
    {
      signal,
      tools,
      words: get("words"),
      onTool: (tool) => tell({ tool }),
      onLabel: (label) => tell({ label }),
      onText: (text) => text.trim() !== get("text") && ask({ text: text.trim() }),
      onBrush: (brush) => tell({ brush }),
      onHand: (value) => {
        hand = value;
        frame.request();
      },
      onUndo: undo,
      onRedo: redo,
      onClear: () => step(NONE),
      onLevel: (level) => tell({ level }),
      onNext: takeNext
    },
    paper?.node,
    answersNode
  );
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-painting segtutor-asking" },
      element("div", { class: "segtutor-left" }, sheet.node),
      element("div", { class: "segtutor-right" }, panel.node, panel.told),
      spoken
    )
  );
  function update() {
    const now = prompts(), answers = get("answers");
    history.push(now);
    if (!image) return;
    if (shownMasks !== get("masks")) {
      shownMasks = get("masks");
      masks = unpackMasks(bytesOf(shownMasks), answers.scores.length, image.length / 4);
      drawn = "";
    }
    const chosen = masks.length > 1 ? Math.min(now.chosen, masks.length - 1) : 0;
    if (drawn !== `${chosen}`) draw(chosen);
    const current = answers.kind === "" || !waiting;
    const said = {
      refused: answers.said ?? "",
      found: waiting ? `Asking ${get("model_name")} …` : answerInWords(get("model_name"), answers, chosen, now),
      true: current ? truthInWords(answers, chosen) : "",
      next: current ? nextInWords(answers.next) : ""
    };
    panel.show({
      tool: get("tool"),
      label: get("label"),
      text: get("text"),
      brush: get("brush"),
      level: get("level"),
      hand,
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length,
      answers,
      said,
      mayBeBeside: begun(),
      kernel
    });
    write(answers, chosen, said);
    sheet.mark({
      points: now.points,
      box: now.boxes.at(-1),
      draft: draft && boxOf(draft),
      next: current && answers.next ? { x: answers.next[0], y: answers.next[1], label: answers.next[2] } : null
    });
    if (paper && exampleImage) {
      if (markedOf !== now.scribbles && !stroke) {
        markedOf = now.scribbles;
        marked = paintPrompts(get("example_size"), now.scribbles, []);
        paint();
      }
      paper.mark({ brush: paper.hover && get("tool") === "example" ? { at: paper.hover, width: get("brush") } : null });
    }
    announce.request();
  }
  const boxOf = ({ from, to }) => ({
    x0: Math.min(from[0], to[0]),
    y0: Math.min(from[1], to[1]),
    x1: Math.max(from[0], to[0]),
    y1: Math.max(from[1], to[1])
  });
  function draw(chosen) {
    const size = get("size"), color = get("color");
    paintMasked(sheet.out, sheet.scale, size, image, masks[chosen] ?? null, color);
    sheet.show();
    if (drawn === "" && masks.length > 1)
      masks.forEach((mask, n) => {
        const { canvas } = thumbs[n], context = canvas.getContext("2d");
        const pixels = context.createImageData(size[1], size[0]);
        paintMasked(new Uint32Array(pixels.data.buffer), 1, size, image, mask, color);
        context.putImageData(pixels, 0, 0);
      });
    drawn = `${chosen}`;
  }
  function write({ scores, areas, ious = [] }, chosen, said) {
    answersNode.hidden = masks.length < 2;
    if (masks.length > 1)
      thumbs.forEach(({ node, input, said: text }, n) => {
        node.hidden = n >= masks.length;
        if (node.hidden) return;
        input.checked = n === chosen;
        const truly = ious[n] === null || ious[n] === void 0 ? "" : `, true ${ious[n].toFixed(2)}`;
        const line = `IoU predicted ${scores[n].toFixed(2)}${truly}`;
        if (text.data !== line) text.data = line;
        input.setAttribute("aria-label", `Answer ${n + 1}: ${line}, ${(100 * areas[n]).toFixed(1)} % of the picture`);
      });
    sheet.canvas.setAttribute("aria-label", `The picture${masks.length ? " under the mask" : ""}. ${said.found}`);
  }
  function paint() {
    const ones = Uint8Array.from(marked, (label) => label === 1 ? 1 : 0);
    paintMasked(paper.out, paper.scale, get("example_size"), exampleImage, ones, get("color"));
    paper.show();
    const share = ones.reduce((sum, one) => sum + one, 0) / ones.length;
    paper.canvas.setAttribute("aria-label", `The example, ${(100 * share).toFixed(1)} % of it painted`);
    frame.request();
  }
  const announce = whenQuiet(() => {
    const at = sheet.cross ?? paper?.cross;
    const here = at ? `Column ${Math.floor(at[0])}, row ${Math.floor(at[1])}. ` : "";
    setText(spoken, [here + panel.found.textContent, panel.true.textContent, panel.next.textContent].join(" ").trim());
  }, 600);
  const frame = frameScheduler(update);
  function load() {
    const picture = get("picture"), size = get("size");
    if (picture === taken) return;
    [taken, image, draft] = [picture, null, null];
    decodePicture(bytesOf(picture), size).then((pixels) => {
      if (signal.aborted || get("picture") !== picture) return;
      sheet.take(size);
      for (const { canvas } of thumbs) [canvas.height, canvas.width] = size;
      [image, shownMasks, drawn] = [pixels, null, ""];
      history.restart(prompts());
      update();
    });
  }
  life.on([...STATE, ...OTHERS], frame.request);
  life.on("answers", () => {
    waiting = false;
    frame.request();
  });
  life.on("words", () => panel.propose(get("words")));
  life.on("picture", () => queueMicrotask(load));
  load();
  if (paper)
    decodePicture(bytesOf(get("example_picture")), get("example_size")).then((pixels) => {
      if (signal.aborted) return;
      paper.take(get("example_size"));
      exampleImage = pixels;
      paintPicture(paper.out, paper.scale, get("example_size"), pixels);
      paper.show();
      frame.request();
    });
  life.also(sheet, frame, announce, ...paper ? [paper] : []);
}
var canvas_default = { render: living(render) };
export {
  canvas_default as default
};
