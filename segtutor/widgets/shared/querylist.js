// @ts-check
/** The list of queries with their fate: one button a query, so that mouse, touch and keyboard do the same. */
import { FATES } from "./inference.js";
import { element, ownKeys, setText } from "./canvas.js";

const SIGNS = { [FATES.kept]: "●", [FATES.overlapped]: "◐", [FATES.below]: "○", [FATES.none]: "–" };

/** 0.123 as "12.3 %". */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Why a query has the fate it has, in one or two sentences with its numbers. */
export function explain(record, classes, thresholds, segments) {
  const { query, label, fate, maskArea, area, painted } = record;
  const score = record.score.toFixed(2);
  const name = label < classes.length ? classes[label].name : "";
  if (fate === FATES.none)
    return `Query ${query} answers “no object” with probability ${score}: it proposes nothing, at any threshold.`;
  const start = `Query ${query} proposes ${name} with score ${score}`;
  if (fate === FATES.below) return `${start}, which is not above the score threshold ${thresholds.score_threshold}.`;
  if (maskArea === 0)
    return `${start}. No pixel of its mask reaches the mask threshold ${thresholds.mask_threshold}: dropped.`;
  const won = `Its mask has ${maskArea} pixels. It wins ${area} (${(area / maskArea).toFixed(2)} times that), ${painted} of them inside its mask`;
  if (fate === FATES.overlapped) {
    const why =
      painted === 0
        ? "nothing is left to paint"
        : `less than the overlap threshold ${thresholds.overlap_threshold} asks`;
    return `${start}. ${won}; ${why}: dropped as overlapped.`;
  }
  const segment = segments.find(({ queries }) => queries.includes(query));
  const others = segment.queries.filter((other) => other !== query);
  const fused = others.length ? `, fused with query ${others.join(", ")} (stuff of one class)` : "";
  return `${start}. ${won}: kept as segment ${segment.id}${fused}.`;
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
          element("span", { class: "segtutor-name" }, swatch, hidden("Query "), String(query)),
          element("span", { class: "segtutor-class" }, label < classes.length ? classes[label].name : "no object"),
          element("span", { class: "segtutor-score" }, hidden(", score "), score.toFixed(2)),
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
      ...["query", "class", "score", "won / mask", "fate"].map((text) => element("span", {}, text)),
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
      { class: "segtutor-scroll", role: "group", "aria-label": "Queries, best score first" },
      head,
      element("div", { class: "segtutor-rows" }, ...inference.candidates.map(makeRow), ticks),
    );
    if (silent.length) {
      const open = ownKeys(element("summary", {}, `${silent.length} queries say “no object”`), signal);
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
      setText(row.fate, `${SIGNS[fate]} ${fate}`);
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
