// @ts-check
/** A picture that one points or paints at: its pixels on one canvas, the marks above them on another. */
import { element, zoomOf } from "../shared/canvas.js";
import { painterHand } from "../shared/hand.js";
import { drawMarks } from "./draw.js";

export class Sheet {
  /**
   * What painterHand takes, but for onHover and onCross; `onFrame`: marks are to be drawn; `longest`: on the screen.
   *
   * @param {{onFrame: () => void, longest?: number, size: () => number[], label: string, onDown: Function,
   *   onMove: Function, onUp: Function, onCancel: Function, onKey: Function, signal: AbortSignal}} options
   */
  constructor({ onFrame, longest = 512, ...hand }) {
    this.canvas = element("canvas", { role: "img", class: "segtutor-canvas" });
    this.marks = element("canvas", { class: "segtutor-marks", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.longest = longest;
    this.zoom = 1;
    this.scale = 1;
    /** @type {number[] | null} */
    this.hover = null;
    /** @type {number[] | null} */
    this.cross = null;
    this.node = painterHand([this.canvas, this.marks], {
      ...hand,
      onHover: (at) => {
        this.hover = at;
        onFrame();
      },
      onCross: (at) => {
        [this.cross, this.hover] = [at, at];
        onFrame();
      },
    });
    this.resized = new ResizeObserver(([{ contentRect }]) => {
      this.zoom = zoomOf(this.canvas, contentRect.width, 0.5);
      onFrame();
    });
    this.resized.observe(this.canvas);
  }

  /** Another picture of H x W pixels. */
  take([H, W]) {
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    for (const canvas of [this.canvas, this.marks]) [canvas.width, canvas.height] = [W * this.scale, H * this.scale];
    this.pixels = this.context.createImageData(W * this.scale, H * this.scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.node.style.setProperty("--wide", `${Math.round((this.longest * W) / Math.max(H, W))}px`);
  }

  /** Shows what was painted into `out`. */
  show() {
    this.context.putImageData(this.pixels, 0, 0);
  }

  mark(marks) {
    const { scale, zoom } = this;
    drawMarks(this.marks.getContext("2d"), { scale, zoom }, { ...marks, cross: this.cross });
  }

  disconnect() {
    this.resized.disconnect();
  }
}
