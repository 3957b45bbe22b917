/* Built by esbuild 0.28.2: edit the files below, then `npm run build`.
   sha256 193f51a32580db912a8610888824b0c132dbfa5dfae69977300dfb983eb570b8 of
   segtutor/pages/scripts/answers.js
   segtutor/pages/scripts/network_session.js
   segtutor/pages/scripts/network_worker.js
   segtutor/pages/scripts/planes.js
   segtutor/widgets/shared/canvas.js
   segtutor/widgets/shared/inference.js
   segtutor/widgets/shared/logits.js
   segtutor/widgets/shared/png.js
   segtutor/widgets/shared/sigmoid.js
   segtutor/widgets/shared/unpack.js
   segtutor/widgets/shared/words.js
   tools/build_js.mjs
*/
(() => {
  // segtutor/widgets/shared/sigmoid.js
  var FAR = 32;
  var STEPS = 64;
  var VALUES = Float64Array.from({ length: 2 * FAR * STEPS + 1 }, (_, n) => 1 / (1 + Math.exp(FAR - n / STEPS)));
  function sigmoidBetween(upper, lower, weight, count, out, start) {
    for (let x = 0; x < count; x++) {
      const logit = Math.fround((1 - weight) * upper[x] + weight * lower[x]);
      if (logit > -FAR && logit < FAR) {
        const n = (logit + FAR) * STEPS + 0.5 | 0, d = logit + FAR - n / STEPS, s = VALUES[n];
        out[start + x] = s + d * s * (1 - s) * (1 + d * (0.5 - s));
      } else out[start + x] = 1 / (1 + Math.exp(-logit));
    }
  }

  // segtutor/widgets/shared/words.js
  var ENGLISH_RULES = new Intl.PluralRules("en");
  var trLater = (message) => message;

  // segtutor/widgets/shared/inference.js
  var FATES = {
    kept: trLater("kept"),
    below: trLater("below threshold"),
    none: trLater("no object"),
    overlapped: trLater("overlapped")
  };
  function axisWeights(from, to) {
    const left = new Int32Array(to), right = new Int32Array(to), weight = new Float32Array(to);
    const scale = Math.fround(from / to);
    for (let i = 0; i < to; i++) {
      const place = Math.max(0, Math.fround(Math.fround(scale * Math.fround(i + 0.5)) - 0.5));
      left[i] = Math.min(Math.floor(place), from - 1);
      right[i] = Math.min(left[i] + 1, from - 1);
      weight[i] = Math.fround(place - left[i]);
    }
    return { left, right, weight };
  }
  function maskProbabilities(logits, [h, w], [H, W]) {
    const rows = axisWeights(h, H), columns = axisWeights(w, W);
    const out = new Float32Array(H * W);
    const upper = new Float32Array(W), lower = new Float32Array(W);
    const stretch = (row, into) => {
      const start = row * w;
      for (let x = 0; x < W; x++) {
        const weight = columns.weight[x];
        into[x] = (1 - weight) * logits[start + columns.left[x]] + weight * logits[start + columns.right[x]];
      }
    };
    let upperRow = -1, lowerRow = -1;
    for (let y = 0; y < H; y++) {
      if (rows.left[y] !== upperRow) stretch(upperRow = rows.left[y], upper);
      if (rows.right[y] !== lowerRow) stretch(lowerRow = rows.right[y], lower);
      sigmoidBetween(upper, lower, rows.weight[y], W, out, y * W);
    }
    return out;
  }
  function bestClasses(classProbs, queries, classes) {
    const labels = new Int32Array(queries), scores = new Float32Array(queries);
    for (let q = 0; q < queries; q++) {
      let best = 0;
      for (let k = 1; k <= classes; k++) {
        if (classProbs[q * (classes + 1) + k] > classProbs[q * (classes + 1) + best]) best = k;
      }
      labels[q] = best;
      scores[q] = classProbs[q * (classes + 1) + best];
    }
    return { labels, scores };
  }
  var STEPS2 = 100;
  var STEP_VALUES = Float32Array.from({ length: STEPS2 + 1 }, (_, step) => step / STEPS2);
  function areaTable(mask) {
    const areas = new Int32Array(STEPS2 + 2);
    for (let i = 0; i < mask.length; i++) {
      let step = Math.min(STEPS2, Math.floor(mask[i] * STEPS2));
      if (step < STEPS2 && mask[i] >= STEP_VALUES[step + 1]) step++;
      else if (mask[i] < STEP_VALUES[step]) step--;
      areas[step]++;
    }
    for (let step = STEPS2 - 1; step >= 0; step--) areas[step] += areas[step + 1];
    return areas;
  }
  var PanopticInference = class {
    /**
     * @param {Float32Array} classProbs Q * (K + 1) probabilities; each row sums to 1
     * @param {boolean[]} isthing K flags
     * @param {number[]} size [H, W]
     * @param {(query: number) => Float32Array} masks gives the H * W mask probabilities of a query (computed once)
     */
    constructor(classProbs, isthing, size, masks) {
      this.isthing = isthing;
      this.size = size;
      this.pixels = size[0] * size[1];
      this.classes = isthing.length;
      this.queries = classProbs.length / (this.classes + 1);
      const { labels, scores } = bestClasses(classProbs, this.queries, this.classes);
      this.labels = labels;
      this.scores = scores;
      this.candidates = [...this.labels.keys()].filter((q) => this.labels[q] < this.classes).sort((a, b) => this.scores[b] - this.scores[a] || a - b);
      this._source = masks;
      this._masks = /* @__PURE__ */ new Map();
      this._areas = /* @__PURE__ */ new Map();
      this._length = 0;
      this.winner = new Int16Array(this.pixels).fill(-1);
      this._best = new Float32Array(this.pixels).fill(-1);
      this._probability = new Float32Array(this.pixels);
      this._lost = new Int32Array(this.pixels);
      this.segmentIds = new Int32Array(this.pixels);
    }
    /** Mask probabilities of a query at the size of the picture. */
    mask(query) {
      if (!this._masks.has(query)) this._masks.set(query, this._source(query));
      return this._masks.get(query);
    }
    /** Computes the mask of one more candidate with a score above `least` ahead of time; false when all are there. */
    prepareOne(least = -1) {
      const query = this.candidates.find((q) => this.scores[q] > least && !this._masks.has(q));
      if (query !== void 0) this.maskArea(query, 0);
      return query !== void 0;
    }
    /** Gives the memory of the masks back; they are computed again when they are needed. */
    forgetMasks() {
      this._masks.clear();
    }
    /** Number of pixels of a query's mask at a threshold: from a table at the slider's steps, counted elsewhere. */
    maskArea(query, maskThreshold) {
      const threshold = Math.fround(maskThreshold);
      const step = Math.round(maskThreshold * STEPS2);
      if (STEP_VALUES[step] === threshold) {
        if (!this._areas.has(query)) this._areas.set(query, areaTable(this.mask(query)));
        return this._areas.get(query)[step];
      }
      const mask = this.mask(query);
      let area = 0;
      for (let i = 0; i < mask.length; i++) area += mask[i] >= threshold ? 1 : 0;
      return area;
    }
    _add(query) {
      const mask = this.mask(query), score = this.scores[query];
      const { winner, _best: best, _probability: probability } = this;
      for (let i = 0; i < mask.length; i++) {
        const product = Math.fround(score * mask[i]);
        if (product > best[i] || product === best[i] && query < winner[i]) {
          best[i] = product;
          winner[i] = query;
          probability[i] = mask[i];
        }
      }
    }
    /** Removes all but the first `length` candidates; the pixels that they held are given out again. */
    _shorten(length) {
      const { winner, _best: best, _probability: probability, _lost: lost } = this;
      const removed = new Uint8Array(this.queries);
      for (let n = length; n < this._length; n++) removed[this.candidates[n]] = 1;
      let count = 0;
      for (let i = 0; i < this.pixels; i++) {
        if (winner[i] >= 0 && removed[winner[i]]) {
          lost[count++] = i;
          winner[i] = best[i] = -1;
          probability[i] = 0;
        }
      }
      for (let n = 0; n < length; n++) {
        const query = this.candidates[n], mask = this.mask(query), score = this.scores[query];
        for (let j = 0; j < count; j++) {
          const i = lost[j], product = Math.fround(score * mask[i]);
          if (product > best[i] || product === best[i] && query < winner[i]) {
            best[i] = product;
            winner[i] = query;
            probability[i] = mask[i];
          }
        }
      }
    }
    /**
     * Decides every query and paints the segment map (`segmentIds`, 0 = void).
     *
     * @returns {{fates: Record<string, any>[], segments: Record<string, any>[], voidArea: number}} one fate per query, in query order:
     *   {query, label, score, area, maskArea, painted, fate}: pixels won, pixels of the mask (null where they decided
     *   nothing; see maskArea()), and pixels won inside the mask;
     *   one segment per id, {id, label, score, area, queries}, in the order of the queries. The areas of the segments
     *   and voidArea add up to H * W.
     */
    update({ scoreThreshold, maskThreshold, overlapThreshold }) {
      const { winner, scores, labels, segmentIds, _probability: probability } = this;
      const least = Math.fround(scoreThreshold);
      let length = 0;
      while (length < this.candidates.length && scores[this.candidates[length]] > least) length++;
      if (length < this._length) this._shorten(length);
      for (let n = this._length; n < length; n++) this._add(this.candidates[n]);
      this._length = length;
      const threshold = Math.fround(maskThreshold);
      const won = new Int32Array(this.queries), painted = new Int32Array(this.queries);
      if (length > 0) {
        for (let i = 0; i < this.pixels; i++) {
          won[winner[i]]++;
          if (probability[i] >= threshold) painted[winner[i]]++;
        }
      }
      const kept = new Uint8Array(this.queries);
      for (let n = 0; n < length; n++) kept[this.candidates[n]] = 1;
      const idOfQuery = new Int32Array(this.queries + 1);
      const fates = [], segments = [], fused = /* @__PURE__ */ new Map();
      for (let query = 0; query < this.queries; query++) {
        const label = labels[query];
        const record = { query, label, score: scores[query], area: 0, maskArea: null, painted: 0, fate: FATES.none };
        fates.push(record);
        if (label === this.classes) continue;
        record.fate = FATES.below;
        if (!kept[query]) continue;
        record.maskArea = this.maskArea(query, maskThreshold);
        record.area = won[query];
        record.painted = painted[query];
        record.fate = FATES.overlapped;
        if (!painted[query] || won[query] / record.maskArea < overlapThreshold) continue;
        record.fate = FATES.kept;
        let segment = this.isthing[label] ? void 0 : fused.get(label);
        if (!segment) {
          segment = { id: segments.length + 1, label, score: scores[query], area: 0, queries: [] };
          segments.push(segment);
          if (!this.isthing[label]) fused.set(label, segment);
        }
        segment.area += painted[query];
        segment.score = Math.max(segment.score, scores[query]);
        segment.queries.push(query);
        idOfQuery[query] = segment.id;
      }
      let voidArea = 0;
      for (let i = 0; i < this.pixels; i++) {
        const id = length > 0 && probability[i] >= threshold ? idOfQuery[winner[i]] : 0;
        segmentIds[i] = id;
        voidArea += id === 0 ? 1 : 0;
      }
      return { fates, segments, voidArea };
    }
  };

  // segtutor/widgets/shared/unpack.js
  var unpack = (text) => inflate(
    Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    "gzip"
  );
  async function inflate(packed, format = "deflate") {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // segtutor/widgets/shared/canvas.js
  var PREFIX = `segtutor-${Math.random().toString(36).slice(2)}`;

  // segtutor/widgets/shared/logits.js
  function softmax(values) {
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const parts = Float64Array.from(values, (value) => Math.exp(value - largest));
    const sum = parts.reduce((a, b) => a + b, 0);
    return Float32Array.from(parts, (part) => part / sum);
  }

  // segtutor/pages/scripts/answers.js
  var MOST = 255;
  function answerOf(facts, outputs) {
    const isthing = facts.categories.map((category) => Boolean(category.isthing));
    const { ids, segments } = facts.family === "mask" ? answerOfMasks(outputs, isthing, facts) : answerOfPixels(outputs.logits, isthing, facts.size);
    if (segments.length > MOST) ids.forEach((id, i) => ids[i] = id > MOST ? 0 : id);
    return { ids, segments: segments.slice(0, MOST).map(({ id, label, score }) => ({ id, label, score })) };
  }
  function answerOfMasks(outputs, isthing, { size, thresholds }) {
    const { class_logits: classLogits, mask_logits: maskLogits } = outputs;
    const [, queries, h, w] = maskLogits.dims, cells = h * w, row = isthing.length + 1;
    const classProbs = new Float32Array(queries * row);
    for (let q = 0; q < queries; q++) classProbs.set(softmax(classLogits.data.subarray(q * row, (q + 1) * row)), q * row);
    const inference = new PanopticInference(
      classProbs,
      isthing,
      size,
      (query) => maskProbabilities(maskLogits.data.subarray(query * cells, (query + 1) * cells), [h, w], size)
    );
    const { segments } = inference.update({
      scoreThreshold: thresholds.score_threshold,
      maskThreshold: thresholds.mask_threshold,
      overlapThreshold: thresholds.overlap_threshold
    });
    return { ids: inference.segmentIds, segments };
  }
  function answerOfPixels({ dims, data: maps }, isthing, [H, W]) {
    const [, classes, h, w] = dims;
    const cells = H * W, data = h === H && w === W ? maps : enlarged(maps, classes, [h, w], [H, W]), labels = new Uint8Array(cells), shares = new Float32Array(cells);
    for (let i = 0; i < cells; i++) {
      let best = 0, sum = 0;
      for (let k = 1; k < classes; k++) if (data[k * cells + i] > data[best * cells + i]) best = k;
      for (let k = 0; k < classes; k++) sum += Math.exp(data[k * cells + i] - data[best * cells + i]);
      [labels[i], shares[i]] = [best, 1 / sum];
    }
    return connectedSegments(labels, shares, isthing, [H, W]);
  }
  function enlarged(maps, count, [h, w], [H, W]) {
    const rows = axisWeights(h, H), columns = axisWeights(w, W), row = new Float32Array(w), out = new Float32Array(count * H * W);
    let to = 0;
    for (let k = 0; k < count; k++) {
      for (let y = 0; y < H; y++) {
        const upper = (k * h + rows.left[y]) * w, lower = (k * h + rows.right[y]) * w, weight = rows.weight[y];
        for (let x = 0; x < w; x++) row[x] = (1 - weight) * maps[upper + x] + weight * maps[lower + x];
        for (let x = 0; x < W; x++)
          out[to++] = (1 - columns.weight[x]) * row[columns.left[x]] + columns.weight[x] * row[columns.right[x]];
      }
    }
    return out;
  }
  function connectedSegments(labels, shares, isthing, [H, W]) {
    const part = new Int32Array(H * W).fill(-1), parts = [], ofStuff = /* @__PURE__ */ new Map(), todo = new Int32Array(H * W);
    for (let first = 0; first < labels.length; first++) {
      const label = labels[first];
      if (part[first] >= 0) continue;
      if (!isthing[label]) {
        if (!ofStuff.has(label)) ofStuff.set(label, parts.push({ label, sum: 0, area: 0 }) - 1);
        part[first] = ofStuff.get(label);
        continue;
      }
      const number = parts.push({ label, sum: 0, area: 0 }) - 1;
      let count = 1;
      [todo[0], part[first]] = [first, number];
      const visit = (i) => {
        if (labels[i] !== label || part[i] >= 0) return;
        part[i] = number;
        todo[count++] = i;
      };
      while (count) {
        const i = todo[--count], x = i % W;
        if (x > 0) visit(i - 1);
        if (x < W - 1) visit(i + 1);
        if (i >= W) visit(i - W);
        if (i < H * W - W) visit(i + W);
      }
    }
    for (let i = 0; i < part.length; i++) {
      parts[part[i]].sum += shares[i];
      parts[part[i]].area++;
    }
    const order = [...parts.keys()].sort((a, b) => parts[a].label - parts[b].label || a - b), idOf = new Int32Array(parts.length);
    order.forEach((number, n) => idOf[number] = n + 1);
    const segments = order.map((number, n) => ({
      id: n + 1,
      label: parts[number].label,
      area: parts[number].area,
      score: parts[number].sum / parts[number].area
    }));
    return { ids: part.map((number) => idOf[number]), segments };
  }

  // segtutor/pages/scripts/planes.js
  var PLANES = 4;
  function fromPlanes(bytes) {
    const rows = Math.floor(bytes.length / PLANES), out = new Uint8Array(bytes.length);
    for (let plane = 0; plane < PLANES; plane++)
      for (let row = 0, from = plane * rows, to = plane; row < rows; row++, from++, to += PLANES) out[to] = bytes[from];
    out.set(bytes.subarray(rows * PLANES), rows * PLANES);
    return out;
  }

  // segtutor/pages/scripts/network_session.js
  var loaded = [];
  async function load({ place, wasm, network, planes, facts }) {
    ort.env.logLevel = "error";
    ort.env.wasm.numThreads = 1;
    if (wasm) ort.env.wasm.wasmBinary = wasm;
    const bytes = await unpack(network);
    const session = await ort.InferenceSession.create(planes ? fromPlanes(bytes) : bytes, {
      executionProviders: ["wasm"]
    });
    const before = loaded[place];
    loaded[place] = { session, facts };
    await before?.session.release();
  }
  async function ask({ place, image, masked = true }, answerFrom) {
    const { session, facts } = loaded[place], start = performance.now(), rgb = new Uint8Array(image.length / 4 * 3);
    for (let i = 0, j = 0; i < image.length; i += 4) {
      rgb[j++] = image[i];
      rgb[j++] = image[i + 1];
      rgb[j++] = image[i + 2];
    }
    const given = { image: new ort.Tensor("uint8", rgb, [1, ...facts.size, 3]) };
    if (session.inputNames.includes("masked")) given.masked = new ort.Tensor("bool", [masked], [1]);
    const outputs = await session.run(given);
    return { answer: answerFrom(facts, outputs), ms: performance.now() - start };
  }
  function serve(answerFrom) {
    const port = globalThis.segtutorPort ?? globalThis;
    let last = Promise.resolve();
    const take = async ({ data: { id, load: toLoad, ask: asked } }) => {
      try {
        port.postMessage({ id, ...toLoad ? await load(toLoad) : await ask(asked, answerFrom) });
      } catch (error) {
        port.postMessage({ id, problem: String(error?.message ?? error) });
      }
    };
    port.onmessage = (event) => last = last.then(() => take(event));
  }

  // segtutor/pages/scripts/network_worker.js
  serve(answerOf);
})();
