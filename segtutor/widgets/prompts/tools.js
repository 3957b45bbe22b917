// @ts-check
/** The controls beside the picture: tools, classes, brush, undo, a picture of one's own, and the training. */
import { choice, element, ownKeys, setText, slider } from "../shared/canvas.js";
import { classSwatch } from "./paint.js";

const MOST_CLASSES = 24;
const HINTS = {
  scribble: "Draw over some of what belongs to the class; the rest is for the model to find.",
  point: "A click labels the few pixels around it.",
  box: "A box paints nothing: its class is then looked for inside its boxes alone.",
  eraser: "Takes off what it covers, and points and boxes that it touches.",
};

function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}

/** A field for a line of text that is told when it is done. */
function field(label, attributes, onDone, signal) {
  const node = ownKeys(
    element("input", { type: "text", "aria-label": label, class: "segtutor-field", ...attributes }),
    signal,
  );
  node.addEventListener("change", () => onDone(node.value), { signal });
  return node;
}

export class PromptTools {
  /** acts: onTool, onLabel, onName(label, name), onAdd(name), onBrush, onUndo, onRedo, onClear, onText, onFile; signal */
  constructor(acts) {
    const { signal } = acts;
    this.acts = acts;
    this.tools = choice({
      legend: "Tool",
      selected: "scribble",
      signal,
      onChange: acts.onTool,
      choices: { scribble: "scribble", point: "point", box: "box", eraser: "eraser" },
    });
    this.hint = element("small", { class: "segtutor-hint" });
    this.brush = slider({
      label: "Brush",
      hint: "width in pixels of the picture; keys [ and ]",
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: acts.onBrush,
      write: (value) => String(Math.round(value)),
    });
    this.rows = element("div", {
      class: "segtutor-classes",
      role: "radiogroup",
      "aria-label": "Class in hand, keys 1 to 9",
    });
    this.fresh = field("Name of a new class", { placeholder: "another class", maxlength: 40 }, () => {}, signal);
    const add = () => {
      if (this.fresh.value.trim()) acts.onAdd(this.fresh.value.trim());
      this.fresh.value = "";
    };
    this.fresh.addEventListener("keydown", (event) => event.key === "Enter" && add(), { signal });
    this.add = button("Add", add, signal, { "aria-label": "Add the class" });
    this.undo = button("Undo", acts.onUndo, signal, { title: "Ctrl + Z on the picture" });
    this.redo = button("Redo", acts.onRedo, signal, { title: "Ctrl + Y on the picture" });
    this.clear = button("Clear", acts.onClear, signal);
    this.text = field(
      "Text prompt",
      { placeholder: "text prompt: kept; a canvas with model= reads it", maxlength: 400 },
      acts.onText,
      signal,
    );
    this.file = ownKeys(
      element("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "A picture of yours" }),
      signal,
    );
    this.file.addEventListener(
      "change",
      () => {
        if (this.file.files[0]) acts.onFile(this.file.files[0]);
        this.file.value = "";
      },
      { signal },
    );
    this.upload = button("Choose a picture …", () => this.file.click(), signal);
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      element("div", {}, this.rows, element("div", { class: "segtutor-buttons" }, this.fresh, this.add)),
      this.brush.node,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear, this.upload, this.file),
      this.text,
      this.refused,
    );
    this.key = null;
  }

  show({ tool, label, classes, brush, text, refused, undo, redo, any }) {
    for (const input of this.tools.querySelectorAll("input")) input.checked = input.value === tool;
    setText(this.hint, HINTS[tool]);
    const key = JSON.stringify(classes);
    if (key !== this.key) {
      this.key = key;
      this._rows(classes);
    }
    [...this.rows.querySelectorAll("input[type=radio]")].forEach((input, n) => (input.checked = n === label));
    this.brush.show(brush, "pixels of the picture");
    this.brush.input.disabled = tool !== "scribble" && tool !== "eraser";
    this.fresh.parentNode.hidden = classes.length >= MOST_CLASSES;
    [this.undo.disabled, this.redo.disabled, this.clear.disabled] = [!undo, !redo, !any];
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    setText(this.refused, refused);
    this.refused.hidden = !refused;
  }

  /** Rows that are there stay, so that a click that begins on one ends on it, though a name was told in between. */
  _rows(classes) {
    if (this.rows.children.length === classes.length)
      return classes.forEach((one, label) => this._row(this.rows.children[label], one, label));
    const { acts, rows } = this,
      name = `class-${Math.random().toString(36).slice(2)}`;
    const had = [...rows.querySelectorAll("input")].indexOf(document.activeElement);
    rows.replaceChildren(
      ...classes.map((one, label) => {
        const input = ownKeys(
          element("input", { type: "radio", name, "aria-label": `Class ${label + 1}: ${one.name}` }),
          acts.signal,
        );
        input.addEventListener("change", () => acts.onLabel(label), { signal: acts.signal });
        const called = field(
          `Name of class ${label + 1}`,
          { value: one.name, maxlength: 40 },
          (value) => acts.onName(label, value),
          acts.signal,
        );
        return element(
          "div",
          { class: "segtutor-class-row" },
          element("label", {}, input, classSwatch(label, one.color), element("b", {}, String(label + 1))),
          called,
        );
      }),
    );
    rows.querySelectorAll("input")[had]?.focus();
    return undefined;
  }

  _row(row, one, label) {
    const [input, called] = row.querySelectorAll("input"),
      fresh = classSwatch(label, one.color);
    input.setAttribute("aria-label", `Class ${label + 1}: ${one.name}`);
    if (called !== document.activeElement) called.value = one.name;
    if (!input.nextSibling.isEqualNode(fresh)) input.nextSibling.replaceWith(fresh);
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The training: what is classified, for how long, start, stop, how far it is and what came out. */
export class LearningPanel {
  /** acts: onKind, onSeconds, onLearn, onStop, onView; signal; kernel: false where nobody answers */
  constructor({ onKind, onSeconds, onLearn, onStop, onView, signal, kernel }) {
    this.kinds = choice({
      legend: "Classify",
      selected: "pixel",
      signal,
      onChange: onKind,
      choices: { pixel: "pixels", mask: "masks" },
    });
    this.seconds = slider({
      label: "Seconds",
      hint: "of training, from nothing, on this picture alone",
      min: 1,
      max: 20,
      step: 1,
      signal,
      onInput: onSeconds,
      write: (value) => String(Math.round(value)),
    });
    this.learn = button("Learn from what is painted", onLearn, signal);
    this.stop = button("Stop", onStop, signal);
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Training", class: "segtutor-progress" });
    this.said = element("p", { class: "segtutor-say" });
    this.views = choice({
      legend: "Show",
      selected: "picture",
      signal,
      onChange: onView,
      choices: { picture: "picture", answer: "answer" },
    });
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": "Learning" },
      ...(kernel === false
        ? [
            element(
              "p",
              { class: "segtutor-say" },
              "Learning from what is painted needs a running notebook; painting works here, too.",
            ),
          ]
        : [
            this.kinds,
            this.seconds.node,
            element("div", { class: "segtutor-buttons" }, this.learn, this.stop),
            this.bar,
            this.said,
          ]),
      this.views,
    );
  }

  show({ kind, seconds, progress, score, view, hasAnswer }) {
    for (const input of this.kinds.querySelectorAll("input")) input.checked = input.value === kind;
    for (const input of this.views.querySelectorAll("input")) input.checked = input.value === view;
    this.seconds.show(seconds, "seconds of training");
    const running = progress.state === "running",
      focused = document.activeElement;
    this.stop.hidden = !running;
    this.learn.hidden = running;
    if (focused === this.learn && running) this.stop.focus();
    if (focused === this.stop && !running) this.learn.focus();
    this.bar.hidden = !running;
    this.bar.value = progress.done ?? 0;
    this.views.hidden = !hasAnswer;
    setText(this.said, trainingInWords(progress, score));
  }
}

/** What a training did, in a sentence or two. */
export function trainingInWords(progress, score) {
  const { state, step, seconds, loss, said } = progress;
  if (state === "running") return step ? `Step ${step}, loss ${loss.toFixed(2)}.` : "Reading the picture …";
  if (state === "failed") return said;
  if (state !== "done" && state !== "stopped") return "Paint a few strokes of at least two classes.";
  const scored =
    score.miou === undefined
      ? ""
      : ` Where nobody painted: mIoU ${percent(score.miou)}; the class of the nearest painted colour has ${percent(score.nearest_colour)}.`;
  return `${state === "stopped" ? "Stopped" : "Done"} after ${step} steps in ${seconds.toFixed(1)} s; pale where the model is unsure: paint there, and learn again.${scored}`;
}
