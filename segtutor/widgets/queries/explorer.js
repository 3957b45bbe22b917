// @ts-check
/**
 * QueryExplorer: all queries at once, one of them in detail, through the decoder layers.
 *
 * What a query predicts comes from Python, one byte a number; masks, order, fates and pictures are computed here. A
 * layer that nobody has looked at yet is asked for; what takes longer than a frame is done in small parts between them.
 */
import { FATES } from "../shared/inference.js";
import {
  bytesOf,
  check,
  choice,
  decodePicture,
  element,
  frameScheduler,
  setText,
  slider,
  whenQuiet,
} from "../shared/canvas.js";
import { heatGround } from "../shared/heat.js";
import { classWords, layerWords } from "../shared/names.js";
import { explain } from "../shared/querylist.js";
import { bars, largest } from "../shared/bars.js";
import { bestClass, instanceWords, semanticShare, semanticWords } from "./fates.js";
import { Layers } from "./layers.js";
import { QueryPicture } from "./picture.js";
import { Thumbnails } from "./thumbs.js";
import { shelved } from "../shared/shelf.js";
import { Turns } from "../shared/turns.js";
import { tr, trLater } from "../shared/words.js";

const PART = 6; // milliseconds of work between two frames
const CHOICES = {
  view: {
    legend: trLater("Picture"),
    choices: {
      mask: trLater("mask"),
      semantic: trLater("semantic"),
      instance: trLater("instance"),
      panoptic: trLater("panoptic"),
    },
  },
  sort: {
    legend: trLater("Sort"),
    choices: {
      score: trLater("score"),
      number: trLater("number"),
      area: trLater("area"),
      class: trLater("class"),
    },
  },
  show: {
    legend: trLater("Show"),
    choices: {
      all: trLater("all"),
      kept: trLater("kept"),
      classes: trLater("a class"),
      "no object": trLater("no object"),
    },
  },
};
const INFERENCES = [trLater("Semantic"), trLater("Instance"), trLater("Panoptic")];

function render({ model, el, life }) {
  const view = new QueryView(model, el, life.signal);
  life.on(["query", "layer", "sort", "show", "view"], view.frame.request);
  decodePicture(bytesOf(model.get("picture")), model.get("size")).then((image) => {
    if (!life.signal.aborted) view.begin(image);
  });
  life.also(view);
}

/** What Python sent once, but for the layers. @param {any} model of the widget */
function readSent(model) {
  const classes = model.get("classes");
  return {
    size: model.get("size"),
    classes,
    isthing: classes.map((one) => one.isthing),
    colors: model.get("colors"),
    thresholds: model.get("thresholds"),
    names: model.get("layers").map(layerWords),
  };
}

class QueryView {
  constructor(model, el, signal) {
    this.model = model;
    this.signal = signal;
    this.tell = new Turns(model).tell;
    this.sent = readSent(model);
    this.picture = new QueryPicture(this.sent, (layer, query) => this.colorOf(layer, query));
    this.page = layOut(model, this.sent, this.picture.canvas, { tell: this.tell, signal });
    el.append(this.page.root);
    /** @type {Thumbnails | null} */
    this.thumbs = null; // until the picture is there
    this.hovered = null; // the query under the pointer, or with the focus
    this.arranged = {}; // {key, order}: the queries shown
    this.areas = null; // of the queries, by which they may be sorted
    this.told = ""; // the choices that the radio buttons show
    this.written = ""; // what the small pictures show
    this.idle = 0; // the timer of `work`
    this.frame = frameScheduler(() => this.update());
    this.words = frameScheduler(() => this.write());
    this.announce = whenQuiet(() => this.speak(), 600);
    this.layers = new Layers(model, this.sent.isthing, () => this.frame.request());
    this.final = this.layers.get(this.sent.names.length - 1);
    this.resized = new ResizeObserver(([entry]) => {
      this.picture.fit(entry.contentRect.width);
      this.frame.request();
    });
    this.resized.observe(this.picture.canvas);
    this.listenToPointer();
  }

