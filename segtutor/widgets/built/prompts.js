/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 a388228c32c89b44ca24cbcaa6227b95544a5505af18fec37e538b87d96a0e96 of
   segtutor/widgets/prompts/canvas.js
   segtutor/widgets/prompts/classes.js
   segtutor/widgets/prompts/field.js
   segtutor/widgets/prompts/learning.js
   segtutor/widgets/prompts/paint.js
   segtutor/widgets/prompts/painting.js
   segtutor/widgets/prompts/strokes.js
   segtutor/widgets/prompts/tools.js
   segtutor/widgets/prompts/upload.js
   segtutor/widgets/prompts/words.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/edit.js
   segtutor/widgets/shared/hand.js
   segtutor/widgets/shared/history.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/marks.js
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
function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}
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

// segtutor/widgets/shared/marks.js
function strokeRimmed(context, zoom, width, color = "#fff") {
  for (
    const [style, more] of
    /** @type {[string, number][]} */
    [
      ["rgba(0, 0, 0, 0.85)", 3],
      [color, 0]
    ]
  ) {
    context.strokeStyle = style;
    context.lineWidth = (width + more) * zoom;
    context.stroke();
  }
}
function drawBox(context, { scale, zoom }, { x0, y0, x1, y1 }, { color = "#fff", dashed = false } = {}) {
  context.beginPath();
  context.rect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
  context.setLineDash(dashed ? [6 * zoom, 4 * zoom] : []);
  strokeRimmed(context, zoom, 2, color);
  context.setLineDash([]);
}
function drawRing(context, { scale, zoom }, { at, width }, color = "#fff") {
  context.beginPath();
  context.arc(at[0] * scale, at[1] * scale, Math.max(2 * zoom, width / 2 * scale), 0, 2 * Math.PI);
  strokeRimmed(context, zoom, 1.5, color);
}
function drawCross(context, { scale, zoom }, at) {
  const [x, y] = [at[0] * scale, at[1] * scale], far = 16 * zoom, gap = 4 * zoom;
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
  strokeRimmed(context, zoom, 2);
}
var boxOf = ({ from, to }) => ({
  x0: Math.min(from[0], to[0]),
  y0: Math.min(from[1], to[1]),
  x1: Math.max(from[0], to[0]),
  y1: Math.max(from[1], to[1])
});

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

// segtutor/widgets/prompts/words.js
var HINTS = {
  scribble: trLater("Draw over some of what belongs to the class; the rest is for the model to find."),
  point: trLater("A click labels the few pixels around it."),
  box: trLater("A box paints nothing: its class is then looked for inside its boxes alone."),
  eraser: trLater("Takes off what it covers, and points and boxes that it touches.")
};
var percent = (share) => `${(100 * share).toFixed(1)} %`;
function paintedInWords(labels, classes, { scribbles, points, boxes }) {
  const pixels = new Array(classes.length).fill(0);
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) pixels[labels[i]]++;
  const painted = classes.flatMap(
    ({ name }, k) => pixels[k] ? [`${name} ${percent(pixels[k] / labels.length)}`] : []
  ), counts = [
    trCount("{n} stroke", "{n} strokes", scribbles.length),
    trCount("{n} point", "{n} points", points.length),
    trCount("{n} box", "{n} boxes", boxes.length)
  ].join(", ");
  return painted.length ? tr("Painted: {classes}; {counts}.", { classes: painted.join(", "), counts }) : tr("Nothing painted yet; {counts}.", { counts });
}
var groundInWords = (isPicture) => isPicture ? tr("The picture under what is painted.") : tr("The model's answer under what is painted.");
function placeInWords([x, y], name, penDown) {
  const values = { x, y, what: name ?? tr("unpainted") };
  return penDown ? tr("Column {x}, row {y}: {what}, pen down.", values) : tr("Column {x}, row {y}: {what}.", values);
}
function trainingInWords(progress, score) {
  const { state, step, seconds, loss, said } = progress;
  if (state === "running")
    return step ? tr("Step {step}, loss {loss}.", { step, loss: loss.toFixed(2) }) : tr("Reading the picture …");
  if (state === "failed") return said;
  if (state !== "done" && state !== "stopped") return tr("Paint a few strokes of at least two classes.");
  const values = { step, seconds: seconds.toFixed(1) };
  const done = state === "stopped" ? tr(
    "Stopped after {step} steps in {seconds} s; pale where the model is unsure: paint there, and learn again.",
    values
  ) : tr(
    "Done after {step} steps in {seconds} s; pale where the model is unsure: paint there, and learn again.",
    values
  );
  if (score.miou === void 0) return done;
  const scored = tr("Where nobody painted: mIoU {miou}; the class of the nearest painted colour has {nearest}.", {
    miou: percent(score.miou),
    nearest: percent(score.nearest_colour)
  });
  return `${done} ${scored}`;
}

