/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 a318fb7f42bf6df81c57104d821e85c9d18029ace88cd581a4eea020f9f4d828 of
   segtutor/pages/scripts/asker.js
   segtutor/pages/scripts/carried.js
   segtutor/pages/scripts/click.js
   segtutor/pages/scripts/host.js
   segtutor/pages/scripts/meanings.js
   segtutor/pages/scripts/phrases.js
   segtutor/pages/scripts/ports.js
   segtutor/widgets/asking/answers.js
   segtutor/widgets/asking/canvas.js
   segtutor/widgets/asking/draw.js
   segtutor/widgets/asking/example.js
   segtutor/widgets/asking/panel.js
   segtutor/widgets/asking/sheet.js
   segtutor/widgets/asking/words.js
   segtutor/widgets/explainer/photo.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/draw.js
   segtutor/widgets/shared/edit.js
   segtutor/widgets/shared/hand.js
   segtutor/widgets/shared/history.js
   segtutor/widgets/shared/lifetime.js
   segtutor/widgets/shared/loop.js
   segtutor/widgets/shared/marks.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/raster.js
   segtutor/widgets/shared/turns.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   tools/build_js.mjs
*/
// segtutor/pages/scripts/phrases.js
function wordsOf(phrase, { words, most, articles, forms }) {
  const found = phrase.slice(0, 1e3).toLowerCase().replaceAll(",", " ").split(/\s+/).filter((word) => word && !articles.includes(word)).map((word) => Object.hasOwn(forms, word) ? forms[word] : word);
  if (!found.length || found.length > most)
    throw new Error(`phrase must have 1 to ${most} words, got ${found.length}: try 'red cat'`);
  const unknown = found.find((word) => !words.includes(word));
  if (unknown !== void 0)
    throw new Error(
      `ToyTown does not know the word '${unknown.slice(0, 40)}': try 'red cat' or 'things not blue', with words among ${words.join(", ")}`
    );
  return found;
}
function clausesOf(phrase, vocabulary2) {
  const { colours, patterns, kinds, stuff } = vocabulary2, clauses = [[]];
  for (const word of wordsOf(phrase, vocabulary2)) {
    if (word === "or") clauses.push([]);
    else clauses[clauses.length - 1].push(word);
  }
  const read = clauses.map((said) => {
    const at = said.indexOf("not"), body = at < 0 ? said : said.slice(0, at), behind = at < 0 ? [] : said.slice(at + 1), excluded = behind[0] ?? null;
    if (at >= 0 && (behind.length !== 1 || ["not", "things", "stuff"].includes(behind[0]))) return null;
    const noun = body.at(-1), attributes = body.slice(0, -1), ofThings = noun === "things" || kinds.includes(noun);
    if (!noun || !(ofThings || noun === "stuff" || stuff.includes(noun))) return null;
    if (attributes.length && !ofThings) return null;
    const order = attributes.map((word) => colours.includes(word) ? 0 : patterns.includes(word) ? 1 : 2);
    if (order.includes(2) || order.some((one, n) => n && one <= order[n - 1])) return null;
    if (excluded !== null && stuff.includes(excluded) === ofThings) return null;
    return { noun, attributes, excluded };
  });
  return read.every((one) => one !== null) ? read : null;
}
function phraseMask(phrase, vocabulary2, { ids, things }) {
  const clauses = clausesOf(phrase, vocabulary2), meant = /* @__PURE__ */ new Set();
  if (!clauses) return null;
  vocabulary2.stuff.forEach((name, n) => {
    if (clauses.some(({ noun, excluded }) => (noun === name || noun === "stuff") && excluded !== name))
      meant.add(n + 1);
  });
  things.forEach(({ kind, colour, pattern }, n) => {
    const said = [kind, colour, pattern], true_ = clauses.some(
      ({ noun, attributes, excluded }) => (noun === kind || noun === "things") && attributes.every((one) => said.includes(one)) && !said.includes(excluded ?? "")
    );
    if (true_) meant.add(vocabulary2.stuff.length + 1 + n);
  });
  return Uint8Array.from(ids, (id) => meant.has(id) ? 1 : 0);
}

// segtutor/pages/scripts/asker.js
var BESIDE = 0;
var ON = 1;
var FIRST_CORNER = 2;
var LAST_CORNER = 3;
var NOTHING = 4;
var REMEMBERED = 64;
function questionOf({ points, boxes, text, chosen }) {
  const none = { points: [], box: null, text: "", chosen: 0 };
  if (text.trim()) return { ...none, kind: "text", text: text.trim() };
  if (!points.length && !boxes.length) return { ...none, kind: "" };
  return { ...none, kind: points.length ? "click" : "box", points, box: boxes.at(-1) ?? null, chosen };
}
var hasChoice = ({ kind, points, box }) => kind === "click" && points.length === 1 && !box;
function before(question) {
  const { points, box, chosen } = question;
  if (!points.length || points.length === 1 && !box) return null;
  return { ...question, kind: points.length > 1 ? "click" : "box", points: points.slice(0, -1), box, chosen };
}
var keyOf = ({ kind, points, box, text, chosen }) => JSON.stringify([kind, points, box, text, kind === "click" && !box && points.length > 1 ? chosen : 0]);
function tokensOf({ points, box }, [H2, W2]) {
  const at = points.map(({ x, y }) => [Math.max(0.5, x) / W2, Math.max(0.5, y) / H2]), kinds = points.map(({ label }) => label ? ON : BESIDE);
  if (!box) return { xy: [...at, [0, 0]], kinds: [...kinds, NOTHING] };
  const corners = [
    [box.x0 / W2, box.y0 / H2],
    [box.x1 / W2, box.y1 / H2]
  ];
  return { xy: [...at, ...corners], kinds: [...kinds, FIRST_CORNER, LAST_CORNER] };
}
var Asker = class {
  /**
   * @param {(prompts: Record<string, any>) => Promise<{masks: Uint8Array, scores: number[], ms: number}>} ask the worker
   * @param {[number, number]} size (H, W) of the picture
   * @param {Record<string, any>} vocabulary of CLIPSeg, as of phrases.js
   */
  constructor(ask, size2, vocabulary2) {
    this.ask = ask;
    this.size = size2;
    this.vocabulary = vocabulary2;
    this.answers = /* @__PURE__ */ new Map();
  }
  /** Masks best first, as `PromptSegmenter.predict` has them; none where words find nothing. @returns {Promise<Answer>} */
  async answer(question) {
    if (!question.kind) return { masks: [], scores: [], ms: 0 };
    const key = keyOf(question), known = this.answers.get(key);
    this.answers.delete(key);
    const answer = known ? { ...known, ms: 0 } : await this._asked(question);
    this.answers.set(key, answer);
    if (this.answers.size > REMEMBERED) this.answers.delete(
      /** @type {string} */
      this.answers.keys().next().value
    );
    return answer;
  }
  /** The one mask that is meant; null where the network finds nothing. @returns {Promise<Uint8Array | null>} */
  async mask(question) {
    const { masks } = await this.answer(question);
    if (!masks.length) return null;
    return masks[hasChoice(question) ? Math.min(question.chosen, masks.length - 1) : 0];
  }
  async _asked(question) {
    const pixels = this.size[0] * this.size[1], earlier = before(question);
    const prompts = question.kind === "text" ? { numbers: wordsOf(question.text, this.vocabulary).map((word) => 1 + this.vocabulary.words.indexOf(word)) } : { ...tokensOf(question, this.size), mask: earlier && await this.mask(earlier) };
    const { masks, scores, ms } = await this.ask(prompts);
    const all = scores.map((_, n) => masks.subarray(n * pixels, (n + 1) * pixels));
    if (question.kind === "text") {
      const found = all[0].includes(1);
      return { masks: found ? all : [], scores: found ? scores : [], ms };
    }
    if (!hasChoice(question)) return { masks: [all[0]], scores: [scores[0]], ms };
    const order = [1, 2, 3].sort((a, b) => scores[b] - scores[a]);
    return { masks: order.map((n) => all[n]), scores: order.map((n) => scores[n]), ms };
  }
};

// segtutor/widgets/shared/unpack.js
var unpack = (text) => inflate(
  Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
  "gzip"
);
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

