// @ts-check
/**
 * AttentionExplorer: what a query looks at, what a pixel reads, which queries look at each other.
 *
 * Weights come from Python, one byte each, a layer when it is looked at; means, sums and pictures are computed here.
 */
import { bytesOf, decodePicture, element, frameScheduler, setText, whenQuiet, zoomOf } from "../shared/canvas.js";
import { heatGround } from "../shared/heat.js";
import { controlsOf, hide } from "./controls.js";
import { Parts } from "./parts.js";
import { CrossView } from "./cross.js";
import { SamplingView } from "./sampling.js";
import { SelfView } from "./self.js";
import { missingWords, nameOf, whoWords } from "./words.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";
import { tr } from "../shared/words.js";

const STATE = ["view", "query", "layer", "head", "masked", "pixel", "encoder_layer", "level"];
const GREY = [128, 128, 128];

function render({ model, el, life }) {
  const view = new AttentionView(model, life.signal);
  el.append(view.root);
  view.watchSizes();
  life.on(STATE, view.frame.request);
  decodePicture(bytesOf(model.get("picture")), model.get("size")).then((image) => {
    if (!life.signal.aborted) view.begin(image);
  });
  view.update();
  life.also(view);
}

/** What Python sent once, but for the weights. @param {any} model of the widget */
function readSent(model) {
  const owners = model.get("owners");
  return {
    size: model.get("size"),
    classes: model.get("classes"),
    queries: model.get("queries"),
    heads: model.get("heads"),
    layers: model.get("layers"),
    encoder: model.get("encoder"),
    extent: model.get("extent"),
    term: model.get("term"),
    owners: { grid: owners.grid, codes: new Uint16Array(bytesOf(owners.codes).buffer) },
  };
}

class AttentionView {
  constructor(model, signal) {
    this.model = model;
    this.sent = readSent(model);
    this.tell = new Turns(model).tell;
    this.image = this.ground = null; // until `begin`
    this.drawn = null; // what the pictures show: words are written about nothing else
    this.frame = frameScheduler(() => this.update());
    this.words = frameScheduler(() => this.write());
    this.parts = new Parts(model, () => this.frame.request());
    this.refine = whenQuiet(() => this.parts.refine(this.layerOf(this.state()), model.get("query")), 150);
    this.announce = whenQuiet(() => setText(this.spoken, this.say.textContent), 600);
    const shared = this.shared(signal);
    this.cross = new CrossView(shared);
    this.among = new SelfView(shared);
    this.sampling = this.sent.encoder.layers ? new SamplingView(shared) : null;
    this.controls = controlsOf(this.sent, model, {
      signal,
      tell: this.tell,
      name: shared.name,
      score: (query) => this.scoreOf(query),
    });
    this.say = element("p", { class: "segtutor-say" });
    this.spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
    this.root = this.layOut();
    const stages = [this.cross.with.on, this.cross.without.on, this.among.on];
    this.stages = this.sampling ? [...stages, this.sampling.on] : stages;
  }

  /** What the three views need of the explorer. */
  shared(signal) {
    const { model, sent, tell } = this,
      { classes, queries, owners, term } = sent,
      [H, W] = sent.size,
      name = (query) => nameOf(query, queries, classes);
    return {
      ...sent,
      signal,
      tell,
      name,
      who: (query) => whoWords(term, query, name(query), this.scoreOf(query)),
      redraw: () => this.frame.request(),
      color: (query) => classes[queries.labels[query]]?.color ?? GREY,
      pixel: () => model.get("pixel"),
      look: (pixel) => String(pixel) === String(model.get("pixel")) || tell({ pixel }),
      /** The query that claims a pixel, or null. */
      ownerAt: ([x, y]) => {
        const [h, w] = owners.grid,
          query = owners.codes[Math.floor(((y + 0.5) / H) * h) * w + Math.floor(((x + 0.5) / W) * w)];
        return query < queries.by_score.length ? query : null;
      },
    };
  }

  /** "0.98"; undefined of a token that becomes no mask. */
  scoreOf(query) {
    return this.sent.queries.scores[query]?.toFixed(2);
  }

  /** The elements, in their places. */
  layOut() {
    const { cross, among, sampling, controls, say, spoken } = this,
      { view, sliders, mask, level, heads } = controls,
      lacking = sampling || this.sent.layers[0].back ? [] : [element("small", { class: "segtutor-lacking" }, lack())];
    return element(
      "div",
      { class: "segtutor-widget segtutor-attention" },
      element("div", { class: "segtutor-wide" }, view, ...lacking),
      sliders,
      ...cross.nodes,
      among.node,
      ...(sampling ? [sampling.node] : []),
      element(
        "div",
        { class: "segtutor-right" },
        mask,
        ...(sampling ? [level] : []),
        heads,
        say,
        cross.take,
        among.lists,
        ...(sampling ? [sampling.legend, sampling.shares.node] : []),
      ),
      spoken,
    );
  }

