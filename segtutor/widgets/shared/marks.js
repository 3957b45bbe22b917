// @ts-check
/**
 * Marks above a picture's pixels: boxes, the ring of a brush, the keyboard's cross. Each line has a dark rim, so that it
 * is seen on any ground.
 */

/**
 * Where the picture lies on the canvas.
 * @typedef {{scale: number, zoom: number}} View scale: canvas pixels for each of the picture's; zoom: for each pixel of
 *   the screen, so that lines keep their width
 */
/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Box in pixels of the picture */

/** Draws the path that was begun. @param {CanvasRenderingContext2D} context @param {number} zoom @param {number} width */
export function strokeRimmed(context, zoom, width, color = "#fff") {
  for (const [style, more] of /** @type {[string, number][]} */ ([
    ["rgba(0, 0, 0, 0.85)", 3],
    [color, 0],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = (width + more) * zoom;
    context.stroke();
  }
}

/** A box; dashed while it is drawn. @param {CanvasRenderingContext2D} context @param {View} view @param {Box} box */
export function drawBox(context, { scale, zoom }, { x0, y0, x1, y1 }, { color = "#fff", dashed = false } = {}) {
  context.beginPath();
  context.rect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
  context.setLineDash(dashed ? [6 * zoom, 4 * zoom] : []);
  strokeRimmed(context, zoom, 2, color);
  context.setLineDash([]);
}

/**
 * The ring that a brush would paint inside.
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {{at: number[], width: number}} brush in pixels of the picture
 */
export function drawRing(context, { scale, zoom }, { at, width }, color = "#fff") {
  context.beginPath();
  context.arc(at[0] * scale, at[1] * scale, Math.max(2 * zoom, (width / 2) * scale), 0, 2 * Math.PI);
  strokeRimmed(context, zoom, 1.5, color);
}

/** The keyboard's cross, open in the middle. @param {CanvasRenderingContext2D} context @param {View} view @param {number[]} at */
export function drawCross(context, { scale, zoom }, at) {
  const [x, y] = [at[0] * scale, at[1] * scale],
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
  strokeRimmed(context, zoom, 2);
}

/** The box between two corners that are dragged apart. @returns {Box} */
export const boxOf = ({ from, to }) => ({
  x0: Math.min(from[0], to[0]),
  y0: Math.min(from[1], to[1]),
  x1: Math.max(from[0], to[0]),
  y1: Math.max(from[1], to[1]),
});