// segtutor/pages/scripts/carried.js
function carried(name, { once = true } = {}) {
  const node = (
    /** @type {HTMLElement} */
    document.getElementById(`segtutor-${name}`)
  );
  if (once) node.remove();
  return node.textContent ?? "";
}
function followTheme() {
  const dark2 = matchMedia("(prefers-color-scheme: dark)");
  const sayTheme = () => {
    document.body.dataset.jpThemeLight = String(!dark2.matches);
  };
  dark2.addEventListener("change", sayTheme);
  sayTheme();
}
function sayFailure(status2, error) {
  setText(
    status2,
    globalThis.DecompressionStream ? tr("The page could not be drawn: {reason}. Load it again, or open it in another browser.", {
      reason: error.message
    }) : tr(
      "This browser has no DecompressionStream, with which the page is unpacked. Open it in a current Firefox, Chrome, Edge or Safari."
    )
  );
  console.error(error);
}

// segtutor/pages/scripts/host.js
function viewOf(base64) {
  const letters = atob(base64), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return new DataView(bytes.buffer);
}
function makeModel(values, { kernel, onSave, onSend } = {}) {
  const heard = /* @__PURE__ */ new Map(), unsaved = /* @__PURE__ */ new Map();
  const fire = (event, ...rest) => [...heard.get(event) ?? []].forEach((listener) => listener(...rest));
  const take = (name, value) => {
    if (typeof value !== "object" && JSON.stringify(values[name]) === JSON.stringify(value)) return;
    values[name] = value;
    fire(`change:${name}`, model, value);
    fire("change", model);
  };
  const model = {
    kernel,
    get: (name) => values[name],
    set: (name, value) => {
      for (const [key, one] of typeof name === "object" ? Object.entries(name) : [[name, value]]) {
        unsaved.set(key, one);
        take(key, one);
      }
    },
    on: (events, listener) => events.split(" ").forEach((event) => {
      if (!heard.has(event)) heard.set(event, /* @__PURE__ */ new Set());
      heard.get(event).add(listener);
    }),
    off: (events, listener) => {
      if (!events) heard.clear();
      else events.split(" ").forEach((event) => listener ? heard.get(event)?.delete(listener) : heard.delete(event));
    },
    save_changes: () => {
      const saved = Object.fromEntries(unsaved);
      unsaved.clear();
      if (Object.keys(saved).length) onSave?.(saved);
    },
    send: (content, _callbacks, buffers = []) => onSend?.(content, buffers)
  };
  return { model, take, fire, listeners: () => [...heard.values()].reduce((sum, one) => sum + one.size, 0) };
}

// segtutor/pages/scripts/meanings.js
var LEAST_BOX_IOU = 0.3;
var areaOf = (mask) => mask.reduce((sum, one) => sum + one, 0);
function maskIou(a, b) {
  let common = 0, joint = 0;
  for (let i = 0; i < a.length; i++) {
    common += a[i] & b[i];
    joint += a[i] | b[i];
  }
  return common / Math.max(1, joint);
}
function boxOf(mask, [H2, W2]) {
  let [x0, y0, x1, y1] = [W2, H2, 0, 0];
  for (let y = 0, i = 0; y < H2; y++)
    for (let x = 0; x < W2; x++, i++)
      if (mask[i]) [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + 1), Math.max(y1, y + 1)];
  return [x0, y0, x1, y1];
}
function boxIou(a, b) {
  const size2 = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])), height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  return width * height / (size2(a) + size2(b) - width * height);
}
function meaningsOf(question, { regions, ids, things }, [H2, W2], vocabulary2) {
  let found = [];
  if (question.kind === "text") {
    const mask = phraseMask(question.text, vocabulary2, { ids, things });
    found = mask ? [{ level: "words", name: question.text, mask }] : [];
  } else if (question.box) {
    const { x0, y0, x1, y1 } = question.box;
    found = regions.map((region2) => ({ region: region2, iou: boxIou([x0, y0, x1, y1], boxOf(region2.mask, [H2, W2])) })).sort((a, b) => a.iou - b.iou).filter(({ iou }) => iou >= LEAST_BOX_IOU).map(({ region: region2 }) => region2);
  } else if (question.kind === "click") {
    const [{ x, y }] = question.points, at = Math.min(H2 - 1, Math.floor(y)) * W2 + Math.min(W2 - 1, Math.floor(x));
    found = regions.filter(({ mask }) => mask[at]);
  }
  const byLevel = new Map(found.map((region2) => [region2.level, region2]));
  return [...byLevel.values()].sort((a, b) => areaOf(a.mask) - areaOf(b.mask));
}
function meantOf(levels, wanted) {
  for (const level of [wanted, "thing", "stuff"]) if (levels.includes(level)) return levels.indexOf(level);
  return 0;
}
function nextClick(truth, answer, [H2, W2]) {
  const error = truth.map((one, i) => one ^ answer[i]);
  if (!error.includes(1)) return null;
  const at = deepest(largestPiece(error, [H2, W2]), [H2, W2]);
  return [at % W2 + 0.5, Math.floor(at / W2) + 0.5, truth[at]];
}
function largestPiece(mask, [H2, W2]) {
  const piece = new Int32Array(H2 * W2), todo = new Int32Array(H2 * W2);
  let pieces = 0, best = 0, most = 0;
  for (let first = 0; first < mask.length; first++) {
    if (!mask[first] || piece[first]) continue;
    piece[first] = ++pieces;
    todo[0] = first;
    let count = 1, area = 0;
    const visit = (i) => {
      if (!mask[i] || piece[i]) return;
      piece[i] = pieces;
      todo[count++] = i;
    };
    while (count) {
      const i = todo[--count], x = i % W2;
      area += 1;
      if (x > 0) visit(i - 1);
      if (x < W2 - 1) visit(i + 1);
      if (i >= W2) visit(i - W2);
      if (i < H2 * W2 - W2) visit(i + W2);
    }
    if (area > most) [best, most] = [pieces, area];
  }
  return Uint8Array.from(piece, (one) => one === best ? 1 : 0);
}
function deepest(mask, [H2, W2]) {
  const column = new Float64Array(H2 * W2);
  for (let x = 0; x < W2; x++) {
    for (let y = 0, run = 0; y < H2; y++) column[y * W2 + x] = run = mask[y * W2 + x] ? run + 1 : 0;
    for (let y = H2 - 1, run = 0; y >= 0; y--) {
      run = mask[y * W2 + x] ? run + 1 : 0;
      column[y * W2 + x] = Math.min(column[y * W2 + x], run);
    }
  }
  let best = 0, far = -1;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    const x = i % W2, row = i - x;
    let near = Math.min(x + 1, W2 - x) ** 2;
    for (let u = 0; u < W2; u++) near = Math.min(near, (x - u) ** 2 + column[row + u] ** 2);
    if (near > far) [best, far] = [i, near];
  }
  return best;
}

