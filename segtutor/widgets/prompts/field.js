// @ts-check
import { element, ownKeys } from "../shared/canvas.js";

/** A field for a line of text that is told when it is done. @param {Record<string, any>} attributes what else it has */
export function field(label, attributes, onDone, signal) {
  const node = ownKeys(
    element("input", { type: "text", "aria-label": label, class: "segtutor-field", ...attributes }),
    signal,
  );
  node.addEventListener("change", () => onDone(node.value), { signal });
  return node;
}
