// @ts-check
/**
 * MapExplorer: which cells of each map have a vector like the one at the pixel.
 *
 * Every vector was sent, one byte a number; a moved pointer costs one dot product for each cell.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet, zoomOf } from "../shared/canvas.js";
import { paintPicture } from "../shared/draw.js";
import { HEAT_SCALE, heatGround, paintHeat } from "../shared/heat.js";
import { living } from "../shared/lifetime.js";
import { drawCross, pixelPicker } from "../shared/pointer.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";

const THRESHOLD = 0.5; // as in explorer.py

/** The vectors of one map. */
export class VectorMap {
  /** @param {{name: string, shape: number[], codes: any}} sent codes: int8, cell by cell */
  constructor({ name, shape: [channels, h, w], codes }) {
    const bytes = bytesOf(codes);
    this.name = name;
    this.channels = channels;
    this.h = h;
    this.w = w;
    this.codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.lengths = Float64Array.from({ length: h * w }, (_, cell) => Math.sqrt(this.dot(cell, cell)));
  }

  dot(one, other) {
    const { channels, codes } = this;
    let sum = 0;
    for (let k = 0, a = one * channels, b = other * channels; k < channels; k++) sum += codes[a + k] * codes[b + k];
    return sum;
  }

  /** The cell that holds the pixel [x, y] of a picture of `size`. */
  cellOf([x, y], [H, W]) {
    return Math.floor((y * this.h) / H) * this.w + Math.floor((x * this.w) / W);
  }

  /** The cosine of each cell's vector with the cell's, -1..1; 0 where a vector is all zeros. */
  alike(cell) {
    return Float64Array.from(this.lengths, (length, other) => {
      const both = length * this.lengths[cell];
      return both ? this.dot(cell, other) / both : 0;
    });
  }
}

function render({ model, el, life }) {
  const { signal } = life,
    size = model.get("size"),
    choosing = pixelChosen(model, () => frame.request());
  const panels = model.get("maps").map((sent) => new MapPanel(new VectorMap(sent), size, { signal, ...choosing })),
    { root, hint, spoken } = layOut(panels);
  el.append(root);
  /** @type {{image: Uint8ClampedArray, ground: ArrayLike<number>} | null} */
  let picture = null;

  function update() {
    const pixel = model.get("pixel");
    setText(hint, hintOf(pixel, choosing.held()));
    for (const one of panels) {
      one.say(pixel);
      if (picture) one.draw(pixel, picture);
    }
    announce.request();
  }
  const frame = frameScheduler(update);
  const announce = whenQuiet(
    () => setText(spoken, [hint.textContent, ...panels.map((one) => one.told())].join(" ")),
    600,
  );
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries)
      panels.find(({ canvas }) => canvas === target).fit(contentRect.width);
    frame.request();
  });
  for (const { canvas } of panels) resized.observe(canvas);
  life.on("pixel", frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((image) => {
    if (signal.aborted) return;
    picture = { image, ground: heatGround(image) };
    for (const one of panels) one.fresh = true;
    update();
  });
  update();
  life.also(resized, frame, announce);
}

/**
 * The pixel that is looked at: of the model; one that is held follows the arrow keys, and not the pointer.
 * @param {any} model of the widget
 * @param {() => void} redraw after it was held or let go
 */
function pixelChosen(model, redraw) {
  const { tell } = new Turns(model);
  let held = false,
    byPointer = false;
  return {
    held: () => held,
    current: () => model.get("pixel"),
    onLook: (pixel) => {
      if (pixel === null) held = false;
      if (!(held && byPointer) && !same(pixel, model.get("pixel"))) tell({ pixel });
    },
    onPick: () => {
      held = !held;
      redraw();
    },
    /** To be called with an event of the pointer or the keyboard before it looks. */
    onMeans: (event) => {
      byPointer = event instanceof PointerEvent && event.pointerType !== "touch";
    },
  };
}

const same = (a, b) => a === b || (a && b && a[0] === b[0] && a[1] === b[1]);

const hintOf = (pixel, held) => {
  if (pixel === null) return tr("Point at a pixel, tap it, or move the cross with the arrow keys.");
  const where = { pixel: pixel.join(", ") };
  return held
    ? tr("Pixel ({pixel}), held: a click lets it go.", where)
    : tr("Pixel ({pixel}). A click holds it.", where);
};

