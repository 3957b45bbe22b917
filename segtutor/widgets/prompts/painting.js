// @ts-check
/** The picture with what is painted on it: the ground below, the labels above, each made anew only when it changed. */
import { labelPlaces } from "../shared/draw.js";
import { paintPrompts, paintStroke } from "../shared/raster.js";
import { PromptPainter } from "./paint.js";

/**
 * A model's answer.
 * @typedef {{sent: any, read: () => {ids: Uint8Array, sure: Uint8Array, colors: number[][]}}} Answer sent: the bytes,
 *   which are the same object until another one comes; read: what they say, see PromptPainter.groundAnswer
 */

export class Painting {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.painter = new PromptPainter(canvas);
    /** @type {[number, number]} */
    this.size = [0, 0];
    /** @type {any} */
    this.labels = null; // H * W, null until there is a picture
    this.stale = true; // the labels are of other prompts
    this.ground = ""; // what lies below: "picture", or the answer that was sent
    this.places = []; // where the names of an answer's segments stand
  }

  get scale() {
    return this.painter.scale;
  }

  /** Another picture is on its way: what was painted is not for it. */
  leave() {
    this.labels = null;
  }

  /** The picture has come. @param {[number, number]} size H, W @param {any} image RGBA */
  take(size, image) {
    this.painter.take(size, image);
    this.size = size;
    [this.stale, this.ground, this.places] = [true, "", []];
  }

  /** A piece of a stroke, at once: its pixels are few, and the next frame shows them. */
  add(places, width, label, colors) {
    this.painter.paint(this.labels, colors, paintStroke(this.labels, this.size, places, width, label));
  }

  /**
   * Paints what has changed, and says whether anything had.
   *
   * @param {Answer | null} answer null: the picture is shown
   * @param {{scribbles: any[], points: any[]}} prompts
   * @param {Record<string, any> | null} draft a stroke under way
   * @param {number[][]} colors of the classes
   */
  show(answer, prompts, draft, colors) {
    const wanted = answer ? answer.sent : "picture";
    if (wanted === this.ground && !this.stale) return false;
    if (wanted !== this.ground) this._lay(answer);
    this.ground = wanted;
    if (this.stale) {
      this.labels = paintPrompts(this.size, prompts.scribbles, prompts.points);
      if (draft?.places) paintStroke(this.labels, this.size, draft.places, draft.width, draft.label);
      this.stale = false;
    }
    this.painter.paint(this.labels, colors, null);
    return true;
  }

  _lay(answer) {
    this.places = [];
    if (!answer) {
      this.painter.groundPicture();
      return;
    }
    const { ids, sure, colors } = answer.read();
    this.painter.groundAnswer(ids, sure, colors);
    this.places = labelPlaces(/** @type {any} */ (ids), this.size, colors.length);
  }

  /** The class that is painted at a place, -1 where nothing is. */
  labelAt([x, y]) {
    return this.labels ? this.labels[y * this.size[1] + x] : -1;
  }
}
