// @ts-check
/** What TrainingView says in words: the state, the pace, what is read from the curves, and why nothing happens. */
import { tr, trLater } from "../shared/words.js";

const STATES = {
  ready: trLater("No step yet"),
  running: trLater("Running"),
  paused: trLater("Paused"),
  stopped: trLater("Stopped"),
  done: trLater("Done"),
  failed: trLater("Failed"),
};
// What was asked for and has not happened yet, said after the state.
const WISHES = {
  running: { pause: trLater(", pausing after this step …"), stop: trLater(", stopping after this step …") },
  paused: { run: trLater(", going on …"), stop: trLater(", stopping …") },
};
const CURVES = {
  loss: trLater("loss"),
  terms: trLater("terms"),
  "learning rate": trLater("learning rate"),
  "pixels right": trLater("pixels right"),
};

/** The name of a curve for a reader; a term of the loss is called as in the code. @param {string} name */
export const curveInWords = (name) => (Object.hasOwn(CURVES, name) ? tr(CURVES[name]) : name);

/** 75 -> "1:15", 3700 -> "1:01:40". */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds)),
    two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** One line: state, step, share of the budget, pace. */
export function summaryWords(state, asked, pace) {
  const wished = WISHES[state]?.[asked],
    wish = wished ? tr(wished) : "",
    now = tr(STATES[state]);
  if (pace.step === undefined) return `${now}${wish}`;
  const parts = [
    `${tr("{state} at step {step}", { state: now, step: pace.step })}${wish}`,
    tr("{share} % of the budget", { share: Math.round(100 * pace.done) }),
  ];
  if (pace.images_per_second)
    parts.push(tr("{n} pictures a second", { n: Number(pace.images_per_second.toPrecision(3)) }));
  if ((state === "running" || state === "paused") && pace.seconds_left !== null)
    parts.push(tr("{time} left", { time: clock(pace.seconds_left) }));
  return parts.join(", ");
}

/** Why a button that was pressed does nothing yet. */
export const BUSY = trLater(
  "The kernel has not heard this yet: it is busy with a cell, and hears it when the cell ends. A training begun with view.start(...) runs beside the cells, and its buttons always work.",
);
/** Why the buttons are off. */
export const ALONE = trLater(
  "Pause and Stop need a running notebook; the curves and the scene can be looked at without one.",
);

/** "82.1 %". */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Of the curves, for a reader who does not see them. @param {{name: string, value: string | null}[]} values at the step */
export function plotInWords(curve, step, values) {
  const name = curveInWords(curve);
  if (step === null) return tr("{curve} over the steps", { curve: name });
  return tr("{curve} over the steps; at step {step}: {values}", {
    curve: name,
    step,
    values: values.map((one) => `${one.name} ${one.value ?? tr("not said")}`).join(", "),
  });
}

/** Of the prediction that is looked at. @param {{step: number, right: number, segments: any[]}} scene */
export const sceneInWords = ({ step, right, segments }) =>
  tr("After step {step}: {right} of the pixels have the right class, {n} segments.", {
    step,
    right: percent(right),
    n: segments.length,
  });