// segtutor/widgets/prompts/learning.js
var LearningPanel = class {
  /** acts: onKind, onSeconds, onLearn, onStop, onView; signal; kernel: false where nobody answers */
  constructor({ onKind, onSeconds, onLearn, onStop, onView, signal, kernel }) {
    this.kinds = choice({
      legend: tr("Classify"),
      selected: "pixel",
      signal,
      onChange: onKind,
      choices: { pixel: tr("pixels"), mask: tr("masks") }
    });
    this.seconds = slider({
      label: tr("Seconds"),
      hint: tr("of training, from nothing, on this picture alone"),
      min: 1,
      max: 20,
      step: 1,
      signal,
      onInput: onSeconds,
      write: (value) => String(Math.round(value))
    });
    this.learn = button(tr("Learn from what is painted"), onLearn, signal);
    this.stop = button(tr("Stop"), onStop, signal);
    this.bar = element("progress", { max: 1, value: 0, "aria-label": tr("Training"), class: "segtutor-progress" });
    this.said = element("p", { class: "segtutor-say" });
    this.views = choice({
      legend: tr("Show"),
      selected: "picture",
      signal,
      onChange: onView,
      choices: { picture: tr("picture"), answer: tr("answer") }
    });
    const parts = kernel === false ? [withoutKernel()] : this._parts();
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("Learning") },
      ...parts,
      this.views
    );
  }
  _parts() {
    const buttons = element("div", { class: "segtutor-buttons" }, this.learn, this.stop);
    return [this.kinds, this.seconds.node, buttons, this.bar, this.said];
  }
  show({ kind, seconds, progress, score, view, hasAnswer }) {
    check(this.kinds, kind);
    check(this.views, view);
    this.seconds.show(seconds, tr("seconds of training"));
    this._switchButtons(progress.state === "running");
    this.bar.value = progress.done ?? 0;
    this.views.hidden = !hasAnswer;
    setText(this.said, trainingInWords(progress, score));
  }
  /** Learn or Stop; the focus goes from the one that is hidden to the other. */
  _switchButtons(running) {
    const focused = document.activeElement;
    this.stop.hidden = !running;
    this.learn.hidden = running;
    if (focused === this.learn && running) this.stop.focus();
    if (focused === this.stop && !running) this.learn.focus();
    this.bar.hidden = !running;
  }
};
var withoutKernel = () => element(
  "p",
  { class: "segtutor-say" },
  tr("Learning from what is painted needs a running notebook; painting works here, too.")
);

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
function drawMarks(context, view, { points, boxes, draft, brush, cross, active }, colors) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const css = (label) => `rgb(${colors[label].join(", ")})`;
  const drawOne = (box, dashed) => {
    drawBox(context, view, box, { color: css(box.label), dashed });
    drawNumber(context, view, { x: box.x0, y: box.y0, label: box.label }, css(box.label));
  };
  for (const box of boxes) drawOne(box, false);
  if (draft) drawOne(draft, true);
  for (const point of points) drawNumber(context, view, point, css(point.label));
  if (brush) drawRing(context, view, brush, active === null ? "#fff" : css(active));
  if (cross) drawCross(context, view, cross);
}
function drawNumber(context, { scale, zoom }, { x, y, label }, color) {
  const radius = 9 * zoom, { width, height } = context.canvas, cx = Math.min(width - radius, Math.max(radius, x * scale)), cy = Math.min(height - radius, Math.max(radius, y * scale));
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  context.fillStyle = "#fff";
  context.fill();
  strokeRimmed(context, zoom, 2, color);
  context.fillStyle = "#000";
  context.font = `700 ${12 * zoom}px system-ui, sans-serif`;
  [context.textAlign, context.textBaseline] = ["center", "middle"];
  context.fillText(String(label + 1), cx, cy + 0.5 * zoom);
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

// segtutor/widgets/prompts/painting.js
var Painting = class {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.painter = new PromptPainter(canvas);
    this.size = [0, 0];
    this.labels = null;
    this.stale = true;
    this.ground = "";
    this.places = [];
  }
  get scale() {
    return this.painter.scale;
  }
  /** Another picture is on its way: what was painted is not for it. */
  leave() {
    this.labels = null;
  }
  /** The picture has come. @param {[number, number]} size H, W @param {any} image RGBA */
  take(size, image) {
    this.painter.take(size, image);
    this.size = size;
    [this.stale, this.ground, this.places] = [true, "", []];
  }
  /** A piece of a stroke, at once: its pixels are few, and the next frame shows them. */
  add(places, width, label, colors) {
    this.painter.paint(this.labels, colors, paintStroke(this.labels, this.size, places, width, label));
  }
  /**
   * Paints what has changed, and says whether anything had.
   *
   * @param {Answer | null} answer null: the picture is shown
   * @param {{scribbles: any[], points: any[]}} prompts
   * @param {Record<string, any> | null} draft a stroke under way
   * @param {number[][]} colors of the classes
   */
  show(answer, prompts, draft, colors) {
    const wanted = answer ? answer.sent : "picture";
    if (wanted === this.ground && !this.stale) return false;
    if (wanted !== this.ground) this._lay(answer);
    this.ground = wanted;
    if (this.stale) {
      this.labels = paintPrompts(this.size, prompts.scribbles, prompts.points);
      if (draft?.places) paintStroke(this.labels, this.size, draft.places, draft.width, draft.label);
      this.stale = false;
    }
    this.painter.paint(this.labels, colors, null);
    return true;
  }
  _lay(answer) {
    this.places = [];
    if (!answer) {
      this.painter.groundPicture();
      return;
    }
    const { ids, sure, colors } = answer.read();
    this.painter.groundAnswer(ids, sure, colors);
    this.places = labelPlaces(
      /** @type {any} */
      ids,
      this.size,
      colors.length
    );
  }
  /** The class that is painted at a place, -1 where nothing is. */
  labelAt([x, y]) {
    return this.labels ? this.labels[y * this.size[1] + x] : -1;
  }
};

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

