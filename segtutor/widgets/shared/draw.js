// @ts-check
/**
 * Pictures from arrays. Every pixel written is opaque, so a picture is the same in the light and the dark theme.
 *
 * A picture of H x W pixels is drawn with `scale` x `scale` canvas pixels for each of its own: small pictures stay
 * sharp squares, and contours and hatching stay thin.
 */

const OPAQUE = 0xff000000;
const rgb = (r, g, b) => OPAQUE | (b << 16) | (g << 8) | r; // as a Uint32 over RGBA bytes, little-endian

/** Grey value of pixel i of an RGBA picture, 0..255. */
const grey = (image, i) => 0.3 * image[4 * i] + 0.59 * image[4 * i + 1] + 0.11 * image[4 * i + 2];

// Colours of the pixels of a picture for the light and the dark stripes of a hatching, and the region of each: made anew
// with every picture, so they are kept. Plain loops over typed arrays: a function a pixel would cost half a frame.
let light = new Uint32Array(0),
  dark = light,
  region = new Uint8Array(0);
function makeRoom(count) {
  if (light.length !== count)
    [light, dark, region] = [new Uint32Array(count), new Uint32Array(count), new Uint8Array(count)];
}
/** part * 0, part * 1, ..., part * 255 */
const parts = (part) => Float64Array.from({ length: 256 }, (_, value) => part * value);

/** The picture as it is. `out` is a Uint32Array over the canvas pixels. */
export function paintPicture(out, scale, [H, W], image) {
  makeRoom(H * W);
  for (let i = 0; i < light.length; i++) light[i] = rgb(image[4 * i], image[4 * i + 1], image[4 * i + 2]);
  enlarge(out, scale, H, W, light, light);
}

/**
 * Segments as colour over the picture, void as grey with diagonal hatching, a dark line between two segments.
 *
 * @param {Int32Array} ids H * W, 0 = void
 * @param {number[][]} colors [r, g, b] by id; colors[0] is not read
 */
export function paintSegments(out, scale, [H, W], image, ids, colors, share = 0.62) {
  makeRoom(H * W);
  const rest = parts(1 - share),
    [reds, greens, blues] = [0, 1, 2].map((c) => Float64Array.from(colors, (color) => (color ? share * color[c] : 0)));
  for (let i = 0; i < light.length; i++) {
    const id = ids[i];
    if (id === 0) {
      const tone = 0.5 * grey(image, i);
      light[i] = rgb(tone + 110, tone + 110, tone + 110);
      dark[i] = rgb(tone + 56, tone + 56, tone + 56);
    } else
      light[i] = dark[i] = rgb(
        reds[id] + rest[image[4 * i]],
        greens[id] + rest[image[4 * i + 1]],
        blues[id] + rest[image[4 * i + 2]],
      );
  }
  enlarge(out, scale, H, W, light, dark);
  outline(out, scale, H, W, ids, rgb(20, 20, 20));
}

/**
 * One query's mask over the dimmed picture: coloured where the query also wins the pixel, striped where it lost it to
 * a query with a larger score x probability, with a white contour at the mask threshold.
 *
 * @param {Float32Array} mask H * W probabilities
 * @param {Int16Array | null} winner the query that wins each pixel; null for a query that takes no part
 */
export function paintQuery(out, scale, [H, W], image, mask, threshold, winner, query, color) {
  makeRoom(H * W);
  const [r, g, b] = color.map((part) => 0.7 * part),
    rest = parts(0.3);
  for (let i = 0; i < light.length; i++) {
    const tone = 0.6 * grey(image, i),
      dim = rgb(tone, tone, tone);
    region[i] = mask[i] >= threshold ? 1 : 0;
    light[i] = region[i] ? rgb(r + rest[image[4 * i]], g + rest[image[4 * i + 1]], b + rest[image[4 * i + 2]]) : dim;
    dark[i] = winner !== null && winner[i] === query ? light[i] : dim;
  }
  enlarge(out, scale, H, W, light, dark);
  outline(out, scale, H, W, region, rgb(255, 255, 255));
}

