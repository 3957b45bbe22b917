/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 af0bb4a7934f8590c00c3cedab5a51db99e0d4af15a508265a33d786c430b8c3 of
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   segtutor/widgets/training/curves.js
   segtutor/widgets/training/legend.js
   segtutor/widgets/training/plot.js
   segtutor/widgets/training/scene.js
   segtutor/widgets/training/view.js
   segtutor/widgets/training/words.js
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
  const parts2 = [];
  for (let at = FIRST_CHUNK; at + ABOUT_CHUNK <= png.length; ) {
    const length = view.getUint32(at), name = String.fromCharCode(...png.subarray(at + 4, at + ABOUT_CHUNK));
    if (name === "IDAT") parts2.push(png.subarray(at + ABOUT_CHUNK, at + ABOUT_CHUNK + length));
    at += ABOUT_CHUNK + length + CHECKSUM;
  }
  return inflate(new Blob(parts2)).then(
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

// segtutor/widgets/training/words.js
var STATES = {
  ready: trLater("No step yet"),
  running: trLater("Running"),
  paused: trLater("Paused"),
  stopped: trLater("Stopped"),
  done: trLater("Done"),
  failed: trLater("Failed")
};
var WISHES = {
  running: { pause: trLater(", pausing after this step …"), stop: trLater(", stopping after this step …") },
  paused: { run: trLater(", going on …"), stop: trLater(", stopping …") }
};
var CURVES = {
  loss: trLater("loss"),
  terms: trLater("terms"),
  "learning rate": trLater("learning rate"),
  "pixels right": trLater("pixels right")
};
var curveInWords = (name) => Object.hasOwn(CURVES, name) ? tr(CURVES[name]) : name;
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds)), two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
function summaryWords(state, asked, pace) {
  const wished = WISHES[state]?.[asked], wish = wished ? tr(wished) : "", now = tr(STATES[state]);
  if (pace.step === void 0) return `${now}${wish}`;
  const parts2 = [
    `${tr("{state} at step {step}", { state: now, step: pace.step })}${wish}`,
    tr("{share} % of the budget", { share: Math.round(100 * pace.done) })
  ];
  if (pace.images_per_second)
    parts2.push(tr("{n} pictures a second", { n: Number(pace.images_per_second.toPrecision(3)) }));
  if ((state === "running" || state === "paused") && pace.seconds_left !== null)
    parts2.push(tr("{time} left", { time: clock(pace.seconds_left) }));
  return parts2.join(", ");
}
var BUSY = trLater(
  "The kernel has not heard this yet: it is busy with a cell, and hears it when the cell ends. A training begun with view.start(...) runs beside the cells, and its buttons always work."
);
var ALONE = trLater(
  "Pause and Stop need a running notebook; the curves and the scene can be looked at without one."
);
var percent = (share) => `${(100 * share).toFixed(1)} %`;
function plotInWords(curve, step, values) {
  const name = curveInWords(curve);
  if (step === null) return tr("{curve} over the steps", { curve: name });
  return tr("{curve} over the steps; at step {step}: {values}", {
    curve: name,
    step,
    values: values.map((one) => `${one.name} ${one.value ?? tr("not said")}`).join(", ")
  });
}
var sceneInWords = ({ step, right, segments }) => tr("After step {step}: {right} of the pixels have the right class, {n} segments.", {
  step,
  right: percent(right),
  n: segments.length
});

