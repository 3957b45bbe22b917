// @ts-check
/** ScoreExplorer's table: PQ = SQ x RQ for the mean, things, stuff and each class that occurs. */
import { element, setText } from "../shared/canvas.js";
import { tr, trLater } from "../shared/words.js";

const HEADS = [
  ["PQ", trLater("panoptic quality")],
  ["=", null],
  ["SQ", trLater("segmentation quality: mean IoU of the matches")],
  ["×", null],
  ["RQ", trLater("recognition quality: F1 of the matches")],
  ["TP", trLater("segments matched")],
  ["FP", trLater("false segments")],
  ["FN", trLater("missed segments")],
];

export class ScoreTable {
  /** @param {string[]} names of the classes */
  constructor(names) {
    this.means = { all: line(tr("mean of all")), things: line(tr("things")), stuff: line(tr("stuff")) };
    this.ofClass = names.map(line);
    const heads = HEADS.map(([text, title]) => element("th", { scope: "col", title: title && tr(title) }, text));
    this.node = element(
      "table",
      { class: "segtutor-quality" },
      element("caption", {}, tr("In percent. PQ = SQ × RQ holds for each class; above them stand means.")),
      element("thead", {}, element("tr", {}, element("td"), ...heads)),
      element("tbody", {}, ...Object.values(this.means).map(({ node }) => node)),
      element("tbody", {}, ...this.ofClass.map(({ node }) => node)),
    );
  }

  /** @param {Record<string, any>} means of all, things and stuff @param {Record<string, any>[]} qualities of the classes */
  show(means, qualities) {
    for (const [name, one] of Object.entries(this.means)) write(one, means[name], false);
    this.ofClass.forEach((one, k) => {
      one.node.hidden = !(qualities[k].weight > 0);
      if (!one.node.hidden) write(one, qualities[k], true);
    });
  }
}

function line(name) {
  const cells = HEADS.map(() => element("td"));
  return { cells, node: element("tr", {}, element("th", { scope: "row" }, name), ...cells) };
}

/** @param {Record<string, any>} row @param {Record<string, any>} quality @param {boolean} product whether PQ is SQ times RQ, as in a class, or a mean of such */
function write({ cells }, { pq, sq, rq, tp, fp, fn }, product) {
  const percent = (value) => (Number.isNaN(value) ? "–" : (100 * value).toFixed(1)),
    [equals, times] = product ? ["=", "×"] : ["", ""];
  const texts = [percent(pq), equals, percent(sq), times, percent(rq), String(tp), String(fp), String(fn)];
  texts.forEach((text, n) => setText(cells[n], text));
}
