// @ts-check
/** Probabilities as colours from dark blue (0) to yellow (1), the axis that colour deficiencies leave intact. */
import { outlineMask } from "./draw.js";

// Cividis at 0, 1/8, ..., 1, as in segtutor/show/draw.py
const STEPS = [
  [0, 34, 78],
  [26, 56, 111],
  [67, 78, 108],
  [97, 101, 111],
  [125, 124, 120],
  [155, 148, 118],
  [188, 174, 108],
  [222, 201, 88],
  [254, 232, 56],
];
const SHARE = 0.75; // of the heat; the rest is the grey picture
const [RED, GREEN, BLUE] = [0, 1, 2].map((channel) =>
  Float32Array.from({ length: 256 }, (_, value) => {
    const place = (value / 255) * (STEPS.length - 1),
      left = Math.min(Math.floor(place), STEPS.length - 2);
    return SHARE * (STEPS[left][channel] + (place - left) * (STEPS[left + 1][channel] - STEPS[left][channel]));
  }),
);
const WHITE = 0xffffffff;

/** A quarter of the grey of each pixel of an RGBA picture: the ground under a heat map. */
export function heatGround(image) {
  const ground = new Uint8Array(image.length / 4);
  for (let i = 0; i < ground.length; i++)
    ground[i] = (1 - SHARE) * (0.299 * image[4 * i] + 0.587 * image[4 * i + 1] + 0.114 * image[4 * i + 2]);
  return ground;
}

// Ground and heat are whole numbers that add up to less than 256 in each channel: one sum mixes all three.
const HEAT = Int32Array.from(
  { length: 256 },
  (_, heat) => 0xff000000 | (BLUE[heat] << 16) | (GREEN[heat] << 8) | RED[heat],
);
const mixed = (heat, ground) => (HEAT[heat] + 0x010101 * ground) | 0;

/** Paints H * W probabilities, with a white line where they cross `threshold`. `out`: see draw.js. */
export function paintHeat(out, scale, [H, W], ground, probabilities, threshold) {
  if (scale === 1) return void paintLargeHeat(out, H, W, ground, probabilities, threshold);
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    const row = y * scale * width;
    for (let x = 0; x < W; x++, i++) {
      const color = mixed((255 * probabilities[i]) | 0, ground[i]);
      for (let dx = 0, start = row + x * scale; dx < scale; dx++) out[start + dx] = color;
    }
    for (let dy = 1; dy < scale; dy++) out.copyWithin(row + dy * width, row, row + width);
  }
  outlineMask(out, scale, H, W, probabilities, threshold, WHITE);
}

/** The same for a large picture, heat and line in one pass. */
function paintLargeHeat(out, H, W, ground, probabilities, threshold) {
  const above = new Uint8Array(W); // which pixels of the row above are inside
  for (let y = 0, i = 0; y < H; y++) {
    let left = probabilities[i] >= threshold ? 1 : 0;
    for (let x = 0; x < W; x++, i++) {
      const share = probabilities[i],
        inside = share >= threshold ? 1 : 0;
      out[i] = inside !== left || (y > 0 && inside !== above[x]) ? WHITE : mixed((255 * share) | 0, ground[i]);
      left = above[x] = inside;
    }
  }
}

/** The colour of each of the 256 codes of a layer, before the ground; `levels`: the logits that they stand for. */
export const codeColors = (levels) =>
  Int32Array.from(levels, (level) => HEAT[(255 * Math.fround(1 / (1 + Math.exp(-level)))) | 0]);

/** Paints a small map: the codes from `start` on, read at `places`. colors: codeColors; ground: its byte thrice in a number. */
export function paintCells(out, ground, codes, start, places, colors) {
  for (let i = 0; i < out.length; i++) out[i] = colors[codes[start + places[i]]] + ground[i];
}

/** Paints the codes of a small map; `shares`: the probability of each of the 256 codes. */
export function paintCodes(out, ground, codes, places, shares) {
  const heats = Uint8Array.from(shares, (share) => 255 * share);
  for (let i = 0; i < out.length; i++) out[i] = mixed(heats[codes[places[i]]], ground[i]);
}

/** A scale of the colours, as a CSS background. */
export const HEAT_SCALE = `linear-gradient(90deg, ${STEPS.map((color) => `rgb(${color.join(",")})`).join(", ")})`;
