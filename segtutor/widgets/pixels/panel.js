// @ts-check
/** One of the two pictures of PixelExplorer: a canvas on which a pixel is chosen, with pins and a cross. */
import { element, zoomOf } from "../shared/canvas.js";
import { labelPlaces, paintPicture, paintSegments, writeNames } from "../shared/draw.js";
import { paintHeat } from "../shared/heat.js";
import { drawCross, drawPin, pixelPicker } from "../shared/pointer.js";
import { tr } from "../shared/words.js";

/**
 * @typedef {{key: string, words: string, heat?: () => [Float32Array, number], ids?: any,
 *   shown?: {color: number[], name: string}[]}} Shown what a panel shows: `heat` (probabilities and where the line is),
 *   or segments (id n = shown[n - 1]), or the picture; key: another one is painted anew; words: for a screen reader
 */

export class PixelPanel {
  /**
   * @param {{title: string, name: string} & Omit<Parameters<typeof pixelPicker>[1], "label">} options name: of the network
   */
  constructor({ title, name, size: [H, W], ...picking }) {
    this.H = H;
    this.W = W;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    const [width, height] = [W * this.scale, H * this.scale];
    this.canvas = element("canvas", { width, height, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${width}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(width, height);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.text = element("p", { class: "segtutor-detail" });
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": title },
      element("p", { class: "segtutor-title" }, element("b", {}, title), ` ${name}`),
      pixelPicker(this.canvas, {
        size: [H, W],
        label: tr("{title}: arrow keys move the cross, Enter pins the pixel", { title }),
        ...picking,
      }),
      this.text,
    );
    this.zoom = 1; // canvas pixels for each pixel of the screen, so that names stay readable
    this.painted = null; // the key of what is on the canvas
    this.places = null; // of the names in the answer
    this.image = this.ground = null; // until `begin`
  }

  begin(image, ground) {
    this.image = image;
    this.ground = ground;
  }

  /** Takes notice of how wide the canvas is on the screen. */
  fit(width) {
    this.zoom = zoomOf(this.canvas, width);
  }

  /** What is painted depends on few things: a picture that stays is only copied. @param {Shown} shown */
  draw(shown, pixel, pins) {
    if (!this.image) return;
    const { context, scale, zoom } = this;
    if (this.painted !== shown.key) {
      this.painted = shown.key;
      this._paint(shown);
    }
    context.putImageData(this.pixels, 0, 0);
    if (shown.ids) {
      this.places ??= labelPlaces(shown.ids, [this.H, this.W], shown.shown.length);
      writeNames(context, scale, zoom, this.places, ["", ...shown.shown.map(({ name }) => name)]);
    }
    pins.forEach((at, n) => drawPin(context, scale, zoom, at, String(n + 1)));
    if (pixel) drawCross(context, scale, zoom, pixel);
    this.canvas.setAttribute("aria-label", shown.words);
  }

  /** @param {Shown} shown */
  _paint({ heat, ids, shown }) {
    const { out, scale, H, W } = this;
    if (heat) paintHeat(out, scale, [H, W], this.ground, ...heat());
    else if (ids) paintSegments(out, scale, [H, W], this.image, ids, [null, ...shown.map(({ color }) => color)]);
    else paintPicture(out, scale, [H, W], this.image);
  }
}
