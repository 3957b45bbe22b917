// @ts-check
/**
 * The picture under the prompts: each class has a colour and a pattern, strokes have a dark rim, an answer shows the
 * picture through where the model is unsure. Only the part that changed is painted anew.
 */
import { element } from "../shared/canvas.js";
import { drawBox, drawCross, drawRing, strokeRimmed } from "../shared/marks.js";

const pack = (r, g, b) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0; // as a Uint32 over RGBA bytes, little-endian
const DARK = pack(20, 20, 20),
  SHARE = 0.8;

/** Which canvas pixels of a class have its second, paler or darker colour; period 6. */
const PATTERNS = [
  () => false,
  (x, y) => (x + y) % 6 < 2,
  (x, y) => x % 6 < 2 && y % 6 < 2,
  (x, y) => (x - y + 6000) % 6 < 2,
  (_, y) => y % 6 < 2,
  (x) => x % 6 < 2,
  (x, y) => (x + y) % 6 === 0 || (x - y + 6000) % 6 === 0,
];
const patternOf = (label) => PATTERNS[label % PATTERNS.length];

/** The colour of a pattern's marks: paler on dark colours, darker on light ones. */
const second = ([r, g, b]) =>
  0.3 * r + 0.59 * g + 0.11 * b > 140 ? [0.5 * r, 0.5 * g, 0.5 * b] : [r, g, b].map((part) => 0.5 * part + 127);

export class PromptPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  /** Another picture: RGBA pixels. */
  take([H, W], image) {
    this.size = [H, W];
    this.image = image;
    this.scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
    [this.canvas.width, this.canvas.height] = [W * this.scale, H * this.scale];
    this.pixels = this.context.createImageData(W * this.scale, H * this.scale);
    this.out = new Uint32Array(this.pixels.data.buffer);
    this.base = new Uint32Array(image.buffer.slice(0)); // as it is; opaque
  }

  /** The picture as the ground. */
  groundPicture() {
    this.base.set(new Uint32Array(this.image.buffer));
  }

  /** An answer as the ground. ids: H * W, 0 = void; sure: H * W, 0..255; colors: [r, g, b] of id 1, 2, ... */
  groundAnswer(ids, sure, colors) {
    const [H, W] = this.size,
      { image, base } = this;
    for (let y = 0, i = 0; y < H; y++) {
      for (let x = 0; x < W; x++, i++) {
        const id = ids[i],
          at = 4 * i;
        if ((x > 0 && ids[i - 1] !== id) || (y > 0 && ids[i - W] !== id)) {
          base[i] = DARK;
          continue;
        }
        if (id === 0) {
          const tone = 0.25 * (image[at] + image[at + 1] + image[at + 2]) * 0.67 + ((x + y) % 8 < 3 ? 56 : 110);
          base[i] = pack(tone, tone, tone);
          continue;
        }
        const share = 0.15 + (0.55 * sure[i]) / 255,
          [r, g, b] = colors[id - 1];
        base[i] = pack(
          share * r + (1 - share) * image[at],
          share * g + (1 - share) * image[at + 1],
          share * b + (1 - share) * image[at + 2],
        );
      }
    }
  }

  /** Paints a part of the picture, [left, top, right, bottom), with what is labelled there. */
  paint(labels, colors, rectangle) {
    const [H, W] = this.size,
      { scale, out, base } = this,
      wide = W * scale;
    const [left, top, right, bottom] = rectangle
      ? [
          Math.max(0, rectangle[0] - 1),
          Math.max(0, rectangle[1] - 1),
          Math.min(W, rectangle[2] + 1),
          Math.min(H, rectangle[3] + 1),
        ]
      : [0, 0, W, H];
    const marks = colors.map(second);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const i = y * W + x,
          label = labels[i],
          ground = base[i];
        let first = ground,
          other = ground;
        if (label >= 0) {
          const rim =
            (x > 0 && labels[i - 1] !== label) ||
            (x < W - 1 && labels[i + 1] !== label) ||
            (y > 0 && labels[i - W] !== label) ||
            (y < H - 1 && labels[i + W] !== label);
          first = rim ? DARK : mixed(ground, colors[label]);
          other = rim ? DARK : mixed(ground, marks[label]);
        }
        const pattern = label >= 0 ? patternOf(label) : null;
        for (let dy = 0, row = y * scale; dy < scale; dy++, row++) {
          for (let dx = 0, column = x * scale; dx < scale; dx++, column++)
            out[row * wide + column] = pattern?.(column, row) ? other : first;
        }
      }
    }
    if (right > left && bottom > top) {
      this.context.putImageData(
        this.pixels,
        0,
        0,
        left * scale,
        top * scale,
        (right - left) * scale,
        (bottom - top) * scale,
      );
    }
  }
}

function mixed(ground, [r, g, b]) {
  const rest = 1 - SHARE;
  return pack(
    SHARE * r + rest * (ground & 255),
    SHARE * g + rest * ((ground >> 8) & 255),
    SHARE * b + rest * ((ground >> 16) & 255),
  );
}

/** A small picture of a class for its row, as a canvas that no screen reader is told of. */
export function classSwatch(label, color) {
  const canvas = element("canvas", { width: 28, height: 18, class: "segtutor-kind", "aria-hidden": "true" });
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(28, 18),
    out = new Uint32Array(pixels.data.buffer);
  const pattern = patternOf(label),
    marks = second(color);
  for (let n = 0; n < out.length; n++) out[n] = pack(...(pattern(n % 28, Math.floor(n / 28)) ? marks : color));
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * What lies above the pixels: points with their numbers, boxes, the box or brush in hand, and the keyboard's cross.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {{scale: number, zoom: number}} view
 * @param {Record<string, any>} marks points and boxes with their labels; draft, a box; brush {at, width}; cross [x, y];
 *   active: the label in hand, null for none
 * @param {number[][]} colors [r, g, b] of each label
 */
export function drawMarks(context, view, { points, boxes, draft, brush, cross, active }, colors) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const css = (label) => `rgb(${colors[label].join(", ")})`;
  const drawOne = (box, dashed) => {
    drawBox(context, view, box, { color: css(box.label), dashed });
    drawNumber(context, view, { x: box.x0, y: box.y0, label: box.label }, css(box.label));
  };
  for (const box of boxes) drawOne(box, false);
  if (draft) drawOne(draft, true);
  for (const point of points) drawNumber(context, view, point, css(point.label));
  if (brush) drawRing(context, view, brush, active === null ? "#fff" : css(active));
  if (cross) drawCross(context, view, cross);
}

/** The number of a class in a disc, whole at the edges too. */
function drawNumber(context, { scale, zoom }, { x, y, label }, color) {
  const radius = 9 * zoom,
    { width, height } = context.canvas,
    cx = Math.min(width - radius, Math.max(radius, x * scale)),
    cy = Math.min(height - radius, Math.max(radius, y * scale));
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  context.fillStyle = "#fff";
  context.fill();
  strokeRimmed(context, zoom, 2, color);
  context.fillStyle = "#000";
  context.font = `700 ${12 * zoom}px system-ui, sans-serif`;
  [context.textAlign, context.textBaseline] = ["center", "middle"];
  context.fillText(String(label + 1), cx, cy + 0.5 * zoom);
}
