// @ts-check
/** A picture with a mask over it, and above the pixels: clicks, boxes, the suggested click, cross and brush. */
import { outline } from "../shared/draw.js";

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
 * Marks above the pixels; `zoom`: canvas pixels for each pixel of the screen, so that marks keep their size.
 *
 * Marks, each of which may be absent: points and `next` {x, y, label}, box and draft {x0, y0, x1, y1}, brush {at, width},
 * cross [x, y].
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} scale
 * @param {number} zoom
 * @param {Record<string, any>} marks
 */
export function drawMarks(context, scale, zoom, { points = [], next, box, draft, brush, cross }) {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const rimmed = (thick, color = "#fff") => {
    context.strokeStyle = "#000";
    context.lineWidth = (thick + 2) * zoom;
    context.stroke();
    context.strokeStyle = color;
    context.lineWidth = thick * zoom;
    context.stroke();
  };
  const disc = ({ x, y, label }, suggested) => {
    const radius = (suggested ? 11 : 8) * zoom,
      arm = 4.5 * zoom;
    const cx = Math.min(width - radius, Math.max(radius, x * scale)),
      cy = Math.min(height - radius, Math.max(radius, y * scale));
    context.beginPath();
    context.arc(cx, cy, radius, 0, 2 * Math.PI);
    if (!suggested) {
      context.fillStyle = label ? "#fff" : "#000";
      context.fill();
    }
    context.setLineDash(suggested ? [4 * zoom, 4 * zoom] : []);
    rimmed(suggested ? 2 : 1.5, label || suggested ? "#fff" : "#000");
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(cx - arm, cy);
    context.lineTo(cx + arm, cy);
    if (label) {
      context.moveTo(cx, cy - arm);
      context.lineTo(cx, cy + arm);
    }
    if (suggested) rimmed(2);
    else {
      context.strokeStyle = label ? "#000" : "#fff";
      context.lineWidth = 2.5 * zoom;
      context.stroke();
    }
  };
  for (const [one, dashes] of [
    [box, []],
    [draft, [6 * zoom, 4 * zoom]],
  ]) {
    if (!one) continue;
    context.beginPath();
    context.rect(one.x0 * scale, one.y0 * scale, (one.x1 - one.x0) * scale, (one.y1 - one.y0) * scale);
    context.setLineDash(dashes);
    rimmed(2);
    context.setLineDash([]);
  }
  if (next) disc(next, true);
  for (const one of points) disc(one, false);
  if (brush) {
    context.beginPath();
    context.arc(
      brush.at[0] * scale,
      brush.at[1] * scale,
      Math.max(2 * zoom, (brush.width / 2) * scale),
      0,
      2 * Math.PI,
    );
    rimmed(1.5);
  }
  if (!cross) return;
  const [x, y] = [cross[0] * scale, cross[1] * scale],
    far = 16 * zoom,
    gap = 4 * zoom;
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    context.moveTo(x + gap * dx, y + gap * dy);
    context.lineTo(x + far * dx, y + far * dy);
  }
  rimmed(2);
}