  /** Shows all, now that the picture is there. */
  begin(image) {
    const ground = heatGround(image);
    this.picture.begin(image, ground);
    this.thumbs = new Thumbnails(this.sent.colors.length, ground, this.sent.size, this.model.get("thumbnail"), {
      signal: this.signal,
      onHover: (query) => {
        this.hovered = query;
        this.frame.request();
      },
      onHold: (query) => this.tell({ query: this.model.get("query") === query ? null : query }),
    });
    this.page.shelf.replaceWith(this.thumbs.node);
    this.update();
  }

  close() {
    for (const one of [this.frame, this.words, this.announce]) one.cancel();
    this.layers.close();
    this.resized.disconnect();
    clearTimeout(this.idle);
  }

  // -------------------------------------------------------------- one frame

  /** The picture; the small ones and what is to be read come in the next frame, since that costs a layout. */
  update() {
    this.showChoices();
    const number = this.model.get("layer"),
      layer = this.layers.get(number),
      { summary, layerSlider } = this.page;
    layerSlider.show(number, layer ? tr("shown") : tr("being fetched"));
    if (!this.thumbs) return;
    if (!layer) {
      setText(summary, tr("{layer} is being fetched …", { layer: this.sent.names[number] }));
      return;
    }
    this.idle ||= setTimeout(() => this.work(), 0);
    const { order } = this.arrangement();
    if (order !== this.thumbs.order) {
      // pictures and buttons change places together
      this.thumbs.arrange(order);
      this.showAll(number, layer);
    }
    this.picture.draw(layer, this.hovered ?? this.model.get("query"), this.model.get("view"));
    this.words.request();
  }

  /** Checks the radio buttons as the traits say, where one has changed. */
  showChoices() {
    const { choices } = this.page,
      chosen = Object.keys(choices).map((name) => this.model.get(name));
    if (chosen.join() === this.told) return;
    this.told = chosen.join();
    for (const [name, node] of Object.entries(choices)) check(node, this.model.get(name));
  }

  /** Work that does not fit into a frame: a few milliseconds at a time, the layer in sight first. */
  work() {
    const until = performance.now() + PART,
      { final } = this,
      { thresholds } = this.sent,
      layer = this.layers.get(this.model.get("layer")),
      before = [layer?.result, layer?.ranked, final.result];
    let left = true;
    while (left && performance.now() < until)
      left = layer?.work(thresholds) || (!final.result && final.work(thresholds));
    if ([layer?.result, layer?.ranked, final.result].some((one, n) => one !== before[n])) this.frame.request();
    this.idle = left ? setTimeout(() => this.work(), 0) : 0;
  }

  /** The queries shown, in their order; asked every frame, decided when something it depends on has changed. */
  arrangement() {
    const { final } = this,
      [sort, show] = [this.model.get("sort"), this.model.get("show")],
      key = `${sort} ${show} ${Boolean(final.result)}`;
    if (key !== this.arranged.key) {
      const filter = queryFilter(show, final.inference, final.result?.fates);
      if (sort === "area") this.areas ??= gridAreas(final.maps);
      this.arranged = { key, order: queryOrder(sort, final.inference, this.areas).filter(filter) };
    }
    return this.arranged;
  }

  /** All queries of a layer, as small pictures and in words, where they are not yet shown so. */
  showAll(number, layer) {
    const key = `${number} ${this.arranged.key} ${Boolean(layer.result)}`,
      { labels, scores } = layer.inference,
      { classes } = this.sent;
    if (key === this.written) return;
    this.written = key;
    const undecided = (query) => (labels[query] < classes.length ? "…" : FATES.none);
    this.thumbs.show(layer.maps, (query) => ({
      name: classWords(classes, labels[query]),
      score: scores[query],
      fate: layer.result ? layer.result.fates[query].fate : undecided(query),
      color: this.colorOf(layer, query),
    }));
  }

  /** The query's own colour; in a layer where it proposes something else than in the last one, that class's. */
  colorOf(layer, query) {
    const { classes, colors } = this.sent,
      label = layer.inference.labels[query];
    return label === this.final.inference.labels[query] || label === classes.length
      ? colors[query]
      : classes[label].color;
  }

