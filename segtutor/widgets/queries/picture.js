// @ts-check
/** The picture of QueryExplorer: the mask of one query, or the whole answer of one of the three inferences. */
import { element, zoomOf } from "../shared/canvas.js";
import { labelPlaces, paintPicture, paintQuery, paintSegments, writeNames } from "../shared/draw.js";
import { paintHeat } from "../shared/heat.js";
import { FATES } from "../shared/inference.js";
import { tr } from "../shared/words.js";
import { bestClass } from "./fates.js";

export class QueryPicture {
  /**
   * @param {Record<string, any>} sent size, classes, thresholds
   * @param {(layer: any, query: number) => number[]} colorOf a query
   */
  constructor({ size: [H, W], classes, thresholds }, colorOf) {
    this.H = H;
    this.W = W;
    this.classes = classes;
    this.thresholds = thresholds;
    this.colorOf = colorOf;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    const [width, height] = [W * this.scale, H * this.scale];
    this.canvas = element("canvas", { width, height, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${width}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(width, height);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.owned = new Int16Array(H * W);
    this.image = this.ground = null; // until `begin`
    this.zoom = 1; // canvas pixels for each pixel of the screen, so that names stay readable
  }

  begin(image, ground) {
    this.image = image;
    this.ground = ground;
  }

  /** Takes notice of how wide the canvas is on the screen. */
  fit(width) {
    this.zoom = zoomOf(this.canvas, width);
  }

  /** The position of the pixel under the pointer, or null. */
  pixelAt({ clientX, clientY }) {
    const { H, W } = this,
      box = this.canvas.getBoundingClientRect();
    const x = Math.floor(((clientX - box.left) / box.width) * W),
      y = Math.floor(((clientY - box.top) / box.height) * H);
    return x < 0 || y < 0 || x >= W || y >= H ? null : y * W + x;
  }

  /** query: whose mask is shown, null = the whole answer of the view, or of panoptic inference. */
  draw(layer, query, view) {
    const { out, scale, H, W, image, context } = this,
      whole = query === null ? this._answer(layer, view) : null;
    if (query !== null) this._paintQuery(layer, query, view);
    else if (whole) paintSegments(out, scale, [H, W], image, whole.ids, [null, ...whole.shown.map((one) => one.color)]);
    else paintPicture(out, scale, [H, W], image);
    context.putImageData(this.pixels, 0, 0);
    if (!whole) return;
    const places = labelPlaces(whole.ids, [H, W], whole.shown.length);
    writeNames(context, scale, this.zoom, places, ["", ...whole.shown.map(({ name }) => name)]);
  }

  /** One query: where its mask is, and which of its pixels end as its own. */
  _paintQuery(layer, query, view) {
    const { out, scale, H, W, image, owned } = this,
      mask = layer.mask(query),
      threshold = Math.fround(this.thresholds.mask_threshold);
    if (view === "mask" || (view === "semantic" && !layer.semantic))
      return paintHeat(out, scale, [H, W], this.ground, mask, threshold);
    const label = bestClass(layer.classProbs, query, this.classes.length);
    if (view === "semantic") for (let i = 0; i < owned.length; i++) owned[i] = layer.semantic[i] === label ? query : -1;
    else owned.fill(query);
    const fate = layer.result?.fates[query].fate,
      competes = fate === FATES.kept || fate === FATES.overlapped,
      panoptic = competes ? layer.inference.winner : null,
      least = view === "instance" ? 0.5 : threshold,
      winner = view === "panoptic" ? panoptic : owned;
    return paintQuery(out, scale, [H, W], image, mask, least, winner, query, this.colorOf(layer, query));
  }

  /** @returns {{ids: any, shown: {name: string, color: number[]}[]} | null} id n = shown[n - 1]; null: not there yet */
  _answer(layer, view) {
    const { classes } = this;
    if (view === "semantic" && layer.semantic)
      return {
        ids: layer.semantic.map((label) => label + 1),
        shown: classes.map(({ name, color }) => ({ name: tr(name), color })),
      };
    if (view === "instance" && layer.ranked) return this._instances(layer);
    if (!layer.result) return null;
    const shown = layer.result.segments.map(({ label, queries }) => ({
      name: tr(classes[label].name),
      color: this.colorOf(layer, queries[0]),
    }));
    return { ids: layer.inference.segmentIds, shown };
  }

  /** The instances with a score of at least 0.5, the best one in front. */
  _instances(layer) {
    const ids = new Int32Array(this.H * this.W);
    const shown = layer.ranked
      .filter(({ score }) => score >= 0.5)
      .map((one) => ({ ...one, name: tr(this.classes[one.label].name), color: this.colorOf(layer, one.query) }));
    for (let n = shown.length - 1; n >= 0; n--) {
      const mask = layer.mask(shown[n].query);
      for (let i = 0; i < ids.length; i++) if (mask[i] > 0.5) ids[i] = n + 1;
    }
    return { ids, shown };
  }
}
