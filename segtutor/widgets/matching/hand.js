// @ts-check
/** MatchingGame played by hand: the learner's pairs, the buttons above the matrix, and how the pairs stand. */
import { button, element, setText } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { gameInWords, leastInWords } from "./words.js";

export class HandPart {
  /**
   * @param {{model: any, signal: AbortSignal, tell: (changes: Record<string, any>) => void, sent: Record<string, any>,
   *   cost: () => Float64Array}} game sent: see readSent; cost: of each cell now
   */
  constructor({ model, signal, tell, sent, cost }) {
    this.model = model;
    this.tell = tell;
    this.sent = sent;
    this.cost = cost;
    this.undone = []; // the pairs before each change of this view
    this.needed = Math.min(sent.rows.length, sent.columns.length);
    this.summary = element("p", { class: "segtutor-summary" });
    this.undo = button(tr("Undo"), () => this.undone.length && tell({ pairs: this.undone.pop() }), signal);
    this.clear = button(tr("Clear"), () => this._match([]), signal);
    const greedy = button(tr("Always the cheapest"), () => this._match(this._greedyPairs()), signal, {
      title: tr("takes the cheapest cell, crosses out its row and column, and goes on"),
    });
    this.reveal = button(tr("Show the optimum"), () => tell({ revealed: !model.get("revealed") }), signal, {
      "aria-pressed": "false",
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
    const pairs = this.model.get("pairs"),
      { numbers } = this.sent,
      row = (query) => numbers.indexOf(query);
    const others = pairs.filter(([query, target]) => row(query) !== r && target !== c),
      parted = pairs.some(([query, target]) => row(query) === r && target === c);
    this.undone.push(pairs);
    this.tell({ cell: [numbers[r], c], pairs: parted ? others : [...others, [numbers[r], c]] });
  }

  /** The cheapest cell, then the cheapest of the rows and columns that are left, and so on. */
  _greedyPairs() {
    const cost = this.cost(),
      { numbers, columns } = this.sent,
      order = Array.from(cost.keys()).sort((a, b) => cost[a] - cost[b] || a - b),
      pairs = [];
    for (const cell of order) {
      const [r, c] = [Math.floor(cell / columns.length), cell % columns.length];
      if (!pairs.some(([a, b]) => a === r || b === c)) pairs.push([r, c]);
    }
    return pairs.map(([r, c]) => [numbers[r], c]);
  }

  /** The pairs on the matrix. @param {Record<string, any>} matrix see matrix.js @param {[number, number][]} optimum */
  show(matrix, optimum) {
    const { numbers, columns } = this.sent,
      revealed = this.model.get("revealed"),
      cost = this.cost();
    const key = (r, c) => r * columns.length + c,
      pairs = this.model.get("pairs").map(([query, target]) => [numbers.indexOf(query), target]);
    const mine = new Set(pairs.map(([r, c]) => key(r, c))),
      best = new Set(revealed ? optimum.map(([r, c]) => key(r, c)) : []);
    const sum = (some) => some.reduce((total, [r, c]) => total + cost[key(r, c)], 0),
      least = sum(optimum);
    setText(
      this.summary,
      gameInWords(pairs.length, this.needed, sum(pairs), least, columns.length) + (revealed ? leastInWords(least) : ""),
    );
    this.reveal.setAttribute("aria-pressed", String(revealed));
    this.undo.disabled = !this.undone.length;
    this.clear.disabled = !pairs.length;
    matrix.show(
      (r, c) => cost[key(r, c)],
      (r, c) => [mine.has(key(r, c)) && "chosen", best.has(key(r, c)) && "best"].filter(Boolean).join(" "),
      { rows: [], columns: [] },
    );
    matrix.markHeads(new Set(pairs.map(([r]) => r)), new Set(pairs.map(([, c]) => c)));
  }
}

/** What the frames of cells mean. */
const key = () =>
  element(
    "p",
    { class: "segtutor-key" },
    element("span", { class: "chosen" }, "12"),
    tr("your pair"),
    element("span", { class: "best" }, "12"),
    tr("optimum"),
    element("span", { class: "chosen best" }, "12"),
    tr("both"),
  );
