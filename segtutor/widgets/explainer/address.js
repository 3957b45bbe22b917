// @ts-check
/**
 * What is looked at, as the text after "#" of the page's address: a teacher can send it. What is as at first is left out.
 *
 *     scene=2&pixel=20,30&query=5&layer=1&step=4&box=merge&masked=0&without=3,7&score=0.9&things=0_1.4_2.0.1.5.120.200
 *
 * things: the scene's things, back to front. `1` is the scene's own second thing where it stood; `1.4` the same in the
 * fifth colour; `2.0.1.5.120.200` its third thing, by colour, pattern, step of its ladder of heights, and the place of
 * its foot in pixels of the canvas; a thing that was added has its kind, `ball`, in place of the first number.
 */
import { COLOURS, KINDS, PATTERNS } from "../shared/scene/compose.js";

const NONE = "none"; // all things were removed
const MOST = 200;

/** A whole number of the address; another text counts as the default. */
export const whole = (text, low, high, otherwise) =>
  /^\d{1,4}$/.test(text ?? "") ? Math.min(high, Math.max(low, Number(text))) : otherwise;

/** A share of the address, from 0 to 1; another text counts as the default. */
export const share = (text, otherwise) => (/^(0?\.\d{1,4}|[01])$/.test(text ?? "") ? Number(text) : otherwise);

/** Numbers of the address below `count`, each once. */
export const several = (text, count) => [
  ...new Set(
    (text ?? "")
      .split(",")
      .filter((one) => /^\d{1,4}$/.test(one) && Number(one) < count)
      .map(Number),
  ),
];

/**
 * @param {Record<string, any>[]} things @param {Record<string, any>[]} start the scene's own things
 * @param {{heights: (thing: any) => number[]}} cutouts @param {number} side of the canvas, in pixels
 */
export function thingsText(things, start, cutouts, side) {
  const one = (thing) => {
    const colour = COLOURS.indexOf(thing.colour),
      still = start.findIndex((other) => same(thing, { ...other, colour: thing.colour }));
    if (still >= 0) return start[still].colour === thing.colour ? String(still) : `${still}.${colour}`;
    const own = start.findIndex(({ kind, seed }) => kind === thing.kind && seed === thing.seed);
    return [
      own < 0 ? thing.kind : own,
      colour,
      PATTERNS.indexOf(thing.pattern),
      cutouts.heights(thing).indexOf(thing.height),
      Math.round(thing.x * side),
      Math.round(thing.y * side),
    ].join(".");
  };
  return things.map(one).join("_") || NONE;
}

/** @returns {Record<string, any>[] | null} null where the text does not say things that this page has */
export function thingsOf(text, start, cutouts, side, addedSeed) {
  if (text === NONE) return [];
  const parts = (text ?? "").split("_");
  if (parts.length > MOST) return null;
  const found = parts.map((part) => {
    const [who, ...numbers] = part.split("."),
      [colour, pattern, step, x, y] = numbers.map((one) => (/^-?\d{1,4}$/.test(one) ? Number(one) : NaN));
    const own = /^\d{1,3}$/.test(who) ? start[Number(who)] : null;
    if (own && !numbers.length) return own;
    if (!COLOURS[colour]) return null;
    if (own && numbers.length === 1) return { ...own, colour: COLOURS[colour] };
    if (numbers.length !== 5 || !(own || KINDS.includes(who))) return null;
    const shape = { kind: own ? own.kind : who, pattern: PATTERNS[pattern], seed: own ? own.seed : addedSeed },
      height = cutouts.heights(shape)[step];
    return { ...shape, colour: COLOURS[colour], height, x: x / side, y: y / side };
  });
  return found.every((thing) => thing && cutouts.find(thing)) ? /** @type {any} */ (found) : null;
}

const FIELDS = ["kind", "seed", "height", "x", "y", "pattern", "colour"];
const same = (a, b) => FIELDS.every((name) => a[name] === b[name]);