// segtutor/pages/scripts/ports.js
var START_MS = 6e4;
async function startPorts(program, count, load) {
  if (!globalThis.WebAssembly) throw new Missing(tr("WebAssembly, in which the networks run"));
  if (!globalThis.DecompressionStream)
    throw new Missing(tr("DecompressionStream, with which the networks are unpacked"));
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  let ports = [], workers = true;
  try {
    ports = Array.from({ length: count }, () => workerPort(url));
    await load(ports);
  } catch (error) {
    for (const port2 of ports) port2.close();
    if (!(error instanceof NotAllowed)) throw error;
    workers = false;
    const port = await pagePort(url);
    await load(Array.from({ length: count }, () => port));
  }
  URL.revokeObjectURL(url);
  return workers;
}
var Missing = class extends Error {
};
var NotAllowed = class extends Error {
};
function inWords(error) {
  const text = String(error?.message ?? error);
  if (error instanceof Missing) {
    return tr(
      "This browser has no {part}; scene and truth work here. Open the page in a current Firefox, Chrome, Edge or Safari.",
      { part: text }
    );
  }
  if (error instanceof RangeError || /memory|allocat/i.test(text)) {
    return tr(
      "There is not enough memory for the networks, which need about 200 MB each; scene and truth work here. Close other pages and load this one again."
    );
  }
  return tr(
    "The networks could not be started ({reason}); scene and truth work here. Load the page again, or open it in another browser.",
    { reason: text }
  );
}
function conversation(send) {
  const waiting = /* @__PURE__ */ new Map();
  let serial2 = 0;
  const hear = ({ data: { id, problem, ...answer } }) => {
    const { go, fail: fail2 } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (problem !== void 0) fail2?.(new Error(problem));
    else go?.(answer);
  };
  const fail = (error) => {
    for (const one of waiting.values()) one.fail(error);
    waiting.clear();
  };
  const ask = (question) => new Promise((go, no) => {
    const id = ++serial2;
    waiting.set(id, { go, fail: no });
    send({ id, ...question });
  });
  return { ask, hear, fail };
}
function workerPort(url) {
  const worker = newWorker(url), { ask, hear, fail } = conversation((message) => worker.postMessage(message));
  worker.onmessage = hear;
  worker.onerror = (event) => fail(event.message ? new Error(event.message) : new NotAllowed(tr("no worker was allowed to start")));
  return { ask, close: () => worker.terminate() };
}
function newWorker(url) {
  try {
    return new Worker(url);
  } catch (error) {
    throw new NotAllowed(error.message);
  }
}
async function pagePort(url) {
  const port = { postMessage: (data) => hear({ data }) };
  globalThis.segtutorPort = port;
  const { ask, hear } = conversation((data) => port.onmessage({ data }));
  await new Promise((go, no) => {
    const script = document.createElement("script");
    Object.assign(script, {
      src: url,
      onload: go,
      onerror: () => no(new Error(tr("its program was not allowed to start")))
    });
    document.head.append(script);
  });
  let last = Promise.resolve();
  const inTurn = (question) => last = last.catch(() => {
  }).then(() => ask(question));
  return { ask: inTurn, close: () => {
  } };
}
var within = (promise, ms = START_MS) => Promise.race([
  promise,
  new Promise((_, no) => {
    setTimeout(() => no(new Error(tr("nothing was heard of them for {n} seconds", { n: ms / 1e3 }))), ms);
  })
]);

