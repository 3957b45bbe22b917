// @ts-check
/** What AttentionExplorer says about a query, a pixel, a pair of queries. */
import { share } from "../shared/bars.js";

export const nameOf = (query, { labels }, classes) =>
  labels[query] < classes.length ? classes[labels[query]].name : "no object";

export const titled = (word) => word[0].toUpperCase() + word.slice(1);
export const manyOf = (term) => (term === "query" ? "queries" : `${term}s`);

export const headWords = (head, count) => (head === null ? `mean of ${count} heads` : `head ${head + 1}`);

/** The map that a layer reads: {size, stride} and the step in which it was sent. */
export const mapWords = ({ size: [h, w], stride }, step = 1) =>
  `the map at 1/${stride} (${h} × ${w} cells${step > 1 ? `, shown ${step} × ${step} together` : ""})`;

/**
 * @param {{who: string, map: string, empty: boolean, masked: boolean, allowed: number, cells: number,
 *   without: {within: number}, elsewhere: number, term: string}} said elsewhere: the share of the weight that no cell has
 */
export function crossWords(said) {
  const start = `${said.who} reads ${said.map}.`;
  const rest =
    said.elsewhere > 0.03 ? ` ${share(said.elsewhere)} of its attention goes to other tokens than the cells.` : "";
  if (said.empty)
    return `${start} Its mask is empty here: by the empty-mask rule it looks everywhere, so with and without are the same.`;
  if (!said.masked) return `${start} This layer has no mask: every ${said.term} may look everywhere.${rest}`;
  const all = said.allowed === said.cells ? "all" : `${said.allowed} of ${said.cells}`;
  return `${start} Its mask (white line) allows ${all}. Without it, ${share(said.without.within)} of the attention to the map would lie inside.${rest}`;
}

/** shares: of what each cell takes from all `count` tokens, what it takes from this one */
export function backWords({ who, map, shares, count }) {
  const least = shares.reduce((a, b) => Math.min(a, b), 1),
    most = shares.reduce((a, b) => Math.max(a, b), 0);
  return (
    `${who} is read by ${map}. Of what they take from the tokens, cells take ${share(least)} to ${share(most)} ` +
    `from this one; if all ${count} were alike it would be ${share(1 / count)}.`
  );
}

export function pixelWords(pixel, weight, title, forbidden) {
  const where = `${title ? `${title}: ` : ""}the cell of pixel (${pixel.join(", ")})`;
  return forbidden
    ? `${where} lies outside the mask: it gets nothing.`
    : `${where} gets ${share(weight)} of the attention.`;
}

/** shares: by map, coarse to fine; strides: of the maps */
export function pointsWords({ pixel, stride, row, column, count, outside, head, heads }) {
  const away = outside
    ? ` ${outside} of them ${outside === 1 ? "lies" : "lie"} outside the picture (hollow, at the edge).`
    : "";
  const who = head === null ? `all ${heads} heads` : `head ${head + 1}`;
  return `Pixel (${pixel.join(", ")}), its cell in the map at 1/${stride} (row ${row}, column ${column}), ${who}: ${count} points.${away}`;
}

export const pairWords = (from, to, weight, name, term = "query") =>
  from === to
    ? `${titled(term)} ${from} ${name(from)} keeps ${share(weight)} to itself.`
    : `${titled(term)} ${from} ${name(from)} takes ${share(weight)} from ${term} ${to} ${name(to)}.`;

export const missingWords = (what, alone) =>
  alone ? `${what} was not sent with this page: it needs a running notebook.` : `${what} is being fetched …`;