/** The elements, in their places. @param {MapPanel[]} panels */
function layOut(panels) {
  const colors = element("i", {}),
    hint = element("p", { class: "segtutor-note" }),
    spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  colors.style.background = HEAT_SCALE;
  const scale = element(
    "p",
    { class: "segtutor-scale" },
    tr("cosine 0 or less"),
    colors,
    tr("1, the same direction; the line is at {threshold}", { threshold: THRESHOLD }),
  );
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-maps" },
    ...panels.map((one) => one.node),
    element("div", { class: "segtutor-below" }, scale, hint),
    spoken,
  );
  return { root, hint, spoken };
}

/** One map: its canvas, and what it says of the pixel. */
class MapPanel {
  /**
   * @param {VectorMap} map
   * @param {any} size of the picture
   * @param {{signal: AbortSignal} & ReturnType<typeof pixelChosen>} choosing
   */
  constructor(map, size, choosing) {
    const [H, W] = size,
      scale = Math.max(1, Math.floor(400 / Math.max(H, W)));
    this.map = map;
    this.size = size;
    this.scale = scale;
    this.canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    this.canvas.style.width = `${W * scale}px`;
    this.context = this.canvas.getContext("2d");
    this.pixels = this.context.createImageData(W * scale, H * scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.shares = new Float32Array(H * W); // of each pixel, how alike its cell is
    this.cell = -2; // that `shares` is of; -1: of none
    this.fresh = false; // whether `shares` is not painted yet
    this.zoom = 1; // canvas pixels for each pixel of the screen
    const picker = pixelPicker(this.canvas, {
      size,
      ...choosing,
      label: tr("{map}: arrow keys move the cross, Enter or a click holds the pixel", { map: map.name }),
    });
    for (const kind of ["pointermove", "keydown"])
      picker.addEventListener(kind, choosing.onMeans, { signal: choosing.signal, capture: true });
    this.text = element("p", { class: "segtutor-detail" });
    const cells = tr("{h} × {w} cells", { h: map.h, w: map.w });
    this.node = element(
      "section",
      { class: "segtutor-side", "aria-label": map.name },
      element("p", { class: "segtutor-title" }, element("b", {}, map.name), ` ${cells}`),
      picker,
      this.text,
    );
  }

  /** Computes what is shown of the map where its cell has changed, and writes how much is alike. */
  say(pixel) {
    const { map, text, canvas } = this,
      cell = pixel ? map.cellOf(pixel, this.size) : -1;
    if (cell === this.cell) return;
    this.cell = cell;
    this.fresh = true;
    if (cell < 0) {
      setText(text, "");
      canvas.setAttribute("aria-label", tr("The picture"));
      return;
    }
    const cosines = map.alike(cell),
      n = cosines.filter((value) => value >= THRESHOLD).length;
    this._spread(cosines);
    const counted = { n, total: cosines.length },
      at = { row: Math.floor(cell / map.w), column: cell % map.w };
    setText(text, tr("Row {row}, column {column}: {n} of {total} cells are alike.", { ...at, ...counted }));
    canvas.setAttribute("aria-label", tr("{map}: {n} of {total} cells are alike", { map: map.name, ...counted }));
  }

  /** Gives each pixel of the picture the cosine of its cell; negative ones count as 0. */
  _spread(cosines) {
    const {
      map,
      shares,
      size: [H, W],
    } = this;
    for (let y = 0, i = 0; y < H; y++) {
      const row = Math.floor((y * map.h) / H) * map.w;
      for (let x = 0; x < W; x++, i++) shares[i] = Math.min(1, Math.max(0, cosines[row + Math.floor((x * map.w) / W)]));
    }
  }

  draw(pixel, { image, ground }) {
    const { context, out, scale, size } = this;
    if (this.fresh) {
      if (pixel) paintHeat(out, scale, size, ground, this.shares, THRESHOLD);
      else paintPicture(out, scale, size, image);
      this.fresh = false;
    }
    context.putImageData(this.pixels, 0, 0);
    if (pixel) drawCross(context, scale, this.zoom, pixel);
  }

  /** Takes notice of how wide the canvas is on the screen. */
  fit(width) {
    this.zoom = zoomOf(this.canvas, width);
  }

  /** What a screen reader says of the map. */
  told() {
    return `${this.map.name}: ${this.text.textContent}`;
  }
}

export default { render: living(render) };
