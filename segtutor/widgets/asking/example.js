// @ts-check
/** The painted example: another picture, on which the learner marks what is meant. */
import { bytesOf, decodePicture } from "../shared/canvas.js";
import { paintPicture } from "../shared/draw.js";
import { addPlace, kept } from "../shared/edit.js";
import { paintPrompts, paintStroke } from "../shared/raster.js";
import { tr } from "../shared/words.js";
import { paintMasked } from "./draw.js";
import { Sheet } from "./sheet.js";

export class Example {
  /**
   * @param {{get: (trait: string) => any, signal: AbortSignal, kernel: boolean, onFrame: () => void,
   *   onStroke: (stroke: Record<string, any>) => void, onBrush: (width: number) => void,
   *   onKey: (event: KeyboardEvent) => boolean}} acts onStroke: one that is done; onKey: what is no key of the brush
   */
  constructor({ get, signal, kernel, onFrame, onStroke, onBrush, onKey }) {
    this.get = get;
    this.kernel = kernel;
    this.hand = "paint"; // what the brush does: "paint" or "erase"
    this.image = null; // RGBA, once it is decoded
    /** @type {Record<string, any> | null} */
    this.stroke = null; // under way
    this.marked = null; // H * W labels: 1 where it is painted
    this.markedOf = null; // the strokes that `marked` is of
    this.onFrame = onFrame;
    this.onStroke = onStroke;
    this.sheet = new Sheet({
      size: () => get("example_size"),
      longest: 256,
      signal,
      label: tr("The example: arrow keys move the cross, Enter puts the brush down and lifts it"),
      onDown: (at) => this._down(at),
      onMove: (at) => this._move(at),
      onUp: () => this._up(),
      onCancel: () => this._cancel(),
      onKey: (event) => {
        const step = { "[": -2, "]": 2 }[event.key];
        if (event.ctrlKey || event.metaKey || !step) return onKey(event);
        onBrush(Math.min(60, Math.max(1, get("brush") + step)));
        return true;
      },
      onFrame,
    });
  }

  disconnect() {
    this.sheet.disconnect();
  }

  async load(signal) {
    const { get, sheet } = this,
      size = get("example_size"),
      image = await decodePicture(bytesOf(get("example_picture")), size);
    if (signal.aborted) return;
    sheet.take(size);
    this.image = image;
    paintPicture(sheet.out, sheet.scale, size, image);
    sheet.show();
    this.onFrame();
  }

  // ---- a stroke, from down to up

  _inside([x, y]) {
    const [H, W] = this.get("example_size");
    return [kept(x, W), kept(y, H)];
  }

  _down(at) {
    if (!this.kernel || !this.image) return "done";
    const label = this.hand === "paint" ? 1 : -1;
    this.stroke = { label, width: this.get("brush"), points: [this._inside(at)] };
    this._add(this.stroke.points);
    return "";
  }

  _move(at) {
    if (!this.stroke) return this.onFrame();
    const { points, width } = this.stroke;
    if (addPlace(points, this._inside(at), width)) this._add(points.slice(-2));
    return this.onFrame();
  }

  _up() {
    const { stroke } = this;
    this.stroke = null;
    if (stroke) this.onStroke(stroke);
  }

  _cancel() {
    [this.stroke, this.markedOf] = [null, null];
    this.onFrame();
  }

  /** A piece of the stroke, at once. */
  _add(places) {
    paintStroke(this.marked, this.get("example_size"), places, this.stroke.width, this.stroke.label);
    this._paint();
    this.onFrame();
  }

  // ---- what is seen

  /** @param {any[]} strokes that are done */
  show(strokes) {
    if (!this.image) return;
    if (this.markedOf !== strokes && !this.stroke) {
      this.markedOf = strokes;
      this.marked = paintPrompts(this.get("example_size"), strokes, []);
      this._paint();
    }
    const at = this.get("tool") === "example" ? this.sheet.hover : null;
    this.sheet.mark({ brush: at ? { at, width: this.get("brush") } : null });
  }

  _paint() {
    const { sheet, get } = this,
      ones = Uint8Array.from(this.marked, (label) => (label === 1 ? 1 : 0));
    paintMasked(sheet.out, sheet.scale, get("example_size"), this.image, ones, get("color"));
    sheet.show();
    const share = ones.reduce((sum, one) => sum + one, 0) / ones.length;
    sheet.canvas.setAttribute(
      "aria-label",
      tr("The example, {share} % of it painted", { share: (100 * share).toFixed(1) }),
    );
  }
}