  // -------------------------------------------------------------- what is to be read

  write() {
    const number = this.model.get("layer"),
      layer = this.layers.get(number),
      held = this.model.get("query");
    if (!layer) return;
    this.showAll(number, layer);
    this.thumbs.hold(held);
    const kept = layer.result?.fates.filter(({ fate }) => fate === FATES.kept).length;
    setText(
      this.page.summary,
      tr("{layer}: {kept} of {total} queries kept, {shown} shown", {
        layer: this.sent.names[number],
        kept: kept ?? "…",
        total: this.sent.colors.length,
        shown: this.thumbs.order.length,
      }),
    );
    const query = this.hovered ?? held,
      { distribution, list } = this.page;
    for (const node of [distribution.node, list]) node.classList.toggle("segtutor-away", query === null);
    if (query === null) this.describeAnswer();
    else this.describe(layer, query);
    this.announce.request();
  }

  /** Where no query is held. */
  describeAnswer() {
    const view = this.model.get("view"),
      { detail } = this.page;
    const shown = tr(CHOICES.view.choices[view === "mask" ? "panoptic" : view]),
      layer = this.sent.names[this.model.get("layer")];
    setText(
      detail,
      view === "mask"
        ? tr(
            "No query is held: this is the panoptic answer. Point at a query or at the picture; click a query to hold it.",
          )
        : tr("Point at a query or at the picture; click a query to hold it."),
    );
    this.picture.canvas.setAttribute("aria-label", tr("The {view} answer of {layer}", { view: shown, layer }));
  }

  /** One query: its classes, and what becomes of it in the three inferences. */
  describe(layer, query) {
    const { classes, isthing, thresholds, names } = this.sent,
      { distribution, detail, fates } = this.page;
    const said = {
      query,
      layer: names[this.model.get("layer")],
      name: classWords(classes, layer.inference.labels[query]),
      score: layer.inference.scores[query].toFixed(2),
      view: tr(CHOICES.view.choices[this.model.get("view")]),
    };
    this.picture.canvas.setAttribute("aria-label", tr("Query {query} in {layer}, {view}: {name}, score {score}", said));
    setText(detail, tr("Query {query}, {layer}: {name} with probability {score}.", said));
    const stride = classes.length + 1,
      row = layer.classProbs.subarray(query * stride, (query + 1) * stride),
      label = bestClass(layer.classProbs, query, classes.length),
      best = classWords(classes, label);
    distribution.show(largest(row, classes, 5));
    const agreeing = () => semanticShare(layer.mask(query), thresholds.mask_threshold, layer.semantic, label);
    setText(
      fates.Semantic,
      layer.semantic ? semanticWords(best, row[label], agreeing()) : tr("the sum over all queries is on its way …"),
    );
    setText(fates.Instance, instanceWords(query, layer.ranked, layer.pairs, classes, isthing[label], best));
    setText(
      fates.Panoptic,
      layer.result
        ? explain(layer.result.fates[query], classes, thresholds, layer.result.segments)
        : tr("the queries are competing …"),
    );
  }

  /** For a screen reader, once nothing has changed for a while. */
  speak() {
    const { spoken, summary, detail, fates } = this.page;
    const held = this.model.get("query") !== null;
    setText(spoken, held ? `${detail.textContent} ${fates.Panoptic.textContent}` : `${summary.textContent}.`);
  }

  // -------------------------------------------------------------- mouse and finger on the picture

  /** Pointing marks the query that won the pixel, a click holds it, the second click lets go. */
  listenToPointer() {
    const { canvas } = this.picture,
      { signal } = this;
    canvas.addEventListener("pointermove", (event) => this.thumbs?.mark(this.queryAt(event) ?? undefined), { signal });
    canvas.addEventListener("pointerleave", () => this.thumbs?.mark(undefined), { signal });
    const click = (event) => {
      const query = this.model.get("query") === null ? this.queryAt(event) : null;
      this.tell({ query });
      if (query !== null) this.thumbs.reveal(query);
    };
    canvas.addEventListener("click", click, { signal });
  }

