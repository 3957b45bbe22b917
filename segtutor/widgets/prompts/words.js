// @ts-check
/** What PromptCanvas says: how to paint, what is painted, and what a training did. */
import { tr, trCount, trLater } from "../shared/words.js";

/** What each tool does. */
export const HINTS = {
  scribble: trLater("Draw over some of what belongs to the class; the rest is for the model to find."),
  point: trLater("A click labels the few pixels around it."),
  box: trLater("A box paints nothing: its class is then looked for inside its boxes alone."),
  eraser: trLater("Takes off what it covers, and points and boxes that it touches."),
};

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/**
 * What lies on the picture.
 *
 * @param {ArrayLike<number>} labels H * W classes, below 0 = unpainted
 * @param {{name: string}[]} classes
 * @param {{scribbles: any[], points: any[], boxes: any[]}} prompts
 */
export function paintedInWords(labels, classes, { scribbles, points, boxes }) {
  const pixels = new Array(classes.length).fill(0);
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) pixels[labels[i]]++;
  const painted = classes.flatMap(({ name }, k) =>
      pixels[k] ? [`${name} ${percent(pixels[k] / labels.length)}`] : [],
    ),
    counts = [
      trCount("{n} stroke", "{n} strokes", scribbles.length),
      trCount("{n} point", "{n} points", points.length),
      trCount("{n} box", "{n} boxes", boxes.length),
    ].join(", ");
  return painted.length
    ? tr("Painted: {classes}; {counts}.", { classes: painted.join(", "), counts })
    : tr("Nothing painted yet; {counts}.", { counts });
}

/** What the picture shows under it. @param {boolean} isPicture or the model's answer */
export const groundInWords = (isPicture) =>
  isPicture ? tr("The picture under what is painted.") : tr("The model's answer under what is painted.");

/** Where the keyboard's cross is. @param {string | null} name of the class that is painted there @param {boolean} penDown */
export function placeInWords([x, y], name, penDown) {
  const values = { x, y, what: name ?? tr("unpainted") };
  return penDown ? tr("Column {x}, row {y}: {what}, pen down.", values) : tr("Column {x}, row {y}: {what}.", values);
}

/** What a training did, in a sentence or two. */
export function trainingInWords(progress, score) {
  const { state, step, seconds, loss, said } = progress;
  if (state === "running")
    return step ? tr("Step {step}, loss {loss}.", { step, loss: loss.toFixed(2) }) : tr("Reading the picture …");
  if (state === "failed") return said;
  if (state !== "done" && state !== "stopped") return tr("Paint a few strokes of at least two classes.");
  const values = { step, seconds: seconds.toFixed(1) };
  const done =
    state === "stopped"
      ? tr(
          "Stopped after {step} steps in {seconds} s; pale where the model is unsure: paint there, and learn again.",
          values,
        )
      : tr(
          "Done after {step} steps in {seconds} s; pale where the model is unsure: paint there, and learn again.",
          values,
        );
  if (score.miou === undefined) return done;
  const scored = tr("Where nobody painted: mIoU {miou}; the class of the nearest painted colour has {nearest}.", {
    miou: percent(score.miou),
    nearest: percent(score.nearest_colour),
  });
  return `${done} ${scored}`;
}
