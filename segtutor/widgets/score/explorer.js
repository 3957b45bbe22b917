// @ts-check
/**
 * ScoreExplorer: matched, missed, false and ignored segments of one picture, what each costs of PQ, and repairs by hand.
 *
 * Python sends prediction and truth once. Matching, counting, repairing and drawing happen here; the kernel is told the
 * list of repairs, from which it computes the same.
 */
import { bytesOf, decodePicture, element, frameScheduler, ownKeys, setText, whenQuiet } from "../shared/canvas.js";
import { classQualities, lostQuality, matchSegments, meanQuality } from "../shared/matched.js";
import { KINDS, greyGround, swatch } from "../shared/kinds.js";
import { repaired } from "./repairs.js";
import { ScorePanels } from "./panels.js";
import { RepairTools } from "./tools.js";
import { living } from "../shared/lifetime.js";
import { Turns } from "../shared/turns.js";

/** Reads what Python sent: two sides {ids, segments: Map(number -> label)}, the truth's crowds. */
function readModel(model) {
  const side = (name) => {
    const list = model.get(`${name}_segments`);
    return {
      ids: Int32Array.from(new Uint16Array(bytesOf(model.get(`${name}_ids`)).buffer)),
      list,
      segments: new Map(list.map(({ label }, n) => [n + 1, label])),
    };
  };
  const truth = side("truth");
  truth.crowds = new Set(truth.list.flatMap(({ iscrowd }, n) => (iscrowd ? [n + 1] : [])));
  return { truth, prediction: side("predicted"), classes: model.get("classes"), size: model.get("size") };
}

/** PQ = SQ x RQ for the mean, things, stuff and each class that occurs. */
function scoreTable(classes) {
  const heads = [
    ["PQ", "panoptic quality"],
    ["=", ""],
    ["SQ", "segmentation quality: mean IoU of the matches"],
    ["×", ""],
    ["RQ", "recognition quality: F1 of the matches"],
    ["TP", "segments matched"],
    ["FP", "false segments"],
    ["FN", "missed segments"],
  ];
  const line = (name) => {
    const cells = heads.map(() => element("td"));
    return { cells, node: element("tr", {}, element("th", { scope: "row" }, name), ...cells) };
  };
  const lines = { all: line("mean of all"), things: line("things"), stuff: line("stuff") };
  const ofClass = classes.map(({ name }) => line(name));
  const node = element(
    "table",
    { class: "segtutor-quality" },
    element("caption", {}, "In percent. PQ = SQ × RQ holds for each class; above them stand means."),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td"),
        ...heads.map(([text, title]) => element("th", { scope: "col", title: title || null }, text)),
      ),
    ),
    element("tbody", {}, ...Object.values(lines).map((one) => one.node)),
    element("tbody", {}, ...ofClass.map((one) => one.node)),
  );
  const write = ({ cells }, { pq, sq, rq, tp, fp, fn }, product) =>
    [pq, product ? "=" : "", sq, product ? "×" : "", rq, tp, fp, fn].forEach((value, n) =>
      setText(
        cells[n],
        n > 4 || typeof value === "string" ? String(value) : Number.isNaN(value) ? "–" : (100 * value).toFixed(1),
      ),
    );
  return {
    node,
    show: (means, qualities) => {
      for (const [name, one] of Object.entries(lines)) write(one, means[name], false);
      ofClass.forEach((one, k) => {
        one.node.hidden = !(qualities[k].weight > 0);
        if (!one.node.hidden) write(one, qualities[k], true);
      });
    },
  };
}

/** One button for each segment that counts or is ignored, the dearest first; buttons are kept, so the focus stays. */
function lossList(signal, onPick) {
  const node = element(
    "div",
    { class: "segtutor-scroll segtutor-losses", role: "group", "aria-label": "What was lost, the most first" },
    element(
      "div",
      { class: "segtutor-lost segtutor-head", "aria-hidden": "true" },
      element("span", {}, "what was lost, the most first"),
      element("span", {}, "points of PQ"),
    ),
  );
  const rows = [];
  const make = () => {
    const icon = element("span", { class: "segtutor-icon" }),
      kind = element("span", { class: "segtutor-hidden" }),
      text = element("span"),
      cost = element("span");
    const button = ownKeys(
      element("button", { type: "button", class: "segtutor-lost", "aria-pressed": "false" }, icon, kind, text, cost),
      signal,
    );
    const row = { button, icon, kind, text, cost, pick: null, shown: null, icons: {} };
    button.addEventListener("click", () => onPick(...row.pick), { signal });
    button.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step) return;
        rows[rows.indexOf(row) + step]?.button.focus();
        event.preventDefault();
      },
      { signal },
    );
    rows.push(row);
    node.append(button);
  };
  return {
    node,
    show: (lines, isPicked) => {
      while (rows.length < lines.length) make();
      rows.forEach((row, n) => {
        row.button.hidden = n >= lines.length;
        if (row.button.hidden) return;
        const { kind, text, cost, pick } = lines[n];
        row.pick = pick;
        if (row.shown !== kind) row.icon.replaceChildren((row.icons[(row.shown = kind)] ??= swatch(KINDS[kind])));
        setText(row.kind, `${kind}: `);
        setText(row.text, text);
        setText(row.cost, cost);
        row.button.setAttribute("aria-pressed", String(isPicked(pick)));
      });
    },
  };
}