/** A white (or other) line where probabilities cross a threshold. */
export function outlineMask(out, scale, H, W, mask, threshold, color) {
  makeRoom(H * W);
  for (let i = 0; i < region.length; i++) region[i] = mask[i] >= threshold ? 1 : 0;
  outline(out, scale, H, W, region, color);
}

/** Fills the canvas: each pixel as scale x scale of its own, in the light colour or, in the stripes, in the dark one. */
function enlarge(out, scale, H, W, first, second) {
  const width = W * scale;
  if (scale === 1) {
    // a large picture: twice as fast without the inner loops
    for (let y = 0, i = 0; y < H; y++)
      for (let x = 0; x < W; x++, i++) out[i] = ((x + y) & 7) < 3 ? second[i] : first[i];
    return;
  }
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      for (let dy = 0, row = y * scale; dy < scale; dy++, row++) {
        for (let dx = 0, column = x * scale; dx < scale; dx++, column++) {
          out[row * width + column] = ((column + row) & 7) < 3 ? second[i] : first[i];
        }
      }
    }
  }
}

/** A line of one canvas pixel on each border between two regions (H * W numbers), on the side of the right and the lower one. */
export function outline(out, scale, H, W, regions, color) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const here = regions[i],
        left = x > 0 && regions[i - 1] !== here,
        above = y > 0 && regions[i - W] !== here;
      if (!left && !above) continue;
      const corner = y * scale * width + x * scale;
      if (left) for (let d = 0; d < scale; d++) out[corner + d * width] = color;
      if (above) for (let d = 0; d < scale; d++) out[corner + d] = color;
    }
  }
}

/**
 * A place for each segment's name: the middle of a long horizontal run of its pixels near its centre.
 *
 * @returns {{x: number, y: number, room: number, area: number}[]} by id from 1, in pixels of the picture; undefined
 *   for an id without pixels. `room` is the length of the run.
 */
export function labelPlaces(ids, [H, W], count) {
  const area = new Float64Array(count + 1),
    sumY = new Float64Array(count + 1);
  for (let y = 0, i = 0; y < H; y++) {
    for (const end = i + W; i < end; i++) {
      area[ids[i]]++;
      sumY[ids[i]] += y;
    }
  }
  const places = new Array(count + 1),
    value = new Float64Array(count + 1).fill(-Infinity);
  for (let y = 0; y < H; y++) {
    for (let x = 0; x < W; ) {
      const id = ids[y * W + x],
        start = x;
      while (x < W && ids[y * W + x] === id) x++;
      const worth = x - start - Math.abs(y - sumY[id] / area[id]);
      if (id > 0 && worth > value[id]) {
        value[id] = worth;
        places[id] = { x: (start + x) / 2, y: y + 0.5, room: x - start, area: area[id] };
      }
    }
  }
  return places;
}

/**
 * Writes names over the picture, white with a dark rim; a name that finds no room is left out.
 * `zoom`: canvas pixels for each pixel of the screen, so that names stay readable on a canvas shown smaller than it is.
 */
export function writeNames(context, scale, zoom, places, names) {
  context.font = `600 ${13 * zoom}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3 * zoom;
  context.strokeStyle = "rgba(0, 0, 0, 0.8)";
  context.fillStyle = "#fff";
  const taken = [];
  places.forEach((place, id) => {
    if (!place) return;
    const half = context.measureText(names[id]).width / 2;
    const [x, y] = [place.x * scale, place.y * scale];
    if (2 * half > 1.25 * zoom * place.room * scale || place.area * scale * scale < 300 * zoom) return;
    if (taken.some((other) => Math.abs(other.x - x) < half + other.half && Math.abs(other.y - y) < 15 * zoom)) return;
    const inside = Math.min(Math.max(x, half + 2), context.canvas.width - half - 2);
    taken.push({ x: inside, y, half });
    context.strokeText(names[id], inside, y);
    context.fillText(names[id], inside, y);
  });
}
