// @ts-check
/** The tools with which a prediction is repaired: what they offer follows from the segment that is selected. */
import { button, element, ownKeys, setText } from "../shared/canvas.js";
import { tr } from "../shared/words.js";

export class RepairTools {
  /** actions: {signal, onRepair(repair), onUndo(), onRestart()} */
  constructor({ signal, onRepair, onUndo, onRestart }) {
    this.onRepair = onRepair;
    const run = (kind, field) => () => this._run(kind, field);
    this.add = button(tr("Predict it"), run("add"), signal);
    this.remove = button(tr("Remove it"), run("remove"), signal);
    this.undo = button(tr("Undo"), onUndo, signal);
    this.restart = button(tr("Start again"), onRestart, signal);
    const tool = (kind, field, text, label) => {
      const select = ownKeys(element("select", { "aria-label": label }), signal);
      const act = button(text, run(kind, field), signal);
      return { select, act, node: element("div", { class: "segtutor-tool" }, act, select), key: null };
    };
    this.tools = {
      mask: tool("mask", "truth", tr("Give it the mask of"), tr("true segment whose mask it gets")),
      class: tool("class", "category_id", tr("Call it"), tr("class that it gets")),
      merge: tool("merge", "other", tr("Merge into it"), tr("predicted segment that is merged into it")),
      split: tool("split", "truth", tr("Split off what lies on"), tr("true segment along which it is split")),
    };
    this.title = element("p", { class: "segtutor-say" });
    this.done = element("p", { class: "segtutor-done" });
    this.node = element(
      "div",
      { class: "segtutor-part", role: "group", "aria-label": tr("Repairs") },
      this.title,
      element("div", { class: "segtutor-buttons" }, this.add, this.remove),
      ...Object.values(this.tools).map(({ node }) => node),
      element("div", { class: "segtutor-buttons" }, this.undo, this.restart),
      this.done,
    );
    /** @type {{segment?: number | null, truth?: number | null}} */
    this.target = {};
    /** @type {HTMLElement | null} */
    this.had = null;
  }

  _run(kind, field) {
    const { segment, truth } = this.target,
      had = /** @type {HTMLElement | null} */ (document.activeElement);
    const repair = {
      do: kind,
      ...(kind === "add" ? { truth } : { segment }),
      ...(field ? { [field]: Number(this.tools[kind].select.value) } : {}),
    };
    this.onRepair(repair);
    this.had = this.node.contains(had) ? had : null; // the next `show` may take the tool away: the focus goes to Undo
  }

  /**
   * @param {{segment: number | null, truth: number | null, title: string}} target the predicted segment that is repaired,
   *   the true one that may be predicted
   * @param {Record<string, [number, string][]>} offers for each tool the choices, the likeliest first
   * @param {string} done what was done so far
   */
  show(target, offers, done) {
    this.target = target;
    setText(this.title, target.title);
    this.add.hidden = target.truth === null;
    this.remove.hidden = target.segment === null;
    for (const [kind, one] of Object.entries(this.tools)) {
      const choices = target.segment === null ? [] : offers[kind];
      one.node.hidden = choices.length === 0;
      const key = JSON.stringify([target.segment, choices]);
      if (key === one.key) continue;
      one.key = key;
      one.select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
    }
    this.undo.disabled = this.restart.disabled = done === "";
    setText(this.done, done);
    if (this.had && !this.had.offsetParent) this.undo.focus();
    this.had = null;
  }
}