// segtutor/widgets/shared/raster.js
var POINT_WIDTH = 5;
var LEAST = 1.5;
function squareTo(x, y, [x0, y0], [x1, y1]) {
  const dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
  const along = square ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / square, 0), 1) : 0;
  const awayX = x - x0 - along * dx, awayY = y - y0 - along * dy;
  return awayX * awayX + awayY * awayY;
}
function paintStroke(labels, [H2, W2], points, width, label) {
  const radius = Math.max(width, LEAST) / 2, touched = [W2, H2, 0, 0];
  const pairs = points.length > 1 ? points.slice(1).map((end, n) => [points[n], end]) : [[points[0], points[0]]];
  for (const [start, end] of pairs) {
    const left = Math.max(0, Math.floor(Math.min(start[0], end[0]) - radius)), right = Math.min(W2, Math.floor(Math.max(start[0], end[0]) + radius) + 1);
    const top = Math.max(0, Math.floor(Math.min(start[1], end[1]) - radius)), bottom = Math.min(H2, Math.floor(Math.max(start[1], end[1]) + radius) + 1);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++)
        if (squareTo(x + 0.5, y + 0.5, start, end) <= radius * radius) labels[y * W2 + x] = label;
    }
    touched[0] = Math.min(touched[0], left);
    touched[1] = Math.min(touched[1], top);
    touched[2] = Math.max(touched[2], right);
    touched[3] = Math.max(touched[3], bottom);
  }
  return touched;
}
function paintPrompts(size2, scribbles, points) {
  const labels = new Int16Array(size2[0] * size2[1]).fill(-1);
  for (const { points: places, width, label } of scribbles) paintStroke(labels, size2, places, width, label);
  for (const { x, y, label } of points) paintStroke(labels, size2, [[x, y]], POINT_WIDTH, label);
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
  push(state2, gesture = null) {
    if (state2 === this.now) return;
    const key = JSON.stringify(state2);
    if (key === this.key) return;
    if (gesture === null || gesture !== this.gesture) this.past.push(this.now);
    if (this.past.length > MOST) this.past.shift();
    this.now = state2;
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
    const begin2 = () => {
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
      begin2();
    };
    model.on("change:wording", again);
    begin2();
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
var boxOf2 = ({ from, to }) => ({
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
  restart(names2) {
    for (const name of names2) {
      this.record.said[name] = this.model.get(name);
      this.record.heard[name] = this.model.get("turns")?.[name] ?? 0;
      this.record.unsaved.delete(name);
    }
  }
};

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
function paintPicture(out, scale, [H2, W2], image) {
  makeRoom(H2 * W2);
  for (let i = 0; i < light.length; i++) light[i] = rgb(image[4 * i], image[4 * i + 1], image[4 * i + 2]);
  enlarge(out, scale, H2, W2, light, light);
}
function enlarge(out, scale, H2, W2, first, second) {
  const width = W2 * scale;
  if (scale === 1) {
    for (let y = 0, i = 0; y < H2; y++)
      for (let x = 0; x < W2; x++, i++) out[i] = (x + y & 7) < 3 ? second[i] : first[i];
    return;
  }
  for (let y = 0, i = 0; y < H2; y++) {
    for (let x = 0; x < W2; x++, i++) {
      for (let dy = 0, row = y * scale; dy < scale; dy++, row++) {
        for (let dx = 0, column = x * scale; dx < scale; dx++, column++) {
          out[row * width + column] = (column + row & 7) < 3 ? second[i] : first[i];
        }
      }
    }
  }
}
function outline(out, scale, H2, W2, regions, color) {
  const width = W2 * scale;
  for (let y = 0, i = 0; y < H2; y++) {
    for (let x = 0; x < W2; x++, i++) {
      const here = regions[i], left = x > 0 && regions[i - 1] !== here, above = y > 0 && regions[i - W2] !== here;
      if (!left && !above) continue;
      const corner = y * scale * width + x * scale;
      if (left) for (let d = 0; d < scale; d++) out[corner + d * width] = color;
      if (above) for (let d = 0; d < scale; d++) out[corner + d] = color;
    }
  }
}

// segtutor/widgets/asking/draw.js
var SHARE = 0.55;
var pack = (r, g, b) => (4278190080 | b << 16 | g << 8 | r) >>> 0;
var DARK = pack(20, 20, 20);
function paintMasked(out, scale, [H2, W2], image, mask, [r, g, b]) {
  const wide = W2 * scale, rest = 1 - SHARE;
  for (let y = 0, i = 0; y < H2; y++) {
    for (let x = 0; x < W2; x++, i++) {
      const at = 4 * i;
      const color = mask?.[i] ? pack(SHARE * r + rest * image[at], SHARE * g + rest * image[at + 1], SHARE * b + rest * image[at + 2]) : pack(image[at], image[at + 1], image[at + 2]);
      for (let dy = 0, row = y * scale; dy < scale; dy++, row++)
        out.fill(color, row * wide + x * scale, row * wide + (x + 1) * scale);
    }
  }
  if (mask) outline(out, scale, H2, W2, mask, DARK);
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
function drawMarks(context, view, { points = [], next, box, draft, brush, cross }) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  if (box) drawBox(context, view, box);
  if (draft) drawBox(context, view, draft, { dashed: true });
  if (next) drawSuggestedClick(context, view, next);
  for (const one of points) drawClick(context, view, one);
  if (brush) drawRing(context, view, brush);
  if (cross) drawCross(context, view, cross);
}
function drawClick(context, view, click) {
  const { zoom } = view, place = disc(context, view, click, 8), [ground, sign] = click.label ? ["#fff", "#000"] : ["#000", "#fff"];
  context.fillStyle = ground;
  context.fill();
  strokeRimmed(context, zoom, 1.5, ground);
  plusOrMinus(context, zoom, place, click.label);
  context.strokeStyle = sign;
  context.lineWidth = 2.5 * zoom;
  context.stroke();
}
function drawSuggestedClick(context, view, click) {
  const { zoom } = view, place = disc(context, view, click, 11);
  context.setLineDash([4 * zoom, 4 * zoom]);
  strokeRimmed(context, zoom, 2);
  context.setLineDash([]);
  plusOrMinus(context, zoom, place, click.label);
  strokeRimmed(context, zoom, 2);
}
function disc(context, { scale, zoom }, { x, y }, size2) {
  const { width, height } = context.canvas, radius = size2 * zoom, cx = Math.min(width - radius, Math.max(radius, x * scale)), cy = Math.min(height - radius, Math.max(radius, y * scale));
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  return [cx, cy];
}
function plusOrMinus(context, zoom, [cx, cy], plus) {
  const arm = 4.5 * zoom;
  context.beginPath();
  context.moveTo(cx - arm, cy);
  context.lineTo(cx + arm, cy);
  if (!plus) return;
  context.moveTo(cx, cy - arm);
  context.lineTo(cx, cy + arm);
}

// segtutor/widgets/asking/words.js
var percent = (share) => `${(100 * share).toFixed(1)} %`;
var LEVELS = {
  part: trLater("the part: {name}, {share}"),
  thing: trLater("the thing: {name}, {share}"),
  group: trLater("the group: {name}, {share}"),
  stuff: trLater("the stuff: {name}, {share}"),
  words: trLater("the words: {name}, {share}"),
  class: trLater("the class: {name}, {share}")
};
var HINTS = {
  point: trLater(
    "Click on something. More clicks correct the answer: on it where something is missing, beside it where too much is claimed."
  ),
  box: trLater("Drag a box around something."),
  text: trLater("Write what to look for and press Enter."),
  example: trLater("Paint on the example what you mean; the network looks for the like in the picture.")
};
function meaningInWords({ level, name, area }) {
  const values = { name, share: percent(area) };
  return Object.hasOwn(LEVELS, level) ? tr(LEVELS[level], values) : tr("the {level}: {name}, {share}", { level, ...values });
}
var asked = (kind, { points, text }) => ({
  click: () => trCount("one click", "{n} clicks", points.length),
  box: () => tr("a box"),
  text: () => tr("“{text}”", { text }),
  example: () => tr("the painted example")
})[kind]();
var WHICH = [
  trLater("{n} answers to {prompt}; the first covers {share} of the picture, predicted IoU {iou}."),
  trLater("{n} answers to {prompt}; the second covers {share} of the picture, predicted IoU {iou}."),
  trLater("{n} answers to {prompt}; the third covers {share} of the picture, predicted IoU {iou}.")
];
function answerInWords(name, answers, chosen, prompts) {
  const { kind, scores, areas, said } = answers;
  if (!kind) return tr("Nothing asked yet.");
  if (said) return tr("No answer.");
  const prompt = asked(kind, prompts);
  if (!scores.length) return tr("{model} finds nothing for {prompt}: no pixel reaches 0.5.", { model: name, prompt });
  const values = { n: scores.length, prompt, share: percent(areas[chosen]), iou: scores[chosen].toFixed(2) };
  return scores.length > 1 ? tr(WHICH[chosen], values) : tr("The answer to {prompt} covers {share} of the picture, predicted IoU {iou}.", values);
}
function truthInWords({ kind, meanings, meant, ious, scores, said }, chosen) {
  if (meant === null || meant === void 0 || said) return "";
  const { name, area, level } = meanings[meant];
  if (!area)
    return scores.length ? tr("The scene has no {name}: there is nothing to be found.", { name }) : tr("Right: the scene has no {name}.", { name });
  if (!scores.length) return tr("The scene has {name}, {share} of the picture.", { name, share: percent(area) });
  const values = { name, iou: ious[chosen].toFixed(2) };
  if (kind === "text") return tr("IoU with the truth of “{name}”: {iou}.", values);
  return level === "class" ? tr("IoU with the truth of all that is {name}: {iou}.", values) : tr("IoU with the truth of the {name}: {iou}.", values);
}
function nextInWords(next) {
  if (!next) return "";
  const values = { x: Math.floor(next[0]), y: Math.floor(next[1]) };
  return next[2] ? tr("The largest error is around column {x}, row {y}: something is missing there, so click on it.", values) : tr("The largest error is around column {x}, row {y}: too much is claimed there, so click beside it.", values);
}
function scoresInWords(score, iou) {
  const values = { predicted: score.toFixed(2), iou: iou?.toFixed(2) };
  return iou === null || iou === void 0 ? tr("IoU predicted {predicted}", values) : tr("IoU predicted {predicted}, true {iou}", values);
}

// segtutor/widgets/asking/answers.js
var MOST2 = 3;
var Answers = class {
  /** @param {{signal: AbortSignal, onChoose: (n: number) => void}} acts */
  constructor({ signal, onChoose }) {
    const group = newId();
    this.thumbs = Array.from({ length: MOST2 }, (_, n) => thumb(group, n, signal, onChoose));
    this.node = element(
      "fieldset",
      { class: "segtutor-answers" },
      element("legend", {}, tr("Answers")),
      ...this.thumbs.map(({ node }) => node)
    );
  }
  /** Another picture of H x W pixels. */
  take([H2, W2]) {
    for (const { canvas } of this.thumbs) [canvas.height, canvas.width] = [H2, W2];
  }
  /** Other masks. @param {Uint8Array[]} masks */
  draw(masks, size2, image, color) {
    masks.forEach((mask, n) => {
      const context = this.thumbs[n].canvas.getContext("2d"), pixels = context.createImageData(size2[1], size2[0]);
      paintMasked(new Uint32Array(pixels.data.buffer), 1, size2, image, mask, color);
      context.putImageData(pixels, 0, 0);
    });
  }
  /**
   * Their scores, and which is chosen; one answer alone needs no choice.
   *
   * @param {Record<string, any>} answers scores, areas, ious: a number for each
   * @param {number} count of the masks that have come
   * @param {number} chosen
   */
  show({ scores, areas, ious = [] }, count, chosen) {
    this.node.hidden = count < 2;
    if (count < 2) return;
    this.thumbs.forEach(({ node, input, said }, n) => {
      node.hidden = n >= count;
      if (node.hidden) return;
      input.checked = n === chosen;
      const line = scoresInWords(scores[n], ious[n]);
      if (said.data !== line) said.data = line;
      const share = (100 * areas[n]).toFixed(1);
      input.setAttribute(
        "aria-label",
        tr("Answer {n}: {scores}, {share} % of the picture", { n: n + 1, scores: line, share })
      );
    });
  }
};
function thumb(group, n, signal, onChoose) {
  const canvas = element("canvas", { class: "segtutor-canvas", "aria-hidden": "true" }), said = document.createTextNode(""), label = tr("Answer {n}", { n: n + 1 }), input = ownKeys(element("input", { type: "radio", name: group, value: n, "aria-label": label }), signal);
  input.addEventListener("change", () => onChoose(n), { signal });
  const text = element("span", {}, input, element("b", {}, said));
  return { node: element("label", {}, canvas, text), canvas, input, said };
}

// segtutor/widgets/shared/hand.js
var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function painterHand(canvases, { size: size2, label, onDown, onMove, onUp, onCancel, onHover, onCross, onKey, signal }) {
  const [canvas] = canvases, node = ownKeys(
    element("div", { class: "segtutor-sheet", tabindex: 0, role: "application", "aria-label": label }, ...canvases),
    signal
  );
  let pointer = null, cross = null, pen = false;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect(), [H2, W2] = size2();
    const x = (event.clientX - box.left) / box.width * W2, y = (event.clientY - box.top) / box.height * H2;
    return [Math.min(W2, Math.max(0, x)), Math.min(H2, Math.max(0, y))];
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
    const step = !event.ctrlKey && !event.metaKey && STEPS[event.key], [H2, W2] = size2();
    if (step) {
      const far = event.shiftKey ? 10 : 1;
      cross = cross ? [
        Math.min(W2 - 0.5, Math.max(0.5, cross[0] + far * step[0])),
        Math.min(H2 - 0.5, Math.max(0.5, cross[1] + far * step[1]))
      ] : [Math.floor(W2 / 2) + 0.5, Math.floor(H2 / 2) + 0.5];
      if (pen) onMove(cross);
      onCross(cross);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!cross) onCross(cross = [Math.floor(W2 / 2) + 0.5, Math.floor(H2 / 2) + 0.5]);
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
      this.zoom = zoomOf(this.canvas, contentRect.width, 0.5);
      onFrame();
    });
    this.resized.observe(this.canvas);
  }
  /** Another picture of H x W pixels. */
  take([H2, W2]) {
    this.scale = Math.max(1, Math.floor(512 / Math.max(H2, W2)));
    for (const canvas of [this.canvas, this.marks]) [canvas.width, canvas.height] = [W2 * this.scale, H2 * this.scale];
    this.pixels = this.context.createImageData(W2 * this.scale, H2 * this.scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.node.style.setProperty("--wide", `${Math.round(this.longest * W2 / Math.max(H2, W2))}px`);
  }
  /** Shows what was painted into `out`. */
  show() {
    this.context.putImageData(this.pixels, 0, 0);
  }
  mark(marks) {
    const { scale, zoom } = this;
    drawMarks(this.marks.getContext("2d"), { scale, zoom }, { ...marks, cross: this.cross });
  }
  disconnect() {
    this.resized.disconnect();
  }
};

// segtutor/widgets/asking/example.js
var Example = class {
  /**
   * @param {{get: (trait: string) => any, signal: AbortSignal, kernel: boolean, onFrame: () => void,
   *   onStroke: (stroke: Record<string, any>) => void, onBrush: (width: number) => void,
   *   onKey: (event: KeyboardEvent) => boolean}} acts onStroke: one that is done; onKey: what is no key of the brush
   */
  constructor({ get, signal, kernel, onFrame, onStroke, onBrush, onKey }) {
    this.get = get;
    this.kernel = kernel;
    this.hand = "paint";
    this.image = null;
    this.stroke = null;
    this.marked = null;
    this.markedOf = null;
    this.onFrame = onFrame;
    this.onStroke = onStroke;
    this.sheet = new Sheet({
      size: () => get("example_size"),
      longest: 256,
      signal,
      label: tr("The example: arrow keys move the cross, Enter puts the brush down and lifts it"),
      onDown: (at) => this._down(at),
      onMove: (at) => this._move(at),
      onUp: () => this._up(),
      onCancel: () => this._cancel(),
      onKey: (event) => {
        const step = { "[": -2, "]": 2 }[event.key];
        if (event.ctrlKey || event.metaKey || !step) return onKey(event);
        onBrush(Math.min(60, Math.max(1, get("brush") + step)));
        return true;
      },
      onFrame
    });
  }
  disconnect() {
    this.sheet.disconnect();
  }
  async load(signal) {
    const { get, sheet } = this, size2 = get("example_size"), image = await decodePicture(bytesOf(get("example_picture")), size2);
    if (signal.aborted) return;
    sheet.take(size2);
    this.image = image;
    paintPicture(sheet.out, sheet.scale, size2, image);
    sheet.show();
    this.onFrame();
  }
  // ---- a stroke, from down to up
  _inside([x, y]) {
    const [H2, W2] = this.get("example_size");
    return [kept(x, W2), kept(y, H2)];
  }
  _down(at) {
    if (!this.kernel || !this.image) return "done";
    const label = this.hand === "paint" ? 1 : -1;
    this.stroke = { label, width: this.get("brush"), points: [this._inside(at)] };
    this._add(this.stroke.points);
    return "";
  }
  _move(at) {
    if (!this.stroke) return this.onFrame();
    const { points, width } = this.stroke;
    if (addPlace(points, this._inside(at), width)) this._add(points.slice(-2));
    return this.onFrame();
  }
  _up() {
    const { stroke } = this;
    this.stroke = null;
    if (stroke) this.onStroke(stroke);
  }
  _cancel() {
    [this.stroke, this.markedOf] = [null, null];
    this.onFrame();
  }
  /** A piece of the stroke, at once. */
  _add(places) {
    paintStroke(this.marked, this.get("example_size"), places, this.stroke.width, this.stroke.label);
    this._paint();
    this.onFrame();
  }
  // ---- what is seen
  /** @param {any[]} strokes that are done */
  show(strokes) {
    if (!this.image) return;
    if (this.markedOf !== strokes && !this.stroke) {
      this.markedOf = strokes;
      this.marked = paintPrompts(this.get("example_size"), strokes, []);
      this._paint();
    }
    const at = this.get("tool") === "example" ? this.sheet.hover : null;
    this.sheet.mark({ brush: at ? { at, width: this.get("brush") } : null });
  }
  _paint() {
    const { sheet, get } = this, ones = Uint8Array.from(this.marked, (label) => label === 1 ? 1 : 0);
    paintMasked(sheet.out, sheet.scale, get("example_size"), this.image, ones, get("color"));
    sheet.show();
    const share = ones.reduce((sum, one) => sum + one, 0) / ones.length;
    sheet.canvas.setAttribute(
      "aria-label",
      tr("The example, {share} % of it painted", { share: (100 * share).toFixed(1) })
    );
  }
};

// segtutor/widgets/asking/panel.js
var TOOLS = {
  point: trLater("click"),
  box: trLater("box"),
  text: trLater("words"),
  example: trLater("painted example")
};
var AskingPanel = class {
  /** acts: tools, words, signal; onTool, onLabel, onText, onBrush, onHand, onUndo, onRedo, onClear, onLevel, onNext; the nodes of the example, if there is one, and of the answers */
  constructor(acts, example, answers) {
    this.acts = acts;
    this._makeTools();
    this._makeWords();
    this._makeExample(example);
    this._makeHistory();
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      this.labels,
      this.words,
      this.example,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear)
    );
    this._makeTold(answers);
  }
  /** How one asks, and what a click says. */
  _makeTools() {
    const { signal, tools, onTool, onLabel } = this.acts;
    this.tools = choice({
      legend: tr("Ask by"),
      selected: tools[0],
      signal,
      onChange: onTool,
      choices: Object.fromEntries(tools.map((tool) => [tool, tr(TOOLS[tool])]))
    });
    this.tools.hidden = tools.length < 2;
    this.hint = element("small", { class: "segtutor-hint" });
    this.labels = choice({
      legend: tr("The click is"),
      selected: "on",
      signal,
      onChange: (value) => onLabel(Number(value === "on")),
      choices: { on: tr("on it"), beside: tr("beside it") }
    });
  }
  _makeWords() {
    const { signal, onText, words } = this.acts, list = newId();
    this.text = ownKeys(
      element("input", {
        type: "text",
        class: "segtutor-field",
        "aria-label": tr("Words"),
        list,
        maxlength: 400
      }),
      signal
    );
    this.text.addEventListener("change", () => onText(this.text.value), { signal });
    this.ask = button(tr("Ask"), () => onText(this.text.value), signal);
    this.phrases = element("datalist", { id: list });
    this.words = element("div", { class: "segtutor-buttons" }, this.text, this.ask, this.phrases);
    this.propose(words);
  }
  _makeExample(example) {
    const { signal, tools, onHand, onBrush } = this.acts;
    this.hands = choice({
      legend: tr("The brush"),
      selected: "paint",
      signal,
      onChange: onHand,
      choices: { paint: tr("paints"), erase: tr("erases") }
    });
    this.brush = slider({
      label: tr("Width of the brush"),
      hint: tr("pixels of the example; keys [ and ]"),
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: onBrush,
      write: (value) => String(Math.round(value))
    });
    this.example = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("Example") },
      ...example ? [example] : [],
      this.hands,
      this.brush.node
    );
    this.example.hidden = !tools.includes("example");
  }
  _makeHistory() {
    const { signal, onUndo, onRedo, onClear } = this.acts;
    this.undo = button(tr("Undo"), onUndo, signal, { title: tr("Ctrl + Z on the picture") });
    this.redo = button(tr("Redo"), onRedo, signal, { title: tr("Ctrl + Y on the picture") });
    this.clear = button(tr("Clear"), onClear, signal);
  }
  /** What came back: the answers, what is meant, what the truth says, the next click. */
  _makeTold(answers) {
    const { signal, onNext } = this.acts;
    this.found = element("p", { class: "segtutor-summary" });
    this.true = element("p", { class: "segtutor-say" });
    this.next = element("p", { class: "segtutor-say" });
    this.take = button(tr("Take this click"), onNext, signal, { title: tr("Key N on the picture") });
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.meanings = element("fieldset", { class: "segtutor-choice segtutor-fieldset-column" });
    this.meaningsKey = "";
    this.told = element(
      "div",
      { class: "segtutor-part segtutor-told", role: "group", "aria-label": tr("Answer") },
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
    this.text.placeholder = tr("for example: {words}", { words: words[0] ?? tr("a cat") });
    this.phrases.replaceChildren(...words.map((value) => element("option", { value })));
  }
  /** What is on the screen now; `kernel`: whether somebody answers. */
  show({ tool, label, text, brush, level, hand, undo, redo, any, answers, said, mayBeBeside, kernel }) {
    check(this.tools, tool);
    setText(
      this.hint,
      kernel ? tr(HINTS[tool]) : tr("The network answers in a running notebook; here is what it said last.")
    );
    this._showLabels(tool === "point", label, mayBeBeside, kernel);
    this.words.hidden = tool !== "text";
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    this.text.disabled = this.ask.disabled = !kernel;
    this.brush.show(brush, tr("pixels of the example"));
    check(this.hands, hand);
    for (const [node, possible] of [
      [this.undo, undo],
      [this.redo, redo],
      [this.clear, any]
    ])
      node.disabled = !possible || !kernel;
    this._showTold(said, kernel);
    this._showMeanings(answers, level);
  }
  /** The first click is always on the thing. */
  _showLabels(clicking, label, mayBeBeside, kernel) {
    this.labels.hidden = !clicking;
    check(this.labels, mayBeBeside && !label ? "beside" : "on");
    for (const input of this.labels.querySelectorAll("input"))
      input.disabled = !kernel || input.value === "beside" && !mayBeBeside;
  }
  _showTold(said, kernel) {
    setText(this.refused, said.refused);
    this.refused.hidden = !said.refused;
    setText(this.found, said.found);
    setText(this.true, said.true);
    setText(this.next, said.next);
    this.next.hidden = this.take.hidden = !said.next;
    this.take.disabled = !kernel;
  }
  _showMeanings({ meanings = [], meant }, level) {
    const key = JSON.stringify(meanings);
    if (key !== this.meaningsKey) this._offerMeanings(meanings);
    this.meaningsKey = key;
    this.meanings.hidden = meanings.length < 2;
    const own2 = meanings.some((one) => one.level === level);
    check(this.meanings, own2 ? level : meanings[meant]?.level);
  }
  _offerMeanings(meanings) {
    const had = this.meanings.contains(document.activeElement);
    const made = choice({
      legend: tr("You mean"),
      selected: "",
      signal: this.acts.signal,
      onChange: this.acts.onLevel,
      choices: Object.fromEntries(meanings.map((one) => [one.level, meaningInWords(one)]))
    });
    this.meanings.replaceChildren(...made.children);
    if (had) this.meanings.querySelector("input")?.focus();
  }
};

