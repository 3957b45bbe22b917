// @ts-check
/** Truth and prediction side by side, each pixel painted as panoptic quality counts it; the selected segment is rimmed. */
import { element, setText } from "../shared/canvas.js";
import { labelPlaces, writeNames } from "../shared/draw.js";
import { KINDS, paintKinds, paintRim, swatch } from "../shared/kinds.js";
import { tr, trLater } from "../shared/words.js";

const SIDES = { truth: trLater("truth"), prediction: trLater("prediction") };
const MEANINGS = {
  matched: trLater("{n} matched, pale where the other differs"),
  missed: trLater("{n} missed"),
  false: trLater("{n} false"),
  ignored: trLater("{n} ignored: crowd, or mostly void"),
  void: trLater("{n} void of the truth: counts nowhere"),
  bare: trLater("{n} nothing predicted"),
};

/** For each segment number its kind of pixel and its partner's number. */
function lookup(list) {
  const kinds = new Uint8Array(1 + Math.max(0, ...list.map(({ id }) => id))),
    partners = new Int32Array(kinds.length);
  for (const { id, kind, partner } of list)
    [kinds[id], partners[id]] = [KINDS[kind === "crowd" ? "ignored" : kind], partner];
  return { kinds, partners };
}

export class ScorePanels {
  /** actions: {signal, onPoint(side, number | 0), onPick(side, number | 0)} */
  constructor(size, { signal, onPoint, onPick }) {
    const [H, W] = size;
    this.size = size;
    this.scale = Math.max(1, Math.floor(384 / Math.max(H, W)));
    this.kinds = new Uint8Array(H * W);
    this.panels = Object.fromEntries(
      Object.keys(SIDES).map((side) => [side, this._panel(side, signal, onPoint, onPick)]),
    );
    this.counts = Object.fromEntries(Object.keys(MEANINGS).map((kind) => [kind, element("span")]));
    const legend = element(
      "ul",
      { class: "segtutor-kinds" },
      ...Object.entries(this.counts).map(([kind, text]) => element("li", {}, swatch(KINDS[kind]), text)),
    );
    this.node = element(
      "div",
      {},
      element("div", { class: "segtutor-panels" }, ...Object.keys(SIDES).map((side) => this.panels[side].node)),
      legend,
    );
  }

  _panel(side, signal, onPoint, onPick) {
    const [H, W] = this.size,
      { scale } = this;
    const canvas = element("canvas", { width: W * scale, height: H * scale, role: "img", class: "segtutor-canvas" });
    canvas.style.width = `${W * scale}px`;
    const context = canvas.getContext("2d"),
      pixels = context.createImageData(W * scale, H * scale);
    const out = new Uint32Array(pixels.data.buffer),
      panel = { canvas, context, pixels, out, plain: out.slice(), ids: null };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * W),
        y = Math.floor(((event.clientY - box.top) / box.height) * H);
      return panel.ids && x >= 0 && y >= 0 && x < W && y < H ? panel.ids[y * W + x] : 0;
    };
    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && onPoint(side, at(event)), {
      signal,
    });
    canvas.addEventListener("pointerleave", () => onPoint(side, 0), { signal });
    canvas.addEventListener("click", (event) => onPick(side, at(event)), { signal });
    panel.node = element("figure", { class: "segtutor-panel" }, element("figcaption", {}, tr(SIDES[side])), canvas);
    return panel;
  }

  /** Paints both sides anew. truth, prediction: {ids, segments}; found: matchSegments' answer; names: of all classes. */
  paint(ground, truth, prediction, found, names) {
    const sides = { truth: lookup(found.true), prediction: lookup(found.predicted) },
      known = truth.ids,
      out = this.kinds;
    for (const [side, here, there] of [
      ["truth", truth, prediction],
      ["prediction", prediction, truth],
    ]) {
      const panel = this.panels[side],
        { kinds, partners } = sides[side],
        { ids } = here,
        others = there.ids;
      for (let i = 0; i < out.length; i++) {
        const id = ids[i],
          kind = kinds[id];
        out[i] = known[i] === 0 ? KINDS.void : kind === KINDS.matched && others[i] !== partners[id] ? KINDS.pale : kind;
      }
      const same = panel.ids === ids; // the truth's are: repairs change the prediction alone
      panel.ids = ids;
      paintKinds(panel.plain, this.scale, this.size, ground, out, ids);
      const numbers = [...here.segments.keys()],
        most = Math.max(0, ...numbers),
        titles = new Array(most + 1).fill("");
      for (const [id, label] of here.segments) titles[id] = `${names[label]} ${id}`;
      panel.titles = titles;
      if (!same) panel.places = labelPlaces(here.ids, this.size, most);
    }
  }

  /** Says how much there is of each kind, in the legend and to those who do not see the pictures. */
  describe(truth, prediction, found) {
    let voids = 0,
      bare = 0;
    for (let i = 0; i < truth.ids.length; i++) {
      if (truth.ids[i] === 0) voids++;
      else if (prediction.ids[i] === 0) bare++;
    }
    const count = (list, kind) => list.filter((one) => one.kind === kind).length,
      share = (n) => `${((100 * n) / truth.ids.length).toFixed(1)} %`;
    const numbers = {
      matched: count(found.true, "matched"),
      missed: count(found.true, "missed"),
      false: count(found.predicted, "false"),
      ignored: count(found.true, "crowd") + count(found.predicted, "ignored"),
      void: share(voids),
      bare: share(bare),
    };
    for (const [kind, node] of Object.entries(this.counts)) setText(node, tr(MEANINGS[kind], { n: numbers[kind] }));
    const { matched, missed } = numbers;
    this.panels.truth.canvas.setAttribute(
      "aria-label",
      tr("The truth: {matched} matched, {missed} missed, {crowds} crowd.", {
        matched,
        missed,
        crowds: count(found.true, "crowd"),
      }),
    );
    this.panels.prediction.canvas.setAttribute(
      "aria-label",
      tr("The prediction: {matched} matched, {wrong} false, {ignored} ignored.", {
        matched: count(found.predicted, "matched"),
        wrong: numbers.false,
        ignored: count(found.predicted, "ignored"),
      }),
    );
  }

  /** Shows what was painted, with a rim around a segment of each side (0 = none) and the names. */
  show(rimmed) {
    for (const side of Object.keys(SIDES)) {
      const { out, plain, pixels, context, ids, places, titles, canvas } = this.panels[side],
        id = rimmed[side];
      out.set(plain);
      if (id) paintRim(out, this.scale, this.size, ids, id);
      context.putImageData(pixels, 0, 0);
      writeNames(context, this.scale, canvas.width > 300 ? 1 : 0.8, places, titles);
    }
  }
}