function render({ model, el, life }) {
  const { signal } = life,
    turns = new Turns(model);
  const { truth, prediction, classes, size } = readModel(model),
    names = classes.map(({ name }) => name);
  const labelOf = (categoryId) => classes.findIndex(({ id }) => id === categoryId);
  const nameOf = (categoryId) => names[labelOf(categoryId)] ?? "";
  const trueName = (id) => `true ${names[truth.segments.get(id)]} ${id}`;
  let ground = null,
    pointed = null,
    done = null,
    now = null,
    found = null,
    qualities = null,
    lost = null,
    startPq = null,
    drawn = null,
    said = null;

  const tell = (changes) => {
    turns.tell(changes);
    frame.request();
  };
  const isPicked = ([side, id]) => model.get("selected")?.[0] === side && model.get("selected")[1] === id;
  const pick = (side, id) => tell({ selected: !id || isPicked([side, id]) ? null : [side, id] });
  const panels = new ScorePanels(size, {
    signal,
    onPick: pick,
    onPoint: (side, id) => {
      const next = id ? `${side} ${id}` : "";
      if (next === (pointed ? pointed.join(" ") : "")) return;
      pointed = id ? [side, id] : null;
      frame.request();
    },
  });
  const tools = new RepairTools({
    signal,
    onRepair: (repair) => tell({ repairs: [...model.get("repairs"), repair] }),
    onUndo: () => tell({ repairs: model.get("repairs").slice(0, -1) }),
    onRestart: () => tell({ repairs: [] }),
  });
  const table = scoreTable(classes),
    list = lossList(signal, pick);
  const summary = element("p", { class: "segtutor-summary" }),
    detail = element("p", { class: "segtutor-detail" });
  const spoken = element("p", { class: "segtutor-hidden", role: "status", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "segtutor-widget segtutor-score-explorer" },
      element("div", { class: "segtutor-left" }, panels.node, detail, tools.node),
      element("div", { class: "segtutor-right" }, summary, table.node, list.node),
      spoken,
    ),
  );

  /** The prediction after the repairs: from the one before where only some were added. */
  function repair() {
    const repairs = model.get("repairs"),
      keys = repairs.map((one) => JSON.stringify(one));
    const longer = done && keys.length >= done.length && done.every((one, n) => one === keys[n]);
    if (longer && keys.length === done.length) return false;
    now = repaired(longer ? now : prediction, truth, longer ? repairs.slice(done.length) : repairs, labelOf);
    done = keys;
    found = matchSegments(now, truth);
    qualities = classQualities(found, classes.length);
    lost = lostQuality(found, qualities);
    return true;
  }

  /** The segment of each side that belongs to what is selected: itself and its partner, or what overlaps it most. */
  function together([side, id]) {
    const mine = side === "truth" ? found.true : found.predicted,
      one = mine.find((some) => some.id === id);
    if (!one) return { truth: 0, prediction: 0, one: null };
    const part = lost.find(({ kind, segment }) => segment === id && kind === (side === "truth" ? "missed" : "false"));
    const other = one.partner || part?.other || 0;
    return { [side]: id, [side === "truth" ? "prediction" : "truth"]: other, one };
  }

  /**
   * What each tool offers for a predicted segment.
   * @returns {Record<string, [number, string][]>}
   */
  function offers(segment) {
    const P = found.predicted.length,
      p = found.predicted.findIndex(({ id }) => id === segment);
    if (p < 0) return {};
    const beneath = found.true.map((one, t) => ({
      ...one,
      both: found.shared[(t + 1) * (P + 1) + p + 1],
      iou: found.ious[t * P + p],
    }));
    /** @type {(one: {id: number, label: number}) => [number, string]} */
    const title = ({ id, label }) => [id, `${names[label]} ${id}`],
      best = beneath.slice().sort((a, b) => b.iou - a.iou);
    const parts = beneath
      .filter(({ both }) => both > 0 && both < found.predicted[p].area)
      .sort((a, b) => b.both - a.both);
    const first = best[0]?.iou > 0 ? best[0].label : -1,
      mine = found.predicted[p].label;
    const others = classes
      .map(({ id, name }, k) => [id, name, k])
      .filter(([, , k]) => k !== mine)
      .sort((a, b) => Number(b[2] === first) - Number(a[2] === first));
    const same = found.predicted
      .filter(({ id }) => id !== segment)
      .sort((a, b) => Number(b.label === mine) - Number(a.label === mine));
    return {
      mask: best.map(title),
      class: others.map(([id, name]) => [id, name]),
      merge: same.map(title),
      split: [...parts.slice(1), ...parts.slice(0, 1)].map(title),
    }; // the largest part stays the segment
  }

  // ---- one frame: the pictures, before anything is written, since text on a canvas waits for pending styles
  function update() {
    repair();
    words.request();
    if (!ground) return;
    const selected = model.get("selected"),
      pair = selected ? together(selected) : { truth: 0, prediction: 0 };
    const key = `${pair.truth} ${pair.prediction}`,
      changed = drawn?.found !== found;
    if (changed) panels.paint(ground, truth, now, found, names);
    if (changed || drawn.key !== key) panels.show(pair);
    drawn = { found, key };
  }

  // ---- the next one: table, lists, tools and texts
  function write() {
    const changed = repair() || said !== found,
      all = meanQuality(qualities),
      selected = model.get("selected");
    said = found;
    startPq ??= meanQuality(classQualities(matchSegments(prediction, truth), classes.length)).pq;
    const pair = selected ? together(selected) : { truth: 0, prediction: 0, one: null };
    if (changed) {
      panels.describe(truth, now, found);
      table.show(
        {
          all,
          things: meanQuality(qualities.filter((_, k) => classes[k].isthing)),
          stuff: meanQuality(qualities.filter((_, k) => !classes[k].isthing)),
        },
        qualities,
      );
      const gain = 100 * (all.pq - startPq),
        repairs = model.get("repairs").length;
      setText(
        summary,
        Number.isNaN(all.pq)
          ? "Nothing to count"
          : `PQ of this picture: ${percent(all.pq)}${
              repairs
                ? ` (${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(1)} points after ${repairs} ${repairs === 1 ? "repair" : "repairs"})`
                : ""
            }`,
      );
    }
    const free = [
      ...found.predicted.filter(({ kind }) => kind === "ignored"),
      ...found.true.filter(({ kind }) => kind === "crowd"),
    ];
    list.show(
      [
        ...lost.map((part) => ({
          kind: part.kind,
          ...lineInWords(part, found, names),
          pick:
            part.kind === "matched"
              ? ["prediction", part.other]
              : [part.kind === "missed" ? "truth" : "prediction", part.segment],
        })),
        ...free.map(({ id, label, kind }) => ({
          kind: "ignored",
          text: `${names[label]} ${id}${kind === "crowd" ? ", a crowd" : ""}`,
          cost: "0.0",
          pick: [kind === "crowd" ? "truth" : "prediction", id],
        })),
      ],
      isPicked,
    );
    const told = pointed ?? selected;
    setText(
      detail,
      (told && segmentInWords(told[0], told[1], found, qualities, names)) ||
        "Point at a segment to learn what it costs; click or tap it to repair it.",
    );
    const missed = pair.one && selected[0] === "truth" && pair.one.kind !== "matched";
    const segment = pair.one && !missed && pair.prediction ? pair.prediction : null;
    tools.show(
      {
        segment,
        truth: missed ? selected[1] : null,
        title: segment
          ? `Predicted ${names[now.segments.get(segment)]} ${segment} is selected.`
          : missed
            ? `True ${names[pair.one.label]} ${selected[1]} is selected.`
            : "Nothing is selected.",
      },
      segment ? offers(segment) : {},
      model
        .get("repairs")
        .map((one) => repairInWords(one, nameOf, trueName))
        .join("; "),
    );
    announce.request();
  }

  const frame = frameScheduler(update),
    words = frameScheduler(write);
  const announce = whenQuiet(
    () => setText(spoken, `${summary.textContent}. ${model.get("selected") ? detail.textContent : ""}`),
    700,
  );
  life.on(["repairs", "selected"], frame.request);
  decodePicture(bytesOf(model.get("picture")), size).then((image) => {
    if (signal.aborted) return;
    ground = greyGround(image);
    frame.request();
  });
  repair();
  write();

  life.also(frame, words, announce);
}

