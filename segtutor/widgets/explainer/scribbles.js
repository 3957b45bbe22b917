// @ts-check
/**
 * Learn from scribbles: strokes on the picture say the class of some pixels, and a softmax regression on the features of
 * the frozen backbone says the class of all others, at once.
 */
import { element, frameScheduler, newId, ownKeys, setText } from "../shared/canvas.js";
import { axisWeights } from "../shared/inference.js";
import { chooser, percent } from "./parts.js";
import { Plate } from "./plates.js";
import { learn, predict } from "./regression.js";
import { tr, trCount, trLater } from "../shared/words.js";

const COLOURS = [
  [230, 159, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167],
]; // Okabe and Ito's: told apart by everybody
const STAGES = 4;
export const LAMBDA = 0.01;
const BRUSH = 1.5; // pixels of the picture
const ARROWS = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] };

const WORDS = {
  what: trLater(
    "The backbone stays as it was trained. Each of its cells (32 by 32 of them) has a vector: its own numbers of the first stage, and those of the coarser stages around it. Your strokes say which class some cells belong to; a linear classifier is trained on these few, here, while you draw, and answers for all others.",
  ),
  try: trLater(
    "Choose a class and draw over a part of the picture; choose another and draw over something else. Where is the map wrong? Correct it with one more short stroke. Then try it on a photograph of your own.",
  ),
  masks: trLater(
    "A mask classifier cannot learn from this. Strokes say what a few pixels are; a query has to be told where a whole thing ends, and which of two things of a class is which. It would need complete masks, thing by thing, of many pictures, a matching of queries to things at every step, and some thousand steps of training for its decoder: minutes to hours, not a moment. So two balls under one stroke stay one patch here: this is what classifying pixels can do, and what it cannot.",
  ),
};