// segtutor/widgets/prompts/strokes.js
var Strokes = class {
  /**
   * @param {{get: (trait: string) => any, tell: (changes: Record<string, any>) => void, prompts: () => any,
   *   painting: Record<string, any>, colors: () => number[][]}} page
   */
  constructor({ get, tell, prompts, painting, colors }) {
    this.get = get;
    this.tell = tell;
    this.prompts = prompts;
    this.painting = painting;
    this.colors = colors;
    this.draft = null;
  }
  _inside([x, y]) {
    const [H, W] = this.get("size");
    return [kept(x, W), kept(y, H)];
  }
  /** @returns {"" | "done"} "done": nothing is under way, as after a point */
  down(at) {
    const { get, painting } = this, place = this._inside(at), tool = get("tool"), label = get("label");
    if (tool === "point") {
      this.tell({ points: [...get("points"), { x: place[0], y: place[1], label }] });
      return "done";
    }
    if (tool === "box") this.draft = { tool, label, from: place, to: place };
    else {
      const painted = tool === "eraser" ? -1 : label, width = get("brush");
      this.draft = { tool, label: painted, width, places: [place] };
      painting.add([place], width, painted, this.colors());
    }
    return "";
  }
  move(at) {
    const { draft } = this;
    if (!draft) return;
    const place = this._inside(at);
    if (draft.tool === "box") draft.to = place;
    else if (addPlace(draft.places, place, draft.width))
      this.painting.add(draft.places.slice(-2), draft.width, draft.label, this.colors());
  }
  up(at) {
    if (!this.draft) return;
    this.move(at);
    const { tool, label, from, to, width, places } = this.draft, { get } = this;
    this.cancel();
    if (tool === "box") {
      const box = boxBetween(from, to, label);
      if (box) this.tell({ boxes: [...get("boxes"), box] });
    } else if (tool === "eraser") this.tell(erase(this.prompts(), places, width));
    else this.tell({ scribbles: [...get("scribbles"), { label, width, points: places }] });
  }
  /** Gives up what is under way. */
  cancel() {
    this.draft = null;
    this.painting.stale = true;
  }
};

// segtutor/widgets/prompts/field.js
function field(label, attributes, onDone, signal) {
  const node = ownKeys(
    element("input", { type: "text", "aria-label": label, class: "segtutor-field", ...attributes }),
    signal
  );
  node.addEventListener("change", () => onDone(node.value), { signal });
  return node;
}

