// @ts-check
/** The controls beside the picture: tools, classes, brush, undo, and a picture of one's own. */
import { button, check, choice, element, ownKeys, setText, slider } from "../shared/canvas.js";
import { tr } from "../shared/words.js";
import { ClassRows } from "./classes.js";
import { field } from "./field.js";
import { HINTS } from "./words.js";

const MOST_CLASSES = 24;

export class PromptTools {
  /** acts: onTool, onLabel, onName(label, name), onAdd(name), onBrush, onUndo, onRedo, onClear, onText, onFile; signal */
  constructor(acts) {
    this.acts = acts;
    this._makeTools();
    this.rows = new ClassRows(acts);
    this._makeNewClass();
    this._makeHistory();
    this._makeUpload();
    this.text = field(
      tr("Text prompt"),
      { placeholder: tr("text prompt: kept; a canvas with model= reads it"), maxlength: 400 },
      acts.onText,
      acts.signal,
    );
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      element("div", {}, this.rows.node, element("div", { class: "segtutor-buttons" }, this.fresh, this.add)),
      this.brush.node,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear, this.upload, this.file),
      this.text,
      this.refused,
    );
  }

  /** What is in hand: the tool and how wide it paints. */
  _makeTools() {
    const { signal, onTool, onBrush } = this.acts;
    this.tools = choice({
      legend: tr("Tool"),
      selected: "scribble",
      signal,
      onChange: onTool,
      choices: { scribble: tr("scribble"), point: tr("point"), box: tr("box"), eraser: tr("eraser") },
    });
    this.hint = element("small", { class: "segtutor-hint" });
    this.brush = slider({
      label: tr("Brush"),
      hint: tr("width in pixels of the picture; keys [ and ]"),
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: onBrush,
      write: (value) => String(Math.round(value)),
    });
  }

  _makeNewClass() {
    const { signal, onAdd } = this.acts;
    const attributes = { placeholder: tr("another class"), maxlength: 40 };
    this.fresh = field(tr("Name of a new class"), attributes, () => {}, signal);
    const add = () => {
      if (this.fresh.value.trim()) onAdd(this.fresh.value.trim());
      this.fresh.value = "";
    };
    this.fresh.addEventListener("keydown", (event) => event.key === "Enter" && add(), { signal });
    this.add = button(tr("Add"), add, signal, { "aria-label": tr("Add the class") });
  }

  _makeHistory() {
    const { signal, onUndo, onRedo, onClear } = this.acts;
    this.undo = button(tr("Undo"), onUndo, signal, { title: tr("Ctrl + Z on the picture") });
    this.redo = button(tr("Redo"), onRedo, signal, { title: tr("Ctrl + Y on the picture") });
    this.clear = button(tr("Clear"), onClear, signal);
  }

  /** A file of the learner's; the button stands for the browser's own control, which cannot be styled. */
  _makeUpload() {
    const { signal, onFile } = this.acts;
    this.file = ownKeys(
      element("input", { type: "file", accept: "image/*", hidden: true, "aria-label": tr("A picture of yours") }),
      signal,
    );
    this.file.addEventListener(
      "change",
      () => {
        if (this.file.files[0]) onFile(this.file.files[0]);
        this.file.value = "";
      },
      { signal },
    );
    this.upload = button(tr("Choose a picture …"), () => this.file.click(), signal);
  }

  show({ tool, label, classes, brush, text, refused, undo, redo, any }) {
    check(this.tools, tool);
    setText(this.hint, tr(HINTS[tool]));
    this.rows.show(classes, label);
    this.brush.show(brush, tr("pixels of the picture"));
    this.brush.input.disabled = tool !== "scribble" && tool !== "eraser";
    this.fresh.parentNode.hidden = classes.length >= MOST_CLASSES;
    [this.undo.disabled, this.redo.disabled, this.clear.disabled] = [!undo, !redo, !any];
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    setText(this.refused, refused);
    this.refused.hidden = !refused;
  }
}
