// @ts-check
/** The prediction after the repairs, and what panoptic quality counts in it. Nothing here knows of a page. */
import { classQualities, lostQuality, matchSegments, meanQuality } from "../shared/matched.js";
import { repaired } from "./repairs.js";

export class Counted {
  /** @param {Record<string, any>} sent see readSent */
  constructor(sent) {
    this.sent = sent;
    /** @type {string[] | null} */
    this.done = null; // the repairs that `now` has behind it, as JSON
    this.now = sent.prediction;
    this.startPq = null; // before any repair
    /** @type {Record<string, any> | null} */
    this.found = null;
  }

  /** Takes the list of repairs: from the prediction as it is where only some were added. Says whether it changed. */
  take(repairs) {
    const { truth, prediction, classes, labelOf } = this.sent,
      { done } = this,
      keys = repairs.map((one) => JSON.stringify(one));
    const longer = done !== null && keys.length >= done.length && done.every((one, n) => one === keys[n]);
    if (longer && keys.length === done.length) return false;
    this.now = longer
      ? repaired(this.now, truth, repairs.slice(done.length), labelOf)
      : repaired(prediction, truth, repairs, labelOf);
    this.done = keys;
    this.found = matchSegments(this.now, truth);
    this.qualities = classQualities(this.found, classes.length);
    this.lost = lostQuality(this.found, this.qualities);
    return true;
  }

  /** Means over all classes, things and stuff. */
  means() {
    const { qualities } = this,
      { classes } = this.sent;
    return {
      all: meanQuality(qualities),
      things: meanQuality(qualities.filter((_, k) => classes[k].isthing)),
      stuff: meanQuality(qualities.filter((_, k) => !classes[k].isthing)),
    };
  }

  /** By how much the repairs changed PQ, 0..1. */
  gain() {
    const { prediction, truth, classes } = this.sent;
    this.startPq ??= meanQuality(classQualities(matchSegments(prediction, truth), classes.length)).pq;
    return meanQuality(this.qualities).pq - this.startPq;
  }

  /** The segment of each side that belongs to what is selected: itself and its partner, or what overlaps it most. */
  together([side, id]) {
    const isTrue = side === "truth",
      one = (isTrue ? this.found.true : this.found.predicted).find((some) => some.id === id);
    if (!one) return { truth: 0, prediction: 0, one: null };
    const part = this.lost.find(({ kind, segment }) => segment === id && kind === (isTrue ? "missed" : "false")),
      other = one.partner || part?.other || 0;
    return isTrue ? { truth: id, prediction: other, one } : { truth: other, prediction: id, one };
  }

  /** Segments that cost nothing: predicted ones that are ignored, and crowds of the truth. */
  free() {
    return [
      ...this.found.predicted.filter(({ kind }) => kind === "ignored"),
      ...this.found.true.filter(({ kind }) => kind === "crowd"),
    ];
  }

  /**
   * What each tool offers for a predicted segment, the likeliest first.
   * @returns {Record<string, [number, string][]>}
   */
  offers(segment) {
    const { found } = this,
      { names } = this.sent,
      p = found.predicted.findIndex(({ id }) => id === segment);
    if (p < 0) return {};
    const P = found.predicted.length,
      { label, area } = found.predicted[p];
    const beneath = found.true.map((one, t) => ({
      ...one,
      both: found.shared[(t + 1) * (P + 1) + p + 1],
      iou: found.ious[t * P + p],
    }));
    const best = beneath.slice().sort((a, b) => b.iou - a.iou),
      parts = beneath.filter(({ both }) => both > 0 && both < area).sort((a, b) => b.both - a.both),
      same = found.predicted
        .filter(({ id }) => id !== segment)
        .sort((a, b) => Number(b.label === label) - Number(a.label === label));
    /** @type {(one: {id: number, label: number}) => [number, string]} */
    const title = (one) => [one.id, `${names[one.label]} ${one.id}`];
    return {
      mask: best.map(title),
      class: this._otherClasses(label, best[0]?.iou > 0 ? best[0].label : -1),
      merge: same.map(title),
      split: [...parts.slice(1), ...parts.slice(0, 1)].map(title), // the largest part stays the segment
    };
  }

  /** All classes but one, that of the likeliest true segment first. @returns {[number, string][]} */
  _otherClasses(mine, first) {
    const { classes, names } = this.sent;
    return classes
      .map(({ id }, k) => ({ id, name: names[k], k }))
      .filter(({ k }) => k !== mine)
      .sort((a, b) => Number(b.k === first) - Number(a.k === first))
      .map(({ id, name }) => [id, name]);
  }
}