  /** The query whose segment the pointer is on, or null. */
  queryAt(event) {
    const layer = this.layers.get(this.model.get("layer")),
      i = this.picture.pixelAt(event);
    if (!layer?.result || i === null || !layer.inference.segmentIds[i]) return null;
    return layer.inference.winner[i];
  }
}

/** The elements, in their places. */
function layOut(model, { names }, canvas, { tell, signal }) {
  const last = names.length - 1;
  const choices = Object.fromEntries(
    Object.entries(CHOICES).map(([name, { legend, choices: texts }]) => [
      name,
      choice({
        legend: tr(legend),
        choices: Object.fromEntries(Object.entries(texts).map(([value, text]) => [value, tr(text)])),
        selected: model.get(name),
        signal,
        onChange: (value) => tell({ [name]: value }),
      }),
    ]),
  );
  const layerSlider = slider({
    label: tr("Decoder layer"),
    signal,
    min: 0,
    max: last,
    step: 1,
    write: (value) => names[value],
    hint: tr("sorted and chosen as in the last layer, so that each query keeps its place"),
    onInput: (layer) => tell({ layer }),
  });
  const summary = element("p", { class: "segtutor-summary" }),
    detail = element("p", { class: "segtutor-detail" }),
    spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" }),
    distribution = bars({ label: tr("Class distribution of the query"), rows: 6 }),
    fates = Object.fromEntries(INFERENCES.map((name) => [name, element("dd")])),
    list = element(
      "dl",
      { class: "segtutor-fates" },
      ...Object.entries(fates).flatMap(([name, node]) => [element("dt", {}, tr(name)), node]),
    ),
    shelf = element("div"); // in whose place the small pictures come
  const left = [canvas, choices.view, detail, distribution.node, list],
    right = [...(last > 0 ? [layerSlider.node] : []), summary, choices.sort, choices.show, shelf];
  const root = element(
    "div",
    { class: "segtutor-widget segtutor-queries" },
    element("div", { class: "segtutor-left" }, ...left),
    element("div", { class: "segtutor-right" }, ...right),
    spoken,
  );
  return { root, choices, layerSlider, summary, detail, spoken, distribution, fates, list, shelf };
}

// ---------------------------------------------------------------- in which order the queries stand and which of them are shown: the twin of query_order in base/reading.py.

/** Cells of the grid whose mask logit is above 0, by query. maps: logits.js */
export function gridAreas(maps) {
  const { codes, cells, levels } = maps,
    areas = new Int32Array(maps.count),
    positive = Uint8Array.from(levels, (level) => (level > 0 ? 1 : 0));
  for (let query = 0, i = 0; query < areas.length; query++)
    for (const end = i + cells; i < end; i++) areas[query] += positive[codes[i]];
  return areas;
}

/**
 * @param {"number" | "score" | "area" | "class"} sort by score, queries that say "no object" come last
 * @param {{labels: Int32Array, scores: Float32Array, classes: number}} inference of the last layer
 */
export function queryOrder(sort, { labels, scores, classes }, areas) {
  const silent = (query) => (labels[query] === classes ? 1 : 0);
  const keys = {
    number: (q) => [q],
    score: (q) => [silent(q), -scores[q], q],
    area: (q) => [-areas[q], q],
    class: (q) => [labels[q], -scores[q], q],
  }[sort];
  return [...labels.keys()].sort((a, b) => {
    const [first, second] = [keys(a), keys(b)],
      at = first.findIndex((value, n) => value !== second[n]);
    return at < 0 ? 0 : first[at] - second[at];
  });
}

/** fates: of the last layer, in query order; null while they are being decided (then "kept" shows all that could be). */
export function queryFilter(show, { labels, classes }, fates) {
  return {
    all: () => true,
    kept: (query) => (fates ? fates[query].fate === "kept" : labels[query] < classes),
    classes: (query) => labels[query] < classes,
    "no object": (query) => labels[query] === classes,
  }[show];
}

export default { render: shelved(render) };