  /** Marks are drawn by the pixels of the screen: redraws where a picture has another size. */
  watchSizes() {
    this.resized = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const one = this.stages.find(({ canvas }) => canvas === target);
        if (contentRect.width) one.zoom = zoomOf(one.canvas, contentRect.width);
      }
      this.frame.request();
    });
    for (const { canvas } of this.stages) this.resized.observe(canvas);
  }

  /** Shows all, now that the picture is there. */
  begin(image) {
    this.image = image;
    this.ground = heatGround(image);
    this.controls.strip.setGround(this.ground);
    this.update();
  }

  close() {
    for (const one of [this.frame, this.words, this.refine, this.announce]) one.cancel();
    this.resized.disconnect();
    this.parts.close();
  }

  // -------------------------------------------------------------- what is looked at

  /** @returns {Record<string, any>} */
  state() {
    return Object.fromEntries(STATE.map((name) => [name, this.model.get(name)]));
  }

  /** The layer in sight: in the last look only the tokens look, so "self" and "back" end one layer before. */
  layerOf(/** @type {Record<string, any>} */ { view, layer }) {
    if (view !== "self" && view !== "back") return layer;
    return Math.min(
      layer,
      this.sent.layers.findLastIndex(({ mutual }) => mutual),
    );
  }

  /** The part of the state in sight, or null while it is fetched. */
  maps({ view, layer, query, encoder_layer }) {
    if (view === "sampling") return this.parts.get(`sampling ${encoder_layer}`);
    return view === "self" ? this.parts.get(`layer ${layer}`) : this.parts.layer(layer, query);
  }

  // -------------------------------------------------------------- one frame: the pictures, and in the next one the words

  update() {
    const now = this.arrange(this.state()),
      found = this.maps(now),
      pictures = now.view === "cross" || now.view === "back";
    if (pictures) this.cross.arrange(found ?? { masked: this.sent.layers[now.layer].masked }, now);
    if (this.image && found) {
      if (pictures) this.cross.draw(found, now, this.ground);
      else if (now.view === "self") this.among.draw(found, now);
      else this.sampling.draw(found, now, this.image);
      this.drawn = found;
    }
    this.words.request();
  }

  /** Shows the controls and the nodes of the view. @returns the state as it can be shown */
  arrange(state) {
    const { cross, among, sampling, controls } = this,
      now = { ...state, layer: this.layerOf(state) };
    const shown = {
      cross: [...cross.nodes, controls.mask, cross.take],
      back: [...cross.nodes, cross.take],
      self: [among.node, among.lists],
      sampling: sampling ? [sampling.node, controls.level, sampling.legend, sampling.shares.node] : [],
    };
    for (const node of Object.values(shown).flat()) if (!shown[now.view].includes(node)) hide(node, true);
    // cross shows its own two
    for (const node of shown[now.view]) if (!cross.nodes.includes(node)) hide(node, false);
    return controls.show(now);
  }

  /** What is to be read, and the small maps of the heads. */
  write() {
    const now = this.arrange(this.state()),
      found = this.maps(now),
      { say, controls } = this;
    if (!this.image || !found) return setText(say, this.image ? missingWords(partWords(now), this.parts.alone) : "");
    if (found !== this.drawn) return undefined; // it has come a moment ago: the next frame draws it
    if (now.view === "cross" || now.view === "back") {
      setText(say, this.cross.write(found, now));
      const way = now.view === "back" ? "back" : now.masked === false;
      controls.strip.draw(found, this.sent.extent, now.query, way);
      if (found.step > 1) this.refine.request();
    } else setText(say, (now.view === "self" ? this.among : this.sampling).write(found, now));
    return this.announce.request();
  }
}

/** What a part is called, where it is missing. */
const partWords = ({ view, layer, encoder_layer }) =>
  view === "sampling"
    ? tr("Layer {n} of the pixel decoder", { n: encoder_layer + 1 })
    : tr("Decoder layer {n}", { n: layer + 1 });

const lack = () =>
  tr(
    "Shown is the decoder. This model has no pixel decoder that reads maps at points, and self-attention among the cells of its encoder or backbone (DETR, EoMT) is not shown.",
  );

export default { render: living(render) };
