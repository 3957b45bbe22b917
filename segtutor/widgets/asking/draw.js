// @ts-check
/** A picture with a mask over it, and above the pixels: clicks, boxes, the suggested click, cross and brush. */
import { outline } from "../shared/draw.js";
import { drawBox, drawCross, drawRing, strokeRimmed } from "../shared/marks.js";

const SHARE = 0.55; // of the colour inside a mask
const pack = (r, g, b) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0; // as a Uint32 over RGBA bytes, little-endian
const DARK = pack(20, 20, 20);

/** The picture, the mask's pixels tinted and with a dark line around them. `mask`: H * W of 0 and 1, or null. */
export function paintMasked(out, scale, [H, W], image, mask, [r, g, b]) {
  const wide = W * scale,
    rest = 1 - SHARE;
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const at = 4 * i;
      const color = mask?.[i]
        ? pack(SHARE * r + rest * image[at], SHARE * g + rest * image[at + 1], SHARE * b + rest * image[at + 2])
        : pack(image[at], image[at + 1], image[at + 2]);
      for (let dy = 0, row = y * scale; dy < scale; dy++, row++)
        out.fill(color, row * wide + x * scale, row * wide + (x + 1) * scale);
    }
  }
  if (mask) outline(out, scale, H, W, mask, DARK);
}

/** The masks of an answer from their bits: each begins with a whole byte, the first pixel is the highest bit. */
export function unpackMasks(bytes, count, pixels) {
  const each = Math.ceil(pixels / 8);
  if (bytes.length < count * each) return [];
  return Array.from({ length: count }, (_, n) => {
    const mask = new Uint8Array(pixels);
    for (let i = 0; i < pixels; i++) mask[i] = (bytes[n * each + (i >> 3)] >> (7 - (i & 7))) & 1;
    return mask;
  });
}

/**
 * Marks above the pixels. Each may be absent: points and `next` {x, y, label}, box and draft {x0, y0, x1, y1}, brush
 * {at, width}, cross [x, y].
 *
 * @param {CanvasRenderingContext2D} context
 * @param {{scale: number, zoom: number}} view
 * @param {Record<string, any>} marks
 */
export function drawMarks(context, view, { points = [], next, box, draft, brush, cross }) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  if (box) drawBox(context, view, box);
  if (draft) drawBox(context, view, draft, { dashed: true });
  if (next) drawSuggestedClick(context, view, next);
  for (const one of points) drawClick(context, view, one);
  if (brush) drawRing(context, view, brush);
  if (cross) drawCross(context, view, cross);
}

/** A click: white with a plus where it is on the thing, black with a minus beside it. */
function drawClick(context, view, click) {
  const { zoom } = view,
    place = disc(context, view, click, 8),
    [ground, sign] = click.label ? ["#fff", "#000"] : ["#000", "#fff"];
  context.fillStyle = ground;
  context.fill();
  strokeRimmed(context, zoom, 1.5, ground);
  plusOrMinus(context, zoom, place, click.label);
  context.strokeStyle = sign;
  context.lineWidth = 2.5 * zoom;
  context.stroke();
}

/** The click that would help most: an empty, dashed disc. */
function drawSuggestedClick(context, view, click) {
  const { zoom } = view,
    place = disc(context, view, click, 11);
  context.setLineDash([4 * zoom, 4 * zoom]);
  strokeRimmed(context, zoom, 2);
  context.setLineDash([]);
  plusOrMinus(context, zoom, place, click.label);
  strokeRimmed(context, zoom, 2);
}

/** Begins the path of a disc, whole at the edges too. @returns {[number, number]} its middle on the canvas */
function disc(context, { scale, zoom }, { x, y }, size) {
  const { width, height } = context.canvas,
    radius = size * zoom,
    cx = Math.min(width - radius, Math.max(radius, x * scale)),
    cy = Math.min(height - radius, Math.max(radius, y * scale));
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  return [cx, cy];
}

function plusOrMinus(context, zoom, [cx, cy], plus) {
  const arm = 4.5 * zoom;
  context.beginPath();
  context.moveTo(cx - arm, cy);
  context.lineTo(cx + arm, cy);
  if (!plus) return;
  context.moveTo(cx, cy - arm);
  context.lineTo(cx, cy + arm);
}
