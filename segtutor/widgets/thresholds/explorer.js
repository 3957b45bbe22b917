// @ts-check
/**
 * ThresholdExplorer: three thresholds, the panoptic picture they give, and the fate of every query.
 *
 * Python sends what the model said (class probabilities, mask logits), the picture and the truth once. From then on a
 * moved slider is computed and drawn here; the kernel is only told, when the slider rests, what came out.
 */
import { FATES } from "../shared/inference.js";
import { panopticQuality } from "./quality.js";
import { bytesOf, button, choice, element, frameScheduler, setText, slider, whenQuiet } from "../shared/canvas.js";
import { QueryList, explain, percent } from "../shared/querylist.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { tr, trLater } from "../shared/words.js";
import { ThresholdPicture } from "./picture.js";
import { plainQuality, readSent, segmentRecords } from "./sent.js";
import { qualityTable } from "./table.js";

const THRESHOLDS = {
  score_threshold: {
    label: trLater("Score threshold"),
    hint: trLater("a query is kept when its class is more probable than this"),
  },
  mask_threshold: {
    label: trLater("Mask threshold"),
    hint: trLater("a pixel is painted when its mask probability reaches this"),
  },
  overlap_threshold: {
    label: trLater("Overlap threshold"),
    hint: trLater("a query must win at least this share of its own mask"),
  },
};

class ThresholdView {
  constructor({ model, el, life }) {
    const { signal } = life;
    this.model = model;
    this.signal = signal;
    this.turns = new Turns(model);
    this.sent = readSent(model);
    /** @type {"result" | "truth" | "picture"} */
    this.view = "result"; // what the picture shows
    this.hovered = null; // the query whose row is under the pointer
    this.pointed = null; // the query that won the pixel under the pointer
    this.decided = ""; // the thresholds that `result` and `quality` are of
    /** @type {any} */
    this.result = null; // see PanopticInference.update
    this.quality = null;
    this.ready = false; // all that Python sent is unpacked
    this.frame = frameScheduler(() => this._update());
    this.report = whenQuiet(() => this._report(), 150);
    this.announce = whenQuiet(() => this._announce(), 700);
    this._makeParts();
    this._makePage(el);
    life.on([...Object.keys(THRESHOLDS), "query"], this.frame.request);
    life.also(this.picture, this.frame, this.announce, this.report, () => clearTimeout(this.idle));
    this.picture.load(bytesOf(model.get("picture")), signal);
    this.sent.unpacked.then(() => signal.aborted || this._begin());
  }

  // ---- the page

  _makeParts() {
    const { signal, sent, model } = this;
    this.picture = new ThresholdPicture(sent, {
      signal,
      onChange: this.frame.request,
      onPoint: (at) => this._point(this._queryAt(at)),
      onClick: (at) => this._clickPicture(this._queryAt(at)),
    });
    this.sliders = Object.fromEntries(
      Object.entries(THRESHOLDS).map(([name, { label, hint }]) => {
        const onInput = (value) => this._tell({ [name]: value });
        return [name, slider({ label: tr(label), hint: tr(hint), signal, onInput })];
      }),
    );
    const defaults = model.get("defaults");
    this.reset = button(tr("Reset"), () => this._tell(defaults), signal, {
      title: tr("back to the thresholds this explorer began with"),
    });
    this.views = choice({
      legend: tr("Show"),
      selected: this.view,
      signal,
      choices: { result: tr("result"), ...(sent.truth ? { truth: tr("truth") } : {}), picture: tr("picture") },
      onChange: (view) => this._look(view),
    });
    this.table = sent.truth && qualityTable();
    this.list = new QueryList(sent.inference, sent.classes, sent.colors, {
      signal,
      onHover: (query) => {
        this.hovered = query;
        this.frame.request();
      },
      onPin: (query) => this._select(model.get("query") === query ? null : query),
    });
  }

