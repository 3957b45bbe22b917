// @ts-check
/** What painting does to the prompts, as plain values in and out, and the way back. Nothing here knows of a page. */
import { distanceTo } from "./raster.js";

const NEAR = 3; // pixels beyond the eraser's rim at which it still takes a point or an outline

/** A coordinate as it is kept: a multiple of a quarter of a pixel, inside the picture. */
export const kept = (value, most) => Math.round(4 * Math.min(most, Math.max(0, value))) / 4;

/** Adds a place to a line unless it lies too near to the last; says whether it did. */
export function addPlace(places, place, width) {
  const last = places[places.length - 1];
  if (last && Math.hypot(place[0] - last[0], place[1] - last[1]) < Math.max(1, width / 8)) return false;
  places.push(place);
  return true;
}

/** The prompts after the eraser went along `places`: strokes lose what it covered, points and boxes go when touched. */
export function erase({ points, boxes, scribbles }, places, width) {
  const reach = width / 2 + NEAR;
  const corners = ({ x0, y0, x1, y1 }) => [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ];
  return {
    points: points.filter(({ x, y }) => distanceTo(places, x, y) > reach),
    boxes: boxes.filter((box) => places.every(([x, y]) => distanceTo(corners(box), x, y) > reach)),
    scribbles: scribbles.length ? [...scribbles, { label: -1, width, points: places }] : scribbles,
  };
}

/** A box from two corners; null where it is smaller than 3 pixels either way. */
export function boxBetween([ax, ay], [bx, by], label) {
  const [x0, x1] = [Math.min(ax, bx), Math.max(ax, bx)],
    [y0, y1] = [Math.min(ay, by), Math.max(ay, by)];
  return x1 - x0 < 3 || y1 - y0 < 3 ? null : { x0, y0, x1, y1, label };
}
