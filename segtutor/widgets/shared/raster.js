// @ts-check
/** Which pixels prompts label: segtutor/data/strokes.py with the same numbers; a test holds both equal. */

export const POINT_WIDTH = 5;
const LEAST = 1.5;

/** Square of the distance from (x, y) to the line between two places. */
function squareTo(x, y, [x0, y0], [x1, y1]) {
  const dx = x1 - x0,
    dy = y1 - y0,
    square = dx * dx + dy * dy;
  const along = square ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / square, 0), 1) : 0;
  const awayX = x - x0 - along * dx,
    awayY = y - y0 - along * dy;
  return awayX * awayX + awayY * awayY;
}

/** Distance from (x, y) to a line through places. */
export function distanceTo(points, x, y) {
  let least = squareTo(x, y, points[0], points[0]);
  for (let n = 1; n < points.length; n++) least = Math.min(least, squareTo(x, y, points[n - 1], points[n]));
  return Math.sqrt(least);
}

/**
 * Labels the pixels within width / 2 of a line through places.
 *
 * @param {Int16Array} labels H * W, -1 = unknown; changed
 * @returns {number[]} [left, top, right, bottom) around what may have changed
 */
export function paintStroke(labels, [H, W], points, width, label) {
  const radius = Math.max(width, LEAST) / 2,
    touched = [W, H, 0, 0];
  const pairs = points.length > 1 ? points.slice(1).map((end, n) => [points[n], end]) : [[points[0], points[0]]];
  for (const [start, end] of pairs) {
    const left = Math.max(0, Math.floor(Math.min(start[0], end[0]) - radius)),
      right = Math.min(W, Math.floor(Math.max(start[0], end[0]) + radius) + 1);
    const top = Math.max(0, Math.floor(Math.min(start[1], end[1]) - radius)),
      bottom = Math.min(H, Math.floor(Math.max(start[1], end[1]) + radius) + 1);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++)
        if (squareTo(x + 0.5, y + 0.5, start, end) <= radius * radius) labels[y * W + x] = label;
    }
    touched[0] = Math.min(touched[0], left);
    touched[1] = Math.min(touched[1], top);
    touched[2] = Math.max(touched[2], right);
    touched[3] = Math.max(touched[3], bottom);
  }
  return touched;
}

/** All prompts in their order: strokes, then points. Int16Array H * W, -1 = unknown. */
export function paintPrompts(size, scribbles, points) {
  const labels = new Int16Array(size[0] * size[1]).fill(-1);
  for (const { points: places, width, label } of scribbles) paintStroke(labels, size, places, width, label);
  for (const { x, y, label } of points) paintStroke(labels, size, [[x, y]], POINT_WIDTH, label);
  return labels;
}
