// @ts-check
/**
 * QueryExplorer: all queries at once, one of them in detail, through the decoder layers.
 *
 * What a query predicts comes from Python, one byte a number; masks, order, fates and pictures are computed here. A
 * layer that nobody has looked at yet is asked for; what takes longer than a frame is done in small parts between them.
 */
import { FATES } from "../shared/inference.js";
import { labelPlaces, paintPicture, paintQuery, paintSegments, writeNames } from "../shared/draw.js";
import {
  bytesOf,
  choice,
  decodePicture,
  element,
  frameScheduler,
  setText,
  slider,
  whenQuiet,
} from "../shared/canvas.js";
import { heatGround, paintHeat } from "../shared/heat.js";
import { explain } from "../shared/querylist.js";
import { bars, largest } from "../shared/bars.js";
import { bestClass, instanceWords, semanticShare, semanticWords } from "./fates.js";
import { Layers } from "./layers.js";
import { Thumbnails } from "./thumbs.js";
import { shelved } from "../shared/shelf.js";
import { Turns } from "../shared/turns.js";

const PART = 6; // milliseconds of work between two frames

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model);
  const size = model.get("size"),
    [H, W] = size,
    classes = model.get("classes"),
    colors = model.get("colors");
  const isthing = classes.map((one) => one.isthing),
    thresholds = model.get("thresholds"),
    names = model.get("layers");
  const count = colors.length,
    last = names.length - 1,
    scale = Math.max(1, Math.floor(512 / Math.max(H, W)));
  const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
  canvas.style.width = `${W * scale}px`;
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(W * scale, H * scale);
  const out = new Uint32Array(pixels.data.buffer),
    owned = new Int16Array(H * W);
  let image = null,
    ground = null,
    thumbs = null,
    hovered = null,
    zoom = 1,
    written = "",
    told = "",
    areas = null,
    arranged = {},
    idle = 0;

  // ---- controls and texts
  const { tell } = turns;
  const chosen = (legend, name, choices) =>
    choice({ legend, choices, selected: model.get(name), signal, onChange: (value) => tell({ [name]: value }) });
  const choices = {
    view: chosen("Picture", "view", { mask: "mask", semantic: "semantic", instance: "instance", panoptic: "panoptic" }),
    sort: chosen("Sort", "sort", { score: "score", number: "number", area: "area", class: "class" }),
    show: chosen("Show", "show", { all: "all", kept: "kept", classes: "a class", "no object": "no object" }),
  };
  const layerSlider = slider({
    label: "Decoder layer",
    signal,
    min: 0,
    max: last,
    step: 1,
    write: (value) => names[value],
    hint: "sorted and chosen as in the last layer, so that each query keeps its place",
    onInput: (layer) => tell({ layer }),
  });
  const summary = element("p", { class: "segtutor-summary" }),
    detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const distribution = bars({ label: "Class distribution of the query", rows: 6 });
  const fates = Object.fromEntries(["Semantic", "Instance", "Panoptic"].map((name) => [name, element("dd")]));
  const list = element(
    "dl",
    { class: "segtutor-fates" },
    ...Object.entries(fates).flatMap(([name, node]) => [element("dt", {}, name), node]),
  );
  const shelf = element("div");
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-queries" },
      element("div", { class: "segtutor-left" }, canvas, choices.view, detail, distribution.node, list),
      element(
        "div",
        { class: "segtutor-right" },
        ...(last > 0 ? [layerSlider.node] : []),
        summary,
        choices.sort,
        choices.show,
        shelf,
      ),
      spoken,
    ),
  );

  // ---- what is known of the layers
  const frame = frameScheduler(update),
    words = frameScheduler(write);
  const layers = new Layers(model, isthing, () => frame.request());
  const final = layers.get(last);

  /** Work that does not fit into a frame: a few milliseconds at a time, the layer in sight first. */
  function work() {
    const until = performance.now() + PART,
      layer = layers.get(model.get("layer"));
    let left = true,
      before = [layer?.result, layer?.ranked, final.result];
    while (left && performance.now() < until)
      left = layer?.work(thresholds) || (!final.result && final.work(thresholds));
    if ([layer?.result, layer?.ranked, final.result].some((one, n) => one !== before[n])) frame.request();
    idle = left ? setTimeout(work, 0) : 0;
  }

  /** The queries shown, in their order; asked every frame, decided when something it depends on has changed. */
  function arrangement() {
    const [sort, show] = [model.get("sort"), model.get("show")],
      key = `${sort} ${show} ${Boolean(final.result)}`;
    if (key !== arranged.key) {
      const filter = queryFilter(show, final.inference, final.result?.fates);
      if (sort === "area") areas ??= gridAreas(final.maps);
      arranged = { key, order: queryOrder(sort, final.inference, areas).filter(filter) };
    }
    return arranged;
  }

  // ---- one frame: the picture; the small ones and what is to be read in the next one, since that costs a layout
  function update() {
    const choose = Object.keys(choices)
      .map((name) => model.get(name))
      .join();
    if (choose !== told) {
      for (const [name, node] of Object.entries(choices)) {
        for (const input of node.querySelectorAll("input")) input.checked = input.value === model.get(name);
      }
    }
    told = choose;
    const number = model.get("layer"),
      layer = layers.get(number);
    layerSlider.show(number, layer ? "shown" : "being fetched");
    if (!image || !layer) return void (image && setText(summary, `${names[number]} is being fetched …`));
    if (!idle) idle = setTimeout(work, 0);
    const { order } = arrangement();
    if (order !== thumbs.order) {
      // pictures and buttons change places together
      thumbs.arrange(order);
      showAll(number, layer);
    }
    draw(layer, hovered ?? model.get("query"));
    words.request();
  }

  /** All queries of a layer, as small pictures and in words, where they are not yet shown so. */
  function showAll(number, layer) {
    const key = `${number} ${arranged.key} ${Boolean(layer.result)}`;
    if (key === written) return;
    written = key;
    thumbs.show(layer.maps, (one) => ({
      name: nameOf(layer, one),
      score: layer.inference.scores[one],
      fate: layer.result
        ? layer.result.fates[one].fate
        : layer.inference.labels[one] < classes.length
          ? "…"
          : FATES.none,
      color: colorOf(layer, one),
    }));
  }

  function write() {
    const number = model.get("layer"),
      layer = layers.get(number),
      held = model.get("query");
    if (!layer) return;
    showAll(number, layer);
    thumbs.hold(held);
    const kept = layer.result?.fates.filter(({ fate }) => fate === FATES.kept).length;
    setText(summary, `${names[number]}: ${kept ?? "…"} of ${count} queries kept, ${thumbs.order.length} shown`);
    describe(layer, hovered ?? held);
    announce.request();
  }

  const nameOf = (layer, query) =>
    layer.inference.labels[query] < classes.length ? classes[layer.inference.labels[query]].name : FATES.none;

  /** The query's own colour; in a layer where it proposes something else than in the last one, that class's. */
  const colorOf = (layer, query) => {
    const label = layer.inference.labels[query];
    return label === final.inference.labels[query] || label === classes.length ? colors[query] : classes[label].color;
  };

  function draw(layer, query) {
    const view = model.get("view");
    let ids = null,
      shown = [];
    if (query !== null) {
      const mask = layer.mask(query),
        threshold = Math.fround(thresholds.mask_threshold);
      const fate = layer.result?.fates[query].fate,
        competes = fate === FATES.kept || fate === FATES.overlapped;
      const label = bestClass(layer.classProbs, query, classes.length);
      if (view === "mask" || (view === "semantic" && !layer.semantic))
        paintHeat(out, scale, size, ground, mask, threshold);
      else {
        if (view === "semantic")
          for (let i = 0; i < owned.length; i++) owned[i] = layer.semantic[i] === label ? query : -1;
        else owned.fill(query);
        const winner = view === "panoptic" ? (competes ? layer.inference.winner : null) : owned;
        paintQuery(
          out,
          scale,
          size,
          image,
          mask,
          view === "instance" ? 0.5 : threshold,
          winner,
          query,
          colorOf(layer, query),
        );
      }
    } else if (view === "semantic" && layer.semantic) {
      ids = layer.semantic.map((label) => label + 1);
      shown = classes.map(({ name, color }) => ({ name, color }));
    } else if (view === "instance" && layer.ranked) {
      ids = new Int32Array(H * W);
      shown = layer.ranked
        .filter(({ score }) => score >= 0.5)
        .map((one) => ({ ...one, name: classes[one.label].name, color: colorOf(layer, one.query) }));
      for (let n = shown.length - 1; n >= 0; n--) {
        const mask = layer.mask(shown[n].query);
        for (let i = 0; i < ids.length; i++) if (mask[i] > 0.5) ids[i] = n + 1;
      }
    } else if (layer.result) {
      ids = layer.inference.segmentIds;
      shown = layer.result.segments.map(({ label, queries }) => ({
        name: classes[label].name,
        color: colorOf(layer, queries[0]),
      }));
    } else paintPicture(out, scale, size, image);
    if (ids) paintSegments(out, scale, size, image, ids, [null, ...shown.map(({ color }) => color)]);
    context.putImageData(pixels, 0, 0);
    if (ids)
      writeNames(context, scale, zoom, labelPlaces(ids, size, shown.length), ["", ...shown.map(({ name }) => name)]);
  }

  function describe(layer, query) {
    const where = names[model.get("layer")],
      view = model.get("view");
    for (const node of [distribution.node, list]) node.classList.toggle("segtutor-away", query === null);
    if (query === null) {
      setText(
        detail,
        `${view === "mask" ? "No query is held: this is the panoptic answer. " : ""}Point at a query or at the picture; click a query to hold it.`,
      );
      canvas.setAttribute("aria-label", `The ${view === "mask" ? "panoptic" : view} answer of ${where}`);
      return;
    }
    const name = nameOf(layer, query),
      score = layer.inference.scores[query].toFixed(2);
    canvas.setAttribute("aria-label", `Query ${query} in ${where}, ${view}: ${name}, score ${score}`);
    setText(detail, `Query ${query}, ${where}: ${name} with probability ${score}.`);
    const stride = classes.length + 1,
      row = layer.classProbs.subarray(query * stride, (query + 1) * stride);
    distribution.show(largest(row, classes, 5));
    const label = bestClass(layer.classProbs, query, classes.length);
    setText(
      fates.Semantic,
      layer.semantic
        ? semanticWords(
            classes[label].name,
            row[label],
            semanticShare(layer.mask(query), thresholds.mask_threshold, layer.semantic, label),
          )
        : "the sum over all queries is on its way …",
    );
    setText(
      fates.Instance,
      instanceWords(query, layer.ranked, layer.pairs, classes, isthing[label], classes[label].name),
    );
    if (!layer.result) return setText(fates.Panoptic, "the queries are competing …");
    setText(fates.Panoptic, explain(layer.result.fates[query], classes, thresholds, layer.result.segments));
  }

  const announce = whenQuiet(() => {
    const query = model.get("query");
    setText(spoken, query === null ? `${summary.textContent}.` : `${detail.textContent} ${fates.Panoptic.textContent}`);
  }, 600);

  // ---- pointer on the picture
  const queryAt = (event) => {
    const layer = layers.get(model.get("layer")),
      box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * W),
      y = Math.floor(((event.clientY - box.top) / box.height) * H);
    if (!layer?.result || x < 0 || y < 0 || x >= W || y >= H || !layer.inference.segmentIds[y * W + x]) return null;
    return layer.inference.winner[y * W + x];
  };
  canvas.addEventListener("pointermove", (event) => thumbs?.mark(queryAt(event) ?? undefined), { signal });
  canvas.addEventListener("pointerleave", () => thumbs?.mark(undefined), { signal });
  canvas.addEventListener(
    "click",
    (event) => {
      const query = model.get("query") === null ? queryAt(event) : null; // the second click lets go
      tell({ query });
      if (query !== null) thumbs.reveal(query);
    },
    { signal },
  );

  const resized = new ResizeObserver(([entry]) => {
    zoom = Math.min(2.5, Math.max(1, Math.round((4 * canvas.width) / (entry.contentRect.width || canvas.width)) / 4));
    frame.request();
  });
  resized.observe(canvas);
  life.on(["query", "layer", "sort", "show", "view"], frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    ground = heatGround(image);
    thumbs = new Thumbnails(count, ground, size, model.get("thumbnail"), {
      signal,
      onHover: (query) => {
        hovered = query;
        frame.request();
      },
      onHold: (query) => tell({ query: model.get("query") === query ? null : query }),
    });
    shelf.replaceWith(thumbs.node);
    update();
  });

  life.also(layers, resized, frame, words, announce, () => clearTimeout(idle));
}

// ---- In which order the queries stand and which of them are shown: the twin of query_order in base/reading.py.

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
