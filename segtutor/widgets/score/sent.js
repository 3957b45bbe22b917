// @ts-check
/** What ScoreExplorer's Python sends once. */
import { bytesOf } from "../shared/canvas.js";
import { tr } from "../shared/words.js";

/** Reads it: two sides {ids, segments: Map(number -> label)}, the truth's crowds beside them, and the classes. */
export function readSent(model) {
  const side = (name) => {
    const list = model.get(`${name}_segments`);
    return {
      ids: Int32Array.from(new Uint16Array(bytesOf(model.get(`${name}_ids`)).buffer)),
      list,
      segments: new Map(list.map(({ label }, n) => [n + 1, label])),
    };
  };
  const truth = side("truth"),
    classes = model.get("classes");
  return {
    truth: { ...truth, crowds: new Set(truth.list.flatMap(({ iscrowd }, n) => (iscrowd ? [n + 1] : []))) },
    prediction: side("predicted"),
    classes,
    names: classes.map(({ name }) => tr(name)),
    labelOf: (categoryId) => classes.findIndex(({ id }) => id === categoryId),
    size: model.get("size"),
  };
}
