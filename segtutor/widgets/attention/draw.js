// @ts-check
/** Canvases of AttentionExplorer: heat in cells over a grey picture, the border of a mask, points, a matrix. */
import { element } from "../shared/canvas.js";
import { HEAT_SCALE, paintCodes } from "../shared/heat.js";
import { border } from "./maps.js";

const LINEAR = Float32Array.from({ length: 256 }, (_, code) => code / 255);
// Okabe and Ito's colours, with a shape each: square, triangle, circle, diamond; coarse to fine as in figures.
export const MARKS = [
  [0, 114, 178],
  [213, 94, 0],
  [240, 228, 66],
  [204, 121, 167],
];

/** A canvas that shows H x W pixels, each as a sharp square; `zoom`: canvas pixels for each pixel of the screen. */
export function stage([H, W]) {
  const scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const scratch = element("canvas", { width: W, height: H }),
    small = scratch.getContext("2d");
  const pixels = small.createImageData(W, H),
    context = canvas.getContext("2d");
  return {
    canvas,
    context,
    scale,
    H,
    W,
    zoom: 1,
    out: new Uint32Array(pixels.data.buffer),
    /** Brings `out` onto the canvas. */
    flush() {
      small.putImageData(pixels, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(scratch, 0, 0, canvas.width, canvas.height);
    },
  };
}

/** Weights as colours from dark blue (0) to yellow (the largest), each cell as a block. */
export function paintWeights(out, ground, cells, weights, largest) {
  const scale = largest > 0 ? 255 / largest : 0;
  paintCodes(
    out,
    ground,
    Uint8Array.from(weights, (weight) => weight * scale + 0.5),
    cells,
    LINEAR,
  );
}

/** What the colours mean: from 0 to what `most` says. */
export function ramp() {
  const colors = element("i", { "aria-hidden": "true" }),
    most = element("span");
  colors.style.background = HEAT_SCALE;
  return { most, node: element("p", { class: "segtutor-scale" }, element("span", {}, "0"), colors, most) };
}

/** A white line with a dark rim. */
function stroke(context, zoom, dash = []) {
  context.lineJoin = "round";
  context.setLineDash(dash.map((one) => one * zoom));
  for (const [width, color] of [
    [4, "#000"],
    [2, "#fff"],
  ]) {
    context.lineWidth = Number(width) * zoom;
    context.strokeStyle = color;
    context.stroke();
  }
  context.setLineDash([]);
}

/** How wide and high a cell is on the canvas. */
const cellSize = ({ canvas }, { size, step }, [down, across]) => [
  (canvas.width * step) / (size[1] * across),
  (canvas.height * step) / (size[0] * down),
];

/** Draws where the mask ends; inside: see LayerMaps. */
export function drawBorder(on, maps, extent, inside) {
  const [w, h] = cellSize(on, maps, extent);
  on.context.beginPath();
  for (const [x1, y1, x2, y2] of border(inside, maps.grid)) {
    on.context.moveTo(x1 * w, y1 * h);
    on.context.lineTo(x2 * w, y2 * h);
  }
  stroke(on.context, on.zoom);
}

/** A dashed frame and a word at the upper edge: nothing limits this query, and why. */
export function drawEverywhere({ canvas, context, zoom }, words) {
  const inset = 4 * zoom;
  context.beginPath();
  context.rect(inset, inset, canvas.width - 2 * inset, canvas.height - 2 * inset);
  stroke(context, zoom, [10, 7]);
  label(context, zoom, words, canvas.width / 2, 18 * zoom);
}

/** A frame around one cell. */
export function drawCell(on, size, extent, row, column) {
  const [w, h] = cellSize(on, { size, step: 1 }, extent);
  on.context.beginPath();
  on.context.rect(column * w, row * h, w, h);
  stroke(on.context, 0.6 * on.zoom);
}

function label(context, zoom, words, x, y) {
  context.font = `600 ${13 * zoom}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4 * zoom;
  context.strokeStyle = "#000";
  context.fillStyle = "#fff";
  context.strokeText(words, x, y);
  context.fillText(words, x, y);
}

/** The picture, lightened, so that marks stand out on any colour. */
export function paintLight(out, image) {
  for (let i = 0; i < out.length; i++) {
    const [r, g, b] = [0, 1, 2].map((channel) => 0.55 * image[4 * i + channel] + 115);
    out[i] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
}

/** Sampling points, the heaviest below; one outside the picture is a hollow mark at its edge. Returns how many are. */
export function drawPoints({ canvas, context, zoom }, points, [down, across]) {
  let outside = 0;
  for (const { level, weight, ...at } of [...points].sort((a, b) => b.weight - a.weight)) {
    const x = at.x / across,
      y = at.y / down,
      out = x < 0 || y < 0 || x > 1 || y > 1;
    outside += Number(out);
    const radius = zoom * (2.5 + 14 * Math.sqrt(weight)),
      within = (at, length) => Math.min(length - radius, Math.max(radius, at * length));
    shape(
      context,
      level,
      out ? within(x, canvas.width) : x * canvas.width,
      out ? within(y, canvas.height) : y * canvas.height,
      radius,
    );
    ink(context, level, 1.2 * zoom, !out);
  }
  return outside;
}

/** The mark of a map for a legend, on the ground that it has on the picture. */
export function markOf(level) {
  const canvas = element("canvas", { width: 40, height: 40, class: "segtutor-mark", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ddd";
  context.fillRect(0, 0, 40, 40);
  shape(context, level, 20, 20, 12);
  ink(context, level, 2.4, true);
  return canvas;
}

function ink(context, level, width, filled) {
  if (filled) {
    context.fillStyle = `rgb(${MARKS[level % MARKS.length].join(",")})`;
    context.fill();
  }
  context.lineWidth = width;
  context.strokeStyle = "#000";
  context.stroke();
}

function shape(context, level, x, y, r) {
  context.beginPath();
  const corners = [
    [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ],
    [
      [0, -1.2],
      [1.1, 0.8],
      [-1.1, 0.8],
    ],
    null,
    [
      [0, -1.3],
      [1.3, 0],
      [0, 1.3],
      [-1.3, 0],
    ],
  ];
  const found = corners[level % corners.length];
  if (!found) return context.arc(x, y, r, 0, 2 * Math.PI);
  found.forEach(([dx, dy], n) => context[n ? "lineTo" : "moveTo"](x + 0.9 * r * dx, y + 0.9 * r * dy));
  context.closePath();
}

/** Queries at queries: rows look at columns; `colors` at the upper and left edge; all in the order given. */
export function paintMatrix({ out, W }, rows, order, largest, colors) {
  const ground = new Uint8Array(order.length),
    places = Int32Array.from(order),
    scale = largest > 0 ? 255 / largest : 0;
  const line = new Uint32Array(order.length);
  const rgb = ([r, g, b]) => 0xff000000 | (b << 16) | (g << 8) | r;
  out[0] = rgb([255, 255, 255]);
  order.forEach((query, n) => {
    out[n + 1] = out[(n + 1) * W] = rgb(colors[query]);
    paintCodes(
      line,
      ground,
      Uint8Array.from(rows(query), (weight) => weight * scale + 0.5),
      places,
      LINEAR,
    );
    out.set(line, (n + 1) * W + 1);
  });
}

/** Frames a row of the matrix, a column more thinly, and lines between groups. */
export function drawMatrix({ canvas, context, zoom, W }, row, groups) {
  const cell = canvas.width / W;
  context.beginPath();
  for (const at of groups) {
    for (const [x1, y1, x2, y2] of [
      [at, 0, at, W],
      [0, at, W, at],
    ]) {
      context.moveTo(x1 * cell, y1 * cell);
      context.lineTo(x2 * cell, y2 * cell);
    }
  }
  context.lineWidth = zoom;
  context.strokeStyle = "rgba(255, 255, 255, 0.55)";
  context.stroke();
  if (row === null) return;
  context.beginPath();
  context.rect(0, row * cell, canvas.width, cell);
  stroke(context, 0.75 * zoom);
}
