// @ts-check
/** What MatchingGame's Python sends once: the terms of each cell's cost, and the masks where there are pictures of them. */
import { bytesOf, floatsOf } from "../shared/canvas.js";
import { maskProbabilities } from "../shared/inference.js";
import { tr } from "../shared/words.js";

const LOGIT = 8 / 127; // one step of the int8 mask logits

/**
 * Reads what Python sent.
 *
 * rows, columns: names of queries and targets; numbers: of the queries, a row each; term(t, cell): a term of a cell's
 * cost; cost(weights): Float64Array (Q * N), summed in Python's order; mask(row): H * W probabilities; targetIds: H * W,
 * null where there is no picture.
 */
export function readSent(model) {
  const start = model.get("start_weights"),
    names = Object.keys(start),
    values = floatsOf(model.get("terms"));
  const rows = model.get("rows").map(named),
    columns = model.get("columns").map(named),
    cells = rows.length * columns.length;
  const term = (t, cell) => values[t * cells + cell];
  const cost = (weights) =>
    Float64Array.from({ length: cells }, (_, cell) =>
      names.reduce((sum, name, t) => sum + weights[name] * term(t, cell), 0),
    );
  const hasMasks = model.get("grid").length > 0,
    size = model.get("size");
  return {
    names,
    rows,
    columns,
    numbers: model.get("query_numbers"),
    says: model.get("says").map(named),
    start,
    term,
    cost,
    size,
    mask: hasMasks ? maskReader(model, size) : null,
    targetIds: hasMasks ? new Uint16Array(bytesOf(model.get("target_ids")).buffer) : null,
  };
}

/** "query 3", "cat 5" or "cat 97 %" in the chosen language; a name that a person gave stays. @param {string} text */
const named = (text) => text.replace(/^(.+?)( \d+(?: %)?)?$/, (_, name, number = "") => tr(name) + number);

/** mask(row): H * W probabilities of a query's mask, resized when it is first asked for. */
function maskReader(model, size) {
  const grid = model.get("grid"),
    [h, w] = grid,
    logits = new Int8Array(bytesOf(model.get("mask_logits")).buffer),
    masks = new Map();
  return (row) => {
    if (!masks.has(row)) {
      const some = Float32Array.from(logits.subarray(row * h * w, (row + 1) * h * w), (step) => step * LOGIT);
      masks.set(row, maskProbabilities(some, grid, size));
    }
    return masks.get(row);
  };
}