// ---- What ScoreExplorer says about a segment: what it was counted as, why, and what that costs of PQ.

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (share) => (100 * share).toFixed(1);

/**
 * @param {"prediction" | "truth"} side
 * @param {Record<string, any>} found matchSegments' answer; classes: classQualities' answer; names: of all classes
 * @returns {string} nothing for a segment that is not there
 */
export function segmentInWords(side, id, found, classes, names) {
  const mine = side === "truth" ? found.true : found.predicted,
    others = side === "truth" ? found.predicted : found.true;
  const position = mine.findIndex((one) => one.id === id);
  if (position < 0) return "";
  const { label, kind, partner, iou } = mine[position],
    { tp, fp, fn, weight } = classes[label];
  const n = classes.filter((one) => one.weight > 0).length;
  const title = side === "truth" ? `True ${names[label]} ${id}` : `Predicted ${names[label]} ${id}`;
  const other = (one) => `${side === "truth" ? "predicted" : "true"} ${names[one.label]} ${one.id}`;
  const share = ` W = TP + FP / 2 + FN / 2 of ${names[label]} is ${tp} + ${fp} / 2 + ${fn} / 2 = ${weight}, and ${n} ${n === 1 ? "class occurs" : "classes occur"}:`;
  if (kind === "matched") {
    const match = others.find((one) => one.id === partner);
    return `${title} and ${other(match)} match with IoU ${percent(iou)}.${share} it costs (1 - IoU) / W / ${n} = ${points((1 - iou) / weight / n)} points of PQ.`;
  }
  if (kind === "crowd") return `${title} is a crowd: it is neither matched nor missed, and costs nothing.`;
  if (kind === "ignored")
    return `${title} lies by more than half on void, or on a crowd of its class: it is ignored, and costs nothing.`;
  const P = found.predicted.length,
    overlap = (k) => found.ious[side === "truth" ? position * P + k : k * P + position];
  let best = 0;
  for (let k = 1; k < others.length; k++) if (overlap(k) > overlap(best)) best = k;
  const price = `${share} it costs 1/2 / W / ${n} = ${points(0.5 / weight / n)} points of PQ.`;
  if (!others.length || !(overlap(best) > 0))
    return `${title} is ${kind}: ${side === "truth" ? "nothing is predicted there" : "no segment of the truth is there"}.${price}`;
  const one = others[best];
  const why =
    one.kind === "crowd" ? "which is a crowd" : one.label !== label ? "of another class" : "not more than 50 %";
  const by = `IoU ${percent(overlap(best))}`;
  return `${title} is ${kind}. It overlaps most with ${other(one)}, ${one.label !== label || one.kind === "crowd" ? `${why}, ${by}` : `${by}, ${why}`}.${price}`;
}

