/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 b855edafe936406f97f3a229b31d47e98e1eb820c7bbc6420103aaf0a60aca15 of
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   segtutor/widgets/training/curves.js
   segtutor/widgets/training/view.js
   tools/build_js.mjs
*/
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
function choice({ legend: legend2, choices, selected, onChange, signal }) {
  const name = newId();
  const labels = Object.entries(choices).map(([value, text]) => {
    const input = ownKeys(element("input", { type: "radio", name, value, checked: value === selected }), signal);
    input.addEventListener("change", () => onChange(value), { signal });
    return element("label", {}, input, text);
  });
  return element("fieldset", { class: "segtutor-choice" }, element("legend", {}, legend2), ...labels);
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
        name: "share of the pixels with the right class",
        place: null,
        steps: scenes.map(({ step }) => step),
        values: scenes.map(({ right }) => right)
      }
    ];
  }
  if (curve === "terms") return [...table.terms].map(([name, layers2]) => line(name, table.values(name, layers2 - 1)));
  const layers = table.terms.get(curve);
  if (!layers) return [line(curve, table.values(curve === "learning rate" ? curve : "loss", 0))];
  return Array.from(
    { length: layers },
    (_, layer) => line(
      layers === 1 ? curve : `layer ${layer}${layer === layers - 1 ? " (last)" : ""}`,
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

// segtutor/widgets/training/view.js
var PATIENCE = 2500;
function legend() {
  const node = element("ul", {
    class: "segtutor-lines",
    "aria-label": "The curves and their values at the step that is looked at"
  });
  let rows = [], drawn = "";
  const arrange = (lines, dark2) => {
    const key = JSON.stringify([lines.map(({ name }) => name), dark2]);
    if (key === drawn) return;
    drawn = key;
    rows = lines.map((line, n) => {
      const { color, dash, width } = lineStyle(line, n, dark2), sample = element("span", { "aria-hidden": "true" });
      sample.innerHTML = `<svg width="34" height="10"><line x2="34" y1="5" y2="5" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash.join(" ")}"/></svg>`;
      const value = element("span", { class: "segtutor-number" });
      return {
        value,
        row: element(
          "li",
          {},
          sample,
          element("span", {}, lines.length > 1 ? `${n + 1}. ${line.name}` : line.name),
          value
        )
      };
    });
    node.replaceChildren(...rows.map(({ row }) => row));
  };
  const show = (lines, step, dark2, write) => {
    arrange(lines, dark2);
    lines.forEach(
      (line, n) => setText(
        rows[n].value,
        line.values.length ? write(line.values[step === null ? line.values.length - 1 : nearest(line.steps, step)]) : "–"
      )
    );
  };
  return { node, show };
}
function render({ model, el, life }) {
  const { signal } = life, turns = new Turns(model), alone = model.kernel === false;
  let table = readTable([], []), lines = [], names = [], place = null, hovered = null, curveChoice = null, theme = null, unheard = false;
  let wide = 0, image = null, painted = "", view = "prediction", zoom = 1, pixels = null, out = null, scale = 1;
  let era = 0;
  const maps = /* @__PURE__ */ new Map();
  const { tell } = turns;
  const button = (text, action) => {
    const node = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, text), signal);
    node.addEventListener("click", action, { signal });
    return node;
  };
  const ask = (asked) => {
    tell({ asked });
    unheard = false;
    patience.request();
  };
  const pause = button("Pause", () => ask(model.get("asked") === "pause" ? "run" : "pause")), halt = button("Stop", () => ask("stop"));
  const summary = element("p", { class: "segtutor-summary" }), note = element("p", { class: "segtutor-say" });
  const progress = element("progress", { max: 1, value: 0, "aria-label": "Share of the budget that is used" });
  const patience = whenQuiet(() => {
    unheard = model.get("heard") !== model.get("asked");
    frame.request();
  }, PATIENCE);
  const plot = element("canvas", { class: "segtutor-plot", role: "img" }), behind = document.createElement("canvas");
  const graph = ownKeys(
    element(
      "div",
      {
        class: "segtutor-plot-frame",
        tabindex: 0,
        role: "application",
        "aria-label": "Curves: left and right arrows read another step, End the newest"
      },
      plot
    ),
    signal
  );
  const values = legend(), chooser = element("div");
  const scales = choice({
    legend: "Axis",
    selected: model.get("scale"),
    signal,
    choices: { linear: "linear", log: "logarithmic" },
    onChange: (value) => tell({ scale: value })
  });
  const back = slider({
    label: "Step that is looked at",
    hint: "the scene is the last prediction before it; at the right end: always the newest",
    signal,
    min: 0,
    max: 1,
    step: 1,
    write: (value) => table.steps.length ? String(table.steps[value]) : "–",
    onInput: (value) => look(value)
  });
  const look = (index) => tell({ step: index >= table.steps.length - 1 ? null : table.steps[index] });
  const canvas = element("canvas", { width: 256, height: 16, role: "img", class: "segtutor-canvas", hidden: true }), context = canvas.getContext("2d");
  const detail = element("p", { class: "segtutor-detail" });
  const views = choice({
    legend: "Show",
    selected: view,
    signal,
    choices: { prediction: "prediction", truth: "truth", picture: "picture" },
    onChange: (value) => {
      view = value;
      frame.request();
    }
  });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-training" },
      element("div", { class: "segtutor-left" }, canvas, detail, views),
      element(
        "div",
        { class: "segtutor-right" },
        summary,
        progress,
        element("div", { class: "segtutor-buttons" }, pause, halt),
        note,
        chooser,
        scales,
        graph,
        values.node,
        element(
          "p",
          { class: "segtutor-note" },
          "Thick: the mean over a tenth of the training; numbers and dots: as logged."
        ),
        back.node
      ),
      spoken
    )
  );
  const frame = frameScheduler(update);
  let stale = { table: true, lines: true };
  function update() {
    if (!theme?.text) theme = readTheme();
    if (stale.table)
      table = readTable(model.get("columns"), model.get("rows")?.byteLength ? floatsOf(model.get("rows")) : []);
    if (stale.table || stale.lines) arrange();
    stale = { table: false, lines: false };
    const state = model.get("state"), asked = model.get("asked"), over = ["stopped", "done", "failed"].includes(state);
    setText(summary, `${summaryWords(state, asked, model.get("pace"))}.`);
    progress.value = model.get("pace").done ?? 0;
    setText(pause, asked === "pause" ? "Resume" : "Pause");
    pause.disabled = halt.disabled = alone || over || state === "ready";
    setText(
      note,
      state === "failed" ? model.get("message") : alone && !over ? ALONE : unheard && model.get("heard") !== asked ? BUSY : ""
    );
    note.hidden = !note.textContent;
    const step = hovered ?? model.get("step"), index = step === null ? table.steps.length - 1 : nearest(table.steps, step);
    back.input.max = String(Math.max(1, table.steps.length - 1));
    back.input.disabled = table.steps.length < 2;
    back.show(Math.max(0, index), "the step that is looked at");
    const write = curveShown() === "pixels right" ? percent : brief;
    values.show(lines, step, theme.dark, write);
    drawPlot(index);
    drawScene(step);
    plot.setAttribute(
      "aria-label",
      `${curveShown()} over the steps${index < 0 ? "" : `; at step ${table.steps[index]}: ` + lines.map(
        (line) => `${line.name} ${line.values.length ? write(line.values[nearest(line.steps, table.steps[index])]) : "not said"}`
      ).join(", ")}`
    );
    announce.request();
  }
  const curveShown = () => names.includes(model.get("curve")) ? model.get("curve") : "loss";
  function arrange() {
    const scenes = model.get("scenes"), now = curveNames(table, scenes.length > 0);
    if (now.join() !== names.join()) {
      names = now;
      const fresh = choice({
        legend: "Curve",
        selected: curveShown(),
        signal,
        choices: Object.fromEntries(names.map((name) => [name, name])),
        onChange: (curve) => tell({ curve })
      });
      curveChoice ? curveChoice.replaceWith(fresh) : chooser.replaceWith(fresh);
      curveChoice = fresh;
    }
    for (const [node, value] of [
      [curveChoice, curveShown()],
      [scales, model.get("scale")]
    ]) {
      for (const input of node.querySelectorAll("input")) input.checked = input.value === value;
    }
    lines = linesOf(curveShown(), table, scenes);
    if (!wide) return;
    const ratio = window.devicePixelRatio || 1, height = 220, log = model.get("scale") === "log";
    for (const one of [plot, behind])
      if (one.width !== Math.round(wide * ratio))
        [one.width, one.height] = [Math.round(wide * ratio), Math.round(height * ratio)];
    place = axes(lines, { width: wide, height, log });
    const under = behind.getContext("2d");
    under.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawCurves(under, lines, place, { width: wide, height, log, ...theme });
  }
  function drawPlot(index) {
    if (!place) return;
    const top = plot.getContext("2d"), ratio = plot.width / wide;
    top.setTransform(1, 0, 0, 1, 0, 0);
    top.clearRect(0, 0, plot.width, plot.height);
    top.drawImage(behind, 0, 0);
    top.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (index >= 0)
      drawReading(top, lines, place, table.steps[index], { height: 220, log: model.get("scale") === "log", ...theme });
  }
  function drawScene(step) {
    const scenes = model.get("scenes"), before = scenes.filter((one) => step === null || one.step <= step), scene = before[before.length - 1] ?? null;
    canvas.hidden = views.hidden = !image;
    if (!image) return setText(detail, scenes.length ? "" : "No scene yet: st.fit shows it every scene_every steps.");
    const classes = model.get("classes"), shown = view === "truth" ? model.get("truth_segments") : scene?.segments, ids = view === "truth" ? truth() : maps.get(scene?.step);
    setText(
      detail,
      scene ? `After step ${scene.step}: ${percent(scene.right)} of the pixels have the right class, ${scene.segments.length} segments.` : `No prediction before step ${step}.`
    );
    const wanted = view === "picture" || !ids ? "picture" : `${view} ${scene?.step} ${zoom}`;
    canvas.setAttribute(
      "aria-label",
      view === "picture" || !ids ? "The scene" : `${view === "truth" ? "The truth" : `The prediction after step ${scene.step}`}: ${shown.map(({ label }) => classes[label].name).join(", ") || "nothing"}`
    );
    if (wanted === painted || !ids && view === "prediction" && scene) return;
    painted = wanted;
    const size = model.get("size");
    if (wanted === "picture") paintPicture(out, scale, size, image);
    else paintSegments(out, scale, size, image, ids, [null, ...shown.map(({ color }) => color)]);
    context.putImageData(pixels, 0, 0);
    if (wanted !== "picture")
      writeNames(context, scale, zoom, labelPlaces(ids, size, shown.length), [
        "",
        ...shown.map(({ label }) => classes[label].name)
      ]);
  }
  const truth = () => new Uint16Array(bytesOf(model.get("truth_ids")).buffer);
  async function take() {
    stale.lines = true;
    const scenes = model.get("scenes"), size = model.get("size"), steps = new Set(scenes.map(({ step }) => step));
    for (const step of maps.keys()) if (!steps.has(step)) maps.delete(step);
    if (!scenes.length) [image, painted, era] = [null, "", era + 1];
    const mine = era;
    if (scenes.length && !image) {
      const decoded = await decodePicture(bytesOf(model.get("picture")), size);
      if (signal.aborted || era !== mine) return;
      scale = Math.max(1, Math.floor(384 / Math.max(...size)));
      [canvas.width, canvas.height] = [size[1] * scale, size[0] * scale];
      canvas.style.width = `${canvas.width}px`;
      pixels = context.createImageData(canvas.width, canvas.height);
      [out, image] = [new Uint32Array(pixels.data.buffer), decoded];
    }
    for (const { step, ids } of scenes) {
      if (maps.has(step)) continue;
      maps.set(step, null);
      const rgba = await decodePicture(bytesOf(ids), size);
      if (signal.aborted || era !== mine) return;
      if (maps.has(step))
        maps.set(
          step,
          Int32Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i] + 256 * rgba[4 * i + 1])
        );
    }
    frame.request();
  }
  const indexAt = (event) => nearest(table.steps, place.step(event.clientX - plot.getBoundingClientRect().left));
  plot.addEventListener(
    "pointermove",
    (event) => {
      if (!place || !table.steps.length || event.pointerType === "touch") return;
      hovered = table.steps[indexAt(event)];
      frame.request();
    },
    { signal }
  );
  plot.addEventListener(
    "pointerleave",
    () => {
      hovered = null;
      frame.request();
    },
    { signal }
  );
  plot.addEventListener("click", (event) => place && table.steps.length && look(indexAt(event)), { signal });
  graph.addEventListener(
    "keydown",
    (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
      if (move === void 0 || event.altKey || event.ctrlKey || event.metaKey || !table.steps.length) return;
      const step = model.get("step"), now = step === null ? table.steps.length - 1 : nearest(table.steps, step);
      look(Math.min(table.steps.length - 1, Math.max(0, now + move * (event.shiftKey ? 10 : 1))));
      event.preventDefault();
    },
    { signal }
  );
  const announce = whenQuiet(() => {
    const state = model.get("state"), read = model.get("step") === null ? "" : ` ${plot.getAttribute("aria-label")}.`;
    setText(spoken, `${state === "running" ? "Running" : summary.textContent}${read}`);
  }, 700);
  function readTheme() {
    const { color, backgroundColor } = getComputedStyle(el.firstChild), [r, g, b] = (backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
    return { text: color, dark: 0.3 * r + 0.59 * g + 0.11 * b < (backgroundColor.startsWith("color(") ? 0.5 : 128) };
  }
  const recolor = () => {
    theme = null;
    stale.lines = true;
    frame.request();
  };
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (target === plot) wide = contentRect.width;
      else if (contentRect.width)
        zoom = Math.min(2.5, Math.max(1, Math.round(4 * canvas.width / contentRect.width) / 4));
    }
    recolor();
  });
  for (const one of [plot, canvas]) resized.observe(one);
  const themed = new MutationObserver(recolor);
  themed.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "style"]
  });
  window.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal });
  const renumbered = () => {
    stale.table = true;
    frame.request();
  };
  const chosen = () => {
    stale.lines = true;
    frame.request();
  };
  const handlers = {
    rows: renumbered,
    scenes: take,
    curve: chosen,
    scale: chosen,
    ...Object.fromEntries(["state", "asked", "heard", "step", "pace", "message"].map((name) => [name, frame.request]))
  };
  for (const [name, handler] of Object.entries(handlers)) life.on(name, handler);
  update();
  take();
  life.also(resized, themed, frame, announce, patience);
}
var STATES = {
  ready: "No step yet",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  done: "Done",
  failed: "Failed"
};
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds)), two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
function summaryWords(state, asked, pace) {
  const wish = state === "running" && asked !== "run" ? { pause: ", pausing after this step …", stop: ", stopping after this step …" }[asked] : state === "paused" && asked !== "pause" ? { run: ", going on …", stop: ", stopping …" }[asked] : "";
  if (pace.step === void 0) return `${STATES[state]}${wish}`;
  const parts2 = [`${STATES[state]} at step ${pace.step}${wish}`, `${Math.round(100 * pace.done)} % of the budget`];
  if (pace.images_per_second) parts2.push(`${Number(pace.images_per_second.toPrecision(3))} pictures a second`);
  if ((state === "running" || state === "paused") && pace.seconds_left !== null)
    parts2.push(`${clock(pace.seconds_left)} left`);
  return parts2.join(", ");
}
var BUSY = "The kernel has not heard this yet: it is busy with a cell, and hears it when the cell ends. A training begun with view.start(...) runs beside the cells, and its buttons always work.";
var ALONE = "Pause and Stop need a running notebook; the curves and the scene can be looked at without one.";
var percent = (share) => `${(100 * share).toFixed(1)} %`;
var view_default = { render: living(render) };
export {
  view_default as default
};