// segtutor/widgets/prompts/classes.js
var ClassRows = class {
  /** acts: onLabel(label), onName(label, name); signal */
  constructor(acts) {
    this.acts = acts;
    this.shown = "";
    this.node = element("div", {
      class: "segtutor-classes",
      role: "radiogroup",
      "aria-label": tr("Class in hand, keys 1 to 9")
    });
  }
  /** @param {{name: string, color: number[]}[]} classes @param {number} label of the class in hand */
  show(classes, label) {
    const key = JSON.stringify(classes);
    if (key !== this.shown) this._arrange(classes);
    this.shown = key;
    [...this.node.querySelectorAll("input[type=radio]")].forEach((input, n) => input.checked = n === label);
  }
  /** Rows that are there stay, so that a click that begins on one ends on it, though a name was told in between. */
  _arrange(classes) {
    const { node } = this;
    if (node.children.length === classes.length) {
      classes.forEach((one, label) => this._rename(node.children[label], one, label));
      return;
    }
    const group = newId(), had = [...node.querySelectorAll("input")].indexOf(document.activeElement);
    node.replaceChildren(...classes.map((one, label) => this._row(group, one, label)));
    node.querySelectorAll("input")[had]?.focus();
  }
  _row(group, { name, color }, label) {
    const { signal, onLabel, onName } = this.acts;
    const input = ownKeys(
      element("input", { type: "radio", name: group, "aria-label": tr("Class {n}: {name}", { n: label + 1, name }) }),
      signal
    );
    input.addEventListener("change", () => onLabel(label), { signal });
    return element(
      "div",
      { class: "segtutor-class-row" },
      element("label", {}, input, classSwatch(label, color), element("b", {}, String(label + 1))),
      field(
        tr("Name of class {n}", { n: label + 1 }),
        { value: name, maxlength: 40 },
        (value) => onName(label, value),
        signal
      )
    );
  }
  _rename(row, { name, color }, label) {
    const [input, called] = row.querySelectorAll("input"), fresh = classSwatch(label, color);
    input.setAttribute("aria-label", tr("Class {n}: {name}", { n: label + 1, name }));
    if (called !== document.activeElement) called.value = name;
    if (!input.nextSibling.isEqualNode(fresh)) input.nextSibling.replaceWith(fresh);
  }
};

// segtutor/widgets/prompts/tools.js
var MOST_CLASSES = 24;
var PromptTools = class {
  /** acts: onTool, onLabel, onName(label, name), onAdd(name), onBrush, onUndo, onRedo, onClear, onText, onFile; signal */
  constructor(acts) {
    this.acts = acts;
    this._makeTools();
    this.rows = new ClassRows(acts);
    this._makeNewClass();
    this._makeHistory();
    this._makeUpload();
    this.text = field(
      tr("Text prompt"),
      { placeholder: tr("text prompt: kept; a canvas with model= reads it"), maxlength: 400 },
      acts.onText,
      acts.signal
    );
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      element("div", {}, this.rows.node, element("div", { class: "segtutor-buttons" }, this.fresh, this.add)),
      this.brush.node,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear, this.upload, this.file),
      this.text,
      this.refused
    );
  }
  /** What is in hand: the tool and how wide it paints. */
  _makeTools() {
    const { signal, onTool, onBrush } = this.acts;
    this.tools = choice({
      legend: tr("Tool"),
      selected: "scribble",
      signal,
      onChange: onTool,
      choices: { scribble: tr("scribble"), point: tr("point"), box: tr("box"), eraser: tr("eraser") }
    });
    this.hint = element("small", { class: "segtutor-hint" });
    this.brush = slider({
      label: tr("Brush"),
      hint: tr("width in pixels of the picture; keys [ and ]"),
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: onBrush,
      write: (value) => String(Math.round(value))
    });
  }
  _makeNewClass() {
    const { signal, onAdd } = this.acts;
    const attributes = { placeholder: tr("another class"), maxlength: 40 };
    this.fresh = field(tr("Name of a new class"), attributes, () => {
    }, signal);
    const add = () => {
      if (this.fresh.value.trim()) onAdd(this.fresh.value.trim());
      this.fresh.value = "";
    };
    this.fresh.addEventListener("keydown", (event) => event.key === "Enter" && add(), { signal });
    this.add = button(tr("Add"), add, signal, { "aria-label": tr("Add the class") });
  }
  _makeHistory() {
    const { signal, onUndo, onRedo, onClear } = this.acts;
    this.undo = button(tr("Undo"), onUndo, signal, { title: tr("Ctrl + Z on the picture") });
    this.redo = button(tr("Redo"), onRedo, signal, { title: tr("Ctrl + Y on the picture") });
    this.clear = button(tr("Clear"), onClear, signal);
  }
  /** A file of the learner's; the button stands for the browser's own control, which cannot be styled. */
  _makeUpload() {
    const { signal, onFile } = this.acts;
    this.file = ownKeys(
      element("input", { type: "file", accept: "image/*", hidden: true, "aria-label": tr("A picture of yours") }),
      signal
    );
    this.file.addEventListener(
      "change",
      () => {
        if (this.file.files[0]) onFile(this.file.files[0]);
        this.file.value = "";
      },
      { signal }
    );
    this.upload = button(tr("Choose a picture …"), () => this.file.click(), signal);
  }
  show({ tool, label, classes, brush, text, refused, undo, redo, any }) {
    check(this.tools, tool);
    setText(this.hint, tr(HINTS[tool]));
    this.rows.show(classes, label);
    this.brush.show(brush, tr("pixels of the picture"));
    this.brush.input.disabled = tool !== "scribble" && tool !== "eraser";
    this.fresh.parentNode.hidden = classes.length >= MOST_CLASSES;
    [this.undo.disabled, this.redo.disabled, this.clear.disabled] = [!undo, !redo, !any];
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    setText(this.refused, refused);
    this.refused.hidden = !refused;
  }
};

