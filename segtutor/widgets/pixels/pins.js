// @ts-check
/** Pinned pixels, one row each, and what the comparison shows. */
import { element, ownKeys, setText } from "../shared/canvas.js";
import { tr, trLater } from "../shared/words.js";

const HEADS = [
  trLater("pin"),
  trLater("pixel"),
  trLater("per-pixel class"),
  trLater("strongest claim"),
  trLater("painted by"),
];

/** What pinned pixels have in common: the point at which the two paradigms part. */
export function comparison(rows) {
  if (rows.length < 2) return rows.length ? tr("Pin a second pixel to compare the two.") : "";
  const classes = new Set(rows.map((row) => row.className)).size,
    painters = [...new Set(rows.map((row) => row.painter))];
  const pixels =
    classes === 1
      ? tr("one class, {name}: it cannot say whether they are one thing", { name: rows[0].className })
      : tr("{n} classes", { n: classes });
  const several = { n: painters.length, answers: painters.join(", "), painter: rows[0].painter };
  const together = rows[0].void
    ? tr("void for all of them")
    : tr("one query for all of them ({painter}): one segment", several);
  const masks = painters.length === 1 ? together : tr("{n} different answers ({answers})", several);
  return tr("These {n} pixels: per-pixel says {pixels}; masks say {masks}.", { n: rows.length, pixels, masks });
}

export function pinTable({ signal, onChoose, onRemove }) {
  const body = element("tbody"),
    sentence = element("p", { class: "segtutor-summary" });
  const table = element(
    "table",
    { class: "segtutor-quality segtutor-pins" },
    element("caption", { class: "segtutor-hidden" }, tr("Pinned pixels")),
    element(
      "thead",
      {},
      element("tr", {}, ...[...HEADS.map((text) => tr(text)), ""].map((text) => element("th", { scope: "col" }, text))),
    ),
    body,
  );
  const node = element("div", {}, sentence, table);
  const made = [];
  const makeRow = (n) => {
    const cells = Array.from({ length: HEADS.length + 1 }, () => element("td")),
      row = element("tr", {}, ...cells),
      one = { row, cells, pixel: null };
    const button = (label, action) => {
      const made = ownKeys(element("button", { type: "button", class: "segtutor-reset" }, label), signal);
      made.addEventListener("click", action, { signal });
      return made;
    };
    one.choose = button(String(n + 1), () => onChoose(one.pixel));
    one.remove = button("×", () => onRemove(one.pixel));
    cells[0].append(one.choose);
    cells[5].append(one.remove);
    return one;
  };
  const show = (rows) => {
    table.hidden = !rows.length;
    setText(sentence, comparison(rows));
    rows.forEach((row, n) => {
      const one = (made[n] ??= makeRow(n));
      if (!one.row.isConnected || one.row.parentNode !== body) body.append(one.row);
      one.pixel = row.pixel;
      const where = `(${row.pixel.join(", ")})`;
      one.choose.setAttribute("aria-label", tr("Look at pin {n}, pixel {pixel}", { n: n + 1, pixel: where }));
      one.remove.setAttribute("aria-label", tr("Take pin {n} off", { n: n + 1 }));
      [
        where,
        `${row.className} ${(100 * row.share).toFixed(0)} %`,
        `${row.claim}, ${row.numbers}`,
        row.painter,
      ].forEach((text, at) => setText(one.cells[at + 1], text));
    });
    made.slice(rows.length).forEach(({ row }) => row.remove());
  };
  return { node, show };
}
