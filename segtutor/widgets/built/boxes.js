/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 a0d64bc5daa141bfde7764aba7c953708192a8fd5a15451633274a39146a376c of
   segtutor/widgets/boxes/explorer.js
   segtutor/widgets/boxes/nms.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/lifetime.js
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
function slider({ label, hint, onInput, signal, min = 0, max = 1, step = 0.01, write: write2 = twoDigits }) {
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
    setText(number, write2(value));
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

// segtutor/widgets/boxes/nms.js
function iou(boxes, a, b) {
  const [i, j] = [4 * a, 4 * b];
  const width = Math.min(boxes[i + 2], boxes[j + 2]) - Math.max(boxes[i], boxes[j]);
  const height = Math.min(boxes[i + 3], boxes[j + 3]) - Math.max(boxes[i + 1], boxes[j + 1]);
  const both = Math.max(0, width) * Math.max(0, height);
  const area = (k) => Math.max(0, boxes[k + 2] - boxes[k]) * Math.max(0, boxes[k + 3] - boxes[k + 1]);
  return both / Math.max(area(i) + area(j) - both, 1e-12);
}
function suppressed(boxes, scores, labels, threshold, least) {
  const order = Array.from(scores.keys()).filter((n) => scores[n] > least).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept = [];
  for (const n of order) {
    if (kept.every((k) => labels[k] !== labels[n] || iou(boxes, k, n) <= threshold)) kept.push(n);
  }
  return kept;
}
function anchorsAt(levels, ratios, [x, y]) {
  return levels.flatMap(({ stride, cells, size, first }) => {
    const column = Math.min(cells[1] - 1, Math.max(0, Math.floor(x / stride[0])));
    const row = Math.min(cells[0] - 1, Math.max(0, Math.floor(y / stride[1])));
    const [cx, cy] = [(column + 0.5) * stride[0], (row + 0.5) * stride[1]];
    return ratios.map((ratio, n) => {
      const [w, h] = [size[0] / Math.sqrt(ratio), size[1] * Math.sqrt(ratio)];
      return {
        box: [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2],
        anchor: first + (row * cells[1] + column) * ratios.length + n
      };
    });
  });
}

// segtutor/widgets/boxes/explorer.js
var SLIDERS = {
  nms_threshold: {
    label: trLater("NMS threshold"),
    hint: trLater("of two boxes that overlap by a larger IoU the weaker one goes; 1 keeps all")
  },
  score_threshold: { label: trLater("Score threshold"), hint: trLater("a box needs a larger score") }
};
var VIEWS = { anchors: trLater("anchors"), proposals: trLater("proposals"), found: trLater("found") };
var BEST_ANCHORS = 30;
var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
var clamped = (value, most) => Math.min(most, Math.max(0, value));
function render({ model, el, life }) {
  const { signal } = life, { tell } = new Turns(model);
  const sent = readSent(model), page = layOut(sent, model.get("view"), { tell, signal });
  el.append(page.root);
  const now = { image: null, hovered: null };
  function update() {
    const view = model.get("view"), point = now.hovered ?? model.get("point"), thresholds = { nms_threshold: model.get("nms_threshold"), score_threshold: model.get("score_threshold") }, found = boxesShown(sent, view, point, thresholds);
    write(page, sent, { view, point, thresholds, found });
    if (now.image) page.picture.draw(now.image, found);
    announce.request();
  }
  const frame = frameScheduler(update);
  const hover = (point) => {
    now.hovered = point;
    frame.request();
  };
  const announce = whenQuiet(() => setText(page.spoken, page.summary.textContent), 700);
  listenToPointer(page.picture, model, { signal, tell, hover });
  listenToKeys(page.picture.canvas, model, sent, { signal, tell });
  life.on([...Object.keys(SLIDERS), "view", "point"], frame.request);
  decodePicture(bytesOf(model.get("picture")), sent.size).then((decoded) => {
    if (signal.aborted) return;
    now.image = decoded;
    frame.request();
  });
  update();
  life.also(frame, announce);
}
function readSent(model) {
  const candidates = Object.entries(model.get("candidates")).map(([view, { boxes, scores, labels }]) => [
    view,
    { boxes: floatsOf(boxes), scores: floatsOf(scores), labels: new Int32Array(bytesOf(labels).buffer) }
  ]);
  return {
    size: model.get("size"),
    candidates: Object.fromEntries(candidates),
    objectness: floatsOf(model.get("objectness")),
    levels: model.get("levels"),
    ratios: model.get("ratios"),
    names: model.get("names"),
    colors: model.get("colors")
  };
}
function boxesShown(sent, view, point, { nms_threshold, score_threshold }) {
  const { levels, ratios, objectness } = sent;
  const scored = ({ box, anchor }) => ({ box, score: objectness[anchor], label: -1 });
  if (view === "anchors") {
    if (point) return anchorsAt(levels, ratios, point).map(scored);
    const best = Array.from(objectness.keys()).sort((a, b) => objectness[b] - objectness[a] || a - b).slice(0, BEST_ANCHORS);
    return best.map((anchor) => scored({ box: boxOf(sent, anchor), anchor }));
  }
  const { boxes, scores, labels } = sent.candidates[view];
  return suppressed(boxes, scores, labels, nms_threshold, score_threshold).map((n) => ({
    box: boxes.subarray(4 * n, 4 * n + 4),
    score: scores[n],
    label: view === "found" ? labels[n] : -1
  }));
}
function boxOf({ levels, ratios }, anchor) {
  const level = levels.findLast(({ first }) => first <= anchor), cell = Math.floor((anchor - level.first) / ratios.length);
  const column = cell % level.cells[1], row = Math.floor(cell / level.cells[1]);
  const point = [(column + 0.5) * level.stride[0], (row + 0.5) * level.stride[1]];
  return anchorsAt([level], ratios, point)[(anchor - level.first) % ratios.length].box;
}
function layOut(sent, view, { tell, signal }) {
  const picture = new BoxPicture(sent, signal);
  const sliders = Object.fromEntries(
    Object.entries(SLIDERS).map(([name, { label, hint }]) => [
      name,
      slider({ label: tr(label), hint: tr(hint), signal, onInput: (value) => tell({ [name]: value }) })
    ])
  );
  const views = choice({
    legend: tr("Show"),
    selected: view,
    choices: Object.fromEntries(Object.entries(VIEWS).map(([name, text]) => [name, tr(text)])),
    signal,
    onChange: (chosen) => tell({ view: chosen })
  });
  const summary = element("p", { class: "segtutor-summary" }), detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const root = element(
    "div",
    { class: "segtutor-widget" },
    element("div", { class: "segtutor-left" }, picture.canvas, detail, views),
    element("div", { class: "segtutor-right" }, ...Object.values(sliders).map((one) => one.node), summary),
    spoken
  );
  return { root, picture, sliders, views, summary, detail, spoken };
}
var BoxPicture = class {
  constructor({ size: [H, W], colors }, signal) {
    this.size = /** @type {[number, number]} */
    [H, W];
    this.colors = colors;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    const [width, height] = [W * this.scale, H * this.scale];
    this.canvas = ownKeys(
      element("canvas", { width, height, role: "img", class: "segtutor-canvas", tabindex: 0 }),
      signal
    );
    this.canvas.style.width = `${width}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(width, height);
    this.out = new Uint32Array(this.pixels.data.buffer);
  }
  /** @param {Box[]} found best first; the best one is drawn last, on top */
  draw(image, found) {
    const { context, scale, colors } = this;
    paintPicture(this.out, scale, this.size, image);
    context.putImageData(this.pixels, 0, 0);
    for (const { box, label } of found.toReversed()) {
      const [x, y, w, h] = [box[0] * scale, box[1] * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale];
      context.lineWidth = 4;
      context.strokeStyle = "rgba(0, 0, 0, 0.75)";
      context.strokeRect(x, y, w, h);
      context.lineWidth = 2;
      context.strokeStyle = label < 0 ? "#fff" : `rgb(${colors[label].join()})`;
      context.strokeRect(x, y, w, h);
    }
  }
  /** Where a pointer is, in pixels of the picture, or null. */
  at({ clientX, clientY }) {
    const [H, W] = this.size, box = this.canvas.getBoundingClientRect();
    const x = (clientX - box.left) / box.width * W, y = (clientY - box.top) / box.height * H;
    return x < 0 || y < 0 || x > W || y > H ? null : [x, y];
  }
};
function write(page, sent, { view, point, thresholds, found }) {
  check(page.views, view);
  const n = found.length, text = view === "anchors" ? tr("{n} of {total} anchors", { n, total: sent.objectness.length }) : tr("{n} of {total} boxes stay", { n, total: sent.candidates[view].scores.length });
  for (const [name, { show }] of Object.entries(page.sliders)) show(thresholds[name], text);
  setText(page.summary, text);
  const words = counted(found, (label) => label < 0 ? tr(VIEWS[view]) : tr(sent.names[label]));
  page.picture.canvas.setAttribute("aria-label", tr("The picture with boxes: {boxes}.", { boxes: words }));
  const shares = () => found.map(({ score }) => `${Math.round(100 * score)} %`).join(", ");
  setText(
    page.detail,
    view !== "anchors" ? words : point ? tr("Probability of a thing: {shares}", { shares: shares() }) : tr("The most probable anchors. Point at a cell, or press an arrow key, to see its own; click to hold it.")
  );
}
function counted(found, nameOf) {
  const counts = /* @__PURE__ */ new Map();
  for (const { label } of found) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, n]) => tr("{n} {name}", { n, name: nameOf(label) })).join(", ") || tr("none");
}
function listenToPointer(picture, model, { signal, tell, hover }) {
  const anchors = () => model.get("view") === "anchors", { canvas } = picture;
  canvas.addEventListener("pointermove", (event) => anchors() && hover(picture.at(event)), { signal });
  canvas.addEventListener("pointerleave", () => hover(null), { signal });
  const click = (event) => {
    if (!anchors()) return;
    hover(null);
    tell({ point: model.get("point") ? null : picture.at(event) });
  };
  canvas.addEventListener("click", click, { signal });
}
function listenToKeys(canvas, model, { size: [H, W], levels }, { signal, tell }) {
  const press = (event) => {
    const step = ARROWS[event.key];
    if (model.get("view") !== "anchors" || !step && event.key !== "Escape") return;
    event.preventDefault();
    const [x, y] = model.get("point") ?? [W / 2, H / 2], [across, down] = levels[0].stride;
    tell({ point: step ? [clamped(x + step[0] * across, W), clamped(y + step[1] * down, H)] : null });
  };
  canvas.addEventListener("keydown", press, { signal });
}
var explorer_default = { render: living(render) };
export {
  explorer_default as default
};
