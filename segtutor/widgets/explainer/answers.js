// @ts-check
/** The two boxes at the right end, opened: the merge as steps one can walk, and PQ as matched pairs. */
import { looksOf } from "../shared/scene/panels.js";
import { element, setText, slider } from "../shared/canvas.js";
import { FATES } from "../shared/inference.js";
import { classQualities, meanQuality } from "../shared/matched.js";
import { chooser, number, percent, table, written } from "./parts.js";
import { Plate } from "./plates.js";
import { tr, trCount, trLater, trParts } from "../shared/words.js";

const STEPS = [
  [
    trLater("Score threshold"),
    trLater("Queries that found nothing, or are not sure enough, are put away. The rest may claim pixels."),
  ],
  [
    trLater("Argmax"),
    trLater("Each pixel goes to the query with the largest score × mask probability there. Below: the marked pixel."),
  ],
  [
    trLater("Overlap"),
    trLater("A query that got too little of its own mask lost it to others, and is dropped with all it won."),
  ],
  [
    trLater("Void"),
    trLater("A pixel is painted where its query's mask probability passes the mask threshold. The rest stays void."),
  ],
];

const HEADS = [
  [trLater("query"), trLater("class"), trLater("score"), trLater("so it"), ""],
  [
    trLater("query"),
    trLater("class"),
    trLater("score"),
    trLater("mask probability here"),
    trLater("score × probability"),
  ],
  [trLater("query"), trLater("class"), trLater("pixels won"), trLater("its mask"), trLater("share")],
  [trLater("query"), trLater("class"), trLater("segment"), "", ""],
].map((texts) => texts.filter(Boolean));

/** What became of a segment, as matched.js calls it. */
const KINDS = {
  matched: trLater("matched"),
  missed: trLater("missed"),
  false: trLater("false"),
  ignored: trLater("ignored"),
  crowd: trLater("crowd"),
};

