// @ts-check
/**
 * TrainingView: curves and scene of a training, drawn from what its events said; the buttons set what is asked for.
 *
 * Python sends the curves (float32, thinned) and the predictions (a small PNG each), a few times a second. Looking back,
 * choosing curves and reading numbers happen here, also when the training is over and no kernel runs.
 */
import {
  button,
  check,
  choice,
  element,
  floatsOf,
  frameScheduler,
  setText,
  slider,
  whenQuiet,
  zoomOf,
} from "../shared/canvas.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";
import { brief, curveNames, linesOf, nearest, readTable } from "./curves.js";
import { Legend } from "./legend.js";
import { CurvePlot, readTheme } from "./plot.js";
import { ScenePane } from "./scene.js";
import { ALONE, BUSY, curveInWords, percent, plotInWords, summaryWords } from "./words.js";

const PATIENCE = 2500; // milliseconds until a view says that it was not heard

class TrainingPage {
  constructor({ model, el, life }) {
    this.model = model;
    this.signal = life.signal;
    this.turns = new Turns(model);
    this.alone = model.kernel === false; // nobody hears the buttons
    this.unheard = false; // a button was pressed PATIENCE ago, and the kernel has not said that it heard it
    this.table = readTable([], []);
    this.lines = []; // of the curve that is shown
    this.names = []; // of the curves that there are
    this.hovered = null; // the step under the pointer
    this.theme = null;
    this.stale = { table: true, lines: true };
    this.frame = frameScheduler(() => this._update());
    this.announce = whenQuiet(() => this._announce(), 700);
    this.patience = whenQuiet(() => this._runOutOfPatience(), PATIENCE);
    this._makeButtons();
    this._makeCurves();
    this._makePage(el);
    this._watchSizesAndThemes(life);
    this._listen(life);
    this._update();
    this.scene.take();
    life.also(this.frame, this.announce, this.patience);
  }

  // ---- the page

  _makeButtons() {
    const { model, signal } = this;
    this.pause = button(tr("Pause"), () => this._ask(model.get("asked") === "pause" ? "run" : "pause"), signal);
    this.halt = button(tr("Stop"), () => this._ask("stop"), signal);
    this.summary = element("p", { class: "segtutor-summary" });
    this.note = element("p", { class: "segtutor-say" });
    this.progress = element("progress", {
      max: 1,
      value: 0,
      "aria-label": tr("Share of the budget that is used"),
    });
  }

  _makeCurves() {
    const { model, signal } = this;
    this.legend = new Legend();
    this.curves = element("div"); // until it is known which curves there are
    this.scales = choice({
      legend: tr("Axis"),
      selected: model.get("scale"),
      signal,
      choices: { linear: tr("linear"), log: tr("logarithmic") },
      onChange: (scale) => this.turns.tell({ scale }),
    });
    this.plot = new CurvePlot({
      signal,
      onHover: (step) => {
        this.hovered = step;
        this.frame.request();
      },
      onLook: (index) => this._look(index),
      lookedAt: () => this._indexOf(model.get("step")),
    });
    this.back = slider({
      label: tr("Step that is looked at"),
      hint: tr("the scene is the last prediction before it; at the right end: always the newest"),
      signal,
      min: 0,
      max: 1,
      step: 1,
      write: (index) => (this.table.steps.length ? String(this.table.steps[index]) : "–"),
      onInput: (index) => this._look(index),
    });
    this.scene = new ScenePane({ model, signal, onChange: this.frame.request });
  }

  _makePage(el) {
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    const how = tr("Thick: the mean over a tenth of the training; numbers and dots: as logged.");
    this.root = element(
      "div",
      { class: "segtutor-widget segtutor-training" },
      this.scene.node,
      element(
        "div",
        { class: "segtutor-right" },
        this.summary,
        this.progress,
        element("div", { class: "segtutor-buttons" }, this.pause, this.halt),
        this.note,
        this.curves,
        this.scales,
        this.plot.node,
        this.legend.node,
        element("p", { class: "segtutor-note" }, how),
        this.back.node,
      ),
      this.spoken,
    );
    el.append(this.root);
  }

  // ---- what the learner does

  /** Pause, go on or stop. @param {"run" | "pause" | "stop"} asked */
  _ask(asked) {
    this.turns.tell({ asked });
    this.unheard = false;
    this.patience.request();
  }

  _runOutOfPatience() {
    this.unheard = this.model.get("heard") !== this.model.get("asked");
    this.frame.request();
  }

  /** Looks at the step at a position; at the last one always at the newest. */
  _look(index) {
    const { steps } = this.table;
    this.turns.tell({ step: index >= steps.length - 1 ? null : steps[index] });
  }

  /** The position of a step; null is the newest. */
  _indexOf(step) {
    const { steps } = this.table;
    return step === null ? steps.length - 1 : nearest(steps, step);
  }

