// @ts-check
/** The list of queries with their fate: one button a query, so that mouse, touch and keyboard do the same. */
import { FATES } from "./inference.js";
import { element, ownKeys, setText } from "./canvas.js";
import { classWords } from "./names.js";
import { tr, trLater } from "./words.js";

const SIGNS = { [FATES.kept]: "●", [FATES.overlapped]: "◐", [FATES.below]: "○", [FATES.none]: "–" };
const HEADS = [trLater("query"), trLater("class"), trLater("score"), trLater("won / mask"), trLater("fate")];

/** 0.123 as "12.3 %". */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Why a query has the fate it has, in one or two sentences with its numbers. */
export function explain(record, classes, thresholds, segments) {
  const { query, label, fate, maskArea, area, painted } = record,
    who = { query, score: record.score.toFixed(2) };
  if (fate === FATES.none)
    return tr(
      "Query {query} answers “no object” with probability {score}: it proposes nothing, at any threshold.",
      who,
    );
  const proposes = { ...who, name: tr(classes[label].name) };
  if (fate === FATES.below)
    return tr("Query {query} proposes {name} with score {score}, which is not above the score threshold {threshold}.", {
      ...proposes,
      threshold: thresholds.score_threshold,
    });
  if (maskArea === 0)
    return tr(
      "Query {query} proposes {name} with score {score}. No pixel of its mask reaches the mask threshold {threshold}: dropped.",
      { ...proposes, threshold: thresholds.mask_threshold },
    );
  const won = { ...proposes, pixels: maskArea, area, times: (area / maskArea).toFixed(2), painted };
  if (fate === FATES.overlapped && painted === 0)
    return tr(
      "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask; nothing is left to paint: dropped as overlapped.",
      won,
    );
  if (fate === FATES.overlapped)
    return tr(
      "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask; less than the overlap threshold {threshold} asks: dropped as overlapped.",
      { ...won, threshold: thresholds.overlap_threshold },
    );
  const segment = segments.find(({ queries }) => queries.includes(query)),
    others = segment.queries.filter((other) => other !== query),
    kept = { ...won, segment: segment.id, others: others.join(", ") };
  return others.length
    ? tr(
        "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask: kept as segment {segment}, fused with query {others} (stuff of one class).",
        kept,
      )
    : tr(
        "Query {query} proposes {name} with score {score}. Its mask has {pixels} pixels. It wins {area} ({times} times that), {painted} of them inside its mask: kept as segment {segment}.",
        kept,
      );
}

export class QueryList {
  /** actions: {signal, onHover(query | null), onPin(query)} */
  constructor(inference, classes, colors, { signal, onHover, onPin }) {
    this.rows = new Map();
    const makeRow = (query) => {
      const label = inference.labels[query],
        score = inference.scores[query];
      const swatch = element("span", { class: "segtutor-swatch", "aria-hidden": "true" });
      swatch.style.backgroundColor = `rgb(${colors[query].join(",")})`;
      const share = element("span", { class: "segtutor-share" }),
        fate = element("span", { class: "segtutor-fate" });
      const button = ownKeys(
        element(
          "button",
          { type: "button", class: "segtutor-row", "aria-pressed": "false" },
          element("span", { class: "segtutor-name" }, swatch, hidden(`${tr("Query")} `), String(query)),
          element("span", { class: "segtutor-class" }, classWords(classes, label)),
          element("span", { class: "segtutor-score" }, hidden(`, ${tr("score")} `), score.toFixed(2)),
          share,
          fate,
        ),
        signal,
      );
      button.querySelector(".segtutor-score").style.setProperty("--part", score);
      button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && onHover(query), { signal });
      button.addEventListener("pointerleave", () => onHover(null), { signal });
      button.addEventListener("focus", () => button.matches(":focus-visible") && onHover(query), { signal });
      button.addEventListener("blur", () => onHover(null), { signal });
      button.addEventListener("click", () => onPin(query), { signal });
      button.addEventListener("keydown", (event) => this._step(event, button), { signal });
      this.rows.set(query, { button, share, fate });
      return button;
    };
    const silent = [...inference.labels.keys()].filter((query) => inference.labels[query] === classes.length);
    const head = element(
      "div",
      { class: "segtutor-row segtutor-head", "aria-hidden": "true" },
      ...HEADS.map((text) => element("span", {}, tr(text))),
    );
    this.scoreTick = element("i");
    this.shareTick = element("i");
    const ticks = element(
      "div",
      { class: "segtutor-row segtutor-ticks", "aria-hidden": "true" },
      ...[this.scoreTick, this.shareTick].map((tick) => element("span", { class: "segtutor-tick" }, tick)),
    );
    this.scroller = element(
      "div",
      { class: "segtutor-scroll", role: "group", "aria-label": tr("Queries, best score first") },
      head,
      element("div", { class: "segtutor-rows" }, ...inference.candidates.map(makeRow), ticks),
    );
    if (silent.length) {
      const open = ownKeys(element("summary", {}, tr("{n} queries say “no object”", { n: silent.length })), signal);
      this.scroller.append(element("details", {}, open, ...silent.map(makeRow)));
    }
    this.node = element("div", { class: "segtutor-list" }, this.scroller);
    this.marked = null;
  }

  /** Arrow keys walk through the list. */
  _step(event, button) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...this.scroller.querySelectorAll("button")].filter((one) => one.offsetParent);
    all[all.indexOf(button) + step]?.focus();
    event.preventDefault();
  }

  /** Writes the fates into the rows; a row in which nothing changed is not touched, so that it costs no layout. */
  show(fates, thresholds, pinned) {
    this.scoreTick.style.left = `${100 * thresholds.score_threshold}%`;
    this.shareTick.style.left = `${100 * thresholds.overlap_threshold}%`;
    for (const { query, area, maskArea, fate } of fates) {
      const row = this.rows.get(query),
        state = `${fate} ${area} ${maskArea} ${query === pinned}`;
      if (row.state === state) continue;
      row.state = state;
      const competes = fate === FATES.kept || fate === FATES.overlapped;
      setText(row.fate, `${SIGNS[fate]} ${tr(fate)}`);
      setText(row.share, competes ? `${area} / ${maskArea}` : "");
      row.share.classList.toggle("segtutor-empty", !competes);
      row.share.style.setProperty("--part", competes && maskArea ? Math.min(1, area / maskArea) : 0);
      row.button.classList.toggle("segtutor-kept", fate === FATES.kept);
      row.button.setAttribute("aria-pressed", String(query === pinned));
    }
  }

  /** Frames the row of the query under the pointer. */
  mark(query) {
    if (query === this.marked) return;
    this.rows.get(this.marked)?.button.classList.remove("segtutor-marked");
    this.rows.get(query)?.button.classList.add("segtutor-marked");
    this.marked = query;
  }

  /** Scrolls a row into sight inside the list, never the notebook. */
  reveal(query) {
    const { button } = this.rows.get(query),
      { scroller } = this;
    const top = button.offsetTop - scroller.offsetTop;
    if (top < scroller.scrollTop || top + button.offsetHeight > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = top - scroller.clientHeight / 2;
    }
  }
}

/** Text for a screen reader only. */
const hidden = (text) => element("span", { class: "segtutor-hidden" }, text);
