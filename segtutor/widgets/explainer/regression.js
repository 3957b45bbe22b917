// @ts-check
/**
 * Softmax regression on features that stay as they are: what strokes teach in the page.
 *
 *     minimise over W (D, K), b (K):   sum_i w_i · −log softmax(W' x_i + b)[y_i]  +  λ/2 · |W|²        the w_i add up to 1
 *
 * Convex, so there is one answer, whoever finds it. Found here by L-BFGS (Nocedal and Wright, Numerical Optimization,
 * 2nd ed., algorithm 7.4 and 7.5), with steps halved until the sum falls enough.
 */
const MEMORY = 10,
  ENOUGH = 1e-4; // Armijo: the part of the promised descent that a step must keep

/**
 * @param {Float32Array} features (N, D), one row a sample @param {Uint8Array} labels (N), 0 .. K-1
 * @param {Float64Array} weights (N), which add up to 1 @param {number} classes K
 * @param {{lambda: number, tolerance?: number, most?: number}} settings tolerance: of the largest number of the gradient
 * @returns {{matrix: Float64Array, bias: Float64Array, loss: number, steps: number}} matrix: (K, D)
 */
export function learn(features, labels, weights, classes, { lambda, tolerance = 1e-5, most = 300 }) {
  const N = labels.length,
    D = features.length / N,
    size = classes * (D + 1);
  let at = new Float64Array(size),
    { loss, gradient } = value(at);
  /** @type {{step: Float64Array, turn: Float64Array, scale: number}[]} */
  const memory = [];
  let steps = 0;
  for (; steps < most && largest(gradient) > tolerance; steps++) {
    const way = downhill(gradient, memory),
      slope = dot(gradient, way);
    let length = memory.length ? 1 : 1 / Math.max(1, largest(gradient)),
      next,
      found;
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      next = at.map((one, n) => one + length * way[n]);
      found = value(next);
      if (found.loss <= loss + ENOUGH * length * slope) break;
    }
    if (!(found.loss < loss)) break; // as near as float64 comes
    const step = way.map((one) => length * one),
      turn = found.gradient.map((one, n) => one - gradient[n]),
      product = dot(step, turn);
    if (product > 1e-14) memory.push({ step, turn, scale: 1 / product });
    if (memory.length > MEMORY) memory.shift();
    [at, loss, gradient] = [next, found.loss, found.gradient];
  }
  return { matrix: at.slice(0, classes * D), bias: at.slice(classes * D), loss, steps };

  function value(point) {
    const slopes = new Float64Array(size),
      scores = new Float64Array(classes);
    let total = 0;
    for (let i = 0; i < N; i++) {
      const row = i * D;
      let highest = -Infinity;
      for (let k = 0; k < classes; k++) {
        let sum = point[classes * D + k];
        for (let d = 0, w = k * D; d < D; d++, w++) sum += point[w] * features[row + d];
        scores[k] = sum;
        highest = Math.max(highest, sum);
      }
      let powers = 0;
      for (let k = 0; k < classes; k++) powers += Math.exp(scores[k] - highest);
      total += weights[i] * (highest + Math.log(powers) - scores[labels[i]]);
      for (let k = 0; k < classes; k++) {
        const error = weights[i] * (Math.exp(scores[k] - highest) / powers - (labels[i] === k ? 1 : 0));
        slopes[classes * D + k] += error;
        for (let d = 0, w = k * D; d < D; d++, w++) slopes[w] += error * features[row + d];
      }
    }
    for (let w = 0; w < classes * D; w++) {
      total += (lambda / 2) * point[w] ** 2;
      slopes[w] += lambda * point[w];
    }
    return { loss: total, gradient: slopes };
  }
}

/** (N, D) features -> logits, class after class: (K, N). @param {Float32Array} features @param {Record<string, any>} learned */
export function predict(features, learned) {
  const { matrix, bias } = learned,
    classes = bias.length,
    D = matrix.length / classes,
    N = features.length / D,
    out = new Float32Array(classes * N);
  for (let k = 0; k < classes; k++)
    for (let i = 0; i < N; i++) {
      let sum = bias[k];
      for (let d = 0, w = k * D, x = i * D; d < D; d++, w++, x++) sum += matrix[w] * features[x];
      out[k * N + i] = sum;
    }
  return out;
}

const dot = (a, b) => {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += a[n] * b[n];
  return sum;
};
const largest = (values) => values.reduce((most, one) => Math.max(most, Math.abs(one)), 0);

/** The two-loop recursion: minus the gradient, times what the last steps say of the curvature. */
function downhill(gradient, memory) {
  const way = gradient.map((one) => -one),
    parts = [];
  for (let m = memory.length - 1; m >= 0; m--) {
    const { step, turn, scale } = memory[m],
      part = scale * dot(step, way);
    parts[m] = part;
    for (let n = 0; n < way.length; n++) way[n] -= part * turn[n];
  }
  const newest = memory.at(-1);
  if (newest) {
    const factor = 1 / (newest.scale * dot(newest.turn, newest.turn));
    for (let n = 0; n < way.length; n++) way[n] *= factor;
  }
  memory.forEach(({ step, turn, scale }, m) => {
    const part = parts[m] - scale * dot(turn, way);
    for (let n = 0; n < way.length; n++) way[n] += part * step[n];
  });
  return way;
}
