// @ts-check
/** The bytes of a network in the order in which they were before in_planes of carried.py sorted them. */

const PLANES = 4;

/** @param {Uint8Array} bytes */
export function fromPlanes(bytes) {
  const rows = Math.floor(bytes.length / PLANES),
    out = new Uint8Array(bytes.length);
  for (let plane = 0; plane < PLANES; plane++)
    for (let row = 0, from = plane * rows, to = plane; row < rows; row++, from++, to += PLANES) out[to] = bytes[from];
  out.set(bytes.subarray(rows * PLANES), rows * PLANES);
  return out;
}
