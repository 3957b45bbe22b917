// @ts-check
/** The truth of a scene and what networks answer to it, painted and counted; still.py paints the same. */
import { element, setText } from "../canvas.js";
import { labelPlaces, outline, paintSegments, writeNames } from "../draw.js";
import { classQualities, matchSegments, meanQuality } from "../matched.js";
import { FIRST_THING, labelOf } from "./compose.js";
import { tr, trLater } from "../words.js";

const pack = (r, g, b) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0; // as a Uint32 over RGBA bytes, little-endian
const DARK = pack(20, 20, 20),
  LATTICE = pack(234, 209, 224),
  MISSED = pack(230, 159, 0),
  MISSED_DARK = pack(81, 56, 0);
const BAND = 2,
  FAR = 240; // BAND: pixels of the picture; FAR: a multiple of 10 that keeps x - y positive
export const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : tr("nothing to count"));

/** "cat, 2 ball": each name once, with how often it occurs. */
function listed(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, number]) => (number > 1 ? tr("{n} {name}", { n: number, name }) : name)).join(", ");
}

/** A side as matched.js reads it, from segment ids of a scene. */
export function truthOf(ids, things) {
  const present = new Uint8Array(256);
  for (let i = 0; i < ids.length; i++) present[ids[i]] = 1;
  const segments = new Map();
  for (let id = 1; id < 256; id++) if (present[id]) segments.set(id, labelOf(id, things));
  return { ids, segments, crowds: new Set() };
}

/** For each id its colour and its name; things of one class differ in lightness and have a number. */
export function looksOf(segments, classes) {
  const seen = new Map(),
    looks = new Map(),
    count = new Map();
  for (const label of segments.values()) count.set(label, (count.get(label) ?? 0) + 1);
  for (const [id, label] of [...segments].sort((a, b) => a[0] - b[0])) {
    const { isthing, colors } = classes[label],
      name = tr(classes[label].name),
      n = seen.get(label) ?? 0;
    seen.set(label, n + 1);
    looks.set(id, {
      color: colors[isthing ? n % colors.length : 0],
      name: isthing && count.get(label) > 1 ? `${name} ${n + 1}` : name,
    });
  }
  return looks;
}

/** What a network's answer is worth: matchSegments' answer, PQ, and what was missed and is false. */
export function judge(answer, truth, classes) {
  const segments = new Map(answer.segments.map(({ id, label }, n) => [id ?? n + 1, label]));
  const found = matchSegments({ ids: answer.ids, segments }, truth),
    qualities = classQualities(found, classes.length);
  return {
    segments,
    found,
    pq: {
      all: meanQuality(qualities),
      things: meanQuality(qualities.filter((_, k) => classes[k].isthing)),
      stuff: meanQuality(qualities.filter((_, k) => !classes[k].isthing)),
    },
  };
}

export class ScenePanel {
  /** title: "truth", or a network's name; note: a line under it; size: side of the picture; classes: {name, isthing, colors} */
  constructor(title, note, size, classes, signal) {
    this.title = title;
    this.size = size;
    this.classes = classes;
    this.scale = Math.max(1, Math.floor(384 / size));
    const side = size * this.scale;
    this.canvas = element("canvas", {
      width: side,
      height: side,
      role: "img",
      class: "segtutor-canvas",
      "aria-label": title,
    });
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(side, side);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.score = element("strong");
    this.counts = element("span");
    this.lost = element("div", { class: "segtutor-lost-names" });
    this.note = element("span", {}, note);
    this.node = element(
      "figure",
      { class: "segtutor-panel" },
      element("figcaption", { title }, element("b", {}, title), this.note),
      this.canvas,
      element("div", { class: "segtutor-told" }, element("div", {}, this.score, " ", this.counts), this.lost),
    );
    this.zoom = 1; // canvas pixels for each pixel of the screen, so that names stay readable
    this.again = () => {};
    const watch = new ResizeObserver(
      ([
        {
          contentRect: { width },
        },
      ]) => {
        if (!width || this.zoom === side / width) return;
        this.zoom = side / width;
        this.again();
      },
    );
    watch.observe(this.canvas);
    signal.addEventListener("abort", () => watch.disconnect());
  }

  showTruth(image, truth) {
    const looks = looksOf(truth.segments, this.classes),
      names = [...truth.segments.keys()].filter((id) => id >= FIRST_THING).length;
    this._paint(image, truth.ids, looks);
    this._write(truth.ids.slice(), looks, []); // the composer writes into its ids again
    setText(this.note, tr("{segments} segments, {things} things", { segments: truth.segments.size, things: names }));
    this.canvas.setAttribute(
      "aria-label",
      tr("The truth: {names}.", { names: [...looks.values()].map(({ name }) => name).join(", ") }),
    );
  }

