// @ts-check
/**
 * One number of a network, computed again from the tensors before it, with all its terms: what an opened box shows.
 *
 * Pure functions of tensors {dims, data}; places are cells of a map. Each says which equation of which file it is.
 */

/**
 * The cell of a map that holds a place.
 * @param {number[]} place x, y as shares of the picture @param {number[]} size [w, h]
 */
export const cellAt = ([x, y], [w, h]) => [Math.floor(x * w), Math.floor(y * h)];

/** The channels of a map (1, C, h, w) at a cell. */
export function channelsAt({ dims: [, C, h, w], data }, [x, y]) {
  return Float32Array.from({ length: C }, (_, c) => data[(c * h + y) * w + x]);
}

/** sum of a_c b_c, term by term: mask logit = mask embedding . mask feature (reference/decoders/masked_decoder.py). */
export function dotProduct(a, b) {
  const terms = Float64Array.from(a, (value, c) => value * b[c]);
  return { terms, sum: terms.reduce((total, one) => total + one, 0) };
}

/** Shares from logits, in float64: exp(z - max) / sum. */
export function shares(logits) {
  const most = Math.max(...logits),
    powers = Float64Array.from(logits, (z) => Math.exp(z - most)),
    sum = powers.reduce((total, one) => total + one, 0);
  return { most, powers, sum, shares: powers.map((one) => one / sum) };
}

/**
 * One head's softmax over the cells of a level: reference/layers/attention.py.
 * @param {Record<string, {dims: number[], data: any}>} tensors
 * @returns {{scores: Float64Array, allowed: Uint8Array, powers: Float64Array, sum: number, shares: Float64Array, given: Float32Array}}
 *   scores: q . k / sqrt(d); powers: exp(score - the largest allowed), 0 where the mask forbids; given: what the network says
 */
export function headSoftmax(tensors, layer, head, query, heads) {
  const asked = tensors[`asked_${layer}`],
    keys = tensors[`keys_${layer}`],
    attention = tensors[`attention_${layer}`],
    [, S, C] = keys.dims,
    Q = asked.dims[1],
    d = C / heads;
  const scores = new Float64Array(S),
    allowed = tensors[`may_attend_${layer}`].data.slice(query * S, (query + 1) * S);
  for (let s = 0; s < S; s++) {
    for (let c = head * d; c < (head + 1) * d; c++) scores[s] += asked.data[query * C + c] * keys.data[s * C + c];
    scores[s] /= Math.sqrt(d);
  }
  let most = -Infinity;
  for (let s = 0; s < S; s++) if (allowed[s]) most = Math.max(most, scores[s]);
  const powers = scores.map((score, s) => (allowed[s] ? Math.exp(score - most) : 0)),
    sum = powers.reduce((total, one) => total + one, 0),
    start = (head * Q + query) * S;
  return {
    scores,
    allowed,
    powers,
    sum,
    shares: powers.map((one) => one / sum),
    given: attention.data.slice(start, start + S),
  };
}

/**
 * A convolution of stride 2 with zeros around, at one cell, for one channel: the first one of reference/backbones/resnet.py.
 * @param {{dims: number[], data: any}} given @param {{dims: number[], data: any}} weight @param {{dims: number[], data: any}} stem
 * @param {number} channel @param {number[]} cell
 * @returns {{terms: {given: number, weight: number}[][], sums: number[], sum: number, result: number}} terms: for each input
 *   channel its k * k pairs, row by row; result: what the network says
 */
export function convolutionAt(given, weight, stem, channel, cell, stride = 2) {
  const {
      dims: [, I, H, W],
      data,
    } = given,
    [x, y] = cell;
  const k = weight.dims[3],
    reach = (k - 1) / 2,
    terms = [];
  for (let i = 0; i < I; i++) {
    const part = [];
    for (let v = 0; v < k; v++)
      for (let u = 0; u < k; u++) {
        const row = stride * y + v - reach,
          column = stride * x + u - reach,
          inside = row >= 0 && column >= 0 && row < H && column < W;
        part.push({
          given: inside ? data[(i * H + row) * W + column] : 0,
          weight: weight.data[((channel * I + i) * k + v) * k + u],
        });
      }
    terms.push(part);
  }
  const sums = terms.map((part) => part.reduce((total, one) => total + one.given * one.weight, 0)),
    [, , h, w] = stem.dims;
  return {
    terms,
    sums,
    sum: sums.reduce((total, one) => total + one, 0),
    result: stem.data[(channel * h + y) * w + x],
  };
}

/**
 * One sampling point of deformable attention, for one channel of its head: reference/layers/deformable.py, eq. 3.
 * @param {Record<string, {dims: number[], data: any}>} tensors
 * @param {Record<string, number>} asked {cell, head, level, point, channel, heads}; cell: of all levels, one after the other
 * @param {number[][]} sizes [w, h] of the levels
 * @returns {{at: number[], corners: {x: number, y: number, share: number, value: number}[], read: number, weight: number}}
 *   at: in cells of the level, (0, 0) = middle of its first cell; value: 0 outside of the map
 */
export function samplingPoint(tensors, { cell, head, level, point, channel, heads }, sizes) {
  const { points, point_weights: weights, point_values: values } = tensors,
    [, , , L, P] = points.dims,
    C = values.dims[2],
    [w, h] = sizes[level],
    first = sizes.slice(0, level).reduce((sum, [a, b]) => sum + a * b, 0);
  const place = ((cell * heads + head) * L + level) * P + point,
    x = points.data[2 * place] * w - 0.5,
    y = points.data[2 * place + 1] * h - 0.5,
    [left, top] = [Math.floor(x), Math.floor(y)];
  const corners = [
    [left, top],
    [left + 1, top],
    [left, top + 1],
    [left + 1, top + 1],
  ].map(([u, v]) => {
    const inside = u >= 0 && v >= 0 && u < w && v < h;
    return {
      x: u,
      y: v,
      share: (1 - Math.abs(x - u)) * (1 - Math.abs(y - v)),
      value: inside ? values.data[(first + v * w + u) * C + head * (C / heads) + channel] : 0,
    };
  });
  return {
    at: [x, y],
    corners,
    read: corners.reduce((sum, one) => sum + one.share * one.value, 0),
    weight: weights.data[place],
  };
}
