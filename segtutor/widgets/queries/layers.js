// @ts-check
/** The decoder layers of a model: those that were sent, and those that are asked for when they are looked at. */
import { Maps } from "../shared/logits.js";
import { PanopticInference } from "../shared/inference.js";
import { decodePicture, bytesOf, floatsOf } from "../shared/canvas.js";
import { instancePairs, maskQuality, rankInstances } from "./fates.js";

/** One prediction: masks, classes, and (as they are computed) its panoptic answer and its ranking of instances. */
class Layer {
  constructor(sent, size, isthing) {
    this.maps = new Maps(sent, size);
    this.classProbs = floatsOf(sent.class_probs);
    this.inference = new PanopticInference(this.classProbs, isthing, size, (query) => this.maps.probabilities(query));
    this.pairs = instancePairs(this.classProbs, isthing);
    this.semantic = null; // positions of classes, H * W, once it has come
    this.ranked = null;
    this.result = null;
    this._quality = new Map();
    this._unmeasured = [...new Set(this.pairs.map(({ query }) => query))];
    this._last = null;
  }

  /** Mask probabilities of any query at the size of the picture; the last one is kept. */
  mask(query) {
    if (this.inference.labels[query] < this.inference.classes) return this.inference.mask(query); // kept there
    if (this._last?.query !== query) this._last = { query, mask: this.maps.probabilities(query) };
    return this._last.mask;
  }

  /** Gives memory back when another layer is looked at. */
  forget() {
    this._last = null;
    this.inference.forgetMasks();
  }

  /** Does one small part of what is left to compute; false when there is nothing left. */
  work(thresholds) {
    if (!this.result) {
      if (!this.inference.prepareOne(thresholds.score_threshold)) {
        this.result = this.inference.update({
          scoreThreshold: thresholds.score_threshold,
          maskThreshold: thresholds.mask_threshold,
          overlapThreshold: thresholds.overlap_threshold,
        });
      }
      return true;
    }
    if (!this.ranked) {
      const query = this._unmeasured.pop();
      if (query !== undefined) this._quality.set(query, maskQuality(this.mask(query)));
      else this.ranked = rankInstances(this.pairs, (one) => this._quality.get(one));
      return true;
    }
    return false;
  }
}

export class Layers {
  /** onArrival(layer): something of it has come */
  constructor(model, isthing, onArrival) {
    this.model = model;
    this.isthing = isthing;
    this.onArrival = onArrival;
    this.size = model.get("size");
    this._sent = new Map(); // by layer, as it arrived
    this._layers = new Map(); // read when it is first looked at: what nobody looks at costs no time
    this._asked = new Set();
    this._closed = false;
    this._hear = (content, buffers) => {
      if (content?.kind === "layer") {
        this._take(content.layer, {
          grid: content.grid,
          ...Object.fromEntries(content.names.map((name, n) => [name, buffers[n]])),
        });
      } else if (content?.kind === "semantic") this._take(content.layer, { semantic: buffers[0] });
    };
    model.on("msg:custom", this._hear);
    for (const [layer, sent] of Object.entries(model.get("sent"))) this._sent.set(Number(layer), sent);
  }

  _take(layer, sent) {
    this._sent.set(layer, { ...this._sent.get(layer), ...sent });
    if (this._layers.has(layer)) this._readSemantic(layer);
    this.onArrival(layer);
  }

  /** The layer from what was sent; undefined while that has not come. */
  _read(layer) {
    const sent = this._sent.get(layer);
    if (!this._layers.has(layer) && sent?.codes) {
      this._layers.set(layer, new Layer(sent, this.size, this.isthing));
      this._readSemantic(layer);
    }
    return this._layers.get(layer);
  }

  async _readSemantic(layer) {
    const one = this._layers.get(layer),
      { semantic } = this._sent.get(layer);
    if (!semantic || one.semantic) return;
    const pixels = await decodePicture(bytesOf(semantic), this.size);
    if (this._closed || one.semantic) return;
    const labels = new Int32Array(pixels.length / 4);
    for (let i = 0; i < labels.length; i++) labels[i] = pixels[4 * i] + 256 * pixels[4 * i + 1];
    one.semantic = labels;
    this.onArrival(layer);
  }

  /** The layer, or null while the kernel is being asked for it. */
  get(layer) {
    const found = this._read(layer);
    if (layer !== this._shown) this._layers.get(this._shown)?.forget();
    this._shown = layer;
    if (!found && !this._asked.has(layer)) {
      this._asked.add(layer);
      this.model.send({ kind: "layer", layer });
    }
    return found ?? null;
  }

  close() {
    this._closed = true;
    this.model.off("msg:custom", this._hear);
    this._layers.clear();
    this._sent.clear();
  }
}
