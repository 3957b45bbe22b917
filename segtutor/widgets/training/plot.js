// @ts-check
/** The canvas with TrainingView's curves, and how a step is read from it by pointer and keys. */
import { element, ownKeys } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { axes, drawCurves, drawReading, nearest } from "./curves.js";

const HEIGHT = 220;
const MOVES = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

/** The colour of the text under a node, and whether the ground is dark. @returns {{text: string, dark: boolean}} */
export function readTheme(node) {
  const { color, backgroundColor } = getComputedStyle(node),
    [r, g, b] = (backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return { text: color, dark: 0.3 * r + 0.59 * g + 0.11 * b < (backgroundColor.startsWith("color(") ? 0.5 : 128) };
}

export class CurvePlot {
  /**
   * @param {{signal: AbortSignal, onHover: (step: number | null) => void, onLook: (index: number) => void,
   *   lookedAt: () => number}} acts onHover: the step under the pointer; onLook: the position of a step that is chosen;
   *   lookedAt: the position of the one that was
   */
  constructor({ signal, onHover, onLook, lookedAt }) {
    this.canvas = element("canvas", { class: "segtutor-plot", role: "img" });
    this.behind = document.createElement("canvas"); // the curves without what is read: they change less often
    this.steps = new Float32Array(0); // that were logged
    this.lines = [];
    this.place = null; // where numbers lie: see axes
    this.wide = 0; // on the screen
    this.node = ownKeys(
      element(
        "div",
        {
          class: "segtutor-plot-frame",
          tabindex: 0,
          role: "application",
          "aria-label": tr("Curves: left and right arrows read another step, End the newest"),
        },
        this.canvas,
      ),
      signal,
    );
    const at = (event) =>
        nearest(this.steps, this.place.step(event.clientX - this.canvas.getBoundingClientRect().left)),
      readable = () => this.place && this.steps.length > 0;
    const listen = (node, name, act) => node.addEventListener(name, act, { signal });
    listen(this.canvas, "pointermove", (event) => {
      if (readable() && event.pointerType !== "touch") onHover(this.steps[at(event)]);
    });
    listen(this.canvas, "pointerleave", () => onHover(null));
    listen(this.canvas, "click", (event) => readable() && onLook(at(event)));
    listen(this.node, "keydown", (event) => this._key(event, onLook, lookedAt));
  }

  /** Arrows walk from step to step, with Shift ten at a time. */
  _key(event, onLook, lookedAt) {
    const move = MOVES[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey || !this.steps.length) return;
    onLook(Math.min(this.steps.length - 1, Math.max(0, lookedAt() + move * (event.shiftKey ? 10 : 1))));
    event.preventDefault();
  }

  /** Other lines, another axis or other colours. @param {{log: boolean, text: string, dark: boolean}} look */
  arrange(steps, lines, look) {
    [this.steps, this.lines] = [steps, lines];
    if (!this.wide) return;
    const ratio = window.devicePixelRatio || 1,
      [width, height] = [Math.round(this.wide * ratio), Math.round(HEIGHT * ratio)];
    for (const one of [this.canvas, this.behind]) if (one.width !== width) [one.width, one.height] = [width, height];
    const size = { width: this.wide, height: HEIGHT };
    this.place = axes(lines, { ...size, log: look.log });
    const under = this.behind.getContext("2d");
    under.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawCurves(under, lines, this.place, { ...size, ...look });
  }

  /** The curves, with the step at a position read from them; -1: none. @param {{log: boolean, text: string, dark: boolean}} look */
  draw(index, look) {
    if (!this.place) return;
    const top = this.canvas.getContext("2d"),
      ratio = this.canvas.width / this.wide;
    top.setTransform(1, 0, 0, 1, 0, 0);
    top.clearRect(0, 0, this.canvas.width, this.canvas.height);
    top.drawImage(this.behind, 0, 0);
    top.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (index >= 0) drawReading(top, this.lines, this.place, this.steps[index], { height: HEIGHT, ...look });
  }
}