export class Scribbles {
  /** @param {HTMLElement} node @param {{size: number, signal: AbortSignal}} page */
  constructor(node, { size, signal }) {
    this.size = size;
    this.strokes = [];
    this.label = 0;
    this.network = 0;
    this.cursor = [size >> 1, size >> 1];
    this.now = null;
    this.features = null;
    /** @type {Record<string, any> | null} */
    this.learned = null;
    this.soon = frameScheduler(() => this.changed());
    this.picture = new Plate(tr("The picture, to draw on"));
    this.map = new Plate(tr("What was learned: a class for every pixel"));
    this.says = element("p", { role: "status" });
    const { canvas } = this.picture;
    this.place = element("i", { class: "cursor", "aria-hidden": "true", hidden: true });
    this.picture.node.append(this.place);
    for (const plate of [this.picture, this.map]) plate.node.classList.add("large");
    ownKeys(canvas, signal);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const group = newId();
    const labels = COLOURS.map((colour, n) => {
      const input = element("input", { type: "radio", name: group, value: n, checked: n === 0 }),
        swatch = element("span", { class: "swatch", style: `background: rgb(${colour.join(" ")})` });
      input.addEventListener("change", () => (this.label = n), { signal });
      return element("label", {}, input, swatch, ` ${tr("class {n}", { n: n + 1 })}`);
    });
    const button = (text, action) => {
      const made = element("button", { type: "button" }, text);
      made.addEventListener("click", action, { signal });
      return made;
    };
    this.undo = button(tr("Undo stroke"), () => {
      this.strokes.pop();
      this.changed();
    });
    this.restart = button(tr("Wipe all strokes"), () => this.clear());
    const which = chooser(
      tr("Backbone"),
      [tr("of the network that classifies pixels"), tr("of the network that classifies masks")],
      (n) => {
        this.network = n;
        this.features = null;
        this.changed();
      },
      signal,
    );
    node.replaceChildren(
      element("h2", {}, tr("Learn from scribbles")),
      element("p", {}, tr(WORDS.what)),
      element("p", {}, tr(WORDS.try)),
      element(
        "fieldset",
        { class: "classes" },
        element("legend", {}, tr("Draw for")),
        ...labels,
        this.undo,
        this.restart,
        which.node,
      ),
      element(
        "div",
        { class: "scribbled" },
        element(
          "figure",
          {},
          this.picture.node,
          element("figcaption", {}, tr("draw here; by keys: arrows move the pen, space draws")),
        ),
        element("figure", {}, this.map.node, element("figcaption", {}, tr("what was learned"))),
      ),
      this.says,
      element("p", {}, tr(WORDS.masks)),
    );
    canvas.addEventListener("pointerdown", (event) => this._begin(event), { signal });
    canvas.addEventListener("pointermove", (event) => this._draw(event), { signal });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => (this.drawing = null), { signal });
    canvas.addEventListener("keydown", (event) => this._key(event), { signal });
    canvas.addEventListener("focus", () => this._showCursor(canvas.matches(":focus-visible")), { signal });
    canvas.addEventListener("blur", () => this._showCursor(false), { signal });
    this.changed();
  }

  /** The networks have answered. fresh: it is another picture, of which the strokes say nothing. */
  show(now, fresh) {
    this.now = now;
    this.features = null;
    if (fresh) this.strokes = [];
    this.changed();
  }

  /** A stroke through points [x, y], in pixels of the picture. */
  paint(label, points) {
    this.strokes.push({ label, points });
    this.changed();
  }

  clear() {
    this.strokes = [];
    this.changed();
  }

  /** What the strokes say of each pixel: 0 nothing, else its class + 1; the newest stroke counts. */
  marks() {
    const { size } = this,
      marks = new Uint8Array(size * size);
    const dab = (x, y, label) => {
      for (let v = Math.max(0, Math.ceil(y - BRUSH)); v <= Math.min(size - 1, y + BRUSH); v++)
        for (let u = Math.max(0, Math.ceil(x - BRUSH)); u <= Math.min(size - 1, x + BRUSH); u++)
          if (Math.hypot(u - x, v - y) <= BRUSH) marks[v * size + u] = label + 1;
    };
    for (const { label, points } of this.strokes)
      points.forEach(([x, y], n) => {
        const [a, b] = points[Math.max(0, n - 1)],
          parts = Math.max(1, Math.ceil(Math.hypot(x - a, y - b)));
        for (let part = 0; part <= parts; part++)
          dab(a + ((x - a) * part) / parts, b + ((y - b) * part) / parts, label);
      });
    return marks;
  }

  /** What is to be learned: rows of the cells that strokes touch, each with the class of most of its touched pixels. */
  problem() {
    if (!this.now) return null;
    this.features ??= featuresOf(this.now.tensors[this.network]);
    const { rows, side, D } = this.features,
      marks = this.marks(),
      scale = this.size / side,
      votes = new Uint8Array(COLOURS.length * side * side);
    for (let i = 0; i < marks.length; i++)
      if (marks[i]) {
        const cell = Math.floor(i / this.size / scale) * side + Math.floor((i % this.size) / scale);
        votes[cell * COLOURS.length + marks[i] - 1]++;
      }
    const cells = [],
      said = [];
    for (let cell = 0; cell < side * side; cell++) {
      const here = votes.subarray(cell * COLOURS.length, (cell + 1) * COLOURS.length),
        most = Math.max(...here);
      if (!most) continue;
      cells.push(cell);
      said.push(here.indexOf(most));
    }
    const classes = [...new Set(said)].sort(),
      labels = Uint8Array.from(said, (one) => classes.indexOf(one)),
      counts = classes.map((one) => said.filter((other) => other === one).length),
      features = new Float32Array(cells.length * D);
    cells.forEach((cell, n) => features.set(rows.subarray(cell * D, (cell + 1) * D), n * D));
    const weights = Float64Array.from(labels, (k) => 1 / (classes.length * counts[k])); // each class counts the same
    return { features, labels, weights, classes, counts };
  }

  /** Learns anew and shows it. */
  changed() {
    const start = performance.now(),
      problem = this.strokes.length ? this.problem() : null;
    this.learned = null;
    this.labels = null;
    this.undo.disabled = this.restart.disabled = !this.strokes.length;
    if (problem && problem.classes.length > 1) {
      const { features, labels, weights, classes, counts } = problem;
      this.learned = learn(features, labels, weights, classes.length, { lambda: LAMBDA });
      const { side } = this.features;
      this.labels = argmax(predict(this.features.rows, this.learned), classes, side, this.size);
      const shares = classes.map((one) => this.labels.filter((other) => other === one).length / this.labels.length);
      this.learned.ms = performance.now() - start;
      setText(
        this.says,
        [
          tr("Learned from {n} of {all} cells ({counts}) in {steps} steps, {ms} ms.", {
            n: labels.length,
            all: side * side,
            counts: classes.map((one, k) => tr("class {n}: {value}", { n: one + 1, value: counts[k] })).join(", "),
            steps: this.learned.steps,
            ms: this.learned.ms.toFixed(0),
          }),
          tr("On the map: {shares}.", {
            shares: classes
              .map((one, k) => tr("class {n}: {value}", { n: one + 1, value: percent(shares[k]) }))
              .join(", "),
          }),
        ].join(" "),
      );
    } else
      setText(
        this.says,
        !this.strokes.length
          ? tr("Nothing is drawn yet.")
          : !this.now
            ? tr("The networks are still starting.")
            : new Set(this.strokes.map(({ label }) => label)).size > 1
              ? tr("Only one class has cells of its own. Draw a longer stroke for the other.")
              : tr("One class is drawn. Draw over something else for another class."),
      );
    this._show();
  }

  _show() {
    const { size, now } = this,
      marks = this.marks(),
      drawn = this.picture.pixels(size, size),
      learned = this.map.pixels(size, size);
    for (let i = 0; i < size * size; i++)
      for (let c = 0; c < 3; c++) {
        const shade = now ? now.image[4 * i + c] : 160;
        drawn[4 * i + c] = marks[i] ? COLOURS[marks[i] - 1][c] : shade;
        const grey = now ? (now.image[4 * i] + now.image[4 * i + 1] + now.image[4 * i + 2]) / 3 : 160;
        learned[4 * i + c] = this.labels ? 0.3 * grey + 0.7 * COLOURS[this.labels[i]][c] : grey;
      }
    this.picture.show(
      trCount(
        "{n} stroke. Arrows move the pen, space draws",
        "{n} strokes. Arrows move the pen, space draws",
        this.strokes.length,
      ),
    );
    this.map.show(this.says.textContent);
  }

  _point({ clientX, clientY }) {
    const box = this.picture.canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * this.size - 0.5, ((clientY - box.top) / box.height) * this.size - 0.5];
  }

  _begin(event) {
    this.picture.canvas.setPointerCapture(event.pointerId);
    this.drawing = [this._point(event)];
    this.paint(this.label, this.drawing);
    this._showCursor(false);
    event.preventDefault();
    this.picture.canvas.focus({ preventScroll: true });
  }

  _draw(event) {
    if (!this.drawing) return;
    this.drawing.push(this._point(event));
    this.soon.request();
  }

  _key(event) {
    const arrow = ARROWS[event.key];
    if (arrow) this.cursor = this.cursor.map((one, n) => Math.min(this.size - 1, Math.max(0, one + arrow[n])));
    else if (event.key === " " || event.key === "Enter") this.paint(this.label, [[...this.cursor]]);
    else return;
    event.preventDefault();
    this._showCursor(true);
  }

  _showCursor(shown) {
    this.place.hidden = !shown;
    this.place.style.left = `${(100 * (this.cursor[0] + 0.5)) / this.size}%`;
    this.place.style.top = `${(100 * (this.cursor[1] + 0.5)) / this.size}%`;
  }
}

