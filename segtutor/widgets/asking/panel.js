// @ts-check
/** The controls beside the picture: how to ask, on it or beside it, words, the example, undo, and what is meant. */
import { button, check, choice, element, newId, ownKeys, setText, slider } from "../shared/canvas.js";
import { tr, trLater } from "../shared/words.js";
import { HINTS, meaningInWords } from "./words.js";

const TOOLS = {
  point: trLater("click"),
  box: trLater("box"),
  text: trLater("words"),
  example: trLater("painted example"),
};

export class AskingPanel {
  /** acts: tools, words, signal; onTool, onLabel, onText, onBrush, onHand, onUndo, onRedo, onClear, onLevel, onNext; the nodes of the example, if there is one, and of the answers */
  constructor(acts, example, answers) {
    this.acts = acts;
    this._makeTools();
    this._makeWords();
    this._makeExample(example);
    this._makeHistory();
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      this.labels,
      this.words,
      this.example,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear),
    );
    this._makeTold(answers);
  }

  /** How one asks, and what a click says. */
  _makeTools() {
    const { signal, tools, onTool, onLabel } = this.acts;
    this.tools = choice({
      legend: tr("Ask by"),
      selected: tools[0],
      signal,
      onChange: onTool,
      choices: Object.fromEntries(tools.map((tool) => [tool, tr(TOOLS[tool])])),
    });
    this.tools.hidden = tools.length < 2;
    this.hint = element("small", { class: "segtutor-hint" });
    this.labels = choice({
      legend: tr("The click is"),
      selected: "on",
      signal,
      onChange: (value) => onLabel(Number(value === "on")),
      choices: { on: tr("on it"), beside: tr("beside it") },
    });
  }

  _makeWords() {
    const { signal, onText, words } = this.acts,
      list = newId();
    this.text = ownKeys(
      element("input", {
        type: "text",
        class: "segtutor-field",
        "aria-label": tr("Words"),
        list,
        maxlength: 400,
      }),
      signal,
    );
    this.text.addEventListener("change", () => onText(this.text.value), { signal });
    this.ask = button(tr("Ask"), () => onText(this.text.value), signal);
    this.phrases = element("datalist", { id: list });
    this.words = element("div", { class: "segtutor-buttons" }, this.text, this.ask, this.phrases);
    this.propose(words);
  }

  _makeExample(example) {
    const { signal, tools, onHand, onBrush } = this.acts;
    this.hands = choice({
      legend: tr("The brush"),
      selected: "paint",
      signal,
      onChange: onHand,
      choices: { paint: tr("paints"), erase: tr("erases") },
    });
    this.brush = slider({
      label: tr("Width of the brush"),
      hint: tr("pixels of the example; keys [ and ]"),
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: onBrush,
      write: (value) => String(Math.round(value)),
    });
    this.example = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("Example") },
      ...(example ? [example] : []),
      this.hands,
      this.brush.node,
    );
    this.example.hidden = !tools.includes("example");
  }

  _makeHistory() {
    const { signal, onUndo, onRedo, onClear } = this.acts;
    this.undo = button(tr("Undo"), onUndo, signal, { title: tr("Ctrl + Z on the picture") });
    this.redo = button(tr("Redo"), onRedo, signal, { title: tr("Ctrl + Y on the picture") });
    this.clear = button(tr("Clear"), onClear, signal);
  }

  /** What came back: the answers, what is meant, what the truth says, the next click. */
  _makeTold(answers) {
    const { signal, onNext } = this.acts;
    this.found = element("p", { class: "segtutor-summary" });
    this.true = element("p", { class: "segtutor-say" });
    this.next = element("p", { class: "segtutor-say" });
    this.take = button(tr("Take this click"), onNext, signal, { title: tr("Key N on the picture") });
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.meanings = element("fieldset", { class: "segtutor-choice segtutor-fieldset-column" });
    this.meaningsKey = "";
    this.told = element(
      "div",
      { class: "segtutor-part segtutor-told", role: "group", "aria-label": tr("Answer") },
      this.refused,
      this.found,
      answers,
      this.meanings,
      this.true,
      this.next,
      element("div", { class: "segtutor-buttons" }, this.take),
    );
  }

  /** @param {string[]} words phrases that are true of the picture; another picture has others */
  propose(words) {
    this.text.placeholder = tr("for example: {words}", { words: words[0] ?? tr("a cat") });
    this.phrases.replaceChildren(...words.map((value) => element("option", { value })));
  }

  /** What is on the screen now; `kernel`: whether somebody answers. */
  show({ tool, label, text, brush, level, hand, undo, redo, any, answers, said, mayBeBeside, kernel }) {
    check(this.tools, tool);
    setText(
      this.hint,
      kernel ? tr(HINTS[tool]) : tr("The network answers in a running notebook; here is what it said last."),
    );
    this._showLabels(tool === "point", label, mayBeBeside, kernel);
    this.words.hidden = tool !== "text";
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    this.text.disabled = this.ask.disabled = !kernel;
    this.brush.show(brush, tr("pixels of the example"));
    check(this.hands, hand);
    for (const [node, possible] of [
      [this.undo, undo],
      [this.redo, redo],
      [this.clear, any],
    ])
      node.disabled = !possible || !kernel;
    this._showTold(said, kernel);
    this._showMeanings(answers, level);
  }

  /** The first click is always on the thing. */
  _showLabels(clicking, label, mayBeBeside, kernel) {
    this.labels.hidden = !clicking;
    check(this.labels, mayBeBeside && !label ? "beside" : "on");
    for (const input of this.labels.querySelectorAll("input"))
      input.disabled = !kernel || (input.value === "beside" && !mayBeBeside);
  }

  _showTold(said, kernel) {
    setText(this.refused, said.refused);
    this.refused.hidden = !said.refused;
    setText(this.found, said.found);
    setText(this.true, said.true);
    setText(this.next, said.next);
    this.next.hidden = this.take.hidden = !said.next;
    this.take.disabled = !kernel;
  }

  _showMeanings({ meanings = [], meant }, level) {
    const key = JSON.stringify(meanings);
    if (key !== this.meaningsKey) this._offerMeanings(meanings);
    this.meaningsKey = key;
    this.meanings.hidden = meanings.length < 2;
    // what the learner chose, also before the kernel has answered; else what the kernel took them to mean
    const own = meanings.some((one) => one.level === level);
    check(this.meanings, own ? level : meanings[meant]?.level);
  }

  _offerMeanings(meanings) {
    const had = this.meanings.contains(document.activeElement);
    const made = choice({
      legend: tr("You mean"),
      selected: "",
      signal: this.acts.signal,
      onChange: this.acts.onLevel,
      choices: Object.fromEntries(meanings.map((one) => [one.level, meaningInWords(one)])),
    });
    this.meanings.replaceChildren(...made.children);
    if (had) this.meanings.querySelector("input")?.focus();
  }
}
