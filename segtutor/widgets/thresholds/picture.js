// @ts-check
/** ThresholdExplorer's picture: segments, truth, the bare picture or one query's mask, and which query lies where. */
import { decodePicture, element, zoomOf } from "../shared/canvas.js";
import { labelPlaces, paintPicture, paintQuery, paintSegments, writeNames } from "../shared/draw.js";
import { FATES } from "../shared/inference.js";
import { tr } from "../shared/words.js";

export class ThresholdPicture {
  /**
   * @param {Record<string, any>} sent see readSent
   * @param {{signal: AbortSignal, onChange: () => void, onPoint: (at: number | null) => void,
   *   onClick: (at: number | null) => void}} acts onChange: it can be drawn better now; at: position of the pixel, null
   *   outside
   */
  constructor(sent, { signal, onChange, onPoint, onClick }) {
    const [H, W] = sent.size,
      scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    this.sent = sent;
    this.scale = scale;
    this.canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${W * scale}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.image = null; // until it is decoded
    this.zoom = 1;
    this.onChange = onChange;
    // Measured here and not while drawing: asking for a width after the list was written would cost a layout a frame.
    this.resized = new ResizeObserver(([entry]) => {
      this.zoom = zoomOf(this.canvas, entry.contentRect.width);
      onChange();
    });
    this.resized.observe(this.canvas);
    this.canvas.addEventListener("pointermove", (event) => onPoint(this._at(event)), { signal });
    this.canvas.addEventListener("pointerleave", () => onPoint(null), { signal });
    this.canvas.addEventListener("click", (event) => onClick(this._at(event)), { signal });
  }

  disconnect() {
    this.resized.disconnect();
  }

  /** Decodes the picture under the segments. @param {Uint8Array} png @param {AbortSignal} signal */
  async load(png, signal) {
    const image = await decodePicture(png, this.sent.size);
    if (signal.aborted) return;
    this.image = image;
    this.onChange();
  }

  /** Position of the pixel under the pointer, null outside the picture. */
  _at(event) {
    const [H, W] = this.sent.size,
      box = this.canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * W),
      y = Math.floor(((event.clientY - box.top) / box.height) * H);
    return x < 0 || y < 0 || x >= W || y >= H ? null : y * W + x;
  }

  /** The mask of one query over the dimmed picture. @param {number} query */
  drawQuery(query, result, maskThreshold) {
    if (!this.image) return;
    const { inference, size, colors } = this.sent,
      { fate } = result.fates[query],
      competes = fate === FATES.kept || fate === FATES.overlapped;
    paintQuery(
      this.out,
      this.scale,
      size,
      this.image,
      inference.mask(query),
      Math.fround(maskThreshold),
      competes ? inference.winner : null,
      query,
      colors[query],
    );
    this.context.putImageData(this.pixels, 0, 0);
  }

  drawBare() {
    if (!this.image) return;
    paintPicture(this.out, this.scale, this.sent.size, this.image);
    this.context.putImageData(this.pixels, 0, 0);
  }

  /** The segments that the thresholds leave. */
  drawResult({ segments }) {
    const { inference, colors } = this.sent;
    this._segments(
      inference.segmentIds,
      segments,
      segments.map(({ queries }) => colors[queries[0]]),
    );
  }

  drawTruth() {
    const { ids, segments } = this.sent.truth;
    this._segments(
      ids,
      segments,
      segments.map(({ color }) => color),
    );
  }

  _segments(ids, segments, paint) {
    if (!this.image) return;
    const { size, classes } = this.sent;
    paintSegments(this.out, this.scale, size, this.image, ids, [null, ...paint]);
    this.context.putImageData(this.pixels, 0, 0);
    const names = ["", ...segments.map(({ label }) => tr(classes[label].name))];
    writeNames(this.context, this.scale, this.zoom, labelPlaces(ids, size, names.length - 1), names);
  }

  /**
   * What a reader who does not see it is told.
   *
   * @param {"result" | "truth" | "picture"} view
   * @param {{segments: {label: number}[]}} result
   * @param {string} share of void
   */
  describe(view, { segments }, share) {
    const { truth, classes } = this.sent;
    this.canvas.setAttribute(
      "aria-label",
      view === "truth"
        ? tr("The truth: {segments}", { segments: inWords(truth.segments, classes) })
        : view === "picture"
          ? tr("The picture without segments")
          : tr("Panoptic picture: {n} segments ({segments}), {share} void.", {
              n: segments.length,
              segments: inWords(segments, classes) || tr("none"),
              share,
            }),
    );
  }
}

/** "2 cat, 1 car, sky" */
function inWords(segments, classes) {
  const counts = new Map();
  for (const { label } of segments) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([label, n]) => (classes[label].isthing ? `${n} ${tr(classes[label].name)}` : tr(classes[label].name)))
    .join(", ");
}
