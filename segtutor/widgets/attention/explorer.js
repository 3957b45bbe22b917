// @ts-check
/**
 * AttentionExplorer: what a query looks at, what a pixel reads, which queries look at each other.
 *
 * Weights come from Python, one byte each, a layer when it is looked at; means, sums and pictures are computed here.
 */
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
import { heatGround } from "../shared/heat.js";
import { Parts } from "./parts.js";
import { Heads } from "./heads.js";
import { CrossView } from "./cross.js";
import { SamplingView } from "./sampling.js";
import { SelfView } from "./self.js";
import { manyOf, missingWords, nameOf, titled } from "./words.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";

const MASKED = { both: null, with: true, without: false };
const STATE = ["view", "query", "layer", "head", "masked", "pixel", "encoder_layer", "level"];
const GREY = [128, 128, 128];

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model);
  const size = model.get("size"),
    [H, W] = size,
    classes = model.get("classes"),
    queries = model.get("queries"),
    heads = model.get("heads");
  const layers = model.get("layers"),
    encoder = model.get("encoder"),
    extent = model.get("extent"),
    order = queries.by_score;
  let image = null,
    ground = null,
    drawn = null; // what the pictures show: words are written about nothing else
  const state = () => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
  const { tell } = turns;
  const frame = frameScheduler(update),
    words = frameScheduler(write);
  const parts = new Parts(model, () => frame.request());
  const name = (query) => nameOf(query, queries, classes);
  const term = model.get("term"),
    many = manyOf(term),
    score = (query) => queries.scores[query]?.toFixed(2); // a token that becomes no mask has none
  const who = (query) => {
    const known = score(query) === undefined ? "" : `, score ${score(query)}`;
    return `${titled(term)} ${query} (${name(query)}${known})`;
  };

  // ---- the three views
  const owners = model.get("owners"),
    owner = new Uint16Array(bytesOf(owners.codes).buffer);
  const shared = {
    size,
    extent,
    layers,
    encoder,
    heads,
    classes,
    queries,
    signal,
    tell,
    who,
    name,
    term,
    redraw: () => frame.request(),
    color: (query) => classes[queries.labels[query]]?.color ?? GREY,
    pixel: () => model.get("pixel"),
    look: (pixel) => String(pixel) === String(model.get("pixel")) || tell({ pixel }),
    ownerAt: ([x, y]) => {
      const [h, w] = owners.grid,
        query = owner[Math.floor(((y + 0.5) / H) * h) * w + Math.floor(((x + 0.5) / W) * w)];
      return query < order.length ? query : null;
    },
  };
  const cross = new CrossView(shared),
    among = new SelfView(shared),
    sampling = encoder.layers ? new SamplingView(shared) : null;

  // ---- controls
  const views = {
    cross: `a ${term} at the picture`,
    ...(layers[0].back && { back: `the picture at a ${term}` }),
    ...(sampling && { sampling: "a pixel at the maps" }),
    self: `${many} at ${many}`,
  };
  const view = choice({
    legend: "Attention of",
    choices: views,
    selected: model.get("view"),
    signal,
    onChange: (value) => tell({ view: value }),
  });
  const querySlider = slider({
    label: titled(term),
    hint: layers[0].back ? "masks first, best predicted IoU first" : "best score first",
    min: 0,
    max: order.length - 1,
    step: 1,
    signal,
    write: (at) => `${order[at]} ${name(order[at])} ${score(order[at]) ?? ""}`,
    onInput: (at) => tell({ query: order[at] }),
  });
  const layerSlider = slider({
    label: "Decoder layer",
    min: 0,
    hint:
      new Set(layers.map(({ stride }) => stride)).size > 1
        ? "each reads one of the maps, coarse to fine, again and again"
        : "all read the same map",
    max: layers.length - 1,
    step: 1,
    signal,
    onInput: (layer) => tell({ layer }),
    write: (at) => `${at + 1} of ${layers.length}, map at 1/${layers[at].stride}`,
  });
  const depth = slider({
    label: "Layer of the pixel decoder",
    hint: "each reads the maps that the one before has made",
    min: 0,
    max: Math.max(0, encoder.layers - 1),
    step: 1,
    signal,
    onInput: (encoder_layer) => tell({ encoder_layer }),
    write: (at) => `${at + 1} of ${encoder.layers}`,
  });
  const mask = choice({
    legend: "Mask",
    choices: { both: "side by side", with: "with", without: "without" },
    signal,
    selected: "both",
    onChange: (value) => tell({ masked: MASKED[value] }),
  });
  const level = choice({
    legend: "A cell of the map at",
    signal,
    selected: String(model.get("level")),
    onChange: (value) => tell({ level: Number(value) }),
    choices: Object.fromEntries(encoder.strides.map((stride, n) => [String(n), `1/${stride}`])),
  });
  const strip = new Heads(Math.max(heads.decoder, heads.encoder), size, { signal, onChoose: (head) => tell({ head }) });
  const headTitle = element("p", { class: "segtutor-head-title" }, "Heads");
  const say = element("p", { class: "segtutor-say" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  const lacking = sampling
    ? []
    : layers[0].back
      ? []
      : [
          element(
            "small",
            { class: "segtutor-lacking" },
            "Shown is the decoder. This model has no pixel decoder that " +
              "reads maps at points, and self-attention among the cells of its encoder or backbone (DETR, EoMT) is not shown.",
          ),
        ];
  const shown = {
    cross: [...cross.nodes, mask, cross.take],
    back: [...cross.nodes, cross.take],
    self: [among.node, among.lists],
    sampling: sampling ? [sampling.node, level, sampling.legend, sampling.shares.node, depth.node] : [],
  };
  const sliders = element(
    "div",
    { class: "segtutor-wide segtutor-sliders" },
    querySlider.node,
    layerSlider.node,
    depth.node,
  );
  el.append(
    element(
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
        element("div", {}, headTitle, strip.node),
        say,
        cross.take,
        among.lists,
        ...(sampling ? [sampling.legend, sampling.shares.node] : []),
      ),
      spoken,
    ),
  );
  const hide = (node, hidden) => node.hidden !== hidden && (node.hidden = hidden);

  // ---- one frame: the pictures; what is to be read, and the small maps of the heads, in the next one
  function arrange(now) {
    const inSight = shown[now.view];
    for (const nodes of Object.values(shown))
      nodes.forEach((node) => {
        if (!inSight.includes(node)) hide(node, true);
      });
    inSight.forEach((node) => cross.nodes.includes(node) || hide(node, false));
    hide(querySlider.node, now.view === "sampling");
    hide(layerSlider.node, now.view === "sampling" || layers.length < 2);
    hide(depth.node, now.view !== "sampling" || encoder.layers < 2);
    hide(
      sliders,
      [...sliders.children].every((one) => one.hidden),
    );
    hide(mask, now.view !== "cross" || !layers[now.layer].masked);
    const check = (node, value) =>
      node.querySelectorAll("input").forEach((input) => (input.checked = input.value === value));
    check(view, now.view);
    check(
      mask,
      Object.keys(MASKED).find((one) => MASKED[one] === now.masked),
    );
    check(level, String(now.level));
    querySlider.show(order.indexOf(now.query), "by score");
    now.layer = layerOf(now);
    layerSlider.show(now.layer, `${layers[now.layer].size.join(" by ")} cells`);
    depth.show(now.encoder_layer, "coarse to fine");
    const count = now.view === "sampling" ? heads.encoder : heads.decoder;
    strip.show(
      count,
      now.head === null ? null : Math.min(now.head, count - 1),
      now.view === "sampling" ? "all" : "mean",
      now.view === "cross" || now.view === "back",
    );
    return { ...now, head: now.head === null ? null : Math.min(now.head, count - 1) };
  }

  /** The layer in sight: in the last look only the tokens look, so "self" and "back" end one layer before. */
  const layerOf = ({ view, layer }) =>
    view === "self" || view === "back"
      ? Math.min(
          layer,
          layers.findLastIndex(({ mutual }) => mutual),
        )
      : layer;

  /** The part of the state in sight, or null while it is fetched. */
  const maps = (now) =>
    now.view === "sampling"
      ? parts.get(`sampling ${now.encoder_layer}`)
      : now.view === "self"
        ? parts.get(`layer ${now.layer}`)
        : parts.layer(now.layer, now.query);

  function update() {
    const now = arrange(state()),
      found = maps(now);
    const pictures = now.view === "cross" || now.view === "back";
    if (pictures) cross.arrange(found ?? { masked: layers[now.layer].masked }, now);
    if (image && found) {
      if (pictures) cross.draw(found, now, ground);
      else if (now.view === "self") among.draw(found, now);
      else sampling.draw(found, now, image);
      drawn = found;
    }
    words.request();
  }

  function write() {
    const now = arrange(state()),
      found = maps(now),
      what =
        now.view === "sampling"
          ? `Layer ${now.encoder_layer + 1} of the pixel decoder`
          : `Decoder layer ${now.layer + 1}`;
    if (!image || !found) return setText(say, image ? missingWords(what, parts.alone) : "");
    if (found !== drawn) return; // it has come a moment ago: the next frame draws it
    if (now.view === "cross" || now.view === "back") {
      setText(say, cross.write(found, now));
      strip.draw(found, extent, now.query, now.view === "back" ? "back" : now.masked === false);
      if (found.step > 1) refine.request();
    } else setText(say, (now.view === "self" ? among : sampling).write(found, now));
    announce.request();
  }

  const refine = whenQuiet(
    () => parts.refine(layerOf({ view: model.get("view"), layer: model.get("layer") }), model.get("query")),
    150,
  );
  const announce = whenQuiet(() => setText(spoken, say.textContent), 600);
  const stages = [cross.with.on, cross.without.on, among.on, ...(sampling ? [sampling.on] : [])];
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const one = stages.find(({ canvas }) => canvas === target);
      if (contentRect.width)
        one.zoom = Math.min(2.5, Math.max(1, Math.round((4 * one.canvas.width) / contentRect.width) / 4));
    }
    frame.request();
  });
  for (const { canvas } of stages) resized.observe(canvas);
  life.on(STATE, frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((decoded) => {
    if (signal.aborted) return;
    image = decoded;
    ground = heatGround(image);
    strip.setGround(ground);
    update();
  });
  update();

  life.also(parts, resized, frame, words, refine, announce);
}

export default { render: living(render) };
