// @ts-check
/** What is otherwise than trained, in words, and what it did to the answer of the mask classifier. */
import { looksOf, percent } from "../../widgets/scene/panels.js";

const TITLES = { scoreThreshold: "score", maskThreshold: "mask", overlapThreshold: "overlap" };

export class Changes {
  /** classes: {name, isthing, colors}; trained: the thresholds that were chosen for the network. */
  constructor(classes, trained) {
    this.classes = classes;
    this.trained = trained;
    this.before = null; // {image, judged}: of the network as it was trained, on the newest picture that it answered so
  }

  /**
   * @param {Record<string, any>} now as of explainer.js, its answers judged
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
    if (!now.masked) parts.push("Masked attention is off: each query may look everywhere, in all three layers.");
    if (now.without.length)
      parts.push(
        now.without.length > 1
          ? `Queries ${now.without.join(", ")} are taken away.`
          : `Query ${now.without[0]} is taken away.`,
      );
    if (moved.length) parts.push(`Moved: the ${moved.map((name) => TITLES[name]).join(" and the ")} threshold.`);
    if (now.truth && this.before?.image === now.image) parts.push(this._effect(this.before.judged, now.judged[1], now));
    return parts.join(" ");
  }

  _effect(before, after, now) {
    const names = looksOf(now.truth.segments, this.classes),
      matched = ({ found }) => new Set(found.true.filter(({ kind }) => kind === "matched").map(({ id }) => id)),
      falses = ({ found }) => found.predicted.filter(({ kind }) => kind === "false").length;
    const [was, is] = [matched(before), matched(after)];
    const listed = (title, ids) => (ids.length ? ` ${title}: ${ids.map((id) => names.get(id).name).join(", ")}.` : "");
    return (
      `PQ ${percent(before.pq.all.pq)} before, ${percent(after.pq.all.pq)} now.` +
      listed(
        "No longer found",
        [...was].filter((id) => !is.has(id)),
      ) +
      listed(
        "Found only now",
        [...is].filter((id) => !was.has(id)),
      ) +
      (falses(after) === falses(before) ? "" : ` False segments: ${falses(before)} before, ${falses(after)} now.`)
    );
  }
}
