// @ts-check
/** A table of panoptic quality: all classes, things, stuff. */
import { element, setText } from "../shared/canvas.js";
import { tr, trLater } from "../shared/words.js";

const HEADS = [
  ["PQ", trLater("panoptic quality")],
  ["SQ", trLater("segmentation quality: mean IoU of the matches")],
  ["RQ", trLater("recognition quality: F1 of the matches")],
  ["TP", trLater("segments matched")],
  ["FP", trLater("segments predicted only")],
  ["FN", trLater("segments of the truth that were missed")],
];

/** @returns {{node: HTMLElement, show: (quality: Record<string, any>) => void}} quality: see quality.js */
export function qualityTable() {
  const cells = {};
  const row = (name, text) => {
    cells[name] = HEADS.map(() => element("td"));
    return element("tr", {}, element("th", { scope: "row" }, text), ...cells[name]);
  };
  const heads = HEADS.map(([text, title]) => element("th", { scope: "col", title: tr(title) }, text));
  const node = element(
    "table",
    { class: "segtutor-quality" },
    element("caption", {}, tr("Quality of this picture against the truth, in percent")),
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
    element("tbody", {}, row("all", tr("all")), row("things", tr("things")), row("stuff", tr("stuff"))),
  );
  const show = (quality) => {
    for (const [name, tds] of Object.entries(cells)) {
      const { pq, sq, rq, tp, fp, fn } = quality[name];
      [pq, sq, rq].forEach((value, n) => setText(tds[n], Number.isNaN(value) ? "–" : (100 * value).toFixed(1)));
      [tp, fp, fn].forEach((value, n) => setText(tds[n + 3], String(value)));
    }
  };
  return { node, show };
}
