// @ts-check
/**
 * The sigmoid for a million numbers: from a table of its values at multiples of 1/64, and two terms of the Taylor series.
 *
 *     s(x + d) = s + d s (1 - s) (1 + d (1/2 - s)) + R,   |R| <= |d|^3 / 6 s (1 - s),   |d| <= 1/128
 *
 * R is less than 1e-7 of s: what rounding to float32 takes away anyhow. Half the time of an exponential.
 */
const FAR = 32,
  STEPS = 64; // beyond FAR float32 has 1, or less than 2e-14
const VALUES = Float64Array.from({ length: 2 * FAR * STEPS + 1 }, (_, n) => 1 / (1 + Math.exp(FAR - n / STEPS)));

/** Sigmoid of (1 - weight) * upper + weight * lower, rounded to float32 before; count of them, into `out` from `start` on. */
export function sigmoidBetween(upper, lower, weight, count, out, start) {
  for (let x = 0; x < count; x++) {
    const logit = Math.fround((1 - weight) * upper[x] + weight * lower[x]);
    if (logit > -FAR && logit < FAR) {
      const n = ((logit + FAR) * STEPS + 0.5) | 0,
        d = logit + FAR - n / STEPS,
        s = VALUES[n];
      out[start + x] = s + d * s * (1 - s) * (1 + d * (0.5 - s));
    } else out[start + x] = 1 / (1 + Math.exp(-logit));
  }
}
