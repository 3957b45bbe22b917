// @ts-check
/** Weights and directions of the networks by name, from float32 numbers that lie one after the other. */

/**
 * @param {Record<string, {start: number, dims: number[]}>} places counted in numbers @param {ArrayBuffer} buffer
 * @returns {Record<string, {dims: number[], data: Float32Array}>}
 */
export const namedArrays = (places, buffer) =>
  Object.fromEntries(
    Object.entries(places).map(([name, { start, dims }]) => [
      name,
      {
        dims,
        data: new Float32Array(
          buffer,
          4 * start,
          dims.reduce((a, b) => a * b, 1),
        ),
      },
    ]),
  );
