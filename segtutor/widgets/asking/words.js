// @ts-check
/** What was asked and answered, in words; nothing here knows of a page. */

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const ORDER = ["first", "second", "third"];

export const LEVELS = { part: "part", thing: "thing", group: "group", stuff: "stuff", words: "words", class: "class" };

/** How to begin, by tool. */
export const HINTS = {
  point:
    "Click on something. More clicks correct the answer: on it where something is missing, beside it where too much is claimed.",
  box: "Drag a box around something.",
  text: "Write what to look for and press Enter.",
  example: "Paint on the example what you mean; the network looks for the like in the picture.",
};

const asked = (kind, { points, text }) =>
  ({
    click: points.length === 1 ? "one click" : `${points.length} clicks`,
    box: "a box",
    text: `“${text}”`,
    example: "the painted example",
  })[kind];

/** The answer, and how sure the network is of it. */
export function answerInWords(name, answers, chosen, prompts) {
  const { kind, scores, areas, said } = answers;
  if (!kind) return "Nothing asked yet.";
  if (said) return "No answer.";
  if (!scores.length) return `${name} finds nothing for ${asked(kind, prompts)}: no pixel reaches 0.5.`;
  const which =
    scores.length > 1
      ? `${scores.length} answers to ${asked(kind, prompts)}; the ${ORDER[chosen]} covers`
      : `The answer to ${asked(kind, prompts)} covers`;
  return `${which} ${percent(areas[chosen])} of the picture, predicted IoU ${scores[chosen].toFixed(2)}.`;
}

/** What the truth says of it. */
export function truthInWords({ kind, meanings, meant, ious, scores, said }, chosen) {
  if (meant === null || meant === undefined || said) return "";
  const { name, area, level } = meanings[meant];
  if (!area)
    return scores.length
      ? `The scene has no ${name}: there is nothing to be found.`
      : `Right: the scene has no ${name}.`;
  if (!scores.length) return `The scene has ${name}, ${percent(area)} of the picture.`;
  const what = kind === "text" ? `“${name}”` : level === "class" ? `all that is ${name}` : `the ${name}`;
  return `IoU with the truth of ${what}: ${ious[chosen].toFixed(2)}.`;
}

/** Where the next click should go. */
export function nextInWords(next) {
  if (!next) return "";
  const [x, y, label] = next;
  return `The largest error is around column ${Math.floor(x)}, row ${Math.floor(y)}: ${label ? "something is missing there, so click on it" : "too much is claimed there, so click beside it"}.`;
}
