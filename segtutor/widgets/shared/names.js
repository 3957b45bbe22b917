// @ts-check
/** Names that Python sends, as a reader sees them. */
import { tr, trLater } from "./words.js";

// What Python calls predictions and layers that have no number
trLater("initial queries");
trLater("the last look");

/** "layer 3", "initial queries", "the last look". @param {string} name */
export const layerWords = (name) => {
  const [, number] = /^layer (\d+)$/.exec(name) ?? [];
  return number ? tr("layer {n}", { n: number }) : tr(name);
};

/** The name of a class by its position; one beyond them is no class. @param {{name: string}[]} classes */
export const classWords = (classes, label) => (label < classes.length ? tr(classes[label].name) : tr("no object"));
