/** What TrainingView says in words: the state, the pace, and why nothing happens. */

const STATES = { ready: "No step yet", running: "Running", paused: "Paused", stopped: "Stopped", done: "Done", failed: "Failed" };

/** 75 -> "1:15", 3700 -> "1:01:40". */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds)), two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** One line: state, step, share of the budget, pace. */
export function summaryWords(state, asked, pace) {
  const wish = state === "running" && asked !== "run" ? { pause: ", pausing after this step …", stop: ", stopping after this step …" }[asked]
    : state === "paused" && asked !== "pause" ? { run: ", going on …", stop: ", stopping …" }[asked] : "";
  if (pace.step === undefined) return `${STATES[state]}${wish}`;
  const parts = [`${STATES[state]} at step ${pace.step}${wish}`, `${Math.round(100 * pace.done)} % of the budget`];
  if (pace.images_per_second) parts.push(`${Number(pace.images_per_second.toPrecision(3))} pictures a second`);
  if ((state === "running" || state === "paused") && pace.seconds_left !== null) parts.push(`${clock(pace.seconds_left)} left`);
  return parts.join(", ");
}

export const BUSY = "The kernel has not heard this yet: it is busy with a cell, and hears it when the cell ends. "
  + "A training begun with view.start(...) runs beside the cells, and its buttons always work.";
export const ALONE = "Pause and Stop need a running notebook; the curves and the scene can be looked at without one.";

/** "82.1 %". */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;
