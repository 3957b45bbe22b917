// @ts-check
/**
 * PNG to pixels without a canvas.
 *
 * Some browsers give a page noise where it reads a canvas, lest it recognise the machine by it: Firefox with
 * `privacy.resistFingerprinting` (so Tor Browser and LibreWolf) in every pixel, others in a bit here and there. A picture
 * would be spoiled, and segments, whose numbers travel as pictures, would be lost.
 *
 * Source: PNG Specification (Third Edition), W3C 2025, sections 5.3 (chunks), 7.2 (rows) and 9 (filters).
 */
import { inflate } from "./unpack.js";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10],
  FIRST_CHUNK = 8,
  ABOUT_CHUNK = 8,
  CHECKSUM = 4;
const CHANNELS = { 2: 3, 6: 4 }; // of the colour types RGB and RGBA

/**
 * @param {Uint8Array} png
 * @returns {Promise<Uint8ClampedArray> | null} H * W * 4 bytes RGBA; null where the file is another than the package
 *   makes (8 bits, RGB or RGBA, not interlaced, of this size), or where the browser has no DecompressionStream
 */
export function decodePng(png, [height, width]) {
  if (!globalThis.DecompressionStream || png.length < 33 || SIGNATURE.some((byte, n) => png[n] !== byte)) return null;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [wide, high] = [view.getUint32(16), view.getUint32(20)],
    [depth, type, , , interlaced] = png.subarray(24, 29);
  if (wide !== width || high !== height || depth !== 8 || interlaced || !CHANNELS[type]) return null;
  const parts = [];
  for (let at = FIRST_CHUNK; at + ABOUT_CHUNK <= png.length; ) {
    const length = view.getUint32(at),
      name = String.fromCharCode(...png.subarray(at + 4, at + ABOUT_CHUNK));
    if (name === "IDAT") parts.push(png.subarray(at + ABOUT_CHUNK, at + ABOUT_CHUNK + length));
    at += ABOUT_CHUNK + length + CHECKSUM;
  }
  return inflate(new Blob(parts)).then((rows) =>
    opaque(unfiltered(rows, height, width * CHANNELS[type], CHANNELS[type]), CHANNELS[type]),
  );
}

/** The rows without their filters: each byte was stored as its difference from what its neighbours foretell. */
function unfiltered(rows, height, line, channels) {
  const out = new Uint8Array(height * line),
    first = new Uint8Array(line);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (line + 1)],
      stored = rows.subarray(y * (line + 1) + 1, (y + 1) * (line + 1));
    const row = out.subarray(y * line, (y + 1) * line),
      above = y ? out.subarray((y - 1) * line, y * line) : first;
    for (let i = 0; i < line; i++) {
      const a = i < channels ? 0 : row[i - channels],
        b = above[i];
      let foretold = 0;
      if (filter === 1) foretold = a;
      else if (filter === 2) foretold = b;
      else if (filter === 3) foretold = (a + b) >> 1;
      else if (filter === 4) {
        // Paeth: the neighbour nearest to left + above - corner
        const c = i < channels ? 0 : above[i - channels],
          left = Math.abs(b - c),
          up = Math.abs(a - c),
          corner = Math.abs(a + b - 2 * c);
        foretold = left <= up && left <= corner ? a : up <= corner ? b : c;
      }
      row[i] = stored[i] + foretold;
    }
  }
  return out;
}

function opaque(pixels, channels) {
  if (channels === 4) return new Uint8ClampedArray(pixels.buffer);
  const out = new Uint8ClampedArray((pixels.length / 3) * 4);
  for (let i = 0, j = 0; i < pixels.length; j++) {
    out[j++] = pixels[i++];
    out[j++] = pixels[i++];
    out[j++] = pixels[i++];
    out[j] = 255;
  }
  return out;
}
