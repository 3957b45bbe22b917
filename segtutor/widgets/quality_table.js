/** A table of panoptic quality: all classes, things, stuff. */
import { element, setText } from "./canvas.js";

/** @returns {{node: HTMLElement, show: (quality: object) => void}} quality: see quality.js */
export function qualityTable() {
  const cells = {};
  const row = (name, text) => {
    cells[name] = ["pq", "sq", "rq", "tp", "fp", "fn"].map(() => element("td"));
    return element("tr", {}, element("th", { scope: "row" }, text), ...cells[name]);
  };
  const heads = [["PQ", "panoptic quality"], ["SQ", "segmentation quality: mean IoU of the matches"],
    ["RQ", "recognition quality: F1 of the matches"], ["TP", "segments matched"], ["FP", "segments predicted only"],
    ["FN", "segments of the truth that were missed"]];
  const node = element("table", { class: "segtutor-quality" },
    element("caption", {}, "Quality of this picture against the truth, in percent"),
    element("thead", {}, element("tr", {}, element("td"),
      ...heads.map(([text, title]) => element("th", { scope: "col", title }, text)))),
    element("tbody", {}, row("all", "all"), row("things", "things"), row("stuff", "stuff")));
  const show = (quality) => {
    for (const [name, tds] of Object.entries(cells)) {
      const { pq, sq, rq, tp, fp, fn } = quality[name];
      [pq, sq, rq].forEach((value, n) => setText(tds[n], Number.isNaN(value) ? "–" : (100 * value).toFixed(1)));
      [tp, fp, fn].forEach((value, n) => setText(tds[n + 3], String(value)));
    }
  };
  return { node, show };
}
