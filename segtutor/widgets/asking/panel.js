// @ts-check
/** The controls beside the picture: how to ask, on it or beside it, words, the example, undo, and what is meant. */
import { choice, element, ownKeys, setText, slider } from "../shared/canvas.js";
import { HINTS, LEVELS } from "./words.js";

const TOOLS = { point: "click", box: "box", text: "words", example: "painted example" };

export function button(text, action, signal, attributes = {}) {
  const node = ownKeys(element("button", { type: "button", class: "segtutor-reset", ...attributes }, text), signal);
  node.addEventListener("click", action, { signal });
  return node;
}

const check = (group, value) => {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
};

export class AskingPanel {
  /** acts: tools, words, signal; onTool, onLabel, onText, onBrush, onHand, onUndo, onRedo, onClear, onLevel, onNext; the nodes of the example, if there is one, and of the answers */
  constructor(acts, example, answers) {
    const { signal, tools } = acts;
    this.acts = acts;
    this.has = (tool) => tools.includes(tool);
    this.tools = choice({
      legend: "Ask by",
      selected: tools[0],
      signal,
      onChange: acts.onTool,
      choices: Object.fromEntries(tools.map((tool) => [tool, TOOLS[tool]])),
    });
    this.tools.hidden = tools.length < 2;
    this.hint = element("small", { class: "segtutor-hint" });
    this.labels = choice({
      legend: "The click is",
      selected: "on",
      signal,
      onChange: (value) => acts.onLabel(Number(value === "on")),
      choices: { on: "on it", beside: "beside it" },
    });
    const list = `segtutor-words-${Math.random().toString(36).slice(2)}`;
    this.text = ownKeys(
      element("input", {
        type: "text",
        class: "segtutor-field",
        "aria-label": "Words",
        list,
        maxlength: 400,
      }),
      signal,
    );
    this.text.addEventListener("change", () => acts.onText(this.text.value), { signal });
    this.ask = button("Ask", () => acts.onText(this.text.value), signal);
    this.words = element("div", { class: "segtutor-buttons" }, this.text, this.ask, element("datalist", { id: list }));
    this.propose(acts.words);
    this.hands = choice({
      legend: "The brush",
      selected: "paint",
      signal,
      onChange: acts.onHand,
      choices: { paint: "paints", erase: "erases" },
    });
    this.brush = slider({
      label: "Width of the brush",
      hint: "pixels of the example; keys [ and ]",
      min: 1,
      max: 60,
      step: 1,
      signal,
      onInput: acts.onBrush,
      write: (value) => String(Math.round(value)),
    });
    this.example = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": "Example" },
      ...(example ? [example] : []),
      this.hands,
      this.brush.node,
    );
    this.undo = button("Undo", acts.onUndo, signal, { title: "Ctrl + Z on the picture" });
    this.redo = button("Redo", acts.onRedo, signal, { title: "Ctrl + Y on the picture" });
    this.clear = button("Clear", acts.onClear, signal);
    this.found = element("p", { class: "segtutor-summary" });
    this.true = element("p", { class: "segtutor-say" });
    this.next = element("p", { class: "segtutor-say" });
    this.take = button("Take this click", acts.onNext, signal, { title: "Key N on the picture" });
    this.refused = element("p", { class: "segtutor-say segtutor-refused", role: "alert" });
    this.meanings = element("fieldset", { class: "segtutor-choice segtutor-fieldset-column" });
    this.meaningsKey = "";
    this.node = element(
      "div",
      { class: "segtutor-part" },
      element("div", {}, this.tools, this.hint),
      this.labels,
      this.words,
      this.example,
      element("div", { class: "segtutor-buttons" }, this.undo, this.redo, this.clear),
    );
    this.told = element(
      "div",
      { class: "segtutor-part segtutor-told", role: "group", "aria-label": "Answer" },
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
    this.text.placeholder = `for example: ${words[0] ?? "a cat"}`;
    this.words.querySelector("datalist").replaceChildren(...words.map((value) => element("option", { value })));
  }

  /** What is on the screen now; `kernel`: whether somebody answers. */
  show({ tool, label, text, brush, level, hand, undo, redo, any, answers, said, mayBeBeside, kernel }) {
    check(this.tools, tool);
    setText(this.hint, kernel ? HINTS[tool] : "The network answers in a running notebook; here is what it said last.");
    this.labels.hidden = tool !== "point";
    check(this.labels, mayBeBeside && !label ? "beside" : "on");
    for (const input of this.labels.querySelectorAll("input"))
      input.disabled = !kernel || (input.value === "beside" && !mayBeBeside);
    this.words.hidden = tool !== "text";
    if (this.text.value !== text && this.text !== document.activeElement) this.text.value = text;
    this.example.hidden = !this.has("example");
    this.brush.show(brush, "pixels of the example");
    check(this.hands, hand);
    [this.undo.disabled, this.redo.disabled, this.clear.disabled] = [
      !undo || !kernel,
      !redo || !kernel,
      !any || !kernel,
    ];
    this.text.disabled = this.ask.disabled = !kernel;
    setText(this.refused, said.refused);
    this.refused.hidden = !said.refused;
    setText(this.found, said.found);
    setText(this.true, said.true);
    setText(this.next, said.next);
    this.next.hidden = this.take.hidden = !said.next;
    this.take.disabled = !kernel;
    this._meanings(answers, level);
  }

  _meanings({ meanings = [], meant }, level) {
    const { acts } = this,
      key = JSON.stringify(meanings);
    if (key !== this.meaningsKey) {
      this.meaningsKey = key;
      const had = this.meanings.contains(document.activeElement);
      const made = choice({
        legend: "You mean",
        selected: "",
        signal: acts.signal,
        onChange: acts.onLevel,
        choices: Object.fromEntries(
          meanings.map(({ level, name, area }) => [
            level,
            `the ${LEVELS[level] ?? level}: ${name}, ${(100 * area).toFixed(1)} %`,
          ]),
        ),
      });
      this.meanings.replaceChildren(...made.children);
      if (had) this.meanings.querySelector("input")?.focus();
    }
    this.meanings.hidden = meanings.length < 2;
    // what the learner chose, also before the kernel has answered; else what the kernel took them to mean
    const own = meanings.some((one) => one.level === level);
    check(this.meanings, own ? level : meanings[meant]?.level);
  }
}