/** The entries of open.js for `components` and `merge`. */
export function openedAnswers(page) {
  const { facts, reading, act } = page,
    { classes, size } = facts.state,
    { names } = reading;
  const [H, W] = size;

  function pairs(n) {
    const made = table(tr("Segments of the truth, then what the network invented"), [
        tr("truth"),
        tr("network"),
        tr("shared pixels"),
        tr("union"),
        tr("IoU"),
        "",
      ]),
      perClass = table(tr("Classes that occur"), [
        tr("class"),
        tr("sum of IoU"),
        tr("matched"),
        tr("missed"),
        tr("false"),
        tr("PQ of the class"),
      ]),
      total = number("pq");
    const node = element(
      "div",
      {},
      element("h3", {}, tr("What it is worth: PQ as pairs")),
      element(
        "p",
        { class: "untold", hidden: true },
        tr("Of your own picture nobody has said what is true: no pairs, no PQ."),
      ),
      element(
        "p",
        {},
        tr(
          "A segment of the truth and one of the network match where they are of one class and share more than half of their union.",
        ),
      ),
      made.node,
      perClass.node,
      element("p", { class: "equation" }, ...trParts("the mean over these classes = PQ {pq}", { pq: total.node })),
    );
    let shown;
    const show = (now) => {
      if (shown === now.judged[n]) return; // the pointer alone has moved
      shown = now.judged[n];
      const told = Boolean(shown);
      node.querySelectorAll(":scope > :not(h3)").forEach((one) => (one.hidden = one.matches(".untold") === told));
      if (!shown) return;
      const { found, segments } = now.judged[n],
        true_ = looksOf(now.truth.segments, classes),
        ours = looksOf(segments, classes),
        P = found.predicted.length;
      const rows = found.true.map((one, t) => {
        const p = found.predicted.findIndex(({ id }) => one.partner && id === one.partner),
          both = p < 0 ? 0 : found.shared[(t + 1) * (P + 1) + p + 1],
          union = p < 0 ? 0 : one.area + found.predicted[p].area - both - found.shared[p + 1];
        return p < 0
          ? [true_.get(one.id).name, "—", "—", "—", "—", tr(KINDS[one.kind])]
          : [
              true_.get(one.id).name,
              ours.get(one.partner).name,
              { name: `shared-${one.id}`, value: both, text: String(both) },
              { name: `union-${one.id}`, value: union, text: String(union) },
              { name: `iou-${one.id}`, value: one.iou },
              tr("matched"),
            ];
      });
      for (const { id, kind } of found.predicted)
        if (kind !== "matched") rows.push(["—", ours.get(id).name, "—", "—", "—", tr(KINDS[kind])]);
      made.show(rows);
      const qualities = classQualities(found, classes.length);
      perClass.show(
        qualities.flatMap((one, k) =>
          one.weight > 0
            ? [
                [
                  names[k],
                  written(one.iou),
                  String(one.tp),
                  String(one.fn),
                  String(one.fp),
                  { name: `pq-${k}`, value: one.pq, text: percent(one.pq) },
                ],
              ]
            : [],
        ),
      );
      const { pq } = meanQuality(qualities);
      total.show(pq, percent(pq));
    };
    return { node, show };
  }

  return {
    components: {
      intuition: tr(
        "A network that classifies pixels has no things. A patch of pixels of one class is taken for one thing: two that touch become one, one that is cut in two becomes two.",
      ),
      lesson: "10",
      code: "segtutor/inference/components.py",
      build: (body) => {
        const worth = pairs(0);
        body.append(worth.node);
        return (now) => worth.show(now);
      },
    },
    merge: {
      intuition: tr(
        "Masks overlap and some are wrong; an answer needs each pixel once. Four steps decide, and you can walk them.",
      ),
      lesson: "08",
      code: "segtutor/inference/panoptic.py",
      build: (body, again, signal) => {
        let [step, last, drawn] = [0, -1, null];
        const walk = chooser(
            tr("Step"),
            STEPS.map(([title], n) => `${n + 1}. ${tr(title)}`),
            (n) => {
              step = n;
              again();
            },
            signal,
          ),
          back = element("button", { type: "button" }, tr("Back")),
          next = element("button", { type: "button" }, tr("Next step")),
          says = element("p"),
          plate = new Plate(tr("The picture after this step"), page.pick),
          made = table(
            tr("Queries at this step"),
            HEADS[0].map((text) => tr(text)),
          ),
          worth = pairs(1);
        const go = (by) => {
          step = Math.min(STEPS.length - 1, Math.max(0, step + by));
          again();
        };
        back.addEventListener("click", () => go(-1));
        next.addEventListener("click", () => go(1));
        const sliders = [
          ["scoreThreshold", trLater("Score threshold")],
          ["maskThreshold", trLater("Mask threshold")],
          ["overlapThreshold", trLater("Overlap threshold")],
        ].map(([name, label]) => ({
          name,
          made: slider({ label: tr(label), hint: "", onInput: (value) => act.threshold(name, value), signal }),
        }));
        plate.node.classList.add("large");
        body.append(
          element("p", {}, walk.node, back, " ", next),
          says,
          element("div", { class: "beside" }, plate.node, made.node),
          element("div", { class: "segtutor-widget sliders" }, ...sliders.map((one) => one.made.node)),
          worth.node,
        );
        return (now, view) => {
          const { merge, merged, thresholds } = now,
            { fates } = merged;
          walk.select.value = String(step);
          back.disabled = step === 0;
          next.disabled = step === STEPS.length - 1;
          setText(says, tr(STEPS[step][1]));
          sliders.forEach(({ name, made: one }) => one.show(thresholds[name], tr("of 1")));
          const at = reading.pixelIndex(view.pixel),
            taking = fates.filter(({ fate }) => fate !== FATES.none && fate !== FATES.below);
          const rowOf = {
            0: () =>
              fates
                .map((one) => ({ ...one, ...(now.without.includes(one.query) ? now.found[one.query] : {}) }))
                .sort((a, b) => b.score - a.score)
                .map(({ query, label, score, fate }) => [
                  String(query),
                  names[label] ?? tr("no object"),
                  { name: `score-${query}`, value: score },
                  now.without.includes(query)
                    ? tr("taken away")
                    : fate === FATES.none
                      ? tr("found nothing")
                      : fate === FATES.below
                        ? tr("not sure enough")
                        : tr("may claim"),
                ]),
            1: () =>
              taking
                .map((one) => ({ ...one, probability: merge.mask(one.query)[at] }))
                .sort((a, b) => b.score * b.probability - a.score * a.probability)
                .slice(0, 6)
                .map(({ query, label, score, probability }) => [
                  String(query),
                  names[label],
                  { name: `score-${query}`, value: score },
                  { name: `probability-${query}`, value: probability },
                  { name: `claim-${query}`, value: score * probability },
                ]),
            2: () =>
              taking.map(({ query, label, area, maskArea, fate }) => [
                String(query),
                names[label],
                { name: `won-${query}`, value: area, text: tr("{n} won", { n: area }) },
                { name: `mask-${query}`, value: maskArea, text: tr("of {n} in its mask", { n: maskArea }) },
                `${percent(area / maskArea)}: ${fate === FATES.kept ? tr("kept") : tr("dropped")}`,
              ]),
            3: () =>
              merged.segments.map(({ id, label, area, queries }) => [
                queries.join(" + "),
                names[label],
                { name: `segment-${id}`, value: area, text: trCount("{n} pixel", "{n} pixels", area) },
              ]),
          };
          worth.show(now);
          if (drawn === merged && step === last && step !== 1) return; // it does not depend on the pixel
          [drawn, last] = [merged, step];
          made.head(HEADS[step].map((text) => tr(text)));
          made.show(rowOf[step](), -1);
          const { numbers, colours } = painted(now, step);
          plate.labels(numbers, [W, H], colours, tr(STEPS[step][0]));
        };
      },
    },
  };

  /** What stands after a step: numbers of pixels, the size, and colours by number. */
  function painted({ merge, merged, answers }, step) {
    const colours = [[150, 150, 150]],
      queryLooks = (query) => classes[merge.labels[query]].colors;
    if (step === 3) {
      for (const [id, { color }] of looksOf(new Map(answers[1].segments.map(({ id, label }) => [id, label])), classes))
        colours[id] = color;
      return { numbers: answers[1].ids, colours };
    }
    const taking = merged.fates.filter(({ fate }) =>
      step === 2 ? fate === FATES.kept : fate !== FATES.none && fate !== FATES.below,
    );
    taking.forEach(({ query }) => {
      const all = queryLooks(query);
      colours[query + 1] = all[query % all.length];
    });
    if (step) return { numbers: merge.winner.map((query) => (colours[query + 1] ? query + 1 : 0)), colours };
    const first = new Int32Array(W * H); // all masks that may claim, one over the other, the surest on top
    [...taking]
      .sort((a, b) => a.score - b.score)
      .forEach(({ query }) => {
        const mask = merge.mask(query);
        for (let i = 0; i < first.length; i++) if (mask[i] >= 0.5) first[i] = query + 1;
      });
    return { numbers: first, colours };
  }
}
