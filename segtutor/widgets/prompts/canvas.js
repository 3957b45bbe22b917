// @ts-check
/**
 * PromptCanvas: points, boxes, scribbles and text on a picture. Everything that paints happens here, and whole prompts
 * are told to Python when a stroke ends; Python trains, and sends the answer as raw bytes.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet, zoomOf } from "../shared/canvas.js";
import { writeNames } from "../shared/draw.js";
import { painterHand } from "../shared/hand.js";
import { History } from "../shared/history.js";
import { living } from "../shared/lifetime.js";
import { boxOf } from "../shared/marks.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";
import { LearningPanel } from "./learning.js";
import { drawMarks } from "./paint.js";
import { Painting } from "./painting.js";
import { Strokes } from "./strokes.js";
import { PromptTools } from "./tools.js";
import { pictureFromFile } from "./upload.js";
import { groundInWords, paintedInWords, placeInWords } from "./words.js";

const PROMPTS = ["points", "boxes", "scribbles", "text"];
const OTHERS = [
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
  "picture",
];
const KEYS = { s: "scribble", p: "point", b: "box", e: "eraser" };

class PromptView {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.get = (name) => model.get(name);
    this.tell = this.tell.bind(this);
    this.history = new History(this._prompts());
    this.seen = []; // the values of the prompts and classes that were painted last
    this.hover = null; // the place under the pointer
    this.cross = null; // the keyboard's place
    this.spokenCross = false; // whether the cross moved, so that its place is said
    this.taken = null; // the picture as it was sent
    this.loading = false; // it is not decoded yet
    this.zoom = 1;
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 600);
    this._makeSheet();
    this._makePanels();
    this._makePage(el);
    this._watchSize(life);
    life.on([...PROMPTS, ...OTHERS], this.frame.request);
    life.on("picture", () => queueMicrotask(() => this._load())); // its size comes in the same message
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
      colors: () => this._colors(),
    });
    this.sheet = painterHand([this.canvas, this.marks], {
      size: () => get("size"),
      signal,
      label: tr(
        "Painting: arrow keys move the cross, Enter puts the pen down and lifts it, 1 to 9 choose a class, S P B E a tool",
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
      onKey: (event) => this._key(event),
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
      onFile: (file) => pictureFromFile(file, { model, get, tell, signal }),
    });
    this.learning = new LearningPanel({
      signal,
      kernel: model.kernel,
      onKind: (kind) => tell({ kind }),
      onSeconds: (seconds) => tell({ seconds }),
      onLearn: () => this._learn(),
      onStop: () => model.send({ do: "stop" }),
      onView: (view) => tell({ view }),
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
        this.spoken,
      ),
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
    if (name) this.tell({ classes: this.get("classes").map((one, n) => (n === label ? { ...one, name } : one)) });
  }

  /** A new class is in hand at once. */
  _addClass(name) {
    const classes = this.get("classes"),
      palette = this.get("palette"),
      id = 1 + Math.max(...classes.map((one) => one.id));
    const fresh = { id, name, isthing: false, color: palette[classes.length % palette.length] };
    this.tell({ classes: [...classes, fresh], label: classes.length });
  }

  /** With what is on the page: a message may overtake a stroke that the notebook still holds back. */
  _learn() {
    const names = [...PROMPTS, "classes", "kind", "seconds"];
    this.model.send({ do: "learn", from: Object.fromEntries(names.map((name) => [name, this.get(name)])) });
  }

  _undo() {
    this.history.push(this._prompts()); // a stroke of this very moment, which no frame has seen yet
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
    const { get } = this,
      control = event.ctrlKey || event.metaKey,
      name = event.key.toLowerCase();
    if (control && (name === "y" || (name === "z" && event.shiftKey))) this._redo();
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
    const now = this._prompts(),
      hasAnswer = this.get("answer").byteLength > 0;
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
      .../** @type {any} */ (traits("tool", "label", "classes", "brush", "text", "refused")),
      undo: history.past.length,
      redo: history.future.length,
      any: now.points.length + now.boxes.length + now.scribbles.length + now.text.length,
    });
    this.learning.show({
      .../** @type {any} */ (traits("kind", "seconds", "progress", "score", "view")),
      hasAnswer,
    });
  }

  /** What painting.js takes as an answer. */
  _answer() {
    const { get } = this,
      sent = get("answer");
    return {
      sent,
      read: () => ({
        ids: bytesOf(sent),
        sure: bytesOf(get("sure")),
        colors: get("answer_segments").map(({ color }) => color),
      }),
    };
  }

  /** Points, boxes, cross, and what is in hand. */
  _mark(now) {
    const { get, hover, cross, zoom, painting } = this,
      { draft } = this.strokes,
      tool = get("tool"),
      brushing = draft ? draft.tool !== "box" : ["scribble", "eraser"].includes(tool);
    drawMarks(
      this.marks.getContext("2d"),
      { scale: painting.scale, zoom },
      {
        points: now.points,
        boxes: now.boxes,
        cross,
        draft: draft?.tool === "box" ? { ...boxOf(/** @type {any} */ (draft)), label: draft.label } : null,
        brush: brushing && hover ? { at: hover, width: get("brush") } : null,
        active: tool === "eraser" ? null : get("label"),
      },
      this._colors(),
    );
  }

  /** The names of an answer's segments, whole at the edges too. */
  _nameSegments() {
    const { get, zoom, painting } = this,
      rim = (9 * zoom) / painting.scale,
      lowest = get("size")[0] - rim;
    if (!painting.places.length) return;
    const places = painting.places.map((one) => one && { ...one, y: Math.min(lowest, Math.max(rim, one.y)) }),
      names = ["", ...get("answer_segments").map(({ name }) => name)];
    writeNames(this.marks.getContext("2d"), painting.scale, zoom, places, names);
  }

  _write(now) {
    setText(this.summary, paintedInWords(this.painting.labels, this.get("classes"), now));
    this.canvas.setAttribute(
      "aria-label",
      `${groundInWords(this.painting.ground === "picture")} ${this.summary.textContent}`,
    );
  }

  _announce() {
    let here = "";
    if (this.cross && this.spokenCross) {
      const at = this.cross.map(Math.floor),
        label = this.painting.labelAt(at),
        name = label < 0 ? null : this.get("classes")[label].name;
      here = `${placeInWords(at, name, Boolean(this.strokes.draft))} `;
    }
    setText(this.spoken, `${here}${this.summary.textContent} ${this.learning.said.textContent}`);
  }

  // ---- another picture

  /** Another picture has come, with its size: nothing of the old one stays. */
  async _load() {
    const picture = this.get("picture"),
      size = this.get("size");
    if (picture === this.taken) return;
    [this.taken, this.loading] = [picture, true];
    this.strokes.draft = null; // a stroke under way was meant for the old one
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
}

export default { render: living((context) => void new PromptView(context)) };
