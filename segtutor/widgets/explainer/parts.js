// @ts-check
/** What opened boxes are written with: numbers that a test can read, tables, strips of numbers, choices. */
import { element, ownKeys, setText } from "../shared/canvas.js";
import { Plate } from "./plates.js";
import { tr } from "../shared/words.js";

/** A number with its sign as one writes it. */
export const written = (value) =>
  !Number.isFinite(value)
    ? "—"
    : (Math.abs(value) >= 1000 || (value !== 0 && Math.abs(value) < 0.001)
        ? value.toExponential(2)
        : value.toFixed(3)
      ).replace("-", "−");

export const percent = (share) => (share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);

/** A number of the opened box: `data-number` says which, `data-value` has all its digits. */
export function number(name) {
  const node = element("output", { class: "number", "data-number": name });
  return {
    node,
    show: (value, text = written(value)) => {
      node.dataset.value = String(value);
      setText(node, text);
    },
  };
}

/** A labelled choice of a number; `options` are the words of 0, 1, 2 ... */
export function chooser(label, options, onChange, signal) {
  const select = ownKeys(
    element("select", { "aria-label": label }, ...options.map((text, value) => element("option", { value }, text))),
    signal,
  );
  select.addEventListener("change", () => onChange(Number(select.value)), { signal });
  return { node: element("label", { class: "chooser" }, `${label} `, select), select };
}

/** A table whose rows are written anew: show([[cell, ...], ...]); a cell is a text, a node, or {name, value, text}. */
export function table(caption, heads) {
  const body = element("tbody"),
    row = element("tr");
  const head = (texts) => row.replaceChildren(...texts.map((text) => element("th", { scope: "col" }, text)));
  head(heads);
  const node = element(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption), element("thead", {}, row), body),
  );
  const show = (rows, chosen = -1) =>
    body.replaceChildren(
      ...rows.map((cells, n) =>
        element(
          "tr",
          { class: n === chosen ? "chosen" : null },
          ...cells.map((cell) => {
            if (typeof cell !== "object" || cell instanceof Node) return element("td", {}, cell);
            const one = number(cell.name);
            one.show(cell.value, cell.text ?? written(cell.value));
            return element("td", { class: "right" }, one.node);
          }),
        ),
      ),
    );
  return { node, show, head };
}

/** A dot product of two vectors as three strips, with its largest terms in numbers. */
export function product(first, second) {
  const strips = [first, second, tr("products")].map((title) => new Plate(title)),
    largest = table(tr("The five terms that weigh most"), [tr("channel"), first, second, tr("product")]);
  const node = element(
    "div",
    { class: "product" },
    ...strips.map(({ node: strip }, n) =>
      element(
        "div",
        { class: "vector" },
        element("small", {}, [first, second, tr("their products")][n]),
        element("span", { class: "strip" }, strip),
      ),
    ),
    largest.node,
  );
  const show = (a, b, terms) => {
    [a, b, terms].forEach((values, n) =>
      strips[n].signed(values, 0, [values.length, 1], Math.max(1e-9, ...[...values].map(Math.abs))),
    );
    const order = [...terms.keys()].sort((i, j) => Math.abs(terms[j]) - Math.abs(terms[i])).slice(0, 5);
    largest.show(order.map((c) => [String(c), written(a[c]), written(b[c]), written(terms[c])]));
  };
  return { node, show };
}

/** Logits, their powers and shares, the largest first. */
export function shareTable(caption) {
  const made = table(caption, [tr("class"), tr("logit z"), tr("exp(z − largest)"), tr("share")]);
  return {
    node: made.node,
    show: (names, logits, { powers, shares }) =>
      made.show(
        [...shares.keys()]
          .sort((a, b) => shares[b] - shares[a])
          .map((k) => [
            names[k] ?? tr("no object"),
            { name: `logit-${k}`, value: logits[k] },
            { name: `power-${k}`, value: powers[k] },
            { name: `share-${k}`, value: shares[k], text: percent(shares[k]) },
          ]),
        0,
      ),
  };
}
