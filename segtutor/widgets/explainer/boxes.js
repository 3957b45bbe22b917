// @ts-check
/**
 * The boxes of the diagram, left to right: each draws what is in the networks at this moment.
 *
 * `now` is {image, truth, tensors: [per pixel, masks], answers: [{ids, segments}, {ids, segments}], labels, merge};
 * `view` is {pixel: [x, y], query, layer}, what is looked at.
 */
import { ScenePanel } from "../shared/scene/panels.js";
import { bars } from "../shared/bars.js";
import { element, newId, setText } from "../shared/canvas.js";
import { Plate, pickable } from "./plates.js";
import { cellAt, shares } from "./sums.js";
import { tr, trLater } from "../shared/words.js";

const STAGES = [4, 8, 16, 32];
const COLUMNS = [trLater("pixels"), trLater("masks")];

/** @param {Record<string, any>} page {facts, weights, pick, act, scene, signal, openedId}: see view.js */
export function makeBoxes(page) {
  const { facts, scene, signal, pick, act } = page,
    { classes, size } = facts.state,
    names = classes.map(({ name }) => name);
  const boxes = [],
    Q = facts.queries,
    prefix = newId();
  /**
   * @param {(now: any) => void} draw once the networks have answered
   * @param {(now: any, view: any, whole: boolean) => void} [look] whole: not the pixel alone has changed
   */
  const box = (name, title, lane, note, draw, look = () => {}) => {
    const heading = element("h3", { id: `${prefix}-${name}` }, title),
      body = element("div", { class: "body" }),
      open = element(
        "button",
        { type: "button", class: "open", "aria-expanded": "false", "aria-controls": page.openedId, "data-open": name },
        tr("Open"),
        element("span", { class: "segtutor-hidden" }, ` ${title}`),
      );
    open.addEventListener("click", () => act.open(name));
    const node = element(
      "section",
      { class: `box of-${lane}`, "data-box": name, "aria-labelledby": `${prefix}-${name}` },
      element("header", {}, heading, open),
      body,
      element("p", { class: "note" }, note),
    );
    const made = { name, title, lane, node, body, open, draw, look };
    boxes.push(made);
    return made;
  };

  // ------------------------------------------------------------------------------------------ what both have
  const picture = box("picture", tr("Picture"), "shared", tr("drag its things; click for a pixel"), () => {});
  picture.body.append(
    element("div", { class: "segtutor-widget segtutor-scene" }, scene.stage.stage),
    element("p", { class: "where" }),
  );

  /** Two columns of maps, one a network; rows: [words, name in the first, name in the second] */
  const maps = (made, rows) => {
    const table = element(
      "div",
      { class: "maps" },
      element("span"),
      ...COLUMNS.map((one) => element("small", {}, tr(one))),
    );
    const plates = rows.map(([words, ...tensors]) => {
      const both = tensors.map(
        (_, n) =>
          new Plate(
            tr("{box}, {map}, of the network of {kind}", { box: made.title, map: words, kind: tr(COLUMNS[n]) }),
            pick,
          ),
      );
      table.append(element("small", {}, words), ...both.map(({ node }) => node));
      return { tensors, both };
    });
    made.body.append(table);
    made.draw = (now) =>
      plates.forEach(({ tensors, both }) =>
        both.forEach((plate, n) =>
          plate.components(now.tensors[n][tensors[n]], page.weights[`${n}:map:${tensors[n]}`].data),
        ),
      );
  };
  maps(
    box("backbone", tr("Backbone"), "shared", tr("four stages: ever fewer cells, ever more channels"), () => {}),
    STAGES.map((stride, n) => [`1/${stride}`, `stage_${n}`, `stage_${n}`]),
  );
  maps(
    box(
      "pixel-decoder",
      tr("Pixel decoder"),
      "shared",
      tr("what was understood is brought back to where it is"),
      () => {},
    ),
    [3, 2, 1, 0].map((n) => [`1/${STAGES[n]}`, `pyramid_${n}`, n ? `level_${3 - n}` : "mask_features"]),
  );

  // ------------------------------------------------------------------------------------------ per pixel
  const heads = names.map((name) => new Plate(tr("Logits of {name}", { name }), pick)),
    headNodes = heads.map((plate, k) => element("figure", {}, plate.node, element("figcaption", {}, names[k])));
  const head = box(
    "pixel-head",
    tr("Head"),
    "pixels",
    tr("one map of logits a class: red speaks for it, blue against it"),
    (now) => {
      const {
        dims: [, K, h, w],
        data,
      } = now.tensors[0].cell_logits;
      for (let k = 0; k < K; k++) heads[k].signed(data, k * h * w, [w, h], 12, tr("red where it is likely"));
    },
  );
  head.body.append(element("div", { class: "small-maps" }, ...headNodes));

  const pixelBars = bars({ label: tr("The pixel's classes"), rows: 6 });
  const softmax = box(
    "pixel-softmax",
    tr("Softmax"),
    "pixels",
    tr("at the pixel that is marked"),
    () => {},
    (now, view) => pixelBars.show(ranked(shares(pixelLogits(now, view.pixel)).shares)),
  );
  softmax.body.append(element("div", { class: "segtutor-widget" }, pixelBars.node));

  const argmaxPlate = new Plate(tr("The most probable class of each pixel"), pick),
    argmaxSays = element("p", { class: "says" });
  const argmax = box(
    "argmax",
    tr("Argmax"),
    "pixels",
    tr("a class each pixel: two that touch are one patch"),
    (now) =>
      argmaxPlate.labels(
        now.labels,
        size,
        classes.map(({ colors }) => colors[0]),
        present(now.labels),
      ),
    (now, view) => setText(argmaxSays, tr("here: {name}", { name: names[now.labels[pixelIndex(view.pixel)]] })),
  );
  argmax.body.append(argmaxPlate.node, argmaxSays);

  const answers = facts.state.models.map(({ family }, n) => answerPanel(n, family));
  function answerPanel(n, family) {
    const panel = new ScenePanel(tr(COLUMNS[n]), "", size[0], classes, signal);
    panel.note.remove();
    const plate = element("span");
    panel.canvas.replaceWith(plate);
    plate.append(panel.canvas);
    pickable(panel.canvas, plate, pick);
    const made = box(
      n ? "merge" : "components",
      n ? tr("Merge") : tr("Components"),
      family === "mask" ? "masks" : "pixels",
      n ? tr("each pixel to the query that claims it most") : tr("each patch of a thing's class is one thing"),
      (now) => {
        const { image, truth, answers: given } = now;
        now.judged[n] = truth ? panel.showAnswer(image, truth, given[n]) : panel.showUnjudged(image, given[n]);
      },
    );
    made.body.append(element("div", { class: "segtutor-widget segtutor-scene" }, panel.node));
    return made;
  }

  // ------------------------------------------------------------------------------------------ masks
  const strip = new Plate(tr("Queries as rows, their 64 numbers as colours"));
  strip.canvas.addEventListener("click", (event) => {
    const { top, height } = strip.canvas.getBoundingClientRect(),
      Q = strip.canvas.height;
    act.query(Math.min(Q - 1, Math.max(0, Math.floor(((event.clientY - top) / height) * Q))));
  });
  const row = element("i", { class: "row", "aria-hidden": "true" }),
    gone = Array.from({ length: Q }, () => element("i", { class: "gone", "aria-hidden": "true", hidden: true }));
  gone.forEach((node, q) => Object.assign(node.style, { top: `${(100 * q) / Q}%`, height: `${100 / Q}%` }));
  strip.node.append(...gone, row);
  strip.node.classList.add("strip");
  const queries = box(
    "queries",
    tr("Queries"),
    "masks",
    tr("{n} vectors, the same at first for every picture, after three layers not", { n: Q }),
    () => {},
    (now, view, whole) => {
      if (!whole) return;
      const {
        dims: [, Q, C],
        data,
      } = now.tensors[1].states;
      strip.signed(
        data,
        view.layer * Q * C,
        [C, Q],
        3,
        (view.layer ? tr("after layer {n}", { n: view.layer }) : tr("as they were learned")) +
          (now.without.length ? tr("; taken away: {queries}", { queries: now.without.join(", ") }) : ""),
      );
      gone.forEach((node, q) => (node.hidden = !now.without.includes(q)));
      row.style.top = `${(100 * view.query) / Q}%`;
      row.style.height = `${100 / Q}%`;
    },
  );
  queries.body.append(strip.node);

  const looks = [0, 1, 2].map((n) => new Plate(tr("Where the query looked in layer {n}", { n: n + 1 }), pick));
  const attention = box(
    "attention",
    tr("Masked cross-attention"),
    "masks",
    tr("bright: looked at; hatched: outside its mask of a moment ago, forbidden"),
    () => {},
    (now, view, whole) => {
      if (!whole) return;
      setText(
        attention.node.querySelector(".note"),
        now.masked
          ? tr("bright: looked at; hatched: outside its mask of a moment ago, forbidden")
          : tr("masks are switched off: each query may look everywhere"),
      );
      looks.forEach((plate, layer) => {
        const { weights, allowed, side } = meanAttention(now.tensors[1], layer, view.query);
        plate.heat(
          weights,
          0,
          [side, side],
          Math.max(...weights),
          allowed,
          tr("{n} of {all} cells allowed", { n: allowed.reduce((sum, one) => sum + one, 0), all: side * side }),
        );
      });
    },
  );
  attention.body.append(
    element(
      "div",
      { class: "looks" },
      ...looks.map(({ node }, n) =>
        element(
          "figure",
          {},
          node,
          element("figcaption", {}, tr("layer {n}, 1/{stride}", { n: n + 1, stride: [32, 16, 8][n] })),
        ),
      ),
    ),
  );

  const classBars = bars({ label: tr("The query's classes"), rows: 4 });
  const classHead = box(
    "class-head",
    tr("Class head"),
    "masks",
    tr("what the query has found, or that it has found nothing"),
    () => {},
    (now, view, whole) => whole && classBars.show(ranked(shares(classLogits(now, view)).shares, 4)),
  );
  classHead.body.append(element("div", { class: "segtutor-widget" }, classBars.node));

  const masks = Array.from({ length: Q }, (_, q) => {
    const plate = new Plate(tr("Mask of query {q}", { q })),
      node = element("button", { type: "button", class: "mask", "data-query": q, "aria-pressed": "false" }, plate.node);
    node.addEventListener("click", () => act.query(q));
    return { plate, node };
  });
  const chosen = new Plate(tr("Mask logits of the chosen query"), pick),
    maskSays = element("p", { class: "says" });
  const maskBox = box(
    "masks",
    tr("Mask head, dot product"),
    "masks",
    tr("query times pixel; framed: it finds something"),
    () => {},
    (now, view, whole) => {
      const {
        dims: [, Q, h, w],
        data,
      } = now.tensors[1].all_mask_logits;
      const [x, y] = cellAt(view.pixel, [w, h]);
      setText(
        maskSays,
        tr("query {q} here: {logit}", {
          q: view.query,
          logit: data[((view.layer * Q + view.query) * h + y) * w + x].toFixed(1).replace("-", "−"),
        }),
      );
      if (!whole) return;
      for (let q = 0; q < Q; q++) {
        masks[q].plate.signed(data, (view.layer * Q + q) * h * w, [w, h], 8, "");
        masks[q].node.setAttribute("aria-pressed", String(q === view.query));
        const { shares: found } = shares(classLogits(now, { ...view, query: q })),
          best = found.indexOf(Math.max(...found));
        masks[q].node.classList.toggle("finds", best < classes.length);
        masks[q].node.classList.toggle("gone", now.without.includes(q));
        masks[q].node.title = tr(
          now.without.includes(q) ? trLater("query {q}: {name}, taken away") : trLater("query {q}: {name}"),
          { q, name: names[best] ?? tr("no object") },
        );
        masks[q].node.setAttribute("aria-label", masks[q].node.title);
      }
      chosen.signed(data, (view.layer * Q + view.query) * h * w, [w, h], 8, tr("red inside, blue outside"));
    },
  );
  maskBox.body.append(chosen.node, maskSays, element("div", { class: "thumbs" }, ...masks.map(({ node }) => node)));

  // ------------------------------------------------------------------------------------------ reading
  const pixelIndex = ([x, y]) => Math.floor(y * size[0]) * size[1] + Math.floor(x * size[1]);
  const pixelLogits = (now, pixel) => {
    const {
      dims: [, K],
      data,
    } = now.tensors[0].logits;
    return Array.from({ length: K }, (_, k) => data[k * size[0] * size[1] + pixelIndex(pixel)]);
  };
  const classLogits = (now, { layer, query }) => {
    const {
      dims: [, Q, K],
      data,
    } = now.tensors[1].all_class_logits;
    return data.slice((layer * Q + query) * K, (layer * Q + query + 1) * K);
  };
  const ranked = (found, rows = 6) =>
    [...found]
      .map((value, k) => ({ name: names[k] ?? tr("no object"), value, color: classes[k]?.colors[0] ?? null }))
      .sort((a, b) => b.value - a.value)
      .slice(0, rows);
  const present = (labels) => {
    const seen = new Set(labels);
    return names.filter((_, k) => seen.has(k)).join(", ");
  };
  const order = [
    "picture",
    "backbone",
    "pixel-decoder",
    "pixel-head",
    "pixel-softmax",
    "argmax",
    "components",
    "queries",
    "attention",
    "class-head",
    "masks",
    "merge",
  ];
  boxes.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const inLane = (lane) => boxes.filter((one) => one.lane === lane).map(({ node }) => node);
  const node = element(
    "div",
    { class: "diagram" },
    element("div", { class: "shared", role: "group", "aria-label": tr("What both networks do") }, ...inLane("shared")),
    element(
      "div",
      { class: "lane pixels", role: "group", "aria-label": tr("Classify pixels") },
      element("h2", {}, tr("classify pixels")),
      ...inLane("pixels"),
    ),
    element(
      "div",
      { class: "lane masks", role: "group", "aria-label": tr("Classify masks") },
      element("h2", {}, tr("classify masks")),
      ...inLane("masks"),
    ),
  );
  return { boxes, node, answers, reading: { pixelIndex, pixelLogits, classLogits, names } };
}

/** The mean over the heads of what a query took from each cell, and where it was allowed to look. */
export function meanAttention(tensors, layer, query) {
  const {
      dims: [, heads, Q, S],
      data,
    } = tensors[`attention_${layer}`],
    weights = new Float32Array(S);
  for (let head = 0; head < heads; head++)
    for (let s = 0; s < S; s++) weights[s] += data[(head * Q + query) * S + s] / heads;
  return {
    weights,
    allowed: tensors[`may_attend_${layer}`].data.slice(query * S, (query + 1) * S),
    side: Math.sqrt(S),
  };
}
