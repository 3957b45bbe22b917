// @ts-check
/**
 * Curves of a training: which lines a choice means, what they say at a step, and how they are drawn on a canvas.
 *
 * Lines differ in dashes and in numbers at their ends, not in colour alone; the colours have a set for light and one for
 * dark grounds, and are drawn again when the theme changes.
 */
import { tr } from "../shared/words.js";
import { curveInWords } from "./words.js";

const COLORS = {
  light: ["#0072b2", "#c04e00", "#00795a", "#a3498a", "#5a5a5a"],
  dark: ["#6cbcf0", "#f0a030", "#3ad1a4", "#eaa8d0", "#c8c8c8"],
};
const SHADES = {
  light: [
    [90, 150, 195],
    [8, 40, 90],
  ],
  dark: [
    [85, 130, 165],
    [225, 242, 255],
  ],
}; // first layer, last layer
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2]];
const LEFT = 46,
  RIGHT = 22,
  TOP = 8,
  BELOW = 22;

/** The table that Python sent: `columns` are [name, layer], `rows` float32 row by row. */
export function readTable(columns, rows) {
  const wide = columns.length,
    count = wide ? rows.length / wide : 0;
  const column = (place) => Float32Array.from({ length: count }, (_, n) => rows[n * wide + place]);
  const steps = wide ? column(0) : new Float32Array(0);
  const find = (name, layer = 0) => columns.findIndex(([one, other]) => one === name && other === layer);
  const terms = new Map();
  for (const [name, layer] of columns.slice(3)) terms.set(name, layer + 1);
  return { steps, terms, values: (name, layer) => column(find(name, layer)) };
}

/** The names of the curves that there are to choose from. One term alone is the loss. */
export function curveNames({ terms }, hasScenes) {
  const several = terms.size > 1 || [...terms.values()].some((layers) => layers > 1);
  return [
    "loss",
    ...(terms.size > 1 ? ["terms"] : []),
    ...(several ? terms.keys() : []),
    "learning rate",
    ...(hasScenes ? ["pixels right"] : []),
  ];
}

/**
 * The lines of a curve: [{name, steps, values, place (0..1 among layers) | null}]; NaN is left out.
 *
 * "terms": the last decoder layer of each; the name of a term: one line a decoder layer.
 */
export function linesOf(curve, table, scenes = []) {
  const line = (name, values, place = null) => {
    const there = [...values.keys()].filter((n) => !Number.isNaN(values[n]));
    return { name, place, steps: there.map((n) => table.steps[n]), values: there.map((n) => values[n]) };
  };
  if (curve === "pixels right") {
    return [
      {
        name: tr("share of the pixels with the right class"),
        place: null,
        steps: scenes.map(({ step }) => step),
        values: scenes.map(({ right }) => right),
      },
    ];
  }
  if (curve === "terms") return [...table.terms].map(([name, layers]) => line(name, table.values(name, layers - 1)));
  const layers = table.terms.get(curve);
  if (!layers) return [line(curveInWords(curve), table.values(curve === "learning rate" ? curve : "loss", 0))];
  return Array.from({ length: layers }, (_, layer) =>
    line(
      layers === 1
        ? curve
        : layer === layers - 1
          ? tr("layer {n} (last)", { n: layer })
          : tr("layer {n}", { n: layer }),
      table.values(curve, layer),
      layers === 1 ? null : layer / (layers - 1),
    ),
  );
}

/** The mean of the values around each, a tenth of all; fewer at both ends. As in segtutor/show/learning.py. */
export function smoothed(values) {
  const half = Math.max(1, Math.floor(values.length / 20)),
    sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return values.map((_, at) => {
    const low = Math.max(at - half, 0),
      high = Math.min(at + half + 1, values.length);
    return (sums[high] - sums[low]) / (high - low);
  });
}

/** Place of the value nearest to `at` in rising numbers; -1 where there are none. */
export function nearest(numbers, at) {
  let low = 0,
    high = numbers.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - numbers[low - 1] <= numbers[low] - at ? low - 1 : low;
}

/** A few round numbers between low and high; powers of ten (and 2, 5 times them) on a logarithmic axis. */
export function ticks(low, high, log = false) {
  if (log) {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const times of [1, 2, 5]) all.push(Number(`${times}e${power}`));
    }
    const inside = all.filter((one) => one >= low * 0.999 && one <= high * 1.001);
    return inside.length > 6 ? inside.filter((one) => /^1e/.test(one.toExponential())) : inside;
  }
  const rough = (high - low) / 4 || 1,
    power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= rough * 0.99) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, n) =>
    Number(((first + n) * step).toPrecision(12)),
  );
}

/** A number in few letters: 0.000312, 12.3, 1.2e-5. */
export const brief = (value) =>
  value === 0
    ? "0"
    : Math.abs(value) < 1e-3
      ? value.toExponential(1).replace(".0e", "e")
      : String(Number(value.toPrecision(3)));