// segtutor/widgets/asking/canvas.js
var STATE = ["points", "boxes", "scribbles", "text", "chosen"];
var NONE = { points: [], boxes: [], scribbles: [], text: "", chosen: 0 };
var OTHERS = ["tool", "label", "brush", "level", "answers", "masks", "picture"];
var KEYS = { p: "point", b: "box", w: "text", e: "example" };
var AskingView = class {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.get = (name) => model.get(name);
    this.kernel = model.kernel !== false;
    this.tools = model.get("tools");
    this.history = new History(this._state());
    this.taken = null;
    this.image = null;
    this.masks = [];
    this.masksOf = null;
    this.drawn = null;
    this.draft = null;
    this.waiting = false;
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 600);
    this._makeSheets();
    this._makePanel();
    this._makePage(el);
    this._listen(life);
    this._load();
    this.example?.load(life.signal);
    life.also(this.sheet, this.frame, this.announce, ...this.example ? [this.example] : []);
  }
  /** The prompts, and which answer was chosen: what can be undone. */
  _state() {
    return Object.fromEntries(STATE.map((name) => [name, this.get(name)]));
  }
  // ---- the page
  /** The picture, and the example where the network takes one. */
  _makeSheets() {
    const { get, tools, signal, kernel } = this, pointing = tools.some((tool) => tool === "point" || tool === "box"), onFrame = this.frame.request;
    this.sheet = new Sheet({
      size: () => get("size"),
      signal,
      label: pointing ? tr(
        "The picture: arrow keys move the cross, Enter clicks or sets a corner of a box, 1 and 0 say on it or beside it, N takes the suggested click"
      ) : tr("The picture: arrow keys move the cross"),
      onDown: (at) => this._down(at),
      onMove: (at) => this._move(at),
      onUp: (at) => this._up(at),
      onCancel: () => this._cancel(),
      onKey: (event) => this._key(event),
      onFrame
    });
    this.example = get("example_size").length ? new Example({
      get,
      signal,
      kernel,
      onFrame,
      onStroke: (stroke) => this._ask({ scribbles: [...get("scribbles"), stroke] }),
      onBrush: (brush) => this._tell({ brush }),
      onKey: (event) => this._key(event)
    }) : null;
  }
  _makePanel() {
    const { get, signal, tools } = this, tell = (changes) => this._tell(changes);
    this.answers = new Answers({ signal, onChoose: (chosen) => tell({ chosen }) });
    this.panel = new AskingPanel(
      {
        signal,
        tools,
        words: get("words"),
        onTool: (tool) => tell({ tool }),
        onLabel: (label) => tell({ label }),
        onText: (text) => text.trim() !== get("text") && this._ask({ text: text.trim() }),
        onBrush: (brush) => tell({ brush }),
        onHand: (hand) => this._takeHand(hand),
        onUndo: () => this._undo(),
        onRedo: () => this._redo(),
        onClear: () => this._go(NONE),
        onLevel: (level) => tell({ level }),
        onNext: () => this._takeNext()
      },
      this.example?.sheet.node,
      this.answers.node
    );
  }
  _makePage(el) {
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    el.append(
      element(
        "div",
        { class: "segtutor-widget segtutor-painting segtutor-asking" },
        element("div", { class: "segtutor-left" }, this.sheet.node),
        element("div", { class: "segtutor-right" }, this.panel.node, this.panel.told),
        this.spoken
      )
    );
  }
  _listen(life) {
    life.on([...STATE, ...OTHERS], this.frame.request);
    life.on("answers", () => {
      this.waiting = false;
      this.frame.request();
    });
    life.on("words", () => this.panel.propose(this.get("words")));
    life.on("picture", () => queueMicrotask(() => this._load()));
  }
  // ---- what the learner does
  _tell(changes) {
    this.turns.tell(changes);
    this.frame.request();
  }
  /** A prompt of one kind takes those of the others off: the network is asked one thing. */
  _ask(changes) {
    const one = "text" in changes ? ["text"] : "scribbles" in changes ? ["scribbles"] : ["points", "boxes", "chosen"];
    this._go({ ...NONE, ...Object.fromEntries(one.map((name) => [name, this.get(name)])), ...changes });
  }
  /** Another state, of which the kernel is asked; null: there is none. */
  _go(state2) {
    if (!state2) return;
    this.waiting = this.kernel;
    this._tell(state2);
  }
  _undo() {
    this.history.push(this._state());
    this._go(this.history.undo());
  }
  _redo() {
    this.history.push(this._state());
    this._go(this.history.redo());
  }
  /** @param {string} hand what the brush does on the example, "paint" or "erase" */
  _takeHand(hand) {
    if (this.example) this.example.hand = hand;
    this.frame.request();
  }
  _takeNext() {
    const { next } = this.get("answers");
    if (this.kernel && next && !this.waiting) this._click(next[0], next[1], next[2]);
  }
  _hasBegun() {
    return this.get("points").length + this.get("boxes").length > 0;
  }
  // ---- clicks, a box, and keys on the picture
  /** The first click is always on the thing. */
  _click(x, y, label) {
    const first = !this._hasBegun(), points = [...this.get("points"), { x, y, label: first ? 1 : label }];
    this._ask(first ? { points, chosen: 0 } : { points });
  }
  /** A place as it is kept. @returns {[number, number]} */
  _inside([x, y]) {
    const [H2, W2] = this.get("size");
    return [kept(x, W2), kept(y, H2)];
  }
  _down(at) {
    const tool = this.get("tool"), place = this._inside(at);
    if (!this.kernel || !this.image) return "done";
    if (tool === "point") this._click(place[0], place[1], this.get("label"));
    if (tool !== "box") return "done";
    this.draft = { from: place, to: place };
    this.frame.request();
    return "";
  }
  _move(at) {
    if (this.draft) this.draft.to = this._inside(at);
    this.frame.request();
  }
  _up(at) {
    if (!this.draft) return;
    this._move(at);
    const box = boxBetween(this.draft.from, this.draft.to, 1);
    this.draft = null;
    if (box) this._ask({ boxes: [box], chosen: 0 });
  }
  _cancel() {
    this.draft = null;
    this.frame.request();
  }
  /** @returns {boolean} whether the key was meant for the picture */
  _key(event) {
    const control = event.ctrlKey || event.metaKey, name = event.key.toLowerCase(), has = (tool) => this.tools.includes(tool);
    if (control && (name === "y" || name === "z" && event.shiftKey)) this._redo();
    else if (control && name === "z") this._undo();
    else if (control) return false;
    else if ((name === "0" || name === "1") && has("point")) this._tell({ label: Number(name) });
    else if (name === "n") this._takeNext();
    else if (Object.hasOwn(KEYS, name) && has(KEYS[name])) this._tell({ tool: KEYS[name] });
    else return false;
    return true;
  }
  // ---- one frame
  _update() {
    const now = this._state(), answers = this.get("answers");
    this.history.push(now);
    if (!this.image) return;
    this._unpack(answers);
    const chosen = this.masks.length > 1 ? Math.min(now.chosen, this.masks.length - 1) : 0;
    this._draw(chosen);
    const said = this._inWords(answers, chosen, now);
    this._showPanel(now, answers, said);
    this.answers.show(answers, this.masks.length, chosen);
    this._describe(said);
    this.sheet.mark({
      points: now.points,
      box: now.boxes.at(-1),
      draft: this.draft && boxOf2(this.draft),
      next: said.next ? { x: answers.next[0], y: answers.next[1], label: answers.next[2] } : null
    });
    this.example?.show(now.scribbles);
    this.announce.request();
  }
  /** The masks, when others have come. */
  _unpack(answers) {
    const sent = this.get("masks");
    if (this.masksOf === sent) return;
    this.masksOf = sent;
    this.masks = unpackMasks(bytesOf(sent), answers.scores.length, this.image.length / 4);
    this.drawn = null;
  }
  /** The picture with the chosen answer over it, and all of them small where there are several. */
  _draw(chosen) {
    if (this.drawn === chosen) return;
    const { sheet, masks, image, get } = this, size2 = get("size"), color = get("color");
    paintMasked(sheet.out, sheet.scale, size2, image, masks[chosen] ?? null, color);
    sheet.show();
    if (this.drawn === null && masks.length > 1) this.answers.draw(masks, size2, image, color);
    this.drawn = chosen;
  }
  /** What is said of the answer; nothing of the truth and the next click while the kernel is asked. */
  _inWords(answers, chosen, prompts) {
    const model = this.get("model_name"), current = answers.kind === "" || !this.waiting;
    return {
      refused: answers.said ?? "",
      found: this.waiting ? tr("Asking {model} …", { model }) : answerInWords(model, answers, chosen, prompts),
      true: current ? truthInWords(answers, chosen) : "",
      next: current ? nextInWords(answers.next) : ""
    };
  }
  _showPanel(now, answers, said) {
    const { get, history, kernel } = this;
    this.panel.show({
      tool: get("tool"),
      label: get("label"),
      text: get("text"),
      brush: get("brush"),
      level: get("level"),
      hand: this.example?.hand ?? "paint",
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length,
      answers,
      said,
      mayBeBeside: this._hasBegun(),
      kernel
    });
  }
  /** What a reader who does not see the picture is told. */
  _describe(said) {
    const picture = this.masks.length ? tr("The picture under the mask.") : tr("The picture.");
    this.sheet.canvas.setAttribute("aria-label", `${picture} ${said.found}`);
  }
  _announce() {
    const { panel } = this, at = this.sheet.cross ?? this.example?.sheet.cross;
    const here = at ? `${tr("Column {x}, row {y}.", { x: Math.floor(at[0]), y: Math.floor(at[1]) })} ` : "";
    setText(
      this.spoken,
      [here + panel.found.textContent, panel.true.textContent, panel.next.textContent].join(" ").trim()
    );
  }
  // ---- another picture
  /** Another picture has come, with its size: nothing of the old one stays. */
  async _load() {
    const picture = this.get("picture"), size2 = this.get("size");
    if (picture === this.taken) return;
    [this.taken, this.image, this.draft] = [picture, null, null];
    const image = await decodePicture(bytesOf(picture), size2);
    if (this.signal.aborted || this.get("picture") !== picture) return;
    this.sheet.take(size2);
    this.answers.take(size2);
    [this.image, this.masksOf, this.drawn] = [image, null, null];
    this.history.restart(this._state());
    this._update();
  }
};
var canvas_default = { render: living((context) => void new AskingView(context)) };

