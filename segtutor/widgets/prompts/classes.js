// @ts-check
/** A row for each class: its number, which takes it in hand, its colour and pattern, its name. */
import { element, newId, ownKeys } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { field } from "./field.js";
import { classSwatch } from "./paint.js";

export class ClassRows {
  /** acts: onLabel(label), onName(label, name); signal */
  constructor(acts) {
    this.acts = acts;
    this.shown = ""; // the classes, as JSON
    this.node = element("div", {
      class: "segtutor-classes",
      role: "radiogroup",
      "aria-label": tr("Class in hand, keys 1 to 9"),
    });
  }

  /** @param {{name: string, color: number[]}[]} classes @param {number} label of the class in hand */
  show(classes, label) {
    const key = JSON.stringify(classes);
    if (key !== this.shown) this._arrange(classes);
    this.shown = key;
    [...this.node.querySelectorAll("input[type=radio]")].forEach((input, n) => (input.checked = n === label));
  }

  /** Rows that are there stay, so that a click that begins on one ends on it, though a name was told in between. */
  _arrange(classes) {
    const { node } = this;
    if (node.children.length === classes.length) {
      classes.forEach((one, label) => this._rename(node.children[label], one, label));
      return;
    }
    const group = newId(),
      had = [...node.querySelectorAll("input")].indexOf(document.activeElement);
    node.replaceChildren(...classes.map((one, label) => this._row(group, one, label)));
    node.querySelectorAll("input")[had]?.focus();
  }

  _row(group, { name, color }, label) {
    const { signal, onLabel, onName } = this.acts;
    const input = ownKeys(
      element("input", { type: "radio", name: group, "aria-label": tr("Class {n}: {name}", { n: label + 1, name }) }),
      signal,
    );
    input.addEventListener("change", () => onLabel(label), { signal });
    return element(
      "div",
      { class: "segtutor-class-row" },
      element("label", {}, input, classSwatch(label, color), element("b", {}, String(label + 1))),
      field(
        tr("Name of class {n}", { n: label + 1 }),
        { value: name, maxlength: 40 },
        (value) => onName(label, value),
        signal,
      ),
    );
  }

  _rename(row, { name, color }, label) {
    const [input, called] = row.querySelectorAll("input"),
      fresh = classSwatch(label, color);
    input.setAttribute("aria-label", tr("Class {n}: {name}", { n: label + 1, name }));
    if (called !== document.activeElement) called.value = name;
    if (!input.nextSibling.isEqualNode(fresh)) input.nextSibling.replaceWith(fresh);
  }
}