/** One line of the list: {text, cost} of a part that lostQuality returned. */
export function lineInWords(part, found, names) {
  const find = (list, id) => list.find((one) => one.id === id);
  const mine = find(part.kind === "false" ? found.predicted : found.true, part.segment);
  const other = part.other && find(part.kind === "false" ? found.true : found.predicted, part.other);
  const name = `${names[mine.label]} ${mine.id}`;
  if (part.kind === "matched") return { text: `${name}: IoU ${percent(part.iou)}`, cost: points(part.lost) };
  return {
    text: `${name}: ${other ? `most on ${names[other.label]} ${other.id}, IoU ${percent(part.iou)}` : "nothing there"}`,
    cost: points(part.lost),
  };
}

/** A repair in words, for the list of what was done. className(category id), trueName(number of a true segment). */
export function repairInWords(repair, className, trueName) {
  const { do: kind, segment, truth, other } = repair;
  if (kind === "remove") return `segment ${segment} removed`;
  if (kind === "mask") return `segment ${segment} got the mask of ${trueName(truth)}`;
  if (kind === "class") return `segment ${segment} called ${className(repair.category_id)}`;
  if (kind === "merge") return `segment ${other} merged into ${segment}`;
  if (kind === "split") return `segment ${segment} split along ${trueName(truth)}`;
  return `${trueName(truth)} predicted`;
}

export default { render: living(render) };
