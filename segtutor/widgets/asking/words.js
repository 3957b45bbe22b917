// @ts-check
/** What was asked and answered, in words; nothing here knows of a page. */
import { tr, trCount, trLater } from "../shared/words.js";

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const LEVELS = {
  part: trLater("the part: {name}, {share}"),
  thing: trLater("the thing: {name}, {share}"),
  group: trLater("the group: {name}, {share}"),
  stuff: trLater("the stuff: {name}, {share}"),
  words: trLater("the words: {name}, {share}"),
  class: trLater("the class: {name}, {share}"),
};

/** How to begin, by tool. */
export const HINTS = {
  point: trLater(
    "Click on something. More clicks correct the answer: on it where something is missing, beside it where too much is claimed.",
  ),
  box: trLater("Drag a box around something."),
  text: trLater("Write what to look for and press Enter."),
  example: trLater("Paint on the example what you mean; the network looks for the like in the picture."),
};

/** What the learner may have meant. @param {{level: string, name: string, area: number}} meaning */
export function meaningInWords({ level, name, area }) {
  const values = { name, share: percent(area) };
  return Object.hasOwn(LEVELS, level)
    ? tr(LEVELS[level], values)
    : tr("the {level}: {name}, {share}", { level, ...values });
}

const asked = (kind, { points, text }) =>
  ({
    click: () => trCount("one click", "{n} clicks", points.length),
    box: () => tr("a box"),
    text: () => tr("“{text}”", { text }),
    example: () => tr("the painted example"),
  })[kind]();

/** Of several answers the one that is shown. */
const WHICH = [
  trLater("{n} answers to {prompt}; the first covers {share} of the picture, predicted IoU {iou}."),
  trLater("{n} answers to {prompt}; the second covers {share} of the picture, predicted IoU {iou}."),
  trLater("{n} answers to {prompt}; the third covers {share} of the picture, predicted IoU {iou}."),
];

/** The answer, and how sure the network is of it. */
export function answerInWords(name, answers, chosen, prompts) {
  const { kind, scores, areas, said } = answers;
  if (!kind) return tr("Nothing asked yet.");
  if (said) return tr("No answer.");
  const prompt = asked(kind, prompts);
  if (!scores.length) return tr("{model} finds nothing for {prompt}: no pixel reaches 0.5.", { model: name, prompt });
  const values = { n: scores.length, prompt, share: percent(areas[chosen]), iou: scores[chosen].toFixed(2) };
  return scores.length > 1
    ? tr(WHICH[chosen], values)
    : tr("The answer to {prompt} covers {share} of the picture, predicted IoU {iou}.", values);
}

/** What the truth says of it. */
export function truthInWords({ kind, meanings, meant, ious, scores, said }, chosen) {
  if (meant === null || meant === undefined || said) return "";
  const { name, area, level } = meanings[meant];
  if (!area)
    return scores.length
      ? tr("The scene has no {name}: there is nothing to be found.", { name })
      : tr("Right: the scene has no {name}.", { name });
  if (!scores.length) return tr("The scene has {name}, {share} of the picture.", { name, share: percent(area) });
  const values = { name, iou: ious[chosen].toFixed(2) };
  if (kind === "text") return tr("IoU with the truth of “{name}”: {iou}.", values);
  return level === "class"
    ? tr("IoU with the truth of all that is {name}: {iou}.", values)
    : tr("IoU with the truth of the {name}: {iou}.", values);
}

/** Where the next click should go. @param {[number, number, number] | null} next x, y, label */
export function nextInWords(next) {
  if (!next) return "";
  const values = { x: Math.floor(next[0]), y: Math.floor(next[1]) };
  return next[2]
    ? tr("The largest error is around column {x}, row {y}: something is missing there, so click on it.", values)
    : tr("The largest error is around column {x}, row {y}: too much is claimed there, so click beside it.", values);
}

/** One of several answers: its scores, beside its picture. @param {number | null | undefined} iou with the truth */
export function scoresInWords(score, iou) {
  const values = { predicted: score.toFixed(2), iou: iou?.toFixed(2) };
  return iou === null || iou === undefined
    ? tr("IoU predicted {predicted}", values)
    : tr("IoU predicted {predicted}, true {iou}", values);
}
