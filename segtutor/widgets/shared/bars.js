// @ts-check
/** A short list of names with a bar and a number each: a distribution. */
import { element, setText } from "./canvas.js";
import { tr, trCount } from "./words.js";

/** 0.1234 as "12.3 %"; what is there is never 0. */
export const share = (value) => (value > 0 && value < 0.0005 ? "< 0.1 %" : `${(100 * value).toFixed(1)} %`);

/**
 * @param {{label: string, rows: number}} options how many rows at most
 * @returns {{node: HTMLElement, show: (entries: {name: string, value: number, color?: number[] | null, text?: string}[]) => void}}
 *   value: 0..1, the length of the bar
 */
export function bars({ label, rows }) {
  const node = element("ol", { class: "segtutor-bars", "aria-label": label });
  const made = Array.from({ length: rows }, () => {
    const swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
    const name = element("span"),
      number = element("span", { class: "segtutor-number" });
    const bar = element("span", { class: "segtutor-bar", "aria-hidden": "true" });
    const row = element(
      "li",
      { hidden: true },
      element("span", { class: "segtutor-bar-name" }, swatch, name),
      number,
      bar,
    );
    node.append(row);
    return { row, swatch, name, number, bar };
  });
  const show = (entries) =>
    made.forEach(({ row, swatch, name, number, bar }, n) => {
      const entry = entries[n];
      if (row.hidden !== !entry) row.hidden = !entry;
      if (!entry) return;
      setText(name, entry.name);
      setText(number, entry.text ?? share(entry.value));
      bar.style.setProperty("--part", Math.min(1, entry.value).toFixed(3));
      swatch.style.backgroundColor = entry.color ? `rgb(${entry.color.join(",")})` : "transparent";
    });
  return { node, show };
}

/**
 * The largest entries of a distribution, the rest added up.
 *
 * @param {ArrayLike<number>} values by position
 * @param {{name: string, color: number[]}[]} classes a position beyond them is tr("no object")
 */
export function largest(values, classes, count) {
  const order = Array.from(values, (value, k) => [value, k]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  const entries = order.slice(0, count).map(([value, k]) => ({
    value,
    name: k < classes.length ? tr(classes[k].name) : tr("no object"),
    color: k < classes.length ? classes[k].color : null,
  }));
  const rest = order.slice(count).reduce((sum, [value]) => sum + value, 0);
  if (order.length > count)
    entries.push({ name: trCount("{n} other", "{n} others", order.length - count), value: rest, color: null });
  return entries;
}