  // ---- what is redrawn, and when

  _listen(life) {
    const redraw = this.frame.request;
    life.on("rows", () => this._changed("table"));
    life.on("scenes", () => {
      this.stale.lines = true;
      this.scene.take();
    });
    life.on(["curve", "scale"], () => this._changed("lines"));
    life.on(["state", "asked", "heard", "step", "pace", "message"], redraw);
  }

  /** @param {"table" | "lines"} what is made anew with the next frame */
  _changed(what) {
    this.stale[what] = true;
    this.frame.request();
  }

  _watchSizesAndThemes(life) {
    const recolor = () => {
      this.theme = null;
      this._changed("lines");
    };
    const { plot, scene } = this;
    const resized = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        if (target === plot.canvas) plot.wide = contentRect.width;
        else if (contentRect.width) scene.zoom = zoomOf(scene.canvas, contentRect.width);
      }
      recolor();
    });
    for (const one of [plot.canvas, scene.canvas]) resized.observe(one);
    const themed = new MutationObserver(recolor);
    themed.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "style"],
    });
    window.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal: this.signal });
    life.also(resized, themed);
  }

  // ---- one frame

  _update() {
    const { model } = this;
    if (!this.theme?.text) this.theme = readTheme(this.root); // nothing is known of colours before the view is in the page
    if (this.stale.table)
      this.table = readTable(model.get("columns"), model.get("rows")?.byteLength ? floatsOf(model.get("rows")) : []);
    if (this.stale.table || this.stale.lines) this._arrange();
    this.stale = { table: false, lines: false };
    this._showState();
    const step = this.hovered ?? model.get("step");
    this._showCurves(step);
    this.scene.show(step);
    this.announce.request();
  }

  /** State and pace, and which buttons work. */
  _showState() {
    const { model, alone, pause, note } = this,
      state = model.get("state"),
      asked = model.get("asked"),
      over = ["stopped", "done", "failed"].includes(state);
    setText(this.summary, `${summaryWords(state, asked, model.get("pace"))}.`);
    this.progress.value = model.get("pace").done ?? 0;
    setText(pause, asked === "pause" ? tr("Resume") : tr("Pause"));
    pause.disabled = this.halt.disabled = alone || over || state === "ready";
    const unheard = this.unheard && model.get("heard") !== asked;
    setText(note, state === "failed" ? model.get("message") : alone && !over ? tr(ALONE) : unheard ? tr(BUSY) : "");
    note.hidden = !note.textContent;
  }

  /** The curve that was chosen, where there is one. */
  _curve() {
    const curve = this.model.get("curve");
    return this.names.includes(curve) ? curve : "loss";
  }

  get _theLook() {
    return { log: this.model.get("scale") === "log", ...this.theme };
  }

  /** What changes when numbers arrive or another curve is chosen; a moved cursor needs none of it. */
  _arrange() {
    const { model } = this,
      scenes = model.get("scenes"),
      names = curveNames(this.table, scenes.length > 0);
    if (names.join() !== this.names.join()) this._offerCurves(names);
    check(this.curves, this._curve());
    check(this.scales, model.get("scale"));
    this.lines = linesOf(this._curve(), this.table, scenes);
    this.plot.arrange(this.table.steps, this.lines, this._theLook);
  }

  _offerCurves(names) {
    this.names = names;
    const curves = choice({
      legend: tr("Curve"),
      selected: this._curve(),
      signal: this.signal,
      choices: Object.fromEntries(names.map((name) => [name, curveInWords(name)])),
      onChange: (curve) => this.turns.tell({ curve }),
    });
    this.curves.replaceWith(curves);
    this.curves = curves;
  }

  /** The step that is read from the curves: on the slider, in the legend, on the plot, in words. */
  _showCurves(step) {
    const { back, lines, plot } = this,
      { steps } = this.table,
      index = this._indexOf(step),
      curve = this._curve(),
      write = curve === "pixels right" ? percent : brief;
    back.input.max = String(Math.max(1, steps.length - 1));
    back.input.disabled = steps.length < 2;
    back.show(Math.max(0, index), tr("the step that is looked at"));
    this.legend.show(lines, step, this.theme.dark, write);
    plot.draw(index, this._theLook);
    const read = lines.map(({ name, steps: logged, values }) => ({
      name,
      value: values.length && index >= 0 ? write(values[nearest(logged, steps[index])]) : null,
    }));
    plot.canvas.setAttribute("aria-label", plotInWords(curve, index < 0 ? null : steps[index], read));
  }

  _announce() {
    const { model } = this,
      isRunning = model.get("state") === "running", // not every new step
      read = model.get("step") === null ? "" : ` ${this.plot.canvas.getAttribute("aria-label")}.`;
    setText(this.spoken, `${isRunning ? tr("Running") : this.summary.textContent}${read}`);
  }
}

export default { render: living((context) => void new TrainingPage(context)) };
