// @ts-check
/** The elements that the view is drawn into, where no page has them: what pages/explainer.html says in HTML. */
import { element, newId } from "../shared/canvas.js";
import { tr } from "../shared/words.js";

/** @returns {HTMLElement} a root; view.js finds the parts in it by their `data-part` */
export function frame() {
  const own = newId();
  const part = (tag, name, attributes = {}, ...children) =>
    element(tag, { "data-part": name, class: name, ...attributes }, ...children);
  return element(
    "div",
    { class: "segtutor-widget segtutor-explainer" },
    part("aside", "tour", { "aria-label": tr("Tour") }),
    element(
      "p",
      { class: "choose" },
      element("label", { for: own }, tr("Your own picture")),
      part("input", "own", { id: own, type: "file", accept: "image/jpeg,image/png,image/webp" }),
      part("button", "back", { type: "button", hidden: true }, tr("Back to the scene")),
      part("span", "choices"),
    ),
    part("p", "ownSays", { class: "changes", role: "status" }),
    part("p", "changes", { role: "status" }),
    part("p", "status", { role: "status" }, tr("The networks are asked …")),
    part("div", "diagram", { class: null }),
    part("section", "opened", { id: newId(), hidden: true }),
    part("section", "scribbles", { "aria-label": tr("Learn from scribbles") }),
  );
}
