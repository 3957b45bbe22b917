// @ts-check
/** The picture beside MatchingGame's matrix: of a pair both masks, and where they agree. */
import { decodePicture, element } from "../shared/canvas.js";
import { labelPlaces, writeNames } from "../shared/draw.js";
import { KINDS, greyGround, paintKinds, swatch } from "../shared/kinds.js";
import { tr } from "../shared/words.js";

export class PairPicture {
  /** @param {Record<string, any>} sent see readSent, with masks */
  constructor(sent) {
    const [H, W] = sent.size,
      scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
    this.sent = sent;
    this.scale = scale;
    this.canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${W * scale}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.kinds = new Uint8Array(H * W);
    this.places = labelPlaces(Int32Array.from(sent.targetIds), sent.size, sent.columns.length);
    this.ground = null; // until the picture is decoded
    this.shown = "";
    this.node = element("div", {}, this.canvas, legend());
  }

  /** Decodes the picture. @param {Uint8Array} png @param {AbortSignal} signal @param {() => void} ready it can be drawn */
  async load(png, signal, ready) {
    const image = await decodePicture(png, this.sent.size);
    if (signal.aborted) return;
    this.ground = greyGround(image);
    ready();
  }

  /** @param {[number, number] | null} cell row and column of a pair; null: the targets alone */
  show(cell) {
    this._describe(cell);
    if (!this.ground || this.shown === String(cell)) return; // a moved weight changes no mask
    this.shown = String(cell);
    const { sent, scale } = this;
    this._compare(cell);
    paintKinds(this.out, scale, sent.size, this.ground, this.kinds, sent.targetIds);
    this.context.putImageData(this.pixels, 0, 0);
    if (!cell) writeNames(this.context, scale, 1, this.places, ["", ...sent.columns]);
  }

  /** What a reader who does not see it is told. */
  _describe(cell) {
    const { rows, columns } = this.sent;
    this.canvas.setAttribute(
      "aria-label",
      cell
        ? tr("The masks of {query} and {target} over the picture.", { query: rows[cell[0]], target: columns[cell[1]] })
        : tr("The picture with the borders of {n} targets: {targets}.", {
            n: columns.length,
            targets: columns.join(", "),
          }),
    );
  }

  /** The kind of each pixel: in both masks, in one of them, in none, or void. */
  _compare(cell) {
    const { sent, kinds } = this,
      mask = cell && sent.mask(cell[0]),
      target = cell ? cell[1] + 1 : -1;
    for (let i = 0; i < kinds.length; i++) {
      const id = sent.targetIds[i],
        drawn = mask && mask[i] >= 0.5;
      if (id === 0) kinds[i] = KINDS.void;
      else if (id === target) kinds[i] = drawn ? KINDS.matched : KINDS.missed;
      else kinds[i] = drawn ? KINDS.false : KINDS.bare;
    }
  }
}

function legend() {
  /** @type {[number, string][]} */
  const kinds = [
    [KINDS.matched, tr("in both masks")],
    [KINDS.false, tr("the query's only")],
    [KINDS.missed, tr("the target's only")],
    [KINDS.void, tr("void: counts nowhere")],
  ];
  return element(
    "ul",
    { class: "segtutor-kinds" },
    ...kinds.map(([kind, text]) => element("li", {}, swatch(kind), text)),
  );
}
