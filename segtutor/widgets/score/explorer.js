// @ts-check
/**
 * ScoreExplorer: matched, missed, false and ignored segments of one picture, what each costs of PQ, and repairs by hand.
 *
 * Python sends prediction and truth once. Matching, counting, repairing and drawing happen here; the kernel is told the
 * list of repairs, from which it computes the same.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet } from "../shared/canvas.js";
import { greyGround } from "../shared/kinds.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";
import { Counted } from "./counted.js";
import { LossList } from "./losses.js";
import { ScorePanels } from "./panels.js";
import { readSent } from "./sent.js";
import { ScoreTable } from "./table.js";
import { RepairTools } from "./tools.js";
import { lineInWords, namedInWords, repairInWords, scoreInWords, segmentInWords, selectedInWords } from "./words.js";

const NOTHING = { truth: 0, prediction: 0, one: null };

class ScoreView {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.sent = readSent(model);
    this.counted = new Counted(this.sent);
    this.ground = null; // the grey picture, once it is decoded
    this.pointed = null; // [side, number] of the segment under the pointer
    this.drawn = { found: null, pair: "" }; // what the pictures show
    this.told = null; // what the table shows
    this.frame = frameScheduler(() => this._draw());
    this.words = frameScheduler(() => this._write()); // after it
    this.announce = whenQuiet(() => this._announce(), 700);
    this._makeParts();
    this._makePage(el);
    life.on(["repairs", "selected"], this.frame.request);
    this._load();
    this._write();
    life.also(this.frame, this.words, this.announce);
  }

  // ---- the page

  _makeParts() {
    const { model, signal, sent } = this,
      onPick = (side, id) => this._pick(side, id);
    this.panels = new ScorePanels(sent.size, { signal, onPick, onPoint: (side, id) => this._point(side, id) });
    this.tools = new RepairTools({
      signal,
      onRepair: (repair) => this._tell({ repairs: [...model.get("repairs"), repair] }),
      onUndo: () => this._tell({ repairs: model.get("repairs").slice(0, -1) }),
      onRestart: () => this._tell({ repairs: [] }),
    });
    this.table = new ScoreTable(sent.names);
    this.list = new LossList({ signal, onPick });
  }

  _makePage(el) {
    this.summary = element("p", { class: "segtutor-summary" });
    this.detail = element("p", { class: "segtutor-detail" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    el.append(
      element(
        "div",
        { class: "segtutor-widget segtutor-score-explorer" },
        element("div", { class: "segtutor-left" }, this.panels.node, this.detail, this.tools.node),
        element("div", { class: "segtutor-right" }, this.summary, this.table.node, this.list.node),
        this.spoken,
      ),
    );
  }

  async _load() {
    const { model, sent, signal } = this,
      image = await decodePicture(bytesOf(model.get("picture")), sent.size);
    if (signal.aborted) return;
    this.ground = greyGround(image);
    this.frame.request();
  }

  // ---- what the learner does

  _tell(changes) {
    this.turns.tell(changes);
    this.frame.request();
  }

  _isPicked([side, id]) {
    const selected = this.model.get("selected");
    return selected?.[0] === side && selected[1] === id;
  }

  /** A click selects a segment; a second one, or one where there is none, lets go. */
  _pick(side, id) {
    this._tell({ selected: !id || this._isPicked([side, id]) ? null : [side, id] });
  }

  _point(side, id) {
    const next = id ? [side, id] : null;
    if (String(next) === String(this.pointed)) return;
    this.pointed = next;
    this.frame.request();
  }

  // ---- one frame: the pictures, before anything is written, since text on a canvas waits for pending styles

  _draw() {
    const { counted, sent, panels, drawn } = this;
    counted.take(this.model.get("repairs"));
    this.words.request();
    if (!this.ground) return;
    const { found, now } = counted,
      rimmed = this._selectedPair(),
      pair = `${rimmed.truth} ${rimmed.prediction}`,
      changed = drawn.found !== found;
    if (changed) panels.paint(this.ground, sent.truth, now, found, sent.names);
    if (changed || drawn.pair !== pair) panels.show(rimmed);
    this.drawn = { found, pair };
  }

  /** What is selected, with what belongs to it on the other side. */
  _selectedPair() {
    const selected = this.model.get("selected");
    return selected ? this.counted.together(selected) : NOTHING;
  }

  // ---- the next one: table, lists, tools and texts

  _write() {
    const { counted } = this;
    const changed = counted.take(this.model.get("repairs")) || this.told !== counted.found;
    this.told = counted.found;
    if (changed) this._writeScore();
    this.list.show(this._lossLines(), (pick) => this._isPicked(pick));
    this._writeDetail();
    this._showTools();
    this.announce.request();
  }

  /** What repairs change: the counts, the table, PQ. */
  _writeScore() {
    const { counted, sent } = this,
      means = counted.means();
    this.panels.describe(sent.truth, counted.now, counted.found);
    this.table.show(means, counted.qualities);
    setText(this.summary, scoreInWords(means.all.pq, counted.gain(), this.model.get("repairs").length));
  }

  /** A line for each segment that cost something, then those that cost nothing. */
  _lossLines() {
    const { counted, sent } = this;
    /** @returns {[string, number]} what a click on the line selects */
    const pickOf = ({ kind, segment, other }) =>
      kind === "matched" ? ["prediction", other] : [kind === "missed" ? "truth" : "prediction", segment];
    const costly = counted.lost.map((part) => ({
      kind: part.kind,
      ...lineInWords(part, counted.found, sent.names),
      pick: pickOf(part),
    }));
    const free = counted.free().map(({ id, label, kind }) => {
      const segment = `${sent.names[label]} ${id}`,
        isCrowd = kind === "crowd";
      return {
        kind: "ignored",
        text: isCrowd ? tr("{segment}, a crowd", { segment }) : segment,
        cost: "0.0",
        pick: /** @type {[string, number]} */ ([isCrowd ? "truth" : "prediction", id]),
      };
    });
    return [...costly, ...free];
  }

  /** Why the segment that is meant counts as it does. */
  _writeDetail() {
    const { counted, sent } = this,
      meant = this.pointed ?? this.model.get("selected");
    setText(
      this.detail,
      (meant && segmentInWords(meant[0], meant[1], counted.found, counted.qualities, sent.names)) ||
        tr("Point at a segment to learn what it costs; click or tap it to repair it."),
    );
  }

  /** The tools for what is selected: a predicted segment is repaired, a missed one may be predicted. */
  _showTools() {
    const { counted, sent } = this,
      { names, truth } = sent,
      selected = this.model.get("selected"),
      pair = this._selectedPair();
    const missed = pair.one && selected[0] === "truth" && pair.one.kind !== "matched",
      segment = pair.one && !missed && pair.prediction ? pair.prediction : null;
    let title = tr("Nothing is selected.");
    if (segment) title = selectedInWords("prediction", names[counted.now.segments.get(segment)], segment);
    else if (missed) title = selectedInWords("truth", names[pair.one.label], selected[1]);
    const className = (categoryId) => names[sent.labelOf(categoryId)] ?? "",
      trueName = (id) => namedInWords("truth", names[truth.segments.get(id)], id),
      done = this.model.get("repairs").map((one) => repairInWords(one, className, trueName));
    this.tools.show(
      { segment, truth: missed ? selected[1] : null, title },
      segment ? counted.offers(segment) : {},
      done.join("; "),
    );
  }

  _announce() {
    const detail = this.model.get("selected") ? this.detail.textContent : "";
    setText(this.spoken, `${this.summary.textContent}. ${detail}`);
  }
}

export default { render: living((context) => void new ScoreView(context)) };
