// @ts-check
/**
 * What a learner's prompts ask SAM and CLIPSeg, and the answers remembered: the twin of widgets/asking/questions.py.
 *
 * A further click is asked together with the mask of the answer before it, as Segment Anything was trained
 * (arXiv:2304.02643, section 3): so the answer to three clicks follows from the answers to one and two.
 */
import { wordsOf } from "./phrases.js";

const BESIDE = 0, // what a token says, as of reference/layers/prompt_encoder.py
  ON = 1,
  FIRST_CORNER = 2,
  LAST_CORNER = 3,
  NOTHING = 4;
const REMEMBERED = 64;

/**
 * @typedef {{kind: "" | "click" | "box" | "text", points: {x: number, y: number, label: number}[],
 *   box: {x0: number, y0: number, x1: number, y1: number} | null, text: string, chosen: number}} Question
 * @typedef {{masks: Uint8Array[], scores: number[], ms: number}} Answer masks: H * W of 0 and 1
 */

/** The question that the traits of an AskingCanvas ask: words before clicks. @returns {Question} */
export function questionOf({ points, boxes, text, chosen }) {
  const none = { points: [], box: null, text: "", chosen: 0 };
  if (text.trim()) return { ...none, kind: "text", text: text.trim() };
  if (!points.length && !boxes.length) return { ...none, kind: "" };
  return { ...none, kind: points.length ? "click" : "box", points, box: boxes.at(-1) ?? null, chosen };
}

/** Whether the network gives three answers, one of which is to be chosen. */
export const hasChoice = ({ kind, points, box }) => kind === "click" && points.length === 1 && !box;

/** The question without its last click, whose answer goes into this one; null for a first prompt. */
function before(question) {
  const { points, box, chosen } = question;
  if (!points.length || (points.length === 1 && !box)) return null;
  return { ...question, kind: points.length > 1 ? "click" : "box", points: points.slice(0, -1), box, chosen };
}

/** What the network's answer depends on. */
const keyOf = ({ kind, points, box, text, chosen }) =>
  JSON.stringify([kind, points, box, text, kind === "click" && !box && points.length > 1 ? chosen : 0]);

/** Clicks and a box as positions, 0..1, and what each says. */
export function tokensOf({ points, box }, [H, W]) {
  // The canvas counts from the picture's edge, SAM's prompts from the middle of the first pixel: clicks do not lie before it
  const at = points.map(({ x, y }) => [Math.max(0.5, x) / W, Math.max(0.5, y) / H]),
    kinds = points.map(({ label }) => (label ? ON : BESIDE));
  if (!box) return { xy: [...at, [0, 0]], kinds: [...kinds, NOTHING] };
  const corners = [
    [box.x0 / W, box.y0 / H],
    [box.x1 / W, box.y1 / H],
  ];
  return { xy: [...at, ...corners], kinds: [...kinds, FIRST_CORNER, LAST_CORNER] };
}

export class Asker {
  /**
   * @param {(prompts: Record<string, any>) => Promise<{masks: Uint8Array, scores: number[], ms: number}>} ask the worker
   * @param {[number, number]} size (H, W) of the picture
   * @param {Record<string, any>} vocabulary of CLIPSeg, as of phrases.js
   */
  constructor(ask, size, vocabulary) {
    this.ask = ask;
    this.size = size;
    this.vocabulary = vocabulary;
    /** @type {Map<string, Answer>} */
    this.answers = new Map();
  }

  /** Masks best first, as `PromptSegmenter.predict` has them; none where words find nothing. @returns {Promise<Answer>} */
  async answer(/** @type {Question} */ question) {
    if (!question.kind) return { masks: [], scores: [], ms: 0 };
    const key = keyOf(question),
      known = this.answers.get(key);
    this.answers.delete(key);
    const answer = known ? { ...known, ms: 0 } : await this._asked(question);
    this.answers.set(key, answer); // the newest last
    if (this.answers.size > REMEMBERED) this.answers.delete(/** @type {string} */ (this.answers.keys().next().value));
    return answer;
  }

  /** The one mask that is meant; null where the network finds nothing. @returns {Promise<Uint8Array | null>} */
  async mask(/** @type {Question} */ question) {
    const { masks } = await this.answer(question);
    if (!masks.length) return null;
    return masks[hasChoice(question) ? Math.min(question.chosen, masks.length - 1) : 0];
  }

  async _asked(question) {
    const pixels = this.size[0] * this.size[1],
      earlier = before(question);
    const prompts =
      question.kind === "text"
        ? { numbers: wordsOf(question.text, this.vocabulary).map((word) => 1 + this.vocabulary.words.indexOf(word)) }
        : { ...tokensOf(question, this.size), mask: earlier && (await this.mask(earlier)) };
    const { masks, scores, ms } = await this.ask(prompts);
    const all = scores.map((_, n) => masks.subarray(n * pixels, (n + 1) * pixels));
    if (question.kind === "text") {
      const found = all[0].includes(1);
      return { masks: found ? all : [], scores: found ? scores : [], ms };
    }
    if (!hasChoice(question)) return { masks: [all[0]], scores: [scores[0]], ms };
    const order = [1, 2, 3].sort((a, b) => scores[b] - scores[a]);
    return { masks: order.map((n) => all[n]), scores: order.map((n) => scores[n]), ms };
  }
}