// segtutor/widgets/prompts/upload.js
var MOST_PIXELS = 5e7;
async function pictureFromFile(file, { model, get, tell, signal }) {
  const most = get("upload_bytes"), size = `${(file.size / 1e6).toFixed(1)} MB`;
  if (file.size > most || !file.size) {
    return tell({
      refused: tr("{file} has {size}, and at most {most} MB can be taken: make it smaller.", {
        file: file.name || tr("The file"),
        size,
        most: (most / 1e6).toFixed(0)
      })
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
      refused: tr("{file} is no picture that this browser can open: save it as JPEG or PNG.", {
        file: file.name || tr("The file")
      })
    });
  }
}

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
var KEYS = { s: "scribble", p: "point", b: "box", e: "eraser" };
var PromptView = class {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.get = (name) => model.get(name);
    this.tell = this.tell.bind(this);
    this.history = new History(this._prompts());
    this.seen = [];
    this.hover = null;
    this.cross = null;
    this.spokenCross = false;
    this.taken = null;
    this.loading = false;
    this.zoom = 1;
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 600);
    this._makeSheet();
    this._makePanels();
    this._makePage(el);
    this._watchSize(life);
    life.on([...PROMPTS, ...OTHERS], this.frame.request);
    life.on("picture", () => queueMicrotask(() => this._load()));
    this._update();
    this._load();
    life.also(this.frame, this.announce);
  }
  _prompts() {
    const { get } = this;
    return { points: get("points"), boxes: get("boxes"), scribbles: get("scribbles"), text: get("text") };
  }
  _colors() {
    return this.get("classes").map(({ color }) => color);
  }
  // ---- the page
  /** What one paints on: the picture, and the marks above it. */
  _makeSheet() {
    const { get, tell, signal } = this;
    this.canvas = element("canvas", { role: "img", class: "segtutor-canvas" });
    this.marks = element("canvas", { class: "segtutor-marks", "aria-hidden": "true" });
    this.painting = new Painting(this.canvas);
    this.strokes = new Strokes({
      get,
      tell,
      prompts: () => this._prompts(),
      painting: this.painting,
      colors: () => this._colors()
    });
    this.sheet = painterHand([this.canvas, this.marks], {
      size: () => get("size"),
      signal,
      label: tr(
        "Painting: arrow keys move the cross, Enter puts the pen down and lifts it, 1 to 9 choose a class, S P B E a tool"
      ),
      onDown: (at) => this._down(at),
      onMove: (at) => this._move(at),
      onUp: (at) => this._up(at),
      onCancel: () => this._cancel(),
      onHover: (at) => {
        this.hover = at;
        this.frame.request();
      },
      onCross: (at) => {
        [this.cross, this.hover, this.spokenCross] = [at, at, Boolean(at)];
        this.frame.request();
      },
      onKey: (event) => this._key(event)
    });
  }
  _makePanels() {
    const { model, tell, signal, get } = this;
    this.tools = new PromptTools({
      signal,
      onTool: (tool) => tell({ tool }),
      onLabel: (label) => tell({ label }),
      onBrush: (brush) => tell({ brush }),
      onName: (label, name) => this._rename(label, name.trim()),
      onAdd: (name) => this._addClass(name),
      onUndo: () => this._undo(),
      onRedo: () => this._redo(),
      onClear: () => tell({ points: [], boxes: [], scribbles: [], text: "" }),
      onText: (text) => tell({ text }),
      onFile: (file) => pictureFromFile(file, { model, get, tell, signal })
    });
    this.learning = new LearningPanel({
      signal,
      kernel: model.kernel,
      onKind: (kind) => tell({ kind }),
      onSeconds: (seconds) => tell({ seconds }),
      onLearn: () => this._learn(),
      onStop: () => model.send({ do: "stop" }),
      onView: (view) => tell({ view })
    });
  }
  _makePage(el) {
    this.summary = element("p", { class: "segtutor-detail" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    el.append(
      element(
        "div",
        { class: "segtutor-widget segtutor-painting segtutor-prompts" },
        element("div", { class: "segtutor-left" }, this.sheet, this.summary),
        element("div", { class: "segtutor-right" }, this.tools.node, this.learning.node),
        this.spoken
      )
    );
  }
  _watchSize(life) {
    const resized = new ResizeObserver(([{ contentRect }]) => {
      this.zoom = zoomOf(this.canvas, contentRect.width, 0.5);
      this.frame.request();
    });
    resized.observe(this.canvas);
    life.also(resized);
  }
  // ---- what the learner does
  tell(changes) {
    this.turns.tell(changes);
    this.frame.request();
  }
  _rename(label, name) {
    if (name) this.tell({ classes: this.get("classes").map((one, n) => n === label ? { ...one, name } : one) });
  }
  /** A new class is in hand at once. */
  _addClass(name) {
    const classes = this.get("classes"), palette = this.get("palette"), id = 1 + Math.max(...classes.map((one) => one.id));
    const fresh = { id, name, isthing: false, color: palette[classes.length % palette.length] };
    this.tell({ classes: [...classes, fresh], label: classes.length });
  }
  /** With what is on the page: a message may overtake a stroke that the notebook still holds back. */
  _learn() {
    const names = [...PROMPTS, "classes", "kind", "seconds"];
    this.model.send({ do: "learn", from: Object.fromEntries(names.map((name) => [name, this.get(name)])) });
  }
  _undo() {
    this.history.push(this._prompts());
    this._go(this.history.undo());
  }
  _redo() {
    this.history.push(this._prompts());
    this._go(this.history.redo());
  }
  /** To a state of the history, where there is one. */
  _go(state) {
    if (state) this.tell(Object.fromEntries(PROMPTS.map((name) => [name, state[name]])));
  }
  // ---- pen and keys on the picture
  _down(at) {
    if (!this.painting.labels) return "done";
    const done = this.strokes.down(at);
    if (!done) this.hover = at;
    this.frame.request();
    return done;
  }
  _move(at) {
    if (!this.strokes.draft) return;
    this.hover = at;
    this.strokes.move(at);
    this.frame.request();
  }
  _up(at) {
    if (!this.strokes.draft) return;
    this.hover = at;
    this.strokes.up(at);
    this.frame.request();
  }
  _cancel() {
    this.strokes.cancel();
    this.frame.request();
  }
  /** @returns {boolean} whether the key was meant for the picture */
  _key(event) {
    const { get } = this, control = event.ctrlKey || event.metaKey, name = event.key.toLowerCase();
    if (control && (name === "y" || name === "z" && event.shiftKey)) this._redo();
    else if (control && name === "z") this._undo();
    else if (control) return false;
    else if (/^[1-9]$/.test(name) && Number(name) <= get("classes").length) this.tell({ label: Number(name) - 1 });
    else if (name === "[" || name === "]")
      this.tell({ brush: Math.min(60, Math.max(1, get("brush") + (name === "]" ? 2 : -2))) });
    else if (Object.hasOwn(KEYS, name)) this.tell({ tool: KEYS[name] });
    else return false;
    return true;
  }
  // ---- one frame
  _update() {
    const now = this._prompts(), hasAnswer = this.get("answer").byteLength > 0;
    this._notice(now);
    this._showPanels(now, hasAnswer);
    if (!this.taken || this.loading) return;
    const answer = hasAnswer && this.get("view") === "answer" ? this._answer() : null;
    if (this.painting.show(answer, now, this.strokes.draft, this._colors())) this._write(now);
    this._mark(now);
    this._nameSegments();
    if (this.spokenCross || !this.strokes.draft) this.announce.request();
  }
  /** Whether prompts or classes changed since the last frame, whoever changed them. */
  _notice(now) {
    const list = [...Object.values(now), this.get("classes")];
    if (this.seen.length && list.every((one, n) => one === this.seen[n])) return;
    this.seen = list;
    this.painting.stale = true;
    this.history.push(now);
  }
  _showPanels(now, hasAnswer) {
    const { get, history } = this;
    const traits = (...names) => Object.fromEntries(names.map((name) => [name, get(name)]));
    this.tools.show({
      .../** @type {any} */
      traits("tool", "label", "classes", "brush", "text", "refused"),
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length
    });
    this.learning.show({
      .../** @type {any} */
      traits("kind", "seconds", "progress", "score", "view"),
      hasAnswer
    });
  }
  /** What painting.js takes as an answer. */
  _answer() {
    const { get } = this, sent = get("answer");
    return {
      sent,
      read: () => ({
        ids: bytesOf(sent),
        sure: bytesOf(get("sure")),
        colors: get("answer_segments").map(({ color }) => color)
      })
    };
  }
  /** Points, boxes, cross, and what is in hand. */
  _mark(now) {
    const { get, hover, cross, zoom, painting } = this, { draft } = this.strokes, tool = get("tool"), brushing = draft ? draft.tool !== "box" : ["scribble", "eraser"].includes(tool);
    drawMarks(
      this.marks.getContext("2d"),
      { scale: painting.scale, zoom },
      {
        points: now.points,
        boxes: now.boxes,
        cross,
        draft: draft?.tool === "box" ? { ...boxOf(
          /** @type {any} */
          draft
        ), label: draft.label } : null,
        brush: brushing && hover ? { at: hover, width: get("brush") } : null,
        active: tool === "eraser" ? null : get("label")
      },
      this._colors()
    );
  }
  /** The names of an answer's segments, whole at the edges too. */
  _nameSegments() {
    const { get, zoom, painting } = this, rim = 9 * zoom / painting.scale, lowest = get("size")[0] - rim;
    if (!painting.places.length) return;
    const places = painting.places.map((one) => one && { ...one, y: Math.min(lowest, Math.max(rim, one.y)) }), names = ["", ...get("answer_segments").map(({ name }) => name)];
    writeNames(this.marks.getContext("2d"), painting.scale, zoom, places, names);
  }
  _write(now) {
    setText(this.summary, paintedInWords(this.painting.labels, this.get("classes"), now));
    this.canvas.setAttribute(
      "aria-label",
      `${groundInWords(this.painting.ground === "picture")} ${this.summary.textContent}`
    );
  }
  _announce() {
    let here = "";
    if (this.cross && this.spokenCross) {
      const at = this.cross.map(Math.floor), label = this.painting.labelAt(at), name = label < 0 ? null : this.get("classes")[label].name;
      here = `${placeInWords(at, name, Boolean(this.strokes.draft))} `;
    }
    setText(this.spoken, `${here}${this.summary.textContent} ${this.learning.said.textContent}`);
  }
  // ---- another picture
  /** Another picture has come, with its size: nothing of the old one stays. */
  async _load() {
    const picture = this.get("picture"), size = this.get("size");
    if (picture === this.taken) return;
    [this.taken, this.loading] = [picture, true];
    this.strokes.draft = null;
    this.painting.leave();
    const image = await decodePicture(bytesOf(picture), size);
    if (this.signal.aborted || this.get("picture") !== picture) return;
    this.painting.take(size, image);
    const { width, height } = this.canvas;
    [this.marks.width, this.marks.height] = [width, height];
    this.sheet.style.setProperty("--wide", `${Math.max(width, Math.min(640, 2 * width))}px`);
    this.strokes.draft = null;
    this.loading = false;
    this.history.restart(this._prompts());
    this._update();
  }
};
var canvas_default = { render: living((context) => void new PromptView(context)) };
export {
  canvas_default as default
};