/**
 * A row for each cell of the finest stage: its channels of all stages, the coarser ones enlarged bilinearly; each
 * channel less its mean over the picture and by its deviation.
 * @returns {{rows: Float32Array, side: number, D: number}} rows: (side * side, D)
 */
export function featuresOf(tensors) {
  const stages = Array.from({ length: STAGES }, (_, n) => tensors[`stage_${n}`]),
    side = stages[0].dims[2],
    D = stages.reduce((sum, { dims }) => sum + dims[1], 0),
    rows = new Float32Array(side * side * D);
  let first = 0;
  for (const { dims, data } of stages) {
    const [, C, h, w] = dims;
    for (let c = 0; c < C; c++) {
      const values = enlarged(data.subarray(c * h * w, (c + 1) * h * w), [h, w], side);
      let [sum, squares] = [0, 0];
      for (const one of values) {
        sum += one;
        squares += one * one;
      }
      const mean = sum / values.length,
        deviation = Math.sqrt(Math.max(squares / values.length - mean * mean, 1e-8));
      for (let i = 0; i < values.length; i++) rows[i * D + first + c] = (values[i] - mean) / deviation;
    }
    first += C;
  }
  return { rows, side, D };
}

function enlarged(values, [h, w], side) {
  if (h === side && w === side) return values;
  const down = axisWeights(h, side),
    across = axisWeights(w, side),
    out = new Float32Array(side * side);
  for (let y = 0, i = 0; y < side; y++) {
    const [upper, lower, v] = [down.left[y] * w, down.right[y] * w, down.weight[y]];
    for (let x = 0; x < side; x++, i++) {
      const [a, b, u] = [across.left[x], across.right[x], across.weight[x]];
      out[i] =
        (1 - v) * ((1 - u) * values[upper + a] + u * values[upper + b]) +
        v * ((1 - u) * values[lower + a] + u * values[lower + b]);
    }
  }
  return out;
}

/** Logits of cells, enlarged to the picture: the class of each pixel. */
function argmax(logits, classes, side, size) {
  const labels = new Uint8Array(size * size),
    best = new Float32Array(size * size).fill(-Infinity);
  classes.forEach((one, k) => {
    const values = enlarged(logits.subarray(k * side * side, (k + 1) * side * side), [side, side], size);
    for (let i = 0; i < values.length; i++)
      if (values[i] > best[i]) {
        best[i] = values[i];
        labels[i] = one;
      }
  });
  return labels;
}