// segtutor/widgets/training/curves.js
var COLORS = {
  light: ["#0072b2", "#c04e00", "#00795a", "#a3498a", "#5a5a5a"],
  dark: ["#6cbcf0", "#f0a030", "#3ad1a4", "#eaa8d0", "#c8c8c8"]
};
var SHADES = {
  light: [
    [90, 150, 195],
    [8, 40, 90]
  ],
  dark: [
    [85, 130, 165],
    [225, 242, 255]
  ]
};
var DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2]];
var LEFT = 46;
var RIGHT = 22;
var TOP = 8;
var BELOW = 22;
function readTable(columns, rows) {
  const wide = columns.length, count = wide ? rows.length / wide : 0;
  const column = (place) => Float32Array.from({ length: count }, (_, n) => rows[n * wide + place]);
  const steps = wide ? column(0) : new Float32Array(0);
  const find = (name, layer = 0) => columns.findIndex(([one, other]) => one === name && other === layer);
  const terms = /* @__PURE__ */ new Map();
  for (const [name, layer] of columns.slice(3)) terms.set(name, layer + 1);
  return { steps, terms, values: (name, layer) => column(find(name, layer)) };
}
function curveNames({ terms }, hasScenes) {
  const several = terms.size > 1 || [...terms.values()].some((layers) => layers > 1);
  return [
    "loss",
    ...terms.size > 1 ? ["terms"] : [],
    ...several ? terms.keys() : [],
    "learning rate",
    ...hasScenes ? ["pixels right"] : []
  ];
}
function linesOf(curve, table, scenes = []) {
  const line = (name, values, place = null) => {
    const there = [...values.keys()].filter((n) => !Number.isNaN(values[n]));
    return { name, place, steps: there.map((n) => table.steps[n]), values: there.map((n) => values[n]) };
  };
  if (curve === "pixels right") {
    return [
      {
        name: tr("share of the pixels with the right class"),
        place: null,
        steps: scenes.map(({ step }) => step),
        values: scenes.map(({ right }) => right)
      }
    ];
  }
  if (curve === "terms") return [...table.terms].map(([name, layers2]) => line(name, table.values(name, layers2 - 1)));
  const layers = table.terms.get(curve);
  if (!layers) return [line(curveInWords(curve), table.values(curve === "learning rate" ? curve : "loss", 0))];
  return Array.from(
    { length: layers },
    (_, layer) => line(
      layers === 1 ? curve : layer === layers - 1 ? tr("layer {n} (last)", { n: layer }) : tr("layer {n}", { n: layer }),
      table.values(curve, layer),
      layers === 1 ? null : layer / (layers - 1)
    )
  );
}
function smoothed(values) {
  const half = Math.max(1, Math.floor(values.length / 20)), sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return values.map((_, at) => {
    const low = Math.max(at - half, 0), high = Math.min(at + half + 1, values.length);
    return (sums[high] - sums[low]) / (high - low);
  });
}
function nearest(numbers, at) {
  let low = 0, high = numbers.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = low + high >> 1;
    if (numbers[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - numbers[low - 1] <= numbers[low] - at ? low - 1 : low;
}
function ticks(low, high, log = false) {
  if (log) {
    const all = [];
    for (let power2 = Math.floor(Math.log10(low)); power2 <= Math.ceil(Math.log10(high)); power2++) {
      for (const times of [1, 2, 5]) all.push(Number(`${times}e${power2}`));
    }
    const inside = all.filter((one) => one >= low * 0.999 && one <= high * 1.001);
    return inside.length > 6 ? inside.filter((one) => /^1e/.test(one.toExponential())) : inside;
  }
  const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= rough * 0.99) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from(
    { length: Math.floor(high / step + 1e-9) - first + 1 },
    (_, n) => Number(((first + n) * step).toPrecision(12))
  );
}
var brief = (value) => value === 0 ? "0" : Math.abs(value) < 1e-3 ? value.toExponential(1).replace(".0e", "e") : String(Number(value.toPrecision(3)));
function lineStyle({ place }, n, dark2) {
  const theme = dark2 ? "dark" : "light";
  if (place === null) return { color: COLORS[theme][n % 5], dash: DASHES[n % 5], width: 2.2 };
  const [from, to] = SHADES[theme], color = from.map((part, i) => Math.round(part + place * (to[i] - part)));
  return {
    color: `rgb(${color.join(",")})`,
    dash: place === 1 ? [] : n === 0 ? [2, 3] : DASHES[1 + (n - 1) % 3],
    width: place === 1 ? 2.6 : 1.5
  };
}
function axes(lines, { width, height, log }) {
  const values = lines.flatMap((line) => line.values).filter((value) => !log || value > 0);
  const steps = lines.flatMap(({ steps: [first], steps: all }) => all.length ? [first, all[all.length - 1]] : []);
  const [left, right] = steps.length ? [Math.min(...steps), Math.max(...steps)] : [0, 1];
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity), smallest = values.reduce((a, b) => Math.min(a, b), Infinity);
  let low = log ? smallest / 1.1 : Math.min(0, smallest), high = log ? largest * 1.1 : largest * 1.05;
  if (!values.length || !(high > low)) [low, high] = log ? [0.1, 10] : [Math.min(0, low || 0), Math.max(1, high || 1)];
  const on = (value) => log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const wide = width - LEFT - RIGHT, high_ = height - TOP - BELOW, span = right - left || 1;
  return {
    low,
    high,
    left,
    right,
    x: (step) => LEFT + (step - left) / span * wide,
    y: (value) => TOP + (1 - on(value)) * high_,
    step: (x) => left + (x - LEFT) / wide * span
  };
}
function drawCurves(context, lines, place, { width, height, log, text, dark: dark2 }) {
  context.clearRect(0, 0, width, height);
  context.font = "11px system-ui, sans-serif";
  context.strokeStyle = context.fillStyle = text;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(place.low, place.high, log)) {
    const y = Math.round(place.y(tick)) + 0.5;
    context.globalAlpha = 0.16;
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(width - RIGHT, y);
    context.stroke();
    context.globalAlpha = 1;
    context.fillText(brief(tick), LEFT - 6, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const room = Math.max(2, Math.floor((width - LEFT - RIGHT) / 60));
  const at = ticks(place.left, place.right).filter((tick) => Number.isInteger(tick)), every = Math.ceil(at.length / room);
  for (const tick of at.filter((_, n) => n % every === 0))
    context.fillText(String(tick), place.x(tick), height - BELOW + 6);
  lines.forEach((line, n) => {
    const { color, dash, width: thick } = lineStyle(line, n, dark2), many = line.values.length >= 10;
    const paths = many ? [[smoothed(line.values), thick, dash, 1]] : [[line.values, thick, dash, 1]];
    if (many && lines.length === 1) paths.unshift([line.values, 1, [], 0.5]);
    context.strokeStyle = context.fillStyle = color;
    for (const [values, lineWidth, dashes, alpha] of paths) {
      context.lineWidth = lineWidth;
      context.globalAlpha = alpha;
      context.setLineDash(dashes);
      context.beginPath();
      values.forEach((value, i) => {
        if (!log || value > 0) context.lineTo(place.x(line.steps[i]), place.y(value));
      });
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    const ends = paths[paths.length - 1][0], last = ends[ends.length - 1];
    if (!ends.length || log && last <= 0) return;
    const x = place.x(line.steps[line.steps.length - 1]), y = place.y(last);
    if (line.values.length < 3) context.fillRect(x - 3, y - 3, 6, 6);
    if (lines.length > 1) {
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.font = "600 11px system-ui, sans-serif";
      context.fillText(String(n + 1), x + 4 + (n % 2 ? 8 : 0), y);
    }
  });
}
function drawReading(context, lines, place, step, { height, log, text, dark: dark2 }) {
  const x = Math.round(place.x(step)) + 0.5;
  context.strokeStyle = text;
  context.lineWidth = 1;
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, TOP);
  context.lineTo(x, height - BELOW);
  context.stroke();
  lines.forEach((line, n) => {
    const value = line.values[nearest(line.steps, step)];
    if (value === void 0 || log && value <= 0) return;
    context.fillStyle = lineStyle(line, n, dark2).color;
    context.beginPath();
    context.arc(place.x(line.steps[nearest(line.steps, step)]), place.y(value), 3.5, 0, 2 * Math.PI);
    context.fill();
  });
}

// segtutor/widgets/training/legend.js
var Legend = class {
  constructor() {
    this.node = element("ul", {
      class: "segtutor-lines",
      "aria-label": tr("The curves and their values at the step that is looked at")
    });
    this.rows = [];
    this.drawn = "";
  }
  /** The values at a step, null for the newest. @param {(value: number) => string} write */
  show(lines, step, dark2, write) {
    this._arrange(lines, dark2);
    lines.forEach(({ steps, values }, n) => {
      const at = step === null ? values.length - 1 : nearest(steps, step);
      setText(this.rows[n], values.length ? write(values[at]) : "–");
    });
  }
  /** Rows for other lines, or in other colours. */
  _arrange(lines, dark2) {
    const key = JSON.stringify([lines.map(({ name }) => name), dark2]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.rows = lines.map(() => element("span", { class: "segtutor-number" }));
    this.node.replaceChildren(
      ...lines.map((line, n) => {
        const name = element("span", {}, lines.length > 1 ? `${n + 1}. ${line.name}` : line.name);
        return element("li", {}, sample(lineStyle(line, n, dark2)), name, this.rows[n]);
      })
    );
  }
};
function sample({ color, dash, width }) {
  const node = element("span", { "aria-hidden": "true" });
  node.innerHTML = `<svg width="34" height="10"><line x2="34" y1="5" y2="5" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash.join(" ")}"/></svg>`;
  return node;
}

// segtutor/widgets/training/plot.js
var HEIGHT = 220;
var MOVES = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
function readTheme(node) {
  const { color, backgroundColor } = getComputedStyle(node), [r, g, b] = (backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return { text: color, dark: 0.3 * r + 0.59 * g + 0.11 * b < (backgroundColor.startsWith("color(") ? 0.5 : 128) };
}
var CurvePlot = class {
  /**
   * @param {{signal: AbortSignal, onHover: (step: number | null) => void, onLook: (index: number) => void,
   *   lookedAt: () => number}} acts onHover: the step under the pointer; onLook: the position of a step that is chosen;
   *   lookedAt: the position of the one that was
   */
  constructor({ signal, onHover, onLook, lookedAt }) {
    this.canvas = element("canvas", { class: "segtutor-plot", role: "img" });
    this.behind = document.createElement("canvas");
    this.steps = new Float32Array(0);
    this.lines = [];
    this.place = null;
    this.wide = 0;
    this.node = ownKeys(
      element(
        "div",
        {
          class: "segtutor-plot-frame",
          tabindex: 0,
          role: "application",
          "aria-label": tr("Curves: left and right arrows read another step, End the newest")
        },
        this.canvas
      ),
      signal
    );
    const at = (event) => nearest(this.steps, this.place.step(event.clientX - this.canvas.getBoundingClientRect().left)), readable = () => this.place && this.steps.length > 0;
    const listen = (node, name, act) => node.addEventListener(name, act, { signal });
    listen(this.canvas, "pointermove", (event) => {
      if (readable() && event.pointerType !== "touch") onHover(this.steps[at(event)]);
    });
    listen(this.canvas, "pointerleave", () => onHover(null));
    listen(this.canvas, "click", (event) => readable() && onLook(at(event)));
    listen(this.node, "keydown", (event) => this._key(event, onLook, lookedAt));
  }
  /** Arrows walk from step to step, with Shift ten at a time. */
  _key(event, onLook, lookedAt) {
    const move = MOVES[event.key];
    if (move === void 0 || event.altKey || event.ctrlKey || event.metaKey || !this.steps.length) return;
    onLook(Math.min(this.steps.length - 1, Math.max(0, lookedAt() + move * (event.shiftKey ? 10 : 1))));
    event.preventDefault();
  }
  /** Other lines, another axis or other colours. @param {{log: boolean, text: string, dark: boolean}} look */
  arrange(steps, lines, look) {
    [this.steps, this.lines] = [steps, lines];
    if (!this.wide) return;
    const ratio = window.devicePixelRatio || 1, [width, height] = [Math.round(this.wide * ratio), Math.round(HEIGHT * ratio)];
    for (const one of [this.canvas, this.behind]) if (one.width !== width) [one.width, one.height] = [width, height];
    const size = { width: this.wide, height: HEIGHT };
    this.place = axes(lines, { ...size, log: look.log });
    const under = this.behind.getContext("2d");
    under.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawCurves(under, lines, this.place, { ...size, ...look });
  }
  /** The curves, with the step at a position read from them; -1: none. @param {{log: boolean, text: string, dark: boolean}} look */
  draw(index, look) {
    if (!this.place) return;
    const top = this.canvas.getContext("2d"), ratio = this.canvas.width / this.wide;
    top.setTransform(1, 0, 0, 1, 0, 0);
    top.clearRect(0, 0, this.canvas.width, this.canvas.height);
    top.drawImage(this.behind, 0, 0);
    top.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (index >= 0) drawReading(top, this.lines, this.place, this.steps[index], { height: HEIGHT, ...look });
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
function paintPicture(out, scale, [H, W], image) {
  makeRoom(H * W);
  for (let i = 0; i < light.length; i++) light[i] = rgb(image[4 * i], image[4 * i + 1], image[4 * i + 2]);
  enlarge(out, scale, H, W, light, light);
}
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

// segtutor/widgets/training/scene.js
var ScenePane = class {
  /** @param {{model: any, signal: AbortSignal, onChange: () => void}} view onChange: it can be drawn, or shall be otherwise */
  constructor({ model, signal, onChange }) {
    this.model = model;
    this.signal = signal;
    this.onChange = onChange;
    this.image = null;
    this.maps = /* @__PURE__ */ new Map();
    this.era = 0;
    this.painted = "";
    this.view = "prediction";
    this.zoom = 1;
    this.canvas = element("canvas", { width: 256, height: 16, role: "img", class: "segtutor-canvas", hidden: true });
    this.context = this.canvas.getContext("2d");
    this.detail = element("p", { class: "segtutor-detail" });
    this.views = choice({
      legend: tr("Show"),
      selected: this.view,
      signal,
      choices: { prediction: tr("prediction"), truth: tr("truth"), picture: tr("picture") },
      onChange: (view) => {
        this.view = view;
        onChange();
      }
    });
    this.node = element("div", { class: "segtutor-left" }, this.canvas, this.detail, this.views);
  }
  /** Predictions that have come are decoded at once, so that looking back finds them there. */
  async take() {
    const { model, maps } = this, scenes = model.get("scenes"), steps = new Set(scenes.map(({ step }) => step));
    for (const step of maps.keys()) if (!steps.has(step)) maps.delete(step);
    if (!scenes.length) [this.image, this.painted, this.era] = [null, "", this.era + 1];
    const { era } = this, over = () => this.signal.aborted || this.era !== era;
    if (scenes.length && !this.image) {
      const image = await decodePicture(bytesOf(model.get("picture")), model.get("size"));
      if (over()) return;
      this._takeImage(image);
    }
    for (const { step, ids } of scenes) {
      if (maps.has(step)) continue;
      maps.set(step, null);
      const rgba = await decodePicture(bytesOf(ids), model.get("size"));
      if (over()) return;
      if (maps.has(step))
        maps.set(
          step,
          Int32Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i] + 256 * rgba[4 * i + 1])
        );
    }
    this.onChange();
  }
  _takeImage(image) {
    const [H, W] = this.model.get("size"), scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
    this.scale = scale;
    [this.canvas.width, this.canvas.height] = [W * scale, H * scale];
    this.canvas.style.width = `${W * scale}px`;
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.image = image;
  }
  /** What there was at a step: the last prediction before it; null: the newest. */
  show(step) {
    const { model, image, canvas } = this, scenes = model.get("scenes"), scene = scenes.filter((one) => step === null || one.step <= step).at(-1) ?? null;
    canvas.hidden = this.views.hidden = !image;
    if (!image) {
      setText(this.detail, scenes.length ? "" : tr("No scene yet: st.fit shows it every scene_every steps."));
      return;
    }
    setText(this.detail, scene ? sceneInWords(scene) : tr("No prediction before step {step}.", { step }));
    const isTruth = this.view === "truth", segments = isTruth ? model.get("truth_segments") : scene?.segments, ids = isTruth ? this._truth() : this.maps.get(scene?.step), bare = this.view === "picture" || !ids;
    this._describe(bare, scene, segments);
    const wanted = bare ? "picture" : `${this.view} ${scene?.step} ${this.zoom}`;
    if (wanted === this.painted || !ids && this.view === "prediction" && scene) return;
    this.painted = wanted;
    this._paint(bare ? null : ids, segments);
  }
  _truth() {
    return new Uint16Array(bytesOf(this.model.get("truth_ids")).buffer);
  }
  _names(segments) {
    const classes = this.model.get("classes");
    return segments.map(({ label }) => tr(classes[label].name));
  }
  /** What a reader who does not see it is told. */
  _describe(bare, scene, segments) {
    const names = () => this._names(segments).join(", ") || tr("nothing");
    this.canvas.setAttribute(
      "aria-label",
      bare ? tr("The scene") : this.view === "truth" ? tr("The truth: {segments}", { segments: names() }) : tr("The prediction after step {step}: {segments}", { step: scene.step, segments: names() })
    );
  }
  /** @param {any} ids H * W numbers; null: the scene without segments */
  _paint(ids, segments) {
    const { out, scale, image, context } = this, size = this.model.get("size");
    if (!ids) paintPicture(out, scale, size, image);
    else paintSegments(out, scale, size, image, ids, [null, ...segments.map(({ color }) => color)]);
    context.putImageData(this.pixels, 0, 0);
    if (ids)
      writeNames(context, scale, this.zoom, labelPlaces(ids, size, segments.length), ["", ...this._names(segments)]);
  }
};

// segtutor/widgets/training/view.js
var PATIENCE = 2500;
var TrainingPage = class {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.alone = model.kernel === false;
    this.unheard = false;
    this.table = readTable([], []);
    this.lines = [];
    this.names = [];
    this.hovered = null;
    this.theme = null;
    this.stale = { table: true, lines: true };
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 700);
    this.patience = whenQuiet(() => this._runOutOfPatience(), PATIENCE);
    this._makeButtons();
    this._makeCurves();
    this._makePage(el);
    this._watchSizesAndThemes(life);
    this._listen(life);
    this._update();
    this.scene.take();
    life.also(this.frame, this.announce, this.patience);
  }
  // ---- the page
  _makeButtons() {
    const { model, signal } = this;
    this.pause = button(tr("Pause"), () => this._ask(model.get("asked") === "pause" ? "run" : "pause"), signal);
    this.halt = button(tr("Stop"), () => this._ask("stop"), signal);
    this.summary = element("p", { class: "segtutor-summary" });
    this.note = element("p", { class: "segtutor-say" });
    this.progress = element("progress", {
      max: 1,
      value: 0,
      "aria-label": tr("Share of the budget that is used")
    });
  }
  _makeCurves() {
    const { model, signal } = this;
    this.legend = new Legend();
    this.curves = element("div");
    this.scales = choice({
      legend: tr("Axis"),
      selected: model.get("scale"),
      signal,
      choices: { linear: tr("linear"), log: tr("logarithmic") },
      onChange: (scale) => this.turns.tell({ scale })
    });
    this.plot = new CurvePlot({
      signal,
      onHover: (step) => {
        this.hovered = step;
        this.frame.request();
      },
      onLook: (index) => this._look(index),
      lookedAt: () => this._indexOf(model.get("step"))
    });
    this.back = slider({
      label: tr("Step that is looked at"),
      hint: tr("the scene is the last prediction before it; at the right end: always the newest"),
      signal,
      min: 0,
      max: 1,
      step: 1,
      write: (index) => this.table.steps.length ? String(this.table.steps[index]) : "–",
      onInput: (index) => this._look(index)
    });
    this.scene = new ScenePane({ model, signal, onChange: this.frame.request });
  }
  _makePage(el) {
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    const how = tr("Thick: the mean over a tenth of the training; numbers and dots: as logged.");
    this.root = element(
      "div",
      { class: "segtutor-widget segtutor-training" },
      this.scene.node,
      element(
        "div",
        { class: "segtutor-right" },
        this.summary,
        this.progress,
        element("div", { class: "segtutor-buttons" }, this.pause, this.halt),
        this.note,
        this.curves,
        this.scales,
        this.plot.node,
        this.legend.node,
        element("p", { class: "segtutor-note" }, how),
        this.back.node
      ),
      this.spoken
    );
    el.append(this.root);
  }
  // ---- what the learner does
  /** Pause, go on or stop. @param {"run" | "pause" | "stop"} asked */
  _ask(asked) {
    this.turns.tell({ asked });
    this.unheard = false;
    this.patience.request();
  }
  _runOutOfPatience() {
    this.unheard = this.model.get("heard") !== this.model.get("asked");
    this.frame.request();
  }
  /** Looks at the step at a position; at the last one always at the newest. */
  _look(index) {
    const { steps } = this.table;
    this.turns.tell({ step: index >= steps.length - 1 ? null : steps[index] });
  }
  /** The position of a step; null is the newest. */
  _indexOf(step) {
    const { steps } = this.table;
    return step === null ? steps.length - 1 : nearest(steps, step);
  }
  // ---- what is redrawn, and when
  _listen(life) {
    const redraw = this.frame.request;
    life.on("rows", () => this._changed("table"));
    life.on("scenes", () => {
      this.stale.lines = true;
      this.scene.take();
    });
    life.on(["curve", "scale"], () => this._changed("lines"));
    life.on(["state", "asked", "heard", "step", "pace", "message"], redraw);
  }
  /** @param {"table" | "lines"} what is made anew with the next frame */
  _changed(what) {
    this.stale[what] = true;
    this.frame.request();
  }
  _watchSizesAndThemes(life) {
    const recolor = () => {
      this.theme = null;
      this._changed("lines");
    };
    const { plot, scene } = this;
    const resized = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        if (target === plot.canvas) plot.wide = contentRect.width;
        else if (contentRect.width) scene.zoom = zoomOf(scene.canvas, contentRect.width);
      }
      recolor();
    });
    for (const one of [plot.canvas, scene.canvas]) resized.observe(one);
    const themed = new MutationObserver(recolor);
    themed.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "style"]
    });
    window.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal: this.signal });
    life.also(resized, themed);
  }
  // ---- one frame
  _update() {
    const { model } = this;
    if (!this.theme?.text) this.theme = readTheme(this.root);
    if (this.stale.table)
      this.table = readTable(model.get("columns"), model.get("rows")?.byteLength ? floatsOf(model.get("rows")) : []);
    if (this.stale.table || this.stale.lines) this._arrange();
    this.stale = { table: false, lines: false };
    this._showState();
    const step = this.hovered ?? model.get("step");
    this._showCurves(step);
    this.scene.show(step);
    this.announce.request();
  }
  /** State and pace, and which buttons work. */
  _showState() {
    const { model, alone, pause, note } = this, state = model.get("state"), asked = model.get("asked"), over = ["stopped", "done", "failed"].includes(state);
    setText(this.summary, `${summaryWords(state, asked, model.get("pace"))}.`);
    this.progress.value = model.get("pace").done ?? 0;
    setText(pause, asked === "pause" ? tr("Resume") : tr("Pause"));
    pause.disabled = this.halt.disabled = alone || over || state === "ready";
    const unheard = this.unheard && model.get("heard") !== asked;
    setText(note, state === "failed" ? model.get("message") : alone && !over ? tr(ALONE) : unheard ? tr(BUSY) : "");
    note.hidden = !note.textContent;
  }
  /** The curve that was chosen, where there is one. */
  _curve() {
    const curve = this.model.get("curve");
    return this.names.includes(curve) ? curve : "loss";
  }
  get _theLook() {
    return { log: this.model.get("scale") === "log", ...this.theme };
  }
  /** What changes when numbers arrive or another curve is chosen; a moved cursor needs none of it. */
  _arrange() {
    const { model } = this, scenes = model.get("scenes"), names = curveNames(this.table, scenes.length > 0);
    if (names.join() !== this.names.join()) this._offerCurves(names);
    check(this.curves, this._curve());
    check(this.scales, model.get("scale"));
    this.lines = linesOf(this._curve(), this.table, scenes);
    this.plot.arrange(this.table.steps, this.lines, this._theLook);
  }
  _offerCurves(names) {
    this.names = names;
    const curves = choice({
      legend: tr("Curve"),
      selected: this._curve(),
      signal: this.signal,
      choices: Object.fromEntries(names.map((name) => [name, curveInWords(name)])),
      onChange: (curve) => this.turns.tell({ curve })
    });
    this.curves.replaceWith(curves);
    this.curves = curves;
  }
  /** The step that is read from the curves: on the slider, in the legend, on the plot, in words. */
  _showCurves(step) {
    const { back, lines, plot } = this, { steps } = this.table, index = this._indexOf(step), curve = this._curve(), write = curve === "pixels right" ? percent : brief;
    back.input.max = String(Math.max(1, steps.length - 1));
    back.input.disabled = steps.length < 2;
    back.show(Math.max(0, index), tr("the step that is looked at"));
    this.legend.show(lines, step, this.theme.dark, write);
    plot.draw(index, this._theLook);
    const read = lines.map(({ name, steps: logged, values }) => ({
      name,
      value: values.length && index >= 0 ? write(values[nearest(logged, steps[index])]) : null
    }));
    plot.canvas.setAttribute("aria-label", plotInWords(curve, index < 0 ? null : steps[index], read));
  }
  _announce() {
    const { model } = this, isRunning = model.get("state") === "running", read = model.get("step") === null ? "" : ` ${this.plot.canvas.getAttribute("aria-label")}.`;
    setText(this.spoken, `${isRunning ? tr("Running") : this.summary.textContent}${read}`);
  }
};
var view_default = { render: living((context) => void new TrainingPage(context)) };
export {
  view_default as default
};