/** Colour and dashes of line n. */
export function lineStyle({ place }, n, dark) {
  const theme = dark ? "dark" : "light";
  if (place === null) return { color: COLORS[theme][n % 5], dash: DASHES[n % 5], width: 2.2 };
  const [from, to] = SHADES[theme],
    color = from.map((part, i) => Math.round(part + place * (to[i] - part)));
  return {
    color: `rgb(${color.join(",")})`,
    dash: place === 1 ? [] : n === 0 ? [2, 3] : DASHES[1 + ((n - 1) % 3)],
    width: place === 1 ? 2.6 : 1.5,
  };
}

/** Where numbers lie on the canvas: x(step), y(value), and back: step(x). */
export function axes(lines, { width, height, log }) {
  const values = lines.flatMap((line) => line.values).filter((value) => !log || value > 0);
  const steps = lines.flatMap(({ steps: [first], steps: all }) => (all.length ? [first, all[all.length - 1]] : []));
  const [left, right] = steps.length ? [Math.min(...steps), Math.max(...steps)] : [0, 1];
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity),
    smallest = values.reduce((a, b) => Math.min(a, b), Infinity);
  let low = log ? smallest / 1.1 : Math.min(0, smallest),
    high = log ? largest * 1.1 : largest * 1.05;
  if (!values.length || !(high > low)) [low, high] = log ? [0.1, 10] : [Math.min(0, low || 0), Math.max(1, high || 1)];
  const on = (value) => (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const wide = width - LEFT - RIGHT,
    high_ = height - TOP - BELOW,
    span = right - left || 1;
  return {
    low,
    high,
    left,
    right,
    x: (step) => LEFT + ((step - left) / span) * wide,
    y: (value) => TOP + (1 - on(value)) * high_,
    step: (x) => left + ((x - LEFT) / wide) * span,
  };
}

/** Draws axes and lines. `text`, `dark`: of the theme. A thin line is what was logged, a thick one its mean. */
export function drawCurves(context, lines, place, { width, height, log, text, dark }) {
  context.clearRect(0, 0, width, height);
  context.font = "11px system-ui, sans-serif";
  context.strokeStyle = context.fillStyle = text;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(place.low, place.high, log)) {
    const y = Math.round(place.y(tick)) + 0.5;
    context.globalAlpha = 0.16;
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(width - RIGHT, y);
    context.stroke();
    context.globalAlpha = 1;
    context.fillText(brief(tick), LEFT - 6, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const room = Math.max(2, Math.floor((width - LEFT - RIGHT) / 60));
  const at = ticks(place.left, place.right).filter((tick) => Number.isInteger(tick)),
    every = Math.ceil(at.length / room);
  for (const tick of at.filter((_, n) => n % every === 0))
    context.fillText(String(tick), place.x(tick), height - BELOW + 6);
  lines.forEach((line, n) => {
    const { color, dash, width: thick } = lineStyle(line, n, dark),
      many = line.values.length >= 10;
    const paths = many ? [[smoothed(line.values), thick, dash, 1]] : [[line.values, thick, dash, 1]];
    if (many && lines.length === 1) paths.unshift([line.values, 1, [], 0.5]);
    context.strokeStyle = context.fillStyle = color;
    for (const [values, lineWidth, dashes, alpha] of paths) {
      context.lineWidth = lineWidth;
      context.globalAlpha = alpha;
      context.setLineDash(dashes);
      context.beginPath();
      values.forEach((value, i) => {
        if (!log || value > 0) context.lineTo(place.x(line.steps[i]), place.y(value));
      });
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    const ends = paths[paths.length - 1][0],
      last = ends[ends.length - 1];
    if (!ends.length || (log && last <= 0)) return;
    const x = place.x(line.steps[line.steps.length - 1]),
      y = place.y(last);
    if (line.values.length < 3) context.fillRect(x - 3, y - 3, 6, 6);
    if (lines.length > 1) {
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.font = "600 11px system-ui, sans-serif";
      context.fillText(String(n + 1), x + 4 + (n % 2 ? 8 : 0), y); // side by side where two lines end together
    }
  });
}

/** The step that is read: an upright line, and a dot on each curve. */
export function drawReading(context, lines, place, step, { height, log, text, dark }) {
  const x = Math.round(place.x(step)) + 0.5;
  context.strokeStyle = text;
  context.lineWidth = 1;
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, TOP);
  context.lineTo(x, height - BELOW);
  context.stroke();
  lines.forEach((line, n) => {
    const value = line.values[nearest(line.steps, step)];
    if (value === undefined || (log && value <= 0)) return;
    context.fillStyle = lineStyle(line, n, dark).color;
    context.beginPath();
    context.arc(place.x(line.steps[nearest(line.steps, step)]), place.y(value), 3.5, 0, 2 * Math.PI);
    context.fill();
  });
}
