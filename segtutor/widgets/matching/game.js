// @ts-check
/**
 * MatchingGame: the learner pairs queries and targets in a matrix of costs; weights move, the optimum changes; the
 * Hungarian method is replayed step by step with its potentials. Everything is computed here.
 */
import {
  bytesOf,
  button,
  check,
  choice,
  element,
  frameScheduler,
  setText,
  slider,
  whenQuiet,
} from "../shared/canvas.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";
import { HandPart } from "./hand.js";
import { assign } from "./hungarian.js";
import { Matrix } from "./matrix.js";
import { PairPicture } from "./pair.js";
import { ReplayPart } from "./replay.js";
import { readSent } from "./sent.js";
import { HINTS, changeInWords, pairInWords } from "./words.js";

class GameView {
  constructor({ model, el, life }) {
    const sent = readSent(model);
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.sent = sent;
    this.weighed = ""; // the weights that `cost` and `optimum` are of
    this.cost = sent.cost(sent.start);
    this.startOptimum = assign(this.cost, sent.rows.length, sent.columns.length);
    this.optimum = this.startOptimum;
    this.pointed = null; // the cell under the pointer, [row, column]
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
    const { model, signal, sent } = this,
      tell = (changes) => this._tell(changes);
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
      onPress: (cell) => this._press(cell),
    });
    this.modes = choice({
      legend: tr("Do"),
      signal,
      selected: model.get("step") === null ? "game" : "replay",
      choices: { game: tr("match by hand"), replay: tr("replay the algorithm") },
      onChange: (value) => {
        this.replay.pause();
        tell({ step: value === "replay" ? 0 : null });
      },
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
        const hint = name in HINTS ? tr(HINTS[name]) : tr("a term of the cost"),
          onInput = (value) => this._tell({ weights: { ...model.get("weights"), [name]: value } });
        return [
          name,
          slider({ label: tr("Weight of {name}", { name }), hint, min: 0, max, step: 0.1, signal, onInput }),
        ];
      }),
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
      ...(this.picture ? [this.picture.node] : []),
      this.detail,
      element("div", { class: "segtutor-weights" }, ...weights),
      element("div", { class: "segtutor-line" }, this.change, this.back),
    );
    const right = element(
      "div",
      { class: "segtutor-right" },
      this.modes,
      this.hand.node,
      this.replay.node,
      this.matrix.node,
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
    const { model, sent } = this,
      weights = model.get("weights"),
      step = model.get("step");
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
    const key = JSON.stringify(weights);
    if (key === this.weighed) return;
    this.weighed = key;
    this.cost = this.sent.cost(weights);
    this.optimum = assign(this.cost, this.sent.rows.length, this.sent.columns.length);
  }

  /** The pair under the pointer, else the one that is held: its cost term by term, and its masks. */
  _showPair(weights) {
    const { sent } = this,
      held = this.model.get("cell"),
      cell = this.pointed ?? (held && [sent.numbers.indexOf(held[0]), held[1]]);
    const terms = () =>
      sent.names.map((name, t) => ({ name, value: sent.term(t, cell[0] * sent.columns.length + cell[1]) }));
    setText(
      this.detail,
      cell
        ? pairInWords(sent.rows[cell[0]], sent.columns[cell[1]], terms(), weights)
        : tr("Point at a cell: its cost, term by term. Press it to match its query with its target."),
    );
    this.picture?.show(cell);
  }

  _announce() {
    const { hand, replay } = this,
      playing = this.model.get("step") !== null;
    setText(this.spoken, playing ? replay.told.textContent : `${hand.summary.textContent} ${this.change.textContent}`);
  }
}

export default { render: living((context) => void new GameView(context)) };
