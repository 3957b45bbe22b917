/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 7f7a558499add423680499a5f69d0bcf331813cd73aa014238b0062059297543 of
   segtutor/widgets/matching/game.js
   segtutor/widgets/matching/hand.js
   segtutor/widgets/matching/hungarian.js
   segtutor/widgets/matching/matrix.js
   segtutor/widgets/matching/pair.js
   segtutor/widgets/matching/replay.js
   segtutor/widgets/matching/sent.js
   segtutor/widgets/matching/words.js
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
function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}
function choice({ legend: legend2, choices, selected, onChange, signal }) {
  const name = newId();
  const labels = Object.entries(choices).map(([value, text]) => {
    const input = ownKeys(element("input", { type: "radio", name, value, checked: value === selected }), signal);
    input.addEventListener("change", () => onChange(value), { signal });
    return element("label", {}, input, text);
  });
  return element("fieldset", { class: "segtutor-choice" }, element("legend", {}, legend2), ...labels);
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

// segtutor/widgets/shared/turns.js
var alike = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
var RECORDS = /* @__PURE__ */ new WeakMap();
var Turns = class {
  /** @param {Record<string, any>} [key] what the views of a widget share; without, the model itself */
  constructor(model, key2 = model) {
    if (!RECORDS.has(key2)) RECORDS.set(key2, { said: {}, heard: {}, unsaved: /* @__PURE__ */ new Set() });
    this.model = model;
    this.record = RECORDS.get(key2);
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

// segtutor/widgets/matching/words.js
var HINTS = {
  class: trLater("minus the probability that the query gives to the target's class"),
  bce: trLater("binary cross-entropy: do the masks agree pixel by pixel?"),
  dice: trLater("do the masks overlap as a whole?")
};
var two = (number) => (Math.abs(number) < 5e-3 ? 0 : number).toFixed(2);
var list = (parts) => parts.length < 2 ? parts.join("") : tr("{some} and {last}", { some: parts.slice(0, -1).join(", "), last: parts.at(-1) });
function pairInWords(row, column, terms, weights) {
  const parts = terms.map(({ name, value }) => `${name} ${Number(weights[name].toFixed(2))} × ${two(value)}`);
  const sum = terms.reduce((total, { name, value }) => total + weights[name] * value, 0);
  return tr("{query} with {target}: {terms} = {sum}", {
    query: row,
    target: column,
    terms: parts.join(" + "),
    sum: two(sum)
  });
}
function gameInWords(count, needed, total, least, targets) {
  const what = needed === targets ? tr("targets") : tr("queries"), more = total - least, values = { count, needed, what, sum: two(total), more: two(more) };
  if (count < needed) return tr("{count} of {needed} {what} matched, sum {sum}.", values);
  return more < 1e-9 ? tr("All {needed} {what} matched, sum {sum}: no assignment is cheaper.", values) : tr("All {needed} {what} matched, sum {sum}: another assignment is cheaper by {more}.", values);
}
var leastInWords = (least) => ` ${tr("The least sum is {sum}.", { sum: least.toFixed(2) })}`;
function changeInWords(before, now, rows, columns, revealed) {
  const first = new Map(before.map(([row, column]) => [column, row]));
  const changed = now.filter(([row, column]) => first.get(column) !== row).sort((a, b) => a[1] - b[1]);
  if (!changed.length) return tr("These weights have the same optimum as those at the start.");
  if (!revealed)
    return tr("With these weights {n} of {all} pairs of the optimum are others than at the start.", {
      n: changed.length,
      all: now.length
    });
  const pairs = changed.map(([row, column]) => {
    const was = first.has(column) ? `${rows[first.get(column)]} → ` : "";
    return `${columns[column]} (${was}${rows[row]})`;
  });
  return tr("Other pairs than at the start: {pairs}.", { pairs: list(pairs) });
}
var noteInWords = (letter, potential, distance) => Number.isFinite(distance) ? tr("{letter} {potential}, way {distance}", {
  letter,
  potential: potential.toFixed(2),
  distance: distance.toFixed(2)
}) : `${letter} ${potential.toFixed(2)}`;
var NOUNS = { query: trLater("query"), target: trLater("target") };
var PLURALS = { query: trLater("queries"), target: trLater("targets") };
function stepInWords(step, { seekers, places, seeker }) {
  const place = seeker === "query" ? "target" : "query", sides = { seekers: tr(PLURALS[seeker]), places: tr(PLURALS[place]), place: tr(NOUNS[place]) };
  const say = { begin: beginning, taken: takenPlace, free: freePlace, move: movedPotentials, done: proof }[step.kind];
  return say(step, { seekers, places, seeker, sides });
}
var beginning = (_, { sides }) => tr(
  "The {seekers} are served one by one, each gets a {place} of its own. Beside the names stand the potentials, all 0 yet; the cells show cost minus both potentials, the reduced cost. Subtracting a number from a whole row or column changes the sum of every complete assignment alike, so the best one stays the best.",
  sides
);
function takenPlace(step, { seekers, places, sides }) {
  const who = seekers[step.seeker], asked = seekers[step.asked];
  const looks = step.asked === step.seeker ? tr("{who} looks for a {place}.", { who, ...sides }) : tr("{who} still looks, now through {asked}.", { who, asked });
  return `${looks} ${tr(
    "The nearest is {where}, {way} away, but {holder} holds it. What if {holder} moved elsewhere? Its reduced costs are looked at as well, each added to the way so far.",
    {
      where: places[step.place],
      way: two(step.distance[step.place]),
      holder: seekers[Array.from(step.placeOf).indexOf(step.place)]
    }
  )}`;
}
var moves = (step, { seekers, places }) => list(
  step.path.slice().reverse().map(([s, p], n) => {
    const names = { who: seekers[s], where: places[p] };
    return n ? tr("{who} moves to {where}", names) : tr("{who} takes {where}", names);
  })
);
var freePlace = (step, names) => tr("{where} is free, at the end of the cheapest way, {way} long: {moves}.", {
  where: names.places[step.place],
  way: two(step.distance[step.place]),
  moves: moves(step, names)
});
function movedPotentials(step, names) {
  const values = {
    who: names.seekers[step.seeker],
    potential: two(step.u[step.seeker]),
    held: names.sides.place
  };
  const others = step.settled.length;
  let first = tr("The potential of {who} becomes {potential}.", values);
  if (others)
    first = names.seeker === "query" ? trCount(
      "The potential of {who} becomes {potential}; along the search, what is given to a query is taken from the {held} held.",
      "The potential of {who} becomes {potential}; along the search, what is given to {n} queries is taken from the {held} held.",
      others,
      values
    ) : trCount(
      "The potential of {who} becomes {potential}; along the search, what is given to a target is taken from the {held} held.",
      "The potential of {who} becomes {potential}; along the search, what is given to {n} targets is taken from the {held} held.",
      others,
      values
    );
  return `${first} ${tr(
    "Now all pairs stand on reduced costs of 0, and no reduced cost of those served is negative. {moves}.",
    { moves: moves(step, names) }
  )}`;
}
function proof({ u, v }, { sides }) {
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  return tr(
    "Done, and proved: no reduced cost is negative and all pairs stand on 0. Any other assignment costs at least the sum of the potentials, {ofSeekers} of the {seekers} and {ofPlaces} of the {places}, together {sum}. This one costs just that.",
    { ...sides, ofSeekers: two(sum(u)), ofPlaces: two(sum(v)), sum: two(sum(u) + sum(v)) }
  );
}

// segtutor/widgets/matching/hand.js
var HandPart = class {
  /**
   * @param {{model: any, signal: AbortSignal, tell: (changes: Record<string, any>) => void, sent: Record<string, any>,
   *   cost: () => Float64Array}} game sent: see readSent; cost: of each cell now
   */
  constructor({ model, signal, tell, sent, cost }) {
    this.model = model;
    this.tell = tell;
    this.sent = sent;
    this.cost = cost;
    this.undone = [];
    this.needed = Math.min(sent.rows.length, sent.columns.length);
    this.summary = element("p", { class: "segtutor-summary" });
    this.undo = button(tr("Undo"), () => this.undone.length && tell({ pairs: this.undone.pop() }), signal);
    this.clear = button(tr("Clear"), () => this._match([]), signal);
    const greedy = button(tr("Always the cheapest"), () => this._match(this._greedyPairs()), signal, {
      title: tr("takes the cheapest cell, crosses out its row and column, and goes on")
    });
    this.reveal = button(tr("Show the optimum"), () => tell({ revealed: !model.get("revealed") }), signal, {
      "aria-pressed": "false"
    });
    const buttons = element("div", { class: "segtutor-buttons" }, this.undo, this.clear, greedy, this.reveal);
    this.node = element("div", { class: "segtutor-part" }, this.summary, buttons, key());
  }
  _match(pairs) {
    this.undone.push(this.model.get("pairs"));
    this.tell({ pairs });
  }
  /** A pressed cell matches its query with its target, or parts them again; either has one partner. */
  press([r, c]) {
    const pairs = this.model.get("pairs"), { numbers } = this.sent, row = (query) => numbers.indexOf(query);
    const others = pairs.filter(([query, target]) => row(query) !== r && target !== c), parted = pairs.some(([query, target]) => row(query) === r && target === c);
    this.undone.push(pairs);
    this.tell({ cell: [numbers[r], c], pairs: parted ? others : [...others, [numbers[r], c]] });
  }
  /** The cheapest cell, then the cheapest of the rows and columns that are left, and so on. */
  _greedyPairs() {
    const cost = this.cost(), { numbers, columns } = this.sent, order = Array.from(cost.keys()).sort((a, b) => cost[a] - cost[b] || a - b), pairs = [];
    for (const cell of order) {
      const [r, c] = [Math.floor(cell / columns.length), cell % columns.length];
      if (!pairs.some(([a, b]) => a === r || b === c)) pairs.push([r, c]);
    }
    return pairs.map(([r, c]) => [numbers[r], c]);
  }
  /** The pairs on the matrix. @param {Record<string, any>} matrix see matrix.js @param {[number, number][]} optimum */
  show(matrix, optimum) {
    const { numbers, columns } = this.sent, revealed = this.model.get("revealed"), cost = this.cost();
    const key2 = (r, c) => r * columns.length + c, pairs = this.model.get("pairs").map(([query, target]) => [numbers.indexOf(query), target]);
    const mine = new Set(pairs.map(([r, c]) => key2(r, c))), best = new Set(revealed ? optimum.map(([r, c]) => key2(r, c)) : []);
    const sum = (some) => some.reduce((total, [r, c]) => total + cost[key2(r, c)], 0), least = sum(optimum);
    setText(
      this.summary,
      gameInWords(pairs.length, this.needed, sum(pairs), least, columns.length) + (revealed ? leastInWords(least) : "")
    );
    this.reveal.setAttribute("aria-pressed", String(revealed));
    this.undo.disabled = !this.undone.length;
    this.clear.disabled = !pairs.length;
    matrix.show(
      (r, c) => cost[key2(r, c)],
      (r, c) => [mine.has(key2(r, c)) && "chosen", best.has(key2(r, c)) && "best"].filter(Boolean).join(" "),
      { rows: [], columns: [] }
    );
    matrix.markHeads(new Set(pairs.map(([r]) => r)), new Set(pairs.map(([, c]) => c)));
  }
};
var key = () => element(
  "p",
  { class: "segtutor-key" },
  element("span", { class: "chosen" }, "12"),
  tr("your pair"),
  element("span", { class: "best" }, "12"),
  tr("optimum"),
  element("span", { class: "chosen best" }, "12"),
  tr("both")
);

// segtutor/widgets/matching/hungarian.js
function seekersFirst(cost, rows, columns) {
  const turned = rows > columns;
  return turned ? { n: columns, m: rows, turned, at: (seeker, place) => cost[place * columns + seeker] } : { n: rows, m: columns, turned, at: (seeker, place) => cost[seeker * columns + place] };
}
function assign(cost, rows, columns) {
  const { turned } = seekersFirst(cost, rows, columns), placeOf = solve(cost, rows, columns, null);
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
  const now = {
    u: new Float64Array(n),
    v: new Float64Array(m),
    placeOf: new Int32Array(n).fill(-1),
    holder: new Int32Array(m).fill(-1),
    ...fresh(m)
  };
  tell?.(stepOf("begin", now));
  for (let seeker = 0; seeker < n; seeker++) {
    Object.assign(now, fresh(m));
    const { asked, place } = search(now, seeker, at, tell), path = [];
    for (let end = place; end >= 0; end = now.placeOf[now.before[end]]) path.push([now.before[end], end]);
    tell?.(stepOf("free", now, seeker, asked, place, path));
    raise(now, seeker, place);
    for (const [row, end] of path) [now.placeOf[row], now.holder[end]] = [end, row];
    tell?.(stepOf("move", now, seeker, asked, place, path));
  }
  Object.assign(now, fresh(m));
  tell?.(stepOf("done", now));
  return now.placeOf;
}
var fresh = (m) => ({
  distance: new Float64Array(m).fill(Infinity),
  before: new Int32Array(m).fill(-1),
  open: new Uint8Array(m).fill(1)
});
function search(now, seeker, at, tell) {
  const { u, v, holder, distance, before, open } = now, m = open.length;
  let asked = seeker, soFar = 0;
  for (; ; ) {
    for (let p = 0; p < m; p++) {
      const through = soFar + at(asked, p) - u[asked] - v[p];
      if (open[p] && through < distance[p]) [distance[p], before[p]] = [through, asked];
    }
    const place = nearest(now);
    soFar = distance[place];
    if (holder[place] < 0) return { asked, place };
    open[place] = 0;
    tell?.(stepOf("taken", now, seeker, asked, place));
    asked = holder[place];
  }
}
function nearest({ distance, open, holder }) {
  let place = -1;
  for (let p = 0; p < open.length; p++) {
    if (!open[p]) continue;
    const nearer = place < 0 || distance[p] < distance[place];
    if (nearer || distance[p] === distance[place] && holder[p] < 0 && holder[place] >= 0) place = p;
  }
  return place;
}
function raise({ u, v, holder, distance, open }, seeker, place) {
  u[seeker] += distance[place];
  for (let p = 0; p < open.length; p++) {
    if (open[p]) continue;
    u[holder[p]] += distance[place] - distance[p];
    v[p] -= distance[place] - distance[p];
  }
}
var stepOf = (kind, now, seeker = -1, asked = -1, place = -1, path = []) => ({
  kind,
  seeker,
  asked,
  place,
  path,
  distance: now.distance.slice(),
  before: now.before.slice(),
  settled: Array.from(now.open.keys()).filter((p) => !now.open[p]),
  placeOf: now.placeOf.slice(),
  u: now.u.slice(),
  v: now.v.slice()
});

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
var STEPS = 63;
var SHADES = Array.from({ length: STEPS + 1 }, (_, n) => {
  const place = n / STEPS * (CIVIDIS.length - 1), below = Math.min(Math.floor(place), CIVIDIS.length - 2);
  const [r, g, b] = CIVIDIS[below].map(
    (part, c) => Math.round(part + (place - below) * (CIVIDIS[below + 1][c] - part))
  );
  const light2 = [r, g, b].map(
    (part) => part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
  );
  const luminance = 0.2126 * light2[0] + 0.7152 * light2[1] + 0.0722 * light2[2];
  return [`rgb(${r}, ${g}, ${b})`, luminance > 0.179 ? "#000" : "#fff"];
});
function head(scope, name, more = "") {
  const note = element("span", { class: "segtutor-note" }), said = more ? [element("small", {}, more)] : [];
  return { node: element("th", { scope }, element("b", {}, name), ...said, note), note };
}
var Matrix = class {
  /** actions: {signal, onPoint([row, column] | null), onPress([row, column])} */
  constructor({ rows, columns, says, label, signal, onPoint, onPress }) {
    this.height = rows.length;
    this.width = columns.length;
    this.acts = { signal, onPoint, onPress };
    this.columnHeads = columns.map((name) => head("col", name));
    this.rowHeads = rows.map((name, row) => head("row", name, says[row]));
    this.cells = [];
    const body = this.rowHeads.map(
      ({ node }, row) => element("tr", {}, node, ...columns.map((_, column) => this._cell(row, column)))
    );
    this.table = element(
      "table",
      { class: "segtutor-matrix", role: "grid", "aria-label": label },
      element("thead", {}, element("tr", {}, element("td"), ...this.columnHeads.map(({ node }) => node))),
      element("tbody", {}, ...body)
    );
    this.table.style.width = `${112 + 53 * columns.length}px`;
    this.node = element("div", { class: "segtutor-matrix-frame", "data-scrolls": "" }, this.table);
    this.table.addEventListener("pointerleave", () => onPoint(null), { signal });
    this.table.addEventListener("focusout", (event) => !this.table.contains(event.relatedTarget) && onPoint(null), {
      signal
    });
    this._watchRows();
    this.entry = 0;
    this.cells[0].cell.tabIndex = 0;
  }
  /** A cell, which is pointed at and pressed. */
  _cell(row, column) {
    const { signal, onPoint, onPress } = this.acts;
    const cell = ownKeys(element("td", { role: "gridcell", tabindex: -1, "aria-selected": "false" }), signal);
    const listen = (name, act) => cell.addEventListener(name, act, { signal });
    listen("pointerenter", (event) => event.pointerType === "mouse" && onPoint([row, column]));
    listen("focus", () => cell.matches(":focus-visible") && onPoint([row, column]));
    listen("keydown", (event) => this._key(event, row, column));
    listen("click", () => {
      this._enter(row, column);
      onPress([row, column]);
    });
    this.cells.push({ cell, text: null, shade: -1, marks: "" });
    return cell;
  }
  /** Which rows are seen is found out where a layout is there anyway: asking while drawing would cost a second one. */
  _watchRows() {
    const { signal } = this.acts;
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
    for (const one of [this.node, this.table]) resized.observe(one);
    signal.addEventListener("abort", () => {
      this._resting.cancel();
      resized.disconnect();
    });
  }
  /** Only one cell lies on the way of the tabulator; arrows walk from it. */
  _enter(row, column) {
    this.cells[this.entry].cell.tabIndex = -1;
    this.entry = row * this.width + column;
    this.cells[this.entry].cell.tabIndex = 0;
  }
  _key(event, row, column) {
    const { onPress } = this.acts, last = [this.height - 1, this.width - 1];
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
      const shade = high > low ? Math.round(STEPS * Math.sqrt((number - low) / (high - low))) : 0;
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
var FAR = 240;
var PATTERNS = [
  null,
  null,
  null,
  (x, y) => (x - y + FAR) % 10 < 3 ? MISSED : 0,
  (x, y) => (x - y + FAR) % 10 < 2 || (x + y) % 10 < 2 ? FALSE : 0,
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

// segtutor/widgets/matching/pair.js
var PairPicture = class {
  /** @param {Record<string, any>} sent see readSent, with masks */
  constructor(sent) {
    const [H, W] = sent.size, scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
    this.sent = sent;
    this.scale = scale;
    this.canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${W * scale}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.kinds = new Uint8Array(H * W);
    this.places = labelPlaces(Int32Array.from(sent.targetIds), sent.size, sent.columns.length);
    this.ground = null;
    this.shown = "";
    this.node = element("div", {}, this.canvas, legend());
  }
  /** Decodes the picture. @param {Uint8Array} png @param {AbortSignal} signal @param {() => void} ready it can be drawn */
  async load(png, signal, ready) {
    const image = await decodePicture(png, this.sent.size);
    if (signal.aborted) return;
    this.ground = greyGround(image);
    ready();
  }
  /** @param {[number, number] | null} cell row and column of a pair; null: the targets alone */
  show(cell) {
    this._describe(cell);
    if (!this.ground || this.shown === String(cell)) return;
    this.shown = String(cell);
    const { sent, scale } = this;
    this._compare(cell);
    paintKinds(this.out, scale, sent.size, this.ground, this.kinds, sent.targetIds);
    this.context.putImageData(this.pixels, 0, 0);
    if (!cell) writeNames(this.context, scale, 1, this.places, ["", ...sent.columns]);
  }
  /** What a reader who does not see it is told. */
  _describe(cell) {
    const { rows, columns } = this.sent;
    this.canvas.setAttribute(
      "aria-label",
      cell ? tr("The masks of {query} and {target} over the picture.", { query: rows[cell[0]], target: columns[cell[1]] }) : tr("The picture with the borders of {n} targets: {targets}.", {
        n: columns.length,
        targets: columns.join(", ")
      })
    );
  }
  /** The kind of each pixel: in both masks, in one of them, in none, or void. */
  _compare(cell) {
    const { sent, kinds } = this, mask = cell && sent.mask(cell[0]), target = cell ? cell[1] + 1 : -1;
    for (let i = 0; i < kinds.length; i++) {
      const id = sent.targetIds[i], drawn = mask && mask[i] >= 0.5;
      if (id === 0) kinds[i] = KINDS.void;
      else if (id === target) kinds[i] = drawn ? KINDS.matched : KINDS.missed;
      else kinds[i] = drawn ? KINDS.false : KINDS.bare;
    }
  }
};
function legend() {
  const kinds = [
    [KINDS.matched, tr("in both masks")],
    [KINDS.false, tr("the query's only")],
    [KINDS.missed, tr("the target's only")],
    [KINDS.void, tr("void: counts nowhere")]
  ];
  return element(
    "ul",
    { class: "segtutor-kinds" },
    ...kinds.map(([kind, text]) => element("li", {}, swatch(kind), text))
  );
}

// segtutor/widgets/matching/replay.js
var PACE = 1200;
var ReplayPart = class {
  /**
   * @param {{model: any, signal: AbortSignal, tell: (changes: Record<string, any>) => void, sent: Record<string, any>}}
   *   game sent: see readSent
   */
  constructor({ model, signal, tell, sent }) {
    this.model = model;
    this.tell = tell;
    this.sent = sent;
    this.turned = sent.rows.length > sent.columns.length;
    this.steps = null;
    this.stepsOf = null;
    this.playing = 0;
    this.shown = -1;
    this.stepper = slider({
      label: tr("Step"),
      hint: tr("of the Hungarian method"),
      min: 0,
      max: 1,
      step: 1,
      signal,
      write: String,
      onInput: (value) => tell({ step: value })
    });
    this.earlier = button(tr("Back"), () => this._go(-1), signal);
    this.later = button(tr("Next"), () => this._go(1), signal);
    this.play = button(tr("Play"), () => this.playing ? this.pause() : this._start(), signal);
    this.told = element("p", { class: "segtutor-say segtutor-step" });
    const buttons = element("div", { class: "segtutor-buttons" }, this.earlier, this.later, this.play);
    this.node = element("div", { class: "segtutor-part" }, this.stepper.node, buttons, this.told);
  }
  get _last() {
    return this.steps.length - 1;
  }
  _go(by) {
    this.tell({ step: Math.min(this._last, Math.max(0, this.model.get("step") + by)) });
  }
  _start() {
    const atEnd = () => this.model.get("step") >= this._last;
    if (atEnd()) this.tell({ step: 0 });
    this.playing = setInterval(() => this.model.get("step") === null || atEnd() ? this.pause() : this._go(1), PACE);
    setText(this.play, tr("Pause"));
  }
  pause() {
    this.stop();
    setText(this.play, tr("Play"));
  }
  /** The end of the view, or a pause. */
  stop() {
    clearInterval(this.playing);
    this.playing = 0;
  }
  /** The step that is looked at, on the matrix. @param {Record<string, any>} matrix see matrix.js @param {Float64Array} cost */
  show(matrix, cost) {
    const { rows, columns } = this.sent;
    if (this.stepsOf !== cost) [this.steps, this.stepsOf] = [assignmentSteps(cost, rows.length, columns.length), cost];
    const number = Math.min(this.model.get("step"), this._last), now = this.steps[number];
    this.stepper.input.max = String(this._last);
    this.stepper.show(number, tr("of {n}", { n: this._last }));
    setText(this.told, stepInWords(now, this._who()));
    [this.earlier.disabled, this.later.disabled] = [number === 0, number === this._last];
    matrix.show(...this._reduced(now, cost));
    if (number !== this.shown && now.place >= 0) matrix.reveal(...this._rowAndColumn(now.asked, now.place));
    this.shown = number;
    const seekers = /* @__PURE__ */ new Set([now.seeker, now.asked]), places = /* @__PURE__ */ new Set([now.place]);
    matrix.markHeads(...this._rowAndColumn(seekers, places));
  }
  /** Something of the seekers and of the places, as of rows and columns. @template T @param {T} ofSeekers @param {T} ofPlaces @returns {[T, T]} */
  _rowAndColumn(ofSeekers, ofPlaces) {
    return this.turned ? [ofPlaces, ofSeekers] : [ofSeekers, ofPlaces];
  }
  /** @returns {{seekers: string[], places: string[], seeker: "query" | "target"}} names of all, and who seeks */
  _who() {
    const [seekers, places] = this._rowAndColumn(this.sent.rows, this.sent.columns);
    return { seekers, places, seeker: this.turned ? "target" : "query" };
  }
  /**
   * What the matrix shows of a step: reduced costs, marks, and the potentials beside the names.
   * @returns {[(r: number, c: number) => number, (r: number, c: number) => string, {rows: string[], columns: string[]}]}
   */
  _reduced(now, cost) {
    const { rows, columns } = this.sent, { turned } = this, { u, v, path, kind } = now;
    const [ofRow, ofColumn] = this._rowAndColumn(u, v), [rowLetter, columnLetter] = this._rowAndColumn("u", "v");
    const key2 = (r, c) => r * columns.length + c, pair = (seeker, place) => key2(...this._rowAndColumn(seeker, place));
    const placed = new Set(Array.from(now.placeOf, (place, seeker) => place >= 0 ? pair(seeker, place) : -1)), way = new Set(kind === "free" ? path.map(([seeker, place]) => pair(seeker, place)) : []), asked = kind === "taken" ? pair(now.asked, now.place) : -1;
    const searching = kind === "taken" || kind === "free", distance = (place, isPlace) => isPlace && searching ? now.distance[place] : Infinity;
    return [
      (r, c) => cost[key2(r, c)] - ofRow[r] - ofColumn[c],
      (r, c) => [placed.has(key2(r, c)) && "chosen", way.has(key2(r, c)) && "way", key2(r, c) === asked && "way"].filter(Boolean).join(" "),
      {
        rows: rows.map((_, r) => noteInWords(rowLetter, ofRow[r], distance(r, turned))),
        columns: columns.map((_, c) => noteInWords(columnLetter, ofColumn[c], distance(c, !turned)))
      }
    ];
  }
};

// segtutor/widgets/shared/sigmoid.js
var FAR2 = 32;
var STEPS2 = 64;
var VALUES = Float64Array.from({ length: 2 * FAR2 * STEPS2 + 1 }, (_, n) => 1 / (1 + Math.exp(FAR2 - n / STEPS2)));
function sigmoidBetween(upper, lower, weight, count, out, start) {
  for (let x = 0; x < count; x++) {
    const logit = Math.fround((1 - weight) * upper[x] + weight * lower[x]);
    if (logit > -FAR2 && logit < FAR2) {
      const n = (logit + FAR2) * STEPS2 + 0.5 | 0, d = logit + FAR2 - n / STEPS2, s = VALUES[n];
      out[start + x] = s + d * s * (1 - s) * (1 + d * (0.5 - s));
    } else out[start + x] = 1 / (1 + Math.exp(-logit));
  }
}

// segtutor/widgets/shared/inference.js
var FATES = {
  kept: trLater("kept"),
  below: trLater("below threshold"),
  none: trLater("no object"),
  overlapped: trLater("overlapped")
};
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
var STEPS3 = 100;
var STEP_VALUES = Float32Array.from({ length: STEPS3 + 1 }, (_, step) => step / STEPS3);

// segtutor/widgets/matching/sent.js
var LOGIT = 8 / 127;
function readSent(model) {
  const start = model.get("start_weights"), names = Object.keys(start), values = floatsOf(model.get("terms"));
  const rows = model.get("rows").map(named), columns = model.get("columns").map(named), cells = rows.length * columns.length;
  const term = (t, cell) => values[t * cells + cell];
  const cost = (weights) => Float64Array.from(
    { length: cells },
    (_, cell) => names.reduce((sum, name, t) => sum + weights[name] * term(t, cell), 0)
  );
  const hasMasks = model.get("grid").length > 0, size = model.get("size");
  return {
    names,
    rows,
    columns,
    numbers: model.get("query_numbers"),
    says: model.get("says").map(named),
    start,
    term,
    cost,
    size,
    mask: hasMasks ? maskReader(model, size) : null,
    targetIds: hasMasks ? new Uint16Array(bytesOf(model.get("target_ids")).buffer) : null
  };
}
var named = (text) => text.replace(/^(.+?)( \d+(?: %)?)?$/, (_, name, number = "") => tr(name) + number);
function maskReader(model, size) {
  const grid = model.get("grid"), [h, w] = grid, logits = new Int8Array(bytesOf(model.get("mask_logits")).buffer), masks = /* @__PURE__ */ new Map();
  return (row) => {
    if (!masks.has(row)) {
      const some = Float32Array.from(logits.subarray(row * h * w, (row + 1) * h * w), (step) => step * LOGIT);
      masks.set(row, maskProbabilities(some, grid, size));
    }
    return masks.get(row);
  };
}

// segtutor/widgets/matching/game.js
var GameView = class {
  constructor({ model, el, life }) {
    const sent = readSent(model);
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.sent = sent;
    this.weighed = "";
    this.cost = sent.cost(sent.start);
    this.startOptimum = assign(this.cost, sent.rows.length, sent.columns.length);
    this.optimum = this.startOptimum;
    this.pointed = null;
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 700);
    this._makeParts();
    this._makePage(el);
    life.on(["weights", "pairs", "cell", "revealed", "step"], this.frame.request);
    this._update();
    life.also(() => this.replay.stop(), this.frame, this.announce);
  }
  // ---- the page
  _makeParts() {
    const { model, signal, sent } = this, tell = (changes) => this._tell(changes);
    this.hand = new HandPart({ model, signal, tell, sent, cost: () => this.cost });
    this.replay = new ReplayPart({ model, signal, tell, sent });
    this.matrix = new Matrix({
      rows: sent.rows,
      columns: sent.columns,
      says: sent.says,
      signal,
      label: tr("Costs: a query a row, a target a column"),
      onPoint: (cell) => {
        this.pointed = cell;
        this.frame.request();
      },
      onPress: (cell) => this._press(cell)
    });
    this.modes = choice({
      legend: tr("Do"),
      signal,
      selected: model.get("step") === null ? "game" : "replay",
      choices: { game: tr("match by hand"), replay: tr("replay the algorithm") },
      onChange: (value) => {
        this.replay.pause();
        tell({ step: value === "replay" ? 0 : null });
      }
    });
    this._makeSliders();
    this.back = button(tr("Weights as at the start"), () => tell({ weights: sent.start }), signal);
    this.picture = sent.targetIds ? new PairPicture(sent) : null;
    this.picture?.load(bytesOf(model.get("picture")), signal, this.frame.request);
  }
  /** A slider for the weight of each term. */
  _makeSliders() {
    const { model, signal, sent } = this;
    const max = Math.max(10, ...Object.values(sent.start).map((weight) => Math.ceil(2 * weight)));
    this.sliders = Object.fromEntries(
      sent.names.map((name) => {
        const hint = name in HINTS ? tr(HINTS[name]) : tr("a term of the cost"), onInput = (value) => this._tell({ weights: { ...model.get("weights"), [name]: value } });
        return [
          name,
          slider({ label: tr("Weight of {name}", { name }), hint, min: 0, max, step: 0.1, signal, onInput })
        ];
      })
    );
  }
  _makePage(el) {
    this.change = element("p", { class: "segtutor-say" });
    this.detail = element("p", { class: "segtutor-detail" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    const weights = Object.values(this.sliders).map(({ node }) => node);
    const left = element(
      "div",
      { class: "segtutor-left" },
      ...this.picture ? [this.picture.node] : [],
      this.detail,
      element("div", { class: "segtutor-weights" }, ...weights),
      element("div", { class: "segtutor-line" }, this.change, this.back)
    );
    const right = element(
      "div",
      { class: "segtutor-right" },
      this.modes,
      this.hand.node,
      this.replay.node,
      this.matrix.node
    );
    el.append(element("div", { class: "segtutor-widget segtutor-matching" }, left, right, this.spoken));
  }
  // ---- what the learner does
  _tell(changes) {
    this.turns.tell(changes);
    this.frame.request();
  }
  /** A pressed cell is matched; during a replay it is looked at. */
  _press([r, c]) {
    if (this.model.get("step") === null) this.hand.press([r, c]);
    else this._tell({ cell: [this.sent.numbers[r], c] });
  }
  // ---- one frame
  _update() {
    const { model, sent } = this, weights = model.get("weights"), step = model.get("step");
    this._weigh(weights);
    for (const [name, one] of Object.entries(this.sliders)) one.show(weights[name], tr("times {name}", { name }));
    const revealed = model.get("revealed") || step !== null;
    setText(this.change, changeInWords(this.startOptimum, this.optimum, sent.rows, sent.columns, revealed));
    check(this.modes, step === null ? "game" : "replay");
    this.hand.node.hidden = step !== null;
    this.replay.node.hidden = step === null;
    if (step === null) {
      this.replay.pause();
      this.hand.show(this.matrix, this.optimum);
    } else this.replay.show(this.matrix, this.cost);
    this._showPair(weights);
    this.announce.request();
  }
  /** Other weights: other costs, and perhaps another optimum. */
  _weigh(weights) {
    const key2 = JSON.stringify(weights);
    if (key2 === this.weighed) return;
    this.weighed = key2;
    this.cost = this.sent.cost(weights);
    this.optimum = assign(this.cost, this.sent.rows.length, this.sent.columns.length);
  }
  /** The pair under the pointer, else the one that is held: its cost term by term, and its masks. */
  _showPair(weights) {
    const { sent } = this, held = this.model.get("cell"), cell = this.pointed ?? (held && [sent.numbers.indexOf(held[0]), held[1]]);
    const terms = () => sent.names.map((name, t) => ({ name, value: sent.term(t, cell[0] * sent.columns.length + cell[1]) }));
    setText(
      this.detail,
      cell ? pairInWords(sent.rows[cell[0]], sent.columns[cell[1]], terms(), weights) : tr("Point at a cell: its cost, term by term. Press it to match its query with its target.")
    );
    this.picture?.show(cell);
  }
  _announce() {
    const { hand, replay } = this, playing = this.model.get("step") !== null;
    setText(this.spoken, playing ? replay.told.textContent : `${hand.summary.textContent} ${this.change.textContent}`);
  }
};
var game_default = { render: living((context) => void new GameView(context)) };
export {
  game_default as default
};
