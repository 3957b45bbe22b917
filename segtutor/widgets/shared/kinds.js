// @ts-check
/**
 * Two regions or segmentations compared: each kind of pixel has a colour (Okabe and Ito's, which people with any colour
 * deficiency tell apart) and a pattern, the same as in segtutor/show/score_parts.py. The picture is grey beneath.
 */

export const KINDS = { bare: 0, matched: 1, pale: 2, missed: 3, false: 4, ignored: 5, void: 6 };
const COLORS = [null, [0, 114, 178], [0, 114, 178], [230, 159, 0], [172, 70, 130], [120, 120, 120], [128, 128, 128]];
const SHARES = [0, 0.75, 0.3, 0.6, 0.6, 0.6, 0.45];
const pack = (r, g, b) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0; // as a Uint32 over RGBA bytes, little-endian

/** For each kind the colour over each of the 256 greys of the ground. */
const OVER = COLORS.map((color, kind) =>
  Uint32Array.from({ length: 256 }, (_, grey) =>
    color
      ? pack(...color.map((part) => Math.round((1 - SHARES[kind]) * grey + SHARES[kind] * part)))
      : pack(grey, grey, grey),
  ),
);
const DARK = pack(20, 20, 20),
  WHITE = pack(255, 255, 255);
const MISSED = pack(...COLORS[3].map((part) => Math.round(0.35 * part)));
const FALSE = pack(...COLORS[4].map((part) => Math.round(0.25 * part + 0.75 * 255)));
const VOID_DARK = pack(25, 25, 25),
  FAR = 240; // a multiple of 10 larger than a tile: keeps x - y positive

/** The pattern's colour at canvas pixel (x, y), 0 = none there. */
const PATTERNS = [
  null,
  null,
  null,
  (x, y) => ((x - y + FAR) % 10 < 3 ? MISSED : 0),
  (x, y) => ((x - y + FAR) % 10 < 2 || (x + y) % 10 < 2 ? FALSE : 0),
  (x, y) => (x % 8 < 3 && y % 8 < 3 ? WHITE : 0),
  (x, y) => ((x + y) % 12 < 2 ? VOID_DARK : (x + y) % 12 < 4 ? WHITE : 0),
];

/** Each pattern as a tile, drawn once: 120 is a multiple of all periods. */
const TILE = 120;
const TILES = PATTERNS.map(
  (pattern) => pattern && Uint32Array.from({ length: TILE * TILE }, (_, n) => pattern(n % TILE, Math.floor(n / TILE))),
);

/** The pale grey ground under all kinds, one byte a pixel of the RGBA picture. */
export function greyGround(image) {
  const ground = new Uint8Array(image.length / 4);
  for (let i = 0; i < ground.length; i++) {
    ground[i] = 0.6 * (0.299 * image[4 * i] + 0.587 * image[4 * i + 1] + 0.114 * image[4 * i + 2]) + 0.4 * 255;
  }
  return ground;
}

/**
 * Paints the kind of each pixel with `scale` x `scale` canvas pixels, and a dark line between two regions.
 *
 * @param {Uint32Array} out the canvas pixels
 * @param {number} scale
 * @param {number[]} size H, W
 * @param {Uint8Array} ground see greyGround
 * @param {Uint8Array} kinds H * W values of KINDS
 * @param {ArrayLike<number>} regions H * W numbers; a line is drawn where they change
 */
export function paintKinds(out, scale, [H, W], ground, kinds, regions) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    const tileRow = (y % TILE) * TILE;
    for (let x = 0; x < W; x++, i++) {
      const kind = kinds[i],
        plain = OVER[kind][ground[i]],
        tile = TILES[kind];
      const left = x > 0 && regions[i - 1] !== regions[i],
        above = y > 0 && regions[i - W] !== regions[i];
      if (scale === 1) {
        // a large picture: twice as fast without the inner loops
        out[i] = left || above ? DARK : tile === null ? plain : tile[tileRow + (x % TILE)] || plain;
        continue;
      }
      for (let row = y * scale, dy = 0; dy < scale; dy++, row++) {
        for (let column = x * scale, dx = 0; dx < scale; dx++, column++) {
          out[row * width + column] =
            (left && dx === 0) || (above && dy === 0) ? DARK : tile?.[(row % TILE) * TILE + (column % TILE)] || plain;
        }
      }
    }
  }
}

/** A dark line with a white one on each side around the pixels of a region: what is selected, on any ground. */
export function paintRim(out, scale, [H, W], regions, id) {
  const width = W * scale,
    height = H * scale;
  let [top, bottom, left, right] = [H, -1, W, -1]; // its box: outside of it there is nothing to draw
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      if (regions[i] !== id) continue;
      if (y < top) top = y;
      bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  const at = (x, y) => regions[Math.floor(y / scale) * W + Math.floor(x / scale)] === id;
  for (let y = top * scale; y < (bottom + 1) * scale; y++) {
    for (let x = left * scale; x < (right + 1) * scale; x++) {
      if (!at(x, y)) continue;
      for (const far of [1, 3, 4]) {
        const edge =
          x < far ||
          y < far ||
          x >= width - far ||
          y >= height - far ||
          !at(x - far, y) ||
          !at(x + far, y) ||
          !at(x, y - far) ||
          !at(x, y + far);
        if (!edge) continue;
        out[y * width + x] = far === 3 ? DARK : WHITE;
        break;
      }
    }
  }
}

/** A small picture of a kind for a legend, 26 x 14, as a canvas element that no screen reader is told of. */
export function swatch(kind) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height, canvas.className] = [26, 14, "segtutor-kind"];
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(26, 14);
  const flat = new Uint8Array(26 * 14);
  paintKinds(new Uint32Array(pixels.data.buffer), 1, [14, 26], flat.slice().fill(230), flat.fill(kind), flat);
  context.putImageData(pixels, 0, 0);
  return canvas;
}
