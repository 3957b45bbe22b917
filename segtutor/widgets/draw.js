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

/** The picture as it is. `out` is a Uint32Array over the canvas pixels. */
export function paintPicture(out, scale, [H, W], image) {
  paintCells(out, scale, H, W, (i) => {
    const color = rgb(image[4 * i], image[4 * i + 1], image[4 * i + 2]);
    return [color, color];
  });
}

/**
 * Segments as colour over the picture, void as grey with diagonal hatching, a dark line between two segments.
 *
 * @param {Int32Array} ids H * W, 0 = void
 * @param {number[][]} colors [r, g, b] by id; colors[0] is not read
 */
export function paintSegments(out, scale, [H, W], image, ids, colors, share = 0.62) {
  paintCells(out, scale, H, W, (i) => {
    const id = ids[i];
    if (id === 0) {
      const tone = 0.5 * grey(image, i);
      return [rgb(tone + 110, tone + 110, tone + 110), rgb(tone + 56, tone + 56, tone + 56)];
    }
    const [r, g, b] = colors[id], rest = 1 - share;
    const color = rgb(share * r + rest * image[4 * i], share * g + rest * image[4 * i + 1], share * b + rest * image[4 * i + 2]);
    return [color, color];
  });
  outline(out, scale, H, W, (i) => ids[i], rgb(20, 20, 20));
}

/**
 * One query's mask over the dimmed picture: coloured where the query also wins the pixel, striped where it lost it to
 * a query with a larger score x probability, with a white contour at the mask threshold.
 *
 * @param {Float32Array} mask H * W probabilities
 * @param {Int16Array | null} winner the query that wins each pixel; null for a query that takes no part
 */
export function paintQuery(out, scale, [H, W], image, mask, threshold, winner, query, color) {
  const [r, g, b] = color;
  paintCells(out, scale, H, W, (i) => {
    const tone = 0.6 * grey(image, i);
    const dim = rgb(tone, tone, tone);
    if (mask[i] < threshold) return [dim, dim];
    const full = rgb(0.7 * r + 0.3 * image[4 * i], 0.7 * g + 0.3 * image[4 * i + 1], 0.7 * b + 0.3 * image[4 * i + 2]);
    return winner && winner[i] === query ? [full, full] : [full, dim];
  });
  outline(out, scale, H, W, (i) => (mask[i] >= threshold ? 1 : 0), rgb(255, 255, 255));
}

/** Fills the canvas from two colours for each pixel, for the light and the dark stripes of a hatching. */
function paintCells(out, scale, H, W, colors) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const [first, second] = colors(i);
      for (let dy = 0; dy < scale; dy++) {
        const row = y * scale + dy;
        for (let dx = 0, column = x * scale; dx < scale; dx++, column++) {
          out[row * width + column] = (column + row) % 8 < 3 ? second : first;
        }
      }
    }
  }
}

/** A line of one canvas pixel on each border between two regions, on the side of the right and the lower one. */
export function outline(out, scale, H, W, region, color) {
  const width = W * scale;
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const here = region(i);
      const corner = y * scale * width + x * scale;
      if (x > 0 && region(i - 1) !== here) for (let d = 0; d < scale; d++) out[corner + d * width] = color;
      if (y > 0 && region(i - W) !== here) for (let d = 0; d < scale; d++) out[corner + d] = color;
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
  const area = new Float64Array(count + 1), sumY = new Float64Array(count + 1);
  for (let i = 0; i < ids.length; i++) {
    area[ids[i]]++;
    sumY[ids[i]] += Math.floor(i / W);
  }
  const places = new Array(count + 1), value = new Float64Array(count + 1).fill(-Infinity);
  for (let y = 0; y < H; y++) {
    for (let x = 0; x < W; ) {
      const id = ids[y * W + x], start = x;
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
