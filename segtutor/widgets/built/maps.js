/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 73d5d3939baf0897704909a1c07244167d24a539801574673c79fbbed42cdcf9 of
   segtutor/widgets/maps/explorer.js
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
function outlineMask(out, scale, H, W, mask, threshold, color) {
  makeRoom(H * W);
  for (let i = 0; i < region.length; i++) region[i] = mask[i] >= threshold ? 1 : 0;
  outline(out, scale, H, W, region, color);
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
var WHITE = 4294967295;
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
function paintHeat(out, scale, [H, W], ground, probabilities, threshold) {
  if (scale === 1) return void paintLargeHeat(out, H, W, ground, probabilities, threshold);
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    const row = y * scale * width;
    for (let x = 0; x < W; x++, i++) {
      const color = mixed(255 * probabilities[i] | 0, ground[i]);
      for (let dx = 0, start = row + x * scale; dx < scale; dx++) out[start + dx] = color;
    }
    for (let dy = 1; dy < scale; dy++) out.copyWithin(row + dy * width, row, row + width);
  }
  outlineMask(out, scale, H, W, probabilities, threshold, WHITE);
}
function paintLargeHeat(out, H, W, ground, probabilities, threshold) {
  const above = new Uint8Array(W);
  for (let y = 0, i = 0; y < H; y++) {
    let left = probabilities[i] >= threshold ? 1 : 0;
    for (let x = 0; x < W; x++, i++) {
      const share = probabilities[i], inside = share >= threshold ? 1 : 0;
      out[i] = inside !== left || y > 0 && inside !== above[x] ? WHITE : mixed(255 * share | 0, ground[i]);
      left = above[x] = inside;
    }
  }
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

// segtutor/widgets/shared/pointer.js
var STEPS2 = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function pixelPicker(canvas, { size: [H, W], label, current, onLook, onPick, signal }) {
  const node = ownKeys(
    element("div", { class: "segtutor-picker", tabindex: 0, role: "application", "aria-label": label }, canvas),
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

// segtutor/widgets/maps/explorer.js
var THRESHOLD = 0.5;
var VectorMap = class {
  /** @param {{name: string, shape: number[], codes: any}} sent codes: int8, cell by cell */
  constructor({ name, shape: [channels, h, w], codes }) {
    const bytes = bytesOf(codes);
    this.name = name;
    this.channels = channels;
    this.h = h;
    this.w = w;
    this.codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.lengths = Float64Array.from({ length: h * w }, (_, cell) => Math.sqrt(this.dot(cell, cell)));
  }
  dot(one, other) {
    const { channels, codes } = this;
    let sum = 0;
    for (let k = 0, a = one * channels, b = other * channels; k < channels; k++) sum += codes[a + k] * codes[b + k];
    return sum;
  }
  /** The cell that holds the pixel [x, y] of a picture of `size`. */
  cellOf([x, y], [H, W]) {
    return Math.floor(y * this.h / H) * this.w + Math.floor(x * this.w / W);
  }
  /** The cosine of each cell's vector with the cell's, -1..1; 0 where a vector is all zeros. */
  alike(cell) {
    return Float64Array.from(this.lengths, (length, other) => {
      const both = length * this.lengths[cell];
      return both ? this.dot(cell, other) / both : 0;
    });
  }
};
function render({ model, el, life }) {
  const { signal } = life, size = model.get("size"), choosing = pixelChosen(model, () => frame.request());
  const panels = model.get("maps").map((sent) => new MapPanel(new VectorMap(sent), size, { signal, ...choosing })), { root, hint, spoken } = layOut(panels);
  el.append(root);
  let picture = null;
  function update() {
    const pixel = model.get("pixel");
    setText(hint, hintOf(pixel, choosing.held()));
    for (const one of panels) {
      one.say(pixel);
      if (picture) one.draw(pixel, picture);
    }
    announce.request();
  }
  const frame = frameScheduler(update);
  const announce = whenQuiet(
    () => setText(spoken, [hint.textContent, ...panels.map((one) => one.told())].join(" ")),
    600
  );
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries)
      panels.find(({ canvas }) => canvas === target).fit(contentRect.width);
    frame.request();
  });
  for (const { canvas } of panels) resized.observe(canvas);
  life.on("pixel", frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((image) => {
    if (signal.aborted) return;
    picture = { image, ground: heatGround(image) };
    for (const one of panels) one.fresh = true;
    update();
  });
  update();
  life.also(resized, frame, announce);
}
function pixelChosen(model, redraw) {
  const { tell } = new Turns(model);
  let held = false, byPointer = false;
  return {
    held: () => held,
    current: () => model.get("pixel"),
    onLook: (pixel) => {
      if (pixel === null) held = false;
      if (!(held && byPointer) && !same(pixel, model.get("pixel"))) tell({ pixel });
    },
    onPick: () => {
      held = !held;
      redraw();
    },
    /** To be called with an event of the pointer or the keyboard before it looks. */
    onMeans: (event) => {
      byPointer = event instanceof PointerEvent && event.pointerType !== "touch";
    }
  };
}
var same = (a, b) => a === b || a && b && a[0] === b[0] && a[1] === b[1];
var hintOf = (pixel, held) => {
  if (pixel === null) return tr("Point at a pixel, tap it, or move the cross with the arrow keys.");
  const where = { pixel: pixel.join(", ") };
  return held ? tr("Pixel ({pixel}), held: a click lets it go.", where) : tr("Pixel ({pixel}). A click holds it.", where);
};
function layOut(panels) {
  const colors = element("i", {}), hint = element("p", { class: "segtutor-note" }), spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  colors.style.background = HEAT_SCALE;
  const scale = element(
    "p",
    { class: "segtutor-scale" },
    tr("cosine 0 or less"),
    colors,
    tr("1, the same direction; the line is at {threshold}", { threshold: THRESHOLD })
  );
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-maps" },
    ...panels.map((one) => one.node),
    element("div", { class: "segtutor-below" }, scale, hint),
    spoken
  );
  return { root, hint, spoken };
}
var MapPanel = class {
  /**
   * @param {VectorMap} map
   * @param {any} size of the picture
   * @param {{signal: AbortSignal} & ReturnType<typeof pixelChosen>} choosing
   */
  constructor(map, size, choosing) {
    const [H, W] = size, scale = Math.max(1, Math.floor(400 / Math.max(H, W)));
    this.map = map;
    this.size = size;
    this.scale = scale;
    this.canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${W * scale}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.shares = new Float32Array(H * W);
    this.cell = -2;
    this.fresh = false;
    this.zoom = 1;
    const picker = pixelPicker(this.canvas, {
      size,
      ...choosing,
      label: tr("{map}: arrow keys move the cross, Enter or a click holds the pixel", { map: map.name })
    });
    for (const kind of ["pointermove", "keydown"])
      picker.addEventListener(kind, choosing.onMeans, { signal: choosing.signal, capture: true });
    this.text = element("p", { class: "segtutor-detail" });
    const cells = tr("{h} × {w} cells", { h: map.h, w: map.w });
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": map.name },
      element("p", { class: "segtutor-title" }, element("b", {}, map.name), ` ${cells}`),
      picker,
      this.text
    );
  }
  /** Computes what is shown of the map where its cell has changed, and writes how much is alike. */
  say(pixel) {
    const { map, text, canvas } = this, cell = pixel ? map.cellOf(pixel, this.size) : -1;
    if (cell === this.cell) return;
    this.cell = cell;
    this.fresh = true;
    if (cell < 0) {
      setText(text, "");
      canvas.setAttribute("aria-label", tr("The picture"));
      return;
    }
    const cosines = map.alike(cell), n = cosines.filter((value) => value >= THRESHOLD).length;
    this._spread(cosines);
    const counted = { n, total: cosines.length }, at = { row: Math.floor(cell / map.w), column: cell % map.w };
    setText(text, tr("Row {row}, column {column}: {n} of {total} cells are alike.", { ...at, ...counted }));
    canvas.setAttribute("aria-label", tr("{map}: {n} of {total} cells are alike", { map: map.name, ...counted }));
  }
  /** Gives each pixel of the picture the cosine of its cell; negative ones count as 0. */
  _spread(cosines) {
    const {
      map,
      shares,
      size: [H, W]
    } = this;
    for (let y = 0, i = 0; y < H; y++) {
      const row = Math.floor(y * map.h / H) * map.w;
      for (let x = 0; x < W; x++, i++) shares[i] = Math.min(1, Math.max(0, cosines[row + Math.floor(x * map.w / W)]));
    }
  }
  draw(pixel, { image, ground }) {
    const { context, out, scale, size } = this;
    if (this.fresh) {
      if (pixel) paintHeat(out, scale, size, ground, this.shares, THRESHOLD);
      else paintPicture(out, scale, size, image);
      this.fresh = false;
    }
    context.putImageData(this.pixels, 0, 0);
    if (pixel) drawCross(context, scale, this.zoom, pixel);
  }
  /** Takes notice of how wide the canvas is on the screen. */
  fit(width) {
    this.zoom = zoomOf(this.canvas, width);
  }
  /** What a screen reader says of the map. */
  told() {
    return `${this.map.name}: ${this.text.textContent}`;
  }
};
var explorer_default = { render: living(render) };
export {
  explorer_default as default
};
