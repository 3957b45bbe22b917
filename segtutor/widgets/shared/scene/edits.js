// @ts-check
/** What can be done to the things of a scene: each edit makes a new list and names the thing that is selected then. */
import { COLOURS, PATTERNS, moved } from "./compose.js";

const MOST = 200; // things of a scene
const swapped = (things, n, thing) => things.map((one, k) => (k === n ? thing : one));
const within = (value, low, high) => Math.min(high, Math.max(low, value));

/** The place, within a little more than the picture, so that no thing is lost outside. */
const kept = (x, y) => [within(x, -0.1, 1.1), within(y, 0, 1.3)];

/** A thing put where the middle of its base stands at (x, y), on a whole pixel of the canvas of `side` pixels. */
export const moveTo = (things, n, x, y, side) => swapped(things, n, moved(things[n], ...kept(x, y), side));

/** Moved by whole pixels of the canvas. */
export const moveBy = (things, n, dx, dy, side) =>
  moveTo(things, n, things[n].x + dx / side, things[n].y + dy / side, side);

/** The thing with another height; it then stands on a whole pixel. */
export const resize = (things, n, height, side) =>
  swapped(things, n, { ...moved(things[n], things[n].x, things[n].y, side), height });

/** The height `steps` further on a ladder of heights (ascending), or the nearest to it; the same at its end. */
export function stepped(ladder, height, steps) {
  const heights = ladder.filter((one) => Math.abs(one - height) > 1e-9);
  const larger = heights.filter((one) => one > height),
    smaller = heights.filter((one) => one < height).reverse();
  const way = steps > 0 ? larger : smaller;
  return way[Math.min(Math.abs(steps), way.length) - 1] ?? height;
}

/** The height on a ladder that is nearest to another one. */
export const nearest = (ladder, height) =>
  ladder.reduce((best, one) => (Math.abs(one - height) < Math.abs(best - height) ? one : best), ladder[0] ?? height);

export const recolour = (things, n, colour) => swapped(things, n, { ...things[n], colour });

export const nextColour = (things, n) =>
  recolour(things, n, COLOURS[(COLOURS.indexOf(things[n].colour) + 1) % COLOURS.length]);

/** The other pattern; the thing then stands on a whole pixel, for which there is a cutout of both. */
export const repattern = (things, n, side) =>
  swapped(things, n, {
    ...moved(things[n], things[n].x, things[n].y, side),
    pattern: PATTERNS[1 - PATTERNS.indexOf(things[n].pattern)],
  });

/** One place further back (-1) or to the front (1). @returns {{things, selected}} */
export function reorder(things, n, by) {
  const to = within(n + by, 0, things.length - 1),
    list = [...things];
  list.splice(to, 0, ...list.splice(n, 1));
  return { things: list, selected: to };
}

/** Without the thing; the one behind it is selected. @returns {{things, selected}} */
export function remove(things, n) {
  const list = things.filter((_, k) => k !== n);
  return { things: list, selected: list.length ? Math.max(0, n - 1) : null };
}

/** With a thing of a kind in front of all others, at a place that still shows the ones before. */
export function add(things, kind, height, seed, side) {
  if (things.length >= MOST) return { things, selected: null };
  const same = things.filter((one) => one.kind === kind).length,
    colour = COLOURS[(2 * same + things.length) % COLOURS.length];
  const x = 0.5 + 0.16 * [0, -1, 1, -2, 2][same % 5];
  const thing = moved({ kind, x: 0, y: 0, height, colour, pattern: PATTERNS[0], seed }, x, 0.86, side);
  return { things: [...things, thing], selected: things.length };
}
