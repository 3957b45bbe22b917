// @ts-check
/** What AttentionExplorer says about a query, a pixel, a pair of queries. */
import { share } from "../shared/bars.js";
import { classWords } from "../shared/names.js";
import { tr, trCount, trLater } from "../shared/words.js";

const QUERY = { one: trLater("query"), titled: trLater("Query"), many: trLater("queries"), all: trLater("Queries") },
  TOKEN = { one: trLater("token"), titled: trLater("Token"), many: trLater("tokens"), all: trLater("Tokens") };

/**
 * The words for what looks: {one, titled, many, all}, "query", "Query", "queries", "Queries".
 * @param {string} term "query" or "token", as Python says
 */
export const termWords = (term) =>
  Object.fromEntries(Object.entries(term === "token" ? TOKEN : QUERY).map(([form, word]) => [form, tr(word)]));

export const nameOf = (query, { labels }, classes) => classWords(classes, labels[query]);

/** "Query 7 (car, score 0.98)". score: undefined of a token that becomes no mask */
export const whoWords = (term, query, name, score) => {
  const said = { term: termWords(term).titled, query, name, score };
  return score === undefined ? tr("{term} {query} ({name})", said) : tr("{term} {query} ({name}, score {score})", said);
};

export const headWords = (head, count) =>
  head === null ? tr("mean of {n} heads", { n: count }) : tr("head {n}", { n: head + 1 });

/** The map that a layer reads: {size, stride} and the step in which it was sent. */
export const mapWords = ({ size: [h, w], stride }, step = 1) =>
  step > 1
    ? tr("the map at 1/{stride} ({h} × {w} cells, shown {step} × {step} together)", { stride, h, w, step })
    : tr("the map at 1/{stride} ({h} × {w} cells)", { stride, h, w });

/**
 * @param {{who: string, map: string, empty: boolean, masked: boolean, allowed: number, cells: number,
 *   without: {within: number}, elsewhere: number, term: string}} said elsewhere: the share of the weight that no cell has
 */
export function crossWords({ who, map, empty, masked, allowed, cells, without, elsewhere, term }) {
  const sentences = [tr("{who} reads {map}.", { who, map })];
  if (empty)
    return [
      ...sentences,
      tr("Its mask is empty here: by the empty-mask rule it looks everywhere, so with and without are the same."),
    ].join(" ");
  const inside = { share: masked ? share(without.within) : "", n: allowed, total: cells };
  if (!masked)
    sentences.push(tr("This layer has no mask: every {term} may look everywhere.", { term: termWords(term).one }));
  else if (allowed === cells)
    sentences.push(
      tr("Its mask (white line) allows all. Without it, {share} of the attention to the map would lie inside.", inside),
    );
  else
    sentences.push(
      tr(
        "Its mask (white line) allows {n} of {total}. Without it, {share} of the attention to the map would lie inside.",
        inside,
      ),
    );
  if (elsewhere > 0.03)
    sentences.push(tr("{share} of its attention goes to other tokens than the cells.", { share: share(elsewhere) }));
  return sentences.join(" ");
}

/** shares: of what each cell takes from all `count` tokens, what it takes from this one */
export function backWords({ who, map, shares, count }) {
  const least = shares.reduce((a, b) => Math.min(a, b), 1),
    most = shares.reduce((a, b) => Math.max(a, b), 0);
  return tr(
    "{who} is read by {map}. Of what they take from the tokens, cells take {least} to {most} from this one; if all {n} were alike it would be {alike}.",
    { who, map, least: share(least), most: share(most), n: count, alike: share(1 / count) },
  );
}

/** title: "With", "Without" the mask, or "" */
export function pixelWords(pixel, weight, title, forbidden) {
  const said = { title, pixel: pixel.join(", "), share: share(weight) };
  if (forbidden)
    return title
      ? tr("{title}: the cell of pixel ({pixel}) lies outside the mask: it gets nothing.", said)
      : tr("the cell of pixel ({pixel}) lies outside the mask: it gets nothing.", said);
  return title
    ? tr("{title}: the cell of pixel ({pixel}) gets {share} of the attention.", said)
    : tr("the cell of pixel ({pixel}) gets {share} of the attention.", said);
}

/** shares: by map, coarse to fine; strides: of the maps */
export function pointsWords({ pixel, stride, row, column, count, outside, head, heads }) {
  const read = tr(
    "Pixel ({pixel}), its cell in the map at 1/{stride} (row {row}, column {column}), {heads}: {count} points.",
    {
      ...{ pixel: pixel.join(", "), stride, row, column, count },
      heads: head === null ? tr("all {n} heads", { n: heads }) : tr("head {n}", { n: head + 1 }),
    },
  );
  const away = trCount(
    "{n} of them lies outside the picture (hollow, at the edge).",
    "{n} of them lie outside the picture (hollow, at the edge).",
    outside,
  );
  return outside ? `${read} ${away}` : read;
}

export function pairWords(from, to, weight, name, term = "query") {
  const { one, titled } = termWords(term),
    said = { term: titled, query: from, name: name(from), share: share(weight) };
  return from === to
    ? tr("{term} {query} {name} keeps {share} to itself.", said)
    : tr("{term} {query} {name} takes {share} from {other} {to} {of}.", { ...said, other: one, to, of: name(to) });
}

export const missingWords = (what, alone) =>
  alone
    ? tr("{what} was not sent with this page: it needs a running notebook.", { what })
    : tr("{what} is being fetched …", { what });