  _makePage(el) {
    this.summary = element("p", { class: "segtutor-summary" });
    this.detail = element("p", { class: "segtutor-detail" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    const left = element("div", { class: "segtutor-left" }, this.picture.canvas, this.detail, this.views);
    const right = element(
      "div",
      { class: "segtutor-right" },
      ...Object.values(this.sliders).map(({ node }) => node),
      element("div", { class: "segtutor-line" }, this.summary, this.reset),
      ...(this.table ? [this.table.node] : []),
      this.list.node,
    );
    el.append(element("div", { class: "segtutor-widget" }, left, right, this.spoken));
  }

  // ---- what the learner does

  /**
   * Every view of this model hears of a change at once. The kernel is told at once too (ipywidgets keeps one message
   * under way and merges the rest): a change kept back here could be undone by the kernel's echo of an earlier one.
   */
  _tell(changes) {
    this.turns.tell(changes);
    this.report.request();
  }

  _select(query) {
    this._tell({ query });
  }

  /** Another kind of picture. @param {any} view */
  _look(view) {
    this.view = view;
    this._select(null);
    this.frame.request();
  }

  /** The query that won a pixel of the result; null where none did, or something else is shown. */
  _queryAt(at) {
    const { inference } = this.sent;
    return this.view !== "result" || at === null || inference.segmentIds[at] === 0 ? null : inference.winner[at];
  }

  _point(query) {
    if (query === this.pointed) return;
    this.pointed = query;
    this.list.mark(query);
    this.frame.request();
  }

  /** A click holds the query under the pointer; the second click lets go. */
  _clickPicture(under) {
    const query = this.model.get("query") === null ? under : null;
    this._select(query);
    if (query !== null) this.list.reveal(query);
  }

  // ---- one frame: decide, draw, tell

  _begin() {
    this.ready = true;
    this._update();
    const { inference } = this.sent;
    const prepare = () => {
      // so that a jump of the slider finds all masks there
      if (inference.prepareOne()) this.idle = setTimeout(prepare, 20);
    };
    this.idle = setTimeout(prepare, 500);
  }

  _update() {
    if (!this.ready) return;
    const thresholds = Object.fromEntries(Object.keys(THRESHOLDS).map((name) => [name, this.model.get(name)]));
    this._decide(thresholds);
    this._write(thresholds);
    this._draw(thresholds);
    this.list.show(this.result.fates, thresholds, this.model.get("query")); // after drawing: text on a canvas waits for pending styles
    this.announce.request();
  }

  /** What the thresholds decide; a query that is looked at decides nothing. */
  _decide(thresholds) {
    const { inference, truth, isthing } = this.sent,
      key = Object.values(thresholds).join();
    if (key === this.decided) return;
    this.decided = key;
    this.result = inference.update({
      scoreThreshold: thresholds.score_threshold,
      maskThreshold: thresholds.mask_threshold,
      overlapThreshold: thresholds.overlap_threshold,
    });
    this.quality =
      truth && panopticQuality(inference.segmentIds, this.result.segments, truth.ids, truth.segments, isthing);
  }

  _write(thresholds) {
    const { result, sent } = this,
      [H, W] = sent.size;
    const kept = result.fates.filter(({ fate }) => fate === FATES.kept).length,
      share = percent(result.voidArea / (H * W));
    for (const [name, { show }] of Object.entries(this.sliders))
      show(thresholds[name], tr("{kept} queries kept, {share} void", { kept, share }));
    setText(
      this.summary,
      tr("{kept} of {queries} queries kept, {segments} segments, {share} void", {
        kept,
        queries: sent.inference.queries,
        segments: result.segments.length,
        share,
      }),
    );
    this.picture.describe(this.view, result, share);
    this.table?.show(this.quality);
  }

  /** The picture with what is looked at, and the fate of the query that is meant. */
  _draw(thresholds) {
    const { result, picture, sent } = this,
      shown = this.hovered ?? this.model.get("query"),
      query = Number.isInteger(shown) && shown >= 0 && shown < sent.inference.queries ? shown : null,
      told = query ?? this.pointed;
    setText(
      this.detail,
      told === null
        ? tr("Point at a query or at the picture to learn its fate; click to hold it.")
        : explain(result.fates[told], sent.classes, thresholds, result.segments),
    );
    if (query !== null) picture.drawQuery(query, result, thresholds.mask_threshold);
    else if (this.view === "picture") picture.drawBare();
    else if (this.view === "truth") picture.drawTruth();
    else picture.drawResult(result);
  }

  /** What Python is told when the sliders rest. */
  _report() {
    this.frame.cancel();
    this._update();
    const { result, quality, sent } = this;
    if (!result) return;
    const segments = segmentRecords(result.segments, sent.inference.segmentIds, sent.size[1], sent.classes);
    this.turns.tell({ segments, ...(quality ? { pq: plainQuality(quality) } : {}) });
  }

  _announce() {
    const { quality } = this,
      pq = quality && !Number.isNaN(quality.all.pq) ? ` PQ ${(100 * quality.all.pq).toFixed(1)}.` : "";
    setText(this.spoken, `${this.summary.textContent}.${pq}`);
  }
}

export default { render: living((context) => void new ThresholdView(context)) };