// segtutor/widgets/shared/loop.js
var NewestFirst = class {
  /**
   * @param {(question: any) => Promise<any>} ask
   * @param {(answer: any, question: any, ms: number) => void} onAnswer ms: how long it took
   * @param {(error: Error) => void} onError
   */
  constructor(ask, onAnswer, onError, now = () => performance.now()) {
    this.ask = ask;
    this.onAnswer = onAnswer;
    this.onError = onError;
    this.now = now;
    this.waiting = null;
    this.busy = false;
    this.closed = false;
  }
  /** @param {() => any} question made when its turn has come, so that what is overtaken costs nothing */
  request(question) {
    this.waiting = question;
    if (!this.busy) this._next();
  }
  /** Whether an answer is awaited. */
  get pending() {
    return this.busy || this.waiting !== null;
  }
  close() {
    this.closed = true;
    this.waiting = null;
  }
  async _next() {
    this.busy = true;
    while (this.waiting && !this.closed) {
      const question = this.waiting(), start = this.now();
      this.waiting = null;
      try {
        const answer = await this.ask(question);
        if (!this.closed) this.onAnswer(answer, question, this.now() - start);
      } catch (error) {
        if (!this.closed) this.onError(error);
      }
    }
    this.busy = false;
  }
};

// segtutor/widgets/explainer/photo.js
var TYPES = ["image/jpeg", "image/png", "image/webp"];
var MEGABYTES = 30;
var MEGAPIXELS = 60;
var LEAST2 = 32;
async function readPhoto(file, size2) {
  if (!TYPES.includes(file.type))
    throw new Error(
      tr("“{name}” is {type}: choose a picture in the form of JPEG, PNG or WebP", {
        name: file.name,
        type: file.type || tr("of no known type")
      })
    );
  if (file.size > MEGABYTES * 1e6)
    throw new Error(
      tr("“{name}” has {size} MB: choose a picture of at most {most} MB", {
        name: file.name,
        size: (file.size / 1e6).toFixed(0),
        most: MEGABYTES
      })
    );
  const unread = () => {
    throw new Error(tr("“{name}” could not be read as a picture: choose another one", { name: file.name }));
  };
  const [w, h] = await sizeOf(file).catch(unread);
  if (w * h > MEGAPIXELS * 1e6 || Math.min(w, h) < LEAST2)
    throw new Error(
      tr(
        "“{name}” has {w} × {h} pixels: choose a picture of at least {least} pixels a side and at most {most} million",
        { name: file.name, w, h, least: LEAST2, most: MEGAPIXELS }
      )
    );
  const bitmap = await createImageBitmap(file).catch(unread);
  const { width, height } = bitmap, side = Math.min(width, height);
  try {
    const image = shrunk(bitmap, (width - side) / 2, (height - side) / 2, side, size2);
    const factor = side / size2;
    const says = [
      tr("Your picture has {width} × {height} pixels. The networks take {size} × {size}.", { width, height, size: size2 })
    ];
    if (width !== height) says.push(tr("Its middle square ({side} × {side}) is used.", { side }));
    if (factor > 1) says.push(tr("It was made {factor} times smaller a side.", { factor: factor.toFixed(1) }));
    if (factor < 1) says.push(tr("It was enlarged."));
    says.push(tr("It stays on your machine."));
    return { image, says: says.join(" ") };
  } finally {
    bitmap.close();
  }
}
function sizeOf(file) {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(file), image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = reject;
    image.src = address;
    image.addEventListener("load", () => URL.revokeObjectURL(address));
    image.addEventListener("error", () => URL.revokeObjectURL(address));
  });
}
function shrunk(bitmap, left, top, side, size2) {
  let canvas = canvasOf(Math.max(size2, Math.min(side, 2048)));
  let context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.width);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.width);
  while (canvas.width > size2) {
    const smaller = canvasOf(Math.max(size2, Math.ceil(canvas.width / 2)));
    context = smaller.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, smaller.width, smaller.width);
    canvas = smaller;
  }
  return context.getImageData(0, 0, size2, size2).data;
}
function canvasOf(side) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  return canvas;
}

