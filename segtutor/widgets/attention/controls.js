// @ts-check
/** What can be chosen in AttentionExplorer: view, query, layer, head, mask, map; and which of it is in sight. */
import { check, choice, element, slider } from "../shared/canvas.js";
import { tr, trLater } from "../shared/words.js";
import { Heads } from "./heads.js";
import { termWords } from "./words.js";

const MASKED = { both: null, with: true, without: false };
const MASKS = { both: trLater("side by side"), with: trLater("with"), without: trLater("without") };

/** Hides a node or shows it; one that is as it should be is not touched. */
export const hide = (node, hidden) => node.hidden !== hidden && (node.hidden = hidden);

/**
 * @param {any} sent what Python sent once
 * @param {any} model of the widget
 * @param {{signal: AbortSignal, tell: (traits: Record<string, any>) => void, name: (query: number) => string,
 *   score: (query: number) => string | undefined}} context
 */
export function controlsOf(sent, model, context) {
  const { signal, tell } = context,
    { heads, layers, encoder, size } = sent;
  const made = {
    view: viewChoice(sent, model.get("view"), context),
    mask: maskChoice(context),
    level: levelChoice(sent, model.get("level"), context),
    query: querySlider(sent, context),
    layer: layerSlider(sent, context),
    depth: depthSlider(sent, context),
  };
  const strip = new Heads(Math.max(heads.decoder, heads.encoder), size, {
    signal,
    onChoose: (head) => tell({ head }),
  });
  const sliders = element(
    "div",
    { class: "segtutor-wide segtutor-sliders" },
    ...[made.query, made.layer, made.depth].map(({ node }) => node),
  );
  const title = element("p", { class: "segtutor-head-title" }, tr("Heads"));

  /** Shows what is chosen, and hides what the view has no use for. @returns the state with a head that is there */
  function show(now) {
    const sampling = now.view === "sampling",
      pictures = now.view === "cross" || now.view === "back";
    hide(made.query.node, sampling);
    hide(made.layer.node, sampling || layers.length < 2);
    hide(made.depth.node, !sampling || encoder.layers < 2);
    hide(
      sliders,
      [...sliders.children].every((one) => /** @type {HTMLElement} */ (one).hidden),
    );
    hide(made.mask, now.view !== "cross" || !layers[now.layer].masked);
    check(made.view, now.view);
    check(
      made.mask,
      Object.keys(MASKED).find((one) => MASKED[one] === now.masked),
    );
    check(made.level, String(now.level));
    made.query.show(sent.queries.by_score.indexOf(now.query), tr("by score"));
    const [h, w] = layers[now.layer].size;
    made.layer.show(now.layer, tr("{h} by {w} cells", { h, w }));
    made.depth.show(now.encoder_layer, tr("coarse to fine"));
    const count = sampling ? heads.encoder : heads.decoder,
      head = now.head === null ? null : Math.min(now.head, count - 1);
    strip.show(count, head, sampling ? trLater("all") : trLater("mean"), pictures);
    return { ...now, head };
  }
  return {
    view: made.view,
    mask: made.mask,
    level: made.level,
    sliders,
    strip,
    heads: element("div", {}, title, strip.node),
    show,
  };
}

function viewChoice({ term, layers, encoder }, selected, { signal, tell }) {
  const { one, many } = termWords(term);
  const choices = {
    cross: tr("a {term} at the picture", { term: one }),
    ...(layers[0].back && { back: tr("the picture at a {term}", { term: one }) }),
    ...(encoder.layers && { sampling: tr("a pixel at the maps") }),
    self: tr("{many} at {many}", { many }),
  };
  return choice({ legend: tr("Attention of"), choices, selected, signal, onChange: (view) => tell({ view }) });
}

function maskChoice({ signal, tell }) {
  return choice({
    legend: tr("Mask"),
    choices: Object.fromEntries(Object.entries(MASKS).map(([value, text]) => [value, tr(text)])),
    signal,
    selected: "both",
    onChange: (value) => tell({ masked: MASKED[value] }),
  });
}

function levelChoice({ encoder }, level, { signal, tell }) {
  return choice({
    legend: tr("A cell of the map at"),
    signal,
    selected: String(level),
    onChange: (value) => tell({ level: Number(value) }),
    choices: Object.fromEntries(encoder.strides.map((stride, n) => [String(n), `1/${stride}`])),
  });
}

function querySlider({ term, queries, layers }, { signal, tell, name, score }) {
  const order = queries.by_score;
  return slider({
    label: termWords(term).titled,
    hint: layers[0].back ? tr("masks first, best predicted IoU first") : tr("best score first"),
    min: 0,
    max: order.length - 1,
    step: 1,
    signal,
    write: (at) => `${order[at]} ${name(order[at])} ${score(order[at]) ?? ""}`,
    onInput: (at) => tell({ query: order[at] }),
  });
}

function layerSlider({ layers }, { signal, tell }) {
  const several = new Set(layers.map(({ stride }) => stride)).size > 1;
  return slider({
    label: tr("Decoder layer"),
    min: 0,
    hint: several ? tr("each reads one of the maps, coarse to fine, again and again") : tr("all read the same map"),
    max: layers.length - 1,
    step: 1,
    signal,
    onInput: (layer) => tell({ layer }),
    write: (at) =>
      tr("{n} of {total}, map at 1/{stride}", { n: at + 1, total: layers.length, stride: layers[at].stride }),
  });
}

function depthSlider({ encoder }, { signal, tell }) {
  return slider({
    label: tr("Layer of the pixel decoder"),
    hint: tr("each reads the maps that the one before has made"),
    min: 0,
    max: Math.max(0, encoder.layers - 1),
    step: 1,
    signal,
    onInput: (encoder_layer) => tell({ encoder_layer }),
    write: (at) => tr("{n} of {total}", { n: at + 1, total: encoder.layers }),
  });
}
