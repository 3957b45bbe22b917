// @ts-check
/**
 * MapExplorer: which cells of each map have a vector like the one at the pixel.
 *
 * Every vector was sent, one byte a number; a moved pointer costs one dot product for each cell.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet } from "../shared/canvas.js";
import { paintPicture } from "../shared/draw.js";
import { HEAT_SCALE, heatGround, paintHeat } from "../shared/heat.js";
import { living } from "../shared/lifetime.js";
import { drawCross, pixelPicker } from "../shared/pointer.js";
import { Turns } from "../shared/turns.js";

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
    { tell } = new Turns(model);
  const size = model.get("size"),
    [H, W] = size,
    scale = Math.max(1, Math.floor(400 / Math.max(H, W)));
  let image = null,
    ground = null,
    held = false,
    byPointer = false;

  const same = (a, b) => a === b || (a && b && a[0] === b[0] && a[1] === b[1]);
  const look = (pixel) => {
    if (pixel === null) held = false;
    if (!(held && byPointer) && !same(pixel, model.get("pixel"))) tell({ pixel });
  };
  const hold = () => {
    held = !held;
    frame.request();
  };
  const panels = model.get("maps").map((sent) => panel(new VectorMap(sent)));

  /** One map: its canvas, and what it says of the pixel. */
  function panel(map) {
    const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    canvas.style.width = `${W * scale}px`;
    const context = canvas.getContext("2d"),
      pixels = context.createImageData(W * scale, H * scale);
    const picker = pixelPicker(canvas, {
      size,
      current: () => model.get("pixel"),
      onLook: look,
      onPick: hold,
      signal,
      label: `${map.name}: arrow keys move the cross, Enter or a click holds the pixel`,
    });
    // A pixel that is held follows the arrow keys, not the pointer.
    for (const kind of ["pointermove", "keydown"])
      picker.addEventListener(
        kind,
        (event) => {
          byPointer = event instanceof PointerEvent && event.pointerType !== "touch";
        },
        { signal, capture: true },
      );
    const text = element("p", { class: "segtutor-detail" });
    const node = element(
      "section",
      { class: "segtutor-side", "aria-label": map.name },
      element("p", { class: "segtutor-title" }, element("b", {}, map.name), ` ${map.h} × ${map.w} cells`),
      picker,
      text,
    );
    const shares = new Float32Array(H * W);
    return {
      map,
      canvas,
      context,
      pixels,
      out: new Uint32Array(pixels.data.buffer),
      node,
      text,
      shares,
      cell: -2,
      zoom: 1,
    };
  }

  const colors = element("i", {});
  colors.style.background = HEAT_SCALE;
  const hint = element("p", { class: "segtutor-note" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-maps" },
      ...panels.map((one) => one.node),
      element(
        "div",
        { class: "segtutor-below" },
        element(
          "p",
          { class: "segtutor-scale" },
          "cosine 0 or less",
          colors,
          `1, the same direction; the line is at ${THRESHOLD}`,
        ),
        hint,
      ),
      spoken,
    ),
  );

  function update() {
    const pixel = model.get("pixel");
    setText(
      hint,
      pixel === null
        ? "Point at a pixel, tap it, or move the cross with the arrow keys."
        : `Pixel (${pixel.join(", ")})${held ? ", held: a click lets it go." : ". A click holds it."}`,
    );
    for (const one of panels) {
      say(one, pixel);
      if (image) draw(one, pixel);
    }
    announce.request();
  }

  /** Computes what is shown of a map where its cell has changed, and writes how much is alike. */
  function say(one, pixel) {
    const { map, shares } = one,
      cell = pixel ? map.cellOf(pixel, size) : -1;
    if (cell === one.cell) return;
    one.cell = cell;
    one.fresh = true;
    if (cell < 0) {
      setText(one.text, "");
      one.canvas.setAttribute("aria-label", "The picture");
      return;
    }
    const cosines = map.alike(cell);
    for (let y = 0, i = 0; y < H; y++) {
      const row = Math.floor((y * map.h) / H) * map.w;
      for (let x = 0; x < W; x++, i++) shares[i] = Math.min(1, Math.max(0, cosines[row + Math.floor((x * map.w) / W)]));
    }
    const cells = cosines.filter((value) => value >= THRESHOLD).length;
    const words = `${cells} of ${cosines.length} cells are alike`;
    setText(one.text, `Row ${Math.floor(cell / map.w)}, column ${cell % map.w}: ${words}.`);
    one.canvas.setAttribute("aria-label", `${map.name}: ${words}`);
  }

  function draw(one, pixel) {
    const { context, pixels, out, shares } = one;
    if (one.fresh) {
      if (pixel) paintHeat(out, scale, size, ground, shares, THRESHOLD);
      else paintPicture(out, scale, size, image);
      one.fresh = false;
    }
    context.putImageData(pixels, 0, 0);
    if (pixel) drawCross(context, scale, one.zoom, pixel);
  }

  const announce = whenQuiet(
    () =>
      setText(
        spoken,
        `${hint.textContent} ${panels.map((one) => `${one.map.name}: ${one.text.textContent}`).join(" ")}`,
      ),
    600,
  );
  const frame = frameScheduler(update);
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const one = panels.find(({ canvas }) => canvas === target);
      const shrunk = one.canvas.width / (contentRect.width || one.canvas.width);
      one.zoom = Math.min(2.5, Math.max(1, Math.round(4 * shrunk) / 4));
    }
    frame.request();
  });
  for (const one of panels) resized.observe(one.canvas);
  life.on("pixel", frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    ground = heatGround(image);
    for (const one of panels) one.fresh = true;
    update();
  });
  update();
  life.also(resized, frame, announce);
}

export default { render: living(render) };