// segtutor/pages/scripts/click.js
followTheme();
var { state, scenes, vocabulary, names } = JSON.parse(carried("facts"));
var status = document.getElementById("status");
var choice2 = (
  /** @type {HTMLSelectElement} */
  document.getElementById("picture")
);
var own = (
  /** @type {HTMLInputElement} */
  document.getElementById("own")
);
var ownSays = document.getElementById("own-says");
var size = state.size;
var [H, W] = size;
var NO_ANSWER = { kind: "", scores: [], areas: [], meanings: [], meant: null, ious: [], next: null, ms: 0, said: "" };
var OWN = "Both networks have seen drawn scenes alone, so on a photograph they often fail, and a high predicted IoU proves nothing there. Nobody has said what is true of this picture: no true IoU, and no next click is proposed.";
var ASKED = ["points", "boxes", "text", "chosen", "level"];
var viewOfBytes = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
function packedBits(masks) {
  const each = Math.ceil(H * W / 8), bytes = new Uint8Array(each * masks.length);
  masks.forEach((mask, n) => {
    for (let i = 0; i < mask.length; i++) if (mask[i]) bytes[n * each + (i >> 3)] |= 128 >> (i & 7);
  });
  return viewOfBytes(bytes);
}
async function sceneOf(n) {
  const { picture, regions, things } = scenes[n], bytes = await unpack(carried(`scene-${n}`, { once: false })), each = Math.ceil(H * W / 8);
  const maskOf = (at) => Uint8Array.from({ length: H * W }, (_, i) => bytes[at * each + (i >> 3)] >> 7 - (i & 7) & 1);
  const truth = {
    regions: regions.map(({ level, name }, at) => ({ level, name, mask: maskOf(at) })),
    ids: bytes.slice(regions.length * each),
    things
  };
  return { picture: viewOf(picture), words: scenes[n].words, truth, says: "" };
}
async function photoOf(file) {
  const { image, says } = await readPhoto(file, W), canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [W, H];
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(image), W, H), 0, 0);
  const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return { picture: new DataView(await png.arrayBuffer()), words: [], truth: null, says: `${says} ${OWN}` };
}
async function begin() {
  const began = performance.now();
  const program = new TextDecoder().decode(await unpack(carried("program"))), graphs = Object.fromEntries(["see", "click", "say"].map((name) => [name, carried(`graph-${name}`)]));
  let port, wasm, workers = true;
  const ready = startPorts(program, 1, async ([started]) => {
    setText(status, "The networks are being unpacked …");
    port = started;
    wasm ??= unpack(carried("wasm"));
    await within(port.ask({ load: { wasm: (await wasm).buffer, graphs } }));
  }).then((found) => {
    workers = found;
  });
  ready.catch(() => {
  });
  let scene = await sceneOf(0), picture = 0, asker, encoded = ready.then(() => see()), asked2 = 0, warm = false;
  const { model, take } = makeModel(
    {
      ...state,
      picture: scene.picture,
      words: scene.words,
      masks: packedBits([]),
      answers: { ...NO_ANSWER, number: 0 }
    },
    { onSave: hear }
  );
  const traits = () => {
    const [points, boxes, text, chosen, level] = ASKED.map((name) => model.get(name));
    return { points, boxes, text, chosen, level };
  };
  async function see() {
    const mine = picture, pixels = await decodePicture(bytesOf(model.get("picture")), size);
    asker = new Asker((prompts) => port.ask({ ask: { picture: mine, ...prompts } }), size, vocabulary);
    const { ms } = await port.ask({ see: { picture: mine, image: pixels, size } });
    if (!warm) {
      warm = true;
      await asker.ask({ ...tokensOf({ points: [{ x: W / 2, y: H / 2, label: 1 }], box: null }, size), mask: null });
      await asker.ask({ numbers: [1] });
    }
    document.documentElement.dataset.ready = "";
    setText(status, `Both networks run in this page. The picture was encoded in ${ms.toFixed(0)} ms, once.`);
    return ms;
  }
  function hear(changes) {
    if (!ASKED.some((name) => name in changes)) return;
    take("model_name", questionOf(traits()).kind === "text" ? names.text : names.click);
    loop.request(() => ({ ...traits(), picture }));
  }
  const loop = new NewestFirst(
    async (said) => {
      const question = questionOf(said);
      let answer, mask;
      try {
        await encoded;
      } catch (error) {
        return { question, said, problem: inWords(error) };
      }
      try {
        answer = await asker.answer(question);
        mask = await asker.mask(question);
      } catch (error) {
        return { question, said, problem: String(error?.message ?? error) };
      }
      return { question, said, answer, mask };
    },
    (told) => told.said.picture === picture && show(told),
    (error) => sayFailure(status, error)
  );
  function show({ question, said, answer, mask, problem }) {
    const { kind } = question, number = ++asked2;
    if (problem !== void 0) {
      take("masks", packedBits([]));
      return take("answers", { ...NO_ANSWER, kind, said: problem, number });
    }
    const { masks, scores, ms } = answer, areas = masks.map((one) => one.reduce((sum, inside) => sum + inside, 0) / one.length), answers = { ...NO_ANSWER, kind, scores, areas, ms, ious: masks.map(() => null), number };
    const meanings = scene.truth ? meaningsOf(question, scene.truth, size, vocabulary) : [];
    if (meanings.length) {
      const meant = meantOf(
        meanings.map(({ level }) => level),
        said.level
      ), wanted = meanings[meant].mask;
      Object.assign(answers, {
        meanings: meanings.map(({ level, name, mask: one }) => ({
          level,
          name,
          area: one.reduce((sum, inside) => sum + inside, 0) / one.length
        })),
        meant,
        ious: masks.map((one) => maskIou(one, wanted)),
        next: mask && kind !== "text" ? nextClick(wanted, mask, size) : null
      });
    }
    take("masks", packedBits(masks));
    take("answers", answers);
    if (!kind || !ms) return;
    const how = hasChoice(question) ? "three answers" : "one answer";
    setText(
      status,
      `${model.get("model_name")} gave ${how} in ${ms.toFixed(1)} ms; the picture had been encoded before.`
    );
  }
  function put(next) {
    [scene, picture] = [next, picture + 1];
    for (const [name, value] of Object.entries({ points: [], boxes: [], text: "", chosen: 0, level: "" }))
      take(name, value);
    take("masks", packedBits([]));
    take("answers", { ...NO_ANSWER, number: ++asked2 });
    take("words", scene.words);
    take("picture", scene.picture);
    setText(ownSays, scene.says);
    setText(status, "The picture is being encoded …");
    encoded = encoded.then(see, see);
    encoded.catch((error) => sayFailure(status, error));
  }
  let photo = null;
  let turn = 0;
  choice2.addEventListener("change", async () => {
    const mine = ++turn, n = choice2.selectedIndex, next = n < scenes.length ? await sceneOf(n) : photo;
    if (mine !== turn || !next) return;
    own.value = "";
    put(next);
  });
  async function takeFile(file) {
    if (!file) return;
    const mine = ++turn;
    try {
      const next = await photoOf(file);
      if (mine !== turn) return;
      if (!photo) choice2.append(element("option", {}, "your own picture"));
      photo = next;
      choice2.selectedIndex = scenes.length;
      put(next);
    } catch (error) {
      if (mine === turn) setText(ownSays, `${error.message}.`);
    }
  }
  own.addEventListener("change", () => takeFile(own.files[0]));
  const over = document.documentElement.classList;
  const hasFile = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    over.toggle("dropping", !own.disabled);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    over.remove("dropping");
    if (!hasFile(event)) return;
    event.preventDefault();
    if (!own.disabled) takeFile(event.dataTransfer.files[0]);
  });
  const el = document.getElementById("canvas");
  el.replaceChildren();
  canvas_default.render({ model, el });
  Object.assign(globalThis, { segtutorPage: { model, ask: (prompts) => asker.ask(prompts) } });
  try {
    await encoded;
    choice2.disabled = own.disabled = false;
    const seconds = ((performance.now() - began) / 1e3).toFixed(1);
    setText(status, `${status.textContent} They were ready after ${seconds} s${workers ? "" : ", without a worker"}.`);
  } catch (error) {
    setText(status, inWords(error));
  }
}
begin().catch((error) => sayFailure(status, error));
