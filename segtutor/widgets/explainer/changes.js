// @ts-check
/** What is otherwise than trained, in words, and what it did to the answer of the mask classifier. */
import { looksOf, percent } from "../shared/scene/panels.js";
import { tr, trCount, trLater } from "../shared/words.js";

const TITLES = {
  scoreThreshold: trLater("the score threshold"),
  maskThreshold: trLater("the mask threshold"),
  overlapThreshold: trLater("the overlap threshold"),
};

export class Changes {
  /** classes: {name, isthing, colors}; trained: the thresholds that were chosen for the network. */
  constructor(classes, trained) {
    this.classes = classes;
    this.trained = trained;
    this.before = null; // {image, judged}: of the network as it was trained, on the newest picture that it answered so
  }

  /**
   * @param {Record<string, any>} now as of boxes.js, its answers judged
   * @param {(tensors: Record<string, any>) => Record<string, any>} judgeUntouched what the answer is worth that these tensors give with
   *   all queries and the network's own thresholds
   */
  words(now, judgeUntouched) {
    const moved = Object.keys(TITLES).filter((name) => now.thresholds[name] !== this.trained[name]);
    if (now.masked && this.before?.tensors !== now.tensors[1]) {
      const tensors = now.tensors[1],
        touched = moved.length || now.without.length;
      this.before = {
        tensors,
        image: now.image,
        judged: touched && now.truth ? judgeUntouched(tensors) : now.judged[1],
      };
    }
    if (now.masked && !now.without.length && !moved.length) return "";
    const parts = [];
    if (!now.masked) parts.push(tr("Masked attention is off: each query may look everywhere, in all three layers."));
    if (now.without.length)
      parts.push(
        trCount("Query {queries} is taken away.", "Queries {queries} are taken away.", now.without.length, {
          queries: now.without.join(", "),
        }),
      );
    if (moved.length)
      parts.push(tr("Moved: {thresholds}.", { thresholds: moved.map((name) => tr(TITLES[name])).join(tr(" and ")) }));
    if (now.truth && this.before?.image === now.image) parts.push(this._effect(this.before.judged, now.judged[1], now));
    return parts.join(" ");
  }

  _effect(before, after, now) {
    const names = looksOf(now.truth.segments, this.classes),
      matched = ({ found }) => new Set(found.true.filter(({ kind }) => kind === "matched").map(({ id }) => id)),
      falses = ({ found }) => found.predicted.filter(({ kind }) => kind === "false").length;
    const [was, is] = [matched(before), matched(after)];
    const listed = (title, ids) =>
      ids.length ? ` ${tr(title, { names: ids.map((id) => names.get(id).name).join(", ") })}` : "";
    return (
      tr("PQ {before} before, {after} now.", { before: percent(before.pq.all.pq), after: percent(after.pq.all.pq) }) +
      listed(
        trLater("No longer found: {names}."),
        [...was].filter((id) => !is.has(id)),
      ) +
      listed(
        trLater("Found only now: {names}."),
        [...is].filter((id) => !was.has(id)),
      ) +
      (falses(after) === falses(before)
        ? ""
        : ` ${tr("False segments: {before} before, {after} now.", { before: falses(before), after: falses(after) })}`)
    );
  }
}
