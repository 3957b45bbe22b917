// @ts-check
/** MatchingGame's replay of the Hungarian method: the steps, the slider and buttons that walk through them, the matrix. */
import { button, element, setText, slider } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { assignmentSteps } from "./hungarian.js";
import { noteInWords, stepInWords } from "./words.js";

const PACE = 1200; // milliseconds a step, when it plays

export class ReplayPart {
  /**
   * @param {{model: any, signal: AbortSignal, tell: (changes: Record<string, any>) => void, sent: Record<string, any>}}
   *   game sent: see readSent
   */
  constructor({ model, signal, tell, sent }) {
    this.model = model;
    this.tell = tell;
    this.sent = sent;
    this.turned = sent.rows.length > sent.columns.length; // the targets seek, since there are fewer of them
    this.steps = null;
    this.stepsOf = null; // the costs that the steps are of
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
      onInput: (value) => tell({ step: value }),
    });
    this.earlier = button(tr("Back"), () => this._go(-1), signal);
    this.later = button(tr("Next"), () => this._go(1), signal);
    this.play = button(tr("Play"), () => (this.playing ? this.pause() : this._start()), signal);
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
    this.playing = setInterval(() => (this.model.get("step") === null || atEnd() ? this.pause() : this._go(1)), PACE);
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
    const number = Math.min(this.model.get("step"), this._last),
      now = this.steps[number];
    this.stepper.input.max = String(this._last);
    this.stepper.show(number, tr("of {n}", { n: this._last }));
    setText(this.told, stepInWords(now, this._who()));
    [this.earlier.disabled, this.later.disabled] = [number === 0, number === this._last];
    matrix.show(...this._reduced(now, cost));
    if (number !== this.shown && now.place >= 0) matrix.reveal(...this._rowAndColumn(now.asked, now.place));
    this.shown = number;
    const seekers = new Set([now.seeker, now.asked]),
      places = new Set([now.place]);
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
    const { rows, columns } = this.sent,
      { turned } = this,
      { u, v, path, kind } = now;
    const [ofRow, ofColumn] = this._rowAndColumn(u, v),
      [rowLetter, columnLetter] = this._rowAndColumn("u", "v");
    const key = (r, c) => r * columns.length + c,
      pair = (seeker, place) => key(...this._rowAndColumn(seeker, place));
    const placed = new Set(Array.from(now.placeOf, (place, seeker) => (place >= 0 ? pair(seeker, place) : -1))),
      way = new Set(kind === "free" ? path.map(([seeker, place]) => pair(seeker, place)) : []),
      asked = kind === "taken" ? pair(now.asked, now.place) : -1;
    const searching = kind === "taken" || kind === "free",
      distance = (place, isPlace) => (isPlace && searching ? now.distance[place] : Infinity);
    return [
      (r, c) => cost[key(r, c)] - ofRow[r] - ofColumn[c],
      (r, c) =>
        [placed.has(key(r, c)) && "chosen", way.has(key(r, c)) && "way", key(r, c) === asked && "way"]
          .filter(Boolean)
          .join(" "),
      {
        rows: rows.map((_, r) => noteInWords(rowLetter, ofRow[r], distance(r, turned))),
        columns: columns.map((_, c) => noteInWords(columnLetter, ofColumn[c], distance(c, !turned))),
      },
    ];
  }
}
