import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decodePicture } from "../../segtutor/widgets/shared/canvas.js";
import { decodePng } from "../../segtutor/widgets/shared/png.js";

const near = (a, b, c) => {
  // the Paeth predictor, as the specification words it
  const p = a + b - c,
    [pa, pb, pc] = [a, b, c].map((one) => Math.abs(p - one));
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};
const PREDICT = [() => 0, (a) => a, (_a, b) => b, (a, b) => (a + b) >> 1, near];

/** A PNG whose row y is filtered by y modulo 5; its compressed bytes in two chunks. rgb: row by row. */
function png(rows, width, channels, { depth = 8, interlaced = 0 } = {}) {
  const line = width * channels,
    filtered = Buffer.concat(
      rows.map((row, y) =>
        Buffer.from([
          y % 5,
          ...row.map((value, i) => {
            const left = i >= channels ? row[i - channels] : 0,
              above = y ? rows[y - 1][i] : 0,
              corner = y && i >= channels ? rows[y - 1][i - channels] : 0;
            return (value - PREDICT[y % 5](left, above, corner)) & 255;
          }),
        ]),
      ),
    );
  assert.equal(filtered.length, rows.length * (line + 1));
  const chunk = (name, data) => {
    const length = Buffer.alloc(4),
      checksum = Buffer.alloc(4); // which nobody reads: the bytes come from Python beside it
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(name), data, checksum]);
  };
  const header = Buffer.alloc(13),
    packed = deflateSync(filtered),
    half = packed.length >> 1;
  header.writeUInt32BE(width);
  header.writeUInt32BE(rows.length, 4);
  header.set([depth, channels === 3 ? 2 : channels === 4 ? 6 : 0, 0, 0, interlaced], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk("IHDR", header),
      chunk("tEXt", Buffer.from("a\0b")),
      chunk("IDAT", packed.subarray(0, half)),
      chunk("IDAT", packed.subarray(half)),
      chunk("IEND", Buffer.alloc(0)),
    ]),
  );
}

let seed = 7;
const number = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24;
const noise = (width, height, channels) =>
  Array.from({ length: height }, () => Array.from({ length: width * channels }, number));

test("every filter and both kinds of pixels come out as they went in, without a canvas", async () => {
  for (const channels of [3, 4]) {
    const rows = noise(13, 11, channels),
      decoded = await decodePicture(png(rows, 13, channels), [11, 13]);
    const expected = rows
      .flatMap((row) =>
        Array.from({ length: 13 }, (_, x) => [
          ...row.slice(channels * x, channels * x + 3),
          channels === 4 ? row[4 * x + 3] : 255,
        ]),
      )
      .flat();
    assert.ok(decoded instanceof Uint8ClampedArray);
    assert.deepEqual([...decoded], expected);
  }
});

test("what the package does not make is left to the browser", () => {
  const rows = noise(4, 3, 3);
  assert.equal(decodePng(png(rows, 4, 3, { depth: 16 }), [3, 4]), null);
  assert.equal(decodePng(png(rows, 4, 3, { interlaced: 1 }), [3, 4]), null);
  assert.equal(decodePng(png(noise(4, 3, 1), 4, 1), [3, 4]), null);
  assert.equal(decodePng(png(rows, 4, 3), [4, 3]), null, "another size than was said");
  assert.equal(decodePng(new Uint8Array([0xff, 0xd8, 0xff]), [3, 4]), null);
  assert.equal(decodePng(new Uint8Array(0), [3, 4]), null);
});