  /** @returns {Record<string, any>} judge's answer */
  showAnswer(image, truth, answer) {
    const { size, scale, out } = this,
      judged = judge(answer, truth, this.classes),
      { found } = judged;
    const true_ = looksOf(truth.segments, this.classes),
      looks = looksOf(judged.segments, this.classes);
    const falses = new Set(),
      missed = found.true.filter(({ kind }) => kind === "missed");
    for (const { id, kind, partner, label } of found.predicted) {
      if (kind === "matched") looks.set(id, true_.get(partner));
      else if (kind === "false") {
        falses.add(id);
        looks.set(id, { color: looks.get(id).color, name: tr("false {name}", { name: tr(this.classes[label].name) }) });
      }
    }
    this._paint(image, answer.ids, looks);
    if (falses.size) {
      this._each(
        answer.ids,
        (id) => falses.has(id),
        (x, y) => ((x - y + FAR * scale) % 10 < 2 || (x + y) % 10 < 2 ? LATTICE : 0),
      );
      outline(out, scale, size, size, answer.ids, DARK);
    }
    const lost = new Set(missed.map(({ id }) => id));
    if (lost.size)
      this._each(
        truth.ids,
        (id, i) => lost.has(id) && this._atBorder(truth.ids, i),
        (x, y) => ((x - y + FAR * scale) % 10 < 3 ? MISSED_DARK : MISSED),
      );
    const away = missed.map(({ id }) => ({ id, name: tr("missed {name}", { name: true_.get(id).name }) }));
    this._write(answer.ids, looks, away, truth.ids);
    const { pq, tp, fp, fn } = judged.pq.all;
    const named = (title, names) => (names.length ? `${tr(title, { names: listed(names) })} ` : "");
    const words =
      named(
        trLater("Missed: {names}."),
        missed.map(({ id }) => true_.get(id).name),
      ) +
      named(
        trLater("False: {names}."),
        [...falses].map((id) => tr(this.classes[judged.segments.get(id)].name)),
      );
    setText(this.score, Number.isFinite(pq) ? tr("PQ {pq}", { pq: percent(pq) }) : percent(pq));
    setText(this.counts, tr("{tp} matched, {fn} missed, {fp} false", { tp, fn, fp }));
    setText(this.lost, words || tr("Nothing missed, nothing false."));
    this.canvas.setAttribute(
      "aria-label",
      `${this.title}: ${this.score.textContent}, ${this.counts.textContent}. ${words}`,
    );
    return judged;
  }

  /** An answer to a picture of which nobody has said what is true. @returns {null} nothing can be judged */
  showUnjudged(image, answer) {
    const looks = looksOf(new Map(answer.segments.map(({ id, label }, n) => [id ?? n + 1, label])), this.classes),
      names = listed(answer.segments.map(({ label }) => tr(this.classes[label].name)));
    this._paint(image, answer.ids, looks);
    this._write(answer.ids, looks, []);
    setText(this.score, names || tr("nothing"));
    setText(this.counts, "");
    setText(this.lost, tr("Nobody has said what is true here: there is no PQ."));
    this.canvas.setAttribute("aria-label", `${this.title}: ${names || tr("nothing")}.`);
    return null;
  }

  _paint(image, ids, looks) {
    const colors = [];
    for (const [id, { color }] of looks) colors[id] = color;
    paintSegments(this.out, this.scale, [this.size, this.size], image, ids, colors);
  }

  /** Colours canvas pixels of those pixels of the picture that are wanted; colour 0 leaves them. */
  _each(ids, wanted, colour) {
    const { size, scale, out } = this,
      width = size * scale;
    for (let i = 0; i < ids.length; i++) {
      if (!wanted(ids[i], i)) continue;
      const left = (i % size) * scale,
        top = Math.floor(i / size) * scale;
      for (let y = top; y < top + scale; y++) {
        for (let x = left; x < left + scale; x++) {
          const value = colour(x, y);
          if (value) out[y * width + x] = value;
        }
      }
    }
  }

  /** Whether a pixel is at most BAND from another region or from the picture's border. */
  _atBorder(ids, i) {
    const { size } = this,
      x = i % size,
      y = Math.floor(i / size);
    if (x < BAND || y < BAND || x >= size - BAND || y >= size - BAND) return true;
    for (let dy = -BAND; dy <= BAND; dy++)
      for (let dx = -BAND; dx <= BAND; dx++) if (ids[i + dy * size + dx] !== ids[i]) return true;
    return false;
  }

  /** Shows what was painted, and names in it; first those of missed segments, at their places in the truth. */
  _write(ids, looks, missed, truthIds) {
    this.again = () => this._write(ids, looks, missed, truthIds);
    this.context.putImageData(this.pixels, 0, 0);
    const most = Math.max(0, ...looks.keys()),
      places = labelPlaces(ids, [this.size, this.size], most),
      names = [];
    for (const [id, { name }] of looks) names[id] = name;
    let [shown, titles] = [places.slice(1), names.slice(1)];
    if (missed.length) {
      const true_ = labelPlaces(truthIds, [this.size, this.size], Math.max(...missed.map(({ id }) => id)));
      shown = [...missed.map(({ id }) => true_[id] && { ...true_[id], room: this.size }), ...shown];
      titles = [...missed.map(({ name }) => name), ...titles];
    }
    writeNames(this.context, this.scale, this.zoom, shown, titles);
  }
}
