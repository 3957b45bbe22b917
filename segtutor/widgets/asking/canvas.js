// @ts-check
/**
 * PromptCanvas with a network: clicks, a box, words or a painted example; each is told to the kernel when it is whole,
 * and masks come back as bits. Which of three answers is shown is decided here, at once.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet } from "../shared/canvas.js";
import { boxBetween, kept } from "../shared/edit.js";
import { History } from "../shared/history.js";
import { living } from "../shared/lifetime.js";
import { boxOf } from "../shared/marks.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";
import { Answers } from "./answers.js";
import { paintMasked, unpackMasks } from "./draw.js";
import { Example } from "./example.js";
import { AskingPanel } from "./panel.js";
import { Sheet } from "./sheet.js";
import { answerInWords, nextInWords, truthInWords } from "./words.js";

const STATE = ["points", "boxes", "scribbles", "text", "chosen"];
const NONE = { points: [], boxes: [], scribbles: [], text: "", chosen: 0 };
const OTHERS = ["tool", "label", "brush", "level", "answers", "masks", "picture"];
const KEYS = { p: "point", b: "box", w: "text", e: "example" };

class AskingView {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.get = (name) => model.get(name);
    this.kernel = model.kernel !== false; // somebody answers
    this.tools = model.get("tools");
    this.history = new History(this._state());
    this.taken = null; // the picture as it was sent
    this.image = null; // RGBA, once it is decoded
    this.masks = []; // the answers: H * W of 0 and 1
    this.masksOf = null; // the bytes that they are of
    this.drawn = null; // the number of the answer on the picture, null where none of the present ones is
    this.draft = null; // a box under way, {from, to}
    this.waiting = false; // something was asked that the kernel has not answered
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 600);
    this._makeSheets();
    this._makePanel();
    this._makePage(el);
    this._listen(life);
    this._load();
    this.example?.load(life.signal);
    life.also(this.sheet, this.frame, this.announce, ...(this.example ? [this.example] : []));
  }

  /** The prompts, and which answer was chosen: what can be undone. */
  _state() {
    return Object.fromEntries(STATE.map((name) => [name, this.get(name)]));
  }

  // ---- the page

  /** The picture, and the example where the network takes one. */
  _makeSheets() {
    const { get, tools, signal, kernel } = this,
      pointing = tools.some((tool) => tool === "point" || tool === "box"),
      onFrame = this.frame.request;
    this.sheet = new Sheet({
      size: () => get("size"),
      signal,
      label: pointing
        ? tr(
            "The picture: arrow keys move the cross, Enter clicks or sets a corner of a box, 1 and 0 say on it or beside it, N takes the suggested click",
          )
        : tr("The picture: arrow keys move the cross"),
      onDown: (at) => this._down(at),
      onMove: (at) => this._move(at),
      onUp: (at) => this._up(at),
      onCancel: () => this._cancel(),
      onKey: (event) => this._key(event),
      onFrame,
    });
    this.example = get("example_size").length
      ? new Example({
          get,
          signal,
          kernel,
          onFrame,
          onStroke: (stroke) => this._ask({ scribbles: [...get("scribbles"), stroke] }),
          onBrush: (brush) => this._tell({ brush }),
          onKey: (event) => this._key(event),
        })
      : null;
  }

  _makePanel() {
    const { get, signal, tools } = this,
      tell = (changes) => this._tell(changes);
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
        onNext: () => this._takeNext(),
      },
      this.example?.sheet.node,
      this.answers.node,
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
        this.spoken,
      ),
    );
  }

  _listen(life) {
    life.on([...STATE, ...OTHERS], this.frame.request);
    life.on("answers", () => {
      this.waiting = false;
      this.frame.request();
    });
    life.on("words", () => this.panel.propose(this.get("words")));
    life.on("picture", () => queueMicrotask(() => this._load())); // its size comes in the same message
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
  _go(state) {
    if (!state) return;
    this.waiting = this.kernel;
    this._tell(state);
  }

  _undo() {
    this.history.push(this._state()); // a click of this very moment, which no frame has seen yet
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
    const first = !this._hasBegun(),
      points = [...this.get("points"), { x, y, label: first ? 1 : label }];
    this._ask(first ? { points, chosen: 0 } : { points });
  }

  /** A place as it is kept. @returns {[number, number]} */
  _inside([x, y]) {
    const [H, W] = this.get("size");
    return [kept(x, W), kept(y, H)];
  }

  _down(at) {
    const tool = this.get("tool"),
      place = this._inside(at);
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
    const control = event.ctrlKey || event.metaKey,
      name = event.key.toLowerCase(),
      has = (tool) => this.tools.includes(tool);
    if (control && (name === "y" || (name === "z" && event.shiftKey))) this._redo();
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
    const now = this._state(),
      answers = this.get("answers");
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
      draft: this.draft && boxOf(this.draft),
      next: said.next ? { x: answers.next[0], y: answers.next[1], label: answers.next[2] } : null,
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
    const { sheet, masks, image, get } = this,
      size = get("size"),
      color = get("color");
    paintMasked(sheet.out, sheet.scale, size, image, masks[chosen] ?? null, color);
    sheet.show();
    if (this.drawn === null && masks.length > 1) this.answers.draw(masks, size, image, color);
    this.drawn = chosen;
  }

  /** What is said of the answer; nothing of the truth and the next click while the kernel is asked. */
  _inWords(answers, chosen, prompts) {
    const model = this.get("model_name"),
      current = answers.kind === "" || !this.waiting;
    return {
      refused: answers.said ?? "",
      found: this.waiting ? tr("Asking {model} …", { model }) : answerInWords(model, answers, chosen, prompts),
      true: current ? truthInWords(answers, chosen) : "",
      next: current ? nextInWords(answers.next) : "",
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
      kernel,
    });
  }

  /** What a reader who does not see the picture is told. */
  _describe(said) {
    const picture = this.masks.length ? tr("The picture under the mask.") : tr("The picture.");
    this.sheet.canvas.setAttribute("aria-label", `${picture} ${said.found}`);
  }

  _announce() {
    const { panel } = this,
      at = this.sheet.cross ?? this.example?.sheet.cross;
    const here = at ? `${tr("Column {x}, row {y}.", { x: Math.floor(at[0]), y: Math.floor(at[1]) })} ` : "";
    setText(
      this.spoken,
      [here + panel.found.textContent, panel.true.textContent, panel.next.textContent].join(" ").trim(),
    );
  }

  // ---- another picture

  /** Another picture has come, with its size: nothing of the old one stays. */
  async _load() {
    const picture = this.get("picture"),
      size = this.get("size");
    if (picture === this.taken) return;
    [this.taken, this.image, this.draft] = [picture, null, null];
    const image = await decodePicture(bytesOf(picture), size);
    if (this.signal.aborted || this.get("picture") !== picture) return;
    this.sheet.take(size);
    this.answers.take(size);
    [this.image, this.masksOf, this.drawn] = [image, null, null];
    this.history.restart(this._state());
    this._update();
  }
}

export default { render: living((context) => void new AskingView(context)) };
