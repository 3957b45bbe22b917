// @ts-check
/** Pinned pixels, one row each, and what the comparison shows. */
import { element, ownKeys, setText } from "../shared/canvas.js";

const HEADS = ["pin", "pixel", "per-pixel class", "strongest claim", "painted by", ""];

/** What pinned pixels have in common: the point at which the two paradigms part. */
export function comparison(rows) {
  if (rows.length < 2) return rows.length ? "Pin a second pixel to compare the two." : "";
  const groups = (key) => new Set(rows.map((row) => row[key])).size;
  const classes = groups("className"),
    painters = groups("painter");
  const pixels =
    classes === 1 ? `one class, ${rows[0].className}: it cannot say whether they are one thing` : `${classes} classes`;
  const masks =
    painters === 1
      ? rows[0].painter === "void"
        ? "void for all of them"
        : `one query for all of them (${rows[0].painter}): one segment`
      : `${painters} different answers (${[...new Set(rows.map((row) => row.painter))].join(", ")})`;
  return `These ${rows.length} pixels: per-pixel says ${pixels}; masks say ${masks}.`;
}

export function pinTable({ signal, onChoose, onRemove }) {
  const body = element("tbody"),
    sentence = element("p", { class: "segtutor-summary" });
  const table = element(
    "table",
    { class: "segtutor-quality segtutor-pins" },
    element("caption", { class: "segtutor-hidden" }, "Pinned pixels"),
    element("thead", {}, element("tr", {}, ...HEADS.map((text) => element("th", { scope: "col" }, text)))),
    body,
  );
  const node = element("div", {}, sentence, table);
  const made = [];
  const makeRow = (n) => {
    const cells = HEADS.map(() => element("td")),
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
      one.choose.setAttribute("aria-label", `Look at pin ${n + 1}, pixel ${where}`);
      one.remove.setAttribute("aria-label", `Take pin ${n + 1} off`);
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
